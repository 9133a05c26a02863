"""An account's PIN, its first desk and its further ones: done or not done, and told so, also when console.db or the hub is away half-way."""
import contextlib
import sqlite3
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
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db:
            return db.execute(sql, values).fetchall()

    def writer(self, name):
        """Of the account's log, as console.db knows it."""
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db')) as db:
            return db.execute('SELECT writer FROM desk WHERE account = ?', (name,)).fetchall()[0][0]

    @contextlib.contextmanager
    def console_db_held(self):
        """A second connection writes and does not end."""
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db', isolation_level=None)) as db:
            db.execute('BEGIN IMMEDIATE')
            yield

    @contextlib.contextmanager
    def hub_refuses(self, space, name):
        """What keeps the log of an account from being pushed: somebody else's lock on its branch. The rest can be fetched."""
        folder = space.at / 'hub.git' / 'refs' / 'heads' / 'log' / self.writer(name)
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
