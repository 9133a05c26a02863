/* commands.h — the list of commands: for dispatch, help, and suggestions. */
#ifndef JEMPUT_CLI_COMMANDS_H
#define JEMPUT_CLI_COMMANDS_H

#include "options.h"

enum { COMMAND_GROUP_MAX = 11 };

struct command_group {
    const char *title_id, *title_en;
    const struct command *commands[COMMAND_GROUP_MAX + 1]; /* NULL behind the last */
};

const struct command_group *commands_groups(unsigned *count);
/* NULL: there is none of that name. */
const struct command *command_find(const char *name);
/* Say so, and which name is nearest. The exit code. */
int command_unknown(const char *name);

#endif
