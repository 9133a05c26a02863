/* cache.h — answers that are counts of everything, kept until central.db's rows move: regions and recap. They name nobody. */
#ifndef JEMPUT_CONSOLE_CACHE_H
#define JEMPUT_CONSOLE_CACHE_H

#include "route.h"

enum { CACHE_KEY_BYTES = 32 };
/* Accounts that may see the same have the same. */
void cache_reach(const struct reach *reach, uint8_t key[CACHE_KEY_BYTES]);
/* What the answer depends on: route and parameters, what the account reaches, how far central.db is, the day. false: it cannot be told. */
bool cache_key(const struct request *q, uint8_t key[CACHE_KEY_BYTES]);
/* Answer from it. false: it is not there. */
bool cache_answer(struct request *q, const uint8_t key[CACHE_KEY_BYTES]);
/* Keep an answer that is closed. */
void cache_keep(const struct request *q, const uint8_t key[CACHE_KEY_BYTES]);
void cache_clear(void);

#endif
