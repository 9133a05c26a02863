/* announce.c — the hub's repositories, said in the room through Avahi.
 *
 * By the program avahi-publish, not by the library: it is Avahi's own, deals with D-Bus, names that are taken, and changes of address and network,
 * and can neither block nor crash the hub. It is given up with the hub (PR_SET_PDEATHSIG), and begun anew where it ends: the daemon was restarted. */
#define _GNU_SOURCE
#include "lan.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define SERVICE "_jemput._tcp"
#define SERVICES_MAX 16
#define SPACE_DIGITS 16
#define SETTLED_S 2 /* a process that lives so long was taken on by Avahi */
#define AGAIN_S 5   /* and one that has ended is begun anew after so long */
#define FOLDER_S 3  /* the folder is looked at for new spaces so often */

struct service {
    char name[NAME_MAX_BYTES + 1], space[SPACE_DIGITS + 1];
    pid_t pid;      /* 0 = none */
    unsigned since; /* second in which it was begun, or has ended */
};

static struct announcing {
    const struct serve *serve;
    char port[8];
    bool tls, on, told_missing;
    struct service of[SERVICES_MAX];
    unsigned count, second, said; /* said: services, when that was told last */
} now;

/* --- one process --- */

static void child_run(char *const argv[], pid_t parent)
{
    sigset_t none;
    int null = open("/dev/null", O_RDWR);

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent || null == -1 || dup2(null, 0) == -1 || dup2(null, 1) == -1 || dup2(null, 2) == -1)
        _exit(1);
    execvp(argv[0], argv);
    _exit(1);
}

static void service_begin(struct service *s)
{
    char called[NAME_MAX_BYTES + 16], space[SPACE_DIGITS + 16], path[NAME_MAX_BYTES + 16];
    char *argv[] = { "avahi-publish", "-s", called, SERVICE, now.port, "txtvers=1", space, path, now.tls ? "tls=1" : NULL, NULL };
    pid_t parent = getpid();

    snprintf(called, sizeof called, "jemput %.*s", NAME_MAX_BYTES - 8, s->name); /* Avahi takes 63 bytes, and makes it another name if it is taken */
    snprintf(space, sizeof space, "space=%s", s->space);
    snprintf(path, sizeof path, "path=/%s.git", s->name);
    s->since = now.second;
    s->pid = fork();
    if (s->pid == 0)
        child_run(argv, parent);
    if (s->pid == -1)
        s->pid = 0;
}

static void service_end(struct service *s)
{
    if (!s->pid)
        return;
    kill(s->pid, SIGTERM);
    while (waitpid(s->pid, NULL, 0) == -1 && errno == EINTR)
        ;
    s->pid = 0;
}

/* --- which there are --- */

static int repository_see(void *ctx, const char *path)
{
    const char *name = strrchr(path, '/') + 1;
    size_t len = strlen(name) - 4; /* ".git" */
    char space[65];

    (void)ctx;
    if (roster_space(space, path) || !space[0])
        return 0;
    for (unsigned i = 0; i < now.count; i++)
        if (strlen(now.of[i].name) == len && strncmp(now.of[i].name, name, len) == 0)
            return 0;
    if (now.count == SERVICES_MAX)
        return 0;
    snprintf(now.of[now.count].name, sizeof now.of[0].name, "%.*s", (int)len, name);
    snprintf(now.of[now.count].space, sizeof now.of[0].space, "%.*s", SPACE_DIGITS, space);
    service_begin(&now.of[now.count++]);
    return 0;
}

void announce_begin(const struct serve *s, unsigned port, bool tls)
{
    now = (struct announcing){ .serve = s, .tls = tls, .on = true };
    snprintf(now.port, sizeof now.port, "%u", port);
    repositories_each(s->folder, repository_see, NULL);
}

/* --- what became of them --- */

static void service_look(struct service *s, unsigned *settled, bool *ended)
{
    if (s->pid && waitpid(s->pid, NULL, WNOHANG) == s->pid) {
        s->pid = 0;
        s->since = now.second;
        *ended = true;
    } else if (!s->pid && now.second - s->since >= AGAIN_S) {
        service_begin(s);
    }
    *settled += s->pid && now.second - s->since >= SETTLED_S;
}

bool announce_look(void)
{
    unsigned settled = 0;
    bool ended = false;

    if (!now.on)
        return false;
    if (++now.second % FOLDER_S == 0)
        repositories_each(now.serve->folder, repository_see, NULL);
    for (unsigned i = 0; i < now.count; i++)
        service_look(&now.of[i], &settled, &ended);
    if (settled != now.said && settled == now.count) {
        printf(T("Diumumkan di ruangan ini (Avahi): %u repositori. Di tablet: jemput sync --lan\n",
                 "Announced in this room (Avahi): %u repositories. On a tablet: jemput sync --lan\n"), settled);
        fflush(stdout);
        now.said = settled;
        now.told_missing = false;
    }
    if (!ended || now.told_missing)
        return false;
    now.told_missing = true;
    now.said = 0;
    return true;
}

void announce_end(void)
{
    for (unsigned i = 0; i < now.count; i++)
        service_end(&now.of[i]);
    now.on = false;
}
