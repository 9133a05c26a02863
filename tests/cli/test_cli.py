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

PROGRAM = SCHEMA = TOOLS = None
COMMANDS = ('init invite join devices device admit approve root import sql sync status log history conflicts held refused adopt cases resolve duplicates merge-rows why diff rebuild pin verify recap export signers fork-proof version').split()
BUSY, OFFLINE, CORRUPT, DENIED, NOTFOUND, EXISTS, CANCELLED = 14, 16, 18, 19, 20, 21, 22
DECEMBER = {'KK': (13, 54.17), 'KTP-el': (5, 20.83), 'Pindah/Datang': (3, 12.50), 'Kelahiran': (3, 12.50)}
PERMOHONAN = ('tanggal layanan varian kanal no_kk nama_kepala alamat rt rw kode_kel nama nik jenis_kelamin tempat_lahir tanggal_lahir agama '
              'shdk status_kawin pekerjaan pendidikan catatan petugas').split()


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

    def indonesian(self, code, *args):
        """What an officer is told: none of the library's English words."""
        err = self.err(code, *args, lang='id')
        self.assertNotRegex(err, r'\b(the|not|of|was|sync:|open|join as|ask)\b')
        self.assertEqual(err.count('\n'), 1)
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

    def init(self, name='pusat.db', *more):
        self.out('-s', name, 'init', *more)
        return name

    def write_csv(self, name, header, rows, separator=','):
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator)
        writer.writerows([header, *rows])
        (self.at / name).write_bytes(text.getvalue().encode())
        return name

    def permohonan(self, **cells):
        return [{'tanggal': '2023-01-05', 'layanan': 'KK', 'alamat': 'Jl. Uji No. 1', 'rt': '001', 'kode_kel': '16.74.05.1003',
                 **cells}.get(c, '') for c in PERMOHONAN]


class Help(Case):
    def test_the_program_s_help_names_every_command_and_every_exit_code(self):
        for lang, word in (('en_US.UTF-8', 'Exit codes'), ('id_ID.UTF-8', 'Kode keluar')):
            out = self.out('--help', lang=lang)
            self.assertIn(word, out)
            for command in COMMANDS:
                self.assertIn(f'\n  {command} ', out)
            for word in ('init --hub hub.git', 'join tablet.undangan', 'recap'):
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

    def test_only_options_that_the_command_takes_are_suggested(self):
        for command in COMMANDS:
            takes = '--json ' in self.out(command, '--help')
            self.assertEqual("mungkin '--json'?" in self.err(2, command, '--jsn', lang='id'), takes, command)
            if not takes:
                self.assertIn("pilihan '--json' tidak dikenal\n", self.err(2, command, '--json', lang='id'))

    def test_help_uses_one_word_for_one_thing_and_ends_no_line_in_a_blank(self):
        for lang in ('id', 'en'):
            for args in (['--help'], *([c, '--help'] for c in COMMANDS)):
                out = self.out(*args, lang=lang)
                self.assertNotRegex(out, r'\.jemput\b|[Pp]engelola|diakui|txns')
                self.assertNotRegex(out, r'[ \t]\n')
        self.assertIn('Usage: jemput [-s STORE] status\n', self.out('status', '--help'))
        self.assertIn('undangan-ROLES-1.txt', self.out('invite', '--help'))
        self.assertIn('0,5 = 12 jam', self.out('invite', '--help', lang='id'))
        self.assertIn('UPDATE', self.out('held', '--help'))
        self.assertIn('UPDATE (or DELETE)', self.out('conflicts', '--help'))

    def test_help_fits_a_terminal_of_80_columns_but_for_examples_to_copy(self):
        for lang, example in (('id', '\nContoh:\n'), ('en', '\nExample:\n')):
            for args in (['--help'], *([c, '--help'] for c in COMMANDS)):
                for line in self.out(*args, lang=lang).split(example)[0].split('\n'):
                    self.assertLessEqual(len(line), 80, args)

    def test_wrong_use_is_exit_code_2(self):
        for args in ([], ['status'], ['-s'], ['--lang', 'fr', 'status'], ['-s', 'x', 'join'], ['-s', 'x', 'status', 'more'],
                     ['-s', 'x', 'recap', '--month', '2022-13'],
                     ['-s', 'x', 'sync', '--timeout', '0'], ['-s', 'x', 'invite'], ['-s', 'x', 'invite', '--role', 'petugas', '--days', 'x'],
                     ['-s', 'x', 'export'], ['-s', 'x', 'import', 'y', '--layout', 'z'], ['-s', 'x', 'log', '--writer', 'xyz'], ['version', '--out']):
            self.err(2, *args)

    def test_language_is_indonesian_unless_the_environment_says_english(self):
        for lang, indonesian in (('', True), ('id_ID.UTF-8', True), ('jv_ID', True), ('en_GB.UTF-8', False), ('C', False), ('C.UTF-8', False),
                                 ('POSIX', False)):
            self.assertEqual('Perintah:' in self.out('--help', lang=lang), indonesian, lang)
        self.assertIn('Perintah:', self.out('--lang', 'id', '--help', lang='en'))
        self.assertIn('Commands:', self.out('--help', lang='id', LC_ALL='en_US'))

    def test_version_is_known_to_people_and_programs(self):
        self.assertIn('SQLite', self.out('version'))
        self.assertEqual(set(self.json('version')), {'jemput', 'sqlite', 'libsodium', 'libcsv'})
        self.assertEqual(self.out('--version'), self.out('version'))


class Stores(Case):
    def test_a_missing_store_is_reported_with_advice_and_not_made(self):
        for command in (['status'], ['sql', 'SELECT 1'], ['verify'], ['recap'], ['conflicts'], ['held'], ['log'], ['signers'], ['sync'],
                        ['export', 'orang'], ['history', 'orang', '00']):
            err = self.err(NOTFOUND, '-s', 'missing.db', *command)
            self.assertIn('No data was changed', err)
            self.assertFalse((self.at / 'missing.db').exists())
        self.assertIn('Tidak ada data yang diubah', self.err(NOTFOUND, '-s', 'missing.db', 'status', lang='id'))

    def test_a_file_that_is_no_store_is_refused_and_left_alone(self):
        (self.at / 'text.db').write_text('this is no store\n' * 200)
        self.err(CORRUPT, '-s', 'text.db', 'status')
        self.assertEqual((self.at / 'text.db').read_text(), 'this is no store\n' * 200)
        db = sqlite3.connect(self.at / 'other.db')
        db.execute('CREATE TABLE t(x)')
        db.close()
        self.err(CORRUPT, '-s', 'other.db', 'status')

    def test_a_folder_in_place_of_a_file_is_called_one(self):
        store = self.init()
        (self.at / 'folder').mkdir()
        for args in (['-s', 'folder', 'status'], ['-s', store, 'import', 'folder'], ['-s', 'new.db', 'join', 'folder'],
                     ['-s', 'new.db', 'init', '--schema', 'folder']):
            self.assertIn('ini folder, bukan berkas', self.err(NOTFOUND, *args, lang='id'))
        self.assertIn('a folder', self.err(NOTFOUND, '-s', 'folder', 'status'))
        self.assertFalse((self.at / 'new.db').exists())

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
        good = self.json('-s', store, 'verify')
        self.assertEqual(good, {'problems': [], 'problem_count': 0, 'ok': True, 'state_hash': self.json('-s', store, 'status')['state_hash']})
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

    def test_rebuild_gives_back_what_the_logs_say_and_tells_what_differed(self):
        store = self.init()
        self.out('-s', store, 'sql', "INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'Jl. Uji 1'), (jemput_id(), 'Jl. Uji 2')")
        self.assertIn('State hash: none yet, because something is not sealed', self.out('-s', store, 'status'))
        self.assertIsNone(self.json('-s', store, 'status')['state_hash'])
        state = self.json('-s', store, 'rebuild')
        self.assertEqual((state['status'], state['differences'], state['difference_count'], state['rows_written']), ('JEMPUT_OK', [], 0, 0))
        self.assertRegex(state['state_hash'], '^[0-9a-f]{64}$')
        self.assertIn('State hash: ' + state['state_hash'], self.out('-s', store, 'status'))
        db = sqlite3.connect(self.at / store)
        for name, in db.execute("SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='keluarga'").fetchall():
            db.execute(f'DROP TRIGGER "{name}"')
        with db:
            db.execute("UPDATE keluarga SET alamat = 'Jl. Palsu' WHERE alamat = 'Jl. Uji 2'")
        db.close()
        self.assertIn('If its logs are whole: jemput rebuild', self.out('-s', store, 'verify', code=1))
        out = self.out('-s', store, 'rebuild', lang='id')
        self.assertIn("berbeda: table 'keluarga': a row is here with other values than in the logs (key x'", out)
        self.assertIn('Diperbaiki: 1 baris dikeluarkan, 1 baris ditulis.', out)
        self.assertIn('Sidik isi: ' + state['state_hash'], out)
        self.assertNotIn('Jl. Palsu', out)
        self.assertEqual(self.rows(store, 'SELECT alamat FROM keluarga ORDER BY 1'), [['Jl. Uji 1'], ['Jl. Uji 2']])
        self.assertTrue(self.json('-s', store, 'verify')['ok'])

    def test_a_damaged_log_stops_rebuild_and_nothing_is_changed(self):
        store = self.init()
        self.out('-s', store, 'sql', "INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'Jl. Uji 1')")
        self.json('-s', store, 'rebuild')  # seals it
        db = sqlite3.connect(self.at / store)
        with db:
            db.execute('DELETE FROM jemput_object WHERE oid = (SELECT oid FROM jemput_segment WHERE NOT control)')
        db.close()
        err = self.err(NOTFOUND, '-s', store, 'rebuild')
        self.assertIn('the logs here are not whole, so nothing was changed', err)
        found = json.loads(self.out('-s', store, 'rebuild', '--json', code=NOTFOUND))
        self.assertEqual((found['status'], found['differences']), ('JEMPUT_NOTFOUND', []))
        self.assertEqual(self.one(store, 'SELECT alamat FROM keluarga'), 'Jl. Uji 1')

    def test_a_store_that_cannot_be_opened_is_a_json_error_for_programs(self):
        (self.at / 'text.db').write_text('this is no store\n' * 200)
        (self.at / 'folder').mkdir()
        for store, status, code in (('missing.db', 'JEMPUT_NOTFOUND', NOTFOUND), ('folder', 'JEMPUT_NOTFOUND', NOTFOUND),
                                    ('text.db', 'JEMPUT_CORRUPT', CORRUPT)):
            for command in (['status'], ['sync'], ['verify'], ['sql', 'SELECT 1'], ['log'], ['history', 'orang', '00'], ['recap']):
                told = json.loads(self.out('-s', store, *command, '--json', code=code))
                self.assertEqual((told['status'], set(told)), (status, {'status', 'error', 'advice'}))
                self.assertIn(store, told['error'])

    def test_a_statement_that_fails_is_exit_code_1_whatever_the_engine_calls_it(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT, b TEXT, PRIMARY KEY(a, b)); SELECT jemput_replicate('t'); "
                                         "CREATE TABLE u(id INTEGER PRIMARY KEY) STRICT; SELECT jemput_replicate('u', 'key=app');")
        self.init('own.db', '--schema', 'own.sql')
        for statement in ("INSERT INTO t VALUES(NULL, 'x')", "INSERT INTO u VALUES('text')", "INSERT INTO u(id) VALUES(NULL)",
                          "SELECT jemput_replicate('none')",
                          'DELETE FROM jemput_row', "SELECT jemput_replicate('t', 'nosuch=a')", 'SELECT zeroblob(9e9)'):
            err = self.err(1, '-s', 'own.db', 'sql', statement, lang='id')
            self.assertTrue(err.startswith('jemput: SQL: '), err)
            self.assertNotIn('berhak', err)
        self.assertEqual(self.one('own.db', 'SELECT (SELECT count(*) FROM t) + (SELECT count(*) FROM u)'), 0)

    def test_a_store_that_another_program_holds_is_busy_in_the_officer_s_words(self):
        self.init()
        db = sqlite3.connect(self.at / 'pusat.db', isolation_level=None)
        db.execute('BEGIN IMMEDIATE')
        err = self.indonesian(BUSY, '-s', 'pusat.db', 'sql', 'INSERT INTO keluarga(id) VALUES(jemput_id())')
        self.assertIn('Data sedang dipakai oleh proses lain', err)
        db.execute('ROLLBACK')
        db.close()

    def test_ctrl_c_ends_a_sync_with_words_that_say_the_data_is_safe(self):
        for lang, words in (('id', 'Data yang sudah tersimpan tetap aman. Mulai lagi kapan saja.'), ('en', 'What was saved is safe. Start it again')):
            store = self.init(f'{lang}.db', '--hub', 'hub.git') if lang == 'id' else 'id.db'
            self.out('-s', store, 'sql', 'INSERT INTO keluarga(id) VALUES(jemput_id())')
            db = sqlite3.connect(self.at / store, isolation_level=None)
            db.execute('BEGIN IMMEDIATE') # sync waits for it
            done = subprocess.Popen([PROGRAM, '--lang', lang, '-s', store, 'sync'], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.at)
            caught = f'/proc/{done.pid}/status'
            while not int(pathlib.Path(caught).read_text().split('SigCgt:')[1].split()[0], 16) & 1 << signal.SIGINT - 1:
                time.sleep(0.01)
            done.send_signal(signal.SIGINT)
            time.sleep(0.1)
            db.execute('ROLLBACK')
            db.close()
            err = done.communicate(timeout=60)[1].decode()
            self.assertEqual(done.returncode, CANCELLED, err)
            self.assertIn(words, err)
            self.assertEqual('cancelled;' in err, lang == 'en')
            self.assertEqual(self.one(store, 'SELECT count(*) FROM keluarga'), 1 + (lang == 'en'))

    def test_init_overwrites_nothing(self):
        (self.at / 'here.db').write_text('precious')
        self.err(EXISTS, '-s', 'here.db', 'init')
        self.assertEqual((self.at / 'here.db').read_text(), 'precious')

    def test_init_with_a_schema_of_one_s_own(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL, x TEXT) WITHOUT ROWID; SELECT jemput_replicate('t');")
        self.init('own.db', '--schema', 'own.sql')
        self.out('-s', 'own.db', 'sql', "INSERT INTO t VALUES(jemput_id(), 'a')")
        self.assertEqual(self.one('own.db', 'SELECT x FROM t'), 'a')
        self.assertIn('v_rekap_bulanan', self.err(1, '-s', 'own.db', 'recap'))
        (self.at / 'bad.sql').write_text('CREATE TABBLE t(x);')
        for lang, word in (('en', 'its SQL failed'), ('id', 'SQL gagal')):
            err = self.err(1, '-s', 'bad.db', 'init', '--schema', 'bad.sql', lang=lang)
            self.assertIn(f'bad.sql: ', err)
            self.assertIn(word, err)
            self.assertIn('near "TABBLE"', err)
            self.assertNotRegex(err, 'reinstall|memasang ulang')
        self.assertFalse((self.at / 'bad.db').exists())

    def test_the_store_may_be_named_in_the_environment(self):
        self.init()
        self.assertEqual(self.json('status', JEMPUT_STORE='pusat.db')['device_number'], 1)

    def test_an_sql_mistake_is_exit_code_1_and_an_open_transaction_is_rolled_back(self):
        self.init()
        self.assertIn('syntax error', self.err(1, '-s', 'pusat.db', 'sql', 'SELEC 1'))
        self.err(1, '-s', 'pusat.db', 'sql', "BEGIN; INSERT INTO keluarga(id) VALUES(jemput_id())")
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) AS n FROM keluarga'), 0)

    def test_colours_and_progress_are_for_terminals_and_no_color_is_respected(self):
        self.init()
        self.assertNotIn('\x1b', self.out('-s', 'pusat.db', 'status', TERM='xterm'))
        for more, coloured in (({}, True), ({'NO_COLOR': '1'}, False), ({'TERM': 'dumb'}, False)):
            master, slave = pty.openpty()
            env = {**{k: v for k, v in os.environ.items() if k != 'NO_COLOR'}, 'TERM': 'xterm', 'LANG': 'en', **more}
            done = subprocess.run([PROGRAM, '-s', 'pusat.db', 'status'], stdout=slave, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, cwd=self.at,
                                  env=env, timeout=60)
            os.close(slave)
            self.assertEqual((done.returncode, done.stderr), (0, b''))
            self.assertEqual(b'\x1b[' in os.read(master, 65536), coloured, more)
            os.close(master)

    def test_progress_is_shown_on_a_terminal_and_wiped_and_never_in_a_pipe(self):
        store = self.init()
        self.assertEqual(self.run_cli('-s', store, 'import', SCHEMA / 'contoh' / 'desember-2022.csv')[2], '')
        for args in (['verify'], ['import', SCHEMA / 'contoh' / 'opensid-penduduk.csv']):
            master, slave = pty.openpty()
            done = subprocess.run([PROGRAM, '-s', store, *map(str, args)], stdout=subprocess.PIPE, stderr=slave, stdin=subprocess.DEVNULL,
                                  cwd=self.at, timeout=60)
            os.close(slave)
            self.assertEqual(done.returncode, 0)
            shown = os.read(master, 65536)
            os.close(master)
            self.assertRegex(shown, rb'^\r\x1b\[K\w+ +(\[[#.]{30}\] +\d+%|\.\.\.)')
            self.assertTrue(shown.endswith(b'\r\x1b[K'))
            self.assertNotIn(b'\x1b', done.stdout)

    def test_sql_of_a_device_that_is_no_administrator_changes_rows_and_neither_schema_nor_files(self):
        office = self.init()
        self.out('-s', office, 'invite', '--role', 'petugas', '--out', 'u.txt')
        self.out('-s', 't.db', 'join', 'u.txt')
        for statement in ('CREATE TABLE mine(x)', 'CREATE TEMP VIEW v AS SELECT 1', 'DROP TABLE catatan', "ATTACH 'other.db' AS o", 'PRAGMA foreign_keys=OFF',
                          "SELECT jemput_migrate('CREATE TABLE u(id BLOB PRIMARY KEY NOT NULL)')", 'ALTER TABLE catatan ADD COLUMN x', 'ANALYZE',
                          "SELECT load_extension('x')", 'PRAGMA writable_schema=ON', "VACUUM INTO 'copy.db'"):
            self.err(1, '-s', 't.db', 'sql', statement)
        self.assertFalse((self.at / 'other.db').exists() or (self.at / 'copy.db').exists())
        self.out('-s', 't.db', 'sql', 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT * FROM n, jemput_conflict, orang')
        self.out('-s', 't.db', 'sql', 'PRAGMA foreign_keys; BEGIN; SAVEPOINT s; DELETE FROM catatan; ROLLBACK')
        self.out('-s', office, 'sql', 'CREATE TABLE mine(x); PRAGMA foreign_keys=OFF')

    def test_sql_never_reads_the_keys_of_the_device(self):
        office = self.init()
        for table in ('jemput_fact', 'main.jemput_epoch', '"Jemput_Fact"'):
            self.assertIn('prohibited', self.err(1, '-s', office, 'sql', f'SELECT * FROM {table}'))
        self.assertIn('prohibited', self.err(1, '-s', office, 'sql', 'CREATE TEMP VIEW v AS SELECT value FROM jemput_fact; SELECT * FROM v'))

    def test_sql_reads_statements_from_standard_input_and_stops_at_a_mistake(self):
        self.init()
        sql = "INSERT INTO keluarga(id, alamat)\n VALUES(jemput_id(), 'a;b');\nSELECT alamat FROM keluarga;\n"
        self.assertIn('a;b', self.out('-s', 'pusat.db', 'sql', stdin=sql))
        self.assertIn('a;b', self.out('-s', 'pusat.db', 'sql', '-', stdin='SELECT alamat FROM keluarga'))
        for stdin in ('SELEC 1;\nDELETE FROM keluarga;\n', 'DELETE FROM keluarga\0 WHERE 0;\n', 'SELECT 1;\nDELETE FROM keluarga;\0\n'):
            self.err(1, '-s', 'pusat.db', 'sql', stdin=stdin)
            self.assertEqual(self.one('pusat.db', 'SELECT count(*) AS n FROM keluarga'), 1)
        self.assertEqual(self.out('-s', 'pusat.db', 'sql', '--csv', stdin="SELECT 1 AS a, '007' AS b"), 'a,b\n1,007\n')

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
        with subprocess.Popen([PROGRAM, '-s', 'pusat.db', 'sql', '-'], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=self.at) as typing:
            typing.stdin.write(b"INSERT INTO keluarga(id, alamat)\n VALUES(jemput_id(), 'satu');\nSELECT 'sudah' AS x;\n")
            typing.stdin.flush()
            self.answer(typing, [b'x\n', b'sudah\n'])
            self.assertEqual(self.rows('pusat.db', 'SELECT alamat FROM keluarga'), [['satu']])
            typing.stdin.write(b"BEGIN; INSERT INTO keluarga(id, alamat) VALUES(jemput_id(), 'dua'); SELECT 'belum' AS x;\n")
            typing.stdin.flush()
            self.answer(typing, [b'x\n', b'belum\n'])
            typing.kill()
        self.assertEqual(self.rows('pusat.db', 'SELECT alamat FROM keluarga'), [['satu']])
        self.assertEqual(self.json('-s', 'pusat.db', 'status')['own']['on_device'], 1)

    def test_json_is_valid_for_every_kind_of_value_and_text_cannot_steer_the_terminal(self):
        self.init()
        query = "SELECT NULL AS a, 9223372036854775807 AS b, -1.5 AS c, x'00ff' AS d, 'q\"\\' || char(27, 10, 0x202e) || 'é' AS e, 9e999 AS f"
        row = json.loads(self.out('-s', 'pusat.db', 'sql', query, '--json'))[0]
        self.assertEqual(row, {'a': None, 'b': 2**63 - 1, 'c': -1.5, 'd': {'blob': '00ff'}, 'e': 'q"\\\x1b\n\u202eé', 'f': float('inf')})
        out = self.out('-s', 'pusat.db', 'sql', query)
        self.assertIn('\\x1b\\n\\u202eé', out)
        self.assertNotIn('\x1b', out)
        self.assertEqual(json.loads(self.out('-s', 'pusat.db', 'sql', "SELECT CAST(x'41ff42' AS TEXT) AS x", '--json')), [{'x': 'A\ufffdB'}])
        self.assertEqual(self.out('-s', 'pusat.db', 'sql', 'SELECT 1 AS x WHERE 0', '--json'), '[]\n')


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
            self.assertRegex(out, rf'{service} +{count} +{share:.2f}\n')

    def test_every_application_gets_a_receipt_code_of_its_own_and_numbers_stay_text(self):
        self.december()
        self.assertEqual(self.one(self.store, 'SELECT count(DISTINCT kode_tanda_terima) AS n FROM permohonan'), 24)
        self.assertEqual(self.rows(self.store, "SELECT DISTINCT typeof(nik) FROM orang WHERE nik IS NOT NULL"), [['text']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Burhanudin Saleha'"),
                         [['1674991909720001', '1674 9919 0972 0001']])
        self.assertEqual(self.rows(self.store, "SELECT nik, nik_tertulis FROM orang WHERE nama='Erlina Kusmiranti'"), [[None, '16749952079?0003']])
        same = 'SELECT count(*) AS n FROM permohonan p JOIN keluarga k ON k.id=p.keluarga_id WHERE p.kode_kel=k.kode_kel'
        self.assertEqual(self.one(self.store, same), 24)

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
        self.out('-s', self.store, 'sql',
                 "UPDATE orang SET nama='Yopi H.' WHERE nama='Yopi Hendrasyah'; UPDATE keluarga SET no_kk=NULL; "
                 "UPDATE permohonan SET status='LENGKAP'")
        before, pending = self.dump(), self.json('-s', self.store, 'status')
        report = self.december()
        self.assertEqual(set(report['inserted'].values()), {0})
        self.assertEqual(self.dump(), before)
        self.assertEqual(self.json('-s', self.store, 'status'), pending)

    def test_opensid_s_43_columns_come_in_with_nothing_guessed(self):
        report = self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')
        self.assertEqual((report['layout'], report['accepted']), ('opensid', 8))
        self.assertEqual(self.counts(self.store), [4, 8, 0, 0])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in report['unknown_codes']],
                         [('pekerjaan_id', 'PENGRAJIN SONGKET', 6, 1)])
        person = lambda what, name: self.rows(self.store, f"SELECT {what} FROM orang WHERE nama='{name}'")[0]
        self.assertEqual(person('nik, pekerjaan', 'HARTAWAN SYAMSURI'), ['1674990310900001', 'PENGRAJIN SONGKET'])
        self.assertEqual(person('tanggal_lahir, tanggal_lahir_tertulis', 'MELINDA HARTAWAN'), [None, '31/02/1991'])
        self.assertEqual(person('nik, nik_tertulis', 'NABILA WIRATMO'), [None, None])
        self.assertEqual(person('status_kawin, tanggal_lahir', 'RETNO WULANSARI'), ['K', '1987-01-19'])
        self.assertIn(('INVISIBLE', 6, 'nik'), [(n['code'], n['line'], n['column']) for n in report['notes']])
        self.assertEqual(set(self.take(SCHEMA / 'contoh' / 'opensid-penduduk.csv')['inserted'].values()), {0})

    def test_bad_rows_are_named_by_line_and_column_and_the_good_ones_go_in(self):
        rows = [self.permohonan(nama='Orang Satu'), self.permohonan(), self.permohonan(nama='Orang "Dua"\ndi dua baris'),
                self.permohonan(nama='Orang Tiga')[:-1],
                self.permohonan(nama='Orang Empat', tanggal=''), self.permohonan(nama='X' * 9000), self.permohonan(nama='Orang Lima')]
        self.write_csv('bad.csv', PERMOHONAN, rows)
        with open(self.at / 'bad.csv', 'ab') as file:
            file.write(b'\r\n2023-01-05,KK,,,,,,,,,Jos\xe9,,,,,,,,,,,\r\n2023-01-05,KK,,,,,,,,,"Tak tertutup,,\r\n')
        report = self.take('bad.csv', code=1)
        self.assertEqual((report['rows'], report['accepted'], report['refused']), (9, 3, 6))
        self.assertEqual([(p['code'], p['line'], p['column']) for p in report['problems']],
                         [('REQUIRED', 3, 'nama'), ('CELL_COUNT', 6, ''), ('REQUIRED', 7, 'tanggal'),
                         ('TOO_LONG', 8, 'nama'), ('NOT_UTF8', 11, 'nama'), ('QUOTE_OPEN', 12, '')])
        for problem in report['problems']:
            self.assertTrue(problem['reason'] and problem['advice'])
        self.assertEqual(self.counts(self.store)[2], 3)

    def test_reports_and_errors_repeat_no_personal_data(self):
        rows = [self.permohonan(nama='Rahasia Namanya', nik='167499RAHASIA', no_kk='x', tanggal=''),
                self.permohonan(nama='', nik='1674990101900001', tanggal_lahir='31/02/1990')]
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
        self.write_csv('two.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007'),
                                               self.permohonan(nama='Dua', no_kk='1674991103140007', alamat='Jl. Lain')])
        self.assertEqual([(n['line'], n['column'], n['other_line']) for n in self.take('two.csv')['notes'] if n['code'] == 'DIFFERS'],
                         [(3, 'alamat', 2)])

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
        self.assertEqual((report['accepted'], report['ignored_columns']), (1, ['warna']))
        self.assertEqual(self.rows(self.store, 'SELECT tanggal, layanan FROM permohonan'), [['2023-01-05', 'KK']])

    def test_files_as_people_have_them_are_read(self):
        head, row = 'tanggal,layanan,nama,catatan', '2023-01-05,KK,{},{}'
        files = {'crlf': f'\ufeff{head}\r\n{row}\r\n', 'cr': f'{head}\r{row}\r', 'no-end': f'{head}\n{row}',
                 'blank-lines': f'\n\n{head}\n\n\n{row}\n\n,,,\n', 'tab': f'{head}\n{row}\n'.replace(',', '\t'),
                 'mark-before-a-quote': '\ufeff"' + head.replace(',', '","') + f'"\r\n{row}\r\n',
                 'semicolon': f'{head}\n{row}\n'.replace(',', ';'), 'spaces': f' {head} \n {row} \n'.replace(',', ' , ')}
        joined = 'FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id'
        for name, data in files.items():
            (self.at / name).write_bytes(data.replace('{}', name).encode())
            report = self.take(name)
            self.assertEqual((report['rows'], report['inserted']['permohonan'], report['notes'], report['unknown_codes']), (1, 1, [], []), name)
            self.assertEqual(self.rows(self.store, f"SELECT o.nama, c.isi, p.tanggal, p.layanan {joined} WHERE o.nama='{name}'"),
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
        self.assertEqual([(n['code'], n['line'], n['column']) for n in report['notes']],
                         [('INVISIBLE', 2 + i, c) for i in range(len(rows)) for c in ('nama', 'nik', 'catatan')])
        joined = 'FROM orang o JOIN permohonan p ON p.pemohon_id=o.id JOIN catatan c ON c.permohonan_id=p.id'
        self.assertEqual(self.rows(self.store, f'SELECT o.nama, o.nik, c.isi {joined} ORDER BY o.nama'),
                         [[f'Orang {i}', f'167499010190{i:04}', 'x y'] for i in range(len(rows))])

    def test_unknown_codes_are_kept_as_written_and_listed_in_every_column_that_has_a_list(self):
        columns = ('layanan', 'varian', 'kanal', 'jenis_kelamin', 'agama', 'shdk', 'status_kawin', 'pekerjaan', 'pendidikan')
        unknown = {c: f'Entah {c}' for c in columns}
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {i}', nik=f'167499010190{i:04}', **unknown) for i in (1, 2)])
        self.assertEqual([(u['column'], u['value'], u['line'], u['times']) for u in self.take('x.csv')['unknown_codes']],
                         [(c, f'Entah {c}', 2, 2) for c in columns])
        self.assertEqual(self.rows(self.store, f"SELECT DISTINCT {', '.join(columns)} FROM permohonan p JOIN orang o ON o.id=p.pemohon_id"),
                         [[f'Entah {c}' for c in columns]])

    def test_column_names_that_come_again_further_down_are_passed_over(self):
        (self.at / 'x.csv').write_text('tanggal,layanan,nama\n2023-01-05,KK,Satu\nTanggal,LAYANAN, nama\n2023-01-05,KK,Dua\n2023-01-05,KK,nama\n')
        report = self.take('x.csv')
        self.assertEqual((report['rows'], report['accepted'], [(n['code'], n['line']) for n in report['notes']]), (3, 3, [('HEAD_AGAIN', 3)]))
        self.assertEqual(self.rows(self.store, 'SELECT nama FROM orang ORDER BY nama'), [['Dua'], ['Satu'], ['nama']])

    def test_a_long_list_of_notes_is_cut_for_people_but_not_for_programs_and_never_that_of_refused_rows(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik='12') for i in range(150)] + [self.permohonan() for _ in range(150)]
        self.write_csv('x.csv', PERMOHONAN, rows)
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
        for head, missing in (('tanggal|layanan|nama', 'tanggal, layanan, nama'), ('tanggal,nama', 'missing: layanan'),
                              ('tanggal,layanan,nik,rt', 'missing: nama')):
            (self.at / 'd.csv').write_text(f'{head}\n2023-01-05,KK,X,Y\n')
            self.assertIn(missing, self.err(1, '-s', self.store, 'import', 'd.csv'))
        (self.at / 'e.csv').write_text('tanggal,layanan,nama,nik,NIK\n2023-01-05,KK,X,1,2\n')
        self.assertIn("'nik' twice", self.err(1, '-s', self.store, 'import', 'e.csv'))
        (self.at / 'c.csv').write_text('')
        self.err(1, '-s', self.store, 'import', 'c.csv')
        self.err(NOTFOUND, '-s', self.store, 'import', 'none.csv')
        self.assertEqual(self.counts(self.store), [0, 0, 0, 0])

    def test_a_large_file_goes_in_by_chunks(self):
        rows = [self.permohonan(nama=f'Orang {i}', nik=f'16749901{1 + i % 12:02}90{1 + i // 12:04}',
                                no_kk=f'16749901{1 + i % 12:02}14{1 + i // 36:04}') for i in range(1300)]
        self.write_csv('large.csv', PERMOHONAN, rows)
        self.assertEqual(self.take('large.csv')['inserted']['permohonan'], 1300)
        self.assertEqual(self.json('-s', self.store, 'status')['own']['on_device'], 3)

    def test_export_is_text_for_a_spreadsheet_and_comes_back_through_import(self):
        self.write_csv('x.csv', PERMOHONAN, [self.permohonan(nama='=1+1', nik='1674990101900001', catatan='-5, "lima"'),
                                             self.permohonan(nama="'Aisyah", nik='0')])
        self.take('x.csv')
        query = ('SELECT p.tanggal, p.layanan, o.nama, o.nik, k.rt, c.isi AS catatan FROM permohonan p JOIN orang o ON o.id=p.pemohon_id '
                 'JOIN keluarga k ON k.id=p.keluarga_id LEFT JOIN catatan c ON c.permohonan_id=p.id ORDER BY o.nik DESC')
        self.run_cli('-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        self.assertEqual(stat.S_IMODE((self.at / 'out.csv').stat().st_mode), 0o600)
        header, *rows = csv.reader(io.StringIO((self.at / 'out.csv').read_bytes().decode(), newline=''))
        self.assertEqual(rows, [['2023-01-05', 'KK', "'=1+1", "'1674990101900001", "'001", "'-5, \"lima\""],
                                ['2023-01-05', 'KK', "''Aisyah", '', "'001", '']])
        self.err(EXISTS, '-s', self.store, 'export', '--query', query, '--out', 'out.csv')
        other = self.init('other.db')
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
        self.out('-s', self.store, 'sql',
                 "UPDATE permohonan SET status='LENGKAP' WHERE kode_tanda_terima=(SELECT min(kode_tanda_terima) FROM permohonan)")
        key = self.one(self.store, "SELECT lower(hex(id)) AS k FROM permohonan WHERE status='LENGKAP'")
        edits = self.json('-s', self.store, 'history', 'permohonan', key)
        self.assertEqual([e['op'] for e in edits], ['I', 'U'])
        self.assertEqual((edits[0]['note'], edits[0]['device_number'], edits[0]['received']), ('impor desember-2022.csv', 1, False))
        self.assertEqual((edits[1]['values']['status'], edits[1]['before']['status']), ('LENGKAP', 'DRAF'))
        self.assertIn('status = LENGKAP', self.out('-s', self.store, 'history', 'permohonan', f"x'{key}'"))
        self.err(NOTFOUND, '-s', self.store, 'history', 'tidak_ada', key)
        self.err(2, '-s', self.store, 'history', 'permohonan', 'bukan-heksa')
        self.err(2, '-s', self.store, 'history', 'permohonan', key, key)
        self.assertIn("'v_permohonan' adalah view", self.indonesian(NOTFOUND, '-s', self.store, 'history', 'v_permohonan', key))


class Duplicates(Case):
    BORN = '1985-08-17'

    def people(self, *rows):
        """Rows of orang as dicts; their ids are 01…, 02…."""
        self.init()
        quoted = [{'id': f"x'{n:032x}'", **{k: "'%s'" % v.replace("'", "''") for k, v in row.items()}} for n, row in enumerate(rows, 1)]
        sql = ''.join(f'INSERT INTO orang({",".join(row)}) VALUES({",".join(row.values())});' for row in quoted)
        self.out('-s', 'pusat.db', 'sql', '-', stdin=sql)

    def found_pairs(self, *args):
        """(a, b): (score, codes)."""
        place = lambda party: int(party['id']['blob'], 16)
        found = self.json('-s', 'pusat.db', 'duplicates', *args)
        return {(place(d['a']), place(d['b'])): (d['score'], {r['code'] for r in d['reasons']}) for d in found}

    def expect(self, pairs):
        """Each pair of rows of orang apart from the others, by a birth date of its own: how sure it is, at least and at most, and what is said."""
        rows = []
        for n, (a, b, *_) in enumerate(pairs):
            date = f'1985-{1 + n % 12:02}-{1 + n // 12 * 2:02}'
            rows += [{'tanggal_lahir': date, **a}, {'tanggal_lahir': date, **b}]
        self.people(*rows)
        found = self.found_pairs('--min', '1')
        for n, (a, b, low, high, *codes) in enumerate(pairs):
            score, said = found.get((2 * n + 1, 2 * n + 2), (0, set()))
            self.assertTrue(low <= score <= high, f'{a} {b}: {score} {said}')
            self.assertLessEqual(set(codes), said, f'{a} {b}')

    def test_a_name_is_one_however_it_is_spelled_and_whatever_title_stands_by_it(self):
        same = lambda a, b, code: ({'nama': a}, {'nama': b}, 84, 95, code, 'LAHIR_SAMA')
        self.expect([
            same('SITI AMINAH', ' siti  aminah', 'NAMA_SAMA'), same("Ma'mun", 'MAMUN', 'NAMA_SAMA'), same('H. Umar', 'UMAR', 'NAMA_SAMA'),
            same('Dr. Hj. Siti Aminah, S.Pd., M.Pd', 'SITI AMINAH', 'NAMA_SAMA'), same('Syahril S.H', 'SYAHRIL', 'NAMA_SAMA'),
            same('AHMAD BIN ALI', 'Ahmad Ali', 'NAMA_SAMA'),
            same('André', 'ANDRE', 'NAMA_SAMA'), same('Alm. Kartono', 'KARTONO', 'NAMA_SAMA'),
            same('SOEKARNO', 'Sukarno', 'NAMA_EJAAN'), same('Djoko Tjahjono', 'JOKO CAHJONO', 'NAMA_EJAAN'),
            same('Sri Wahyuni', 'SRI WAHIUNI', 'NAMA_EJAAN'), same('Nurhalizah', 'Nur Halizzah', 'NAMA_EJAAN'),
            same('M. Syahril', 'Muhammad Syahril', 'NAMA_EJAAN'),
            same('Moh Arif', 'MOCHAMAD ARIF', 'NAMA_EJAAN'), same('Muchammad', 'Mohammad', 'NAMA_EJAAN'),
            same('Abd. Rahman', 'Abdul Rahman', 'NAMA_EJAAN'),
            same('St. Aisyah', 'Siti Aisyah', 'NAMA_EJAAN'), same('Sitti', 'SITI', 'NAMA_EJAAN'),
            same('Achmad', 'Ahmad', 'NAMA_BUNYI'), same('Akhmad', 'AHMAD', 'NAMA_BUNYI'), same('Syarif', 'Sarip', 'NAMA_BUNYI'),
            same('Fatimah', 'Patima', 'NAMA_BUNYI'),
            same('Zainal', 'Jainal', 'NAMA_BUNYI'), same('Novi', 'Nopi', 'NAMA_BUNYI'), same('Taufiq', 'Taufik', 'NAMA_BUNYI'),
            same('Dharma', 'Darma', 'NAMA_BUNYI')])

    def test_names_that_are_alike_weigh_less_and_others_nothing(self):
        self.expect([
            ({'nama': 'Burhanuddin'}, {'nama': 'Burhanudin Saleh'}, 50, 75, 'NAMA_MIRIP'), ({'nama': 'Kusmiranti'},
            {'nama': 'Kusmirianti'}, 60, 80, 'NAMA_MIRIP'),
            ({'nama': 'A. Rahman Hakim'}, {'nama': 'Abdul Rahman Hakim'}, 60, 85, 'NAMA_MIRIP'), ({'nama': 'Wijayanto'},
            {'nama': 'Wijaynato'}, 60, 80, 'NAMA_MIRIP'),
            ({'nama': 'Hasan'}, {'nama': 'Husin'}, 0, 30), ({'nama': 'Siti Aminah'}, {'nama': 'Siti Fatimah'}, 0, 30), ({'nama': 'Budi'},
            {'nama': 'Rudi'}, 0, 59),
            ({'nama': 'Siti Nur Aminah'}, {'nama': 'Siti Nur Fatimah'}, 0, 30),
            ({'nama': '-'}, {'nama': '?'}, 0, 0)])

    def test_numbers_that_are_one_or_were_written_wrong_are_found_whoever_wrote_them(self):
        nik = '1674991708850001'
        of = lambda number, name='Fulan Polan', **more: {'nama': name, 'nik': number, **more}
        other = {'tanggal_lahir': '1960-02-03'}
        self.expect([
            (of(nik), of(nik, 'Fulan P.'), 99, 100, 'NOMOR_SAMA', 'NAMA_MIRIP'),
            (of('1674991708850002'), of('1674991708850002', 'Siapa Saja'), 60, 90, 'NOMOR_SAMA', 'NAMA_LAIN'),
            (of('1674991708850103'), of('1674991708850193', **other), 65, 75, 'NOMOR_BEDA_SATU_ANGKA'),
            (of('1674991708850204'), of('1674991708852004', **other), 65, 75, 'NOMOR_TERTUKAR'),
            (of('1674991708850305'), {'nama': 'Fulan Polan', 'nik_tertulis': '16749917088?0305', **other}, 65, 75, 'NOMOR_BEDA_SATU_ANGKA'),
            ({'nama': 'Fulan Polan', 'nik_tertulis': '1674 9917 0885 0306'}, of('1674991708850306'), 99, 100, 'NOMOR_SAMA'),
            (of('1674991708850606'), of('1674991708850660'), 95, 100, 'NOMOR_TERTUKAR'),
            (of('1674991708850701'), of('1674991708850761'), 95, 100, 'NOMOR_BEDA_SATU_ANGKA'),
            (of('1674991708850801', 'Fulan P.'), of('1674991708850891', **other), 60, 75, 'NOMOR_BEDA_SATU_ANGKA', 'NAMA_MIRIP', 'LAHIR_LAIN'),
            (of('1674991708850902', 'Fulan P.'), of('1674991708859002', **other), 60, 75, 'NOMOR_TERTUKAR', 'NAMA_MIRIP', 'LAHIR_LAIN'),
            ({'nama': 'Fulan P.', 'nik_tertulis': '01674051003000?1', **other}, {'nama': 'Fulan Polan', 'nik_tertulis': '01674051003000?1'}, 0, 30),
            (of('1674991708850407', 'Hasan'), of('1674991708850408', 'Husin'), 0, 30),                        # twins: numbers that follow each other
            (of('1674991708850509'), of('1674990101600001'), 65, 80, 'NAMA_SAMA', 'LAHIR_SAMA', 'NOMOR_LAIN'),  # two numbers speak against it
            (of('1111111111111111', 'Satu', **other), of('1111111111111111', 'Dua'), 0, 0),
            (of('0167405100300001', 'Tiga', **other), of('0167405100300001', 'Empat'), 0, 0)])

    def test_a_birth_date_may_be_turned_round_mistyped_or_missing(self):
        name = lambda n, born, **more: {'nama': f'Fulan {n}', 'tanggal_lahir': born, **more}
        self.people(name('Aditya', '1990-02-01'), name('Aditya', '1990-01-02'), name('Baskara', '1990-03-04'), name('Baskara', '1990-03-14'),
                    name('Cakra', '1991-03-04', nama_ibu='Aminah', tempat_lahir='Prabumulih'),
                    {'nama': 'Fulan Tjakra', 'nama_ibu': 'Aminnah', 'tempat_lahir': 'PRABUMULIH'},
                    name('Daru', '1992-05-06', nama_ibu='Aminah'), {'nama': 'Fulan Daru', 'nama_ibu': 'Zubaidah'},
                    name('Erlangga', '1993-07-08', jenis_kelamin='1'), name('Erlangga', '1993-07-08', jenis_kelamin='2'),
                    name('Fajar', '1994-01-01'), name('Fajar', '1971-12-30'),
                    {'nama': 'Gema', 'tanggal_lahir_tertulis': '31/02/1991'}, {'nama': 'Gema', 'tanggal_lahir_tertulis': '31/02/1991'})
        found = self.found_pairs('--min', '21')  # one name alone says 20
        self.assertEqual({p: c & {'LAHIR_TERTUKAR', 'LAHIR_BEDA_SATU_ANGKA', 'LAHIR_TIDAK_TAHU', 'LAHIR_SAMA'} for p, (_, c) in found.items()},
                         {(1, 2): {'LAHIR_TERTUKAR'}, (3, 4): {'LAHIR_BEDA_SATU_ANGKA'}, (5, 6): {'LAHIR_TIDAK_TAHU'}, (7, 8): {'LAHIR_TIDAK_TAHU'},
                          (9, 10): {'LAHIR_SAMA'}, (13, 14): {'LAHIR_SAMA'}})
        self.assertGreaterEqual(found[1, 2][0], 70)
        self.assertGreaterEqual(found[5, 6][0], 55)  # same mother, same place
        self.assertLess(found[7, 8][0], 40)          # another mother
        self.assertLess(found[9, 10][0], 65)         # another sex
        self.assertEqual(set(self.found_pairs()), {p for p, (score, _) in found.items() if score >= 60})

    def test_one_is_found_among_many_of_one_name_or_of_one_birth_date(self):
        many = [{'nama': 'Siti', 'tanggal_lahir': f'19{40 + n // 12}-{1 + n % 12:02}-{13 + n % 7}'} for n in range(300)]
        first = len(many) + 1
        many += [{'nama': 'Siti', 'tanggal_lahir': '1931-04-05'}, {'nama': 'Siti', 'tanggal_lahir': '1931-05-04'},   # swapped
                 {'nama': 'Siti', 'tanggal_lahir': '1932-01-11'}, {'nama': 'Siti', 'tanggal_lahir': '1938-01-11'}]   # one digit
        letters = 'BCDFGHJKLM'
        many += [{'nama': f'{letters[n // 100]}a{letters[n // 10 % 10]}u{letters[n % 10]}odo', 'tanggal_lahir': '1950-12-31'} for n in range(300)]
        last = len(many) + 1
        many += [{'nama': 'Soerjani Poerwanto', 'tanggal_lahir': '1950-12-31'}, {'nama': 'Suryani Purwanto B.', 'tanggal_lahir': '1950-12-31'}]
        self.people(*many)
        found = self.found_pairs('--min', '55')
        self.assertIn('LAHIR_TERTUKAR', found[first, first + 1][1])
        self.assertIn('LAHIR_BEDA_SATU_ANGKA', found[first + 2, first + 3][1])
        self.assertIn('LAHIR_SAMA', found[last, last + 1][1])

    def test_households_with_one_number_or_one_head_at_one_address_are_suspected(self):
        self.init()
        rows = [('1674991103140007', 'Sarwoto', 'Jl. Anggrek No. 7', '002'), ('1674991103140007', 'Sarwoto Hadinata', 'JALAN ANGGREK 07', '002'),
                (None, 'Soekardi', 'Gg. Melati 3', '003'), (None, 'SUKARDI', 'Gang Melati No.3', '003'),
                (None, 'Lain Sama Sekali', 'Jl. Mawar 9', '004'),
                ('1674991103140008', 'Sukardi', 'Jl. Jauh 1', '009')]
        for n, (kk, head, address, rt) in enumerate(rows, 1):
            self.out('-s', 'pusat.db', 'sql', "INSERT INTO keluarga(id, no_kk, nama_kepala, alamat, rt) "
                     f"VALUES(x'{n:032x}', {repr(kk) if kk else 'NULL'}, '{head}', '{address}', '{rt}')")
        found = self.found_pairs('--table', 'keluarga')
        self.assertEqual(set(found), {(1, 2), (3, 4)})
        self.assertLessEqual({'NOMOR_SAMA', 'ALAMAT_SAMA', 'RT_RW_SAMA'}, found[1, 2][1])
        self.assertLessEqual({'NAMA_EJAAN', 'ALAMAT_SAMA'}, found[3, 4][1])
        self.assertEqual(self.found_pairs('--table', 'orang'), {})

    def test_pairs_that_were_decided_are_left_out_held_rows_are_not_and_people_read_why(self):
        self.people({'nama': 'Siti', 'tanggal_lahir': self.BORN}, {'nama': 'SITTI', 'tanggal_lahir': self.BORN})
        out = self.out('-s', 'pusat.db', 'duplicates', lang='id')
        self.assertRegex(out, r'^ 88  orang\n     0{31}1  Siti, 1985-08-17\n     0{31}2  SITTI, 1985-08-17\n'
                              r'     nama sama menurut ejaan; tanggal lahir sama\nDugaan: 1; tidak ada yang diubah\. ')
        self.out('-s', 'pusat.db', 'sql', f"INSERT INTO putusan_ganda(orang_a, orang_b, putusan) VALUES(x'{2:032x}', x'{1:032x}', 'BEDA')")
        self.assertEqual(self.out('-s', 'pusat.db', 'duplicates', lang='id'), 'Tidak ada yang diduga ganda.\n')
        self.assertEqual(set(self.found_pairs('--all')), {(1, 2)})
        for args in (['--min', '0'], ['--min', 'x'], ['--table', 'permohonan'], ['more']):
            self.err(2, '-s', 'pusat.db', 'duplicates', *args)
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL); SELECT jemput_replicate('t');")
        self.out('-s', 'lain.db', 'init', '--schema', 'own.sql')
        self.assertIn('adminduk', self.indonesian(1, '-s', 'lain.db', 'duplicates'))

    def test_a_held_row_is_looked_at_as_well(self):
        (self.at / 'own.sql').write_text("CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT, no_kk_tertulis TEXT, nama_kepala TEXT, "
                                         "alamat TEXT, rt TEXT, rw TEXT, kode_kel TEXT, urut TEXT UNIQUE); SELECT jemput_replicate('keluarga');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql',
                     f"INSERT INTO keluarga VALUES('{name}', '1674991103140007', NULL, 'Sarwoto', 'Jl. A', '001', '', '', 'sama')")
        for name in ('pusat', 't1', 't2', 'pusat'):
            self.out('-s', f'{name}.db', 'sync')
        found, = self.json('-s', 'pusat.db', 'duplicates', '--table', 'keluarga')
        self.assertEqual(sorted((found['a']['held'], found['b']['held'])), [False, True])
        self.assertIn('[tertahan]\n', self.out('-s', 'pusat.db', 'duplicates', '--table', 'keluarga', lang='id'))


class Team(Case):
    """One office and three tablets with a hub between them."""

    def found(self):
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

    def test_from_founding_to_the_recap_of_december(self):
        self.found()
        for n in (1, 2, 3):
            report = self.json('-s', f't{n}.db', 'import', SCHEMA / 'contoh' / 'desember-2022.csv', '--only-petugas', n)
            self.assertEqual(report['accepted'], 8)
            self.assertEqual(self.json('-s', f't{n}.db', 'status')['own'], {'on_device': 1, 'waiting': 0, 'received': 0})
        self.sync('t1', 't2', 't3')
        self.assertEqual(self.json('-s', 't1.db', 'status')['own'], {'on_device': 0, 'waiting': 1, 'received': 0})
        self.sync('pusat', 'pusat', 't1', 't2', 't3')
        for n in (1, 2, 3):
            status = self.json('-s', f't{n}.db', 'status')
            self.assertEqual(status['own'], {'on_device': 0, 'waiting': 0, 'received': 1})
            self.assertEqual((status['admitted'], status['roles'], status['scope']), (True, 'petugas', '16.74.05.1003'))
            self.assertIsNotNone(status['last_sync'])
        for name in ('pusat', 't1', 't2', 't3'):
            month, = self.json('-s', f'{name}.db', 'recap', '--month', '2022-12')
            self.assertEqual({s['service']: (s['count'], s['share']) for s in month['services']}, DECEMBER, name)
            self.assertEqual(self.counts(f'{name}.db'), [17, 23, 24, 22], name)
            self.assertTrue(self.json('-s', f'{name}.db', 'verify')['ok'], name)
        self.assertEqual(len({self.json('-s', f'{name}.db', 'status')['state_hash'] for name in ('pusat', 't1', 't2', 't3')}), 1)
        self.assertEqual(len({c for c, in self.rows('pusat.db', 'SELECT kode_tanda_terima FROM permohonan')}), 24)
        self.assertIn('diterima pusat', self.out('-s', 't1.db', 'status', lang='id'))
        segments = self.json('-s', 'pusat.db', 'log')
        self.assertTrue(all({'number', 'transactions'} < set(s) and 'segment' not in s for s in segments))
        self.assertEqual(len({s['writer'] for s in segments}), 4)
        writer = segments[0]['writer']
        self.assertEqual({s['writer'] for s in self.json('-s', 'pusat.db', 'log', '--writer', writer[:8])}, {writer})
        self.assertIn(writer[:8], self.out('-s', 'pusat.db', 'log'))

    def test_two_edits_of_one_cell_at_once_are_a_conflict_that_shows_both_values_and_writers(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.db', 'conflicts')
        self.assertEqual((conflict['table'], conflict['columns']), ('keluarga', ['prioritas']))
        self.assertEqual({s['values']['prioritas'] for s in conflict['sides']}, {'lansia', 'disabilitas'})
        self.assertEqual(len({s['device_number'] for s in conflict['sides']}), 2)
        self.assertEqual(sum(s['shown'] for s in conflict['sides']), 1)
        out = self.out('-s', 'pusat.db', 'conflicts')
        self.assertTrue('lansia' in out and 'disabilitas' in out)
        self.assertNotIn('Jl. Uji', out)

    def test_diff_tells_what_the_next_sync_would_change_and_leaves_everything_as_it_is(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.assertEqual(self.out('-s', 't2.db', 'diff', lang='id'), 'Sinkronisasi berikutnya tidak akan mengubah apa pun di sini.\n')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='lansia', keterangan='0812'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        self.sync('t1', 'pusat')
        before = self.json('-s', 't2.db', 'status')
        out = self.out('-s', 't2.db', 'diff', lang='id')
        self.assertIn('    keterangan: (kosong) → 0812\n', out)
        self.assertRegex(out, r'(?m)^berubah: keluarga [0-9a-f]{32}$')
        self.assertRegex(out, r'(?m)^bentrok: keluarga [0-9a-f]{32}: prioritas$')
        self.assertIn('Akan berubah, belum ada yang diubah: 0 baris baru, 1 berubah, 0 hilang; bentrok 1 baru, 0 selesai;', out)
        found = self.json('-s', 't2.db', 'diff')
        row, conflict = found['changes']
        self.assertEqual((row['kind'], row['table'], row['columns']['keterangan']), ('update', 'keluarga', {'before': None, 'after': '0812'}))
        self.assertEqual((conflict['kind'], conflict['columns']), ('conflict', ['prioritas']))
        self.assertEqual((found['status'], found['rows_merged'], found['segments_fetched'] > 0), ('JEMPUT_OK', 1, True))
        self.assertEqual(self.json('-s', 't2.db', 'status'), before)
        self.sync('t2')
        self.assertEqual(self.one('t2.db', 'SELECT keterangan FROM keluarga'), '0812')
        self.assertEqual(len(self.json('-s', 't2.db', 'conflicts')), 1)
        self.assertEqual(self.json('-s', 't2.db', 'diff')['changes'], [])

    def test_diff_needs_a_hub_that_is_there(self):
        self.out('-s', 'lepas.db', 'init')
        self.assertIn('diff --hub PATH', self.err(2, '-s', 'lepas.db', 'diff'))
        self.assertIn('no.git', self.err(NOTFOUND, '-s', 'lepas.db', 'diff', '--hub', 'no.git'))

    def test_of_columns_that_merge_together_a_conflict_shows_people_those_that_differ_and_programs_all(self):
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET rt='004'")
        self.out('-s', 't2.db', 'sql', 'UPDATE keluarga SET rt=NULL')
        self.sync('t1', 't2', 'pusat')
        conflict, = self.json('-s', 'pusat.db', 'conflicts')
        self.assertEqual({(s['values']['alamat'], s['values']['rt']) for s in conflict['sides']}, {('Jl. Uji No. 1', '004'), ('Jl. Uji No. 1', None)})
        out = self.out('-s', 'pusat.db', 'conflicts')
        self.assertRegex(out, r'rt = 004\n +tablet 0[23] \([0-9a-f]{8}\), ')
        self.assertRegex(out, r'rt = \(empty\)\n +tablet 0[23] \([0-9a-f]{8}\), ')
        self.assertNotIn('Jl. Uji', out)
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])

    def household(self):
        """One household, on all devices; its key."""
        self.found()
        self.write_csv('satu.csv', PERMOHONAN, [self.permohonan(nama='Satu', no_kk='1674991103140007', petugas='1')])
        self.out('-s', 't1.db', 'import', 'satu.csv')
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        return self.one('t1.db', 'SELECT lower(hex(id)) FROM keluarga')

    def test_a_delete_against_an_edit_tells_who_deleted_and_closes_by_an_update_at_central(self):
        for deleter, editor in (('t1', 't2'), ('t2', 't1')):
            with self.subTest(deleter):
                self.setUp()
                self.found()
                self.out('-s', 't1.db', 'sql', "INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'satu')")
                self.sync('t1', 't2', 'pusat', 't2')  # who is let in reads
                self.out('-s', f'{deleter}.db', 'sql', 'DELETE FROM catatan')
                self.out('-s', f'{editor}.db', 'sql', "UPDATE catatan SET isi='dua'")
                self.sync('t1', 't2', 'pusat')
                conflict, = self.json('-s', 'pusat.db', 'conflicts')
                number = {name: self.json('-s', f'{name}.db', 'status')['device_number'] for name in ('t1', 't2')}
                self.assertEqual({s['op']: (s['device_number'], s['shown']) for s in conflict['sides']},
                                 {'D': (number[deleter], False), 'U': (number[editor], True)})
                out = self.out('-s', 'pusat.db', 'conflicts', lang='id')
                self.assertRegex(out, rf'tersimpan  dihapus oleh tablet 0{number[deleter]} ')
                self.assertRegex(out, rf'tampil     diubah oleh tablet 0{number[editor]} ')
                self.assertRegex(self.out('-s', 'pusat.db', 'conflicts'),
                                 rf'deleted by tablet 0{number[deleter]} (?s:.*)changed by tablet 0{number[editor]} ')
                self.out('-s', 'pusat.db', 'sql', "UPDATE catatan SET isi='tiga'")
                self.sync('pusat', 't1')
                for name in ('pusat', 't1'):
                    self.assertEqual(self.json('-s', f'{name}.db', 'conflicts'), [], name)

    def test_a_held_row_is_named_by_its_key_and_comes_in_when_the_other_row_is_mended(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT, b INTEGER, x TEXT UNIQUE, PRIMARY KEY(b, a)); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 7, 'sama')")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        self.assertEqual(row['key'], [7, row['values']['a']])
        other = ({'t1', 't2'} - {row['values']['a']}).pop()
        self.assertEqual(row['against'], {'table': 't', 'key': f'[7,"{other}"]'})
        out = self.out('-s', 'pusat.db', 'held', lang='id')
        self.assertIn(f"t 7 {row['values']['a']}:\n    sudah ada baris lain dengan isian yang sama\n    aturan: UNIQUE t.x\n"
                      f'    yang menghalangi: t [7,"{other}"]\n    ditulis terakhir oleh: tablet 0', out)
        self.assertIn('Tertahan: 1 baris, semuanya tersimpan utuh.', out)
        edit, = self.json('-s', 'pusat.db', 'history', 't', *row['key'])
        self.assertEqual(edit['device_number'], self.json('-s', f"{row['values']['a']}.db", 'status')['device_number'])
        self.out('-s', 'pusat.db', 'sql', "UPDATE t SET x='lain'")
        self.sync('pusat')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM t'), 2)

    def test_a_conflict_is_decided_with_a_reason_that_names_what_gives_way_and_the_decision_is_undone(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140008'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140009'")
        self.sync('t1', 't2', 'pusat')
        row = ('-s', 'pusat.db', 'resolve', 'keluarga', key)
        shown = self.one('pusat.db', 'SELECT no_kk FROM keluarga')
        hidden = ({'1674991103140008', '1674991103140009'} - {shown}).pop()
        for bad in (('--set', f'no_kk={shown}'), ('--set', f'no_kk={shown}', '--keep', '--reason', 'x'), ('--reason', 'x')):
            self.err(2, *row, *bad)
        err = self.err(DENIED, *row, '--set', f'no_kk={shown}', '--reason', 'sesuai kartu')
        self.assertEqual(err.splitlines()[1:], [f"  --hide 'no_kk={hidden}'"])
        self.assertIn('tidak ada dalam bentrok', self.indonesian(NOTFOUND, *row, '--set', f'no_kk={shown}', '--hide', 'no_kk=1', '--reason', 'x'))
        self.assertIn('kolom kunci', self.indonesian(2, *row, '--set', f'id={key}', '--reason', 'x'))
        self.assertEqual(len(self.json('-s', 'pusat.db', 'conflicts')), 1)
        self.out('-s', 'pusat.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140010'")
        self.out('-s', 'pusat.db', 'sync')
        self.assertEqual(len(self.json('-s', 'pusat.db', 'conflicts')), 1, 'an ordinary update does not close it')
        self.err(NOTFOUND, *row, '--set', 'nomor=1', '--reason', 'x')
        self.out(*row, '--set', f'no_kk={hidden}', '--hide', f'no_kk={hidden}', '--reason', 'sesuai kartu')
        self.sync('pusat', 't1', 't2')
        for name in ('pusat', 't1', 't2'):
            self.assertEqual(self.json('-s', f'{name}.db', 'conflicts'), [], name)
            self.assertEqual(self.one(f'{name}.db', 'SELECT no_kk FROM keluarga'), hidden, name)
        last = self.json('-s', 't1.db', 'history', 'keluarga', key)[-1]
        self.assertEqual((last['op'], last['note'], last['before']['no_kk']), ('K', 'sesuai kartu', '1674991103140010'))
        self.assertIn('    no_kk = 1674991103140010\n', self.out(*row, '--undo', '--reason', 'keliru'))
        self.assertEqual(self.one('pusat.db', 'SELECT no_kk FROM keluarga'), '1674991103140010')
        self.out('-s', 'pusat.db', 'resolve', 'keluarga', f'{key[:6]}...', '--undo', '--reason', 'tidak keliru')
        self.assertEqual(self.one('pusat.db', 'SELECT no_kk FROM keluarga'), hidden)
        self.out(*row, '--keep', '--reason', 'sudah dilihat')
        self.assertIn('tidak mengubah nilai', self.indonesian(1, *row, '--undo', '--reason', 'keliru'))
        self.assertIn('    the row stays as it is shown\n', self.out('-s', 'pusat.db', 'history', 'keluarga', key))

    def test_a_row_that_was_deleted_with_a_conflict_open_is_not_said_to_have_equal_values(self):
        key = self.household()
        for n, number in ((1, '1674991103140008'), (2, '1674991103140009')):
            self.out('-s', f't{n}.db', 'sql', f"UPDATE keluarga SET no_kk='{number}'")
        self.sync('t1', 't2', 'pusat')
        self.out('-s', 'pusat.db', 'sql', 'PRAGMA foreign_keys=OFF; UPDATE orang SET keluarga_id=NULL; UPDATE permohonan SET keluarga_id=NULL; DELETE FROM keluarga')
        self.out('-s', 'pusat.db', 'sync')
        out = self.out('-s', 'pusat.db', 'why', 'keluarga', key, lang='id')
        self.assertIn('baris ini dihapus\n', out)
        self.assertIn('--restore', out)
        self.assertIn('no_kk,no_kk_tertulis: isi terakhir sebelum barisnya dihapus\n', out)
        self.assertNotIn('nilai yang sama', out)

    def test_a_key_may_be_begun_and_left_if_one_row_alone_has_that_beginning(self):
        self.init()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'0abc%s', 'Satu'), (x'0abd%s', 'Dua')" % ('00' * 14, '00' * 14))
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO wilayah(kode, nama, tingkat, sumber) VALUES('16.74.99.1999', 'Uji', 'kelurahan', 'uji')")
        for words, found in ((['orang', '0abc...'], 'nama = Satu'), (['orang', '0ABD…'], 'nama = Dua'), (['wilayah', '16.74.99.19...'], 'Uji')):
            self.assertIn(found, self.out('-s', 'pusat.db', 'history', *words))
        self.assertIn('lebih dari satu', self.indonesian(NOTFOUND, '-s', 'pusat.db', 'history', 'orang', '0ab...'))
        self.assertIn("diawali 'ffff'", self.indonesian(NOTFOUND, '-s', 'pusat.db', 'history', 'orang', 'ffff...'))
        self.err(2, '-s', 'pusat.db', 'history', 'orang', '...')

    def test_of_values_that_stand_against_a_decision_only_those_that_it_closes_are_asked_for(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET rt='004', prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET rt='005', prioritas='O''o'")
        self.sync('t1', 't2', 'pusat')
        row = ('-s', 'pusat.db', 'resolve', 'keluarga', key, '--reason', 'x')
        self.assertEqual(sum(len(c['sides']) for c in self.json('-s', 'pusat.db', 'conflicts')), 4)
        self.assertEqual(self.json('-s', 'pusat.db', 'status')['conflicts'], 1)
        self.assertIn('Baris yang sedang bentrok: 1 ', self.out('-s', 'pusat.db', 'sync', lang='id'))
        rt, = {'004', '005'} - {self.one('pusat.db', 'SELECT rt FROM keluarga')}
        prioritas, = {'lansia', "O'o"} - {self.one('pusat.db', 'SELECT prioritas FROM keluarga')}
        shell = prioritas.replace("'", "'\\''")
        self.assertEqual(self.err(DENIED, *row, '--set', 'rt=006').splitlines()[1:], [f"  --hide 'rt={rt}'"])
        self.assertEqual(self.err(DENIED, *row, '--keep', '--hide', f'rt={rt}').splitlines()[1:], [f"  --hide 'prioritas={shell}'"])
        self.assertIn('    baris tetap seperti yang tampil\n', self.out(*row, '--keep', '--hide', f'rt={rt}', '--hide', f'prioritas={prioritas}', lang='id'))
        self.assertEqual(self.json('-s', 'pusat.db', 'conflicts'), [])

    def test_a_decision_that_leaves_a_row_held_says_so_and_by_what(self):
        self.init()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'%s', 'Satu')" % ('0a' * 16))
        row = ('-s', 'pusat.db', 'resolve', 'orang', '0a' * 16, '--reason', 'x')
        out = self.out(*row, '--set', 'nama', lang='id')
        self.assertIn('    nama = (kosong)\nTertahan (tersimpan utuh, belum tampil): isian yang wajib masih kosong (NOT NULL orang.nama)\n', out)
        out = self.out(*row, '--set', 'nama=Dua', '--set', f"keluarga_id={'0b' * 16}")
        self.assertIn(f"(FOREIGN KEY keluarga)\n    in its way: keluarga {'0b' * 16}\n", out)
        self.assertNotIn('Held', self.out(*row, '--set', 'keluarga_id'))
        self.assertEqual(self.rows('pusat.db', 'SELECT nama, keluarga_id FROM orang'), [['Dua', None]])

    def test_a_held_row_is_corrected_dropped_and_brought_back_by_a_decision(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL, x TEXT UNIQUE, n INTEGER); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 'sama', 1)")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        decide = ('-s', 'pusat.db', 'resolve', 't', *row['key'])
        self.err(2, *decide, '--set', 'n=banyak', '--reason', 'x')
        self.out(*decide, '--drop', '--reason', 'ganda')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.out(*decide, '--restore', '--reason', 'bukan ganda')
        self.assertEqual(len(self.json('-s', 'pusat.db', 'held')), 1)
        self.out(*decide, '--set', 'x', '--set', 'n=5', '--reason', 'nomor belum ada')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.rows('pusat.db', f"SELECT x, n FROM t WHERE a='{row['key'][0]}'"), [[None, 5]])

    def test_undo_turns_round_what_was_decided_last_be_it_a_value_a_drop_or_a_return(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT PRIMARY KEY NOT NULL, x TEXT UNIQUE, n INTEGER NOT NULL DEFAULT 0);"
                                         "SELECT jemput_replicate('t', 'sum=n');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', 'sama', 1)")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        decide = ('-s', 'pusat.db', 'resolve', 't', *row['key'], '--reason', 'x')
        self.assertIn('belum ada keputusan', self.indonesian(1, *decide, '--undo'))
        self.out(*decide, '--set', 'x=lain')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertIn('Tertahan (', self.out(*decide, '--undo', lang='id'))
        self.out(*decide, '--drop')
        self.assertIn('the row is back as it was', self.out(*decide, '--undo'))
        self.assertEqual(self.json('-s', 'pusat.db', 'held')[0]['values'], row['values'])
        self.assertIn('the row is dropped', self.out(*decide, '--undo'))  # of the return; not of the value that was decided before
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.json('-s', 'pusat.db', 'why', 't', *row['key'])['state'], 'dihapus')
        self.assertIn('--restore', self.indonesian(NOTFOUND, *decide, '--set', 'x=lain'))
        self.out(*decide, '--restore')
        self.out(*decide, '--set', 'x=lain', '--set', 'n=5')
        self.assertIn('x = sama', self.out(*decide, '--undo'))
        self.out(*decide, '--set', 'n=7')
        self.assertIn('penghitung', self.indonesian(1, *decide, '--undo'))
        other, = {'t1', 't2'} - set(row['key'])
        for bad, word in (('--drop', 'DELETE'), ('--restore', 'tidak dihapus')):
            self.assertIn(word, self.indonesian(2, '-s', 'pusat.db', 'resolve', 't', other, bad, '--reason', 'x'))
        self.out('-s', 'pusat.db', 'merge-rows', 't', other, *row['key'], '--reason', 'satu')
        self.assertIn('merge-rows', self.indonesian(1, *decide, '--undo'))

    def test_why_tells_what_was_written_by_whom_which_rule_decided_and_how_far_it_has_come(self):
        key = self.household()
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140008', prioritas='lansia'")
        self.out('-s', 't2.db', 'sql', "UPDATE keluarga SET no_kk='1674991103140009'")
        self.sync('t1', 't2', 'pusat')
        why = self.json('-s', 'pusat.db', 'why', 'keluarga', key)
        self.assertEqual((why['state'], why['held'], why['deletions'], why['pending']), ('tampil', None, [], []))
        groups = {','.join(g['columns']): g for g in why['groups']}
        kk = groups['no_kk,no_kk_tertulis']
        self.assertEqual((kk['conflict'], kk['identity'], kk['base_known']), (True, True, True))
        number = {w['label']: json.loads(w['value'])['no_kk'] for w in kk['writes']}
        self.assertEqual((number, json.loads(kk['base'])['no_kk']),
                         ({'tablet 02': '1674991103140008', 'tablet 03': '1674991103140009'}, '1674991103140007'))
        self.assertEqual([number[w['label']] for w in kk['writes'] if w['shown']], [self.one('pusat.db', 'SELECT no_kk FROM keluarga')])
        self.assertEqual([(w['value'], w['parallel']) for w in groups['prioritas']['writes']], [('lansia', True)])
        only = self.json('-s', 'pusat.db', 'why', 'keluarga', key, 'PRIORITAS')
        self.assertEqual([g['columns'] for g in only['groups']], [['prioritas']])
        out = self.out('-s', 'pusat.db', 'why', 'keluarga', key, lang='id')
        self.assertRegex(out, r'no_kk,no_kk_tertulis: bentrok: .*perlu keputusan \(resolve\)\n(?s:.*)sebelumnya, dilihat semua pihak: no_kk = 1674991103140007\n')
        self.assertRegex(out, r'  \* no_kk = 167499110314000[89]  — tablet 0[23], ')
        self.assertRegex(out, r'tulisan terbaru: tablet 0[23], .*: diterima pusat\n')
        self.assertRegex(out, r'\ntanpa bentrok, tulisan terakhir:\n(?s:.*)\n  prioritas = lansia  — tablet 02, ')
        self.assertRegex(out, r'\nkosong: (.*, )?keterangan\n')
        self.assertEqual(len(out.splitlines()), len(set(out.splitlines())))
        self.out('-s', 't1.db', 'sql', "UPDATE keluarga SET prioritas='disabilitas'")
        out = self.out('-s', 't1.db', 'why', 'keluarga', key, 'prioritas')
        self.assertRegex(out, r'waits here, not sealed: prioritas = disabilitas  — tablet 02')
        self.assertIn(': on this device\n', out)
        self.assertNotRegex(out, r'disabilitas  — tablet 03')
        write, = self.json('-s', 't1.db', 'why', 'keluarga', key, 'prioritas')['groups'][0]['writes']
        self.assertEqual((write['value'], write['label'], write['segment']), ('disabilitas', 'tablet 02', 0))
        for bad, word in (('nomor', "no column 'nomor'"), ('id', 'of the key')):
            self.assertIn(word, self.err(2, '-s', 'pusat.db', 'why', 'keluarga', key, bad))
        self.err(NOTFOUND, '-s', 'pusat.db', 'why', 'keluarga', '00' * 16)
        self.indonesian(NOTFOUND, '-s', 'pusat.db', 'why', 'keluarga', '00' * 16)
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO catatan(id, isi) VALUES(x'%s', 'a')" % ('01' * 16))
        self.assertIn('is not sealed yet', self.out('-s', 'pusat.db', 'why', 'catatan', '01' * 16))
        self.out('-s', 'pusat.db', 'sync')
        self.out('-s', 'pusat.db', 'sql', 'DELETE FROM catatan')
        self.out('-s', 'pusat.db', 'sync')
        self.assertRegex(self.out('-s', 'pusat.db', 'why', 'catatan', '01' * 16), r'the row is deleted\n    deleted  — pusat 01, ')

    def test_why_names_the_row_that_stands_against_a_held_one_whatever_its_key(self):
        (self.at / 'own.sql').write_text("CREATE TABLE t(a TEXT, b BLOB, x TEXT UNIQUE, PRIMARY KEY(b, a)); SELECT jemput_replicate('t');")
        self.out('-s', 'pusat.db', 'init', '--schema', 'own.sql', '--hub', 'hub.git')
        for name in ('t1', 't2'):
            self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'join', f'{name}.undangan')
            self.out('-s', f'{name}.db', 'sql', f"INSERT INTO t VALUES('{name}', x'07', 'sama')")
        self.sync('pusat', 't1', 't2', 'pusat')
        row, = self.json('-s', 'pusat.db', 'held')
        held, other = row['values']['a'], {'t1': 't2', 't2': 't1'}[row['values']['a']]
        why = self.json('-s', 'pusat.db', 'why', 't', '07', held)
        self.assertEqual(why['held'], {'reason': 'UNIQUE t.x', 'against_table': 't', 'against_key': f'["x\'07\'","{other}"]'})
        self.assertEqual(why['state'], 'tertahan')
        self.assertIn(f'yang menghalangi: t ["x\'07\'","{other}"]\n', self.out('-s', 'pusat.db', 'why', 't', '07', held, 'x', lang='id'))
        self.assertIn('baris ini tampil\n', self.out('-s', 'pusat.db', 'why', 't', '07', other, lang='id'))

    def test_two_officers_who_take_one_application_make_two_rows_of_which_one_is_held_and_none_lost(self):
        self.found()
        self.out('-s', 'pusat.db', 'sql', "INSERT INTO orang(id, nama) VALUES(x'%s', 'Nurlaila')" % ('0a' * 16))
        self.sync('pusat', 't1', 't2', 'pusat', 't1', 't2')
        for n, note in ((1, 'KTP hilang di pasar'), (2, None)):
            self.out('-s', f't{n}.db', 'sql', """INSERT INTO permohonan(id, kode_tanda_terima, layanan, varian, tanggal, pemohon_id, kode_kel, petugas,
                keterangan) VALUES(x'%s', jemput_serial('permohonan'), 'KTP-el', 'KTP.HILANG', '2023-01-05', x'%s', '16.74.05.1003', 'petugas %d', %s)"""
                     % (f'0{n}' * 16, '0a' * 16, n, f"'{note}'" if note else 'NULL'))
            self.out('-s', f't{n}.db', 'sql',
                     "INSERT INTO syarat_permohonan(permohonan_id, kode_syarat, keadaan) VALUES(x'%s', 'KK', 'ADA')" % (f'0{n}' * 16))
        self.sync('t1', 't2', 'pusat', 't1', 't2')
        for store in ('pusat.db', 't1.db', 't2.db'):
            shown, = self.rows(store, 'SELECT lower(hex(id)), petugas FROM permohonan')
            held = {row['table']: row for row in self.json('-s', store, 'held')}
            row = held['permohonan']
            self.assertEqual(row['reason'], "UNIQUE index 'satu_permohonan_terbuka'")
            self.assertEqual({shown[1], row['values']['petugas']}, {'petugas 1', 'petugas 2'})
            self.assertEqual(held['syarat_permohonan']['reason'], 'FOREIGN KEY permohonan')
        other = row['values']['id']['blob']
        # the office looks at the held one beside the other, by another status ...
        self.out('-s', 'pusat.db', 'resolve', 'permohonan', other, '--set', 'status=DUGAAN_GANDA', '--set', 'alasan_status', '--set', 'digabung_ke',
                 '--set', 'penerima', '--reason', 'dilihat dulu')
        self.assertEqual(self.json('-s', 'pusat.db', 'held'), [])
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM v_dugaan_permohonan_ganda'), 1)
        # ... and makes them one: what either tablet wrote is in it
        self.out('-s', 'pusat.db', 'merge-rows', 'permohonan', shown[0], other, '--reason', 'permohonan yang sama')
        self.sync('pusat', 't1', 't2')
        for store in ('pusat.db', 't1.db', 't2.db'):
            self.assertEqual(self.rows(store, 'SELECT lower(hex(id)), status, keterangan FROM permohonan'),
                     [[shown[0], 'DRAF', 'KTP hilang di pasar']])
            self.assertEqual(self.rows(store, 'SELECT lower(hex(permohonan_id)), keadaan FROM syarat_permohonan'), [[shown[0], 'ADA']])
            self.assertEqual((self.json('-s', store, 'held'), self.json('-s', store, 'conflicts')), ([], []))
            self.assertEqual(self.json('-s', store, 'history', 'permohonan', other)[-1]['successor'], [{'blob': shown[0]}])
            self.out('-s', store, 'verify')

    def test_a_second_open_application_that_a_file_brings_is_stored_as_a_possible_duplicate(self):
        self.init()
        rows = [self.permohonan(nama='Satu', nik='1674990101900001', layanan='KTP-el', varian='KTP.HILANG', tanggal=f'2023-0{m}-05') for m in (1, 3)]
        self.write_csv('dua.csv', PERMOHONAN, rows)
        self.assertEqual(self.json('-s', 'pusat.db', 'import', 'dua.csv')['refused'], 0)
        self.assertEqual(self.rows('pusat.db', 'SELECT tanggal, status FROM permohonan ORDER BY tanggal'),
                 [['2023-01-05', 'DRAF'], ['2023-03-05', 'DUGAAN_GANDA']])
        self.out('-s', 'pusat.db', 'import', 'dua.csv')
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM permohonan'), 2)

    def test_two_rows_for_one_person_become_one_everywhere_and_two_again(self):
        self.found()
        for n, name, number in ((1, 'SITI AMINAH', 'NULL'), (2, 'Sitti Aminah', "'1674994201900001'")):
            self.out('-s', 'pusat.db', 'sql',
                     "INSERT INTO orang(id, nama, nik, tanggal_lahir) VALUES(x'%s', '%s', %s, '1990-01-02')" % (f'0{n}' * 16, name, number))
            self.out('-s', 'pusat.db', 'sql',
                     "INSERT INTO persetujuan(id, orang_id, dasar) VALUES(x'%s', x'%s', 'WALI')" % (f'1{n}' * 16, f'0{n}' * 16))
        self.sync('pusat', 't1', 'pusat', 't1')
        one, other = '01' * 16, '02' * 16
        look = self.out('-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--dry-run', lang='id')
        self.assertRegex(look, r'^orang 02\S+ akan menjadi satu dengan 01\S+:\n  nik diisi: 1674994201900001\n'
                               r'  nama tetap: SITI AMINAH; hanya di riwayat: Sitti Aminah\n'
                               r'  persetujuan.orang_id: 1 baris merujuk baris yang tetap\nBelum ada yang diubah.\n$')
        self.assertEqual(self.one('pusat.db', 'SELECT count(*) FROM orang'), 2)
        done = self.json('-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--reason', 'orang yang sama')
        self.assertEqual([(m['kind'], m['table'], m['column']) for m in done['moves']],
                         [('value', 'orang', 'nik'), ('left', 'orang', 'nama'), ('reference', 'persetujuan', 'orang_id')])
        self.out('-s', 't1.db', 'sql', f"UPDATE orang SET telepon='0812' WHERE id=x'{other}'")  # has not heard of it
        self.sync('t1', 'pusat', 't1')
        for store in ('pusat.db', 't1.db'):
            self.assertEqual(self.rows(store, 'SELECT nama, nik, telepon FROM orang'), [['SITI AMINAH', '1674994201900001', '0812']])
            self.assertEqual(self.one(store, f"SELECT count(*) FROM persetujuan WHERE orang_id=x'{one}'"), 2)
            history = self.out('-s', store, 'history', 'orang', other, lang='id')
            self.assertIn(f'    berlanjut pada baris {one}\n', history)
            self.assertIn('catatan: orang yang sama', history)
        self.assertIn('merge-rows', self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, '--reason', 'x'))
        self.indonesian(NOTFOUND, '-s', 'pusat.db', 'merge-rows', 'orang', one, other, '--reason', 'lagi')
        self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, other)
        self.assertIn('kunci kedua baris', self.err(2, '-s', 'pusat.db', 'merge-rows', 'orang', one, '--reason', 'x', lang='id'))
        refused = self.run_cli('-s', 'pusat.db', 'merge-rows', 'orang', one, 'ff' * 16, '--reason', 'x', code=NOTFOUND)
        self.assertEqual(refused[1], '', 'nothing is said to become one that does not')
        self.assertIn('1 rows go back', self.out('-s', 'pusat.db', 'merge-rows', 'orang', other, '--undo', '--reason', 'dua orang'))
        self.indonesian(1, '-s', 'pusat.db', 'merge-rows', 'orang', other, '--undo', '--reason', 'dua orang')
        self.sync('pusat', 't1')
        self.assertEqual(self.rows('t1.db', 'SELECT nama, nik FROM orang ORDER BY nama'),
                 [['SITI AMINAH', None], ['Sitti Aminah', '1674994201900001']])
        self.assertEqual(self.one('t1.db', f"SELECT count(*) FROM persetujuan WHERE orang_id=x'{one}'"), 1)

    def test_work_that_was_sent_is_said_to_wait_for_the_receipt_and_not_for_a_signal_alone(self):
        self.household()
        self.out('-s', 't1.db', 'sql', 'UPDATE keluarga SET prioritas=NULL, rt=\'009\'')
        self.assertIn('menunggu sinyal 1 (terkirim; menunggu tanda terima pusat), diterima pusat 1.\nSelesai.',
                      self.out('-s', 't1.db', 'sync', lang='id'))
        self.sync('pusat')
        self.assertNotIn('terkirim;', self.out('-s', 't1.db', 'sync', lang='id'))

    def test_a_device_whose_invitation_another_has_used_is_told_what_to_do_and_gets_in_by_a_new_one(self):
        self.found()
        self.out('-s', 'tablet dua.db', 'join', 't1.undangan')
        self.out('-s', 'tablet dua.db', 'sql', "INSERT INTO keluarga(id) VALUES(jemput_id())")
        self.sync('t1', 'pusat')
        self.run_cli('-s', 'tablet dua.db', 'sync', code=None)
        for _ in range(2):
            out = self.out('-s', 'pusat.db', 'sync', code=1, lang='id')
            self.assertIn('1 catatan perangkat dihentikan', out)
            self.assertNotIn('Selesai', out)
        self.assertEqual(json.loads(self.out('-s', 'pusat.db', 'sync', '--json', code=1))['logs_stopped'], 1)
        err = self.indonesian(DENIED, '-s', 'tablet dua.db', 'sync')
        self.assertIn("Data tetap aman di sini. Minta undangan baru, lalu: jemput -s 'tablet dua.db' join UNDANGAN-BARU", err)
        told = json.loads(self.out('-s', 'tablet dua.db', 'sync', '--json', code=DENIED))
        self.assertEqual((told['status'], told['complete']), ('JEMPUT_DENIED', True))
        self.assertIn('invitation', told['error'])
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'baru')
        self.out('-s', 'pusat.db', 'sync', code=1)
        self.out('-s', 'tablet dua.db', 'join', 'baru')
        self.run_cli('-s', 'tablet dua.db', 'sync', code=None)
        self.out('-s', 'pusat.db', 'sync')
        self.out('-s', 'tablet dua.db', 'sync')
        self.assertEqual(self.counts('pusat.db')[0], 1)
        self.assertTrue(self.json('-s', 'tablet dua.db', 'status')['admitted'])

    def test_a_hub_that_is_gone_and_one_of_another_space_are_told_apart_in_the_officer_s_words(self):
        self.found()
        self.out('-s', 'lain.db', 'init', '--hub', 'lain.git')
        self.out('-s', 'lain.db', 'sql', 'INSERT INTO keluarga(id) VALUES(jemput_id())')
        self.out('-s', 'lain.db', 'sync')
        err = self.indonesian(DENIED, '-s', 't1.db', 'sync', '--hub', 'lain.git')
        self.assertIn("lain.git' milik ruang lain. Tidak ada yang dikirim", err)
        self.assertIn("is that of another space. Nothing was sent", self.err(DENIED, '-s', 't1.db', 'sync', '--hub', 'lain.git'))
        (self.at / 'hub.git').rename(self.at / 'pergi.git')
        self.assertIn("hub.git' tidak ada di tempatnya. Data tetap aman", self.indonesian(OFFLINE, '-s', 't1.db', 'sync'))
        told = json.loads(self.out('-s', 't1.db', 'sync', '--json', code=OFFLINE))
        self.assertEqual((told['status'], told['complete']), ('JEMPUT_OFFLINE', False))
        self.assertIn('hub.git', told['error'])
        self.assertNotIn('error', self.json('-s', 'pusat.db', 'sync', '--hub', 'pergi.git'))

    def test_two_tablets_at_one_household_write_one_row(self):
        self.found()
        for n in (1, 2):
            self.write_csv(f'{n}.csv', PERMOHONAN, [self.permohonan(nama=f'Orang {n}', no_kk='1674991103140007')])
            self.out('-s', f't{n}.db', 'import', f'{n}.csv')
        self.sync('t1', 't2', 'pusat')
        self.assertEqual(self.counts('pusat.db'), [1, 2, 2, 0])

    def test_an_invitation_is_for_its_owner_s_eyes_and_is_not_overwritten(self):
        self.init()
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual(stat.S_IMODE((self.at / 'a.undangan').stat().st_mode), 0o600)
        before = (self.at / 'a.undangan').read_bytes()
        self.err(EXISTS, '-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'a.undangan')
        self.assertEqual((self.at / 'a.undangan').read_bytes(), before)
        self.assertIn('undangan-petugas-1.txt', self.out('-s', 'pusat.db', 'invite', '--role', 'petugas'))
        self.assertIn('undangan-petugas-2.txt', self.out('-s', 'pusat.db', 'invite', '--role', 'petugas'))

    def test_days_may_be_written_with_a_comma_and_a_region_that_nobody_knows_is_warned_of(self):
        self.init()
        for days in ('0.5', '0,5'):
            before = time.time()
            text = self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--days', days, '--out', f'{days}.undangan')
            until = time.mktime(time.strptime(text.split('valid until ')[1].split(')')[0], '%Y-%m-%d %H:%M:%S'))
            self.assertAlmostEqual(until, before + 43200, delta=20)
        for scope, warned in (('16.74.05.1003', False), ('16.74.05', False), ('99.99', True), ('16.74.05.1003.9', True), ('', False)):
            err = self.run_cli('-s', 'pusat.db', 'invite', '--role', 'petugas', f'--scope={scope}', lang='id')[2]
            self.assertEqual('Peringatan: tidak ada wilayah' in err, warned, scope)
        (self.at / 'own.sql').write_text("CREATE TABLE t(id BLOB PRIMARY KEY NOT NULL) WITHOUT ROWID; SELECT jemput_replicate('t');")
        self.init('own.db', '--schema', 'own.sql')
        self.assertEqual(self.run_cli('-s', 'own.db', 'invite', '--role', 'petugas', '--scope', '99.99')[2], '')

    def test_what_an_invitation_cannot_say_is_refused_in_plain_words_and_nothing_is_made(self):
        self.init()
        for option, values in (('role', ('raja', '', 'petugas,', 'petugas,petugas', 'petugas, admin')), ('scope', ('16 74', '16.74/05', 'x' * 64)),
                               ('days', ('0', '-1', '0.00001', '3651', 'nan', 'inf', '7x', ''))):
            for value in values:
                args = {'role': 'petugas', 'scope': '', 'days': '7', 'out': 'b.undangan', option: value}
                for lang in ('en', 'id'):
                    err = self.err(2, '-s', 'pusat.db', 'invite', *(f'--{k}={v}' for k, v in args.items()), lang=lang)
                    self.assertIn(f"--{option} '{value}': ", err)
        self.assertFalse((self.at / 'b.undangan').exists())
        self.assertEqual(self.json('-s', 'pusat.db', 'status')['roster_version'], 3)  # genesis, the office's reading key, the first key epoch
        for roles in ('raja', 'pusat', 'petugas', ''):
            self.assertIn('admin', self.err(2, '-s', 'new.db', 'init', '--roles', roles))
            self.assertFalse((self.at / 'new.db').exists())

    def test_damaged_and_expired_invitations_and_an_existing_store_are_refused(self):
        self.init()
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--out', 'good')
        text = (self.at / 'good').read_bytes()
        for name, damaged in (('half', text[:len(text) // 2]), ('empty', b''), ('other', b'tanggal,layanan\n'),
                              ('flipped', text[:len(text) // 2] + bytes([text[len(text) // 2] ^ 1]) + text[len(text) // 2 + 1:])):
            (self.at / name).write_bytes(damaged)
            err = self.err(CORRUPT, '-s', 't.db', 'join', name, lang='id')
            self.assertIn('bukan undangan jemput, atau terpotong saat disalin: salin ulang', err)
            self.assertNotIn('memasang ulang', err)
            self.assertFalse((self.at / 't.db').exists())
        self.out('-s', 'pusat.db', 'invite', '--role', 'petugas', '--days', '0.00002', '--out', 'old') # 1.7 seconds
        time.sleep(2)
        self.assertIn('undangan ini sudah kedaluwarsa', self.indonesian(DENIED, '-s', 't.db', 'join', 'old'))
        self.assertIn('this invitation has expired', self.err(DENIED, '-s', 't.db', 'join', 'old'))
        self.assertFalse((self.at / 't.db').exists())
        self.out('-s', 't.db', 'join', 'good')
        self.out('-s', 't.db', 'join', 'good') # asks again by the same one: nothing changes
        before = (self.at / 'pusat.db').read_bytes()
        self.assertIn('sudah ada dan tidak disentuh', self.err(EXISTS, '-s', 'pusat.db', 'join', 'good', lang='id'))
        self.assertEqual((self.at / 'pusat.db').read_bytes(), before)
        self.err(DENIED, '-s', 't.db', 'invite', '--role', 'petugas')
        self.assertEqual(list(self.at.glob('undangan-*')), [])

    def test_sync_without_a_hub_says_how_to_name_one(self):
        self.assertIn('--hub', self.err(2, '-s', self.init(), 'sync'))
        self.assertIn('belum ada hub', self.err(2, '-s', 'pusat.db', 'sync', lang='id'))

    def test_a_hub_that_is_not_there_or_no_repository_is_reported_and_work_is_kept(self):
        store = self.init()
        self.run_cli('-s', store, 'import', SCHEMA / 'contoh' / 'desember-2022.csv')
        (self.at / 'folder').mkdir()
        (self.at / 'folder' / 'file').write_text('x')
        for hub, code in (('none.git', NOTFOUND), ('folder', CORRUPT), ('folder/file', CORRUPT)):
            err = self.indonesian(code, '-s', store, 'sync', '--hub', hub)
            self.assertIn(f"{hub}' bukan hub: periksa alamatnya. Data tetap aman", err)
            self.assertIn(f"{hub}' is no hub: check the address", self.err(code, '-s', store, 'sync', '--hub', hub))
            self.assertEqual(self.json('-s', store, 'status')['hub'], '')
        self.assertIn('bukan hub', self.indonesian(EXISTS, '-s', 'new.db', 'init', '--hub', 'folder'))
        self.assertFalse((self.at / 'new.db').exists())
        self.assertEqual(self.counts(store)[2], 24)

    def test_signers_are_known_to_stock_git_tools(self):
        self.found()
        self.out('-s', 'pusat.db', 'signers', '--out', 'allowed')
        line = (self.at / 'allowed').read_text().splitlines()[0].split()
        self.assertEqual((line[1], line[2]), ('namespaces="git"', 'ssh-ed25519'))
        self.assertIn('ssh-ed25519', self.out('-s', 'pusat.db', 'signers'))


class Tools(Case):
    """The scripts beside the program, with stand-ins for what they would change on this machine."""

    def stand_in(self, name, script):
        (self.at / 'bin').mkdir(exist_ok=True)
        path = self.at / 'bin' / name
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)

    def test_setup_asks_apt_no_questions_through_a_sudo_that_drops_the_environment(self):
        self.stand_in('id', 'echo 1000')
        self.stand_in('sudo', f'exec env -i PATH="$PATH" "$@"')
        self.stand_in('apt-get', f'echo "$DEBIAN_FRONTEND $1" >>"{self.at}/log"')
        self.stand_in('dpkg-query', 'exit 1')
        done = subprocess.run(['sh', TOOLS / 'setup', 'build'], capture_output=True, env={'PATH': f"{self.at / 'bin'}:{os.environ['PATH']}"},
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.at / 'log').read_text().splitlines(), ['noninteractive update', 'noninteractive install'])

    def test_what_the_demo_suggests_at_its_end_works_in_folders_with_blanks_and_quotes(self):
        root = self.at / "akar 'satu'"
        (root / 'build' / 'tools' / 'cli').mkdir(parents=True)
        (root / 'tools').mkdir()
        (root / 'build' / 'build.ninja').touch()
        (root / 'build' / 'tools' / 'cli' / 'jemput').symlink_to(PROGRAM)
        (root / 'schema').symlink_to(SCHEMA.parent)
        (root / 'tools' / 'demo').write_bytes((TOOLS / 'demo').read_bytes())
        for path in (root / 'tools' / 'setup', root / 'tools' / 'demo'):
            path.touch()
            path.chmod(0o755)
        self.stand_in('ninja', 'exit 0')
        env = {**os.environ, 'PATH': f"{self.at / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run([root / 'tools' / 'demo', '--keep', self.at / "berkas 'dua'"], capture_output=True, env=env, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        suggested = done.stdout.decode().split('Coba berikutnya:\n')[1].splitlines()
        self.assertEqual(len(suggested), 6)
        for line in suggested:
            tried = subprocess.run(['sh', '-c', line], capture_output=True, cwd='/', timeout=60)
            self.assertEqual(tried.returncode, 0, f'{line}\n{tried.stderr}')
            self.assertTrue(tried.stdout)


if __name__ == '__main__':
    PROGRAM, SCHEMA = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    TOOLS = SCHEMA.parent.parent / 'tools'
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
