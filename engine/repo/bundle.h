/* repo/bundle.h — a git bundle, version 2: branches and a pack in one file, for a stick that somebody carries. Stock git verifies and fetches what we
 * write. Source: git's Documentation/gitformat-bundle.
 *
 * A stick is a place where files are cut and bits are lost. So nothing in the file is believed for where it stands: what is whole is found by looking
 * for it, whatever else is damaged, and each object is known by its hash. Writing is done in one go, piece by piece, into whatever the platform
 * gives. */
#ifndef JEMPUT_REPO_BUNDLE_H
#define JEMPUT_REPO_BUNDLE_H

#include "repo/oid_index.h"
#include "repo/unpack.h"

#define JEMPUT_BUNDLE_MANIFEST_REF "refs/jemput/bundle"
#define JEMPUT_BUNDLE_MEDIA_REF "refs/jemput/media" /* the last of a chain of commits, each with a chunk of an attachment */

struct jemput_bundle_ref {
    const char *name;
    struct jemput_oid oid;
};

/* --- writing (bundle_write.c) --- */

struct jemput_bundle_sink { /* where it goes: the next bytes of the file */
    enum jemput_status (*write)(void *ctx, struct jemput_bytes bytes, struct jemput_error *err);
    void *ctx;
};
struct jemput_bundle_object {
    struct jemput_oid oid;
    git_object_t kind;
    struct jemput_bytes contents; /* data NULL = it is read from the source */
};
struct jemput_bundle_new { /* zeroed = empty */
    struct jemput_source *source;
    struct jemput_bundle_object *objects; /* each once, in the order in which they are written; owned */
    uint32_t count, cap;
    struct jemput_oid_index index; /* of objects by their ids */
};

/* Commit, tree and payload, behind what was added before. JEMPUT_NOTFOUND JEMPUT_CORRUPT JEMPUT_NOMEM JEMPUT_LIMIT more than a bundle may have */
enum jemput_status jemput_bundle_add(struct jemput_bundle_new *b, const struct jemput_oid *commit, const struct jemput_oid *payload,
                                     struct jemput_error *err) JEMPUT_MUST_USE;
/* The id of the tree that has this payload. */
void jemput_bundle_tree(struct jemput_oid *tree, const struct jemput_oid *payload);
/* A signed commit that is in no store, with its tree and payload. What is passed in is borrowed; its bytes are in the arena.   *out its id */
enum jemput_status jemput_bundle_add_made(struct jemput_bundle_new *b, const struct jemput_commit_new *commit, jemput_sign_fn sign, void *sign_ctx,
                                          struct jemput_oid *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The same of a payload that the source has: it is written from there. commit->payload is not looked at. */
enum jemput_status jemput_bundle_add_signed(struct jemput_bundle_new *b, const struct jemput_commit_new *commit, const struct jemput_oid *payload,
                                            jemput_sign_fn sign, void *sign_ctx, struct jemput_oid *out, struct jemput_arena *arena,
                                            struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_bundle_has_object(const struct jemput_bundle_new *b, const struct jemput_oid *oid); /* was it added? */
/* The pack's head, which says that there are `more` objects than were added, and the first `count` of those: for whoever digests them first. */
enum jemput_status jemput_bundle_pack(const struct jemput_bundle_new *b, uint32_t count, uint32_t more, const struct jemput_bundle_sink *sink,
                                      struct jemput_error *err) JEMPUT_MUST_USE;
/* What stands before the pack. `bases`: commits that whoever takes it must have already. */
void jemput_bundle_head_write(struct jemput_buf *out, const struct jemput_bundle_ref *refs, unsigned ref_count, const struct jemput_oid *bases,
                              unsigned base_count);
/* All of it: head, pack, checksum. Errors also those of the sink. */
enum jemput_status jemput_bundle_write(const struct jemput_bundle_new *b, struct jemput_bytes head, const struct jemput_bundle_sink *sink,
                                       struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_bundle_new_release(struct jemput_bundle_new *b);

/* --- reading (bundle.c, bundle_find.c) --- */

struct jemput_bundle_file { /* where it is read from */
    /* Up to `len` bytes from `offset` on; *got = how many, fewer only at the file's end. Offsets grow but where the file is damaged, and when what
     * was found is read. */
    enum jemput_status (*read)(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err);
    void *ctx;
};

struct jemput_bundle_head {
    bool whole; /* false: it is damaged, and all else here is empty */
    struct jemput_bundle_ref *refs;
    unsigned ref_count;
    struct jemput_oid *bases;
    unsigned base_count;
    uint64_t pack_at; /* offset in the file */
};

/* A bundle that was looked through: it is known where which object stands. */
struct jemput_bundle;

/* Looks through all of the file. Where it is damaged or cut, what is whole behind the damage is found again. What it says of `file` is borrowed.
 *   JEMPUT_CORRUPT no bundle: neither its head nor anything in it    JEMPUT_UPGRADE a version, or a filter, that is not known here
 *   JEMPUT_LIMIT too many objects    JEMPUT_NOMEM    else what reading returned */
enum jemput_status jemput_bundle_open(struct jemput_bundle **out, const struct jemput_bundle_file *file, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_bundle_close(struct jemput_bundle *b); /* NULL is allowed */
const struct jemput_bundle_head *jemput_bundle_head(const struct jemput_bundle *b);
uint64_t jemput_bundle_bytes(const struct jemput_bundle *b); /* the file's */
uint32_t jemput_bundle_count(const struct jemput_bundle *b); /* objects that are whole */
/* Places where something was lost; 0 = the pack is whole, its checksum matches. */
uint32_t jemput_bundle_damaged(const struct jemput_bundle *b);
/* The next commit in the order of the file; *place is 0 at first. false: there is none any more. */
bool jemput_bundle_commit_next(const struct jemput_bundle *b, uint32_t *place, struct jemput_oid *out);
/* One object, hash checked; bytes in the arena. JEMPUT_NOTFOUND  JEMPUT_LIMIT more than bytes_max  JEMPUT_CORRUPT it has changed since */
enum jemput_status jemput_bundle_read(struct jemput_bundle *b, const struct jemput_oid *oid, size_t bytes_max, git_object_t *kind,
                                      struct jemput_bytes *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
bool jemput_bundle_has(const struct jemput_bundle *b, const struct jemput_oid *oid);
/* To read commits from: what is not in the bundle from `behind` (NULL = from nowhere). */
struct jemput_source *jemput_bundle_source(struct jemput_bundle *b, struct jemput_source *behind); /* borrowed */

#endif
