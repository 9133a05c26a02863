/* identity/short.h — the short form of an invitation, for a QR code: what the file says, but for the genesis segment and the migrations. It names
 * those, so that a device can ask the hub for them and know that they are the right ones.
 *
 * Text (schema/formats/invitation.md, "Short form"): capital letters and digits, so that a QR code holds it densely. As secret as the file. */
#ifndef JEMPUT_IDENTITY_SHORT_H
#define JEMPUT_IDENTITY_SHORT_H

#include "base/limits.h"
#include "identity/invitation.h"

#define JEMPUT_SHORT_COMMIT_BYTES 20

struct jemput_short {
    struct jemput_invitation invitation; /* without genesis and migrations; migration_count says how many there are */
    uint8_t genesis[JEMPUT_SHORT_COMMIT_BYTES]; /* git commits: where to find them, and no proof of anything */
    uint8_t migrations[JEMPUT_SHORT_MIGRATIONS_MAX][JEMPUT_SHORT_COMMIT_BYTES];
    uint8_t schema_hash[JEMPUT_HASH256_BYTES];  /* what the migrations are: jemput_short_schema() */
};

/* Does a text look like one? */
bool jemput_short_is(struct jemput_bytes text);
void jemput_short_schema(uint8_t out[JEMPUT_HASH256_BYTES], const struct jemput_bytes *migrations, uint32_t count);
/* Append the text, whole, or set out->failed: JEMPUT_MISUSE if a rule of the invitation is broken or there is no hub, JEMPUT_LIMIT. */
void jemput_short_write(struct jemput_buf *out, const struct jemput_short *s);
/* Blanks and line ends around the text are left out. Bytes in `arena`; the owner wipes out->invitation.one_time_seed.
 *   JEMPUT_CORRUPT   damaged, or cut   JEMPUT_UPGRADE   of a newer form   JEMPUT_LIMIT   JEMPUT_NOMEM */
enum jemput_status jemput_short_read(struct jemput_short *out, struct jemput_bytes text, struct jemput_arena *arena,
                                     struct jemput_error *err) JEMPUT_MUST_USE;

#endif
