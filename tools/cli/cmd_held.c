/* cmd_held.c — `jemput held`: rows that are kept, and why a table cannot show them yet. */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "json.h"
#include "key.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct held_list {
    struct jemput *jemput;
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

static int held_json(void *ctx, const struct jemput_held_row *row)
{
    struct held_list *list = ctx;
    struct json *j = &list->json;
    struct key key;

    key_read(&key, jemput_app(list->jemput), row->table);
    json_object(j, NULL);
    json_text(j, "table", row->table);
    json_array(j, "key");
    for (unsigned i = 0; i < key.count; i++)
        json_datum(j, NULL, value_of(row, key.columns[i].name));
    json_end_array(j);
    key_release(&key);
    json_text(j, "reason", row->reason);
    json_object(j, "values");
    for (unsigned i = 0; i < row->column_count; i++)
        json_datum(j, row->columns[i], &row->values[i]);
    json_end_object(j);
    json_end_object(j);
    return 0;
}

static int held_text(void *ctx, const struct jemput_held_row *row)
{
    struct held_list *list = ctx;
    struct buffer line = { 0 };
    struct key key;

    list->count++;
    key_read(&key, jemput_app(list->jemput), row->table);
    buffer_text(&line, row->table);
    for (unsigned i = 0; i < key.count; i++) {
        buffer_text(&line, " ");
        value_write(&line, value_of(row, key.columns[i].name));
    }
    key_release(&key);
    buffer_text(&line, ": ");
    terminal_style(stdout, TERMINAL_BOLD);
    terminal_text(stdout, buffer_string(&line), line.len);
    terminal_style(stdout, TERMINAL_PLAIN);
    terminal_text(stdout, row->reason, strlen(row->reason));
    fputc('\n', stdout);
    for (unsigned i = 0; i < row->column_count; i++) {
        if (row->values[i].type == JEMPUT_TYPE_NULL)
            continue;
        line.len = 0;
        buffer_format(&line, "    %s = ", row->columns[i]);
        value_write(&line, &row->values[i]);
        terminal_text(stdout, buffer_string(&line), line.len);
        fputc('\n', stdout);
    }
    buffer_release(&line);
    return 0;
}

static int held(const struct cli *cli, struct jemput *jemput)
{
    struct held_list list = { .jemput = jemput, .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&list.json, NULL);
    st = jemput_held_rows(jemput, cli->json ? held_json : held_text, &list, &err);
    if (cli->json)
        json_end_array(&list.json);
    else if (!st && list.count == 0)
        puts(T("Tidak ada baris yang tertahan.", "There are no held rows."));
    return st ? failure_status(&err) : EXIT_OK;
}

int cmd_held(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, held);
}
