/* repo/pack.h — git's pack and index formats, version 2, written whole in memory and without deltas.
 *
 * Segments are compressed and encrypted already, so deltas would save nothing; and who never writes deltas can refuse them. Objects stand in the
 * order of their ids, each once: the same commits always give the same bytes, so a push that was cut and is repeated writes the same file again. */
#ifndef JEMPUT_REPO_PACK_H
#define JEMPUT_REPO_PACK_H

#include "repo/internal.h"

struct jemput_pack_object {
    struct jemput_oid oid;
    git_object_t kind;
    uint32_t offset; /* in the pack */
    uint32_t crc;    /* of its bytes there */
};

struct jemput_pack { /* zeroed = empty */
    struct jemput_buf bytes; /* the file, trailer included */
    struct jemput_buf index; /* its .idx file */
    struct jemput_pack_object *objects;
    uint32_t object_count, object_cap;
    char name[2 * JEMPUT_OID_BYTES + 1]; /* hex of the trailer, as git names packs */
};

/* Make pack and index of these commits with their trees and payloads, read from `source`.
 *   out       release with jemput_pack_release(), also after a failure
 *   commits   at least one; with what they have for parents in the hub or among them
 *   JEMPUT_LIMIT more than JEMPUT_PACK_BYTES_MAX: take fewer commits    else as jemput_source_commit */
enum jemput_status jemput_pack_write(struct jemput_pack *out, struct jemput_source *source, const struct jemput_oid *commits,
                                     unsigned commit_count, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_pack_release(struct jemput_pack *pack);

/* One object as it stands in a pack, appended. JEMPUT_NOMEM JEMPUT_LIMIT above out's max */
enum jemput_status jemput_pack_object_write(struct jemput_buf *out, git_object_t kind, struct jemput_bytes contents,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
size_t jemput_pack_object_max(git_object_t kind); /* bytes that one of the kind may have */

#endif
