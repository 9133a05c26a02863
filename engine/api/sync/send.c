/* api/sync/send.c — sending the own log, a prefix at a time: a cut costs one prefix; and logs that this store carries besides. */
#include "api/sync/run.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/checkpoint/generation.h"

struct prefix {
    struct run *r;
    struct jemput_writer writer;
    int64_t end; /* segments up to this one only; 0 = all */
    bool others; /* segments that this store has not sealed as its own, too */
    struct run_oids commits;
    struct run_oids accepted; /* heads of other logs that go out with it */
    bool has_genesis;     /* the log goes on from the genesis commit */
    uint64_t bytes, bytes_max, last_number;
    unsigned segments;
    bool full, skipped;
    struct jemput_arena arena;
};

static enum jemput_status oids_add(struct run_oids *list, const struct jemput_oid *oid, struct jemput_error *err)
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

static bool oids_have(const struct run_oids *list, const struct jemput_oid *oid)
{
    for (unsigned i = 0; i < list->count; i++)
        if (memcmp(list->of[i].id, oid->id, sizeof oid->id) == 0)
            return true;
    return false;
}

/* A head that central has accepted: its branch must reach it on this hub, too, which may never have met that log. Back along first parents to what
 * the hub has, or to an older head that goes out already, or went with another prefix of this run: the list of what the hub has is from before. */
static enum jemput_status prefix_accepted(struct prefix *p, const struct jemput_oid *head, struct jemput_error *err)
{
    struct jemput_oid oid = *head;
    enum jemput_status st = JEMPUT_OK;

    while (!st && !oids_have(&p->accepted, &oid) && !oids_have(&p->r->accepted, &oid)) {
        struct jemput_commit commit;
        bool has;

        st = run_hub_has(p->r, &oid, &has, err);
        if (st || has)
            break;
        jemput_arena_clear(&p->arena);
        st = jemput_source_commit(jemput_repo_source(p->r->j->repo), &oid, false, &commit, &p->arena, err);
        if (st == JEMPUT_NOTFOUND) { /* covered by a checkpoint, and cut off here */
            st = JEMPUT_OK;
            break;
        }
        if (!st)
            st = oids_add(&p->commits, &oid, err);
        if (st || commit.parent_count == 0)
            break;
        oid = commit.parents[0];
    }
    return st ? st : oids_add(&p->accepted, head, err);
}

/* Is the first parent the log's own: its predecessor, or the genesis commit? A generation begins with a commit that has none such. */
static enum jemput_status prefix_goes_on(struct prefix *p, const struct jemput_segment *segment, const struct jemput_commit *commit, bool *out,
                                         struct jemput_error *err)
{
    struct jemput_segment before;
    enum jemput_status st;

    *out = segment->number <= 1 && p->has_genesis;
    if (segment->number <= 1 || commit->parent_count == 0)
        return JEMPUT_OK;
    st = jemput_store_segment_find(p->r->j->store, &segment->previous, &before, err);
    *out = !st && memcmp(commit->parents[0].id, before.commit, sizeof before.commit) == 0;
    return st;
}

static enum jemput_status prefix_parents(struct prefix *p, const struct jemput_segment *segment, const struct jemput_commit *commit,
                                         struct jemput_error *err)
{
    bool goes_on;
    unsigned count;
    struct jemput_oid *heads;
    enum jemput_status st = prefix_goes_on(p, segment, commit, &goes_on, err);

    if (st || commit->parent_count <= goes_on)
        return st;
    count = commit->parent_count - goes_on;
    heads = jemput_alloc(count * sizeof *heads); /* the arena is used again while they are walked */
    if (!heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u heads", count);
    memcpy(heads, commit->parents + goes_on, count * sizeof *heads);
    for (unsigned i = 0; !st && i < count; i++)
        st = prefix_accepted(p, &heads[i], err);
    jemput_free(heads);
    return st;
}

/* Is it on the branch that is sent? */
static enum jemput_status prefix_wants(const struct prefix *p, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    *out = !p->end || segment->id == p->end;
    return *out || segment->id > p->end ? JEMPUT_OK : jemput_store_segment_saw(p->r->j->store, p->end, segment->id, out, err);
}

static enum jemput_status prefix_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct prefix *p = ctx;
    struct jemput_commit commit;
    struct jemput_oid oid;
    size_t size;
    int kind;
    bool wanted;
    enum jemput_status st;

    if (!segment->own && !p->others) /* another copy of this store sealed it, and it came from elsewhere: not for us to send under this name */
        return JEMPUT_OK;
    st = prefix_wants(p, segment, &wanted, err);
    if (st || !wanted)
        return st;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    jemput_arena_clear(&p->arena);
    st = jemput_source_commit(jemput_repo_source(p->r->j->repo), &oid, false, &commit, &p->arena, err);
    if (!st)
        st = jemput_store_object_get(p->r->j->store, commit.payload_oid.id, &kind, &size, NULL, err);
    if (engine_is_cut_off(p->r->j, segment, st)) { /* all of it, or its data: a checkpoint stands for it, and who lacks it begins there */
        p->skipped = true;
        return JEMPUT_OK;
    }
    p->full = !st && p->last_number > 0 && p->bytes + size > p->bytes_max;
    if (p->full)
        return jemput_fail(err, JEMPUT_CANCELLED, "the prefix is full"); /* ends the walk; run_send knows */
    if (st)
        return st;
    p->bytes += size;
    p->segments++;
    p->last_number = segment->number;
    st = prefix_parents(p, segment, &commit, err);
    return st ? st : oids_add(&p->commits, &oid, err);
}

/* The founder's log goes on from the genesis commit: that goes out with the first prefix. */
static enum jemput_status prefix_genesis(struct prefix *p, bool hub_has, struct jemput_error *err)
{
    struct jemput_oid oid;
    enum jemput_status st = run_log_genesis(p->r->j, &p->writer, &p->has_genesis, &oid, err);

    return st || !p->has_genesis || hub_has ? st : oids_add(&p->commits, &oid, err);
}

/* What the hub has can still be fetched. */
static bool send_refused(enum jemput_status st)
{
    return st == JEMPUT_DENIED || st == JEMPUT_FULL || st == JEMPUT_LIMIT;
}

/* The hub says that it is too much at once. One segment is not sent by halves, and not once more as it is. */
static bool prefix_smaller(struct prefix *p)
{
    return p->segments > 1 && jemput_sync_too_large(&p->r->sync);
}

/* One push, and how the link took it. */
static enum jemput_status prefix_push(struct prefix *p, const char *ref, const struct jemput_oid *expected, uint64_t *bytes, struct jemput_error *err)
{
    struct jemput *j = p->r->j;
    uint64_t start_ms = j->env->monotonic_ms(j->env);
    enum jemput_status st = jemput_hub_push(p->r->hub, j->repo, ref, expected, p->commits.of, p->commits.count, bytes, err);

    if (!st)
        jemput_sync_sent(&p->r->sync, *bytes, j->env->monotonic_ms(j->env) - start_ms);
    for (unsigned i = 0; !st && !run_branch_reaches(p->r) && i < p->accepted.count; i++) /* else run_hub_has() says that they are there */
        st = oids_add(&p->r->accepted, &p->accepted.of[i], err);
    return st;
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

static enum jemput_status send_result(struct run *r, struct prefix *p, const char *ref, enum jemput_status st, uint64_t bytes,
                                      struct jemput_error *err)
{
    if (st == JEMPUT_BUSY && jemput_hub_traffic(r->hub).overloaded) /* nothing more is asked of it now */
        return st;
    r->world.send_failed_soft = st == JEMPUT_BUSY;
    if (st == JEMPUT_BUSY)
        return send_look_again(r, ref, err);
    if (st == JEMPUT_LIMIT && prefix_smaller(p))
        return JEMPUT_OK;
    if (send_refused(st)) {
        r->world.send_stopped = true;
        r->send_error = *err;
        return JEMPUT_OK;
    }
    if (st)
        return st;
    if (r->send_error.status == JEMPUT_BUSY) /* another one held the ref; what the hub has refused of other branches it still refuses */
        r->send_error.status = JEMPUT_OK;
    r->report->segments_sent += p->last_number - r->world.sent_number;
    r->report->bytes_sent += bytes;
    r->world.sent_number = p->last_number;
    r->world.genesis_due = false;
    r->hub_tip = p->commits.of[p->commits.count - 1];
    r->hub_has_own = true;
    return JEMPUT_OK;
}

struct gap {
    const struct prefix *p;
    uint64_t last;
};

/* The last segment of the log whose data was let go: what comes before it cannot be told without it. */
static enum jemput_status gap_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct gap *gap = ctx;
    struct jemput_oid oid;
    bool has = true, wanted;
    enum jemput_status st;

    if (segment->control || (!segment->own && !gap->p->others))
        return JEMPUT_OK;
    st = prefix_wants(gap->p, segment, &wanted, err);
    if (st || !wanted)
        return st;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = jemput_source_has(jemput_repo_source(gap->p->r->j->repo), &oid, &has, err);
    if (!st && !has)
        gap->last = segment->number;
    return st;
}

/* The next commits of the writer's log behind segment `sent`. A branch that the hub lacks begins behind what was let go of it. */
static enum jemput_status prefix_read(struct prefix *p, uint64_t sent, bool hub_has, struct jemput_error *err)
{
    struct gap gap = { .p = p };
    enum jemput_status st = prefix_genesis(p, hub_has, err);

    if (!st && !hub_has)
        st = jemput_store_segments_each(p->r->j->store, &p->writer, sent + 1, gap_see, &gap, err);
    p->skipped = gap.last > 0;
    if (sent < gap.last)
        sent = gap.last;
    if (!st)
        st = jemput_store_segments_each(p->r->j->store, &p->writer, sent + 1, prefix_segment, p, err);
    if (p->full)
        st = JEMPUT_OK;
    if (!st && p->commits.count == 0 && p->skipped)
        return jemput_fail(err, JEMPUT_DENIED, "the hub lacks what a checkpoint let this store drop: use a hub that has it");
    if (!st && p->commits.count == 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "segment %llu of the log is missing", (unsigned long long)sent + 1);
    return st;
}

static void prefix_release(struct prefix *p)
{
    jemput_arena_release(&p->arena);
    jemput_free(p->commits.of);
    jemput_free(p->accepted.of);
}

/* Has what was sealed in this run begun another generation? What came before it is covered by a checkpoint. */
static enum jemput_status generation_follow(struct run *r, struct jemput_error *err)
{
    uint32_t generation = r->generation;
    enum jemput_status st = engine_generation(r->j, &r->generation, &r->generation_first, err);

    if (st || generation == r->generation)
        return st;
    r->hub_has_own = false;
    if (r->world.sent_number < r->generation_first - 1)
        r->world.sent_number = r->generation_first - 1;
    return JEMPUT_OK;
}

static enum jemput_status prefix_send(struct run *r, uint32_t bytes_max, struct jemput_error *err)
{
    struct prefix p = { .r = r, .writer = r->j->writer, .bytes_max = bytes_max };
    char ref[LOG_REF_BYTES];
    uint64_t bytes = 0;
    enum jemput_status st = prefix_read(&p, r->world.sent_number, r->hub_has_own, err);

    engine_log_ref(ref, &r->j->writer, r->generation);
    if (!st) {
        st = prefix_push(&p, ref, r->hub_has_own ? &r->hub_tip : NULL, &bytes, err);
        st = send_result(r, &p, ref, st, bytes, err);
    } else if (st == JEMPUT_DENIED && p.skipped) {
        r->world.send_stopped = true;
        r->send_error = *err;
        st = JEMPUT_OK;
    }
    prefix_release(&p);
    return st;
}

/* --- carried logs --- */

/* *again: it was too much at once, and less is tried next. */
static enum jemput_status carry_prefix(struct run *r, struct run_carried *c, bool *again, struct jemput_error *err)
{
    struct prefix p = { .r = r, .writer = c->writer, .end = c->end, .others = c->others, .bytes_max = jemput_sync_prefix(&r->sync) };
    uint64_t bytes = 0;
    enum jemput_status st = prefix_read(&p, c->sent, c->hub_has, err);

    if (!st)
        st = prefix_push(&p, c->ref, c->hub_has ? &c->hub_tip : NULL, &bytes, err);
    if (!st) {
        r->report->segments_sent += p.last_number - c->sent;
        r->report->bytes_sent += bytes;
        c->sent = p.last_number;
        c->hub_tip = p.commits.of[p.commits.count - 1];
        c->hub_has = true;
        st = oids_add(&r->carried, &c->hub_tip, err);
    }
    *again = st == JEMPUT_LIMIT && prefix_smaller(&p);
    c->cut_off = st && p.skipped && p.commits.count == 0;
    prefix_release(&p);
    return *again ? JEMPUT_OK : st;
}

enum jemput_status run_send_carried(struct run *r, struct run_carried *c, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && c->sent < c->last) {
        uint64_t before = c->sent;
        bool again = false;

        st = run_may_go_on(r, JEMPUT_STEP_SEND, err);
        if (!st)
            st = carry_prefix(r, c, &again, err);
        if (!st && !again && c->sent == before)
            return JEMPUT_OK;
    }
    if (send_refused(st)) {
        if (!c->needless || !c->cut_off)
            r->send_error = *err;
        st = JEMPUT_OK;
    }
    if (st == JEMPUT_BUSY && jemput_hub_traffic(r->hub).overloaded)
        return st;
    return st == JEMPUT_BUSY ? JEMPUT_OK : st; /* somebody else carries it, too, or holds the hub: at the next sync */
}

/* --- the own log --- */

/* The segment of this number on the chain that the own log goes on. */
enum jemput_status run_own_segment(struct run *r, uint64_t number, struct jemput_segment *out, struct jemput_error *err)
{
    enum jemput_status st = jemput_store_own_last(r->j->store, &r->j->writer, out, err);

    while (!st && out->number > number)
        st = jemput_store_segment_find(r->j->store, &out->previous, out, err);
    return st;
}

/* How much of the own log's generation that ends with `last` the hub has; of one that it does not have at all, the number before its first segment.
 * *needed = false: it needs nothing. */
static enum jemput_status generation_sent(struct run *r, const struct jemput_segment *last, struct run_carried *c, bool *needed,
                                          struct jemput_error *err)
{
    struct jemput_segment tip;
    enum jemput_status st = run_log_ref(r, c, last, needed, err);

    if (st || !*needed)
        return st;
    st = jemput_hub_ref(r->hub, c->ref, &c->hub_tip, err);
    c->hub_has = !st;
    if (st == JEMPUT_NOTFOUND)
        return run_log_rest(r, last, c, err);
    if (!st)
        st = jemput_store_segment_of_commit(r->j->store, c->hub_tip.id, &tip, err);
    *needed = !st; /* a tip that is not known here is another copy's */
    c->sent = st ? 0 : tip.number;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* What the hub lacks of the generations up to the one that ends with `last`, the oldest first: who reads on from there must find their ends. */
static enum jemput_status generations_rest(struct run *r, const struct jemput_segment *last, struct jemput_error *err)
{
    struct run_carried c = { .writer = r->j->writer, .end = last->id, .last = last->number, .needless = true };
    struct jemput_segment before;
    bool needed;
    enum jemput_status st = generation_sent(r, last, &c, &needed, err);

    if (!st && needed && !c.hub_has && c.generation && c.sent) {
        st = run_own_segment(r, c.sent, &before, err);
        if (!st)
            st = generations_rest(r, &before, err);
    }
    return !st && needed ? run_send_carried(r, &c, err) : st;
}

enum jemput_status run_send(struct run *r, uint32_t bytes_max, struct jemput_error *err)
{
    struct jemput_segment last;
    enum jemput_status st = generation_follow(r, err);

    if (!st && r->generation && r->world.sent_number < r->generation_first) {
        st = run_own_segment(r, r->generation_first - 1, &last, err);
        if (!st)
            st = generations_rest(r, &last, err);
    }
    return st ? st : prefix_send(r, bytes_max, err);
}
