#!/usr/bin/env python3
"""The benchmark program works, and its JSON says what its table says. Not how fast anything is.

  test_bench.py PROGRAM [CENTRAL]"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

PROGRAM, CENTRAL = None, None
PEER = pathlib.Path(__file__).resolve().parent / 'peer.py'


class Bench(unittest.TestCase):
    def run_bench(self, *args, code=0, env=None):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([PROGRAM, '--folder', folder, *args], capture_output=True, text=True, cwd=folder, timeout=80, env=env)
            self.assertEqual(done.returncode, code, done.stderr)
            left = {p.name: p.read_text() for p in pathlib.Path(folder).iterdir() if p.is_file()}
            self.assertEqual([p.name for p in pathlib.Path(folder).iterdir() if p.is_dir()], [], 'a temporary folder was left')
        return done.stdout, done.stderr, left

    def test_a_quick_run_measures_everything_at_both_sizes(self):
        table, _, left = self.run_bench('--quick', '--json', 'out.json', *(['--central', CENTRAL] if CENTRAL else []))
        data = json.loads(left['out.json'])
        figures = {f['figure']: f for f in data['figures']}
        for name in ('write_full write_normal write_bytes sent_bytes seal upload merge merge_rate merge_memory followed followed_cpu follow follow_whole store_tablet store_central store_whole store_cut checkpoint cut take_over idle one '
                     'upload_50 segments check sign open read_p50 read_p999 save_p50 save_p999 trips_idle http_idle trips_up git_objects').split() + (['store_projected'] if CENTRAL else []):
            with self.subTest(figure=name):
                self.assertEqual([s['scale'] for s in figures[name]['sizes']], [1, 3])
                for size in figures[name]['sizes']:
                    self.assertGreater(size['jemput'], 0)
                    self.assertEqual((size['budget'], size['met']), (None, None), 'budgets are for other sizes')
        if CENTRAL: # of two runs the difference: on a machine that does other things, anything
            self.assertEqual([s['scale'] for s in figures['project']['sizes']], [1, 3])
        self.assertIn('No budget is judged at the small size', table)
        self.assertIn({'size': 'small', 'figure': 'merge_lock'}, data['open'])
        self.assertEqual([s['jemput'] for s in figures['trips_idle']['sizes'] + figures['trips_up']['sizes']], [1, 1, 2, 2])
        greeting = 2 * 0.6 + 4500 / 5000
        for size in figures['weak_link']['sizes']:
            self.assertGreater(size['jemput'], greeting + 2 * 0.6, 'the list, the push, and who greets before')
        for size, before in zip(figures['sent_bytes']['sizes'], figures['write_bytes']['sizes']):
            self.assertGreater(size['jemput'], before['jemput'])
            self.assertEqual(size['raw'], before['raw'])
        for name in ('csv_zlib', 'csv_zstd', 'csv_xz', 'git_json'):
            if name in figures: # else its program is not there
                self.assertGreater(figures[name]['sizes'][0]['raw'], 0)
        self.assertLess(figures['photo_bytes']['sizes'][0]['ratio'], 1.05)
        self.assertEqual(figures['photo_again']['sizes'][0]['jemput'], 0, 'what is there was sent again')
        for name in ('photo_send_memory', 'photo_take_memory'):
            self.assertLess(figures[name]['sizes'][0]['jemput'], 16)
        for size in figures['merge']['sizes']:
            self.assertLessEqual(size['jemput_min'], size['jemput'])
            self.assertLessEqual(size['jemput'], size['jemput_max'])
            self.assertEqual(size['samples'], 2)
        self.assertEqual([s['jemput'] for s in figures['merge_rows']['sizes']], [400, 1200])
        self.assertNotIn('merge_memory_many', figures, 'so few rows are not many')
        for name in ('write_full', 'write_bytes', 'merge', 'extension', 'extension_cpu', 'store_tablet'):
            for size in figures[name]['sizes']:
                self.assertGreater(size['raw'], 0)
                self.assertGreater(size['ratio'], 0)
        self.assertGreater(figures['merge']['growth'], 0)
        self.assertIsNone(figures['merge']['growth_met'], 'of other sizes')
        self.assertIn('Central takes in all tablets', table)

    def saved(self, folder, change=None, **size):
        """A run that is made up: a few figures and all that goes with them."""
        run = {'machine': {'processor': 'p', 'system': 's', 'disk': 'd', 'load_before': 0.1, 'load_after': 1, 'cores': 2}, 'when': '2026-01-02T03:04:05Z',
               'version': '1', 'compiler': 'c', 'sqlite': '3', 'libraries': 'l', 'missing': '', 'seed': 1, 'runs': 5,
               'photos': 400, 'sealed': False,
               'sizes': [{'size': 'small', 'work': 'reference', 'cells': 15, 'tablets': 10, 'applications': 1000}], 'figures': []}
        for name, value, samples in (('merge', 10, 5), ('merge_rate', 100000, 5), ('upload', 15, 10), ('take_over', 50, 1), ('idle', 4, 40),
                                     ('merge_memory', 14, 1), ('seal_segment', 1000, 10), ('photo_again', 0, 1), ('trips_up', 2, 5)):
            raw = {'raw': 5, 'raw_min': 4.9, 'raw_max': 5.1, 'ratio': value / 5, 'ratio_min': value / 5.2, 'ratio_max': value / 4.8} if name == 'merge' else {}
            spread = 0 if samples == 1 or name in ('upload', 'seal_segment', 'trips_up') else 0.1 * value
            run['figures'].append({'figure': name, 'sizes': [{'size': 'small', 'jemput': value, 'jemput_min': value - spread, 'jemput_max': value + spread,
                                                              'samples': samples, **raw}]})
        if change:
            change({f['figure']: f['sizes'][0] for f in run['figures']})
        for key, value in size.items():
            run['sizes'][0][key] = value
        path = pathlib.Path(folder) / ('after.json' if change else 'before.json')
        path.write_text(json.dumps(run))
        return path

    def compared(self, change, code):
        with tempfile.TemporaryDirectory() as folder:
            out, _, _ = self.run_bench('--from', self.saved(folder, change), '--compare', self.saved(folder), code=code)
        return [line.split() for line in out.split('Changed since')[1].splitlines() if ' was ' in line and line.split()[-1] in ('WORSE', 'better', 'changed')]

    def test_a_figure_has_changed_where_the_ranges_do_not_overlap(self):
        def slower(figures):
            figures['idle'].update(jemput=6, jemput_min=5.5, jemput_max=7)
            figures['merge'].update(ratio=1.5, ratio_min=1.4, ratio_max=1.6)
            figures['merge_rate'].update(jemput=130000, jemput_min=120000, jemput_max=140000)
            figures['upload'].update(jemput=14, jemput_min=14, jemput_max=14)
        self.assertEqual([(line[-1], line[-2]) for line in self.compared(slower, 3)],
                         [('better', '-6.7%'), ('better', '-25.0%'), ('better', '+30.0%'), ('WORSE', '+50.0%')])

    def test_noise_and_what_was_measured_once_are_no_change(self):
        def noisy(figures):
            figures['idle'].update(jemput=4.3, jemput_min=4.1, jemput_max=7)
            figures['take_over'].update(jemput=90, jemput_min=90, jemput_max=90)
            figures['upload'].update(jemput=15.1, jemput_min=15.1, jemput_max=15.1)
            figures['merge_memory'].update(jemput=20, jemput_min=20, jemput_max=20)
        self.assertEqual(self.compared(noisy, 0), [])

    def test_what_is_neither_better_nor_worse_has_changed(self):
        def other(figures):
            figures['seal_segment'].update(jemput=1100, jemput_min=1100, jemput_max=1100)
        self.assertEqual(self.compared(other, 0)[0][-1], 'changed')

    def test_what_was_nothing_and_is_something_has_no_percentage(self):
        def sent_again(figures):
            figures['photo_again'].update(jemput=1000, jemput_min=1000, jemput_max=1000)
        self.assertEqual(self.compared(sent_again, 3)[0][-2:], ['(0-0)', 'WORSE'])

    def shown(self, change=None, **size):
        """Table and figures of a run that is made up."""
        with tempfile.TemporaryDirectory() as folder:
            table, _, left = self.run_bench('--from', self.saved(folder, change, **size), '--json', 'out.json')
        data = json.loads(left['out.json'])
        return table, {f['figure']: f['sizes'][0] for f in data['figures']}, [o['figure'] for o in data['open']]

    def test_each_figure_is_judged_by_its_budget(self):
        table, figures, unjudged = self.shown(lambda figures: figures['merge'].update(ratio=2.2, ratio_min=2.1, ratio_max=2.3))
        self.assertEqual({name: (f['budget'], f['met']) for name, f in figures.items() if f['budget'] is not None},
                         {'merge': (2.0, False), 'upload': (64, True), 'merge_memory': (24, True), 'trips_up': (1, False)})
        self.assertAlmostEqual(figures['merge']['missed_by'], 0.1)
        self.assertRegex(table, r'merge, per application .* miss 10% .*<= 2 x raw')
        self.assertIn('check', unjudged)
        self.assertRegex(table, r'Open at the small size.* check')

    def test_growth_is_judged_where_both_sizes_are(self):
        with tempfile.TemporaryDirectory() as folder:
            run = json.loads(self.saved(folder).read_text())
            for applications, cost, met in ((10000, 4.3, True), (10000, 5, False), (9000, 5, None)):
                large = {'size': 'large', 'work': 'reference', 'cells': 15, 'tablets': 10, 'applications': applications}
                idle = {'size': 'large', 'jemput': cost, 'jemput_min': cost, 'jemput_max': cost, 'samples': 40}
                path = pathlib.Path(folder) / 'both.json'
                path.write_text(json.dumps({**run, 'sizes': [*run['sizes'], large], 'figures': [
                    {**f, 'sizes': [*f['sizes'], idle]} if f['figure'] == 'idle' else f for f in run['figures']]}))
                table, _, left = self.run_bench('--from', path, '--json', 'out.json')
                self.assertEqual(next(f['growth_met'] for f in json.loads(left['out.json'])['figures'] if f['figure'] == 'idle'), met)
                self.assertEqual('%.2f!' % (cost / 4) in table, met is False)
                path.write_text(path.read_text().replace('"idle"', '"follow"'))
                self.assertEqual('Missed: the feed, per row moved' in self.run_bench('--from', path)[0], met is False)

    def test_a_miss_that_stays_is_told_with_its_reason(self):
        table, _, _ = self.shown()
        self.assertRegex(table, r'Missed: 50 applications up.*the list goes before the push')
        self.assertNotIn('Missed: applications a second', table, 'that has no budget at this size')
        self.assertNotIn('Missed', self.shown(lambda figures: figures['trips_up'].update(jemput=1, jemput_min=1, jemput_max=1))[0])

    def test_budgets_are_for_the_sizes_and_the_work_that_they_speak_of(self):
        for size in ({'tablets': 2}, {'applications': 60}):
            table, figures, unjudged = self.shown(**size)
            self.assertEqual({f['met'] for f in figures.values()}, {None})
            self.assertIn('No budget is judged at the small size', table)
            self.assertIn('merge', unjudged)
        _, figures, unjudged = self.shown(work='adminduk')
        self.assertEqual((figures['upload']['met'], figures['merge']['met']), (None, True))
        self.assertIn('upload', unjudged)
        self.assertNotIn('merge', unjudged)

    def test_a_program_that_is_not_here_takes_no_budget_away_without_a_word(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ('sh', 'cat', 'wc', 'gzip'):
                (pathlib.Path(folder) / name).symlink_to(shutil.which(name))
            table, _, left = self.run_bench('--quick', '--scale', '1', '--only', 'field', '--json', 'out.json', env={'PATH': folder})
        self.assertIn('NOT HERE: zstd, xz, git with http-backend.', table)
        data = json.loads(left['out.json'])
        self.assertEqual(data['missing'], 'zstd, xz, git with http-backend')
        self.assertEqual({'upload_50', 'trips_up', 'weak_link'} - {o['figure'] for o in data['open']}, set())

    def test_fewer_a_second_are_worse(self):
        def slower(figures):
            figures['merge_rate'].update(jemput=70000, jemput_min=69000, jemput_max=71000)
        self.assertEqual(self.compared(slower, 3)[0][-1], 'WORSE')

    def test_what_was_saved_is_read_back_as_it_was(self):
        _, _, first = self.run_bench('--quick', '--only', 'write', '--json', 'out.json')
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'out.json'
            path.write_text(first['out.json'])
            again, _, _ = self.run_bench('--from', path, '--json')
        self.assertEqual([f['sizes'] for f in json.loads(again)['figures']][0][0]['jemput'], json.loads(first['out.json'])['figures'][0]['sizes'][0]['jemput'])
        for was, is_ in zip(json.loads(first['out.json'])['figures'], json.loads(again)['figures']):
            for key in ('jemput', 'jemput_min', 'jemput_max', 'ratio', 'ratio_min', 'ratio_max', 'met'):
                self.assertEqual(was['sizes'][0][key], is_['sizes'][0][key], (was['figure'], key))

    def test_a_file_that_is_no_saved_run_is_refused(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / 'x.json'
            for text in ('', '{}', '[1]', '{"figures":1}', 'nonsense', '{"figures":[],"sizes":[{"size":"huge","work":"reference"}]}'):
                path.write_text(text)
                with self.subTest(text=text):
                    self.assertIn('saved', self.run_bench('--from', path, code=1)[1])

    def test_the_picture_is_well_formed_and_draws_what_has_a_budget(self):
        with tempfile.TemporaryDirectory() as folder:
            _, _, left = self.run_bench('--from', self.saved(folder), '--json', 'a.json', '--plot', 'a.svg')
        picture = xml.etree.ElementTree.fromstring(left['a.svg'])
        words = ' '.join(''.join(t.itertext()) for t in picture.iter('{http://www.w3.org/2000/svg}text'))
        drawn = [f['what'] for f in json.loads(left['a.json'])['figures'] if f['sizes'][0]['budget'] is not None]
        self.assertEqual(len(drawn), 4)
        for what in drawn:
            self.assertIn(what, words)
        self.assertIn('= budget', words)

    def test_a_run_is_saved_with_its_note_in_three_files_that_say_the_same(self):
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as to:
            run = self.saved(folder)
            to = pathlib.Path(to) / 'saved'
            self.run_bench('--from', run, '--save', to, '--note', 'quiet & alone <2 cores>')
            left = {p.name: p.read_text() for p in to.iterdir()}
            self.assertEqual(sorted(left), ['run.json', 'run.svg', 'run.txt'])
            self.assertEqual(json.loads(left['run.json'])['note'], 'quiet & alone <2 cores>')
            self.assertIn('\nquiet & alone <2 cores>\n', left['run.txt'])
            picture = xml.etree.ElementTree.fromstring(left['run.svg'])
            self.assertIn('quiet & alone <2 cores>', [''.join(t.itertext()) for t in picture.iter('{http://www.w3.org/2000/svg}text')])
            again, _, _ = self.run_bench('--from', to / 'run.json')
            self.assertEqual(again, left['run.txt'], 'what was saved is told alike')
            self.assertIn('--save', self.run_bench('--from', run, '--save', pathlib.Path(folder) / 'missing' / 'too', code=1)[1])

    def test_a_peer_is_measured_on_the_same_work(self):
        out, _, _ = self.run_bench('--quick', '--scale', '1', '--only', 'peer', '--peer', PEER, '--json')
        figures = {f['figure']: f['sizes'][0] for f in json.loads(out)['figures']}
        self.assertEqual(sorted(figures), ['peer_central', 'peer_memory', 'peer_merge', 'peer_tablet', 'peer_trips', 'peer_upload', 'peer_write'])
        for name, size in figures.items():
            self.assertGreater(size['jemput'], 0, name)

    def test_a_peer_that_loses_rows_or_does_not_answer_is_found_out(self):
        with tempfile.TemporaryDirectory() as folder:
            peer = pathlib.Path(folder) / 'peer'
            for what, instead, why in (('size', """'{"tablet":1,"central":1,"rows":{"keluarga":1,"orang":2,"permohonan":3}}'""", '1 rows in keluarga instead of 122'),
                                       ('merge', '{}', 'lacks $.seconds'), ('sync', 'sent', 'no line of JSON'), ('write', '; exit 3', 'did not end well')):
                peer.write_text('#!/bin/sh\nif [ "$1" = %s ]; then echo %s; else exec "%s" "$@"; fi\n' % (what, instead, PEER))
                peer.chmod(0o755)
                with self.subTest(what=what):
                    self.assertIn(why, self.run_bench('--quick', '--scale', '1', '--runs', '1', '--only', 'peer', '--peer', peer, code=1)[1])

    def test_bytes_are_the_same_on_every_run(self):
        names = ('seal_payload', 'seal_segment', 'upload', 'upload_edit', 'one_bytes', 'upload_50')
        runs = []
        for _ in range(2):
            out, _, _ = self.run_bench('--quick', '--scale', '1', '--only', 'field', '--shape', 'adminduk', '--json')
            runs.append({f['figure']: f['sizes'][0]['jemput'] for f in json.loads(out)['figures'] if f['figure'] in names})
        self.assertEqual(len(runs[0]), len(names))
        for name in names:
            sealed_by_a_sync = not name.startswith('seal_') # while the clock flows, and the disk fills: it reports that
            self.assertAlmostEqual(runs[0][name], runs[1][name], delta=runs[0][name] / 100 if sealed_by_a_sync else 0, msg=name)

    def test_wrong_options_are_refused(self):
        for args in (['--scale', '0'], ['--shape', 'round'], ['--only', 'half'], ['--nonsense'], ['more'], ['--tablets', '-1'], ['--only', 'peer'], ['--from', 'missing.json']):
            with self.subTest(args=args):
                self.assertNotEqual(self.run_bench(*args, code=1)[1], '')

    def test_help_says_what_the_options_are(self):
        out, _, _ = self.run_bench('--help')
        for option in ('--folder', '--quick', '--scale', '--json', '--shape', '--seed'):
            self.assertIn(option, out)


if __name__ == '__main__':
    PROGRAM = pathlib.Path(sys.argv.pop(1)).resolve()
    CENTRAL = pathlib.Path(sys.argv.pop(1)).resolve() if len(sys.argv) > 1 and not sys.argv[1].startswith('-') else None
    unittest.main()
