/* cmd_init.c — `jemput init`. */
#include "cmd.h"

#include <stdio.h>
#include <string.h>

#include "embedded.h"
#include "failure.h"
#include "file.h"
#include "roles.h"
#include "space.h"
#include "syncing.h"
#include "text.h"

enum { SCHEMA_BYTES_MAX = 1024 * 1024 };

/* The hub is made first: where that cannot be, no store is made that would have to be thrown away. */
static int hub_make(const char *hub)
{
    struct jemput_error err;

    return jemput_hub_init(hub, NULL, &err) ? failure_status(&err) : EXIT_OK;
}

static int first_sync(struct jemput *jemput, const char *hub)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    int code;

    if (!syncing_run(jemput, hub, 0, &report, &err)) {
        printf(T("Hub: %s\n", "Hub: %s\n"), hub);
        return EXIT_OK;
    }
    code = failure_status(&err);
    fputs(T("Ruang sudah berdiri; sinkronisasi dengan hub belum. Ulangi: jemput sync --hub PATH\n",
            "The space is there; its sync with the hub is not. Again: jemput sync --hub PATH\n"), stderr);
    return code;
}

static int init(const char *store, const char *schema, const char *roles, const char *hub)
{
    struct jemput_info info;
    struct jemput_error err;
    struct jemput *jemput;
    int code = hub ? hub_make(hub) : EXIT_OK;

    if (code)
        return code;
    if (jemput_init(&jemput, store, schema, roles, NULL, &err))
        return failure_status(&err);
    if (jemput_info_get(jemput, &info, &err)) {
        code = failure_status(&err);
    } else {
        printf(T("Ruang baru: %s\nPerangkat %u, peran %s.\n", "New space: %s\nDevice %u, roles %s.\n"), info.space, (unsigned)info.device_number, info.roles);
        code = hub ? first_sync(jemput, hub) : EXIT_OK;
    }
    jemput_close(jemput);
    return code;
}

int cmd_init(struct cli *cli, int argc, char **argv)
{
    const char *schema_path = NULL, *roles = NULL, *hub = NULL, *store;
    const struct option_spec specs[] = {
        { .name = "schema", .argument = "FILE", .value = &schema_path, .help = T("SQL awal ruang; tanpa ini: adminduk", "SQL that the space starts from; else adminduk") },
        { .name = "roles", .argument = "ROLES", .value = &roles, .help = T("peran perangkat ini: admin,pusat (bawaan), atau admin bila pusat perangkat lain", "roles of this device: admin,pusat (default), or admin if central is another one") },
        { .name = "hub", .argument = "PATH", .value = &hub, .help = T("folder hub; dibuat bila belum ada", "folder of the hub; made if it is not there") },
    };
    struct buffer schema = { 0 }, hub_path = { 0 };
    int code;

    if (!options_read(cli, specs, 3, &argc, argv, 0, 0, &code))
        return code;
    if (roles && !(roles_valid(roles) && roles_have(roles, "admin")))
        return failure_usage("init", T("--roles '%s': pilih dari " ROLES_ALL ", dipisah koma, dan admin harus ada: yang mendirikan ruang mengelolanya",
                                       "--roles '%s': choose from " ROLES_ALL ", with commas between, and admin among them: who founds a space administers it"), roles);
    store = space_path(cli, &code);
    if (!store || (schema_path && !file_read(&schema, schema_path, SCHEMA_BYTES_MAX, &code))) {
        buffer_release(&schema);
        return code;
    }
    if (memchr(buffer_string(&schema), '\0', schema.len)) {
        code = failure_problem(T("%s: ada bita NUL; ini bukan teks SQL", "%s: holds a NUL byte; this is no SQL text"), schema_path);
    } else {
        if (hub)
            space_hub_path(&hub_path, hub);
        code = init(store, schema_path ? buffer_string(&schema) : embedded_schema, roles, hub ? buffer_string(&hub_path) : NULL);
    }
    buffer_release(&schema);
    buffer_release(&hub_path);
    return code;
}
