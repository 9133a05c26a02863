/* commands/status.c — `jemput status`: the three states an officer sees, and what stands behind them. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "buffer.h"
#include "device.h"
#include "failure.h"
#include "json.h"
#include "moment.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

#define STALE_DAYS 14
#define DAY_MS (INT64_C(24) * 3600 * 1000)

/* What it means for whoever reads it; the engine's own words follow. */
static const char *aside_word(enum jemput_status status)
{
    switch (status) {
    case JEMPUT_UPGRADE:
        return T("butuh pembaruan; tersimpan utuh di hub, dan masuk sendiri sesudah program atau skema di sini diperbarui",
                 "needs an update; it is whole at the hub, and comes in by itself once the program or the schema here is updated");
    case JEMPUT_DENIED:
        return T("penulisnya tidak berhak", "its writer has no right to it");
    case JEMPUT_LIMIT:
        return T("terlalu besar", "too large");
    case JEMPUT_EXISTS:
        return T("nama tabel skema baru sudah dipakai di perangkat ini; ganti nama atau hapus yang di sini, lalu sinkronkan lagi",
                 "the new schema's table has a name that is in use on this device; rename or drop the one here, and sync again");
    default:
        return T("rusak, atau tidak seperti yang ditandatangani", "damaged, or not as it was signed");
    }
}

/* One stopped log: whose it is, where it stands and why, then the library's words. */
static void stopped_print(sqlite3_stmt *stmt)
{
    struct buffer line = { 0 };
    char seen[MOMENT_BYTES];
    const char *label = (const char *)sqlite3_column_text(stmt, 0), *status = (const char *)sqlite3_column_text(stmt, 2);
    enum jemput_status code = JEMPUT_CORRUPT;

    for (int i = JEMPUT_MISUSE; status && i <= JEMPUT_UPGRADE; i++)
        if (strcmp(jemput_status_name((enum jemput_status)i), status) == 0)
            code = (enum jemput_status)i;
    moment_local(seen, sqlite3_column_int64(stmt, 3));
    buffer_format(&line, T("  %s, segmen %s, sejak %s: %s\n", "  %s, segment %s, since %s: %s\n"),
                  label ? label : T("perangkat yang tidak dikenal", "a device that nobody knows"),
                  (const char *)sqlite3_column_text(stmt, 1), seen, aside_word(code));
    fputs(buffer_string(&line), stdout);
    line.len = 0;
    buffer_format(&line, "    %s: %s", status ? status : "", (const char *)sqlite3_column_text(stmt, 4));
    terminal_text(stdout, buffer_string(&line), line.len);
    printf("\n    %s %s\n", (const char *)sqlite3_column_text(stmt, 5), (const char *)sqlite3_column_text(stmt, 6));
    buffer_release(&line);
}

static void stopped_text(struct jemput *jemput)
{
    static const char sql[] =
        "SELECT iif(device IS NULL, NULL, label), coalesce(segment, '?'), status, since_ms, coalesce(detail, ''), ref, coalesce(\"commit\", '') "
        "FROM jemput_refused WHERE kind = 'log'";
    sqlite3_stmt *stmt;

    puts(T("Catatan yang dihentikan karena tidak lolos pemeriksaan:", "Logs stopped because they failed a check:"));
    if (sqlite3_prepare_v2(jemput_app(jemput), sql, -1, &stmt, NULL) == SQLITE_OK)
        while (sqlite3_step(stmt) == SQLITE_ROW)
            stopped_print(stmt);
    sqlite3_finalize(stmt);
    puts(T("Yang sudah digabungkan aman; yang dihentikan masih ada di perangkat itu. Ia masuk\n"
           "sendiri pada sync pertama yang menemukan segmen yang baik di hub. Kalau tetap\n"
           "dihentikan: sync-kan lagi perangkat itu, atau hubungi administrator.",
           "What was merged is safe; what was stopped is still on that device. It comes in by\n"
           "itself at the first sync that finds a good segment at the hub. If it stays stopped:\n"
           "sync that device again, or call your administrator."));
}

static int aside_json(void *ctx, const struct jemput_aside *aside)
{
    struct json *j = ctx;

    json_object(j, NULL);
    json_text(j, "ref", aside->ref);
    json_text(j, "commit", aside->commit);
    json_text(j, "status", jemput_status_name(aside->status));
    json_text(j, "reason", aside->reason);
    json_moment(j, "seen", aside->seen_ms);
    json_end_object(j);
    return 0;
}

static void state_line(enum terminal_style style, const char *name, uint64_t count, const char *what)
{
    terminal_style(stdout, count ? style : TERMINAL_DIM);
    printf("  %-20s", name);
    terminal_style(stdout, TERMINAL_PLAIN);
    printf(" %8" PRIu64 "  %s\n", count, what);
}

static void device_text(const struct jemput_info *info)
{
    printf(T("Perangkat %u", "Device %u"), (unsigned)info->device_number);
    if (!info->admitted)
        printf(T(", belum diterima: sinkronkan, lalu sekali lagi sesudah administrator bersinkron\n"
                 "Kunci perangkat ini: %.16s (cocokkan dengan yang dilihat administrator sebelum ia menerimanya)\n",
                 ", not admitted yet: sync, and once more after the administrator has synced\n"
                 "This device's key: %.16s (compare it with what the administrator sees before it is let in)\n"),
               info->key);
    else if (info->roles[0])
        printf(T(", peran %s, wilayah %s\n", ", roles %s, scope %s\n"), info->roles, info->scope[0] ? info->scope : T("semua", "all"));
    else
        puts(T(", tanpa peran", ", without a role"));
    device_standing_text(info);
    printf(T("Ruang %s\nPenulis %s\n", "Space %s\nWriter %s\n"), info->space, info->writer);
    printf(T("Roster %u, skema %u\n", "Roster %u, schema %u\n"), (unsigned)info->roster_version, (unsigned)info->schema_version);
    if (info->sealed)
        puts(T("Berkas ini disegel: tidak terbaca tanpa PIN atau kuncinya", "This file is sealed: nobody can read it without its PIN or key"));
}

/* In days: a smaller error is not reported. */
static void clock_text(const struct jemput_info *info)
{
    int64_t days = (info->clock_error_ms < 0 ? -info->clock_error_ms : info->clock_error_ms) / (24 * 3600 * 1000);

    if (info->clock_error_ms < 0)
        printf(T("Jam perangkat ini terlambat sekitar %" PRId64 " hari. Data aman; betulkan tanggal dan jamnya.\n",
                 "This device's clock is about %" PRId64 " days behind. The data is safe; put its date and time right.\n"),
               days);
    else if (info->clock_error_ms > 0)
        printf(T("Jam perangkat ini terlalu cepat sekitar %" PRId64 " hari. Data aman; betulkan tanggal dan jamnya.\n",
                 "This device's clock is about %" PRId64 " days ahead. The data is safe; put its date and time right.\n"),
               days);
    if (info->logs_ahead)
        printf(T("%" PRIu64 " perangkat lain mencatat waktu lebih dari sehari di depan jam ini. Data aman; periksa jam perangkat itu, dan jam ini.\n",
                 "%" PRIu64 " other devices claim a time more than a day ahead of this clock. The data is safe; check their clocks, and this one.\n"),
               info->logs_ahead);
}

/* How old central's newest word is, in days, by this device's clock; 0 = younger than two weeks, or none came yet. */
static int64_t stale_days(const struct jemput_info *info)
{
    int64_t days = ((int64_t)time(NULL) * 1000 - info->last_receipt_ms) / DAY_MS;

    return info->last_receipt_ms && days >= STALE_DAYS ? days : 0;
}

/* What the hub and central show, and whether it can be what they have. Nothing of it stops any work. */
static void trust_text(struct jemput *jemput, const struct jemput_info *info)
{
    struct jemput_state_difference d;
    struct jemput_error err;
    char when[MOMENT_BYTES];
    int found = 0;

    if (stale_days(info))
        printf(T("Kabar terbaru dari pusat berumur %" PRId64 " hari. Data di sini aman; kalau sudah bersinkron sesudah itu,\n"
                 "hub menunjukkan isi yang lama: beri tahu administrator.\n",
                 "Central's newest message is %" PRId64 " days old. The data here is safe; if you have synced since,\n"
                 "the hub shows old contents: tell your administrator.\n"),
               stale_days(info));
    if (info->hub_behind && (int64_t)time(NULL) * 1000 - info->hub_behind_ms < STALE_DAYS * DAY_MS) {
        moment_local(when, info->hub_behind_ms);
        printf(T("Pada %s hub menunjukkan %" PRIu64 " catatan yang kurang dari yang sudah pernah dilihat di sini: ia dikembalikan\n"
                 "ke salinan lama, atau menahan sesuatu. Data aman; yang kurang sudah dikirim lagi.\n",
                 "At %s the hub had less of %" PRIu64 " logs than was seen here before: it was put back to an older copy,\n"
                 "or keeps something back. The data is safe; what it lacked was sent again.\n"),
               when, info->hub_behind);
    }
    if (jemput_state_difference(jemput, &d, &found, &err) == JEMPUT_OK && found)
        printf(T("Isi di sini (%.12s) bukan isi yang dinyatakan pusat (%.12s, commit %.12s), padahal keduanya menggabungkan\n"
                 "hal yang sama. Tidak ada yang berhenti; jalankan verify: kalau ia tidak menemukan apa-apa, pusatlah yang salah.\n",
                 "The state here (%.12s) is not what central states (%.12s, commit %.12s), though both have merged the same.\n"
                 "Nothing stops; run verify: if it finds nothing, it is central that is wrong.\n"),
               d.ours, d.theirs, d.commit);
    if (jemput_checkpoint_difference(jemput, &d, &found, &err) == JEMPUT_OK && found)
        printf(T("Titik pangkal pusat (commit %.12s) menyatakan isi %.12s, padahal catatan yang sama di sini menghasilkan %.12s.\n"
                 "Tidak ada yang dipotong; lihat jemput cases.\n",
                 "Central's checkpoint (commit %.12s) states %.12s, and the same logs give %.12s here.\n"
                 "Nothing was cut off; see jemput cases.\n"),
               d.commit, d.theirs, d.ours);
}

/* NULL: there is none while something is not sealed. */
static const char *state_hash(struct jemput *jemput, char hex[65])
{
    sqlite3_stmt *stmt;
    bool found = false;

    if (sqlite3_prepare_v2(jemput_app(jemput), "SELECT jemput_state_hash()", -1, &stmt, NULL) == SQLITE_OK && sqlite3_step(stmt) == SQLITE_ROW) {
        snprintf(hex, 65, "%s", (const char *)sqlite3_column_text(stmt, 0));
        found = true;
    }
    sqlite3_finalize(stmt);
    return found ? hex : NULL;
}

/* Nothing where there never were any. */
static void attachments_text(struct jemput *jemput)
{
    struct jemput_attachment_counts c;
    struct jemput_error err;

    if (jemput_attachment_count(jemput, &c, &err) || !(c.unsent || c.partly || c.received || c.asked || c.here))
        return;
    printf(T("Lampiran perangkat ini: belum dikirim %" PRIu64 ", sebagian %" PRIu64 ", diterima %" PRIu64 "; diminta %" PRIu64 "; ada di sini %" PRIu64
             " (%" PRIu64 " bita)\n",
             "Attachments of this device: not sent yet %" PRIu64 ", partly %" PRIu64 ", received %" PRIu64 "; asked for %" PRIu64 "; here %" PRIu64
             " (%" PRIu64 " bytes)\n"),
           c.unsent, c.partly, c.received, c.asked, c.here, c.bytes_here);
}

static void attachments_json(struct json *j, struct jemput *jemput)
{
    struct jemput_attachment_counts c;
    struct jemput_error err;

    if (jemput_attachment_count(jemput, &c, &err)) {
        json_null(j, "attachments");
        return;
    }
    json_object(j, "attachments");
    json_count(j, "unsent", c.unsent);
    json_count(j, "partly", c.partly);
    json_count(j, "received", c.received);
    json_count(j, "asked", c.asked);
    json_count(j, "here", c.here);
    json_count(j, "bytes_here", c.bytes_here);
    json_end_object(j);
}

static void info_text(struct jemput *jemput, const struct jemput_info *info, const char *hash)
{
    char sync[MOMENT_BYTES], receipt[MOMENT_BYTES];

    moment_local(sync, info->last_sync_ms);
    moment_local(receipt, info->last_receipt_ms);
    puts(T("Pekerjaan perangkat ini (transaksi):", "Work of this device (transactions):"));
    state_line(TERMINAL_YELLOW, T("di tablet ini", "on this device"), info->own.on_device, T("tersimpan, belum disegel", "saved, not sealed yet"));
    state_line(TERMINAL_YELLOW, T("menunggu sinyal", "waiting for a signal"), info->own.waiting,
               T("disegel, belum ada tanda terima", "sealed, no receipt yet"));
    state_line(TERMINAL_GREEN, T("diterima pusat", "received by central"), info->own.received,
               T("ada tanda terima bertanda tangan", "covered by a signed receipt"));
    printf(T("Perubahan yang belum disegel: %" PRIu64 "\n\n", "Changes not sealed yet: %" PRIu64 "\n\n"), info->pending_changes);
    device_text(info);
    printf(T("Hub: %s\n", "Hub: %s\n"), info->hub[0] ? info->hub : T("belum ada", "none yet"));
    printf(T("Sinkronisasi lengkap terakhir: %s\nTanda terima terakhir: %s\n", "Last complete sync: %s\nLast receipt: %s\n"), sync, receipt);
    printf(T("Baris %" PRIu64 ", sedang bentrok %" PRIu64 ", tertahan %" PRIu64 ", catatan perangkat %" PRIu64 ", dihentikan %" PRIu64 "\n",
             "Rows %" PRIu64 ", in conflict %" PRIu64 ", held %" PRIu64 ", logs %" PRIu64 ", stopped %" PRIu64 "\n"),
           info->rows, info->conflicts, info->held, info->logs, info->logs_stopped);
    attachments_text(jemput);
    if (info->segments_unread)
        printf(T("Butuh kunci: %" PRIu64 " segmen perangkat lain belum dapat dibaca di sini. Semuanya tersimpan utuh, dan masuk\n"
                 "sendiri begitu kuncinya datang lewat sync; perangkat kominfo tidak membaca data warga.\n",
                 "Keys wanted: %" PRIu64 " segments of other devices cannot be read here yet. All are kept whole, and come in by\n"
                 "themselves once a sync brings the key; a kominfo device reads no residents' data.\n"),
               info->segments_unread);
    printf(T("Sidik isi: %s\n", "State hash: %s\n"),
           hash ? hash : T("belum ada, karena ada yang belum disegel", "none yet, because something is not sealed"));
    if (info->segments_unread)
        puts(T("(hanya dari yang dapat dibaca: tidak bisa dibandingkan dengan perangkat lain)",
               "(of what can be read alone: not to be compared with other devices)"));
    clock_text(info);
    trust_text(jemput, info);
}

static void info_json(struct json *j, const struct jemput_info *info, const char *hash)
{
    json_text(j, "space", info->space);
    json_text(j, "writer", info->writer);
    json_count(j, "device_number", info->device_number);
    json_text(j, "key", info->key);
    json_bool(j, "admitted", info->admitted);
    json_bool(j, "revoked", info->revoked);
    json_bool(j, "sealed", info->sealed);
    json_text(j, "roles", info->roles);
    json_text(j, "scope", info->scope);
    json_text(j, "hub", info->hub);
    json_count(j, "roster_version", info->roster_version);
    json_count(j, "schema_version", info->schema_version);
    json_object(j, "own");
    json_count(j, "on_device", info->own.on_device);
    json_count(j, "waiting", info->own.waiting);
    json_count(j, "received", info->own.received);
    json_end_object(j);
    json_count(j, "pending_changes", info->pending_changes);
    json_count(j, "rows", info->rows);
    json_count(j, "conflicts", info->conflicts);
    json_count(j, "held", info->held);
    json_count(j, "logs", info->logs);
    json_count(j, "logs_stopped", info->logs_stopped);
    json_count(j, "segments_unread", info->segments_unread);
    json_moment(j, "last_sync", info->last_sync_ms);
    json_moment(j, "last_receipt", info->last_receipt_ms);
    json_integer(j, "clock_error_ms", info->clock_error_ms);
    json_count(j, "logs_ahead", info->logs_ahead);
    json_count(j, "receipt_days", (uint64_t)stale_days(info));
    json_count(j, "hub_behind", info->hub_behind);
    json_moment(j, "hub_behind_since", info->hub_behind_ms);
    if (hash)
        json_text(j, "state_hash", hash);
    else
        json_null(j, "state_hash");
}

typedef enum jemput_status (*difference_fn)(struct jemput *jemput, struct jemput_state_difference *out, int *found, struct jemput_error *err);

static void difference_json(struct json *j, const char *name, struct jemput *jemput, difference_fn find)
{
    struct jemput_state_difference d;
    struct jemput_error err;
    int found = 0;

    if (find(jemput, &d, &found, &err) || !found) {
        json_null(j, name);
        return;
    }
    json_object(j, name);
    json_text(j, "writer", d.writer);
    json_count(j, "number", d.number);
    json_text(j, "commit", d.commit);
    json_text(j, "theirs", d.theirs);
    json_text(j, "ours", d.ours);
    json_moment(j, "seen", d.seen_ms);
    json_end_object(j);
}

static void fall_json(struct json *j, struct jemput *jemput)
{
    struct jemput_receipt_fall f;
    struct jemput_error err;
    int found = 0;

    if (jemput_receipt_fall(jemput, &f, &found, &err) || !found) {
        json_null(j, "receipt_fell");
        return;
    }
    json_object(j, "receipt_fell");
    json_text(j, "writer", f.writer);
    json_text(j, "commit_before", f.commit_before);
    json_count(j, "number_before", f.number_before);
    json_text(j, "commit_now", f.commit_now);
    json_count(j, "number_now", f.number_now);
    json_moment(j, "seen", f.seen_ms);
    json_bool(j, "settled", f.settled != 0);
    json_end_object(j);
}

static enum jemput_status status_json(struct jemput *jemput, const struct jemput_info *info, const char *hash, struct jemput_error *err)
{
    struct json j = { .out = stdout };
    enum jemput_status st;

    json_object(&j, NULL);
    info_json(&j, info, hash);
    difference_json(&j, "state_difference", jemput, jemput_state_difference);
    difference_json(&j, "checkpoint_difference", jemput, jemput_checkpoint_difference);
    fall_json(&j, jemput);
    attachments_json(&j, jemput);
    json_array(&j, "stopped");
    st = jemput_aside_each(jemput, aside_json, &j, err);
    json_end_array(&j);
    json_end_object(&j);
    return st;
}

static void status_text(struct jemput *jemput, const struct jemput_info *info, const char *hash)
{
    info_text(jemput, info, hash);
    if (info->logs_stopped)
        stopped_text(jemput);
}

static int status(const struct cli *cli, struct jemput *jemput)
{
    char hex[65];
    const char *hash;
    struct jemput_info info;
    struct jemput_error err;
    enum jemput_status st = jemput_info_get(jemput, &info, &err);

    if (!st) {
        hash = state_hash(jemput, hex);
        if (cli->json)
            st = status_json(jemput, &info, hash, &err);
        else
            status_text(jemput, &info, hash);
    }
    return st ? failure_status(&err) : EXIT_OK;
}

static int cmd_status(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, status);
}

const struct command command_status = {
    .name = "status",
    .operands = "",
    .summary_id = "Keadaan data di perangkat ini.",
    .summary_en = "The state of the data on this device.",
    .example = "jemput -s tablet.db status",
    .run = cmd_status,
    .json = true,
    .more_id = "Pekerjaan sendiri dihitung dalam transaksi, masing-masing dalam satu dari tiga keadaan:\n"
               "  di tablet ini    tersimpan di sini; berangkat pada sync berikutnya\n"
               "  menunggu sinyal  disegel, mungkin sudah terkirim; tanda terima pusat belum sampai di sini\n"
               "  diterima pusat   sudah digabungkan pusat, dengan tanda terima bertanda tangan\n"
               "Bentrok: lihat conflicts. Tertahan: lihat held. Dihentikan: catatan perangkat yang tidak lolos pemeriksaan, beserta sebabnya.",
    .more_en = "Own work is counted in transactions, each in one of three states:\n"
               "  on this device        saved here; leaves at the next sync\n"
               "  waiting for a signal  sealed, perhaps sent; central's receipt has not come here yet\n"
               "  received by central   merged by central, with a signed receipt\n"
               "Conflicts: see conflicts. Held: see held. Stopped: logs of devices that failed a check, and why.",
};
