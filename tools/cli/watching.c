/* watching.c — see watching.h. One thread: it waits for the network, the store, the time and signals, and syncs when it is told to. */
#include "watching.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "failure.h"
#include "hubtext.h"
#include "moment.h"
#include "text.h"
#include "uplink.h"

#define LOOK_MS 2000 /* how often the store is looked at for new work */
#define PHOTOS_WAIT_S 900 /* that text waits at most where a hub wants no more attachments for so long */

static volatile sig_atomic_t stopped;
static struct jemput *volatile watched;

static void stop(int number)
{
    (void)number;
    stopped = 1;
    if (watched)
        jemput_cancel(watched); /* sets a flag: allowed here, and a wait for the network ends by it */
}

struct watching {
    struct jemput *jemput;
    const struct syncing *asked;
    struct room *room; /* NULL = the hub is known */
    const struct jemput_sync_options *options;
    struct jemput_watch watch;
    struct stat store, wal; /* as they were when they were looked at last */
    uint64_t own, sent;     /* own transactions in all, when they were counted last; and of these, what is with the hub for certain */
    uint64_t unsent;
    uint64_t photos;        /* attachments of which the hub lacks some part */
    bool synced, was_up;
    bool photos_failed;     /* at the last sync, and the text went well */
    uint64_t stopped_logs;  /* as it was said last */
    struct jemput_error last; /* what was said last of a failure */
    struct jemput_error photos_last; /* the same, of attachments */
    sigset_t before;
    int link_fd;
};

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static struct jemput_watch_event event_now(enum jemput_watch_event_kind kind)
{
    struct jemput_watch_event e = { .kind = kind, .now_ms = clock_ms(CLOCK_BOOTTIME), .wall_ms = (int64_t)clock_ms(CLOCK_REALTIME) };

    if (getrandom(&e.random, sizeof e.random, 0) != (ssize_t)sizeof e.random)
        e.random = (uint32_t)(e.now_ms * 2654435761u) ^ (uint32_t)getpid();
    return e;
}

/* --- what waits --- */

static int photo_see(void *ctx, const struct jemput_attachment *a)
{
    struct watching *w = ctx;

    w->photos += a->own && a->state != JEMPUT_ATTACHMENT_RECEIVED && a->parts_done < a->parts;
    return 0;
}

/* Is there work that the hub has not got? What was there before the last sync that went well it has; what came during it, it may have. Where that
 * cannot be told now, it is as before, and looked at again soon. */
static bool work_look(struct watching *w)
{
    struct jemput_info info;
    struct jemput_error err;

    w->photos = 0;
    if (jemput_info_get(w->jemput, &info, &err) || jemput_attachments(w->jemput, NULL, NULL, 0, photo_see, w, &err)) {
        memset(&w->store, 0, sizeof w->store);
        return w->watch.waiting != 0;
    }
    w->own = info.own.on_device + info.own.waiting + info.own.received;
    w->unsent = !w->synced ? info.own.on_device + info.own.waiting : w->own > w->sent ? w->own - w->sent : 0;
    return w->photos > 0 || (w->synced ? w->own != w->sent : w->unsent > 0);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Has the store been written since it was looked at? Only then are its transactions counted. */
static bool store_moved(struct watching *w)
{
    struct stat store = { 0 }, wal = { 0 };
    char path[4096];
    bool moved;

    if (snprintf(path, sizeof path, "%s-wal", w->asked->store) >= (int)sizeof path)
        return true;
    stat(w->asked->store, &store);
    stat(path, &wal);
    moved = !same_file(&store, &w->store) || !same_file(&wal, &w->wal);
    w->store = store;
    w->wal = wal;
    return moved;
}

/* --- what is said --- */

/* "3 entries and 1 attachments" */
static void waiting_words(const struct watching *w, char *out, size_t size)
{
    if (!w->photos)
        snprintf(out, size, T("%" PRIu64 " pekerjaan", "%" PRIu64 " entries"), w->unsent);
    else if (!w->unsent)
        snprintf(out, size, T("%" PRIu64 " lampiran", "%" PRIu64 " attachments"), w->photos);
    else
        snprintf(out, size, T("%" PRIu64 " pekerjaan dan %" PRIu64 " lampiran", "%" PRIu64 " entries and %" PRIu64 " attachments"), w->unsent,
                 w->photos);
}

static void told_text(const struct watching *w, enum jemput_watch_told told)
{
    char when[MOMENT_BYTES], what[96];

    moment_local(when, (int64_t)clock_ms(CLOCK_REALTIME));
    waiting_words(w, what, sizeof what);
    printf("%s  ", when);
    switch (told) {
    case JEMPUT_WATCH_ALL_SENT:
        puts(T("Semua terkirim.", "Everything is sent."));
        break;
    case JEMPUT_WATCH_WAITING:
        printf(!w->watch.up ? T("Menunggu sinyal: %s belum terkirim, aman di sini.\n", "Waiting for a signal: %s are not sent, and safe here.\n")
               : w->watch.hopeless ? T("Menunggu: %s belum terkirim, aman di sini; sebabnya di atas, dan tidak hilang sendiri.\n",
                                       "Waiting: %s are not sent, and safe here; the reason is above, and will not go away by itself.\n")
                                   : T("Menunggu: %s belum terkirim, dicoba lagi sebentar lagi.\n",
                                       "Waiting: %s are not sent, to be tried again shortly.\n"),
               what);
        break;
    case JEMPUT_WATCH_SYNCING:
        puts(T("Sedang sinkron.", "Syncing."));
        break;
    }
    fflush(stdout);
}

/* --- what is done --- */

static int progress_see(void *ctx, const struct jemput_progress *progress)
{
    return syncing_progress(ctx, progress) || stopped;
}

/* Is it another failure than the last one? What mends by itself may have another text each time. */
static bool another(const struct jemput_error *last, enum jemput_status status, const char *text)
{
    return status != last->status || (!jemput_status_retryable(status) && strcmp(text, last->text) != 0);
}

/* What failed is said once, and what will not mend by itself also when its cause is another. */
static void failed_text(struct watching *w, const struct jemput_sync_report *report, const struct jemput_error *err)
{
    if (another(&w->last, err->status, err->text))
        w->room ? room_failed(w->room, w->asked, report, err) : syncing_failed(w->asked, report, err);
    w->last = *err;
}

/* Of a sync that went well. */
static void stopped_text(struct watching *w, const struct jemput_sync_report *report)
{
    if (report->logs_stopped && report->logs_stopped != w->stopped_logs)
        printf(T("%" PRIu64 " catatan perangkat lain dihentikan. Sebabnya: jemput status\n",
                 "%" PRIu64 " logs of other devices were stopped. Why: jemput status\n"),
               report->logs_stopped);
    w->stopped_logs = report->logs_stopped;
    w->last = (struct jemput_error){ .status = JEMPUT_OK };
}

/* The text is through, and attachments are not: said once, and again when the cause is another. */
static void photos_text(struct watching *w, const struct jemput_sync_report *report)
{
    char why[HUB_WORDS_BYTES];

    if (report->attachment_status && another(&w->photos_last, report->attachment_status, report->attachment_text)) {
        attachments_why(why, report);
        printf(T("Lampiran tertunda; data sudah terkirim, dan lampiran aman di sini. Sebabnya: %s\n",
                 "Attachments were held up; the data is through, and they are safe here. Why: %s\n"),
               why);
    }
    w->photos_last.status = report->attachment_status;
    snprintf(w->photos_last.text, sizeof w->photos_last.text, "%s", report->attachment_text);
}

/* Signals come in during the sync, and end it soon. */
static struct jemput_watch_event sync_once(struct watching *w)
{
    struct jemput_sync_options options = *w->options;
    struct jemput_sync_report report = { 0 };
    struct jemput_watch_event done;
    struct jemput_error err;
    uint64_t before;
    sigset_t waiting;
    enum jemput_status st;

    options.progress = progress_see;
    work_look(w);
    before = w->own;
    sigprocmask(SIG_SETMASK, &w->before, &waiting);
    if (stopped)
        st = JEMPUT_CANCELLED;
    else
        st = w->room ? room_sync(w->room, w->jemput, &options, jemput_sync, &report, &err) : jemput_sync(w->jemput, &options, &report, &err);
    sigprocmask(SIG_SETMASK, &waiting, NULL);
    if (st && !stopped)
        failed_text(w, &report, &err);
    if (!st) {
        stopped_text(w, &report);
        photos_text(w, &report);
        w->sent = before;
        w->synced = true;
    }
    store_moved(w);
    done = event_now(JEMPUT_WATCH_DONE);
    done.status = st ? st : report.attachment_status;
    w->photos_failed = !st && report.attachment_status;
    done.wait_s = !st && report.retry_after_s > PHOTOS_WAIT_S ? PHOTOS_WAIT_S : report.retry_after_s;
    done.waiting = work_look(w);
    return done;
}

static struct jemput_watch_do step(struct watching *w, struct jemput_watch_event e)
{
    struct jemput_watch_do d = jemput_watch_step(&w->watch, &e);

    if (d.changed)
        told_text(w, d.told);
    while (d.sync) {
        e = sync_once(w);
        d = jemput_watch_step(&w->watch, &e);
        if (d.changed && !stopped)
            told_text(w, d.told);
    }
    return d;
}

static struct jemput_watch_do link_look(struct watching *w, bool moved, struct jemput_watch_do d)
{
    struct jemput_watch_event e = event_now(JEMPUT_WATCH_LINK);

    e.up = w->room || uplink_needless(w->asked->hub) || uplink_is_up(); /* who is in the room, only a look around tells */
    if (!moved && e.up == w->was_up)
        return d;
    w->was_up = e.up;
    return step(w, e);
}

static struct jemput_watch_do queue_look(struct watching *w, struct jemput_watch_do d)
{
    struct jemput_watch_event e = event_now(JEMPUT_WATCH_QUEUE);

    if (!store_moved(w))
        return d;
    e.waiting = work_look(w);
    return step(w, e);
}

/* What keeps photos back does not keep text: of that the last sync went well, so it is asked for anew. */
static struct jemput_watch_do text_look(struct watching *w, struct jemput_watch_do d)
{
    struct jemput_watch_event e = event_now(JEMPUT_WATCH_ASKED);

    if (!w->photos_failed || !w->watch.up || w->own == w->sent || e.now_ms < w->watch.begun_ms + JEMPUT_WATCH_SETTLE_MS)
        return d;
    return step(w, e);
}

static void wait_for(const struct watching *w, uint64_t wake_ms)
{
    fd_set links;
    uint64_t now = clock_ms(CLOCK_BOOTTIME), ms = wake_ms > now ? wake_ms - now : 0;
    struct timespec pause;

    if (ms > LOOK_MS)
        ms = LOOK_MS;
    pause = (struct timespec){ .tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000 };
    FD_ZERO(&links);
    if (w->link_fd >= 0 && w->link_fd < FD_SETSIZE)
        FD_SET(w->link_fd, &links);
    (void)pselect(w->link_fd < FD_SETSIZE ? w->link_fd + 1 : 0, &links, NULL, NULL, &pause, &w->before);
}

static void watching_loop(struct watching *w)
{
    struct jemput_watch_event e = event_now(JEMPUT_WATCH_QUEUE);
    struct jemput_watch_do d;

    store_moved(w);
    e.waiting = work_look(w);
    d = jemput_watch_step(&w->watch, &e); /* nothing is said before it is known whether there is a link */
    d = link_look(w, true, d);
    if (!w->watch.up)
        told_text(w, d.told);
    while (!stopped) {
        wait_for(w, d.wake_ms);
        if (stopped)
            break;
        d = step(w, event_now(JEMPUT_WATCH_TIME));
        d = queue_look(w, d);
        d = link_look(w, uplink_changed(w->link_fd), d);
        d = text_look(w, d);
    }
}

int watching_run(struct jemput *jemput, const struct syncing *asked, struct room *room, const struct jemput_sync_options *options)
{
    struct watching w = { .jemput = jemput, .asked = asked, .room = room, .options = options, .watch = JEMPUT_WATCH_INIT, .link_fd = uplink_open() };
    struct sigaction action = { .sa_handler = stop }, before_int, before_term;
    sigset_t both;

    stopped = 0;
    watched = jemput;
    sigemptyset(&action.sa_mask);
    sigemptyset(&both);
    sigaddset(&both, SIGINT);
    sigaddset(&both, SIGTERM);
    sigprocmask(SIG_BLOCK, &both, &w.before);
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    watching_loop(&w);
    watched = NULL;
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    sigprocmask(SIG_SETMASK, &w.before, NULL);
    if (w.link_fd >= 0)
        close(w.link_fd);
    puts(T("Berhenti. Yang belum terkirim aman di sini.", "Stopped. What was not sent is safe here."));
    return EXIT_OK;
}
