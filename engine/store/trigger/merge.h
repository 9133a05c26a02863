/* store/trigger/merge.h — triggers of the app that run for merged rows, too: option triggers= of jemput_replicate().
 *
 * They keep in step what a device has for itself, such as a full-text index or a count. What is replicated they may not write, or merging would not
 * be the same everywhere. On the engine's connection the schema's triggers are off; SQLite still runs those of the connection's temporary schema, so
 * each declared trigger has a copy there, made from its text. Triggers that these would fire in turn are off, too.
 *
 * A trigger that fails never stops or changes a merge: the row is written without it. What its copy could not even be made from, or that a
 * copy has failed, `verify` tells. */
#ifndef JEMPUT_STORE_TRIGGER_MERGE_H
#define JEMPUT_STORE_TRIGGER_MERGE_H

#include "store/internal.h"

#define JEMPUT_TRIGGER_FAULT_BYTES 256

struct jemput_tally; /* store/check/check.h */

struct jemput_trigger_copy {
    const char *table;
    const char *name;
    const char *create;                     /* its text in the schema */
    char fault[JEMPUT_TRIGGER_FAULT_BYTES]; /* why there is no copy; empty = there is one */
};

struct jemput_merge_triggers { /* of the engine's connection */
    struct jemput_arena arena;
    int64_t schema_version; /* of the file when the copies were made */
    int64_t temp_version;   /* of the temporary schema then: a rollback may have taken them back */
    uint32_t count;
    struct jemput_trigger_copy *copies;
    bool off;
    uint32_t last; /* copy that was entered last */
};

/* --- trigger/look.c --- */

struct jemput_trigger_look { /* statements for looking at triggers; zeroed = not prepared */
    sqlite3_stmt *trigger, *target;
};
enum jemput_status jemput_trigger_look_prepare(struct jemput_trigger_look *look, sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_trigger_look_release(struct jemput_trigger_look *look);
/* Find a declared trigger of a table and look at it.
 *   create   its text, in the arena; NULL = it is not there      fault   what is wrong with it, to follow its name; empty = nothing */
enum jemput_status jemput_trigger_look(struct jemput_trigger_look *look, const struct jemput_table *t, const char *name, const char **create,
                                       char *fault, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are all declared triggers that are there such as merging can run? JEMPUT_DENIED: one of them writes what it may not; the text names it. */
enum jemput_status jemput_merge_triggers_check(sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- trigger/merge.c --- */

/* Bring the copies on the engine's connection in step with the schema and the catalog. A trigger that cannot be copied is left out. */
enum jemput_status jemput_merge_triggers_refresh(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_merge_triggers_free(struct jemput_merge_triggers *triggers); /* NULL is allowed */

/* Step a statement that writes one row of `table`: SQLite's result code. If it fails and goes well without triggers, that is noted; so a constraint
 * that refuses is the row's own. */
int jemput_merge_step(struct jemput_store *store, const struct jemput_table *table, sqlite3_stmt *stmt);
/* The same for a look that is taken back: no trigger runs. */
int jemput_merge_try(struct jemput_store *store, const struct jemput_table *table, sqlite3_stmt *stmt);

/* --- trigger/fail.c --- */

/* Note that a trigger has failed, once for each text that it has had. */
enum jemput_status jemput_trigger_failed(struct jemput_store *store, const struct jemput_trigger_copy *copy, const char *reason,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* Tell `verify` which triggers do not run, or have failed. */
enum jemput_status jemput_merge_triggers_look(struct jemput_store *store, struct jemput_tally *tally, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
