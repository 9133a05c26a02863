#!/usr/bin/env python3
"""Half past seven: so many devices sync with `jemput hub serve` within so many seconds. Bounded memory, all served, 429 obeyed.

  load.py JEMPUT JEMPUT-HUB [--spaces 8] [--devices 50] [--rate 83] [--lists 5000] [--disk DIR]

Each device is a true one that its central has let in, with a token and a batch of its own: list and push are those of `jemput sync`, taken down by a
recorder beforehand. First all of them come at `rate` a second, each with the list of branches and its push; then `lists` syncs with nothing new,
likewise. Making a device takes five runs of the program: --spaces 100 --devices 50 is a city of 5,000, a quarter of an hour of making, then some minutes.
--disk: where the hub has its repositories, if the stores are in memory (TMPDIR=/dev/shm).
Prints one table; exit status 0 if all were served, every branch is where its device left it, and each central merges all of its devices' rows."""
import argparse
import asyncio
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import typing
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import servers
import test_servers
from servers import JemputHub, repository
from test_servers import Office


TOKEN_S = 590
RECORD_S = 0.1  # that a device's recording takes, about: its token is not good before the last one's


class Recorder(BaseHTTPRequestHandler):
    """A hub that asks for a token, shows the branches that the real one has, and keeps what is asked and pushed."""
    protocol_version = 'HTTP/1.1'
    refs = {}  # of each repository: what ls-refs shows
    lists, pushes = {}, []
    now = 0  # of all tokens: they are good from ten minutes before until ten minutes after

    def answer(self, status, kind, body, *headers):
        self.send_response(status)
        for name, value in (('Content-Type', kind), ('Content-Length', str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def shown(self, body):
        wanted = tuple(line.split(b' ', 1)[1].strip().decode() for line in body.split(b'\n') if b'ref-prefix ' in line)
        return b''.join(b'%04x%s %s\n' % (len(oid) + len(ref) + 6, oid.encode(), ref.encode())
                        for oid, ref in self.refs[self.path.split('/')[1]] if ref.startswith(wanted)) + b'0000'

    def do_POST(self):
        body, token = self.rfile.read(int(self.headers['Content-Length'])), self.headers['Authorization']
        if not token:
            self.answer(401, 'text/plain', b'', ('WWW-Authenticate', 'Jemput now=%d' % self.now))
        elif self.path.endswith('git-upload-pack'):
            self.lists[token] = body
            self.answer(200, 'application/x-git-upload-pack-result', self.shown(body))
        else:
            self.pushes.append(Device(self.path.rsplit('/', 1)[0], self.headers['Host'], token, self.lists[token], body))
            self.answer(503, 'text/plain', b'', ('Retry-After', '60'))

    def log_message(self, *_):
        pass


class Device(typing.NamedTuple):
    path: str
    host: str
    token: str
    list: bytes
    push: bytes

    def moved(self):
        """Its branch, and where it is to be."""
        _, tip, ref = self.push[4:].split(b'\0')[0].split()
        return ref.decode(), tip.decode()


async def ask(port, d, service, body):
    """Status, seconds to wait, body. -1: no answer."""
    try:
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        head = ('POST %s/git-%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/x-git-%s-request\r\n'
                'Content-Length: %d\r\nGit-Protocol: version=2\r\nConnection: close\r\n\r\n' % (d.path, service, d.host, d.token, service, len(body)))
        writer.write(head.encode() + body)
        answer = await reader.read(1 << 20)
        while piece := await reader.read(1 << 20):
            answer += piece
        writer.close()
    except OSError:
        return -1, 1, b''
    top, _, rest = answer.partition(b'\r\n\r\n')
    wait = [line.split(b':')[1] for line in top.split(b'\r\n') if line.lower().startswith(b'retry-after:')]
    return int(top.split()[1]) if top else -1, int(wait[0]) if wait else 1, rest


async def until_served(counts, port, d, service, body, good):
    for _ in range(100):
        status, wait, answer = await ask(port, d, service, body)
        if status == 200:
            counts['served' if good in answer else 'wrong'] += 1
            return
        counts['429' if status == 429 else 'cut' if status == -1 else 'other'] += 1
        await asyncio.sleep(wait)
    counts['never'] += 1


async def sync(counts, times, start, port, d, pushes):
    await asyncio.sleep(max(0, start - time.monotonic()))
    await until_served(counts, port, d, 'upload-pack', d.list, b'refs/heads/log/')
    if pushes:
        await until_served(counts, port, d, 'receive-pack', d.push, b'ok refs/heads/')
    times.append(time.monotonic() - start)


async def phase(name, port, devices, count, rate, really_push, server):
    counts, times, begun = dict.fromkeys(('served', 'wrong', '429', 'cut', 'other', 'never'), 0), [], time.monotonic() + 0.5
    await asyncio.gather(*(sync(counts, times, begun + i / rate, port, devices[i % len(devices)], really_push) for i in range(count)))
    took = time.monotonic() - begun
    times.sort()
    print('%-12s %6d syncs come in %5.1f s, all done after %6.1f s; each: median %6.2f s, 99 %% %6.2f s, most %6.2f s; %s; memory of the hub %d KB' %
          (name, count, count / rate, took, times[len(times) // 2], times[int(len(times) * .99)], times[-1],
           ', '.join('%s %d' % pair for pair in counts.items()), server.memory_kb()), flush=True)
    return counts['wrong'] == counts['never'] == 0


def refs_of(repo):
    told = subprocess.run(['git', '-C', repo, 'for-each-ref', '--format=%(objectname) %(refname)'], capture_output=True, text=True, check=True)
    return [line.split() for line in told.stdout.splitlines()]


class Space(Office):
    """A central and its tablets, in a folder of their own; the hub's repository is a folder until it is served."""

    def __init__(self, folder, repo, devices):
        folder.mkdir()
        super().__init__(folder)
        self.repo, self.tablets = repository(repo), ['%d.db' % i for i in range(devices)]

    def make(self):
        self.run('pusat.db', 'init', '--schema', self.folder / 'schema.sql')
        for tablet in self.tablets:
            self.run('pusat.db', 'invite', '--role', 'petugas', '--hub', self.repo, '--out', self.folder / (tablet + '.inv'))
        self.sync('pusat.db', '--hub', self.repo)
        for tablet in self.tablets:
            self.run(tablet, 'join', self.folder / (tablet + '.inv'))
            self.sync(tablet)
        self.sync('pusat.db')
        for tablet in self.tablets:
            self.add(tablet, 0, 3)

    def record(self, port):
        for tablet in self.tablets:
            self.run(tablet, 'sync', '--hub', 'http://localhost:%d/%s' % (port, self.repo.name), expect=14)


def record(spaces):
    recorder = ThreadingHTTPServer(('127.0.0.1', 0), Recorder)
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(Space.make, spaces))
        Recorder.now = time.time() + TOKEN_S + len(spaces) * len(spaces[0].tablets) * RECORD_S
        Recorder.refs = {space.repo.name: refs_of(space.repo) for space in spaces}
        list(pool.map(lambda space: space.record(recorder.server_port), spaces))
    time.sleep(max(0, Recorder.now - TOKEN_S - time.time()))
    recorder.shutdown()
    recorder.server_close()
    return Recorder.pushes


def all_there(server, spaces, devices):
    """Is every branch where its device left it, and does central merge all of it?"""
    there = {repo: set(map(tuple, ((ref, tip) for tip, ref in refs_of(server.repositories / repo)))) for repo in (s.repo.name for s in spaces)}
    missing = sum(d.moved() not in there[d.path[1:]] for d in devices)
    rows = 0
    for space in spaces:
        space.sync('pusat.db', '--hub', '%s/%s' % (server.url, space.repo.name))
        rows += space.count('pusat.db')
    print('%d branches, %d not where they should be; central has %d of %d rows' % (len(devices), missing, rows, 3 * len(devices)))
    return missing == 0 and rows == 3 * len(devices)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('jemput', type=os.path.abspath)
    parser.add_argument('hub', type=os.path.abspath)
    parser.add_argument('--spaces', type=int, default=8)
    parser.add_argument('--devices', type=int, default=50)
    parser.add_argument('--rate', type=float, default=83)
    parser.add_argument('--lists', type=int, default=5000)
    parser.add_argument('--disk', metavar='DIR')
    options = parser.parse_args()
    test_servers.JEMPUT, servers.HUB = options.jemput, options.hub
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory(dir=options.disk) as disk:
        folder = pathlib.Path(name)
        server = JemputHub(disk, '--rate', '600')
        server.repositories.mkdir()
        spaces = [Space(folder / ('ruang-%d' % i), server.repositories / ('ruang-%d.git' % i), options.devices) for i in range(options.spaces)]
        begun = time.monotonic()
        devices = record(spaces)
        random.Random(1).shuffle(devices)
        print('%d devices of %d spaces made in %.0f s' % (len(devices), len(spaces), time.monotonic() - begun), flush=True)
        with server:
            good = len(devices) == options.spaces * options.devices
            good &= asyncio.run(phase('a batch', server.port, devices, len(devices), options.rate, True, server))
            good &= asyncio.run(phase('nothing new', server.port, devices, options.lists, options.rate, False, server))
            good &= all_there(server, spaces, devices)
    sys.exit(0 if good else 1)


if __name__ == '__main__':
    main()
