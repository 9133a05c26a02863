/* cmd_init.c — `jemput central init`: the folder of an office. */
#include <stdlib.h>
#include <string.h>

#include "central.h"
#include "commands.h"
#include "pg.h"

static int settings_write(const char *folder, const char *postgres, const char *schema, long partitions)
{
    struct office office;
    struct trouble why;
    char number[24];
    int rc = office_open(&office, folder, false, &why);

    snprintf(number, sizeof number, "%ld", partitions);
    if (!rc && postgres)
        rc = office_setting_write(&office, "postgres", postgres, &why) || office_setting_write(&office, "schema", schema, &why) ||
             office_setting_write(&office, "partitions", number, &why);
    office_close(&office);
    return rc ? problem("%s", why.text) : EXIT_DONE;
}

static int init_run(const struct office_command *self, int argc, char **argv)
{
    const char *postgres = NULL, *schema = "adminduk", *partitions = "8";
    const struct option_spec specs[] = {
        { "postgres", "CONNINFO", &postgres, NULL, "isi juga PostgreSQL; tanpa kata sandi di dalamnya", "also fill PostgreSQL; no password in it" },
        { "schema", "NAME", &schema, NULL, "skema di sana (adminduk)", "the schema there (adminduk)" },
        { "partitions", "N", &partitions, NULL, "partisi tiap tabel di sana, 0 = tanpa (8)", "partitions of each table there, 0 = none (8)" },
    };
    struct trouble why;
    long count;
    int code;

    if (!option_read(self, specs, sizeof specs / sizeof specs[0], &argc, argv, 1, 1, &code))
        return code;
    if (!number_read(partitions, 0, 1024, &count))
        return wrong_use(self, "%s", T("--partitions: sebutkan 0 sampai 1024", "--partitions: give 0 to 1024"));
    if (!office_name_good(schema, strlen(schema)))
        return wrong_use(self, "%s", T("--schema: huruf, angka, '-', '_' dan '.'", "--schema: letters, digits, '-', '_' and '.'"));
    if (postgres && pg_conninfo_check(postgres, &why))
        return wrong_use(self, "--postgres: %s", why.text);
    if (office_init(argv[0], &why))
        return problem("%s", why.text);
    code = settings_write(argv[0], postgres, schema, count);
    if (!code)
        printf(T("Folder %s siap. Berikutnya: jemput central add %s NAMA --join UNDANGAN\n",
                 "The folder %s is ready. Next: jemput central add %s NAME --join INVITATION\n"),
               argv[0], argv[0]);
    return code;
}

const struct office_command command_init = {
    .name = "init",
    .operands = "FOLDER [--postgres CONNINFO] [--schema NAME] [--partitions N]",
    .summary_id = "Buat folder pusat di FOLDER.",
    .summary_en = "Make central's folder FOLDER.",
    .more_id = "Folder yang sudah ada dilengkapi, isinya tidak disentuh. central.db di dalamnya memuat data pribadi: simpan\n"
               "di mesin milik Disdukcapil, dengan cakram terenkripsi.",
    .more_en = "A folder that is there is completed, what it holds is not touched. Its central.db holds personal data: keep it\n"
               "on a machine of the civil registry's, on an encrypted disk.",
    .example = "jemput central init /srv/pusat --postgres 'service=jemput'",
    .run = init_run,
};
