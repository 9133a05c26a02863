/* api/send.c — sending the own log, a prefix at a time: a cut costs one prefix. */
#include "api/run.h"

#include <string.h>

struct oids {
    struct jemput_oid *of;
    unsigned count, cap;
};

struct prefix {
    struct run *r;
    struct oids commits;
    struct oids accepted; /* heads of other logs that go out with it */
    bool has_genesis;     /* the own log goes on from the genesis commit */
    uint64_t bytes, bytes_max, last_number;
    bool full;
    struct jemput_arena arena;
};

static enum jemput_status oids_add(struct oids *list, const struct jemput_oid *oid, struct jemput_error *err)
{
    if (list->count == list->cap) {
        unsigned cap = list->cap ? 2 * list->cap : 64;
        struct jemput_oid *grown = jemput_realloc(list->of, cap * sizeof *grown);
        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", cap);
        list->of = grown;
        list->cap = cap;
    }
    list->of[list->count++] = *oid;
    return JEMPUT_OK;
}

static bool oids_have(const struct oids *list, const struct jemput_oid *oid)
{
    for (unsigned i = 0; i < list->count; i++)
        if (memcmp(list->of[i].id, oid->id, sizeof oid->id) == 0)
            return true;
    return false;
}

/* A head that central has accepted: its branch must reach it on this hub, too, which may never have met that log. Back along first parents to what
 * the hub has, or to an older head that goes out already. */
static enum jemput_status prefix_accepted(struct prefix *p, const struct jemput_oid *head, struct jemput_error *err)
{
    struct jemput_oid oid = *head;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !oids_have(&p->accepted, &oid)) {
        struct jemput_commit commit;
        bool has;

        st = jemput_source_has(jemput_hub_source(p->r->hub), &oid, &has, err);
        if (st || has)
            break;
        jemput_arena_clear(&p->arena);
        st = jemput_source_commit(jemput_repo_source(p->r->j->repo), &oid, false, &commit, &p->arena, err);
        if (!st)
            st = oids_add(&p->commits, &oid, err);
        if (st || commit.parent_count == 0)
            break;
        oid = commit.parents[0];
    }
    return st ? st : oids_add(&p->accepted, head, err);
}

static enum jemput_status prefix_parents(struct prefix *p, const struct jemput_segment *segment, const struct jemput_commit *commit,
                                         struct jemput_error *err)
{
    unsigned chain = segment->number > 1 || p->has_genesis ? 1 : 0, count = commit->parent_count - chain;
    struct jemput_oid *heads;
    enum jemput_status st = JEMPUT_OK;

    if (commit->parent_count <= chain)
        return JEMPUT_OK;
    heads = jemput_alloc(count * sizeof *heads); /* the arena is used again while they are walked */
    if (!heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u heads", count);
    memcpy(heads, commit->parents + chain, count * sizeof *heads);
    for (unsigned i = 0; !st && i < count; i++)
        st = prefix_accepted(p, &heads[i], err);
    jemput_free(heads);
    return st;
}

static enum jemput_status prefix_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct prefix *p = ctx;
    struct jemput_commit commit;
    struct jemput_oid oid;
    size_t size;
    int kind;
    enum jemput_status st;

    if (!segment->own) /* another copy of this store sealed it, and it came from elsewhere: not for us to send under this name */
        return JEMPUT_OK;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    jemput_arena_clear(&p->arena);
    st = jemput_source_commit(jemput_repo_source(p->r->j->repo), &oid, false, &commit, &p->arena, err);
    if (!st)
        st = jemput_store_object_get(p->r->j->store, commit.payload_oid.id, &kind, &size, NULL, err);
    p->full = !st && p->last_number > 0 && p->bytes + size > p->bytes_max;
    if (p->full)
        return jemput_fail(err, JEMPUT_CANCELLED, "the prefix is full"); /* ends the walk; run_send knows */
    if (st)
        return st;
    p->bytes += size;
    p->last_number = segment->number;
    st = prefix_parents(p, segment, &commit, err);
    return st ? st : oids_add(&p->commits, &oid, err);
}

/* The root administrator's log goes on from the genesis commit: that goes out with the first prefix. */
static enum jemput_status prefix_genesis(struct prefix *p, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st = engine_fact_exact(p->r->j, FACT_GENESIS_COMMIT, oid.id, sizeof oid.id, err);

    p->has_genesis = st == JEMPUT_OK;
    if (st || p->r->hub_has_own)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    return oids_add(&p->commits, &oid, err);
}

/* Somebody else moved or locks the own ref (another process on this store): look where it stands now. */
static enum jemput_status send_look_again(struct run *r, const char *ref, struct jemput_error *err)
{
    enum jemput_status st;

    r->send_error = *err;
    st = jemput_hub_ref(r->hub, ref, &r->hub_tip, err);
    r->hub_has_own = st == JEMPUT_OK;
    if (st && st != JEMPUT_NOTFOUND)
        return st;
    return run_list_own(r, err);
}

static enum jemput_status send_result(struct run *r, const struct prefix *p, const char *ref, enum jemput_status st, uint64_t bytes,
                                      struct jemput_error *err)
{
    r->world.send_failed_soft = st == JEMPUT_BUSY;
    if (st == JEMPUT_BUSY)
        return send_look_again(r, ref, err);
    if (st == JEMPUT_DENIED || st == JEMPUT_FULL) { /* what the hub has can still be fetched */
        r->world.send_stopped = true;
        r->send_error = *err;
        return JEMPUT_OK;
    }
    if (st)
        return st;
    r->send_error.status = JEMPUT_OK;
    r->report->segments_sent += p->last_number - r->world.sent_number;
    r->report->bytes_sent += bytes;
    r->world.sent_number = p->last_number;
    r->world.genesis_due = false;
    r->hub_tip = p->commits.of[p->commits.count - 1];
    r->hub_has_own = true;
    return JEMPUT_OK;
}

enum jemput_status run_send(struct run *r, uint32_t bytes_max, struct jemput_error *err)
{
    struct prefix p = { .r = r, .bytes_max = bytes_max };
    char ref[LOG_REF_BYTES];
    uint64_t bytes = 0;
    enum jemput_status st = prefix_genesis(&p, err);

    engine_log_ref(ref, &r->j->writer, 0);
    if (!st)
        st = jemput_store_segments_each(r->j->store, &r->j->writer, r->world.sent_number + 1, prefix_segment, &p, err);
    if (p.full)
        st = JEMPUT_OK;
    if (!st && p.commits.count == 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "segment %llu of the own log is missing", (unsigned long long)r->world.sent_number + 1);
    if (!st) {
        st = jemput_hub_push(r->hub, r->j->repo, ref, r->hub_has_own ? &r->hub_tip : NULL, p.commits.of, p.commits.count, &bytes, err);
        st = send_result(r, &p, ref, st, bytes, err);
    }
    jemput_arena_release(&p.arena);
    jemput_free(p.commits.of);
    jemput_free(p.accepted.of);
    return st;
}
