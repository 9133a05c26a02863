/* commands/central.c — `jemput central`: starts jemput-central. It says more of itself: jemput central --help. */
#include "beside.h"
#include "cmd.h"

static int cmd_central(struct cli *cli, int argc, char **argv)
{
    (void)cli;
    (void)argc;
    return beside_start("jemput-central", argv);
}

const struct command command_central = {
    .name = "central",
    .summary_id = "Layanan pusat di kantor (jemput central --help).",
    .summary_en = "The office's central service (jemput central --help).",
    .example = "jemput central run /srv/pusat",
    .run = cmd_central,
};
