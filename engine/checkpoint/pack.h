/* checkpoint/pack.h — rows of a checkpoint as columns: items of shown rows (store/dump/dump.h) packed many in one, and back. Format:
 * schema/formats/checkpoint.md, "Rows".
 *
 * What packs them is the codec of segments (log/payload.h): each row is an insert, the number of the transaction that made it stands for the stamp,
 * and ids that jemput_id() made travel as runs, whose seeds the items of kind RUNS tell. So rows take about what their segments took. Unpacking holds
 * one such item in memory, and what it unfolds to; packing the rows of one, and all runs (at most JEMPUT_RUN_BOOK_BYTES_MAX). */
#ifndef JEMPUT_CHECKPOINT_PACK_H
#define JEMPUT_CHECKPOINT_PACK_H

#include "checkpoint/chunk.h"
#include "checkpoint/pack_table.h"
#include "log/payload.h"

/* Of one item. A transaction's rows may be spread over several. */
enum { JEMPUT_ITEM_TXNS_MAX = 1000, JEMPUT_ITEM_ROWS_MAX = 4096, JEMPUT_ITEM_BYTES_MAX = 512 * 1024 /* of the rows' own items */ };

/* --- packing --- */

struct jemput_pack_row { /* beside its change */
    uint64_t txn, state;
    bool has_state;             /* it is no plain row */
    struct jemput_bytes detail; /* its merge state */
};

struct jemput_packer {
    jemput_chunk_fn each; /* given the items that are to go on; borrowed for the call */
    void *ctx;
    struct jemput_pack_tables tables;
    struct jemput_buf runs, run_ends; /* items of kind RUNS; of each, where it ends: uint64_t */
    /* at hand */
    struct jemput_arena arena;
    uint32_t count;
    size_t bytes;
    struct jemput_pack_row *rows;   /* JEMPUT_ITEM_ROWS_MAX of them, once there is one; likewise */
    struct jemput_change *changes;
    struct jemput_txn *txns;
    uint32_t txn_count;
    struct jemput_buf named;        /* the runs that their segments name: struct jemput_id_run */
    struct jemput_buf payload, item;
};

void jemput_packer_init(struct jemput_packer *p, jemput_chunk_fn each, void *ctx);
void jemput_packer_release(struct jemput_packer *p);
/* The next item of a dump. Rows are kept until enough have come; all others go on at once, and the rows at hand before them.
 *   JEMPUT_CORRUPT the item is damaged    JEMPUT_NOMEM JEMPUT_LIMIT, or what `each` returned */
enum jemput_status jemput_packer_item(struct jemput_packer *p, struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;

/* What an item of kind RUNS says of a segment behind its number. */
void jemput_pack_runs_write(struct jemput_buf *out, const struct jemput_id_runs *runs);

/* --- unpacking --- */

struct jemput_unpacker {
    jemput_chunk_fn each; /* given items as the dump made them */
    void *ctx;
    struct jemput_pack_tables tables;
    struct jemput_arena arena;
    struct jemput_buf item;
};

void jemput_unpacker_init(struct jemput_unpacker *u, jemput_chunk_fn each, void *ctx);
void jemput_unpacker_release(struct jemput_unpacker *u);
/* JEMPUT_CORRUPT JEMPUT_LIMIT JEMPUT_UPGRADE (jemput_payload_read) JEMPUT_NOMEM, or what `each` returned */
enum jemput_status jemput_unpacker_item(struct jemput_unpacker *u, struct jemput_bytes item, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
