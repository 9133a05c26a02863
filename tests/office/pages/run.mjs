// pages/run.mjs — all of what a browser can tell about the console's page, against the server of examples: a command of its own, since it takes
// minutes.
//
//   node run.mjs [DIST] [--shots FOLDER]      FOLDER: pictures of every page, light and dark, at 1280 and 360 px, in English, and on paper: to be
//                                             looked at
//
// Every page: nobody kept out (axe-core: nothing serious or critical) in both themes, at both widths, in both languages; nothing wider than a phone
// of 320 px, nothing out of sight at 1280; each role's own pages; 500 hostile texts read on every page; bytes that travel; no request to anywhere
// else; each page's main tasks.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { accessible, firstPage, fixtures, here, open, settled, signIn, visit, watched } from './browser.mjs';
import { check, end } from './checks.mjs';
import { PLACES } from './places.mjs';
import { TASKS } from './tasks.mjs';
import { read } from './hostile.mjs';

const args = process.argv.slice(2);
const shots = args.includes('--shots') ? args[args.indexOf('--shots') + 1] : null;
const dist = args[0] && !args[0].startsWith('--') ? args[0] : join(here, '../../../tools/console/page/dist');
const FIRST_PAGE_BYTES_MAX = 150 * 1024, PHONE = 320;
/** Pages that each role is shown; all but these are for others. */
const ROLES = { 'siti.rahmah': 8, 'kel.wonosari': 8, 'kominfo.jaga': 6 };
const figures = {};

const server = await fixtures(dist), chromium = await open();
if (shots)
  mkdirSync(shots, { recursive: true });

/** A page with somebody signed in; closed and checked for faults afterwards. */
async function as(account, work, options = {}) {
  await chromium.context.clearCookies();
  const { page, faults, requests } = await watched(chromium.context, server.origin);
  page.setDefaultTimeout(8000);
  await page.setViewportSize({ width: options.width || 1280, height: 800 });
  await page.emulateMedia({ colorScheme: options.theme || 'light' });
  try {
    await signIn(page, server.origin, account);
    await work(page, requests);
    assert.deepEqual(faults, []);
  } finally {
    await page.close();
  }
}

async function picture(page, name) {
  if (shots)
    await page.screenshot({ path: join(shots, name + '.png'), fullPage: true });
}

await check('the first page is within its budget', async () => {
  const page = await chromium.context.newPage();
  figures.first_page_bytes = await firstPage(page, server.origin);
  await page.close();
  assert.ok(figures.first_page_bytes > 0 && figures.first_page_bytes <= FIRST_PAGE_BYTES_MAX);
});

for (const theme of ['light', 'dark']) {
  for (const width of [1280, 360]) {
    await check(`every page keeps nobody out: ${theme}, ${width} px`, () => as('budi.santosa', async (page) => {
      for (const [name, place] of Object.entries(PLACES)) {
        await visit(page, server.origin, place);
        await picture(page, `${name}-${theme}-${width}`);
        assert.deepEqual(await accessible(page), [], name);
      }
    }, { theme, width }));
  }
}

await check('every page keeps nobody out: in English, and has all its words', () => as('budi.santosa', async (page) => {
  await page.getByRole('button', { name: 'English' }).first().click();
  await page.getByRole('heading', { name: 'Today' }).waitFor();
  for (const [name, place] of Object.entries(PLACES)) {
    await visit(page, server.origin, place);
    await picture(page, `${name}-english`);
    assert.deepEqual(await accessible(page), [], name);
    const keys = (await page.locator('main').innerText()).match(/\b(?:today|conflict|twins|held|device|look|audit|trouble|export)\.[a-z.]+\b/g);
    assert.equal(keys, null, name);
  }
  await page.getByRole('button', { name: 'Indonesia' }).first().click();
}));

await check('at 1280 px no table hides what is in it', () => as('budi.santosa', async (page) => {
  for (const [name, place] of Object.entries(PLACES)) {
    await visit(page, server.origin, place);
    const hidden = (all) => all.filter((t) => t.scrollWidth > t.clientWidth + 1).map((t) => t.scrollWidth - t.clientWidth);
    assert.deepEqual(await page.locator('.table-wrap').evaluateAll(hidden), [], name);
  }
}));

await check(`no page is wider than ${PHONE} px`, () => as('budi.santosa', async (page) => {
  for (const [name, place] of Object.entries(PLACES)) {
    await visit(page, server.origin, place);
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= PHONE, name);
  }
}, { width: PHONE }));

await check('what is printed has the page alone', () => as('budi.santosa', async (page) => {
  for (const name of ['rekap', 'satu', 'wilayah', 'kelurahan']) {
    await visit(page, server.origin, PLACES[name]);
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('.side').isVisible(), false);
    assert.equal(await page.locator('h1').isVisible(), true);
    await picture(page, `${name}-print`);
    await page.emulateMedia({ media: 'screen' });
  }
}, { width: 800 }));

for (const [account, places] of Object.entries(ROLES)) {
  await check(`${account} is shown the pages of that role alone`, () => as(account, async (page) => {
    const links = await page.locator('.nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    assert.equal(links.length, places);
    assert.equal(links.includes('#/permohonan'), account !== 'kominfo.jaga');
    for (const link of links) {
      await visit(page, server.origin, link);
      assert.deepEqual(await accessible(page), [], link);
    }
    await visit(page, server.origin, PLACES.perangkat);
    assert.equal(await page.getByRole('button', { name: 'Undang perangkat' }).count(), 0, 'none of them invites');
  }));
}

await check('every page is reached and left by the keyboard alone', () => as('budi.santosa', async (page) => {
  await page.reload(); // as one comes to it
  await settled(page);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.className), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  for (const link of await page.locator('.nav a').all()) {
    await link.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction((hash) => location.hash === hash && document.activeElement.tagName === 'H1', await link.getAttribute('href'));
    await settled(page);
  }
}));

for (const [name, task] of Object.entries(TASKS))
  await check(name, () => as('budi.santosa', (page, requests) => task({ page, origin: server.origin, requests, signIn })));

await check('a page that nobody sits at is warned, then signs out', async () => {
  await chromium.context.clearCookies();
  const { page } = await watched(chromium.context, server.origin);
  await page.clock.install();
  await signIn(page, server.origin, 'budi.santosa');
  await page.clock.fastForward(14 * 60e3);
  await page.getByText('Masih di sini?').waitFor();
  const said = page.getByRole('alert'), shown = page.locator('dialog [aria-hidden=true]', { hasText: 'detik' });
  const [once, first] = [await said.innerText(), await shown.innerText()];
  await page.clock.fastForward(10e3);
  await page.waitForFunction((text) => ![...document.querySelectorAll('dialog [aria-hidden=true]')].some((p) => p.innerText === text), first);
  assert.equal(await said.innerText(), once, 'read out once, not at every turn of the clock');
  await page.getByRole('button', { name: 'Tetap masuk' }).click();
  await page.clock.fastForward(13 * 60e3 - 30e3);
  assert.equal(await page.locator('.shell').count(), 1, 'who has answered stays');
  await page.clock.fastForward(3 * 60e3);
  await page.locator('input[autocomplete=username]').waitFor();
  await page.getByText('lama tidak dipakai').waitFor();
  await page.close();
});

await chromium.context.clearCookies();
await check('500 hostile texts are read on every page as they were typed', async () => {
  figures.hostile_texts = await read({ context: chromium.context, dist, tell: (line) => console.log('  ' + line) });
  assert.equal(figures.hostile_texts, 500);
});

await chromium.close();
await server.close();
console.log(JSON.stringify(figures));
end();
