/* identity/roster.c — the fold of control records into the roster: the order, the passes, and what comes of them. See roster.h.
 *
 * Every replica visits the same acts in the same order and asks each only what the acts before it have made true, so the roster is a function of the
 * set of acts. An act without effect stays in the list of refused acts: nothing an administrator signed disappears without a word. */
#include "identity/roster.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "identity/fold.h"

/* --- the order --- */

static bool act_of_genesis(const struct jemput_act *act, const struct jemput_space *space)
{
    return memcmp(act->segment.bytes, space->id, sizeof space->id) == 0;
}

static bool act_same(const struct jemput_act *a, const struct jemput_act *b)
{
    return jemput_hash_equal(&a->segment, &b->segment) && a->place == b->place;
}

static int ranked_compare(const void *left, const void *right)
{
    const struct jemput_ranked *a = left, *b = right;
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
static struct jemput_ranked *acts_rank(const struct jemput_act *acts, uint32_t *count, const struct jemput_space *space, struct jemput_arena *arena)
{
    struct jemput_ranked *ranked = jemput_arena_array(arena, *count, sizeof *ranked);
    uint32_t kept = 0;

    if (!ranked)
        return NULL;
    for (uint32_t i = 0; i < *count; i++)
        ranked[i] = (struct jemput_ranked){ .act = &acts[i], .first = act_of_genesis(&acts[i], space),
            .at = { .writer = acts[i].author, .number = acts[i].number, .hash = acts[i].segment } };
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

const struct jemput_member *jemput_roster_member_of_key(const struct jemput_roster *r, const uint8_t public_key[32])
{
    for (uint32_t i = 0; i < r->member_count; i++)
        if (memcmp(r->members[i].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return &r->members[i];
    return NULL;
}

const struct jemput_member *jemput_roster_former(const struct jemput_roster *r, const struct jemput_writer *writer)
{
    for (uint32_t i = 0; i < r->former_count; i++)
        if (jemput_writer_compare(&r->former[i].writer, writer) == 0)
            return &r->former[i];
    return NULL;
}

const struct jemput_roster_schema *jemput_roster_schema(const struct jemput_roster *r, uint32_t version)
{
    for (uint32_t i = 0; i < r->schema_count; i++)
        if (r->schemas[i].in_force && r->schemas[i].version == version)
            return &r->schemas[i];
    return NULL;
}

const struct jemput_roster_invite *jemput_roster_invite(const struct jemput_roster *r, const uint8_t public_key[32])
{
    bool found;
    uint32_t at = invite_index(r, public_key, &found);

    return found ? &r->invites[at] : NULL;
}

static int refusal_compare(const struct jemput_refused_act *a, const struct jemput_refused_act *b)
{
    int order = memcmp(a->segment.bytes, b->segment.bytes, sizeof a->segment.bytes);

    return order ? order : (a->place > b->place) - (a->place < b->place);
}

static int refusal_order(const void *a, const void *b)
{
    return refusal_compare(*(const struct jemput_refused_act *const *)a, *(const struct jemput_refused_act *const *)b);
}

const char *jemput_roster_refusal(const struct jemput_roster *r, const struct jemput_hash *segment, uint32_t place)
{
    const struct jemput_refused_act wanted = { .segment = *segment, .place = place }, *key = &wanted, **found = NULL;

    if (r->refused_count)
        found = bsearch(&key, r->refusals, r->refused_count, sizeof *r->refusals, refusal_order);
    return found ? (*found)->reason : NULL;
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

/* --- passes --- */

/* The most senior one has the lowest device number. */
static uint32_t genesis_seniority(const struct jemput_genesis *g, uint32_t admin)
{
    uint32_t seniority = 1;

    if (!(g->admins[admin].roles & JEMPUT_ROLE_ADMIN))
        return 0;
    for (uint32_t i = 0; i < g->admin_count; i++)
        seniority += (g->admins[i].roles & JEMPUT_ROLE_ADMIN) && g->admins[i].device_number < g->admins[admin].device_number;
    return seniority;
}

static void genesis_apply(struct jemput_fold *f, const struct jemput_genesis *g)
{
    for (uint32_t i = 0; i < g->admin_count; i++) {
        struct jemput_member member = { .epoch = 1, .device_number = g->admins[i].device_number, .granted_roles = g->admins[i].roles,
            .root = genesis_seniority(g, i) };

        memcpy(member.public_key, g->admins[i].public_key, sizeof member.public_key);
        jemput_writer_derive(&member.writer, &f->roster.space, member.public_key, member.epoch);
        jemput_fold_member_add(f, jemput_fold_writer_find(f, &member.writer), &member);
        jemput_fold_number_take(f, member.device_number);
    }
    f->roster.schema_version = 1;
    f->roster.threshold = g->threshold;
}

/* From genesis to the last act, with the cuts that have been taken so far. */
static enum jemput_status pass(struct jemput_fold *f, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    f->roster.unknown_count = f->candidate_count = 0;
    jemput_fold_names_reset(f);
    jemput_fold_signatures_reset(f);
    genesis_apply(f, &f->acts[0].act->record.as.genesis);
    for (uint32_t i = 1; !st && i < f->count; i++)
        st = jemput_fold_judge(f, i, err);
    return st;
}

/* Room for whatever the acts could add at most. */
static bool fold_reserve(struct jemput_fold *f)
{
    struct jemput_roster *r = &f->roster;
    size_t cuts = 0, root_acts = 0, schemas = 0, slots = 1;

    for (uint32_t i = 0; i < f->count; i++) {
        enum jemput_record_kind kind = f->acts[i].act->record.kind;
        bool cut = kind == JEMPUT_RECORD_CHANGE || kind == JEMPUT_RECORD_REVOKE || kind == JEMPUT_RECORD_ROTATE;

        cuts += cut;
        schemas += kind == JEMPUT_RECORD_SCHEMA;
        root_acts += cut || kind == JEMPUT_RECORD_INVITE || kind == JEMPUT_RECORD_ENROL || kind == JEMPUT_RECORD_SUCCEED ||
                     kind == JEMPUT_RECORD_APPROVE;
    }
    while (slots < 2 * root_acts)
        slots *= 2;
    f->approved_mask = (uint32_t)(slots - 1);
    r->cuts = jemput_arena_array(f->arena, cuts, sizeof *r->cuts);
    r->refused = jemput_arena_array(f->arena, f->count, sizeof *r->refused);
    r->refusals = jemput_arena_array(f->arena, f->count, sizeof *r->refusals);
    r->schemas = jemput_arena_array(f->arena, schemas, sizeof *r->schemas);
    r->waiting = jemput_arena_array(f->arena, root_acts, sizeof *r->waiting);
    f->candidates = jemput_arena_array(f->arena, cuts, sizeof *f->candidates);
    f->approved = jemput_arena_array(f->arena, root_acts, sizeof *f->approved);
    f->approved_table = jemput_arena_array(f->arena, slots, sizeof *f->approved_table);
    return r->cuts && r->refused && r->refusals && r->schemas && r->waiting && f->candidates && f->approved && f->approved_table;
}

/* --- what comes of them --- */

/* What members stand for now: of a segment behind all heads. */
static void standings(struct jemput_roster *r, const struct jemput_ancestry *ancestry)
{
    for (uint32_t i = 0; i < r->member_count; i++) {
        struct jemput_member *m = &r->members[i];
        const struct jemput_head newest = { .writer = m->writer, .number = UINT64_MAX };
        struct jemput_rights rights = jemput_roster_rights(r, m, &newest, &jemput_ancestry_linear);

        m->roles = rights.roles;
        m->scope = rights.scope;
        if (rights.is_void)
            m->standing = rights.cut->kind == JEMPUT_RECORD_ROTATE ? JEMPUT_STANDING_ROTATED : JEMPUT_STANDING_REVOKED;
        else
            m->standing = m->roles ? JEMPUT_STANDING_ACTIVE : JEMPUT_STANDING_SUSPENDED;
        m->given_up = jemput_roster_gave_up(r, m->public_key, ancestry);
    }
}

static unsigned bits(uint64_t v)
{
    unsigned count = 0;

    for (; v; v &= v - 1)
        count++;
    return count;
}

/* How many places of root administrators are held by somebody who administrates. */
static uint32_t roots_left(const struct jemput_roster *r)
{
    uint64_t left = 0;

    for (uint32_t i = 0; i < r->member_count; i++)
        if (r->members[i].root && (r->members[i].roles & JEMPUT_ROLE_ADMIN))
            left |= UINT64_C(1) << (r->members[i].root - 1);
    return bits(left);
}

static void schema_result(struct jemput_roster *r, const struct jemput_ranked *ranked)
{
    const struct jemput_act *act = ranked->act;
    struct jemput_roster_schema *schema = &r->schemas[r->schema_count++];

    *schema = (struct jemput_roster_schema){ .version = act->record.as.schema.version, .sql = act->record.as.schema.sql, .segment = act->segment,
        .place = act->place, .author = act->author, .in_force = !ranked->result };
    memcpy(schema->author_key, act->author_key, sizeof schema->author_key);
    if (ranked->stood && schema->version > r->schema_version)
        r->schema_version = schema->version;
}

static void refusals_sort(struct jemput_roster *r)
{
    for (uint32_t i = 0; i < r->refused_count; i++)
        r->refusals[i] = &r->refused[i];
    if (r->refused_count)
        qsort(r->refusals, r->refused_count, sizeof *r->refusals, refusal_order);
}

static void results(struct jemput_fold *f)
{
    struct jemput_roster *r = &f->roster;

    r->version = 1;
    for (uint32_t i = 1; i < f->count; i++) {
        const struct jemput_ranked *ranked = &f->acts[i];

        if (ranked->administrated)
            schema_result(r, ranked);
        if (ranked->result == jemput_fold_waits) {
            const struct jemput_approved *approved = &f->approved[ranked->signed_as];

            r->waiting[r->waiting_count++] = (struct jemput_waiting_act){ ranked->act->segment, approved->act, ranked->act->place,
                bits(approved->signers) };
        } else if (ranked->result) {
            r->refused[r->refused_count++] = (struct jemput_refused_act){ ranked->act->segment, ranked->act->place, ranked->result };
        } else if (ranked->act->record.kind != JEMPUT_RECORD_JOIN) {
            r->version++;
        }
    }
    refusals_sort(r);
    jemput_fold_names_pack(f);
    standings(r, f->ancestry);
    r->root_count = roots_left(r);
}

enum jemput_status jemput_roster_fold(struct jemput_roster *out, const struct jemput_space *space, const struct jemput_act *acts, uint32_t count,
                                      const struct jemput_ancestry *ancestry, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_fold f = { .roster.space = *space, .ancestry = ancestry, .arena = arena };
    const struct jemput_writer nobody = { { 0 } };
    enum jemput_status st;

    f.acts = acts_rank(acts, &count, space, arena);
    f.count = count;
    if (!f.acts)
        return jemput_fail(err, JEMPUT_NOMEM, "roster: no memory for %" PRIu32 " acts", count);
    if (count == 0 || !f.acts[0].first || f.acts[0].act->record.kind != JEMPUT_RECORD_GENESIS ||
        jemput_writer_compare(&f.acts[0].act->author, &nobody))
        return jemput_fail(err, JEMPUT_CORRUPT, "roster: no genesis record that hashes to the space");
    if (!fold_reserve(&f) || !jemput_fold_names(&f))
        return jemput_fail(err, JEMPUT_NOMEM, "roster: no memory for %" PRIu32 " acts", count);
    do {
        st = pass(&f, err);
    } while (!st && jemput_fold_cuts_take(&f));
    if (st)
        return jemput_wrap(err, "roster");
    results(&f);
    *out = f.roster;
    return JEMPUT_OK;
}
