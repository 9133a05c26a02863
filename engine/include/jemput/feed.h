/* jemput/feed.h — following a store from outside: which rows have changed since a mark, told as they stand now.
 *
 * For whoever keeps a copy of the rows elsewhere: a database of the office, an index. The store notes which rows each COMMIT of its own has moved:
 * by merging, sealing, decisions, migrations, by recomputing, by erasing. Reading tells each of them once, as it stands at one moment of the file,
 * not what was done to it: so every reading leads from a whole state to a whole state, constraints hold after it, and reading twice does no harm.
 *
 * A mark names such a moment. Keep it in the copy, in the same transaction as the rows; then nothing is lost and nothing told twice, whichever side
 * crashes. A mark that the store does not know (its file was put back, or the notes after the mark were dropped) leads to a whole reading by itself.
 *
 * What the app's connection has committed is noted when it is sealed (jemput_seal, jemput_sync); a reading in between may show it before. Not noted:
 * that a receipt has come for a write, or that a device got other roles: `receipt` and `roles` are as of the reading. */
#ifndef JEMPUT_FEED_H
#define JEMPUT_FEED_H

#include <jemput/row.h>

struct jemput_feed_mark { /* plain data: to be kept as its two parts; zeroed = before everything */
    uint64_t number;      /* of the newest notes that were read */
    uint8_t id[16];       /* of these notes: random, so that a store that was put back is noticed */
};

enum jemput_feed_state {
    JEMPUT_FEED_SHOWN = 1, /* its table has the row */
    JEMPUT_FEED_HELD,      /* a constraint keeps it out of its table (jemput_held_rows), or its insert was refused or has not come: reason "INSERT" */
    JEMPUT_FEED_GONE       /* neither: it was deleted, or never was */
};

struct jemput_feed_write {       /* the write that shows in some columns */
    const char *columns;         /* names of the columns that merge as one, comma separated: "alamat,rt,rw"; NULL: the row's insert */
    struct jemput_origin origin; /* writer "" = the row came with the schema, before any device */
    char commit[41];             /* hex: the git commit that carries it; "" = as above */
};

struct jemput_feed_row { /* borrowed for the call */
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key; /* the primary key's values in key order */
    enum jemput_feed_state state;
    unsigned column_count; /* all columns, generated ones too, in the table's order; of GONE 0 */
    const char *const *columns;
    const struct jemput_datum *values; /* of a HELD row generated columns are of type NULL; with reason "INSERT" what nobody has written is, too */
    const char *reason;                /* of HELD: the constraint's words, "UNIQUE orang.nik"; else NULL */
    const char *against_table;         /* of HELD: where what stands against it is; NULL = cannot be named */
    unsigned against_count;
    const struct jemput_datum *against; /* its key; 0 values: it is not known by a key */
    unsigned write_count;               /* of SHOWN and HELD: the insert first, then a write for each group of columns that another one shows. 0 =
                                         * what shows is not sealed yet, and told again when it is */
    const struct jemput_feed_write *writes;
    unsigned conflict_count; /* its open conflicts; of GONE 0 */
    const struct jemput_conflict *conflicts;
};
typedef int (*jemput_feed_cb)(void *ctx, const struct jemput_feed_row *row); /* non-zero stops */

struct jemput_feed_reading { /* of one reading: set before the first row is told */
    int whole;                    /* 1 = every row that is shown or held is told, so any other is gone; 0 = those noted since the mark */
    struct jemput_feed_mark till; /* the moment that is read: `since` of the next reading. Zeroed as long as nothing is noted */
    uint32_t schema_version;      /* of the tables then, */
    uint32_t schema_remade;       /* and how often they were remade because another migration is in force than ran here. If either is another than
                                   * last time, look at the tables again; a reading across that is whole */
    int64_t token;                /* jemput_token() of that moment */
};

/* From now on rows are noted in the file, by every handle of it, at little cost; again: nothing is done. It stays so.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_feed_begin(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;

/* Tell the rows that were noted after `since`, each once, table by table in the order of jemput_tables(), at one moment of the file; others may go on
 * writing. A whole reading tells of each table first the rows that are shown, ascending by key as SQLite orders values (text by its bytes), then
 * those that are held. Without jemput_feed_begin() every reading is whole, and `till` zeroed.
 *   since   of an earlier reading of this store; zeroed or NULL = everything
 *   out     the caller's; set before the first call of `each`, so that it may look there. Good as a mark only if `each` has stopped nothing
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_feed_read(struct jemput *jemput, const struct jemput_feed_mark *since, jemput_feed_cb each, void *ctx,
                                               struct jemput_feed_reading *out, struct jemput_error *err) JEMPUT_CHECKED;

/* One row as it stands, in the same form: always told, and GONE if nobody knows it.
 *   JEMPUT_NOTFOUND no replicated table of that name   JEMPUT_MISUSE wrong number of key values
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_feed_row(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned key_count,
                                              jemput_feed_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

/* Everybody who follows this store has read up to `mark`: let go what was noted before. The newest notes stay, so that the next reading knows where
 * it begins. A mark that is not known, or zeroed: nothing is done.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_FULL JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_feed_done(struct jemput *jemput, const struct jemput_feed_mark *mark, struct jemput_error *err) JEMPUT_CHECKED;

typedef int (*jemput_table_cb)(void *ctx, const char *name, const char *options); /* as jemput_replicate() was given them; non-zero stops */
/* Every replicated table, in the order in which they were made so; columns, keys and links are told by PRAGMAs on the connection of jemput_app().
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_tables(struct jemput *jemput, jemput_table_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
#endif
