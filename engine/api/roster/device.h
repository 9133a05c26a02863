/* api/roster/device.h — acts on devices: what the files device*.c, space/join_request.c and root.c share. */
#ifndef JEMPUT_API_ROSTER_DEVICE_H
#define JEMPUT_API_ROSTER_DEVICE_H

#include "api/engine.h"

/* --- roster/device_find.c: whom a text means --- */

/* Of the roster: by device number, or by how the key or a writer begins. Of several writers of one key the newest is given.
 * JEMPUT_NOTFOUND   JEMPUT_MISUSE several keys begin so */
enum jemput_status device_find(struct jemput *j, const char *text, const struct jemput_member **out, struct jemput_error *err) JEMPUT_MUST_USE;
/* Does `hex` begin with the text, of at least 4 digits? */
bool device_hex_begins(const char *text, const uint8_t *bytes, size_t len);
/* The key's newest writer: of the highest epoch. */
const struct jemput_member *device_newest(const struct jemput_roster *r, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);

/* --- roster/device_cut.c: where a cut lies --- */

struct device_cut {
    struct jemput_context heads;
    uint64_t segments_stay, segments_fall, txns_stay, txns_fall;
};
/* The heads of a key's logs that stand: what is known here, or up to `after`, or what the receipt `since` covers; in the arena.
 * JEMPUT_NOTFOUND   JEMPUT_MISUSE several segments are meant, or no cut can be there   JEMPUT_LIMIT */
enum jemput_status device_cut_find(struct jemput *j, const struct jemput_member *member, const char *after, const char *since,
                                   struct device_cut *out, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- report.c: what devices say of themselves --- */

/* The newest of a key that counts, borrowed from the acts; NULL = none is known here. */
const struct jemput_device_report *engine_report_of(const struct jemput *j, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES]);
/* This device's own: among its first records; and as a segment of its own where it has moved (*count: one more). */
enum jemput_status engine_report_add(struct jemput *j, struct engine_records *records, struct jemput_error *err) JEMPUT_MUST_USE;
enum jemput_status engine_report_seal(struct jemput *j, unsigned *count, struct jemput_error *err) JEMPUT_MUST_USE;

/* --- root.c: a root administrator's key that is in no store --- */

/* Seal one record into the log of that key, which this store then keeps and sends as one it carries; *segment: which one it is. Inside a store
 * transaction, after engine_seal_pending. */
enum jemput_status root_seal(struct jemput *j, const struct jemput_keypair *key, const struct jemput_record *record, struct jemput_hash *segment,
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
