"""Heads of looks.db that central signs at night (tools/central/anchor.h): what they show of a chain whose end was cut off."""
import contextlib
import json
import os
import sqlite3
import time
import unittest
import unittest.mock

from console_scene import CONSOLE, FOLDER, Office, Space, main, run


class Anchor(unittest.TestCase):
    def looked(self, office):
        (FOLDER / 'dilihat.csv').unlink(missing_ok=True)
        office.central('export', 'persons.csv', '--out', FOLDER / 'dilihat.csv', '--reason', 'uji')

    def night(self, office, day):
        """The night's work, on a day that is so many behind today."""
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db, db:
            db.execute('UPDATE space SET night_ms = 0')
        with unittest.mock.patch.dict(os.environ, TZ=f'DAY-{24 * day}'):
            office.central('run', '--once', '--night', time.strftime('%H:%M', time.gmtime(time.time() - 60)))

    def verified(self, office):
        code, out, _ = run(CONSOLE, 'looks', 'verify', office.at, '--json', code=None)
        told = json.loads(out)
        return code, told['anchors'], told['missing'], told['cut']

    def test_another_night_does_not_cover_up_that_the_end_was_cut_off(self):
        office, space = Office(name='pusat-potong'), Space('potong')
        space.join(office)
        for _ in range(3):
            self.looked(office)
        self.night(office, 0)
        self.assertEqual(self.verified(office), (0, 1, 0, 0))
        with contextlib.closing(sqlite3.connect(office.at / 'looks.db')) as db, db:
            db.execute('DELETE FROM look WHERE n > 1')
        self.looked(office)
        for day, anchors in (0, 1), (1, 2), (1, 2):  # the same day: what stands there stays
            self.night(office, day)
            self.assertEqual(self.verified(office), (1, anchors, 1, 3), day)
        self.assertIn('CUT OFF', run(CONSOLE, 'looks', 'verify', office.at, code=1))

    def test_a_head_that_another_device_has_written_is_none_of_this_chain_and_one_that_it_changes_is_missed(self):
        office, space = Office(name='pusat-lain'), Space('lain')
        space.join(office)
        self.looked(office)
        self.night(office, 0)
        space.sync('kantor')
        space.sql('kantor', "INSERT INTO daftar_kode(nama_daftar, versi, kode, label, sumber) "
                            "VALUES('jejak_lihat', 1, '2026-01-01 9', '7 00', 'uji')")
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office), (0, 1, 0, 0))
        space.sql('kantor', "UPDATE daftar_kode SET label = '0 x' WHERE nama_daftar = 'jejak_lihat' AND sumber <> 'uji'")
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office), (1, 1, 1, 0))


if __name__ == '__main__':
    main()
