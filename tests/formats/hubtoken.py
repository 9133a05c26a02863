#!/usr/bin/env python3
"""Reader of tokens for hubs, written from schema/formats/hub-token.md alone.

    hubtoken.py VECTORS    check the golden vectors: each token is signed for its address, says what stands beside it, and holds at no other address"""
import base64
import os
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import control

CONTEXT = b'jemput hub'


def read(text, address):
    """(public key, time, join fields or b''); None = not signed for this address."""
    data = base64.b64decode(text, validate=True)
    assert base64.b64encode(data).decode() == text
    plain, signature = data[:-64], data[-64:]
    assert len(plain) in (41, 145) and plain[0] == 1
    if not control.verify(plain[1:33], signature, CONTEXT, address.encode() + b'\0' + plain):
        return None
    return plain[1:33], struct.unpack('<Q', plain[33:41])[0], plain[41:]


def main():
    count = 0
    with open(os.path.join(sys.argv[1], 'hub-token.txt'), encoding='ascii') as file:
        for line in file:
            if line.startswith('#'):
                continue
            seed, address, time, join, text = line.split()
            key = control.public(bytes.fromhex(seed))
            fields = b'' if join == '-' else bytes.fromhex(join)
            assert read(text, address) == (key, int(time), fields)
            assert read(text, address + 'x') is None and read(text, '') is None
            plain = b'\1' + key + struct.pack('<Q', int(time)) + fields
            signature = control.sign(bytes.fromhex(seed), CONTEXT, address.encode() + b'\0' + plain)
            assert base64.b64encode(plain + signature).decode() == text
            count += 1
    assert count == 3
    print('tokens for hubs: %d' % count)


main()
