"""An application as a whole: found also where a rule holds it, with the history of all that belongs to it; a step that is taken back; two households
that are made one."""
import unittest

from console_scene import KELURAHAN, Browser, main, scene


class Application(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = scene()
        cls.v, cls.a = (Browser(cls.s.server.port) for _ in range(2))
        assert (cls.v.sign_in('verifikator.satu').status, cls.a.sign_in('admin.satu').status) == (200, 200)
        desks = {i['account']: i['spaces'][0]['device'] for i in cls.a.get('/api/accounts').json['items']}
        cls.desk = {cls.v: desks['verifikator.satu'], cls.a: desks['admin.satu']}

    def done(self, browser, path, body):
        """Asked for one item, and merged by central from the desk of the one who asks."""
        answer = browser.post(path, body)
        self.assertEqual(answer.status, 200, answer.body)
        result = answer.json.get('items', [answer.json])[0]
        self.assertEqual(result.get('result', 'ok'), 'ok', result)
        for _ in range(20):
            self.s.office.once()
            if any(d['number'] == self.desk[browser] and d['segments'] >= result['n'] for d in self.v.get('/api/devices?limit=100').json['items']):
                return
        self.fail('central has not merged it')

    def test_an_application_that_is_held_is_found_by_its_code_and_its_applicants_name_and_number(self):
        held = next(h for h in self.v.get('/api/held').json['items'] if h['tbl'] == 'permohonan')
        row = self.v.get(f"/api/held/1/permohonan/{held['key']}").json['row']
        person = self.v.get(f"/api/conflicts/1/orang/{row['pemohon_id']['blob']}").json['row']
        for q in (row['kode_tanda_terima'], row['kode_tanda_terima'][:7].lower(), person['nama'], person['nik']):
            found = self.v.get('/api/applications', q=q).json
            self.assertIn(held['key'], [h['key'] for h in found['held']], q)
            self.assertNotIn(held['key'], [i['id'] for i in found['items']])
        self.assertEqual(self.v.get('/api/applications', q='darmuji').json['held'], [])
        self.assertEqual(self.v.get('/api/applications').json['held'], [])

    def test_a_history_tells_of_the_person_the_household_and_the_remarks_too(self):
        one = next(i for i in self.v.get('/api/applications?status=DRAF&limit=100').json['items'] if i['nik_masked'])
        person = self.v.get(f"/api/applications/1/{one['id']}").json['applicant']['id']['blob']
        self.s.space.sql('t1', f"UPDATE orang SET tempat_lahir = 'Baturaja' WHERE id = x'{person}'; INSERT INTO catatan(id, permohonan_id, isi)"
                               f" VALUES(jemput_id(), x'{one['id']}', 'tanya dulu')")
        self.s.space.sync('t1')
        self.s.office.once()
        items = self.v.get(f"/api/applications/1/{one['id']}/history").json['items']
        self.assertIn({'column': 'tempat_lahir', 'value': 'Baturaja'}, [{k: c[k] for k in ('column', 'value')} for i in items if i['tbl'] == 'orang'
                                                                         for c in i['columns']])
        self.assertIn('tanya dulu', [c['value'] for i in items if i['tbl'] == 'catatan' for c in i['columns']])
        self.assertTrue({'permohonan', 'orang', 'keluarga', 'catatan'} <= {i['tbl'] for i in items}, {i['tbl'] for i in items})

    def test_a_checklist_and_roles_are_in_the_history_and_their_conflicts_in_the_queue_of_their_kelurahan(self):
        s, one = self.s, next(i for i in self.v.get('/api/applications?status=DRAF&limit=100').json['items'] if i['kel'] == KELURAHAN)['id']
        event, role = 'c1' * 16, 'c2' * 16
        s.space.sql('t1', f"INSERT INTO syarat_permohonan(permohonan_id, kode_syarat, keadaan) VALUES(x'{one}', 'KTP_EL', 'MENYUSUL');"
                          f"INSERT INTO peristiwa(id, permohonan_id, jenis) VALUES(x'{event}', x'{one}', 'KELAHIRAN');"
                          f"INSERT INTO peran(id, peristiwa_id, peran, nama_bebas) VALUES(x'{role}', x'{event}', 'SAKSI_1', 'Pak RT')")
        s.space.sync('t1')
        s.office.once()
        s.space.sync('t2')
        for tablet, state in (('t1', 'ADA'), ('t2', 'PENGGANTI')):
            self.assertEqual(s.space.one(tablet, f"SELECT count(*) AS n FROM peran WHERE id = x'{role}'"), 1, tablet)
            s.space.sql(tablet, f"UPDATE syarat_permohonan SET keadaan = '{state}' WHERE permohonan_id = x'{one}';"
                                f"UPDATE peran SET nama_bebas = 'Saksi {state}' WHERE id = x'{role}'")
        s.space.sync('t1', 't2', 't1')
        s.office.once()
        items = self.v.get(f'/api/applications/1/{one}/history').json['items']
        told = [(i['tbl'], i['signed'], c['value']) for i in items for c in i['columns'] if c['column'] in ('keadaan', 'nama_bebas')]
        for state in ('MENYUSUL', 'ADA', 'PENGGANTI'):
            self.assertIn(('syarat_permohonan', True, state), told)
        self.assertIn(('peran', True, 'Saksi ADA'), told)
        k = Browser(s.server.port)
        self.assertEqual(k.sign_in('kelurahan.satu').status, 200)
        mine = {i['tbl']: i for i in k.get('/api/conflicts?limit=100').json['items']}
        self.assertLessEqual({'syarat_permohonan', 'peran'}, set(mine))
        for tbl in ('syarat_permohonan', 'peran'):
            self.assertEqual((mine[tbl]['kel'], k.get(f"/api/conflicts/1/{tbl}/{mine[tbl]['key']}").status), (KELURAHAN, 200))

    def test_a_step_is_taken_back_to_where_it_came_from_and_its_reason_goes_with_it(self):
        one = self.v.get('/api/applications?status=DRAF').json['items'][-1]['id']
        step = lambda was, to: ('/api/applications/status', {'to': to, 'reason': 'uji', 'items': [{'space': 1, 'id': one, 'from': was}]})
        now = lambda: self.v.get(f'/api/applications/1/{one}').json['application']
        for was, to in (('DRAF', 'LENGKAP'), ('LENGKAP', 'DITERIMA'), ('DITERIMA', 'PERIKSA_DINAS'), ('PERIKSA_DINAS', 'TOLAK')):
            self.done(self.v, *step(was, to))
        self.assertEqual((now()['status'], now()['alasan_status']), ('TOLAK', 'uji'))
        self.assertEqual(self.a.post(*step('TOLAK', 'DIPROSES')).json['items'][0]['result'], 'denied')
        self.done(self.v, *step('TOLAK', 'PERIKSA_DINAS'))
        self.assertEqual((now()['status'], now()['alasan_status']), ('PERIKSA_DINAS', None))
        self.done(self.a, *step('PERIKSA_DINAS', 'DITERIMA'))
        self.assertEqual(now()['status'], 'DITERIMA')

    def test_two_households_are_made_one_their_members_and_applications_move_and_come_back(self):
        keep, gone, person = 'a1' * 16, 'a2' * 16, 'a3' * 16
        house = "INSERT INTO keluarga(id, nama_kepala, kode_kel) VALUES(x'{}', 'KEPALA SAMA', '{}');"
        self.s.space.sql('t1', house.format(keep, KELURAHAN) + house.format(gone, KELURAHAN) +
                         f"INSERT INTO orang(id, nama, keluarga_id) VALUES(x'{person}', 'ANGGOTA', x'{gone}')")
        self.s.space.sync('t1')
        self.s.office.once()
        body = {'space': 1, 'tbl': 'keluarga', 'keep': keep, 'gone': gone, 'reason': 'satu keluarga'}
        moves = self.v.post('/api/twins/unite', {**body, 'look': True}).json['moves']
        self.assertIn(('reference', 'orang', person), [(m['kind'], m['tbl'], m['key']) for m in moves])
        self.done(self.v, '/api/twins/unite', body)
        self.s.space.sync('t1')
        where = f"SELECT lower(hex(keluarga_id)) FROM orang WHERE id = x'{person}'"
        self.assertEqual(self.s.space.one('t1', where), keep)
        self.done(self.v, '/api/twins/part', {'space': 1, 'tbl': 'keluarga', 'gone': gone, 'reason': 'ternyata dua'})
        self.s.space.sync('t1')
        self.assertEqual((self.s.space.one('t1', where), self.s.space.one('t1', f"SELECT count(*) FROM keluarga WHERE id = x'{gone}'")), (gone, 1))

    def test_making_two_persons_one_says_which_application_would_be_held_by_it_and_why(self):
        persons, applications = ('5a' * 16, '5b' * 16), ('5c' * 16, '5d' * 16)
        for person, application in zip(persons, applications):
            self.s.space.sql('t1', f"INSERT INTO orang(id, nama) VALUES(x'{person}', 'ORANG SAMA');"
                                   "INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel)"
                                   f" VALUES(x'{application}', 'KTP_EL', '2022-12-21', x'{person}', '{KELURAHAN}')")
        self.s.space.sync('t1')
        self.s.office.once()
        body = {'space': 1, 'tbl': 'orang', 'keep': persons[0], 'gone': persons[1], 'reason': 'satu orang', 'look': True}
        moves = [m for m in self.v.post('/api/twins/unite', body).json['moves'] if m['kind'] == 'held']
        self.assertEqual(len(moves), 1)
        self.assertIn(moves[0]['key'], applications)
        self.assertEqual((moves[0]['tbl'], moves[0]['reason_en']), ('permohonan', 'another row has the same value'))
        self.assertIn('satu_permohonan_terbuka', moves[0]['value'])


if __name__ == '__main__':
    main()
