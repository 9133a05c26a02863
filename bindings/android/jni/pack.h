/* pack.h — messages between C and Java as one array of bytes: a writer, and a reader of values. No JNI in here.
 *
 * Numbers are little-endian and have no padding: i32, i64, f64 (IEEE 754). A text or blob is i32 length and its bytes, -1 = NULL. A value is u8 type
 * (enum jemput_type), then nothing, i64, f64 or text. Lists have their count (i32) in front, rows and bound values have not: their reader knows. The
 * other half is Packed and Packer in Java. */
#ifndef BINDING_PACK_H
#define BINDING_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jemput/base.h>

#define PACK_BYTES_MAX ((size_t)1 << 30) /* what an array of Java's can surely be */

/* Zeroed = empty. What does not fit into memory, or is above the limit, is noted in `failed` and changes nothing else: look once, at the end. */
struct pack {
    unsigned char *data;
    size_t len, cap;
    bool failed;
};

void pack_release(struct pack *p);
void pack_wipe(struct pack *p); /* the same, of what was secret */
void pack_clear(struct pack *p); /* keeps its memory */
void pack_u8(struct pack *p, uint8_t v);
void pack_i32(struct pack *p, int32_t v);
void pack_i64(struct pack *p, int64_t v);
void pack_u64(struct pack *p, uint64_t v); /* as i64 */
void pack_f64(struct pack *p, double v);
void pack_bytes(struct pack *p, const void *data, size_t len); /* data NULL = NULL; an empty one is not NULL */
void pack_text(struct pack *p, const char *text);              /* NULL = NULL */
void pack_value(struct pack *p, const struct jemput_datum *v); /* NaN = NULL, as in SQLite */
/* A place for a number that is known later: a count. */
size_t pack_i32_later(struct pack *p);
void pack_i32_at(struct pack *p, size_t place, int32_t v);

/* A read past the end, or of a length that is none, gives zero and stays noted in `overrun`. */
struct unpack {
    const unsigned char *rest, *end;
    bool overrun;
};

struct unpack unpack_of(const void *data, size_t len);
bool unpack_is_at_end(const struct unpack *u);
uint8_t unpack_u8(struct unpack *u);
int32_t unpack_i32(struct unpack *u);
int64_t unpack_i64(struct unpack *u);
double unpack_f64(struct unpack *u);
/* Borrowed from what is read; NULL = NULL. An empty one has a pointer. */
const void *unpack_bytes(struct unpack *u, size_t *len);
/* Borrowed; an unknown type is an overrun. */
void unpack_value(struct unpack *u, struct jemput_datum *out);

#endif
