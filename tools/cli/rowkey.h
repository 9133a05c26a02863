/* rowkey.h — a row named on the command line: TABLE KEY…, the key's values in the types that its columns declare. */
#ifndef JEMPUT_CLI_ROWKEY_H
#define JEMPUT_CLI_ROWKEY_H

#include <jemput/jemput.h>
#include <sqlite3.h>

#include "buffer.h"
#include "key.h"

struct row_key {                                 /* zeroed = empty */
    struct jemput_datum values[KEY_COLUMNS_MAX]; /* point into `bytes` */
    struct buffer bytes[KEY_COLUMNS_MAX];
    unsigned count;
    sqlite3_value *found; /* of a key of which the beginning was named: what its value points into */
};

/* `words`: the key's values; of a key of one column its beginning is enough, with "..." or "…" behind it, if no other row that is shown or held has
 * it. -1 = done; else what was wrong has been reported, and it is the exit code. Release it in both cases. */
int row_key_read(struct row_key *out, struct jemput *jemput, const char *command, const char *table, char **words, unsigned count);
void row_key_release(struct row_key *key);
/* A key as the views take it (schema/views.md, "Keys"). NULL: it could not be made, and the error is in the connection. Owned by the caller:
 * sqlite3_value_free(). */
sqlite3_value *row_key_value(sqlite3 *db, const struct jemput_datum *values, unsigned count);

#endif
