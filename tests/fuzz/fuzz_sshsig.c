/* fuzz/fuzz_sshsig.c — SSH signatures: of all armors over one text only those that the holders of the corpus's keys made are taken.
 *
 * The corpus holds signatures under the keys of two known seeds. Nobody finds another signature by changing bytes, so whatever verifies must be, byte
 * for byte, what signing with one of these keys gives: a second form of a good signature is a fault. */
#include <stdint.h>
#include <string.h>

#include "crypto/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char TEXT[] = "contoh\n";

static bool is_made_by(struct jemput_bytes armor, const uint8_t seed[32])
{
    struct jemput_buf made = JEMPUT_BUF_INIT(JEMPUT_SSHSIG_BYTES);
    struct jemput_keypair key;
    bool same;

    jemput_keypair_from_seed(&key, seed);
    jemput_sshsig_sign(&made, jemput_bytes_str(TEXT), &key);
    same = jemput_bytes_equal(jemput_buf_bytes(&made), armor);
    jemput_buf_release(&made);
    return same;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_bytes armor = { data, size };
    struct jemput_error err;
    uint8_t ascending[32], same[32], public_key[32];
    enum jemput_status st = jemput_sshsig_verify(public_key, armor, jemput_bytes_str(TEXT), &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
        return 0;
    }
    for (unsigned i = 0; i < sizeof ascending; i++)
        ascending[i] = (uint8_t)i;
    memset(same, 0x22, sizeof same);
    JEMPUT_ASSERT(is_made_by(armor, ascending) || is_made_by(armor, same));
    return 0;
}
