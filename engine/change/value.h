/* change/value.h — one SQL value, as SQLite knows it, and its canonical bytes.
 *
 * Text and blobs borrow their bytes (from an arena, an input buffer, or a statement, as the owner of the value says). Equality is by type and bits:
 * 1 and 1.0 differ, -0.0 and 0.0 differ, NULL equals NULL. NaN does not exist (SQLite stores it as NULL). Bytes: schema/formats/pending.md,
 * "Value". */
#ifndef JEMPUT_CHANGE_VALUE_H
#define JEMPUT_CHANGE_VALUE_H

#include "base/alloc.h"
#include "base/bytes.h"

enum jemput_value_type { JEMPUT_NULL = 0, JEMPUT_INTEGER = 1, JEMPUT_REAL = 2, JEMPUT_TEXT = 3, JEMPUT_BLOB = 4 };

struct jemput_value {
    enum jemput_value_type type;
    union { /* one of them, by type: a segment holds tens of thousands of cells, so their size is felt */
        int64_t integer;           /* JEMPUT_INTEGER */
        double real;               /* JEMPUT_REAL */
        struct jemput_bytes bytes; /* JEMPUT_TEXT (UTF-8 as given, may hold NULs), JEMPUT_BLOB */
    };
};

bool jemput_value_equal(const struct jemput_value *a, const struct jemput_value *b);
/* Total order over all values, independent of locale and machine: type first, then value (reals by number, -0.0 before 0.0). */
int jemput_value_compare(const struct jemput_value *a, const struct jemput_value *b);
bool jemput_value_copy(struct jemput_value *out, const struct jemput_value *in, struct jemput_arena *arena); /* false = no memory */

/* One type byte, then: nothing | zigzag | 8 bytes LE IEEE 754 | sized bytes. */
void jemput_value_write(struct jemput_buf *out, const struct jemput_value *v);
/* Borrows from the reader's input. An unknown type, NaN, or a length above JEMPUT_VALUE_BYTES_MAX sets r->overrun. */
void jemput_value_read(struct jemput_reader *r, struct jemput_value *out);
/* The same without the type byte, for formats that have the type elsewhere. */
void jemput_value_write_body(struct jemput_buf *out, const struct jemput_value *v);
void jemput_value_read_body(struct jemput_reader *r, unsigned type, struct jemput_value *out);

#endif
