#!/usr/bin/env python3
"""Reader of roster files, written from schema/formats/roster-file.md alone.

    rosterfile.py VECTORS    check the golden vector: its segments are of one space, each header names its payload, and all records are well formed"""
import hashlib
import os
import re
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import control
import decode


def digest(data):
    return hashlib.blake2b(data, digest_size=32).hexdigest()


class Lines:
    def __init__(self, data):
        self.data, self.at = data, 0

    def value(self, word):
        m = re.compile(rb'%s (0|[1-9][0-9]*)\n' % word).match(self.data, self.at)
        assert m, word
        self.at = m.end()
        return int(m[1])

    def block(self, word):
        size = self.value(word)
        block = self.data[self.at:self.at + size]
        assert size and len(block) == size and self.data[self.at + size:self.at + size + 1] == b'\n'
        self.at += size + 1
        return block


def read(data):
    """The space's id, and of each segment (header, payload), genesis first."""
    first = b'jemput roster 1\n'
    assert data.startswith(first)
    lines = Lines(data[len(first):])
    segments = [(lines.block(b'header'), lines.block(b'payload'))]
    for _ in range(lines.value(b'segments')):
        commit, payload = lines.block(b'commit'), lines.block(b'payload')
        segments.append((commit.split(b'\n\n', 1)[1], payload))
    assert lines.at == len(lines.data)
    return digest(segments[0][0]), segments


def main():
    with open(os.path.join(sys.argv[1], 'roster-file.txt'), 'rb') as file:
        space, segments = read(file.read())
    kinds = {}
    for header, payload in segments:
        decode.header_check(header)
        assert header.startswith(b'jemput segment 1 control\n')
        assert header is segments[0][0] or b'\nspace %s\n' % space.encode() in header
        assert re.search(rb'^payload %d %s$' % (len(payload), digest(payload).encode()), header, re.M)
        for kind, text in control.records(payload):
            if kind != 'genesis':
                control.record_check(kind, text.decode(), bytes.fromhex(space))
            kinds[kind] = kinds.get(kind, 0) + 1
    assert len(segments) == 12 and len({digest(header) for header, _ in segments}) == 12
    assert (kinds['genesis'], kinds['invite'], kinds['join'], kinds['enrol'], kinds['change']) == (1, 3, 2, 2, 1), kinds
    print('roster file: %d segments' % len(segments))


main()
