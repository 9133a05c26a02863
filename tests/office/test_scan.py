"""No list of the console walks over a whole table: each finds its page by an index, however much there is. What is counted over everything is named
here, and kept by the server until rows move."""
import re
import shutil
import sys
import unittest

from console_scene import Browser, Server, main, scene

APPLICATIONS = 4000


class Scan(unittest.TestCase):
    def test_no_list_walks_over_a_whole_table(self):
        sys.argv[4:] = []
        import lists
        office = scene().office
        copy = office.at.parent / 'banyak'
        shutil.copytree(office.at, copy, ignore=shutil.ignore_patterns('*-shm'))
        lists.fill(copy / 'central.db', APPLICATIONS, backlog=0)  # what waits is sorted by its weight, all of it
        server = Server(copy, '--trace')
        try:
            for role in ('verifikator', 'kelurahan'):
                b = Browser(server.port)
                self.assertEqual(b.sign_in(f'{role}.satu').status, 200)
                for path, q in lists.lists_of(role):
                    if path.startswith(('/api/regions', '/api/recap', '/api/today')):  # counted over everything, and kept
                        continue
                    before = len(server.told())
                    answer = b.get(path, q=q)
                    self.assertEqual(answer.status, 200, path)
                    walked = re.findall(r'(\d+) rows walked over, \d+ ms: (.*)', server.told()[before:])
                    self.assertEqual(walked, [], (role, path, q))
        finally:
            server.stop()


if __name__ == '__main__':
    main()
