/* identity/invitation.h — invitation file: all that a new device needs to work offline at once and to be let in later.
 *
 * Text (schema/formats/invitation.md): space, genesis segment, hub, role, scope, reserved device number, one-time signing key, expiry, public
 * reading keys of administrators and central, schema migrations so far, checksum. Holds no epoch key. Whoever has the file can ask to join, once.
 * The checksum finds damage and is no signature: who changes a file can make a new one, so an invitation is worth as much as the hand that gave it.
 * */
#ifndef JEMPUT_IDENTITY_INVITATION_H
#define JEMPUT_IDENTITY_INVITATION_H

#include "base/limits.h"
#include "identity/roster.h"

struct jemput_invitation {
    struct jemput_space space;
    struct jemput_bytes genesis_payload; /* the control payload whose segment header hashes to the space */
    struct jemput_bytes genesis_header;  /* header text: BLAKE2b-256 of it is the space id */
    struct jemput_bytes hub;             /* where to sync; may be empty; no control characters, at most JEMPUT_INVITATION_HUB_BYTES_MAX */
    unsigned roles;                      /* these four as in the invite record */
    struct jemput_bytes scope;
    uint32_t device_number;
    int64_t expires_ms;
    uint32_t reader_count;
    struct jemput_invitation_reader {    /* administrators and central: for whom the device seals what it collects before it is let in */
        struct jemput_writer writer;
        uint8_t reading_key[JEMPUT_READING_KEY_BYTES];
    } * readers;                         /* ascending by writer, each once */
    uint8_t one_time_seed[32];           /* secret: the owner of the struct wipes it */
    uint32_t migration_count;
    struct jemput_bytes *migrations;     /* SQL of schema versions 2, 3, … (already in force) */
};

/* Which rule above a field breaks, as text for an error; static; NULL = none. */
const char *jemput_invitation_fault(const struct jemput_invitation *invitation);
/* Append the file's text, whole, or set out->failed: JEMPUT_MISUSE if jemput_invitation_fault() has one. The text holds the seed: wipe it when done;
 * `out` grows once, with room for a NUL, so no copy is left behind if it was empty. */
void jemput_invitation_write(struct jemput_buf *out, const struct jemput_invitation *invitation);
/* Bytes borrowed from `text`, arrays from `arena`. That the payload is the genesis header's is for log's jemput_chain_check().
 *   JEMPUT_CORRUPT   damaged, cut, or the genesis header does not hash to the space     JEMPUT_UPGRADE   undamaged, of a newer form
 *   JEMPUT_LIMIT     above JEMPUT_INVITATION_BYTES_MAX     JEMPUT_NOMEM */
enum jemput_status jemput_invitation_read(struct jemput_invitation *out, struct jemput_bytes text, struct jemput_arena *arena,
                                          struct jemput_error *err) JEMPUT_MUST_USE;

#endif
