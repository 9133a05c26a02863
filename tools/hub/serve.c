/* serve.c — `jemput hub serve`: a hub that speaks HTTP, on a server or on the laptop in the village hall. */
#include "lan.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bucket.h"

#define PEM_BYTES_MAX (64u * 1024)
#define UNLOCK_S 600
#define FILES_BESIDE 256 /* for git, logs, this program itself */

struct given { /* options as text; NULL = not given */
    const char *listen, *address, *users, *cert, *key, *max_mb, *daily_mb, *keep_mb, *processes, *connections, *rate, *rosters, *idle, *work;
    bool lan, behind_proxy;
};

static char *file_text(const char *path)
{
    FILE *f = fopen(path, "re");
    char *text = f ? malloc(PEM_BYTES_MAX + 1) : NULL;
    size_t len;

    if (!text) {
        problem("%s: %s", path, strerror(errno));
        if (f)
            fclose(f);
        return NULL;
    }
    len = fread(text, 1, PEM_BYTES_MAX, f);
    text[len] = '\0';
    fclose(f);
    return text;
}

static bool number(const struct hub_command *self, const char *name, const char *text, long min, long max, long *out, int *code)
{
    if (!text || option_number(text, min, max, out))
        return true;
    *code = wrong_use(self, T("--%s: sebutkan %ld sampai %ld", "--%s: give %ld to %ld"), name, min, max);
    return false;
}

static bool numbers_read(const struct hub_command *self, const struct given *g, struct serve *s, int *code)
{
    long max_mb = 64, keep_mb = 256, daily_mb = 4096;

    s->processes = 2 * sysconf(_SC_NPROCESSORS_ONLN);
    if (s->processes < 4)
        s->processes = 4;
    s->connections = 2048;
    s->rate = 120;
    s->rosters = 4096;
    s->idle_s = 60;
    s->work_s = 600;
    if (!number(self, "max-mb", g->max_mb, 1, 4096, &max_mb, code) || !number(self, "keep-free-mb", g->keep_mb, 0, 1048576, &keep_mb, code) ||
        !number(self, "daily-mb", g->daily_mb, 1, 1048576, &daily_mb, code) ||
        !number(self, "processes", g->processes, 1, 256, &s->processes, code) ||
        !number(self, "connections", g->connections, 8, 65536, &s->connections, code) ||
        !number(self, "rate", g->rate, 1, 60000, &s->rate, code) || !number(self, "rosters", g->rosters, 1, 65536, &s->rosters, code) || !number(self, "idle", g->idle, 1, 3600, &s->idle_s, code) ||
        !number(self, "work", g->work, 1, 86400, &s->work_s, code))
        return false;
    s->body_bytes_max = (uint64_t)max_mb << 20;
    s->free_bytes_min = (uint64_t)keep_mb << 20;
    s->day_bytes_max = (uint64_t)daily_mb << 20;
    s->waiting_max = s->connections / 4;
    return true;
}

/* Sockets, and two files for each request that is under way. */
static int files_allow(const struct serve *s)
{
    rlim_t wanted = (rlim_t)(3 * s->connections + FILES_BESIDE);
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit))
        return problem("RLIMIT_NOFILE: %s", strerror(errno));
    if (limit.rlim_cur >= wanted)
        return EXIT_DONE;
    if (limit.rlim_max < wanted)
        return problem(T("batas berkas terbuka %lu terlalu kecil: perlu %lu (ulimit -n), atau --connections yang lebih kecil",
                         "the limit of open files, %lu, is too low: %lu are needed (ulimit -n), or fewer --connections"),
                       (unsigned long)limit.rlim_max, (unsigned long)wanted);
    limit.rlim_cur = wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) ? problem("RLIMIT_NOFILE: %s", strerror(errno)) : EXIT_DONE;
}

static int repository_ready(void *program, const char *path)
{
    int code = repository_prepare(path, program);
    char space[65];

    if (!code)
        code = repository_unlock(NULL, path);
    if (!code && roster_recover(path))
        code = EXIT_PROBLEM;
    if (!code && roster_space(space, path) == 0 && !space[0] && repository_has_logs(path) && roster_make(path)) /* a copy, or of a sync to the folder */
        code = EXIT_PROBLEM;
    return code;
}

static int serve_prepare(struct serve *s)
{
    char *const ask[] = { "git", "--exec-path", NULL };
    char program[PATH_BYTES], folder[PATH_BYTES - 32];
    struct stat st;

    if (stat(s->folder, &st) || !S_ISDIR(st.st_mode))
        return problem("%s: %s", s->folder, T("folder tidak ada", "there is no such folder"));
    if (!program_path(program) || !process_line(ask, folder, sizeof folder))
        return problem("%s", T("git tidak ada", "git is not there"));
    snprintf(s->backend, sizeof s->backend, "%s/git-http-backend", folder);
    if (access(s->backend, X_OK))
        return problem("%s: %s", s->backend, strerror(errno));
    if (s->users_file && gate_users_read(s->users_file))
        return EXIT_PROBLEM;
    return repositories_each(s->folder, repository_ready, program);
}

struct served { /* where it listens */
    struct listens listens;
    struct http_listen http;
    unsigned lan_port; /* 0 = it is not announced */
};

/* Until SIGTERM or SIGINT. Signals are blocked in all threads: this one waits for them. */
static void serve_until(const struct serve *s, const struct served *where, const sigset_t *ends)
{
    const struct timespec second = { .tv_sec = 1 };

    for (unsigned seconds = 1; sigtimedwait(ends, NULL, &second) == -1; seconds++) {
        watch_look(s->idle_s);
        if (announce_look())
            lan_addresses_show(s, &where->listens, where->http.cert != NULL);
        recover_look(s, seconds);
        if (seconds % UNLOCK_S == 0)
            repositories_each(s->folder, repository_unlock, NULL);
    }
}

static int serve_go(struct serve *s, const struct given *g, const struct served *where)
{
    struct MHD_Daemon *daemon;
    sigset_t ends;
    int code = serve_prepare(s);

    if (!code)
        code = files_allow(s);
    if (!code && !buckets_begin())
        code = problem("%s", T("tidak ada bilangan acak", "there are no random numbers"));
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ends, NULL);
    if (code || (code = jobs_start(s)) != EXIT_DONE)
        return code;
    daemon = http_start(s, &where->http);
    code = daemon ? accepting_start(daemon, &where->listens) : EXIT_PROBLEM;
    if (!code) {
        printf(T("Hub berjalan: %s://%s/NAMA.git (%s)\n", "The hub runs: %s://%s/NAME.git (%s)\n"), where->http.cert ? "https" : "http", g->listen, s->folder);
        if (where->lan_port) {
            lan_tell(&where->listens, where->http.cert != NULL);
            announce_begin(s, where->lan_port, where->http.cert != NULL);
        }
        fflush(stdout);
        serve_until(s, where, &ends);
    }
    recover_end();
    announce_end();
    accepting_stop();
    jobs_stop();
    if (daemon)
        http_stop(daemon);
    return code;
}

static int listens_check(const struct hub_command *self, struct given *g, struct served *where)
{
    if (g->lan && !g->listen)
        return lan_which(self);
    if (g->lan && g->address)
        return wrong_use(self, "%s", T("--lan: tablet memakai alamat yang diumumkan, jadi tanpa --address",
                                       "--lan: tablets use the address that is announced, so there is no --address"));
    if (!g->listen)
        g->listen = "127.0.0.1:8418";
    if (!listens_read(&where->listens, g->listen))
        return wrong_use(self, T("--listen: paling banyak %d alamat", "--listen: at most %d addresses"), LAN_LISTENS_MAX);
    where->http.host_port = where->listens.of[0];
    where->lan_port = g->lan ? lan_port(self, &where->listens) : 0;
    return g->lan && !where->lan_port ? EXIT_WRONG_USE : EXIT_DONE;
}

/* Without a slash at its end: a repository's name comes behind it. NULL stays. */
static const char *address_write(char out[512], const char *given)
{
    size_t len = given ? strlen(given) : 0;

    while (len && given[len - 1] == '/')
        len--;
    snprintf(out, 512, "%.*s", (int)len, given ? given : "");
    return given ? out : NULL;
}

static int serve_run(const struct hub_command *self, int argc, char **argv)
{
    struct given g = { .listen = NULL };
    const struct option_spec specs[] = {
        { "listen", "ADDRESS:PORT", &g.listen, NULL, "bawaannya 127.0.0.1:8418; beberapa: dipisah koma", "127.0.0.1:8418 by default; several: separate by commas" },
        { "lan", NULL, NULL, &g.lan, "umumkan di ruangan ini (Avahi); sebut juga --listen", "announce it in this room (Avahi); give --listen, too" },
        { "address", "URL", &g.address, NULL, "alamat hub bagi perangkat: https://hub.contoh", "the hub's address for devices: https://hub.example" },
        { "behind-proxy", NULL, NULL, &g.behind_proxy, "di belakang server web di mesin ini, yang menyebut kliennya (X-Real-IP)",
          "behind a web server on this machine that names its client (X-Real-IP)" },
        { "users", "FILE", &g.users, NULL, "izinkan juga sandi: baris NAMA:SANDI", "also accept passwords: lines NAME:SECRET" },
        { "tls-cert", "FILE", &g.cert, NULL, "sertifikat, PEM", "certificate, PEM" },
        { "tls-key", "FILE", &g.key, NULL, "kuncinya, PEM", "its key, PEM" },
        { "max-mb", "N", &g.max_mb, NULL, "satu kiriman paling besar, dalam MB (64)", "largest single push, in MB (64)" },
        { "daily-mb", "N", &g.daily_mb, NULL, "kiriman sehari tiap perangkat, lampirannya dihitung sendiri, dalam MB (4096)",
          "most that a device may push in a day, attachments apart, in MB (4096)" },
        { "keep-free-mb", "N", &g.keep_mb, NULL, "sisakan di penyimpanan, dalam MB (256)", "keep this much of the disk free, in MB (256)" },
        { "processes", "N", &g.processes, NULL, "proses git sekaligus (2 per inti)", "git processes at once (2 per core)" },
        { "connections", "N", &g.connections, NULL, "sambungan sekaligus (2048)", "connections at once (2048)" },
        { "rate", "N", &g.rate, NULL, "permintaan per menit tiap perangkat (120)", "requests per minute from each device (120)" },
        { "rosters", "N", &g.rosters, NULL, "daftar perangkat yang diingat, satu tiap repositori (4096)",
          "lists of devices that are kept in memory, one a repository (4096)" },
        { "work", "SECONDS", &g.work, NULL, "paling lama git bekerja (600)", "end a git process after SECONDS (600)" },
        { "idle", "SECONDS", &g.idle, NULL, "sambungan diam diputus (60)", "close idle connections after SECONDS (60)" },
    };
    struct serve s = { .folder = NULL };
    struct served where = { .lan_port = 0 };
    char address[512];
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code) || !numbers_read(self, &g, &s, &code))
        return code;
    if (!g.cert != !g.key)
        return wrong_use(self, "%s", T("--tls-cert dan --tls-key: keduanya, atau tidak sama sekali", "--tls-cert and --tls-key: both, or neither"));
    if (g.address && ((strncmp(g.address, "http://", 7) != 0 && strncmp(g.address, "https://", 8) != 0) || strlen(g.address) >= sizeof address))
        return wrong_use(self, "--address %s: http:// / https://", g.address);
    code = listens_check(self, &g, &where);
    if (code)
        return code;
    s.folder = realpath(argv[0], NULL);
    if (!s.folder)
        return problem("%s: %s", argv[0], strerror(errno));
    s.address = address_write(address, g.address);
    s.users_file = g.users;
    s.behind_proxy = g.behind_proxy;
    where.http.cert = g.cert ? file_text(g.cert) : NULL;
    where.http.key = g.key ? file_text(g.key) : NULL;
    code = (g.cert && !where.http.cert) || (g.key && !where.http.key) ? EXIT_PROBLEM : serve_go(&s, &g, &where);
    gate_release();
    free((void *)where.http.cert);
    free((void *)where.http.key);
    free((void *)s.folder);
    return code;
}

const struct hub_command command_serve = {
    .name = "serve",
    .operands = "FOLDER [OPTION]…",
    .summary_id = "Layani repositori di FOLDER lewat HTTP atau HTTPS.",
    .summary_en = "Serve the repositories in FOLDER over HTTP or HTTPS.",
    .more_id = "Perangkat masuk dengan kuncinya sendiri, menurut daftar perangkat ruangnya: tidak perlu sandi. Yang\n"
               "dicabut ditolak. Tiap perangkat hanya menulis cabangnya sendiri, dan semua yang masuk diperiksa dulu.\n"
               "Berhenti dengan SIGTERM: yang sedang berjalan diselesaikan.\n"
               "--lan, untuk laptop di balai desa: tablet di ruangan yang sama menemukannya tanpa internet\n"
               "(jemput sync --lan).\n"
               "PERCAYAKAH Anda kepada setiap orang di jaringan itu? Isi catatan tersegel dan ditandatangani, jadi tidak\n"
               "terbaca dan tidak terubah. Tanpa TLS orang lain di sana melihat siapa yang sinkron dan daftar perangkat, dan\n"
               "dapat memutusnya; siapa pun dapat mengumumkan hub, tetapi tablet hanya mengirim ke hub ruangnya sendiri.",
    .more_en = "Devices come in by their own keys, as the space's roster has them: no passwords. Revoked ones are\n"
               "refused. A device writes its own branch only, and all that is pushed is checked first.\n"
               "SIGTERM ends it: what is under way is finished.\n"
               "--lan, for the laptop in the village hall: tablets in the same room find it without internet\n"
               "(jemput sync --lan). DO YOU TRUST everybody on that network? What is in the logs is sealed and signed: nobody\n"
               "reads or changes it. Without TLS others there see who syncs, and the list of devices, and can cut the link;\n"
               "anybody can announce a hub, but a tablet sends nothing to one that is not of its own space.",
    .example = "jemput hub serve /srv/jemput --listen 127.0.0.1:8418 --address https://hub.example\n"
               "  jemput hub serve ~/hub --lan --listen 192.168.43.1:8418",
    .run = serve_run,
};
