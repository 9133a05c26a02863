"""Signing in to the console: cookies, tokens, whose page a request comes from, waiting after wrong PINs, what every answer carries (OWASP ASVS 4.0.3,
V2-V4, V13-V14)."""
import hashlib
import sqlite3
import struct
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

    def test_five_wrong_pins_make_everybody_wait_also_behind_a_restart(self):
        office = self.office
        run(CONSOLE, 'account', 'list', office.at)
        server = Server(office.at)
        try:
            b = Browser(server.port)
            for name in ('lock.satu', 'tidak.ada.juga'):
                for _ in range(5):
                    self.assertEqual(b.sign_in(name, 'bukan ini 99').status, 401)
                answer = b.sign_in(name, PIN)
                self.assertEqual((answer.status, answer.json['code']), (429, 'WAIT'))
                self.assertTrue(20 <= answer.json['retry_s'] <= 30)
                self.assertEqual(answer.headers['Retry-After'], str(answer.json['retry_s']))
        finally:
            server.stop()
        server = Server(office.at)
        try:
            self.assertEqual(Browser(server.port).sign_in('lock.satu', PIN).status, 429)
        finally:
            server.stop()

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

    def test_an_account_that_is_switched_off_is_out_at_once(self):
        b, admin = self.browser(), self.browser()
        b.sign_in('kominfo.satu')
        admin.sign_in('admin.satu')
        self.assertEqual(admin.post('/api/accounts', {'act': 'disable', 'account': 'kominfo.satu'}).status, 200)
        self.assertEqual(b.get('/api/session').status, 401)
        self.assertEqual(self.browser().sign_in('kominfo.satu').status, 401)
        self.assertEqual(admin.post('/api/accounts', {'act': 'enable', 'account': 'kominfo.satu'}).status, 200)
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
        self.assertTrue((self.office.at / 'accounts' / 'admin.satu.key').read_text().splitlines()[-1].startswith('desk '))


class Looks(unittest.TestCase):
    def chain(self):
        with sqlite3.connect(f'file:{scene().office.at}/looks.db?mode=ro', uri=True) as db:
            return db.execute('SELECT * FROM look ORDER BY n').fetchall()

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

    def test_signing_in_is_written_down_right_or_wrong_and_what_is_typed_for_a_name_is_not(self):
        b = Browser(scene().server.port)
        b.sign_in('Rahasia Saya 99', 'x')
        b.sign_in('admin.satu', 'bukan ini 99')
        b.sign_in('admin.satu')
        last = [(row[2], row[6]) for row in self.chain()][-3:]
        self.assertEqual(last, [('?', 'sign-in-wrong'), ('admin.satu', 'sign-in-wrong'), ('admin.satu', 'sign-in')])


if __name__ == '__main__':
    main()
