/* commands/init.c — `jemput init`. */
#include "cmd.h"

#include <sodium.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "embedded.h"
#include "failure.h"
#include "file.h"
#include "pin.h"
#include "roles.h"
#include "rootkey.h"
#include "space.h"
#include "syncing.h"
#include "text.h"

enum { SCHEMA_BYTES_MAX = 1024 * 1024, ROOTS_MAX = 4 };

struct roots { /* root administrators beside this device */
    const char *files[ROOTS_MAX];
    unsigned char keys[ROOTS_MAX][32];
    unsigned count; /* as given: perhaps more than there is room for */
};

static void root_add(void *ctx, const char *file)
{
    struct roots *roots = ctx;

    if (roots->count < ROOTS_MAX)
        roots->files[roots->count] = file;
    roots->count++;
}

static bool roots_read(struct roots *roots, int *code)
{
    for (unsigned i = 0; i < roots->count; i++) {
        struct rootkey key = { .file = roots->files[i] };

        if (!rootkey_public(&key, code))
            return false;
        memcpy(roots->keys[i], key.public_key, sizeof roots->keys[i]);
    }
    return true;
}

/* The hub is made first: where that cannot be, no store is made that would have to be thrown away. */
static int hub_make(const char *hub)
{
    struct jemput_error err;
    enum jemput_status st = space_hub_is_address(hub) ? JEMPUT_OK : jemput_hub_init(hub, NULL, &err); /* what is behind an address is there */

    if (st == JEMPUT_EXISTS || st == JEMPUT_CORRUPT)
        return failure_told(st,
                            T("'%s' berisi hal lain dan bukan hub: periksa alamatnya, atau sebut folder baru. Tidak ada yang diubah.",
                              "'%s' holds something else and is not a hub: check the address, or name a new folder. Nothing was changed."),
                            hub);
    return st ? failure_status(&err) : EXIT_OK;
}

static int first_sync(struct jemput *jemput, const struct syncing *asked)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    int code;

    if (!syncing_run(jemput, &(struct jemput_sync_options){ .hub = asked->hub }, &report, &err)) {
        printf(T("Hub: %s\n", "Hub: %s\n"), asked->hub);
        return EXIT_OK;
    }
    code = syncing_failed(asked, &report, &err);
    fputs(T("Ruang sudah berdiri; sinkronisasi dengan hub belum. Ulangi: jemput sync --hub PATH\n",
            "The space was made, but not synced with the hub. Try again: jemput sync --hub PATH\n"),
          stderr);
    return code;
}

static int init_failed(const char *store, const char *schema_path, const struct jemput_error *err)
{
    const char *why = strstr(err->text, "schema: ");

    if (err->status == JEMPUT_EXISTS)
        return failure_file(store, EEXIST);
    if (err->status == JEMPUT_CORRUPT && schema_path)
        return failure_problem(T("%s: SQL gagal, dan ruang tidak didirikan. Perbaiki berkas itu, lalu ulangi. %s",
                                 "%s: its SQL failed, and no space was founded. Correct the file, then try again. %s"),
                               schema_path, why ? why + strlen("schema: ") : err->text);
    return failure_status(err);
}

struct founding {
    const char *store, *roles, *hub; /* roles, hub: NULL = not said */
    const char *schema_path;         /* NULL = adminduk */
    const char *schema;
    const struct roots *roots;
    unsigned threshold;
    const struct jemput_secret *secret; /* NULL = a plain store */
};

static int found(const struct founding *f)
{
    const struct syncing asked = { .store = f->store, .hub = f->hub, .hub_given = true };
    struct jemput_info info;
    struct jemput_error err;
    struct jemput *jemput;
    const struct jemput_founding founding = { .schema = f->schema, .roles = f->roles, .root_count = f->roots->count,
                                              .root_keys = (const unsigned char (*)[32])f->roots->keys, .threshold = f->threshold, .secret = f->secret };
    int code = f->hub ? hub_make(f->hub) : EXIT_OK;

    if (code)
        return code;
    if (jemput_found(&jemput, f->store, &founding, NULL, &err))
        return init_failed(f->store, f->schema_path, &err);
    if (jemput_info_get(jemput, &info, &err)) {
        code = failure_status(&err);
    } else {
        printf(T("Ruang baru: %s\nPerangkat %u, peran %s.\n", "New space: %s\nDevice %u, roles %s.\n"), info.space, (unsigned)info.device_number,
               info.roles);
        code = f->secret ? pin_recovery_make(jemput) : EXIT_OK;
        if (f->hub && code == EXIT_OK)
            code = first_sync(jemput, &asked);
    }
    jemput_close(jemput);
    return code;
}

static int cmd_init(struct cli *cli, int argc, char **argv)
{
    const char *schema_path = NULL, *roles = NULL, *hub = NULL, *threshold = "1", *store;
    char pin[PIN_TEXT_MAX] = "";
    const struct jemput_secret secret = { .pin = pin };
    bool seals = false;
    struct roots roots = { .count = 0 };
    long signers = 1;
    const struct option_spec specs[] = {
        { .name = "schema",
          .argument = "FILE",
          .value = &schema_path,
          .help = T("SQL awal ruang; tanpa ini: adminduk", "SQL that the space starts from (default: adminduk)") },
        { .name = "roles",
          .argument = "ROLES",
          .value = &roles,
          .help = T("peran perangkat ini: admin,pusat (bawaan), atau admin bila pusat perangkat lain",
                    "roles of this device: admin,pusat (default), or admin if central is another one") },
        { .name = "hub",
          .argument = "PATH",
          .value = &hub,
          .help = T("folder hub; dibuat bila belum ada", "folder of the hub; made if it is not there") },
        { .name = "root",
          .argument = "FILE",
          .each = root_add,
          .ctx = &roots,
          .help = T("kunci umum administrator induk, sampai empat kali", "public key of a root administrator, up to four times") },
        { .name = "threshold",
          .argument = "M",
          .value = &threshold,
          .help = T("sebanyak ini administrator induk harus menandatangani (bawaan 1)", "how many root administrators have to sign (default 1)") },
        { .name = "pin", .flag = &seals, .help = T("segel berkas dengan PIN", "seal the store with a PIN") },
    };
    struct buffer schema = { 0 }, hub_path = { 0 };
    struct founding f;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (roles && !(roles_valid(roles) && roles_have(roles, "admin")))
        return failure_usage(
            "init",
            T("--roles '%s': pilih dari " ROLES_ALL ", dipisah koma, dan admin harus ada: yang mendirikan ruang menjadi administratornya",
              "--roles '%s': choose from " ROLES_ALL ", with commas between, and admin among them: who founds a space administers it"),
            roles);
    if (roots.count > ROOTS_MAX || !options_number(threshold, 1, roots.count + 1, &signers))
        return failure_usage("init", "%s",
                             T("paling banyak empat --root, dan --threshold dari 1 sampai banyaknya administrator induk (perangkat ini termasuk)",
                               "at most four --root, and --threshold from 1 to the number of root administrators (this device is one)"));
    store = space_path(cli, &code);
    if (!store || !roots_read(&roots, &code) || (schema_path && !file_read(&schema, schema_path, SCHEMA_BYTES_MAX, &code)) ||
        (seals && !pin_new(cli, NULL, true, pin, &code))) {
        buffer_release(&schema);
        return code;
    }
    if (memchr(buffer_string(&schema), '\0', schema.len)) {
        code = failure_problem(T("%s: ada bita NUL; ini bukan teks SQL", "%s: holds a NUL byte; this is not SQL text"), schema_path);
    } else {
        if (hub)
            space_hub_path(&hub_path, hub);
        f = (struct founding){ .store = store, .roles = roles, .hub = hub ? buffer_string(&hub_path) : NULL, .schema_path = schema_path, .roots = &roots,
                               .threshold = (unsigned)signers, .secret = seals ? &secret : NULL };
        f.schema = schema_path ? buffer_string(&schema) : embedded_schema;
        code = found(&f);
    }
    sodium_memzero(pin, sizeof pin);
    buffer_release(&schema);
    buffer_release(&hub_path);
    return code;
}

const struct command command_init = {
    .name = "init",
    .operands = "[--schema FILE] [--roles admin,pusat] [--hub PATH] [--pin] [--root FILE]… [--threshold M]",
    .summary_id = "Dirikan ruang data baru; perangkat ini menjadi administratornya.",
    .summary_en = "Found a new space; this device becomes its administrator.",
    .example = "jemput -s kantor.db init --hub /srv/jemput/wonosari.git",
    .run = cmd_init,
    .more_id = "Tanpa --schema ruang berisi skema adminduk beserta daftar kodenya. Hub dibuat bila belum ada, lalu diingat.\n"
               "--root: bagian umum sebuah kunci induk (jemput root new); boleh sampai empat kali, yang pertama paling senior. "
               "Dengan --threshold 2 yang menyangkut administrator perlu dua tanda tangan.",
    .more_en = "Without --schema the space has the adminduk schema and its code lists. The hub is made if it is not there, and remembered.\n"
               "--root: the public part of a root key (jemput root new); up to four times, the first is the most senior. With --threshold 2 "
               "what concerns administrators needs two signatures.",
};
