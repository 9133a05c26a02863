/* api/verify.c — checking everything: the file, the capture triggers, every signature and chain, and that replaying all logs gives exactly the
 * rows. */
#include "api/judge.h"
#include "api/replay.h"
#include "store/compare.h"

struct check {
    struct engine_replay replay;
    bool chains_only; /* something before was wrong: there is nothing to compare with */
    jemput_problem_cb each;
    void *ctx;
    uint64_t problems;
};

static void check_problem(void *ctx, const char *what)
{
    struct check *c = ctx;

    c->problems++;
    if (c->each)
        c->each(c->ctx, what);
}

static enum jemput_status check_segment(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct check *c = ctx;
    struct engine_segment read;
    enum jemput_status st = engine_replay_read(&c->replay, segment, &read, err);

    if (!st && !c->chains_only)
        st = engine_replay_merge(&c->replay, segment, &read, err);
    if (!st || !engine_replay_of_log(segment, err))
        return st;
    check_problem(c, err->text);
    c->chains_only = true;
    return JEMPUT_OK;
}

static enum jemput_status check_logs(struct check *c, struct jemput *j, struct jemput_error *err)
{
    uint64_t differing = 0;
    int64_t due = 0;
    enum jemput_status st = engine_rebuild_due(j, &due, err);

    if (!st && due) {
        check_problem(c, "what counts has changed, and the tables do not follow yet: a sync, or a rebuild, does it");
        c->chains_only = true;
    }
    if (!st)
        st = engine_replay_begin(&c->replay, j, err);

    if (!st)
        st = jemput_store_segments_after(j->store, 0, check_segment, c, err);
    if (!st && !c->chains_only)
        st = jemput_store_commit(c->replay.store, err);
    if (!st && !c->chains_only)
        st = jemput_store_compare(j->store, c->replay.store, check_problem, c, &differing, err);
    engine_replay_release(&c->replay);
    return st;
}

enum jemput_status jemput_verify(struct jemput *j, jemput_problem_cb each, void *ctx, uint64_t *problems, struct jemput_error *err)
{
    struct check c = { .each = each, .ctx = ctx };
    uint64_t in_file = 0;
    unsigned sealed = 0;
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    st = jemput_store_check(j->store, check_problem, &c, &in_file, err);
    /* What is pending is in the tables and not in a log yet: seal it, so that rows and logs can be compared. */
    if (!st && c.problems == 0)
        st = jemput_seal(j, &sealed, err);
    if (!st)
        st = engine_keyring_faults(j, check_problem, &c, err);
    if (!st)
        st = check_logs(&c, j, err);
    if (st)
        return jemput_wrap(err, "verify");
    *problems = c.problems;
    return JEMPUT_OK;
}
