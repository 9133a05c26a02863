#!/usr/bin/env python3
"""Many spaces on one machine: what one more costs when there is one, a tenth of them, and all of them. It should stay the same.

  scale.py JEMPUT JEMPUT-CENTRAL [SPACES [APPLICATIONS]]      200 spaces of 5,000 applications (15,000 rows) each unless said otherwise: an hour, and
                                                              TMPDIR on a disk with 10 GB free; 40 of 500 take three minutes"""
import os
import pathlib
import sys
import time

if len(sys.argv) > 3 and int(sys.argv[3]) > 50:  # not in memory
    os.environ['JEMPUT_TESTS_ON_DISK'] = '1'

import scene  # noqa: E402
from bench import fill  # noqa: E402
from postgres import Postgres  # noqa: E402
from scene import Office, Space  # noqa: E402

TICK = os.sysconf('SC_CLK_TCK')


def server_cpu(pg):
    """Of the server and all sessions that have ended, seconds."""
    fields = pathlib.Path(f'/proc/{pg.pid()}/stat').read_text().rsplit(')', 1)[1].split()
    return sum(int(fields[n]) for n in (11, 12, 13, 14)) / TICK


def central_cpu(office):
    """One turn over all spaces: seconds of it."""
    before = os.times()
    office.once(timeout=3600)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def sizes(office, pg):
    return (office.at / 'central.db').stat().st_size, int(pg.one('SELECT pg_database_size(current_database())'))


class Scale:
    def __init__(self, pg, applications):
        self.pg, self.applications = pg, applications
        self.office, self.spaces = Office(pg, partitions=8), []

    def add(self, count):
        """So many more, filled but not projected: their rows are pending in central's stores."""
        fresh = [Space(f'ruang{len(self.spaces) + n}', tablets=0) for n in range(count)]
        for step in (lambda space: space.ask(self.office), Space.let_in):
            for space in fresh:
                step(space)
            self.office.once(timeout=3600)
        for space in fresh:
            fill(self.office, space.name, self.applications)
        self.spaces += fresh

    def step(self, count):
        fresh = count - len(self.spaces)
        self.add(fresh)
        lite, there = sizes(self.office, self.pg)
        server = server_cpu(self.pg)
        start = time.monotonic()
        cpu = central_cpu(self.office)
        wall = time.monotonic() - start
        server = server_cpu(self.pg) - server
        lite_after, there_after = sizes(self.office, self.pg)
        idle = central_cpu(self.office)
        print(f'{count:6} spaces, {fresh:4} of them new   {wall / fresh:7.2f} s  {cpu / fresh:7.2f} s  {server / fresh:7.2f} s   '
              f'{(lite_after - lite) / fresh / 1e6:6.2f} MB  {(there_after - there) / fresh / 1e6:6.2f} MB   {1000 * idle / count:6.1f} ms',
              flush=True)


def main():
    spaces, applications = int(sys.argv[3]) if len(sys.argv) > 3 else 200, int(sys.argv[4]) if len(sys.argv) > 4 else 5000
    with Postgres() as pg:
        scale = Scale(pg, applications)
        scale.add(1)  # the first one makes the tables
        scale.office.once(timeout=3600)
        print(f'{applications} applications a space; for each new one   wall     central   PostgreSQL  central.db  PostgreSQL  idle round a space')
        for count in sorted({2, max(3, spaces // 10), spaces}):
            scale.step(count)


if __name__ == '__main__':
    main()
