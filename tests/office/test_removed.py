"""A space that is removed while a console session on it is open, and the service runs."""
import contextlib
import sqlite3
import subprocess
import time
import unittest

from console_scene import PIN, Browser, Server, account, main
from scene import CENTRAL, KELURAHAN, Office, Space, free_port

PLACES = ('/api/today', '/api/conflicts', '/api/held', '/api/twins?tbl=orang', '/api/applications', '/api/devices', '/api/regions', '/api/recap',
          '/api/audit/states', '/api/audit/cases', '/api/audit/refused', '/api/codes', '/api/accounts')


def until(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, 'it did not come to be'
        time.sleep(0.1)


class Removed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = Office(name='pusat-lepas')
        cls.spaces = {name: Space(name) for name in ('lepas', 'tetap')}
        for n, space in enumerate(cls.spaces.values()):
            space.join(cls.office)
            space.sql('t1', f"""INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'WARGA {space.name}', '167499410101{n:04d}');
                INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel, status)
                SELECT jemput_id(), 'KK', '2023-01-05', id, '{KELURAHAN}', 'LENGKAP' FROM orang""")
            account(cls.office, f'{space.name}.satu', 'verifikator', space)
            space.sync('t1', 'kantor')
        account(cls.office, 'lepas.admin', 'admin', cls.spaces['lepas'])
        cls.spaces['lepas'].sync('kantor')
        cls.office.once()
        cls.office.once()
        cls.server = Server(cls.office.at)
        cls.browsers = {name: Browser(cls.server.port) for name in ('lepas', 'dua')}
        assert cls.browsers['lepas'].sign_in('lepas.satu').status == 200
        cls.both(cls.browsers['dua'])
        port = free_port()
        cls.daemon = subprocess.Popen([CENTRAL, 'run', cls.office.at, '--listen', f'127.0.0.1:{port}', '--poll', '1'], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
        cls.daemon.stdout.readline()
        until(lambda: len(cls.browsers['dua'].get('/api/applications').json['items']) == 2)

    @classmethod
    def both(cls, browser):
        """An account of the other space is given this one, too, and signs in before central has let it in there."""
        admin = Browser(cls.server.port)
        admin.sign_in('lepas.admin')
        space = admin.get('/api/session').json['spaces'][0]['id']
        answer = admin.post('/api/accounts', {'act': 'space', 'account': 'tetap.satu', 'pin': PIN, 'spaces': [
            {'space': space, 'roles': 'verifikator', 'scope': ''}]})
        assert answer.json['spaces'][0]['result'] == 'ok', answer.body
        assert [s['roles'] for s in browser.sign_in('tetap.satu').json['spaces']] == ['', 'verifikator']

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()
        cls.daemon.terminate()
        _, err = cls.daemon.communicate(timeout=20)
        assert (cls.daemon.returncode, err) == (0, b''), err

    def base(self, query):
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db:
            return db.execute(query).fetchall()

    def test_who_is_let_in_after_signing_in_need_not_sign_in_again(self):
        self.assertEqual([s['roles'] for s in self.browsers['dua'].get('/api/session').json['spaces']], ['verifikator', 'verifikator'])

    def test_the_service_lets_go_of_a_space_that_is_removed(self):
        """It keeps the lease of one on which it has just worked, or whoever removes it would wait until that ends by itself."""
        def follows(left_ms):
            with contextlib.closing(sqlite3.connect(self.office.at / 'central.db', timeout=20)) as db, db:
                db.execute("UPDATE space SET left_ms = ?, poke = poke + 1 WHERE name = 'lepas'", [left_ms])
        leases = "SELECT count(*) FROM lease JOIN space ON id = space WHERE name = 'lepas'"
        follows(None)
        until(lambda: self.base(leases) == [(1,)])
        follows(1)
        until(lambda: self.base(leases) == [(0,)])
        follows(None)

    def applications(self, name):
        answer = self.browsers[name].get('/api/applications')
        return answer.status, sorted(i['applicant'] for i in answer.json.get('items', []))

    def step(self, name, application):
        return self.browsers[name].post('/api/applications/status', {'to': 'DITERIMA', 'reason': 'berkas lengkap di meja', 'items': [
            {'space': application['space'], 'id': application['id'], 'from': 'LENGKAP'}]})

    def left(self, rows):
        """Who had that space alone is out at the next request; who has the other, too, goes on there, and reads and writes nothing of this one."""
        self.office.central('remove', 'lepas', '--rows', rows, '--confirm', 'lepas')
        self.assertEqual(self.step('lepas', self.mine).status, 401)
        self.assertEqual({place: self.browsers['lepas'].get(place).status for place in PLACES}, dict.fromkeys(PLACES, 401))
        answers = {place: self.browsers['dua'].get(place) for place in PLACES}
        self.assertEqual({place: a.status for place, a in answers.items()}, dict.fromkeys(PLACES, 200))
        self.assertEqual([place for place, a in answers.items() if b'WARGA lepas' in a.body], [])
        self.assertEqual(self.applications('dua'), (200, ['WARGA tetap']))
        one = f"/api/applications/{self.mine['space']}/{self.mine['id']}"
        self.assertEqual(self.browsers['dua'].get(one).status, 404)
        self.assertNotEqual(self.step('dua', self.mine).json.get('items', [{}])[0].get('result'), 'ok')

    def test_who_works_in_a_space_that_is_removed_is_out_and_in_again_once_it_is_followed_again(self):
        self.assertEqual([self.applications(name) for name in ('lepas', 'dua')], [(200, ['WARGA lepas']), (200, ['WARGA lepas', 'WARGA tetap'])])
        type(self).mine = self.browsers['lepas'].get('/api/applications').json['items'][0]
        self.left('keep')
        self.assertEqual(self.base("SELECT nama FROM orang ORDER BY 1"), [('WARGA lepas',), ('WARGA tetap',)])
        self.left('drop')
        self.assertEqual(self.base("SELECT nama FROM orang ORDER BY 1"), [('WARGA tetap',)])
        self.spaces['lepas'].sql('t1', "INSERT INTO orang(id, nama) VALUES(jemput_id(), 'SEMENTARA ITU')")
        self.spaces['lepas'].sync('t1')
        time.sleep(2.5)  # the service would have merged it
        self.assertEqual(self.base("SELECT nama FROM orang ORDER BY 1"), [('WARGA tetap',)])
        self.office.central('add', 'lepas')
        until(lambda: self.base('SELECT count(*) FROM orang') == [(3,)])
        self.assertEqual(self.browsers['lepas'].sign_in('lepas.satu').status, 200)
        until(lambda: self.applications('lepas') == (200, ['WARGA lepas']))
        until(lambda: self.applications('dua') == (200, ['WARGA lepas', 'WARGA tetap']))
        answer = self.step('lepas', self.mine)
        self.assertEqual((answer.status, answer.json['items'][0]['result']), (200, 'ok'), answer.body)
        until(lambda: self.base("SELECT count(*) FROM permohonan WHERE status = 'DITERIMA'") == [(1,)])


if __name__ == '__main__':
    main()
