/* api/media/commit.h — a commit of a branch of attachments, checked against its place in the branch (media/commit.c). */
#ifndef JEMPUT_API_MEDIA_COMMIT_H
#define JEMPUT_API_MEDIA_COMMIT_H

#include <jemput/hub.h>

#include "api/engine.h"
#include "media/header.h"

#define MEDIA_REF_PREFIX "refs/heads/media/"

/* "refs/heads/media/<32 hex>/<n>" */
bool engine_media_ref_parse(const char *name, struct jemput_writer *writer);

struct media_chain { /* where a branch stands */
    struct jemput_space space;
    struct jemput_writer writer;
    uint64_t number;      /* of the commit that was looked at last; 0 = none */
    uint8_t previous[32]; /* hash of its message; none: zeros */
};
/* It stands at this commit, which was checked before. */
enum jemput_status engine_media_chain_begin(struct media_chain *chain, struct jemput_source *source, const struct jemput_oid *oid,
                                            struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* Is the commit, read without its payload, what the branch goes on with: signed by its writer, the next in number, with the bytes that it names? The
 * payload is read on the way. *key: whose signature it is.
 *   JEMPUT_DENIED another's signature, or another space    JEMPUT_CORRUPT another place, or other bytes    else as jemput_source_payload */
enum jemput_status engine_media_commit_check(const struct media_chain *chain, struct jemput_source *source, struct jemput_commit *commit,
                                             struct jemput_media_header *h, uint8_t key[JEMPUT_PUBLIC_KEY_BYTES], struct jemput_arena *arena,
                                             struct jemput_error *err) JEMPUT_MUST_USE;
void engine_media_chain_on(struct media_chain *chain, const struct jemput_commit *commit, const struct jemput_media_header *header);

/* jemput_hub_push_check() of such a branch; `segments` counts its commits. */
enum jemput_status engine_media_push_check(struct jemput_hub *hub, const struct jemput_hub_push *push, struct jemput_hub_pushed *out,
                                           struct jemput_error *err) JEMPUT_MUST_USE;

#endif
