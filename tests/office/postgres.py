"""A PostgreSQL of a test's own: in a folder, on a socket there and on no network, ended by its process id. It runs as user postgres, for the server
refuses root; nothing is synchronised to the disk, for what a power cut does to PostgreSQL is PostgreSQL's matter."""
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
SETTINGS = ['-F', '-c', 'listen_addresses=', '-c', 'max_connections=20', '-c', 'shared_buffers=32MB', '-c', 'full_page_writes=off', '-c', 'autovacuum=off',
            '-c', 'max_wal_size=512MB', '-c', 'log_min_messages=warning']


def programs():
    """The folder of initdb and postgres, newest version first; None: there is none."""
    found = sorted(glob.glob('/usr/lib/postgresql/*/bin/initdb'), key=lambda path: int(path.split('/')[-3]), reverse=True)
    if found and int(found[0].split('/')[-3]) >= VERSION_LEAST:
        return pathlib.Path(found[0]).parent
    beside = shutil.which('initdb')
    return pathlib.Path(beside).resolve().parent if beside else None


def as_user(command):
    return command if os.getuid() else ['runuser', '-u', 'postgres', '--', *command]


class Postgres:
    """With `with`: a server; `conninfo(user)` says how to reach it."""

    def __init__(self):
        self.bin = programs()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='jemput-pg-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None))
        self.server = None

    def __enter__(self):
        if os.getuid() == 0:
            who = pwd.getpwnam('postgres')
            os.chown(self.folder, who.pw_uid, who.pw_gid)
        os.chmod(self.folder, 0o755)
        subprocess.run(as_user([str(self.bin / 'initdb'), '-D', str(self.folder / 'data'), '-A', 'trust', '-U', 'postgres', '-E', 'UTF8', '--locale=C',
                                '-N', '--no-instructions']), check=True, stdout=subprocess.DEVNULL, cwd='/')
        self.start()
        for sql in ('CREATE ROLE jemput LOGIN', 'CREATE ROLE siak LOGIN', 'CREATE ROLE loket LOGIN', 'CREATE DATABASE jemput OWNER jemput'):
            self.psql(sql, user='postgres', database='postgres')
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        """Until it answers."""
        with open(self.folder / 'log', 'ab') as log:
            self.server = subprocess.Popen(as_user([str(self.bin / 'postgres'), '-D', str(self.folder / 'data'), '-k', str(self.folder), *SETTINGS]),
                                           stdout=log, stderr=log, cwd='/')
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
                self.server.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self.server.kill()
                self.server.wait()
            self.server = None

    def restart(self, how=signal.SIGQUIT):
        self.stop(how)
        self.start()

    def conninfo(self, user='jemput', database='jemput'):
        return f'host={self.folder} user={user} dbname={database}'

    def psql(self, sql, user='jemput', database='jemput', check=True):
        """What it printed, a line a row, '|' between columns. check=False: None if it failed, and why in `why`."""
        done = subprocess.run([str(self.bin / 'psql'), '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', self.conninfo(user, database), '-f', '-'],
                              input=sql.encode(), capture_output=True, timeout=120)
        self.why = done.stderr.decode()
        if done.returncode and check:
            raise AssertionError(f'{sql}\n{self.why}')
        return None if done.returncode else done.stdout.decode()

    def rows(self, sql, user='jemput'):
        return [line.split('|') for line in self.psql(sql, user).splitlines()]

    def one(self, sql, user='jemput'):
        return self.rows(sql, user)[0][0]
