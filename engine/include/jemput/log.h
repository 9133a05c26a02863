/* jemput/log.h — the logs of all devices: segments, stopped logs, forks, signers. */
#ifndef JEMPUT_LOG_H
#define JEMPUT_LOG_H

#include <jemput/base.h>

struct jemput_segment_info { /* one segment of one log */
    struct jemput_origin origin;
    uint64_t number; /* in that log, from 1 */
    int control;     /* 1 = members, schema or receipts; 0 = data */
    char commit[41]; /* hex: the git commit */
    int unread;      /* 1 = "butuh kunci": the key to it, or to one before it in its log, is not known here; txns is 0 then */
    int cut_off;     /* 1 = its data is not here any more: a checkpoint stands for it. payload_bytes is 0 then */
    uint32_t txns;
    uint64_t payload_bytes; /* as it is sent, compressed and sealed */
};
typedef int (*jemput_segment_cb)(void *ctx, const struct jemput_segment_info *segment);
/* Every segment known here, of all logs, in the order in which this store came to know them: a segment after all that it had seen.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_log(struct jemput *jemput, jemput_segment_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_fate { /* what became of a segment, a transaction or a record on this device */
    JEMPUT_FATE_COUNTS = 1, /* merged; in force */
    JEMPUT_FATE_REFUSED,    /* a transaction that the policy refuses; a record without effect */
    JEMPUT_FATE_VOID,       /* its device was revoked, or took another key, and this comes after the cut; or nobody ever let it in */
    JEMPUT_FATE_UNREAD,     /* kept, without the key to it */
    JEMPUT_FATE_WAITS,      /* a record that too few root administrators have signed */
    JEMPUT_FATE_CUT_OFF     /* its data is not here any more: a checkpoint stands for it */
};
struct jemput_explained_change {
    char op; /* as of struct jemput_edit */
    const char *table;
    unsigned key_count;
    const struct jemput_datum *key;
    unsigned column_count;
    const char *const *columns; /* names alone: what they were set to, jemput_history() tells */
    int held;                   /* 1 = the row is held now */
};
struct jemput_explained_txn {
    uint32_t place; /* in its segment, from 1 */
    int64_t claimed_ms;
    const char *note; /* "" = none */
    enum jemput_fate fate;
    const char *why_id, *why_en; /* of one that does not count; static; else NULL */
    int adopted; /* 1 = an administrator has written the same since: `by` */
    struct jemput_origin by;
    unsigned change_count;
    const struct jemput_explained_change *changes;
};
struct jemput_explained_record {
    const char *kind; /* "invite", "enrol", "revoke", "epoch", …: control.md */
    const char *text; /* its lines, as signed */
    enum jemput_fate fate;
    const char *why; /* of one without effect; English; else NULL */
};
struct jemput_explained_head { /* a log that its author had merged up to there, since the segment before it in its own log */
    char writer[33], segment[65];
    const char *label; /* "tablet 07"; "" = unknown here */
    uint64_t number;
    int known; /* 1 = that segment is here */
};
struct jemput_explained { /* one segment; borrowed for the call */
    struct jemput_segment_info info;
    const char *label; /* of the device that signed it; "" = nobody who is enrolled */
    const char *signer; /* its key, as a line of an allowed_signers file */
    const char *roles, *scope; /* that it had there; "" = none, or the whole space */
    char segment[65], previous[65]; /* hex: hashes. Of the first one of a log, the space */
    uint32_t roster_version, schema_version, key_epoch; /* that it was written under; key_epoch 0 = in the clear */
    uint64_t follows; /* number of the segment before it; 0 = it begins its log */
    unsigned head_count;
    const struct jemput_explained_head *heads;
    int64_t after_ms, before_ms; /* central's claimed times: of what its author had seen of central, of the first that had seen it. 0 = none */
    char state_hash[65]; /* that central states in it; "" = none */
    enum jemput_fate fate;
    const char *cut_kind; /* what took rights, or the segment, away: "change", "revoke", "rotate"; NULL = nothing */
    const char *cut_reason; /* of a revocation: "lost", …; else "" */
    const char *cut_label;  /* whose act that is */
    char cut_segment[65];   /* in which segment */
    unsigned txn_count;
    const struct jemput_explained_txn *txns;
    unsigned record_count;
    const struct jemput_explained_record *records;
    unsigned rule_count; /* of the policy, that bear on its tables and roles, as they stand in the schema; 0 = there is none */
    const char *const *rules; /* "jemput_policy('orang', 'petugas', 'insert')" */
};
typedef int (*jemput_explained_cb)(void *ctx, const struct jemput_explained *explained);
/* Everything that is known of one segment. What it says is read again, and its signature checked.
 *   name   how its hash or its git commit begins (4 digits at least); or "WRITER:NUMBER" with a device's number, or how its writer begins
 *   each   called once      JEMPUT_NOTFOUND none begins so   JEMPUT_MISUSE several do; or not such a name
 *   JEMPUT_CORRUPT it is damaged, forged, or not here   JEMPUT_DENIED likewise   JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_log_explain(struct jemput *jemput, const char *name, jemput_explained_cb each, void *ctx,
                                                 struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_aside {          /* a log that was stopped at a segment that failed a check */
    char ref[128];             /* the log's branch */
    char commit[41];           /* hex: the commit that was not taken */
    enum jemput_status status; /* why: JEMPUT_UPGRADE made by a newer version, JEMPUT_DENIED its writer had no right, JEMPUT_EXISTS it brings a table
                                * by a name that this device uses itself, else damaged or forged */
    const char *reason;        /* the same for technicians, in English */
    int64_t seen_ms;           /* when this device first saw it so, by its clock */
};
typedef int (*jemput_aside_cb)(void *ctx, const struct jemput_aside *aside);
/* Every stopped log, and why. It goes on by itself at the first sync that finds a good segment in the bad one's place.
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_aside_each(struct jemput *jemput, jemput_aside_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_fork_side { /* one of two segments that were signed under one number */
    char commit[41], segment[65]; /* hex: the git commit, the segment's hash */
    int64_t claimed_ms;
    uint64_t last;         /* number of the newest segment known of this branch */
    int own;               /* 1 = this store has sealed it */
    const char *text;      /* what is signed: the commit without its signature; text_len bytes. NULL = it never came here: this store begins after
                            * it, with a checkpoint, and a device that was there has the proof */
    size_t text_len;
    const char *signature; /* an SSH signature, as ssh-keygen writes it; signature_len bytes, no final newline */
    size_t signature_len;
};
struct jemput_fork { /* a log that goes on in two ways: another copy of the device's store was used, or it was put back to an older one */
    char writer[33];
    uint32_t device_number; /* 0 = unknown */
    uint64_t number;        /* of both segments */
    int resumed;            /* 1 = the device goes on as a new writer since: nothing is left to do but to find out why */
    const char *signer;     /* the key, as a line of an allowed_signers file */
    struct jemput_fork_side sides[2];
};
typedef int (*jemput_fork_cb)(void *ctx, const struct jemput_fork *fork);
/* Every fork of a log known here. Nothing is lost by one: both branches are kept and merged on every device, and the device goes on as a new writer
 * by itself. The two sides prove it to anyone: both texts name one writer and one number, and one key has signed both (ssh-keygen -Y verify -n git).
 *   JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_forks(struct jemput *jemput, jemput_fork_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;
/* Check such a proof, without a store: text and signature of both sides are looked at, nothing else.
 *   writer, number   what it proves     JEMPUT_CORRUPT it proves nothing: err's text says why     JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_fork_check(const struct jemput_fork_side sides[2], char writer[33], uint64_t *number,
                                                struct jemput_error *err) JEMPUT_CHECKED;

/* Text of an allowed_signers file for `git verify-commit`: one line for each writer known here. *out owned by the caller: jemput_text_free().
 *   JEMPUT_IO JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_signers(struct jemput *jemput, char **out, size_t *out_len, struct jemput_error *err) JEMPUT_CHECKED;
#endif
