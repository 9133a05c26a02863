"""Counts lead to lists that are as long, also where a row's region is its household's alone, and where two households look like one."""
import contextlib
import http.client
import json
import sqlite3
import unittest

from console_scene import KELURAHAN, Browser, Server, main, scene

HOUSE, TWIN, PERSON, ONE = (bytes.fromhex(x * 16) for x in ('d1', 'd2', 'd3', 'd4'))
DATE, ELSEWHERE = '2022-12-24', '16.74.02.1009'
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
