/* log/payload.h — data payload: a segment's transactions as columns, through zlib (schema/formats/payload.md).
 *
 * Changes are grouped by shape (table, operation, set of columns); each shape's columns are written one after the other, each with the cheapest of a
 * few codings; ids made by jemput_id() travel as (run, counter). Decoding gives the transactions back exactly. */
#ifndef JEMPUT_LOG_PAYLOAD_H
#define JEMPUT_LOG_PAYLOAD_H

#include "change/change.h"
#include "crypto/crypto.h"

/* A run of ids: those that jemput_id() made from `seed` at counters first … first + count - 1 (crypto's jemput_hash_id). */
struct jemput_id_run {
    uint8_t seed[32];
    uint64_t first;
    uint64_t count;
};

struct jemput_id_runs {
    uint32_t count;
    struct jemput_id_run *of;
};

/* Encode transactions (strictly ascending stamps) as one payload, appended to `out` on success only. `runs`: ids that may occur, oldest first; only
 * those used are written.
 *   JEMPUT_LIMIT   more than one segment may carry: seal fewer transactions (one that jemput_txn_weight allows always fits)
 *   JEMPUT_CORRUPT a key that is not canonical, a change that is not sound, a stamp above JEMPUT_STAMP_MAX    JEMPUT_NOMEM */
enum jemput_status jemput_payload_write(struct jemput_buf *out, const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs,
                                        uint32_t run_count, struct jemput_error *err) JEMPUT_MUST_USE;

/* Decode and check: everything in `arena` (nothing borrows from `payload`). Outside data: never asserts, bounded by base/limits.h.
 *   JEMPUT_CORRUPT   JEMPUT_LIMIT   JEMPUT_NOMEM    JEMPUT_UPGRADE   a coding number above ours */
enum jemput_status jemput_payload_read(struct jemput_txn **out, uint32_t *count, struct jemput_bytes payload, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The same, and the runs that it names, in `arena` as well. */
enum jemput_status jemput_payload_read_runs(struct jemput_txn **out, uint32_t *count, struct jemput_id_runs *runs, struct jemput_bytes payload,
                                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
