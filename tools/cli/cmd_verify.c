/* cmd_verify.c — `jemput verify`. */
#include "cmd.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "space.h"
#include "terminal.h"
#include "text.h"

static void problem_text(void *ctx, const char *what)
{
    (void)ctx;
    progress_end();
    terminal_style(stdout, TERMINAL_RED);
    fputs(T("masalah: ", "problem: "), stdout);
    terminal_style(stdout, TERMINAL_PLAIN);
    terminal_text(stdout, what, strlen(what));
    fputc('\n', stdout);
}

static void problem_json(void *ctx, const char *what)
{
    json_text(ctx, NULL, what);
}

/* NULL: the store is too damaged for it. */
static const char *state_hash(struct jemput *jemput, char hex[65])
{
    struct jemput_error ignored;

    return jemput_state_hash(jemput, hex, &ignored) ? NULL : hex;
}

static enum jemput_status verify_json(struct jemput *jemput, uint64_t *problems, struct jemput_error *err)
{
    struct json j = { .out = stdout };
    const char *hash;
    char hex[65];
    enum jemput_status st;

    json_object(&j, NULL);
    json_array(&j, "problems");
    st = jemput_verify(jemput, problem_json, &j, problems, err);
    json_end_array(&j);
    json_count(&j, "problem_count", *problems);
    json_bool(&j, "ok", !st && *problems == 0);
    hash = st ? NULL : state_hash(jemput, hex);
    if (hash)
        json_text(&j, "state_hash", hash);
    else
        json_null(&j, "state_hash");
    json_end_object(&j);
    return st;
}

static enum jemput_status verify_text(struct jemput *jemput, uint64_t *problems, struct jemput_error *err)
{
    char hex[65];
    enum jemput_status st;

    progress_show(T("memeriksa", "checking"), 0, 0);
    st = jemput_verify(jemput, problem_text, NULL, problems, err);
    progress_end();
    if (!st && *problems == 0)
        puts(T("Tidak ada masalah: berkas, tanda tangan, rantai, dan isi cocok.", "No problems: file, signatures, chains and contents agree."));
    else if (!st)
        printf(T("Masalah: %" PRIu64 ". Jangan menghapus berkas ini; hubungi administrator. Kalau catatannya utuh: jemput rebuild\n",
                 "Problems: %" PRIu64 ". Do not delete this file; call your administrator. If its logs are whole: jemput rebuild\n"),
               *problems);
    if (!st && state_hash(jemput, hex))
        printf(T("Sidik isi: %s\n", "State hash: %s\n"), hex);
    return st;
}

static int verify(const struct cli *cli, struct jemput *jemput)
{
    struct jemput_error err;
    uint64_t problems = 0;
    enum jemput_status st = cli->json ? verify_json(jemput, &problems, &err) : verify_text(jemput, &problems, &err);

    return st ? failure_status(&err) : problems ? EXIT_PROBLEMS : EXIT_OK;
}

int cmd_verify(struct cli *cli, int argc, char **argv)
{
    return space_look(cli, argc, argv, verify);
}
