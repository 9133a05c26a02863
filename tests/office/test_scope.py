"""What an account with a scope comes to see of what is no row: cases, refusals, segments; and what is erased from everywhere."""
import contextlib
import sqlite3
import time
import unittest

from console_scene import KELURAHAN, Browser, account, main, scene


class Scope(unittest.TestCase):
    def test_who_has_a_scope_sees_cases_refusals_and_segments_of_devices_within_it_and_no_keys_of_rows_beyond(self):
        s = scene()
        whole, own, narrow, near = (Browser(s.server.port) for _ in range(4))
        account(s.office, 'v.jauh', 'verifikator', s.space, scope='16.74.02')
        account(s.office, 'v.dekat', 'verifikator', s.space, scope=KELURAHAN)
        for _ in range(2):
            s.office.once()
        for b, name in ((whole, 'verifikator.satu'), (own, 'kelurahan.satu'), (narrow, 'v.jauh'), (near, 'v.dekat')):
            self.assertEqual(b.sign_in(name).status, 200)
        db = sqlite3.connect(s.office.at / 'central.db')
        with db:
            tablet, = db.execute('SELECT writer FROM device_ WHERE number = 3').fetchone()
            db.execute("INSERT INTO case_ VALUES(1, 'forked', ?, 990, 'tablet 03', 1, 1, 1, 'a', 'b', 'c', 'd', 'e', 'f')", (tablet,))
            known = next(i for i in whole.get('/api/conflicts').json['items'] if i['tbl'] == 'orang')['key']
            # 991: nobody knows where that row belongs; 992: nobody can adopt it any more
            for n, key, gone in ((990, known, 0), (991, 'ff' * 16, 0), (992, known, 1)):
                db.execute("INSERT INTO refused_ VALUES(1, ?, ?, 3, 'petugas', 1, 1, 'c', 1, 1, 'x', 'y', 'orang', ?, 'nama', 0, ?)",
                           (n, tablet, bytes.fromhex(key), gone))
        try:
            told = lambda b, what: [i for i in b.get(f'/api/audit/{what}').json['items'] if i['label'] == 'tablet 03']
            self.assertEqual([len(told(b, 'cases')) for b in (whole, own, near, narrow)], [1, 1, 1, 0])
            self.assertEqual([[bool(i['key']) for i in told(b, 'refused')] for b in (whole, near, narrow)],
                             [[True, True, True], [True, False, True], []])
            self.assertEqual([i['gone'] for i in told(whole, 'refused')], [False, False, True])
            self.assertEqual([b.get('/api/audit/segment/1/3:3').status for b in (whole, near, narrow)], [200, 200, 404])
            counts = [b.get('/api/today').json['waits'] for b in (near, narrow)]
            self.assertEqual([(c['refused'], c['forks']) for c in counts], [(2, 1), (0, 0)])
        finally:
            with db:
                db.execute('DELETE FROM case_ WHERE n = 990')
                db.execute('DELETE FROM refused_ WHERE n >= 990')
            db.close()

    def test_small_cells_cannot_be_computed_from_what_kominfo_sees_or_from_two_published_tables(self):
        i, k, path = Browser(scene().server.port), Browser(scene().server.port), '/api/recap?month=2022-12'
        self.assertEqual((i.sign_in('kominfo.satu').status, k.sign_in('kelurahan.satu').status), (200, 200))
        told = i.get(path).json
        self.assertEqual((told['total'], told['services'], told['kelurahan'], told['by_month']), (None, [], [], []))
        self.assertEqual((told['public']['least'], '2022-12' in told['months']), (5, True))
        cells = [c for r in told['public']['rows'] for c in r['cells'] + [r['total']]] + told['public']['totals'] + [told['public']['total']]
        self.assertEqual([c for c in cells if c and c < 5], [])
        running = '/api/recap?month=' + time.strftime('%Y-%m')
        for other in ('/api/recap', path + '&kel=' + KELURAHAN, path + '&space=1', running):
            self.assertIsNone(i.get(other).json['public'], other)
            self.assertEqual(i.get(other.replace('recap', 'export/public.csv'), reason='uji').status, 400, other)
        self.assertIsNone(k.get(path).json['public'], 'one kelurahan is a cut of it')
        self.assertEqual((i.get('/api/export/public.csv?month=2022-12', reason='uji').status, i.get('/api/export/recap.csv', reason='uji').status),
                         (200, 403))

    def test_a_mistake_that_people_make_is_told_in_their_language(self):
        b = Browser(scene().server.port)
        self.assertEqual(b.sign_in('admin.satu').status, 200)
        add = {'act': 'add', 'name': 'X', 'pin': 'kuda biru 55', 'spaces': []}
        told = [b.post('/api/accounts', body) for body in ({**add, 'account': '1budi'}, {**add, 'account': 'ab.key'},
                                                           {'act': 'disable', 'account': 'admin.satu'},
                                                           {**add, 'account': 'kominfo.satu'})] + [b.get('/api/applications', q='ab')]
        words = ('diawali huruf', 'diawali huruf', 'dinonaktifkan sendiri', 'sudah dipakai', '3 huruf nama')
        for answer, status, word in zip(told, (400, 400, 400, 409, 400), words):
            self.assertEqual((answer.status, word in answer.json['text_id']), (status, True), answer.body)

    def test_what_narrows_a_file_is_in_it_and_in_what_is_written_down_or_it_is_refused(self):
        b = Browser(scene().server.port)
        self.assertEqual(b.sign_in('admin.satu').status, 200)
        looks = lambda dates: len(b.get('/api/export/looks.json?' + dates, reason='tinjauan').json)
        last = lambda: b.get('/api/audit/looks?act=export&limit=1').json['items'][0]['n']
        self.assertEqual((looks('from=2001-01-01&to=2001-01-02'), looks('from=2001-01-01') > 10), (0, True))
        before = last()
        for what in ('persons.csv?month=2022-12', 'looks.csv?kel=' + KELURAHAN, 'looks.json?month=2022-12', 'register.html?from=kemarin',
                     'public.csv?month=2022-12&from=2022-12-02'):
            self.assertEqual(b.get('/api/export/' + what, reason='uji').status, 400, what)
        self.assertEqual((last(), b.get('/api/audit/looks?from=kemarin').status), (before, 400))

    def test_the_daily_book_of_a_region_has_the_hash_of_the_state_at_its_foot(self):
        s, b = scene(), Browser(scene().server.port)
        self.assertEqual(b.sign_in('kelurahan.satu').status, 200)
        book = b.get('/api/export/register.html?from=2022-12-05&to=2022-12-05', reason='buku').body.decode()
        with contextlib.closing(sqlite3.connect(s.office.at / 'central.db')) as db:
            self.assertIn(f"Keadaan wonosari: {db.execute('SELECT state_hash FROM space').fetchone()[0]}", book)

    def test_no_other_page_tells_kominfo_what_adds_up_to_the_cells_that_are_hidden(self):
        s, i, k = scene(), *(Browser(scene().server.port) for _ in range(2))
        self.assertEqual((i.sign_in('kominfo.satu').status, k.sign_in('kelurahan.satu').status), (200, 200))
        days = [f'/api/today?date=2022-12-{day:02}' for day in range(1, 32)]
        self.assertEqual([(t['kelurahan'], t['hidden']) for t in (i.get(day).json for day in days)], [([], True)] * 31)
        told = [t for t in (k.get(day).json for day in days)]
        self.assertEqual((sum(x['new'] for t in told for x in t['kelurahan']) >= 24, {t['hidden'] for t in told}), (True, {False}))
        small = lambda of, names: [of[n] for n in names if of[n] is not None and 0 < of[n] < 5]
        for one in i.get('/api/regions').json['kelurahan']:
            self.assertEqual(small(one, ('households', 'persons')) + [r for r in one['rts'] if r['households'] is not None], [], one['kode'])
            self.assertTrue(one['applications'] is None or not one['rts'], one['kode'])
            self.assertEqual([a for a in one['ages'] or [] if a['n'] < 5], [], one['kode'])
        mine, office = (b.get('/api/regions/' + KELURAHAN).json for b in (i, k))
        self.assertEqual({r[n] for r in mine['rt'] for n in ('households', 'persons', 'applications')}, {None})
        self.assertIsNone(mine['ages'], 'beside the number of all, the others tell a band that is left out')
        self.assertTrue(office['rt'] and None not in {r[n] for r in office['rt'] for n in ('households', 'persons', 'applications')})
        self.assertTrue(any(a['n'] < 5 for a in office['ages']))

    def test_an_account_takes_another_signing_key_and_goes_on(self):
        s, b = scene(), Browser(scene().server.port)
        account(s.office, 'kunci.satu', 'verifikator', s.space)
        for _ in range(4):  # until central has let it in
            s.office.once()
            if b.sign_in('kunci.satu').status == 200:
                break
        self.assertEqual(b.get('/api/session').status, 200)
        mine = lambda: next(i for i in b.get('/api/accounts').json['items'] if i['account'] == 'kunci.satu')['spaces'][0]
        keys = lambda: {d['key']: d['state'] for d in b.get('/api/devices?limit=100').json['items'] if d['number'] == mine()['device']}
        before = keys()
        told = b.post('/api/accounts', {'act': 'rotate'})
        self.assertEqual((told.status, told.json['done']), (200, True), told.body)
        s.office.once()
        after = keys()
        (old,), new = before, set(after) - set(before)
        self.assertEqual((after[old], {after[k] for k in new}, len(new)), ('rotated', {'active'}, 1))
        self.assertEqual((mine()['roles'], mine()['state']), ('verifikator', 'active'))
        one = b.get('/api/applications?status=DRAF').json['items'][0]['id']
        step = {'to': 'LENGKAP', 'reason': 'uji', 'items': [{'space': 1, 'id': one, 'from': 'DRAF'}]}
        self.assertEqual(b.post('/api/applications/status', step).json['items'][0]['result'], 'ok')
        s.office.once()
        self.assertEqual(b.get(f'/api/applications/1/{one}').json['application']['status'], 'LENGKAP')

    def test_a_person_is_forgotten_everywhere_on_a_legal_basis_behind_a_look_at_what_names_them(self):
        s, b, v = scene(), *(Browser(scene().server.port) for _ in range(2))
        self.assertEqual((b.sign_in('admin.satu').status, v.sign_in('verifikator.satu').status), (200, 200))
        person = '5e' * 16
        s.space.sql('t1', f"INSERT INTO orang(id, nama) VALUES(x'{person}', 'LUPAKAN SAYA');"
                          f"INSERT INTO catatan(id, orang_id, isi) VALUES(jemput_id(), x'{person}', 'tentang orang itu')")
        s.space.sync('t1')
        s.office.once()
        body = {'space': 1, 'tbl': 'orang', 'key': person, 'reason': 'UU 27/2022 pasal 8, surat 12'}
        self.assertEqual(v.post('/api/forget', {**body, 'look': True}).status, 403)
        look = b.post('/api/forget', {**body, 'look': True}).json
        self.assertEqual((look['title'], look['named_by'], look['n']), ('LUPAKAN SAYA', [{'tbl': 'catatan', 'column': 'orang_id', 'n': 1}], None))
        self.assertEqual(s.space.one('t1', f"SELECT count(*) FROM orang WHERE id = x'{person}'"), 1)
        self.assertEqual(b.post('/api/forget', {**body, 'reason': ''}).status, 400)
        done = b.post('/api/forget', body)
        self.assertEqual((done.status, done.json['look'], done.json['n'] > 0), (200, False, True), done.body)
        s.office.once()
        s.space.sync('t1')
        self.assertEqual(s.space.one('t1', f"SELECT count(*) FROM orang WHERE id = x'{person}'"), 0)
        self.assertEqual(v.get('/api/applications', q='lupakan saya').json['items'], [])
        places = {p['device']: p for p in b.get('/api/forget/1').json['items']}
        self.assertEqual((places[3]['reads'], places[3]['erased']), (True, False))
        told = b.get('/api/audit/looks?act=forget&limit=1').json['items'][0]
        self.assertEqual((told['tbl'], told['key']), ('orang', person))


if __name__ == '__main__':
    main()
