"""What a constraint of the space refuses of the office's changes in PostgreSQL, which keeps none of them; and how long a refusal is told."""
import contextlib
import sqlite3
import subprocess
import time
import unittest

import scene
from scene import Office, Space, hex_of


class Refusals(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pg = scene.database('ditolak')
        cls.office, cls.space = Office(cls.pg, name='pusat-ditolak'), Space('tolakan', tablets=1)
        cls.space.join(cls.office)
        cls.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        cls.space.sql('t1', "INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'SITI', '1674994101010001'),"
                            "(jemput_id(), 'BUDI', '1674994101010002');"
                            "INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel, status) SELECT jemput_id(), 'KK', '2023-01-05', id, "
                            f"'{scene.KELURAHAN}', 'LENGKAP' FROM orang")
        cls.space.sync('t1')
        cls.office.once()
        cls.siti, cls.budi = (one for one, in cls.pg.rows('SELECT id FROM adminduk.orang ORDER BY nik'))

    def siak(self, sql):
        return self.pg.psql("SET jemput.orang = 'budi';\n" + sql, user='siak')

    def central(self, query):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db', timeout=20)) as db:
            found = db.execute(query).fetchall()
            db.commit()
            return found

    def until(self, condition):
        end = time.monotonic() + 20
        while not condition() and time.monotonic() < end:
            time.sleep(0.05)
        return condition()

    def cases(self):
        return [about for about, in self.central("SELECT about FROM case_ WHERE kind = 'outbox' ORDER BY about")]

    def test_what_a_check_an_index_or_a_key_of_the_space_refuses_is_put_back_and_told(self):
        first = self.pg.one(f"SELECT id FROM adminduk.permohonan WHERE pemohon_id = '{self.siti}'")
        self.space.sql('t1', "INSERT INTO orang(id, nama) VALUES(jemput_id(), 'TAMU')")
        self.space.sync('t1')
        self.office.once()
        guest = self.pg.one("SELECT id FROM adminduk.orang WHERE nama = 'TAMU'")
        self.space.sync('kantor')
        self.space.sql('kantor', "DELETE FROM orang WHERE nama = 'TAMU'")  # PostgreSQL, whose own key would refuse it, has not heard of that
        self.space.sync('kantor')
        for name, sql in (('FOREIGN KEY', f"UPDATE adminduk.permohonan SET pemohon_id = '{guest}' WHERE id = '{first}'"),
                          ('CHECK', f"UPDATE adminduk.orang SET nama = '' WHERE id = '{self.siti}'"),
                          ('UNIQUE', f"UPDATE adminduk.permohonan SET pemohon_id = '{self.budi}' WHERE id = '{first}'")):
            self.siak(sql)
            self.office.once()
            state, why = self.pg.rows('SELECT state, why FROM jemput.outbox ORDER BY id DESC LIMIT 1')[0]
            self.assertEqual(state, 'ditolak', name)
            self.assertIn(name, why)
            self.assertEqual(self.pg.rows(f"SELECT nama FROM adminduk.orang WHERE id = '{self.siti}'"), [['SITI']], name)
            self.assertEqual(self.pg.rows(f"SELECT pemohon_id FROM adminduk.permohonan WHERE id = '{first}'"), [[self.siti]], name)
        self.assertEqual(self.office.store('tolakan', f"SELECT nama FROM orang WHERE id = x'{hex_of(self.siti)}'"), [['SITI']])
        self.assertEqual(set(self.cases()), {'siak/orang', 'siak/permohonan'})

    def test_a_refusal_that_the_office_has_settled_is_no_case_any_more_while_central_runs(self):
        self.siak(f"UPDATE adminduk.orang SET nama = '' WHERE id = '{self.budi}'")
        self.office.once()
        self.assertIn('siak/orang', self.cases())
        night = time.strftime('%H:%M', time.localtime(time.time() - 60))
        with subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--poll', '1', '--night', night], stdout=subprocess.DEVNULL) as central:
            try:
                self.assertTrue(self.until(lambda: self.central('SELECT 1 FROM space WHERE night_ms IS NOT NULL')))
                self.assertIn('siak/orang', self.cases())
                self.pg.psql("DELETE FROM jemput.outbox WHERE state = 'ditolak'")
                self.central('UPDATE space SET night_ms = 0, poke = poke + 1')
                self.assertTrue(self.until(lambda: self.cases() == []))
            finally:
                central.terminate()


if __name__ == '__main__':
    scene.main()
