/* sync/watch.c — when to sync by itself. See jemput/watch.h. */
#include <jemput/watch.h>

#include <stdbool.h>

/* Between a half of `most` and all of it. */
static uint64_t jitter(uint64_t most, uint32_t random)
{
    return most / 2 + (most / 2 * (uint64_t)(random >> 8) >> 24);
}

/* Will it mend without anybody doing anything about it? As jemput_status_retryable(), and what a person has stopped. */
static bool mends(enum jemput_status status)
{
    switch (status) {
    case JEMPUT_IO:
    case JEMPUT_NOMEM:
    case JEMPUT_BUSY:
    case JEMPUT_FULL:
    case JEMPUT_OFFLINE:
    case JEMPUT_UNTRUSTED:
    case JEMPUT_CANCELLED:
        return true;
    default:
        return false;
    }
}

static uint64_t retry_pause(const struct jemput_watch *w, uint32_t random)
{
    uint64_t most = JEMPUT_WATCH_RETRY_MS;

    if (w->hopeless)
        return jitter(JEMPUT_WATCH_HOPELESS_MS, random);
    for (uint32_t i = 1; i < w->failures && most < JEMPUT_WATCH_RETRY_MS_MAX; i++)
        most *= 2;
    return jitter(most < JEMPUT_WATCH_RETRY_MS_MAX ? most : JEMPUT_WATCH_RETRY_MS_MAX, random);
}

static void sync_done(struct jemput_watch *w, const struct jemput_watch_event *e)
{
    uint64_t wait_ms = (uint64_t)e->wait_s * 1000;

    w->syncing = 0;
    w->waiting = e->waiting;
    if (wait_ms) /* all who were sent away would be back at the same moment */
        w->left_alone_ms = w->now_ms + wait_ms + jitter(wait_ms / 2 + JEMPUT_WATCH_RETRY_MS, e->random);
    w->look_ms = w->now_ms + jitter(w->saving ? 4 * (uint64_t)JEMPUT_WATCH_LOOK_MS : JEMPUT_WATCH_LOOK_MS, e->random);
    if (e->status == JEMPUT_OK) {
        w->failures = 0;
        w->hopeless = 0;
        w->not_before_ms = w->now_ms + jitter(JEMPUT_WATCH_SETTLE_MS, e->random);
        if (e->wall_ms > w->last_synced_ms)
            w->last_synced_ms = e->wall_ms;
        return;
    }
    w->failures += w->failures < UINT32_MAX;
    w->hopeless = !mends(e->status);
    w->not_before_ms = w->now_ms + retry_pause(w, e->random);
}

/* Where there is a link again, or another one, what failed before may go now. */
static void link_came(struct jemput_watch *w, const struct jemput_watch_event *e)
{
    uint64_t soon = w->now_ms + jitter(JEMPUT_WATCH_RETRY_MS, e->random);

    if (w->hopeless || soon >= w->not_before_ms || (w->link_ms && w->now_ms - w->link_ms < JEMPUT_WATCH_LINK_MS))
        return;
    w->not_before_ms = soon;
    w->link_ms = w->now_ms;
}

static void event_take(struct jemput_watch *w, const struct jemput_watch_event *e)
{
    if (e->now_ms > w->now_ms)
        w->now_ms = e->now_ms;
    switch (e->kind) {
    case JEMPUT_WATCH_TIME:
        break;
    case JEMPUT_WATCH_LINK:
        w->up = e->up != 0;
        w->saving = e->saving != 0;
        if (w->up)
            link_came(w, e);
        break;
    case JEMPUT_WATCH_QUEUE:
        w->waiting = e->waiting != 0;
        break;
    case JEMPUT_WATCH_ASKED:
        w->asked = 1;
        break;
    case JEMPUT_WATCH_DONE:
        if (w->syncing)
            sync_done(w, e);
        break;
    case JEMPUT_WATCH_STOP:
        w->stopped = 1;
        break;
    }
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* When the next sync is due, if nothing changes; UINT64_MAX = it is not. Asked for, it is tried without a link, too: the person may know better. */
static uint64_t due(const struct jemput_watch *w)
{
    uint64_t at = later(w->left_alone_ms, w->begun_ms ? w->begun_ms + JEMPUT_WATCH_GAP_MS : 0);

    if (w->syncing || w->stopped || (!w->up && !w->asked))
        return UINT64_MAX;
    if (w->asked)
        return at;
    at = later(at, w->not_before_ms);
    return w->waiting || w->failures ? at : later(at, w->look_ms);
}

struct jemput_watch_do jemput_watch_step(struct jemput_watch *w, const struct jemput_watch_event *event)
{
    struct jemput_watch_do out = { .wake_ms = UINT64_MAX };
    enum jemput_watch_told before = w->told;
    uint64_t at;

    event_take(w, event);
    at = due(w);
    if (at <= w->now_ms) {
        out.sync = w->syncing = 1;
        w->asked = 0;
        w->begun_ms = w->now_ms ? w->now_ms : 1;
    } else {
        out.wake_ms = at;
    }
    out.cancel = w->stopped && w->syncing;
    w->told = w->syncing ? JEMPUT_WATCH_SYNCING : w->waiting ? JEMPUT_WATCH_WAITING : JEMPUT_WATCH_ALL_SENT;
    out.told = w->told;
    out.changed = w->told != before;
    return out;
}
