/* cmd_approve.c — `jemput approve`: a root administrator signs another one's act; `jemput admit`: an administrator lets in a device that waits. */
#include "cmd.h"

#include "device.h"
#include "failure.h"
#include "roles.h"
#include "text.h"

static void approve_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Tindakan %.16s disetujui.\n", "Act %.16s is approved.\n"), r->key);
}

int cmd_approve(struct cli *cli, int argc, char **argv)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_APPROVE }, .tell = approve_tell };
    const struct option_spec specs[] = {
        { .name = "root",
          .argument = "FILE",
          .value = &doing.root,
          .help = T("tanda tangani dengan kunci induk di berkas ini", "sign with the root key in this file") },
    };
    int code;

    if (!options_read(cli, specs, 1, &argc, argv, 1, 1, &code))
        return code;
    doing.act.device = argv[0];
    return device_do(cli, &doing);
}

static void admit_tell(const struct jemput_device_act *act, const struct jemput_device_act_report *r)
{
    (void)act;
    printf(T("Perangkat berkunci %.16s… diterima sebagai perangkat %u.\n", "The device with key %.16s… is let in as device %u.\n"), r->key,
           (unsigned)r->device_number);
}

int cmd_admit(struct cli *cli, int argc, char **argv)
{
    struct device_doing doing = { .act = { .kind = JEMPUT_ACT_ADMIT }, .tell = admit_tell };
    const struct option_spec specs[] = {
        { .name = "role",
          .argument = "ROLES",
          .value = &doing.act.roles,
          .help = T("perannya; tanpa ini: seperti di undangannya", "its roles; else as in its invitation") },
        { .name = "scope",
          .argument = "CODE",
          .value = &doing.act.scope,
          .help = T("awalan kode wilayah; tanpa ini: seperti di undangannya", "region prefix; else as in its invitation") },
        { .name = "root",
          .argument = "FILE",
          .value = &doing.root,
          .help = T("tanda tangani dengan kunci induk di berkas ini", "sign with the root key in this file") },
    };
    int code;

    if (!options_read(cli, specs, 3, &argc, argv, 1, 1, &code))
        return code;
    if (doing.act.roles && !roles_valid(doing.act.roles))
        return failure_usage("admit", T("--role '%s': pilih dari " ROLES_ALL, "--role '%s': choose from " ROLES_ALL), doing.act.roles);
    doing.act.device = argv[0];
    return device_do(cli, &doing);
}
