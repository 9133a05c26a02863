/* repo/unpack.h — a pack read as its bytes come over a link. Each object is told once it is whole, so a transfer that is cut has brought what had
 * come by then. One object is in memory at a time; sizes are checked before anything is inflated.
 *
 * Deltas are taken only against objects that are there already (REF_DELTA, as a server sends them to a client that does not ask for offsets): git
 * writes a base before what builds on it. Source: git's Documentation/gitformat-pack. */
#ifndef JEMPUT_REPO_UNPACK_H
#define JEMPUT_REPO_UNPACK_H

#include "repo/internal.h"

/* Where the objects go. */
struct jemput_unpack_to {
    void *ctx;
    /* A whole object: `oid` is computed from it; `bytes` are borrowed. */
    enum jemput_status (*put)(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err);
    /* The base of a delta, replacing what `bytes` held. JEMPUT_NOTFOUND: it is not there. */
    enum jemput_status (*find)(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes, struct jemput_error *err);
};

struct jemput_unpack;

enum jemput_status jemput_unpack_open(struct jemput_unpack **out, const struct jemput_unpack_to *to, struct jemput_error *err) JEMPUT_MUST_USE;
/* The next bytes of the pack.
 *   JEMPUT_CORRUPT   no pack of version 2, damaged, a kind of object that no segment has, a delta against what is not there, bytes behind the end
 *   JEMPUT_LIMIT     more objects, or a larger one, than base/limits.h allows    JEMPUT_NOMEM    else what `to` returned
 * After a failure only close. */
enum jemput_status jemput_unpack_feed(struct jemput_unpack *u, struct jemput_bytes piece, struct jemput_error *err) JEMPUT_MUST_USE;
/* After JEMPUT_CORRUPT in a file that can be read again: forget the object under way; what is fed next begins with another object. How many there
 * are, and the checksum at the end, do not count any more. */
void jemput_unpack_again(struct jemput_unpack *u);
uint64_t jemput_unpack_fed(const struct jemput_unpack *u);    /* bytes in all */
uint64_t jemput_unpack_offset(const struct jemput_unpack *u); /* where the object under way begins, counted from the first byte fed */
bool jemput_unpack_ended(const struct jemput_unpack *u); /* the checksum at its end has come, and is right */
uint32_t jemput_unpack_count(const struct jemput_unpack *u); /* objects told */
void jemput_unpack_close(struct jemput_unpack *u); /* NULL is allowed */

/* Append to `out` what the delta makes of `base` (gitformat-pack, "Deltified representation").
 *   JEMPUT_CORRUPT another base, or not well formed    JEMPUT_LIMIT the result is larger than size_max    JEMPUT_NOMEM */
enum jemput_status jemput_delta_apply(struct jemput_buf *out, struct jemput_bytes base, struct jemput_bytes delta, size_t size_max,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

#endif
