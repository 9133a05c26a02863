/* api/checkpoint/generation.h — generations of the own log. Inside a store transaction, where it does not say otherwise. */
#ifndef JEMPUT_API_CHECKPOINT_GENERATION_H
#define JEMPUT_API_CHECKPOINT_GENERATION_H

#include "api/engine.h"

/* Of the own segment `number`, which is about to be sealed: its log's generation, and whether it is the first of it. Notes it. */
enum jemput_status engine_generation_next(struct jemput *j, uint64_t number, uint32_t *generation, bool *root,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Own segments up to this number are covered by the checkpoint that stands for what was cut off here; 0 = none. Also outside of a transaction. */
enum jemput_status engine_own_covered(struct jemput *j, uint64_t *number, struct jemput_error *err) JEMPUT_MUST_USE;
/* The own log's as it is, and the number of its first segment. */
enum jemput_status engine_generation(struct jemput *j, uint32_t *generation, uint64_t *first, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
