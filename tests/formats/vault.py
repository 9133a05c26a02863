#!/usr/bin/env python3
"""A sealed store as schema/formats/vault.md has it, written from that document alone: the second reader of vectors/vault-*.txt.

    vault.py FOLDER            check the vectors in FOLDER; exit status 0: all are right
    vault.py --make FOLDER     write them
"""
import os
import pathlib
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import sealed  # noqa: E402

LID, PAGE, BODY = 12288, 4096, 4056
MAGIC, SLOTS_MAGIC = b"jemput vault 1\n\0", b"jemput slots 1\n\0"
LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def aead(key, nonce, plain, beside):
    sub, nonce12 = sealed.xchacha_key(key, nonce)
    text = sealed.xor(plain, sealed.chacha_stream(sub, nonce12, 1, len(plain)))
    return text, sealed.aead_tag(sub, nonce12, text, beside)


def aead_open(key, nonce, text, tag, beside):
    """None: another key, or changed."""
    sub, nonce12 = sealed.xchacha_key(key, nonce)
    if sealed.aead_tag(sub, nonce12, text, beside) != tag:
        return None
    return sealed.xor(text, sealed.chacha_stream(sub, nonce12, 1, len(text)))


# --- pages and frames ---

def page_place(number):
    return b"p" + struct.pack("<Q", number - 1)


def page_seal(key, number, plain, nonce):
    text, tag = aead(key, nonce, plain[:BODY], page_place(number))
    return text + nonce + tag


def page_open(key, number, page):
    plain = aead_open(key, page[BODY:BODY + 24], page[:BODY], page[BODY + 24:], page_place(number))
    return None if plain is None else plain + bytes(40)


def frame_seal(key, clear, secret, nonce):
    text, tag = aead(key, nonce, secret, clear)
    return clear + text + nonce + tag


def frame_open(key, frame):
    """The frame as SQLite has it."""
    plain = aead_open(key, frame[4080:4104], frame[16:4080], frame[4104:], frame[:16])
    return None if plain is None else frame[:16] + plain + bytes(40)


def wal_sum(data, a, b):
    """SQLite's, over big-endian words (the log's magic says which)."""
    words = struct.unpack(">%dI" % (len(data) // 4), data)
    for x, y in zip(words[::2], words[1::2]):
        a = (a + x + b) & 0xFFFFFFFF
        b = (b + y + a) & 0xFFFFFFFF
    return a, b


# --- lid ---

def lid_head(key, nonce):
    return MAGIC + nonce + aead(key, nonce, b"", MAGIC)[1]


def lid_fits(key, head):
    return head[:16] == MAGIC and aead_open(key, head[16:40], b"", head[40:56], MAGIC) == b""


def wrapping_key(slot, platform, code):
    salt = slot[12:28]
    if slot[0] == 2:
        return sealed.blake2b(32, b"jemput platform key" + salt, platform)
    return sealed.blake2b(32, b"jemput recovery code" + salt + code)


def slot_make(kind, salt, nonce, key, platform, code):
    head = bytes([kind]) + bytes(11) + salt
    text, tag = aead(wrapping_key(head, platform, code), nonce, key, head)
    return head + nonce + text + tag + bytes(12)


def slot_open(slot, platform, code):
    return aead_open(wrapping_key(slot, platform, code), slot[28:52], slot[52:84], slot[84:100], slot[:28])


def table_make(sequence, failures, boot, monotonic, slots):
    table = SLOTS_MAGIC + struct.pack("<QIIQQ", sequence, failures, 0, boot, monotonic) + b"".join(slots) + bytes(96)
    return table + sealed.blake2b(32, table)


def table_read(table):
    """None: torn, or none."""
    if table[:16] != SLOTS_MAGIC or sealed.blake2b(32, table[:480]) != table[480:512]:
        return None
    return struct.unpack("<QIIQQ", table[16:48]), [table[48 + 112 * i:160 + 112 * i] for i in range(3)]


def recovery_text(code):
    bits = int.from_bytes(code, "big") << 12 | int.from_bytes(sealed.blake2b(32, b"jemput recovery" + code)[:2], "big") >> 4
    text = "".join(LETTERS[bits >> 5 * (27 - i) & 31] for i in range(28))
    return "-".join(text[i:i + 4] for i in range(0, 28, 4))


# --- a small database: one page, and the same page with another user_version in the log ---

def page_one(user_version):
    header = b"SQLite format 3\0" + struct.pack(">HBBBBBB", PAGE, 2, 2, 40, 64, 32, 32)
    header += struct.pack(">IIIIIIIIIIII", 1, 1, 0, 0, 0, 4, 0, 0, 1, user_version, 0, 0) + bytes(20) + struct.pack(">II", 1, 3040001)
    leaf = bytes([13]) + struct.pack(">HHHB", 0, 0, BODY, 0)
    return (header + leaf).ljust(PAGE, b"\0")


def wal_of(page, salts):
    header = struct.pack(">IIII", 0x377F0683, 3007000, PAGE, 0) + salts
    a, b = wal_sum(header, 0, 0)
    header += struct.pack(">II", a, b)
    frame = struct.pack(">II", 1, 1)
    a, b = wal_sum(frame, a, b)
    a, b = wal_sum(page, a, b)
    return header, frame + salts, struct.pack(">II", a, b) + page[:BODY]


def nonce(n):
    return bytes(range(100, 116)) + struct.pack("<Q", n)


def make(folder):
    key, platform, code = bytes(range(32)), bytes(range(64, 96)), bytes(i * 13 + 5 & 255 for i in range(16))
    head, clear, secret = wal_of(page_one(29), bytes(range(1, 9)))
    slots = [bytes(112), slot_make(2, bytes([1]) * 16, bytes([2]) * 24, key, platform, code), slot_make(3, bytes([3]) * 16, bytes([4]) * 24, key, platform, code)]
    rows = ["# name value: hex, zeros at the end left out; the database says user_version 28, and 29 with its log",
            "key " + key.hex(), "head " + lid_head(key, nonce(1)).hex(), "table " + table_make(7, 2, 0x1122334455667788, 99000, slots).hex(),
            "plain " + page_one(28).rstrip(b"\0").hex(), "page " + page_seal(key, 1, page_one(28), nonce(2)).hex(),
            "log " + head.hex(), "frame " + frame_seal(key, clear, secret, nonce(3)).hex()]
    (folder / "vault-store.txt").write_text("\n".join(rows) + "\n")
    rows = ["# platform's key, recovery code, data key, slot: hex"]
    rows += [" ".join(part.hex() for part in (platform, code, key, slot)) for slot in slots[1:]]
    (folder / "vault-slots.txt").write_text("\n".join(rows) + "\n")
    codes = [bytes(16), b"\xff" * 16, code, bytes(range(16))]
    (folder / "vault-recovery.txt").write_text("# code: hex, text\n" + "".join(f"{c.hex()} {recovery_text(c)}\n" for c in codes))


def check_store(folder):
    v = dict(row for row in sealed.lines(folder / "vault-store.txt"))
    v = {name: bytes.fromhex(value) for name, value in v.items()}
    key, page, frame = v["key"], v["page"], v["frame"]
    bad = len(page) != PAGE or len(frame) != 24 + PAGE or not lid_fits(key, v["head"]) or lid_fits(key[::-1], v["head"])
    bad += page_open(key, 1, page) != v["plain"].ljust(PAGE, b"\0") or page_open(key, 2, page) is not None or page_open(key[::-1], 1, page) is not None
    plain = frame_open(key, frame)
    a, b = wal_sum(v["log"][:24], 0, 0)
    bad += struct.pack(">II", a, b) != v["log"][24:]
    a, b = wal_sum(plain[:8], a, b)
    bad += struct.pack(">II", *wal_sum(plain[24:], a, b)) != plain[16:24] or plain[24 + 60:24 + 64] != struct.pack(">I", 29)
    for at in (0, 15, 16, 3000, 4080, 4119):
        bad += frame_open(key, frame[:at] + bytes([frame[at] ^ 1]) + frame[at + 1:]) is not None
    (sequence, failures, _, boot, monotonic), slots = table_read(v["table"])
    bad += (sequence, failures, boot, monotonic) != (7, 2, 0x1122334455667788, 99000) or slots[0] != bytes(112) or [s[0] for s in slots[1:]] != [2, 3]
    return bad + (table_read(v["table"][:20] + b"\1" + v["table"][21:]) is not None), 1


def check(folder):
    bad, seen = check_store(folder)
    for row in sealed.lines(folder / "vault-slots.txt"):
        platform, code, key, slot = map(bytes.fromhex, row)
        bad += slot_open(slot, platform, code) != key or slot_open(slot[:12] + b"\0" + slot[13:], platform, code) is not None
        seen += 1
    for code, text in sealed.lines(folder / "vault-recovery.txt"):
        bad += recovery_text(bytes.fromhex(code)) != text
        seen += 1
    print(f"{seen} vectors of the vault, {bad} wrong")
    return 1 if bad or seen < 7 else 0


def main():
    if sys.argv[1:2] == ["--make"]:
        make(pathlib.Path(sys.argv[2]))
        return 0
    return check(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
