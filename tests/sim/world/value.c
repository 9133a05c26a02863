/* sim/world/value.c — see value.h. */
#include "value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

#define SLOTS 32768u /* a run has a few thousand values */
#define BYTES_PIECE ((size_t)1 << 20)

static struct value values[SLOTS / 2]; /* [0] is NULL */
static uint32_t count = 1;
static uint32_t slots[SLOTS];
static uint32_t used[SLOTS]; /* which slots to clear */
static uint32_t used_count;

static struct piece {
    struct piece *next;
    size_t used;
    char data[BYTES_PIECE];
} * pieces;

static char *bytes_keep(const char *data, size_t len)
{
    char *at;

    if (len + 1 > BYTES_PIECE)
        failure("a value of %zu bytes", len);
    if (!pieces || pieces->used + len + 1 > BYTES_PIECE) {
        struct piece *p = malloc(sizeof *p);

        if (!p)
            abort();
        p->next = pieces;
        p->used = 0;
        pieces = p;
    }
    at = pieces->data + pieces->used;
    if (len)
        memcpy(at, data, len);
    at[len] = '\0';
    pieces->used += len + 1;
    return at;
}

void values_clear(void)
{
    for (uint32_t i = 0; i < used_count; i++)
        slots[used[i]] = 0;
    used_count = 0;
    while (pieces && pieces->next) {
        struct piece *gone = pieces;

        pieces = pieces->next;
        free(gone);
    }
    if (pieces)
        pieces->used = 0;
    count = 1;
}

static uint32_t value_hash(const struct value *v)
{
    uint64_t h = 0xcbf29ce484222325u ^ (uint64_t)v->kind, bits = (uint64_t)v->integer;

    if (v->kind == VALUE_REAL)
        memcpy(&bits, &v->real, sizeof bits);
    h = (h ^ bits) * 0x100000001b3u;
    for (uint32_t i = 0; i < v->len; i++)
        h = (h ^ (uint8_t)v->data[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ h >> 29);
}

static bool value_same(const struct value *a, const struct value *b)
{
    return a->kind == b->kind && a->integer == b->integer && memcmp(&a->real, &b->real, sizeof a->real) == 0 && a->len == b->len &&
           (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

val value_take(const struct value *v)
{
    uint32_t slot = value_hash(v) & (SLOTS - 1);

    if (v->kind == VALUE_NULL)
        return 0;
    for (; slots[slot]; slot = (slot + 1) & (SLOTS - 1))
        if (value_same(&values[slots[slot]], v))
            return slots[slot];
    if (count >= SLOTS / 2)
        failure("more than %u distinct values", SLOTS / 2);
    values[count] = *v;
    if (v->kind == VALUE_TEXT || v->kind == VALUE_BLOB)
        values[count].data = bytes_keep(v->data, v->len);
    used[used_count++] = slot;
    slots[slot] = count;
    return count++;
}

val value_integer(int64_t n)
{
    return value_take(&(struct value){ .kind = VALUE_INTEGER, .integer = n });
}

val value_text(const char *text)
{
    return value_take(&(struct value){ .kind = VALUE_TEXT, .data = text, .len = (uint32_t)strlen(text) });
}

val value_column(sqlite3_stmt *stmt, int column)
{
    struct value v = { .kind = VALUE_NULL };

    switch (sqlite3_column_type(stmt, column)) {
    case SQLITE_NULL:
        return 0;
    case SQLITE_INTEGER:
        v.kind = VALUE_INTEGER;
        v.integer = sqlite3_column_int64(stmt, column);
        break;
    case SQLITE_FLOAT:
        v.kind = VALUE_REAL;
        v.real = sqlite3_column_double(stmt, column);
        break;
    case SQLITE_TEXT:
        v.kind = VALUE_TEXT;
        v.data = (const char *)sqlite3_column_text(stmt, column);
        break;
    default:
        v.kind = VALUE_BLOB;
        v.data = sqlite3_column_blob(stmt, column);
        break;
    }
    if (v.kind == VALUE_TEXT || v.kind == VALUE_BLOB)
        v.len = (uint32_t)sqlite3_column_bytes(stmt, column);
    return value_take(&v);
}

const struct value *value_of(val v)
{
    return &values[v];
}

const char *value_print(val v)
{
    static char texts[16][96];
    static unsigned next;
    char *out = texts[next++ % 16];
    const struct value *of = value_of(v);

    if (of->kind == VALUE_NULL)
        snprintf(out, 96, "NULL");
    else if (of->kind == VALUE_INTEGER)
        snprintf(out, 96, "%lld", (long long)of->integer);
    else if (of->kind == VALUE_REAL)
        snprintf(out, 96, "%.17g", of->real);
    else if (of->kind == VALUE_TEXT)
        snprintf(out, 96, "'%.60s'%s", of->data, of->len > 60 ? "…" : "");
    else {
        size_t at = (size_t)snprintf(out, 96, "x'");

        for (uint32_t i = 0; i < of->len && i < 20; i++)
            at += (size_t)snprintf(out + at, 96 - at, "%02x", (unsigned)(uint8_t)of->data[i]);
        snprintf(out + at, 96 - at, "'");
    }
    return out;
}

void value_sql(sqlite3_str *out, val v)
{
    const struct value *of = value_of(v);

    switch (of->kind) {
    case VALUE_NULL:
        sqlite3_str_appendall(out, "NULL");
        break;
    case VALUE_INTEGER:
        sqlite3_str_appendf(out, "%lld", (long long)of->integer);
        break;
    case VALUE_REAL:
        sqlite3_str_appendf(out, "%!.17g", of->real);
        break;
    case VALUE_TEXT:
        sqlite3_str_appendf(out, "%Q", of->data);
        break;
    case VALUE_BLOB:
        sqlite3_str_appendall(out, "x'");
        for (uint32_t i = 0; i < of->len; i++)
            sqlite3_str_appendf(out, "%02x", (unsigned)(uint8_t)of->data[i]);
        sqlite3_str_appendall(out, "'");
        break;
    }
}

/* --- keys --- */

static size_t varint(uint8_t *out, uint64_t n)
{
    size_t len = 0;

    for (; n >= 128; n >>= 7)
        out[len++] = (uint8_t)(n | 128);
    out[len++] = (uint8_t)n;
    return len;
}

size_t key_bytes(uint8_t *out, size_t bytes, const val *key, unsigned key_count)
{
    size_t at = 0;

    for (unsigned i = 0; i < key_count; i++) {
        const struct value *v = value_of(key[i]);

        if (at + v->len + 24 > bytes || v->kind == VALUE_NULL || v->kind == VALUE_REAL)
            return 0;
        out[at++] = (uint8_t)v->kind;
        if (v->kind == VALUE_INTEGER)
            at += varint(out + at, (uint64_t)v->integer << 1 ^ (v->integer < 0 ? UINT64_MAX : 0));
        else {
            at += varint(out + at, v->len);
            if (v->len)
                memcpy(out + at, v->data, v->len);
            at += v->len;
        }
    }
    return at;
}
