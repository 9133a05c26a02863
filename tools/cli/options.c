/* options.c — getopt_long, with a suggestion for a misspelt name. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "help.h"
#include "text.h"

enum { OPTION_SPECS_MAX = 16, OPTION_OWN = 1000, WORD_MAX = 32 };

bool options_number(const char *text, long min, long max, long *out)
{
    char *end;

    errno = 0;
    *out = strtol(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out >= min && *out <= max;
}

/* Optimal string alignment: how many letters to add, drop, change or swap. */
static unsigned distance(const char *a, const char *b)
{
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];
    unsigned m = (unsigned)strlen(a), n = (unsigned)strlen(b);

    if (m > WORD_MAX || n > WORD_MAX)
        return WORD_MAX;
    for (unsigned i = 0; i <= m; i++)
        d[i][0] = i;
    for (unsigned k = 0; k <= n; k++)
        d[0][k] = k;
    for (unsigned i = 1; i <= m; i++)
        for (unsigned k = 1; k <= n; k++) {
            unsigned best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);

            if (d[i - 1][k] + 1 < best)
                best = d[i - 1][k] + 1;
            if (d[i][k - 1] + 1 < best)
                best = d[i][k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && d[i - 2][k - 2] + 1 < best)
                best = d[i - 2][k - 2] + 1;
            d[i][k] = best;
        }
    return d[m][n];
}

const char *options_nearest(const char *word, const char *const *names, unsigned count)
{
    const char *nearest = NULL;
    unsigned best = (unsigned)strlen(word) < 4 ? 2 : 3;

    for (unsigned i = 0; i < count; i++) {
        unsigned d = distance(word, names[i]);

        if (d < best || (!nearest && strlen(word) >= 3 && strncmp(names[i], word, strlen(word)) == 0)) {
            best = d < best ? d : best;
            nearest = names[i];
        }
    }
    return nearest;
}

static int unknown_option(const struct cli *cli, const struct option_spec *specs, unsigned count, const char *given)
{
    const char *names[OPTION_SPECS_MAX + 5] = { "help", "store", "lang", "pin-file" };
    unsigned name_count = 4;
    const char *nearest;
    char word[WORD_MAX + 1];

    if (cli->command->json)
        names[name_count++] = "json";
    for (unsigned i = 0; i < count; i++)
        names[name_count++] = specs[i].name;
    snprintf(word, sizeof word, "%.*s", (int)strcspn(given, "="), given);
    nearest = options_nearest(word + strspn(word, "-"), names, name_count);
    if (nearest)
        return failure_usage(cli->command->name, T("pilihan '%s' tidak dikenal; mungkin '--%s'?", "unknown option '%s'; did you mean '--%s'?"), word,
                             nearest);
    return failure_usage(cli->command->name, T("pilihan '%s' tidak dikenal", "unknown option '%s'"), word);
}

static void options_table(struct option *out, const struct cli *cli, const struct option_spec *specs, unsigned count)
{
    *out++ = (struct option){ "help", no_argument, NULL, 'h' };
    *out++ = (struct option){ "store", required_argument, NULL, 's' };
    *out++ = (struct option){ "lang", required_argument, NULL, 'l' };
    *out++ = (struct option){ "pin-file", required_argument, NULL, 'p' };
    if (cli->command->json)
        *out++ = (struct option){ "json", no_argument, NULL, 'j' };
    for (unsigned i = 0; i < count; i++)
        *out++ = (struct option){ specs[i].name, specs[i].argument ? required_argument : no_argument, NULL, OPTION_OWN + (int)i };
    *out = (struct option){ 0 };
}

static void own_option(const struct option_spec *spec)
{
    if (spec->flag)
        *spec->flag = true;
    if (spec->value)
        *spec->value = optarg;
    if (spec->each)
        spec->each(spec->ctx, optarg);
}

/* -1 = go on; else the exit code. */
static int option_take(struct cli *cli, const struct option_spec *specs, unsigned count, int c, char *const *argv, bool *help)
{
    if (c >= OPTION_OWN)
        own_option(&specs[c - OPTION_OWN]);
    else if (c == 'h')
        *help = true;
    else if (c == 's')
        cli->store = optarg;
    else if (c == 'p')
        cli->pin_file = optarg;
    else if (c == 'j')
        cli->json = true;
    else if (c == 'l') {
        if (!text_language_set(optarg))
            return failure_usage(cli->command->name, T("bahasa '%s' tidak ada: id atau en", "there is no language '%s': id or en"), optarg);
    } else if (c == ':')
        return failure_usage(cli->command->name, T("pilihan '%s' perlu nilai", "option '%s' needs a value"), argv[optind - 1]);
    else
        return unknown_option(cli, specs, count, argv[optind - 1]);
    return -1;
}

bool options_read(struct cli *cli, const struct option_spec *specs, unsigned spec_count, int *argc, char **argv, int operands_min, int operands_max,
                  int *code)
{
    struct option table[OPTION_SPECS_MAX + 6];
    bool help = false;
    int c;

    options_table(table, cli, specs, spec_count);
    opterr = 0;
    optind = 0; /* glibc: begin anew */
    while ((c = getopt_long(*argc, argv, ":hs:", table, NULL)) != -1) {
        *code = option_take(cli, specs, spec_count, c, argv, &help);
        if (*code >= 0)
            return false;
    }
    if (help) {
        help_command(cli->command, specs, spec_count);
        *code = EXIT_OK;
        return false;
    }
    *argc -= optind;
    memmove(argv, argv + optind, (size_t)*argc * sizeof *argv);
    if (*argc < operands_min || *argc > operands_max) {
        *code = failure_usage(cli->command->name, T("pemakaian: jemput %s%s%s", "usage: jemput %s%s%s"), cli->command->name,
                              cli->command->operands[0] ? " " : "", cli->command->operands);
        return false;
    }
    return true;
}
