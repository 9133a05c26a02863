/* api/fork/carry.h — logs that this store sends besides its own. */
#ifndef JEMPUT_API_FORK_CARRY_H
#define JEMPUT_API_FORK_CARRY_H

#include "api/engine.h"

enum jemput_status engine_carry_add(struct jemput *j, const struct jemput_writer *writer, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_carried(struct jemput *j, struct jemput_writer **out, uint32_t *count, struct jemput_arena *arena,
                                  struct jemput_error *err) JEMPUT_MUST_USE;

#endif
