#!/usr/bin/env python3
"""Deliberate bugs (tests/sim/mutations): each can still be made in the present source, says which rule it breaks, and changes one place of the engine.

  test_mutations.py SOURCE"""
import ast
import pathlib
import re
import sys
import unittest

SOURCE = None


def diffs():
    return sorted((SOURCE / 'tests' / 'sim' / 'mutations').glob('*.diff'))


def hunks(lines):
    """Of a unified diff: the lines that each hunk finds, and those that it leaves."""
    found = []
    for line in lines:
        if line.startswith('@@'):
            found.append(([], []))
        elif found and line[:1] in (' ', '-', ''):
            found[-1][0].append(line[1:])
        if found and line[:1] in (' ', '+', ''):
            found[-1][1].append(line[1:])
    return found


class Mutations(unittest.TestCase):
    def test_every_mutation_says_which_rule_it_breaks_and_changes_one_place_of_the_engine(self):
        self.assertGreaterEqual(len(diffs()), 30)
        for path in diffs():
            with self.subTest(name=path.name):
                text = path.read_text(encoding='utf-8')
                self.assertRegex(text, r'\ARule broken: [^\n]+\.\n(Found by: tests/\S+\n)?\n--- a/(engine/[\w/]+\.c)\n\+\+\+ b/\2\n@@ ')
                self.assertEqual(len(hunks(text.rstrip('\n').split('\n'))), 1)

    def test_every_mutation_can_be_made(self):
        for path in diffs():
            with self.subTest(name=path.name):
                text = path.read_text(encoding='utf-8')
                file = re.search(r'^--- a/(.+)$', text, re.M).group(1)
                source = (SOURCE / file).read_text(encoding='utf-8')
                for old, new in hunks(text.rstrip('\n').split('\n')):
                    self.assertNotEqual(old, new)
                    self.assertEqual(source.count('\n'.join(old) + '\n'), 1, 'make it anew for the present %s' % file)

    def test_the_scratch_copy_in_which_they_are_made_holds_all_that_the_build_reads(self):
        mutate = (SOURCE / 'tests' / 'sim' / 'mutate').read_text(encoding='utf-8')
        parts = ast.literal_eval(re.search(r'^PARTS = (.+)$', mutate, re.M).group(1))
        read = set(re.findall(r"^\s*subdir\('([\w/]+)'\)", (SOURCE / 'meson.build').read_text(encoding='utf-8'), re.M))
        self.assertGreaterEqual(len(read), 4)
        self.assertEqual(set(), {part.split('/')[0] for part in read} - set(parts))


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
