/* api/roster/device.h — acts on devices: what roster/device*.c, roster/root.c, roster/report.c and space/join_request.c share. */
#ifndef JEMPUT_API_ROSTER_DEVICE_H
#define JEMPUT_API_ROSTER_DEVICE_H

#include "api/engine.h"

/* --- roster/device_find.c: whom a text means --- */

/* Of the roster: by device number, or by how the key or a writer begins. Of several keys of one number, and of several writers of one key, the newest
 * is given.   JEMPUT_NOTFOUND   JEMPUT_MISUSE several keys begin so */
enum jemput_status device_find(struct jemput *j, const char *text, const struct jemput_member **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does `hex` begin with the text, of at least 4 digits? */
bool device_hex_begins(const char *text, const uint8_t *bytes, size_t len);
/* The key's newest writer: of the highest epoch. */
const struct jemput_member *device_newest(const struct jemput_roster *r, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);

/* How many keys the device has had before this one. */
uint32_t device_key_turn(const struct jemput_roster *r, const uint8_t *public_key);

/* The keys of a device, the newest first: of each its newest writer. */
struct device_keys {
    const struct jemput_member **of;
    uint32_t count;
};
/* All that count of its number; of a key that was given up, that one alone: who names it means it. In the arena.   JEMPUT_NOMEM */
enum jemput_status device_keys(const struct jemput_roster *r, const struct jemput_member *member, struct device_keys *out,
                               struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- roster/device_cut.c: where a cut lies --- */

struct device_cut_order {
    const char *after, *since; /* as in struct jemput_device_act */
    bool revokes;              /* what lies behind it counts nowhere; else it counts with these rights */
    unsigned roles;
    struct jemput_bytes scope;
};
/* Does the order leave just these rights? */
bool device_rights_same(const struct device_cut_order *order, unsigned roles, struct jemput_bytes scope);

struct device_cut {
    struct jemput_context heads;
    uint64_t segments_stay, segments_fall, txns_stay, txns_fall; /* of what counts now */
};
/* Of each key the heads of its logs that stand: what is known here, or up to `after`, or what the receipt `since` covers; in the arena.
 * JEMPUT_NOTFOUND   JEMPUT_MISUSE several segments are meant, or no cut can be there   JEMPUT_LIMIT   JEMPUT_DENIED behind a checkpoint */
enum jemput_status device_cuts_find(struct jemput *j, const struct device_keys *keys, const struct device_cut_order *order, struct device_cut *out,
                                    struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* What of the device's keys that `member` does not mean counts now, and no more, or with other rights, by the roster that an act on those comes to:
 * an older key's cut falls before a newer one was taken. Adds to what falls.   JEMPUT_DENIED behind a checkpoint */
enum jemput_status device_newer_fall(struct jemput *j, const struct jemput_member *member, const struct jemput_roster *then,
                                     struct jemput_device_act_report *report, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- roster/device_rights.c: other rights for a device, or none --- */

/* Records of a change or a revocation of `member`: one for each of the device's keys that it does something to, the newest first; none = it is so
 * already. Fills the report's counts.   JEMPUT_EXISTS it is revoked   and as device_cuts_find() */
enum jemput_status device_rights_compose(struct jemput *j, const struct jemput_device_act *act, const struct jemput_member *member,
                                         struct engine_records *out, struct jemput_device_act_report *report,
                                         struct jemput_error *err) JEMPUT_MUST_USE;
/* As given, or *roles and *scope as they are. `none`: may "none" be given, which is no role? */
enum jemput_status device_rights_read(const struct jemput_device_act *act, bool none, unsigned *roles, struct jemput_bytes *scope,
                                      struct jemput_error *err) JEMPUT_MUST_USE;

/* --- roster/device_list.c: root acts that wait --- */

const struct jemput_act *device_waiting_act(const struct jemput *j, const struct jemput_waiting_act *w); /* NULL = it is not known here any more */
uint32_t device_record_about(const struct jemput_roster *r, const struct jemput_record *record); /* device number; 0 = of none in the roster */

/* --- report.c: what devices say of themselves --- */

/* The newest of a key that counts, borrowed from the acts; NULL = none is known here. */
const struct jemput_device_report *engine_report_of(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);
/* This device's own: among its first records; and as a segment of its own where it has moved (*count: one more). */
enum jemput_status engine_report_add(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_report_seal(struct jemput *j, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- root.c: a root administrator's key that is in no store --- */

/* Seal records as one segment into the log of that key, which this store then keeps and sends as one it carries; *segment: which one it is. Inside a
 * store transaction, after engine_seal_pending. */
enum jemput_status root_seal(struct jemput *j, const struct jemput_keypair *key, const struct engine_records *records, struct jemput_hash *segment,
                             struct jemput_error *err) JEMPUT_MUST_USE;
/* JEMPUT_BUSY: the key has signed a segment (hex; NULL = none) that is not known here: what it signed next would be a second one with that number. */
enum jemput_status root_check(struct jemput *j, const char *segment, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- space/join_request.c: devices that ask to be let in, and wait for a person --- */

enum claim_state {
    CLAIM_UNKNOWN, /* its invitation is not known here */
    CLAIM_COMES,   /* it is let in without anybody's doing */
    CLAIM_USED,    /* the rest wait for a person */
    CLAIM_RIVALLED,
    CLAIM_FORESTALLED, /* its device number went to another invitation */
    CLAIM_EXPIRED
};
struct claim {
    struct jemput_join join;
    enum claim_state state;
};
const char *claim_why(const struct claim *claim); /* static */
bool claim_waits(const struct claim *claim);      /* for a person */
/* All that are known here and not let in; in the arena. */
enum jemput_status claims_read(struct jemput *j, struct claim **out, uint32_t *count, struct jemput_arena *arena,
                               struct jemput_error *err) JEMPUT_MUST_USE;

#endif
