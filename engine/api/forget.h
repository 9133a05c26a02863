/* api/forget.h — rows that are to be erased: what was ever written to them, and ever will be, does not count.
 *
 * Whatever transaction writes to such a row, its change of that row is left out when it is merged, here and in every replay. So the state is as if
 * the row had never been: a function of the set of records and segments, in whatever order they came. What names the row by a FOREIGN KEY is held. */
#ifndef JEMPUT_API_FORGET_H
#define JEMPUT_API_FORGET_H

#include "api/engine.h"

/* Those that count by this roster, ascending; everything in `arena`, borrowed from the acts. */
enum jemput_status engine_forgets_fold(struct engine_forgets *out, const struct engine_acts *acts, const struct jemput_roster *roster,
                                       struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
bool engine_is_forgotten(const struct jemput *j, uint32_t table, struct jemput_bytes key);
/* Leave out changes of forgotten rows: *out is `txns`, or a copy in the arena, and *any is set. */
enum jemput_status engine_forgotten_drop(const struct jemput *j, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out,
                                         bool *any, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
