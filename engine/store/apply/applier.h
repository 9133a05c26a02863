/* store/apply/applier.h — a replicated table as merging writes it: its statements, and its constraints as things that can be looked up
 * (store/constraint/lookup.h).
 *
 * SQLite itself enforces NOT NULL, CHECK and UNIQUE when a row is written; foreign keys are off on the engine's connection, because rows arrive in
 * any order, and are looked up by us. A claim is one UNIQUE constraint: at most one shown row may hold the same values. A link is one FOREIGN KEY. */
#ifndef JEMPUT_STORE_APPLY_APPLIER_H
#define JEMPUT_STORE_APPLY_APPLIER_H

#include "change/key.h"
#include "store/causes/causes.h"
#include "store/schema/declared.h"

#define JEMPUT_REASON_BYTES 256

struct jemput_claim {
    uint16_t count;      /* of its values */
    uint16_t *columns;   /* that they are in; NULL: asked of SQLite, because a term is an expression or generated, or the index is partial */
    const char **terms;  /* then: SQL of each over the table's own columns */
    const char *where;   /* and of a partial index; NULL = whole */
    const char **collations;
    char *reason;        /* "UNIQUE orang.nik" */
    sqlite3_stmt *find;  /* keys of shown rows with these values; prepared on first use */
    sqlite3_stmt *read;  /* these values of the row of a key, if it is in the index */
};

struct jemput_link {
    struct jemput_applier *child, *parent; /* parent NULL: a table that is not replicated */
    const char *parent_name;
    enum jemput_orphan orphan; /* what becomes of the child if the parent is deleted */
    uint16_t count;
    uint16_t *columns;        /* of the child */
    const char **targets;     /* column names of the parent; if they are its key, in the key's order */
    uint16_t *target_columns; /* their numbers, if the parent is replicated; and what SQLite compares them by: */
    const char **collations;
    enum jemput_affinity *affinities; /* what they make of a child's value before the two are compared */
    bool target_is_key;       /* they are the parent's key */
    uint32_t target;          /* number by which presence is remembered */
    char *reason;             /* "FOREIGN KEY keluarga" */
    sqlite3_stmt *exists;     /* is there such a parent? Of a replicated one: its key */
    sqlite3_stmt *children;   /* keys of the shown children of the parent with a given key */
    sqlite3_stmt *naming;     /* keys of the shown rows that name given values */
    struct jemput_link *next_of_parent;
};

/* What a key column keeps as it is given; SQLite turns other values into these by the column's declared type. */
enum jemput_keeping { JEMPUT_KEEPS_ALL, JEMPUT_KEEPS_NO_NUMBER, JEMPUT_KEEPS_NO_TEXT };

#define JEMPUT_MASKED_STATEMENTS 8
#define JEMPUT_INSERT_MANY 32 /* rows of one statement */

enum jemput_verb { JEMPUT_VERB_UPDATE, JEMPUT_VERB_INSERT, JEMPUT_VERB_REPLACE };

struct jemput_masked { /* a statement over some of the columns */
    enum jemput_verb verb;
    uint8_t *mask; /* one byte per column */
    sqlite3_stmt *stmt;
};

struct jemput_applier {
    const struct jemput_table *table;
    const struct jemput_declared *declared;
    uint16_t carried_count;   /* columns that an insert can carry besides the key */
    struct jemput_value *row; /* scratch: one value per column */
    uint8_t *has;             /* scratch: which columns `row` has */
    struct jemput_value *initial; /* per column: store/schema/initial.h */
    sqlite3_stmt *insert, *insert_many, *remove, *select;
    bool stops_midway; /* where insert_many meets a row that is refused, it leaves those before it in the table */
    struct jemput_masked masked[JEMPUT_MASKED_STATEMENTS];
    unsigned masked_next;
    uint16_t claim_count, link_count;
    bool asks;                      /* one of the claims is asked of SQLite */
    struct jemput_claim *claims;
    struct jemput_link *links;      /* as the child */
    struct jemput_link *as_parent;  /* list of the links that lead here */
    enum jemput_keeping key_keeps[JEMPUT_KEY_COLUMNS_MAX]; /* by key place */
    bool *watched; /* per column: of a claim, a link, or a link's target: an update of it may touch other rows */
    uint16_t former_count;
    struct jemput_former *formers; /* ascending (former.h) */
};

/* A change and its version; `number` is what it is sorted by first. */
struct jemput_entry {
    uint64_t number, version;
    const struct jemput_change *change;
};

struct jemput_appliers {
    struct jemput_arena arena;
    uint32_t count;
    struct jemput_applier *of; /* by table id - 1 */
    struct jemput_buf scratch;
    struct jemput_presence *presence; /* store/constraint/lookup.h */
    int64_t data_version;     /* of the file when presence was noted */
    int64_t open_count;       /* of jemput_withheld; -1 = not counted yet */
    struct jemput_births *births; /* store/apply/birth.h */
    struct jemput_interests *interests; /* store/constraint/interest.h; NULL = not asked for yet */
    /* the hot statements */
    sqlite3_stmt *row_new, *row_get, *row_put;
};

/* Why SQLite would not take a row. */
struct jemput_refusal {
    bool refused;
    bool own_fault; /* NOT NULL or CHECK: no other row is to blame */
    bool key_taken; /* there is a row of this key already */
    char reason[JEMPUT_REASON_BYTES]; /* "CHECK umur >= 0" */
};

/* All replicated tables, loaded on first use. */
enum jemput_status jemput_appliers_get(struct jemput_store *store, struct jemput_appliers **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_CORRUPT: there is no such table. */
enum jemput_status jemput_applier_of(struct jemput_store *store, uint32_t table, struct jemput_applier **out,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

/* --- the app's rows --- */

/* a->row and a->has from a key alone, or from an insert; borrowed from the key and the change. JEMPUT_CORRUPT: not of the table's shape. */
enum jemput_status jemput_applier_take_key(struct jemput_applier *a, struct jemput_bytes key, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_applier_take_insert(struct jemput_applier *a, const struct jemput_change *insert, struct jemput_error *err) JEMPUT_MUST_USE;
/* Write a->row: the columns that a->has names. A constraint that refuses is no error. */
enum jemput_status jemput_shown_insert(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_INSERT_MANY rows of all columns in one statement: bind a->row as number `place`, whose values stay borrowed until all are written. *taken:
 * the table has so many of them, the first ones; one of the others was refused. No trigger runs. */
enum jemput_status jemput_shown_insert_bind(struct jemput_store *store, struct jemput_applier *a, unsigned place,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_shown_insert_many(struct jemput_store *store, struct jemput_applier *a, unsigned *taken,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Would insert be refused? Nothing is left of it, and no trigger runs. */
enum jemput_status jemput_shown_try(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, struct jemput_refusal *refusal,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_shown_update(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* As insert, but rows that hold one of its claims, or its key, go: for a look inside a savepoint that is rolled back. */
enum jemput_status jemput_shown_replace(struct jemput_store *store, struct jemput_applier *a, struct jemput_refusal *refusal,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_shown_remove(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
/* The row of a key into a->row and a->has, bytes in the arena; *found false = no such row. */
enum jemput_status jemput_shown_read(struct jemput_store *store, struct jemput_applier *a, struct jemput_bytes key, bool *found,
                                     struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- constraints (constraint.c) --- */

enum jemput_status jemput_constraints_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_constraints_finalize(struct jemput_applier *a);

#endif
