/* space.c — the store of a command. */
#include "space.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "failure.h"
#include "text.h"

const char *space_path(const struct cli *cli, int *code)
{
    const char *path = cli->store ? cli->store : getenv("JEMPUT_STORE");

    if (path && path[0])
        return path;
    *code = failure_usage(cli->command->name, "%s", T("berkas data belum disebut: jemput -s STORE …, atau isi JEMPUT_STORE",
                                                      "no store was named: jemput -s STORE …, or set JEMPUT_STORE"));
    return NULL;
}

struct jemput *space_open(const struct cli *cli, int *code)
{
    struct jemput_error err;
    struct jemput *jemput;
    struct stat about;
    const char *path = space_path(cli, code);

    if (!path)
        return NULL;
    if (stat(path, &about) == 0 && S_ISDIR(about.st_mode)) {
        *code = failure_file(path, EISDIR);
        return NULL;
    }
    if (jemput_open(&jemput, path, NULL, &err)) {
        *code = failure_status(&err);
        return NULL;
    }
    return jemput;
}

void space_hub_path(struct buffer *out, const char *path)
{
    char *real = realpath(path, NULL);
    char here[4096];

    if (real)
        buffer_text(out, real);
    else if (path[0] == '/' || strstr(path, "://") || !getcwd(here, sizeof here))
        buffer_text(out, path);
    else
        buffer_format(out, "%s/%s", here, path);
    free(real);
}

bool space_has(struct jemput *jemput, const char *name)
{
    sqlite3_stmt *stmt;
    bool has = false;

    if (sqlite3_prepare_v2(jemput_app(jemput), "SELECT 1 FROM sqlite_master WHERE type IN ('table', 'view') AND name=?", -1, &stmt, NULL) == SQLITE_OK) {
        sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
        has = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    return has;
}
