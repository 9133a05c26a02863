/* sync/media.c — the order of a sync's second half. See media.h. */
#include "sync/media.h"

static bool send_wanted(const struct jemput_media_sync *sync, const struct jemput_media_world *world)
{
    if (!world->text_sent || world->send_stopped || world->unsent == 0)
        return false;
    return !world->send_failed_soft || sync->retries < JEMPUT_MEDIA_RETRIES_MAX;
}

enum jemput_media_step_kind jemput_media_next(struct jemput_media_sync *sync, const struct jemput_media_world *world)
{
    if (!world->looked)
        return JEMPUT_MEDIA_STEP_LOOK;
    if (send_wanted(sync, world)) {
        sync->retries = world->send_failed_soft ? sync->retries + 1 : 0;
        return JEMPUT_MEDIA_STEP_SEND;
    }
    if (world->fetch_stopped)
        return JEMPUT_MEDIA_STEP_DONE;
    if (world->central && !world->listed)
        return JEMPUT_MEDIA_STEP_LIST;
    if (world->central && world->open > 0)
        return JEMPUT_MEDIA_STEP_TAKE;
    if (world->wanted > 0)
        return JEMPUT_MEDIA_STEP_GET;
    if (world->central && world->receipt_due)
        return JEMPUT_MEDIA_STEP_RECEIPT;
    return JEMPUT_MEDIA_STEP_DONE;
}
