#!/usr/bin/env python3
"""`jemput central audit` finds each row that an insider changed outside the way, in central.db and in PostgreSQL, and puts it right.

  test_audit.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import time
import unittest

import scene
from scene import Office, Space


class Audit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pg = scene.database('audit')
        cls.office, cls.space = Office(cls.pg), Space('taba', tablets=1)
        cls.space.join(cls.office)
        cls.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        for n in range(4):
            keluarga, orang = (f"x'00000000000000000000000000000{letter}0{n}'" for letter in 'ab')
            cls.space.sql('t1', f"INSERT INTO keluarga(id, alamat, kode_kel) VALUES({keluarga}, 'Jl. Uji {n}', '{scene.KELURAHAN}'); "
                                f"INSERT INTO orang(id, keluarga_id, nama) VALUES({orang}, {keluarga}, 'SITI {n}')")
        cls.space.sync('t1')
        cls.office.once()

    def lite(self, sql):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db, db:
            db.execute(sql)

    def found(self, code=1, *more):
        space, = self.office.audit(*more, code=code)
        self.assertNotIn('error', space)
        return [(d['target'], d['table'], d['kind'], d['columns'], d['waiting']) for d in space['differences']], space

    def assert_whole_again(self):
        self.found(1, '--mend')
        self.assertEqual(self.found(0)[0], [])

    def test_an_untouched_office_is_whole(self):
        differences, space = self.found(0)
        self.assertEqual((differences, space['findings'], space['problems']), ([], 0, []))
        self.assertEqual(space['state_hash'], space['logs_hash'])
        self.assertEqual(self.office.central('audit').count('logs good'), 1)

    def test_a_changed_a_missing_and_an_extra_row_are_named_in_both(self):
        self.pg.psql("UPDATE adminduk.orang SET nama = 'BUDI', nik = '1' WHERE id::text LIKE '%b01'; "
                     "DELETE FROM adminduk.orang WHERE id::text LIKE '%b02'; "
                     "INSERT INTO adminduk.orang(space, id, nama) SELECT id, '00000000-0000-0000-0000-00000000beef', 'PALSU' FROM jemput.space")
        self.lite("UPDATE orang SET nama = 'BUDI' WHERE hex(id) LIKE '%B03'")
        self.lite("DELETE FROM wilayah WHERE kode = '16.74'")
        self.lite("INSERT INTO wilayah(space, kode, nama, tingkat, sumber) SELECT id, '99.99', 'PALSU', 'kota', '-' FROM space")
        differences, space = self.found()
        self.assertEqual(sorted(differences), [
            ('central.db', 'orang', 'beda', 'nama', False), ('central.db', 'wilayah', 'kurang', '', False),
            ('central.db', 'wilayah', 'lebih', '', False), ('postgresql', 'orang', 'beda', 'nik,nama', False),
            ('postgresql', 'orang', 'kurang', '', False), ('postgresql', 'orang', 'lebih', '', False)])
        self.assertEqual(space['count'], 6)
        self.assertNotIn('BUDI', self.office.central('audit', code=1), 'values only if they are asked for')
        values = self.office.central('audit', '--values', code=1)
        self.assertIn('nama di tabel "BUDI", menurut log "SITI 1"', values)
        self.assertIn('nama di tabel "BUDI", menurut log "SITI 3"', values)
        self.assert_whole_again()

    def test_what_stands_beside_the_rows_is_compared_too_who_wrote_what_conflicts_and_held_rows(self):
        self.space.sql('t1', "UPDATE orang SET nama = 'SITI DUA' WHERE id = x'00000000000000000000000000000b02'")
        self.space.sync('t1')
        self.office.once()
        self.assertEqual(self.found(0)[0], [])
        person = '00000000-0000-0000-0000-000000000b0'
        self.pg.psql(f"""UPDATE jemput.row SET device = 99 WHERE key = '"{person}0"' AND tbl = 'orang';
            UPDATE jemput.cell SET segment = 1 WHERE key = '"{person}2"' AND tbl = 'orang' AND grp = 'nama';
            INSERT INTO jemput.conflict(space, tbl, key, grp, side, shown, deleted, hard, value)
            SELECT id, 'orang', '"{person}1"', 'nama', 1, true, false, true, '{{"nama": "PALSU"}}' FROM jemput.space;
            INSERT INTO jemput.held(space, tbl, key, "row", reason) SELECT id, 'orang', '"{person}9"', '{{}}', 'UNIQUE' FROM jemput.space""")
        self.lite("UPDATE row_ SET device = 99 WHERE tbl = 'orang' AND hex(key) LIKE '%B00'")
        self.lite("DELETE FROM cell_ WHERE tbl = 'orang' AND hex(key) LIKE '%B02'")
        self.lite("INSERT INTO conflict_ SELECT id, 'orang', x'00000000000000000000000000000b01', 'nama', 1, 1, 0, 1, '{}', NULL, NULL, '', 1, 1, 1"
                  " FROM space")
        self.lite("INSERT INTO held_ SELECT id, 'orang', x'00000000000000000000000000000b09', '{}', 'UNIQUE', NULL, NULL, 1, NULL, '', 1 FROM space")
        differences, space = self.found()
        self.assertEqual(sorted(differences), [('central.db', f'{side}_ orang', 'beda', '', False) for side in ('cell', 'conflict', 'held', 'row')] +
                         [('postgresql', f'jemput.{side} orang', 'beda', '', False) for side in ('cell', 'conflict', 'held', 'row')])
        self.assertEqual({re.search("0b0[0-9]", d['key']).group() for d in space['differences']}, {'0b00', '0b01', '0b02', '0b09'})
        self.assert_whole_again()

    def test_what_waits_for_its_turn_is_told_apart_from_what_was_done_behind_our_back(self):
        self.pg.psql("UPDATE adminduk.orang SET nama = 'SITI KANTOR' WHERE id::text LIKE '%b00'", user='siak')
        self.pg.psql("UPDATE adminduk.orang SET nama = 'SITI DALAM' WHERE id::text LIKE '%b01'")
        differences, space = self.found()
        self.assertEqual(sorted(differences), [('postgresql', 'orang', 'beda', 'nama', False), ('postgresql', 'orang', 'beda', 'nama', True)])
        self.assertEqual((space['count'], space['waiting']), (1, 1))
        self.office.once()
        self.assert_whole_again()
        self.assertEqual(self.pg.one("SELECT nama FROM adminduk.orang WHERE id::text LIKE '%b00'"), 'SITI KANTOR')

    def test_what_came_since_the_last_round_is_no_difference(self):
        self.space.sql('t1', "UPDATE orang SET nama = 'SITI BARU' WHERE id = x'00000000000000000000000000000b02'; "
                             "INSERT INTO orang(id, nama) VALUES(jemput_id(), 'TAMBAHAN')")
        self.space.sync('t1', 'kantor')
        self.space.sql('kantor', "DELETE FROM orang WHERE id = x'00000000000000000000000000000b03'")
        self.space.sync('kantor')
        scene.run(scene.PROGRAM, '-s', self.office.at / 'spaces' / 'taba.db', 'sync')
        self.assertEqual(self.found(0)[0], [])
        self.office.once()
        self.assertEqual(self.found(0)[0], [])

    def test_a_row_of_the_store_itself_that_no_log_gives_is_a_finding(self):
        with contextlib.closing(sqlite3.connect(self.office.at / 'spaces' / 'taba.db')) as db, db:
            for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'alur_status'").fetchall():
                db.execute(f'DROP TRIGGER "{name}"')
            db.execute("UPDATE alur_status SET label = 'palsu' WHERE kode = 'DRAF'")
        _, space = self.found()
        self.assertGreater(space['findings'], 0)
        self.assertNotEqual(space['state_hash'], space['logs_hash'])
        scene.run(scene.PROGRAM, '-s', self.office.at / 'spaces' / 'taba.db', 'rebuild')
        self.office.once()
        self.assertEqual(self.found(0)[0], [])

    def test_central_goes_on_while_an_audit_stands_in_its_transaction(self):
        """The audit waits for a table that the batch does not touch, and holds nothing that central wants."""
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jemput-central' AND wait_event_type = 'Lock'"
        self.space.sql('t1', "INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'sementara diaudit')")
        self.space.sync('t1')
        with self.pg.session('BEGIN; LOCK TABLE adminduk.wilayah'):
            audit = subprocess.Popen([scene.CENTRAL, 'audit', self.office.at], stdout=subprocess.DEVNULL)
            until = time.monotonic() + 15
            while self.pg.one(waits) == '0' and time.monotonic() < until:
                time.sleep(0.05)
            code, _, err = self.office.once(code=None)
            told = self.pg.one("SELECT count(*) FROM adminduk.catatan WHERE isi = 'sementara diaudit'"), self.pg.one(waits)
        self.assertEqual((code, err, told, audit.wait(timeout=60)), (0, '', ('1', '1'), 0))

    def test_an_audit_waits_for_no_batch_that_central_db_has_under_way(self):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db', isolation_level=None)) as db:
            db.execute('BEGIN IMMEDIATE')
            self.assertEqual(self.found(0)[0], [])


class Meanwhile(unittest.TestCase):
    """The store is told into a scratch file once more, and central works on before that is compared."""

    ROWS = 12000  # the scratch outgrows SQLite's cache, so that its file shows when it is being filled

    def stopped_while_filling(self, office):
        """An audit of the space 'sela', stopped in the middle of filling: it has a temporary file, the store twice, and central.db once only."""
        audit = subprocess.Popen([scene.CENTRAL, 'audit', office.at, '--json'], stdout=subprocess.PIPE)
        while audit.poll() is None:
            with contextlib.suppress(OSError):
                files = [os.readlink(entry.path).split('/')[-1] for entry in os.scandir(f'/proc/{audit.pid}/fd')]
                if files.count('sela.db') >= 4 and any(name.startswith('etilqs') for name in files) and files.count('central.db-wal') == 1:
                    audit.send_signal(signal.SIGSTOP)
                    return audit
            time.sleep(0.001)
        audit.communicate()
        return None

    def test_a_row_that_comes_between_filling_and_comparing_is_no_difference(self):
        office, space = Office(), Space('sela')
        space.join(office)
        space.sql('t1', f"""WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {self.ROWS})
            INSERT INTO catatan(id, isi) SELECT jemput_id(), 'catatan ' || i FROM n""")
        space.sync('t1')
        office.once()
        space.sql('t1', "UPDATE catatan SET isi = 'diubah' WHERE isi = 'catatan 7'; INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'baru')")
        space.sync('t1')
        audit = next(filter(None, (self.stopped_while_filling(office) for _ in range(5))))
        try:
            office.once()
        finally:
            audit.send_signal(signal.SIGCONT)
            told, _ = audit.communicate(timeout=60)
        self.assertEqual((json.loads(told)[0]['differences'], audit.returncode), ([], 0), told)


if __name__ == '__main__':
    scene.main()
