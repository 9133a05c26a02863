/* commands/conflicts.c — `jemput conflicts`: both values, and who wrote them. */
#include "cmd.h"

#include <string.h>

#include "conflict.h"
#include "failure.h"
#include "json.h"
#include "moment.h"
#include "origin.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct conflict_list {
    struct json json;
    size_t count;
};

static void side_json(struct json *j, const struct jemput_conflict *c, const struct jemput_conflict_side *side)
{
    json_object(j, NULL);
    json_text(j, "op", side->deleted ? "D" : "U");
    json_bool(j, "shown", side->shown);
    origin_json(j, &side->origin);
    json_count(j, "segment", side->origin.segment);
    json_object(j, "values");
    for (unsigned i = 0; i < c->column_count; i++)
        json_datum(j, c->columns[i], &side->values[i]);
    json_end_object(j);
    json_end_object(j);
}

void conflict_members(struct json *j, const struct jemput_conflict *c)
{
    json_text(j, "table", c->table);
    json_array(j, "key");
    for (unsigned i = 0; i < c->key_count; i++)
        json_datum(j, NULL, &c->key[i]);
    json_end_array(j);
    json_bool(j, "identity", c->identity);
    json_array(j, "columns");
    for (unsigned i = 0; i < c->column_count; i++)
        json_text(j, NULL, c->columns[i]);
    json_end_array(j);
    json_array(j, "sides");
    for (unsigned i = 0; i < c->side_count; i++)
        side_json(j, c, &c->sides[i]);
    json_end_array(j);
}

static int conflict_json(void *ctx, const struct jemput_conflict *c)
{
    struct json *j = &((struct conflict_list *)ctx)->json;

    json_object(j, NULL);
    conflict_members(j, c);
    json_end_object(j);
    return 0;
}

static bool column_differs(const struct jemput_conflict *c, unsigned column)
{
    struct buffer first = { 0 }, other = { 0 };
    bool differs = false;

    value_write(&first, &c->sides[0].values[column]);
    for (unsigned i = 1; i < c->side_count && !differs; i++) {
        const struct jemput_datum *value = &c->sides[i].values[column];

        other.len = 0;
        value_write(&other, value);
        differs = value->type != c->sides[0].values[column].type || other.len != first.len ||
                  memcmp(buffer_string(&other), buffer_string(&first), first.len) != 0;
    }
    buffer_release(&first);
    buffer_release(&other);
    return differs;
}

/* Columns that merge together, as those of an address, differ in one of them mostly: that one is shown. */
static void differing_write(struct buffer *line, const struct jemput_conflict *c, const struct jemput_conflict_side *side)
{
    const char *between = "";

    for (unsigned i = 0; i < c->column_count; i++)
        if (column_differs(c, i)) {
            buffer_format(line, "%s%s = ", between, c->columns[i]);
            value_say(line, &side->values[i]);
            between = ", ";
        }
}

static void line_print(struct buffer *line)
{
    terminal_text(stdout, buffer_string(line), line->len);
    fputc('\n', stdout);
    line->len = 0;
}

/* What it wrote, and below that who, and when by that device's clock. */
static void side_text(const struct jemput_conflict *c, const struct jemput_conflict_side *side, struct buffer *line)
{
    char when[MOMENT_BYTES];

    moment_local(when, side->origin.claimed_ms);
    line->len = 0;
    buffer_text(line, side->shown ? T("  * tampil     ", "  * shown  ") : T("    tersimpan  ", "    kept   "));
    if (c->column_count == 0)
        buffer_text(line, side->deleted ? T("dihapus oleh ", "deleted by ") : T("diubah oleh ", "changed by "));
    else
        differing_write(line, c, side);
    if (c->column_count != 0) {
        line_print(line);
        buffer_text(line, "        ");
    }
    origin_write(line, &side->origin);
    buffer_format(line, ", %s, %s", when, origin_state(&side->origin));
    line_print(line);
}

void conflict_print(const struct jemput_conflict *c)
{
    struct buffer line = { 0 };

    buffer_format(&line, "%s ", c->table);
    value_write_all(&line, c->key, c->key_count);
    buffer_text(&line, ": ");
    for (unsigned i = 0; i < c->column_count; i++)
        buffer_format(&line, "%s%s", i ? ", " : "", c->columns[i]);
    if (c->column_count == 0)
        buffer_text(&line, T("dihapus dan diubah bersamaan", "deleted and changed at the same time"));
    terminal_style(stdout, c->identity ? TERMINAL_RED : TERMINAL_YELLOW);
    terminal_text(stdout, buffer_string(&line), line.len);
    terminal_style(stdout, TERMINAL_PLAIN);
    puts(c->identity ? T("  [identitas: perlu keputusan]", "  [identity: needs a decision]") : "");
    for (unsigned i = 0; i < c->side_count; i++)
        side_text(c, &c->sides[i], &line);
    buffer_release(&line);
}

static int conflict_text(void *ctx, const struct jemput_conflict *c)
{
    struct conflict_list *list = ctx;

    list->count++;
    conflict_print(c);
    return 0;
}

static void count_print(size_t count)
{
    if (count == 0)
        puts(T("Tidak ada bentrok.", "There are no conflicts."));
    else
        printf(T("Bentrok: %zu; semua nilai tersimpan. Cara memutuskan: jemput resolve --help\n",
                 "Conflicts: %zu; all values are kept. How to decide: jemput resolve --help\n"),
               count);
}

static int conflicts(const struct cli *cli, struct jemput *jemput)
{
    struct conflict_list list = { .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&list.json, NULL);
    st = jemput_conflicts(jemput, cli->json ? conflict_json : conflict_text, &list, &err);
    if (cli->json)
        json_end_array(&list.json);
    else if (!st)
        count_print(list.count);
    return st ? failure_status(&err) : EXIT_OK;
}

static int cmd_conflicts(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, conflicts);
}

const struct command command_conflicts = {
    .name = "conflicts",
    .operands = "",
    .summary_id = "Nilai yang ditulis bersamaan dan berbeda.",
    .summary_en = "Values that were written at the same time and differ.",
    .example = "jemput -s pusat.db conflicts",
    .run = cmd_conflicts,
    .json = true,
    .more_id = "Tiap bentrok: tabel, kunci, kolom; lalu setiap pihak: nilainya, penulisnya, waktu menurut pengakuan perangkatnya. '*' "
               "tampil di tabel; yang lain tersimpan.\n"
               "Memutuskan: di pusat, sesudah semua pihak digabungkan, jemput resolve; yang bukan [identitas] tertutup juga oleh "
               "UPDATE (atau DELETE) biasa pada baris itu. [identitas] hanya tertutup oleh resolve (atau dengan menghapus barisnya). Satu baris "
               "dapat memuat beberapa "
               "bentrok; status dan sync menghitung baris.\n"
               "--json: op U = menulis nilai, D = menghapus baris.",
    .more_en = "Each conflict: table, key, columns; then each side: what it wrote, who, and the time that its device claims. '*' is "
               "shown in the table; the others are kept.\n"
               "To decide: at central, once all sides are merged, jemput resolve; one that is not [identity] is closed by an ordinary "
               "UPDATE (or DELETE) of that row, too. [identity] is closed by resolve only (or by deleting the row). A row may have several "
               "conflicts; status "
               "and sync count rows.\n"
               "--json: op U = wrote values, D = deleted the row.",
};
