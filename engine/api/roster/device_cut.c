/* api/roster/device_cut.c — where a cut through a device's logs lies: the heads of each key that stand, and how much stands and falls by them.
 *
 * A cut keeps of each log of each key what one segment covers, be it one of the device's own or a receipt: that itself, and what had been merged
 * where it was signed. So it bears on logs that the device has left behind, too. A copy may go on in those, and who signs there has not shown it to
 * the device that had them. */
#include "api/roster/device.h"

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "api/roster/roster.h"

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
    const struct jemput_roster *then; /* that an act comes to */
    struct jemput_device_act_report *report;
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

/* The newest known segment of each of the key's logs. */
static enum jemput_status heads_known(struct cutting *c, struct jemput_error *err)
{
    struct jemput_context all;
    enum jemput_status st = jemput_store_heads(c->j->store, &all, c->arena, err);

    for (uint32_t i = 0; !st && i < all.count; i++)
        if (of_key(c, &all.heads[i].writer))
            st = head_add(c, &all.heads[i], err);
    return st;
}

/* --- --after --- */

/* A segment number is that of the newest log; a commit may be of any, and may begin with digits alone. */
static enum jemput_status segment_compare(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    bool newest = c->at == 0 && epoch_of(c, &segment->writer) == c->keys->of[0]->epoch;

    (void)err;
    if (!(c->number && newest && segment->number == c->number) && !device_hex_begins(c->order->after, segment->commit, sizeof segment->commit))
        return JEMPUT_OK;
    c->several |= c->found.id != 0;
    c->found = *segment;
    c->found_at = c->at;
    return JEMPUT_OK;
}

static enum jemput_status after_find(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    const char *after = c->order->after;
    enum jemput_status st = JEMPUT_OK;

    if (strlen(after) < 16 && strspn(after, "0123456789") == strlen(after))
        for (const char *digit = after; *digit; digit++)
            c->number = c->number * 10 + (uint64_t)(*digit - '0');
    for (c->at = 0; !st && c->at < c->keys->count; c->at++)
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer))
                st = jemput_store_segments_each(c->j->store, &r->members[i].writer, 0, segment_compare, c, err);
    if (!st && !c->found.id)
        return jemput_fail(err, JEMPUT_NOTFOUND, "'%s' is not a segment of a log that counts here: jemput log lists them", after);
    if (!st && c->several)
        return jemput_fail(err, JEMPUT_MISUSE, "several segments are meant by '%s': give more digits of its commit", after);
    return st;
}

/* --- what a segment covers --- */

/* Of each side of a log that has forked. */
static enum jemput_status head_covered(struct cutting *c, const struct jemput_segment *segment, const struct jemput_writer *writer,
                                       struct jemput_error *err)
{
    struct jemput_head head;
    int64_t line = 0;
    enum jemput_status st = JEMPUT_OK;

    while (!st) {
        st = jemput_store_frontier_head(c->j->store, segment->id, writer, &line, &head, err);
        if (!st)
            st = head_add(c, &head, err);
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

/* The segment itself, and what had been merged where it was signed. */
static enum jemput_status heads_covered(struct cutting *c, const struct jemput_segment *segment, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (c->at = 0; !st && c->at < c->keys->count; c->at++)
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer))
                st = head_covered(c, segment, &r->members[i].writer, err);
    return st;
}

/* By which the device took the key; NULL = it was let in with it. */
static const struct jemput_cut *rotation_to(const struct jemput_roster *r, const uint8_t *public_key)
{
    for (uint32_t i = 0; i < r->cut_count; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_ROTATE && memcmp(r->cuts[i].next_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return &r->cuts[i];
    return NULL;
}

/* The first segment of a key's log names no head. What its rotation covers lies before it all the same, and so on back to the first key. */
static enum jemput_status heads_after(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_cut *rotation;
    const uint8_t *key;
    enum jemput_status st;

    if (strcmp(c->order->after, "0") == 0) /* nothing of it stands */
        return JEMPUT_OK;
    st = after_find(c, err);
    key = st ? NULL : c->keys->of[c->found_at]->public_key;
    if (!st)
        st = heads_covered(c, &c->found, err);
    for (uint32_t turn = 0; !st && turn < c->keys->count && (rotation = rotation_to(&c->j->roster, key)); turn++) {
        struct jemput_segment segment;

        st = jemput_store_segment_find(c->j->store, &rotation->segment, &segment, err);
        if (!st)
            st = heads_covered(c, &segment, err);
        key = rotation->public_key;
    }
    return st;
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

static enum jemput_status heads_since(struct cutting *c, struct jemput_error *err)
{
    struct jemput_segment receipt;
    enum jemput_status st = receipt_find(c, &receipt, err);

    return st ? st : heads_covered(c, &receipt, err);
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

/* *newest is kept while c is used. */
static enum jemput_status checkpoint_find(struct cutting *c, struct engine_checkpoint *newest, struct jemput_error *err)
{
    enum jemput_status st = engine_checkpoint_newest(c->j, newest, err);

    c->checkpoint = st ? NULL : newest;
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

static enum jemput_status cuts_count(struct cutting *c, struct jemput_error *err)
{
    const struct jemput_roster *r = &c->j->roster;
    struct engine_checkpoint newest;
    enum jemput_status st = checkpoint_find(c, &newest, err);

    for (c->at = 0; !st && c->at < c->keys->count; c->at++) {
        jemput_context_normalise(&c->cuts[c->at].heads);
        for (uint32_t i = 0; !st && i < r->member_count; i++)
            if (of_key(c, &r->members[i].writer))
                st = jemput_store_segments_each(c->j->store, &r->members[i].writer, 0, segment_count, c, err);
    }
    return st;
}

/* --- what falls of keys that are not named --- */

static enum jemput_status segment_carried(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct cutting *c = ctx;
    struct jemput_rights now, then;
    enum jemput_status st = engine_rights_at(c->j, &c->j->roster, segment, &now, c->arena, err);

    if (st || now.is_void)
        return st;
    st = engine_rights_at(c->j, c->then, segment, &then, c->arena, err);
    if (st || (!then.is_void && then.roles == now.roles && jemput_bytes_equal(then.scope, now.scope)))
        return st;
    c->report->segments_fall++;
    c->report->txns_fall += segment->control ? 0 : segment->txn_count;
    return fall_check(c, segment, err);
}

static bool is_among(const struct device_keys *keys, const struct jemput_member *member)
{
    for (uint32_t i = 0; i < keys->count; i++)
        if (memcmp(keys->of[i]->public_key, member->public_key, sizeof member->public_key) == 0)
            return true;
    return false;
}

enum jemput_status device_newer_fall(struct jemput *j, const struct jemput_member *member, const struct jemput_roster *then,
                                     struct jemput_device_act_report *report, struct jemput_arena *arena, struct jemput_error *err)
{
    struct cutting c = { .j = j, .then = then, .report = report, .arena = arena };
    struct device_keys named;
    struct engine_checkpoint newest;
    enum jemput_status st = device_keys(&j->roster, member, &named, arena, err);

    if (!st)
        st = checkpoint_find(&c, &newest, err);
    for (uint32_t i = 0; !st && i < j->roster.member_count; i++)
        if (j->roster.members[i].device_number == member->device_number && !is_among(&named, &j->roster.members[i]))
            st = jemput_store_segments_each(j->store, &j->roster.members[i].writer, 0, segment_carried, &c, err);
    return st;
}

/* --- all of it --- */

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
            st = heads_known(&c, err);
    return st ? st : cuts_count(&c, err);
}
