#!/usr/bin/env python3
"""A peer for jemput-bench, as simple as one can be: plain SQLite, every edit noted in a table, sent as deflated JSON, last one wins.

It shows that the contract in tools/bench/README.md works, and is where a new peer may begin.

  peer.py prepare FOLDER | write FOLDER TABLET | sync FOLDER TABLET | merge FOLDER | size FOLDER"""
import json
import pathlib
import sqlite3
import sys
import time
import zlib


def connect(path):
    db = sqlite3.connect(path, isolation_level=None)
    db.execute('PRAGMA journal_mode=WAL')
    db.execute('PRAGMA synchronous=FULL')
    return db


def transactions(path):
    with open(path) as lines:
        for line in lines:
            yield json.loads(line)['ops']


def apply(db, op):
    if op['op'] == 'insert':
        values = [bytes.fromhex(v) if c == 'id' or c.endswith('_id') else v for c, v in op['row'].items()]
        db.execute('INSERT INTO "%s"(%s) VALUES(%s)' % (op['table'], ', '.join('"%s"' % c for c in op['row']), ', '.join('?' * len(values))), values)
    else:
        db.execute('UPDATE "%s" SET "%s" = ? WHERE id = ?' % (op['table'], op['column']), (op['value'], bytes.fromhex(op['id'])))


def store(folder, who):
    return folder / ('%s.db' % who)


def prepare(folder):
    tablets = len(list(folder.glob('tablet-*.jsonl')))
    for who in ['central'] + ['tablet-%d' % n for n in range(tablets)]:
        db = connect(store(folder, who))
        db.executescript((folder / 'schema.sql').read_text())
        db.execute('CREATE TABLE changes(n INTEGER PRIMARY KEY, op TEXT)')
        db.execute('BEGIN')
        for ops in transactions(folder / 'shared.jsonl'):
            for op in ops:
                apply(db, op)
        db.execute('COMMIT')
        db.close()
    (folder / 'hub').mkdir()
    return {}


def write(folder, tablet):
    db = connect(store(folder, 'tablet-' + tablet))
    work = list(transactions(folder / ('tablet-%s.jsonl' % tablet)))  # reading it is not the work
    start = time.perf_counter()
    for ops in work:
        db.execute('BEGIN')
        for op in ops:
            apply(db, op)
            db.execute('INSERT INTO changes(op) VALUES(?)', (json.dumps(op),))
        db.execute('COMMIT')
    seconds = time.perf_counter() - start
    db.close()
    return {'seconds': seconds}


def sync(folder, tablet):
    db = connect(store(folder, 'tablet-' + tablet))
    sent = zlib.compress('\n'.join(op for op, in db.execute('SELECT op FROM changes ORDER BY n')).encode(), 9)
    (folder / 'hub' / tablet).write_bytes(sent)
    db.close()
    return {'bytes': len(sent), 'round_trips': 1}


def merge(folder):
    db = connect(store(folder, 'central'))
    start = time.perf_counter()
    db.execute('BEGIN')
    for path in sorted((folder / 'hub').iterdir()):
        for line in zlib.decompress(path.read_bytes()).decode().split('\n'):
            apply(db, json.loads(line))
    db.execute('COMMIT')
    seconds = time.perf_counter() - start
    db.close()
    return {'seconds': seconds}


def size(folder):
    db = connect(store(folder, 'central'))
    rows = {table: db.execute('SELECT count(*) FROM "%s"' % table).fetchone()[0] for table in ('keluarga', 'orang', 'permohonan')}
    db.close()
    return {'tablet': store(folder, 'tablet-0').stat().st_size, 'central': store(folder, 'central').stat().st_size, 'rows': rows}


if __name__ == '__main__':
    print(json.dumps({'prepare': prepare, 'write': write, 'sync': sync, 'merge': merge, 'size': size}[sys.argv[1]](pathlib.Path(sys.argv[2]), *sys.argv[3:])))
