#!/usr/bin/env python3
"""The central service with central.db alone: rows, conflicts and held rows arrive there, once, whatever is killed when.

  test_central.py JEMPUT JEMPUT-CENTRAL [a test's name …]"""
import collections
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

import scene
from centraldb import anew, ask, base, contents, one, person
from scene import CENTRAL, Office, Space, run


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office, cls.space = Office(name='pusat-baris'), Space('wonosari', tablets=2)
        cls.space.join(cls.office)

    def arrive(self, *tablets):
        self.space.sync(*tablets)
        self.office.once()
        self.space.sync(*tablets)

    def test_rows_and_who_wrote_them_are_what_the_store_says(self):
        key = person(self.space, 't1', '1674990101900001', 'SITI AMINAH')
        self.arrive('t1')
        self.space.sql('t1', f"UPDATE orang SET tempat_lahir = 'Wonosari' WHERE id = x'{key}'")
        self.arrive('t1')
        self.assertEqual(ask(self.office, f"SELECT nama, tempat_lahir FROM orang WHERE id = x'{key}'"), [('SITI AMINAH', 'Wonosari')])
        writer, made, changed = ask(self.office, f"SELECT lower(hex(r.writer)), r.segment, c.segment FROM row_ r JOIN cell_ c USING(space, tbl, key) "
                                                 f"WHERE r.key = x'{key}' AND c.grp = 'tempat_lahir'")[0]
        edits = self.space.rows('t1', f"SELECT DISTINCT writer, op, segment FROM jemput_history('orang', x'{key}')")
        self.assertEqual(edits, [[writer, 'buat', made], [writer, 'ubah', changed]])
        self.assertEqual(one(self.office, 'SELECT count(*) FROM wilayah'), self.space.one('t1', 'SELECT count(*) FROM wilayah'))
        self.assertEqual(contents(self.office), anew(self.office, self.space))

    def test_a_conflict_and_its_end_arrive(self):
        key = person(self.space, 't1', '1674990101900002', 'BUDI')
        self.arrive('t1', 't2', 't1', 't2')
        for tablet, name in (('t1', 'BUDI S'), ('t2', 'BUDI R')):
            self.space.sql(tablet, f"UPDATE orang SET nama = '{name}' WHERE id = x'{key}'")
        self.space.sync('t1', 't2')
        self.office.once()
        sides = ask(self.office, f"SELECT grp, hard, json_extract(value, '$.nama'), label FROM conflict_ WHERE key = x'{key}' ORDER BY 3")
        self.assertEqual(sides, [('nama', 1, 'BUDI R', 'tablet 04'), ('nama', 1, 'BUDI S', 'tablet 03')])
        self.assertEqual(one(self.office, "SELECT n FROM count_ WHERE name = 'conflicts_hard'"), 1)
        self.assertEqual(contents(self.office), anew(self.office, self.space))
        self.space.sync('kantor')
        shown = self.space.one('kantor', f"SELECT value FROM jemput_conflict WHERE key = x'{key}' AND shown")
        hidden = self.space.one('kantor', f"SELECT value FROM jemput_conflict WHERE key = x'{key}' AND NOT shown")
        self.space.cli('kantor', 'resolve', 'orang', key, '--set', f'nama={shown}', '--hide', f'nama={hidden}', '--reason', 'sesuai akta')
        self.arrive('kantor')
        self.assertEqual(ask(self.office, f"SELECT 1 FROM conflict_ WHERE key = x'{key}'"), [])
        self.assertEqual(contents(self.office), anew(self.office, self.space))

    def test_a_held_row_stands_beside_with_its_reason_and_comes_in_when_that_goes(self):
        schema = scene.FOLDER / 'unik.sql'
        schema.write_text("CREATE TABLE barang(id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), kode TEXT UNIQUE, n INTEGER);"
                          "SELECT jemput_replicate('barang');")
        office, space = Office(name='pusat-unik'), Space('unik', tablets=2, schema=schema)
        space.join(office)
        space.sync('t1', 't2')
        office.once()
        space.sync('t1', 't2')
        for n, tablet in ((1, 't1'), (2, 't2')):
            space.sql(tablet, f"INSERT INTO barang VALUES(x'{n:032x}', 'A', {n})")
            space.sync(tablet)
        office.once()
        held = ask(office, "SELECT tbl, hex(key), reason, against_tbl, hex(against_key), json_extract(row, '$.n'), label FROM held_")
        self.assertEqual(held, [('barang', f'{2:032X}', 'UNIQUE barang.kode', 'barang', f'{1:032X}', 2, 'tablet 04')])
        self.assertEqual(ask(office, 'SELECT hex(id) FROM barang'), [(f'{1:032X}',)])
        self.assertEqual(contents(office), anew(office, space))
        space.sql('t1', "DELETE FROM barang")
        space.sync('t1')
        office.once()
        self.assertEqual(ask(office, 'SELECT tbl FROM held_'), [])
        self.assertEqual(ask(office, 'SELECT hex(id) FROM barang'), [(f'{2:032X}',)])
        self.assertEqual(contents(office), anew(office, space))

    def test_persons_are_found_by_how_their_names_are_spelled_and_suspected_twins_are_listed(self):
        for nik, name in (('1674990101900004', 'Soekarno Djaya'), ('1674990101900005', 'SUKARNO JAYA')):
            person(self.space, 't1', nik, name)
            self.space.sql('t1', f"UPDATE orang SET tanggal_lahir = '1970-02-03' WHERE nik = '{nik}'")
        self.arrive('t1')
        other = Office(name='pusat-ganda') # a fresh look: twins are looked for every ten minutes at most
        other.central('add', 'wonosari', '--store', self.office.at / 'spaces' / 'wonosari.db')
        other.once()
        self.assertEqual(one(other, "SELECT count(*) FROM search_ WHERE search_ MATCH 'name: sukarno*'"), 2)
        pairs = ("SELECT min(x.nik, y.nik), max(x.nik, y.nik) FROM twin_ t JOIN orang x ON x.id = t.a JOIN orang y ON y.id = t.b "
                 "WHERE tbl = 'orang' AND t.reasons LIKE '%NAMA_EJAAN%'")
        self.assertEqual(ask(other, pairs), [('1674990101900004', '1674990101900005')])
        db = base(other) # as a crash leaves it between a batch and the pairs
        db.executescript("DELETE FROM twin_; DELETE FROM list_ WHERE name = 'twins'")
        db.close()
        other.once()
        self.assertEqual(ask(other, pairs), [('1674990101900004', '1674990101900005')])

    def test_what_the_console_s_lists_ask_is_answered_by_indexes(self):
        final = "('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG')"
        for query, index in (
                ("SELECT id FROM permohonan WHERE tanggal = '2023-01-05' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_hari'),
                ("SELECT id FROM permohonan WHERE status = 'LENGKAP' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_status'),
                ("SELECT id FROM permohonan WHERE kode_kel = '1' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_kel'),
                (f"SELECT id FROM permohonan WHERE batas_waktu < '2023' AND status NOT IN {final} ORDER BY batas_waktu LIMIT 50", 'permohonan_batas'),
                ("SELECT kode_kel, layanan, count(*) FROM permohonan WHERE substr(tanggal, 1, 7) = '2022-12' GROUP BY kode_kel, layanan, status",
                 'COVERING INDEX permohonan_bulan'),
                ("SELECT k.rt, o.tanggal_lahir FROM keluarga k CROSS JOIN orang o ON o.keluarga_id = k.id AND o.space = k.space WHERE k.kode_kel > ''"
                 " ORDER BY k.kode_kel, k.rw, k.rt", 'COVERING INDEX orang_lahir'),
                ("SELECT count(*) FROM orang WHERE penyandang_cacat <> '' AND penyandang_cacat <> '7'", 'orang_cacat'),
                ("SELECT id FROM orang WHERE nik = '1'", 'orang_nik'), ("SELECT id FROM keluarga WHERE kode_kel = '1' AND rw = '2'", 'keluarga_kel'),
                ("SELECT key FROM conflict_ WHERE hard ORDER BY hard DESC, since_ms LIMIT 50", 'conflict_queue')):
            plan = ' | '.join(row[3] for row in ask(self.office, 'EXPLAIN QUERY PLAN ' + query))
            with self.subTest(query=query):
                self.assertIn(index, plan)
                self.assertNotIn('USE TEMP B-TREE FOR ORDER BY', plan)


    def test_an_office_of_an_earlier_version_gets_the_indexes_that_it_lacks(self):
        named = "SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name"
        before = ask(self.office, named)
        with contextlib.closing(base(self.office)) as db:
            db.executescript('DROP INDEX permohonan_bulan; DROP INDEX orang_lahir; DROP INDEX orang_cacat;'
                             'CREATE INDEX orang_keluarga ON orang(keluarga_id);'
                             'CREATE INDEX permohonan_rekap ON permohonan(substr(tanggal, 1, 7))')
        self.office.once()
        self.assertEqual(ask(self.office, named), before)


class Whole(unittest.TestCase):
    def test_nothing_new_is_no_batch(self):
        office, space = Office(name='pusat-diam'), Space('diam')
        space.join(office)
        before = ask(office, 'SELECT count(*), max(at_ms) FROM batch')
        office.once()
        self.assertEqual(ask(office, 'SELECT count(*), max(at_ms) FROM batch'), before)

    def test_a_store_that_was_put_back_from_a_copy_is_read_whole(self):
        office, space = Office(name='pusat-lama'), Space('lama')
        space.join(office)
        store = office.at / 'spaces' / 'lama.db'
        shutil.copy(store, scene.FOLDER / 'salinan.db')
        key = person(space, 't1', '1674990101900006', 'DEWI')
        space.sync('t1')
        office.once()
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 1)
        shutil.copy(scene.FOLDER / 'salinan.db', store)
        shutil.move(space.at / 'hub.git', space.at / 'hub.off')
        self.assertIn('lama', office.once(code=None)[2]) # exit 1: no hub; what the store says is projected all the same
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 0)
        self.assertEqual(one(office, 'SELECT whole FROM batch ORDER BY number DESC LIMIT 1'), 1)
        shutil.move(space.at / 'hub.off', space.at / 'hub.git')
        office.once()
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 1)
        self.assertEqual(contents(office), anew(office, space))

    def test_a_migration_brings_its_columns_and_tables_along_and_spaces_may_be_at_different_ones(self):
        schema = scene.FOLDER / 'dua.sql'
        schema.write_text("CREATE TABLE barang(id BLOB PRIMARY KEY NOT NULL, n INTEGER); SELECT jemput_replicate('barang');")
        office, old, new = Office(name='pusat-skema'), Space('skema1', schema=schema), Space('skema2', schema=schema)
        for space in (old, new):
            space.join(office)
            space.sql('t1', "INSERT INTO barang VALUES(jemput_id(), 1)")
            space.sync('t1')
        office.once()
        new.sync('kantor')
        new.sql('kantor', "SELECT jemput_migrate('ALTER TABLE barang ADD COLUMN warna TEXT DEFAULT ''biru''; "
                          "CREATE TABLE jenis(kode TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate(''jenis'')')")
        new.sql('kantor', "INSERT INTO jenis VALUES('A', 'Alat')")
        new.sync('kantor')
        office.once()
        self.assertEqual(ask(office, 'SELECT s.name, n, warna FROM barang JOIN space s ON s.id = space ORDER BY 1'),
                         [('skema1', 1, None), ('skema2', 1, 'biru')])
        self.assertEqual(ask(office, 'SELECT s.name, kode, nama FROM jenis JOIN space s ON s.id = space'), [('skema2', 'A', 'Alat')])
        old.sql('t1', 'UPDATE barang SET n = 2') # the older shape goes on in the wider table
        old.sync('t1')
        office.once()
        self.assertEqual(ask(office, "SELECT n, warna FROM barang WHERE space = 1"), [(2, None)])

    def test_a_space_that_fails_does_not_keep_the_others_and_is_named(self):
        office, good, bad = Office(name='pusat-dua'), Space('baik'), Space('rusak')
        for space in (good, bad):
            space.join(office)
        shutil.rmtree(bad.at / 'hub.git')
        person(good, 't1', '1674990101900007', 'EKO')
        good.sync('t1')
        code, _, err = office.once(code=None)
        self.assertEqual(code, 1)
        self.assertIn('rusak', err)
        self.assertNotIn('baik', err)
        self.assertEqual(one(office, "SELECT count(*) FROM orang WHERE nik = '1674990101900007'"), 1)
        code, out, _ = office.central('status', code=None)
        self.assertEqual(code, 1)
        self.assertIn('OFFLINE', out)

    def test_a_forgotten_person_is_in_no_file_of_the_folder_any_more(self):
        office, space = Office(name='pusat-lupa'), Space('lupa')
        space.join(office)
        key = person(space, 't1', '1674990101900008', 'ZULKARNAENBUDI')
        space.sync('t1')
        office.once()
        space.sync('kantor')
        files = [office.at / name for name in ('central.db', 'central.db-wal')]
        self.assertTrue(any(b'ZULKARNAENBUDI' in f.read_bytes() for f in files if f.exists()))
        keluarga = space.one('kantor', "SELECT lower(hex(id)) FROM keluarga WHERE nama_kepala = 'ZULKARNAENBUDI'")
        for table, row in (('orang', key), ('keluarga', keluarga)):
            space.cli('kantor', 'forget', table, row, '--basis', 'UU 27/2022 pasal 8')
        space.sync('kantor')
        office.once()
        self.assertEqual(ask(office, f"SELECT 1 FROM orang WHERE id = x'{key}'"), [])
        for f in files:
            for word in (b'zulkarnaenbudi', b'1674990101900008'): # in small letters it stands in the search's index
                self.assertFalse(f.exists() and word in f.read_bytes().lower(), (f, word))

    def test_sealed_stores_open_by_the_key_file_alone(self):
        office, space = Office(name='pusat-segel'), Space('segel')
        (scene.FOLDER / 'kunci').write_text('5a' * 32 + '\n')
        office.central('add', 'segel', '--join', space.at / 'pusat.undangan', '--key-file', scene.FOLDER / 'kunci')
        code, _, err = office.once(code=None)
        self.assertEqual((code, 'key-file' in err), (1, True))
        office.central('run', '--once', '--key-file', scene.FOLDER / 'kunci')
        self.assertNotIn(b'SQLite format 3', (office.at / 'spaces' / 'segel.db').read_bytes()[:16])


class Folder(unittest.TestCase):
    def test_only_central_s_own_stores_and_invitations_are_taken_each_space_once(self):
        office, space = Office(name='pusat-tamu'), Space('tamu')
        for code, name, args in ((2, 'tamu', ()), (2, 'tamu', ('--join', 'a', '--store', 'b')), (2, '../lain', ('--store', space.at / 't1.db')),
                                 (1, 'tamu', ('--store', space.at / 'tidak-ada.db')), (1, 'tamu', ('--store', space.at / 't1.db'))):
            with self.subTest(args=args):
                self.assertEqual(office.central('add', name, *args, code=None)[0], code)
        self.assertEqual(ask(office, 'SELECT count(*) FROM space'), [(0,)])
        space.join(office)
        for name in ('tamu', 'tamu2'):
            code, _, err = office.central('add', name, '--store', office.at / 'spaces' / 'tamu.db', code=None)
            self.assertEqual((code, 'here already' in err), (1, True), err)
        self.assertEqual(ask(office, 'SELECT name FROM space'), [('tamu',)])

    def test_a_folder_is_made_for_its_owner_alone_and_completed_when_it_is_there(self):
        office = Office(name='pusat-baru')
        (office.at / 'accounts').rmdir()
        office.central('init')
        self.assertEqual({f.name: oct(f.stat().st_mode & 0o777) for f in office.at.iterdir()},
                         {'central.db': '0o600', 'spaces': '0o700', 'accounts': '0o700'})
        self.assertEqual(oct(office.at.stat().st_mode & 0o777), '0o700')
        code, _, err = run(CENTRAL, 'status', scene.FOLDER, code=None)
        self.assertEqual((code, 'jemput central init' in err), (1, True))

    def test_each_command_has_help_in_both_languages_with_an_example_and_knows_wrong_use(self):
        for command in ('init', 'add', 'run', 'status', 'config', 'roles', 'audit', 'export', 'recap'):
            with self.subTest(command=command):
                self.assertIn(f'Example:\n  jemput central {command} ', run(CENTRAL, command, '--help'))
                indonesian = subprocess.run([CENTRAL, command, '--help'], env={'LANG': 'id_ID.UTF-8'}, capture_output=True, text=True).stdout
                self.assertIn(f'Contoh:\n  jemput central {command} ', indonesian)
                self.assertEqual(run(CENTRAL, command, '--tidak-ada', code=None)[0], 2)


class Left(unittest.TestCase):
    """Spaces that are over: `jemput central remove`."""

    def setUp(self):
        self.office = Office(name=f'pusat-{self._testMethodName[-20:]}')
        self.spaces = [Space(f'{self._testMethodName[-12:]}-{n}') for n in range(2)]
        for n, space in enumerate(self.spaces):
            space.join(self.office)
            person(space, 't1', f'167499010191{n:04d}', f'WARGA KE {n}')
            space.sync('t1')
        self.office.once()

    def names(self):
        return ask(self.office, "SELECT nama FROM orang ORDER BY nama")

    def remove(self, *more, code=0, **given):
        return self.office.central('remove', self.spaces[0].name, *more, code=code, **given)

    def test_a_space_that_is_over_is_followed_no_more_by_choice_with_its_rows_and_comes_back_by_its_name(self):
        self.remove(code=2)  # what becomes of the rows is nobody's guess
        self.remove('--rows', 'keep', '--confirm', self.spaces[1].name, code=1)
        self.remove('--rows', 'keep', stdin='wonosari\n', code=1)
        self.remove('--rows', 'keep', stdin=self.spaces[0].name + '\n')
        self.assertIn('not followed any more since', self.office.central('status'))
        for n, space in enumerate(self.spaces):
            person(space, 't1', f'167499010192{n:04d}', f'WARGA BARU {n}')
            space.sync('t1')
        self.office.once()
        self.assertEqual(self.names(), [('WARGA BARU 1',), ('WARGA KE 0',), ('WARGA KE 1',)])
        self.assertEqual([a['space'] for a in self.office.audit()], [self.spaces[1].name])
        self.office.central('add', self.spaces[0].name)
        self.office.once()
        self.assertEqual(self.names(), [('WARGA BARU 0',), ('WARGA BARU 1',), ('WARGA KE 0',), ('WARGA KE 1',)])
        self.assertEqual(self.office.audit()[0]['count'], 0)

    def test_rows_that_go_with_their_space_are_in_no_table_and_no_byte_of_central_db_and_come_back_with_it(self):
        said = self.remove('--rows', 'drop', '--confirm', self.spaces[0].name)
        self.assertRegex(said, r'Deleted: \d+ lines in central.db, 0 in PostgreSQL')
        with contextlib.closing(base(self.office)) as db:
            tables = [t for t, in db.execute("SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' "
                                             "AND c.name = 'space'")]
            left = {t: n for t in tables for n, in db.execute(f'SELECT count(*) FROM "{t}" WHERE space = 1') if n}
        self.assertGreater(len(tables), 20)
        self.assertEqual(left, {})
        for path in self.office.at.glob('central.db*'):
            self.assertNotIn(b'WARGA KE 0', path.read_bytes(), path)
        self.assertEqual(self.names(), [('WARGA KE 1',)])
        self.office.central('add', self.spaces[0].name)
        self.office.once()
        self.assertEqual(self.names(), [('WARGA KE 0',), ('WARGA KE 1',)])
        self.assertEqual([a['count'] for a in self.office.audit()], [0, 0])

    def test_another_space_gets_neither_the_name_nor_the_number_of_one_that_was_removed(self):
        self.remove('--rows', 'drop', '--confirm', self.spaces[0].name)
        other = Space('lain-' + self.spaces[0].name)
        self.office.central('add', self.spaces[0].name, '--join', other.at / 'pusat.undangan', code=1)
        other.join(self.office)
        self.assertEqual(one(self.office, f"SELECT id FROM space WHERE name = '{other.name}'"), 3)


class Killed(unittest.TestCase):
    def killed(self, office, step, then):
        """Run it, and kill it some time after it has told this step; whether it came so far, and was killed."""
        p = subprocess.Popen([CENTRAL, 'run', office.at, '--once', '--trace'], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        reached = any(line.split()[-1:] == [step] for line in p.stderr)
        time.sleep(then)
        p.kill()
        p.stderr.read()
        p.stderr.close()
        return p.wait() == -signal.SIGKILL and reached

    def test_killed_at_any_moment_it_repeats_nothing_and_loses_nothing(self):
        office, space = Office(name='pusat-mati'), Space('mati', tablets=2)
        space.join(office)
        seed = int(os.environ.get('JEMPUT_SEED', '7'))
        rng, steps = random.Random(seed), collections.Counter()
        for n in range(6):
            for tablet in ('t1', 't2'):
                person(space, tablet, f'16749902019{n:02d}00{tablet[1]}', f'ORANG {n} {tablet}')
                space.sql(tablet, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) " # so that a batch takes a while
                                  "INSERT INTO catatan(id, isi) SELECT jemput_id(), 'catatan ' || i FROM n")
                space.sync(tablet)
            for step in ('sync', 'batch', 'lists'):
                steps[step] += self.killed(office, step, rng.choice((0, rng.uniform(0, 0.02))))
            found = contents(office) # whatever was killed: a whole state, each row with its line beside it
            self.assertEqual(len(found['orang']), len([r for r in found['row_'] if r[1] == 'orang']), seed)
        office.once()
        self.assertTrue(all(steps[step] for step in ('sync', 'batch', 'lists')), f'{steps}: some step was spared')
        self.assertEqual(one(office, "SELECT count(*) FROM orang WHERE nama LIKE 'ORANG %'"), 12)
        self.assertEqual(contents(office), anew(office, space))
        space.sync('t1', 't2', 't1', 't2')
        self.assertEqual(space.rows('t1', 'SELECT jemput_state_hash()'), office.store('mati', 'SELECT jemput_state_hash()'))
        history = space.rows('t1', "SELECT count(*) FROM (SELECT DISTINCT o.id, writer, op, segment FROM orang o, "
                                    "jemput_history('orang', o.id) WHERE nama LIKE 'ORANG %')")
        self.assertEqual(history, [[12]])


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
