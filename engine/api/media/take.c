/* api/media/take.c — at central: what the other devices' branches of attachments have that is new, chunk by chunk into the store.
 *
 * A branch is read from where it was left, oldest first, and where it is left is noted with each chunk: so a reading that is cut goes on there. Who
 * signed must be the writer whose name the branch has, and be enrolled; the bytes must be those that the message names. What a chunk belongs to its
 * row says, which may come earlier or later. */
#include <string.h>

#include "api/ingest/segment.h"
#include "api/media/commit.h"
#include "api/media/media.h"
#include "base/limits.h"

/* --- the list --- */

static enum jemput_status branch_see(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct media_run *m = ctx;
    struct jemput_writer writer;
    struct jemput_oid seen;
    enum jemput_status st = JEMPUT_NOTFOUND;

    if (!engine_media_ref_parse(name, &writer) || run_was(m->r, &writer) || !jemput_roster_member(&m->r->j->roster, &writer))
        return JEMPUT_OK;
    st = jemput_store_ref_get(m->r->j->store, name, seen.id, err);
    if (!st && memcmp(seen.id, oid->id, sizeof seen.id) == 0)
        return JEMPUT_OK;
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    if (m->branch_count == m->branch_room) {
        uint32_t room = m->branch_room ? 2 * m->branch_room : 32;
        struct media_branch *grown = jemput_realloc(m->branches, room * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u branches", (unsigned)room);
        m->branches = grown;
        m->branch_room = room;
    }
    m->branches[m->branch_count] = (struct media_branch){ .tip = *oid };
    memcpy(m->branches[m->branch_count++].ref, name, strlen(name) + 1);
    return JEMPUT_OK;
}

enum jemput_status media_list(struct media_run *m, struct jemput_error *err)
{
    unsigned skipped;
    enum jemput_status st = jemput_hub_refs(m->r->hub, MEDIA_REF_PREFIX, branch_see, m, &skipped, err);

    m->world.listed = st == JEMPUT_OK;
    return st;
}

/* --- one branch --- */

struct taking {
    struct jemput *j;
    struct jemput_source *source;
    const struct media_branch *branch;
    struct media_chain chain;
    bool goes_on;              /* something was read of it before: */
    struct jemput_oid seen;    /* up to this commit */
    struct jemput_buf oids;    /* what is new, newest first */
    struct jemput_arena arena; /* of one commit */
    uint64_t chunks;
};

static enum jemput_status seen_read(struct taking *t, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_ref_get(t->j->store, t->branch->ref, t->seen.id, err);

    t->goes_on = st == JEMPUT_OK;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    return engine_media_chain_begin(&t->chain, jemput_repo_source(t->j->repo), &t->seen, &t->arena, err);
}

/* From the tip back to what was read. */
static enum jemput_status branch_walk(struct taking *t, struct jemput_error *err)
{
    struct jemput_oid oid = t->branch->tip;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !(t->goes_on && memcmp(oid.id, t->seen.id, sizeof oid.id) == 0)) {
        struct jemput_commit commit;

        if (t->oids.len / sizeof oid >= JEMPUT_MEDIA_COMMITS_MAX)
            return jemput_fail(err, JEMPUT_LIMIT, "more than %u commits are new", JEMPUT_MEDIA_COMMITS_MAX);
        jemput_arena_clear(&t->arena);
        st = jemput_source_signed(t->source, &oid, &commit, &t->arena, err);
        jemput_buf_append(&t->oids, oid.id, sizeof oid.id);
        if (!st)
            st = jemput_buf_check(&t->oids, "branch", err);
        if (!st && commit.parent_count > 1)
            st = jemput_fail(err, JEMPUT_CORRUPT, "a commit of several parents");
        if (!st && commit.parent_count == 0)
            return t->goes_on ? jemput_fail(err, JEMPUT_CORRUPT, "it does not go on from where it was read to") : JEMPUT_OK;
        if (!st)
            oid = commit.parents[0];
    }
    return st;
}

static enum jemput_status commit_keep(struct taking *t, const struct jemput_commit *commit, struct jemput_error *err)
{
    struct jemput_store *store = t->j->store;
    struct jemput_chunk chunk = { .bytes = (uint32_t)commit->payload.len, .sent = JEMPUT_CHUNK_ELSEWHERE };
    struct jemput_reader place = { .rest = jemput_bytes_of(commit->payload_oid.id, 8) };
    enum jemput_status st = jemput_store_begin(store, ENGINE_LOCK_WAIT_MS, err);

    if (st)
        return st;
    memcpy(chunk.oid, commit->payload_oid.id, sizeof chunk.oid);
    st = jemput_repo_commit_keep(t->j->repo, commit, err);
    if (!st)
        st = jemput_store_chunk_arrived(store, jemput_read_u64le(&place) >> 1, &chunk, err);
    if (!st)
        st = jemput_store_incoming_drop(store, commit->payload_oid.id, err);
    if (!st)
        st = jemput_store_ref_put(store, t->branch->ref, commit->oid.id, err);
    if (!st)
        st = jemput_store_commit(store, err);
    if (st)
        jemput_store_rollback(store);
    return st;
}

static enum jemput_status commits_take(struct taking *t, struct run *r, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (size_t i = t->oids.len / JEMPUT_OID_BYTES; !st && i-- > 0;) {
        struct jemput_media_header header;
        struct jemput_commit commit;
        struct jemput_oid oid;
        uint8_t key[JEMPUT_PUBLIC_KEY_BYTES];

        memcpy(oid.id, t->oids.data + i * JEMPUT_OID_BYTES, sizeof oid.id);
        jemput_arena_clear(&t->arena);
        st = run_is_over(r, err);
        if (!st)
            st = jemput_source_commit(t->source, &oid, false, &commit, &t->arena, err);
        if (!st)
            st = engine_media_commit_check(&t->chain, t->source, &commit, &header, key, &t->arena, err);
        if (!st)
            st = commit_keep(t, &commit, err);
        if (!st) {
            engine_media_chain_on(&t->chain, &commit, &header);
            t->chunks++;
        }
    }
    return st;
}

/* What comes over a link stays until it is read, also if the link is cut. */
static enum jemput_status coming_note(struct jemput *j, bool coming, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_number_put(j->store, FACT_MEDIA_COMING, coming, err);
    if (!st && !coming)
        st = jemput_store_incoming_clear(j->store, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    return st;
}

static enum jemput_status branch_bring(struct media_run *m, struct taking *t, struct jemput_error *err)
{
    enum jemput_status st = jemput_hub_is_remote(m->r->hub) ? coming_note(t->j, true, err) : JEMPUT_OK;

    return st ? st : jemput_hub_bring(m->r->hub, &t->branch->tip, 1, &t->seen, t->goes_on, err);
}

static enum jemput_status branch_take(struct media_run *m, struct media_branch *branch, struct jemput_error *err)
{
    struct taking t = { .j = m->r->j, .source = jemput_hub_source(m->r->hub), .branch = branch,
                        .oids = JEMPUT_BUF_INIT((size_t)JEMPUT_MEDIA_COMMITS_MAX * sizeof(struct jemput_oid)), .chain.space = m->r->j->space };
    enum jemput_status st = engine_media_ref_parse(branch->ref, &t.chain.writer) ? seen_read(&t, err) : JEMPUT_OK;

    if (!st)
        st = branch_bring(m, &t, err);
    if (!st)
        st = branch_walk(&t, err);
    if (!st)
        st = commits_take(&t, m->r, err);
    jemput_arena_release(&t.arena);
    jemput_buf_release(&t.oids);
    m->r->report->attachment_chunks_fetched += t.chunks;
    return st ? jemput_wrap(err, "attachments of %.8s…", branch->ref + sizeof MEDIA_REF_PREFIX - 1) : JEMPUT_OK;
}

/* A branch that is no good stops nobody else's. */
enum jemput_status media_take(struct media_run *m, struct jemput_error *err)
{
    struct media_branch *branch = NULL;
    enum jemput_status st;

    for (uint32_t i = 0; i < m->branch_count && !branch; i++)
        branch = m->branches[i].closed ? NULL : &m->branches[i];
    if (!branch)
        return JEMPUT_OK;
    branch->closed = true;
    st = branch_take(m, branch, err);
    if (engine_status_of_log(st)) {
        media_note(m, err);
        st = JEMPUT_OK;
    }
    if (!st && jemput_hub_is_remote(m->r->hub))
        st = coming_note(m->r->j, false, err);
    return st;
}
