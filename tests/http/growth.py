#!/usr/bin/env python3
"""What a thousand applications more cost in a tablet's store, a hub's repository and central's store: with the whole log, and once a checkpoint has let
the older part go (checkpoint, --backed-up, --cut on each device, forget --prune-hub, hub tidy).

  growth.py JEMPUT JEMPUT-HUB [--applications 1000] [--rounds 3] [--tablets 4] [--json FILE]

Each tablet takes its share of a round in sessions of 50; central merges, all sync. After `rounds` rounds everything is cut, and so again: what stays
behind each cut is what grows for ever. Files are counted as they lie there, SQLite's write-ahead log emptied. Prints one table; takes about five
minutes."""
import argparse
import json
import os
import pathlib
import random
import subprocess
import tempfile

import servers
from measure import applications, statements
from servers import repository

PARTS = ('tablet', 'hub', 'central')
SESSION = 50
CUTS = 2


class City:
    def __init__(self, options, folder):
        self.options, self.folder, self.rng, self.count = options, folder, random.Random(5), 0
        (folder / 'hub').mkdir()
        self.hub = repository(folder / 'hub' / 'ruang.git')
        self.tablets = ['tablet-%d' % i for i in range(options.tablets)]
        self.run('pusat', 'init', '--hub', self.hub)
        for tablet in self.tablets:
            self.run('pusat', 'invite', '--role', 'petugas', '--out', folder / (tablet + '.inv'))
            self.run(tablet, 'join', folder / (tablet + '.inv'))
        self.sync_all()

    def run(self, store, *words, stdin=None):
        done = subprocess.run([self.options.jemput, '-s', self.folder / (store + '.db'), *map(str, words)], env=dict(os.environ, JEMPUT_LANG='en'),
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            raise SystemExit('%s: %s: %s' % (store, ' '.join(map(str, words)), done.stdout))
        return done.stdout

    def sync_all(self):
        for store in (*self.tablets, 'pusat', *self.tablets):
            self.run(store, 'sync')

    def round(self):
        """One thousand applications more, written, sent, merged, and known to all."""
        for begin in range(0, self.options.applications, SESSION * len(self.tablets)):
            for i, tablet in enumerate(self.tablets):
                count = min(SESSION, self.options.applications - begin - i * SESSION)
                if count > 0:
                    self.run(tablet, 'sql', '-', stdin=''.join(statements(a) for a in applications(self.rng, count)))
                    self.run(tablet, 'sync')
            self.run('pusat', 'sync')
        self.sync_all()
        self.count += self.options.applications

    def cut(self):
        self.run('pusat', 'checkpoint', '--days', '0')
        self.run('pusat', 'checkpoint', '--backed-up')
        for _ in range(2):  # word of it goes round
            self.sync_all()
        for store in ('pusat', *self.tablets):
            self.run(store, 'checkpoint', '--cut')
        self.sync_all()
        self.run('pusat', 'forget', '--prune-hub')

    def settle(self):
        """A sync gives room back in small steps."""
        before = None
        while before != (now := self.sizes()):
            before = now
            self.sync_all()
            subprocess.run([self.options.hub, 'tidy', self.hub.parent, '--expire', 'now'], check=True, stdout=subprocess.DEVNULL)
        return now

    def sizes(self):
        stores = [sum(f.stat().st_size for f in self.folder.glob(store + '.db*')) for store in ('pusat', *self.tablets)]
        hub = sum(f.stat().st_size for f in self.hub.rglob('*') if f.is_file())
        return dict(zip(PARTS, (max(stores[1:]), hub, stores[0])))


def line(name, sizes, before=None, thousands=1):
    grown = ''.join('%12.1f' % ((sizes[p] - before[p]) / thousands / 1000) for p in PARTS) if before else ''
    print('%-34s' % name + ''.join('%11.1f' % (sizes[p] / 1000) for p in PARTS) + grown, flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('jemput', type=os.path.abspath)
    parser.add_argument('hub', type=os.path.abspath)
    parser.add_argument('--applications', type=int, default=1000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--tablets', type=int, default=4)
    parser.add_argument('--json', metavar='FILE')
    options = parser.parse_args()
    servers.HUB = options.hub
    told = []
    with tempfile.TemporaryDirectory() as name:
        city = City(options, pathlib.Path(name))
        thousand = options.applications / 1000
        print('%-34s%33s%36s' % ('', 'kB: tablet, hub, central', 'a thousand applications more'))
        empty = last = behind = city.settle()
        line('empty', empty)
        for _ in range(CUTS):
            for _ in range(options.rounds):
                city.round()
                now = city.settle()
                line('%d applications' % city.count, now, last, thousand)
                told.append({'applications': city.count, 'cut': False, **now})
                last = now
            city.cut()
            now = city.settle()
            line('%d, cut behind a checkpoint' % city.count, now, behind, options.rounds * thousand)
            told.append({'applications': city.count, 'cut': True, **now})
            last = behind = now
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps({'empty': empty, 'sizes': told}, indent=1) + '\n')


if __name__ == '__main__':
    main()
