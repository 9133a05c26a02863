/* option.c — see option.h. */
#include "option.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "central.h"

enum { OPTION_OWN = 1000 };

static const char *program = "jemput central";

void option_program(const char *name)
{
    program = name;
}

int wrong_use(const struct office_command *c, const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, T("\nBantuan: %s %s%s--help\n", "\nHelp: %s %s%s--help\n"), program, c ? c->name : "", c ? " " : "");
    return EXIT_WRONG_USE;
}

int problem(const char *format, ...)
{
    va_list args;

    fprintf(stderr, "%s: ", program);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return EXIT_PROBLEM;
}

bool number_read(const char *text, long min, long max, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= min && *out <= max;
}

static void help_print(const struct office_command *c, const struct option_spec *specs, unsigned count)
{
    printf(T("Pemakaian: %s %s %s\n\n%s\n", "Usage: %s %s %s\n\n%s\n"), program, c->name, c->operands, T(c->summary_id, c->summary_en));
    if (c->more_id)
        printf("%s\n", T(c->more_id, c->more_en));
    puts(T("\nPilihan:", "\nOptions:"));
    for (unsigned i = 0; i < count; i++) {
        char left[64];

        snprintf(left, sizeof left, "--%s%s%s", specs[i].name, specs[i].argument ? " " : "", specs[i].argument ? specs[i].argument : "");
        printf("  %-26s %s\n", left, T(specs[i].help_id, specs[i].help_en));
    }
    printf("  %-26s %s\n", "--help", T("bantuan ini", "this help"));
    printf(T("\nContoh:\n  %s\n", "\nExample:\n  %s\n"), c->example);
}

bool option_read(const struct office_command *c, const struct option_spec *specs, unsigned count, int *argc, char **argv, int least, int most,
                 int *code)
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
    *code = wrong_use(c, T("pemakaian: %s %s %s", "usage: %s %s %s"), program, c->name, c->operands);
    return false;
}

static int help_all(const struct office_command *const *commands, unsigned count, const char *intro, const char *steps)
{
    printf(T("Pemakaian: %s PERINTAH …\n\n%s Perintah:\n", "Usage: %s COMMAND …\n\n%s Commands:\n"), program, intro);
    for (unsigned i = 0; i < count; i++)
        printf("  %-8s %s\n", commands[i]->name, T(commands[i]->summary_id, commands[i]->summary_en));
    printf(T("\nBantuan perintah: %s PERINTAH --help\n\nLangkah pertama:\n%s\n",
             "\nHelp of a command: %s COMMAND --help\n\nFirst steps:\n%s\n"), program, steps);
    return EXIT_DONE;
}

int option_main(const struct office_command *const *commands, unsigned count, const char *intro, const char *steps, int argc, char **argv)
{
    if (argc < 2)
        return help_all(commands, count, intro, steps), EXIT_WRONG_USE;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return help_all(commands, count, intro, steps);
    for (unsigned i = 0; i < count; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return wrong_use(NULL, T("perintah '%s' tidak ada", "there is no command '%s'"), argv[1]);
}
