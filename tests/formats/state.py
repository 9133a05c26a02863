#!/usr/bin/env python3
"""The state hash of the example in schema/formats/state-hash.md, worked from that document alone.

    state.py VECTORS            check vectors/state-hash-example.txt and state-hash-refused.txt
    state.py VECTORS --write    write them anew
"""
import hashlib
import os
import struct
import sys

from decode import BLOB, INTEGER, NULL, TEXT, need, sized, varint, value_bytes

TABLE, ROW, CONFLICT, HELD, MARKED, REFUSED, END = 1, 2, 3, 4, 5, 6, 0
SHOWN, DELETE = 1, 2
IN_CONFLICT, IS_HELD, CAME_BACK = 1, 2, 8

TABLES = {1: ("keluarga", ["id", "no_kk", "alamat"]), 2: ("orang", ["id", "nik", "nama", "umur", "keluarga", "induk"])}
ROWS = {1: [["k1", "16", "Jl. Dahlia"], ["k2", "17", "Jl. Anggrek"]], 2: [["p1", "1", "Siti", 30, "k1", None]]}
CONFLICTS = [
    (1, ["k1"], ["alamat"], [(203, 3, SHOWN, ["Jl. Dahlia"]), (202, 2, 0, ["Jl. Kenanga"])]),
    (1, ["k2"], [], [(204, 2, DELETE, []), (205, 3, SHOWN, [])]),
]
HELD_ROWS = [(2, ["p2"], "UNIQUE orang.nik", ["p2", "1", "Sari", 31, "k1", None])]
MARKS = [(1, ["k1"], IN_CONFLICT), (1, ["k2"], CAME_BACK), (2, ["p2"], IS_HELD)]

# "Worked example", the second: segment, place, reason, table, key, column, adopted by
REFUSED_TXNS = [
    (bytes([0x0b, 0]) + bytes([0x55]) * 30, 0, 8, 2, ["p1"], 1, (202, 2)),
    (bytes([0x7a, 3]) + bytes([0x55]) * 30, 0, 1, 0, None, None, None),
]


def value(v):
    if v is None:
        return value_bytes((NULL, None))
    if isinstance(v, int):
        return value_bytes((INTEGER, v))
    return value_bytes((BLOB, v) if isinstance(v, bytes) else (TEXT, v.encode()))


def values(vs):
    return b"".join(map(value, vs))


def names(ns):
    return varint(len(ns)) + b"".join(sized(n.encode()) for n in ns)


def row_of(item, table, key):
    return bytes([item]) + varint(table) + sized(values(key))


def in_order(entries):
    order = [(entry[0], values(entry[1])) for entry in entries]
    need(order == sorted(order), "entries out of order")
    return entries


def side(stamp, writer, flags, vs):
    return struct.pack("<Q", stamp) + bytes([writer]) * 16 + bytes([flags]) + values(vs)


def refused(txn):
    segment, place, reason, table, key, column, adopted = txn
    stamp, writer = adopted or (0, 0)
    return (bytes([REFUSED]) + segment + varint(place) + varint(reason) + varint(table) + sized(values(key) if key else b"") +
            varint(0 if column is None else column + 1) + struct.pack("<Q", stamp) + bytes([writer]) * 16)


def stream(refused_txns):
    out = b"jemput state 1\n"
    for number, (name, columns) in sorted(TABLES.items()):
        out += bytes([TABLE]) + varint(number) + sized(name.encode()) + names(columns)
        for row in sorted(ROWS[number], key=lambda r: r[0].encode()):
            out += bytes([ROW]) + values(row)
    for table, key, columns, sides in in_order(CONFLICTS):
        out += row_of(CONFLICT, table, key) + names(columns) + varint(len(sides))
        out += b"".join(map(sized, sorted(side(*s) for s in sides)))
    for table, key, reason, row in in_order(HELD_ROWS):
        out += row_of(HELD, table, key) + sized(reason.encode()) + values(row)
    for table, key, marks in in_order(MARKS):
        out += row_of(MARKED, table, key) + varint(marks)
    need(refused_txns == sorted(refused_txns, key=lambda t: t[:2]), "transactions out of order")
    return out + b"".join(map(refused, refused_txns)) + bytes([END])


def check(path, what, made, write):
    lines = ["stream " + made.hex(), "hash " + hashlib.blake2b(made, digest_size=32).hexdigest()]
    if write:
        with open(path, "w") as f:
            f.write("# The stream of state-hash.md, %s, and its hash.\n" % what + "\n".join(lines) + "\n")
    with open(path) as f:
        kept = [line.rstrip("\n") for line in f if not line.startswith("#")]
    need(kept == lines, "%s is not what the document says:\n" % path + "\n".join(lines))
    print(os.path.basename(path), "ok")


def main(vectors, *more):
    check(os.path.join(vectors, "state-hash-example.txt"), '"Worked example"', stream([]), more)
    check(os.path.join(vectors, "state-hash-refused.txt"), '"Worked example", with refused transactions', stream(REFUSED_TXNS), more)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
