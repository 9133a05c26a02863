"""What the page's check of a space compares, and whom it tells what it found."""
import contextlib
import json
import sqlite3
import time
import unittest

from console_scene import FIXTURES, Browser, main, scene
from test_console import differences


class Checked(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s, cls.browsers = scene(), {}
        for role in ('verifikator', 'kominfo'):
            b = cls.browsers[role] = Browser(cls.s.server.port)
            assert b.sign_in(f'{role}.satu').status == 200

    def as_fixture(self, name, answer):
        self.assertEqual(answer.status, 200, answer.body[:400])
        self.assertEqual(differences(json.loads((FIXTURES / f'{name}.json').read_text()), answer.json), [], name)
        return answer.json

    def checked(self, role):
        """What a check of space 1 has found, as the role is told."""
        b = self.browsers[role]
        job = self.as_fixture('audit-run', b.post('/api/audit/run', {'space': 1}))['job']
        for _ in range(200):
            told = b.get(f'/api/audit/run/{job}').json
            if not told['running']:
                return self.as_fixture('audit-run-done', b.get(f'/api/audit/run/{job}'))
            time.sleep(0.1)
        self.fail('the check does not end')

    def test_a_space_is_checked_in_the_background(self):
        told = self.checked('kominfo')
        self.assertEqual((told['findings'], told['differences'], told['error'], told['items']), (0, 0, None, []))
        self.assertEqual(self.browsers['kominfo'].get('/api/audit/states').json['spaces'][0]['audit']['findings'], 0)

    def test_a_check_finds_the_row_that_somebody_changed_in_central_db_and_tells_its_key_to_who_may_see_it(self):
        with contextlib.closing(sqlite3.connect(self.s.office.at / 'central.db')) as db:
            who = bytes.fromhex(self.s.who)
            nik, = db.execute('SELECT nik FROM orang WHERE id = ?', (who,)).fetchone()
            change = lambda value: (db.execute('UPDATE orang SET nik = ? WHERE id = ?', (value, who)), db.commit())
            change('1674990101010099')
            try:
                told, counted = self.checked('verifikator'), self.checked('kominfo')
            finally:
                change(nik)
        self.assertEqual([(c['tbl'], c['kind'], c['columns']) for c in told['changed']], [('orang', 'beda', 'nik')])
        self.assertIn(self.s.who, told['changed'][0]['key'])
        self.assertNotIn('1674990101010099', json.dumps(told))
        for one in (told, counted):
            self.assertEqual((one['findings'], one['differences'], one['items']), (1, 1, []))
        self.assertEqual(counted['changed'], [])


if __name__ == '__main__':
    main()
