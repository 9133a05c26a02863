/* jemput/device.h — who may do what from now on (schema/formats/control.md, "The fold"). */
#ifndef JEMPUT_DEVICE_H
#define JEMPUT_DEVICE_H

#include <jemput/base.h>

enum jemput_device_state {
    JEMPUT_DEVICE_ACTIVE = 1,
    JEMPUT_DEVICE_SUSPENDED, /* has no rights for a while */
    JEMPUT_DEVICE_ROTATED,   /* an older key of a device that goes on under another */
    JEMPUT_DEVICE_REVOKED,
    JEMPUT_DEVICE_ASKS       /* is not let in: `why` says what it waits for */
};
struct jemput_device { /* a key, and what it may; borrowed for the call */
    const char *key;     /* hex, 64 digits: names the device in all calls */
    const char *writer;  /* hex: of its newest log */
    const char *label;   /* "tablet 07" */
    enum jemput_device_state state;
    const char *why;     /* of one that asks; in English; else "" */
    const char *reason;  /* of one that was revoked: "lost", "stolen", "leaked", "left", "forked"; else "" */
    uint32_t device_number;
    uint32_t root;       /* seniority of a root administrator, from 1; 0 = none */
    int self;            /* 1 = this device */
    const char *roles;   /* "" = none now */
    const char *scope;   /* "" = the whole space */
    uint32_t carries_on_for; /* device number of the one that this one has replaced; 0 = none */
    uint64_t segments;   /* of it that are known here */
    uint64_t unsent;     /* transactions of it that are known here and that no receipt of central's covers; on this device also what is not sealed */
    int64_t last_seen_ms;    /* claimed time of its newest segment; 0 = none is known */
    int64_t last_receipt_ms; /* claimed time of its newest segment that central's receipts cover; 0 = none */
    int clock_doubtful;      /* 1 = it claims a time that cannot be, or lies more than a day ahead of this clock */
    uint32_t schema_version; /* that its newest segment was written under; 0 = unknown */
    uint32_t key_turn;       /* of the key epoch that its newest work is sealed under: how many the space had had; 0 = its own, made before it was let
                              * in, or nothing of its work is known here */
    const char *version;     /* of its program, as it has said last; "" = it has not */
    int64_t store_mib;       /* size of its store, likewise; -1 = it has not said */
    int64_t free_mib;        /* room that was left on its disk, likewise */
    uint32_t copies;         /* of its store that are used beside each other, as their logs show it: 1, or more (a case "copied"); 0 = it only asks */
};
typedef int (*jemput_device_cb)(void *ctx, const struct jemput_device *device); /* non-zero stops */
/* Every device of the roster as known here, by number, of one number the newest key last; then those that ask to be let in.
 * JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_devices(struct jemput *jemput, jemput_device_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

/* Who is enrolled, for a hub whose logs begin behind a checkpoint (schema/formats/roster-file.md): all control segments known here, signed clear
 * text, nothing of what the space holds. *out owned by the caller: jemput_text_free().
 *   JEMPUT_LIMIT more than 256 MiB    JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_roster_file(struct jemput *jemput, char **out, size_t *out_len, struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_waiting { /* a root act that too few root administrators have signed; borrowed for the call */
    const char *act;    /* hex, 64 digits: by which jemput_device_act() approves it */
    const char *kind;   /* "invite", "enrol", "change", "revoke", "succeed" */
    const char *text;   /* what was signed, as lines of text (control.md) */
    uint32_t device_number; /* whom it is about; 0 = nobody known here */
    uint32_t signers, needed;
    uint32_t by; /* device number of its author */
    int64_t claimed_ms;
};
typedef int (*jemput_waiting_cb)(void *ctx, const struct jemput_waiting *waiting);
/* JEMPUT_BUSY JEMPUT_IO JEMPUT_CORRUPT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_waiting_each(struct jemput *jemput, jemput_waiting_cb each, void *ctx, struct jemput_error *err) JEMPUT_CHECKED;

enum jemput_device_act_kind {
    JEMPUT_ACT_CHANGE = 1, /* other roles or scope from here on; roles "none" = suspended */
    JEMPUT_ACT_REVOKE,     /* what it signed up to the cut stays; everything else that it signed or will sign is void on every device */
    JEMPUT_ACT_SUCCEED,    /* `other` carries on for it: one that was lost or broken */
    JEMPUT_ACT_ADMIT,      /* let in a device that asks, whatever became of its invitation */
    JEMPUT_ACT_APPROVE     /* sign a root act that waits */
};
struct jemput_device_act {
    enum jemput_device_act_kind kind;
    /* Its number, or how its key or writer begins (4 hex digits at least). CHANGE and REVOKE act on all keys that it has had; named by one that was
     * given up, on that one alone: the newer ones fall with it where the cut lies before they were taken. APPROVE: how the waiting act begins */
    const char *device;
    const char *other;  /* SUCCEED: the new device */
    const char *roles;  /* CHANGE, ADMIT: NULL = what it was let in with, or was invited with; not what it is now */
    const char *scope;  /* likewise */
    const char *reason; /* REVOKE: "lost", "stolen", "leaked", "left" */
    /* CHANGE, REVOKE: the last segment that stands: its number in the newest log, or how its commit begins (4 digits at least), of whichever key.
     * With it stands what the device had then merged of its other logs and older keys; newer keys fall, and what a copy signed that it had not
     * seen. "0" = nothing stands */
    const char *after;
    const char *since;  /* the same by one of central's segments: what that receipt covers stands. Both NULL: what is known here stands */
    const unsigned char *root_seed; /* 32 bytes: sign with the key of a root administrator that is in no store; NULL = with this device's */
    /* with it: what it signed last in this space, as the report said; so that it never signs two things at once. NULL = nothing is known of that */
    const char *root_segment;
    int look;           /* 1 = nothing is done, the report is filled */
};
struct jemput_device_act_report {
    char key[65];               /* of the device; APPROVE: of the act */
    uint32_t device_number;
    uint32_t other_number;      /* SUCCEED */
    int done;                   /* 1 = sealed (or would be); 0 = it was so already */
    uint32_t signers, needed;   /* of a root act; signers < needed: it waits. Else 0 */
    uint64_t segments_stay, segments_fall; /* CHANGE, REVOKE: of those known here. Of a CHANGE: under the old and under the new rights */
    uint64_t txns_stay, txns_fall;
    uint32_t keys_wait;         /* of `keys`: those for which the act waits for signatures */
    uint32_t keys;              /* CHANGE, REVOKE: of the device that it does something to. APPROVE: acts that are signed. In one segment */
    char root_segment[65];      /* hex: the segment that a root key signed; "" = none. Keep it with the key */
};
/* Act on a device, as an administrator: sealed into a log at once, on its way at the next sync. What would have no effect is refused and not
 * sealed. What is so already is JEMPUT_OK with done = 0. All that an act signs is in one segment: no replica knows half of it.
 *   report            filled on JEMPUT_OK; never NULL
 *   JEMPUT_DENIED     this device (or root key) may not; or too few root administrators would be left; the text says which
 *   JEMPUT_NOTFOUND   no such device, segment, receipt or act     JEMPUT_EXISTS   it is revoked already, or let in already
 *   JEMPUT_MISUSE     several devices begin so; an unknown role or reason     JEMPUT_BUSY   the root key has signed elsewhere what is not known
 *   here: sync first   JEMPUT_IO JEMPUT_FULL JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_device_act(struct jemput *jemput, const struct jemput_device_act *act, struct jemput_device_act_report *report,
                                                struct jemput_error *err) JEMPUT_CHECKED;

/* Give this device another key. The old key signs that the new one takes over, and ends with it; log and receipts go on as another writer, roles,
 * scope and device number stay. In one transaction: cut off at whatever point, it is the old key or the new one that holds.
 *   JEMPUT_DENIED   this device is not let in, or revoked     JEMPUT_IO JEMPUT_FULL JEMPUT_BUSY JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_rotate(struct jemput *jemput, struct jemput_error *err) JEMPUT_CHECKED;

/* Make the key of a root administrator that is in no store: the text of a file for a stick, sealed with the PIN (Argon2id).
 *   pin        NULL = the file is the key, for whoever has it     out, out_len   owned by the caller: jemput_text_free(); secret
 *   JEMPUT_NOMEM   the PIN's work needs 64 MiB */
JEMPUT_API enum jemput_status jemput_root_new(const char *pin, struct jemput_env *env, char **out, size_t *out_len, unsigned char public_key[32],
                                              struct jemput_error *err) JEMPUT_CHECKED;
/* Whose file is it, and does it need a PIN?   JEMPUT_CORRUPT   JEMPUT_UPGRADE */
JEMPUT_API enum jemput_status jemput_root_look(const char *text, size_t len, unsigned char public_key[32], int *needs_pin,
                                               struct jemput_error *err) JEMPUT_CHECKED;
/* The seed, for jemput_device_act(): wipe it when done.   JEMPUT_DENIED another PIN   JEMPUT_CORRUPT JEMPUT_UPGRADE JEMPUT_LIMIT JEMPUT_NOMEM */
JEMPUT_API enum jemput_status jemput_root_open(const char *text, size_t len, const char *pin, unsigned char seed[32],
                                               struct jemput_error *err) JEMPUT_CHECKED;
#endif
