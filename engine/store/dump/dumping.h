/* store/dump/dumping.h — what the two halves of dumping share: where bytes go, and the numbers that mean the same everywhere. */
#ifndef JEMPUT_STORE_DUMP_DUMPING_H
#define JEMPUT_STORE_DUMP_DUMPING_H

#include "store/dump/dump.h"
#include "store/internal.h"

struct jemput_dump_line {
    int64_t id;
    struct jemput_writer writer;
    int64_t fork_of;
    uint64_t fork_number;
    uint32_t depth;           /* how many lines it forks off, one after the other */
    struct jemput_hash first; /* segment of its own */
    uint64_t first_number, count;
    /* while they are written */
    uint64_t next_number;    /* the segment that comes next */
    struct jemput_hash next; /* it */
    jemput_stamp stamp;
    int64_t context, frontier;
    uint32_t waiting, waits_next; /* the first line that waits for this one, and the next that waits for the same: place + 1; 0 = none */
};

struct jemput_dumping {
    struct jemput_store *store;
    jemput_dump_fn sink;
    void *ctx;
    jemput_dump_runs_fn runs; /* NULL = nobody knows of any */
    void *runs_ctx;
    struct jemput_buf item;
    struct jemput_arena arena;
    uint32_t line_count, segment_count;
    struct jemput_dump_line *lines; /* in their order */
    uint32_t *line_numbers;         /* by local number - 1 */
    int64_t segment_max, context_max;
    uint32_t *segment_numbers;      /* by local number - 1; 0 = none */
    int64_t *segments;              /* local numbers in their order */
    uint32_t context_count;
    uint32_t *context_numbers;      /* by local number - 1; 0 = not met yet */
    int64_t *contexts;              /* local numbers in their order */
};

/* The item of a segment, which is the next of the line at this place; `stmt` is at its row of the register (dump.c). */
enum jemput_status jemput_dump_segment(struct jemput_dumping *d, sqlite3_stmt *stmt, uint32_t line, struct jemput_error *err) JEMPUT_MUST_USE;
/* All of them, in their order (dump/order.c). */
enum jemput_status jemput_dump_segments(struct jemput_dumping *d, struct jemput_error *err) JEMPUT_MUST_USE;
/* A transaction in numbers that mean the same everywhere; 0 = of no segment (dump/verdict.c). */
uint64_t jemput_dump_version(const struct jemput_dumping *d, uint64_t version);
/* An item for each row of a query, segment by segment in their order: versions from its first parameter up to its second. */
enum jemput_status jemput_dump_by_segment(struct jemput_dumping *d, sqlite3_stmt *stmt, void (*each)(struct jemput_dumping *d, sqlite3_stmt *stmt),
                                          struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_dump_verdicts(struct jemput_dumping *d, struct jemput_error *err) JEMPUT_MUST_USE;
/* Hand on the item that is put together. */
enum jemput_status jemput_dump_item_end(struct jemput_dumping *d, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
