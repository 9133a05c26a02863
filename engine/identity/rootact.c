/* identity/rootact.c — root acts: which acts need the signatures of several root administrators, and how many of those are left. */
#include <string.h>

#include "identity/fold.h"

/* Is the key an administrator's, by what any of its writers was granted or any change that counts gives it? */
static bool key_administrates(const struct jemput_fold *f, const uint8_t public_key[32])
{
    const struct jemput_roster *r = &f->roster;

    for (uint32_t i = 0; i < r->member_count; i++)
        if (memcmp(r->members[i].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0 &&
            (r->members[i].root || (r->members[i].granted_roles & JEMPUT_ROLE_ADMIN)))
            return true;
    for (uint32_t i = 0; i < r->cut_count; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_CHANGE && (r->cuts[i].roles & JEMPUT_ROLE_ADMIN) &&
            memcmp(r->cuts[i].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return true;
    return false;
}

/* An enrolment that gives what an invite has promised needs no more signatures than that had. */
static bool enrol_keeps_a_promise(const struct jemput_fold *f, const struct jemput_enrol *e)
{
    const struct jemput_roster_invite *invite = jemput_roster_invite(&f->roster, e->invite_key);

    return invite && invite->invite.roles == e->roles && invite->invite.device_number == e->device_number &&
           jemput_bytes_equal(invite->invite.scope, e->scope);
}

bool jemput_fold_is_root_act(const struct jemput_fold *f, const struct jemput_act *act)
{
    const struct jemput_record *record = &act->record;
    const struct jemput_member *old;

    switch (record->kind) {
    case JEMPUT_RECORD_INVITE:
        return (record->as.invite.roles & JEMPUT_ROLE_ADMIN) != 0;
    case JEMPUT_RECORD_ENROL:
        return (record->as.enrol.roles & JEMPUT_ROLE_ADMIN) && !enrol_keeps_a_promise(f, &record->as.enrol);
    case JEMPUT_RECORD_CHANGE:
        return (record->as.change.roles & JEMPUT_ROLE_ADMIN) || key_administrates(f, record->as.change.public_key);
    case JEMPUT_RECORD_REVOKE:
        return key_administrates(f, record->as.revoke.public_key);
    case JEMPUT_RECORD_SUCCEED:
        old = jemput_roster_member_of_key(&f->roster, record->as.succeed.old_key);
        return old && old->root;
    default:
        return false;
    }
}

/* A root administrator is left while one of the keys that hold its place has neither been revoked nor rotated, and administrates. */
static bool root_left(const struct jemput_fold *f, uint32_t root, const uint8_t *without)
{
    const struct jemput_roster *r = &f->roster;
    static const struct jemput_ancestry *const linear = &jemput_ancestry_linear;

    for (uint32_t i = 0; i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        const struct jemput_head newest = { .writer = m->writer, .number = UINT64_MAX };

        if (m->root != root || (without && memcmp(m->public_key, without, JEMPUT_PUBLIC_KEY_BYTES) == 0))
            continue;
        if (jemput_roster_rights(r, m, &newest, linear).roles & JEMPUT_ROLE_ADMIN)
            return true;
    }
    return false;
}

static uint32_t roots_left(const struct jemput_fold *f, const uint8_t *without)
{
    uint32_t left = 0;

    for (uint32_t root = 1; root <= JEMPUT_GENESIS_ADMINS_MAX; root++)
        left += root_left(f, root, without);
    return left;
}

bool jemput_fold_too_few_roots(const struct jemput_fold *f, const uint8_t public_key[32])
{
    const struct jemput_member *member = jemput_roster_member_of_key(&f->roster, public_key);

    return member && member->root && roots_left(f, public_key) < f->roster.threshold;
}

uint32_t jemput_fold_roots_left(const struct jemput_fold *f)
{
    return roots_left(f, NULL);
}
