/* identity/record.h — control records: what administrators, central and devices sign about a space, as lines of clear text without personal labels.
 *
 * Format: schema/formats/control.md. What a record does is for the fold to say (identity/roster.h). */
#ifndef JEMPUT_IDENTITY_RECORD_H
#define JEMPUT_IDENTITY_RECORD_H

#include "base/limits.h"
#include "crypto/seal.h"
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
bool jemput_roles_valid(unsigned roles);                                   /* at least one, none unknown */

/* Letters, digits, '.', '-', '_'; at most JEMPUT_SCOPE_BYTES_MAX; empty = the whole space. */
bool jemput_scope_valid(struct jemput_bytes scope);

struct jemput_genesis {
    uint8_t nonce[16];
    unsigned threshold; /* so many of the root administrators with JEMPUT_ROLE_ADMIN have to sign a root act */
    uint32_t admin_count;
    struct jemput_genesis_admin {
        uint8_t public_key[32];
        unsigned roles;
        uint32_t device_number;
    } * admins;                 /* arena; ascending by key; at least `threshold` of them with JEMPUT_ROLE_ADMIN; no number twice */
    struct jemput_bytes schema; /* SQL text without NULs, version 1; may be empty */
};

struct jemput_invite {
    uint8_t public_key[32]; /* one-time */
    unsigned roles;
    struct jemput_bytes scope; /* region prefix such as "16.74.05.1003"; empty = the whole space */
    uint32_t device_number;
    int64_t expires_ms; /* wall time, not negative; judged against central's clock when it admits */
};

struct jemput_join {
    uint8_t invite_key[32];
    uint8_t public_key[32]; /* the device's */
    uint32_t epoch;
    uint32_t device_number;
    uint8_t signature[64]; /* by the one-time key over the record without this field and the space */
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

/* Other rights for a device, from behind these heads on. */
struct jemput_change_of_rights {
    uint8_t public_key[32];
    unsigned roles; /* 0 = suspended */
    struct jemput_bytes scope;
    struct jemput_context heads; /* of the key's writers; none has `through` */
};

enum jemput_revoke_reason { JEMPUT_REVOKE_LOST = 1, JEMPUT_REVOKE_STOLEN, JEMPUT_REVOKE_LEAKED, JEMPUT_REVOKE_LEFT, JEMPUT_REVOKE_FORKED };
/* "lost", "stolen", "leaked", "left", "forked"; static. NULL for anything else. */
const char *jemput_revoke_reason_word(unsigned reason);
unsigned jemput_revoke_reason_parse(struct jemput_bytes word); /* 0 = none of them */

/* All that the key signed, or will sign, behind these heads is void; new epochs, too. */
struct jemput_revocation {
    uint8_t public_key[32];
    enum jemput_revoke_reason reason;
    struct jemput_context heads; /* as above */
};

/* The author's device takes another key; the old one ends with the segment that says so. */
struct jemput_rotation {
    uint8_t old_key[32], new_key[32];
    uint32_t epoch;        /* of the new key's writer */
    uint8_t signature[64]; /* by the new key: that its holder wants this */
};

/* The new device carries on for the old one. */
struct jemput_succession {
    uint8_t old_key[32], new_key[32];
};

/* A device goes on as a new writer (it found another copy of itself, or was restored from an old one). Its author is the new writer. */
struct jemput_resumption {
    struct jemput_writer old;
    uint32_t epoch; /* of the new writer: above the old one's */
};

/* A root administrator signs another one's act, too. */
struct jemput_approval {
    struct jemput_hash act; /* jemput_record_hash() */
};

/* For whom the author's device reads: its X25519 key (crypto/seal.h). */
struct jemput_reading_key {
    uint8_t reading_key[JEMPUT_READING_KEY_BYTES];
};

struct jemput_epoch_box {
    struct jemput_writer writer;
    uint8_t reading_key[JEMPUT_READING_KEY_BYTES];
    uint8_t box[JEMPUT_BOX_BYTES]; /* the epoch's key for the holder of that */
};

/* A new key epoch. Number = turn * 2^20 + device number of its maker: unique without asking anybody. Turn 0: the epoch of a device that has not been
 * let in yet, made by itself. */
#define JEMPUT_EPOCH_DEVICE_BITS 20
struct jemput_key_epoch {
    uint32_t number;
    uint8_t check[32]; /* BLAKE2b-256, keyed with the epoch's key, of "jemput epoch", the space, and the number as 4 bytes, lowest first */
    uint32_t box_count;
    struct jemput_epoch_box *boxes; /* arena; ascending by writer, each once */
};

/* The key of an epoch for one reader more. */
struct jemput_grant {
    uint32_t number;
    struct jemput_epoch_box to;
};

/* The key of a device's own first epoch (turn 0), for whoever has the key of another. */
#define JEMPUT_WRAP_BYTES (JEMPUT_SEAL_KEY_BYTES + JEMPUT_SEAL_OVERHEAD_BYTES)
struct jemput_wrap {
    uint32_t number, under;
    struct jemput_writer maker;        /* of the epoch `number` */
    uint8_t sealed[JEMPUT_WRAP_BYTES]; /* beside "jemput wrap", the space, the maker, the two numbers (4 bytes each, lowest first) */
};

/* The key of one data segment's payload alone (crypto/seal.h, "single"), for whoever has that of an epoch: the segment's own epoch is about to go. */
struct jemput_single {
    struct jemput_hash segment;
    uint32_t under;
    uint8_t sealed[JEMPUT_WRAP_BYTES]; /* beside "jemput single", the space, the segment's hash, the number (4 bytes, lowest first) */
};

/* What all that one of central's segments had seen, and itself, comes to: in the data segments before the one with this record. */
struct jemput_checkpoint {
    uint64_t at_number;
    struct jemput_hash at; /* that segment */
    uint8_t state[32];     /* schema/formats/state-hash.md */
    uint32_t schema_version;
    uint32_t chunks;       /* so many segments before this one are the checkpoint's */
    uint64_t bytes;
    uint8_t stream[32];    /* BLAKE2b-256 of what they hold */
};

/* Central has a copy, elsewhere, of what a checkpoint covers, and of the checkpoint. */
struct jemput_backed_up {
    struct jemput_hash checkpoint; /* the segment that has the record */
};

/* A row, and all that was ever written to it, is to be erased. Which one it is only those can tell who have the key of the epoch `marks`, under
 * which nothing is ever sealed, and which is kept when others go: BLAKE2b-256, keyed with that, of "jemput forget", the space, the table (4 bytes,
 * lowest first), the row's key (change/key.h). */
struct jemput_forgetting {
    uint32_t marks;
    uint8_t mark[JEMPUT_HASH256_BYTES];
    struct jemput_bytes basis; /* why: one line of text, without personal data */
};

/* The author's store has cut off what a checkpoint covers, and keeps nothing of rows that were forgotten up to there. */
struct jemput_erasure {
    struct jemput_hash checkpoint; /* as above */
};

/* What the author's device says of itself, for those who look after devices; the sizes in MiB, rounded down. */
struct jemput_device_report {
    struct jemput_bytes version; /* of its program: the characters of a scope, at least one */
    uint32_t store_mib;          /* its store */
    uint32_t free_mib;           /* left on the disk of that */
};

/* A person's word on a case (jemput/case.h): nothing is to be decided on it. */
struct jemput_settling {
    uint8_t of[32];      /* which: BLAKE2b-256 of "jemput case", the space, the kind, NUL, what it is about */
    uint64_t count;      /* of how many things it was then: it is open again once it is of more. 0 = it is to be open again */
    struct jemput_bytes reason; /* one line */
};

enum jemput_record_kind {
    JEMPUT_RECORD_GENESIS = 1,
    JEMPUT_RECORD_INVITE,
    JEMPUT_RECORD_JOIN,
    JEMPUT_RECORD_ENROL,
    JEMPUT_RECORD_SCHEMA,
    JEMPUT_RECORD_CHANGE,
    JEMPUT_RECORD_REVOKE,
    JEMPUT_RECORD_ROTATE,
    JEMPUT_RECORD_SUCCEED,
    JEMPUT_RECORD_RESUME,
    JEMPUT_RECORD_APPROVE,
    JEMPUT_RECORD_READER,
    JEMPUT_RECORD_EPOCH,
    JEMPUT_RECORD_GRANT,
    JEMPUT_RECORD_WRAP,
    JEMPUT_RECORD_SINGLE,
    JEMPUT_RECORD_CHECKPOINT,
    JEMPUT_RECORD_BACKED_UP,
    JEMPUT_RECORD_FORGET,
    JEMPUT_RECORD_ERASED,
    JEMPUT_RECORD_REPORT,
    JEMPUT_RECORD_SETTLE,
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
        struct jemput_change_of_rights change;
        struct jemput_revocation revoke;
        struct jemput_rotation rotate;
        struct jemput_succession succeed;
        struct jemput_resumption resume;
        struct jemput_approval approve;
        struct jemput_reading_key reader;
        struct jemput_key_epoch epoch;
        struct jemput_grant grant;
        struct jemput_wrap wrap;
        struct jemput_single single;
        struct jemput_checkpoint checkpoint;
        struct jemput_backed_up backed_up;
        struct jemput_forgetting forget;
        struct jemput_erasure erased;
        struct jemput_device_report report;
        struct jemput_settling settle;
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
/* The same of the new key's over the rotation. */
void jemput_rotation_sign(struct jemput_rotation *rotation, const struct jemput_space *space, const struct jemput_keypair *new_key);
bool jemput_rotation_verify(const struct jemput_rotation *rotation, const struct jemput_space *space);
/* By which an approval names a record: BLAKE2b-256 of "jemput approve" 00, space, kind 00, text. JEMPUT_MISUSE if jemput_record_fault() has one. */
enum jemput_status jemput_record_hash(struct jemput_hash *out, const struct jemput_record *record, const struct jemput_space *space,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

#endif
