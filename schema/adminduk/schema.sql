-- schema/adminduk/schema.sql: the application's tables, warnings and counts for civil-registration outreach.
--
-- Three rules hold everywhere; README.md gives their reasons.
--   1. A person and a household are rows with an id of their own. NIK and no. KK are things written about them: optional, never unique.
--   2. A column that holds a code is TEXT. It holds a code of the list named beside it (daftar_kode.nama_daftar) or, where nothing in
--      that list fits, the words as they were written. Nothing is guessed and nothing is refused; v_peringatan_kode lists the latter.
--   3. Whatever an officer should be told but not stopped for is a view, v_peringatan_*. A constraint here is only what makes a row mean anything.
--
-- Dates are ISO text. In validity columns (berlaku_*) a prefix is allowed where the source knows no more: '2021', '2023-07'.
-- `..._tertulis` is what the paper says, kept when it is not the same as the clean value beside it (a blurred digit, an impossible date).
-- Needs the SQL functions jemput_id, jemput_serial, jemput_replicate and jemput_policy (the last two are called at the end of this file).

---------------------------------------------------------------------------------------------------- published by the office

-- Regions, with the past kept: an address keeps the code it was written with.
CREATE TABLE wilayah(
  kode            TEXT PRIMARY KEY NOT NULL,      -- Kemendagri with dots, 16.74.05.1003 (BPS numbers differ: 16.72)
  nama            TEXT NOT NULL,
  tingkat         TEXT NOT NULL,                  -- provinsi, kota, kabupaten, kecamatan, kelurahan, desa
  induk           TEXT REFERENCES wilayah(kode),
  berlaku_dari    TEXT,                           -- first time a source shows it; empty: as old as the oldest source
  berlaku_sampai  TEXT,                           -- last time a source shows it; empty: still there
  pengganti       TEXT REFERENCES wilayah(kode),  -- the code that took its place when it was renumbered
  melayani_dari   TEXT,                           -- when its office began to serve, where that is later than its code
  nama_lain       TEXT,
  keterangan      TEXT,
  sumber          TEXT NOT NULL
) WITHOUT ROWID;

-- What became of what. A split has several rows and its origin lives on, so wilayah.pengganti cannot say it.
CREATE TABLE perubahan_wilayah(
  dari            TEXT NOT NULL REFERENCES wilayah(kode),
  ke              TEXT NOT NULL REFERENCES wilayah(kode),
  jenis           TEXT NOT NULL,                  -- desa_ke_kelurahan, ganti_nama, pemekaran
  nama_dari       TEXT,
  nama_ke         TEXT,
  masa            TEXT,                           -- between which sources it was seen
  keterangan      TEXT,
  sumber          TEXT NOT NULL,
  PRIMARY KEY(dari, ke, jenis)
) WITHOUT ROWID;

-- Code lists. A version is a whole list; a code never changes its meaning from one version to the next (v_kode relies on that).
CREATE TABLE daftar_kode(
  nama_daftar     TEXT NOT NULL,
  versi           INTEGER NOT NULL,
  kode            TEXT NOT NULL,
  label           TEXT NOT NULL,                  -- as the form prints it
  urutan          INTEGER,                        -- place in the pick list
  kelompok        TEXT,                           -- layanan: heading in the monthly recap; varian_layanan: the service it belongs to
  peta_ke         TEXT,                           -- another list,
  peta            TEXT,                           -- and the code there that means the same
  berlaku_dari    TEXT,
  berlaku_sampai  TEXT,
  keterangan      TEXT,
  sumber          TEXT NOT NULL,
  PRIMARY KEY(nama_daftar, versi, kode)
) WITHOUT ROWID;

-- What a service asks for. `dasar` is the rule that says so; an old demand is closed with berlaku_sampai, not removed.
CREATE TABLE syarat_layanan(
  layanan         TEXT NOT NULL,                  -- list layanan
  varian          TEXT NOT NULL,                  -- list varian_layanan
  kode            TEXT NOT NULL,                  -- short name of the requirement, the same in every service
  versi           INTEGER NOT NULL,
  formulir        TEXT,                           -- F-1.02 ...
  uraian          TEXT NOT NULL,                  -- read aloud to the citizen
  sifat           TEXT NOT NULL,                  -- list sifat_syarat: WAJIB, BERSYARAT, OPSIONAL, PROSES, LOKAL
  bila            TEXT,                           -- BERSYARAT: when
  alternatif      TEXT,                           -- what is accepted instead
  di_rumah        INTEGER NOT NULL DEFAULT 1,     -- 0: cannot be done in a home visit
  urutan          INTEGER,
  dasar           TEXT,
  berlaku_dari    TEXT,
  berlaku_sampai  TEXT,
  keterangan      TEXT,
  sumber          TEXT NOT NULL,                  -- 'memory, unverified' inside it: check before printing it for a citizen
  PRIMARY KEY(layanan, varian, kode, versi)
) WITHOUT ROWID;

-- The states of an application.
CREATE TABLE alur_status(
  kode            TEXT PRIMARY KEY NOT NULL,
  label           TEXT NOT NULL,
  urutan          INTEGER NOT NULL,
  pelaku          TEXT NOT NULL,                  -- who brings an application into this state
  berikut         TEXT,                           -- the states that may follow, with commas; empty: final
  dihitung        INTEGER NOT NULL DEFAULT 1,     -- 0: not an application of its own in the monthly recap
  status_opensid  TEXT,                           -- list status_permohonan_opensid
  padanan_opencrvs TEXT,
  sumber          TEXT NOT NULL
) WITHOUT ROWID;

---------------------------------------------------------------------------------------------------- households and persons

CREATE TABLE keluarga(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),  -- jemput_id()
  no_kk           TEXT,                           -- 16 digits, when they are known for certain
  no_kk_tertulis  TEXT,
  nama_kepala     TEXT,                           -- as on the card; the head as a person is orang.shdk = '1'
  alamat          TEXT,
  rt              TEXT,                           -- three digits, unique only inside the kelurahan
  rw              TEXT,
  dusun           TEXT,
  kode_kel        TEXT,                           -- wilayah.kode at the time of writing
  kode_pos        TEXT,
  lintang         TEXT,                           -- optional and coarse
  bujur           TEXT,
  prioritas       TEXT,                           -- lansia, disabilitas, tanpa telepon, rentan adminduk: for the visit list
  keterangan      TEXT
);

CREATE TABLE orang(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),  -- jemput_id()
  keluarga_id     BLOB REFERENCES keluarga(id),
  nik             TEXT,                           -- 16 digits, when they are known for certain
  nik_tertulis    TEXT,
  nama            TEXT NOT NULL CHECK(nama<>''),  -- all that an application needs to begin
  gelar_depan     TEXT,                           -- titles are printed on KK and KTP-el, never on an act
  gelar_belakang  TEXT,
  jenis_kelamin   TEXT,                           -- list jenis_kelamin
  tempat_lahir    TEXT,
  tanggal_lahir   TEXT,
  tanggal_lahir_tertulis TEXT,
  golongan_darah  TEXT,                           -- list golongan_darah
  agama           TEXT,                           -- list agama
  kepercayaan     TEXT,                           -- name of the organisation, F-1.01 column 19
  status_kawin    TEXT,                           -- list status_kawin (six codes of F-1.01, and two for what a KTP says)
  shdk            TEXT,                           -- list shdk: place in the household
  penyandang_cacat TEXT,                          -- list penyandang_cacat (the form's word; say "penyandang disabilitas")
  pendidikan      TEXT,                           -- list pendidikan_kk
  pendidikan_sedang TEXT,                         -- list pendidikan_sedang
  pekerjaan       TEXT,                           -- list pekerjaan
  kewarganegaraan TEXT,                           -- list kewarganegaraan
  nik_ibu         TEXT,                           -- as written: nothing is joined by it
  nama_ibu        TEXT,
  nik_ayah        TEXT,
  nama_ayah       TEXT,
  akta_lahir      TEXT,                           -- number of the act; its absence says nothing
  akta_kawin      TEXT,
  tanggal_kawin   TEXT,
  akta_cerai      TEXT,
  tanggal_cerai   TEXT,
  paspor          TEXT,
  paspor_berakhir TEXT,
  kitas           TEXT,
  alamat_sebelumnya TEXT,
  alamat_sekarang TEXT,                           -- where the person lives, when not with the household
  status_dasar    TEXT,                           -- list status_dasar
  ktp_el          TEXT,                           -- list ktp_el
  status_rekam    TEXT,                           -- list status_rekam_ktp_el
  telepon         TEXT,                           -- contact is never required
  surel           TEXT,
  keterangan      TEXT
);

-- The office's decision on a pair from v_dugaan_ganda or `jemput duplicates`. orang_a is the smaller id when it is written. Undone by another decision.
-- Rows that are one are made one by `jemput merge-rows`; SAMA says it where that is not wanted.
CREATE TABLE putusan_ganda(
  orang_a         BLOB NOT NULL REFERENCES orang(id),
  orang_b         BLOB NOT NULL REFERENCES orang(id),
  putusan         TEXT NOT NULL,                  -- list putusan_ganda: SAMA, BEDA
  alasan          TEXT,
  oleh            TEXT,
  pada            TEXT,
  PRIMARY KEY(orang_a, orang_b)
) WITHOUT ROWID;

---------------------------------------------------------------------------------------------------- work in the field

CREATE TABLE kegiatan_sosialisasi(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  tanggal         TEXT NOT NULL,
  tempat          TEXT,
  kode_kel        TEXT,                           -- wilayah.kode
  rt              TEXT,
  rw              TEXT,
  putaran         INTEGER,                        -- first, second ... round in this kelurahan
  topik           TEXT,
  sasaran         TEXT,                           -- who was addressed or trained
  jumlah_hadir    INTEGER,
  pertanyaan      TEXT,                           -- what people asked
  petugas         TEXT,
  keterangan      TEXT
);

CREATE TABLE kunjungan(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  tanggal         TEXT NOT NULL,
  keluarga_id     BLOB REFERENCES keluarga(id),
  kode_kel        TEXT,                           -- wilayah.kode
  rt              TEXT,
  rw              TEXT,
  petugas         TEXT,
  hasil           TEXT,                           -- list hasil_kunjungan
  alasan_belum_urus TEXT,                         -- list alasan_belum_urus: what had kept them from applying
  tindak_lanjut   TEXT,                           -- date of the next visit
  keterangan      TEXT
);

CREATE TABLE permohonan(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  kode_tanda_terima TEXT,                         -- jemput_serial('permohonan'), 07-000123-Z: on the citizen's paper
  layanan         TEXT NOT NULL,                  -- list layanan
  varian          TEXT,                           -- list varian_layanan
  kanal           TEXT,                           -- list kanal
  tanggal         TEXT NOT NULL,                  -- date of the application
  kunjungan_id    BLOB REFERENCES kunjungan(id),
  kegiatan_id     BLOB REFERENCES kegiatan_sosialisasi(id),
  pemohon_id      BLOB REFERENCES orang(id),      -- who asks
  keluarga_id     BLOB REFERENCES keluarga(id),   -- whose household it concerns
  kode_kel        TEXT,                           -- where it was taken; counts it there even after the household has moved
  status          TEXT NOT NULL DEFAULT 'DRAF',   -- alur_status.kode
  alasan_status   TEXT,                           -- why returned or refused (per field: catatan)
  pemegang        TEXT,                           -- who must act now
  batas_waktu     TEXT,                           -- date by which
  tanggal_lengkap TEXT,                           -- the legal 1 to 24 hours run from here, not from the visit
  petugas         TEXT,                           -- who took it down
  jam_perangkat   TEXT,                           -- the tablet's clock then: a claim, not evidence
  versi_formulir  TEXT,
  versi_syarat    INTEGER,                        -- syarat_layanan.versi that was shown
  kontak_nama     TEXT,                           -- family or RT who may be called instead
  kontak_telepon  TEXT,
  kontak_hubungan TEXT,
  butuh_bantuan   INTEGER,                        -- 1: the officer asks for help; the question is in catatan
  digabung_ke     BLOB REFERENCES permohonan(id), -- DIGABUNG: into which
  penerima        TEXT,                           -- DISERAHKAN: to whom
  keterangan      TEXT
);

-- Metadata only: the picture itself is stored encrypted under its hash.
CREATE TABLE lampiran(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  permohonan_id   BLOB REFERENCES permohonan(id),
  orang_id        BLOB REFERENCES orang(id),
  hash            BLOB NOT NULL,                  -- content hash
  ukuran          INTEGER,                        -- bytes
  jenis           TEXT,                           -- media type
  judul           TEXT,
  keadaan         TEXT,                           -- list keadaan_lampiran
  dari_asli       INTEGER,                        -- 1: photographed from the original
  dilihat_oleh    TEXT,                           -- who compared it with the original
  diambil_pada    TEXT
);

-- The pictures themselves, of any row: what jemput attach adds. The columns are the engine's (schema/formats/media.md).
CREATE TABLE berkas(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  owner_table     TEXT NOT NULL,
  owner_key       BLOB NOT NULL,
  kind            TEXT NOT NULL,
  mime            TEXT NOT NULL,
  size            INTEGER NOT NULL,
  content         BLOB NOT NULL,
  urgent          INTEGER,
  received        BLOB
);

CREATE TABLE syarat_permohonan(
  permohonan_id   BLOB NOT NULL REFERENCES permohonan(id),
  kode_syarat     TEXT NOT NULL,                  -- syarat_layanan.kode
  keadaan         TEXT NOT NULL,                  -- list keadaan_syarat: ADA, MENYUSUL, PENGGANTI, TIDAK_PERLU
  pengganti       TEXT,                           -- what was given instead
  lampiran_id     BLOB REFERENCES lampiran(id),
  dari_asli       INTEGER,
  dilihat_oleh    TEXT,
  keterangan      TEXT,
  PRIMARY KEY(permohonan_id, kode_syarat)
) WITHOUT ROWID;

-- F-1.06: what it was, what it should be, on what ground.
CREATE TABLE perubahan(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  permohonan_id   BLOB NOT NULL REFERENCES permohonan(id),
  orang_id        BLOB REFERENCES orang(id),      -- empty: it concerns the household
  elemen          TEXT NOT NULL,                  -- column name in orang or keluarga, or words
  semula          TEXT,
  menjadi         TEXT,
  dasar           TEXT
);

-- One table for every event: F-2.01 reports sixteen kinds on one form, F-1.03 the moves.
CREATE TABLE peristiwa(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  permohonan_id   BLOB REFERENCES permohonan(id),
  jenis           TEXT NOT NULL,                  -- list jenis_peristiwa
  tanggal         TEXT,
  tanggal_tertulis TEXT,
  pukul           TEXT,
  tempat          TEXT,
  -- birth
  tempat_dilahirkan TEXT,                         -- list f201_tempat_dilahirkan
  jenis_kelahiran TEXT,                           -- list f201_jenis_kelahiran
  kelahiran_ke    INTEGER,
  penolong        TEXT,                           -- list f201_penolong_kelahiran
  berat_gram      INTEGER,
  panjang_cm      INTEGER,
  -- death
  sebab           TEXT,                           -- list f201_sebab_kematian
  yang_menerangkan TEXT,                          -- list f201_yang_menerangkan_kematian
  -- move
  klasifikasi     TEXT,                           -- list f103_klasifikasi_pindah
  alasan          TEXT,                           -- list f103_alasan_pindah
  jenis_kepindahan TEXT,                          -- list f103_jenis_kepindahan
  kk_tidak_pindah TEXT,                           -- list f103_status_kk_tidak_pindah
  kk_pindah       TEXT,                           -- list f103_status_kk_yang_pindah
  alamat_asal     TEXT,
  kode_kel_asal   TEXT,
  alamat_tujuan   TEXT,
  rt_tujuan       TEXT,
  rw_tujuan       TEXT,
  kode_kel_tujuan TEXT,
  nomor_skp       TEXT,                           -- number of the letter brought along
  keterangan      TEXT
);

-- Who was what in an event: a known person or just a name.
CREATE TABLE peran(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  peristiwa_id    BLOB NOT NULL REFERENCES peristiwa(id),
  peran           TEXT NOT NULL,                  -- list peran_peristiwa
  orang_id        BLOB REFERENCES orang(id),
  nama_bebas      TEXT,
  nik_tertulis    TEXT,
  no_kk_tertulis  TEXT,
  kewarganegaraan TEXT,                           -- list kewarganegaraan
  CHECK(orang_id IS NOT NULL OR nama_bebas IS NOT NULL)
);

-- Remarks, questions, answers, and why a field is empty.
CREATE TABLE catatan(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  permohonan_id   BLOB REFERENCES permohonan(id),
  orang_id        BLOB REFERENCES orang(id),
  keluarga_id     BLOB REFERENCES keluarga(id),
  jenis           TEXT,                           -- list jenis_catatan
  elemen          TEXT,                           -- the field it is about
  isi             TEXT NOT NULL,
  oleh            TEXT,
  pada            TEXT,
  menjawab        BLOB REFERENCES catatan(id)
);

-- Why we may hold this person's data, and how that was said.
CREATE TABLE persetujuan(
  id              BLOB PRIMARY KEY NOT NULL CHECK(length(id)=16),
  orang_id        BLOB NOT NULL REFERENCES orang(id),
  permohonan_id   BLOB REFERENCES permohonan(id),
  dasar           TEXT NOT NULL,                  -- list dasar_persetujuan
  cara            TEXT,                           -- list cara_persetujuan: LISAN, TERTULIS, CAP_JEMPOL
  diwakili        TEXT,                           -- parent, guardian
  saksi           TEXT,
  oleh            TEXT,
  pada            TEXT,
  dicabut_pada    TEXT
);

CREATE INDEX keluarga_no_kk        ON keluarga(no_kk);
CREATE INDEX orang_nik             ON orang(nik);
CREATE INDEX orang_keluarga        ON orang(keluarga_id);
CREATE INDEX orang_tanggal_lahir   ON orang(tanggal_lahir);
CREATE INDEX permohonan_tanggal    ON permohonan(tanggal);
CREATE INDEX permohonan_tanda      ON permohonan(kode_tanda_terima);
CREATE INDEX permohonan_pemohon    ON permohonan(pemohon_id);
CREATE INDEX permohonan_keluarga   ON permohonan(keluarga_id);
CREATE INDEX lampiran_permohonan   ON lampiran(permohonan_id);
CREATE INDEX perubahan_permohonan  ON perubahan(permohonan_id);
CREATE INDEX peristiwa_permohonan  ON peristiwa(permohonan_id);
CREATE INDEX peran_peristiwa       ON peran(peristiwa_id);
CREATE INDEX catatan_permohonan    ON catatan(permohonan_id);
CREATE INDEX persetujuan_orang     ON persetujuan(orang_id);

-- One open application for a person and a service. Two officers who take the same one, not knowing of each other, make two rows: after merging one
-- of them is held, with this index as the reason. A second one that is meant, or that came from paper, is stored as DUGAAN_GANDA; so is a held one that
-- people want to see in the table. Acts and child cards are left out: a parent asks for them once a child.
CREATE UNIQUE INDEX satu_permohonan_terbuka ON permohonan(pemohon_id, layanan, coalesce(varian, ''))
 WHERE layanan NOT IN ('AKTA_KELAHIRAN', 'AKTA_KEMATIAN', 'KIA') AND digabung_ke IS NULL
   AND status NOT IN ('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG');

---------------------------------------------------------------------------------------------------- reading the lists

-- Every code ever published with its newest words; `dipakai` is 1 for those to be offered in a pick list.
CREATE VIEW v_kode(nama_daftar, kode, label, urutan, kelompok, peta_ke, peta, versi, dipakai) AS
SELECT d.nama_daftar, d.kode, d.label, d.urutan, d.kelompok, d.peta_ke, d.peta, d.versi,
       d.versi = (SELECT max(a.versi) FROM daftar_kode a WHERE a.nama_daftar=d.nama_daftar)
         AND (d.berlaku_sampai IS NULL OR d.berlaku_sampai >= substr(date('now'), 1, length(d.berlaku_sampai)))
  FROM daftar_kode d
 WHERE d.versi = (SELECT max(b.versi) FROM daftar_kode b WHERE b.nama_daftar=d.nama_daftar AND b.kode=d.kode);

-- What is asked for today: of the newest version that has begun, so that one may be published ahead of its day; a requirement that has ended is not
-- asked for by an older version either. belum_diverifikasi: nobody has read the rule yet, so do not print it.
CREATE VIEW v_syarat_berlaku AS
SELECT s.layanan, s.varian, s.kode, s.versi, s.formulir, s.uraian, s.sifat, s.bila, s.alternatif, s.di_rumah, s.urutan, s.dasar,
       s.keterangan, s.sumber LIKE '%memory, unverified%' AS belum_diverifikasi
  FROM syarat_layanan s
 WHERE s.versi = (SELECT max(b.versi) FROM syarat_layanan b WHERE b.layanan=s.layanan AND b.varian=s.varian
                   AND (b.berlaku_dari IS NULL OR b.berlaku_dari <= date('now')))
   AND (s.berlaku_dari   IS NULL OR s.berlaku_dari   <= date('now'))
   AND (s.berlaku_sampai IS NULL OR s.berlaku_sampai >= substr(date('now'), 1, length(s.berlaku_sampai)));

-- The allowed steps of an application, one a row.
CREATE VIEW v_alur_langkah(dari, ke) AS
SELECT a.kode, b.kode FROM alur_status a JOIN alur_status b ON instr(','||a.berikut||',', ','||b.kode||',')>0;

-- What satu_permohonan_terbuka lets be there once: look here before taking down another.
CREATE VIEW v_permohonan_terbuka(id, pemohon_id, layanan, varian, status) AS
SELECT id, pemohon_id, layanan, coalesce(varian, ''), status FROM permohonan
 WHERE pemohon_id IS NOT NULL AND layanan NOT IN ('AKTA_KELAHIRAN', 'AKTA_KEMATIAN', 'KIA') AND digabung_ke IS NULL
   AND status NOT IN ('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG');

-- Applications with the words for their codes, for lists on a screen. No NIK and no KK number in it.
CREATE VIEW v_permohonan AS
SELECT p.id, p.kode_tanda_terima, p.tanggal, p.layanan, coalesce(l.label, p.layanan) AS nama_layanan,
       p.varian, coalesce(v.label, p.varian) AS nama_varian, o.nama AS pemohon, k.nama_kepala,
       coalesce(p.kode_kel, k.kode_kel) AS kode_kel, w.nama AS kelurahan, k.rt, k.rw,
       p.status, coalesce(s.label, p.status) AS nama_status, p.alasan_status, p.pemegang, p.batas_waktu, p.petugas
  FROM permohonan p
  LEFT JOIN orang o       ON o.id=p.pemohon_id
  LEFT JOIN keluarga k    ON k.id=p.keluarga_id
  LEFT JOIN wilayah w     ON w.kode=coalesce(p.kode_kel, k.kode_kel)
  LEFT JOIN alur_status s ON s.kode=p.status
  LEFT JOIN v_kode l      ON l.nama_daftar='layanan' AND l.kode=p.layanan
  LEFT JOIN v_kode v      ON v.nama_daftar='varian_layanan' AND v.kode=p.varian;

---------------------------------------------------------------------------------------------------- counting

-- Applications by month, kelurahan and service group (daftar_kode 'layanan', column kelompok; an unknown service is its own group).
-- Cancelled and merged ones are not counted (alur_status.dihitung). A kelurahan that nobody wrote down is ''.
CREATE VIEW v_rekap_bulanan(bulan, kelurahan, layanan, jumlah) AS
SELECT substr(p.tanggal, 1, 7), coalesce(p.kode_kel, k.kode_kel, ''), coalesce(l.kelompok, p.layanan), count(*)
  FROM permohonan p
  LEFT JOIN keluarga k    ON k.id=p.keluarga_id
  LEFT JOIN alur_status s ON s.kode=p.status
  LEFT JOIN v_kode l      ON l.nama_daftar='layanan' AND l.kode=p.layanan
 WHERE coalesce(s.dihitung, 1)=1
 GROUP BY 1, 2, 3;

-- The same for all kelurahan together, with the share in percent: two decimals, half up, computed in whole numbers.
CREATE VIEW v_rekap_persen(bulan, layanan, jumlah, persen) AS
WITH r AS (SELECT bulan, layanan, sum(jumlah) AS n FROM v_rekap_bulanan GROUP BY bulan, layanan),
     t AS (SELECT bulan, sum(jumlah) AS n FROM v_rekap_bulanan GROUP BY bulan),
     h AS (SELECT r.bulan, r.layanan, r.n, (20000*r.n + t.n) / (2*t.n) AS seperseratus FROM r JOIN t ON t.bulan=r.bulan)
SELECT bulan, layanan, n, printf('%d.%02d', seperseratus/100, seperseratus%100) FROM h;

-- Per RT: households known, last visit, last outreach event. An event without an RT was for the whole kelurahan.
CREATE VIEW v_cakupan_rt(kode_kel, rw, rt, keluarga, kunjungan_terakhir, sosialisasi_terakhir) AS
SELECT k.kode_kel, k.rw, k.rt, count(*),
       (SELECT max(v.tanggal) FROM kunjungan v WHERE v.kode_kel IS k.kode_kel AND v.rw IS k.rw AND v.rt IS k.rt),
       (SELECT max(g.tanggal) FROM kegiatan_sosialisasi g
         WHERE g.kode_kel IS k.kode_kel AND (g.rt IS NULL OR (g.rt IS k.rt AND g.rw IS k.rw)))
  FROM keluarga k GROUP BY k.kode_kel, k.rw, k.rt;

---------------------------------------------------------------------------------------------------- warnings
-- All have the columns tabel, id, kode, tingkat, nilai, pesan (id: the first column of the table's key). tingkat: 'tolak' = the value cannot be what
-- it claims to be (keep it only as written on paper), 'ingatkan' = look again. Neither stops anybody. v_peringatan holds them all.

-- A NIK is given once for life: region, birth date and sex in it are those of its first registration, and there is no check digit.
CREATE VIEW v_peringatan_nik(tabel, id, kode, tingkat, nilai, pesan) AS
WITH n AS (
  SELECT id, nik, jenis_kelamin, tanggal_lahir, nik NOT GLOB '00*' AND nik GLOB '0*' AS sementara,
         CAST(substr(nik, 7, 2) AS INTEGER) AS hari, CAST(substr(nik, 9, 2) AS INTEGER) AS bulan, CAST(substr(nik, 11, 2) AS INTEGER) AS tahun,
         substr(nik, 1, 2)||'.'||substr(nik, 3, 2) AS kota, substr(nik, 1, 2)||'.'||substr(nik, 3, 2)||'.'||substr(nik, 5, 2) AS kecamatan
    FROM orang WHERE length(CAST(nik AS BLOB))=16 AND nik NOT GLOB '*[^0-9]*'),
m AS (  -- the numbers that claim to be a real NIK, with the birth date in them
  SELECT *, CASE WHEN hari>40 THEN hari-40 ELSE hari END AS tgl, bulan BETWEEN 1 AND 12 AS bulan_ada,
         hari BETWEEN 1 AND 31 OR hari BETWEEN 41 AND 71 AS hari_ada,
         CASE WHEN bulan IN (4, 6, 9, 11) THEN 30 WHEN bulan<>2 THEN 31 WHEN tahun%4=0 THEN 29 ELSE 28 END AS hari_terakhir
    FROM n WHERE NOT sementara)
SELECT 'orang', id, 'NIK_BUKAN_16_ANGKA', 'tolak', nik, 'NIK harus 16 angka. Simpan apa adanya sebagai "NIK tertulis".'
  FROM orang WHERE nik IS NOT NULL AND (length(CAST(nik AS BLOB))<>16 OR nik GLOB '*[^0-9]*')
UNION ALL SELECT 'orang', id, 'NIK_PROVINSI', 'tolak', nik, 'Kode provinsi 00 tidak ada.' FROM m WHERE nik GLOB '00*'
UNION ALL SELECT 'orang', id, 'NIK_BULAN', 'tolak', nik, 'Bulan lahir di dalam NIK bukan 01 sampai 12.' FROM m WHERE NOT bulan_ada
UNION ALL SELECT 'orang', id, 'NIK_HARI', 'tolak', nik, 'Tanggal lahir di dalam NIK bukan 01-31 (laki-laki) atau 41-71 (perempuan).' FROM m WHERE NOT hari_ada
UNION ALL SELECT 'orang', id, 'NIK_URUT', 'tolak', nik, 'Nomor urut 0000 tidak ada.' FROM m WHERE substr(nik, 13, 4)='0000'
UNION ALL SELECT 'orang', id, 'NIK_SEMENTARA', 'ingatkan', nik, 'Berawalan 0: nomor sementara dari aplikasi lain, bukan NIK.' FROM n WHERE sementara
UNION ALL SELECT 'orang', id, 'NIK_TERTULIS_SAJA', 'ingatkan', nik_tertulis, 'NIK baru ada seperti tertulis di dokumen; periksa aslinya.'
  FROM orang WHERE nik IS NULL AND nik_tertulis<>''
UNION ALL SELECT 'orang', id, 'NIK_KABKOTA', 'ingatkan', nik, 'Kode kabupaten/kota 00 dan 70 tidak dipakai.' FROM m WHERE substr(nik, 3, 2) IN ('00', '70')
UNION ALL SELECT 'orang', id, 'NIK_LATIHAN', 'ingatkan', nik, 'Kecamatan 99 hanya untuk latihan: bukan NIK milik orang.'
  FROM m WHERE substr(nik, 5, 2)='99' AND NOT EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kecamatan)
UNION ALL SELECT 'orang', id, 'NIK_WILAYAH', 'ingatkan', nik, 'Kecamatan di dalam NIK tidak dikenal atau tidak berlaku lagi di kota ini.'
  FROM m WHERE substr(nik, 5, 2)<>'99' AND EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kota)
   AND NOT EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kecamatan AND w.berlaku_sampai IS NULL)
UNION ALL SELECT 'orang', id, 'NIK_TANGGAL_MUSTAHIL', 'ingatkan', nik, 'Tanggal lahir di dalam NIK tidak ada pada bulan itu.'
  FROM m WHERE bulan_ada AND hari_ada AND tgl>hari_terakhir
UNION ALL SELECT 'orang', id, 'NIK_BEDA_TANGGAL', 'ingatkan', nik, 'Tanggal lahir di dalam NIK berbeda dengan biodata. NIK tetap berlaku; pastikan tidak salah tulis.'
  FROM m WHERE bulan_ada AND hari_ada AND date(tanggal_lahir, '+0 days') IS tanggal_lahir
   AND printf('%02d%02d%02d', tgl, bulan, tahun)<>substr(tanggal_lahir, 9, 2)||substr(tanggal_lahir, 6, 2)||substr(tanggal_lahir, 3, 2)
UNION ALL SELECT 'orang', id, 'NIK_BEDA_KELAMIN', 'ingatkan', nik, 'Jenis kelamin di dalam NIK berbeda dengan biodata. NIK tetap berlaku; pastikan tidak salah tulis.'
  FROM m WHERE hari_ada AND jenis_kelamin IN ('1', '2') AND (hari>40)<>(jenis_kelamin='2')
UNION ALL SELECT 'orang', id, 'NIK_GANDA', 'ingatkan', nik, 'NIK ini juga tercatat pada orang lain.'
  FROM m WHERE EXISTS(SELECT 1 FROM orang b WHERE b.nik=m.nik AND b.id<>m.id
   AND NOT EXISTS(SELECT 1 FROM putusan_ganda g
                   WHERE g.putusan='SAMA' AND ((g.orang_a=m.id AND g.orang_b=b.id) OR (g.orang_a=b.id AND g.orang_b=m.id))));

-- A KK number holds region and date of issue (DDMMYY, no +40: memory, unverified, hence only a reminder).
CREATE VIEW v_peringatan_kk(tabel, id, kode, tingkat, nilai, pesan) AS
WITH m AS (
  SELECT id, no_kk, CAST(substr(no_kk, 7, 2) AS INTEGER) AS tgl, CAST(substr(no_kk, 9, 2) AS INTEGER) AS bulan, CAST(substr(no_kk, 11, 2) AS INTEGER) AS tahun,
         substr(no_kk, 1, 2)||'.'||substr(no_kk, 3, 2) AS kota, substr(no_kk, 1, 2)||'.'||substr(no_kk, 3, 2)||'.'||substr(no_kk, 5, 2) AS kecamatan
    FROM keluarga WHERE length(CAST(no_kk AS BLOB))=16 AND no_kk NOT GLOB '*[^0-9]*')
SELECT 'keluarga', id, 'KK_BUKAN_16_ANGKA', 'tolak', no_kk, 'Nomor KK harus 16 angka. Simpan apa adanya sebagai "nomor KK tertulis".'
  FROM keluarga WHERE no_kk IS NOT NULL AND (length(CAST(no_kk AS BLOB))<>16 OR no_kk GLOB '*[^0-9]*')
UNION ALL SELECT 'keluarga', id, 'KK_SEMENTARA', 'ingatkan', no_kk, 'Berawalan 0: nomor sementara dari aplikasi lain, bukan nomor KK.' FROM m WHERE no_kk GLOB '0*'
UNION ALL SELECT 'keluarga', id, 'KK_TERTULIS_SAJA', 'ingatkan', no_kk_tertulis, 'Nomor KK baru ada seperti tertulis di dokumen; periksa aslinya.'
  FROM keluarga WHERE no_kk IS NULL AND no_kk_tertulis<>''
UNION ALL SELECT 'keluarga', id, 'KK_LATIHAN', 'ingatkan', no_kk, 'Kecamatan 99 hanya untuk latihan: bukan nomor KK milik keluarga.'
  FROM m WHERE no_kk NOT GLOB '0*' AND substr(no_kk, 5, 2)='99' AND NOT EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kecamatan)
UNION ALL SELECT 'keluarga', id, 'KK_WILAYAH', 'ingatkan', no_kk, 'Kecamatan di dalam nomor KK tidak dikenal atau tidak berlaku lagi di kota ini.'
  FROM m WHERE substr(no_kk, 5, 2)<>'99' AND EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kota)
   AND NOT EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=m.kecamatan AND w.berlaku_sampai IS NULL)
UNION ALL SELECT 'keluarga', id, 'KK_TANGGAL', 'ingatkan', no_kk, 'Tanggal di dalam nomor KK tidak ada (pada KK tanggal perempuan tidak ditambah 40).'
  FROM m WHERE no_kk NOT GLOB '0*' AND (bulan NOT BETWEEN 1 AND 12 OR tgl<1
   OR tgl>CASE WHEN bulan IN (4, 6, 9, 11) THEN 30 WHEN bulan<>2 THEN 31 WHEN tahun%4=0 THEN 29 ELSE 28 END)
UNION ALL SELECT 'keluarga', id, 'KK_GANDA', 'ingatkan', no_kk, 'Nomor KK ini juga tercatat pada keluarga lain.'
  FROM m WHERE no_kk NOT GLOB '0*' AND EXISTS(SELECT 1 FROM keluarga b WHERE b.no_kk=m.no_kk AND b.id<>m.id)
UNION ALL SELECT 'keluarga', keluarga_id, 'KK_KEPALA_GANDA', 'ingatkan', CAST(count(*) AS TEXT), 'Ada lebih dari satu kepala keluarga.'
  FROM orang WHERE keluarga_id IS NOT NULL AND shdk='1' GROUP BY keluarga_id HAVING count(*)>1;

-- Permendagri 73/2022 binds names first recorded from 21 April 2022 on. Here those are the names of children born since; older names stay valid as
-- they are.
CREATE VIEW v_peringatan_nama(tabel, id, kode, tingkat, nilai, pesan) AS
SELECT 'orang', id, 'NAMA_KARAKTER', 'ingatkan', nama, 'Nama memuat huruf atau tanda di luar A-Z, spasi, titik, koma, petik dan tanda hubung.'
  FROM orang WHERE nama GLOB '*[^A-Za-z .,''-]*'
UNION ALL SELECT 'orang', id, 'NAMA_SPASI', 'ingatkan', nama, 'Ada spasi berlebih di awal, di akhir atau di tengah nama.'
  FROM orang WHERE nama<>trim(nama) OR instr(nama, '  ')>0
UNION ALL SELECT 'orang', id, 'NAMA_PANJANG', 'ingatkan', nama, 'Nama baru paling banyak 60 huruf termasuk spasi: akan ditolak dinas.'
  FROM orang WHERE tanggal_lahir>='2022-04-21' AND length(nama)>60
UNION ALL SELECT 'orang', id, 'NAMA_SATU_KATA', 'ingatkan', nama, 'Nama baru dianjurkan paling sedikit dua kata; tetap boleh.'
  FROM orang WHERE tanggal_lahir>='2022-04-21' AND instr(trim(nama), ' ')=0
UNION ALL SELECT 'orang', id, 'NAMA_TANDA_BACA', 'ingatkan', nama, 'Nama baru tidak boleh memakai tanda baca atau disingkat.'
  FROM orang WHERE tanggal_lahir>='2022-04-21' AND nama GLOB '*[.,''-]*';

-- date(x) alone passes 31 February on; '+0 days' makes SQLite count the day out, and a day that is not in the calendar comes back as another.
CREATE VIEW v_peringatan_tanggal(tabel, id, kode, tingkat, nilai, pesan) AS
SELECT 'orang', id, 'TANGGAL_TERTULIS_SAJA', 'ingatkan', tanggal_lahir_tertulis, 'Tanggal lahir baru ada seperti tertulis di dokumen; periksa aslinya.'
  FROM orang WHERE tanggal_lahir IS NULL AND tanggal_lahir_tertulis<>''
UNION ALL SELECT 'orang', id, 'TANGGAL_LAHIR', 'ingatkan', tanggal_lahir, 'Tanggal lahir tidak ada di kalender, atau tidak ditulis tahun-bulan-hari.'
  FROM orang WHERE tanggal_lahir IS NOT NULL AND date(tanggal_lahir, '+0 days') IS NOT tanggal_lahir
UNION ALL SELECT 'permohonan', id, 'TANGGAL_PERMOHONAN', 'ingatkan', tanggal, 'Tanggal permohonan tidak ada di kalender, sehingga tidak terhitung pada bulannya.'
  FROM permohonan WHERE date(tanggal, '+0 days') IS NOT tanggal;

CREATE VIEW v_peringatan_wilayah(tabel, id, kode, tingkat, nilai, pesan) AS
SELECT 'keluarga', id, 'WILAYAH_BPS', 'ingatkan', kode_kel, 'Ini kode BPS (1672). Pakai kode Kemendagri: 16.74.'
  FROM keluarga WHERE kode_kel GLOB '16.72*' OR kode_kel GLOB '1672*'
UNION ALL SELECT 'keluarga', id, 'WILAYAH_TAK_DIKENAL', 'ingatkan', kode_kel, 'Kode kelurahan/desa tidak ada di daftar wilayah.'
  FROM keluarga WHERE kode_kel<>'' AND kode_kel NOT GLOB '16.72*' AND kode_kel NOT GLOB '1672*'
   AND NOT EXISTS(SELECT 1 FROM wilayah w WHERE w.kode=kode_kel)
UNION ALL SELECT 'keluarga', k.id, 'WILAYAH_LAMA', 'ingatkan', k.kode_kel, 'Kode wilayah ini tidak berlaku lagi'||coalesce('; penggantinya '||w.pengganti, '')||'.'
  FROM keluarga k JOIN wilayah w ON w.kode=k.kode_kel WHERE w.berlaku_sampai IS NOT NULL
UNION ALL SELECT 'keluarga', id, 'RT_RW', 'ingatkan', coalesce(rt, '')||'/'||coalesce(rw, ''), 'RT dan RW ditulis tiga angka, misalnya 003.'
  FROM keluarga WHERE (rt<>'' AND rt NOT GLOB '[0-9][0-9][0-9]') OR (rw<>'' AND rw NOT GLOB '[0-9][0-9][0-9]');

CREATE VIEW v_peringatan_permohonan(tabel, id, kode, tingkat, nilai, pesan) AS
SELECT 'permohonan', p.id, 'TANDA_TERIMA_GANDA', 'ingatkan', p.kode_tanda_terima, 'Dua permohonan memakai satu kode tanda terima.'
  FROM permohonan p WHERE EXISTS(SELECT 1 FROM permohonan q WHERE q.kode_tanda_terima=p.kode_tanda_terima AND q.id<>p.id);

-- Values that are in no version of the list they should come from: shown, stored as written, never replaced by a guess.
CREATE VIEW v_peringatan_kode(tabel, id, kode, tingkat, nilai, pesan) AS
WITH v(tabel, id, kolom, daftar, nilai) AS (
            SELECT 'orang', id, 'jenis_kelamin', 'jenis_kelamin', jenis_kelamin FROM orang
  UNION ALL SELECT 'orang', id, 'golongan_darah', 'golongan_darah', golongan_darah FROM orang
  UNION ALL SELECT 'orang', id, 'agama', 'agama', agama FROM orang
  UNION ALL SELECT 'orang', id, 'status_kawin', 'status_kawin', status_kawin FROM orang
  UNION ALL SELECT 'orang', id, 'shdk', 'shdk', shdk FROM orang
  UNION ALL SELECT 'orang', id, 'penyandang_cacat', 'penyandang_cacat', penyandang_cacat FROM orang
  UNION ALL SELECT 'orang', id, 'pendidikan', 'pendidikan_kk', pendidikan FROM orang
  UNION ALL SELECT 'orang', id, 'pendidikan_sedang', 'pendidikan_sedang', pendidikan_sedang FROM orang
  UNION ALL SELECT 'orang', id, 'pekerjaan', 'pekerjaan', pekerjaan FROM orang
  UNION ALL SELECT 'orang', id, 'kewarganegaraan', 'kewarganegaraan', kewarganegaraan FROM orang
  UNION ALL SELECT 'orang', id, 'status_dasar', 'status_dasar', status_dasar FROM orang
  UNION ALL SELECT 'orang', id, 'ktp_el', 'ktp_el', ktp_el FROM orang
  UNION ALL SELECT 'orang', id, 'status_rekam', 'status_rekam_ktp_el', status_rekam FROM orang
  UNION ALL SELECT 'permohonan', id, 'layanan', 'layanan', layanan FROM permohonan
  UNION ALL SELECT 'permohonan', id, 'varian', 'varian_layanan', varian FROM permohonan
  UNION ALL SELECT 'permohonan', id, 'kanal', 'kanal', kanal FROM permohonan
  UNION ALL SELECT 'peristiwa', id, 'jenis', 'jenis_peristiwa', jenis FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'tempat_dilahirkan', 'f201_tempat_dilahirkan', tempat_dilahirkan FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'jenis_kelahiran', 'f201_jenis_kelahiran', jenis_kelahiran FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'penolong', 'f201_penolong_kelahiran', penolong FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'sebab', 'f201_sebab_kematian', sebab FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'yang_menerangkan', 'f201_yang_menerangkan_kematian', yang_menerangkan FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'klasifikasi', 'f103_klasifikasi_pindah', klasifikasi FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'alasan', 'f103_alasan_pindah', alasan FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'jenis_kepindahan', 'f103_jenis_kepindahan', jenis_kepindahan FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'kk_tidak_pindah', 'f103_status_kk_tidak_pindah', kk_tidak_pindah FROM peristiwa
  UNION ALL SELECT 'peristiwa', id, 'kk_pindah', 'f103_status_kk_yang_pindah', kk_pindah FROM peristiwa
  UNION ALL SELECT 'peran', id, 'peran', 'peran_peristiwa', peran FROM peran
  UNION ALL SELECT 'peran', id, 'kewarganegaraan', 'kewarganegaraan', kewarganegaraan FROM peran
  UNION ALL SELECT 'kunjungan', id, 'hasil', 'hasil_kunjungan', hasil FROM kunjungan
  UNION ALL SELECT 'kunjungan', id, 'alasan_belum_urus', 'alasan_belum_urus', alasan_belum_urus FROM kunjungan
  UNION ALL SELECT 'lampiran', id, 'keadaan', 'keadaan_lampiran', keadaan FROM lampiran
  UNION ALL SELECT 'syarat_permohonan', permohonan_id, 'keadaan', 'keadaan_syarat', keadaan FROM syarat_permohonan
  UNION ALL SELECT 'catatan', id, 'jenis', 'jenis_catatan', jenis FROM catatan
  UNION ALL SELECT 'persetujuan', id, 'dasar', 'dasar_persetujuan', dasar FROM persetujuan
  UNION ALL SELECT 'persetujuan', id, 'cara', 'cara_persetujuan', cara FROM persetujuan
  UNION ALL SELECT 'putusan_ganda', orang_a, 'putusan', 'putusan_ganda', putusan FROM putusan_ganda)
SELECT tabel, id, 'KODE_TAK_DIKENAL', 'ingatkan', nilai, 'Isian "'||kolom||'" tidak ada di daftar '||daftar||'; disimpan seperti tertulis.'
  FROM v WHERE nilai<>'' AND NOT EXISTS(SELECT 1 FROM daftar_kode d WHERE d.nama_daftar=v.daftar AND d.kode=v.nilai)
UNION ALL SELECT 'permohonan', id, 'KODE_TAK_DIKENAL', 'ingatkan', status, 'Isian "status" tidak ada di daftar alur_status; disimpan seperti tertulis.'
  FROM permohonan p WHERE NOT EXISTS(SELECT 1 FROM alur_status s WHERE s.kode=p.status);

CREATE VIEW v_peringatan(tabel, id, kode, tingkat, nilai, pesan) AS
          SELECT * FROM v_peringatan_nik
UNION ALL SELECT * FROM v_peringatan_kk
UNION ALL SELECT * FROM v_peringatan_nama
UNION ALL SELECT * FROM v_peringatan_tanggal
UNION ALL SELECT * FROM v_peringatan_wilayah
UNION ALL SELECT * FROM v_peringatan_permohonan
UNION ALL SELECT * FROM v_peringatan_kode;

-- Two rows that may be one person; the smaller id first. Pairs on which the office has decided are not shown again.
-- Temporary numbers (0...) say nothing: other software counts them up on each device, so two strangers may share one.
CREATE VIEW v_dugaan_ganda(orang_a, orang_b, alasan) AS
WITH p(orang_a, orang_b, alasan) AS (
  SELECT a.id, b.id, 'NIK_SAMA' FROM orang a JOIN orang b ON b.nik=a.nik AND a.id<b.id WHERE a.nik<>'' AND a.nik NOT GLOB '0*'
  UNION ALL
  SELECT a.id, b.id, 'NAMA_TANGGAL_LAHIR_SAMA' FROM orang a JOIN orang b ON b.tanggal_lahir=a.tanggal_lahir AND a.id<b.id
   WHERE lower(trim(a.nama))=lower(trim(b.nama))
     AND (a.jenis_kelamin IS NULL OR b.jenis_kelamin IS NULL OR a.jenis_kelamin=b.jenis_kelamin))
SELECT * FROM p WHERE NOT EXISTS(  -- in either order: a merge of rows may have turned it round
  SELECT 1 FROM putusan_ganda g WHERE (g.orang_a=p.orang_a AND g.orang_b=p.orang_b) OR (g.orang_a=p.orang_b AND g.orang_b=p.orang_a));

-- Two rows that may be one household.
CREATE VIEW v_dugaan_kk_ganda(keluarga_a, keluarga_b, no_kk) AS
SELECT a.id, b.id, a.no_kk FROM keluarga a JOIN keluarga b ON b.no_kk=a.no_kk AND a.id<b.id WHERE a.no_kk<>'' AND a.no_kk NOT GLOB '0*';

-- One request taken twice, for instance on a tablet and on paper: same service for the same person within 30 days.
CREATE VIEW v_dugaan_permohonan_ganda(permohonan_a, permohonan_b) AS
WITH p AS (
  SELECT p.id, p.layanan, p.varian, p.tanggal, p.pemohon_id, o.nik FROM permohonan p
    LEFT JOIN orang o ON o.id=p.pemohon_id LEFT JOIN alur_status s ON s.kode=p.status WHERE coalesce(s.dihitung, 1)=1)
SELECT a.id, b.id FROM p a JOIN p b ON a.id<b.id AND b.layanan=a.layanan AND (b.pemohon_id=a.pemohon_id OR b.nik=a.nik)
 WHERE (a.varian IS NULL OR b.varian IS NULL OR a.varian=b.varian) AND abs(julianday(a.tanggal)-julianday(b.tanggal))<=30;

---------------------------------------------------------------------------------------------------- replication
-- group: columns that merge as one value.  identity: two different values at once are a hard conflict, closed only by a person who names a reason.
-- before: the update carries the value it replaced, so that a status step can be judged.

SELECT jemput_replicate('wilayah', 'group=berlaku_sampai,pengganti');
SELECT jemput_replicate('perubahan_wilayah', '');
SELECT jemput_replicate('daftar_kode', 'group=peta_ke,peta');
SELECT jemput_replicate('syarat_layanan', 'group=sifat,bila');
SELECT jemput_replicate('alur_status', '');
SELECT jemput_replicate('keluarga', 'group=no_kk,no_kk_tertulis;group=alamat,rt,rw,dusun,kode_kel;group=lintang,bujur;identity=no_kk,no_kk_tertulis');
SELECT jemput_replicate('orang', 'group=nik,nik_tertulis;group=keluarga_id,shdk;group=tanggal_lahir,tanggal_lahir_tertulis;group=agama,kepercayaan;group=nik_ibu,nama_ibu;group=nik_ayah,nama_ayah;group=akta_kawin,tanggal_kawin;group=akta_cerai,tanggal_cerai;group=paspor,paspor_berakhir;identity=nik,nik_tertulis,nama,tanggal_lahir,tanggal_lahir_tertulis,keluarga_id,shdk');
SELECT jemput_replicate('putusan_ganda', 'group=putusan,alasan,oleh,pada;identity=putusan,alasan,oleh,pada');
SELECT jemput_replicate('kegiatan_sosialisasi', 'group=tempat,kode_kel,rt,rw');
SELECT jemput_replicate('kunjungan', 'group=kode_kel,rt,rw');
SELECT jemput_replicate('permohonan', 'group=layanan,varian;group=status,alasan_status,digabung_ke,penerima;group=pemegang,batas_waktu;group=kontak_nama,kontak_telepon,kontak_hubungan;identity=status,alasan_status,digabung_ke,penerima,pemegang,batas_waktu;before=status,pemegang');
SELECT jemput_replicate('lampiran', 'group=hash,ukuran,jenis;group=dari_asli,dilihat_oleh');
SELECT jemput_replicate('berkas', 'attachments=104857600');  -- a device may add 100 MiB in 24 hours
SELECT jemput_replicate('syarat_permohonan', 'group=keadaan,pengganti,lampiran_id;group=dari_asli,dilihat_oleh');
SELECT jemput_replicate('perubahan', 'group=orang_id,elemen,semula,menjadi,dasar');
SELECT jemput_replicate('peristiwa', 'group=tanggal,tanggal_tertulis;group=alamat_asal,kode_kel_asal;group=alamat_tujuan,rt_tujuan,rw_tujuan,kode_kel_tujuan;identity=tanggal,tanggal_tertulis');
SELECT jemput_replicate('peran', 'group=orang_id,nama_bebas,nik_tertulis,no_kk_tertulis;identity=orang_id,nama_bebas,nik_tertulis,no_kk_tertulis');
SELECT jemput_replicate('catatan', 'group=elemen,isi');
SELECT jemput_replicate('persetujuan', 'group=dasar,cara,diwakili,saksi,oleh,pada');

---------------------------------------------------------------------------------------------------- policy
-- Who may do what; kominfo writes nothing. Only the Instansi Pelaksana (verifikator; Undang-Undang 24/2013,
-- pasal 1 angka 6 and 7) takes an application from its verification on to approval, or refuses it; nobody else does, administrators included. Steps are
-- those of alur_status; an office may put an application back into any state before the decision, since it mends what others got wrong. Officers and
-- kelurahan work within the region that their device was invited for.

SELECT jemput_policy('permohonan', 'petugas', 'insert; update; scope=kode_kel;
 steps=status:>DRAF,>KURANG,>LENGKAP,>ANTRE,>DUGAAN_GANDA,DRAF>KURANG,DRAF>LENGKAP,KURANG>LENGKAP,LENGKAP>ANTRE,LENGKAP>DRAF,KEMBALI>LENGKAP,
 DRAF>DIBATALKAN,KURANG>DIBATALKAN,KEMBALI>DIBATALKAN,DRAF>DUGAAN_GANDA,LENGKAP>DUGAAN_GANDA,SIAP_AMBIL>DISERAHKAN');
SELECT jemput_policy('permohonan', 'kelurahan', 'insert; update; scope=kode_kel;
 steps=status:>DRAF,>KURANG,>LENGKAP,>ANTRE,>DUGAAN_GANDA,DRAF>KURANG,DRAF>LENGKAP,KURANG>LENGKAP,LENGKAP>ANTRE,LENGKAP>DRAF,KEMBALI>LENGKAP,
 DRAF>DIBATALKAN,KURANG>DIBATALKAN,KEMBALI>DIBATALKAN,DRAF>DUGAAN_GANDA,LENGKAP>DUGAAN_GANDA,SIAP_AMBIL>DISERAHKAN,
 DITERIMA>PERIKSA_KEL,DITERIMA>DUGAAN_GANDA,PERIKSA_KEL>PERIKSA_DINAS,PERIKSA_KEL>KEMBALI,CETAK>SIAP_AMBIL');
SELECT jemput_policy('permohonan', 'verifikator', 'insert; update;
 steps=status:>DRAF,>KURANG,>LENGKAP,>DITERIMA,>DUGAAN_GANDA,DRAF>LENGKAP,KURANG>LENGKAP,LENGKAP>DITERIMA,ANTRE>DITERIMA,DITERIMA>PERIKSA_DINAS,
 PERIKSA_KEL>PERIKSA_DINAS,DITERIMA>DUGAAN_GANDA,DUGAAN_GANDA>PERIKSA_DINAS,PERIKSA_DINAS>DIPROSES,PERIKSA_DINAS>KEMBALI,PERIKSA_DINAS>TOLAK,
 TOLAK>PERIKSA_DINAS,DIPROSES>TTE,TTE>CETAK,CETAK>SIAP_AMBIL,SIAP_AMBIL>DISERAHKAN');
SELECT jemput_policy('permohonan', 'admin,pusat', 'insert; update; delete;
 steps=status:*>DRAF,*>KURANG,*>LENGKAP,*>ANTRE,*>DITERIMA,*>PERIKSA_KEL,*>PERIKSA_DINAS,*>KEMBALI,*>DUGAAN_GANDA,*>DIGABUNG,*>DIBATALKAN,
 CETAK>SIAP_AMBIL,SIAP_AMBIL>DISERAHKAN');
SELECT jemput_policy('kunjungan', 'petugas,kelurahan', 'insert; update; delete; scope=kode_kel');
SELECT jemput_policy('kegiatan_sosialisasi', 'petugas,kelurahan', 'insert; update; delete; scope=kode_kel');
SELECT jemput_policy('kunjungan', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('kegiatan_sosialisasi', 'verifikator,admin,pusat', 'insert; update; delete');
-- What the field writes about people is entered and corrected by all, of any region, since families live apart; and taken away, or made one
-- with another, by the office alone.
SELECT jemput_policy('keluarga', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('orang', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('lampiran', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('berkas', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('syarat_permohonan', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('perubahan', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('peristiwa', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('peran', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('persetujuan', 'petugas,kelurahan', 'insert; update');
SELECT jemput_policy('keluarga', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('orang', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('lampiran', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('berkas', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('syarat_permohonan', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('perubahan', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('peristiwa', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('peran', 'verifikator,admin,pusat', 'insert; update; delete');
SELECT jemput_policy('catatan', 'petugas,kelurahan,verifikator,admin,pusat', 'insert; update; delete'); -- remarks are taken back by who makes them
SELECT jemput_policy('persetujuan', 'verifikator,admin,pusat', 'insert; update; delete');
-- What the office publishes.
SELECT jemput_policy('wilayah', 'admin,pusat', 'insert; update; delete');
SELECT jemput_policy('perubahan_wilayah', 'admin,pusat', 'insert; update; delete');
SELECT jemput_policy('daftar_kode', 'admin,pusat', 'insert; update'); -- a code ends by berlaku_sampai; heads of who saw what stand here, too
SELECT jemput_policy('syarat_layanan', 'admin,pusat', 'insert; update; delete');
SELECT jemput_policy('alur_status', 'admin,pusat', 'insert; update; delete');
-- The office's decision on a pair of persons.
SELECT jemput_policy('putusan_ganda', 'kelurahan,verifikator,admin,pusat', 'insert; update; delete');
