"""An administrator of one space rules that one: accounts, sessions and looks of others are nothing that they see or end; nor does one of a region
rule more than it."""
import contextlib
import sqlite3
import unittest

from console_scene import CONSOLE, PIN, Browser, Server, account, main
from scene import FOLDER, KELURAHAN, Office, Space, run


class Govern(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office = Office(name='pusat-dua-ruang')
        spaces = cls.spaces = [Space('hulu', tablets=0), Space('hilir', tablets=0)]
        for space in spaces:
            space.join(cls.office)
        one, two = spaces
        for name, role, space, scope in (('hulu.admin', 'admin', one, None), ('hulu.petugas', 'verifikator', one, None),
                                         ('camat', 'admin', one, '16.74.05'), ('lurah', 'kelurahan', one, KELURAHAN),
                                         ('lurah.lain', 'kelurahan', one, '16.74.02.1009'),
                                         ('hilir.admin', 'admin', two, None), ('hilir.petugas', 'verifikator', two, None)):
            account(cls.office, name, role, space, scope=scope)
        for space in spaces:
            space.sync('kantor')
        cls.office.once()
        cls.office.once()
        cls.server = Server(cls.office.at)
        cls.browsers = {}
        for name in ('hulu.admin', 'hulu.petugas', 'camat', 'lurah', 'hilir.admin', 'hilir.petugas'):
            b = cls.browsers[name] = Browser(cls.server.port)
            assert b.sign_in(name).status == 200, name
        cls.browsers['hilir.petugas'].get('/api/applications', q='dicari di hilir')
        cls.browsers['hulu.petugas'].get('/api/applications', q='dicari di hulu')
        cls.browsers['lurah'].get('/api/applications', q='dicari oleh lurah')

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def until(self, done):
        """Rounds of central until it is so."""
        for _ in range(6):
            if done():
                return
            self.office.once()
        self.fail('after six rounds it is not so')

    def names(self, who):
        return {i['account']: i for i in self.browsers[who].get('/api/accounts').json['items']}

    def test_accounts_are_told_to_those_who_administer_one_of_their_spaces(self):
        self.assertEqual(set(self.names('hulu.admin')), {'hulu.admin', 'hulu.petugas', 'camat', 'lurah', 'lurah.lain'})
        self.assertEqual(set(self.names('hilir.admin')), {'hilir.admin', 'hilir.petugas'})
        self.assertEqual(set(self.names('camat')), {'camat', 'lurah'})
        self.assertEqual(set(self.names('hulu.petugas')), {'hulu.petugas'})
        self.assertEqual(len(self.names('hulu.admin')['hulu.petugas']['sessions']), 1)

    def test_nobody_ends_or_disables_what_is_of_another_space_or_region(self):
        foreign = self.names('hilir.admin')['hilir.petugas']['sessions'][0]['session']
        for who, account in (('hulu.admin', 'hilir.petugas'), ('hilir.admin', 'hulu.petugas'), ('camat', 'lurah.lain'), ('camat', 'hulu.petugas')):
            for act in ('disable', 'enable'):
                answer = self.browsers[who].post('/api/accounts', {'act': act, 'account': account})
                self.assertEqual((answer.status, answer.json['code']), (404, 'JEMPUT_NOTFOUND'), (who, act, account))
        for who in ('hulu.admin', 'camat', 'lurah'):
            self.assertEqual(self.browsers[who].post('/api/accounts', {'act': 'end-session', 'session': foreign}).status, 404, who)
        self.assertEqual(self.browsers['hilir.petugas'].get('/api/session').status, 200)
        for act in ('disable', 'enable'):
            self.assertEqual(self.browsers['camat'].post('/api/accounts', {'act': act, 'account': 'lurah'}).status, 200)
        self.assertEqual(self.browsers['lurah'].sign_in('lurah').status, 200)

    def test_what_was_searched_for_in_one_space_is_not_told_in_another(self):
        told = {who: self.browsers[who].get('/api/audit/looks?limit=100').json for who in ('hulu.admin', 'hilir.admin', 'camat')}
        searched = {who: {d for d in ('di hulu', 'di hilir', 'oleh lurah') if any(d in i['detail'] for i in t['items'])} for who, t in told.items()}
        self.assertEqual(searched, {'hulu.admin': {'di hulu', 'oleh lurah'}, 'hilir.admin': {'di hilir'}, 'camat': {'oleh lurah'}})
        self.assertEqual({i['account'] for i in told['hilir.admin']['items']}, {'hilir.admin', 'hilir.petugas'})
        self.assertEqual({t['total'] for t in told.values()}, {None})
        b = self.browsers['hulu.admin']
        b.renew()
        self.assertEqual(b.get('/api/export/looks.csv', reason='uji').status, 403)
        with sqlite3.connect(f'file:{self.office.at}/looks.db?mode=ro', uri=True) as db:
            self.assertGreater(db.execute("SELECT count(*) FROM look WHERE account = 'hilir.petugas'").fetchone()[0], 0)

    def test_an_administrator_who_gives_an_account_more_spaces_by_its_pin_has_not_signed_in_for_it(self):
        ask = {'act': 'space', 'account': 'lurah.lain', 'spaces': []}  # who never has
        wrong = self.browsers['hilir.admin'].post('/api/accounts', {**ask, 'pin': 'bukan ini 99'})
        self.assertEqual((wrong.status, 'PIN-nya keliru' in wrong.json['text_id']), (400, True))
        self.assertEqual(self.browsers['hilir.admin'].post('/api/accounts', {**ask, 'pin': PIN}).status, 200)
        with contextlib.closing(sqlite3.connect(self.office.at / 'console.db')) as db:
            self.assertEqual(db.execute("SELECT last_sign_in_ms FROM account WHERE name = 'lurah.lain'").fetchall(), [(0,)])
            self.assertEqual(db.execute("SELECT place FROM known_place WHERE name = 'lurah.lain'").fetchall(), [])

    def test_the_operator_gives_an_account_another_space_by_its_pin(self):
        two, pin = self.spaces[1], FOLDER / 'pin-lain'
        more = ('account', 'space', self.office.at, 'hulu.admin', '--space', 'hilir', '--role', 'kominfo', '--by', two.at / 'kantor.db',
                '--pin-file', pin)
        pin.write_text('bukan ini 99\n')
        self.assertIn('PIN is wrong', run(CONSOLE, *more, code=None)[2])
        pin.write_text(PIN + '\n')
        self.assertIn('a desk in hilir as kominfo', run(CONSOLE, *more))
        b = Browser(self.server.port)
        for _ in range(4):
            self.office.once()
            self.assertEqual(b.sign_in('hulu.admin').status, 200)
            if len(b.get('/api/session').json['spaces']) == 2:
                break
        self.assertEqual([(s['name'], s['roles']) for s in b.get('/api/session').json['spaces']], [('hulu', 'admin'), ('hilir', 'kominfo')])

    def test_who_is_of_the_office_in_one_space_is_told_of_another_what_kominfo_is_told(self):
        add = {'act': 'add', 'account': 'campur', 'name': 'Campur', 'pin': PIN, 'spaces': [{'space': 1, 'roles': 'verifikator', 'scope': ''}]}
        more = {'act': 'space', 'account': 'campur', 'pin': PIN, 'spaces': [{'space': 2, 'roles': 'kominfo', 'scope': ''}]}
        for who, ask in (('hulu.admin', add), ('hilir.admin', more)):
            self.browsers[who].renew()
            self.assertEqual(self.browsers[who].post('/api/accounts', ask).status, 200, who)
        b, kels = Browser(self.server.port), {1: KELURAHAN, 2: '16.74.02.1009'}
        self.until(lambda: b.sign_in('campur').status == 200)
        self.assertEqual(b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': 'kuda biru 55'}).status, 200)
        self.until(lambda: b.sign_in('campur', 'kuda biru 55').status == 200 and len(b.get('/api/session').json['spaces']) == 2)
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db, db:
            for space, kel in kels.items():
                db.execute("INSERT INTO permohonan(space, id, layanan, tanggal, kode_kel, petugas) VALUES(?, x'77', 'KK', '2022-12-05', ?, 'Rina')",
                           (space, kel))
                db.execute("INSERT INTO kegiatan_sosialisasi(space, id, tanggal, kode_kel, petugas) VALUES(?, x'78', '2022-12-05', ?, 'Rina')",
                           (space, kel))
                db.execute("INSERT INTO keluarga(space, id, kode_kel, rt) VALUES(?, x'79', ?, '001')", (space, kel))
        today = b.get('/api/today?date=2022-12-05').json
        self.assertEqual(([(k['kode'], k['new'], [o['petugas'] for o in k['by']]) for k in today['kelurahan']], today['hidden']),
                         ([(KELURAHAN, 1, ['Rina'])], True))
        told = {space: b.get('/api/regions/' + kel).json for space, kel in kels.items()}
        self.assertEqual([[o['petugas'] for o in told[n]['outreach']] for n in (1, 2)], [['Rina'], [None]])
        self.assertEqual([[r['households'] for r in told[n]['rt']] for n in (1, 2)], [[1], [None]])


if __name__ == '__main__':
    main()
