/* sync/media.c — the order of a sync's second half. See media.h. */
#include "sync/media.h"

static bool send_wanted(const struct jemput_media_sync *sync, const struct jemput_media_world *world)
{
    if (!world->text_sent || world->send_stopped || world->unsent == 0)
        return false;
    return !world->send_failed_soft || sync->retries < JEMPUT_MEDIA_RETRIES_MAX;
}

/* As with the log: a prefix starts small, so that a cut on a bad link costs little, and doubles while sends get through. */
static struct jemput_media_step send_step(struct jemput_media_sync *sync, const struct jemput_media_world *world)
{
    if (world->send_failed_soft) {
        sync->retries++;
    } else if (sync->prefix_bytes == 0 || world->unsent >= sync->unsent_before) {
        sync->prefix_bytes = JEMPUT_MEDIA_PREFIX_BYTES_MIN;
        sync->retries = 0;
    } else {
        sync->retries = 0;
        if (sync->prefix_bytes < JEMPUT_MEDIA_PREFIX_BYTES_MAX)
            sync->prefix_bytes *= 2;
    }
    sync->unsent_before = world->unsent;
    return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_SEND, .bytes_max = sync->prefix_bytes };
}

struct jemput_media_step jemput_media_next(struct jemput_media_sync *sync, const struct jemput_media_world *world)
{
    if (!world->looked)
        return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_LOOK };
    if (send_wanted(sync, world))
        return send_step(sync, world);
    if (world->central && !world->listed)
        return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_LIST };
    if (world->central && world->open > 0)
        return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_TAKE };
    if (world->wanted > 0)
        return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_GET };
    if (world->central && world->receipt_due)
        return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_RECEIPT };
    return (struct jemput_media_step){ .kind = JEMPUT_MEDIA_STEP_DONE };
}
