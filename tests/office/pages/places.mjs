// pages/places.mjs — every page by its address, as the examples know them.
const SITI = 'f0cb5f5441e8e939448cf391a2daa37c', TWIN = '09c2091dbe9933458e43927d612327b1', HELD = 'f1d699cc9d15407df61de225ff1756af',
  ONE = 'ea763fb1a2c2fc9f748b17b640556383';

export const PLACES = {
  hari_ini: '#/hari-ini',
  permohonan: '#/permohonan',
  satu: `#/permohonan/1/${ONE}`,
  rekonsiliasi: '#/rekonsiliasi',
  bentrok: `#/rekonsiliasi/bentrok/1/orang/${SITI}`,
  selesai: '#/rekonsiliasi/bentrok/1/orang/closed',
  dugaan: '#/rekonsiliasi?jenis=ganda',
  ganda: `#/rekonsiliasi/ganda/1/orang/${SITI}/${TWIN}`,
  terpisah: `#/rekonsiliasi/ganda/1/orang/${SITI}/closed`,
  tertahan: '#/rekonsiliasi?jenis=tahan',
  tahan: `#/rekonsiliasi/tahan/1/permohonan/${HELD}`,
  perangkat: '#/perangkat',
  hilang: '#/perangkat/hilang/1/7',
  wilayah: '#/wilayah',
  kelurahan: '#/wilayah/16.74.05.1003',
  rekap: '#/rekap?bulan=2022-12',
  audit: '#/audit',
  kasus: '#/audit?bagian=kasus',
  ditolak: '#/audit?bagian=ditolak',
  cabang: '#/audit?bagian=cabang',
  bagian: '#/audit?bagian=bagian',
  dilihat: '#/audit?bagian=dilihat',
  akun: '#/akun',
};
