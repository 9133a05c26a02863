/* api/branch.c — where the log of a writer that this device was goes on a hub, when another copy of the device may have written there, too.
 *
 * A ref holds one chain. Whoever came first has the log's own ref; the branch that finds its number taken goes beside it, under a ref that carries
 * the hash of the branch's last segment (schema/formats/commit.md, "Refs"). It is finished, since its device goes on as a new writer: so the name
 * never changes. */
#include "api/run.h"

#include <stdio.h>
#include <string.h>

static bool of_log(enum jemput_status st)
{
    return st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_LIMIT || st == JEMPUT_UPGRADE || st == JEMPUT_NOTFOUND;
}

static bool listed(const struct run *r, const char *ref, struct jemput_oid *tip)
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
    if (!st && s.header.number > 0)
        st = jemput_store_segment_find(r->j->store, &s.hash, &found, err);
    if (!st) {
        *number = s.header.number;
        *chain = s.header.number == 0 || found.id == last->id; /* 0: the founder's log, of which nothing but the genesis segment is there */
    }
    if (!st && !*chain && jemput_writer_compare(&found.writer, &last->writer) == 0)
        st = jemput_store_segment_saw(r->j->store, last->id, found.id, chain, err);
    jemput_arena_release(&arena);
    return of_log(st) ? JEMPUT_OK : st;
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
    return of_log(st) ? JEMPUT_OK : st;
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

/* `base` NULL: the log beside which it goes has nothing that is known here. */
static enum jemput_status branch_beside(struct run *r, struct run_carried *c, const struct jemput_segment *last, const struct jemput_segment *base,
                                        struct jemput_error *err)
{
    char hash[BRANCH_DIGITS + 1];
    enum jemput_status st;

    jemput_hex_encode(hash, last->hash.bytes, BRANCH_DIGITS / 2);
    snprintf(c->ref + strlen(c->ref), sizeof c->ref - strlen(c->ref), "-%s", hash);
    c->hub_has = listed(r, c->ref, &c->hub_tip);
    if (c->hub_has) {
        bool chain;

        st = chain_number(r, &c->hub_tip, last, &chain, &c->sent, err);
        if (st || chain)
            return st;
        c->sent = c->last; /* somebody has put something else there: it stays */
        return JEMPUT_OK;
    }
    c->sent = 0;
    return base ? common_number(r, last, base, &c->sent, err) : JEMPUT_OK;
}

/* Of the log that ends with this segment; its commit may have been cut off here: then it is none that is sent. */
static enum jemput_status generation_of(struct run *r, const struct jemput_segment *segment, uint32_t *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_oid oid;
    enum jemput_status st;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &oid, false, &s, &arena, err);
    *out = st ? 0 : s.header.generation;
    jemput_arena_release(&arena);
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* What came before the generation is covered by a checkpoint: the hub needs it from its first segment on. */
static enum jemput_status generation_start(struct run *r, const struct jemput_segment *last, uint32_t generation, struct run_carried *c,
                                           struct jemput_error *err)
{
    struct jemput_segment s = *last;
    uint32_t of = generation;
    enum jemput_status st = JEMPUT_OK;

    while (!st && of == generation) {
        c->first = s.number;
        if (s.number <= 1)
            break;
        st = jemput_store_segment_find(r->j->store, &s.previous, &s, err);
        if (!st)
            st = generation_of(r, &s, &of, err);
    }
    c->sent = c->first - 1;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status run_branch(struct run *r, struct run_carried *c, const struct jemput_segment *last, struct jemput_error *err)
{
    uint32_t generation = 0;
    struct jemput_segment base;
    bool out = false, there;
    enum jemput_status st;

    c->last = last->number;
    st = generation_of(r, last, &generation, err);
    if (st)
        return st;
    engine_log_ref(c->ref, &c->writer, generation);
    c->hub_has = listed(r, c->ref, &c->hub_tip);
    if (!c->hub_has)
        return generation ? generation_start(r, last, generation, c, err) : JEMPUT_OK;
    st = chain_number(r, &c->hub_tip, last, &out, &c->sent, err);
    if (st || out)
        return st;
    st = known_base(r, &c->hub_tip, &base, &there, err);
    if (!st && there)
        st = saw_or_is(r, &base, last, &out, err);
    c->sent = c->last;
    return st || out ? st : branch_beside(r, c, last, there ? &base : NULL, err);
}
