/* trouble.c — why a step of the service failed: one form for the engine's, SQLite's and our own reasons. And the two clocks. */
#include "central.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <time.h>

#include <jemput/jemput.h>

int trouble_set(struct trouble *why, enum trouble_kind kind, const char *format, ...)
{
    va_list args;

    why->kind = kind;
    va_start(args, format);
    vsnprintf(why->text, sizeof why->text, format, args);
    va_end(args);
    return -1;
}

int trouble_engine(struct trouble *why, const char *doing, const struct jemput_error *err)
{
    enum trouble_kind kind = jemput_status_retryable(err->status) ? TROUBLE_LATER : TROUBLE_BROKEN;

    if (err->status == JEMPUT_CANCELLED)
        kind = TROUBLE_STOPPED;

    return trouble_set(why, kind, "%s: %s: %s", doing, jemput_status_name(err->status), err->text);
}

/* Which of SQLite's codes go away by themselves. */
static bool passes(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_SCHEMA:
    case SQLITE_PROTOCOL:
    case SQLITE_INTERRUPT:
        return true;
    default:
        return false;
    }
}

int trouble_sqlite(struct trouble *why, const char *doing, struct sqlite3 *db)
{
    return trouble_set(why, passes(sqlite3_errcode(db)) ? TROUBLE_LATER : TROUBLE_BROKEN, "%s: %s", doing, sqlite3_errmsg(db));
}

int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t monotonic_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
