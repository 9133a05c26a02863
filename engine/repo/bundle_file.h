/* repo/bundle_file.h — what is known of a bundle's file once it was looked through. Private to bundle.c and bundle_find.c. */
#ifndef JEMPUT_REPO_BUNDLE_FILE_H
#define JEMPUT_REPO_BUNDLE_FILE_H

#include "repo/bundle.h"

#define BUNDLE_PIECE_BYTES ((size_t)64 * 1024)

struct bundle_object {
    struct jemput_oid oid;
    uint8_t kind;
    uint32_t room; /* bytes up to the next one, or more; 0 = unknown */
    uint64_t at;   /* in the file */
};

struct jemput_bundle {
    struct jemput_bundle_file file;
    struct jemput_bundle_head head;
    struct jemput_arena arena;
    uint64_t bytes;
    struct bundle_object *objects; /* in the order of the file */
    uint32_t count, cap;
    struct jemput_oid_index index; /* of objects by their ids */
    uint32_t damaged;
    unsigned deltas; /* under way, one against the other */
    struct jemput_source source;
};

const struct bundle_object *bundle_object_of(const struct jemput_bundle *b, const struct jemput_oid *oid); /* NULL = it is not there */
/* The base of a delta, replacing what `bytes` held. JEMPUT_NOTFOUND: not there, or too many deltas one against the other. */
enum jemput_status bundle_base_find(struct jemput_bundle *b, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
/* Look through the pack behind the head, or through all of the file if that is damaged (bundle_find.c). */
enum jemput_status jemput_bundle_find(struct jemput_bundle *b, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
