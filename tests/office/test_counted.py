"""Counts lead to lists that are as long, also where a row's region is its household's alone, and where two households look like one."""
import contextlib
import datetime
import http.client
import json
import sqlite3
import unittest

from console_scene import KELURAHAN, Browser, Server, main, scene

HOUSE, TWIN, PERSON, ONE = (bytes.fromhex(x * 16) for x in ('d1', 'd2', 'd3', 'd4'))
DATE, ELSEWHERE, NOBODYS = '2022-12-24', '16.74.02.1009', '16.74.01.1014'  # where no other test puts anybody
ROWS = {
    'keluarga': [dict(id=HOUSE, kode_kel=KELURAHAN, nama_kepala='KEPALA'), dict(id=TWIN, kode_kel=KELURAHAN, nama_kepala='KEPALA')],
    'permohonan': [dict(id=ONE, keluarga_id=HOUSE, tanggal=DATE, batas_waktu='2022-12-25', layanan='KK', status='DRAF')],
    'twin_': [dict(tbl='keluarga', a=HOUSE, b=TWIN, score=90, reasons='[]')],
}


def put(db, table, row):
    """The row, and of columns that must be there something."""
    needed = {r[1]: r[2] for r in db.execute(f'PRAGMA table_info({table})') if r[3]}
    row = {n: 0 if kind == 'INTEGER' else bytes(1) if kind == 'BLOB' else '' for n, kind in needed.items()} | {'space': 1} | row
    db.execute(f"INSERT INTO {table}({','.join(row)}) VALUES({','.join('?' * len(row))})", list(row.values()))


@contextlib.contextmanager
def rows(office, what):
    """These are in central.db for a while."""
    with contextlib.closing(sqlite3.connect(office.at / 'central.db', timeout=20)) as db:
        for table, all_of in what.items():
            for row in all_of:
                put(db, table, row)
        db.commit()
        try:
            yield
        finally:
            for table, all_of in what.items():
                for row in all_of:
                    of = {k: v for k, v in row.items() if isinstance(v, bytes)}
                    db.execute(f"DELETE FROM {table} WHERE {' AND '.join(k + ' = ?' for k in of)}", list(of.values()))
            db.commit()


def moved(browser):
    """What the page is told first: so many of the account's segments are in the lists."""
    with contextlib.closing(http.client.HTTPConnection('127.0.0.1', browser.port, timeout=10)) as c:
        c.request('GET', '/api/events', headers={'Host': browser.host, 'Cookie': browser.cookie})
        answer, name = c.getresponse(), None
        while True:
            line = answer.readline().decode().strip()
            if line.startswith('event: '):
                name = line[7:]
            if line.startswith('data: ') and name == 'moved':
                return json.loads(line[6:])['n']


class Counted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s, cls.browsers = scene(), {}
        cls.server = Server(cls.s.office.at)  # that has nothing in mind of what it was asked before
        for role in ('kelurahan', 'verifikator', 'admin'):
            b = cls.browsers[role] = Browser(cls.server.port)
            assert b.sign_in(f'{role}.satu').status == 200

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def length(self, b, path, of=lambda item: True):
        """Of a list, page by page."""
        count, after = 0, None
        while True:
            told = b.get(path + ('&' if '?' in path else '?') + 'limit=40' + (f'&after={after}' if after else '')).json
            count += sum(of(i) for i in told['items'])
            after = told.get('after')
            if not after:
                return count

    def test_people_are_counted_by_where_their_household_is_and_by_age_in_whole_years(self):
        today = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=7))).date()  # of the server: WIB
        day, born, people, where = f'{today:%m-%d}', [], [], {}
        for years, band in ((5, 0), (17, 1), (25, 2), (45, 3), (60, 4)):  # whoever is a day younger is in the band before
            later = '12-31' if day < '12-31' else '13-01'
            born += [(f'{today.year - years}-{day}', band + 1), (f'{today.year - years}-{later}', band), (f'{today.year - years}-', band + 1)]
        born += [(x, 6) for x in (None, '', '1980', '19-05-1980', '1ABC-01-01', '3000-01-01', 'abad lalu')] + [('1900-01-01', 5), ('2999-01-01', 0)]
        houses = [dict(id=bytes([0xe0 + i] * 16), kode_kel=NOBODYS, rw=rw, rt=rt) for i, (rw, rt) in
                  enumerate(((None, '001'), ('', '001'), ('002', None), ('002', '001'), ('002', '001')))]
        for i, (date, _) in enumerate(born * 5):  # five of each, so that no small number is kept from anybody
            house = houses[i % 5]
            people.append(dict(id=bytes([0xf0, i]) * 8, keluarga_id=house['id'], tanggal_lahir=date, penyandang_cacat=('1', '7', '', None)[i % 4]))
            key = (house['rw'] or '', house['rt'] or '')
            where[key] = where.get(key, 0) + 1
        with rows(self.s.office, {'keluarga': houses, 'orang': people}):
            told = self.browsers['verifikator'].get(f'/api/regions/{NOBODYS}?gap=77').json
            one = [k for k in self.browsers['verifikator'].get('/api/regions?gap=77').json['kelurahan'] if k['kode'] == NOBODYS][0]
        bands = ('0-4', '5-16', '17-24', '25-44', '45-59', '60+', '?')
        ages = [{'band': name, 'n': 5 * sum(b == i for _, b in born)} for i, name in enumerate(bands)]
        disabled = sum(p['penyandang_cacat'] == '1' for p in people)
        self.assertEqual((told['ages'], one['ages'], one['persons']), (ages, ages, len(people)))
        self.assertEqual({(r['rw'], r['rt']): r['persons'] for r in told['rt']}, where)
        self.assertEqual([[(d['kode'], d['n']) for d in of['disability']] for of in (told, one)], [[('1', disabled)]] * 2)

    def test_each_count_is_the_length_of_the_list_it_leads_to(self):
        lists = {'conflicts': ('/api/conflicts',), 'hard': ('/api/conflicts?hard=1',), 'held': ('/api/held',), 'twins': ('/api/twins?tbl=orang',),
                 'overdue': ('/api/applications?overdue=1',), 'cases': ('/api/audit/cases', lambda i: i['open']),
                 'clocks': ('/api/devices', lambda i: i['clock_doubtful'])}
        with rows(self.s.office, ROWS):
            for role, b in self.browsers.items():
                told = b.get('/api/today?date=' + DATE).json
                for name, where in {**lists, **({'refused': ('/api/audit/refused', lambda i: not i['adopted'] and not i['gone'])}
                                                if role != 'kelurahan' else {})}.items():
                    self.assertEqual(self.length(b, *where), told['waits'][name], (role, name))
                self.assertGreater(told['waits']['overdue'], 0)
                self.assertEqual({k['kode']: k['new'] for k in told['kelurahan']}, {KELURAHAN: 1}, role)
                for path in ('/api/applications?from={0}&to={0}&kel=' + KELURAHAN, '/api/applications?from={0}&to={0}'):
                    self.assertEqual(self.length(b, path.format(DATE)), 1, (role, path))

    def test_a_page_that_waits_for_what_it_signed_is_told_when_the_rows_are_there_and_not_before(self):
        s, b = self.s, self.browsers['verifikator']
        central = s.office.at / 'central.db'
        one = b.get('/api/applications?status=DRAF').json['items'][0]
        with contextlib.closing(sqlite3.connect(central, timeout=20)) as db:
            db.execute("CREATE TRIGGER rusak BEFORE INSERT ON batch BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
            db.commit()
            try:
                item = {'space': 1, 'id': one['id'], 'from': 'DRAF'}
                signed = b.post('/api/applications/status', {'to': 'LENGKAP', 'reason': 'uji', 'items': [item]}).json['items'][0]
                self.assertEqual(signed['result'], 'ok')
                s.office.once(code=None)
                s.office.once(code=None)  # devices are known to have been merged, and the rows are not there
                self.assertEqual(b.get(f"/api/applications/1/{one['id']}").json['application']['status'], 'DRAF')
                self.assertLess(moved(b), signed['n'])
            finally:
                db.execute('DROP TRIGGER rusak')
                db.commit()
        s.office.once()
        self.assertEqual(b.get(f"/api/applications/1/{one['id']}").json['application']['status'], 'LENGKAP')
        self.assertGreaterEqual(moved(b), signed['n'])

    def test_the_list_of_a_kelurahan_is_in_order_wherever_its_region_stands_and_goes_on_from_page_to_page(self):
        more = [dict(id=bytes([0xe0, n] + 14 * [1]), keluarga_id=HOUSE, tanggal=f'2022-12-{1 + n:02}', status='DRAF') for n in range(28)]
        with rows(self.s.office, {**ROWS, 'permohonan': more}):
            for role, b in self.browsers.items():
                seen, after = [], ''
                while after is not None:
                    told = b.get(f'/api/applications?kel={KELURAHAN}&limit=7{after and "&after=" + after}').json
                    seen += [(i['date'], i['id']) for i in told['items']]
                    after = told['after']
                self.assertEqual(seen, sorted(set(seen), reverse=True), role)
                self.assertLessEqual({m['id'].hex() for m in more}, {i for _, i in seen})

    def test_what_an_application_tells_of_persons_of_another_kelurahan_are_their_names_and_masked_numbers(self):
        elsewhere = {'keluarga': [dict(id=TWIN, kode_kel=ELSEWHERE, no_kk='1674990101990001', nama_kepala='KEPALA SEBELAH', alamat='Jl. Sebelah 1')],
                     'orang': [dict(id=PERSON, keluarga_id=TWIN, nik='1674995512990002', nama='WARGA SEBELAH', nama_ibu='IBU SEBELAH')],
                     'permohonan': [dict(id=ONE, kode_kel=KELURAHAN, pemohon_id=PERSON, keluarga_id=TWIN, tanggal=DATE, status='DRAF', layanan='KK')]}
        with rows(self.s.office, elsewhere):
            for role, b in self.browsers.items():
                b.renew()
                told = b.get(f'/api/applications/1/{ONE.hex()}')
                book = b.get(f'/api/export/applications.csv?from={DATE}&to={DATE}', reason='uji').body.decode()
                whole = role != 'kelurahan'
                self.assertEqual((told.json['elsewhere'], len(told.json['members'])), (not whole, int(whole)))
                self.assertEqual((told.json['applicant']['nama'], told.json['applicant']['nik']), ('WARGA SEBELAH', '1674995512990002' if whole
                                                                                                  else '167499******0002'))
                self.assertEqual(told.json['household']['no_kk'], '1674990101990001' if whole else '167499******0001')
                for text in ('1674995512990002', '1674990101990001', 'IBU SEBELAH', 'Jl. Sebelah 1'):
                    self.assertEqual(text in told.body.decode(), whole, (role, text))
                for number, masked in (('1674995512990002', '167499******0002'), ('1674990101990001', '167499******0001')):
                    self.assertEqual((number in book, masked in book), (whole, not whole), role)


if __name__ == '__main__':
    main()
