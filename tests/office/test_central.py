#!/usr/bin/env python3
"""The central service with central.db alone: rows, conflicts and held rows arrive there, once, whatever is killed when; the daemon; the night.

  test_central.py JEMPUT JEMPUT-CENTRAL [a test's name …]"""
import os
import random
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request

import scene
from scene import CENTRAL, KELURAHAN, Office, Space, run

SIDES = ('row_', 'cell_', 'conflict_', 'held_')


def base(office):
    return sqlite3.connect(office.at / 'central.db')


def ask(office, query, *values):
    db = base(office)
    try:
        return db.execute(query, values).fetchall()
    finally:
        db.close()


def one(office, query, *values):
    return ask(office, query, *values)[0][0]


def contents(office):
    """Everything that central.db says of rows, without what may differ between two folders: numbers of batches."""
    db, out = base(office), {}
    for (name,) in db.execute('SELECT name FROM table_ ORDER BY name').fetchall():
        out[name] = sorted(db.execute(f'SELECT * FROM "{name}"').fetchall(), key=repr)
    for name in SIDES:
        columns = [c[1] for c in db.execute(f'PRAGMA table_info({name})') if c[1] != 'batch']
        out[name] = sorted(db.execute(f'SELECT {", ".join(columns)} FROM {name}').fetchall(), key=repr)
    found = db.execute('SELECT o.tbl, o.key, s.name, s.head FROM search_of o JOIN search_ s ON s.rowid = o.rowid_').fetchall()
    out['search'] = sorted(found, key=repr)
    db.close()
    return out


def anew(office, space):
    """The same of a second folder that reads the same store whole."""
    other = Office(name=f'lain-{random.getrandbits(32):x}')
    other.central('add', space.name, '--store', office.at / 'spaces' / f'{space.name}.db')
    other.once()
    found = contents(other)
    shutil.rmtree(other.at)
    return found


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def person(space, tablet, nik, name):
    space.sql(tablet, f"""BEGIN; INSERT INTO keluarga(id, nama_kepala, no_kk, alamat, rt, rw, kode_kel)
        VALUES(jemput_id(), '{name}', '{nik[:12]}9999', 'Jl. Uji 1', '001', '002', '{KELURAHAN}');
        INSERT INTO orang(id, keluarga_id, nama, nik) SELECT jemput_id(), id, '{name}', '{nik}' FROM keluarga WHERE nama_kepala = '{name}'; COMMIT""")
    return space.one(tablet, f"SELECT lower(hex(id)) FROM orang WHERE nik = '{nik}'")


class Rows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.office, cls.space = Office(name='pusat-baris'), Space('wonosari', tablets=2)
        cls.space.join(cls.office)

    def arrive(self, *tablets):
        self.space.sync(*tablets)
        self.office.once()
        self.space.sync(*tablets)

    def test_rows_and_who_wrote_them_are_what_the_store_says(self):
        key = person(self.space, 't1', '1674990101900001', 'SITI AMINAH')
        self.arrive('t1')
        self.space.sql('t1', f"UPDATE orang SET tempat_lahir = 'Wonosari' WHERE id = x'{key}'")
        self.arrive('t1')
        self.assertEqual(ask(self.office, f"SELECT nama, tempat_lahir FROM orang WHERE id = x'{key}'"), [('SITI AMINAH', 'Wonosari')])
        writer, made, changed = ask(self.office, f"SELECT lower(hex(r.writer)), r.segment, c.segment FROM row_ r JOIN cell_ c USING(space, tbl, key) "
                                                 f"WHERE r.key = x'{key}' AND c.grp = 'tempat_lahir'")[0]
        edits = self.space.rows('t1', f"SELECT DISTINCT writer, op, segment FROM jemput_history('orang', x'{key}')")
        self.assertEqual(edits, [[writer, 'buat', made], [writer, 'ubah', changed]])
        self.assertEqual(one(self.office, 'SELECT count(*) FROM wilayah'), self.space.one('t1', 'SELECT count(*) FROM wilayah'))
        self.assertEqual(contents(self.office), anew(self.office, self.space))

    def test_a_conflict_and_its_end_arrive(self):
        key = person(self.space, 't1', '1674990101900002', 'BUDI')
        self.arrive('t1', 't2', 't1', 't2')
        for tablet, name in (('t1', 'BUDI S'), ('t2', 'BUDI R')):
            self.space.sql(tablet, f"UPDATE orang SET nama = '{name}' WHERE id = x'{key}'")
        self.space.sync('t1', 't2')
        self.office.once()
        sides = ask(self.office, f"SELECT grp, hard, json_extract(value, '$.nama'), label FROM conflict_ WHERE key = x'{key}' ORDER BY 3")
        self.assertEqual(sides, [('nama', 1, 'BUDI R', 'tablet 04'), ('nama', 1, 'BUDI S', 'tablet 03')])
        self.assertEqual(one(self.office, "SELECT n FROM count_ WHERE name = 'conflicts_hard'"), 1)
        self.assertEqual(contents(self.office), anew(self.office, self.space))
        self.space.sync('kantor')
        shown = self.space.one('kantor', f"SELECT value FROM jemput_conflict WHERE key = x'{key}' AND shown")
        hidden = self.space.one('kantor', f"SELECT value FROM jemput_conflict WHERE key = x'{key}' AND NOT shown")
        self.space.cli('kantor', 'resolve', 'orang', key, '--set', f'nama={shown}', '--hide', f'nama={hidden}', '--reason', 'sesuai akta')
        self.arrive('kantor')
        self.assertEqual(ask(self.office, f"SELECT 1 FROM conflict_ WHERE key = x'{key}'"), [])
        self.assertEqual(contents(self.office), anew(self.office, self.space))

    def test_a_held_row_stands_beside_with_its_reason_and_comes_in_when_that_goes(self):
        schema = scene.FOLDER / 'unik.sql'
        schema.write_text("CREATE TABLE barang(id BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16), kode TEXT UNIQUE, n INTEGER);"
                          "SELECT jemput_replicate('barang');")
        office, space = Office(name='pusat-unik'), Space('unik', tablets=2, schema=schema)
        space.join(office)
        space.sync('t1', 't2')
        office.once()
        space.sync('t1', 't2')
        for n, tablet in ((1, 't1'), (2, 't2')):
            space.sql(tablet, f"INSERT INTO barang VALUES(x'{n:032x}', 'A', {n})")
            space.sync(tablet)
        office.once()
        held = ask(office, "SELECT tbl, hex(key), reason, against_tbl, hex(against_key), json_extract(row, '$.n'), label FROM held_")
        self.assertEqual(held, [('barang', f'{2:032X}', 'UNIQUE barang.kode', 'barang', f'{1:032X}', 2, 'tablet 04')])
        self.assertEqual(ask(office, 'SELECT hex(id) FROM barang'), [(f'{1:032X}',)])
        self.assertEqual(contents(office), anew(office, space))
        space.sql('t1', "DELETE FROM barang")
        space.sync('t1')
        office.once()
        self.assertEqual(ask(office, 'SELECT tbl FROM held_'), [])
        self.assertEqual(ask(office, 'SELECT hex(id) FROM barang'), [(f'{2:032X}',)])
        self.assertEqual(contents(office), anew(office, space))

    def test_persons_are_found_by_how_their_names_are_spelled_and_suspected_twins_are_listed(self):
        for nik, name in (('1674990101900004', 'Soekarno Djaya'), ('1674990101900005', 'SUKARNO JAYA')):
            person(self.space, 't1', nik, name)
            self.space.sql('t1', f"UPDATE orang SET tanggal_lahir = '1970-02-03' WHERE nik = '{nik}'")
        self.arrive('t1')
        other = Office(name='pusat-ganda') # a fresh look: twins are looked for every ten minutes at most
        other.central('add', 'wonosari', '--store', self.office.at / 'spaces' / 'wonosari.db')
        other.once()
        self.assertEqual(one(other, "SELECT count(*) FROM search_ WHERE search_ MATCH 'name: sukarno*'"), 2)
        self.assertEqual(ask(other, "SELECT min(x.nik, y.nik), max(x.nik, y.nik) FROM twin_ t JOIN orang x ON x.id = t.a JOIN orang y ON y.id = t.b "
                                    "WHERE tbl = 'orang' AND t.reasons LIKE '%NAMA_EJAAN%'"), [('1674990101900004', '1674990101900005')])

    def test_what_the_console_s_lists_ask_is_answered_by_indexes(self):
        final = "('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG')"
        for query, index in (
                ("SELECT id FROM permohonan WHERE tanggal = '2023-01-05' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_hari'),
                ("SELECT id FROM permohonan WHERE status = 'LENGKAP' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_status'),
                ("SELECT id FROM permohonan WHERE kode_kel = '1' ORDER BY tanggal DESC, space, id LIMIT 50", 'permohonan_kel'),
                (f"SELECT id FROM permohonan WHERE batas_waktu < '2023' AND status NOT IN {final} ORDER BY batas_waktu LIMIT 50", 'permohonan_batas'),
                ("SELECT kode_kel, layanan, count(*) FROM permohonan WHERE substr(tanggal, 1, 7) = '2022-12' GROUP BY kode_kel, layanan, status",
                 'permohonan_rekap'),
                ("SELECT id FROM orang WHERE nik = '1'", 'orang_nik'), ("SELECT id FROM keluarga WHERE kode_kel = '1' AND rw = '2'", 'keluarga_kel'),
                ("SELECT key FROM conflict_ WHERE hard ORDER BY hard DESC, since_ms LIMIT 50", 'conflict_queue')):
            plan = ' | '.join(row[3] for row in ask(self.office, 'EXPLAIN QUERY PLAN ' + query))
            with self.subTest(query=query):
                self.assertIn(index, plan)
                self.assertNotIn('USE TEMP B-TREE FOR ORDER BY', plan)


class Whole(unittest.TestCase):
    def test_nothing_new_is_no_batch(self):
        office, space = Office(name='pusat-diam'), Space('diam')
        space.join(office)
        before = ask(office, 'SELECT count(*), max(at_ms) FROM batch')
        office.once()
        self.assertEqual(ask(office, 'SELECT count(*), max(at_ms) FROM batch'), before)

    def test_a_store_that_was_put_back_from_a_copy_is_read_whole(self):
        office, space = Office(name='pusat-lama'), Space('lama')
        space.join(office)
        store = office.at / 'spaces' / 'lama.db'
        shutil.copy(store, scene.FOLDER / 'salinan.db')
        key = person(space, 't1', '1674990101900006', 'DEWI')
        space.sync('t1')
        office.once()
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 1)
        shutil.copy(scene.FOLDER / 'salinan.db', store)
        shutil.move(space.at / 'hub.git', space.at / 'hub.off')
        self.assertIn('lama', office.once(code=None)[2]) # exit 1: no hub; what the store says is projected all the same
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 0)
        self.assertEqual(one(office, 'SELECT whole FROM batch ORDER BY number DESC LIMIT 1'), 1)
        shutil.move(space.at / 'hub.off', space.at / 'hub.git')
        office.once()
        self.assertEqual(one(office, f"SELECT count(*) FROM orang WHERE id = x'{key}'"), 1)
        self.assertEqual(contents(office), anew(office, space))

    def test_a_space_that_fails_does_not_keep_the_others_and_is_named(self):
        office, good, bad = Office(name='pusat-dua'), Space('baik'), Space('rusak')
        for space in (good, bad):
            space.join(office)
        shutil.rmtree(bad.at / 'hub.git')
        person(good, 't1', '1674990101900007', 'EKO')
        good.sync('t1')
        code, _, err = office.once(code=None)
        self.assertEqual(code, 1)
        self.assertIn('rusak', err)
        self.assertNotIn('baik', err)
        self.assertEqual(one(office, "SELECT count(*) FROM orang WHERE nik = '1674990101900007'"), 1)
        code, out, _ = office.central('status', code=None)
        self.assertEqual(code, 1)
        self.assertIn('OFFLINE', out)

    def test_a_forgotten_person_is_in_no_file_of_the_folder_any_more(self):
        office, space = Office(name='pusat-lupa'), Space('lupa')
        space.join(office)
        key = person(space, 't1', '1674990101900008', 'ZULKARNAENXYZ')
        space.sync('t1')
        office.once()
        space.sync('kantor')
        files = [office.at / name for name in ('central.db', 'central.db-wal')]
        self.assertTrue(any(b'ZULKARNAENXYZ' in f.read_bytes() for f in files if f.exists()))
        keluarga = space.one('kantor', "SELECT lower(hex(id)) FROM keluarga WHERE nama_kepala = 'ZULKARNAENXYZ'")
        for table, row in (('orang', key), ('keluarga', keluarga)):
            space.cli('kantor', 'forget', table, row, '--basis', 'UU 27/2022 pasal 8')
        space.sync('kantor')
        office.once()
        self.assertEqual(ask(office, f"SELECT 1 FROM orang WHERE id = x'{key}'"), [])
        for f in files:
            for word in (b'ZULKARNAENXYZ', b'1674990101900008'):
                self.assertFalse(f.exists() and word in f.read_bytes(), (f, word))

    def test_sealed_stores_open_by_the_key_file_alone(self):
        office, space = Office(name='pusat-segel'), Space('segel')
        (scene.FOLDER / 'kunci').write_text('5a' * 32 + '\n')
        office.central('add', 'segel', '--join', space.at / 'pusat.undangan', '--key-file', scene.FOLDER / 'kunci')
        code, _, err = office.once(code=None)
        self.assertEqual((code, 'key-file' in err), (1, True))
        office.central('run', '--once', '--key-file', scene.FOLDER / 'kunci')
        self.assertNotIn(b'SQLite format 3', (office.at / 'spaces' / 'segel.db').read_bytes()[:16])


class Killed(unittest.TestCase):
    def test_killed_at_any_moment_it_repeats_nothing_and_loses_nothing(self):
        office, space = Office(name='pusat-mati'), Space('mati', tablets=2)
        space.join(office)
        seed = int(os.environ.get('JEMPUT_SEED', '7'))
        rng, kills = random.Random(seed), 0
        for n in range(12):
            for tablet in ('t1', 't2'):
                person(space, tablet, f'16749902019{n:02d}00{tablet[1]}', f'ORANG {n} {tablet}')
                space.sync(tablet)
            for _ in range(3):
                p = subprocess.Popen([CENTRAL, 'run', office.at, '--once'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                time.sleep(rng.uniform(0.002, 0.09))
                kills += p.poll() is None
                p.kill()
                p.wait()
            found = contents(office) # whatever was killed: a whole state, each row with its line beside it
            self.assertEqual(len(found['orang']), len([r for r in found['row_'] if r[1] == 'orang']), seed)
        office.once()
        self.assertGreater(kills, 5, 'nobody was killed: this test tests nothing')
        self.assertEqual(one(office, "SELECT count(*) FROM orang WHERE nama LIKE 'ORANG %'"), 24)
        self.assertEqual(contents(office), anew(office, space))
        space.sync('t1', 't2', 't1', 't2')
        self.assertEqual(space.rows('t1', 'SELECT jemput_state_hash()'), office.store('mati', 'SELECT jemput_state_hash()'))
        history = space.rows('t1', "SELECT count(*) FROM (SELECT DISTINCT o.id, writer, op, segment FROM orang o, "
                                    "jemput_history('orang', o.id) WHERE nama LIKE 'ORANG %')")
        self.assertEqual(history, [[24]])


class Daemon:
    """`jemput central run`, until the block ends."""

    def __init__(self, office, *options):
        self.port = free_port()
        self.args = [CENTRAL, 'run', str(office.at), '--listen', f'127.0.0.1:{self.port}', '--poll', '1', *map(str, options)]

    def __enter__(self):
        self.process = subprocess.Popen(self.args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, 'LANG': 'en'})
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def get(self, path, host=None):
        request = urllib.request.Request(f'http://127.0.0.1:{self.port}{path}', headers={'Host': host} if host else {})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            return e.code, e.read().decode()

    def end(self):
        start = time.monotonic()
        self.process.terminate()
        _, err = self.process.communicate(timeout=10)
        return self.process.returncode, time.monotonic() - start, err.decode()


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


class Service(unittest.TestCase):
    def test_what_is_pushed_is_visible_and_receipted_within_seconds_and_the_service_tells_how_it_is(self):
        office, space = Office(name='pusat-layanan'), Space('layanan')
        space.join(office)
        with Daemon(office) as daemon:
            self.assertTrue(until(lambda: daemon.get('/healthz')[1].startswith('{"ok":true,"spaces":1')))
            person(space, 't1', '1674990101900009', 'FITRI')
            space.sync('t1')
            start = time.monotonic()
            self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM orang WHERE nik = '1674990101900009'")))
            self.assertLess(time.monotonic() - start, 4)
            self.assertTrue(until(lambda: '"received":0' not in space.cli('t1', 'sync') and space.one(
                't1', "SELECT state FROM jemput_delivery('orang', (SELECT id FROM orang WHERE nik = '1674990101900009'))") == 'diterima pusat'))
            text = daemon.get('/metrics')[1]
            for line in ('jemput_space_rows{space="layanan"} ', 'jemput_push_to_visible_seconds_count{space="layanan"} ',
                         'jemput_projection_rows_total{space="layanan",target="central.db"} ', 'process_resident_memory_bytes '):
                self.assertRegex(text, f'(?m)^{line}[1-9]')
            self.assertNotIn('FITRI', text)
            self.assertEqual(daemon.get('/metrics', host='jahat.example')[0], 421)
            self.assertEqual(daemon.get('/')[0], 404)
            code, took, err = daemon.end()
            self.assertEqual((code, err), (0, ''))
            self.assertLess(took, 5)
        self.assertEqual(one(office, 'SELECT count(*) FROM lease'), 0)

    def test_a_poke_and_a_space_that_is_added_are_noticed_while_it_runs(self):
        office, first, second = Office(name='pusat-tambah'), Space('satu'), Space('kedua')
        first.join(office)
        with Daemon(office) as daemon:
            self.assertTrue(until(lambda: daemon.get('/healthz')[0] == 200))
            office.central('add', 'kedua', '--join', second.at / 'pusat.undangan')
            self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM space WHERE name = 'kedua' AND synced_ms IS NOT NULL")))
            db = base(office)
            db.execute("UPDATE space SET poke = poke + 1 WHERE name = 'satu'")
            before = db.execute("SELECT round_ms FROM space WHERE name = 'satu'").fetchone()[0]
            db.commit()
            db.close()
            self.assertTrue(until(lambda: 'jemput_sync_seconds_count{space="satu"} 1\n' not in daemon.get('/metrics')[1]))
            self.assertTrue(before)

    def test_of_two_processes_one_works_on_a_space_and_the_other_takes_over_when_it_is_killed(self):
        office, space = Office(name='pusat-berdua'), Space('berdua')
        space.join(office)
        with Daemon(office) as one_, Daemon(office) as other:
            self.assertTrue(until(lambda: ask(office, 'SELECT 1 FROM lease')))
            holder = one(office, 'SELECT holder FROM lease')
            victim, heir = (one_, other) if f':{one_.process.pid}:' in holder else (other, one_)
            self.assertIn(f':{victim.process.pid}:', holder)
            victim.process.kill()
            victim.process.wait()
            person(space, 't1', '1674990101900010', 'GITA')
            space.sync('t1')
            self.assertTrue(until(lambda: ask(office, "SELECT 1 FROM orang WHERE nik = '1674990101900010'"), 20))
            self.assertIn(f':{heir.process.pid}:', one(office, 'SELECT holder FROM lease'))


class Night(unittest.TestCase):
    def test_the_night_s_copy_opens_and_holds_the_same_state_and_only_then_older_data_is_cut_off(self):
        office, space = Office(name='pusat-malam'), Space('malam')
        space.join(office)
        for nik in ('1674990101900011', '1674990101900012'): # the last segment of a log stays
            person(space, 't1', nik, f'HADI {nik[-1]}')
            space.sync('t1')
        office.once()
        copies = scene.FOLDER / 'salinan-malam'
        copies.mkdir()
        night = time.strftime('%H:%M', time.localtime(time.time() - 60))
        office.central('run', '--once', '--night', night, '--backup', copies, '--cut', '--revocation-days', 0)
        self.assertEqual(sorted(f.name for f in copies.iterdir()), ['central.db', 'malam.db'])
        self.assertEqual([oct(f.stat().st_mode & 0o777) for f in copies.iterdir()], ['0o600', '0o600'])
        self.assertEqual([list(r) for r in ask(office, 'SELECT checkpoint_ms > 0, backup_ms > 0 FROM space')], [[1, 1]])
        out = run(scene.PROGRAM, '-s', copies / 'malam.db', 'sql', 'SELECT nama FROM orang')
        self.assertIn('HADI', out)
        log = run(scene.PROGRAM, '-s', office.at / 'spaces' / 'malam.db', 'log', '--json')
        self.assertIn('"cut_off":true', log.replace(' ', ''))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
