/* buffer.c — memory, and text that grows. */
#include "buffer.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "text.h"

void *memory_resize(void *old, size_t count, size_t size)
{
    void *p = size != 0 && count > SIZE_MAX / size ? NULL : realloc(old, count * size + 1);

    if (!p) {
        fprintf(stderr, "jemput: %s\n", jemput_status_advice(JEMPUT_NOMEM, text_language()));
        exit(failure_code(JEMPUT_NOMEM));
    }
    return p;
}

char *memory_copy(const char *text, size_t len)
{
    char *copy = memory_resize(NULL, len + 1, 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

static void buffer_room(struct buffer *b, size_t more)
{
    size_t need = b->len + more + 1;

    if (need <= b->capacity)
        return;
    b->capacity = need < 2 * b->capacity ? 2 * b->capacity : need < 64 ? 64 : need;
    b->data = memory_resize(b->data, b->capacity, 1);
}

void buffer_add(struct buffer *b, const void *data, size_t len)
{
    buffer_room(b, len);
    if (len > 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
    b->data[b->len] = '\0';
}

void buffer_text(struct buffer *b, const char *text)
{
    buffer_add(b, text, strlen(text));
}

void buffer_format(struct buffer *b, const char *format, ...)
{
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len < 0)
        return;
    buffer_room(b, (size_t)len);
    va_start(args, format);
    vsnprintf(b->data + b->len, (size_t)len + 1, format, args);
    va_end(args);
    b->len += (size_t)len;
}

const char *buffer_string(const struct buffer *b)
{
    return b->data ? b->data : "";
}

void buffer_release(struct buffer *b)
{
    free(b->data);
    *b = (struct buffer){ 0 };
}
