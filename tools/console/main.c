/* main.c — jemput-console, which `jemput console …` starts: the page of the people who run an office. */
#include <locale.h>
#include <signal.h>
#include <stdlib.h>

#include <jemput/curl.h>

#include "bucket.h"
#include "console.h"
#include "moment.h"

static const struct office_command *const commands[] = { &command_account, &command_serve, &command_looks, &command_config };

int main(int argc, char **argv)
{
    struct jemput_error err;

    setlocale(LC_CTYPE, "");
    signal(SIGPIPE, SIG_IGN);
    moment_zone();
    text_language_set(NULL);
    option_program("jemput console");
    if (!buckets_begin())
        return problem("%s", T("pustaka kriptografi tidak dapat dipakai", "the cryptographic library cannot be used"));
    if (jemput_curl_use(&(struct jemput_curl_options){ .ca_file = getenv("JEMPUT_CA_FILE"), .pin = getenv("JEMPUT_HUB_PIN") }, &err))
        return problem("%s", err.text);
    return option_main(
        commands, sizeof commands / sizeof commands[0],
        T("Halaman bagi yang mengurus kantor, di atas folder jemput central. Tiap orang masuk dengan akun dan PIN-nya sendiri.",
          "A page for the people who run an office, over the folder of jemput central. Each person signs in by an account and PIN of their own."),
        "  jemput console account add /srv/pusat siti --space wonosari --role admin --by kantor.db\n"
        "  jemput console serve /srv/pusat --listen 127.0.0.1:8421",
        argc, argv);
}
