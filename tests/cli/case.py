"""What the tests of the command line share: the program run as people run it, in one folder that each test finds empty, and stores that are made once.

The folder is in memory where there is such a place: what a power cut does to a store is tested elsewhere (tests/sim)."""
import atexit
import csv
import io
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

PROGRAM, SCHEMA = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
TOOLS = SCHEMA.parent.parent / 'tools'
FOLDER = tempfile.mkdtemp(prefix='jemput-cli-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
WORK, KEPT = pathlib.Path(FOLDER) / 'kerja', pathlib.Path(FOLDER) / 'siap'
KEPT.mkdir()
atexit.register(shutil.rmtree, FOLDER, True)
COMMAND = re.compile(r'^const struct command command_\w+ = \{\n    \.name = "([a-z-]+)"', re.M)
SOURCES = [path.read_text(encoding='utf-8') for path in sorted((TOOLS / 'cli' / 'commands').glob('*.c'))]
PROGRAMS = [name for source in SOURCES if '#include "beside.h"' in source for name in COMMAND.findall(source)]  # beside this one: jemput-hub, ...
COMMANDS = [name for source in SOURCES for name in COMMAND.findall(source) if name not in PROGRAMS]
BUSY, OFFLINE, CORRUPT, DENIED, NOTFOUND, EXISTS, CANCELLED = 14, 16, 18, 19, 20, 21, 22
DECEMBER = {'KK': (13, 54.17), 'KTP-el': (5, 20.83), 'Pindah/Datang': (3, 12.50), 'Kelahiran': (3, 12.50)}
PERMOHONAN = ('tanggal layanan varian kanal no_kk nama_kepala alamat rt rw kode_kel nama nik jenis_kelamin tempat_lahir tanggal_lahir agama '
              'shdk status_kawin pekerjaan pendidikan catatan petugas').split()


class Case(unittest.TestCase):
    def setUp(self):
        self.at, self.stores_made = WORK, 0
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir()

    def prepared(self, name, make):
        """What make() leaves in the empty folder, made once in this process: a hub is remembered by its whole path, and that is the same each time."""
        kept = KEPT / name
        if not kept.exists():
            make()
            shutil.copytree(WORK, kept, symlinks=True)
        else:
            shutil.copytree(kept, WORK, symlinks=True, dirs_exist_ok=True)

    def run_cli(self, *args, code=0, stdin='', lang='en', **environment):
        """Run the program; what it gave to both streams."""
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        env.update({'LANG': lang} if lang else {}, **environment)
        done = subprocess.run([PROGRAM, *map(str, args)], input=stdin.encode(), capture_output=True, cwd=self.at, env=env, timeout=60)
        out, err = done.stdout.decode(), done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, f'{args}\n--- out\n{out}\n--- err\n{err}')
        return done.returncode, out, err

    def out(self, *args, **more):
        return self.run_cli(*args, **more)[1]

    def err(self, code, *args, **more):
        _, out, err = self.run_cli(*args, code=code, **more)
        return err

    def indonesian(self, code, *args):
        """What an officer is told: none of the library's English words."""
        err = self.err(code, *args, lang='id')
        self.assertNotRegex(err, r'\b(the|not|of|was|sync:|open|join as|ask)\b')
        self.assertEqual(err.count('\n'), 1)
        return err

    def json(self, *args, **more):
        return json.loads(self.out(*args, '--json', **more))

    def rows(self, store, query):
        """The rows of a query as lists."""
        return [list(row.values()) for row in json.loads(self.out('-s', store, 'sql', query, '--json'))]

    def one(self, store, query):
        return self.rows(store, query)[0][0]

    def counts(self, store):
        return [self.one(store, f'SELECT count(*) AS n FROM {t}') for t in ('keluarga', 'orang', 'permohonan', 'catatan')]

    def init(self, name='pusat.db', *more):
        """A new space's store. The first one of each test is the same, the second one, too: founding is looked at by tests of its own."""
        self.stores_made += 1
        kept = KEPT / f'store-{self.stores_made}.db'
        if more:
            self.out('-s', name, 'init', *more)
        elif kept.exists():
            shutil.copy2(kept, self.at / name)
        else:
            self.out('-s', name, 'init')
            shutil.copy2(self.at / name, kept)
        return name

    def write_csv(self, name, header, rows, separator=','):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([header, *rows])
        (self.at / name).write_bytes(text.getvalue().encode())
        return name

    def permohonan(self, **cells):
        return [{'tanggal': '2023-01-05', 'layanan': 'KK', 'alamat': 'Jl. Uji No. 1', 'rt': '001', 'kode_kel': '16.74.05.1003',
                 **cells}.get(c, '') for c in PERMOHONAN]


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
