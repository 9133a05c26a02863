/* store/capture/stood.h — what stood shown in a hard conflict before a merge moved it on. A form that was opened then and is saved under its token
 * replaces that value, and leaves the others open; by then the shown one may have been replaced elsewhere, so that the merge state does not know it
 * any more. */
#ifndef JEMPUT_STORE_CAPTURE_STOOD_H
#define JEMPUT_STORE_CAPTURE_STOOD_H

#include "store/apply/apply.h"

/* The newest JEMPUT_STOOD_MAX are kept. Of a form that was opened before these, and in whose conflict much has been merged since, what it showed is
 * taken from the merge state: of the writes that it had seen and that nobody has replaced, the highest. It leaves the others open all the same.
 *
 * Before something from elsewhere is merged into the row: note what its identity groups show that are in conflict. */
enum jemput_status jemput_stood_note(struct jemput_batch *b, struct jemput_applier *a, struct jemput_bytes key, const struct jemput_known *known,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
struct jemput_stood {
    struct jemput_value *values; /* as many as the group has columns; NULL = nothing is noted, so it shows what it showed then */
    uint64_t version;            /* of the write that showed them */
    int64_t segment;             /* an own segment from this one on was written after it had been moved on, or moved it on */
};
/* What the group showed under a context, if it was in conflict and has been moved on since. In the arena. */
enum jemput_status jemput_stood_find(struct jemput_batch *b, const struct jemput_applier *a, struct jemput_bytes key, uint16_t group,
                                     const struct jemput_map *context, struct jemput_stood *out, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
