/* api/roster/device_list.c — what administrators see of devices: who may what, who was heard of when, what waits for whose signature. */
#include "api/roster/device.h"

#include <stdio.h>
#include <string.h>

#include "api/fork/copies.h"
#include "api/handle/moment.h"
#include "api/ingest/segment.h"
#include "api/look/look.h"
#include "api/roster/roster.h"
#include "api/seal/evidence.h"
#include "api/seal/receipt.h"

struct listing {
    struct jemput *j;
    struct jemput_context heads; /* of all logs here */
    const struct jemput_member *central;
    struct jemput_segment receipt; /* central's newest; id 0 = none */
    int64_t now_ms, founding_ms;
    struct jemput_arena arena;
    jemput_device_cb each;
    void *ctx;
    bool stopped;
};

struct entry { /* a device, and the texts of what is told of it */
    struct jemput_device device;
    char key[2 * JEMPUT_PUBLIC_KEY_BYTES + 1], writer[2 * JEMPUT_WRITER_BYTES + 1], label[32];
    char roles[JEMPUT_ROLES_TEXT_BYTES], scope[JEMPUT_SCOPE_BYTES_MAX + 1], version[JEMPUT_SCOPE_BYTES_MAX + 1];
};

static enum jemput_status listing_begin(struct listing *l, struct jemput_error *err)
{
    enum jemput_status st = engine_roster_refresh(l->j, err);

    if (!st)
        st = jemput_store_heads(l->j->store, &l->heads, &l->arena, err);
    if (!st)
        st = engine_founding_ms(l->j, &l->founding_ms, err);
    l->now_ms = l->j->env->now_ms(l->j->env);
    l->central = engine_central(l->j);
    if (!st && l->central)
        st = engine_receipt_segment(l->j, &l->central->writer, &l->receipt, err);
    if (st != JEMPUT_NOTFOUND)
        return st;
    l->receipt.id = 0;
    return JEMPUT_OK;
}

/* --- what is known of a log --- */

static enum jemput_status txns_add(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    uint64_t *txns = ctx;

    (void)err;
    if (!segment->control)
        *txns += segment->txn_count;
    return JEMPUT_OK;
}

static enum jemput_status receipt_ms(struct listing *l, const struct jemput_writer *writer, uint64_t covered, int64_t *ms, struct jemput_error *err)
{
    struct jemput_segment s;
    enum jemput_status st = jemput_store_segment_last(l->j->store, writer, &s, err);

    while (!st && s.number > covered)
        st = jemput_store_segment_find(l->j->store, &s.previous, &s, err);
    if (!st && jemput_stamp_ms(s.stamp) > *ms)
        *ms = jemput_stamp_ms(s.stamp);
    return st;
}

/* How much of the writer's log central says that it has. */
static enum jemput_status covered_find(struct listing *l, const struct jemput_writer *writer, uint64_t *covered, struct jemput_error *err)
{
    *covered = 0;
    if (l->central && jemput_writer_compare(&l->central->writer, writer) == 0)
        *covered = UINT64_MAX; /* its own work is there */
    else if (l->receipt.id)
        return jemput_store_frontier_covers(l->j->store, l->receipt.id, writer, covered, err);
    return JEMPUT_OK;
}

/* A stamp of a good clock runs ahead by up to a day. */
static bool doubtful(const struct listing *l, int64_t claimed_ms)
{
    return claimed_ms - l->now_ms > ENGINE_CLOCK_ERROR_MIN_MS || l->founding_ms - claimed_ms > ENGINE_CLOCK_ERROR_MIN_MS;
}

#define BEHIND_MAX 64 /* so far back it is looked for work: central's own log is receipts above all */

/* The key that the device's newest work here is sealed under. One that lies behind a checkpoint may be gone. */
static enum jemput_status key_turn_read(struct listing *l, struct jemput_device *d, struct jemput_segment s, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_oid oid;
    enum jemput_status st = JEMPUT_OK;

    for (unsigned i = 0; !st && s.control && s.number > 1 && i < BEHIND_MAX; i++)
        st = jemput_store_segment_find(l->j->store, &s.previous, &s, err);
    memcpy(oid.id, s.commit, sizeof oid.id);
    if (st || s.control || !jemput_repo_has(l->j->repo, &oid))
        return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    st = engine_segment_read(l->j, jemput_repo_source(l->j->repo), &oid, false, &read, &arena, err);
    if (!st)
        d->key_turn = read.header.key_epoch >> JEMPUT_EPOCH_DEVICE_BITS;
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status newest_read(struct listing *l, struct jemput_device *d, const struct jemput_segment *last, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct engine_segment s;
    struct jemput_oid oid;
    int64_t ms = jemput_stamp_ms(last->stamp);
    enum jemput_status st;

    if (ms < d->last_seen_ms)
        return JEMPUT_OK;
    d->last_seen_ms = ms;
    d->clock_doubtful = doubtful(l, ms);
    memcpy(oid.id, last->commit, sizeof oid.id);
    st = engine_segment_read(l->j, jemput_repo_source(l->j->repo), &oid, false, &s, &arena, err);
    if (!st)
        d->schema_version = s.header.schema_version;
    jemput_arena_release(&arena);
    return st ? st : key_turn_read(l, d, *last, err);
}

static enum jemput_status log_tell(struct listing *l, struct jemput_device *d, const struct jemput_writer *writer, struct jemput_error *err)
{
    uint64_t covered;
    enum jemput_status st = covered_find(l, writer, &covered, err);

    for (uint32_t i = 0; !st && i < l->heads.count; i++) {
        struct jemput_segment last;

        if (jemput_writer_compare(&l->heads.heads[i].writer, writer) != 0)
            continue;
        d->segments += l->heads.heads[i].number;
        st = jemput_store_segment_find(l->j->store, &l->heads.heads[i].hash, &last, err);
        if (!st)
            st = newest_read(l, d, &last, err);
    }
    if (!st && covered && d->segments)
        st = receipt_ms(l, writer, covered, &d->last_receipt_ms, err);
    if (!st && covered < UINT64_MAX) /* what lies behind */
        st = jemput_store_segments_each(l->j->store, writer, covered + 1, txns_add, &d->unsent, err);
    return st;
}

/* --- of the roster --- */

static enum jemput_device_state state_of(const struct jemput_member *m)
{
    switch (m->standing) {
    case JEMPUT_STANDING_ACTIVE:
        return JEMPUT_DEVICE_ACTIVE;
    case JEMPUT_STANDING_SUSPENDED:
        return JEMPUT_DEVICE_SUSPENDED;
    case JEMPUT_STANDING_ROTATED:
        return JEMPUT_DEVICE_ROTATED;
    case JEMPUT_STANDING_REVOKED:
        break;
    }
    return JEMPUT_DEVICE_REVOKED;
}

static const char *revoke_reason(const struct jemput_roster *r, const struct jemput_member *m)
{
    for (uint32_t i = 0; i < r->cut_count; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_REVOKE && memcmp(r->cuts[i].public_key, m->public_key, sizeof m->public_key) == 0)
            return jemput_revoke_reason_word(r->cuts[i].reason);
    return "";
}

static uint32_t number_of_key(const struct jemput_roster *r, const uint8_t key[JEMPUT_PUBLIC_KEY_BYTES])
{
    const struct jemput_member *m = jemput_roster_member_of_key(r, key);

    return m ? m->device_number : 0;
}

static void entry_texts(struct entry *e, const uint8_t *key, const struct jemput_writer *writer, unsigned roles, struct jemput_bytes scope)
{
    jemput_hex_encode(e->key, key, JEMPUT_PUBLIC_KEY_BYTES);
    jemput_hex_encode(e->writer, writer->id, sizeof writer->id);
    jemput_roles_text(e->roles, roles);
    snprintf(e->scope, sizeof e->scope, "%.*s", (int)scope.len, scope.data ? (const char *)scope.data : "");
    e->device.key = e->key;
    e->device.writer = e->writer;
    e->device.label = e->label;
    e->device.roles = e->roles;
    e->device.scope = e->scope;
    e->device.why = e->device.reason = e->device.version = "";
    e->device.store_mib = e->device.free_mib = -1;
}

static void report_tell(const struct jemput *j, struct entry *e, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    const struct jemput_device_report *report = engine_report_of(j, public_key);

    if (!report)
        return;
    snprintf(e->version, sizeof e->version, "%.*s", (int)report->version.len, (const char *)report->version.data);
    e->device.version = e->version;
    e->device.store_mib = report->store_mib;
    e->device.free_mib = report->free_mib;
}

static enum jemput_status member_tell(struct listing *l, const struct jemput_member *m, struct jemput_error *err)
{
    const struct jemput_roster *r = &l->j->roster;
    struct entry e = { .device = { .state = state_of(m), .device_number = m->device_number, .root = m->root } };
    struct jemput_device *d = &e.device;
    uint64_t pending = 0, changes;
    enum jemput_status st = JEMPUT_OK;

    entry_texts(&e, m->public_key, &m->writer, m->roles, m->scope);
    report_tell(l->j, &e, m->public_key);
    snprintf(e.label, sizeof e.label, "%s %02u", look_role_word(m->roles ? m->roles : m->granted_roles), (unsigned)m->device_number);
    d->self = jemput_writer_compare(&m->writer, &l->j->writer) == 0;
    d->carries_on_for = number_of_key(r, m->succeeds);
    if (d->state == JEMPUT_DEVICE_REVOKED)
        d->reason = revoke_reason(r, m);
    for (uint32_t i = 0; !st && i < r->member_count; i++)
        if (memcmp(r->members[i].public_key, m->public_key, sizeof m->public_key) == 0)
            st = log_tell(l, d, &r->members[i].writer, err);
    if (!st)
        st = engine_copies_count(l->j, &l->heads, m, &d->copies, err);
    if (!st && d->self)
        st = jemput_store_pending_count(l->j->store, &pending, &changes, err);
    d->unsent += pending;
    if (!st)
        l->stopped = l->each(l->ctx, d) != 0;
    return st;
}

/* By number; of one number the newest key comes last. */
static bool comes_before(const struct jemput_roster *r, const struct jemput_member *a, const struct jemput_member *b)
{
    uint32_t turn, other;

    if (a->device_number != b->device_number)
        return a->device_number < b->device_number;
    turn = device_key_turn(r, a->public_key);
    other = device_key_turn(r, b->public_key);
    return turn != other ? turn < other : jemput_writer_compare(&a->writer, &b->writer) < 0;
}

static enum jemput_status members_tell(struct listing *l, struct jemput_error *err)
{
    const struct jemput_roster *r = &l->j->roster;
    const struct jemput_member **sorted = jemput_arena_array(&l->arena, r->member_count, sizeof *sorted);
    uint32_t count = 0;
    enum jemput_status st = sorted ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for devices");

    for (uint32_t i = 0; !st && i < r->member_count; i++) {
        uint32_t at = count;

        if (device_newest(r, r->members[i].public_key) != &r->members[i])
            continue;
        for (count++; at > 0 && comes_before(r, &r->members[i], sorted[at - 1]); at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = &r->members[i];
    }
    for (uint32_t i = 0; !st && !l->stopped && i < count; i++)
        st = member_tell(l, sorted[i], err);
    return st;
}

/* --- of those that ask --- */

static void claim_tell(struct listing *l, const struct claim *claim)
{
    const struct jemput_roster_invite *invite = jemput_roster_invite(&l->j->roster, claim->join.invite_key);
    struct entry e = { .device = { .state = JEMPUT_DEVICE_ASKS, .device_number = claim->join.device_number } };
    struct jemput_writer writer;

    jemput_writer_derive(&writer, &l->j->space, claim->join.public_key, claim->join.epoch);
    entry_texts(&e, claim->join.public_key, &writer, invite ? invite->invite.roles : 0,
                invite ? invite->invite.scope : (struct jemput_bytes){ 0 });
    snprintf(e.label, sizeof e.label, "%s %02u?", look_role_word(invite ? invite->invite.roles : 0), (unsigned)claim->join.device_number);
    e.device.why = claim_why(claim);
    l->stopped = l->each(l->ctx, &e.device) != 0;
}

enum jemput_status jemput_devices(struct jemput *j, jemput_device_cb each, void *ctx, struct jemput_error *err)
{
    struct listing l = { .j = j, .each = each, .ctx = ctx };
    struct claim *claims;
    uint32_t count = 0;
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = listing_begin(&l, err);
    if (!st)
        st = members_tell(&l, err);
    if (!st)
        st = claims_read(j, &claims, &count, &l.arena, err);
    for (uint32_t i = 0; !st && !l.stopped && i < count; i++)
        claim_tell(&l, &claims[i]);
    engine_moment_end(j, mine);
    jemput_arena_release(&l.arena);
    return st ? jemput_wrap(err, "list devices") : JEMPUT_OK;
}

/* --- root acts that wait --- */

uint32_t device_record_about(const struct jemput_roster *r, const struct jemput_record *record)
{
    switch (record->kind) {
    case JEMPUT_RECORD_INVITE:
        return record->as.invite.device_number;
    case JEMPUT_RECORD_ENROL:
        return record->as.enrol.device_number;
    case JEMPUT_RECORD_CHANGE:
        return number_of_key(r, record->as.change.public_key);
    case JEMPUT_RECORD_REVOKE:
        return number_of_key(r, record->as.revoke.public_key);
    case JEMPUT_RECORD_SUCCEED:
        return number_of_key(r, record->as.succeed.old_key);
    default:
        return 0;
    }
}

const struct jemput_act *device_waiting_act(const struct jemput *j, const struct jemput_waiting_act *w)
{
    for (uint32_t i = 0; i < j->acts.count; i++)
        if (jemput_hash_equal(&j->acts.of[i].act.segment, &w->segment) && j->acts.of[i].act.place == w->place)
            return &j->acts.of[i].act;
    return NULL;
}

static enum jemput_status waiting_tell(struct jemput *j, const struct jemput_waiting_act *w, jemput_waiting_cb each, void *ctx, bool *stopped,
                                       struct jemput_error *err)
{
    const struct jemput_act *act = device_waiting_act(j, w);
    const struct jemput_member *by = act ? jemput_roster_member(&j->roster, &act->author) : NULL;
    char hex[2 * JEMPUT_HASH_BYTES + 1], kind[JEMPUT_RECORD_WORD_BYTES_MAX + 1];
    struct jemput_waiting waiting = { .act = hex, .kind = kind, .signers = w->signers, .needed = j->roster.threshold };
    char *text;

    if (!act)
        return JEMPUT_OK;
    text = jemput_alloc_zero(act->record.text.len + 1, 1);
    if (!text)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an act");
    memcpy(text, act->record.text.data, act->record.text.len);
    jemput_hex_encode(hex, w->act.bytes, sizeof w->act.bytes);
    snprintf(kind, sizeof kind, "%.*s", (int)act->record.word.len, (const char *)act->record.word.data);
    waiting.text = text;
    waiting.device_number = device_record_about(&j->roster, &act->record);
    waiting.by = by ? by->device_number : 0;
    waiting.claimed_ms = jemput_stamp_ms(act->stamp);
    *stopped = each(ctx, &waiting) != 0;
    jemput_free(text);
    return JEMPUT_OK;
}

enum jemput_status jemput_waiting_each(struct jemput *j, jemput_waiting_cb each, void *ctx, struct jemput_error *err)
{
    bool stopped = false, mine = false;
    enum jemput_status st = engine_look_begin(j, &mine, err);

    for (uint32_t i = 0; !st && !stopped && i < j->roster.waiting_count; i++)
        st = waiting_tell(j, &j->roster.waiting[i], each, ctx, &stopped, err);
    engine_moment_end(j, mine);
    return st ? jemput_wrap(err, "list acts that wait") : JEMPUT_OK;
}
