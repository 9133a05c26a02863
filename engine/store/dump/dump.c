/* store/dump/dump.c — the register as items: lines, each with its segments, then the contexts that they name. See dump.h. */
#include "store/dump/dumping.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "store/causes/causes.h"
#include "store/state/walk.h"

#define NUMBERS_MAX ((int64_t)INT32_MAX / 2)

enum jemput_status jemput_dump_item_end(struct jemput_dumping *d, struct jemput_error *err)
{
    enum jemput_status st = jemput_buf_check(&d->item, "state", err);

    if (!st)
        st = d->sink(d->ctx, jemput_buf_bytes(&d->item), err);
    jemput_buf_clear(&d->item);
    return st;
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory to number what was merged");
}

/* --- lines in an order that every store gives them --- */

static int line_order(const void *a, const void *b)
{
    const struct jemput_dump_line *x = a, *y = b;
    int order = memcmp(x->writer.id, y->writer.id, sizeof x->writer.id);

    if (!order)
        order = (x->depth > y->depth) - (x->depth < y->depth);
    return order ? order : memcmp(x->first.bytes, y->first.bytes, sizeof x->first.bytes);
}

static enum jemput_status line_read(struct jemput_dumping *d, sqlite3_stmt *stmt, struct jemput_error *err)
{
    struct jemput_dump_line *line = &d->lines[d->line_count];

    *line = (struct jemput_dump_line){ .id = sqlite3_column_int64(stmt, 0), .fork_of = sqlite3_column_int64(stmt, 2),
        .fork_number = (uint64_t)sqlite3_column_int64(stmt, 3), .first_number = (uint64_t)sqlite3_column_int64(stmt, 5),
        .count = (uint64_t)sqlite3_column_int64(stmt, 6) };
    if (line->id != d->line_count + 1 || line->fork_of < 0 || line->fork_of >= line->id || sqlite3_column_bytes(stmt, 1) != JEMPUT_WRITER_BYTES ||
        sqlite3_column_bytes(stmt, 4) != JEMPUT_HASH_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "line %lld of the register is damaged", (long long)line->id);
    memcpy(line->writer.id, sqlite3_column_blob(stmt, 1), JEMPUT_WRITER_BYTES);
    memcpy(line->first.bytes, sqlite3_column_blob(stmt, 4), JEMPUT_HASH_BYTES);
    if (line->fork_of)
        line->depth = d->lines[line->fork_of - 1].depth + 1; /* an older line: still in local order */
    d->line_count++;
    return JEMPUT_OK;
}

static enum jemput_status lines_read(struct jemput_dumping *d, struct jemput_error *err)
{
    int64_t count;
    sqlite3_stmt *stmt = NULL;
    int rc = SQLITE_DONE;
    enum jemput_status st = jemput_store_look(d->store, "SELECT coalesce(max(id), 0) FROM jemput_line", "count lines", &count, err);

    if (!st && (count < 0 || count > NUMBERS_MAX))
        st = jemput_fail(err, JEMPUT_CORRUPT, "%lld lines", (long long)count);
    if (st)
        return st;
    d->lines = jemput_arena_array(&d->arena, (size_t)count, sizeof *d->lines);
    d->line_numbers = jemput_arena_array(&d->arena, (size_t)count, sizeof *d->line_numbers);
    if (!d->lines || !d->line_numbers)
        return nomem(err);
    st = jemput_sqlite_prepare(&stmt, d->store->db,
                               "SELECT l.id, l.writer, l.fork_of, l.fork_number, s.hash, s.number, "
                               "(SELECT count(*) FROM jemput_segment c WHERE c.line = l.id) FROM jemput_line l JOIN jemput_segment s "
                               "ON s.id = (SELECT f.id FROM jemput_segment f WHERE f.line = l.id ORDER BY f.number LIMIT 1) ORDER BY l.id",
                               0, err);
    while (!st && (rc = sqlite3_step(stmt)) == SQLITE_ROW && d->line_count < count)
        st = line_read(d, stmt, err);
    if (!st && rc != SQLITE_DONE && rc != SQLITE_ROW)
        st = jemput_sqlite_fail(d->store->db, rc, err, "read lines");
    if (!st && (d->line_count != count || rc == SQLITE_ROW))
        st = jemput_fail(err, JEMPUT_CORRUPT, "a line has no segment");
    sqlite3_finalize(stmt);
    if (st)
        return st;
    if (count)
        qsort(d->lines, (size_t)count, sizeof *d->lines, line_order);
    for (uint32_t i = 0; i < d->line_count; i++)
        d->line_numbers[d->lines[i].id - 1] = i + 1;
    return JEMPUT_OK;
}

enum jemput_status jemput_dump_begin(struct jemput_dumping **out, struct jemput_store *store, jemput_dump_fn sink, void *ctx,
                                     struct jemput_error *err)
{
    struct jemput_dumping *d = jemput_alloc_zero(1, sizeof *d);
    bool sealed = false;
    int64_t unread = 0;
    enum jemput_status st;

    *out = NULL;
    if (!d)
        return nomem(err);
    *d = (struct jemput_dumping){ .store = store, .sink = sink, .ctx = ctx, .item = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX) };
    st = jemput_store_sealed(store, &sealed, err);
    if (!st && !sealed)
        st = jemput_fail(err, JEMPUT_BUSY, "something was saved that is not sealed yet: jemput_seal() or a sync does it");
    if (!st)
        st = jemput_store_look(store, "SELECT EXISTS(SELECT 1 FROM jemput_unread)", "look for unread segments", &unread, err);
    if (!st && unread)
        st = jemput_fail(err, JEMPUT_DENIED, "there are segments here that cannot be read, so that what is here is not all");
    if (!st)
        st = jemput_store_look(store, "SELECT coalesce(max(id), 0) FROM jemput_segment", "count segments", &d->segment_max, err);
    if (!st)
        st = jemput_store_look(store, "SELECT coalesce(max(id), 1) FROM jemput_context", "count contexts", &d->context_max, err);
    if (!st && (d->segment_max > NUMBERS_MAX || d->context_max > NUMBERS_MAX))
        st = jemput_fail(err, JEMPUT_LIMIT, "%lld segments", (long long)d->segment_max);
    if (!st) {
        d->segment_numbers = jemput_arena_array(&d->arena, (size_t)d->segment_max, sizeof *d->segment_numbers);
        d->segments = jemput_arena_array(&d->arena, (size_t)d->segment_max, sizeof *d->segments);
        d->context_numbers = jemput_arena_array(&d->arena, (size_t)d->context_max, sizeof *d->context_numbers);
        d->contexts = jemput_arena_array(&d->arena, (size_t)d->context_max, sizeof *d->contexts);
        if (!d->segment_numbers || !d->segments || !d->context_numbers || !d->contexts)
            st = nomem(err);
    }
    if (!st)
        st = lines_read(d, err);
    if (st)
        jemput_dump_free(d);
    else
        *out = d;
    return st;
}

void jemput_dump_runs(struct jemput_dumping *d, jemput_dump_runs_fn runs, void *ctx)
{
    d->runs = runs;
    d->runs_ctx = ctx;
}

void jemput_dump_free(struct jemput_dumping *d)
{
    if (!d)
        return;
    jemput_buf_release(&d->item);
    jemput_arena_release(&d->arena);
    jemput_free(d);
}

/* --- segments --- */

/* Counted as they are met; 1 is the empty one. */
static enum jemput_status context_number(struct jemput_dumping *d, int64_t id, uint64_t *out, struct jemput_error *err)
{
    *out = JEMPUT_CONTEXT_EMPTY;
    if (id == JEMPUT_CONTEXT_EMPTY)
        return JEMPUT_OK;
    if (id < 1 || id > d->context_max)
        return jemput_fail(err, JEMPUT_CORRUPT, "a segment names context %lld", (long long)id);
    if (!d->context_numbers[id - 1]) {
        d->contexts[d->context_count] = id;
        d->context_numbers[id - 1] = ++d->context_count + JEMPUT_CONTEXT_EMPTY;
    }
    *out = d->context_numbers[id - 1];
    return JEMPUT_OK;
}

static void blob_append(struct jemput_buf *out, sqlite3_stmt *stmt, int column, bool sized)
{
    struct jemput_bytes bytes = { sqlite3_column_blob(stmt, column), (size_t)sqlite3_column_bytes(stmt, column) };

    if (sized)
        jemput_buf_sized(out, bytes);
    else
        jemput_buf_append_bytes(out, bytes);
}

/* The hash before it is only written where no segment here has it. */
enum jemput_status jemput_dump_segment(struct jemput_dumping *d, sqlite3_stmt *stmt, uint32_t line, struct jemput_error *err)
{
    const struct jemput_dump_line *of = &d->lines[line];
    bool context_whole = sqlite3_column_int64(stmt, 7) != 0, frontier_whole = sqlite3_column_int64(stmt, 9) != 0;
    int64_t id = sqlite3_column_int64(stmt, 0);
    uint64_t context, frontier;
    enum jemput_status st = context_number(d, sqlite3_column_int64(stmt, 6), &context, err);

    if (!st)
        st = context_number(d, sqlite3_column_int64(stmt, 8), &frontier, err);
    if (st)
        return st;
    d->segments[d->segment_count] = id;
    d->segment_numbers[id - 1] = ++d->segment_count;
    jemput_buf_u8(&d->item, JEMPUT_DUMP_SEGMENT);
    jemput_buf_varint(&d->item, line + 1);
    blob_append(&d->item, stmt, 1, false);
    if (!of->fork_of && of->next_number == of->first_number)
        blob_append(&d->item, stmt, 2, false);
    jemput_buf_u8(&d->item, (uint8_t)((sqlite3_column_int64(stmt, 3) ? JEMPUT_DUMP_CONTROL : 0) | (context_whole ? JEMPUT_DUMP_CONTEXT_WHOLE : 0) |
                                      (frontier_whole ? JEMPUT_DUMP_FRONTIER_WHOLE : 0)));
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 4));
    blob_append(&d->item, stmt, 5, false);
    jemput_buf_varint(&d->item, context);
    jemput_buf_varint(&d->item, frontier);
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 10));
    blob_append(&d->item, stmt, 11, true);
    if (!context_whole || !frontier_whole)
        blob_append(&d->item, stmt, 12, true);
    jemput_buf_varint(&d->item, (uint64_t)sqlite3_column_int64(stmt, 13));
    return jemput_dump_item_end(d, err);
}

static enum jemput_status line_dump(struct jemput_dumping *d, const struct jemput_dump_line *line, struct jemput_error *err)
{
    jemput_buf_u8(&d->item, JEMPUT_DUMP_LINE);
    jemput_buf_append(&d->item, line->writer.id, sizeof line->writer.id);
    jemput_buf_varint(&d->item, line->fork_of ? d->line_numbers[line->fork_of - 1] : 0);
    jemput_buf_varint(&d->item, line->fork_number);
    jemput_buf_varint(&d->item, line->first_number);
    jemput_buf_varint(&d->item, line->count);
    return jemput_dump_item_end(d, err);
}

/* --- contexts --- */

static int seen_order(const void *a, const void *b)
{
    int64_t x = ((const struct jemput_seen *)a)->line, y = ((const struct jemput_seen *)b)->line;

    return x < y ? -1 : x > y;
}

static enum jemput_status context_dump(struct jemput_dumping *d, sqlite3_stmt *stmt, int64_t id, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_map map = { 0 };
    enum jemput_status st;
    int rc;

    sqlite3_bind_int64(stmt, 1, id);
    rc = sqlite3_step(stmt);
    if (rc == SQLITE_ROW)
        st = jemput_map_read(&map, jemput_bytes_of(sqlite3_column_blob(stmt, 0), (size_t)sqlite3_column_bytes(stmt, 0)), arena, err);
    else if (rc == SQLITE_DONE)
        st = jemput_fail(err, JEMPUT_CORRUPT, "context %lld is not there", (long long)id);
    else
        st = jemput_sqlite_fail(d->store->db, rc, err, "read contexts");
    sqlite3_reset(stmt);
    for (uint32_t i = 0; !st && i < map.count; i++) {
        if (map.seen[i].line < 1 || map.seen[i].line > d->line_count)
            st = jemput_fail(err, JEMPUT_CORRUPT, "context %lld names line %lld", (long long)id, (long long)map.seen[i].line);
        else
            map.seen[i].line = d->line_numbers[map.seen[i].line - 1];
    }
    if (st)
        return st;
    qsort(map.seen, map.count, sizeof *map.seen, seen_order);
    jemput_buf_u8(&d->item, JEMPUT_DUMP_CONTEXT);
    jemput_map_write(&d->item, &map);
    return jemput_dump_item_end(d, err);
}

static enum jemput_status contexts_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    sqlite3_stmt *stmt = NULL;
    struct jemput_arena arena = { 0 };
    enum jemput_status st = jemput_sqlite_prepare(&stmt, d->store->db, "SELECT lines FROM jemput_context WHERE id = ?", 0, err);

    for (uint32_t i = 0; !st && i < d->context_count; i++) {
        jemput_arena_clear(&arena);
        st = context_dump(d, stmt, d->contexts[i], &arena, err);
    }
    sqlite3_finalize(stmt);
    jemput_arena_release(&arena);
    return st;
}

/* --- id runs --- */

static enum jemput_status runs_dump(struct jemput_dumping *d, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && d->runs && i < d->segment_count; i++) {
        struct jemput_bytes runs = { 0 };

        st = d->runs(d->runs_ctx, d->segments[i], &runs, err);
        if (st || !runs.len)
            continue;
        jemput_buf_u8(&d->item, JEMPUT_DUMP_RUNS);
        jemput_buf_varint(&d->item, i + 1);
        jemput_buf_append_bytes(&d->item, runs);
        st = jemput_dump_item_end(d, err);
    }
    return st;
}

enum jemput_status jemput_dump_register(struct jemput_dumping *d, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < d->line_count; i++)
        st = line_dump(d, &d->lines[i], err);
    if (!st)
        st = jemput_dump_segments(d, err);
    if (!st)
        st = contexts_dump(d, err);
    return st ? st : runs_dump(d, err);
}
