#!/usr/bin/env python3
"""An office and its tablets: enrolment, sync, and what each is told.

  test_team.py PROGRAM SCHEMA_FOLDER"""
import hashlib
import json
import stat
import time

from case import CORRUPT, DECEMBER, DENIED, EXISTS, NOTFOUND, OFFLINE, PERMOHONAN, SCHEMA, main
from team import Team


class Work(Team):
    def test_from_founding_to_the_recap_of_december(self):
        self.found()
        for n in (1, 2, 3):
            report = self.json('-s', f't{n}.db', 'import', SCHEMA / 'contoh' / 'desember-2022.csv', '--only-petugas', n)
            self.assertEqual(report['accepted'], 8)
            self.assertEqual(self.json('-s', f't{n}.db', 'status')['own'], {'on_device': 1, 'waiting': 0, 'received': 0})
        self.sync('t1', 't2', 't3')
        self.assertEqual(self.json('-s', 't1.db', 'status')['own'], {'on_device': 0, 'waiting': 1, 'received': 0})
        self.sync('pusat', 'pusat', 't1', 't2', 't3')
        for n in (1, 2, 3):
            status = self.json('-s', f't{n}.db', 'status')
            self.assertEqual(status['own'], {'on_device': 0, 'waiting': 0, 'received': 1})
            self.assertEqual((status['admitted'], status['roles'], status['scope']), (True, 'petugas', '16.74.05.1003'))
            self.assertIsNotNone(status['last_sync'])
        for name in ('pusat', 't1', 't2', 't3'):
            month, = self.json('-s', f'{name}.db', 'recap', '--month', '2022-12')
            self.assertEqual({s['service']: (s['count'], s['share']) for s in month['services']}, DECEMBER, name)
            self.assertEqual(self.counts(f'{name}.db'), [17, 23, 24, 22], name)
            self.assertTrue(self.json('-s', f'{name}.db', 'verify')['ok'], name)
        self.assertEqual(len({self.json('-s', f'{name}.db', 'status')['state_hash'] for name in ('pusat', 't1', 't2', 't3')}), 1)
        self.assertEqual(len({c for c, in self.rows('pusat.db', 'SELECT kode_tanda_terima FROM permohonan')}), 24)
        self.assertIn('diterima pusat', self.out('-s', 't1.db', 'status', lang='id'))
        segments = self.json('-s', 'pusat.db', 'log')
        self.assertTrue(all({'number', 'transactions'} < set(s) and 'segment' not in s for s in segments))
        self.assertEqual(len({s['writer'] for s in segments}), 4)
        writer = segments[0]['writer']
        self.assertEqual({s['writer'] for s in self.json('-s', 'pusat.db', 'log', '--writer', writer[:8])}, {writer})
        self.assertIn(writer[:8], self.out('-s', 'pusat.db', 'log'))

    def test_diff_tells_what_the_next_sync_would_change_and_leaves_everything_as_it_is(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.assertEqual(self.out('-s', 't2.db', 'diff', lang='id'), 'Sinkronisasi berikutnya tidak akan mengubah apa pun di sini.\n')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='lansia', keterangan='0812'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        self.sync('t1', 'pusat')
        before = self.json('-s', 't2.db', 'status')
        out = self.out('-s', 't2.db', 'diff', lang='id')
        self.assertIn('    keterangan: (kosong) → 0812\n', out)
        self.assertRegex(out, r'(?m)^berubah: keluarga [0-9a-f]{32}$')
        self.assertRegex(out, r'(?m)^bentrok: keluarga [0-9a-f]{32}: prioritas$')
        self.assertIn('Akan berubah, belum ada yang diubah: 0 baris baru, 1 berubah, 0 hilang; bentrok 1 baru, 0 selesai;', out)
        found = self.json('-s', 't2.db', 'diff')
        row, conflict = found['changes']
        self.assertEqual((row['kind'], row['table'], row['columns']['keterangan']), ('update', 'keluarga', {'before': None, 'after': '0812'}))
        self.assertEqual((conflict['kind'], conflict['columns']), ('conflict', ['prioritas']))
        self.assertEqual((found['status'], found['rows_merged'], found['segments_fetched'] > 0), ('JEMPUT_OK', 1, True))
        self.assertEqual(self.json('-s', 't2.db', 'status'), before)
        self.sync('t2')
        self.assertEqual(self.one('t2.db', 'SELECT keterangan FROM keluarga'), '0812')
        self.assertEqual(len(self.json('-s', 't2.db', 'conflicts')), 1)
        self.assertEqual(self.json('-s', 't2.db', 'diff')['changes'], [])

    def test_diff_needs_a_hub_that_is_there(self):
        self.out('-s', 'lepas.db', 'init')
        self.assertIn('diff --hub PATH', self.err(2, '-s', 'lepas.db', 'diff'))
        self.assertIn('no.git', self.err(NOTFOUND, '-s', 'lepas.db', 'diff', '--hub', 'no.git'))

    def test_a_second_open_application_that_a_file_brings_is_stored_as_a_possible_duplicate(self):
        self.init()
        rows = [self.permohonan(nama='Satu', nik='1674990101900001', layanan='KTP-el', varian='KTP.HILANG', tanggal=f'2023-0{m}-05') for m in (1, 3)]
        self.write_csv('dua.csv', PERMOHONAN, rows)
        self.assertEqual(self.json('-s', 'pusat.db', 'import', 'dua.csv')['refused'], 0)
        self.assertEqual(self.rows('pusat.db', 'SELECT tanggal, status FROM permohonan ORDER BY tanggal'),
                 [['2023-01-05', 'DRAF'], ['2023-03-05', 'DUGAAN_GANDA']])
        self.out('-s', 'pusat.db', 'import', 'dua.csv')
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM permohonan'), 2)

    def test_work_that_was_sent_is_said_to_wait_for_the_receipt_and_not_for_a_signal_alone(self):
        self.household()
        self.out('-s', 't1.db', 'sql', 'UPDATE keluarga SET prioritas=NULL, rt=\'009\'')
        self.assertIn('menunggu sinyal 1 (terkirim; menunggu tanda terima pusat), diterima pusat 1.\nSelesai.',
                      self.out('-s', 't1.db', 'sync', lang='id'))
        self.sync('pusat')
        self.assertNotIn('terkirim;', self.out('-s', 't1.db', 'sync', lang='id'))

    def test_a_device_whose_invitation_another_has_used_is_told_what_to_do_and_gets_in_by_a_new_one(self):
        self.found()
        self.out('-s', 'tablet dua.db', 'join', 't1.undangan')
        self.out('-s', 'tablet dua.db', 'sql', "INSERT INTO keluarga(id) VALUES(jemput_id())")
        self.sync('t1', 'pusat')
        self.run_cli('-s', 'tablet dua.db', 'sync', code=None)
        for _ in range(2):
            out = self.out('-s', 'pusat.db', 'sync', code=1, lang='id')
            self.assertIn('1 catatan perangkat dihentikan', out)
            self.assertNotIn('Selesai', out)
        self.assertEqual(json.loads(self.out('-s', 'pusat.db', 'sync', '--json', code=1))['logs_stopped'], 1)
        err = self.indonesian(DENIED, '-s', 'tablet dua.db', 'sync')
        self.assertIn("Data tetap aman di sini. Minta undangan baru, lalu: jemput -s 'tablet dua.db' join UNDANGAN-BARU", err)
        told = json.loads(self.out('-s', 'tablet dua.db', 'sync', '--json', code=DENIED))
        self.assertEqual((told['status'], told['complete']), ('JEMPUT_DENIED', True))
        self.assertIn('invitation', told['error'])
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'baru')
        self.out('-s', 'pusat.db', 'sync', code=1)
        self.out('-s', 'tablet dua.db', 'join', 'baru')
        self.run_cli('-s', 'tablet dua.db', 'sync', code=None)
        self.out('-s', 'pusat.db', 'sync')
        self.out('-s', 'tablet dua.db', 'sync')
        self.assertEqual(self.counts('pusat.db')[0], 1)
        self.assertTrue(self.json('-s', 'tablet dua.db', 'status')['admitted'])

    def test_a_hub_that_is_gone_and_one_of_another_space_are_told_apart_in_the_officer_s_words(self):
        self.found()
        self.out('-s', 'lain.db', 'init', '--hub', 'lain.git')
        self.out('-s', 'lain.db', 'sql', 'INSERT INTO keluarga(id) VALUES(jemput_id())')
        self.out('-s', 'lain.db', 'sync')
        err = self.indonesian(DENIED, '-s', 't1.db', 'sync', '--hub', 'lain.git')
        self.assertIn("lain.git' milik ruang lain. Tidak ada yang dikirim", err)
        self.assertIn("belongs to another space. Nothing was sent", self.err(DENIED, '-s', 't1.db', 'sync', '--hub', 'lain.git'))
        (self.at / 'hub.git').rename(self.at / 'pergi.git')
        self.assertIn("hub.git' tidak ada di tempatnya. Data tetap aman", self.indonesian(OFFLINE, '-s', 't1.db', 'sync'))
        told = json.loads(self.out('-s', 't1.db', 'sync', '--json', code=OFFLINE))
        self.assertEqual((told['status'], told['complete']), ('JEMPUT_OFFLINE', False))
        self.assertIn('hub.git', told['error'])
        self.assertNotIn('error', self.json('-s', 'pusat.db', 'sync', '--hub', 'pergi.git'))

    def test_an_invitation_is_for_its_owner_s_eyes_and_is_not_overwritten(self):
        self.init()
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual(stat.S_IMODE((self.at / 'a.undangan').stat().st_mode), 0o600)
        before = (self.at / 'a.undangan').read_bytes()
        self.err(EXISTS, '-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual((self.at / 'a.undangan').read_bytes(), before)
        self.assertIn('undangan-petugas-1.txt', self.out('-s', 'pusat.db', 'invite', '--role', 'petugas'))
        self.assertIn('undangan-petugas-2.txt', self.out('-s', 'pusat.db', 'invite', '--role', 'petugas'))

    def test_days_may_be_written_with_a_comma_and_a_region_that_nobody_knows_is_warned_of(self):
        self.init()
        for days in ('0.5', '0,5'):
            before = time.time()
            text = self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--days', days, '--out', f'{days}.undangan')
            until = time.mktime(time.strptime(text.split('valid until ')[1].split(')')[0], '%Y-%m-%d %H:%M:%S'))
            self.assertAlmostEqual(until, before + 43200, delta=20)
        for scope, warned in (('16.74.05.1003', False), ('16.74.05', False), ('99.99', True), ('16.74.05.1003.9', True), ('', False)):
            err = self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', f'--scope={scope}', lang='id')[2]
            self.assertEqual('Peringatan: tidak ada wilayah' in err, warned, scope)
        (self.at / 'own.sql').write_text("CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID; SELECT jemput_replicate('t');")
        self.init('own.db', '--schema', 'own.sql')
        self.assertEqual(self.run_cli('-s', 'own.db', 'invite', '--role', 'petugas', '--scope', '99.99')[2], '')

    def test_what_an_invitation_cannot_say_is_refused_in_plain_words_and_nothing_is_made(self):
        self.init()
        for option, values in (('role', ('raja', '', 'petugas,', 'petugas,petugas', 'petugas, admin')), ('scope', ('16 74', '16.74/05', 'x' * 64)),
                               ('days', ('0', '-1', '0.00001', '3651', 'nan', 'inf', '7x', ''))):
            for value in values:
                args = {'role': 'petugas', 'scope': '', 'days': '7', 'out': 'b.undangan', option: value}
                for lang in ('en', 'id'):
                    err = self.err(2, '-s', 'pusat.db', 'invite', *(f'--{k}={v}' for k, v in args.items()), lang=lang)
                    self.assertIn(f"--{option} '{value}': ", err)
        self.assertFalse((self.at / 'b.undangan').exists())
        self.assertEqual(self.json('-s', 'pusat.db', 'status')['roster_version'], 4)  # genesis, the office's reading key, the first key epoch, its report
        for roles in ('raja', 'pusat', 'petugas', ''):
            self.assertIn('admin', self.err(2, '-s', 'new.db', 'init', '--roles', roles))
            self.assertFalse((self.at / 'new.db').exists())

    def test_office_and_tablet_say_the_same_space_and_hub_and_a_changed_hub_is_seen(self):
        self.out('-s', 'kantor.db', 'init', '--hub', 'hub.git')
        space = self.json('-s', 'kantor.db', 'status')['space']
        invited = self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 't.inv')
        joined = self.out('-s', 't.db', 'join', 't.inv')
        hub = str(self.at / 'hub.git')
        for told in (invited, joined):
            self.assertIn(space[:16], told)
            self.assertIn(hub, told)
        other = hub[:-len('hub.git')] + 'gub.git'
        text = (self.at / 't.inv').read_bytes().replace(hub.encode(), other.encode())
        body = text[:text.rindex(b'checksum ')]  # by somebody who knows how it is made
        (self.at / 'u.inv').write_bytes(body + b'checksum ' + hashlib.blake2b(body, digest_size=32).hexdigest().encode() + b'\n')
        told = self.out('-s', 'u.db', 'join', 'u.inv')
        self.assertIn(other, told)
        self.assertNotIn(hub, told)

    def test_damaged_and_expired_invitations_and_an_existing_store_are_refused(self):
        self.init()
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'good')
        text = (self.at / 'good').read_bytes()
        for name, damaged in (('half', text[:len(text) // 2]), ('empty', b''), ('other', b'tanggal,layanan\n'),
                              ('flipped', text[:len(text) // 2] + bytes([text[len(text) // 2] ^ 1]) + text[len(text) // 2 + 1:])):
            (self.at / name).write_bytes(damaged)
            err = self.err(CORRUPT, '-s', 't.db', 'join', name, lang='id')
            self.assertIn('bukan undangan jemput, atau terpotong saat disalin: salin ulang', err)
            self.assertNotIn('memasang ulang', err)
            self.assertFalse((self.at / 't.db').exists())
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--days', '0.00002', '--out', 'old') # 1.7 seconds
        time.sleep(2)
        self.assertIn('undangan ini sudah kedaluwarsa', self.indonesian(DENIED, '-s', 't.db', 'join', 'old'))
        self.assertIn('this invitation has expired', self.err(DENIED, '-s', 't.db', 'join', 'old'))
        self.assertFalse((self.at / 't.db').exists())
        self.out('-s', 't.db', 'join', 'good')
        self.out('-s', 't.db', 'join', 'good') # asks again by the same one: nothing changes
        before = (self.at / 'pusat.db').read_bytes()
        self.assertIn('sudah ada dan tidak disentuh', self.err(EXISTS, '-s', 'pusat.db', 'join', 'good', lang='id'))
        self.assertEqual((self.at / 'pusat.db').read_bytes(), before)
        self.err(DENIED, '-s', 't.db', 'invite', '--role', 'petugas')
        self.assertEqual(list(self.at.glob('undangan-*')), [])

    def test_sync_without_a_hub_says_how_to_name_one(self):
        self.assertIn('--hub', self.err(2, '-s', self.init(), 'sync'))
        self.assertIn('belum ada hub', self.err(2, '-s', 'pusat.db', 'sync', lang='id'))

    def test_a_hub_that_is_not_there_or_no_repository_is_reported_and_work_is_kept(self):
        store = self.init()
        self.run_cli('-s', store, 'import', SCHEMA / 'contoh' / 'desember-2022.csv')
        (self.at / 'folder').mkdir()
        (self.at / 'folder' / 'file').write_text('x')
        for hub, code in (('none.git', NOTFOUND), ('folder', CORRUPT), ('folder/file', CORRUPT)):
            err = self.indonesian(code, '-s', store, 'sync', '--hub', hub)
            self.assertIn(f"{hub}' bukan hub: periksa alamatnya. Data tetap aman", err)
            self.assertIn(f"{hub}' is not a hub: check the address", self.err(code, '-s', store, 'sync', '--hub', hub))
            self.assertEqual(self.json('-s', store, 'status')['hub'], '')
        self.assertIn('bukan hub', self.indonesian(EXISTS, '-s', 'new.db', 'init', '--hub', 'folder'))
        self.assertFalse((self.at / 'new.db').exists())
        self.assertEqual(self.counts(store)[2], 24)

    def test_signers_are_known_to_stock_git_tools(self):
        self.found()
        self.out('-s', 'pusat.db', 'signers', '--out', 'allowed')
        line = (self.at / 'allowed').read_text().splitlines()[0].split()
        self.assertEqual((line[1], line[2]), ('namespaces="git"', 'ssh-ed25519'))
        self.assertIn('ssh-ed25519', self.out('-s', 'pusat.db', 'signers'))


if __name__ == '__main__':
    main()
