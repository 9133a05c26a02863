/* sim/cutting.c — see cutting.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cutting.h"

struct jemput_checkpoint_report cutting_make(struct fleet *f, unsigned central, int64_t min_age_ms)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;

    if (jemput_checkpoint_make(f->devices[central].jemput, min_age_ms, &report, &err))
        fail_msg("checkpoint: %s", err.text);
    return report;
}

void cutting_backed_up(struct fleet *f, unsigned central)
{
    struct jemput_error err;

    if (jemput_checkpoint_backed_up(f->devices[central].jemput, &err))
        fail_msg("%s", err.text);
}

struct jemput_cut_report cutting_cut(struct fleet *f, unsigned device)
{
    struct jemput_cut_report report;
    struct jemput_error err;

    if (jemput_checkpoint_cut(f->devices[device].jemput, &report, &err))
        fail_msg("device %u: %s", device, err.text);
    return report;
}

void cutting_all(struct fleet *f, unsigned hub)
{
    fleet_settle(f, hub);
    (void)cutting_make(f, 0, 0);
    cutting_backed_up(f, 0);
    fleet_settle(f, hub);
    for (unsigned i = 0; i < f->count; i++)
        (void)cutting_cut(f, i);
}

static unsigned shell_number(const char *command)
{
    char line[64] = "";
    FILE *out = popen(command, "r");

    if (!out || !fgets(line, sizeof line, out) || pclose(out) != 0)
        fail_msg("%s", command);
    return (unsigned)strtoul(line, NULL, 10);
}

unsigned cutting_hub_drops_old_generations(struct fleet *f, unsigned hub)
{
    char command[1200];
    const char *path = fleet_hub(f, hub);

    snprintf(command, sizeof command,
             "cd '%s' && n=0; for r in $(git for-each-ref --format='%%(refname)' refs/heads/log | grep -v -- -); do "
             "g=${r##*/}; if git show-ref -q --verify \"${r%%/*}/$((g+1))\"; then git update-ref -d \"$r\" && n=$((n+1)); fi; done; "
             "git gc -q --prune=now && echo $n",
             path);
    return shell_number(command);
}

int cutting_generation_at(struct fleet *f, unsigned hub, const char *writer)
{
    char command[600];

    snprintf(command, sizeof command,
             "g=0; for r in $(git -C '%s' for-each-ref --format='%%(refname)' refs/heads/log/%s | grep -v -- -); do "
             "if [ \"${r##*/}\" -ge $g ]; then g=$((${r##*/}+1)); fi; done; echo $g",
             fleet_hub(f, hub), writer);
    return (int)shell_number(command) - 1;
}
