/* commands/bundle.c — `jemput bundle`: logs in one file, for a stick that somebody carries where there is no signal. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "buffer.h"
#include "bundlefiles.h"
#include "bundletold.h"
#include "failure.h"
#include "hubtext.h"
#include "space.h"
#include "syncing.h"
#include "terminal.h"
#include "text.h"

/* --- make --- */

/* In a folder the file is called after the device and the moment. */
static void file_name(struct buffer *out, struct jemput *jemput, const char *path)
{
    struct jemput_info info;
    struct jemput_error ignored;
    struct stat about;
    char day[32] = "";
    time_t now = time(NULL);
    struct tm tm;

    buffer_text(out, path);
    if (stat(path, &about) != 0 || !S_ISDIR(about.st_mode) || jemput_info_get(jemput, &info, &ignored))
        return;
    if (gmtime_r(&now, &tm))
        strftime(day, sizeof day, "%Y%m%d-%H%M%S", &tm);
    buffer_format(out, "/jemput-%.8s-%s.bundle", info.writer, day);
}

/* How many photos and other attachments are known neither to a hub nor to central, and are not in the bundle. */
static uint64_t attachments_left(struct jemput *jemput, const struct jemput_bundle_make_options *o, const struct jemput_bundle_made *made)
{
    struct jemput_attachment_counts counts;
    struct jemput_error ignored;

    if (o->attachments)
        return made->attachments_left;
    return jemput_attachment_count(jemput, &counts, &ignored) ? 0 : counts.unsent + counts.partly;
}

static void made_json(const char *path, const struct jemput_bundle_made *made, uint64_t left)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    json_text(&j, "file", made->segments || made->attachment_chunks ? path : "");
    json_count(&j, "segments", made->segments);
    json_count(&j, "own", made->own);
    json_count(&j, "carried", made->carried);
    json_count(&j, "logs", made->logs);
    json_count(&j, "bytes", made->bytes);
    json_count(&j, "since", made->since);
    json_count(&j, "attachments", made->attachments);
    json_count(&j, "attachment_chunks", made->attachment_chunks);
    json_count(&j, "attachment_bytes", made->attachment_bytes);
    json_count(&j, "attachments_left", left);
    json_end_object(&j);
}

static void left_text(uint64_t left)
{
    if (left)
        printf(T("Foto dan lampiran yang TIDAK ikut: %" PRIu64 "; masih menunggu di perangkat ini sampai tersambung ke hub, atau: --with-attachments.\n",
                 "Photos and attachments that are NOT in it: %" PRIu64 "; they wait on this device until it reaches a hub, or: --with-attachments.\n"), left);
}

static void made_text(const char *path, const struct jemput_bundle_made *made)
{
    if (!made->segments && !made->attachment_chunks) {
        puts(T("Tidak ada yang perlu dibawa: pusat sudah punya semuanya. Tidak ada berkas dibuat. (Semua isi: bundle make --full)",
               "There is nothing to carry: central has all of it. No file was made. (To carry everything: bundle make --full)"));
        return;
    }
    printf(T("%s: %" PRIu64 " segmen dari %" PRIu64 " catatan, %" PRIu64 " bita", "%s: %" PRIu64 " segments of %" PRIu64 " logs, %" PRIu64 " bytes"), path,
           made->segments, made->logs, made->bytes);
    if (made->carried)
        printf(T("; %" PRIu64 " di antaranya titipan", "; %" PRIu64 " of them carried for others"), made->carried);
    if (made->attachment_chunks)
        printf(T("; %" PRIu64 " lampiran, %" PRIu64 " bita", "; %" PRIu64 " attachments, %" PRIu64 " bytes"), made->attachments, made->attachment_bytes);
    puts(T(". Lepaskan flashdisk dengan aman sebelum dicabut.", ". Eject the stick before you pull it out."));
}

static int make_failed(const char *path, const struct jemput_error *err)
{
    if (err->status == JEMPUT_FULL)
        return failure_told(err->status, T("Flashdisk penuh: '%s' tidak dibuat. Data tetap aman di sini. Kosongkan tempat, lalu ulangi.",
                                           "The stick is full: '%s' was not made. The data is safe here. Make room, then try again."), path);
    if (err->status == JEMPUT_DENIED)
        return failure_told(err->status, T("'%s' tidak dapat ditulis: hanya-baca. Data tetap aman di sini. Pakai flashdisk lain, atau buka kuncinya.",
                                           "'%s' cannot be written: it is read-only. The data is safe here. Use another stick, or unlock it."), path);
    return failure_status(err);
}

static int bundle_make(const struct cli *cli, const char *path, struct jemput_bundle_make_options options)
{
    struct jemput_bundle_made made;
    struct buffer file = { 0 };
    struct sigaction before;
    struct jemput_error err;
    enum jemput_status st;
    int code;
    struct jemput *jemput = space_open(cli, &code);

    if (!jemput)
        return code;
    file_name(&file, jemput, path);
    options.path = buffer_string(&file);
    options.progress = syncing_progress;
    syncing_begin(&before);
    st = jemput_bundle_make(jemput, &options, &made, &err);
    syncing_end(&before);
    if (st)
        code = make_failed(options.path, &err);
    else if (cli->json)
        made_json(options.path, &made, attachments_left(jemput, &options, &made));
    else
        made_text(options.path, &made);
    if (!st && !cli->json)
        left_text(attachments_left(jemput, &options, &made));
    buffer_release(&file);
    jemput_close(jemput);
    return st ? code : EXIT_OK;
}

/* --- take --- */

static void taken_text(const struct jemput_bundle_taken *t, const struct bundle_told *told)
{
    char why[HUB_WORDS_BYTES];

    if (t->taken_before) {
        puts(T("Sudah pernah diambil: dilewati.", "Taken before: passed over."));
        return;
    }
    bundle_info_text(&t->file);
    bundle_logs_text(told);
    printf(T("Digabungkan: %" PRIu64 " segmen, %" PRIu64 " transaksi. Dibawakan untuk yang lain: %" PRIu64 " segmen.\n",
             "Merged: %" PRIu64 " segments, %" PRIu64 " transactions. Carried for others: %" PRIu64 " segments.\n"),
           t->sync.segments_fetched, t->sync.txns_merged, t->segments_carried);
    if (t->sync.attachments_fetched || t->sync.attachment_chunks_fetched)
        printf(T("Lampiran: %" PRIu64 " menjadi lengkap (%" PRIu64 " bagian diambil).\n", "Attachments: %" PRIu64 " became whole (%" PRIu64 " parts taken).\n"),
               t->sync.attachments_fetched, t->sync.attachment_chunks_fetched);
    if (t->sync.attachment_status) {
        attachments_why(why, &t->sync);
        printf(T("Lampiran tertunda; data sudah masuk. Sebabnya: %s\n", "Attachments were held up; the data is in. Why: %s\n"), why);
    }
    if (t->sync.admitted_devices)
        printf(T("Perangkat baru diterima: %" PRIu64 ".\n", "New devices admitted: %" PRIu64 ".\n"), t->sync.admitted_devices);
}

static void taken_json(struct json *j, const char *path, const struct jemput_bundle_taken *t, const struct bundle_told *told,
                       const struct jemput_error *err)
{
    json_object(j, NULL);
    json_text(j, "file", path);
    if (err)
        failure_json(j, err);
    else
        json_text(j, "status", jemput_status_name(JEMPUT_OK));
    json_bool(j, "taken_before", t->taken_before != 0);
    bundle_info_json(j, &t->file);
    json_count(j, "segments_merged", t->sync.segments_fetched);
    json_count(j, "transactions_merged", t->sync.txns_merged);
    json_count(j, "segments_carried", t->segments_carried);
    json_count(j, "attachments_fetched", t->sync.attachments_fetched);
    json_count(j, "attachment_chunks_fetched", t->sync.attachment_chunks_fetched);
    json_text(j, "attachment_status", jemput_status_name(t->sync.attachment_status));
    json_count(j, "admitted_devices", t->sync.admitted_devices);
    json_count(j, "logs_lacking", t->logs_lacking);
    json_count(j, "logs_waiting", t->logs_waiting);
    json_count(j, "logs_refused", t->logs_refused);
    bundle_logs_json(j, told);
    json_end_object(j);
}

static int take_failed(const char *path, const struct jemput_bundle_taken *t, const struct jemput_error *err)
{
    if (t->logs_lacking)
        return failure_told(err->status,
                            T("'%s' menyambung catatan yang belum ada di sini; selebihnya sudah diambil, dan yang ini disimpan. Mintalah berkas yang lebih "
                              "lengkap di perangkat asalnya: bundle make BERKAS --full",
                              "'%s' continues logs whose earlier parts are not here; all else was taken, and this is kept. Ask its sender for a fuller file: "
                              "bundle make FILE --full"),
                            path);
    if (strstr(err->text, "of another space"))
        return failure_told(err->status, T("'%s' milik ruang lain: tidak ada yang diambil.", "'%s' is of another space: nothing of it was taken."), path);
    if (err->status == JEMPUT_CORRUPT)
        return failure_told(err->status, T("'%s' bukan berkas bundel, atau rusak seluruhnya. Data tetap aman di sini. Minta salinan baru.",
                                           "'%s' is not a bundle, or all of it is damaged. The data is safe here. Ask for another copy."), path);
    return failure_status(err);
}

/* One file. The exit code; *go_on = false: the others need not be tried. */
static int take_one(const struct cli *cli, struct jemput *jemput, const char *path, struct json *json, bool *go_on)
{
    struct bundle_told told = { 0 };
    const struct jemput_bundle_take_options options = { .path = path, .each = bundle_log_take, .progress = syncing_progress, .ctx = &told };
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    struct sigaction before;
    enum jemput_status st;
    int code = EXIT_OK;

    syncing_begin(&before);
    st = jemput_bundle_take(jemput, &options, &taken, &err);
    syncing_end(&before);
    if (cli->json) {
        taken_json(json, path, &taken, &told, st ? &err : NULL);
    } else if (!st || taken.logs_lacking) {
        printf("%s\n", path);
        taken_text(&taken, &told);
    }
    if (st)
        code = take_failed(path, &taken, &err);
    else if (taken.logs_refused || bundle_is_damaged(&taken.file))
        code = EXIT_PROBLEMS;
    bundle_told_release(&told);
    *go_on = !st || st == JEMPUT_CORRUPT || st == JEMPUT_DENIED || st == JEMPUT_NOTFOUND || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT;
    return code;
}

static int bundle_take(const struct cli *cli, int count, char **paths)
{
    struct bundle_files files = { 0 };
    struct json json = { .out = stdout };
    struct jemput *jemput = NULL;
    bool go_on = true;
    int worst = EXIT_OK, code = EXIT_OK;

    for (int i = 0; go_on && i < count; i++)
        go_on = bundle_files_add(&files, paths[i], &code);
    if (go_on)
        jemput = space_open(cli, &code);
    if (!jemput) {
        bundle_files_release(&files);
        return code;
    }
    bundle_files_sort(&files);
    if (cli->json)
        json_array(&json, NULL);
    else if (!files.count)
        puts(T("Tidak ada berkas *.bundle di situ.", "There are no *.bundle files there."));
    for (unsigned i = 0; go_on && i < files.count; i++) {
        code = take_one(cli, jemput, files.of[i].path, &json, &go_on);
        worst = code > worst ? code : worst;
    }
    if (cli->json)
        json_end_array(&json);
    jemput_close(jemput);
    bundle_files_release(&files);
    return worst;
}

/* --- show --- */

static int bundle_show(const struct cli *cli, const char *path)
{
    struct bundle_told told = { 0 };
    struct jemput_bundle_info info;
    struct jemput_error err;
    struct json json = { .out = stdout };

    if (jemput_bundle_show(path, NULL, NULL, bundle_log_take, &told, &info, &err))
        return take_failed(path, &(struct jemput_bundle_taken){ .logs_lacking = 0 }, &err);
    if (cli->json) {
        json_object(&json, NULL);
        bundle_info_json(&json, &info);
        bundle_logs_json(&json, &told);
        json_end_object(&json);
    } else {
        bundle_info_text(&info);
        bundle_logs_text(&told);
        puts(T("Tanda tangan tiap segmen: jemput verify BERKAS", "Signatures of all segments: jemput verify FILE"));
    }
    bundle_told_release(&told);
    return bundle_is_damaged(&info) ? EXIT_PROBLEMS : EXIT_OK;
}

/* --- the command --- */

static int cmd_bundle(struct cli *cli, int argc, char **argv)
{
    bool full = false, since = false, attachments = false;
    const char *made_for = NULL, *most = NULL;
    const struct option_spec specs[] = {
        { .name = "full", .flag = &full, .help = T("make: semua yang ada di sini", "make: all that is here") },
        { .name = "since-receipt",
          .flag = &since,
          .help = T("make: yang belum tercakup tanda terima pusat; begitu juga tanpa pilihan", "make: what no receipt from central covers (the default)") },
        { .name = "for",
          .argument = T("PERANGKAT", "DEVICE"),
          .value = &made_for,
          .help = T("make: yang belum dipunyai perangkat itu (nomornya)", "make: what that device (its number) does not have") },
        { .name = "with-attachments", .flag = &attachments, .help = T("make: dengan foto dan lampiran, sesudah semua teks", "make: with photos and attachments, after all text") },
        { .name = "attachments-mb", .argument = "N", .value = &most, .help = T("make: lampiran paling banyak sekian MB", "make: at most N MB of attachments") },
    };
    const char *what;
    long megabytes = 0;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 2, 64, &code))
        return code;
    if (most && (!attachments || !options_number(most, 1, 1048576, &megabytes)))
        return failure_usage("bundle", "%s", T("--attachments-mb: sebutkan 1 sampai 1048576, bersama --with-attachments", "--attachments-mb: give 1 to 1048576, with --with-attachments"));
    what = argv[0];
    if (full + since + (made_for != NULL) > 1)
        return failure_usage("bundle", "%s", T("satu pilihan saja: --full, --since-receipt, atau --for", "only one of --full, --since-receipt, --for"));
    if ((full || since || made_for || attachments) && strcmp(what, "make") != 0)
        return failure_usage("bundle", "%s", T("pilihan hanya untuk bundle make", "options are for bundle make only"));
    if (strcmp(what, "make") == 0 && argc == 2)
        return bundle_make(cli, argv[1],
                           (struct jemput_bundle_make_options){ .full = full, .made_for = made_for, .attachments = attachments,
                                                                .attachment_bytes_max = (uint64_t)megabytes * 1000000 });
    if (strcmp(what, "take") == 0)
        return bundle_take(cli, argc - 1, argv + 1);
    if (strcmp(what, "show") == 0 && argc == 2)
        return bundle_show(cli, argv[1]);
    return failure_usage("bundle", "%s", T("make BERKAS, take BERKAS…, atau show BERKAS", "make FILE, take FILE…, or show FILE"));
}

const struct command command_bundle = {
    .name = "bundle",
    .operands = "make FILE [--full | --since-receipt | --for DEVICE] [--with-attachments [--attachments-mb N]] | take FILE… | show FILE",
    .summary_id = "Bawa pekerjaan dengan flashdisk, tanpa jaringan.",
    .summary_en = "Carry work on a stick, without a network.",
    .example = "jemput -s tablet.db bundle make /media/usb",
    .run = cmd_bundle,
    .json = true,
    .more_id = "make: satu berkas berisi yang belum dimiliki pusat menurut tanda terimanya yang terakhir; di pusat: yang belum dimiliki tablet-tablet.\n"
               "Kalau FILE sebuah folder, namanya dipilihkan. take: periksa dan gabungkan seperti sync; titipan petugas lain dibawa terus tanpa dibaca,\n"
               "ke hub pada sync berikutnya atau ke bundel berikutnya. Folder: semua *.bundle di dalamnya, dari yang terlama. Aman diulang.\n"
               "show: isi berkas, tanpa berkas data dan tanpa kunci.\n"
               "Foto dan lampiran ikut dengan --with-attachments: yang belum ada tanda terimanya, yang mendesak dan kecil dulu, sesudah semua teks. Pusat\n"
               "mengambil semuanya, tablet hanya yang dimintanya; yang sudah diambil dari berkas terpotong tidak perlu datang lagi.\n"
               "Kode keluar 1: berkas rusak sebagian, atau ada catatan yang ditolak; selebihnya sudah diambil.",
    .more_en = "make: one file with what central does not have by its last receipt; at central: what tablets do not have. If FILE is a folder, the\n"
               "name is chosen. take: check and merge as sync does; what is for others is carried on unread, to a hub at the next sync or into the\n"
               "next bundle. A folder: each *.bundle in it, the oldest first. Safe to repeat. show: what is in a file, with neither store nor keys.\n"
               "Photos and attachments are in it with --with-attachments: those without a receipt, urgent and small ones first, after all text. Central takes all, a\n"
               "tablet what it asked for; what was taken from a file that was cut need not come again.\n"
               "Exit code 1: a part of the file is damaged, or a log was refused; all else was taken.",
};
