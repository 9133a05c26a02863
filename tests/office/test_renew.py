"""A page that was left open signs nothing that weighs: each such route wants a PIN that was given just now."""
import re
import time
import unittest

from console_scene import PIN, ROOT, Browser, Server, main, scene

DEVICE = {'space': 1, 'device': '99'}  # nobody: what goes through is not found
PERSON = {'space': 1, 'tbl': 'orang', 'key': '00' * 16, 'reason': 'UU 27/2022 pasal 8'}
WEIGHTY = {  # route or act, as the paper marks it: what is asked
    'POST /api/forget': PERSON,
    'POST /api/devices/invite': {'space': 1, 'roles': 'petugas', 'scope': '16.74'},
    'POST /api/devices/act': {**DEVICE, 'kind': 'revoke', 'reason': 'lost'},
    'add': {'account': 'x', 'name': 'x', 'pin': PIN, 'spaces': []}, 'space': {'account': 'x', 'pin': PIN, 'spaces': []},
    'disable': {'account': 'x'}, 'enable': {'account': 'x'}, 'unlock': {'account': 'x'}, 'rotate': {},
    'applications.csv': None, 'applications.xlsx': None, 'persons.csv': None, 'persons.xlsx': None, 'looks.csv': None, 'looks.json': None,
    'register.html': None}
ACTS = [{'kind': 'succeed', 'other': '98'}, {'kind': 'admit', 'roles': 'petugas', 'scope': ''}, {'kind': 'approve'},
        {'kind': 'change', 'roles': 'petugas'}, {'kind': 'change', 'roles': 'verifikator', 'scope': '16.74'}, {'kind': 'change', 'scope': ''},
        {'kind': 'change', 'roles': 'none', 'after': '1'}]


class Renew(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server(scene().office.at, '--pin-again', '1')
        cls.b = Browser(cls.server.port)
        assert cls.b.sign_in('admin.satu').status == 200
        time.sleep(1.1)

    @classmethod
    def tearDownClass(cls):
        cls.server.stop()

    def ask(self, what, body):
        if '/api/' in what:
            return self.b.post(what.split()[1], body)
        return self.b.post('/api/accounts', {'act': what, **body}) if body is not None else self.b.get('/api/export/' + what, reason='uji')

    def test_each_route_and_act_that_the_paper_marks_is_refused_without_a_fresh_pin(self):
        paper = (ROOT / 'tools' / 'console' / 'api.md').read_text()
        marked = set(re.findall(r'^\| `(POST [^`]*)` \|[^|]*⟳', paper, re.M)) | {'disable', 'enable'}
        marked |= set(re.findall(r'`([a-z-]+)`(?= \((?:A|own) ⟳)', paper))
        for files in re.findall(r'((?:`[a-z.]+`\s*)+)\([^)]*⟳', paper):
            marked |= {name for name in re.findall('`(.*?)`', files) if '.' in name}
        self.assertEqual(set(WEIGHTY), marked)
        for what, body in WEIGHTY.items():
            answer = self.ask(what, body)
            self.assertEqual((answer.status, answer.json['code']), (403, 'RENEW'), what)

    def test_each_act_on_a_device_is_refused_without_a_fresh_pin_but_a_look_and_suspending(self):
        for act in ACTS:
            answer = self.b.post('/api/devices/act', {**DEVICE, **act})
            self.assertEqual((answer.status, answer.json['code']), (403, 'RENEW'), act)
        for act in ({'kind': 'revoke', 'reason': 'lost', 'look': True}, {'kind': 'change', 'roles': 'none'}):
            self.assertEqual(self.b.post('/api/devices/act', {**DEVICE, **act}).json['code'], 'JEMPUT_NOTFOUND', act)


if __name__ == '__main__':
    main()
