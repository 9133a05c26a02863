#!/usr/bin/env python3
"""Java sources into a jar that is the same for the same sources: entries in order, all of one time.

  jar.py JAVAC OUT.jar --source FOLDER… [--classpath JAR]… [--release 8] [--depfile FILE] [--werror] [--resource NAME=FILE]…

Sources are all *.java below the folders."""
import argparse
import pathlib
import subprocess
import sys
import tempfile
import zipfile

TIME = (1980, 1, 1, 0, 0, 0)  # the oldest that a zip can name


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument('javac')
    parser.add_argument('out', type=pathlib.Path)
    parser.add_argument('--source', type=pathlib.Path, action='append', default=[])
    parser.add_argument('--classpath', action='append', default=[])
    parser.add_argument('--release', default='8')
    parser.add_argument('--depfile', type=pathlib.Path)
    parser.add_argument('--werror', action='store_true')
    parser.add_argument('--resource', action='append', default=[])
    return parser.parse_args()


def sources(folders):
    return sorted(path for folder in folders for path in folder.rglob('*.java'))


def compile_all(args, classes):
    command = [args.javac, '-encoding', 'UTF-8', '-proc:none', '-g', '-Xlint:all,-options,-serial,-try,-processing', '--release', args.release]
    command += ['-d', str(classes)]
    if args.werror:
        command.append('-Werror')
    if args.classpath:
        command += ['-classpath', ':'.join(args.classpath)]
    return subprocess.run(command + [str(path) for path in sources(args.source)]).returncode


def write_jar(out, files):
    with zipfile.ZipFile(out, 'w', zipfile.ZIP_DEFLATED) as jar:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            jar.writestr(entry, path.read_bytes())


def write_depfile(args):
    """Folders, too: a file that comes or goes changes its folder."""
    watched = set(sources(args.source))
    for folder in args.source:
        watched |= {folder} | {path for path in folder.rglob('*') if path.is_dir()}
    names = ' '.join(str(path).replace(' ', '\\ ') for path in sorted(watched))
    args.depfile.write_text('%s: %s\n' % (args.out, names))


def main():
    args = arguments()
    with tempfile.TemporaryDirectory() as folder:
        classes = pathlib.Path(folder)
        failed = compile_all(args, classes)
        if failed:
            return failed
        files = {str(path.relative_to(classes)): path for path in classes.rglob('*.class')}
        files.update((name, pathlib.Path(path)) for name, path in (pair.split('=', 1) for pair in args.resource))
        write_jar(args.out, files)
    if args.depfile:
        write_depfile(args)
    return 0


if __name__ == '__main__':
    sys.exit(main())
