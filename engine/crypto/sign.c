/* crypto/sign.c — plain detached Ed25519 over a context string, a zero byte, and a message.
 *
 * The context keeps a signature made for one purpose from being shown for another. Ed25519 reads its message twice, so the three parts have to lie
 * side by side; what is signed this way is small (a join request is under 300 bytes), so they do on the stack, and neither call can run out of
 * memory. */
#include "crypto/ed25519.h"

#include <sodium.h>
#include <string.h>

_Static_assert(JEMPUT_SIGNATURE_BYTES == crypto_sign_ed25519_BYTES, "libsodium's size");

/* libsodium sees to all that ed25519.h promises; test_ed25519.c and test_crypto.c hold it to that. */
bool jemput_ed25519_verify(const uint8_t signature[64], struct jemput_bytes message, const uint8_t public_key[32])
{
    return crypto_sign_ed25519_verify_detached(signature, message.data, message.len, public_key) == 0;
}

/* Returns the length, or 0 if the parts are above the limit. */
static size_t sign_join_parts(uint8_t out[JEMPUT_SIGN_BYTES_MAX], const char *context, struct jemput_bytes message)
{
    size_t head = strlen(context) + 1;

    if (head > JEMPUT_SIGN_BYTES_MAX || message.len > JEMPUT_SIGN_BYTES_MAX - head)
        return 0;
    memcpy(out, context, head);
    if (message.len)
        memcpy(out + head, message.data, message.len);
    return head + message.len;
}

void jemput_sign(uint8_t out[64], const char *context, struct jemput_bytes message, const struct jemput_keypair *key)
{
    uint8_t parts[JEMPUT_SIGN_BYTES_MAX];
    size_t len = sign_join_parts(parts, context, message);
    int failed;

    JEMPUT_ASSERT(len > 0); /* what we sign is ours: too long is a bug */
    failed = crypto_sign_ed25519_detached(out, NULL, parts, len, key->secret_key);
    JEMPUT_ASSERT(!failed);
    jemput_wipe(parts, len);
}

bool jemput_sign_verify(const uint8_t signature[64], const char *context, struct jemput_bytes message, const uint8_t public_key[32])
{
    uint8_t parts[JEMPUT_SIGN_BYTES_MAX];
    size_t len = sign_join_parts(parts, context, message);

    return len > 0 && jemput_ed25519_verify(signature, jemput_bytes_of(parts, len), public_key);
}
