/* api/roster/device_cut.c — where a cut through a device's logs lies: the heads that stand, and how much stands and falls by them. */
#include "api/roster/device.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"

struct cutting {
    struct jemput *j;
    const struct jemput_member *member;
    const char *after;
    uint64_t number; /* that `after` says; 0 = it is no number */
    struct device_cut *cut;
    struct jemput_segment found; /* by `after`; id 0 = none yet */
    bool several;
    const struct engine_checkpoint *checkpoint; /* the newest; NULL = there is none */
    struct jemput_arena *arena;
};

static bool of_key(const struct cutting *c, const struct jemput_writer *writer)
{
    const struct jemput_member *m = jemput_roster_member(&c->j->roster, writer);

    return m && memcmp(m->public_key, c->member->public_key, sizeof m->public_key) == 0;
}

static uint32_t epoch_of(const struct cutting *c, const struct jemput_writer *writer)
{
    return jemput_roster_member(&c->j->roster, writer)->epoch;
}

static enum jemput_status head_add(struct cutting *c, const struct jemput_head *head, struct jemput_error *err)
{
    struct jemput_context *heads = &c->cut->heads;

    if (heads->count == JEMPUT_CONTEXT_HEADS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "the device has more logs than one act can name");
    heads->heads[heads->count] = *head;
    heads->heads[heads->count++].through = false;
    return JEMPUT_OK;
}

/* The newest known segment of each of the key's logs of an epoch below `below`. */
static enum jemput_status heads_known(struct cutting *c, uint64_t below, struct jemput_error *err)
{
    struct jemput_context all;
    enum jemput_status st = jemput_store_heads(c->j->store, &all, c->arena, err);

    for (uint32_t i = 0; !st && i < all.count; i++)
        if (of_key(c, &all.heads[i].writer) && epoch_of(c, &all.heads[i].writer) < below)
            st = head_add(c, &all.heads[i], err);
    return st;
}

/* --- --after --- */

static enum jemput_status segment_compare(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    bool meant = c->number ? segment->number == c->number : device_hex_begins(c->after, segment->commit, sizeof segment->commit);

    (void)err;
    if (!meant)
        return JEMPUT_OK;
    c->several |= c->found.id != 0;
    c->found = *segment;
    return JEMPUT_OK;
}

static enum jemput_status not_found(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;

    for (uint32_t i = 0; !c->number && i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];
        enum jemput_status st;

        if (of_key(c, &m->writer) || m->device_number != c->member->device_number)
            continue;
        st = jemput_store_segments_each(c->j->store, &m->writer, 0, segment_compare, c, err);
        if (st)
            return st;
        jemput_hex_encode(key, m->public_key, sizeof m->public_key);
        if (c->found.id)
            return jemput_fail(err, JEMPUT_NOTFOUND,
                               "'%s' was signed by an older key of this device: act on that key, %.16s; the newer one falls with what it signed "
                               "after the cut", c->after, key);
    }
    return jemput_fail(err, JEMPUT_NOTFOUND, "'%s' is not a segment of a log that counts here: jemput log lists them", c->after);
}

/* A segment number is that of the newest log; a commit may be of any. */
static enum jemput_status after_find(struct cutting *c, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    if (strlen(c->after) < 16 && strspn(c->after, "0123456789") == strlen(c->after))
        for (const char *digit = c->after; *digit; digit++)
            c->number = c->number * 10 + (uint64_t)(*digit - '0');
    for (uint32_t i = 0; !st && i < c->j->roster.member_count; i++) {
        const struct jemput_member *m = &c->j->roster.members[i];

        if (of_key(c, &m->writer) && (!c->number || m->epoch == c->member->epoch))
            st = jemput_store_segments_each(c->j->store, &m->writer, c->number, segment_compare, c, err);
    }
    if (!st && !c->found.id)
        return not_found(c, err);
    if (!st && c->several)
        return jemput_fail(err, JEMPUT_MISUSE, "several segments are meant by '%s': give more digits of its commit", c->after);
    return st;
}

/* What the key signed in earlier epochs of its life lies before the segment, too. */
static enum jemput_status heads_after(struct cutting *c, struct jemput_error *err)
{
    enum jemput_status st;

    if (strcmp(c->after, "0") == 0) /* nothing of it stands */
        return JEMPUT_OK;
    st = after_find(c, err);
    if (!st)
        st = heads_known(c, epoch_of(c, &c->found.writer), err);
    return st ? st : head_add(c, &(struct jemput_head){ .writer = c->found.writer, .number = c->found.number, .hash = c->found.hash }, err);
}

/* --- --since --- */

static enum jemput_status receipt_find(struct cutting *c, const char *since, struct jemput_segment *out, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(c->j);
    struct device_cut unused = { .heads.count = 0 };
    struct cutting look = { .j = c->j, .member = central, .after = since, .cut = &unused, .arena = c->arena };
    enum jemput_status st;

    if (!central)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no central device is known here: there are no receipts");
    st = after_find(&look, err);
    *out = look.found;
    return st ? jemput_wrap(err, "receipt") : JEMPUT_OK;
}

/* The segment of this number on the writer's main line. */
static enum jemput_status main_segment(struct cutting *c, const struct jemput_writer *writer, uint64_t number, struct jemput_segment *out,
                                       struct jemput_error *err)
{
    enum jemput_status st = jemput_store_segment_last(c->j->store, writer, out, err);

    while (!st && out->number > number)
        st = jemput_store_segment_find(c->j->store, &out->previous, out, err);
    return st;
}

static enum jemput_status heads_since(struct cutting *c, const char *since, struct jemput_error *err)
{
    struct jemput_segment receipt;
    enum jemput_status st = receipt_find(c, since, &receipt, err);

    for (uint32_t i = 0; !st && i < c->j->roster.member_count; i++) {
        const struct jemput_member *m = &c->j->roster.members[i];
        struct jemput_segment last;
        uint64_t number = 0;

        if (!of_key(c, &m->writer))
            continue;
        st = jemput_store_frontier_covers(c->j->store, receipt.id, &m->writer, &number, err);
        if (!st && number)
            st = main_segment(c, &m->writer, number, &last, err);
        if (!st && number)
            st = head_add(c, &(struct jemput_head){ .writer = m->writer, .number = last.number, .hash = last.hash }, err);
    }
    return st;
}

/* --- how much --- */

static enum jemput_status segment_count(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    struct device_cut *cut = c->cut;
    bool stays = false, covered = false;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && !stays && i < cut->heads.count; i++) {
        const struct jemput_head *head = &cut->heads.heads[i];
        struct jemput_segment end;

        if (jemput_writer_compare(&head->writer, &segment->writer) != 0 || head->number < segment->number)
            continue;
        st = jemput_store_segment_find(c->j->store, &head->hash, &end, err);
        stays = !st && end.id == segment->id;
        if (!st && !stays)
            st = jemput_store_segment_saw(c->j->store, end.id, segment->id, &stays, err);
    }
    if (!st && !stays && c->checkpoint)
        st = engine_checkpoint_covers(c->j, c->checkpoint, segment->id, &covered, err);
    if (!st && covered)
        st = jemput_fail(err, JEMPUT_DENIED,
                         "a cut cannot go back beyond the newest checkpoint, which covers segment %llu of this device: repair older damage by "
                         "new edits",
                         (unsigned long long)segment->number);
    if (st)
        return st;
    cut->segments_stay += stays;
    cut->segments_fall += !stays;
    if (!segment->control) {
        cut->txns_stay += stays ? segment->txn_count : 0;
        cut->txns_fall += stays ? 0 : segment->txn_count;
    }
    return JEMPUT_OK;
}

enum jemput_status device_cut_find(struct jemput *j, const struct jemput_member *member, const char *after, const char *since,
                                   struct device_cut *out, struct jemput_arena *arena, struct jemput_error *err)
{
    struct cutting c = { .j = j, .member = member, .after = after, .cut = out, .arena = arena };
    struct engine_checkpoint newest;
    enum jemput_status st = JEMPUT_OK;

    *out = (struct device_cut){ .heads.heads = jemput_arena_array(arena, JEMPUT_CONTEXT_HEADS_MAX, sizeof *out->heads.heads) };
    if (!out->heads.heads)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    if (after && since)
        return jemput_fail(err, JEMPUT_MISUSE, "a cut lies after a segment, or since a receipt: not both");
    st = after ? heads_after(&c, err) : since ? heads_since(&c, since, err) : heads_known(&c, UINT64_MAX, err);
    if (st)
        return st;
    jemput_context_normalise(&out->heads);
    st = engine_checkpoint_newest(j, &newest, err);
    c.checkpoint = st ? NULL : &newest;
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    for (uint32_t i = 0; !st && i < j->roster.member_count; i++)
        if (of_key(&c, &j->roster.members[i].writer))
            st = jemput_store_segments_each(j->store, &j->roster.members[i].writer, 0, segment_count, &c, err);
    return st;
}
