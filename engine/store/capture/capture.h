/* store/capture/capture.h — one connection's capturing: which keys a transaction touched, and what their rows held when it began.
 *
 * Each replicated table has a virtual table jemput_capture_<table>, filled by three BEFORE triggers. What a trigger says is only "this key is touched
 * now": the row's value at the first touch is its value at the start of the transaction, whatever savepoints were rolled back since, and what the
 * transaction did is the difference to the rows that are there when it commits. So nothing needs to follow savepoints, the order of triggers, or
 * conflict clauses. At COMMIT, xSync of the first of the virtual tables (as FTS5 does) writes the differences as one record (record.c).
 *
 * A fourth trigger, AFTER INSERT, spares the commonest row its second reading: it hands over the values as inserted. They are believed only if
 * nothing touched the key since the BEFORE INSERT that belongs to them, and nothing at all was rolled back since; else the row is read. Nor where
 * triggers of the app insert: one that runs before a row is deleted, or replaced, may put it there anew between our BEFORE trigger and the deletion.
 *
 * What a REPLACE removes, the two triggers that come before it tell by the terms of the UNIQUE indexes (victims.c). Where these have to be computed
 * (a condition of adminduk's cost more than all other capturing of a row), they are asked for only if the statement replaces: jemput_replaces(). */
#ifndef JEMPUT_STORE_CAPTURE_CAPTURE_H
#define JEMPUT_STORE_CAPTURE_CAPTURE_H

#include "base/limits.h"
#include "change/key.h"
#include "store/feed/moved.h"
#include "store/schema/declared.h"
#include "store/schema/policy.h"

/* Of the virtual table's and the triggers' texts (trigger.c), 1 to 255. Another text, another form: else a store that was opened before keeps the
 * old. */
#define JEMPUT_TRIGGER_FORM 1

#define JEMPUT_CAPTURE_PREFIX "jemput_capture_" /* name of the virtual table of a replicated table */
/* Its module. A connection without it says "no such module: " and this name, so the name says what to do. */
#define JEMPUT_CAPTURE_MODULE "jemput_capture (write replicated tables through jemput)"

/* A UNIQUE index whose rows a REPLACE could remove without firing a trigger (victims.c). */
struct jemput_unique {
    const char *name;
    uint16_t term_count;
    const int *columns;      /* as in declared.h */
    const char **collations; /* likewise */
    const char **stored;   /* SQL of a term over the table's own columns */
    const char **incoming; /* SQL of a term over NEW.*; NULL for a row that is outside of a partial index */
    const char *where;     /* of a partial index; NULL = whole */
    sqlite3_stmt *find;    /* key of the row with these terms; prepared when first needed */
};

/* A replicated table as one connection captures it. */
struct jemput_capture_table {
    struct jemput_table shape;
    struct jemput_declared declared;
    uint16_t carried_count;
    uint16_t *carried;    /* columns that are neither generated nor of the key, ascending */
    bool *group_changed;  /* scratch of record.c */
    uint16_t unique_count;
    uint16_t term_count;  /* of all of them */
    struct jemput_unique *uniques;
    unsigned extra_count; /* columns of the virtual table besides op and key */
    bool computes_terms;  /* some UNIQUE index is partial or has an expression: its terms are asked for only by what replaces */
    bool replaces;        /* a constraint of the table itself says ON CONFLICT REPLACE */
    bool key_is_rowid;    /* option key=app: INTEGER PRIMARY KEY */
    bool key_has_default; /* NOT NULL with a DEFAULT, which REPLACE puts in place of a NULL */
    bool null_key;        /* the transaction touched a key with a NULL */
    bool new_here;        /* the transaction has replicated it; that may have been taken back to a savepoint since */
    struct jemput_arena arena; /* of all the above */
    sqlite3_stmt *read;   /* carried columns of the row of a key */
};

struct jemput_touch {
    uint32_t table;              /* 0 = forgotten */
    uint32_t hash;
    struct jemput_bytes key;
    bool present;                /* there was such a row when the transaction began */
    uint16_t value_count;
    struct jemput_value *before; /* of the carried columns */
    bool inserting;              /* touched last by a BEFORE INSERT whose AFTER INSERT has not come */
    uint32_t undo;               /* the capture's undo_count when `after` came */
    struct jemput_value *after;  /* the carried columns as inserted; NULL = read the row */
};

enum jemput_capture_op { CAPTURE_INSERT = 1, CAPTURE_UPDATE = 2, CAPTURE_DELETE = 3, CAPTURE_INSERTED = 4, CAPTURE_REPLACE = 5 };

enum jemput_capture_statement {
    CAPTURE_LOOK,         /* last stamp and frontier */
    CAPTURE_RUN_NEW,
    CAPTURE_PENDING_NEW,
    CAPTURE_PENDING_DROP,
    CAPTURE_BEFORE_NEW,   /* what a row held before a delete, or an edit under a token */
    CAPTURE_BEFORE_DROP,
    CAPTURE_CHANGES,      /* as many changes as sqlite3_changes() should say */
    CAPTURE_DEVICE,
    CAPTURE_SERIAL,
    CAPTURE_FRONTIER,
    CAPTURE_CONTEXT,
    CAPTURE_CONFLICT,     /* is a row of several values? */
    CAPTURE_SILENT,       /* does SQLite's update hook tell of a table's rows? */
    CAPTURE_ENLIST,       /* take part in a transaction that has written nothing yet */
    CAPTURE_STATEMENTS
};

struct jemput_capture {
    sqlite3 *db;
    struct jemput_env *env;
    const struct jemput_store_hooks *hooks;
    bool captures;     /* the app's connection; on the engine's, the functions alone do something */
    bool migrating;    /* inside jemput_migrate() or a schema run */
    bool restricted;   /* jemput_store_restrict() */
    bool first_schema; /* the schema that is being run is the space's own, not a migration onto what this device has made for itself */
    bool written;      /* the schema or migration that is being run is written here, and stands in no log yet */
    bool trigger_new;  /* the app has made a trigger: the next COMMIT looks at those that are declared for merged rows (trigger/merge.h) */
    uint64_t boot_id;
    bool nested;       /* a trigger of the app's inserts in a statement that was prepared here: what AFTER INSERT hands over may change after it */
    bool stopped;      /* the store was closed; a statement that the app has left may still be run */
    unsigned internal; /* > 0: SQL of our own is prepared or run (guard.c) */
    struct jemput_moved moved;  /* for jemput_store_observe() */
    struct jemput_moved *reads; /* what the statement that is being prepared reads goes there; NULL = nobody asks */
    bool dropping;              /* guard.c was asked last whether a table may be dropped */

    struct jemput_capture_table **tables; /* by id - 1; loaded when the virtual table connects */
    uint32_t table_count;

    /* the transaction under way */
    struct jemput_arena arena; /* keys and values of the touches; the record's changes */
    struct jemput_touch *touches;
    uint32_t touch_count, touch_room;
    bool replacing;  /* the row that a BEFORE trigger told of last may remove others */
    const struct jemput_touch **changed; /* of the record's changes, in their order */
    uint32_t *slots; /* open addressing: index into touches + 1 */
    uint32_t slot_count;
    uint32_t undo_count;           /* rollbacks to savepoints, of statements too */
    struct jemput_buf key, record; /* scratch */
    jemput_stamp stamp;    /* of the record that a COMMIT has written which may still fail; 0 = none */
    uint64_t round;        /* COMMIT attempts, counted by the virtual tables' xSync */
    uint64_t written_round;
    int64_t run_new;       /* row that the transaction has added to jemput_id_run; 0 = none */
    char note[JEMPUT_NOTE_BYTES_MAX];
    size_t note_len;
    int64_t under;         /* context given to jemput_under(); 0 = the frontier */

    /* what is known of the file as long as its data version is `version` */
    bool known;
    uint32_t version;
    jemput_stamp last_stamp;
    int64_t frontier;
    struct jemput_policy_calls policy;
    unsigned roles;        /* of this device */
    struct jemput_buf scope;

    /* ids: one run for the life of the connection */
    bool seeded;
    uint8_t seed[32];
    uint64_t id_next;
    int64_t run;           /* its row in jemput_id_run; 0 = not there yet */

    sqlite3_stmt *statements[CAPTURE_STATEMENTS];
};

/* --- capture.c --- */

/* Register the module on a connection. The state belongs to the connection, and is freed with it. */
enum jemput_status jemput_capture_register(struct jemput_capture **out, sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_capture_end_statements(struct jemput_capture *c);
/* Is it one of ours, kept for the next time? (connection.c) */
bool jemput_capture_owns(const struct jemput_capture *capture, const sqlite3_stmt *stmt);
/* Forget a table whose jemput_replicate() failed or was taken back, and what the transaction has touched of it. */
void jemput_capture_unload(struct jemput_capture *c, uint32_t id);
/* (Re)load a table from the file; the one before is freed. On failure nothing changes. */
enum jemput_status jemput_capture_load(struct jemput_capture *c, uint32_t id, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- touch.c --- */

/* Bind a key to the first places of a statement; values[] must outlive the step. */
void jemput_capture_bind_key(sqlite3_stmt *stmt, const struct jemput_capture_table *t, const struct jemput_value *values);
/* JEMPUT_DENIED: a new key that the table would show in two ways. In a key 1.0 is 1 (change/key.h), so every other device would show 1. */
enum jemput_status jemput_capture_key_check(const struct jemput_capture_table *t, const struct jemput_value *key, struct jemput_error *err)
    JEMPUT_MUST_USE;
/* Note a key as touched. Its row is read if this is the first time; for CAPTURE_INSERTED it is taken to have been absent. */
enum jemput_status jemput_capture_touch(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_value *key,
                                        enum jemput_capture_op op, struct jemput_error *err) JEMPUT_MUST_USE;
/* Copy the carried columns of the row that `stmt` stands on into the transaction's arena. */
struct jemput_value *jemput_capture_row(struct jemput_capture *c, const struct jemput_capture_table *t, sqlite3_stmt *stmt);
/* AFTER INSERT: the values as inserted (argv: the carried columns) spare a reading of the row. */
enum jemput_status jemput_capture_inserted(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_value *key,
                                           sqlite3_value **argv, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_touches_clear(struct jemput_capture *c); /* the transaction is over: nothing of it stays in memory */

/* --- connection.c --- */

/* One of the connection's own statements: `sql` is prepared when first needed; reset and without bindings. */
enum jemput_status jemput_capture_statement(struct jemput_capture *c, enum jemput_capture_statement which, const char *sql, sqlite3_stmt **out,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Make sure that the transaction under way ends with our xCommit or xRollback, though it may write nothing captured. */
enum jemput_status jemput_capture_enlist(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* Statements of ours run between these two leave last_insert_rowid() and changes() as the app knows them. */
struct jemput_traces {
    sqlite3_int64 rowid, changes;
};
struct jemput_traces jemput_traces_take(sqlite3 *db);
void jemput_traces_restore(struct jemput_capture *c, struct jemput_traces traces);

/* --- record.c --- */

/* Write what the transaction did as one record; called by xSync. */
enum jemput_status jemput_capture_record_write(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- victims.c --- */

/* The UNIQUE indexes, and what else decides about REPLACE, from t->shape and t->declared; what is made for it, in `arena`. */
enum jemput_status jemput_uniques_read(struct jemput_capture_table *t, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Touch the rows that a row with these terms (of all UNIQUE indexes, one after the other) would replace. */
enum jemput_status jemput_victims_touch(struct jemput_capture *c, struct jemput_capture_table *t, sqlite3_value **terms,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

/* --- trigger.c --- */

/* Make the virtual table and the triggers of a table, or make them anew where the present ones are not what they should be. */
enum jemput_status jemput_triggers_make(sqlite3 *db, const struct jemput_capture_table *t, struct jemput_error *err) JEMPUT_MUST_USE;
/* Are they there, word for word? */
enum jemput_status jemput_triggers_check(sqlite3 *db, const struct jemput_capture_table *t, bool *in_place, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- schema/group_view.c --- */

enum jemput_status jemput_groups_register(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE; /* jemput_groups */

/* --- function.c, guard.c, schema.c, migration.c --- */

enum jemput_status jemput_functions_register(struct jemput_capture *c, struct jemput_error *err) JEMPUT_MUST_USE;
/* Give an error to SQLite as the result of a function. */
void jemput_result_error(sqlite3_context *context, const struct jemput_error *err);
/* Keep the app's SQL away from our tables, and replicated tables from DDL outside of jemput_migrate(). */
int jemput_guard(void *capture, int action, const char *a, const char *b, const char *database, const char *by);
void jemput_replicate_function(sqlite3_context *context, int argc, sqlite3_value **argv);
void jemput_migrate_function(sqlite3_context *context, int argc, sqlite3_value **argv);

#endif
