#!/usr/bin/env python3
"""Turn the CSV files of a data folder into one SQL file that can be loaded again and again.

  make_data_sql.py [--depfile FILE] [--schema SCHEMA] FOLDER OUTPUT

FOLDER/<table>.csv fills a table: the header names its columns. FOLDER/daftar_kode/<list>.csv fills daftar_kode: the file's name is
nama_daftar, the row's place within its version is urutan. An empty cell is NULL. Rows have natural keys, and a row that is already there
is left alone: what an office has since changed must not be undone by loading an old file, and loading twice writes nothing.
One INSERT a file, no BEGIN or COMMIT: the caller chooses the transaction.

With --schema the output is that schema with the data inside it, before the first jemput_replicate: what a new space starts from. Rows that are
there before a table is replicated are the same on every device and are never sent."""
import csv
import os
import sys

# In this order, so that a table comes after those it refers to. The key is what "already there" means.
TABLES = {
    'wilayah': ('kode',),
    'perubahan_wilayah': ('dari', 'ke', 'jenis'),
    'daftar_kode': ('nama_daftar', 'versi', 'kode'),
    'syarat_layanan': ('layanan', 'varian', 'kode', 'versi'),
    'alur_status': ('kode',),
}
INTEGERS = {'versi', 'urutan', 'di_rumah', 'dihitung'}


def fail(text):
    sys.exit('make_data_sql.py: ' + text)


def literal(column, cell, where):
    if cell == '':
        return 'NULL'
    if column in INTEGERS:
        if not cell.isascii() or not cell.isdigit():
            fail(f'{where}: {column} is {cell!r}, not a whole number')
        return str(int(cell))
    if '\0' in cell:
        fail(f'{where}: {column} contains a NUL')
    return "'" + cell.replace("'", "''") + "'"


def read(path):
    """The header and the rows of a CSV file, each row with its line number."""
    with open(path, encoding='utf-8', newline='') as file:
        reader = csv.reader(file, strict=True)
        header = next(reader, None)
        if not header:
            fail(f'{path}: no header row')
        rows = []
        for row in reader:
            if len(row) != len(header):
                fail(f'{path}:{reader.line_num}: {len(row)} cells under {len(header)} columns')
            rows.append((reader.line_num, row))
    return header, rows


def insert(table, path):
    """One INSERT statement for one CSV file, or nothing for a file without rows."""
    header, rows = read(path)
    columns, name = list(header), os.path.splitext(os.path.basename(path))[0]
    if table == 'daftar_kode':
        columns = ['nama_daftar', 'urutan'] + columns
    key = TABLES[table]
    if missing := [c for c in key if c not in columns]:
        fail(f'{path}: the key column {missing[0]} is missing')
    lines, seen, place = [], set(), {}
    for line, row in rows:
        if table == 'daftar_kode':
            version = row[header.index('versi')]
            place[version] = place.get(version, 0) + 1
            row = [name, str(place[version])] + row
        where = f'{path}:{line}'
        identity = tuple(row[columns.index(c)] for c in key)
        if '' in identity:
            fail(f'{where}: a key cell is empty')
        if identity in seen:
            fail(f'{where}: {identity} is there twice')
        seen.add(identity)
        lines.append('(' + ','.join(literal(c, cell, where) for c, cell in zip(columns, row)) + ')')
    if not lines:
        return ''
    return f'INSERT INTO {table}({",".join(columns)}) VALUES\n' + ',\n'.join(lines) + f'\nON CONFLICT({",".join(key)}) DO NOTHING;\n'


def generate(folder):
    """The SQL text, and the files and folders that it was made from."""
    found = {n for n in os.listdir(folder) if n.endswith('.csv')}
    if unknown := sorted(n for n in found if n[:-4] not in TABLES):
        fail(f'{os.path.join(folder, unknown[0])}: no table of that name')
    text, used = ['-- Made by make_data_sql.py from CSV files; change those.\n'], [folder]
    for table in TABLES:
        lists = os.path.join(folder, table)
        paths = [os.path.join(folder, table + '.csv')] if table + '.csv' in found else []
        if table == 'daftar_kode' and os.path.isdir(lists):
            used.append(lists)
            paths += sorted(os.path.join(lists, n) for n in os.listdir(lists) if n.endswith('.csv'))
        for path in paths:
            used.append(path)
            text.append(insert(table, path))
    return ''.join(text), used


def place_inside(schema, data):
    """The schema's text with the data before its first jemput_replicate."""
    before, call, after = schema.partition('\nSELECT jemput_replicate(')
    if not call:
        fail('the schema replicates nothing')
    return before + '\n' + data + call + after


def main(arguments):
    options = {'--depfile': None, '--schema': None}
    while arguments[:1] and arguments[0] in options and len(arguments) > 1:
        options[arguments[0]], arguments = arguments[1], arguments[2:]
    if len(arguments) != 2:
        sys.exit(__doc__)
    folder, output = arguments
    text, used = generate(folder)
    depfile, schema = options.values()
    if schema:
        used.append(schema)
        with open(schema, encoding='utf-8') as file:
            text = place_inside(file.read(), text)
    with open(output, 'w', encoding='utf-8', newline='\n') as file:
        file.write(text)
    if depfile:
        with open(depfile, 'w', encoding='utf-8') as file:
            file.write(output + ': ' + ' '.join(p.replace(' ', '\\ ') for p in used) + '\n')


if __name__ == '__main__':
    main(sys.argv[1:])
