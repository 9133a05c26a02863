#!/usr/bin/env python3
"""Make a C file that holds files as NUL-terminated arrays.

  embed.py OUT.c NAME=FILE [NAME=FILE ...]"""
import pathlib
import sys


def array(name, data):
    if 0 in data:
        sys.exit(f'{name}: holds a NUL byte, so it is no text')
    lines = [','.join(map(str, data[i:i + 40])) + ',' for i in range(0, len(data), 40)]
    return f'const char {name}[] = {{\n' + '\n'.join(lines) + '\n0};\n'


def main(out, *pairs):
    parts = ['#include "embedded.h"\n']
    for pair in pairs:
        name, _, path = pair.partition('=')
        data = pathlib.Path(path).read_bytes()
        # A plain char may be signed: bytes above 127 are written as what they are there.
        parts.append(array(name, [b - 256 if b > 127 else b for b in data]))
    pathlib.Path(out).write_text('\n'.join(parts), encoding='ascii')


if __name__ == '__main__':
    main(*sys.argv[1:])
