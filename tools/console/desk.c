/* desk.c — desks: stores of accounts. */
#define _GNU_SOURCE
#include "desk.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "pinkey.h"

#define AGAIN_MS 1000                  /* before the first try to send again; then twice as long, up to */
#define AGAIN_DOUBLINGS 5
#define KEPT_MS (int64_t)(3600 * 1000) /* so long desks stay open for what is unsent, behind the end of the last session */

struct desks {
    struct desks *next;       /* of all that are open */
    unsigned users;           /* 0: open for what is unsent */
    int64_t left_at;          /* since then, monotonic; 0 = somebody has it */
    char account[NAME_BYTES];
    uint8_t *seed;            /* sodium_malloc() */
    pthread_mutex_t mutex;    /* of the stores */
    pthread_mutex_t standing; /* of the standings, and of what is due */
    struct desk *of;
    unsigned count;
};

static pthread_mutex_t all_mutex = PTHREAD_MUTEX_INITIALIZER; /* of the list, of `users` and `left_at`; before `standing` */
static struct desks *all;
static bool closing;

void desk_path(char out[PATH_BYTES], const struct office *office, const char *account, const struct space *space)
{
    snprintf(out, PATH_BYTES, "%s/accounts/%s/%s.db", office->folder, account, space->name);
}

/* --- what it is there --- */

static int self_see(void *ctx, const struct jemput_device *device)
{
    struct standing *s = ctx;

    if (!device->self)
        return 0;
    snprintf(s->key, sizeof s->key, "%s", device->key);
    s->device = device->device_number;
    s->admitted = device->state == JEMPUT_DEVICE_ACTIVE;
    snprintf(s->roles, sizeof s->roles, "%s", s->admitted ? device->roles : "");
    snprintf(s->scope, sizeof s->scope, "%s", device->scope);
    return 1;
}

/* What stands in front of its path; of a folder its path. */
static void host_write(char out[256], const char *hub)
{
    const char *host = strstr(hub, "://");
    size_t len = host ? (size_t)(host + 3 - hub) + strcspn(host + 3, "/") : strlen(hub);

    snprintf(out, 256, "%.*s", (int)len, hub);
}

static void standing_read(struct desks *d, struct desk *desk)
{
    struct standing now = desk->standing;
    struct jemput_info info;
    struct jemput_error err;

    now.roles[0] = '\0';
    now.admitted = false;
    if (jemput_devices(desk->jemput, self_see, &now, &err) || jemput_info_get(desk->jemput, &info, &err))
        return;
    snprintf(now.writer, sizeof now.writer, "%s", info.writer);
    pthread_mutex_lock(&d->standing);
    host_write(desk->host, desk->hub[0] ? desk->hub : info.hub);
    desk->standing = now;
    pthread_mutex_unlock(&d->standing);
}

unsigned desks_standings(struct desks *d, struct standing *out, unsigned max)
{
    unsigned count;

    pthread_mutex_lock(&d->standing);
    for (count = 0; count < d->count && count < max; count++)
        out[count] = d->of[count].standing;
    pthread_mutex_unlock(&d->standing);
    return count;
}

/* --- what is sent --- */

static int own_count(void *ctx, const struct jemput_device *device)
{
    if (device->self)
        *(uint64_t *)ctx = device->segments;
    return device->self;
}

uint64_t desk_segments(struct desk *desk)
{
    uint64_t count = 0;
    struct jemput_error err;

    return jemput_devices(desk->jemput, own_count, &count, &err) ? 0 : count;
}

/* As its store knows, which outlives this program: acts on devices and a key's change are no transactions, and have to be sent like these. */
static bool is_unsent(struct desk *desk)
{
    struct jemput_info info;
    struct jemput_error err;

    return jemput_info_get(desk->jemput, &info, &err) || info.own.on_device || info.unsent;
}

static void sent_note(struct desks *d, struct desk *desk)
{
    bool unsent = is_unsent(desk);

    pthread_mutex_lock(&d->standing);
    desk->standing.unsent = desk->due = unsent;
    desk->tries = unsent ? desk->tries + 1 : 0;
    desk->due_at = monotonic_ms() + (AGAIN_MS << (desk->tries < AGAIN_DOUBLINGS ? desk->tries : AGAIN_DOUBLINGS));
    pthread_mutex_unlock(&d->standing);
}

unsigned desks_unsent(struct desks *d, int64_t *spaces, unsigned max)
{
    unsigned count = 0;

    pthread_mutex_lock(&d->standing);
    for (unsigned i = 0; i < d->count && count < max; i++)
        if (d->of[i].standing.unsent)
            spaces[count++] = d->of[i].standing.space;
    pthread_mutex_unlock(&d->standing);
    return count;
}

/* Since when has something of it been due? INT64_MAX: nothing is to be sent. */
static int64_t due_since(struct desks *d)
{
    int64_t since = INT64_MAX;

    pthread_mutex_lock(&d->standing);
    for (unsigned i = 0; i < d->count; i++)
        if (d->of[i].due && d->of[i].due_at < since)
            since = d->of[i].due_at;
    pthread_mutex_unlock(&d->standing);
    return since;
}

/* A host that was not there is left alone until `until` by all that have something for it: they would wait one behind the other. The next to try it
 * is another one of them, since it may be the one space alone. */
static void host_rest(const char *host, int64_t until, unsigned tries)
{
    pthread_mutex_lock(&all_mutex);
    for (struct desks *d = all; d; d = d->next) {
        pthread_mutex_lock(&d->standing);
        for (unsigned i = 0; i < d->count; i++)
            if (d->of[i].due_at < until && strcmp(d->of[i].host, host) == 0) {
                d->of[i].due_at = until - 1;
                d->of[i].tries = tries;
            }
        pthread_mutex_unlock(&d->standing);
    }
    pthread_mutex_unlock(&all_mutex);
}

void desks_send(struct desks *d, int64_t now)
{
    struct desk *first = NULL;
    struct jemput_error err = { .status = JEMPUT_OK };
    char host[sizeof first->host] = "";
    int64_t until = 0;
    unsigned tries = 0;

    desks_lock(d);
    for (unsigned i = 0; i < d->count; i++)
        if (d->of[i].due && d->of[i].due_at <= now && (!first || d->of[i].due_at < first->due_at))
            first = &d->of[i];
    if (first && desk_sync(d, first, &err) && first->standing.unsent)
        fprintf(stderr, "jemput console: %s: not sent yet: %s: %s\n", first->standing.name, jemput_status_name(err.status), err.text);
    if (first && (err.status == JEMPUT_OFFLINE || err.status == JEMPUT_CANCELLED)) {
        memcpy(host, first->host, sizeof host);
        until = first->due_at;
        tries = first->tries;
    }
    desks_unlock(d);
    if (until)
        host_rest(host, until, tries);
}

/* --- opening --- */

static bool desk_open(struct desks *d, struct office *office, const struct space *space, struct desk *out)
{
    uint8_t key[JEMPUT_SECRET_KEY];
    const struct jemput_secret secret = { .key = key };
    struct jemput_error err;
    char path[PATH_BYTES];
    enum jemput_status st;
    struct stat there;

    desk_path(path, office, d->account, space);
    if (stat(path, &there))
        return false;
    *out = (struct desk){ .standing = { .space = space->id } };
    snprintf(out->standing.name, sizeof out->standing.name, "%s", space->name);
    snprintf(out->hub, sizeof out->hub, "%s", space->hub);
    pinkey_desk(key, d->seed, space->hex);
    st = jemput_open_sealed(&out->jemput, path, &secret, NULL, &err);
    sodium_memzero(key, sizeof key);
    if (st)
        fprintf(stderr, "jemput console: %s/%s: %s: %s\n", d->account, space->name, jemput_status_name(st), err.text);
    else
        out->due = is_unsent(out);
    return !st;
}

/* Open those that were made since. The lock is held. */
static void desks_look(struct desks *d, struct office *office)
{
    struct spaces spaces;
    struct trouble why;

    if (spaces_read(&spaces, office, &why))
        return;
    for (unsigned i = 0; i < spaces.count; i++) {
        struct desk desk, *more;

        if (desk_find(d, spaces.of[i].id) || !desk_open(d, office, &spaces.of[i], &desk))
            continue;
        pthread_mutex_lock(&d->standing);
        more = realloc(d->of, (d->count + 1) * sizeof *more);
        if (more) {
            d->of = more;
            d->of[d->count++] = desk;
        }
        pthread_mutex_unlock(&d->standing);
        if (more)
            standing_read(d, &d->of[d->count - 1]);
        else
            jemput_close(desk.jemput);
    }
    spaces_release(&spaces);
}

static void desks_end(struct desks *d)
{
    for (unsigned i = 0; i < d->count; i++)
        jemput_close(d->of[i].jemput);
    free(d->of);
    sodium_free(d->seed);
    pthread_mutex_destroy(&d->mutex);
    pthread_mutex_destroy(&d->standing);
    free(d);
}

static struct desks *desks_open(struct office *office, const char *account, const uint8_t seed[SEED_BYTES])
{
    struct desks *d = calloc(1, sizeof *d);

    if (!d)
        return NULL;
    d->users = 1;
    d->seed = sodium_malloc(SEED_BYTES);
    pthread_mutex_init(&d->mutex, NULL);
    pthread_mutex_init(&d->standing, NULL);
    snprintf(d->account, sizeof d->account, "%s", account);
    if (!d->seed) {
        desks_end(d);
        return NULL;
    }
    memcpy(d->seed, seed, SEED_BYTES);
    desks_look(d, office);
    pthread_mutex_lock(&all_mutex);
    d->next = all;
    all = d;
    pthread_mutex_unlock(&all_mutex);
    return d;
}

static struct desks *desks_of(const char *account)
{
    struct desks *d;

    pthread_mutex_lock(&all_mutex);
    for (d = all; d && strcmp(d->account, account) != 0; d = d->next)
        ;
    if (d) {
        d->users++;
        d->left_at = 0;
    }
    pthread_mutex_unlock(&all_mutex);
    return d;
}

struct desks *desks_get(struct office *office, const char *account, const uint8_t seed[SEED_BYTES])
{
    struct desks *d = desks_of(account);

    if (!d)
        return desks_open(office, account, seed);
    desks_lock(d);
    desks_look(d, office); /* made since */
    desks_unlock(d);
    return d;
}

/* Under the mutex. Nobody has it: is it still open for what is unsent? */
static bool stays(struct desks *d, int64_t now)
{
    if (!d->left_at)
        d->left_at = now;
    return !closing && now - d->left_at < KEPT_MS && due_since(d) < INT64_MAX;
}

static void unlink_it(struct desks *d)
{
    for (struct desks **at = &all; *at; at = &(*at)->next)
        if (*at == d) {
            *at = d->next;
            return;
        }
}

void desks_release(struct desks *d)
{
    bool last;

    if (!d)
        return;
    pthread_mutex_lock(&all_mutex);
    last = --d->users == 0 && !stays(d, monotonic_ms());
    if (last)
        unlink_it(d);
    pthread_mutex_unlock(&all_mutex);
    if (last)
        desks_end(d);
}

struct desks *desks_due(int64_t now)
{
    struct desks *first = NULL;
    int64_t longest = now + 1;

    pthread_mutex_lock(&all_mutex);
    for (struct desks *d = all; d; d = d->next) {
        int64_t since = !d->users && !stays(d, now) ? INT64_MIN : due_since(d); /* to be closed comes first */

        if (since < longest) {
            longest = since;
            first = d;
        }
    }
    if (first)
        first->users++;
    pthread_mutex_unlock(&all_mutex);
    return first;
}

void desks_close_all(void)
{
    struct desks *d;

    pthread_mutex_lock(&all_mutex);
    closing = true;
    while ((d = all) != NULL) {
        all = d->next;
        desks_end(d);
    }
    pthread_mutex_unlock(&all_mutex);
}

void desks_lock(struct desks *d)
{
    pthread_mutex_lock(&d->mutex);
}

void desks_unlock(struct desks *d)
{
    pthread_mutex_unlock(&d->mutex);
}

struct desk *desk_find(struct desks *d, int64_t space)
{
    for (unsigned i = 0; i < d->count; i++)
        if (d->of[i].standing.space == space)
            return &d->of[i];
    return NULL;
}

/* --- using --- */

enum jemput_status desk_sync(struct desks *d, struct desk *desk, struct jemput_error *err)
{
    const struct jemput_sync_options options = { .hub = desk->hub[0] ? desk->hub : NULL, .deadline_ms = DESK_SYNC_MS };
    struct jemput_sync_report report;
    enum jemput_status st = jemput_sync(desk->jemput, &options, &report, err);

    standing_read(d, desk);
    sent_note(d, desk);
    return st;
}
