/* sim/world/story.h — one row in a set of transactions: its writes, which of them are siblings, and which its deletions had seen. By the
 * definitions of engine/merge/row.h. Shared by the files of the oracle. */
#ifndef TESTS_SIM_WORLD_STORY_H
#define TESTS_SIM_WORLD_STORY_H

#include "oracle.h"

enum { WRITES_MAX = 1024 }; /* of one row */

/* The effects on one row that are in the set. */
struct story {
    const struct history *h;
    uint32_t write_count, delete_count, insert_count;
    uint32_t writes[WRITES_MAX], deletes[WRITES_MAX], inserts[WRITES_MAX];
};

void story_read(struct story *s, const struct history *h, const struct txnset *set, uint32_t row);

/* Effects, by number. */
bool effect_saw(const struct history *h, uint32_t later, uint32_t earlier);
bool story_is_sibling(const struct story *s, uint32_t write, uint32_t group);
/* Does the row keep it in this group: a sibling, a shadow, the first carrier of a fact? */
bool story_is_kept(const struct story *s, uint32_t write, uint32_t group);
bool story_is_deleted(const struct story *s, uint32_t write); /* some delete had seen it */
bool story_in_force(const struct story *s, uint32_t del);     /* no other delete had seen it */
/* Siblings that no delete had seen; if there are none, all. *living says which. Returns how many; `out` has room for WRITES_MAX. */
uint32_t story_class(const struct story *s, uint32_t group, uint32_t *out, bool *living);
/* Does `a` show rather than `b`, where the rule of column `ruled` decides? */
bool shows_before(const struct story *s, const struct table *t, unsigned ruled, uint32_t a, uint32_t b);

uint32_t table_groups(const struct table *t);                /* bits of all of them; 31 = it has none */
unsigned group_ruled(const struct table *t, uint32_t group); /* the column whose rule decides; COLUMNS_MAX = none */
bool values_differ(const struct table *t, uint32_t group, const val *a, const val *b);

#endif
