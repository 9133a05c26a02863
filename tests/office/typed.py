#!/usr/bin/env python3
"""500 hostile texts (pages/hostile.json), typed on a tablet, synced, merged, and read in the console: in lists, in a conflict, in one application.

  typed.py JEMPUT JEMPUT-CENTRAL JEMPUT-CONSOLE NODE        a command of its own: a minute or two

As names of persons and as remarks of their applications, and as the two sides of a conflict. No element, script, dialog or request may come of
any, and each must be on the screen as it was typed."""
import json
import pathlib
import subprocess
import sys

from console_scene import PIN, Server, make
from scene import CENTRAL, KELURAHAN

NODE, PAGES = sys.argv[4], pathlib.Path(__file__).resolve().parent / 'pages'
TEXTS = json.loads((PAGES / 'hostile.json').read_text(encoding='utf-8'))
BATCH = 50


def sql_text(text):
    """A value that no quoting can spoil."""
    return f"CAST(x'{text.encode().hex()}' AS TEXT)"


def typed(space):
    """A person, an application and a remark for each text, as an officer's app would write them."""
    for start in range(0, len(TEXTS), BATCH):
        lines = []
        for text in TEXTS[start:start + BATCH]:
            lines += [f"INSERT INTO orang(id, nama, tempat_lahir) VALUES(jemput_id(), {sql_text(text)}, {sql_text(text)})",
                      "INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, pemohon_id, kode_kel, status, petugas)"
                      f" SELECT jemput_id(), jemput_serial('permohonan'), 'KK', '2022-12-30', id, '{KELURAHAN}', 'LENGKAP', {sql_text(text)}"
                      f" FROM orang WHERE nama = {sql_text(text)} LIMIT 1",
                      f"INSERT INTO catatan(id, permohonan_id, isi, oleh) SELECT jemput_id(), id, {sql_text(text)}, {sql_text(text)} FROM permohonan"
                      f" WHERE petugas = {sql_text(text)} LIMIT 1"]
        space.sql('t1', 'BEGIN; ' + '; '.join(lines) + '; COMMIT')


def conflicts(space, office):
    """Two tablets give one person two hostile names, ten times."""
    space.sync('t1')
    office.once()
    space.sync('t2')
    keys = [row[0] for row in space.rows('t1', "SELECT lower(hex(o.id)) FROM orang o JOIN permohonan p ON p.pemohon_id = o.id"
                                               " WHERE p.tanggal = '2022-12-30' LIMIT 10")]
    for i, key in enumerate(keys):
        for tablet, text in (('t1', TEXTS[2 * i]), ('t2', TEXTS[2 * i + 1])):
            space.sql(tablet, f"UPDATE orang SET nama = {sql_text(text + ' !')} WHERE id = x'{key}'")
    space.sync('t1', 't2')
    office.once()
    office.once()
    return keys


def main():
    space, office, _ = make()
    typed(space)
    keys = conflicts(space, office)
    server = Server(office.at)
    central = subprocess.Popen([CENTRAL, 'run', office.at, '--poll', '1'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        done = subprocess.run([NODE, PAGES / 'real.mjs', f'http://127.0.0.1:{server.port}', PIN, 'hostile', 'verifikator.satu', ','.join(keys)],
                              capture_output=True, text=True, timeout=550)
    finally:
        central.terminate()
        central.wait(30)
        server.stop()
    print(done.stdout + done.stderr)
    sys.exit(done.returncode)


if __name__ == '__main__':
    main()
