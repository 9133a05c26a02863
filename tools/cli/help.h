/* help.h — what --help says. */
#ifndef JEMPUT_CLI_HELP_H
#define JEMPUT_CLI_HELP_H

#include "options.h"

/* Of the program: its commands, options, exit codes and first steps. */
void help_program(void);
/* Of one command and its own options. */
void help_command(const struct command *command, const struct option_spec *specs, unsigned count);

#endif
