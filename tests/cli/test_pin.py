#!/usr/bin/env python3
"""A store sealed with a PIN, as people use it: `jemput pin`, and every other command on such a store.

  test_pin.py PROGRAM"""
import json
import os
import pathlib
import pty
import re
import select
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None
PROBLEMS, USAGE, BUSY, DENIED, LOCKED = 1, 2, 14, 19, 24
PIN, NEW = '135790', '864209'
CODE = re.compile(r'[0-9A-Z]{4}(?:-[0-9A-Z]{4}){6}')
PEOPLE = [(f'3174990101800{i:03d}', name) for i, name in enumerate(('Siti Kenari', 'Budi Kenari', 'Wayan Kenari', 'Ketut Kenari'))]


class Pins(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)
        (self.at / 'schema.sql').write_text("CREATE TABLE orang(nik TEXT PRIMARY KEY NOT NULL, nama TEXT) WITHOUT ROWID; SELECT jemput_replicate('orang');")
        for name, pin in (('pin', PIN), ('new', NEW), ('wrong', '999999'), ('short', '12345')):
            (self.at / name).write_text(pin + '\n')

    def environment(self, lang, more):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG', 'JEMPUT_PIN')}
        return {**env, 'LANG': lang, **more}

    def run_cli(self, *args, code=0, lang='en', **more):
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, stdin=subprocess.DEVNULL, cwd=self.at, timeout=60,
                              env=self.environment(lang, more))
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() if code == 0 else done.stderr.decode()

    def at_a_terminal(self, *args, answers, code=0):
        """Run it at a terminal, answering each question; what the terminal showed."""
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(self.at)
            os.execve(PROGRAM, [PROGRAM, *args], self.environment('en', {}))
        shown, end = b'', time.monotonic() + 30
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    more = os.read(terminal, 4096)
                except OSError:
                    break
                if not more:
                    break
                shown += more
            if answers and shown.endswith(answers[0][0].encode()):
                os.write(terminal, answers[0][1].encode() + b'\n')
                shown, answers = shown + b'|', answers[1:]
        if time.monotonic() >= end:
            os.kill(process, signal.SIGKILL)
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), code, shown)
        self.assertFalse(answers)
        return shown.decode()

    def init(self, *more):
        return self.run_cli('-s', 'a.db', 'init', '--schema', 'schema.sql', *more)

    def insert(self, **more):
        self.run_cli('-s', 'a.db', 'sql', 'INSERT INTO orang VALUES' + ', '.join(f"('{nik}', '{name}')" for nik, name in PEOPLE), **more)

    def count(self, *args, **more):
        return json.loads(self.run_cli('-s', 'a.db', *args, 'sql', 'SELECT count(*) AS n FROM orang', '--json', **more))[0]['n']

    def shows(self):
        """Do the files say a name or a NIK?"""
        files = b''.join(path.read_bytes() for path in self.at.iterdir() if path.name.startswith('a.db'))
        return [word for person in PEOPLE for word in person if word.encode() in files]

    def test_a_store_made_with_a_pin_says_nothing_without_it_and_everything_with_it(self):
        self.assertRegex(self.init('--pin', '--pin-file', 'pin'), CODE)
        self.insert(JEMPUT_PIN=PIN)
        self.assertEqual(self.shows(), [])
        for args in (['status'], ['sql', 'SELECT 1'], ['verify'], ['log'], ['sync'], ['rebuild'], ['export', 'orang']):
            err = self.run_cli('-s', 'a.db', *args, code=LOCKED)
            self.assertIn('JEMPUT_PIN', err)
            err = self.run_cli('-s', 'a.db', *args, code=LOCKED, lang='id')
            self.assertIn('data terkunci, dan aman', err)
            self.assertNotRegex(err, r'\b(the|not|of|was|open|locked|store)\b')
        self.assertEqual(self.count('--pin-file', 'pin'), 4)
        self.assertEqual(self.count(JEMPUT_PIN=PIN), 4)
        self.run_cli('-s', 'a.db', 'verify', '--pin-file', 'pin')
        status = json.loads(self.run_cli('-s', 'a.db', 'status', '--json', JEMPUT_PIN=PIN))
        self.assertIs(status['sealed'], True)
        self.assertIn('Berkas ini disegel', self.run_cli('-s', 'a.db', 'status', lang='id', JEMPUT_PIN=PIN))
        self.assertEqual(self.shows(), [])

    def test_a_wrong_pin_is_told_and_after_five_there_is_a_wait(self):
        code = CODE.search(self.init('--pin', '--pin-file', 'pin')).group()
        (self.at / 'code').write_text(code.lower().replace('-', ' '))
        for _ in range(5):
            err = self.run_cli('-s', 'a.db', 'status', '--pin-file', 'wrong', code=DENIED, lang='id')
            self.assertIn('PIN salah', err)
        err = self.run_cli('-s', 'a.db', 'status', '--pin-file', 'pin', code=LOCKED, lang='id')
        self.assertRegex(err, r'sesudah (30|29|28|27|2\d) detik')
        self.assertEqual(json.loads(self.json_error('status', '--pin-file', 'pin'))['status'], 'JEMPUT_LOCKED')
        self.run_cli('-s', 'a.db', 'pin', 'change', '--recovery-file', 'code', '--new-pin-file', 'new')
        self.run_cli('-s', 'a.db', 'status', '--pin-file', 'new')

    def json_error(self, *args):
        done = subprocess.run([PROGRAM, '-s', 'a.db', *args, '--json'], capture_output=True, stdin=subprocess.DEVNULL, cwd=self.at,
                              env=self.environment('en', {}), timeout=60)
        self.assertEqual(done.returncode, LOCKED)
        return done.stdout.decode()

    def test_a_plain_store_is_sealed_changed_and_made_plain_again(self):
        self.init()
        self.insert()
        self.assertEqual(len(self.shows()), 8)
        self.assertIn('not sealed', self.run_cli('-s', 'a.db', 'pin', 'change', '--new-pin-file', 'new', code=PROBLEMS))
        self.assertIn('not sealed', self.run_cli('-s', 'a.db', 'status', '--pin-file', 'pin', code=DENIED))
        self.assertIn('at least 6', self.run_cli('-s', 'a.db', 'pin', 'set', '--new-pin-file', 'short', code=PROBLEMS))
        first = CODE.search(self.run_cli('-s', 'a.db', 'pin', 'set', '--new-pin-file', 'pin')).group()
        self.assertEqual(self.shows(), [])
        self.assertIn('sealed already', self.run_cli('-s', 'a.db', 'pin', 'set', '--new-pin-file', 'new', code=PROBLEMS))
        self.assertEqual(self.count('--pin-file', 'pin'), 4)
        self.run_cli('-s', 'a.db', 'pin', 'change', '--pin-file', 'pin', '--new-pin-file', 'new')
        self.run_cli('-s', 'a.db', 'status', '--pin-file', 'pin', code=DENIED)
        second = CODE.search(self.run_cli('-s', 'a.db', 'pin', 'recovery', '--pin-file', 'new')).group()
        (self.at / 'code').write_text(first)
        self.assertIn('replaced', self.run_cli('-s', 'a.db', 'pin', 'remove', '--recovery-file', 'code', code=DENIED))
        (self.at / 'code').write_text(second[:-1] + ('0' if second[-1] != '0' else '1'))
        self.assertIn('mistyped', self.run_cli('-s', 'a.db', 'pin', 'remove', '--recovery-file', 'code', code=PROBLEMS))
        (self.at / 'code').write_text(second)
        self.run_cli('-s', 'a.db', 'pin', 'remove', '--recovery-file', 'code')
        self.assertEqual(self.count(), 4)
        self.assertEqual(len(self.shows()), 8)
        self.run_cli('-s', 'a.db', 'verify')

    def test_a_tablet_joins_sealed_syncs_and_asks_for_its_pin_alone(self):
        self.run_cli('-s', 'pusat.db', 'init', '--schema', 'schema.sql', '--hub', 'hub.git')
        self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'u.txt')
        self.assertRegex(self.run_cli('-s', 'a.db', 'join', 'u.txt', '--pin', '--pin-file', 'pin'), CODE)
        self.assertNotRegex(self.run_cli('-s', 'a.db', 'join', 'u.txt', '--pin', '--pin-file', 'pin'), CODE)  # asks again, keeps its code
        self.insert(JEMPUT_PIN=PIN)
        for store, pin in (('pusat.db', None), ('a.db', PIN), ('pusat.db', None), ('a.db', PIN), ('pusat.db', None)):
            self.run_cli('-s', store, 'sync', '--hub', 'hub.git', **({'JEMPUT_PIN': pin} if pin else {}))
        self.assertIn('Siti Kenari', self.run_cli('-s', 'pusat.db', 'sql', 'SELECT * FROM orang', JEMPUT_PIN='not asked for by a plain store'))
        self.assertEqual(self.shows(), [])

    def test_at_a_terminal_the_pin_is_asked_for_and_not_shown(self):
        self.init()
        shown = self.at_a_terminal('-s', 'a.db', 'pin', 'set', answers=[('New PIN: ', PIN), ('Once more: ', PIN)])
        self.assertRegex(shown, CODE)
        self.assertNotIn(PIN, shown)
        shown = self.at_a_terminal('-s', 'a.db', 'status', answers=[('PIN: ', PIN)])
        self.assertNotIn(PIN, shown)
        self.assertIn('This file is sealed', shown)
        self.assertIn('not the same', self.at_a_terminal('-s', 'a.db', 'pin', 'change', code=PROBLEMS,
                                                         answers=[('PIN: ', PIN), ('New PIN: ', NEW), ('Once more: ', PIN)]))
        self.at_a_terminal('-s', 'a.db', 'pin', 'change', answers=[('PIN: ', PIN), ('New PIN: ', NEW), ('Once more: ', NEW)])
        self.run_cli('-s', 'a.db', 'status', '--pin-file', 'new')

    def test_wrong_use_is_said(self):
        self.assertIn('choose set', self.run_cli('-s', 'a.db', 'pin', 'open', code=USAGE))
        self.run_cli('-s', 'a.db', 'pin', code=USAGE)
        self.init()
        self.assertIn('no new PIN', self.run_cli('-s', 'a.db', 'pin', 'set', code=USAGE))


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main(argv=sys.argv[:1])
