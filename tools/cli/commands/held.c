/* commands/held.c — `jemput held`: rows that are kept, and why a table cannot show them yet. */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "hold.h"
#include "json.h"
#include "key.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct held_list {
    struct jemput *jemput;
    struct holds holds;
    struct json json;
    size_t count;
};

static const struct jemput_datum *value_of(const struct jemput_held_row *row, const char *column)
{
    static const struct jemput_datum none = { .type = JEMPUT_TYPE_NULL };

    for (unsigned i = 0; i < row->column_count; i++)
        if (strcmp(row->columns[i], column) == 0)
            return &row->values[i];
    return &none;
}

struct held_key { /* of a held row; the values are its own */
    unsigned count;
    struct jemput_datum values[KEY_COLUMNS_MAX];
};

static struct held_key held_key_of(const struct held_list *list, const struct jemput_held_row *row)
{
    struct held_key key = { 0 };
    struct key columns;

    key_read(&columns, jemput_app(list->jemput), row->table);
    for (; key.count < columns.count; key.count++)
        key.values[key.count] = *value_of(row, columns.columns[key.count].name);
    key_release(&columns);
    return key;
}

/* --- for programs --- */

static void against_json(struct json *j, const struct hold *hold)
{
    struct jemput_datum key;

    if (!hold || !hold->against_table) {
        json_null(j, "against");
        return;
    }
    key = value_datum(hold->against_key);
    json_object(j, "against");
    json_text(j, "table", hold->against_table);
    json_datum(j, "key", &key);
    json_end_object(j);
}

static int held_json(void *ctx, const struct jemput_held_row *row)
{
    struct held_list *list = ctx;
    struct json *j = &list->json;
    struct held_key key = held_key_of(list, row);
    const struct hold *hold = holds_find(&list->holds, jemput_app(list->jemput), row->table, key.values, key.count);

    json_object(j, NULL);
    json_text(j, "table", row->table);
    json_array(j, "key");
    for (unsigned i = 0; i < key.count; i++)
        json_datum(j, NULL, &key.values[i]);
    json_end_array(j);
    json_text(j, "reason", row->reason);
    against_json(j, hold);
    json_object(j, "values");
    for (unsigned i = 0; i < row->column_count; i++)
        json_datum(j, row->columns[i], &row->values[i]);
    json_end_object(j);
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

static void why_print(struct buffer *line, const struct jemput_held_row *row, const struct hold *hold)
{
    buffer_format(line, "    %s", hold_words(row->reason));
    line_print(line);
    buffer_format(line, T("    aturan: %s", "    constraint: %s"), row->reason);
    line_print(line);
    if (strcmp(row->reason, "INSERT") == 0) {
        buffer_text(line, T("    tidak ada yang perlu diputuskan: ia ada sesudah pembuatannya sampai, atau diterima (jemput refused, adopt)",
                            "    there is nothing to decide: it is there once its insert comes, or is adopted (jemput refused, adopt)"));
        line_print(line);
    }
    if (hold && hold->against_table) {
        buffer_text(line, T("    yang menghalangi: ", "    in its way: "));
        hold_against_write(line, hold);
        line_print(line);
    }
    if (hold && hold->label) {
        buffer_format(line, T("    ditulis terakhir oleh: %s", "    last written by: %s"), hold->label);
        line_print(line);
    }
}

static int held_text(void *ctx, const struct jemput_held_row *row)
{
    struct held_list *list = ctx;
    struct held_key key = held_key_of(list, row);
    const struct hold *hold = holds_find(&list->holds, jemput_app(list->jemput), row->table, key.values, key.count);
    struct buffer line = { 0 };

    list->count++;
    buffer_text(&line, row->table);
    for (unsigned i = 0; i < key.count; i++) {
        buffer_text(&line, " ");
        value_write(&line, &key.values[i]);
    }
    terminal_style(stdout, TERMINAL_BOLD);
    terminal_text(stdout, buffer_string(&line), line.len);
    terminal_style(stdout, TERMINAL_PLAIN);
    puts(":");
    line.len = 0;
    why_print(&line, row, hold);
    for (unsigned i = 0; i < row->column_count; i++) {
        if (row->values[i].type == JEMPUT_TYPE_NULL)
            continue;
        buffer_format(&line, "    %s = ", row->columns[i]);
        value_write(&line, &row->values[i]);
        line_print(&line);
    }
    buffer_release(&line);
    return 0;
}

static void count_print(size_t count)
{
    if (count == 0)
        puts(T("Tidak ada baris yang tertahan.", "There are no held rows."));
    else
        printf(T("Tertahan: %zu baris, semuanya tersimpan utuh. Yang dapat dilakukan: jemput held --help\n",
                 "Held: %zu rows, all of them kept whole. What can be done: jemput held --help\n"),
               count);
}

static int held(const struct cli *cli, struct jemput *jemput)
{
    struct held_list list = { .jemput = jemput, .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st = JEMPUT_OK;
    int code = holds_read(&list.holds, jemput_app(jemput));

    if (code < 0) {
        if (cli->json)
            json_array(&list.json, NULL);
        st = jemput_held_rows(jemput, cli->json ? held_json : held_text, &list, &err);
        if (cli->json)
            json_end_array(&list.json);
        else if (!st)
            count_print(list.count);
    }
    holds_release(&list.holds);
    return st ? failure_status(&err) : code < 0 ? EXIT_OK : code;
}

static int cmd_held(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, held);
}

const struct command command_held = {
    .name = "held",
    .operands = "",
    .summary_id = "Baris yang disimpan tetapi belum dapat ditampilkan.",
    .summary_en = "Rows that are kept but cannot be shown yet.",
    .example = "jemput -s pusat.db held",
    .run = cmd_held,
    .json = true,
    .more_id = "Tiap baris: tabel, kunci, sebabnya; aturan yang dilanggarnya sesudah digabungkan, baris yang menghalanginya, penulis "
               "terakhir; lalu isinya. Semuanya tersimpan utuh. Riwayatnya: jemput history TABLE KEY.\n"
               "Baris ini masuk sendiri kalau sebabnya hilang. Yang dapat dilakukan:\n"
               "  - perbaiki dengan UPDATE, atau hapus, baris yang menghalanginya\n"
               "  - perbaiki baris ini: jemput resolve TABLE KEY --set KOLOM=NILAI\n"
               "  - kalau keduanya satu hal: jemput merge-rows TABLE KEY-TETAP KEY-PERGI\n"
               "  - buang baris ini: jemput resolve TABLE KEY --drop (dapat dikembalikan)\n"
               "Baris dengan sebab INSERT belum pernah dibuat: tunggu pembuatannya sampai, atau terima yang ditolak: jemput refused, adopt.",
    .more_en = "Each row: table, key, the reason; the constraint that it broke after merging, the row in its way, who wrote it last; "
               "then its values. All of it is kept whole. Its history: jemput history TABLE KEY.\n"
               "Such a row comes in by itself when the reason goes. What can be done:\n"
               "  - correct by UPDATE, or delete, the row in its way\n"
               "  - correct this row: jemput resolve TABLE KEY --set COLUMN=VALUE\n"
               "  - if both are one thing: jemput merge-rows TABLE KEEP GONE\n"
               "  - drop this row: jemput resolve TABLE KEY --drop (it can be brought back)\n"
               "A row with the reason INSERT was never made: wait for its insert, or let a refused one count: jemput refused, adopt.",
};
