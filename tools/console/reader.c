/* reader.c — see reader.h. */
#include "reader.h"

#include <string.h>

#include <sodium.h>

#include "region.h"

#define PROGRESS_STEPS 20000
#define TRACE_STEPS 500 /* of walking over a table: more than a page and its filters need */
#define OWNERS_MAX 4 /* an attachment's row may be in any table, but in that of the attachments: signed rows may name each other in a ring */

static const char *text_of(sqlite3_value *v)
{
    const char *text = (const char *)sqlite3_value_text(v);

    return text ? text : "";
}

/* --- the functions --- */

static void reach_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    struct reader *r = sqlite3_user_data(ctx);

    (void)count;
    sqlite3_result_int(ctx, r->reach && reach_has(r->reach, sqlite3_value_int64(v[0]), (const char *)sqlite3_value_text(v[1])));
}

/* What says nothing of a row is seen by who may see anything there. */
static void may_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    struct reader *r = sqlite3_user_data(ctx);

    (void)count;
    sqlite3_result_int(ctx, r->reach && reach_find(r->reach, sqlite3_value_int64(v[0])) != NULL);
}

/* Whose work rows are there: others (kominfo) are told no count that says something of few people, nor one that hidden cells of what is published
 * could be computed from. */
static void office_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    struct reader *r = sqlite3_user_data(ctx);
    const struct reach_space *at = r->reach ? reach_find(r->reach, sqlite3_value_int64(v[0])) : NULL;

    (void)count;
    sqlite3_result_int(ctx, at && (at->roles & ROLES_OFFICE));
}

static void mask_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    const char *text = text_of(v[0]);
    size_t len = strlen(text);
    char out[64];

    (void)count;
    if (len == 0 || len >= sizeof out) {
        sqlite3_result_text(ctx, "", 0, SQLITE_STATIC);
        return;
    }
    for (size_t i = 0; i <= len; i++)
        out[i] = i == len ? '\0' : (len == 16 && (i < 6 || i >= 12)) ? text[i] : '*';
    sqlite3_result_text(ctx, out, -1, SQLITE_TRANSIENT);
}

/* The BLOB that a member of a key of several columns ("x'0f'") stands for; NULL: it is none. */
static void key_blob_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    const char *text = text_of(v[0]), *end;
    uint8_t out[64];
    size_t len;

    (void)count;
    if (strncmp(text, "x'", 2) == 0 && sodium_hex2bin(out, sizeof out, text + 2, strlen(text + 2), NULL, &len, &end) == 0 && strcmp(end, "'") == 0)
        sqlite3_result_blob(ctx, out, (int)len, SQLITE_TRANSIENT);
}

static void key_url_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    char out[1400];
    size_t len = (size_t)sqlite3_value_bytes(v[0]);

    (void)count;
    if (sqlite3_value_type(v[0]) == SQLITE_BLOB && 2 * len < sizeof out) {
        sodium_bin2hex(out, sizeof out, sqlite3_value_blob(v[0]), len);
        sqlite3_result_text(ctx, out, -1, SQLITE_TRANSIENT);
    } else if (sqlite3_value_type(v[0]) == SQLITE_TEXT && text_of(v[0])[0] == '[' && len < 1000) {
        sodium_bin2base64(out, sizeof out, sqlite3_value_text(v[0]), len, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
        sqlite3_result_text(ctx, out, -1, SQLITE_TRANSIENT);
    } else if (sqlite3_value_type(v[0]) == SQLITE_NULL) {
        sqlite3_result_null(ctx);
    } else {
        sqlite3_result_text(ctx, text_of(v[0]), -1, SQLITE_TRANSIENT);
    }
}

/* A key of one column as the engine keeps it with attachments (schema/formats/pending.md, "Key"). */
static void owner_key_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    int type = sqlite3_value_type(v[0]), len = sqlite3_value_bytes(v[0]);
    uint8_t out[130] = { type == SQLITE_BLOB ? 4 : 3, (uint8_t)len };

    (void)count;
    if ((type != SQLITE_BLOB && type != SQLITE_TEXT) || len > 127) {
        sqlite3_result_null(ctx);
        return;
    }
    if (len)
        memcpy(out + 2, type == SQLITE_BLOB ? sqlite3_value_blob(v[0]) : (const void *)sqlite3_value_text(v[0]), (size_t)len);
    sqlite3_result_blob(ctx, out, len + 2, SQLITE_TRANSIENT);
}

/* Lists ask it of each of thousands of rows: the statement is kept. One that is being stepped over (an attachment that names one) is made anew. */
static sqlite3_stmt *asked_get(struct reader *r, const char *sql, bool *kept)
{
    struct asked *place = NULL;
    sqlite3_stmt *stmt = NULL;

    for (unsigned i = 0; i < ASKED_MAX && !place; i++)
        if (r->asked[i].sql == sql || !r->asked[i].sql)
            place = &r->asked[i];
    *kept = place && (!place->stmt || !sqlite3_stmt_busy(place->stmt));
    if (*kept && place->stmt)
        return place->stmt;
    if (sqlite3_prepare_v2(r->office.db, sql, -1, &stmt, NULL))
        return NULL; /* no such table, so far */
    if (*kept)
        *place = (struct asked){ sql, stmt };
    return stmt;
}

/* One text by a query about ?1 (space), ?2 (key) and, where it is of several tables, ?3; NULL if there is none, or no such table. */
static bool text_ask(sqlite3_context *ctx, const char *sql, sqlite3_value *space, sqlite3_value *tbl, sqlite3_value *key)
{
    bool found = false, kept;
    sqlite3_stmt *stmt = sql ? asked_get(sqlite3_user_data(ctx), sql, &kept) : NULL;

    if (!stmt)
        return false;
    sqlite3_bind_value(stmt, 1, space);
    sqlite3_bind_value(stmt, 2, key);
    sqlite3_bind_value(stmt, 3, tbl); /* where it is not asked for, that does nothing */
    if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL) {
        sqlite3_result_value(ctx, sqlite3_column_value(stmt, 0));
        found = true;
    }
    if (kept) {
        sqlite3_reset(stmt);
        sqlite3_clear_bindings(stmt);
    } else {
        sqlite3_finalize(stmt);
    }
    return found;
}

struct about { /* how a table's rows are asked about */
    const char *tbl, *title, *kel;
};
#define APPLICATION_KEL                                                                                                                              \
    "(SELECT coalesce(p.kode_kel, k.kode_kel) FROM permohonan p LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id"                  \
    " WHERE p.space = x.space AND p.id = x.permohonan_id)"
#define OF_APPLICATION(t)                                                                                                                            \
    {                                                                                                                                                \
        t, NULL, "SELECT " APPLICATION_KEL " FROM \"" t "\" x WHERE x.space = ?1 AND x.id = ?2"                                                      \
    }

static const struct about abouts[] = {
    { "orang", "SELECT nama FROM orang WHERE space = ?1 AND id = ?2", "SELECT " REGION_OF_PERSON " FROM orang o WHERE o.space = ?1 AND o.id = ?2" },
    { "keluarga", "SELECT coalesce(nullif(nama_kepala, ''), alamat) FROM keluarga WHERE space = ?1 AND id = ?2",
      "SELECT kode_kel FROM keluarga WHERE space = ?1 AND id = ?2" },
    { "permohonan", "SELECT coalesce(kode_tanda_terima, '-') || ' · ' || layanan FROM permohonan WHERE space = ?1 AND id = ?2",
      "SELECT coalesce(p.kode_kel, k.kode_kel) FROM permohonan p LEFT JOIN keluarga k ON k.space = p.space AND k.id = p.keluarga_id WHERE p.space = "
      "?1 AND p.id = ?2" },
    { "kunjungan", "SELECT tanggal || coalesce(' · ' || hasil, '') FROM kunjungan WHERE space = ?1 AND id = ?2",
      "SELECT kode_kel FROM kunjungan WHERE space = ?1 AND id = ?2" },
    { "kegiatan_sosialisasi", "SELECT tanggal || coalesce(' · ' || tempat, '') FROM kegiatan_sosialisasi WHERE space = ?1 AND id = ?2",
      "SELECT kode_kel FROM kegiatan_sosialisasi WHERE space = ?1 AND id = ?2" },
    OF_APPLICATION("lampiran"),
    OF_APPLICATION("perubahan"),
    OF_APPLICATION("peristiwa"),
    OF_APPLICATION("catatan"),
    OF_APPLICATION("persetujuan"),
    { "syarat_permohonan", NULL, "SELECT row_kel(?1, 'permohonan', key_blob(json_extract(?2, '$[0]')))" },
    { "peran", NULL, "SELECT row_kel(space, 'peristiwa', peristiwa_id) FROM peran WHERE space = ?1 AND id = ?2" },
    { "putusan_ganda", NULL, "SELECT row_kel(?1, 'orang', key_blob(json_extract(?2, '$[0]')))" },
    { "berkas", NULL, "SELECT row_kel(space, owner_table, substr(owner_key, 3)) FROM berkas WHERE space = ?1 AND id = ?2" },
    { "wilayah", "SELECT nama FROM wilayah WHERE space = ?1 AND kode = ?2", NULL },
};

static const struct about *about_find(sqlite3_value *tbl)
{
    for (size_t i = 0; i < sizeof abouts / sizeof abouts[0]; i++)
        if (strcmp(abouts[i].tbl, text_of(tbl)) == 0)
            return &abouts[i];
    return NULL;
}

static void row_title_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    const struct about *a = about_find(v[1]);

    (void)count;
    if (!a || !text_ask(ctx, a->title, v[0], v[1], v[2]))
        sqlite3_result_text(ctx, "", 0, SQLITE_STATIC);
}

/* A held row is in no table: its own values say where it belongs. */
static const char held_kel_sql[] = "SELECT json_extract(row, '$.kode_kel') FROM held_ WHERE space = ?1 AND tbl = ?3 AND key = ?2";

static void row_kel_fn(sqlite3_context *ctx, int count, sqlite3_value **v)
{
    struct reader *r = sqlite3_user_data(ctx);
    const struct about *a = r->owners < OWNERS_MAX ? about_find(v[1]) : NULL;

    (void)count;
    r->owners++;
    if (!a || (!text_ask(ctx, a->kel, v[0], v[1], v[2]) && !text_ask(ctx, held_kel_sql, v[0], v[1], v[2])))
        sqlite3_result_null(ctx);
    r->owners--;
}

/* The text of the statement alone: no values. */
static int statement_over(unsigned what, void *ctx, void *stmt, void *took_ns)
{
    int steps = sqlite3_stmt_status(stmt, SQLITE_STMTSTATUS_FULLSCAN_STEP, 1);

    (void)what;
    (void)ctx;
    if (steps >= TRACE_STEPS)
        fprintf(stderr, "jemput console: %d rows walked over, %lld ms: %s\n", steps, (long long)(*(int64_t *)took_ns / 1000000), sqlite3_sql(stmt));
    return 0;
}

static int too_long(void *ctx)
{
    struct reader *r = ctx;

    if (r->until && monotonic_ms() > r->until)
        r->broken_off = true;
    return r->broken_off;
}

/* --- the reader --- */

int reader_open(struct reader *r, const struct console *c, struct trouble *why)
{
    static const struct {
        const char *name;
        int count;
        void (*run)(sqlite3_context *, int, sqlite3_value **);
    } functions[] = { { "reach", 2, reach_fn },     { "row_kel", 3, row_kel_fn }, { "row_title", 3, row_title_fn },
                      { "key_url", 1, key_url_fn }, { "mask", 1, mask_fn },       { "owner_key", 1, owner_key_fn },
                      { "key_blob", 1, key_blob_fn },
                      { "may", 1, may_fn },         { "office", 1, office_fn } };

    *r = (struct reader){ .reach = NULL };
    if (office_open(&r->office, c->folder, true, why))
        return -1;
    r->office.key = c->key;
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        if (sqlite3_create_function(r->office.db, functions[i].name, functions[i].count, SQLITE_UTF8 | SQLITE_DIRECTONLY, r, functions[i].run, NULL,
                                    NULL))
            return trouble_sqlite(why, "central.db", r->office.db);
    sqlite3_progress_handler(r->office.db, PROGRESS_STEPS, too_long, r);
    if (c->traces)
        sqlite3_trace_v2(r->office.db, SQLITE_TRACE_PROFILE, statement_over, r);
    return 0;
}

void reader_close(struct reader *r)
{
    for (unsigned i = 0; i < ASKED_MAX; i++)
        sqlite3_finalize(r->asked[i].stmt);
    office_close(&r->office);
    if (r->pokes_open)
        office_close(&r->pokes);
}

void reader_begin(struct reader *r, const struct reach *reach, bool whole)
{
    r->reach = reach;
    r->broken_off = false;
    r->until = whole ? monotonic_ms() + ASK_MS_MAX : 0;
    if (whole)
        sqlite3_exec(r->office.db, "BEGIN", NULL, NULL, NULL);
}

void reader_end(struct reader *r)
{
    r->until = 0;
    r->broken_off = false;
    if (!sqlite3_get_autocommit(r->office.db))
        sqlite3_exec(r->office.db, "COMMIT", NULL, NULL, NULL);
    r->reach = NULL;
}

void reader_poke(struct reader *r, int64_t space)
{
    struct trouble why;

    if (!r->pokes_open)
        r->pokes_open = office_open(&r->pokes, r->office.folder, false, &why) == 0;
    if (!r->pokes_open || space_poke(&r->pokes, space, &why))
        fprintf(stderr, "jemput console: %s\n", why.text); /* central looks by itself a little later */
}

bool reader_has(struct reader *r, const char *table)
{
    struct trouble why;
    bool there = false;

    return base_do(r->office.db, "SELECT 1 FROM sqlite_schema WHERE type IN ('table', 'view') AND name = ?1", &why, &there, NULL, "t", table) == 0 &&
           there;
}
