/* commands/console.c — `jemput console`: starts jemput-console. It says more of itself: jemput console --help. */
#include "beside.h"
#include "cmd.h"

static int cmd_console(struct cli *cli, int argc, char **argv)
{
    (void)cli;
    (void)argc;
    return beside_start("jemput-console", argv);
}

const struct command command_console = {
    .name = "console",
    .summary_id = "Halaman web untuk kantor (jemput console --help).",
    .summary_en = "Web pages for the office (jemput console --help).",
    .example = "jemput console serve /srv/pusat",
    .run = cmd_console,
};
