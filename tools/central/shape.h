/* shape.h — the replicated tables of a space as data: what another database needs to have the same. Read from a store; no rows.
 *
 * Columns, keys and links come from SQLite's own PRAGMAs; what those do not tell (CHECKs, comments) is cut from the text of CREATE TABLE
 * (comment.c). */
#ifndef JEMPUT_CENTRAL_SHAPE_H
#define JEMPUT_CENTRAL_SHAPE_H

#include <stdbool.h>
#include <stdint.h>

#include <jemput/jemput.h>

#include "central.h"

enum affinity { AFFINITY_NONE, AFFINITY_TEXT, AFFINITY_NUMERIC, AFFINITY_INTEGER, AFFINITY_REAL }; /* NONE: BLOB, or no type at all */

struct shape_column {
    char *name;
    char *declared;         /* type as written, "" = none */
    enum affinity affinity; /* by SQLite's five rules */
    unsigned key_place;     /* in the primary key, from 1; 0 = not of it */
    bool not_null;          /* declared so, or of the primary key */
    bool id16;              /* a BLOB that a CHECK holds to 16 bytes, or that links to one: a jemput_id() */
    bool binary;            /* its collation is BINARY */
    bool generated;         /* computed by SQLite from others */
    char *default_sql;      /* as written; NULL = none */
    char *comment;          /* "-- words" behind it; NULL = none */
};

struct shape_link { /* a FOREIGN KEY */
    unsigned column_count;
    unsigned *columns;     /* places of its columns in the table, from 0 */
    char *parent;          /* a table: as the schema spells it */
    char **parent_columns; /* column_count of them */
    bool to_key;           /* they are the parent's whole primary key, in any order, and the parent is replicated, too */
};

struct shape_index { /* UNIQUE constraints and indexes; the primary key's own is not told */
    char *name;             /* "sqlite_autoindex_…" = of a UNIQUE constraint, which has none */
    bool unique;
    bool plain;             /* of columns alone, without WHERE and of collation BINARY; else `words` say what it is */
    unsigned column_count;  /* of columns that are plain */
    unsigned *columns;      /* places, from 0 */
    bool *descending;
    char *words;            /* its CREATE INDEX; NULL = a constraint inside CREATE TABLE */
};

struct shape {
    char *name;
    char *options; /* of jemput_replicate() */
    unsigned column_count, key_count, link_count, index_count, check_count;
    struct shape_column *columns;
    unsigned *key;   /* places of the key's columns, in key order */
    struct shape_link *links;
    struct shape_index *indexes;
    char **checks;   /* expressions, without CHECK and its parentheses */
    char *comment;   /* the "-- words" before CREATE TABLE, where it is one of schema/adminduk's; NULL = none */
};

struct shapes {
    unsigned count;
    struct shape *of; /* in the order in which the tables were made replicated */
};

/* Every replicated table of the store. Its connection must not be restricted. Release `out` in both cases. 0, or -1 and why. */
int shapes_read(struct shapes *out, struct jemput *jemput, struct trouble *why);
void shapes_release(struct shapes *shapes);
/* NULL = none is called so. */
const struct shape *shapes_find(const struct shapes *shapes, const char *name);
/* Place of a column; -1 = none is called so. */
int shape_column(const struct shape *shape, const char *name);

/* SQLite's rules for a declared type ("Determination Of Column Affinity"). */
enum affinity affinity_of(const char *declared);

/* --- comment.c: what only the text of CREATE TABLE says. Owned by the caller: free(); NULL = nothing is there --- */

/* The "-- words" on the line where column `name` is declared, and below it those that begin no further left. */
char *comment_of_column(const char *create, const char *name);
/* CHECK expression number `at`, from 0, wherever it stands: without the word and its parentheses. */
char *check_of(const char *create, unsigned at);
/* "-- words" on the lines right before that very text in a schema's. */
char *comment_of_table(const char *schema, const char *create);

#endif
