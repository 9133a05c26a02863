/* trouble.h — a benchmark that cannot go on says why and ends. */
#ifndef JEMPUT_BENCH_TROUBLE_H
#define JEMPUT_BENCH_TROUBLE_H

#include <jemput/error.h>

typedef struct sqlite3 sqlite3;

/* Print "jemput-bench: …" and exit with 1. */
void trouble(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
/* The same unless the call went well. */
void must(enum jemput_status status, const struct jemput_error *err, const char *what);
void must_sqlite(int rc, sqlite3 *db, const char *what); /* SQLITE_OK, SQLITE_ROW and SQLITE_DONE are well */

#endif
