#!/usr/bin/env python3
"""Round trips and bytes of a sync, both ways together with HTTP's headers, beside stock git doing the same with the same objects.

  table.py JEMPUT JEMPUT-HUB [--branches 10,10000] [--applications 0,1,50,1000]

`git`: `git fetch` of all branches where nothing is new (it has to look), and `git push` of the tablet's branch where something is; then central's receipt
for it comes down, for git by a fetch of all branches. Prints one table."""
import argparse
import os
import pathlib
import random
import shutil
import subprocess
import tempfile

import servers
from link import Link
from measure import Scene, applications, statements
from servers import Lighttpd, repository


def git(*words, **more):
    return subprocess.run(['git', *map(str, words)], check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, **more).stdout


def strangers_add(repo, count):
    """Branches of devices that the tablet does not know, ending with a commit that is there."""
    tip = git('-C', repo, 'for-each-ref', '--count=1', '--format=%(objectname)').strip()
    git('-C', repo, 'update-ref', '--stdin', input=''.join('create refs/heads/log/eeeeeeee%08x%016x/0 %s\n' % (count, i, tip) for i in range(count)))
    git('-C', repo, 'pack-refs', '--all')


def seen(link, run):
    link.requests, link.bytes = 0, {'up': 0, 'down': 0}
    run()
    return link.requests, link.bytes['up'], link.bytes['down']


def heads(repo):
    return set(git('-C', repo, 'for-each-ref', '--format=%(objectname) %(refname)').splitlines())


def measure(options, folder, server, link, branches, count):
    repo, url, client = server.repositories / 'ruang.git', 'http://127.0.0.1:%d/ruang.git' % link.port, folder / 'client.git'
    repository(repo)
    scene = Scene(options.jemput, folder, url)
    for store in ('a.db', 'pusat.db', 'a.db'):
        scene.run(store, 'sync')
    strangers_add(repo, branches - 3)
    git('clone', '-q', '--mirror', repo, client)
    before = folder / 'before.git'
    shutil.copytree(repo, before)
    if count:
        scene.run('a.db', 'sql', '-', stdin=''.join(statements(a) for a in applications(random.Random(2), count)))
    ours = seen(link, lambda: scene.run('a.db', 'sync'))
    fetch = lambda: git('-C', client, 'fetch', '-q', url, '+refs/heads/*:refs/heads/*')
    if not count:
        return [(ours, seen(link, fetch))]
    git('-C', client, 'fetch', '-q', repo, '+refs/heads/*:refs/heads/*')
    shutil.rmtree(repo)
    shutil.copytree(before, repo)
    moved = [line.split()[1] for line in heads(client) - heads(repo)]
    up = ours, seen(link, lambda: git('-C', client, 'push', '-q', url, *moved))
    scene.run('pusat.db', 'sync')
    return [up, (seen(link, lambda: scene.run('a.db', 'sync')), seen(link, fetch))]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('jemput', type=os.path.abspath)
    parser.add_argument('hub', type=os.path.abspath)
    parser.add_argument('--branches', default='10,10000')
    parser.add_argument('--applications', default='0,1,50,1000')
    options = parser.parse_args()
    servers.HUB = options.hub
    print('%-24s %30s %30s' % ('', 'jemput: trips, up, down', 'git: trips, up, down'))
    for branches in map(int, options.branches.split(',')):
        for count in map(int, options.applications.split(',')):
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                (folder / 'server').mkdir()
                with Lighttpd(folder / 'server') as server, Link('lan', 1, server.port) as link:
                    told = measure(options, folder, server, link, branches, count)
            for name, rows in zip(('%5d branches, %4d new  ' % (branches, count), '%24s' % 'and the receipt  '), told):
                print(name + ''.join('%10d %9d %9d' % row for row in rows), flush=True)


if __name__ == '__main__':
    main()
