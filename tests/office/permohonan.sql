CREATE TABLE "adminduk"."permohonan"("space" integer NOT NULL,
  "id" uuid DEFAULT gen_random_uuid() NOT NULL,
  "kode_tanda_terima" text,
  "layanan" text NOT NULL,
  "varian" text,
  "kanal" text,
  "tanggal" text NOT NULL,
  "kunjungan_id" uuid,
  "kegiatan_id" uuid,
  "pemohon_id" uuid,
  "keluarga_id" uuid,
  "kode_kel" text,
  "status" text DEFAULT 'DRAF' NOT NULL,
  "alasan_status" text,
  "pemegang" text,
  "batas_waktu" text,
  "tanggal_lengkap" text,
  "petugas" text,
  "jam_perangkat" text,
  "versi_formulir" text,
  "versi_syarat" bigint,
  "kontak_nama" text,
  "kontak_telepon" text,
  "kontak_hubungan" text,
  "butuh_bantuan" bigint,
  "digabung_ke" uuid,
  "penerima" text,
  "keterangan" text,
  PRIMARY KEY("space", "id")) PARTITION BY HASH("space");
CREATE TABLE "adminduk"."permohonan_p0" PARTITION OF "adminduk"."permohonan" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE "adminduk"."permohonan_p1" PARTITION OF "adminduk"."permohonan" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE "adminduk"."permohonan" ADD CONSTRAINT "permohonan_kunjungan_id" FOREIGN KEY("space", "kunjungan_id") REFERENCES "adminduk"."kunjungan"("space", "id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "permohonan_kunjungan_id_link" ON "adminduk"."permohonan"("space", "kunjungan_id");
ALTER TABLE "adminduk"."permohonan" ADD CONSTRAINT "permohonan_kegiatan_id" FOREIGN KEY("space", "kegiatan_id") REFERENCES "adminduk"."kegiatan_sosialisasi"("space", "id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "permohonan_kegiatan_id_link" ON "adminduk"."permohonan"("space", "kegiatan_id");
ALTER TABLE "adminduk"."permohonan" ADD CONSTRAINT "permohonan_pemohon_id" FOREIGN KEY("space", "pemohon_id") REFERENCES "adminduk"."orang"("space", "id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "adminduk"."permohonan" ADD CONSTRAINT "permohonan_keluarga_id" FOREIGN KEY("space", "keluarga_id") REFERENCES "adminduk"."keluarga"("space", "id") DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "adminduk"."permohonan" ADD CONSTRAINT "permohonan_digabung_ke" FOREIGN KEY("space", "digabung_ke") REFERENCES "adminduk"."permohonan"("space", "id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "permohonan_digabung_ke_link" ON "adminduk"."permohonan"("space", "digabung_ke");
CREATE INDEX "permohonan_tanggal" ON "adminduk"."permohonan"("space", "tanggal");
CREATE INDEX "permohonan_tanda" ON "adminduk"."permohonan"("space", "kode_tanda_terima");
CREATE INDEX "permohonan_pemohon" ON "adminduk"."permohonan"("space", "pemohon_id");
CREATE INDEX "permohonan_keluarga" ON "adminduk"."permohonan"("space", "keluarga_id");
CREATE INDEX "satu_permohonan_terbuka" ON "adminduk"."permohonan"("space", "pemohon_id", "layanan");
COMMENT ON TABLE "adminduk"."permohonan" IS 'kept by jemput: CHECK(length(id)=16)
kept by jemput: CREATE UNIQUE INDEX satu_permohonan_terbuka ON permohonan(pemohon_id, layanan, coalesce(varian, ''''))
 WHERE layanan NOT IN (''AKTA_KELAHIRAN'', ''AKTA_KEMATIAN'', ''KIA'') AND digabung_ke IS NULL
   AND status NOT IN (''DUGAAN_GANDA'', ''TOLAK'', ''DISERAHKAN'', ''DIBATALKAN'', ''DIGABUNG'')';
COMMENT ON COLUMN "adminduk"."permohonan"."kode_tanda_terima" IS 'jemput_serial(''permohonan''), 07-000123-Z: on the citizen''s paper';
COMMENT ON COLUMN "adminduk"."permohonan"."layanan" IS 'list layanan';
COMMENT ON COLUMN "adminduk"."permohonan"."varian" IS 'list varian_layanan';
COMMENT ON COLUMN "adminduk"."permohonan"."kanal" IS 'list kanal';
COMMENT ON COLUMN "adminduk"."permohonan"."tanggal" IS 'date of the application';
COMMENT ON COLUMN "adminduk"."permohonan"."pemohon_id" IS 'who asks';
COMMENT ON COLUMN "adminduk"."permohonan"."keluarga_id" IS 'whose household it concerns';
COMMENT ON COLUMN "adminduk"."permohonan"."kode_kel" IS 'where it was taken; counts it there even after the household has moved';
COMMENT ON COLUMN "adminduk"."permohonan"."status" IS 'alur_status.kode';
COMMENT ON COLUMN "adminduk"."permohonan"."alasan_status" IS 'why returned or refused (per field: catatan)';
COMMENT ON COLUMN "adminduk"."permohonan"."pemegang" IS 'who must act now';
COMMENT ON COLUMN "adminduk"."permohonan"."batas_waktu" IS 'date by which';
COMMENT ON COLUMN "adminduk"."permohonan"."tanggal_lengkap" IS 'the legal 1 to 24 hours run from here, not from the visit';
COMMENT ON COLUMN "adminduk"."permohonan"."petugas" IS 'who took it down';
COMMENT ON COLUMN "adminduk"."permohonan"."jam_perangkat" IS 'the tablet''s clock then: a claim, not evidence';
COMMENT ON COLUMN "adminduk"."permohonan"."versi_syarat" IS 'syarat_layanan.versi that was shown';
COMMENT ON COLUMN "adminduk"."permohonan"."kontak_nama" IS 'family or RT who may be called instead';
COMMENT ON COLUMN "adminduk"."permohonan"."butuh_bantuan" IS '1: the officer asks for help; the question is in catatan';
COMMENT ON COLUMN "adminduk"."permohonan"."digabung_ke" IS 'DIGABUNG: into which';
COMMENT ON COLUMN "adminduk"."permohonan"."penerima" IS 'DISERAHKAN: to whom';
CREATE TRIGGER jemput_outbox AFTER INSERT OR UPDATE OR DELETE ON "adminduk"."permohonan" FOR EACH ROW WHEN (session_user <> 'jemput') EXECUTE FUNCTION jemput.outbox_note('permohonan', 'id');
CREATE TRIGGER jemput_stay BEFORE UPDATE OF "space" ON "adminduk"."permohonan" FOR EACH ROW WHEN (OLD."space" <> NEW."space") EXECUTE FUNCTION jemput.no_move();
CREATE TRIGGER jemput_truncate BEFORE TRUNCATE ON "adminduk"."permohonan" EXECUTE FUNCTION jemput.no_truncate();
