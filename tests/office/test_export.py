"""What leaves the office as files: the recap as it was published, persons as OpenSID takes them, visits on a map, the daily book; and that each is
written down with its reason."""
import collections
import contextlib
import csv
import io
import json
import os
import re
import sqlite3
import subprocess
import time
import unittest
import unittest.mock
import xml.etree.ElementTree as xml
import zipfile

import console_scene  # noqa: F401  (argv: the console, too)
from console_scene import ROOT, SCHEMA, main
from scene import CENTRAL, FOLDER, KELURAHAN, Office, Space, run

X = {'x': 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'}
HOSTILE = ('=1+1', '+1', '-1', '@SUM(A1)', "'x", 'a"b', 'a,b', '003', '1674990101010001', '  spasi  ', 'baris\nbaru', '<b>&</b>', 'x' * 40000,
           '\tX', 'é😀', 'a\ufffeb', 'c\uffff', '😀' * 17000, 'x;=1+1', 'x\n=1+1', 'x;"=1+1;')


class Exports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.space, cls.office, cls.count = Space('ekspor'), Office(name='pusat-ekspor'), 0
        cls.space.join(cls.office)
        cls.space.cli('t1', 'import', SCHEMA / 'contoh' / 'desember-2022.csv')
        cls.space.sync('t1')
        cls.office.once()

    def export(self, what, *more, code=0, reason='uji'):
        Exports.count += 1
        out = FOLDER / f'keluar-{Exports.count}-{what}'
        self.office.central('export', what, '--out', out, *(['--reason', reason] if reason else []), *more, code=code)
        return out.read_bytes() if out.exists() else None

    def csv(self, what, *more):
        return list(csv.DictReader(io.StringIO(self.export(what, *more).decode())))

    def test_the_recap_is_the_published_month_to_the_hundredth(self):
        recap = json.loads(self.office.central('recap', '--month', '2022-12', '--json'))
        self.assertEqual([(s['service'], s['count'], s['share']) for s in recap['services']],
                         [('KK', 13, 54.17), ('KTP-el', 5, 20.83), ('Kelahiran', 3, 12.50), ('Pindah/Datang', 3, 12.50)])
        own = json.loads(self.space.cli('t1', 'recap', '--month', '2022-12', '--json'))[0]  # parity with the store's own views
        self.assertEqual(*([(s['service'], s['count'], s['share']) for s in of['services']] for of in (own, recap)))
        rows = self.csv('recap.csv', '--month', '2022-12')
        self.assertEqual({r['layanan']: int(r['jumlah']) for r in rows}, {'KK': 13, 'KTP-el': 5, 'Kelahiran': 3, 'Pindah/Datang': 3})
        self.assertEqual({(r['bulan'], r['kode_kel'], r['kelurahan']) for r in rows}, {('2022-12', KELURAHAN, 'Wonosari')})

    def test_what_may_be_published_leaves_small_cells_out(self):
        rows = self.csv('public.csv', '--month', '2022-12')
        self.assertEqual([rows[0][c] for c in ('KK', 'KTP-el', 'Kelahiran', 'Pindah/Datang', 'jumlah')], ['13', '5', '*', '*', '24'])
        shown = self.csv('public.csv', '--month', '2022-12', '--small-cells')
        self.assertEqual([shown[0][c] for c in ('Kelahiran', 'Pindah/Datang')], ['3', '3'])

    def test_what_may_be_published_is_one_whole_month_that_is_over(self):
        running = time.strftime('%Y-%m')
        for asked in ((), ('--month', running), ('--month', '2022-12', '--kelurahan', KELURAHAN), ('--month', '2022-12', '--space', 'wonosari'),
                      ('--month', '2022-12', '--from', '2022-12-02')):
            at = FOLDER / 'umum.csv'
            self.office.central('export', 'public.csv', '--out', at, '--reason', 'uji', *asked, code=2)
            self.assertFalse(at.exists(), asked)
        self.assertIsNotNone(self.export('public.csv', '--month', running, '--small-cells'))

    def sheet(self, data):
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            self.assertEqual([n for n in z.namelist() if 'sheet' in n and n.endswith('.xml')], ['xl/worksheets/sheet1.xml'])
            self.assertIn('Data Penduduk', z.read('xl/workbook.xml').decode())
            root = xml.fromstring(z.read('xl/worksheets/sheet1.xml'))
        self.assertEqual(root.findall('.//x:f', X), [])
        self.assertEqual({c.get('t') for c in root.findall('.//x:c', X)} - {'inlineStr', 's'}, set())
        return [{c.get('r').rstrip('0123456789'): ''.join(t.text or '' for t in c.findall('.//x:t', X)) for c in row.findall('x:c', X)}
                for row in root.findall('.//x:row', X)]

    def test_persons_are_a_sheet_that_opensid_reads_and_that_comes_back_the_same(self):
        rows = self.sheet(self.export('persons.xlsx'))
        layout = [r['kolom'] for r in csv.DictReader(io.StringIO((SCHEMA / 'import' / 'layout-opensid.csv').read_text()))]
        self.assertEqual(list(rows[0].values()), layout)
        self.assertEqual((len(layout), rows[-1]), (43, {'B': '###'}))
        self.assertEqual(len(rows) - 2, self.space.one('t1', 'SELECT count(*) AS n FROM orang'))
        (self.space.at / 'balik.csv').write_bytes(self.export('persons.csv'))
        report = json.loads(self.space.cli('t1', 'import', 'balik.csv', '--layout', 'opensid', '--dry-run', '--json'))
        self.assertEqual((report['refused'], report['rows']), (0, len(rows) - 2))
        with_number = self.space.one('t1', "SELECT count(*) AS n FROM orang WHERE nik IS NOT NULL")
        self.assertGreaterEqual(report['existing']['orang'], with_number - 1)  # the same persons, by number, name and birth date

    def test_texts_that_a_spreadsheet_would_run_or_spoil_stay_texts(self):
        space, office = Space('jahat'), Office(name='pusat-jahat')
        space.join(office)
        for n, text in enumerate(HOSTILE):
            quoted = text.replace("'", "''")
            space.sql('t1', f"INSERT INTO keluarga(id, nama_kepala, alamat, kode_kel) VALUES(x'{n:032x}', 'K', '{quoted}', '{KELURAHAN}')")
            space.sql('t1', f"INSERT INTO orang(id, keluarga_id, nama) VALUES(x'{n + 256:032x}', x'{n:032x}', '{quoted}')")
        space.sync('t1')
        office.once()
        out = FOLDER / 'jahat.csv'
        office.central('export', 'persons.csv', '--out', out, '--reason', 'uji')
        names = [r['nama'] for r in csv.DictReader(io.StringIO(out.read_bytes().decode(), newline=''))]
        for text, name in zip(HOSTILE, names):
            text = re.sub('([;\n])("?=)', r"\1'\2", text)
            self.assertEqual(name, "'" + text if text[0] in "=+-@'\t\r" or (text.isdigit() and (text[0] == '0' or len(text) > 11)) else text)
        office.central('export', 'persons.xlsx', '--out', FOLDER / 'jahat.xlsx', '--reason', 'uji')
        cells = [r['E'] for r in self.sheet((FOLDER / 'jahat.xlsx').read_bytes())[1:-1]]
        for text, cell in zip(HOSTILE, cells):
            self.assertEqual(cell, text.replace('\ufffe', '\ufffd').replace('\uffff', '\ufffd') if len(text) < 17000 else cell)
        self.assertTrue(max(len(c.encode('utf-16-le')) // 2 for c in cells) <= 32767 and sum(c.endswith(' [terpotong]') for c in cells) == 2)

    def test_visits_are_points_without_names_and_to_a_hundred_metres(self):
        s = self.space
        a, b = 'aa' * 16, 'bb' * 16
        s.sql('t1', "INSERT INTO keluarga(id, nama_kepala, lintang, bujur, kode_kel) VALUES"
                    f"(x'{a}', 'ORANG', '-3,43219', '104.2451', '{KELURAHAN}'), (x'{b}', 'ORANG', 'dekat masjid', '', '{KELURAHAN}');"
                    "INSERT INTO kunjungan(id, tanggal, keluarga_id, kode_kel, rt, hasil) VALUES"
                    f"(x'{a}', '2022-12-05', x'{a}', '{KELURAHAN}', '003', 'SELESAI'), (x'{b}', '2022-12-05', x'{b}', '{KELURAHAN}', '', '')")
        s.sync('t1')
        self.office.once()
        told = json.loads(self.export('visits.geojson'))
        self.assertEqual(told['features'], [{
            'type': 'Feature', 'geometry': {'type': 'Point', 'coordinates': [104.245, -3.432]},
            'properties': {'tanggal': '2022-12-05', 'hasil': 'SELESAI', 'rt': '003', 'rw': None, 'kode_kel': KELURAHAN}}])
        self.assertEqual(told['jemput'], {'visits': 2, 'without_place': 1})

    def test_each_file_with_whole_numbers_or_with_what_was_searched_for_wants_the_pin_once_more(self):
        table = dict(re.findall(r'\{ "([a-z.]+)", [^,]+, (true|false), [A-Z_ |]+, \w+ \}', (ROOT / 'tools' / 'central' / 'export.c').read_text()))
        paper = (ROOT / 'tools' / 'console' / 'api.md').read_text().split('Exports: ')[1].split('\n\n')[0]
        groups = re.findall(r'((?:`[a-z.]+`\s*)+)\(([^)]*)\)', paper)
        marked = {name for files, marks in groups if '⟳' in marks for name in re.findall('`(.*?)`', files)}
        month = ('--month', '2022-12')
        numbers = {n for n, more in (('applications.csv', ()), ('persons.csv', ()), ('visits.csv', ()), ('recap.csv', ()), ('public.csv', month))
                   if re.search(rb'(?<![0-9a-f])\d{16}(?![0-9a-f])', self.export(n, *more))}
        self.assertEqual(numbers, {'applications.csv', 'persons.csv'})
        self.assertIsNone(re.search(rb'(?<![0-9a-f])\d{16}(?![0-9a-f])', self.export('register.html')))
        self.assertEqual({n for n, dear in table.items() if dear == 'true'}, marked)
        self.assertEqual({n.split('.')[0] for n in marked}, {n.split('.')[0] for n in numbers} | {'looks', 'register'})

    def test_the_daily_book_anchors_both_chains_on_paper(self):
        book = self.export('register.html', '--from', '2022-12-05', '--to', '2022-12-05').decode()
        self.assertEqual(book.count('<tr><td>'), 4)
        self.assertIn('<h1>Buku harian permohonan: Wonosari (16.74.05.1003)</h1>', book)
        with sqlite3.connect(self.office.at / 'central.db') as db:
            self.assertIn(db.execute('SELECT state_hash FROM space').fetchone()[0], book)
        with sqlite3.connect(self.office.at / 'looks.db') as db:
            self.assertIn(db.execute('SELECT lower(hex(hash)) FROM look ORDER BY n DESC LIMIT 1').fetchone()[0], book)

    def test_the_looks_of_some_days_are_those_of_these_days_by_the_office_s_clock(self):
        copy = FOLDER / 'jejak-dua-hari'
        subprocess.run(['cp', '-r', self.office.at, copy], check=True)  # not by this process, whose connections would lose their locks
        midnight = int(time.mktime((2022, 12, 6, 0, 0, 0, 0, 0, -1))) * 1000
        with contextlib.closing(sqlite3.connect(copy / 'looks.db')) as db:
            for at in (midnight - 86400001, midnight - 86400000, midnight - 1, midnight):
                db.execute("INSERT INTO look SELECT max(n) + 1, ?, 'siti', 0, '', '', 'row', 0, '', '', 0, '', '', x'', zeroblob(32) FROM look",
                           (at,))
            db.commit()
        for kind, read in (('looks.csv', lambda text: list(csv.DictReader(io.StringIO(text)))), ('looks.json', json.loads)):
            for dates, count in ((('--from', '2022-12-05', '--to', '2022-12-05'), 2), (('--to', '2022-12-05'), 3),
                                 (('--from', '2022-12-06', '--to', '2022-12-06'), 1), (('--from', '2001-01-01', '--to', '2001-01-02'), 0)):
                out = FOLDER / f'dua-hari-{kind}-{count}'
                run(CENTRAL, 'export', copy, kind, '--out', out, '--reason', 'uji', *dates)
                self.assertEqual([r['akun'] for r in read(out.read_text())], ['siti'] * count, (kind, dates))

    def test_what_cannot_narrow_a_file_is_refused_and_never_written_down_as_if_it_had(self):
        with sqlite3.connect(self.office.at / 'looks.db') as db:
            before = db.execute('SELECT count(*) FROM look').fetchone()
        for what, asked in (('persons.csv', ('--month', '2022-12')), ('persons.xlsx', ('--from', '2022-12-05')),
                            ('looks.csv', ('--kelurahan', KELURAHAN)), ('looks.json', ('--space', 'ekspor')), ('looks.csv', ('--month', '2022-12')),
                            ('looks.csv', ('--from', '5-12-2022')), ('applications.csv', ('--to', 'kemarin')),
                            ('recap.csv', ('--month', '2022-12-05'))):
            self.assertIsNone(self.export(what, *asked, code=1), (what, asked))
        with sqlite3.connect(self.office.at / 'looks.db') as db:
            self.assertEqual(db.execute('SELECT count(*) FROM look').fetchone(), before)

    def test_the_recap_of_some_days_counts_these_days(self):
        of_days = {r['tanggal']: 0 for r in self.csv('applications.csv')}
        for day in of_days:
            of_days[day] = sum(int(r['jumlah']) for r in self.csv('recap.csv', '--from', day, '--to', day))
        self.assertGreater(len(of_days), 3)
        self.assertEqual(of_days, dict(collections.Counter(r['tanggal'] for r in self.csv('applications.csv'))))

    def test_on_a_machine_that_is_set_to_utc_dates_are_those_of_western_indonesia(self):
        own = subprocess.run(['date', '+%z'], env={k: v for k, v in os.environ.items() if k != 'TZ'}, capture_output=True, text=True).stdout.strip()
        with unittest.mock.patch.dict(os.environ):
            os.environ.pop('TZ')
            self.assertRegex(self.export('register.html').decode(), r'Dicetak [-\d]+ [:\d]+ ' + re.escape('+0700' if own == '+0000' else own))
        self.assertRegex(self.export('register.html').decode(), r'Dicetak [-\d]+ [:\d]+ \+0000')

    def test_each_export_is_written_down_with_its_reason_and_none_without_one(self):
        self.assertIsNone(self.export('recap.csv', code=2, reason=None))
        self.assertIsNone(self.export('apa.csv', code=2))
        self.export('applications.csv', '--month', '2022-12', reason='laporan bulanan')
        with sqlite3.connect(self.office.at / 'looks.db') as db:
            account, act, detail, reason = db.execute('SELECT account, act, detail, reason FROM look ORDER BY n DESC LIMIT 1').fetchone()
        self.assertEqual((account[:4], act, detail.split()[0], reason), ('cli:', 'export', 'applications.csv', 'laporan bulanan'))
        with unittest.mock.patch.dict(os.environ, USER='palsu', SUDO_USER='palsu'):
            self.export('recap.csv', '--month', '2022-12')
        with sqlite3.connect(self.office.at / 'looks.db') as db:
            account, = db.execute('SELECT account FROM look ORDER BY n DESC LIMIT 1').fetchone()
        self.assertRegex(account, r'^cli:(?!palsu).+ \(palsu\)$', 'the environment is not who it was')
        out = FOLDER / 'ada.csv'
        out.write_text('jangan disentuh')
        self.office.central('export', 'recap.csv', '--out', out, '--reason', 'x', code=1)
        self.assertEqual(out.read_text(), 'jangan disentuh')
        self.assertEqual({p.stat().st_mode & 0o077 for p in FOLDER.glob('keluar-*')}, {0})


if __name__ == '__main__':
    main()
