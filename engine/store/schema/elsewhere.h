/* store/schema/elsewhere.h — would every other device be able to make a table or an index that this app has made?
 *
 * The app may have registered functions, collations and modules of its own. Nobody else has them: a migration that needs one would stop the log of
 * this device everywhere, for ever. So what a migration makes is made once more, in an empty database in memory that has what SQLite and jemput
 * bring along. */
#ifndef JEMPUT_STORE_SCHEMA_ELSEWHERE_H
#define JEMPUT_STORE_SCHEMA_ELSEWHERE_H

#include "store/internal.h"

/* That database, in which what is there now is noted as no news. *out is owned by the caller, also when it fails: sqlite3_close(). */
enum jemput_status jemput_elsewhere_open(sqlite3 **out, sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED: what is new since then cannot be made there. With `table`: that one and its indexes, new or not. */
enum jemput_status jemput_elsewhere_check(sqlite3 *elsewhere, sqlite3 *db, const char *table, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
