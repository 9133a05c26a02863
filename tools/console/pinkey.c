/* pinkey.c — see pinkey.h. */
#define _GNU_SOURCE
#include "pinkey.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#define FILE_BYTES 4096
#define SEALED_BYTES (crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + SEED_BYTES)
#define OWN_LINE "\nown\n" /* the end of a file whose PIN its person has chosen */

static void key_path(char out[PATH_BYTES], const char *folder, const char *name, const char *end)
{
    snprintf(out, PATH_BYTES, "%s/accounts/%s.key%s", folder, name, end);
}

static int file_write(const char *path, const char *text, size_t len, struct trouble *why)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool good = fd != -1 && write(fd, text, len) == (ssize_t)len && fsync(fd) == 0;

    if (!good)
        trouble_set(why, TROUBLE_LATER, "%s: %s", path, strerror(errno));
    if (fd != -1)
        close(fd);
    return good ? 0 : -1;
}

/* Beside, flushed, then in its place: the old one or the new one, whenever the power goes. */
static int key_place(const char *folder, const char *name, const char *text, size_t len, struct trouble *why)
{
    char path[PATH_BYTES], beside[PATH_BYTES], around[PATH_BYTES];
    int fd;

    key_path(path, folder, name, "");
    key_path(beside, folder, name, ".new");
    snprintf(around, sizeof around, "%s/accounts", folder);
    if (file_write(beside, text, len, why))
        return -1;
    if (rename(beside, path))
        return trouble_set(why, TROUBLE_LATER, "%s: %s", path, strerror(errno));
    fd = open(around, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd == -1 || fsync(fd)) /* it holds all the same: only how soon the disk has it is not known */
        fprintf(stderr, "jemput console: %s: %s\n", around, strerror(errno));
    if (fd != -1)
        close(fd);
    return 0;
}

int pinkey_write(const char *folder, const char *name, const char *pin, const uint8_t seed[SEED_BYTES], bool own, struct trouble *why)
{
    uint8_t wrap[SEED_BYTES], public_key[32], sealed[SEALED_BYTES];
    char hex[2 * SEALED_BYTES + 1], *text = NULL, *all = NULL;
    struct jemput_error err;
    size_t len;
    int rc, all_len;

    if (jemput_root_new(pin, NULL, &text, &len, public_key, &err))
        return trouble_engine(why, "make a key", &err);
    if (jemput_root_open(text, len, pin, wrap, &err)) {
        jemput_text_free(text);
        return trouble_engine(why, "make a key", &err);
    }
    randombytes_buf(sealed, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(sealed + crypto_secretbox_NONCEBYTES, seed, SEED_BYTES, sealed, wrap);
    sodium_memzero(wrap, sizeof wrap);
    sodium_bin2hex(hex, sizeof hex, sealed, sizeof sealed);
    all_len = asprintf(&all, "%.*sdesk %s%s", (int)len, text, hex, own ? OWN_LINE : "\n");
    jemput_text_free(text);
    if (all_len < 0)
        return trouble_set(why, TROUBLE_LATER, "no memory");
    rc = key_place(folder, name, all, (size_t)all_len, why);
    free(all);
    return rc;
}

static enum jemput_status key_read(const char *folder, const char *name, char text[FILE_BYTES], size_t *len, struct jemput_error *err)
{
    char path[PATH_BYTES];
    FILE *f;

    key_path(path, folder, name, "");
    f = fopen(path, "re");
    if (!f)
        return err->status = JEMPUT_NOTFOUND;
    *len = fread(text, 1, FILE_BYTES - 1, f);
    text[*len] = '\0';
    fclose(f);
    return JEMPUT_OK;
}

static enum jemput_status text_open(const char *text, const char *pin, uint8_t seed[SEED_BYTES], struct jemput_error *err)
{
    const char *desk = strstr(text, "\ndesk ");
    uint8_t wrap[SEED_BYTES], sealed[SEALED_BYTES];
    enum jemput_status st;
    size_t got;

    if (!desk || sodium_hex2bin(sealed, sizeof sealed, desk + 6, strcspn(desk + 6, "\n"), NULL, &got, NULL) || got != sizeof sealed)
        return err->status = JEMPUT_CORRUPT;
    st = jemput_root_open(text, (size_t)(desk + 1 - text), pin, wrap, err);
    if (!st && crypto_secretbox_open_easy(seed, sealed + crypto_secretbox_NONCEBYTES, sizeof sealed - crypto_secretbox_NONCEBYTES, sealed, wrap))
        st = err->status = JEMPUT_CORRUPT;
    sodium_memzero(wrap, sizeof wrap);
    return st;
}

enum jemput_status pinkey_open(const char *folder, const char *name, const char *pin, uint8_t seed[SEED_BYTES], struct jemput_error *err)
{
    char text[FILE_BYTES];
    size_t len;
    enum jemput_status st = key_read(folder, name, text, &len, err);

    if (!st)
        st = text_open(text, pin, seed, err);
    sodium_memzero(text, sizeof text);
    return st;
}

bool pinkey_own(const char *folder, const char *name)
{
    struct jemput_error err;
    char text[FILE_BYTES];
    size_t len;
    bool own = key_read(folder, name, text, &len, &err) == JEMPUT_OK && strstr(text, OWN_LINE);

    sodium_memzero(text, sizeof text);
    return own;
}

bool pinkey_there(const char *folder, const char *name)
{
    char path[PATH_BYTES];

    key_path(path, folder, name, "");
    return access(path, F_OK) == 0;
}

void pinkey_remove(const char *folder, const char *name)
{
    char path[PATH_BYTES];

    key_path(path, folder, name, "");
    unlink(path);
}

void pinkey_desk(uint8_t out[JEMPUT_SECRET_KEY], const uint8_t seed[SEED_BYTES], const char *space_hex)
{
    static const char domain[] = "jemput console desk";
    crypto_generichash_state state;

    crypto_generichash_init(&state, seed, SEED_BYTES, JEMPUT_SECRET_KEY);
    crypto_generichash_update(&state, (const uint8_t *)domain, sizeof domain);
    crypto_generichash_update(&state, (const uint8_t *)space_hex, strlen(space_hex));
    crypto_generichash_final(&state, out, JEMPUT_SECRET_KEY);
}
