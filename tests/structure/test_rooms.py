#!/usr/bin/env python3
"""What no compiler holds to: which room uses which, where a third-party header stands, documents that are named, how wide a line is.

  test_rooms.py SOURCE"""
import pathlib
import re
import subprocess
import sys
import unittest

SOURCE = None
THIRD_PARTY = {'zlib.h': 'zlib', 'sodium.h': 'sodium', 'sqlite3.h': 'sqlite', 'git2.h': 'git2', 'pthread.h': 'threads'}
COLUMNS = 150
FILES_IN_SIGHT = 40


def text(path):
    return path.read_text(encoding='utf-8')


def rooms():
    return sorted(path.parent for path in (SOURCE / 'engine').glob('*/meson.build'))


def includes(room):
    return {found for path in room.rglob('*.[ch]') for found in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text(path), re.M)}


def public_headers():
    return sorted((SOURCE / 'engine' / 'include' / 'jemput').glob('*.h'))


def third_party(header):
    """The library that a header belongs to; None: not one of these."""
    return THIRD_PARTY.get(header) or ('git2' if header.startswith('git2/') else None)


def used(room):
    """The rooms and libraries whose headers a room includes."""
    names = {path.name for path in rooms()}
    own = {header.split('/')[0] for header in includes(room)} & names - {room.name}
    return own | {third_party(header) for header in includes(room)} - {None}


def named(room):
    lists = re.findall(r'^%s_uses = \[([^\]]*)\]' % room.name, text(room / 'meson.build'), re.M)
    assert len(lists) == 1, '%s: %d lists of what it uses' % (room.name, len(lists))
    return set(re.findall(r'\w+', lists[0]))


class Rooms(unittest.TestCase):
    def test_a_room_names_exactly_what_it_includes(self):
        self.assertGreater(len(rooms()), 10)
        for room in rooms():
            with self.subTest(room=room.name):
                self.assertEqual(named(room), used(room))

    def test_a_third_party_header_stands_in_one_room(self):
        for library in THIRD_PARTY.values():
            with self.subTest(library=library):
                self.assertEqual(len([room.name for room in rooms() if library in used(room)]), 1)

    def test_every_public_call_on_a_handle_asks_first_whether_it_is_locked(self):
        header = '\n'.join(text(path) for path in public_headers())
        names = set(re.findall(r'^JEMPUT_API enum jemput_status (\w+)\(struct jemput \*jemput', header, re.M)) - {'jemput_lock', 'jemput_unlock'}
        bodies = {}
        for path in (SOURCE / 'engine' / 'api').rglob('*.c'):
            bodies.update(re.findall(r'^enum jemput_status (\w+)\(struct jemput \*j,[^{;]*\{(.*?)^\}', text(path), re.M | re.S))
        self.assertGreater(len(names), 20)
        self.assertIn('engine_awake(j, err)', bodies['engine_look_begin'])
        for name in names:
            with self.subTest(name=name):
                self.assertIn(name, bodies)
                self.assertRegex(bodies[name], r'engine_(awake|unlocked)\(j, err\)|engine_look_begin\(j, |\bchange\(j, ',
                                 'begin with engine_awake(): see lock.c')

    def test_jemput_h_includes_every_public_header_and_each_is_installed(self):
        names = [path.stem for path in public_headers() if path.stem != 'jemput']
        included = re.findall(r'#include <jemput/(\w+)\.h>', text(SOURCE / 'engine' / 'include' / 'jemput' / 'jemput.h'))
        installed = re.search(r'^public_headers = \[([^\]]*)\]', text(SOURCE / 'engine' / 'api' / 'meson.build'), re.M).group(1)
        self.assertEqual(sorted(included), names)
        self.assertEqual(sorted(re.findall(r'\w+', installed)), sorted(names + ['jemput']))

    def test_every_public_header_compiles_alone_in_c_and_in_c_plus_plus(self):
        for path in public_headers():
            for language in (['-x', 'c', '-std=c11', '-Wpedantic'], ['-x', 'c++']):
                with self.subTest(header=path.name, language=language[1]):
                    made = subprocess.run(['cc', *language, '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-I', str(path.parent.parent), '-include',
                                           str(path), '-'], input='', text=True, capture_output=True)
                    self.assertEqual(made.returncode, 0, made.stderr)

    def test_the_public_headers_include_no_room(self):
        names = {path.name for path in rooms()}
        for header in includes(SOURCE / 'engine' / 'include' / 'jemput'):
            self.assertNotIn(header.split('/')[0], names)


    def test_every_command_of_the_program_is_in_its_list(self):
        folder = SOURCE / 'tools' / 'cli'
        made = sorted(name for path in (folder / 'commands').glob('*.c') for name in re.findall(r'^const struct command command_(\w+) = ', text(path), re.M))
        self.assertEqual(sorted(re.findall(r'&command_(\w+)', text(folder / 'commands.c'))), made)

    def test_no_folder_of_the_engine_holds_more_files_than_one_can_see(self):
        for folder in {path.parent for path in (SOURCE / 'engine').rglob('*.c')}:
            with self.subTest(folder=str(folder.relative_to(SOURCE))):
                self.assertLessEqual(len(list(folder.glob('*.c'))), FILES_IN_SIGHT, 'sort them into folders, one a noun')

    def test_a_room_of_folders_has_a_map_that_names_each_file_in_its_folder(self):
        mapped = 0
        for room in rooms():
            folders = {path.parent for path in room.rglob('*.c')} - {room}
            for folder in folders:
                with self.subTest(folder=str(folder.relative_to(SOURCE))):
                    row = re.findall(r'^\| \*\*%s/\*\* \|.*\| (.*) \|$' % folder.name, text(room / 'README.md'), re.M)
                    self.assertEqual([sorted(re.findall(r'`(\w+)`', names)) for names in row], [sorted(path.stem for path in folder.glob('*.c'))])
                    mapped += 1
        self.assertGreater(mapped, 30)

    def test_a_file_says_first_what_it_is_by_its_name(self):
        for path in sorted((SOURCE / 'engine').rglob('*.[ch]')):
            name = path.relative_to(SOURCE / 'engine')
            if name.parts[0] != 'include':
                with self.subTest(path=str(name)):
                    self.assertTrue(text(path).startswith(f'/* {name.as_posix()} — '))


class Words(unittest.TestCase):
    def test_every_format_that_is_named_has_its_document(self):
        formats, count = SOURCE / 'schema' / 'formats', 0
        places = [SOURCE / 'README.md']
        for folder in ('engine', 'schema', 'tests', 'tools', 'bindings'):
            places += [path for path in (SOURCE / folder).rglob('*') if path.suffix in ('.c', '.h', '.md', '.py', '.java', '.sql', '.build')]
        for path in places:
            names = re.findall(r'schema/formats/([\w-]+\.md)', text(path))
            if path.parent == formats:
                names += re.findall(r'(?<![\w/-])([\w-]+\.md)', text(path))
            for name in names:
                with self.subTest(path=str(path.relative_to(SOURCE)), name=name):
                    self.assertTrue((formats / name).is_file())
                    count += 1
        self.assertGreater(count, 50)

    def test_no_line_of_the_engine_is_wider_than_a_screen(self):
        for path in sorted((SOURCE / 'engine').rglob('*.[ch]')):
            for number, line in enumerate(text(path).split('\n'), 1):
                with self.subTest(place='%s:%d' % (path.relative_to(SOURCE), number)):
                    self.assertLessEqual(len(line), COLUMNS)


if __name__ == '__main__':
    SOURCE = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(argv=sys.argv[:1])
