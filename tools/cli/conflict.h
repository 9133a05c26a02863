/* conflict.h — one conflict, as `jemput conflicts` shows it. */
#ifndef JEMPUT_CLI_CONFLICT_H
#define JEMPUT_CLI_CONFLICT_H

#include <jemput/jemput.h>

#include "json.h"

/* On stdout, for people: which, and each side on a line of its own. */
void conflict_print(const struct jemput_conflict *conflict);
/* Members table, key, identity, columns, sides of the object that is open. */
void conflict_members(struct json *j, const struct jemput_conflict *conflict);

#endif
