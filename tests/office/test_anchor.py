"""Heads of looks.db that central signs at night (tools/central/anchor.h): what they show of a chain whose end was cut off."""
import contextlib
import json
import os
import re
import sqlite3
import time
import unittest
import unittest.mock

from console_scene import CONSOLE, FOLDER, ROOT, SCHEMA, Office, Space, main, run
from scene import PROGRAM


DAY = 24 * 3600


class Anchor(unittest.TestCase):
    def looked(self, office):
        (FOLDER / 'dilihat.csv').unlink(missing_ok=True)
        office.central('export', 'persons.csv', '--out', FOLDER / 'dilihat.csv', '--reason', 'uji')

    def setUp(self):
        self.today = int(time.time() // DAY)

    def night(self, office, day):
        """The night's work, on a day that is so many behind that of the test's beginning, also where midnight (UTC) has passed meanwhile."""
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db, db:
            db.execute('UPDATE space SET night_ms = 0')
        if time.time() % DAY > DAY - 20:
            time.sleep(20)
        hours = 24 * (day - (int(time.time() // DAY) - self.today))
        with unittest.mock.patch.dict(os.environ, TZ=f'DAY{-hours:+d}'):
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
        self.assertIn('no administrator', self.acknowledge(office, office.at / 'spaces' / 'pulih.db', code=None)[2])  # nor central
        space.sync('kantor')
        before = self.entries(office)
        self.assertIn('1 gaps acknowledged', self.acknowledge(office, kantor))
        self.assertEqual([e[:2] for e in self.entries(office)[len(before):]], [('looks', 'asked acknowledge 1 pulih')])
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

    def entries(self, office):
        return [(e['act'], e['detail'], e['reason']) for e in json.loads(run(CONSOLE, 'looks', 'show', office.at, '--json'))]

    def test_nothing_is_acknowledged_that_could_not_be_written_down_before(self):
        office, space = self.restored('catat')
        space.sync('kantor')
        with contextlib.closing(sqlite3.connect(office.at / 'looks.db')) as db, db:
            db.execute("CREATE TRIGGER penuh BEFORE INSERT ON look BEGIN SELECT RAISE(ABORT, 'disk penuh'); END")
        self.assertIn('disk penuh', self.acknowledge(office, space.at / 'kantor.db', code=None)[2])
        self.assertEqual(space.rows('kantor', "SELECT * FROM daftar_kode WHERE nama_daftar = 'jejak_lihat_akui'"), [])

    def acknowledged(self, name):
        office, space = self.restored(name)
        space.sync('kantor')
        self.acknowledge(office, space.at / 'kantor.db')
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office)[:3], (0, 2, 0))
        return office, space

    def test_central_cannot_put_words_into_an_administrators_mouth(self):
        office, space = self.acknowledged('ganti')
        run(PROGRAM, '-s', office.at / 'spaces' / 'ganti.db', 'sql',
            "UPDATE daftar_kode SET keterangan = 'tidak apa-apa' WHERE nama_daftar = 'jejak_lihat_akui'")
        office.once()
        self.assertEqual(self.verified(office)[:3], (1, 2, 1))
        self.assertNotIn('tidak apa-apa', run(CONSOLE, 'looks', 'verify', office.at, code=1))
        space.sync('kantor')
        self.acknowledge(office, space.at / 'kantor.db')
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office)[:3], (0, 2, 0))

    def test_who_signs_for_a_gap_is_an_administrator_then_and_now(self):
        """Another device with the role of central may write codes, too; and one that was an administrator may be none any more."""
        office, space = self.acknowledged('peran')
        space.cli('kantor', 'invite', '--role', 'admin,kelurahan', '--out', 'wakil.undangan')
        space.cli('kantor', 'invite', '--role', 'pusat', '--out', 'lain.undangan')
        space.sync('kantor')
        for name in ('wakil', 'lain'):
            space.cli(name, 'join', f'{name}.undangan')
        for _ in range(2):
            space.sync('wakil', 'lain')
            office.once()
            space.sync('kantor')
        insert = ("INSERT INTO daftar_kode(nama_daftar, versi, kode, label, keterangan, sumber) SELECT 'jejak_lihat_akui', 1, kode || ' {0}', label, "
                  "'kata {0}', 'uji' FROM daftar_kode WHERE nama_daftar = 'jejak_lihat'")
        for name in ('lain', 'wakil'):
            space.sync(name)
            space.sql(name, insert.format(name))
            space.sync(name)
        space.sql('kantor', "UPDATE daftar_kode SET keterangan = 'x' WHERE nama_daftar = 'jejak_lihat_akui' AND sumber <> 'uji'")
        space.sync('kantor')
        office.once()
        gaps = json.loads(run(CONSOLE, 'looks', 'verify', office.at, '--json'))['gaps']
        self.assertEqual([g['reason'] for g in gaps], ['kata wakil'])
        space.cli('kantor', 'device', 'change', str(gaps[0]['device']), '--role', 'kelurahan')
        space.sync('kantor')
        office.once()
        self.assertEqual(self.verified(office)[:3], (1, 2, 1))

    def test_what_is_told_to_programs_is_whole_or_nothing(self):
        office, space = self.restored('utuh')
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db, db:
            db.execute('ALTER TABLE row_ RENAME TO row_x')
        code, out, err = run(CONSOLE, 'looks', 'verify', office.at, '--json', code=None)
        self.assertEqual((code, out, 'row_' in err), (1, '', True))

    def test_an_older_space_lets_codes_be_deleted_until_its_administrator_does_what_the_help_says(self):
        schema = FOLDER / 'lama.sql'
        text = (SCHEMA / 'schema.sql').read_text()
        now = "SELECT jemput_policy('daftar_kode', 'admin,pusat', 'insert; update');"
        self.assertIn(now, text)
        schema.write_text(text.replace(now, now.replace('update', 'update; delete')))
        space = Space('lama', schema=schema)
        help_ = run(CONSOLE, 'looks', '--help')
        command = re.search(r'jemput -s kantor.db sql "(.*)"$', help_, re.M)[1]
        self.assertIn(command, (ROOT / 'tools' / 'console' / 'README.md').read_text())
        add = "INSERT INTO daftar_kode(nama_daftar, versi, kode, label, sumber) VALUES('uji', 1, '{0}', 'a', 'uji')"
        delete = "DELETE FROM daftar_kode WHERE nama_daftar = 'uji'"
        space.sql('kantor', add.format('a'))
        space.sql('kantor', delete)
        space.sql('kantor', add.format('b'))
        space.sql('kantor', command)
        self.assertIn('daftar_kode', space.sql('kantor', delete, code=None)[2])
        space.sql('kantor', add.format('c'))

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
