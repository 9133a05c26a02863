#!/usr/bin/env python3
"""The way back: what the office's systems change in PostgreSQL becomes signed writes, once, or is refused and stays to be seen. A real server.

  test_outbox.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import json
import sqlite3
import subprocess
import time
import unittest
import urllib.request

import scene
from scene import Office, Space, hex_of

NIK = '16749941010100{:02}'


class WayBack(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.pg = scene.database('outbox')
        cls.office, cls.space = Office(cls.pg), Space('sukamaju', tablets=1)
        cls.space.join(cls.office)
        cls.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        cls.office.central('roles', '--grant', 'loket')
        cls.store, cls.count = cls.office.at / 'spaces' / 'sukamaju.db', 0

    def application(self, status='LENGKAP'):
        """One from the tablet, in PostgreSQL by now: its id and the person's."""
        type(self).count += 1
        nik = NIK.format(self.count)
        self.space.sql('t1', f"""INSERT INTO orang(id, nama, nik) VALUES(jemput_id(), 'SITI', '{nik}');
            INSERT INTO permohonan(id, layanan, tanggal, pemohon_id, kode_kel, status)
            SELECT jemput_id(), 'KK', '2023-01-05', id, '{scene.KELURAHAN}', '{status}' FROM orang WHERE nik = '{nik}'""")
        self.space.sync('t1')
        self.office.once()
        return self.pg.rows(f"SELECT p.id, o.id FROM adminduk.permohonan p JOIN adminduk.orang o ON o.id = p.pemohon_id WHERE nik = '{nik}'")[0]

    def siak(self, sql, role='siak', **more):
        return self.pg.psql("SET jemput.orang = 'budi'; SET jemput.alasan = 'sesuai berkas';\n" + sql, user=role, **more)

    def sync_store(self):
        """Central's store alone, without a round."""
        scene.run(scene.PROGRAM, '-s', self.office.at / 'spaces' / 'sukamaju.db', 'sync')

    def newest(self):
        return self.pg.rows('SELECT state, why FROM jemput.outbox ORDER BY id DESC LIMIT 1')[0]

    def test_a_status_step_is_signed_and_reaches_the_tablet_with_who_and_why(self):
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{key}'")
        self.assertEqual(self.pg.rows('SELECT op, key, new, old, role, person, reason, state FROM jemput.outbox ORDER BY id DESC LIMIT 1'),
                         [['U', f'"{key}"', '{"status": "DITERIMA"}', '{"status": "LENGKAP"}', 'siak', 'budi', 'sesuai berkas', 'menunggu']])
        self.office.once()
        self.assertEqual(self.newest(), ['diteruskan', ''])
        ref = self.pg.one('SELECT ref FROM jemput.outbox ORDER BY id DESC LIMIT 1')
        self.space.sync('t1')
        self.assertEqual(self.space.one('t1', f"SELECT status FROM permohonan WHERE id = x'{hex_of(key)}'"), 'DITERIMA')
        edit = self.space.rows('t1', f"SELECT old, new, note, signature FROM jemput_history('permohonan', x'{hex_of(key)}') "
                                     f"WHERE col = 'status' AND op = 'ubah'")
        self.assertEqual(edit, [['LENGKAP', 'DITERIMA', f'pg siak/budi: sesuai berkas [{ref}]', 'sah']])

    def test_what_comes_back_signed_changes_nothing_a_second_time(self):
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{key}'")
        version = self.pg.one(f"SELECT xmin FROM adminduk.permohonan WHERE id = '{key}'")
        lines = self.pg.one('SELECT count(*) FROM jemput.outbox')
        self.office.once()
        self.office.once()
        self.assertEqual(self.pg.one(f"SELECT xmin FROM adminduk.permohonan WHERE id = '{key}'"), version)
        self.assertEqual(self.pg.one('SELECT count(*) FROM jemput.outbox'), lines)
        self.assertEqual(self.pg.one("SELECT count(*) FROM jemput.outbox WHERE role = 'jemput'"), '0', 'what central writes is none of the office')
        self.assertEqual(self.pg.one(f"SELECT device FROM jemput.cell WHERE tbl = 'permohonan' AND key = '\"{key}\"' AND grp LIKE '%status%'"), '2')

    def test_one_transaction_there_is_one_here_with_new_and_deleted_rows(self):
        key, orang = self.application()
        self.siak(f"""BEGIN; UPDATE adminduk.orang SET nik = '1674994101019999' WHERE id = '{orang}';
            INSERT INTO adminduk.catatan(space, id, permohonan_id, isi) SELECT space, 'aaaaaaaa-0000-0000-0000-000000000001', id, 'NIK terbit'
            FROM adminduk.permohonan WHERE id = '{key}';
            INSERT INTO adminduk.catatan(space, permohonan_id, isi) SELECT space, id, 'salah' FROM adminduk.permohonan WHERE id = '{key}';
            DELETE FROM adminduk.catatan WHERE isi = 'salah'; COMMIT""")
        self.office.once()
        self.assertEqual(self.pg.rows("SELECT count(*), count(DISTINCT xact), min(state), max(state) FROM jemput.outbox "
                                      "WHERE xact = (SELECT xact FROM jemput.outbox ORDER BY id DESC LIMIT 1)"),
                         [['4', '1', 'diteruskan', 'diteruskan']])
        self.space.sync('t1')
        self.assertEqual(self.space.one('t1', f"SELECT nik FROM orang WHERE id = x'{hex_of(orang)}'"), '1674994101019999')
        self.assertEqual(self.space.rows('t1', f"SELECT isi FROM catatan WHERE permohonan_id = x'{hex_of(key)}'"), [['NIK terbit']])

    def test_an_application_that_the_office_sends_back_arrives_with_its_reason_and_a_remark_for_the_field(self):
        key, _ = self.application()
        for before, after in ('LENGKAP', 'DITERIMA'), ('DITERIMA', 'PERIKSA_DINAS'):
            self.siak(f"UPDATE adminduk.permohonan SET status = '{after}' WHERE id = '{key}' AND status = '{before}'")
            self.office.once()
        self.siak(f"""BEGIN; SET LOCAL jemput.alasan = 'tanggal lahir tidak sama dengan akta';
            UPDATE adminduk.permohonan SET status = 'KEMBALI' WHERE id = '{key}';
            INSERT INTO adminduk.catatan(space, permohonan_id, elemen, isi) SELECT space, id, 'tanggal_lahir', 'di akta 12 Mei 1988'
            FROM adminduk.permohonan WHERE id = '{key}'; COMMIT""")
        self.office.once()
        self.space.sync('t1')
        self.assertEqual(self.space.rows('t1', f"SELECT status, elemen, isi FROM permohonan p JOIN catatan c ON c.permohonan_id = p.id "
                                               f"WHERE p.id = x'{hex_of(key)}'"), [['KEMBALI', 'tanggal_lahir', 'di akta 12 Mei 1988']])
        notes = self.space.rows('t1', f"SELECT note FROM jemput_history('permohonan', x'{hex_of(key)}') WHERE new = 'KEMBALI'")
        self.assertRegex(notes[0][0], '^pg siak/budi: tanggal lahir tidak sama dengan akta ')

    def test_what_the_policy_refuses_is_undone_there_and_stays_to_be_seen(self):
        key, _ = self.application()
        self.siak(f"BEGIN; UPDATE adminduk.permohonan SET keterangan = 'ikut' WHERE id = '{key}'; "
                  f"UPDATE adminduk.permohonan SET status = 'DISERAHKAN' WHERE id = '{key}'; COMMIT")
        self.office.once()
        state, why = self.newest()
        self.assertEqual(state, 'ditolak')
        self.assertIn('status', why)
        self.assertEqual(self.pg.rows(f"SELECT status, keterangan FROM adminduk.permohonan WHERE id = '{key}'"), [['LENGKAP', '']])
        self.assertEqual(self.office.store('sukamaju', f"SELECT status FROM permohonan WHERE id = x'{hex_of(key)}'"), [['LENGKAP']])
        mine = f"SELECT state FROM jemput.outbox_mine WHERE key = to_jsonb('{key}'::uuid)"
        self.assertEqual(self.pg.rows(mine, user='siak'), [['ditolak'], ['ditolak']])
        self.assertEqual(self.pg.rows(mine, user='loket'), [])

    def test_a_role_that_nobody_has_mapped_changes_nothing(self):
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'x' WHERE id = '{key}'; DELETE FROM adminduk.catatan", role='loket')
        self.office.once()
        state, why = self.newest()
        self.assertEqual(state, 'ditolak')
        self.assertIn('belum dipetakan', why)
        with contextlib.closing(sqlite3.connect(self.office.at / 'central.db')) as db:
            cases = db.execute("SELECT about FROM case_ WHERE kind = 'outbox' AND open AND label = 'loket' AND what_id LIKE '%dipetakan%'").fetchall()
        self.assertEqual(cases, [('loket/permohonan',)])
        self.assertEqual(self.pg.one(f"SELECT keterangan FROM adminduk.permohonan WHERE id = '{key}'"), '')

    def test_a_refused_insert_goes_and_a_refused_delete_comes_back(self):
        key, _ = self.application()
        self.siak(f"""INSERT INTO adminduk.permohonan(space, id, layanan, tanggal, status)
            SELECT space, 'aaaaaaaa-0000-0000-0000-000000000002', 'KK', '2023-01-01', 'TTE' FROM adminduk.permohonan WHERE id = '{key}'""")
        self.siak(f"DELETE FROM adminduk.permohonan WHERE id = '{key}'")
        self.office.once()
        self.assertEqual(self.pg.rows("SELECT state FROM jemput.outbox ORDER BY id DESC LIMIT 2"), [['ditolak'], ['ditolak']])
        self.assertEqual(self.pg.rows(f"SELECT id FROM adminduk.permohonan WHERE id IN ('{key}', 'aaaaaaaa-0000-0000-0000-000000000002')"), [[key]])

    def test_a_tablets_edit_at_the_same_time_is_a_conflict_and_not_overwritten(self):
        """The tablet's edit is in central's store by the time that the office's is written there."""
        key, orang = self.application()
        self.siak(f"UPDATE adminduk.orang SET nama = 'SITI KANTOR' WHERE id = '{orang}'")
        self.space.sql('t1', f"UPDATE orang SET nama = 'SITI TABLET' WHERE id = x'{hex_of(orang)}'")
        self.space.sync('t1')
        self.sync_store()
        self.office.once()
        self.assertEqual(self.pg.rows(f"SELECT value ->> 'nama' FROM jemput.conflict WHERE key = to_jsonb('{orang}'::uuid) ORDER BY 1"),
                         [['SITI KANTOR'], ['SITI TABLET']])
        self.assertTrue(key)

    def test_a_form_that_was_opened_before_says_so_by_its_token(self):
        """The tablet's edit is in PostgreSQL before the office saves: only the token that the form took tells that its writer had not seen it."""
        _, orang = self.application()
        token = self.pg.one('SELECT token FROM jemput.space_token', user='siak')
        self.space.sql('t1', f"UPDATE orang SET nama = 'SITI TABLET' WHERE id = x'{hex_of(orang)}'")
        self.space.sync('t1')
        self.office.once()
        self.siak(f"SET jemput.token = '{token}'; UPDATE adminduk.orang SET nama = 'SITI KANTOR' WHERE id = '{orang}'")
        self.office.once()
        self.assertEqual(self.pg.one(f"SELECT count(*) FROM jemput.conflict WHERE key = to_jsonb('{orang}'::uuid)"), '2')

    def test_what_the_office_had_written_to_a_row_that_is_gone_is_not_kept_there(self):
        """Erased everywhere means there, too; a refused insert stays to be looked at: it never came to be. In a batch and in a whole one."""
        for whole in (False, True):
            _, orang = self.application()
            self.siak(f"""INSERT INTO adminduk.catatan(space, orang_id, isi) SELECT space, id, 'rahasia' FROM adminduk.orang WHERE id = '{orang}';
                INSERT INTO adminduk.wilayah(space, kode, nama, tingkat, sumber) SELECT space, '99.{int(whole)}', 'X', 'kota', '-' FROM adminduk.orang
                WHERE id = '{orang}'""")
            self.office.once()
            self.space.sync('t1')
            self.space.sql('t1', "DELETE FROM catatan WHERE isi = 'rahasia'")
            self.space.sync('t1')
            if whole:
                self.pg.psql('UPDATE jemput.space SET whole_wanted = true')
            self.office.once()
            self.assertEqual(self.pg.one("SELECT count(*) FROM jemput.outbox WHERE new::text LIKE '%rahasia%'"), '0')
            self.assertEqual(self.pg.one(f"SELECT state FROM jemput.outbox WHERE new ->> 'kode' = '99.{int(whole)}'"), 'ditolak')

    def test_an_answer_that_was_lost_writes_nothing_twice(self):
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'dari kantor' WHERE id = '{key}'")
        self.office.once()
        self.space.sync('t1')
        self.space.sql('t1', f"UPDATE permohonan SET keterangan = 'dari tablet' WHERE id = x'{hex_of(key)}'")
        self.space.sync('t1')
        self.office.once()
        # as if we had been ended before PostgreSQL knew
        self.pg.psql("UPDATE jemput.outbox SET state = 'menunggu' WHERE key = to_jsonb('%s'::uuid)" % key)
        self.office.once()
        self.assertEqual(self.newest()[0], 'diteruskan')
        edits = self.office.store('sukamaju', f"SELECT count(*) AS n FROM jemput_history('permohonan', x'{hex_of(key)}') WHERE note LIKE 'pg siak%'")
        self.assertEqual(edits, [[1]])
        self.assertEqual(self.pg.one(f"SELECT keterangan FROM adminduk.permohonan WHERE id = '{key}'"), 'dari tablet')

    def test_a_transaction_of_very_many_rows_is_refused_unread_and_holds_nobody_up(self):
        key, _ = self.application()
        many = "INSERT INTO adminduk.catatan(space, isi) SELECT space, 'banyak' FROM jemput.space_token, generate_series(1, {})"
        self.siak(many.format(12000))
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'sesudahnya' WHERE id = '{key}'")
        self.siak("INSERT INTO adminduk.wilayah(space, kode, nama, tingkat, sumber) SELECT space, '97.' || n, 'banyak', 'kota', '-' "
                  "FROM jemput.space_token, generate_series(1, 600) n")  # few enough to be read; the policy refuses them: the space is written anew
        self.office.once()
        lines = "SELECT count(*), min(state), max(state), min(left(why, 38)) FROM jemput.outbox WHERE 'banyak' = new ->> "
        self.assertEqual(self.pg.rows(lines + "'isi'"), [['12000', 'ditolak', 'ditolak', 'transaksi terlalu besar: 12000 baris; ']])
        self.assertEqual(self.pg.rows(lines + "'nama'")[0][:3], ['600', 'ditolak', 'ditolak'])
        there = "SELECT 1 FROM adminduk.catatan WHERE isi = 'banyak' UNION SELECT 1 FROM adminduk.wilayah WHERE nama = 'banyak'"
        self.assertEqual(self.pg.rows(there), [])
        self.assertEqual((self.state(key, 'diteruskan'), self.edits(key)), ('diteruskan', [['sesudahnya']]))

    def test_a_way_back_that_does_not_work_at_the_moment_is_told(self):
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'nanti' WHERE id = '{key}'")
        self.pg.psql("""CREATE FUNCTION jemput.macet() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'terkunci' USING ERRCODE = '55P03'; END $$;
            CREATE TRIGGER macet BEFORE UPDATE ON jemput.outbox FOR EACH STATEMENT EXECUTE FUNCTION jemput.macet()""")
        self.addCleanup(self.pg.psql, 'DROP FUNCTION IF EXISTS jemput.macet CASCADE')
        code, _, err = self.office.once(code=None)
        self.assertEqual((code, '55P03' in err), (1, True))
        with subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--trace', '--listen', f'127.0.0.1:{(port := scene.free_port())}'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            for line in run.stderr:
                if line.endswith(': batch\n'):
                    break
            with urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics', timeout=10) as answer:
                told = answer.read().decode()
            run.terminate()
        self.assertRegex(told, r'jemput_outbox_stands_seconds\{space="sukamaju"\} \d+\.\d*[1-9]')
        self.assertRegex(told, r'jemput_errors_total\{space="sukamaju",kind="later"\} [1-9]')
        self.pg.psql('DROP FUNCTION jemput.macet CASCADE')
        self.office.once()
        self.assertEqual((self.state(key, 'diteruskan'), self.edits(key)), ('diteruskan', [['nanti']]))

    def copy_store(self):
        copy = scene.FOLDER / f'salinan-{self.count}.db'
        with contextlib.closing(sqlite3.connect(self.store)) as store, contextlib.closing(sqlite3.connect(copy)) as out:
            store.backup(out)
        return copy

    def put_back(self, copy):
        for end in ('-wal', '-shm'):
            self.store.with_name(self.store.name + end).unlink(missing_ok=True)
        copy.replace(self.store)

    def edits(self, key):
        return self.office.store('sukamaju', f"SELECT new FROM jemput_history('permohonan', x'{hex_of(key)}') WHERE note LIKE 'pg siak%'")

    def state(self, key, wanted):
        """Of the line about that row, once it is `wanted`; else what it is after ten seconds."""
        until = time.monotonic() + 10
        while True:
            state = self.pg.one(f"SELECT state FROM jemput.outbox WHERE key = to_jsonb('{key}'::uuid)")
            if state == wanted or time.monotonic() > until:
                return state
            time.sleep(0.05)

    def test_a_change_is_passed_on_when_the_hub_has_it_and_one_that_died_with_the_disk_before_is_written_again(self):
        key, _ = self.application()
        hub, away, copy = self.space.at / 'hub.git', self.space.at / 'pergi.git', self.copy_store()
        with subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--trace', '--listen', f'127.0.0.1:{scene.free_port()}'],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as run:
            for line in run.stderr:
                if line.endswith(': sent\n'):  # it has met its hub
                    break
            hub.rename(away)
            self.siak(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{key}'")
            signed = self.state(key, 'ditandatangani')
            run.kill()
        self.assertEqual((signed, self.edits(key)), ('ditandatangani', [['DITERIMA']]))
        self.put_back(copy)
        self.office.once(code=None)  # a store that has not met its hub signs nothing: it may be a copy
        away.rename(hub)
        self.assertEqual((self.state(key, 'ditandatangani'), self.edits(key)), ('ditandatangani', []))
        self.office.once()
        self.assertEqual((self.state(key, 'diteruskan'), self.edits(key)), ('diteruskan', [['DITERIMA']]))
        self.space.sync('t1')
        self.assertEqual(self.space.one('t1', f"SELECT status FROM permohonan WHERE id = x'{hex_of(key)}'"), 'DITERIMA')

    def test_a_store_put_back_from_a_copy_finds_in_the_log_what_it_had_sent_and_writes_nothing_twice(self):
        key, _ = self.application()
        copy = self.copy_store()
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'dari kantor' WHERE id = '{key}'")
        self.office.once()
        self.space.sync('t1')
        self.space.sql('t1', f"UPDATE permohonan SET keterangan = 'dari tablet' WHERE id = x'{hex_of(key)}'")
        self.space.sync('t1')
        self.put_back(copy)
        for asked in ('menunggu', 'ditandatangani'):  # as if PostgreSQL had not come to know
            self.pg.psql(f"UPDATE jemput.outbox SET state = '{asked}' WHERE key = to_jsonb('{key}'::uuid)")
            self.office.once()
            self.assertEqual((self.state(key, 'diteruskan'), self.edits(key)), ('diteruskan', [['dari kantor']]))
        self.assertEqual(self.pg.one(f"SELECT keterangan FROM adminduk.permohonan WHERE id = '{key}'"), 'dari tablet')

    def test_what_the_office_saw_of_a_store_that_was_put_back_is_not_taken_for_what_the_store_counts_by_that_number_now(self):
        """The tokens of before the copy was put back come again, and by then they say that more was seen."""
        _, orang = self.application()
        copy = self.copy_store()
        self.application()
        self.siak(f"UPDATE adminduk.orang SET tempat_lahir = 'KANTOR' WHERE id = '{orang}'")
        self.put_back(copy)
        self.space.sql('t1', f"UPDATE orang SET tempat_lahir = 'TABLET' WHERE id = x'{hex_of(orang)}'")
        self.space.sync('t1')
        self.sync_store()
        (now,), = self.office.store('sukamaju', 'SELECT jemput_token()')
        self.pg.psql(f"UPDATE jemput.outbox SET token = token - token % (1::bigint << 40) + {now} WHERE state = 'menunggu'")  # it had that number
        for _ in range(2):
            self.office.once()
        self.assertEqual((self.pg.one(f"SELECT tempat_lahir FROM adminduk.orang WHERE id = '{orang}'"), self.newest()[0]), ('TABLET', 'ditolak'))

    def test_what_another_process_signs_while_this_one_waits_for_the_file_is_not_written_again(self):
        """The second of two changes, which this process has read already, is marked by another one while it holds the file."""
        (first, _), (key, _) = self.application(), self.application()
        for each in (first, key):
            self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'dari kantor' WHERE id = '{each}'")
        ref = self.pg.one('SELECT ref FROM jemput.outbox ORDER BY id DESC LIMIT 1')
        with contextlib.closing(sqlite3.connect(self.store, isolation_level=None, timeout=10)) as store:
            with self.pg.session(f"BEGIN; SELECT 1 FROM jemput.outbox WHERE key = to_jsonb('{first}'::uuid) FOR UPDATE"):
                run = subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--once'])
                until = time.monotonic() + 10
                while not self.edits(first) and time.monotonic() < until:  # it is in the store, and the answer waits for the lock
                    time.sleep(0.05)
                store.execute('BEGIN IMMEDIATE')
                store.execute('INSERT INTO pusat_outbox VALUES(?, ?)', (ref, int(time.time() * 1000)))
            self.assertEqual(self.state(first, 'ditandatangani'), 'ditandatangani')
            time.sleep(0.3)  # by now it has looked for the mark, and waits
            store.execute('COMMIT')
        self.assertEqual((run.wait(timeout=60), self.edits(key), self.state(key, 'diteruskan')), (0, [], 'diteruskan'))

    def test_no_row_moves_from_any_space_to_any_other_in_one_partition_or_across(self):
        lines = self.pg.one('SELECT count(*) FROM jemput.outbox')
        self.pg.psql("""INSERT INTO jemput.space(id, name, hex) SELECT 100 + n, 'lain ' || n, 'lain ' || n FROM generate_series(1, 9) n;
            INSERT INTO adminduk.wilayah(space, kode, nama, tingkat, sumber) SELECT 100 + n, '99', 'X', 'kota', '-' FROM generate_series(1, 9) n""")
        self.addCleanup(self.pg.psql, "DELETE FROM adminduk.wilayah WHERE space > 100; DELETE FROM jemput.space WHERE id > 100")
        self.assertEqual(self.pg.one('SELECT count(DISTINCT tableoid) FROM adminduk.wilayah WHERE space > 100'), '2', 'both kinds of pairs are tried')
        moved = self.siak("""CREATE TEMP TABLE moved(a integer, b integer);
            DO $$ BEGIN FOR a IN 101..109 LOOP FOR b IN 101..109 LOOP
              IF a <> b THEN BEGIN
                UPDATE adminduk.wilayah SET space = b, kode = '98' WHERE space = a; INSERT INTO moved VALUES(a, b);
              EXCEPTION WHEN integrity_constraint_violation THEN NULL; END; END IF;
            END LOOP; END LOOP; END $$; SELECT * FROM moved""")
        self.assertEqual(moved, '')
        self.assertEqual(self.pg.one('SELECT count(*) FROM jemput.outbox'), lines)

    def test_tables_are_not_emptied_rows_keep_their_space_and_only_the_owner_is_unseen(self):
        key, _ = self.application()
        self.assertIsNone(self.siak(f"UPDATE adminduk.permohonan SET space = space + 1 WHERE id = '{key}'", check=False))
        self.assertIn('pindah ruang', self.pg.why)
        self.assertIsNone(self.siak('TRUNCATE adminduk.catatan', check=False))
        self.assertIsNone(self.pg.psql('TRUNCATE adminduk.catatan', check=False))
        self.assertIn('DELETE', self.pg.why)
        self.assertIsNone(self.siak('SELECT * FROM jemput.outbox', check=False))
        self.assertIsNone(self.siak("INSERT INTO jemput.role_map VALUES('siak', 'admin')", check=False))
        self.assertIsNone(self.siak("SELECT jemput.outbox_line(1, 'permohonan', 'D', '1', NULL, NULL)", check=False))

    def test_the_owner_of_the_tables_cannot_be_mapped(self):
        for role in ('jemput', 'postgres', 'tidak_ada'):
            self.office.central('roles', '--map', f'{role}=verifikator', code=1)
        self.pg.psql('CREATE ROLE orang_dalam LOGIN; GRANT jemput TO orang_dalam', user='postgres')
        for option in ('--map', 'orang_dalam=verifikator'), ('--grant', 'orang_dalam'):
            self.office.central('roles', *option, code=1)
        self.assertEqual(self.office.central('roles').strip(), 'siak = verifikator')

    def test_no_role_is_mapped_that_could_write_the_outbox_itself_or_make_itself_one_that_can(self):
        told, rights = [], ['GRANT ' + right + ' TO {}' for right in (
            'pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files', 'INSERT ON jemput.outbox', 'UPDATE(role) ON jemput.outbox',
            'UPDATE ON jemput.role_map', 'TRIGGER ON adminduk.catatan')]
        for n, right in enumerate(rights + ['ALTER ROLE {} CREATEROLE', 'CREATE ROLE atas CREATEROLE; ALTER ROLE {} NOINHERIT; GRANT atas TO {}']):
            role = f'luas{n}'
            self.pg.psql(f'CREATE ROLE {role} LOGIN; ' + right.format(role, role), user='postgres')
            self.addCleanup(self.pg.psql, f'DROP OWNED BY {role}; DROP ROLE {role}', user='postgres')
            if self.office.central('roles', '--map', f'{role}=verifikator', code=None)[0] != 1:
                told.append(right)
        self.assertEqual((told, self.office.central('roles').strip()), ([], 'siak = verifikator'))

    def test_a_projecting_role_of_another_name_projects_without_being_taken_for_the_office(self):
        """Renamed: the guards follow. Another role than the tables' owner is refused, before it writes a row."""
        lines = self.pg.one('SELECT count(*) FROM jemput.outbox')
        self.pg.psql('CREATE ROLE lain LOGIN; GRANT jemput TO lain', user='postgres')
        self.addCleanup(self.pg.psql, 'DROP ROLE lain', user='postgres')
        code, _, err = self.office.central('run', '--once', '--postgres', self.pg.conninfo('lain'), code=None)
        self.assertEqual((code, 'belong to role jemput' in err), (1, True), err)
        for name, before in (('pusat_baru', 'jemput'), ('jemput', 'pusat_baru')):
            self.pg.psql(f'ALTER ROLE {before} RENAME TO {name}', user='postgres')
            self.space.sql('t1', f"INSERT INTO orang(id, nama) VALUES(jemput_id(), 'DARI {name}')")
            self.space.sync('t1')
            self.office.central('run', '--once', '--postgres', self.pg.conninfo(name))
            self.assertEqual(self.pg.one(f"SELECT count(*) FROM adminduk.orang WHERE nama = 'DARI {name}'", user=name), '1')
            self.assertEqual(self.pg.one('SELECT count(*) FROM jemput.outbox', user=name), lines)
        key, _ = self.application()
        self.siak(f"UPDATE adminduk.permohonan SET keterangan = 'masih tercatat' WHERE id = '{key}'")
        self.office.once()
        self.assertEqual(self.edits(key), [['masih tercatat']])

    def test_while_a_role_of_the_office_is_a_member_of_the_owner_nothing_is_signed_for_it_could_write_in_any_name(self):
        key, _ = self.application()
        self.pg.psql('GRANT jemput TO loket', user='postgres')
        self.addCleanup(self.pg.psql, 'REVOKE jemput FROM loket', user='postgres')
        self.pg.psql("SET ROLE jemput; INSERT INTO jemput.outbox(space, tbl, op, key, new, role) "
                     f"SELECT id, 'permohonan', 'U', to_jsonb('{key}'::uuid), "
                     "'{\"status\": \"DITERIMA\"}', 'siak' FROM jemput.space", user='loket')
        code, _, err = self.office.once(code=None)
        self.assertEqual((code, self.state(key, 'menunggu'), self.edits(key)), (1, 'menunggu', []))
        self.assertIn('loket', err)
        self.pg.psql("DELETE FROM jemput.outbox WHERE state = 'menunggu'")

    def test_rights_are_narrowed_to_the_mapped_role_and_region(self):
        key, _ = self.application('LENGKAP')
        self.office.central('roles', '--map', 'loket=kelurahan@16.74.99')
        self.siak(f"UPDATE adminduk.permohonan SET status = 'ANTRE' WHERE id = '{key}'", role='loket')
        self.office.once()
        self.assertEqual(self.newest()[0], 'ditolak')
        self.office.central('roles', '--map', f'loket=kelurahan@{scene.KELURAHAN}')
        self.siak(f"UPDATE adminduk.permohonan SET status = 'ANTRE' WHERE id = '{key}'", role='loket')
        self.office.once()
        self.assertEqual(self.newest()[0], 'diteruskan')
        self.office.central('roles', '--map', 'loket=')

    def test_a_row_that_is_gone_or_a_table_that_is_not_there_is_refused_in_words(self):
        key, orang = self.application()
        nobody = 'aaaaaaaa-0000-0000-0000-00000000ffff'
        for table, key, new in (('tiada', '1', {}), ('orang', f'"{nobody}"', {'nama': 'X'}), ('orang', f'"{orang}"', {'tiada': 1}),
                                ('orang', f'"{orang}"', {'keluarga_id': 'zz'})):
            self.pg.psql(f"INSERT INTO jemput.outbox(space, token, tbl, op, key, new, role) "
                         f"SELECT id, token, '{table}', 'U', '{key}', '{json.dumps(new)}', 'siak' FROM jemput.space")
        self.office.once()
        whys = [line[0] for line in self.pg.rows('SELECT why FROM jemput.outbox ORDER BY id DESC LIMIT 4')]
        for why, words in zip(reversed(whys), ('tabel tiada', 'tidak ada lagi', 'kolom tiada', 'tidak dapat dibaca')):
            self.assertIn(words, why)
        self.assertTrue(key)

    def test_after_the_store_was_computed_anew_a_change_counts_only_on_what_it_was_made_of(self):
        """The token is not known any more (put here beyond any): the row must stand as the office had seen it."""
        key, orang = self.application()
        self.pg.psql('UPDATE jemput.space SET token = 9000000')
        self.siak(f"UPDATE adminduk.permohonan SET status = 'DITERIMA' WHERE id = '{key}'")
        self.siak(f"UPDATE adminduk.orang SET nama = 'SITI KANTOR' WHERE id = '{orang}'")
        self.space.sql('t1', f"UPDATE orang SET nama = 'SITI TABLET' WHERE id = x'{hex_of(orang)}'")
        self.space.sync('t1')
        self.sync_store()
        self.office.once()
        self.assertEqual(self.pg.rows("SELECT state FROM jemput.outbox ORDER BY id DESC LIMIT 2"), [['ditolak'], ['diteruskan']])
        self.assertIn('berubah sejak dilihat', self.newest()[1])
        self.assertEqual(self.pg.one(f"SELECT nama FROM adminduk.orang WHERE id = '{orang}'"), 'SITI TABLET')


if __name__ == '__main__':
    scene.main()
