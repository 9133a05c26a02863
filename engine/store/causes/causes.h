/* store/causes/causes.h — causality in memory: lines, segments and contexts as loaded from the file, and the answers merge/ asks for.
 *
 * A segment whose context names a head not known here counts as not having seen it, and lies within nothing: so nothing is forgotten
 * too early (merge/row.h, `within`). */
#ifndef JEMPUT_STORE_CAUSES_CAUSES_H
#define JEMPUT_STORE_CAUSES_CAUSES_H

#include "base/limits.h"
#include "store/causes/context.h"

#define JEMPUT_VERSION_PLACES 4096 /* version = segment id * this + place: JEMPUT_SEGMENT_TXNS_MAX places */

struct jemput_line {
    int64_t id;
    struct jemput_writer writer;
    int64_t fork_of;      /* 0 = a main line */
    uint64_t fork_number; /* of fork_of up to here is this line's past */
    int64_t last;         /* its newest segment */
    uint64_t last_number;
};

struct jemput_cause { /* a segment, as causality needs it */
    int64_t id;
    int64_t line;
    uint64_t number;
    int64_t context;    /* of its transactions */
    int64_t frontier;   /* of its log, after it */
    bool context_whole; /* every head that went into it was known */
    bool frontier_whole;
    uint32_t txn_count;
    struct jemput_hash hash;
    jemput_stamp *stamps; /* of its transactions */
};

/* All borrowed from the cache: valid until the next jemput_causes_trim or _forget. JEMPUT_NOTFOUND: no such number. */
enum jemput_status jemput_causes_segment(struct jemput_store *store, int64_t id, const struct jemput_cause **out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_causes_context(struct jemput_store *store, int64_t id, const struct jemput_map **out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_causes_line(struct jemput_store *store, int64_t id, const struct jemput_line **out,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* A segment was registered, as the end of this line, which may be new (an old one keeps its stem): no segment or context that
 * memory has is another one by that. */
void jemput_causes_added(struct jemput_store *store, const struct jemput_line *line);

/* The contexts of a segment are others from now on: what memory has of it is put right, and stays where it is. What lies within what hangs on the
 * contexts' numbers, of which none ever changes. */
void jemput_causes_resolved(struct jemput_store *store, const struct jemput_cause *resolved);

/* Keep memory within bounds; call where nothing borrowed is in use. */
void jemput_causes_trim(struct jemput_store *store);

/* The table that merge/ asks (answer.c). Its calls cannot fail: a failure is kept and taken by jemput_causes_outcome after the merge, whose result is
 * then void. */
enum jemput_status jemput_causes_table(struct jemput_store *store, struct jemput_causality *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Merging itself came to `st`; what went wrong with an answer comes first, for it may have led to the other. */
enum jemput_status jemput_causes_outcome(struct jemput_store *store, enum jemput_status st, struct jemput_error *err) JEMPUT_MUST_USE;

/* Is `number` of `line` in the past of a segment: its own chain before it, or its context? */
enum jemput_status jemput_causes_covers(struct jemput_store *store, const struct jemput_cause *segment, int64_t line, uint64_t number, bool *out,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* How far `line` belongs to the chain that ends at (own, number): 0 = not at all. */
enum jemput_status jemput_causes_chain(struct jemput_store *store, int64_t own, uint64_t number, int64_t line, uint64_t *out,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
