/* identity/rootact.c — root acts: which acts need the signatures of several root administrators, who has signed, and how many of those are left. */
#include <string.h>

#include "identity/fold.h"

const char jemput_fold_waits[] = "too few root administrators have signed it";

/* --- which acts --- */

/* Is the key an administrator's, by what any of its writers was granted or any change that counts gives it? */
static bool key_administrates(const struct jemput_named_key *key)
{
    return key->root || key->granted_admin || key->made_admin;
}

/* An enrolment that gives what an invite has promised needs no more signatures than that had. */
bool jemput_fold_promised(const struct jemput_fold *f, const struct jemput_ranked *ranked)
{
    const struct jemput_enrol *e = &ranked->act->record.as.enrol;
    const struct jemput_invite *invite = &f->roster.invites[ranked->invite == JEMPUT_FOLD_NONE ? 0 : ranked->invite].invite;

    return ranked->invite != JEMPUT_FOLD_NONE && f->invited[ranked->invite] && invite->roles == e->roles &&
           invite->device_number == e->device_number && jemput_bytes_equal(invite->scope, e->scope);
}

bool jemput_fold_is_root_act(const struct jemput_fold *f, const struct jemput_ranked *ranked)
{
    const struct jemput_record *record = &ranked->act->record;

    switch (record->kind) {
    case JEMPUT_RECORD_INVITE:
        return (record->as.invite.roles & JEMPUT_ROLE_ADMIN) != 0;
    case JEMPUT_RECORD_ENROL:
        return (record->as.enrol.roles & JEMPUT_ROLE_ADMIN) && !jemput_fold_promised(f, ranked);
    case JEMPUT_RECORD_CHANGE:
        return (record->as.change.roles & JEMPUT_ROLE_ADMIN) || key_administrates(&f->keys[ranked->about]);
    case JEMPUT_RECORD_REVOKE:
        return key_administrates(&f->keys[ranked->about]);
    case JEMPUT_RECORD_SUCCEED:
        return f->keys[ranked->about].root != 0;
    default:
        return false;
    }
}

/* --- who has signed --- */

static unsigned bits(uint64_t v)
{
    unsigned count = 0;

    for (; v; v &= v - 1)
        count++;
    return count;
}

static uint32_t lowest_bit(uint64_t v)
{
    uint32_t bit = 0;

    for (; !(v & 1); v >>= 1)
        bit++;
    return bit;
}

void jemput_fold_signatures_reset(struct jemput_fold *f)
{
    for (uint32_t i = 0; i < f->approved_count; i++)
        f->approved[i] = (struct jemput_approved){ .act = f->approved[i].act, .waits = JEMPUT_FOLD_NONE };
}

/* The same text = the same entry; kept from pass to pass. */
static uint32_t approved_find(struct jemput_fold *f, const struct jemput_hash *act)
{
    uint32_t slot;

    memcpy(&slot, act->bytes, sizeof slot); /* any bits of a hash will do */
    for (slot &= f->approved_mask; f->approved_table[slot]; slot = (slot + 1) & f->approved_mask)
        if (jemput_hash_equal(&f->approved[f->approved_table[slot] - 1].act, act))
            return f->approved_table[slot] - 1;
    f->approved[f->approved_count] = (struct jemput_approved){ .act = *act, .waits = JEMPUT_FOLD_NONE };
    f->approved_table[slot] = ++f->approved_count;
    return f->approved_count - 1;
}

static enum jemput_status signed_as(struct jemput_fold *f, struct jemput_ranked *ranked, struct jemput_error *err)
{
    const struct jemput_record *record = &ranked->act->record;
    struct jemput_hash hash;
    enum jemput_status st;

    if (ranked->signed_as != JEMPUT_FOLD_NONE)
        return JEMPUT_OK;
    if (record->kind == JEMPUT_RECORD_APPROVE) {
        hash = record->as.approve.act;
    } else {
        st = jemput_record_hash(&hash, record, &f->roster.space, err);
        if (st)
            return st;
    }
    ranked->signed_as = approved_find(f, &hash);
    return JEMPUT_OK;
}

enum jemput_status jemput_fold_sign(struct jemput_fold *f, uint32_t at, const struct jemput_fold_author *author, uint32_t *ready, uint32_t *senior,
                                    struct jemput_error *err)
{
    struct jemput_ranked *ranked = &f->acts[at];
    bool approval = ranked->act->record.kind == JEMPUT_RECORD_APPROVE;
    uint64_t bit = UINT64_C(1) << (author->member->root - 1);
    enum jemput_status st = signed_as(f, ranked, err);
    struct jemput_approved *approved;

    *ready = JEMPUT_FOLD_NONE;
    if (st)
        return st;
    approved = &f->approved[ranked->signed_as];
    if (approved->complete && (!approval || (approved->signers & bit))) { /* this one is for another act with the same text */
        approved->signers = 0;
        approved->complete = false;
    }
    approved->signers |= bit;
    if (!approval && approved->waits == JEMPUT_FOLD_NONE) {
        approved->waits = at;
        ranked->result = ranked->taken ? NULL : jemput_fold_waits;
    }
    if (approved->waits != JEMPUT_FOLD_NONE && bits(approved->signers) >= f->roster.threshold) {
        *ready = approved->waits;
        *senior = lowest_bit(approved->signers);
        approved->waits = JEMPUT_FOLD_NONE;
        approved->complete = true;
    }
    return JEMPUT_OK;
}

/* --- who is left --- */

/* A root administrator's place is held while one of the keys that have it has neither been revoked nor rotated, and administrates. */
bool jemput_fold_too_few_roots(const struct jemput_fold *f, uint32_t key)
{
    uint64_t left = 0;

    if (!f->keys[key].root)
        return false;
    for (uint32_t i = 0; i < f->writer_count; i++) {
        const struct jemput_member *m = &f->roster.members[i];
        const struct jemput_head newest = { .writer = m->writer, .number = UINT64_MAX };

        if (f->present[i] && m->root && memcmp(m->public_key, f->keys[key].bytes, sizeof m->public_key) != 0 &&
            (jemput_roster_rights(&f->roster, m, &newest, &jemput_ancestry_linear).roles & JEMPUT_ROLE_ADMIN))
            left |= UINT64_C(1) << (m->root - 1);
    }
    return bits(left) < f->roster.threshold;
}
