/* hold.h — why rows are held, and what stands in their way, as the view jemput_held has it. */
#ifndef JEMPUT_CLI_HOLD_H
#define JEMPUT_CLI_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <sqlite3.h>

#include <jemput/jemput.h>

#include "buffer.h"

struct hold { /* text is owned; NULL = none */
    char *table, *reason, *against_table, *label;
    sqlite3_value *key, *against_key; /* as the views have keys */
};

struct holds { /* zeroed = empty */
    struct hold *of;
    size_t count, next; /* next: where holds_find() begins to look */
    bool one_by_one;    /* they are too many to be read at once: holds_find() asks for each, and what it gave last is gone */
};

/* All of them, in the order of jemput_held_rows(). -1 = done; else what went wrong has been reported, and it is the exit code. Release it in both. */
int holds_read(struct holds *out, sqlite3 *db);
/* Of one row alone, if it is held; what was read before is released. false: it cannot be told, and the error is in the connection. */
bool holds_read_row(struct holds *out, sqlite3 *db, const char *table, const struct jemput_datum *key, unsigned key_count);
/* Of one row; NULL: it is not among them. */
const struct hold *holds_find(struct holds *holds, sqlite3 *db, const char *table, const struct jemput_datum *key, unsigned key_count);
void holds_release(struct holds *holds);

/* The constraint in words: "sudah ada baris lain dengan isian yang sama". */
const char *hold_words(const char *reason);
/* "permohonan 0f3a…": the row in its way; nothing if there is none. */
void hold_against_write(struct buffer *out, const struct hold *hold);

#endif
