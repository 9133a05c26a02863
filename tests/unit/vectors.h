/* unit/vectors.h — golden vectors of schema/formats/vectors for tests. The folder is the environment variable JEMPUT_VECTORS, or, if that is not set,
 * schema/formats/vectors below the current folder (the root of the source tree). */
#ifndef TESTS_UNIT_VECTORS_H
#define TESTS_UNIT_VECTORS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define VECTOR_BYTES_MAX (1 << 20)

/* A whole file, in memory of malloc() that is exactly as large, so that sanitizers see a read past its end. Ends the program if there is none. */
static inline struct jemput_bytes vector_load(const char *name)
{
    const char *folder = getenv("JEMPUT_VECTORS");
    static char room[VECTOR_BYTES_MAX];
    char path[4096];
    FILE *file;
    size_t len;
    uint8_t *data;

    snprintf(path, sizeof path, "%s/%s", folder ? folder : "schema/formats/vectors", name);
    file = fopen(path, "rb");
    if (!file) {
        fprintf(stderr, "no golden vector %s: set JEMPUT_VECTORS to the folder schema/formats/vectors\n", path);
        exit(1);
    }
    len = fread(room, 1, sizeof room, file);
    fclose(file);
    data = malloc(len ? len : 1);
    if (!data)
        exit(1);
    memcpy(data, room, len);
    return jemput_bytes_of(data, len);
}

static inline void vector_free(struct jemput_bytes vector)
{
    union { const uint8_t *borrowed; void *owned; } data = { .borrowed = vector.data };

    free(data.owned);
}

/* The next line that is not a comment, NUL-terminated and without its newline, in `line`; false at the end. `rest` moves on. */
static inline int vector_line(struct jemput_bytes *rest, char *line, size_t size)
{
    while (rest->len) {
        const uint8_t *end = memchr(rest->data, '\n', rest->len);
        size_t len = end ? (size_t)(end - rest->data) : rest->len;
        int comment = len == 0 || rest->data[0] == '#';

        if (!comment && len < size) {
            memcpy(line, rest->data, len);
            line[len] = '\0';
        }
        *rest = jemput_bytes_of(rest->data + len + (end ? 1 : 0), rest->len - len - (end ? 1 : 0));
        if (!comment)
            return len < size;
    }
    return 0;
}

/* Hex of any length ("-" = none) into `out`; returns the length, or ends the program. */
static inline size_t vector_hex(uint8_t *out, size_t size, const char *hex)
{
    size_t len = strlen(hex) / 2;

    if (strcmp(hex, "-") == 0)
        return 0;
    if (len > size || !jemput_hex_decode(out, len, jemput_bytes_str(hex))) {
        fprintf(stderr, "golden vector: bad hex '%s'\n", hex);
        exit(1);
    }
    return len;
}

#endif
