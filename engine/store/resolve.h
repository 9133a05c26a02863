/* store/resolve.h — the contexts of a registered segment: its log's frontier after it, and what its transactions had seen. */
#ifndef JEMPUT_STORE_RESOLVE_H
#define JEMPUT_STORE_RESOLVE_H

#include "store/context.h"

/* Resolve the contexts of a segment that is in the register, write them there, and set its `frontier`. `before`: that of the segment before it,
 * whole or not. */
enum jemput_status jemput_segment_resolve(struct jemput_store *store, struct jemput_segment *segment, int64_t line, int64_t before,
                                          bool before_whole, struct jemput_error *err) JEMPUT_MUST_USE;
/* The heads that a segment names, as the register keeps them until both contexts are whole. */
void jemput_heads_write(struct jemput_buf *out, const struct jemput_segment *segment);
/* Did some segment wait for this one? Then resolve all that wait, and judge again the rows whose writes' relations may have changed. */
enum jemput_status jemput_segments_wake(struct jemput_store *store, const struct jemput_hash *hash, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
