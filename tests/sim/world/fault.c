/* sim/world/fault.c — see fault.h. */
#include "fault.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "failure.h"
#include "sometimes.h"

/* --- memory --- */

static struct {
    uint64_t calls, fail_at, failures;
    bool armed, sticky, paused;
} memory;

static void *memory_realloc(void *ctx, void *ptr, size_t size)
{
    (void)ctx;
    if (size == 0) {
        free(ptr);
        return NULL;
    }
    if (memory.armed && !memory.paused) {
        uint64_t call = memory.calls++;

        if (call == memory.fail_at || (memory.sticky && call > memory.fail_at)) {
            memory.failures++;
            return NULL;
        }
    }
    return realloc(ptr, size);
}

void fault_memory_install(void)
{
    jemput_allocator_set(memory_realloc, NULL);
}

void fault_memory_pause(bool pauses)
{
    memory.paused = pauses;
}

/* --- links --- */

/* What a sync says of it: engine/repo/smart.c. */
static enum jemput_status link_status(const struct git_link *l)
{
    switch (l->fault) {
    case GIT_LINK_UNPROVEN:
        return JEMPUT_UNTRUSTED;
    case GIT_LINK_READ_ONLY:
    case GIT_LINK_UNPACK_FAILS:
        return JEMPUT_DENIED;
    case GIT_LINK_STATUS:
        break;
    default:
        return JEMPUT_OFFLINE;
    }
    switch (l->fault_byte) {
    case 401:
    case 403:
        return JEMPUT_DENIED;
    case 404:
        return JEMPUT_NOTFOUND;
    case 413:
        return JEMPUT_LIMIT;
    case 429:
    case 503:
        return JEMPUT_BUSY;
    case 507:
        return JEMPUT_FULL;
    default:
        return JEMPUT_OFFLINE;
    }
}

static void link_arm(struct fault *f)
{
    static const enum git_link_fault cuts[] = { GIT_LINK_CUT_UP, GIT_LINK_CUT_DOWN, GIT_LINK_CUT_DOWN, GIT_LINK_DIES, GIT_LINK_SILENT };
    static const enum git_link_fault failures[] = { GIT_LINK_STATUS, GIT_LINK_STATUS, GIT_LINK_STATUS, GIT_LINK_PORTAL, GIT_LINK_UNPROVEN,
        GIT_LINK_NO_NAME, GIT_LINK_STALLED, GIT_LINK_READ_ONLY, GIT_LINK_UNPACK_FAILS };
    static const unsigned statuses[] = { 401, 403, 404, 413, 429, 500, 502, 503, 507 };
    struct rng rng = rng_of(f->seed, 0);
    bool cut = f->kind == FAULT_HUB_CUT;

    f->link->fault = cut ? cuts[rng_below(&rng, 5)] : failures[rng_below(&rng, 9)];
    f->link->fault_at = rng_below(&rng, 6);
    f->link->fault_lasts = f->sticky;
    f->link->fault_byte_wraps = true;
    f->link->fault_byte = f->link->fault == GIT_LINK_STATUS ? statuses[rng_below(&rng, 9)] : rng_log(&rng, 1u << 16);
    f->status = link_status(f->link);
}

/* --- choosing --- */

void fault_choose(struct fault *f, struct rng *rng, enum act act, unsigned armed)
{
    static const enum jemput_status hub_answers[] = { JEMPUT_IO, JEMPUT_IO, JEMPUT_FULL, JEMPUT_DENIED };
    static const unsigned most[][3] = {
        /* of write, seal, sync */
        [FAULT_POWER] = { 40, 60, 150 },     [FAULT_KILL] = { 40, 60, 150 },   [FAULT_IO] = { 60, 150, 400 },   [FAULT_FULL] = { 20, 30, 90 },
        [FAULT_ALLOC] = { 300, 1500, 6000 }, [FAULT_HUB_CALL] = { 0, 0, 120 }, [FAULT_HUB_CUT] = { 0, 0, 120 }, [FAULT_CANCEL] = { 0, 0, 12 },
    };
    unsigned found = 0;

    *f = (struct fault){ .kind = FAULT_NONE, .act = act };
    for (unsigned k = FAULT_POWER; k < FAULT_ACTS; k++)
        if (armed & 1u << k && most[k][act] && rng_below(rng, ++found) == 0)
            f->kind = (enum fault_kind)k;
    f->at = rng_log(rng, most[f->kind][act]);
    f->sticky = rng_one_in(rng, 3);
    f->seed = crash_rng_next(&rng->state);
    f->status = hub_answers[rng_below(rng, 4)];
}

void fault_begin(struct fault *f, struct device *d)
{
    f->torn_before = crash_vfs_counters(d->vfs)->torn;
    f->lost_before = crash_vfs_counters(d->vfs)->lost;
    f->sim = &d->sim;
    d->hubs->now_ms = d->sim.wall_ms;
    f->calls = 0;
    switch (f->kind) {
    case FAULT_POWER:
    case FAULT_KILL:
        crash_vfs_cut_at(d->vfs, f->at);
        break;
    case FAULT_IO:
        crash_vfs_fail_at(d->vfs, f->at, CRASH_FAULT_IO, f->sticky);
        break;
    case FAULT_FULL:
        crash_vfs_fail_at(d->vfs, f->at, CRASH_FAULT_FULL, f->sticky);
        break;
    case FAULT_ALLOC:
        memory.calls = memory.failures = 0;
        memory.fail_at = f->at;
        memory.sticky = f->sticky;
        memory.armed = true;
        break;
    case FAULT_HUB_CALL:
        if (f->link)
            link_arm(f);
        else
            sim_env_fail_at(&d->sim, f->at, f->status, f->sticky);
        break;
    case FAULT_HUB_CUT:
        if (f->link)
            link_arm(f);
        else
            hub_cut_at(d->hubs, f->sticky ? f->at % 4 : f->at, f->sticky, f->seed);
        break;
    default:
        break;
    }
}

int fault_progress(void *fault, const struct jemput_progress *progress)
{
    struct fault *f = fault;

    (void)progress;
    sim_env_advance(f->sim, 7);
    return f->kind == FAULT_CANCEL && !f->sticky && f->calls++ >= f->at;
}

/* --- what comes after --- */

/* Open; now and then the power goes again while that is done. */
static void reopen(struct device *d, uint64_t seed, bool cuts)
{
    struct jemput_error err;

    for (unsigned again = 0; cuts && again < 2 && seed % 4 == 0; again++) {
        enum jemput_status st;

        crash_vfs_cut_at(d->vfs, (seed / 4 + again) % 9);
        st = device_open(d, &err);
        if (st && !crash_vfs_is_cut(d->vfs))
            failure("device %u: does not open: %s", d->number, err.text);
        device_close(d);
        if (crash_vfs_is_cut(d->vfs))
            sometimes(SOMETIMES_POWER_OPEN);
        sim_env_power_cut(&d->sim, seed + again);
    }
    crash_vfs_cut_at(d->vfs, UINT64_MAX);
    if (device_open(d, &err))
        failure("device %u: does not open any more: %s", d->number, err.text);
}

static void end_power(struct fault *f, struct device *d, bool cut)
{
    static const enum sometimes cuts[] = { SOMETIMES_POWER_WRITE, SOMETIMES_POWER_SEAL, SOMETIMES_POWER_SYNC };
    const struct crash_counters *count = crash_vfs_counters(d->vfs);

    device_close(d);
    sim_env_power_cut(&d->sim, f->seed);
    if (cut)
        sometimes(cuts[f->act]);
    if (count->torn > f->torn_before && f->act == ACT_WRITE)
        sometimes(SOMETIMES_TORN_WRITE);
    if (count->torn > f->torn_before && f->act == ACT_SYNC)
        sometimes(SOMETIMES_TORN_SYNC);
    if (count->lost > f->lost_before)
        sometimes(SOMETIMES_LOST);
    reopen(d, f->seed, true);
}

static void end_kill(struct fault *f, struct device *d, bool cut)
{
    static const enum sometimes kills[] = { SOMETIMES_KILL_WRITE, SOMETIMES_KILL_SYNC, SOMETIMES_KILL_SYNC };
    struct crash_snapshot *as_it_is;

    device_close(d); /* orderly, if it gets through */
    cut = cut || crash_vfs_is_cut(d->vfs);
    as_it_is = crash_vfs_snapshot(d->vfs);
    crash_vfs_restore(d->vfs, as_it_is);
    crash_snapshot_free(as_it_is);
    if (cut)
        sometimes(kills[f->act]);
    reopen(d, f->seed, false);
}

static uint64_t end_disk(struct fault *f, struct device *d)
{
    static const enum sometimes ios[] = { SOMETIMES_IO_WRITE, SOMETIMES_IO_SYNC, SOMETIMES_IO_SYNC };
    static const enum sometimes fulls[] = { SOMETIMES_FULL_WRITE, SOMETIMES_FULL_SYNC, SOMETIMES_FULL_SYNC };
    uint64_t failed = crash_vfs_counters(d->vfs)->faults;

    crash_vfs_fail_at(d->vfs, UINT64_MAX, CRASH_FAULT_NONE, false);
    if (failed)
        sometimes(f->kind == FAULT_IO ? ios[f->act] : fulls[f->act]);
    return failed;
}

static uint64_t end_memory(struct fault *f)
{
    static const enum sometimes allocs[] = { SOMETIMES_ALLOC_WRITE, SOMETIMES_ALLOC_SYNC, SOMETIMES_ALLOC_SYNC };

    memory.armed = false;
    if (memory.failures)
        sometimes(allocs[f->act]);
    return memory.failures;
}

static bool end_call(struct device *d)
{
    bool happened = d->sim.failures > 0;

    sim_env_fail_at(&d->sim, UINT64_MAX, JEMPUT_IO, false);
    if (happened)
        sometimes(SOMETIMES_HUB_CALL);
    return happened;
}

static bool end_link(const struct fault *f)
{
    bool happened = f->link->failed > 0;

    f->link->fault = GIT_LINK_WELL;
    if (happened)
        sometimes(f->kind == FAULT_HUB_CUT ? SOMETIMES_LINK_CUT : SOMETIMES_LINK_FAILED);
    return happened;
}

static bool end_hub(struct hub_files *hubs)
{
    bool cut = hubs->cut;

    if (cut)
        sometimes(SOMETIMES_HUB_CUT);
    if (cut && hubs->torn)
        sometimes(SOMETIMES_HUB_TORN);
    hub_cut_end(hubs);
    return cut;
}

bool fault_end(struct fault *f, struct device *d, bool *reopened)
{
    bool cut = crash_vfs_is_cut(d->vfs), happened = false;

    *reopened = false;
    switch (f->kind) {
    case FAULT_POWER:
    case FAULT_KILL:
        happened = *reopened = cut || f->seed % 2;
        if (!happened)
            crash_vfs_cut_at(d->vfs, UINT64_MAX);
        else if (f->kind == FAULT_POWER)
            end_power(f, d, cut);
        else
            end_kill(f, d, cut);
        break;
    case FAULT_IO:
    case FAULT_FULL:
        happened = end_disk(f, d) > 0;
        break;
    case FAULT_ALLOC:
        happened = end_memory(f) > 0;
        break;
    case FAULT_HUB_CALL:
        happened = f->link ? end_link(f) : end_call(d);
        break;
    case FAULT_HUB_CUT:
        happened = f->link ? end_link(f) : end_hub(d->hubs);
        break;
    default:
        break;
    }
    sometimes_table()->faults += happened;
    return happened;
}

bool fault_allows(const struct fault *f, enum jemput_status st)
{
    switch (f->kind) {
    case FAULT_POWER:
    case FAULT_KILL:
    case FAULT_IO:
    case FAULT_FULL:
        return st == JEMPUT_IO || st == JEMPUT_FULL || st == JEMPUT_BUSY || st == JEMPUT_NOMEM;
    case FAULT_ALLOC:
        return st == JEMPUT_NOMEM;
    case FAULT_HUB_CALL:
        if (f->link)
            return st == f->status;
        return st == f->status || st == JEMPUT_OFFLINE || st == JEMPUT_IO || st == JEMPUT_BUSY;
    case FAULT_HUB_CUT:
        return st == JEMPUT_OFFLINE || (!f->link && (st == JEMPUT_IO || st == JEMPUT_BUSY));
    case FAULT_CANCEL:
        return st == JEMPUT_CANCELLED;
    default:
        return false;
    }
}
