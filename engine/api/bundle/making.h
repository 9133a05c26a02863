/* api/bundle/making.h — one jemput_bundle_make under way. Private to bundle/make.c, bundle/base.c, bundle/chunks.c and bundle/out.c. */
#ifndef JEMPUT_API_BUNDLE_MAKING_H
#define JEMPUT_API_BUNDLE_MAKING_H

#include "api/bundle/bundle.h"
#include "api/checkpoint/checkpoint.h"

struct covered { /* of one log: what the base covers */
    struct jemput_writer writer;
    bool forked; /* then it is asked of each segment by itself */
    uint64_t number;
    uint64_t cut; /* the last segment whose data was cut off here; 0 = none */
};

struct making {
    struct jemput *j;
    const struct jemput_bundle_make_options *options;
    struct jemput_bundle_made *out;
    struct jemput_repo *repo; /* with what is carried */
    bool has_for;
    struct jemput_writer made_for;
    bool has_base;
    struct jemput_segment base;
    struct jemput_head since;  /* central's, for the manifest; number 0 = none */
    struct covered *covered;
    uint32_t covered_count;
    bool has_cut; /* older data was cut off here: what the checkpoint that stands for it covers, too, is of use to nobody without that data */
    struct engine_checkpoint cut;
    struct jemput_bundle_new bundle;
    struct bundle_nodes nodes;
    struct bundle_ends ends;
    struct jemput_buf parents; /* ids of all parents */
    struct jemput_oid *bases;
    unsigned base_count;
    uint32_t chunk_count;        /* of attachments, */
    struct jemput_oid chunk_tip; /* and the commit of the last one */
    struct jemput_arena arena, scratch;
    uint64_t objects_done; /* written, or digested: each object twice */
};

/* JEMPUT_CANCELLED */
enum jemput_status making_may_go_on(struct making *m, struct jemput_error *err) JEMPUT_MUST_USE;
/* Which segments whoever takes it is known to have (bundle/base.c). */
enum jemput_status making_base(struct making *m, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status making_is_covered(struct making *m, const struct jemput_segment *segment, bool *out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Attachments, if they are wanted, behind all else (bundle/chunks.c). */
enum jemput_status making_chunks(struct making *m, struct jemput_error *err) JEMPUT_MUST_USE;
/* All is gathered: sign the manifest, and write the file (bundle/out.c). */
enum jemput_status making_write(struct making *m, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
