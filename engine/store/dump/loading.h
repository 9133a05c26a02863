/* store/dump/loading.h — what the two halves of loading share: which segment of this store is meant by a number in the items. */
#ifndef JEMPUT_STORE_DUMP_LOADING_H
#define JEMPUT_STORE_DUMP_LOADING_H

#include "store/apply/apply.h"
#include "store/dump/load.h"

struct jemput_load_line {
    struct jemput_writer writer;
    uint32_t fork_of; /* 0 = none */
    uint64_t fork_number, first_number;
    uint32_t first, count, come; /* its segments' places in by_line; how many there are, and have come */
};

struct jemput_load_segment {
    int64_t id; /* here */
    int64_t line;
    uint32_t context, frontier; /* as the item numbers them */
    uint32_t schema;
    uint64_t number;
    bool added, waits;
    bool early;        /* what its transactions had seen is not whole here: rows of it are noted (apply/early.h) */
    uint32_t met_next; /* of those that the row at hand has writes of: the next one's place + 1; 0 = none */
    bool met;
};

enum jemput_load_stage {
    JEMPUT_LOAD_LINES,
    JEMPUT_LOAD_SEGMENTS,
    JEMPUT_LOAD_CONTEXTS,
    JEMPUT_LOAD_RUNS,
    JEMPUT_LOAD_TABLES,
    JEMPUT_LOAD_ROWS,
    JEMPUT_LOAD_BESIDE,
    JEMPUT_LOAD_DONE
};

struct jemput_loading {
    struct jemput_store *store, *like;
    bool rows;
    bool forked; /* some line forks off */
    uint32_t met; /* the first early segment of which the row at hand has a write: its place + 1; 0 = none */
    enum jemput_load_stage stage;
    uint32_t line_count, line_room, segment_count, segment_room, context_count, context_room;
    struct jemput_load_line *lines;
    struct jemput_load_segment *segments;
    uint32_t total, *by_line; /* of all lines together; places of segments, line by line */
    int64_t *contexts; /* numbers here, of those counted from 2 */
    jemput_stamp newest;
    struct jemput_arena scratch; /* of the item at hand */
    struct jemput_batch batch;
    bool batch_begun;
    uint32_t table_count, row_count; /* that have come */
    struct jemput_arena births; /* keys of births that are noted */
    uint32_t birth_count;
    jemput_load_row_fn watch; /* NULL = nobody asks */
    void *watch_ctx;
    jemput_load_runs_fn runs; /* likewise */
    void *runs_ctx;
    uint64_t runs_of; /* the last segment of which some were told */
};

static inline enum jemput_status jemput_load_tell(const struct jemput_loading *l, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    return l->watch ? l->watch(l->watch_ctx, table, key, err) : JEMPUT_OK;
}

/* A segment counted from 1; NULL = there is none. */
static inline const struct jemput_load_segment *jemput_load_segment_of(const struct jemput_loading *l, uint64_t number)
{
    return number >= 1 && number <= l->segment_count ? &l->segments[number - 1] : NULL;
}

/* A transaction here; 0 = there is no such. */
static inline uint64_t jemput_load_version(const struct jemput_loading *l, uint64_t version)
{
    const struct jemput_load_segment *s = jemput_load_segment_of(l, version / JEMPUT_VERSION_PLACES);

    if (version == JEMPUT_VERSION_SCHEMA)
        return version;
    return s ? (uint64_t)s->id * JEMPUT_VERSION_PLACES + version % JEMPUT_VERSION_PLACES : 0;
}

/* A segment that has come; NULL = it has not, or there is none. */
static inline const struct jemput_load_segment *jemput_load_segment_at(const struct jemput_loading *l, const struct jemput_load_line *line,
                                                                       uint64_t number)
{
    if (number < line->first_number || number - line->first_number >= line->come)
        return NULL;
    return &l->segments[l->by_line[line->first + (number - line->first_number)]];
}

/* --- load.c --- */

enum jemput_status jemput_load_hash_of(struct jemput_store *store, int64_t id, struct jemput_hash *out, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- dump/load_end.c --- */

enum jemput_status jemput_load_register_end(struct jemput_loading *l, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- dump/load_verdict.c --- */

/* An item from REFUSAL on. */
enum jemput_status jemput_load_verdict_item(struct jemput_loading *l, uint8_t kind, struct jemput_reader *r,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

/* --- dump/load_row.c --- */

enum jemput_status jemput_load_rows_begin(struct jemput_loading *l, struct jemput_error *err) JEMPUT_MUST_USE;
/* An item from TABLE on. */
enum jemput_status jemput_load_row_item(struct jemput_loading *l, uint8_t kind, struct jemput_reader *r, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_load_rows_end(struct jemput_loading *l, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
