/* failure.c — messages on stderr and exit codes. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "terminal.h"
#include "text.h"

int failure_code(enum jemput_status status)
{
    return status == JEMPUT_OK ? EXIT_OK : EXIT_STATUS + (int)status;
}

static void say(const char *text)
{
    terminal_style(stderr, TERMINAL_RED);
    fputs("jemput: ", stderr);
    terminal_style(stderr, TERMINAL_PLAIN);
    terminal_text(stderr, text, strlen(text));
    fputc('\n', stderr);
}

int failure_status(const struct jemput_error *err)
{
    progress_end();
    fflush(stdout);
    say(err->text);
    fprintf(stderr, "%s\n", jemput_status_advice(err->status, text_language()));
    return failure_code(err->status);
}

static enum jemput_status sql_status(int code)
{
    switch (code & 0xff) {
    case SQLITE_FULL:
        return JEMPUT_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return JEMPUT_BUSY;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return JEMPUT_IO;
    case SQLITE_NOMEM:
        return JEMPUT_NOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return JEMPUT_CORRUPT;
    case SQLITE_AUTH:
    case SQLITE_PERM:
    case SQLITE_READONLY:
        return JEMPUT_DENIED;
    case SQLITE_TOOBIG:
        return JEMPUT_LIMIT;
    default:
        return JEMPUT_OK; /* a mistake in the SQL, or a constraint: nothing that the engine has an advice for */
    }
}

int failure_sql(sqlite3 *db, const char *doing)
{
    struct jemput_error err = { .status = sql_status(sqlite3_errcode(db)) };

    snprintf(err.text, sizeof err.text, "%s: %s", doing, sqlite3_errmsg(db));
    if (err.status != JEMPUT_OK)
        return failure_status(&err);
    progress_end();
    fflush(stdout);
    say(err.text);
    return EXIT_PROBLEMS;
}

int failure_file(const char *path, int error_number)
{
    struct jemput_error err = { .status = JEMPUT_IO };

    if (error_number == ENOENT || error_number == ENOTDIR)
        err.status = JEMPUT_NOTFOUND;
    else if (error_number == EEXIST)
        err.status = JEMPUT_EXISTS;
    else if (error_number == ENOSPC || error_number == EDQUOT)
        err.status = JEMPUT_FULL;
    else if (error_number == EACCES || error_number == EPERM || error_number == EROFS)
        err.status = JEMPUT_DENIED;
    snprintf(err.text, sizeof err.text, "%s: %s", path, strerror(error_number));
    return failure_status(&err);
}

int failure_usage(const char *command, const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say(text);
    if (command)
        fprintf(stderr, T("Lihat: jemput %s --help\n", "See: jemput %s --help\n"), command);
    else
        fputs(T("Lihat: jemput --help\n", "See: jemput --help\n"), stderr);
    return EXIT_USAGE;
}

int failure_problem(const char *format, ...)
{
    char text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    progress_end();
    fflush(stdout);
    say(text);
    return EXIT_PROBLEMS;
}
