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

struct jemput_rights jemput_roster_rights(const struct jemput_roster *r, const struct jemput_member *member, const struct jemput_head *at,
                                          const struct jemput_ancestry *ancestry)
{
    struct jemput_rights rights = { .roles = member->granted_roles, .scope = member->granted_scope };

    for (uint32_t i = cut_first(r, member->public_key); i < r->cut_count; i++) {
        const struct jemput_cut *cut = &r->cuts[i];

        if (memcmp(cut->public_key, member->public_key, JEMPUT_PUBLIC_KEY_BYTES) != 0)
            break;
        if (!cut_bears_on(cut, member) || cut_covers(cut, at, ancestry))
            continue;
        if (cut->kind == JEMPUT_RECORD_REVOKE)
            return (struct jemput_rights){ .is_void = true, .cut = cut };
        if (cut->kind == JEMPUT_RECORD_ROTATE)
            rights = (struct jemput_rights){ .is_void = true, .cut = cut };
        else if (!rights.is_void)
            rights = (struct jemput_rights){ .cut = cut, .roles = cut->roles, .scope = cut->scope };
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
        cut.heads = (struct jemput_context){ 1, (struct jemput_head *)place };
        return cut;
    }
}

static void cut_add(struct jemput_fold *f, const struct jemput_candidate *c)
{
    struct jemput_roster *r = &f->roster;
    struct jemput_ranked *ranked = &f->acts[c->act];
    const struct jemput_member *author = jemput_roster_member(r, &ranked->act->author);
    struct jemput_cut cut = cut_of(ranked->act, &ranked->at);
    uint32_t at = cut_first(r, cut.public_key);

    cut.rank = c->rank;
    cut.epoch = author ? author->epoch : 0;
    while (at < r->cut_count && memcmp(r->cuts[at].public_key, cut.public_key, sizeof cut.public_key) == 0 && r->cuts[at].rank < cut.rank)
        at++;
    memmove(&r->cuts[at + 1], &r->cuts[at], (r->cut_count - at) * sizeof *r->cuts);
    r->cuts[at] = cut;
    r->cut_count++;
    ranked->taken = true;
}

/* Does the cut bear on anything that its key signed as an act? Then what else asks to be taken may have lost its ground. */
static bool candidate_matters(const struct jemput_fold *f, const struct jemput_candidate *c)
{
    const struct jemput_ranked *ranked = &f->acts[c->act];
    const struct jemput_cut cut = cut_of(ranked->act, &ranked->at);
    const struct jemput_member *member = jemput_roster_member_of_key(&f->roster, cut.public_key);
    uint32_t low = 0, high = f->count;

    if (member && member->root)
        return true; /* how many root administrators are left is another thing that acts rest on */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (memcmp(f->by_author[middle].key, cut.public_key, JEMPUT_PUBLIC_KEY_BYTES) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < f->count && memcmp(f->by_author[low].key, cut.public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0; low++)
        if (!cut_covers(&cut, &f->acts[f->by_author[low].act].at, f->ancestry))
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
    return true;
}
