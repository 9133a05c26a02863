/* api/sync/bring.c — reading from a hub behind an address: everything that is to be read comes in one exchange, before it is. */
#include "api/media/media.h"

#include <string.h>

/* --- what is asked for --- */

struct tips {
    struct jemput_oid *wants, *haves;
    unsigned want_count, have_count;
};

/* What this device has of a branch already; none, if that was not the hub's. */
static enum jemput_status tips_have(struct run *r, struct tips *t, const char *ref, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_ref_get(r->j->store, ref, t->haves[t->have_count].id, err);

    t->have_count += st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool log_wanted(const struct run *r, uint32_t i)
{
    return r->states[i].state == JEMPUT_LOG_OPEN && jemput_sync_follows(&r->world, &r->states[i]);
}

/* What is wanted of a log goes on from what is here of that one; of an authority's, central's among them, also from others: of ten thousand logs that
 * have not moved, a centre does not tell the hub. */
static enum jemput_status tips_gather(struct run *r, struct tips *t, struct jemput_error *err)
{
    bool reaches = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < r->world.log_count; i++)
        reaches |= log_wanted(r, i) && r->states[i].authority;
    for (uint32_t i = 0; i < r->world.log_count && !st; i++) {
        if (log_wanted(r, i))
            t->wants[t->want_count++] = r->logs[i].log.tip;
        if (reaches || r->states[i].state != JEMPUT_LOG_READ)
            st = tips_have(r, t, r->logs[i].log.ref, err);
    }
    if (!st && r->hub_has_own)
        t->haves[t->have_count++] = r->hub_tip;
    return st;
}

enum jemput_status run_bring(struct run *r, struct jemput_error *err)
{
    struct tips t = { 0 };
    enum jemput_status st;

    if (r->brought)
        return JEMPUT_OK;
    t.wants = jemput_alloc((r->world.log_count + 1) * sizeof *t.wants);
    t.haves = jemput_alloc((r->world.log_count + 1) * sizeof *t.haves);
    st = t.wants && t.haves ? tips_gather(r, &t, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)r->world.log_count);
    if (!st)
        st = jemput_hub_bring(r->hub, t.wants, t.want_count, t.haves, t.have_count, err);
    jemput_free(t.wants);
    jemput_free(t.haves);
    r->brought = st == JEMPUT_OK;
    return st;
}

enum jemput_status run_bring_end(struct run *r, struct jemput_error *err)
{
    int64_t coming = 0;
    enum jemput_status st = jemput_store_number_get(r->j->store, FACT_MEDIA_COMING, 0, &coming, err);

    if (st || coming) /* attachments that were cut on their way stay: the rest of them is asked for next */
        return st;
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (r->states[i].state != JEMPUT_LOG_READ && jemput_sync_follows(&r->world, &r->states[i]))
            return JEMPUT_OK;
    return jemput_hub_traffic(r->hub).exchanges && r->brought ? run_incoming_clear(r->j->store, err) : JEMPUT_OK;
}

/* --- what the hub has --- */

/* What the own branch reaches there: central's commits have the heads that they accept for parents. */
static enum jemput_status branch_reaches(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_segment sent;
    uint64_t covered = 0;
    enum jemput_status st = run_own_segment(r, r->world.sent_number, &sent, err);

    if (!st)
        st = jemput_source_commit(jemput_repo_source(r->j->repo), oid, false, &commit, &arena, err);
    if (!st)
        st = jemput_header_read(&header, commit.message, &arena, err);
    if (!st)
        st = jemput_store_frontier_covers(r->j->store, sent.id, &header.writer, &covered, err);
    *has = !st && header.number <= covered;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The segment of a commit that is here. JEMPUT_NOTFOUND. */
static enum jemput_status commit_segment(struct run *r, const struct jemput_oid *oid, struct jemput_segment *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_hash hash;
    enum jemput_status st = jemput_source_commit(jemput_repo_source(r->j->repo), oid, false, &commit, &arena, err);

    if (!st) {
        jemput_header_hash(&hash, commit.message);
        st = jemput_store_segment_find(r->j->store, &hash, out, err);
    }
    jemput_arena_release(&arena);
    return st;
}

/* Does a branch of the same log that the hub has shown, and that was read here, go on from it? */
static enum jemput_status log_reaches(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct jemput_segment wanted, tip;
    enum jemput_status st = commit_segment(r, oid, &wanted, err);

    for (uint32_t i = 0; !st && !*has && i < r->world.log_count; i++) {
        if (jemput_writer_compare(&r->logs[i].writer, &wanted.writer) != 0)
            continue;
        st = commit_segment(r, &r->logs[i].log.tip, &tip, err);
        if (!st)
            st = jemput_store_segment_saw(r->j->store, tip.id, wanted.id, has, err);
        if (st == JEMPUT_NOTFOUND)
            st = JEMPUT_OK;
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status run_hub_has(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    enum jemput_status st;

    *has = false;
    if (!jemput_hub_is_remote(r->hub))
        return jemput_source_has(jemput_hub_source(r->hub), oid, has, err);
    for (uint32_t i = 0; i < r->world.log_count && !*has; i++)
        *has = memcmp(r->logs[i].log.tip.id, oid->id, sizeof oid->id) == 0;
    if (*has)
        return JEMPUT_OK;
    st = r->hub_has_own ? branch_reaches(r, oid, has, err) : JEMPUT_OK; /* a generation that is not there yet reaches nothing */
    return st || *has ? st : log_reaches(r, oid, has, err);
}
