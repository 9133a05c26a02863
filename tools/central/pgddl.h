/* pgddl.h — tables of a schema as PostgreSQL has them: SQL text from shapes. Pure; pgmigrate.c says what of it is run when.
 *
 * Every table has the column `space` before its own, and it leads every key, link and index: so the spaces lie side by side, and the tables can be
 * partitioned by it. How types, keys and constraints are carried over, and what stays with the engine: schema/central.md. */
#ifndef JEMPUT_CENTRAL_PGDDL_H
#define JEMPUT_CENTRAL_PGDDL_H

#include "buffer.h"
#include "pgtype.h"
#include "shape.h"

enum { PG_INDEXED_BYTES_MAX = 512, PG_INDEXED_COLUMNS_MAX = 5 }; /* together less than the 2,704 bytes that an entry of an index may have */

struct pg_place { /* where the tables are */
    const char *schema;
    unsigned partitions; /* of each table; 0 = none */
    const char *owner;   /* the role that projects: what it writes is no change of the office's */
};

/* Nothing but the value itself will do: it is of the key, of a link, or unique. */
bool pgddl_exact(const struct shape *shape, unsigned column);
/* A text or blob there may have PG_INDEXED_BYTES_MAX bytes: it stands in an index. */
bool pgddl_indexed(const struct shape *shape, unsigned column);
/* NULL may stand there in no case. */
bool pgddl_not_null(const struct shape *shape, unsigned column);

/* Each adds statements, with ";" and a line break behind each. */
void pgddl_table(struct buffer *sql, const struct pg_place *place, const struct shape *shape);
/* `column` as a part of a statement: "name" type DEFAULT … NOT NULL. `added`: to a table that may have rows. */
void pgddl_column(struct buffer *sql, const struct shape *shape, unsigned column, bool added);
/* FOREIGN KEYs, to tables that all exist by then; UNIQUE and other indexes. `old`: of a table that was there before, whose rows of other spaces may
 * not keep what this one's schema says now; NULL = the table is new. */
struct pgddl_old {
    const bool *was_there; /* per column */
    bool (*exists)(void *ctx, const char *name); /* an index or constraint of that name, as PostgreSQL has it */
    void *ctx;
};
void pgddl_links(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct shape *all, unsigned count,
                 const struct pgddl_old *old);
void pgddl_indexes(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct pgddl_old *old);
/* Comments: what the schema says, and what of it is kept by the engine alone. */
void pgddl_comments(struct buffer *sql, const struct pg_place *place, const struct shape *shape, const struct shape *all, unsigned count);
/* The triggers of the way back. */
void pgddl_triggers(struct buffer *sql, const struct pg_place *place, const struct shape *shape);

/* The table for a batch's rows: told (pgbatch.h), the columns of `shape` by their types, none NOT NULL. */
void pgddl_stage(struct buffer *sql, const struct shape *shape);
/* Its name: s_ and the table's. */
void pgddl_stage_name(struct buffer *sql, const struct shape *shape);

#endif
