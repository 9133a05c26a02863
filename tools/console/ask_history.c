/* ask_history.c — who changed what in an application and in what belongs to it (its person, household, papers, remarks), from the signed logs; and
 * its photos' bytes. Both out of central's store. */
#include <stdlib.h>
#include <string.h>

#include "detail.h"
#include "value.h"
#include "whys.h"

/* One line for each column that changed, oldest first; those of one write stand together. */
static const char history_sql[] =
    "SELECT at, device, label, trust, not_before_ms, not_after_ms, op, col, old, new, coalesce(note, ''), segment, signature, receipt, writer"
    " FROM jemput_history(?1, ?2)";

/* Rows that belong to it: the application, its person and household, then its parts, 100 at most. */
#define PART(tbl) " UNION ALL SELECT '" tbl "', id, NULL FROM \"" tbl "\" WHERE space = ?1 AND permohonan_id = ?2"
static const char rows_sql[] =
    "SELECT 'permohonan', ?2, NULL UNION ALL SELECT 'orang', o.id, o.nama FROM permohonan p JOIN orang o ON o.space = p.space AND o.id = p.pemohon_id"
    " WHERE p.space = ?1 AND p.id = ?2 AND reach(o.space, row_kel(o.space, 'orang', o.id))"
    " UNION ALL SELECT 'keluarga', k.id, k.nama_kepala FROM permohonan p JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id"
    " WHERE p.space = ?1 AND p.id = ?2 AND reach(k.space, k.kode_kel)" PART("lampiran") PART("perubahan") PART("peristiwa") PART("catatan")
        PART("persetujuan") " UNION ALL SELECT 'syarat_permohonan', json_array('x''' || lower(hex(permohonan_id)) || '''', kode_syarat), NULL"
                            " FROM syarat_permohonan WHERE space = ?1 AND permohonan_id = ?2"
                            " UNION ALL SELECT 'peran', r.id, NULL FROM peristiwa e JOIN peran r ON r.space = e.space AND r.peristiwa_id = e.id"
                            " WHERE e.space = ?1 AND e.permohonan_id = ?2 LIMIT 100";

struct telling {
    struct json *j;
    const char *title; /* what people call the row; NULL */
    bool open;
    int64_t at, segment;
    char writer[40], op[16];
};

static void write_end(struct telling *t)
{
    if (!t->open)
        return;
    json_end_array(t->j);
    json_end_object(t->j);
    t->open = false;
}

static const char *op_letter(const char *op)
{
    return strcmp(op, "buat") == 0 ? "I" : strcmp(op, "ubah") == 0 ? "U" : strcmp(op, "hapus") == 0 ? "D" : strcmp(op, "putusan") == 0 ? "K" : "C";
}

static void write_begin(struct telling *t, sqlite3_stmt *stmt, const char *tbl)
{
    struct json *j = t->j;

    json_object(j, NULL);
    json_text(j, "tbl", tbl);
    json_text(j, "title", t->title ? t->title : "");
    json_text(j, "op", op_letter((const char *)sqlite3_column_text(stmt, 6)));
    json_integer(j, "claimed_ms", sqlite3_column_int64(stmt, 0));
    json_column_or_null(j, "trust", stmt, 3);
    json_number_or_null(j, "not_before_ms", sqlite3_column_type(stmt, 4) != SQLITE_NULL, sqlite3_column_int64(stmt, 4));
    json_number_or_null(j, "not_after_ms", sqlite3_column_type(stmt, 5) != SQLITE_NULL, sqlite3_column_int64(stmt, 5));
    json_integer(j, "device", sqlite3_column_int64(stmt, 1));
    json_column(j, "label", stmt, 2);
    json_number_or_null(j, "segment", sqlite3_column_type(stmt, 11) != SQLITE_NULL, sqlite3_column_int64(stmt, 11));
    json_bool(j, "signed", sqlite3_column_text(stmt, 12) && strcmp((const char *)sqlite3_column_text(stmt, 12), "sah") == 0);
    json_bool(j, "received", sqlite3_column_int(stmt, 13));
    json_column(j, "note", stmt, 10);
    json_array(j, "columns");
    t->open = true;
}

static bool same_write(const struct telling *t, sqlite3_stmt *stmt)
{
    const char *writer = (const char *)sqlite3_column_text(stmt, 14), *op = (const char *)sqlite3_column_text(stmt, 6);

    return t->open && t->at == sqlite3_column_int64(stmt, 0) && t->segment == sqlite3_column_int64(stmt, 11) &&
           strcmp(t->writer, writer ? writer : "") == 0 && strcmp(t->op, op) == 0;
}

static void line_tell(struct telling *t, sqlite3_stmt *stmt, const char *tbl)
{
    const char *writer = (const char *)sqlite3_column_text(stmt, 14);

    if (!same_write(t, stmt)) {
        write_end(t);
        write_begin(t, stmt, tbl);
        t->at = sqlite3_column_int64(stmt, 0);
        t->segment = sqlite3_column_int64(stmt, 11);
        snprintf(t->writer, sizeof t->writer, "%s", writer ? writer : "");
        snprintf(t->op, sizeof t->op, "%s", (const char *)sqlite3_column_text(stmt, 6));
    }
    if (sqlite3_column_type(stmt, 7) != SQLITE_NULL) {
        struct jemput_datum before = value_column(stmt, 8), value = value_column(stmt, 9);

        json_object(t->j, NULL);
        json_column(t->j, "column", stmt, 7);
        json_datum(t->j, "value", &value);
        json_datum(t->j, "before", &before);
        json_end_object(t->j);
    }
}

/* One row's; `key`: the second column of `rows`. */
static bool row_told(struct request *q, struct telling *t, struct jemput *store, struct sqlite3_stmt *rows)
{
    const char *tbl = (const char *)sqlite3_column_text(rows, 0);
    sqlite3_stmt *stmt;
    int rc;

    if (sqlite3_prepare_v2(jemput_app(store), history_sql, -1, &stmt, NULL))
        return answer_status(&q->answer, JEMPUT_IO);
    t->title = (const char *)sqlite3_column_text(rows, 2);
    sqlite3_bind_text(stmt, 1, tbl, -1, SQLITE_STATIC);
    sqlite3_bind_value(stmt, 2, sqlite3_column_value(rows, 1));
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        line_tell(t, stmt, tbl);
    write_end(t);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE || answer_status(&q->answer, JEMPUT_IO);
}

static bool history_told(struct request *q, const struct row *row, struct jemput *store)
{
    struct telling t = { .j = &q->answer.json };
    struct sqlite3_stmt *rows;
    struct trouble why;
    bool good = true;

    if (base_prepare(q->reader->office.db, &rows, rows_sql, &why))
        return answer_trouble(&q->answer, &why);
    base_bind(rows, "i", row->space);
    row_bind_key(rows, 2, row);
    if (!answer_open(&q->answer))
        return sqlite3_finalize(rows), false;
    json_object(t.j, NULL);
    json_array(t.j, "items");
    for (q->look.count = 0; good && sqlite3_step(rows) == SQLITE_ROW; q->look.count++)
        good = row_told(q, &t, store, rows);
    sqlite3_finalize(rows);
    if (!good)
        return false;
    json_end_array(t.j);
    json_end_object(t.j);
    look_row(q, row->space, row->tbl, row->text);
    return true;
}

bool ask_history(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct jemput *store;
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, "permohonan", q->parts[1]))
        return false;
    store = central_store(q, row.space);
    good = store ? history_told(q, &row, store) : answer_status(&q->answer, JEMPUT_IO);
    jemput_close(store);
    row_release(&row);
    return good;
}

/* --- photos --- */

struct photo {
    FILE *out;
    uint8_t head[8];
    size_t head_len;
};

static int photo_take(void *ctx, const void *bytes, size_t len)
{
    struct photo *p = ctx;

    for (size_t i = 0; i < len && p->head_len < sizeof p->head; i++)
        p->head[p->head_len++] = ((const uint8_t *)bytes)[i];
    return fwrite(bytes, 1, len, p->out) != len;
}

/* What it is, its first bytes say; not what somebody wrote beside it. */
static const char *photo_type(const struct photo *p)
{
    if (p->head_len >= 3 && memcmp(p->head, "\xff\xd8\xff", 3) == 0)
        return "image/jpeg";
    if (p->head_len >= 8 && memcmp(p->head, "\x89PNG\r\n\x1a\n", 8) == 0)
        return "image/png";
    if (p->head_len >= 5 && memcmp(p->head, "%PDF-", 5) == 0)
        return "application/pdf";
    return "application/octet-stream";
}

static bool photo_told(struct request *q, const struct row *photo, struct jemput *store)
{
    struct photo p = { 0 };
    struct jemput_error err;
    enum jemput_status st;

    if (photo->key.len != JEMPUT_ATTACHMENT_ID_BYTES || !answer_open_bytes(&q->answer, "application/octet-stream"))
        return answer_not_found(&q->answer);
    p.out = q->answer.memory;
    st = jemput_attachment_read(store, photo->key.data, photo_take, &p, &err);
    if (st)
        return st == JEMPUT_NOTFOUND ? answer_not_found(&q->answer) : answer_engine(&q->answer, &err);
    q->answer.type = photo_type(&p);
    if (strncmp(q->answer.type, "image/", 6) != 0)
        snprintf(q->answer.file_name, sizeof q->answer.file_name, "%.16s.%s", photo->text,
                 strcmp(q->answer.type, "application/pdf") == 0 ? "pdf" : "bin");
    look_row(q, photo->space, photo->tbl, photo->text);
    q->look.count = 1;
    return true;
}

bool ask_photo(struct request *q)
{
    const struct reach_space *space = request_space(q, q->parts[0]);
    struct jemput *store;
    struct row row;
    bool good;

    if (!space || !row_read(q, &row, space, "berkas", q->parts[1]))
        return false;
    store = central_store(q, row.space);
    good = store ? photo_told(q, &row, store) : answer_status(&q->answer, JEMPUT_IO);
    jemput_close(store);
    row_release(&row);
    return good;
}
