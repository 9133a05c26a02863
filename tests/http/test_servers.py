#!/usr/bin/env python3
"""`jemput sync` to hubs behind stock web servers: nginx with fcgiwrap, lighttpd, with TLS and passwords; and over bad links.

  test_servers.py JEMPUT JEMPUT-HUB"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import servers
from link import Link
from servers import Forge, JemputHub, Lighttpd, Nginx, public_key_pin, repository
from table import strangers_add

JEMPUT = None
SCHEMA = "CREATE TABLE orang(id TEXT PRIMARY KEY, nama TEXT) WITHOUT ROWID; SELECT jemput_replicate('orang');"


class Office:
    """A space: central and tablets, in a folder."""

    def __init__(self, folder, env=None):
        self.folder, self.env = pathlib.Path(folder), dict(os.environ, JEMPUT_LANG='en', **(env or {}))
        (self.folder / 'schema.sql').write_text(SCHEMA)

    def run(self, store, *words, expect=0, stdin=None):
        done = subprocess.run([JEMPUT, '-s', str(self.folder / store), *map(str, words)], env=self.env, input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=120)
        if done.returncode not in (expect if isinstance(expect, tuple) else (expect,)):
            raise AssertionError('%s: exit code %d, expected %s\n%s%s' % (' '.join(map(str, words)), done.returncode, expect, done.stdout, done.stderr))
        return done.stdout + done.stderr

    def sync(self, store, *words):
        return json.loads(self.run(store, 'sync', '--json', *words).splitlines()[-1])

    def found(self, hub, tablets, *words):
        self.run('pusat.db', 'init', '--schema', self.folder / 'schema.sql')
        self.sync('pusat.db', '--hub', hub, *words)
        for tablet in tablets:
            self.join('pusat.db', tablet, hub, 'petugas', *words)

    def join(self, administrator, store, hub, role='petugas', *words):
        self.run(administrator, 'invite', '--role', role, '--hub', hub, '--out', self.folder / (store + '.inv'))
        self.sync(administrator)
        self.run(store, 'join', self.folder / (store + '.inv'))
        self.sync(store, *words)
        self.sync('pusat.db')
        self.sync(store)
        if administrator != 'pusat.db':
            self.sync(administrator)

    def add(self, store, first, count):
        rows = ', '.join("('%s-%d', 'Warga %d')" % (store, i, i) for i in range(first, first + count))
        self.run(store, 'sql', 'INSERT INTO orang VALUES ' + rows)

    def count(self, store):
        return int(self.run(store, 'sql', 'SELECT count(*) AS n FROM orang').split()[1])


class Servers(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / 'server').mkdir()
        self.addCleanup(self.temporary.cleanup)

    def meet(self, server, *words, env=None):
        server.repository('ruang.git')
        office = Office(self.folder, env)
        office.found(server.url + '/ruang.git', ['a.db', 'b.db'], *words)
        for store in ('pusat.db', 'a.db', 'b.db'):
            office.add(store, 0, 40)
        for _ in range(2):
            for store in ('a.db', 'b.db', 'pusat.db'):
                office.sync(store)
        office.sync('a.db'), office.sync('b.db')
        for store in ('pusat.db', 'a.db', 'b.db'):
            self.assertEqual(office.count(store), 120)
            office.run(store, 'verify')
        subprocess.run(['git', '-C', str(server.repositories / 'ruang.git'), 'fsck', '--strict'], check=True, stderr=subprocess.DEVNULL)
        return office

    def test_devices_meet_behind_lighttpd(self):
        with Lighttpd(self.folder / 'server') as server:
            self.meet(server)

    def test_devices_meet_behind_nginx_and_fcgiwrap(self):
        with Nginx(self.folder / 'server') as server:
            self.meet(server)

    def test_devices_meet_at_a_forge_that_takes_branches_alone_and_knows_nothing_of_jemput(self):
        (self.folder / 'secret').write_text('rahasia\n')
        with Forge(self.folder / 'server', {'dinas': 'rahasia'}) as server:
            office = self.meet(server, '--user', 'dinas', '--secret-file', self.folder / 'secret')
            self.assertGreaterEqual(len(server.pushed('ruang.git')), 3)  # each device's
            clone = ['git', 'clone', '-q', server.url.replace('//', '//dinas:rahasia@') + '/ruang.git', str(self.folder / 'salinan')]
            subprocess.run(clone, check=True, stderr=subprocess.DEVNULL)  # what anybody does with a forge
            told = subprocess.run(['git', '-C', str(self.folder / 'salinan'), 'branch', '-r'], check=True, stdout=subprocess.PIPE, text=True).stdout
            self.assertEqual(len(told.split()), len(server.pushed('ruang.git')))

    def test_a_password_is_asked_for_once_and_remembered(self):
        (self.folder / 'secret').write_text('rahasia\n')
        with Lighttpd(self.folder / 'server', users={'tim': 'rahasia'}) as server:
            office = self.meet(server, '--user', 'tim', '--secret-file', self.folder / 'secret')
            (self.folder / 'secret').write_text('salah\n')
            told = office.run('a.db', 'sync', '--user', 'tim', '--secret-file', self.folder / 'secret', expect=19)
            self.assertIn('credentials', told)
            office.sync('a.db')

    def test_a_certificate_must_stand_up(self):
        with Nginx(self.folder / 'server', tls=True) as server:
            office = self.meet(server, env={'JEMPUT_CA_FILE': str(server.cert), 'JEMPUT_HUB_PIN': public_key_pin(server.cert)})
            office.env['JEMPUT_HUB_PIN'] = 'sha256//' + 'A' * 43 + '='
            self.assertIn('does not prove', office.run('a.db', 'sync', expect=25))
            del office.env['JEMPUT_HUB_PIN'], office.env['JEMPUT_CA_FILE']
            self.assertIn('does not prove', office.run('a.db', 'sync', expect=25))

    def test_a_server_that_is_gone_is_offline_and_the_work_waits(self):
        with Lighttpd(self.folder / 'server') as server:
            office = self.meet(server)
        office.add('a.db', 100, 1)
        told = office.run('a.db', 'sync', expect=16)
        self.assertIn('cannot be reached', told)
        self.assertIn('safe', told)
        self.assertEqual(office.count('a.db'), 121)

    def read_only(self, bare):
        """Three ways in which a repository takes nothing: how it is made so, and what undoes that."""
        git = ['git', 'config', '--file', str(bare / 'config'), 'http.receivepack']
        hook, places = bare / 'hooks' / 'pre-receive', [bare, *(p for p in bare.rglob('*') if p.is_dir())]

        def hook_put():
            hook.parent.mkdir(exist_ok=True)
            hook.write_text('#!/bin/sh\necho "hanya untuk dibaca" >&2\nexit 1\n')
            hook.chmod(0o755)

        def rights(mode):
            for place in places:
                place.chmod(mode)

        yield 'the server serves no pushes', lambda: subprocess.run([*git, 'false'], check=True), lambda: subprocess.run([*git, 'true'], check=True)
        yield 'a hook declines them', hook_put, hook.unlink
        yield 'nothing can be written there', lambda: rights(0o555), lambda: rights(0o755)

    def test_a_hub_that_can_only_be_read_says_so_still_gives_and_gets_the_work_when_it_takes_some_again(self):
        os.chmod(self.folder, 0o755)
        (self.folder / 'own').mkdir(0o700)
        with Lighttpd(self.folder / 'server', held_to_rights=True) as server:
            bare = repository(server.repositories / 'ruang.git')
            server.hand_over(bare)
            office = Office(self.folder / 'own')
            office.found(server.url + '/ruang.git', ['a.db', 'b.db'])
            for n, (how, close, reopen) in enumerate(self.read_only(bare)):
                with self.subTest(how):
                    office.add('b.db', n, 1)
                    office.sync('b.db'), office.sync('pusat.db')
                    close()
                    office.add('a.db', n, 1)
                    for _ in range(2):
                        told = office.run('a.db', 'sync', expect=19)
                        self.assertIn('it may be read-only', told)
                        self.assertIn('safe', told)
                        self.assertEqual(office.count('a.db'), 2 * n + 2)  # its own, and what the hub has for it
                    self.assertIn('waiting', office.run('a.db', 'status'))
                    reopen()
                    office.sync('a.db'), office.sync('pusat.db')
                    self.assertEqual(office.count('pusat.db'), 2 * n + 2)
                    for store in ('a.db', 'pusat.db'):
                        office.run(store, 'verify')
            subprocess.run(['git', '-C', str(bare), '-c', 'safe.directory=*', 'fsck', '--strict'], check=True, stderr=subprocess.DEVNULL)

    def test_nothing_new_is_one_round_trip_below_a_kilobyte_with_ten_branches_and_with_ten_thousand(self):
        with Lighttpd(self.folder / 'server') as server, Link('lan', 1, server.port) as link:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            office.found('http://127.0.0.1:%d/ruang.git' % link.port, ['a.db'])
            for branches in (7, 9990):
                strangers_add(server.repositories / 'ruang.git', branches)
                link.requests, link.bytes = 0, {'up': 0, 'down': 0}
                office.sync('a.db')
                self.assertEqual(link.requests, 1)
                self.assertLess(link.bytes['up'] + link.bytes['down'], 1024)

    def test_fifty_applications_over_a_link_that_is_cut_arrive_whole(self):
        with Lighttpd(self.folder / 'server') as server:
            office = self.meet(server)
            for cut in (100, 500, 900):
                office.add('a.db', 1000 + cut, 50)
                with Link('lan', seed=cut, target=server.port, cut_up=cut) as link:
                    office.run('a.db', 'sync', '--hub', 'http://localhost:%d/ruang.git' % link.port, expect=(0, 16))  # libcurl tries a kept one anew
                    self.assertIsNone(link.cuts['up'])
                office.sync('a.db', '--hub', server.url + '/ruang.git')
            office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), 270)

    def cut(self, office):
        """All stores drop what a checkpoint covers, but for what came later."""
        office.add('a.db', 100, 1)  # not covered, and of the same generation as what is
        office.sync('a.db')
        office.run('pusat.db', 'checkpoint', '--days', 0)
        office.run('pusat.db', 'checkpoint', '--backed-up')
        office.add('b.db', 100, 1)
        for _ in range(3):
            for store in ('pusat.db', 'b.db', 'a.db'):
                office.sync(store)
        for store in ('a.db', 'b.db', 'pusat.db'):
            office.run(store, 'checkpoint', '--cut')

    def test_behind_a_cut_a_new_hub_of_stock_git_takes_logs_whose_beginning_nobody_has_any_more(self):
        stores = ('a.db', 'b.db', 'pusat.db')
        with Lighttpd(self.folder / 'server') as server:
            office = self.meet(server)
            self.cut(office)
            bare = server.repositories / 'baru.git'
            git = ['git', '-C', str(bare)]
            subprocess.run(['git', 'init', '-q', '--bare', str(bare)], check=True)
            subprocess.run([*git, 'config', 'http.receivepack', 'true'], check=True)
            new = ('--hub', server.url + '/baru.git')
            told = office.run('a.db', 'sync', *new, expect=19)
            self.assertIn('receive.shallowUpdate', told)
            self.assertIn('safe', told)
            subprocess.run([*git, 'config', 'receive.shallowUpdate', 'true'], check=True)
            for _ in range(2):
                for store in stores:
                    self.assertTrue(office.sync(store, *new)['complete'])
            office.run('pusat.db', 'invite', '--role', 'petugas', *new, '--out', self.folder / 'c.inv')
            office.sync('pusat.db')
            office.run('c.db', 'join', self.folder / 'c.inv')
            office.add('a.db', 200, 1)
            for _ in range(2):
                for store in ('c.db', *stores):
                    office.sync(store)
            subprocess.run([*git, 'fsck', '--strict'], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            subprocess.run([*git, 'gc', '-q'], check=True)
            for store in ('c.db', *stores):
                office.sync(store)
                self.assertEqual(office.count(store), 123)
                office.run(store, 'verify')

    def test_behind_a_cut_a_new_jemput_hub_begins_with_the_signed_list_of_devices_and_lets_in_those_alone(self):
        stores, file = ('a.db', 'pusat.db'), self.folder / 'ruang.roster'
        with JemputHub(self.folder / 'server', '--rate', '6000') as server:
            office = self.meet(server)
            office.join('pusat.db', 'd.db', server.url + '/ruang.git', 'admin')
            office.join('d.db', 'e.db', server.url + '/ruang.git')
            office.run('d.db', 'device', 'suspend', '5')
            office.sync('d.db')
            office.add('d.db', 0, 1)  # data between two acts of an administrator
            office.sync('d.db')
            office.sync('pusat.db')
            self.cut(office)
            office.sync('d.db')
            office.run('d.db', 'invite', '--role', 'petugas', '--hub', server.url + '/ruang.git', '--out', self.folder / 'nobody.inv')
            office.sync('d.db')
            office.sync('pusat.db')
            office.run('pusat.db', 'device', 'revoke', '3', '--reason', 'stolen')
            office.run('pusat.db', 'device', 'revoke', '4', '--reason', 'left')
            office.sync('pusat.db')
            self.assertIn('suspended', office.run('e.db', 'sync', expect=19))  # what an administrator did who has left stands
            office.run('pusat.db', 'devices', '--for-hub', file)
            new = ('--hub', server.url + '/baru.git')
            self.assertNotEqual(subprocess.run([servers.HUB, 'add', server.repositories, 'baru', '--roster', self.damaged(file)]).returncode, 0)
            subprocess.run([servers.HUB, 'add', server.repositories, 'baru'], check=True, stdout=subprocess.DEVNULL)
            self.assertIn('safe', office.run('a.db', 'sync', *new, expect=19))  # nobody can say who is enrolled
            subprocess.run([servers.HUB, 'add', server.repositories, 'baru', '--roster', file], check=True, stdout=subprocess.DEVNULL)
            self.assertIn('revoked', office.run('b.db', 'sync', *new, expect=19))
            self.assertIn('suspended', office.run('e.db', 'sync', *new, expect=19))
            for _ in range(2):
                for store in stores:
                    self.assertTrue(office.sync(store, *new)['complete'])
            office.join('pusat.db', 'c.db', new[1])
            office.add('a.db', 200, 1)
            for _ in range(2):
                for store in ('c.db', *stores):
                    office.sync(store)
            subprocess.run([servers.HUB, 'tidy', server.repositories], check=True, stdout=subprocess.DEVNULL)
            for store in ('c.db', *stores):
                office.sync(store)
                self.assertEqual(office.count(store), 124)
                office.run(store, 'verify')

    def damaged(self, file):
        """The same, but that one record lets somebody else in."""
        bad, key = self.folder / 'damaged.roster', file.read_bytes().split(b'\nkey ')[-1][:8]
        bad.write_bytes(file.read_bytes().replace(b'\nkey ' + key, b'\nkey ' + bytes(reversed(key))))
        return bad


if __name__ == '__main__':
    JEMPUT, servers.HUB = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
