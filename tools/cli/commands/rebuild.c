/* commands/rebuild.c — `jemput rebuild`: everything that was merged, computed anew from the signed segments. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "space.h"
#include "syncing.h"
#include "terminal.h"
#include "text.h"

struct rebuilding {
    struct json json;
    bool for_program;
};

static void difference(void *ctx, const char *what)
{
    struct rebuilding *r = ctx;

    if (r->for_program) {
        json_text(&r->json, NULL, what);
        return;
    }
    progress_end();
    terminal_style(stdout, TERMINAL_YELLOW);
    fputs(T("berbeda: ", "differs: "), stdout);
    terminal_style(stdout, TERMINAL_PLAIN);
    terminal_text(stdout, what, strlen(what));
    fputc('\n', stdout);
}

/* The engine gives progress and differences one context. */
static int progress(void *ctx, const struct jemput_progress *progress)
{
    (void)ctx;
    return syncing_progress(NULL, progress);
}

static void report_text(const struct jemput_rebuild_report *r)
{
    printf(T("Dihitung ulang dari %" PRIu64 " segmen bertanda tangan.\n", "Recomputed from %" PRIu64 " signed segments.\n"), r->segments);
    if (r->differences == 0)
        puts(T("Isi sudah seperti yang dikatakan catatan: tidak ada yang perlu diperbaiki.",
               "Everything was as the logs say: there was nothing to repair."));
    else
        printf(T("Diperbaiki: %" PRIu64 " baris dikeluarkan, %" PRIu64 " baris ditulis. Isi sekarang seperti yang dikatakan catatan.\n",
                 "Repaired: %" PRIu64 " rows taken out, %" PRIu64 " rows written. Everything is as the logs say now.\n"),
               r->rows_removed, r->rows_put);
    printf(T("Sidik isi: %s\n", "State hash: %s\n"), r->state_hash);
}

/* After the array of differences. `err`: NULL = it went well. */
static void report_json(struct json *j, const struct jemput_rebuild_report *r, const struct jemput_error *err)
{
    if (err) {
        failure_json(j, err);
        return;
    }
    json_text(j, "status", jemput_status_name(JEMPUT_OK));
    json_count(j, "difference_count", r->differences);
    json_count(j, "segments", r->segments);
    json_count(j, "rows_removed", r->rows_removed);
    json_count(j, "rows_written", r->rows_put);
    json_text(j, "state_hash", r->state_hash);
}

static int rebuild(const struct cli *cli, struct jemput *jemput)
{
    struct rebuilding r = { .json = { .out = stdout }, .for_program = cli->json };
    struct jemput_rebuild_options options = { .progress = progress, .each = difference, .ctx = &r };
    struct jemput_rebuild_report report = { 0 };
    struct jemput_error err;
    struct sigaction before;
    enum jemput_status st;

    if (cli->json) {
        json_object(&r.json, NULL);
        json_array(&r.json, "differences");
    }
    syncing_begin(&before);
    st = jemput_rebuild(jemput, &options, &report, &err);
    syncing_end(&before);
    if (cli->json) {
        json_end_array(&r.json);
        report_json(&r.json, &report, st ? &err : NULL);
        json_end_object(&r.json);
    } else if (!st) {
        report_text(&report);
    }
    return st ? failure_status(&err) : EXIT_OK;
}

static int cmd_rebuild(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, rebuild);
}

const struct command command_rebuild = {
    .name = "rebuild",
    .operands = "",
    .summary_id = "Hitung ulang isi dari catatan bertanda tangan.",
    .summary_en = "Recompute the contents from the signed logs.",
    .example = "jemput -s pusat.db rebuild",
    .run = cmd_rebuild,
    .json = true,
    .more_id =
        "Untuk berkas yang menurut verify bermasalah. Tabel dan data penggabungan menjadi seperti yang dikatakan segmen bertanda tangan; yang "
        "berbeda disebut. Pekerjaan yang belum disegel disegel dulu dan tetap ada. Aman dihentikan kapan saja (Ctrl-C, listrik padam):\n"
        "sebelum selesai tidak ada yang berubah. Catatan yang rusak menghentikannya sebelum ada yang diubah.",
    .more_en = "For a store in which verify finds problems. Tables and merge state become what the signed segments say; what differed is "
               "told. Work that is not sealed yet is sealed first, and stays. Safe to stop at any moment (Ctrl-C, power cut): before it is done "
               "nothing has changed. A damaged log stops it before anything is changed.",
};
