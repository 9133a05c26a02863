/* api/space/short.h — short invitations, inside this room. */
#ifndef JEMPUT_API_SPACE_SHORT_H
#define JEMPUT_API_SPACE_SHORT_H

#include "api/engine.h"
#include "identity/short.h"

struct engine_short_hub { /* where it is made whole */
    struct jemput_env *env;
    const char *path;         /* NULL = where the invitation says */
    struct jemput_http *http; /* NULL = the program's client */
};

/* What a short invitation stands for, with what it names read from its hub and checked. Bytes in `arena`, or borrowed from `hub`.
 *   JEMPUT_OFFLINE   the hub, or what is named, is not there   JEMPUT_DENIED   the hub has something else in its place
 *   else as jemput_short_read() */
enum jemput_status engine_short_whole(struct jemput_invitation *out, struct jemput_bytes text, const struct engine_short_hub *hub,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
