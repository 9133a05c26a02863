#!/usr/bin/env python3
"""Work that counts nowhere, as people see it: `jemput refused`, `adopt`, `cases`; and who may do what in the adminduk schema.

  test_refused.py PROGRAM SCHEMA_FOLDER"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
PLAIN = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');"


class Refused(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)

    def run_cli(self, *args, code=0, lang='en'):
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, cwd=self.at, env=dict(env, LANG=lang), timeout=60)
        if code is not None:
            self.assertEqual(done.returncode, code, f'{args}\n{done.stdout.decode()}\n{done.stderr.decode()}')
        return done.stdout.decode() + done.stderr.decode()

    def sync(self, *names):
        for name in names:
            self.run_cli('-s', f'{name}.db', 'sync')

    def sql(self, name, query, code=0):
        return self.run_cli('-s', f'{name}.db', 'sql', query, code=code)

    def json(self, name, *args, code=0):
        return json.loads(self.run_cli('-s', f'{name}.db', *args, '--json', code=code))

    def found(self, devices, *schema):
        self.run_cli('-s', 'kantor.db', 'init', *schema, '--hub', 'hub.git')
        for name, role in devices.items():
            self.run_cli('-s', 'kantor.db', 'invite', '--role', role, '--scope', '16.74.05.1003' if role == 'petugas' and not schema else '', '--out',
                         f'{name}.inv')
            self.run_cli('-s', f'{name}.db', 'join', f'{name}.inv')
        self.sync('kantor', *devices, 'kantor', *devices)

    def test_a_revoked_officers_last_day_is_listed_adopted_and_settled(self):
        (self.at / 'plain.sql').write_text(PLAIN)
        self.found({'t1': 'petugas', 't2': 'petugas'}, '--schema', 'plain.sql')
        self.assertIn('Tidak ada pekerjaan yang ditolak.', self.run_cli('-s', 'kantor.db', 'refused', lang='id'))
        self.assertIn('There are no cases.', self.run_cli('-s', 'kantor.db', 'cases'))
        self.run_cli('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'left')
        self.sql('t1', "INSERT INTO warga VALUES('a', 'Siti')")
        self.sql('t1', "UPDATE warga SET nama = 'Siti R.'")
        self.sync('t1', 'kantor', 't2')
        self.assertEqual(self.sql('kantor', 'SELECT count(*) AS n FROM warga').split()[-1], '0')
        self.assertIn('Perangkat ini dicabut', self.run_cli('-s', 't1.db', 'sync', lang='id'))
        self.assertTrue(self.json('t1', 'status')['revoked'])
        first, second = self.json('kantor', 'refused')
        self.assertEqual((first['why'], first['place'], first['device_number'], first['adopted'], first['reason']), ('revoked', 1, 2, None, 32))
        out = self.run_cli('-s', 'kantor.db', 'refused', lang='id')
        self.assertIn('sebabnya: dicabut', out)
        self.assertIn('Ditolak: 2 transaksi, 2 belum diterima.', out)
        case, = self.json('kantor', 'cases', code=1)
        self.assertEqual((case['kind'], case['label'], case['count'], case['open']), ('revoked', 'tablet 02', 2, True))
        self.assertIn('yang dapat dilakukan', self.run_cli('-s', 'kantor.db', 'cases', lang='id', code=1))
        self.run_cli('-s', 'kantor.db', 'adopt', first['commit'][:8], code=2) # no reason
        self.run_cli('-s', 'kantor.db', 'adopt', first['commit'][:8] + ':x', '--reason', 'r', code=2)
        self.assertIn('adopt first what made it', self.run_cli('-s', 'kantor.db', 'adopt', f"{second['commit'][:8]}:2", '--reason', 'r', code=20))
        self.assertIn('nothing is refused there', self.run_cli('-s', 'kantor.db', 'adopt', 'ffff', '--reason', 'r', code=20))
        self.run_cli('-s', 't2.db', 'adopt', first['commit'][:8], '--reason', 'r', code=19)
        self.assertEqual(self.json('kantor', 'adopt', first['commit'][:8], '--reason', 'hari terakhir'), {'adopted': 2})
        self.assertIn('adopted already', self.run_cli('-s', 'kantor.db', 'adopt', first['commit'][:8], '--reason', 'r', code=21))
        self.sync('kantor', 't2')
        self.assertIn('Siti R.', self.sql('t2', 'SELECT nama FROM warga'))
        self.assertEqual([r['adopted']['device_number'] for r in self.json('t2', 'refused')], [1, 1])
        self.assertEqual([c['open'] for c in self.json('t2', 'cases')], [False])

    def test_a_decision_or_a_merge_of_rows_that_the_policy_refuses_says_so_and_names_no_other_cause(self):
        (self.at / 'policy.sql').write_text(
            "CREATE TABLE stok(id TEXT PRIMARY KEY NOT NULL, kode TEXT, cat TEXT); SELECT jemput_replicate('stok');"
            "SELECT jemput_policy('stok', 'petugas', 'insert; update; delete; scope=kode');"
            "SELECT jemput_policy('stok', 'admin,pusat', 'insert; update; delete');")
        self.run_cli('-s', 'kantor.db', 'init', '--schema', 'policy.sql', '--roles', 'admin', '--hub', 'hub.git')
        self.run_cli('-s', 'kantor.db', 'invite', '--role', 'petugas', '--scope', '33', '--out', 't1.inv')
        self.run_cli('-s', 't1.db', 'join', 't1.inv')
        self.sync('kantor', 't1')
        self.sql('kantor', "INSERT INTO stok(id, kode) VALUES('X', '34.1'), ('Z', '34.1')")
        self.sync('kantor', 't1')
        for lang in ('id', 'en'):
            out = self.run_cli('-s', 't1.db', 'resolve', 'stok', 'Z', '--set', 'cat=a', '--reason', 'r', code=19, lang=lang)
            self.assertIn('policy', out)
            self.assertNotRegex(out, 'sebutkan|name them')
            out = self.run_cli('-s', 't1.db', 'merge-rows', 'stok', 'X', 'Z', '--reason', 'r', code=19, lang=lang)
            self.assertIn('policy', out)
            self.assertNotRegex(out, 'bentrok|conflict')

    def test_a_row_that_was_written_to_and_never_made_counts_as_held_everywhere_and_nobody_is_asked_to_decide_it(self):
        (self.at / 'plain.sql').write_text(PLAIN)
        self.found({'t1': 'petugas', 't2': 'petugas'}, '--schema', 'plain.sql', '--roles', 'admin')  # no central: tablets read each other
        self.sql('t1', "INSERT INTO warga VALUES('Y', 'Siti')")
        self.sync('t1', 't2')
        self.sql('t2', "UPDATE warga SET nama = 'Siti R.'")
        subprocess.run(['git', 'init', '-q', '--bare', self.at / 'lain.git'], check=True)
        self.run_cli('-s', 't2.db', 'sync', '--hub', 'lain.git')
        self.run_cli('-s', 'kantor.db', 'sync', '--hub', 'lain.git')
        self.assertEqual([(h['key'], h['reason']) for h in self.json('kantor', 'held')], [(['Y'], 'INSERT')])
        self.assertIn('there is nothing to decide', self.run_cli('-s', 'kantor.db', 'held'))
        self.assertEqual(self.json('kantor', 'status')['held'], 1)
        for choice in ('--drop', '--set=nama=Siti', '--restore'):
            self.assertIn('belum pernah dibuat', self.run_cli('-s', 'kantor.db', 'resolve', 'warga', 'Y', choice, '--reason', 'r', code=20, lang='id'))
        self.assertIn('held 0 new, 1 no more', self.run_cli('-s', 'kantor.db', 'diff', '--hub', 'hub.git', code=None))
        self.run_cli('-s', 'kantor.db', 'sync', '--hub', 'hub.git')
        self.assertEqual(self.json('kantor', 'held'), [])
        self.assertEqual(self.json('kantor', 'status')['held'], 0)

    def test_in_the_adminduk_schema_the_verifikator_alone_approves_or_rejects(self):
        self.found({'t1': 'petugas', 'kel': 'kelurahan', 'dinas': 'verifikator'})
        self.sql('t1', "INSERT INTO permohonan(id, layanan, tanggal, kode_kel) VALUES(x'%s', 'KK', '2022-12-05', '16.74.05.1003')" % ('01' * 16))
        self.sql('t1', "INSERT INTO permohonan(id, layanan, tanggal, kode_kel) VALUES(x'%s', 'KK', '2022-12-05', '16.74.05.1004')" % ('02' * 16), code=1)
        self.sql('t1', "UPDATE permohonan SET status='LENGKAP'; UPDATE permohonan SET status='ANTRE'")
        self.sql('t1', "INSERT INTO orang(id, nama) VALUES(x'%s', 'Siti')" % ('03' * 16))
        self.assertIn('petugas may not delete from', self.sql('t1', 'DELETE FROM orang', code=1))
        self.assertIn('di luar wewenang perangkat ini', self.run_cli('-s', 't1.db', 'sql', 'DELETE FROM orang', code=1, lang='id'))
        self.sql('t1', "INSERT INTO wilayah(kode, nama, tingkat, sumber) VALUES('99', 'x', 'kota', 'x')", code=1)
        self.sync('t1', 'kantor')
        self.sql('kantor', "UPDATE permohonan SET status='DITERIMA'")
        self.sync('kantor', 'kel')
        self.sql('kel', "UPDATE permohonan SET status='PERIKSA_KEL'; UPDATE permohonan SET status='PERIKSA_DINAS'")
        self.sync('kel', 'kantor', 't1', 'dinas')
        for name in ('t1', 'kel', 'kantor'):
            for status in ('DIPROSES', 'TOLAK', 'CETAK'):
                self.assertIn('may not take this step', self.sql(name, f"UPDATE permohonan SET status='{status}'", code=1))
        self.sql('dinas', "UPDATE permohonan SET status='DIPROSES'; UPDATE permohonan SET status='TTE'; UPDATE permohonan SET status='CETAK'")
        self.sync('dinas', 'kantor', 't1', 'kel')
        self.sql('kel', "UPDATE permohonan SET status='SIAP_AMBIL'")
        self.sync('kel', 'kantor', 't1')
        self.sql('t1', "UPDATE permohonan SET status='DISERAHKAN', penerima='Ibu'")
        self.sync('t1', 'kantor')
        self.assertIn('DISERAHKAN', self.sql('kantor', 'SELECT status FROM permohonan'))
        self.assertEqual(self.json('kantor', 'refused'), [])


if __name__ == '__main__':
    PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
