/* commands/cases.c — `jemput cases`: what a person should know of, or decide. */
#include "cmd.h"

#include <string.h>

#include "buffer.h"
#include "failure.h"
#include "json.h"
#include "moment.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

struct case_list {
    struct json json;
    size_t count, open;
};

static int case_json(void *ctx, const struct jemput_case *told)
{
    struct case_list *list = ctx;
    struct json *j = &list->json;

    list->open += told->open != 0;
    json_object(j, NULL);
    json_text(j, "kind", told->kind);
    json_text(j, "about", told->about);
    json_text(j, "label", told->label);
    json_moment(j, "since", told->since_ms);
    json_count(j, "count", told->count);
    json_bool(j, "open", told->open != 0);
    json_text(j, "what", T(told->what_id, told->what_en));
    json_text(j, "safe", T(told->safe_id, told->safe_en));
    json_text(j, "todo", T(told->todo_id, told->todo_en));
    json_end_object(j);
    return 0;
}

static void line_print(const char *name, const char *text)
{
    printf("    %s: ", name);
    terminal_text(stdout, text, strlen(text));
    fputc('\n', stdout);
}

static int case_text(void *ctx, const struct jemput_case *told)
{
    struct case_list *list = ctx;
    struct buffer line = { 0 };
    char when[MOMENT_BYTES];

    list->count++;
    list->open += told->open != 0;
    moment_local(when, told->since_ms);
    buffer_format(&line, T("%s  %s  sejak %s  (%llu)  %s", "%s  %s  since %s  (%llu)  %s"), told->kind, told->label[0] ? told->label : told->about, when,
                  (unsigned long long)told->count, told->open ? T("terbuka", "open") : T("selesai", "settled"));
    terminal_style(stdout, TERMINAL_BOLD);
    terminal_text(stdout, buffer_string(&line), line.len);
    terminal_style(stdout, TERMINAL_PLAIN);
    fputc('\n', stdout);
    line_print(T("apa yang terjadi", "what happened"), T(told->what_id, told->what_en));
    line_print(T("datanya aman", "is the data safe"), T(told->safe_id, told->safe_en));
    if (told->open)
        line_print(T("yang dapat dilakukan", "what to do"), T(told->todo_id, told->todo_en));
    buffer_release(&line);
    return 0;
}

static int cases(const struct cli *cli, struct jemput *jemput)
{
    struct case_list list = { .json = { .out = stdout } };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&list.json, NULL);
    st = jemput_cases(jemput, cli->json ? case_json : case_text, &list, &err);
    if (cli->json)
        json_end_array(&list.json);
    else if (!st && list.count == 0)
        puts(T("Tidak ada kasus.", "There are no cases."));
    if (st)
        return failure_status(&err);
    return list.open ? EXIT_PROBLEMS : EXIT_OK;
}

static int cmd_cases(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, cases);
}

const struct command command_cases = {
    .name = "cases",
    .operands = "",
    .summary_id = "Hal yang perlu diketahui atau diputuskan orang.",
    .summary_en = "What a person should know, or decide.",
    .example = "jemput -s kantor.db cases",
    .run = cmd_cases,
    .json = true,
    .more_id = "Tiap kasus: apa yang terjadi, apakah datanya aman, apa yang dapat dilakukan. Sebuah kasus selesai dengan sendirinya kalau halnya beres.\n"
               "Kode keluar 1: ada kasus yang terbuka.",
    .more_en = "Each case: what happened, whether the data is safe, what to do. A case closes by itself once its matter is settled.\n"
               "Exit code 1: a case is open.",
};
