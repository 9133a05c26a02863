/* jemput/observe.h — what has changed, told after each COMMIT; and what a statement reads, so that one can tell whether that concerns it. */
#ifndef JEMPUT_OBSERVE_H
#define JEMPUT_OBSERVE_H

#include <jemput/base.h>

struct jemput_changed { /* borrowed for the call */
    int merged; /* 0 = the app's connection has committed; 1 = a call of this handle has: sync, seal, a bundle, a decision… */
    int all;    /* 1 = any table may have changed: the schema has, or memory was short. `tables` says nothing then */
    unsigned table_count;
    const char *const *tables; /* names in the schema's spelling, each once, in no order; at least those whose rows have changed. Not our own tables
                                * (jemput_…), and not what is temporary or attached. Of a call of the handle there may be none: then only what our
                                * views show may have changed, such as who has received what */
};
typedef void (*jemput_changed_cb)(void *ctx, const struct jemput_changed *changed);

/* From now on `each` is called after every COMMIT of this handle that has written: of the app's connection, on the thread that commits, and of the
 * handle's own, on the thread inside the call; with two threads it may be called on both at once. The transaction is over and no lock is held, so
 * other handles and connections see what it wrote; this handle and its connection must not be used inside. It costs little, and is not told what
 * other handles of the same store do: observe each of them. It outlives lock and unlock. NULL ends it.
 *
 * Sharper than needed at times: a change that a savepoint took back is told, and tables that SQLite does not tell of (virtual ones, and those WITHOUT
 * ROWID that are not replicated) are told with each COMMIT of a connection that writes them at all.
 *
 * It takes the app's connection's update, rollback and WAL hooks and its authorizer, which are the app's no more; what SQLite's own WAL hook does, a
 * passive checkpoint of the WAL at 1,000 pages, it does. PRAGMA wal_autocheckpoint=… is refused as long (SQLITE_AUTH): it would end the telling.
 * sqlite3_blob_write() is not told. Call it while no other thread uses the handle or its connection. */
JEMPUT_API void jemput_observe(struct jemput *jemput, jemput_changed_cb each, void *ctx);

typedef int (*jemput_table_read_cb)(void *ctx, const char *table);
/* The tables that one SQL statement reads, whatever it does with them: once each, in no order; also views, the functions and tables that we give
 * (jemput_conflict, …), and what is asked only in a subquery or a trigger. The statement is prepared on the app's connection, and not run; may be
 * called by the thread that uses that connection, also while another is inside jemput_sync().
 *   each   non-zero ends the telling, with JEMPUT_OK; `table` is borrowed for the call
 *   JEMPUT_MISUSE the SQL is wrong, empty, or more than one statement; the text is SQLite's   JEMPUT_DENIED it may not be run   JEMPUT_BUSY
 *   JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_tables_read(struct jemput *jemput, const char *sql, jemput_table_read_cb each, void *ctx,
                                                 struct jemput_error *err) JEMPUT_CHECKED;
#endif
