#!/usr/bin/env python3
"""Limits on the size of outside data stand in engine/base/limits.h, and each is named by a test; others' headers define none beside it.

  test_limits.py SOURCE"""
import pathlib
import re
import sys
import unittest

SOURCE = None

# A header's own numbers: what a format or a word of memory fixes, and what the engine does, not what comes from outside.
OWN = {
    'JEMPUT_STAMP_MAX': 'what a stamp of 48 + 16 bits and SQLite can say',
    'JEMPUT_STAMPS_BYTES_MAX': 'what JEMPUT_SEGMENT_TXNS_MAX stamps take at most',
    'JEMPUT_PKT_BYTES_MAX': "git's own",
    'JEMPUT_SIGN_BYTES_MAX': 'a buffer for texts of ours',
    'JEMPUT_SIGNED_LINES_MAX': 'a buffer for texts of ours',
    'JEMPUT_MEDIA_SEALED_BYTES_MAX': 'a chunk, encrypted',
    'JEMPUT_RANGE_PAST_MAX': "a decoder's tail",
    'JEMPUT_STATEMENTS_MAX': 'a table in memory',
    'JEMPUT_PIN_WAIT_MS_MAX': 'a time',
    'JEMPUT_WATCH_RETRY_MS_MAX': 'a time',
    'JEMPUT_PREFIX_BYTES_MAX': 'what a sync sends at once',
    'JEMPUT_SEND_RETRIES_MAX': 'what a sync tries',
    'JEMPUT_MEDIA_RETRIES_MAX': 'what a sync tries',
    'JEMPUT_ITEM_TXNS_MAX': "what a checkpoint's writer puts into one item",
    'JEMPUT_ITEM_ROWS_MAX': "what a checkpoint's writer puts into one item",
    'JEMPUT_ITEM_BYTES_MAX': "what a checkpoint's writer puts into one item",
    'JEMPUT_ATTACHMENT_BYTES_MAX': 'public: chunks of an attachment, in limits.h, are its measure',
}
# Too much for a test, and why that may be.
UNTRIED = {
    'JEMPUT_MEDIA_COMMITS_MAX': 'a million commits; what happens there is told and loses nothing: the rest is asked for by the next sync',
    'JEMPUT_OBJECT_RATIO_MAX': 'tests/unit/test_hostile_pack.c measures what it is for: the memory that a bomb takes',
    'JEMPUT_STRANGER_BYTES_MAX': 'how much is fetched, not what is refused: the hub sends in pieces',
}


def text(path):
    return path.read_text(encoding='utf-8', errors='replace')


class Limits(unittest.TestCase):
    def test_each_limit_is_named_by_a_test(self):
        limits = set(re.findall(r'^    (JEMPUT_\w+?_(?:MAX|BYTES)) =', text(SOURCE / 'engine/base/limits.h'), re.M))
        named = set()
        for path in (SOURCE / 'tests').rglob('*'):
            if path.suffix in ('.c', '.h', '.py', '.java') and path.name != pathlib.Path(__file__).name:
                named |= set(re.findall(r'\bJEMPUT_\w+', text(path)))
        self.assertGreater(len(limits), 40)
        self.assertEqual(sorted(limits - named), sorted(UNTRIED))

    def test_no_header_has_a_limit_of_its_own(self):
        found = set()
        for path in (SOURCE / 'engine').rglob('*.h'):
            if path.name != 'limits.h':
                found |= set(re.findall(r'(?:#define|enum \{|,) (JEMPUT_\w+_MAX)\b', text(path)))
        self.assertEqual(sorted(found - set(OWN)), [])


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1))
    unittest.main()
