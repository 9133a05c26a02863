// pages/hostile.mjs — texts that somebody typed on a tablet so that they would become more than texts (hostile.json): as the values of every free
// text of every answer. Each is to be read on the page as it was typed; no element comes of it, no script, no request, no dialog.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixtures, here, signIn, visit, watched } from './browser.mjs';
import { PLACES } from './places.mjs';

const all = JSON.parse(readFileSync(join(here, 'hostile.json'), 'utf8'));
/** As the browser shows white space: in one. */
const flat = (s) => s.replace(/[\s\u00a0\u0000-\u001f]+/g, ' ').trim();

/** What the page never makes: only a payload would. */
const MADE = '[data-hostile], script:not([type=module][src^="/assets/"]), iframe, object, embed, base, meta[http-equiv], form[action], '
  + 'a[href^="javascript" i], link[href*="invalid"]';

/** What the page has become: elements that only a payload makes, what a script of one leaves behind, and all that can be read. */
const look = (made) => ({
  made: [...document.querySelectorAll(made)].map((e) => e.outerHTML.slice(0, 120)),
  ran: window.hostile !== undefined || document.title === 'hostile',
  styled: [...document.querySelectorAll('[style]')].filter((e) => /expression|url\(/i.test(e.getAttribute('style'))).length,
  words: document.body.textContent,
});

/** Read `count` payloads on the given places, again and again until each was served. */
export async function read({ context, dist, places = Object.keys(PLACES), count = all.length, tell = () => {} }) {
  const texts = all.slice(0, count), folder = mkdtempSync(join(tmpdir(), 'jemput-hostile-'));
  writeFileSync(join(folder, 'texts.json'), JSON.stringify(texts));
  const server = await fixtures(dist, '--hostile', join(folder, 'texts.json'));
  const { page, faults } = await watched(context, server.origin);
  const shown = new Set();
  try {
    await signIn(page, server.origin, 'budi.santosa');
    for (let round = 0; round < 20 && shown.size < texts.length; round++) {
      for (const place of places) {
        await page.goto('about:blank');
        await visit(page, server.origin, PLACES[place]);
        const seen = await page.evaluate(look, MADE);
        assert.deepEqual(seen.made, [], place);
        assert.equal(seen.ran, false, place);
        assert.equal(seen.styled, 0, place);
        assert.deepEqual(faults.filter((f) => !f.includes('about:blank')), [], place);
        const words = flat(seen.words);
        texts.forEach((x) => { if (words.includes(flat(x))) shown.add(x); });
      }
      tell(`${shown.size} of ${texts.length} read after round ${round + 1}`);
    }
    const rest = texts.filter((x) => !shown.has(x));
    assert.deepEqual(rest, [], 'each was read on the page as it was typed');
  } finally {
    await page.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
  return shown.size;
}
