/* commands.h — the commands of jemput-central, one file each. */
#ifndef JEMPUT_CENTRAL_COMMANDS_H
#define JEMPUT_CENTRAL_COMMANDS_H

#include "option.h"

extern const struct office_command command_init, command_add, command_remove, command_run, command_status, command_config, command_roles,
    command_audit, command_export, command_recap;

#endif
