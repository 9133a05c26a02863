#!/usr/bin/env python3
"""bindings/android/README.md says what is so: its programs compile, the first one runs, its table of errors is the engine's, what it says
is left out is what is left out, its links lead somewhere.

  test_snippets.py SOURCE --javac JAVAC --jar JAR --library SO [--android JAR…] [--kotlin COMMAND…] [--write]

    --android   what programs marked `// needs: android` are compiled against; without it they are left out, and said to be
    --kotlin    a command that compiles: it gets an output folder, a class path and files. Without it the Kotlin programs are left out, and said to be
    --write     put the engine's table of errors into the page"""
import argparse
import ctypes
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

BEGIN = '<!-- errors: compared with the engine by tests/android/test_snippets.py -->\n'
HEAD = '| code | number | again? | safe? | what it says | what happened |\n|---|---|---|---|---|---|\n'
LEFT_OUT = '<!-- left out: compared with the headers by tests/android/test_snippets.py -->'
ARGS = None


def page():
    return ARGS.source / 'bindings' / 'android' / 'README.md'


def blocks(language):
    """(file name, what it needs or None, text) of each program on the page."""
    for body in re.findall(r'^```%s\n(.*?)^```$' % language, page().read_text(encoding='utf-8'), re.M | re.S):
        name = re.match(r'// file: (\w+\.\w+)\n', body)
        needs = re.match(r'// file: .*\n// needs: (\S+)\n', body)
        yield name.group(1) if name else None, needs.group(1) if needs else None, body


class Words(ctypes.Structure):
    _fields_ = [('what', ctypes.c_char_p), ('safe', ctypes.c_char_p), ('todo', ctypes.c_char_p)]


def error_rows():
    engine = ctypes.CDLL(str(ARGS.library))
    engine.jemput_status_name.restype = ctypes.c_char_p
    engine.jemput_status_words.restype = ctypes.POINTER(Words)
    code = 0
    while engine.jemput_status_name(code) != b'JEMPUT_UNKNOWN':
        says, happened = (engine.jemput_status_words(code, language)[0].what.decode() for language in (b'id', b'en'))
        again, safe = ('yes' if test(code) else 'no' for test in (engine.jemput_status_retryable, engine.jemput_status_safe))
        yield '| `%s` | %d | %s | %s | %s | %s |\n' % (engine.jemput_status_name(code).decode()[7:], code, again, safe, says, happened)
        code += 1


def table():
    return BEGIN + '\n' + HEAD + ''.join(error_rows()) + '\n'


def write():
    text = page().read_text(encoding='utf-8')
    at = text.index(BEGIN)
    end = text.index('\n\n', text.index(HEAD)) + 2 if HEAD in text else text.index('\n\n', at) + 2
    page().write_text(text[:at] + table() + text[end:], encoding='utf-8')


class Snippets(unittest.TestCase):
    def compile(self, folder, language, wanted, command):
        files = []
        for name, needs, body in blocks(language):
            if wanted(needs):
                (folder / name).write_text(body, encoding='utf-8')
                files.append(str(folder / name))
        self.assertTrue(files)
        done = subprocess.run(command + files, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def javac(self, folder, *more):
        return [ARGS.javac, '-Xlint:all,-options,-processing', '-Werror', '-proc:none', '-encoding', 'UTF-8', '--release', '8', '-d', str(folder),
                '-classpath', ':'.join([ARGS.jar, *more])]

    def test_each_program_says_which_file_it_is(self):
        names = [name for language in ('java', 'kotlin') for name, _, _ in blocks(language)]
        self.assertGreater(len(names), 7)
        self.assertNotIn(None, names)
        self.assertEqual(len(names), len(set(names)))

    def test_java_programs_compile_and_the_first_one_runs(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.compile(folder, 'java', lambda needs: needs is None, self.javac(folder))
            (folder / 'run').mkdir()
            java = str(pathlib.Path(ARGS.javac).resolve().parent / 'java')
            done = subprocess.run([java, '-Xcheck:jni', '-XX:TieredStopAtLevel=1', '-Djava.library.path=%s' % ARGS.library.parent, '-classpath',
                                   '%s:%s' % (ARGS.jar, folder), 'Hello'], cwd=folder / 'run', capture_output=True, text=True, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, '1 diterima pusat\nSiti Aminah\n'), done.stderr)

    def test_android_programs_compile(self):
        if not ARGS.android:
            self.skipTest('no android.jar: programs for Android are not compiled here')
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.compile(folder, 'java', lambda needs: needs == 'android', self.javac(folder, *ARGS.android))

    def test_kotlin_programs_compile(self):
        if not ARGS.kotlin:
            self.skipTest('no Kotlin compiler: programs in Kotlin are not compiled here')
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            self.compile(folder, 'kotlin', lambda needs: True, [*ARGS.kotlin, str(folder / 'out'), ':'.join([ARGS.jar, *ARGS.android])])

    def test_the_table_of_errors_is_the_engines(self):
        self.assertIn(table(), page().read_text(encoding='utf-8'), 'test_snippets.py … --write puts it in')

    def test_what_is_left_out_of_the_engine_is_listed_with_its_reason(self):
        headers = ARGS.source / 'engine' / 'include' / 'jemput'
        calls = {name for header in headers.glob('*.h') for name in re.findall(r'\b(jemput_\w+)\(', header.read_text(encoding='utf-8'))}
        native = ' '.join(path.read_text(encoding='utf-8') for path in (ARGS.source / 'bindings' / 'android' / 'jni').glob('*.[ch]'))
        text = page().read_text(encoding='utf-8')
        rows = text[text.index(LEFT_OUT):].split('\n\n')[1]
        told = re.findall(r'`(jemput_\w+)`', rows)
        self.assertEqual(len(told), len(set(told)))
        self.assertEqual(set(told), {name for name in calls if not re.search(r'\b%s\b' % name, native)})

    def test_links_lead_somewhere(self):
        text = page().read_text(encoding='utf-8')
        heads = {re.sub(r'[^\w -]', '', head.lower()).replace(' ', '-') for head in re.findall(r'^#+ (.*)$', text, re.M)}
        for link in re.findall(r'\]\(([^)]+)\)', text):
            with self.subTest(link=link):
                if link.startswith('#'):
                    self.assertIn(link[1:], heads)
                else:
                    self.assertTrue((page().parent / link).exists())


def main():
    global ARGS
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('source', type=pathlib.Path)
    parser.add_argument('--javac', required=True)
    parser.add_argument('--jar', required=True)
    parser.add_argument('--library', type=pathlib.Path, required=True)
    parser.add_argument('--android', nargs='*', default=[])
    parser.add_argument('--kotlin', nargs='*', default=[])
    parser.add_argument('--write', action='store_true')
    ARGS = parser.parse_args()
    ARGS.source = ARGS.source.resolve()
    ARGS.library = ARGS.library.resolve()
    if ARGS.write:
        write()
        return
    unittest.main(argv=sys.argv[:1])


if __name__ == '__main__':
    main()
