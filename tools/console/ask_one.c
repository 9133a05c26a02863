/* ask_one.c — GET /api/applications/SPACE/ID: everything about one application. */
#include <string.h>

#include "application.h"
#include "detail.h"

enum { LEGAL_H = 24 };

/* One row by a statement about (space, id); NULL: there is none. Finalize it. */
static struct sqlite3_stmt *one(struct request *q, const char *sql, const struct row *row)
{
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;

    if (base_prepare(q->reader->office.db, &stmt, sql, &why))
        return NULL;
    base_bind(stmt, "i", row->space);
    row_bind_key(stmt, 2, row);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        return stmt;
    sqlite3_finalize(stmt);
    return NULL;
}

/* false: there is none. */
static bool one_json(struct request *q, struct json *j, const char *name, const char *sql, const struct row *row, const char *tbl, struct gloss *g)
{
    struct sqlite3_stmt *stmt = one(q, sql, row);

    if (stmt)
        row_json(j, name, stmt, tbl, g);
    sqlite3_finalize(stmt);
    return stmt != NULL;
}

/* Who asks, and their household. What is registered in a kelurahan that the account does not reach is named, and its numbers are masked. */
#define OF_PERSON " FROM permohonan p JOIN orang o ON o.space = p.space AND o.id = p.pemohon_id WHERE p.space = ?1 AND p.id = ?2"
#define OF_HOUSEHOLD " FROM permohonan p JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id WHERE p.space = ?1 AND p.id = ?2"
static const struct whose {
    const char *name, *tbl, *here, *elsewhere;
} whose[] = { { "applicant", "orang", "SELECT o.*" OF_PERSON " AND reach(o.space, row_kel(o.space, 'orang', o.id))",
                "SELECT o.id, o.nama, mask(o.nik) AS nik" OF_PERSON },
              { "household", "keluarga", "SELECT k.*" OF_HOUSEHOLD " AND reach(k.space, coalesce(k.kode_kel, p.kode_kel))",
                "SELECT k.id, k.nama_kepala, mask(k.no_kk) AS no_kk, k.kode_kel" OF_HOUSEHOLD } };

static void whose_json(struct request *q, struct json *j, const struct row *row, struct gloss *g)
{
    bool elsewhere = false;

    for (size_t i = 0; i < sizeof whose / sizeof whose[0]; i++) {
        const struct whose *w = &whose[i];

        if (one_json(q, j, w->name, w->here, row, w->tbl, g))
            continue;
        if (one_json(q, j, w->name, w->elsewhere, row, w->tbl, g))
            elsewhere = true;
        else
            json_null(j, w->name);
    }
    json_bool(j, "elsewhere", elsewhere);
}

/* An array of objects whose members are the statement's columns, by their names. */
static void many_json(struct request *q, struct json *j, const char *name, const char *sql, const struct row *row, const char *tbl, struct gloss *g)
{
    struct sqlite3_stmt *stmt = NULL;
    struct trouble why;

    json_array(j, name);
    if (base_prepare(q->reader->office.db, &stmt, sql, &why) == 0) {
        base_bind(stmt, "i", row->space);
        row_bind_key(stmt, 2, row);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            row_json(j, NULL, stmt, tbl, g);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static const char members_sql[] =
    "SELECT key_url(o.id) AS key, o.nama, mask(o.nik) AS nik_masked, o.shdk, o.tanggal_lahir FROM permohonan p JOIN orang o ON o.space = p.space AND"
    " o.keluarga_id = p.keluarga_id WHERE p.space = ?1 AND p.id = ?2 AND reach(o.space, row_kel(o.space, 'orang', o.id))"
    " ORDER BY length(o.shdk), o.shdk, o.tanggal_lahir LIMIT 40";
static const char requirements_sql[] = "SELECT s.kode_syarat AS kode, coalesce((SELECT uraian FROM syarat_layanan l WHERE l.space = s.space AND "
                                       "l.kode = s.kode_syarat AND l.layanan = p.layanan AND"
                                       " l.varian = p.varian ORDER BY versi DESC LIMIT 1), s.kode_syarat) AS uraian, (SELECT sifat FROM "
                                       "syarat_layanan l WHERE l.space = s.space AND l.kode = s.kode_syarat"
                                       " AND l.layanan = p.layanan AND l.varian = p.varian ORDER BY versi DESC LIMIT 1) AS sifat, s.keadaan, "
                                       "s.pengganti, s.dari_asli, key_url(s.lampiran_id) AS lampiran"
                                       " FROM syarat_permohonan s JOIN permohonan p ON p.space = s.space AND p.id = s.permohonan_id WHERE s.space = "
                                       "?1 AND s.permohonan_id = ?2 ORDER BY s.kode_syarat";
static const char changes_sql[] =
    "SELECT elemen, semula, menjadi, dasar, key_url(orang_id) AS orang FROM perubahan WHERE space = ?1 AND permohonan_id = ?2 ORDER BY id LIMIT 100";
static const char notes_sql[] = "SELECT key_url(id) AS key, jenis, elemen, isi, oleh, pada, key_url(menjawab) AS menjawab FROM catatan WHERE space = "
                                "?1 AND permohonan_id = ?2 ORDER BY pada, id LIMIT 200";
static const char consents_sql[] =
    "SELECT dasar, cara, oleh, pada, dicabut_pada FROM persetujuan WHERE space = ?1 AND permohonan_id = ?2 ORDER BY pada LIMIT 20";

static void roles_json(struct request *q, struct json *j, int64_t space, struct sqlite3_value *event, struct gloss *g)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "roles");
    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT r.peran, coalesce(CASE WHEN reach(o.space, row_kel(o.space, 'orang', o.id)) THEN o.nama END, r.nama_bebas) AS nama,"
                     " key_url(r.orang_id) AS orang FROM peran r LEFT JOIN orang o ON o.space "
                     "= r.space AND"
                     " o.id = r.orang_id WHERE r.space = ?1 AND r.peristiwa_id = ?2 ORDER BY r.peran, r.id LIMIT 40",
                     &why) == 0) {
        base_bind(stmt, "i", space);
        sqlite3_bind_value(stmt, 2, event);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            row_json(j, NULL, stmt, "peran", g);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static void events_json(struct request *q, struct json *j, const struct row *row, struct gloss *g)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "events");
    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT key_url(e.id), e.jenis, coalesce(e.tanggal, e.tanggal_tertulis), e.tempat, e.id, e.* FROM peristiwa e WHERE e.space = "
                     "?1 AND e.permohonan_id = ?2"
                     " ORDER BY e.id LIMIT 20",
                     &why) == 0) {
        base_bind(stmt, "i", row->space);
        row_bind_key(stmt, 2, row);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            json_object(j, NULL);
            json_column(j, "key", stmt, 0);
            json_column_or_null(j, "jenis", stmt, 1);
            json_column_or_null(j, "tanggal", stmt, 2);
            json_column_or_null(j, "tempat", stmt, 3);
            row_json_from(j, "row", stmt, 5, "peristiwa", g);
            roles_json(q, j, row->space, sqlite3_column_value(stmt, 4), g);
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static void conflicts_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "conflicts");
    if (base_prepare(
            q->reader->office.db, &stmt,
            "SELECT DISTINCT c.tbl, key_url(c.key), c.grp, c.hard FROM permohonan p JOIN conflict_ c ON c.space = p.space AND ((c.tbl = 'permohonan' "
            "AND c.key = p.id) OR"
            " (c.tbl = 'orang' AND c.key = p.pemohon_id) OR (c.tbl = 'keluarga' AND c.key = p.keluarga_id)) WHERE p.space = ?1 AND p.id = ?2"
            " AND reach(c.space, row_kel(c.space, c.tbl, c.key))",
            &why) == 0) {
        base_bind(stmt, "i", row->space);
        row_bind_key(stmt, 2, row);
        while (sqlite3_step(stmt) == SQLITE_ROW) {
            const char *grp = (const char *)sqlite3_column_text(stmt, 2);

            json_object(j, NULL);
            json_column(j, "tbl", stmt, 0);
            json_column(j, "key", stmt, 1);
            json_text_or_null(j, "grp", grp && grp[0] ? grp : NULL);
            json_bool(j, "hard", sqlite3_column_int(stmt, 3));
            json_end_object(j);
        }
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

static void clocks_json(struct request *q, struct json *j, struct sqlite3_stmt *stmt, const struct row *row)
{
    struct clocks c;
    struct sqlite3_stmt *by =
        one(q,
            "SELECT d.label FROM (SELECT device, claimed_ms FROM cell_ WHERE space = ?1 AND tbl = 'permohonan' AND key = ?2 AND grp LIKE 'status%'"
            " UNION ALL SELECT device, claimed_ms FROM row_ WHERE space = ?1 AND tbl = 'permohonan' AND key = ?2) w"
            " LEFT JOIN device_ d ON d.space = ?1 AND d.number = w.device ORDER BY w.claimed_ms DESC LIMIT 1",
            row);

    clocks_read(&c, stmt);
    json_object(j, "clocks");
    json_number_or_null(j, "status_since_ms", c.status_ms != 0, c.status_ms);
    json_text_or_null(j, "status_by", by ? (const char *)sqlite3_column_text(by, 0) : NULL);
    json_number_or_null(j, "step_age_h", c.step_age_h >= 0, c.step_age_h);
    json_text_or_null(j, "visit",
                      sqlite3_column_text(stmt, 16) ? (const char *)sqlite3_column_text(stmt, 16) : (const char *)sqlite3_column_text(stmt, 3));
    json_number_or_null(j, "since_visit_h", c.since_visit_h >= 0, c.since_visit_h);
    json_column_or_null(j, "complete", stmt, 15);
    json_number_or_null(j, "since_complete_h", c.since_complete_h >= 0, c.since_complete_h);
    json_integer(j, "legal_h", LEGAL_H);
    json_column_or_null(j, "due", stmt, 14);
    json_bool(j, "late", c.late);
    json_end_object(j);
    sqlite3_finalize(by);
}

/* The steps that the SOP knows from here. Whether the account's role may take one, the policy says when it is taken. */
static void steps_json(struct request *q, struct json *j, const struct row *row)
{
    struct sqlite3_stmt *stmt;
    struct trouble why;

    json_array(j, "steps");
    if (base_prepare(q->reader->office.db, &stmt,
                     "SELECT b.kode AS \"to\", b.label FROM permohonan p JOIN alur_status a ON a.space = p.space AND a.kode = p.status JOIN "
                     "alur_status b ON b.space = p.space AND"
                     " instr(',' || a.berikut || ',', ',' || b.kode || ',') WHERE p.space = ?1 AND p.id = ?2 ORDER BY b.urutan",
                     &why) == 0) {
        base_bind(stmt, "i", row->space);
        row_bind_key(stmt, 2, row);
        while (sqlite3_step(stmt) == SQLITE_ROW)
            row_json(j, NULL, stmt, "", NULL);
        sqlite3_finalize(stmt);
    }
    json_end_array(j);
}

/* Whose numbers are shown with it: the applicant, and the household with its members. */
static void persons_noted(struct request *q, const struct row *row)
{
    struct sqlite3_stmt *stmt = one(q, "SELECT key_url(pemohon_id), key_url(keluarga_id) FROM permohonan WHERE space = ?1 AND id = ?2", row);
    const char *person = stmt ? (const char *)sqlite3_column_text(stmt, 0) : NULL, *house = stmt ? (const char *)sqlite3_column_text(stmt, 1) : NULL;

    look_note(q, "application%s%s%s%s", person ? " orang " : "", person ? person : "", house ? " keluarga " : "", house ? house : "");
    q->look.count = 1 + (person != NULL) + (house != NULL);
    sqlite3_finalize(stmt);
}

static bool application_told(struct request *q, const struct row *row, struct sqlite3_stmt *stmt)
{
    struct json *j = &q->answer.json;
    struct gloss g = { 0 };

    if (!answer_open(&q->answer))
        return false;
    json_object(j, NULL);
    json_integer(j, "space", row->space);
    json_text(j, "space_name", row->reach->standing.name);
    json_text(j, "id", row->text);
    one_json(q, j, "application", "SELECT * FROM permohonan WHERE space = ?1 AND id = ?2", row, "permohonan", &g);
    whose_json(q, j, row, &g);
    many_json(q, j, "members", members_sql, row, "orang", &g);
    many_json(q, j, "requirements", requirements_sql, row, "syarat_permohonan", &g);
    many_json(q, j, "changes", changes_sql, row, "perubahan", &g);
    events_json(q, j, row, &g);
    many_json(q, j, "notes", notes_sql, row, "catatan", &g);
    many_json(q, j, "consents", consents_sql, row, "persetujuan", &g);
    photos_json(q, j, row);
    clocks_json(q, j, stmt, row);
    conflicts_json(q, j, row);
    held_reason_json(q, j, row);
    steps_json(q, j, row);
    gloss_json(&g, j, q->reader, row->space);
    json_end_object(j);
    look_row(q, row->space, row->tbl, row->text);
    persons_noted(q, row);
    return true;
}

bool ask_application(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct sqlite3_stmt *stmt;
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, "permohonan", q->parts[1]))
        return false;
    stmt = one(q, "SELECT " APPLICATION_COLUMNS " FROM permohonan p" APPLICATION_JOINS " WHERE p.space = ?1 AND p.id = ?2", &row);
    good = stmt ? application_told(q, &row, stmt) : answer_not_found(&q->answer);
    sqlite3_finalize(stmt);
    row_release(&row);
    return good;
}
