/* identity/judge.c — judging one act: who signed it, what that one may do there, and whether others have to sign it, too. What the act does then:
 * effect.c. See roster.h. */
#include <string.h>

#include "identity/fold.h"

const char jemput_act_is_void[] = "its author's key was revoked or given up, and this comes after the cut";

static bool is_cut(enum jemput_record_kind kind)
{
    return kind == JEMPUT_RECORD_CHANGE || kind == JEMPUT_RECORD_REVOKE || kind == JEMPUT_RECORD_ROTATE;
}

/* Once taken, it stays; but whether the new key of a rotation is a member is asked in every pass. */
static bool stays(const struct jemput_ranked *ranked)
{
    return ranked->taken && ranked->act->record.kind != JEMPUT_RECORD_ROTATE;
}

static void act_apply(struct jemput_fold *f, uint32_t at, uint32_t rank, uint32_t seniority, const struct jemput_fold_author *author)
{
    struct jemput_ranked *ranked = &f->acts[at];

    if (stays(ranked))
        return;
    ranked->result = jemput_fold_effect(f, at, rank, author);
    if (!ranked->result && is_cut(ranked->act->record.kind) && !ranked->taken)
        jemput_fold_candidate_add(f, at, rank, seniority);
}

/* NULL, or why nothing counts that stands there: what can be said before the act's content is looked at. */
static const char *author_find(const struct jemput_fold *f, const struct jemput_ranked *ranked, struct jemput_fold_author *out)
{
    const struct jemput_act *act = ranked->act;
    struct jemput_member nobody = { .writer = act->author, .epoch = UINT32_MAX };

    if (act->record.kind == JEMPUT_RECORD_RESUME && ranked->made == ranked->author) /* what ends a later log is no business of it */
        nobody.epoch = act->record.as.resume.epoch;
    *out = (struct jemput_fold_author){ .member = jemput_fold_member(f, ranked->author) };
    if (out->member && memcmp(out->member->public_key, act->author_key, sizeof act->author_key) != 0)
        return "the segment is not signed with its author's key";
    memcpy(nobody.public_key, act->author_key, sizeof nobody.public_key);
    out->rights = jemput_roster_rights(&f->roster, out->member ? out->member : &nobody, &ranked->at, f->ancestry);
    if (!out->member)
        out->rights.roles = 0;
    return out->rights.is_void ? jemput_act_is_void : NULL;
}

/* Of a root act or an approval. */
static enum jemput_status signature_judge(struct jemput_fold *f, uint32_t at, const struct jemput_fold_author *author, struct jemput_error *err)
{
    struct jemput_ranked *ranked = &f->acts[at];
    bool approval = ranked->act->record.kind == JEMPUT_RECORD_APPROVE;
    struct jemput_fold_author first;
    uint32_t ready, senior;
    enum jemput_status st;

    if (!author->member || !author->member->root || !(author->rights.roles & JEMPUT_ROLE_ADMIN)) {
        if (!stays(ranked))
            ranked->result = approval ? "approve: the author is not a root administrator"
                                      : "it concerns administrators, and its author is not a root administrator";
        return JEMPUT_OK;
    }
    st = jemput_fold_sign(f, at, author, &ready, &senior, err);
    if (!st && ready != JEMPUT_FOLD_NONE && !author_find(f, &f->acts[ready], &first))
        act_apply(f, ready, at, senior, &first);
    return st;
}

enum jemput_status jemput_fold_judge(struct jemput_fold *f, uint32_t at, struct jemput_error *err)
{
    struct jemput_ranked *ranked = &f->acts[at];
    struct jemput_fold_author author;
    const char *refusal = author_find(f, ranked, &author);

    ranked->result = stays(ranked) ? NULL : refusal;
    if (refusal)
        return JEMPUT_OK;
    if (ranked->act->record.kind == JEMPUT_RECORD_APPROVE || jemput_fold_is_root_act(f, ranked))
        return signature_judge(f, at, &author, err);
    act_apply(f, at, at, JEMPUT_FOLD_NONE, &author);
    return JEMPUT_OK;
}
