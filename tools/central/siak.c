/* siak.c — see siak.h. */
#include "siak.h"

#define DATE(c)                                                                                                                                      \
    "CASE WHEN length(o." c ") = 10 THEN substr(o." c ", 9, 2) || '-' || substr(o." c ", 6, 2) || '-' || substr(o." c ", 1, 4) ELSE o." c " END"
#define KNOWN(c) "coalesce(nullif(k." c ", ''), '-')"

const char siak_sql[] = "SELECT coalesce(k.alamat, '') AS alamat, " KNOWN("dusun") " AS dusun, " KNOWN("rw") " AS rw, " KNOWN(
    "rt") " AS rt, o.nama AS nama,"
          " coalesce(k.no_kk, k.no_kk_tertulis, '0') AS no_kk, coalesce(o.nik, o.nik_tertulis, '0') AS nik, o.jenis_kelamin AS sex, o.tempat_lahir "
          "AS tempatlahir,"
          " coalesce(" DATE(
              "tanggal_lahir") ", o.tanggal_lahir_tertulis) AS tanggallahir, o.agama AS agama_id, o.pendidikan AS pendidikan_kk_id,"
                               " o.pendidikan_sedang AS pendidikan_sedang_id, o.pekerjaan AS pekerjaan_id, coalesce((SELECT d.peta FROM daftar_kode "
                               "d WHERE d.space = o.space AND"
                               " d.nama_daftar = 'status_kawin' AND d.kode = o.status_kawin AND d.peta_ke = 'status_kawin_opensid' ORDER BY d.versi "
                               "DESC LIMIT 1), o.status_kawin) AS status_kawin,"
                               " o.shdk AS kk_level, o.kewarganegaraan AS warganegara_id, o.nik_ayah AS ayah_nik, o.nama_ayah AS nama_ayah, "
                               "o.nik_ibu AS ibu_nik, o.nama_ibu AS nama_ibu,"
                               " o.golongan_darah AS golongan_darah_id, o.akta_lahir AS akta_lahir, o.paspor AS dokumen_pasport, " DATE(
                                   "paspor_berakhir") " AS tanggal_akhir_paspor,"
                                                      " o.kitas AS dokumen_kitas, o.akta_kawin AS akta_perkawinan, " DATE(
                                                          "tanggal_kawin") " AS tanggalperkawinan, o.akta_cerai AS akta_perceraian,"
                                                                           " " DATE("tanggal_cerai") " AS tanggalperceraian, o.penyandang_cacat AS "
                                                                                                     "cacat_id, NULL AS cara_kb_id, NULL AS hamil, "
                                                                                                     "o.ktp_el AS ktp_el,"
                                                                                                     " o.status_rekam AS status_rekam, "
                                                                                                     "o.alamat_sekarang AS alamat_sekarang, "
                                                                                                     "o.status_dasar AS status_dasar, NULL AS suku, "
                                                                                                     "NULL AS tag_id_card, NULL AS id_asuransi,"
                                                                                                     " NULL AS no_asuransi, NULL AS lat, NULL AS lng "
                                                                                                     "FROM orang o LEFT JOIN keluarga k ON k.space = "
                                                                                                     "o.space AND k.id = o.keluarga_id"
                                                                                                     " WHERE (?1 = 0 OR o.space = ?1) AND (?2 IS "
                                                                                                     "NULL OR k.kode_kel = ?2) AND reach(o.space, "
                                                                                                     "coalesce(k.kode_kel, (SELECT p.kode_kel FROM "
                                                                                                     "permohonan p WHERE"
                                                                                                     " p.space = o.space AND p.pemohon_id = o.id "
                                                                                                     "ORDER BY p.tanggal DESC LIMIT 1))) ORDER BY "
                                                                                                     "o.space, k.kode_kel, k.rw, k.rt, k.no_kk, "
                                                                                                     "o.keluarga_id, length(o.shdk), o.shdk, o.id";
