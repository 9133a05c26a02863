/* commands/approve.c — `jemput approve`: a root administrator signs another one's act; `jemput admit`: an administrator lets in a device that waits. */
#include "cmd.h"

#include "device.h"
#include "failure.h"
#include "roles.h"
#include "text.h"

static void approve_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Tindakan %.16s disetujui.\n", "Act %.16s is approved.\n"), r->key);
    if (r->keys > 1)
        printf(T("Bersama %u tindakan lain atas perangkat itu, yang ditandatangani sekaligus.\n",
                 "With %u others on that device, which were signed together.\n"),
               (unsigned)r->keys - 1);
}

static int cmd_approve(struct cli *cli, int argc, char **argv)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_APPROVE }, .tell = approve_tell };
    const struct option_spec specs[] = {
        { .name = "root",
          .argument = "FILE",
          .value = &doing.root,
          .help = T("tanda tangani dengan kunci induk di berkas ini", "sign with the root key in this file") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code))
        return code;
    doing.act.device = argv[0];
    return device_do(cli, &doing);
}

const struct command command_approve = {
    .name = "approve",
    .operands = "ACT [--root FILE]",
    .summary_id = "Tandatangani tindakan induk yang menunggu.",
    .summary_en = "Sign a root act that waits.",
    .example = "jemput -s kantor.db approve 9c41aa20 --root /media/usb/induk.key",
    .run = cmd_approve,
    .json = true,
    .more_id = "ACT: tindakannya, atau awalnya, dari jemput devices; apa isinya: jemput devices --json.",
    .more_en = "ACT: the act, or how it begins, from jemput devices; what it says: jemput devices --json.",
};

static void admit_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Perangkat berkunci %.16s… diterima sebagai perangkat %u.\n", "The device with key %.16s… is let in as device %u.\n"), r->key,
           (unsigned)r->device_number);
}

static int cmd_admit(struct cli *cli, int argc, char **argv)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_ADMIT }, .tell = admit_tell };
    const struct option_spec specs[] = {
        { .name = "role",
          .argument = "ROLES",
          .value = &doing.act.roles,
          .help = T("perannya; tanpa ini: seperti di undangannya", "its roles (default: as in its invitation)") },
        { .name = "scope",
          .argument = "CODE",
          .value = &doing.act.scope,
          .help = T("awalan kode wilayah; tanpa ini: seperti di undangannya", "region prefix (default: as in its invitation)") },
        { .name = "root",
          .argument = "FILE",
          .value = &doing.root,
          .help = T("tanda tangani dengan kunci induk di berkas ini", "sign with the root key in this file") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code))
        return code;
    if (doing.act.roles && !roles_valid(doing.act.roles))
        return failure_usage("admit", T("--role '%s': pilih dari " ROLES_ALL, "--role '%s': choose from " ROLES_ALL), doing.act.roles);
    doing.act.device = argv[0];
    return device_do(cli, &doing);
}

const struct command command_admit = {
    .name = "admit",
    .operands = "KEY [--role ROLES] [--scope CODE] [--root FILE]",
    .summary_id = "Terima perangkat yang menunggu keputusan.",
    .summary_en = "Let in a device that waits for a decision.",
    .example = "jemput -s kantor.db admit 3f09c1d2",
    .run = cmd_admit,
    .json = true,
    .more_id = "KEY: kunci perangkat itu, atau awalnya, dari jemput devices. Kalau undangannya sudah dipakai perangkat lain, ia mendapat "
               "nomor perangkat sendiri; yang sudah dicatatnya tetap ada.",
    .more_en = "KEY: the device's key, or how it begins, from jemput devices. If another device has used its invitation, it gets a device "
               "number of its own; what it has collected stays.",
};
