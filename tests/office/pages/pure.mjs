// pages/pure.mjs — what of the page can be told without a browser: letters that differ, and what a decision sends. Run by node, which builds the
// page.
//
//   node pure.mjs PAGE        PAGE: tools/console/page
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const load = (file) => import(pathToFileURL(join(resolve(process.argv[2]), file)).href);
const { marked, difference } = await load('diff.js');
const { decision, isDeletion, stillOpen } = await load('decide.js');
const { rowsOf } = await load('labels.js');
const { searchable, typed } = await load('asking.js');

const side = (n, value, shown = n === 1) => ({ side: n, shown, deleted: false, value });
const detail = (...groups) => ({ space: 1, tbl: 'orang', key: '0f', seen: '9c', groups });
const letters = ['A', 'B', ' ', '😀', 'é'];

const TESTS = {
  'the marked text is the text, and what is not marked stands in the other in the same order'() {
    let seed = 7;
    const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
    const word = () => Array.from({ length: random(12) }, () => letters[random(letters.length)]).join('');
    for (let i = 0; i < 3000; i++) {
      const a = word(), b = word(), parts = marked(a, b);
      assert.equal(parts.map((p) => p.text).join(''), a);
      const same = parts.filter((p) => p.same).map((p) => p.text).join('');
      let at = 0;
      if (b)
        [...same].forEach((c) => { at = [...b].indexOf(c, at) + 1; assert.ok(at > 0, `${a} / ${b}`); });
      if (a !== b && a && b)
        assert.ok(parts.some((p) => !p.same), `${a} / ${b}: nothing is marked`);
    }
  },
  'a letter that is missing leaves a mark without text where it was'() {
    assert.deepEqual(marked('SITI AMINA', 'SITI AMINAH'), [{ text: 'SITI AMINA', same: true }, { text: '', same: false }]);
    assert.deepEqual(difference('SITI AMINA', 'SITI AMINAH'), { more: [], less: ['H'] });
  },
  'very long values are compared as a whole'() {
    const long = 'A'.repeat(500);
    assert.deepEqual(marked(long, long + 'B'), [{ text: long, same: false }]);
  },
  'the version that is shown stays: every other value is named, each once'() {
    const group = { columns: ['nama'], sides: [side(1, { nama: 'A' }), side(2, { nama: 'B' }), side(3, { nama: 'B' })] };
    assert.deepEqual(decision(detail(group), [{ side: 1 }]), { space: 1, tbl: 'orang', key: '0f', seen: '9c', set: { nama: 'A' },
      hide: [{ column: 'nama', value: 'B' }] });
  },
  'another version is taken: neither it nor the shown one need be named'() {
    const group = { columns: ['nama'], sides: [side(1, { nama: 'A' }), side(2, { nama: 'B' }), side(3, { nama: 'C' })] };
    assert.deepEqual(decision(detail(group), [{ side: 3 }]).hide, [{ column: 'nama', value: 'B' }]);
  },
  'a value of one\'s own: all versions but the shown one are named; empty is null'() {
    const group = { columns: ['nik', 'nik_tertulis'], sides: [side(1, { nik: '1', nik_tertulis: null }),
      side(2, { nik: null, nik_tertulis: '2?' })] };
    const d = decision(detail(group), [{ own: { nik: '3', nik_tertulis: '' } }]);
    assert.deepEqual(d.set, { nik: '3', nik_tertulis: null });
    assert.deepEqual(d.hide, [{ column: 'nik', value: null }, { column: 'nik_tertulis', value: '2?' }]);
  },
  'a group without a choice stays as it is'() {
    const a = { columns: ['nama'], sides: [side(1, { nama: 'A' }), side(2, { nama: 'B' })] },
      b = { columns: ['rt'], sides: [side(1, { rt: '1' }), side(2, { rt: '2' })] };
    const d = decision(detail(a, b), [undefined, { side: 2 }]);
    assert.deepEqual([d.set, d.hide], [{ rt: '2' }, []]);
  },
  'values of a key are told apart by what is in them'() {
    const group = { columns: ['keluarga_id'], sides: [side(1, { keluarga_id: { blob: '0a' } }), side(2, { keluarga_id: { blob: '0b' } }),
      side(3, { keluarga_id: { blob: '0a' } })] };
    assert.deepEqual(decision(detail(group), [{ side: 1 }]).hide, [{ column: 'keluarga_id', value: { blob: '0b' } }]);
  },
  'a deletion against changes has no columns to choose between'() {
    assert.ok(isDeletion({ columns: [], sides: [side(1, null), { side: 2, deleted: true, value: null }] }));
    assert.ok(!isDeletion({ columns: ['nama'], sides: [side(1, { nama: 'A' })] }));
  },
};

TESTS['names below bars never run together, and stand in as few rows as they can'] = () => {
  const together = (widths, slot, rows) => widths.some((w, i) => widths.some((v, j) => j > i && (j - i) % rows === 0
    && i * slot + w / 2 >= j * slot - v / 2));
  let seed = 11;
  const random = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % n; };
  for (let i = 0; i < 2000; i++) {
    const widths = Array.from({ length: 1 + random(9) }, () => 5 + random(90)), slot = 10 + random(90), rows = rowsOf(widths, slot);
    assert.ok(rows === 0 || !together(widths, slot, rows), JSON.stringify([widths, slot, rows]));
  }
  assert.deepEqual([rowsOf([30, 30, 30], 40), rowsOf([30, 36, 36], 32), rowsOf([90, 90, 90, 90, 90], 20), rowsOf([], 10), rowsOf([500], 10)],
    [1, 2, 0, 1, 1]);
};

TESTS['what was signed waits until central tells of it, and a long wait is known'] = () => {
  const awaited = { '1/orang/a': { space: 1, n: 5, at_ms: 1000 }, '2/orang/b': { space: 2, n: 9, at_ms: 50000 } };
  assert.deepEqual(stillOpen({}, {}, 1e9), { open: [], late_ms: null });
  assert.deepEqual(stillOpen(awaited, { 1: 4 }, 60000), { open: ['1/orang/a', '2/orang/b'], late_ms: null });
  assert.deepEqual(stillOpen(awaited, { 1: 4 }, 121001), { open: ['1/orang/a', '2/orang/b'], late_ms: 1000 });
  assert.deepEqual(stillOpen(awaited, { 1: 5 }, 121001), { open: ['2/orang/b'], late_ms: null });
  assert.deepEqual(stillOpen(awaited, { 1: 5, 2: 10 }, 1e9), { open: [], late_ms: null });
};
TESTS['what is typed fits a header, and is cut between letters'] = () => {
  for (const letter of ['a', ' ', 'é', '世', '😀'])
    for (let n = 0; n < 1100; n += 7) {
      const text = letter.repeat(n), value = typed(text);
      assert.ok(value.length <= 1024 && text.startsWith(decodeURIComponent(value)), letter + n);
      assert.ok(value === encodeURIComponent(text) || value.length > 1024 - 12, letter + n);
    }
  assert.equal(decodeURIComponent(typed('a\ud800b')), 'a\ufffdb');
};
TESTS['what is too short to search by is known before the server is asked'] = () => {
  for (const q of ['siti', 'Ani', 'a b c', '16749965', '1674-9965', '07-000123', '7-1', 'O\'Neil', '世界人'])
    assert.ok(searchable(q), q);
  for (const q of ['ab', 'a', ' x ', '1234567', '12.34', '--', ''])
    assert.ok(!searchable(q), q);
};

let failed = 0;
for (const [name, test] of Object.entries(TESTS)) {
  try {
    test();
    console.log('ok - ' + name);
  } catch (e) {
    failed++;
    console.log(`not ok - ${name}\n${e.stack}`);
  }
}
console.log(`${Object.keys(TESTS).length - failed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
