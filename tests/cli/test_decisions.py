#!/usr/bin/env python3
"""What two devices wrote at once, and what people decide.

  test_decisions.py PROGRAM SCHEMA_FOLDER"""
import json
import re

from case import DENIED, NOTFOUND, PERMOHONAN, main
from team import Team


class Decisions(Team):
    def test_two_edits_of_one_cell_at_once_are_a_conflict_that_shows_both_values_and_writers(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.db', 'conflicts')
        self.assertEqual((conflict['table'], conflict['columns']), ('keluarga', ['prioritas']))
        self.assertEqual({s['values']['prioritas'] for s in conflict['sides']}, {'lansia', 'disabilitas'})
        self.assertEqual(len({s['device_number'] for s in conflict['sides']}), 2)
        self.assertEqual(sum(s['shown'] for s in conflict['sides']), 1)
        out = self.out('-s', 'pusat.db', 'conflicts')
        self.assertTrue('lansia' in out and 'disabilitas' in out)
        self.assertNotIn('Jl. Uji', out)

    def test_of_columns_that_merge_together_a_conflict_shows_people_those_that_differ_and_programs_all(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET rt='004'")
        self.out('-s', 't2.db', 'sql', 'UPDATE keluarga SET rt=NULL')
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.db', 'conflicts')
        self.assertEqual({(s['values']['alamat'], s['values']['rt']) for s in conflict['sides']}, {('Jl. Uji No. 1', '004'), ('Jl. Uji No. 1', None)})
        out = self.out('-s', 'pusat.db', 'conflicts')
        self.assertRegex(out, r'rt = 004\n +tablet 0[23] \([0-9a-f]{8}\), ')
        self.assertRegex(out, r'rt = \(empty\)\n +tablet 0[23] \([0-9a-f]{8}\), ')
        self.assertNotIn('Jl. Uji', out)
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])

    def test_a_delete_against_an_edit_tells_who_deleted_and_closes_by_an_update_at_central(self):
        for deleter, editor in (('t1', 't2'), ('t2', 't1')):
            with self.subTest(deleter):
                self.setUp()
                self.found()
                self.out('-s', 't1.db', 'sql', "INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'satu')")
                self.sync('t1', 't2', 'pusat', 't2')  # who is let in reads
                self.out('-s', f'{deleter}.db', 'sql', 'DELETE FROM catatan')
                self.out('-s', f'{editor}.db', 'sql', "UPDATE catatan SET isi='dua'")
                self.sync('t1', 't2', 'pusat')
                conflict, = self.json('-s', 'pusat.db', 'conflicts')
                number = {name: self.json('-s', f'{name}.db', 'status')['device_number'] for name in ('t1', 't2')}
                self.assertEqual({s['op']: (s['device_number'], s['shown']) for s in conflict['sides']},
                                 {'D': (number[deleter], False), 'U': (number[editor], True)})
                out = self.out('-s', 'pusat.db', 'conflicts', lang='id')
                self.assertRegex(out, rf'tersimpan  dihapus oleh tablet 0{number[deleter]} ')
                self.assertRegex(out, rf'tampil     diubah oleh tablet 0{number[editor]} ')
                self.assertRegex(self.out('-s', 'pusat.db', 'conflicts'),
                                 rf'deleted by tablet 0{number[deleter]} (?s:.*)changed by tablet 0{number[editor]} ')
                self.out('-s', 'pusat.db', 'sql', "UPDATE catatan SET isi='tiga'")
                self.sync('pusat', 't1')
                for name in ('pusat', 't1'):
                    self.assertEqual(self.json('-s', f'{name}.db', 'conflicts'), [], name)

    def test_a_held_row_is_named_by_its_key_and_comes_in_when_the_other_row_is_mended(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT, b INTEGER, x TEXT UNIQUE, PRIMARY KEY(b, a)); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 7, 'sama')")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        self.assertEqual(row['key'], [7, row['values']['a']])
        other = ({'t1', 't2'} - {row['values']['a']}).pop()
        self.assertEqual(row['against'], {'table': 't', 'key': f'[7,"{other}"]'})
        out = self.out('-s', 'pusat.db', 'held', lang='id')
        self.assertIn(f"t 7 {row['values']['a']}:\n    sudah ada baris lain dengan isian yang sama\n    aturan: UNIQUE t.x\n"
                      f'    yang menghalangi: t [7,"{other}"]\n    ditulis terakhir oleh: tablet 0', out)
        self.assertIn('Tertahan: 1 baris, semuanya tersimpan utuh.', out)
        edit, = self.json('-s', 'pusat.db', 'history', 't', *row['key'])
        self.assertEqual(edit['device_number'], self.json('-s', f"{row['values']['a']}.db", 'status')['device_number'])
        self.out('-s', 'pusat.db', 'sql', "UPDATE t SET x='lain'")
        self.sync('pusat')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM t'), 2)

    def test_a_conflict_is_decided_with_a_reason_that_names_what_gives_way_and_the_decision_is_undone(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140008'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140009'")
        self.sync('t1', 't2', 'pusat')
        row = ('-s', 'pusat.db', 'resolve', 'keluarga', key)
        shown = self.one('pusat.db', 'SELECT no_kk FROM keluarga')
        hidden = ({'1674991103140008', '1674991103140009'} - {shown}).pop()
        for bad in (('--set', f'no_kk={shown}'), ('--set', f'no_kk={shown}', '--keep', '--reason', 'x'), ('--reason', 'x')):
            self.err(2, *row, *bad)
        err = self.err(DENIED, *row, '--set', f'no_kk={shown}', '--reason', 'sesuai kartu')
        self.assertEqual(err.splitlines()[1:], [f"  --hide 'no_kk={hidden}'"])
        self.assertIn('tidak ada dalam bentrok', self.indonesian(NOTFOUND, *row, '--set', f'no_kk={shown}', '--hide', 'no_kk=1', '--reason', 'x'))
        self.assertIn('kolom kunci', self.indonesian(2, *row, '--set', f'id={key}', '--reason', 'x'))
        self.assertEqual(len(self.json('-s', 'pusat.db', 'conflicts')), 1)
        self.out('-s', 'pusat.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140010'")
        self.out('-s', 'pusat.db', 'sync')
        self.assertEqual(len(self.json('-s', 'pusat.db', 'conflicts')), 1, 'an ordinary update does not close it')
        self.err(NOTFOUND, *row, '--set', 'nomor=1', '--reason', 'x')
        self.out(*row, '--set', f'no_kk={hidden}', '--hide', f'no_kk={hidden}', '--reason', 'sesuai kartu')
        self.sync('pusat', 't1', 't2')
        for name in ('pusat', 't1', 't2'):
            self.assertEqual(self.json('-s', f'{name}.db', 'conflicts'), [], name)
            self.assertEqual(self.one(f'{name}.db', 'SELECT no_kk FROM keluarga'), hidden, name)
        last = self.json('-s', 't1.db', 'history', 'keluarga', key)[-1]
        self.assertEqual((last['op'], last['note'], last['before']['no_kk']), ('K', 'sesuai kartu', '1674991103140010'))
        self.assertIn('    no_kk = 1674991103140010\n', self.out(*row, '--undo', '--reason', 'keliru'))
        self.assertEqual(self.one('pusat.db', 'SELECT no_kk FROM keluarga'), '1674991103140010')
        self.out('-s', 'pusat.db', 'resolve', 'keluarga', f'{key[:6]}...', '--undo', '--reason', 'tidak keliru')
        self.assertEqual(self.one('pusat.db', 'SELECT no_kk FROM keluarga'), hidden)
        self.out(*row, '--keep', '--reason', 'sudah dilihat')
        self.assertIn('tidak mengubah nilai', self.indonesian(1, *row, '--undo', '--reason', 'keliru'))
        self.assertIn('    the row stays as it is shown\n', self.out('-s', 'pusat.db', 'history', 'keluarga', key))

    def test_a_row_that_was_deleted_with_a_conflict_open_is_not_said_to_have_equal_values(self):
        key = self.household()
        for n, number in ((1, '1674991103140008'), (2, '1674991103140009')):
            self.out('-s', f't{n}.db', 'sql', f"UPDATE keluarga SET no_kk='{number}'")
        self.sync('t1', 't2', 'pusat')
        self.out('-s', 'pusat.db', 'sql', 'PRAGMA foreign_keys=OFF; UPDATE orang SET keluarga_id=NULL; UPDATE permohonan SET keluarga_id=NULL; DELETE FROM keluarga')
        self.out('-s', 'pusat.db', 'sync')
        out = self.out('-s', 'pusat.db', 'why', 'keluarga', key, lang='id')
        self.assertIn('baris ini dihapus\n', out)
        self.assertIn('--restore', out)
        self.assertIn('no_kk,no_kk_tertulis: isi terakhir sebelum barisnya dihapus\n', out)
        self.assertNotIn('nilai yang sama', out)

    def test_a_key_may_be_begun_and_left_if_one_row_alone_has_that_beginning(self):
        self.init()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'0abc%s', 'Satu'), (x'0abd%s', 'Dua')" % ('00' * 14, '00' * 14))
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO wilayah(kode, nama, tingkat, sumber) VALUES('16.74.99.1999', 'Uji', 'kelurahan', 'uji')")
        for words, found in ((['orang', '0abc...'], 'nama = Satu'), (['orang', '0ABD…'], 'nama = Dua'), (['wilayah', '16.74.99.19...'], 'Uji')):
            self.assertIn(found, self.out('-s', 'pusat.db', 'history', *words))
        self.assertIn('lebih dari satu', self.indonesian(NOTFOUND, '-s', 'pusat.db', 'history', 'orang', '0ab...'))
        self.assertIn("diawali 'ffff'", self.indonesian(NOTFOUND, '-s', 'pusat.db', 'history', 'orang', 'ffff...'))
        self.err(2, '-s', 'pusat.db', 'history', 'orang', '...')

    def test_of_values_that_stand_against_a_decision_only_those_that_it_closes_are_asked_for(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET rt='004', prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET rt='005', prioritas='O''o'")
        self.sync('t1', 't2', 'pusat')
        row = ('-s', 'pusat.db', 'resolve', 'keluarga', key, '--reason', 'x')
        self.assertEqual(sum(len(c['sides']) for c in self.json('-s', 'pusat.db', 'conflicts')), 4)
        self.assertEqual(self.json('-s', 'pusat.db', 'status')['conflicts'], 1)
        self.assertIn('Baris yang sedang bentrok: 1 ', self.out('-s', 'pusat.db', 'sync', lang='id'))
        rt, = {'004', '005'} - {self.one('pusat.db', 'SELECT rt FROM keluarga')}
        prioritas, = {'lansia', "O'o"} - {self.one('pusat.db', 'SELECT prioritas FROM keluarga')}
        shell = prioritas.replace("'", "'\\''")
        self.assertEqual(self.err(DENIED, *row, '--set', 'rt=006').splitlines()[1:], [f"  --hide 'rt={rt}'"])
        self.assertEqual(self.err(DENIED, *row, '--keep', '--hide', f'rt={rt}').splitlines()[1:], [f"  --hide 'prioritas={shell}'"])
        self.assertIn('    baris tetap seperti yang tampil\n', self.out(*row, '--keep', '--hide', f'rt={rt}', '--hide', f'prioritas={prioritas}', lang='id'))
        self.assertEqual(self.json('-s', 'pusat.db', 'conflicts'), [])

    def test_a_decision_that_leaves_a_row_held_says_so_and_by_what(self):
        self.init()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'%s', 'Satu')" % ('0a' * 16))
        row = ('-s', 'pusat.db', 'resolve', 'orang', '0a' * 16, '--reason', 'x')
        out = self.out(*row, '--set', 'nama', lang='id')
        self.assertIn('    nama = (kosong)\nTertahan (tersimpan utuh, belum tampil): isian yang wajib masih kosong (NOT NULL orang.nama)\n', out)
        out = self.out(*row, '--set', 'nama=Dua', '--set', f"keluarga_id={'0b' * 16}")
        self.assertIn(f"(FOREIGN KEY keluarga)\n    in its way: keluarga {'0b' * 16}\n", out)
        self.assertNotIn('Held', self.out(*row, '--set', 'keluarga_id'))
        self.assertEqual(self.rows('pusat.db', 'SELECT nama, keluarga_id FROM orang'), [['Dua', None]])

    def test_a_held_row_is_corrected_dropped_and_brought_back_by_a_decision(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL, x TEXT UNIQUE, n INTEGER); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 'sama', 1)")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        decide = ('-s', 'pusat.db', 'resolve', 't', *row['key'])
        self.err(2, *decide, '--set', 'n=banyak', '--reason', 'x')
        self.out(*decide, '--drop', '--reason', 'ganda')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.out(*decide, '--restore', '--reason', 'bukan ganda')
        self.assertEqual(len(self.json('-s', 'pusat.db', 'held')), 1)
        self.out(*decide, '--set', 'x', '--set', 'n=5', '--reason', 'nomor belum ada')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.rows('pusat.db', f"SELECT x, n FROM t WHERE a='{row['key'][0]}'"), [[None, 5]])

    def test_undo_turns_round_what_was_decided_last_be_it_a_value_a_drop_or_a_return(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL, x TEXT UNIQUE, n INTEGER NOT NULL DEFAULT 0);"
                                         "SELECT jemput_replicate('t', 'sum=n');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 'sama', 1)")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        decide = ('-s', 'pusat.db', 'resolve', 't', *row['key'], '--reason', 'x')
        self.assertIn('belum ada keputusan', self.indonesian(1, *decide, '--undo'))
        self.out(*decide, '--set', 'x=lain')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertIn('Tertahan (', self.out(*decide, '--undo', lang='id'))
        self.out(*decide, '--drop')
        self.assertIn('the row is back as it was', self.out(*decide, '--undo'))
        self.assertEqual(self.json('-s', 'pusat.db', 'held')[0]['values'], row['values'])
        self.assertIn('the row is dropped', self.out(*decide, '--undo'))  # of the return; not of the value that was decided before
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.json('-s', 'pusat.db', 'why', 't', *row['key'])['state'], 'dihapus')
        self.assertIn('--restore', self.indonesian(NOTFOUND, *decide, '--set', 'x=lain'))
        self.out(*decide, '--restore')
        self.out(*decide, '--set', 'x=lain', '--set', 'n=5')
        self.assertIn('x = sama', self.out(*decide, '--undo'))
        self.out(*decide, '--set', 'n=7')
        self.assertIn('penghitung', self.indonesian(1, *decide, '--undo'))
        other, = {'t1', 't2'} - set(row['key'])
        for bad, word in (('--drop', 'DELETE'), ('--restore', 'tidak dihapus')):
            self.assertIn(word, self.indonesian(2, '-s', 'pusat.db', 'resolve', 't', other, bad, '--reason', 'x'))
        self.out('-s', 'pusat.db', 'merge-rows', 't', other, *row['key'], '--reason', 'satu')
        self.assertIn('merge-rows', self.indonesian(1, *decide, '--undo'))

    def test_why_tells_what_was_written_by_whom_which_rule_decided_and_how_far_it_has_come(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140008', prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140009'")
        self.sync('t1', 't2', 'pusat')
        why = self.json('-s', 'pusat.db', 'why', 'keluarga', key)
        self.assertEqual((why['state'], why['held'], why['deletions'], why['pending']), ('tampil', None, [], []))
        groups = {','.join(g['columns']): g for g in why['groups']}
        kk = groups['no_kk,no_kk_tertulis']
        self.assertEqual((kk['conflict'], kk['identity'], kk['base_known']), (True, True, True))
        number = {w['label']: json.loads(w['value'])['no_kk'] for w in kk['writes']}
        self.assertEqual((number, json.loads(kk['base'])['no_kk']),
                         ({'tablet 02': '1674991103140008', 'tablet 03': '1674991103140009'}, '1674991103140007'))
        self.assertEqual([number[w['label']] for w in kk['writes'] if w['shown']], [self.one('pusat.db', 'SELECT no_kk FROM keluarga')])
        self.assertEqual([(w['value'], w['parallel']) for w in groups['prioritas']['writes']], [('lansia', True)])
        only = self.json('-s', 'pusat.db', 'why', 'keluarga', key, 'PRIORITAS')
        self.assertEqual([g['columns'] for g in only['groups']], [['prioritas']])
        out = self.out('-s', 'pusat.db', 'why', 'keluarga', key, lang='id')
        self.assertRegex(out, r'no_kk,no_kk_tertulis: bentrok: .*perlu keputusan \(resolve\)\n(?s:.*)sebelumnya, dilihat semua pihak: no_kk = 1674991103140007\n')
        self.assertRegex(out, r'  \* no_kk = 167499110314000[89]  — tablet 0[23], ')
        self.assertRegex(out, r'tulisan terbaru: tablet 0[23], .*: diterima pusat\n')
        self.assertRegex(out, r'\ntanpa bentrok, tulisan terakhir:\n(?s:.*)\n  prioritas = lansia  — tablet 02, ')
        self.assertRegex(out, r'\nkosong: (.*, )?keterangan\n')
        self.assertEqual(len(out.splitlines()), len(set(out.splitlines())))
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        out = self.out('-s', 't1.db', 'why', 'keluarga', key, 'prioritas')
        self.assertRegex(out, r'waits here, not sealed: prioritas = disabilitas  — tablet 02')
        self.assertIn(': on this device\n', out)
        self.assertNotRegex(out, r'disabilitas  — tablet 03')
        write, = self.json('-s', 't1.db', 'why', 'keluarga', key, 'prioritas')['groups'][0]['writes']
        self.assertEqual((write['value'], write['label'], write['segment']), ('disabilitas', 'tablet 02', 0))
        for bad, word in (('nomor', "no column 'nomor'"), ('id', 'of the key')):
            self.assertIn(word, self.err(2, '-s', 'pusat.db', 'why', 'keluarga', key, bad))
        self.err(NOTFOUND, '-s', 'pusat.db', 'why', 'keluarga', '00' * 16)
        self.indonesian(NOTFOUND, '-s', 'pusat.db', 'why', 'keluarga', '00' * 16)
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO catatan(id, isi) VALUES(x'%s', 'a')" % ('01' * 16))
        self.assertIn('is not sealed yet', self.out('-s', 'pusat.db', 'why', 'catatan', '01' * 16))
        self.out('-s', 'pusat.db', 'sync')
        self.out('-s', 'pusat.db', 'sql', 'DELETE FROM catatan')
        self.out('-s', 'pusat.db', 'sync')
        self.assertRegex(self.out('-s', 'pusat.db', 'why', 'catatan', '01' * 16), r'the row is deleted\n    deleted  — pusat 01, ')

    def test_why_names_the_row_that_stands_against_a_held_one_whatever_its_key(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT, b BLOB, x TEXT UNIQUE, PRIMARY KEY(b, a)); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', x'07', 'sama')")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        held, other = row['values']['a'], {'t1': 't2', 't2': 't1'}[row['values']['a']]
        why = self.json('-s', 'pusat.db', 'why', 't', '07', held)
        self.assertEqual(why['held'], {'reason': 'UNIQUE t.x', 'against_table': 't', 'against_key': f'["x\'07\'","{other}"]'})
        self.assertEqual(why['state'], 'tertahan')
        self.assertIn(f'yang menghalangi: t ["x\'07\'","{other}"]\n', self.out('-s', 'pusat.db', 'why', 't', '07', held, 'x', lang='id'))
        self.assertIn('baris ini tampil\n', self.out('-s', 'pusat.db', 'why', 't', '07', other, lang='id'))

    def test_two_officers_who_take_one_application_make_two_rows_of_which_one_is_held_and_none_lost(self):
        self.found()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'%s', 'Nurlaila')" % ('0a' * 16))
        self.sync('pusat', 't1', 't2', 'pusat', 't1', 't2')
        for n, note in ((1, 'KTP hilang di pasar'), (2, None)):
            self.out('-s', f't{n}.db', 'sql', """INSERT INTO permohonan(id, kode_tanda_terima, layanan, varian, tanggal, pemohon_id, kode_kel, petugas,
                keterangan) VALUES(x'%s', jemput_serial('permohonan'), 'KTP-el', 'KTP.HILANG', '2023-01-05', x'%s', '16.74.05.1003', 'petugas %d', %s)"""
                     % (f'0{n}' * 16, '0a' * 16, n, f"'{note}'" if note else 'NULL'))
            self.out('-s', f't{n}.db', 'sql',
                     "INSERT INTO syarat_permohonan(permohonan_id, kode_syarat, keadaan) VALUES(x'%s', 'KK', 'ADA')" % (f'0{n}' * 16))
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        for store in ('pusat.db', 't1.db', 't2.db'):
            shown, = self.rows(store, 'SELECT lower(hex(id)), petugas FROM permohonan')
            held = {row['table']: row for row in self.json('-s', store, 'held')}
            row = held['permohonan']
            self.assertEqual(row['reason'], "UNIQUE index 'satu_permohonan_terbuka'")
            self.assertEqual({shown[1], row['values']['petugas']}, {'petugas 1', 'petugas 2'})
            self.assertEqual(held['syarat_permohonan']['reason'], 'FOREIGN KEY permohonan')
        other = row['values']['id']['blob']
        # the office looks at the held one beside the other, by another status ...
        self.out('-s', 'pusat.db', 'resolve', 'permohonan', other, '--set', 'status=DUGAAN_GANDA', '--set', 'alasan_status', '--set', 'digabung_ke',
                 '--set', 'penerima', '--reason', 'dilihat dulu')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM v_dugaan_permohonan_ganda'), 1)
        # ... and makes them one: what either tablet wrote is in it
        self.out('-s', 'pusat.db', 'merge-rows', 'permohonan', shown[0], other, '--reason', 'permohonan yang sama')
        self.sync('pusat', 't1', 't2')
        for store in ('pusat.db', 't1.db', 't2.db'):
            self.assertEqual(self.rows(store, 'SELECT lower(hex(id)), status, keterangan FROM permohonan'),
                     [[shown[0], 'DRAF', 'KTP hilang di pasar']])
            self.assertEqual(self.rows(store, 'SELECT lower(hex(permohonan_id)), keadaan FROM syarat_permohonan'), [[shown[0], 'ADA']])
            self.assertEqual((self.json('-s', store, 'held'), self.json('-s', store, 'conflicts')), ([], []))
            self.assertEqual(self.json('-s', store, 'history', 'permohonan', other)[-1]['successor'], [{'blob': shown[0]}])
            self.out('-s', store, 'verify')

    def test_two_rows_for_one_person_become_one_everywhere_and_two_again(self):
        self.found()
        for n, name, number in ((1, 'SITI AMINAH', 'NULL'), (2, 'Sitti Aminah', "'1674994201900001'")):
            self.out('-s', 'pusat.db', 'sql',
                     "INSERT INTO orang(id, nama, nik, tanggal_lahir) VALUES(x'%s', '%s', %s, '1990-01-02')" % (f'0{n}' * 16, name, number))
            self.out('-s', 'pusat.db', 'sql',
                     "INSERT INTO persetujuan(id, orang_id, dasar) VALUES(x'%s', x'%s', 'WALI')" % (f'1{n}' * 16, f'0{n}' * 16))
        self.sync('pusat', 't1', 'pusat', 't1')
        one, other = '01' * 16, '02' * 16
        look = self.out('-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--dry-run', lang='id')
        self.assertRegex(look, r'^orang 02\S+ akan menjadi satu dengan 01\S+:\n  nik diisi: 1674994201900001\n'
                               r'  nama tetap: SITI AMINAH; hanya di riwayat: Sitti Aminah\n'
                               r'  persetujuan.orang_id: 1 baris merujuk baris yang tetap\nBelum ada yang diubah.\n$')
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM orang'), 2)
        done = self.json('-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--reason', 'orang yang sama')
        self.assertEqual([(m['kind'], m['table'], m['column']) for m in done['moves']],
                         [('value', 'orang', 'nik'), ('left', 'orang', 'nama'), ('reference', 'persetujuan', 'orang_id')])
        self.out('-s', 't1.db', 'sql', f"UPDATE orang SET telepon='0812' WHERE id=x'{other}'")  # has not heard of it
        self.sync('t1', 'pusat', 't1')
        for store in ('pusat.db', 't1.db'):
            self.assertEqual(self.rows(store, 'SELECT nama, nik, telepon FROM orang'), [['SITI AMINAH', '1674994201900001', '0812']])
            self.assertEqual(self.one(store, f"SELECT count(*) FROM persetujuan WHERE orang_id=x'{one}'"), 2)
            history = self.out('-s', store, 'history', 'orang', other, lang='id')
            self.assertIn(f'    berlanjut pada baris {one}\n', history)
            self.assertIn('catatan: orang yang sama', history)
        self.assertIn('merge-rows', self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, '--reason', 'x'))
        self.indonesian(NOTFOUND, '-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--reason', 'lagi')
        self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, other)
        self.assertIn('kunci kedua baris', self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, '--reason', 'x', lang='id'))
        refused = self.run_cli('-s', 'pusat.db', 'merge-rows', 'orang', one, 'ff' * 16, '--reason', 'x', code=NOTFOUND)
        self.assertEqual(refused[1], '', 'nothing is said to become one that does not')
        self.assertIn('1 rows go back', self.out('-s', 'pusat.db', 'merge-rows', 'orang', other, '--undo', '--reason', 'dua orang'))
        self.indonesian(1, '-s', 'pusat.db', 'merge-rows', 'orang', other, '--undo', '--reason', 'dua orang')
        self.sync('pusat', 't1')
        self.assertEqual(self.rows('t1.db', 'SELECT nama, nik FROM orang ORDER BY nama'),
                 [['SITI AMINAH', None], ['Sitti Aminah', '1674994201900001']])
        self.assertEqual(self.one('t1.db', f"SELECT count(*) FROM persetujuan WHERE orang_id=x'{one}'"), 1)

    def test_rows_that_come_to_be_held_by_a_merge_of_rows_are_named_with_their_reason_before_and_after(self):
        self.init()
        siti, juga, satu, dua = ('%02x' % n * 16 for n in (1, 2, 10, 11))
        self.out('-s', 'pusat.db', 'sql',
                 f"INSERT INTO orang(id, nama, tanggal_lahir) VALUES(x'{siti}', 'SITI', '1985-01-02'), (x'{juga}', 'SITI', '1985-01-02');"
                 f"INSERT INTO permohonan(id, layanan, tanggal, pemohon_id) VALUES(x'{satu}', 'KTP_EL', '2026-01-01', x'{siti}'),"
                 f"(x'{dua}', 'KTP_EL', '2026-01-02', x'{juga}')")
        two = ('-s', 'pusat.db', 'merge-rows', 'orang', siti, juga, '--reason', 'sama')
        held = re.compile(rf'permohonan {dua} akan tertahan, .*sudah ada baris lain.*satu_permohonan_terbuka.*\n +yang menghalangi: permohonan {satu}')
        self.assertRegex(self.out(*two, '--dry-run', lang='id'), held)
        self.assertIn('Held by it: 1 rows', self.out(*two, '--dry-run'))
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) AS n FROM permohonan'), 2)
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        moves = [m for m in self.json(*two, '--dry-run')['moves'] if m['kind'] == 'held']
        self.assertEqual(len(moves), 1)
        self.assertEqual((moves[0]['table'], moves[0]['value'], moves[0]['against']['table']),
                         ('permohonan', "UNIQUE index 'satu_permohonan_terbuka'", 'permohonan'))
        self.assertRegex(self.out(*two), rf'permohonan {dua} is held, .*another row has the same values.*\n +in its way: permohonan {satu}')
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) AS n FROM permohonan'), 1)
        self.assertNotIn('held', self.out('-s', 'pusat.db', 'merge-rows', 'orang', juga, '--undo', '--reason', 'dua orang'))
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) AS n FROM permohonan'), 2)

    def test_more_held_rows_than_a_view_shows_at_once_are_listed_explained_and_decided_and_an_export_says_that_it_lacks_them(self):
        (self.at / 's.sql').write_text("CREATE TABLE t(id TEXT PRIMARY KEY NOT NULL, u INTEGER UNIQUE, isi TEXT); SELECT jemput_replicate('t');")
        self.init('pusat.db', '--schema', 's.sql', '--hub', 'hub.git')
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 't1.undangan')
        self.out('-s', 't1.db', 'join', 't1.undangan')
        self.sync('pusat', 't1')
        for store in ('pusat.db', 't1.db'):
            size = 480000 if store == 't1.db' else 1
            self.out('-s', store, 'sql', '-', stdin=''.join(f"INSERT INTO t VALUES('{store[0]}{i}', {i}, hex(zeroblob({size})));\n" for i in range(36)))
        self.sync('t1', 'pusat')
        held = self.json('-s', 'pusat.db', 'held')
        self.assertEqual([h['against'] for h in held], [{'table': 't', 'key': 'p' + h['key'][0][1:]} for h in held])
        self.assertEqual(len(held), 36)
        self.assertIn('yang menghalangi: t p1', self.out('-s', 'pusat.db', 'why', 't', 't1', lang='id'))
        self.assertIn('in its way: t p2', self.out('-s', 'pusat.db', 'resolve', 't', 't1', '--set', 'u=2', '--reason', 'r'))
        _, out, err = self.run_cli('-s', 'pusat.db', 'export', 't')
        self.assertEqual(out.count('\n'), 37)
        self.assertIn('36 rows of this table are held', err)
        self.assertEqual(self.err(0, '-s', 't1.db', 'export', 't'), '')

    def test_two_tablets_at_one_household_write_one_row(self):
        self.found()
        for n in (1, 2):
            self.write_csv(f'{n}.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {n}', no_kk='1674991103140007')])
            self.out('-s', f't{n}.db', 'import', f'{n}.csv')
        self.sync('t1', 't2', 'pusat')
        self.assertEqual(self.counts('pusat.db'), [1, 2, 2, 0])


if __name__ == '__main__':
    main()
