/* buffer.h — memory of the program. Without memory it says so and ends: an open transaction is then rolled back by SQLite: nothing is half done. */
#ifndef JEMPUT_SHARED_BUFFER_H
#define JEMPUT_SHARED_BUFFER_H

#include <stddef.h>

/* realloc() for `count` things of `size` bytes that never returns NULL. Owned by the caller: free(). */
void *memory_resize(void *old, size_t count, size_t size);
char *memory_copy(const char *text, size_t len);

struct buffer { /* text that grows; data is NUL-terminated once anything was added. Zeroed = empty */
    char *data;
    size_t len, capacity;
};
void buffer_add(struct buffer *b, const void *data, size_t len);
void buffer_text(struct buffer *b, const char *text);
void buffer_format(struct buffer *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* The text, "" if nothing was added. */
const char *buffer_string(const struct buffer *b);
void buffer_release(struct buffer *b);

#endif
