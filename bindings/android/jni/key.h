/* key.h — a row, as Java names it: its table, and its key's values with their count before them. */
#ifndef BINDING_KEY_H
#define BINDING_KEY_H

#include "binding.h"

struct key {
    struct text table, packed;
    struct jemput_datum *values; /* borrowed from `packed` */
    unsigned count;
};
/* key_release() it, also after an error.   JEMPUT_MISUSE JEMPUT_NOMEM */
enum jemput_status key_take(JNIEnv *env, jbyteArray table, jbyteArray packed, struct key *out, struct jemput_error *err);
void key_release(struct key *k);

/* Values with their count before them, borrowed from what is read; *values is the caller's to free. */
enum jemput_status values_take(struct unpack *u, struct jemput_datum **values, unsigned *count, struct jemput_error *err);

/* A text of a message, with a NUL behind it; *out is the caller's to free.   JEMPUT_MISUSE it is null, or there is a NUL in it: `what` is named
 * JEMPUT_NOMEM */
enum jemput_status copy_take(struct unpack *u, char **out, const char *what, struct jemput_error *err);

#endif
