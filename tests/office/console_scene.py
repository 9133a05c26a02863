"""An office with its console: a space, two tablets whose work conflicts, central's folder, accounts, and the server, asked as a browser would ask it.

  test_*.py JEMPUT JEMPUT-CENTRAL JEMPUT-CONSOLE [a test's name …]"""
import atexit
import functools
import http.client
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import unittest
from urllib.parse import quote

from scene import FOLDER, KELURAHAN, Office, Space, run

CONSOLE = os.path.abspath(sys.argv[3])
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SCHEMA, FIXTURES = ROOT / 'schema' / 'adminduk', ROOT / 'tests' / 'office' / 'fixtures'
PIN = 'sapi merah 41'
ROLES = ('petugas', 'kelurahan', 'verifikator', 'admin', 'kominfo')


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Browser:
    """One person's browser: a cookie, a token; each at another address, as nginx would tell it."""
    made = 0

    def __init__(self, port, host=None, origin=None, address=None):
        Browser.made += 1
        self.port, self.host, self.cookie, self.token = port, host or f'127.0.0.1:{port}', None, None
        self.address = address or f'10.99.{Browser.made // 250}.{Browser.made % 250}'
        self.origin = origin or f'http://{self.host}'

    def ask(self, method, path, body=None, headers=(), raw=None, kind='application/json', connection=None):
        given = {'Host': self.host, 'X-Real-IP': self.address, **({'Cookie': self.cookie} if self.cookie else {})}
        if method != 'GET':
            given |= {'Origin': self.origin, 'Sec-Fetch-Site': 'same-origin', 'Content-Type': kind}
        if self.token:
            given['X-Jemput-Token'] = self.token
        given |= dict(headers)
        data = raw if raw is not None else json.dumps(body if body is not None else {}).encode() if method != 'GET' else None
        c = connection or http.client.HTTPConnection('127.0.0.1', self.port, timeout=60)
        c.request(method, path, body=data, headers={k: v for k, v in given.items() if v is not None})
        answer = Answer(c.getresponse())
        c.close()
        set_cookie = answer.headers.get('Set-Cookie')
        if set_cookie:
            pair = set_cookie.split(';')[0]
            self.cookie = pair if pair.split('=')[1] else None
        return answer

    def get(self, path, q=None, reason=None, **headers):
        more = {**({'X-Jemput-Q': quote(q)} if q is not None else {}), **({'X-Jemput-Reason': quote(reason)} if reason is not None else {})}
        return self.ask('GET', path, headers={**more, **headers})

    def post(self, path, body=None, **more):
        return self.ask('POST', path, body, **more)

    def sign_in(self, account, pin=PIN):
        answer = self.post('/api/sign-in', {'account': account, 'pin': pin})
        if answer.status == 200:
            self.token = answer.json['token']
        return answer

    def renew(self, pin=PIN):
        answer = self.post('/api/session/renew', {'pin': pin})
        if answer.status == 200:
            self.token = answer.json['token']
        return answer


class Server:
    def __init__(self, folder, *options):
        self.port = free_port()
        env = {**os.environ, 'LANG': 'en', 'TZ': 'WIB-7'}
        self.log = open(pathlib.Path(folder).parent / f'console-{self.port}.log', 'wb+')
        address = [] if '--address' in options else ['--address', f'http://127.0.0.1:{self.port}']
        command = [CONSOLE, 'serve', folder, '--listen', f'127.0.0.1:{self.port}', *address, *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, env=env)
        atexit.register(self.stop)
        line = self.process.stdout.readline().decode()
        assert 'console runs' in line, self.told()

    def told(self):
        return pathlib.Path(self.log.name).read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(20)
        self.process.stdout.close()
        self.log.close()
        assert self.process.returncode == 0, self.told()[-3000:]
        return self.process.returncode


def account(office, name, role, space, by='kantor', scope=None, label=None):
    pin = FOLDER / 'pin'
    pin.write_text(PIN + '\n')
    run(CONSOLE, 'account', 'add', office.at, name, '--space', space.name, '--role', role, '--by', space.at / f'{by}.db', '--pin-file', pin,
        '--own-pin', *(['--scope', scope] if scope else []), *(['--name', label] if label else []))


def make():
    """Space, office, one account a role; what two tablets did at once."""
    space, office = Space('wonosari', tablets=2), Office()
    space.join(office)
    space.cli('t1', 'import', SCHEMA / 'contoh' / 'desember-2022.csv')
    space.sync('t1')
    office.once()
    space.sync('t2')
    who = space.one('t1', "SELECT lower(hex(id)) AS id FROM orang ORDER BY nama LIMIT 1")
    space.sql('t1', f"UPDATE orang SET nama = 'SITI AMINAH' WHERE id = x'{who}'")
    space.sql('t2', f"UPDATE orang SET nama = 'SITI AMINA' WHERE id = x'{who}'")
    for tablet, address in (('t1', 'Jl. Kenanga 14'), ('t2', 'Jl. Kenanga No. 15')):
        space.sql(tablet, f"UPDATE keluarga SET alamat = '{address}' WHERE nama_kepala = 'Darmuji Setianto'")
        space.sql(tablet, "INSERT INTO permohonan(id, kode_tanda_terima, layanan, varian, tanggal, pemohon_id, kode_kel, status, petugas)"
                          " SELECT jemput_id(),"
                          f" jemput_serial('permohonan'), 'PINDAH', 'PINDAH.DALAM', '2022-12-20', x'{who}', '{KELURAHAN}', 'LENGKAP', '{tablet}'")
    for role in ROLES:
        account(office, f'{role}.satu', role, space, scope=KELURAHAN if role in ('kelurahan', 'petugas') else None, label=f'{role.title()} Satu')
    for name in ('lock.satu', 'pin.satu', 'arus.satu'):
        account(office, name, 'verifikator', space)
    space.sync('t1', 't2')
    office.once()
    office.once()
    return space, office, who


class Scene:
    def __init__(self):
        self.space, self.office, self.who = make()
        self.server = Server(self.office.at)


@functools.cache
def scene():
    """Made once for all tests of a program."""
    return Scene()


def main():
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
