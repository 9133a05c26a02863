/* repo/bundle.h — a git bundle, version 2: branches and a pack in one file, for a stick that somebody carries. Stock git verifies and fetches what we
 * write. Source: git's Documentation/gitformat-bundle. */
#ifndef JEMPUT_REPO_BUNDLE_H
#define JEMPUT_REPO_BUNDLE_H

#include "repo/unpack.h"

struct jemput_bundle_ref {
    const char *name;
    struct jemput_oid oid;
};

/* Append the bundle's bytes: `refs`, and the objects of `commits` (at least one). `bases`: commits that whoever takes it must have already.
 *   JEMPUT_LIMIT the pack would be larger than 64 MiB: make several    else as jemput_pack_write */
enum jemput_status jemput_bundle_write(struct jemput_buf *out, struct jemput_source *source, const struct jemput_bundle_ref *refs, unsigned ref_count,
                                       const struct jemput_oid *bases, unsigned base_count, const struct jemput_oid *commits, unsigned commit_count,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

struct jemput_bundle { /* what stands before the pack; in the arena given */
    struct jemput_bundle_ref *refs;
    unsigned ref_count;
    struct jemput_oid *bases;
    unsigned base_count;
    uint64_t pack_at; /* offset in the file */
};

/* JEMPUT_CORRUPT no bundle, or of another object format    JEMPUT_LIMIT a head of more than 1 MiB    JEMPUT_UPGRADE a version, or a filter, that is
 * not known here    else as env's read_part */
enum jemput_status jemput_bundle_read(struct jemput_bundle *out, struct jemput_env *env, const char *path, struct jemput_arena *arena,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* The objects of its pack, each told once it is whole. Where the file is damaged or cut, what is whole behind the damage is found again.
 *   *damaged   places where something was lost; 0 = the pack is whole, its checksum matches
 *   JEMPUT_CORRUPT not even the beginning of a pack    else what `to` or env returned */
enum jemput_status jemput_bundle_unpack(const struct jemput_bundle *bundle, struct jemput_env *env, const char *path,
                                        const struct jemput_unpack_to *to, uint32_t *count, uint32_t *damaged,
                                        struct jemput_error *err) JEMPUT_MUST_USE;

#endif
