/* application.h — an application as lists show it, and its two clocks. */
#ifndef JEMPUT_CONSOLE_APPLICATION_H
#define JEMPUT_CONSOLE_APPLICATION_H

#include "route.h"

/* The states in which nothing is due any more; as the partial index of central.db has them. */
#define APPLICATION_FINAL "('DUGAAN_GANDA', 'TOLAK', 'DISERAHKAN', 'DIBATALKAN', 'DIGABUNG')"
/* Of permohonan p, with APPLICATION_JOINS. */
#define APPLICATION_COLUMNS                                                                                                                          \
    "p.space, key_url(p.id), p.kode_tanda_terima, p.tanggal, p.layanan, p.varian, o.nama, mask(o.nik), coalesce(p.kode_kel, k.kode_kel), k.rt, "     \
    "k.rw,"                                                                                                                                          \
    " p.status, s.label, p.pemegang, p.batas_waktu, p.tanggal_lengkap, v.tanggal, p.status IN " APPLICATION_FINAL ","                                \
    " (SELECT max(claimed_ms) FROM (SELECT claimed_ms FROM cell_ c WHERE c.space = p.space AND c.tbl = 'permohonan' AND c.key = p.id AND"            \
    "  c.grp LIKE 'status%' UNION ALL SELECT claimed_ms FROM row_ r WHERE r.space = p.space AND r.tbl = 'permohonan' AND r.key = p.id)),"            \
    " EXISTS(SELECT 1 FROM conflict_ c WHERE c.space = p.space AND c.tbl = 'permohonan' AND c.key = p.id)"
#define APPLICATION_JOINS                                                                                                                            \
    " LEFT JOIN orang o ON o.space = p.space AND o.id = p.pemohon_id LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id"             \
    " LEFT JOIN alur_status s ON s.space = p.space AND s.kode = p.status LEFT JOIN kunjungan v ON v.space = p.space AND v.id = p.kunjungan_id"
enum { APPLICATION_COLUMN_COUNT = 20 };

/* Members of the object that is open, from a statement of these columns. */
void application_members(struct request *q, struct json *j, struct sqlite3_stmt *stmt);

struct clocks { /* hours; below 0: not known, or does not run */
    int64_t step_age_h, since_visit_h, since_complete_h;
    int64_t status_ms; /* 0 = not known */
    bool late;
};
void clocks_read(struct clocks *out, struct sqlite3_stmt *stmt);

#endif
