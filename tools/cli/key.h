/* key.h — the columns of a table's primary key. */
#ifndef JEMPUT_CLI_KEY_H
#define JEMPUT_CLI_KEY_H

#include <sqlite3.h>

enum { KEY_COLUMNS_MAX = 16 };

struct key_column {
    char *name, *type; /* as declared; "" = without a type */
};

struct key { /* in key order; zeroed = empty */
    unsigned count;
    struct key_column columns[KEY_COLUMNS_MAX];
};

/* Release `out`. A table that is not there, or a view, has none. */
void key_read(struct key *out, sqlite3 *db, const char *table);
void key_release(struct key *key);

#endif
