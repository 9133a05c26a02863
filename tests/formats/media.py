#!/usr/bin/env python3
"""Reader of attachments, written from schema/formats/media.md and sealing.md alone.

    media.py VECTORS    check the golden vector: the row's content opens the list, the list the chunk, and the chunk gives the plain text"""
import hashlib
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sealed


def blake(data, key=b''):
    return hashlib.blake2b(data, digest_size=32, key=key).digest()


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def entry(data):
    assert len(data) == 84
    return data[:32], data[32:64], data[64:]


def blob_name(data):
    return hashlib.sha1(b'blob %d\0' % len(data) + data).digest()


def opened(sealed_bytes, key, name, oid, beside):
    assert blake(sealed_bytes) == name and blob_name(sealed_bytes) == oid
    return sealed.seal_open(key, beside, sealed_bytes)


def main():
    words = {}
    with open(os.path.join(sys.argv[1], 'media-content.txt'), encoding='ascii') as file:
        for line in file:
            if not line.startswith('#'):
                word, value = line.split()
                words[word] = bytes.fromhex(value)
    content = words['content']
    assert content[0] == 1
    chunk_bytes, at = varint(content, 1)
    assert chunk_bytes == 65536
    list_plain = opened(words['list'], *entry(content[at:]), b'jemput media list')
    assert list_plain[0] == 1
    size, at = varint(list_plain, 1)
    assert size == len(words['plain']) and (len(list_plain) - at) % 84 == 0 and (len(list_plain) - at) // 84 == -(-size // chunk_bytes)
    key, name, oid = entry(list_plain[at:])
    assert opened(words['chunk'], key, name, oid, b'jemput media chunk') == words['plain']
    assert key == blake(words['plain'], blake(b'jemput media 1', words['epoch-key']))
    assert words['message'] == (f'jemput media 1\n\nspace {"01" * 32}\nwriter {"02" * 16} epoch 1 number 1\nprevious {"00" * 32}\n'
                                f'chunk {len(words["chunk"])} {name.hex()}\n').encode()
    print('media: 1 attachment')


main()
