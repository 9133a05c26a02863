/* identity/kinds.h — what the files of the records' text share: one entry a kind. Private to identity/. */
#ifndef JEMPUT_IDENTITY_KINDS_H
#define JEMPUT_IDENTITY_KINDS_H

#include "identity/lines.h"
#include "identity/record.h"

struct jemput_kind {
    enum jemput_record_kind kind;
    const char *word;
    const char *(*fault)(const struct jemput_record *r); /* rules of the fields: asked before writing and after reading. NULL = none is broken */
    void (*write)(struct jemput_buf *out, const struct jemput_record *r);
    enum jemput_status (*read)(struct jemput_record *r, struct jemput_lines *l, struct jemput_arena *arena, struct jemput_error *err);
};

#define JEMPUT_FOUNDING_KINDS 5
#define JEMPUT_STANDING_KINDS 6
#define JEMPUT_KEYRING_KINDS 5
#define JEMPUT_KEEPING_KINDS 6
extern const struct jemput_kind jemput_founding_kinds[JEMPUT_FOUNDING_KINDS]; /* founding.c: genesis, invite, join, enrol, schema */
extern const struct jemput_kind jemput_standing_kinds[JEMPUT_STANDING_KINDS]; /* standing.c: change, revoke, rotate, succeed, resume, approve */
extern const struct jemput_kind jemput_keyring_kinds[JEMPUT_KEYRING_KINDS];   /* keyring.c: reader, epoch, grant, wrap, single */
extern const struct jemput_kind jemput_keeping_kinds[JEMPUT_KEEPING_KINDS];   /* keeping.c: checkpoint, backed-up, forget, erased, report, settle */

/* "roles", "scope" and "device" as every grant has them. */
const char *jemput_grant_fault(unsigned roles, struct jemput_bytes scope, uint32_t device_number);

/* Space, then `lines`, under `context`: what a one-time key or a new key signs. */
void jemput_lines_sign(uint8_t signature[64], const char *context, const struct jemput_space *space, struct jemput_bytes lines,
                       const struct jemput_keypair *key);
bool jemput_lines_verify(const uint8_t signature[64], const char *context, const struct jemput_space *space, struct jemput_bytes lines,
                         const uint8_t public_key[32]);
#define JEMPUT_SIGNED_LINES_MAX 256

#endif
