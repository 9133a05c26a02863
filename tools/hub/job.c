/* job.c — requests for git: a few threads, each of which runs `git http-backend` for one request after the other. */
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define HEAD_BYTES_MAX 4096
#define VARS_MAX 32
#define VAR_BYTES 4608
#define END_MS 2000 /* that git has to take its locks away when its time is over */
#define END_LOOK_MS 20
#define LOOK_MS 1000 /* how often it is looked whether the hub is to end */
#define STOP_MS 60000 /* that git still has when the hub is to end: systemd waits for 90 s, and then kills all of it */

static const struct serve *serve;
static pthread_t *threads;
static long thread_count;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static struct job *first, **last = &first;
static long waiting;
static unsigned turned_away; /* since there was room last */
static double work_s = 0.05; /* that a request takes, on the average of late */
static bool stopping;
static atomic_int_fast64_t stop_ms = INT64_MAX; /* when git's time is over, whatever it does */

static int64_t now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the environment of the process, as CGI and git want it --- */

struct vars {
    char *of[VARS_MAX + 1];
    unsigned count;
    bool failed;
};

static void var(struct vars *v, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void var(struct vars *v, const char *name, const char *format, ...)
{
    char text[VAR_BYTES];
    size_t len = (size_t)snprintf(text, sizeof text, "%s=", name);
    va_list args;
    int more_len;

    va_start(args, format);
    more_len = vsnprintf(text + len, sizeof text - len, format, args);
    va_end(args);
    if (more_len < 0 || len + (size_t)more_len >= sizeof text || v->count == VARS_MAX || !(v->of[v->count] = strdup(text)))
        v->failed = true;
    else
        v->count++;
}

static void vars_release(struct vars *v)
{
    for (unsigned i = 0; i < v->count; i++)
        free(v->of[i]);
}

static bool job_pushes(const struct job *job)
{
    return strstr(job->path, "/git-receive-pack") != NULL;
}

static void job_repository(char out[PATH_BYTES], const struct job *job)
{
    snprintf(out, PATH_BYTES, "%s%.*s", serve->folder, (int)strcspn(job->path + 1, "/") + 1, job->path);
}

static void vars_fill(struct vars *v, const struct job *job)
{
    const char *path = getenv("PATH"), *temporary = getenv("TMPDIR");
    char repository[PATH_BYTES];

    job_repository(repository, job);
    var(v, "PATH", "%s", path ? path : "/usr/bin:/bin");
    if (temporary)
        var(v, "TMPDIR", "%s", temporary);
    var(v, "GIT_PROJECT_ROOT", "%s", serve->folder);
    var(v, "GIT_HTTP_EXPORT_ALL", "1");
    var(v, "PATH_INFO", "%s", job->path);
    var(v, "QUERY_STRING", "%s", job->query);
    var(v, "REQUEST_METHOD", "%s", job->method);
    var(v, "CONTENT_TYPE", "%s", job->content_type);
    if (strcmp(job->method, "POST") == 0)
        var(v, "CONTENT_LENGTH", "%" PRIu64, job->body.len);
    if (job->content_encoding[0])
        var(v, "HTTP_CONTENT_ENCODING", "%s", job->content_encoding);
    if (job->git_protocol[0])
        var(v, "GIT_PROTOCOL", "%s", job->git_protocol);
    var(v, "REMOTE_ADDR", "%s", job->remote);
    var(v, "REMOTE_USER", "%s", job->who.key[0] ? job->who.key : job->who.standing);
    var(v, "JEMPUT_HUB_KEY", "%s", job->who.key);
    var(v, "JEMPUT_HUB_STANDING", "%s", job->who.standing);
    var(v, "JEMPUT_HUB_INVITE", "%s", job->who.invite);
    if (job_pushes(job))
        var(v, "GIT_ALLOC_LIMIT", "%s", "256m"); /* objects are small: one that says it is not is a bomb */
    var(v, "GIT_CONFIG_COUNT", "4");
    var(v, "GIT_CONFIG_KEY_0", "safe.directory");
    var(v, "GIT_CONFIG_VALUE_0", "*");
    var(v, "GIT_CONFIG_KEY_1", "receive.maxInputSize");
    var(v, "GIT_CONFIG_VALUE_1", "%" PRIu64, serve->body_bytes_max);
    var(v, "GIT_CONFIG_KEY_2", "core.hooksPath"); /* whatever this machine's own settings say */
    var(v, "GIT_CONFIG_VALUE_2", "%s/hooks", repository);
    var(v, "GIT_CONFIG_KEY_3", "core.bigFileThreshold");
    var(v, "GIT_CONFIG_VALUE_3", "1m"); /* what is larger has no deltas: see repository.c */
}

/* --- one process --- */

static int backend_start(const struct job *job, int out, pid_t *pid)
{
    char *const argv[] = { (char *)serve->backend, NULL };
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    struct vars vars = { .count = 0 };
    sigset_t pipe, none;
    int rc;

    sigemptyset(&none);
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE); /* which this program ignores, and git does not */
    vars_fill(&vars, job);
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &pipe);
    posix_spawnattr_setsigmask(&attributes, &none);
    if (job->body.fd == -1)
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    else
        posix_spawn_file_actions_adddup2(&actions, job->body.fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    rc = vars.failed ? ENOMEM : posix_spawn(pid, argv[0], &actions, &attributes, argv, vars.of);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    vars_release(&vars);
    return rc;
}

/* What it prints, until it ends or its time is over. 0 or an errno. */
static int answer_read(struct job *job, int from)
{
    int64_t end = now_ms() + serve->work_s * 1000;
    char piece[64 * 1024];
    int failed = 0;

    for (;;) {
        struct pollfd p = { .fd = from, .events = POLLIN };
        int64_t stop = atomic_load(&stop_ms), left = (end < stop ? end : stop) - now_ms();
        int ready = left > 0 ? poll(&p, 1, left < LOOK_MS ? (int)left : LOOK_MS) : 0;
        ssize_t got;

        if (left <= 0)
            return ETIMEDOUT;
        if (ready <= 0)
            continue;
        got = read(from, piece, sizeof piece);
        if (got == 0)
            return failed;
        if (got > 0 && !failed)
            failed = spool_write(&job->answer, serve, 0, piece, (size_t)got);
        if (failed)
            return failed;
    }
}

/* "Status: 404 Not Found", "Content-Type: …", an empty line. */
static bool head_read(struct job *job)
{
    char head[HEAD_BYTES_MAX + 1], *line, *end, *rest;
    ssize_t len = job->answer.fd == -1 ? 0 : pread(job->answer.fd, head, HEAD_BYTES_MAX, 0);

    if (len <= 0)
        return false;
    head[len] = '\0';
    end = strstr(head, "\r\n\r\n");
    if (!end)
        return false;
    *end = '\0';
    job->offset = (uint64_t)(end + 4 - head);
    job->status = 200;
    for (line = strtok_r(head, "\r\n", &rest); line; line = strtok_r(NULL, "\r\n", &rest)) {
        if (strncasecmp(line, "Status: ", 8) == 0)
            job->status = (unsigned)strtoul(line + 8, NULL, 10);
        else if (strncasecmp(line, "Content-Type: ", 14) == 0)
            snprintf(job->answer_type, sizeof job->answer_type, "%s", line + 14);
    }
    return job->status >= 200 && job->status < 600;
}

/* Its exit code; -1 = it was ended. Whoever ends git at once finds its locks there ever after: so it is asked first. */
static int backend_wait(pid_t pid, bool end)
{
    const struct timespec a_while = { .tv_nsec = END_LOOK_MS * 1000000L };
    int status, left = END_MS;

    if (end)
        kill(-pid, SIGTERM);
    for (pid_t got = 0; end && got == 0 && left > 0; left -= END_LOOK_MS) {
        got = waitpid(pid, &status, WNOHANG);
        if (got == pid)
            return kill(-pid, SIGKILL), -1; /* and what it has started */
        nanosleep(&a_while, NULL);
    }
    if (end)
        kill(-pid, SIGKILL);
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A repository that was put here by hand has no hook, and git takes everything. */
static bool is_guarded(const struct job *job)
{
    char hook[PATH_BYTES + 32], repository[PATH_BYTES];

    job_repository(repository, job);
    snprintf(hook, sizeof hook, "%s/hooks/pre-receive", repository);
    return access(hook, X_OK) == 0;
}

/* A push that was ended may have changed who is enrolled, and not said so. */
static void push_mend(const struct job *job)
{
    char repository[PATH_BYTES];

    job_repository(repository, job);
    (void)roster_recover(repository);
}

static void job_run(struct job *job)
{
    int ends[2], failed, code = 0;
    pid_t pid;

    job->status = 507;
    if (job_pushes(job) && !disk_has_room(serve, 3 * job->body.len))
        return;
    job->status = 500;
    if (job_pushes(job) && !is_guarded(job))
        return;
    if (job->body.fd != -1)
        lseek(job->body.fd, 0, SEEK_SET);
    if (pipe2(ends, O_CLOEXEC))
        return;
    failed = backend_start(job, ends[1], &pid);
    close(ends[1]);
    if (!failed) {
        failed = answer_read(job, ends[0]);
        code = backend_wait(pid, failed != 0);
    }
    close(ends[0]);
    spool_release(&job->body);
    if (job_pushes(job) && (failed || code != 0))
        push_mend(job);
    if (failed || !head_read(job))
        job->status = failed == ENOSPC ? 507 : failed == ETIMEDOUT ? 504 : 500;
}

/* --- those that wait --- */

static void *worker(void *nothing)
{
    (void)nothing;
    for (;;) {
        struct job *job;
        int64_t start;
        bool stop;

        pthread_mutex_lock(&mutex);
        while (!first && !stopping)
            pthread_cond_wait(&more, &mutex);
        job = first;
        stop = stopping;
        if (job) {
            first = job->next;
            if (!first)
                last = &first;
            waiting--;
        }
        pthread_mutex_unlock(&mutex);
        if (!job)
            return NULL;
        start = now_ms();
        if (stop)
            job->status = 503;
        else
            job_run(job);
        pthread_mutex_lock(&mutex);
        work_s = 0.95 * work_s + 0.05 * (double)(now_ms() - start) / 1000;
        pthread_mutex_unlock(&mutex);
        job->done(job);
    }
}

bool jobs_add(struct job *job)
{
    bool room;

    pthread_mutex_lock(&mutex);
    room = !stopping && waiting < serve->waiting_max;
    if (room) {
        job->next = NULL;
        *last = job;
        last = &job->next;
        waiting++;
        turned_away /= 2;
        pthread_cond_signal(&more);
    }
    pthread_mutex_unlock(&mutex);
    return room;
}

unsigned jobs_wait_s(void)
{
    unsigned place;
    double wait;

    pthread_mutex_lock(&mutex);
    place = ++turned_away;
    wait = (double)(waiting + place) * work_s / (double)serve->processes;
    pthread_mutex_unlock(&mutex);
    return wait < 1 ? 1 + place % 3 : wait > 300 ? 300 : (unsigned)wait + 1;
}

int jobs_start(const struct serve *s)
{
    serve = s;
    threads = calloc((size_t)s->processes, sizeof *threads);
    if (!threads)
        return problem("%s", strerror(ENOMEM));
    while (thread_count < s->processes) {
        int rc = pthread_create(&threads[thread_count], NULL, worker, NULL);

        if (rc)
            return problem("%s", strerror(rc));
        thread_count++;
    }
    return EXIT_DONE;
}

void jobs_stop(void)
{
    pthread_mutex_lock(&mutex);
    stopping = true;
    atomic_store(&stop_ms, now_ms() + STOP_MS);
    pthread_cond_broadcast(&more);
    pthread_mutex_unlock(&mutex);
    while (thread_count)
        pthread_join(threads[--thread_count], NULL);
    free(threads);
    threads = NULL;
}
