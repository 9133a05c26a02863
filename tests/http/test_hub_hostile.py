#!/usr/bin/env python3
"""`jemput hub` against people who mean harm, and accidents that open a door: hand-made repositories, lost lists, bombs, slow and greedy clients.

  test_hub_hostile.py JEMPUT JEMPUT-HUB"""
import base64
import contextlib
import fcntl
import hashlib
import http.client
import itertools
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import time
import unittest
import zlib
from concurrent.futures import ThreadPoolExecutor, as_completed
from unittest import mock

import servers
import test_servers
from servers import Lighttpd, repository
from test_hub import Hub, Overheard, git
from test_servers import Office

RUANG = '/ruang.git/git-receive-pack'


def ask(port, method, path, body=None, source='127.0.0.1', **headers):
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20, source_address=(source, 0))
    connection.request(method, path, body, {name.replace('_', '-'): value for name, value in headers.items()})
    answer = connection.getresponse()
    answer.text = answer.read()
    connection.close()
    return answer


def until(holds, seconds=20):
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def pkt(text):
    return b'%04x%s' % (len(text) + 4, text)


class Hostile(Hub):
    def told(self, server):
        return (server.folder / 'jemput-hub.log').read_text()

    def stranger(self, hub, expect):
        office = Office(self.folder, {'LC_ALL': 'C'})
        office.run('lain.db', 'init', '--schema', self.folder / 'schema.sql')
        return office.run('lain.db', 'sync', '--timeout', 10, '--hub', hub, expect=expect)

    def token(self, office, server, store='a.db'):
        """One of the store's, and the name of the host that it is for."""
        with Overheard(server.port) as way:
            office.sync(store, '--hub', way.url)
            return way.authorization, 'localhost:%d' % way.port


class Doors(Hostile):
    def test_a_repository_put_there_by_hand_lets_nobody_in_until_it_is_added(self):
        with self.server() as server:
            office = Office(self.folder, {'LC_ALL': 'C'})
            git('init', '-q', '--bare', self.folder / 'lain.git')
            office.found(self.folder / 'lain.git', ['a.db'])
            there = server.repositories / 'ruang.git'
            shutil.copytree(self.folder / 'lain.git', there)
            before = self.refs(there)
            self.stranger(server.url + '/ruang.git', expect=14)
            self.assertEqual(self.refs(there), before)
            repository(there)
            office.add('a.db', 0, 1)
            office.sync('a.db', '--hub', server.url + '/ruang.git')
            (there / 'hooks' / 'pre-receive').chmod(0o644)  # git would leave it out
            after = self.refs(there)
            office.add('a.db', 1, 1)
            office.run('a.db', 'sync', expect=16)
            self.assertEqual(self.refs(there), after)

    def test_a_repository_that_is_synced_as_a_folder_is_not_the_next_comer_s(self):
        with self.server() as server:
            there = repository(server.repositories / 'ruang.git')
            office = Office(self.folder, {'LC_ALL': 'C'})
            office.found(there, ['a.db'])
            before = self.refs(there)
            self.assertIn('does not know this device', self.stranger(server.url + '/ruang.git', expect=19))
            self.assertEqual(self.refs(there), before)
            office.sync('a.db', '--hub', server.url + '/ruang.git')

    def test_a_repository_that_has_lost_its_genesis_is_not_the_next_comer_s(self):
        with self.server() as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            roots = git('-C', there, 'rev-list', '--max-parents=0', '--all').stdout.split()
            root, = (root for root in roots if 'space %s\n' % ('0' * 64) in git('-C', there, 'cat-file', '-p', root).stdout)
            (there / 'objects' / root[:2] / root[2:]).unlink()
            repository(there)
            before = self.refs(there)
            self.assertIn('does not know this device', self.stranger(server.url + '/ruang.git', expect=19))
            self.assertEqual(self.refs(there), before)
            office.run('a.db', 'sync', expect=19)

    def test_of_two_who_found_at_the_same_time_one_waits(self):
        with self.server() as server:
            there = repository(server.repositories / 'ruang.git')
            founding = there / 'jemput' / 'founding'
            founding.write_text('ab' * 32)
            self.assertIn('another space is being founded here', self.stranger(server.url + '/ruang.git', expect=19))
            self.assertEqual(self.refs(there), {})
            os.utime(founding, (time.time() - 700,) * 2)
            Office(self.folder, {'LC_ALL': 'C'}).sync('lain.db')
            self.assertFalse(founding.exists())

    def test_settings_that_name_other_hooks_do_not_take_the_guard_away(self):
        with self.server() as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            git('-C', there, 'config', 'core.hooksPath', self.folder)
            with Overheard(server.port) as way:
                office.sync('a.db', '--hub', way.url)
                made = git('-C', there, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit-tree', '-m', 'x',
                           git('-C', there, 'mktree', cwd=there).stdout.strip()).stdout.strip()
                told = way.git('-C', there, 'push', way.url, made + ':refs/heads/main')
                self.assertIn('only branches of logs', told.stderr)

    def test_the_guard_stands_behind_another_web_server_too(self):
        (self.folder / 'stock').mkdir()
        with Lighttpd(self.folder / 'stock') as server:
            there = repository(server.repositories / 'ruang.git')
            made = git('-C', there, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit-tree', '-m', 'x',
                       git('-C', there, 'mktree', cwd=there).stdout.strip()).stdout.strip()
            told = git('-C', there, 'push', server.url + '/ruang.git', made + ':refs/heads/main', check=False)
            self.assertIn('only branches of logs', told.stderr)

    def test_a_log_gets_no_second_name_from_those_whose_it_is_not(self):
        with self.server() as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            with Overheard(server.port) as way:
                office.sync('a.db', '--hub', way.url)
                before = self.refs(there)
                for ref, tip in before.items():
                    self.assertNotEqual(way.git('-C', there, 'push', way.url, '%s:%s-0123456789abcdef' % (tip, ref)).returncode, 0)
                self.assertEqual(self.refs(there), before)

    def test_the_hub_s_address_may_end_with_a_slash(self):
        port = servers.free_port()
        with self.server('--address', 'http://localhost:%d/' % port, port=port) as server:
            self.office(server)

    def test_tidy_leaves_the_mark_of_a_push_that_is_under_way(self):
        with self.server() as server:
            self.office(server)
            young, old = (server.repositories / 'ruang.git' / 'jemput' / name for name in ('due-1', 'due-2'))
            young.touch(), old.touch()
            os.utime(old, (time.time() - 7200,) * 2)
            subprocess.run([servers.HUB, 'tidy', server.repositories], check=True, stdout=subprocess.DEVNULL)
            self.assertTrue(young.exists())
            self.assertFalse(old.exists())

    def test_a_push_that_was_killed_after_it_changed_the_roster_is_noticed(self):
        with self.server() as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            hook = there / 'hooks' / 'post-receive'
            hook.write_text('#!/bin/sh\nkill -9 $PPID\n')
            office.run('pusat.db', 'device', 'revoke', '2', '--reason', 'stolen')
            office.run('pusat.db', 'sync', expect=(0, 16))
            self.assertIn('has revoked', office.run('a.db', 'sync', expect=19))

    def test_a_roster_that_could_not_be_made_after_a_push_is_made_soon(self):
        with self.server() as server:
            office = self.office(server)
            in_the_way = server.repositories / 'ruang.git' / 'jemput' / 'roster.new'
            in_the_way.mkdir()
            office.run('pusat.db', 'device', 'revoke', '2', '--reason', 'stolen')
            office.sync('pusat.db')
            office.sync('a.db', '--hub', server.url + '/ruang.git')
            in_the_way.rmdir()
            end = time.monotonic() + 60
            while 'has revoked' not in office.run('a.db', 'sync', expect=(0, 16, 19)):
                self.assertLess(time.monotonic(), end)
                time.sleep(1)

    def test_more_repositories_than_lists_in_memory_are_served_all(self):
        with self.server('--rosters', '2') as server:
            office, names = Office(self.folder, {'LC_ALL': 'C'}), ('satu', 'dua', 'tiga')
            for name in names:
                repository(server.repositories / (name + '.git'))
                office.run(name + '.db', 'init', '--schema', self.folder / 'schema.sql')
                office.sync(name + '.db', '--hub', '%s/%s.git' % (server.url, name))
            for name in names + names[::-1]:
                office.sync(name + '.db')

    def test_a_list_that_cannot_be_read_is_said_with_when_to_come_again(self):
        with self.server() as server:
            office = self.office(server)
            token, host = self.token(office, server)
            (server.repositories / 'ruang.git' / 'jemput' / 'roster').write_text('rusak')
            answer = ask(server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack', Host=host, Authorization=token)
            self.assertEqual((answer.status, answer.headers['Retry-After']), (503, '20'))

    def test_a_list_that_takes_long_to_make_holds_up_neither_the_hub_nor_its_end(self):
        with self.server() as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            with open(there / 'jemput' / 'lock', 'w') as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)  # so it is never made
                (there / 'jemput' / 'due-1').touch()

                def beside():
                    return [path for path in pathlib.Path('/proc').glob('[0-9]*/cmdline')
                            if b'recover\0' + os.fsencode(server.repositories) in self.command(path)]

                self.assertTrue(until(beside, 30))
                office.add('a.db', 0, 1)
                self.assertEqual(office.sync('a.db')['segments_sent'], 1)
                server.hub.terminate()
                self.assertEqual(server.hub.wait(10), 0)
                self.assertEqual(beside(), [])

    def command(self, path):
        try:
            return path.read_bytes()
        except OSError:
            return b''

    def test_a_lock_that_a_power_cut_left_goes(self):
        with self.server() as server:
            office = self.office(server)
            ref = [name for name in self.refs(server.repositories / 'ruang.git') if '/log/' in name]
        for name in ref:
            lock = server.repositories / 'ruang.git' / (name + '.lock')
            lock.parent.mkdir(parents=True, exist_ok=True)
            lock.touch()
            os.utime(lock, (time.time() - 700,) * 2)
        office.add('a.db', 0, 1)
        with self.server(port=server.port) as server:
            self.assertEqual(office.sync('a.db')['segments_sent'], 1)

    def test_a_line_of_the_users_file_that_is_too_long_is_no_second_user(self):
        (self.folder / 'users').write_text('tim:%s:rahasia-lain\n' % ('x' * 510))
        done = subprocess.run(['timeout', '3', servers.HUB, 'serve', self.folder, '--users', self.folder / 'users', '--listen', '127.0.0.1:0'],
                              env=dict(os.environ, LC_ALL='C'), capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn('NAME:SECRET', done.stderr)

    def test_the_start_line_speaks_the_language_that_was_chosen(self):
        for chosen, environment, line in (('en', 'id_ID.UTF-8', 'The hub runs'), ('id', 'C', 'Hub berjalan')):
            hub = subprocess.Popen([test_servers.JEMPUT, '--lang', chosen, 'hub', 'serve', self.folder, '--listen',
                                    '127.0.0.1:%d' % servers.free_port()],
                                   stdout=subprocess.PIPE, text=True,
                                   env=dict(os.environ, LC_ALL=environment, PATH='%s:%s' % (os.path.dirname(servers.HUB), os.environ['PATH'])))
            self.assertIn(line, hub.stdout.readline())
            hub.terminate()
            hub.stdout.close()
            self.assertEqual(hub.wait(10), 0)


def varint(number):
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes(out) + bytes([number])


def delta(base, result):
    """That has nothing of its base, and says all of the result itself."""
    pieces = (result[at:at + 127] for at in range(0, len(result), 127))
    return varint(len(base)) + varint(len(result)) + b''.join(bytes([len(piece)]) + piece for piece in pieces)


def packed(kind, data, base=None):
    """An object in a pack; kind 7 = a delta against `base`, by its name."""
    head, rest = [kind << 4 | len(data) & 15], len(data) >> 4
    while rest:
        head[-1] |= 128
        head.append(rest & 127)
        rest >>= 7
    return bytes(head) + (bytes.fromhex(base) if base else b'') + zlib.compress(data, 1)


def pack(objects):
    body = b'PACK' + struct.pack('>II', 2, len(objects)) + b''.join(objects)
    return body + hashlib.sha1(body).digest()


class Objects(Hostile):
    def raw(self, repository, kind, name):
        return subprocess.run(['git', '-C', repository, 'cat-file', kind, name], check=True, stdout=subprocess.PIPE).stdout

    def test_a_pack_with_deltas_that_no_device_takes_stops_no_log(self):
        """Two payloads of 6 MB, the second as a delta against the first; so many objects that git would keep the pack as it is."""
        with self.server() as server:
            there = repository(server.repositories / 'ruang.git')
            office = Office(self.folder, {'LC_ALL': 'C'})
            (self.folder / 'schema.sql').write_text("CREATE TABLE orang(id TEXT PRIMARY KEY, isi BLOB) WITHOUT ROWID; SELECT jemput_replicate('orang');")
            office.found(server.url + '/ruang.git', ['a.db'])
            token, host = self.token(office, server)
            before = self.refs(there)
            side = self.folder / 'side.git'
            shutil.copytree(there, side)
            for i in range(2):
                office.run('a.db', 'sql', "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 6) "
                           "INSERT INTO orang SELECT '%d-' || i, randomblob(1000000) FROM n" % i)
                office.sync('a.db', '--hub', side)
            (ref, tip), = self.refs(side).items() - before.items()
            commits = git('-C', side, 'rev-list', '--reverse', '%s..%s' % (before[ref], tip)).stdout.split()
            payloads = [git('-C', side, 'ls-tree', '--format=%(objectname)', commit).stdout.strip() for commit in commits]
            texts = [self.raw(side, 'blob', payload) for payload in payloads]
            big = [i for i, text in enumerate(texts) if len(text) > 5000000]
            self.assertEqual(len(big), 2)
            objects = [packed(1, self.raw(side, 'commit', commit)) for commit in commits]
            objects += [packed(2, self.raw(side, 'tree', commit + '^{tree}')) for commit in commits]
            objects += [packed(3, text) for i, text in enumerate(texts) if i != big[1]]
            objects += [packed(7, delta(texts[big[0]], texts[big[1]]), payloads[big[0]])]
            objects += [packed(3, b'%d' % i) for i in range(150)]
            body = pkt(b'%s %s %s\0report-status' % (before[ref].encode(), tip.encode(), ref.encode())) + b'0000' + pack(objects)
            answer = ask(server.port, 'POST', RUANG, body, Host=host, Authorization=token, Content_Type='application/x-git-receive-pack-request')
            self.assertIn(b'unpack ok', answer.text)
            self.assertEqual(self.refs(there)[ref], tip)
            self.assertEqual(office.sync('pusat.db', '--hub', server.url + '/ruang.git')['logs_stopped'], 0)
            self.assertEqual(office.count('pusat.db'), 12)
            subprocess.run([servers.HUB, 'tidy', server.repositories], check=True, stdout=subprocess.DEVNULL)
            office.join('pusat.db', 'b.db', server.url + '/ruang.git')  # it takes all from the pack that is made now
            self.assertEqual(office.count('b.db'), 12)

    def test_a_damaged_object_at_the_hub_stops_its_log_alone(self):
        with self.server() as server:
            office = self.office(server, ['a.db', 'b.db'])
            there = server.repositories / 'ruang.git'
            before = self.refs(there)
            office.add('a.db', 0, 1)
            office.sync('a.db')
            (_, tip), = self.refs(there).items() - before.items()
            office.add('b.db', 0, 1)
            office.sync('b.db')
            payload = git('-C', there, 'ls-tree', '--format=%(objectname)', tip).stdout.strip()
            loose = there / 'objects' / payload[:2] / payload[2:]
            loose.chmod(0o644)
            with open(loose, 'r+b') as file:
                file.seek(8)
                file.write(b'rusak!!!')
            self.assertEqual(json.loads(office.run('pusat.db', 'sync', '--json', expect=1))['logs_stopped'], 1)
            self.assertEqual(office.count('pusat.db'), 1)
            office.sync('b.db')
            self.assertEqual(json.loads(office.run('b.db', 'status', '--json'))['own']['waiting'], 0)


class Invited(Hostile):
    """Whoever has photographed an invitation."""

    def invite(self, office):
        office.run('pusat.db', 'invite', '--role', 'petugas', '--out', self.folder / 'foto.inv')
        office.sync('pusat.db')

    def collect(self, office, store, times):
        """So many times 3.6 MB, as they are sent."""
        for _ in range(times):
            office.run(store, 'sql', "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8) "
                       "INSERT INTO orang SELECT hex(randomblob(9)), hex(randomblob(450000)) FROM n")

    def ask_in(self, office, store, times=0):
        office.run(store, 'join', self.folder / 'foto.inv')
        self.collect(office, store, times)

    def test_so_many_keys_ask_by_one_invitation_and_those_that_made_themselves_up_share_one_s_requests(self):
        with self.server('--rate', '40') as server:
            office = self.office(server)
            there = server.repositories / 'ruang.git'
            self.invite(office)
            before = len(self.refs(there))
            tokens = []
            for i in range(10):
                self.ask_in(office, 'k%d.db' % i)
                with Overheard(server.port) as way:
                    told = office.run('k%d.db' % i, 'sync', '--hub', way.url, expect=0 if i < 8 else 19)
                    tokens.append(way.authorization)
                    host = 'localhost:%d' % way.port
                if i >= 8:
                    self.assertIn('too many devices ask by this invitation', told)
                self.assertEqual(len(self.refs(there)), before + min(i + 1, 8))
                tokens[-1] = (host, tokens[-1])

            def refs(i):
                host, token = tokens[i]
                return ask(server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack', Host=host, Authorization=token).status

            while refs(8) == 200:
                pass
            self.assertEqual([refs(i) for i in (8, 9, 0, 7)], [429, 429, 200, 200])
            told = office.run('pusat.db', 'sync', '--json', expect=1)  # nobody is let in by it now, and nobody else is kept waiting
            self.assertEqual((json.loads(told)['logs_stopped'], json.loads(told)['admitted_devices']), (8, 0))
            subprocess.run([servers.HUB, 'tidy', server.repositories], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual(len(list((there / 'jemput' / 'claims').glob('*/*'))), 8)

    def test_who_was_not_let_in_fills_neither_the_hub_nor_central(self):
        with self.server() as server:
            office = self.office(server)
            self.invite(office)
            for store in 'b.db', 'c.db':
                self.ask_in(office, store, 2)
                office.sync(store)
            for _ in range(3):
                office.run('pusat.db', 'sync', expect=1)
            with contextlib.closing(sqlite3.connect(self.folder / 'pusat.db')) as db:
                came = db.execute('SELECT sum(length(data)) FROM jemput_incoming').fetchone()[0]
            self.assertLess(came, 5 << 20)
            self.collect(office, 'c.db', 9)
            self.assertIn('was not let in yet', office.run('c.db', 'sync', expect=19))
            asking = {one['writer']: one['key'] for one in json.loads(office.run('pusat.db', 'devices', '--json'))['devices'] if one['state'] == 'asks'}
            self.assertEqual(len(asking), 2)
            office.run('pusat.db', 'admit', asking[json.loads(office.run('b.db', 'status', '--json'))['writer']])  # a person has decided
            office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), 16)

    def test_records_of_one_who_was_not_let_in_are_few(self):
        with self.server() as server:
            office = self.office(server)
            self.invite(office)
            self.ask_in(office, 'b.db')
            there, before = server.repositories / 'ruang.git', self.folder / 'dulu.git'
            shutil.copytree(there, before)
            office.sync('b.db')
            claim, = (there / 'jemput' / 'claims').glob('*/*')
            log, media, control = map(int, claim.read_text().split())
            self.assertTrue(log > control > 400 and media == 0)
            for left, expect in ((control, 0), (control - 1, 19)):  # of its share, where its log has yet to come
                shutil.rmtree(there)
                shutil.copytree(before, there)
                claim.parent.mkdir(parents=True, exist_ok=True)
                claim.write_text('0 0 %d\n' % ((256 << 10) - left))
                told = office.run('b.db', 'sync', expect=expect)
                self.assertEqual('was not let in yet' in told, expect == 19)

    def test_much_that_was_collected_before_a_device_was_let_in_is_merged_after_it(self):
        with self.server() as server:
            office = self.office(server)
            self.invite(office)
            self.ask_in(office, 'b.db', 2)
            office.sync('b.db')
            self.assertEqual(office.sync('pusat.db')['admitted_devices'], 1)
            self.assertEqual(office.count('pusat.db'), 16)
            office.sync('b.db')
            self.assertEqual(json.loads(office.run('b.db', 'status', '--json'))['own']['waiting'], 0)


class Greed(Hostile):
    def test_strangers_use_up_nobody_s_requests(self):
        with self.server('--rate', '20', '--users', self.users()) as server:
            repository(server.repositories / 'ruang.git')
            connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
            for i in range(220):
                connection.request('GET', '/ruang.git/info/refs?service=git-upload-pack', headers={'Authorization': 'Jemput x'} if i % 2 else {})
                answer = connection.getresponse()
                answer.read()
                self.assertEqual(answer.status, 401)
            connection.close()
            guess = 'Basic ' + base64.b64encode(b'tim:tebakan').decode()
            seen = [ask(server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack', Authorization=guess).status for _ in range(25)]
            self.assertEqual(seen[:20], [401] * 20)
            self.assertEqual(seen[-1], 429)
            right, other = ('Basic ' + base64.b64encode(pair).decode() for pair in (b'tim:rahasia-tim', b'lain:rahasia-lain'))
            refs = '/ruang.git/info/refs?service=git-upload-pack'
            self.assertEqual(ask(server.port, 'GET', refs, Authorization=right).status, 429)  # not even the right one tells
            self.assertEqual([ask(server.port, 'GET', refs, Authorization=other).status for _ in range(25)], [200] * 25)
            office = Office(self.folder, {'LC_ALL': 'C'})
            office.run('pusat.db', 'init', '--schema', self.folder / 'schema.sql')
            office.sync('pusat.db', '--hub', server.url + '/ruang.git')

    def test_who_guesses_gets_no_new_tries_by_the_names_of_others(self):
        def place(name, h=14695981039346656037):  # of a table without a key of the run's own
            for byte in ('127.0.0.1 ' + name).encode():
                h = (h ^ byte) * 1099511628211 & 0xffffffffffffffff
            return h & 32767

        def guess(name):
            given = 'Basic ' + base64.b64encode(('%s:tebakan' % name).encode()).decode()
            connection.request('GET', '/ruang.git/info/refs?service=git-upload-pack', headers={'Authorization': given})
            answer = connection.getresponse()
            answer.read()
            return answer.status

        others = itertools.islice((name for name in map('n{}'.format, itertools.count()) if place(name) == place('tim')), 9)
        with self.server('--rate', '3', '--users', self.users()) as server:
            repository(server.repositories / 'ruang.git')
            connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=20)
            self.assertEqual([guess('tim') for _ in range(4)], [401] * 3 + [429])
            for name in others:
                self.assertEqual([guess(name) for _ in range(3)], [401] * 3)
            self.assertEqual(guess('tim'), 429)
            connection.close()

    def test_who_guesses_behind_nginx_keeps_nobody_else_out(self):
        def basic(port, secret, **more):
            return ask(port, 'GET', '/ruang.git/info/refs?service=git-upload-pack',
                       Authorization='Basic ' + base64.b64encode(('tim:' + secret).encode()).decode(), **more).status

        (self.folder / 'nginx').mkdir()
        for words, told, others in (['--behind-proxy'], 401, 200), ([], 429, 429):
            with self.server('--rate', '3', '--users', self.users(), *words) as server, servers.Nginx(self.folder / 'nginx', hub=server) as front:
                repository(server.repositories / 'ruang.git')
                lie = {'X_Real_IP': '10.9.8.7'}
                self.assertEqual([basic(front.port, 'tebakan', source='127.0.0.2', **lie) for _ in range(4)], [401] * 3 + [429])
                self.assertEqual(basic(server.port, 'tebakan', **lie), told)  # who is on the hub's machine is believed, if anybody is
                self.assertEqual(basic(front.port, 'rahasia-tim'), others)

    def test_who_has_a_network_of_ipv6_guesses_no_faster_than_who_has_one_address(self):
        def basic(address, secret='tebakan'):
            return ask(server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack',
                       Authorization='Basic ' + base64.b64encode(('tim:' + secret).encode()).decode(), X_Real_IP=address).status

        with self.server('--rate', '3', '--users', self.users(), '--behind-proxy') as server:
            repository(server.repositories / 'ruang.git')
            self.assertEqual([basic('2001:db8:1:2::%x' % i) for i in range(1, 5)], [401] * 3 + [429])
            self.assertEqual(basic('2001:db8:1:2:ffff::', 'rahasia-tim'), 429)
            self.assertEqual(basic('2001:db8:1:3::1', 'rahasia-tim'), 200)
            self.assertEqual([basic('::ffff:10.0.0.%d' % i) for i in range(1, 5)], [401] * 4)  # those are of IPv4

    def test_nginx_says_when_to_come_again_where_too_many_are_connected(self):
        (self.folder / 'nginx').mkdir()
        printed = servers.config
        with self.server() as server, \
                mock.patch.object(servers, 'config', lambda *words: printed(*words).replace('limit_conn jemput_all 2048', 'limit_conn jemput_all 1')), \
                servers.Nginx(self.folder / 'nginx', hub=server) as front:
            repository(server.repositories / 'ruang.git')
            s = socket.create_connection(('127.0.0.1', front.port), timeout=10)
            s.sendall(('POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n' % RUANG).encode())
            end = time.monotonic() + 10
            answer = ask(front.port, 'POST', RUANG, b'x')
            while answer.status != 429 and time.monotonic() < end:  # the first may not be read yet
                answer = ask(front.port, 'POST', RUANG, b'x')
            self.assertEqual((answer.status, answer.headers['Retry-After']), (429, '10'))
            s.close()

    def users(self):
        (self.folder / 'users').write_text('tim:rahasia-tim\nlain:rahasia-lain\n')
        return self.folder / 'users'

    def test_one_device_has_a_few_requests_at_once(self):
        with self.server() as server:
            office = self.office(server, ['a.db', 'b.db'])
            token, host = self.token(office, server)
            slow = []
            for _ in range(4):
                s = socket.create_connection(('127.0.0.1', server.port))
                s.sendall(('POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Length: 1000\r\n\r\nx' % (RUANG, host, token)).encode())
                slow.append(s)
            time.sleep(0.1)
            refs = '/ruang.git/info/refs?service=git-upload-pack'
            self.assertEqual(ask(server.port, 'GET', refs, Host=host, Authorization=token).status, 429)
            office.sync('b.db')
            for s in slow:
                s.close()
            time.sleep(0.1)
            self.assertEqual(ask(server.port, 'GET', refs, Host=host, Authorization=token).status, 200)

    def test_one_device_pushes_so_much_in_a_day_and_attachments_hold_up_no_text(self):
        with self.server('--max-mb', '1', '--daily-mb', '1') as server:
            office = self.office(server, ['a.db', 'b.db'])
            token, host = self.token(office, server)
            photos = pkt(b'0' * 40 + b' ' + b'1' * 40 + b' refs/heads/media/' + b'a' * 32 + b'/0\0report-status') + b'0000' + bytes(900000)
            for _ in range(2):  # cut on the way: not counted
                s = socket.create_connection(('127.0.0.1', server.port))
                head = 'POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Length: %d\r\n\r\n' % (RUANG, host, token, len(photos))
                s.sendall(head.encode() + photos[:600000])
                s.close()
            first, second = (ask(server.port, 'POST', RUANG, photos, Host=host, Authorization=token) for _ in range(2))
            self.assertNotEqual(first.status, 429)
            self.assertEqual(second.status, 429)
            self.assertIn(int(second.headers['Retry-After']), range(10000, 86400))
            self.assertRegex(second.text.decode(), r'Jatah kiriman perangkat ini untuk sehari sudah habis: lagi mulai pukul \d\d:\d\d')
            for store in 'a.db', 'b.db':
                office.add(store, 0, 1)
                self.assertEqual(office.sync(store, '--hub', server.url + '/ruang.git')['segments_sent'], 1)
            first, second = (ask(server.port, 'POST', RUANG, bytes(900000), Host=host, Authorization=token).status for _ in range(2))
            self.assertEqual((first == 429, second), (False, 429))
            whole = ask(server.port, 'POST', RUANG, bytes(1 << 20), Host=host, Authorization=token)  # a day's wait is one less than a client heeds
            self.assertIn(int(whole.headers['Retry-After']), range(60000, 86400))
            s = socket.create_connection(('127.0.0.1', server.port), timeout=10)  # both shares are used up: it is said before the body is sent
            s.sendall(('POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Length: 900000\r\n'
                       'Expect: 100-continue\r\n\r\n' % (RUANG, host, token)).encode())
            self.assertTrue(s.recv(1000).startswith(b'HTTP/1.1 429'))
            s.close()

    def slow_git(self, gate):
        """A folder with git's http-backend, which says that it has begun, and waits as long as the gate is there."""
        real = git('--exec-path').stdout.strip()
        folder = self.folder / 'git'
        folder.mkdir()
        backend = folder / 'git-http-backend'
        backend.write_text('#!/bin/sh\n: >"%s.begun"\nwhile [ -e "%s" ]; do sleep 0.05; done\nunset GIT_EXEC_PATH\nexec "%s/git-http-backend" "$@"\n'
                           % (gate, gate, real))
        backend.chmod(0o755)
        return {'GIT_EXEC_PATH': str(folder)}

    def test_a_push_that_the_hub_had_no_time_for_counts_for_nothing_of_the_day(self):
        gate = self.folder / 'gate'
        words = '--max-mb', '1', '--daily-mb', '1', '--processes', '1', '--connections', '8'  # so that two may wait
        with mock.patch.dict(os.environ, self.slow_git(gate)):
            server = self.server(*words)
            server.__enter__()
        with contextlib.ExitStack() as ends:
            ends.push(server)
            office = self.office(server, ['a.db', 'b.db'])
            (token, host), (other, there) = self.token(office, server), self.token(office, server, 'b.db')
            gate.touch()
            many = ends.enter_context(ThreadPoolExecutor(4))
            ends.callback(gate.unlink, missing_ok=True)
            begun = self.folder / 'gate.begun'
            begun.unlink()
            asked = [many.submit(ask, server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack', Host=there, Authorization=other)]
            self.assertTrue(until(begun.exists))
            asked += [many.submit(ask, server.port, 'GET', '/ruang.git/info/refs?service=git-upload-pack', Host=there, Authorization=other) for _ in range(3)]
            refused = next(as_completed(asked, timeout=20))  # one works, two wait, and one is sent away
            self.assertEqual(refused.result().status, 429)
            self.assertEqual(ask(server.port, 'POST', RUANG, bytes(900000), Host=host, Authorization=token).status, 429)
            gate.unlink()
            self.assertEqual(sorted(a.result().status for a in asked), [200] * 3 + [429])
            self.assertNotEqual(ask(server.port, 'POST', RUANG, bytes(900000), Host=host, Authorization=token).status, 429)

    def test_what_comes_leaves_room_on_the_disk_and_what_goes_needs_none(self):
        with self.server() as server:
            office = self.office(server)
            office.run('a.db', 'sql', "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) "
                       "INSERT INTO orang SELECT 'a-' || i, hex(randomblob(60)) FROM n")
            office.sync('a.db')
        with self.server('--keep-free-mb', '1048576', port=server.port) as server:
            token, host = self.token(office, server)
            answer = ask(server.port, 'POST', '/ruang.git/git-upload-pack', bytes(200000), Host=host, Authorization=token)
            self.assertEqual(answer.status, 507)
            self.assertGreater(sum(path.stat().st_size for path in (server.repositories / 'ruang.git' / 'objects').rglob('*')), 100000)
            office.run('pusat.db', 'sync', expect=(0, 13, 15))  # its receipt does not go; what the hub has comes
            self.assertEqual(office.count('pusat.db'), 2000)

    def test_a_body_that_is_of_no_use_ends(self):
        with self.server('--max-mb', '1', '--idle', '2') as server:
            repository(server.repositories / 'ruang.git')
            head = ('POST %s HTTP/1.1\r\nHost: x\r\n%%s\r\n\r\n' % RUANG).encode()
            fast = socket.create_connection(('127.0.0.1', server.port))
            slow = socket.create_connection(('127.0.0.1', server.port))
            fast.sendall(head % b'Transfer-Encoding: chunked')
            slow.sendall(head % b'Content-Length: 900000')
            sent = 0
            with self.assertRaises(OSError):
                while sent < 16 << 20:
                    fast.sendall(b'10000\r\n' + bytes(65536) + b'\r\n')
                    sent += 65536
            start = time.monotonic()
            with self.assertRaises(OSError):
                while time.monotonic() - start < 8:
                    slow.sendall(bytes(1000))
                    time.sleep(0.1)
            fast.close(), slow.close()

    def test_an_object_that_swells_takes_no_memory(self):
        with self.server() as server:
            office = self.office(server)
            token, host = self.token(office, server)
            size, packed, squeeze = 260 << 20, b'', zlib.compressobj(1)
            for _ in range(260):
                packed += squeeze.compress(bytes(1 << 20))
            packed += squeeze.flush()
            head, rest = [1 << 4 | size & 15], size >> 4  # a commit
            while rest:
                head[-1] |= 128
                head.append(rest & 127)
                rest >>= 7
            pack = b'PACK\0\0\0\2\0\0\0\1' + bytes(head) + packed
            body = pkt(b'0' * 40 + b' ' + b'1' * 40 + b' refs/heads/main\0report-status') + b'0000' + pack
            answer = ask(server.port, 'POST', RUANG, body, Host=host, Authorization=token, Content_Type='application/x-git-receive-pack-request')
            self.assertIn(b'unpack', answer.text)
            self.assertIn('attempting to allocate', self.told(server))

    def test_git_is_ended_when_its_time_is_over_and_leaves_nothing_behind(self):
        with self.server('--work', '1') as server:
            office = self.office(server)
            hook = server.repositories / 'ruang.git' / 'hooks' / 'pre-receive'
            own = hook.read_text()
            hook.write_text('#!/bin/sh\ntrap "" TERM\necho $$ > %s/pid\nsleep 30\n' % self.folder)
            office.add('a.db', 0, 1)
            self.assertIn('504', office.run('a.db', 'sync', expect=16))
            state = pathlib.Path('/proc/%s/stat' % (self.folder / 'pid').read_text().strip())
            end = time.monotonic() + 3
            while (over := not state.exists() or ') Z ' in state.read_text()) is False and time.monotonic() < end:  # Z: init has yet to look
                time.sleep(0.02)
            self.assertTrue(over)
            hook.write_text(own)
            self.assertEqual(office.sync('a.db')['segments_sent'], 1)
            self.assertEqual([path for path in (server.repositories / 'ruang.git').rglob('*.lock')], [])

    def test_an_answer_under_way_is_sent_when_the_hub_is_to_end(self):
        with self.server('--users', self.users()) as server:
            self.office(server)
            tip = list(self.refs(server.repositories / 'ruang.git').values())[0]
            with open(server.repositories / 'ruang.git' / 'packed-refs', 'a') as packed:
                packed.writelines('%s refs/heads/x/%05d\n' % (tip, i) for i in range(90000))
            client = socket.socket()
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(('127.0.0.1', server.port))
            client.sendall(('GET /ruang.git/info/refs?service=git-upload-pack HTTP/1.1\r\nHost: x\r\nConnection: close\r\n'
                            'Authorization: Basic %s\r\n\r\n' %
                            base64.b64encode(b'tim:rahasia-tim').decode()).encode())
            got = client.recv(65536)
            server.hub.terminate()
            time.sleep(0.5)
            while data := client.recv(1 << 20):
                got += data
            client.close()
            head, body = got.split(b'\r\n\r\n', 1)
            self.assertIn(b'Content-Length: %d\r\n' % len(body), head + b'\r\n')


if __name__ == '__main__':
    test_servers.JEMPUT, servers.HUB = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
