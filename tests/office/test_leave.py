#!/usr/bin/env python3
"""A space that is over, and PostgreSQL: its rows go or stay, what the office's systems changed there is not lost without a word. A real server.

  test_leave.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import re
import sqlite3
import subprocess
import time
import unittest

import scene
from scene import Office, Space


class Left(unittest.TestCase):
    def test_the_rows_of_a_space_that_is_removed_leave_postgresql_alone_of_all_and_come_back_with_it(self):
        pg = scene.database('removed')
        office, spaces = Office(pg), [Space('pergi'), Space('tinggal')]
        for n, space in enumerate(spaces):
            space.join(office)
            space.sql('t1', f"INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'WARGA {n}', '167499410101{n:04d}')")
            space.sync('t1')
        office.once()
        office.central('remove', 'pergi', '--rows', 'keep', '--confirm', 'pergi')
        self.assertEqual(pg.rows('SELECT nama FROM adminduk.orang ORDER BY 1'), [['WARGA 0'], ['WARGA 1']])
        said = office.central('remove', 'pergi', '--rows', 'drop', '--confirm', 'pergi')
        self.assertGreater(int(re.search(r'(\d+) in PostgreSQL', said)[1]), 10)
        tables = pg.rows("SELECT table_schema, table_name FROM information_schema.columns WHERE column_name = 'space' AND table_schema IN "
                         "('jemput', 'adminduk') AND table_name IN (SELECT relname FROM pg_class WHERE relkind IN ('r', 'p'))")
        left = {name for schema, name in tables if pg.one(f'SELECT count(*) FROM "{schema}"."{name}" WHERE space = 1') != '0'}
        self.assertEqual((len(tables) > 20, left), (True, set()))
        office.once()
        self.assertEqual(pg.rows('SELECT nama FROM adminduk.orang'), [['WARGA 1']])
        office.central('add', 'pergi')
        office.once()
        self.assertEqual(pg.rows('SELECT nama FROM adminduk.orang ORDER BY 1'), [['WARGA 0'], ['WARGA 1']])
        self.assertEqual([s['count'] for s in office.audit()], [0, 0])


class LeftOutbox(unittest.TestCase):
    """What the office's systems change in a space that is over, or about to be."""

    def setUp(self):
        self.name = f'lepas{self._testMethodName[-8:]}'
        self.pg = scene.database(self.name.replace('_', ''))
        self.office, self.space = Office(self.pg), Space(self.name)
        self.space.join(self.office)
        self.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        self.space.sql('t1', "INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'WARGA', '1674994101010001')")
        self.space.sync('t1')
        self.office.once()

    def change(self, value, **more):
        return self.pg.psql(f"UPDATE adminduk.orang SET nama = '{value}'", user='siak', **more)

    def remove(self, *more, code=0):
        return self.office.central('remove', self.name, *more, '--confirm', self.name, code=code)

    def states(self):
        return [state for state, in self.pg.rows('SELECT state FROM jemput.outbox ORDER BY id')]

    def base(self, query):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db:
            return db.execute(query).fetchall()

    def test_no_change_of_the_office_s_that_nobody_has_signed_goes_with_the_rows_without_a_word_of_its_own(self):
        self.change('SATU')
        _, _, err = self.remove('--rows', 'drop', code=None)
        self.assertRegex(err, r'(?s)^jemput central: 1 changes .*--unsigned drop.*Nothing was changed')
        self.assertEqual((self.states(), self.base('SELECT left_ms FROM space')), (['menunggu'], [(None,)]))
        self.remove('--rows', 'keep', '--unsigned', 'drop', code=2)
        self.office.once()
        self.change('DUA')
        self.assertIn('1 unsigned, 0 refused', self.remove('--rows', 'drop', '--unsigned', 'drop'))
        self.assertEqual(self.states(), [])

    def test_of_a_space_whose_rows_stay_changes_are_refused_aloud_until_it_is_followed_again(self):
        self.change('SATU')
        self.assertIn('1 changes by the office', self.remove('--rows', 'keep'))
        self.assertIsNone(self.change('DUA', check=False))
        self.assertIn('tidak diikuti lagi', self.pg.why)
        self.assertEqual(self.states(), ['menunggu'])
        self.office.central('add', self.name)
        self.office.once()
        self.change('TIGA')
        self.office.once()
        self.assertEqual(self.states(), ['diteruskan', 'diteruskan'])
        self.space.sync('t1')
        self.assertEqual(self.space.one('t1', 'SELECT nama FROM orang'), 'TIGA')

    def test_a_change_in_a_transaction_that_began_before_its_space_left_is_refused_whatever_that_sees(self):
        for level in ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE'):
            with self.pg.session(f"BEGIN ISOLATION LEVEL {level}; SELECT nama FROM adminduk.orang", user='siak') as commit:
                self.remove('--rows', 'keep')
                commit("UPDATE adminduk.orang SET nama = 'SESUDAH'; COMMIT")
            self.assertEqual((level, self.states(), self.pg.one('SELECT nama FROM adminduk.orang')), (level, [], 'WARGA'))
            self.office.central('add', self.name)
            self.office.once()
        with self.pg.session("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT nama FROM adminduk.orang", user='siak') as commit:
            self.space.sql('t1', "INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'LAIN', '1674994101010002')")
            self.space.sync('t1')
            self.office.once()  # a batch is no reason
            commit("UPDATE adminduk.orang SET nama = 'SEWAKTU' WHERE nama = 'WARGA'; COMMIT")
        self.assertEqual(self.states(), ['menunggu'])

    def removing(self, *more):
        """`remove --rows drop` beside a transaction of the office's that has changed a row: what it said, and what was done while it waited."""
        command = [scene.CENTRAL, 'remove', self.office.at, self.name, '--rows', 'drop', '--confirm', self.name, *more]
        with self.pg.session("BEGIN; UPDATE adminduk.orang SET nama = 'SEMENTARA'", user='siak') as commit:
            p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={'LANG': 'en', 'PATH': '/usr/bin:/bin'})
            waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            for _ in range(400):
                if self.pg.one(waits) != '0':
                    break
                time.sleep(0.05)
            self.assertEqual(self.pg.one(waits), '1')
            yield
            commit('COMMIT')
            out, err = p.communicate(timeout=60)
        yield p.returncode, out, err

    def test_a_change_that_comes_while_rows_are_about_to_go_keeps_them(self):
        turns = self.removing()
        next(turns)
        code, _, err = next(turns)
        self.assertEqual((code, '1 changes of the office' in err), (1, True), err)
        self.assertEqual((self.states(), self.pg.one('SELECT nama FROM adminduk.orang')), (['menunggu'], 'SEMENTARA'))
        self.office.central('add', self.name)
        self.office.once()
        self.assertEqual(self.states(), ['diteruskan'])

    def test_a_space_that_is_added_again_while_its_rows_go_keeps_them_in_central_db_and_has_them_again_there(self):
        turns = self.removing('--unsigned', 'drop')
        next(turns)
        self.office.central('add', self.name)
        code, _, err = next(turns)
        self.assertEqual((code, 'added again' in err), (1, True), err)
        self.assertEqual(self.base('SELECT nama FROM orang'), [('WARGA',)])
        self.office.once()
        self.assertEqual((self.pg.one('SELECT nama FROM adminduk.orang'), self.states()), ('WARGA', []))
        self.change('LAGI')
        self.office.once()
        self.assertEqual(self.states(), ['diteruskan'])

    def test_a_database_of_the_format_before_gets_what_it_lacks_and_one_of_a_later_format_is_left_alone(self):
        self.pg.psql("ALTER TABLE jemput.space DROP COLUMN left_at; UPDATE jemput.setting SET value = '1' WHERE name = 'format'; CREATE OR REPLACE "
                     "FUNCTION jemput.outbox_note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'lama'; END $$")
        self.assertIsNone(self.change('SATU', check=False))
        self.office.once()
        self.change('SATU')
        self.office.once()
        self.assertEqual(self.states(), ['diteruskan'])
        self.pg.psql("UPDATE jemput.setting SET value = '4' WHERE name = 'format'")
        self.assertIn('format 4', self.office.once(code=None)[2])


if __name__ == '__main__':
    scene.main()
