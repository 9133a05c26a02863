/* store/schema/initial.h — what a column shows in a row that no write gave a value there: the row is older than the column. */
#ifndef JEMPUT_STORE_SCHEMA_INITIAL_H
#define JEMPUT_STORE_SCHEMA_INITIAL_H

#include "store/apply/applier.h"

/* Read the constant DEFAULTs of the table's columns into a->initial: a column that comes later can have no other. */
enum jemput_status jemput_initial_load(struct jemput_store *store, struct jemput_applier *a, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

#endif
