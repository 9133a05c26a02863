/* api/roster/device_cut.c — where a cut through a device's logs lies: the heads of each key that stand, and how much stands and falls by them.
 *
 * A device's life is one line: its keys in the order in which one took over from the other, of each key its epochs, of each epoch its segments. A cut
 * after a segment keeps what lies before it on that line. One since a receipt keeps of each log what the receipt covers. */
#include "api/roster/device.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"

struct cutting {
    struct jemput *j;
    const struct device_keys *keys;
    const struct device_cut_order *order;
    uint64_t number;             /* that `after` says; 0 = it is no number */
    uint32_t at;                 /* the key that is looked at */
    struct jemput_segment found; /* by `after`; id 0 = none yet */
    uint32_t found_at;           /* a segment of which key it is */
    bool several;
    struct device_cut *cuts;     /* beside the keys */
    const struct engine_checkpoint *checkpoint; /* the newest; NULL = there is none */
    struct jemput_arena *arena;
};

static bool of_key(const struct cutting *c, const struct jemput_writer *writer)
{
    const struct jemput_member *m = jemput_roster_member(&c->j->roster, writer);

    return m && memcmp(m->public_key, c->keys->of[c->at]->public_key, sizeof m->public_key) == 0;
}

static uint32_t epoch_of(const struct cutting *c, const struct jemput_writer *writer)
{
    return jemput_roster_member(&c->j->roster, writer)->epoch;
}

static enum jemput_status head_add(struct cutting *c, const struct jemput_head *head, struct jemput_error *err)
{
    struct jemput_context *heads = &c->cuts[c->at].heads;

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
    bool meant = c->number ? segment->number == c->number : device_hex_begins(c->order->after, segment->commit, sizeof segment->commit);

    (void)err;
    if (!meant)
        return JEMPUT_OK;
    c->several |= c->found.id != 0;
    c->found = *segment;
    c->found_at = c->at;
    return JEMPUT_OK;
}

/* A segment number is that of the newest log; a commit may be of any. */
static enum jemput_status after_find(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    const char *after = c->order->after;
    enum jemput_status st = JEMPUT_OK;

    if (strlen(after) < 16 && strspn(after, "0123456789") == strlen(after))
        for (const char *digit = after; *digit; digit++)
            c->number = c->number * 10 + (uint64_t)(*digit - '0');
    for (c->at = 0; !st && c->at < (c->number ? 1 : c->keys->count); c->at++)
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer) && (!c->number || r->members[i].epoch == c->keys->of[0]->epoch))
                st = jemput_store_segments_each(c->j->store, &r->members[i].writer, c->number, segment_compare, c, err);
    if (!st && !c->found.id)
        return jemput_fail(err, JEMPUT_NOTFOUND, "'%s' is not a segment of a log that counts here: jemput log lists them", after);
    if (!st && c->several)
        return jemput_fail(err, JEMPUT_MISUSE, "several segments are meant by '%s': give more digits of its commit", after);
    return st;
}

/* What the device signed under earlier keys, and under this one in earlier epochs, lies before the segment, too. */
static enum jemput_status heads_after(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_segment *found = &c->found;
    enum jemput_status st;

    if (strcmp(c->order->after, "0") == 0) /* nothing of it stands */
        return JEMPUT_OK;
    st = after_find(c, err);
    for (c->at = c->found_at; !st && c->at < c->keys->count; c->at++)
        st = heads_known(c, c->at == c->found_at ? epoch_of(c, &found->writer) : UINT64_MAX, err);
    c->at = c->found_at;
    return st ? st : head_add(c, &(struct jemput_head){ .writer = found->writer, .number = found->number, .hash = found->hash }, err);
}

/* --- --since --- */

static enum jemput_status receipt_find(struct cutting *c, struct jemput_segment *out, struct jemput_error *err)
{
    const struct jemput_member *central = engine_central(c->j);
    const struct device_cut_order order = { .after = c->order->since };
    struct device_keys keys;
    struct cutting look = { .j = c->j, .keys = &keys, .order = &order, .arena = c->arena };
    enum jemput_status st;

    if (!central)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no central device is known here: there are no receipts");
    st = device_keys(&c->j->roster, central, &keys, c->arena, err);
    if (!st)
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

static enum jemput_status head_since(struct cutting *c, const struct jemput_segment *receipt, const struct jemput_writer *writer,
                                     struct jemput_error *err)
{
    struct jemput_segment last;
    uint64_t number = 0;
    enum jemput_status st = jemput_store_frontier_covers(c->j->store, receipt->id, writer, &number, err);

    if (st || !number)
        return st;
    st = main_segment(c, writer, number, &last, err);
    return st ? st : head_add(c, &(struct jemput_head){ .writer = *writer, .number = last.number, .hash = last.hash }, err);
}

static enum jemput_status heads_since(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    struct jemput_segment receipt;
    enum jemput_status st = receipt_find(c, &receipt, err);

    for (c->at = 0; !st && c->at < c->keys->count; c->at++)
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer))
                st = head_since(c, &receipt, &r->members[i].writer, err);
    return st;
}

/* --- how much --- */

static enum jemput_status lies_before(struct cutting *c, const struct jemput_segment *segment, bool *before, struct jemput_error *err)
{
    const struct jemput_context *heads = &c->cuts[c->at].heads;
    enum jemput_status st = JEMPUT_OK;

    *before = false;
    for (uint32_t i = 0; !st && !*before && i < heads->count; i++) {
        const struct jemput_head *head = &heads->heads[i];
        struct jemput_segment end;

        if (jemput_writer_compare(&head->writer, &segment->writer) != 0 || head->number < segment->number)
            continue;
        st = jemput_store_segment_find(c->j->store, &head->hash, &end, err);
        *before = !st && end.id == segment->id;
        if (!st && !*before)
            st = jemput_store_segment_saw(c->j->store, end.id, segment->id, before, err);
    }
    return st;
}

static enum jemput_status fall_check(struct cutting *c, const struct jemput_segment *segment, struct jemput_error *err)
{
    bool covered = false;
    enum jemput_status st = c->checkpoint ? engine_checkpoint_covers(c->j, c->checkpoint, segment->id, &covered, err) : JEMPUT_OK;

    if (st || !covered)
        return st;
    return jemput_fail(err, JEMPUT_DENIED,
                       "a cut cannot go back beyond the newest checkpoint, which covers segment %llu of this device: repair older damage by new "
                       "edits",
                       (unsigned long long)segment->number);
}

bool device_rights_same(const struct device_cut_order *order, unsigned roles, struct jemput_bytes scope)
{
    return !order->revokes && roles == order->roles && (!roles || jemput_bytes_equal(scope, order->scope));
}

/* What counts nowhere already can neither stand nor fall. */
static enum jemput_status segment_count(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    struct device_cut *cut = &c->cuts[c->at];
    struct jemput_rights rights;
    bool stays = false;
    enum jemput_status st = engine_rights_at(c->j, &c->j->roster, segment, &rights, c->arena, err);

    if (st || rights.is_void)
        return st;
    if (device_rights_same(c->order, rights.roles, rights.scope))
        stays = true;
    else
        st = lies_before(c, segment, &stays, err);
    if (!st && !stays)
        st = fall_check(c, segment, err);
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

static enum jemput_status cuts_count(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    struct engine_checkpoint newest;
    enum jemput_status st = engine_checkpoint_newest(c->j, &newest, err);

    c->checkpoint = st ? NULL : &newest;
    if (st == JEMPUT_NOTFOUND)
        st = JEMPUT_OK;
    for (c->at = 0; !st && c->at < c->keys->count; c->at++) {
        jemput_context_normalise(&c->cuts[c->at].heads);
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer))
                st = jemput_store_segments_each(c->j->store, &r->members[i].writer, 0, segment_count, c, err);
    }
    return st;
}

enum jemput_status device_cuts_find(struct jemput *j, const struct device_keys *keys, const struct device_cut_order *order, struct device_cut *out,
                                    struct jemput_arena *arena, struct jemput_error *err)
{
    struct cutting c = { .j = j, .keys = keys, .order = order, .cuts = out, .arena = arena };
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < keys->count; i++) {
        out[i] = (struct device_cut){ .heads.heads = jemput_arena_array(arena, JEMPUT_CONTEXT_HEADS_MAX, sizeof *out->heads.heads) };
        if (!out[i].heads.heads)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for heads");
    }
    if (order->after && order->since)
        return jemput_fail(err, JEMPUT_MISUSE, "a cut lies after a segment, or since a receipt: not both");
    if (order->after)
        st = heads_after(&c, err);
    else if (order->since)
        st = heads_since(&c, err);
    else
        for (; !st && c.at < keys->count; c.at++)
            st = heads_known(&c, UINT64_MAX, err);
    return st ? st : cuts_count(&c, err);
}
