/* json.h — writing JSON (RFC 8259), for programs that read what a command found. */
#ifndef JEMPUT_SHARED_JSON_H
#define JEMPUT_SHARED_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jemput/jemput.h>

enum { JSON_DEPTH_MAX = 16 };

struct json { /* { .out = stdout } to begin */
    FILE *out;
    unsigned depth;
    bool filled[JSON_DEPTH_MAX]; /* something stands before: a comma is due */
};

/* `key` is NULL for a member of an array, and for the outermost value. */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_end_array(struct json *j);
void json_text(struct json *j, const char *key, const char *text);
void json_text_of(struct json *j, const char *key, const char *text, size_t len); /* bytes that are no UTF-8 become U+FFFD */
void json_integer(struct json *j, const char *key, int64_t number);
void json_count(struct json *j, const char *key, uint64_t number);
void json_hundredths(struct json *j, const char *key, int64_t number); /* 5417 as 54.17; not negative */
void json_bool(struct json *j, const char *key, bool value);
void json_null(struct json *j, const char *key);
/* An SQL value: NULL, number and text as themselves; a blob as {"blob":"hex"}; infinities as ±1e999. */
void json_datum(struct json *j, const char *key, const struct jemput_datum *datum);
/* {"ms":…,"time":"2022-12-05T07:03:00Z"}; null for 0. */
void json_moment(struct json *j, const char *key, int64_t ms);

#endif
