/* auditside.c — what stands beside the rows in central.db (who wrote them, conflicts, held rows) against what the store gives: the store is told once
 * more into a central.db that nobody else sees, a temporary file of SQLite's own, and the two are compared. */
#include "audit.h"

#include <sqlite3.h>
#include <string.h>

#include "base.h"
#include "batch.h"
#include "embedded.h"
#include "form.h"
#include "lite.h"

/* Not compared: which batch it was, and what a device is called now. */
static const struct {
    const char *table, *columns;
} sides[] = {
    { "row_", "tbl, key, writer, device, claimed_ms, segment" },
    { "cell_", "tbl, key, grp, writer, device, claimed_ms, segment" },
    { "conflict_", "tbl, key, grp, side, shown, deleted, hard, value, writer, device, claimed_ms, since_ms, segment" },
    { "held_", "tbl, key, row, reason, against_tbl, against_key, since_ms, device, segment" },
};

struct beside {
    struct audit *audit;
    struct office scratch;
    struct jemput_feed_mark mark; /* of central.db, before the store was told once more */
    struct sqlite3_stmt *moved;
};

static int scratch_make(struct beside *b, const struct office *office, struct trouble *why)
{
    const struct space *space = b->audit->space;

    b->scratch = *office;
    b->scratch.db = NULL;
    if (sqlite3_open("", &b->scratch.db))
        return trouble_set(why, TROUBLE_LATER, "compare: no memory");
    return base_run(b->scratch.db, embedded_base, why) ||
           base_do(b->scratch.db, "INSERT INTO space(id, name, hex, store) VALUES(?1, ?2, ?3, ?4)", why, NULL, NULL, "ittt", space->id, space->name,
                   space->hex, space->store) ||
           base_run(b->scratch.db, "CREATE TEMP TABLE moved(tbl, key, PRIMARY KEY(tbl, key)) WITHOUT ROWID", why) ||
           base_prepare(b->scratch.db, &b->moved, "INSERT OR IGNORE INTO temp.moved VALUES(?1, ?2)", why) ? -1 : 0;
}

static int scratch_fill(struct beside *b, struct trouble *why)
{
    struct slot slot = { .kind = &target_lite };
    atomic_bool stop = false;
    struct opened *opened;
    bool people;
    int rc;

    if (slot.kind->open(&slot.target, &b->scratch, why))
        return -1;
    rc = opened_take(&opened, &b->scratch, b->audit->space, why);
    if (!rc) {
        rc = batch_run(opened, &slot, 1, &stop, &people, why);
        opened_give(opened, true);
    }
    if (!rc && slot.why.kind) {
        *why = slot.why;
        rc = -1;
    }
    slot.kind->close(slot.target);
    return rc;
}

static int moved_put(void *ctx, const struct jemput_feed_row *row, struct trouble *why)
{
    struct beside *b = ctx;

    sqlite3_bind_text(b->moved, 1, row->table, -1, SQLITE_TRANSIENT);
    form_bind_key(b->moved, 2, row->key, row->key_count);
    return base_step(b->scratch.db, b->moved, why);
}

static void difference_make(struct buffer *sql, unsigned side)
{
    for (int turn = 0; turn < 2; turn++) {
        buffer_text(sql, turn ? " UNION SELECT tbl, key FROM (SELECT " : "SELECT tbl, key FROM (SELECT tbl, key FROM (SELECT ");
        buffer_text(sql, sides[side].columns);
        buffer_text(sql, turn ? " FROM main." : " FROM theirs.");
        lite_name(sql, sides[side].table);
        buffer_text(sql, " WHERE space = ?1 EXCEPT SELECT ");
        buffer_text(sql, sides[side].columns);
        buffer_text(sql, turn ? " FROM theirs." : " FROM main.");
        lite_name(sql, sides[side].table);
        buffer_text(sql, " WHERE space = ?1)");
    }
    buffer_text(sql, ") WHERE (tbl, key) NOT IN (SELECT tbl, key FROM temp.moved) ORDER BY tbl, key");
}

static void difference_tell(struct beside *b, unsigned side, struct sqlite3_stmt *stmt)
{
    struct buffer name = { 0 }, key = { 0 };
    struct audit_difference difference = { .target = "central.db", .kind = "beda", .columns = "" };
    struct jemput_datum value = { .type = sqlite3_column_type(stmt, 1) == SQLITE_BLOB ? JEMPUT_TYPE_BLOB : JEMPUT_TYPE_TEXT };

    value.data = value.type == JEMPUT_TYPE_BLOB ? sqlite3_column_blob(stmt, 1) : (const void *)sqlite3_column_text(stmt, 1);
    value.len = (size_t)sqlite3_column_bytes(stmt, 1);
    buffer_format(&name, "%s %s", sides[side].table, (const char *)sqlite3_column_text(stmt, 0));
    form_json(&key, &value);
    difference.table = name.data;
    difference.key = key.data;
    audit_tell(b->audit, &difference);
    buffer_release(&name);
    buffer_release(&key);
}

static int side_compare(struct beside *b, unsigned side, struct trouble *why)
{
    struct buffer sql = { 0 };
    struct sqlite3_stmt *stmt;
    int rc;

    difference_make(&sql, side);
    rc = base_prepare(b->scratch.db, &stmt, sql.data, why);
    buffer_release(&sql);
    if (rc)
        return -1;
    base_bind(stmt, "i", b->audit->space->id);
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        difference_tell(b, side, stmt);
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "compare", b->scratch.db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* central.db as of now. Not before the scratch is full: whoever begins to write on a connection has the lock of all files on it. */
static int theirs_open(struct beside *b, const struct office *office, struct trouble *why)
{
    char path[PATH_BYTES];

    if (!office_path(path, office, "central.db"))
        return trouble_set(why, TROUBLE_BROKEN, "%s: too long", office->folder);
    if (base_do(b->scratch.db, "ATTACH ?1 AS theirs", why, NULL, NULL, "t", path) || base_run(b->scratch.db, "BEGIN", why))
        return -1;
    return base_do(b->scratch.db, "SELECT 1 FROM theirs.space", why, NULL, NULL, ""); /* the first reading fixes the moment */
}

/* At one moment of central.db. Left out is what has moved in the store from before the scratch was filled until behind that moment. */
static int compare(struct beside *b, const struct office *office, struct trouble *why)
{
    const struct audit_reading reading = { .excuse = moved_put, .ctx = b };
    int rc = 0;

    if (theirs_open(b, office, why) || audit_moved(b->audit, &b->mark, &reading, why))
        return -1;
    for (unsigned i = 0; !rc && i < sizeof sides / sizeof sides[0]; i++)
        rc = side_compare(b, i, why);
    return rc;
}

static int turn(struct audit *a, void *ctx, struct trouble *why)
{
    struct office *office = ctx;
    struct beside b = { .audit = a };
    int rc = audit_mark(office->db, "main", a->space->id, &b.mark, why) || scratch_make(&b, office, why) || scratch_fill(&b, why) ||
             compare(&b, office, why) ? -1 : 0;

    sqlite3_finalize(b.moved);
    base_close(b.scratch.db);
    return rc;
}

int audit_beside(struct audit *a, struct office *office, struct trouble *why)
{
    return audit_turns(a, turn, office, why);
}
