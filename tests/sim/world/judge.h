/* sim/world/judge.h — a row before the constraints of its table, by the oracle's own reading of the schema. */
#ifndef TESTS_SIM_WORLD_JUDGE_H
#define TESTS_SIM_WORLD_JUDGE_H

#include "schema.h"

/* NOT NULL and CHECK: what the row's own values break; "" = nothing. Static text. */
const char *judge_own(const struct table *t, const val *row);
/* What the row claims by a UNIQUE: equal claims cannot stand in one table. False = it claims nothing. */
bool judge_claim(const struct table *t, const struct unique *u, const val *row, val claim[TERMS_MAX]);
/* What parent the row names by a FOREIGN KEY. False = none. */
bool judge_names(const struct link *l, const val *row, val names[KEY_MAX]);
/* Is `parent` the row that is named? */
bool judge_is_named(const struct link *l, const val *parent, const val names[KEY_MAX]);

#endif
