/* store/causes/resolve.h — the contexts of a registered segment: its log's frontier after it, and what its transactions had seen. */
#ifndef JEMPUT_STORE_CAUSES_RESOLVE_H
#define JEMPUT_STORE_CAUSES_RESOLVE_H

#include "store/causes/context.h"

/* jemput_store_segment_add() as number `id` on line `line` of a copy of another register (0 = the next number; the line that its predecessor
 * gives). */
enum jemput_status jemput_segment_add_at(struct jemput_store *store, struct jemput_segment *segment, int64_t id, int64_t line, bool *forked,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
#define JEMPUT_LINE_NEW (-1)
/* Register a segment whose contexts are known otherwise and will be written later: as number segment->id on *line, or where these are 0 as above;
 * JEMPUT_LINE_NEW: on a line that forks off, though nothing goes on the line of its predecessor yet.
 * Its predecessor is there, it itself is not. heads: as jemput_heads_write() has them; empty = both contexts are whole. */
enum jemput_status jemput_segment_put(struct jemput_store *store, struct jemput_segment *segment, int64_t *line, struct jemput_bytes heads,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* Leave out what a segment's own chain, up to this one of its lines and its number, covers anyway: so that contexts stay the same along a log. */
enum jemput_status jemput_map_without_chain(struct jemput_store *store, struct jemput_map *map, int64_t line, uint64_t number,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
/* Resolve the contexts of a segment that is in the register, write them there, and set its `frontier`. `before`: that of the segment before it,
 * whole or not. */
enum jemput_status jemput_segment_resolve(struct jemput_store *store, struct jemput_segment *segment, int64_t line, int64_t before,
                                          bool before_whole, struct jemput_error *err) JEMPUT_MUST_USE;
/* The heads that a segment names, as the register keeps them until both contexts are whole. */
void jemput_heads_write(struct jemput_buf *out, const struct jemput_segment *segment);
/* Segments that wait were put into the register: note what for, resolve what can be, and judge again what was written by those whose contexts have
 * grown (apply/early.h). */
enum jemput_status jemput_segments_wait(struct jemput_store *store, struct jemput_error *err) JEMPUT_MUST_USE;
/* Did some segment wait for this one, which is registered now? Then do the same for those, and for what hangs on them.
 *   line, number   where it stands, if nothing of it is merged yet; line 0 = it is merged */
enum jemput_status jemput_segments_wake(struct jemput_store *store, const struct jemput_hash *hash, int64_t line, uint64_t number,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

#endif
