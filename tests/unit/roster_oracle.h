/* unit/roster_oracle.h — the roster, told another way: from schema/formats/control.md, without tables and with no state but "it took effect there".
 *
 * Whatever is asked (who is a member, who holds a number, what a segment may do) is answered anew by going through all acts. Slow, and of no use but
 * to be compared with engine/identity. A place in the fold order is an index; an act takes effect at its own place, or, of a root act, at that of the
 * signature that completes it. */
#ifndef TESTS_UNIT_ROSTER_ORACLE_H
#define TESTS_UNIT_ROSTER_ORACLE_H

#include "roster_world.h"

enum why { WHY_NONE, WHY_VOID, WHY_FORGED, WHY_NOT_ROOT, WHY_UNKNOWN, WHY_OTHER, WHY_WAITS };
#define NEVER UINT32_MAX
#define NOBODY UINT32_MAX

struct oracle {
    const struct world *w;
    const struct jemput_ancestry *ancestry;
    uint32_t count;
    const struct jemput_act *acts[ACTS_MAX];
    struct jemput_hash hash[ACTS_MAX];  /* by which an approval names the record */
    struct jemput_writer made[ACTS_MAX + 4]; /* that act i - 4 would make a member; before those: genesis's */
    uint32_t author_epoch[ACTS_MAX];
    bool taken[ACTS_MAX];
    uint32_t taken_at[ACTS_MAX];        /* the place that it had when it was taken */
    bool stood[ACTS_MAX];               /* took effect in some pass: the number of such a migration is not given again */
    /* of one pass */
    uint32_t at[ACTS_MAX];              /* where it took effect; NEVER = it has not */
    enum why why[ACTS_MAX];
    uint32_t signer[ACTS_MAX];          /* seniority of whoever signs a root act here; 0 = it is no such signature */
    uint32_t senior[ACTS_MAX];          /* of a root act: its most senior signer; NOBODY = no root act */
    uint32_t signers[ACTS_MAX];         /* of one that waits: how many */
    const struct jemput_act *genesis;
};

static inline bool o_key(const uint8_t *a, const uint8_t *b) { return memcmp(a, b, 32) == 0; }
static inline bool o_writer(const struct jemput_writer *a, const struct jemput_writer *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline const struct jemput_record *o_record(const struct oracle *o, uint32_t i) { return &o->acts[i]->record; }
static inline struct jemput_head o_segment(const struct oracle *o, uint32_t i) { return head_of(o->acts[i]); }

/* --- the order --- */

static inline bool o_before(const struct oracle *o, const struct jemput_act *a, const struct jemput_act *b)
{
    bool first_a = memcmp(&a->segment, &o->w->space, 32) == 0, first_b = memcmp(&b->segment, &o->w->space, 32) == 0;

    if (first_a || first_b)
        return first_a && (!first_b || a->place < b->place);
    if (a->stamp != b->stamp)
        return a->stamp < b->stamp;
    if (memcmp(&a->segment, &b->segment, 32) != 0)
        return memcmp(&a->segment, &b->segment, 32) < 0;
    return a->place < b->place;
}

static inline void o_sort(struct oracle *o, const struct jemput_act *acts, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = 0;

        while (at < o->count && o_before(o, o->acts[at], &acts[i]))
            at++;
        if (at < o->count && !o_before(o, &acts[i], o->acts[at]))
            continue; /* the same */
        memmove(&o->acts[at + 1], &o->acts[at], (o->count++ - at) * sizeof *o->acts);
        o->acts[at] = &acts[i];
    }
    o->genesis = o->acts[0];
}

/* --- writers: what made them members --- */

/* Whose key and epoch act `i` (or, of genesis, administrator `n`) would make a member; false = none. */
static inline bool o_makes(const struct oracle *o, uint32_t i, uint32_t n, const uint8_t **public_key, uint32_t *epoch)
{
    const struct jemput_record *r = o_record(o, i);

    if (i == 0) {
        *public_key = r->as.genesis.admins[n].public_key;
        *epoch = 1;
        return true;
    }
    if (r->kind == JEMPUT_RECORD_ENROL) {
        *public_key = r->as.enrol.public_key;
        *epoch = r->as.enrol.epoch;
    } else if (r->kind == JEMPUT_RECORD_ROTATE) {
        *public_key = r->as.rotate.new_key;
        *epoch = r->as.rotate.epoch;
    } else if (r->kind == JEMPUT_RECORD_RESUME) {
        *public_key = o->acts[i]->author_key;
        *epoch = r->as.resume.epoch;
    } else {
        return false;
    }
    return true;
}

static inline uint32_t o_epoch(const struct oracle *o, const uint8_t *public_key, const struct jemput_writer *writer)
{
    struct jemput_writer is;

    for (uint32_t epoch = 1; epoch < 9; epoch++) {
        jemput_writer_derive(&is, &o->w->space, public_key, epoch);
        if (o_writer(&is, writer))
            return epoch;
    }
    for (uint32_t i = 1; i < o->count; i++) { /* that a device chose by chance when it resumed */
        uint32_t epoch = o_record(o, i)->kind == JEMPUT_RECORD_RESUME ? o_record(o, i)->as.resume.epoch : 0;

        if (!epoch)
            continue;
        jemput_writer_derive(&is, &o->w->space, public_key, epoch);
        if (o_writer(&is, writer))
            return epoch;
    }
    return NOBODY;
}

/* What does not change from pass to pass. */
static inline void o_prepare(struct oracle *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        struct jemput_error err;
        const uint8_t *public_key;
        uint32_t epoch;

        if (i)
            assert_int_equal(jemput_record_hash(&o->hash[i], o_record(o, i), &o->w->space, &err), JEMPUT_OK);
        o->author_epoch[i] = o_epoch(o, o->acts[i]->author_key, &o->acts[i]->author);
        for (uint32_t n = 0; n < (i ? 1 : o->genesis->record.as.genesis.admin_count); n++)
            if (o_makes(o, i, n, &public_key, &epoch))
                jemput_writer_derive(&o->made[i ? 4 + i : n], &o->w->space, public_key, epoch);
    }
}

struct o_member { /* zeroed = none */
    uint32_t by, n; /* act that made it; which administrator of genesis */
    const uint8_t *key;
    uint32_t epoch;
    struct jemput_writer writer;
};

/* The members at place `t`, one after the other: *next from 0 on. */
static inline bool o_member_next(const struct oracle *o, uint32_t t, uint32_t *next, struct o_member *m)
{
    uint32_t genesis = o->genesis->record.as.genesis.admin_count;

    for (; *next < genesis + o->count; ++*next) {
        uint32_t i = *next < genesis ? 0 : *next - genesis;

        if (*next >= genesis && (i == 0 || o->at[i] == NEVER || o->at[i] >= t))
            continue;
        *m = (struct o_member){ .by = i, .n = *next, .writer = *next < genesis ? o->made[*next] : o->made[4 + i] };
        if (!o_makes(o, i, *next, &m->key, &m->epoch))
            continue;
        ++*next;
        return true;
    }
    return false;
}

static inline bool o_find(const struct oracle *o, uint32_t t, const struct jemput_writer *writer, struct o_member *m)
{
    for (uint32_t next = 0; o_member_next(o, t, &next, m);)
        if (o_writer(&m->writer, writer))
            return true;
    *m = (struct o_member){ 0 };
    return false;
}

static inline bool o_enrolled(const struct oracle *o, uint32_t t, const uint8_t *public_key)
{
    struct o_member m;

    for (uint32_t next = 0; o_member_next(o, t, &next, &m);)
        if (o_key(m.key, public_key))
            return true;
    return false;
}

static inline uint32_t o_number(const struct oracle *o, const struct o_member *m)
{
    const struct jemput_record *r = o_record(o, m->by);
    struct o_member from;

    if (m->by == 0)
        return r->as.genesis.admins[m->n].device_number;
    if (r->kind == JEMPUT_RECORD_ENROL)
        return r->as.enrol.device_number;
    o_find(o, o->at[m->by], r->kind == JEMPUT_RECORD_ROTATE ? &o->acts[m->by]->author : &r->as.resume.old, &from);
    return o_number(o, &from);
}

/* Seniority at place `t`; 0 = none. */
static inline uint32_t o_root(const struct oracle *o, uint32_t t, const struct o_member *m);

static inline uint32_t o_key_root(const struct oracle *o, uint32_t t, const uint8_t *public_key)
{
    struct o_member m;

    for (uint32_t next = 0; o_member_next(o, t, &next, &m);)
        if (o_key(m.key, public_key) && o_root(o, t, &m))
            return o_root(o, t, &m);
    return 0;
}

static inline uint32_t o_root(const struct oracle *o, uint32_t t, const struct o_member *m)
{
    const struct jemput_genesis *g = &o->genesis->record.as.genesis;
    const struct jemput_record *r = o_record(o, m->by);
    struct o_member from;
    uint32_t root = 0;

    if (m->by == 0 && (g->admins[m->n].roles & JEMPUT_ROLE_ADMIN)) {
        for (uint32_t i = 0; i < g->admin_count; i++)
            root += (g->admins[i].roles & JEMPUT_ROLE_ADMIN) && g->admins[i].device_number <= g->admins[m->n].device_number;
    } else if (r->kind == JEMPUT_RECORD_ROTATE || r->kind == JEMPUT_RECORD_RESUME) {
        o_find(o, o->at[m->by], r->kind == JEMPUT_RECORD_ROTATE ? &o->acts[m->by]->author : &r->as.resume.old, &from);
        root = o_root(o, o->at[m->by], &from);
    }
    for (uint32_t i = 1; i < o->count; i++)
        if (o_record(o, i)->kind == JEMPUT_RECORD_SUCCEED && o->at[i] != NEVER && o->at[i] < t && (m->by == 0 || o->at[i] > o->at[m->by]) &&
            o_key(o_record(o, i)->as.succeed.new_key, m->key) && o_key_root(o, o->at[i], o_record(o, i)->as.succeed.old_key))
            root = o_key_root(o, o->at[i], o_record(o, i)->as.succeed.old_key);
    return root;
}

/* --- rights --- */

static inline const uint8_t *o_cut_key(const struct jemput_record *r)
{
    return r->kind == JEMPUT_RECORD_CHANGE ? r->as.change.public_key : r->kind == JEMPUT_RECORD_REVOKE ? r->as.revoke.public_key
         : r->kind == JEMPUT_RECORD_ROTATE ? r->as.rotate.old_key : NULL;
}

/* Does a head of cut `i` cover the segment? */
static inline bool o_covers(const struct oracle *o, uint32_t i, const struct jemput_head *segment)
{
    const struct jemput_record *r = o_record(o, i);
    struct jemput_head own = o_segment(o, i);
    const struct jemput_context *heads = r->kind == JEMPUT_RECORD_CHANGE ? &r->as.change.heads : &r->as.revoke.heads;
    struct jemput_context of_rotation = { 1, &own };

    if (r->kind == JEMPUT_RECORD_ROTATE)
        heads = &of_rotation;
    for (uint32_t h = 0; h < heads->count; h++)
        if (o_writer(&heads->heads[h].writer, &segment->writer) && o->ancestry->covers(o->ancestry->ctx, &heads->heads[h], segment))
            return true;
    return false;
}

static inline bool o_revoked_at(const struct oracle *o, const uint8_t *public_key, const struct jemput_head *segment)
{
    for (uint32_t i = 1; i < o->count; i++)
        if (o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_REVOKE && o_key(o_record(o, i)->as.revoke.public_key, public_key) &&
            !o_covers(o, i, segment))
            return true;
    return false;
}

/* Of a segment of a key, in an epoch: behind a revocation, or a rotation? */
static inline bool o_void(const struct oracle *o, const uint8_t *public_key, uint32_t epoch, const struct jemput_head *segment)
{
    if (o_revoked_at(o, public_key, segment))
        return true;
    for (uint32_t i = 1; i < o->count; i++) {
        struct jemput_head place = o_segment(o, i);

        if (o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_ROTATE && o_key(o->acts[i]->author_key, public_key) &&
            o->author_epoch[i] <= epoch && !o_revoked_at(o, public_key, &place) && !o_covers(o, i, segment))
            return true;
    }
    return false;
}

/* Does a rotation of the key count? */
static inline bool o_gave_up(const struct oracle *o, const uint8_t *public_key)
{
    for (uint32_t i = 1; i < o->count; i++) {
        struct jemput_head place = o_segment(o, i);

        if (o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_ROTATE && o_key(o_record(o, i)->as.rotate.old_key, public_key) &&
            !o_revoked_at(o, public_key, &place))
            return true;
    }
    return false;
}

struct o_rights {
    unsigned roles;
    struct jemput_bytes scope;
};

static inline struct o_rights o_rights(const struct oracle *o, const struct o_member *m, const struct jemput_head *segment);

static inline struct o_rights o_granted(const struct oracle *o, const struct o_member *m)
{
    const struct jemput_record *r = o_record(o, m->by);
    struct jemput_head segment = o_segment(o, m->by);
    struct o_member from;

    if (m->by == 0)
        return (struct o_rights){ .roles = r->as.genesis.admins[m->n].roles };
    if (r->kind == JEMPUT_RECORD_ENROL)
        return (struct o_rights){ r->as.enrol.roles, r->as.enrol.scope };
    if (r->kind == JEMPUT_RECORD_ROTATE) {
        o_find(o, o->at[m->by], &o->acts[m->by]->author, &from);
        return o_rights(o, &from, &segment);
    }
    o_find(o, o->at[m->by], &r->as.resume.old, &from);
    return o_granted(o, &from);
}

static inline struct o_rights o_rights(const struct oracle *o, const struct o_member *m, const struct jemput_head *segment)
{
    struct o_rights rights = o_granted(o, m);
    uint32_t last = 0;

    if (o_void(o, m->key, m->epoch, segment))
        return (struct o_rights){ 0 };
    for (uint32_t i = 1; i < o->count; i++) {
        const struct jemput_record *r = o_record(o, i);

        if (!o->taken[i] || r->kind != JEMPUT_RECORD_CHANGE || !o_key(r->as.change.public_key, m->key) || o_covers(o, i, segment) ||
            o->taken_at[i] < last)
            continue;
        last = o->taken_at[i];
        rights = (struct o_rights){ r->as.change.roles, r->as.change.scope };
    }
    return rights;
}

/* --- root acts --- */

static inline bool o_granted_admin(const struct oracle *o, uint32_t t, const uint8_t *public_key)
{
    struct o_member m;

    for (uint32_t next = 0; o_member_next(o, t, &next, &m);)
        if (o_key(m.key, public_key) && (o_granted(o, &m).roles & JEMPUT_ROLE_ADMIN))
            return true;
    return false;
}

static inline bool o_of_administrator(const struct oracle *o, uint32_t t, const uint8_t *public_key)
{
    for (uint32_t i = 1; i < o->count; i++)
        if (o->taken[i] && o_record(o, i)->kind == JEMPUT_RECORD_CHANGE && (o_record(o, i)->as.change.roles & JEMPUT_ROLE_ADMIN) &&
            o_key(o_record(o, i)->as.change.public_key, public_key))
            return true;
    return o_granted_admin(o, t, public_key) || o_key_root(o, t, public_key);
}

/* The invite with this one-time key that the roster has at `t`; 0 = none. */
static inline uint32_t o_invite(const struct oracle *o, uint32_t t, const uint8_t *once)
{
    for (uint32_t i = 1; i < o->count; i++)
        if (o_record(o, i)->kind == JEMPUT_RECORD_INVITE && o->at[i] != NEVER && o->at[i] < t && o_key(o_record(o, i)->as.invite.public_key, once))
            return i;
    return 0;
}

static inline bool o_used(const struct oracle *o, uint32_t t, uint32_t invite)
{
    for (uint32_t i = 1; i < o->count; i++)
        if (o_record(o, i)->kind == JEMPUT_RECORD_ENROL && o->at[i] != NEVER && o->at[i] < t && o->at[i] > o->at[invite] &&
            o_key(o_record(o, i)->as.enrol.invite_key, o_record(o, invite)->as.invite.public_key))
            return true;
    return false;
}

static inline bool o_promised(const struct oracle *o, uint32_t t, const struct jemput_enrol *e)
{
    uint32_t i = o_invite(o, t, e->invite_key);
    const struct jemput_invite *invite = i ? &o_record(o, i)->as.invite : NULL;

    return invite && invite->roles == e->roles && invite->device_number == e->device_number && jemput_bytes_equal(invite->scope, e->scope);
}

static inline bool o_is_root_act(const struct oracle *o, uint32_t t, const struct jemput_record *r)
{
    switch ((int)r->kind) {
    case JEMPUT_RECORD_INVITE:
        return r->as.invite.roles & JEMPUT_ROLE_ADMIN;
    case JEMPUT_RECORD_ENROL:
        return (r->as.enrol.roles & JEMPUT_ROLE_ADMIN) && !o_promised(o, t, &r->as.enrol);
    case JEMPUT_RECORD_CHANGE:
        return (r->as.change.roles & JEMPUT_ROLE_ADMIN) || o_of_administrator(o, t, r->as.change.public_key);
    case JEMPUT_RECORD_REVOKE:
        return o_of_administrator(o, t, r->as.revoke.public_key);
    case JEMPUT_RECORD_SUCCEED:
        return o_key_root(o, t, r->as.succeed.old_key) != 0;
    default:
        return false;
    }
}

/* How many places of root administrators are held by somebody who administrates now, not counting a key. */
static inline uint32_t o_roots_left(const struct oracle *o, uint32_t t, const uint8_t *without)
{
    uint32_t left = 0;

    for (uint32_t root = 1; root < 9; root++) {
        struct o_member m;
        bool held = false;

        for (uint32_t next = 0; o_member_next(o, t, &next, &m);) {
            struct jemput_head newest = { .writer = m.writer, .number = UINT64_MAX };

            held |= o_root(o, t, &m) == root && !(without && o_key(m.key, without)) && (o_rights(o, &m, &newest).roles & JEMPUT_ROLE_ADMIN);
        }
        left += held;
    }
    return left;
}

#endif
