#!/usr/bin/env python3
"""A stick on a motorbike: `jemput bundle` between a village without any network and the office, and what happens to sticks on the way.

  test_bundle.py PROGRAM"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
PLAIN = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');"
FULL, NOTFOUND, CORRUPT, DENIED = 15, 20, 18, 19


class Bundle(unittest.TestCase):
    kept = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)
        self.usb = self.at / 'usb'
        if not Bundle.kept:
            self.found()
            kept = tempfile.mkdtemp(dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
            self.addClassCleanup(shutil.rmtree, kept, True)
            shutil.copytree(self.at, kept, dirs_exist_ok=True)
            Bundle.kept = kept
        else:
            shutil.copytree(Bundle.kept, self.at, dirs_exist_ok=True)

    def found(self):
        """An office and two tablets that no hub ever joins: requests to be let in go by stick, too."""
        self.usb.mkdir()
        (self.at / 'plain.sql').write_text(PLAIN)
        self.run_cli('-s', 'pusat.db', 'init', '--schema', 'plain.sql', '--hub', 'hub.git')
        for n in '12':
            self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f't{n}.inv')
            self.run_cli('-s', f't{n}.db', 'join', f't{n}.inv', code=None)
        os.rename(self.at / 'hub.git', self.at / 'far.git')
        self.ride('t1', 'pusat')
        self.ride('t2', 'pusat')
        self.ride('pusat', 't1', 't2')
        os.remove(self.usb / 'x.bundle')

    def run_cli(self, *args, code=0, lang='en', **more):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang), timeout=60, **more)
        if code is not None:
            self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() + done.stderr.decode()

    def json(self, name, *args, code=0):
        return json.loads(self.run_cli('-s', f'{name}.db', *args, '--json', code=code))

    def write(self, name, key, text='Uji'):
        self.run_cli('-s', f'{name}.db', 'sql', f"INSERT INTO warga VALUES('{key}', '{text}')")

    def names(self, name):
        return [r['id'] for r in self.json(name, 'sql', 'SELECT id FROM warga ORDER BY id')]

    def make(self, name, *more, file='x.bundle'):
        return self.json(name, 'bundle', 'make', self.usb / file, *more)

    def take(self, name, file='x.bundle', code=0):
        return self.json(name, 'bundle', 'take', self.usb / file, code=code)[0]

    def ride(self, name, *to):
        """Make a bundle, carry it, have all of them take it."""
        made = self.make(name)
        return made, [self.take(other) for other in to] if made['segments'] else []

    def work(self, name):
        return self.json(name, 'status')['own']

    def parcels(self, name):
        return self.json(name, 'sql', 'SELECT count(*) AS n FROM jemput_parcel')[0]['n']

    def git(self, *args, code=0):
        done = subprocess.run(['git', *map(str, args)], capture_output=True, cwd=self.at)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode()

    # --- the ride ---

    def test_a_bundle_without_the_genesis_segment_says_nothing_of_who_is_enrolled(self):
        self.write('t1', 'a')
        self.make('t1', file='a.bundle')
        page = self.run_cli('verify', self.usb / 'a.bundle')
        self.assertRegex(page, r'^Bundle .*a\.bundle, space ')
        self.assertRegex(page, r"devices +not judged: the space's genesis segment is not here")
        self.assertIn('--git checks a hub', self.run_cli('verify', '--git', self.usb / 'a.bundle', code=2))

    def test_work_and_receipt_go_by_stick_and_nobody_ever_meets_a_hub(self):
        self.write('t1', 'siti')
        self.assertEqual(self.work('t1')['received'], 0)
        made, taken = self.ride('t1', 'pusat')
        self.assertEqual((made['own'] > 0, taken[0]['transactions_merged']), (True, 1))
        self.assertEqual(self.names('pusat'), ['siti'])
        own = self.work('t1')
        self.assertEqual((own['waiting'], own['received']), (1, 0))
        self.ride('pusat', 't1', 't2')
        own = self.work('t1')
        self.assertEqual((own['on_device'], own['waiting'], own['received']), (0, 0, 1))
        self.assertIn('diterima pusat', self.run_cli('-s', 't1.db', 'status', lang='id'))
        self.assertEqual(self.names('t2'), ['siti'])
        self.assertIn('nothing to carry', self.run_cli('-s', 't1.db', 'bundle', 'make', self.usb / 'leer.bundle'))
        self.assertFalse((self.usb / 'leer.bundle').exists())
        self.assertFalse((self.at / 'hub.git').exists())
        for name in ('pusat', 't1', 't2'):
            self.run_cli('-s', f'{name}.db', 'verify')
        hashes = {self.json(name, 'status')['state_hash'] for name in ('pusat', 't1', 't2')}
        self.assertEqual(len(hashes), 1)

    def test_taking_twice_changes_nothing_and_is_passed_over(self):
        self.write('t1', 'siti')
        self.ride('t1', 'pusat')
        before = self.json('pusat', 'status')['state_hash']
        again = self.take('pusat')
        self.assertEqual((again['taken_before'], again['segments_merged']), (True, 0))
        self.assertEqual(self.json('pusat', 'status')['state_hash'], before)

    def test_a_file_without_its_digests_never_counts_as_taken_whole(self):
        """Else another one that is called like it, and has less in it, would be passed over, or keep the whole one from being taken."""
        self.write('t1', 'siti')
        self.make('t1', '--full')
        self.git('init', '-q', '--bare', 'x.git')
        self.git('--git-dir', 'x.git', 'fetch', '-q', self.usb / 'x.bundle', '+refs/*:refs/*')
        digests = self.git('--git-dir', 'x.git', 'rev-parse', 'refs/jemput/bundle:segment').strip()
        objects = self.git('--git-dir', 'x.git', 'rev-list', '--objects', '--all', '--no-object-names').split()
        pack = subprocess.run(['git', '--git-dir', 'x.git', 'pack-objects', '-q', '--stdout'], input='\n'.join(o for o in objects if o != digests).encode(),
                              capture_output=True, cwd=self.at, check=True).stdout
        head = (self.usb / 'x.bundle').read_bytes().split(b'\n\nPACK')[0]
        (self.usb / 'less.bundle').write_bytes(head + b'\n\n' + pack)
        for _ in range(2):
            taken = self.take('pusat', 'less.bundle')
            self.assertEqual((taken['manifest'], taken['blocks'], taken['taken_before']), ('good', 0, False))
        self.assertEqual(self.take('pusat')['taken_before'], False)
        self.assertEqual(self.take('pusat')['taken_before'], True)

    def test_a_colleague_carries_a_sealed_bundle_that_it_does_not_read_and_sends_it_on(self):
        self.write('t1', 'siti')
        self.make('t1')
        taken = self.take('t2')
        self.assertGreater(taken['segments_carried'], 0)
        self.assertIn('carried', {log['fate'] for log in taken['logs']})
        self.assertEqual(self.names('t2'), [])
        self.run_cli('-s', 't2.db', 'verify')
        for name in ('t2', 'pusat'): # a signal, at last
            self.run_cli('-s', f'{name}.db', 'sync', '--hub', 'far.git')
        self.assertEqual(self.names('pusat'), ['siti'])
        self.run_cli('-s', 't2.db', 'sync')
        self.assertEqual(self.names('t2'), ['siti'])
        self.assertEqual(self.make('t2')['carried'], 0) # the receipt came
        self.run_cli('-s', 't1.db', 'sync', '--hub', 'far.git')
        self.assertEqual(self.work('t1')['received'], 1)
        self.git('--git-dir', 'far.git', 'fsck', '--strict')

    def test_a_colleague_carries_on_into_its_own_bundle(self):
        self.write('t1', 'siti')
        self.make('t1')
        self.take('t2')
        self.write('t1', 'budi')
        self.make('t1')
        self.take('t2')
        self.write('t2', 'ani')
        made, taken = self.ride('t2', 'pusat')
        self.assertEqual((made['own'] > 0, made['carried'] > 0), (True, True))
        self.assertEqual(self.names('pusat'), ['ani', 'budi', 'siti'])
        self.assertEqual(self.parcels('t2'), 1)
        self.ride('pusat', 't2')
        self.assertEqual((self.make('t2', '--full')['carried'], self.parcels('t2')), (0, 0)) # the receipt covers it

    def test_a_folder_is_taken_in_order_and_what_was_taken_is_passed_over(self):
        for i, key in enumerate('cba'): # names in the other order than the moments
            self.write('t1', key)
            self.make('t1', file=f'{9 - i}.bundle')
        (self.usb / 'foto.jpg').write_bytes(b'x')
        (self.usb / '7.bundle.part').write_bytes(b'x')
        taken = self.json('pusat', 'bundle', 'take', self.usb)
        self.assertEqual([pathlib.Path(t['file']).name for t in taken], ['9.bundle', '8.bundle', '7.bundle'])
        self.assertEqual(self.names('pusat'), ['a', 'b', 'c'])
        self.assertTrue(all(t['taken_before'] for t in self.json('pusat', 'bundle', 'take', self.usb)))
        made = self.json('t1', 'bundle', 'make', self.usb) # the name is chosen
        self.assertTrue(made['file'].startswith(str(self.usb / 'jemput-')))

    def test_what_goes_on_from_segments_that_are_not_here_is_told_and_completed_later(self):
        self.ride('pusat', 't1')
        shutil.copy2(self.at / 'pusat.db', self.at / 'lama.db')
        self.write('t1', 'siti')
        self.ride('t1', 'pusat')
        self.ride('pusat', 't1')
        self.write('t1', 'budi')
        self.make('t1')
        shutil.move(self.at / 'lama.db', self.at / 'pusat.db') # the office went back to a backup
        told = self.run_cli('-s', 'pusat.db', 'bundle', 'take', self.usb / 'x.bundle', code=NOTFOUND)
        self.assertIn('--full', told)
        self.assertEqual(self.names('pusat'), [])
        self.make('t1', '--full', file='penuh.bundle')
        self.take('pusat', 'penuh.bundle')
        self.assertEqual(self.names('pusat'), ['budi', 'siti'])

    def test_a_bundle_for_one_device_holds_what_that_lacks(self):
        self.write('pusat', 'a')
        self.ride('pusat', 't1')
        self.ride('t1', 'pusat') # t1 says what it has
        self.write('pusat', 'b')
        few = self.make('pusat', '--for', 2, file='dua.bundle')
        more = self.make('pusat', '--full', file='semua.bundle')
        self.assertLess(few['segments'], more['segments'])
        self.take('t1', 'dua.bundle')
        self.assertEqual(self.names('t1'), ['a', 'b'])
        self.run_cli('-s', 'pusat.db', 'bundle', 'make', self.usb / 'y', '--for', 99, code=NOTFOUND)
        self.run_cli('-s', 'pusat.db', 'bundle', 'make', self.usb / 'y', '--for', 2, '--full', code=2)

    def test_the_stock_tools_take_what_we_write(self):
        self.write('t1', 'siti')
        self.make('t1', '--full')
        self.ride('pusat', 't1')
        self.make('pusat', '--full', file='p.bundle')
        for file in ('x.bundle', 'p.bundle'):
            self.git('init', '-q', '--bare', file + '.git')
            self.git('--git-dir', file + '.git', 'bundle', 'verify', self.usb / file)
            self.git('--git-dir', file + '.git', 'fetch', '-q', self.usb / file, 'refs/*:refs/*')
            self.git('--git-dir', file + '.git', 'fsck', '--strict')
        (self.at / 'signers').write_text(self.run_cli('-s', 'pusat.db', 'signers'))
        self.git('--git-dir', 'x.bundle.git', '-c', 'gpg.ssh.allowedSignersFile=' + str(self.at / 'signers'), 'verify-commit', 'refs/jemput/bundle')

    def test_what_is_in_a_file_is_shown_and_checked_without_a_store(self):
        self.write('t1', 'siti')
        self.make('t1', '--full')
        shown = json.loads(self.run_cli('bundle', 'show', self.usb / 'x.bundle', '--json'))
        self.assertEqual((shown['manifest'], shown['segments_lost'], shown['blocks'] > 0, shown['blocks_damaged']), ('good', 0, True, 0))
        self.assertIn('Sidik', self.run_cli('bundle', 'show', self.usb / 'x.bundle', lang='id'))
        audit = json.loads(self.run_cli('verify', self.usb / 'x.bundle', '--json'))
        self.assertEqual(audit['segments'], shown['segments'])
        self.write('t1', 'budi')
        self.make('t1')
        self.run_cli('verify', self.usb / 'x.bundle')
        data = bytearray((self.usb / 'x.bundle').read_bytes())
        data[len(data) // 2] ^= 4
        (self.usb / 'x.bundle').write_bytes(data)
        self.assertIn('damaged', self.run_cli('bundle', 'show', self.usb / 'x.bundle', code=1))
        shown = json.loads(self.run_cli('bundle', 'show', self.usb / 'x.bundle', '--json', code=1))
        self.assertEqual((shown['manifest'], shown['blocks_damaged'] > 0), ('good', True))
        self.run_cli('verify', self.usb / 'x.bundle', code=1)

    # --- what happens to sticks ---

    def test_a_file_that_was_cut_or_flipped_gives_what_is_whole_and_another_copy_the_rest(self):
        for i in range(6):
            self.write('t1', f'k{i}', 'x' * 100)
            self.run_cli('-s', 't1.db', 'bundle', 'make', self.usb / 'x.bundle')
        whole = (self.usb / 'x.bundle').read_bytes()
        (self.usb / 'cut.bundle').write_bytes(whole[:len(whole) * 3 // 5])
        self.take('pusat', 'cut.bundle', code=1)
        some = self.names('pusat')
        self.assertTrue(0 < len(some) < 6, some)
        self.assertEqual(some, [f'k{i}' for i in range(len(some))])
        self.take('pusat')
        self.assertEqual(len(self.names('pusat')), 6)
        (self.usb / 'kosong.bundle').write_bytes(b'')
        self.assertIn('is not a bundle', self.run_cli('-s', 'pusat.db', 'bundle', 'take', self.usb / 'kosong.bundle', code=CORRUPT))
        self.run_cli('-s', 'pusat.db', 'verify')

    def test_a_stick_pulled_out_while_it_is_written_leaves_no_half_file(self):
        self.write('t1', 'siti')
        self.make('t1')
        before = (self.usb / 'x.bundle').read_bytes()
        for i in range(40):
            self.run_cli('-s', 't1.db', 'sql', f"INSERT INTO warga VALUES('n{i}', hex(randomblob(9000)))")
        for ms in (1, 5, 10, 20, 40):
            process = subprocess.Popen([PROGRAM, '-s', 't1.db', 'bundle', 'make', self.usb / 'x.bundle'], cwd=self.at, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            try:
                process.wait(ms / 1000)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
            after = (self.usb / 'x.bundle').read_bytes()
            if after != before:
                self.run_cli('bundle', 'show', self.usb / 'x.bundle') # whole
        self.make('t1')
        self.assertEqual([p.name for p in self.usb.iterdir()], ['x.bundle'])
        self.take('pusat')
        self.assertEqual(len(self.names('pusat')), 41)

    def on_stick(self, size, after, *args):
        """Run the program with a small file system in usb's place, which is read-only if `size` is none."""
        script = f"""mount -t tmpfs -o size={size or '1m'} none usb || exit 99
cp lama.bundle usb/x.bundle
{'' if size else 'mount -o remount,ro usb'}
"$@"; code=$?
{after}
exit $code"""
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'LANG')}
        done = subprocess.run(['unshare', '-rm', 'sh', '-c', script, 'sh', PROGRAM, *args], cwd=self.at, env=dict(env, LANG='id'), capture_output=True)
        if b'unshare' in done.stderr or done.returncode == 99:
            self.skipTest('no file system may be mounted here')
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_a_full_stick_and_one_that_is_read_only_keep_what_was_there_and_are_told(self):
        self.write('t1', 'siti')
        self.make('t1')
        os.rename(self.usb / 'x.bundle', self.at / 'lama.bundle')
        self.run_cli('-s', 't1.db', 'sql', "INSERT INTO warga VALUES('b', hex(randomblob(200000)))")
        for size, code, words in (('64k', FULL, 'penuh'), ('', DENIED, 'hanya-baca')):
            got, out, err = self.on_stick(size, 'ls usb; cmp lama.bundle usb/x.bundle || code=98', '-s', 't1.db', 'bundle', 'make', 'usb/x.bundle')
            self.assertEqual((got, out), (code, 'x.bundle\n'), err)
            self.assertIn(words, err)
        self.make('t1')
        self.take('pusat')
        self.assertEqual(self.names('pusat'), ['b', 'siti'])

    def test_a_take_that_is_killed_goes_on_where_it_was(self):
        for i in range(30):
            self.run_cli('-s', 't1.db', 'sql', f"INSERT INTO warga VALUES('n{i:02}', hex(randomblob(9000)))")
        self.make('t1')
        for ms in (2, 10, 25, 50):
            process = subprocess.Popen([PROGRAM, '-s', 'pusat.db', 'bundle', 'take', self.usb / 'x.bundle'], cwd=self.at, stdout=subprocess.DEVNULL)
            try:
                process.wait(ms / 1000)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait()
        self.take('pusat')
        self.assertEqual(len(self.names('pusat')), 30)
        self.run_cli('-s', 'pusat.db', 'verify')

    def test_a_bundle_of_another_space_is_refused(self):
        self.run_cli('-s', 'lain.db', 'init', '--schema', 'plain.sql')
        self.write('lain', 'x')
        self.make('lain', '--full')
        self.assertIn('another space', self.run_cli('-s', 'pusat.db', 'bundle', 'take', self.usb / 'x.bundle', code=DENIED))

    def test_wrong_use_is_told(self):
        self.run_cli('bundle', code=2)
        self.run_cli('-s', 't1.db', 'bundle', 'make', code=2)
        self.run_cli('-s', 't1.db', 'bundle', 'throw', 'x', code=2)
        self.run_cli('-s', 't1.db', 'bundle', 'take', 'x', '--full', code=2)
        self.assertIn('flashdisk', self.run_cli('bundle', '--help', lang='id'))


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
