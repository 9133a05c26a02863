#!/usr/bin/env python3
"""Each promise names the tests that prove it, and they are there: in engine/identity/threats.md, in the README's first list, in
tests/faults.md, which has each fault that was thought of once, and wherever a document names a proof.

  test_promises.py SOURCE"""
import pathlib
import re
import sys
import unittest

SOURCE = None


def tests():
    """The names of all tests that run: in C those that are in a program's list."""
    names = set()
    for path in (SOURCE / 'tests' / 'android').rglob('*.java'):
        names |= set(re.findall(r'@Test\b[^{]*?\bvoid (\w+)\(', path.read_text(encoding='utf-8')))
    for path in (SOURCE / 'tests').rglob('*.[cp]*'):
        text = path.read_text(encoding='utf-8', errors='replace')
        if path.suffix == '.c':
            names |= set(re.findall(r'cmocka_unit_test\w*\((\w+)', text))
        elif path.suffix == '.py':
            names |= set(re.findall(r'^    def (test_\w+)\(self', text, re.M))
    return names


FAULTS = 72


def faults():
    """(number, names of its tests, why something is not promised; '' = nothing says so)"""
    for item in bullets((SOURCE / 'tests' / 'faults.md').read_text(encoding='utf-8')):
        number = re.match(r'\*\*F(\d\d) [^*]+\*\*', item)
        proof = re.search(r'\*Proof:\*(.*?)(?=\*Not promised|\n## |\Z)', item, re.S)
        why = re.search(r'\*Not promised:\* (.*?)(?=\n## |\Z)', item, re.S)
        yield int(number.group(1)) if number else 0, re.findall(r'`(\w+)`', proof.group(1)) if proof else [], why.group(1) if why else ''


def bullets(text):
    return [item.strip() for item in re.split(r'^[-*] ', text, flags=re.M)[1:]]


def promises():
    """(where, promise, the names of its tests)"""
    threats = (SOURCE / 'engine' / 'identity' / 'threats.md').read_text(encoding='utf-8')
    readme = (SOURCE / 'README.md').read_text(encoding='utf-8')
    found = [('threats.md', item) for part in re.findall(r'^Promised[^\n]*:\n\n(.*?)(?=^Tested:|^Not promised:|^## |\Z)', threats, re.M | re.S) for item in bullets(part)]
    found += [('README.md', item) for item in bullets(readme.split('\n## ')[0])]
    for where, item in found:
        proof = re.search(r'Proof:\**(.*)\Z', item, re.S)
        yield where, item.split('\n')[0], re.findall(r'`(\w+)`', proof.group(1)) if proof else []


class Promises(unittest.TestCase):
    def test_each_promise_names_tests_that_are_there(self):
        names, count = tests(), 0
        self.assertGreater(len(names), 500)
        for where, promise, proofs in promises():
            with self.subTest(where=where, promise=promise[:60]):
                self.assertTrue(proofs, 'name the test that proves it')
                self.assertEqual([name for name in proofs if name not in names], [], 'no such test runs')
                count += 1
        self.assertGreater(count, 40)

    def test_every_proof_that_a_document_names_is_a_test_that_runs(self):
        names, count = tests(), 0
        for path in sorted(path for path in SOURCE.rglob('*.md') if 'node_modules' not in path.parts):
            for proof in re.findall(r'<!-- Proof: (.*?) -->', path.read_text(encoding='utf-8'), re.S):
                for name in re.findall(r'`(\w+)`', proof):
                    with self.subTest(document=str(path.relative_to(SOURCE)), name=name):
                        self.assertIn(name, names, 'no such test runs')
                        count += 1
        self.assertGreater(count, 30)

    def test_each_fault_has_its_line_with_tests_that_run_or_says_why_it_is_not_promised(self):
        names, found = tests(), list(faults())
        self.assertEqual([number for number, _, _ in found], list(range(1, FAULTS + 1)))
        for number, proofs, why in found:
            with self.subTest(fault=f'F{number:02}'):
                self.assertTrue(proofs or len(why) > 40, 'name the test that proves it, or say why it is not promised')
                self.assertEqual([name for name in proofs if name not in names], [], 'no such test runs')

    def test_each_fuzz_target_is_named(self):
        text = (SOURCE / 'engine' / 'identity' / 'threats.md').read_text(encoding='utf-8')
        named = set(re.findall(r'`(\w+)`', re.search(r'one target a decoder:(.*?)\. Each', text, re.S).group(1)))
        meson = (SOURCE / 'tests' / 'fuzz' / 'meson.build').read_text(encoding='utf-8')
        self.assertEqual(named, set(re.findall(r"^  '(\w+)': \[", re.search(r'fuzz_targets = \{(.*?)\n\}', meson, re.S).group(1), re.M)))

    def test_every_danger_says_what_is_promised_and_what_is_not(self):
        text = (SOURCE / 'engine' / 'identity' / 'threats.md').read_text(encoding='utf-8')
        for section in text.split('\n## ')[1:]:
            with self.subTest(section=section.split('\n')[0]):
                self.assertRegex(section, r'(?m)^Promised.*:$')
                self.assertRegex(section, r'(?m)^Not promised.*:$')


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
