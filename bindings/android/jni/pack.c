/* pack.c — packed messages: see pack.h. */
#include "pack.h"

#include <stdlib.h>
#include <string.h>

/* --- writing --- */

void pack_release(struct pack *p)
{
    free(p->data);
    *p = (struct pack){ 0 };
}

void pack_wipe(struct pack *p)
{
    for (volatile unsigned char *at = p->data; at && at < p->data + p->cap; at++)
        *at = 0;
    pack_release(p);
}

void pack_clear(struct pack *p)
{
    p->len = 0;
    p->failed = false;
}

/* Room for so many more bytes; NULL: there is none. */
static unsigned char *pack_room(struct pack *p, size_t len)
{
    size_t cap = p->cap ? p->cap : 256;
    unsigned char *more;

    if (p->failed || len > PACK_BYTES_MAX - p->len) {
        p->failed = true;
        return NULL;
    }
    while (cap < p->len + len)
        cap *= 2;
    if (cap > p->cap) {
        more = realloc(p->data, cap);
        if (!more) {
            p->failed = true;
            return NULL;
        }
        p->data = more;
        p->cap = cap;
    }
    p->len += len;
    return p->data + p->len - len;
}

static void number_put(unsigned char *at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        at[i] = (unsigned char)(v >> 8 * i);
}

static void number(struct pack *p, uint64_t v, unsigned bytes)
{
    unsigned char *at = pack_room(p, bytes);

    if (at)
        number_put(at, v, bytes);
}

void pack_u8(struct pack *p, uint8_t v)
{
    number(p, v, 1);
}

void pack_i32(struct pack *p, int32_t v)
{
    number(p, (uint32_t)v, 4);
}

void pack_i64(struct pack *p, int64_t v)
{
    number(p, (uint64_t)v, 8);
}

void pack_u64(struct pack *p, uint64_t v)
{
    number(p, v, 8);
}

void pack_f64(struct pack *p, double v)
{
    uint64_t bits;

    memcpy(&bits, &v, sizeof bits);
    number(p, bits, 8);
}

void pack_bytes(struct pack *p, const void *data, size_t len)
{
    unsigned char *at;

    if (len > PACK_BYTES_MAX)
        p->failed = true;
    pack_i32(p, data ? (int32_t)len : -1);
    at = data ? pack_room(p, len) : NULL;
    if (at && len)
        memcpy(at, data, len);
}

void pack_text(struct pack *p, const char *text)
{
    pack_bytes(p, text, text ? strlen(text) : 0);
}

void pack_value(struct pack *p, const struct jemput_datum *v)
{
    bool none = v->type == JEMPUT_TYPE_REAL && v->real != v->real;

    pack_u8(p, none ? JEMPUT_TYPE_NULL : (uint8_t)v->type);
    if (v->type == JEMPUT_TYPE_INTEGER)
        pack_i64(p, v->integer);
    else if (v->type == JEMPUT_TYPE_REAL && !none)
        pack_f64(p, v->real);
    else if (v->type == JEMPUT_TYPE_TEXT || v->type == JEMPUT_TYPE_BLOB)
        pack_bytes(p, v->data ? v->data : "", v->len);
}

size_t pack_i32_later(struct pack *p)
{
    pack_i32(p, 0);
    return p->len - 4;
}

void pack_i32_at(struct pack *p, size_t place, int32_t v)
{
    if (!p->failed)
        number_put(p->data + place, (uint32_t)v, 4);
}

/* --- reading --- */

struct unpack unpack_of(const void *data, size_t len)
{
    const unsigned char *at = data ? data : (const unsigned char *)"";

    return (struct unpack){ at, at + (data ? len : 0), false };
}

bool unpack_is_at_end(const struct unpack *u)
{
    return u->rest == u->end;
}

static const unsigned char *unpack_take(struct unpack *u, size_t len)
{
    const unsigned char *at = u->rest;

    if (u->overrun || len > (size_t)(u->end - u->rest)) {
        u->overrun = true;
        return NULL;
    }
    u->rest += len;
    return at;
}

static uint64_t number_take(struct unpack *u, unsigned bytes)
{
    const unsigned char *at = unpack_take(u, bytes);
    uint64_t v = 0;

    for (unsigned i = 0; at && i < bytes; i++)
        v |= (uint64_t)at[i] << 8 * i;
    return v;
}

uint8_t unpack_u8(struct unpack *u)
{
    return (uint8_t)number_take(u, 1);
}

int32_t unpack_i32(struct unpack *u)
{
    return (int32_t)(uint32_t)number_take(u, 4);
}

int64_t unpack_i64(struct unpack *u)
{
    return (int64_t)number_take(u, 8);
}

double unpack_f64(struct unpack *u)
{
    uint64_t bits = number_take(u, 8);
    double v;

    memcpy(&v, &bits, sizeof v);
    return v;
}

const void *unpack_bytes(struct unpack *u, size_t *len)
{
    int32_t count = unpack_i32(u);
    const void *data = NULL;

    *len = 0;
    if (count < -1)
        u->overrun = true;
    if (count >= 0)
        data = unpack_take(u, (size_t)count);
    if (data)
        *len = (size_t)count;
    return data;
}

void unpack_value(struct unpack *u, struct jemput_datum *out)
{
    uint8_t type = unpack_u8(u);

    *out = (struct jemput_datum){ .type = (enum jemput_type)type };
    if (type == JEMPUT_TYPE_INTEGER) {
        out->integer = unpack_i64(u);
    } else if (type == JEMPUT_TYPE_REAL) {
        out->real = unpack_f64(u);
    } else if (type == JEMPUT_TYPE_TEXT || type == JEMPUT_TYPE_BLOB) {
        out->data = unpack_bytes(u, &out->len);
        u->overrun = u->overrun || !out->data;
    } else if (type != JEMPUT_TYPE_NULL) {
        u->overrun = true;
    }
    if (u->overrun)
        *out = (struct jemput_datum){ 0 };
}
