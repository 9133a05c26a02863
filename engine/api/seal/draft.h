/* api/seal/draft.h — a segment of the own log in the making. Inside a store transaction: its objects, its register entry and the ref are durable with
 * what the caller does besides, or not at all. */
#ifndef JEMPUT_API_SEAL_DRAFT_H
#define JEMPUT_API_SEAL_DRAFT_H

#include "api/engine.h"

/* What one segment is made of, before it is signed. */
struct draft {
    struct jemput_header header;
    struct jemput_bytes payload;
    struct jemput_oid *parents; /* further ones: accepted heads */
    unsigned parent_count;
    int64_t announced; /* context that the log's frontier says once this segment is there; 0 = what comes of `merged` */
};

struct stamp_list { /* of the segment's transactions; of a control segment's records, each the segment's own */
    jemput_stamp *stamps;
    uint32_t count;
};

/* What a context holds beyond what the log has said so far. */
struct news {
    int64_t announced;           /* what the log says so far */
    bool behind;                 /* the log says more than the context holds: there is no news in it */
    struct jemput_context heads; /* ascending */
};
enum jemput_status draft_news(struct jemput *j, int64_t context, struct news *out, struct jemput_arena *arena,
                              struct jemput_error *err) JEMPUT_MUST_USE;
/* Bring the log's frontier up to `context` if that is ahead of what the log says; else name `context` as what the transactions were written under. */
enum jemput_status draft_context(struct jemput *j, struct draft *d, int64_t context, struct jemput_arena *arena,
                                 struct jemput_error *err) JEMPUT_MUST_USE;
/* At central: the heads that were merged become further parents, so that its one branch reaches everything it accepted. After draft_context. */
enum jemput_status draft_accepted(struct jemput *j, struct draft *d, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
/* The header, but for its place in the chain. JEMPUT_LIMIT: the payload, or what was seen, is too large. */
enum jemput_status draft_fill(struct jemput *j, struct draft *d, enum jemput_class klass, uint32_t codec, struct jemput_error *err) JEMPUT_MUST_USE;
/* Write, sign and register the segment; *id is its local number. */
enum jemput_status draft_commit(struct jemput *j, struct draft *d, struct stamp_list stamps, struct jemput_arena *arena, int64_t *id,
                                struct jemput_error *err) JEMPUT_MUST_USE;

/* --- seal.c --- */

/* A merge of more heads than one header names is told in several segments: this seals all but the last, which the caller does. */
enum jemput_status seal_news(struct jemput *j, int64_t context, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;

#endif
