/* commands/device.c — `jemput device`: an administrator changes what a device may do; and a device changes its own key. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "roles.h"
#include "rootkey.h"
#include "space.h"
#include "text.h"

struct wanted { /* the options, as given */
    const char *roles, *scope, *reason, *after, *since, *root;
    bool dry_run;
};

/* --- what will happen --- */

static void keys_tell(const struct jemput_device_act_report *r)
{
    if (r->keys > 1)
        printf(T("Mengenai %u kunci yang pernah dipakai perangkat itu.\n", "It is about %u keys that the device has had.\n"), (unsigned)r->keys);
    if (r->keys > 1 && r->keys_wait)
        printf(T("%u dari %u kunci itu menunggu tanda tangan.\n", "%u of these %u keys wait for signatures.\n"), (unsigned)r->keys_wait,
               (unsigned)r->keys);
}

static void change_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    if (act->roles && strcmp(act->roles, "none") == 0)
        printf(T("Perangkat %u ditangguhkan: apa pun yang ditulisnya sesudah ini tidak berlaku, sampai: jemput device resume %u\n",
                 "Device %u is suspended: nothing that it writes from now on counts, until: jemput device resume %u\n"),
               (unsigned)r->device_number, (unsigned)r->device_number);
    else
        printf(T("Perangkat %u: peran %s, wilayah %s, untuk semua yang ditulisnya sesudah ini.\n",
                 "Device %u: roles %s, scope %s, for all that it writes from now on.\n"),
               (unsigned)r->device_number, act->roles ? act->roles : T("seperti saat diterima", "as when it was let in"),
               !act->scope ? T("seperti saat diterima", "as when it was let in") : act->scope[0] ? act->scope : "*");
    if (r->segments_fall)
        printf(T("Juga untuk %" PRIu64 " segmen (%" PRIu64 " transaksi) yang sudah ada di belakang titik itu.\n",
                 "Also for %" PRIu64 " segments (%" PRIu64 " transactions) that are here already after that point.\n"),
               r->segments_fall, r->txns_fall);
    keys_tell(r);
}

static void revoke_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Perangkat %u dicabut untuk selamanya.\n"
             "  tetap berlaku: %" PRIu64 " segmen (%" PRIu64 " transaksi)\n"
             "  gugur:         %" PRIu64 " segmen (%" PRIu64 " transaksi) yang dikenal di sini, dan semua yang menyusul\n",
             "Device %u is revoked for good.\n"
             "  stands: %" PRIu64 " segments (%" PRIu64 " transactions)\n"
             "  falls:  %" PRIu64 " segments (%" PRIu64 " transactions) that are known here, and all that comes later\n"),
           (unsigned)r->device_number, r->segments_stay, r->txns_stay, r->segments_fall, r->txns_fall);
    keys_tell(r);
}

static void replace_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Perangkat %u menggantikan perangkat %u. Kalau yang lama belum dicabut: jemput device revoke %u --reason lost\n",
             "Device %u carries on for device %u. If the old one is not revoked yet: jemput device revoke %u --reason lost\n"),
           (unsigned)r->other_number, (unsigned)r->device_number, (unsigned)r->device_number);
}

/* --- the verbs --- */

static int change(struct cli *cli, char **argv, const struct wanted *w)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_CHANGE, .device = argv[1], .roles = w->roles, .scope = w->scope, .after = w->after,
                                           .since = w->since },
                                  .root = w->root, .dry_run = w->dry_run, .as_now = true, .tell = change_tell };

    if (!w->roles && !w->scope)
        return failure_usage("device", "%s", T("sebut --role atau --scope", "give --role or --scope"));
    if (w->roles && !roles_valid(w->roles))
        return failure_usage("device", T("--role '%s': pilih dari " ROLES_ALL, "--role '%s': choose from " ROLES_ALL), w->roles);
    return device_do(cli, &doing);
}

static int suspend(struct cli *cli, char **argv, const struct wanted *w)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_CHANGE, .device = argv[1], .roles = "none", .after = w->after, .since = w->since },
                                  .root = w->root, .dry_run = w->dry_run, .tell = change_tell };

    return device_do(cli, &doing);
}

static int resume(struct cli *cli, char **argv, const struct wanted *w)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_CHANGE, .device = argv[1], .roles = w->roles, .scope = w->scope }, .root = w->root,
                                  .dry_run = w->dry_run, .tell = change_tell };

    return device_do(cli, &doing);
}

static int revoke(struct cli *cli, char **argv, const struct wanted *w)
{
    static const char *const reasons[] = { "lost", "stolen", "leaked", "left" };
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_REVOKE, .device = argv[1], .reason = w->reason, .after = w->after, .since = w->since },
                                  .root = w->root, .dry_run = w->dry_run, .tell = revoke_tell };

    for (unsigned i = 0; w->reason && i < sizeof reasons / sizeof reasons[0]; i++)
        if (strcmp(w->reason, reasons[i]) == 0)
            return device_do(cli, &doing);
    return failure_usage("device", "%s", T("sebut --reason: lost (hilang), stolen (dicuri), leaked (kunci bocor) atau left (keluar)",
                                           "give --reason: lost, stolen, leaked or left"));
}

static int replace(struct cli *cli, char **argv, const struct wanted *w)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_SUCCEED, .device = argv[1], .other = argv[2] }, .root = w->root,
                                  .dry_run = w->dry_run, .tell = replace_tell };

    return device_do(cli, &doing);
}

#define KEY_DIGITS 16

static int own_key_see(void *ctx, const struct jemput_device *device)
{
    if (device->self)
        snprintf(ctx, KEY_DIGITS + 1, "%s", device->key);
    return device->self;
}

static int rotate(struct cli *cli, char **argv, const struct wanted *w)
{
    char old[KEY_DIGITS + 1] = "";
    struct jemput_error err;
    struct jemput *jemput;
    int code;

    (void)argv, (void)w;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = jemput_devices(jemput, own_key_see, old, &err) || jemput_rotate(jemput, &err) ? device_failed(&err) : EXIT_OK;
    if (code == EXIT_OK)
        printf(T("Perangkat ini memakai kunci baru; yang lama tidak berlaku lagi. Perangkat lain mengetahuinya sesudah: jemput sync\n"
                 "Kalau perangkat ini pernah disalin atau dipulihkan, salinannya masih dapat menandatangani dengan kunci lama, sampai administrator\n"
                 "mencabutnya: jemput device revoke %s --reason leaked\n",
                 "This device uses a new key; the old one ends here. Other devices learn of it after: jemput sync\n"
                 "If this device was ever copied or restored, a copy of it may still sign with the old key, until an administrator revokes that:\n"
                 "jemput device revoke %s --reason leaked\n"),
               old);
    jemput_close(jemput);
    return code;
}

struct verb {
    const char *word;
    int operands; /* behind the word */
    int (*run)(struct cli *cli, char **argv, const struct wanted *w);
};

static const struct verb verbs[] = {
    { "change", 1, change }, { "suspend", 1, suspend }, { "resume", 1, resume }, { "revoke", 1, revoke }, { "replace", 2, replace },
    { "rotate", 0, rotate },
};

static int cmd_device(struct cli *cli, int argc, char **argv)
{
    struct wanted w = { 0 };
    const struct option_spec specs[] = {
        { .name = "role", .argument = "ROLES", .value = &w.roles, .help = T("change, resume: peran baru", "change, resume: the new roles") },
        { .name = "scope",
          .argument = "CODE",
          .value = &w.scope,
          .help = T("change, resume: awalan kode wilayah; '' = seluruh ruang", "change, resume: region prefix; '' = the whole space") },
        { .name = "reason",
          .argument = "WORD",
          .value = &w.reason,
          .help = T("revoke: lost (hilang), stolen (dicuri), leaked (kunci bocor), left (keluar)", "revoke: lost, stolen, leaked, left") },
        { .name = "after",
          .argument = "SEGMENT",
          .value = &w.after,
          .help = T("segmen terakhirnya yang tetap berlaku, dengan yang sudah digabungnya, dari jemput log: awal commit, atau nomor di log "
                    "terbarunya; 0 = tidak satu pun. Tanpa ini: yang dikenal di sini",
                    "its last segment that counts, with what it had merged, from jemput log: how its commit begins, or its number in the newest "
                    "log; 0 = none. Default: all that is known here") },
        { .name = "since",
          .argument = "RECEIPT",
          .value = &w.since,
          .help = T("yang tercakup tanda terima ini (segmen pusat) tetap berlaku", "what this receipt (a segment of central's) covers counts") },
        { .name = "root",
          .argument = "FILE",
          .value = &w.root,
          .help = T("tanda tangani dengan kunci induk di berkas ini", "sign with the root key in this file") },
        { .name = "dry-run", .flag = &w.dry_run, .help = T("hanya katakan apa yang akan terjadi", "only say what would happen") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 3, &code))
        return code;
    for (unsigned i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (strcmp(argv[0], verbs[i].word) == 0 && argc == verbs[i].operands + 1)
            return verbs[i].run(cli, argv, &w);
    return failure_usage("device", "%s",
                         T("sebut change, suspend, resume atau revoke dengan satu perangkat, replace dengan dua, atau rotate",
                           "give change, suspend, resume or revoke with one device, replace with two, or rotate"));
}

const struct command command_device = {
    .name = "device",
    .operands = "change|resume DEVICE [--role ROLES] [--scope CODE] | suspend DEVICE | revoke DEVICE --reason WORD | replace OLD NEW | rotate "
                "[--after SEGMENT | --since RECEIPT] [--root FILE] [--dry-run]",
    .summary_id = "Ubah hak sebuah perangkat, cabut, atau ganti kuncinya.",
    .summary_en = "Change what a device may do, revoke it, or change its key.",
    .example = "jemput -s kantor.db device revoke 7 --reason stolen --since 41 --dry-run",
    .run = cmd_device,
    .json = true,
    .more_id = "DEVICE: nomornya, atau sekurangnya 4 digit awal kuncinya (lihat devices). Kunci lama yang disebut sendiri: hanya kunci itu,\n"
               "dan kunci sesudahnya kalau titik potongnya lebih dulu.\n"
               "  change   peran atau wilayah lain untuk yang ditulisnya sesudah ini; yang tidak disebut tetap seperti sekarang\n"
               "  suspend  tanpa hak untuk sementara; resume mengembalikannya, seperti saat diterima kalau tidak disebut\n"
               "  revoke   untuk selamanya: yang ditandatanganinya sampai titik potong tetap berlaku, yang lain gugur di semua perangkat\n"
               "  replace  perangkat NEW melanjutkan OLD yang hilang atau rusak\n"
               "  rotate   perangkat ini sendiri mendapat kunci baru\n"
               "Titik potong: yang dikenal di sini, atau --after, atau --since; berlaku untuk semua kunci yang pernah dipakainya. Lihat dulu dengan\n"
               "--dry-run.\n"
               "Yang menyangkut administrator berlaku sesudah cukup banyak administrator induk menandatangani (jemput approve).",
    .more_en = "DEVICE: its number, or at least the first 4 digits of its key (see devices). An old key that is named itself: that key\n"
               "alone, and the newer ones where the cut lies before they were taken.\n"
               "  change   other roles or scope for what it writes from now on; what is not named stays as it is now\n"
               "  suspend  no rights for a while; resume gives them back, as when it was let in where none are named\n"
               "  revoke   for good: what it signed up to the cut counts, all else is void on every device\n"
               "  replace  device NEW carries on for OLD, which was lost or broke\n"
               "  rotate   this device itself gets a new key\n"
               "The cut: what is known here, or --after, or --since; it goes through all keys that the device has had. Look first, with --dry-run.\n"
               "What concerns administrators takes effect when enough root administrators have signed (jemput approve).",
};
