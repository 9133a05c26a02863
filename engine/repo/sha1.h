/* repo/sha1.h — SHA-1 (FIPS 180-4), for the checksums that end git's pack and index files.
 *
 * A format's checksum against accidents and nothing else: trust rests on the signed header's BLAKE2b hashes, and object ids come from libgit2, whose
 * SHA-1 notices collision attacks. */
#ifndef JEMPUT_REPO_SHA1_H
#define JEMPUT_REPO_SHA1_H

#include "base/bytes.h"

void jemput_sha1(uint8_t out[20], struct jemput_bytes in);

/* The same, piece by piece. */
struct jemput_sha1_run {
    uint32_t h[5];
    uint64_t bytes;
    uint8_t block[64]; /* the first bytes % 64 of it wait for more */
};
void jemput_sha1_begin(struct jemput_sha1_run *run);
void jemput_sha1_add(struct jemput_sha1_run *run, struct jemput_bytes piece);
void jemput_sha1_end(struct jemput_sha1_run *run, uint8_t out[20]);

/* Whole blocks of 64 bytes into the state: by instructions that the processor has for it, or without. For the calls above, and tests. */
void jemput_sha1_blocks(uint32_t h[5], const uint8_t *blocks, size_t count);
void jemput_sha1_plain(uint32_t h[5], const uint8_t *blocks, size_t count);

#endif
