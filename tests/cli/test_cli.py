#!/usr/bin/env python3
"""The command line program, run as people run it.

  test_cli.py PROGRAM SCHEMA_FOLDER"""
import csv
import io
import json
import os
import pathlib
import pty
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PROGRAM = SCHEMA = None
COMMANDS = ('init invite join import sql sync status log history conflicts held verify recap export signers version').split()
CORRUPT, DENIED, NOTFOUND, EXISTS, OFFLINE = 18, 19, 20, 21, 16
DECEMBER = {'KK': (13, '54.17'), 'KTP-el': (5, '20.83'), 'Pindah/Datang': (3, '12.50'), 'Kelahiran': (3, '12.50')}
PERMOHONAN = ('tanggal layanan varian kanal no_kk nama_kepala alamat rt rw kode_kel nama nik jenis_kelamin tempat_lahir tanggal_lahir agama shdk status_kawin '
              'pekerjaan pendidikan catatan petugas').split()


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.at = pathlib.Path(self.folder.name)

    def run_cli(self, *args, code=0, stdin='', lang='en', **environment):
        """Run the program; what it gave to both streams."""
        env = {k: v for k, v in os.environ.items() if k not in ('LC_ALL', 'LC_MESSAGES', 'JEMPUT_STORE', 'LANG')}
        env.update({'LANG': lang} if lang else {}, **environment)
        done = subprocess.run([PROGRAM, *map(str, args)], input=stdin.encode(), capture_output=True, cwd=self.at, env=env, timeout=60)
        out, err = done.stdout.decode(), done.stderr.decode()
        if code is not None:
            self.assertEqual(done.returncode, code, f'{args}\n--- out\n{out}\n--- err\n{err}')
        return done.returncode, out, err

    def out(self, *args, **more):
        return self.run_cli(*args, **more)[1]

    def err(self, code, *args, **more):
        _, out, err = self.run_cli(*args, code=code, **more)
        return err

    def json(self, *args, **more):
        return json.loads(self.out(*args, '--json', **more))

    def rows(self, store, query):
        """The rows of a query as lists."""
        return [list(row.values()) for row in json.loads(self.out('-s', store, 'sql', query, '--json'))]

    def one(self, store, query):
        return self.rows(store, query)[0][0]

    def counts(self, store):
        return [self.one(store, f'SELECT count(*) AS n FROM {t}') for t in ('keluarga', 'orang', 'permohonan', 'catatan')]

    def init(self, name='pusat.jemput', *more):
        self.out('-s', name, 'init', *more)
        return name

    def write_csv(self, name, header, rows, separator=','):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([header, *rows])
        (self.at / name).write_bytes(text.getvalue().encode())
        return name

    def permohonan(self, **cells):
        return [{'tanggal': '2023-01-05', 'layanan': 'KK', 'alamat': 'Jl. Uji No. 1', 'rt': '001', 'kode_kel': '16.74.05.1003', **cells}.get(c, '') for c in PERMOHONAN]


class Help(Case):
    def test_the_program_s_help_names_every_command_and_every_exit_code(self):
        for lang, word in (('en_US.UTF-8', 'Exit codes'), ('id_ID.UTF-8', 'Kode keluar')):
            out = self.out('--help', lang=lang)
            self.assertIn(word, out)
            for command in COMMANDS:
                self.assertIn(f'\n  {command} ', out)
            for word in ('init --hub hub.git', 'join tablet1.undangan', 'recap'):
                self.assertIn(word, out)
            for number, name in ((18, 'JEMPUT_CORRUPT'), (16, 'JEMPUT_OFFLINE'), (23, 'JEMPUT_UPGRADE')):
                self.assertIn(f'{number}  {name}', out)

    def test_every_command_has_help_with_an_example_in_both_languages(self):
        for command in COMMANDS:
            self.assertIn('Example:\n  jemput ', self.out(command, '--help'))
            self.assertIn('Contoh:\n  jemput ', self.out(command, '--help', lang='id_ID'))
            self.assertEqual(self.out('help', command), self.out(command, '--help'))
        self.assertEqual(self.out('help', 'help'), self.out('--help'))
        self.assertIn("no command 'nosuch'", self.err(2, 'help', 'nosuch'))

    def test_a_misspelt_command_or_option_gets_a_suggestion(self):
        self.assertIn("did you mean 'import'?", self.err(2, 'imprt'))
        self.assertIn("mungkin 'status'?", self.err(2, 'sttaus', lang='id'))
        self.assertIn("did you mean '--dry-run'?", self.err(2, 'import', 'x.csv', '--dryrun'))
        self.assertNotIn('did you mean', self.err(2, 'qqqqqqqq'))

    def test_wrong_use_is_exit_code_2(self):
        for args in ([], ['status'], ['-s'], ['--lang', 'fr', 'status'], ['-s', 'x', 'join'], ['-s', 'x', 'status', 'more'], ['-s', 'x', 'recap', '--month', '2022-13'],
                     ['-s', 'x', 'sync', '--timeout', '0'], ['-s', 'x', 'invite'], ['-s', 'x', 'invite', '--role', 'petugas', '--days', 'x'],
                     ['-s', 'x', 'export'], ['-s', 'x', 'import', 'y', '--layout', 'z'], ['-s', 'x', 'log', '--writer', 'xyz'], ['version', '--out']):
            self.err(2, *args)

    def test_language_is_indonesian_unless_the_environment_says_english(self):
        for lang, indonesian in (('', True), ('id_ID.UTF-8', True), ('jv_ID', True), ('en_GB.UTF-8', False), ('C', False), ('C.UTF-8', False), ('POSIX', False)):
            self.assertEqual('Perintah:' in self.out('--help', lang=lang), indonesian, lang)
        self.assertIn('Perintah:', self.out('--lang', 'id', '--help', lang='en'))
        self.assertIn('Commands:', self.out('--help', lang='id', LC_ALL='en_US'))

    def test_version_is_known_to_people_and_programs(self):
        self.assertIn('SQLite', self.out('version'))
        self.assertEqual(set(self.json('version')), {'jemput', 'sqlite'})
        self.assertEqual(self.out('--version'), self.out('version'))


class Stores(Case):
    def test_a_missing_store_is_reported_with_advice_and_not_made(self):
        for command in (['status'], ['sql', 'SELECT 1'], ['verify'], ['recap'], ['conflicts'], ['held'], ['log'], ['signers'], ['sync'], ['export', 'orang'], ['history', 'orang', '00']):
            err = self.err(NOTFOUND, '-s', 'missing.jemput', *command)
            self.assertIn('No data was changed', err)
            self.assertFalse((self.at / 'missing.jemput').exists())
        self.assertIn('Tidak ada data yang diubah', self.err(NOTFOUND, '-s', 'missing.jemput', 'status', lang='id'))

    def test_a_file_that_is_no_store_is_refused_and_left_alone(self):
        (self.at / 'text.jemput').write_text('this is no store\n' * 200)
        self.err(CORRUPT, '-s', 'text.jemput', 'status')
        self.assertEqual((self.at / 'text.jemput').read_text(), 'this is no store\n' * 200)
        db = sqlite3.connect(self.at / 'other.jemput')
        db.execute('CREATE TABLE t(x)')
        db.close()
        self.err(CORRUPT, '-s', 'other.jemput', 'status')

    def test_a_folder_in_place_of_a_file_is_called_one(self):
        store = self.init()
        (self.at / 'folder').mkdir()
        for args in (['-s', 'folder', 'status'], ['-s', store, 'import', 'folder'], ['-s', 'new.jemput', 'join', 'folder'], ['-s', 'new.jemput', 'init', '--schema', 'folder']):
            self.assertIn('ini folder, bukan berkas', self.err(NOTFOUND, *args, lang='id'))
        self.assertIn('a folder', self.err(NOTFOUND, '-s', 'folder', 'status'))
        self.assertFalse((self.at / 'new.jemput').exists())

    def test_a_reader_that_has_enough_ends_the_program_quietly(self):
        store = self.init()
        query = 'SELECT d.* FROM daftar_kode d, (SELECT 1 FROM wilayah LIMIT 9)' # far more than a pipe holds
        for args in (['export', '--query', query], ['sql', query], ['sql', query, '--csv']):
            done = subprocess.Popen([PROGRAM, '-s', store, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.at)
            self.assertTrue(done.stdout.readline())
            done.stdout.close()
            done.stdout = None
            self.assertEqual((done.communicate()[1], done.returncode), (b'', -signal.SIGPIPE))

    def test_verify_finds_rows_that_were_written_past_the_engine(self):
        store = self.init()
        self.assertEqual(self.json('-s', store, 'verify'), {'problems': [], 'problem_count': 0, 'ok': True})
        db = sqlite3.connect(self.at / store)
        for name, in db.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='keluarga'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        with db:
            db.executemany('INSERT INTO keluarga(id) VALUES(?)', [(bytes([n]) * 16,) for n in range(3)])
        db.close()
        found = json.loads(self.out('-s', store, 'verify', '--json', code=1))
        self.assertEqual((found['ok'], found['problem_count']), (False, len(found['problems'])))
        self.assertTrue(any("'keluarga'" in problem for problem in found['problems']))
        out = self.out('-s', store, 'verify', code=1)
        self.assertTrue(all(f'problem: {problem}\n' in out for problem in found['problems']))
        self.assertIn(f"Problems: {found['problem_count']}. Do not delete this file", out)

    def test_init_overwrites_nothing(self):
        (self.at / 'here.jemput').write_text('precious')
        self.err(EXISTS, '-s', 'here.jemput', 'init')
        self.assertEqual((self.at / 'here.jemput').read_text(), 'precious')

    def test_init_with_a_schema_of_one_s_own(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL, x TEXT) WITHOUT ROWID; SELECT jemput_replicate('t');")
        self.init('own.jemput', '--schema', 'own.sql')
        self.out('-s', 'own.jemput', 'sql', "INSERT INTO t VALUES(jemput_id(), 'a')")
        self.assertEqual(self.one('own.jemput', 'SELECT x FROM t'), 'a')
        self.assertIn('v_rekap_bulanan', self.err(1, '-s', 'own.jemput', 'recap'))
        (self.at / 'bad.sql').write_text('CREATE TABBLE t(x);')
        self.err(CORRUPT, '-s', 'bad.jemput', 'init', '--schema', 'bad.sql')
        self.assertFalse((self.at / 'bad.jemput').exists())

    def test_the_store_may_be_named_in_the_environment(self):
        self.init()
        self.assertEqual(self.json('status', JEMPUT_STORE='pusat.jemput')['device_number'], 1)

    def test_an_sql_mistake_is_exit_code_1_and_an_open_transaction_is_rolled_back(self):
        self.init()
        self.assertIn('syntax error', self.err(1, '-s', 'pusat.jemput', 'sql', 'SELEC 1'))
        self.err(1, '-s', 'pusat.jemput', 'sql', "BEGIN; INSERT INTO keluarga(id) VALUES(jemput_id())")
        self.assertEqual(self.one('pusat.jemput', 'SELECT count(*) AS n FROM keluarga'), 0)

    def test_colours_and_progress_are_for_terminals_and_no_color_is_respected(self):
        self.init()
        self.assertNotIn('\x1b', self.out('-s', 'pusat.jemput', 'status', TERM='xterm'))
        for more, coloured in (({}, True), ({'NO_COLOR': '1'}, False), ({'TERM': 'dumb'}, False)):
            master, slave = pty.openpty()
            env = {**{k: v for k, v in os.environ.items() if k != 'NO_COLOR'}, 'TERM': 'xterm', 'LANG': 'en', **more}
            done = subprocess.run([PROGRAM, '-s', 'pusat.jemput', 'status'], stdout=slave, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=self.at, env=env, timeout=60)
            os.close(slave)
            self.assertEqual((done.returncode, done.stderr), (0, b''))
            self.assertEqual(b'\x1b[' in os.read(master, 65536), coloured, more)
            os.close(master)

    def test_progress_is_shown_on_a_terminal_and_wiped_and_never_in_a_pipe(self):
        store = self.init()
        self.assertEqual(self.run_cli('-s', store, 'import', SCHEMA / 'contoh' / 'desember-2022.csv')[2], '')
        for args in (['verify'], ['import', SCHEMA / 'contoh' / 'opensid-penduduk.csv']):
            master, slave = pty.openpty()
            done = subprocess.run([PROGRAM, '-s', store, *map(str, args)], stdout=subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL, cwd=self.at, timeout=60)
            os.close(slave)
            self.assertEqual(done.returncode, 0)
            shown = os.read(master, 65536)
            os.close(master)
            self.assertRegex(shown, rb'^\r\x1b\[K\w+ +(\[[#.]{30}\] +\d+%|\.\.\.)')
            self.assertTrue(shown.endswith(b'\r\x1b[K'))
            self.assertNotIn(b'\x1b', done.stdout)

    def test_sql_reads_statements_from_standard_input_and_stops_at_a_mistake(self):
        self.init()
        sql = "INSERT INTO keluarga(id, alamat)\n VALUES(jemput_id(), 'a;b');\nSELECT alamat FROM keluarga;\n"
        self.assertIn('a;b', self.out('-s', 'pusat.jemput', 'sql', stdin=sql))
        self.assertIn('a;b', self.out('-s', 'pusat.jemput', 'sql', '-', stdin='SELECT alamat FROM keluarga'))
        for stdin in ('SELEC 1;\nDELETE FROM keluarga;\n', 'DELETE FROM keluarga\0 WHERE 0;\n', 'SELECT 1;\nDELETE FROM keluarga;\0\n'):
            self.err(1, '-s', 'pusat.jemput', 'sql', stdin=stdin)
            self.assertEqual(self.one('pusat.jemput', 'SELECT count(*) AS n FROM keluarga'), 1)
        self.assertEqual(self.out('-s', 'pusat.jemput', 'sql', '--csv', stdin="SELECT 1 AS a, '007' AS b"), 'a,b\n1,007\n')

    def answer(self, process, lines):
        """The next lines that the process prints, without waiting for more than 20 seconds."""
        guard = threading.Timer(20, process.kill)
        guard.start()
        try:
            self.assertEqual([process.stdout.readline() for _ in lines], lines)
        finally:
            guard.cancel()

    def test_a_statement_from_a_pipe_is_in_the_store_before_the_next_one_is_written(self):
        self.init()
        with subprocess.Popen([PROGRAM, '-s', 'pusat.jemput', 'sql', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.at) as typing:
            typing.stdin.write(b"INSERT INTO keluarga(id, alamat)\n VALUES(jemput_id(), 'satu');\nSELECT 'sudah' AS x;\n")
            typing.stdin.flush()
            self.answer(typing, [b'x\n', b'sudah\n'])
            self.assertEqual(self.rows('pusat.jemput', 'SELECT alamat FROM keluarga'), [['satu']])
            typing.stdin.write(b"BEGIN; INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'dua'); SELECT 'belum' AS x;\n")
            typing.stdin.flush()
            self.answer(typing, [b'x\n', b'belum\n'])
            typing.kill()
        self.assertEqual(self.rows('pusat.jemput', 'SELECT alamat FROM keluarga'), [['satu']])
        self.assertEqual(self.json('-s', 'pusat.jemput', 'status')['own']['on_device'], 1)

    def test_json_is_valid_for_every_kind_of_value_and_text_cannot_steer_the_terminal(self):
        self.init()
        query = "SELECT NULL AS a, 9223372036854775807 AS b, -1.5 AS c, x'00ff' AS d, 'q\"\\' || char(27, 10, 0x202e) || 'é' AS e, 9e999 AS f"
        row = json.loads(self.out('-s', 'pusat.jemput', 'sql', query, '--json'))[0]
        self.assertEqual(row, {'a': None, 'b': 2**63 - 1, 'c': -1.5, 'd': {'blob': '00ff'}, 'e': 'q"\\\x1b\n\u202eé', 'f': float('inf')})
        out = self.out('-s', 'pusat.jemput', 'sql', query)
        self.assertIn('\\x1b\\n\\u202eé', out)
        self.assertNotIn('\x1b', out)
        self.assertEqual(json.loads(self.out('-s', 'pusat.jemput', 'sql', "SELECT CAST(x'41ff42' AS TEXT) AS x", '--json')), [{'x': 'A\ufffdB'}])
        self.assertEqual(self.out('-s', 'pusat.jemput', 'sql', 'SELECT 1 AS x WHERE 0', '--json'), '[]\n')


class Import(Case):
    def setUp(self):
        super().setUp()
        self.store = self.init()

    def take(self, file, *more, code=0):
        return json.loads(self.out('-s', self.store, 'import', file, '--json', *more, code=code))

    def dump(self):
        return [self.rows(self.store, f'SELECT * FROM {t} ORDER BY 1') for t in ('keluarga', 'orang', 'permohonan', 'catatan')]

    def december(self, *more):
        return self.take(SCHEMA / 'contoh' / 'desember-2022.csv', *more)

    def test_december_gives_24_applications_and_the_published_shares(self):
        report = self.december()
        self.assertEqual((report['layout'], report['rows'], report['accepted'], report['refused']), ('permohonan', 24, 24, 0))
        self.assertEqual(self.counts(self.store), [17, 23, 24, 22])
        month, = self.json('-s', self.store, 'recap', '--month', '2022-12')
        self.assertEqual({s['service']: (s['count'], s['share']) for s in month['services']}, DECEMBER)
        self.assertEqual(month['total'], 24)
        self.assertEqual(self.json('-s', self.store, 'recap', '--kelurahan', '16.74.05.1003')[0]['total'], 24)
        self.assertEqual(self.json('-s', self.store, 'recap', '--month', '2022-11'), [])
        out = self.out('-s', self.store, 'recap')
        for service, (count, share) in DECEMBER.items():
            self.assertRegex(out, rf'{service} +{count} +{share}')

    def test_every_application_gets_a_receipt_code_of_its_own_and_numbers_stay_text(self):
        self.december()
        self.assertEqual(self.one(self.store, 'SELECT count(DISTINCT kode_tanda_terima) AS n FROM permohonan'), 24)
        self.assertEqual(self.rows(self.store, "SELECT DISTINCT typeof(nik) FROM orang WHERE nik IS NOT NULL"), [['text']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Burhanudin Saleha'"), [['1674991909720001', '1674 9919 0972 0001']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Erlina Kusmiranti'"), [[None, '16749952079?0003']])
        self.assertEqual(self.one(self.store, 'SELECT count(*) AS n FROM permohonan p JOIN keluarga k ON k.id=p.keluarga_id WHERE p.kode_kel=k.kode_kel'), 24)

    def test_a_dry_run_reports_the_same_and_writes_nothing(self):
        self.out('-s', self.store, 'sql', "INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'Jl. Lama')")
        for file in ('desember-2022.csv', 'opensid-penduduk.csv'):
            before, pending = self.dump(), self.json('-s', self.store, 'status')
            dry = self.take(SCHEMA / 'contoh' / file, '--dry-run')
            self.assertEqual(self.dump(), before)
            self.assertEqual(self.json('-s', self.store, 'status'), pending)
            self.assertEqual(pending['own']['on_device'], self.one(self.store, 'SELECT 1 + (SELECT count(*)>0 FROM permohonan)'))
            wet = self.take(SCHEMA / 'contoh' / file)
            self.assertEqual({**dry, 'dry_run': False}, wet)
            self.assertGreater(wet['inserted']['orang'], 0)

    def test_importing_twice_changes_nothing_even_where_an_officer_has_edited_since(self):
        self.december()
        self.out('-s', self.store, 'sql', "UPDATE orang SET nama='Yopi H.' WHERE nama='Yopi Hendrasyah'; UPDATE keluarga SET no_kk=NULL; UPDATE permohonan SET status='DIAJUKAN'")
        before, pending = self.dump(), self.json('-s', self.store, 'status')
        report = self.december()
        self.assertEqual(set(report['inserted'].values()), {0})
        self.assertEqual(self.dump(), before)
        self.assertEqual(self.json('-s', self.store, 'status'), pending)

    def test_opensid_s_43_columns_come_in_with_nothing_guessed(self):
        report = self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')
        self.assertEqual((report['layout'], report['accepted']), ('opensid', 8))
        self.assertEqual(self.counts(self.store), [4, 8, 0, 0])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in report['unknown_codes']], [('pekerjaan_id', 'PENGRAJIN SONGKET', 6, 1)])
        person = lambda what, name: self.rows(self.store, f"SELECT {what} FROM orang WHERE nama='{name}'")[0]
        self.assertEqual(person('nik, pekerjaan', 'HARTAWAN SYAMSURI'), ['1674990310900001', 'PENGRAJIN SONGKET'])
        self.assertEqual(person('tanggal_lahir, tanggal_lahir_tertulis', 'MELINDA HARTAWAN'), [None, '31/02/1991'])
        self.assertEqual(person('nik, nik_tertulis', 'NABILA WIRATMO'), [None, None])
        self.assertEqual(person('status_kawin, tanggal_lahir', 'RETNO WULANSARI'), ['K', '1987-01-19'])
        self.assertIn(('INVISIBLE', 6, 'nik'), [(n['code'], n['line'], n['column']) for n in report['notes']])
        self.assertEqual(set(self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')['inserted'].values()), {0})

    def test_bad_rows_are_named_by_line_and_column_and_the_good_ones_go_in(self):
        rows = [self.permohonan(nama='Orang Satu'), self.permohonan(), self.permohonan(nama='Orang "Dua"\ndi dua baris'), self.permohonan(nama='Orang Tiga')[:-1],
                self.permohonan(nama='Orang Empat', tanggal=''), self.permohonan(nama='X' * 9000), self.permohonan(nama='Orang Lima')]
        self.write_csv('bad.csv', PERMOHONAN, rows)
        with open(self.at / 'bad.csv', 'ab') as file:
            file.write(b'\r\n2023-01-05,KK,,,,,,,,,Jos\xe9,,,,,,,,,,,\r\n2023-01-05,KK,,,,,,,,,"Tak tertutup,,\r\n')
        report = self.take('bad.csv', code=1)
        self.assertEqual((report['rows'], report['accepted'], report['refused']), (9, 3, 6))
        self.assertEqual([(p['code'], p['line'], p['column']) for p in report['problems']], [('REQUIRED', 3, 'nama'), ('CELL_COUNT', 6, ''), ('REQUIRED', 7, 'tanggal'),
                         ('TOO_LONG', 8, 'nama'), ('NOT_UTF8', 11, 'nama'), ('QUOTE_OPEN', 12, '')])
        for problem in report['problems']:
            self.assertTrue(problem['reason'] and problem['advice'])
        self.assertEqual(self.counts(self.store)[2], 3)

    def test_reports_and_errors_repeat_no_personal_data(self):
        rows = [self.permohonan(nama='Rahasia Namanya', nik='167499RAHASIA', no_kk='x', tanggal=''), self.permohonan(nama='', nik='1674990101900001', tanggal_lahir='31/02/1990')]
        self.write_csv('bad.csv', PERMOHONAN, rows)
        _, out, err = self.run_cli('-s', self.store, 'import', 'bad.csv', code=1)
        for secret in ('Rahasia', 'RAHASIA', '1674990101900001', '31/02/1990'):
            self.assertNotIn(secret, out + err)

    def test_strangers_who_share_a_placeholder_are_never_one_person_or_household(self):
        for placeholder in ('0', '-', '', '0000000000000000', '1111111111111111', '9999999999999999', '1234567890123456', '0167499000000001'):
            with self.subTest(placeholder):
                before = self.counts(self.store)
                rows = [self.permohonan(nama=f'{name} {placeholder}', nik=placeholder, no_kk=placeholder, alamat=f'Jl. {name}', tanggal_lahir=born)
                        for name, born in (('Satu', '1990-01-01'), ('Dua', '1991-02-02'), ('Tiga', ''), ('Tiga', ''))]
                self.write_csv('same.csv', PERMOHONAN, rows)
                self.take('same.csv')
                self.assertEqual([a - b for a, b in zip(self.counts(self.store), before)], [4, 4, 4, 0])
                self.assertEqual(set(self.take('same.csv')['inserted'].values()), {0})

    def test_one_nik_under_two_names_is_two_persons(self):
        self.write_csv('two.csv', PERMOHONAN, [self.permohonan(nama='Satu', nik='1674990101900001', no_kk='1674991103140007'),
                                               self.permohonan(nama='Dua', nik='1674990101900001', no_kk='1674991103140007')])
        self.take('two.csv')
        self.assertEqual(self.counts(self.store), [1, 2, 2, 0])

    def test_a_later_row_that_says_otherwise_about_one_household_is_noted(self):
        self.write_csv('two.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007'), self.permohonan(nama='Dua', no_kk='1674991103140007', alamat='Jl. Lain')])
        self.assertEqual([(n['line'], n['column'], n['other_line']) for n in self.take('two.csv')['notes'] if n['code'] == 'DIFFERS'], [(3, 'alamat', 2)])

    def test_only_the_rows_of_chosen_officers_are_taken_and_give_the_same_ids_as_the_whole_file(self):
        report = self.december('--only-petugas', '1', '--only-petugas', '3')
        self.assertEqual((report['accepted'], report['not_selected']), (16, 8))
        self.assertEqual(self.counts(self.store)[2], 16)
        self.assertEqual(self.december()['inserted']['permohonan'], 8)
        self.assertEqual(self.counts(self.store), [17, 23, 24, 22])
        self.err(2, '-s', self.store, 'import', SCHEMA / 'contoh' / 'opensid-penduduk.csv', '--only-petugas', '1')

    def test_semicolons_a_utf8_mark_capital_headings_and_unknown_columns_are_understood(self):
        header = ['TANGGAL', 'Layanan', 'nama', 'warna']
        self.write_csv('x.csv', header, [['05/01/2023', 'kartu keluarga', 'Uji Coba', 'biru']], ';')
        (self.at / 'x.csv').write_bytes(b'\xef\xbb\xbf' + (self.at / 'x.csv').read_bytes())
        report = self.take('x.csv')
        self.assertEqual((report['accepted'], report['ignored_columns']), (1, 'warna'))
        self.assertEqual(self.rows(self.store, 'SELECT tanggal, layanan FROM permohonan'), [['2023-01-05', 'KK']])

    def test_files_as_people_have_them_are_read(self):
        head, row = 'tanggal,layanan,nama,catatan', '2023-01-05,KK,{},{}'
        files = {'crlf': f'\ufeff{head}\r\n{row}\r\n'.encode(), 'cr': f'{head}\r{row}\r'.encode(), 'no-end': f'{head}\n{row}'.encode(),
                 'blank-lines': f'\n\n{head}\n\n\n{row}\n\n,,,\n'.encode(), 'tab': f'{head}\n{row}\n'.replace(',', '\t').encode(),
                 'mark-before-a-quote': ('\ufeff"' + head.replace(',', '","') + f'"\r\n{row}\r\n').encode(), 'semicolon': f'{head}\n{row}\n'.replace(',', ';').encode(), 'spaces': f' {head} \n {row} \n'.replace(',', ' , ').encode()}
        for name, data in files.items():
            (self.at / name).write_bytes(data.replace(b'{}', name.encode()))
            report = self.take(name)
            self.assertEqual((report['rows'], report['inserted']['permohonan'], report['notes'], report['unknown_codes']), (1, 1, [], []), name)
            self.assertEqual(self.rows(self.store, f"SELECT o.nama, c.isi, p.tanggal, p.layanan FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id WHERE o.nama='{name}'"),
                             [[name, name, '2023-01-05', 'KK']])

    def test_a_quoted_cell_keeps_its_quotes_separators_and_line_ends(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama='Orang "Dua", S.H.', alamat='Jl. A; B\r\nRT 1'), self.permohonan(nama='5" layar')])
        self.take('x.csv')
        self.assertEqual(self.rows(self.store, 'SELECT o.nama, k.alamat FROM orang o JOIN keluarga k ON k.id=o.keluarga_id ORDER BY o.nama DESC'),
                         [['Orang "Dua", S.H.', 'Jl. A; B\r\nRT 1'], ['5" layar', 'Jl. Uji No. 1']])

    def test_characters_that_nobody_sees_are_taken_out_and_a_lone_nul_is_one_of_them(self):
        invisible = ['\u200b', '\u200e', '\u202e', '\u2060', '\ufeff', '\u00ad', '\x07', '\x7f', '\u0085', '\0']
        rows = [self.permohonan(nama=f'Or{c}ang {i}', nik=f'16749901019{c}0{i:04}', catatan=f'{c}x\u00a0y{c}') for i, c in enumerate(invisible)]
        self.write_csv('x.csv', PERMOHONAN, rows)
        report = self.take('x.csv')
        self.assertEqual([(n['code'], n['line'], n['column']) for n in report['notes']], [('INVISIBLE', 2 + i, c) for i in range(len(rows)) for c in ('nama', 'nik', 'catatan')])
        self.assertEqual(self.rows(self.store, 'SELECT o.nama, o.nik, c.isi FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id ORDER BY o.nama'),
                         [[f'Orang {i}', f'167499010190{i:04}', 'x y'] for i in range(len(rows))])

    def test_unknown_codes_are_kept_as_written_and_listed_in_every_column_that_has_a_list(self):
        columns = ('layanan', 'varian', 'kanal', 'jenis_kelamin', 'agama', 'shdk', 'status_kawin', 'pekerjaan', 'pendidikan')
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {i}', nik=f'167499010190{i:04}', **{c: f'Entah {c}' for c in columns}) for i in (1, 2)])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in self.take('x.csv')['unknown_codes']], [(c, f'Entah {c}', 2, 2) for c in columns])
        self.assertEqual(self.rows(self.store, f"SELECT DISTINCT {', '.join(columns)} FROM permohonan p JOIN orang o ON o.id=p.pemohon_id"), [[f'Entah {c}' for c in columns]])

    def test_column_names_that_come_again_further_down_are_passed_over(self):
        (self.at / 'x.csv').write_text('tanggal,layanan,nama\n2023-01-05,KK,Satu\nTanggal,LAYANAN, nama\n2023-01-05,KK,Dua\n2023-01-05,KK,nama\n')
        report = self.take('x.csv')
        self.assertEqual((report['rows'], report['accepted'], [(n['code'], n['line']) for n in report['notes']]), (3, 3, [('HEAD_AGAIN', 3)]))
        self.assertEqual(self.rows(self.store, 'SELECT nama FROM orang ORDER BY nama'), [['Dua'], ['Satu'], ['nama']])

    def test_a_long_list_of_notes_is_cut_for_people_but_not_for_programs_and_never_that_of_refused_rows(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {i}', nik='12') for i in range(150)] + [self.permohonan() for _ in range(150)])
        out = self.out('-s', self.store, 'import', 'x.csv', '--dry-run', code=1)
        self.assertIn('and 50 more', out)
        self.assertEqual((out.count('no number of 16 digits'), out.count('empty, but required')), (100, 150))
        self.assertEqual(len(self.take('x.csv', code=1)['notes']), 150)

    def test_a_file_of_another_kind_is_refused_whole(self):
        (self.at / 'a.csv').write_text('satu,dua\n1,2\n')
        self.assertIn('tanggal, layanan, nama', self.err(1, '-s', self.store, 'import', 'a.csv', '--layout', 'permohonan'))
        for encoding in ('utf-16', 'utf-16-le', 'utf-16-be'):
            (self.at / 'b.csv').write_bytes('tanggal,layanan,nama\n2023-01-01,KK,Satu\n'.encode(encoding))
            self.assertIn('UTF-16', self.err(1, '-s', self.store, 'import', 'b.csv'))
        (self.at / 'sheet.csv').write_bytes(b'PK\x03\x04' + bytes(100))
        self.assertIn('spreadsheet', self.err(1, '-s', self.store, 'import', 'sheet.csv'))
        for head, missing in (('tanggal|layanan|nama', 'tanggal, layanan, nama'), ('tanggal,nama', 'missing: layanan'), ('tanggal,layanan,nik,rt', 'missing: nama')):
            (self.at / 'd.csv').write_text(f'{head}\n2023-01-05,KK,X,Y\n')
            self.assertIn(missing, self.err(1, '-s', self.store, 'import', 'd.csv'))
        (self.at / 'e.csv').write_text('tanggal,layanan,nama,nik,NIK\n2023-01-05,KK,X,1,2\n')
        self.assertIn("'nik' twice", self.err(1, '-s', self.store, 'import', 'e.csv'))
        (self.at / 'c.csv').write_text('')
        self.err(1, '-s', self.store, 'import', 'c.csv')
        self.err(NOTFOUND, '-s', self.store, 'import', 'none.csv')
        self.assertEqual(self.counts(self.store), [0, 0, 0, 0])

    def test_a_large_file_goes_in_by_chunks(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik=f'16749901{1 + i % 12:02}90{1 + i // 12:04}', no_kk=f'16749901{1 + i % 12:02}14{1 + i // 36:04}') for i in range(1300)]
        self.write_csv('large.csv', PERMOHONAN, rows)
        self.assertEqual(self.take('large.csv')['inserted']['permohonan'], 1300)
        self.assertEqual(self.json('-s', self.store, 'status')['own']['on_device'], 3)

    def test_export_is_text_for_a_spreadsheet_and_comes_back_through_import(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama='=1+1', nik='1674990101900001', catatan='-5, "lima"'), self.permohonan(nama="'Aisyah", nik='0')])
        self.take('x.csv')
        query = 'SELECT p.tanggal, p.layanan, o.nama, o.nik, k.rt, c.isi AS catatan FROM permohonan p JOIN orang o ON o.id=p.pemohon_id JOIN keluarga k ON k.id=p.keluarga_id LEFT JOIN catatan c ON c.permohonan_id=p.id ORDER BY o.nik DESC'
        self.run_cli('-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        self.assertEqual(stat.S_IMODE((self.at / 'out.csv').stat().st_mode), 0o600)
        header, *rows = csv.reader(io.StringIO((self.at / 'out.csv').read_bytes().decode(), newline=''))
        self.assertEqual(rows, [['2023-01-05', 'KK', "'=1+1", "'1674990101900001", "'001", "'-5, \"lima\""], ['2023-01-05', 'KK', "''Aisyah", '', "'001", '']])
        self.err(EXISTS, '-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        other = self.init('other.jemput')
        self.out('-s', other, 'import', 'out.csv')
        self.assertEqual(self.rows(other, query), self.rows(self.store, query))
        self.assertIn('\n2023-01-05,KK,=1+1,1674990101900001,001,"-5, ""lima"""\n', self.out('-s', self.store, 'export', '--query', query, '--raw'))

    def test_export_takes_tables_and_reading_queries_only(self):
        self.december()
        self.assertEqual(len(list(csv.DictReader(io.StringIO(self.out('-s', self.store, 'export', 'permohonan'))))), 24)
        self.err(NOTFOUND, '-s', self.store, 'export', 'tidak_ada')
        self.err(2, '-s', self.store, 'export', '--query', 'DELETE FROM permohonan')
        self.assertEqual(self.counts(self.store)[2], 24)

    def test_history_tells_who_did_what_and_from_which_file(self):
        self.december()
        self.out('-s', self.store, 'sql', "UPDATE permohonan SET status='DIAJUKAN' WHERE kode_tanda_terima=(SELECT min(kode_tanda_terima) FROM permohonan)")
        key = self.one(self.store, "SELECT lower(hex(id)) AS k FROM permohonan WHERE status='DIAJUKAN'")
        edits = self.json('-s', self.store, 'history', 'permohonan', key)
        self.assertEqual([e['op'] for e in edits], ['I', 'U'])
        self.assertEqual((edits[0]['note'], edits[0]['device_number'], edits[0]['received']), ('impor desember-2022.csv', 1, False))
        self.assertEqual((edits[1]['values']['status'], edits[1]['before']['status']), ('DIAJUKAN', 'DRAF'))
        self.assertIn('status = DIAJUKAN', self.out('-s', self.store, 'history', 'permohonan', f"x'{key}'"))
        self.err(NOTFOUND, '-s', self.store, 'history', 'tidak_ada', key)
        self.err(2, '-s', self.store, 'history', 'permohonan', 'bukan-heksa')
        self.err(2, '-s', self.store, 'history', 'permohonan', key, key)


class Team(Case):
    """One office and three tablets with a hub between them."""

    def found(self):
        self.out('-s', 'pusat.jemput', 'init', '--hub', 'hub.git')
        for n in (1, 2, 3):
            self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas', '--scope', '16.74.05.1003', '--out', f't{n}.undangan')
        self.out('-s', 'pusat.jemput', 'sync')
        for n in (1, 2, 3):
            self.out('-s', f't{n}.jemput', 'join', f't{n}.undangan')

    def sync(self, *names):
        for name in names:
            report = self.json('-s', f'{name}.jemput', 'sync')
            self.assertEqual((report['status'], report['complete'], report['logs_stopped']), ('JEMPUT_OK', True, 0), name)

    def test_from_founding_to_the_recap_of_december(self):
        self.found()
        for n in (1, 2, 3):
            report = self.json('-s', f't{n}.jemput', 'import', SCHEMA / 'contoh' / 'desember-2022.csv', '--only-petugas', n)
            self.assertEqual(report['accepted'], 8)
            self.assertEqual(self.json('-s', f't{n}.jemput', 'status')['own'], {'on_device': 1, 'waiting': 0, 'received': 0})
        self.sync('t1', 't2', 't3')
        self.assertEqual(self.json('-s', 't1.jemput', 'status')['own'], {'on_device': 0, 'waiting': 1, 'received': 0})
        self.sync('pusat', 'pusat', 't1', 't2', 't3')
        for n in (1, 2, 3):
            status = self.json('-s', f't{n}.jemput', 'status')
            self.assertEqual(status['own'], {'on_device': 0, 'waiting': 0, 'received': 1})
            self.assertEqual((status['admitted'], status['roles'], status['scope']), (True, 'petugas', '16.74.05.1003'))
            self.assertIsNotNone(status['last_sync'])
        for name in ('pusat', 't1', 't2', 't3'):
            month, = self.json('-s', f'{name}.jemput', 'recap', '--month', '2022-12')
            self.assertEqual({s['service']: (s['count'], s['share']) for s in month['services']}, DECEMBER, name)
            self.assertEqual(self.counts(f'{name}.jemput'), [17, 23, 24, 22], name)
            self.assertEqual(self.json('-s', f'{name}.jemput', 'verify'), {'problems': [], 'problem_count': 0, 'ok': True}, name)
        self.assertEqual(len({c for c, in self.rows('pusat.jemput', 'SELECT kode_tanda_terima FROM permohonan')}), 24)
        self.assertIn('diterima pusat', self.out('-s', 't1.jemput', 'status', lang='id'))
        segments = self.json('-s', 'pusat.jemput', 'log')
        self.assertEqual(len({s['writer'] for s in segments}), 4)
        writer = segments[0]['writer']
        self.assertEqual({s['writer'] for s in self.json('-s', 'pusat.jemput', 'log', '--writer', writer[:8])}, {writer})
        self.assertIn(writer[:8], self.out('-s', 'pusat.jemput', 'log'))

    def test_two_edits_of_one_cell_at_once_are_a_conflict_that_shows_both_values_and_writers(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.jemput', 'import', 'satu.csv')
        self.sync('t1', 'pusat', 't1', 't2')
        self.out('-s', 't1.jemput', 'sql', "UPDATE keluarga SET prioritas='lansia'")
        self.out('-s', 't2.jemput', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.jemput', 'conflicts')
        self.assertEqual((conflict['table'], conflict['columns']), ('keluarga', ['prioritas']))
        self.assertEqual({s['values']['prioritas'] for s in conflict['sides']}, {'lansia', 'disabilitas'})
        self.assertEqual(len({s['device_number'] for s in conflict['sides']}), 2)
        self.assertEqual(sum(s['shown'] for s in conflict['sides']), 1)
        out = self.out('-s', 'pusat.jemput', 'conflicts')
        self.assertTrue('lansia' in out and 'disabilitas' in out)
        self.assertNotIn('Jl. Uji', out)

    def test_of_columns_that_merge_together_a_conflict_shows_people_those_that_differ_and_programs_all(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.jemput', 'import', 'satu.csv')
        self.sync('t1', 'pusat', 't1', 't2')
        self.out('-s', 't1.jemput', 'sql', "UPDATE keluarga SET rt='004'")
        self.out('-s', 't2.jemput', 'sql', 'UPDATE keluarga SET rt=NULL')
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.jemput', 'conflicts')
        self.assertEqual({(s['values']['alamat'], s['values']['rt']) for s in conflict['sides']}, {('Jl. Uji No. 1', '004'), ('Jl. Uji No. 1', None)})
        out = self.out('-s', 'pusat.jemput', 'conflicts')
        self.assertRegex(out, r'rt = 004  — device [23] \(petugas\)')
        self.assertRegex(out, r'rt = \(empty\)  — device [23] \(petugas\)')
        self.assertNotIn('Jl. Uji', out)
        self.assertEqual(self.json('-s', 'pusat.jemput', 'held'), [])

    def test_two_tablets_at_one_household_write_one_row(self):
        self.found()
        for n in (1, 2):
            self.write_csv(f'{n}.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {n}', no_kk='1674991103140007')])
            self.out('-s', f't{n}.jemput', 'import', f'{n}.csv')
        self.sync('t1', 't2', 'pusat')
        self.assertEqual(self.counts('pusat.jemput'), [1, 2, 2, 0])

    def test_an_invitation_is_for_its_owner_s_eyes_and_is_not_overwritten(self):
        self.init()
        self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual(stat.S_IMODE((self.at / 'a.undangan').stat().st_mode), 0o600)
        before = (self.at / 'a.undangan').read_bytes()
        self.err(EXISTS, '-s', 'pusat.jemput', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual((self.at / 'a.undangan').read_bytes(), before)
        self.assertIn('undangan-petugas-1.txt', self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas'))
        self.assertIn('undangan-petugas-2.txt', self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas'))

    def test_what_an_invitation_cannot_say_is_refused_in_plain_words_and_nothing_is_made(self):
        self.init()
        for option, values in (('role', ('raja', '', 'petugas,', 'petugas,petugas', 'petugas, admin')), ('scope', ('16 74', '16.74/05', 'x' * 64)),
                               ('days', ('0', '-1', '0.00001', '3651', 'nan', 'inf', '7x', ''))):
            for value in values:
                args = {'role': 'petugas', 'scope': '', 'days': '7', 'out': 'b.undangan', option: value}
                for lang in ('en', 'id'):
                    err = self.err(2, '-s', 'pusat.jemput', 'invite', *(f'--{k}={v}' for k, v in args.items()), lang=lang)
                    self.assertIn(f"--{option} '{value}': ", err)
        self.assertFalse((self.at / 'b.undangan').exists())
        self.assertEqual(self.json('-s', 'pusat.jemput', 'status')['roster_version'], 1)
        for roles in ('raja', 'pusat', 'petugas', ''):
            self.assertIn('admin', self.err(2, '-s', 'new.jemput', 'init', '--roles', roles))
            self.assertFalse((self.at / 'new.jemput').exists())

    def test_damaged_and_expired_invitations_and_an_existing_store_are_refused(self):
        self.init()
        self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas', '--out', 'good')
        text = (self.at / 'good').read_bytes()
        for name, damaged in (('half', text[:len(text) // 2]), ('empty', b''), ('other', b'tanggal,layanan\n'),
                              ('flipped', text[:len(text) // 2] + bytes([text[len(text) // 2] ^ 1]) + text[len(text) // 2 + 1:])):
            (self.at / name).write_bytes(damaged)
            self.err(CORRUPT, '-s', 't.jemput', 'join', name)
            self.assertFalse((self.at / 't.jemput').exists())
        self.out('-s', 'pusat.jemput', 'invite', '--role', 'petugas', '--days', '0.00002', '--out', 'old') # 1.7 seconds
        time.sleep(2)
        self.err(DENIED, '-s', 't.jemput', 'join', 'old')
        self.assertFalse((self.at / 't.jemput').exists())
        self.out('-s', 't.jemput', 'join', 'good')
        self.err(EXISTS, '-s', 't.jemput', 'join', 'good')
        self.err(DENIED, '-s', 't.jemput', 'invite', '--role', 'petugas')
        self.assertEqual(list(self.at.glob('undangan-*')), [])

    def test_sync_without_a_hub_says_how_to_name_one(self):
        self.assertIn('--hub', self.err(2, '-s', self.init(), 'sync'))
        self.assertIn('belum ada hub', self.err(2, '-s', 'pusat.jemput', 'sync', lang='id'))

    def test_a_hub_that_is_not_there_or_no_repository_is_reported_and_work_is_kept(self):
        store = self.init()
        self.run_cli('-s', store, 'import', SCHEMA / 'contoh' / 'desember-2022.csv')
        code, _, err = self.run_cli('-s', store, 'sync', '--hub', 'none.git', code=None)
        self.assertIn(code, (OFFLINE, NOTFOUND), err)
        self.assertEqual(self.json('-s', store, 'status')['hub'], '')
        (self.at / 'folder').mkdir()
        (self.at / 'folder' / 'file').write_text('x')
        code, _, err = self.run_cli('-s', store, 'sync', '--hub', 'folder', code=None)
        self.assertIn(code, (CORRUPT, OFFLINE, NOTFOUND), err)
        self.err(EXISTS, '-s', 'new.jemput', 'init', '--hub', 'folder')
        self.assertFalse((self.at / 'new.jemput').exists())
        self.assertEqual(self.counts(store)[2], 24)

    def test_signers_are_known_to_stock_git_tools(self):
        self.found()
        self.out('-s', 'pusat.jemput', 'signers', '--out', 'allowed')
        line = (self.at / 'allowed').read_text().splitlines()[0].split()
        self.assertEqual((line[1], line[2]), ('namespaces="git"', 'ssh-ed25519'))
        self.assertIn('ssh-ed25519', self.out('-s', 'pusat.jemput', 'signers'))


if __name__ == '__main__':
    PROGRAM, SCHEMA = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
