#!/usr/bin/env python3
"""The benchmark program works, and its JSON says what its table says. Not how fast anything is.

  test_bench.py PROGRAM"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None


class Bench(unittest.TestCase):
    def run_bench(self, *args, code=0):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAM, '--folder', folder, *args], capture_output=True, text=True, cwd=folder, timeout=80)
            self.assertEqual(done.returncode, code, done.stderr)
            left = {p.name: p.read_text() for p in pathlib.Path(folder).iterdir() if p.is_file()}
            self.assertEqual([p.name for p in pathlib.Path(folder).iterdir() if p.is_dir()], [], 'a temporary folder was left')
        return done.stdout, done.stderr, left

    def test_a_quick_run_measures_everything_at_both_sizes(self):
        table, _, left = self.run_bench('--quick', '--json', 'out.json')
        data = json.loads(left['out.json'])
        figures = {f['figure']: f for f in data['figures']}
        for name in ('write_full write_normal write_bytes seal upload merge merge_rate merge_memory followed followed_cpu follow follow_whole store_tablet store_central store_whole take_over idle one '
                     'upload_50 segments').split():
            with self.subTest(figure=name):
                self.assertEqual([s['scale'] for s in figures[name]['sizes']], [1, 3])
                for size in figures[name]['sizes']:
                    self.assertGreater(size['jemput'], 0)
                    if size['budget'] is not None:
                        self.assertIn(size['met'], (True, False))
                        self.assertEqual(size['met'], size['missed_by'] == 0)
        self.assertEqual([s['budget'] for s in figures['merge_lock']['sizes']], [50, 50])
        self.assertEqual([s['jemput'] for s in figures['merge_rows']['sizes']], [400, 1200])
        self.assertNotIn('merge_memory_many', figures, 'so few rows are not many')
        for name in ('write_full', 'write_bytes', 'merge', 'extension', 'extension_cpu', 'store_tablet'):
            for size in figures[name]['sizes']:
                self.assertGreater(size['raw'], 0)
                self.assertGreater(size['ratio'], 0)
        self.assertGreater(figures['merge']['growth'], 0)
        self.assertIn('Central takes in all tablets', table)
        self.assertIn('<= 1.05 x raw', table)

    def test_bytes_are_the_same_on_every_run(self):
        names = ('seal_payload', 'seal_segment', 'upload', 'upload_edit', 'one_bytes', 'upload_50')
        runs = []
        for _ in range(2):
            out, _, _ = self.run_bench('--quick', '--scale', '1', '--only', 'field', '--shape', 'adminduk', '--json')
            runs.append({f['figure']: f['sizes'][0]['jemput'] for f in json.loads(out)['figures'] if f['figure'] in names})
        self.assertEqual(len(runs[0]), len(names))
        self.assertEqual(runs[0], runs[1])

    def test_wrong_options_are_refused(self):
        for args in (['--scale', '0'], ['--shape', 'round'], ['--only', 'half'], ['--nonsense'], ['more'], ['--tablets', '-1']):
            with self.subTest(args=args):
                self.assertNotEqual(self.run_bench(*args, code=1)[1], '')

    def test_help_says_what_the_options_are(self):
        out, _, _ = self.run_bench('--help')
        for option in ('--folder', '--quick', '--scale', '--json', '--shape', '--seed'):
            self.assertIn(option, out)


if __name__ == '__main__':
    PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
