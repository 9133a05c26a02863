/* body.h — the JSON of a request. The only place that knows jansson. Names are checked by whoever asks for them; what nobody asks for is passed
 * over. */
#ifndef JEMPUT_CONSOLE_BODY_H
#define JEMPUT_CONSOLE_BODY_H

#include <jemput/jemput.h>

#include "console.h"

struct json_t;
/* NULL: it is no JSON object, too deep, or says a name twice. Release it. */
struct json_t *body_read(const char *data, size_t len);
void body_release(struct json_t *body);

/* Borrowed. NULL: it is not there, no text, or has more than `max` bytes, or none where `max` is below 0 (then -max). */
const char *body_text(const struct json_t *body, const char *name, int max);
/* A text, or a whole number as its digits. NULL as body_text(). */
const char *body_word(const struct json_t *body, const char *name, char out[64]);
bool body_flag(const struct json_t *body, const char *name); /* false unless it is true */
/* false: not there, or no whole number in these bounds. */
bool body_number(const struct json_t *body, const char *name, int64_t min, int64_t max, int64_t *out);
/* An array; `count` is 0 if it is not there or none. */
const struct json_t *body_list(const struct json_t *body, const char *name, size_t *count);
/* An object of it; NULL: it is none. */
const struct json_t *body_at(const struct json_t *list, size_t i);
const struct json_t *body_object(const struct json_t *body, const char *name);

struct body_value { /* a value of a row: null, number, text, {"blob":"hex"} */
    struct jemput_datum datum;
    uint8_t bytes[64]; /* of a blob */
};
/* false: it is no such value. The datum's text is borrowed. */
bool body_value(const struct json_t *body, const char *name, struct body_value *out);
/* Each member of an object; non-zero ends it and is the result. */
int body_each(const struct json_t *object, int (*each)(void *ctx, const char *name, const struct body_value *value), void *ctx);

#endif
