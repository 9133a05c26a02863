#!/usr/bin/env python3
"""What the guard of the hot paths says of counts, whatever they are.

  test_guard.py GUARD"""
import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

GUARD = None
HERE, ELSEWHERE = {'compiler': 'gcc 12', 'sqlite': '3.40'}, {'compiler': 'gcc 13', 'sqlite': '3.40'}


def counts(toolchain=HERE, **instructions):
    paths = {'raw': (100000.0, None), 'write': (150000.0, 'raw'), 'merge': (200000.0, 'raw')}
    return {'toolchain': toolchain, 'paths': {name: {'operation': 'of ' + name, 'yardstick': yardstick, 'instructions': instructions.get(name, default),
                                                     'allocations': 10.0} for name, (default, yardstick) in paths.items()}}


class Guard(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.saved = self.folder / 'saved.json'
        self.saved.write_text(json.dumps({'sets': [counts()]}))

    def judge(self, counted, *args, code):
        judged = self.folder / 'counted.json'
        judged.write_text(json.dumps(counted))
        done = subprocess.run([sys.executable, GUARD, 'bench-paths', '--saved', self.saved, '--judge', judged, *args], capture_output=True, text=True)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def line(self, out, name):
        return next(line.split() for line in out.splitlines() if line.split()[:1] == [name])

    def test_a_path_that_costs_six_per_cent_more_fails_with_both_counts_and_the_way_to_save_it(self):
        out = self.judge(counts(write=159000.0), code=1)
        self.assertEqual(self.line(out, 'write'), ['write', '159000.0', '150000.0', '+6.0%', '10.00', '10.00', '1.59', 'DEARER'])
        self.assertNotIn('DEARER', self.line(out, 'merge'))
        self.assertRegex(out, r'FAILED: write\..* bench-paths --update')

    def test_four_per_cent_more_pass(self):
        self.assertNotIn('DEARER', self.judge(counts(write=156000.0, merge=207000.0), code=0))

    def test_what_has_become_cheaper_is_told_and_passes(self):
        self.assertEqual(self.line(self.judge(counts(merge=180000.0), code=0), 'merge')[-1], 'cheaper')

    def test_more_allocations_fail_at_the_same_count_of_instructions(self):
        counted = counts()
        counted['paths']['merge']['allocations'] = 10.4
        self.judge(counted, code=0)
        counted['paths']['merge']['allocations'] = 10.6
        self.assertIn('MORE ALLOCATIONS', self.judge(counted, code=1))

    def test_another_toolchain_is_named_and_judged_by_ratios(self):
        out = self.judge(counts(ELSEWHERE, raw=130000.0, write=195000.0, merge=260000.0), code=0)
        self.assertIn('THE SAVED COUNTS ARE OF ANOTHER TOOLCHAIN', out)
        self.assertIn('compiler: saved gcc 12, here gcc 13', out)
        self.assertEqual(self.line(out, 'write')[3], '+0.0%')

    def test_a_ratio_that_is_16_per_cent_higher_fails_on_another_toolchain(self):
        self.judge(counts(ELSEWHERE, raw=130000.0, write=195000.0 * 1.14, merge=260000.0), code=0)
        out = self.judge(counts(ELSEWHERE, raw=130000.0, write=195000.0 * 1.16, merge=260000.0), code=1)
        self.assertEqual(self.line(out, 'write')[-1], 'DEARER')

    def test_a_path_that_was_never_saved_or_is_not_counted_any_more_fails(self):
        counted = counts()
        counted['paths']['open'] = dict(counted['paths']['write'])
        self.assertIn('NEW', ' '.join(self.line(self.judge(counted, code=1), 'open')))
        del counted['paths']['open'], counted['paths']['merge']
        self.assertIn('GONE', ' '.join(self.line(self.judge(counted, code=1), 'merge')))

    def test_saving_keeps_a_set_for_each_toolchain(self):
        self.judge(counts(write=159000.0), '--update', code=0)
        self.judge(counts(ELSEWHERE, write=170000.0), '--update', code=0)
        self.assertEqual([(s['toolchain'], s['paths']['write']['instructions']) for s in json.loads(self.saved.read_text())['sets']],
                         [(HERE, 159000.0), (ELSEWHERE, 170000.0)])
        self.assertNotIn('ANOTHER', self.judge(counts(ELSEWHERE, write=170000.0), code=0))

    def test_saving_some_paths_leaves_the_others_as_they_were(self):
        counted = copy.deepcopy(counts(write=159000.0))
        del counted['paths']['merge']
        self.judge(counted, '--update', '--only', 'write', code=0)
        saved = json.loads(self.saved.read_text())['sets'][0]['paths']
        self.assertEqual((saved['write']['instructions'], saved['merge']['instructions']), (159000.0, 200000.0))

    def test_counts_that_were_never_saved_are_trouble(self):
        self.saved.unlink()
        self.assertIn('--update', self.judge(counts(), code=2))

    def test_a_path_that_callgrind_left_no_counts_of_is_trouble_and_not_dearer(self):
        for name, script in (('valgrind', 'echo \'{"path":"write","operation":"w","yardstick":null,"operations":1}\''), ('paths', 'echo "{}"')):
            (self.folder / name).write_text('#!/bin/sh\n%s\n' % script)
            (self.folder / name).chmod(0o755)
        done = subprocess.run([sys.executable, GUARD, self.folder / 'paths', '--saved', self.saved], env={'PATH': '%s:/usr/bin:/bin' % self.folder},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn('no counts of write', done.stdout)

    def test_without_valgrind_it_is_skipped_and_says_so(self):
        done = subprocess.run([sys.executable, GUARD, 'bench-paths'], env={'PATH': str(self.folder)}, capture_output=True, text=True)
        self.assertEqual(done.returncode, 77, done.stderr)
        self.assertIn('tools/setup test', done.stdout)


if __name__ == '__main__':
    GUARD = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main()
