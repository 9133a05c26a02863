"""One office and three tablets with a hub between them."""
from case import Case, PERMOHONAN


class Team(Case):
    def found(self):
        self.prepared('team', self.found_anew)

    def found_anew(self):
        self.out('-s', 'pusat.db', 'init', '--hub', 'hub.git')
        for n in (1, 2, 3):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--scope', '16.74.05.1003', '--out', f't{n}.undangan')
        self.out('-s', 'pusat.db', 'sync')
        for n in (1, 2, 3):
            self.out('-s', f't{n}.db', 'join', f't{n}.undangan')

    def sync(self, *names):
        for name in names:
            report = self.json('-s', f'{name}.db', 'sync')
            self.assertEqual((report['status'], report['complete'], report['logs_stopped']), ('JEMPUT_OK', True, 0), name)

    def household(self):
        """One household, on all devices; its key."""
        self.prepared('household', self.household_anew)
        return self.one('t1.db', 'SELECT lower(hex(id)) FROM keluarga')

    def household_anew(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
