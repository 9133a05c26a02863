/* commands.c — the list of commands, by what one comes for. What each does and says of itself stands in its own cmd_*.c. */
#include "commands.h"

#include <string.h>

#include "cmd.h"
#include "failure.h"
#include "text.h"

static const struct command_group groups[] = {
    { "Ruang dan perangkat", "Space and devices", { &command_init, &command_invite, &command_join, &command_devices, &command_device, &command_admit, &command_approve, &command_root, &command_pin } },
    { "Data", "Data", { &command_import, &command_attach, &command_attachments, &command_sql, &command_export, &command_recap } },
    { "Sinkronisasi", "Sync", { &command_sync, &command_bundle, &command_hub, &command_status, &command_diff } },
    { "Perlu keputusan", "Needs a decision", { &command_cases, &command_conflicts, &command_held, &command_duplicates, &command_resolve, &command_merge_rows, &command_refused, &command_adopt } },
    { "Riwayat dan pemeriksaan", "History and audit", { &command_history, &command_why, &command_log, &command_verify, &command_rebuild, &command_signers, &command_fork_proof } },
    { "Titik pangkal dan penghapusan", "Checkpoints and erasure", { &command_checkpoint, &command_forget } },
    { "Kantor", "Office", { &command_central, &command_console } },
    { "Program", "Program", { &command_version } },
};

enum { GROUP_COUNT = sizeof groups / sizeof groups[0] };

const struct command_group *commands_groups(unsigned *count)
{
    *count = GROUP_COUNT;
    return groups;
}

const struct command *command_find(const char *name)
{
    for (unsigned g = 0; g < GROUP_COUNT; g++)
        for (const struct command *const *c = groups[g].commands; *c; c++)
            if (strcmp((*c)->name, name) == 0)
                return *c;
    return NULL;
}

/* `jemput revoke 7` means `jemput device revoke 7`. */
static bool is_of_device(const char *name)
{
    static const char *const words[] = { "change", "suspend", "resume", "revoke", "replace", "rotate" };

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], name) == 0)
            return true;
    return false;
}

int command_unknown(const char *name)
{
    const char *names[GROUP_COUNT * COMMAND_GROUP_MAX];
    const char *nearest;
    unsigned count = 0;

    for (unsigned g = 0; g < GROUP_COUNT; g++)
        for (const struct command *const *c = groups[g].commands; *c; c++)
            names[count++] = (*c)->name;
    if (is_of_device(name))
        return failure_usage(NULL, T("perintah '%s' tidak ada; mungkin 'device %s'?", "there is no command '%s'; did you mean 'device %s'?"), name, name);
    nearest = options_nearest(name, names, count);
    if (nearest)
        return failure_usage(NULL, T("perintah '%s' tidak ada; mungkin '%s'?", "there is no command '%s'; did you mean '%s'?"), name, nearest);
    return failure_usage(NULL, T("perintah '%s' tidak ada", "there is no command '%s'"), name);
}
