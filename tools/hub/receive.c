/* receive.c — the two hooks of a repository: what comes is looked at while git still keeps it apart; then the roster is made anew if it has
 * changed.
 *
 * Who pushes is what `jemput hub serve` found out and passes on in JEMPUT_HUB_KEY (hex) and JEMPUT_HUB_STANDING: "device", "newcomer", or "user"
 * for a password; of a newcomer also by which invitation, in JEMPUT_HUB_INVITE (hex). Behind another web server there is neither: then every push may go that its writers have signed. What is printed on stderr is
 * told to the tablet as the reason. */
#include "hub.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jemput/hub.h>

#define REFS_MAX 64
#define NEWCOMER_SEGMENTS_MAX 1000 /* of a device that has not been let in yet */

struct pusher {
    bool known; /* by its key */
    bool newcomer;
    uint8_t key[32];
    const char *key_text, *invite; /* in hex; NULL = not said */
};

/* One line for a person at the other end: Indonesian and English, since the hub does not know which is read. */
static int refuse(const char *indonesian, const char *english)
{
    fprintf(stderr, "%s / %s\n", indonesian, english);
    return EXIT_PROBLEM;
}

static bool pusher_read(struct pusher *p)
{
    const char *key = getenv("JEMPUT_HUB_KEY"), *standing = getenv("JEMPUT_HUB_STANDING");

    *p = (struct pusher){ .newcomer = standing && strcmp(standing, "newcomer") == 0, .key_text = key, .invite = getenv("JEMPUT_HUB_INVITE") };
    if (!key || !key[0])
        return true;
    for (size_t i = 0; i < sizeof p->key; i++) {
        unsigned byte;

        if (sscanf(key + 2 * i, "%2x", &byte) != 1)
            return false;
        p->key[i] = (uint8_t)byte;
    }
    p->known = true;
    return true;
}

/* Its own log; or one that anybody may bring back to a hub that lost it: an administrator's or central's, and what a device signed under a former
 * key. Central and administrators may bring back all. */
static bool may_push(const struct pusher *p, const struct jemput_hub_pushed *pushed, const struct roster *r)
{
    const struct roster_entry *log, *self;

    if (!p->known || memcmp(p->key, pushed->public_key, sizeof p->key) == 0)
        return true;
    log = roster_find(r, pushed->public_key);
    self = roster_find(r, p->key);
    if (!self || self->standing != JEMPUT_HUB_ACTIVE)
        return false;
    return self->authority || (log && (log->authority || log->standing == JEMPUT_HUB_ROTATED));
}

/* Another's log is brought back, and not given more names than it has. */
static bool brings_nothing(const char *ref, const struct jemput_hub_pushed *pushed)
{
    return pushed->segments == 0 && strchr(ref, '-');
}

static int rights_check(const struct pusher *p, const char *ref, const struct jemput_hub_pushed *pushed)
{
    struct roster r;
    bool may;

    if (p->newcomer && pushed->last > NEWCOMER_SEGMENTS_MAX)
        return refuse("perangkat ini belum diterima: pusat harus sinkron dulu", "this device was not let in yet: central has to sync first");
    if (p->known && memcmp(p->key, pushed->public_key, sizeof p->key) == 0)
        return EXIT_DONE;
    if (roster_read(&r, "."))
        return refuse("daftar perangkat di hub tidak terbaca", "the hub cannot read its list of devices");
    may = may_push(p, pushed, &r) && !brings_nothing(ref, pushed);
    roster_release(&r);
    return may ? EXIT_DONE : refuse("bukan cabang perangkat ini sendiri", "not this device's own branch");
}

static int push_check(const struct pusher *p, const char *tip, const char *ref, const char *incoming, uint64_t *control_bytes)
{
    char space[65];
    struct jemput_hub_push push = { .path = ".", .incoming = incoming, .ref = ref, .tip = tip, .cut = roster_is_begun(".") };
    struct jemput_hub_pushed pushed;
    struct jemput_error err;
    int code;

    if (strspn(tip, "0") == strlen(tip))
        return refuse("cabang tidak boleh dihapus", "branches are not deleted");
    if (!incoming) /* nothing new comes with it: then git keeps nothing apart */
        push.incoming = "objects";
    if (roster_space(space, ".") || (!space[0] && (roster_make(".") || roster_space(space, ".")))) /* logs may have come by another way */
        return refuse("daftar perangkat di hub tidak terbaca", "the hub cannot read its list of devices");
    push.space = space[0] ? space : NULL;
    if (jemput_hub_push_check(&push, NULL, &pushed, &err))
        return refuse("hub menolaknya", err.text);
    if (!push.space && (roster_claim(".", pushed.space) || roster_space(space, ".") || (space[0] && strcmp(space, pushed.space) != 0)))
        return refuse("ruang lain sedang didirikan di sini: coba lagi nanti", "another space is being founded here: try again later");
    *control_bytes += pushed.control_bytes;
    code = rights_check(p, ref, &pushed);
    if (!code && pushed.roster && roster_due(".", (long)getppid()))
        return refuse("hub tidak dapat menulis", "the hub cannot write");
    return code;
}

/* All of it is good: it counts for its invitation. */
static int claim_check(const struct pusher *p, const char *ref, const char *incoming, uint64_t control_bytes)
{
    struct claim_bytes more = { .control = control_bytes };
    struct folder_size size = { 0 };

    if (!p->newcomer || !p->invite || !p->invite[0])
        return EXIT_DONE;
    if (incoming)
        folder_measure(incoming, &size);
    *(strncmp(ref, "refs/heads/media/", 17) == 0 ? &more.media : &more.log) = size.bytes;
    switch (claim_take(".", p->invite, p->key_text, &more)) {
    case CLAIM_TAKEN:
        return EXIT_DONE;
    case CLAIM_TOO_MANY:
        return refuse("terlalu banyak perangkat meminta dengan undangan ini: minta undangan lain",
                      "too many devices ask by this invitation: ask for another one");
    case CLAIM_TOO_MUCH:
        return refuse("perangkat ini belum diterima: pusat harus sinkron dulu", "this device was not let in yet: central has to sync first");
    default:
        return refuse("hub tidak dapat menulis", "the hub cannot write");
    }
}

static int pre_receive_run(const struct hub_command *self, int argc, char **argv)
{
    const char *incoming = getenv("GIT_QUARANTINE_PATH");
    char line[512], old[65], tip[65], ref[300];
    struct pusher pusher;
    uint64_t control_bytes = 0;
    unsigned refs = 0;
    int code;

    if (!option_read(self, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    if (!pusher_read(&pusher))
        return refuse("hub salah dipasang", "the hub is not set up correctly: git has to call this");
    while (!code && fgets(line, sizeof line, stdin)) {
        if (++refs > REFS_MAX || sscanf(line, "%64s %64s %299s", old, tip, ref) != 3)
            return refuse("terlalu banyak cabang sekaligus", "too many branches at once");
        code = push_check(&pusher, tip, ref, incoming, &control_bytes);
    }
    if (!code && refs)
        code = claim_check(&pusher, ref, incoming, control_bytes);
    if (code)
        roster_not_due(".", (long)getppid());
    return code;
}

static int post_receive_run(const struct hub_command *self, int argc, char **argv)
{
    int code;

    if (!option_read(self, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    if (roster_is_due(".", (long)getppid()) && roster_make("."))
        return EXIT_PROBLEM; /* the mark stays: the hub tries again soon */
    roster_not_due(".", (long)getppid());
    return EXIT_DONE;
}

const struct hub_command command_pre_receive = {
    .name = "pre-receive",
    .operands = "",
    .summary_id = "Periksa yang didorong, sebelum disimpan (dipanggil oleh git).",
    .summary_en = "Check what is pushed, before it is kept (called by git).",
    .example = "git -C wonosari.git config core.hooksPath",
    .run = pre_receive_run,
    .inner = true,
};
const struct hub_command command_post_receive = {
    .name = "post-receive",
    .operands = "",
    .summary_id = "Perbarui daftar perangkat, bila berubah (dipanggil oleh git).",
    .summary_en = "Write the list of devices again, if it has changed (called by git).",
    .example = "git -C wonosari.git config core.hooksPath",
    .run = post_receive_run,
    .inner = true,
};
