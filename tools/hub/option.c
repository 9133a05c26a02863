/* option.c — options and help of the hub's commands, from one table each. */
#include "hub.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_OWN = 1000 };

int wrong_use(const struct hub_command *c, const char *format, ...)
{
    va_list args;

    fputs("jemput hub: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, T("\nBantuan: jemput hub %s%s--help\n", "\nHelp: jemput hub %s%s--help\n"), c ? c->name : "", c ? " " : "");
    return EXIT_WRONG_USE;
}

int problem(const char *format, ...)
{
    va_list args;

    fputs("jemput hub: ", stderr);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_PROBLEM;
}

bool option_number(const char *text, long min, long max, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= min && *out <= max;
}

static void help_print(const struct hub_command *c, const struct option_spec *specs, unsigned count)
{
    printf(T("Pemakaian: jemput hub %s %s\n\n%s\n", "Usage: jemput hub %s %s\n\n%s\n"), c->name, c->operands, T(c->summary_id, c->summary_en));
    if (c->more_id)
        printf("%s\n", T(c->more_id, c->more_en));
    puts(T("\nPilihan:", "\nOptions:"));
    for (unsigned i = 0; i < count; i++) {
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s", specs[i].name, specs[i].argument ? " " : "", specs[i].argument ? specs[i].argument : "");
        printf("  %-24s %s\n", left, T(specs[i].help_id, specs[i].help_en));
    }
    printf("  %-24s %s\n", "--help", T("bantuan ini", "this help"));
    printf(T("\nContoh:\n  %s\n", "\nExample:\n  %s\n"), c->example);
}

bool option_read(const struct hub_command *c, const struct option_spec *specs, unsigned count, int *argc, char **argv, int least, int most, int *code)
{
    struct option table[OPTIONS_MAX + 2] = { { "help", no_argument, NULL, 'h' } };
    int got;

    for (unsigned i = 0; i < count; i++)
        table[i + 1] = (struct option){ specs[i].name, specs[i].argument ? required_argument : no_argument, NULL, OPTION_OWN + (int)i };
    *code = EXIT_DONE;
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while ((got = getopt_long(*argc, argv, ":h", table, NULL)) != -1) {
        if (got == 'h') {
            help_print(c, specs, count);
            *code = EXIT_DONE;
            return false;
        }
        if (got < OPTION_OWN) {
            *code = wrong_use(c, got == ':' ? T("pilihan '%s' perlu nilai", "option '%s' needs a value")
                                            : T("pilihan '%s' tidak dikenal", "unknown option '%s'"), argv[optind - 1]);
            return false;
        }
        if (specs[got - OPTION_OWN].flag)
            *specs[got - OPTION_OWN].flag = true;
        else
            *specs[got - OPTION_OWN].value = optarg;
    }
    *argc -= optind;
    memmove(argv, argv + optind, (size_t)*argc * sizeof *argv);
    if (*argc >= least && *argc <= most)
        return true;
    *code = wrong_use(c, T("pemakaian: jemput hub %s %s", "usage: jemput hub %s %s"), c->name, c->operands);
    return false;
}
