/* cmd_verify.c — `jemput verify`. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "buffer.h"
#include "failure.h"
#include "json.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

struct problem_run { /* one sentence, as often as it comes in a row */
    struct buffer what;
    uint64_t count;
};

static void run_print(struct problem_run *run)
{
    if (run->count == 0)
        return;
    progress_end();
    terminal_style(stdout, TERMINAL_RED);
    fputs(T("masalah: ", "problem: "), stdout);
    terminal_style(stdout, TERMINAL_PLAIN);
    terminal_text(stdout, buffer_string(&run->what), run->what.len);
    if (run->count > 1)
        printf(T(" (%" PRIu64 " kali)", " (%" PRIu64 " times)"), run->count);
    fputc('\n', stdout);
    run->count = 0;
}

static void problem_text(void *ctx, const char *what)
{
    struct problem_run *run = ctx;

    if (run->count > 0 && strcmp(buffer_string(&run->what), what) != 0)
        run_print(run);
    run->what.len = 0;
    buffer_text(&run->what, what);
    run->count++;
}

static void problem_json(void *ctx, const char *what)
{
    json_text(ctx, NULL, what);
}

static enum jemput_status verify_json(struct jemput *jemput, uint64_t *problems, struct jemput_error *err)
{
    struct json j = { .out = stdout };
    enum jemput_status st;

    json_object(&j, NULL);
    json_array(&j, "problems");
    st = jemput_verify(jemput, problem_json, &j, problems, err);
    json_end_array(&j);
    json_count(&j, "problem_count", *problems);
    json_bool(&j, "ok", !st && *problems == 0);
    json_end_object(&j);
    return st;
}

static enum jemput_status verify_text(struct jemput *jemput, uint64_t *problems, struct jemput_error *err)
{
    struct problem_run run = { .count = 0 };
    enum jemput_status st;

    progress_show(T("memeriksa", "checking"), 0, 0);
    st = jemput_verify(jemput, problem_text, &run, problems, err);
    run_print(&run);
    buffer_release(&run.what);
    progress_end();
    if (!st && *problems == 0)
        puts(T("Tidak ada masalah: berkas, tanda tangan, rantai, dan isi cocok.", "No problems: file, signatures, chains and contents agree."));
    else if (!st)
        printf(T("%" PRIu64 " masalah. Jangan menghapus berkas ini; hubungi pengelola.\n", "%" PRIu64 " problems. Do not delete this file; call your administrator.\n"),
               *problems);
    return st;
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
    struct jemput_error err;
    struct jemput *jemput;
    uint64_t problems = 0;
    enum jemput_status st;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    st = cli->json ? verify_json(jemput, &problems, &err) : verify_text(jemput, &problems, &err);
    jemput_close(jemput);
    return st ? failure_status(&err) : problems ? EXIT_PROBLEMS : EXIT_OK;
}
