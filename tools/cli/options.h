/* options.h — the commands, and reading their options. */
#ifndef JEMPUT_CLI_OPTIONS_H
#define JEMPUT_CLI_OPTIONS_H

#include <stdbool.h>

struct cli;

struct command { /* each is at the end of its cmd_*.c */
    const char *name;
    const char *operands;   /* "FILE [--dry-run]"; of a program beside this one NULL: it has its own help */
    const char *summary_id, *summary_en;
    const char *example;
    int (*run)(struct cli *cli, int argc, char **argv);
    bool json;              /* takes --json */
    const char *more_id, *more_en; /* the rest of its help; may be NULL */
};

struct cli { /* what the program was started with */
    const char *store; /* NULL = not said */
    const char *pin_file; /* NULL = not said */
    bool json;
    const struct command *command;
};

struct option_spec { /* one of a command's own options */
    const char *name;
    const char *argument;      /* what its help calls the value; NULL = it has none */
    const char **value;        /* the last one given */
    bool *flag;                /* of an option without value */
    void (*each)(void *ctx, const char *value); /* may be NULL: for options that are given more than once */
    void *ctx;
    const char *help;
};

/* An array of specs and its count, as options_read() takes them. */
#define OPTIONS(specs) (specs), (unsigned)(sizeof(specs) / sizeof *(specs))

/* Read a command's options. `argv` keeps the operands only, from 0 on.
 *   operands   in: how many there may be at least and at most; argc out
 * false: the command is over (help was asked for, or wrong use was reported) with *code. */
bool options_read(struct cli *cli, const struct option_spec *specs, unsigned spec_count, int *argc, char **argv, int operands_min,
                  int operands_max, int *code);

/* A whole number from `min` to `max`. */
bool options_number(const char *text, long min, long max, long *out);
/* The name nearest to `word`, or NULL if none is near. */
const char *options_nearest(const char *word, const char *const *names, unsigned count);

#endif
