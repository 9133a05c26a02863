/* store/constraint/interest.h — what held rows wait for, in memory: a batch looks again at those alone that it may have let in, and not at the
 * thousands of others.
 *
 * A row whose fate was open in a pass has marks: of its own key, of the keys of the parents that it names, of the values that it claims by a UNIQUE
 * index, of the keys of the rows that have these, and of its children in that pass. It is looked at again when a row of such a key, or with such a
 * claim, was written or is of the pass itself. Rows of which this cannot tell (pass_partial.c says which) are looked at each time. Marks are hashes:
 * two that are alike by chance cost a look. Keys and values are outside data, so the hash has a key that nobody outside knows (birth.h): who chose
 * rows whose marks meet would have each batch walk through all of them.
 *
 * Known from one pass over all rows on, as long as nothing but merging writes; forgotten with the appliers, hence at each rollback. */
#ifndef JEMPUT_STORE_CONSTRAINT_INTEREST_H
#define JEMPUT_STORE_CONSTRAINT_INTEREST_H

#include "store/apply/apply.h"

#define JEMPUT_MARK_ALWAYS UINT64_C(0)

struct jemput_mark {
    uint64_t hash;
    uint32_t name; /* of interests.names */
    uint32_t walk; /* of the first with this hash: the pass in which its rows were gone through last */
    uint32_t next; /* of its bucket; 0 = none, else one more than the place in `marks` */
};

struct jemput_interests {
    const struct jemput_store *store;
    uint8_t key[16]; /* of the hash */
    struct jemput_arena arena;
    bool whole;                    /* every row of jemput_withheld is among them; there may be others, which have left it */
    uint32_t whole_count;          /* so many names were there after the pass over all rows */
    struct jemput_row_names names; /* a row that was looked at again is there twice */
    uint32_t mark_count, mark_room;
    struct jemput_mark *marks;
    uint32_t bucket_room; /* a power of two, or 0 */
    uint32_t *buckets;
    uint32_t walk; /* the pass under way */
};

/* NULL = no memory, or no key could be read. */
struct jemput_interests *jemput_interests_new(struct jemput_store *store);
void jemput_interests_free(struct jemput_interests *i); /* NULL is allowed */
/* Begin anew, before a pass over all rows. */
void jemput_interests_clear(struct jemput_interests *i);

uint64_t jemput_mark_key(const struct jemput_interests *i, uint32_t table, struct jemput_bytes key);
/* The row itself, whose fate is open; those that name it have jemput_mark_key() of it, and not this one. */
uint64_t jemput_mark_open(const struct jemput_interests *i, uint32_t table, struct jemput_bytes key);
uint64_t jemput_mark_claim(const struct jemput_interests *i, uint32_t table, uint16_t claim, struct jemput_bytes folded);
/* Give the row that was named last a mark. false = no memory. */
bool jemput_interests_mark(struct jemput_interests *i, uint64_t hash);
/* Before a pass over some rows. */
void jemput_interests_pass(struct jemput_interests *i);
/* Is there any row with this mark, and were they not gone through in this pass? It is noted that now they are. */
bool jemput_interests_walk(struct jemput_interests *i, uint64_t hash);
/* The first row with this mark after *at, which begins as 0; NULL = there is none. */
const struct jemput_row_name *jemput_interests_next(const struct jemput_interests *i, uint64_t hash, uint32_t *at);

#endif
