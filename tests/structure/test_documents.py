#!/usr/bin/env python3
"""Documents say what is so: their links lead somewhere, README.md is short, engine/README.md has every public header, tests/README.md every folder and suite.

  test_documents.py SOURCE"""
import pathlib
import re
import sys
import unittest

SOURCE = None
README_LINES = 170


def text(path):
    return path.read_text(encoding='utf-8')


def documents():
    folders = [SOURCE / name for name in ('engine', 'bindings', 'schema', 'tools', 'tests')]
    return [SOURCE / 'README.md'] + sorted(path for folder in folders for path in folder.rglob('*.md') if 'node_modules' not in path.parts)


def anchor(heading):
    """As the usual Markdown viewers name a heading."""
    return re.sub(r'[^\w -]', '', heading.strip().lower()).replace(' ', '-')


def rows(document, heading):
    """The first cell of each row of the table below a heading that says so in its first row."""
    return re.findall(r'^\| (?:\[)?`([^`]+)`', text(SOURCE / document).split(heading)[1].split('\n\n')[0], re.M)


class Documents(unittest.TestCase):
    def test_links_lead_somewhere(self):
        count = 0
        for path in documents():
            for target in re.findall(r'\]\(([^)\s]+)\)', re.sub(r'```.*?```', '', text(path), flags=re.S)):
                if re.match(r'[a-z]+:', target):
                    continue
                file, _, part = target.partition('#')
                there = (path.parent / file) if file else path
                with self.subTest(document=str(path.relative_to(SOURCE)), link=target):
                    self.assertTrue(there.exists())
                    if part:
                        self.assertIn(part, [anchor(line) for line in re.findall(r'^#+ (.*)$', text(there), re.M)])
                    count += 1
        self.assertGreater(count, 100)

    def test_the_first_page_stays_a_map(self):
        self.assertLessEqual(len(text(SOURCE / 'README.md').split('\n')), README_LINES + 1, 'write it where it belongs, and link it')

    def test_every_public_header_has_its_row(self):
        included = re.findall(r'^#include <jemput/(\w+\.h)>', text(SOURCE / 'engine' / 'include' / 'jemput' / 'jemput.h'), re.M)
        there = {path.name for path in (SOURCE / 'engine' / 'include' / 'jemput').glob('*.h')} - {'jemput.h'}
        self.assertEqual(set(included), there)
        self.assertEqual(rows('engine/README.md', '| header |'), included)

    def test_every_room_has_its_row_in_build_order(self):
        order = re.findall(r"^subdir\('(\w+)'\)", text(SOURCE / 'engine' / 'meson.build'), re.M)
        self.assertGreater(len(order), 10)
        self.assertEqual([name.rstrip('/') for name in rows('engine/README.md', '| room |')], order)

    def test_every_folder_of_tests_and_every_suite_has_its_row(self):
        folders = {path.name for path in (SOURCE / 'tests').iterdir() if path.is_dir()} - {'__pycache__'}
        self.assertEqual({name.rstrip('/') for name in rows('tests/README.md', '| folder |')}, folders)
        suites = {name for path in SOURCE.rglob('meson.build') for name in re.findall(r"suite: '(\w+)'", text(path))}
        told = set(re.findall(r'^\| `\w+/` \| (\w+) \|', text(SOURCE / 'tests' / 'README.md'), re.M)) | {'schema'}
        self.assertEqual(told, suites)


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
