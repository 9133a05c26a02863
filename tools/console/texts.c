/* texts.c — see texts.h. */
#include "texts.h"

#include <string.h>

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
}

bool text_decode(char *out, size_t room, const char *text, size_t len)
{
    size_t n = 0;

    if (room == 0)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
            c = (char)(16 * hex_digit(text[i + 1]) + hex_digit(text[i + 2]));
            i += 2;
        }
        if (c == '\0' || n + 1 >= room)
            return false;
        out[n++] = c;
    }
    out[n] = '\0';
    return true;
}

const char *texts_take(struct texts *t, const char *text, size_t len)
{
    char *out = t->bytes + t->len;

    if (t->len >= sizeof t->bytes || !text_decode(out, sizeof t->bytes - t->len, text, len))
        return NULL;
    t->len += strlen(out) + 1;
    return out;
}
