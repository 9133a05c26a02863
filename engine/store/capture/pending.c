/* store/capture/pending.c — committed transactions that no segment carries yet, as sealing reads them; the clock that all connections share. */
#include <string.h>

#include "base/limits.h"
#include "store/file/layout.h"

#define RUN_LOOK_BACK 256 /* ids made so long before the last one sealed may still turn up: a form was open */
#define STAMP_AHEAD_MAX_MS (24 * 3600 * 1000) /* a clock further ahead is broken, and must not drag this one along */

/* --- reading --- */

struct pending_reading {
    struct jemput_pending *out;
    struct jemput_arena *arena;
    uint32_t txn_room, run_room;
    int64_t *run_ids;
    size_t bytes;
    uint64_t weight;
};

static enum jemput_status pending_txn(struct pending_reading *p, sqlite3_stmt *row, struct jemput_error *err)
{
    struct jemput_value record;
    struct jemput_bytes copy;
    struct jemput_txn *txn;
    enum jemput_status st;

    jemput_value_from_column(&record, row, 4);
    copy = jemput_arena_copy(p->arena, record.bytes);
    p->out->txns = jemput_arena_room(p->arena, p->out->txns, p->out->txn_count, &p->txn_room, sizeof *txn);
    if (!p->out->txns || !copy.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for pending transactions");
    txn = &p->out->txns[p->out->txn_count];
    st = jemput_txn_read(txn, copy, p->arena, err);
    if (!st && txn->stamp != (jemput_stamp)sqlite3_column_int64(row, 0))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a pending transaction has another stamp inside");
    if (st)
        return st;
    p->bytes += record.bytes.len;
    p->weight += jemput_txn_weight(txn);
    p->out->txn_count++;
    p->out->last_seq = sqlite3_column_int64(row, 0);
    return JEMPUT_OK;
}

/* Note up to which id a run may occur; seed and start come later. */
static enum jemput_status pending_run(struct pending_reading *p, sqlite3_stmt *row, struct jemput_error *err)
{
    int64_t id = sqlite3_column_int64(row, 2);
    uint64_t next = (uint64_t)sqlite3_column_int64(row, 3);
    uint32_t i = 0, room = p->run_room;

    if (sqlite3_column_type(row, 2) == SQLITE_NULL)
        return JEMPUT_OK;
    while (i < p->out->run_count && p->run_ids[i] != id)
        i++;
    if (i == p->out->run_count) {
        p->run_ids = jemput_arena_room(p->arena, p->run_ids, i, &room, sizeof *p->run_ids);
        p->out->runs = jemput_arena_room(p->arena, p->out->runs, i, &p->run_room, sizeof *p->out->runs);
        if (!p->run_ids || !p->out->runs)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for runs of ids");
        p->run_ids[i] = id;
        p->out->runs[i] = (struct jemput_pending_run){ 0 };
        p->out->run_count++;
    }
    if (p->out->runs[i].count < next)
        p->out->runs[i].count = next;
    return JEMPUT_OK;
}

static enum jemput_status run_complete(struct jemput_store *store, int64_t id, struct jemput_pending_run *run, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT seed, sealed FROM jemput_id_run WHERE id = ?", err);
    enum jemput_status st = JEMPUT_OK;
    struct jemput_value seed;
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        uint64_t sealed = (uint64_t)sqlite3_column_int64(stmt, 1);

        jemput_value_from_column(&seed, stmt, 0);
        run->first = sealed > RUN_LOOK_BACK ? sealed - RUN_LOOK_BACK : 0;
        if (seed.bytes.len != sizeof run->seed || run->first > run->count)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a run of ids is damaged");
        else
            memcpy(run->seed, seed.bytes.data, sizeof run->seed);
        run->count -= run->first;
    } else {
        st = rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_CORRUPT, "a run of ids is missing")
                               : jemput_sqlite_fail(store->db, rc, err, "read a run of ids");
    }
    sqlite3_reset(stmt);
    return st;
}

static enum jemput_status pending_rows(struct pending_reading *p, sqlite3_stmt *stmt, sqlite3 *db, size_t bytes_target, jemput_stamp newest,
                                       struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    while (!st && (rc = sqlite3_step(stmt)) != SQLITE_DONE) {
        if (rc != SQLITE_ROW)
            return jemput_sqlite_fail(db, rc, err, "read pending transactions");
        if ((jemput_stamp)sqlite3_column_int64(stmt, 0) > newest) {
            p->out->more = true;
            return JEMPUT_OK;
        }
        if (p->out->txn_count && (p->bytes >= bytes_target || p->weight >= JEMPUT_SEGMENT_WEIGHT_TARGET ||
                                  p->out->txn_count == JEMPUT_SEGMENT_TXNS_MAX || sqlite3_column_int64(stmt, 1) != p->out->context)) {
            p->out->more = true;
            return JEMPUT_OK;
        }
        p->out->context = sqlite3_column_int64(stmt, 1);
        st = pending_txn(p, stmt, err);
        if (!st)
            st = pending_run(p, stmt, err);
    }
    return st;
}

enum jemput_status jemput_store_pending_read(struct jemput_store *store, size_t bytes_target, struct jemput_pending *out, struct jemput_arena *arena,
                                             struct jemput_error *err)
{
    return jemput_store_pending_read_to(store, bytes_target, UINT64_MAX, out, arena, err);
}

enum jemput_status jemput_store_pending_read_to(struct jemput_store *store, size_t bytes_target, jemput_stamp newest, struct jemput_pending *out,
                                                struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_pending pending = { 0 };
    struct pending_reading p = { .out = &pending, .arena = arena };
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT stamp, context, run, run_next, record FROM jemput_pending ORDER BY stamp", err);
    enum jemput_status st;

    if (!stmt)
        return err->status;
    st = pending_rows(&p, stmt, store->db, bytes_target, newest, err);
    sqlite3_reset(stmt);
    for (uint32_t i = 0; !st && i < pending.run_count; i++)
        st = run_complete(store, p.run_ids[i], &pending.runs[i], err);
    if (!st)
        *out = pending;
    return st;
}

enum jemput_status jemput_store_pending_newest(struct jemput_store *store, jemput_stamp *newest, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT coalesce(max(stamp), 0) FROM jemput_pending", err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        *newest = (jemput_stamp)sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "look what is pending");
}

enum jemput_status jemput_store_pending_count(struct jemput_store *store, uint64_t *txns, uint64_t *changes, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT count(*), coalesce(sum(changes), 0) FROM jemput_pending", err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *txns = (uint64_t)sqlite3_column_int64(stmt, 0);
        *changes = (uint64_t)sqlite3_column_int64(stmt, 1);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "count pending transactions");
}

/* --- the clock --- */

static enum jemput_status clock_read(struct jemput_store *store, struct jemput_hlc *out, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store,
                                                "SELECT max(coalesce((SELECT max(stamp) FROM jemput_pending), 0), "
                                                "coalesce((SELECT value FROM jemput_fact WHERE name = '" JEMPUT_FACT_STAMP "'), 0))",
                                                err);
    int rc;

    if (!stmt)
        return err->status;
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        out->last = (jemput_stamp)sqlite3_column_int64(stmt, 0);
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "read the clock");
}

enum jemput_status jemput_store_stamp_next(struct jemput_store *store, jemput_stamp *out, struct jemput_error *err)
{
    struct jemput_hlc clock = { 0 };
    jemput_stamp stamp = 0;
    enum jemput_status st = clock_read(store, &clock, err);

    if (!st) {
        stamp = jemput_hlc_tick(&clock, store->env->now_ms(store->env));
        st = stamp ? jemput_store_number_put(store, JEMPUT_FACT_STAMP, (int64_t)stamp, err)
                   : jemput_fail(err, JEMPUT_LIMIT, "the clock has come to its end");
    }
    if (!st)
        *out = stamp;
    return st;
}

enum jemput_status jemput_store_stamp_see(struct jemput_store *store, jemput_stamp seen, struct jemput_error *err)
{
    struct jemput_hlc clock = { 0 };
    jemput_stamp before;
    enum jemput_status st = clock_read(store, &clock, err);

    if (st)
        return st;
    before = clock.last;
    if (!jemput_hlc_see(&clock, seen, store->env->now_ms(store->env), STAMP_AHEAD_MAX_MS) || clock.last == before)
        return JEMPUT_OK; /* a stamp that is not adopted only orders its own log */
    return jemput_store_number_put(store, JEMPUT_FACT_STAMP, (int64_t)clock.last, err);
}

/* --- sealed --- */

static enum jemput_status sealed_run(struct jemput_store *store, const char *sql, int64_t last, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, sql, err);

    if (!stmt)
        return err->status;
    if (sqlite3_bind_parameter_count(stmt))
        sqlite3_bind_int64(stmt, 1, last);
    return jemput_store_step_done(store, stmt, err);
}

enum jemput_status jemput_store_pending_sealed(struct jemput_store *store, int64_t last_seq, struct jemput_error *err)
{
    struct jemput_hlc clock = { 0 };
    enum jemput_status st = clock_read(store, &clock, err);

    if (!st) /* the clock must not fall back when its last witness goes */
        st = jemput_store_number_put(store, JEMPUT_FACT_STAMP, (int64_t)clock.last, err);
    if (!st)
        st = sealed_run(
            store,
            "UPDATE jemput_id_run SET sealed = max(sealed, coalesce((SELECT max(run_next) FROM jemput_pending WHERE run = jemput_id_run.id AND "
            "stamp <= ?1), 0)) WHERE id IN (SELECT run FROM jemput_pending WHERE stamp <= ?1)",
            last_seq, err);
    if (!st)
        st = sealed_run(store, "DELETE FROM jemput_pending WHERE stamp <= ?1", last_seq, err);
    if (!st) /* an opening that still uses a run which goes here writes it again; the newest stays */
        st = sealed_run(store,
                        "DELETE FROM jemput_id_run WHERE id < (SELECT max(id) FROM jemput_id_run) AND id NOT IN "
                        "(SELECT run FROM jemput_pending WHERE run IS NOT NULL)",
                        0, err);
    return st;
}
