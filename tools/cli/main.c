/* main.c — jemput: the command line program. What stands before a command's name is read here; commands.c has the list of commands. */
#include <errno.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jemput/curl.h>

#include "commands.h"
#include "failure.h"
#include "help.h"
#include "terminal.h"
#include "text.h"

static int help(void)
{
    help_program();
    return EXIT_OK;
}

static int version(struct cli *cli)
{
    static char name[] = "version";
    char *argv[] = { name, NULL };

    cli->command = command_find(name);
    return cli->command->run(cli, 1, argv);
}

/* What a command printed must have arrived: a full disk behind a redirection is an error too. */
static int output_check(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    return code != EXIT_OK ? code : failure_file(T("keluaran baku", "standard output"), errno ? errno : EIO);
}

static int command_run(struct cli *cli, int argc, char **argv)
{
    if (strcmp(argv[0], "help") == 0) {
        static char wanted[] = "--help";
        char *again[] = { argc > 1 ? argv[1] : wanted, wanted, NULL };

        return argc == 1 || again[0][0] == '-' || strcmp(again[0], "help") == 0 ? help() : command_run(cli, 2, again);
    }
    cli->command = command_find(argv[0]);
    return cli->command ? cli->command->run(cli, argc, argv) : command_unknown(argv[0]);
}

/* Options before the command's name: -1 = the rest is for the command, from optind on; else the exit code. */
static int options_before(struct cli *cli, int argc, char **argv)
{
    static const struct option table[] = { { "help", no_argument, NULL, 'h' },
                                           { "version", no_argument, NULL, 'v' },
                                           { "store", required_argument, NULL, 's' },
                                           { "lang", required_argument, NULL, 'l' },
                                           { "pin-file", required_argument, NULL, 'p' },
                                           { 0 } };
    bool wants_help = false;
    int c;

    opterr = 0;
    while ((c = getopt_long(argc, argv, "+:hs:", table, NULL)) != -1) {
        if (c == 'h')
            wants_help = true;
        else if (c == 's')
            cli->store = optarg;
        else if (c == 'p')
            cli->pin_file = optarg;
        else if (c == 'v')
            return version(cli);
        else if (c == 'l' && !text_language_set(optarg))
            return failure_usage(NULL, T("bahasa '%s' tidak ada: id atau en", "there is no language '%s': id or en"), optarg);
        else if (c == ':')
            return failure_usage(NULL, T("pilihan '%s' perlu nilai", "option '%s' needs a value"), argv[optind - 1]);
        else if (c == '?')
            return failure_usage(NULL, T("pilihan '%s' tidak dikenal", "unknown option '%s'"), argv[optind - 1]);
    }
    if (wants_help)
        return help();
    return optind < argc ? -1 : failure_usage(NULL, "%s", T("perintah belum disebut", "no command was given"));
}

int main(int argc, char **argv)
{
    struct cli cli = { 0 };
    struct jemput_error err;
    int code;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_DFL); /* `jemput … | head`: whoever has read enough ends the program, quietly. What was committed stays */
    text_language_set(NULL);
    if (jemput_curl_use(&(struct jemput_curl_options){ .ca_file = getenv("JEMPUT_CA_FILE"), .pin = getenv("JEMPUT_HUB_PIN") }, &err))
        return failure_status(&err);
    code = options_before(&cli, argc, argv);
    if (code < 0)
        code = command_run(&cli, argc - optind, argv + optind);
    progress_end();
    return output_check(code);
}
