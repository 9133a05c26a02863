"""What an answer shows of others than the row that was asked for: written down, or left out where it is another kelurahan's; with rows that no tablet
of ours would write."""
import json
import sqlite3
import unittest

from console_scene import KELURAHAN, Browser, main, scene


class Seen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = scene()
        cls.browsers = {}
        for role in ('kelurahan', 'verifikator', 'admin'):
            b = cls.browsers[role] = Browser(cls.s.server.port)
            assert b.sign_in(f'{role}.satu').status == 200

    def last_look(self, account):
        return next(i for i in self.browsers['admin'].get('/api/audit/looks?limit=20').json['items'] if i['account'] == account)

    def test_an_entry_names_everybody_whose_numbers_were_shown_and_every_row_that_was_asked_for_in_vain(self):
        b = self.browsers['verifikator']
        at = {'h': b.get('/api/held').json['items'][0]['key'], 'a': b.get('/api/applications').json['items'][0]['id']}
        told = b.get(f"/api/applications/1/{at['a']}").json
        look = self.last_look('verifikator.satu')
        self.assertEqual((look['key'], look['detail'].split()[:3]), (at['a'], ['application', 'orang', told['application']['pemohon_id']['blob']]))
        held = b.get(f"/api/held/1/permohonan/{at['h']}").json
        self.assertIsNotNone(held['against_row'])
        self.assertEqual((self.last_look('verifikator.satu')['detail'], self.last_look('verifikator.satu')['count']),
                         (f"held against permohonan {held['against']['key']}", 2))
        for path, detail in ((f"/api/applications/1/{'00' * 16}", f"404 /api/applications/{{}}/{{}} 1 {'00' * 16}"),
                             (f"/api/conflicts/1/orang/{'01' * 16}", f"404 /api/conflicts/{{}}/{{}}/{{}} 1 orang {'01' * 16}")):
            self.assertEqual(b.get(path).status, 404)
            look = self.last_look('verifikator.satu')
            self.assertEqual((look['act'], look['detail']), ('refused', detail))
        keys = [f'{n:032x}' for n in range(100)]
        self.assertEqual(b.post('/api/decisions', {'reason': 'uji', 'items': [{'space': 1, 'tbl': 'orang', 'key': k} for k in keys]}).status, 200)
        looks = [i for i in self.browsers['admin'].get('/api/audit/looks?limit=20').json['items'] if i['account'] == 'verifikator.satu'][:2]
        self.assertEqual([k for k in keys if k not in looks[1]['detail']], [])

    def test_of_a_row_of_another_kelurahan_not_even_its_name_is_told(self):
        house, person, held, one = (bytes.fromhex(x * 16) for x in ('b1', 'b2', 'b3', 'b4'))
        k, v = self.browsers['kelurahan'], self.browsers['verifikator']

        def put(db, table, **row):
            needed = {r[1]: r[2] for r in db.execute(f'PRAGMA table_info({table})') if r[3]}
            row = {n: 0 if kind == 'INTEGER' else bytes(1) if kind == 'BLOB' else '' for n, kind in needed.items()} | {'space': 1} | row
            db.execute(f"INSERT INTO {table}({','.join(row)}) VALUES({','.join('?' * len(row))})", list(row.values()))

        with sqlite3.connect(self.s.office.at / 'central.db') as db:
            put(db, 'keluarga', id=house, kode_kel='16.74.02.1009')
            put(db, 'orang', id=person, nama='WARGA SEBELAH', keluarga_id=house)
            put(db, 'permohonan', id=one, kode_tanda_terima='99-000099-Z', layanan='KK', kode_kel='16.74.02.1009',
                pemohon_id=bytes.fromhex(self.s.who))
            put(db, 'held_', tbl='orang', key=held, reason='UNIQUE nik', against_tbl='orang', against_key=person, since_ms=1,
                row=json.dumps({'nama': 'WARGA SINI', 'kode_kel': KELURAHAN}))
        try:
            for b, name, code in ((v, 'WARGA SEBELAH', True), (k, '', False)):
                item = next(i for i in b.get('/api/held?limit=100').json['items'] if i['key'] == held.hex())
                row = b.get(f'/api/held/1/orang/{held.hex()}').json
                self.assertEqual((item['against']['title'], row['against']['title'], row['against_row'] is not None), (name, name, code))
                self.assertEqual('99-000099-Z' in b.get(f'/api/conflicts/1/orang/{self.s.who}').body.decode(), code)
        finally:
            with sqlite3.connect(self.s.office.at / 'central.db') as db:
                for table, column, key in (('keluarga', 'id', house), ('orang', 'id', person), ('permohonan', 'id', one), ('held_', 'key', held)):
                    db.execute(f'DELETE FROM {table} WHERE {column} = ?', (key,))

    def test_attachments_that_are_said_to_belong_to_each_other_end_nothing(self):
        one, two, b = 'a1' * 16, 'a2' * 16, self.browsers['verifikator']
        with sqlite3.connect(self.s.office.at / 'central.db') as db:
            names = [(r[1], r[2], r[3]) for r in db.execute('PRAGMA table_info(berkas)')]
            for own, owner in ((one, two), (two, one), ('a3' * 16, 'a3' * 16)):
                row = {n: 0 if kind == 'INTEGER' else bytes(1) if kind == 'BLOB' else '' for n, kind, needed in names if needed}
                row |= {'space': 1, 'id': bytes.fromhex(own), 'owner_table': 'berkas', 'owner_key': b'\x04\x10' + bytes.fromhex(owner)}
                db.execute(f"INSERT INTO berkas({','.join(row)}) VALUES({','.join('?' * len(row))})", list(row.values()))
        for key in (one, 'a3' * 16):
            self.assertIn(b.get(f'/api/photos/1/{key}').status, (404, 500))
            self.assertEqual(self.browsers['kelurahan'].get(f'/api/photos/1/{key}').status, 404)
        self.assertEqual(b.get('/api/session').status, 200)
        with sqlite3.connect(self.s.office.at / 'central.db') as db:
            db.execute("DELETE FROM berkas WHERE owner_table = 'berkas'")


if __name__ == '__main__':
    main()
