#!/usr/bin/env python3
"""Java's HTTP to hubs behind TLS, gzip and bad links: what is believed, and what comes through.

  test_http.py --java JAVA --library FILE.so --classpath JAR:… --tests JAR JEMPUT JEMPUT-HUB"""
import gzip
import http.client
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest

import jvm
from test_peers import schema

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'http'))
import servers  # noqa: E402
import test_servers  # noqa: E402
from link import Link, Profile  # noqa: E402

ARGS = None
SOON_MS = 300


class Gzip(http.server.ThreadingHTTPServer):
    """A proxy that packs each answer, as web servers may."""
    daemon_threads = True

    def __init__(self, target):
        super().__init__(('127.0.0.1', 0), self.Handler)
        self.target, self.packed = target, 0

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = 'HTTP/1.1'

        def log_message(self, *_):
            pass

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
            hub = http.client.HTTPConnection('127.0.0.1', self.server.target)
            hub.request(self.command, self.path, body, dict(self.headers))
            answer = hub.getresponse()
            data = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ('content-length', 'transfer-encoding', 'connection', 'date', 'server'):
                    self.send_header(name, value)
            if 'gzip' in self.headers.get('Accept-Encoding', ''):
                data = gzip.compress(data)
                self.server.packed += 1
                self.send_header('Content-Encoding', 'gzip')
            self.send_header('Content-Length', str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            hub.close()

        do_GET = do_POST


class Tls:
    """A server with some certificate, that sends one byte of an answer and stops. How it is met tells what is believed."""

    def __init__(self, cert, key, port=0):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.listener = socket.create_server(('127.0.0.1', port))
        self.port = self.listener.getsockname()[1]
        self.heard, self.open = b'', []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as s:
                self.open.append(s)
                while data := s.recv(65536):
                    self.heard += data
                    s.sendall(b'H')
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.open:
            s.close()


def expired(folder):
    """openssl makes none, keytool does."""
    store = folder / 'expired.p12'
    subprocess.run([shutil.which('keytool'), '-genkeypair', '-alias', 'x', '-keyalg', 'EC', '-groupname', 'secp256r1', '-dname', 'CN=localhost',
                    '-ext', 'san=dns:localhost', '-startdate', '-10d', '-validity', '5', '-keystore', str(store), '-storetype', 'PKCS12',
                    '-storepass', 'rahasia'], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    for out, words in ((folder / 'old.pem', ['-nokeys']), (folder / 'old.key', ['-nocerts', '-nodes'])):
        subprocess.run(['openssl', 'pkcs12', '-in', str(store), '-passin', 'pass:rahasia', '-out', str(out), *words], check=True)
    return folder / 'old.pem', folder / 'old.key'


class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.temporary.name)
        (cls.folder / 'server').mkdir()
        cls.key, cls.cert = servers.certificate(cls.folder)
        cls.hub = servers.JemputHub(cls.folder / 'server').__enter__()
        servers.repository(cls.hub.repositories / 'ruang.git')
        cls.office = test_servers.Office(cls.folder)
        (cls.folder / 'schema.sql').write_text(schema())
        cls.office.run('pusat.db', 'init', '--schema', cls.folder / 'schema.sql')
        cls.office.sync('pusat.db', '--hub', cls.hub.url + '/ruang.git')
        cls.office.run('pusat.db', 'invite', '--role', 'petugas', '--hub', cls.hub.url + '/ruang.git', '--out', cls.folder / 'a.inv')
        cls.office.sync('pusat.db')
        cls.peer = jvm.Peer(ARGS, cls.folder, 'a').__enter__()
        cls.peer('join %s %s' % (cls.folder / 'a.db', cls.folder / 'a.inv'))
        for _ in range(2):
            cls.peer('sync -')
            cls.office.sync('pusat.db')

    @classmethod
    def tearDownClass(cls):
        cls.peer.__exit__()
        cls.hub.__exit__()
        cls.temporary.cleanup()

    def refused(self, code, line):
        with self.assertRaises(jvm.Refused) as caught:
            self.peer(line)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return str(caught.exception)

    def test_a_hub_of_an_own_authority_is_believed_and_its_key_can_be_pinned(self):
        pin, other = servers.public_key_pin(self.cert), 'sha256//' + 'A' * 43 + '='
        with servers.JemputHub(self.folder / 'server', '--tls-cert', self.cert, '--tls-key', self.key, tls=True) as tls:
            url = 'sync %s/ruang.git' % tls.url
            self.assertIn('true', self.peer('%s ca=%s' % (url, self.cert)))
            self.assertIn('true', self.peer('%s ca=%s pin=%s' % (url, self.cert, pin)))
            self.assertIn('true', self.peer('%s ca=%s pin=%s pin=%s' % (url, self.cert, other, pin)))
            self.assertIn('not the one that is pinned', self.refused('UNTRUSTED', '%s ca=%s pin=%s' % (url, self.cert, other)))
            self.refused('UNTRUSTED', url)
            self.refused('UNTRUSTED', '%s pin=%s' % (url, pin))
            self.refused('UNTRUSTED', '%s ca=%s' % (url.replace('localhost', '127.0.0.1'), self.cert))
        self.peer('sync %s/ruang.git' % self.hub.url)

    def test_pins_are_remembered_with_their_hub_until_it_is_named_without(self):
        (self.folder / 'strange').mkdir()
        key, cert = servers.certificate(self.folder / 'strange')
        pin = servers.public_key_pin(self.cert)
        with servers.JemputHub(self.folder / 'server', '--tls-cert', self.cert, '--tls-key', self.key, tls=True) as tls:
            url, port = tls.url + '/ruang.git', tls.port
            self.assertIn('true', self.peer('sync %s ca=%s pin=%s' % (url, self.cert, pin)))
            self.assertIn('true', self.peer('sync - ca=%s' % self.cert))
        with Tls(cert, key, port) as strange:  # whom the platform would believe
            self.assertIn('not the one that is pinned', self.refused('UNTRUSTED', 'sync - ca=%s' % cert))
            self.assertEqual(strange.heard, b'')
        with servers.JemputHub(self.folder / 'server', '--tls-cert', self.cert, '--tls-key', self.key, tls=True) as tls:
            url, port = tls.url + '/ruang.git', tls.port
            self.peer('sync %s ca=%s pin=%s' % (url, self.cert, pin))
            self.refused('UNTRUSTED', 'sync %s ca=%s' % (url, cert))  # without pins, but it does not get in: they stay
            self.assertIn('true', self.peer('sync - ca=%s' % self.cert))
            self.assertIn('true', self.peer('sync %s ca=%s' % (url, self.cert)))
        with Tls(cert, key, port) as strange:
            self.peer('hang - ca=%s' % cert)
            self.assertNotEqual(strange.heard, b'')
        self.peer('sync %s/ruang.git' % self.hub.url)

    def test_nothing_is_said_to_whom_is_not_believed(self):
        old_cert, old_key = expired(self.folder)
        with Tls(old_cert, old_key) as old:
            self.refused('UNTRUSTED', 'sync https://localhost:%d/x ca=%s token=rahasia' % (old.port, old_cert))
            self.assertEqual(old.heard, b'')
        with Tls(self.cert, self.key) as strange:
            self.refused('UNTRUSTED', 'sync https://localhost:%d/x ca=%s pin=sha256//%s= token=rahasia' % (strange.port, self.cert, 'A' * 43))
            self.refused('UNTRUSTED', 'sync https://localhost:%d/x token=rahasia' % strange.port)
            self.assertEqual(strange.heard, b'')

    def test_a_read_that_hangs_behind_tls_ends_at_once_when_it_is_cancelled(self):
        with Tls(self.cert, self.key) as slow:
            best = []
            while len(best) < 5 and sum(took < SOON_MS for took in best) < 2:  # a machine may be busy with something else for a moment
                took, code = self.peer('hang https://localhost:%d/x ca=%s' % (slow.port, self.cert)).split()
                self.assertEqual(code, 'CANCELLED')
                best.append(int(took))
            self.assertLess(sorted(best)[1], SOON_MS, best)
            self.assertIn(b'git-upload-pack', slow.heard)

    def test_a_short_invitation_is_made_whole_from_the_hub(self):
        url = self.hub.url + '/ruang.git'
        self.office.run('pusat.db', 'invite', '--role', 'petugas', '--hub', url, '--out', self.folder / 'b.inv')
        self.office.sync('pusat.db')
        with jvm.Peer(ARGS, self.folder, 'kantor') as office:
            office('open %s' % (self.folder / 'pusat.db'))
            (self.folder / 'b.short').write_text(office('short %s' % (self.folder / 'b.inv')))
        self.assertLess(len((self.folder / 'b.short').read_text()), 400)
        with jvm.Peer(ARGS, self.folder, 'b') as b:
            b('join %s %s' % (self.folder / 'b.db', self.folder / 'b.short'))
            b('sync -')
            self.office.sync('pusat.db')
            self.assertIn('blocking=NOTHING', b('sync -'))

    def test_answers_that_come_packed_are_unpacked(self):
        with Gzip(self.hub.port) as proxy:
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            self.office.run('pusat.db', 'sql', "INSERT INTO unik VALUES('p', NULL, 1)")
            self.office.sync('pusat.db')
            self.assertIn('merged=1', self.peer('sync http://localhost:%d/ruang.git' % proxy.server_port))
            self.assertGreater(proxy.packed, 0)
            proxy.shutdown()

    def test_work_and_photos_come_through_a_link_that_is_cut_again_and_again(self):
        self.peer('add 200')
        photo = self.peer('photo 1500000')
        fast = Profile(up=3e6, down=3e6, latency=0.001)
        cut = 0
        for limit in (3000, 40000, 200000, 600000):
            with Link(fast, 5, self.hub.port, cut_up=limit) as link:
                try:
                    self.peer('sync http://localhost:%d/ruang.git' % link.port)
                except jvm.Refused as e:
                    self.assertIn(e.code, ('OFFLINE', 'BUSY'), e)
                cut += link.cuts['up'] is None
        self.assertGreater(cut, 0)
        told = self.peer('sync %s/ruang.git' % self.hub.url)
        self.assertIn('true', told)
        for _ in range(2):
            self.office.sync('pusat.db')
            told = self.peer('sync -')
        self.assertIn('photos=0', told)
        self.assertIn('pending=0', told)
        self.assertIn(photo, self.peer('photos'))
        self.assertEqual(self.peer('hash'), self.office.run('pusat.db', 'sql', 'SELECT jemput_state_hash() AS h').split()[1])


if __name__ == '__main__':
    os.environ.pop('JAVA_TOOL_OPTIONS', None)
    parser = jvm.parser()
    parser.add_argument('jemput')
    parser.add_argument('hub')
    ARGS, rest = parser.parse_known_args()
    test_servers.JEMPUT, servers.HUB = ARGS.jemput, ARGS.hub
    unittest.main(argv=[sys.argv[0]] + rest)
