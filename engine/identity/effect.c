/* identity/effect.c — what an act does if its author may do it, by what the acts before it have made true. See roster.h. */
#include <string.h>

#include "identity/fold.h"

static bool key_equal(const uint8_t a[32], const uint8_t b[32])
{
    return memcmp(a, b, JEMPUT_PUBLIC_KEY_BYTES) == 0;
}

/* --- invite, enrol, schema --- */

const char jemput_invite_forestalled[] = "invite: the device number is taken";

static const char *invite_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, unsigned roles)
{
    static const uint8_t none[JEMPUT_PUBLIC_KEY_BYTES];
    const struct jemput_invite *invite = &ranked->act->record.as.invite;
    struct jemput_named_number *number = &f->numbers[ranked->number];

    if (!(roles & JEMPUT_ROLE_ADMIN))
        return "invite: the author is not an administrator";
    if (key_equal(invite->public_key, none))
        return "invite: the one-time key is all zero"; /* zero means "without invite" in an enrol */
    if (f->invited[ranked->invite])
        return "invite: the one-time key is that of another invite";
    if (number->member || number->invite != JEMPUT_FOLD_NONE)
        return jemput_invite_forestalled;
    f->roster.invites[ranked->invite] = (struct jemput_roster_invite){ .invite = *invite };
    f->invited[ranked->invite] = true;
    number->invite = ranked->invite;
    return NULL;
}

/* Does the number belong to anyone else than the device with this key (in whatever epoch) and the invite that the enrolment names? A used invite
 * keeps its number even if its device was enrolled with another: receipt codes with it may be out in the field. */
static bool number_taken(const struct jemput_fold *f, const struct jemput_ranked *ranked)
{
    const struct jemput_named_number *number = &f->numbers[ranked->number];

    for (uint32_t i = f->keys[ranked->about].members; i != JEMPUT_FOLD_NONE; i = f->next_of_key[i])
        if (f->roster.members[i].device_number == number->number)
            return false;
    return number->member || (number->invite != JEMPUT_FOLD_NONE && number->invite != ranked->invite);
}

static const char *enrol_refusal(const struct jemput_fold *f, const struct jemput_ranked *ranked, unsigned roles)
{
    bool invited = ranked->invite != JEMPUT_FOLD_NONE && f->invited[ranked->invite];

    if (invited && f->roster.invites[ranked->invite].used)
        return "enrol: the invite has been used";
    if (roles & JEMPUT_ROLE_ADMIN)
        return NULL;
    if (!(roles & JEMPUT_ROLE_PUSAT))
        return "enrol: the author is neither an administrator nor central";
    if (!invited)
        return "enrol: central has no invite for it";
    return jemput_fold_promised(f, ranked) ? NULL : "enrol: roles, scope or device number are not those of the invite";
}

static const char *enrol_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, uint32_t rank, unsigned roles)
{
    const struct jemput_enrol *e = &ranked->act->record.as.enrol;
    struct jemput_member member = { .epoch = e->epoch, .device_number = e->device_number, .granted_roles = e->roles, .granted_scope = e->scope };
    const char *refusal = enrol_refusal(f, ranked, roles);

    if (refusal)
        return refusal;
    if (f->present[ranked->made])
        return "enrol: the writer is a member already";
    if (f->keys[ranked->about].revoked < rank)
        return "enrol: the key was revoked";
    if (number_taken(f, ranked))
        return "enrol: the device number is taken";
    memcpy(member.public_key, e->public_key, sizeof member.public_key);
    jemput_fold_member_add(f, ranked->made, &member);
    f->numbers[ranked->number].member = true;
    if (ranked->invite != JEMPUT_FOLD_NONE && f->invited[ranked->invite])
        f->roster.invites[ranked->invite].used = true;
    return NULL;
}

/* The numbers between the version in force and this one: each that of a migration which a cut has made void. Its number is not given again, for what
 * was written under it names it. */
static bool schema_follows(const struct jemput_fold *f, uint32_t at, uint32_t version)
{
    uint32_t reached = f->roster.schema_version;

    for (uint32_t i = 1; i < at && version > reached && version - reached > 1; i++) {
        const struct jemput_ranked *before = &f->acts[i];

        if (before->act->record.kind == JEMPUT_RECORD_SCHEMA && before->stood && before->result &&
            before->act->record.as.schema.version == reached + 1) {
            reached++;
            i = 0; /* they stand in any order */
        }
    }
    return version > reached && version - reached == 1;
}

static const char *schema_effect(struct jemput_fold *f, uint32_t at, unsigned roles)
{
    struct jemput_ranked *ranked = &f->acts[at];
    uint32_t version = ranked->act->record.as.schema.version;

    if (!(roles & JEMPUT_ROLE_ADMIN))
        return "schema: the author is not an administrator";
    ranked->administrated = true;
    if (!schema_follows(f, at, version))
        return "schema: the version does not follow the one in force";
    f->roster.schema_version = version;
    ranked->stood = true;
    return NULL;
}

static const char *unknown_effect(struct jemput_roster *r, unsigned roles)
{
    if (!(roles & JEMPUT_ROLE_ADMIN))
        return "unknown kind of record, and the author is not an administrator"; /* so that nobody else can make a roster look outdated */
    r->unknown_count++;
    return "unknown kind of record: a newer version of jemput knows it";
}

/* --- change, revoke, rotate: cuts. What they do to a key's segments, they do when they are taken --- */

static const char *cut_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, unsigned roles_left, unsigned roles)
{
    if (!(roles & JEMPUT_ROLE_ADMIN))
        return "the author is not an administrator";
    if (f->keys[ranked->about].members == JEMPUT_FOLD_NONE)
        return "no device with this key is enrolled";
    if (!(roles_left & JEMPUT_ROLE_ADMIN) && jemput_fold_too_few_roots(f, ranked->about))
        return "too few root administrators would be left";
    return NULL;
}

static const char *rotate_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, const struct jemput_fold_author *author)
{
    const struct jemput_rotation *t = &ranked->act->record.as.rotate;
    struct jemput_member member;

    if (!author->member || !key_equal(author->member->public_key, t->old_key))
        return "rotate: the author is not the device whose key it is";
    if (f->keys[ranked->about].members != JEMPUT_FOLD_NONE || f->present[ranked->made])
        return "rotate: the new key is a device's already";
    if (!jemput_rotation_verify(t, &f->roster.space))
        return "rotate: the new key has not signed it";
    member = *author->member;
    memcpy(member.public_key, t->new_key, sizeof member.public_key);
    member.epoch = t->epoch;
    member.granted_roles = author->rights.roles;
    member.granted_scope = author->rights.scope;
    member.moved = true;
    jemput_fold_member_add(f, ranked->made, &member);
    return NULL;
}

/* --- succeed, resume --- */

/* Only the place of a root administrator moves: nobody loses one by carrying on for a device that has none. */
static const char *succeed_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, unsigned roles)
{
    const struct jemput_named_key *old = &f->keys[ranked->about];
    struct jemput_named_key *new = &f->keys[ranked->other];

    if (!(roles & JEMPUT_ROLE_ADMIN))
        return "succeed: the author is not an administrator";
    if (old->members == JEMPUT_FOLD_NONE || new->members == JEMPUT_FOLD_NONE)
        return "succeed: one of the two is not enrolled";
    if (new->carries_on)
        return "succeed: the new device carries on for another";
    if (old->root && (new->root || !new->granted_admin || old->revoked == JEMPUT_FOLD_NONE))
        return "succeed: the place of a root administrator goes to an administrator's device, and only after the old key was revoked";
    for (uint32_t i = new->members; i != JEMPUT_FOLD_NONE; i = f->next_of_key[i]) {
        memcpy(f->roster.members[i].succeeds, old->bytes, JEMPUT_PUBLIC_KEY_BYTES);
        if (old->root)
            f->roster.members[i].root = old->root;
    }
    new->root = old->root ? old->root : new->root;
    new->carries_on = true;
    return NULL;
}

static const char *resume_effect(struct jemput_fold *f, const struct jemput_ranked *ranked, const struct jemput_fold_author *author)
{
    const struct jemput_member *old = jemput_fold_member(f, ranked->old);
    struct jemput_member member;

    if (author->member)
        return "resume: the writer is a member already";
    if (!old || !key_equal(old->public_key, ranked->act->author_key) || old->epoch >= ranked->act->record.as.resume.epoch)
        return "resume: there is no such device";
    if (ranked->made != ranked->author)
        return "resume: it is not the new writer's own";
    member = *old;
    member.epoch = ranked->act->record.as.resume.epoch;
    member.moved = true;
    jemput_fold_member_add(f, ranked->made, &member);
    return NULL;
}

/* --- keys to read by: what they hold is no business of the fold; who may hand them out is --- */

const char jemput_act_keeps_no_keys[] = "key epoch: the author is neither an administrator nor central";

static const char *keyring_effect(const struct jemput_record *record, unsigned roles)
{
    if (record->kind == JEMPUT_RECORD_READER)
        return NULL;
    if (record->kind == JEMPUT_RECORD_EPOCH && record->as.epoch.number >> JEMPUT_EPOCH_DEVICE_BITS == 0)
        return NULL; /* its own, made before it was let in */
    return roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT) ? NULL : jemput_act_keeps_no_keys;
}

const char *jemput_fold_effect(struct jemput_fold *f, uint32_t at, uint32_t rank, const struct jemput_fold_author *author)
{
    const struct jemput_ranked *ranked = &f->acts[at];
    const struct jemput_record *record = &ranked->act->record;
    unsigned roles = author->rights.roles;

    switch (record->kind) {
    case JEMPUT_RECORD_GENESIS:
        return "genesis: not the one of this space";
    case JEMPUT_RECORD_INVITE:
        return invite_effect(f, ranked, roles);
    case JEMPUT_RECORD_ENROL:
        return enrol_effect(f, ranked, rank, roles);
    case JEMPUT_RECORD_SCHEMA:
        return schema_effect(f, at, roles);
    case JEMPUT_RECORD_CHANGE:
        return cut_effect(f, ranked, record->as.change.roles, roles);
    case JEMPUT_RECORD_REVOKE:
        return cut_effect(f, ranked, 0, roles);
    case JEMPUT_RECORD_ROTATE:
        return rotate_effect(f, ranked, author);
    case JEMPUT_RECORD_SUCCEED:
        return succeed_effect(f, ranked, roles);
    case JEMPUT_RECORD_RESUME:
        return resume_effect(f, ranked, author);
    case JEMPUT_RECORD_JOIN:
    case JEMPUT_RECORD_APPROVE:
        return NULL; /* a request, for the enroller to read; a signature, which was counted */
    case JEMPUT_RECORD_ERASED:
    case JEMPUT_RECORD_REPORT:
    case JEMPUT_RECORD_SINGLE:
        return NULL; /* the author's own word; a key that shows by itself whether it is the right one */
    case JEMPUT_RECORD_READER:
    case JEMPUT_RECORD_EPOCH:
    case JEMPUT_RECORD_GRANT:
    case JEMPUT_RECORD_WRAP:
        return keyring_effect(record, roles);
    case JEMPUT_RECORD_CHECKPOINT:
    case JEMPUT_RECORD_BACKED_UP:
        return roles & JEMPUT_ROLE_PUSAT ? NULL : "checkpoint: the author is not central";
    case JEMPUT_RECORD_FORGET:
        return roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT) ? NULL : "forget: the author is neither an administrator nor central";
    case JEMPUT_RECORD_SETTLE:
        return roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT) ? NULL : "settle: the author is neither an administrator nor central";
    case JEMPUT_RECORD_UNKNOWN:
        return unknown_effect(&f->roster, roles);
    }
    JEMPUT_ASSERT(!"a record has a kind");
    return NULL;
}
