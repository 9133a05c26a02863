/* pgbatch.h — the rows of one space on their way into PostgreSQL: encoded, sent by COPY into staging tables, and merged from there.
 *
 * Used inside a transaction that somebody else begins and ends: a batch of the feed (pgtarget.c), rows that are put right again (outbox.c), an audit
 * (auditpg.c). A whole batch of a table that has no row of the space yet goes straight into the table. */
#ifndef JEMPUT_CENTRAL_PGBATCH_H
#define JEMPUT_CENTRAL_PGBATCH_H

#include "pg.h"
#include "pgddl.h"

struct pgstaged { /* staging tables that a connection has; they live as long as it does, but for those that a rolled back transaction made */
    char *name, *create;
    struct pgstaged *next;
};

struct pgstage { /* rows of one table under way; told: S shown, H held, G gone, X not to be compared */
    const struct shape *shape;
    bool *exact, *indexed; /* per column: pgddl.h */
    struct buffer copy;    /* encoded, not sent yet */
    bool made;             /* its staging table is there */
    bool direct;           /* straight into the table */
    bool touched;          /* some row was told */
};

enum pgside { SIDE_TOLD, SIDE_ROW, SIDE_CELL, SIDE_CONFLICT, SIDE_HELD, SIDE_MISFIT, SIDE_COUNT };

struct pgbatch {
    PGconn *db;
    const struct pg_place *place;
    struct pgstaged **staged; /* of the connection */
    int space;
    bool whole;    /* what is not told is gone */
    bool compares; /* nothing of it comes into the tables: it is put beside them */
    const struct shape *shapes;
    unsigned shape_count, last; /* last: the table of the row before */
    struct pgstage *stages;
    struct buffer sides[SIDE_COUNT];
    bool gone;         /* some row that was told is */
    struct buffer key; /* of the row under way, as JSON */
};

/* Fields up to `shapes` are the caller's to set, the rest zeroed. */
int pgbatch_begin(struct pgbatch *b, struct trouble *why);
int pgbatch_row(struct pgbatch *b, const struct jemput_feed_row *row, struct trouble *why);
/* Of a batch with `compares`: the row has moved since, so it is not to be compared. */
int pgbatch_excuse(struct pgbatch *b, const struct jemput_feed_row *row, struct trouble *why);
/* Send what is still here; merge staging into the tables unless `compares`. */
int pgbatch_end(struct pgbatch *b, struct trouble *why);
void pgbatch_release(struct pgbatch *b);
/* Forget them all: behind a ROLLBACK, with DISCARD TEMP, and at the end. */
void pgstaged_release(struct pgstaged **staged);
/* There is a staging table of that name, made by that text. */
int pgstaged_make(struct pgbatch *b, const char *name, const char *create, struct trouble *why);

/* pgside.c: what is kept beside the rows. */
void pgside_add(struct pgbatch *b, const struct shape *shape, const struct jemput_feed_row *row);
void pgside_misfit(struct pgbatch *b, const struct shape *shape, unsigned column, const struct jemput_datum *value, bool shown);
/* Of a batch that compares: what stands beside that row is not to be compared. */
void pgside_excuse(struct pgbatch *b, const struct shape *shape, const struct jemput_feed_row *row);
/* Behind pgbatch_end(): each row beside which something else stands than the store tells, by table of schema jemput. */
typedef void (*pgside_difference)(void *ctx, const char *side, const char *tbl, const char *key);
int pgside_compare(struct pgbatch *b, pgside_difference each, void *ctx, struct trouble *why);
int pgside_begin(struct pgbatch *b, struct trouble *why);
/* Send, if much is here or `all`. */
int pgside_flush(struct pgbatch *b, bool all, struct trouble *why);

/* pgmerge.c: from staging into a table. */
int pgmerge(struct pgbatch *b, const struct pgstage *stage, struct trouble *why);
/* " WHERE/ON" part: t.key = s.key, for alias t (with "space") and s. */
void pgmerge_keys(struct buffer *sql, const struct shape *shape);
/* The key as side tables have it, of alias "t." */
void pgmerge_key_json(struct buffer *sql, const struct shape *shape, const char *alias);

#endif
