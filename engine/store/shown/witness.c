/* store/shown/witness.c — between which signed times of central's a segment was made.
 *
 * A segment says what it had seen, so it came after that; a later segment of central's says that it has merged it, so it came before that. Both times
 * are central's, signed, and no doing of the segment's writer. Central's main line is asked; what a line has merged only grows along it. */
#include "store/causes/causes.h"
#include "store/file/look.h"

struct witness {
    struct jemput_store *store;
    const struct jemput_cause *segment;
    int64_t central; /* line */
};

static enum jemput_status central_line(struct jemput_store *store, const struct jemput_writer *central, int64_t *line, uint64_t *last,
                                       struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(store, "SELECT id, last_number FROM jemput_line WHERE writer = ? ORDER BY id LIMIT 1", err);
    int rc;

    *line = 0;
    *last = 0;
    if (!stmt)
        return err->status;
    sqlite3_bind_blob(stmt, 1, central->id, JEMPUT_WRITER_BYTES, SQLITE_STATIC);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *line = sqlite3_column_int64(stmt, 0);
        *last = (uint64_t)sqlite3_column_int64(stmt, 1);
    }
    sqlite3_reset(stmt);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? JEMPUT_OK : jemput_sqlite_fail(store->db, rc, err, "find central's line");
}

/* Central's segment of a number. */
static enum jemput_status central_segment(const struct witness *w, uint64_t number, int64_t *id, int64_t *ms, struct jemput_error *err)
{
    sqlite3_stmt *stmt = jemput_store_statement(w->store, "SELECT id, stamp FROM jemput_segment WHERE line = ? AND number = ?", err);
    int rc;

    if (!stmt)
        return err->status;
    sqlite3_bind_int64(stmt, 1, w->central);
    sqlite3_bind_int64(stmt, 2, (int64_t)number);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW) {
        *id = sqlite3_column_int64(stmt, 0);
        *ms = jemput_stamp_ms((jemput_stamp)sqlite3_column_int64(stmt, 1));
    }
    sqlite3_reset(stmt);
    if (rc == SQLITE_ROW)
        return JEMPUT_OK;
    return rc == SQLITE_DONE ? jemput_fail(err, JEMPUT_CORRUPT, "central's segment %llu is missing", (unsigned long long)number)
                             : jemput_sqlite_fail(w->store->db, rc, err, "find central's segment");
}

/* Number of central's newest segment that this one had seen; 0 = none. */
static enum jemput_status seen_number(const struct witness *w, uint64_t *out, struct jemput_error *err)
{
    const struct jemput_map *context;
    uint64_t own = 0;
    enum jemput_status st = jemput_causes_context(w->store, w->segment->context, &context, err);

    if (!st)
        st = jemput_causes_chain(w->store, w->segment->line, w->segment->number - 1, w->central, &own, err);
    if (st)
        return st;
    *out = jemput_map_get(context, w->central);
    if (own > *out)
        *out = own;
    return JEMPUT_OK;
}

/* Does central's segment of that number say that it has merged this one (or is it this one)? */
static enum jemput_status central_has(const struct witness *w, uint64_t number, bool *has, int64_t *ms, struct jemput_error *err)
{
    const struct jemput_cause *c = NULL;
    const struct jemput_map *frontier;
    uint64_t own = 0;
    int64_t id;
    enum jemput_status st = central_segment(w, number, &id, ms, err);

    if (!st)
        st = jemput_causes_segment(w->store, id, &c, err);
    if (!st)
        st = jemput_causes_context(w->store, c->frontier, &frontier, err);
    if (!st)
        st = jemput_causes_chain(w->store, c->line, c->number, w->segment->line, &own, err);
    if (!st)
        *has = own >= w->segment->number || jemput_map_get(frontier, w->segment->line) >= w->segment->number;
    return st;
}

/* The first of central's segments after `seen` that has it. */
static enum jemput_status received_ms(const struct witness *w, uint64_t seen, uint64_t last, int64_t *out, struct jemput_error *err)
{
    uint64_t low = seen + 1, high = last + 1; /* high: none of them, or one that has it */
    enum jemput_status st = JEMPUT_OK;

    while (!st && low < high) {
        uint64_t middle = low + (high - low) / 2;
        bool has = false;
        int64_t ms = 0;

        st = central_has(w, middle, &has, &ms, err);
        if (has) {
            high = middle;
            *out = ms;
        } else {
            low = middle + 1;
        }
    }
    return st;
}

enum jemput_status jemput_store_segment_bounds(struct jemput_store *store, int64_t segment_id, const struct jemput_writer *central,
                                               struct jemput_bounds *out, struct jemput_error *err)
{
    struct witness w = { .store = store };
    struct jemput_bounds bounds = { 0 };
    uint64_t last = 0, seen = 0;
    int64_t ignored;
    enum jemput_status st = central_line(store, central, &w.central, &last, err);

    if (!st && !w.central) {
        *out = bounds;
        return JEMPUT_OK;
    }
    if (!st)
        st = jemput_causes_segment(store, segment_id, &w.segment, err);
    if (!st)
        st = seen_number(&w, &seen, err);
    if (!st && seen)
        st = central_segment(&w, seen, &ignored, &bounds.not_before_ms, err);
    if (!st)
        st = received_ms(&w, seen, last, &bounds.not_after_ms, err);
    if (!st)
        *out = bounds;
    return st;
}
