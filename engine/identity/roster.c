/* identity/roster.c — the fold of control records into the roster.
 *
 * Every replica visits the same acts in the same order and asks each only what the acts before it have made true, so the roster is a function of the
 * set of acts. An act without effect stays in the list of refused acts: nothing an administrator signed disappears without a word. */
#include "identity/roster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct fold {
    struct jemput_roster roster; /* arrays have room for what all acts together could add */
    const struct jemput_space *space;
};

static const uint8_t no_key[JEMPUT_PUBLIC_KEY_BYTES];

/* --- the order --- */

static bool act_of_genesis(const struct jemput_act *act, const struct jemput_space *space)
{
    return memcmp(act->segment.bytes, space->id, sizeof space->id) == 0;
}

static bool act_same(const struct jemput_act *a, const struct jemput_act *b)
{
    return jemput_hash_equal(&a->segment, &b->segment) && a->place == b->place;
}

struct ranked { /* qsort has no context: what the order needs of the space goes beside the act */
    const struct jemput_act *act;
    bool first; /* of the genesis segment: before all, whatever stamp it is given with */
};

static int ranked_compare(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    int order;

    if (a->first != b->first)
        return a->first ? -1 : 1;
    if (!a->first && a->act->stamp != b->act->stamp)
        return a->act->stamp < b->act->stamp ? -1 : 1;
    order = memcmp(a->act->segment.bytes, b->act->segment.bytes, sizeof a->act->segment.bytes);
    if (order)
        return order;
    return (a->act->place > b->act->place) - (a->act->place < b->act->place);
}

/* Acts in fold order, each once; `count` shrinks by the duplicates. NULL = no memory. */
static struct ranked *acts_rank(const struct jemput_act *acts, uint32_t *count, const struct jemput_space *space, struct jemput_arena *arena)
{
    struct ranked *ranked = jemput_arena_array(arena, *count, sizeof *ranked);
    uint32_t kept = 0;

    if (!ranked)
        return NULL;
    for (uint32_t i = 0; i < *count; i++)
        ranked[i] = (struct ranked){ &acts[i], act_of_genesis(&acts[i], space) };
    if (*count)
        qsort(ranked, *count, sizeof *ranked, ranked_compare);
    for (uint32_t i = 0; i < *count; i++)
        if (kept == 0 || !act_same(ranked[kept - 1].act, ranked[i].act))
            ranked[kept++] = ranked[i];
    *count = kept;
    return ranked;
}

/* --- looking up: both arrays are ascending --- */

/* Where the writer is, or where it would have to go. */
static uint32_t member_index(const struct jemput_roster *r, const struct jemput_writer *writer, bool *found)
{
    uint32_t low = 0, high = r->member_count;

    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = jemput_writer_compare(&r->members[middle].writer, writer);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static uint32_t invite_index(const struct jemput_roster *r, const uint8_t public_key[32], bool *found)
{
    uint32_t low = 0, high = r->invite_count;

    *found = false;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(r->invites[middle].invite.public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES);

        if (order == 0)
            *found = true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct jemput_member *jemput_roster_member(const struct jemput_roster *r, const struct jemput_writer *writer)
{
    bool found;
    uint32_t at = member_index(r, writer, &found);

    return found ? &r->members[at] : NULL;
}

const struct jemput_roster_invite *jemput_roster_invite(const struct jemput_roster *r, const uint8_t public_key[32])
{
    bool found;
    uint32_t at = invite_index(r, public_key, &found);

    return found ? &r->invites[at] : NULL;
}

uint32_t jemput_roster_next_device_number(const struct jemput_roster *r)
{
    uint32_t highest = 0;

    for (uint32_t i = 0; i < r->member_count; i++)
        highest = r->members[i].device_number > highest ? r->members[i].device_number : highest;
    for (uint32_t i = 0; i < r->invite_count; i++)
        highest = r->invites[i].invite.device_number > highest ? r->invites[i].invite.device_number : highest;
    return highest < JEMPUT_DEVICE_NUMBER_MAX ? highest + 1 : 0;
}

/* Does the number belong to anyone else than the device with this key (in whatever epoch) and the invite with this one-time key? A used invite keeps
 * its number even if its device was enrolled with another: receipt codes with it may be out in the field. */
static bool number_taken(const struct jemput_roster *r, uint32_t number, const uint8_t device_key[32], const uint8_t invite_key[32])
{
    bool own = false;

    for (uint32_t i = 0; i < r->member_count; i++) {
        if (r->members[i].device_number != number)
            continue;
        if (memcmp(r->members[i].public_key, device_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            return true;
        own = true;
    }
    for (uint32_t i = 0; i < r->invite_count && !own; i++)
        if (r->invites[i].invite.device_number == number && memcmp(r->invites[i].invite.public_key, invite_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            return true;
    return false;
}

/* --- effects --- */

static void member_add(struct jemput_roster *r, const struct jemput_member *member)
{
    bool found;
    uint32_t at = member_index(r, &member->writer, &found);

    JEMPUT_ASSERT(!found);
    memmove(&r->members[at + 1], &r->members[at], (r->member_count - at) * sizeof *r->members);
    r->members[at] = *member;
    r->member_count++;
}

static void invite_add(struct jemput_roster *r, const struct jemput_invite *invite)
{
    bool found;
    uint32_t at = invite_index(r, invite->public_key, &found);

    JEMPUT_ASSERT(!found);
    memmove(&r->invites[at + 1], &r->invites[at], (r->invite_count - at) * sizeof *r->invites);
    r->invites[at] = (struct jemput_roster_invite){ .invite = *invite };
    r->invite_count++;
}

static void genesis_apply(struct fold *f, const struct jemput_genesis *g)
{
    for (uint32_t i = 0; i < g->admin_count; i++) {
        struct jemput_member member = { .epoch = 1, .device_number = g->admins[i].device_number, .roles = g->admins[i].roles };

        memcpy(member.public_key, g->admins[i].public_key, sizeof member.public_key);
        jemput_writer_derive(&member.writer, f->space, member.public_key, member.epoch);
        member_add(&f->roster, &member);
    }
    f->roster.schema_version = 1;
}

/* --- judging: each gives NULL if the act took effect, else the reason why not --- */

static const char *invite_judge(struct jemput_roster *r, const struct jemput_invite *invite, unsigned author_roles)
{
    if (!(author_roles & JEMPUT_ROLE_ADMIN))
        return "invite: the author is not an administrator";
    if (memcmp(invite->public_key, no_key, sizeof no_key) == 0)
        return "invite: the one-time key is none"; /* zero means "without invite" in an enrol */
    if (jemput_roster_invite(r, invite->public_key))
        return "invite: the one-time key is that of another invite";
    if (number_taken(r, invite->device_number, no_key, no_key))
        return "invite: the device number is taken";
    invite_add(r, invite);
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

static const char *enrol_judge(struct fold *f, const struct jemput_enrol *e, unsigned author_roles)
{
    struct jemput_roster *r = &f->roster;
    struct jemput_member member = { .epoch = e->epoch, .device_number = e->device_number, .roles = e->roles, .scope = e->scope };
    bool invited;
    uint32_t at = invite_index(r, e->invite_key, &invited);
    const char *refusal = enrol_judge_right(e, invited ? &r->invites[at] : NULL, author_roles);

    if (refusal)
        return refusal;
    memcpy(member.public_key, e->public_key, sizeof member.public_key);
    jemput_writer_derive(&member.writer, f->space, member.public_key, member.epoch);
    if (jemput_roster_member(r, &member.writer))
        return "enrol: the writer is a member already";
    if (number_taken(r, e->device_number, e->public_key, e->invite_key))
        return "enrol: the device number is taken";
    member_add(r, &member);
    if (invited)
        r->invites[at].used = true;
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

static const char *act_judge(struct fold *f, const struct jemput_act *act)
{
    const struct jemput_member *author = jemput_roster_member(&f->roster, &act->author);
    unsigned roles = author ? author->roles : 0;

    if (author && memcmp(author->public_key, act->author_key, sizeof author->public_key) != 0)
        return "the segment is not signed with its author's key";
    switch (act->record.kind) {
    case JEMPUT_RECORD_GENESIS:
        return "genesis: not the one of this space";
    case JEMPUT_RECORD_INVITE:
        return invite_judge(&f->roster, &act->record.as.invite, roles);
    case JEMPUT_RECORD_JOIN:
        return NULL; /* a request: for the enroller to read */
    case JEMPUT_RECORD_ENROL:
        return enrol_judge(f, &act->record.as.enrol, roles);
    case JEMPUT_RECORD_SCHEMA:
        return schema_judge(&f->roster, &act->record.as.schema, roles);
    case JEMPUT_RECORD_UNKNOWN:
        return unknown_judge(&f->roster, roles);
    }
    JEMPUT_ASSERT(!"a record has a kind");
    return NULL;
}

/* Room for whatever the acts could add at most. */
static bool fold_reserve(struct fold *f, const struct jemput_genesis *genesis, const struct ranked *acts, uint32_t count, struct jemput_arena *arena)
{
    uint32_t enrols = 0, invites = 0;

    for (uint32_t i = 0; i < count; i++) {
        enrols += acts[i].act->record.kind == JEMPUT_RECORD_ENROL;
        invites += acts[i].act->record.kind == JEMPUT_RECORD_INVITE;
    }
    f->roster.members = jemput_arena_array(arena, (size_t)enrols + genesis->admin_count, sizeof *f->roster.members);
    f->roster.invites = jemput_arena_array(arena, invites, sizeof *f->roster.invites);
    f->roster.refused = jemput_arena_array(arena, count, sizeof *f->roster.refused);
    return f->roster.members && f->roster.invites && f->roster.refused;
}

enum jemput_status jemput_roster_fold(struct jemput_roster *out, const struct jemput_space *space, const struct jemput_act *acts, uint32_t count,
                                      struct jemput_arena *arena, struct jemput_error *err)
{
    struct fold f = { .roster.space = *space, .space = space };
    struct ranked *ranked = acts_rank(acts, &count, space, arena);
    const struct jemput_writer nobody = { { 0 } };
    const struct jemput_genesis *genesis;

    if (!ranked)
        return jemput_fail(err, JEMPUT_NOMEM, "roster: no memory for %" PRIu32 " acts", count);
    if (count == 0 || !ranked[0].first || ranked[0].act->record.kind != JEMPUT_RECORD_GENESIS ||
        jemput_writer_compare(&ranked[0].act->author, &nobody))
        return jemput_fail(err, JEMPUT_CORRUPT, "roster: no genesis record that hashes to the space");
    genesis = &ranked[0].act->record.as.genesis;
    if (genesis->threshold != 1)
        return jemput_fail(err, JEMPUT_UPGRADE, "roster: the space asks for %u administrators to sign, which this version cannot judge",
                           genesis->threshold);
    if (!fold_reserve(&f, genesis, ranked, count, arena))
        return jemput_fail(err, JEMPUT_NOMEM, "roster: no memory for %" PRIu32 " acts", count);

    genesis_apply(&f, genesis);
    f.roster.version = 1;
    for (uint32_t i = 1; i < count; i++) {
        const struct jemput_act *act = ranked[i].act;
        const char *refusal = act_judge(&f, act);

        if (refusal)
            f.roster.refused[f.roster.refused_count++] = (struct jemput_refused_act){ act->segment, act->place, refusal };
        else if (act->record.kind != JEMPUT_RECORD_JOIN)
            f.roster.version++;
    }
    *out = f.roster;
    return JEMPUT_OK;
}
