/* utf8.h — reading one character of UTF-8. */
#ifndef JEMPUT_SHARED_UTF8_H
#define JEMPUT_SHARED_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The first character of `text`: how many bytes it has; 0 if there is none, or the bytes are no UTF-8 (overlong, surrogate, cut off). */
size_t utf8_read(uint32_t *c, const char *text, size_t len);

#endif
