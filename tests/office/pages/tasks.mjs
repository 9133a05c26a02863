// pages/tasks.mjs — what people come to each page for, done as they do it, against the server of examples. A task's name is a sentence.
import assert from 'node:assert/strict';
import { PLACES } from './places.mjs';
import { asked, click, last, reason, settled, text, visit } from './browser.mjs';
import { AMISS } from './amiss.mjs';

/** That the example of a last decision has. */
const seen = async (page, origin) => (await (await page.request.get(origin + '/api/decisions/1/orang/closed')).json()).seen;

export const TASKS = {
  async 'a count of today leads to its list'({ page, origin }) {
    await visit(page, origin, PLACES.hari_ini);
    await page.getByRole('link', { name: /Bentrok identitas/ }).click();
    await settled(page);
    assert.match(page.url(), /#\/rekonsiliasi\?berat=1$/);
    assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  },

  async 'no count leads to a list that the role has not'({ page, origin, signIn }) {
    for (const account of ['kel.wonosari', 'budi.santosa']) {
      await page.context().clearCookies();
      await signIn(page, origin, account);
      await visit(page, origin, PLACES.hari_ini);
      const links = await page.locator('a.tile').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
      assert.equal(links.some((l) => l.includes('bagian=cabang')), account === 'budi.santosa', account);
      for (const link of links.filter((l) => l.includes('bagian='))) {
        await visit(page, origin, link);
        assert.equal(await page.locator('.tabs [aria-current=page]').getAttribute('href'), link, account);
      }
    }
  },

  async 'a search is in no address'({ page, origin, requests }) {
    await visit(page, origin, PLACES.permohonan);
    await page.fill('#q', 'siti aminah');
    await page.keyboard.press('Enter');
    await page.getByText('Hasil untuk').waitFor();
    await settled(page);
    assert.equal([page.url(), ...requests].filter((u) => /siti/i.test(decodeURIComponent(u))).length, 0);
    await page.getByRole('button', { name: 'Hapus pencarian' }).first().click();
  },

  async 'too little to search by is told beside the field, and the server is not asked'({ page, origin, requests }) {
    await visit(page, origin, PLACES.permohonan);
    const before = requests.length;
    await page.fill('#q', 'ab');
    await page.keyboard.press('Enter');
    await page.getByText('Terlalu pendek: paling sedikit 3 huruf').waitFor();
    assert.equal(await page.locator('#q').getAttribute('aria-invalid'), 'true');
    assert.deepEqual(requests.slice(before).filter((u) => u.includes('/api/applications')), []);
    await page.fill('#q', '');
  },

  async 'a long list that was looked at in part says so, and goes on'({ page, origin }) {
    const part = { items: [], after: 'x', more: true, total: null, held: [] };
    await visit(page, origin, PLACES.hari_ini);
    await page.route('**/api/applications?limit=50', (r) => r.fulfill({ json: part }));
    await visit(page, origin, PLACES.permohonan);
    await page.getByText('Belum ketemu di bagian ini').waitFor();
    assert.equal(await page.getByText('permohonan tertahan cocok').count(), 0);
    await click(page, 'Muat lagi');
    await page.getByText('07-000041-Z').waitFor();
    await page.unroute('**/api/applications?limit=50');
    await visit(page, origin, PLACES.hari_ini);
    await visit(page, origin, PLACES.permohonan); // the example has one that a rule holds: it leads there
    await page.getByText('1 permohonan tertahan cocok dengan pencarian').waitFor();
    assert.match(await page.getByRole('link', { name: '09-000012-K · KTP-el' }).getAttribute('href'), /rekonsiliasi\/tahan\/1\/permohonan/);
  },

  async 'several applications move on, and each is told'({ page, origin }) {
    await visit(page, origin, PLACES.permohonan);
    await page.getByLabel('Pilih 07-000041-Z').check();
    await page.getByRole('button', { name: /Teruskan ke langkah lain/ }).click();
    await page.getByLabel('Langkah berikutnya').selectOption('DIPROSES');
    await reason(page, 'berkas lengkap');
    await click(page, /Tandatangani 1 perubahan/);
    await page.getByText('1 dari 1 berhasil.').waitFor();
    const { path, body } = await last(page, origin);
    assert.equal(path, '/api/applications/status');
    assert.deepEqual(body, { to: 'DIPROSES', reason: 'berkas lengkap',
      items: [{ space: 1, id: 'ea763fb1a2c2fc9f748b17b640556383', from: 'PERIKSA_DINAS' }] });
    await click(page, 'Selesai');
  },

  async 'an application goes back with a remark for a field, and shows its signed history'({ page, origin }) {
    await visit(page, origin, PLACES.satu);
    await click(page, /Kembalikan ke petugas/);
    await page.getByLabel('Isian', { exact: true }).selectOption('tanggal_lahir');
    await page.getByLabel('Apa yang harus diperbaiki').fill('akta: 25 Maret');
    await reason(page, 'tanggal berbeda');
    await page.getByRole('button', { name: 'Kembalikan', exact: true }).click();
    await page.getByText('dikembalikan ke petugas').waitFor();
    assert.deepEqual((await last(page, origin)).body.notes, [{ elemen: 'tanggal_lahir', isi: 'akta: 25 Maret' }]);
    await click(page, 'Baca riwayat');
    await page.getByText('tanda tangan sah').first().waitFor();
    await page.getByRole('table', { name: 'Langkah yang sudah dilalui' }).waitFor();
  },

  async 'a conflict is decided with the keyboard alone'({ page, origin }) {
    await visit(page, origin, PLACES.rekonsiliasi);
    await visit(page, origin, PLACES.bentrok);
    await page.getByText('SITI AMINAH B').waitFor(); // the base has been found
    await page.keyboard.press('2'); // the first open group: version B
    await page.keyboard.press('1'); // the second one: version A
    await page.keyboard.press('Control+Enter');
    await page.getByText('Tulis alasannya.').waitFor();
    await page.getByLabel('Alasan', { exact: true }).focus();
    await page.keyboard.type('menurut akta');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Diputuskan: SITI AMINAH').first().waitFor();
    const decided = (await asked(page, origin)).filter((a) => a.path === '/api/decisions').pop().body;
    assert.deepEqual(decided, { reason: 'menurut akta', items: [{ space: 1, tbl: 'orang', key: 'f0cb5f5441e8e939448cf391a2daa37c',
      seen: 'c936fb1ea6f40a6bb9e2ce8b07a3f108',
      set: { nama: 'SITI AMINA', nik: '1674996503880001', nik_tertulis: null },
        hide: [{ column: 'nik', value: null }, { column: 'nik_tertulis', value: '16749965038?0001' }] }] });
    assert.match(page.url(), /permohonan\/b8f58d19/); // the next of the list
    await page.getByText(/keputusan sudah ditandatangani dan menunggu pusat/).waitFor();
    await visit(page, origin, PLACES.bentrok);
    const waits = await page.locator('.box', { hasText: 'Ditandatangani, menunggu pusat' }).innerText();
    assert.match(waits, /Sudah ditandatangani di kantor ini, belum tentu sudah terkirim/); // nobody here knows yet
  },

  async 'keys of one letter can be switched off'({ page, origin }) {
    const chosen = () => page.locator('.side-card input:checked').count();
    await visit(page, origin, PLACES.bentrok);
    await click(page, 'Matikan tombol huruf');
    await page.keyboard.press('1');
    assert.equal(await chosen(), 0);
    await click(page, 'Nyalakan tombol huruf');
    await page.keyboard.press('1');
    await page.locator('.side-card input:checked').waitFor();
    assert.equal(await chosen(), 1);
  },

  async 'letters that differ are marked, and said in words'({ page, origin }) {
    await visit(page, origin, PLACES.bentrok);
    assert.deepEqual(await page.locator('.side-values mark:not(.gap)').allInnerTexts(), ['H']);
    assert.match(await text(page), /Dibanding B: ada “H”/);
    assert.match(await text(page), /waktu meragukan/);
  },

  async 'what is shown is kept in several rows at once, after a look at them'({ page, origin }) {
    await visit(page, origin, PLACES.rekonsiliasi);
    await page.getByLabel('Pilih SITI AMINAH').check();
    await page.getByLabel('Pilih Darmuji Setianto').check();
    await click(page, 'Pertahankan yang tampil');
    await page.getByText('Nilai yang ditolak').first().waitFor();
    await reason(page, 'sudah diperiksa');
    await click(page, /Tandatangani 2 keputusan/);
    await page.getByText('2 dari 2 berhasil.').waitFor();
    assert.equal((await last(page, origin)).body.items.length, 2);
    await click(page, 'Selesai');
  },

  async 'a photo is fetched when it is asked for, and made larger by the keyboard'({ page, origin, requests }) {
    const photos = () => requests.filter((u) => u.includes('/api/photos/')).length;
    const before = photos();
    await visit(page, origin, PLACES.bentrok);
    assert.equal(photos(), before);
    await click(page, 'Tampilkan');
    await page.getByRole('button', { name: /^Perbesar KTP lama/ }).click();
    assert.equal(photos(), before + 1);
    await page.locator('dialog[open] .photo-large').waitFor();
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    assert.match(await page.locator('.photo-large img').getAttribute('style'), /width: 196%/);
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog').count(), 0);
  },

  async 'uniting two rows shows first what would move'({ page, origin }) {
    await visit(page, origin, PLACES.ganda);
    await reason(page, 'orang yang sama');
    await click(page, /Lihat penggabungan/);
    await page.getByText('Nilai diambil alih').waitFor();
    assert.equal((await last(page, origin)).body.look, true);
    await click(page, 'Tandatangani penggabungan');
    await page.getByText(/digabung. Menunggu pusat/).waitFor();
    assert.equal((await asked(page, origin)).filter((a) => a.path === '/api/twins/unite').pop().body.look, false);
  },

  async 'a decision is taken back, and two rows that were made one are parted'({ page, origin }) {
    await visit(page, origin, PLACES.selesai);
    await reason(page, 'akta lain');
    await click(page, 'Tarik kembali keputusan terakhir');
    await page.getByText(/Keputusan terakhir ditarik kembali/).waitFor();
    assert.deepEqual((await last(page, origin)).body, { space: 1, tbl: 'orang', key: 'closed', seen: await seen(page, origin), reason: 'akta lain' });
    await visit(page, origin, PLACES.terpisah);
    await reason(page, 'dua orang');
    await click(page, /Lihat pemisahan/);
    await page.getByText('Nilai diambil alih').waitFor();
    await click(page, 'Tandatangani pemisahan');
    await page.getByText('Dipisahkan. Menunggu pusat.').waitFor();
    assert.deepEqual((await last(page, origin)).body, { space: 1, tbl: 'orang', gone: 'closed', reason: 'dua orang', look: false });
  },

  async 'a second open application is kept as a suspected duplicate'({ page, origin }) {
    await visit(page, origin, PLACES.tahan);
    await page.getByLabel(/Catat sebagai dugaan ganda/).check();
    await reason(page, 'dua petugas');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Diputuskan: 09-000012-K').first().waitFor();
    const { body } = (await asked(page, origin)).filter((a) => a.path === '/api/decisions').pop();
    assert.deepEqual([body.items[0].set, body.items[0].hide], [{ status: 'DUGAAN_GANDA' }, []]);
  },

  async 'a held row says why it is held, and can be dropped with a reason'({ page, origin }) {
    await visit(page, origin, PLACES.tahan);
    assert.match(await text(page), /aman dan utuh/);
    await page.getByLabel(/Jatuhkan baris ini/).check();
    await reason(page, 'sudah tercatat');
    await click(page, /Tandatangani keputusan/);
    await page.getByText('Diputuskan: 09-000012-K').last().waitFor();
    assert.equal((await asked(page, origin)).filter((a) => a.path === '/api/decisions').pop().body.items[0].drop, true);
  },

  async 'an invitation is a code on the screen'({ page, origin }) {
    await visit(page, origin, PLACES.perangkat);
    await click(page, 'Undang perangkat');
    await click(page, 'Buat undangan');
    await page.getByText('Lengkapi dulu isian di atas').waitFor(); // nothing is given that nobody chose
    await page.getByLabel(/^Petugas lapangan/).check();
    await page.getByLabel('Wilayah', { exact: true }).selectOption('16.74.05.1003');
    await click(page, 'Buat undangan');
    await page.locator('img.qr').waitFor();
    assert.ok(await page.locator('img.qr').evaluate((i) => i.decode().then(() => i.naturalWidth > 0)));
    const { roles, scope } = (await last(page, origin)).body;
    assert.deepEqual([roles, scope], ['petugas', '16.74.05.1003']);
    await click(page, 'Selesai');
  },

  async 'a device keeps the roles and the region that nobody has changed, also of two and where it is suspended'({ page, origin }) {
    const devices = await (await page.request.get(origin + '/api/devices')).json(), at = (n) => devices.items.find((d) => d.number === n);
    Object.assign(at(9), { roles: 'verifikator,admin', scope: '16.74.05' });
    Object.assign(at(4), { roles: '', scope: '16.74.02.1009' });
    await page.route(/api\/devices(\?|$)/, (r) => r.fulfill({ json: devices }));
    const change = async (label, work = () => {}) => {
      await visit(page, origin, PLACES.hari_ini);
      await visit(page, origin, PLACES.perangkat);
      await page.getByRole('row', { name: new RegExp(label) }).getByRole('button', { name: /Ubah|Izinkan/ }).click();
      await page.getByLabel('Wilayah', { exact: true }).waitFor();
      await work();
      await page.locator('dialog button[type=submit]').click();
      await page.locator('dialog').waitFor({ state: 'detached' });
      const { roles, scope } = (await last(page, origin)).body;
      return [roles, scope];
    };
    assert.deepEqual(await change('tablet 09'), ['verifikator,admin', '16.74.05']);
    assert.deepEqual(await change('tablet 09', () => page.getByLabel('Wilayah', { exact: true }).selectOption('16.74.05.1003')),
      ['verifikator,admin', '16.74.05.1003']);
    assert.deepEqual(await change('tablet 09', () => page.getByLabel(/^Verifikator/).uncheck()), ['admin', '16.74.05']);
    assert.deepEqual(await change('admin 01'), ['admin,pusat', '']);
    assert.deepEqual(await change('tablet 04'), ['petugas', '16.74.02.1009'], 'as it had them when it last wrote');
    await page.unroute(/api\/devices(\?|$)/);
  },

  async 'a lost tablet: cause, cut, what it does, the PIN once more, a new tablet'({ page, origin }) {
    await visit(page, origin, PLACES.hilang);
    await page.getByLabel(/^Dicuri/).check();
    await click(page, 'Lanjut');
    assert.ok(await page.getByLabel('bagian 39').isChecked(), 'the last that central has received is suggested');
    await click(page, 'Lihat akibatnya');
    await page.getByText('2 bagian, 9 transaksi').waitFor();
    await click(page, 'Cabut tablet 07');
    await page.getByText('Masukkan PIN sekali lagi').waitFor();
    await page.locator('dialog input[type=password]').fill('rahasia-untuk-uji');
    await click(page, 'Lanjutkan');
    await page.getByText('Tablet pengganti').waitFor();
    const { body } = (await asked(page, origin)).filter((a) => a.path === '/api/devices/act').pop();
    assert.deepEqual(body, { space: 1, kind: 'revoke', device: 7, reason: 'stolen', after: 'f7984b0d379cbf33b20d7f7b6334e036e7f114c6', look: false });
  },

  async 'a tablet far down a long list is found when it is lost, and so is its last safe part'({ page, origin }) {
    const one = { space: 1, state: 'active', roles: 'petugas', scope: '', last_seen_ms: 1671595200000, last_receipt_ms: 1671595200000, segments: 1,
      unsent: 0, clock_doubtful: false, schema_version: 3, why: '', reason: '', carries_on_for: null, self: false, root: 0,
      key_turn: 0, key_turns: 2, version: '0.1.0', store_mib: 1, free_mib: 9000 };
    const devices = Array.from({ length: 230 }, (x, i) => ({ ...one, key: String(i), number: i + 1, label: `tablet ${i + 1}`,
      state: i === 206 ? 'revoked' : 'active', clock_doubtful: i === 220 }));
    const parts = Array.from({ length: 60 }, (x, i) => ({ number: 60 - i, commit: String(i).padStart(40, '0'), claimed_ms: 1671580800000,
      txns: 1, receipt: i === 57, by_central: false }));
    const pageOf = (items, more) => (route) => {
      const at = new URL(route.request().url()).searchParams, from = Number(at.get('after') || 0), till = from + Number(at.get('limit'));
      return route.fulfill({ json: { items: items.slice(from, till), after: till < items.length ? String(till) : null, more: till < items.length,
        total: items.length, ...more } });
    };
    await page.route(/api\/devices\?/, pageOf(devices, { waiting: [] }));
    await page.route(/api\/devices\/1\/206\/cuts/, pageOf(parts));
    await visit(page, origin, '#/perangkat/hilang/1/206');
    await page.getByRole('heading', { name: /tablet 206/ }).waitFor();
    await page.getByLabel(/^Dicuri/).check();
    await click(page, 'Lanjut');
    await page.getByText('Bagian yang diterima pusat belum tampak').waitFor();
    await click(page, 'Muat lagi');
    await page.getByLabel('bagian 3', { exact: true }).waitFor();
    assert.ok(await page.getByLabel('bagian 3', { exact: true }).isChecked(), 'the last that central has received is suggested');
    await visit(page, origin, '#/perangkat/hilang/1/207');
    await page.getByLabel('Perangkat baru').selectOption('230'); // the newest one takes its place
    await visit(page, origin, '#/perangkat?saring=jam');
    await page.getByRole('rowheader', { name: /tablet 221/ }).waitFor();
    await page.unroute(/api\/devices\?/);
    await page.unroute(/api\/devices\/1\/206\/cuts/);
  },

  async 'the map and its table say the same'({ page, origin }) {
    await visit(page, origin, PLACES.kelurahan);
    const tiles = await page.locator('svg.tiles-map[role=img] g.rt').count(), gaps = await page.locator('svg.tiles-map[role=img] g.rt-gap').count();
    assert.equal(tiles, await page.locator('section[aria-labelledby=rts] tbody tr').count());
    assert.equal(gaps, await page.locator('section[aria-labelledby=rts] tbody').getByText('lama tidak dikunjungi').count());
    assert.ok(await page.locator('.chart canvas').count() > 0);
  },

  async 'the month adds up, and an export says why in no address'({ page, origin }) {
    await visit(page, origin, PLACES.rekap);
    const shown = await text(page);
    for (const n of ['54,17%', '20,83%', '12,50%', '13', '24'])
      assert.ok(shown.includes(n), n);
    await click(page, 'Ekspor Rekap bulanan, CSV');
    await reason(page, 'laporan bulanan');
    const file = page.waitForEvent('download');
    await click(page, 'Unduh');
    assert.equal((await file).suggestedFilename(), 'recap.csv');
    const got = await last(page, origin);
    assert.equal(got.path, '/api/export/recap.csv?month=2022-12');
    await visit(page, origin, PLACES.rekap + '&kel=16.74.05.1003');
    for (const [what, path] of [['Catatan audit', 'looks.csv?from=2022-12-01&to=2022-12-02'], ['Data penduduk', 'persons.csv?kel=16.74.05.1003']]) {
      await click(page, new RegExp(`Ekspor ${what}.*CSV`));
      if (what.startsWith('Catatan')) {
        await page.getByLabel('Dari tanggal').last().fill('2022-12-01');
        await page.getByLabel('Sampai tanggal').last().fill('2022-12-02');
      }
      await reason(page, 'tinjauan');
      const taken = page.waitForEvent('download');
      await click(page, 'Unduh');
      await taken;
      assert.equal((await last(page, origin)).path, '/api/export/' + path, 'by what narrows it, and by nothing else');
    }
    assert.equal(decodeURIComponent(got.headers['x-jemput-reason']), 'laporan bulanan');
  },

  async 'a check is started, and one segment is explained'({ page, origin }) {
    await visit(page, origin, PLACES.audit);
    await click(page, 'Periksa sekarang');
    await page.getByText('Memeriksa…').waitFor();
    await visit(page, origin, PLACES.bagian);
    await page.getByLabel('Bagian', { exact: true }).fill('7:41');
    await click(page, 'Lihat');
    await page.getByText('tablet 07, bagian 41').waitFor();
    await visit(page, origin, PLACES.dilihat);
    assert.match(await text(page), /Rantai catatan utuh/);
  },

  async 'an account is added, with what it may'({ page, origin }) {
    await visit(page, origin, PLACES.akun);
    await click(page, 'Tambah akun');
    await page.getByLabel('Nama orangnya').fill('Rudi Hartono');
    await page.locator('dialog').getByLabel('Nama akun').fill('rudi.hartono');
    await page.getByLabel(/^Verifikator/).check();
    await page.getByLabel('Wilayah', { exact: true }).selectOption('Seluruh ruang');
    await page.getByLabel('wonosari', { exact: true }).check();
    await page.locator('dialog').getByLabel('PIN baru', { exact: true }).fill('rahasia-rudi');
    await page.locator('dialog').getByLabel('PIN baru sekali lagi').fill('rahasia-rudi');
    await page.locator('dialog').getByRole('button', { name: 'Tambah akun' }).click();
    await page.getByText(/rudi.hartono ditambahkan|Diundang/).waitFor();
    assert.deepEqual((await last(page, origin)).body, { act: 'add', account: 'rudi.hartono', name: 'Rudi Hartono', pin: 'rahasia-rudi',
      spaces: [{ space: 1, roles: 'verifikator', scope: '' }] });
    await click(page, 'Tambah ruang');
    await page.locator('dialog').getByLabel('Nama akun').fill('budi.santosa');
    await page.getByLabel('sukajadi', { exact: true }).check();
    assert.equal(await page.getByLabel('wonosari', { exact: true }).count(), 0, 'it is there already');
    await page.locator('dialog').getByLabel('Nama akun').fill('kel.lain');
    assert.equal(await page.getByLabel('wonosari', { exact: true }).count(), 1);
    await page.locator('dialog').getByLabel('PIN akun itu').fill('milik-orangnya');
    await page.getByLabel(/^Verifikator/).check();
    await page.getByLabel('Wilayah', { exact: true }).selectOption('Seluruh ruang');
    await page.getByLabel('sukajadi', { exact: true }).check();
    await page.locator('dialog').getByRole('button', { name: 'Tambah ruang' }).click();
    await page.locator('dialog').waitFor({ state: 'detached' });
    assert.deepEqual((await last(page, origin)).body, { act: 'space', account: 'kel.lain', pin: 'milik-orangnya',
      spaces: [{ space: 2, roles: 'verifikator', scope: '' }] });
  },

  async 'the page speaks English when asked, and remembers that'({ page, origin }) {
    await visit(page, origin, PLACES.hari_ini);
    await click(page, 'English');
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
    await page.reload();
    await page.getByRole('heading', { name: 'Today' }).waitFor();
    await click(page, 'Indonesia');
    await page.getByRole('heading', { name: 'Hari ini' }).waitFor();
  },
  ...AMISS,
};
