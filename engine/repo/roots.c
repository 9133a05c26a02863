/* repo/roots.c — commits that history begins with. See roots.h. */
#include "repo/roots.h"

struct sent {
    struct jemput_repo *repo;
    const struct jemput_oid *expected, *commits;
    unsigned count, begin; /* where the branch itself begins among them: heads that central had accepted stand before that, or between */
};

static bool goes_along(const struct sent *s, const struct jemput_oid *oid, unsigned *at)
{
    for (*at = 0; *at < s->count; ++*at)
        if (jemput_oid_equal(oid, &s->commits[*at]))
            return true;
    return false;
}

/* Back from the tip along first parents. */
static enum jemput_status begin_find(struct sent *s, struct jemput_arena *arena, struct jemput_error *err)
{
    bool on = s->count > 0;
    enum jemput_status st = JEMPUT_OK;

    s->begin = on ? s->count - 1 : 0;
    while (!st && on) {
        struct jemput_commit c;
        unsigned at;

        jemput_arena_clear(arena);
        st = jemput_source_signed(jemput_repo_source(s->repo), &s->commits[s->begin], &c, arena, err);
        on = !st && c.parent_count && goes_along(s, &c.parents[0], &at) && at < s->begin; /* what was seen stands before */
        if (on)
            s->begin = at;
    }
    return st;
}

/* Does it go along, or was it there? Else, whoever gets this is told that nothing comes before it: where a new branch begins behind a checkpoint, and
 * where the parent is not here whole. (One without its payload is no better than none, as of a fork's sides, of which what was signed stays: git
 * takes a commit whole.) Other heads that central had accepted go along where the hub lacks them. */
static enum jemput_status parent_goes(const struct sent *s, unsigned commit, unsigned place, const struct jemput_oid *parent, bool *goes,
                                      struct jemput_error *err)
{
    unsigned at;

    *goes = (s->expected && jemput_oid_equal(parent, s->expected)) || goes_along(s, parent, &at);
    if (*goes || (place == 0 && commit == s->begin && !s->expected))
        return JEMPUT_OK;
    return jemput_repo_payload_has(s->repo, parent, goes, err);
}

static enum jemput_status root_look(const struct sent *s, unsigned commit, bool *root, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit c;
    bool goes = true;
    enum jemput_status st = jemput_source_signed(jemput_repo_source(s->repo), &s->commits[commit], &c, arena, err);

    for (unsigned i = 0; !st && goes && i < c.parent_count; i++)
        st = parent_goes(s, commit, i, &c.parents[i], &goes, err);
    *root = !st && !goes;
    return st;
}

enum jemput_status jemput_roots_find(struct jemput_oid **out, unsigned *out_count, struct jemput_repo *repo, const struct jemput_oid *expected,
                                     const struct jemput_oid *commits, unsigned count, struct jemput_error *err)
{
    struct sent sent = { .repo = repo, .expected = expected, .commits = commits, .count = count };
    struct jemput_arena arena = { 0 };
    struct jemput_oid *roots = jemput_alloc((count + 1) * sizeof *roots);
    unsigned found = 0;
    enum jemput_status st = roots ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", count);

    if (!st)
        st = begin_find(&sent, &arena, err);
    for (unsigned i = 0; !st && i < count; i++) {
        bool root = false;

        jemput_arena_clear(&arena);
        st = root_look(&sent, i, &root, &arena, err);
        if (!st && root)
            roots[found++] = commits[i];
    }
    jemput_arena_release(&arena);
    if (st || !found) {
        jemput_free(roots);
        roots = NULL;
    }
    *out = roots;
    *out_count = st ? 0 : found;
    return st;
}
