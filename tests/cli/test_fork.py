#!/usr/bin/env python3
"""Copies of a store, as people see them: `jemput fork-proof`, and what status says of hub and central.

  test_fork.py PROGRAM SCHEMA_FOLDER"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None


class Forks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)

    def run_cli(self, *args, code=0, lang='en'):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang), timeout=60)
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode()

    def sql(self, store, query):
        return self.run_cli('-s', store, 'sql', query)

    def sync(self, *stores):
        for store in stores:
            self.run_cli('-s', store, 'sync', '--hub', 'hub.git')

    def fleet(self):
        """A centre, and a tablet whose store was copied and used twice."""
        (self.at / 'schema.sql').write_text("CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID; SELECT jemput_replicate('warga');")
        self.run_cli('-s', 'pusat.db', 'init', '--schema', 'schema.sql', '--hub', 'hub.git')
        self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'u.txt')
        self.run_cli('-s', 'a.db', 'join', 'u.txt')
        self.sync('pusat.db', 'a.db', 'pusat.db', 'a.db')
        for tail in ('', '-wal', '-shm'):
            if (self.at / ('a.db' + tail)).exists():
                shutil.copy(self.at / ('a.db' + tail), self.at / ('b.db' + tail))
        for store in 'a.db', 'b.db':
            self.sql(store, f"INSERT INTO warga VALUES('{store}')")
            self.run_cli('-s', store, 'verify')  # seals
        self.sync('a.db', 'b.db', 'pusat.db', 'a.db', 'b.db', 'pusat.db', 'a.db', 'b.db')

    def test_a_copied_store_loses_nothing_and_anyone_can_check_the_proof(self):
        self.fleet()
        for store in 'pusat.db', 'a.db', 'b.db':
            self.assertIn('a.db', self.sql(store, 'SELECT nama FROM warga'))
            self.assertIn('b.db', self.sql(store, 'SELECT nama FROM warga'))
            forks = json.loads(self.run_cli('-s', store, 'fork-proof', '--json'))
            self.assertEqual([(f['device_number'], f['resumed']) for f in forks], [(2, True)])
        text = self.run_cli('-s', 'pusat.db', 'fork-proof', '2', '--out', 'bukti')
        self.assertIn('has signed segment', text)
        self.assertIn('The data is safe', text)
        proof, = (self.at / 'bukti').iterdir()
        self.assertEqual(sorted(p.name for p in proof.iterdir()), ['a', 'a.sig', 'allowed_signers', 'b', 'b.sig'])
        commands = [line.strip() for line in text.splitlines() if line.strip().startswith(('ssh-keygen', 'grep'))]
        self.assertEqual(len(commands), 3)
        for command in commands:
            done = subprocess.run(command, shell=True, cwd=proof, capture_output=True, timeout=60)
            self.assertEqual(done.returncode, 0, command + done.stderr.decode())
        a, b = ([line for line in (proof / n).read_text().splitlines() if line.startswith('writer ')] for n in 'ab')
        self.assertEqual(a, b)
        self.assertNotEqual((proof / 'a').read_bytes(), (proof / 'b').read_bytes())
        self.assertIn('Proved', self.run_cli('fork-proof', '--check', proof))
        self.assertIn('Proved', self.run_cli('fork-proof', '--check', 'bukti'))

    def test_the_two_commits_are_those_of_the_hub_that_stock_git_says_good_of(self):
        self.fleet()
        fork, = json.loads(self.run_cli('-s', 'pusat.db', 'fork-proof', '--json'))
        self.run_cli('-s', 'pusat.db', 'signers', '--out', 'allowed')
        for side in fork['sides']:
            subprocess.run(['git', '-C', self.at / 'hub.git', '-c', 'gpg.format=ssh', '-c', f'gpg.ssh.allowedSignersFile={self.at / "allowed"}',
                            'verify-commit', side['commit']], check=True, capture_output=True)

    def test_a_proof_that_proves_nothing_is_refused(self):
        self.fleet()
        self.run_cli('-s', 'pusat.db', 'fork-proof', '--out', 'bukti')
        proof, = (self.at / 'bukti').iterdir()
        good = {p.name: p.read_bytes() for p in proof.iterdir()}
        for change in ({'b': good['a'], 'b.sig': good['a.sig']}, {'b': good['a']}, {'a.sig': good['b.sig']}, {'a': good['a'] + b'\n'}, {'a': b''},
                       {'a.sig': b''}, {'a': good['a'].replace(b'number ', b'number 9')}):
            for name, content in {**good, **change}.items():
                (proof / name).write_bytes(content)
            self.run_cli('fork-proof', '--check', proof, code=18)
            self.run_cli('fork-proof', '--check', 'bukti', code=18)

    def test_a_device_that_has_none_is_told_so(self):
        self.fleet()
        self.assertIn('None', self.run_cli('-s', 'pusat.db', 'fork-proof', '1'))
        self.assertIn('Tidak ada', self.run_cli('-s', 'pusat.db', 'fork-proof', '1', lang='id'))
        self.assertEqual(json.loads(self.run_cli('-s', 'pusat.db', 'fork-proof', '1', '--json')), [])

    def test_status_says_that_a_hub_was_put_back(self):
        self.fleet()
        self.assertNotIn('put back', self.run_cli('-s', 'a.db', 'status'))
        shutil.copytree(self.at / 'hub.git', self.at / 'old.git', symlinks=True)
        self.sql('a.db', "INSERT INTO warga VALUES('x')")
        self.sync('a.db', 'pusat.db', 'a.db')
        shutil.rmtree(self.at / 'hub.git')
        (self.at / 'old.git').rename(self.at / 'hub.git')
        self.sync('a.db')
        self.assertIn('put back', self.run_cli('-s', 'a.db', 'status'))
        self.assertGreater(json.loads(self.run_cli('-s', 'a.db', 'status', '--json'))['hub_behind'], 0)


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    sys.argv.pop(1)
    unittest.main()
