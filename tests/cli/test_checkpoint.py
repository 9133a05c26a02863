#!/usr/bin/env python3
"""Checkpoints and forgetting, as people see them: `jemput checkpoint`, `jemput forget`.

  test_checkpoint.py PROGRAM"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
PLAIN = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');"


class Checkpoint(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)
        (self.at / 'plain.sql').write_text(PLAIN)
        self.run_cli('-s', 'pusat.db', 'init', '--schema', 'plain.sql', '--hub', 'hub.git')
        self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 't.inv')
        self.run_cli('-s', 't.db', 'join', 't.inv')
        self.sync('pusat', 't', 'pusat', 't')

    def run_cli(self, *args, code=0, lang='en'):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang), timeout=60)
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() + done.stderr.decode()

    def sync(self, *names):
        for name in names:
            self.run_cli('-s', f'{name}.db', 'sync')

    def json(self, name, *args, code=0):
        return json.loads(self.run_cli('-s', f'{name}.db', *args, '--json', code=code))

    def canary_in(self, name, canary):
        return any(canary.encode() in path.read_bytes() for path in self.at.glob(f'{name}.db*'))

    def test_a_state_is_signed_backed_up_and_what_is_older_is_cut_off(self):
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'Siti'), ('b', 'Budi')")
        self.sync('t', 'pusat')
        self.assertIn('old enough', self.run_cli('-s', 'pusat.db', 'checkpoint', code=20))
        made = self.json('pusat', 'checkpoint', '--days', 0)
        self.assertEqual(made['state_hash'], self.json('pusat', 'status')['state_hash'])
        self.run_cli('-s', 't.db', 'checkpoint', '--days', 0, code=19)
        self.assertIn('backed up', self.run_cli('-s', 'pusat.db', 'checkpoint', '--cut', code=19))
        self.assertIn('tempat aman', self.run_cli('-s', 'pusat.db', 'checkpoint', '--backed-up', lang='id'))
        self.sync('pusat', 't', 'pusat')
        self.run_cli('-s', 't.db', 'sql', "UPDATE warga SET nama = 'Siti R.' WHERE id = 'a'")
        self.sync('t', 'pusat')
        for name in ('pusat', 't'):
            self.assertGreater(self.json(name, 'checkpoint', '--cut')['segments'] + (name == 'pusat'), 0)
            self.run_cli('-s', f'{name}.db', 'verify')
            self.assertIn('Siti R.', self.run_cli('-s', f'{name}.db', 'sql', 'SELECT nama FROM warga'))
        self.assertIn('Siti R.', self.run_cli('-s', 't.db', 'history', 'warga', 'a'))

    def test_a_revocation_does_not_reach_back_behind_a_checkpoint(self):
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'Siti')")
        self.sync('t', 'pusat')
        self.run_cli('-s', 'pusat.db', 'device', 'revoke', '2', '--reason', 'stolen', '--after', '1', '--dry-run')
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', 0)
        self.assertIn('beyond the newest checkpoint', self.run_cli('-s', 'pusat.db', 'device', 'revoke', '2', '--reason', 'stolen', '--after', '1', code=19))
        self.run_cli('-s', 'pusat.db', 'device', 'revoke', '2', '--reason', 'stolen')

    def test_wrong_use_is_told(self):
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', 'x', code=2)
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--cut', '--backed-up', code=2)
        self.run_cli('-s', 'pusat.db', 'forget', 'warga', 'a', code=2)
        self.assertIn('--backed-up', self.run_cli('checkpoint', '--help'))
        self.assertIn('--basis', self.run_cli('forget', '--help'))

    def test_old_logs_are_taken_off_a_hub_by_an_administrator_after_a_backup(self):
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'Siti')")
        self.sync('t', 'pusat')
        self.run_cli('-s', 'pusat.db', 'forget', '--prune-hub', code=20) # there is no checkpoint
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', 0)
        self.assertIn('backed up', self.run_cli('-s', 'pusat.db', 'forget', '--prune-hub', code=19))
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--backed-up')
        self.sync('pusat', 't')
        self.run_cli('-s', 't.db', 'forget', '--prune-hub', code=19)
        self.run_cli('-s', 'pusat.db', 'forget', '--prune-hub', '--report', code=2)
        self.run_cli('-s', 'pusat.db', 'forget', 'warga', 'a', '--basis', 'x', '--hub', 'hub.git', code=2)
        self.run_cli('-s', 'pusat.db', 'forget', '--prune-hub', '--hub', 'nowhere.git', code=20)
        self.assertEqual(self.json('pusat', 'forget', '--prune-hub', '--hub', 'hub.git')['refs'], 1) # the other has not moved on
        self.sync('t', 'pusat', 't')
        self.run_cli('-s', 'pusat.db', 'verify')

    def test_of_a_hub_whose_genesis_went_with_old_logs_anyone_still_says_what_holds_and_a_newcomer_joins_by_a_file(self):
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'Siti')")
        self.sync('t', 'pusat')
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', 0)
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--backed-up')
        self.sync('pusat', 't')
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('b', 'Budi')")
        self.sync('t', 'pusat')
        self.assertEqual(self.json('pusat', 'forget', '--prune-hub')['refs'], 2)
        for path in self.at.glob('hub.git/objects/**/*'):
            os.utime(path, (1, 1))
        self.assertGreater(self.json('pusat', 'forget', '--prune-hub')['packs'], 0)
        found = json.loads(self.run_cli('verify', 'hub.git', '--json'))
        self.assertEqual((found['ok'], found['devices']), (True, 2))
        space = self.json('pusat', 'status')['space']
        script = self.run_cli('verify', '--git', 'hub.git')
        done = subprocess.run(['sh', '-c', script], capture_output=True, text=True, cwd=self.at, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, rf'segments, 0 bad. Space: {space} \(its genesis segment lies behind a checkpoint\)')
        self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'baru.inv')
        self.sync('pusat')
        self.run_cli('-s', 'baru.db', 'join', 'baru.inv')
        self.sync('baru', 'pusat', 'baru')
        self.assertIn('Budi', self.run_cli('-s', 'baru.db', 'sql', 'SELECT nama FROM warga'))

    def test_a_forgotten_row_is_in_no_file_after_one_sync(self):
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'Kenari Ketiga Belas')")
        self.sync('t', 'pusat', 't')
        self.run_cli('-s', 't.db', 'forget', 'warga', 'a', '--basis', 'UU 27/2022', code=19)
        self.assertIn('--backed-up', self.run_cli('-s', 'pusat.db', 'forget', 'warga', 'a', '--basis', 'UU 27/2022 ps 8', lang='id'))
        self.assertEqual(self.run_cli('-s', 'pusat.db', 'sql', 'SELECT count(*) AS n FROM warga').split()[-1], '0')
        self.assertTrue(self.canary_in('t', 'Kenari Ketiga Belas'))
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', 0)
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--backed-up')
        self.sync('pusat')
        report = self.json('pusat', 'forget', '--report')
        self.assertEqual([(p['roles'], p['reads'], p['erased']) for p in report if not p['erased']], [('petugas', True, False)]) # by name
        self.sync('t', 'pusat')
        for name in ('pusat', 't'):
            self.assertFalse(self.canary_in(name, 'Kenari Ketiga Belas'))
            self.run_cli('-s', f'{name}.db', 'verify')
        self.assertIn('Terhapus di 2 dari 2 perangkat yang membaca.', self.run_cli('-s', 'pusat.db', 'forget', '--report', lang='id'))


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(argv=sys.argv[:1])
