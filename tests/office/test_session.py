"""Signing in to the console: cookies, tokens, whose page a request comes from, waiting after wrong PINs, what every answer carries (OWASP ASVS 4.0.3,
V2-V4, V13-V14)."""
import concurrent.futures
import contextlib
import hashlib
import http.client
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import time
import unittest

from console_scene import CONSOLE, PIN, Browser, Server, main, run, scene


class Session(unittest.TestCase):
    def setUp(self):
        self.office, self.server = scene().office, scene().server

    def browser(self, **more):
        return Browser(self.server.port, **more)

    def test_a_cookie_is_out_of_reach_of_scripts_and_of_other_sites(self):
        b = self.browser()
        cookie = b.sign_in('verifikator.satu').headers['Set-Cookie']
        self.assertRegex(cookie, r'^jemput=[A-Za-z0-9_-]{43}; Path=/; HttpOnly; SameSite=Strict$')
        self.assertNotIn(cookie.split('=')[1].split(';')[0], b.get('/api/session').body.decode())

    def test_signing_out_ends_the_session_and_takes_the_cookie_back(self):
        b = self.browser()
        b.sign_in('verifikator.satu')
        kept = b.cookie
        answer = b.post('/api/sign-out')
        self.assertEqual(answer.status, 200)
        self.assertIn('Max-Age=0', answer.headers['Set-Cookie'])
        b.cookie = kept
        self.assertEqual((b.get('/api/session').status, b.get('/api/session').json['code']), (401, 'SIGNED_OUT'))

    def test_the_name_of_a_session_changes_with_each_sign_in_and_renewal(self):
        b = self.browser()
        b.sign_in('verifikator.satu')
        first, token = b.cookie, b.token
        self.assertEqual(b.renew('bukan ini 99').status, 401)
        self.assertEqual(b.renew().status, 200)
        self.assertNotEqual((b.cookie, b.token), (first, token))
        old = self.browser()
        old.cookie = first
        self.assertEqual(old.get('/api/session').status, 401)

    def test_a_page_made_for_one_person_asks_nothing_in_the_name_of_another(self):
        b = self.browser()
        b.sign_in('verifikator.satu')
        path, body = '/api/applications/status', {'to': 'DITERIMA', 'reason': 'x', 'items': []}
        for name in ('admin.satu', 'verifikator.sat', 'verifikator.satu.dan.seterusnya.sampai.terpotong'):
            for headers in ({'X-Jemput-Account': name}, {'X-Jemput-Account': name, 'X-Jemput-Token': None}):
                answer = b.post(path, body, headers=headers)
                self.assertEqual((answer.status, answer.json['code']), (409, 'OTHER_ACCOUNT'), headers)
            self.assertEqual(b.ask('GET', '/api/applications', headers={'X-Jemput-Account': name}).status, 409)
            self.assertEqual(b.ask('GET', '/api/export/recap.csv', headers={'X-Jemput-Account': name, 'X-Jemput-Reason': 'x'}).status, 409)
        own = {'X-Jemput-Account': 'verifikator.satu'}
        self.assertEqual((b.post(path, body, headers=own).status, b.ask('GET', '/api/applications', headers=own).status), (400, 200))

    def test_a_forged_request_is_refused_six_ways(self):
        b = self.browser()
        b.sign_in('admin.satu')
        path, body = '/api/applications/status', {'to': 'DITERIMA', 'reason': 'x', 'items': []}
        for headers, code in (({'X-Jemput-Token': None}, 'TOKEN'), ({'X-Jemput-Token': 'A' * 43}, 'TOKEN'),
                              ({'Origin': 'https://lain.example'}, 'ORIGIN'), ({'Sec-Fetch-Site': 'cross-site'}, 'ORIGIN'),
                              ({'Sec-Fetch-Site': 'same-site', 'Origin': None}, 'ORIGIN'),
                              ({'Origin': None, 'Sec-Fetch-Site': None}, 'ORIGIN')):
            answer = b.post(path, body, headers=headers)
            self.assertEqual((answer.status, answer.json['code']), (403, code), headers)
        self.assertEqual(b.post(path, body, kind='text/plain').status, 415)
        self.assertEqual(b.post(path, body, kind='application/x-www-form-urlencoded').status, 415)
        self.assertEqual(b.post(path, body).status, 400)  # the same, come from the page

    def test_another_host_is_refused_whatever_is_asked(self):
        for host in ('lain.example', f'lain.example:{self.server.port}', '127.0.0.1', f'127.0.0.1:{self.server.port}.lain.example'):
            for path in ('/', '/api/session'):
                answer = self.browser(host=host).get(path)
                self.assertEqual((answer.status, answer.json['code']), (421, 'HOST'))
        self.assertEqual(self.browser(host=f'localhost:{self.server.port}').get('/').status, 200)

    def test_a_wrong_pin_and_an_unknown_account_are_alike(self):
        known, unknown = self.browser().sign_in('kominfo.satu', 'bukan ini 99'), self.browser().sign_in('tidak.ada', 'bukan ini 99')
        self.assertEqual((known.status, known.json), (401, {**unknown.json}))
        self.assertNotIn('Set-Cookie', known.headers)

    def test_five_wrong_pins_make_that_network_wait_also_behind_a_restart_and_nobody_elsewhere(self):
        office = self.office
        server = Server(office.at)
        try:
            b, other = Browser(server.port, address='10.97.1.1'), Browser(server.port, address='10.97.2.1')
            for name in ('lock.satu', 'tidak.ada.juga'):
                for n in range(5):
                    b.address = f'10.97.1.{n}'  # who has one address of a network has the others
                    self.assertEqual(b.sign_in(name, 'bukan ini 99').status, 401)
                answer = b.sign_in(name, PIN)
                self.assertEqual((answer.status, answer.json['code']), (429, 'WAIT'))
                self.assertTrue(20 <= answer.json['retry_s'] <= 30)
                self.assertEqual(answer.headers['Retry-After'], str(answer.json['retry_s']))
            self.assertEqual(other.sign_in('lock.satu', PIN).status, 200)
            self.assertEqual(b.sign_in('lock.satu', PIN).status, 429)
        finally:
            server.stop()
        server = Server(office.at)
        try:
            self.assertEqual(Browser(server.port, address='10.97.1.9').sign_in('lock.satu', PIN).status, 429)
            self.assertIn('wrong PINs forgotten', run(CONSOLE, 'account', 'unlock', office.at, 'lock.satu'))
            self.assertEqual(Browser(server.port, address='10.97.1.9').sign_in('lock.satu', PIN).status, 200)
            self.assertIn('tidak.ada', run(CONSOLE, 'account', 'unlock', office.at, 'tidak.ada', code=None)[2])
        finally:
            server.stop()

    def test_guesses_from_many_places_lock_out_neither_a_session_nor_a_place_that_is_known_and_an_administrator_ends_the_wait(self):
        known, admin = self.browser(address='10.96.1.1'), self.browser()
        self.assertEqual(known.sign_in('lock.satu').status, 200)
        self.assertEqual(admin.sign_in('admin.satu').status, 200)
        db = sqlite3.connect(self.office.at / 'console.db')
        with db:  # as after a hundred wrong ones from a hundred networks, and as many from where the session is
            for place in ('', '10.96.1.0/24'):
                db.execute("INSERT OR REPLACE INTO wrong_pin SELECT 'lock.satu', ?, 100, (s + 3600) * 1000, s * 1000"
                           " FROM (SELECT strftime('%s') AS s)",
                           (place,))
        db.close()
        self.assertEqual(self.browser(address='10.96.2.1').sign_in('lock.satu').status, 429)
        self.assertEqual(known.renew().status, 200)
        db = sqlite3.connect(self.office.at / 'console.db')
        with db:
            db.execute("DELETE FROM wrong_pin WHERE place <> ''")
        db.close()
        self.assertEqual(self.browser(address='10.96.1.7').sign_in('lock.satu').status, 200)
        self.assertEqual(self.browser(address='10.96.2.1').sign_in('lock.satu').status, 429)
        self.assertEqual(known.post('/api/accounts', {'act': 'unlock', 'account': 'lock.satu'}).status, 403)
        self.assertEqual(admin.post('/api/accounts', {'act': 'unlock', 'account': 'lock.satu'}).status, 200)
        self.assertEqual(self.browser(address='10.96.2.1').sign_in('lock.satu').status, 200)

    def test_a_session_that_guesses_its_pin_waits_by_itself(self):
        b, other = self.browser(), self.browser()
        self.assertEqual((b.sign_in('lock.satu').status, other.sign_in('lock.satu').status), (200, 200))
        self.assertEqual([b.renew('bukan ini 99').status for _ in range(6)], [401] * 5 + [429])
        self.assertEqual((b.renew().status, other.renew().status), (429, 200))

    def test_one_address_tries_twenty_times_a_minute(self):
        b = self.browser(address='10.98.0.1')
        self.assertEqual([b.post('/api/sign-in', {}).status for _ in range(22)], [400] * 20 + [429] * 2)
        self.assertEqual(self.browser().post('/api/sign-in', {}).status, 400)

    def test_an_account_has_three_sessions_and_the_oldest_ends(self):
        browsers = [self.browser() for _ in range(4)]
        for b in browsers:
            self.assertEqual(b.sign_in('kelurahan.satu').status, 200)
        self.assertEqual([b.get('/api/session').status for b in browsers], [401, 200, 200, 200])
        own = browsers[3].get('/api/accounts').json['items']
        self.assertEqual([i['account'] for i in own], ['kelurahan.satu'])
        self.assertEqual([len(own[0]['sessions']), sum(s['current'] for s in own[0]['sessions'])], [3, 1])
        other = next(s for s in own[0]['sessions'] if not s['current'])
        self.assertEqual(browsers[3].post('/api/accounts', {'act': 'end-session', 'session': other['session']}).status, 200)
        self.assertEqual(sorted(b.get('/api/session').status for b in browsers[1:]), [200, 200, 401])

    def test_one_account_has_so_many_event_streams_and_no_more(self):
        browsers = [self.browser() for _ in range(3)]
        for b in browsers:
            self.assertEqual(b.sign_in('arus.satu').status, 200)
        opened = []

        def stream(b):
            c = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=20)
            c.request('GET', '/api/events', headers={'Host': b.host, 'Cookie': b.cookie})
            opened.append(c)
            answer = c.getresponse()
            return answer.status, answer.headers['Retry-After']
        try:
            self.assertEqual([stream(browsers[0])[0] for _ in range(7)], [200] * 6 + [429])
            self.assertEqual([stream(browsers[1])[0] for _ in range(6)], [200] * 6)
            self.assertEqual(stream(browsers[2]), (429, '1'))
            self.assertEqual(browsers[2].get('/api/today').status, 200)
        finally:
            for c in opened:
                c.close()

    def test_an_account_that_asks_for_much_at_once_waits_behind_itself_and_keeps_nobody_else(self):
        flood, other = self.browser(), self.browser()
        self.assertEqual((flood.sign_in('verifikator.satu').status, other.sign_in('admin.satu').status), (200, 200))
        ask = dict(headers={'Cookie': flood.cookie, 'X-Jemput-Token': flood.token})
        with contextlib.closing(sqlite3.connect(self.office.at / 'looks.db', isolation_level=None)) as db:
            db.execute('BEGIN IMMEDIATE')  # nothing can be written down: each act waits
            with concurrent.futures.ThreadPoolExecutor(26) as pool:
                asked = [pool.submit(self.browser().post, '/api/twins/two', {}, **ask) for _ in range(26)]
                until = time.monotonic() + 4  # well within the time that an act waits for the file
                while sum(a.done() for a in asked) < 7 and time.monotonic() < until:
                    time.sleep(0.02)
                refused = [a.result().status for a in asked if a.done()]
                self.assertEqual(other.get('/api/devices/1/3/cuts').status, 200)
                db.execute('ROLLBACK')
                self.assertGreaterEqual(len(refused), 7)
                self.assertEqual(set(refused), {429})
                done = sum(a.result().status == 404 for a in asked)
                self.assertIn(done, range(16, 20))  # sixteen waited, and of three at work as many as were taken up before those were sixteen
                self.assertEqual(sorted(a.result().status for a in asked), [404] * done + [429] * (26 - done))

    def test_somebody_without_a_role_at_the_office_does_not_get_in(self):
        answer = self.browser().sign_in('petugas.satu')
        self.assertEqual((answer.status, answer.json['code']), (403, 'NO_OFFICE_ROLE'))

    def test_every_answer_says_that_it_is_framed_by_nobody_and_runs_nothing_of_others(self):
        b = self.browser()
        b.sign_in('verifikator.satu')
        for path in ('/', '/api/session', '/api/tidak-ada', '/tidak-ada'):
            h = b.get(path).headers
            self.assertIn("frame-ancestors 'none'", h['Content-Security-Policy'])
            self.assertTrue(h['Content-Security-Policy'].startswith("default-src 'none'"))
            self.assertNotIn('unsafe', h['Content-Security-Policy'])
            self.assertEqual((h['X-Frame-Options'], h['X-Content-Type-Options'], h['Referrer-Policy'], h['Cache-Control']),
                             ('DENY', 'nosniff', 'no-referrer', 'no-store'))
            self.assertNotIn('Access-Control-Allow-Origin', h)
        page = b.get('/').body.decode()
        script = page.split('src="')[1].split('"')[0]
        asset = b.ask('GET', script, headers={'Accept-Encoding': 'gzip'})
        self.assertEqual((asset.status, asset.headers['Content-Encoding'], 'immutable' in asset.headers['Cache-Control']), (200, 'gzip', True))

    def test_bodies_that_are_large_broken_or_not_objects_are_refused(self):
        b = self.browser()
        b.sign_in('verifikator.satu')
        self.assertEqual(b.post('/api/session/renew', raw=b'{' + b' ' * 70000 + b'}').status, 413)
        for raw in (b'', b'[]', b'{', b'{"pin":1,"pin":2}', b'{"pin":"\xff"}', b'[' * 5000):
            answer = b.post('/api/session/renew', raw=raw)
            self.assertEqual((answer.status, answer.json['code']), (400, 'JEMPUT_MISUSE'), raw[:20])
        self.assertEqual(b.ask('PUT', '/api/session').status, 405)
        self.assertEqual(b.ask('GET', '/api/sign-in').status, 405)

    def test_parameters_that_have_no_room_are_refused_and_the_server_goes_on(self):
        b = self.browser()
        full = 'a=' + 'x' * 2047
        for query in (full + '&b=&c=' + 'y' * 20000, full + '&b=', full + '&b=&c=&d=z', full, '&'.join(['a='] * 24), '&'.join(['a='] * 25)):
            answer = b.get('/api/today?' + query)
            self.assertEqual(answer.status, 401 if query == full or query.count('&') == 23 else 400, query[-9:])
        self.assertEqual(b.get('/api/export/' + 'x' * 3000).status, 400)
        self.assertEqual(b.sign_in('verifikator.satu').status, 200)

    def memory(self):
        """MiB that the server's process holds."""
        told = pathlib.Path(f'/proc/{self.server.process.pid}/status').read_text()
        return int(next(line.split()[1] for line in told.splitlines() if line.startswith('VmRSS'))) / 1024

    def test_large_bodies_are_kept_for_those_alone_who_are_signed_in(self):
        b, before, size = self.browser(), self.memory(), 8 << 20
        head = (f'POST /api/import?space=1 HTTP/1.1\r\nHost: {b.host}\r\nOrigin: {b.origin}\r\nSec-Fetch-Site: same-origin\r\n'
                f'Content-Type: text/csv\r\nCookie: jemput={"A" * 43}\r\nContent-Length: {size}\r\n\r\n').encode()
        sockets = [socket.create_connection(('127.0.0.1', self.server.port), timeout=20) for _ in range(12)]
        for s in sockets:
            s.sendall(head + b'x' * (size - 1))
        self.assertLess(self.memory() - before, 30)
        for s in sockets:
            s.sendall(b'x')
            self.assertIn(b' 401 ', s.recv(4096).split(b'\r\n')[0])
            s.close()
        b.sign_in('verifikator.satu')
        for headers, status, code in (({'X-Jemput-Token': 'A' * 43}, 403, 'TOKEN'), ({'X-Jemput-Account': 'admin.satu'}, 409, 'OTHER_ACCOUNT')):
            answer = b.ask('POST', '/api/import?space=1&dry=1', raw=b'x', kind='text/csv', headers=headers)
            self.assertEqual((answer.status, answer.json['code']), (status, code))
        self.assertEqual(b.ask('POST', '/api/import?space=1&dry=1', raw=b'x' * 1000, kind='text/csv').status, 400)

    def test_an_account_that_is_switched_off_is_out_at_once(self):
        b, admin = self.browser(), self.browser()
        b.sign_in('kominfo.satu')
        admin.sign_in('admin.satu')
        self.assertEqual(admin.post('/api/accounts', {'act': 'disable', 'account': 'kominfo.satu'}).status, 200)
        self.assertEqual(b.get('/api/session').status, 401)
        self.assertEqual(self.browser().sign_in('kominfo.satu').status, 401)
        self.assertEqual(admin.post('/api/accounts', {'act': 'enable', 'account': 'kominfo.satu'}).status, 200)
        self.assertEqual(b.sign_in('kominfo.satu').status, 200)

    def test_an_account_that_the_operator_switches_off_is_out_at_its_next_request_and_its_events_end(self):
        b = self.browser()
        b.sign_in('kominfo.satu')
        c = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=10)
        c.request('GET', '/api/events', headers={'Host': b.host, 'Cookie': b.cookie})
        events = c.getresponse()
        try:
            run(CONSOLE, 'account', 'disable', self.office.at, 'kominfo.satu')
            self.assertEqual((b.get('/api/session').status, b.get('/api/today').status), (401, 401))
            self.assertIn(b'event: signed-out', events.read())
            self.assertEqual(self.browser().sign_in('kominfo.satu').status, 401)
        finally:
            run(CONSOLE, 'account', 'enable', self.office.at, 'kominfo.satu')
            c.close()
        self.assertEqual(b.get('/api/session').status, 401)
        self.assertEqual(b.sign_in('kominfo.satu').status, 200)

    def test_a_new_pin_opens_the_same_desks_and_the_old_one_none(self):
        b, other = self.browser(), self.browser()
        b.sign_in('pin.satu')
        other.sign_in('pin.satu')
        for pin in ('pendek', 'password123', '12345678', '12121212', 'pin.satu 1', None):
            self.assertEqual(b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': pin}).status, 400, pin)
        self.assertEqual(b.post('/api/accounts', {'act': 'pin', 'old': 'bukan ini 99', 'pin': 'kuda biru 55'}).status, 401)
        self.assertEqual(b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': 'kuda biru 55'}).status, 200)
        self.assertEqual([x.get('/api/session').status for x in (b, other)], [200, 401])
        self.assertEqual(self.browser().sign_in('pin.satu').status, 401)
        self.assertEqual(self.browser().sign_in('pin.satu', 'kuda biru 55').json['spaces'][0]['roles'], 'verifikator')

    def test_key_files_and_desks_are_their_owners_alone(self):
        for path in [self.office.at, *self.office.at.rglob('*')]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)
        desk, own = (self.office.at / 'accounts' / 'admin.satu.key').read_text().splitlines()[-2:]
        self.assertEqual((desk[:5], own), ('desk ', 'own'))


class Looks(unittest.TestCase):
    def test_another_program_that_looks_at_the_chain_takes_nothing_of_the_servers_away(self):
        office, b = scene().office, Browser(scene().server.port)
        self.assertEqual(b.sign_in('verifikator.satu').status, 200)
        count = len(self.chain())
        self.assertIn('It holds', run(CONSOLE, 'looks', 'verify', office.at))
        self.assertTrue((office.at / 'looks.db-wal').exists(), 'the server has it open')
        b.get('/api/conflicts')
        self.assertEqual(len(self.chain()), count + 1)

    def chain(self):
        with contextlib.closing(sqlite3.connect(f'file:{scene().office.at}/looks.db?mode=ro', uri=True)) as db:
            return db.execute('SELECT * FROM look ORDER BY n').fetchall()

    def test_a_chain_whose_end_was_cut_off_is_not_what_central_has_signed(self):
        office, copy, admin = scene().office, scene().office.at.parent / 'salinan', Browser(scene().server.port)
        for _ in range(3):
            self.assertEqual(Browser(scene().server.port).sign_in('verifikator.satu').status, 200)
        admin.sign_in('admin.satu')
        office.central('run', '--once', '--night', time.strftime('%H:%M', time.localtime(time.time() - 60)))
        self.assertIn('It holds', run(CONSOLE, 'looks', 'verify', office.at))
        whole = admin.get('/api/audit/looks').json
        self.assertEqual((whole['holds'], whole['anchors']['missing']), (True, 0))
        shutil.copytree(office.at, copy)
        with contextlib.closing(sqlite3.connect(copy / 'looks.db')) as db, db:
            db.execute('DELETE FROM look WHERE n > (SELECT max(n) - 2 FROM look)')
        code, out, _ = run(CONSOLE, 'looks', 'verify', copy, code=None)
        self.assertEqual((code, 'CUT OFF' in out), (1, True), out)
        server = Server(copy)
        admin = Browser(server.port)
        admin.sign_in('admin.satu')
        cut = admin.get('/api/audit/looks').json
        self.assertEqual((cut['holds'], cut['anchors']['n'], cut['anchors']['missing']), (True, 1, 1))
        self.assertIn(f"entry {cut['anchors']['cut']},", out)
        server.stop()

    def test_each_entry_holds_the_hash_of_the_one_before(self):
        b = Browser(scene().server.port)
        b.sign_in('verifikator.satu')
        b.get('/api/applications', q='siti')
        previous = bytes(32)
        for n, at, account, device, role, session, act, space, tbl, key, count, detail, reason, before, own in self.chain():
            h = hashlib.blake2b(b'jemput look 1' + previous, digest_size=32)
            for field in (n, at, account, device, role, session, act, space, tbl, key, count, detail, reason):
                h.update(struct.pack('<q', field) if isinstance(field, int) else struct.pack('<q', len(field.encode())) + field.encode())
            self.assertEqual((before, own), (previous, h.digest()), n)
            previous = own
        self.assertIn('It holds', run(CONSOLE, 'looks', 'verify', scene().office.at))

    def test_without_an_entry_there_is_no_answer(self):
        b = Browser(scene().server.port)
        b.sign_in('verifikator.satu')
        with sqlite3.connect(scene().office.at / 'looks.db') as db:
            db.execute('ALTER TABLE look RENAME TO look_')
            db.commit()
            answer = b.get('/api/applications')
            health = b.get('/api/codes')
            db.execute('ALTER TABLE look_ RENAME TO look')
        self.assertEqual((answer.status, answer.json['code'], b'items' in answer.body), (500, 'JEMPUT_IO', False))
        self.assertEqual(health.status, 200)
        self.assertEqual(b.get('/api/applications').status, 200)

    def signed(self):
        """What each device has sent to the hub."""
        hub = scene().space.at / 'hub.git'
        return subprocess.run(['git', '--git-dir', hub, 'for-each-ref'], capture_output=True, check=True).stdout

    def without(self, entries, act):
        """An act, while looks.db takes no entry of a kind."""
        with sqlite3.connect(scene().office.at / 'looks.db') as db:
            db.execute(f"CREATE TRIGGER full BEFORE INSERT ON look WHEN NEW.detail LIKE '{entries}' BEGIN SELECT raise(ABORT, 'full'); END")
            db.commit()
            answer = act()
            db.execute('DROP TRIGGER full')
        return answer

    def test_an_act_is_written_down_before_it_is_done_and_again_with_what_came_of_it(self):
        b = Browser(scene().server.port)
        b.sign_in('admin.satu')
        b.renew()
        invite = {'space': 1, 'roles': 'petugas', 'scope': '16.74'}
        self.assertEqual(b.post('/api/devices/invite', invite).status, 200)
        b.post('/api/decisions', {'reason': 'uji', 'items': [{'space': 1, 'tbl': 'orang', 'key': 'ab' * 16}]})
        self.assertEqual(b.post('/api/devices/act', {'space': 1, 'kind': 'revoke', 'device': '99', 'reason': 'lost'}).status, 404)
        told = [(row[6], row[7], row[11], row[12]) for row in self.chain()][-6:]
        self.assertEqual(told[0], ('device', 1, 'asked roles=petugas scope=16.74', ''))
        self.assertEqual(told[1], ('device', 1, 'invite petugas 16.74: answered 200', ''))
        self.assertEqual(told[2], ('decision', 1, 'asked; 1 orang ' + 'ab' * 16, 'uji'))
        self.assertEqual(told[3][:3], ('decision', 1, 'orang ' + 'ab' * 16 + ' no: answered 200'))
        self.assertEqual(told[4], ('device', 1, 'asked kind=revoke device=99', 'lost'))
        self.assertEqual(told[5][:3], ('device', 1, 'revoke: answered 404'))
        kominfo = Browser(scene().server.port)
        kominfo.sign_in('kominfo.satu')
        self.assertEqual(kominfo.post('/api/devices/invite', invite).status, 403)
        self.assertEqual(self.chain()[-1][6], 'refused')

    def test_without_an_entry_before_nothing_is_signed_and_without_one_behind_the_answer_says_what_was(self):
        b = Browser(scene().server.port)
        b.sign_in('admin.satu')
        b.renew()
        invite = {'space': 1, 'roles': 'petugas', 'scope': '16.74'}
        self.assertEqual(b.post('/api/devices/invite', invite).status, 200)
        before = self.signed()
        answer = self.without('asked%', lambda: b.post('/api/devices/invite', invite))
        self.assertEqual((answer.status, answer.json['code']), (500, 'JEMPUT_IO'))
        self.assertEqual(self.signed(), before)
        answer = self.without('%answered 200', lambda: b.post('/api/devices/invite', invite))
        self.assertEqual((answer.status, answer.json['code'], 'retry_s' in answer.json), (500, 'UNNOTED', False))
        self.assertNotEqual(self.signed(), before)
        self.assertEqual(self.chain()[-1][11], 'asked roles=petugas scope=16.74')

    def test_an_act_that_fails_half_way_has_left_its_entries(self):
        s, b = scene(), Browser(scene().server.port)
        b.sign_in('admin.satu')
        b.renew()
        hub = s.space.at / 'hub.git'
        hub.rename(s.space.at / 'hub.away')
        try:
            answer = b.post('/api/devices/invite', {'space': 1, 'roles': 'petugas', 'scope': '16.74'})
        finally:
            (s.space.at / 'hub.away').rename(hub)
        self.assertEqual(answer.status // 100, 5, answer.body)
        self.assertEqual([row[11] for row in self.chain()][-2:], ['asked roles=petugas scope=16.74', f'answered {answer.status}'])

    def test_signing_in_is_written_down_right_or_wrong_and_what_is_typed_for_a_name_is_not(self):
        b = Browser(scene().server.port)
        b.sign_in('Rahasia Saya 99', 'x')
        b.sign_in('admin.satu', 'bukan ini 99')
        b.sign_in('admin.satu')
        last = [(row[2], row[6]) for row in self.chain()][-3:]
        self.assertEqual(last, [('?', 'sign-in-wrong'), ('admin.satu', 'sign-in-wrong'), ('admin.satu', 'sign-in')])


if __name__ == '__main__':
    main()
