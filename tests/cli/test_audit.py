#!/usr/bin/env python3
"""Audit, as people see it: `jemput verify` of a store and of a hub, the commands for an auditor without jemput, `jemput log --explain`.

  test_audit.py PROGRAM"""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
SCHEMA = ("CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, no_kk TEXT UNIQUE); SELECT jemput_replicate('warga');"
          "SELECT jemput_policy('warga', 'petugas', 'insert; update'); SELECT jemput_policy('warga', 'admin,pusat', 'insert; update; delete');")


class Space:
    """An office that is central, two tablets and a kominfo device, all in sync: made once, copied for each test."""
    made = None

    @classmethod
    def copy_to(cls, at):
        if not cls.made:
            cls.made = tempfile.TemporaryDirectory()
            cls.make(pathlib.Path(cls.made.name))
        for path in pathlib.Path(cls.made.name).iterdir():
            (shutil.copytree if path.is_dir() else shutil.copy2)(path, at / path.name)

    @staticmethod
    def make(at):
        def cli(*args):
            subprocess.run([PROGRAM, *args], cwd=at, check=True, capture_output=True)
        (at / 'schema.sql').write_text(SCHEMA)
        cli('-s', 'kantor.db', 'init', '--schema', 'schema.sql', '--hub', 'hub.git')
        for name, role in (('t1', 'petugas'), ('t2', 'petugas'), ('ops', 'kominfo')):
            cli('-s', 'kantor.db', 'invite', '--role', role, '--hub', 'hub.git', '--out', name + '.inv')
            cli('-s', name + '.db', 'join', name + '.inv')
        for name in ('kantor', 't1', 't2', 'ops', 'kantor'):
            cli('-s', name + '.db', 'sync', '--hub', 'hub.git')
        cli('-s', 't1.db', 'sql', "BEGIN; SELECT jemput_note('dari formulir 12'); INSERT INTO warga VALUES('a', 'SITI CONTOH', '9'); COMMIT")
        cli('-s', 't2.db', 'sql', "INSERT INTO warga VALUES('b', 'BUDI CONTOH', '9')")
        for name in ('t1', 't2', 'kantor', 't1', 't2', 'ops'):
            cli('-s', name + '.db', 'sync', '--hub', 'hub.git')


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = pathlib.Path(folder.name)
        Space.copy_to(self.at)

    def run_cli(self, *args, code=0, lang='en'):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang, TZ='UTC'), timeout=60)
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() + done.stderr.decode()

    def json(self, *args, code=0):
        return json.loads(self.run_cli(*args, '--json', code=code))

    def sync(self, *names):
        for name in names:
            self.run_cli('-s', f'{name}.db', 'sync', '--hub', 'hub.git')

    def git(self, *args, stdin=None):
        return subprocess.run(['git', '-C', str(self.at / 'hub.git'), *args], input=stdin, capture_output=True, check=True).stdout

    def tip(self, store):
        writer = self.json('-s', store, 'status')['writer']
        return f'refs/heads/log/{writer}/0', self.git('rev-parse', f'refs/heads/log/{writer}/0').decode().strip()

    def forge(self, ref, text):
        """Put this commit where the log ends, with a name that fits: what a hub could do."""
        commit = self.git('hash-object', '-w', '-t', 'commit', '--literally', '--stdin', stdin=text).decode().strip()
        self.git('update-ref', ref, commit)
        return commit


class Verify(Case):
    def test_a_whole_store_is_told_on_one_page_with_numbers_and_what_holds(self):
        self.run_cli('-s', 't1.db', 'sql', "INSERT INTO warga VALUES('c', 'ANI CONTOH', NULL)")
        page = self.run_cli('-s', 't1.db', 'verify', '--deep', lang='id')
        self.assertIn('4 terdaftar; ditangguhkan 0; dicabut 0', page)
        self.assertIn('isi          2 baris; bentrok 0; tertahan 1', page)
        for part in ('berkas', 'catatan', 'perangkat', 'kunci', 'isi', 'isi pusat'):
            self.assertRegex(page, rf'\n  {part} +cocok: ')
        self.assertTrue(page.endswith('Tidak ada masalah: berkas, tanda tangan, rantai, dan isi cocok.\n'))
        self.assertLess(page.count('\n'), 40)
        found = self.json('-s', 't1.db', 'verify', '--deep')
        self.assertEqual((found['ok'], found['problems'], found['held'], found['devices']), (True, [], 1, 4))
        self.assertEqual({name: part['holds'] for name, part in found['parts'].items()}, dict.fromkeys(('file', 'logs', 'roster', 'keys', 'state', 'central'), True))
        self.assertEqual(found['state_hash'], self.json('-s', 't1.db', 'status')['state_hash'])
        self.assertIsNone(self.json('-s', 't1.db', 'verify')['parts']['central']['holds'])

    def test_a_device_without_keys_says_what_it_could_not_judge(self):
        found = self.json('-s', 'ops.db', 'verify')
        self.assertEqual((found['ok'], found['rows'], found['epochs_readable'], found['unread'] > 0), (True, 0, 0, True))
        self.assertIn(f"key wanted {found['unread']}", self.run_cli('-s', 'ops.db', 'verify'))

    def test_what_does_not_hold_is_told_with_what_happened_whether_data_is_safe_and_what_to_do(self):
        db = sqlite3.connect(self.at / 't1.db')
        for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        with db:
            db.executemany('INSERT INTO warga VALUES(?, ?, NULL)', [(f'x{n}', 'PALSU') for n in range(3)])
            db.execute("UPDATE warga SET nama = 'LAIN' WHERE id = 'a'")
        db.close()
        page = self.run_cli('-s', 't1.db', 'verify', code=1, lang='id')
        self.assertIn('isi          TIDAK COCOK: 2 temuan', page)
        self.assertIn('catatan      cocok', page)
        self.assertIn('Isi tabel bukan seperti yang dikatakan segmen bertanda tangan.', page)
        self.assertIn("masalah: table 'warga': a row is here and not in the logs (3 times", page)
        self.assertIn('datanya aman? ', page)
        self.assertIn('yang harus dilakukan: Simpan salinan sebagai bukti, lalu jemput rebuild.', page)
        self.assertIn('Masalah: 2. Jangan menghapus apa pun', page)
        self.assertNotIn('PALSU', page)
        found = self.json('-s', 't1.db', 'verify', code=1)
        self.assertEqual((found['ok'], found['problem_count'], found['parts']['state']['holds'], found['parts']['logs']['holds']), (False, 2, False, True))
        self.assertTrue(found['parts']['state']['todo'])

    def test_a_hub_is_checked_without_store_or_keys_and_what_is_sealed_is_not_judged(self):
        found = self.json('verify', 'hub.git')
        self.assertEqual((found['ok'], found['logs'], found['devices'], found['unread']), (True, 4, 4, 2))
        self.assertEqual({name for name, part in found['parts'].items() if part['holds'] is None}, {'keys', 'state', 'central'})
        page = self.run_cli('verify', 'hub.git', lang='id')
        self.assertIn('tersegel, isinya tidak dinilai: 2', page)
        self.assertIn('tidak dinilai: tidak dapat dinilai tanpa kunci dan berkas data', page)
        ref, commit = self.tip('t1.db')
        self.forge(ref, self.git('cat-file', 'commit', commit).replace(b'number 2', b'number 3', 1))
        found = self.json('verify', 'hub.git', code=1)
        self.assertFalse(found['parts']['logs']['holds'])
        self.assertIn(ref, found['problems'][0])

    def test_wrong_use_is_told(self):
        self.assertIn('is a file', self.run_cli('verify', 't1.db', code=2))
        self.assertIn('bundel', self.run_cli('verify', 't1.db', code=2, lang='id'))
        self.run_cli('verify', 'nowhere.git', code=20)
        self.run_cli('verify', '.', code=18)
        self.run_cli('-s', 't1.db', 'verify', '--deep', '--git', code=2)
        self.run_cli('verify', '--git', 'hub.git', '--json', code=2)
        self.run_cli('verify', code=2)


class StockTools(Case):
    """What `verify --git` prints is run by sh, with git, ssh-keygen and b2sum, and nothing of jemput."""

    def check(self, *args, code=0):
        (self.at / 'check.sh').write_text(self.run_cli(*args))
        path = os.pathsep.join(p for p in os.environ['PATH'].split(os.pathsep) if not (pathlib.Path(p) / 'jemput').exists())
        done = subprocess.run(['sh', 'check.sh'], capture_output=True, cwd=self.at, env=dict(os.environ, PATH=path), timeout=120)
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        return done.stdout.decode()

    def test_the_printed_commands_pass_on_a_good_hub_and_name_its_space(self):
        space = self.json('-s', 't1.db', 'status')['space']
        segments = int(self.git('rev-list', '--count', '--branches'))
        for args in (['verify', '--git', 'hub.git'], ['-s', 't1.db', 'verify', '--git']):
            self.assertEqual(self.check(*args), f'{segments} segments, 0 bad. Space: {space}\n')

    def test_they_fail_on_each_kind_of_tampered_object(self):
        ref, commit = self.tip('t1.db')
        text = self.git('cat-file', 'commit', commit)
        other = self.git('hash-object', '-w', '--stdin', stdin=b'something else').decode().strip()
        tree = self.git('mktree', stdin=f'100644 blob {other}\tsegment\n'.encode()).decode().strip()
        armor = text.index(b'AAAAQ') + 30
        for what, forged in (('header', text.replace(b'number 2', b'number 3', 1)), ('payload', b'tree ' + tree.encode() + text[45:]),
                             ('signature', text[:armor] + (b'A' if text[armor:armor + 1] != b'A' else b'B') + text[armor + 1:])):
            with self.subTest(what=what):
                bad = self.forge(ref, forged)
                self.assertIn(f'({bad[:12]}): signature', self.check('verify', '--git', 'hub.git', code=1))
                self.assertFalse(self.json('verify', 'hub.git', code=1)['ok']) # and so does the program
        self.git('update-ref', ref, commit)
        self.check('verify', '--git', 'hub.git')

    def signed_anew(self, store, text):
        """The commit, signed by the store's own key as `ssh-keygen -Y sign` does it: a device that lies, and not a forger."""
        with sqlite3.connect(self.at / store) as db:
            seed, = db.execute("SELECT value FROM jemput_fact WHERE name = 'secret seed'").fetchone()
        db.close()
        status = self.json('-s', store, 'status')
        line = [line for line in self.run_cli('-s', 'kantor.db', 'signers').splitlines() if line.startswith(status['writer'])][0]
        blob = base64.b64decode(line.split()[-1])
        s = lambda data: struct.pack('>I', len(data)) + data
        secret = b'1234' * 2 + blob + s(seed + blob[-32:]) + s(b'')
        secret += bytes(range(1, 9))[:-len(secret) % 8]
        key = b'openssh-key-v1\0' + s(b'none') + s(b'none') + s(b'') + struct.pack('>I', 1) + s(blob) + s(secret)
        path = self.at / 'key'
        path.write_text('-----BEGIN OPENSSH PRIVATE KEY-----\n' + base64.encodebytes(key).decode() + '-----END OPENSSH PRIVATE KEY-----\n')
        path.chmod(0o600)
        head, rest = text.split(b'gpgsig ', 1)
        tail = rest.split(b'-----END SSH SIGNATURE-----\n', 1)[1]
        armor = subprocess.run(['ssh-keygen', '-Y', 'sign', '-n', 'git', '-f', str(path)], input=head + tail, capture_output=True, check=True).stdout
        return head + b'gpgsig ' + armor.rstrip(b'\n').replace(b'\n', b'\n ') + b'\n' + tail

    def test_they_fail_on_what_a_device_has_signed_against_the_rules(self):
        ref, commit = self.tip('t1.db')
        text = self.git('cat-file', 'commit', commit)
        other = self.git('hash-object', '-w', '--stdin', stdin=b'something else').decode().strip()
        tree = self.git('mktree', stdin=f'100644 blob {other}\tsegment\n'.encode()).decode().strip()
        start = text.index(b'\nprevious ') + 10
        self.forge(ref, self.signed_anew('t1.db', text))
        self.check('verify', '--git', 'hub.git') # signed anew, and as it was: that is good
        for forged, told, ours in ((b'tree ' + tree.encode() + text[45:], ': payload', 'payload'),
                                   (text[:start] + b'0' * 64 + text[start + 64:], ': does not follow the segment before it', 'does not follow')):
            with self.subTest(told=told):
                self.forge(ref, self.signed_anew('t1.db', forged))
                self.assertIn(told, self.check('verify', '--git', 'hub.git', code=1))
                self.assertIn(ours, self.json('verify', 'hub.git', code=1)['problems'][0])

    def test_they_fail_on_damage_that_no_segment_shows(self):
        junk = self.at / 'hub.git' / 'objects' / 'ab'
        junk.mkdir(exist_ok=True)
        (junk / ('c' * 38)).write_bytes(b'no object')
        self.assertIn('BAD: git fsck', self.check('verify', '--git', 'hub.git', code=1))

    def test_they_fail_on_a_damaged_pack_a_cut_log_and_a_log_under_another_name(self):
        ref, commit = self.tip('t1.db')
        other, tip = self.tip('t2.db')
        self.git('update-ref', other, commit)
        self.assertIn(f'BAD: {other}: holds another log', self.check('verify', '--git', 'hub.git', code=1))
        self.git('update-ref', other, tip)
        rootless = self.git('cat-file', 'commit', commit)
        start = rootless.index(b'parent ')
        self.forge(ref, rootless[:start] + rootless[start + 48:])
        self.assertIn('signature', self.check('verify', '--git', 'hub.git', code=1))
        self.git('update-ref', ref, commit)
        pack = sorted((self.at / 'hub.git' / 'objects' / 'pack').glob('*.pack'))[-1]
        pack.chmod(0o644)
        data = bytearray(pack.read_bytes())
        data[len(data) // 2] ^= 1
        pack.write_bytes(data)
        script = self.run_cli('-s', 'kantor.db', 'verify', '--git', 'hub.git')
        (self.at / 'check.sh').write_text(script)
        self.assertEqual(subprocess.run(['sh', 'check.sh'], capture_output=True, cwd=self.at, timeout=120).returncode, 1)


class Explain(Case):
    def explain(self, store, name, **more):
        return self.json('-s', store, 'log', '--explain', name, **more)

    def test_a_segment_is_found_by_device_and_number_writer_hash_and_commit(self):
        one = self.explain('kantor.db', '2:2')
        self.assertEqual((one['label'], one['number'], one['class'], one['rights'], one['fate']), ('tablet 02', 2, 'data', 'petugas', 'counts'))
        for name in (one['segment'], one['segment'][:6], one['commit'][:6].upper(), one['writer'][:6] + ':2'):
            self.assertEqual(self.explain('kantor.db', name), one)
        self.assertEqual([head['label'] for head in one['had_seen']], ['pusat 01'])
        self.assertTrue(one['after']['ms'] <= one['claimed']['ms'] <= one['before']['ms'])
        self.assertEqual(one['previous'], self.explain('kantor.db', '2:1')['segment'])
        message = self.git('cat-file', 'commit', one['commit']).split(b'\n\n', 1)[1]
        self.assertEqual(one['segment'], hashlib.blake2b(message, digest_size=32).hexdigest())
        for name, code in (('2:99', 20), ('ffffffff', 20), ('zz', 2), ('abc', 2), ('2:', 2), ('2:x', 2), (':2', 2)):
            self.run_cli('-s', 'kantor.db', 'log', '--explain', name, code=code)

    def test_its_transactions_rows_notes_and_rules_are_told_without_values(self):
        one = self.explain('kantor.db', '2:2')
        txn, = one['transactions']
        self.assertEqual((txn['note'], txn['fate']), ('dari formulir 12', 'counts'))
        self.assertEqual([(c['op'], c['table'], c['key'], c['columns'], c['held']) for c in txn['changes']], [('I', 'warga', ['a'], ['nama', 'no_kk'], False)])
        self.assertEqual(one['rules'], ["jemput_policy('warga', 'petugas', 'insert; update')"])
        held = [self.explain('kantor.db', name)['transactions'][0]['changes'][0]['held'] for name in ('2:2', '3:2')]
        self.assertEqual(held, [False, True])
        page = self.run_cli('-s', 'kantor.db', 'log', '--explain', '3:2', lang='id')
        self.assertIn('I warga b: nama, no_kk  [tertahan]', page)
        self.assertIn('pengakuan, bukan bukti', page)
        self.assertNotIn('CONTOH', page)

    def test_records_say_what_they_do_and_a_device_without_the_key_says_so(self):
        kinds = {record['kind'] for n in range(2, 6) for record in self.explain('t1.db', f'1:{n}')['records']}
        self.assertTrue({'invite', 'enrol'} <= kinds, kinds)
        one = self.explain('ops.db', '2:2')
        self.assertEqual((one['fate'], one['transactions'], one['label']), ('unread', [], 'tablet 02'))
        self.assertIn('key wanted: kept whole', self.run_cli('-s', 'ops.db', 'log', '--explain', '2:2'))

    def test_what_fell_by_a_revocation_names_the_act_and_what_was_adopted_says_by_whom(self):
        self.run_cli('-s', 't1.db', 'sql', "INSERT INTO warga VALUES('c', 'ANI CONTOH', NULL)")
        self.sync('t1', 'kantor', 't2')
        self.run_cli('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'stolen', '--after', '2')
        self.sync('kantor', 't2')
        for store in ('kantor.db', 't2.db'):
            one = self.explain(store, '2:3')
            self.assertEqual((one['fate'], one['cut']['kind'], one['cut']['reason'], one['cut']['by']), ('void', 'revoke', 'stolen', 'pusat 01'))
            self.assertEqual((one['transactions'][0]['fate'], one['transactions'][0]['why']), ('void', 'revoked'))
            self.assertIn('revoke', {record['kind'] for record in self.explain(store, one['cut']['segment'])['records']})
        self.assertIn('gugur; oleh revoke stolen dari pusat 01', self.run_cli('-s', 'kantor.db', 'log', '--explain', '2:3', lang='id'))
        self.run_cli('-s', 'kantor.db', 'adopt', one['commit'][:8], '--reason', 'sudah dicek')
        self.assertEqual(self.explain('kantor.db', '2:3')['transactions'][0]['adopted_by']['device_number'], 1)

    def test_what_was_cut_off_is_listed_and_explained_as_such(self):
        for row in 'xyz':
            self.run_cli('-s', 'kantor.db', 'sql', f"INSERT INTO warga VALUES('{row}', 'KANTOR CONTOH', NULL)")
            self.sync('kantor')
        for args in (['--days', '0'], ['--backed-up']):
            self.run_cli('-s', 'kantor.db', 'checkpoint', *args)
            self.sync('kantor')
        self.run_cli('-s', 'kantor.db', 'checkpoint', '--cut')
        log = self.json('-s', 'kantor.db', 'log')
        cut = [segment for segment in log if segment['cut_off']]
        self.assertEqual({(s['class'], s['payload_bytes']) for s in cut}, {('data', 0)})
        self.assertIn('cut off', self.run_cli('-s', 'kantor.db', 'log'))
        self.assertEqual(self.explain('kantor.db', cut[0]['commit'][:12])['fate'], 'cut-off')
        found = self.json('-s', 'kantor.db', 'verify')
        self.assertEqual((found['ok'], found['cut_off']), (True, len(cut)))

    def test_a_damaged_segment_is_told_as_such(self):
        commit = self.explain('t1.db', '3:2')['commit']
        with sqlite3.connect(self.at / 't1.db') as db:
            db.execute('DELETE FROM jemput_object WHERE oid = ?', (bytes.fromhex(commit),))
        db.close()
        self.run_cli('-s', 't1.db', 'log', '--explain', '3:2', code=18)


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
