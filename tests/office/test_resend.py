"""What is signed while the hub cannot be reached is sent by itself; and who looks at the page is told, without anybody waiting for that."""
import contextlib
import http.client
import json
import sqlite3
import threading
import time
import unittest

from console_scene import CONSOLE, Browser, Server, main, scene
from scene import run

COUNTED = 15000  # rows: that takes a while


class Stream:
    """The events of a browser's page, as they come."""

    def __init__(self, browser):
        self.connection = http.client.HTTPConnection('127.0.0.1', browser.port, timeout=60)
        self.connection.request('GET', '/api/events', headers={'Host': browser.host, 'Cookie': browser.cookie})
        self.response = self.connection.getresponse()

    def next(self, wanted):
        """The data of the next one of that name."""
        name, until = None, time.monotonic() + 30
        while time.monotonic() < until:
            line = self.response.readline().decode().strip()
            name = line[7:] if line.startswith('event: ') else name
            if line.startswith('data: ') and name == wanted:
                return json.loads(line[6:])
        raise AssertionError(f'no event {wanted}')

    def close(self):
        self.connection.close()


class Resend(unittest.TestCase):
    def setUp(self):
        self.s = scene()

    def central(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.s.office.at / 'central.db')) as db, db:
            return db.execute(sql, values).fetchall()

    def lock_of(self, browser, account='verifikator.satu'):
        """What keeps the log of an account from being pushed: somebody else's lock on its branch."""
        number = next(i for i in browser.get('/api/accounts').json['items'] if i['account'] == account)['spaces'][0]['device']
        (writer,), = self.central("SELECT writer FROM device_ WHERE number = ? AND state = 'aktif'", number)
        folder = self.s.space.at / 'hub.git' / 'refs' / 'heads' / 'log' / writer
        folder.mkdir(parents=True, exist_ok=True)
        names = [p.name for p in folder.iterdir()] or ['1']
        return folder / f'{max(names)}.lock'

    def test_a_decision_that_the_hub_could_not_take_is_told_as_unsent_and_goes_by_itself_also_behind_the_end_of_the_session(self):
        b = Browser(self.s.server.port)
        self.assertEqual(b.sign_in('verifikator.satu').status, 200)
        unsent = lambda: [s['unsent'] for s in b.get('/api/session').json['spaces']]
        one = b.get('/api/applications?status=DRAF').json['items'][0]['id']
        stream, lock = Stream(b), self.lock_of(b)
        lock.write_text('held by somebody else')
        try:
            self.assertEqual(unsent(), [False])
            step = {'to': 'LENGKAP', 'reason': 'uji', 'items': [{'space': 1, 'id': one, 'from': 'DRAF'}]}
            self.assertEqual(b.post('/api/applications/status', step).json['items'][0]['result'], 'ok')
            self.assertEqual((unsent(), stream.next('unsent')), ([True], {'spaces': [1]}))
            self.s.office.once()
            status = lambda: self.central('SELECT status FROM permohonan WHERE id = ?', bytes.fromhex(one))
            self.assertEqual(status(), [('DRAF',)])
            self.assertEqual(b.post('/api/sign-out').status, 200)
        finally:
            lock.unlink()
            stream.close()
        until = time.monotonic() + 40
        while status() == [('DRAF',)] and time.monotonic() < until:
            time.sleep(0.5)
            self.s.office.once()
        self.assertEqual(status(), [('LENGKAP',)])
        self.assertEqual(b.sign_in('verifikator.satu').status, 200)
        self.assertEqual(unsent(), [False])

    def test_an_act_on_a_device_that_the_hub_could_not_take_is_sent_after_the_server_has_begun_anew(self):
        server = Server(self.s.office.at)
        b = Browser(server.port)
        self.assertEqual(b.sign_in('admin.satu').status, 200)
        b.renew()
        device = next(d for d in b.get('/api/devices').json['items'] if d['roles'] == 'petugas' and d['state'] == 'active')
        change = {'space': 1, 'kind': 'change', 'device': str(device['number'])}
        roles = lambda: self.central('SELECT roles FROM device_ WHERE number = ?', device['number'])
        before, lock = roles(), self.lock_of(b, 'admin.satu')
        lock.write_text('held by somebody else')
        try:
            self.assertEqual(b.post('/api/devices/act', {**change, 'roles': 'none'}).status, 200)
        finally:
            server.stop()
            lock.unlink()
        self.s.office.once()
        self.assertEqual(roles(), before)
        server = Server(self.s.office.at)
        self.addCleanup(server.stop)
        b = Browser(server.port)
        self.assertEqual(b.sign_in('admin.satu').status, 200)
        until = time.monotonic() + 40
        while roles() == before and time.monotonic() < until:
            time.sleep(0.5)
            self.s.office.once()
        self.assertNotEqual(roles(), before)
        b.renew()
        self.assertEqual(b.post('/api/devices/act', {**change, 'roles': 'petugas', 'scope': device['scope']}).status, 200)
        self.s.office.once()
        self.assertEqual(roles(), before)

    def test_what_an_account_had_signed_before_it_was_disabled_is_sent_for_it_was_allowed_then(self):
        b = Browser(self.s.server.port)
        self.assertEqual(b.sign_in('verifikator.satu').status, 200)
        one, lock = b.get('/api/applications?status=DRAF').json['items'][0]['id'], self.lock_of(b)
        step = {'to': 'LENGKAP', 'reason': 'uji', 'items': [{'space': 1, 'id': one, 'from': 'DRAF'}]}
        lock.write_text('held by somebody else')
        try:
            self.assertEqual(b.post('/api/applications/status', step).json['items'][0]['result'], 'ok')
            run(CONSOLE, 'account', 'disable', self.s.office.at, 'verifikator.satu')
            self.assertEqual((b.get('/api/session').status, b.sign_in('verifikator.satu').status), (401, 401))
        finally:
            lock.unlink()
        status = lambda: self.central('SELECT status FROM permohonan WHERE id = ?', bytes.fromhex(one))
        before, until = status(), time.monotonic() + 40
        while status() == before and time.monotonic() < until:
            time.sleep(0.5)
            self.s.office.once()
        run(CONSOLE, 'account', 'enable', self.s.office.at, 'verifikator.satu')
        self.assertEqual((before, status()), ([('DRAF',)], [('LENGKAP',)]))

    def test_counting_for_open_pages_keeps_nobody_elses_request_waiting(self):
        b, other = Browser(self.s.server.port), Browser(self.s.server.port)
        self.assertEqual((b.sign_in('verifikator.satu').status, other.sign_in('admin.satu').status), (200, 200))
        streams, longest, done = [Stream(b), Stream(other)], [0.0], threading.Event()
        before = [s.next('counts')['held'] for s in streams]

        def ask():
            while not done.is_set():
                at = time.monotonic()
                Stream(b).close()  # another page is opened, and left
                b.get('/api/no-such-thing')
                longest[0] = max(longest[0], time.monotonic() - at)

        asking = threading.Thread(target=ask)
        try:
            self.central(f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {COUNTED}) INSERT INTO held_"
                         " SELECT 1, 'orang', CAST(i AS BLOB), '{}', 'UNIQUE', NULL, NULL, 1, NULL, 'uji banyak', 1 FROM n")
            at = time.monotonic()
            asking.start()
            self.assertEqual([s.next('counts')['held'] - n for s, n in zip(streams, before)], [COUNTED, COUNTED])
            took = time.monotonic() - at
        finally:
            done.set()
            asking.join()
            for s in streams:
                s.close()
            self.central("DELETE FROM held_ WHERE label = 'uji banyak'")
        self.assertLess(longest[0], took / 10, f'counting for two took {took:.2f} s')


if __name__ == '__main__':
    main()
