// pages/smoke.mjs — the page in one Chromium, in a few seconds, for every run of the tests: what people come for on each page, nobody kept out by a
// barrier, nothing that was typed on a tablet becomes part of the page, and not a byte more than the budget.
//
//   node smoke.mjs DIST        DIST: the built page
import assert from 'node:assert/strict';
import { accessible, firstPage, fixtures, here, open, signIn, visit, watched } from './browser.mjs';
import { join } from 'node:path';
import { check, end } from './checks.mjs';
import { PLACES } from './places.mjs';
import { TASKS } from './tasks.mjs';
import { read } from './hostile.mjs';

const FIRST_PAGE_BYTES_MAX = 150 * 1024;
const dist = process.argv[2] || join(here, '../../../tools/console/page/dist');

const server = await fixtures(dist), chromium = await open();
const { page, faults, requests } = await watched(chromium.context, server.origin);
page.setDefaultTimeout(5000);

await check('the first page is within its budget', async () => {
  const total = await firstPage(page, server.origin);
  assert.ok(total > 0 && total <= FIRST_PAGE_BYTES_MAX, `${total} bytes`);
});
await check('a wrong PIN is told in words, and so is a wait', async () => {
  await page.fill('input[autocomplete=username]', 'budi.santosa');
  await page.fill('input[autocomplete=current-password]', 'salah');
  await page.keyboard.press('Enter');
  await page.getByText('Nama akun atau PIN tidak cocok.').waitFor();
  await page.fill('input[autocomplete=current-password]', 'tunggu');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: /Tunggu \d+ detik/ }).waitFor();
});
await check('a script in the page itself is not run', async () => {
  await signIn(page, server.origin, 'budi.santosa');
  const ran = await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.ran = 1';
    document.body.append(script);
    return window.ran === 1;
  });
  assert.equal(ran, false);
  faults.length = 0; // the browser told of it on its console: that is what we wanted
});
for (const [name, task] of Object.entries(TASKS))
  await check(name, () => task({ page, origin: server.origin, requests, signIn }));
await check('three pages keep nobody out', async () => {
  for (const place of ['hari_ini', 'bentrok', 'permohonan']) {
    await visit(page, server.origin, PLACES[place]);
    assert.deepEqual(await accessible(page), [], place);
  }
});
await check('nothing but the console was asked, nothing failed', async () => assert.deepEqual(faults, []));
await chromium.context.clearCookies();
await check('texts that want to be markup are texts', () => read({ context: chromium.context, dist, places: ['permohonan', 'bentrok'], count: 40 }));

await chromium.close();
await server.close();
end();
