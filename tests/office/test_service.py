#!/usr/bin/env python3
"""The central service as a daemon: within seconds, well or not and why, several at once; and its night.

  test_service.py JEMPUT JEMPUT-CENTRAL JEMPUT-HUB [a test's name …]"""
import contextlib
import os
import re
import resource
import select
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import scene
from centraldb import ask, base, one, person
from scene import CENTRAL, Office, Space, run


HUB = os.path.abspath(sys.argv[3])


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Daemon:
    """`jemput central run`, until the block ends."""

    def __init__(self, office, *options, notify=None, files=None):
        self.port, self.notify = free_port(), {'NOTIFY_SOCKET': str(notify)} if notify else {}
        self.limit = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (files, 1024))) if files else None
        self.args = [CENTRAL, 'run', str(office.at), '--listen', f'127.0.0.1:{self.port}', '--poll', '1', *map(str, options)]

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, **self.notify, 'LANG': 'en'},
                                        preexec_fn=self.limit)
        self.started = self.process.stdout.readline() != b''
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def get(self, path, host=None, timeout=10):
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', headers={'Host': host} if host else {})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()
        except OSError:
            return 0, ''

    def end(self):
        start = time.monotonic()
        self.process.terminate()
        _, err = self.process.communicate(timeout=10)
        return self.process.returncode, time.monotonic() - start, err.decode()


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def line_within(pipe, seconds):
    """What the pipe gives until a line is whole, or the time is over."""
    end, got = time.monotonic() + seconds, b''
    while not got.endswith(b'\n') and select.select([pipe], [], [], max(0, end - time.monotonic()))[0]:
        byte = os.read(pipe.fileno(), 1)
        if not byte:
            break
        got += byte
    return got.decode()


class Service(unittest.TestCase):
    def test_what_is_pushed_is_visible_and_receipted_within_seconds_and_the_service_tells_how_it_is(self):
        office, space = Office(name='pusat-layanan'), Space('layanan')
        space.join(office)
        with Daemon(office) as daemon:
            self.assertTrue(until(lambda: daemon.get('/healthz')[1].startswith('{"ok":true,"spaces":1')))
            for nik, name in (('1674990101900009', 'FITRI'), ('1674990101900013', 'FAUZAN')):
                time.sleep(1.2) # nothing is under way
                person(space, 't1', nik, name)
                space.sync('t1')
                start = time.monotonic()
                self.assertTrue(until(lambda: ask(office, f"SELECT 1 FROM orang WHERE nik = '{nik}'")))
                self.assertLess(time.monotonic() - start, 4)
            self.assertTrue(until(lambda: '"received":0' not in space.cli('t1', 'sync') and space.one(
                't1', "SELECT state FROM jemput_delivery('orang', (SELECT id FROM orang WHERE nik = '1674990101900009'))") == 'diterima pusat'))
            text = daemon.get('/metrics')[1]
            for line in ('jemput_space_rows{space="layanan"} ', 'jemput_push_to_visible_seconds_count{space="layanan"} ',
                         'jemput_projection_rows_total{space="layanan",target="central.db"} ', 'process_resident_memory_bytes '):
                self.assertRegex(text, f'(?m)^{line}[1-9]')
            self.assertNotIn('FITRI', text)
            self.assertEqual(daemon.get('/metrics', host='jahat.example')[0], 421)
            self.assertEqual(daemon.get('/')[0], 404)
            code, took, err = daemon.end()
            self.assertEqual((code, err), (0, ''))
            self.assertLess(took, 5)
        self.assertEqual(one(office, 'SELECT count(*) FROM lease'), 0)

    def test_a_postgresql_that_is_away_is_told_once_and_keeps_nothing_from_central_db(self):
        office, space = Office(name='pusat-tanpa'), Space('tanpa')
        space.join(office)
        with Daemon(office, '--postgres', f'host={scene.FOLDER}/tidak dbname=x') as daemon:
            for n in (4, 5, 6):
                time.sleep(1.2)
                person(space, 't1', f'167499010190001{n}', f'GUNAWAN {n}')
                space.sync('t1')
                self.assertTrue(until(lambda: ask(office, f"SELECT 1 FROM orang WHERE nik = '167499010190001{n}'"), 4))
            self.assertEqual(daemon.get('/healthz')[0], 200)
            self.assertEqual(ask(office, "SELECT name, error IS NOT NULL, failing_ms > 0 FROM target_"), [('postgresql', 1, 1)])
            self.assertEqual(ask(office, 'SELECT error FROM space'), [(None,)])
            db = base(office)
            db.execute('UPDATE target_ SET failing_ms = failing_ms - 16 * 60000')
            db.commit()
            db.close()
            code, body = daemon.get('/healthz')
            self.assertEqual((code, 'PostgreSQL' in body), (503, True))
            _, _, err = daemon.end()
            self.assertEqual(err.count('\n'), 1, err)
            self.assertIn('tanpa: PostgreSQL', err)

    def test_attachments_that_do_not_come_are_told_and_keep_no_text(self):
        office, space = Office(name='pusat-lampiran'), Space('lampiran')
        space.join(office)
        office.once()
        person(space, 't1', '1674990101900019', 'HASAN')
        (space.at / 'kk.bin').write_bytes(os.urandom(3000))
        space.cli('t1', 'attach', 'orang', space.one('t1', "SELECT hex(id) FROM orang WHERE nik = '1674990101900019'"), 'kk.bin')
        space.sync('t1')
        branch, = (space.at / 'hub.git' / 'refs' / 'heads' / 'media').rglob('*/*')
        tip = branch.read_text()
        branch.chmod(0o644)
        branch.write_text('%040x\n' % 7)  # the hub has lost what it was
        code, _, err = office.once(code=None)
        self.assertEqual((code, len(ask(office, "SELECT 1 FROM orang WHERE nik = '1674990101900019'"))), (1, 1), err)
        self.assertRegex(err, 'lampiran: attachments were held up: JEMPUT_[A-Z]+: .')
        self.assertEqual(ask(office, 'SELECT error FROM space'), [(None,)])
        branch.write_text(tip)
        office.once()

    def test_workers_that_cannot_start_are_told_and_start_when_they_can(self):
        """The file descriptors are enough for the service and for some of its workers; those that could not start wait some seconds."""
        office, space = Office(name='pusat-tanpa-pekerja'), Space('pekerja')
        space.join(office)
        with Daemon(office, '--workers', '64', files=100) as daemon:
            self.assertTrue(daemon.started)
            self.assertIn('central.db', line_within(daemon.process.stderr, 60))
            resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (1024, 1024)) # a request takes one, too
            down = (503, '{"ok":false,"reasons":["a worker cannot start"],"spaces":1,"failing":0,"stuck":0}\n')
            self.assertTrue(until(lambda: daemon.get('/healthz') == down))
            self.assertTrue(until(lambda: daemon.get('/healthz')[0] == 200, 60))

    def test_a_hub_behind_an_address_is_asked_in_turn_and_one_that_was_away_is_found_again(self):
        office, space, at, port = Office(name='pusat-alamat'), Space('alamat'), scene.FOLDER / 'srv', free_port()
        at.mkdir()
        run(HUB, 'add', at, 'ruang')
        serve = [HUB, 'serve', str(at), '--listen', f'127.0.0.1:{port}']
        hub = subprocess.Popen(serve, stdout=subprocess.PIPE)
        try:
            hub.stdout.readline()
            for name in ('kantor', 't1'):
                space.cli(name, 'sync', '--hub', f'http://127.0.0.1:{port}/ruang.git')
            office.central('add', 'alamat', '--join', space.at / 'pusat.undangan', '--hub', f'http://127.0.0.1:{port}/ruang.git')
            office.once()
            space.sync('kantor')
            with Daemon(office) as daemon:
                for n in (7, 8):
                    person(space, 't1', f'167499010190001{n}', f'INDAH {n}')
                    space.sync('t1')
                    self.assertTrue(until(lambda: ask(office, f"SELECT 1 FROM orang WHERE nik = '167499010190001{n}'"), 15))
                    if n == 7:
                        hub.terminate()
                        hub.communicate()
                        self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM space WHERE error LIKE '%OFFLINE%'")))
                        hub = subprocess.Popen(serve, stdout=subprocess.PIPE)
                        hub.stdout.readline()
                _, _, err = daemon.end()
                self.assertRegex(err, r'(?s)alamat: sync: JEMPUT_OFFLINE.*alamat: works again')
        finally:
            hub.terminate()
            hub.communicate()

    def test_a_poke_and_a_space_that_is_added_are_noticed_while_it_runs(self):
        office, first, second = Office(name='pusat-tambah'), Space('satu'), Space('kedua')
        first.join(office)
        with Daemon(office) as daemon:
            self.assertTrue(until(lambda: daemon.get('/healthz')[0] == 200))
            office.central('add', 'kedua', '--join', second.at / 'pusat.undangan')
            self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM space WHERE name = 'kedua' AND synced_ms IS NOT NULL")))
            rounds = lambda: re.search('jemput_sync_seconds_count{space="satu"} ([0-9]+)', daemon.get('/metrics')[1]).group(1)
            time.sleep(1.2) # what its own push has moved is looked at by then
            before = rounds()
            time.sleep(1.2)
            self.assertEqual(rounds(), before)
            db = base(office)
            db.execute("UPDATE space SET poke = poke + 1 WHERE name = 'satu'")
            db.commit()
            db.close()
            self.assertTrue(until(lambda: rounds() != before, 3))

    def test_systemd_takes_the_unit_that_is_printed_and_hears_when_the_service_is_ready_and_when_it_stops(self):
        unit = run(CENTRAL, 'config', 'systemd', '--folder', scene.FOLDER, '--night', '02:00', '--backup', '/srv/salinan', '--key-file', '/etc/kunci')
        start = f'ExecStart={CENTRAL} run {scene.FOLDER} --listen 127.0.0.1:8420 --night 02:00 --backup /srv/salinan --key-file '
        for line in (start, 'Type=notify\n', 'LoadCredential=key:/etc/kunci\n', 'SystemCallFilter=@system-service\n',
                     f'ReadWritePaths={scene.FOLDER}\n'):
            self.assertIn('\n' + line, unit)
        self.assertNotIn('?', unit)
        if shutil.which('systemd-analyze'):
            path = scene.FOLDER / 'jemput-central.service'
            path.write_text(unit)
            looked = subprocess.run(['systemd-analyze', 'verify', path], capture_output=True, text=True)
            self.assertEqual((looked.returncode, looked.stderr), (0, ''))
        office = Office(name='pusat-kabar')
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
            s.bind(str(scene.FOLDER / 'kabar'))
            s.settimeout(10)
            with Daemon(office, notify=scene.FOLDER / 'kabar') as daemon:
                self.assertEqual(s.recv(100), b'READY=1')
                daemon.end()
                self.assertEqual(s.recv(100), b'STOPPING=1')

    def test_the_printed_unit_may_write_each_folder_that_a_store_lies_in(self):
        office, space, out = Office(name='pusat-luar'), Space('luar'), scene.FOLDER / 'data-luar'
        space.join(office)
        unit = lambda: re.findall('^ReadWritePaths=(.*)$', run(CENTRAL, 'config', 'systemd', '--folder', office.at), re.M)
        self.assertEqual(unit(), [str(office.at)])
        office.central('remove', 'luar', '--rows', 'keep', stdin='luar\n')
        out.mkdir()
        for file in (office.at / 'spaces').glob('luar.db*'):
            file.rename(out / file.name)
        self.assertIn('jemput central config systemd', office.central('add', 'luar', '--store', out / 'luar.db'))
        self.assertEqual(unit(), [str(office.at), str(out)])

    def test_of_two_processes_one_works_on_a_space_and_the_other_takes_over_when_it_is_killed(self):
        office, space = Office(name='pusat-berdua'), Space('berdua')
        space.join(office)
        with Daemon(office) as one_, Daemon(office) as other:
            self.assertTrue(until(lambda: ask(office, 'SELECT 1 FROM lease')))
            holder = one(office, 'SELECT holder FROM lease')
            victim, heir = (one_, other) if f':{one_.process.pid}:' in holder else (other, one_)
            self.assertIn(f':{victim.process.pid}:', holder)
            victim.process.kill()
            victim.process.wait()
            person(space, 't1', '1674990101900010', 'GITA')
            space.sync('t1')
            self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM orang WHERE nik = '1674990101900010'"), 20))
            self.assertIn(f':{heir.process.pid}:', one(office, 'SELECT holder FROM lease'))


class Night(unittest.TestCase):
    def test_the_night_s_copy_opens_and_holds_the_same_state_and_only_then_older_data_is_cut_off(self):
        office, space = Office(name='pusat-malam'), Space('malam')
        space.join(office)
        for nik in ('1674990101900011', '1674990101900012'): # the last segment of a log stays
            person(space, 't1', nik, f'HADI {nik[-1]}')
            space.sync('t1')
        office.once()
        office.central('export', 'persons.csv', '--out', scene.FOLDER / 'persons.csv', '--reason', 'uji')  # somebody looked: there is a looks.db
        (office.at / 'accounts' / 'siti.key').write_text('kunci\n')
        copies = scene.FOLDER / 'salinan-malam'
        copies.mkdir()
        night = time.strftime('%H:%M', time.localtime(time.time() - 60))
        office.central('run', '--once', '--night', night, '--backup', copies, '--cut', '--revocation-days', 0)
        self.assertEqual(sorted(f.name for f in copies.iterdir()), ['accounts', 'central.db', 'looks.db', 'malam.db'])
        self.assertEqual({oct(f.stat().st_mode & 0o077) for f in copies.rglob('*')}, {'0o0'})
        n, head = [line.split('|') for line in subprocess.run(['sqlite3', office.at / 'looks.db', 'SELECT n, lower(hex(hash)) FROM look'],
                                                              capture_output=True, text=True).stdout.split()][-1]
        anchor = "SELECT label FROM daftar_kode WHERE nama_daftar = 'jejak_lihat'"
        self.assertEqual((office.store('malam', anchor), ask(office, anchor)), ([[f'{n} {head}']], [(f'{n} {head}',)]))
        space.sync('t1')
        self.assertEqual(space.one('t1', anchor), f'{n} {head}', 'every device has it, signed by central')
        self.assertEqual((copies / 'accounts' / 'siti.key').read_text(), 'kunci\n')
        self.assertEqual(subprocess.run(['sqlite3', copies / 'looks.db', 'SELECT act FROM look'], capture_output=True, text=True).stdout, 'export\n')
        self.assertEqual([list(r) for r in ask(office, 'SELECT checkpoint_ms > 0, backup_ms > 0 FROM space')], [[1, 1]])
        for name in ('central', 'looks', 'console', 'x.sebelumnya'):
            code, _, err = office.central('add', name, '--join', space.at / 'pusat.undangan', code=None)
            self.assertEqual((code, name in err), (2, True), 'its copy would take the place of another file\'s')
        out = run(scene.PROGRAM, '-s', copies / 'malam.db', 'sql', 'SELECT nama FROM orang')
        self.assertIn('HADI', out)
        log = run(scene.PROGRAM, '-s', office.at / 'spaces' / 'malam.db', 'log', '--json')
        self.assertIn('"cut_off":true', log.replace(' ', ''))

    def test_what_cannot_be_copied_is_told_and_keeps_nothing_else_from_its_copy(self):
        office, space = Office(name='pusat-rusak'), Space('rusak')
        space.join(office)
        copies = scene.FOLDER / 'salinan-rusak'
        (copies / 'accounts').mkdir(parents=True)
        (copies / 'accounts' / 'siti.key').write_text('kunci\n')
        (office.at / 'accounts' / 'siti.key').write_text('')
        (office.at / 'accounts' / 'tono.key').write_text('kunci\n')
        (office.at / 'looks.db').write_text('bukan basis data ' * 100)
        night = ('run', '--once', '--night', time.strftime('%H:%M', time.localtime(time.time() - 60)), '--backup', copies)
        code, _, err = office.central(*night, code=None)
        self.assertEqual((code, 'not a database' in err), (1, True), err)
        self.assertEqual(sorted(f.name for f in copies.iterdir()), ['accounts', 'central.db', 'rusak.db'])
        self.assertEqual((copies / 'accounts' / 'siti.key').read_text(), 'kunci\n', 'the copy before stays')
        self.assertTrue((copies / 'accounts' / 'tono.key').exists())
        (office.at / 'looks.db').unlink()
        (copies / 'central.db').unlink()
        self.write(office, 'UPDATE space SET night_ms = 0')
        code, _, err = office.central(*night, code=None)
        self.assertEqual((code, 'siti.key: it is empty' in err, (copies / 'central.db').exists()), (1, True, True), err)
        self.write(office, "UPDATE space SET night_ms = 0, name = 'looks'")
        code, _, err = office.central(*night, code=None)
        self.assertEqual((code, 'space looks: no copy' in err, (copies / 'looks.db').exists()), (1, True, False), err)

    def test_a_space_of_which_no_copy_was_ever_made_is_told_where_copies_are_asked_for(self):
        office, space = Office(name='pusat-tanpa-malam'), Space('tanpa-malam')
        space.join(office)
        later = time.strftime('%H:%M', time.localtime(time.time() + 12 * 3600))
        for options, code in (((), 200), (('--night', later, '--backup', scene.FOLDER), 503)):
            with Daemon(office, *options) as daemon:
                self.assertTrue(until(lambda: daemon.get('/healthz')[0] == 200), 'it is new')
                self.write(office, 'UPDATE batch SET at_ms = at_ms - 15 * 86400000')
                self.assertEqual(daemon.get('/healthz')[0], code)
                self.assertIn('jemput_nights_none 1\n', daemon.get('/metrics')[1])
                self.write(office, 'UPDATE batch SET at_ms = at_ms + 15 * 86400000')

    def test_a_busy_space_of_which_no_copy_was_ever_made_is_told_though_its_batches_are_not_kept_for_so_long(self):
        office, space = Office(name='pusat-ramai'), Space('ramai')
        space.join(office)
        later = time.strftime('%H:%M', time.localtime(time.time() + 12 * 3600))
        self.write(office, 'UPDATE batch SET at_ms = at_ms - 15 * 86400000')
        self.write(office, 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100) INSERT INTO batch(space, number, at_ms, '
                   "rows, whole) SELECT 1, i + (SELECT max(number) FROM batch), unixepoch() * 1000, 1, 0 FROM n")
        space.sql('t1', "INSERT INTO keluarga(id, kode_kel) VALUES(jemput_id(), '16.74.05.1003')")
        space.sync('t1')
        with Daemon(office, '--night', later, '--backup', scene.FOLDER) as daemon:
            self.assertTrue(until(lambda: self.batches(office) <= 1002), 'the rest is let go')
            for first in ('kept', 'let go by an earlier version'):
                self.assertIn('no copy', daemon.get('/healthz')[1], first)
                self.write(office, 'DELETE FROM batch WHERE number = 1')

    def batches(self, office):
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db:
            return db.execute('SELECT count(*) FROM batch').fetchone()[0]

    def write(self, office, statement):
        with contextlib.closing(sqlite3.connect(office.at / 'central.db')) as db, db:
            db.execute(statement)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
