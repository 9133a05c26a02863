"""What the tests of the office share: a space with an office, tablets and a central folder, in one folder in memory; and PostgreSQL beside it, where
a test asks for one. Programs are run as people run them.

  test_*.py JEMPUT JEMPUT-CENTRAL [a test's name …]
  all_postgres.py JEMPUT JEMPUT-CENTRAL     those that need PostgreSQL, with one server"""
import atexit
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import postgres

PROGRAM, CENTRAL = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
FOLDER = pathlib.Path(tempfile.mkdtemp(prefix='jemput-office-', dir=postgres.memory()))
atexit.register(shutil.rmtree, FOLDER, True)
os.environ.setdefault('TZ', 'UTC0')  # of the programs and of the tests, whatever the machine has
time.tzset()
KELURAHAN = '16.74.05.1003'


def run(program, *args, code=0, stdin='', at=FOLDER, timeout=120):
    """What it printed; `code` None: (exit code, stdout, stderr)."""
    env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
    done = subprocess.run([program, *map(str, args)], input=stdin.encode(), capture_output=True, cwd=at, env={**env, 'LANG': 'en'}, timeout=timeout)
    out, err = done.stdout.decode(), done.stderr.decode()
    if code is None:
        return done.returncode, out, err
    assert done.returncode == code, f'{program} {args}: exit {done.returncode}\n--- out\n{out[-3000:]}\n--- err\n{err[-3000:]}'
    return out


class Space:
    """An office (kantor.db), central as its own device with more roles, tablets; a hub in a folder."""

    def __init__(self, name='ruang', tablets=1, schema=None):
        self.name, self.at = name, FOLDER / name
        self.at.mkdir()
        self.cli('kantor', 'init', '--roles', 'admin', '--hub', 'hub.git', *(['--schema', schema] if schema else []))
        self.cli('kantor', 'invite', '--role', 'pusat,verifikator,kelurahan', '--out', 'pusat.undangan')
        self.tablets = [f't{n}' for n in range(1, tablets + 1)]
        for name in self.tablets:
            self.cli('kantor', 'invite', '--role', 'petugas', '--scope', KELURAHAN, '--out', f'{name}.undangan')
        self.cli('kantor', 'sync')
        for name in self.tablets:
            self.cli(name, 'join', f'{name}.undangan')

    def cli(self, store, *args, **more):
        return run(PROGRAM, '-s', self.at / f'{store}.db', *args, at=self.at, **more)

    def sql(self, store, statements, **more):
        return self.cli(store, 'sql', statements, **more)

    def rows(self, store, query):
        return [list(row.values()) for row in json.loads(self.cli(store, 'sql', query, '--json'))]

    def one(self, store, query):
        return self.rows(store, query)[0][0]

    def sync(self, *stores):
        for store in stores:
            self.cli(store, 'sync')

    def join(self, office):
        """Central becomes a device of the space; whoever is in it is let in, and has the keys."""
        self.ask(office)
        office.once()
        self.let_in()
        office.once()

    def ask(self, office):
        office.central('add', self.name, '--join', self.at / 'pusat.undangan')

    def let_in(self):
        self.sync(*self.tablets, 'kantor', *self.tablets)


class Office:
    """Central's folder. With `pg`, PostgreSQL is filled, too."""

    def __init__(self, pg=None, name='pusat', partitions=2):
        self.at, self.pg = FOLDER / (name if not pg else f'{name}-{pg.database}'), pg
        self.central('init', *(['--postgres', pg.conninfo(), '--partitions', partitions] if pg else []))

    def central(self, command, *args, **more):
        return run(CENTRAL, command, self.at, *args, **more)

    def once(self, **more):
        return self.central('run', '--once', **more)

    def audit(self, *more, code=0):
        return json.loads(self.central('audit', '--json', *more, code=code))

    def store(self, space, query):
        """The rows of a query on central's own store."""
        return [list(row.values()) for row in json.loads(run(PROGRAM, '-s', self.at / 'spaces' / f'{space}.db', 'sql', query, '--json'))]


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def hex_of(uuid):
    return uuid.replace('-', '')


SERVER = []


def database(name):
    """A database of this process's one server."""
    if not SERVER:
        SERVER.append(postgres.Postgres().__enter__())
        atexit.register(SERVER[0].__exit__)
    return SERVER[0].beside(name)


def main():
    if not postgres.programs():
        print('SKIPPED: PostgreSQL 14 or newer is not installed (apt: postgresql)')
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
