/* api/ingest/segment.h — a segment as it comes from a commit. */
#ifndef JEMPUT_API_INGEST_SEGMENT_H
#define JEMPUT_API_INGEST_SEGMENT_H

#include "api/engine.h"

struct engine_segment {
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_hash hash;
    uint8_t public_key[32];
};
/* Is it the log (branch, file) that is at fault, and not the world? What is not found is missing in this copy of the log. */
bool engine_status_of_log(enum jemput_status st);
/* Read and check all that a segment says of itself: form, signature, writer derived from key, payload hash, space. Not its predecessor, not the
 * roster. With payload = false the payload is neither read nor checked. JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_UPGRADE JEMPUT_LIMIT JEMPUT_NOTFOUND
 * JEMPUT_IO JEMPUT_NOMEM */
enum jemput_status engine_segment_read(struct jemput *j, struct jemput_source *source, const struct jemput_oid *oid, bool payload,
                                       struct engine_segment *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* One that is registered here, with its payload. Nothing is registered before its signature was checked, and the register's hash binds header and
 * payload: so these are compared, and the signature is not checked again (jemput_audit() does that). JEMPUT_CORRUPT: other bytes than were
 * registered. Else as above. */
enum jemput_status engine_segment_known(struct jemput *j, const struct jemput_segment *segment, struct engine_segment *out,
                                        struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
