/* cmd_serve.c — `jemput console serve`. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "account.h"
#include "auditjob.h"
#include "cache.h"
#include "events.h"
#include "http.h"
#include "job.h"
#include "keyfile.h"
#include "resend.h"

/* Until SIGTERM or SIGINT, which are blocked in all threads: this one waits for them. */
static void serve_until_told(const sigset_t *ends)
{
    int got;

    while (sigwait(ends, &got) != 0)
        ;
}

static int serve_all(const struct console *c, const sigset_t *ends)
{
    struct MHD_Daemon *daemon = NULL;
    struct trouble why;
    int code = EXIT_DONE;

    if (look_start(c, &why) || jobs_start(c, &why) || events_start(c, &why) || resend_start(&why))
        code = problem("%s", why.text);
    else if (!(daemon = http_start(c)))
        code = EXIT_PROBLEM;
    if (daemon) {
        printf(T("Konsol berjalan: %s%s (%s)\n", "The console runs: %s%s (%s)\n"), c->address[0] ? "" : "http://",
               c->address[0] ? c->address : c->listen, c->folder);
        fflush(stdout);
        serve_until_told(ends);
    }
    events_stop();
    jobs_stop();
    audit_stop();
    if (daemon)
        http_stop(daemon);
    resend_stop();
    sessions_end_all();
    desks_close_all();
    cache_clear();
    look_stop();
    return code;
}

static int serve_go(const struct console *c)
{
    struct accounts *accounts;
    struct trouble why;
    sigset_t ends;
    int code;

    setenv("SQLITE_TMPDIR", c->folder, 0); /* what SQLite sorts and compares holds persons: it stays on the disk that central.db is on */
    export_clean(c);
    if (accounts_open(&accounts, c->folder, true, &why))
        return problem("%s", why.text);
    request_accounts_set(accounts);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    code = serve_all(c, &ends);
    request_accounts_set(NULL);
    accounts_close(accounts);
    return code;
}

static bool is_loopback(const char *listen)
{
    return strncmp(listen, "127.", 4) == 0 || strncmp(listen, "[::1]:", 6) == 0 || strncmp(listen, "localhost:", 10) == 0;
}

/* "https://kantor.example": scheme and host alone, as browsers send it for Origin. */
static bool address_good(const char *address)
{
    const char *host = strncmp(address, "https://", 8) == 0 ? address + 8 : strncmp(address, "http://", 7) == 0 ? address + 7 : NULL;

    return host && host[0] && !strpbrk(host, "/?#@ \"\\") && strlen(address) < sizeof((struct console *)0)->address;
}

static int serve_run(const struct office_command *self, int argc, char **argv)
{
    static struct console console; /* threads look at it to the end */
    static uint8_t key[32];
    const char *listen = "127.0.0.1:8421", *address = "", *key_file = NULL, *pin_again = NULL;
    const struct option_spec specs[] = {
        { "listen", "ADDRESS:PORT", &listen, NULL, "bawaannya 127.0.0.1:8421; hanya mesin ini sendiri",
          "127.0.0.1:8421 by default; this machine only" },
        { "address", "URL", &address, NULL, "alamat bagi peramban, bila nginx di depannya: https://kantor.contoh",
          "as browsers know it, behind nginx: https://office.example" },
        { "pin-again", "SECONDS", &pin_again, NULL, "tindakan berat meminta PIN lagi setelah sekian detik; bawaannya 300, tidak lebih",
          "acts that weigh want the PIN again after so long; 300 by default, and at most" },
        { "trace", NULL, NULL, &console.traces, "sebut pertanyaan yang membaca seluruh tabel", "report queries that read whole tables" },
        { "key-file", "FILE", &key_file, NULL, "kunci penyimpanan pusat, 64 angka heksadesimal", "key to central's stores, 64 hexadecimal digits" },
    };
    struct office office;
    struct trouble why;
    long again_s = SESSION_RENEWED_S;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (pin_again && !number_read(pin_again, 1, SESSION_RENEWED_S, &again_s))
        return wrong_use(self, "--pin-again %s: 1 … %d", pin_again, SESSION_RENEWED_S);
    session_pin_again((unsigned)again_s);
    if (!is_loopback(listen))
        return wrong_use(self, "--listen %s: %s", listen,
                         T("hanya 127.0.0.1 atau [::1]; bagi yang lain: nginx di depannya (jemput console config nginx)",
                           "127.0.0.1 or [::1] only; for others put nginx before it (jemput console config nginx)"));
    if (address[0] && !address_good(address))
        return wrong_use(self, "--address %s: %s", address,
                         T("tulis https://NAMA, tanpa apa pun di belakangnya", "write https://NAME, and nothing after it"));
    if (key_file && keyfile_read(key, key_file, &why))
        return problem("%s", why.text);
    if (office_open(&office, argv[0], true, &why))
        return problem("%s", why.text);
    snprintf(console.folder, sizeof console.folder, "%s", office.folder);
    office_close(&office);
    snprintf(console.listen, sizeof console.listen, "%s", listen);
    snprintf(console.address, sizeof console.address, "%s", address);
    console.key = key_file ? key : NULL;
    code = serve_go(&console);
    sodium_memzero(key, sizeof key);
    return code;
}

const struct office_command command_serve = {
    .name = "serve",
    .operands = "FOLDER [--listen 127.0.0.1:PORT] [--address URL] [--key-file FILE] [--pin-again SECONDS] [--trace]",
    .summary_id = "Layani halaman konsol untuk folder pusat FOLDER.",
    .summary_en = "Serve the console's page for central's folder FOLDER.",
    .more_id = "Hanya mesin ini yang mencapainya. Bagi peramban lain: nginx dengan HTTPS di depannya (jemput console config\n"
               "nginx). Siapa pun yang root di mesin ini dapat membaca central.db: mesin itu milik Disdukcapil.",
    .more_en = "Only this machine reaches it. For other browsers put nginx with HTTPS before it (jemput console config nginx).\n"
               "Whoever is root on this machine can read central.db: it should be the civil registry's.",
    .example = "jemput console serve /srv/pusat --address https://kantor.example",
    .run = serve_run,
};
