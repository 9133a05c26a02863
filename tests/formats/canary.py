#!/usr/bin/env python3
"""Fifty people who do not exist go through a space, and whoever holds its hub looks for them in vain: in each file as it lies there, in each git object
unfolded, in names, refs, authors and messages, and in whatever reads as a payload. And one of them is forgotten: whoever has a copy of the hub from before,
and any store from after, with each key that is in it, finds that one no more.

    canary.py JEMPUT SCHEMA VECTORS     needs git
"""
import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest
import zlib

import decode
import keys

PEOPLE = [("Kenari Uji %s Nomor-%02d" % (word, n), "167499%02d0199%04d" % (n % 28 + 1, 7000 + n))
          for n, word in enumerate(("Cendrawasih", "Jalak", "Murai", "Gelatik", "Kutilang") * 10)]
REASON = "alasan Kenari yang tidak boleh bocor"


def flat(value):
    """All text and bytes in a decoded transaction, one after the other."""
    if isinstance(value, dict):
        return b"\n".join(flat(v) for v in value.values())
    if isinstance(value, (list, tuple)):
        return b"\n".join(flat(v) for v in value)
    if isinstance(value, bytes):
        return value
    return str(value).encode()


class Canary(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.at = pathlib.Path(cls.folder.name)
        cls.dictionary = decode.dictionary_of(VECTORS)
        cls.jemput("kantor", "init", "--hub", "hub.git")
        for n in ("1", "2"):
            cls.jemput("kantor", "invite", "--role", "petugas", "--hub", "hub.git", "--out", "undangan" + n)
            cls.jemput("tablet" + n, "join", "undangan" + n)
        cls.jemput("kantor", "invite", "--role", "kominfo", "--hub", "hub.git", "--out", "undangan3")
        cls.jemput("operator", "join", "undangan3")
        cls.write("tablet1", PEOPLE[:20])  # before anybody has let it in
        for who in ("tablet1", "kantor", "tablet1", "tablet2", "kantor", "tablet2", "operator", "kantor", "operator"):
            cls.jemput(who, "sync")
        cls.write("tablet1", PEOPLE[20:35])
        cls.write("tablet2", PEOPLE[35:])
        cls.jemput("tablet2", "sql", "BEGIN; SELECT jemput_note('%s'); UPDATE orang SET tempat_lahir = 'Uji' WHERE nama = '%s'; COMMIT" % (REASON, PEOPLE[40][0]))
        for who in ("tablet1", "tablet2", "kantor", "tablet1", "tablet2", "operator"):
            cls.jemput(who, "sync")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def jemput(cls, store, *args):
        done = subprocess.run([PROGRAM, "-s", store + ".jemput", *map(str, args)], cwd=cls.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              env={**{k: v for k, v in os.environ.items() if not k.startswith("LC_")}, "LANG": "id_ID.UTF-8"})
        assert done.returncode == 0, (store, args, done.stderr)
        return done.stdout

    @classmethod
    def write(cls, store, people):
        rows = ",".join("(jemput_id(), '%s', '%s')" % (name, nik) for name, nik in people)
        cls.jemput(store, "sql", "INSERT INTO orang(id, nama, nik) VALUES " + rows)

    @classmethod
    def git(cls, *args):
        return subprocess.run(["git", "-C", cls.at / "hub.git", *args], check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def objects(self):
        """(kind, bytes) of every git object, loose or packed, reachable or not."""
        out, found = self.git("cat-file", "--batch-all-objects", "--batch"), []
        while out:
            head, _, out = out.partition(b"\n")
            kind, size = head.decode().split()[1:]
            found.append((kind, out[:int(size)]))
            out = out[int(size) + 1:]
        return found

    def reads_as(self, blob):
        """What a payload holds; nothing for what is none."""
        try:
            return flat(decode.Payload(blob, self.dictionary).txns)
        except (decode.Damage, ValueError, IndexError, KeyError, UnicodeDecodeError, OverflowError):
            return b""

    def haystack(self):
        files = [path for path in (self.at / "hub.git").rglob("*") if path.is_file()]
        self.assertGreater(len(files), 5)
        objects = self.objects()
        self.assertGreater(sum(kind == "blob" for kind, _ in objects), 10)
        return (b"\n".join(path.read_bytes() for path in files) + str(files).encode() + b"\n".join(data for _, data in objects) +
                b"\n".join(self.reads_as(data) for kind, data in objects if kind == "blob") + self.git("for-each-ref") +
                self.git("log", "--all", "--format=fuller"))

    def found(self, haystack):
        """How many of the people, and of the words beside them, somebody finds."""
        return sum(word.encode() in haystack for name, nik in PEOPLE for word in (name, nik)) + (REASON.encode() in haystack)

    def keys_of(self, store):
        with contextlib.closing(sqlite3.connect(self.at / (store + ".jemput"))) as db:
            facts = dict(db.execute("SELECT name, value FROM jemput_fact WHERE name IN ('reading seed', 'space')"))
        return keys.open_all(facts["space"], [(bytes.fromhex(fields["writer"][0]), payload) for _, fields, payload in self.segments()
                                              if fields["codec"][0] == "0"], facts["reading seed"])

    def segments(self):
        for commit in self.git("rev-list", "--all").decode().split():
            text = self.git("log", "-1", "--format=%B", commit).rstrip(b"\n") + b"\n"
            yield text, {line.split()[0]: line.split()[1:] for line in text.decode().splitlines() if line}, self.git("cat-file", "blob", commit + ":segment")

    def data_opened(self, opened):
        return [keys.payload_open(text, payload, opened) for text, fields, payload in self.segments() if fields["codec"][0] == "1"]

    def test_everybody_who_reads_has_them_all(self):
        for store in ("kantor", "tablet1", "tablet2"):
            self.assertEqual(self.jemput(store, "sql", "SELECT count(*) AS n FROM orang WHERE nama LIKE 'Kenari%'", "--json").strip(), b'[{"n":50}]')
            self.assertEqual(self.found(flat([self.reads_as(plain) for plain in self.data_opened(self.keys_of(store))])), 101)

    def test_the_hub_holds_none_of_them(self):
        self.assertEqual(self.found(self.haystack()), 0)

    def test_the_same_search_finds_each_in_a_hub_whose_data_is_not_sealed(self):
        for plain in self.data_opened(self.keys_of("tablet1")):
            subprocess.run(["git", "-C", self.at / "hub.git", "hash-object", "-w", "--stdin"], input=plain, check=True, stdout=subprocess.DEVNULL)
        try:
            self.assertEqual(self.found(self.haystack()), 101)
        finally:
            self.git("prune", "--expire=now")

    def test_who_operates_the_space_holds_none_of_them_and_says_what_it_cannot_read(self):
        self.assertEqual(set(self.data_opened(self.keys_of("operator"))), {None})
        held = b"".join(path.read_bytes() for path in self.at.glob("operator.jemput*"))
        self.assertEqual(self.found(held), 0)
        self.assertIn("Butuh kunci", self.jemput("operator", "status").decode())
        self.assertIn(b'"unread":true', self.jemput("operator", "log", "--json").replace(b" ", b""))


class Forgotten(unittest.TestCase):
    """One row is forgotten; then each store syncs once."""
    NAME, NIK = "Kenari Yang Dilupakan", "1674990101997999"

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = pathlib.Path(folder.name)
        self.dictionary = decode.dictionary_of(VECTORS)
        (self.at / "schema.sql").write_text("CREATE TABLE warga(nik TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');")
        self.jemput("kantor", "init", "--schema", "schema.sql", "--hub", "hub.git")
        for n in "12":
            self.jemput("kantor", "invite", "--role", "petugas", "--hub", "hub.git", "--out", "undangan" + n)
            self.jemput("tablet" + n, "join", "undangan" + n)
        self.sync("kantor", "tablet1", "tablet2", "kantor")
        self.jemput("tablet1", "sql", "INSERT INTO warga VALUES('%s', '%s'), ('1674990202991111', 'Kenari Yang Tinggal')" % (self.NIK, self.NAME))
        self.sync("tablet1", "kantor", "tablet2")
        self.jemput("tablet2", "sql", "UPDATE warga SET nama = nama || ' (2)' WHERE nik = '%s'" % self.NIK)
        self.sync("tablet2", "kantor", "tablet1")

    def jemput(self, store, *args, code=0):
        done = subprocess.run([PROGRAM, "-s", store + ".jemput", *map(str, args)], cwd=self.at, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60,
                              env={**{k: v for k, v in os.environ.items() if not k.startswith("LC_")}, "LANG": "id_ID.UTF-8"})
        self.assertEqual(done.returncode, code, (store, args, done.stderr))
        return done.stdout if not code else done.stdout + done.stderr

    def sync(self, *stores):
        for store in stores:
            self.jemput(store, "sync")

    def git(self, repository, *args):
        return subprocess.run(["git", "-C", self.at / repository, *args], check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def segments(self, repository):
        """(header, its fields, payload) of each commit, whether a ref leads to it or not."""
        for line in self.git(repository, "cat-file", "--batch-all-objects", "--batch-check").decode().splitlines():
            commit, kind, _ = line.split()
            text = self.git(repository, "cat-file", "commit", commit).split(b"\n\n", 1)[1].rstrip(b"\n") + b"\n" if kind == "commit" else b""
            fields = {one.split()[0]: one.split()[1:] for one in text.decode().splitlines() if one}
            if "codec" in fields:  # the manifest of a bundle has none
                yield text, fields, self.git(repository, "cat-file", "blob", commit + ":segment")

    def keys_in(self, store, repository):
        """All that the store has, and all that the records hand to it: {(number, maker): [key]}."""
        with contextlib.closing(sqlite3.connect(self.at / (store + ".jemput"))) as db:
            facts = dict(db.execute("SELECT name, value FROM jemput_fact WHERE name IN ('reading seed', 'space')"))
            rows = db.execute("SELECT number, maker, key FROM jemput_epoch").fetchall()
        found = {}
        for number, maker, key in rows:
            found.setdefault((number, bytes(maker)), []).append(bytes(key))
        handed = keys.open_all(facts["space"], [(bytes.fromhex(fields["writer"][0]), payload) for _, fields, payload in self.segments(repository)
                                                if fields["codec"][0] == "0"], facts["reading seed"])
        for name, key in handed.items():
            found.setdefault(name, []).append(key)
        return found

    def objects_in(self, store):
        with contextlib.closing(sqlite3.connect(self.at / (store + ".jemput"))) as db:
            for size, data in db.execute("SELECT size, data FROM jemput_object"):
                yield data if len(data) == size else zlib.decompress(data)

    def found(self, store, repository):
        """How often somebody who holds this store and that copy of the hub finds the name or the NIK."""
        held = [path.read_bytes() for path in self.at.glob(store + ".jemput*")] + list(self.objects_in(store))
        held += [path.read_bytes() for path in (self.at / repository).rglob("*") if path.is_file()]
        at_hand = self.keys_in(store, repository)
        for text, fields, payload in self.segments(repository):
            if fields["codec"][0] != "1":
                held.append(payload)
                continue
            number = int(fields["codec"][2])
            name = (number, bytes.fromhex(fields["writer"][0]) if number <= keys.OWN_MAX else b"")
            for key in at_hand.get(name, []):
                plain = keys.payload_open(text, payload, {name: key})
                held.append(flat(decode.Payload(plain, self.dictionary).txns) if plain is not None else b"")
        return sum(word.encode() in one for word in (self.NAME, self.NIK) for one in held)

    def test_after_one_sync_of_each_store_nobody_finds_it_in_any_copy(self):
        stores = ("kantor", "tablet1", "tablet2")
        shutil.copytree(self.at / "hub.git", self.at / "stick.git")
        for store in stores:
            self.assertGreater(self.found(store, "stick.git"), 3)
        self.erase(*stores)
        for store in stores:
            self.assertEqual(self.found(store, "stick.git"), 0, store)
            self.assertEqual(self.found(store, "hub.git"), 0, store)
            self.assertEqual(self.jemput(store, "sql", "SELECT group_concat(nama) AS n FROM warga", "--json").strip(), b'[{"n":"Kenari Yang Tinggal"}]')
            self.jemput(store, "verify")
        self.sync("kantor")
        self.assertIn(b"Terhapus di 3 dari 3", self.jemput("kantor", "forget", "--report"))
        self.jemput("kantor", "invite", "--role", "petugas", "--hub", "hub.git", "--out", "undangan3")
        self.jemput("tablet3", "join", "undangan3")  # who begins from nothing, at a hub that has all there ever was
        self.sync("tablet3", "kantor", "tablet3", "kantor", "tablet3")
        self.assertEqual(self.jemput("tablet3", "sql", "SELECT group_concat(nama) AS n FROM warga", "--json").strip(), b'[{"n":"Kenari Yang Tinggal"}]')
        self.assertEqual(self.found("tablet3", "stick.git") + self.found("tablet3", "hub.git"), 0)

    def bundle_opened(self, bundle, repository):
        """The objects of a bundle, in a repository that may have more."""
        if not (self.at / repository).exists():
            subprocess.run(["git", "init", "-q", "--bare", self.at / repository], check=True)
        pack = (self.at / bundle).read_bytes().split(b"\n\n", 1)[1]
        subprocess.run(["git", "-C", self.at / repository, "unpack-objects", "-q"], input=pack, check=True, timeout=60)

    def erase(self, *stores):
        self.jemput("kantor", "forget", "warga", self.NIK, "--basis", "UU 27/2022 ps 8, surat 12")
        self.jemput("kantor", "sync")
        self.jemput("kantor", "checkpoint", "--days", "0")
        self.jemput("kantor", "checkpoint", "--backed-up")
        self.sync(*stores)

    def test_bundles_from_before_open_for_nobody_and_bring_nothing_back(self):
        stores = ("kantor", "tablet1", "tablet2")
        self.jemput("tablet2", "bundle", "make", "full.bundle", "--full")
        self.jemput("tablet2", "sql", "UPDATE warga SET nama = nama || ' (3)' WHERE nik = '%s'" % self.NIK)
        self.jemput("tablet2", "bundle", "make", "since.bundle", "--since-receipt")
        self.jemput("tablet1", "bundle", "take", "since.bundle")
        self.jemput("tablet1", "bundle", "make", "carried.bundle")  # with what tablet 1 carries for its colleague
        self.assertEqual(json.loads(self.jemput("tablet1", "bundle", "make", "again.bundle", "--json"))["carried"], 2)
        self.jemput("kantor", "bundle", "take", "carried.bundle")
        bundles = ("full", "since", "carried")
        for name in bundles:
            self.bundle_opened(name + ".bundle", name + ".git")
            for store in stores:
                self.assertGreater(self.found(store, name + ".git"), 3, (name, store))
        self.erase(*stores)
        self.jemput("tablet1", "bundle", "make", "after.bundle", "--full")
        for name in (*bundles, "after"):  # beside all records that there are: what they hand to a store, it may open
            shutil.copytree(self.at / "hub.git", self.at / (name + "-hub.git"))
            self.bundle_opened(name + ".bundle", name + "-hub.git")
            for store in stores:
                self.assertEqual(self.found(store, name + "-hub.git"), 0, (name, store))
        for store in stores:
            for name in bundles:
                self.jemput(store, "bundle", "take", name + ".bundle")
                self.assertEqual(self.found(store, name + "-hub.git"), 0, (name, store))
        self.sync(*stores, *stores)
        for store in stores:
            self.assertEqual(self.jemput(store, "sql", "SELECT group_concat(nama) AS n FROM warga", "--json").strip(), b'[{"n":"Kenari Yang Tinggal"}]')
            self.jemput(store, "verify")

    def test_what_was_refused_goes_with_the_row_and_who_was_revoked_is_named(self):
        stores = ("kantor", "tablet1")
        self.jemput("kantor", "device", "revoke", "3", "--reason", "left")
        self.jemput("tablet2", "sql", "BEGIN; UPDATE warga SET nama = nama || ' (3)' WHERE nik = '%s'; INSERT INTO warga VALUES('1674990404994444', 'Sebelahnya'); COMMIT" % self.NIK)
        self.jemput("tablet2", "sql", "INSERT INTO warga VALUES('1674990505995555', 'Segmen yang sama')")
        self.sync("tablet2", "kantor", "tablet1", "kantor")
        refused = json.loads(self.jemput("kantor", "refused", "--json"))
        self.assertEqual([one["gone"] for one in refused], [False, False])
        shutil.copytree(self.at / "hub.git", self.at / "stick.git")
        for store in stores:
            self.assertGreater(self.found(store, "stick.git"), 4)
        self.erase(*stores)
        for store in stores:
            self.assertEqual(self.found(store, "stick.git") + self.found(store, "hub.git"), 0, store)
            self.jemput(store, "verify")
        self.assertEqual([one["gone"] for one in json.loads(self.jemput("kantor", "refused", "--json"))], [True, True])
        self.assertIn("isinya sudah tidak ada", self.jemput("kantor", "refused").decode())
        self.assertIn("erased with a row that was forgotten", self.jemput("kantor", "adopt", refused[-1]["commit"][:8], "--reason", "x", code=20).decode())
        self.assertEqual([case["open"] for case in json.loads(self.jemput("kantor", "cases", "--json")) if case["kind"] == "revoked"], [False])
        self.jemput("tablet1", "sql", "INSERT INTO warga VALUES('1674990606996666', 'Sesudahnya')")
        self.sync("tablet1", "kantor")
        told = self.jemput("kantor", "forget", "--report").decode()
        self.assertIn("Terhapus di 2 dari 2 perangkat yang membaca.", told)
        self.assertIn("Di luar jangkauan: 1 perangkat yang dicabut.", told)
        gone, = [place for place in json.loads(self.jemput("kantor", "forget", "--report", "--json")) if place["revoked"]]
        self.assertEqual((gone["device_number"], gone["roles"], gone["reads"], gone["erased"]), (3, "petugas", True, False))
        self.assertIn("mungkin masih menyimpan salinan; tidak dapat membaca yang ditulis sejak masa kunci %d\n" % gone["sealed_since"], told)
        self.assertGreater(self.found("tablet2", "stick.git"), 4)  # and so it is
        since = {int(fields["codec"][2]) for _, fields, _ in self.segments("hub.git") if fields["codec"][0] == "1"}
        since = {number for number in since if number >= gone["sealed_since"]}
        self.assertTrue(since)
        self.assertEqual(since & {number for number, _ in self.keys_in("tablet2", "hub.git")}, set())

    def payloads(self, repository):
        return {payload for _, fields, payload in self.segments(repository) if fields["codec"][0] == "1"}

    def test_old_logs_are_taken_off_a_hub_and_nobody_misses_them(self):
        old = self.payloads("hub.git")
        self.erase("kantor", "tablet1", "tablet2", "kantor")
        self.git("hub.git", "pack-refs", "--all")
        self.assertIn(b"masih baru", self.jemput("kantor", "forget", "--prune-hub"))
        for path in (self.at / "hub.git" / "objects").rglob("*"):
            if path.is_file():
                os.utime(path, (path.stat().st_atime, path.stat().st_mtime - 3600))
        told = self.jemput("kantor", "forget", "--prune-hub", "--json")
        self.assertEqual(old & self.payloads("hub.git"), set(), told)
        self.git("hub.git", "fsck", "--full", "--strict")
        self.assertEqual(len(self.git("hub.git", "for-each-ref", "refs/heads/log").splitlines()), 3)
        self.jemput("tablet2", "sql", "INSERT INTO warga VALUES('1674990303993333', 'Sesudah')")
        self.jemput("kantor", "invite", "--role", "petugas", "--hub", "hub.git", "--out", "undangan3")
        self.jemput("tablet3", "join", "undangan3")
        self.sync("tablet2", "kantor", "tablet1", "tablet3", "kantor", "tablet3", "tablet2")
        for store in ("kantor", "tablet1", "tablet2", "tablet3"):
            self.assertEqual(self.jemput(store, "sql", "SELECT count(*) AS n FROM warga", "--json").strip(), b'[{"n":2}]', store)
            self.assertNotIn(b"hub", self.jemput(store, "cases", "--json"))
            self.jemput(store, "verify")
        self.assertEqual(old & self.payloads("hub.git"), set())


if __name__ == "__main__":
    PROGRAM, SCHEMA, VECTORS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    if not shutil.which("git"):
        print("no git here")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
