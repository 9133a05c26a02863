/* cmd_held.c — `jemput held`: rows that are kept, and why a table cannot show them yet. */
#include "cmd.h"

#include <string.h>

#include "failure.h"
#include "json.h"
#include "space.h"
#include "terminal.h"
#include "text.h"
#include "value.h"

struct held_list {
    struct json json;
    size_t count;
};

static int held_json(void *ctx, const struct jemput_held_row *row)
{
    struct json *j = &((struct held_list *)ctx)->json;

    json_object(j, NULL);
    json_text(j, "table", row->table);
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

    list->count++;
    terminal_style(stdout, TERMINAL_BOLD);
    printf("%s: ", row->table);
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

int cmd_held(struct cli *cli, int argc, char **argv)
{
    struct held_list list = { .json = { .out = stdout } };
    struct jemput_error err;
    struct jemput *jemput;
    enum jemput_status st;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (cli->json)
        json_array(&list.json, NULL);
    st = jemput_held_rows(jemput, cli->json ? held_json : held_text, &list, &err);
    if (cli->json)
        json_end_array(&list.json);
    else if (!st && list.count == 0)
        puts(T("Tidak ada baris yang tertahan.", "There are no held rows."));
    jemput_close(jemput);
    return st ? failure_status(&err) : EXIT_OK;
}
