/* store/schema/steady.h — CHECKs of replicated tables must come to the same on each device, and each time.
 *
 * Each device asks them of every row that it merges, and again whenever something near the row moves: by random(), the time or changes() each would
 * hold other rows. SQLite refuses such functions in indexes and generated columns, but not there. This is asked where a declaration is written: what
 * stands in a log is left, its space lives with it. */
#ifndef JEMPUT_STORE_SCHEMA_STEADY_H
#define JEMPUT_STORE_SCHEMA_STEADY_H

#include "store/schema/declared.h"

/* JEMPUT_DENIED: a CHECK asks something else than its row, with its name and what it asks. */
enum jemput_status jemput_checks_steady(sqlite3 *db, const struct jemput_declared *table, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
