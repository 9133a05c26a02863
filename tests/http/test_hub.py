#!/usr/bin/env python3
"""`jemput hub`: who comes in, what may be pushed, what happens under load, to slow clients, and when it is killed.

  test_hub.py JEMPUT JEMPUT-HUB"""
import base64
import http.client
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import servers
import test_servers
from link import Link
from servers import JemputHub, Nginx, certificate, repository
from test_servers import Office


def git(*words, cwd=None, check=True):
    return subprocess.run(['git', *map(str, words)], cwd=cwd, check=check, capture_output=True, text=True)


class Overheard:
    """A proxy that remembers the token of the last request: it is for this address alone, so whoever uses it comes this way, too."""

    def __init__(self, target):
        self.target, self.authorization = target, None
        self.lock, self.half = threading.Lock(), set()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]

    def __enter__(self):
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread, which would else go on with whoever gets this number next
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return
            server = socket.create_connection(('127.0.0.1', self.target))
            for a, b, listen in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.carry, args=(a, b, listen), daemon=True).start()

    def carry(self, source, target, listen):
        try:
            while data := source.recv(65536):
                found = re.search(rb'Authorization: (Jemput [A-Za-z0-9+/=]+)\r\n', data) if listen else None
                if found:
                    self.authorization = found.group(1).decode()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        with self.lock:  # both ways are over: both ends go
            pair = (min(id(source), id(target)), max(id(source), id(target)))
            if pair in self.half:
                source.close(), target.close()
            self.half ^= {pair}

    @property
    def url(self):
        return 'http://localhost:%d/ruang.git' % self.port

    def git(self, *words):
        return git('-c', 'http.extraHeader=Authorization: ' + self.authorization, *words, check=False)


class Hub(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / 'server').mkdir()
        self.addCleanup(self.temporary.cleanup)

    port, founded = None, {}  # all hubs here come on one port, so that a space that was founded once is every test's

    def server(self, *words, port=None, **more):
        Hub.port = Hub.port or servers.free_port()
        return JemputHub(self.folder / 'server', *words, port=port or Hub.port, **more)

    def office(self, server, tablets=('a.db',)):
        there, kept = repository(server.repositories / 'ruang.git'), Hub.founded.get((server.port, *tablets))
        office = Office(self.folder, {'LC_ALL': 'C'})
        if kept:
            shutil.rmtree(there)
            shutil.copytree(pathlib.Path(kept.name) / 'ruang.git', there)
            for file in pathlib.Path(kept.name).glob('*.db*'):
                shutil.copy2(file, self.folder)
            return office
        office.found(server.url + '/ruang.git', tablets)
        Hub.founded[(server.port, *tablets)] = kept = tempfile.TemporaryDirectory()
        shutil.copytree(there, pathlib.Path(kept.name) / 'ruang.git')
        for file in self.folder.glob('*.db*'):
            shutil.copy2(file, kept.name)
        return office

    def refs(self, repository):
        lines = git('-C', repository, 'for-each-ref', '--format=%(refname) %(objectname)').stdout.split('\n')
        return dict(line.split() for line in lines if line)




class Devices(Hub):
    def test_devices_meet_at_the_hub_without_a_password(self):
        with self.server() as server:
            office = self.office(server, ['a.db', 'b.db'])
            for store in ('pusat.db', 'a.db', 'b.db'):
                office.add(store, 0, 40)
            for _ in range(2):
                for store in ('a.db', 'b.db', 'pusat.db'):
                    office.sync(store)
            office.sync('a.db'), office.sync('b.db')
            for store in ('pusat.db', 'a.db', 'b.db'):
                self.assertEqual(office.count(store), 120)
            git('-C', server.repositories / 'ruang.git', 'fsck', '--strict')

    def test_who_has_no_key_of_the_space_is_refused_with_the_reason(self):
        with self.server() as server:
            office = self.office(server)
            self.assertIn('could not read Username', git('ls-remote', server.url + '/ruang.git', check=False).stderr)
            office.run('lain.db', 'init', '--schema', self.folder / 'schema.sql')
            told = office.run('lain.db', 'sync', '--hub', server.url + '/ruang.git', expect=19)
            self.assertIn('the hub does not know this device', told)

    def test_a_token_overheard_at_one_address_is_good_at_no_other(self):
        with self.server() as server:
            office = self.office(server)
            with Overheard(server.port) as way:
                office.sync('a.db', '--hub', way.url)
                self.assertEqual(way.git('ls-remote', way.url).returncode, 0)
                self.assertNotEqual(way.git('ls-remote', server.url + '/ruang.git').returncode, 0)

    def test_a_device_pushes_its_own_branch_only_and_no_other_kind(self):
        with self.server() as server:
            office = self.office(server, ['a.db', 'b.db'])
            office.add('b.db', 0, 3)
            elsewhere = self.folder / 'lain.git'
            git('init', '-q', '--bare', elsewhere)
            office.run('b.db', 'sync', '--hub', elsewhere)
            of_b = [ref for ref, tip in self.refs(elsewhere).items() if self.refs(server.repositories / 'ruang.git').get(ref, '') != tip]
            with Overheard(server.port) as way:
                office.sync('a.db', '--hub', way.url)
                before = self.refs(server.repositories / 'ruang.git')
                told = [way.git('-C', elsewhere, 'push', way.url, '%s:%s' % (ref, ref)).stderr for ref in of_b]
                self.assertTrue(any("not this device's own branch" in text for text in told), told)
                self.assertIn('only branches of logs', way.git('-C', elsewhere, 'push', way.url, of_b[0] + ':refs/heads/main').stderr)
                for ref in before:
                    self.assertNotEqual(way.git('push', way.url, ':' + ref).returncode, 0)
                self.assertEqual(self.refs(server.repositories / 'ruang.git'), before)
            office.sync('b.db', '--hub', server.url + '/ruang.git')
            self.assertNotEqual(self.refs(server.repositories / 'ruang.git'), before)

    def test_what_is_no_segment_is_refused_with_the_reason(self):
        with self.server() as server:
            office = self.office(server)
            hub = server.repositories / 'ruang.git'
            with Overheard(server.port) as way:
                office.sync('a.db', '--hub', way.url)
                clone = self.folder / 'klon'
                self.assertEqual(way.git('clone', '-q', '--mirror', way.url, clone).returncode, 0)
                before = self.refs(hub)
                for ref, tip in before.items():
                    tree = git('-C', clone, 'rev-parse', tip + '^{tree}').stdout.strip()
                    made = git('-C', clone, '-c', 'user.name=x', '-c', 'user.email=x@x', 'commit-tree', tree, '-p', tip, '-m', 'x').stdout.strip()
                    told = way.git('-C', clone, 'push', way.url, '%s:%s' % (made, ref))
                    self.assertIn('remote: hub menolaknya / ', told.stderr)
                self.assertEqual(self.refs(hub), before)

    def test_a_revoked_device_is_refused_with_the_reason_and_a_suspended_one(self):
        with self.server() as server:
            office = self.office(server, ['a.db', 'b.db'])
            for store, words, reason in (('a.db', ['suspend', '2'], 'has suspended'), ('b.db', ['revoke', '3', '--reason', 'stolen'], 'has revoked')):
                office.run('pusat.db', 'device', *words)
                office.sync('pusat.db')
                self.assertIn(reason, office.run(store, 'sync', expect=19))
            office.run('pusat.db', 'device', 'resume', '2', '--role', 'petugas')
            office.sync('pusat.db')
            office.sync('a.db')

    def test_a_newcomer_comes_in_by_its_invitation_once_also_by_the_short_one(self):
        with self.server() as server:
            office = self.office(server)
            for short in (False, True):
                invitation = self.folder / ('b%d.inv' % short)
                said = office.run('pusat.db', 'invite', '--role', 'petugas', '--out', invitation, *(['--qr'] if short else []))
                given = re.search(r'JEMPUT1/\S+', said).group(0) if short else invitation
                if not short:
                    office.run('b0.db', 'join', given)
                    self.assertIn('not known yet', office.run('b0.db', 'sync', expect=19))
                office.sync('pusat.db')
                if short:
                    office.run('b1.db', 'join', given)
                office.add('b%d.db' % short, 0, 2)
                office.sync('b%d.db' % short)
                office.run('late%d.db' % short, 'join', given)
                office.sync('pusat.db')
                office.sync('b%d.db' % short)
                self.assertIn('invitation is used', office.run('late%d.db' % short, 'sync', expect=19))
            self.assertEqual(office.count('pusat.db'), 4)

    def test_nginx_before_the_hub_takes_tls_off_and_tokens_hold(self):
        (self.folder / 'nginx').mkdir()
        port = servers.free_port()
        with self.server('--address', 'https://localhost:%d' % port) as hub, Nginx(self.folder / 'nginx', tls=True, hub=hub, port=port) as front:
            repository(hub.repositories / 'ruang.git')
            office = Office(self.folder, {'JEMPUT_CA_FILE': str(front.cert)})
            office.found(front.url + '/ruang.git', ['a.db'])
            with Overheard(hub.port) as way:  # past nginx: that is not the hub's address
                self.assertIn('credentials', office.run('a.db', 'sync', '--hub', way.url, expect=19))

    def test_a_password_opens_the_hub_where_the_users_file_has_it(self):
        (self.folder / 'users').write_text('# tim\ntim:rahasia-tim\n')
        (self.folder / 'sandi').write_text('rahasia-tim\n')
        key, cert = certificate(self.folder)
        with self.server('--users', self.folder / 'users', '--tls-cert', cert, '--tls-key', key, tls=True) as server:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder, {'JEMPUT_CA_FILE': str(cert)})
            office.found(server.url + '/ruang.git', ['a.db'], '--user', 'tim', '--secret-file', self.folder / 'sandi')
            (self.folder / 'sandi').write_text('rahasia-lain\n')
            office.run('a.db', 'sync', '--user', 'tim', '--secret-file', self.folder / 'sandi', expect=19)


class Commands(Hub):
    def run_hub(self, *words, expect=0, lang='C'):
        env = dict(os.environ, LC_ALL=lang, PATH='%s:%s' % (os.path.dirname(servers.HUB), os.environ['PATH']))
        done = subprocess.run([test_servers.JEMPUT, 'hub', *map(str, words)], env=env, capture_output=True, text=True)
        self.assertEqual(done.returncode, expect, done.stderr)
        return done.stdout + done.stderr

    def test_each_command_has_help_with_an_example_in_both_languages(self):
        for lang, usage, example in (('C', 'Usage: jemput hub', 'Example:'), ('id_ID.UTF-8', 'Pemakaian: jemput hub', 'Contoh:')):
            listed = self.run_hub('--help', lang=lang)
            self.assertIn(usage, listed)
            for command in ('serve', 'add', 'config', 'tidy'):
                self.assertRegex(listed, r'\n  %s +\S' % command)
                told = self.run_hub(command, '--help', lang=lang)
                self.assertIn('%s %s' % (usage, command), told)
                self.assertIn(example, told)
                for line in told.split(example)[0].split('\n'):
                    self.assertLessEqual(len(line), 110)

    def test_wrong_use_is_exit_code_2_and_what_cannot_be_done_is_1(self):
        for words in (['nosuch'], ['serve'], ['serve', self.folder, '--rate', '0'], ['serve', self.folder, '--tls-cert', 'x'],
                      ['add', self.folder],
                      ['add', self.folder, '../x'], ['add', self.folder, '.x'], ['config', 'apache'], ['config', 'nginx', '--listen', 'x'],
                      ['tidy', '--nosuch']):
            self.run_hub(*words, expect=2)
        for words in (['serve', self.folder / 'tiada'], ['add', self.folder / 'tiada', 'x'], ['tidy', self.folder / 'tiada'],
                      ['serve', self.folder, '--users', self.folder / 'tiada']):
            self.run_hub(*words, expect=1)

    def test_a_roster_file_says_who_is_enrolled_and_makes_no_second_space(self):
        vector = pathlib.Path(__file__).parents[2] / 'schema' / 'formats' / 'vectors' / 'roster-file.txt'
        self.run_hub('add', self.folder, 'x', '--roster', vector)
        lines = (self.folder / 'x.git' / 'jemput' / 'roster').read_text().split('\n')
        self.assertEqual(lines[1], 'space b015334bbd8adc6cd2b3ea02c05d8a4252624970351216c0a0f720ee4305d461')
        standings = sorted((number, standing, authority) for _, standing, number, authority, _ in (line.split() for line in lines[2:-1]))
        self.assertEqual(standings, [('1', '1', '1'), ('2', '1', '0'), ('3', '2', '0'), ('4', '5', '0')])
        self.run_hub('add', self.folder, 'x')  # its settings anew
        self.run_hub('add', self.folder, 'x', '--roster', vector, expect=1)
        whole = vector.read_bytes()
        for bad in (whole[:-1], whole + b'\n', whole.replace(b'roster 1', b'roster 2', 1), b'', whole.replace(b'\nsegments 11', b'\nsegments 10')):
            (self.folder / 'bad').write_bytes(bad)
            self.run_hub('add', self.folder, 'y', '--roster', self.folder / 'bad', expect=1)
            self.assertFalse((self.folder / 'y.git' / 'jemput' / 'records').exists())
        self.run_hub('add', self.folder, 'y', '--roster', self.folder / 'nosuch', expect=1)

    def test_a_unit_for_systemd_names_this_program_and_the_hub_s_address(self):
        unit = self.run_hub('config', 'systemd', '--folder', '/srv/x', '--server-name', 'hub.example', '--listen', '127.0.0.1:9')
        self.assertIn('ExecStart=%s serve /srv/x --listen 127.0.0.1:9 --address https://hub.example --behind-proxy\n' % os.path.realpath(servers.HUB), unit)
        self.assertNotIn('@', unit)


class Limits(Hub):
    def test_too_many_requests_get_429_and_are_not_repeated_before_they_may(self):
        with self.server('--rate', '30') as server:
            office = self.office(server)
            for _ in range(120):
                told = office.run('a.db', 'sync', '--timeout', '1', expect=(0, 14))  # no time to wait
                if 'left alone' in told:
                    break
            self.assertRegex(told, "left alone")
            seconds = int(re.search(r'left alone for (\d+) seconds', told).group(1))
            self.assertIn(seconds, range(1, 4))
            with Link('lan', seed=1, target=server.port) as link:
                for number in range(40):  # on a slow machine the hub has time for one request more, and then no
                    office.add('a.db', number, 1)
                    before = link.bytes['up']
                    told = office.run('a.db', 'sync', '--timeout', '1', '--hub', 'http://localhost:%d/ruang.git' % link.port, expect=(0, 14))
                    if 'left alone' in told and link.bytes['up'] - before < 1200:
                        break
                else:
                    self.fail('each request that was refused was sent again')
            time.sleep(3 * seconds + 2)
            office.sync('a.db', '--hub', server.url + '/ruang.git')

    def test_a_request_that_is_too_large_is_refused_before_it_is_sent(self):
        with self.server('--max-mb', '1', '--users', self.users()) as server:
            repository(server.repositories / 'ruang.git')
            connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=10)
            connection.putrequest('POST', '/ruang.git/git-receive-pack')
            connection.putheader('Authorization', 'Basic ' + base64.b64encode(b'tim:rahasia-tim').decode())
            connection.putheader('Content-Length', str(2 << 20))
            connection.endheaders()
            self.assertEqual(connection.getresponse().status, 413)
            connection.close()

    def users(self):
        (self.folder / 'users').write_text('tim:rahasia-tim\n')
        return self.folder / 'users'

    def test_a_full_disk_is_said_and_loses_nothing(self):
        with self.server() as server:
            office = self.office(server)
        with self.server('--keep-free-mb', '1048576', port=server.port) as server:
            office.add('a.db', 0, 5)
            told = office.run('a.db', 'sync', expect=15)
            self.assertIn('no space left (507)', told)
        with self.server(port=server.port) as server:
            office.sync('a.db'), office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), 5)

    def test_slow_lorises_are_cut_and_keep_nobody_out(self):
        with self.server('--idle', '2', '--connections', '40') as server:
            office = self.office(server)
            slow = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(39)]
            start, alive = time.monotonic(), list(slow)
            while alive and time.monotonic() - start < 15:
                for s in list(alive):
                    try:
                        s.sendall(b'G' if s is slow[0] else b'X')
                        s.settimeout(0.001)
                        if s.recv(1) == b'':
                            alive.remove(s)
                    except TimeoutError:
                        pass
                    except OSError:
                        alive.remove(s)
                time.sleep(0.2)
            self.assertEqual(alive, [])
            self.assertLess(time.monotonic() - start, 10)
            office.sync('a.db')
            for s in slow:
                s.close()

    def test_a_hub_that_is_killed_in_the_middle_of_a_push_loses_nothing(self):
        with self.server() as server:
            office = self.office(server)
            rows = 0
            for delay in (0.02, 0.05, 0.09):
                office.add('a.db', rows, 300)
                rows += 300
                with Link('lan', seed=1, target=server.port) as link:
                    command = [test_servers.JEMPUT, '-s', self.folder / 'a.db', 'sync', '--hub', 'http://localhost:%d/ruang.git' % link.port]
                    pushing = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                    time.sleep(delay)
                    server.kill()
                    pushing.wait(60)
                server.again()
                office.sync('a.db', '--hub', server.url + '/ruang.git')
            office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), rows)
            git('-C', server.repositories / 'ruang.git', 'fsck', '--strict')

    def test_many_devices_at_once_are_all_served_in_bounded_memory(self):
        with self.server('--processes', '4', '--connections', '64', '--users', self.users()) as server:
            self.office(server)
            done, refused = load(server.port, requests=160, at_once=100)
            self.assertEqual(done, 160)
            self.assertGreater(refused, 0)
            self.assertLess(server.memory_kb(), 64 * 1024)

    def test_tidy_packs_while_the_hub_serves_and_says_how_much(self):
        with self.server() as server:
            office = self.office(server)
            for i in range(6):
                office.add('a.db', i, 1)
                office.sync('a.db')
            said = subprocess.run([servers.HUB, 'tidy', server.repositories], env=dict(os.environ, LC_ALL='C'), check=True, capture_output=True,
                                  text=True).stdout
            before, after = map(int, re.findall(r'(\d+) files', said))
            self.assertLess(after, before - 10)
            office.add('a.db', 100, 1)
            office.sync('a.db'), office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), 7)
            git('-C', server.repositories / 'ruang.git', 'fsck', '--strict')


def load(port, requests, at_once):
    """So many lists of branches, by so many clients at once that do as they are told by 429. How many got one; how many 429 there were."""
    body = b'0014command=ls-refs\n0016object-format=sha10001001aref-prefix refs/heads/0000'
    headers = {'Authorization': 'Basic ' + base64.b64encode(b'tim:rahasia-tim').decode(), 'Git-Protocol': 'version=2',
               'Content-Type': 'application/x-git-upload-pack-request'}
    counts, lock, left = {'done': 0, 'refused': 0}, threading.Lock(), iter(range(requests))

    def client():
        while True:
            with lock:
                if next(left, None) is None:
                    return
            for _ in range(60):
                connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
                connection.request('POST', '/ruang.git/git-upload-pack', body, headers)
                answer = connection.getresponse()
                good = answer.status == 200 and b'refs/heads/log/' in answer.read()
                assert good or answer.status == 429, answer.status
                connection.close()
                with lock:
                    counts['done' if good else 'refused'] += 1
                if good:
                    break
                time.sleep(int(answer.headers['Retry-After']) / 4)  # a quarter: a test waits less

    clients = [threading.Thread(target=client) for _ in range(at_once)]
    for c in clients:
        c.start()
    for c in clients:
        c.join()
    return counts['done'], counts['refused']


if __name__ == '__main__':
    test_servers.JEMPUT, servers.HUB = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
