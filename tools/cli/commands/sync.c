/* commands/sync.c — `jemput sync`. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "device.h"
#include "failure.h"
#include "file.h"
#include "hubtext.h"
#include "json.h"
#include "room.h"
#include "space.h"
#include "syncing.h"
#include "text.h"
#include "watching.h"

#define SECRET_BYTES_MAX 1024

/* `err`: NULL = it went well. */
static void report_json(const struct jemput_sync_report *r, const struct jemput_error *err, const struct jemput_counts *own)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    json_text(&j, "status", jemput_status_name(err ? err->status : JEMPUT_OK));
    if (err)
        json_text(&j, "error", err->text);
    json_bool(&j, "complete", r->complete);
    json_count(&j, "segments_sent", r->segments_sent);
    json_count(&j, "segments_fetched", r->segments_fetched);
    json_count(&j, "bytes_sent", r->bytes_sent);
    json_count(&j, "bytes_fetched", r->bytes_fetched);
    json_count(&j, "transactions_merged", r->txns_merged);
    json_count(&j, "rows_merged", r->rows_merged);
    json_count(&j, "conflicts_new", r->conflicts_new);
    json_count(&j, "held_new", r->held_new);
    json_count(&j, "admitted_devices", r->admitted_devices);
    json_count(&j, "lock_ms_max", r->lock_ms_max);
    json_count(&j, "logs_stopped", r->logs_stopped);
    json_count(&j, "attachment_chunks_sent", r->attachment_chunks_sent);
    json_count(&j, "attachment_bytes_sent", r->attachment_bytes_sent);
    json_count(&j, "attachments_fetched", r->attachments_fetched);
    json_count(&j, "attachments_waiting", r->attachments_waiting);
    json_text(&j, "attachment_status", jemput_status_name(r->attachment_status));
    json_count(&j, "retry_after_s", r->retry_after_s);
    json_object(&j, "own");
    json_count(&j, "on_device", own->on_device);
    json_count(&j, "waiting", own->waiting);
    json_count(&j, "received", own->received);
    json_end_object(&j);
    json_end_object(&j);
}

static void work_text(const struct jemput_counts *own, bool all_sent)
{
    printf(T("Di tablet ini %" PRIu64 ", menunggu sinyal %" PRIu64 "%s, diterima pusat %" PRIu64 ".\n",
             "On this device %" PRIu64 ", waiting for a signal %" PRIu64 "%s, received by central %" PRIu64 ".\n"),
           own->on_device, own->waiting,
           all_sent && own->waiting ? T(" (terkirim; menunggu tanda terima pusat)", " (sent; waiting for central's receipt)") : "", own->received);
}

static void report_text(const struct jemput_sync_report *r, const struct jemput_info *now)
{
    printf(T("Terkirim: %" PRIu64 " segmen, %" PRIu64 " bita. Diambil: %" PRIu64 " segmen, %" PRIu64 " bita.\n",
             "Sent: %" PRIu64 " segments, %" PRIu64 " bytes. Fetched: %" PRIu64 " segments, %" PRIu64 " bytes.\n"),
           r->segments_sent, r->bytes_sent, r->segments_fetched, r->bytes_fetched);
    printf(T("Digabungkan: %" PRIu64 " transaksi, %" PRIu64 " baris.\n", "Merged: %" PRIu64 " transactions, %" PRIu64 " rows.\n"), r->txns_merged,
           r->rows_merged);
    if (r->admitted_devices)
        printf(T("Perangkat baru diterima: %" PRIu64 ".\n", "New devices admitted: %" PRIu64 ".\n"), r->admitted_devices);
    if (now->conflicts) /* all that are open: on the way there were others, which later segments closed */
        printf(T("Baris yang sedang bentrok: %" PRIu64 " (lihat: jemput conflicts).\n", "Rows in conflict: %" PRIu64 " (see: jemput conflicts).\n"),
               now->conflicts);
    if (now->held)
        printf(T("Baris yang tertahan: %" PRIu64 " (lihat: jemput held).\n", "Held rows: %" PRIu64 " (see: jemput held).\n"), now->held);
}

/* Beside the text, which is out whatever is said here. */
static void attachments_text(const struct jemput_sync_report *r)
{
    char why[HUB_WORDS_BYTES];

    if (r->attachment_chunks_sent)
        printf(T("Lampiran terkirim: %" PRIu64 " bagian, %" PRIu64 " bita.\n", "Attachments sent: %" PRIu64 " parts, %" PRIu64 " bytes.\n"),
               r->attachment_chunks_sent, r->attachment_bytes_sent);
    if (r->attachments_fetched)
        printf(T("Lampiran diambil: %" PRIu64 ".\n", "Attachments fetched: %" PRIu64 ".\n"), r->attachments_fetched);
    if (r->attachment_status) {
        attachments_why(why, r);
        printf(T("Lampiran tertunda; data sudah aman. Dilanjutkan pada sync berikutnya. Sebabnya: %s\n",
                 "Attachments were held up; the data is through. They go on at the next sync. Why: %s\n"),
               why);
    } else if (r->attachments_waiting)
        printf(T("Lampiran yang menunggu: %" PRIu64 " (lihat: jemput attachments).\n",
                 "Attachments that wait: %" PRIu64 " (see: jemput attachments).\n"),
               r->attachments_waiting);
}

/* The last line: is there anything left to do? */
static void outcome_text(const struct jemput_sync_report *r)
{
    if (!r->complete)
        puts(T("Belum selesai: jalankan sync lagi.", "Not complete: run sync again."));
    else if (!r->logs_stopped)
        puts(T("Selesai.", "Complete."));
    if (r->logs_stopped)
        printf(T("%" PRIu64 " catatan perangkat dihentikan; yang lain sudah selesai. Sebabnya: jemput status\n",
                 "%" PRIu64 " logs of devices were stopped; all others are complete. Why: jemput status\n"),
               r->logs_stopped);
}

/* `err`: NULL = it went well. `room`: NULL = not with a hub of the room. The exit code. */
static int sync_tell(const struct cli *cli, struct jemput *jemput, const struct syncing *asked, const struct room *room,
                     const struct jemput_sync_report *report, const struct jemput_error *err)
{
    struct jemput_info after;
    struct jemput_error ignored;

    if (jemput_info_get(jemput, &after, &ignored))
        after = (struct jemput_info){ 0 }; /* the report stands without it */
    if (cli->json) {
        report_json(report, err, &after.own);
    } else if (!err || report->bytes_sent > 0 || report->bytes_fetched > 0 || report->txns_merged > 0) {
        report_text(report, &after);
        attachments_text(report);
        work_text(&after.own, !err && report->complete);
        device_standing_text(&after);
        if (!err)
            outcome_text(report);
    }
    if (err && room)
        return room_failed(room, asked, report, err);
    return err ? syncing_failed(asked, report, err) : report->logs_stopped ? EXIT_PROBLEMS : EXIT_OK;
}

static int sync_run(const struct cli *cli, struct jemput *jemput, const struct jemput_sync_options *options, bool lan, bool watch)
{
    const char *hub = options->hub;
    struct syncing asked = { .hub = hub, .hub_given = hub != NULL };
    struct room room = { .avahi = false };
    struct jemput_sync_report report = { 0 };
    struct jemput_info before;
    struct jemput_error err;
    enum jemput_status st;
    int code;

    if (jemput_info_get(jemput, &before, &err))
        return failure_status(&err);
    if (!lan && !hub && !before.hub[0])
        return failure_usage("sync", "%s", T("belum ada hub yang diingat: sync --hub PATH", "no hub is remembered yet: sync --hub PATH"));
    asked.store = space_path(cli, &code);
    asked.hub = hub ? hub : before.hub;
    if (watch)
        return watching_run(jemput, &asked, lan ? &room : NULL, options);
    st = lan ? room_sync(&room, jemput, options, syncing_run, &report, &err) : syncing_run(jemput, options, &report, &err);
    return sync_tell(cli, jemput, &asked, lan ? &room : NULL, &report, st ? &err : NULL);
}

/* Its first line. */
static bool secret_read(struct buffer *out, const char *path, int *code)
{
    if (!file_read(out, path, SECRET_BYTES_MAX, code))
        return false;
    out->len = strcspn(buffer_string(out), "\r\n");
    if (out->data)
        out->data[out->len] = '\0';
    if (out->len == 0)
        *code = failure_usage("sync", T("%s: tidak berisi rahasia", "%s: holds no secret"), path);
    return out->len > 0;
}

static int cmd_sync(struct cli *cli, int argc, char **argv)
{
    const char *hub = NULL, *timeout = NULL, *user = NULL, *secret_path = NULL;
    struct jemput_sync_options options = { 0 };
    bool watch = false, lan = false;
    const struct option_spec specs[] = {
        { .name = "hub",
          .argument = "PATH",
          .value = &hub,
          .help = T("folder repositori git hub, atau alamatnya (https://…); diingat", "folder of the hub's git repository, or its address (https://…); remembered") },
        { .name = "user", .argument = "NAME", .value = &user, .help = T("nama pengguna di hub; tanpa ini rahasianya sebuah token", "user at the hub; without it the secret is a token") },
        { .name = "secret-file",
          .argument = "FILE",
          .value = &secret_path,
          .help = T("berkas berisi kata sandi atau token hub; diingat", "file with the hub's password or token; remembered") },
        { .name = "timeout", .argument = "SECONDS", .value = &timeout, .help = T("paling lama sekian detik", "stop after SECONDS") },
        { .name = "lan",
          .flag = &lan,
          .help = T("dengan hub di ruangan ini (hub serve --lan); tidak diingat", "with the hub in this room (hub serve --lan); not remembered") },
        { .name = "watch",
          .flag = &watch,
          .help = T("tetap berjalan: kirim begitu ada pekerjaan dan sinyal", "keep running; sync whenever there is work and a connection") },
    };
    struct buffer path = { 0 }, secret = { 0 };
    struct jemput *jemput;
    long seconds = 0;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (timeout && !options_number(timeout, 1, 86400, &seconds))
        return failure_usage("sync", "%s", T("--timeout: sebutkan 1 sampai 86400 detik", "--timeout: give 1 to 86400 seconds"));
    if (watch && cli->json)
        return failure_usage("sync", "%s", T("--watch: tidak bersama --json", "--watch: not with --json"));
    if (lan && (hub || user || secret_path))
        return failure_usage("sync", "%s", T("--lan: tanpa --hub, --user dan --secret-file", "--lan: without --hub, --user, and --secret-file"));
    if (user && !secret_path)
        return failure_usage("sync", "%s", T("--user: sebutkan juga --secret-file", "--user: give --secret-file, too"));
    if (secret_path && !secret_read(&secret, secret_path, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput) {
        buffer_release(&secret);
        return code;
    }
    if (hub)
        space_hub_path(&path, hub);
    options = (struct jemput_sync_options){ .hub = hub ? buffer_string(&path) : NULL, .deadline_ms = (uint64_t)seconds * 1000,
        .hub_user = user, .hub_secret = secret_path ? buffer_string(&secret) : NULL };
    code = sync_run(cli, jemput, &options, lan, watch);
    buffer_release(&path);
    buffer_release(&secret);
    jemput_close(jemput);
    return code;
}

const struct command command_sync = {
    .name = "sync",
    .operands = "[--hub PATH|URL | --lan] [--user NAME] [--secret-file FILE] [--timeout SECONDS] [--watch]",
    .summary_id = "Kirim pekerjaan sendiri, ambil dan gabungkan milik yang lain.",
    .summary_en = "Send own work, fetch and merge that of others.",
    .example = "jemput -s tablet.db sync --timeout 60",
    .run = cmd_sync,
    .json = true,
    .more_id = "Aman dihentikan kapan saja (Ctrl-C) dan dimulai lagi: tidak ada yang hilang atau ganda.\n"
               "Hub yang sibuk sebentar ditunggu, paling lama setengah menit.\n"
               "--lan mencari hub di jaringan ini tanpa internet. Hanya hub yang menunjukkan\n"
               "catatan ruang ini yang dipakai; ke hub lain tidak ada yang dikirim. Dengan --watch hub dicari tiap kali.\n"
               "Kode keluar 1: ada catatan perangkat lain yang dihentikan; sebabnya ada di status.",
    .more_en = "Safe to stop at any moment (Ctrl-C) and to start again: nothing is lost or doubled.\n"
               "A hub that is busy for a moment is waited for, half a minute at most.\n"
               "--lan looks for a hub in this network, without internet. Only one that shows\n"
               "a log of this space is used; nothing is sent to another one. With --watch it is looked for each time.\n"
               "Exit code 1: the log of some device was stopped; status says why.",
};
