#!/usr/bin/env python3
"""PostgreSQL as a target: the rows of stores arrive there as they are shown, once, whatever dies when. A real server.

  test_postgres.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import pathlib
import re
import sqlite3
import subprocess
import time
import unittest

import scene
from scene import Office, Space

ODD = """CREATE TABLE induk(kode TEXT PRIMARY KEY NOT NULL, nilai INTEGER, isi TEXT, unik TEXT UNIQUE, bebas);
CREATE TABLE anak(id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), kode TEXT REFERENCES induk(kode), data BLOB NOT NULL, n REAL, tanggal DATE);
SELECT jemput_replicate('induk'), jemput_replicate('anak');"""


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pg = scene.database('rows')
        cls.office = Office(cls.pg)
        cls.space = Space('wonosari', tablets=2)
        cls.space.join(cls.office)

    def work(self, tablet, sql):
        self.space.sql(tablet, sql)
        self.space.sync(tablet)
        self.office.once()

    def household(self, nik='1674994101010001'):
        """One household and one application of it, from a tablet; the application's id."""
        self.space.sql('t1', f"""INSERT INTO keluarga(id, no_kk, alamat, kode_kel)
            VALUES(jemput_id(), '1674990101010001', 'Jl. Uji 1', '{scene.KELURAHAN}');
            INSERT INTO orang(id, keluarga_id, nama, nik) SELECT jemput_id(), id, 'SITI', '{nik}' FROM keluarga ORDER BY rowid DESC LIMIT 1;
            INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel, status, versi_syarat, kode_tanda_terima)
            SELECT jemput_id(), 'KK', '2023-01-05', id, '{scene.KELURAHAN}', 'LENGKAP', 3, jemput_serial('permohonan') FROM orang
            WHERE nik = '{nik}'""")
        return self.space.one('t1', f"SELECT lower(hex(p.id)) FROM permohonan p JOIN orang o ON o.id = p.pemohon_id WHERE nik = '{nik}'")

    def uuid(self, key):
        return '-'.join(re.fullmatch('(.{8})(.{4})(.{4})(.{4})(.{12})', key).groups())

    def test_rows_arrive_with_their_types_and_who_wrote_them(self):
        key = self.household('1674994101010011')
        self.work('t1', "UPDATE permohonan SET keterangan = 'menyusul' WHERE id = x'%s'" % key)
        row = self.pg.rows(f"SELECT layanan, status, versi_syarat + 1, keterangan, pg_typeof(id), pg_typeof(versi_syarat) FROM adminduk.permohonan "
                           f"WHERE id = '{self.uuid(key)}'")
        self.assertEqual(row, [['KK', 'LENGKAP', '4', 'menyusul', 'uuid', 'bigint']])
        made = self.pg.rows(f"SELECT r.device, r.roles, r.segment > 0, length(r.commit), r.claimed_at > now() - interval '1 hour' FROM jemput.row r "
                            f"WHERE tbl = 'permohonan' AND key = to_jsonb('{self.uuid(key)}'::uuid)")
        self.assertEqual(made, [['3', 'petugas', 't', '40', 't']])
        self.assertEqual(self.pg.one("SELECT count(*) FROM adminduk.wilayah w JOIN jemput.space s ON s.id = w.space WHERE s.name = 'wonosari'"),
                         str(self.space.one('t1', 'SELECT count(*) FROM wilayah')))

    def test_deleted_rows_go_and_what_is_beside_them_too(self):
        key = self.household('1674994101010012')
        self.work('t1', "INSERT INTO catatan(id, permohonan_id, isi) VALUES(x'00000000000000000000000000000c01', x'%s', 'tanya')" % key)
        self.assertEqual(self.pg.one("SELECT isi FROM adminduk.catatan WHERE id = '00000000-0000-0000-0000-000000000c01'"), 'tanya')
        self.work('t1', "DELETE FROM catatan WHERE id = x'00000000000000000000000000000c01'")
        self.assertEqual(self.pg.rows("SELECT 1 FROM adminduk.catatan WHERE id = '00000000-0000-0000-0000-000000000c01'"), [])
        self.assertEqual(self.pg.rows("SELECT 1 FROM jemput.row WHERE tbl = 'catatan' AND key = '\"00000000-0000-0000-0000-000000000c01\"'"), [])

    def test_two_edits_at_once_are_a_conflict_there_until_somebody_decides(self):
        key = self.household('1674994101010013')
        self.space.sync('t1')
        self.office.once()
        self.space.sync('t2')
        orang = self.space.one('t1', "SELECT lower(hex(id)) FROM orang WHERE nik = '1674994101010013'")
        for tablet in ('t1', 't2'):
            self.space.sql(tablet, f"UPDATE orang SET nama = 'SITI {tablet}' WHERE id = x'{orang}'")
            self.space.sync(tablet)
        self.office.once()
        sides = self.pg.rows(f"SELECT grp, hard, value ->> 'nama', device FROM jemput.conflict WHERE tbl = 'orang' "
                             f"AND key = to_jsonb('{self.uuid(orang)}'::uuid) ORDER BY 3")
        self.assertEqual(sides, [['nama', 't', 'SITI t1', '3'], ['nama', 't', 'SITI t2', '4']])
        self.space.sync('kantor')
        shown, hidden = [self.space.one('kantor', f"SELECT value FROM jemput_conflict WHERE key = x'{orang}' AND shown = {n}") for n in (1, 0)]
        self.space.cli('kantor', 'resolve', 'orang', orang, '--set', f'nama={shown}', '--hide', f'nama={hidden}', '--reason', 'sesuai akta')
        self.space.sync('kantor')
        self.office.once()
        self.assertEqual(self.pg.one('SELECT count(*) FROM jemput.conflict'), '0')
        self.assertTrue(key)

    def test_a_held_row_is_told_with_its_reason_and_not_in_its_table(self):
        self.household('1674994101010014')
        orang = self.space.one('t1', "SELECT lower(hex(id)) FROM orang WHERE nik = '1674994101010014'")
        self.space.sync('t1')
        self.office.once()
        self.space.sync('t2')
        for tablet, n in (('t1', 1), ('t2', 2)):
            self.space.sql(tablet, f"INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel) "
                                   f"VALUES(x'0000000000000000000000000000d00{n}', 'KTP_EL', '2023-01-06', x'{orang}', '{scene.KELURAHAN}')")
            self.space.sync(tablet)
        self.office.once()
        held = self.pg.rows("SELECT tbl, reason, against_tbl, \"row\" ->> 'layanan', device FROM jemput.held")
        self.assertEqual([line[:4] for line in held], [['permohonan', 'UNIQUE index \'satu_permohonan_terbuka\'', 'permohonan', 'KTP_EL']])
        self.assertEqual(self.pg.one("SELECT count(*) FROM adminduk.permohonan WHERE layanan = 'KTP_EL'"), '1')

    def test_nothing_new_is_no_batch_and_the_mark_stays(self):
        state = 'SELECT feed_number, feed_id, projected_at, (SELECT count(*) FROM jemput.batch) FROM jemput.space'
        self.office.once()
        before = self.pg.rows(state)
        self.office.once()
        self.assertEqual(self.pg.rows(state), before)

    def test_a_password_in_the_connection_text_is_refused(self):
        code, _, err = scene.run(scene.CENTRAL, 'init', scene.FOLDER / 'lain', '--postgres', 'host=/x password=rahasia', code=None)
        self.assertEqual(code, 2)
        self.assertNotIn('rahasia', err)

    def test_a_server_that_is_away_keeps_central_db_going_and_catches_up(self):
        key = self.household('1674994101010015')
        self.pg.stop()
        try:
            self.space.sync('t1')
            code, _, err = self.office.once(code=None)
            self.assertEqual(code, 1)
            self.assertIn('PostgreSQL', err)
        finally:
            self.pg.start()
        self.office.once()
        self.assertEqual(self.pg.one(f"SELECT count(*) FROM adminduk.permohonan WHERE id = '{self.uuid(key)}'"), '1')

    def test_a_row_that_somebody_keeps_locked_there_holds_up_neither_central_db_nor_other_spaces(self):
        key, other = self.household('1674994101010021'), Space('lain')
        self.work('t1', 'SELECT 1')
        other.join(self.office)
        self.space.sql('t1', f"UPDATE permohonan SET keterangan = 'terkunci' WHERE id = x'{key}'")
        other.sql('t1', "INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'ruang lain')")
        other.sync('t1')
        self.space.sync('t1')
        seen = {'keterangan': 0, 'isi': 0}
        with self.pg.session(f"BEGIN; SELECT 1 FROM adminduk.permohonan WHERE id = '{self.uuid(key)}' FOR UPDATE"):
            run = subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--once', '--workers', '2'], stderr=subprocess.DEVNULL)
            until = time.monotonic() + 10
            while not all(seen.values()) and time.monotonic() < until:
                time.sleep(0.05)
                with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db:
                    seen = {'keterangan': db.execute("SELECT count(*) FROM permohonan WHERE keterangan = 'terkunci'").fetchone()[0],
                            'isi': int(self.pg.one("SELECT count(*) FROM adminduk.catatan WHERE isi = 'ruang lain'"))}
            waits = self.pg.one("SELECT count(*) FROM adminduk.permohonan WHERE keterangan = 'terkunci'")
        self.assertEqual((seen, waits, run.wait(timeout=60)), ({'keterangan': 1, 'isi': 1}, '0', 0))
        self.assertEqual(self.pg.one("SELECT count(*) FROM adminduk.permohonan WHERE keterangan = 'terkunci'"), '1')

    def test_a_service_that_is_stopped_does_not_wait_for_a_statement_that_waits(self):
        key = self.household('1674994101010022')
        self.work('t1', 'SELECT 1')
        self.space.sql('t1', f"UPDATE permohonan SET keterangan = 'ditunggu' WHERE id = x'{key}'")
        self.space.sync('t1')
        waits = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'jemput-central' AND wait_event_type = 'Lock'"
        with self.pg.session(f"BEGIN; SELECT 1 FROM adminduk.permohonan WHERE id = '{self.uuid(key)}' FOR UPDATE"):
            run = subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--listen', f'127.0.0.1:{scene.free_port()}'], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
            until = time.monotonic() + 15
            while self.pg.one(waits) == '0' and time.monotonic() < until:
                time.sleep(0.05)
            start = time.monotonic()
            run.terminate()
            self.assertEqual(run.wait(timeout=60), 0)
            self.assertLess(time.monotonic() - start, 8, 'the lock would be waited for 30 s')
        self.office.once()
        self.assertEqual(self.pg.one("SELECT count(*) FROM adminduk.permohonan WHERE keterangan = 'ditunggu'"), '1')

    def test_a_constraint_that_stands_against_a_row_leads_to_a_whole_batch_that_puts_all_right(self):
        """An insider has put a row there that takes another's place: the batch fails, the next one is whole."""
        key = self.household('1674994101010016')
        orang = self.space.one('t1', "SELECT lower(hex(id)) FROM orang WHERE nik = '1674994101010016'")
        self.space.sync('t1')
        self.office.once()
        person = self.uuid(orang)
        self.pg.psql(f"DELETE FROM adminduk.permohonan WHERE pemohon_id = '{person}'; DELETE FROM adminduk.orang WHERE id = '{person}'")
        self.space.sql('t1', f"INSERT INTO catatan(id, orang_id, isi) VALUES(jemput_id(), x'{orang}', 'ada')")
        self.space.sync('t1')
        self.office.once(code=None)
        self.office.once()
        self.assertEqual(self.pg.one(f"SELECT pemohon_id FROM adminduk.permohonan WHERE id = '{self.uuid(key)}'"), person)
        self.assertEqual(self.pg.rows('SELECT whole FROM jemput.batch ORDER BY at DESC LIMIT 1'), [['t']])

    def test_the_document_names_every_table_and_no_other(self):
        text = (pathlib.Path(__file__).resolve().parents[2] / 'schema' / 'central.md').read_text()
        part = text[text.index('### Schema jemput'):text.index('### The way back')]
        named = {name for line in part.splitlines() if line.startswith('| `') for name in re.findall(r'`(\w+)`', line.split('|')[1])}
        there = {name for name, in self.pg.rows("SELECT relname FROM pg_class WHERE relnamespace = 'jemput'::regnamespace "
                                                "AND relkind IN ('r', 'p', 'v') AND NOT relispartition")}
        self.assertEqual(named, there)

    def test_the_night_takes_out_what_was_passed_on_long_ago_and_old_batches(self):
        self.office.once()
        line = ("INSERT INTO jemput.outbox(space, tbl, op, key, new, role, state, done_at) SELECT id, 'orang', 'U', '\"{0}\"', "
                "'{{\"nama\": \"SITI\"}}', 'siak', '{1}', now() - interval '{0} days' FROM jemput.space WHERE name = 'wonosari'; ")
        self.pg.psql(''.join(line.format(days, state) for days, state in ((80, 'diteruskan'), (100, 'diteruskan'), (500, 'diteruskan'),
                                                                          (500, 'ditolak'))) +
                     "INSERT INTO jemput.batch(space, number, at, rows, whole) SELECT id, 0, now() - interval '40 days', 0, w FROM jemput.space, "
                     "(VALUES(true), (false)) v(w) WHERE name = 'wonosari'")
        self.office.once()
        night = ('--night', time.strftime('%H:%M', time.localtime(time.time() - 60)))
        self.office.central('run', '--once', *night)
        self.assertEqual(self.pg.psql("SELECT key #>> '{}', new IS NULL FROM jemput.outbox ORDER BY 1").split(), ['100|t', '500|f', '80|f'])
        self.assertEqual(self.pg.psql('SELECT whole FROM jemput.batch WHERE number = 0').split(), ['t'])
        self.pg.psql('DELETE FROM jemput.outbox; DELETE FROM jemput.batch WHERE number = 0')


class PutBack(unittest.TestCase):
    """PostgreSQL restored from a backup (pg_dump): an older state, on a server of another day, while central's store went on."""

    EVERYTHING = ("SELECT 'orang', to_jsonb(o) FROM adminduk.orang o UNION ALL SELECT 'permohonan', to_jsonb(p) FROM adminduk.permohonan p UNION ALL "
                  "SELECT 'catatan', to_jsonb(c) FROM adminduk.catatan c UNION ALL SELECT 'row', to_jsonb(r) FROM jemput.row r UNION ALL "
                  "SELECT 'cell', to_jsonb(c) FROM jemput.cell c UNION ALL SELECT 'conflict', to_jsonb(c) FROM jemput.conflict c UNION ALL "
                  "SELECT 'held', to_jsonb(h) FROM jemput.held h ORDER BY 1, 2")

    def at(self, tool, pg, *args, stdin=b''):
        done = subprocess.run([str(pg.bin / tool), '-d', pg.conninfo(), *args], input=stdin, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def application(self, n):
        self.space.sql('t1', f"""INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'WARGA {n}', '16749941010110{n:02}');
            INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel, status)
            SELECT jemput_id(), 'KK', '2023-01-05', id, '{scene.KELURAHAN}', 'LENGKAP' FROM orang WHERE nik = '16749941010110{n:02}'""")
        self.space.sync('t1')
        self.office.once()
        return self.pg.one(f"SELECT p.id FROM adminduk.permohonan p JOIN adminduk.orang o ON o.id = p.pemohon_id WHERE nik = '16749941010110{n:02}'")

    def restore(self, dump):
        """As an operator does: the database gone, made anew, filled from the dump."""
        name = self.pg.database
        for sql in (f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'", f'DROP DATABASE {name}',
                    f'CREATE DATABASE {name} OWNER jemput'):
            self.pg.psql(sql, user='postgres', database='postgres')
        self.at('psql', self.pg, '-Xq', '-v', 'ON_ERROR_STOP=1', stdin=dump)

    def history(self, key):
        return self.space.one('t1', f"SELECT count(*) FROM jemput_history('permohonan', x'{scene.hex_of(key)}') WHERE new = 'DITERIMA'")

    def test_a_database_that_was_put_back_from_a_dump_catches_up_exactly_and_no_change_of_the_office_s_is_written_twice(self):
        self.pg = scene.database('putback')
        self.office, self.space = Office(self.pg), Space('kembali', tablets=1)
        self.space.join(self.office)
        self.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        kept, gone, later = (self.application(n) for n in (1, 2, 3))
        self.space.sql('t1', f"INSERT INTO catatan(id, permohonan_id, isi) VALUES(jemput_id(), x'{scene.hex_of(gone)}', 'hapus nanti')")
        self.space.sync('t1')
        self.office.once()
        self.pg.psql(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{kept}'", user='siak')  # waits when the backup is made
        dump = self.at('pg_dump', self.pg)
        self.office.once()
        self.pg.psql(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{later}'", user='siak')  # the backup knows nothing of it
        self.office.once()
        self.space.sync('t1')
        self.space.sql('t1', f"DELETE FROM catatan WHERE isi = 'hapus nanti'; UPDATE orang SET nama = 'WARGA SATU' WHERE nama = 'WARGA 1';"
                             f"INSERT INTO catatan(id, permohonan_id, isi) VALUES(jemput_id(), x'{scene.hex_of(kept)}', 'baru')")
        self.application(4)
        exact, batches = self.pg.psql(self.EVERYTHING), int(self.pg.one('SELECT count(*) FROM jemput.batch'))
        self.assertEqual([self.history(key) for key in (kept, later)], [1, 1])
        self.restore(dump)
        self.assertNotEqual(self.pg.psql(self.EVERYTHING), exact)
        self.assertLess(int(self.pg.one('SELECT count(*) FROM jemput.batch')), batches)
        for _ in range(2):
            self.office.once()
        self.assertEqual(self.pg.psql(self.EVERYTHING), exact)
        self.assertEqual(self.pg.rows('SELECT state FROM jemput.outbox'), [['diteruskan']])
        self.assertEqual(self.office.audit()[0]['count'], 0)
        self.space.sync('t1')
        self.assertEqual([self.history(key) for key in (kept, later)], [1, 1])
        self.assertEqual(self.office.store('kembali', 'SELECT count(*) FROM jemput_conflict'), [[0]])
        whole = self.pg.one('SELECT whole FROM jemput.batch ORDER BY at DESC LIMIT 1')
        self.pg.psql(f"UPDATE adminduk.permohonan SET status = 'PERIKSA_DINAS' WHERE id = '{later}'", user='siak')  # and the way back goes on
        self.office.once()
        self.assertEqual((whole, self.pg.rows('SELECT state FROM jemput.outbox ORDER BY id')), ('t', [['diteruskan'], ['diteruskan']]))


class TwoFolders(unittest.TestCase):
    """Two centrals with a folder each, in one space, before one PostgreSQL."""

    def test_one_fills_it_and_the_other_stays_back_says_why_and_takes_over_when_that_one_is_silent(self):
        pg = scene.database('dua')
        first, second, space = Office(pg), Office(pg, name='cadangan'), Space('bersama', tablets=1)
        space.join(first)
        space.cli('kantor', 'invite', '--role', 'pusat', '--out', 'kedua.undangan')
        space.sync('kantor')
        second.central('add', space.name, '--join', space.at / 'kedua.undangan')
        for _ in range(2):
            second.once(code=None)
            space.let_in()
            first.once()
        code, _, err = second.once(code=None)
        self.assertEqual((code, 'another central fills space bersama' in err, str(first.at) in err), (1, True, True), err)
        count, whole = 'SELECT count(*) FROM jemput.batch', 'SELECT count(*) FROM jemput.batch WHERE whole'
        aside = first.at.with_name('di-tempat-lain')
        first.at.rename(aside)
        second.at.rename(first.at)  # as on a machine that was made from the same image: the host's name and the folder's are the same
        code, _, err = first.once(code=None)
        self.assertEqual((code, 'another central fills space bersama' in err), (1, True), err)
        first.at.rename(second.at)
        aside.rename(first.at)
        before = pg.one(count), pg.one(whole)
        for _ in range(2):
            second.once(code=None)
            first.once()
        self.assertEqual((pg.one(count), pg.one(whole)), before, 'they write it in turn')
        space.sql('t1', "INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'dari yang kedua')")
        space.sync('t1')
        # The first one has been silent for long.
        pg.psql("UPDATE jemput.setting SET value = '1' || substr(value, strpos(value, ' ')) WHERE name LIKE 'folder.%'")
        second.once()
        second.once()
        self.assertEqual(pg.one("SELECT isi FROM adminduk.catatan"), 'dari yang kedua')
        code, _, err = first.once(code=None)
        self.assertEqual((code, str(second.at) in err), (1, True), err)
        self.assertEqual([second.audit()[0]['count'], pg.one("SELECT count(*) FROM jemput.setting WHERE name LIKE 'folder.%'")], [0, '1'])


class Odd(unittest.TestCase):
    """What SQLite lets stand in a column and PostgreSQL does not, and schemas that grow."""

    count = 0

    def setUp(self):
        self.pg = scene.database('odd' + str(type(self).count))
        type(self).count += 1

    def test_misfits_are_kept_whole_and_stop_nothing(self):
        (scene.FOLDER / 'aneh.sql').write_text(ODD)
        office, space = Office(self.pg, 'pusat-aneh'), Space('aneh', schema=scene.FOLDER / 'aneh.sql')
        space.join(office)
        long = 'p' * 3000
        space.sql('t1', f"""INSERT INTO induk(kode, nilai, isi, unik) VALUES('a', 'dua', CAST(x'6100ff62' AS TEXT), CAST(x'ff' AS TEXT)),
              ('b', 2, 'baik', CAST(x'fe' AS TEXT));
            INSERT INTO induk(kode, isi) VALUES(CAST(x'00' AS TEXT), 'tak terkunci'), ('{long}', 'panjang');
            UPDATE induk SET bebas = 5 WHERE kode = 'b';
            INSERT INTO anak VALUES(jemput_id(), CAST(x'00' AS TEXT), 'teks', 'x', 20230105), ('0123456789abcdef', 'a', x'00', 1, '2023-01-05')""")
        space.sync('t1')
        office.once()
        self.assertEqual(self.pg.rows("SELECT kode, nilai, isi, unik, bebas FROM adminduk.induk ORDER BY kode"),
                         [['a', '', 'a\ufffd\ufffdb', '', ''], ['b', '2', 'baik', '', '5']])
        self.assertEqual(self.pg.rows('SELECT kode, data, n, tanggal FROM adminduk.anak'), [['', '\\x74656b73', '', '20230105']])
        self.assertEqual(self.pg.rows("SELECT col, value FROM jemput.misfit WHERE tbl = 'induk' AND key = '\"a\"' ORDER BY col"),
                         [['isi', '{"text": "6100ff62"}'], ['nilai', '"dua"'], ['unik', '{"text": "ff"}']])
        self.assertEqual(self.pg.one("SELECT count(DISTINCT (tbl, key)) FROM jemput.misfit WHERE NOT shown"), '3')
        self.assertEqual(office.audit()[0]['count'], 0)
        space.sql('t1', "UPDATE induk SET nilai = 2, isi = 'baik', unik = NULL WHERE kode = 'a'")
        space.sync('t1')
        office.once()
        self.assertEqual(self.pg.one("SELECT count(*) FROM jemput.misfit WHERE key = '\"a\"'"), '0')

    def test_a_migration_adds_what_is_new_and_spaces_at_two_versions_stand_side_by_side(self):
        (scene.FOLDER / 'tumbuh.sql').write_text(ODD)
        office = Office(self.pg, 'pusat-tumbuh', partitions=0)
        spaces = [Space(name, schema=scene.FOLDER / 'tumbuh.sql') for name in ('satu', 'dua')]
        for space in spaces:
            space.join(office)
            space.sql('t1', "INSERT INTO induk(kode, nilai) VALUES('a', 1)")
            space.sync('t1')
        office.once()
        spaces[0].sql('kantor', "SELECT jemput_migrate('ALTER TABLE induk ADD COLUMN baru TEXT DEFAULT ''x''; CREATE TABLE lagi(id TEXT PRIMARY KEY "
                                "NOT NULL, kode TEXT REFERENCES induk(kode)); SELECT jemput_replicate(''lagi'')')")
        spaces[0].sync('kantor', 't1')
        spaces[0].sql('t1', "UPDATE induk SET baru = 'y'; INSERT INTO lagi VALUES('l', 'a')")
        spaces[1].sql('t1', "UPDATE induk SET nilai = 2")
        for space in spaces:
            space.sync('t1')
        office.once()
        self.assertEqual(self.pg.rows("SELECT s.name, nilai, baru FROM adminduk.induk i JOIN jemput.space s ON s.id = i.space ORDER BY 1 DESC"),
                         [['satu', '1', 'y'], ['dua', '2', 'x']])
        self.assertEqual(self.pg.rows("SELECT id, kode FROM adminduk.lagi"), [['l', 'a']])
        self.assertEqual(self.pg.one("SELECT count(*) FROM pg_constraint WHERE conname = 'lagi_kode' AND contype = 'f'"), '1')
        office.central('roles', '--map', 'siak=petugas', '--grant', 'siak')
        insert = "INSERT INTO adminduk.lagi(space, id, kode) SELECT space, 'm', 'a' FROM jemput.space_token WHERE name = '{}'"
        self.assertIsNone(self.pg.psql(insert.format('dua'), user='siak', check=False), 'that space has no such table')
        self.assertIn('tabel lagi tidak ada di ruang', self.pg.why)
        self.assertIsNotNone(self.pg.psql(insert.format('satu'), user='siak', check=False), self.pg.why)
        self.assertEqual([space['count'] for space in office.audit()], [0, 0])


if __name__ == '__main__':
    scene.main()
