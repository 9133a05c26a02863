#!/usr/bin/env python3
"""Decoder of headers and payloads, written from schema/formats/{header,payload,pending}.md alone: proof that a stranger can read a log without jemput's code.

    decode.py VECTORS    check the golden vectors: each payload gives the records beside it, each header has the form and hash that it should
"""
import datetime
import hashlib
import os
import re
import struct
import sys
import zlib

M64 = (1 << 64) - 1
NULL, INTEGER, REAL, TEXT, BLOB = range(5)
UPDATE, DELETE, DECISION = 2, 3, 4  # and 1: insert
RATES = [43690, 26214, 18724, 14563, 11915, 10082, 8738, 7710, 6898, 6241, 5698, 5242, 4854, 4519, 4228, 3971, 3744, 3542, 3360, 3196,
         3048, 2912, 2788, 2674, 2570, 2473, 2383, 2299, 2221, 2148, 2080, 2016, 1956, 1899, 1846, 1795, 1747, 1702, 1659, 1618]
FORMS = [("D", 86400000), ("DTS", 1000), ("D S", 1000), ("DTSZ", 1000), ("DTm", 1), ("D m", 1), ("DTmZ", 1), ("DTM", 60000), ("D M", 60000)]


class Damage(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Damage(why)


def signed(v):
    v &= M64
    return v - (1 << 64) if v >> 63 else v


def unzigzag(v):
    return -(v >> 1) - 1 if v & 1 else v >> 1


def bits_of(v):
    return v.bit_length()


class Bytes:
    """pending.md, "Integers" and "Value", from the front."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def raw(self, n):
        need(self.at + n <= len(self.data), "cut")
        self.at += n
        return self.data[self.at - n:self.at]

    def byte(self):
        return self.raw(1)[0]

    def varint(self):
        v = 0
        for shift in range(0, 70, 7):
            b = self.byte()
            v |= (b & 127) << shift
            if b < 128:
                need(v <= M64 and (b or not shift), "varint not canonical")
                return v
        raise Damage("varint too long")

    def zigzag(self):
        return unzigzag(self.varint())

    def sized(self):
        return self.raw(self.varint())

    def value(self):
        kind = self.byte()
        need(kind <= BLOB, "no such type")
        return (kind, [lambda: None, self.zigzag, lambda: self.raw(8), self.sized, self.sized][kind]())


class Codes:
    """payload.md, "Codes"."""

    def __init__(self, data):
        self.data, self.at, self.range, self.code = data, 0, M64 >> 32, 0
        for _ in range(4):
            self.code = self.code << 8 | self.next()

    def next(self):
        self.at += 1
        need(self.at <= len(self.data) + 4, "codes end")
        return self.data[self.at - 1] if self.at <= len(self.data) else 0

    def step(self):
        while self.range < 1 << 24:
            self.range <<= 8
            self.code = (self.code << 8 | self.next()) & 0xffffffff

    def even(self, n):
        if n > 65536:
            high = self.even((n - 1 >> 16) + 1)
            v = high << 16 | self.even(65536)
            need(v < n, "even: too high")
            return v
        if n == 1:
            return 0
        self.range //= n
        v = self.code // self.range
        need(v < n, "even: too high")
        self.code -= v * self.range
        self.step()
        return v

    def bits(self, b):
        v = 0
        while b:
            part = min(b, 16)
            v, b = v << part | self.even(1 << part), b - part
        return v

    def raw(self, n):
        return bytes(self.even(256) for _ in range(n))

    def bit(self, models, key=0):
        p, n = models.get(key, (32768, 0))
        bound = (self.range >> 12) * (p >> 4)
        bit = int(self.code >= bound)
        if bit:
            self.code, self.range, p = self.code - bound, self.range - bound, p - (p * RATES[n] >> 16)
        else:
            self.range, p = bound, p + ((65536 - p) * RATES[n] >> 16)
        models[key] = (min(max(p, 32), 65504), min(n + 1, 39))
        self.step()
        return bit

    def tree(self, models, b, key=0):
        node = 1
        for _ in range(b):
            node = 2 * node + self.bit(models, (key, node))
        return node - (1 << b)

    def number(self, models, key=0):
        length = self.tree(models, 3, (key, "short"))
        if length == 7:
            length += self.tree(models, 6, (key, "long"))
        need(length <= 64, "number too long")
        if length == 0:
            return 0
        v, left = 1, length - 1
        while length <= 16 and left and v < 8:
            v, left = 2 * v + self.bit(models, (key, "top", length, v)), left - 1
        return v << left | self.bits(left)


class Payload:
    def __init__(self, sent, dictionary):
        frame = Bytes(sent)
        need(not any(frame.sized()), "padding")
        inflate = zlib.decompressobj(zdict=dictionary)
        self.b = Bytes(inflate.decompress(frame.sized()))
        need(inflate.eof and not inflate.unused_data, "zlib stream")
        self.c = Codes(frame.data[frame.at:])
        self.times()
        self.runs = [(self.c.raw(32), self.b.varint(), self.b.varint()) for _ in range(self.b.varint())]
        self.shapes = []
        for _ in range(self.b.varint()):
            self.shapes.append(self.shape_head())
        for i in range(len(self.shapes)):
            for place in range(len(self.shapes[i]["columns"])):
                self.column(i, place)
        self.spares()
        need(self.b.at == len(self.b.data) and self.c.at >= len(self.c.data), "bytes follow")
        self.place_changes()

    def times(self):
        m, stamp, boot, mono, self.txns = {}, 0, 0, 0, []
        for _ in range(self.b.varint()):
            ms, counter = self.c.number(m, "ms"), self.c.number(m, "counter")
            stamp = (stamp >> 16) + ms << 16 | (counter if ms else (stamp & 0xffff) + counter)
            if self.c.bit(m, "boot"):
                boot, mono = self.c.bits(64), self.c.number(m, "monotonic")
            else:
                mono = mono + ms + unzigzag(self.c.number(m, "drift")) & M64
            note = self.b.sized() if self.c.bit(m, "note") else b""
            self.txns.append({"stamp": stamp, "boot": boot, "mono": mono, "note": note, "changes": []})

    def shape_head(self):
        head, keys, cells, column, m, txn = self.b.varint(), self.b.varint(), [], 0, {}, 0
        op, marked, keys = head & 3 or DECISION, keys >> 5, keys & 31
        for _ in range(self.b.varint()):
            gap = self.b.varint()
            cells.append((column + (gap >> 2), gap & 1, gap >> 1 & 1))
            column += (gap >> 2) + 1
        txns = []
        for _ in range(self.b.varint()):
            txn += self.c.number(m)
            txns.append(txn)
        need(head >> 2 and 1 <= keys <= 16 and txns and txn < len(self.txns), "shape")
        need(len(cells) == 0 if op == DELETE else len(cells) > 0 if op == DECISION else True, "cells of the operation")
        need(marked == 0 or marked == 1 and op in (UPDATE, DELETE), "mark")
        columns = [None] * (keys + sum(1 + before for _, before, _ in cells) + (keys if marked and op == DELETE else 0))
        return {"table": head >> 2, "op": op, "keys": keys, "marked": marked, "cells": cells, "txns": txns, "columns": columns,
                "spares": [[] for _ in txns]}

    def column(self, i, place):
        shape, head, flags = self.shapes[i], self.b.byte(), {}
        coding, out, before = head & ~0x60, [(NULL, None)] * len(self.shapes[i]["txns"]), 0
        need(coding <= 9, "newer coding")
        rest = []
        for row in range(len(out)):
            before = self.c.bit(flags, before) if head & 64 else 0
            rest += [] if before else [row]
        if head & 32:
            back, source, how = self.b.varint(), self.b.varint(), self.b.varint()
            rows, rest, flags, before = rest, [], {}, 0
            for row in rows:
                before = self.c.bit(flags, before)
                if before:
                    out[row] = self.copy(shape if not back else self.shapes[i - back], row if not back else None, shape["txns"][row], source, how)
                else:
                    rest.append(row)
        if coding:
            ms = [self.txns[shape["txns"][row]]["stamp"] >> 16 for row in rest]
            read = [self.constant, self.plain, self.strings, self.choice, self.integers, self.words, self.template, self.moments, self.ids][coding - 1]
            for row, value in zip(rest, read(len(rest), ms)):
                out[row] = value
        shape["columns"][place] = out

    def copy(self, shape, row, txn, place, how):
        if row is None:
            same = [r for r, t in enumerate(shape["txns"]) if t == txn]
            earlier = [r for r, t in enumerate(shape["txns"]) if t < txn]
            need(same or earlier, "copy of nothing")
            row = same[0] if same else earlier[-1]
        kind, value = shape["columns"][place][row]
        need(kind != NULL and how <= 100, "copy")
        if how:
            day, month, year = int(value[6:8]), int(value[8:10]), int(value[10:12])
            value = b"%04d-%02d-%02d" % (year + (2000 if year <= how - 1 else 1900), month, day - (40 if day > 40 else 0))
        return kind, value

    def numbers(self, n, bases=None):
        if n == 0:
            return []
        way, m = self.b.byte(), {}
        need(way <= 5, "newer way")
        if way == 5:
            count, table = self.b.varint() + 2, [self.b.zigzag()]
            while len(table) < count:
                table.append(table[-1] + self.b.varint() + 1)
            return [table[self.c.tree(m, bits_of(count - 1))] for _ in range(n)]
        first = self.b.zigzag()
        if way == 0:
            return [first] * n
        if way == 1:
            return [signed(first + self.c.number(m)) for _ in range(n)]
        if way == 2:
            step, x = self.b.zigzag(), [first]
            while len(x) < n:
                x.append(signed(x[-1] + step + unzigzag(self.c.number(m))))
            return x
        if way == 3:
            return [signed(base + first + unzigzag(self.c.number(m))) for base in bases]
        span = self.b.varint()
        return [first + self.c.even(span + 1) for _ in range(n)]

    def constant(self, n, _):
        return [self.b.value()] * n

    def plain(self, n, _):
        return [self.b.value() for _ in range(n)]

    def strings(self, n, _):
        head, m, out = self.b.byte(), {}, []
        for _ in range(n):
            length = self.c.number(m)
            out.append((head & 7, self.c.raw(length) if head & 8 else self.b.raw(length)))
        return out

    def choice(self, n, _):
        head, m, seen, context, out = self.b.varint(), {}, [], 0, []
        for _ in range(n):
            i = self.c.tree(m, bits_of(head % 256 + 1), context)
            need(i <= len(seen) and i < head % 256 + 2, "choice")
            if i == len(seen):
                seen.append(self.b.value())
            out.append(seen[i])
            context = i if head >= 256 else 0
        return out

    def integers(self, n, ms):
        unit = self.b.byte()
        need(unit <= 1, "newer unit")
        return [(INTEGER, x) for x in self.numbers(n, [m // 1000 if unit else m for m in ms])]

    def words(self, n, _):
        head, m, seen, before, out = self.b.varint(), {}, [], [], []
        depth = bits_of((head >> 1) - 1) if head >> 1 else 0
        for _ in range(n):
            tokens, text = [], b""
            for k in range(self.c.number(m, "count")):
                place = min(k, 3)
                glued = self.c.bit(m, ("glued", place)) if k else 1
                kind = self.c.tree(m, 2, ("kind", place))
                if kind == 0 and not head & 1:
                    token = seen[self.c.even(len(seen))]
                elif kind == 0:
                    low = max(depth - 8, 0)
                    token = seen[self.c.tree(m, depth - low, ("known", place)) << low | self.c.bits(low)]
                elif kind == 1:
                    token = self.b.raw(self.c.number(m, "length"))
                    seen.append(token)
                else:
                    token = b"%d" % self.c.number(m, ("number", place)) if kind == 2 else before[k]
                tokens.append(token)
                text += (b"" if glued else b" ") + token
            before = tokens
            out.append((TEXT, text))
        return out

    def template(self, n, _):
        templates, m = [], {}
        for _ in range(self.b.varint() + 1):
            pieces, left = [], self.b.varint()
            while left:
                head = self.b.varint()
                pieces.append((head & 3, head >> 2, self.b.raw(head >> 2) if not head & 3 else None))
                left -= head >> 2
                need(head & 3 < 3 and left >= 0, "piece")
            templates.append(pieces)
        which = [self.c.tree(m, 3) if len(templates) > 1 else 0 for _ in range(n)]
        out = [b""] * n
        for t, pieces in enumerate(templates):
            mine = [i for i in range(n) if which[i] == t]
            for kind, width, fixed in pieces:
                parts = [fixed] * len(mine) if kind == 0 else [b"%0*d" % (width, x) if kind == 1 else bytes([x]) for x in self.numbers(len(mine))]
                for i, part in zip(mine, parts):
                    out[i] += part
        return [(TEXT, text) for text in out]

    def moments(self, n, ms):
        form = self.b.byte()
        need(form < len(FORMS), "newer form")
        letters, unit = FORMS[form]
        return [(TEXT, moment(letters, x * unit)) for x in self.numbers(n, [m // unit for m in ms])]

    def ids(self, n, _):
        m, counters, out = {}, [first for _, first, _ in self.runs], []
        for _ in range(n):
            if not self.runs or self.c.bit(m, "literal"):
                out.append((BLOB, self.c.raw(16)))
                continue
            run = self.c.tree(m, 8, "run") if len(self.runs) > 1 else 0
            counters[run] = counters[run] + unzigzag(self.c.number(m, "step")) & M64
            seed, first, count = self.runs[run]
            need(first <= counters[run] < first + count, "id outside its run")
            out.append((BLOB, hashlib.blake2b(struct.pack("<Q", counters[run]), digest_size=16, key=seed).digest()))
        return out

    def spares(self):
        marked = [s for s in self.shapes if s["marked"] and s["op"] == UPDATE]
        if not marked:
            return
        writers, names = self.b.varint(), self.b.varint()
        need(1 <= writers <= names, "writers of spares")
        writers, m, ms, listed = [self.c.raw(16) for _ in range(writers)], {}, self.txns[0]["stamp"] >> 16, []
        for _ in range(names):
            ms += unzigzag(self.c.number(m, "ms"))
            counter = self.c.number(m, "counter")
            need(0 <= ms < 1 << 47 and counter < 1 << 16, "stamp of a spare")
            listed.append((ms << 16 | counter, writers[self.c.even(len(writers))]))
        need(writers == sorted(writers) and listed == sorted(set(listed)), "names of spares")
        for s in marked:
            for row in range(len(s["txns"])):
                count, cell, name = self.c.number(m, "count"), 0, 0
                need(count <= 4096, "spares")
                for _ in range(count):
                    need(s["cells"], "spare without a cell")
                    step = self.c.even(len(s["cells"]) - cell)
                    cell, name = cell + step, 0 if step else name
                    need(name < len(listed), "spare without a name")
                    name += self.c.even(len(listed) - name)
                    s["spares"][row].append((s["cells"][cell][0],) + listed[name])
                    name += 1

    def place_changes(self):
        for s in self.shapes:
            for row, txn in enumerate(s["txns"]):
                values = iter([column[row] for column in s["columns"]])
                key = b"".join(value_bytes(key_value(next(values))) for _ in range(s["keys"]))
                cells = [(column, delta, next(values), next(values) if before else None) for column, before, delta in s["cells"]]
                successor = list(values)
                need(all(v[0] == NULL for v in successor) or all(v[0] != NULL for v in successor), "half a successor")
                successor = b"".join(value_bytes(key_value(v)) for v in successor if v[0] != NULL)
                need(successor != key, "a row that is its own successor")
                self.txns[txn]["changes"].append((s["table"], key, s["op"], cells, s["spares"][row], successor))
        for t in self.txns:
            t["changes"].sort(key=lambda change: change[:2])


def moment(letters, ms):
    days, ms = ms // 86400000, ms % 86400000
    need(-719528 <= days <= 2932896, "year")
    shift = 400 if days < -719162 else 0  # Python's dates begin with year 1, and 400 years are 146097 days
    date = datetime.date(1970, 1, 1) + datetime.timedelta(days + shift // 400 * 146097)
    clock = "%02d:%02d:%02d.%03d" % (ms // 3600000, ms // 60000 % 60, ms // 1000 % 60, ms % 1000)
    parts = {"D": "%04d-%02d-%02d" % (date.year - shift, date.month, date.day), "M": clock[:5], "S": clock[:8], "m": clock}
    return "".join(parts.get(letter, letter) for letter in letters).encode()


# --- pending.md: the record of a transaction ---

def varint(v):
    out = b""
    while v > 127:
        out, v = out + bytes([v & 127 | 128]), v >> 7
    return out + bytes([v])


def sized(data):
    return varint(len(data)) + data


def body_bytes(value):
    kind, v = value
    return [lambda: b"", lambda: varint((v << 1 ^ v >> 63) & M64), lambda: v, lambda: sized(v), lambda: sized(v)][kind]()


def value_bytes(value):
    return bytes([value[0]]) + body_bytes(value)


def key_value(value):
    real = struct.unpack("<d", value[1])[0] if value[0] == REAL else 0.5
    need(value[0] != NULL, "NULL in a key")
    return (INTEGER, int(real)) if abs(real) <= 2**53 and real == int(real) else value


def cells_bytes(cells):
    out, next_column, i = b"", 0, 0
    plain = [value[0] == NULL and not delta and before is None for _, delta, value, before in cells]
    while i < len(cells):
        column, delta, value, before = cells[i]
        gap, run = column - next_column, 1
        out += bytes([value[0] | (before is not None) << 3 | delta << 4 | min(gap, 7) << 5]) + (varint(gap - 7) if gap >= 7 else b"")
        if plain[i]:
            while i + run < len(cells) and plain[i + run] and cells[i + run][0] == column + run:
                run += 1
            out += varint(run - 1)
        else:
            out += body_bytes(value) + (value_bytes(before) if before else b"")
        next_column, i = column + run, i + run
    return out


def spares_bytes(spares):
    out, before = varint(len(spares)), 0
    for column, stamp, writer in spares:
        out, before = out + varint(column - before) + struct.pack("<Q", stamp) + writer, column
    return out


def record(t):
    out = struct.pack("<QQ", t["stamp"], t["boot"]) + varint(t["mono"]) + sized(t["note"]) + varint(len(t["changes"]))
    for table, key, op, cells, spares, successor in t["changes"]:
        out += varint(table) + bytes([op + 8 if spares or successor else op]) + sized(key) + varint(len(cells)) + cells_bytes(cells)
        out += (spares_bytes(spares) if spares else b"") + (sized(successor) if successor else b"")
    return out


# --- header.md ---

HEX32, HEX64, N = "([0-9a-f]{32})", "([0-9a-f]{64})", "(0|[1-9][0-9]*)"
HEAD = "(?:through )?%s %s %s" % (HEX32, N, HEX64)
HEADER = re.compile(
    r"jemput segment 1 (?:data|control)\n\nspace %(h)s\nwriter %(w)s epoch %(n)s generation %(n)s number %(n)s\nprevious %(h)s\nstamp %(n)s\n"
    r"(?:merged %(head)s\n)*(?:under none\n|(?:under %(head)s\n)*)(?:state %(h)s\n)?roster %(n)s policy %(n)s schema %(n)s\ncodec %(n)s key-epoch %(n)s\npayload %(n)s %(h)s\n"
    % {"h": HEX64, "w": HEX32, "n": N, "head": HEAD})


def header_check(text):
    need(len(text) <= 262144 and HEADER.fullmatch(text.decode()), "header")
    need(text.startswith(b"jemput segment 1 control") or b"\nstate " not in text, "data that states a state")
    for word in ("merged", "under"):
        heads = re.findall(r"^%s (through )?%s %s %s$" % (word, HEX32, N, HEX64), text.decode(), re.M)
        order = [(writer, int(number), hash_, bool(through)) for through, writer, number, hash_ in heads]
        need(order == sorted(set(order)), "heads out of order")


# --- the vectors ---

def groups(path):
    """Payloads of a vector, each with the records of its transactions."""
    made = []
    with open(path) as f:
        for word, data in (line.split() for line in f if not line.startswith("#")):
            if word == "payload":
                made.append((bytes.fromhex(data), []))
            else:
                made[-1][1].append(data)
    return made


def dictionary_of(vectors):
    with open(os.path.join(vectors, "dictionary-1.txt"), "rb") as f:
        return f.read()


def check(vectors):
    dictionary, failed = dictionary_of(vectors), 0
    hashes = dict(line.split() for line in open(os.path.join(vectors, "header-hashes.txt")) if not line.startswith("#"))
    for name in sorted(os.listdir(vectors)):
        path, why = os.path.join(vectors, name), ""
        try:
            if name.startswith("payload-"):
                for sent, records in groups(path):
                    need([record(t).hex() for t in Payload(sent, dictionary).txns] == records, "other transactions than the vector's")
            elif name.startswith("header-") and name != "header-hashes.txt":
                text = open(path, "rb").read()
                header_check(text)
                need(hashlib.blake2b(text, digest_size=32).hexdigest() == hashes[name[7:-4]], "another hash")
            else:
                continue
        except (Damage, IndexError, ValueError) as e:
            why, failed = repr(e), failed + 1
        print("%-24s %s" % (name, why or "ok"))
    return failed


if __name__ == "__main__":
    sys.exit(check(sys.argv[1]) if len(sys.argv) == 2 else __doc__)
