// pages/pure.mjs — what of the page can be told without a browser: letters that differ, and what a decision sends. Run by node, which builds the
// page.
//
//   node pure.mjs PAGE        PAGE: tools/console/page
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const load = (file) => import(pathToFileURL(join(resolve(process.argv[2]), file)).href);
const { marked, difference } = await load('diff.js');
const { decision, isDeletion } = await load('decide.js');

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
