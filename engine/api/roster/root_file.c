/* api/roster/root_file.c — root keys for the world outside: made, and opened for one act. */
#include "api/engine.h"

#include <string.h>

#include "identity/rootkey.h"

enum jemput_status jemput_root_new(const char *pin, struct jemput_env *env, char **out, size_t *out_len, unsigned char public_key[32],
                                   struct jemput_error *err)
{
    const struct jemput_pin_cost cost = { JEMPUT_ROOT_PIN_PASSES, JEMPUT_ROOT_PIN_KIB };
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_ROOT_KEY_BYTES_MAX);
    uint8_t seed[JEMPUT_SEED_BYTES], salt[JEMPUT_PIN_SALT_BYTES];
    struct jemput_root_key key;
    enum jemput_status st = jemput_crypto_init(err);

    if (st)
        return jemput_wrap(err, "make a root key");
    env = env ? env : jemput_env_posix();
    env->random(env, seed, sizeof seed);
    env->random(env, salt, sizeof salt);
    st = jemput_root_key_make(&key, seed, jemput_bytes_str(pin ? pin : ""), salt, &cost, err);
    jemput_wipe(seed, sizeof seed);
    if (!st && jemput_buf_reserve(&text, JEMPUT_ROOT_KEY_BYTES_MAX))
        jemput_root_key_write(&text, &key);
    if (!st) {
        jemput_buf_u8(&text, 0); /* the caller may read it as a string */
        st = jemput_buf_check(&text, "root key", err);
    }
    if (!st) {
        memcpy(public_key, key.public_key, sizeof key.public_key);
        *out = (char *)text.data;
        *out_len = text.len - 1;
        text = (struct jemput_buf){ 0 };
        jemput_wipe(&key, sizeof key);
    }
    jemput_buf_release(&text);
    return st ? jemput_wrap(err, "make a root key") : JEMPUT_OK;
}

enum jemput_status jemput_root_look(const char *text, size_t len, unsigned char public_key[32], int *needs_pin, struct jemput_error *err)
{
    struct jemput_root_key key;
    enum jemput_status st = jemput_crypto_init(err);

    if (!st)
        st = jemput_root_key_read(&key, jemput_bytes_of(text, len), err);
    if (st)
        return st;
    memcpy(public_key, key.public_key, sizeof key.public_key);
    *needs_pin = !key.plain;
    jemput_wipe(&key, sizeof key);
    return JEMPUT_OK;
}

enum jemput_status jemput_root_open(const char *text, size_t len, const char *pin, unsigned char seed[32], struct jemput_error *err)
{
    struct jemput_root_key key;
    enum jemput_status st = jemput_crypto_init(err);

    if (!st)
        st = jemput_root_key_read(&key, jemput_bytes_of(text, len), err);
    if (st)
        return st;
    st = jemput_root_key_open(&key, jemput_bytes_str(pin ? pin : ""), seed, err);
    jemput_wipe(&key, sizeof key);
    return st;
}
