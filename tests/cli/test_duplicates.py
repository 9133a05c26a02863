#!/usr/bin/env python3
"""Persons and households that may be there twice.

  test_duplicates.py PROGRAM SCHEMA_FOLDER"""
from case import Case, main


class Duplicates(Case):
    BORN = '1985-08-17'

    def people(self, *rows):
        """Rows of orang as dicts; their ids are 01…, 02…."""
        self.init()
        quoted = [{'id': f"x'{n:032x}'", **{k: "'%s'" % v.replace("'", "''") for k, v in row.items()}} for n, row in enumerate(rows, 1)]
        sql = ''.join(f'INSERT INTO orang({",".join(row)}) VALUES({",".join(row.values())});' for row in quoted)
        self.out('-s', 'pusat.db', 'sql', '-', stdin=sql)

    def found_pairs(self, *args):
        """(a, b): (score, codes)."""
        place = lambda party: int(party['id']['blob'], 16)
        found = self.json('-s', 'pusat.db', 'duplicates', *args)
        return {(place(d['a']), place(d['b'])): (d['score'], {r['code'] for r in d['reasons']}) for d in found}

    def expect(self, pairs):
        """Each pair of rows of orang apart from the others, by a birth date of its own: how sure it is, at least and at most, and what is said."""
        rows = []
        for n, (a, b, *_) in enumerate(pairs):
            date = f'1985-{1 + n % 12:02}-{1 + n // 12 * 2:02}'
            rows += [{'tanggal_lahir': date, **a}, {'tanggal_lahir': date, **b}]
        self.people(*rows)
        found = self.found_pairs('--min', '1')
        for n, (a, b, low, high, *codes) in enumerate(pairs):
            score, said = found.get((2 * n + 1, 2 * n + 2), (0, set()))
            self.assertTrue(low <= score <= high, f'{a} {b}: {score} {said}')
            self.assertLessEqual(set(codes), said, f'{a} {b}')

    def test_a_name_is_one_however_it_is_spelled_and_whatever_title_stands_by_it(self):
        same = lambda a, b, code: ({'nama': a}, {'nama': b}, 84, 95, code, 'LAHIR_SAMA')
        self.expect([
            same('SITI AMINAH', ' siti  aminah', 'NAMA_SAMA'), same("Ma'mun", 'MAMUN', 'NAMA_SAMA'), same('H. Umar', 'UMAR', 'NAMA_SAMA'),
            same('Dr. Hj. Siti Aminah, S.Pd., M.Pd', 'SITI AMINAH', 'NAMA_SAMA'), same('Syahril S.H', 'SYAHRIL', 'NAMA_SAMA'),
            same('AHMAD BIN ALI', 'Ahmad Ali', 'NAMA_SAMA'),
            same('André', 'ANDRE', 'NAMA_SAMA'), same('Alm. Kartono', 'KARTONO', 'NAMA_SAMA'),
            same('SOEKARNO', 'Sukarno', 'NAMA_EJAAN'), same('Djoko Tjahjono', 'JOKO CAHJONO', 'NAMA_EJAAN'),
            same('Sri Wahyuni', 'SRI WAHIUNI', 'NAMA_EJAAN'), same('Nurhalizah', 'Nur Halizzah', 'NAMA_EJAAN'),
            same('M. Syahril', 'Muhammad Syahril', 'NAMA_EJAAN'),
            same('Moh Arif', 'MOCHAMAD ARIF', 'NAMA_EJAAN'), same('Muchammad', 'Mohammad', 'NAMA_EJAAN'),
            same('Abd. Rahman', 'Abdul Rahman', 'NAMA_EJAAN'),
            same('St. Aisyah', 'Siti Aisyah', 'NAMA_EJAAN'), same('Sitti', 'SITI', 'NAMA_EJAAN'),
            same('Achmad', 'Ahmad', 'NAMA_BUNYI'), same('Akhmad', 'AHMAD', 'NAMA_BUNYI'), same('Syarif', 'Sarip', 'NAMA_BUNYI'),
            same('Fatimah', 'Patima', 'NAMA_BUNYI'),
            same('Zainal', 'Jainal', 'NAMA_BUNYI'), same('Novi', 'Nopi', 'NAMA_BUNYI'), same('Taufiq', 'Taufik', 'NAMA_BUNYI'),
            same('Dharma', 'Darma', 'NAMA_BUNYI')])

    def test_names_that_are_alike_weigh_less_and_others_nothing(self):
        self.expect([
            ({'nama': 'Burhanuddin'}, {'nama': 'Burhanudin Saleh'}, 50, 75, 'NAMA_MIRIP'), ({'nama': 'Kusmiranti'},
            {'nama': 'Kusmirianti'}, 60, 80, 'NAMA_MIRIP'),
            ({'nama': 'A. Rahman Hakim'}, {'nama': 'Abdul Rahman Hakim'}, 60, 85, 'NAMA_MIRIP'), ({'nama': 'Wijayanto'},
            {'nama': 'Wijaynato'}, 60, 80, 'NAMA_MIRIP'),
            ({'nama': 'Hasan'}, {'nama': 'Husin'}, 0, 30), ({'nama': 'Siti Aminah'}, {'nama': 'Siti Fatimah'}, 0, 30), ({'nama': 'Budi'},
            {'nama': 'Rudi'}, 0, 59),
            ({'nama': 'Siti Nur Aminah'}, {'nama': 'Siti Nur Fatimah'}, 0, 30),
            ({'nama': '-'}, {'nama': '?'}, 0, 0)])

    def test_numbers_that_are_one_or_were_written_wrong_are_found_whoever_wrote_them(self):
        nik = '1674991708850001'
        of = lambda number, name='Fulan Polan', **more: {'nama': name, 'nik': number, **more}
        other = {'tanggal_lahir': '1960-02-03'}
        self.expect([
            (of(nik), of(nik, 'Fulan P.'), 99, 100, 'NOMOR_SAMA', 'NAMA_MIRIP'),
            (of('1674991708850002'), of('1674991708850002', 'Siapa Saja'), 60, 90, 'NOMOR_SAMA', 'NAMA_LAIN'),
            (of('1674991708850103'), of('1674991708850193', **other), 65, 75, 'NOMOR_BEDA_SATU_ANGKA'),
            (of('1674991708850204'), of('1674991708852004', **other), 65, 75, 'NOMOR_TERTUKAR'),
            (of('1674991708850305'), {'nama': 'Fulan Polan', 'nik_tertulis': '16749917088?0305', **other}, 65, 75, 'NOMOR_BEDA_SATU_ANGKA'),
            ({'nama': 'Fulan Polan', 'nik_tertulis': '1674 9917 0885 0306'}, of('1674991708850306'), 99, 100, 'NOMOR_SAMA'),
            (of('1674991708850606'), of('1674991708850660'), 95, 100, 'NOMOR_TERTUKAR'),
            (of('1674991708850701'), of('1674991708850761'), 95, 100, 'NOMOR_BEDA_SATU_ANGKA'),
            (of('1674991708850801', 'Fulan P.'), of('1674991708850891', **other), 60, 75, 'NOMOR_BEDA_SATU_ANGKA', 'NAMA_MIRIP', 'LAHIR_LAIN'),
            (of('1674991708850902', 'Fulan P.'), of('1674991708859002', **other), 60, 75, 'NOMOR_TERTUKAR', 'NAMA_MIRIP', 'LAHIR_LAIN'),
            ({'nama': 'Fulan P.', 'nik_tertulis': '01674051003000?1', **other}, {'nama': 'Fulan Polan', 'nik_tertulis': '01674051003000?1'}, 0, 30),
            (of('1674991708850407', 'Hasan'), of('1674991708850408', 'Husin'), 0, 30),                        # twins: numbers that follow each other
            (of('1674991708850509'), of('1674990101600001'), 65, 80, 'NAMA_SAMA', 'LAHIR_SAMA', 'NOMOR_LAIN'),  # two numbers speak against it
            (of('1111111111111111', 'Satu', **other), of('1111111111111111', 'Dua'), 0, 0),
            (of('0167405100300001', 'Tiga', **other), of('0167405100300001', 'Empat'), 0, 0)])

    def test_a_birth_date_may_be_turned_round_mistyped_or_missing(self):
        name = lambda n, born, **more: {'nama': f'Fulan {n}', 'tanggal_lahir': born, **more}
        self.people(name('Aditya', '1990-02-01'), name('Aditya', '1990-01-02'), name('Baskara', '1990-03-04'), name('Baskara', '1990-03-14'),
                    name('Cakra', '1991-03-04', nama_ibu='Aminah', tempat_lahir='Prabumulih'),
                    {'nama': 'Fulan Tjakra', 'nama_ibu': 'Aminnah', 'tempat_lahir': 'PRABUMULIH'},
                    name('Daru', '1992-05-06', nama_ibu='Aminah'), {'nama': 'Fulan Daru', 'nama_ibu': 'Zubaidah'},
                    name('Erlangga', '1993-07-08', jenis_kelamin='1'), name('Erlangga', '1993-07-08', jenis_kelamin='2'),
                    name('Fajar', '1994-01-01'), name('Fajar', '1971-12-30'),
                    {'nama': 'Gema', 'tanggal_lahir_tertulis': '31/02/1991'}, {'nama': 'Gema', 'tanggal_lahir_tertulis': '31/02/1991'})
        found = self.found_pairs('--min', '21')  # one name alone says 20
        self.assertEqual({p: c & {'LAHIR_TERTUKAR', 'LAHIR_BEDA_SATU_ANGKA', 'LAHIR_TIDAK_TAHU', 'LAHIR_SAMA'} for p, (_, c) in found.items()},
                         {(1, 2): {'LAHIR_TERTUKAR'}, (3, 4): {'LAHIR_BEDA_SATU_ANGKA'}, (5, 6): {'LAHIR_TIDAK_TAHU'}, (7, 8): {'LAHIR_TIDAK_TAHU'},
                          (9, 10): {'LAHIR_SAMA'}, (13, 14): {'LAHIR_SAMA'}})
        self.assertGreaterEqual(found[1, 2][0], 70)
        self.assertGreaterEqual(found[5, 6][0], 55)  # same mother, same place
        self.assertLess(found[7, 8][0], 40)          # another mother
        self.assertLess(found[9, 10][0], 65)         # another sex
        self.assertEqual(set(self.found_pairs()), {p for p, (score, _) in found.items() if score >= 60})

    def test_one_is_found_among_many_of_one_name_or_of_one_birth_date(self):
        many = [{'nama': 'Siti', 'tanggal_lahir': f'19{40 + n // 12}-{1 + n % 12:02}-{13 + n % 7}'} for n in range(300)]
        first = len(many) + 1
        many += [{'nama': 'Siti', 'tanggal_lahir': '1931-04-05'}, {'nama': 'Siti', 'tanggal_lahir': '1931-05-04'},   # swapped
                 {'nama': 'Siti', 'tanggal_lahir': '1932-01-11'}, {'nama': 'Siti', 'tanggal_lahir': '1938-01-11'}]   # one digit
        letters = 'BCDFGHJKLM'
        many += [{'nama': f'{letters[n // 100]}a{letters[n // 10 % 10]}u{letters[n % 10]}odo', 'tanggal_lahir': '1950-12-31'} for n in range(300)]
        last = len(many) + 1
        many += [{'nama': 'Soerjani Poerwanto', 'tanggal_lahir': '1950-12-31'}, {'nama': 'Suryani Purwanto B.', 'tanggal_lahir': '1950-12-31'}]
        self.people(*many)
        found = self.found_pairs('--min', '55')
        self.assertIn('LAHIR_TERTUKAR', found[first, first + 1][1])
        self.assertIn('LAHIR_BEDA_SATU_ANGKA', found[first + 2, first + 3][1])
        self.assertIn('LAHIR_SAMA', found[last, last + 1][1])

    def test_households_with_one_number_or_one_head_at_one_address_are_suspected(self):
        self.init()
        rows = [('1674991103140007', 'Sarwoto', 'Jl. Anggrek No. 7', '002'), ('1674991103140007', 'Sarwoto Hadinata', 'JALAN ANGGREK 07', '002'),
                (None, 'Soekardi', 'Gg. Melati 3', '003'), (None, 'SUKARDI', 'Gang Melati No.3', '003'),
                (None, 'Lain Sama Sekali', 'Jl. Mawar 9', '004'),
                ('1674991103140008', 'Sukardi', 'Jl. Jauh 1', '009')]
        for n, (kk, head, address, rt) in enumerate(rows, 1):
            self.out('-s', 'pusat.db', 'sql', "INSERT INTO keluarga(id, no_kk, nama_kepala, alamat, rt) "
                     f"VALUES(x'{n:032x}', {repr(kk) if kk else 'NULL'}, '{head}', '{address}', '{rt}')")
        found = self.found_pairs('--table', 'keluarga')
        self.assertEqual(set(found), {(1, 2), (3, 4)})
        self.assertLessEqual({'NOMOR_SAMA', 'ALAMAT_SAMA', 'RT_RW_SAMA'}, found[1, 2][1])
        self.assertLessEqual({'NAMA_EJAAN', 'ALAMAT_SAMA'}, found[3, 4][1])
        self.assertEqual(self.found_pairs('--table', 'orang'), {})

    def test_pairs_that_were_decided_are_left_out_held_rows_are_not_and_people_read_why(self):
        self.people({'nama': 'Siti', 'tanggal_lahir': self.BORN}, {'nama': 'SITTI', 'tanggal_lahir': self.BORN})
        out = self.out('-s', 'pusat.db', 'duplicates', lang='id')
        self.assertRegex(out, r'^ 88  orang\n     0{31}1  Siti, 1985-08-17\n     0{31}2  SITTI, 1985-08-17\n'
                              r'     nama sama menurut ejaan; tanggal lahir sama\nDugaan: 1; tidak ada yang diubah\. ')
        self.out('-s', 'pusat.db', 'sql', f"INSERT INTO putusan_ganda(orang_a, orang_b, putusan) VALUES(x'{2:032x}', x'{1:032x}', 'BEDA')")
        self.assertEqual(self.out('-s', 'pusat.db', 'duplicates', lang='id'), 'Tidak ada yang diduga ganda.\n')
        self.assertEqual(set(self.found_pairs('--all')), {(1, 2)})
        for args in (['--min', '0'], ['--min', 'x'], ['--table', 'permohonan'], ['more']):
            self.err(2, '-s', 'pusat.db', 'duplicates', *args)
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');")
        self.out('-s', 'lain.db', 'init', '--schema', 'own.sql')
        self.assertIn('adminduk', self.indonesian(1, '-s', 'lain.db', 'duplicates'))

    def test_a_held_row_is_looked_at_as_well(self):
        (self.at / 'own.sql').write_text("CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT, no_kk_tertulis TEXT, nama_kepala TEXT, "
                                         "alamat TEXT, rt TEXT, rw TEXT, kode_kel TEXT, urut TEXT UNIQUE); SELECT jemput_replicate('keluarga');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql',
                     f"INSERT INTO keluarga VALUES('{name}', '1674991103140007', NULL, 'Sarwoto', 'Jl. A', '001', '', '', 'sama')")
        for name in ('pusat', 't1', 't2', 'pusat'):
            self.out('-s', f'{name}.db', 'sync')
        found, = self.json('-s', 'pusat.db', 'duplicates', '--table', 'keluarga')
        self.assertEqual(sorted((found['a']['held'], found['b']['held'])), [False, True])
        self.assertIn('[tertahan]\n', self.out('-s', 'pusat.db', 'duplicates', '--table', 'keluarga', lang='id'))


if __name__ == '__main__':
    main()
