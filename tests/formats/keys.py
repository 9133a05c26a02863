"""Key epochs as schema/formats/control.md and sealing.md have them, read from control segments alone: which keys the holder of a reading seed comes to.

A module: judge.py and the canaries' test use it."""
import hashlib
import struct

import sealed

OWN_MAX = (1 << 20) - 1  # an epoch that a device made for itself has no higher number


def records(payload):
    """(kind, lines as pairs) of each record of a control payload; blocks are left out."""
    while payload:
        head, _, rest = payload.partition(b"\n")
        word, kind, size = head.decode().split()
        assert word == "record"
        yield kind, [tuple(line.split(" ", 1)) for line in rest[:int(size)].decode().splitlines() if " " in line]
        payload = rest[int(size):]


def boxes(lines):
    """(reading key, box) of the lines `reader`, `key`, `box`."""
    values = [(word, bytes.fromhex(value)) for word, value in lines if word in ("reader", "key", "box")]
    assert [word for word, _ in values] == ["reader", "key", "box"] * (len(values) // 3)
    return [(values[at + 1][1], values[at + 2][1]) for at in range(0, len(values), 3)]


def check_of(space, number, key):
    return sealed.blake2b(32, b"jemput epoch" + space + struct.pack("<I", number), key)


def open_all(space, segments, seed):
    """{(number, maker or b""): key} for whoever has the seed. `segments`: (writer, payload) of all control segments."""
    public, secret = sealed.reading_pair(seed)
    found, checks, grants, wraps = {}, {}, [], []
    for writer, payload in segments:
        for kind, lines in records(payload):
            fields = dict(lines)
            if kind == "epoch":
                number = int(fields["epoch"])
                name = (number, writer if number <= OWN_MAX else b"")
                checks[name] = bytes.fromhex(fields["check"])
                grants += [(name, box) for key, box in boxes(lines) if key == public]
            elif kind == "grant":
                grants += [((int(fields["epoch"]), b""), box) for key, box in boxes(lines) if key == public]
            elif kind == "wrap":
                wraps.append((int(fields["epoch"]), bytes.fromhex(fields["maker"]), int(fields["under"]), bytes.fromhex(fields["sealed"])))
    for name, box in grants:
        key = sealed.box_open(box, public, secret)
        assert key is not None and check_of(space, name[0], key) == checks[name], name
        found[name] = key
    for number, maker, under, text in wraps:
        beside = b"jemput wrap" + space + maker + struct.pack("<II", number, under)
        key = sealed.seal_open(found[(under, b"")], beside, text) if (under, b"") in found else None
        if key is not None:
            assert check_of(space, number, key) == checks[(number, maker)]
            found[(number, maker)] = key
    return found


def payload_open(text, payload, keys):
    """The payload of a data segment before it was sealed; None: there is no key to it. `text`: its header."""
    fields = {line.split()[0]: line.split()[1:] for line in text.decode().splitlines() if line}
    number = int(fields["codec"][2])
    if number == 0:
        return payload
    key = keys.get((number, bytes.fromhex(fields["writer"][0]) if number <= OWN_MAX else b""))
    return None if key is None else sealed.seal_open(key, text[:text.rindex(b"payload ")], payload)


def segment_hash(text):
    return hashlib.blake2b(text, digest_size=32).digest()
