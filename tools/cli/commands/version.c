/* commands/version.c — `jemput version`. */
#include "cmd.h"

#include <sodium.h>
#include <sqlite3.h>

#include <jemput/jemput.h>

#include "csv_reader.h"
#include "failure.h"
#include "json.h"

static int cmd_version(struct cli *cli, int argc, char **argv)
{
    struct json j = { .out = stdout };
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    if (!cli->json) {
        printf("jemput %s\nSQLite %s\nlibsodium %s\nlibcsv %s\n", jemput_version(), sqlite3_libversion(), sodium_version_string(),
               csv_reader_library());
        return EXIT_OK;
    }
    json_object(&j, NULL);
    json_text(&j, "jemput", jemput_version());
    json_text(&j, "sqlite", sqlite3_libversion());
    json_text(&j, "libsodium", sodium_version_string());
    json_text(&j, "libcsv", csv_reader_library());
    json_end_object(&j);
    return EXIT_OK;
}

const struct command command_version = {
    .name = "version",
    .operands = "",
    .summary_id = "Versi program dan pustakanya.",
    .summary_en = "Versions of the program and its libraries.",
    .example = "jemput version --json",
    .run = cmd_version,
    .json = true,
};
