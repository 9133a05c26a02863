#!/usr/bin/env python3
"""`jemput central audit` finds each row that an insider changed outside the way, in central.db and in PostgreSQL, and puts it right.

  test_audit.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import re
import sqlite3
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
                             "DELETE FROM orang WHERE id = x'00000000000000000000000000000b03'; "
                             "INSERT INTO orang(id, nama) VALUES(jemput_id(), 'TAMBAHAN')")
        self.space.sync('t1')
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


if __name__ == '__main__':
    scene.main()
