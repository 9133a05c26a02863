/* store/schema/schema.h — what jemput_replicate(), jemput_migrate() and schema runs share. */
#ifndef JEMPUT_STORE_SCHEMA_SCHEMA_H
#define JEMPUT_STORE_SCHEMA_SCHEMA_H

#include "store/capture/capture.h"

/* --- schema.c --- */

/* Run SQL that may change the schema; `written`: here and now, or it was looked at where it was. JEMPUT_DENIED if a replicated table is then another
 * than before, but for new columns; or, if it is written here, names one that is not replicated. */
enum jemput_status jemput_schema_change(struct jemput_capture *c, const char *sql, bool written, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- migration.c --- */

enum jemput_status jemput_savepoint_open(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* Keep or undo what was done since jemput_savepoint_open; gives back `st`, or why keeping it failed. */
enum jemput_status jemput_savepoint_close(struct jemput_capture *c, enum jemput_status st, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_DENIED: this device may not change the schema. */
enum jemput_status jemput_migration_allowed(const struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* Count the schema's version up, and keep the SQL that made it, for a control segment to carry. */
enum jemput_status jemput_migration_add(struct jemput_capture *c, const char *sql, size_t len, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
