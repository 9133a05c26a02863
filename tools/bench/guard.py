#!/usr/bin/env python3
"""Instructions and allocations of the engine's hot paths, counted by callgrind, against the saved ones: what must not grow.

  guard.py PROGRAM [--update] [--only PATH,...] [--profile FOLDER] [--saved FILE] [--counts FILE | --judge FILE]

PROGRAM is jemput-bench-paths. Times are noise on a machine that others use too; a count is a property of the code, the compiler and the libraries, and
the same on every run (to 1 in 1000). A path that costs more than 5 % above what was saved fails; one that has become cheaper by as much is told, so
that it can be saved. Where compiler, libraries or kind of processor are others than those of the saved counts, that is said first, and each path is
judged by its ratio to raw SQLite, or libsodium, in this same run; a different compiler alone moves that by a few per cent, so 15 % are allowed.

  --update        save the counts of this run as those to beat, for this toolchain; with --only, of these paths alone
  --only          these paths alone, and what they are set against elsewhere
  --profile FOLDER   keep callgrind's file of each path there: callgrind_annotate FOLDER/PATH
  --saved FILE    instead of guard.json beside this file
  --counts FILE   write what was counted there
  --judge FILE    judge what such a file says instead of counting; PROGRAM is not run

Exit code 0 = nothing has become dearer, 1 = something has, 2 = it could not be counted, 77 = there is no valgrind here."""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ALLOWED, ALLOWED_ELSEWHERE = 0.05, 0.15
ALLOCATORS = ('malloc', 'calloc', 'realloc')  # all of the engine's, SQLite's and libgit2's memory comes by these
ALLOCATIONS_SLACK = 0.5  # an operation
NO_VALGRIND = 77
FUNCTION = re.compile(r"c?fn=\((\d+)\)(?: (.*?)(?:'\d+)?$)?")


class Trouble(Exception):
    pass


# --- counting ---

def run(command, env=None):
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        raise Trouble('%s ended with %d:\n%s' % (' '.join(map(str, command[:3])), done.returncode, done.stderr[-2000:]))
    return done.stdout


def dump_read(path):
    """Name, instructions and allocations of one of callgrind's files."""
    name, instructions, allocations, names, caller, callee = None, None, 0, {}, '', ''
    for line in path.read_text(errors='replace').split('\n'):
        if line.startswith('desc: Trigger: Client Request: '):
            name = line.rsplit(' ', 1)[1]
        elif line.startswith(('summary: ', 'totals: ')):
            instructions = int(line.split()[1])
        elif line.startswith(('fn=', 'cfn=')):
            number, word = FUNCTION.match(line).groups()  # "(12) name" at first, "(12)" from then on
            if word:
                names[number] = word
            if line[0] == 'f':
                caller = names.get(number, '')
            else:
                callee = names.get(number, '')
        elif line.startswith('calls=') and callee in ALLOCATORS and caller not in ALLOCATORS:  # realloc(NULL) may be seen calling malloc
            allocations += int(line[6:].split()[0])
    return name, instructions, allocations


def environment(folder):
    """Nothing of the caller's that a library could heed."""
    return {'PATH': os.environ.get('PATH', '/usr/bin:/bin'), 'HOME': str(folder), 'LC_ALL': 'C', 'TZ': 'UTC'}


def count(program, only, profile):
    valgrind = shutil.which('valgrind')
    if not valgrind:
        print('guard: there is no valgrind here, so nothing was counted. tools/setup test installs it.')
        sys.exit(NO_VALGRIND)
    with tempfile.TemporaryDirectory(prefix='jemput-guard-') as folder:
        folder = pathlib.Path(folder)
        (folder / 'grounds').mkdir()
        env = environment(folder)
        toolchain = json.loads(run([program, 'toolchain'], env))
        run([program, 'make', folder / 'grounds'], env)
        told = run([valgrind, '--tool=callgrind', '--instr-atstart=no', '--callgrind-out-file=%s/out' % folder, '-q', program, 'run', folder / 'grounds',
                    *only], env)
        dumps = {}
        for path in folder.glob('out*'):
            name, instructions, allocations = dump_read(path)
            if name:
                dumps[name] = (instructions, allocations)
                if profile:
                    profile.mkdir(parents=True, exist_ok=True)
                    shutil.copy(path, profile / name)
    paths = {}
    for line in told.splitlines():
        path = json.loads(line)
        if path['path'] not in dumps:
            raise Trouble('callgrind left no counts of %s' % path['path'])
        instructions, allocations = dumps[path['path']]
        paths[path['path']] = {'operation': path['operation'], 'yardstick': path['yardstick'], 'instructions': round(instructions / path['operations'], 1),
                               'allocations': round(allocations / path['operations'], 2)}
    return {'toolchain': toolchain, 'paths': paths}


# --- judging ---

def saved_for(saved, toolchain):
    """The saved set of this very toolchain, or else the first; and what is different."""
    for each in saved['sets']:
        if each['toolchain'] == toolchain:
            return each, {}
    first = saved['sets'][0]
    return first, {key: (first['toolchain'].get(key), value) for key, value in toolchain.items() if first['toolchain'].get(key) != value}


def costs(counts, name, by_ratio):
    path = counts['paths'][name]
    if not by_ratio:
        return path['instructions']
    yardstick = counts['paths'].get(path['yardstick'])
    return path['instructions'] / yardstick['instructions'] if yardstick else None


def judge(counted, before, elsewhere, whole, tell):
    """Names of the paths that have become dearer, or stand on one side alone; tells of every path."""
    allowed = ALLOWED_ELSEWHERE if elsewhere else ALLOWED
    dearer = []
    for name, path in counted['paths'].items():
        old_path = before['paths'].get(name)
        if old_path is None:
            tell(counted, name, path, None, None, 'NEW: not saved')
            dearer.append(name)
            continue
        old, new = costs(before, name, elsewhere), costs(counted, name, elsewhere)
        if old is None or new is None:
            tell(counted, name, path, old_path, None, 'a yardstick' if not path['yardstick'] else '')
            continue
        word, more_allocations = '', path['allocations'] - old_path['allocations']
        if new > old * (1 + allowed):
            word = 'DEARER'
        elif more_allocations > ALLOCATIONS_SLACK and more_allocations > old_path['allocations'] * allowed:
            word = 'MORE ALLOCATIONS'
        elif new < old * (1 - allowed):
            word = 'cheaper'
        if word.isupper():
            dearer.append(name)
        tell(counted, name, path, old_path, new / old - 1, word)
    gone = sorted(set(before['paths']) - set(counted['paths'])) if whole else []
    for name in gone:
        tell(counted, name, None, before['paths'][name], None, 'GONE: saved, and not counted any more')
    return dearer + gone


def tell_path(counted, name, path, old, change, word):
    def figures(of):
        return ('%.1f' % of['instructions'], '%.2f' % of['allocations']) if of else ('-', '-')

    (new_instructions, new_allocations), (old_instructions, old_allocations) = figures(path), figures(old)
    ratio = costs(counted, name, True) if path and path['yardstick'] else None
    print('  %-20s %12s %12s %8s %11s %11s %8s  %s' % (name, new_instructions, old_instructions, '' if change is None else '%+.1f%%' % (100 * change),
                                                       new_allocations, old_allocations, '' if ratio is None else '%.2f' % ratio, word))


def save(file, counted, only):
    saved = json.loads(file.read_text()) if file.exists() else {'sets': []}
    for each in saved['sets']:
        if each['toolchain'] == counted['toolchain']:
            if only:
                each['paths'].update(counted['paths'])
            else:
                each['paths'] = counted['paths']
            break
    else:
        saved['sets'].append(counted)
    file.write_text(json.dumps(saved, indent=1) + '\n')


# --- the program ---

def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('program', type=pathlib.Path)
    parser.add_argument('--update', action='store_true')
    parser.add_argument('--only', type=lambda text: text.split(','), default=[])
    parser.add_argument('--profile', type=pathlib.Path)
    parser.add_argument('--saved', type=pathlib.Path, default=HERE / 'guard.json')
    parser.add_argument('--counts', type=pathlib.Path)
    parser.add_argument('--judge', type=pathlib.Path)
    return parser.parse_args()


def main():
    a = arguments()
    counted = json.loads(a.judge.read_text()) if a.judge else count(a.program.resolve(), a.only, a.profile)
    if a.only and not counted['paths']:
        raise Trouble('there is no path of that name')
    if a.counts:
        a.counts.write_text(json.dumps(counted, indent=1) + '\n')
    if a.update:
        save(a.saved, counted, a.only)
        print('guard: saved %d paths in %s' % (len(counted['paths']), a.saved))
        return 0
    if not a.saved.exists():
        raise Trouble('%s is not there: save counts with --update' % a.saved)
    before, differs = saved_for(json.loads(a.saved.read_text()), counted['toolchain'])
    if differs:
        print('guard: THE SAVED COUNTS ARE OF ANOTHER TOOLCHAIN, so paths are judged by their ratio to a yardstick of this run, to %d %%:' %
              (100 * ALLOWED_ELSEWHERE))
        for key, (old, new) in differs.items():
            print('  %s: saved %s, here %s' % (key, old, new))
        print('  --update adds a set for this one.')
    print('  %-20s %12s %12s %8s %11s %11s %8s' % ('an operation', 'instructions', 'saved', '', 'allocations', 'saved', 'x raw'))
    dearer = judge(counted, before, bool(differs), not a.only, tell_path)
    if dearer:
        print('guard: FAILED: %s. Is it worth that? Then save the new counts: %s %s --update' % (', '.join(dearer), pathlib.Path(__file__), a.program))
        print('       Where it goes: --only %s --profile FOLDER, then callgrind_annotate FOLDER/%s' % (dearer[0], dearer[0]))
    return 1 if dearer else 0


if __name__ == '__main__':
    try:
        sys.exit(main())
    except Trouble as trouble:
        print('guard: %s' % trouble)
        sys.exit(2)
