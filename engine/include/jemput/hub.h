/* jemput/hub.h — what a hub's own program asks: who is enrolled, whose token it was shown, and whether what is pushed is the next part of a log.
 *
 * Needs neither store nor key: segments certify themselves, and control records are clear text. A device needs none of this to believe nothing that a
 * hub says; it keeps strangers out of a hub, and rubbish. `env` as everywhere: NULL = the real one. */
#ifndef JEMPUT_HUB_H
#define JEMPUT_HUB_H

#include <jemput/base.h>

enum jemput_hub_standing {
    JEMPUT_HUB_ACTIVE = 1,
    JEMPUT_HUB_SUSPENDED, /* has no role now */
    JEMPUT_HUB_ROTATED,   /* goes on under another key */
    JEMPUT_HUB_REVOKED,
    JEMPUT_HUB_INVITED,   /* an invitation's one-time key that nobody has used */
};

struct jemput_hub_entry {
    uint8_t public_key[32];
    enum jemput_hub_standing standing;
    uint32_t device_number;
    int authority;      /* 1 = an administrator or central, or was one: others may bring its log back to a hub that lost it */
    int64_t expires_ms; /* of an invitation */
};
/* Borrowed. Non-zero ends the call, with JEMPUT_OK. */
typedef int (*jemput_hub_entry_cb)(void *ctx, const struct jemput_hub_entry *entry);

/* The roster of a hub's folder, by its control records: those of its logs, and those in jemput/records if it has that file (jemput_roster_file()).
 * Reads all of its logs: ask when they say something new (jemput_hub_pushed.roster).
 *   space   hex; "" = there are no logs, nor that file
 *   JEMPUT_NOTFOUND there is no genesis segment; *space is told all the same    JEMPUT_CORRUPT that file is damaged    else as jemput_audit_hub() */
JEMPUT_API enum jemput_status jemput_hub_roster(const char *path, struct jemput_env *env, char space[65], jemput_hub_entry_cb each, void *ctx,
                                                struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_hub_guest { /* who has shown a token */
    uint8_t public_key[32]; /* of a device, or an invitation's one-time key */
    int64_t time_s;         /* for which it was made, since 1970 */
    int joins;              /* 1 = by the invitation of the next key, which has signed that */
    uint8_t invite_key[32];
};
/* Read a token (schema/formats/hub-token.md) that was shown at `address` ("https://hub.example/space.git"), and check its signatures.
 *   space   hex; NULL = not known yet: then nobody joins
 *   JEMPUT_CORRUPT not a token, or for another address    JEMPUT_UPGRADE of a newer form    JEMPUT_MISUSE not an address */
JEMPUT_API enum jemput_status jemput_hub_token_check(const char *token, const char *address, const char *space, struct jemput_hub_guest *out,
                                                     struct jemput_error *err) JEMPUT_CHECKED;

struct jemput_hub_push {
    const char *path;     /* of the hub's folder */
    const char *incoming; /* folder of the objects that come, apart from the hub's: git's quarantine */
    const char *ref;      /* "refs/heads/log/…" */
    const char *tip;      /* 40 hexadecimal digits: where it is to go */
    const char *space;    /* hex; NULL = the hub has none yet, and this push has to bring the genesis segment */
    int cut;              /* 1 = logs may begin behind a checkpoint here: a commit's parents may be missing, as far as git lets them */
};

struct jemput_hub_pushed {
    uint8_t public_key[32]; /* that has signed the branch's last segment */
    uint64_t last;          /* that segment's number */
    uint64_t segments;      /* that are new to the hub, those of other logs that come along included */
    uint64_t control_bytes; /* of the records in them, which a hub keeps and reads whenever it makes its list of devices */
    int roster;             /* 1 = among them are records that may change who is enrolled */
    char space[65];
};
/* Is it a log's next part: each new segment well formed and signed by its writer, of this space, its predecessor's successor; the branch called after
 * its writer and generation; and what it has accepted of other logs likewise? That the branch does not leave out what it held is git's own check
 * (receive.denyNonFastForwards).
 *   JEMPUT_CORRUPT JEMPUT_DENIED JEMPUT_LIMIT JEMPUT_NOTFOUND it is not: the text says why, for a person
 *   JEMPUT_UPGRADE made by a newer version than this hub's    JEMPUT_IO JEMPUT_NOMEM JEMPUT_OFFLINE */
JEMPUT_API enum jemput_status jemput_hub_push_check(const struct jemput_hub_push *push, struct jemput_env *env, struct jemput_hub_pushed *out,
                                                    struct jemput_error *err) JEMPUT_CHECKED;
#endif
