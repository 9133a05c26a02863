#!/usr/bin/env python3
"""The console in a browser, with everything real behind it: tablets, hub, central, the server, Chromium.

  test_pages.py JEMPUT JEMPUT-CENTRAL JEMPUT-CONSOLE NODE [a test's name …]"""
import json
import pathlib
import subprocess
import sys
import unittest

from console_scene import PIN, Server, make
from scene import CENTRAL

NODE = sys.argv[4]
PAGES = pathlib.Path(__file__).resolve().parent / 'pages'
SKIPPED, FIRST_PAGE_BYTES_MAX = 77, 150 * 1024
FIRST_PAGE_MS_MAX = 5000  # 1,000 on a machine that does nothing else


def browser(server, *tasks):
    """What real.mjs found, by task and account. The test is left out where there is no Chromium."""
    more = [str(word) for task in tasks for word in (*task, '-')[:3]]
    done = subprocess.run([NODE, PAGES / 'real.mjs', f'http://127.0.0.1:{server.port}', PIN, *more], capture_output=True, text=True, timeout=180)
    if done.returncode == SKIPPED:
        raise unittest.SkipTest(done.stdout.strip())
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    found = json.loads(done.stdout)
    for name, one in found.items():
        if one['faults']:
            raise AssertionError(name, one['faults'])
    return found


def devices(space, store):
    return json.loads(space.cli(store, 'devices', '--json'))['devices']


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.space, cls.office, cls.who = make()
        cls.lost, = [d['device_number'] for d in devices(cls.space, 't2') if d['self']]
        cls.server = Server(cls.office.at)
        cls.central = subprocess.Popen([CENTRAL, 'run', cls.office.at, '--poll', '1'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            cls.found = browser(cls.server, ('decide', 'verifikator.satu', cls.who), ('beside', 'verifikator.satu', 'admin.satu'),
                                ('look', 'admin.satu'), ('look', 'kominfo.satu'), ('errands', 'admin.satu', cls.lost))
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.central.terminate()
        cls.central.wait(30)
        cls.server.stop()

    def test_a_decision_on_the_screen_is_signed_and_reaches_the_tablets(self):
        shown = self.found['decide verifikator.satu']['value']
        self.space.sync('t1', 't2')
        for tablet in ('t1', 't2'):
            self.assertEqual(self.space.one(tablet, f"SELECT nama FROM orang WHERE id = x'{self.who}'"), shown)
            self.assertEqual(self.space.one(tablet, f"SELECT count(*) AS n FROM jemput_conflict WHERE tbl = 'orang' AND key = x'{self.who}'"), 0)

    def test_each_role_sees_its_pages_and_nothing_breaks_there(self):
        for account in ('admin.satu', 'kominfo.satu'):
            self.assertEqual(self.found[f'look {account}']['findings'], [], account)
        self.assertIn('#/permohonan', self.found['look admin.satu']['places'])
        self.assertNotIn('#/permohonan', self.found['look kominfo.satu']['places'])
        self.assertNotIn('#/rekonsiliasi', self.found['look kominfo.satu']['places'])

    def test_an_administrators_day_goes_through(self):
        self.assertRegex(self.found['errands admin.satu']['name'], r'\.csv$')
        self.space.sync('kantor')
        self.assertEqual(self.space.rows('kantor', "SELECT nama FROM orang WHERE nama LIKE '%tianto Raharjo'"), [['S\u00e9tianto Raharjo']])
        device, = [d for d in devices(self.space, 'kantor') if d['device_number'] == self.lost]
        self.assertEqual((device['state'], device['reason']), ('revoked', 'stolen'))

    def test_a_page_does_nothing_in_the_name_of_somebody_who_signed_in_beside_it(self):
        found = self.found['beside verifikator.satu']
        self.assertEqual((found['status'], found['kept']), (200, 'lain-sama-sekali'))

    def test_the_first_page_is_within_its_budget(self):
        bytes_ = self.found['decide verifikator.satu']['bytes']  # of the first one alone: the others have it from the browser's own cache
        self.assertTrue(0 < bytes_ <= FIRST_PAGE_BYTES_MAX, bytes_)
        self.assertLessEqual(max(one['first_ms'] for one in self.found.values()), FIRST_PAGE_MS_MAX)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[5:], verbosity=2)
