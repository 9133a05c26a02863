#!/usr/bin/env python3
"""Reader of a checkpoint's items, written from schema/formats/checkpoint.md alone.

    checkpoint.py VECTORS            check vectors/checkpoint-items.txt: each item says what stands beside it, and all together are the stream named there
    checkpoint.py VECTORS --write    write what they say, and the stream, into it anew
"""
import hashlib
import os
import sys
import zlib

from decode import BLOB, INTEGER, NULL, TEXT, Bytes, Damage, Payload, dictionary_of, need, sized, varint

CHUNK = 262144
STAGES = {1: 0, 2: 1, 3: 2, 15: 3, 13: 4, 4: 5, 5: 6, 6: 6, 14: 6, 7: 7, 8: 7, 9: 7, 10: 7, 11: 7, 12: 7, 0: 8}


def value_text(v):
    kind, content = v
    return {NULL: "NULL", INTEGER: str(content), TEXT: "'%s'" % (content.decode() if kind == TEXT else ""),
            BLOB: "x'%s'" % (content.hex() if kind == BLOB else "")}[kind]


def values_text(b, count):
    return ", ".join(value_text(b.value()) for _ in range(count))


def key_text(key):
    b, out = Bytes(key), []
    while b.at < len(key):
        out.append(value_text(b.value()))
    return "(" + ", ".join(out) + ")"


class Reader:
    """The items in their order: what was told before is needed to read on."""

    def __init__(self, dictionary):
        self.lines, self.segments, self.contexts, self.tables, self.stage = [], [], 1, {}, 0
        self.highest, self.runs_of, self.dictionary = 1, 0, dictionary

    def txn(self, number):
        if number == 1:
            return "the schema"
        need(1 <= number >> 12 <= len(self.segments), "a transaction of no segment")
        return "segment %d, place %d" % (number >> 12, number & 4095)

    def item(self, data):
        b = Bytes(data)
        kind = b.byte()
        need(kind in STAGES and STAGES[kind] >= self.stage, "an item out of order")
        self.stage = STAGES[kind]
        text = getattr(self, "kind_%d" % kind)(b)
        need(b.at == len(data), "an item has bytes too many")
        return text

    def kind_0(self, b):
        need(self.highest <= self.contexts, "a context is missing")
        need(all(count == come for count, come, _ in self.lines), "a line lacks segments")
        return "end"

    def kind_1(self, b):
        writer, fork_of, fork_number, first, count = b.raw(16), b.varint(), b.varint(), b.varint(), b.varint()
        need(fork_of <= len(self.lines) and count > 0, "a line")
        self.lines.append([count, 0, bool(fork_of)])
        return "line %d: writer %s, forks off %d at %d, from number %d, %d segments" % (len(self.lines), writer.hex(), fork_of, fork_number, first, count)

    def kind_2(self, b):
        line = b.varint()
        need(1 <= line <= len(self.lines), "a segment of no line")
        of = self.lines[line - 1]
        need(of[1] < of[0], "a line has too many segments")
        digest = b.raw(32)
        before = ", behind " + b.raw(32).hex() if not of[1] and not of[2] else ""
        of[1] += 1
        flags, stamp, commit, context, frontier, count = b.byte(), b.varint(), b.raw(20), b.varint(), b.varint(), b.varint()
        need(flags < 8 and context and frontier, "a segment")
        self.highest = max(self.highest, context, frontier)
        stamps, ms, told = Bytes(b.sized()), 0, []
        for _ in range(count):
            step = stamps.varint()
            counter = stamps.varint() if step & 1 else 0
            need(counter < 65536 and bool(counter) == bool(step & 1), "a stamp's counter")
            ms += step >> 1
            told.append(str(ms << 16 | counter))
        need(stamps.at == len(stamps.data), "a segment's stamps")
        heads = b.sized() if flags & 6 != 6 else b""
        schema = b.varint()
        self.segments.append(digest)
        return "segment %d: line %d, hash %s%s, %s, stamp %d, commit %s, context %d, frontier %d, stamps [%s], heads %s, schema %d" % (
            len(self.segments), line, digest.hex(), before, "control" if flags & 1 else "data", stamp, commit.hex(), context, frontier, " ".join(told),
            heads.hex() or "whole", schema)

    def kind_3(self, b):
        self.contexts += 1
        line, told = 0, []
        while b.at < len(b.data):
            line += b.varint()
            need(1 <= line <= len(self.lines), "a context of no line")
            told.append("line %d up to %d" % (line, b.varint()))
        return "context %d: %s" % (self.contexts, ", ".join(told))

    def kind_13(self, b):
        return "whole segment: commit of %d bytes, payload of %d" % (len(b.sized()), len(b.sized()))

    def kind_4(self, b):
        number, name, keys = b.varint(), b.sized().decode(), b.varint()
        columns = [b.sized().decode() for _ in range(b.varint())]
        need(number == len(self.tables) + 1 and 1 <= keys <= len(columns), "a table out of order")
        self.tables[number] = columns, keys
        return "table %d: %s(%s), %d of them its key" % (number, name, ", ".join(columns), keys)

    def kind_5(self, b):
        table, made = b.varint(), self.txn(b.varint())
        return "plain row of table %d, by %s: %s" % (table, made, values_text(b, len(self.tables[table][0])))

    def kind_6(self, b):
        table, key, state, made, merge, shown = b.varint(), b.sized(), b.varint(), b.varint(), b.sized(), b.byte()
        need(shown == (0 if state & 6 else 1), "a row is shown and is not")
        told = ": " + values_text(b, len(self.tables[table][0])) if shown else ""
        return "row %s of table %d, state %d, by %s, merge state %s%s" % (key_text(key), table, state, self.txn(made) if made else "none", merge.hex() or "plain",
                                                                          told)

    def row(self, change):
        table, key, op, cells, spares, successor = change
        columns, keys = self.tables[table]
        need(op == 1 and [cell[0] for cell in cells] == list(range(keys, len(columns))) and not spares and not successor, "a packed row")
        need(not any(delta or before for _, delta, _, before in cells), "a packed row that is a change")
        told = ", ".join("%d %s" % (column, value_text(value).strip("'")) for column, _, value, _ in cells)
        return "table %d op %d key %s:%s" % (table, op, key.hex(), told and " " + told)

    def kind_14(self, b):
        told, states, count, at = [], [], 0, 0
        for txn in Payload(b.sized(), self.dictionary).txns:
            need(txn["boot"] == 0 and not txn["note"], "a transaction of packed rows")
            count += len(txn["changes"])
            told.append("by %s [%s]" % (self.txn(txn["stamp"]), "; ".join(map(self.row, txn["changes"]))))
        while b.at < len(b.data):
            gap = b.varint()
            need(gap or not states, "two states of one row")
            at += gap
            states.append("of %d state %d, merge state %s" % (at, b.varint(), b.sized().hex() or "plain"))
        need(at < count, "a state of no row")
        return "rows %s; %s" % (", ".join(told), "; ".join(states) or "all plain")

    def kind_15(self, b):
        told, number = [], b.varint()
        need(1 <= number <= len(self.segments), "runs of no segment")
        need(number > self.runs_of, "runs of a segment that does not come next")
        self.runs_of = number
        while b.at < len(b.data) or not told:
            seed, first, count = b.raw(32), b.varint(), b.varint()
            need(count and first + count <= 1 << 64, "an empty or endless run")
            told.append("%s from %d, %d ids" % (seed.hex(), first, count))
        need(len(told) <= 256, "too many runs")
        return "runs of segment %d: %s" % (number, ", ".join(told))

    def kind_7(self, b):
        table, key, fault, reason, against, other = b.varint(), b.sized(), b.varint(), b.sized().decode(), b.varint(), b.sized()
        return "held %s of table %d: fault %d, '%s', against %s of table %d" % (key_text(key), table, fault, reason, key_text(other), against)

    def kind_8(self, b):
        return "removed by %s: table %d, %s" % (self.txn(b.varint()), b.varint(), key_text(b.sized()))

    def kind_9(self, b):
        txn, reason, table, key, column = self.txn(b.varint()), b.varint(), b.varint(), b.sized(), b.varint()
        return "refused %s: reason %d, table %d, %s, column %s" % (txn, reason, table, key_text(key), column - 1 if column else "none")

    def kind_10(self, b):
        return "waits %s: table %d, %s" % (self.txn(b.varint()), b.varint(), key_text(b.sized()))

    def kind_11(self, b):
        table, key, column, region = b.varint(), b.sized(), b.varint(), b.sized().decode()
        return "region of %s of table %d, column %d: %s" % (key_text(key), table, column, region)

    def kind_12(self, b):
        digest, place, by = b.raw(32), b.varint(), self.txn(b.varint())
        return "adopted: place %d of %s, by %s" % (place, digest.hex(), by)


def chunks_of(stream):
    """checkpoint.md, "Chunk": the last one has fewer bytes, perhaps none."""
    return [bytes([3]) + varint(i) + zlib.compress(stream[i * CHUNK:(i + 1) * CHUNK], 6) for i in range(len(stream) // CHUNK + 1)]


def unchunk(chunks):
    out = b""
    for i, chunk in enumerate(chunks):
        b = Bytes(chunk)
        need(b.byte() == 3 and b.varint() == i, "a chunk out of place")
        part = zlib.decompress(chunk[b.at:])
        need(len(part) == CHUNK if i + 1 < len(chunks) else len(part) < CHUNK, "a chunk's size")
        out += part
    return out


def read(path):
    items, told = [], []
    with open(path) as f:
        for line in f:
            if line.startswith("item "):
                items.append(bytes.fromhex(line[5:]))
            elif not line.startswith("#"):
                told.append(line.rstrip("\n"))
    return items, told


def damage_is_found(items, dictionary):
    """Each item cut by a byte, or with one too many, is no item."""
    for at, item in enumerate(items):
        for bad in (item[:-1], item + b"\0"):
            reader = Reader(dictionary)
            try:
                for i, good in enumerate(items):
                    reader.item(bad if i == at else good)
            except (Damage, KeyError, ValueError, AttributeError, IndexError):
                continue
            need(item[0] == 3, "item %d was read though damaged" % at)  # a context ends with its item


def runs_told_twice_are_found(items, dictionary):
    reader = Reader(dictionary)
    for item in items:
        reader.item(item)
        if item[0] == 15:
            break
    try:
        reader.item(item)
    except Damage:
        return
    raise Damage("runs of one segment were told twice")


def main(vectors, *more):
    path = os.path.join(vectors, "checkpoint-items.txt")
    items, told = read(path)
    dictionary = dictionary_of(vectors)
    reader = Reader(dictionary)
    wanted = [reader.item(item) for item in items]
    need(reader.stage == 8, "the items have no end")
    stream = b"jemput checkpoint 3\n" + b"".join(map(sized, items))
    need(unchunk(chunks_of(stream)) == stream, "chunks")
    wanted.append("stream %d %s" % (len(stream), hashlib.blake2b(stream, digest_size=32).hexdigest()))
    if more:
        with open(path, "w") as f:
            f.write("# The items of a checkpoint, each with what it says, and the stream that they make: length and hash (checkpoint.md, \"Items\").\n")
            for i, text in enumerate(wanted):
                f.write("".join("item %s\n" % item.hex() for item in items[i:i + 1]) + text + "\n")
        return 0
    for a, b in zip(wanted, told):
        need(a == b, "it says\n  %s\nand beside it stands\n  %s" % (a, b))
    need(len(wanted) == len(told), "lines are missing")
    damage_is_found(items, dictionary)
    runs_told_twice_are_found(items, dictionary)
    print("checkpoint-items.txt ok: %d items" % len(items))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
