"""Heads of looks.db that central signs at night (tools/central/anchor.h): what they show of a chain whose end was cut off."""
import contextlib
import json
import os
import sqlite3
import time
import unittest
import unittest.mock

from console_scene import CONSOLE, FOLDER, Office, Space, main, run
from scene import PROGRAM


class Anchor(unittest.TestCase):
    def looked(self, office):
        (FOLDER / 'dilihat.csv').unlink(missing_ok=True)
        office.central('export', 'persons.csv', '--out', FOLDER / 'dilihat.csv', '--reason', 'uji')

    def night(self, office, day):
        """The night's work, on a day that is so many behind today."""
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db, db:
            db.execute('UPDATE space SET night_ms = 0')
        with unittest.mock.patch.dict(os.environ, TZ=f'DAY{-24 * day:+d}'):
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

    def acknowledge(self, office, by, reason='disk rusak, dipulihkan dari salinan', code=0):
        return run(CONSOLE, 'looks', 'acknowledge', office.at, '--by', by, '--reason', reason, code=code)

    def restored(self, name):
        """An office whose looks.db was put back as it was before yesterday's night had signed its head."""
        office, space = Office(name='pusat-' + name), Space(name)
        space.join(office)
        self.looked(office)
        self.night(office, -1)
        old = (office.at / 'looks.db').read_bytes()
        self.looked(office)
        self.night(office, 0)
        self.assertEqual(self.verified(office), (0, 2, 0, 0))
        for path in office.at.glob('looks.db*'):
            path.unlink()
        (office.at / 'looks.db').write_bytes(old)
        self.assertEqual(self.verified(office), (1, 2, 1, 2))
        return office, space

    def test_a_gap_that_an_honest_restore_leaves_is_no_alarm_once_an_administrator_has_signed_why_and_is_told_for_ever(self):
        office, space = self.restored('pulih')
        kantor = space.at / 'kantor.db'
        self.acknowledge(office, kantor, 'pulih', code=2)
        self.acknowledge(office, space.at / 't1.db', code=1)  # an officer may not
        space.sync('kantor')
        self.assertIn('1 gaps acknowledged', self.acknowledge(office, kantor))
        self.assertEqual(self.verified(office)[0], 1)  # nobody has merged it yet
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office), (0, 2, 0, 0))
        self.assertRegex(run(CONSOLE, 'looks', 'verify', office.at),
                         r'(?s)Acknowledged: entry 2 in space pulih .*disk rusak, dipulihkan dari salinan.*It holds: ')
        self.acknowledge(office, kantor, code=1)  # nothing is left of it
        for _ in range(2):
            self.looked(office)
        self.night(office, 1)
        with contextlib.closing(sqlite3.connect(office.at / 'looks.db')) as db, db:
            db.execute('DELETE FROM look WHERE n > 1')
        self.assertEqual(self.verified(office)[:3], (1, 3, 1))  # what is cut off then is another matter

    def test_central_itself_can_neither_acknowledge_a_gap_nor_mend_or_remove_an_anchor(self):
        office, space = self.restored('akui')
        store = office.at / 'spaces' / 'akui.db'
        space.run = lambda sql, **more: run(PROGRAM, '-s', store, 'sql', sql, **more)
        space.run("INSERT INTO daftar_kode(nama_daftar, versi, kode, label, keterangan, sumber) SELECT 'jejak_lihat_akui', 1, kode, label, "
                  "'saya sendiri', 'uji' FROM daftar_kode WHERE nama_daftar = 'jejak_lihat'")
        office.once()
        self.assertEqual(self.verified(office)[:3], (1, 2, 1))
        self.assertIn('daftar_kode', space.run("DELETE FROM daftar_kode WHERE nama_daftar = 'jejak_lihat'", code=None)[2])
        with contextlib.closing(sqlite3.connect(office.at / 'looks.db')) as db:
            head = '1 ' + db.execute('SELECT hex(hash) FROM look WHERE n = 1').fetchone()[0]
        space.run(f"UPDATE daftar_kode SET label = '{head}' WHERE nama_daftar = 'jejak_lihat' AND label LIKE '2 %'")
        office.once()
        self.assertEqual(self.verified(office)[:3], (1, 2, 1))


if __name__ == '__main__':
    main()
