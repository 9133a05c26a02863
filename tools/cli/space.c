/* space.c — the store of a command. */
#include "space.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "failure.h"
#include "pin.h"
#include "text.h"

const char *space_path(const struct cli *cli, int *code)
{
    const char *path = cli->store ? cli->store : getenv("JEMPUT_STORE");

    if (path && path[0])
        return path;
    *code = failure_usage(
        cli->command->name, "%s",
        T("berkas data belum disebut: jemput -s STORE …, atau isi JEMPUT_STORE", "no store was named: jemput -s STORE …, or set JEMPUT_STORE"));
    return NULL;
}

static void error_json(const struct jemput_error *err)
{
    struct json j = { .out = stdout };

    json_object(&j, NULL);
    failure_json(&j, err);
    json_end_object(&j);
}

/* What stands in the way of a store at `path`, as errno has it; 0 = nothing that can be seen from here. */
static int path_error(const char *path)
{
    struct stat about;

    if (stat(path, &about) != 0)
        return errno;
    return S_ISDIR(about.st_mode) ? EISDIR : 0;
}

struct jemput *space_open(const struct cli *cli, int *code)
{
    struct jemput_sealing sealing = { 0 };
    struct jemput_error err;
    struct jemput *jemput;
    const char *path = space_path(cli, code);
    int error_number;

    if (!path)
        return NULL;
    error_number = path_error(path);
    if (error_number)
        err = failure_file_error(path, error_number);
    else if (!jemput_sealing_get(path, NULL, &sealing, &err) && (sealing.sealed || cli->pin_file))
        return pin_open(cli, path, &sealing, code);
    else if (!jemput_open(&jemput, path, NULL, &err))
        return jemput;
    if (cli->json)
        error_json(&err);
    *code = error_number ? failure_file(path, error_number) : failure_status(&err);
    return NULL;
}

int space_look(struct cli *cli, int argc, char **argv, int (*look)(const struct cli *cli, struct jemput *jemput))
{
    struct jemput *jemput;
    int code;

    if (!options_read(cli, NULL, 0, &argc, argv, 0, 0, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = look(cli, jemput);
    jemput_close(jemput);
    return code;
}

bool space_hub_is_address(const char *hub)
{
    return strncmp(hub, "https://", 8) == 0 || strncmp(hub, "http://", 7) == 0;
}

void space_hub_path(struct buffer *out, const char *path)
{
    char *real = space_hub_is_address(path) ? NULL : realpath(path, NULL);
    char here[4096];

    if (real)
        buffer_text(out, real);
    else if (path[0] == '/' || strstr(path, "://") || !getcwd(here, sizeof here))
        buffer_text(out, path);
    else
        buffer_format(out, "%s/%s", here, path);
    free(real);
}

bool space_hub_is(const char *path)
{
    char name[4096];
    struct stat about;

    snprintf(name, sizeof name, "%s/objects", path);
    if (stat(name, &about) != 0 || !S_ISDIR(about.st_mode))
        return false;
    snprintf(name, sizeof name, "%s/HEAD", path);
    return stat(name, &about) == 0 && S_ISREG(about.st_mode);
}

char space_has(struct jemput *jemput, const char *name)
{
    static const char sql[] = "SELECT type FROM sqlite_master WHERE type IN ('table', 'view') AND name=? COLLATE NOCASE";
    sqlite3_stmt *stmt;
    char type = 0;

    if (sqlite3_prepare_v2(jemput_app(jemput), sql, -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        if (sqlite3_step(stmt) == SQLITE_ROW)
            type = (char)sqlite3_column_text(stmt, 0)[0];
    }
    sqlite3_finalize(stmt);
    return type;
}

void space_word(struct buffer *out, const char *path)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/._-+:@";

    if (path[0] && strspn(path, plain) == strlen(path)) {
        buffer_text(out, path);
        return;
    }
    buffer_text(out, "'");
    for (; *path; path++)
        buffer_format(out, *path == '\'' ? "'\\''" : "%c", *path);
    buffer_text(out, "'");
}
