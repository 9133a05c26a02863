/* sim/world/campaign.c — see campaign.h. */
#include "campaign.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"
#include "sometimes.h"

#define SECONDS_MAX 60 /* of one run */

static struct outcome *outcome_shared(void)
{
    static struct outcome *shared;

    if (!shared)
        shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        abort();
    return shared;
}

static void child_run(const struct options *o, struct outcome *out)
{
    const char *seconds = getenv("JEMPUT_SIM_SECONDS");

    alarm(seconds ? (unsigned)strtoul(seconds, NULL, 10) : SECONDS_MAX);
    out->well = world_run(o);
    out->steps = world_steps();
    out->devices = world_devices();
    if (!out->well)
        snprintf(out->text, sizeof out->text, "%s", failure_text());
}

void campaign_try(const struct options *o, struct outcome *out)
{
    struct outcome *shared = outcome_shared();
    int status = 0;
    pid_t child;

    memset(shared, 0, sizeof *shared);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        child_run(o, shared);
        fflush(stdout);
        _exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    if (WIFSIGNALED(status) || WEXITSTATUS(status)) {
        shared->well = false;
        snprintf(shared->text, sizeof shared->text, WIFSIGNALED(status) ? "the run ended with signal %d" : "the run ended with status %d",
                 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    *out = *shared;
}

static void tell(const struct options *o, struct outcome *found, bool make_small)
{
    static struct sometimes_table uncounted;
    struct sometimes_table *counted = sometimes_table();
    struct options small = *o;

    printf("seed %" PRIu64 ": %s\n", o->seed, found->text);
    fflush(stdout);
    sometimes_use(&uncounted);
    if (make_small)
        shrink(&small, found);
    sometimes_use(counted);
    if (make_small)
        printf("seed %" PRIu64 " again, smaller: %s\n", o->seed, found->text);
    printf("  ");
    options_print(&small);
    fflush(stdout);
}

struct fleet_run {
    uint64_t first, last;
    const struct options *common;
    unsigned failures_max, failures;
    bool small;
};

static void fleet_prepare(void *ctx)
{
    const struct fleet_run *f = ctx;

    world_prepare(f->first, f->common->features);
}

/* In a process of the fleet. */
/* Known to fail: it is told, so that nobody forgets it. */
static bool is_open(const struct options *common, uint64_t seed)
{
    for (unsigned i = 0; i < common->open_count; i++)
        if (common->open[i] == seed) {
            printf("seed %" PRIu64 ": open, not run\n", seed);
            return true;
        }
    return false;
}

static void fleet_run(struct fleet_run *f)
{
    if (!failure_guard(fleet_prepare, f)) {
        printf("seeds %" PRIu64 " to %" PRIu64 ": %s\n", f->first, f->last, failure_text());
        f->failures++;
        return;
    }
    for (uint64_t seed = f->first; seed <= f->last && f->failures < f->failures_max; seed++) {
        if (is_open(f->common, seed))
            continue;
        struct options o = *f->common;
        struct outcome found;

        o.seed = seed;
        campaign_try(&o, &found);
        if (found.well)
            continue;
        f->failures++;
        tell(&o, &found, f->small);
    }
}

static unsigned fleet_fork(struct fleet_run *f)
{
    int status = 0;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0) {
        fleet_run(f);
        exit((int)f->failures);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        abort();
    if (!WIFSIGNALED(status))
        return (unsigned)WEXITSTATUS(status);
    printf("seeds %" PRIu64 " to %" PRIu64 ": founding the fleet ended with signal %d\n", f->first, f->last, WTERMSIG(status));
    return 1;
}

unsigned campaign_run(uint64_t first, uint64_t last, const struct options *common, unsigned failures_max, bool small)
{
    unsigned failures = 0;

    while (first <= last && failures < failures_max) {
        uint64_t end = first - first % FLEET_SEEDS + FLEET_SEEDS - 1;
        struct fleet_run f = { first, end < last ? end : last, common, failures_max - failures, 0, small };

        failures += fleet_fork(&f);
        first = end + 1;
    }
    return failures;
}
