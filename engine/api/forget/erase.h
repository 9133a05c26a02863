/* api/forget/erase.h — rows that are forgotten leave this store. When: a checkpoint that covers the records `forget` is signed and backed up. How:
 * what it covers is cut off (checkpoint/cut.c), spent keys are destroyed (spent.h), the file is written anew. The device's own log says so then. */
#ifndef JEMPUT_API_FORGET_ERASE_H
#define JEMPUT_API_FORGET_ERASE_H

#include "api/checkpoint/checkpoint.h"
#include "api/forget/forget.h"

#define FACT_FORGOTTEN_EDITS "forgotten edits" /* 1: changes of forgotten rows came in since this store erased all there was */
#define FACT_ERASE_WAITS "erase waits" /* 32 bytes: segment of the checkpoint up to which this store has erased, while such a change lies behind it */

/* Does a data segment that is here, and can be read, write to a row that is forgotten? Also outside of a transaction. */
enum jemput_status engine_segment_touches(struct jemput *j, const struct jemput_segment *segment, bool *out,
                                          struct jemput_error *err) JEMPUT_MUST_USE;
/* Does the data of a covered segment stay all the same: because some of it was refused, and nothing in it is forgotten? */
enum jemput_status engine_segment_stays(struct jemput *j, const struct jemput_segment *segment, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does some segment that the checkpoint does not cover write to a row that is forgotten? */
enum jemput_status engine_touched_behind(struct jemput *j, const struct engine_checkpoint *c, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* A change of a forgotten row was left out: it lies in a log all the same. Inside a transaction. */
enum jemput_status engine_forgotten_edit_note(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* All that the checkpoint lets go is out of this store's file: `all` = and nothing lies behind it. In a transaction of its own. */
enum jemput_status engine_erase_note(struct jemput *j, const struct engine_checkpoint *c, bool all, struct jemput_error *err) JEMPUT_MUST_USE;
/* May this store erase rows now that it has not yet? */
enum jemput_status engine_erase_due(struct jemput *j, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does some checkpoint that this writer has signed to have erased up to cover the segment of this record `forget`? */
enum jemput_status engine_erased_by(struct jemput *j, const struct jemput_writer *writer, int64_t forget, bool *out,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Do it, as a step of a sync: what is in the way is no failure of that. In transactions of its own. */
enum jemput_status engine_erase(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;
/* The part of it that is about keys, in a transaction of its own; before the file is compacted. */
enum jemput_status engine_keys_destroy(struct jemput *j, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
