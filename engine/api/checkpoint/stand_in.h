/* api/checkpoint/stand_in.h — a checkpoint in the place of segments that are registered here and cannot be read (checkpoint/stand_in.c). */
#ifndef JEMPUT_API_CHECKPOINT_STAND_IN_H
#define JEMPUT_API_CHECKPOINT_STAND_IN_H

#include "api/engine.h"

/* If the newest checkpoint covers unread segments, is backed up and can be read: let it stand for them. In a transaction of its own. What it holds is
 * compared with the state that central signed when the state is computed anew. */
enum jemput_status engine_stand_in(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
