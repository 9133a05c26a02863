/* crypto/sshsig.c — armored SSH signatures as git and ssh-keygen know them, in exactly one form.
 *
 * Everything but key and signature is fixed by our choice of Ed25519, namespace "git" and sha512, so the binary form has one length and one prefix,
 * and the armor one length: a verifier that compares with the template has no parser to go wrong. ssh-keygen accepts more (other widths, sha256);
 * we do not, because a signed segment should have one form. Format: schema/formats/identity.md, "SSHSIG"; after OpenSSH's PROTOCOL.sshsig. */
#include "crypto/base64.h"
#include "crypto/ed25519.h"

#include <sodium.h>
#include <string.h>

#define ARMOR_HEAD "-----BEGIN SSH SIGNATURE-----\n"
#define ARMOR_TAIL "-----END SSH SIGNATURE-----"
#define ARMOR_COLUMNS 70

/* SSH strings: u32 big-endian length, then the bytes. */
#define STR_KEY_TYPE "\0\0\0\x0bssh-ed25519"
#define STR_NAMESPACE "\0\0\0\x03git"
#define STR_RESERVED "\0\0\0\0"
#define STR_HASH "\0\0\0\x06sha512"
#define LEN_32 "\0\0\0\x20"
#define LEN_64 "\0\0\0\x40"
#define LEN_KEY "\0\0\0\x33"       /* STR_KEY_TYPE, LEN_32, key */
#define LEN_SIGNATURE "\0\0\0\x53" /* STR_KEY_TYPE, LEN_64, signature */

/* blob = BLOB_HEAD key BLOB_MIDDLE signature;  signed = SIGNED_HEAD SHA-512(text) */
#define BLOB_HEAD "SSHSIG\0\0\0\x01" LEN_KEY STR_KEY_TYPE LEN_32
#define BLOB_MIDDLE STR_NAMESPACE STR_RESERVED STR_HASH LEN_SIGNATURE STR_KEY_TYPE LEN_64
#define SIGNED_HEAD "SSHSIG" STR_NAMESPACE STR_RESERVED STR_HASH LEN_64
#define PUBLIC_HEAD STR_KEY_TYPE LEN_32

#define LITERAL_LEN(literal) (sizeof(literal) - 1)

enum {
    BLOB_KEY_AT = LITERAL_LEN(BLOB_HEAD),
    BLOB_MIDDLE_AT = BLOB_KEY_AT + JEMPUT_PUBLIC_KEY_BYTES,
    BLOB_SIGNATURE_AT = BLOB_MIDDLE_AT + LITERAL_LEN(BLOB_MIDDLE),
    BLOB_BYTES = BLOB_SIGNATURE_AT + JEMPUT_SIGNATURE_BYTES,
    BASE64_BYTES = (BLOB_BYTES + 2) / 3 * 4,
    LINE_COUNT = (BASE64_BYTES + ARMOR_COLUMNS - 1) / ARMOR_COLUMNS,
    ARMOR_BYTES = LITERAL_LEN(ARMOR_HEAD) + BASE64_BYTES + LINE_COUNT + LITERAL_LEN(ARMOR_TAIL),
    SIGNED_BYTES = LITERAL_LEN(SIGNED_HEAD) + crypto_hash_sha512_BYTES
};
_Static_assert(BLOB_BYTES == 173 && ARMOR_BYTES == JEMPUT_SSHSIG_BYTES, "as schema/formats/identity.md says");
_Static_assert(LITERAL_LEN(STR_KEY_TYPE LEN_32) + JEMPUT_PUBLIC_KEY_BYTES == 0x33, "LEN_KEY");
_Static_assert(LITERAL_LEN(STR_KEY_TYPE LEN_64) + JEMPUT_SIGNATURE_BYTES == 0x53, "LEN_SIGNATURE");

static void sshsig_signed_bytes(uint8_t out[SIGNED_BYTES], struct jemput_bytes text)
{
    int failed;

    memcpy(out, SIGNED_HEAD, LITERAL_LEN(SIGNED_HEAD));
    failed = crypto_hash_sha512(out + LITERAL_LEN(SIGNED_HEAD), text.data, text.len);
    JEMPUT_ASSERT(!failed);
}

void jemput_sshsig_sign(struct jemput_buf *out, struct jemput_bytes text, const struct jemput_keypair *key)
{
    uint8_t message[SIGNED_BYTES], blob[BLOB_BYTES];
    char base64[BASE64_BYTES + 1];
    int failed;

    if (!jemput_buf_reserve(out, ARMOR_BYTES)) /* whole or nothing */
        return;
    sshsig_signed_bytes(message, text);
    memcpy(blob, BLOB_HEAD, LITERAL_LEN(BLOB_HEAD));
    memcpy(blob + BLOB_KEY_AT, key->public_key, JEMPUT_PUBLIC_KEY_BYTES);
    memcpy(blob + BLOB_MIDDLE_AT, BLOB_MIDDLE, LITERAL_LEN(BLOB_MIDDLE));
    failed = crypto_sign_ed25519_detached(blob + BLOB_SIGNATURE_AT, NULL, message, sizeof message, key->secret_key);
    JEMPUT_ASSERT(!failed);
    sodium_bin2base64(base64, sizeof base64, blob, sizeof blob, sodium_base64_VARIANT_ORIGINAL);

    jemput_buf_append_str(out, ARMOR_HEAD);
    for (size_t at = 0; at < BASE64_BYTES; at += ARMOR_COLUMNS) {
        jemput_buf_append(out, base64 + at, BASE64_BYTES - at < ARMOR_COLUMNS ? BASE64_BYTES - at : ARMOR_COLUMNS);
        jemput_buf_u8(out, '\n');
    }
    jemput_buf_append_str(out, ARMOR_TAIL);
}

/* The base64 text of an armor of the right length, without its line ends; false if head, tail or a line end is not where it has to be. */
static bool sshsig_unarmor(char base64[BASE64_BYTES], const uint8_t armor[ARMOR_BYTES])
{
    const uint8_t *at = armor + LITERAL_LEN(ARMOR_HEAD);

    if (memcmp(armor, ARMOR_HEAD, LITERAL_LEN(ARMOR_HEAD)) != 0)
        return false;
    for (size_t done = 0; done < BASE64_BYTES; done += ARMOR_COLUMNS) {
        size_t len = BASE64_BYTES - done < ARMOR_COLUMNS ? BASE64_BYTES - done : ARMOR_COLUMNS;
        memcpy(base64 + done, at, len);
        at += len;
        if (*at++ != '\n')
            return false;
    }
    return memcmp(at, ARMOR_TAIL, LITERAL_LEN(ARMOR_TAIL)) == 0;
}

/* What the armor holds, which has the one form. */
static enum jemput_status sshsig_read(uint8_t blob[BLOB_BYTES], struct jemput_bytes armor, struct jemput_error *err)
{
    char base64[BASE64_BYTES];
    size_t len = 0;

    if (armor.len != ARMOR_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: %zu bytes of armor instead of %d", armor.len, (int)ARMOR_BYTES);
    if (!sshsig_unarmor(base64, armor.data))
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: not the armor of an SSH signature in lines of %d", ARMOR_COLUMNS);
    if (!jemput_base64_read(blob, BLOB_BYTES, &len, jemput_bytes_of(base64, sizeof base64)) || len != BLOB_BYTES)
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: not base64 of %d bytes", (int)BLOB_BYTES);
    if (memcmp(blob, BLOB_HEAD, LITERAL_LEN(BLOB_HEAD)) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: not version 1 with an Ed25519 key");
    if (memcmp(blob + BLOB_MIDDLE_AT, BLOB_MIDDLE, LITERAL_LEN(BLOB_MIDDLE)) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: another namespace, hash or kind of signature than \"git\", sha512, Ed25519");
    return JEMPUT_OK;
}

/* Of the blob only so much as holds the key. */
enum jemput_status jemput_sshsig_key(uint8_t public_key[32], struct jemput_bytes armor, struct jemput_error *err)
{
    enum { HEAD_BYTES = (BLOB_KEY_AT + JEMPUT_PUBLIC_KEY_BYTES + 2) / 3 * 3 };
    uint8_t head[HEAD_BYTES];
    char base64[BASE64_BYTES];
    size_t len = 0;

    if (armor.len != ARMOR_BYTES || !sshsig_unarmor(base64, armor.data) ||
        !jemput_base64_read(head, sizeof head, &len, jemput_bytes_of(base64, HEAD_BYTES / 3 * 4)) ||
        memcmp(head, BLOB_HEAD, LITERAL_LEN(BLOB_HEAD)) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: not the armor of an SSH signature with an Ed25519 key");
    memcpy(public_key, head + BLOB_KEY_AT, JEMPUT_PUBLIC_KEY_BYTES);
    return JEMPUT_OK;
}

enum jemput_status jemput_sshsig_verify(uint8_t public_key[32], struct jemput_bytes armor, struct jemput_bytes text, struct jemput_error *err)
{
    uint8_t message[SIGNED_BYTES], blob[BLOB_BYTES];
    enum jemput_status st = sshsig_read(blob, armor, err);

    if (st)
        return st;
    sshsig_signed_bytes(message, text);
    if (!jemput_ed25519_verify(blob + BLOB_SIGNATURE_AT, jemput_bytes_of(message, sizeof message), blob + BLOB_KEY_AT))
        return jemput_fail(err, JEMPUT_CORRUPT, "signature: does not match text and key");
    memcpy(public_key, blob + BLOB_KEY_AT, JEMPUT_PUBLIC_KEY_BYTES);
    return JEMPUT_OK;
}

void jemput_ssh_public_key(struct jemput_buf *out, const uint8_t public_key[32])
{
    uint8_t blob[LITERAL_LEN(PUBLIC_HEAD) + JEMPUT_PUBLIC_KEY_BYTES];
    char base64[sodium_base64_ENCODED_LEN(sizeof blob, sodium_base64_VARIANT_ORIGINAL)];

    memcpy(blob, PUBLIC_HEAD, LITERAL_LEN(PUBLIC_HEAD));
    memcpy(blob + LITERAL_LEN(PUBLIC_HEAD), public_key, JEMPUT_PUBLIC_KEY_BYTES);
    sodium_bin2base64(base64, sizeof base64, blob, sizeof blob, sodium_base64_VARIANT_ORIGINAL);
    jemput_buf_append_str(out, "ssh-ed25519 ");
    jemput_buf_append_str(out, base64);
}
