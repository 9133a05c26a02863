#!/usr/bin/env python3
"""`jemput sync --watch`: work goes by itself as soon as there is some and the hub answers, in plain words; signals end it cleanly and soon.

  test_watch.py JEMPUT JEMPUT-HUB"""
import http.client
import http.server
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import servers
import test_servers
from servers import Lighttpd, repository
from test_photos import TABLE
from test_servers import Office


class Watch:
    """The program, and the lines that it has written so far."""

    def __init__(self, office, store, *words):
        self.process = subprocess.Popen([test_servers.JEMPUT, '-s', str(office.folder / store), 'sync', '--watch', *words], env=office.env,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines = []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join(10)
        self.process.stdout.close()

    def wait(self, words, after=0, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for i in range(after, len(self.lines)):
                if words in self.lines[i]:
                    return i + 1
            time.sleep(0.02)
        raise AssertionError('%r was not said: %r' % (words, self.lines))

    def stop(self, number):
        start = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(20)
        return code, time.monotonic() - start


class SilentHub:
    """Takes connections, and says nothing."""

    def __enter__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.taken = threading.Event()
        self.kept = []
        threading.Thread(target=self.run, daemon=True).start()
        return self

    def run(self):
        try:
            while True:
                self.kept.append(self.socket.accept()[0])
                self.taken.set()
        except OSError:
            pass

    def __exit__(self, *_):
        self.socket.close()
        for connection in self.kept:
            connection.close()

    @property
    def url(self):
        return 'http://127.0.0.1:%d/ruang.git' % self.socket.getsockname()[1]


class Between:
    """Passes requests on to a hub. `after(path)` is called when the hub has answered one; the next `busy` are sent away for `seconds`; with `no_photos`
    attachments are refused by that status."""

    def __init__(self, port):
        self.after, self.busy, self.seconds, self.no_photos = lambda path: None, 0, 1, 0
        between = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
                if between.busy:
                    between.busy -= 1
                    self.send_response(429)
                    self.send_header('Retry-After', str(between.seconds))
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                    return
                if between.no_photos and self.path.endswith('/git-receive-pack') and b' refs/heads/media/' in body:
                    self.send_response(between.no_photos)
                    self.send_header('Retry-After', str(between.seconds))
                    self.send_header('Content-Length', '0')
                    self.end_headers()
                    return
                hub = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
                hub.request('POST', self.path, body, {k: v for k, v in self.headers.items() if k in ('Content-Type', 'Accept', 'Git-Protocol')})
                answer = hub.getresponse()
                data = answer.read()
                hub.close()
                between.after(self.path)
                self.send_response(answer.status)
                self.send_header('Content-Type', answer.headers.get('Content-Type', ''))
                self.send_header('Content-Length', str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return 'http://127.0.0.1:%d/ruang.git' % self.server.server_address[1]


class Watching(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / 'server').mkdir()
        self.addCleanup(self.temporary.cleanup)

    def test_work_goes_by_itself_and_waits_safely_while_the_hub_is_away(self):
        with Lighttpd(self.folder / 'server') as server:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            office.found(server.url + '/ruang.git', ['a.db'])
            with Watch(office, 'a.db') as watch:
                at = watch.wait('Everything is sent.')
                office.add('a.db', 0, 1)
                at = watch.wait('Waiting: 1 ', at)
                at = watch.wait('Everything is sent.', at)
                office.sync('pusat.db')
                self.assertEqual(office.count('pusat.db'), 1)
                server.stop()
                office.add('a.db', 1, 1)
                at = watch.wait('cannot be reached', at)
                watch.wait('Waiting: 1 ', at)
                server.configure()
                watch.wait('Everything is sent.', at)
                office.sync('pusat.db')
                self.assertEqual(office.count('pusat.db'), 2)
                code, seconds = watch.stop(signal.SIGTERM)
                self.assertEqual(code, 0)
                self.assertLess(seconds, 3)
                self.assertEqual(sum('cannot be reached' in line for line in watch.lines), 1)
            office.run('a.db', 'verify')

    def test_what_is_written_while_a_sync_runs_is_not_said_to_be_sent_and_goes_next(self):
        with Lighttpd(self.folder / 'server') as server, Between(server.port) as way:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            office.found(way.url, ['a.db'])
            office.add('a.db', 0, 1)

            def after(path):
                if path.endswith('/git-receive-pack'):
                    way.after = lambda path: None
                    office.add('a.db', 100, 1)  # its work is out; the sync goes on
            way.after = after
            with Watch(office, 'a.db') as watch:
                at = watch.wait('Syncing.')
                at = watch.wait('Waiting: 1 ', at)
                self.assertNotIn('Everything is sent.', ''.join(watch.lines))
                watch.wait('Everything is sent.', at)
                self.assertNotIn('Waiting for a signal', ''.join(watch.lines))  # there is one from the start
            office.sync('pusat.db')
            self.assertEqual(office.count('pusat.db'), 2)

    def test_photos_that_are_held_up_are_told_of_and_hold_up_no_text(self):
        with Lighttpd(self.folder / 'server') as server, Between(server.port) as way:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            with open(self.folder / 'schema.sql', 'a', encoding='ascii') as file:
                file.write(TABLE)
            office.found(way.url, ['a.db'])
            office.add('a.db', 0, 1)
            office.sync('a.db')
            (self.folder / 'foto.bin').write_bytes(os.urandom(3000))
            way.no_photos = 413
            with Watch(office, 'a.db') as watch:
                at = watch.wait('Everything is sent.')
                office.run('a.db', 'attach', 'orang', 'a.db-0', self.folder / 'foto.bin')
                at = watch.wait('Attachments were held up', at)
                self.assertIn('it refuses to take so much at once', watch.lines[at - 1])
                at = watch.wait('Waiting: 1 attachments are not sent', at)
                office.add('a.db', 1, 1)
                at = watch.wait('Waiting: 1 attachments are not sent', watch.wait('Syncing.', at))  # the text is through
                self.assertFalse([line for line in watch.lines[2:] if 'Everything is sent' in line], watch.lines)
                self.assertEqual(sum('held up' in line for line in watch.lines), 1, watch.lines)
                office.sync('pusat.db')
                self.assertEqual(office.count('pusat.db'), 2)
                way.no_photos = 0
                office.add('a.db', 2, 1)
                watch.wait('Everything is sent.', at)
            self.assertEqual(office.sync('pusat.db')['attachments_fetched'], 1)

    def test_a_hub_that_is_busy_for_a_moment_is_waited_for_and_not_for_longer(self):
        with Lighttpd(self.folder / 'server') as server, Between(server.port) as way:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            office.found(way.url, ['a.db'])
            office.add('a.db', 0, 1)
            way.busy = 2
            said = office.run('a.db', 'sync')
            self.assertEqual(len(re.findall('tried again in [12] seconds', said)), 2, said)
            self.assertIn('Sent: 1 segments', said)
            for seconds, words in (31, []), (3, ['--timeout', '2']):
                way.busy, way.seconds, start = 1, seconds, time.monotonic()
                self.assertIn('left alone for %d seconds' % seconds, office.run('a.db', 'sync', *words, expect=14))
                self.assertLess(time.monotonic() - start, 2.5)
                self.assertEqual(way.busy, 0)

    def test_an_officer_reads_in_her_own_language_why_photos_wait_and_until_when(self):
        with Lighttpd(self.folder / 'server') as server, Between(server.port) as way:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            with open(self.folder / 'schema.sql', 'a', encoding='ascii') as file:
                file.write(TABLE)
            office.found(way.url, ['a.db'])
            office.add('a.db', 0, 1)
            (self.folder / 'foto.bin').write_bytes(os.urandom(3000))
            office.run('a.db', 'attach', 'orang', 'a.db-0', self.folder / 'foto.bin')
            for status, seconds, why in ((413, 0, 'hub menolak kiriman sebesar ini'), (429, 40, 'hub sedang sibuk, dan minta dihubungi lagi dalam 40 detik'),
                                         (429, 40000, 'hub tidak menerima kiriman lagi sampai pukul %H:%M: jatah perangkat ini')):
                way.no_photos, way.seconds = status, seconds
                now = time.time()
                said = office.run('a.db', '--lang', 'id', 'sync')
                self.assertTrue(any(time.strftime('Sebabnya: ' + why, time.localtime(t + seconds)) in said for t in (now, time.time())), said)
                self.assertNotIn('the hub', said)
            office.add('a.db', 1, 1)
            way.busy, way.seconds = 1, 40000
            self.assertRegex(office.run('a.db', '--lang', 'id', 'sync', expect=14), r'Belum terkirim: hub tidak menerima kiriman lagi sampai pukul \d\d:\d\d: jatah')

    def test_a_signal_ends_a_wait_for_a_hub_that_says_nothing_at_once(self):
        with Lighttpd(self.folder / 'server') as server:
            repository(server.repositories / 'ruang.git')
            office = Office(self.folder)
            office.found(server.url + '/ruang.git', ['a.db'])
        for words, number in (['--watch'], signal.SIGINT), (['--watch'], signal.SIGTERM), ([], signal.SIGINT):
            with SilentHub() as hub:
                process = subprocess.Popen([test_servers.JEMPUT, '-s', str(self.folder / 'a.db'), 'sync', *words, '--hub', hub.url], env=office.env,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                try:
                    self.assertTrue(hub.taken.wait(20))
                    time.sleep(0.3)
                    start = time.monotonic()
                    process.send_signal(number)
                    code = process.wait(20)
                    self.assertLess(time.monotonic() - start, 1.5)  # 0.2 s by itself; the machine may be busy
                    self.assertEqual(code, 0 if words else 22)
                finally:
                    if process.poll() is None:
                        process.kill()
                        process.wait()


if __name__ == '__main__':
    test_servers.JEMPUT, servers.HUB = map(os.path.abspath, sys.argv[1:3])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:], verbosity=2)
