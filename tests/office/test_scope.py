"""What an account with a scope comes to see of what is no row: cases, refusals, segments; and what is erased from everywhere."""
import sqlite3
import unittest

from console_scene import KELURAHAN, Browser, account, main, scene


class Scope(unittest.TestCase):
    def test_who_has_a_scope_sees_cases_refusals_and_segments_of_devices_within_it_and_no_keys_of_rows_beyond(self):
        s = scene()
        whole, own, narrow, near = (Browser(s.server.port) for _ in range(4))
        account(s.office, 'v.jauh', 'verifikator', s.space, scope='16.74.02')
        account(s.office, 'v.dekat', 'verifikator', s.space, scope=KELURAHAN)
        s.office.once()
        for b, name in ((whole, 'verifikator.satu'), (own, 'kelurahan.satu'), (narrow, 'v.jauh'), (near, 'v.dekat')):
            self.assertEqual(b.sign_in(name).status, 200)
        db = sqlite3.connect(s.office.at / 'central.db')
        with db:
            tablet, = db.execute('SELECT writer FROM device_ WHERE number = 3').fetchone()
            db.execute("INSERT INTO case_ VALUES(1, 'forked', ?, 990, 'tablet 03', 1, 1, 1, 'a', 'b', 'c', 'd', 'e', 'f')", (tablet,))
            known = next(i for i in whole.get('/api/conflicts').json['items'] if i['tbl'] == 'orang')['key']
            for n, key in ((990, known), (991, 'ff' * 16)):  # 991: nobody knows where that row belongs
                db.execute("INSERT INTO refused_ VALUES(1, ?, ?, 3, 'petugas', 1, 1, 'c', 1, 1, 'x', 'y', 'orang', ?, 'nama', 0)",
                           (n, tablet, bytes.fromhex(key)))
        try:
            told = lambda b, what: [i for i in b.get(f'/api/audit/{what}').json['items'] if i['label'] == 'tablet 03']
            self.assertEqual([len(told(b, 'cases')) for b in (whole, own, near, narrow)], [1, 1, 1, 0])
            self.assertEqual([[bool(i['key']) for i in told(b, 'refused')] for b in (whole, near, narrow)], [[True, True], [True, False], []])
            self.assertEqual([b.get('/api/audit/segment/1/3:3').status for b in (whole, near, narrow)], [200, 200, 404])
            counts = [b.get('/api/today').json['waits'] for b in (near, narrow)]
            self.assertEqual([(c['refused'], c['forks']) for c in counts], [(2, 1), (0, 0)])
        finally:
            with db:
                db.execute('DELETE FROM case_ WHERE n = 990')
                db.execute('DELETE FROM refused_ WHERE n >= 990')
            db.close()


if __name__ == '__main__':
    main()
