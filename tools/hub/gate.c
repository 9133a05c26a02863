/* gate.c — who asks, and may they: a device by a token that its key has signed, which the roster knows; a newcomer by its invitation; or whoever
 * has a password of the users' file. The rosters are kept in memory, and read again when their files have changed. */
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <time.h>

#include <jemput/hub.h>

#define TOKEN_AGE_S 600     /* a token's time may be so far from ours, in either direction */
#define USERS_MAX 1000

/* --- passwords --- */

static struct user { char *name, *secret; } *users;
static size_t user_count;

static bool user_add(char *line)
{
    char *colon = strchr(line, ':');

    if (!colon || colon == line || strlen(colon + 1) < 8 || user_count == USERS_MAX)
        return false;
    *colon = '\0';
    users[user_count] = (struct user){ strdup(line), strdup(colon + 1) };
    user_count++;
    return users[user_count - 1].name && users[user_count - 1].secret;
}

int gate_users_read(const char *path)
{
    FILE *f = fopen(path, "re");
    char line[512];
    bool good = true;

    if (!f)
        return problem("%s: %s", path, strerror(errno));
    users = calloc(USERS_MAX, sizeof *users);
    while (users && good && fgets(line, sizeof line, f)) {
        bool whole = strchr(line, '\n') || feof(f);

        line[strcspn(line, "\r\n")] = '\0';
        good = whole && (!line[0] || line[0] == '#' || user_add(line));
    }
    explicit_bzero(line, sizeof line);
    fclose(f);
    if (!good)
        return problem(T("%s: setiap baris NAMA:SANDI, sandinya sedikitnya 8 huruf, paling banyak %d baris",
                         "%s: each line is NAME:SECRET, a secret has at least 8 characters, and there are at most %d"), path, USERS_MAX);
    return user_count ? EXIT_DONE : problem("%s: %s", path, T("tidak ada pengguna", "no users"));
}

/* In a time that tells nothing of where they differ. */
static bool secret_equal(const char *given, const char *secret)
{
    size_t len = strlen(secret);
    unsigned differ = strlen(given) != len;

    for (size_t i = 0; i < len; i++)
        differ |= (unsigned char)(secret[i] ^ given[differ & 1 ? 0 : i]);
    return differ == 0;
}

static bool user_known(const char *name, const char *secret)
{
    bool known = false;

    for (size_t i = 0; i < user_count; i++)
        if (strcmp(users[i].name, name) == 0)
            known |= secret_equal(secret, users[i].secret);
    return known;
}

/* --- rosters in memory --- */

static struct kept {
    char *repository;
    uint64_t asked; /* at which question it was asked for last */
    struct roster roster;
    ino_t inode;
    struct timespec changed;
} *kept;
static size_t kept_count;
static uint64_t questions;

static void kept_release(struct kept *k)
{
    free(k->repository);
    roster_release(&k->roster);
    *k = (struct kept){ .repository = NULL };
}

void gate_release(void)
{
    for (size_t i = 0; i < kept_count; i++)
        kept_release(&kept[i]);
    free(kept);
    kept = NULL;
    kept_count = 0;
    for (size_t i = 0; i < user_count; i++) {
        free(users[i].name);
        if (users[i].secret)
            explicit_bzero(users[i].secret, strlen(users[i].secret));
        free(users[i].secret);
    }
    free(users);
    users = NULL;
    user_count = 0;
}

/* The place of a new one: of as many as are kept at most, the one goes that was asked for longest ago. NULL: no memory. */
static struct kept *kept_place(size_t most)
{
    struct kept *oldest = kept, *grown;

    if (kept_count < most) {
        grown = realloc(kept, (kept_count + 1) * sizeof *kept);
        if (!grown)
            return NULL;
        kept = grown;
        kept[kept_count] = (struct kept){ .repository = NULL };
        return &kept[kept_count++];
    }
    for (size_t i = 1; i < kept_count; i++)
        if (kept[i].asked < oldest->asked)
            oldest = &kept[i];
    kept_release(oldest);
    return oldest;
}

static struct kept *kept_of(const char *repository, size_t most)
{
    struct kept *k = NULL;

    for (size_t i = 0; !k && i < kept_count; i++)
        if (kept[i].repository && strcmp(kept[i].repository, repository) == 0)
            k = &kept[i];
    if (!k)
        k = kept_place(most);
    if (!k)
        return NULL;
    if (!k->repository)
        k->repository = strdup(repository);
    k->asked = ++questions;
    return k->repository ? k : NULL;
}

/* A folder that has got logs by another way than a push (a sync to the folder itself, a copy) is no empty one that would be the first comer's. */
static bool roster_is_of_logs(const char *repository)
{
    char space[65];

    return roster_space(space, repository) == 0 && (space[0] || !repository_has_logs(repository) || roster_make(repository) == 0);
}

/* Called from the one thread that speaks HTTP. NULL = it cannot be read, or is not there: nobody is let in by a list that is missing. */
static const struct roster *roster_of(const char *repository, size_t most)
{
    struct kept *k = kept_of(repository, most);
    char path[PATH_BYTES];
    struct roster fresh;
    struct stat st;

    if (!k || snprintf(path, sizeof path, "%s/jemput/roster", repository) >= (int)sizeof path)
        return NULL;
    if (access(path, F_OK) || (!k->roster.space[0] && !roster_is_of_logs(repository)) || stat(path, &st))
        return NULL;
    if (st.st_ino == k->inode && st.st_mtim.tv_sec == k->changed.tv_sec && st.st_mtim.tv_nsec == k->changed.tv_nsec)
        return &k->roster;
    if (roster_read(&fresh, repository))
        return NULL;
    roster_release(&k->roster);
    k->roster = fresh;
    k->inode = st.st_ino;
    k->changed = st.st_mtim;
    return &k->roster;
}

/* --- tokens --- */

static enum gate_answer refuse(struct gate_told *told, const char *indonesian, const char *english)
{
    snprintf(told->why, sizeof told->why, "%s / %s", indonesian, english);
    return GATE_REFUSED;
}

static void key_write(char out[65], const uint8_t key[32])
{
    for (unsigned i = 0; key && i < 32; i++)
        snprintf(out + 2 * i, 3, "%02x", key[i]);
}

static enum gate_answer open_as(struct gate_told *told, const char *standing, const uint8_t key[32])
{
    told->standing = standing;
    key_write(told->key, key);
    key_write(told->quota, key);
    return GATE_OPEN;
}

/* Whoever has an invitation makes up keys as he likes: they have a share of their own once they have claimed it. */
static enum gate_answer open_newcomer(struct gate_told *told, const struct gate_ask *ask, const struct jemput_hub_guest *guest)
{
    key_write(told->invite, guest->invite_key);
    open_as(told, "newcomer", guest->public_key);
    if (!claim_is(ask->repository, told->invite, told->key))
        memcpy(told->quota, told->invite, sizeof told->quota);
    return GATE_OPEN;
}

static bool invitation_open(const struct roster *r, const uint8_t key[32])
{
    const struct roster_entry *e = roster_find(r, key);

    return e && e->standing == JEMPUT_HUB_INVITED && (int64_t)time(NULL) * 1000 <= e->expires_ms;
}

static enum gate_answer stranger_ask(const struct gate_ask *ask, const struct jemput_hub_guest *guest, const struct roster *r, struct gate_told *told)
{
    if (!r->space[0]) /* nobody is known yet: whoever founds the space comes first, and what is pushed has to hold its genesis */
        return open_as(told, "device", guest->public_key);
    if (guest->joins && invitation_open(r, guest->invite_key))
        return open_newcomer(told, ask, guest);
    return guest->joins ? refuse(told, "undangannya terpakai, kedaluwarsa, atau belum dikenal: kantor perlu sinkron, atau undang lagi",
                                 "its invitation is used, expired or not known yet: the office has to sync, or invite again")
                        : refuse(told, "hub tidak mengenal perangkat ini", "the hub does not know this device");
}

static enum gate_answer device_ask(const struct gate_ask *ask, const struct jemput_hub_guest *guest, const struct roster *r, struct gate_told *told)
{
    const struct roster_entry *e = roster_find(r, guest->public_key);

    if (!e)
        return stranger_ask(ask, guest, r, told);
    switch (e->standing) {
    case JEMPUT_HUB_ACTIVE:
        return open_as(told, "device", guest->public_key);
    case JEMPUT_HUB_INVITED:
        if (!ask->pushes && invitation_open(r, guest->public_key))
            return open_as(told, "guest", guest->public_key);
        return refuse(told, "undangannya kedaluwarsa", "its invitation has expired");
    case JEMPUT_HUB_SUSPENDED:
        return refuse(told, "perangkat ini dihentikan sementara oleh administrator", "an administrator has suspended this device");
    case JEMPUT_HUB_ROTATED:
        return refuse(told, "kunci perangkat ini sudah diganti", "this device has another key now");
    default:
        return refuse(told, "perangkat ini dicabut oleh administrator", "an administrator has revoked this device");
    }
}

static enum gate_answer token_ask(const struct serve *s, const struct gate_ask *ask, const char *token, struct gate_told *told)
{
    const struct roster *r = roster_of(ask->repository, (size_t)s->rosters);
    const char *name = strrchr(ask->repository, '/');
    struct jemput_hub_guest guest;
    struct jemput_error err;
    char address[PATH_BYTES];
    int64_t age;

    if (!r)
        return GATE_LATER;
    if (!s->address)
        snprintf(address, sizeof address, "%s", ask->address);
    else if (snprintf(address, sizeof address, "%s%s", s->address, name) >= (int)sizeof address)
        return GATE_WHO;
    if (jemput_hub_token_check(token, address, r->space[0] ? r->space : NULL, &guest, &err))
        return GATE_WHO;
    age = (int64_t)time(NULL) - guest.time_s;
    if (age > TOKEN_AGE_S || age < -TOKEN_AGE_S)
        return GATE_WHO;
    return device_ask(ask, &guest, r, told);
}

enum gate_answer gate_ask(const struct serve *s, const struct gate_ask *ask, struct gate_told *told)
{
    *told = (struct gate_told){ .standing = "" };
    if (ask->authorization && strncmp(ask->authorization, "Jemput ", 7) == 0)
        return token_ask(s, ask, ask->authorization + 7, told);
    if (ask->user && ask->secret && user_known(ask->user, ask->secret))
        return open_as(told, "user", NULL);
    return GATE_WHO;
}
