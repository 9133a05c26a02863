/* main.c — jemput-hub, which `jemput hub …` starts: a hub for tablets, on a server or on the laptop in the village hall. */
#include "hub.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct hub_command *const commands[] = { &command_serve, &command_add, &command_config, &command_tidy, &command_pre_receive,
                                                      &command_post_receive, &command_recover };
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static int help(void)
{
    puts(T("Pemakaian: jemput hub PERINTAH …\n\nSebuah hub menyimpan catatan yang sudah ditandatangani; ia tidak dapat membaca isinya. Perintah:",
           "Usage: jemput hub COMMAND …\n\nA hub stores signed logs; it cannot read what is in them. Commands:"));
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (!commands[i]->inner)
            printf("  %-8s %s\n", commands[i]->name, T(commands[i]->summary_id, commands[i]->summary_en));
    puts(T("\nBantuan perintah: jemput hub PERINTAH --help\n\nLangkah pertama:\n  mkdir /srv/jemput && jemput hub add /srv/jemput wonosari\n"
           "  jemput hub serve /srv/jemput --listen 127.0.0.1:8418\n  jemput -s kantor.db sync --hub http://127.0.0.1:8418/wonosari.git",
           "\nHelp of a command: jemput hub COMMAND --help\n\nFirst steps:\n  mkdir /srv/jemput && jemput hub add /srv/jemput wonosari\n"
           "  jemput hub serve /srv/jemput --listen 127.0.0.1:8418\n  jemput -s kantor.db sync --hub http://127.0.0.1:8418/wonosari.git"));
    return EXIT_DONE;
}

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    text_language_set(NULL);
    if (argc < 2)
        return help(), EXIT_WRONG_USE;
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return help();
    for (unsigned i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i]->name) == 0)
            return commands[i]->run(commands[i], argc - 1, argv + 1);
    return wrong_use(NULL, T("perintah '%s' tidak ada", "there is no command '%s'"), argv[1]);
}
