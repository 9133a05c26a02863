/* newdesk.c — see newdesk.h. */
#include "newdesk.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "pinkey.h"
#include "text.h"

#define INVITED_MS (int64_t)(86400 * 1000)

int store_sync(const struct space *space, struct jemput *store, const char *doing, struct trouble *why)
{
    const struct jemput_sync_options options = { .hub = space->hub[0] ? space->hub : NULL, .deadline_ms = DESK_SYNC_MS };
    struct jemput_sync_report report;
    struct jemput_error err;

    return jemput_sync(store, &options, &report, &err) ? trouble_engine(why, doing, &err) : 0;
}

static int waits_see(void *ctx, const struct jemput_device *device)
{
    if (device->self && device->state != JEMPUT_DEVICE_ASKS)
        *(bool *)ctx = true;
    return device->self;
}

/* Nothing is there, or who waits to be let in. */
static int place_free(const char *path, const struct jemput_secret *secret, bool *born, struct trouble *why)
{
    struct jemput *there = NULL;
    struct jemput_error err;
    enum jemput_status st;
    struct stat file;
    bool in = false;

    *born = stat(path, &file) != 0;
    if (*born)
        return 0;
    st = jemput_open_sealed(&there, path, secret, NULL, &err);
    if (!st)
        st = jemput_devices(there, waits_see, &in, &err);
    jemput_close(there);
    if (st && jemput_status_retryable(err.status))
        return trouble_engine(why, path, &err);
    if (st)
        return trouble_set(why, TROUBLE_BROKEN, T("%s: penyimpanan di sana tidak terbuka: %s", "%s: the store that lies there does not open: %s"),
                           path, jemput_status_name(st));
    return in ? trouble_set(why, TROUBLE_MOVED, T("%s: akun itu sudah ada di ruang ini", "%s: the account is in the space already"), path) : 0;
}

static int join(struct newdesk *d, const struct space *space, struct jemput *admin, const struct desk_invitation *as,
                const struct jemput_secret *secret, struct trouble *why)
{
    struct jemput_error err;
    struct jemput_info info;
    char *text = NULL;
    size_t len = 0;
    enum jemput_status st = jemput_info_get(admin, &info, &err);

    if (!st)
        st = jemput_invite(admin, as->roles, as->scope, space->hub[0] ? space->hub : info.hub, now_ms() + INVITED_MS, &text, &len, &err);
    if (st)
        return trouble_engine(why, "invite", &err);
    st = jemput_join_sealed(&d->jemput, d->path, text, len, secret, NULL, &err);
    sodium_memzero(text, len);
    jemput_text_free(text);
    if (st)
        return trouble_engine(why, "join", &err);
    if (jemput_info_get(d->jemput, &info, &err)) {
        newdesk_drop(d);
        return trouble_engine(why, "look at the desk", &err);
    }
    snprintf(d->writer, sizeof d->writer, "%s", info.writer);
    return 0;
}

int newdesk_make(struct newdesk *out, struct office *office, const struct space *space, const char *account, const uint8_t seed[SEED_BYTES],
                 struct jemput *admin, const struct desk_invitation *as, struct trouble *why)
{
    uint8_t key[JEMPUT_SECRET_KEY];
    const struct jemput_secret secret = { .key = key };
    int rc;

    *out = (struct newdesk){ .jemput = NULL };
    desk_path(out->path, office, account, space);
    pinkey_desk(key, seed, space->hex);
    rc = place_free(out->path, &secret, &out->born, why) || join(out, space, admin, as, &secret, why) ? -1 : 0;
    sodium_memzero(key, sizeof key);
    return rc;
}

int newdesk_send(struct newdesk *d, const struct space *space, struct trouble *why)
{
    return store_sync(space, d->jemput, "send the desk's first words", why);
}

void newdesk_close(struct newdesk *d)
{
    jemput_close(d->jemput);
    d->jemput = NULL;
}

void newdesk_drop(struct newdesk *d)
{
    static const char *const ends[] = { "-wal", "-shm", "" };
    char path[PATH_BYTES + 8];

    newdesk_close(d);
    for (size_t i = 0; d->born && i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(path, sizeof path, "%s%s", d->path, ends[i]);
        unlink(path);
    }
}
