/* commands/hub.c — `jemput hub`: starts jemput-hub. It says more of itself: jemput hub --help. */
#include "beside.h"
#include "cmd.h"

static int cmd_hub(struct cli *cli, int argc, char **argv)
{
    (void)cli;
    (void)argc;
    return beside_start("jemput-hub", argv);
}

const struct command command_hub = {
    .name = "hub",
    .summary_id = "Jalankan hub: server untuk tablet (jemput hub --help).",
    .summary_en = "Run a hub: a server for tablets (jemput hub --help).",
    .example = "jemput hub serve /srv/jemput",
    .run = cmd_hub,
};
