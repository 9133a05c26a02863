#!/usr/bin/env python3
"""The schema, its data and its examples, tried on plain SQLite with the functions of the engine as dummies.

  test_schema.py DATA.SQL LATIHAN.SQL ADMINDUK.SQL

The importer below is also the reference for import/layout-*.csv: README.md gives its rules in words."""
import csv
import datetime
import itertools
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import make_data_sql  # noqa: E402

DATA_SQL = LATIHAN_SQL = ADMINDUK_SQL = None
REGION = '16.74.05.1003'


def rows_of(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(csv.DictReader(file, strict=True))


def cells_of(path):
    with open(path, encoding='utf-8', newline='') as file:
        return list(itertools.chain.from_iterable(csv.reader(file, strict=True)))


class Store(sqlite3.Connection):
    replicated = ()  # (table, options, rows written so far) in the order of the calls


def open_store(data=True, latihan=False, schema=HERE / 'schema.sql'):
    db = sqlite3.connect(':memory:', isolation_level=None, factory=Store)
    db.execute('PRAGMA foreign_keys=ON')
    db.replicated, ids, serials = [], itertools.count(1), itertools.count(1)
    db.create_function('jemput_id', 0, lambda: next(ids).to_bytes(16, 'big'))
    db.create_function('jemput_serial', 1, lambda series: '07-%06d-K' % next(serials))
    db.policies = []
    db.create_function('jemput_policy', 3, lambda table, roles, rules: db.policies.append((table, roles, rules)))
    db.migrations = []
    db.create_function('jemput_migrate', 1, db.migrations.append)
    db.create_function('jemput_replicate', 2, lambda table, options: db.replicated.append((table, options, db.total_changes)))
    db.executescript(pathlib.Path(schema).read_text(encoding='utf-8'))
    if data:
        db.executescript(pathlib.Path(DATA_SQL).read_text(encoding='utf-8'))
    if latihan:
        db.executescript(pathlib.Path(LATIHAN_SQL).read_text(encoding='utf-8'))
    return db


def add(db, table, **cells):
    """Insert a row, with an id of its own where the table has one; the id."""
    if table not in ('syarat_permohonan', 'putusan_ganda'):
        cells = {'id': db.execute('SELECT jemput_id()').fetchone()[0], **cells}
    db.execute(f'INSERT INTO {table}({",".join(cells)}) VALUES({",".join("?" * len(cells))})', list(cells.values()))
    return cells.get('id')


def warnings(db, view):
    """The codes a warning view gives, by row id."""
    found = {}
    for _, id, code, *_ in db.execute(f'SELECT * FROM {view}'):
        found.setdefault(id, []).append(code)
    return {id: sorted(codes) for id, codes in found.items()}


# ---- structure of numbers, written down a second time and differently from the SQL

def nik_faults(nik, born=None, female=None):
    if not re.fullmatch('[0-9]{16}', nik):
        return ['is not 16 digits']
    day, month, year = int(nik[6:8]), int(nik[8:10]), int(nik[10:12])
    faults = ['has the serial 0000'] if nik[12:] == '0000' else []
    try:
        in_nik = datetime.date((2000 if year <= 22 else 1900) + year, month, day - 40 if day > 40 else day)
    except ValueError:
        return faults + ['has no possible date']
    if born and in_nik.isoformat()[2:] != born[2:]:
        faults.append(f'says {in_nik}, the row says {born}')
    if female is not None and (day > 40) != female:
        faults.append('says the other sex')
    return faults


def kk_faults(kk):
    if not re.fullmatch('[0-9]{16}', kk):
        return ['is not 16 digits']
    try:
        datetime.date(2000 + int(kk[10:12]), int(kk[8:10]), int(kk[6:8]))
    except ValueError:
        return ['has no possible date']
    return []


# ---- the reference importer

def as_digits(cell):
    kept = ''.join(c for c in cell if c.isascii() and c not in " .-'/")
    if kept.strip('0') == '':
        return None, None
    if re.fullmatch('[0-9]{16}', kept):
        return kept, (None if kept == cell else cell)
    return None, cell


def as_date(cell):
    for form in ('%Y-%m-%d', '%d/%m/%Y', '%d-%m-%Y'):
        try:
            return datetime.datetime.strptime(cell, form).date().isoformat(), None
        except ValueError:
            pass
    return None, cell


def as_code(db, list_, cell, column='kode'):
    squeeze = lambda text: ''.join(text.split()).casefold()
    for kode, label, peta in db.execute('SELECT kode, label, peta FROM v_kode WHERE nama_daftar=?', [list_]):
        if squeeze(cell) in (squeeze(kode), squeeze(label)):
            return peta if column == 'peta' else kode
    return cell


def read_row(db, layout, row):
    """The cells of one CSV row by table; None when a required one is missing."""
    tables = {}
    columns = {t: {r[1] for r in db.execute(f'PRAGMA table_info({t})')} for t in {x['tabel'] for x in layout if x['tabel']}}
    for rule in layout:
        if rule['jenis'] == 'skip':
            continue
        cell, clean, written = row[rule['kolom']].strip(), None, None
        if cell not in ('', '-'):
            kind, _, list_ = rule['jenis'].partition(':')
            clean, written = {'text': lambda: (cell, None), 'digits': lambda: as_digits(cell), 'date': lambda: as_date(cell),
                              'code': lambda: (as_code(db, list_, cell), None),
                              'map': lambda: (as_code(db, list_, cell, 'peta'), None)}[kind]()
        target = tables.setdefault(rule['tabel'], {})
        beside = rule['tujuan'] + '_tertulis'
        if beside in columns[rule['tabel']]:
            target[beside] = written
        elif clean is None:
            clean = written
        target[rule['tujuan']] = clean
        if rule['wajib'] == 'ya' and clean is None:
            return None
    return tables


def import_csv(db, layout, path):
    """How many rows could not be taken."""
    households, persons, refused = {}, {}, 0
    for row in rows_of(path):
        tables = read_row(db, layout, row)
        if tables is None:
            refused += 1
            continue
        kk = tables['keluarga']['no_kk']
        if kk is None or kk not in households:
            household = add(db, 'keluarga', **tables['keluarga'])
            households[kk] = household
        else:
            household = households[kk]
        nik = tables['orang']['nik']
        if nik is None or nik not in persons:
            persons[nik] = add(db, 'orang', keluarga_id=household, **tables['orang'])
        if 'permohonan' in tables:
            open_one, = db.execute("SELECT count(*) FROM v_permohonan_terbuka WHERE pemohon_id=? AND layanan=? AND varian=coalesce(?, '')",
                                   [persons[nik], tables['permohonan']['layanan'], tables['permohonan']['varian']]).fetchone()
            id = add(db, 'permohonan', **tables['permohonan'], status='DUGAAN_GANDA' if open_one else 'DRAF', pemohon_id=persons[nik], keluarga_id=household, kode_kel=tables['keluarga']['kode_kel'],
                     kode_tanda_terima=db.execute("SELECT jemput_serial('permohonan')").fetchone()[0])
            if tables['catatan']['isi']:
                add(db, 'catatan', permohonan_id=id, isi=tables['catatan']['isi'])
    return refused


def imported(name, layout):
    db = open_store()
    refused = import_csv(db, rows_of(HERE / 'import' / layout), HERE / 'contoh' / name)
    return db, refused


class Schema(unittest.TestCase):
    def test_only_the_verifikator_decides_and_every_step_of_the_flow_is_somebodys(self):
        db = open_store()
        steps = {}
        for table, roles, rules in db.policies:
            self.assertIn(table, [t for t, *_ in db.replicated])
            for part in rules.split(';'):
                if part.strip().startswith('steps='):
                    column, listed = part.strip()[6:].split(':')
                    self.assertEqual((table, column), ('permohonan', 'status'))
                    for role in roles.split(','):
                        steps[role] = {tuple(step.strip().split('>')) for step in listed.split(',')}
        states = {kode for kode, in db.execute('SELECT kode FROM alur_status')}
        self.assertEqual(set(steps), {'petugas', 'kelurahan', 'verifikator', 'admin', 'pusat'})
        for role, listed in steps.items():
            self.assertLessEqual({to for _, to in listed} | {of for of, _ in listed if of not in ('', '*')}, states)
            if role != 'verifikator':
                self.assertFalse({to for _, to in listed} & {'DIPROSES', 'TTE', 'CETAK', 'TOLAK'}, role)
        for of, to in db.execute('SELECT dari, ke FROM v_alur_langkah'):
            self.assertTrue([role for role, listed in steps.items() if {(of, to), ('*', to)} & listed], f'{of} > {to} is nobody\'s')

    def test_every_table_is_replicated_and_every_column_named_in_its_options_exists(self):
        db = open_store(data=False)
        tables = {n for n, in db.execute("SELECT name FROM sqlite_master WHERE type='table'")}
        self.assertEqual(sorted(t for t, *_ in db.replicated), sorted(tables))
        for table, options, _ in db.replicated:
            columns = {r[1]: r for r in db.execute(f'PRAGMA table_info({table})')}
            grouped, identity = {}, []
            for option in filter(None, options.split(';')):
                name, _, value = option.partition('=')
                if (table, name) == ('berkas', 'attachments'):
                    self.assertRegex(value, '^[0-9]+$')
                    self.assertEqual(list(columns), ['id', 'owner_table', 'owner_key', 'kind', 'mime', 'size', 'content', 'urgent', 'received'])
                    continue
                self.assertIn(name, ('group', 'identity', 'before'), table)
                for column in value.split(','):
                    self.assertIn(column, columns, f'{table}: {option}')
                    self.assertEqual(columns[column][5], 0, f'{table}.{column} is part of the key')
                    if name == 'group':
                        self.assertNotIn(column, grouped, f'{table}.{column} is in two groups')
                        grouped[column] = value.split(',')
                    elif name == 'identity':
                        identity.append(column)
            for column in identity:
                self.assertLessEqual(set(grouped.get(column, ())), set(identity), f'{table}: a group is only partly identity')

    def test_every_table_has_a_key_that_the_app_supplies(self):
        db = open_store(data=False)
        self.assertNotIn('AUTOINCREMENT', (HERE / 'schema.sql').read_text(encoding='utf-8').upper())
        for table, sql in db.execute("SELECT name, sql FROM sqlite_master WHERE type='table'").fetchall():
            key = [r for r in db.execute(f'PRAGMA table_info({table})') if r[5]]
            self.assertTrue(all(r[3] for r in key) and key, f'{table}: key must be NOT NULL')
            if [r[1] for r in key] == ['id']:
                self.assertEqual(key[0][2], 'BLOB', table)
                self.assertIn('CHECK(length(id)=16)', sql, table)
            else:
                self.assertIn('WITHOUT ROWID', sql, table)
            for _, name, unique, origin, *_ in db.execute(f'PRAGMA index_list({table})').fetchall():
                self.assertTrue(origin == 'pk' or not unique or name == 'satu_permohonan_terbuka', f'{table}: {name} is UNIQUE')
                for _, _, _, _, collation, is_key in db.execute(f'PRAGMA index_xinfo({name})'):
                    if is_key:
                        self.assertEqual(collation, 'BINARY', name)

    def test_an_id_that_is_not_16_bytes_and_a_person_without_a_name_are_refused(self):
        db = open_store(data=False)
        db.execute("INSERT INTO orang(id, nama) VALUES(zeroblob(16), 'Nurlaila')")
        for sql in ("INSERT INTO orang(id, nama) VALUES(zeroblob(15), 'X')", 'INSERT INTO orang(id) VALUES(randomblob(16))',
                    "INSERT INTO orang(id, nama) VALUES(randomblob(16), '')", "INSERT INTO peran(id, peristiwa_id, peran) VALUES(randomblob(16), NULL, 'AYAH')",
                    "INSERT INTO orang(id, nama, keluarga_id) VALUES(randomblob(16), 'X', randomblob(16))"):
            with self.assertRaises(sqlite3.IntegrityError, msg=sql):
                db.execute(sql)

    def test_two_persons_and_two_households_may_carry_one_number(self):
        db = open_store()
        for _ in range(2):
            add(db, 'orang', nama='Nurlaila', nik='1674994109920001')
            add(db, 'keluarga', no_kk='1674991103140007')
        self.assertEqual(db.execute('SELECT count(*) FROM v_dugaan_ganda').fetchone()[0], 1)
        self.assertEqual(db.execute('SELECT count(*) FROM v_dugaan_kk_ganda').fetchone()[0], 1)

    def test_a_person_has_one_open_application_for_a_service_but_a_parent_may_ask_for_each_child(self):
        db = open_store()
        a, b = add(db, 'orang', nama='Fulan'), add(db, 'orang', nama='Polan')
        ask = lambda **cells: add(db, 'permohonan', **{'layanan': 'KTP-el', 'varian': 'KTP.HILANG', 'tanggal': '2022-12-05', 'pemohon_id': a, **cells})
        first = ask()
        for other in ({'pemohon_id': b}, {'varian': 'KTP.RUSAK'}, {'layanan': 'KK', 'varian': None}, {'status': 'DUGAAN_GANDA'}, {'status': 'DIBATALKAN'},
                      {'status': 'DISERAHKAN'}, {'digabung_ke': first}, {'pemohon_id': None}, {'pemohon_id': None}):
            ask(**other)
        for _ in range(2):
            ask(layanan='AKTA_KELAHIRAN', varian='LAHIR.WNI')  # twins
        for again in ({}, {'status': 'PERIKSA_DINAS'}, {'status': 'ENTAH'}, {'layanan': 'KK', 'varian': None}):
            with self.assertRaises(sqlite3.IntegrityError, msg=again):
                ask(**again)
        db.execute("UPDATE permohonan SET status='DISERAHKAN' WHERE id=?", [first])
        ask()

    def test_what_is_open_is_what_the_index_lets_be_there_once(self):
        db = open_store()
        sql = dict(db.execute("SELECT name, sql FROM sqlite_master WHERE name IN ('satu_permohonan_terbuka', 'v_permohonan_terbuka')"))
        rule = lambda text: ' '.join(text[text.index('layanan NOT IN'):].split())
        self.assertEqual(rule(sql['satu_permohonan_terbuka']), rule(sql['v_permohonan_terbuka']))
        closed = {k for k, in db.execute('SELECT kode FROM alur_status WHERE berikut IS NULL')}
        self.assertEqual(set(re.findall("'([A-Z_]+)'", sql['v_permohonan_terbuka'].split('status NOT IN')[1])), closed | {'DUGAAN_GANDA'})


class Data(unittest.TestCase):
    def test_loading_the_data_twice_changes_nothing(self):
        db = open_store()
        before, dump = db.total_changes, list(db.iterdump())
        self.assertGreater(before, 500)
        db.executescript(pathlib.Path(DATA_SQL).read_text(encoding='utf-8'))
        self.assertEqual(db.total_changes, before)
        self.assertEqual(list(db.iterdump()), dump)

    def test_loading_again_does_not_undo_what_the_office_has_changed(self):
        db = open_store()
        db.execute("UPDATE syarat_layanan SET berlaku_sampai='2023' WHERE kode='F105'")
        db.executescript(pathlib.Path(DATA_SQL).read_text(encoding='utf-8'))
        self.assertEqual(db.execute("SELECT berlaku_sampai FROM syarat_layanan WHERE kode='F105'").fetchall(), [('2023',)])

    def test_data_sql_is_what_the_csv_files_say(self):
        for made, folder in ((DATA_SQL, 'data'), (LATIHAN_SQL, 'latihan')):
            self.assertEqual(pathlib.Path(made).read_text(encoding='utf-8'), make_data_sql.generate(str(HERE / folder))[0], folder)

    def test_a_new_space_starts_with_all_data_written_before_anything_is_replicated(self):
        db, apart = open_store(data=False, schema=ADMINDUK_SQL), open_store()
        self.assertEqual(list(db.iterdump()), list(apart.iterdump()))
        self.assertEqual({n for _, _, n in db.replicated}, {apart.total_changes})
        self.assertLess(pathlib.Path(ADMINDUK_SQL).stat().st_size, 1 << 20, 'jemput_init takes at most 1 MiB')

    def test_every_csv_row_arrives_and_every_foreign_key_resolves(self):
        db = open_store(latihan=True)
        for table in make_data_sql.TABLES:
            paths = [HERE / 'data' / f'{table}.csv'] if table != 'daftar_kode' else list((HERE / 'data' / table).glob('*.csv'))
            extra = 1 if table == 'wilayah' else 0  # 16.74.99 from latihan
            self.assertEqual(db.execute(f'SELECT count(*) FROM {table}').fetchone()[0], sum(len(rows_of(p)) for p in paths) + extra, table)
        self.assertEqual(db.execute('PRAGMA foreign_key_check').fetchall(), [])

    def test_every_row_names_its_source(self):
        for path in [*(HERE / 'data').rglob('*.csv'), *(HERE / 'latihan').glob('*.csv')]:
            for row in rows_of(path):
                self.assertTrue(row['sumber'].strip(), f'{path.name}: {row}')
                self.assertIsNone(re.search('find_string|^same$', row['sumber']), f'{path.name}: {row["sumber"]}')

    def test_prabumulih_has_6_kecamatan_33_kelurahan_and_12_desa_today_and_8_fewer_kelurahan_before_the_split(self):
        db = open_store()
        count = lambda day: dict(db.execute("""SELECT tingkat, count(*) FROM wilayah WHERE (berlaku_dari IS NULL OR berlaku_dari<=:d)
            AND (berlaku_sampai IS NULL OR berlaku_sampai>=substr(:d, 1, length(berlaku_sampai))) GROUP BY tingkat""", {'d': day}))
        self.assertEqual(count('2025-01-01'), {'provinsi': 1, 'kota': 1, 'kecamatan': 6, 'kelurahan': 33, 'desa': 12})
        self.assertEqual(count('2019-01-01')['kelurahan'], 25)
        self.assertEqual(count('2015-06-01')['desa'], 15)
        self.assertEqual(db.execute("SELECT ke FROM perubahan_wilayah WHERE dari=? AND jenis='pemekaran'", [REGION]).fetchall(), [('16.74.05.1006',)])
        self.assertEqual(db.execute("SELECT pengganti FROM wilayah WHERE kode='16.74.01.2012'").fetchone()[0], '16.74.01.1012')
        self.assertEqual(db.execute("SELECT count(*) FROM wilayah WHERE melayani_dari='2023-07'").fetchone()[0], 8)

    def test_every_code_that_data_refers_to_is_in_its_list(self):
        db = open_store()
        self.assertEqual(db.execute("""SELECT nama_daftar, kode, peta_ke, peta FROM daftar_kode d WHERE (peta IS NULL)<>(peta_ke IS NULL) OR (peta IS NOT NULL
            AND NOT EXISTS(SELECT 1 FROM daftar_kode b WHERE b.nama_daftar=d.peta_ke AND b.kode=d.peta))""").fetchall(), [])
        known = lambda name: {k for k, in db.execute('SELECT kode FROM daftar_kode WHERE nama_daftar=?', [name])}
        for layanan, varian, sifat in db.execute('SELECT layanan, varian, sifat FROM syarat_layanan').fetchall():
            self.assertIn(layanan, known('layanan'))
            self.assertIn(varian, known('varian_layanan'))
            self.assertIn(sifat, known('sifat_syarat'))
        for kelompok, in db.execute("SELECT kelompok FROM daftar_kode WHERE nama_daftar='varian_layanan'").fetchall():
            self.assertIn(kelompok, known('layanan'))
        self.assertLessEqual({s for s, in db.execute('SELECT status_opensid FROM alur_status')}, known('status_permohonan_opensid'))
        for berikut, in db.execute('SELECT berikut FROM alur_status WHERE berikut IS NOT NULL').fetchall():
            self.assertLessEqual(set(berikut.split(',')), {k for k, in db.execute('SELECT kode FROM alur_status')})

    def test_every_list_that_the_schema_names_is_shipped(self):
        db = open_store()
        shipped = {n for n, in db.execute('SELECT DISTINCT nama_daftar FROM daftar_kode')}
        sql = (HERE / 'schema.sql').read_text(encoding='utf-8')
        named = {n for n in re.findall(r'-- list (\w+)', sql)} | set(re.findall(r"SELECT '\w+', id, '\w+', '(\w+)', \w+ FROM", sql))
        self.assertGreater(len(named), 25)
        self.assertLessEqual(named, shipped)

    def test_six_marital_codes_map_to_four_and_four_map_back_without_a_guess(self):
        db = open_store()
        six = dict(db.execute("SELECT kode, peta FROM v_kode WHERE nama_daftar='status_kawin'"))
        four = dict(db.execute("SELECT kode, peta FROM v_kode WHERE nama_daftar='status_kawin_opensid'"))
        self.assertEqual({k: six[k] for k in '123456'}, {'1': '1', '2': '2', '3': '2', '4': '3', '5': '3', '6': '4'})
        for code, peta in four.items():
            self.assertEqual(six[peta], code)
        self.assertNotIn(four['2'], ('2', '3'))
        self.assertNotIn(four['3'], ('4', '5'))

    def test_a_requirement_that_ended_is_not_asked_for_and_an_unread_one_is_marked(self):
        db = open_store()
        asked = {k: m for k, m in db.execute("SELECT kode, belum_diverifikasi FROM v_syarat_berlaku WHERE varian='KK.BENTUK'")}
        self.assertEqual(asked, {'BUKTI_KAWIN_CERAI': 0, 'F105': 0, 'KK_LAMA_KEDUA_PIHAK': 1})
        self.assertEqual(db.execute("SELECT kode FROM v_syarat_berlaku WHERE varian='KTP.BARU' AND di_rumah=0").fetchall(), [('REKAM_BIOMETRIK',)])

    def asked(self, db, variant='KTP.BARU'):
        return db.execute('SELECT versi, kode FROM v_syarat_berlaku WHERE varian=? ORDER BY urutan', [variant]).fetchall()

    def publish(self, db, version, begins):
        db.execute("""INSERT INTO syarat_layanan(layanan, varian, kode, versi, uraian, sifat, berlaku_dari, sumber)
            VALUES('KTP-el', 'KTP.BARU', 'BARU', ?, 'Syarat baru', 'WAJIB', ?, 'uji')""", [version, begins])

    def test_a_version_that_is_published_ahead_of_its_day_leaves_todays_list_as_it_is(self):
        db = open_store()
        before = self.asked(db)
        self.assertEqual(len(before), 3)
        self.publish(db, 2, '2999-01-01')
        self.assertEqual(self.asked(db), before)
        self.publish(db, 3, '2024')
        self.assertEqual(self.asked(db), [(3, 'BARU')])
        db.execute("UPDATE syarat_layanan SET berlaku_sampai='2024' WHERE kode='BARU'")
        self.assertEqual(self.asked(db), [], 'what has ended is not asked for by the version before it')

    def test_a_space_that_is_there_gets_the_view_of_a_new_one_by_migrating(self):
        db = open_store()
        view = "SELECT sql FROM sqlite_schema WHERE name='v_syarat_berlaku'"
        new = db.execute(view).fetchone()
        for file in sorted((HERE / 'migrasi').glob('*.sql')):
            db.executescript(file.read_text(encoding='utf-8'))
        self.assertEqual(len(db.migrations), 2)
        policies, db.policies = db.policies, []
        for migration in db.migrations:
            db.executescript(migration)
        self.assertEqual(db.execute(view).fetchone(), new)
        self.assertTrue(db.policies)
        self.assertLessEqual(set(db.policies), set(policies))

    def test_nobody_but_the_office_deletes_what_belongs_to_people_and_every_table_is_somebodys(self):
        db = open_store(data=False)
        may = {table: {} for table, *_ in db.replicated}
        for table, roles, rules in db.policies:
            for role in roles.split(','):
                may[table][role] = {part.strip().split('=')[0] for part in rules.split(';')}
        self.assertEqual([table for table, roles in may.items() if not roles], [])
        for table, roles in may.items():
            self.assertIn('insert', roles['admin'], table)
            deleting = {role for role, rules in roles.items() if 'delete' in rules}
            if table not in ('kunjungan', 'kegiatan_sosialisasi', 'putusan_ganda', 'catatan'):
                self.assertLessEqual(deleting, {'verifikator', 'admin', 'pusat'}, table)

    def test_without_jemput_it_is_plain_sql(self):
        readme = (HERE / 'README.md').read_text(encoding='utf-8')
        script, = re.findall(r"sed '(.*)' adminduk.sql", readme)
        plain = subprocess.run(['sed', script, ADMINDUK_SQL], check=True, capture_output=True, text=True).stdout
        sqlite3.connect(':memory:').executescript(plain)
        self.assertNotIn('SELECT jemput_', plain)

    def test_a_new_version_of_a_list_hides_a_dropped_code_but_still_explains_it(self):
        db = open_store()
        db.execute("""INSERT INTO daftar_kode(nama_daftar, versi, kode, label, sumber)
            SELECT nama_daftar, 2, kode, label||' (baru)', 'uji' FROM daftar_kode WHERE nama_daftar='kanal' AND kode<>'DARING'""")
        rows = db.execute("SELECT kode, label, dipakai FROM v_kode WHERE nama_daftar='kanal'").fetchall()
        seen = {k: (l, d) for k, l, d in rows}
        self.assertEqual(len(rows), len(seen), 'one row a code')
        self.assertEqual(seen['DARING'], ('Daring', 0))
        self.assertEqual(seen['JEMPUT_BOLA'], ('Jemput bola (baru)', 1))

    def test_the_status_steps_start_at_draf_and_reach_every_status(self):
        steps = {}
        for a, b in open_store().execute('SELECT dari, ke FROM v_alur_langkah'):
            steps.setdefault(a, set()).add(b)
        self.assertEqual(steps['DRAF'], {'LENGKAP', 'DIBATALKAN'})
        self.assertNotIn('TOLAK', steps)
        reached, todo = set(), ['DRAF', 'KURANG']
        while todo:
            reached.add(s := todo.pop())
            todo += steps.get(s, set()) - reached
        self.assertEqual(reached, {k for k, in open_store().execute('SELECT kode FROM alur_status')})


class Warnings(unittest.TestCase):
    NIK = {  # what is written -> what v_peringatan_nik must say, for a man born on 1985-08-17
        '1674011708850001': [],
        '9471011708850001': [],                                    # another city: its kecamatan are not known here, so nothing is said
        '1674991708850001': ['NIK_LATIHAN'],
        '1674091708850001': ['NIK_WILAYAH'],
        '1670011708850001': ['NIK_KABKOTA'],
        '0074011708850001': ['NIK_PROVINSI'],
        '0167401100300001': ['NIK_SEMENTARA'],
        '167401170885000': ['NIK_BUKAN_16_ANGKA'],
        '16740117088500012': ['NIK_BUKAN_16_ANGKA'],
        '16740117O8850001': ['NIK_BUKAN_16_ANGKA'],                # a letter O is not a digit, and no date is read from it
        '167401170885000\u0661': ['NIK_BUKAN_16_ANGKA'],            # an Arabic digit is not a digit here
        '': ['NIK_BUKAN_16_ANGKA'],
        '1674011713850001': ['NIK_BULAN'],
        '1674011700850001': ['NIK_BULAN'],
        '1674010008850001': ['NIK_HARI'],
        '1674013208850001': ['NIK_HARI'],
        '1674014008850001': ['NIK_HARI'],
        '1674017208850001': ['NIK_HARI'],
        '1674011708850000': ['NIK_URUT'],
        '1674013102850001': ['NIK_BEDA_TANGGAL', 'NIK_TANGGAL_MUSTAHIL'],
        '1674012902850001': ['NIK_BEDA_TANGGAL', 'NIK_TANGGAL_MUSTAHIL'],
        '1674012902840001': ['NIK_BEDA_TANGGAL'],
        '1674011808850001': ['NIK_BEDA_TANGGAL'],
        '1674015708850001': ['NIK_BEDA_KELAMIN'],
    }

    def test_v_peringatan_nik_says_exactly_what_each_number_deserves(self):
        db = open_store()
        expected = {}
        for nik, codes in self.NIK.items():
            expected[add(db, 'orang', nama='Fulan', nik=nik, tanggal_lahir='1985-08-17', jenis_kelamin='1')] = (nik, codes)
        found = warnings(db, 'v_peringatan_nik')
        for id, (nik, codes) in expected.items():
            self.assertEqual(found.get(id, []), codes, f'NIK {nik!r}')

    def test_a_woman_s_day_is_plus_forty_and_a_birthday_nobody_knows_is_not_compared(self):
        db = open_store()
        rows = {add(db, 'orang', nama='Fulanah', nik='1674015708850001', tanggal_lahir='1985-08-17', jenis_kelamin='2'): [],
                add(db, 'orang', nama='Fulanah', nik='1674015708850002', tanggal_lahir=None, jenis_kelamin=None): [],
                add(db, 'orang', nama='Fulanah', nik='1674011708850003', tanggal_lahir='1985-08-17', jenis_kelamin='2'): ['NIK_BEDA_KELAMIN'],
                add(db, 'orang', nama='Fulanah', nik='1674016902000004', tanggal_lahir='2000-02-29', jenis_kelamin='2'): []}
        found = warnings(db, 'v_peringatan_nik')
        self.assertEqual({id: found.get(id, []) for id in rows}, rows)

    def test_a_number_known_only_from_paper_and_a_missing_number(self):
        db = open_store()
        blurred, none = add(db, 'orang', nama='Fulan', nik_tertulis='16740117088?0001'), add(db, 'orang', nama='Fulan')
        self.assertEqual(warnings(db, 'v_peringatan_nik'), {blurred: ['NIK_TERTULIS_SAJA']})
        self.assertNotIn(none, warnings(db, 'v_peringatan'))

    def test_one_nik_on_two_persons_is_told_until_the_office_says_they_are_one(self):
        db = open_store()
        a, b = (add(db, 'orang', nama=n, nik='1674011708850001') for n in ('Fulan', 'Polan'))
        self.assertEqual(warnings(db, 'v_peringatan_nik'), {a: ['NIK_GANDA'], b: ['NIK_GANDA']})
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_ganda').fetchall(), [(a, b, 'NIK_SAMA')])
        db.execute("INSERT INTO putusan_ganda(orang_a, orang_b, putusan) VALUES(?, ?, 'BEDA')", [a, b])
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_ganda').fetchall(), [])
        self.assertEqual(warnings(db, 'v_peringatan_nik'), {a: ['NIK_GANDA'], b: ['NIK_GANDA']})
        db.execute("UPDATE putusan_ganda SET putusan='SAMA'")
        self.assertEqual(warnings(db, 'v_peringatan_nik'), {})

    def test_a_temporary_number_shared_by_strangers_makes_no_duplicate(self):
        db = open_store()
        for n in ('Fulan', 'Polan'):
            add(db, 'orang', nama=n, nik='0167405100300001')
            add(db, 'keluarga', no_kk='0167405100300001')
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_ganda').fetchall() + db.execute('SELECT * FROM v_dugaan_kk_ganda').fetchall(), [])

    def test_same_name_and_birth_date_is_a_possible_duplicate_but_twins_are_not(self):
        db = open_store()
        a = add(db, 'orang', nama='Siti Fulanah', tanggal_lahir='1990-01-02', jenis_kelamin='2')
        add(db, 'orang', nama='Sita Fulanah', tanggal_lahir='1990-01-02', jenis_kelamin='2')
        b = add(db, 'orang', nama=' SITI FULANAH', tanggal_lahir='1990-01-02')
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_ganda').fetchall(), [(a, b, 'NAMA_TANGGAL_LAHIR_SAMA')])

    def test_the_practice_region_silences_the_practice_warning(self):
        db = open_store(latihan=True)
        add(db, 'orang', nama='Fulan', nik='1674991708850001')
        add(db, 'keluarga', no_kk='1674991103140007')
        self.assertEqual(warnings(db, 'v_peringatan'), {})

    def test_v_peringatan_kk_says_exactly_what_each_number_deserves(self):
        db = open_store()
        expected = {add(db, 'keluarga', no_kk=kk): codes for kk, codes in {
            '1674051103140007': [], '1674991103140007': ['KK_LATIHAN'], '1674091103140007': ['KK_WILAYAH'], '0167405100300001': ['KK_SEMENTARA'],
            '0': ['KK_BUKAN_16_ANGKA'], '1674055103140007': ['KK_TANGGAL'], '1674051113140007': ['KK_TANGGAL'], '1674052902140007': ['KK_TANGGAL'],
            '1674052902160007': []}.items()}
        expected[add(db, 'keluarga', no_kk_tertulis='16740511031?0007')] = ['KK_TERTULIS_SAJA']
        two = add(db, 'keluarga')
        for n in ('Fulan', 'Polan'):
            add(db, 'orang', nama=n, keluarga_id=two, shdk='1')
        expected[two] = ['KK_KEPALA_GANDA']
        found = warnings(db, 'v_peringatan_kk')
        self.assertEqual({id: found.get(id, []) for id in expected}, expected)
        twin = add(db, 'keluarga', no_kk='1674051103140007')
        self.assertEqual(warnings(db, 'v_peringatan_kk')[twin], ['KK_GANDA'])

    def test_name_rules_bind_new_names_only(self):
        db = open_store()
        expected = {add(db, 'orang', nama=n, tanggal_lahir=t): codes for n, t, codes in (
            ('Nurlaila', '1992-09-01', []), ("M. Syahril Ma'mun, S.Pd", '1977-12-11', []), ('A' * 61, '1977-12-11', []),
            ('Nurlaila', '2022-04-21', ['NAMA_SATU_KATA']), ('M. Fulan', '2022-12-01', ['NAMA_TANDA_BACA']), ('Fulan ' * 10 + 'P', '2022-12-01', ['NAMA_PANJANG']),
            ('Fulan ' * 10 + 'P', '2022-04-21', ['NAMA_PANJANG']), ('Fulan ' * 9 + 'Polana', '2022-12-01', []), ('Nurlaila', '2022-04-20', []), ('Fulan 2', None, ['NAMA_KARAKTER']), ('Fulan\u200bPolan', None, ['NAMA_KARAKTER']),
            ('Fulan  Polan', None, ['NAMA_SPASI']), ('Fulan Polan ', None, ['NAMA_SPASI']))}
        found = warnings(db, 'v_peringatan_nama')
        self.assertEqual({id: found.get(id, []) for id in expected}, expected)

    def test_dates_regions_codes_and_receipts_are_checked_but_never_refused(self):
        db = open_store()
        o = add(db, 'orang', nama='Fulan', tanggal_lahir='1990-02-31', agama='KEJAWEN', shdk='1')
        p = add(db, 'orang', nama='Polan', tanggal_lahir_tertulis='kira-kira 1950')
        k = [add(db, 'keluarga', kode_kel=c, rt=rt, rw=rw) for c, rt, rw in (
            (REGION, '003', '001'), ('16.72.05.1003', '003', None), ('16.74.05.1999', '003', ''), ('16.74.01.2012', '003', '001'), (REGION, '3', '001'))]
        m = [add(db, 'permohonan', kode_tanda_terima='07-000001-K', layanan='KK', tanggal=t, status=s) for t, s in (('2022-12-05', 'DRAF'), ('5/12/2022', 'ENTAH'))]
        self.assertEqual(warnings(db, 'v_peringatan'), {
            o: ['KODE_TAK_DIKENAL', 'TANGGAL_LAHIR'], p: ['TANGGAL_TERTULIS_SAJA'], k[1]: ['WILAYAH_BPS'], k[2]: ['WILAYAH_TAK_DIKENAL'],
            k[3]: ['WILAYAH_LAMA'], k[4]: ['RT_RW'], m[0]: ['TANDA_TERIMA_GANDA'], m[1]: ['KODE_TAK_DIKENAL', 'TANDA_TERIMA_GANDA', 'TANGGAL_PERMOHONAN']})
        self.assertEqual(db.execute('SELECT agama FROM orang WHERE id=?', [o]).fetchone(), ('KEJAWEN',))

    def test_every_column_that_holds_a_code_of_a_list_is_checked_against_that_list(self):
        db = open_store()
        o, p = add(db, 'orang', nama='Fulan'), add(db, 'permohonan', layanan='KK', tanggal='2022-12-05')
        e = add(db, 'peristiwa', jenis='LAHIR')
        needed = {'peran': {'peristiwa_id': e, 'orang_id': o}, 'lampiran': {'hash': b'h'}, 'catatan': {'isi': 'x'}, 'orang': {'nama': 'Fulan'},
                  'kunjungan': {'tanggal': '2022-12-05'}, 'permohonan': {'layanan': 'KK', 'tanggal': '2022-12-05'}, 'peristiwa': {'jenis': 'LAHIR'},
                  'persetujuan': {'orang_id': o, 'dasar': 'WALI'}, 'syarat_permohonan': {'permohonan_id': p, 'kode_syarat': 'KK'},
                  'putusan_ganda': {'orang_a': o, 'orang_b': o}}
        needed['peran']['peran'] = 'AYAH'
        checked = 0
        for table, body in re.findall(r'CREATE TABLE (\w+)\((.*?)\n\)', (HERE / 'schema.sql').read_text(encoding='utf-8'), re.S):
            if table in make_data_sql.TABLES:
                continue  # the office's own lists: tested as data
            for column, list_ in re.findall(r'^  (\w+) .*-- list (\w+)', body, re.M):
                kode, = db.execute('SELECT kode FROM v_kode WHERE nama_daftar=?', [list_]).fetchone()
                for value, warned in (('Kata Di Kertas', 1), (kode, 0)):
                    with self.subTest(column=f'{table}.{column}', value=value):
                        db.execute('SAVEPOINT s')
                        add(db, table, **needed[table] | {column: value})
                        found = [m for t, m in db.execute('SELECT tabel, pesan FROM v_peringatan_kode') if t == table]
                        self.assertEqual(len(found), warned)
                        self.assertTrue(all(f'"{column}"' in m and f' {list_};' in m for m in found), found)
                        db.execute('ROLLBACK TO s')
                        checked += 1
        self.assertGreater(checked, 60)

    def test_one_request_on_a_tablet_and_on_paper_is_a_possible_duplicate(self):
        db = open_store()
        a, b = (add(db, 'orang', nama='Fulan', nik='1674011708850001') for _ in range(2))
        first = add(db, 'permohonan', layanan='KK', varian='KK.UBAH', tanggal='2022-12-05', pemohon_id=a, kanal='JEMPUT_BOLA')
        paper = add(db, 'permohonan', layanan='KK', tanggal='2022-12-20', pemohon_id=b, kanal='KONVENSIONAL')
        for other in (dict(layanan='KTP-el', tanggal='2022-12-05'), dict(layanan='KK', tanggal='2023-03-05'), dict(layanan='KK', tanggal='2022-12-05', status='DIBATALKAN')):
            add(db, 'permohonan', pemohon_id=a, **other)
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_permohonan_ganda').fetchall(), [(first, paper)])


class Recap(unittest.TestCase):
    def test_december_2022_gives_13_5_3_3_and_the_published_shares(self):
        db, refused = imported('desember-2022.csv', 'layout-permohonan.csv')
        self.assertEqual(refused, 0)
        self.assertEqual(db.execute('SELECT * FROM v_rekap_bulanan ORDER BY jumlah DESC, layanan').fetchall(), [
            ('2022-12', REGION, 'KK', 13), ('2022-12', REGION, 'KTP-el', 5), ('2022-12', REGION, 'Kelahiran', 3), ('2022-12', REGION, 'Pindah/Datang', 3)])
        self.assertEqual({s: p for _, s, _, p in db.execute('SELECT * FROM v_rekap_persen')},
                         {'KK': '54.17', 'KTP-el': '20.83', 'Kelahiran': '12.50', 'Pindah/Datang': '12.50'})

    def test_cancelled_and_merged_are_not_counted_an_unknown_service_is_and_a_move_does_not_rewrite_the_past(self):
        db = open_store()
        k = add(db, 'keluarga', kode_kel=REGION)
        for status in ('DRAF', 'TOLAK', 'DIBATALKAN', 'DIGABUNG', 'ENTAH'):
            add(db, 'permohonan', layanan='KK', tanggal='2022-12-31', keluarga_id=k, kode_kel=REGION, status=status)
        add(db, 'permohonan', layanan='SURAT LAIN', tanggal='2022-12-01', keluarga_id=k)
        add(db, 'permohonan', layanan='KK', tanggal='2023-01-01')
        db.execute("UPDATE keluarga SET kode_kel='16.74.05.1004'")
        self.assertEqual(sorted(db.execute('SELECT * FROM v_rekap_bulanan')), [
            ('2022-12', REGION, 'KK', 3), ('2022-12', '16.74.05.1004', 'SURAT LAIN', 1), ('2023-01', '', 'KK', 1)])

    def test_shares_are_rounded_half_up(self):
        db = open_store()
        for layanan in ['KK'] * 31 + ['KIA']:
            add(db, 'permohonan', layanan=layanan, tanggal='2022-12-01')
        self.assertEqual(dict(db.execute('SELECT layanan, persen FROM v_rekap_persen')), {'KK': '96.88', 'KIA': '3.13'})

    def test_coverage_shows_the_last_visit_of_each_rt(self):
        db = open_store()
        for rt in ('001', '001', '002'):
            add(db, 'keluarga', kode_kel=REGION, rw='001', rt=rt)
        add(db, 'kunjungan', tanggal='2022-12-05', kode_kel=REGION, rw='001', rt='001')
        add(db, 'kegiatan_sosialisasi', tanggal='2022-11-01', kode_kel=REGION)
        self.assertEqual(sorted(db.execute('SELECT * FROM v_cakupan_rt')), [
            (REGION, '001', '001', 2, '2022-12-05', '2022-11-01'), (REGION, '001', '002', 1, None, '2022-11-01')])


class Examples(unittest.TestCase):
    DECEMBER = HERE / 'contoh' / 'desember-2022.csv'

    def test_no_number_in_any_example_can_belong_to_a_person(self):
        seen = 0
        for path in (HERE / 'contoh').rglob('*'):
            if not path.is_file():
                continue
            cells = cells_of(path) if path.suffix == '.csv' else path.read_text(encoding='utf-8').split('\n')
            for cell in cells:
                bare = re.sub(r"[^\x21-\x7e]|[ .'/-]", '', cell)  # the ways a number can be broken up, invisible characters among them
                for number in re.findall('[0-9?]{12,}', bare):
                    seen += 1
                    self.assertTrue(number.startswith('167499'), f'{path.name}: {cell!r}')
        self.assertGreater(seen, 40)

    def test_every_nik_and_kk_of_december_is_well_formed_and_agrees_with_date_and_sex(self):
        rows, written = rows_of(self.DECEMBER), []
        for row in rows:
            nik, kk = row['nik'].replace(' ', ''), row['no_kk']
            if '?' in nik:
                written.append(nik)
            elif nik:
                self.assertEqual(nik_faults(nik, row['tanggal_lahir'], row['jenis_kelamin'] == 'PEREMPUAN'), [], f'{row["nama"]}: NIK {nik}')
            if kk:
                self.assertEqual(kk_faults(kk), [], f'{row["nama"]}: KK {kk}')
        self.assertEqual(len(written), 1)
        self.assertEqual(len({r['nik'] for r in rows if r['nik']}), len({(r['nama'], r['tanggal_lahir']) for r in rows if r['nik']}))

    def test_the_24_rows_are_in_december_in_wonosari_and_spread_evenly_over_three_tablets(self):
        rows = rows_of(self.DECEMBER)
        self.assertEqual(len(rows), 24)
        home = {}
        for row in rows:
            self.assertRegex(row['tanggal'], '^2022-12-([0-2][0-9]|3[01])$')
            self.assertEqual(row['kode_kel'], REGION)
            self.assertRegex(row['rt'] + row['rw'], '^[0-9]{3}([0-9]{3})?$')
            self.assertEqual(home.setdefault(row['no_kk'] or row['nama'], row['petugas']), row['petugas'], 'one household, one tablet')
        self.assertEqual(sorted(r['petugas'] for r in rows), ['1'] * 8 + ['2'] * 8 + ['3'] * 8)
        count = lambda *s: sum(r['layanan'] in s for r in rows)
        self.assertEqual((count('KK'), count('KTP-el'), count('PINDAH', 'DATANG'), count('AKTA_KELAHIRAN')), (13, 5, 3, 3))
        self.assertTrue(count('PINDAH') and count('DATANG'))

    def test_december_imports_whole_with_its_difficulties_kept(self):
        db, refused = imported('desember-2022.csv', 'layout-permohonan.csv')
        one = lambda sql: db.execute(sql).fetchone()
        self.assertEqual((refused, one('SELECT count(*) FROM permohonan')[0]), (0, 24))
        self.assertEqual((one('SELECT count(*) FROM orang')[0], one('SELECT count(*) FROM keluarga')[0]), (23, 17))
        self.assertEqual(one("SELECT nik, nik_tertulis FROM orang WHERE nama='Erlina Kusmiranti'"), (None, '16749952079?0003'))
        self.assertEqual(one("SELECT nik, nik_tertulis FROM orang WHERE nama='Burhanudin Saleha'"), ('1674991909720001', '1674 9919 0972 0001'))
        self.assertEqual(one("SELECT nik, nik_tertulis FROM orang WHERE nama='Mukhlisin'"), (None, None))
        self.assertEqual(one("SELECT rw FROM keluarga WHERE nama_kepala='Sarwoto Hadinata'"), (None,))
        kinds = {c for codes in warnings(db, 'v_peringatan').values() for c in codes}
        self.assertEqual(kinds, {'NIK_LATIHAN', 'KK_LATIHAN', 'NIK_TERTULIS_SAJA'})
        self.assertEqual(db.execute('SELECT * FROM v_dugaan_ganda').fetchall() + db.execute('SELECT * FROM v_dugaan_kk_ganda').fetchall(), [])
        self.assertEqual(one("SELECT nama_layanan, nama_varian, kelurahan, nama_status FROM v_permohonan WHERE pemohon='Yopi Hendrasyah'"),
                         ('Akta kelahiran', 'Akta kelahiran WNI', 'Wonosari', 'Draf di tablet'))

    def test_opensid_imports_with_every_oddity_kept_and_none_guessed(self):
        db, refused = imported('opensid-penduduk.csv', 'layout-opensid.csv')
        one = lambda sql: db.execute(sql).fetchone()
        self.assertEqual(refused, 0)
        self.assertEqual((one('SELECT count(*) FROM orang')[0], one('SELECT count(*) FROM keluarga')[0]), (8, 4))
        self.assertEqual(one("SELECT nik, length(nik_tertulis), pekerjaan FROM orang WHERE nama='HARTAWAN SYAMSURI'"), ('1674990310900001', 18, 'PENGRAJIN SONGKET'))
        self.assertEqual(one("SELECT tanggal_lahir, tanggal_lahir_tertulis FROM orang WHERE nama='MELINDA HARTAWAN'"), (None, '31/02/1991'))
        self.assertEqual(one("SELECT nik, nik_tertulis, nik_ibu FROM orang WHERE nama='NABILA WIRATMO'"), (None, None, '1674995901870001'))
        self.assertEqual(one("SELECT status_kawin, tanggal_lahir, nik_ayah FROM orang WHERE nama='RETNO WULANSARI'"), ('K', '1987-01-19', None))
        self.assertEqual(sorted(c for codes in warnings(db, 'v_peringatan').values() for c in codes if not c.endswith('LATIHAN')),
                         ['KODE_TAK_DIKENAL', 'TANGGAL_TERTULIS_SAJA'])

    def test_the_opensid_example_has_the_43_columns_in_order_and_the_oddities_it_is_for(self):
        with open(HERE / 'contoh' / 'opensid-penduduk.csv', encoding='utf-8', newline='') as file:
            header, *rows = csv.reader(file, strict=True)
        self.assertEqual(header, ('alamat dusun rw rt nama no_kk nik sex tempatlahir tanggallahir agama_id pendidikan_kk_id pendidikan_sedang_id pekerjaan_id '
                                  'status_kawin kk_level warganegara_id ayah_nik nama_ayah ibu_nik nama_ibu golongan_darah_id akta_lahir dokumen_pasport '
                                  'tanggal_akhir_paspor dokumen_kitas akta_perkawinan tanggalperkawinan akta_perceraian tanggalperceraian cacat_id cara_kb_id '
                                  'hamil ktp_el status_rekam alamat_sekarang status_dasar suku tag_id_card id_asuransi no_asuransi lat lng').split())
        self.assertEqual((len(header), len(rows)), (43, 8))
        niks = [r[header.index('nik')] for r in rows]
        self.assertIn('0', niks)
        self.assertTrue(any('\u200b' in n and '\u00a0' in n for n in niks))

    def test_each_layout_names_the_columns_of_its_example_and_real_targets(self):
        db = open_store()
        for name, layout in (('desember-2022.csv', 'layout-permohonan.csv'), ('opensid-penduduk.csv', 'layout-opensid.csv')):
            rules = rows_of(HERE / 'import' / layout)
            self.assertEqual([r['kolom'] for r in rules], list(rows_of(HERE / 'contoh' / name)[0]), layout)
            for rule in rules:
                self.assertIn(rule['wajib'], ('ya', 'tidak'))
                kind, _, list_ = rule['jenis'].partition(':')
                self.assertIn(kind, ('text', 'digits', 'date', 'code', 'map', 'skip'))
                if kind == 'skip':
                    self.assertEqual(rule['tabel'] + rule['tujuan'], '')
                    continue
                self.assertIn(rule['tujuan'], [r[1] for r in db.execute(f'PRAGMA table_info({rule["tabel"]})')], rule)
                if kind in ('code', 'map'):
                    labels = [''.join(l.split()).casefold() for l, in db.execute('SELECT label FROM v_kode WHERE nama_daftar=?', [list_])]
                    self.assertTrue(labels, f'{layout}: list {list_}')
                    self.assertEqual(len(labels), len(set(labels)), f'{list_}: two codes have one label')


class Views(unittest.TestCase):
    def test_every_view_runs_and_every_warning_view_has_the_same_columns(self):
        db, _ = imported('desember-2022.csv', 'layout-permohonan.csv')
        views = [v for v, in db.execute("SELECT name FROM sqlite_master WHERE type='view'")]
        self.assertGreater(len(views), 15)
        for view in views:
            cursor = db.execute(f'SELECT * FROM {view}')
            cursor.fetchall()
            if view.startswith('v_peringatan'):
                self.assertEqual([c[0] for c in cursor.description], ['tabel', 'id', 'kode', 'tingkat', 'nilai', 'pesan'], view)

    def test_v_peringatan_holds_all_warning_views(self):
        sql, = open_store(data=False).execute("SELECT sql FROM sqlite_master WHERE name='v_peringatan'").fetchone()
        views = {v for v, in open_store(data=False).execute("SELECT name FROM sqlite_master WHERE name GLOB 'v_peringatan_*'")}
        self.assertEqual(set(re.findall(r'FROM (v_peringatan_\w+)', sql)), views)


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    DATA_SQL, LATIHAN_SQL, ADMINDUK_SQL = sys.argv[1:]
    unittest.main(argv=sys.argv[:1], verbosity=2)
