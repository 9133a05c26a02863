#!/usr/bin/env python3
"""Cases at the command line: what is told of them, and what a person says to them.

  test_cases.py PROGRAM SCHEMA_FOLDER"""
import shutil

from case import DENIED, EXISTS, NOTFOUND, Case, main


class Cases(Case):
    def sync(self, *stores):
        for store in stores:
            self.run_cli('-s', store, 'sync', code=None)

    def copied_invitation(self):
        """Two who ask by one invitation: one is let in, the other one never will be. How the other one's case is named."""
        self.out('-s', 'kantor.db', 'init', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'kantor.db', 'invite', '--role', 'petugas', '--out', f'{name}.inv')
        self.sync('kantor.db')
        for name in ('t1', 't2'):
            self.out('-s', f'{name}.db', 'join', f'{name}.inv')
        shutil.copy(self.at / 't1.inv', self.at / 'foto.inv')
        self.out('-s', 'x.db', 'join', 'foto.inv')
        self.sync('t1.db', 'x.db', 't2.db', 'kantor.db')
        mine, = {c['about'] for c in self.cases() if c['about'] == self.json('-s', 't1.db', 'status')['key']}
        self.out('-s', 'kantor.db', 'admit', mine)
        self.sync('kantor.db', 't1.db', 't2.db', 'x.db', 'kantor.db')
        other, = self.cases()
        self.assertEqual((other['kind'], other['about'], other['open']), ('asks', self.json('-s', 'x.db', 'status')['key'], True))
        return f"asks:{other['about'][:16]}"

    def cases(self, store='kantor.db'):
        return self.json('-s', store, 'cases', code=None)

    def test_what_will_never_be_decided_is_settled_with_a_reason_and_may_be_opened_again(self):
        name = self.copied_invitation()
        self.assertIn(name, self.run_cli('-s', 'kantor.db', 'cases', code=1)[1])
        self.assertIn('selesai', self.out('-s', 'kantor.db', 'cases', '--settle', name, '--reason', 'undangan difoto orang', lang='id'))
        self.assertIn('settled by: pusat 01: undangan difoto orang', self.out('-s', 'kantor.db', 'cases'))
        self.out('-s', 'kantor.db', 'sync')  # and is no reason any more to call a sync of central's incomplete
        case, = self.cases()
        self.assertEqual((case['open'], case['settled_by'], case['settled_why']), (False, 'pusat 01', 'undangan difoto orang'))
        self.out('-s', 'kantor.db', 'cases', '--reopen', name, '--reason', 'petugasnya menelepon')
        self.assertEqual([(c['open'], c['settled_why']) for c in self.cases()], [(True, '')])
        self.out('-s', 'kantor.db', 'verify')

    def test_void_work_is_settled_everywhere_and_open_again_once_there_is_more_of_it(self):
        self.copied_invitation()
        self.out('-s', 'kantor.db', 'device', 'revoke', '2', '--reason', 'stolen')
        self.sync('kantor.db')
        work = "INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'Jl. Uji')"
        for count in (1, 2):
            self.out('-s', 't1.db', 'sql', work)
            self.out('-s', 't1.db', 'bundle', 'make', f'{count}.bundle')  # it has not heard that it was revoked
            self.run_cli('-s', 'kantor.db', 'bundle', 'take', f'{count}.bundle', code=None)
            void, = self.void('kantor.db')
            self.assertEqual((void['count'], void['open']), (count, True))
            self.out('-s', 'kantor.db', 'cases', '--settle', 'revoked:' + void['about'], '--reason', 'tablet dicuri')
            self.sync('kantor.db', 't2.db')
            for store in ('kantor.db', 't2.db'):
                self.assertEqual([(c['open'], c['settled_why']) for c in self.void(store)], [(False, 'tablet dicuri')], store)
        self.out('-s', 't2.db', 'verify')

    def void(self, store):
        return [c for c in self.cases(store) if c['kind'] == 'revoked']

    def test_nobody_settles_what_is_not_there_without_a_reason_or_without_the_right(self):
        name = self.copied_invitation()
        self.sync('kantor.db', 't2.db')
        settle = ('cases', '--settle', name)
        self.assertIn('--reason', self.err(2, '-s', 'kantor.db', *settle))
        self.err(2, '-s', 'kantor.db', *settle, '--reopen', name, '--reason', 'x')
        self.err(2, '-s', 'kantor.db', 'cases', '--settle', 'asks', '--reason', 'x')
        self.err(2, '-s', 'kantor.db', *settle, '--reason', 'dua\nbaris')
        self.err(2, '-s', 'kantor.db', 'cases', '--settle', 'asks:ab', '--reason', 'x')
        self.err(2, '-s', 'kantor.db', 'cases', '--settle', 'stale:0000', '--reason', 'x')
        self.err(DENIED, '-s', 't2.db', *settle, '--reason', 'x')
        self.err(NOTFOUND, '-s', 'kantor.db', 'cases', '--settle', 'refused:0123', '--reason', 'x')
        self.err(EXISTS, '-s', 'kantor.db', 'cases', '--reopen', name, '--reason', 'x')
        self.out('-s', 'kantor.db', *settle, '--reason', 'x')
        self.err(EXISTS, '-s', 'kantor.db', *settle, '--reason', 'x')


if __name__ == '__main__':
    main()
