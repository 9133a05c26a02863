#!/usr/bin/env python3
"""Sealing as schema/formats/sealing.md has it, written from that document and the RFCs alone, without any library: the second reader of
vectors/sealing-*.txt.

    sealed.py FOLDER            check the vectors in FOLDER; exit status 0: all are right
    sealed.py --make FOLDER     write them
"""
import hashlib
import pathlib
import struct
import sys

MASK = 0xFFFFFFFF


def turn(v, by):
    return (v << by | v >> (32 - by)) & MASK


def words(data):
    return list(struct.unpack("<%dI" % (len(data) // 4), data))


# --- ChaCha20 and Poly1305: RFC 8439; XChaCha20: draft-irtf-cfrg-xchacha ---

def chacha_rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for first, second, third, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[first] = (x[first] + x[second]) & MASK
            x[third] = turn(x[third] ^ x[first], by)

    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return x


CHACHA = words(b"expand 32-byte k")


def chacha_stream(key, nonce12, start, length):
    out, counter = b"", start
    while len(out) < length:
        state = CHACHA + words(key) + [counter] + words(nonce12)
        out += struct.pack("<16I", *[(a + b) & MASK for a, b in zip(chacha_rounds(state), state)])
        counter += 1
    return out[:length]


def xchacha_key(key, nonce24):
    x = chacha_rounds(CHACHA + words(key) + words(nonce24[:16]))
    return struct.pack("<8I", *(x[:4] + x[12:])), b"\0\0\0\0" + nonce24[16:]


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        total = (total + int.from_bytes(message[at:at + 16] + b"\1", "little")) * r % (2 ** 130 - 5)
    return ((total + int.from_bytes(key[16:], "little")) % 2 ** 128).to_bytes(16, "little")


def padded(data):
    return data + b"\0" * (-len(data) % 16)


def aead_tag(key, nonce12, text, beside):
    return poly1305(chacha_stream(key, nonce12, 0, 32), padded(beside) + padded(text) + struct.pack("<QQ", len(beside), len(text)))


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def blake2b(size, data, key=b""):
    return hashlib.blake2b(data, digest_size=size, key=key).digest()


def seal(key, beside, plain):
    nonce_key = blake2b(32, b"jemput nonce", key)
    nonce = blake2b(24, struct.pack("<Q", len(beside)) + beside + plain, nonce_key)
    sub, nonce12 = xchacha_key(key, nonce)
    text = xor(plain, chacha_stream(sub, nonce12, 1, len(plain)))
    return nonce + text + aead_tag(sub, nonce12, text, beside)


def seal_open(key, beside, sealed):
    """None: another key, or changed."""
    nonce, text, tag = sealed[:24], sealed[24:-16], sealed[-16:]
    sub, nonce12 = xchacha_key(key, nonce)
    if len(sealed) < 40 or aead_tag(sub, nonce12, text, beside) != tag:
        return None
    return xor(text, chacha_stream(sub, nonce12, 1, len(text)))


# --- X25519: RFC 7748; crypto_box: XSalsa20 and Poly1305 ---

P = 2 ** 255 - 19


def x25519(scalar, u):
    k = bytearray(scalar)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    k, x1 = int.from_bytes(k, "little"), int.from_bytes(u, "little") % 2 ** 255
    x2, z2, x3, z3 = 1, 0, x1, 1
    for t in range(254, -1, -1):
        bit = k >> t & 1
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb, aa, bb = d * a, c * b, a * a, b * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, (aa - bb) * (aa + 121665 * (aa - bb)) % P
        if bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, "little")


def salsa_rounds(state):
    x = list(state)
    for _ in range(10):
        for first in ((0, 4, 8, 12), (0, 1, 2, 3)):
            for i in range(4):
                if first[1] == 4:
                    a, b, c, d = [(5 * i + 4 * j) % 16 for j in range(4)]
                else:
                    a, b, c, d = [4 * i + (i + j) % 4 for j in range(4)]
                x[b] ^= turn((x[a] + x[d]) & MASK, 7)
                x[c] ^= turn((x[b] + x[a]) & MASK, 9)
                x[d] ^= turn((x[c] + x[b]) & MASK, 13)
                x[a] ^= turn((x[d] + x[c]) & MASK, 18)
    return x


def salsa_state(key, middle16):
    c, k, n = CHACHA, words(key), words(middle16)
    return [c[0]] + k[:4] + [c[1]] + n + [c[2]] + k[4:] + [c[3]]


def hsalsa(key, nonce16):
    x = salsa_rounds(salsa_state(key, nonce16))
    return struct.pack("<8I", *[x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)])


def xsalsa_stream(key, nonce24, length):
    sub, out, counter = hsalsa(key, nonce24[:16]), b"", 0
    while len(out) < length:
        state = salsa_state(sub, nonce24[16:] + struct.pack("<Q", counter))
        out += struct.pack("<16I", *[(a + b) & MASK for a, b in zip(salsa_rounds(state), state)])
        counter += 1
    return out[:length]


def reading_pair(seed):
    secret = hashlib.sha512(seed).digest()[:32]
    return x25519(secret, (9).to_bytes(32, "little")), secret


def box_stream(shared, nonce, length):
    return xsalsa_stream(hsalsa(shared, b"\0" * 16), nonce, length)


def box(key, reading_key, once):
    ephemeral, secret = reading_pair(once)
    stream = box_stream(x25519(secret, reading_key), blake2b(24, ephemeral + reading_key), 32 + len(key))
    text = xor(key, stream[32:])
    return ephemeral + poly1305(stream[:32], text) + text


def box_open(sealed, public, secret):
    """None: for another reader, or changed."""
    ephemeral, tag, text = sealed[:32], sealed[32:48], sealed[48:]
    stream = box_stream(x25519(secret, ephemeral), blake2b(24, ephemeral + public), 32 + len(text))
    return xor(text, stream[32:]) if poly1305(stream[:32], text) == tag else None


# --- the vectors ---

def lines(path):
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            yield ["" if part == "-" else part for part in line.split(" ")]


def payload_beside(folder):
    text = (folder / "header-data.txt").read_bytes().replace(b"key-epoch 0\n", b"key-epoch 1048577\n")
    return text[:text.rindex(b"payload ")]


def shown(data):
    return data.hex() or "-"


def make(folder):
    key, long = bytes(range(32)), bytes(i * 7 & 255 for i in range(300))
    texts = [(b"", b""), (b"", b"x"), (b"kepala", b""), (b"kepala", b"isi segmen"), (long[:16], long[:16]), (long[:17], long[:64]), (long, long[:65]), (b"a", long)]
    rows = ["# key, beside, plain, sealed: hex; - is none"]
    for at, (beside, plain) in enumerate(texts):
        used = key if at % 2 == 0 else key[::-1]
        rows.append(" ".join(shown(part) for part in (used, beside, plain, seal(used, beside, plain))))
    (folder / "sealing-seal.txt").write_text("\n".join(rows) + "\n")
    plain, beside = bytes(i * 5 & 255 for i in range(200)), payload_beside(folder)
    (folder / "sealing-payload.txt").write_text("# key, payload, sealed payload of the header header-data.txt with key epoch 1048577: hex\n" +
                                                " ".join(part.hex() for part in (key, plain, seal(key, beside, plain))) + "\n")
    rows = ["# reader's seed, reader's public key, ephemeral seed, key, box: hex"]
    for at in range(4):
        seed, once, used = bytes([at]) * 32, bytes([128 + at]) * 32, bytes((i * 11 + at) & 255 for i in range(32))
        public, _ = reading_pair(seed)
        rows.append(" ".join(shown(part) for part in (seed, public, once, used, box(used, public, once))))
    (folder / "sealing-box.txt").write_text("\n".join(rows) + "\n")


def check(folder):
    bad = seen = 0
    for key, beside, plain, sealed in lines(folder / "sealing-seal.txt"):
        key, beside, plain, sealed = map(bytes.fromhex, (key, beside, plain, sealed))
        spoiled = sealed[:-1] + bytes([sealed[-1] ^ 1])
        bad += seal(key, beside, plain) != sealed or seal_open(key, beside, sealed) != plain or seal_open(key, beside, spoiled) is not None
        seen += 1
    for seed, public, once, key, sealed in lines(folder / "sealing-box.txt"):
        seed, public, once, key, sealed = map(bytes.fromhex, (seed, public, once, key, sealed))
        pair = reading_pair(seed)
        bad += pair[0] != public or box(key, public, once) != sealed or box_open(sealed, *pair) != key or box_open(sealed, *reading_pair(once)) is not None
        seen += 1
    for key, plain, sealed in lines(folder / "sealing-payload.txt"):
        key, plain, sealed = map(bytes.fromhex, (key, plain, sealed))
        bad += seal(key, payload_beside(folder), plain) != sealed or seal_open(key, payload_beside(folder), sealed) != plain
        seen += 1
    print(f"{seen} vectors of sealing, {bad} wrong")
    return 1 if bad or seen < 13 else 0


def main():
    if sys.argv[1:2] == ["--make"]:
        make(pathlib.Path(sys.argv[2]))
        return 0
    return check(pathlib.Path(sys.argv[1]))


if __name__ == "__main__":
    sys.exit(main())
