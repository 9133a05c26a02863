/* api/sync/bring.c — reading from a hub behind an address: everything that is to be read comes in one exchange, before it is.
 *
 * But for two: where that exchange fails for what some log holds, it is divided until that log stands alone, and stops; and the log of one whom
 * nobody has let in comes by itself, and no more of it than shows whether he asks. */
#include "api/media/media.h"
#include "base/limits.h"

#include <string.h>

/* --- what is asked for --- */

#define FAILED_MAX 32u /* exchanges one after the other, of which none brings anything: then it is the hub */

struct bringing {
    struct run *r;
    uint32_t *logs; /* that are to come: authorities' first */
    struct jemput_oid *wants, *haves; /* their tips; and what is here already */
    uint32_t count, authorities;
    unsigned have_count, failed, refused_count;
    bool came;      /* something */
    struct refused {
        uint32_t log;
        struct jemput_error why;
    } *refused; /* that are to stop, once it is known that it is not the hub: refused_count of FAILED_MAX */
};

/* What this device has of a branch already; none, if that was not the hub's. */
static enum jemput_status have_add(struct bringing *b, const char *ref, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_ref_get(b->r->j->store, ref, b->haves[b->have_count].id, err);

    b->have_count += st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

bool run_is_stranger(const struct run *r, uint32_t i)
{
    const struct hub_log *l = &r->logs[i];

    return !r->states[i].copy && !r->states[i].authority && !l->resumes && !jemput_roster_member(&r->j->roster, &l->writer) &&
           !jemput_roster_former(&r->j->roster, &l->writer);
}

static bool log_wanted(const struct run *r, uint32_t i)
{
    return r->states[i].state == JEMPUT_LOG_OPEN && !r->logs[i].brought && jemput_sync_follows(&r->world, &r->states[i]) && !run_is_stranger(r, i);
}

static void wants_gather(struct bringing *b, bool authorities)
{
    struct run *r = b->r;

    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (log_wanted(r, i) && r->states[i].authority == authorities) {
            b->wants[b->count] = r->logs[i].log.tip;
            b->logs[b->count++] = i;
        }
}

/* What is wanted of a log goes on from what is here of that one; of an authority's, central's among them, also from others: of ten thousand logs that
 * have not moved, a centre does not tell the hub. */
static enum jemput_status haves_gather(struct bringing *b, struct jemput_error *err)
{
    struct run *r = b->r;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < r->world.log_count && !st; i++)
        if (b->authorities || r->states[i].state != JEMPUT_LOG_READ)
            st = have_add(b, r->logs[i].log.ref, err);
    if (!st && r->hub_has_own)
        b->haves[b->have_count++] = r->hub_tip;
    return st;
}

/* A link that was cut unnoticed looks like git that died over what was asked for: before a log is stopped for that, it is asked for once more. */
static enum jemput_status range_ask(struct bringing *b, uint32_t from, uint32_t to, struct jemput_error *err)
{
    struct jemput_hub *hub = b->r->hub;
    enum jemput_status st = jemput_hub_bring(hub, b->wants + from, to - from, b->haves, b->have_count, err);

    if (to - from > 1 || st != JEMPUT_OFFLINE || !jemput_hub_objects_failed(hub, st))
        return st;
    st = jemput_hub_bring(hub, b->wants + from, 1, b->haves, b->have_count, err);
    if (st == JEMPUT_OFFLINE && jemput_hub_objects_failed(hub, st))
        st = err->status = JEMPUT_CORRUPT;
    return st;
}

static enum jemput_status refused_stop(struct bringing *b, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = 0; i < b->refused_count && !st; i++) {
        *err = b->refused[i].why;
        st = run_log_stop(b->r, b->refused[i].log, err);
    }
    b->refused_count = 0;
    return st;
}

static enum jemput_status refused_add(struct bringing *b, uint32_t log, struct jemput_error *err)
{
    b->refused[b->refused_count++] = (struct refused){ log, *err };
    return b->refused_count == FAILED_MAX ? refused_stop(b, err) : JEMPUT_OK;
}

/* Some of them, in one exchange. What holds an object that the hub cannot give, or nobody takes, is found by halving, authorities first: its log
 * stops, and no other. */
static enum jemput_status some_bring(struct bringing *b, uint32_t from, uint32_t to, struct jemput_error *err)
{
    uint32_t middle = from < b->authorities && b->authorities < to ? b->authorities : from + (to - from) / 2;
    struct run *r = b->r;
    uint32_t before = jemput_hub_traffic(r->hub).exchanges;
    enum jemput_status st = range_ask(b, from, to, err);

    for (uint32_t i = from; i < to && !st; i++)
        r->logs[b->logs[i]].brought = true;
    b->came |= !st && jemput_hub_traffic(r->hub).exchanges > before;
    if (!jemput_hub_objects_failed(r->hub, st))
        return st;
    if (!b->came && ++b->failed == FAILED_MAX) {
        err->status = JEMPUT_OFFLINE;
        return err->status;
    }
    if (to - from == 1)
        return refused_add(b, b->logs[from], err);
    st = run_may_go_on(r, JEMPUT_STEP_FETCH, err);
    if (!st)
        st = some_bring(b, from, middle, err);
    return st ? st : some_bring(b, middle, to, err);
}

static enum jemput_status bringing_open(struct bringing *b, struct jemput_error *err)
{
    size_t most = b->r->world.log_count + 1;

    b->logs = jemput_alloc(most * sizeof *b->logs);
    b->wants = jemput_alloc(most * sizeof *b->wants);
    b->haves = jemput_alloc(most * sizeof *b->haves);
    b->refused = jemput_alloc(FAILED_MAX * sizeof *b->refused);
    if (!b->logs || !b->wants || !b->haves || !b->refused)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)b->r->world.log_count);
    wants_gather(b, true);
    b->authorities = b->count;
    wants_gather(b, false);
    return haves_gather(b, err);
}

/* By itself, and no more than it takes to see who asks: whoever has an invitation fills no disk, and holds up no other log. */
static enum jemput_status stranger_bring(struct run *r, uint32_t log, struct jemput_error *err)
{
    bool whole = false;
    enum jemput_status st = jemput_hub_bring_start(r->hub, &r->logs[log].log.tip, JEMPUT_STRANGER_BYTES_MAX, &whole, err);

    r->logs[log].brought = st == JEMPUT_OK;
    r->logs[log].part = !st && !whole;
    if (!jemput_hub_objects_failed(r->hub, st))
        return st;
    err->status = st == JEMPUT_OFFLINE ? JEMPUT_CORRUPT : st;
    return run_log_stop(r, log, err);
}

enum jemput_status run_bring(struct run *r, uint32_t log, struct jemput_error *err)
{
    struct bringing b = { .r = r };
    enum jemput_status st;

    if (!jemput_hub_is_remote(r->hub) || r->logs[log].brought)
        return JEMPUT_OK;
    if (run_is_stranger(r, log)) {
        st = stranger_bring(r, log, err);
        r->brought |= st == JEMPUT_OK;
        return st;
    }
    st = bringing_open(&b, err);
    if (!st)
        st = some_bring(&b, 0, b.count, err);
    if (!st)
        st = refused_stop(&b, err);
    jemput_free(b.logs);
    jemput_free(b.wants);
    jemput_free(b.haves);
    jemput_free(b.refused);
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

/* A generation that is not there yet reaches nothing; and nobody's but central's commits have the heads that they accept for parents. */
bool run_branch_reaches(const struct run *r)
{
    return r->hub_has_own && engine_has_role(r->j, JEMPUT_ROLE_PUSAT);
}

/* Does the own branch there reach it? (A device that has become central says yes of what it had told of as an officer, too, though no parent leads
 * there: a hub that lacks that refuses the push.) The genesis commit, which has number 0, is reached by the founder's log alone. */
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
    *has = !st && header.number > 0 && header.number <= covered;
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

/* Does the branch that ends so go on from it, in the same log? */
static enum jemput_status tip_reaches(struct run *r, const struct jemput_oid *oid, const struct jemput_segment *wanted, bool *has,
                                      struct jemput_error *err)
{
    struct jemput_segment tip;
    enum jemput_status st = commit_segment(r, oid, &tip, err);

    if (!st && jemput_writer_compare(&tip.writer, &wanted->writer) == 0)
        st = jemput_store_segment_saw(r->j->store, tip.id, wanted->id, has, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* Does a branch of the same log go on from it that the hub has shown, and that was read here; or that was put there in this run? */
static enum jemput_status log_reaches(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    struct jemput_segment wanted;
    enum jemput_status st = commit_segment(r, oid, &wanted, err);

    for (uint32_t i = 0; !st && !*has && i < r->world.log_count; i++)
        if (jemput_writer_compare(&r->logs[i].writer, &wanted.writer) == 0)
            st = tip_reaches(r, &r->logs[i].log.tip, &wanted, has, err);
    for (unsigned i = r->carried.count; !st && !*has && i > 0; i--) /* the newest first */
        st = tip_reaches(r, &r->carried.of[i - 1], &wanted, has, err);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status run_hub_has(struct run *r, const struct jemput_oid *oid, bool *has, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *has = false;
    if (!jemput_hub_is_remote(r->hub))
        return jemput_source_has(jemput_hub_source(r->hub), oid, has, err);
    for (uint32_t i = 0; i < r->world.log_count && !*has; i++)
        *has = memcmp(r->logs[i].log.tip.id, oid->id, sizeof oid->id) == 0;
    if (*has)
        return JEMPUT_OK;
    if (run_branch_reaches(r))
        st = branch_reaches(r, oid, has, err);
    return st || *has ? st : log_reaches(r, oid, has, err);
}
