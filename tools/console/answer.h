/* answer.h — what a route gives: JSON, a file, an error in words. Written whole before the first byte is sent, so that what fails half-way gives an
 * error, not half an answer. */
#ifndef JEMPUT_CONSOLE_ANSWER_H
#define JEMPUT_CONSOLE_ANSWER_H

#include <jemput/jemput.h>

#include "console.h"
#include "json.h"

struct answer {       /* zeroed = nothing yet */
    unsigned status;  /* HTTP; 0 = none yet */
    const char *type; /* static */
    struct json json; /* { "…": is to be written here */
    FILE *memory;     /* where that goes */
    char *data;       /* behind answer_close(): `len` bytes, malloc() */
    size_t len;
    int fd;             /* instead: an open file of `len` bytes, from its beginning; 0 = none */
    char cookie[128];   /* "…": a Set-Cookie header; "" = none */
    char file_name[96]; /* offered for saving; "" = it is shown */
    unsigned retry_s;   /* 0 = not said */
    bool stream;        /* events follow: see events.h */
};

/* Begin one of JSON, status 200; what was written before is dropped. false: no memory. */
bool answer_open(struct answer *a);
/* Begin one of bytes of another kind; write to a->memory. */
bool answer_open_bytes(struct answer *a, const char *type);
/* No more is written: `data` and `len` are there. */
void answer_close(struct answer *a);
void answer_release(struct answer *a);

/* Errors: what was written is dropped. Always false, so that `return answer_error(…)` ends a route. */
struct answer_words {
    const char *text_id, *text_en, *safe_id, *safe_en, *todo_id, *todo_en; /* safe and todo: NULL = the usual ones */
};
bool answer_error(struct answer *a, unsigned status, const char *code, const struct answer_words *words);
/* The same, where more members follow; json_end_object() ends it. false: no memory. */
bool answer_error_begin(struct answer *a, unsigned status, const char *code, const struct answer_words *words);
/* Of an engine call that failed. */
bool answer_engine(struct answer *a, const struct jemput_error *err);
bool answer_status(struct answer *a, enum jemput_status status);
/* 400, with what is wrong of the request, in English. */
bool answer_misuse(struct answer *a, const char *what);
/* The same where people come to it: in both languages. */
bool answer_mistake(struct answer *a, const char *text_id, const char *text_en);
bool answer_not_found(struct answer *a);
bool answer_denied(struct answer *a);
/* Of something that failed inside: `why` goes to stderr, not out. */
bool answer_trouble(struct answer *a, const struct trouble *why);
/* Which HTTP status an engine's code becomes. */
unsigned answer_http_status(enum jemput_status status);

/* {"done":true} */
bool answer_done(struct answer *a);

/* Members of the object that is open, for what json.h has no words for. */
void json_text_or_null(struct json *j, const char *key, const char *text);
/* A column's text with all its bytes, a NUL among them too; NULL is "", or null. */
struct sqlite3_stmt;
void json_column(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column);
void json_column_or_null(struct json *j, const char *key, struct sqlite3_stmt *stmt, int column);
/* A space's trouble: "error" as central wrote it down, for whoever runs the server, and what it means in "error_id" and "error_en"; "" = none. */
void json_space_error(struct json *j, struct sqlite3_stmt *stmt, int column);
void json_number_or_null(struct json *j, const char *key, bool known, int64_t number);
void json_hex(struct json *j, const char *key, const void *bytes, size_t len);

#endif
