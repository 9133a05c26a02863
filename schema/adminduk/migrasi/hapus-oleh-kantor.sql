-- For a space that was founded when everybody but kominfo might delete whatever the field had written about people: from now on only remarks (catatan). An administrator runs it once; all
-- devices get it by syncing. What was deleted before it stays so: the office brings it back (jemput resolve --restore).
SELECT jemput_migrate('SELECT jemput_policy(''keluarga'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''orang'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''lampiran'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''berkas'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''syarat_permohonan'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''perubahan'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''peristiwa'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''peran'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''persetujuan'', ''petugas,kelurahan'', ''insert; update'');
SELECT jemput_policy(''keluarga'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''orang'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''lampiran'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''berkas'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''syarat_permohonan'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''perubahan'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''peristiwa'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''peran'', ''verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''catatan'', ''petugas,kelurahan,verifikator,admin,pusat'', ''insert; update; delete'');
SELECT jemput_policy(''persetujuan'', ''verifikator,admin,pusat'', ''insert; update; delete'')');
