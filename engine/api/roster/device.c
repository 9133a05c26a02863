/* api/roster/device.c — an administrator's acts on devices: composed, tried against the roster as known here, and sealed if they would have an
 * effect.
 *
 * An act that has none is listed as refused by every replica for ever, and whoever made it would learn of that last. So the fold itself is asked
 * before anything is signed: what it would refuse is refused here, with its words. */
#include "api/roster/device.h"

#include <string.h>

#include "api/judge/policy.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "api/space/admit.h"

struct acting {
    struct jemput *j;
    const struct jemput_device_act *act;
    struct jemput_device_act_report report;
    struct engine_records records;        /* what is signed, as one segment */
    struct jemput_keypair root;           /* that signs in this device's stead, if act->root_seed */
    const struct jemput_member *member;   /* whom it is about */
    struct jemput_roster then;            /* what it comes to */
    struct jemput_arena arena;
    bool idle;                            /* it is so already */
    bool waits;                           /* for signatures of other root administrators */
};

static void report_device(struct acting *a, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES], uint32_t device_number)
{
    jemput_hex_encode(a->report.key, public_key, JEMPUT_PUBLIC_KEY_BYTES);
    a->report.device_number = device_number;
}

static enum jemput_status member_find(struct acting *a, struct jemput_error *err)
{
    enum jemput_status st = device_find(a->j, a->act->device, &a->member, err);

    if (!st)
        report_device(a, a->member->public_key, a->member->device_number);
    return st;
}

/* --- composing --- */

static enum jemput_status rights_compose(struct acting *a, struct jemput_error *err)
{
    enum jemput_status st = member_find(a, err);

    return st ? st : device_rights_compose(a->j, a->act, a->member, &a->records, &a->report, err);
}

static enum jemput_status succeed_compose(struct acting *a, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_SUCCEED };
    struct jemput_succession *succeed = &record.as.succeed;
    const struct jemput_member *other;
    enum jemput_status st = member_find(a, err);

    if (!st)
        st = device_find(a->j, a->act->other ? a->act->other : "", &other, err);
    if (st)
        return st;
    a->report.other_number = other->device_number;
    memcpy(succeed->old_key, a->member->public_key, sizeof succeed->old_key);
    memcpy(succeed->new_key, other->public_key, sizeof succeed->new_key);
    if (jemput_record_fault(&record))
        return jemput_fail(err, JEMPUT_MISUSE, "a device cannot carry on for itself");
    if (memcmp(other->succeeds, succeed->old_key, sizeof succeed->old_key) == 0)
        return JEMPUT_OK;
    return engine_records_add(&a->records, &record, err);
}

static enum jemput_status claim_find(struct acting *a, const struct claim **out, struct jemput_error *err)
{
    struct claim *claims;
    uint32_t count;
    enum jemput_status st = claims_read(a->j, &claims, &count, &a->arena, err);

    *out = NULL;
    for (uint32_t i = 0; !st && i < count; i++) {
        if (!device_hex_begins(a->act->device, claims[i].join.public_key, sizeof claims[i].join.public_key))
            continue;
        if (*out)
            return jemput_fail(err, JEMPUT_MISUSE, "several devices are meant by '%s': give more digits of its key", a->act->device);
        *out = &claims[i];
    }
    if (!st && !*out)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no device with key '%s' asks to be let in, as far as it is known here", a->act->device);
    return st;
}

static bool number_free(const struct jemput_roster *r, const struct jemput_join *join)
{
    for (uint32_t i = 0; i < r->member_count; i++)
        if (r->members[i].device_number == join->device_number)
            return false;
    for (uint32_t i = 0; i < r->invite_count; i++)
        if (r->invites[i].invite.device_number == join->device_number &&
            memcmp(r->invites[i].invite.public_key, join->invite_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            return false;
    return true;
}

/* On its invitation, if nobody has used that; else without one, and under a number of its own. */
static void admit_invite(const struct acting *a, struct jemput_enrol *enrol, const struct jemput_join *join)
{
    const struct jemput_roster_invite *invite = jemput_roster_invite(&a->j->roster, join->invite_key);
    const struct jemput_invite *forestalled = engine_invite_forestalled(a->j, join->invite_key);
    bool unused = invite && !invite->used;

    if (forestalled) {
        enrol->roles = forestalled->roles;
        enrol->scope = forestalled->scope;
    }
    if (invite) {
        enrol->roles = invite->invite.roles;
        enrol->scope = invite->invite.scope;
    }
    if (unused)
        memcpy(enrol->invite_key, join->invite_key, sizeof enrol->invite_key);
    enrol->device_number = unused && number_free(&a->j->roster, join) ? join->device_number : jemput_roster_next_device_number(&a->j->roster);
}

/* One that was let in by an act that is void now: as it was then. What it goes on as by itself follows from its first writer. */
static bool former_find(const struct acting *a, const struct jemput_member **out)
{
    const struct jemput_roster *r = &a->j->roster;

    *out = NULL;
    for (uint32_t i = 0; i < r->former_count; i++)
        if (device_hex_begins(a->act->device, r->former[i].public_key, JEMPUT_PUBLIC_KEY_BYTES) &&
            (!*out || r->former[i].epoch < (*out)->epoch))
            *out = &r->former[i];
    return *out != NULL;
}

static enum jemput_status readmit_compose(struct acting *a, const struct jemput_member *former, struct jemput_error *err)
{
    const struct jemput_join as_it_was = { .device_number = former->device_number };
    struct jemput_record record = { .kind = JEMPUT_RECORD_ENROL };
    struct jemput_enrol *enrol = &record.as.enrol;
    enum jemput_status st;

    memcpy(enrol->public_key, former->public_key, sizeof enrol->public_key);
    enrol->epoch = former->epoch;
    enrol->roles = former->granted_roles;
    enrol->scope = former->granted_scope;
    enrol->device_number = number_free(&a->j->roster, &as_it_was) ? former->device_number : jemput_roster_next_device_number(&a->j->roster);
    st = device_rights_read(a->act, false, &enrol->roles, &enrol->scope, err);
    report_device(a, enrol->public_key, enrol->device_number);
    return st ? st : engine_records_add(&a->records, &record, err);
}

static enum jemput_status admit_compose(struct acting *a, struct jemput_error *err)
{
    struct jemput_record record = { .kind = JEMPUT_RECORD_ENROL };
    struct jemput_enrol *enrol = &record.as.enrol;
    const struct jemput_member *former;
    const struct claim *claim;
    enum jemput_status st = JEMPUT_OK;

    if (device_find(a->j, a->act->device, &a->member, err) == JEMPUT_OK)
        return jemput_fail(err, JEMPUT_EXISTS, "device %u has been let in already", (unsigned)a->member->device_number);
    if (err->status != JEMPUT_NOTFOUND)
        return err->status;
    if (former_find(a, &former))
        return readmit_compose(a, former, err);
    st = claim_find(a, &claim, err);
    if (st)
        return st;
    memcpy(enrol->public_key, claim->join.public_key, sizeof enrol->public_key);
    enrol->epoch = claim->join.epoch;
    admit_invite(a, enrol, &claim->join);
    st = device_rights_read(a->act, false, &enrol->roles, &enrol->scope, err);
    if (!st && (!enrol->roles || !enrol->device_number))
        st = jemput_fail(err, JEMPUT_MISUSE, "its invitation is not known here: say with which roles it is let in");
    report_device(a, enrol->public_key, enrol->device_number);
    return st ? st : engine_records_add(&a->records, &record, err);
}

/* About two keys of one device, and to the same end? */
static bool records_are_one(const struct jemput_roster *r, const struct jemput_record *one, const struct jemput_record *other)
{
    if (one->kind != other->kind || device_record_about(r, one) != device_record_about(r, other))
        return false;
    if (one->kind == JEMPUT_RECORD_CHANGE)
        return one->as.change.roles == other->as.change.roles && jemput_bytes_equal(one->as.change.scope, other->as.change.scope);
    return one->kind == JEMPUT_RECORD_REVOKE;
}

/* Does this act, which a root administrator has signed, say these words? */
static enum jemput_status act_says(const struct jemput *j, const struct jemput_act *act, const struct jemput_hash *words, bool *out,
                                   struct jemput_error *err)
{
    const struct jemput_member *by = jemput_roster_member(&j->roster, &act->author);
    struct jemput_hash hash;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (!by || !by->root || (act->record.kind != JEMPUT_RECORD_CHANGE && act->record.kind != JEMPUT_RECORD_REVOKE))
        return JEMPUT_OK;
    st = jemput_record_hash(&hash, &act->record, &j->space, err);
    *out = !st && jemput_hash_equal(&hash, words) && engine_act_counts(j, act);
    return st;
}

/* Did whoever signed the one sign the other in the same segment, as one act on a device? Somebody else may have proposed one of them before, in the
 * same words: then that waits where he wrote it. */
static enum jemput_status acts_are_one(const struct jemput *j, const struct jemput_hash *one, const struct jemput_hash *other, bool *out,
                                       struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = jemput_hash_equal(one, other);
    for (uint32_t i = 0; !st && !*out && i < j->acts.count; i++) {
        const struct jemput_act *first = &j->acts.of[i].act;
        bool said = false;

        st = act_says(j, first, one, &said, err);
        for (uint32_t k = 0; !st && said && !*out && k < j->acts.count; k++)
            if (j->acts.of[k].segment == j->acts.of[i].segment && records_are_one(&j->roster, &first->record, &j->acts.of[k].act.record))
                st = act_says(j, &j->acts.of[k].act, other, out, err);
    }
    return st;
}

static enum jemput_status approvals_add(struct acting *a, const struct jemput_waiting_act *meant, struct jemput_error *err)
{
    const struct jemput_roster *r = &a->j->roster;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < r->waiting_count; i++) {
        struct jemput_record record = { .kind = JEMPUT_RECORD_APPROVE, .as.approve.act = r->waiting[i].act };
        bool one = false;

        st = acts_are_one(a->j, &meant->act, &r->waiting[i].act, &one, err);
        if (!st && one)
            st = engine_records_add(&a->records, &record, err);
    }
    return st;
}

static enum jemput_status approve_compose(struct acting *a, struct jemput_error *err)
{
    const struct jemput_roster *r = &a->j->roster;
    const struct jemput_waiting_act *found = NULL;

    for (uint32_t i = 0; i < r->waiting_count; i++) {
        if (!device_hex_begins(a->act->device, r->waiting[i].act.bytes, sizeof r->waiting[i].act.bytes))
            continue;
        if (found && !jemput_hash_equal(&found->act, &r->waiting[i].act))
            return jemput_fail(err, JEMPUT_MISUSE, "several acts are meant by '%s': give more digits", a->act->device);
        found = &r->waiting[i];
    }
    if (!found)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no act '%s' waits for signatures, as far as it is known here", a->act->device);
    jemput_hex_encode(a->report.key, found->act.bytes, sizeof found->act.bytes);
    return approvals_add(a, found, err);
}

static enum jemput_status compose(struct acting *a, struct jemput_error *err)
{
    if (!a->act->device)
        return jemput_fail(err, JEMPUT_MISUSE, "no device was named");
    switch (a->act->kind) {
    case JEMPUT_ACT_CHANGE:
    case JEMPUT_ACT_REVOKE:
        return rights_compose(a, err);
    case JEMPUT_ACT_SUCCEED:
        return succeed_compose(a, err);
    case JEMPUT_ACT_ADMIT:
        return admit_compose(a, err);
    case JEMPUT_ACT_APPROVE:
        return approve_compose(a, err);
    }
    return jemput_fail(err, JEMPUT_MISUSE, "there is no act of this kind");
}

/* --- trying --- */

static void author_of(const struct acting *a, struct jemput_writer *writer, uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    const uint8_t *key = a->act->root_seed ? a->root.public_key : a->j->key.public_key;

    memcpy(public_key, key, JEMPUT_PUBLIC_KEY_BYTES);
    if (a->act->root_seed)
        jemput_writer_derive(writer, &a->j->space, key, 1);
    else
        *writer = a->j->writer;
}

/* How many have signed the act, and how many must: of one that waits; of one that has enough, all. Of several, those that wait are told. *same: it
 * waits for as many as before. */
static enum jemput_status signers_tell(struct acting *a, const struct jemput_record *record, bool *same, struct jemput_error *err)
{
    struct jemput_hash act = record->as.approve.act;
    enum jemput_status st = a->act->kind == JEMPUT_ACT_APPROVE ? JEMPUT_OK : jemput_record_hash(&act, record, &a->j->space, err);
    const struct jemput_roster *before = &a->j->roster, *after = &a->then;
    bool waited = false, waits = false;

    *same = false;
    for (uint32_t i = 0; !st && i < before->waiting_count; i++)
        waited |= jemput_hash_equal(&before->waiting[i].act, &act);
    for (uint32_t i = 0; !st && i < after->waiting_count; i++) {
        if (!jemput_hash_equal(&after->waiting[i].act, &act))
            continue;
        waits = true;
        a->report.signers = after->waiting[i].signers;
    }
    if (st || (!waited && !waits))
        return st;
    a->report.needed = after->threshold;
    if (!waits && !a->report.keys_wait)
        a->report.signers = after->threshold;
    a->report.keys_wait += waits;
    for (uint32_t i = 0; waits && waited && i < before->waiting_count; i++)
        *same |= jemput_hash_equal(&before->waiting[i].act, &act) && before->waiting[i].signers == a->report.signers;
    return JEMPUT_OK;
}

static bool administrates(const struct jemput_roster *r, const struct jemput_writer *writer)
{
    const struct jemput_member *m = jemput_roster_member(r, writer);

    return m && (m->roles & JEMPUT_ROLE_ADMIN) != 0;
}

static enum jemput_status author_check(const struct acting *a, struct jemput_error *err)
{
    uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES];
    struct jemput_writer author;

    author_of(a, &author, public_key);
    if (administrates(&a->j->roster, &author))
        return JEMPUT_OK;
    if (a->act->root_seed)
        return jemput_fail(err, JEMPUT_DENIED, "this key is not that of a root administrator of this space");
    return jemput_fail(err, JEMPUT_DENIED, "this device is not an administrator's");
}

/* Of several revocations, one of a key that was never let in by what the others come to has no effect, and needs none. Leave it out. */
static bool revocation_drop(struct acting *a, const struct engine_trial *trial)
{
    struct engine_records *records = &a->records;
    const struct jemput_record *refused = &records->of[trial->refused_at];

    if (records->count == 1 || refused->kind != JEMPUT_RECORD_REVOKE ||
        jemput_roster_member_of_key(&trial->roster, refused->as.revoke.public_key))
        return false;
    for (uint32_t i = trial->refused_at + 1; i < records->count; i++)
        records->of[i - 1] = records->of[i];
    records->count--;
    return true;
}

/* Of an act on several keys, the one that it cannot be for is named: an older one may be left to an act of its own. */
static enum jemput_status refusal_tell(const struct acting *a, const struct engine_trial *trial, struct jemput_error *err)
{
    const struct jemput_record *refused = &a->records.of[trial->refused_at];
    const uint8_t *key = refused->kind == JEMPUT_RECORD_REVOKE   ? refused->as.revoke.public_key
                         : refused->kind == JEMPUT_RECORD_CHANGE ? refused->as.change.public_key
                                                                 : NULL;
    char hex[2 * JEMPUT_PUBLIC_KEY_BYTES + 1];

    if (!key || a->records.count == 1)
        return jemput_fail(err, JEMPUT_DENIED, "%s", trial->refused);
    jemput_hex_encode(hex, key, JEMPUT_PUBLIC_KEY_BYTES);
    return jemput_fail(err, JEMPUT_DENIED, "%s: that is said of key %s, one of the %u that this is about; an older key can be named by itself",
                       trial->refused, hex, (unsigned)a->records.count);
}

static enum jemput_status try_it(struct acting *a, struct jemput_error *err)
{
    struct engine_trial trial = { .records = a->records.of };
    enum jemput_status st;

    author_of(a, &trial.author, trial.author_key);
    do {
        trial.count = a->records.count;
        st = engine_roster_try(a->j, &trial, &a->arena, err);
    } while (!st && trial.refused && revocation_drop(a, &trial));
    if (!st && trial.refused)
        st = refusal_tell(a, &trial, err);
    if (st)
        return st;
    a->then = trial.roster;
    a->waits = trial.waits;
    a->idle = true;
    for (uint32_t i = 0; !st && i < a->records.count; i++) {
        bool same;

        st = signers_tell(a, &a->records.of[i], &same, err);
        a->idle &= same;
    }
    if (!st && !a->waits && (a->act->kind == JEMPUT_ACT_CHANGE || a->act->kind == JEMPUT_ACT_REVOKE))
        st = device_newer_fall(a->j, a->member, &a->then, &a->report, &a->arena, err);
    return st;
}

/* --- sealing --- */

/* Does it take the right to read from a device at once? Then a new key epoch begins in the same breath. */
static bool shuts_out(const struct acting *a)
{
    const struct jemput_roster *now = &a->j->roster;

    for (uint32_t i = 0; i < now->member_count; i++) {
        const struct jemput_member *then = jemput_roster_member(&a->then, &now->members[i].writer);

        if (engine_reads(&now->members[i]) && (!then || !engine_reads(then)))
            return true;
    }
    return false;
}

/* No more can begin once somebody has used up their numbers: that must not keep his key from being revoked, and `verify` tells of it. */
static enum jemput_status renew(struct acting *a, struct engine_records *records, struct jemput_error *err)
{
    enum jemput_status st = engine_epoch_renew(a->j, &a->then, records, err);

    return st == JEMPUT_LIMIT ? JEMPUT_OK : st;
}

/* With a root key's act, what this device itself has to hand out goes into its own log, if it may hand out keys; if not, whoever may does so when it
 * learns of the act. */
static enum jemput_status seal_it(struct acting *a, struct jemput_error *err)
{
    struct engine_records none = { .arena = &a->arena }, *records = a->act->root_seed ? &none : &a->records;
    const struct jemput_member *me = jemput_roster_member(&a->then, &a->j->writer);
    bool may = me && (me->roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT)), shuts = shuts_out(a);
    struct jemput_hash segment;
    enum jemput_status st = a->act->root_seed ? root_seal(a->j, &a->root, &a->records, &segment, err) : JEMPUT_OK;

    if (!st && a->act->root_seed)
        jemput_hex_encode(a->report.root_segment, segment.bytes, sizeof segment.bytes);
    if (!st && may && shuts)
        st = renew(a, records, err);
    if (!st && records->count)
        st = engine_seal_control(a->j, records->of, records->count, err);
    if (!st)
        st = engine_roster_load(a->j, err);
    return st ? st : engine_rights_follow(a->j, err);
}

static enum jemput_status act_under_lock(struct acting *a, struct jemput_error *err)
{
    unsigned sealed = 0;
    enum jemput_status st = engine_roster_refresh(a->j, err);

    if (!st && !a->act->look)
        st = engine_seal_pending(a->j, &sealed, err); /* it is signed before the act, and under the rights of before */
    if (!st)
        st = author_check(a, err);
    if (!st && a->act->root_seed)
        st = root_check(a->j, a->act->root_segment, err);
    if (!st)
        st = compose(a, err);
    a->idle = a->records.count == 0;
    if (!st && !a->idle)
        st = try_it(a, err);
    a->report.done = !st && !a->idle;
    if (a->report.done && a->act->kind != JEMPUT_ACT_SUCCEED && a->act->kind != JEMPUT_ACT_ADMIT)
        a->report.keys = a->records.count;
    return st || a->idle || a->act->look ? st : seal_it(a, err);
}

enum jemput_status jemput_device_act(struct jemput *j, const struct jemput_device_act *act, struct jemput_device_act_report *report,
                                     struct jemput_error *err)
{
    struct acting a = { .j = j, .act = act, .records.arena = &a.arena };
    enum jemput_status st = engine_awake(j, err);

    if (st)
        return st;
    if (act->root_seed)
        jemput_keypair_from_seed(&a.root, act->root_seed);
    st = jemput_store_begin(j->store, ENGINE_LOCK_WAIT_MS, err);
    if (!st) {
        st = act_under_lock(&a, err);
        if (!st && !act->look)
            st = jemput_store_commit(j->store, err);
        if (st || act->look)
            engine_undo(j);
    }
    jemput_wipe(&a.root, sizeof a.root);
    jemput_arena_release(&a.arena);
    if (!st)
        *report = a.report;
    return st ? jemput_wrap(err, "act on device") : JEMPUT_OK;
}
