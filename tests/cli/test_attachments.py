#!/usr/bin/env python3
"""Attachments, as people see them: `jemput attach`, `jemput attachments`, what sync and status say of them; and stock git as the judge of their branches.

  test_attachments.py PROGRAM"""
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
SCHEMA = """CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');
CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL,
  size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB); SELECT jemput_replicate('berkas', 'attachments=5000000');"""


def segment(code, body):
    return b'\xff' + bytes([code]) + struct.pack('>H', len(body) + 2) + body


def photo():
    """A JPEG in form, with a place in its EXIF and in its XMP."""
    exif = b'Exif\0\0MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0' + b'LINTANG-CONTOH'
    xmp = b'http://ns.adobe.com/xap/1.0/\0<GPSLatitude>BUJUR-CONTOH'
    return (b'\xff\xd8' + segment(0xe0, b'JFIF\0\1\1\0\0\1\0\1\0\0') + segment(0xe1, exif) + segment(0xe1, xmp) + segment(0xdb, bytes(65)) +
            segment(0xda, b'\1\1\0\0\x3f\0') + bytes(range(255)) * 400 + b'\xff\xd9')


class Attachments(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)
        (self.at / 'skema.sql').write_text(SCHEMA)
        self.run_cli('-s', 'pusat.db', 'init', '--schema', 'skema.sql', '--hub', 'hub.git')
        for name in ('t', 'u'):
            self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.inv')
            self.run_cli('-s', f'{name}.db', 'join', f'{name}.inv')
        self.sync('pusat', 't', 'u', 'pusat', 't', 'u')
        self.run_cli('-s', 't.db', 'sql', "INSERT INTO warga VALUES('a', 'SITI CONTOH')")
        (self.at / 'kk.jpg').write_bytes(photo())
        (self.at / 'akta.pdf').write_bytes(b'%PDF-1.4 contoh')

    def run_cli(self, *args, code=0, lang='en'):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang), timeout=60)
        self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() + done.stderr.decode()

    def sync(self, *names, lang='en'):
        return [self.run_cli('-s', f'{name}.db', 'sync', lang=lang) for name in names][-1]

    def json(self, name, *args):
        return json.loads(self.run_cli('-s', f'{name}.db', *args, '--json'))

    def attach(self, *args):
        return self.json('t', 'attach', 'warga', 'a', *args)['id']

    def test_a_photo_goes_from_a_tablet_to_central_and_to_who_asks(self):
        told = self.run_cli('-s', 't.db', 'attach', 'warga', 'a', 'kk.jpg', '--kind', 'kk-lama', lang='id')
        self.assertRegex(told, r'Terlampir: [0-9a-f]{32}\.')
        self.assertIn('Lokasi dan data kamera dibuang dari foto (2 bagian)', told)
        self.assertIn('belum dikirim', self.run_cli('-s', 't.db', 'attachments', 'warga', 'a', lang='id'))
        self.assertIn('belum dikirim 1, sebagian 0, diterima 0', self.run_cli('-s', 't.db', 'status', lang='id'))
        self.assertIn('Lampiran terkirim: 3 bagian', self.sync('t', lang='id'))
        self.assertIn('sebagian, 3 dari 3', self.run_cli('-s', 't.db', 'attachments', lang='id'))
        self.assertIn('Attachments fetched: 1', self.sync('pusat'))
        self.sync('t', 'u')
        self.assertIn('diterima', self.run_cli('-s', 't.db', 'attachments', 'warga', 'a', lang='id'))
        self.assertEqual(self.json('t', 'status')['attachments']['received'], 1)
        seen = self.json('u', 'attachments')
        self.assertEqual([(a['kind'], a['mime'], a['state'], a['here']) for a in seen], [('kk-lama', 'image/jpeg', 'received', False)])
        name = seen[0]['id'][:8]
        self.assertIn('--ask', self.run_cli('-s', 'u.db', 'attachments', 'get', name, 'x.jpg', code=20))
        self.assertFalse((self.at / 'x.jpg').exists())
        self.run_cli('-s', 'u.db', 'attachments', '--ask', name)
        self.sync('u')
        for store in ('pusat', 'u', 't'):
            self.run_cli('-s', f'{store}.db', 'attachments', 'get', name, f'{store}.jpg')
            got = (self.at / f'{store}.jpg').read_bytes()
            self.assertNotIn(b'CONTOH', got)
            self.assertTrue(got.endswith(bytes(range(255)) * 400 + b'\xff\xd9'))

    def test_a_photo_stays_as_it_is_where_that_is_asked_for_and_a_damaged_one_is_refused(self):
        name = self.attach('kk.jpg', '--keep-location')
        self.run_cli('-s', 't.db', 'attachments', 'get', name, 'sama.jpg')
        self.assertEqual((self.at / 'sama.jpg').read_bytes(), photo())
        (self.at / 'rusak.jpg').write_bytes(photo()[:60])
        self.run_cli('-s', 't.db', 'attach', 'warga', 'a', 'rusak.jpg', code=18)
        self.assertEqual(len(self.json('t', 'attachments')), 1)

    def test_a_file_that_is_no_jpeg_is_told_as_not_looked_at_whatever_it_is_called(self):
        (self.at / 'kk.heic').write_bytes(b'\0\0\0\x18ftypheic' + bytes(2000))
        for words, location in ((['kk.jpg'], 'left out'), (['kk.jpg', '--keep-location'], 'kept'), (['kk.heic'], 'not looked at'),
                                (['kk.heic', '--mime', 'image/jpeg'], 'not looked at')):
            self.assertEqual(self.json('t', 'attach', 'warga', 'a', *words)['location'], location)
        self.assertIn('JPEG', self.run_cli('-s', 't.db', 'attach', 'warga', 'a', 'kk.heic'))

    def test_what_is_wrong_is_told_with_the_usual_codes(self):
        self.run_cli('-s', 't.db', 'attach', 'warga', 'tidak-ada', 'kk.jpg', code=20)
        self.run_cli('-s', 't.db', 'attach', 'warga', 'a', 'tidak-ada.jpg', code=2)
        self.run_cli('-s', 't.db', 'attach', 'warga', 'a', code=2)
        self.run_cli('-s', 't.db', 'attachments', 'warga', code=2)
        self.run_cli('-s', 't.db', 'attachments', '--purge', 'besok', code=2)
        self.run_cli('-s', 't.db', 'attachments', '--ask', 'abcd', code=2)
        (self.at / 'besar.bin').write_bytes(bytes(5000001))
        self.assertIn('24 hours', self.run_cli('-s', 't.db', 'attach', 'warga', 'a', 'besar.bin', code=17))
        self.assertIn('Tidak ada lampiran', self.run_cli('-s', 't.db', 'attachments', lang='id'))

    def test_nothing_is_let_go_without_a_receipt_and_with_one_it_can_come_back(self):
        name = self.attach('akta.pdf')
        self.assertEqual(self.json('t', 'attachments', '--purge', '0'), {'attachments': 0, 'bytes': 0, 'kept': 0, 'not_backed_up': 0})
        self.sync('t')
        self.assertEqual(self.json('t', 'attachments', '--purge', '0')['attachments'], 0)
        self.sync('pusat', 't')
        self.assertEqual(self.json('t', 'attachments', '--purge', '30'), {'attachments': 0, 'bytes': 0, 'kept': 1, 'not_backed_up': 0})
        self.assertIn('cadangannya sudah dibuat (di pusat: jemput checkpoint, lalu --backed-up): 1', self.run_cli('-s', 't.db', 'attachments', '--purge', '0', lang='id'))
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--days', '0')
        self.run_cli('-s', 'pusat.db', 'checkpoint', '--backed-up')
        self.sync('pusat', 't')
        self.assertEqual(self.json('t', 'attachments', '--purge', '0')['attachments'], 1)
        self.run_cli('-s', 't.db', 'attachments', 'get', name, 'x.pdf', code=20)
        self.run_cli('-s', 'pusat.db', 'attachments', '--purge', '0', code=19)
        self.run_cli('-s', 't.db', 'attachments', '--ask', name)
        self.sync('t')
        self.run_cli('-s', 't.db', 'attachments', 'get', name, 'x.pdf')
        self.assertEqual((self.at / 'x.pdf').read_bytes(), b'%PDF-1.4 contoh')

    def test_a_bundle_says_how_many_photos_are_not_in_it(self):
        self.attach('kk.jpg')
        self.assertIn('Foto dan lampiran yang TIDAK ikut: 1; masih menunggu', self.run_cli('-s', 't.db', 'bundle', 'make', 'a.bundle', lang='id'))
        self.assertEqual(self.json('t', 'bundle', 'make', 'b.bundle')['attachments_left'], 1)
        self.sync('t', 'pusat', 't')
        self.assertNotIn('TIDAK ikut', self.run_cli('-s', 't.db', 'bundle', 'make', 'c.bundle', '--full', lang='id'))

    def test_photos_go_by_stick_to_the_office_and_stock_git_verifies_the_file(self):
        name = self.attach('kk.jpg')
        self.assertIn('1 lampiran', self.run_cli('-s', 't.db', 'bundle', 'make', 'a.bundle', '--with-attachments', lang='id'))
        self.assertEqual(json.loads(self.run_cli('bundle', 'show', 'a.bundle', '--json'))['attachment_chunks'], 3)
        taken = self.json('pusat', 'bundle', 'take', 'a.bundle')[0]
        self.assertEqual((taken['attachments_fetched'], taken['attachment_status']), (1, 'JEMPUT_OK'))
        self.run_cli('-s', 'pusat.db', 'attachments', 'get', name, 'x.jpg')
        self.run_cli('-s', 't.db', 'attachments', 'get', name, 'y.jpg')
        self.assertEqual((self.at / 'x.jpg').read_bytes(), (self.at / 'y.jpg').read_bytes())
        self.run_cli('-s', 'pusat.db', 'bundle', 'make', 'b.bundle')
        self.run_cli('-s', 't.db', 'bundle', 'take', 'b.bundle')
        made = self.json('t', 'bundle', 'make', 'c.bundle', '--with-attachments', '--attachments-mb', '1')
        self.assertEqual((made['attachments'], made['attachments_left']), (0, 0))
        self.run_cli('-s', 't.db', 'bundle', 'make', 'd.bundle', '--attachments-mb', '1', code=2)
        self.run_cli('-s', 't.db', 'bundle', 'take', 'a.bundle', '--with-attachments', code=2)
        self.run_cli('-s', 't.db', 'bundle', 'make', 'e.bundle', '--full', '--with-attachments')
        (self.at / 'signers').write_text(self.run_cli('-s', 'pusat.db', 'signers'))
        git = ['git', '-C', str(self.at / 'e.git'), '-c', f'gpg.ssh.allowedSignersFile={self.at / "signers"}']
        for words in (['init', '-q', '--bare'], ['bundle', 'verify', '-q', '../e.bundle'], ['fetch', '-q', '../e.bundle', 'refs/*:refs/*'],
                      ['fsck', '--strict'], ['verify-commit', 'refs/jemput/media']):
            (self.at / 'e.git').mkdir(exist_ok=True)
            subprocess.run([*git, *words], capture_output=True, check=True)
        self.run_cli('verify', 'e.bundle')

    def test_stock_git_verifies_the_branch_and_the_hub_reads_nothing_of_it(self):
        self.attach('akta.pdf', '--urgent')
        self.attach('kk.jpg')
        self.sync('t', 'pusat')
        (self.at / 'signers').write_text(self.run_cli('-s', 'pusat.db', 'signers'))
        git = ['git', '-C', str(self.at / 'hub.git'), '-c', f'gpg.ssh.allowedSignersFile={self.at / "signers"}']
        refs = subprocess.run([*git, 'for-each-ref', '--format=%(refname)', 'refs/heads/media'], capture_output=True, check=True).stdout.decode().split()
        self.assertEqual(len(refs), 1)
        commits = subprocess.run([*git, 'rev-list', refs[0]], capture_output=True, check=True).stdout.decode().split()
        self.assertEqual(len(commits), 5)
        for commit in commits:
            self.assertIn('Good "git" signature', subprocess.run([*git, 'verify-commit', commit], capture_output=True, check=True).stderr.decode())
            self.assertNotIn(b'contoh', subprocess.run([*git, 'cat-file', 'blob', f'{commit}:segment'], capture_output=True, check=True).stdout)
        subprocess.run([*git, 'fsck', '--strict'], capture_output=True, check=True)
        self.run_cli('verify', 'hub.git')
        tree = git[:3] + ['update-ref', refs[0]]
        other = subprocess.run([*git, 'commit-tree', '-p', commits[0], '-m', 'x', f'{commits[1]}^{{tree}}'], capture_output=True, check=True,
                               env=dict(os.environ, GIT_AUTHOR_NAME='x', GIT_AUTHOR_EMAIL='x', GIT_COMMITTER_NAME='x', GIT_COMMITTER_EMAIL='x'))
        subprocess.run([*tree, other.stdout.decode().strip()], check=True)
        self.assertIn(refs[0], self.run_cli('verify', 'hub.git', code=1))
        subprocess.run([*tree, commits[0]], check=True)
        for name in ('pusat', 't'):
            self.run_cli('-s', f'{name}.db', 'verify', '--deep')


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
