/* store/dump/dump.h — all that a store has merged as items of bytes: the register of segments, and of each row what later changes need to be merged
 * into it. What a checkpoint carries (schema/formats/checkpoint.md). load.h reads it.
 *
 * No number in it is local: lines, segments and contexts are counted in an order that follows from what they are, so that two stores that have merged
 * the same give the same bytes, whatever came first. (A fork is the exception: which of two branches goes on the line, and which begins one, each
 * store decides by what came first.) */
#ifndef JEMPUT_STORE_DUMP_DUMP_H
#define JEMPUT_STORE_DUMP_DUMP_H

#include "store/store.h"

enum jemput_dump_item { /* the first byte of an item */
    JEMPUT_DUMP_END = 0,
    JEMPUT_DUMP_LINE = 1,
    JEMPUT_DUMP_SEGMENT = 2,  /* after all lines; behind what it had seen */
    JEMPUT_DUMP_CONTEXT = 3,  /* after all segments; counted from 2 */
    JEMPUT_DUMP_TABLE = 4,    /* all of them, before any row */
    JEMPUT_DUMP_PLAIN = 5,    /* a row that one insert made, or that came with the schema */
    JEMPUT_DUMP_ENTRY = 6,    /* any other */
    JEMPUT_DUMP_WITHHELD = 7,
    JEMPUT_DUMP_REMOVED = 8,
    JEMPUT_DUMP_REFUSAL = 9,
    JEMPUT_DUMP_WAITING = 10, /* a refused transaction that is judged again when more is known of a row */
    JEMPUT_DUMP_REGION = 11,
    JEMPUT_DUMP_ADOPTION = 12,
    JEMPUT_DUMP_CONTROL_SEGMENT = 13, /* between register and state: written and read elsewhere */
    JEMPUT_DUMP_ROWS = 14,            /* many of PLAIN and ENTRY as columns: likewise (checkpoint/pack.h) */
    JEMPUT_DUMP_RUNS = 15             /* of a segment; after all contexts */
};

enum { JEMPUT_DUMP_ROW_BYTES = 64 * 1024 }; /* larger items of shown rows come before the others, which come in the order of transactions */

enum { /* flags of a segment */
    JEMPUT_DUMP_CONTROL = 1,
    JEMPUT_DUMP_CONTEXT_WHOLE = 2,
    JEMPUT_DUMP_FRONTIER_WHOLE = 4
};

struct jemput_dumping;

/* Given each item, whole; borrowed for the call. Another status than OK ends the work with it. */
typedef enum jemput_status (*jemput_dump_fn)(void *ctx, struct jemput_bytes item, struct jemput_error *err);

/* Inside a transaction of the engine's connection, during which nothing is written: begin, register, state, free.
 *   out   owned by the caller: jemput_dump_free (NULL is allowed)
 *   JEMPUT_BUSY    something is not sealed, so that what the tables show is not only what was merged
 *   JEMPUT_CORRUPT the store is damaged    JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status jemput_dump_begin(struct jemput_dumping **out, struct jemput_store *store, jemput_dump_fn sink, void *ctx,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The id runs that a segment, a local number, names: bytes that the store does not look into, borrowed until the next call; none = it names none. */
typedef enum jemput_status (*jemput_dump_runs_fn)(void *ctx, int64_t segment, struct jemput_bytes *runs, struct jemput_error *err);
/* Before the register: ask `runs` of each segment. Else no item tells of any. */
void jemput_dump_runs(struct jemput_dumping *d, jemput_dump_runs_fn runs, void *ctx);
enum jemput_status jemput_dump_register(struct jemput_dumping *d, struct jemput_error *err) JEMPUT_MUST_USE;
/* After the register, which numbers the segments. */
enum jemput_status jemput_dump_state(struct jemput_dumping *d, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_dump_free(struct jemput_dumping *d);

#endif
