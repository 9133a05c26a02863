"""The console behind nginx, with just what `jemput console config nginx` prints and a certificate that signs itself: a browser on HTTPS."""
import http.client
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import time
import unittest

from console_scene import CONSOLE, PIN, Browser, Server, free_port, main, run, scene
from scene import FOLDER

NGINX = shutil.which('nginx') or '/usr/sbin/nginx'
OUTER = '''{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
  access_log {folder}/other.log;
  fastcgi_temp_path {folder}/temp;
  uwsgi_temp_path {folder}/temp;
  scgi_temp_path {folder}/temp;
  include {folder}/console.conf;
}}
'''


@unittest.skipUnless(os.access(NGINX, os.X_OK), 'nginx is not installed (apt: nginx-light)')
class Nginx(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = folder = FOLDER / 'nginx'
        (folder / 'temp').mkdir(parents=True)
        cert, key = folder / 'cert.pem', folder / 'key.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
                        '-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
                       check=True, stderr=subprocess.DEVNULL)
        cls.port = free_port()
        cls.address = f'https://localhost:{cls.port}'
        cls.server = Server(scene().office.at, '--address', cls.address)
        (folder / 'console.conf').write_text(run(
            CONSOLE, 'config', 'nginx', '--server-name', 'localhost', '--listen', f'127.0.0.1:{cls.port}',
            '--console', f'127.0.0.1:{cls.server.port}',
            '--tls-cert', cert, '--tls-key', key, '--log', folder / 'access.log', '--temp', folder / 'temp'))
        (folder / 'nginx.conf').write_text(OUTER.format(folder=folder, user='user root;' if os.geteuid() == 0 else ''))
        cls.nginx = subprocess.Popen([NGINX, '-p', folder, '-c', folder / 'nginx.conf'], stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        cls.trust = ssl.create_default_context(cafile=cert)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(('127.0.0.1', cls.port)) == 0:
                    return
            time.sleep(0.05)

    @classmethod
    def end(cls):
        cls.nginx.terminate()
        cls.nginx.wait(10)
        cls.server.stop()

    def browser(self):
        b = Browser(self.port, host=f'localhost:{self.port}', origin=self.address, address='203.0.113.9')
        b.connect = lambda: http.client.HTTPSConnection('localhost', self.port, timeout=20, context=self.trust)
        return b

    def test_a_browser_signs_in_over_https_and_its_cookie_goes_nowhere_else(self):
        b = self.browser()
        answer = b.ask('POST', '/api/sign-in', {'account': 'verifikator.satu', 'pin': PIN}, connection=b.connect())
        self.assertEqual(answer.status, 200, answer.body)
        self.assertRegex(answer.headers['Set-Cookie'], r'^__Host-jemput=[\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Secure$')
        self.assertEqual(answer.headers['Strict-Transport-Security'], 'max-age=31536000')
        b.token = answer.json['token']
        session = b.ask('GET', '/api/accounts', connection=b.connect()).json['items'][0]['sessions'][0]
        self.assertEqual(session['address'], '127.0.0.1')  # nginx's word, not the header that the browser sent
        page = b.ask('GET', '/', connection=b.connect())
        self.assertEqual((page.status, "frame-ancestors 'none'" in page.headers['Content-Security-Policy']), (200, True))
        foreign = b.ask('POST', '/api/sign-out', headers={'Origin': 'https://lain.example'}, connection=b.connect())
        self.assertEqual((foreign.status, foreign.json['code']), (403, 'ORIGIN'))

    def test_events_come_through_as_they_happen(self):
        b = self.browser()
        b.ask('POST', '/api/sign-in', {'account': 'verifikator.satu', 'pin': PIN}, connection=b.connect())
        c = b.connect()
        c.request('GET', '/api/events', headers={'Host': b.host, 'Cookie': b.cookie})
        r = c.getresponse()
        started = time.monotonic()
        lines = [r.readline().decode() for _ in range(4)]
        self.assertIn('event: moved\n', lines)
        self.assertLess(time.monotonic() - started, 10)
        c.close()

    def test_what_was_searched_for_and_what_was_asked_is_in_no_log(self):
        b = self.browser()
        b.token = b.ask('POST', '/api/sign-in', {'account': 'verifikator.satu', 'pin': PIN}, connection=b.connect()).json['token']
        b.ask('GET', '/api/applications?status=RAHASIA', headers={'X-Jemput-Q': 'darmuji'}, connection=b.connect())
        time.sleep(0.2)
        log = ''.join(p.read_text() for p in pathlib.Path(self.folder).glob('*.log')) + self.server.told()
        self.assertIn('GET /api/applications 200', log)
        for word in ('RAHASIA', 'darmuji', PIN, b.token, b.cookie.split('=')[1]):
            self.assertNotIn(word, log)


class Config(unittest.TestCase):
    def test_what_is_missing_is_said(self):
        self.assertIn('--tls-cert', run(CONSOLE, 'config', 'nginx', '--server-name', 'x', code=None)[2])
        self.assertEqual(run(CONSOLE, 'config', 'apache', code=None)[0], 2)

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'systemd is not installed')
    def test_the_unit_is_one_that_systemd_takes(self):
        unit = FOLDER / 'jemput-console.service'
        unit.write_text(run(CONSOLE, 'config', 'systemd', '--folder', scene().office.at, '--hubs', '/srv/jemput'))
        self.assertIn('\nReadWritePaths=/srv/jemput\n', unit.read_text())
        told = subprocess.run(['systemd-analyze', 'verify', unit], capture_output=True, text=True)
        self.assertEqual([line for line in told.stderr.splitlines() if 'jemput-console' in line and 'User' not in line], [])


if __name__ == '__main__':
    main()
