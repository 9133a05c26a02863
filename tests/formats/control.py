#!/usr/bin/env python3
"""Control records as schema/formats/control.md has them, written and read from that document and RFC 8032 alone, without any library: the second
reader of vectors/control-*.txt, and the writer of control-standing.txt, control-keyring.txt, control-keeping.txt and control-approve.txt.

    control.py FOLDER            check the vectors in FOLDER; exit status 0: all are right
    control.py --make FOLDER     write those four
"""
import hashlib
import pathlib
import re
import struct
import sys

sys.dont_write_bytecode = True
import sealed  # noqa: E402

ROLES = "petugas kelurahan verifikator admin pusat kominfo".split()
REASONS = "lost stolen leaked left forked".split()


class Damage(Exception):
    pass


def need(condition, why):
    if not condition:
        raise Damage(why)


def blake2b(data, size=32, key=b""):
    return hashlib.blake2b(data, digest_size=size, key=key).digest()


# --- Ed25519: RFC 8032 ---

P, L = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def root(y, sign):
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if x * x % P != x2:
        x = x * pow(2, (P - 1) // 4, P) % P
    need(x * x % P == x2, "no point")
    return P - x if x & 1 != sign else x


def add(p, q):
    (x1, y1, z1, t1), (x2, y2, z2, t2) = p, q
    a, b = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    q = (0, 1, 1, 0)
    while n:
        q, p, n = add(q, p) if n & 1 else q, add(p, p), n >> 1
    return q


def packed(p):
    z = pow(p[2], P - 2, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


def unpacked(data):
    y, sign = int.from_bytes(data, "little") & (1 << 255) - 1, data[31] >> 7
    x = root(y, sign)
    return x, y, 1, x * y % P


def base():
    y = 4 * pow(5, P - 2, P) % P
    x = root(y, 0)
    return x, y, 1, x * y % P


def secret(seed):
    h = bytearray(hashlib.sha512(seed).digest())
    h[0] &= 248
    h[31] = h[31] & 127 | 64
    return int.from_bytes(h[:32], "little"), bytes(h[32:])


def public(seed):
    return packed(times(secret(seed)[0], base()))


def number(data):
    return int.from_bytes(hashlib.sha512(data).digest(), "little") % L


def sign(seed, context, message):
    text, (s, prefix), key = context + b"\0" + message, secret(seed), public(seed)
    r = number(prefix + text)
    point = packed(times(r, base()))
    return point + ((r + number(point + key + text) * s) % L).to_bytes(32, "little")


def verify(key, signature, context, message):
    h = number(signature[:32] + key + context + b"\0" + message)
    left, right = times(int.from_bytes(signature[32:], "little"), base()), add(unpacked(signature[:32]), times(h, unpacked(key)))
    return packed(left) == packed(right)


# --- reading: every form by one pattern ---

def hexes(size):
    return "([0-9a-f]{%d})" % (2 * size)


N = "(0|[1-9][0-9]{0,18})"
LIST = "((?:%s)(?:,(?:%s))*)" % ("|".join(ROLES), "|".join(ROLES))
SCOPE = r"(\*|[A-Za-z0-9._-]{1,63})"
HEAD = "head %s %s %s\n" % (hexes(16), N, hexes(32))
HEADS = "heads %s\n((?:head [0-9a-f]{32} [0-9]+ [0-9a-f]{64}\n)*)" % N
BOX = "reader %s\nkey %s\nbox %s\n" % (hexes(16), hexes(32), hexes(80))
FORMS = {
    "invite": "key %s\ndevice %s\nroles %s\nscope %s\nexpires %s\n" % (hexes(32), N, LIST, SCOPE, N),
    "join": "invite %s\nkey %s\nepoch %s\ndevice %s\nsignature %s\n" % (hexes(32), hexes(32), N, N, hexes(64)),
    "enrol": "invite (none|[0-9a-f]{64})\nkey %s\nepoch %s\ndevice %s\nroles %s\nscope %s\n" % (hexes(32), N, N, LIST, SCOPE),
    "change": "key %s\nroles (?:none|%s)\nscope %s\n%s" % (hexes(32), LIST, SCOPE, HEADS),
    "revoke": "key %s\nreason (%s)\n%s" % (hexes(32), "|".join(REASONS), HEADS),
    "rotate": "old %s\nnew %s\nepoch %s\nsignature %s\n" % (hexes(32), hexes(32), N, hexes(64)),
    "succeed": "old %s\nnew %s\n" % (hexes(32), hexes(32)),
    "resume": "old %s\nepoch %s\n" % (hexes(16), N),
    "approve": "act %s\n" % hexes(32),
    "reader": "key %s\n" % hexes(32),
    "epoch": "epoch %s\ncheck %s\nreaders %s\n((?:reader [0-9a-f]{32}\nkey [0-9a-f]{64}\nbox [0-9a-f]{160}\n)*)" % (N, hexes(32), N),
    "grant": "epoch %s\n%s" % (N, BOX),
    "wrap": "epoch %s\nmaker %s\nunder %s\nsealed %s\n" % (N, hexes(16), N, hexes(72)),
    "single": "segment %s\nunder %s\nsealed %s\n" % (hexes(32), N, hexes(72)),
    "checkpoint": "at %s\nhead %s\nstate %s\nschema %s\nchunks %s\nbytes %s\nstream %s\n" % (N, hexes(32), hexes(32), N, N, N, hexes(32)),
    "backed-up": "checkpoint %s\n" % hexes(32),
    "forget": "marks %s\nmark %s\nbasis ([1-9][0-9]*)\n([^\n\0]+)\n" % (N, hexes(32)),
    "erased": "checkpoint %s\n" % hexes(32),
    "settle": "case %s\ncount %s\nreason ([1-9][0-9]*)\n([^\n\0]+)\n" % (hexes(32), N),
    "report": "version ([A-Za-z0-9._-]{1,63})\nstore %s\nfree %s\n" % (N, N),
}


def within(text, low, high):
    need(low <= int(text) <= high, "number out of range")


def roles_check(text):
    words = text.split(",")
    need(words == [w for w in ROLES if w in words], "roles")


def heads_check(count, text):
    found = [(writer, int(n), hash_) for writer, n, hash_ in re.findall(HEAD, text)]
    need(len(found) == int(count) <= 1024 and text.count("\n") == int(count) and found == sorted(set(found)), "heads")
    need(all(n < 1 << 63 for _, n, _ in found), "number of a head")


def epoch_check(text):
    within(text, 1, 2 ** 32 - 1)
    within(int(text) & 0xfffff, 1, 999999)


def record_check(kind, text, space):
    """Fields of a record of a kind that is known, or Damage."""
    m = re.fullmatch(FORMS[kind], text)
    need(m, "form of " + kind)
    got = m.groups()
    if kind == "invite":
        within(got[1], 1, 999999), roles_check(got[2]), within(got[4], 0, 2 ** 63 - 1)
    elif kind == "join":
        within(got[2], 1, 2 ** 32 - 1), within(got[3], 1, 999999)
        lines = text[:text.index("signature ")].encode()
        need(verify(bytes.fromhex(got[0]), bytes.fromhex(got[4]), b"jemput join", space + lines), "signature of join")
    elif kind == "enrol":
        within(got[2], 1, 2 ** 32 - 1), within(got[3], 1, 999999), roles_check(got[4]), need(got[0] != "0" * 64, "zero invite")
    elif kind in ("change", "revoke"):
        heads_check(got[-2], got[-1])
        if kind == "change" and got[1]:
            roles_check(got[1])
    elif kind == "rotate":
        within(got[2], 1, 2 ** 32 - 1), need(got[0] != got[1], "keys are one")
        lines = text[:text.index("signature ")].encode()
        need(verify(bytes.fromhex(got[1]), bytes.fromhex(got[3]), b"jemput rotate", space + lines), "signature of rotate")
    elif kind == "succeed":
        need(got[0] != got[1], "keys are one")
    elif kind == "resume":
        within(got[1], 2, 2 ** 32 - 1)
    elif kind == "epoch":
        epoch_check(got[0])
        writers = [writer for writer, _, _ in re.findall(BOX, got[3])]
        need(len(writers) == int(got[2]) <= 4096 and writers == sorted(set(writers)), "readers")
    elif kind == "grant":
        epoch_check(got[0])
    elif kind == "wrap":
        epoch_check(got[0]), epoch_check(got[2]), within(got[0], 1, 999999)
    elif kind == "single":
        epoch_check(got[1]), within(got[1], 1 << 20, 2 ** 32 - 1)
    elif kind == "checkpoint":
        within(got[0], 1, 2 ** 63 - 1), within(got[3], 1, 2 ** 32 - 1), within(got[4], 1, 1 << 20), within(got[5], 1, 2 ** 63 - 1)
    elif kind == "report":
        within(got[1], 0, 2 ** 32 - 1), within(got[2], 0, 2 ** 32 - 1)
    elif kind == "settle":
        within(got[1], 0, 2 ** 63 - 1), need(len(got[3].encode()) == int(got[2]) <= 1024, "length of the reason")
    elif kind == "forget":
        within(got[0], 1 << 20, 2 ** 32 - 1), need(len(got[3].encode()) == int(got[2]) <= 1024, "length of the basis")
    return got


def records(payload):
    at = 0
    while at < len(payload):
        m = re.match(rb"record ([a-z][a-z0-9-]{0,30}) ([1-9][0-9]*)\n", payload[at:])
        need(m and at + m.end() + int(m[2]) <= len(payload), "frame")
        text = payload[at + m.end():at + m.end() + int(m[2])]
        need(text.endswith(b"\n"), "record does not end in a newline")
        yield m[1].decode(), text
        at += m.end() + int(m[2])


# --- writing ---

def framed(kind, text):
    return b"record %s %d\n" % (kind.encode(), len(text)) + text


def writer_of(space, key, epoch):
    return blake2b(b"jemput writer\0" + space + key + struct.pack("<I", epoch))[:16]


def approve_hash(space, kind, text):
    return blake2b(b"jemput approve\0" + space + kind.encode() + b"\0" + text)


def lines(*pairs):
    return "".join("%s %s\n" % (word, value.hex() if isinstance(value, bytes) else value) for word, value in pairs).encode()


def heads(*some):
    return lines(("heads", len(some)), *[("head", "%s %d %s" % (w.hex(), n, h.hex())) for w, n, h in sorted(some)])


def standing(space):
    tablet, central, new = public(b"\x22" * 32), public(b"\x11" * 32), public(b"\x55" * 32)
    first, second = writer_of(space, tablet, 1), writer_of(space, tablet, 2)
    mark = blake2b(b"segment")
    out = [("change", lines(("key", tablet), ("roles", "petugas,kelurahan"), ("scope", "16.74")) +
            heads((first, 12, mark), (second, 2 ** 63 - 1, mark), (second, 9, mark))),
           ("change", lines(("key", central), ("roles", "none"), ("scope", "*")) + heads())]
    for at, reason in enumerate(REASONS):
        out.append(("revoke", lines(("key", tablet), ("reason", reason)) + heads(*[(first, at, blake2b(bytes([at])))] * (at > 0))))
    turn = lines(("old", tablet), ("new", new), ("epoch", 1))
    out.append(("rotate", turn + lines(("signature", sign(b"\x55" * 32, b"jemput rotate", space + turn)))))
    out.append(("succeed", lines(("old", tablet), ("new", new))))
    out.append(("resume", lines(("old", first), ("epoch", 2))))
    out.append(("approve", lines(("act", approve_hash(space, *out[0])))))
    return out


def keyring(space):
    readers = []
    for seed in (b"\x22" * 32, b"\x11" * 32):
        readers.append((writer_of(space, public(seed), 1), sealed.reading_pair(bytes([seed[0] ^ 0xff]) * 32)[0]))
    readers.sort()
    number, own, epoch_key, own_key = 1 << 20 | 2, 7, b"\x77" * 32, b"\x88" * 32

    def boxes(key, some):
        return b"".join(lines(("reader", w), ("key", k), ("box", sealed.box(key, k, bytes([at]) * 32))) for at, (w, k) in enumerate(some))

    def check(n, key):
        return blake2b(b"jemput epoch" + space + struct.pack("<I", n), key=key)

    maker = writer_of(space, public(b"\x22" * 32), 1)
    beside = b"jemput wrap" + space + maker + struct.pack("<II", own, number)
    return [("reader", lines(("key", readers[0][1]))),
            ("epoch", lines(("epoch", number), ("check", check(number, epoch_key)), ("readers", 2)) + boxes(epoch_key, readers)),
            ("epoch", lines(("epoch", own), ("check", check(own, own_key)), ("readers", 0))),
            ("grant", lines(("epoch", number)) + boxes(epoch_key, readers[1:])),
            ("wrap", lines(("epoch", own), ("maker", maker), ("under", number), ("sealed", sealed.seal(epoch_key, beside, own_key))))]


def mark_of(space, key, table, row_key):
    return blake2b(b"jemput forget" + space + struct.pack("<I", table) + row_key, key=key)


def case_of(space, kind, about):
    return blake2b(b"jemput case" + space + kind.encode() + b"\0" + about.encode())


def keeping(space):
    number, epoch_key, segment = 1 << 20 | 2, b"\x77" * 32, blake2b(b"segment")
    single = sealed.xchacha_key(epoch_key, bytes(range(24)))[0]
    beside = b"jemput single" + space + segment + struct.pack("<I", number)
    basis, reason = b"UU 27/2022 ps 8, surat 12", b"undangan disalin"
    return [("single", lines(("segment", segment), ("under", number), ("sealed", sealed.seal(epoch_key, beside, single)))),
            ("checkpoint", lines(("at", 41), ("head", segment), ("state", blake2b(b"state")), ("schema", 3), ("chunks", 2), ("bytes", 262150),
                                 ("stream", blake2b(b"stream")))),
            ("backed-up", lines(("checkpoint", segment))),
            ("forget", lines(("marks", number), ("mark", mark_of(space, epoch_key, 2, b"\x03\x03p\n1")), ("basis", len(basis))) + basis + b"\n"),
            ("erased", lines(("checkpoint", segment))),
            ("report", lines(("version", "0.1.0"), ("store", 93), ("free", 4711))),
            ("settle", lines(("case", case_of(space, "refused", "000102030405060708090a0b0c0d0e0f")), ("count", 3), ("reason", len(reason))) + reason + b"\n")]


# --- the vectors ---

MADE = {"standing": standing, "keyring": keyring, "keeping": keeping}


def space_of(folder):
    return blake2b((folder / "control-genesis-header.txt").read_bytes())


def hashes(folder, space):
    rows = ["# file, place of the record, by which hash an approval names it"]
    for name in ("genesis", "acts", "standing", "keyring", "keeping"):
        for place, (kind, text) in enumerate(records((folder / ("control-%s.txt" % name)).read_bytes())):
            rows.append("%s %d %s" % (name, place, approve_hash(space, kind, text).hex()))
    return "\n".join(rows) + "\n"


def make(folder):
    space = space_of(folder)
    for name, made in MADE.items():
        (folder / ("control-%s.txt" % name)).write_bytes(b"".join(framed(*r) for r in made(space)))
    (folder / "control-approve.txt").write_text(hashes(folder, space))


def check(folder):
    space, bad, seen = space_of(folder), 0, set()
    for name in ("acts", *MADE):
        for kind, text in records((folder / ("control-%s.txt" % name)).read_bytes()):
            try:
                if kind in FORMS:
                    record_check(kind, text.decode(), space)
                seen.add(kind)
            except Damage as e:
                print(name, kind, e)
                bad += 1
    for name, made in MADE.items():
        bad += (folder / ("control-%s.txt" % name)).read_bytes() != b"".join(framed(*r) for r in made(space))
    bad += (folder / "control-approve.txt").read_text() != hashes(folder, space)
    missing = (set(FORMS) | {"schema"}) - seen
    print("%d kinds of control records, %d wrong%s" % (len(seen), bad, ", missing: " + " ".join(sorted(missing)) if missing else ""))
    return 1 if bad or missing else 0


def main():
    if sys.argv[1:2] == ["--make"]:
        make(pathlib.Path(sys.argv[2]))
        return 0
    return check(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
