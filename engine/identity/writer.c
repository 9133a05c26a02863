/* identity/writer.c — a writer's id out of space, key and epoch. */
#include "identity/writer.h"

#include <string.h>

#define WRITER_CONTEXT "jemput writer" /* hashed with its zero byte */

void jemput_writer_derive(struct jemput_writer *out, const struct jemput_space *space, const uint8_t public_key[32], uint32_t epoch)
{
    uint8_t in[sizeof WRITER_CONTEXT + sizeof space->id + JEMPUT_PUBLIC_KEY_BYTES + 4], hash[JEMPUT_HASH256_BYTES], *at = in;

    memcpy(at, WRITER_CONTEXT, sizeof WRITER_CONTEXT);
    at += sizeof WRITER_CONTEXT;
    memcpy(at, space->id, sizeof space->id);
    at += sizeof space->id;
    memcpy(at, public_key, JEMPUT_PUBLIC_KEY_BYTES);
    at += JEMPUT_PUBLIC_KEY_BYTES;
    for (unsigned i = 0; i < 4; i++)
        *at++ = (uint8_t)(epoch >> (8 * i));

    jemput_hash256(hash, jemput_bytes_of(in, sizeof in), NULL);
    memcpy(out->id, hash, sizeof out->id);
}
