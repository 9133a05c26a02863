/* store/schema/outward.h — FOREIGN KEYs of replicated tables must lead to replicated tables: what the others have differs from device to device, and
 * so would differ which rows are held.
 *
 * Declarations come in any order, so this is asked when a schema or migration has run, where it is written. What stands in a log is left: its space
 * lives with it. */
#ifndef JEMPUT_STORE_SCHEMA_OUTWARD_H
#define JEMPUT_STORE_SCHEMA_OUTWARD_H

#include "store/internal.h"

struct jemput_outwards {
    struct jemput_buf names; /* child NUL parent NUL, one after the other */
};
#define JEMPUT_OUTWARDS_INIT { JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX) }

/* Add those that there are. */
enum jemput_status jemput_outwards_read(struct jemput_outwards *out, sqlite3 *db, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_outwards_release(struct jemput_outwards *outwards);
/* JEMPUT_DENIED: there is one that is not among `before`. sql: the text that was run, so that the error names the line (NULL: there is none). */
enum jemput_status jemput_outwards_refuse(const struct jemput_outwards *before, sqlite3 *db, const char *sql,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
