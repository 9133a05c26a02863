/* identity/fold.h — what the files of the fold share. Private to identity/. */
#ifndef JEMPUT_IDENTITY_FOLD_H
#define JEMPUT_IDENTITY_FOLD_H

#include "identity/roster.h"

#define JEMPUT_FOLD_NONE UINT32_MAX

struct jemput_ranked { /* an act at its place in the fold order, and what it names, by index: see names.c */
    const struct jemput_act *act;
    bool first;            /* of the genesis segment */
    struct jemput_head at; /* its segment */
    bool taken;            /* a cut that counts */
    bool administrated;    /* a migration whose author could make one, in this pass or one before */
    bool stood;            /* a migration that was in force in a pass */
    const char *result;    /* of this pass: why it has no effect; NULL = it has */
    uint32_t author_key, author;  /* the key that signed it; its writer, if any act could make that a member */
    /* the key that it is about (of a rotation: the new one; of a succession: the old one); the new one of a succession */
    uint32_t about, other;
    uint32_t made, old;           /* the writer that it makes a member; that a resumption comes from */
    uint32_t invite, number;
    uint32_t signed_as;           /* in `approved`, once that was looked up */
    uint32_t next_of_author;      /* the next act that the same key has signed */
};

struct jemput_named_key {
    const uint8_t *bytes;
    uint32_t acts;         /* the first that it signed: go on with next_of_author */
    /* of this pass */
    uint32_t members;      /* its first writer that is a member: go on with fold.next_of_key */
    uint32_t root;         /* seniority of any of them; 0 = none */
    bool granted_admin;    /* to any of them */
    bool carries_on;       /* any of them, for another device */
    /* of the cuts that were taken */
    uint32_t revoked;      /* rank of the first revocation; JEMPUT_FOLD_NONE = not revoked */
    bool made_admin;       /* by a change */
};

struct jemput_named_number {
    uint32_t number, invite; /* that reserves it */
    bool member;           /* a member has it */
};

struct jemput_candidate { /* a cut that has authority in this pass, and is not taken */
    uint32_t act;          /* index in the fold order */
    uint32_t rank;         /* where it took effect: of a root act, where the last signature that it needed stands */
    uint32_t seniority;    /* of its most senior signer; JEMPUT_FOLD_NONE = no root act */
};

struct jemput_approved { /* the text of root acts, and who has signed it: for the act that waits, or the last one that did */
    struct jemput_hash act;
    uint64_t signers;      /* bit by seniority, from 0 */
    uint32_t waits;        /* index of the act; JEMPUT_FOLD_NONE = none has been seen yet, or it does not wait any more */
    bool complete;         /* enough had signed: these signatures are used up, and the next act with this text needs its own */
};

struct jemput_fold {
    struct jemput_roster roster; /* of the pass under way. Its members and invites have a fixed place each, which stays empty until they come */
    const struct jemput_ancestry *ancestry;
    struct jemput_arena *arena;
    struct jemput_ranked *acts;
    uint32_t count;
    struct jemput_named_key *keys; /* ascending */
    uint32_t key_count;
    struct jemput_writer *writers; /* of members that the acts could make: ascending */
    uint32_t writer_count;
    bool *present;                 /* beside roster.members: has it come? */
    uint32_t *next_of_key;         /* beside roster.members: the next one with the same key */
    struct jemput_member *came;    /* beside roster.members: as it came in the last pass in which it did; epoch 0 = in none */
    bool *invited;                 /* beside roster.invites */
    uint32_t invite_count;
    struct jemput_named_number *numbers; /* ascending */
    uint32_t number_count;
    struct jemput_candidate *candidates;
    uint32_t candidate_count;
    struct jemput_approved *approved;
    uint32_t approved_count;
    uint32_t *approved_table;      /* by hash: index + 1 */
    uint32_t approved_mask;
};

/* --- names.c --- */

/* Look up whatever the acts name, and make room for what they could add at most. false = no memory. */
bool jemput_fold_names(struct jemput_fold *f);
uint32_t jemput_fold_key_find(const struct jemput_fold *f, const uint8_t public_key[32]); /* JEMPUT_FOLD_NONE = no act names it */
uint32_t jemput_fold_writer_find(const struct jemput_fold *f, const struct jemput_writer *writer);
/* Before a pass: no members, no invites, no signatures. */
void jemput_fold_names_reset(struct jemput_fold *f);
/* Make it a member, at the place of its writer. */
void jemput_fold_member_add(struct jemput_fold *f, uint32_t writer, const struct jemput_member *member);
void jemput_fold_number_take(struct jemput_fold *f, uint32_t number);
/* The member at this place; NULL = it has not come. */
struct jemput_member *jemput_fold_member(const struct jemput_fold *f, uint32_t writer);
/* Behind the last pass: close the gaps. */
void jemput_fold_names_pack(struct jemput_fold *f);

/* --- cut.c --- */

/* Act `act`, which is a change, a revocation or a rotation, asks to be taken. */
void jemput_fold_candidate_add(struct jemput_fold *f, uint32_t act, uint32_t rank, uint32_t seniority);
/* Of the candidates, take those that come first and cannot disturb each other; false = there are none. */
bool jemput_fold_cuts_take(struct jemput_fold *f);

/* --- judge.c --- */

/* Who signed an act, and what that one may do there. */
struct jemput_fold_author {
    const struct jemput_member *member; /* NULL = none */
    struct jemput_rights rights;        /* zeroed then */
};

/* Judge act `at`, and let it take effect if it has one: sets its result, and perhaps that of the act that it completes. JEMPUT_NOMEM. */
enum jemput_status jemput_fold_judge(struct jemput_fold *f, uint32_t at, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- effect.c --- */

/* Let act `at` take effect at place `rank`. NULL = it has; else why not. */
const char *jemput_fold_effect(struct jemput_fold *f, uint32_t at, uint32_t rank, const struct jemput_fold_author *author);

/* --- rootact.c --- */

bool jemput_fold_is_root_act(const struct jemput_fold *f, const struct jemput_ranked *ranked);
/* Does the enrolment give just what an invite has promised? */
bool jemput_fold_promised(const struct jemput_fold *f, const struct jemput_ranked *ranked);
/* Would taking rights from this key leave too few root administrators? */
bool jemput_fold_too_few_roots(const struct jemput_fold *f, uint32_t key);
extern const char jemput_fold_waits[]; /* the result of a root act that too few have signed */
/* The signature of `author` under root act or approval `at`. *ready = the act that now has enough, or JEMPUT_FOLD_NONE; *senior = its most senior
 * signer. */
enum jemput_status jemput_fold_sign(struct jemput_fold *f, uint32_t at, const struct jemput_fold_author *author, uint32_t *ready, uint32_t *senior,
                                    struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_fold_signatures_reset(struct jemput_fold *f);

#endif
