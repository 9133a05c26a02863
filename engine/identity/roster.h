/* identity/roster.h — roster: who is enrolled, with which key, roles and scope, and who is not any more; folded from signed control records.
 *
 * The fold takes a set of acts (a record, its author and place), and what it gives depends on that set alone: every replica agrees, whatever came
 * first, and an act that comes once more, or an older one alone, changes nothing. Rules: schema/formats/control.md, "The fold". In short:
 *
 * Order. The genesis segment, then by (stamp of the segment, hash of the segment, place in it). The caller raises a stamp that lies behind one that
 *   its segment had seen, so the order respects cause. Each act is asked what the acts before it have made true.
 * Root administrators are those whom genesis names with the role `admin`, the lowest device number the most senior. What concerns administrators (a
 * root
 *   act) needs the signatures of `threshold` of them.
 * Cuts. `change`, `revoke` and `rotate` name a key and heads of its logs: what the key signed up to there stands as it was, what lies behind has
 * other
 *   rights, or none. They reach back: an act that its author signed behind a cut has no effect, even if it stands before the cut in the order. That
 *   may take away what another cut rests on; so cuts are taken one after the other, first those of root acts by their most senior signer, then in
 *   fold order, and a cut that was taken stays. */
#ifndef JEMPUT_IDENTITY_ROSTER_H
#define JEMPUT_IDENTITY_ROSTER_H

#include "clock/hlc.h"
#include "identity/record.h"

/* One record as the fold sees it. */
struct jemput_act {
    struct jemput_record record;
    struct jemput_writer author; /* all zero for the genesis segment */
    uint8_t author_key[32];      /* that the segment's signature was verified with */
    jemput_stamp stamp;          /* of the segment (its sealing stamp) */
    uint64_t number;             /* of the segment in its log */
    struct jemput_hash segment;  /* its hash: the tie-break */
    uint32_t place;              /* within the segment */
};

/* Which segments lie up to a head. Pure functions of the logs; the store knows them. */
struct jemput_ancestry {
    /* Is the segment `at` (of the head's writer) the head's, or before it in the same chain? While the head's own segment is not known here,
     * whatever has no higher number counts as before it. */
    bool (*covers)(void *ctx, const struct jemput_head *head, const struct jemput_head *at);
    void *ctx;
};
/* Logs without forks: whatever has no higher number. */
extern const struct jemput_ancestry jemput_ancestry_linear;

enum jemput_standing {
    JEMPUT_STANDING_ACTIVE = 1,
    JEMPUT_STANDING_SUSPENDED, /* a change left it no role */
    JEMPUT_STANDING_ROTATED,   /* goes on under another key */
    JEMPUT_STANDING_REVOKED
};

struct jemput_member {
    struct jemput_writer writer;
    uint8_t public_key[32];
    uint32_t epoch;
    uint32_t device_number;
    uint32_t root;                 /* seniority of a root administrator, from 1; 0 = none */
    enum jemput_standing standing; /* of what it signs now */
    unsigned roles;                /* likewise; 0 if it is not active */
    struct jemput_bytes scope;
    unsigned granted_roles; /* when it was enrolled */
    struct jemput_bytes granted_scope;
    uint8_t succeeds[32]; /* key of the device that this one carries on for; all zero = none */
    bool moved;           /* another of the device's own made it, by a rotation or a resumption */
    bool given_up;        /* a rotation of its key counts: also where that is of a later epoch, and leaves what this one signs */
};

/* A change, revocation or rotation that counts. */
struct jemput_cut {
    enum jemput_record_kind kind; /* JEMPUT_RECORD_CHANGE, _REVOKE or _ROTATE */
    uint8_t public_key[32];
    uint8_t next_key[32];        /* of a rotation: which takes over */
    struct jemput_context heads; /* what stands; of a rotation: the segment that holds it */
    unsigned roles;              /* of a change */
    struct jemput_bytes scope;
    enum jemput_revoke_reason reason; /* of a revocation */
    struct jemput_writer author;      /* and where it is from */
    uint32_t epoch;                   /* of the author */
    struct jemput_hash segment;
    uint32_t place, rank; /* in the fold order: of changes that bear on one segment the last counts */
};

struct jemput_roster {
    struct jemput_space space;
    uint32_t version; /* count of acts that took effect, genesis included */
    uint32_t schema_version; /* the highest that any migration has had which was in force before the cuts that came: a number is given once */
    uint32_t threshold, root_count; /* root administrators who have to sign a root act; who there are still */
    uint32_t member_count;
    struct jemput_member *members; /* ascending by writer */
    uint32_t invite_count;
    struct jemput_roster_invite {
        struct jemput_invite invite;
        bool used;
    } * invites; /* ascending by one-time key */
    uint32_t cut_count;
    struct jemput_cut *cuts; /* ascending by key, then rank */
    uint32_t waiting_count;
    struct jemput_waiting_act {
        struct jemput_hash segment, act;
        uint32_t place, signers;
    } * waiting; /* root acts that too few have signed; fold order */
    uint32_t refused_count;
    struct jemput_refused_act {
        struct jemput_hash segment;
        uint32_t place;
        const char *reason;
    } * refused;            /* without effect, and why; fold order */
    const struct jemput_refused_act **refusals; /* the same, ascending by segment and place: jemput_roster_refusal() */
    uint32_t schema_count;
    struct jemput_roster_schema {
        uint32_t version, place;
        struct jemput_bytes sql;
        struct jemput_hash segment;
        struct jemput_writer author;
        uint8_t author_key[32];
        bool in_force;
    } * schemas; /* migrations that administrators have signed, in fold order; also those that another one forestalled, or a cut has made void */
    uint32_t former_count;
    struct jemput_member *former; /* ascending by writer: members, had no cut made void what let them in. Whatever they sign is void */
    uint32_t unknown_count; /* of those: administrators' acts of a kind that only a newer version knows. Not 0 = this roster is not all there is */
};

/* Fold acts (any order, duplicates allowed) into the roster of `space`. Everything in `arena`, bytes borrowed from the acts. Signatures, chains and
 * payload hashes have been checked by the caller: an act is what its author signed.
 *   JEMPUT_CORRUPT   no genesis that hashes to the space   JEMPUT_NOMEM */
enum jemput_status jemput_roster_fold(struct jemput_roster *out, const struct jemput_space *space, const struct jemput_act *acts, uint32_t count,
                                      const struct jemput_ancestry *ancestry, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

const struct jemput_member *jemput_roster_member(const struct jemput_roster *r, const struct jemput_writer *writer);  /* NULL = not enrolled */
const struct jemput_member *jemput_roster_member_of_key(const struct jemput_roster *r, const uint8_t public_key[32]); /* any epoch; NULL = none */
/* Why an act has none that lies behind a cut. */
extern const char jemput_act_is_void[];
/* Why a record that hands out keys has none whose author may not. */
extern const char jemput_act_keeps_no_keys[];
/* Why an invite has no effect whose device number another one has. */
extern const char jemput_invite_forestalled[];
const struct jemput_member *jemput_roster_former(const struct jemput_roster *r, const struct jemput_writer *writer); /* NULL = it is none */
/* The migration that is in force with this version; NULL = none: the number is that of a void one, or has not come yet. */
const struct jemput_roster_schema *jemput_roster_schema(const struct jemput_roster *r, uint32_t version);
const struct jemput_roster_invite *jemput_roster_invite(const struct jemput_roster *r, const uint8_t public_key[32]);
/* Why the act at that place of the segment has no effect; static; NULL = it has one, waits for signatures, or is not there. */
const char *jemput_roster_refusal(const struct jemput_roster *r, const struct jemput_hash *segment, uint32_t place);
uint32_t jemput_roster_next_device_number(const struct jemput_roster *r); /* above all reserved and used; 0 = none left */

/* What a segment of a member may do. */
struct jemput_rights {
    bool is_void;                 /* it lies behind a revocation or rotation: nothing in it counts */
    const struct jemput_cut *cut; /* that says so, or that gives the rights; NULL = they are those of the enrolment */
    unsigned roles;               /* 0 = may nothing */
    struct jemput_bytes scope;
};
/* Does a rotation of this key count? One that lies behind a revocation does not. */
bool jemput_roster_gave_up(const struct jemput_roster *r, const uint8_t public_key[32], const struct jemput_ancestry *ancestry);
/* Of segment `at` of this member. */
struct jemput_rights jemput_roster_rights(const struct jemput_roster *r, const struct jemput_member *member, const struct jemput_head *at,
                                          const struct jemput_ancestry *ancestry);

#endif
