/* store/verdict/refusal.h — transactions that are registered and not merged, because policy or roster refuse them; what they are judged by that only
 * the store knows: which regions a row has ever had; and who has adopted them. All of it follows from the segments: a replay makes the same. Tables:
 * schema/formats/store.md, "jemput_refusal" and those behind it. */
#ifndef JEMPUT_STORE_VERDICT_REFUSAL_H
#define JEMPUT_STORE_VERDICT_REFUSAL_H

#include "store/store.h"

#define JEMPUT_REFUSAL_NO_COLUMN UINT16_MAX

struct jemput_policy_calls;

struct jemput_refused_txn {
    uint64_t version;        /* the transaction */
    unsigned reason;         /* schema/formats/state-hash.md, "refused transaction" */
    uint32_t table;          /* of the change that is at fault; 0 = none in particular */
    struct jemput_bytes key; /* its row; borrowed for the call */
    uint16_t column;         /* JEMPUT_REFUSAL_NO_COLUMN: none in particular */
};

/* Keep it, in the place of what was known of that transaction. */
enum jemput_status jemput_store_refusal_put(struct jemput_store *store, const struct jemput_refused_txn *refusal,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* It is refused no longer. */
enum jemput_status jemput_store_refusal_drop(struct jemput_store *store, uint64_t version, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_refusal_find(struct jemput_store *store, uint64_t version, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* The first one behind `after` (0 = all), ascending by version. JEMPUT_NOTFOUND. The key is in the arena. */
enum jemput_status jemput_store_refusal_next(struct jemput_store *store, uint64_t after, struct jemput_refused_txn *out, struct jemput_arena *arena,
                                             struct jemput_error *err) JEMPUT_MUST_USE;

/* A refused transaction is judged again when more is known of this row's regions. */
enum jemput_status jemput_store_refusal_wait(struct jemput_store *store, uint64_t version, uint32_t table, struct jemput_bytes key,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* Append the versions (uint64_t each) that wait for the row to `out`. */
enum jemput_status jemput_store_refusals_of(struct jemput_store *store, uint32_t table, struct jemput_bytes key, struct jemput_buf *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

/* --- regions (region.c) --- */

/* The row has had this region in the column. *news: nobody knew. */
enum jemput_status jemput_store_region_add(struct jemput_store *store, uint32_t table, struct jemput_bytes key, uint16_t column,
                                           struct jemput_bytes region, bool *news, struct jemput_error *err) JEMPUT_MUST_USE;
/* Each region that it ever had; `each` returns false to see no more. */
enum jemput_status jemput_store_regions_of(struct jemput_store *store, uint32_t table, struct jemput_bytes key, uint16_t column,
                                           bool (*each)(void *ctx, struct jemput_bytes region), void *ctx, struct jemput_error *err) JEMPUT_MUST_USE;
/* The regions that the rows of a table hold now: right for those that came with the schema, as long as nobody has written to them. */
enum jemput_status jemput_store_regions_fill(struct jemput_store *store, uint32_t table, uint16_t column, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- adoption --- */

/* An administrator's transaction `version` has written what transaction `place` of the segment `hash` says, which need not be known here. */
enum jemput_status jemput_store_adoption_put(struct jemput_store *store, const struct jemput_hash *hash, uint32_t place, uint64_t version,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
/* What transaction `version` has adopted. JEMPUT_NOTFOUND: nothing. */
enum jemput_status jemput_store_adoption_by(struct jemput_store *store, uint64_t version, struct jemput_hash *hash, uint32_t *place,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* The transaction by which it was adopted first, by stamp and writer; 0 = by none. */
enum jemput_status jemput_store_adoption_find(struct jemput_store *store, const struct jemput_hash *hash, uint32_t place, uint64_t *version,
                                              struct jemput_error *err) JEMPUT_MUST_USE;

/* --- what else judging asks --- */

/* The policy's calls on the engine's connection, read anew if there are others than those in `calls` (zeroed with serial -1 at first). */
enum jemput_status jemput_store_policy_calls(struct jemput_store *store, struct jemput_policy_calls *calls, struct jemput_error *err) JEMPUT_MUST_USE;
/* The highest schema version that this segment, or one before it in its log, was written under. */
enum jemput_status jemput_store_schema_seen(struct jemput_store *store, const struct jemput_segment *segment, uint32_t *version,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_store_schema_seen_put(struct jemput_store *store, int64_t segment_id, uint32_t version,
                                                struct jemput_error *err) JEMPUT_MUST_USE;
struct jemput_schema_open {
    int64_t segment;  /* local number */
    uint32_t version; /* the highest of its log up to there */
};
/* Data segments of which it is not known all that they had seen, if any is known to wait for the one that is about to be registered: added to
 * `out`. */
enum jemput_status jemput_store_schema_open(struct jemput_store *store, const struct jemput_hash *coming, struct jemput_buf *out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

#endif
