/* store/sql/affinity.h — a value as a column holds it: SQLite converts it by the column's declared type (change/table.h). */
#ifndef JEMPUT_STORE_SQL_AFFINITY_H
#define JEMPUT_STORE_SQL_AFFINITY_H

#include "store/internal.h"

/* The value as such a column holds it. *owned then has its bytes, and is for the caller to free: sqlite3_value_free(). */
enum jemput_status jemput_value_convert(struct jemput_store *store, struct jemput_value *v, enum jemput_affinity affinity, sqlite3_value **owned,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

#endif
