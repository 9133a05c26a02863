/* api/judge/due.c — when verdicts of registered segments change: the state is due to be computed anew. See judge.h.
 *
 * Noted in the transaction in which the roster moved, so that no crash can part the two; rebuild.c takes the note away in the transaction in which
 * the state follows. */
#include <string.h>

#include "api/facts.h"
#include "api/judge/judge.h"
#include "api/roster/roster.h"

enum jemput_status engine_rebuild_due(struct jemput *j, int64_t *times, struct jemput_error *err)
{
    return jemput_store_number_get(j->store, FACT_REBUILD_DUE, 0, times, err);
}

enum jemput_status engine_rebuild_note(struct jemput *j, struct jemput_error *err)
{
    int64_t times;
    enum jemput_status st = engine_rebuild_due(j, &times, err);

    return st ? st : jemput_store_number_put(j->store, FACT_REBUILD_DUE, times + 1, err);
}

enum jemput_status engine_rebuild_done(struct jemput *j, struct jemput_error *err)
{
    int64_t times;
    enum jemput_status st = engine_rebuild_due(j, &times, err);

    return st || !times ? st : jemput_store_number_put(j->store, FACT_REBUILD_DUE, 0, err);
}

/* --- what a roster says of a key --- */

static uint32_t cuts_of(const struct jemput_roster *r, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES], uint32_t *count)
{
    uint32_t first = 0;

    while (first < r->cut_count && memcmp(r->cuts[first].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) < 0)
        first++;
    for (*count = 0; first + *count < r->cut_count; ++*count)
        if (memcmp(r->cuts[first + *count].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            break;
    return first;
}

/* The same cuts in the same order: each is known by where it stands. */
static bool cuts_equal(const struct jemput_roster *a, const struct jemput_roster *b, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    uint32_t a_count, b_count, a_first = cuts_of(a, public_key, &a_count), b_first = cuts_of(b, public_key, &b_count);

    for (uint32_t i = 0; a_count == b_count && i < a_count; i++)
        if (!jemput_hash_equal(&a->cuts[a_first + i].segment, &b->cuts[b_first + i].segment) ||
            a->cuts[a_first + i].place != b->cuts[b_first + i].place)
            return false;
    return a_count == b_count;
}

static bool says_the_same(const struct jemput_roster *from, const struct jemput_roster *to, const struct jemput_member *member)
{
    const struct jemput_member *a = jemput_roster_member(from, &member->writer), *b = jemput_roster_member(to, &member->writer);

    return a && b && a->granted_roles == b->granted_roles && jemput_bytes_equal(a->granted_scope, b->granted_scope) &&
           cuts_equal(from, to, member->public_key);
}

/* --- what that means for the segments that are here --- */

struct moving {
    struct jemput *j;
    const struct jemput_roster *from, *to;
    bool moved;
    struct jemput_arena arena;
};

static bool rights_equal(const struct jemput_rights *a, const struct jemput_rights *b)
{
    return a->is_void == b->is_void && (a->is_void || (a->roles == b->roles && jemput_bytes_equal(a->scope, b->scope)));
}

static enum jemput_status segment_compare(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct moving *m = ctx;
    struct jemput_rights before, now;
    enum jemput_status st;

    if (segment->control || m->moved)
        return JEMPUT_OK;
    jemput_arena_clear(&m->arena);
    st = engine_rights_at(m->j, m->from, segment, &before, &m->arena, err);
    if (!st)
        st = engine_rights_at(m->j, m->to, segment, &now, &m->arena, err);
    m->moved = !st && !rights_equal(&before, &now);
    return st;
}

static enum jemput_status member_compare(struct moving *m, const struct jemput_member *member, struct jemput_error *err)
{
    struct jemput_segment last;
    enum jemput_status st;

    if (m->moved || says_the_same(m->from, m->to, member))
        return JEMPUT_OK;
    st = jemput_store_segment_last(m->j->store, &member->writer, &last, err);
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    return jemput_store_segments_each(m->j->store, &member->writer, 0, segment_compare, m, err);
}

enum jemput_status engine_rights_moved(struct jemput *j, const struct jemput_roster *from, const struct jemput_roster *to, bool *out,
                                       struct jemput_error *err)
{
    struct moving m = { .j = j, .from = from, .to = to };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < to->member_count; i++)
        st = member_compare(&m, &to->members[i], err);
    for (uint32_t i = 0; !st && i < from->member_count; i++) /* one that is a member no more */
        if (!jemput_roster_member(to, &from->members[i].writer))
            st = member_compare(&m, &from->members[i], err);
    jemput_arena_release(&m.arena);
    *out = m.moved;
    return st;
}
