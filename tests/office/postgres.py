"""A PostgreSQL of a test's own: in a folder, on a socket there and on no network, ended by its process id. It runs as user postgres, for the server
refuses root; nothing is synchronised to the disk, for what a power cut does to PostgreSQL is PostgreSQL's matter."""
import contextlib
import copy
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

VERSION_LEAST = 14
SETTINGS = [word for setting in ('listen_addresses=', 'max_connections=20', 'shared_buffers=32MB', 'full_page_writes=off', 'autovacuum=off',
                                 'max_wal_size=512MB', 'log_min_messages=warning') for word in ('-c', setting)]


def programs():
    """The folder of initdb and postgres, newest version first; None: there is none."""
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/initdb'), key=lambda path: int(path.split('/')[-3]), reverse=True)
    if found and int(found[0].split('/')[-3]) >= VERSION_LEAST:
        return pathlib.Path(found[0]).parent
    beside = shutil.which('initdb')
    return pathlib.Path(beside).resolve().parent if beside else None


def memory():
    """A folder in memory, if there is one and nobody asked for the disk; None: where temporary files are."""
    return '/dev/shm' if os.access('/dev/shm', os.W_OK) and 'JEMPUT_TESTS_ON_DISK' not in os.environ else None


def as_user(command):
    return command if os.getuid() else ['runuser', '-u', 'postgres', '--', *command]


class Postgres:
    """With `with`: a server, with one database; `conninfo(user)` says how to reach it. beside(): another database of the same server."""

    database = 'jemput'

    def __init__(self):
        self.bin = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='jemput-pg-', dir=memory()))
        self.server = []  # of one process: shared by those beside

    def __enter__(self):
        if os.getuid() == 0:
            who = pwd.getpwnam('postgres')
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        os.chmod(self.folder, 0o755)
        subprocess.run(as_user([str(self.bin / 'initdb'), '-D', str(self.folder / 'data'), '-A', 'trust', '-U', 'postgres', '-E', 'UTF8',
                                '--locale=C', '-N', '--no-instructions']), check=True, stdout=subprocess.DEVNULL, cwd='/')
        self.start()
        for name in ('jemput', 'siak', 'loket'):
            self.psql(f'CREATE ROLE {name} LOGIN', user='postgres', database='postgres')
        self.psql('CREATE DATABASE jemput OWNER jemput', user='postgres', database='postgres')
        return self

    def beside(self, name):
        self.psql(f'CREATE DATABASE {name} OWNER jemput', user='postgres', database='postgres')
        other = copy.copy(self)
        other.database = name
        return other

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Until it answers."""
        with open(self.folder / 'log', 'ab') as log:
            command = [str(self.bin / 'postgres'), '-F', '-D', str(self.folder / 'data'), '-k', str(self.folder), *SETTINGS]
            self.server[:] = [subprocess.Popen(as_user(command), stdout=log, stderr=log, cwd='/')]
        for _ in range(600):
            if self.psql('SELECT 1', user='postgres', database='postgres', check=False) == '1\n':
                return
            time.sleep(0.05)
        raise RuntimeError('PostgreSQL does not answer: ' + (self.folder / 'log').read_text()[-2000:])

    def pid(self):
        """Of the server itself: runuser stands before it."""
        return int((self.folder / 'data' / 'postmaster.pid').read_text().split()[0])

    def stop(self, how=signal.SIGINT):
        """SIGINT: soon; SIGQUIT: at once, as a crash."""
        if self.server:
            try:
                os.kill(self.pid(), how)
            except (OSError, ValueError):
                pass
            try:
                self.server[0].wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.server[0].kill()
                self.server[0].wait()
            self.server.clear()

    def restart(self, how=signal.SIGQUIT):
        self.stop(how)
        self.start()

    def conninfo(self, user='jemput', database=None):
        return f'host={self.folder} user={user} dbname={database or self.database}'

    def psql(self, sql, user='jemput', database=None, check=True):
        """What it printed, a line a row, '|' between columns. check=False: None if it failed, and why in `why`."""
        command = [str(self.bin / 'psql'), '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', self.conninfo(user, database), '-f', '-']
        done = subprocess.run(command, input=sql.encode(), capture_output=True, timeout=120)
        self.why = done.stderr.decode()
        if done.returncode and check:
            raise AssertionError(f'{sql}\n{self.why}')
        return None if done.returncode else done.stdout.decode()

    @contextlib.contextmanager
    def session(self, sql, user='jemput'):
        """A session that has run `sql` and stays open, with its transaction; what it gives runs one more statement there."""
        command = [str(self.bin / 'psql'), '-XqAt', '-v', 'ON_ERROR_STOP=1', '-d', self.conninfo(user), '-f', '-']
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:
            psql.stdin.write(sql + ";\n\\echo ready\n")
            psql.stdin.flush()
            while psql.stdout.readline().strip() not in ('ready', ''):
                pass

            def more(statement):
                psql.stdin.write(statement + ';\n')
                psql.stdin.flush()
            yield more
            psql.stdin.close()

    def rows(self, sql, user='jemput'):
        return [line.split('|') for line in self.psql(sql, user).splitlines()]

    def one(self, sql, user='jemput'):
        return self.rows(sql, user)[0][0]
