/* failure.h — how the program says that something went wrong, and with which exit code.
 *
 * A failure has three parts on stderr: what happened, whether the data is safe, what to do. Contents of rows never appear in it. */
#ifndef JEMPUT_SHARED_FAILURE_H
#define JEMPUT_SHARED_FAILURE_H

#include <sqlite3.h>

#include <jemput/error.h>

#include "json.h"

enum { EXIT_OK = 0, EXIT_PROBLEMS = 1, EXIT_USAGE = 2, EXIT_STATUS = 10 /* + enum jemput_status */ };

int failure_code(enum jemput_status status);
/* Print and give the exit code. What the engine calls misuse is wrong use of the program. */
int failure_status(const struct jemput_error *err);
/* The same where the command knows the cause better than the code does: its sentences say all three parts. */
int failure_told(enum jemput_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Members status, error, advice of the object that is open. */
void failure_json(struct json *j, const struct jemput_error *err);
/* An error of the connection; `doing` is put in front. Where the statement is at fault it is EXIT_PROBLEMS. */
int failure_sql(sqlite3 *db, const char *doing);
/* A system call on a file failed: errno says why. */
struct jemput_error failure_file_error(const char *path, int error_number);
int failure_file(const char *path, int error_number);
/* Wrong use: the sentence, and a pointer to --help of `command` (NULL = of the program). */
int failure_usage(const char *command, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What the user asked for cannot be done; nothing was. */
int failure_problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
