/* repo/roots.c — commits that history begins with. See roots.h. */
#include "repo/roots.h"

static enum jemput_status root_look(struct jemput_source *source, const struct jemput_oid *oid, bool *root, struct jemput_arena *arena,
                                    struct jemput_error *err)
{
    struct jemput_commit commit;
    bool has = true;
    enum jemput_status st = jemput_source_signed(source, oid, &commit, arena, err);

    for (unsigned i = 0; !st && has && i < commit.parent_count; i++)
        st = jemput_source_has(source, &commit.parents[i], &has, err);
    *root = !st && !has;
    return st;
}

enum jemput_status jemput_roots_find(struct jemput_oid **out, unsigned *out_count, struct jemput_source *source, const struct jemput_oid *commits,
                                     unsigned count, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_oid *roots = jemput_alloc((count + 1) * sizeof *roots);
    unsigned found = 0;
    enum jemput_status st = roots ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", count);

    for (unsigned i = 0; !st && i < count; i++) {
        bool root = false;

        jemput_arena_clear(&arena);
        st = root_look(source, &commits[i], &root, &arena, err);
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
