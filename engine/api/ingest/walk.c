/* api/ingest/walk.c — which commits of a log are not known here: from its tip back along first parents.
 *
 * Reads headers only and checks no signature: what is found is read again, and checked in full, before anything of it is used. */
#include "api/engine.h"
#include "api/ingest/segment.h"
#include "api/ingest/walk.h"

#include <string.h>

#define WALK_COMMITS_MAX (4u * 1024 * 1024)
#define READINGS_STEPS 256

size_t engine_walk_count(const struct engine_walk *walk)
{
    return walk->oids.len / JEMPUT_OID_BYTES;
}

void engine_walk_oid(const struct engine_walk *walk, size_t from_oldest, struct jemput_oid *out)
{
    memcpy(out->id, walk->oids.data + (engine_walk_count(walk) - 1 - from_oldest) * JEMPUT_OID_BYTES, JEMPUT_OID_BYTES);
}

/* One commit's header as far as the walk needs it. */
struct step {
    struct jemput_header header;
    struct jemput_hash hash;
    bool has_parent;
    struct jemput_oid parent;
};

static enum jemput_status step_read(struct jemput_source *source, const struct jemput_oid *oid, bool alone, struct step *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_commit commit;
    enum jemput_status st;

    jemput_arena_clear(arena);
    st = alone ? jemput_source_commit_alone(source, oid, &commit, arena, err) : jemput_source_commit(source, oid, false, &commit, arena, err);
    if (!st)
        st = jemput_header_read(&out->header, commit.message, arena, err);
    if (st)
        return st;
    jemput_header_hash(&out->hash, commit.message);
    out->has_parent = commit.parent_count > 0;
    if (out->has_parent)
        out->parent = commit.parents[0];
    return JEMPUT_OK;
}

/* Registered here, or the genesis of this space? */
static enum jemput_status step_known(struct jemput *j, const struct step *s, bool *known, struct jemput_error *err)
{
    struct jemput_segment found;
    enum jemput_status st;

    *known = memcmp(s->hash.bytes, j->space.id, sizeof s->hash.bytes) == 0;
    if (*known)
        return JEMPUT_OK;
    st = jemput_store_segment_find(j->store, &s->hash, &found, err);
    *known = st == JEMPUT_OK;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static bool step_follows(const struct step *s, const struct jemput_segment *found)
{
    return found->number + 1 == s->header.number && jemput_writer_compare(&found->writer, &s->header.writer) == 0 &&
           memcmp(found->commit, s->parent.id, sizeof found->commit) == 0;
}

/* Does it go on from a segment that is registered here: by its parent, which the hub need not have any more; or as the beginning of a generation,
 * whose commit has none? */
static enum jemput_status step_goes_on(struct jemput *j, const struct step *s, struct engine_walk *walk, bool *done, struct jemput_error *err)
{
    struct jemput_segment found;
    enum jemput_status st = jemput_store_segment_find(j->store, &s->header.previous, &found, err);

    if (st && st != JEMPUT_NOTFOUND)
        return st;
    if (!s->has_parent && s->header.generation == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "the log begins at segment %llu", (unsigned long long)s->header.number);
    if (!s->has_parent || (!st && step_follows(s, &found))) {
        walk->base = s->header.previous;
        walk->unknown = st == JEMPUT_NOTFOUND;
        *done = true;
    }
    return JEMPUT_OK;
}

/* A log's first segment names the space and has no parent, but for the root administrator's, which goes on from the genesis segment. */
static bool step_is_root(const struct step *s)
{
    return s->header.number == 1 && !s->has_parent;
}

static enum jemput_status walk_step(struct jemput *j, struct jemput_source *source, bool alone, struct jemput_oid *oid, struct step *above,
                                    struct engine_walk *walk, bool *done, struct jemput_arena *arena, struct jemput_error *err)
{
    struct step s;
    enum jemput_status st = step_read(source, oid, alone, &s, arena, err);

    if (st)
        return st;
    if (memcmp(s.header.space.id, j->space.id, sizeof j->space.id) != 0 && memcmp(s.hash.bytes, j->space.id, sizeof j->space.id) != 0)
        return jemput_fail(err, JEMPUT_DENIED, "the log is of another space");
    if (above->has_parent && (s.header.number + 1 != above->header.number || !jemput_hash_equal(&s.hash, &above->header.previous)))
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %llu is not what its successor names", (unsigned long long)s.header.number);
    if (above->has_parent && s.header.number > 0 && jemput_writer_compare(&s.header.writer, &above->header.writer) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %llu is of another writer than its successor", (unsigned long long)s.header.number);
    walk->base = s.hash;
    st = step_known(j, &s, done, err);
    if (st || *done)
        return st;
    jemput_buf_append(&walk->oids, oid->id, sizeof oid->id);
    st = jemput_buf_check(&walk->oids, "commits of a log", err);
    if (st)
        return st;
    *done = step_is_root(&s);
    memcpy(walk->base.bytes, j->space.id, sizeof walk->base.bytes); /* what a root names; before it is done, the next step sets it anew */
    if (!*done && s.header.number > 1) {
        st = step_goes_on(j, &s, walk, done, err);
        if (st)
            return st;
    }
    *oid = s.parent;
    *above = s;
    return JEMPUT_OK;
}

static enum jemput_status walk_back(struct jemput *j, struct jemput_source *source, bool alone, const struct jemput_oid *tip,
                                    struct engine_walk *out, struct jemput_error *err)
{
    struct engine_walk walk = { .oids = JEMPUT_BUF_INIT((size_t)WALK_COMMITS_MAX * JEMPUT_OID_BYTES) };
    struct jemput_arena arena = { 0 };
    struct step above = { .has_parent = false };
    struct jemput_oid oid = *tip;
    bool done = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t step = 0; !st && !done; step++) {
        if (step % READINGS_STEPS == 0) { /* one hold over a long walk on a slow stick would let the log of the app's writes grow */
            jemput_store_readings_end(j->store);
            jemput_store_readings_begin(j->store);
        }
        st = walk_step(j, source, alone, &oid, &above, &walk, &done, &arena, err);
    }
    jemput_store_readings_end(j->store);
    if (st == JEMPUT_NOTFOUND && above.has_parent) {
        walk.base = above.header.previous;
        walk.unknown = walk.lacks = true;
        st = JEMPUT_OK;
    }
    jemput_arena_release(&arena);
    if (st) {
        jemput_buf_release(&walk.oids);
        return jemput_wrap(err, "commit %02x%02x%02x%02x", oid.id[0], oid.id[1], oid.id[2], oid.id[3]);
    }
    *out = walk;
    return JEMPUT_OK;
}

enum jemput_status engine_walk_back(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *out,
                                    struct jemput_error *err)
{
    return walk_back(j, source, false, tip, out, err);
}

enum jemput_status engine_walk_commits(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *out,
                                       struct jemput_error *err)
{
    return walk_back(j, source, true, tip, out, err);
}

enum jemput_status engine_walk_on(struct jemput *j, struct jemput_source *source, const struct jemput_oid *tip, struct engine_walk *walk,
                                  struct jemput_error *err)
{
    struct engine_walk before = { .unknown = false };
    struct jemput_arena arena = { 0 };
    struct step end;
    enum jemput_status st = walk->unknown && !walk->lacks ? step_read(source, tip, false, &end, &arena, err) : JEMPUT_NOTFOUND;
    bool follows = !st && jemput_hash_equal(&end.hash, &walk->base);

    jemput_arena_release(&arena);
    if (follows)
        st = engine_walk_back(j, source, tip, &before, err);
    if (!st && follows) {
        jemput_buf_append(&walk->oids, before.oids.data, before.oids.len);
        walk->base = before.base;
        walk->unknown = before.unknown;
        walk->lacks = before.lacks;
        st = jemput_buf_check(&walk->oids, "commits of a log", err);
    }
    jemput_buf_release(&before.oids);
    return engine_status_of_log(st) ? JEMPUT_OK : st; /* that one's own fault, and told of it */
}
