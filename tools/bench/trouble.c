/* trouble.c — see trouble.h. */
#include "trouble.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void trouble(const char *fmt, ...)
{
    va_list args;

    fputs("jemput-bench: ", stderr);
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
    exit(1);
}

void must(enum jemput_status status, const struct jemput_error *err, const char *what)
{
    if (status)
        trouble("%s: %s", what, err->text);
}

void must_sqlite(int rc, sqlite3 *db, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_ROW && rc != SQLITE_DONE)
        trouble("%s: %s", what, sqlite3_errmsg(db));
}
