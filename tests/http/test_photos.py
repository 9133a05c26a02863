#!/usr/bin/env python3
"""Attachments behind real servers: `jemput hub`, which looks at what it takes, stock nginx before git's own http-backend, and a forge.

  test_photos.py JEMPUT JEMPUT-HUB"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import servers
import test_servers
from servers import Forge, JemputHub, Nginx
from test_servers import Office

TABLE = """
CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL,
  size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB);
SELECT jemput_replicate('berkas', 'attachments=0');
"""


class Photos(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / 'server').mkdir()
        self.addCleanup(self.temporary.cleanup)

    def office(self, server, *words):
        server.repository('ruang.git')
        office = Office(self.folder, {'LC_ALL': 'C'})
        with open(self.folder / 'schema.sql', 'a', encoding='ascii') as file:
            file.write(TABLE)
        office.found(server.url + '/ruang.git', ['a.db', 'b.db'], *words)
        office.add('a.db', 0, 1)
        return office

    def meet(self, server, *words):
        photo = os.urandom(1500000)
        (self.folder / 'foto.bin').write_bytes(photo)
        with server:
            office = self.office(server, *words)
            name = json.loads(office.run('a.db', 'attach', 'orang', 'a.db-0', self.folder / 'foto.bin', '--json'))['id']
            for store in ('a.db', 'pusat.db', 'a.db', 'b.db'):
                report = office.sync(store)
                self.assertEqual((report['attachment_status'], report['complete']), ('JEMPUT_OK', True), store)
            self.assertEqual([a['state'] for a in json.loads(office.run('a.db', 'attachments', '--json'))], ['received'])
            office.run('b.db', 'attachments', '--ask', name)
            self.assertEqual(office.sync('b.db')['attachments_fetched'], 1)
            for store in ('a.db', 'pusat.db', 'b.db'):
                office.run(store, 'attachments', 'get', name, self.folder / (store + '.bin'))
                self.assertEqual((self.folder / (store + '.bin')).read_bytes(), photo)
            subprocess.run(['git', '-C', server.repositories / 'ruang.git', 'fsck', '--strict'], check=True, capture_output=True)

    def test_attachments_meet_behind_jemput_hub(self):
        self.meet(JemputHub(self.folder / 'server'))

    def test_attachments_meet_behind_nginx(self):
        self.meet(Nginx(self.folder / 'server'))

    def test_attachments_meet_at_a_forge_that_takes_branches_alone(self):
        (self.folder / 'secret').write_text('rahasia\n')
        self.meet(Forge(self.folder / 'server', {'dinas': 'rahasia'}), '--user', 'dinas', '--secret-file', self.folder / 'secret')


if __name__ == '__main__':
    test_servers.JEMPUT, servers.HUB = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main()
