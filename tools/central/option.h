/* option.h — commands of jemput-central and jemput-console: options and help from one table each. */
#ifndef JEMPUT_CENTRAL_OPTION_H
#define JEMPUT_CENTRAL_OPTION_H

#include <stdbool.h>

#include "text.h"

struct option_spec {
    const char *name, *argument; /* argument NULL = a flag */
    const char **value;
    bool *flag;
    const char *help_id, *help_en;
};
struct office_command {
    const char *name, *operands;
    const char *summary_id, *summary_en, *more_id, *more_en; /* more: NULL = nothing */
    const char *example;
    int (*run)(const struct office_command *self, int argc, char **argv);
};
#define OPTIONS_MAX 24

/* "jemput central": stands before whatever is told. Static text. */
void option_program(const char *name);
/* Find argv[1] among the commands and run it; help; the exit code. `intro`, `steps`: before and after the list in the help. */
int option_main(const struct office_command *const *commands, unsigned count, const char *intro, const char *steps, int argc, char **argv);
/* argv keeps the operands, from 0 on. false: the command is over, with *code; else that is EXIT_DONE. */
bool option_read(const struct office_command *c, const struct option_spec *specs, unsigned count, int *argc, char **argv, int least, int most,
                 int *code);
int wrong_use(const struct office_command *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A problem, told on stderr; EXIT_PROBLEM. */
int problem(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
