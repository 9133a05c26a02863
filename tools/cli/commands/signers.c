/* commands/signers.c — `jemput signers`: so that stock git can check the signatures. */
#include "cmd.h"

#include <string.h>

#include <jemput/jemput.h>

#include "failure.h"
#include "file.h"
#include "space.h"
#include "text.h"

static int signers_write(const char *text, size_t len, const char *path)
{
    FILE *out = stdout;
    int code = EXIT_OK;

    if (path && strcmp(path, "-") != 0)
        out = file_new(path, &code);
    if (!out)
        return code;
    fwrite(text, 1, len, out);
    return out == stdout ? EXIT_OK : file_finish(out, path);
}

static int cmd_signers(struct cli *cli, int argc, char **argv)
{
    const char *out = NULL;
    const struct option_spec specs[] = {
        { .name = "out", .argument = "FILE", .value = &out, .help = T("berkas baru; tanpa ini: keluaran baku", "new file; else standard output") },
    };
    struct jemput_error err;
    struct jemput *jemput;
    char *text = NULL;
    size_t len = 0;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (jemput_signers(jemput, &text, &len, &err))
        code = failure_status(&err);
    else
        code = signers_write(text, len, out);
    jemput_text_free(text);
    jemput_close(jemput);
    return code;
}

const struct command command_signers = {
    .name = "signers",
    .operands = "[--out FILE]",
    .summary_id = "Tulis berkas allowed_signers untuk git verify-commit.",
    .summary_en = "Write an allowed_signers file for git verify-commit.",
    .example = "jemput -s pusat.db signers --out allowed_signers",
    .run = cmd_signers,
};
