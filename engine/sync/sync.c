/* sync/sync.c — the order of a sync. See sync.h. */
#include "sync/sync.h"

#include <stddef.h>

bool jemput_sync_follows(const struct jemput_sync_world *world, const struct jemput_sync_log *log)
{
    if (log->own)
        return false;
    return log->copy || log->authority || world->central || world->admin || !world->central_known;
}

static bool send_wanted(const struct jemput_sync *sync, const struct jemput_sync_world *world)
{
    if (world->send_stopped || (world->own_number <= world->sent_number && !world->genesis_due))
        return false;
    return !world->send_failed_soft || sync->send_retries < JEMPUT_SEND_RETRIES_MAX;
}

uint32_t jemput_sync_prefix(const struct jemput_sync *sync)
{
    uint32_t bytes = sync->prefix_bytes ? sync->prefix_bytes : JEMPUT_PREFIX_BYTES_MIN;

    return sync->ceiling && bytes > sync->ceiling ? sync->ceiling : bytes;
}

void jemput_sync_sent(struct jemput_sync *sync, uint64_t bytes, uint64_t ms)
{
    uint64_t before = jemput_sync_prefix(sync), next = 2 * before;

    if (bytes < UINT32_MAX && ms && bytes * JEMPUT_PREFIX_MS / ms < next)
        next = bytes * JEMPUT_PREFIX_MS / ms;
    if (bytes < before / 2 && next < before) /* a few bytes tell how far it is, not how wide */
        next = before;
    if (next < JEMPUT_PREFIX_BYTES_MIN)
        next = JEMPUT_PREFIX_BYTES_MIN;
    sync->prefix_bytes = next < JEMPUT_PREFIX_BYTES_MAX ? (uint32_t)next : JEMPUT_PREFIX_BYTES_MAX;
}

bool jemput_sync_too_large(struct jemput_sync *sync)
{
    sync->ceiling = jemput_sync_prefix(sync) / 2;
    return sync->ceiling >= JEMPUT_PREFIX_BYTES_LEAST;
}

static struct jemput_step send_step(struct jemput_sync *sync, const struct jemput_sync_world *world)
{
    sync->send_retries = world->send_failed_soft ? sync->send_retries + 1 : 0;
    return (struct jemput_step){ .kind = JEMPUT_STEP_SEND, .bytes_max = jemput_sync_prefix(sync) };
}

/* The open log to read next: authorities before others. Returns log_count if there is none. */
static uint32_t fetch_choice(const struct jemput_sync_world *world)
{
    uint32_t other = world->log_count;

    for (uint32_t i = 0; i < world->log_count; i++) {
        const struct jemput_sync_log *log = &world->logs[i];
        if (log->state != JEMPUT_LOG_OPEN || !jemput_sync_follows(world, log))
            continue;
        if (log->authority)
            return i;
        if (other == world->log_count)
            other = i;
    }
    return other;
}

struct jemput_step jemput_sync_next(struct jemput_sync *sync, const struct jemput_sync_world *world)
{
    uint32_t log;

    if (!world->listed)
        return (struct jemput_step){ .kind = JEMPUT_STEP_LIST };
    if (!world->sealed)
        return (struct jemput_step){ .kind = JEMPUT_STEP_SEAL };
    if (send_wanted(sync, world))
        return send_step(sync, world);
    log = fetch_choice(world);
    if (log < world->log_count)
        return (struct jemput_step){ .kind = JEMPUT_STEP_FETCH, .log = log };
    if (world->joins_found > 0 && (world->admin || world->central))
        return (struct jemput_step){ .kind = JEMPUT_STEP_ADMIT };
    if (world->keys_due)
        return (struct jemput_step){ .kind = JEMPUT_STEP_KEYS };
    if (world->rebuild_due)
        return (struct jemput_step){ .kind = JEMPUT_STEP_REBUILD };
    if (world->erase_due)
        return (struct jemput_step){ .kind = JEMPUT_STEP_ERASE };
    if (world->late_due)
        return (struct jemput_step){ .kind = JEMPUT_STEP_LATE };
    if (world->central && world->receipt_due)
        return (struct jemput_step){ .kind = JEMPUT_STEP_RECEIPT };
    if (!world->refilled)
        return (struct jemput_step){ .kind = JEMPUT_STEP_REFILL };
    return (struct jemput_step){ .kind = JEMPUT_STEP_DONE };
}
