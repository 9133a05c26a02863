-- For a space that was founded with a v_syarat_berlaku that showed nothing while the newest version of a list had not begun. An administrator runs it
-- once; all devices get it by syncing.
SELECT jemput_migrate('DROP VIEW IF EXISTS v_syarat_berlaku;
CREATE VIEW v_syarat_berlaku AS
SELECT s.layanan, s.varian, s.kode, s.versi, s.formulir, s.uraian, s.sifat, s.bila, s.alternatif, s.di_rumah, s.urutan, s.dasar,
       s.keterangan, s.sumber LIKE ''%memory, unverified%'' AS belum_diverifikasi
  FROM syarat_layanan s
 WHERE s.versi = (SELECT max(b.versi) FROM syarat_layanan b WHERE b.layanan=s.layanan AND b.varian=s.varian
                   AND (b.berlaku_dari IS NULL OR b.berlaku_dari <= date(''now'')))
   AND (s.berlaku_dari   IS NULL OR s.berlaku_dari   <= date(''now''))
   AND (s.berlaku_sampai IS NULL OR s.berlaku_sampai >= substr(date(''now''), 1, length(s.berlaku_sampai)))');
