/* commands/refused.c — `jemput refused`: work that is kept and counts nowhere; `jemput adopt`: letting it count. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "moment.h"
#include "origin.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct refused_list {
    struct json json;
    size_t count, open, gone;
};

/* --- for programs --- */

static int refused_json(void *ctx, const struct jemput_refused *r)
{
    struct refused_list *list = ctx;
    struct json *j = &list->json;

    json_object(j, NULL);
    json_text(j, "commit", r->commit);
    json_count(j, "segment", r->origin.segment);
    json_count(j, "place", r->place);
    origin_json(j, &r->origin);
    json_count(j, "reason", (uint64_t)r->reason);
    json_text(j, "why", T(r->why_id, r->why_en));
    if (r->table)
        json_text(j, "table", r->table);
    else
        json_null(j, "table");
    json_array(j, "key");
    for (unsigned i = 0; i < r->key_count; i++)
        json_datum(j, NULL, &r->key[i]);
    json_end_array(j);
    if (r->column)
        json_text(j, "column", r->column);
    else
        json_null(j, "column");
    if (r->adopted) {
        json_object(j, "adopted");
        origin_json(j, &r->by);
        json_end_object(j);
    } else {
        json_null(j, "adopted");
    }
    json_bool(j, "gone", r->gone != 0);
    json_end_object(j);
    return 0;
}

/* --- for people --- */

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

static void where_print(struct buffer *line, const struct jemput_refused *r)
{
    if (!r->table)
        return;
    buffer_format(line, "    %s", r->table);
    for (unsigned i = 0; i < r->key_count; i++) {
        buffer_text(line, " ");
        value_write(line, &r->key[i]);
    }
    if (r->column)
        buffer_format(line, T(", kolom %s", ", column %s"), r->column);
    line_print(line);
}

static int refused_text(void *ctx, const struct jemput_refused *r)
{
    struct refused_list *list = ctx;
    struct buffer line = { 0 };
    char when[MOMENT_BYTES];

    list->count++;
    list->open += !r->adopted && !r->gone;
    list->gone += !r->adopted && r->gone;
    moment_local(when, r->origin.claimed_ms);
    buffer_format(&line, "%.12s:%u  %s  ", r->commit, (unsigned)r->place, when);
    origin_write(&line, &r->origin);
    terminal_style(stdout, TERMINAL_BOLD);
    line_print(&line);
    terminal_style(stdout, TERMINAL_PLAIN);
    buffer_format(&line, T("    sebabnya: %s", "    reason: %s"), T(r->why_id, r->why_en));
    line_print(&line);
    where_print(&line, r);
    if (r->adopted) {
        moment_local(when, r->by.claimed_ms);
        buffer_format(&line, T("    diterima %s oleh ", "    adopted %s by "), when);
        origin_write(&line, &r->by);
        line_print(&line);
    }
    if (r->gone && !r->adopted) {
        buffer_text(&line, T("    isinya sudah tidak ada di sini; tidak dapat diterima lagi", "    what it wrote is not here any more; it cannot be adopted"));
        line_print(&line);
    }
    buffer_release(&line);
    return 0;
}

static void count_print(const struct refused_list *list)
{
    if (list->count == 0) {
        puts(T("Tidak ada pekerjaan yang ditolak.", "No work is refused."));
        return;
    }
    printf(T("Ditolak: %zu transaksi, %zu belum diterima. Di semua perangkat tidak dihitung.\n"
             "Data lain aman, dan pekerjaan ini tersimpan utuh di catatan.\n%s"
             "Kalau isinya benar: jemput adopt SEGMENT[:NOMOR] --reason ALASAN, di perangkat administrator.\n",
             "Refused: %zu transactions, %zu not adopted. They count on no device.\n"
             "All other data is safe, and this work is kept whole in the log.\n%s"
             "If it is right: jemput adopt SEGMENT[:PLACE] --reason REASON, on an administrator's device.\n"),
           list->count, list->open, list->gone ? T("Kecuali yang isinya sudah tidak ada: ikut dihapus dengan baris yang dilupakan, atau perangkat ini mulai dari checkpoint.\n",
                                                   "But for what is not here any more: it was erased with a forgotten row, or this device began with a checkpoint.\n") : "");
}

static int refused(const struct cli *cli, struct jemput *jemput)
{
    struct refused_list list = { .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&list.json, NULL);
    st = jemput_refused_each(jemput, cli->json ? refused_json : refused_text, &list, &err);
    if (cli->json)
        json_end_array(&list.json);
    else if (!st)
        count_print(&list);
    return st ? failure_status(&err) : EXIT_OK;
}

static int cmd_refused(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, refused);
}

const struct command command_refused = {
    .name = "refused",
    .operands = "",
    .summary_id = "Pekerjaan yang tersimpan tetapi tidak dihitung.",
    .summary_en = "Work that is kept but counts on no device.",
    .example = "jemput -s pusat.db refused",
    .run = cmd_refused,
    .json = true,
    .more_id = "Satu alinea satu transaksi: SEGMENT:NOMOR, waktu (pengakuan), penulis; sebabnya; baris dan kolomnya; siapa yang menerimanya. "
               "Ditolak karena kebijakan skema (jemput_policy) tidak mengizinkan perangkat itu, atau karena perangkatnya sudah dicabut (dicabut). "
               "Setiap perangkat menolak yang sama.",
    .more_en = "One paragraph is one transaction: SEGMENT:PLACE, time (claimed), who; the reason; its row and column; who has adopted it. It is "
               "refused because the schema's policy (jemput_policy) does not allow that device to do it, or because the device was revoked. "
               "Every device refuses the same.",
};

/* --- adopting --- */

static int adopt_failed(const struct jemput_error *err)
{
    if (err->status == JEMPUT_EXISTS)
        return failure_told(err->status, "%s",
                            T("Pekerjaan itu sudah diterima. Tidak ada yang diubah, data aman. Siapa dan kapan: jemput refused.",
                              "That work was adopted already. Nothing was changed, the data is safe. Who and when: jemput refused."));
    if (err->status == JEMPUT_NOTFOUND)
        return failure_told(err->status,
                            T("Belum dapat diterima: %s. Tidak ada yang diubah, data aman. Lihat jemput refused.",
                              "It cannot be adopted: %s. Nothing was changed, the data is safe. See jemput refused."),
                            err->text);
    if (err->status == JEMPUT_DENIED)
        return failure_told(err->status,
                            T("Tidak dapat diterima dari perangkat ini: %s. Tidak ada yang diubah, data aman.",
                              "It cannot be adopted from this device: %s. Nothing was changed, the data is safe."),
                            err->text);
    return failure_status(err);
}

static int adopt_do(const struct cli *cli, struct jemput *jemput, const struct jemput_adopting *order)
{
    struct json json = { .out = stdout };
    struct jemput_error err;
    uint32_t count = 0;

    if (jemput_adopt(jemput, order, &count, &err))
        return adopt_failed(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_count(&json, "adopted", count);
        json_end_object(&json);
    } else {
        printf(T("Diterima: %u transaksi. Berangkat pada sync berikutnya.\n", "Adopted: %u transactions. They leave at the next sync.\n"), (unsigned)count);
    }
    return EXIT_OK;
}

static int cmd_adopt(struct cli *cli, int argc, char **argv)
{
    struct jemput_adopting order = { .place = 0 };
    const struct option_spec specs[] = {
        { .name = "reason",
          .argument = T("ALASAN", "REASON"),
          .value = &order.reason,
          .help = T("wajib; dibaca orang lain di history", "required; others read it in history") },
    };
    struct jemput *jemput;
    char *colon;
    long place = 0;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code))
        return code;
    colon = strchr(argv[0], ':');
    if (colon && !options_number(colon + 1, 1, 4096, &place))
        return failure_usage("adopt", "%s", T("sesudah ':' harus ada nomor transaksi, dari 1", "after ':' give the number of the transaction, from 1"));
    if (!order.reason || !*order.reason)
        return failure_usage("adopt", "%s", T("sebutkan alasan: --reason", "give a reason: --reason"));
    if (colon)
        *colon = '\0';
    order.segment = argv[0];
    order.place = (uint32_t)place;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = adopt_do(cli, jemput, &order);
    jemput_close(jemput);
    return code;
}

const struct command command_adopt = {
    .name = "adopt",
    .operands = "SEGMENT[:PLACE] --reason REASON",
    .summary_id = "Terima pekerjaan yang ditolak.",
    .summary_en = "Let refused work count.",
    .example = "jemput -s kantor.db adopt 3f09a1b2:1 --reason \"hari terakhir, sudah dicek\"",
    .run = cmd_adopt,
    .json = true,
    .more_id = "Di perangkat administrator atau pusat. SEGMENT: awal commit seperti yang dicetak refused. Tanpa :PLACE semua yang ditolak di segmen itu.\n"
               "Nilai akhirnya ditulis lagi atas nama perangkat ini, menurut wewenangnya, semua atau tidak sama sekali.",
    .more_en = "On an administrator's or central's device. SEGMENT: how the commit begins that refused prints. Without :PLACE all that is refused in it.\n"
               "Its final values are written again in this device's name, by this device's rights, all of them or none.",
};
