#!/usr/bin/env python3
"""A hub in the room: `jemput hub serve --lan` and `jemput sync --lan`, on loopback, with stand-ins for Avahi's programs: what is announced stands in a
folder. Where Avahi itself can run (as root, in a network of its own), it does, too.

  test_lan.py JEMPUT JEMPUT-HUB"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import servers
import test_servers
from servers import JemputHub, repository
from test_servers import Office
from test_watch import Watch

PUBLISH = '''#!/bin/sh
# avahi-publish -s NAME TYPE PORT TEXT…
trap 'rm -f "{air}/$$"; kill $! 2>/dev/null; exit 0' TERM
name=$2; port=$4; shift 4
texts=; for t; do texts="$texts \\"$t\\""; done
printf '=;lo;IPv4;%s;_jemput._tcp;local;balai.local;127.0.0.1;%s;%s\\n' "$name" "$port" "${{texts# }}" >"{air}/$$"
sleep 60 & wait
'''
BROWSE = '''#!/bin/sh
[ "$*" = "-p -r -t -k _jemput._tcp" ] || exit 2
for f in {air}/*; do [ -e "$f" ] && cat "$f"; done
exit 0
'''


class Room(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.air, self.bin = self.folder / 'air', self.folder / 'bin'
        for folder in (self.air, self.bin, self.folder / 'server'):
            folder.mkdir()
        self.path = '%s:%s' % (self.bin, os.environ['PATH'])
        self.environment = dict(os.environ)
        self.addCleanup(lambda: (os.environ.clear(), os.environ.update(self.environment)))
        os.environ.update(PATH=self.path, LC_ALL='C')

    def avahi(self, publish=PUBLISH, browse=BROWSE):
        for name, text in (('avahi-publish', publish), ('avahi-browse', browse)):
            (self.bin / name).write_text(text.format(air=self.air))
            (self.bin / name).chmod(0o755)

    def office(self, hub):
        """A space that was founded at a hub in a folder, of which the room's hub has a copy."""
        office = Office(self.folder)
        subprocess.run([test_servers.JEMPUT, '-s', str(self.folder / 'pusat.db'), 'init', '--hub', str(hub), '--schema', str(self.folder / 'schema.sql')],
                       check=True, stdout=subprocess.DEVNULL)
        office.run('pusat.db', 'sync')
        office.run('pusat.db', 'invite', '--role', 'petugas', '--hub', hub, '--out', self.folder / 'a.inv')
        office.run('pusat.db', 'sync')
        office.run('a.db', 'join', self.folder / 'a.inv')
        for store in ('a.db', 'pusat.db', 'a.db'):
            office.run(store, 'sync')
        return office

    def room(self, hub, *words):
        """`jemput hub serve --lan` with a copy of that hub as ruang.git."""
        server = JemputHub(self.folder / 'server', '--lan', *words)
        server.repositories.mkdir(exist_ok=True)
        there = repository(server.repositories / 'ruang.git')
        if hub:
            subprocess.run(['git', '-C', there, 'fetch', '-q', hub, '+refs/*:refs/*'], check=True)
        return server

    def heard(self, count=1, seconds=10):
        end = time.monotonic() + seconds
        while len(list(self.air.iterdir())) != count and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(len(list(self.air.iterdir())), count)
        time.sleep(0.05)
        return ''.join(f.read_text() for f in self.air.iterdir())

    def told(self, server, pattern, seconds=10):
        log, end = server.folder / 'jemput-hub.log', time.monotonic() + seconds
        while not re.search(pattern, log.read_text()) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertRegex(log.read_text(), pattern)
        return log.read_text()

    # --- finding it ---

    def test_tablets_in_one_room_sync_with_the_hub_that_they_find_there(self):
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        office.add('a.db', 0, 20)
        with self.room(hub) as server:
            text = self.heard()
            self.assertIn('path=/ruang.git', text)
            self.assertRegex(text, r'"space=[0-9a-f]{16}"')
            told = office.run('a.db', 'sync', '--lan')
            self.assertIn('Hub in this room: http://127.0.0.1:%d/ruang.git (lo)' % server.port, told)
            self.assertIn('Sent: 1 segments', told)
            office.run('pusat.db', 'sync', '--lan')
            office.run('a.db', 'sync', '--lan')
            self.assertEqual(office.count('pusat.db'), 20)
            self.told(server, r'Announced in this room \(Avahi\): 1 repositories')
        self.heard(0)  # its announcement ends with it

    def test_the_hub_of_the_room_is_not_remembered_in_place_of_the_usual_one(self):
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        with self.room(hub):
            self.heard()
            office.add('a.db', 0, 5)
            office.run('a.db', 'sync', '--lan')
        office.add('a.db', 5, 5)
        office.run('a.db', 'sync')  # where it was before
        office.run('pusat.db', 'sync')
        self.assertEqual(office.count('pusat.db'), 10)

    def test_nothing_is_sent_to_hubs_of_other_spaces_whatever_they_announce(self):
        """One says so; then it lies that it is of this space; one is no hub at all."""
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        office.add('a.db', 0, 5)
        before = office.run('a.db', 'status', '--json')
        with self.room(hub):
            ours = re.search(r'space=([0-9a-f]{16})', self.heard()).group(1)
        (self.folder / 'lain').mkdir()
        other = Office(self.folder / 'lain')
        other.run('pusat.db', 'init', '--hub', self.folder / 'lain.git', '--schema', self.folder / 'lain' / 'schema.sql')
        other.run('pusat.db', 'sync')
        shutil.rmtree(self.folder / 'server'), (self.folder / 'server').mkdir()
        with self.room(self.folder / 'lain.git') as server:
            self.heard()
            refs = subprocess.run(['git', '-C', server.repositories / 'ruang.git', 'for-each-ref'], capture_output=True, check=True).stdout
            told = office.run('a.db', 'sync', '--lan', expect=16)
            self.assertIn('No hub of this space is in the network (1 are other spaces\')', told)
            for file in self.air.iterdir():
                file.write_text(re.sub('space=[0-9a-f]{16}', 'space=' + ours, file.read_text()))
            self.assertIn('does not know this device', office.run('a.db', 'sync', '--lan', expect=19))
            self.assertEqual(subprocess.run(['git', '-C', server.repositories / 'ruang.git', 'for-each-ref'], capture_output=True,
                                            check=True).stdout, refs)
            (self.air / 'bukan').write_text('=;lo;IPv4;x;_jemput._tcp;local;x.local;127.0.0.1;1;"space=%s" "path=/x.git"\n' % ours)
            office.run('a.db', 'sync', '--lan', expect=(16, 19))
        self.assertEqual(office.run('a.db', 'status', '--json'), before)

    def test_an_empty_hub_that_calls_itself_of_this_space_is_given_nothing(self):
        """Anybody can announce the id that was heard. `jemput hub` would take an empty repository's first pusher for its founder."""
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        office.add('a.db', 0, 5)
        with self.room(hub):
            ours = re.search(r'space=([0-9a-f]{16})', self.heard()).group(1)
        shutil.rmtree(self.folder / 'server'), (self.folder / 'server').mkdir()
        with self.room(None) as server:
            (self.air / 'palsu').write_text('=;lo;IPv4;x;_jemput._tcp;local;x.local;127.0.0.1;%d;"space=%s" "path=/ruang.git"\n' % (server.port, ours))
            self.assertIn('shows no log of this space, so nothing was sent', office.run('a.db', 'sync', '--lan', expect=19))
            self.assertEqual(subprocess.run(['git', '-C', server.repositories / 'ruang.git', 'for-each-ref'], capture_output=True,
                                            check=True).stdout, b'')

    def test_an_address_that_counts_in_one_network_alone_is_asked_in_that_one_and_last(self):
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        self.avahi()
        with self.room(hub):
            good = self.heard()
            for file in self.air.iterdir():
                file.unlink()
            (self.air / '0').write_text(good.replace('127.0.0.1', 'fe80::1', 1))
            told = office.run('a.db', 'sync', '--lan', expect=16)
            self.assertRegex(told, r'Hub in this room: http://\[fe80::1%25lo\]:\d+/ruang\.git \(lo\)')
            (self.air / '1').write_text(good)
            self.assertNotIn('fe80', office.run('a.db', 'sync', '--lan'))

    def test_a_watching_tablet_sends_as_soon_as_a_hub_of_its_space_is_in_the_room(self):
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        office.add('a.db', 0, 3)
        with Watch(office, 'a.db', '--lan') as watch:
            at = watch.wait('No hub of this space is in the network')
            with self.room(hub):
                self.heard()
                at = watch.wait('Everything is sent.', at)
                office.add('a.db', 3, 3)
                at = watch.wait('Everything is sent.', at)
                office.run('pusat.db', 'sync', '--lan')
                self.assertEqual(office.count('pusat.db'), 6)
            self.assertEqual(watch.stop(signal.SIGTERM)[0], 0)
            self.assertEqual(''.join(watch.lines).count('Hub in this room'), 1)

    def test_what_is_announced_in_another_form_than_ours_is_left_alone(self):
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        self.avahi()
        with self.room(hub) as server:
            good = self.heard()
            bad = [good.replace('127.0.0.1', 'contoh.example'), good.replace('127.0.0.1', 'fe80::1').replace(';lo;', ';l o;', 1), good.replace('path=/', 'path='),
                   good.replace('path=/ruang', 'path=/../ruang'), good.replace('path=/', 'path=/@10.0.0.1/'), good.replace(';%d;' % server.port, ';0;'),
                   good.replace(';%d;' % server.port, ';99999;'), good.replace(';%d;' % server.port, ';80 -x;'), good.replace('"space=', '"spac='),
                   good.replace('=;', '+;', 1), 'x' * 9000 + '\n', ';;;;;;;;;;\n', '\n', good.rsplit('"', 1)[0]]
            for file in self.air.iterdir():
                file.unlink()
            for i, line in enumerate(bad):
                (self.air / ('%02d' % i)).write_text(line if line.endswith('\n') else line + '\n')
            self.assertIn('No hub of this space', office.run('a.db', 'sync', '--lan', expect=16))
            (self.air / '99').write_text(good)
            self.assertIn('Complete.', office.run('a.db', 'sync', '--lan'))

    def test_a_space_that_is_founded_there_is_announced_and_said_anew_when_avahi_was_started_again(self):
        self.avahi()
        with self.room(None) as server:
            time.sleep(1)
            self.heard(0)
            office = Office(self.folder)
            office.run('pusat.db', 'init', '--schema', self.folder / 'schema.sql')
            office.run('pusat.db', 'sync', '--hub', server.url + '/ruang.git')
            self.assertIn('path=/ruang.git', self.heard())
            first = next(self.air.iterdir())
            os.kill(int(first.name), signal.SIGKILL)  # its daemon went away
            first.unlink()
            self.heard()
            self.assertNotEqual(next(self.air.iterdir()), first)

    # --- without Avahi ---

    def test_without_avahi_a_tablet_is_told_the_address_as_text_and_as_a_code(self):
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        for publish in ('#!/bin/sh\nexit 1\n', None):  # its daemon does not run; it is not there
            if publish:
                self.avahi(publish)
            else:
                (self.bin / 'avahi-publish').unlink()
                if shutil.which('avahi-publish'):
                    continue
            shutil.rmtree(self.folder / 'server'), (self.folder / 'server').mkdir()
            with self.room(hub) as server:
                told = self.told(server, 'Avahi does not run on this laptop')
                told = self.told(server, r'\033\[0m\n')
                url = 'http://127.0.0.1:%d/ruang.git' % server.port
                self.assertIn('jemput sync --hub ' + url, told)
                office.run('a.db', 'sync', '--hub', url)
        (self.bin / 'avahi-browse').write_text('#!/bin/sh\nexit 1\n')
        self.assertIn('There is no Avahi on this device', office.run('a.db', 'sync', '--lan', expect=16))

    # --- where it listens ---

    def serve(self, *words):
        return subprocess.run([servers.HUB, 'serve', str(self.folder), *words], capture_output=True, text=True, timeout=20)

    def test_lan_listens_nowhere_unless_an_address_is_named(self):
        done = self.serve('--lan')
        self.assertEqual(done.returncode, 2)
        self.assertIn('name this laptop\'s address in the network that you trust', done.stderr)
        self.assertIn('if you trust EVERYBODY on all of them', done.stderr)
        self.assertEqual(self.serve('--lan', '--listen', '127.0.0.1:8418,127.0.0.2:8419').returncode, 2)
        self.assertEqual(self.serve('--lan', '--listen', '127.0.0.1:8418', '--address', 'http://x').returncode, 2)
        self.assertIn('DO YOU TRUST everybody', self.serve('--help').stdout)

    def test_several_addresses_serve_alike(self):
        self.avahi()
        hub = self.folder / 'hub.git'
        office = self.office(hub)
        server = self.room(hub)
        server.words = (*server.words, '--listen', '127.0.0.1:%d,127.0.0.2:%d' % (server.port, server.port))
        with server:
            for i, host in enumerate(('127.0.0.1', '127.0.0.2', '127.0.0.2', '127.0.0.1')):
                office.add('a.db', 10 * i, 10)
                office.run('a.db', 'sync', '--hub', 'http://%s:%d/ruang.git' % (host, server.port))
                office.run('pusat.db', 'sync', '--hub', 'http://%s:%d/ruang.git' % (host, server.port))
                self.assertEqual(office.count('pusat.db'), 10 * (i + 1))
            idle = [socket.create_connection(('127.0.0.2', server.port)) for _ in range(4)]
        for s in idle:
            s.close()


    @unittest.skipUnless(all(map(shutil.which, ('unshare', 'ip'))) and
                         subprocess.run(['unshare', '-rnm', 'true'], stderr=subprocess.DEVNULL).returncode == 0, 'no network of its own can be made here')
    def test_a_link_without_any_number_but_its_own_is_enough(self):
        self.avahi()
        done = subprocess.run(['unshare', '-rnm', sys.executable, __file__, test_servers.JEMPUT, servers.HUB, '--on-a-link', str(self.folder)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'Hub in this room: http://\[fe80::[0-9a-f:]+%25ruang0\]:\d+/ruang\.git \(ruang0\)')
        self.assertIn('Sent: 1 segments', done.stdout)

    # --- Avahi itself ---

    @unittest.skipUnless(all(map(shutil.which, ('avahi-daemon', 'avahi-publish', 'avahi-browse', 'dbus-daemon', 'unshare', 'ip'))) and
                         subprocess.run(['unshare', '-rnm', 'true'], stderr=subprocess.DEVNULL).returncode == 0, 'Avahi cannot run here')
    def test_avahi_carries_it_in_a_network_of_its_own(self):
        done = subprocess.run(['unshare', '-rnm', sys.executable, __file__, test_servers.JEMPUT, servers.HUB, '--in-a-room', str(self.folder)],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertRegex(done.stdout, r'Hub in this room: http://10\.99\.0\.1:\d+/ruang\.git \(ruang0\)')


BUS = '''<busconfig><type>system</type><listen>unix:path={0}/bus</listen><auth>EXTERNAL</auth><policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/><allow user="*"/></policy></busconfig>'''
DAEMON = '''[server]
host-name=balai
use-ipv6=no
allow-interfaces=ruang0
[publish]
publish-workstation=no
'''


def in_a_room(folder):
    """In namespaces of our own: a network with two ends that nobody else is in, Avahi, a hub, a tablet."""
    def run(*words):
        subprocess.run(words, check=True)

    for words in ('mount -t tmpfs none /run', 'ip link set lo up', 'ip link add ruang0 type veth peer name ruang1', 'ip link set ruang0 up',
                  'ip link set ruang1 up', 'ip addr add 10.99.0.1/24 dev ruang0'):
        run(*words.split())
    os.mkdir('/run/avahi-daemon')
    for file, line in (('passwd', 'avahi:x:0:0::/:/bin/false'), ('group', 'avahi:x:0:')):  # whom the daemon wants to be: whoever we are
        kept = ''.join(line for line in open('/etc/' + file) if not line.startswith('avahi:'))
        pathlib.Path('/run/' + file).write_text(kept + line + '\n')
        run('mount', '--bind', '/run/' + file, '/etc/' + file)
    (folder / 'bus.conf').write_text(BUS.format(folder))
    (folder / 'avahi.conf').write_text(DAEMON)
    os.environ['DBUS_SYSTEM_BUS_ADDRESS'] = 'unix:path=%s/bus' % folder
    started = [subprocess.Popen(['dbus-daemon', '--config-file=%s/bus.conf' % folder, '--nofork', '--nopidfile'])]
    time.sleep(0.5)
    started.append(subprocess.Popen(['avahi-daemon', '-f', folder / 'avahi.conf', '--no-drop-root', '--no-chroot', '--no-rlimits']))
    try:
        room = Room()
        room.folder = folder
        office = room.office(folder / 'hub.git')
        server = room.room(folder / 'hub.git')
        server.words = (*server.words, '--listen', '10.99.0.1:%d' % server.port)
        servers.wait_for = lambda *_: time.sleep(1)
        with server:
            room.told(server, 'Announced in this room', 15)
            office.add('a.db', 0, 5)
            print(office.run('a.db', 'sync', '--lan'))
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def on_a_link(folder):
    """In a network of our own, of which there is nothing but a link with the number that it has made for itself."""
    for words in ('ip link set lo up', 'ip link add ruang0 type veth peer name ruang1', 'ip link set ruang0 up', 'ip link set ruang1 up'):
        subprocess.run(words.split(), check=True)
    for _ in range(100):  # until the network believes that nobody else has it
        told = subprocess.run(['ip', '-6', '-o', 'addr', 'show', 'dev', 'ruang0'], capture_output=True, text=True, check=True).stdout
        if 'fe80' in told and 'tentative' not in told:
            break
        time.sleep(0.1)
    address = re.search(r'fe80::[0-9a-f:]+', told).group()
    room = Room()
    room.folder, room.air = folder, folder / 'air'
    office = room.office(folder / 'hub.git')
    server = room.room(folder / 'hub.git')
    server.words = (*server.words, '--listen', '[%s%%ruang0]:%d' % (address, server.port))
    servers.wait_for = lambda *_: time.sleep(1)
    with server:
        line = room.heard()
        (room.air / 'by-link').write_text(line.replace('=;lo;IPv4;', '=;ruang0;IPv6;').replace('127.0.0.1', address))
        next(f for f in room.air.iterdir() if f.name != 'by-link').unlink()
        office.add('a.db', 0, 5)
        print(office.run('a.db', 'sync', '--lan'))


if __name__ == '__main__':
    if sys.argv[3:4] == ['--on-a-link']:
        test_servers.JEMPUT, servers.HUB = sys.argv[1:3]
        sys.exit(on_a_link(pathlib.Path(sys.argv[4])))
    if sys.argv[3:4] == ['--in-a-room']:
        test_servers.JEMPUT, servers.HUB = sys.argv[1:3]
        sys.exit(in_a_room(pathlib.Path(sys.argv[4])))
    test_servers.JEMPUT, servers.HUB = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=1)
