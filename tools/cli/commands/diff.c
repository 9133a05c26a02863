/* commands/diff.c — `jemput diff`: what the next sync would change here, before it does. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "conflict.h"
#include "failure.h"
#include "hold.h"
#include "json.h"
#include "space.h"
#include "syncing.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

enum { KINDS = JEMPUT_DIFFERENCE_HELD_GONE + 1 };

struct telling {
    struct json json;
    uint64_t counts[KINDS];
};

static const char *kind_word(enum jemput_difference_kind kind)
{
    static const char *const words[KINDS] = { "", "insert", "update", "delete", "conflict", "conflict-gone", "held", "held-gone" };

    return words[kind];
}

/* --- for people --- */

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

static const char *kind_name(enum jemput_difference_kind kind)
{
    switch (kind) {
    case JEMPUT_DIFFERENCE_INSERT:
        return T("baru", "new");
    case JEMPUT_DIFFERENCE_UPDATE:
        return T("berubah", "changes");
    case JEMPUT_DIFFERENCE_DELETE:
        return T("hilang", "goes");
    case JEMPUT_DIFFERENCE_CONFLICT:
        return T("bentrok", "conflict");
    case JEMPUT_DIFFERENCE_CONFLICT_GONE:
        return T("bentrok selesai", "conflict over");
    case JEMPUT_DIFFERENCE_HELD:
        return T("tertahan", "held");
    case JEMPUT_DIFFERENCE_HELD_GONE:
        return T("tidak tertahan lagi", "held no more");
    }
    return "";
}

static enum terminal_style kind_style(enum jemput_difference_kind kind)
{
    return kind == JEMPUT_DIFFERENCE_INSERT || kind == JEMPUT_DIFFERENCE_CONFLICT_GONE || kind == JEMPUT_DIFFERENCE_HELD_GONE ? TERMINAL_GREEN
           : kind == JEMPUT_DIFFERENCE_DELETE                                                                                 ? TERMINAL_RED
                                                                                                                              : TERMINAL_YELLOW;
}

/* An update: both; else what there is. */
static void columns_print(const struct jemput_difference *d, struct buffer *line)
{
    const struct jemput_datum *values = d->after ? d->after : d->before;

    for (unsigned i = 0; i < d->column_count; i++) {
        if (d->kind != JEMPUT_DIFFERENCE_UPDATE && values[i].type == JEMPUT_TYPE_NULL)
            continue;
        buffer_format(line, "    %s: ", d->columns[i]);
        if (d->before && d->after) {
            value_say(line, &d->before[i]);
            buffer_text(line, " → ");
        }
        value_say(line, &values[i]);
        line_print(line);
    }
}

static int tell_text(void *ctx, const struct jemput_difference *d)
{
    struct telling *t = ctx;
    struct buffer line = { 0 };

    progress_end();
    t->counts[d->kind]++;
    terminal_style(stdout, kind_style(d->kind));
    printf("%s", kind_name(d->kind));
    terminal_style(stdout, TERMINAL_PLAIN);
    fputs(": ", stdout);
    if (d->conflict) {
        conflict_print(d->conflict);
    } else {
        buffer_format(&line, "%s ", d->table);
        value_write_all(&line, d->key, d->key_count);
        if (d->held && d->held->reason[0])
            buffer_format(&line, ": %s (%s)", hold_words(d->held->reason), d->held->reason);
        line_print(&line);
        columns_print(d, &line);
    }
    buffer_release(&line);
    return 0;
}

static void counts_text(const struct telling *t, const struct jemput_sync_report *r)
{
    const uint64_t *n = t->counts;
    uint64_t all = 0;

    for (unsigned i = 0; i < KINDS; i++)
        all += n[i];
    if (all == 0)
        puts(T("Sinkronisasi berikutnya tidak akan mengubah apa pun di sini.", "The next sync would change nothing here."));
    else
        printf(T("Akan berubah, belum ada yang diubah: %" PRIu64 " baris baru, %" PRIu64 " berubah, %" PRIu64 " hilang; bentrok %" PRIu64
                 " baru, %" PRIu64 " selesai; tertahan %" PRIu64 " baru, %" PRIu64 " tidak lagi.\n",
                 "This would change, nothing has yet: %" PRIu64 " rows new, %" PRIu64 " changed, %" PRIu64 " gone; conflicts %" PRIu64
                 " new, %" PRIu64 " over; held %" PRIu64 " new, %" PRIu64 " no more.\n"),
               n[JEMPUT_DIFFERENCE_INSERT], n[JEMPUT_DIFFERENCE_UPDATE], n[JEMPUT_DIFFERENCE_DELETE], n[JEMPUT_DIFFERENCE_CONFLICT],
               n[JEMPUT_DIFFERENCE_CONFLICT_GONE], n[JEMPUT_DIFFERENCE_HELD], n[JEMPUT_DIFFERENCE_HELD_GONE]);
    if (r->logs_stopped)
        printf(T("%" PRIu64 " catatan perangkat sedang atau akan dihentikan karena tidak lolos pemeriksaan: jemput status\n",
                 "%" PRIu64 " logs of devices are, or would be, stopped because they fail a check: jemput status\n"),
               r->logs_stopped);
}

/* --- for programs --- */

static void columns_json(struct json *j, const struct jemput_difference *d)
{
    json_object(j, "columns");
    for (unsigned i = 0; i < d->column_count; i++) {
        json_object(j, d->columns[i]);
        if (d->before)
            json_datum(j, "before", &d->before[i]);
        if (d->after)
            json_datum(j, "after", &d->after[i]);
        json_end_object(j);
    }
    json_end_object(j);
}

static void held_json(struct json *j, const struct jemput_held_row *held)
{
    json_text(j, "reason", held->reason);
    json_object(j, "values");
    for (unsigned i = 0; i < held->column_count; i++)
        json_datum(j, held->columns[i], &held->values[i]);
    json_end_object(j);
}

static int tell_json(void *ctx, const struct jemput_difference *d)
{
    struct telling *t = ctx;
    struct json *j = &t->json;

    json_object(j, NULL);
    json_text(j, "kind", kind_word(d->kind));
    if (d->conflict) {
        conflict_members(j, d->conflict);
    } else {
        json_text(j, "table", d->table);
        json_array(j, "key");
        for (unsigned i = 0; i < d->key_count; i++)
            json_datum(j, NULL, &d->key[i]);
        json_end_array(j);
        if (d->held)
            held_json(j, d->held);
        else
            columns_json(j, d);
    }
    json_end_object(j);
    return 0;
}

static void report_json(struct json *j, const struct jemput_sync_report *r, const struct jemput_error *err)
{
    if (err)
        failure_json(j, err);
    else
        json_text(j, "status", jemput_status_name(JEMPUT_OK));
    json_count(j, "segments_fetched", r->segments_fetched);
    json_count(j, "bytes_fetched", r->bytes_fetched);
    json_count(j, "transactions_merged", r->txns_merged);
    json_count(j, "rows_merged", r->rows_merged);
    json_count(j, "admitted_devices", r->admitted_devices);
    json_count(j, "logs_stopped", r->logs_stopped);
}

/* --- both --- */

static int diff_run(const struct cli *cli, struct jemput *jemput, const char *hub)
{
    struct jemput_sync_options options = { .hub = hub, .progress = syncing_progress };
    struct telling t = { .json = { .out = stdout } };
    struct syncing asked = { .hub_given = hub != NULL };
    struct jemput_sync_report report;
    struct jemput_info info;
    struct jemput_error err;
    struct sigaction before;
    enum jemput_status st;
    int code;

    if (jemput_info_get(jemput, &info, &err))
        return failure_status(&err);
    if (!hub && !info.hub[0])
        return failure_usage("diff", "%s", T("belum ada hub yang diingat: diff --hub PATH", "no hub is remembered yet: diff --hub PATH"));
    asked.store = space_path(cli, &code);
    asked.hub = hub ? hub : info.hub;
    if (cli->json) {
        json_object(&t.json, NULL);
        json_array(&t.json, "changes");
    }
    syncing_begin(&before);
    st = jemput_diff(jemput, &options, cli->json ? tell_json : tell_text, &t, &report, &err);
    syncing_end(&before);
    if (cli->json) {
        json_end_array(&t.json);
        report_json(&t.json, &report, st ? &err : NULL);
        json_end_object(&t.json);
    } else if (!st) {
        counts_text(&t, &report);
    }
    return st ? syncing_failed(&asked, &report, &err) : EXIT_OK;
}

static int cmd_diff(struct cli *cli, int argc, char **argv)
{
    const char *hub = NULL;
    const struct option_spec specs[] = {
        { .name = "hub",
          .argument = "PATH",
          .value = &hub,
          .help = T("folder repositori git hub; bawaan: yang diingat", "folder of the hub's git repository; default: the one remembered") },
    };
    struct buffer path = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (hub)
        space_hub_path(&path, hub);
    code = diff_run(cli, jemput, hub ? buffer_string(&path) : NULL);
    buffer_release(&path);
    jemput_close(jemput);
    return code;
}

const struct command command_diff = {
    .name = "diff",
    .operands = "[--hub PATH]",
    .summary_id = "Apa yang akan diubah sinkronisasi berikutnya.",
    .summary_en = "What the next sync would change here.",
    .example = "jemput -s pusat.db diff",
    .run = cmd_diff,
    .json = true,
    .more_id = "Mengambil dan menggabungkan dalam salinan sementara, lalu membuang salinan itu: tidak ada yang ditulis di sini atau di hub.\n"
               "Tiap baris: baru, berubah (nilai sekarang → nilai nanti), hilang; lalu bentrok dan baris tertahan yang akan muncul atau selesai.",
    .more_en = "Fetches and merges in a temporary copy, then throws that away: nothing is written here or to the hub.\n"
               "Each row: new, changes (value now → value then), goes; then conflicts and held rows that would come or go.",
};
