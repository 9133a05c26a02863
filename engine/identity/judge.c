/* identity/judge.c — judging one act by what the acts before it have made true, and what it does then. See roster.h. */
#include <inttypes.h>
#include <string.h>

#include "identity/fold.h"

const char jemput_fold_waits[] = "too few root administrators have signed it";

static const uint8_t no_key[JEMPUT_PUBLIC_KEY_BYTES];

/* Who signed the act, and what that one may do there. */
struct author {
    const struct jemput_member *member; /* NULL = none */
    struct jemput_rights rights;        /* zeroed then */
};

static bool key_equal(const uint8_t a[32], const uint8_t b[32])
{
    return memcmp(a, b, JEMPUT_PUBLIC_KEY_BYTES) == 0;
}

/* Does the number belong to anyone else than the device with this key (in whatever epoch) and the invite with this one-time key? A used invite keeps
 * its number even if its device was enrolled with another: receipt codes with it may be out in the field. */
static bool number_taken(const struct jemput_roster *r, uint32_t number, const uint8_t device_key[32], const uint8_t invite_key[32])
{
    bool taken = false;

    for (uint32_t i = 0; i < r->member_count; i++) {
        if (r->members[i].device_number != number)
            continue;
        if (key_equal(r->members[i].public_key, device_key))
            return false;
        taken = true;
    }
    for (uint32_t i = 0; i < r->invite_count && !taken; i++)
        taken = r->invites[i].invite.device_number == number && !key_equal(r->invites[i].invite.public_key, invite_key);
    return taken;
}

static bool key_revoked(const struct jemput_fold *f, const uint8_t public_key[32])
{
    for (uint32_t i = 0; i < f->roster.cut_count; i++)
        if (f->roster.cuts[i].kind == JEMPUT_RECORD_REVOKE && key_equal(f->roster.cuts[i].public_key, public_key))
            return true;
    return false;
}

static struct jemput_roster_invite *invite_of(struct jemput_roster *r, const uint8_t public_key[32])
{
    return (struct jemput_roster_invite *)jemput_roster_invite(r, public_key); /* ours to change */
}

/* --- invite, enrol, schema --- */

static const char *invite_judge(struct jemput_roster *r, const struct jemput_invite *invite, unsigned author_roles)
{
    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "invite: the author is not an administrator";
    if (key_equal(invite->public_key, no_key))
        return "invite: the one-time key is none"; /* zero means "without invite" in an enrol */
    if (jemput_roster_invite(r, invite->public_key))
        return "invite: the one-time key is that of another invite";
    if (number_taken(r, invite->device_number, no_key, no_key))
        return "invite: the device number is taken";
    jemput_fold_invite_add(r, invite);
    return NULL;
}

/* `invite` may be NULL. */
static const char *enrol_judge_right(const struct jemput_enrol *e, const struct jemput_roster_invite *invite, unsigned author_roles)
{
    if (invite && invite->used)
        return "enrol: the invite has been used";
    if (author_roles & JEMPUT_ROLE_ADMIN)
        return NULL;
    if (!(author_roles & JEMPUT_ROLE_PUSAT))
        return "enrol: the author is neither an administrator nor central";
    if (!invite)
        return "enrol: central has no invite for it";
    if (invite->invite.roles != e->roles || invite->invite.device_number != e->device_number || !jemput_bytes_equal(invite->invite.scope, e->scope))
        return "enrol: roles, scope or device number are not those of the invite";
    return NULL;
}

static const char *enrol_judge(struct jemput_fold *f, const struct jemput_enrol *e, unsigned author_roles)
{
    struct jemput_roster *r = &f->roster;
    struct jemput_member member = { .epoch = e->epoch, .device_number = e->device_number, .granted_roles = e->roles, .granted_scope = e->scope };
    struct jemput_roster_invite *invite = invite_of(r, e->invite_key);
    const char *refusal = enrol_judge_right(e, invite, author_roles);

    if (refusal)
        return refusal;
    memcpy(member.public_key, e->public_key, sizeof member.public_key);
    jemput_writer_derive(&member.writer, &r->space, member.public_key, member.epoch);
    if (jemput_roster_member(r, &member.writer))
        return "enrol: the writer is a member already";
    if (key_revoked(f, e->public_key))
        return "enrol: the key was revoked";
    if (number_taken(r, e->device_number, e->public_key, e->invite_key))
        return "enrol: the device number is taken";
    jemput_fold_member_add(r, &member);
    if (invite)
        invite->used = true;
    return NULL;
}

static const char *schema_judge(struct jemput_roster *r, const struct jemput_schema_change *s, unsigned author_roles)
{
    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "schema: the author is not an administrator";
    if (r->schema_version == UINT32_MAX || s->version != r->schema_version + 1)
        return "schema: the version does not follow the one in force";
    r->schema_version = s->version;
    return NULL;
}

static const char *unknown_judge(struct jemput_roster *r, unsigned author_roles)
{
    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "unknown kind of record, and the author is not an administrator"; /* so that nobody else can make a roster look outdated */
    r->unknown_count++;
    return "unknown kind of record: a newer version of jemput knows it";
}

/* --- change, revoke, rotate: cuts --- */

/* Of a change and a revocation; what they do, they do when they are taken. */
static const char *cut_judge(struct jemput_fold *f, const uint8_t public_key[32], unsigned roles_left, unsigned author_roles)
{
    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "the author is not an administrator";
    if (!jemput_roster_member_of_key(&f->roster, public_key))
        return "no device with this key is enrolled";
    if (!(roles_left & JEMPUT_ROLE_ADMIN) && jemput_fold_too_few_roots(f, public_key))
        return "too few root administrators would be left";
    return NULL;
}

static const char *rotate_judge(struct jemput_fold *f, const struct jemput_act *act, const struct author *author)
{
    const struct jemput_rotation *t = &act->record.as.rotate;
    struct jemput_member member;

    if (!author->member || !key_equal(author->member->public_key, t->old_key))
        return "rotate: the author is not the device whose key it is";
    if (jemput_roster_member_of_key(&f->roster, t->new_key))
        return "rotate: the new key is a device's already";
    if (!jemput_rotation_verify(t, &f->roster.space))
        return "rotate: the new key has not signed it";
    member = *author->member;
    memcpy(member.public_key, t->new_key, sizeof member.public_key);
    member.epoch = t->epoch;
    member.granted_roles = author->rights.roles;
    member.granted_scope = author->rights.scope;
    jemput_writer_derive(&member.writer, &f->roster.space, member.public_key, member.epoch);
    jemput_fold_member_add(&f->roster, &member);
    return NULL;
}

/* --- succeed, resume --- */

static const char *succeed_judge(struct jemput_fold *f, const struct jemput_succession *s, unsigned author_roles)
{
    struct jemput_roster *r = &f->roster;
    const struct jemput_member *old = jemput_roster_member_of_key(r, s->old_key), *new = jemput_roster_member_of_key(r, s->new_key);

    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "succeed: the author is not an administrator";
    if (!old || !new)
        return "succeed: one of the two is not enrolled";
    if (!key_equal(new->succeeds, no_key))
        return "succeed: the new device carries on for another";
    if (old->root && (new->root || !(new->granted_roles &JEMPUT_ROLE_ADMIN) || !key_revoked(f, s->old_key)))
        return "succeed: the place of a root administrator goes to an administrator's device, and only after the old key was revoked";
    for (uint32_t i = 0; i < r->member_count; i++) {
        if (!key_equal(r->members[i].public_key, s->new_key))
            continue;
        memcpy(r->members[i].succeeds, s->old_key, sizeof s->old_key);
        r->members[i].root = old->root;
    }
    return NULL;
}

static const char *resume_judge(struct jemput_fold *f, const struct jemput_act *act, const struct author *author)
{
    const struct jemput_member *old = jemput_roster_member(&f->roster, &act->record.as.resume.old);
    struct jemput_member member;

    if (author->member)
        return "resume: the writer is a member already";
    if (!old || !key_equal(old->public_key, act->author_key) || old->epoch >= act->record.as.resume.epoch)
        return "resume: there is no such device";
    if (key_revoked(f, act->author_key))
        return "resume: the key was revoked";
    member = *old;
    member.epoch = act->record.as.resume.epoch;
    jemput_writer_derive(&member.writer, &f->roster.space, member.public_key, member.epoch);
    if (jemput_writer_compare(&member.writer, &act->author) != 0)
        return "resume: it is not the new writer's own";
    jemput_fold_member_add(&f->roster, &member);
    return NULL;
}

/* --- keys to read by: what they hold is no business of the fold; who may hand them out is --- */

static const char *keyring_judge(const struct jemput_record *record, unsigned author_roles)
{
    if (record->kind == JEMPUT_RECORD_READER)
        return NULL;
    if (record->kind == JEMPUT_RECORD_EPOCH && record->as.epoch.number >> JEMPUT_EPOCH_DEVICE_BITS == 0)
        return NULL; /* its own, made before it was let in */
    return author_roles & (JEMPUT_ROLE_ADMIN | JEMPUT_ROLE_PUSAT) ? NULL : "key epoch: the author is neither an administrator nor central";
}

/* --- the act as a whole --- */

/* NULL = it takes effect, and has. */
static const char *effect(struct jemput_fold *f, const struct jemput_act *act, const struct author *author)
{
    const struct jemput_record *record = &act->record;
    unsigned roles = author->rights.roles;

    switch (record->kind) {
    case JEMPUT_RECORD_GENESIS:
        return "genesis: not the one of this space";
    case JEMPUT_RECORD_INVITE:
        return invite_judge(&f->roster, &record->as.invite, roles);
    case JEMPUT_RECORD_JOIN:
        return NULL; /* a request: for the enroller to read */
    case JEMPUT_RECORD_ENROL:
        return enrol_judge(f, &record->as.enrol, roles);
    case JEMPUT_RECORD_SCHEMA:
        return schema_judge(&f->roster, &record->as.schema, roles);
    case JEMPUT_RECORD_CHANGE:
        return cut_judge(f, record->as.change.public_key, record->as.change.roles, roles);
    case JEMPUT_RECORD_REVOKE:
        return cut_judge(f, record->as.revoke.public_key, 0, roles);
    case JEMPUT_RECORD_ROTATE:
        return rotate_judge(f, act, author);
    case JEMPUT_RECORD_SUCCEED:
        return succeed_judge(f, &record->as.succeed, roles);
    case JEMPUT_RECORD_RESUME:
        return resume_judge(f, act, author);
    case JEMPUT_RECORD_APPROVE:
        return NULL;
    case JEMPUT_RECORD_READER:
    case JEMPUT_RECORD_EPOCH:
    case JEMPUT_RECORD_GRANT:
    case JEMPUT_RECORD_WRAP:
        return keyring_judge(record, roles);
    case JEMPUT_RECORD_UNKNOWN:
        return unknown_judge(&f->roster, roles);
    }
    JEMPUT_ASSERT(!"a record has a kind");
    return NULL;
}

static bool is_cut(enum jemput_record_kind kind)
{
    return kind == JEMPUT_RECORD_CHANGE || kind == JEMPUT_RECORD_REVOKE || kind == JEMPUT_RECORD_ROTATE;
}

static void act_apply(struct jemput_fold *f, uint32_t at, uint32_t rank, uint32_t seniority, const struct author *author)
{
    struct jemput_ranked *ranked = &f->acts[at];

    ranked->result = effect(f, ranked->act, author);
    if (!ranked->result && is_cut(ranked->act->record.kind) && !ranked->taken)
        jemput_fold_candidate_add(f, at, rank, seniority);
}

/* The act may not be signed by who signs it there, or that one has lost the right: what can be said before its content is looked at. */
static const char *author_find(const struct jemput_fold *f, const struct jemput_ranked *ranked, struct author *out)
{
    const struct jemput_act *act = ranked->act;
    struct jemput_member nobody = { .writer = act->author, .epoch = UINT32_MAX };

    *out = (struct author){ .member = jemput_roster_member(&f->roster, &act->author) };
    if (out->member && !key_equal(out->member->public_key, act->author_key))
        return "the segment is not signed with its author's key";
    memcpy(nobody.public_key, act->author_key, sizeof nobody.public_key);
    out->rights = jemput_roster_rights(&f->roster, out->member ? out->member : &nobody, &ranked->at, f->ancestry);
    if (!out->member)
        out->rights.roles = 0;
    return out->rights.is_void ? "its author's key was revoked or given up, and this lies behind the cut" : NULL;
}

/* --- root acts: signed by several --- */

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

static struct jemput_approved *approved_find(struct jemput_fold *f, const struct jemput_hash *act)
{
    for (uint32_t i = 0; i < f->approved_count; i++)
        if (jemput_hash_equal(&f->approved[i].act, act))
            return &f->approved[i];
    f->approved[f->approved_count] = (struct jemput_approved){ .act = *act, .waits = JEMPUT_FOLD_NONE };
    return &f->approved[f->approved_count++];
}

/* `signer` signs, at place `rank`; if that is the last signature needed, the act that waits takes effect now. */
static void approved_sign(struct jemput_fold *f, struct jemput_approved *approved, const struct author *signer, uint32_t rank)
{
    struct author first;
    uint32_t at = approved->waits;

    approved->signers |= UINT64_C(1) << (signer->member->root - 1);
    if (at == JEMPUT_FOLD_NONE || bits(approved->signers) < f->roster.threshold)
        return;
    approved->waits = JEMPUT_FOLD_NONE;
    if (!author_find(f, &f->acts[at], &first))
        act_apply(f, at, rank, lowest_bit(approved->signers), &first);
}

static enum jemput_status root_act_judge(struct jemput_fold *f, uint32_t at, const struct author *author, struct jemput_error *err)
{
    struct jemput_ranked *ranked = &f->acts[at];
    struct jemput_approved *approved;
    struct jemput_hash hash;
    enum jemput_status st;

    if (!author->member || !author->member->root || !(author->rights.roles & JEMPUT_ROLE_ADMIN)) {
        ranked->result = "it concerns administrators, and its author is not a root administrator";
        return JEMPUT_OK;
    }
    st = jemput_record_hash(&hash, &ranked->act->record, &f->roster.space, err);
    if (st)
        return st;
    approved = approved_find(f, &hash);
    if (approved->waits != JEMPUT_FOLD_NONE) { /* another one has signed the same: that is an approval */
        approved_sign(f, approved, author, at);
        return JEMPUT_OK;
    }
    approved->waits = at;
    ranked->result = jemput_fold_waits;
    approved_sign(f, approved, author, at);
    return JEMPUT_OK;
}

static void approve_judge(struct jemput_fold *f, uint32_t at, const struct author *author)
{
    struct jemput_ranked *ranked = &f->acts[at];

    if (!author->member || !author->member->root || !(author->rights.roles & JEMPUT_ROLE_ADMIN))
        ranked->result = "approve: the author is not a root administrator";
    else
        approved_sign(f, approved_find(f, &ranked->act->record.as.approve.act), author, at);
}

enum jemput_status jemput_fold_judge(struct jemput_fold *f, uint32_t at, struct jemput_error *err)
{
    struct jemput_ranked *ranked = &f->acts[at];
    struct author author;

    ranked->result = NULL;
    if (ranked->taken && ranked->act->record.kind != JEMPUT_RECORD_ROTATE)
        return JEMPUT_OK; /* once taken, it stays */
    ranked->result = author_find(f, ranked, &author);
    if (ranked->result)
        return JEMPUT_OK;
    if (ranked->act->record.kind == JEMPUT_RECORD_APPROVE)
        approve_judge(f, at, &author);
    else if (jemput_fold_is_root_act(f, ranked->act))
        return root_act_judge(f, at, &author, err);
    else
        act_apply(f, at, at, JEMPUT_FOLD_NONE, &author);
    return JEMPUT_OK;
}
