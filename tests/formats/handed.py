#!/usr/bin/env python3
"""What is handed from one person to another: root keys on sticks, and short invitations. Written from schema/formats/{root-key,invitation,sealing}.md
and RFC 9106 (Argon2id) alone, without a library.

    handed.py VECTORS           check the golden vectors, and that nothing near them is taken
    handed.py --make VECTORS    write them"""
import pathlib
import struct
import sys

import control
import sealed

M64 = (1 << 64) - 1
DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
HEAD = ["jemput root key 1",
        "Rahasia: kunci induk. Simpan terpisah dari semua perangkat, dan buat satu salinan di tempat lain.",
        "Secret: a root administrator's key. Keep it apart from all devices, and one copy of it elsewhere."]


# --- Argon2id, one lane, version 1.3 ---

def long_hash(data, size):
    data = struct.pack("<I", size) + data
    if size <= 64:
        return sealed.blake2b(size, data)
    out, v = b"", sealed.blake2b(64, data)
    while size > 64:
        out, size = out + v[:32], size - 32
        v = sealed.blake2b(64 if size > 64 else size, v)
    return out + v


def mix(v, a, b, c, d):
    for x, y, z, by in ((a, b, d, 32), (c, d, b, 24), (a, b, d, 16), (c, d, b, 63)):
        v[x] = v[x] + v[y] + 2 * (v[x] & 0xFFFFFFFF) * (v[y] & 0xFFFFFFFF) & M64
        w = v[z] ^ v[x]
        v[z] = (w >> by | w << 64 - by) & M64


def rounds(v):
    for at in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15), (0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
        mix(v, *at)


def compress(x, y):
    r = [a ^ b for a, b in zip(x, y)]
    q = list(r)
    for i in range(8):
        row = q[16 * i:16 * i + 16]
        rounds(row)
        q[16 * i:16 * i + 16] = row
    for i in range(8):
        places = [16 * k + 2 * i + j for k in range(8) for j in (0, 1)]
        column = [q[p] for p in places]
        rounds(column)
        for p, value in zip(places, column):
            q[p] = value
    return [a ^ b for a, b in zip(q, r)]


def argon2id(pin, salt, passes, kib, size=32):
    field = lambda data: struct.pack("<I", len(data)) + data
    h = sealed.blake2b(64, struct.pack("<6I", 1, size, kib, passes, 0x13, 2) + field(pin) + field(salt) + field(b"") + field(b""))
    columns = kib // 4 * 4
    part = columns // 4
    words = lambda data: list(struct.unpack("<128Q", data))
    blocks = [words(long_hash(h + struct.pack("<II", i, 0), 1024)) if i < 2 else [0] * 128 for i in range(columns)]
    for turn in range(passes):
        for piece in range(4):
            blind = turn == 0 and piece < 2  # which blocks are used does not depend on the PIN
            addresses = []
            for i in range(part):
                at = piece * part + i
                if blind and i % 128 == 0:
                    number = [turn, 0, piece, columns, passes, 2, i // 128 + 1] + [0] * 121
                    addresses = compress([0] * 128, compress([0] * 128, number))
                if turn == 0 and at < 2:
                    continue
                low = (addresses[i % 128] if blind else blocks[at - 1][0]) & 0xFFFFFFFF
                area = at - 1 if turn == 0 else columns - part + i - 1
                place = area - 1 - (area * (low * low >> 32) >> 32)
                start = 0 if turn == 0 or piece == 3 else (piece + 1) * part
                made = compress(blocks[at - 1], blocks[(start + place) % columns])
                blocks[at] = [a ^ b for a, b in zip(made, blocks[at])] if turn else made
    return long_hash(struct.pack("<128Q", *blocks[-1]), size)


# --- root-key.md ---

def root_write(seed, pin=None, salt=None, passes=0, kib=0):
    key = control.public(seed)
    lines = [*HEAD, "key " + key.hex()]
    if pin is None:
        lines += ["pin none", "seed " + seed.hex()]
    else:
        lines += ["pin argon2id", f"passes {passes}", f"memory {kib}", "salt " + salt.hex(),
                  "sealed " + sealed.seal(argon2id(pin, salt, passes, kib), b"jemput root key" + key, seed).hex()]
    text = "".join(line + "\n" for line in lines).encode()
    return text + b"checksum " + control.blake2b(text).hex().encode() + b"\n"


def root_read(text, pin=None):
    """The seed; None = another PIN; raises for what is no such file."""
    lines = text.decode().split("\n")
    control.need(lines[:3] == HEAD and lines[-1] == "", "head")
    control.need(lines[-2] == "checksum " + control.blake2b(text[:-(len(lines[-2]) + 1)]).hex(), "checksum")
    values = dict(line.split(" ", 1) for line in lines[3:-2])
    key = bytes.fromhex(values["key"])
    if values["pin"] == "none":
        control.need(list(values) == ["key", "pin", "seed"], "lines")
        seed = bytes.fromhex(values["seed"])
    else:
        control.need(list(values) == ["key", "pin", "passes", "memory", "salt", "sealed"] and values["pin"] == "argon2id", "lines")
        made = argon2id(pin, bytes.fromhex(values["salt"]), int(values["passes"]), int(values["memory"]))
        seed = sealed.seal_open(made, b"jemput root key" + key, bytes.fromhex(values["sealed"]))
    control.need(seed is None or control.public(seed) == key, "key")
    return seed


# --- invitation.md, "Short form" ---

def varint(v):
    out = b""
    while v > 127:
        out, v = out + bytes([v & 127 | 128]), v >> 7
    return out + bytes([v])


def five_bits(data):
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    return "".join(DIGITS[int(bits[i:i + 5], 2)] for i in range(0, len(bits), 5))


def short_write(s):
    out = s["space"] + s["seed"] + varint(s["device"]) + varint(s["roles"]) + varint(s["expires"])
    for text in (s["scope"], s["hub"]):
        out += varint(len(text)) + text
    out += varint(len(s["readers"])) + b"".join(writer + key for writer, key in s["readers"]) + s["genesis"]
    out += varint(len(s["migrations"])) + b"".join(commit for commit, _ in s["migrations"])
    out += control.blake2b(b"".join(struct.pack("<Q", len(sql)) + sql for _, sql in s["migrations"]))
    return "JEMPUT1/" + five_bits(out + control.blake2b(out)[:4])


def short_read(text):
    control.need(text.startswith("JEMPUT1/"), "head")
    bits = "".join(f"{DIGITS.index(c):05b}" for c in text[8:])
    data = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits) - len(bits) % 8, 8))
    control.need(len(bits) % 8 < 5 and "1" not in bits[len(data) * 8:], "end")
    control.need(control.blake2b(data[:-4])[:4] == data[-4:], "checksum")
    at = [0]

    def raw(n):
        at[0] += n
        control.need(at[0] <= len(data) - 4, "cut")
        return data[at[0] - n:at[0]]

    def number():
        v = shift = 0
        while True:
            byte = raw(1)[0]
            v, shift = v | (byte & 127) << shift, shift + 7
            if byte < 128:
                return v

    s = {"space": raw(32), "seed": raw(32), "device": number(), "roles": number(), "expires": number()}
    s["scope"], s["hub"] = raw(number()), raw(number())
    s["readers"] = [(raw(16), raw(32)) for _ in range(number())]
    s["genesis"] = raw(20)
    s["commits"] = [raw(20) for _ in range(number())]
    s["schema"] = raw(32)
    control.need(at[0] == len(data) - 4, "more")
    return s


# --- the vectors ---

ROOT_SEED, PIN, SALT = b"\x66" * 32, b"rahasia-1", bytes(range(16))
MIGRATIONS = [(b"\xb0" * 20, b"ALTER TABLE warga ADD COLUMN rt TEXT"), (b"\xb1" * 20, b"CREATE INDEX i ON warga(nik);\n-- done\n")]


def example(folder):
    space = control.space_of(folder)
    readers = sorted((control.writer_of(space, control.public(seed), 1), sealed.reading_pair(reading)[0])
                     for seed, reading in ((bytes(range(32)), b"\xdd" * 32), (b"\x11" * 32, b"\xee" * 32)))
    return {"space": space, "seed": b"\x33" * 32, "device": 7, "roles": 1, "expires": 1767225600000, "scope": b"16.74.05.1003",
            "hub": b"/media/usb/ruang contoh.git", "readers": readers, "genesis": b"\xaa" * 20, "migrations": MIGRATIONS}


def make(folder):
    (folder / "root-key-plain.txt").write_bytes(root_write(ROOT_SEED))
    (folder / "root-key-pin.txt").write_bytes(root_write(ROOT_SEED, PIN, SALT, 3, 64))
    (folder / "invitation-short.txt").write_text(short_write(example(folder)) + "\n")


def refused(read, *args):
    try:
        read(*args)
    except Exception:
        return True
    return False


def check(folder):
    plain, pin = (folder / "root-key-plain.txt").read_bytes(), (folder / "root-key-pin.txt").read_bytes()
    short = (folder / "invitation-short.txt").read_text().rstrip("\n")
    s, wanted = short_read(short), example(folder)
    wrong = [argon2id(b"password", b"somesalt" * 2, 1, 8) != ARGON, root_read(plain) != ROOT_SEED, root_read(pin, PIN) != ROOT_SEED,
             root_read(pin, b"rahasia-2") is not None, plain != root_write(ROOT_SEED), short != short_write(wanted),
             any(s[field] != wanted[field] for field in ("space", "seed", "device", "roles", "expires", "scope", "hub", "readers", "genesis")),
             s["commits"] != [commit for commit, _ in MIGRATIONS]]
    wrong += [not refused(root_read, plain[:i] + bytes([plain[i] ^ 1]) + plain[i + 1:]) for i in range(len(plain))]
    wrong += [not refused(short_read, short[:i] + ("A" if short[i] != "A" else "B") + short[i + 1:]) for i in range(len(short))]
    wrong += [not refused(short_read, short[:i]) for i in range(len(short))]
    print(f"{len(wrong)} checks of what is handed over, {sum(wrong)} wrong")
    return 1 if any(wrong) else 0


ARGON = bytes.fromhex("05b6ca8f8038b683887ad4916533858b49cb52040126c134f4c6e9d8711b8c09")  # libsodium, 1 pass over 8 KiB


def main():
    if sys.argv[1:2] == ["--make"]:
        make(pathlib.Path(sys.argv[2]))
        return 0
    return check(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
