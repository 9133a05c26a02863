"""Lists that are brought in: what the answer says of them is what has become of them."""
import fcntl
import hashlib
import os
import sys
import threading
import time
import unittest

from console_scene import SCHEMA, Browser, main, scene

HEAD, ROW = (SCHEMA / 'contoh' / 'opensid-penduduk.csv').read_text().splitlines()[:2]
CHUNK, GAP = 500, 20000  # rows of a transaction, and that many more which are there already and need none
WAL_FRAMES, WRITE_LOCK = 16, 120  # bytes of SQLite's -shm file ("WAL-mode File Format": mxFrame, locks)
LARGE_FRAMES = 40
LETTERS = str.maketrans('0123456789abcdef', 'BCDFGHJKLMNPRSTW')


def person(n):
    """One like nobody else: no two of them may look like one."""
    name = hashlib.sha256(b'%d' % n).hexdigest()[:16].translate(LETTERS)
    row = ROW.replace('SUPARDIONO WIRATMO', name).replace('25/05/1984', f'{1 + n % 28:02}/{1 + n % 11:02}/{1950 + n % 53}')
    return row.replace('1674992505840001', f'167499250584{1000 + n}')


class Brought(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s = scene()
        cls.b = Browser(cls.s.server.port)
        assert cls.b.sign_in('admin.satu').status == 200

    def take(self, *rows):
        return self.b.ask('POST', '/api/import?space=1&layout=opensid', raw='\n'.join([HEAD, *rows, '']).encode(), kind='text/csv')

    def locked_behind_a_chunk(self, work):
        """What `work` gave where somebody else took the write lock of the person's desk behind its first large transaction, until it had given up."""
        out, said = [], len(self.s.server.told())
        with open(self.s.office.at / 'accounts' / 'admin.satu' / 'wonosari.db-shm', 'rb+', buffering=0) as shared:
            frames = lambda: int.from_bytes(os.pread(shared.fileno(), 4, WAL_FRAMES), sys.byteorder)
            thread = threading.Thread(target=lambda: out.append(work()))
            before = frames()
            thread.start()
            while thread.is_alive() and frames() - before < LARGE_FRAMES:
                before = frames()
                time.sleep(0.001)
            fcntl.lockf(shared, fcntl.LOCK_EX, 1, WRITE_LOCK)
            while thread.is_alive() and 'impor' not in self.s.server.told()[said:]:
                time.sleep(0.05)
            fcntl.lockf(shared, fcntl.LOCK_UN, 1, WRITE_LOCK)
            thread.join()
        return out[0]

    def test_an_import_that_broke_off_is_no_success_and_counts_what_is_in(self):
        rows = [person(n) for n in range(CHUNK + 10)]
        self.take(rows[0])  # and nothing is due
        told = self.locked_behind_a_chunk(lambda: self.take(*rows[:-9], *rows[:1] * GAP, *rows))
        self.assertEqual((told.status, told.json['code']), (503, 'JEMPUT_BUSY'))
        self.assertIn(f'{CHUNK + 1 + GAP + CHUNK + 1} baris', told.json['text_id'])
        self.assertEqual(told.json['report']['inserted']['orang'], CHUNK)
        look = self.b.get('/api/audit/looks?act=import&limit=1').json['items'][0]
        self.assertEqual((look['count'], look['detail'].split()[1]), (told.json['report']['accepted'], 'broken:'))
        again = self.take(*rows).json['report']
        self.assertEqual((again['inserted']['orang'], again['existing']['orang']), (9, CHUNK + 1))


if __name__ == '__main__':
    main()
