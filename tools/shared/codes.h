/* codes.h — the code lists of the store (v_kode), for finding the code that a cell means. */
#ifndef JEMPUT_SHARED_CODES_H
#define JEMPUT_SHARED_CODES_H

#include <stdbool.h>
#include <sqlite3.h>

struct codes;

/* The list `name`; NULL: it could not be read, the error is in the connection. Owned by the caller: codes_free(). */
struct codes *codes_new(sqlite3 *db, const char *name);
void codes_free(struct codes *codes);
/* The code whose code or label is the cell, compared without case and white space; NULL = none. `mapped`: the code of our list that it means (column
 * peta). Borrowed from the list. */
const char *codes_find(const struct codes *codes, const char *cell, bool mapped);

#endif
