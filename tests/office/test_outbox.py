#!/usr/bin/env python3
"""The way back: what the office's systems change in PostgreSQL becomes signed writes, once, or is refused and stays to be seen. A real server.

  test_outbox.py JEMPUT JEMPUT-CENTRAL"""
import contextlib
import json
import sqlite3
import unittest

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
        cls.count = 0

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
        self.space.sync('t1')
        self.assertEqual(self.space.one('t1', f"SELECT status FROM permohonan WHERE id = x'{hex_of(key)}'"), 'DITERIMA')
        edit = self.space.rows('t1', f"SELECT old, new, note, signature FROM jemput_history('permohonan', x'{hex_of(key)}') "
                                     f"WHERE col = 'status' AND op = 'ubah'")
        self.assertEqual(edit, [['LENGKAP', 'DITERIMA', 'pg siak/budi: sesuai berkas', 'sah']])

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

    def test_tables_are_not_emptied_rows_keep_their_space_and_only_the_owner_is_unseen(self):
        key, _ = self.application()
        self.pg.psql("INSERT INTO jemput.space(id, name, hex) SELECT id + 1, 'lain', 'lain' FROM jemput.space")
        self.addCleanup(self.pg.psql, "DELETE FROM jemput.space WHERE name = 'lain'")
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
        self.assertEqual(self.office.central('roles').strip(), 'siak = verifikator')

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
