/* store/feed/moved.h — which tables the transaction under way has moved, for somebody who wants to be told after its COMMIT.
 *
 * On the app's connection SQLite's update hook names tables with a rowid, but where DELETE empties one at a stroke, which guard.c has it not do; and
 * capture.c names replicated ones without. What is left, virtual tables and local ones without a rowid, is told with every COMMIT as soon as a
 * statement that writes it has been prepared: again by guard.c. On the engine's connection merging says itself what it writes.
 * To say too much is allowed, to say too little is not: without memory for a name, all may have moved. */
#ifndef JEMPUT_STORE_FEED_MOVED_H
#define JEMPUT_STORE_FEED_MOVED_H

#include <jemput/observe.h>
#include <stdbool.h>

#include "base/status.h"

struct sqlite3;
struct jemput_capture;
struct jemput_store;

struct jemput_moved_table {
    char *name;
    bool moved;   /* in the transaction under way */
    /* A statement that writes it was prepared: does the update hook tell of its rows? Asked anew with each, as it may have been made anew. */
    enum { JEMPUT_WRITTEN_NOT = 0, JEMPUT_WRITTEN_UNASKED, JEMPUT_WRITTEN_TOLD, JEMPUT_WRITTEN_SILENTLY } written;
};

struct jemput_moved { /* of one connection; zeroed = nobody asks */
    jemput_changed_cb each;
    void *ctx;
    bool all;   /* any may have moved */
    bool blind; /* and so at every COMMIT from now on: there was no memory to note what a statement writes, which may be run again and again */
    bool local; /* triggers of the app have run for merged rows: whatever is not replicated may have moved */
    struct jemput_moved_table *tables;
    const char **names; /* room for as many */
    unsigned count, room, last; /* last: index of the table that was named last */
};

/* A table has moved. Costs next to nothing if nobody asks; names of ours are passed over. */
void jemput_moved_note(struct jemput_moved *m, const char *table);
void jemput_moved_all(struct jemput_moved *m);
/* A statement that writes the table was prepared on the app's connection. */
void jemput_moved_written(struct jemput_moved *m, const char *table);
void jemput_moved_read(struct jemput_moved *m, const char *table); /* for jemput_store_tables_read(): any name, and whether anybody asks or not */
void jemput_moved_forget(struct jemput_moved *m); /* the transaction was rolled back */
/* The transaction is over: tell. `db` is where the app's own tables are listed. */
void jemput_moved_tell(struct jemput_moved *m, struct sqlite3 *db, int merged);
void jemput_moved_release(struct jemput_moved *m);

/* From now on `each` is told of both connections; NULL ends it. */
void jemput_store_observe(struct jemput_store *store, jemput_changed_cb each, void *ctx);

/* Names of the tables that one statement reads, by preparing it on the app's connection; as jemput_tables_read(). */
enum jemput_status jemput_store_tables_read(struct jemput_store *store, const char *sql, int (*each)(void *ctx, const char *table), void *ctx,
                                            struct jemput_error *err) JEMPUT_MUST_USE;

#endif
