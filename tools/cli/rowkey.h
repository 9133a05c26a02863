/* rowkey.h — a row named on the command line: TABLE KEY…, the key's values in the types that its columns declare. */
#ifndef JEMPUT_CLI_ROWKEY_H
#define JEMPUT_CLI_ROWKEY_H

#include <jemput/jemput.h>

#include "buffer.h"
#include "key.h"

struct row_key { /* zeroed = empty */
    struct jemput_datum values[KEY_COLUMNS_MAX]; /* point into `bytes` */
    struct buffer bytes[KEY_COLUMNS_MAX];
    unsigned count;
};

/* `words`: the key's values. -1 = done; else what was wrong has been reported, and it is the exit code. Release it in both cases. */
int row_key_read(struct row_key *out, struct jemput *jemput, const char *command, const char *table, char **words, unsigned count);
void row_key_release(struct row_key *key);

#endif
