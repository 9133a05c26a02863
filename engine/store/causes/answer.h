/* store/causes/answer.h — what the answers to merge/ keep in memory: it lives, and is forgotten, with the cache of causes.h, whose segments and
 * contexts they speak of. The questions themselves are the table of jemput_causes_table. */
#ifndef JEMPUT_STORE_CAUSES_ANSWER_H
#define JEMPUT_STORE_CAUSES_ANSWER_H

#include "store/causes/causes.h"

#define JEMPUT_WITHIN_SLOTS 1024

struct jemput_within { /* found once: context `part` lies within context `whole` */
    int64_t part, whole;
};

struct jemput_answers {
    struct jemput_store *store;
    struct jemput_within within[JEMPUT_WITHIN_SLOTS];
    struct jemput_error failure; /* the first one since jemput_causes_table */
};

/* Made on first use; lives as long as the store. JEMPUT_NOMEM. */
enum jemput_status jemput_causes_answers(struct jemput_store *store, struct jemput_answers **out, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
