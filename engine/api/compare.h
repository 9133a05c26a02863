/* api/compare.h — the state that central signs, and whether it is that of this store. */
#ifndef JEMPUT_API_COMPARE_H
#define JEMPUT_API_COMPARE_H

#include "api/engine.h"

/* At central, and if it costs little: put the hash of the state into the header of a control segment without records whose frontier says all that was
 * merged here. Inside a store transaction, with nothing pending. */
enum jemput_status engine_state_say(struct jemput *j, struct jemput_header *header, struct jemput_error *err) JEMPUT_MUST_USE;
/* At the end of a sync: compare with what central stated, if just that has been merged here, and note what came of it. Outside a transaction. */
enum jemput_status engine_state_compare(struct jemput *j, struct jemput_sync_report *report, struct jemput_error *err) JEMPUT_MUST_USE;

/* Note, under this fact, that central signed another state with `segment` than is here; with two equal ones, that it did not. Inside a
 * transaction. */
enum jemput_status engine_difference_note(struct jemput *j, const char *fact, const struct jemput_segment *segment, const struct jemput_hash *theirs,
                                          const struct jemput_hash *ours, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
