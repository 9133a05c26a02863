/* store/causes/frontier.h — the frontier: what has been merged here, as a context. The own log's past is always seen and has no place in it, so that
 * sealing does not move it; where the own log ends is told here, too. */
#ifndef JEMPUT_STORE_CAUSES_FRONTIER_H
#define JEMPUT_STORE_CAUSES_FRONTIER_H

#include "store/causes/context.h"

/* The end of the own chain. A line of the same writer that a clone went on with is not ours. */
enum jemput_status jemput_own_end_find(struct jemput_store *store, struct jemput_own_end *out, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status jemput_own_end_covers(struct jemput_store *store, const struct jemput_own_end *end, int64_t line, uint64_t number, bool *out,
                                         struct jemput_error *err) JEMPUT_MUST_USE;

/* Move the frontier over a segment that was merged. Of no effect while it is held. */
enum jemput_status jemput_frontier_move(struct jemput_store *store, int64_t segment_id, struct jemput_error *err) JEMPUT_MUST_USE;
/* Set it to all that is merged: of each line up to its newest segment, or before the first one that waits for a key. */
enum jemput_status jemput_frontier_anew(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
