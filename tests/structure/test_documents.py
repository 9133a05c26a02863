#!/usr/bin/env python3
"""Documents say what is so: their links lead somewhere, the files that they and the sources name are there, README.md is short, engine/README.md has every
public header, tests/README.md every folder and suite.

  test_documents.py SOURCE"""
import pathlib
import re
import sys
import unittest

SOURCE = None
FOLDERS = 'engine', 'bindings', 'schema', 'tools', 'tests'
MADE = {'node_modules', 'dist', '__pycache__'}
CODE = r'\.(?:c|h|py|md|sql|js|java|kt|sh)'
README_LINES = 170


def text(path):
    return path.read_text(encoding='utf-8')


def files():
    return sorted(path for name in FOLDERS for path in (SOURCE / name).rglob('*') if not MADE & set(path.parts) and path.is_file())


def documents():
    return [SOURCE / 'README.md'] + [path for path in files() if path.suffix == '.md']


def ends(path):
    """How a path may be written: whole, or without some of the folders that it begins with."""
    parts = path.relative_to(SOURCE).parts
    return ['/'.join(parts[at:]) for at in range(len(parts))]


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

    def test_files_that_documents_and_sources_name_are_there(self):
        there = {end for path in files() for end in ends(path)}
        there |= {name for path in files() if path.name == 'meson.build' for name in re.findall(r"'([\w.-]+)'", text(path))}  # what a build makes
        count = 0
        for path in [SOURCE / 'README.md'] + files():
            if not re.fullmatch(CODE + r'|\.build', path.suffix):
                continue
            told = set(re.findall(r'(?<![\w/.<{-])(?:%s)/[\w./*-]+%s\b' % ('|'.join(FOLDERS), CODE), text(path)))
            if path.suffix == '.md':
                told |= set(re.findall(r'`([\w.*-]+(?:/[\w.*-]+)*%s)`' % CODE, text(path)))
            for name in told:
                count += 1
                with self.subTest(file=str(path.relative_to(SOURCE)), names=name):
                    self.assertTrue(name in there or (path.parent / name).exists() or any(pathlib.PurePath(end).match(name) for end in there if '*' in name))
        self.assertGreater(count, 500)

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
