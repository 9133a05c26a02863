/* identity/writer.h — writer: a device in one epoch of its life; its id binds space, key and epoch, so a log certifies itself. */
#ifndef JEMPUT_IDENTITY_WRITER_H
#define JEMPUT_IDENTITY_WRITER_H

#include "change/context.h"
#include "crypto/crypto.h"

struct jemput_space {
    uint8_t id[32]; /* hash of the genesis record */
};

/* id = first 16 bytes of BLAKE2b-256("jemput writer" 00 | space 32 | public key 32 | epoch u32 LE). */
void jemput_writer_derive(struct jemput_writer *out, const struct jemput_space *space, const uint8_t public_key[32], uint32_t epoch);

#endif
