/* api/short.h — short invitations, inside this room. */
#ifndef JEMPUT_API_SHORT_H
#define JEMPUT_API_SHORT_H

#include "api/engine.h"
#include "identity/short.h"

/* What a short invitation stands for, with what it names read from its hub (or from `hub`, if that is not NULL) and checked. Bytes in `arena`, or
 * borrowed from `hub`.
 *   JEMPUT_OFFLINE   the hub, or what is named, is not there   JEMPUT_DENIED   the hub has something else in its place
 *   else as jemput_short_read() */
enum jemput_status engine_short_whole(struct jemput_invitation *out, struct jemput_bytes text, const char *hub, struct jemput_env *env,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
