"""central.db as tests look at it: questions in SQL, all that it says of rows, and the same of a folder that reads the same store whole."""
import random
import shutil
import sqlite3

from scene import KELURAHAN, Office

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


def person(space, tablet, nik, name):
    space.sql(tablet, f"""BEGIN; INSERT INTO keluarga(id, nama_kepala, no_kk, alamat, rt, rw, kode_kel)
        VALUES(jemput_id(), '{name}', '{nik[:12]}9999', 'Jl. Uji 1', '001', '002', '{KELURAHAN}');
        INSERT INTO orang(id, keluarga_id, nama, nik) SELECT jemput_id(), id, '{name}', '{nik}' FROM keluarga WHERE nama_kepala = '{name}'; COMMIT""")
    return space.one(tablet, f"SELECT lower(hex(id)) FROM orang WHERE nik = '{nik}'")
