/* why.h — all that the views of the store say of one row, read for `jemput why`. */
#ifndef JEMPUT_CLI_WHY_H
#define JEMPUT_CLI_WHY_H

#include <stdbool.h>
#include <stddef.h>
#include <sqlite3.h>

#include <jemput/jemput.h>

#include "rowkey.h"

struct why_write { /* text is owned; NULL = none */
    sqlite3_value *value;
    char *writer, *label, *trust, *note;
    char *words;                 /* for people, of columns that merge together: those that differ */
    int64_t claimed_ms, segment; /* segment 0: waiting here, or of the schema */
    bool shown, gone, parallel;
};
struct why_writes {
    struct why_write *of;
    size_t count;
};

struct why_group {        /* columns that merge as one */
    char *columns, *rule; /* columns: comma separated; NULL: a table whose columns are all of the key */
    bool conflict, hard, base_known;
    bool empty; /* all that was written is NULL */
    sqlite3_value *base;
    char *base_words;
    struct why_writes writes;
};

struct why_delivery {
    char *state, *label;
    int64_t claimed_ms;
    bool newest, own;
};

struct why {                  /* zeroed = empty */
    char *state;              /* NULL: nothing of the row is sealed */
    struct why_group *groups; /* all, or those of one column */
    size_t group_count;
    struct why_writes deletes;
    struct why_writes pending;  /* of the groups; newest last; value and `columns` below */
    char **pending_columns;     /* the column of each; NULL = the whole row was deleted */
    char *held, *against_table; /* held: the reason */
    sqlite3_value *against_key;
    struct why_delivery *deliveries;
    size_t delivery_count;
};

/* Read it; `column` NULL = all. -1 = done; else what went wrong has been reported, and it is the exit code. Release it in both cases. */
int why_read(struct why *out, sqlite3 *db, const char *table, const struct row_key *key, const char *column);
void why_release(struct why *why);
/* Print it for people (whytext.c); `column`: as it was read. */
void why_text(const struct why *why, const char *table, const struct row_key *key, const char *column);
/* Print it as one JSON object (whyjson.c). */
void why_json(const struct why *why, const char *table, const struct row_key *key);
/* Is `column` among comma separated names? */
bool why_names(const char *columns, const char *column);

#endif
