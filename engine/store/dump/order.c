/* store/dump/order.c — the order in which a dump writes segments, which follows from what they are and not from when they came. See dump.h. */
#include <string.h>

#include "store/causes/causes.h"
#include "store/dump/dumping.h"

/* --- their order: what a segment had seen comes before it; of those that may be next, the lowest by stamp and hash --- */

struct order {
    struct jemput_dumping *d;
    sqlite3_stmt *segment; /* by line and number */
    uint32_t *heap;        /* lines whose next segment may come, by that */
    uint32_t heap_count;
};

static bool line_before(const struct jemput_dumping *d, uint32_t a, uint32_t b)
{
    const struct jemput_dump_line *x = &d->lines[a], *y = &d->lines[b];

    return x->stamp != y->stamp ? x->stamp < y->stamp : memcmp(x->next.bytes, y->next.bytes, sizeof x->next.bytes) < 0;
}

static void heap_add(struct order *o, uint32_t line)
{
    uint32_t at = o->heap_count++;

    for (; at > 0 && line_before(o->d, line, o->heap[(at - 1) / 2]); at = (at - 1) / 2)
        o->heap[at] = o->heap[(at - 1) / 2];
    o->heap[at] = line;
}

static uint32_t heap_take(struct order *o)
{
    uint32_t first = o->heap[0], last = o->heap[--o->heap_count], at = 0;

    for (uint32_t child = 1; child < o->heap_count; child = 2 * at + 1) {
        if (child + 1 < o->heap_count && line_before(o->d, o->heap[child + 1], o->heap[child]))
            child++;
        if (!line_before(o->d, o->heap[child], last))
            break;
        o->heap[at] = o->heap[child];
        at = child;
    }
    o->heap[at] = last;
    return first;
}

/* A line that this context reaches further into than has been written; 0 = none, else its place + 1. */
static enum jemput_status map_waits_for(struct jemput_dumping *d, int64_t context, uint32_t *out, struct jemput_error *err)
{
    const struct jemput_map *map;
    enum jemput_status st = jemput_causes_context(d->store, context, &map, err);

    *out = 0;
    for (uint32_t i = 0; !st && !*out && i < map->count; i++) {
        int64_t line = map->seen[i].line;

        if (line < 1 || line > d->line_count)
            return jemput_fail(err, JEMPUT_CORRUPT, "context %lld names line %lld", (long long)context, (long long)line);
        if (d->lines[d->line_numbers[line - 1] - 1].next_number <= map->seen[i].number)
            *out = d->line_numbers[line - 1];
    }
    return st;
}

/* Put the line's next segment where it may be taken from, or with those that wait for another line. */
static enum jemput_status line_place(struct order *o, uint32_t at, struct jemput_error *err)
{
    struct jemput_dump_line *line = &o->d->lines[at];
    uint32_t waits = 0;
    enum jemput_status st = JEMPUT_OK;

    if (line->fork_of && line->next_number == line->first_number &&
        o->d->lines[o->d->line_numbers[line->fork_of - 1] - 1].next_number <= line->fork_number)
        waits = o->d->line_numbers[line->fork_of - 1];
    if (!waits)
        st = map_waits_for(o->d, line->frontier, &waits, err);
    if (!st && !waits)
        st = map_waits_for(o->d, line->context, &waits, err);
    if (st)
        return st;
    if (waits == at + 1)
        return jemput_fail(err, JEMPUT_CORRUPT, "a segment has seen what comes after it");
    if (waits) {
        line->waits_next = o->d->lines[waits - 1].waiting;
        o->d->lines[waits - 1].waiting = at + 1;
    } else {
        heap_add(o, at);
    }
    return JEMPUT_OK;
}

static enum jemput_status segment_step(struct order *o, uint32_t at, bool write, bool *found, struct jemput_error *err)
{
    struct jemput_dump_line *line = &o->d->lines[at];
    enum jemput_status st = JEMPUT_OK;
    int rc;

    sqlite3_bind_int64(o->segment, 1, line->id);
    sqlite3_bind_int64(o->segment, 2, (int64_t)line->next_number);
    rc = sqlite3_step(o->segment);
    *found = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW) {
        int64_t id = sqlite3_column_int64(o->segment, 0);

        if (id < 1 || id > o->d->segment_max || o->d->segment_numbers[id - 1] || sqlite3_column_bytes(o->segment, 1) != JEMPUT_HASH_BYTES ||
            sqlite3_column_bytes(o->segment, 2) != JEMPUT_HASH_BYTES || sqlite3_column_bytes(o->segment, 5) != 20)
            st = jemput_fail(err, JEMPUT_CORRUPT, "segment %lld: its entry is damaged", (long long)id);
        else if (write)
            st = jemput_dump_segment(o->d, o->segment, at, err);
        if (!st) {
            memcpy(line->next.bytes, sqlite3_column_blob(o->segment, 1), JEMPUT_HASH_BYTES);
            line->stamp = (jemput_stamp)sqlite3_column_int64(o->segment, 4);
            line->context = sqlite3_column_int64(o->segment, 6);
            line->frontier = sqlite3_column_int64(o->segment, 8);
        }
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(o->d->store->db, rc, err, "read segments");
    }
    sqlite3_reset(o->segment);
    return st;
}

/* Look at the line's next segment, if it has one. */
static enum jemput_status line_look(struct order *o, uint32_t at, struct jemput_error *err)
{
    bool found;
    enum jemput_status st = segment_step(o, at, false, &found, err);

    return st || !found ? st : line_place(o, at, err);
}

/* Write one segment; what waited for its line is placed anew. */
static enum jemput_status order_step(struct order *o, struct jemput_error *err)
{
    uint32_t at = heap_take(o), waiting;
    bool found;
    enum jemput_status st = segment_step(o, at, true, &found, err);

    o->d->lines[at].next_number++;
    waiting = o->d->lines[at].waiting;
    o->d->lines[at].waiting = 0;
    while (!st && waiting) {
        uint32_t line = waiting - 1;

        waiting = o->d->lines[line].waits_next;
        st = line_place(o, line, err);
    }
    if (!st)
        st = line_look(o, at, err);
    if (o->d->segment_count % 1024 == 0)
        jemput_causes_trim(o->d->store);
    return st;
}

enum jemput_status jemput_dump_segments(struct jemput_dumping *d, struct jemput_error *err)
{
    struct order o = { .d = d, .heap = jemput_arena_array(&d->arena, d->line_count, sizeof *o.heap) };
    enum jemput_status st = o.heap ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory to number what was merged");

    if (!st)
        st = jemput_sqlite_prepare(&o.segment, d->store->db,
                                   "SELECT id, hash, previous, control, stamp, oid, context, context_whole, frontier, frontier_whole, txn_count, "
                                   "stamps, heads, (SELECT version FROM jemput_schema_seen v WHERE v.segment = jemput_segment.id) "
                                   "FROM jemput_segment WHERE line = ? AND number = ?",
                                   0, err);
    for (uint32_t i = 0; !st && i < d->line_count; i++)
        d->lines[i].next_number = d->lines[i].first_number;
    for (uint32_t i = 0; !st && i < d->line_count; i++)
        st = line_look(&o, i, err);
    while (!st && o.heap_count)
        st = order_step(&o, err);
    sqlite3_finalize(o.segment);
    for (uint32_t i = 0; !st && i < d->line_count; i++)
        if (d->lines[i].next_number - d->lines[i].first_number != d->lines[i].count)
            st = jemput_fail(err, JEMPUT_CORRUPT, "the segments of a line are not in order");
    return st;
}
