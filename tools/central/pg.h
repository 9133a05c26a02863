/* pg.h — a connection to PostgreSQL: open, run, COPY in, and what a failure means.
 *
 * SQL is built in buffers called `sql`: literals of ours, names by pg_name(), values by parameters. libpq's header stands here and in the files that
 * include this one: pg*.c, outbox*.c, auditpg.c, cmd_roles.c. */
#ifndef JEMPUT_CENTRAL_PG_H
#define JEMPUT_CENTRAL_PG_H

#include <libpq-fe.h>

#include "buffer.h"
#include "central.h"

#define PG_CHECK_VIOLATION "23" /* class of SQLSTATE: a constraint */

/* A connection text may hold no password: it would stand in central.db and in the list of processes. 0, or -1 and why. */
int pg_conninfo_check(const char *conninfo, struct trouble *why);
/* The database of the office, version 14 or newer, with settings that nothing here depends on a default for. NULL, and why. */
PGconn *pg_open(const struct office *office, struct trouble *why);
/* NULL is allowed. */
void pg_close(PGconn *db);

/* One statement or several without results that matter. */
int pg_run(PGconn *db, const char *sql, struct trouble *why);
/* One statement with parameters as text (NULL = null); its result, as text, is owned by the caller: PQclear(). NULL, and why. */
PGresult *pg_ask(PGconn *db, const char *sql, int count, const char *const *values, struct trouble *why);
/* The same without a result. *rows may be NULL. */
int pg_tell(PGconn *db, const char *sql, int count, const char *const *values, long *rows, struct trouble *why);
/* `sql` is a COPY … FROM STDIN: begin it with `bytes`, send more, end it. */
int pg_copy(PGconn *db, const char *sql, const struct buffer *bytes, struct trouble *why);
/* COMMIT: what it answered; never NULL but for want of memory. */
PGresult *pg_commit(PGconn *db);

/* Of a failure: kind, and the text without values (PostgreSQL's DETAIL has them). `result` may be NULL. -1. */
int pg_trouble(struct trouble *why, const char *doing, PGconn *db, const PGresult *result);
/* The last statement failed by a constraint. */
bool pg_violation(const struct trouble *why);

#define PG_NAME_BYTES 64
/* The name as PostgreSQL has it: one longer than it keeps is cut, with a hash of the whole behind it. */
void pg_name_plain(char out[PG_NAME_BYTES], const char *name);
/* That, quoted. */
void pg_name(struct buffer *sql, const char *name);
/* "schema"."name" */
void pg_name_in(struct buffer *sql, const char *schema, const char *name);
/* A name made of parts, "_" between; NULL ends them. */
void pg_name_of(struct buffer *sql, const char *first, ...);
/* A quoted string, for places that take no parameter (COMMENT, DEFAULT). */
void pg_string(struct buffer *sql, const char *text);

#endif
