/* lite.c — central.db as a target: all spaces' rows, who wrote them, conflicts and held rows, and the mark, in one transaction a batch. */
#include "lite.h"

#include <stdlib.h>
#include <string.h>

#include "form.h"

#define BATCHES_KEPT 1000 /* lines of a space in `batch` */

enum { SIDE_ROW, SIDE_CELL, SIDE_CONFLICT, SIDE_HELD, SIDE_COUNT };

struct table_use { /* a table's statements, for one batch; NULL = not used yet */
    struct sqlite3_stmt *upsert, *delete;
};

struct target {
    struct office *office;
    int64_t space;
    const struct target_begin *begun;
    struct jemput_feed_reading reading;
    int64_t batch;
    struct table_use *tables; /* shape_count of them */
    struct sqlite3_stmt *insert[SIDE_COUNT], *clear[SIDE_COUNT];
    unsigned shape_count;
    struct search search;
    bool removed; /* rows with names went */
    bool people;  /* rows with names moved: the pairs of twin_ do not follow yet */
};

static int lite_open(struct target **out, struct office *office, struct trouble *why)
{
    (void)why;
    *out = memory_resize(NULL, 1, sizeof **out);
    **out = (struct target){ .office = office, .search.db = office->db };
    return 0;
}

static int lite_mark(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    *mark = (struct jemput_feed_mark){ 0 };
    *schema_version = 0;
    if (base_prepare(t->office->db, &stmt, "SELECT feed_number, feed_id, schema_version FROM space WHERE id = ?1", why))
        return -1;
    base_bind(stmt, "i", space->id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        mark->number = (uint64_t)sqlite3_column_int64(stmt, 0);
        if (sqlite3_column_bytes(stmt, 1) == sizeof mark->id)
            memcpy(mark->id, sqlite3_column_blob(stmt, 1), sizeof mark->id);
        *schema_version = (uint32_t)sqlite3_column_int64(stmt, 2);
    } else if (rc == SQLITE_DONE) {
        trouble_set(why, TROUBLE_BROKEN, "space '%s' is not registered any more", space->name);
    } else {
        trouble_sqlite(why, "mark", t->office->db);
    }
    sqlite3_finalize(stmt);
    return rc == SQLITE_ROW ? 0 : -1;
}

/* Inside the transaction: is the mark still the one that was read from? And what number has this batch? */
static int mark_check(struct target *t, const struct space *space, const struct target_begin *b, uint32_t *version, struct trouble *why)
{
    struct jemput_feed_mark now;

    if (lite_mark(t, space, &now, version, why))
        return -1;
    if (now.number != b->since.number || memcmp(now.id, b->since.id, sizeof now.id) != 0)
        return trouble_set(why, TROUBLE_MOVED, "another program has moved on");
    return base_do(t->office->db, "SELECT coalesce(max(number), 0) + 1 FROM batch WHERE space = ?1", why, NULL, &t->batch, "i", space->id);
}

static const char *const insert_sql[SIDE_COUNT] = {
    "INSERT OR REPLACE INTO row_(space, tbl, key, writer, device, claimed_ms, segment, batch) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT OR REPLACE INTO cell_(space, tbl, key, writer, device, claimed_ms, segment, grp) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    "INSERT OR REPLACE INTO conflict_(space, tbl, key, writer, device, claimed_ms, segment, grp, side, shown, deleted, hard, value, since_ms, label) "
    "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
    "coalesce((SELECT label FROM device_ WHERE space = ?1 AND number = ?5), CASE WHEN ?4 IS NULL THEN 'skema' ELSE 'tidak dikenal' END))",
    "INSERT OR REPLACE INTO held_(space, tbl, key, device, segment, row, reason, against_tbl, against_key, since_ms, label) "
    "VALUES(?1, ?2, ?3, ?5, ?7, ?8, ?9, ?10, ?11, ?6, "
    "coalesce((SELECT label FROM device_ WHERE space = ?1 AND number = ?5), CASE WHEN ?4 IS NULL THEN 'skema' ELSE 'tidak dikenal' END))",
};
static const char *const clear_sql[SIDE_COUNT] = {
    "DELETE FROM row_ WHERE space = ?1 AND tbl = ?2 AND key = ?3",
    "DELETE FROM cell_ WHERE space = ?1 AND tbl = ?2 AND key = ?3",
    "DELETE FROM conflict_ WHERE space = ?1 AND tbl = ?2 AND key = ?3",
    "DELETE FROM held_ WHERE space = ?1 AND tbl = ?2 AND key = ?3",
};

static void statements_end(struct target *t)
{
    for (unsigned i = 0; i < t->shape_count; i++) {
        sqlite3_finalize(t->tables[i].upsert);
        sqlite3_finalize(t->tables[i].delete);
    }
    for (unsigned i = 0; i < SIDE_COUNT; i++) {
        sqlite3_finalize(t->insert[i]);
        sqlite3_finalize(t->clear[i]);
        t->insert[i] = t->clear[i] = NULL;
    }
    search_end(&t->search);
    free(t->tables);
    t->tables = NULL;
    t->shape_count = 0;
}

static void lite_rollback(struct target *t)
{
    statements_end(t);
    if (!sqlite3_get_autocommit(t->office->db))
        sqlite3_exec(t->office->db, "ROLLBACK", NULL, NULL, NULL);
}

static int tables_bring(struct target *t, const struct target_begin *b, uint32_t version, struct trouble *why)
{
    struct sqlite3 *db = t->office->db;

    if ((version != b->reading->schema_version || b->reading->whole) && (lite_tables(db, b->shapes, b->shape_count, why) || indexes_make(db, why)))
        return -1;
    if (b->reading->whole && (lite_clear(db, t->space, why) || search_clear(db, t->space, why)))
        return -1;
    return 0;
}

static int lite_begin(struct target *t, const struct space *space, const struct target_begin *b, struct trouble *why)
{
    struct sqlite3 *db = t->office->db;
    uint32_t version = 0;
    int rc = base_run(db, "BEGIN IMMEDIATE", why);

    t->space = space->id;
    t->begun = b;
    t->reading = *b->reading;
    if (!rc)
        rc = mark_check(t, space, b, &version, why);
    t->people = false;
    t->removed = b->reading->whole && version != 0; /* nobody knows which */
    if (!rc)
        rc = tables_bring(t, b, version, why);
    if (!rc) {
        t->tables = memory_resize(NULL, b->shape_count + 1, sizeof *t->tables);
        memset(t->tables, 0, (b->shape_count + 1) * sizeof *t->tables);
        t->shape_count = b->shape_count;
    }
    for (unsigned i = 0; !rc && i < SIDE_COUNT; i++)
        rc = base_prepare(db, &t->insert[i], insert_sql[i], why) || base_prepare(db, &t->clear[i], clear_sql[i], why) ? -1 : 0;
    if (rc)
        lite_rollback(t);
    return rc;
}

/* --- one row --- */

/* The first seven values of every line beside a row: the row, and who wrote. */
static void origin_bind(struct target *t, struct sqlite3_stmt *stmt, const struct jemput_feed_row *row, const struct jemput_origin *origin)
{
    unsigned char writer[16];

    base_bind(stmt, "it", t->space, row->table);
    form_bind_key(stmt, 3, row->key, row->key_count);
    for (int i = 4; i <= 7; i++)
        sqlite3_bind_null(stmt, i);
    if (!origin)
        return;
    if (strlen(origin->writer) == 2 * sizeof writer) {
        for (unsigned i = 0; i < sizeof writer; i++) {
            unsigned byte = 0;

            sscanf(origin->writer + 2 * i, "%2x", &byte);
            writer[i] = (unsigned char)byte;
        }
        sqlite3_bind_blob(stmt, 4, writer, sizeof writer, SQLITE_TRANSIENT);
    }
    if (origin->device_number)
        sqlite3_bind_int64(stmt, 5, origin->device_number);
    if (origin->claimed_ms)
        sqlite3_bind_int64(stmt, 6, origin->claimed_ms);
    if (origin->segment)
        sqlite3_bind_int64(stmt, 7, (int64_t)origin->segment);
}

static int writes_note(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    struct sqlite3_stmt *stmt = t->insert[SIDE_ROW];

    origin_bind(t, stmt, row, row->write_count ? &row->writes[0].origin : NULL);
    sqlite3_bind_int64(stmt, 8, t->batch);
    if (base_step(t->office->db, stmt, why))
        return -1;
    for (unsigned i = 1; i < row->write_count; i++) {
        stmt = t->insert[SIDE_CELL];
        origin_bind(t, stmt, row, &row->writes[i].origin);
        sqlite3_bind_text(stmt, 8, row->writes[i].columns, -1, SQLITE_TRANSIENT);
        if (base_step(t->office->db, stmt, why))
            return -1;
    }
    return 0;
}

/* "alamat,rt,rw"; "" = a delete against edits. */
static char *group_name(const struct jemput_conflict *c)
{
    struct buffer out = { 0 };

    for (unsigned i = 0; i < c->column_count; i++) {
        buffer_text(&out, i ? "," : "");
        buffer_text(&out, c->columns[i]);
    }
    return out.data ? out.data : memory_copy("", 0);
}

/* It came to be when the second side was written: what that side's clock said. */
static int64_t conflict_since(const struct jemput_conflict *c)
{
    int64_t first = INT64_MAX, second = INT64_MAX;

    for (unsigned i = 0; i < c->side_count; i++) {
        int64_t ms = c->sides[i].origin.claimed_ms;

        if (ms < first) {
            second = first;
            first = ms;
        } else if (ms < second) {
            second = ms;
        }
    }
    return second != INT64_MAX ? second : first != INT64_MAX ? first : 0;
}

static int conflict_note(struct target *t, const struct jemput_feed_row *row, const struct jemput_conflict *c, struct trouble *why)
{
    struct sqlite3_stmt *stmt = t->insert[SIDE_CONFLICT];
    char *group = group_name(c);
    int rc = 0;

    for (unsigned i = 0; !rc && i < c->side_count; i++) {
        const struct jemput_conflict_side *side = &c->sides[i];
        struct buffer value = { 0 };

        origin_bind(t, stmt, row, &side->origin);
        sqlite3_bind_text(stmt, 8, group, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int64(stmt, 9, i + 1);
        sqlite3_bind_int(stmt, 10, side->shown);
        sqlite3_bind_int(stmt, 11, side->deleted);
        sqlite3_bind_int(stmt, 12, c->identity);
        sqlite3_bind_null(stmt, 13);
        if (c->column_count && side->values) {
            form_json_object(&value, c->columns, side->values, c->column_count);
            sqlite3_bind_text64(stmt, 13, buffer_string(&value), value.len, SQLITE_TRANSIENT, SQLITE_UTF8);
        }
        sqlite3_bind_int64(stmt, 14, conflict_since(c));
        rc = base_step(t->office->db, stmt, why);
        buffer_release(&value);
    }
    free(group);
    return rc;
}

static int held_note(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    struct sqlite3_stmt *stmt = t->insert[SIDE_HELD];
    struct buffer values = { 0 };
    int64_t since = 0;
    int rc;

    for (unsigned i = 0; i < row->write_count; i++)
        if (row->writes[i].origin.claimed_ms > since)
            since = row->writes[i].origin.claimed_ms;
    form_json_object(&values, row->columns, row->values, row->column_count);
    origin_bind(t, stmt, row, row->write_count ? &row->writes[0].origin : NULL);
    sqlite3_bind_int64(stmt, 6, since);
    sqlite3_bind_text64(stmt, 8, buffer_string(&values), values.len, SQLITE_TRANSIENT, SQLITE_UTF8);
    sqlite3_bind_text(stmt, 9, row->reason ? row->reason : "", -1, SQLITE_TRANSIENT);
    sqlite3_bind_text(stmt, 10, row->against_table, -1, SQLITE_TRANSIENT);
    form_bind_key(stmt, 11, row->against, row->against_count);
    rc = base_step(t->office->db, stmt, why);
    buffer_release(&values);
    return rc;
}

static int beside_clear(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    for (unsigned i = 0; i < SIDE_COUNT; i++) {
        base_bind(t->clear[i], "it", t->space, row->table);
        form_bind_key(t->clear[i], 3, row->key, row->key_count);
        if (base_step(t->office->db, t->clear[i], why))
            return -1;
    }
    return 0;
}

/* The row in its own table. */
static int row_put(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    const struct shape *s = NULL;
    struct sqlite3_stmt **stmt;
    unsigned at, count;

    for (at = 0; at < t->shape_count && !s; at++)
        if (strcmp(t->begun->shapes[at].name, row->table) == 0)
            s = &t->begun->shapes[at];
    if (!s || (row->state == JEMPUT_FEED_SHOWN && row->column_count != s->column_count))
        return trouble_set(why, TROUBLE_MOVED, "table '%s' is not as its shape says", row->table);
    stmt = row->state == JEMPUT_FEED_SHOWN ? &t->tables[at - 1].upsert : &t->tables[at - 1].delete;
    if (!*stmt && (row->state == JEMPUT_FEED_SHOWN ? lite_upsert(t->office->db, stmt, s, why) : lite_delete(t->office->db, stmt, s, why)))
        return -1;
    base_bind(*stmt, "i", t->space);
    count = row->state == JEMPUT_FEED_SHOWN ? row->column_count : row->key_count;
    for (unsigned i = 0; i < count; i++)
        form_bind(*stmt, (int)i + 2, row->state == JEMPUT_FEED_SHOWN ? &row->values[i] : &row->key[i]);
    return base_step(t->office->db, *stmt, why);
}

/* A pair of which one is gone is none. */
static int twins_drop(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    static const char *const sql[] = { "DELETE FROM twin_ WHERE space = ?1 AND tbl = ?2 AND a = ?3",
                                       "DELETE FROM twin_ WHERE space = ?1 AND tbl = ?2 AND b = ?3" };

    for (unsigned i = 0; i < 2; i++) {
        struct sqlite3_stmt *stmt;
        int rc = base_prepare(t->office->db, &stmt, sql[i], why);

        if (!rc) {
            base_bind(stmt, "it", t->space, row->table);
            form_bind_key(stmt, 3, row->key, row->key_count);
            rc = base_step(t->office->db, stmt, why);
        }
        sqlite3_finalize(stmt);
        if (rc)
            return -1;
    }
    return 0;
}

static int lite_row(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    bool there = row->state == JEMPUT_FEED_SHOWN;

    if (!t->reading.whole && beside_clear(t, row, why))
        return -1;
    if ((there || !t->reading.whole) && row_put(t, row, why))
        return -1;
    if (row->state != JEMPUT_FEED_GONE && writes_note(t, row, why))
        return -1;
    if (row->state == JEMPUT_FEED_HELD && held_note(t, row, why))
        return -1;
    for (unsigned i = 0; i < row->conflict_count; i++)
        if (conflict_note(t, row, &row->conflicts[i], why))
            return -1;
    t->people = t->people || search_is_of(row->table);
    if (!search_is_of(row->table) || (t->reading.whole && !there))
        return 0;
    t->removed = t->removed || !there;
    return search_note(&t->search, t->space, row, why) || (!there && twins_drop(t, row, why)) ? -1 : 0;
}

/* --- the end of a batch --- */

static int space_write(struct target *t, const struct target_end *end, struct trouble *why)
{
    return base_do(t->office->db, "UPDATE space SET feed_number = ?2, feed_id = ?3, schema_version = ?4, token = ?5, state_hash = ?6, "
                   "projected_ms = ?7 WHERE id = ?1", why, NULL, NULL, "iibiiti", t->space, (int64_t)t->reading.till.number, t->reading.till.id,
                   sizeof t->reading.till.id, (int64_t)t->reading.schema_version, t->reading.token, end->state_hash, now_ms());
}

static int batch_write(struct target *t, const struct target_end *end, struct trouble *why)
{
    return base_do(t->office->db, "INSERT INTO batch(space, number, at_ms, rows, whole, central_segment, commit_hex) "
                   "VALUES(?1, ?2, ?3, ?4, ?5, nullif(?6, 0), nullif(?7, ''))", why, NULL, NULL, "iiiiiit", t->space, t->batch, now_ms(),
                   (int64_t)end->rows, (int64_t)(t->reading.whole != 0), (int64_t)end->central_segment, end->central_commit) ||
           base_do(t->office->db, "DELETE FROM batch WHERE space = ?1 AND number < ?2 AND number > 1", why, NULL, NULL, "ii", t->space,
                   t->batch - BATCHES_KEPT) ? -1 : 0;
}

static int lite_commit(struct target *t, const struct target_end *end, struct trouble *why)
{
    statements_end(t);
    if (space_write(t, end, why) || batch_write(t, end, why) || (t->removed && office_setting_write(t->office, SETTING_SWEEP, "1", why)) ||
        (t->people && base_do(t->office->db, "DELETE FROM list_ WHERE space = ?1 AND name = 'twins'", why, NULL, NULL, "i", t->space)) ||
        base_run(t->office->db, "COMMIT", why)) {
        lite_rollback(t);
        return -1;
    }
    return 0;
}

static void lite_close(struct target *t)
{
    if (t)
        lite_rollback(t);
    free(t);
}

const struct target_kind target_lite = { "central.db", lite_open, lite_mark, lite_begin, lite_row, lite_commit, lite_rollback, lite_close };
