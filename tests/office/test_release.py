#!/usr/bin/env python3
"""A release's tarball, as somebody without npm's packages builds it: the console's page is in it, built.

  test_release.py MESON SOURCE-FOLDER       (a git checkout: what is committed is what a release has)"""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

MESON, SOURCE = None, None

OPTIONS = ('-Dtests=false', '-Dandroid=disabled', '-Dconsole=enabled')


def run(*words):
    done = subprocess.run([*map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise AssertionError('%s: exit code %d\n%s' % (words[0], done.returncode, done.stdout[-3000:]))
    return done.stdout


class Release(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name).resolve()
        run(MESON, 'setup', cls.folder / 'dist', SOURCE, *OPTIONS)
        run(MESON, 'dist', '-C', cls.folder / 'dist', '--no-tests', '--formats', 'gztar', '--allow-dirty')
        (tarball,) = (cls.folder / 'dist' / 'meson-dist').glob('jemput-*.tar.gz')
        run('tar', '-xzf', tarball, '-C', cls.folder)
        (cls.tree,) = cls.folder.glob('jemput-*')
        cls.page = cls.tree / 'tools' / 'console' / 'page'

    def test_the_tarball_has_each_file_of_the_built_page_and_nothing_of_npm(self):
        files = json.loads((self.page / 'dist' / 'manifest.json').read_text(encoding='utf-8'))['files']
        self.assertIn('/', [f['path'] for f in files])
        for f in files:
            plain = (self.page / 'dist' / f['file']).read_bytes()
            self.assertEqual(gzip.decompress((self.page / 'dist' / f['gz']).read_bytes()), plain, f['path'])
            self.assertTrue(plain, f['path'])
        self.assertFalse((self.page / 'node_modules').exists())

    def test_who_has_no_npm_builds_the_console_with_that_page(self):
        build = self.folder / 'build'
        run(MESON, 'setup', build, self.tree, *OPTIONS)
        targets = json.loads(run(MESON, 'introspect', '--targets', build))
        self.assertEqual([t['type'] for t in targets if t['name'] == 'jemput-console'], ['executable'])
        (page,) = [t for t in targets if t['name'] == 'console-page']
        made = pathlib.Path(page['filename'][0])
        run('ninja', '-C', build, made.relative_to(build))
        made = made.read_text(encoding='utf-8')
        for f in json.loads((self.page / 'dist' / 'manifest.json').read_text(encoding='utf-8'))['files']:
            self.assertIn('"%s"' % f['path'], made)


if __name__ == '__main__':
    MESON, SOURCE = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1)).resolve()
    if subprocess.run(['git', '-C', SOURCE, 'ls-files', '--error-unmatch', 'meson.build'], capture_output=True).returncode:
        print('not a git checkout: no tarball can be made of it', file=sys.stderr)
        sys.exit(77)
    unittest.main()
