#!/usr/bin/env python3
"""How long the console's lists take with 100,000 applications and 5,000 of everything that waits: one line a list, exit status 1 where the middle of
three takes more than 200 ms; and those of an administrator, with as many looks. What is counted over everything (regions, recap) is kept until rows
move, so that the middle is an answer that was kept: there look at the first. A command of its own, about two minutes.

  lists.py JEMPUT JEMPUT-CENTRAL JEMPUT-CONSOLE [APPLICATIONS]"""
import hashlib
import random
import sqlite3
import sys
import time

import console_scene
from console_scene import Browser, Server, scene

MOST_MS, BACKLOG = 200, 5000
FIRST = 'SITI BUDI AGUS DEWI RINA JOKO WATI EKO NUR AHMAD RATNA YUSUF INDAH HADI LESTARI'.split()
LAST = 'AMINAH SANTOSO WIJAYA PUTRI HIDAYAT SARI PRASETYO KUSUMA UTAMI NUGROHO SAPUTRA RAHAYU'.split()
SERVICES = 'KK KTP-el AKTA_KELAHIRAN PINDAH DATANG KIA'.split()
STEPS = 'DRAF LENGKAP DITERIMA PERIKSA_DINAS DIPROSES'.split() + ['DISERAHKAN'] * 4
LISTS = [(path, q) for path, q in (
    ('/api/today', None), ('/api/applications', None), ('/api/applications?status=PERIKSA_DINAS', None), ('/api/applications?layanan=KIA', None),
    ('/api/applications?kel=16.74.05.1003', None), ('/api/applications?overdue=1', None), ('/api/applications?from=2023-01-01&to=2023-01-31', None),
    ('/api/applications', 'siti aminah'), ('/api/applications', 'siti'), ('/api/applications', '1674991000050000'), ('/api/applications', '16749910'),
    ('/api/applications', '07-0'), ('/api/conflicts', None), ('/api/held', None), ('/api/twins', None), ('/api/devices', None),
    ('/api/regions', None),
    ('/api/conflicts?hard=1', None), ('/api/conflicts?kel=16.74.05.1003', None), ('/api/audit/cases', None), ('/api/audit/refused', None),
    ('/api/regions/16.74.05.1003', None), ('/api/recap?month=2023-01', None), ('/api/recap', None), ('/api/codes', None))]


ADMIN = ('/api/audit/looks', '/api/audit/looks?act=row', '/api/audit/looks?account=siti', '/api/audit/looks?from=2020-01-02&to=2020-01-03',
         '/api/audit/looks?to=2020-01-02', '/api/accounts')


def lists_of(role):
    if role == 'admin':
        return [(path, None) for path in ADMIN]
    return [(path, q) for path, q in LISTS if (role, path) != ('kelurahan', '/api/audit/refused')]  # that one is not theirs


def id_of(kind, i):
    return hashlib.blake2b(f'{kind}{i}'.encode(), digest_size=16).digest()


def put(db, table, names, rows):
    db.executemany(f"INSERT INTO {table}({names}) VALUES({','.join('?' * len(names.split(',')))})", rows)


def waits(db, count):
    """What a person is to decide or to know of: as much as would take an office weeks."""
    side = lambda i, n: (1, 'orang', id_of('o', i), 'nama', n, n == 0, 0, i % 2, '{"nama": "SITI"}', None, 3, 'tablet 03', i, i, 1)  # noqa: E731
    put(db, 'conflict_', 'space,tbl,key,grp,side,shown,deleted,hard,value,writer,device,label,claimed_ms,since_ms,segment',
        (side(i, n) for i in range(count) for n in (0, 1)))
    put(db, 'held_', 'space,tbl,key,row,reason,against_tbl,against_key,since_ms,device,label,segment',
        ((1, 'keluarga', id_of('h', i), '{"kode_kel": "16.74.05.1003"}', 'UNIQUE', 'keluarga', id_of('k', i), i, 3, 'tablet 03', 1)
         for i in range(count)))
    put(db, 'twin_', 'space,tbl,a,b,score,reasons', ((1, 'orang', id_of('o', 2 * i), id_of('o', 2 * i + 1), i % 100, 'nama') for i in range(count)))
    put(db, 'case_', 'space,kind,about,n,label,since_ms,count,open,what_id,what_en,safe_id,safe_en,todo_id,todo_en',
        ((1, 'uji', str(i), i, 'tablet 03', i, 1, i % 2, *'abcdef') for i in range(count)))
    put(db, 'refused_', 'space,n,writer,device,roles,claimed_ms,segment,commit_hex,place,reason,why_id,why_en,tbl,key,col,adopted',
        ((1, 10**6 + i, 'w', 3, 'petugas', i, 1, 'c', 1, 1, 'a', 'b', 'orang', id_of('o', i), 'nama', 0) for i in range(count)))


def fill(path, count, backlog=BACKLOG):
    """Straight into central.db: what a projection of so many would leave there."""
    dice = random.Random(1)
    name = lambda: f'{dice.choice(FIRST)} {dice.choice(LAST)}'  # noqa: E731
    day = lambda i: f'20{20 + i % 6}-{i % 12 + 1:02d}-{i % 28 + 1:02d}'  # noqa: E731
    with sqlite3.connect(path) as db:
        kels = [k for k, in db.execute("SELECT kode FROM wilayah WHERE tingkat = 'kelurahan' AND berlaku_sampai IS NULL")]
        put(db, 'keluarga', 'space,id,no_kk,nama_kepala,alamat,rt,rw,kode_kel',
            ((1, id_of('k', i), f'167499{i:010d}', name(), f'Jl. {i}', f'{i % 9 + 1:03d}', f'{i % 5 + 1:03d}', kels[i % len(kels)])
             for i in range(count // 2)))
        people = [(1, id_of('o', i), id_of('k', i // 2), f'167499{i + 10**9:010d}', f'{name()} {i}', str(i % 2 + 1), day(i)) for i in range(count)]
        put(db, 'orang', 'space,id,keluarga_id,nik,nama,jenis_kelamin,tanggal_lahir', people)
        put(db, 'permohonan', 'space,id,kode_tanda_terima,layanan,tanggal,pemohon_id,keluarga_id,kode_kel,status,batas_waktu,petugas',
            ((1, id_of('p', i), f'{i % 90 + 3:02d}-{i:06d}-A', dice.choice(SERVICES), day(i), id_of('o', i), id_of('k', i // 2),
              kels[i // 2 % len(kels)], dice.choice(STEPS), day(i) if i % 50 == 0 else None, 'petugas') for i in range(count)))
        waits(db, min(backlog, count))
        first = db.execute('SELECT coalesce(max(rowid_), 0) + 1 FROM search_of').fetchone()[0]
        put(db, 'search_of', 'rowid_,space,tbl,key', ((first + i, 1, 'orang', p[1]) for i, p in enumerate(people)))
        put(db, 'search_', 'rowid,name,head', ((first + i, p[4], '') for i, p in enumerate(people)))


def look(path, count):
    """A chain of so many looks, from 2020 on, ten minutes apart (schema/formats/looks.md), behind what is there."""
    with sqlite3.connect(path) as db:
        n, previous = db.execute('SELECT n, hash FROM look ORDER BY n DESC LIMIT 1').fetchone() or (0, bytes(32))
        for i in range(count):
            n += 1
            row = (1577836800000 + 600000 * i, 'siti' if i % 3 else 'budi', 3, 'verifikator', 'a1b2c3d4', 'row' if i % 2 else 'list', 1, 'orang',
                   f'{i:032x}', 1, 'conflict', '')
            parts = (v.to_bytes(8, 'little') if isinstance(v, int) else len(v).to_bytes(8, 'little') + v.encode() for v in (n, *row))
            own = hashlib.blake2b(b'jemput look 1' + previous + b''.join(parts), digest_size=32).digest()
            db.execute(f"INSERT INTO look VALUES({','.join('?' * 15)})", (n, *row, previous, own))
            previous = own


def main():
    console_scene.ROLES = ('verifikator', 'kelurahan', 'admin')
    s, slow = scene(), 0
    s.server.stop()
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 100000
    fill(s.office.at / 'central.db', count)
    look(s.office.at / 'looks.db', count)
    server = Server(s.office.at)
    for role in console_scene.ROLES:
        b = Browser(server.port)
        b.sign_in(f'{role}.satu')
        for path, q in lists_of(role):
            took = []
            for _ in range(3):
                started = time.monotonic()
                answer = b.get(path, q=q)
                took.append(round((time.monotonic() - started) * 1000))
            late = sorted(took)[1] > MOST_MS or answer.status != 200
            slow += late
            print(f"{role:12} {path:44} {q or '':18} {took} ms{'  SLOW' if late else ''}")
    server.stop()
    return 1 if slow else 0


if __name__ == '__main__':
    sys.exit(main())
