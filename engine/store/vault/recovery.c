/* store/vault/recovery.c — see recovery.h. */
#include "store/vault/recovery.h"

#include <string.h>

#include "crypto/crypto.h"

#define CHARACTERS 28
#define GROUP 4
#define CODE_BYTES (JEMPUT_RECOVERY_BYTES + 2) /* the last half byte is not written */

static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"; /* no I L O U */

/* The code with its 12 bits of check behind it. */
static void code_close(uint8_t out[CODE_BYTES], const uint8_t code[JEMPUT_RECOVERY_BYTES])
{
    static const char label[] = "jemput recovery";
    uint8_t text[sizeof label - 1 + JEMPUT_RECOVERY_BYTES], hash[32];

    memcpy(text, label, sizeof label - 1);
    memcpy(text + sizeof label - 1, code, JEMPUT_RECOVERY_BYTES);
    jemput_hash256(hash, jemput_bytes_of(text, sizeof text), NULL);
    memcpy(out, code, JEMPUT_RECOVERY_BYTES);
    out[JEMPUT_RECOVERY_BYTES] = hash[0];
    out[JEMPUT_RECOVERY_BYTES + 1] = hash[1] & 0xf0;
    jemput_wipe(text, sizeof text);
}

/* Character i is bits 5i … 5i + 4, highest first. */
static unsigned five_bits(const uint8_t *bytes, unsigned i)
{
    unsigned v = 0;

    for (unsigned bit = 5 * i; bit < 5 * i + 5; bit++)
        v = v << 1 | ((bytes[bit / 8] >> (7 - bit % 8)) & 1);
    return v;
}

void jemput_recovery_write(char out[JEMPUT_RECOVERY_TEXT_BYTES], const uint8_t code[JEMPUT_RECOVERY_BYTES])
{
    uint8_t bytes[CODE_BYTES];

    code_close(bytes, code);
    for (unsigned i = 0; i < CHARACTERS; i++) {
        if (i && i % GROUP == 0)
            *out++ = '-';
        *out++ = letters[five_bits(bytes, i)];
    }
    *out = '\0';
    jemput_wipe(bytes, sizeof bytes);
}

/* < 0 = none of ours. */
static int letter_value(char c)
{
    const char *at;

    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    at = c ? strchr(letters, c) : NULL;
    return at ? (int)(at - letters) : -1;
}

enum jemput_status jemput_recovery_read(uint8_t code[JEMPUT_RECOVERY_BYTES], const char *text, struct jemput_error *err)
{
    uint8_t bytes[CODE_BYTES] = { 0 }, closed[CODE_BYTES];
    unsigned count = 0;
    bool good = true;

    for (; good && *text; text++) {
        int v = letter_value(*text);

        if (*text == '-' || *text == ' ' || *text == '\n' || *text == '\r')
            continue;
        good = v >= 0 && count < CHARACTERS;
        for (unsigned bit = 0; good && bit < 5; bit++)
            if ((v >> (4 - bit)) & 1)
                bytes[(5 * count + bit) / 8] |= (uint8_t)(0x80 >> ((5 * count + bit) % 8));
        count++;
    }
    code_close(closed, bytes);
    good = good && count == CHARACTERS && memcmp(bytes, closed, CODE_BYTES) == 0;
    if (good)
        memcpy(code, bytes, JEMPUT_RECOVERY_BYTES);
    jemput_wipe(bytes, sizeof bytes);
    jemput_wipe(closed, sizeof closed);
    return good ? JEMPUT_OK : jemput_fail(err, JEMPUT_MISUSE, "this is not a recovery code, or it is mistyped");
}
