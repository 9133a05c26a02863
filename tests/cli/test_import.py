#!/usr/bin/env python3
"""CSV files as people have them.

  test_import.py PROGRAM SCHEMA_FOLDER"""
import csv
import io
import json
import resource
import shutil
import stat
import subprocess

from case import PROGRAM, Case, DECEMBER, EXISTS, NOTFOUND, PERMOHONAN, SCHEMA, main


class Import(Case):
    def setUp(self):
        super().setUp()
        self.store = self.init()

    def take(self, file, *more, code=0):
        return json.loads(self.out('-s', self.store, 'import', file, '--json', *more, code=code))

    def dump(self):
        return [self.rows(self.store, f'SELECT * FROM {t} ORDER BY 1') for t in ('keluarga', 'orang', 'permohonan', 'catatan')]

    def december(self, *more):
        return self.take(SCHEMA / 'contoh' / 'desember-2022.csv', *more)

    def test_december_gives_24_applications_and_the_published_shares(self):
        report = self.december()
        self.assertEqual((report['layout'], report['rows'], report['accepted'], report['refused']), ('permohonan', 24, 24, 0))
        self.assertEqual(self.counts(self.store), [17, 23, 24, 22])
        month, = self.json('-s', self.store, 'recap', '--month', '2022-12')
        self.assertEqual({s['service']: (s['count'], s['share']) for s in month['services']}, DECEMBER)
        self.assertEqual(month['total'], 24)
        self.assertEqual(self.json('-s', self.store, 'recap', '--kelurahan', '16.74.05.1003')[0]['total'], 24)
        self.assertEqual(self.json('-s', self.store, 'recap', '--month', '2022-11'), [])
        out = self.out('-s', self.store, 'recap')
        for service, (count, share) in DECEMBER.items():
            self.assertRegex(out, rf'{service} +{count} +{share:.2f}\n')

    def test_every_application_gets_a_receipt_code_of_its_own_and_numbers_stay_text(self):
        self.december()
        self.assertEqual(self.one(self.store, 'SELECT count(DISTINCT kode_tanda_terima) AS n FROM permohonan'), 24)
        self.assertEqual(self.rows(self.store, "SELECT DISTINCT typeof(nik) FROM orang WHERE nik IS NOT NULL"), [['text']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Burhanudin Saleha'"),
                         [['1674991909720001', '1674 9919 0972 0001']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Erlina Kusmiranti'"), [[None, '16749952079?0003']])
        same = 'SELECT count(*) AS n FROM permohonan p JOIN keluarga k ON k.id=p.keluarga_id WHERE p.kode_kel=k.kode_kel'
        self.assertEqual(self.one(self.store, same), 24)

    def test_a_dry_run_reports_the_same_and_writes_nothing(self):
        self.out('-s', self.store, 'sql', "INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'Jl. Lama')")
        for file in ('desember-2022.csv', 'opensid-penduduk.csv'):
            before, pending = self.dump(), self.json('-s', self.store, 'status')
            dry = self.take(SCHEMA / 'contoh' / file, '--dry-run')
            self.assertEqual(self.dump(), before)
            self.assertEqual(self.json('-s', self.store, 'status'), pending)
            self.assertEqual(pending['own']['on_device'], self.one(self.store, 'SELECT 1 + (SELECT count(*)>0 FROM permohonan)'))
            wet = self.take(SCHEMA / 'contoh' / file)
            self.assertEqual({**dry, 'dry_run': False}, wet)
            self.assertGreater(wet['inserted']['orang'], 0)

    def test_importing_twice_changes_nothing_even_where_an_officer_has_edited_since(self):
        self.december()
        self.out('-s', self.store, 'sql',
                 "UPDATE orang SET nama='Yopi H.' WHERE nama='Yopi Hendrasyah'; UPDATE keluarga SET no_kk=NULL; "
                 "UPDATE permohonan SET status='LENGKAP'")
        before, pending = self.dump(), self.json('-s', self.store, 'status')
        report = self.december()
        self.assertEqual(set(report['inserted'].values()), {0})
        self.assertEqual(self.dump(), before)
        self.assertEqual(self.json('-s', self.store, 'status'), pending)

    def test_opensid_s_43_columns_come_in_with_nothing_guessed(self):
        report = self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')
        self.assertEqual((report['layout'], report['accepted']), ('opensid', 8))
        self.assertEqual(self.counts(self.store), [4, 8, 0, 0])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in report['unknown_codes']],
                         [('pekerjaan_id', 'PENGRAJIN SONGKET', 6, 1)])
        person = lambda what, name: self.rows(self.store, f"SELECT {what} FROM orang WHERE nama='{name}'")[0]
        self.assertEqual(person('nik, pekerjaan', 'HARTAWAN SYAMSURI'), ['1674990310900001', 'PENGRAJIN SONGKET'])
        self.assertEqual(person('tanggal_lahir, tanggal_lahir_tertulis', 'MELINDA HARTAWAN'), [None, '31/02/1991'])
        self.assertEqual(person('nik, nik_tertulis', 'NABILA WIRATMO'), [None, None])
        self.assertEqual(person('status_kawin, tanggal_lahir', 'RETNO WULANSARI'), ['K', '1987-01-19'])
        self.assertIn(('INVISIBLE', 6, 'nik'), [(n['code'], n['line'], n['column']) for n in report['notes']])
        self.assertEqual(set(self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')['inserted'].values()), {0})

    def test_bad_rows_are_named_by_line_and_column_and_the_good_ones_go_in(self):
        rows = [self.permohonan(nama='Orang Satu'), self.permohonan(), self.permohonan(nama='Orang "Dua"\ndi dua baris'),
                self.permohonan(nama='Orang Tiga')[:-1],
                self.permohonan(nama='Orang Empat', tanggal=''), self.permohonan(nama='X' * 9000), self.permohonan(nama='Orang Lima')]
        self.write_csv('bad.csv', PERMOHONAN, rows)
        with open(self.at / 'bad.csv', 'ab') as file:
            file.write(b'\r\n2023-01-05,KK,,,,,,,,,Jos\xe9,,,,,,,,,,,\r\n2023-01-05,KK,,,,,,,,,"Tak tertutup,,\r\n')
        report = self.take('bad.csv', code=1)
        self.assertEqual((report['rows'], report['accepted'], report['refused']), (9, 3, 6))
        self.assertEqual([(p['code'], p['line'], p['column']) for p in report['problems']],
                         [('REQUIRED', 3, 'nama'), ('CELL_COUNT', 6, ''), ('REQUIRED', 7, 'tanggal'),
                         ('TOO_LONG', 8, 'nama'), ('NOT_UTF8', 11, 'nama'), ('QUOTE_OPEN', 12, '')])
        for problem in report['problems']:
            self.assertTrue(problem['reason_id'] and problem['reason_en'] and problem['advice_id'] and problem['advice_en'])
        self.assertEqual(self.counts(self.store)[2], 3)

    def test_reports_and_errors_repeat_no_personal_data(self):
        rows = [self.permohonan(nama='Rahasia Namanya', nik='167499RAHASIA', no_kk='x', tanggal=''),
                self.permohonan(nama='', nik='1674990101900001', tanggal_lahir='31/02/1990')]
        self.write_csv('bad.csv', PERMOHONAN, rows)
        _, out, err = self.run_cli('-s', self.store, 'import', 'bad.csv', code=1)
        for secret in ('Rahasia', 'RAHASIA', '1674990101900001', '31/02/1990'):
            self.assertNotIn(secret, out + err)

    def test_strangers_who_share_a_placeholder_are_never_one_person_or_household(self):
        for placeholder in ('0', '-', '', '0000000000000000', '1111111111111111', '9999999999999999', '1234567890123456', '0167499000000001'):
            with self.subTest(placeholder):
                before = self.counts(self.store)
                rows = [self.permohonan(nama=f'{name} {placeholder}', nik=placeholder, no_kk=placeholder, alamat=f'Jl. {name}', tanggal_lahir=born)
                        for name, born in (('Satu', '1990-01-01'), ('Dua', '1991-02-02'), ('Tiga', ''), ('Tiga', ''))]
                self.write_csv('same.csv', PERMOHONAN, rows)
                self.take('same.csv')
                self.assertEqual([a - b for a, b in zip(self.counts(self.store), before)], [4, 4, 4, 0])
                self.assertEqual(set(self.take('same.csv')['inserted'].values()), {0})

    def test_one_nik_under_two_names_is_two_persons(self):
        self.write_csv('two.csv', PERMOHONAN, [self.permohonan(nama='Satu', nik='1674990101900001', no_kk='1674991103140007'),
                                               self.permohonan(nama='Dua', nik='1674990101900001', no_kk='1674991103140007')])
        self.take('two.csv')
        self.assertEqual(self.counts(self.store), [1, 2, 2, 0])

    def test_a_later_row_that_says_otherwise_about_one_household_is_noted(self):
        self.write_csv('two.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007'),
                                               self.permohonan(nama='Dua', no_kk='1674991103140007', alamat='Jl. Lain')])
        self.assertEqual([(n['line'], n['column'], n['other_line']) for n in self.take('two.csv')['notes'] if n['code'] == 'DIFFERS'],
                         [(3, 'alamat', 2)])

    def test_only_the_rows_of_chosen_officers_are_taken_and_give_the_same_ids_as_the_whole_file(self):
        report = self.december('--only-petugas', '1', '--only-petugas', '3')
        self.assertEqual((report['accepted'], report['not_selected']), (16, 8))
        self.assertEqual(self.counts(self.store)[2], 16)
        self.assertEqual(self.december()['inserted']['permohonan'], 8)
        self.assertEqual(self.counts(self.store), [17, 23, 24, 22])
        self.err(2, '-s', self.store, 'import', SCHEMA / 'contoh' / 'opensid-penduduk.csv', '--only-petugas', '1')

    def test_semicolons_a_utf8_mark_capital_headings_and_unknown_columns_are_understood(self):
        header = ['TANGGAL', 'Layanan', 'nama', 'warna']
        self.write_csv('x.csv', header, [['05/01/2023', 'kartu keluarga', 'Uji Coba', 'biru']], ';')
        (self.at / 'x.csv').write_bytes(b'\xef\xbb\xbf' + (self.at / 'x.csv').read_bytes())
        report = self.take('x.csv')
        self.assertEqual((report['accepted'], report['ignored_columns']), (1, ['warna']))
        self.assertEqual(self.rows(self.store, 'SELECT tanggal, layanan FROM permohonan'), [['2023-01-05', 'KK']])

    def test_files_as_people_have_them_are_read(self):
        head, row = 'tanggal,layanan,nama,catatan', '2023-01-05,KK,{},{}'
        files = {'crlf': f'\ufeff{head}\r\n{row}\r\n', 'cr': f'{head}\r{row}\r', 'no-end': f'{head}\n{row}',
                 'blank-lines': f'\n\n{head}\n\n\n{row}\n\n,,,\n', 'tab': f'{head}\n{row}\n'.replace(',', '\t'),
                 'mark-before-a-quote': '\ufeff"' + head.replace(',', '","') + f'"\r\n{row}\r\n',
                 'semicolon': f'{head}\n{row}\n'.replace(',', ';'), 'spaces': f' {head} \n {row} \n'.replace(',', ' , ')}
        joined = 'FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id'
        for name, data in files.items():
            (self.at / name).write_bytes(data.replace('{}', name).encode())
            report = self.take(name)
            self.assertEqual((report['rows'], report['inserted']['permohonan'], report['notes'], report['unknown_codes']), (1, 1, [], []), name)
            self.assertEqual(self.rows(self.store, f"SELECT o.nama, c.isi, p.tanggal, p.layanan {joined} WHERE o.nama='{name}'"),
                             [[name, name, '2023-01-05', 'KK']])

    def test_a_quoted_cell_keeps_its_quotes_separators_and_line_ends(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama='Orang "Dua", S.H.', alamat='Jl. A; B\r\nRT 1'), self.permohonan(nama='5" layar')])
        self.take('x.csv')
        self.assertEqual(self.rows(self.store, 'SELECT o.nama, k.alamat FROM orang o JOIN keluarga k ON k.id=o.keluarga_id ORDER BY o.nama DESC'),
                         [['Orang "Dua", S.H.', 'Jl. A; B\r\nRT 1'], ['5" layar', 'Jl. Uji No. 1']])

    def test_characters_that_nobody_sees_are_taken_out_and_a_lone_nul_is_one_of_them(self):
        invisible = ['\u200b', '\u200e', '\u202e', '\u2060', '\ufeff', '\u00ad', '\x07', '\x7f', '\u0085', '\0']
        rows = [self.permohonan(nama=f'Or{c}ang {i}', nik=f'16749901019{c}0{i:04}', catatan=f'{c}x\u00a0y{c}') for i, c in enumerate(invisible)]
        self.write_csv('x.csv', PERMOHONAN, rows)
        report = self.take('x.csv')
        self.assertEqual([(n['code'], n['line'], n['column']) for n in report['notes']],
                         [('INVISIBLE', 2 + i, c) for i in range(len(rows)) for c in ('nama', 'nik', 'catatan')])
        joined = 'FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id'
        self.assertEqual(self.rows(self.store, f'SELECT o.nama, o.nik, c.isi {joined} ORDER BY o.nama'),
                         [[f'Orang {i}', f'167499010190{i:04}', 'x y'] for i in range(len(rows))])

    def test_unknown_codes_are_kept_as_written_and_listed_in_every_column_that_has_a_list(self):
        columns = ('layanan', 'varian', 'kanal', 'jenis_kelamin', 'agama', 'shdk', 'status_kawin', 'pekerjaan', 'pendidikan')
        unknown = {c: f'Entah {c}' for c in columns}
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {i}', nik=f'167499010190{i:04}', **unknown) for i in (1, 2)])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in self.take('x.csv')['unknown_codes']],
                         [(c, f'Entah {c}', 2, 2) for c in columns])
        self.assertEqual(self.rows(self.store, f"SELECT DISTINCT {', '.join(columns)} FROM permohonan p JOIN orang o ON o.id=p.pemohon_id"),
                         [[f'Entah {c}' for c in columns]])

    def test_column_names_that_come_again_further_down_are_passed_over(self):
        (self.at / 'x.csv').write_text('tanggal,layanan,nama\n2023-01-05,KK,Satu\nTanggal,LAYANAN, nama\n2023-01-05,KK,Dua\n2023-01-05,KK,nama\n')
        report = self.take('x.csv')
        self.assertEqual((report['rows'], report['accepted'], [(n['code'], n['line']) for n in report['notes']]), (3, 3, [('HEAD_AGAIN', 3)]))
        self.assertEqual(self.rows(self.store, 'SELECT nama FROM orang ORDER BY nama'), [['Dua'], ['Satu'], ['nama']])

    def test_a_long_list_of_notes_is_cut_for_people_but_not_for_programs_and_never_that_of_refused_rows(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik='12') for i in range(150)] + [self.permohonan() for _ in range(150)]
        self.write_csv('x.csv', PERMOHONAN, rows)
        out = self.out('-s', self.store, 'import', 'x.csv', '--dry-run', code=1)
        self.assertIn('and 50 more', out)
        self.assertEqual((out.count('not a number of 16 digits'), out.count('empty, but required')), (100, 150))
        self.assertEqual(len(self.take('x.csv', code=1)['notes']), 150)

    def test_a_file_of_another_kind_is_refused_whole(self):
        (self.at / 'a.csv').write_text('satu,dua\n1,2\n')
        self.assertIn('tanggal, layanan, nama', self.err(1, '-s', self.store, 'import', 'a.csv', '--layout', 'permohonan'))
        for encoding in ('utf-16', 'utf-16-le', 'utf-16-be'):
            (self.at / 'b.csv').write_bytes('tanggal,layanan,nama\n2023-01-01,KK,Satu\n'.encode(encoding))
            self.assertIn('UTF-16', self.err(1, '-s', self.store, 'import', 'b.csv'))
        (self.at / 'sheet.csv').write_bytes(b'PK\x03\x04' + bytes(100))
        self.assertIn('spreadsheet', self.err(1, '-s', self.store, 'import', 'sheet.csv'))
        for head, missing in (('tanggal|layanan|nama', 'tanggal, layanan, nama'), ('tanggal,nama', 'missing: layanan'),
                              ('tanggal,layanan,nik,rt', 'missing: nama')):
            (self.at / 'd.csv').write_text(f'{head}\n2023-01-05,KK,X,Y\n')
            self.assertIn(missing, self.err(1, '-s', self.store, 'import', 'd.csv'))
        (self.at / 'e.csv').write_text('tanggal,layanan,nama,nik,NIK\n2023-01-05,KK,X,1,2\n')
        self.assertIn("'nik' twice", self.err(1, '-s', self.store, 'import', 'e.csv'))
        (self.at / 'c.csv').write_text('')
        self.err(1, '-s', self.store, 'import', 'c.csv')
        self.err(NOTFOUND, '-s', self.store, 'import', 'none.csv')
        self.assertEqual(self.counts(self.store), [0, 0, 0, 0])

    def test_a_large_file_goes_in_by_chunks(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik=f'16749901{1 + i % 12:02}90{1 + i // 12:04}',
                                no_kk=f'16749901{1 + i % 12:02}14{1 + i // 36:04}') for i in range(1300)]
        self.write_csv('large.csv', PERMOHONAN, rows)
        self.assertEqual(self.take('large.csv')['inserted']['permohonan'], 1300)
        self.assertEqual(self.json('-s', self.store, 'status')['own']['on_device'], 3)

    def test_rows_that_a_full_disk_took_back_are_counted_as_none(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik=f'16749901{1 + i % 12:02}90{1 + i // 12:04}', no_kk='1674990101140001') for i in range(700)]
        self.write_csv('large.csv', PERMOHONAN, rows)
        counted = []
        for room in range(256, 4096, 384):  # KiB that each file may have: none of it is enough, the first transaction fits, all of it does
            store = f'{room}.db'
            shutil.copy(self.at / self.store, self.at / store)
            done = subprocess.run([PROGRAM, '-s', store, 'import', 'large.csv', '--json'], capture_output=True, cwd=self.at, timeout=60,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room * 1024, room * 1024)), restore_signals=False)
            report = json.loads(done.stdout)
            counted.append(report['accepted'])
            self.assertEqual((self.one(store, 'SELECT count(*) AS n FROM permohonan'), report['inserted']['permohonan']), (counted[-1],) * 2, room)
            self.assertEqual(done.returncode == 0, counted[-1] == 700)
            if counted[-1] == 700:
                break
        self.assertEqual(sorted(set(counted)), [0, 500, 700])

    def test_export_is_text_for_a_spreadsheet_and_comes_back_through_import(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama='=1+1', nik='1674990101900001', catatan='-5, "lima";=1'),
                                             self.permohonan(nama="'Aisyah", nik='0')])
        self.take('x.csv')
        query = ('SELECT p.tanggal, p.layanan, o.nama, o.nik, k.rt, c.isi AS catatan FROM permohonan p JOIN orang o ON o.id=p.pemohon_id '
                 'JOIN keluarga k ON k.id=p.keluarga_id LEFT JOIN catatan c ON c.permohonan_id=p.id ORDER BY o.nik DESC')
        self.run_cli('-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        self.assertEqual(stat.S_IMODE((self.at / 'out.csv').stat().st_mode), 0o600)
        header, *rows = csv.reader(io.StringIO((self.at / 'out.csv').read_bytes().decode(), newline=''))
        self.assertEqual(rows, [['2023-01-05', 'KK', "'=1+1", "'1674990101900001", "'001", "'-5, \"lima\";'=1"],
                                ['2023-01-05', 'KK', "''Aisyah", '', "'001", '']])
        self.err(EXISTS, '-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        other = self.init('other.db')
        self.out('-s', other, 'import', 'out.csv')
        self.assertEqual(self.rows(other, query), self.rows(self.store, query))
        self.assertIn('\n2023-01-05,KK,=1+1,1674990101900001,001,"-5, ""lima"";=1"\n', self.out('-s', self.store, 'export', '--query', query, '--raw'))

    def test_export_takes_tables_and_reading_queries_only(self):
        self.december()
        self.assertEqual(len(list(csv.DictReader(io.StringIO(self.out('-s', self.store, 'export', 'permohonan'))))), 24)
        self.err(NOTFOUND, '-s', self.store, 'export', 'tidak_ada')
        self.err(2, '-s', self.store, 'export', '--query', 'DELETE FROM permohonan')
        self.assertEqual(self.counts(self.store)[2], 24)

    def test_history_tells_who_did_what_and_from_which_file(self):
        self.december()
        self.out('-s', self.store, 'sql',
                 "UPDATE permohonan SET status='LENGKAP' WHERE kode_tanda_terima=(SELECT min(kode_tanda_terima) FROM permohonan)")
        key = self.one(self.store, "SELECT lower(hex(id)) AS k FROM permohonan WHERE status='LENGKAP'")
        edits = self.json('-s', self.store, 'history', 'permohonan', key)
        self.assertEqual([e['op'] for e in edits], ['I', 'U'])
        self.assertEqual((edits[0]['note'], edits[0]['device_number'], edits[0]['received']), ('impor desember-2022.csv', 1, False))
        self.assertEqual((edits[1]['values']['status'], edits[1]['before']['status']), ('LENGKAP', 'DRAF'))
        self.assertIn('status = LENGKAP', self.out('-s', self.store, 'history', 'permohonan', f"x'{key}'"))
        self.err(NOTFOUND, '-s', self.store, 'history', 'tidak_ada', key)
        self.err(2, '-s', self.store, 'history', 'permohonan', 'bukan-heksa')
        self.err(2, '-s', self.store, 'history', 'permohonan', key, key)
        self.assertIn("'v_permohonan' adalah view", self.indonesian(NOTFOUND, '-s', self.store, 'history', 'v_permohonan', key))


if __name__ == '__main__':
    main()
