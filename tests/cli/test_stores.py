#!/usr/bin/env python3
"""One store: opened, looked at, damaged, watched while it syncs.

  test_stores.py PROGRAM SCHEMA_FOLDER"""
import json
import os
import pathlib
import pty
import signal
import sqlite3
import subprocess
import threading
import time

from case import BUSY, CANCELLED, CORRUPT, Case, EXISTS, NOTFOUND, PROGRAM, SCHEMA, main


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
        self.assertEqual((good['problems'], good['problem_count'], good['ok']), ([], 0, True))
        self.assertEqual(good['state_hash'], self.json('-s', store, 'status')['state_hash'])
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
        self.assertIn(f"Problems: {found['problem_count']}. Delete nothing", out)

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
        self.assertIn('what to do: Keep a copy as evidence, then jemput rebuild.', self.out('-s', store, 'verify', code=1))
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


if __name__ == '__main__':
    main()
