/* store/internal.h — what the files of this room share: the two connections, cached statements, errors of SQLite as errors of ours. */
#ifndef JEMPUT_STORE_INTERNAL_H
#define JEMPUT_STORE_INTERNAL_H

#include <sqlite3.h>

#include "merge/row.h"
#include "store/feed/feed.h"
#include "store/feed/moved.h"
#include "store/store.h"

struct jemput_capture;   /* capture.c: state of one connection's capturing */
struct jemput_catalog;   /* table.c: the shapes, loaded from jemput_table */
struct jemput_causes;    /* causes.c: segments and contexts cached for causality */
struct jemput_declared;  /* declared.h: a table as SQLite's schema declares it */
struct jemput_appliers;  /* applier.c: prepared statements per table */
struct jemput_merge_triggers; /* trigger/merge.c: the app's triggers that run for merged rows */

#define JEMPUT_BUSY_WAIT_MS 5000 /* the app waits so long for a merge batch, which takes 50 ms at most; for what takes longer, as long as that takes
                                  * (jemput_store_long_lock) */

#define JEMPUT_STATEMENTS_MAX 512 /* a power of two, half of it usable */

struct jemput_statement_slot {
    const char *sql; /* fixed text: its address is the key */
    sqlite3_stmt *stmt;
};

struct jemput_store {
    struct jemput_env *env;
    struct jemput_store_hooks hooks;
    char *path;
    struct jemput_vault *vault; /* of a sealed store; NULL = plain, or it is that of the store beside which this one is */
    struct jemput_wal_vfs *wal_vfs; /* of a plain store (vfs/wal.h) */
    const char *vfs;            /* that the connections go through; NULL = SQLite's default */
    sqlite3 *app;   /* the app's connection: captured */
    sqlite3 *db;    /* the engine's */
    bool in_txn;    /* of db */
    bool reading;   /* and it has not taken the lock yet (jemput_store_begin_reading) */
    bool looking;   /* that is a look: nothing can be written before its end (look.h) */
    int (*stop)(void *ctx); /* asked while a begin waits; NULL = nobody is */
    void *stop_ctx;
    bool locking;   /* it is being closed for good: no key stays */
    uint64_t locked_ms, unlocked_ms; /* by the monotonic clock: when its last transaction began, and when it let others write again */
    uint64_t lock_longest_ms;        /* of its transactions, and of what compact.c does, since jemput_store_lock_watch() */
    struct jemput_capture *app_capture;
    struct jemput_capture *db_capture; /* captures nothing; carries the SQL functions for schema runs */
    int64_t triggers_seen, triggers_noted; /* for which schema this handle found the triggers in place (file/open.c); what the file says */
    struct jemput_catalog *catalog;    /* for db; reloaded when the schema version moves; NULL = not asked for yet */
    struct jemput_causes *causes;
    struct jemput_own_end { /* of this device's own chain: line 0 = it has written nothing yet as the writer that it is now (frontier.h) */
        int64_t line;
        uint64_t number;
    } own_end;
    bool own_end_known; /* until db's transaction ends, or the log grows */
    struct jemput_appliers *appliers;
    struct jemput_merge_triggers *merge_triggers; /* NULL = none were ever declared */
    struct jemput_moved moved;         /* on db, for jemput_store_observe() */
    struct jemput_feed feed;           /* of db's transaction */
    struct jemput_statement_slot statements[JEMPUT_STATEMENTS_MAX]; /* of db, open addressing by address of their SQL text */
    unsigned statement_count;
};

void jemput_store_lock_took(struct jemput_store *store, uint64_t ms); /* it kept others from writing so long (transaction.c) */
/* The app's connection, of any handle in this process, waits to write and has waited so long: what renews the file gives way. May it go on waiting?
 * (compact.c) */
bool jemput_app_waits(unsigned waited_ms);
void jemput_app_waited(unsigned waited_ms); /* it looks again */

/* --- SQLite's small calls (sqlite.c) --- */

/* Route SQLite's allocations through base/alloc.h; once per process, before its first use. A process whose host has already started SQLite keeps
 * its own allocator. Safe from several threads. */
void jemput_sqlite_start(void);
/* SQLite's last error on `db` (NULL = none at hand) as ours; the text names SQLite's message, never bound values. */
enum jemput_status jemput_sqlite_fail(sqlite3 *db, int rc, struct jemput_error *err, const char *what);
/* The result code with which a function or virtual table of ours reports `status` to SQLite. */
int jemput_sqlite_code(enum jemput_status status);
/* Run fixed SQL without results; several statements are allowed. */
enum jemput_status jemput_sqlite_exec(sqlite3 *db, const char *sql, const char *what, struct jemput_error *err) JEMPUT_MUST_USE;
/* BEGIN, or BEGIN IMMEDIATE. A ROLLBACK for which there was no memory is made up for: until then its transaction is still there. */
enum jemput_status jemput_sqlite_begin(sqlite3 *db, const char *sql, const char *what, struct jemput_error *err) JEMPUT_MUST_USE;
/* First column of the first row of fixed SQL; *out is left alone if there is no row. */
enum jemput_status jemput_sqlite_number(sqlite3 *db, const char *sql, int64_t *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Prepare. `flags` as in sqlite3_prepare_v3. On failure *out is NULL. */
enum jemput_status jemput_sqlite_prepare(sqlite3_stmt **out, sqlite3 *db, const char *sql, unsigned flags, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same for SQL put together in a buffer (identifiers by jemput_buf_identifier). */
enum jemput_status jemput_sqlite_prepare_buf(sqlite3_stmt **out, sqlite3 *db, const struct jemput_buf *sql, unsigned flags,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_sqlite_exec_buf(sqlite3 *db, struct jemput_buf *sql, const char *what, struct jemput_error *err) JEMPUT_MUST_USE;
/* Append an identifier in double quotes, quotes in it doubled. The only way in which a name gets into SQL. */
void jemput_buf_identifier(struct jemput_buf *out, const char *name);
void jemput_value_from_column(struct jemput_value *out, sqlite3_stmt *stmt, int column); /* borrows until the next step */
bool jemput_value_from_sql(struct jemput_value *out, sqlite3_value *value);              /* borrows for the call; false = no memory */
int jemput_value_bind(sqlite3_stmt *stmt, int place, const struct jemput_value *v);      /* SQLITE_STATIC: must outlive the step */

/* Memory for a store that is not open yet: jemput_store_close ends it; NULL = no memory (file/open.c). */
struct jemput_store *jemput_store_new(struct jemput_env *env, const char *path, const struct jemput_store_hooks *hooks);

/* --- the engine's connection (transaction.c) --- */

/* A cached prepared statement of store->db for a string literal, reset and with bindings cleared; NULL = err is set. */
sqlite3_stmt *jemput_store_statement(struct jemput_store *store, const char *sql, struct jemput_error *err);
void jemput_store_statements_end(struct jemput_store *store); /* before the connection closes */
/* Step a statement that gives no rows, and reset it. */
enum jemput_status jemput_store_step_done(struct jemput_store *store, sqlite3_stmt *stmt, struct jemput_error *err);
/* The number that a statement without parameters gives; `sql` as for jemput_store_statement, `what` as for jemput_sqlite_fail. */
enum jemput_status jemput_store_look(struct jemput_store *store, const char *sql, const char *what, int64_t *out,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

/* --- shapes (table.c) --- */

/* Read the shape of a replicated table from the schema on `db` and the options of jemput_replicate(); everything in `arena`.
 *   JEMPUT_NOTFOUND no such table   JEMPUT_DENIED it cannot be replicated, with the remedy in the text   JEMPUT_NOMEM */
enum jemput_status jemput_table_read(struct jemput_table *out, sqlite3 *db, uint32_t id, const char *name, const char *options,
                                     struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_name_is_plain(const char *name); /* letters, digits and _, no digit first, at most JEMPUT_NAME_BYTES_MAX */
/* The same for a table that jemput_table knows, and what SQLite declares of it (declared.h). JEMPUT_NOTFOUND: it does not. */
enum jemput_status jemput_table_find(struct jemput_table *out, struct jemput_declared *declared, sqlite3 *db, uint32_t id,
                                     struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* All replicated tables of a connection. */
struct jemput_shapes { /* by id - 1 */
    uint32_t count;
    struct jemput_table *tables;
    struct jemput_declared *declared; /* what they were made from */
    const char ***why;                /* of each column, what ties it to others (group.h) */
};
/* JEMPUT_CORRUPT: they are not numbered from 1 on; else as for one table. */
enum jemput_status jemput_shapes_read(struct jemput_shapes *out, sqlite3 *db, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring the catalog of the engine's connection up to date if the schema has moved (done at open and begin; callers outside of
 * a transaction may, too). Shapes handed out before are gone then, and jemput_appliers_forget has been called. */
enum jemput_status jemput_catalog_refresh(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* What a table of the catalog was made from. */
const struct jemput_declared *jemput_store_declared(struct jemput_store *store, const struct jemput_table *table);
void jemput_catalog_stale(struct jemput_catalog *catalog); /* the next refresh reads it anew, whatever the file says; NULL is allowed */
void jemput_catalog_free(struct jemput_catalog *catalog);  /* NULL is allowed */

/* --- capture (capture.c; its state: store/capture/capture.h) --- */

/* Give a connection the virtual table module and the SQL functions. captures: the app's connection; else the functions alone do something.
 * `env` and `hooks` must outlive the connection. */
enum jemput_status jemput_capture_start(struct jemput_capture **out, sqlite3 *db, struct jemput_env *env, const struct jemput_store_hooks *hooks,
                                        bool captures, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are all capturing triggers in place? Those that plain SQLite has dropped are made anew. Before jemput_capture_guard(). */
enum jemput_status jemput_capture_look(struct jemput_capture *capture, struct jemput_error *err) JEMPUT_MUST_USE;
/* From here on the app's statements are watched. */
void jemput_capture_guard(struct jemput_capture *capture);
/* Before the connection is closed: ends its statements. Its memory goes with the connection. NULL is allowed. */
void jemput_capture_stop(struct jemput_capture *capture);

/* Merging's memory (causes.c, applier.c, apply.c); made on first use, so file/open.c only ends it. */
void jemput_causes_free(struct jemput_causes *causes);       /* NULL is allowed */
void jemput_causes_forget(struct jemput_store *store);       /* rollback: what memory cached may not be in the file */
/* Another handle on the same file may have added segments, and with them resolved older ones: then forget. At begin, and where one looks outside of a
 * transaction; nothing borrowed from the cache may be in use. */
enum jemput_status jemput_causes_refresh(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_appliers_free(struct jemput_appliers *appliers); /* NULL is allowed; before the connection closes (finalizes statements) */
void jemput_appliers_forget(struct jemput_store *store);     /* rollback, and whenever tables may have changed shape (schema run, catalog reload) */

#endif
