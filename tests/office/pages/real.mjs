// pages/real.mjs — against the real console: a decision from the screen to the tablet, and whatever else its Python side (../test_pages.py) asks for.
//
//   node real.mjs ORIGIN PIN [TASK ACCOUNT MORE]...       prints what each found as one line of JSON
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { firstPage, here, open, settled, signIn, visit, watched } from './browser.mjs';

/** As the browser shows white space: in one. */
const flat = (s) => s.replace(/[\s\u00a0\u0000-\u001f]+/g, ' ').trim();
const MERGED_MS = 20000; // central looks each second; then the page is told

const TASKS = {
  /** Decide the conflict of a person's name for the version that is not shown, and wait until central has merged it. */
  async decide(page, origin, key) {
    await visit(page, origin, '#/rekonsiliasi');
    await page.getByRole('link', { name: /SITI AMINA/ }).click();
    await settled(page);
    assert.match(page.url(), new RegExp(key));
    const kept = page.locator('.side-card', { hasText: 'disimpan, tidak tampil' }).first();
    const value = (await kept.locator('.value').innerText()).trim();
    await kept.getByRole('radio').check();
    await page.getByLabel('Alasan', { exact: true }).fill('sesuai akta');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Menunggu pusat').first().waitFor();
    await page.getByText(/\d+ keputusan .* menunggu pusat/).waitFor({ state: 'detached', timeout: MERGED_MS });
    await visit(page, origin, '#/rekonsiliasi?berat=1');
    await page.getByText('Tidak ada bentrok').waitFor();
    return { value };
  },

  /** What an administrator does in a day: a file with a reason, a check of the logs, a code for a new tablet, a lost one revoked. */
  async errands(page, origin, lost) {
    await visit(page, origin, '#/rekap?bulan=2022-12');
    await page.getByRole('button', { name: 'Ekspor Rekap bulanan, CSV' }).click();
    await page.getByLabel('Alasan', { exact: true }).fill('laporan');
    const file = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Unduh' }).click();
    const name = (await file).suggestedFilename();
    const bring = (text, coding) => page.setInputFiles('input[type=file]', { name: 'daftar.csv', mimeType: 'text/csv',
      buffer: Buffer.from('tanggal,layanan,nama\n2022-12-21,KIA,' + text, coding) });
    await bring('S\u00e9tianto Raharjo', 'latin1'); // as a spreadsheet of today still saves it
    await page.getByRole('button', { name: 'Coba dulu' }).click();
    await page.getByText(/bukan teks UTF-8|not UTF-8 text/).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Masukkan/ }).count(), 0);
    await bring('S\u00e9tianto Raharjo', 'utf8');
    await page.getByRole('button', { name: 'Coba dulu' }).click();
    await page.getByRole('button', { name: 'Masukkan 1 baris' }).click();
    await page.getByText('Daftar masuk').first().waitFor();
    await visit(page, origin, '#/audit');
    await page.getByRole('button', { name: 'Periksa sekarang' }).click();
    await page.getByText('Semuanya sesuai').waitFor({ timeout: MERGED_MS });
    await visit(page, origin, '#/perangkat');
    await page.getByRole('button', { name: 'Undang perangkat' }).click();
    await page.getByLabel(/^Petugas lapangan/).check();
    await page.getByLabel('Wilayah', { exact: true }).selectOption('Seluruh ruang');
    await page.getByRole('button', { name: 'Buat undangan' }).click();
    await page.locator('img.qr').waitFor();
    assert.ok(await page.locator('img.qr').evaluate((i) => i.decode().then(() => i.naturalWidth > 0)));
    await page.getByRole('button', { name: 'Selesai' }).click();
    await visit(page, origin, `#/perangkat/hilang/1/${lost}`);
    await page.getByLabel(/^Dicuri/).check();
    await page.getByRole('button', { name: 'Lanjut' }).click();
    await page.getByRole('button', { name: 'Lihat akibatnya' }).click();
    await page.getByText('Tetap sah').waitFor();
    await page.getByRole('button', { name: /^Cabut/ }).click();
    await page.getByText('Tablet pengganti').waitFor({ timeout: MERGED_MS });
    return { name };
  },

  /** What is seen on each page by this role: the places of the menu, and whether anything went wrong there. */
  async look(page, origin) {
    const places = await page.locator('.nav a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    const findings = [];
    for (const place of places) {
      await visit(page, origin, place);
      if (await page.locator('.box-bad').count())
        findings.push(`${place}: ${await page.locator('.box-bad').first().innerText()}`);
    }
    return { places, findings };
  },

  /** Another account signs in beside this page: what was typed here (a new PIN) stays, and is not done to the other one. */
  async beside(page, origin, other) {
    await visit(page, origin, '#/akun');
    const fields = [['PIN sekarang', pin], ['PIN baru', 'lain-sama-sekali'], ['PIN baru sekali lagi', 'lain-sama-sekali']];
    for (const [label, value] of fields)
      await page.getByLabel(label, { exact: true }).fill(value);
    const second = await page.context().newPage();
    await second.goto(origin + '/');
    const status = await second.evaluate(async (body) => (await fetch('/api/sign-in', { method: 'POST', body: JSON.stringify(body),
      headers: { 'Content-Type': 'application/json' } })).status, { account: other, pin });
    await second.close();
    await page.locator('form button[type=submit]').last().click();
    await page.getByText('Di peramban ini sekarang masuk').waitFor();
    const kept = await page.getByLabel('PIN baru', { exact: true }).inputValue();
    await page.context().clearCookies();
    await signIn(page, origin, other, pin); // with the PIN that it had
    return { status, kept };
  },

  /** Texts that ../typed.py typed on a tablet: in the list, in conflicts of the given persons, and in applications. Each as it was typed. */
  async hostile(page, origin, keys) {
    const texts = JSON.parse(readFileSync(join(here, 'hostile.json'), 'utf8'));
    const seen = { made: 0, ran: 0, pages: 0, words: '' };
    const look = async () => {
      const found = await page.evaluate(() => ({ made: document.querySelectorAll('[data-hostile], iframe, object, embed, base').length,
        ran: Number(window.hostile !== undefined), words: document.body.textContent }));
      seen.made += found.made;
      seen.ran += found.ran;
      seen.words += found.words;
      seen.pages++;
    };
    await visit(page, origin, '#/permohonan?dari=2022-12-30');
    for (let more = page.getByRole('button', { name: 'Muat lagi' }); await more.count();) {
      const before = await page.locator('tbody tr').count();
      await more.click();
      await page.waitForFunction((n) => document.querySelectorAll('tbody tr').length > n, before);
    }
    await look();
    const some = (await page.locator('tbody th a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).filter((x, i) => i % 25 === 0);
    for (const place of ['#/rekonsiliasi', '#/rekonsiliasi?jenis=ganda', '#/hari-ini?tanggal=2022-12-30', ...some,
      ...keys.split(',').map((k) => `#/rekonsiliasi/bentrok/1/orang/${k}`)]) {
      await visit(page, origin, place);
      await look();
    }
    const words = flat(seen.words);
    assert.deepEqual([seen.made, seen.ran], [0, 0]);
    const unread = texts.filter((x) => !words.includes(flat(x)));
    assert.deepEqual(unread, []);
    return { texts: texts.length, pages: seen.pages, elements_made: seen.made, scripts_run: seen.ran };
  },
};

const [origin, pin, ...wanted] = process.argv.slice(2);
const chromium = await open();
let status = 1;
try {
  const found = {};
  for (let at = 0; at < wanted.length; at += 3) {
    const [task, account, more] = wanted.slice(at, at + 3);
    await chromium.context.clearCookies();
    const { page, faults } = await watched(chromium.context, origin);
    const began = Date.now(), bytes = await firstPage(page, origin), first_ms = Date.now() - began;
    await signIn(page, origin, account, pin);
    const signed_ms = Date.now() - began;
    found[`${task} ${account}`] = { ...await TASKS[task](page, origin, more), faults, bytes, first_ms, signed_ms, all_ms: Date.now() - began };
    await page.close();
  }
  console.log(JSON.stringify(found));
  status = 0;
} catch (e) {
  console.error(e.stack);
} finally {
  await chromium.close();
}
process.exit(status);
