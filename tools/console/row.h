/* row.h — a row that an address or a body names: found only where the account may see it. */
#ifndef JEMPUT_CONSOLE_ROW_H
#define JEMPUT_CONSOLE_ROW_H

#include "buffer.h"
#include "gloss.h"
#include "route.h"

enum { ROW_KEY_COLUMNS_MAX = 8, ROW_TEXT_BYTES = 1400 };

struct row { /* zeroed = empty; release */
    const struct reach_space *reach;
    int64_t space;
    char tbl[80];
    char text[ROW_TEXT_BYTES];                       /* the key as addresses have it */
    struct jemput_datum key;                         /* as column "key" of central.db's tables has it */
    struct jemput_datum values[ROW_KEY_COLUMNS_MAX]; /* of the key's columns: for the engine */
    unsigned count;
    char *columns[ROW_KEY_COLUMNS_MAX];
    char kel[SCOPE_BYTES]; /* its region; "" = unknown */
    struct buffer bytes[ROW_KEY_COLUMNS_MAX + 1];
};
/* false, answered by 404: no such table, no key of it, or a row that the account may not see; whether it is there is not looked at, but for its
 * region. */
bool row_read(struct request *q, struct row *out, const struct reach_space *reach, const char *tbl, const char *key);
void row_release(struct row *row);
/* A statement that gives the row from its table, at its row already; NULL: it is not there. Finalize it. */
struct sqlite3_stmt *row_select(struct request *q, const struct row *row);
/* The object of its columns, but "space". */
void row_json(struct json *j, const char *key, struct sqlite3_stmt *stmt, const char *tbl, struct gloss *g);
/* The same of the columns from `from` on. */
void row_json_from(struct json *j, const char *key, struct sqlite3_stmt *stmt, int from, const char *tbl, struct gloss *g);
/* The object of all its columns, by their names. */
void row_json_whole(struct json *j, const char *key, struct sqlite3_stmt *stmt);
/* Bind the key to a statement's parameter. */
void row_bind_key(struct sqlite3_stmt *stmt, int at, const struct row *row);
void datum_bind(struct sqlite3_stmt *stmt, int at, const struct jemput_datum *value);

/* A value in the form of schema/views.md ("x'0f…'" is a BLOB, "t'…" a text). `bytes` holds what it points to. */
struct jemput_datum form_datum(struct sqlite3_stmt *stmt, int column, struct buffer *bytes);
/* The object of values as conflict_.value and held_.row have it. */
void values_json(struct json *j, const char *key, struct reader *r, const char *text, const char *tbl, struct gloss *g);

/* Pages: `after` of lists is base64url of a JSON array. Bind its members to parameters from `at` on; NULL = nothing was given: all are NULL. false,
 * answered: it is none. */
bool page_after(struct request *q, struct sqlite3_stmt *stmt, int at, unsigned count);
/* Members after, more, total: `more`: there is; the columns of `stmt` from `from` on are where the next page begins. total below 0: null. */
void page_end(struct json *j, bool more, const char *after, int64_t total);
/* A JSON array of the columns, as `after` has it. Owned by the caller: free(). */
char *page_here(struct sqlite3_stmt *stmt, int from, unsigned count);

#endif
