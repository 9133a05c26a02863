"""The console's routes: what they answer (as api.md and the fixtures have it), to whom, what is written down of it; and decisions from the page to
central and back."""
import csv
import io
import json
import pathlib
import re
import unittest
import zipfile

from console_scene import FIXTURES, KELURAHAN, PIN, ROOT, SCHEMA, Browser, main, scene

OFFICE = {'kelurahan', 'verifikator', 'admin'}
API = (ROOT / 'tools' / 'console' / 'api.md').read_text()


def keys(value):
    """The members of an answer, wherever they stand; of a list those of its first object."""
    if isinstance(value, list):
        return [keys(value[0])] if value and isinstance(value[0], dict) else []
    return {k: keys(v) for k, v in value.items()} if isinstance(value, dict) else None


FREE = {'row', 'base', 'value', 'before', 'row_a', 'row_b', 'against_row', 'application', 'applicant', 'household', 'labels', 'names', 'lists',
        'columns', 'rows'}


def differences(fixture, answer, path=''):
    """Members that one has and the other has not. Lists that are empty, and nulls, say nothing; what is under FREE is called after the columns of a
    table."""
    if isinstance(fixture, dict) and isinstance(answer, dict):
        if path.rsplit('.', 1)[-1] in FREE:
            return []
        out = [f'{path}.{k}' for k in fixture.keys() ^ answer.keys()]
        for k in fixture.keys() & answer.keys():
            out += differences(fixture[k], answer[k], f'{path}.{k}')
        return out
    if isinstance(fixture, list) and isinstance(answer, list) and fixture and answer:
        return differences(fixture[0], answer[0], path)
    return []


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = scene()
        cls.browsers = {}
        for role in ('kelurahan', 'verifikator', 'admin', 'kominfo'):
            b = cls.browsers[role] = Browser(cls.s.server.port)
            assert b.sign_in(f'{role}.satu').status == 200

    def as_fixture(self, name, answer, status=200):
        self.assertEqual(answer.status, status, answer.body[:400])
        self.assertEqual(differences(json.loads((FIXTURES / f'{name}.json').read_text()), answer.json), [], name)
        return answer.json

    def conflict(self, role='verifikator', tbl='orang', more=''):
        b = self.browsers[role]
        item = next(i for i in b.get('/api/conflicts').json['items'] if i['tbl'] == tbl)
        return item, b.get(f"/api/conflicts/{item['space']}/{item['tbl']}/{item['key']}{more}")

    # --- the paper

    def test_each_example_of_the_paper_is_its_fixture(self):
        examples = dict(re.findall(r'Example `([a-z-]+)`:\n\n((?:    .*\n)+)', API + '\n'))
        self.assertGreater(len(examples), 30)
        for name, text in examples.items():
            self.assertEqual(differences(json.loads((FIXTURES / f'{name}.json').read_text()), json.loads(text)), [], name)

    def test_each_route_of_the_paper_is_in_the_table_and_the_other_way_round(self):
        table = (ROOT / 'tools' / 'console' / 'route.c').read_text()
        coded = {(m, re.sub(r'\{\}', '*', p)) for m, p in re.findall(r'\{ "(GET|POST)", "([^"]+)"', table)}
        paper = set()
        for methods, path in re.findall(r'^\| `((?:GET|POST)) (/api/[^` ]*)`', API, re.M):
            paper.add((methods, re.sub(r'\b[A-Z]{1,7}(\.[A-Z]+)?\b', '*', path)))
        self.assertEqual(coded - paper, set())
        self.assertEqual(paper - coded, set())

    # --- roles

    ALL, AUDITORS = {'kominfo'} | OFFICE, {'admin', 'verifikator', 'kominfo'}
    ROUTES = (  # path, who, and is it of persons; {k}: a conflict's row, {h}: one that is held, {a}: an application
        ('/api/today', ALL, False), ('/api/codes', ALL, False), ('/api/conflicts', OFFICE, True), ('/api/conflicts/1/orang/{k}', OFFICE, True),
        ('/api/decisions/1/orang/{k}', OFFICE, True),
        ('/api/held', OFFICE, True), ('/api/held/1/permohonan/{h}', OFFICE, True), ('/api/twins', OFFICE, True), ('/api/applications', OFFICE, True),
        ('/api/applications/1/{a}', OFFICE, True), ('/api/applications/1/{a}/history', OFFICE, True), ('/api/devices', ALL, False),
        ('/api/devices/1/3/cuts', {'admin'}, False),
        ('/api/forget/1', {'admin'}, False), ('/api/regions', ALL, False), ('/api/regions/16.74.05.1003', ALL, False),
        ('/api/recap', ALL, False),
        ('/api/audit/states', AUDITORS, False), ('/api/audit/forks', AUDITORS, False), ('/api/audit/cases', ALL, False),
        ('/api/audit/refused', AUDITORS, False),
        ('/api/audit/looks', {'admin'}, True), ('/api/audit/segment/1/3:1', AUDITORS, False), ('/api/accounts', ALL, False),
        ('/api/export/recap.csv', OFFICE, False), ('/api/export/applications.csv', OFFICE, True),
        ('/api/export/persons.xlsx', {'verifikator', 'admin'}, True), ('/api/export/looks.json', {'admin'}, True))
    WRITES = (('/api/decisions', OFFICE), ('/api/decisions/undo', OFFICE), ('/api/twins/unite', {'verifikator', 'admin'}),
              ('/api/twins/part', {'verifikator', 'admin'}), ('/api/twins/two', OFFICE), ('/api/applications/status', OFFICE),
              ('/api/applications/return', OFFICE), ('/api/devices/invite', {'admin'}),
              ('/api/devices/act', {'admin'}), ('/api/forget', {'admin'}), ('/api/audit/run', {'admin', 'verifikator', 'kominfo'}))

    def rows(self):
        b = self.browsers['admin']
        held, application = (b.get(path).json['items'][0] for path in ('/api/held', '/api/applications'))
        return {'k': self.conflict()[0]['key'], 'h': held['key'], 'a': application['id']}

    def test_each_route_is_for_its_roles_alone(self):
        at = self.rows()
        for role, browser in self.browsers.items():
            browser.renew()
            for path, who, _ in self.ROUTES:
                answer = browser.get(path.format(**at), reason='uji')
                self.assertEqual(answer.status == 200, role in who, (role, path, answer.status, answer.body[:200]))
                self.assertIn(answer.status, (200, 403), (role, path))
            for path, who in self.WRITES:
                answer = browser.post(path, {})
                self.assertEqual(answer.status == 403, role not in who, (role, path, answer.body[:200]))
            self.assertEqual(browser.ask('POST', '/api/import?space=1', raw=b'', kind='text/csv').status == 403, role not in ('admin', 'verifikator'))
        nobody = Browser(self.s.server.port)
        for path, *_ in self.ROUTES:
            self.assertEqual(nobody.get(path.format(**at)).status, 401)
        for path, _ in self.WRITES:
            self.assertEqual(nobody.post(path, {}).status, 401)

    def test_each_look_at_a_person_and_each_refusal_of_one_is_written_down_before_it_is_answered(self):
        admin = self.browsers['admin']
        at = self.rows()
        for role in ('verifikator', 'admin'):
            self.browsers[role].renew()
        for path, who, person in self.ROUTES:
            if not person:
                continue
            role = 'verifikator' if 'verifikator' in who else 'admin'
            before = admin.get('/api/audit/looks?limit=1').json['items'][0]['n']
            self.browsers[role].get(path.format(**at), q='budi' if path.endswith('applications') else None, reason='uji')
            self.browsers['kominfo'].get(path.format(**at), reason='uji')
            told = [i for i in admin.get('/api/audit/looks?limit=5').json['items'] if i['n'] > before]
            self.assertIn('refused', [i['act'] for i in told if i['account'] == 'kominfo.satu'], path)
            self.assertIn(f'{role}.satu', [i['account'] for i in told], path)

    def test_a_kelurahan_sees_its_own_region_and_nothing_of_others(self):
        s, b = self.s, self.browsers['kelurahan']
        house, person, application = 'ab' * 16, 'cd' * 16, 'ef' * 16
        s.space.sql('t1', f"INSERT INTO keluarga(id, nama_kepala, kode_kel) VALUES(x'{house}', 'ORANG LAIN', '16.74.02.1009');"
                          f"INSERT INTO orang(id, nama, nik, keluarga_id) VALUES(x'{person}', 'ORANG LAIN', '1674990101010009', x'{house}')")
        s.space.sync('t1', 'kantor')
        s.office.once()
        s.space.sync('kantor')
        s.space.sql('kantor', "INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel)"
                              f" VALUES(x'{application}', 'KK', '2022-12-21', x'{person}', '16.74.02.1009')")
        s.space.sync('kantor')
        s.office.once()
        self.assertEqual(self.browsers['verifikator'].get(f'/api/applications/1/{application}').status, 200)
        self.assertEqual(b.get('/api/applications', q='orang lain').json['items'], [])
        for path in (f'/api/applications/1/{application}', f'/api/conflicts/1/orang/{person}', '/api/applications/1/' + '00' * 16):
            answer = b.get(path)
            self.assertEqual((answer.status, answer.json['code']), (404, 'JEMPUT_NOTFOUND'))
        self.assertEqual({i['kel'] for i in b.get('/api/applications?limit=100').json['items']}, {KELURAHAN})
        self.assertEqual([k['kode'] for k in b.get('/api/regions').json['kelurahan']], [KELURAHAN])
        self.assertEqual(b.get('/api/regions/16.74.02.1009').status, 404)
        b.renew()
        self.assertNotIn('ORANG LAIN', b.get('/api/export/applications.csv', reason='uji').body.decode())

    # --- answers

    def test_answers_have_the_members_of_their_fixtures(self):
        v, a = self.browsers['verifikator'], self.browsers['admin']
        self.as_fixture('session', v.get('/api/session'))
        self.as_fixture('error', self.browsers['kominfo'].get('/api/conflicts'), 403)
        self.as_fixture('codes', v.get('/api/codes'))
        self.as_fixture('today', v.get('/api/today?date=2022-12-05'))
        self.as_fixture('conflicts', v.get('/api/conflicts'))
        self.as_fixture('conflict', self.conflict()[1])
        self.as_fixture('conflict-more', self.conflict(more='?more=1')[1])
        held = self.as_fixture('held', v.get('/api/held'))['items'][0]
        self.as_fixture('held-row', v.get(f"/api/held/1/{held['tbl']}/{held['key']}"))
        self.as_fixture('twins', v.get('/api/twins'))
        apps = self.as_fixture('applications', v.get('/api/applications?limit=5'))
        one = f"/api/applications/1/{apps['items'][0]['id']}"
        self.as_fixture('application', v.get(one))
        self.as_fixture('application-history', v.get(one + '/history'))
        self.as_fixture('devices', v.get('/api/devices'))
        self.as_fixture('device-cuts', a.get('/api/devices/1/3/cuts'))
        self.as_fixture('regions', v.get('/api/regions'))
        self.as_fixture('region', v.get('/api/regions/' + KELURAHAN))
        self.as_fixture('recap', v.get('/api/recap?month=2022-12'))
        for name in ('states', 'forks', 'cases', 'refused'):
            self.as_fixture('audit-' + name, v.get('/api/audit/' + name))
        self.as_fixture('audit-looks', a.get('/api/audit/looks'))
        self.as_fixture('audit-segment', v.get('/api/audit/segment/1/3:3'))
        self.as_fixture('accounts', a.get('/api/accounts'))

    def test_a_list_read_page_by_page_is_the_list(self):
        b = self.browsers['verifikator']
        for path, key in (('/api/applications', 'id'), ('/api/devices', 'key'), ('/api/conflicts', 'key'), ('/api/held', 'key')):
            whole = [i[key] for i in b.get(f'{path}?limit=100').json['items']]
            pages, after = [], ''
            for _ in range(len(whole) + 1):
                page = b.get(f'{path}?limit=1{after}').json
                pages += [i[key] for i in page['items']]
                after = f"&after={page['after']}"
                if not page['more']:
                    break
            self.assertEqual(pages, whole, path)
            for after in ('x', 'W10', 'WzEsMiwzXQ' * 200):
                self.assertIn(b.get(f'{path}?after={after}').status, (200, 400), path)

    def test_searching_finds_by_name_number_and_receipt_code(self):
        b = self.browsers['verifikator']
        first = b.get('/api/applications?limit=100').json['items']
        code = next(i['code'] for i in first if i['code'])
        self.assertEqual({i['code'] for i in b.get('/api/applications', q=code).json['items']}, {code})
        self.assertTrue(all(i['code'].startswith(code[:6]) for i in b.get('/api/applications', q=code[:6].lower()).json['items']))
        self.assertEqual({i['applicant'] for i in b.get('/api/applications', q='1674990904680001').json['items']}, {'Darmuji Setianto'})
        for name in ('darmuji', 'Setianto Darmuji', 'DARMOEDJI'):
            self.assertIn('Darmuji Setianto', {i['applicant'] for i in b.get('/api/applications', q=name).json['items']}, name)
        self.assertEqual(b.get('/api/applications', q='" OR name:*').json['items'], [])
        self.assertEqual(b.get('/api/applications', q='ab').status, 400)
        self.assertEqual(b.get('/api/applications', q='x" OR "darm').json['items'], [])
        self.assertEqual({i['status'] for i in b.get('/api/applications?status=LENGKAP').json['items']}, {'LENGKAP'})

    def test_nothing_of_a_number_is_told_in_lists_but_its_ends(self):
        b = self.browsers['admin']
        for path in ('/api/applications?limit=100', '/api/conflicts', '/api/held', '/api/twins'):
            self.assertEqual(re.findall(r'(?<![0-9a-f])\d{16}(?![0-9a-f])', b.get(path).body.decode()), [], path)

    def test_the_recap_is_the_published_month(self):
        recap = self.browsers['verifikator'].get('/api/recap?month=2022-12&kel=' + KELURAHAN).json
        counts = {s['service']: s['n'] for s in recap['services']}
        self.assertEqual((counts['KK'], counts['KTP-el'], counts['Kelahiran']), (13, 5, 3))
        self.assertEqual(recap['total'], sum(counts.values()))
        self.assertEqual(sum(i['n'] for i in recap['kelurahan'][0]['services']), recap['kelurahan'][0]['total'])
        self.assertIsNone(recap['public'])

    # --- what people decide

    def wait_for(self, browser, space, n):
        for _ in range(20):
            self.s.office.once()
            if self.moved(browser).get(space, 0) >= n:
                return
        self.fail('central has not merged it')

    def moved(self, browser):
        """The first event of each kind comes at once."""
        import http.client
        c = http.client.HTTPConnection('127.0.0.1', self.s.server.port, timeout=10)
        c.request('GET', '/api/events', headers={'Host': browser.host, 'Cookie': browser.cookie})
        r = c.getresponse()
        self.assertEqual(r.headers['Content-Type'], 'text/event-stream')
        out, name = {}, None
        while True:
            line = r.readline().decode().strip()
            if line.startswith('event: '):
                name = line[7:]
            if line.startswith('data: ') and name == 'moved':
                data = json.loads(line[6:])
                out[data['space']] = data['n']
            if line.startswith('data: ') and name == 'counts':
                c.close()
                return out

    def test_a_decision_made_on_the_page_reaches_the_tablet_and_leaves_the_queue(self):
        s, b = self.s, self.browsers['verifikator']
        item, answer = self.conflict(tbl='keluarga')
        detail = answer.json
        group = detail['groups'][0]
        shown, hidden = (next(x for x in group['sides'] if x['shown'] is is_shown) for is_shown in (True, False))
        base = {'space': 1, 'tbl': 'keluarga', 'key': item['key'], 'seen': detail['seen']}
        wrong = b.post('/api/decisions', {'reason': 'uji', 'items': [{**base, 'seen': '00', 'set': {'alamat': 'X'}}]}).json['items'][0]
        self.assertEqual(wrong['result'], 'changed')
        hide = [{'column': c, 'value': v} for c, v in hidden['value'].items() if v != shown['value'][c]]
        choice = {**base, 'set': {'alamat': 'Jl. Kenanga No. 16'}, 'hide': hide}
        result = self.as_fixture('decisions', b.post('/api/decisions', {'reason': 'menurut KK asli', 'items': [choice]}))['items'][0]
        self.assertEqual(result['result'], 'ok')
        self.wait_for(b, 1, result['n'])
        self.assertNotIn(item['key'], [i['key'] for i in b.get('/api/conflicts?tbl=keluarga').json['items']])
        s.space.sync('t1')
        self.assertEqual(s.space.one('t1', f"SELECT alamat FROM keluarga WHERE id = x'{item['key']}'"), 'Jl. Kenanga No. 16')
        note = s.space.rows('t1', f"SELECT note, label FROM jemput_history('keluarga', x'{item['key']}') WHERE op = 'putusan'")
        self.assertEqual(note[0][0], 'menurut KK asli')
        # What was decided is looked at; a tablet writes meanwhile; taking back what one has not seen is refused, and what one has seen is done.
        where = f"/api/decisions/1/keluarga/{item['key']}"
        last = self.as_fixture('decision', b.get(where))
        self.assertEqual((last['way'], last['reason'], last['later'], last['columns']),
                         ('set', 'menurut KK asli', 0, [{'column': 'alamat', 'value': shown['value']['alamat']}]))
        s.space.sql('t1', f"UPDATE keluarga SET alamat = 'Jl. Kenanga No. 16 A' WHERE id = x'{item['key']}'")
        s.space.sync('t1')
        s.office.once()
        back = {'space': 1, 'tbl': 'keluarga', 'key': item['key'], 'reason': 'keliru'}
        self.assertEqual(b.post('/api/decisions/undo', back).status, 400)
        self.assertEqual(b.post('/api/decisions/undo', {**back, 'seen': last['seen']}).json['items'][0]['result'], 'changed')
        now = b.get(where).json
        self.assertEqual((now['later'], now['row']['alamat']), (1, 'Jl. Kenanga No. 16 A'))
        undone = self.as_fixture('decision-undo', b.post('/api/decisions/undo', {**back, 'seen': now['seen']}))
        self.assertEqual(undone['items'][0]['result'], 'ok')

    def test_steps_of_the_sop_are_judged_by_the_policy_and_counted_from_what_was_seen(self):
        b, k = self.browsers['verifikator'], self.browsers['kelurahan']
        one = next(i for i in b.get('/api/applications?status=LENGKAP').json['items'])
        step = {'space': 1, 'id': one['id'], 'from': 'LENGKAP'}
        taken = b.post('/api/applications/status', {'to': 'DITERIMA', 'reason': 'berkas ada', 'items': [step, {**step, 'from': 'DRAF'}]})
        results = self.as_fixture('applications-status', taken)['items']
        self.assertEqual([r['result'] for r in results], ['ok', 'changed'])
        self.wait_for(b, 1, results[0]['n'])
        denied = k.post('/api/applications/status', {'to': 'TOLAK', 'reason': 'x', 'items': [{**step, 'from': 'DITERIMA'}]}).json['items'][0]
        self.assertEqual(denied['result'], 'denied')
        next_step = b.post('/api/applications/status', {'to': 'PERIKSA_DINAS', 'reason': 'x', 'items': [{**step, 'from': 'DITERIMA'}]})
        self.assertEqual(next_step.json['items'][0]['result'], 'ok')
        back = self.as_fixture('applications-return', b.post('/api/applications/return', {
            'space': 1, 'id': one['id'], 'from': 'PERIKSA_DINAS', 'reason': 'F-1.06 belum ada',
            'notes': [{'elemen': 'pekerjaan', 'isi': 'sertakan F-1.06'}, {'elemen': 'alamat', 'isi': 'RT belum diisi'}]}))['items'][0]
        self.wait_for(b, 1, back['n'])
        told = b.get(f"/api/applications/1/{one['id']}").json
        self.assertEqual((told['application']['status'], told['application']['pemegang']), ('KEMBALI', 'petugas'))
        self.assertEqual({n['elemen'] for n in told['notes'] if n['jenis'] == 'DIKEMBALIKAN'}, {'pekerjaan', 'alamat'})

    def test_two_rows_are_united_parted_and_called_two(self):
        b = self.browsers['verifikator']
        apps = [b.get(f"/api/applications/1/{i['id']}").json for i in b.get('/api/applications?status=DRAF&limit=8').json['items']]
        people = list(dict.fromkeys(a['applicant']['id']['blob'] for a in apps))[-2:]
        body = {'space': 1, 'keep': people[0], 'gone': people[1], 'reason': 'orang yang sama'}
        self.as_fixture('unite-look', b.post('/api/twins/unite', {**body, 'look': True}))
        done = self.as_fixture('unite', b.post('/api/twins/unite', body))
        self.wait_for(b, 1, done['n'])
        parted = self.as_fixture('unite', b.post('/api/twins/part', {'space': 1, 'gone': people[1], 'reason': 'ternyata dua'}))
        self.wait_for(b, 1, parted['n'])
        self.as_fixture('twins-two', b.post('/api/twins/two', {'space': 1, 'a': people[0], 'b': people[1], 'reason': 'dua orang'}))

    # --- devices

    def test_a_device_is_enrolled_suspended_revoked_at_a_receipt_and_replaced(self):
        s, b = self.s, self.browsers['admin']
        b.renew()
        invited = self.as_fixture('device-invite', b.post('/api/devices/invite', {'space': 1, 'roles': 'petugas', 'scope': KELURAHAN}))
        self.assertTrue(invited['svg'].startswith('<svg ') and invited['short'].isascii())
        (s.space.at / 'baru.undangan').write_text(invited['text'])
        s.space.cli('t9', 'join', 'baru.undangan')
        s.space.sql('t9', "INSERT INTO kunjungan(id, tanggal, kode_kel) VALUES(jemput_id(), '2022-12-22', '16.74.05.1003')")
        s.space.sync('t9')
        s.office.once()
        device = max(b.get('/api/devices').json['items'], key=lambda d: d['number'])
        self.assertEqual((device['state'], device['roles'], device['scope']), ('active', 'petugas', KELURAHAN))
        number = str(device['number'])
        changed = self.as_fixture('device-act', b.post('/api/devices/act', {'space': 1, 'kind': 'change', 'device': number, 'roles': 'none'}))
        self.assertTrue(changed['done'])
        cuts = b.get(f'/api/devices/1/{number}/cuts').json['items']
        revoke = {'space': 1, 'kind': 'revoke', 'device': number, 'reason': 'lost', 'after': cuts[0]['commit']}
        look = b.post('/api/devices/act', {**revoke, 'look': True}).json
        self.assertEqual((look['segments_fall'], look['look']), (0, True))
        self.assertTrue(b.post('/api/devices/act', revoke).json['done'])
        second = b.post('/api/devices/invite', {'space': 1, 'roles': 'petugas', 'scope': KELURAHAN}).json
        (s.space.at / 'ganti.undangan').write_text(second['text'])
        s.space.cli('t10', 'join', 'ganti.undangan')
        s.space.sync('t10')
        s.office.once()
        other = max(d['number'] for d in b.get('/api/devices').json['items'])
        self.assertEqual(b.post('/api/devices/act', {'space': 1, 'kind': 'succeed', 'device': number, 'other': other}).status, 200)
        s.office.once()
        told = {d['number']: d for d in b.get('/api/devices').json['items']}
        self.assertEqual((told[int(number)]['state'], told[int(number)]['reason'], told[other]['carries_on_for']), ('revoked', 'lost', int(number)))

    def test_a_pin_that_an_administrator_chose_is_changed_first_and_a_revoked_account_is_out_at_its_next_request(self):
        s, admin = self.s, self.browsers['admin']
        admin.renew()
        made = self.as_fixture('accounts-act', admin.post('/api/accounts', {
            'act': 'add', 'account': 'baru.satu', 'name': 'Orang Baru', 'pin': PIN, 'spaces': [{'space': 1, 'roles': 'verifikator', 'scope': ''}]}))
        self.assertTrue(made['done'])
        s.office.once()
        b = Browser(s.server.port)
        self.assertEqual((b.sign_in('baru.satu').status, b.get('/api/session').json['new_pin']), (200, True))
        for method, path in (('GET', '/api/conflicts'), ('GET', '/api/today'), ('GET', '/api/events'), ('POST', '/api/decisions')):
            answer = b.ask(method, path)
            self.assertEqual((answer.status, answer.json['code']), (403, 'NEW_PIN'), path)
        for new, status in ((PIN, 400), ('kuda biru 55', 200)):
            self.assertEqual(b.post('/api/accounts', {'act': 'pin', 'old': PIN, 'pin': new}).status, status)
        self.assertEqual((b.get('/api/conflicts').status, b.get('/api/session').json['new_pin']), (200, False))
        device = next(x for i in admin.get('/api/accounts').json['items'] if i['account'] == 'baru.satu' for x in i['spaces'])
        self.assertEqual((device['roles'], device['state']), ('verifikator', 'active'))
        self.assertEqual(admin.post('/api/devices/act', {'space': 1, 'kind': 'revoke', 'device': device['device'], 'reason': 'left'}).status, 200)
        s.office.once()
        self.assertEqual(b.get('/api/conflicts').status, 401)
        self.assertEqual(b.sign_in('baru.satu', 'kuda biru 55').status, 403)

    def test_what_weighs_heavily_wants_the_pin_again(self):
        b = self.browsers['admin']
        b.renew()
        self.assertEqual(b.get('/api/export/persons.csv', reason='uji').status, 200)
        self.assertEqual(b.get('/api/export/persons.csv').status, 400)
        self.assertEqual(b.get('/api/export/persons.csv', reason='uji', **{'X-Jemput-Token': 'A' * 43}).status, 403)

    # --- files

    def test_exports_hold_what_they_are_called_and_no_formula(self):
        b = self.browsers['admin']
        b.renew()
        persons = b.get('/api/export/persons.xlsx', reason='laporan')
        self.assertEqual((persons.status, persons.headers['Content-Disposition']), (200, 'attachment; filename="jemput-persons.xlsx"'))
        with zipfile.ZipFile(io.BytesIO(persons.body)) as z:
            sheet = z.read('xl/worksheets/sheet1.xml').decode()
        self.assertNotIn('<f>', sheet)
        self.assertEqual(set(re.findall(r'<c [^>]*t="(\w+)"', sheet)), {'inlineStr'})
        rows = list(csv.DictReader(io.StringIO(b.get('/api/export/applications.csv?month=2022-12', reason='laporan').body.decode())))
        self.assertGreaterEqual(len(rows), 24)
        book = b.get('/api/export/register.html?from=2022-12-05&to=2022-12-05', reason='buku').body.decode()
        self.assertIn('Darmuji Setianto', book)
        self.assertIn('kepala rantai', book)
        self.assertEqual(b.get('/api/export/lain.csv', reason='x').status, 404)
        told = self.browsers['admin'].get('/api/audit/looks?act=export&limit=1').json['items'][0]
        self.assertEqual((told['reason'], told['detail'].split()[0]), ('buku', 'register.html'))

    def test_an_import_is_tried_and_then_written_by_the_persons_own_device(self):
        b = self.browsers['admin']
        data = (SCHEMA / 'contoh' / 'opensid-penduduk.csv').read_bytes()
        tried = self.as_fixture('import', b.ask('POST', '/api/import?space=1&layout=opensid&dry=1', raw=data, kind='text/csv'))
        self.assertEqual((tried['report']['dry_run'], tried['report']['accepted'], tried['n']), (True, 8, None))
        done = b.ask('POST', '/api/import?space=1&layout=opensid', raw=data, kind='text/csv').json
        self.assertEqual(done['report']['inserted']['orang'], 8)
        self.wait_for(b, 1, done['n'])
        self.assertEqual(b.ask('POST', '/api/import?space=1&layout=opensid&dry=1', raw=data, kind='text/csv').json['report']['existing']['orang'], 8)
        self.assertEqual(b.ask('POST', '/api/import?space=1', raw=b'x,y\n1,2\n', kind='text/csv').status, 400)

    def test_a_photo_is_shown_as_what_its_bytes_are(self):
        s, b = self.s, self.browsers['verifikator']
        who = s.space.one('t1', "SELECT lower(hex(id)) AS id FROM permohonan ORDER BY id LIMIT 1")
        jpeg = b'\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00\xff\xd9'
        for name, data in (('a.jpg', jpeg), ('b.html', b'<script>alert(1)</script>')):
            (s.space.at / name).write_bytes(data)
            s.space.cli('t1', 'attach', 'permohonan', who, name, '--kind', name[0])
        s.space.sync('t1', 't1')
        s.office.once()
        photos = {p['kind']: p for p in b.get(f'/api/applications/1/{who}').json['photos']}
        self.assertEqual([photos[k]['here'] for k in 'ab'], [True, True])
        picture, page = (b.get(f"/api/photos/1/{photos[k]['id']}") for k in 'ab')
        self.assertEqual((picture.headers['Content-Type'], picture.headers['Content-Disposition']), ('image/jpeg', None))
        self.assertEqual((page.headers['Content-Type'], 'attachment' in page.headers['Content-Disposition']), ('application/octet-stream', True))
        self.assertTrue(page.headers['Content-Security-Policy'].startswith('sandbox'))
        self.assertEqual(self.browsers['kominfo'].get(f"/api/photos/1/{photos['a']['id']}").status, 403)


if __name__ == '__main__':
    main()
