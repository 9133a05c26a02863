/* store/feed/feed.h — which rows have moved, noted in the file for somebody who follows it, and told as they stand when he asks (jemput/feed.h).
 *
 * Noted where merging writes what becomes of a row (jemput_known_write, jemput_birth_note, jemput_withheld_put and _drop): table and key, nothing
 * else; and own work that counts nowhere, when it is sealed. Everything is noted where tables are put in line with a replay, as behind a verdict
 * that has changed or a row that is forgotten, and where the schema moves. COMMIT puts the notes of its transaction into jemput_feed as one block,
 * so a row and its note are durable together. To say too much is allowed, to say too little is not: without memory for a note, everything has moved.
 *
 * A block has a number and a random id. Whoever keeps both knows what he has read, and notices a file that was put back: under that number it has
 * another block, or none. Format: schema/formats/store.md, "jemput_feed". */
#ifndef JEMPUT_STORE_FEED_FEED_H
#define JEMPUT_STORE_FEED_FEED_H

#include "base/limits.h"
#include "store/store.h"

#define JEMPUT_FEED_ID_BYTES 16

struct jemput_feed { /* of the transaction under way; zeroed = nobody follows */
    bool on;
    bool all;              /* everything has moved; `rows` says nothing then */
    struct jemput_buf rows; /* as a block has them */
    uint32_t last_table;   /* of the newest note; one row is noted several times on its way */
    size_t last_bytes;     /* its key: the end of `rows` */
};

/* A row has moved. Costs next to nothing if nobody follows, or if it is the one that was noted last. */
void jemput_feed_note(struct jemput_store *store, uint32_t table, struct jemput_bytes key);
void jemput_feed_all(struct jemput_store *store);
/* Does anybody follow? At begin: another handle may have begun it. */
enum jemput_status jemput_feed_look(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The block of the transaction, before COMMIT. */
enum jemput_status jemput_feed_put(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_feed_forget(struct jemput_store *store); /* the transaction is over */

/* From here on rows are noted; inside a transaction. Again: nothing. */
enum jemput_status jemput_store_feed_begin(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* The rows that these have written have moved, whether or not merging hears of it. */
void jemput_store_feed_txns(struct jemput_store *store, const struct jemput_txn *txns, uint32_t count);
/* Blocks up to this one have been read by everybody: inside a transaction. Of one that is not there: nothing. */
enum jemput_status jemput_store_feed_done(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES],
                                          struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what was noted (feed.c); at one moment of the file --- */

struct jemput_feed_name {
    uint32_t table;
    struct jemput_bytes key;
};
int jemput_feed_name_compare(const void *left, const void *right); /* for qsort and bsearch */
struct jemput_feed_notes {
    bool whole;      /* everything; names say nothing then */
    uint64_t number; /* of the newest block; 0 = there is none */
    uint8_t id[JEMPUT_FEED_ID_BYTES];
    size_t count;
    struct jemput_feed_name *names; /* ascending by table and key, each once; in the arena */
};
/* Behind the block (number, id); number 0 = everything. A migration that waits to be sealed: everything. */
enum jemput_status jemput_store_feed_notes(struct jemput_store *store, uint64_t number, const uint8_t id[JEMPUT_FEED_ID_BYTES],
                                           struct jemput_feed_notes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- rows as they stand (feed/read.c); at one moment of the file --- */

struct jemput_feed_source { /* a write that shows */
    const struct jemput_group *group; /* NULL: the row's insert */
    jemput_stamp stamp;               /* 0: it came with the schema, and nothing below is set */
    struct jemput_writer writer;
    int64_t segment_id; /* local */
    uint64_t segment;   /* number in the writer's log */
    uint8_t commit[20];
};
struct jemput_feed_told { /* borrowed for the call */
    const struct jemput_table *table;
    struct jemput_bytes key;           /* as the table has it, if it has the row */
    bool shown, held;                  /* neither: gone */
    bool conflict;                     /* it has an open one; no row that is gone has */
    const struct jemput_value *values; /* by column number: of a shown row generated ones, too; NULL: it is gone */
    const char *reason;                /* of a held row */
    uint32_t source_count;             /* 0 of a row that is gone, or that is shown before it is sealed */
    const struct jemput_feed_source *sources; /* the insert first, if it has come, then one a group that another write shows */
};
typedef enum jemput_status (*jemput_feed_told_fn)(void *ctx, const struct jemput_feed_told *row, struct jemput_error *err);

struct jemput_feed_reader; /* statements and what is known of segments: for many rows at one moment */
enum jemput_status jemput_feed_reader_open(struct jemput_feed_reader **out, struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_feed_reader_close(struct jemput_feed_reader *r); /* NULL is allowed; before the moment ends */
/* So many rows are to be told that 8 MB of pages are kept until it is closed, where they are not few: births lie in the order of a hash, so each row
 * has a page of its own among them. */
enum jemput_status jemput_feed_reader_expect(struct jemput_feed_reader *r, bool many, struct jemput_error *err) JEMPUT_MUST_USE;
/* One row; always told. */
enum jemput_status jemput_feed_row_tell(struct jemput_feed_reader *r, const struct jemput_table *table, struct jemput_bytes key,
                                        jemput_feed_told_fn each, void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* Every row of a table that is shown, in SQLite's order of keys; then every one that is held, by the bytes of its key. */
enum jemput_status jemput_feed_table_tell(struct jemput_feed_reader *r, const struct jemput_table *table, jemput_feed_told_fn each, void *ctx,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
