/* store/schema/declared.h — a table as its CREATE statements declare it: what SQLite tells of it, asked once, as plain C.
 *
 * What is told here is as it is written; what replication makes of it is the shape (table.c). Indexes that are not UNIQUE say nothing of a table's
 * rows, and are left out. */
#ifndef JEMPUT_STORE_SCHEMA_DECLARED_H
#define JEMPUT_STORE_SCHEMA_DECLARED_H

#include "store/internal.h"

struct jemput_declared_column {
    const char *name;
    const char *type;      /* "" = none */
    const char *otherwise; /* SQL of its DEFAULT; NULL = none */
    uint16_t key_place;    /* 1-based place in the PRIMARY KEY; 0 = not of the key */
    bool not_null, generated;
};

struct jemput_declared_index { /* UNIQUE, or of the PRIMARY KEY; a key that is the rowid has none */
    const char *name;
    const char *create;      /* NULL: a constraint made it */
    bool of_key;
    uint16_t term_count;
    int *columns;            /* number of each term's column; -1 = it is an expression */
    const char **collations; /* of each term */
};

struct jemput_declared_link { /* FOREIGN KEY */
    const char *parent;
    uint16_t count;
    uint16_t *columns;
    const char **targets; /* columns of the parent; all NULL = its PRIMARY KEY */
};

struct jemput_declared {
    const char *name, *create;              /* as CREATE TABLE writes the name */
    uint32_t column_count, index_count, link_count;
    struct jemput_declared_column *columns; /* generated ones, too */
    struct jemput_declared_index *indexes;  /* by name */
    struct jemput_declared_link *links;     /* in the order in which they are written */
};

/* Ask SQLite for tables of `db`'s main database, whose names stand in out[]; everything in `arena`. What is wrong is told with the table's name.
 *   JEMPUT_NOTFOUND no such table   JEMPUT_DENIED it is a view or a virtual table, with the remedy in the text   JEMPUT_NOMEM */
enum jemput_status jemput_declared_read(struct jemput_declared *out, uint32_t count, sqlite3 *db, struct jemput_arena *arena,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
/* Are they declared alike, word for word? */
bool jemput_declared_same(const struct jemput_declared *a, const struct jemput_declared *b);
/* The index of the PRIMARY KEY; NULL = the key is the rowid. */
const struct jemput_declared_index *jemput_declared_key(const struct jemput_declared *declared);
/* Number of the column of that name, in small or capital letters; -1 = there is none. */
int jemput_declared_column_named(const struct jemput_declared *declared, const char *name);

#endif
