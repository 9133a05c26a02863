/* api/fork/carry.c — logs that a store sends besides its own: those of the writers that it was before, whose end nobody else has, and those of root
 * administrators' keys that are in no store and sign here. */
#include "api/facts.h"
#include "api/fork/carry.h"
#include "api/ingest/segment.h"
#include "api/sync/run.h"

#include <string.h>

#define CARRIED_MAX 4096

enum jemput_status engine_carried(struct jemput *j, struct jemput_writer **out, uint32_t *count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf ids = JEMPUT_BUF_INIT((size_t)CARRIED_MAX * JEMPUT_WRITER_BYTES);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_CARRIED, &ids, err);

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    *count = (uint32_t)(ids.len / JEMPUT_WRITER_BYTES);
    *out = jemput_arena_array(arena, *count, sizeof **out);
    if (!st && !*out)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for carried logs");
    for (uint32_t i = 0; !st && i < *count; i++)
        memcpy((*out)[i].id, ids.data + (size_t)i * JEMPUT_WRITER_BYTES, JEMPUT_WRITER_BYTES);
    jemput_buf_release(&ids);
    return st;
}

enum jemput_status engine_carry_add(struct jemput *j, const struct jemput_writer *writer, struct jemput_error *err)
{
    struct jemput_buf ids = JEMPUT_BUF_INIT((size_t)CARRIED_MAX * JEMPUT_WRITER_BYTES);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_CARRIED, &ids, err);
    bool there = false;

    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    for (size_t i = 0; !st && i + JEMPUT_WRITER_BYTES <= ids.len; i += JEMPUT_WRITER_BYTES)
        there |= memcmp(ids.data + i, writer->id, JEMPUT_WRITER_BYTES) == 0;
    if (!st && !there) {
        jemput_buf_append(&ids, writer->id, sizeof writer->id);
        st = jemput_buf_check(&ids, "carried logs", err);
    }
    if (!st && !there)
        st = jemput_store_fact_put(j->store, FACT_CARRIED, jemput_buf_bytes(&ids), err);
    jemput_buf_release(&ids);
    return st;
}

static enum jemput_status first_take(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    *(struct jemput_segment *)ctx = *segment;
    return jemput_fail(err, JEMPUT_CANCELLED, "the first is enough");
}

/* Of a log without segments. */
static enum jemput_status own_start(struct jemput *j, struct jemput_oid *out, struct jemput_error *err)
{
    struct jemput_buf commit = JEMPUT_BUF_INIT(JEMPUT_OID_BYTES);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_OWN_COMMIT, &commit, err);

    if (!st && commit.len != sizeof out->id)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the log begins with its first segment");
    if (!st)
        memcpy(out->id, commit.data, sizeof out->id);
    jemput_buf_release(&commit);
    return st;
}

/* What the log's first segment goes on from; before it is there, what it will go on from. JEMPUT_NOTFOUND. */
static enum jemput_status log_parent(struct jemput *j, const struct jemput_writer *writer, struct jemput_oid *out, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_segment first;
    struct jemput_oid oid;
    enum jemput_status st = jemput_store_segments_each(j->store, writer, 0, first_take, &first, err);

    if (!st && jemput_writer_compare(writer, &j->writer) == 0)
        return own_start(j, out, err);
    if (st != JEMPUT_CANCELLED)
        return st ? st : jemput_fail(err, JEMPUT_NOTFOUND, "the log is not there");
    memcpy(oid.id, first.commit, sizeof oid.id);
    st = jemput_source_commit(jemput_repo_source(j->repo), &oid, false, &commit, &arena, err);
    if (!st && commit.parent_count == 0)
        st = jemput_fail(err, JEMPUT_NOTFOUND, "the log begins with its first segment");
    if (!st)
        *out = commit.parents[0];
    jemput_arena_release(&arena);
    return st;
}

enum jemput_status run_log_genesis(struct jemput *j, const struct jemput_writer *writer, bool *goes_on, struct jemput_oid *genesis,
                                   struct jemput_error *err)
{
    struct jemput_oid parent;
    enum jemput_status st = engine_fact_exact(j, FACT_GENESIS_COMMIT, genesis->id, sizeof genesis->id, err);

    *goes_on = false;
    if (!st)
        st = log_parent(j, writer, &parent, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    *goes_on = memcmp(parent.id, genesis->id, sizeof parent.id) == 0;
    return JEMPUT_OK;
}

/* How much of the log the hub has. *known = false: more than is known here, which is fetched and not sent. */
static enum jemput_status carried_sent(struct run *r, struct run_carried *c, bool *known, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    enum jemput_status st = JEMPUT_OK;

    *known = true;
    for (uint32_t i = 0; i < r->world.log_count; i++)
        if (strcmp(r->logs[i].log.ref, c->ref) == 0) {
            c->hub_has = true;
            c->hub_tip = r->logs[i].log.tip;
        }
    if (c->hub_has)
        st = engine_segment_read(r->j, jemput_repo_source(r->j->repo), &c->hub_tip, false, &s, &arena, err);
    if (!st && c->hub_has) {
        *known = s.header.number == 0 || jemput_writer_compare(&s.header.writer, &c->writer) == 0;
        c->sent = s.header.number;
    }
    jemput_arena_release(&arena);
    if (st == JEMPUT_NOMEM || st == JEMPUT_IO || st == JEMPUT_BUSY)
        return st;
    *known = *known && !st;
    return JEMPUT_OK;
}

/* The hub has the log as it is here now: there is nothing to fetch of it. */
static enum jemput_status carried_note(struct run *r, const struct run_carried *c, struct jemput_error *err)
{
    struct jemput *j = r->j;
    enum jemput_status st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);

    if (!st)
        st = jemput_store_ref_put(j->store, c->ref, c->hub_tip.id, err);
    if (!st)
        st = jemput_store_commit(j->store, err);
    if (st)
        jemput_store_rollback(j->store);
    for (uint32_t i = 0; !st && i < r->world.log_count; i++)
        if (strcmp(r->logs[i].log.ref, c->ref) == 0) {
            r->logs[i].log.tip = c->hub_tip;
            r->states[i].state = JEMPUT_LOG_READ;
        }
    return st;
}

static enum jemput_status carry_one(struct run *r, const struct jemput_writer *writer, struct jemput_error *err)
{
    struct run_carried c = { .writer = *writer };
    struct jemput_segment last;
    uint64_t lacked = 0; /* nobody is told: it may never have had it */
    bool known;
    enum jemput_status st = jemput_store_own_last(r->j->store, writer, &last, err);

    if (st == JEMPUT_NOTFOUND) {
        c.others = true;
        st = jemput_store_segment_last(r->j->store, writer, &last, err);
    }
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    c.last = last.number;
    engine_log_ref(c.ref, writer, 0);
    known = true;
    st = c.others ? carried_sent(r, &c, &known, err) : run_branch(r, &c, &last, err);
    if (!st && known && c.sent < c.last) {
        st = run_send_carried(r, &c, err);
        if (!st && c.sent >= c.last)
            st = carried_note(r, &c, err);
    }
    return st ? st : run_generations(r, writer, c.generation, c.others, &lacked, err);
}

enum jemput_status run_carry(struct run *r, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_writer *writers;
    uint32_t count;
    enum jemput_status st = engine_carried(r->j, &writers, &count, &arena, err);

    for (uint32_t i = 0; !st && !r->trial && !r->bundle && i < count; i++)
        st = carry_one(r, &writers[i], err);
    jemput_arena_release(&arena);
    return st;
}
