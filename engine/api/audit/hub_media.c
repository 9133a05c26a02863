/* api/audit/hub_media.c — checking a hub's branches of attachments: each commit is signed by the writer whose branch it is, follows the one before
 * it, and carries the bytes that it names. What is sealed in them nobody can say here. See audit/hub.h. */
#include <string.h>

#include "api/audit/hub.h"
#include "api/ingest/segment.h"
#include "api/media/commit.h"

struct branch { /* under way */
    struct hub_graph *g;
    struct media_chain chain;
    struct jemput_buf oids; /* newest first */
};

static enum jemput_status branch_walk(struct branch *b, struct jemput_oid oid, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    bool on = true;
    enum jemput_status st = JEMPUT_OK;

    while (!st && on) {
        struct jemput_commit commit;

        jemput_arena_clear(&arena);
        st = jemput_source_signed(b->g->source, &oid, &commit, &arena, err);
        if (!st && commit.parent_count > 1)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a commit of several parents");
        jemput_buf_append(&b->oids, oid.id, sizeof oid.id);
        if (!st)
            st = jemput_buf_check(&b->oids, "branch", err);
        on = !st && commit.parent_count == 1;
        if (on)
            oid = commit.parents[0];
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status commits_check(struct branch *b, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    enum jemput_status st = JEMPUT_OK;

    for (size_t at = b->oids.len; !st && at; at -= JEMPUT_OID_BYTES) {
        struct jemput_media_header header;
        struct jemput_commit commit;
        struct jemput_oid oid;
        uint8_t key[JEMPUT_PUBLIC_KEY_BYTES];

        memcpy(oid.id, b->oids.data + at - JEMPUT_OID_BYTES, sizeof oid.id);
        jemput_arena_clear(&arena);
        st = jemput_source_commit(b->g->source, &oid, false, &commit, &arena, err);
        if (!st)
            st = engine_media_commit_check(&b->chain, b->g->source, &commit, &header, key, &arena, err);
        if (!st)
            engine_media_chain_on(&b->chain, &commit, &header);
    }
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status branch_check(void *ctx, const char *name, const struct jemput_oid *tip, struct jemput_error *err)
{
    struct hub_graph *g = ctx;
    struct branch b = { .g = g, .oids = JEMPUT_BUF_INIT((size_t)JEMPUT_MEDIA_COMMITS_MAX * JEMPUT_OID_BYTES) };
    enum jemput_status st;

    b.chain.space = g->audit->j->space;
    if (!engine_media_ref_parse(name, &b.chain.writer)) {
        audit_say(g->audit, "%.80s is not the name of a branch of attachments", name);
        return JEMPUT_OK;
    }
    st = branch_walk(&b, *tip, err);
    if (!st)
        st = commits_check(&b, err);
    if (engine_status_of_log(st)) {
        audit_say(g->audit, "%s, after commit %llu: %s", name, (unsigned long long)b.chain.number, err->text);
        st = JEMPUT_OK;
    }
    jemput_buf_release(&b.oids);
    return st;
}

enum jemput_status hub_media(struct hub_graph *g, struct jemput_hub *hub, struct jemput_error *err)
{
    unsigned skipped = 0;
    enum jemput_status st = jemput_hub_refs(hub, MEDIA_REF_PREFIX, branch_check, g, &skipped, err);

    if (!st && skipped)
        audit_say(g->audit, "%u files or lines among the branches of attachments are not branches", skipped);
    return st;
}
