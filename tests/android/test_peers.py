#!/usr/bin/env python3
"""Two JVMs and a store of the C programs, through a folder and through `jemput hub`: they come to the same state.

  test_peers.py --java JAVA --library FILE.so --classpath JAR:… --tests JAR JEMPUT JEMPUT-HUB"""
import json
import os
import pathlib
import re
import sys
import tempfile
import time
import unittest

import jvm

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'http'))
import servers  # noqa: E402
import test_servers  # noqa: E402

ARGS = None
ROUNDS = 2
SCHEMA = pathlib.Path(__file__).parent / 'java' / 'org' / 'jemput' / 'test' / 'World.java'


def schema():
    """The one that the Java tests have, out of their source."""
    text = SCHEMA.read_text()
    text = text[text.index('SCHEMA ='):text.index('final Path folder')]
    return ''.join(part.replace('\\n', '\n') for part in re.findall(r'"((?:[^"\\]|\\.)*)"', text))


class Peers(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        self.office = test_servers.Office(self.folder)
        (self.folder / 'schema.sql').write_text(schema())

    def tearDown(self):
        self.temporary.cleanup()

    def peer(self, name):
        return jvm.Peer(ARGS, self.folder, name)

    def join(self, hub, peers):
        self.office.run('pusat.db', 'init', '--schema', self.folder / 'schema.sql')
        self.office.sync('pusat.db', '--hub', hub)
        for name in peers:
            self.office.run('pusat.db', 'invite', '--role', 'petugas', '--hub', hub, '--out', self.folder / (name + '.inv'))
        self.office.sync('pusat.db')
        for name, peer in peers.items():
            peer('join %s %s' % (self.folder / (name + '.db'), self.folder / (name + '.inv')))
            peer('sync -')
        self.office.sync('pusat.db')
        for peer in peers.values():
            self.assertIn('blocking=NOTHING', peer('sync -'))

    def work(self, peers):
        for peer in peers.values():
            peer.begin('add 60')
        for peer in peers.values():
            peer.end()
            peer.begin('edit 12')
        for peer in peers.values():
            peer.end()
        self.office.run('pusat.db', 'sql', "UPDATE unik SET umur = umur + 1; INSERT INTO orang(id, nama) VALUES(jemput_id(), 'Pusat')")

    def settle(self, peers):
        for _ in range(3):
            for peer in peers.values():  # at once
                peer.begin('sync -')
            for peer in peers.values():
                peer.end()
            self.office.sync('pusat.db')

    def hash(self):
        return self.office.run('pusat.db', 'sql', 'SELECT jemput_state_hash() AS h').split()[1]

    def check(self, peers):
        hashes = {name: peer('hash') for name, peer in peers.items()}
        self.assertEqual(set(hashes.values()), {self.hash()}, hashes)
        for peer in peers.values():
            self.assertEqual(peer('verify'), '[]')
            self.assertEqual(peer('counts').split(), [str(121 * ROUNDS), str(24 * ROUNDS)])

    def told(self, store, *words):
        """As the command line tells it; times in milliseconds, and without what Java is not told."""
        def plain(o):
            if isinstance(o, list):
                return [plain(x) for x in o]
            if not isinstance(o, dict):
                return o
            if set(o) == {'ms', 'time'}:
                return o['ms']
            return {k: plain(v) for k, v in o.items() if k not in ('before', 'index')}
        return plain(json.loads(self.office.run(store, *words, '--json')))

    def compare(self, name, peer):
        """Java's view of a store is that of the C programs."""
        ours, theirs = json.loads(peer('status')), self.told(name + '.db', 'status')
        for field, value in ours.items():
            self.assertEqual(value, theirs[field] if theirs[field] is not None else 0, field)
        self.assertGreater(ours['rows'], 100)
        self.assertEqual(json.loads(peer('conflicts')), self.told(name + '.db', 'conflicts'))
        self.assertGreater(ours['conflicts'], 0)
        for row in ['bersama%d' % i for i in range(5)]:
            ours, theirs = json.loads(peer('history unik ' + row)), self.told(name + '.db', 'history', 'unik', row)
            self.assertEqual(ours, theirs)

    def rounds_of(self, hub, peers):
        self.join(hub, peers)
        for _ in range(ROUNDS):
            self.work(peers)
            self.settle(peers)
        self.check(peers)

    def test_two_jvms_and_c_meet_in_a_folder(self):
        with self.peer('a') as a, self.peer('b') as b:
            self.rounds_of(servers.repository(self.folder / 'hub.git'), {'a': a, 'b': b})
            a('add 3')
            self.compare('a', a)
            for name in 'abcd':
                a = self.killed(a, name)
            self.settle({'a': a, 'b': b})
            self.assertEqual({a('hash'), b('hash')}, {self.hash()})
            self.assertEqual(a('verify'), '[]')
            self.assertEqual(a('counts').split()[0], str(121 * ROUNDS + 3 + 4 * 40))
            a.__exit__()

    def killed(self, peer, name):
        """Its process ends in the middle of a sync; another goes on with its store."""
        peer('add 40')
        peer.begin('sync -')
        time.sleep(0.02 * (ord(name) - ord('a')))
        peer.kill()
        again = self.peer('a' + name)
        again('open %s' % (self.folder / 'a.db'))
        return again

    def test_two_jvms_and_c_meet_at_a_hub_by_javas_http_with_photos(self):
        (self.folder / 'server').mkdir()
        with servers.JemputHub(self.folder / 'server') as server, self.peer('a') as a, self.peer('b') as b:
            servers.repository(server.repositories / 'ruang.git')
            peers = {'a': a, 'b': b}
            self.rounds_of(server.url + '/ruang.git', peers)
            photo = a('photo 2500000')
            self.settle(peers)
            b('ask')
            self.settle(peers)
            self.assertEqual(b('photos'), photo)
            self.assertIn('photos=0', a('sync -'))
            self.check(peers)


if __name__ == '__main__':
    os.environ.pop('JAVA_TOOL_OPTIONS', None)
    parser = jvm.parser()
    parser.add_argument('jemput')
    parser.add_argument('hub')
    ARGS, rest = parser.parse_known_args()
    test_servers.JEMPUT, servers.HUB = ARGS.jemput, ARGS.hub
    unittest.main(argv=[sys.argv[0]] + rest)
