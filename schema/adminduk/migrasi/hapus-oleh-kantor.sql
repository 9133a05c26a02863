-- For a space that was founded when everybody but kominfo might delete whatever the field had written about people. An administrator runs it once; all
-- devices get it by syncing. What was deleted before it stays so: the office brings it back (jemput resolve --restore).
SELECT jemput_migrate('SELECT jemput_policy(''keluarga'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''orang'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''lampiran'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''berkas'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''syarat_permohonan'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''perubahan'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''peristiwa'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''peran'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''persetujuan'', ''petugas,kelurahan,verifikator'', ''insert; update'');
SELECT jemput_policy(''keluarga'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''orang'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''lampiran'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''berkas'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''syarat_permohonan'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''perubahan'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''peristiwa'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''peran'', ''admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''catatan'', ''petugas,kelurahan,verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''persetujuan'', ''admin,pusat'', ''insert; update; delete'')');
