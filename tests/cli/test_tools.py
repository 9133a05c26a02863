#!/usr/bin/env python3
"""The scripts beside the program.

  test_tools.py PROGRAM SCHEMA_FOLDER"""
import os
import pathlib
import subprocess

from case import Case, PROGRAM, SCHEMA, TOOLS, main


class Tools(Case):
    """The scripts beside the program, with stand-ins for what they would change on this machine."""

    def stand_in(self, name, script):
        (self.at / 'bin').mkdir(exist_ok=True)
        path = self.at / 'bin' / name
        path.write_text(f'#!/bin/sh\n{script}\n')
        path.chmod(0o755)

    def test_setup_asks_apt_no_questions_through_a_sudo_that_drops_the_environment(self):
        self.stand_in('id', 'echo 1000')
        self.stand_in('sudo', f'exec env -i PATH="$PATH" "$@"')
        self.stand_in('apt-get', f'echo "$DEBIAN_FRONTEND $1" >>"{self.at}/log"')
        self.stand_in('dpkg-query', 'exit 1')
        done = subprocess.run(['sh', TOOLS / 'setup', 'build'], capture_output=True, env={'PATH': f"{self.at / 'bin'}:{os.environ['PATH']}"},
                              timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.at / 'log').read_text().splitlines(), ['noninteractive update', 'noninteractive install'])

    def test_what_the_demo_suggests_at_its_end_works_in_folders_with_blanks_and_quotes(self):
        root = self.at / "akar 'satu'"
        (root / 'tools').mkdir(parents=True)
        (root / 'build').mkdir()
        (root / 'build' / 'build.ninja').touch()
        for program in ('cli/jemput', 'central/jemput-central', 'console/jemput-console'):
            built = pathlib.Path(PROGRAM).parent.parent / program
            if not built.exists():
                self.skipTest(f'{program} is not in this build: the demo needs it')
            (root / 'build' / 'tools' / program).parent.mkdir(parents=True)
            (root / 'build' / 'tools' / program).symlink_to(built)
        (root / 'schema').symlink_to(SCHEMA.parent)
        (root / 'tools' / 'demo').write_bytes((TOOLS / 'demo').read_bytes())
        for path in (root / 'tools' / 'setup', root / 'tools' / 'demo'):
            path.touch()
            path.chmod(0o755)
        self.stand_in('ninja', 'exit 0')
        self.stand_in('meson', f'echo "$*" >>"{self.at / "meson"}"')
        env = {**os.environ, 'PATH': f"{self.at / 'bin'}:{os.environ['PATH']}"}
        done = subprocess.run([root / 'tools' / 'demo', '--keep', self.at / "berkas 'dua'"], capture_output=True, env=env, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((self.at / 'meson').read_text(), f'setup --reconfigure {root}/build {root}\n', 'a folder without the console is looked at again')
        suggested = done.stdout.decode().split('Coba berikutnya:\n')[1].splitlines()
        self.assertEqual(len(suggested), 6)
        for line in suggested:
            tried = subprocess.run(['sh', '-c', line], capture_output=True, cwd='/', timeout=60)
            self.assertEqual(tried.returncode, 0, f'{line}\n{tried.stderr}')
            self.assertTrue(tried.stdout)


if __name__ == '__main__':
    main()
