// pages/amiss.mjs — what goes wrong between a page, its server and other people, and what the page then says: tasks as in tasks.mjs.
import assert from 'node:assert/strict';
import { PLACES } from './places.mjs';
import { asked, click, last, reason, settled, text, visit } from './browser.mjs';

const session = async (page, origin) => (await page.request.get(origin + '/api/session')).json();

export const AMISS = {
  async 'more lines than one request takes move on in several, and what is not known of a part is said of it'({ page, origin }) {
    const one = (await (await page.request.get(origin + '/api/applications')).json()).items[0];
    const items = Array.from({ length: 130 }, (x, i) => ({ ...one, id: 'a' + i, code: 'kode ' + i }));
    await page.route(/api\/applications\?/, (r) => r.fulfill({ json: { items, after: null, more: false, total: items.length, held: [] } }));
    const begin = async () => {
      await visit(page, origin, PLACES.hari_ini);
      await visit(page, origin, PLACES.permohonan);
      await page.getByLabel('Pilih semua').check();
      await page.getByRole('button', { name: /Teruskan ke langkah lain/ }).click();
      await page.getByLabel('Langkah berikutnya').selectOption('DIPROSES');
      await reason(page, 'berkas lengkap');
      await click(page, /Tandatangani 130 perubahan/);
    };
    await begin();
    await page.getByText('130 dari 130 berhasil.').waitFor();
    const sent = (await asked(page, origin)).filter((a) => a.path === '/api/applications/status').slice(-2);
    assert.deepEqual(sent.map((a) => a.body.items.length), [100, 30]);
    await click(page, 'Selesai');
    let n = 0;
    await page.route('**/api/applications/status', (r) => (++n === 2 ? r.fulfill({ status: 504, body: '' }) : r.continue()));
    await begin();
    await page.getByText('100 dari 130 berhasil.').waitFor();
    assert.equal(await page.locator('dialog').getByText('tidak diketahui', { exact: true }).count(), 30);
    assert.match(await text(page, 'dialog'), /kode 100\s+tidak diketahui[^]*Jangan kirim lagi sebelum melihatnya/);
    await click(page, 'Selesai');
    await page.unroute('**/api/applications/status');
    await page.unroute(/api\/applications\?/);
  },

  async 'a value that came in since is told, and nothing is decided'({ page, origin }) {
    const answer = { items: [{ i: 0, result: 'changed', code: null, text_id: 'Ada nilai lain.', text_en: 'Another value.', segment: null,
      n: null }] };
    await page.route('**/api/decisions', (r) => r.fulfill({ json: answer }));
    await visit(page, origin, PLACES.bentrok);
    await page.keyboard.press('1');
    await reason(page, 'sesuai akta');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Ada tulisan baru sejak Anda membukanya').waitFor();
    assert.match(await text(page), /Belum ada yang diputuskan/);
    await page.unroute('**/api/decisions');
  },

  async 'an import that broke off says how far it came, and that it is no success'({ page, origin }) {
    const words = { code: 'JEMPUT_BUSY', text_id: 'Impor terhenti: 500 baris sudah masuk, selebihnya tidak.', text_en: 'The import stopped.',
      safe_id: 'Yang sudah masuk tersimpan.', safe_en: 'It is saved.', todo_id: 'Impor lagi berkas yang sama.', todo_en: 'Import it again.' };
    await visit(page, origin, PLACES.rekap);
    await page.setInputFiles('input[type=file]', { name: 'daftar.csv', mimeType: 'text/csv', buffer: Buffer.from('nama\nSupardiono') });
    const tried = page.waitForResponse('**/api/import?*');
    await click(page, 'Coba dulu');
    const { report } = await (await tried).json();
    await page.getByText('Percobaan selesai').waitFor();
    await page.route('**/api/import?*', (r) => r.fulfill({ status: 503, json: { ...words, report: { ...report, dry_run: false, accepted: 500 } } }));
    await click(page, /^Masukkan \d+ baris/);
    await page.locator('.box-bad', { hasText: '500 baris sudah masuk' }).waitFor();
    assert.match(await page.locator('.box-bad', { hasText: 'hanya ini yang masuk' }).innerText(), /Diterima\s+500/);
    assert.equal(await page.getByText('Daftar masuk').count(), 0);
    assert.equal(await page.getByRole('button', { name: /^Masukkan/ }).count(), 0);
    await page.unroute('**/api/import?*');
  },

  async 'an act that failed is told on every page that signs, and nothing says that it was done'({ page, origin }) {
    const answer = { items: [{ i: 0, result: 'failed', code: 'JEMPUT_IO', text_id: 'Gagal menulis.', text_en: 'Writing failed.', segment: null,
      n: null }] };
    const remark = async () => {
      await click(page, /Kembalikan ke petugas/);
      await page.getByLabel('Isian', { exact: true }).selectOption('nama');
      await page.getByLabel('Apa yang harus diperbaiki').fill('bukan itu');
    };
    const acts = {
      ganda: [() => {}, () => click(page, 'Dua orang yang berbeda')],
      bentrok: [() => page.keyboard.press('1'), () => page.keyboard.press('Control+Enter')],
      selesai: [() => {}, () => click(page, 'Tarik kembali keputusan terakhir')],
      tahan: [() => page.getByLabel(/Jatuhkan baris ini/).check(), () => page.keyboard.press('Control+Enter')],
      satu: [remark, () => page.getByRole('button', { name: 'Kembalikan', exact: true }).click()],
    };
    const writes = /api\/(twins\/two|decisions|decisions\/undo|applications\/return)$/;
    await page.route(writes, (r) => r.fulfill({ json: answer }));
    for (const [place, [prepare, act]] of Object.entries(acts)) {
      await visit(page, origin, PLACES[place]);
      const [at, told] = [page.url(), await page.locator('.notice').count()];
      await prepare();
      await reason(page, 'menurut akta');
      await act();
      await page.getByText('Gagal menulis.').waitFor();
      assert.match(await page.getByRole('alert').innerText(), /gagal[^]*Belum ada yang ditandatangani/, place);
      assert.deepEqual([page.url(), await page.locator('.notice').count()], [at, told], place);
      assert.equal(await page.getByLabel('Alasan', { exact: true }).last().inputValue(), 'menurut akta', place);
    }
    await page.unroute(writes);
    await visit(page, origin, PLACES.hari_ini);
  },

  async 'what one person typed is not signed by another who has signed in beside it'({ page, origin, signIn }) {
    const writes = async () => (await asked(page, origin)).filter((a) => a.path === '/api/decisions');
    await visit(page, origin, PLACES.tahan);
    await page.getByLabel(/Jatuhkan baris ini/).check();
    await reason(page, 'ketikan Budi');
    const before = (await writes()).length, beside = await page.context().newPage();
    const enter = (account) => beside.evaluate((name) => fetch('/api/sign-in', { method: 'POST', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ account: name, pin: 'rahasia' }) }).then(() => {}), account);
    await beside.goto(origin + '/');
    await enter('siti.rahmah');
    await page.bringToFront();
    await click(page, /Tandatangani keputusan/);
    await page.getByText('Di peramban ini sekarang masuk Siti Rahmah.').waitFor();
    await page.getByText('Akun lain sudah masuk di peramban ini.').waitFor();
    assert.equal(await page.getByLabel('Alasan', { exact: true }).inputValue(), 'ketikan Budi');
    assert.match(await text(page, '.side'), /Budi Santosa/);
    await click(page, /Tandatangani keputusan/); // still not
    await page.waitForFunction(() => !document.querySelector('.button-main[disabled]'));
    const sent = (await writes()).slice(before);
    assert.ok(sent.length <= 1 && sent.every((w) => w.headers['x-jemput-account'] === 'budi.santosa'), JSON.stringify(sent));
    await enter('budi.santosa'); // its own person is back: it goes on
    await beside.close();
    await click(page, /Tandatangani keputusan/);
    await page.getByText('Diputuskan: 09-000012-K').last().waitFor();
    assert.equal(await page.getByText('Di peramban ini sekarang masuk').count(), 0);
    assert.equal((await last(page, origin)).headers['x-jemput-account'], 'budi.santosa');
  },

  async 'a write whose answer is lost is told as not known, and one that the hub missed as not signed'({ page, origin }) {
    const gateway = { status: 504, contentType: 'text/html', body: '<h1>504</h1>' };
    const offline = { status: 502, json: { code: 'JEMPUT_OFFLINE', text_id: 'Hub tidak dapat dihubungi.', text_en: 'The hub cannot be reached.',
      safe_id: 'Data aman di perangkat ini dan akan dikirim nanti.', safe_en: '.', todo_id: 'Lanjutkan bekerja.', todo_en: '.' } };
    const unknown = /Tidak diketahui apakah sudah ditandatangani[^]*[Mm]uat ulang dan lihat/, none = /Belum ada yang ditandatangani/;
    const unite = [async () => { await visit(page, origin, PLACES.ganda); await reason(page, 'akta'); await click(page, /Lihat penggabungan/); },
      /Tandatangani penggabungan/];
    const invite = [async () => { await visit(page, origin, PLACES.perangkat); await click(page, 'Undang perangkat');
      await page.getByLabel(/^Petugas lapangan/).check(); await page.getByLabel('Wilayah', { exact: true }).selectOption(''); }, 'Buat undangan'];
    const drop = [async () => { await visit(page, origin, PLACES.tahan); await page.getByLabel(/Jatuhkan/).check(); await reason(page, 'akta'); },
      /Tandatangani keputusan/];
    const cases = [[drop, (r) => r.abort(), unknown], [drop, (r) => r.fulfill(gateway), unknown], [unite, (r) => r.fulfill(gateway), unknown],
      [drop, (r) => r.fulfill({ ...gateway, status: 413 }), /Tidak ada yang diubah/], [unite, (r) => r.fulfill(offline), none],
      [invite, (r) => r.fulfill(offline), unknown]]; // an invitation is signed first, and then the hub is asked
    for (const [[prepare, press], answer, words] of cases) {
      await prepare();
      const at = await page.getByRole('button', { name: press }).first();
      await at.waitFor();
      await page.waitForFunction(() => !document.querySelector('dialog .button-main[disabled]'));
      await page.route(/api\/(decisions|twins\/unite|devices\/invite)$/, answer);
      await at.click();
      const told = await text(page, '.box-bad');
      await page.unroute(/api\/(decisions|twins\/unite|devices\/invite)$/);
      assert.match(told, words);
      assert.ok(words !== unknown || !/tidak ada yang diubah|akan dikirim/i.test(told), told);
      assert.ok(words !== none || !/akan dikirim|Lanjutkan bekerja/.test(told), told);
    }
    await visit(page, origin, PLACES.hari_ini);
  },

  async 'a server that does not answer is told: what happened, is the data safe, what to do'({ page, origin }) {
    await page.route('**/api/held?*', (r) => r.abort());
    await visit(page, origin, PLACES.tertahan);
    const told = await text(page, '.box-bad');
    for (const words of ['Server konsol tidak menjawab', 'Yang sudah ditandatangani aman', 'Periksa jaringan'])
      assert.ok(told.includes(words), told);
    await page.unroute('**/api/held?*');
    await click(page, 'Coba lagi');
    await page.getByText('09-000012-K').first().waitFor();
  },

  async 'whose PIN somebody else chose is shown nothing before it is another one, and then goes on where they wanted to'({ page, origin, signIn }) {
    const asked = [], note = (r) => asked.push(new URL(r.url()).pathname);
    await page.context().clearCookies();
    await signIn(page, origin, 'orang.baru');
    page.on('request', note);
    for (const place of [PLACES.hari_ini, PLACES.satu, PLACES.bentrok, PLACES.akun, PLACES.permohonan]) {
      await page.evaluate((hash) => { location.hash = hash; }, place);
      await page.waitForFunction((hash) => location.hash === hash, place);
      await page.getByRole('heading', { name: 'Pilih PIN Anda sendiri' }).waitFor();
      assert.deepEqual([await page.locator('h1').count(), await page.locator('.nav').count()], [1, 0], place);
    }
    await page.reload();
    for (const [label, value] of [['PIN sekarang', 'dari-admin'], ['PIN baru', 'pilihan-sendiri'], ['PIN baru sekali lagi', 'pilihan-sendiri']])
      await page.getByLabel(label, { exact: true }).fill(value);
    assert.deepEqual([...new Set(asked.filter((a) => a.startsWith('/api/')))], ['/api/session']);
    await page.locator('form button[type=submit]').click();
    await page.getByRole('heading', { name: 'Permohonan', exact: true }).waitFor();
    await settled(page);
    assert.equal(await page.locator('.nav').count(), 1);
    assert.ok(asked.includes('/api/applications') && asked.includes('/api/events'));
    page.off('request', note);
    await page.context().clearCookies();
    await signIn(page, origin, 'budi.santosa');
  },

  async 'what a space has not got is told in the language of the page: its hub, its night, an invitation that is not sent'({ page, origin }) {
    await visit(page, origin, PLACES.hari_ini);
    assert.match(await text(page, '.box-warn'), /cambai[^]*Hub tidak dapat dihubungi\.[^]*bagi pengelola server: sync: JEMPUT_OFFLINE/);
    const looks = await (await page.request.get(origin + '/api/audit/looks')).json(), now = (await session(page, origin)).now_ms;
    const nights = async (night_days, none_days) => {
      const ago = (days) => days && now - days * 86400e3;
      const anchors = { ...looks.anchors, night_ms: ago(night_days), none_since_ms: ago(none_days) };
      await page.route(/api\/audit\/looks/, (r) => r.fulfill({ json: { ...looks, anchors } }));
      await visit(page, origin, PLACES.akun);
      await visit(page, origin, PLACES.dilihat);
      await page.unroute(/api\/audit\/looks/);
      return page.locator('.box-warn h3').allInnerTexts();
    };
    assert.deepEqual(await nights(1, 2), [], 'a space that is new');
    assert.deepEqual(await nights(null, null), []);
    assert.match((await nights(1, 4)).join(), /belum pernah ditandatangani/);
    assert.match((await nights(4, 2)).join(), /Terakhir ditandatangani/);
    const kept = { account: 'budi.santosa', done: true, spaces: [{ id: 2, result: 'ok', unsent: true, text_id: 'Kunci baru belum sampai.',
      text_en: '.' }] };
    await page.route('**/api/accounts', (r) => (r.request().method() === 'GET' ? r.continue() : r.fulfill({ json: kept })));
    await visit(page, origin, PLACES.akun);
    await click(page, 'Ganti kunci');
    await page.getByText('sukajadi: Kunci baru belum sampai.').waitFor();
    await page.unroute('**/api/accounts');
  },

  async 'why a row of an import is refused is told in the language of the page'({ page, origin }) {
    await visit(page, origin, PLACES.rekap);
    await page.setInputFiles('input[type=file]', { name: 'daftar.csv', mimeType: 'text/csv', buffer: Buffer.from('nama\nSupardiono') });
    await click(page, 'Coba dulu');
    await page.getByText('kosong, padahal wajib').waitFor();
    assert.match(await text(page), /Isi sel itu, lalu impor lagi berkas yang sama/);
    await click(page, 'English');
    await page.getByText('empty, but required').waitFor();
    assert.match(await text(page), /Fill the cell, then import the same file again/);
    assert.doesNotMatch(await text(page), /padahal wajib|Isi sel itu/);
    await click(page, 'Indonesia');
    await page.getByText('kosong, padahal wajib').waitFor();
  },

  async 'a session that has ended leads to the sign-in page, and on'({ page, origin, signIn }) {
    await visit(page, origin, PLACES.rekap);
    await page.context().clearCookies();
    await page.evaluate(() => { location.hash = '#/hari-ini'; });
    await page.locator('input[autocomplete=username]').waitFor();
    await signIn(page, origin, 'budi.santosa');
    await page.getByRole('heading', { name: 'Hari ini' }).waitFor();
  },

  async 'what one person looked for is gone when the next one signs in'({ page, origin, signIn }) {
    await visit(page, origin, PLACES.permohonan);
    await page.fill('#q', 'siti aminah');
    await page.keyboard.press('Enter');
    await page.getByText('Hasil untuk').waitFor();
    await click(page, 'Keluar');
    await page.locator('input[autocomplete=username]').waitFor();
    await page.fill('input[autocomplete=username]', 'siti.rahmah');
    await page.fill('input[autocomplete=current-password]', 'rahasia');
    await page.click('button[type=submit]');
    await page.locator('#q').waitFor();
    assert.equal(await page.inputValue('#q'), '');
    await click(page, 'Keluar');
    await page.locator('input[autocomplete=username]').waitFor();
    await signIn(page, origin, 'budi.santosa');
  },

  async 'taking back says first what it overwrites, and does nothing to a row that has moved on'({ page, origin }) {
    const undos = async () => (await asked(page, origin)).filter((a) => a.path === '/api/decisions/undo').length;
    const begin = async () => {
      await visit(page, origin, PLACES.bentrok);
      await reason(page, 'akta lain');
      await click(page, 'Tarik kembali keputusan terakhir');
      await page.locator('dialog').getByText(/menurut KK asli[^]*Jl. Kenanga No. 16[^]*Jl. Kenanga 14/).waitFor();
      assert.match(await text(page, 'dialog'), /ikut tertimpa/);
    };
    const before = await undos();
    await begin();
    await page.keyboard.press('Escape');
    assert.equal(await undos(), before);
    await begin();
    await page.locator('dialog').getByRole('button', { name: 'Tarik kembali keputusan terakhir' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.equal(await undos(), before + 1);
    await begin();
    const moved = { ...await (await page.request.get(origin + '/api/decisions/1/orang/f0')).json(), seen: 'another', reason: 'putusan lain' };
    const sent = [];
    await page.route(/api\/decisions\/undo/, (r) => {
      sent.push(r.request().postDataJSON());
      return r.fulfill({ json: { items: [{ i: 0, result: 'changed', code: 'JEMPUT_DENIED', text_id: 'x', text_en: 'x', segment: null, n: null }] } });
    });
    await page.route(/api\/decisions\/1\/orang\/f0/, (r) => r.fulfill({ json: moved }));
    for (let i = 0; i < 2; i++)
      await page.locator('dialog').getByRole('button', { name: 'Tarik kembali keputusan terakhir' }).click()
        .then(() => page.locator('dialog').getByText('putusan lain').waitFor());
    await page.getByText('Ada tulisan baru sejak Anda membukanya').waitFor();
    assert.equal(sent[1].seen, 'another');
    assert.notEqual(sent[0].seen, 'another');
    await page.unroute(/api\/decisions/);
    await page.keyboard.press('Escape');
  },
};
