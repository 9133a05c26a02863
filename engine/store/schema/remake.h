/* store/schema/remake.h — the replicated schema of a store made anew, where migrations ran that are not in force after all.
 *
 * Two scratch stores (compare.h) show what the schema was and what it is to be. What differs between them goes and is made again; what an app has
 * made for itself alone stays. Replicated tables that changed are empty then, but for the rows that the schema brings: a rebuild puts the rest. */
#ifndef JEMPUT_STORE_SCHEMA_REMAKE_H
#define JEMPUT_STORE_SCHEMA_REMAKE_H

#include "store/store.h"

/* Inside a transaction, with nothing pending.
 *   JEMPUT_EXISTS   the app has something of its own by a name that the schema needs   JEMPUT_NOMEM JEMPUT_IO JEMPUT_FULL */
enum jemput_status jemput_store_remake(struct jemput_store *store, struct jemput_store *was, struct jemput_store *now,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
