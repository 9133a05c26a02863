#!/usr/bin/env python3
"""How fast rows reach PostgreSQL, and how soon.

  bench.py JEMPUT JEMPUT-CENTRAL [APPLICATIONS]       20,000 applications (60,000 rows) unless said otherwise

The rows of a store are projected into an empty PostgreSQL, and once more over themselves; beside it the same rows go in by plain COPY, into tables
with the same keys, links and indexes. Then one tablet pushes 60 times while central runs: how long until PostgreSQL shows it."""
import statistics
import subprocess
import sys
import time

import scene
from postgres import Postgres
from scene import Office, Space

CHUNK, PUSHES = 500, 60


def fill(office, space, applications):
    """Households of one person with one application each, written on central's own store; as CSV they would be imported."""
    store = office.at / 'spaces' / f'{space}.db'
    for begin in range(0, applications, CHUNK):
        n = f"WITH RECURSIVE n(i) AS (SELECT {begin} UNION ALL SELECT i + 1 FROM n WHERE i < {min(begin + CHUNK, applications) - 1})"
        keys = {name: f"CAST('{name}' || substr('000000000000000' || i, -15) AS BLOB)" for name in 'kop'}
        scene.run(scene.PROGRAM, '-s', store, 'sql', f"""
            {n} INSERT INTO keluarga(id, no_kk, nama_kepala, alamat, rt, rw, kode_kel)
              SELECT {keys['k']}, '167499' || substr('0000000000' || i, -10), 'KEPALA ' || i, 'Jl. Melati No. ' || i, substr('00' || (i % 40), -3),
              substr('00' || (i % 9), -3), '{scene.KELURAHAN}' FROM n;
            {n} INSERT INTO orang(id, keluarga_id, nik, nama, jenis_kelamin, tempat_lahir, tanggal_lahir, agama, status_kawin, shdk, pendidikan,
              pekerjaan) SELECT {keys['o']}, {keys['k']}, '167499' || substr('0000000000' || i, -10), 'NAMA WARGA ' || i, '1', 'Palembang',
              '1980-01-05', '1', '2', '1', '5', '9' FROM n;
            {n} INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, pemohon_id, keluarga_id, kode_kel, status, petugas, versi_syarat)
              SELECT {keys['p']}, '07-' || substr('000000' || i, -6) || '-Z', 'AKTA_KELAHIRAN', '2023-01-' || substr('0' || (i % 28 + 1), -2),
              {keys['o']}, {keys['k']}, '{scene.KELURAHAN}', 'LENGKAP', 'petugas 3', 1 FROM n""", timeout=600)


def timed(call, *args, **more):
    start = time.monotonic()
    call(*args, **more)
    return time.monotonic() - start


def tables(pg):
    return [name for name, in pg.rows("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'adminduk' "
                                      "AND relkind = 'p' ORDER BY relname")]


def plain_copy(pg):
    """All rows out to files, and in again in one transaction, into tables just like those. Seconds, rows."""
    names, files = tables(pg), pg.folder / 'copy'
    files.mkdir()
    files.chmod(0o777)
    rows = sum(int(pg.one(f'SELECT count(*) FROM adminduk.{name}')) for name in names)
    pg.psql(''.join(f"COPY (SELECT * FROM adminduk.{name}) TO '{files}/{name}' (FORMAT binary);" for name in names), user='postgres')
    pg.psql('BEGIN; ' + ''.join(f'DELETE FROM adminduk.{name};' for name in names) + 'COMMIT')
    for name in names:
        pg.psql(f'VACUUM adminduk.{name}')
    pg.psql('GRANT pg_read_server_files TO jemput', user='postgres')  # as the owner, whose rows no trigger notes
    seconds = timed(pg.psql, 'BEGIN; ' + ''.join(f"COPY adminduk.{name} FROM '{files}/{name}' (FORMAT binary);" for name in names) + 'COMMIT')
    return seconds, rows


def projection(office, pg, applications):
    idle = min(timed(office.once) for _ in range(3))
    pg.psql('DROP SCHEMA adminduk CASCADE; DROP SCHEMA jemput CASCADE')
    first = timed(office.once, timeout=900) - idle
    pg.psql('UPDATE jemput.space SET whole_wanted = true')
    again = timed(office.once, timeout=900) - idle
    seconds, rows = plain_copy(pg)
    sides = int(pg.one('SELECT (SELECT count(*) FROM jemput.row) + (SELECT count(*) FROM jemput.cell)'))
    print(f'{applications} applications: {rows} rows, and {sides} lines of who wrote them')
    print(f'  plain COPY of the rows, same tables   {seconds:6.2f} s   {rows / seconds:8.0f} rows/s')
    print(f'  projected into an empty PostgreSQL    {first:6.2f} s   {rows / first:8.0f} rows/s   {first / seconds:.2f}x   (tables made, too)')
    print(f'  projected whole over the same rows    {again:6.2f} s   {rows / again:8.0f} rows/s   {again / seconds:.2f}x')


def lag(office, space, pg):
    process = subprocess.Popen([scene.CENTRAL, 'run', office.at, '--listen', f'127.0.0.1:{scene.free_port()}'], stdout=subprocess.DEVNULL)
    seconds = []
    try:
        for n in range(PUSHES):
            space.sql('t1', f"INSERT INTO catatan(id, isi) VALUES(jemput_id(), 'dorong {n}')")
            space.sync('t1')
            start = time.monotonic()
            while pg.one(f"SELECT count(*) FROM adminduk.catatan WHERE isi = 'dorong {n}'") == '0':
                assert time.monotonic() - start < 60
                time.sleep(0.01)
            seconds.append(time.monotonic() - start)
            time.sleep(0.3 + n % 7 / 10)
    finally:
        process.terminate()
        process.wait()
    seconds.sort()
    p50, p95 = statistics.median(seconds), seconds[int(0.95 * len(seconds))]
    print(f'from the end of a push until PostgreSQL shows it: p50 {p50:.2f} s, p95 {p95:.2f} s, {PUSHES} pushes')


def main():
    applications = int(sys.argv[3]) if len(sys.argv) > 3 else 20000
    with Postgres() as pg:
        office, space = Office(pg, partitions=8), Space('ukur', tablets=1)
        space.join(office)
        fill(office, 'ukur', applications)
        office.once(timeout=900)
        projection(office, pg, applications)
        office.once()
        pg.psql('UPDATE jemput.space SET whole_wanted = true')
        office.once(timeout=900)
        lag(office, space, pg)


if __name__ == '__main__':
    main()
