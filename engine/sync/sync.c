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

/* The prefix starts small, so that a cut on a bad link costs little, and doubles while sends get through. */
static struct jemput_step send_step(struct jemput_sync *sync, const struct jemput_sync_world *world)
{
    if (world->send_failed_soft) {
        sync->send_retries++;
    } else if (sync->prefix_bytes == 0 || world->sent_number == sync->sent_before) {
        sync->prefix_bytes = JEMPUT_PREFIX_BYTES_MIN;
        sync->send_retries = 0;
    } else {
        sync->send_retries = 0;
        if (sync->prefix_bytes < JEMPUT_PREFIX_BYTES_MAX)
            sync->prefix_bytes *= 2;
    }
    sync->sent_before = world->sent_number;
    return (struct jemput_step){ .kind = JEMPUT_STEP_SEND, .bytes_max = sync->prefix_bytes };
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
