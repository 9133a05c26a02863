/* main.c — jemput-central, which `jemput central …` starts: the central device of many spaces, as a service. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include <jemput/curl.h>

#include "commands.h"
#include "moment.h"

static const struct office_command *const commands[] = { &command_init, &command_add, &command_remove, &command_run, &command_status, &command_config,
                                                       &command_roles, &command_audit, &command_export, &command_recap };

int main(int argc, char **argv)
{
    struct jemput_error err;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    moment_zone();
    text_language_set(NULL);
    option_program("jemput central");
    if (jemput_curl_use(&(struct jemput_curl_options){ .ca_file = getenv("JEMPUT_CA_FILE"), .pin = getenv("JEMPUT_HUB_PIN") }, &err))
        return problem("%s", err.text);
    return option_main(commands, sizeof commands / sizeof commands[0],
                       T("Pusat memeriksa dan menggabungkan catatan semua ruang, menandatangani tanda terima, dan mengisi central.db (dan "
                         "PostgreSQL).",
                         "Central checks and merges the logs of all spaces, signs receipts, and fills central.db (and PostgreSQL)."),
                       "  jemput -s kantor.db invite --role pusat --out pusat.undangan\n"
                       "  jemput central init /srv/pusat\n"
                       "  jemput central add /srv/pusat wonosari --join pusat.undangan\n"
                       "  jemput central run /srv/pusat",
                       argc, argv);
}
