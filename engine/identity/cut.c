/* identity/cut.c — cuts: who lies behind one, and in which order they are taken. See roster.h. */
#include <stdlib.h>
#include <string.h>

#include "identity/fold.h"

static bool linear_covers(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    (void)ctx;
    return at->number <= head->number;
}

const struct jemput_ancestry jemput_ancestry_linear = { linear_covers, NULL };

/* --- what a cut says of a segment --- */

static bool cut_covers(const struct jemput_cut *cut, const struct jemput_head *at, const struct jemput_ancestry *ancestry)
{
    for (uint32_t i = 0; i < cut->heads.count; i++)
        if (jemput_writer_compare(&cut->heads.heads[i].writer, &at->writer) == 0 && ancestry->covers(ancestry->ctx, &cut->heads.heads[i], at))
            return true;
    return false;
}

/* The first of the key's cuts, or where it would have to go. */
static uint32_t cut_first(const struct jemput_roster *r, const uint8_t public_key[32])
{
    uint32_t low = 0, high = r->cut_count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(r->cuts[middle].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* A rotation ends the log that holds it, and those of later epochs; what earlier epochs signed is none of its business. */
static bool cut_bears_on(const struct jemput_cut *cut, const struct jemput_member *member)
{
    return cut->kind != JEMPUT_RECORD_ROTATE || member->epoch >= cut->epoch;
}

/* The first of the key's revocations behind which this segment lies; `first` is the key's first cut. NULL = none. */
static const struct jemput_cut *revocation_of(const struct jemput_roster *r, uint32_t first, const struct jemput_head *at,
                                              const struct jemput_ancestry *ancestry)
{
    for (uint32_t i = first; i < r->cut_count && memcmp(r->cuts[i].public_key, r->cuts[first].public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_REVOKE && !cut_covers(&r->cuts[i], at, ancestry))
            return &r->cuts[i];
    return NULL;
}

bool jemput_roster_gave_up(const struct jemput_roster *r, const uint8_t public_key[32], const struct jemput_ancestry *ancestry)
{
    uint32_t first = cut_first(r, public_key);

    for (uint32_t i = first; i < r->cut_count && memcmp(r->cuts[i].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_ROTATE && !revocation_of(r, first, &r->cuts[i].heads.heads[0], ancestry))
            return true;
    return false;
}

struct jemput_rights jemput_roster_rights(const struct jemput_roster *r, const struct jemput_member *member, const struct jemput_head *at,
                                          const struct jemput_ancestry *ancestry)
{
    struct jemput_rights rights = { .roles = member->granted_roles, .scope = member->granted_scope };
    uint32_t first = cut_first(r, member->public_key);
    const struct jemput_cut *revocation;

    if (first == r->cut_count || memcmp(r->cuts[first].public_key, member->public_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
        return rights;
    revocation = revocation_of(r, first, at, ancestry);
    if (revocation)
        return (struct jemput_rights){ .is_void = true, .cut = revocation };
    for (uint32_t i = first; i < r->cut_count && memcmp(r->cuts[i].public_key, member->public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0; i++) {
        const struct jemput_cut *cut = &r->cuts[i];

        if (cut->kind == JEMPUT_RECORD_REVOKE || !cut_bears_on(cut, member) || cut_covers(cut, at, ancestry))
            continue;
        if (cut->kind == JEMPUT_RECORD_CHANGE)
            rights = (struct jemput_rights){ .cut = cut, .roles = cut->roles, .scope = cut->scope };
        else if (!revocation_of(r, first, &cut->heads.heads[0], ancestry)) /* a rotation that is void itself ends nothing */
            return (struct jemput_rights){ .is_void = true, .cut = cut };
    }
    return rights;
}

/* --- taking them --- */

void jemput_fold_candidate_add(struct jemput_fold *f, uint32_t act, uint32_t rank, uint32_t seniority)
{
    f->candidates[f->candidate_count++] = (struct jemput_candidate){ act, rank, seniority };
}

static int candidate_compare(const void *left, const void *right)
{
    const struct jemput_candidate *a = left, *b = right;

    if (a->seniority != b->seniority)
        return a->seniority < b->seniority ? -1 : 1;
    return (a->rank > b->rank) - (a->rank < b->rank);
}

static struct jemput_cut cut_of(const struct jemput_act *act, const struct jemput_head *place)
{
    const struct jemput_record *record = &act->record;
    struct jemput_cut cut = { .kind = record->kind, .author = act->author, .segment = act->segment, .place = act->place };

    switch (record->kind) {
    case JEMPUT_RECORD_CHANGE:
        memcpy(cut.public_key, record->as.change.public_key, sizeof cut.public_key);
        cut.heads = record->as.change.heads;
        cut.roles = record->as.change.roles;
        cut.scope = record->as.change.scope;
        return cut;
    case JEMPUT_RECORD_REVOKE:
        memcpy(cut.public_key, record->as.revoke.public_key, sizeof cut.public_key);
        cut.heads = record->as.revoke.heads;
        cut.reason = record->as.revoke.reason;
        return cut;
    default:
        memcpy(cut.public_key, record->as.rotate.old_key, sizeof cut.public_key);
        memcpy(cut.next_key, record->as.rotate.new_key, sizeof cut.next_key);
        cut.heads = (struct jemput_context){ 1, (struct jemput_head *)place };
        return cut;
    }
}

static int cut_compare(const void *left, const void *right)
{
    const struct jemput_cut *a = left, *b = right;
    int order = memcmp(a->public_key, b->public_key, JEMPUT_PUBLIC_KEY_BYTES);

    if (order)
        return order;
    if (a->rank != b->rank)
        return a->rank < b->rank ? -1 : 1;
    order = memcmp(a->segment.bytes, b->segment.bytes, sizeof a->segment.bytes);
    return order ? order : (a->place > b->place) - (a->place < b->place);
}

/* The key that the cut is about. */
static uint32_t cut_key(const struct jemput_ranked *ranked)
{
    return ranked->act->record.kind == JEMPUT_RECORD_ROTATE ? ranked->other : ranked->about;
}

static void cut_add(struct jemput_fold *f, const struct jemput_candidate *c)
{
    struct jemput_roster *r = &f->roster;
    struct jemput_ranked *ranked = &f->acts[c->act];
    const struct jemput_member *author = jemput_fold_member(f, ranked->author);
    struct jemput_named_key *key = &f->keys[cut_key(ranked)];
    struct jemput_cut *cut = &r->cuts[r->cut_count++];

    *cut = cut_of(ranked->act, &ranked->at);
    cut->rank = c->rank;
    cut->epoch = author ? author->epoch : 0;
    ranked->taken = true;
    if (cut->kind == JEMPUT_RECORD_REVOKE && cut->rank < key->revoked)
        key->revoked = cut->rank;
    key->made_admin |= cut->kind == JEMPUT_RECORD_CHANGE && (cut->roles & JEMPUT_ROLE_ADMIN);
}

/* What other acts may rest on. */
static bool is_ground(enum jemput_record_kind kind)
{
    return kind != JEMPUT_RECORD_JOIN && kind != JEMPUT_RECORD_READER && kind != JEMPUT_RECORD_EPOCH && kind != JEMPUT_RECORD_GRANT &&
           kind != JEMPUT_RECORD_WRAP && kind != JEMPUT_RECORD_SINGLE && kind != JEMPUT_RECORD_CHECKPOINT && kind != JEMPUT_RECORD_BACKED_UP &&
           kind != JEMPUT_RECORD_FORGET && kind != JEMPUT_RECORD_ERASED && kind != JEMPUT_RECORD_REPORT &&
           kind != JEMPUT_RECORD_SETTLE;
}

/* May what else asks to be taken lose its ground by this cut? So if it is a root act, or bears on an act of its key that has effect. */
static bool candidate_matters(const struct jemput_fold *f, const struct jemput_candidate *c)
{
    const struct jemput_ranked *ranked = &f->acts[c->act];
    const struct jemput_named_key *key = &f->keys[cut_key(ranked)];
    const struct jemput_cut cut = cut_of(ranked->act, &ranked->at);

    if (c->seniority != JEMPUT_FOLD_NONE)
        return true;
    for (uint32_t i = key->acts; i != JEMPUT_FOLD_NONE; i = f->acts[i].next_of_author)
        if (!f->acts[i].result && is_ground(f->acts[i].act->record.kind) && !cut_covers(&cut, &f->acts[i].at, f->ancestry))
            return true;
    return false;
}

bool jemput_fold_cuts_take(struct jemput_fold *f)
{
    bool matters = false;

    if (f->candidate_count == 0)
        return false;
    qsort(f->candidates, f->candidate_count, sizeof *f->candidates, candidate_compare);
    for (uint32_t i = 0; i < f->candidate_count && !matters; i++) {
        matters = candidate_matters(f, &f->candidates[i]);
        cut_add(f, &f->candidates[i]);
    }
    qsort(f->roster.cuts, f->roster.cut_count, sizeof *f->roster.cuts, cut_compare);
    return true;
}
