/* identity/roster.h — roster: who is enrolled, with which key, roles and scope; folded from signed control records.
 *
 * Control records are lines of clear text without personal labels (schema/formats/control.md). The fold takes a set of acts (a record, its author and
 * place) and always visits them in one fixed order: the genesis segment, then by (stamp of the segment, hash of the segment, place in it). A device
 * that has seen a segment makes only higher stamps, so the order respects cause; it needs nothing but the acts, so every replica agrees whatever came
 * first:
 *   genesis   names root administrators' keys with roles, the threshold, the schema; its hash is the space
 *   invite    an administrator reserves a device number for a one-time key, with role, scope and expiry
 *   join      a device asks: its key, epoch and number, signed by the one-time key. Author: the device itself
 *   enrol     an administrator, or central on the strength of an invite, admits a device. Single use: of two enrols on one invite the first in the
 *             fixed order counts, the other is listed. That a join stands behind it is for the enroller to check (jemput_join_verify)
 *   schema    an administrator's migration: version n+1, SQL text
 *   (policy, revoke, replace, rotate … have their place: an unknown kind is kept and forwarded, and counted in the roster, which is then not all
 *   there is) */
#ifndef JEMPUT_IDENTITY_ROSTER_H
#define JEMPUT_IDENTITY_ROSTER_H

#include "clock/hlc.h"
#include "identity/writer.h"

/* Roles: bits. */
enum jemput_role {
    JEMPUT_ROLE_PETUGAS = 1,
    JEMPUT_ROLE_KELURAHAN = 2,
    JEMPUT_ROLE_VERIFIKATOR = 4,
    JEMPUT_ROLE_ADMIN = 8,
    JEMPUT_ROLE_PUSAT = 16,
    JEMPUT_ROLE_KOMINFO = 32
};
#define JEMPUT_ROLES_ALL 63
#define JEMPUT_ROLES_TEXT_BYTES 64 /* room for all roles' words and a NUL */

/* "petugas,pusat" <-> bits. Parsing takes any order; 0 = empty, an unknown word, or one twice. Writing has one order, that of the bits. */
unsigned jemput_roles_parse(struct jemput_bytes text);
void jemput_roles_write(struct jemput_buf *out, unsigned roles);
void jemput_roles_text(char out[JEMPUT_ROLES_TEXT_BYTES], unsigned roles); /* "" for 0 */
bool jemput_roles_valid(unsigned roles); /* at least one, none unknown */

#define JEMPUT_SCOPE_BYTES_MAX 63
/* Letters, digits, '.', '-', '_'; at most JEMPUT_SCOPE_BYTES_MAX; empty = the whole space. */
bool jemput_scope_valid(struct jemput_bytes scope);

#define JEMPUT_GENESIS_ADMINS_MAX 64
#define JEMPUT_DEVICE_NUMBER_MAX 999999 /* from 1; small, because people read it in receipt codes */
#define JEMPUT_RECORDS_MAX 4096         /* in one control payload */
#define JEMPUT_RECORD_WORD_BYTES_MAX 31 /* of a kind: [a-z][a-z0-9-]* */

struct jemput_genesis {
    uint8_t nonce[16];
    unsigned threshold;        /* of root administrators for root acts; the fold knows 1 only */
    uint32_t admin_count;
    struct jemput_genesis_admin {
        uint8_t public_key[32];
        unsigned roles;
        uint32_t device_number;
    } *admins;                 /* arena; ascending by key; at least `threshold` of them with JEMPUT_ROLE_ADMIN; no number twice */
    struct jemput_bytes schema; /* SQL text without NULs, version 1; may be empty */
};

struct jemput_invite {
    uint8_t public_key[32]; /* one-time */
    unsigned roles;
    struct jemput_bytes scope; /* region prefix such as "16.74.05.1003"; empty = the whole space */
    uint32_t device_number;
    int64_t expires_ms;     /* wall time, not negative; judged against central's clock when it admits */
};

struct jemput_join {
    uint8_t invite_key[32];
    uint8_t public_key[32]; /* the device's */
    uint32_t epoch;
    uint32_t device_number;
    uint8_t signature[64];  /* by the one-time key over the record without this field and the space */
};

struct jemput_enrol {
    uint8_t invite_key[32]; /* all zero = without invite (administrators only) */
    uint8_t public_key[32];
    uint32_t epoch;
    uint32_t device_number;
    unsigned roles;
    struct jemput_bytes scope;
};

struct jemput_schema_change {
    uint32_t version;        /* predecessor + 1, so from 2 */
    struct jemput_bytes sql; /* without NULs, not empty */
};

enum jemput_record_kind {
    JEMPUT_RECORD_GENESIS = 1,
    JEMPUT_RECORD_INVITE,
    JEMPUT_RECORD_JOIN,
    JEMPUT_RECORD_ENROL,
    JEMPUT_RECORD_SCHEMA,
    JEMPUT_RECORD_UNKNOWN
};

struct jemput_record {
    enum jemput_record_kind kind;
    struct jemput_bytes text; /* as read, without the line "record …"; to write, given for JEMPUT_RECORD_UNKNOWN only */
    struct jemput_bytes word; /* the kind as read; to write, likewise */
    union {
        struct jemput_genesis genesis;
        struct jemput_invite invite;
        struct jemput_join join;
        struct jemput_enrol enrol;
        struct jemput_schema_change schema;
    } as;
};

/* Which rule above a field breaks, so that jemput_records_read() would refuse the record, as text for an error; static; NULL = none. */
const char *jemput_record_fault(const struct jemput_record *record);
/* Append one record as a control segment's payload holds it: "record <kind> <bytes>\n", then its text. A payload is any number of them in a row, none
 * where the segment only says what was merged. Appended whole, or out->failed is set; to JEMPUT_MISUSE if jemput_record_fault() has one. */
void jemput_record_write(struct jemput_buf *out, const struct jemput_record *record);
/* All records of a payload, in the arena; bytes borrowed from `payload`. Only the one form that jemput_record_write gives is taken.
 *   JEMPUT_CORRUPT   JEMPUT_NOMEM   JEMPUT_LIMIT   more than JEMPUT_RECORDS_MAX */
enum jemput_status jemput_records_read(struct jemput_record **out, uint32_t *count, struct jemput_bytes payload, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* The one-time key's signature over the join for `space`. Sign when all other fields are set. */
void jemput_join_sign(struct jemput_join *join, const struct jemput_space *space, const struct jemput_keypair *invite_key);
bool jemput_join_verify(const struct jemput_join *join, const struct jemput_space *space);

/* One record as the fold sees it. */
struct jemput_act {
    struct jemput_record record;
    struct jemput_writer author;     /* all zero for the genesis segment */
    uint8_t author_key[32];          /* that the segment's signature was verified with */
    jemput_stamp stamp;              /* of the segment (its sealing stamp) */
    struct jemput_hash segment;      /* its hash: the tie-break */
    uint32_t place;                  /* within the segment */
};

struct jemput_member {
    struct jemput_writer writer;
    uint8_t public_key[32];
    uint32_t epoch;
    uint32_t device_number;
    unsigned roles;
    struct jemput_bytes scope;
};

struct jemput_roster {
    struct jemput_space space;
    uint32_t version;         /* count of acts that took effect, genesis included */
    uint32_t schema_version;
    uint32_t member_count;
    struct jemput_member *members; /* ascending by writer */
    uint32_t invite_count;
    struct jemput_roster_invite { struct jemput_invite invite; bool used; } *invites; /* ascending by one-time key */
    uint32_t refused_count;
    struct jemput_refused_act { struct jemput_hash segment; uint32_t place; const char *reason; } *refused; /* without effect, and why; fold order */
    uint32_t unknown_count;   /* of those: administrators' acts of a kind that only a newer version knows. Not 0 = this roster is not all there is */
};

/* Fold acts (any order, duplicates allowed) into the roster of `space`. Everything in `arena`, bytes borrowed from the acts. Signatures, chains and
 * payload hashes have been checked by the caller: an act is what its author signed.
 *   JEMPUT_CORRUPT   no genesis that hashes to the space   JEMPUT_NOMEM
 *   JEMPUT_UPGRADE   the genesis asks for more than one signer, which this version cannot judge */
enum jemput_status jemput_roster_fold(struct jemput_roster *out, const struct jemput_space *space, const struct jemput_act *acts, uint32_t count,
                                      struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
const struct jemput_member *jemput_roster_member(const struct jemput_roster *r, const struct jemput_writer *writer); /* NULL = not enrolled */
const struct jemput_roster_invite *jemput_roster_invite(const struct jemput_roster *r, const uint8_t public_key[32]);
uint32_t jemput_roster_next_device_number(const struct jemput_roster *r); /* above all reserved and used; 0 = none left */

#endif
