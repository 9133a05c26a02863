/* sim/world/triggers.h — triggers of the app, in one schema of four: what they do is part of the transaction that fired them, and merging the same
 * rows elsewhere fires none: each calls sim_fired(), which the engine's own connection does not have. The oracle knows nothing of them: it sees what the tables show before and after each transaction. */
#ifndef TESTS_SIM_WORLD_TRIGGERS_H
#define TESTS_SIM_WORLD_TRIGGERS_H

#include <sqlite3.h>

#include "schema.h"

/* What RAISE(FAIL) says there: as with OR FAIL, what the statement had done before stays. */
#define TRIGGERS_FAIL "pemicu gagal"
/* Append them to s->sql, if the schema is one of those that have some. */
void triggers_make(struct schema *s, struct rng *rng);
/* The app's connection knows sim_fired(). An SQLite result. */
int triggers_watch(sqlite3 *app);

#endif
