/* cmd_run.c — `jemput central run`: the service, or with --once one turn of it for cron. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "keyfile.h"
#include "metric.h"
#include "notify.h"
#include "pg.h"
#include "pool.h"
#include "watchhttp.h"

#define WATCHDOG_TICKS 40 /* of half a second */

struct given { /* options as text; NULL = not given */
    const char *workers, *poll, *listen, *postgres, *key_file, *night, *backup, *revocation;
    bool once, cut, trace;
};

/* systemd hears of us while no round stands still: else it starts us anew. */
static void tick(void)
{
    static unsigned ticks;
    struct pool_health h;

    if (ticks++ == 0)
        notify_send("READY=1");
    if (ticks % WATCHDOG_TICKS)
        return;
    pool_health(&h);
    if (!h.stuck)
        notify_send("WATCHDOG=1");
}

static bool night_read(const struct office_command *self, const struct given *g, struct night *out, int *code)
{
    unsigned hour, minute;
    char end;

    *out = (struct night){ .backup = g->backup, .cut = g->cut, .revocation_days = 30 };
    if (g->night && (sscanf(g->night, "%2u:%2u%c", &hour, &minute, &end) != 2 || hour > 23 || minute > 59)) {
        *code = wrong_use(self, "%s", T("--night: sebutkan JJ:MM", "--night: give HH:MM"));
        return false;
    }
    if (g->night)
        out->minute = (int)(hour * 60 + minute);
    if (g->revocation && !number_read(g->revocation, 0, 3650, &out->revocation_days)) {
        *code = wrong_use(self, "%s", T("--revocation-days: sebutkan 0 sampai 3650", "--revocation-days: give 0 to 3650"));
        return false;
    }
    if (!g->night && (g->backup || g->cut)) {
        *code = wrong_use(self, "%s", T("--backup dan --cut: sebutkan juga --night", "--backup and --cut: give --night, too"));
        return false;
    }
    if (g->cut && !g->backup) {
        *code = wrong_use(self, "%s", T("--cut: sebutkan juga --backup: yang belum disalin tidak dipotong",
                                        "--cut: give --backup, too: what was not copied is not cut off"));
        return false;
    }
    return true;
}

static int service_run(const struct given *g, struct pool_options *options)
{
    struct watchhttp *watch = NULL;
    sigset_t signals;
    int code;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &signals, NULL); /* in all threads: the pool's own waits for them */
    if (!g->once) {
        watch = watchhttp_start(g->listen, options->office->folder);
        if (!watch)
            return EXIT_PROBLEM;
        printf(T("Pusat berjalan (%s), http://%s/healthz\n", "Central runs (%s), http://%s/healthz\n"), options->office->folder, g->listen);
        fflush(stdout);
    }
    code = pool_run(options, g->once ? NULL : tick);
    notify_send("STOPPING=1");
    watchhttp_stop(watch);
    metric_release();
    return code;
}

static int run_run(const struct office_command *self, int argc, char **argv)
{
    struct given g = { .listen = "127.0.0.1:8420" };
    const struct option_spec specs[] = {
        { "once", NULL, NULL, &g.once, "sekali jalan, untuk cron", "one round, then end; for cron" },
        { "workers", "N", &g.workers, NULL, "ruang yang dikerjakan sekaligus (jumlah inti)", "spaces at once (number of cores)" },
        { "poll", "SECONDS", &g.poll, NULL, "jeda melihat hub beralamat (3)", "pause between looks at a hub with an address (3)" },
        { "listen", "127.0.0.1:PORT", &g.listen, NULL, "/metrics dan /healthz (127.0.0.1:8420)", "/metrics and /healthz (127.0.0.1:8420)" },
        { "postgres", "CONNINFO", &g.postgres, NULL, "lain dari yang disebut pada init", "a database other than at init" },
        { "key-file", "FILE", &g.key_file, NULL, "kunci berkas data yang disegel", "key of sealed stores" },
        { "night", "HH:MM", &g.night, NULL, "titik pangkal dan salinan tiap malam", "checkpoints and copies every night" },
        { "backup", "FOLDER", &g.backup, NULL, "folder salinan", "folder for the copies" },
        { "cut", NULL, NULL, &g.cut, "potong yang tercakup titik pangkal dan salinan", "cut off what checkpoint and copy cover" },
        { "revocation-days", "N", &g.revocation, NULL, "umur data yang masih bisa dicabut (30)", "age of what can still be revoked (30)" },
        { "trace", NULL, NULL, &g.trace, "sebut tiap langkah", "report each step" },
    };
    struct pool_options options = { .poll_ms = 3000 };
    long workers = sysconf(_SC_NPROCESSORS_ONLN), poll_s = 3;
    unsigned char key[KEYFILE_BYTES];
    struct office office;
    struct night night;
    struct trouble why;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code) || !night_read(self, &g, &night, &code))
        return code;
    if ((g.workers && !number_read(g.workers, 1, 64, &workers)) || (g.poll && !number_read(g.poll, 1, 3600, &poll_s)))
        return wrong_use(self, "%s", T("--workers: 1 sampai 64; --poll: 1 sampai 3600", "--workers: 1 to 64; --poll: 1 to 3600"));
    if (g.postgres && pg_conninfo_check(g.postgres, &why))
        return wrong_use(self, "--postgres: %s", why.text);
    if (office_open(&office, argv[0], false, &why) || (g.key_file && keyfile_read(key, g.key_file, &why))) {
        office_close(&office);
        return problem("%s", why.text);
    }
    office.key = g.key_file ? key : NULL;
    if (g.postgres)
        snprintf(office.postgres, sizeof office.postgres, "%s", g.postgres);
    office.once = g.once;
    options.office = &office;
    options.workers = workers > 64 ? 64 : (unsigned)workers;
    options.poll_ms = poll_s * 1000;
    options.once = g.once;
    options.night = g.night ? &night : NULL;
    options.traces = g.trace;
    code = service_run(&g, &options);
    office_close(&office);
    return code;
}

const struct office_command command_run = {
    .name = "run",
    .operands = "FOLDER [OPTION]…",
    .summary_id = "Jalankan pusat: gabungkan, beri tanda terima, isi central.db dan PostgreSQL.",
    .summary_en = "Run central: merge, give receipts, fill central.db and PostgreSQL.",
    .more_id = "Aman dimatikan kapan saja: tidak ada yang hilang atau ganda. Beberapa proses boleh berjalan sekaligus atas satu\n"
               "folder. Kode keluar 1: ada ruang yang gagal; namanya di layar.",
    .more_en = "Safe to kill at any moment: nothing is lost or doubled. Several processes may run on one folder.\n"
               "Exit code 1: some space failed; it is named.",
    .example = "jemput central run /srv/pusat --night 02:00 --backup /srv/salinan",
    .run = run_run,
};
