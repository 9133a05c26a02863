"""Stock web servers with git's http-backend behind them, on loopback and in a folder of the caller's: what `jemput` meets in an office.

  with Lighttpd(folder) as hub: …   hub.url is the address of the repositories in folder/repositories
"""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

HUB = None  # the program jemput-hub; the test says it


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def wait_for(port, process, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError('the server ended by itself: %d' % process.returncode)
        with socket.socket() as s:
            if s.connect_ex(('127.0.0.1', port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError('the server does not listen on port %d' % port)


def repository(path):
    """A bare repository as `jemput hub add` makes it."""
    subprocess.run([HUB, 'add', path.parent, path.stem], check=True, stdout=subprocess.DEVNULL)
    return path


def config(kind, server, *words):
    """What `jemput hub config` prints: production runs with it, and so do the tests."""
    return subprocess.run([HUB, 'config', kind, '--folder', server.repositories, '--listen', '127.0.0.1:%d' % server.port, '--state', server.folder,
                           *map(str, words)], check=True, stdout=subprocess.PIPE, text=True).stdout


class Server:
    scheme = 'http'

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.repositories = self.folder / 'repositories'
        self.port = free_port()
        self.processes = []

    def start(self, command, port=None, **more):
        with open(self.folder / ('%s.log' % pathlib.Path(command[0]).name), 'ab') as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **more)
        self.processes.append(process)
        if port:
            wait_for(port, process)
        return process

    def repository(self, name):
        return repository(self.repositories / name)

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            try:
                os.killpg(process.pid, signal.SIGKILL)  # fcgiwrap leaves its own behind
            except ProcessLookupError:
                pass
        self.processes = []

    @property
    def url(self):
        return '%s://localhost:%d' % (self.scheme, self.port)

    def __enter__(self):
        self.repositories.mkdir(parents=True, exist_ok=True)
        self.configure()
        return self

    def __exit__(self, *_):
        self.stop()


class Lighttpd(Server):
    """`held_to_rights`: whoever runs the test, this server is not root, whom a folder that cannot be written does not keep from writing."""

    def __init__(self, folder, users=None, held_to_rights=False):
        super().__init__(folder)
        self.users, self.nobody = users, 65534 if held_to_rights and os.geteuid() == 0 else None

    def hand_over(self, path):
        """To the server's user."""
        if self.nobody:
            for place in (path, *path.rglob('*')):
                os.chown(place, self.nobody, self.nobody)

    def configure(self):
        users = []
        if self.users:
            (self.folder / 'users').write_text(''.join('%s:%s\n' % pair for pair in self.users.items()))
            users = ['--users', self.folder / 'users']
        path = self.folder / 'lighttpd.conf'
        path.write_text(config('lighttpd', self, *users))
        self.hand_over(self.folder)
        more = {'user': self.nobody, 'group': self.nobody, 'extra_groups': []} if self.nobody else {}
        self.start([shutil.which('lighttpd') or '/usr/sbin/lighttpd', '-D', '-f', str(path)], self.port, **more)


class Forge(Lighttpd):
    """A forge as Gitea is one: repositories of its own making, which know nothing of jemput and whose settings nobody but the forge can change; a
    password with each request; and hooks that take branches alone, and delete none that others rely on."""

    HOOK = """#!/bin/sh
while read -r old new ref; do
    case "$ref $new" in
    "refs/heads/main 0000000"*) echo "the default branch cannot be deleted" >&2; exit 1 ;;
    refs/heads/*) ;;
    *) echo "only branches may be pushed: $ref" >&2; exit 1 ;;
    esac
    echo "$ref" >>"$GIT_DIR/pushed"
done
"""

    def __init__(self, folder, users):
        super().__init__(folder, users)

    def repository(self, name):
        bare = self.repositories / name
        git = ['git', '-C', str(bare), 'config']
        subprocess.run(['git', 'init', '-q', '--bare', '--initial-branch=main', str(bare)], check=True)
        for setting in ('http.receivepack true', 'receive.advertisePushOptions true', 'receive.procReceiveRefs refs/for', 'uploadpack.allowFilter true',
                        'uploadpack.allowAnySHA1InWant true'):
            subprocess.run([*git, '--add', *setting.split()], check=True)
        (bare / 'hooks' / 'pre-receive').write_text(self.HOOK)
        (bare / 'hooks' / 'pre-receive').chmod(0o755)
        return bare

    def pushed(self, name):
        return set((self.repositories / name / 'pushed').read_text().split())


# What nginx wants around the server that `jemput hub config nginx` prints: its own part is in the distribution's nginx.conf.
NGINX = '''
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/nginx-error.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/nginx-access.log;
  client_body_temp_path {folder}/body;
  fastcgi_temp_path {folder}/fastcgi;
  proxy_temp_path {folder}/proxy;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/hub.conf;
}}
'''


def certificate(folder, name='localhost'):
    """A key, and a certificate for it that signs itself: an authority of one."""
    key, cert = folder / 'key.pem', folder / 'cert.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-keyout', str(key),
                    '-out', str(cert), '-subj', '/CN=%s' % name, '-addext', 'subjectAltName=DNS:%s' % name], check=True, stderr=subprocess.DEVNULL)
    return key, cert


def public_key_pin(cert):
    """As libcurl wants it."""
    public = subprocess.run(['openssl', 'x509', '-in', str(cert), '-noout', '-pubkey'], check=True, stdout=subprocess.PIPE).stdout
    der = subprocess.run(['openssl', 'pkey', '-pubin', '-outform', 'DER'], check=True, input=public, stdout=subprocess.PIPE).stdout
    digest = subprocess.run(['openssl', 'dgst', '-sha256', '-binary'], check=True, input=der, stdout=subprocess.PIPE).stdout
    return 'sha256//' + subprocess.run(['base64', '-w0'], check=True, input=digest, stdout=subprocess.PIPE).stdout.decode()


class Nginx(Server):
    """Before git itself, or with `hub` before a `jemput hub serve`."""

    def __init__(self, folder, tls=False, body='64', hub=None, port=None):
        super().__init__(folder)
        self.port = port or self.port
        self.tls, self.body, self.hub = tls, body, hub
        if tls:
            self.scheme = 'https'

    def configure(self):
        words = ['--max-mb', self.body, '--server-name', 'localhost']
        if self.tls:
            key, self.cert = certificate(self.folder)
            words += ['--tls-cert', self.cert, '--tls-key', key]
        if self.hub:
            words += ['--hub', '127.0.0.1:%d' % self.hub.port]
        (self.folder / 'hub.conf').write_text(config('nginx', self, *words))
        path = self.folder / 'nginx.conf'
        path.write_text(NGINX.format(folder=self.folder, user='user root;' if os.geteuid() == 0 else ''))
        env = dict(os.environ, GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory', GIT_CONFIG_VALUE_0='*')
        if not self.hub:
            self.start([shutil.which('fcgiwrap') or '/usr/sbin/fcgiwrap', '-c', '4', '-s', 'unix:%s/fcgi' % self.folder], env=env)
        end = time.monotonic() + 10
        while not self.hub and not (self.folder / 'fcgi').exists() and time.monotonic() < end:
            time.sleep(0.02)
        self.start([shutil.which('nginx') or '/usr/sbin/nginx', '-p', str(self.folder), '-c', str(path)], self.port)


class JemputHub(Server):
    """`jemput hub serve`."""

    def __init__(self, folder, *words, tls=False, port=None):
        super().__init__(folder)
        self.words = words
        self.port = port or self.port
        if tls:
            self.scheme = 'https'

    def kill(self):
        """As the power does it."""
        self.hub.kill()
        self.hub.wait()
        self.processes = []

    def again(self):
        self.configure()

    def stop(self):
        ended = self.hub if self.hub in self.processes else None
        super().stop()
        if ended and ended.returncode != 0:  # also what a sanitizer finds at the end
            raise AssertionError('the hub ended with %d:\n%s' % (ended.returncode, (self.folder / 'jemput-hub.log').read_text()))

    def memory_kb(self):
        """The most that the program itself took."""
        status = pathlib.Path('/proc/%d/status' % self.hub.pid).read_text()
        return int(status.split('VmHWM:')[1].split()[0])

    def configure(self):
        self.hub = self.start([HUB, 'serve', self.repositories, '--listen', '127.0.0.1:%d' % self.port, '--keep-free-mb', '0',
                               *map(str, self.words)], self.port)
