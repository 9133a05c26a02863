/* pool.c — see pool.h. The thread that calls pool_run() looks twice a second which spaces are due, because their time has come or somebody has poked
 * them; what moves outside is seen by poolwatch.c. Workers take what is due; a space is with one worker at a time. */
#define _GNU_SOURCE
#include "pool.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base.h"
#include "beat.h"
#include "due.h"
#include "hubmove.h"
#include "lease.h"
#include "metric.h"
#include "pgcancel.h"
#include "option.h"

#define REGARDLESS_MS 600000 /* a round at least so often */
#define SKIPPED_MS 5000      /* another program has the space: look again then */
#define BEHIND_MS 10000      /* PostgreSQL was not there: look again then */
#define BACKOFF_MIN_MS 1000
#define BACKOFF_MAX_MS 60000
#define STUCK_MS 300000
#define FAILING_MS 900000
#define WAITING_MS 300000
#define ROUNDS_MAX 10 /* of a space with --once */
#define WORKERS_MAX 64
#define START_AGAIN_S 5 /* a worker that could not start tries again */

struct pool pool = { .mutex = PTHREAD_MUTEX_INITIALIZER, .work = PTHREAD_COND_INITIALIZER };

/* A fifth more or less, so that hundreds do not come at once. */
static int64_t about(int64_t ms)
{
    return ms - ms / 5 + (ms > 5 ? rand() % (2 * ms / 5) : 0);
}

/* --- rounds --- */

/* Under the mutex. */
static struct due *due_take(void)
{
    struct due *d = due_next(pool.all, pool.count);

    if (!d)
        return NULL;
    d->wanted = false;
    d->busy = true;
    atomic_store(&d->beat_ms, monotonic_ms());
    return d;
}

static void failed_note(struct due *d, const struct trouble *why, uint32_t retry_s)
{
    int64_t wait = BACKOFF_MIN_MS << (d->failures < 6 ? d->failures : 6), now = monotonic_ms();

    if (d->failures == 0 || d->failures % 10 == 0)
        fprintf(stderr, "jemput central: %s: %s\n", d->space.name, why->text);
    d->failures++;
    d->failing_ms = d->failing_ms ? d->failing_ms : now;
    d->next_ms = now + about(wait < BACKOFF_MAX_MS ? wait : BACKOFF_MAX_MS);
    if (retry_s && d->next_ms < now + (int64_t)retry_s * 1000)
        d->next_ms = now + (int64_t)retry_s * 1000;
}

/* Under the mutex: what the round says about the next one. */
static void round_note(struct due *d, const struct round_report *r, const struct trouble *why)
{
    bool address = r->hub[0] && hub_is_address(r->hub);

    d->busy = false;
    d->wanted_ms = d->wanted ? monotonic_ms() : 0; /* what was wanted meanwhile waits for a worker from now on */
    if (r->hub[0])
        memcpy(d->hub, r->hub, sizeof d->hub);
    if (r->signature)
        d->signature = r->signature;
    if (why) {
        failed_note(d, why, r->retry_s);
        return;
    }
    if (r->skipped) {
        if (pool.options->once)
            fprintf(stderr, T("jemput central: %s: sedang dikerjakan proses lain\n", "jemput central: %s: another process works on it\n"),
                    d->space.name);
        d->next_ms = monotonic_ms() + SKIPPED_MS;
        return;
    }
    if (d->failures)
        fprintf(stderr, T("jemput central: %s: berjalan lagi\n", "jemput central: %s: works again\n"), d->space.name);
    d->failures = 0;
    d->failing_ms = 0;
    if (d->moved_ms && r->visible_ms)
        metric_visible(d->space.name, r->visible_ms - d->moved_ms);
    d->moved_ms = 0;
    d->next_ms = monotonic_ms() + about(address ? pool.options->poll_ms : r->behind.kind ? BEHIND_MS : REGARDLESS_MS);
    if (r->behind.kind && (!d->behind || pool.options->once))
        fprintf(stderr, "jemput central: %s: %s\n", d->space.name, r->behind.text);
    d->behind = r->behind.kind != TROUBLE_NONE;
    if (pool.options->once && r->moved && ++d->rounds < ROUNDS_MAX)
        due_want(d);
}

static void worker_loop(struct worker *w)
{
    pthread_mutex_lock(&pool.mutex);
    while (!atomic_load(&pool.stop)) {
        struct due *d = due_take();
        struct round_report report;
        struct trouble why;
        struct space space;
        int rc;

        if (!d) {
            pthread_cond_wait(&pool.work, &pool.mutex);
            continue;
        }
        space = d->space;
        beat_at(&d->beat_ms);
        pthread_mutex_unlock(&pool.mutex);
        rc = round_run(w, &space, &report, &why);
        pthread_mutex_lock(&pool.mutex);
        round_note(d, &report, rc && !atomic_load(&pool.stop) ? &why : NULL);
    }
    pthread_mutex_unlock(&pool.mutex);
}

/* Under the mutex: until some seconds are over, or everything is to end. What is due wakes it, too, and is nothing to it. */
static void a_while(void)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += START_AGAIN_S;
    while (!atomic_load(&pool.stop) && pthread_cond_timedwait(&pool.work, &pool.mutex, &until) == 0)
        continue;
}

/* It could not start: of this, and of nothing else, pool_health() is told until it has. */
static void start_failed(const struct trouble *why, bool *told)
{
    if (!*told)
        fprintf(stderr, "jemput central: %s\n", why->text);
    pthread_mutex_lock(&pool.mutex);
    pool.workers_failed += !*told;
    *told = true;
    if (!pool.options->once)
        a_while();
    pthread_mutex_unlock(&pool.mutex);
}

static void *worker_main(void *ctx)
{
    struct worker w;
    struct trouble why;
    bool failed = false;

    (void)ctx;
    do {
        if (worker_open(&w, pool.options->office, &pool.running, &why) == 0) {
            pthread_mutex_lock(&pool.mutex);
            pool.workers_failed -= failed;
            pthread_mutex_unlock(&pool.mutex);
            worker_loop(&w);
        } else {
            start_failed(&why, &failed);
        }
        worker_close(&w);
    } while (!atomic_load(&pool.stop) && !pool.options->once);
    return NULL;
}

/* --- which are due --- */

/* Under the mutex: the spaces of central.db; new ones are wanted at once. */
static int spaces_bring(struct office *office, struct trouble *why)
{
    struct spaces now;

    if (spaces_read(&now, office, why))
        return -1;
    for (unsigned i = 0; i < pool.count; i++)
        pool.all[i]->gone = true;
    for (unsigned i = 0; i < now.count; i++) {
        struct due *d = NULL;

        for (unsigned k = 0; k < pool.count && !d; k++)
            if (pool.all[k]->space.id == now.of[i].id)
                d = pool.all[k];
        if (!d) {
            d = memory_resize(NULL, 1, sizeof *d);
            *d = (struct due){ .wanted = false };
            due_want(d);
            pool.all = memory_resize(pool.all, pool.count + 1, sizeof *pool.all);
            pool.all[pool.count++] = d;
        }
        d->gone = d->let_go = false;
        if (!d->busy)
            d->space = now.of[i];
    }
    spaces_release(&now);
    return 0;
}

/* Under the mutex. */
static int pokes_read(struct office *office, struct trouble *why)
{
    struct sqlite3_stmt *stmt;
    int rc;

    if (base_prepare(office->db, &stmt, "SELECT id, poke FROM space WHERE left_ms IS NULL", why))
        return -1;
    while ((rc = sqlite3_step(stmt)) == SQLITE_ROW)
        for (unsigned i = 0; i < pool.count; i++)
            if (pool.all[i]->space.id == sqlite3_column_int64(stmt, 0)) {
                if (pool.all[i]->poke != sqlite3_column_int64(stmt, 1))
                    due_want(pool.all[i]);
                pool.all[i]->poke = sqlite3_column_int64(stmt, 1);
            }
    if (rc != SQLITE_DONE)
        trouble_sqlite(why, "pokes", office->db);
    sqlite3_finalize(stmt);
    return rc == SQLITE_DONE ? 0 : -1;
}

/* Under the mutex. What moved at a hub is looked at elsewhere: hubs_main(). */
static void due_look(struct due *d, bool all)
{
    int64_t now = monotonic_ms();

    if (d->busy || d->gone)
        return;
    if (d->failures && now < d->next_ms && !all)
        d->wanted = false;
    else if (all || now >= d->next_ms)
        due_want(d);
}

/* Leases of rounds under way. One that is not renewed is no harm, so nobody waits for that. */
static void leases_renew(struct office *office)
{
    int64_t busy[WORKERS_MAX];
    unsigned count = 0;

    pthread_mutex_lock(&pool.mutex);
    for (unsigned i = 0; i < pool.count && count < WORKERS_MAX; i++)
        if (pool.all[i]->busy)
            busy[count++] = pool.all[i]->space.id;
    pthread_mutex_unlock(&pool.mutex);
    while (count) {
        struct trouble why;
        bool held;

        (void)lease_take(office, busy[--count], lease_holder(), now_ms(), &held, &why);
    }
}

/* Of spaces that are followed no more, once each: whoever takes one out need not wait until the lease ends by itself. No worker takes such a one. */
static void leases_let_go(struct office *office)
{
    int64_t gone[WORKERS_MAX];
    unsigned count = 0;

    pthread_mutex_lock(&pool.mutex);
    for (unsigned i = 0; i < pool.count && count < WORKERS_MAX; i++)
        if (pool.all[i]->gone && !pool.all[i]->busy && !pool.all[i]->let_go) {
            pool.all[i]->let_go = true;
            gone[count++] = pool.all[i]->space.id;
        }
    pthread_mutex_unlock(&pool.mutex);
    while (count) {
        struct trouble why;

        (void)base_do(office->db, "DELETE FROM lease WHERE space = ?1 AND holder = ?2", &why, NULL, NULL, "it", gone[--count], lease_holder());
    }
}

/* One look at everything. `version`: of central.db's data, as SQLite tells it; it is read only where that has moved. */
static int tick_run(struct office *office, int64_t *version, int64_t *renewed_ms, bool all, struct trouble *why)
{
    int64_t now;
    int rc = base_do(office->db, "PRAGMA data_version", why, NULL, &now, "");

    pthread_mutex_lock(&pool.mutex);
    if (!rc && now != *version) {
        rc = spaces_bring(office, why) || pokes_read(office, why) ? -1 : 0;
        if (!rc)
            *version = now;
    }
    for (unsigned i = 0; i < pool.count && !pool.options->once; i++)
        due_look(pool.all[i], all);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.mutex);
    leases_let_go(office);
    if (monotonic_ms() - *renewed_ms >= LEASE_RENEW_MS) {
        leases_renew(office);
        *renewed_ms = monotonic_ms();
    }
    return rc;
}

/* --- the whole --- */

static bool once_over(void)
{
    bool busy = false;

    pthread_mutex_lock(&pool.mutex);
    for (unsigned i = 0; i < pool.count; i++)
        busy = busy || pool.all[i]->busy || pool.all[i]->wanted;
    busy = busy && pool.workers_failed < pool.options->workers;
    pthread_mutex_unlock(&pool.mutex);
    return !busy;
}

static void loop(struct office *office, const sigset_t *signals, void (*tick)(void))
{
    const struct timespec wait = { .tv_nsec = (pool.options->once ? 20 : TICK_MS) * 1000000L };
    int64_t version = -1, renewed = monotonic_ms();
    struct trouble why, told = { 0 };
    int signal = 0;

    do {
        if (tick_run(office, &version, &renewed, signal == SIGHUP, &why) == 0)
            told.kind = TROUBLE_NONE;
        else if (!told.kind) {
            fprintf(stderr, "jemput central: %s\n", why.text);
            told = why;
        }
        if (tick)
            tick();
        if (pool.options->once && once_over())
            return;
        signal = sigtimedwait(signals, NULL, &wait);
    } while (signal != SIGTERM && signal != SIGINT);
}

static int result(void)
{
    int code = pool.workers_failed ? EXIT_PROBLEM : EXIT_DONE;

    pthread_mutex_lock(&pool.mutex); /* somebody may still ask how it is */
    for (unsigned i = 0; i < pool.count; i++) {
        if (pool.options->once && (pool.all[i]->failures || pool.all[i]->behind))
            code = EXIT_PROBLEM;
        free(pool.all[i]);
    }
    free(pool.all);
    pool.all = NULL;
    pool.count = 0;
    pthread_mutex_unlock(&pool.mutex);
    return code;
}

/* One that hangs in a share does so until that is back, or the process is over. */
static void watch_end(pthread_t thread)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 2;
    if (pthread_timedjoin_np(thread, NULL, &until))
        pthread_detach(thread);
}

static void *cancel_main(void *ctx)
{
    (void)ctx;
    pg_cancel_all();
    return NULL;
}

/* In a thread of its own: a network that is silent does not keep us longer than the statement would. */
static void statements_cancel(void)
{
    pthread_t thread;

    if (pool.options->office->postgres[0] && pthread_create(&thread, NULL, cancel_main, NULL) == 0)
        pthread_detach(thread);
}

int pool_run(const struct pool_options *options, void (*tick)(void))
{
    void *(*const watches[])(void *) = { hubs_main, outbox_main };
    pthread_t workers[WORKERS_MAX], watching[2];
    unsigned started = 0, looking = 0;
    struct office office;
    struct trouble why;
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    pool.options = options;
    srand((unsigned)monotonic_ms());
    pool.running = (struct running){ .night = options->night, .stop = &pool.stop, .traces = options->traces };
    if (office_open(&office, options->office->folder, false, &why)) {
        office_close(&office);
        return problem("%s", why.text);
    }
    sqlite3_busy_timeout(office.db, 1000);
    while (started < options->workers && started < WORKERS_MAX && pthread_create(&workers[started], NULL, worker_main, NULL) == 0)
        started++;
    while (!options->once && looking < (options->office->postgres[0] ? 2u : 1u) &&
           pthread_create(&watching[looking], NULL, watches[looking], NULL) == 0)
        looking++;
    if (started)
        loop(&office, &signals, tick);
    atomic_store(&pool.stop, true);
    opened_cancel_all();
    statements_cancel();
    pthread_mutex_lock(&pool.mutex);
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.mutex);
    while (started)
        pthread_join(workers[--started], NULL);
    while (looking)
        watch_end(watching[--looking]);
    opened_close_all();
    (void)leases_drop(&office, lease_holder(), &why);
    office_close(&office);
    return result();
}

void pool_health(struct pool_health *out)
{
    int64_t now = monotonic_ms();

    *out = (struct pool_health){ 0 };
    pthread_mutex_lock(&pool.mutex);
    out->down = pool.workers_failed;
    for (unsigned i = 0; i < pool.count; i++) {
        out->spaces += !pool.all[i]->gone;
        out->failing += pool.all[i]->failing_ms && now - pool.all[i]->failing_ms > FAILING_MS;
        out->waiting += pool.all[i]->wanted && !pool.all[i]->busy && !pool.all[i]->gone && now - pool.all[i]->wanted_ms > WAITING_MS;
        out->stuck += pool.all[i]->busy && now - atomic_load(&pool.all[i]->beat_ms) > STUCK_MS;
    }
    pthread_mutex_unlock(&pool.mutex);
}

bool pool_copies(void)
{
    return pool.options && pool.options->night && pool.options->night->backup;
}
