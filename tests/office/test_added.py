"""An account's PIN, its first desk and its further ones: done or not done, and told so, also when console.db or the hub is away half-way."""
import contextlib
import http.server
import itertools
import sqlite3
import threading
import time
import unittest

from console_scene import CONSOLE, PIN, Browser, Server, account, main
from scene import FOLDER, Office, Space, run

NEW_PIN = 'kuda biru 55'


class Added(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = Office(name='pusat-tambah')
        cls.spaces = [Space('ulu', tablets=0), Space('ilir', tablets=0)]
        for space in cls.spaces:
            space.join(cls.office)
            account(cls.office, f'{space.name}.admin', 'admin', space)
            space.sync('kantor')
        cls.office.once()
        cls.office.once()
        cls.server = Server(cls.office.at)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def signed_in(self, name, pin=PIN):
        b = Browser(self.server.port)
        self.assertEqual(b.sign_in(name, pin).status, 200)
        b.renew(pin)
        return b

    def add(self, b, name, space=1, act='add', roles='verifikator'):
        answer = b.post('/api/accounts', {'act': act, 'account': name, 'name': name, 'pin': PIN, 'spaces': [
            {'space': space, 'roles': roles, 'scope': ''}]})
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json

    def until(self, done):
        """Rounds of central until it is so."""
        for _ in range(20):
            if done():
                return
            time.sleep(0.5)
            self.office.once()
        self.fail('after twenty rounds it is not so')

    def central(self, sql, *values):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db, db:
            return db.execute(sql, values).fetchall()

    def writer(self, name, space=None):
        """Of the account's log, as console.db knows it."""
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db')) as db:
            return db.execute('SELECT writer FROM desk WHERE account = ? AND space = ifnull(?, space)', (name, space)).fetchall()[0][0]

    @contextlib.contextmanager
    def console_db_held(self):
        """A second connection writes and does not end."""
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db', isolation_level=None)) as db:
            db.execute('BEGIN IMMEDIATE')
            yield

    @contextlib.contextmanager
    def hub_refuses(self, space, name, number=None):
        """What keeps the log of an account from being pushed: somebody else's lock on its branch. The rest can be fetched."""
        folder = space.at / 'hub.git' / 'refs' / 'heads' / 'log' / self.writer(name, number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = folder / f'{max([p.name for p in folder.iterdir()] or ["1"])}.lock'
        lock.write_text('held by somebody else')
        try:
            yield
        finally:
            lock.unlink()

    def desk_files(self, name):
        return sorted(p.name for p in (self.office.at / 'accounts' / name).glob('*'))

    def test_a_new_pin_is_told_to_hold_where_it_holds_and_no_third_is_asked_for_while_console_db_cannot_be_written(self):
        self.assertTrue(self.add(self.signed_in('ulu.admin'), 'pin.baru')['done'])
        self.office.once()
        b = Browser(self.server.port)
        self.until(lambda: b.sign_in('pin.baru').status == 200)
        with self.console_db_held():
            told = b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': NEW_PIN}).status
        self.assertEqual([Browser(self.server.port).sign_in('pin.baru', pin).status for pin in (PIN, NEW_PIN)], [401, 200])
        self.assertEqual((told, b.get('/api/session').json['new_pin'], b.get('/api/conflicts').status), (200, False, 200))
        key = self.office.at / 'accounts' / 'pin.baru.key.new'
        key.mkdir()
        try:
            self.assertNotEqual(b.post('/api/accounts', {'act': 'pin', 'old': NEW_PIN, 'pin': 'ayam hijau 77'}).status, 200)
        finally:
            key.rmdir()
        self.assertEqual([Browser(self.server.port).sign_in('pin.baru', pin).status for pin in (NEW_PIN, 'ayam hijau 77')], [200, 401])

    def test_a_key_file_that_cannot_be_read_is_no_wrong_pin(self):
        b, key = self.signed_in('ilir.admin'), self.office.at / 'accounts' / 'ilir.admin.key'
        whole = key.read_bytes()
        key.write_bytes(whole.replace(b'desk ', b'disk '))
        try:
            answer = b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': NEW_PIN})
        finally:
            key.write_bytes(whole)
        self.assertEqual((answer.status, answer.json['code']), (500, 'JEMPUT_IO'))

    def test_an_account_whose_invitation_the_hub_could_not_take_is_told_as_not_sent_and_comes_in_by_itself(self):
        admin, ulu = self.signed_in('ulu.admin'), self.spaces[0]
        with self.hub_refuses(ulu, 'ulu.admin'):
            told = self.add(admin, 'hub.pergi')
            self.assertEqual((told['done'], [(s['result'], s['unsent']) for s in told['spaces']]), (True, [('ok', True)]))
            self.assertIn('belum dipastikan sampai', told['spaces'][0]['text_id'])
            self.assertEqual([s['unsent'] for s in admin.get('/api/session').json['spaces']], [True])
            self.assertIn('hub.pergi', {i['account'] for i in admin.get('/api/accounts').json['items']})
            self.office.once()
        self.until(lambda: self.central("SELECT 1 FROM device_ WHERE state = 'aktif' AND roles = 'verifikator' AND writer = ?",
                                        self.writer('hub.pergi')))
        self.assertEqual([s['unsent'] for s in admin.get('/api/session').json['spaces']], [False])
        self.assertEqual(Browser(self.server.port).sign_in('hub.pergi').status, 200)

    def test_a_desk_that_console_db_cannot_be_told_of_is_not_left_and_the_name_is_free(self):
        admin = self.signed_in('ilir.admin')
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db', isolation_level=None)) as db:
            db.execute("CREATE TRIGGER penuh BEFORE INSERT ON desk BEGIN SELECT RAISE(ABORT, 'full'); END")
            try:
                told = self.add(admin, 'tanpa.catatan', space=2)
                self.assertEqual((told['done'], self.desk_files('tanpa.catatan')), (False, []))
            finally:
                db.execute('DROP TRIGGER penuh')
        self.assertTrue(self.add(admin, 'tanpa.catatan', space=2)['done'])
        self.until(lambda: Browser(self.server.port).sign_in('tanpa.catatan').status == 200)

    def test_stores_that_no_key_opens_any_more_are_put_aside_and_a_key_file_that_console_db_does_not_know_is_not_overwritten(self):
        admin, accounts = self.signed_in('ilir.admin'), self.office.at / 'accounts'
        (accounts / 'nama.lama').mkdir()
        (accounts / 'nama.lama' / 'ilir.db').write_bytes(b'sealed by a seed that is gone')
        self.assertTrue(self.add(admin, 'nama.lama', space=2)['done'])
        aside, = accounts.glob('nama.lama.[0-9]*')
        self.assertEqual((aside / 'ilir.db').read_bytes(), b'sealed by a seed that is gone')
        key = accounts / 'nama.kunci.key'
        key.write_bytes((accounts / 'ilir.admin.key').read_bytes())
        answer = admin.post('/api/accounts', {'act': 'add', 'account': 'nama.kunci', 'name': 'x', 'pin': PIN, 'spaces': [
            {'space': 2, 'roles': 'verifikator', 'scope': ''}]})
        self.assertEqual((answer.status, key.read_bytes()), (409, (accounts / 'ilir.admin.key').read_bytes()))

    def test_a_desk_that_console_db_has_missed_is_known_again_at_the_next_sign_in(self):
        writer = self.writer('ilir.admin')
        for change in ("UPDATE desk SET writer = 'another' WHERE account = 'ilir.admin'", "DELETE FROM desk WHERE account = 'ilir.admin'"):
            with contextlib.closing(sqlite3.connect(self.office.at / 'console.db')) as db, db:
                db.execute(change)
            self.signed_in('ilir.admin')
            self.assertEqual(self.writer('ilir.admin'), writer)

    def test_a_host_that_is_not_there_is_asked_for_one_of_its_spaces_at_a_time_and_for_each_in_turn(self):
        account(self.office, 'dua.admin', 'admin', self.spaces[0])
        pin = FOLDER / 'pin-dua'
        pin.write_text(PIN + '\n')
        run(CONSOLE, 'account', 'space', self.office.at, 'dua.admin', '--space', 'ilir', '--role', 'admin', '--by', self.spaces[1].at / 'kantor.db',
            '--pin-file', pin)
        self.office.once()
        self.office.once()
        server = Server(self.office.at)
        b = Browser(server.port)
        self.until(lambda: b.sign_in('dua.admin').status == 200 and len(b.get('/api/session').json['spaces']) == 2)
        b.renew()
        with self.hub_refuses(self.spaces[0], 'dua.admin', 1), self.hub_refuses(self.spaces[1], 'dua.admin', 2), self.away() as asked:
            for space in (1, 2):
                b.post('/api/devices/invite', {'space': space, 'roles': 'petugas', 'scope': ''})
            self.assertEqual([s['unsent'] for s in b.get('/api/session').json['spaces']], [True, True])
            server.stop()
            self.central(f"UPDATE space SET hub = 'http://127.0.0.1:{asked.port}/' || name || '.git'")
            try:
                server = Server(self.office.at)
                self.assertEqual(Browser(server.port).sign_in('dua.admin').status, 200)
                time.sleep(5)
                server.stop()
            finally:
                self.central('UPDATE space SET hub = NULL')
        self.assertEqual({path.split('/')[1] for path, _ in asked}, {'ulu.git', 'ilir.git'})
        self.assertGreater(min(b - a for (_, a), (_, b) in itertools.pairwise(asked)), 1.5, asked)

    @contextlib.contextmanager
    def away(self):
        """A host that has no hub today: the paths that it is asked for, and when."""
        class Asked(list):
            port = 0

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                asked.append((self.path, time.monotonic()))
                self.send_error(502)

            def log_message(self, *args):
                pass

        asked = Asked()
        with http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler) as host:
            asked.port = host.server_address[1]
            threading.Thread(target=host.serve_forever, daemon=True).start()
            try:
                yield asked
            finally:
                host.shutdown()

    def test_who_is_in_a_space_already_is_refused_with_a_reason_before_anything_is_signed(self):
        admin, ilir = self.signed_in('ilir.admin'), self.spaces[1]
        signed = lambda: self.central('SELECT segments FROM device_ WHERE space = 2 AND writer = ?', self.writer('ilir.admin'))
        self.office.once()
        before = signed()
        told = self.add(admin, 'ilir.admin', space=2, act='space', roles='kelurahan')
        self.assertEqual((told['done'], [s['result'] for s in told['spaces']]), (False, ['failed']))
        self.office.once()
        self.assertEqual(signed(), before)
        self.assertIn('sudah ada di ruang ini', told['spaces'][0]['text_id'])
        pin = FOLDER / 'pin-tambah'
        pin.write_text(PIN + '\n')
        self.assertIn('in the space already', run(CONSOLE, 'account', 'space', self.office.at, 'ilir.admin', '--space', 'ilir', '--role', 'kominfo',
                                                  '--by', ilir.at / 'kantor.db', '--pin-file', pin, code=None)[2])


if __name__ == '__main__':
    main()
