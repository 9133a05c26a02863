"""Stock web servers with git's http-backend behind them, on loopback and in a folder of the caller's: what `jemput` meets in an office.

  with Lighttpd(folder) as hub: …   hub.url is the address of the repositories in folder/repositories
"""
import os
import pathlib
import shutil
import socket
import subprocess
import time

BACKEND = '/usr/lib/git-core/git-http-backend'


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


def repository(path, settings=()):
    """A bare repository as our documents recommend it."""
    subprocess.run(['git', 'init', '-q', '--bare', str(path)], check=True)
    for name, value in [('uploadpack.allowRefInWant', 'true'), ('receive.fsckObjects', 'true'), ('receive.denyNonFastForwards', 'true'),
                        ('receive.denyDeletes', 'true'), ('http.receivepack', 'true'), *settings]:
        subprocess.run(['git', '-C', str(path), 'config', name, value], check=True)
    return path


class Server:
    scheme = 'http'

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.repositories = self.folder / 'repositories'
        self.port = free_port()
        self.processes = []

    def start(self, command, port=None, **more):
        with open(self.folder / ('%s.log' % pathlib.Path(command[0]).name), 'ab') as log:
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        self.processes.append(process)
        if port:
            wait_for(port, process)
        return process

    def stop(self):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
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


LIGHTTPD = '''
server.modules = ("mod_alias", "mod_setenv", "mod_cgi", "mod_auth", "mod_authn_file")
server.document-root = "{folder}"
server.bind = "127.0.0.1"
server.port = {port}
server.errorlog = "{folder}/lighttpd-error.log"
server.upload-dirs = ("{folder}")
alias.url = ("/" => "{backend}/")
cgi.assign = ("" => "")
setenv.set-environment = ("GIT_PROJECT_ROOT" => "{repositories}", "GIT_HTTP_EXPORT_ALL" => "1", "GIT_CONFIG_COUNT" => "1",
  "GIT_CONFIG_KEY_0" => "safe.directory", "GIT_CONFIG_VALUE_0" => "*")
{auth}
'''
LIGHTTPD_AUTH = '''
auth.backend = "plain"
auth.backend.plain.userfile = "{folder}/users"
auth.require = ("/" => ("method" => "basic", "realm" => "hub", "require" => "valid-user"))
'''


class Lighttpd(Server):
    def __init__(self, folder, users=None):
        super().__init__(folder)
        self.users = users

    def configure(self):
        auth = ''
        if self.users:
            (self.folder / 'users').write_text(''.join('%s:%s\n' % pair for pair in self.users.items()))
            auth = LIGHTTPD_AUTH.format(folder=self.folder)
        path = self.folder / 'lighttpd.conf'
        path.write_text(LIGHTTPD.format(folder=self.folder, port=self.port, backend=BACKEND, repositories=self.repositories, auth=auth))
        self.start([shutil.which('lighttpd') or '/usr/sbin/lighttpd', '-D', '-f', str(path)], self.port)


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
  server {{
    listen 127.0.0.1:{port}{tls};
    {certificate}
    client_max_body_size {body};
    location / {{
      fastcgi_pass unix:{folder}/fcgi;
      fastcgi_param SCRIPT_FILENAME {backend};
      fastcgi_param PATH_INFO $uri;
      fastcgi_param QUERY_STRING $query_string;
      fastcgi_param REQUEST_METHOD $request_method;
      fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
      fastcgi_param HTTP_CONTENT_ENCODING $http_content_encoding;
      fastcgi_param HTTP_GIT_PROTOCOL $http_git_protocol;
      fastcgi_param GIT_PROJECT_ROOT {repositories};
      fastcgi_param GIT_HTTP_EXPORT_ALL 1;
    }}
  }}
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
    def __init__(self, folder, tls=False, body='64m'):
        super().__init__(folder)
        self.tls, self.body = tls, body
        if tls:
            self.scheme = 'https'

    def configure(self):
        lines = ''
        if self.tls:
            key, self.cert = certificate(self.folder)
            lines = 'ssl_certificate %s; ssl_certificate_key %s;' % (self.cert, key)
        path = self.folder / 'nginx.conf'
        path.write_text(NGINX.format(folder=self.folder, port=self.port, backend=BACKEND, repositories=self.repositories, body=self.body,
                                     tls=' ssl' if self.tls else '', certificate=lines,
                                     user='user root;' if os.geteuid() == 0 else ''))
        env = dict(os.environ, GIT_CONFIG_COUNT='1', GIT_CONFIG_KEY_0='safe.directory', GIT_CONFIG_VALUE_0='*')
        self.start([shutil.which('fcgiwrap') or '/usr/sbin/fcgiwrap', '-c', '4', '-s', 'unix:%s/fcgi' % self.folder], env=env)
        end = time.monotonic() + 10
        while not (self.folder / 'fcgi').exists() and time.monotonic() < end:
            time.sleep(0.02)
        self.start([shutil.which('nginx') or '/usr/sbin/nginx', '-p', str(self.folder), '-c', str(path)], self.port)
