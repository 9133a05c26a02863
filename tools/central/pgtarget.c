/* pgtarget.c — PostgreSQL as a target: a batch is one transaction, and the watermark moves inside it.
 *
 * Whoever crashes at whatever point leaves the state before or behind the batch, with the mark that belongs to it. When the connection is lost while
 * COMMIT is under way nobody knows which: the next mark() reads it. The rows are whole states, so FOREIGN KEYs hold at COMMIT; where a change of the
 * office's stands against one meanwhile (a row that it deleted, a value that it took), the batch fails, and the next is a whole one, behind
 * the outbox. */
#include "pgtarget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base.h"
#include "pghold.h"
#include "pgmigrate.h"

struct target {
    struct office *office;
    PGconn *db; /* NULL = lost */
    struct pg_place place;
    char owner[PG_NAME_BYTES];
    struct pgstaged *staged;
    bool open;    /* a transaction is: the connection is not made anew inside of it */
    bool discard; /* staging tables of a transaction that was rolled back may be there, or not */
    struct pgbatch batch;
    const struct target_begin *begin;
    uint32_t schema_version;
    struct jemput_feed_mark till;
    int64_t token;
    int64_t away_until_ms, away_ms; /* monotonic: a server that is away is not asked again before then */
    struct trouble away;
};

enum { AWAY_FIRST_MS = 250, AWAY_MOST_MS = 30000 };

/* --- the connection --- */

static void connection_drop(struct target *t)
{
    pg_close(t->db);
    t->db = NULL;
    pgstaged_release(&t->staged);
    t->discard = false;
}

static int connection_make(struct target *t, struct trouble *why)
{
    PGresult *result;

    t->db = pg_open(t->office, why);
    if (!t->db)
        return -1;
    result = pg_ask(t->db, "SELECT session_user", 0, NULL, why);
    if (result) {
        snprintf(t->owner, sizeof t->owner, "%s", PQgetvalue(result, 0, 0));
        PQclear(result);
        t->place = (struct pg_place){ t->office->schema, t->office->partitions, t->owner };
        if (pgmigrate_base(t->db, &t->place, why) == 0 && pgmigrate_owner(t->db, why) == 0 && pgmigrate_format(t->db, why) == 0)
            return 0;
    }
    connection_drop(t);
    return -1;
}

PGconn *pgtarget_connection(struct target *t, struct trouble *why)
{
    if (t->db && PQstatus(t->db) == CONNECTION_OK)
        return t->db;
    if (t->open) {
        trouble_set(why, TROUBLE_LATER, "PostgreSQL: the connection was lost");
        return NULL;
    }
    if (t->db)
        connection_drop(t);
    if (monotonic_ms() < t->away_until_ms) {
        *why = t->away;
        return NULL;
    }
    if (connection_make(t, why) == 0) {
        t->away_ms = 0;
        return t->db;
    }
    t->away = *why;
    t->away_ms = t->away_ms == 0 ? AWAY_FIRST_MS : 2 * t->away_ms < AWAY_MOST_MS ? 2 * t->away_ms : AWAY_MOST_MS;
    t->away_until_ms = monotonic_ms() + t->away_ms;
    return NULL;
}

static int target_open(struct target **out, struct office *office, struct trouble *why)
{
    struct target *t = memory_resize(NULL, 1, sizeof *t);

    *t = (struct target){ .office = office };
    *out = t;
    return pgtarget_connection(t, why) ? 0 : -1;
}

static void target_close(struct target *t)
{
    if (!t)
        return;
    pgbatch_release(&t->batch);
    connection_drop(t);
    free(t);
}

/* --- transactions --- */

int pgtarget_begin(struct target *t, struct trouble *why)
{
    if (!pgtarget_connection(t, why))
        return -1;
    if (t->discard && pg_run(t->db, "DISCARD TEMP", why))
        return -1;
    t->discard = false;
    t->open = pg_run(t->db, "BEGIN", why) == 0;
    return t->open ? 0 : -1;
}

void pgtarget_rollback(struct target *t)
{
    if (t->db && PQstatus(t->db) == CONNECTION_OK)
        PQclear(PQexec(t->db, "ROLLBACK"));
    pgstaged_release(&t->staged);
    t->discard = true;
    t->open = false;
}

int pgtarget_commit(struct target *t, struct trouble *why)
{
    PGresult *result = pg_commit(t->db);
    /* A transaction that has failed before answers COMMIT by "ROLLBACK", without an error. */
    bool done = PQresultStatus(result) == PGRES_COMMAND_OK && strcmp(PQcmdStatus(result), "COMMIT") == 0;
    int rc = done ? 0 : pg_trouble(why, "commit", t->db, result);

    PQclear(result);
    t->open = false;
    if (rc)
        pgtarget_rollback(t);
    return rc;
}

const char *pgtarget_schema(const struct target *t)
{
    return t->office->schema;
}

int pgtarget_want_whole(struct target *t, int space, struct trouble *why)
{
    char number[16];
    const char *const values[] = { number };

    snprintf(number, sizeof number, "%d", space);
    if (!pgtarget_connection(t, why))
        return -1;
    return pg_tell(t->db, "UPDATE jemput.space SET whole_wanted = true WHERE id = $1::integer", 1, values, NULL, why);
}

/* --- the mark --- */

#define MARK_COLUMNS "id, CASE WHEN whole_wanted THEN 0 ELSE feed_number END, " \
                     "CASE WHEN whole_wanted THEN repeat('0', 32) ELSE encode(feed_id, 'hex') END, schema_version"

static void mark_read(struct jemput_feed_mark *out, const PGresult *result)
{
    const char *hex = PQgetvalue(result, 0, 2);

    *out = (struct jemput_feed_mark){ .number = strtoull(PQgetvalue(result, 0, 1), NULL, 10) };
    for (unsigned i = 0; i < sizeof out->id && hex[2 * i]; i++) {
        const char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        out->id[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

int pgtarget_hold(struct target *t, const struct space *space, struct trouble *why)
{
    return pgtarget_connection(t, why) ? pghold_take(t->db, t->office, space, why) : -1;
}

int pgtarget_renew(struct target *t, struct trouble *why)
{
    return pgtarget_connection(t, why) ? pghold_renew(t->db, t->office, why) : -1;
}

static int mark_ask(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, bool *left,
                    struct trouble *why)
{
    const char *const values[] = { space->hex };
    PGconn *db = pgtarget_connection(t, why);
    PGresult *result = db ? pg_ask(db, "SELECT " MARK_COLUMNS ", left_at IS NOT NULL FROM jemput.space WHERE hex = $1", 1, values, why) : NULL;

    if (!result)
        return -1;
    *mark = (struct jemput_feed_mark){ 0 };
    *schema_version = 0;
    *left = PQntuples(result) == 1 && *PQgetvalue(result, 0, 4) == 't';
    if (PQntuples(result) == 1) {
        mark_read(mark, result);
        *schema_version = (uint32_t)strtoul(PQgetvalue(result, 0, 3), NULL, 10);
    }
    PQclear(result);
    return 0;
}

int pgtarget_mark(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, struct trouble *why)
{
    bool left;

    return mark_ask(t, space, mark, schema_version, &left, why);
}

/* A space that was removed and is followed again: the office's changes are read again. */
static int space_back(struct target *t, const struct space *space, struct trouble *why)
{
    const char *const values[] = { space->hex };
    bool followed;

    if (base_do(t->office->db, "SELECT 1 FROM space WHERE id = ?1 AND left_ms IS NULL", why, &followed, NULL, "i", space->id))
        return -1;
    return followed ? pg_tell(t->db, "UPDATE jemput.space SET left_at = NULL WHERE hex = $1", 1, values, NULL, why) : 0;
}

/* Of who is about to write: a batch. */
static int target_mark(struct target *t, const struct space *space, struct jemput_feed_mark *mark, uint32_t *schema_version, struct trouble *why)
{
    bool left;

    if (pgtarget_hold(t, space, why) || mark_ask(t, space, mark, schema_version, &left, why))
        return -1;
    return left ? space_back(t, space, why) : 0;
}

int pgtarget_space(struct target *t, const struct space *space, int *id, struct trouble *why)
{
    const char *const values[] = { space->hex };
    PGresult *result = pgtarget_connection(t, why) ? pg_ask(t->db, "SELECT id FROM jemput.space WHERE hex = $1", 1, values, why) : NULL;

    if (!result)
        return -1;
    *id = PQntuples(result) == 1 ? (int)strtol(PQgetvalue(result, 0, 0), NULL, 10) : 0;
    PQclear(result);
    return 0;
}

/* --- a batch --- */

/* The space's line, locked; made if there is none: with the number that the folder has for it, unless another folder has taken that. */
static PGresult *space_lock(struct target *t, const struct space *space, struct trouble *why)
{
    char number[24];
    const char *const values[] = { number, space->name, space->hex };
    PGresult *result;

    snprintf(number, sizeof number, "%" PRId64, space->id);
    if (pg_tell(t->db, "INSERT INTO jemput.space(id, name, hex) SELECT CASE WHEN EXISTS(SELECT FROM jemput.space WHERE id = $1::integer) "
                       "THEN (SELECT max(id) + 1 FROM jemput.space) ELSE $1::integer END, $2, $3 ON CONFLICT(hex) DO UPDATE SET name = excluded.name "
                       "WHERE space.name <> excluded.name", 3, values, NULL, why))
        return NULL;
    result = pg_ask(t->db, "SELECT " MARK_COLUMNS " FROM jemput.space WHERE hex = $1 FOR UPDATE", 1, values + 2, why);
    return result;
}

/* Under the lock: the space's line is as batch.c has read it, and the tables are as the shapes say. *needed: they are not, and we are not alone. */
static int batch_begin(struct target *t, const struct space *space, const struct target_begin *begin, bool alone, bool *needed, struct trouble *why)
{
    const struct jemput_feed_reading *reading = begin->reading;
    PGresult *line = pgmigrate_lock(t->db, alone, why) ? NULL : space_lock(t, space, why);
    struct jemput_feed_mark mark;
    uint32_t version;

    if (!line)
        return -1;
    mark_read(&mark, line);
    version = (uint32_t)strtoul(PQgetvalue(line, 0, 3), NULL, 10);
    t->batch = (struct pgbatch){ .db = t->db, .place = &t->place, .staged = &t->staged, .space = (int)strtol(PQgetvalue(line, 0, 0), NULL, 10),
                                 .whole = reading->whole, .shapes = begin->shapes, .shape_count = begin->shape_count };
    PQclear(line);
    if (mark.number != begin->since.number || memcmp(mark.id, begin->since.id, sizeof mark.id) != 0)
        return trouble_set(why, TROUBLE_MOVED, "PostgreSQL: space %s was moved on by somebody else", space->name);
    if ((version != reading->schema_version || reading->whole) &&
        pgmigrate_shapes(t->db, &t->place, t->batch.space, begin->shapes, begin->shape_count, alone, needed, why))
        return -1;
    return *needed ? -1 : pgbatch_begin(&t->batch, why);
}

static int target_begin(struct target *t, const struct space *space, const struct target_begin *begin, struct trouble *why)
{
    bool needed = false;

    t->schema_version = begin->reading->schema_version;
    t->till = begin->reading->till;
    t->token = begin->reading->token;
    for (int alone = 0; alone < 2; alone++) {
        if (pgtarget_begin(t, why))
            return -1;
        if (batch_begin(t, space, begin, alone, &needed, why) == 0)
            return 0;
        pgbatch_release(&t->batch);
        pgtarget_rollback(t);
        if (!needed)
            return -1;
    }
    return -1;
}

static int target_row(struct target *t, const struct jemput_feed_row *row, struct trouble *why)
{
    return pgbatch_row(&t->batch, row, why);
}

/* --- its end --- */

static int mark_write(struct target *t, const struct target_end *end, struct trouble *why)
{
    char space[16], number[24], id[40] = "\\x", version[16], token[24], segment[24], rows[24];
    const char *const mark[] = { space, number, id, version, token, end->state_hash, end->central_segment ? segment : NULL,
                                 t->batch.whole ? "1" : "0" };
    const char *const line[] = { space, number, rows, t->batch.whole ? "t" : "f", end->central_segment ? segment : NULL, end->state_hash };

    snprintf(space, sizeof space, "%d", t->batch.space);
    snprintf(number, sizeof number, "%" PRIu64, t->till.number);
    for (unsigned i = 0; i < sizeof t->till.id; i++)
        snprintf(id + 2 + 2 * i, 3, "%02x", t->till.id[i]);
    snprintf(version, sizeof version, "%" PRIu32, t->schema_version);
    snprintf(token, sizeof token, "%" PRId64, t->token);
    snprintf(segment, sizeof segment, "%" PRIu64, end->central_segment);
    snprintf(rows, sizeof rows, "%" PRIu64, end->rows);
    if (pg_tell(t->db, "UPDATE jemput.space SET feed_number = $2::bigint, feed_id = $3::bytea, schema_version = $4::integer, "
                       "token = $5::bigint + (SELECT count(*) + $8::integer FROM jemput.batch b WHERE b.space = $1::integer AND b.whole) * "
                       PG_LIFE ", state_hash = $6, central_segment = $7::bigint, projected_at = clock_timestamp(), whole_wanted = false "
                       "WHERE id = $1::integer",
                8, mark, NULL, why))
        return -1;
    return pg_tell(t->db, "INSERT INTO jemput.batch(space, number, rows, whole, central_segment, state_hash) "
                          "VALUES($1::integer, $2::bigint, $3::bigint, $4::boolean, $5::bigint, $6)", 6, line, NULL, why);
}

static int target_commit(struct target *t, const struct target_end *end, struct trouble *why)
{
    bool failed = pgbatch_end(&t->batch, why) || mark_write(t, end, why);
    bool whole = t->batch.whole;
    int space = t->batch.space;
    struct trouble later;

    pgbatch_release(&t->batch);
    if (failed)
        pgtarget_rollback(t);
    else if (pgtarget_commit(t, why) == 0)
        return 0;
    if (pg_violation(why) && !whole)
        (void)pgtarget_want_whole(t, space, &later); /* failed: the same batch fails again, and asks again */
    return -1;
}

static void target_rollback(struct target *t)
{
    pgbatch_release(&t->batch);
    pgtarget_rollback(t);
}

int pgtarget_batch(struct target *t, struct pgbatch *out, int space, const struct shapes *shapes, bool compares, struct trouble *why)
{
    *out = (struct pgbatch){ .db = t->db, .place = &t->place, .staged = &t->staged, .space = space, .compares = compares, .shapes = shapes->of,
                             .shape_count = shapes->count };
    return pgmigrate_lock(t->db, false, why) || pgbatch_begin(out, why) ? -1 : 0;
}

const struct target_kind target_postgres = {
    .name = "postgresql",
    .open = target_open,
    .mark = target_mark,
    .begin = target_begin,
    .row = target_row,
    .commit = target_commit,
    .rollback = target_rollback,
    .close = target_close,
};
