/* repo/sha1.h — SHA-1 (FIPS 180-4) of whole buffers, for the checksums that end git's pack and index files.
 *
 * A format's checksum against accidents and nothing else: trust rests on the signed header's BLAKE2b hashes, and object ids come from libgit2, whose
 * SHA-1 notices collision attacks. */
#ifndef JEMPUT_REPO_SHA1_H
#define JEMPUT_REPO_SHA1_H

#include "base/bytes.h"

void jemput_sha1(uint8_t out[20], struct jemput_bytes in);

#endif
