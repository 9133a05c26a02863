/* api/fork/branch.c — where the log of a writer that this device was goes on a hub, when another copy of the device may have written there, too.
 *
 * A ref holds one chain. Whoever came first has the log's own ref; the branch that finds its number taken goes beside it, under a ref that carries
 * the hash of the branch's last segment (schema/formats/commit.md, "Refs"). It is finished, since its device goes on as a new writer: so the name
 * never changes. */
#include "api/checkpoint/checkpoint.h"
#include "api/ingest/segment.h"
#include "api/ingest/walk.h"
#include "api/sync/run.h"

#include <stdio.h>
#include <string.h>

bool run_listed(const struct run *r, const char *ref, struct jemput_oid *tip)
{
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (strcmp(r->logs[i].log.ref, ref) == 0) {
            *tip = r->logs[i].log.tip;
            return true;
        }
    return false;
}

/* Is the commit on the chain that ends with `last`? Then which number it has. */
static enum jemput_status chain_number(struct run *r, const struct jemput_oid *tip, const struct jemput_segment *last, bool *chain, uint64_t *number,
                                       struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_segment found;
    enum jemput_status st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), tip, false, &s, &arena, err);

    *chain = false;
    if (st == JEMPUT_NOTFOUND) /* cut off here, or never seen */
        st = engine_segment_read(r->j, jemput_hub_source(r->hub), tip, false, &s, &arena, err);
    if (!st && s.header.number > 0)
        st = jemput_store_segment_find(r->j->store, &s.hash, &found, err);
    if (!st) {
        *number = s.header.number;
        *chain = s.header.number == 0 || found.id == last->id; /* 0: the founder's log, of which nothing but the genesis segment is there */
    }
    if (!st && !*chain && jemput_writer_compare(&found.writer, &last->writer) == 0)
        st = jemput_store_segment_saw(r->j->store, last->id, found.id, chain, err);
    jemput_arena_release(&arena);
    return engine_status_of_log(st) ? JEMPUT_OK : st;
}

/* Is `earlier` the segment `later`, or in its past? */
static enum jemput_status saw_or_is(struct run *r, const struct jemput_segment *later, const struct jemput_segment *earlier, bool *out,
                                    struct jemput_error *err)
{
    *out = later->id == earlier->id;
    return *out ? JEMPUT_OK : jemput_store_segment_saw(r->j->store, later->id, earlier->id, out, err);
}

/* The newest segment of the hub's log under this tip that is known here. *there = false: the log cannot be read, or none is. */
static enum jemput_status known_base(struct run *r, const struct jemput_oid *tip, struct jemput_segment *base, bool *there, struct jemput_error *err)
{
    struct engine_walk walk = { .oids = { 0 } };
    enum jemput_status st = engine_walk_back(r->j, jemput_hub_source(r->hub), tip, &walk, err);

    if (!st)
        st = jemput_store_segment_find(r->j->store, &walk.base, base, err);
    jemput_buf_release(&walk.oids);
    *there = !st;
    return engine_status_of_log(st) ? JEMPUT_OK : st;
}

/* The newest segment of the chain that ends with `last` which a ref of the hub reaches; 0 = none. That an object is there is not enough: a push that
 * was cut has left it without a ref, and it will be swept. */
static enum jemput_status common_number(struct run *r, const struct jemput_segment *last, const struct jemput_segment *base, uint64_t *out,
                                        struct jemput_error *err)
{
    struct jemput_segment s = *last;
    bool common = false;
    enum jemput_status st = saw_or_is(r, base, &s, &common, err);

    while (!st && !common && s.number > 1) {
        st = jemput_store_segment_find(r->j->store, &s.previous, &s, err);
        if (!st)
            st = saw_or_is(r, base, &s, &common, err);
    }
    *out = common ? s.number : 0;
    return st;
}

/* Which generation it is of, and the commit that it goes on from: all zero where that generation begins with it. */
static enum jemput_status generation_of(struct run *r, const struct jemput_segment *segment, uint32_t *generation, struct jemput_oid *parent,
                                        struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    memset(parent, 0, sizeof *parent);
    st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &oid, false, &s, &arena, err);
    if (!st) {
        *generation = s.header.generation;
        if (s.commit.parent_count)
            *parent = s.commit.parents[0];
    }
    jemput_arena_release(&arena);
    return st;
}

/* What came before its generation, and what was cut off here, a checkpoint covers: the hub needs the rest. */
enum jemput_status run_log_rest(struct run *r, const struct jemput_segment *last, struct run_carried *c, struct jemput_error *err)
{
    struct jemput_segment s = *last;
    struct engine_checkpoint base;
    uint32_t generation = 0;
    bool cut, end = false;
    enum jemput_status st = engine_checkpoint_base(r->j, &base, err);

    cut = !st;
    c->sent = 0;
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    for (bool first = true; !st && !end && s.number > 1; first = false) {
        struct jemput_oid parent;

        if (first || generation)
            st = generation_of(r, &s, &generation, &parent, err);
        if (!st && !cut && !generation)
            break;
        if (!st)
            st = jemput_store_segment_find(r->j->store, &s.previous, &s, err);
        if (!st && generation)
            end = memcmp(parent.id, s.commit, sizeof parent.id) != 0;
        if (!st && !end && cut)
            st = engine_checkpoint_covers(r->j, &base, s.id, &end, err);
        c->sent = end ? s.number : 0;
    }
    return st;
}

/* `base` NULL: the log beside which it goes has nothing that is known here. */
static enum jemput_status branch_beside(struct run *r, struct run_carried *c, const struct jemput_segment *last, const struct jemput_segment *base,
                                        struct jemput_error *err)
{
    char hash[BRANCH_DIGITS + 1];
    enum jemput_status st;

    jemput_hex_encode(hash, last->hash.bytes, BRANCH_DIGITS / 2);
    snprintf(c->ref + strlen(c->ref), sizeof c->ref - strlen(c->ref), "-%s", hash);
    c->hub_has = run_listed(r, c->ref, &c->hub_tip);
    if (c->hub_has) {
        bool chain;

        st = chain_number(r, &c->hub_tip, last, &chain, &c->sent, err);
        if (st || chain)
            return st;
        c->sent = c->last; /* somebody has put something else there: it stays */
        return JEMPUT_OK;
    }
    return base ? common_number(r, last, base, &c->sent, err) : run_log_rest(r, last, c, err);
}

enum jemput_status run_log_ref(struct run *r, struct run_carried *c, const struct jemput_segment *last, bool *needed, struct jemput_error *err)
{
    struct engine_checkpoint base;
    struct jemput_oid parent;
    uint32_t generation = 0;
    bool covered = false;
    enum jemput_status st = engine_checkpoint_base(r->j, &base, err);

    if (!st)
        st = engine_checkpoint_covers(r->j, &base, last->id, &covered, err);
    *needed = !covered;
    if ((st && st != JEMPUT_NOTFOUND) || covered)
        return st;
    st = generation_of(r, last, &generation, &parent, err);
    c->generation = generation;
    engine_log_ref(c->ref, &c->writer, generation);
    return st;
}

enum jemput_status run_branch(struct run *r, struct run_carried *c, const struct jemput_segment *last, struct jemput_error *err)
{
    struct jemput_segment base;
    bool out = false, needed, there;
    enum jemput_status st = run_log_ref(r, c, last, &needed, err);

    c->sent = c->last = last->number;
    if (st || !needed)
        return st;
    c->hub_has = run_listed(r, c->ref, &c->hub_tip);
    if (!c->hub_has)
        return run_log_rest(r, last, c, err);
    st = chain_number(r, &c->hub_tip, last, &out, &c->sent, err);
    if (st || out)
        return st;
    st = known_base(r, &c->hub_tip, &base, &there, err);
    if (!st && there)
        st = saw_or_is(r, &base, last, &out, err);
    c->sent = c->last;
    return st || out ? st : branch_beside(r, c, last, there ? &base : NULL, err);
}
