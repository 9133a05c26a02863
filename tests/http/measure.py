#!/usr/bin/env python3
"""Fifty applications over a bad link until they are on the hub: ours, stock git pushing the same objects, and one JSON POST for each application.

  measure.py JEMPUT JEMPUT-HUB [--seeds N] [--profile edge] [--speed 10] [--json FILE]

The link runs `speed` times faster than told and the times are multiplied back: what the machine itself takes is multiplied, too, so small speeds are
truer. A seed takes about a minute through `edge` by the speed (100 seeds at speed 2: 50 minutes); each is told as it is done. Prints the curve: in how
many seconds it was there in so many of a hundred seeds. FILE gets every time. Exit status 1 if ours took more than 20 s in more than 5 of 100."""
import argparse
import http.client
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from link import PROFILES, Link
import servers
from servers import Lighttpd, repository

NAMES = 'Siti Budi Rahmat Dewi Agus Lestari Wulan Hendra Yusuf Ratna Joko Ayu Bayu Indah Rizky Putri Slamet Wati'.split()
SHARES = (5, 25, 50, 75, 90, 95, 99, 100)  # of a hundred seeds
SECONDS_MAX = 20
STREETS = 'Anggrek Melati Mawar Kenanga Cempaka Dahlia Flamboyan Teratai'.split()


def applications(rng, count):
    """Each a household, a person in it, and what is asked for: as an officer takes them down."""
    for i in range(count):
        name = ' '.join(rng.sample(NAMES, rng.randint(1, 3)))
        nik = '167499%02d%02d%02d%04d' % (rng.randint(1, 28), rng.randint(1, 12), rng.randint(40, 99), rng.randint(1, 9999))
        yield {'kepala': name, 'alamat': 'Jl. %s No. %d' % (rng.choice(STREETS), rng.randint(1, 99)), 'rt': '%03d' % rng.randint(1, 12),
               'rw': '%03d' % rng.randint(1, 6), 'nik': nik, 'nama': ' '.join(rng.sample(NAMES, 2)),
               'lahir': '19%02d-%02d-%02d' % (rng.randint(40, 99), rng.randint(1, 12), rng.randint(1, 28)),
               'layanan': rng.choice(['KK', 'KTP', 'LAHIR', 'PINDAH']), 'telepon': '08%010d' % rng.randint(0, 10**10 - 1)}


def statements(a):
    return ("BEGIN; INSERT INTO keluarga(id, nama_kepala, alamat, rt, rw, kode_kel) VALUES(jemput_id(), '{kepala}', '{alamat}', '{rt}', '{rw}', "
            "'16.74.99.1001'); INSERT INTO orang(id, keluarga_id, nik_tertulis, nama, tanggal_lahir) SELECT jemput_id(), id, '{nik}', '{nama}', '{lahir}' "
            "FROM keluarga ORDER BY rowid DESC LIMIT 1; INSERT INTO permohonan(id, kode_tanda_terima, layanan, tanggal, kode_kel, kontak_telepon, keluarga_id) "
            "SELECT jemput_id(), jemput_serial('permohonan'), '{layanan}', '2026-11-26', '16.74.99.1001', '{telepon}', id FROM keluarga "
            "ORDER BY rowid DESC LIMIT 1; COMMIT;\n").format(**a)


class Scene:
    """A tablet that has fifty applications to send, and the hub that it knows; both can be put back."""

    def __init__(self, jemput, folder, hub):
        self.jemput, self.folder, self.hub = jemput, folder, hub
        self.rows = list(applications(random.Random(1), 50))
        self.run('pusat.db', 'init')
        self.run('pusat.db', 'sync', '--hub', hub)
        self.run('pusat.db', 'invite', '--role', 'petugas', '--hub', hub, '--out', folder / 'a.inv')
        self.run('pusat.db', 'sync')
        self.run('a.db', 'join', folder / 'a.inv')
        for store in ('a.db', 'pusat.db', 'a.db'):
            self.run(store, 'sync')
        self.run('a.db', 'sql', '-', stdin=''.join(statements(a) for a in self.rows))

    def run(self, store, *words, stdin=None):
        done = subprocess.run([self.jemput, '-s', self.folder / store, *map(str, words)], env=dict(os.environ, JEMPUT_LANG='en'), input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit('%s: %s' % (' '.join(map(str, words)), done.stdout))
        return done.stdout


def until_done(run, attempts=20):
    """Again and again, as an officer presses the button. Seconds."""
    start = time.monotonic()
    for _ in range(attempts):
        if run():
            return time.monotonic() - start
    return float('inf')


class Json(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(204)
        self.send_header('Content-Length', '0')
        self.end_headers()

    def log_message(self, *_):
        pass


def json_posts(port, rows):
    """One POST for each over one connection; what was answered is not sent again."""
    left = list(rows)
    start = time.monotonic()
    while left and time.monotonic() - start < 600:
        connection = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        try:
            while left:
                connection.request('POST', '/permohonan', json.dumps(left[0]), {'Content-Type': 'application/json'})
                connection.getresponse().read()
                left.pop(0)
        except OSError:
            pass
        connection.close()
    return time.monotonic() - start


def measure(options, folder, server):
    repository(server.repositories / 'ruang.git')
    scene = Scene(options.jemput, folder, server.url + '/ruang.git')
    json_server = ThreadingHTTPServer(('127.0.0.1', 0), Json)
    threading.Thread(target=json_server.serve_forever, daemon=True).start()
    for store in ('a.db', 'a.db-wal'):
        if (folder / store).exists():
            shutil.copy(folder / store, folder / ('kept-' + store))
    shutil.copytree(server.repositories / 'ruang.git', folder / 'kept.git')
    times, sent = {'jemput': [], 'git push': [], 'JSON': []}, {}
    for seed in range(1, options.seeds + 1):
        for store in ('a.db', 'a.db-wal', 'a.db-shm'):
            (folder / store).unlink(missing_ok=True)
            if (folder / ('kept-' + store)).exists():
                shutil.copy(folder / ('kept-' + store), folder / store)
        shutil.rmtree(server.repositories / 'ruang.git')
        shutil.copytree(folder / 'kept.git', server.repositories / 'ruang.git')
        with Link(options.profile, seed, server.port, options.speed) as link:
            address = 'http://127.0.0.1:%d/ruang.git' % link.port
            command = [options.jemput, '-s', folder / 'a.db', 'sync', '--hub', address]
            times['jemput'].append(until_done(lambda: subprocess.run(command, capture_output=True).returncode == 0))
            sent['jemput'] = link.bytes['up'] + link.bytes['down']
        client = folder / 'client.git'
        shutil.rmtree(client, ignore_errors=True)
        subprocess.run(['git', 'clone', '-q', '--mirror', server.repositories / 'ruang.git', client], check=True)
        shutil.rmtree(server.repositories / 'ruang.git')
        shutil.copytree(folder / 'kept.git', server.repositories / 'ruang.git')
        with Link(options.profile, seed, server.port, options.speed) as link:
            command = ['git', '-C', client, 'push', '-q', 'http://127.0.0.1:%d/ruang.git' % link.port, 'refs/heads/*:refs/heads/*']
            times['git push'].append(until_done(lambda: subprocess.run(command, capture_output=True).returncode == 0))
            sent['git push'] = link.bytes['up'] + link.bytes['down']
        with Link(options.profile, seed, json_server.server_port, options.speed) as link:
            times['JSON'].append(json_posts(link.port, scene.rows))
            sent['JSON'] = link.bytes['up'] + link.bytes['down']
        print('seed %d: %s' % (seed, ', '.join('%s %.1f s' % (way, of[-1] * options.speed) for way, of in times.items())), file=sys.stderr, flush=True)
    json_server.shutdown()
    return times, sent


def at_share(ascending, share):
    """The least time within which so many of a hundred were done."""
    return ascending[-(-len(ascending) * share // 100) - 1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('jemput', type=os.path.abspath)
    parser.add_argument('hub', type=os.path.abspath)
    parser.add_argument('--seeds', type=int, default=20)
    parser.add_argument('--profile', choices=sorted(PROFILES), default='edge')
    parser.add_argument('--speed', type=float, default=10)
    parser.add_argument('--json', metavar='FILE')
    options = parser.parse_args()
    servers.HUB = options.hub
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'server').mkdir()
        with Lighttpd(folder / 'server') as server:
            times, sent = measure(options, folder, server)
    curves = {way: sorted(t * options.speed for t in of) for way, of in times.items()}
    soon = sum(t <= SECONDS_MAX for t in curves['jemput'])
    print('%s, %d seeds: seconds until 50 applications are on the hub' % (options.profile, options.seeds))
    print('%-10s' % '' + ''.join('%8s' % ('%d %%' % share) for share in SHARES) + '%10s' % 'bytes')
    for way, seconds in curves.items():
        print('%-10s' % way + ''.join('%8.1f' % at_share(seconds, share) for share in SHARES) + '%10d' % sent[way])
    print('jemput: at most %d s in %d of %d' % (SECONDS_MAX, soon, options.seeds))
    if options.json:
        told = {'profile': options.profile, 'seeds': options.seeds, 'speed': options.speed, 'bytes': sent,
                'seconds': {way: [round(t * options.speed, 3) for t in of] for way, of in times.items()}}
        pathlib.Path(options.json).write_text(json.dumps(told, indent=1) + '\n')
    sys.exit(0 if soon * 100 >= options.seeds * 95 else 1)


if __name__ == '__main__':
    main()
