/* side.h — one of the two stores that are compared: jemput's, or a raw SQLite file of the same schema and pragmas. The work goes into both by the same SQL. */
#ifndef JEMPUT_BENCH_SIDE_H
#define JEMPUT_BENCH_SIDE_H

#include <jemput/jemput.h>
#include <sqlite3.h>
#include <stdio.h>

#include "shape.h"

#define SIDE_ID_BYTES 16

struct side {
    struct jemput *jemput; /* NULL = raw */
    sqlite3 *db;
    const struct shape *shape;
    struct random random;  /* of the raw side's ids */
    FILE *record;          /* the work goes there, too, for a peer (peer.c); NULL = it does not */
    unsigned recorded;     /* operations of the transaction that is open */
    sqlite3_stmt *begin, *commit, *id, *insert[SHAPE_TABLES], *status, *address;
};

/* Found a space whose first device is administrator and central. */
extern const struct jemput_secret *side_secret; /* every store of jemput's is sealed at rest; NULL = plain */
void side_found(struct side *s, const struct shape *shape, const char *path, struct jemput_env *env);
/* Open what side_found(), or an invitation, made. */
void side_open(struct side *s, const struct shape *shape, const char *path, struct jemput_env *env);
/* A new raw file; one that is there. */
void side_raw(struct side *s, const struct shape *shape, const char *path, uint64_t seed);
void side_raw_again(struct side *s, const struct shape *shape, const char *path, uint64_t seed);
void side_close(struct side *s);

void side_sql(struct side *s, const char *sql);
void side_begin(struct side *s);
void side_commit(struct side *s);

/* Inside a transaction. Ids are made by the side as an app makes them, with a statement: jemput_id(), or random bytes. */
void side_application(struct side *s, const struct application *a);
/* Raw, in bulk: ids are there with the rows, as they are for who merges. They are the same that side_application() would have made. */
void side_application_in_bulk(struct side *s, const struct application *a);
void side_household(struct side *s, const struct application *a, const uint8_t id[SIDE_ID_BYTES]);
void side_status(struct side *s, const uint8_t application[SIDE_ID_BYTES], const char *status);
void side_address(struct side *s, const uint8_t household[SIDE_ID_BYTES], const char *address);

/* Ids of the applications in the order in which they were written: free(). */
uint8_t (*side_applications(struct side *s, unsigned *count))[SIDE_ID_BYTES];

#endif
