/* adminstore.c — see adminstore.h. */
#include "adminstore.h"

#include <sodium.h>

#include "keyfile.h"

struct jemput *adminstore_open(const char *path, const char *key_file, struct trouble *why)
{
    uint8_t key[JEMPUT_SECRET_KEY];
    const struct jemput_secret secret = { .key = key };
    struct jemput *admin = NULL;
    struct jemput_error err;
    enum jemput_status st;

    if (key_file && keyfile_read(key, key_file, why))
        return NULL;
    st = key_file ? jemput_open_sealed(&admin, path, &secret, NULL, &err) : jemput_open(&admin, path, NULL, &err);
    if (st)
        trouble_engine(why, path, &err);
    sodium_memzero(key, sizeof key);
    return admin;
}
