/* sim/world/value.h — SQL values as numbers: each distinct value (by type and bits) has one, so that equal values are equal numbers.
 *
 * The oracle's own notion of values; nothing of the engine is used. 0 is NULL. */
#ifndef TESTS_SIM_WORLD_VALUE_H
#define TESTS_SIM_WORLD_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

typedef uint32_t val;

enum value_kind { VALUE_NULL, VALUE_INTEGER, VALUE_REAL, VALUE_TEXT, VALUE_BLOB };

struct value {
    enum value_kind kind;
    int64_t integer;
    double real;
    const char *data; /* text, blob; as given, may hold NULs */
    uint32_t len;
};

void values_clear(void); /* before each run */
val value_take(const struct value *v);
val value_integer(int64_t n);
val value_text(const char *text);
val value_column(sqlite3_stmt *stmt, int column);
const struct value *value_of(val v); /* valid until values_clear */

/* Text for messages; static, of a few calls. */
const char *value_print(val v);
/* As SQL writes it, appended. */
void value_sql(sqlite3_str *out, val v);

/* Canonical bytes of a row key, and their order: schema/formats/pending.md, "Key". Returns the length; 0 = it does not fit. */
size_t key_bytes(uint8_t *out, size_t room, const val *values, unsigned count);

#endif
