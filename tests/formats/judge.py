#!/usr/bin/env python3
"""Who does not trust us checks a space: stock git its signatures, decode.py its headers, chains and payloads, from the documents alone.

    judge.py JEMPUT SCHEMA VECTORS     a space is made with the program, then judged in its hub; needs git and ssh-keygen
"""
import collections
import hashlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import decode
import keys

ZERO = "0" * 64
BYTES_TRIED = 40  # of each log's last commit; test_git_judge.c tries every byte of one


class Judge(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.at = pathlib.Path(cls.folder.name)
        sample = SCHEMA / "contoh" / "desember-2022.csv"
        cls.jemput("kantor", "init", "--hub", "hub.git")
        for n in ("1", "2"):
            cls.jemput("kantor", "invite", "--role", "petugas", "--scope", "16.74.05.1003", "--hub", "hub.git", "--out", "undangan" + n)
            cls.jemput("tablet" + n, "join", "undangan" + n)
        for who in ("kantor", "tablet1", "tablet2", "kantor", "tablet1", "tablet2"):
            cls.jemput(who, "sync")
        for n in ("1", "2"):
            cls.jemput("tablet" + n, "import", sample, "--only-petugas", n)
        for who in ("tablet1", "tablet2", "kantor", "tablet1", "kantor"):
            cls.jemput(who, "sync")
        cls.jemput("kantor", "signers", "--out", "signers")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def jemput(cls, store, *args):
        return subprocess.run([PROGRAM, "-s", store + ".jemput", *map(str, args)], cwd=cls.at, check=True, stdout=subprocess.PIPE, timeout=60).stdout

    def git(self, *args, ok=True, **more):
        done = subprocess.run(["git", "-C", self.at / "hub.git", "-c", "gpg.ssh.allowedSignersFile=%s" % (self.at / "signers"), *args],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, **more)
        if ok:
            self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout if ok else done.returncode

    def logs(self):
        refs = self.git("for-each-ref", "--format=%(refname)", "refs/heads/log/").decode().split()
        self.assertEqual(len(refs), 3)
        return refs

    def segment(self, commit):
        """Its header, the header's lines by word, its payload."""
        text = self.git("log", "-1", "--format=%B", commit).rstrip(b"\n") + b"\n"
        return text, {line.split()[0]: line.split()[1:] for line in text.decode().splitlines() if line}, self.git("cat-file", "blob", commit + ":segment")

    def keys_of(self, store):
        """What the device reads by, from its reading seed and the hub's control segments."""
        with sqlite3.connect(self.at / (store + ".jemput")) as db:
            seed = db.execute("SELECT value FROM jemput_fact WHERE name = 'reading seed'").fetchone()[0]
            space = db.execute("SELECT value FROM jemput_fact WHERE name = 'space'").fetchone()[0]
        segments = [self.segment(commit) for ref in self.logs() for commit in self.own_commits(ref)]
        return keys.open_all(space, [(bytes.fromhex(fields["writer"][0]), payload) for _, fields, payload in segments if fields["codec"][0] == "0"], seed)

    def own_commits(self, ref):
        """A log's own chain, oldest first."""
        return self.git("rev-list", "--first-parent", "--reverse", ref).decode().split()

    def test_git_accepts_every_log(self):
        remarks = [line for line in self.git("fsck", "--strict", "--full").decode().splitlines() if not line.startswith(("notice: ", "dangling "))]
        self.assertEqual(remarks, [])
        commits = self.git("rev-list", "--all").decode().split()
        self.git("verify-commit", *commits)
        shown = self.git("log", "--all", "--show-signature").decode()
        self.assertEqual(shown.count('Good "git" signature for '), len(commits))

    def test_git_refuses_each_log_with_a_byte_changed(self):
        for ref in self.logs():
            text = self.git("cat-file", "commit", ref)
            armor = range(text.index(b"gpgsig "), text.index(b"-----END SSH"))
            for at in range(0, len(text), len(text) // BYTES_TRIED):
                if at in armor and text[at:at + 1] in b"\n ":
                    continue  # git overlooks white space there; jemput does not
                bent = text[:at] + bytes([text[at] ^ 1]) + text[at + 1:]
                name = self.git("hash-object", "-w", "-t", "commit", "--literally", "--stdin", input=bent).decode().strip()
                self.assertNotEqual(self.git("verify-commit", name, ok=False), 0, "%s byte %d" % (ref, at))

    def test_headers_chain_and_payloads_are_as_the_documents_say(self):
        dictionary, counts, space = decode.dictionary_of(VECTORS), collections.Counter(), None
        opened = self.keys_of("tablet1")
        for ref in self.logs():
            previous = None
            for commit in self.own_commits(ref):
                text, fields, payload = self.segment(commit)
                decode.header_check(text)
                number = int(fields["writer"][6])
                self.assertEqual(fields["payload"], [str(len(payload)), hashlib.blake2b(payload, digest_size=32).hexdigest()])
                this = hashlib.blake2b(text, digest_size=32).hexdigest()
                if number == 0:
                    self.assertEqual((fields["space"][0], fields["previous"][0]), (ZERO, ZERO))
                    space = this
                else:
                    self.assertIn("/%s/" % fields["writer"][0], ref)
                    self.assertEqual(fields["previous"][0], previous or fields["space"][0])
                    counts[fields["space"][0]] += 1
                previous = this
                if fields["codec"][0] == "1":
                    self.assertNotEqual(fields["codec"][2], "0", "data in the clear")
                    transactions = decode.Payload(keys.payload_open(text, payload, opened), dictionary).txns
                    counts["changes"] += sum(len(t["changes"]) for t in transactions)
                    self.assertEqual(transactions, sorted(transactions, key=lambda t: t["stamp"]))
        self.assertEqual(set(counts), {space, "changes"})
        self.assertGreaterEqual(counts["changes"], 3 * 16)  # household, person, application, of two officers


    def test_every_device_that_reads_comes_to_the_same_keys_and_nobody_else_to_any(self):
        opened = [self.keys_of(store) for store in ("kantor", "tablet1", "tablet2")]
        self.assertGreaterEqual(len(opened[0]), 3)  # the space's, and one of each tablet before it was let in
        for other in opened[1:]:
            self.assertEqual(other, opened[0])
        segments = [self.segment(commit) for ref in self.logs() for commit in self.own_commits(ref)]
        self.assertEqual(keys.open_all(bytes(32), [(bytes.fromhex(f["writer"][0]), p) for _, f, p in segments if f["codec"][0] == "0"], bytes(32)), {})


if __name__ == "__main__":
    PROGRAM, SCHEMA, VECTORS = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), sys.argv[3]
    if not shutil.which("git") or not shutil.which("ssh-keygen"):
        print("no git or no ssh-keygen here")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1] + sys.argv[4:], verbosity=2)
