/* identity/fold.h — what the files of the fold share. Private to identity/. */
#ifndef JEMPUT_IDENTITY_FOLD_H
#define JEMPUT_IDENTITY_FOLD_H

#include "identity/roster.h"

struct jemput_ranked { /* an act at its place in the fold order */
    const struct jemput_act *act;
    bool first;            /* of the genesis segment */
    struct jemput_head at; /* its segment */
    bool taken;            /* a cut that counts */
    const char *result;    /* of this pass: why it has no effect; NULL = it has */
};

#define JEMPUT_FOLD_NONE UINT32_MAX

struct jemput_candidate { /* a cut that has authority in this pass, and is not taken */
    uint32_t act;         /* index in the fold order */
    uint32_t rank;        /* where it took effect: of a root act, where the last signature that it needed stands */
    uint32_t seniority;   /* of its most senior signer; JEMPUT_FOLD_NONE = no root act */
};

struct jemput_authored {
    const uint8_t *key;
    uint32_t act;
};

struct jemput_approved { /* a root act, and who has signed it */
    struct jemput_hash act;
    uint64_t signers; /* bit by seniority, from 0 */
    uint32_t waits;   /* index of the act; JEMPUT_FOLD_NONE = it has not been seen yet, or does not wait any more */
};

struct jemput_fold {
    struct jemput_roster roster; /* of the pass under way; arrays have room for what all acts together could add */
    const struct jemput_ancestry *ancestry;
    struct jemput_arena *arena;
    struct jemput_ranked *acts;
    uint32_t count;
    struct jemput_authored *by_author; /* all acts, ascending by author's key */
    struct jemput_candidate *candidates;
    uint32_t candidate_count;
    struct jemput_approved *approved;
    uint32_t approved_count;
};

/* --- cut.c --- */

/* Act `act`, which is a change, a revocation or a rotation, asks to be taken. */
void jemput_fold_candidate_add(struct jemput_fold *f, uint32_t act, uint32_t rank, uint32_t seniority);
/* Of the candidates, take those that come first and cannot disturb each other; false = there are none. */
bool jemput_fold_cuts_take(struct jemput_fold *f);

/* --- judge.c --- */

/* Judge act `at`, and let it take effect if it has one: sets its result, and perhaps that of the act that it completes. JEMPUT_NOMEM. */
enum jemput_status jemput_fold_judge(struct jemput_fold *f, uint32_t at, struct jemput_error *err) JEMPUT_MUST_USE;
extern const char jemput_fold_waits[]; /* the result of a root act that too few have signed */

/* --- rootact.c --- */

bool jemput_fold_is_root_act(const struct jemput_fold *f, const struct jemput_act *act);
/* Would taking rights from this key leave too few root administrators? */
bool jemput_fold_too_few_roots(const struct jemput_fold *f, const uint8_t public_key[32]);
uint32_t jemput_fold_roots_left(const struct jemput_fold *f);

/* --- roster.c --- */
void jemput_fold_member_add(struct jemput_roster *r, const struct jemput_member *member);
void jemput_fold_invite_add(struct jemput_roster *r, const struct jemput_invite *invite);

#endif
