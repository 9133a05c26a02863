/* jemput/base.h — the handle, and what several calls share: an SQL value, who made a write.
 *
 * Callbacks: what they are given is borrowed until they return; non-zero from one ends the call, with JEMPUT_OK, unless it says otherwise; they
 * must not call the engine with the same handle: what would write by it gives JEMPUT_MISUSE, and nothing is done. jemput_beside() gives another. */
#ifndef JEMPUT_BASE_H
#define JEMPUT_BASE_H

#include <stddef.h>
#include <stdint.h>

#include <jemput/error.h>

struct jemput;
struct jemput_env; /* the outside world: clock, randomness, files. NULL everywhere = the real one; another is for the engine's own tests */

/* "0.1.0"; static. */
JEMPUT_API const char *jemput_version(void);

enum jemput_type { JEMPUT_TYPE_NULL = 0, JEMPUT_TYPE_INTEGER = 1, JEMPUT_TYPE_REAL = 2, JEMPUT_TYPE_TEXT = 3, JEMPUT_TYPE_BLOB = 4 };
struct jemput_datum { /* one SQL value; bytes borrowed for the call */
    enum jemput_type type;
    int64_t integer;
    double real;
    const void *data;
    size_t len;
};

/* Who made a write. */
struct jemput_origin {
    char writer[33];        /* "" = nobody: it came with the schema */
    uint32_t device_number; /* 0 = unknown */
    const char *roles;
    int64_t claimed_ms; /* the writer's clock: claimed, never trusted */
    uint64_t segment;   /* number in the writer's log; 0 = pending on this device */
    int receipt;        /* 1 = covered by a receipt known here */
};

/* Free what a call gave to the caller; NULL is allowed. */
JEMPUT_API void jemput_text_free(char *text);
#endif
