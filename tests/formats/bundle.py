#!/usr/bin/env python3
"""A reader of bundles and their manifests, written from schema/formats/bundle.md alone.

  bundle.py VECTORS [PROGRAM]    check the golden vector; with PROGRAM also a bundle that it makes
  bundle.py FILE                 say what is in a bundle"""
import hashlib
import os
import re
import struct
import subprocess
import sys
import tempfile
import zlib

BLOCK = 65536
ID, HASH, OID, NUMBER = r'([0-9a-f]{32})', r'([0-9a-f]{64})', r'([0-9a-f]{40})', r'(0|[1-9][0-9]*)'
LINES = [('jemput bundle ([12])', 1, 1), ('', 1, 1), (f'space {HASH}', 1, 1), (f'carrier {ID} {NUMBER}', 1, 1), (f'made {NUMBER}', 1, 1), (f'for {ID}', 0, 1),
         (f'since {ID} {NUMBER} {HASH}', 0, 1), (f'log {ID} {NUMBER} {NUMBER} {NUMBER} {HASH} {OID}', 0, 1024), (f'chunks {NUMBER} {NUMBER}', 0, 1), (f'pack {NUMBER} {NUMBER}', 1, 1),
         (f'blocks {BLOCK} {NUMBER} {HASH}', 1, 1)]


def manifest(text):
    """Lines by their first word; an error where it is none."""
    assert text.endswith('\n')
    lines, out = text[:-1].split('\n'), {}
    for form, least, most in LINES:
        found = []
        while lines and len(found) < most and re.fullmatch(form, lines[0]):
            found.append(re.fullmatch(form, lines.pop(0)).groups())
        assert len(found) >= least, form
        out[form.split(' ')[0] or 'empty'] = found
    assert not lines, lines
    assert len(out['chunks']) == int(out['jemput'][0][0]) - 1 and all(int(count) > 0 for count, _ in out['chunks'])
    logs = [(i, int(g), c) for i, g, first, last, h, c in out['log']]
    assert logs == sorted(logs) and len(set(logs)) == len(logs)
    assert all(int(first) <= int(last) for i, g, first, last, h, c in out['log'])
    assert int(out['blocks'][0][0]) == -(-int(out['pack'][0][1]) // BLOCK)
    return out


def digest(data):
    return hashlib.blake2b(data, digest_size=32)


def objects(pack):
    """(kind, contents, offset) of each object of a pack without deltas."""
    magic, version, count = struct.unpack('>4sII', pack[:12])
    assert (magic, version) == (b'PACK', 2)
    at = 12
    for _ in range(count):
        begin, byte = at, pack[at]
        kind, size, shift = byte >> 4 & 7, byte & 15, 4
        at += 1
        while byte & 128:
            byte = pack[at]
            size |= (byte & 127) << shift
            shift += 7
            at += 1
        stream = zlib.decompressobj()
        data = stream.decompress(pack[at:])
        assert stream.eof and len(data) == size and kind in (1, 2, 3)
        at = len(pack) - len(stream.unused_data)
        yield {1: 'commit', 2: 'tree', 3: 'blob'}[kind], data, begin
    assert pack[at:] == hashlib.sha1(pack[:at]).digest()


def read(data):
    """The manifest of a whole bundle; an error where the file is not what the format says."""
    first, rest = data.split(b'\n', 1)
    assert first == b'# v2 git bundle'
    head, pack = rest.split(b'\n\n', 1)
    lines = head.decode().split('\n')
    refs = [line.split(' ') for line in lines if not line.startswith('-')]
    assert [line for line in lines if line.startswith('-')] == sorted(line for line in lines if line.startswith('-'))
    media = refs.pop()[0] if refs[-1][1] == 'refs/jemput/media' else None
    assert refs[-1][1] == 'refs/jemput/bundle' and refs[:-1] == sorted(refs[:-1], key=lambda ref: ref[1])
    found = list(objects(pack))
    ids = {hashlib.sha1(f'{kind} {len(body)}\0'.encode() + body).hexdigest(): (kind, body) for kind, body, _ in found}
    assert len(ids) == len(found) and all(ref[0] in ids for ref in refs)
    (_, digests, begin), (_, tree, _), (_, commit, _) = found[-3:]
    assert ids[refs[-1][0]] == ('commit', commit) and tree[:15] == b'100644 segment\0'
    m = manifest(commit.split(b'\n\n', 1)[1].decode())
    at, size = map(int, m['pack'][0])
    assert (at, size) == (len(data) - len(pack), begin)
    blocks = [digest(pack[i:min(i + BLOCK, size)]).digest() for i in range(0, size, BLOCK)]
    assert digests == b''.join(blocks) and digest(digests).hexdigest() == m['blocks'][0][1]
    assert all(log[5] in ids for log in m['log'])
    assert (media is not None) == bool(m['chunks'])
    if media:
        chunks(m, media, ids, found[:-3])
    return m


def chunks(m, tip, ids, found):
    """The chain of attachments from its end: signed by the carrier, each payload what its name says, all behind the segments."""
    count, size = map(int, m['chunks'][0])
    kinds = [kind for kind, _, _ in found]
    assert kinds[-3 * count:] == ['blob', 'tree', 'commit'] * count
    assert not any(body.split(b'\n\n', 1)[1].startswith(b'jemput media') for kind, body, _ in found[:-3 * count] if kind == 'commit')
    before = None
    for number in range(count, 0, -1):
        kind, commit = ids[tip]
        head, message = commit.decode().split('\n\n', 1)
        form = re.fullmatch(f'jemput media 1\n\nspace {HASH}\nwriter {ID} epoch {NUMBER} number {NUMBER}\nprevious {HASH}\nchunk {NUMBER} {HASH}\n', message)
        assert kind == 'commit' and (form[1], form[2], form[3], int(form[4])) == (m['space'][0][0], *m['carrier'][0], number)
        assert before in (None, digest(message.encode()).hexdigest())
        payload = ids[ids[re.match('tree ([0-9a-f]{40})\n', head)[1]][1][-20:].hex()][1]
        assert len(payload) == int(form[6]) and digest(payload).hexdigest() == form[7]
        size -= len(payload)
        before, parents = form[5], re.findall('\nparent ([0-9a-f]{40})', head)
        assert len(parents) == (number > 1)
        tip = parents[0] if parents else None
    assert before == 64 * '0' and size == 0


ATTACHMENTS = """CREATE TABLE berkas(id BLOB PRIMARY KEY NOT NULL, owner_table TEXT NOT NULL, owner_key BLOB NOT NULL, kind TEXT NOT NULL, mime TEXT NOT NULL,
size INTEGER NOT NULL, content BLOB NOT NULL, urgent INTEGER, received BLOB); SELECT jemput_replicate('berkas', 'attachments=0');"""


def made(program):
    with tempfile.TemporaryDirectory() as folder:
        def run(*args):
            subprocess.run([program, *args], cwd=folder, check=True, stdout=subprocess.DEVNULL, env={**os.environ, 'LANG': 'en'})
        with open(os.path.join(folder, 'plain.sql'), 'w') as f:
            f.write("CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');" + ATTACHMENTS)
        run('-s', 'p.db', 'init', '--schema', 'plain.sql')
        run('-s', 'p.db', 'sql', "INSERT INTO warga VALUES('a', hex(randomblob(70000)))")
        run('-s', 'p.db', 'bundle', 'make', 'p.bundle')
        with open(os.path.join(folder, 'p.bundle'), 'rb') as f:
            data = f.read()
        with open(os.path.join(folder, 'kk.bin'), 'wb') as f:
            f.write(bytes(range(256)) * 300)
        run('-s', 'p.db', 'attach', 'warga', 'a', 'kk.bin')
        run('-s', 'p.db', 'bundle', 'make', 'q.bundle', '--full', '--with-attachments')
        with open(os.path.join(folder, 'q.bundle'), 'rb') as f:
            photos = f.read()
    m = read(data)
    assert m['log'] and int(m['blocks'][0][0]) > 1 and not m['chunks']
    assert read(photos)['chunks'][0][0] == '3'
    notices(data, 997)
    notices(photos, 2999)


def notices(data, step):
    for at in range(0, len(data), step): # this reader would notice
        try:
            read(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
        except (AssertionError, ValueError, KeyError, IndexError, zlib.error, struct.error):
            continue
        raise AssertionError(f'a flipped byte {at} was not noticed')


def main():
    if os.path.isfile(sys.argv[1]):
        with open(sys.argv[1], 'rb') as f:
            for word, lines in read(f.read()).items():
                for line in lines:
                    print(word, *line)
        return
    with open(os.path.join(sys.argv[1], 'bundle-manifest.txt')) as f:
        text = f.read()
    m = manifest(text)
    assert (len(m['log']), m['made'], m['pack']) == (3, [('1750000000123',)], [('512', '131172')])
    with open(os.path.join(sys.argv[1], 'bundle-manifest-2.txt')) as f:
        assert manifest(f.read())['chunks'] == [('5', '200413')]
    blocks = [b'\0' * BLOCK, b'\1' * BLOCK, b'\2' * 100]
    assert digest(b''.join(digest(b).digest() for b in blocks)).hexdigest() == m['blocks'][0][1]
    if len(sys.argv) > 2:
        made(os.path.abspath(sys.argv[2]))
    print('bundle: as described')


main()
