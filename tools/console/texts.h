/* texts.h — percent-encoded texts of a request's head, decoded one behind the other into a room that does not grow. Pure. */
#ifndef JEMPUT_CONSOLE_TEXTS_H
#define JEMPUT_CONSOLE_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

enum { TEXTS_BYTES = 2048 };

struct texts {  /* zeroed = none yet */
    size_t len; /* so much of it is taken, each text's NUL included */
    char bytes[TEXTS_BYTES];
};

/* `len` bytes, decoded, and a NUL behind them. false: they do not fit into `room`, or a NUL is among them; nothing is written behind `room`, and what
 * was written is no text. */
bool text_decode(char *out, size_t room, const char *text, size_t len);
/* One more; it lives as long as `t`. NULL: it has no room, or holds a NUL. */
const char *texts_take(struct texts *t, const char *text, size_t len);

#endif
