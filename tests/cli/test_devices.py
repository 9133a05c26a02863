#!/usr/bin/env python3
"""Devices, invitations and root keys at the command line.

  test_devices.py PROGRAM SCHEMA_FOLDER"""
import os
import subprocess

from case import BUSY, CORRUPT, DENIED, EXISTS, NOTFOUND, OFFLINE, Case, main


class Space(Case):
    """An office with a hub, and tablets that were let in."""

    def found(self, *more, tablets=1):
        self.out('-s', 'kantor.db', 'init', '--hub', 'hub.git', *more)
        for number in range(tablets):
            self.join(f't{number + 1}.db')
        return 'kantor.db'

    def join(self, store, role='petugas'):
        self.out('-s', 'kantor.db', 'invite', '--role', role, '--out', store + '.inv')
        self.out('-s', 'kantor.db', 'sync')
        self.out('-s', store, 'join', store + '.inv')
        self.sync(store, 'kantor.db', store)

    def sync(self, *stores):
        for store in stores:
            self.out('-s', store, 'sync')

    def device(self, number, store='kantor.db'):
        return [d for d in self.json('-s', store, 'devices')['devices'] if d['device_number'] == number and d['state'] != 'asks'][-1]

    def asking(self, store='kantor.db'):
        return [d for d in self.json('-s', store, 'devices')['devices'] if d['state'] == 'asks']

    def write(self, store, text):
        self.out('-s', store, 'sql', f"INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), '{text}')")


class Devices(Space):
    def test_the_list_names_every_device_with_what_it_may_and_when_it_was_heard_of(self):
        self.found()
        self.write('t1.db', 'Jl. Uji 1')
        self.sync('t1.db', 'kantor.db', 't1.db')
        office, tablet = self.device(1), self.device(2)
        self.assertEqual((office['self'], office['root'], office['state'], office['roles']), (True, 1, 'active', 'admin,pusat'))
        self.assertEqual((tablet['self'], tablet['root'], tablet['roles'], tablet['scope'], tablet['unsent']), (False, 0, 'petugas', '', 0))
        self.assertEqual(tablet['last_seen'], tablet['last_receipt'])
        self.assertEqual(tablet['schema_version'], 1)
        for lang, words in (('id', ('Perangkat', 'aktif', 'perangkat ini')), ('en', ('Device', 'active', 'this device'))):
            out = self.out('-s', 'kantor.db', 'devices', lang=lang)
            for word in (*words, 'pusat 01', 'tablet 02', tablet['key'][:8]):
                self.assertIn(word, out)
        self.assertEqual(self.json('-s', 'kantor.db', 'devices')['waiting'], [])

    def test_rights_are_changed_taken_for_a_while_and_given_back(self):
        self.found()
        out = self.out('-s', 'kantor.db', 'device', 'change', '2', '--role', 'kelurahan', '--scope', '16.74.99', lang='id')
        self.assertIn('Perangkat 2: peran kelurahan, wilayah 16.74.99', out)
        self.assertIn('jemput sync', out)
        self.assertIn('Sudah demikian', self.out('-s', 'kantor.db', 'device', 'change', '2', '--role', 'kelurahan', '--scope', '16.74.99', lang='id'))
        self.sync('kantor.db', 't1.db')
        self.assertEqual((self.device(2, 't1.db')['roles'], self.device(2, 't1.db')['scope']), ('kelurahan', '16.74.99'))
        self.assertIn('--role', self.err(2, '-s', 'kantor.db', 'device', 'change', '2'))
        self.assertIn('roles petugas, scope 16.74.99', self.out('-s', 'kantor.db', 'device', 'change', '2', '--role', 'petugas'))
        self.assertIn('roles petugas, scope *', self.out('-s', 'kantor.db', 'device', 'change', '2', '--scope', ''))
        self.sync('kantor.db', 't1.db')
        self.assertEqual((self.device(2, 't1.db')['roles'], self.device(2, 't1.db')['scope']), ('petugas', ''))
        self.assertIn('ditangguhkan', self.out('-s', 'kantor.db', 'device', 'suspend', '2', lang='id'))
        self.sync('kantor.db', 't1.db')
        self.assertEqual(self.device(2, 't1.db')['state'], 'suspended')
        self.assertIn('Perangkat ini ditangguhkan', self.out('-s', 't1.db', 'sync', lang='id'))  # it says so itself
        self.assertIn('This device is suspended', self.out('-s', 't1.db', 'status'))
        self.out('-s', 'kantor.db', 'device', 'resume', '2')
        self.sync('kantor.db', 't1.db')
        self.assertEqual((self.device(2, 't1.db')['state'], self.device(2, 't1.db')['roles']), ('active', 'petugas'))

    def test_a_revocation_says_what_stands_and_falls_and_is_only_tried_with_dry_run(self):
        self.found()
        for text in ('Jl. Uji 1', 'Jl. Uji 2'):
            self.write('t1.db', text)
            self.sync('t1.db', 'kantor.db')
        segments = self.device(2)['segments']
        args = ('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'stolen')
        tried = self.json(*args, '--after', '0', '--dry-run')
        self.assertEqual((tried['done'], tried['segments_stay'], tried['segments_fall'], tried['transactions_fall']), (False, 0, segments, 2))
        out = self.out(*args, '--dry-run', lang='id')
        self.assertIn('dicabut untuk selamanya', out)
        self.assertIn(f'tetap berlaku: {segments} segmen (2 transaksi)', out)
        self.assertIn('Hanya dicoba', out)
        self.assertEqual(self.device(2)['state'], 'active')
        self.assertTrue(self.json(*args)['done'])
        self.assertEqual((self.device(2)['state'], self.device(2)['reason']), ('revoked', 'stolen'))
        self.assertIn('dicabut: dicuri', self.out('-s', 'kantor.db', 'devices', lang='id'))

    def test_what_cannot_be_is_refused_in_words_and_with_a_code_of_its_own(self):
        self.found()
        for code, words, args in ((NOTFOUND, 'Tidak ada perangkat itu', ('change', '9', '--role', 'petugas')),
                                  (DENIED, 'terlalu sedikit', ('revoke', '1', '--reason', 'left')),
                                  (NOTFOUND, 'Segmen itu tidak dikenal', ('revoke', '2', '--reason', 'lost', '--after', '999')),
                                  (NOTFOUND, 'Tanda terima itu tidak dikenal', ('revoke', '2', '--reason', 'lost', '--since', '999'))):
            err = self.indonesian(code, '-s', 'kantor.db', 'device', *args)
            self.assertIn(words, err)
            self.assertIn('Tidak ada yang diubah', err)
        self.assertIn('bukan perangkat administrator', self.indonesian(DENIED, '-s', 't1.db', 'device', 'suspend', '1'))
        self.assertIn('Tidak ada tindakan itu', self.indonesian(NOTFOUND, '-s', 'kantor.db', 'approve', 'abcd1234'))
        self.assertIn('yang meminta diterima', self.indonesian(NOTFOUND, '-s', 'kantor.db', 'admit', 'abcd1234'))
        self.out('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'lost')
        self.assertIn('sudah dicabut', self.indonesian(EXISTS, '-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'lost'))
        for args in (('change', '2'), ('revoke', '2'), ('revoke', '2', '--reason', 'bored'), ('replace', '2'), ('rotate', '2'), ('fly', '2'),
                     ('change', '2', '--role', 'raja')):
            self.err(2, '-s', 'kantor.db', 'device', *args)

    def test_a_device_takes_another_key_and_another_device_carries_on_for_a_lost_one(self):
        self.found(tablets=2)
        self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'baru.inv')
        self.out('-s', 'baru.db', 'join', 'baru.inv')
        self.assertIn('belum diterima', self.indonesian(DENIED, '-s', 'baru.db', 'device', 'rotate'))
        before = self.device(2)
        self.write('t1.db', 'Jl. Uji 1')
        told = self.out('-s', 't1.db', 'device', 'rotate', lang='id')
        self.assertIn('kunci baru', told)
        self.assertIn('jemput device revoke ' + before['key'][:16] + ' ', told)
        self.write('t1.db', 'Jl. Uji 2')
        self.sync('t1.db', 'kantor.db', 't1.db')
        after = self.device(2)
        self.assertNotEqual(before['key'], after['key'])
        self.assertEqual((after['state'], self.one('kantor.db', 'SELECT count(*) FROM keluarga')), ('active', 2))
        self.assertEqual(self.json('-s', 't1.db', 'status')['own'], {'on_device': 0, 'waiting': 0, 'received': 2})
        revoke = ('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'lost')
        tried = self.json(*revoke, '--after', '0', '--dry-run')  # of both keys
        self.assertEqual((tried['keys'], tried['transactions_stay'], tried['transactions_fall']), (2, 0, 2))
        self.assertIn('2 kunci yang pernah dipakai', self.out(*revoke, '--after', '0', '--dry-run', lang='id'))
        self.assertEqual(self.json(*revoke)['keys'], 1)  # the older one was given up, and all of it stands
        self.assertIn('menggantikan perangkat 2', self.out('-s', 'kantor.db', 'device', 'replace', '2', '3', lang='id'))
        self.assertEqual(self.device(3)['carries_on_for'], 2)
        self.assertTrue(self.json('-s', 'kantor.db', 'verify')['ok'])


class Invitations(Space):
    def test_two_devices_that_ask_by_one_invitation_wait_for_a_person(self):
        self.found(tablets=0)
        self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'satu.inv')
        self.out('-s', 'kantor.db', 'sync')
        for store in ('a.db', 'b.db'):
            self.out('-s', store, 'join', 'satu.inv')
            self.sync(store)
        self.run_cli('-s', 'kantor.db', 'sync', code=None)
        asking = self.asking()
        self.assertEqual(len(asking), 2)
        out = self.out('-s', 'kantor.db', 'devices', lang='id')
        self.assertIn('menunggu keputusan', out)
        self.assertIn('undangan yang sama', out)
        self.assertIn(asking[0]['key'], out)
        told = [c for c in self.json('-s', 'kantor.db', 'cases', code=1) if c['kind'] == 'asks']
        self.assertEqual({c['about'] for c in told}, {a['key'] for a in asking})
        self.assertEqual(['it was copied' in c['what'] for c in told], [True, True])
        self.assertNotIn('stopped', {c['kind'] for c in self.json('-s', 'kantor.db', 'cases', code=1)})
        cases = self.run_cli('-s', 'kantor.db', 'cases', code=1)[1]
        for store in ('a.db', 'b.db'):  # what tells them apart is the same here and there
            key = self.json('-s', store, 'status')['key']
            self.assertIn(key, {a['key'] for a in asking})
            self.assertIn(key[:16], cases)
            self.assertIn('Kunci perangkat ini: ' + key[:16], self.out('-s', store, 'status', lang='id'))
        self.assertIn('diterima sebagai perangkat 2', self.out('-s', 'kantor.db', 'admit', asking[0]['key'][:12], lang='id'))
        self.run_cli('-s', 'kantor.db', 'sync', code=None)
        self.assertEqual([d['key'] for d in self.asking()], [asking[1]['key']])
        told = [c['what'] for c in self.json('-s', 'kantor.db', 'cases', code=1) if c['kind'] == 'asks']
        self.assertEqual(['another device has used its invitation' in what for what in told], [True])
        self.assertIn('sudah diterima', self.indonesian(EXISTS, '-s', 'kantor.db', 'admit', asking[0]['key']))
        winner = next(s for s in ('a.db', 'b.db') if self.json('-s', s, 'status')['key'] == asking[0]['key'])
        self.sync(winner)
        self.write(winner, 'Jl. Uji 1')
        self.sync(winner)
        self.run_cli('-s', 'kantor.db', 'sync', code=None)
        self.out('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'left', '--after', '0')
        self.run_cli('-s', 'kantor.db', 'sync', code=None)
        out = self.out('-s', 'kantor.db', 'status')  # lists the log that stands stopped, and no work of the revoked one
        self.assertEqual(out.count(', segment '), 1, out)
        self.assertIn('  a device that nobody knows, segment ', out)
        self.assertEqual(self.one('kantor.db', "SELECT count(*) FROM jemput_refused WHERE kind = 'transaksi'"), 1)

    def read_qr(self, path):
        done = subprocess.run(['zbarimg', '--quiet', '--raw', str(self.at / path)], capture_output=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.decode().strip()

    def test_a_qr_code_is_read_back_and_lets_a_device_in_once(self):
        self.found(tablets=0)
        self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--scope', '16.74.99', '--out', 'satu.inv', '--qr-file', 'satu.pbm')
        self.out('-s', 'kantor.db', 'sync')
        text = self.read_qr('satu.pbm')
        self.assertRegex(text, '^JEMPUT1/[A-Z2-7]{200,900}$')
        self.out('-s', 'a.db', 'join', text)
        self.assertEqual(self.one('a.db', 'SELECT count(*) > 0 FROM wilayah'), 1)  # it works at once, with the whole schema
        self.write('a.db', 'Jl. Uji 1')
        self.sync('a.db', 'kantor.db', 'a.db')
        self.assertEqual((self.device(2)['roles'], self.device(2)['scope']), ('petugas', '16.74.99'))
        self.assertEqual(self.one('kantor.db', 'SELECT alamat FROM keluarga'), 'Jl. Uji 1')
        self.out('-s', 'b.db', 'join', text)  # photographed
        self.run_cli('-s', 'b.db', 'sync', code=DENIED)
        self.run_cli('-s', 'kantor.db', 'sync', code=None)
        self.assertEqual(len(self.asking()), 1)
        (self.at / 'satu.txt').write_text(text + '\n')
        self.out('-s', 'c.db', 'join', 'satu.txt')

    def test_a_qr_code_is_shown_on_the_terminal_with_its_text(self):
        self.found(tablets=0)
        out = self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'satu.inv', '--qr')
        text = [line.split(': ')[1] for line in out.split('\n') if 'JEMPUT1/' in line][0]
        rows = [line[len('\033[97;40m'):-len('\033[0m')] for line in out.split('\n') if line.startswith('\033[97;40m')]
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        bits = []
        for row in rows:  # the terminal's half blocks as a picture: light is drawn
            bits.append(['0' if c in '▀█' else '1' for c in row])
            bits.append(['0' if c in '▄█' else '1' for c in row])
        bits = bits[:len(rows[0])]
        big = [''.join(b * 4 for b in row) for row in bits for _ in range(4)]
        (self.at / 'layar.pbm').write_text(f'P1\n{len(big[0])} {len(big)}\n' + '\n'.join(big) + '\n')
        self.assertEqual(self.read_qr('layar.pbm'), text)
        self.out('-s', 'kantor.db', 'sync')
        self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'dua.inv', '--qr-file', 'dua.svg')
        self.assertIn('<svg ', (self.at / 'dua.svg').read_text())

    def test_a_qr_invitation_needs_its_hub_and_changes_nothing_without_it(self):
        self.found(tablets=0)
        self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'satu.inv', '--qr-file', 'satu.pbm')
        self.out('-s', 'kantor.db', 'sync')
        text = self.read_qr('satu.pbm')
        os.rename(self.at / 'hub.git', self.at / 'pindah.git')
        self.assertIn('perlu hub', self.indonesian(OFFLINE, '-s', 'a.db', 'join', text))
        self.assertFalse((self.at / 'a.db').exists())
        self.out('-s', 'lain.db', 'init', '--hub', 'lain.git')
        self.err(OFFLINE, '-s', 'a.db', 'join', text, '--hub', 'lain.git')  # a hub of another space has nothing of it
        self.err(CORRUPT, '-s', 'a.db', 'join', text[:-1] + ('A' if text[-1] != 'A' else 'B'), '--hub', 'pindah.git')
        self.assertFalse((self.at / 'a.db').exists())
        self.out('-s', 'a.db', 'join', text, '--hub', 'pindah.git')
        self.assertTrue(self.json('-s', 'a.db', 'status')['hub'].endswith('/pindah.git'))
        self.err(2, '-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'x.inv', '--qr-file', 'x.png')
        self.assertFalse((self.at / 'x.inv').exists())


class Roots(Space):
    def root(self, name, pin='rahasia-1'):
        self.out('root', 'new', name, stdin=pin + '\n')
        return name

    def test_a_root_key_is_made_with_a_pin_and_only_on_demand_without(self):
        self.root('induk.key')
        self.assertEqual((self.at / 'induk.key').stat().st_mode & 0o777, 0o600)
        self.assertIn('pin argon2id', (self.at / 'induk.key').read_text())
        self.assertRegex((self.at / 'induk.key.pub').read_text(), '^jemput root public key 1\nkey [0-9a-f]{64}\n$')
        self.err(2, 'root', 'new', 'lain.key', stdin='\n')
        self.err(2, 'root', 'new', 'lain.key', stdin='12345\n')
        self.assertFalse((self.at / 'lain.key').exists())
        self.out('root', 'new', 'lain.key', '--plain')
        self.assertIn('pin none', (self.at / 'lain.key').read_text())
        before = (self.at / 'induk.key').read_bytes()
        self.err(EXISTS, 'root', 'new', 'induk.key', stdin='rahasia-1\n')
        self.assertEqual((self.at / 'induk.key').read_bytes(), before)

    def test_what_concerns_administrators_needs_two_of_three(self):
        for name in ('satu.key', 'dua.key'):
            self.root(name)
        self.found('--root', 'satu.key.pub', '--root', 'dua.key', '--threshold', '2')
        self.assertEqual([d['root'] for d in self.json('-s', 'kantor.db', 'devices')['devices']], [1, 2, 3, 0])
        self.assertNotIn('belum berlaku', self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', 'p.inv', lang='id'))
        out = self.out('-s', 'kantor.db', 'device', 'change', '4', '--role', 'admin', lang='id')
        self.assertIn('Ditandatangani 1 dari 2', out)
        waiting = self.json('-s', 'kantor.db', 'devices')['waiting']
        self.assertEqual([(w['kind'], w['device_number'], w['signers'], w['needed'], w['by']) for w in waiting], [('change', 4, 1, 2, 3)])
        self.assertIn('roles admin\n', waiting[0]['text'])
        self.assertEqual([c['about'] for c in self.json('-s', 'kantor.db', 'cases', code=1) if c['kind'] == 'unsigned'], [waiting[0]['act']])
        self.assertIn('1 dari 2 tanda tangan', self.out('-s', 'kantor.db', 'devices', lang='id'))
        self.assertIn('PIN salah', self.err(DENIED, '-s', 'kantor.db', 'approve', waiting[0]['act'], '--root', 'satu.key', stdin='rahasia-2\n',
                                            lang='id'))
        self.err(2, '-s', 'kantor.db', 'approve', waiting[0]['act'], '--root', 'satu.key')  # no PIN at all
        self.out('-s', 'kantor.db', 'approve', waiting[0]['act'][:10], '--root', 'satu.key', stdin='rahasia-1\n')
        self.assertEqual(self.device(4)['roles'], 'admin')
        self.sync('kantor.db', 't1.db')
        self.assertEqual(self.device(4, 't1.db')['roles'], 'admin')
        self.assertTrue(self.json('-s', 't1.db', 'verify')['ok'])
        self.assertRegex((self.at / 'satu.key.last').read_text(), '^[0-9a-f]{64} [0-9a-f]{64}\n$')
        self.out('-s', 'kantor.db', 'device', 'change', '4', '--role', 'petugas', '--root', 'satu.key', stdin='rahasia-1\n')  # not sent yet
        err = self.err(BUSY, '-s', 't1.db', 'device', 'change', '4', '--role', 'admin', '--root', 'satu.key', stdin='rahasia-1\n', lang='id')
        self.assertIn('Sinkronkan perangkat itu, lalu yang ini', err)
        self.assertIn('belum berlaku: administrator induk lain', self.out('-s', 'kantor.db', 'invite', '--role', 'admin', '--out', 'a.inv', lang='id'))
        self.root('asing.key')
        self.assertIn('bukan kunci induk ruang ini', self.err(DENIED, '-s', 'kantor.db', 'device', 'suspend', '4', '--root', 'asing.key',
                                                                stdin='rahasia-1\n', lang='id'))

    def test_a_founding_with_too_many_or_too_few_is_wrong_use(self):
        self.root('satu.key')
        for args in (('--root', 'satu.key', '--threshold', '3'), ('--threshold', '2'), ('--root', 'satu.key') * 5, ('--threshold', '0')):
            self.err(2, '-s', 'x.db', 'init', *args)
        (self.at / 'rusak.pub').write_text('jemput root public key 1\nkey 00\n')
        self.err(CORRUPT, '-s', 'x.db', 'init', '--root', 'rusak.pub')
        self.assertFalse((self.at / 'x.db').exists())


if __name__ == '__main__':
    main()
