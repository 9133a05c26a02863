/* commands/history.c — `jemput history`: all edits of one row, from all logs. */
#include "cmd.h"

#include "failure.h"
#include "json.h"
#include "moment.h"
#include "origin.h"
#include "rowkey.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

static const char *edit_name(char op)
{
    switch (op) {
    case 'I':
        return T("dibuat", "made");
    case 'D':
        return T("dihapus", "deleted");
    case 'K':
        return T("diputuskan", "decided");
    default:
        return T("diubah", "changed");
    }
}

static void text_line(const char *text, size_t len)
{
    terminal_text(stdout, text, len);
    fputc('\n', stdout);
}

/* What an insert left empty, and what a decision left as it was, says nothing. */
static bool worth_telling(const struct jemput_edit *edit, unsigned column)
{
    if (edit->op == 'I')
        return edit->values[column].type != JEMPUT_TYPE_NULL;
    return edit->op != 'K' || !value_equal(&edit->values[column], &edit->before[column]);
}

static void columns_text(const struct jemput_edit *edit, struct buffer *line)
{
    unsigned told = 0;

    for (unsigned i = 0; i < edit->column_count; i++) {
        if (!worth_telling(edit, i))
            continue;
        told++;
        line->len = 0;
        buffer_format(line, "    %s = ", edit->columns[i]);
        value_say(line, &edit->values[i]);
        if (edit->before && edit->before[i].type != JEMPUT_TYPE_NULL) {
            buffer_text(line, T("  (semula ", "  (was "));
            value_write(line, &edit->before[i]);
            buffer_text(line, ")");
        }
        text_line(buffer_string(line), line->len);
    }
    if (edit->op == 'K' && told == 0)
        puts(T("    baris tetap seperti yang tampil", "    the row stays as it is shown"));
}

static int edit_text(void *ctx, const struct jemput_edit *edit)
{
    struct buffer line = { 0 };
    char when[MOMENT_BYTES];

    ++*(size_t *)ctx;
    moment_local(when, edit->origin.claimed_ms);
    if (edit->op == 'C') {
        printf(T("(sebelum titik pangkal %s: perubahan tidak disimpan lagi di sini)\n", "(before the checkpoint of %s: edits are not kept here any more)\n"),
               when);
        return 0;
    }
    terminal_style(stdout, TERMINAL_BOLD);
    printf("%s  %s  ", when, edit_name(edit->op));
    terminal_style(stdout, TERMINAL_PLAIN);
    origin_write(&line, &edit->origin);
    buffer_format(&line, "  %s", origin_state(&edit->origin));
    text_line(buffer_string(&line), line.len);
    if (edit->note && edit->note[0]) {
        line.len = 0;
        buffer_format(&line, T("    catatan: %s", "    note: %s"), edit->note);
        text_line(buffer_string(&line), line.len);
    }
    columns_text(edit, &line);
    if (edit->successor_count) {
        line.len = 0;
        buffer_text(&line, T("    berlanjut pada baris ", "    goes on in the row "));
        value_write_all(&line, edit->successor, edit->successor_count);
        text_line(buffer_string(&line), line.len);
    }
    buffer_release(&line);
    return 0;
}

static int edit_json(void *ctx, const struct jemput_edit *edit)
{
    struct json *j = ctx;
    char op[2] = { edit->op, '\0' };

    json_object(j, NULL);
    json_text(j, "op", op);
    origin_json(j, &edit->origin);
    json_count(j, "segment", edit->origin.segment);
    json_text(j, "note", edit->note ? edit->note : "");
    if (edit->successor_count) {
        json_array(j, "successor");
        for (unsigned i = 0; i < edit->successor_count; i++)
            json_datum(j, NULL, &edit->successor[i]);
        json_end_array(j);
    }
    json_object(j, "values");
    for (unsigned i = 0; i < edit->column_count; i++)
        json_datum(j, edit->columns[i], &edit->values[i]);
    json_end_object(j);
    json_object(j, "before");
    for (unsigned i = 0; edit->before && i < edit->column_count; i++)
        if (edit->before[i].type != JEMPUT_TYPE_NULL)
            json_datum(j, edit->columns[i], &edit->before[i]);
    json_end_object(j);
    json_end_object(j);
    return 0;
}

static int history_print(struct jemput *jemput, const char *table, const struct jemput_datum *key, unsigned count, bool json)
{
    struct json j = { .out = stdout };
    struct jemput_error err;
    enum jemput_status st;
    size_t edits = 0;

    if (json) {
        json_array(&j, NULL);
        st = jemput_history(jemput, table, key, count, edit_json, &j, &err);
        json_end_array(&j);
    } else {
        st = jemput_history(jemput, table, key, count, edit_text, &edits, &err);
        if (!st && edits == 0)
            puts(T("Tidak ada perubahan pada kunci itu.", "There are no edits of that key."));
    }
    return st ? failure_status(&err) : EXIT_OK;
}

static int cmd_history(struct cli *cli, int argc, char **argv)
{
    struct row_key key = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 2, 1 + KEY_COLUMNS_MAX, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = row_key_read(&key, jemput, "history", argv[0], argv + 1, (unsigned)argc - 1);
    if (code < 0)
        code = history_print(jemput, argv[0], key.values, key.count, cli->json);
    row_key_release(&key);
    jemput_close(jemput);
    return code;
}

const struct command command_history = {
    .name = "history",
    .operands = "TABLE KEY…",
    .summary_id = "Siapa mengubah apa pada satu baris.",
    .summary_en = "Who changed what in one row.",
    .example = "jemput -s pusat.db history permohonan 0f1e...",
    .run = cmd_history,
    .json = true,
    .more_id = "KEY: kunci baris seperti yang dicetak perintah lain: teks, angka, atau heksadesimal (juga x'0f…') untuk kunci BLOB; "
               "cukup awalnya dengan ... di belakang (0f1e...), kalau hanya satu baris yang cocok. Waktu: menurut pengakuan "
               "perangkat, bukan bukti.\n"
               "Satu tulisan satu alinea: waktu, apa (dibuat, diubah, dihapus, diputuskan), penulis, keadaan, catatan; lalu kolom "
               "yang diubah. --json: op I, U, D, K; C: yang sebelumnya telah dipotong.",
    .more_en = "KEY: the row's key as other commands print it: text, a number, or hex (also x'0f…') for a BLOB key; its beginning "
               "followed by ... is enough (0f1e...), if only one row has it. Times are by the device's clock: claimed, not "
               "evidence.\n"
               "One paragraph is one write: when, what (made, changed, deleted, decided), who, how far it has come, its note; then "
               "the columns that it changed. --json: op I, U, D, K; C: what came before was cut off.",
};
