/* api/bundle/base.c — what whoever takes a bundle is known to have: what one segment says that it covers. */
#include "api/bundle/making.h"
#include "api/roster/roster.h"
#include "api/seal/receipt.h"

#include <stdlib.h>
#include <string.h>

#include "identity/lines.h"

/* --- what whoever takes it is known to have --- */

static enum jemput_status one_take(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    *(struct jemput_segment *)ctx = *segment;
    return jemput_fail(err, JEMPUT_CANCELLED, "the first is enough");
}

/* *found = false: it is not here. */
static enum jemput_status segment_at(struct making *m, const struct jemput_writer *writer, uint64_t number, struct jemput_segment *out, bool *found,
                                     struct jemput_error *err)
{
    enum jemput_status st = number ? jemput_store_segments_each(m->j->store, writer, number, one_take, out, err) : JEMPUT_OK;

    *found = st == JEMPUT_CANCELLED && out->number == number;
    return st == JEMPUT_CANCELLED ? JEMPUT_OK : st;
}

/* Its number, or how its writer begins. NULL: none, or several. */
static const struct jemput_member *member_find(const struct jemput *j, const char *word)
{
    const struct jemput_member *found = NULL;
    uint64_t number = 0;
    bool by_number = jemput_decimal_read(&number, jemput_bytes_str(word), 1, UINT32_MAX) && strlen(word) < 6;

    for (uint32_t i = 0; i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];
        char hex[2 * JEMPUT_WRITER_BYTES + 1];

        jemput_hex_encode(hex, m->writer.id, sizeof m->writer.id);
        if (by_number ? m->device_number != number || !m->roles : strlen(word) < 4 || strncmp(hex, word, strlen(word)) != 0)
            continue;
        if (found)
            return NULL;
        found = m;
    }
    return found;
}

static enum jemput_status base_of_device(struct making *m, const char *word, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(m->j), *member = member_find(m->j, word);
    struct jemput_segment said;
    uint64_t number = 0;
    bool found;
    enum jemput_status st;

    if (!member)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no one device '%.40s' is let in here", word);
    m->made_for = member->writer;
    m->has_for = true;
    st = jemput_store_segment_last(m->j->store, &member->writer, &m->base, err);
    m->has_base = !st;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    if (central)
        st = jemput_store_frontier_covers(m->j->store, m->base.id, &central->writer, &number, err);
    if (!st && central)
        st = segment_at(m, &central->writer, number, &said, &found, err);
    if (!st && central && found)
        m->since = (struct jemput_head){ .writer = said.writer, .number = said.number, .hash = said.hash };
    return st;
}

/* At central: all devices that have been heard of have at least this segment of its log, and what that covers. */
static enum jemput_status base_of_all(struct making *m, struct jemput_error *err)
{
    uint64_t least = UINT64_MAX;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < m->j->roster.member_count; i++) {
        const struct jemput_member *member = &m->j->roster.members[i];
        struct jemput_segment last;
        uint64_t number = 0;

        if (!member->roles || jemput_writer_compare(&member->writer, &m->j->writer) == 0)
            continue;
        st = jemput_store_segment_last(m->j->store, &member->writer, &last, err);
        if (!st)
            st = jemput_store_frontier_covers(m->j->store, last.id, &m->j->writer, &number, err);
        else if (st == JEMPUT_NOTFOUND)
            st = JEMPUT_OK;
        if (!st && number < least)
            least = number;
    }
    if (st || least == UINT64_MAX)
        return st;
    return segment_at(m, &m->j->writer, least, &m->base, &m->has_base, err);
}

static enum jemput_status base_find(struct making *m, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(m->j);
    enum jemput_status st = JEMPUT_OK;

    if (m->options->full)
        return JEMPUT_OK;
    if (m->options->made_for)
        return base_of_device(m, m->options->made_for, err);
    if (engine_has_role(m->j, JEMPUT_ROLE_PUSAT)) {
        st = base_of_all(m, err);
    } else if (central) {
        st = engine_receipt_segment(m->j, &central->writer, &m->base, err);
        m->has_base = !st;
    }
    if (!st && m->has_base)
        m->since = (struct jemput_head){ .writer = m->base.writer, .number = m->base.number, .hash = m->base.hash };
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status covered_make(struct making *m, struct jemput_error *err)
{
    struct jemput_context heads;
    enum jemput_status st = jemput_store_heads(m->j->store, &heads, &m->arena, err);

    if (!st)
        m->covered = jemput_arena_array(&m->arena, heads.count, sizeof *m->covered);
    if (!st && !m->covered)
        st = jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)heads.count);
    for (uint32_t i = 0; !st && i < heads.count; i++) { /* they ascend by their writers */
        struct covered *last = m->covered_count ? &m->covered[m->covered_count - 1] : NULL;

        if (last && jemput_writer_compare(&last->writer, &heads.heads[i].writer) == 0) {
            last->forked = true;
            continue;
        }
        m->covered[m->covered_count] = (struct covered){ .writer = heads.heads[i].writer };
        if (m->has_base && jemput_writer_compare(&m->base.writer, &heads.heads[i].writer) == 0)
            m->covered[m->covered_count].number = m->base.number;
        else if (m->has_base)
            st = jemput_store_frontier_covers(m->j->store, m->base.id, &heads.heads[i].writer, &m->covered[m->covered_count].number, err);
        m->covered_count++;
    }
    return st;
}

static int covered_order(const void *key, const void *of)
{
    return jemput_writer_compare(key, &((const struct covered *)of)->writer);
}

static struct covered *covered_of(const struct making *m, const struct jemput_writer *writer)
{
    return m->covered_count ? bsearch(writer, m->covered, m->covered_count, sizeof *m->covered, covered_order) : NULL;
}

/* --- what was cut off here --- */

static enum jemput_status cut_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct making *m = ctx;
    struct covered *c = segment->control ? NULL : covered_of(m, &segment->writer);
    struct jemput_oid oid;

    (void)err;
    memcpy(oid.id, segment->commit, sizeof oid.id);
    if (c && segment->number > c->cut && !jemput_repo_has(m->repo, &oid))
        c->cut = segment->number;
    return JEMPUT_OK;
}

static enum jemput_status cut_find(struct making *m, struct jemput_error *err)
{
    enum jemput_status st = engine_checkpoint_base(m->j, &m->cut, err);

    m->has_cut = st == JEMPUT_OK;
    if (st)
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    return jemput_store_segments_each(m->j->store, NULL, 0, cut_see, m, err);
}

/* Control segments stay where the data between them goes, and so does data while a cut is not at its end: from such pieces of a log nobody can go on,
 * the checkpoint holds what they say, and those of years are more than a manifest may name. */
static enum jemput_status is_before_cut(struct making *m, const struct covered *c, const struct jemput_segment *segment, bool *out,
                                        struct jemput_error *err)
{
    *out = false;
    if (!m->has_cut || !c || segment->number > c->cut)
        return JEMPUT_OK;
    return engine_checkpoint_covers(m->j, &m->cut, segment->id, out, err);
}

enum jemput_status making_is_covered(struct making *m, const struct jemput_segment *segment, bool *out, struct jemput_error *err)
{
    const struct covered *c = covered_of(m, &segment->writer);
    enum jemput_status st = is_before_cut(m, c, segment, out, err);

    if (st || *out)
        return st;
    *out = c && segment->number <= c->number;
    if (!m->has_base || !c || !c->forked)
        return JEMPUT_OK;
    *out = segment->id == m->base.id;
    return *out ? JEMPUT_OK : jemput_store_segment_saw(m->j->store, m->base.id, segment->id, out, err);
}

enum jemput_status making_base(struct making *m, struct jemput_error *err)
{
    enum jemput_status st = base_find(m, err);

    if (!st)
        st = covered_make(m, err);
    return st ? st : cut_find(m, err);
}
