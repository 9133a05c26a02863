/* syncing.c — running jemput_sync() for a person who watches. */
#include "syncing.h"

#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>

#include "failure.h"
#include "hubtext.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

static volatile sig_atomic_t interrupted;
static struct jemput *volatile running;

static void syncing_interrupt(int number)
{
    (void)number;
    interrupted = 1;
    if (running)
        jemput_cancel(running); /* sets a flag: a wait for the network ends by it */
}

int syncing_progress(void *ctx, const struct jemput_progress *progress)
{
    const char *label = "";

    (void)ctx;
    switch (progress->phase) {
    case JEMPUT_PHASE_SEAL:
        label = T("segel", "seal");
        break;
    case JEMPUT_PHASE_SEND:
        label = T("kirim", "send");
        break;
    case JEMPUT_PHASE_FETCH:
        label = T("ambil", "fetch");
        break;
    case JEMPUT_PHASE_MERGE:
        label = T("gabung", "merge");
        break;
    case JEMPUT_PHASE_RECEIPT:
        label = T("tanda terima", "receipts");
        break;
    case JEMPUT_PHASE_REPLAY:
        label = T("hitung ulang", "recompute");
        break;
    case JEMPUT_PHASE_COMPARE:
        label = T("bandingkan", "compare");
        break;
    }
    progress_show(label, progress->done, progress->total);
    return interrupted;
}

void syncing_begin(struct sigaction *before)
{
    struct sigaction action = { .sa_handler = syncing_interrupt };

    interrupted = 0;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, before);
}

void syncing_end(const struct sigaction *before)
{
    sigaction(SIGINT, before, NULL);
    progress_end();
}

/* --- a hub that is busy for a moment --- */

#define PATIENCE_MS 30000 /* so long it is waited for, in all */

static uint64_t clock_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* false: Ctrl-C. */
static bool wait_out(uint64_t ms)
{
    uint64_t end = clock_ms() + ms;

    progress_end();
    fprintf(stderr, T("Hub sedang sibuk; dicoba lagi dalam %u detik. Data tetap aman di sini.\n",
                      "The hub has too much to do; to be tried again in %u seconds. The data is safe here.\n"),
            (unsigned)((ms + 999) / 1000));
    while (!interrupted && clock_ms() < end)
        nanosleep(&(struct timespec){ .tv_nsec = 50 * 1000000 }, NULL);
    return !interrupted;
}

/* What an attempt before had done already counts, too. */
static void report_add(struct jemput_sync_report *r, const struct jemput_sync_report *before)
{
    r->segments_sent += before->segments_sent;
    r->segments_fetched += before->segments_fetched;
    r->bytes_sent += before->bytes_sent;
    r->bytes_fetched += before->bytes_fetched;
    r->txns_merged += before->txns_merged;
    r->rows_merged += before->rows_merged;
    r->conflicts_new += before->conflicts_new;
    r->held_new += before->held_new;
    r->admitted_devices += before->admitted_devices;
}

/* Once more, where the hub asks for so little patience. Those who were sent away in one second do not all come back in one. */
static enum jemput_status sync_patiently(struct jemput *jemput, struct jemput_sync_options *options, struct jemput_sync_report *report,
                                         struct jemput_error *err)
{
    uint64_t start = clock_ms(), left = options->deadline_ms, waited = 0;
    enum jemput_status st = jemput_sync(jemput, options, report, err);

    while (st == JEMPUT_BUSY && report->retry_after_s) {
        struct jemput_sync_report before = *report;
        uint64_t ms = (uint64_t)report->retry_after_s * 1000 + clock_ms() % 1000, spent = clock_ms() - start;

        waited += ms;
        if (waited > PATIENCE_MS || (left && spent + ms >= left) || !wait_out(ms))
            break;
        if (left)
            options->deadline_ms = left - (spent + ms);
        st = jemput_sync(jemput, options, report, err);
        report_add(report, &before);
    }
    return st;
}

enum jemput_status syncing_run(struct jemput *jemput, const struct jemput_sync_options *asked, struct jemput_sync_report *report,
                               struct jemput_error *err)
{
    struct jemput_sync_options options = *asked;
    struct sigaction before;
    enum jemput_status st;

    options.progress = syncing_progress;
    *report = (struct jemput_sync_report){ 0 };
    running = jemput;
    syncing_begin(&before);
    st = sync_patiently(jemput, &options, report, err);
    syncing_end(&before);
    running = NULL;
    return st;
}

/* --- why it failed --- */

static int failed_invitation(const char *store)
{
    struct buffer word = { 0 };
    int code;

    space_word(&word, store);
    code = failure_told(JEMPUT_DENIED,
                        T("Undangan perangkat ini sudah dipakai perangkat lain atau kedaluwarsa. Data tetap aman di sini. "
                          "Minta undangan baru, lalu: jemput -s %s join UNDANGAN-BARU",
                          "Another device has used this device's invitation, or it has expired. The data is safe here. "
                          "Ask for a new invitation, then: jemput -s %s join NEW-INVITATION"),
                        buffer_string(&word));
    buffer_release(&word);
    return code;
}

static int failed_hub(const struct syncing *asked, const struct jemput_error *err)
{
    enum jemput_status status = err->status;

    if (asked->hub_given && status != JEMPUT_OFFLINE)
        return failure_told(status,
                            T("'%s' bukan hub: periksa alamatnya. Data tetap aman di sini, dan tidak ada yang dikirim.",
                              "'%s' is not a hub: check the address. The data is safe here, and nothing was sent."),
                            asked->hub);
    return failure_told(status,
                        T("Hub '%s' tidak ada di tempatnya. Data tetap aman di sini. Pasang flashdisk USB-nya atau sambungkan folder bersama itu, "
                          "lalu sinkronkan lagi; bila hub pindah: sync --hub PATH",
                          "The hub '%s' is not there. The data is safe here. Plug in the USB stick or connect the shared folder, "
                          "then sync again; if the hub has moved: sync --hub PATH"),
                        asked->hub);
}

/* Causes of JEMPUT_DENIED that have no other mark than the library's words. */
static int failed_denied(const struct syncing *asked, const struct jemput_error *err)
{
    if (strstr(err->text, "holds another space"))
        return failure_told(JEMPUT_DENIED,
                            T("Hub '%s' milik ruang lain. Tidak ada yang dikirim atau diambil; data tetap aman di sini. "
                              "Pakai hub ruang ini: sync --hub PATH",
                              "The hub '%s' belongs to another space. Nothing was sent or fetched; the data is safe here. "
                              "Use the hub of this space: sync --hub PATH"),
                            asked->hub);
    if (strstr(err->text, "shows nothing of this space"))
        return failure_told(JEMPUT_DENIED,
                            T("Hub '%s' tidak memuat catatan ruang ini, jadi tidak ada yang dikirim. Data tetap aman di sini. "
                              "Kantor perlu sinkron dulu dengan hub itu; bila yakin alamatnya benar: sync --hub ALAMAT",
                              "The hub '%s' shows no log of this space, so nothing was sent. The data is safe here. "
                              "The office has to sync with it first; if you are sure of the address: sync --hub ADDRESS"),
                            asked->hub);
    if (strstr(err->text, "another copy of this store"))
        return failure_told(JEMPUT_DENIED, "%s",
                            T("Hub sudah memuat catatan perangkat ini yang lebih baru: salinan lain dari berkas data ini pernah dipakai. "
                              "Tidak ada yang ditimpa. Jangan pakai dua salinan; hubungi administrator.",
                              "The hub has a newer log of this device: another copy of this store was used. "
                              "Nothing was overwritten. Do not use two copies; call your administrator."));
    return failure_status(err);
}

int syncing_failed(const struct syncing *asked, const struct jemput_sync_report *report, const struct jemput_error *err)
{
    char words[HUB_WORDS_BYTES];
    int code;

    if (err->status == JEMPUT_BUSY && report->retry_after_s) {
        hub_rest_words(words, report->retry_after_s);
        return failure_told(JEMPUT_BUSY, T("Belum terkirim: %s. Data tetap aman di sini.", "Not sent: %s. The data is safe here."), words);
    }
    code = space_hub_is_address(asked->hub) && !report->complete ? hub_failed(asked->hub, err) : -1;
    if (code >= 0)
        return code;
    if (err->status == JEMPUT_DENIED && report->complete)
        return failed_invitation(asked->store);
    if ((err->status == JEMPUT_NOTFOUND || err->status == JEMPUT_CORRUPT || err->status == JEMPUT_OFFLINE) && !space_hub_is(asked->hub))
        return failed_hub(asked, err);
    if (err->status == JEMPUT_DENIED)
        return failed_denied(asked, err);
    return failure_status(err);
}
