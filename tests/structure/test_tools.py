#!/usr/bin/env python3
"""What no compiler holds to in the programs of tools/ and bindings/linux: they see the engine by its public headers alone, a third-party header stands
where it is named here, the library of the office knows nothing of the console, SQL that is put together gets names by one function, and files and
functions fit a screen; and at the top of the tree stands what is known to stand there.

  test_tools.py SOURCE"""
import pathlib
import re
import sys
import unittest

from ccode import arguments, is_literal, without_comments

SOURCE = None
PROGRAMS = ('shared', 'cli', 'cli/commands', 'hub', 'central', 'console')
COLUMNS, FILE_LINES, FUNCTION_LINES = 150, 450, 60
LIBRARIES = {  # header: where it may stand
    'libpq-fe.h': r'central/(pg\w*|outbox\w*|auditpg|cmd_roles)\.[ch]',
    'jansson.h': r'console/\w+\.[ch]',
    'xlsxwriter.h': r'central/xlsx\.[ch]',
    'microhttpd.h': r'hub/\w+\.[ch]|central/watchhttp\.c|console/\w+\.[ch]',
    'csv.h': r'shared/csv_(reader|writer)\.[ch]', 'qrencode.h': r'shared/qr\.c', 'git2.h': None, 'zlib.h': None,
}
# pieces of SQL that are neither literals nor names, and why they may be added as they are
PIECES = {
    ('pgddl.c', 'what'): 'literals of its callers', ('pgddl.c', 'kind'): 'likewise', ('outboxrow.c', 'equals'): 'likewise',
    ('pgddl.c', 'value'): 'a literal of the schema that was looked at, character by character',
    ('pgbatch.c', 'create'): 'text of pgddl.c', ('pgmerge.c', 'alias'): 'literals of its callers', ('pgmerge.c', 'before'): 'likewise',
    ('auditpg.c', 'alias'): 'likewise', ('outboxrow.c', 'between'): 'likewise', ('litesql.c', 'between'): 'likewise',
    ('pgside.c', 'sides[side].columns'): 'likewise', ('auditside.c', 'sides[side].columns'): 'likewise',
    ('litesql.c', 'type_of(s->columns[i].affinity)'): 'literals of a table', ('litesql.c', 'type_of(c->affinity)'): 'likewise',
}


def text(path):
    return path.read_text(encoding='utf-8')


def program(name, *endings):
    return sorted(path for path in (SOURCE / 'tools' / name).glob('*') if path.suffix in (endings or ('.c', '.h')))


def included(path):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text(path), re.M)


def place(path):
    return str(path.relative_to(SOURCE / 'tools'))


class Includes(unittest.TestCase):
    def test_programs_see_the_engine_by_its_public_headers_alone(self):
        rooms = {path.name for path in (SOURCE / 'engine').iterdir() if path.is_dir()} - {'include'}
        public = {path.name for path in (SOURCE / 'engine' / 'include' / 'jemput').glob('*.h')}
        public |= {path.name for path in (SOURCE / 'bindings' / 'linux' / 'include' / 'jemput').glob('*.h')}
        count = 0
        for name in PROGRAMS:
            for path in program(name):
                for header in included(path):
                    count += 1
                    with self.subTest(place=place(path), header=header):
                        self.assertNotIn(header.split('/')[0] if '/' in header else '', rooms)
                        if header.startswith('jemput/'):
                            self.assertIn(header.split('/')[1], public)
        self.assertGreater(count, 500)

    def test_a_third_party_header_stands_where_it_is_named(self):
        for header, where in LIBRARIES.items():
            for name in PROGRAMS:
                for path in program(name):
                    if header in included(path):
                        with self.subTest(place=place(path), header=header):
                            self.assertRegex(place(path), '^(%s)$' % (where or '(?!)'))

    def test_what_is_shared_knows_none_of_the_programs(self):
        shared = {path.name for path in program('shared', '.h')}
        for path in program('shared'):
            for header in included(path):
                with self.subTest(place=place(path), header=header):
                    self.assertTrue('/' in header or header in shared or '<%s>' % header in text(path))

    def test_no_program_has_a_file_of_another_or_of_what_is_shared(self):
        for folder in PROGRAMS:
            build = (SOURCE / 'tools' / folder / 'meson.build')
            if build.exists():
                with self.subTest(place=place(build)):
                    self.assertEqual(re.findall(r"'\.\./(?:%s)/\w+\.c'" % '|'.join(PROGRAMS), text(build)), [])

    def test_the_office_knows_nothing_of_the_console(self):
        console = {path.name for path in program('console', '.h')} - {path.name for path in program('central', '.h')}
        for path in program('central'):
            for header in included(path):
                with self.subTest(place=place(path), header=header):
                    self.assertNotIn(header, console)


class Sql(unittest.TestCase):
    def test_what_is_added_to_sql_is_a_literal_or_a_piece_that_is_named_here(self):
        count, seen = 0, set()
        for path in program('central', '.c'):
            code = without_comments(text(path))
            for m in re.finditer(r'\bbuffer_(text|format)\(', code):
                args = arguments(code, m.end())
                if not re.fullmatch(r'&?sql|&m(->|\.)sql', args[0]):
                    continue
                count += 1
                numbers = not re.search(r'%(?!u|d|%)', args[1])
                with self.subTest(place=place(path), piece=args[1]):
                    seen.add((path.name, args[1]))
                    self.assertTrue((is_literal(args[1]) and (m.group(1) == 'text' or numbers)) or (path.name, args[1]) in PIECES
                                    or (args[1] == '" %s"' and args[2].startswith('pg_type_name(')),
                                    'a name gets in by pg_name() or lite_name(), a value by a parameter or pg_string()')
        self.assertGreater(count, 150)
        self.assertEqual(set(PIECES) - seen, set(), 'pieces that are added nowhere')

    def test_a_choice_and_a_literal_are_told_from_a_name(self):
        for piece in ('"a"', 'i ? " AND " : ""', 'a == B ? "x" : c ? "y" : "z"'):
            self.assertTrue(is_literal(piece), piece)
        for piece in ('t->name', 'i ? t->name : ""', 'name', 'f("a")'):
            self.assertFalse(is_literal(piece), piece)


class Top(unittest.TestCase):
    def test_nothing_stands_at_the_top_but_the_folders_and_files_that_are_known(self):
        names = {path.name for path in SOURCE.iterdir() if not path.name.startswith(('.', 'build'))}
        self.assertEqual(names, {'engine', 'bindings', 'schema', 'tools', 'tests', 'meson.build', 'meson_options.txt', 'README.md', 'LICENSE'})


class Pins(unittest.TestCase):
    """Debian's versions from which on the holes that are known of are mended (tools/android/sources takes the newest that the mirror has, and says so if it is older)."""
    MENDED = {'libgit2': ('1.5.1', 2), 'libsodium': ('1.0.18', 1), 'sqlite3': ('3.40.1', 2)}

    def test_libraries_that_are_built_in_have_the_known_holes_mended(self):
        pinned = {}
        for name, version, update in re.findall(r'  (\w+)_([\d.]+)\S*?\+deb12u(\d+)\.debian', text(SOURCE / 'tools/android/sources.sha256')):
            pinned.setdefault(name, []).append((tuple(map(int, version.split('.'))), int(update)))
        for name, (version, update) in self.MENDED.items():
            with self.subTest(library=name):
                self.assertGreaterEqual(max(pinned[name]), (tuple(map(int, version.split('.'))), update))


class Size(unittest.TestCase):
    def files(self):
        for folder, endings in (('tools/central', ('.c', '.h', '.sql', '.py')), ('tools/console', ('.c', '.h', '.sql', '.py')), ('tools/console/page', ('.js', '.css', '.mjs')),
                                ('tools/console/page/pages', ('.js',)), ('tests/office', ('.py',)), ('tests/office/pages', ('.mjs',))):
            for path in sorted((SOURCE / folder).glob('*')):
                if path.suffix in endings:
                    yield path

    def test_a_file_holds_one_thing_and_its_lines_fit_a_screen(self):
        for path in self.files():
            lines = text(path).split('\n')
            with self.subTest(path=str(path.relative_to(SOURCE))):
                self.assertLess(len(lines), FILE_LINES, 'split it')
                if path.suffix != '.sql' or path.parent.name == 'central':
                    self.assertEqual([n for n, line in enumerate(lines, 1) if len(line) > COLUMNS], [])

    def test_a_function_fits_a_screen(self):
        for path in self.files():
            if path.suffix != '.c':
                continue
            begin = None
            for number, line in enumerate(text(path).split('\n'), 1):
                if line == '{':
                    begin = number
                elif line == '}' and begin:
                    with self.subTest(place='%s:%d' % (path.relative_to(SOURCE), begin)):
                        self.assertLessEqual(number - begin - 1, FUNCTION_LINES)
                    begin = None


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
