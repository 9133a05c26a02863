/* store/apply/early.h — rows that were written by segments which came before a segment that they name (jemput_early).
 *
 * Such a segment counts as not having seen what has not come (causes.h). When that comes, more is known of what its writes had seen, and of nothing
 * else: every answer that causality gives of two writes depends on the context of the later one, or of the earlier one if that is whole. So the rows
 * that segments wrote whose contexts have grown are judged again, and with them the held rows that wait for one of these (constraint/interest.h). */
#ifndef JEMPUT_STORE_APPLY_EARLY_H
#define JEMPUT_STORE_APPLY_EARLY_H

#include "store/apply/apply.h"

/* Segments are about to be merged: note the rows of those whose transactions' context is not whole. */
enum jemput_status jemput_early_note(struct jemput_store *store, const struct jemput_apply *segments, uint32_t count,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* Note one row. Noted already is no error. */
enum jemput_status jemput_early_put(struct jemput_store *store, int64_t segment, uint32_t table, struct jemput_bytes key,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* The contexts of these segments have grown: judge again what they wrote. The rows of those that are whole now are noted no more. */
enum jemput_status jemput_early_judge(struct jemput_store *store, const int64_t *segments, size_t count, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
