#!/usr/bin/env python3
"""What --help says, and how the program takes its options.

  test_help.py PROGRAM SCHEMA_FOLDER"""
import os
import re
import shutil

from case import COMMANDS, PROGRAM, PROGRAMS, Case, main

COMMON = {'json', 'store', 'pin-file', 'lang', 'help'}  # of every command of jemput itself: not in its usage


class Help(Case):
    def test_the_program_s_help_names_every_command_and_every_exit_code(self):
        for lang, word in (('en_US.UTF-8', 'Exit codes'), ('id_ID.UTF-8', 'Kode keluar')):
            out = self.out('--help', lang=lang)
            self.assertIn(word, out)
            for command in (*COMMANDS, *PROGRAMS):
                self.assertIn(f'\n  {command} ', out)
            listed = out.split('\n-s, ')[0].split('\n  -s, ')[0]
            self.assertEqual({len(found) for found in re.findall(r'^  [a-z-]+ +(?=\S)', listed, re.M)}, {15}, 'the summaries stand in one column')
            for word in ('init --hub hub.git', 'join tablet.undangan', 'recap'):
                self.assertIn(word, out)
            for number, name in ((18, 'JEMPUT_CORRUPT'), (16, 'JEMPUT_OFFLINE'), (23, 'JEMPUT_UPGRADE')):
                self.assertIn(f'{number}  {name}', out)

    def test_every_command_has_help_with_an_example_in_both_languages(self):
        for command in COMMANDS:
            self.assertIn('Example:\n  jemput ', self.out(command, '--help'))
            self.assertIn('Contoh:\n  jemput ', self.out(command, '--help', lang='id_ID'))
            self.assertEqual(self.out('help', command), self.out(command, '--help'))
        self.assertEqual(self.out('help', 'help'), self.out('--help'))
        self.assertIn("no command 'nosuch'", self.err(2, 'help', 'nosuch'))

    def usage_agrees_with_options(self, told, common):
        """The usage names each option that is listed below it, and no other; or says that there are many: [OPTION]…."""
        usage, options = told.split('\n\n')[0], set(re.findall(r'^  (?:-s, )?--([a-z-]+)', told.split('\nOptions:')[1], re.M)) - common
        named = set(re.findall(r'--([a-z-]+)', usage))
        self.assertEqual(named - options, set(), usage)
        if '[OPTION]…' not in usage:
            self.assertEqual(options - named, set(), usage)

    def test_the_usage_of_every_command_names_all_its_options(self):
        self.assertGreater(len(COMMANDS), 35)
        for command in COMMANDS:
            with self.subTest(command=command):
                self.usage_agrees_with_options(self.out(command, '--help'), COMMON)

    def test_the_usage_of_hub_central_and_console_names_all_their_options(self):
        tools = os.path.dirname(os.path.dirname(PROGRAM))
        path = ':'.join([f'{tools}/{name}' for name in PROGRAMS] + [os.environ['PATH']])
        self.assertEqual(set(PROGRAMS), {'hub', 'central', 'console'})
        for name in PROGRAMS:
            if not shutil.which(f'jemput-{name}', path=path):
                with self.subTest(program=name):
                    self.skipTest('it was not built')
                continue
            commands = re.findall(r'^  ([a-z]+) ', self.out(name, '--help', PATH=path).split('\n\n')[1], re.M)
            self.assertGreater(len(commands), 2)
            for command in commands:
                with self.subTest(program=name, command=command):
                    self.usage_agrees_with_options(self.out(name, command, '--help', PATH=path), {'help'})

    def test_a_misspelt_command_or_option_gets_a_suggestion(self):
        self.assertIn("did you mean 'import'?", self.err(2, 'imprt'))
        self.assertIn("mungkin 'status'?", self.err(2, 'sttaus', lang='id'))
        self.assertIn("did you mean '--dry-run'?", self.err(2, 'import', 'x.csv', '--dryrun'))
        self.assertNotIn('did you mean', self.err(2, 'qqqqqqqq'))

    def test_only_options_that_the_command_takes_are_suggested(self):
        for command in COMMANDS:
            takes = '--json ' in self.out(command, '--help')
            self.assertEqual("mungkin '--json'?" in self.err(2, command, '--jsn', lang='id'), takes, command)
            if not takes:
                self.assertIn("pilihan '--json' tidak dikenal\n", self.err(2, command, '--json', lang='id'))

    def test_help_uses_one_word_for_one_thing_and_ends_no_line_in_a_blank(self):
        for lang in ('id', 'en'):
            for args in (['--help'], *([c, '--help'] for c in COMMANDS)):
                out = self.out(*args, lang=lang)
                self.assertNotRegex(out, r'\.jemput\b|[Pp]engelola|diakui|txns')
                self.assertNotRegex(out, r'[ \t]\n')
        self.assertIn('Usage: jemput [-s STORE] status\n', self.out('status', '--help'))
        self.assertIn('undangan-ROLES-1.txt', self.out('invite', '--help'))
        self.assertIn('0,5 = 12 jam', self.out('invite', '--help', lang='id'))
        self.assertIn('UPDATE', self.out('held', '--help'))
        self.assertIn('UPDATE (or DELETE)', self.out('conflicts', '--help'))

    def test_help_fits_a_terminal_of_80_columns_but_for_examples_to_copy(self):
        for lang, example in (('id', '\nContoh:\n'), ('en', '\nExample:\n')):
            for args in (['--help'], *([c, '--help'] for c in COMMANDS)):
                for line in self.out(*args, lang=lang).split(example)[0].split('\n'):
                    self.assertLessEqual(len(line), 80, args)

    def test_wrong_use_is_exit_code_2(self):
        for args in ([], ['status'], ['-s'], ['--lang', 'fr', 'status'], ['-s', 'x', 'join'], ['-s', 'x', 'status', 'more'],
                     ['-s', 'x', 'recap', '--month', '2022-13'],
                     ['-s', 'x', 'sync', '--timeout', '0'], ['-s', 'x', 'invite'], ['-s', 'x', 'invite', '--role', 'petugas', '--days', 'x'],
                     ['-s', 'x', 'export'], ['-s', 'x', 'import', 'y', '--layout', 'z'], ['-s', 'x', 'log', '--writer', 'xyz'], ['version', '--out']):
            self.err(2, *args)

    def test_language_is_indonesian_unless_the_environment_says_english(self):
        for lang, indonesian in (('', True), ('id_ID.UTF-8', True), ('jv_ID', True), ('en_GB.UTF-8', False), ('C', False), ('C.UTF-8', False),
                                 ('POSIX', False)):
            self.assertEqual('Perintah:' in self.out('--help', lang=lang), indonesian, lang)
        self.assertIn('Perintah:', self.out('--lang', 'id', '--help', lang='en'))
        self.assertIn('Commands:', self.out('--help', lang='id', LC_ALL='en_US'))

    def test_version_is_known_to_people_and_programs(self):
        self.assertIn('SQLite', self.out('version'))
        self.assertEqual(set(self.json('version')), {'jemput', 'sqlite', 'libsodium', 'libcsv'})
        self.assertEqual(self.out('--version'), self.out('version'))


if __name__ == '__main__':
    main()
