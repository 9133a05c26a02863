/* identity/rootkey.c — the file of a root administrator's key, written and read in one form. See rootkey.h; format: schema/formats/root-key.md. */
#include "identity/rootkey.h"

#include <inttypes.h>
#include <string.h>

#include "identity/lines.h"

#define HEAD_WORD "jemput root key"
#define HEAD_VERSION 1
#define WARNING_ID "Rahasia: kunci induk. Simpan terpisah dari semua perangkat, dan buat satu salinan di tempat lain."
#define WARNING_EN "Secret: a root administrator's key. Keep it apart from all devices, and one copy of it elsewhere."
#define CHECKSUM_WORD "checksum"
#define CHECKSUM_LINE_BYTES (sizeof CHECKSUM_WORD + 2 * JEMPUT_HASH256_BYTES + 1)
#define PASSES_MAX 16
#define KIB_MIN 8
#define KIB_MAX (1024u * 1024) /* what came from a file may ask for anything */

/* --- sealing --- */

/* What the sealed seed belongs to. */
static struct jemput_bytes beside(uint8_t out[64], const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    size_t word = sizeof HEAD_WORD - 1;

    memcpy(out, HEAD_WORD, word);
    memcpy(out + word, public_key, JEMPUT_PUBLIC_KEY_BYTES);
    return jemput_bytes_of(out, word + JEMPUT_PUBLIC_KEY_BYTES);
}

enum jemput_status jemput_root_key_make(struct jemput_root_key *out, const uint8_t seed[JEMPUT_SEED_BYTES], struct jemput_bytes pin,
                                        const uint8_t salt[JEMPUT_PIN_SALT_BYTES], const struct jemput_pin_cost *cost, struct jemput_error *err)
{
    struct jemput_buf sealed = JEMPUT_BUF_INIT(sizeof out->sealed);
    struct jemput_root_key key = { .plain = pin.len == 0, .cost = *cost };
    uint8_t sealing[JEMPUT_SEAL_KEY_BYTES], by[64];
    struct jemput_keypair pair;
    enum jemput_status st = JEMPUT_OK;

    jemput_keypair_from_seed(&pair, seed);
    memcpy(key.public_key, pair.public_key, sizeof key.public_key);
    jemput_wipe(&pair, sizeof pair);
    if (key.plain) {
        memcpy(key.seed, seed, sizeof key.seed);
    } else {
        memcpy(key.salt, salt, sizeof key.salt);
        st = jemput_pin_key(sealing, pin, salt, cost, cost, err);
        if (!st)
            jemput_seal_make(&sealed, jemput_bytes_of(seed, JEMPUT_SEED_BYTES), beside(by, key.public_key), sealing);
        if (!st)
            st = jemput_buf_check(&sealed, "root key", err);
        if (!st)
            memcpy(key.sealed, sealed.data, sizeof key.sealed);
        jemput_wipe(sealing, sizeof sealing);
    }
    jemput_buf_release(&sealed);
    if (!st)
        *out = key;
    jemput_wipe(&key, sizeof key);
    return st;
}

static enum jemput_status seed_unseal(const struct jemput_root_key *key, struct jemput_bytes pin, uint8_t seed[JEMPUT_SEED_BYTES],
                                      struct jemput_error *err)
{
    static const struct jemput_pin_cost most = { PASSES_MAX, KIB_MAX };
    struct jemput_buf plain = JEMPUT_BUF_INIT(JEMPUT_SEED_BYTES + 1); /* opening asks for one more */
    uint8_t sealing[JEMPUT_SEAL_KEY_BYTES], by[64];
    enum jemput_status st = jemput_pin_key(sealing, pin, key->salt, &key->cost, &most, err);

    if (!st && jemput_buf_reserve(&plain, JEMPUT_SEED_BYTES))
        st = jemput_seal_open(&plain, jemput_bytes_of(key->sealed, sizeof key->sealed), beside(by, key->public_key), sealing, err);
    else if (!st)
        st = jemput_buf_check(&plain, "root key", err);
    if (!st)
        memcpy(seed, plain.data, JEMPUT_SEED_BYTES);
    jemput_wipe(sealing, sizeof sealing);
    if (plain.data)
        jemput_wipe(plain.data, plain.cap);
    jemput_buf_release(&plain);
    return st == JEMPUT_DENIED ? jemput_fail(err, JEMPUT_DENIED, "root key: not the right PIN") : st;
}

enum jemput_status jemput_root_key_open(const struct jemput_root_key *key, struct jemput_bytes pin, uint8_t seed[JEMPUT_SEED_BYTES],
                                        struct jemput_error *err)
{
    struct jemput_keypair pair;
    uint8_t opened[JEMPUT_SEED_BYTES];
    enum jemput_status st = JEMPUT_OK;

    if (key->plain)
        memcpy(opened, key->seed, sizeof opened);
    else
        st = seed_unseal(key, pin, opened, err);
    if (!st) {
        jemput_keypair_from_seed(&pair, opened);
        if (memcmp(pair.public_key, key->public_key, sizeof pair.public_key) != 0)
            st = jemput_fail(err, JEMPUT_CORRUPT, "root key: the seed is not that of the public key");
        jemput_wipe(&pair, sizeof pair);
    }
    if (!st)
        memcpy(seed, opened, sizeof opened);
    jemput_wipe(opened, sizeof opened);
    return st;
}

/* --- text --- */

static void body_write(struct jemput_buf *out, const struct jemput_root_key *key)
{
    jemput_lines_put_number(out, HEAD_WORD, HEAD_VERSION);
    jemput_buf_append_str(out, WARNING_ID "\n" WARNING_EN "\n");
    jemput_lines_put_hex(out, "key", key->public_key, sizeof key->public_key);
    if (key->plain) {
        jemput_buf_append_str(out, "pin none\n");
        jemput_lines_put_hex(out, "seed", key->seed, sizeof key->seed);
        return;
    }
    jemput_buf_append_str(out, "pin argon2id\n");
    jemput_lines_put_number(out, "passes", key->cost.passes);
    jemput_lines_put_number(out, "memory", key->cost.memory_kib);
    jemput_lines_put_hex(out, "salt", key->salt, sizeof key->salt);
    jemput_lines_put_hex(out, "sealed", key->sealed, sizeof key->sealed);
}

void jemput_root_key_write(struct jemput_buf *out, const struct jemput_root_key *key)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_ROOT_KEY_BYTES_MAX);
    uint8_t checksum[JEMPUT_HASH256_BYTES];

    if (jemput_buf_reserve(&text, JEMPUT_ROOT_KEY_BYTES_MAX)) { /* once: growing would leave copies of the seed in freed memory */
        body_write(&text, key);
        jemput_hash256(checksum, jemput_buf_bytes(&text), NULL);
        jemput_lines_put_hex(&text, CHECKSUM_WORD, checksum, sizeof checksum);
    }
    if (text.failed)
        out->failed = text.failed;
    else if (jemput_buf_reserve(out, text.len))
        jemput_buf_append_bytes(out, jemput_buf_bytes(&text));
    if (text.data)
        jemput_wipe(text.data, text.cap);
    jemput_buf_release(&text);
}

static enum jemput_status body_of(struct jemput_bytes *body, struct jemput_bytes text, struct jemput_error *err)
{
    uint8_t said[JEMPUT_HASH256_BYTES] = { 0 }, is[JEMPUT_HASH256_BYTES];
    struct jemput_lines last = { 0 };

    if (text.len > JEMPUT_ROOT_KEY_BYTES_MAX || text.len < sizeof HEAD_WORD + CHECKSUM_LINE_BYTES ||
        memcmp(text.data, HEAD_WORD " ", sizeof HEAD_WORD) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "root key: the file is not a root key, or is cut off");
    last.rest = jemput_bytes_of(text.data + text.len - CHECKSUM_LINE_BYTES, CHECKSUM_LINE_BYTES);
    jemput_lines_hex(&last, CHECKSUM_WORD, said, sizeof said);
    text.len -= CHECKSUM_LINE_BYTES;
    jemput_hash256(is, text, NULL);
    if (last.bad || last.rest.len || memcmp(said, is, sizeof is) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "root key: the file is damaged: its checksum does not match");
    *body = text;
    return JEMPUT_OK;
}

static void line_fixed(struct jemput_lines *l, const char *line)
{
    if (jemput_lines_value(l, line).len)
        jemput_lines_fail(l, line);
}

enum jemput_status jemput_root_key_read(struct jemput_root_key *out, struct jemput_bytes text, struct jemput_error *err)
{
    struct jemput_root_key key = { .plain = false };
    struct jemput_lines l = { 0 };
    struct jemput_bytes pin;
    enum jemput_status st = body_of(&l.rest, text, err);

    if (st)
        return st;
    if (jemput_lines_number(&l, HEAD_WORD, 1, UINT32_MAX) > HEAD_VERSION)
        return jemput_fail(err, JEMPUT_UPGRADE, "root key: a newer version of jemput made this file");
    line_fixed(&l, WARNING_ID);
    line_fixed(&l, WARNING_EN);
    jemput_lines_hex(&l, "key", key.public_key, sizeof key.public_key);
    pin = jemput_lines_value(&l, "pin");
    key.plain = jemput_bytes_equal(pin, jemput_bytes_str("none"));
    if (key.plain) {
        jemput_lines_hex(&l, "seed", key.seed, sizeof key.seed);
    } else {
        if (!jemput_bytes_equal(pin, jemput_bytes_str("argon2id")))
            jemput_lines_fail(&l, "pin");
        key.cost.passes = (uint32_t)jemput_lines_number(&l, "passes", 1, PASSES_MAX);
        key.cost.memory_kib = (uint32_t)jemput_lines_number(&l, "memory", KIB_MIN, KIB_MAX);
        jemput_lines_hex(&l, "salt", key.salt, sizeof key.salt);
        jemput_lines_hex(&l, "sealed", key.sealed, sizeof key.sealed);
    }
    st = jemput_lines_check(&l, true, err);
    if (!st)
        *out = key;
    jemput_wipe(&key, sizeof key);
    return st ? jemput_wrap(err, "root key") : JEMPUT_OK;
}
