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
    json_text(j, "settled_by", told->settled_by);
    json_text(j, "settled_why", told->settled_why);
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

static void settled_print(const struct jemput_case *told)
{
    struct buffer text = { 0 };

    buffer_format(&text, "%s: %s", told->settled_by[0] ? told->settled_by : "?", told->settled_why);
    line_print(T("diselesaikan oleh", "settled by"), buffer_string(&text));
    buffer_release(&text);
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
    if (told->settled_why[0])
        settled_print(told);
    if (told->may_settle && (told->open || told->settled_why[0]))
        printf("    %s: %s:%.16s\n", told->open ? T("namanya untuk --settle", "its name for --settle") : T("namanya untuk --reopen", "its name for --reopen"),
               told->kind, told->about);
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

/* "KIND:ABOUT", as the list names a case. */
static int case_settle(struct jemput *jemput, const char *name, bool open, const char *reason)
{
    size_t kind_len = strcspn(name, ":");
    struct jemput_case_settling settling = { .about = name + kind_len + 1, .open = open, .reason = reason };
    struct jemput_error err;
    char kind[32];

    if (!name[kind_len] || kind_len >= sizeof kind)
        return failure_usage("cases", T("'%s': sebut kasusnya seperti dalam daftar, KIND:ABOUT", "'%s': name the case as the list does, KIND:ABOUT"), name);
    memcpy(kind, name, kind_len);
    kind[kind_len] = '\0';
    settling.kind = kind;
    if (jemput_case_settle(jemput, &settling, &err))
        return failure_status(&err);
    puts(open ? T("Kasus itu terbuka lagi; perangkat lain mengetahuinya sesudah sync.", "The case is open again; other devices know after a sync.")
              : T("Kasus itu selesai; perangkat lain mengetahuinya sesudah sync.", "The case is settled; other devices know after a sync."));
    return EXIT_OK;
}

static int cmd_cases(struct cli *cli, int argc, char **argv)
{
    const char *settle = NULL, *reopen = NULL, *reason = NULL;
    const struct option_spec specs[] = {
        { .name = "settle", .argument = "KIND:ABOUT", .value = &settle,
          .help = T("nyatakan bahwa tidak ada yang perlu diputuskan; dengan --reason", "say that nothing is to be decided on it; with --reason") },
        { .name = "reopen", .argument = "KIND:ABOUT", .value = &reopen,
          .help = T("buka lagi kasus yang dinyatakan selesai; dengan --reason", "open a case again that was settled; with --reason") },
        { .name = "reason", .argument = "TEXT", .value = &reason,
          .help = T("alasannya: satu baris tanpa data warga, terbaca di hub", "why: one line without citizens' data, legible on the hub") },
    };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (!!settle + !!reopen > 1 || (settle || reopen ? !reason : reason != NULL))
        return failure_usage("cases", "%s", T("beri --settle atau --reopen, dan --reason", "give --settle or --reopen, and --reason"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = reason ? case_settle(jemput, settle ? settle : reopen, reopen != NULL, reason) : cases(cli, jemput);
    jemput_close(jemput);
    return code;
}

const struct command command_cases = {
    .name = "cases",
    .operands = "[--settle KIND:ABOUT | --reopen KIND:ABOUT] [--reason TEXT]",
    .summary_id = "Hal yang perlu diketahui atau diputuskan orang.",
    .summary_en = "What a person should know, or decide.",
    .example = "jemput -s kantor.db cases",
    .run = cmd_cases,
    .json = true,
    .more_id = "Tiap kasus: apa yang terjadi, apakah datanya aman, apa yang dapat dilakukan. Sebuah kasus selesai dengan sendirinya kalau halnya beres.\n"
               "Yang tidak akan pernah beres sendiri (pekerjaan pencuri, permintaan dengan undangan yang disalin) dinyatakan selesai oleh administrator\n"
               "dengan --settle, dan dibuka lagi dengan --reopen. Kalau kemudian bertambah, ia terbuka lagi dengan sendirinya.\n"
               "Kode keluar 1: ada kasus yang terbuka.",
    .more_en = "Each case: what happened, whether the data is safe, what to do. A case closes by itself once its matter is settled.\n"
               "One that never will (a thief's work, a request by a copied invitation) an administrator settles with --settle, and opens again\n"
               "with --reopen. If more comes to it later, it is open again by itself.\n"
               "Exit code 1: a case is open.",
};
