/* commands/merge_rows.c — `jemput merge-rows`: two rows for one thing become one, and two again. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "hold.h"
#include "json.h"
#include "rowkey.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct counted {          /* rows of which a column, or the key, comes to name another row */
    char *table, *column; /* column NULL: the row itself goes along */
    unsigned rows;
};

struct merging_rows {
    struct jemput *jemput;
    const char *table, *reason;
    struct row_key keep, gone;
    bool undo, look, headed;
    struct json json;
    unsigned counted_count;
    struct counted *counted;
    unsigned held_count, line_count;
    struct buffer *lines; /* on rows that come to be held: printed last */
};

/* --- what is done, for people --- */

static void count_row(struct merging_rows *m, const char *table, const char *column)
{
    struct counted *c;

    for (unsigned i = 0; i < m->counted_count; i++) {
        c = &m->counted[i];
        if (strcmp(c->table, table) == 0 && strcmp(c->column ? c->column : "", column ? column : "") == 0) {
            c->rows++;
            return;
        }
    }
    m->counted = memory_resize(m->counted, m->counted_count + 1, sizeof *m->counted);
    c = &m->counted[m->counted_count++];
    *c = (struct counted){ .table = memory_copy(table, strlen(table)), .column = column ? memory_copy(column, strlen(column)) : NULL, .rows = 1 };
}

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

/* The row, where it is not one of the two. */
static void row_name(struct buffer *line, const struct merging_rows *m, const struct jemput_move *move)
{
    if (strcmp(move->table, m->table) == 0)
        return;
    buffer_format(line, "%s ", move->table);
    value_write_all(line, move->key, move->key_count);
    buffer_text(line, ": ");
}

/* Once, with the first thing that is told: of a merge that is refused nothing is. */
static void heading_print(struct merging_rows *m)
{
    struct buffer line = { 0 };

    if (m->headed)
        return;
    m->headed = true;
    buffer_format(&line, "%s ", m->table);
    value_write_all(&line, m->gone.values, m->gone.count);
    if (m->undo) {
        buffer_text(&line, m->look ? T(" akan kembali:", " would come back:") : T(" kembali:", " comes back:"));
    } else {
        buffer_text(&line, m->look ? T(" akan menjadi satu dengan ", " would become one with ") : T(" menjadi satu dengan ", " becomes one with "));
        value_write_all(&line, m->keep.values, m->keep.count);
        buffer_text(&line, ":");
    }
    terminal_style(stdout, TERMINAL_BOLD);
    line_print(&line);
    terminal_style(stdout, TERMINAL_PLAIN);
    buffer_release(&line);
}

static struct buffer *line_new(struct merging_rows *m)
{
    m->lines = memory_resize(m->lines, m->line_count + 1, sizeof *m->lines);
    m->lines[m->line_count] = (struct buffer){ 0 };
    return &m->lines[m->line_count++];
}

static void held_add(struct merging_rows *m, const struct jemput_move *move)
{
    char *reason = memory_copy(move->value->data, move->value->len);
    struct buffer *line = line_new(m);

    m->held_count++;
    buffer_format(line, "  %s ", move->table);
    value_write_all(line, move->key, move->key_count);
    buffer_format(line,
                  m->look ? T(" akan tertahan, tidak tampil di tabelnya: %s (%s)", " would be held, and not shown in its table: %s (%s)")
                          : T(" tertahan, tidak tampil di tabelnya: %s (%s)", " is held, and not shown in its table: %s (%s)"),
                  hold_words(reason), reason);
    if (move->against_table) {
        line = line_new(m);
        buffer_format(line, T("      yang menghalangi: %s ", "      in its way: %s "), move->against_table);
        value_write_all(line, move->against, move->against_count);
    }
    free(reason);
}

static int move_text(void *ctx, const struct jemput_move *move)
{
    struct merging_rows *m = ctx;
    struct buffer line = { 0 };

    heading_print(m);
    if (move->kind == JEMPUT_MOVE_REFERENCE || move->kind == JEMPUT_MOVE_ROW) {
        count_row(m, move->table, move->column);
        return 0;
    }
    if (move->kind == JEMPUT_MOVE_HELD) {
        held_add(m, move);
        return 0;
    }
    buffer_text(&line, "  ");
    row_name(&line, m, move);
    buffer_text(&line, move->column);
    if (move->kind == JEMPUT_MOVE_COUNT)
        buffer_format(&line, T(" ditambah %lld", " plus %lld"), (long long)move->value->integer);
    if (move->kind == JEMPUT_MOVE_VALUE) {
        buffer_text(&line, T(" diisi: ", " gets: "));
        value_write(&line, move->value);
    }
    if (move->kind == JEMPUT_MOVE_LEFT) {
        buffer_text(&line, T(" tetap: ", " stays: "));
        value_write(&line, move->before);
        if (move->before->type == JEMPUT_TYPE_NULL)
            buffer_text(&line, T("(kosong)", "(empty)"));
        buffer_text(&line, T("; hanya di riwayat: ", "; in the history only: "));
        value_write(&line, move->value);
    }
    line_print(&line);
    buffer_release(&line);
    return 0;
}

static void counted_print(const struct merging_rows *m)
{
    struct buffer line = { 0 };

    for (unsigned i = 0; i < m->counted_count; i++) {
        const struct counted *c = &m->counted[i];

        if (c->column)
            buffer_format(&line,
                          m->undo ? T("  %s.%s: %u baris dikembalikan", "  %s.%s: %u rows go back")
                                  : T("  %s.%s: %u baris merujuk baris yang tetap", "  %s.%s: %u rows name the row that stays"),
                          c->table, c->column, c->rows);
        else
            buffer_format(
                &line, m->undo ? T("  %s: %u baris kembali", "  %s: %u rows come back") : T("  %s: %u baris ikut pindah", "  %s: %u rows go along"),
                c->table, c->rows);
        line_print(&line);
    }
    buffer_release(&line);
}

/* Kept whole, but nobody should have to find out that they are gone from where they stood. */
static void held_print(const struct merging_rows *m)
{
    for (unsigned i = 0; i < m->line_count; i++)
        line_print(&m->lines[i]);
    if (!m->held_count)
        return;
    printf(m->look ? T("Akan tertahan: %u baris, tersimpan utuh. Sesudahnya: jemput held\n", "Held by it: %u rows, kept whole. Afterwards: jemput held\n")
                   : T("Tertahan: %u baris, tersimpan utuh. Yang dapat dilakukan: jemput held --help\n",
                       "Held by it: %u rows, kept whole. What can be done: jemput held --help\n"),
           m->held_count);
}

/* --- for programs --- */

static const char *kind_name(enum jemput_move_kind kind)
{
    static const char *const names[] = { "", "value", "count", "reference", "row", "left", "held" };

    return names[kind];
}

static void json_key(struct json *j, const char *name, const struct jemput_datum *values, unsigned count)
{
    json_array(j, name);
    for (unsigned i = 0; i < count; i++)
        json_datum(j, NULL, &values[i]);
    json_end_array(j);
}

static int move_json(void *ctx, const struct jemput_move *move)
{
    struct merging_rows *m = ctx;
    struct json *j = &m->json;

    json_object(j, NULL);
    json_text(j, "kind", kind_name(move->kind));
    json_text(j, "table", move->table);
    json_key(j, "key", move->key, move->key_count);
    if (move->column) {
        json_text(j, "column", move->column);
        json_datum(j, "value", move->value);
    } else if (move->kind == JEMPUT_MOVE_HELD) {
        json_datum(j, "value", move->value);
        if (move->against_table) {
            json_object(j, "against");
            json_text(j, "table", move->against_table);
            json_key(j, "key", move->against, move->against_count);
            json_end_object(j);
        }
    } else {
        json_key(j, "value", move->value, move->key_count);
    }
    if (move->before)
        json_datum(j, "before", move->before);
    json_end_object(j);
    return 0;
}

/* --- doing it --- */

static int merging_failed(const struct merging_rows *m, const struct jemput_error *err)
{
    if (err->status == JEMPUT_DENIED && strstr(err->text, "has an open conflict")) /* else the policy, or this device was revoked */
        return failure_told(err->status, "%s",
                            T("baris yang akan pergi masih punya bentrok identitas; tidak ada yang diubah. Putuskan dulu: conflicts, resolve.",
                              "a row that would go has an open identity conflict; nothing was changed. Decide it first: conflicts, resolve."));
    if (err->status == JEMPUT_NOTFOUND)
        return failure_told(err->status, "%s",
                            m->undo ? T("baris itu tidak pernah ada; tidak ada yang diubah. Periksa kuncinya.",
                                        "there never was such a row; nothing was changed. Check the key.")
                                    : T("salah satu baris tidak ada, atau sudah digabung; tidak ada yang diubah. Periksa kuncinya: jemput history.",
                                        "one of the rows is not there, or was merged already; nothing was changed. Check the keys: jemput history."));
    if (err->status == JEMPUT_MISUSE && m->undo)
        return failure_problem("%s", T("baris itu tidak digabung ke baris lain, atau baris tujuannya sendiri sudah digabung lagi (batalkan itu dulu)",
                                       "the row was not merged into another, or that one was itself merged into a third (undo that first)"));
    if (err->status == JEMPUT_MISUSE)
        return failure_problem("%s", T("tidak dapat digabung; tidak ada yang diubah. Itu baris yang sama, atau baris yang tetap merujuk baris yang "
                                       "pergi, atau tidak punya nilai yang dirujuk baris lain: ubah itu dulu.",
                                       "they cannot be merged; nothing was changed. Both keys are of one row, or the row that stays names the one that goes, "
                                       "or lacks a value by which others name that one: change it first."));
    return failure_status(err);
}

static int merging_do(struct merging_rows *m, bool json)
{
    const struct jemput_merging merging = {
        .table = m->table, .key_count = m->gone.count, .keep = m->keep.values, .gone = m->gone.values, .reason = m->reason, .look = m->look
    };
    struct jemput_error err;
    enum jemput_status st;

    if (json) {
        json_object(&m->json, NULL);
        json_text(&m->json, "table", m->table);
        if (!m->undo)
            json_key(&m->json, "keep", m->keep.values, m->keep.count);
        json_key(&m->json, "gone", m->gone.values, m->gone.count);
        json_array(&m->json, "moves");
    }
    st = m->undo ? jemput_part_rows(m->jemput, &merging, json ? move_json : move_text, m, &err)
                 : jemput_merge_rows(m->jemput, &merging, json ? move_json : move_text, m, &err);
    if (json) {
        json_end_array(&m->json);
        json_bool(&m->json, "done", !st && !m->look);
        json_end_object(&m->json);
    }
    if (st)
        return merging_failed(m, &err);
    if (json)
        return EXIT_OK;
    heading_print(m);
    counted_print(m);
    held_print(m);
    puts(m->look ? T("Belum ada yang diubah.", "Nothing was changed.")
                 : T("Sudah. Berangkat pada sync berikutnya; dapat dibatalkan.", "Done. It leaves at the next sync; it can be undone."));
    return EXIT_OK;
}

static int merging_read(struct merging_rows *m, char **words, unsigned count)
{
    unsigned half = m->undo ? count : count / 2;
    int code;

    if (!m->undo && count % 2 != 0)
        return failure_usage("merge-rows", "%s",
                             T("sebutkan kunci kedua baris: yang tetap, lalu yang pergi",
                               "give the keys of both rows: of the one that stays, then of the one that goes"));
    code = m->undo ? -1 : row_key_read(&m->keep, m->jemput, "merge-rows", m->table, words, half);

    if (code < 0)
        code = row_key_read(&m->gone, m->jemput, "merge-rows", m->table, words + (m->undo ? 0 : half), count - (m->undo ? 0 : half));
    return code;
}

static int cmd_merge_rows(struct cli *cli, int argc, char **argv)
{
    struct merging_rows m = { .json = { .out = stdout } };
    const struct option_spec specs[] = {
        { .name = "reason",
          .argument = T("ALASAN", "REASON"),
          .value = &m.reason,
          .help = T("wajib; dibaca orang lain di history", "required; others read it in history") },
        { .name = "dry-run", .flag = &m.look, .help = T("hanya tunjukkan apa yang akan berpindah", "only show what would move") },
        { .name = "undo", .flag = &m.undo, .help = T("batalkan: sebutkan baris yang pergi saja", "undo: name the row that went, alone") },
    };
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 2, 1 + 2 * KEY_COLUMNS_MAX, &code))
        return code;
    if (!m.reason && m.look)
        m.reason = "-"; /* nobody will read it */
    if (!m.reason || !*m.reason)
        return failure_usage("merge-rows", "%s", T("sebutkan alasan: --reason", "give a reason: --reason"));
    m.table = argv[0];
    m.jemput = space_open(cli, &code);
    if (!m.jemput)
        return code;
    code = merging_read(&m, argv + 1, (unsigned)argc - 1);
    if (code < 0)
        code = merging_do(&m, cli->json);
    for (unsigned i = 0; i < m.counted_count; i++) {
        free(m.counted[i].table);
        free(m.counted[i].column);
    }
    free(m.counted);
    for (unsigned i = 0; i < m.line_count; i++)
        buffer_release(&m.lines[i]);
    free(m.lines);
    row_key_release(&m.keep);
    row_key_release(&m.gone);
    jemput_close(m.jemput);
    return code;
}

const struct command command_merge_rows = {
    .name = "merge-rows",
    .operands = "TABLE KEEP… GONE… --reason TEXT [--dry-run] | TABLE GONE… --undo --reason TEXT",
    .summary_id = "Jadikan dua baris untuk satu hal satu baris; atau batalkan.",
    .summary_en = "Merge two rows that are one thing, or undo that.",
    .example = "jemput -s pusat.db merge-rows orang 0f1e... 1f2e... --reason 'orang yang sama'",
    .run = cmd_merge_rows,
    .json = true,
    .more_id = "KEEP: kunci baris yang tetap; GONE: kunci baris yang pergi; masing-masing sebanyak kolom kunci tabelnya, ditulis seperti pada "
               "history. Isian yang kosong di baris yang tetap diisi dari baris yang pergi, penghitung dijumlahkan, dan semua yang merujuk "
               "baris yang pergi merujuk baris yang tetap. Bila keduanya berisi, isian baris yang tetap berlaku; yang lain ada di history.\n"
               "Baris yang karena itu tertahan disebut, juga oleh --dry-run.\n"
               "Tulisan perangkat lain yang menyusul ke baris yang pergi sampai ke baris yang tetap saat pusat sync. --undo mengembalikan "
               "baris yang pergi beserta rujukannya.",
    .more_en = "KEEP: key of the row that stays; GONE: key of the row that goes; each with as many values as the table's key has, as in "
               "history. What is empty in the row that stays is filled from the one that goes, counters are added up, and whatever named the "
               "row that goes names the row that stays. Where both have a value, that of the row that stays holds; the other is in the "
               "history. Rows that come to be held by it are named, by --dry-run, too. What other devices write to the row that is gone reaches the row that stays when central syncs. --undo brings the "
               "row back, with what named it.",
};
