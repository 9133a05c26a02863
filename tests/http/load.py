#!/usr/bin/env python3
"""Half past seven: so many devices sync with `jemput hub serve` within so many seconds. Bounded memory, all served, 429 obeyed.

  load.py JEMPUT JEMPUT-HUB [--devices 400] [--rate 83] [--lists 5000]

Each device is a true one: its push is the one that `jemput sync` sends (its request to join), taken down by a recorder beforehand, with its own
token. First all of them come at `rate` a second, each with the list of branches and its push; then `lists` syncs with nothing new, likewise.
Making a device takes three runs of the program. Prints one table; exit status 0 if all were served."""
import argparse
import asyncio
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import servers
import test_servers
from servers import JemputHub, repository
from test_servers import Office


class Recorder(BaseHTTPRequestHandler):
    """A hub that asks for a token, shows no branches, and keeps what is pushed."""
    protocol_version = 'HTTP/1.1'
    pushes = []

    def answer(self, status, kind, body, *headers):
        self.send_response(status)
        for name, value in (('Content-Type', kind), ('Content-Length', str(len(body))), *headers):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        if not self.headers['Authorization']:
            self.answer(401, 'text/plain', b'', ('WWW-Authenticate', 'Jemput now=%d' % time.time()))
        elif self.path.endswith('git-upload-pack'):
            self.answer(200, 'application/x-git-upload-pack-result', b'0000')
        else:
            self.pushes.append((self.headers['Host'], self.headers['Authorization'], body))
            self.answer(503, 'text/plain', b'', ('Retry-After', '60'))

    def log_message(self, *_):
        pass


LIST = b'0014command=ls-refs\n0016object-format=sha100010020ref-prefix refs/heads/log/000000'


async def ask(port, host, token, service, body):
    """Status, seconds to wait, body. -1: no answer."""
    try:
        reader, writer = await asyncio.open_connection('127.0.0.1', port)
        head = ('POST /ruang.git/git-%s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nContent-Type: application/x-git-%s-request\r\n'
                'Content-Length: %d\r\nGit-Protocol: version=2\r\nConnection: close\r\n\r\n' % (service, host, token, service, len(body)))
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


async def until_served(counts, port, host, token, service, body, good):
    for _ in range(100):
        status, wait, answer = await ask(port, host, token, service, body)
        if status == 200:
            counts['served' if good in answer else 'wrong'] += 1
            return
        counts['429' if status == 429 else 'cut'] += 1
        await asyncio.sleep(wait)
    counts['never'] += 1


async def device(counts, times, start, port, push, pushes):
    await asyncio.sleep(max(0, start - time.monotonic()))
    host, token, body = push
    await until_served(counts, port, host, token, 'upload-pack', LIST, b'0000')
    if pushes:
        await until_served(counts, port, host, token, 'receive-pack', body, b'unpack ok')
    times.append(time.monotonic() - start)


async def phase(name, port, pushes, count, rate, really_push, server):
    counts, times, begun = {'served': 0, 'wrong': 0, '429': 0, 'cut': 0, 'never': 0}, [], time.monotonic() + 0.5
    await asyncio.gather(*(device(counts, times, begun + i / rate, port, pushes[i % len(pushes)], really_push) for i in range(count)))
    took = time.monotonic() - begun
    times.sort()
    print('%-12s %6d devices in %5.1f s, all done after %6.1f s; each: median %6.2f s, 99 %% %6.2f s, most %6.2f s; %s; memory %d KB' %
          (name, count, count / rate, took, times[len(times) // 2], times[int(len(times) * .99)], times[-1],
           ', '.join('%s %d' % pair for pair in counts.items()), server.memory_kb()))
    return counts['wrong'] == counts['never'] == 0


def record(office, count):
    recorder = ThreadingHTTPServer(('127.0.0.1', 0), Recorder)
    threading.Thread(target=recorder.serve_forever, daemon=True).start()
    for i in range(count):
        office.run('pusat.db', 'invite', '--role', 'petugas', '--out', office.folder / ('%d.inv' % i))
        office.run('%d.db' % i, 'join', office.folder / ('%d.inv' % i))
    office.sync('pusat.db')
    for i in range(count):
        office.run('%d.db' % i, 'sync', '--hub', 'http://localhost:%d/ruang.git' % recorder.server_port, expect=14)
    recorder.shutdown()
    recorder.server_close()
    return Recorder.pushes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('jemput', type=os.path.abspath)
    parser.add_argument('hub', type=os.path.abspath)
    parser.add_argument('--devices', type=int, default=400)
    parser.add_argument('--rate', type=float, default=83)
    parser.add_argument('--lists', type=int, default=5000)
    options = parser.parse_args()
    test_servers.JEMPUT, servers.HUB = options.jemput, options.hub
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / 'server').mkdir()
        with JemputHub(folder / 'server', '--rate', '600') as server:
            repository(server.repositories / 'ruang.git')
            office = Office(folder)
            office.found(server.url + '/ruang.git', [])
            pushes = record(office, options.devices)
            good = asyncio.run(phase('push', server.port, pushes, len(pushes), options.rate, True, server))
            good &= asyncio.run(phase('nothing new', server.port, pushes, options.lists, options.rate, False, server))
            office.sync('pusat.db')
            refs = subprocess.run(['git', '-C', server.repositories / 'ruang.git', 'for-each-ref'], capture_output=True, text=True, check=True)
            logs = refs.stdout.count('\n')
            print('%d logs on the hub, %d devices recorded' % (logs, len(pushes)))
    sys.exit(0 if good and logs == len(pushes) + 1 else 1)


if __name__ == '__main__':
    main()
