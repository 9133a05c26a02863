/* side.c — see side.h. */
#include "side.h"

#include <stdlib.h>
#include <string.h>

#include "trouble.h"

/* --- statements --- */

static sqlite3_stmt *prepare(struct side *s, const char *sql)
{
    sqlite3_stmt *stmt;

    must_sqlite(sqlite3_prepare_v3(s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL), s->db, sql);
    return stmt;
}

static void run(struct side *s, sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);

    if (rc != SQLITE_DONE)
        trouble("%s: %s", sqlite3_sql(stmt), sqlite3_errmsg(s->db));
    sqlite3_reset(stmt);
}

static sqlite3_stmt *prepare_insert(struct side *s, const struct shape_table *table)
{
    sqlite3_str *sql = sqlite3_str_new(s->db);
    sqlite3_stmt *stmt;
    char *text;

    sqlite3_str_appendf(sql, "INSERT INTO \"%w\"(", table->name);
    for (unsigned i = 0; i < table->column_count; i++)
        sqlite3_str_appendf(sql, "%s\"%w\"", i ? ", " : "", table->columns[i].name);
    sqlite3_str_appendall(sql, ") VALUES(");
    for (unsigned i = 0; i < table->column_count; i++)
        sqlite3_str_appendall(sql, i ? ", ?" : "?");
    sqlite3_str_appendall(sql, ")");
    text = sqlite3_str_finish(sql);
    stmt = prepare(s, text);
    sqlite3_free(text);
    return stmt;
}

static void statements_make(struct side *s)
{
    s->begin = prepare(s, "BEGIN");
    s->commit = prepare(s, "COMMIT");
    s->id = prepare(s, "SELECT jemput_id()");
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        s->insert[t] = prepare_insert(s, &s->shape->tables[t]);
    s->status = prepare(s, "UPDATE permohonan SET status = ?2 WHERE id = ?1");
    s->address = prepare(s, "UPDATE keluarga SET alamat = ?2 WHERE id = ?1");
}

void side_sql(struct side *s, const char *sql)
{
    must_sqlite(sqlite3_exec(s->db, sql, NULL, NULL, NULL), s->db, sql);
}

void side_begin(struct side *s)
{
    run(s, s->begin);
    s->recorded = 0;
    if (s->record)
        fputs("{\"ops\":[", s->record);
}

void side_commit(struct side *s)
{
    run(s, s->commit);
    if (s->record)
        fputs("]}\n", s->record);
}

/* --- open and close --- */

const struct jemput_secret *side_secret;

void side_found(struct side *s, const struct shape *shape, const char *path, struct jemput_env *env)
{
    const struct jemput_founding founding = { .schema = shape->schema, .roles = "admin,pusat", .secret = side_secret };
    struct jemput_error err;

    *s = (struct side){ .shape = shape };
    must(jemput_found(&s->jemput, path, &founding, env, &err), &err, "found");
    s->db = jemput_app(s->jemput);
    statements_make(s);
}

void side_open(struct side *s, const struct shape *shape, const char *path, struct jemput_env *env)
{
    struct jemput_error err;

    *s = (struct side){ .shape = shape };
    must(jemput_open_sealed(&s->jemput, path, side_secret, env, &err), &err, "open");
    s->db = jemput_app(s->jemput);
    statements_make(s);
}

static void id_draw(struct random *random, uint8_t out[SIDE_ID_BYTES])
{
    uint64_t id[2] = { random_next(random), random_next(random) };

    memcpy(out, id, SIDE_ID_BYTES);
}

static void raw_id(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    uint8_t id[SIDE_ID_BYTES];

    (void)argc, (void)argv;
    id_draw(sqlite3_user_data(context), id);
    sqlite3_result_blob(context, id, sizeof id, SQLITE_TRANSIENT);
}

static void raw_nothing(sqlite3_context *context, int argc, sqlite3_value **argv)
{
    (void)argc, (void)argv;
    sqlite3_result_null(context);
}

static void raw_open(struct side *s, const struct shape *shape, const char *path, uint64_t seed)
{
    *s = (struct side){ .shape = shape };
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* as jemput has it; refused where jemput was there first */
    random_init(&s->random, seed);
    must_sqlite(sqlite3_open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL), s->db, path);
    must_sqlite(sqlite3_create_function(s->db, "jemput_id", 0, SQLITE_UTF8, &s->random, raw_id, NULL, NULL), s->db, "jemput_id");
    must_sqlite(sqlite3_create_function(s->db, "jemput_replicate", -1, SQLITE_UTF8, NULL, raw_nothing, NULL, NULL), s->db, "jemput_replicate");
    must_sqlite(sqlite3_create_function(s->db, "jemput_policy", -1, SQLITE_UTF8, NULL, raw_nothing, NULL, NULL), s->db, "jemput_policy");
    side_sql(s, "PRAGMA page_size=4096; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON");
}

void side_raw(struct side *s, const struct shape *shape, const char *path, uint64_t seed)
{
    raw_open(s, shape, path, seed);
    side_sql(s, "BEGIN");
    side_sql(s, shape->schema);
    side_sql(s, "COMMIT");
    side_sql(s, "PRAGMA foreign_keys=ON");
    statements_make(s);
}

void side_raw_again(struct side *s, const struct shape *shape, const char *path, uint64_t seed)
{
    raw_open(s, shape, path, seed);
    side_sql(s, "PRAGMA foreign_keys=ON");
    statements_make(s);
}

void side_close(struct side *s)
{
    sqlite3_stmt *stmt;

    while ((stmt = sqlite3_next_stmt(s->db, NULL)) != NULL && !s->jemput)
        sqlite3_finalize(stmt);
    if (!s->jemput) {
        sqlite3_close(s->db);
        return;
    }
    sqlite3_finalize(s->begin);
    sqlite3_finalize(s->commit);
    sqlite3_finalize(s->id);
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        sqlite3_finalize(s->insert[t]);
    sqlite3_finalize(s->status);
    sqlite3_finalize(s->address);
    jemput_close(s->jemput);
}

/* --- the record for a peer: a line of JSON a transaction --- */

/* The operation that follows in the open transaction. */
static FILE *record_next(struct side *s)
{
    if (s->recorded++)
        fputc(',', s->record);
    return s->record;
}

/* Made by work.c: nothing in it has to be escaped. */
static void record_text(FILE *out, const char *text)
{
    if (!text)
        fputs("null", out);
    else if (strpbrk(text, "\"\\"))
        trouble("'%s' cannot be recorded", text);
    else
        fprintf(out, "\"%s\"", text);
}

static void record_id(FILE *out, const uint8_t id[SIDE_ID_BYTES])
{
    fputc('"', out);
    for (unsigned i = 0; i < SIDE_ID_BYTES; i++)
        fprintf(out, "%02x", id[i]);
    fputc('"', out);
}

static void record_insert(struct side *s, const struct shape_table *table, const struct application *a, uint8_t (*ids)[SIDE_ID_BYTES])
{
    FILE *out = record_next(s);

    fprintf(out, "{\"op\":\"insert\",\"table\":\"%s\",\"row\":{", table->name);
    for (unsigned i = 0; i < table->column_count; i++) {
        enum field field = table->columns[i].field;

        fprintf(out, "%s\"%s\":", i ? "," : "", table->columns[i].name);
        if (field < FIELD_IDS)
            record_id(out, ids[field]);
        else
            record_text(out, application_field(a, field));
    }
    fputs("}}", out);
}

static void record_update(struct side *s, const char *table, const uint8_t id[SIDE_ID_BYTES], const char *column, const char *text)
{
    FILE *out = record_next(s);

    fprintf(out, "{\"op\":\"update\",\"table\":\"%s\",\"id\":", table);
    record_id(out, id);
    fprintf(out, ",\"column\":\"%s\",\"value\":", column);
    record_text(out, text);
    fputc('}', out);
}

/* --- the work --- */

static void id_make(struct side *s, uint8_t out[SIDE_ID_BYTES])
{
    if (sqlite3_step(s->id) != SQLITE_ROW || sqlite3_column_bytes(s->id, 0) != SIDE_ID_BYTES)
        trouble("make an id: %s", sqlite3_errmsg(s->db));
    memcpy(out, sqlite3_column_blob(s->id, 0), SIDE_ID_BYTES);
    sqlite3_reset(s->id);
}

static void table_insert(struct side *s, unsigned t, const struct application *a, uint8_t (*ids)[SIDE_ID_BYTES])
{
    const struct shape_table *table = &s->shape->tables[t];

    for (unsigned i = 0; i < table->column_count; i++) {
        enum field field = table->columns[i].field;

        if (field < FIELD_IDS)
            sqlite3_bind_blob(s->insert[t], (int)i + 1, ids[field], SIDE_ID_BYTES, SQLITE_STATIC);
        else
            sqlite3_bind_text(s->insert[t], (int)i + 1, application_field(a, field), -1, SQLITE_STATIC);
    }
    run(s, s->insert[t]);
    if (s->record)
        record_insert(s, table, a, ids);
}

void side_application(struct side *s, const struct application *a)
{
    uint8_t ids[FIELD_IDS][SIDE_ID_BYTES];

    for (unsigned i = 0; i < FIELD_IDS; i++)
        id_make(s, ids[i]);
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        table_insert(s, t, a, ids);
}

void side_application_in_bulk(struct side *s, const struct application *a)
{
    uint8_t ids[FIELD_IDS][SIDE_ID_BYTES];

    for (unsigned i = 0; i < FIELD_IDS; i++)
        id_draw(&s->random, ids[i]);
    for (unsigned t = 0; t < SHAPE_TABLES; t++)
        table_insert(s, t, a, ids);
}

void side_household(struct side *s, const struct application *a, const uint8_t id[SIDE_ID_BYTES])
{
    uint8_t ids[FIELD_IDS][SIDE_ID_BYTES] = { { 0 } };

    memcpy(ids[FIELD_HOUSEHOLD_ID], id, SIDE_ID_BYTES);
    table_insert(s, 0, a, ids);
}

static void text_update(struct side *s, sqlite3_stmt *stmt, const uint8_t id[SIDE_ID_BYTES], const char *text)
{
    sqlite3_bind_blob(stmt, 1, id, SIDE_ID_BYTES, SQLITE_STATIC);
    sqlite3_bind_text(stmt, 2, text, -1, SQLITE_STATIC);
    run(s, stmt);
}

void side_status(struct side *s, const uint8_t application[SIDE_ID_BYTES], const char *status)
{
    text_update(s, s->status, application, status);
    if (s->record)
        record_update(s, "permohonan", application, "status", status);
}

void side_address(struct side *s, const uint8_t household[SIDE_ID_BYTES], const char *address)
{
    text_update(s, s->address, household, address);
    if (s->record)
        record_update(s, "keluarga", household, "alamat", address);
}

uint8_t (*side_applications(struct side *s, unsigned *count))[SIDE_ID_BYTES]
{
    uint8_t (*ids)[SIDE_ID_BYTES] = NULL;
    sqlite3_stmt *stmt = prepare(s, "SELECT id FROM permohonan ORDER BY rowid");
    unsigned room = 0;

    *count = 0;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (*count == room) {
            room = room ? 2 * room : 1024;
            ids = realloc(ids, room * sizeof *ids);
            if (!ids)
                trouble("no memory for %u ids", room);
        }
        memcpy(ids[(*count)++], sqlite3_column_blob(stmt, 0), SIDE_ID_BYTES);
    }
    sqlite3_finalize(stmt);
    return ids;
}
