/* failure.c — messages on stderr and exit codes. */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
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
    progress_end();
    fflush(stdout);
    terminal_style(stderr, TERMINAL_RED);
    fputs("jemput: ", stderr);
    terminal_style(stderr, TERMINAL_PLAIN);
    terminal_text(stderr, text, strlen(text));
    fputc('\n', stderr);
}

static void say_format(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static void say_format(const char *format, va_list args)
{
    char text[2048];

    vsnprintf(text, sizeof text, format, args);
    say(text);
}

/* What the world refuses has one cause each, and the advice names it: an Indonesian officer needs no English words in front of it. */
static bool advice_says_all(enum jemput_status status)
{
    return strcmp(text_language(), "id") == 0 &&
           (status == JEMPUT_BUSY || status == JEMPUT_OFFLINE || status == JEMPUT_CANCELLED || status == JEMPUT_FULL || status == JEMPUT_NOMEM ||
            status == JEMPUT_LOCKED || status == JEMPUT_UNTRUSTED);
}

static int say_advised(const struct jemput_error *err)
{
    say(err->text);
    fprintf(stderr, "%s\n", jemput_status_advice(err->status, text_language()));
    return failure_code(err->status);
}

int failure_status(const struct jemput_error *err)
{
    if (err->status == JEMPUT_MISUSE)
        return failure_usage(NULL, "%s", err->text);
    if (!advice_says_all(err->status))
        return say_advised(err);
    say(jemput_status_advice(err->status, text_language()));
    return failure_code(err->status);
}

int failure_told(enum jemput_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_format(format, args);
    va_end(args);
    return failure_code(status);
}

void failure_json(struct json *j, const struct jemput_error *err)
{
    json_text(j, "status", jemput_status_name(err->status));
    json_text(j, "error", err->text);
    json_text(j, "advice", jemput_status_advice(err->status, text_language()));
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
    case SQLITE_READONLY:
        return JEMPUT_DENIED;
    default:
        return JEMPUT_OK; /* the statement is at fault, and what SQLite or the engine says of it is the advice */
    }
}

int failure_sql(sqlite3 *db, const char *doing)
{
    struct jemput_error err = { .status = sql_status(sqlite3_errcode(db)) };

    snprintf(err.text, sizeof err.text, "%s: %s", doing, sqlite3_errmsg(db));
    if (err.status != JEMPUT_OK)
        return failure_status(&err);
    say(err.text);
    if ((sqlite3_errcode(db) & 0xff) == SQLITE_AUTH) /* the policy, or what `jemput sql` may not do */
        fprintf(stderr, "%s\n", T("Itu di luar wewenang perangkat ini; tidak ada yang disimpan. Tanyakan administrator.",
                                  "This device may not do that; nothing was saved. Ask an administrator."));
    return EXIT_PROBLEMS;
}

struct file_error {
    int number;
    enum jemput_status status;
    const char *in_indonesian, *in_english;
};

static const struct file_error file_errors[] = {
    { ENOENT, JEMPUT_NOTFOUND, "tidak ada berkas atau folder itu", "there is no such file or folder" },
    { ENOTDIR, JEMPUT_NOTFOUND, "bagian depannya bukan folder", "a part of its path is not a folder" },
    { EISDIR, JEMPUT_NOTFOUND, "ini folder, bukan berkas", "this is a folder, not a file" },
    { EEXIST, JEMPUT_EXISTS, "sudah ada", "there is one already" },
    { ENOSPC, JEMPUT_FULL, "tempat penyimpanan penuh", "no space is left" },
    { EDQUOT, JEMPUT_FULL, "jatah penyimpanan habis", "the quota is used up" },
    { EACCES, JEMPUT_DENIED, "tidak boleh dibuka", "may not be opened" },
    { EPERM, JEMPUT_DENIED, "tidak diizinkan", "not allowed" },
    { EROFS, JEMPUT_DENIED, "tempatnya hanya dapat dibaca", "the place is read-only" },
};

struct jemput_error failure_file_error(const char *path, int error_number)
{
    struct jemput_error err = { .status = JEMPUT_IO };
    const char *why = strerror(error_number);

    for (unsigned i = 0; i < sizeof file_errors / sizeof file_errors[0]; i++)
        if (file_errors[i].number == error_number) {
            err.status = file_errors[i].status;
            why = T(file_errors[i].in_indonesian, file_errors[i].in_english);
        }
    snprintf(err.text, sizeof err.text, "%s: %s", path, why);
    return err;
}

int failure_file(const char *path, int error_number)
{
    struct jemput_error err = failure_file_error(path, error_number);

    return say_advised(&err);
}

int failure_usage(const char *command, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_format(format, args);
    va_end(args);
    if (command)
        fprintf(stderr, T("Lihat: jemput %s --help\n", "See: jemput %s --help\n"), command);
    else
        fputs(T("Lihat: jemput --help\n", "See: jemput --help\n"), stderr);
    return EXIT_USAGE;
}

int failure_problem(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_format(format, args);
    va_end(args);
    return EXIT_PROBLEMS;
}
