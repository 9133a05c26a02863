/* base.h — central.db: its connection, its fixed tables (base.sql), and small calls on it that say why they failed. */
#ifndef JEMPUT_CENTRAL_BASE_H
#define JEMPUT_CENTRAL_BASE_H

#include <sqlite3.h>

#include "central.h"

#define SETTING_SWEEP "sweep" /* rows of persons went: see lists_sweep() */

/* Open; with `make`, a file that is missing is made, with mode 0600. An empty file gets its tables. 0, or -1 and why: BROKEN also for a format that
 * this program does not know. */
int base_open(struct sqlite3 **out, const char *path, bool make, bool reads_only, struct trouble *why);
void base_close(struct sqlite3 *db);
/* See that the file is there, a plain one, before SQLite opens it; one that is missing is made, empty, with mode 0600. One that is there is not
 * opened: closing it again would end the locks that other connections of this process have on it (POSIX), and the next program to close its own
 * would take their write-ahead log away. */
int base_file_make(const char *path, struct trouble *why);

int base_run(struct sqlite3 *db, const char *sql, struct trouble *why);
int base_prepare(struct sqlite3 *db, struct sqlite3_stmt **out, const char *sql, struct trouble *why);
/* Prepare, bind what `types` says of the arguments ('i' int64_t, 't' text or NULL, 'b' bytes and size_t length, NULL = null) from 1 on, step once,
 * finalize. *row: SQLITE_ROW was given, and column 0 is in *number (0 if NULL). Both may be NULL. */
int base_do(struct sqlite3 *db, const char *sql, struct trouble *why, bool *row, int64_t *number, const char *types, ...);
/* The same binding for a statement that is kept; it is reset first. */
void base_bind(struct sqlite3_stmt *stmt, const char *types, ...);
/* Step a statement that gives no rows, and reset it. */
int base_step(struct sqlite3 *db, struct sqlite3_stmt *stmt, struct trouble *why);

#endif
