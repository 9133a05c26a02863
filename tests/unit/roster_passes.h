/* unit/roster_passes.h — the other telling of the roster, second part: which acts take effect, pass by pass, and which cuts are taken. See
 * roster_oracle.h. */
#ifndef TESTS_UNIT_ROSTER_PASSES_H
#define TESTS_UNIT_ROSTER_PASSES_H

#include "roster_oracle.h"

/* For whom a member's device carries on at place `t`; NULL = nobody. */
static inline const uint8_t *o_carries_on_for(const struct oracle *o, uint32_t t, const struct o_member *m)
{
    const struct jemput_record *r = o_record(o, m->by);
    const uint8_t *for_key = NULL;
    struct o_member from;

    if (r->kind == JEMPUT_RECORD_ROTATE || r->kind == JEMPUT_RECORD_RESUME) {
        o_find(o, o->at[m->by], r->kind == JEMPUT_RECORD_ROTATE ? &o->acts[m->by]->author : &r->as.resume.old, &from);
        for_key = o_carries_on_for(o, o->at[m->by], &from);
    }
    for (uint32_t i = 1; i < o->count; i++)
        if (o_record(o, i)->kind == JEMPUT_RECORD_SUCCEED && o->at[i] != NEVER && o->at[i] < t && (m->by == 0 || o->at[i] > o->at[m->by]) &&
            o_key(o_record(o, i)->as.succeed.new_key, m->key))
            for_key = o_record(o, i)->as.succeed.old_key;
    return for_key;
}

static inline bool o_key_carries_on(const struct oracle *o, uint32_t t, const uint8_t *public_key)
{
    struct o_member m;

    for (uint32_t next = 0; o_member_next(o, t, &next, &m);)
        if (o_key(m.key, public_key) && o_carries_on_for(o, t, &m))
            return true;
    return false;
}

/* Is the number neither a member's nor an invite's? Members with `but` and the invite with `once` are not asked. */
static inline bool o_number_free(const struct oracle *o, uint32_t t, uint32_t number, const uint8_t *but, const uint8_t *once)
{
    struct o_member m;
    bool others = false;

    for (uint32_t next = 0; o_member_next(o, t, &next, &m);) {
        if (o_number(o, &m) == number && but && o_key(m.key, but))
            return true; /* this key's already */
        others |= o_number(o, &m) == number;
    }
    for (uint32_t i = 1; i < o->count; i++)
        others |= o_record(o, i)->kind == JEMPUT_RECORD_INVITE && o->at[i] != NEVER && o->at[i] < t &&
                  o_record(o, i)->as.invite.device_number == number && !(once && o_key(o_record(o, i)->as.invite.public_key, once));
    return !others;
}

static inline bool o_enrol_allowed(const struct oracle *o, uint32_t t, const struct jemput_enrol *e, unsigned roles)
{
    uint32_t invite = o_invite(o, t, e->invite_key);
    struct jemput_writer writer;
    struct o_member m;

    if (invite && o_used(o, t, invite))
        return false;
    if (!(roles & JEMPUT_ROLE_ADMIN) && !((roles & JEMPUT_ROLE_PUSAT) && o_promised(o, t, e)))
        return false;
    for (uint32_t i = 1; i < o->count; i++)
        if (o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_REVOKE && o_key(o_record(o, i)->as.revoke.public_key, e->public_key) &&
            o->taken_at[i] < t)
            return false;
    jemput_writer_derive(&writer, &o->w->space, e->public_key, e->epoch);
    return !o_find(o, t, &writer, &m) && o_number_free(o, t, e->device_number, e->public_key, e->invite_key);
}

static inline bool o_succeed_allowed(const struct oracle *o, uint32_t t, const struct jemput_succession *s)
{
    bool revoked = false;

    if (!o_enrolled(o, t, s->old_key) || !o_enrolled(o, t, s->new_key) || o_key_carries_on(o, t, s->new_key))
        return false;
    for (uint32_t i = 1; i < o->count; i++)
        revoked |= o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_REVOKE && o_key(o_record(o, i)->as.revoke.public_key, s->old_key);
    return !o_key_root(o, t, s->old_key) || (revoked && o_granted_admin(o, t, s->new_key) && !o_key_root(o, t, s->new_key));
}

static inline bool o_cut_allowed(const struct oracle *o, uint32_t t, const uint8_t *public_key, unsigned roles_left)
{
    if (!o_enrolled(o, t, public_key))
        return false;
    return (roles_left & JEMPUT_ROLE_ADMIN) || !o_key_root(o, t, public_key) ||
           o_roots_left(o, t, public_key) >= o->genesis->record.as.genesis.threshold;
}

/* May act `i` take effect at place `t`? `m` signed it (zeroed: no member), with these roles. */
static inline bool o_allowed(const struct oracle *o, uint32_t i, uint32_t t, const struct o_member *m, unsigned roles)
{
    const struct jemput_record *r = o_record(o, i);
    bool admin = roles & JEMPUT_ROLE_ADMIN;
    static const uint8_t zero[32];
    struct jemput_writer made;
    struct o_member old;
    uint32_t schema = 1;

    switch ((int)r->kind) {
    case JEMPUT_RECORD_INVITE:
        return admin && !o_key(r->as.invite.public_key, zero) && !o_invite(o, t, r->as.invite.public_key) &&
               o_number_free(o, t, r->as.invite.device_number, NULL, NULL);
    case JEMPUT_RECORD_ENROL:
        return o_enrol_allowed(o, t, &r->as.enrol, roles);
    case JEMPUT_RECORD_SCHEMA:
        for (uint32_t k = 1; k < o->count; k++)
            if (o_record(o, k)->kind == JEMPUT_RECORD_SCHEMA && o->at[k] != NEVER && o->at[k] < t)
                schema = o_record(o, k)->as.schema.version > schema ? o_record(o, k)->as.schema.version : schema;
        for (uint32_t round = 0; round < o->count; round++) /* numbers of void ones between */
            for (uint32_t k = 1; k < t && r->as.schema.version > schema + 1; k++)
                schema += o_record(o, k)->kind == JEMPUT_RECORD_SCHEMA && o->stood[k] && o->at[k] == NEVER &&
                          o_record(o, k)->as.schema.version == schema + 1;
        return admin && r->as.schema.version == schema + 1;
    case JEMPUT_RECORD_CHANGE:
        return admin && o_cut_allowed(o, t, r->as.change.public_key, r->as.change.roles);
    case JEMPUT_RECORD_REVOKE:
        return admin && o_cut_allowed(o, t, r->as.revoke.public_key, 0);
    case JEMPUT_RECORD_ROTATE:
        return m->key && o_key(m->key, r->as.rotate.old_key) && !o_enrolled(o, t, r->as.rotate.new_key) &&
               jemput_rotation_verify(&r->as.rotate, &o->w->space);
    case JEMPUT_RECORD_SUCCEED:
        return admin && o_succeed_allowed(o, t, &r->as.succeed);
    case JEMPUT_RECORD_RESUME:
        jemput_writer_derive(&made, &o->w->space, o->acts[i]->author_key, r->as.resume.epoch);
        return !m->key && o_find(o, t, &r->as.resume.old, &old) && o_key(old.key, o->acts[i]->author_key) && old.epoch < r->as.resume.epoch &&
               o_writer(&made, &o->acts[i]->author);
    case JEMPUT_RECORD_APPROVE: /* of a root administrator: see o_judge */
    case JEMPUT_RECORD_JOIN:
    case JEMPUT_RECORD_READER:
    case JEMPUT_RECORD_ERASED:
    case JEMPUT_RECORD_REPORT:
    case JEMPUT_RECORD_SINGLE:
        return true;
    case JEMPUT_RECORD_EPOCH:
        return r->as.epoch.number < 1 << JEMPUT_EPOCH_DEVICE_BITS || admin || (roles & JEMPUT_ROLE_PUSAT);
    case JEMPUT_RECORD_GRANT:
    case JEMPUT_RECORD_WRAP:
    case JEMPUT_RECORD_FORGET:
    case JEMPUT_RECORD_SETTLE:
        return admin || (roles & JEMPUT_ROLE_PUSAT);
    case JEMPUT_RECORD_CHECKPOINT:
    case JEMPUT_RECORD_BACKED_UP:
        return (roles & JEMPUT_ROLE_PUSAT) != 0;
    default:
        return false;
    }
}

/* --- signatures --- */

/* Who has signed the record with this hash when the signature at place `t` is in: *open is the act that waits (0 = none), *done the one that this
 * signature completes. Returns the signers, bit by seniority. */
static inline uint32_t o_signed(const struct oracle *o, uint32_t t, const struct jemput_hash *hash, uint32_t *open, uint32_t *done)
{
    uint32_t signers = 0, completed = 0;

    *open = *done = 0;
    for (uint32_t i = 1; i <= t; i++) {
        const struct jemput_record *r = o_record(o, i);
        bool approval = r->kind == JEMPUT_RECORD_APPROVE;
        uint32_t bit = UINT32_C(1) << o->signer[i];

        if (!o->signer[i] || !jemput_hash_equal(approval ? &r->as.approve.act : &o->hash[i], hash))
            continue;
        *done = 0;
        if (completed && (!approval || (signers & bit)))
            signers = completed = 0; /* another act with this text: signatures of the one before are used up */
        signers |= bit;
        if (!approval && !*open)
            *open = i;
        if (*open && (unsigned)__builtin_popcount(signers) >= o->genesis->record.as.genesis.threshold) {
            *done = completed = *open;
            *open = 0;
        }
    }
    return signers;
}

/* --- a pass --- */

static inline void o_effect(struct oracle *o, uint32_t i, uint32_t t)
{
    struct jemput_head segment = o_segment(o, i);
    struct o_member m;
    unsigned roles;

    if (o->taken[i] && o_record(o, i)->kind != JEMPUT_RECORD_ROTATE)
        return;
    roles = o_find(o, t, &o->acts[i]->author, &m) ? o_rights(o, &m, &segment).roles : 0;
    o->at[i] = o_allowed(o, i, t, &m, roles) ? t : NEVER;
    o->stood[i] |= o->at[i] != NEVER;
    o->why[i] = o->at[i] != NEVER ? WHY_NONE : o_record(o, i)->kind == JEMPUT_RECORD_UNKNOWN ? WHY_UNKNOWN : WHY_OTHER;
}

static inline void o_sign(struct oracle *o, uint32_t i, uint32_t root)
{
    const struct jemput_record *r = o_record(o, i);
    const struct jemput_hash *hash = r->kind == JEMPUT_RECORD_APPROVE ? &r->as.approve.act : &o->hash[i];
    uint32_t open, done, signers;

    o->signer[i] = root; /* that is all it is, if others wait for it */
    signers = o_signed(o, i, hash, &open, &done);
    if (open == i && !o->taken[i])
        o->why[i] = WHY_WAITS;
    if (open)
        o->signers[open] = (uint32_t)__builtin_popcount(signers);
    if (done) {
        o->senior[done] = (uint32_t)__builtin_ctz(signers);
        o_effect(o, done, i);
    }
}

/* Of what signs as no member. */
static inline uint32_t o_epoch_of_nobody(const struct oracle *o, uint32_t i)
{
    uint32_t epoch = o_record(o, i)->as.resume.epoch;
    struct jemput_writer own;

    if (o_record(o, i)->kind != JEMPUT_RECORD_RESUME)
        return NOBODY;
    jemput_writer_derive(&own, &o->w->space, o->acts[i]->author_key, epoch);
    return o_writer(&own, &o->acts[i]->author) ? epoch : NOBODY;
}

static inline void o_judge(struct oracle *o, uint32_t i)
{
    const struct jemput_record *r = o_record(o, i);
    struct jemput_head segment = o_segment(o, i);
    bool approval = r->kind == JEMPUT_RECORD_APPROVE, taken = o->taken[i] && r->kind != JEMPUT_RECORD_ROTATE;
    struct o_member m;
    bool member = o_find(o, i, &o->acts[i]->author, &m);
    uint32_t root = member && (o_rights(o, &m, &segment).roles & JEMPUT_ROLE_ADMIN) ? o_root(o, i, &m) : 0;

    if (taken)
        o->at[i] = i;
    if (member && !o_key(m.key, o->acts[i]->author_key)) {
        o->why[i] = taken ? WHY_NONE : WHY_FORGED;
    } else if (o_void(o, o->acts[i]->author_key, member ? m.epoch : o_epoch_of_nobody(o, i), &segment)) {
        o->why[i] = taken ? WHY_NONE : WHY_VOID;
    } else if (approval || o_is_root_act(o, i, r)) {
        if (root)
            o_sign(o, i, root);
        else if (!taken)
            o->why[i] = approval ? WHY_OTHER : WHY_NOT_ROOT;
    } else {
        o_effect(o, i, i);
    }
}

static inline void o_pass(struct oracle *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        o->at[i] = i ? NEVER : 0;
        o->why[i] = WHY_NONE;
        o->signer[i] = 0;
        o->signers[i] = 0;
        o->senior[i] = NOBODY;
    }
    for (uint32_t i = 1; i < o->count; i++)
        o_judge(o, i);
}

/* --- taking cuts --- */

static inline bool o_candidate(const struct oracle *o, uint32_t i)
{
    return i && o_cut_key(o_record(o, i)) && o->at[i] != NEVER && !o->taken[i];
}

static inline bool o_matters(const struct oracle *o, uint32_t cut)
{
    const uint8_t *public_key = o_cut_key(o_record(o, cut));

    if (o->senior[cut] != NOBODY)
        return true;
    for (uint32_t i = 1; i < o->count; i++) {
        enum jemput_record_kind kind = o_record(o, i)->kind;
        struct jemput_head segment = o_segment(o, i);

        if (o_key(o->acts[i]->author_key, public_key) && o->why[i] == WHY_NONE && kind != JEMPUT_RECORD_JOIN && kind != JEMPUT_RECORD_READER &&
            kind != JEMPUT_RECORD_EPOCH && kind != JEMPUT_RECORD_GRANT && kind != JEMPUT_RECORD_WRAP && kind != JEMPUT_RECORD_SINGLE &&
            kind != JEMPUT_RECORD_CHECKPOINT &&
            kind != JEMPUT_RECORD_BACKED_UP && kind != JEMPUT_RECORD_FORGET && kind != JEMPUT_RECORD_ERASED && kind != JEMPUT_RECORD_REPORT &&
            kind != JEMPUT_RECORD_SETTLE && !o_covers(o, cut, &segment))
            return true;
    }
    return false;
}

/* The candidate that comes first; 0 = there is none. */
static inline uint32_t o_first(const struct oracle *o, const bool *candidate)
{
    uint32_t first = 0;

    for (uint32_t i = 1; i < o->count; i++)
        if (candidate[i] && (!first || o->senior[i] < o->senior[first] || (o->senior[i] == o->senior[first] && o->at[i] < o->at[first])))
            first = i;
    return first;
}

static inline void oracle_fold(struct oracle *o, const struct world *w, const struct jemput_act *acts, uint32_t count,
                               const struct jemput_ancestry *ancestry)
{
    *o = (struct oracle){ .w = w, .ancestry = ancestry };
    o_sort(o, acts, count);
    o_prepare(o);
    for (;;) {
        bool candidate[ACTS_MAX], matters = false, some = false;
        uint32_t next;

        o_pass(o);
        for (uint32_t i = 0; i < o->count; i++)
            some |= candidate[i] = o_candidate(o, i);
        if (!some)
            return;
        while (!matters && (next = o_first(o, candidate))) {
            matters = o_matters(o, next);
            o->taken[next] = true;
            o->taken_at[next] = o->at[next];
            candidate[next] = false;
        }
    }
}

#endif
