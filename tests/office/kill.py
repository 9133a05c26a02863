#!/usr/bin/env python3
"""Kill central, its PostgreSQL session, or the whole PostgreSQL server at random, while tablets and the office write; then look whether anything was
lost, doubled, or shown that no log gives.

  kill.py JEMPUT JEMPUT-CENTRAL [KILLS [SEED]]       25 kills in the tests; 1,000 by hand take about seven minutes

After each kill: no target stands at a mark that its store has not given. Every 50th and at the end, when all is quiet: `jemput central audit` finds
nothing in either target; each change of the office's that PostgreSQL has committed is in the log exactly once, or was refused; tablets and central
have the same state hash."""
import collections
import contextlib
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import scene
from postgres import Postgres
from scene import Office, Space, hex_of

QUIET_S, EVERY, WAIT_S, AFTER_S = 300, 50, 1.5, 0.03
STEPS = ['outbox', 'sync', 'batch', 'batch', 'batch', 'done', 'lists', 'anywhere']  # where a kill is aimed at; three times at what matters most
VICTIMS = [('central', 80), ('its session', 15), ('PostgreSQL', 5)]
ROWS = 12  # of persons that everybody writes to


class Daemon:
    """`jemput central run`, started again when it was killed; its steps as it tells them."""

    def __init__(self, office):
        self.log = open(scene.FOLDER / 'central.log', 'ab+')
        self.office, self.listen = office, f'127.0.0.1:{scene.free_port()}'
        self.start()

    def start(self):
        self.process = subprocess.Popen([scene.CENTRAL, 'run', self.office.at, '--trace', '--workers', '2', '--poll', '1', '--listen', self.listen],
                                        stdout=subprocess.DEVNULL, stderr=self.log, cwd=scene.FOLDER)

    def steps(self, since):
        """Those that were told from place `since` of the log on, and where it ends."""
        path = scene.FOLDER / 'central.log'
        with open(path, 'rb') as file:
            file.seek(since)
            told = file.read()
        whole = told[:told.rfind(b'\n') + 1]
        return re.findall(r'^\w+: (\w+)$', whole.decode(errors='replace'), re.M), since + len(whole)

    def wait(self, step):
        """Until the step is told; the last one that was."""
        last, at, until = 'start', self.log.seek(0, os.SEEK_END), time.monotonic() + WAIT_S
        while time.monotonic() < until:
            told, at = self.steps(at)
            last = told[-1] if told else last
            if step in told or step == 'anywhere':
                break
            time.sleep(0.005)
        return last

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.start()

    def alive(self):
        if self.process.poll() is not None:
            raise AssertionError('central ended by itself: ' + (scene.FOLDER / 'central.log').read_text(errors='replace')[-2000:])

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


class Writers:
    """Tablets and the office, each in a thread; they can be asked to pause."""

    def __init__(self, pg, spaces, seed, rest):
        self.rest = rest  # between two writes of one, seconds
        self.pg, self.spaces, self.go, self.over = pg, spaces, threading.Event(), False
        self.resting, self.failed, self.count = threading.Semaphore(0), [], 0
        self.threads = [threading.Thread(target=self.loop, args=(self.tablet, space, name, random.Random(f'{seed}{space.name}{name}')))
                        for space in spaces for name in space.tablets]
        self.threads.append(threading.Thread(target=self.loop, args=(self.siak, None, None, random.Random(f'{seed}siak'))))
        for thread in self.threads:
            thread.start()

    def loop(self, write, space, name, chance):
        busy = False
        while not self.over:
            if not self.go.is_set():
                if busy:
                    self.resting.release()
                busy = False
                time.sleep(0.01)
                continue
            busy = True
            try:
                write(space, name, chance)
            except Exception as error:  # told by the main thread
                self.failed.append(error)
            time.sleep(chance.uniform(*self.rest))
        if busy:
            self.resting.release()

    def tablet(self, space, name, chance):
        person = f"x'0000000000000000000000000000b{chance.randrange(ROWS):03x}'"
        space.sql(name, chance.choice([
            f"UPDATE orang SET alamat_sekarang = 'Jl. {chance.randrange(10**6)}' WHERE id = {person}",
            f"UPDATE orang SET nama = 'SITI {chance.randrange(10**6)}' WHERE id = {person}",
            f"INSERT INTO catatan(id, orang_id, isi) VALUES(jemput_id(), {person}, 'c{chance.randrange(10**6)}')",
            'DELETE FROM catatan WHERE id IN (SELECT id FROM catatan ORDER BY random() LIMIT 1)']))
        if chance.random() < 0.7:
            space.sync(name)

    def siak(self, _space, _name, chance):
        self.count += 1
        person = f"id = '00000000-0000-0000-0000-00000000b{chance.randrange(ROWS):03x}'"
        space = f"space = (SELECT space FROM jemput.space_token WHERE name = '{chance.choice(self.spaces).name}')"
        change = chance.choice([
            f"UPDATE adminduk.orang SET keterangan = 'k{self.count}' WHERE {space} AND {person}",
            f"UPDATE adminduk.orang SET nama = 'KANTOR {self.count}', keterangan = 'k{self.count}' WHERE {space} AND {person}",
            f"UPDATE adminduk.wilayah SET keterangan = 'k{self.count}' WHERE {space} AND kode = '16.74'"])  # the policy refuses that
        self.pg.psql(f"SET jemput.alasan = 'k{self.count}'; {change}", user='siak', check=False)  # PostgreSQL may just be dead

    def pause(self):
        self.go.clear()
        for _ in self.threads:
            self.resting.acquire()
        if self.failed:
            raise self.failed[0]

    def end(self):
        self.over = True
        for thread in self.threads:
            thread.join()


class Campaign:
    def __init__(self, pg, seed, spaces, rest):
        self.pg, self.chance = pg, random.Random(seed)
        self.office = Office(pg)
        self.spaces = [Space(name, tablets=2) for name in ('timur', 'barat')[:spaces]]
        for space in self.spaces:
            space.join(self.office)
            space.sql('t1', ''.join(f"INSERT INTO orang(id, nama) VALUES(x'0000000000000000000000000000b{n:03x}', 'SITI {n}');" for n in range(ROWS)))
            space.sync('t1')
            self.office.once()
            space.sync('t2')
        self.office.central('roles', '--map', 'siak=verifikator', '--grant', 'siak')
        self.victims, self.steps = collections.Counter(), collections.Counter()
        self.daemon, self.writers = Daemon(self.office), Writers(pg, self.spaces, seed, rest)

    # --- killing ---

    def kill(self):
        aim = self.chance.choice(STEPS)
        self.daemon.wait(aim)
        at = self.daemon.log.seek(0, os.SEEK_END)
        time.sleep(self.chance.uniform(0, AFTER_S if aim != 'anywhere' else 0.15))
        step = (self.daemon.steps(at)[0] or [aim])[-1]
        victim = self.chance.choices([name for name, _ in VICTIMS], [share for _, share in VICTIMS])[0]
        self.victims[victim] += 1
        self.steps[victim, step] += 1
        if victim == 'central':
            self.daemon.kill()
        elif victim == 'its session':
            self.pg.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'jemput-central'", user='postgres',
                         check=False)
        else:
            self.pg.restart()
        self.daemon.alive()

    # --- looking ---

    def store(self, space):
        return contextlib.closing(sqlite3.connect(f'file:{self.office.at}/spaces/{space.name}.db?mode=ro', uri=True, timeout=30))

    def marks(self, space):
        """Of both targets; of the store the newest number."""
        with contextlib.closing(sqlite3.connect(f'file:{self.office.at}/central.db?mode=ro', uri=True, timeout=30)) as db:
            lite = db.execute('SELECT feed_number, lower(hex(feed_id)) FROM space WHERE name = ?', (space.name,)).fetchone()
        there = self.pg.rows(f"SELECT feed_number, encode(feed_id, 'hex') FROM jemput.space WHERE name = '{space.name}'")[0]
        with self.store(space) as db:
            ids = dict(db.execute('SELECT number, lower(hex(id)) FROM jemput_feed').fetchall())
        return lite, (int(there[0]), there[1]), ids

    def marks_hold(self):
        for space in self.spaces:
            lite, there, ids = self.marks(space)
            for name, (number, mark) in (('central.db', lite), ('PostgreSQL', there)):
                assert number <= max(ids), f'{space.name}: {name} stands at {number}, its store at {max(ids)}'
                assert number not in ids or ids[number] == mark, f'{space.name}: {name} has another mark {number}'

    def quiet(self):
        until = time.monotonic() + QUIET_S
        while True:
            self.daemon.alive()
            waits = self.pg.one("SELECT count(*) FROM jemput.outbox WHERE state IN ('menunggu', 'ditandatangani')")
            behind = [space.name for space in self.spaces if len({self.marks(space)[0][0], self.marks(space)[1][0], max(self.marks(space)[2])}) > 1]
            if waits == '0' and not behind:
                return
            assert time.monotonic() < until, f'not quiet: {waits} lines wait, behind: {behind}'
            time.sleep(0.1)

    def look(self):
        """Everybody pauses; what is there must be what the logs give."""
        self.writers.pause()
        for space in self.spaces:
            self.converge(space)
        for space in self.office.audit():
            assert not space['differences'] and not space['findings'], space

    def converge(self, space):
        """Until tablets and central have the same state hash; central may have a failed sync to get over first, a second or some later."""
        until = time.monotonic() + QUIET_S
        while True:
            space.sync(*space.tablets)
            self.quiet()
            hashes = {space.one(name, 'SELECT jemput_state_hash()') for name in space.tablets}
            hashes.add(self.office.store(space.name, 'SELECT jemput_state_hash()')[0][0])
            if len(hashes) == 1:
                return
            assert time.monotonic() < until, f'{space.name}: {hashes}'
            time.sleep(0.5)

    def once_each(self):
        """Each line of the outbox, by the note of the write: in the log once if it was passed on, never if it was refused."""
        counts = collections.Counter(passed=0, refused=0)
        for space in self.spaces:
            notes = collections.Counter()
            for key, in self.office.store(space.name, 'SELECT lower(hex(id)) FROM orang'):
                history = f"SELECT note FROM jemput_history('orang', x'{key}') WHERE col = 'keterangan' AND note LIKE 'pg siak%'"
                notes.update(re.sub(r' \[[0-9a-f-]{36}\]$', '', note) for note, in self.office.store(space.name, history))
            lines = f"SELECT reason, state FROM jemput.outbox o JOIN jemput.space s ON s.id = o.space WHERE s.name = '{space.name}'"
            for reason, state in self.pg.rows(lines):
                assert notes.pop(f'pg siak: {reason}', 0) == (state == 'diteruskan'), f'{space.name}: {reason} is {state}'
                counts['passed' if state == 'diteruskan' else 'refused'] += 1
            assert not notes, f'{space.name}: in the log, and not in the outbox: {notes}'
        return counts

    def run(self, kills):
        start = time.monotonic()
        try:
            for n in range(1, kills + 1):
                self.writers.go.set()
                self.kill()
                self.marks_hold()
                if n % EVERY == 0 or n == kills:
                    self.look()
                    print(f'{n} kills, {time.monotonic() - start:.0f} s', flush=True)
        finally:
            self.writers.go.clear()
            self.writers.end()
        counts = self.once_each()
        self.daemon.stop()
        return counts


def main():
    kills, seed = int(sys.argv[3]) if len(sys.argv) > 3 else 25, int(sys.argv[4]) if len(sys.argv) > 4 else 1
    if not scene.postgres.programs():
        print('SKIPPED: PostgreSQL 14 or newer is not installed (apt: postgresql)')
        return 77
    with Postgres() as pg:
        campaign = Campaign(pg, seed, *((2, (0.05, 0.2)) if kills > EVERY else (1, (0.15, 0.5))))
        try:
            counts = campaign.run(kills)
        except BaseException:
            print((scene.FOLDER / 'central.log').read_text(errors='replace')[-3000:], file=sys.stderr)
            raise
        finally:
            if campaign.daemon.process.poll() is None:
                campaign.daemon.process.kill()
    print(f'{kills} kills (seed {seed}): nothing lost, nothing doubled; {counts["passed"]} changes of the office are in the log once each, '
          f'{counts["refused"]} were refused')
    for victim, count in campaign.victims.most_common():
        print(f'  {victim}: {count}  ' + ', '.join(f'{step} {n}' for (who, step), n in campaign.steps.most_common() if who == victim))
    return 0


if __name__ == '__main__':
    sys.exit(main())
