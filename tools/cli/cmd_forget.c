/* cmd_forget.c — `jemput forget`: have a row erased everywhere. */
#include "cmd.h"

#include "failure.h"
#include "json.h"
#include "rowkey.h"
#include "space.h"
#include "text.h"

/* Every device keeps the key for ever, to know what does not count. */
static void key_warn(const struct row_key *key)
{
    for (unsigned i = 0; i < key->count; i++)
        if (key->values[i].type == JEMPUT_TYPE_TEXT) {
            fputs(T("Perhatian: kuncinya teks, dan tetap tersimpan di semua perangkat. Pastikan bukan NIK, nomor KK, atau nama.\n",
                    "Mind: the key is text, and stays on every device. Make sure that it is no NIK, family card number or name.\n"),
                  stderr);
            return;
        }
}

static int forget(const struct cli *cli, struct jemput *jemput, const char *table, const struct row_key *key, const char *basis)
{
    struct json json = { .out = stdout };
    struct jemput_error err;

    key_warn(key);
    if (jemput_forget(jemput, table, key->values, key->count, basis, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_bool(&json, "forgotten", true);
        json_end_object(&json);
    } else {
        puts(T("Dilupakan: baris itu tidak dihitung lagi, di sini mulai sekarang, di perangkat lain sesudah sync. Suntingan sesudahnya tidak dihitung.\n"
               "Data lamanya hilang dari tiap berkas sesudah: sync, jemput checkpoint --days 0, --backed-up, sync, lalu jemput checkpoint --cut di tiap perangkat.",
               "Forgotten: the row does not count any more, here from now on, elsewhere after a sync. Later edits of it do not count.\n"
               "Its old data goes from each store after: sync, jemput checkpoint --days 0, --backed-up, sync, and jemput checkpoint --cut on each device."));
    }
    return EXIT_OK;
}

/* --- --report --- */

struct places {
    struct json json;
    bool for_program;
    unsigned erased, count;
};

static int place_tell(void *ctx, const struct jemput_forget_place *place)
{
    struct places *p = ctx;

    p->count++;
    p->erased += place->erased != 0;
    if (p->for_program) {
        json_object(&p->json, NULL);
        json_count(&p->json, "device_number", place->device_number);
        json_text(&p->json, "writer", place->writer);
        json_bool(&p->json, "erased", place->erased != 0);
        json_end_object(&p->json);
    } else {
        printf(T("%02u  %s\n", "%02u  %s\n"), (unsigned)place->device_number, place->erased ? T("terhapus", "erased") : T("belum", "not yet"));
    }
    return 0;
}

static int report(const struct cli *cli, struct jemput *jemput)
{
    struct places p = { .json = { .out = stdout }, .for_program = cli->json };
    struct jemput_error err;
    enum jemput_status st;

    if (cli->json)
        json_array(&p.json, NULL);
    st = jemput_forget_places(jemput, place_tell, &p, &err);
    if (cli->json)
        json_end_array(&p.json);
    if (st)
        return failure_status(&err);
    if (!cli->json)
        printf(T("Terhapus di %u dari %u perangkat.\n", "Erased at %u of %u devices.\n"), p.erased, p.count);
    return EXIT_OK;
}

int cmd_forget(struct cli *cli, int argc, char **argv)
{
    const char *basis = NULL;
    bool say_report = false;
    const struct option_spec specs[] = {
        { .name = "report", .flag = &say_report, .help = T("perangkat mana yang sudah menghapus", "which devices have erased") },
        { .name = "basis",
          .argument = T("DASAR", "BASIS"),
          .value = &basis,
          .help = T("wajib: dasar hukumnya, satu baris, tanpa data pribadi", "required: the legal basis, one line, no personal data") },
    };
    struct row_key key = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, specs, sizeof specs / sizeof *specs, &argc, argv, 0, 1 + KEY_COLUMNS_MAX, &code))
        return code;
    if (say_report ? argc > 0 || basis : argc < 2)
        return failure_usage("forget", "%s", T("sebutkan TABLE dan KEY; atau hanya --report", "give TABLE and KEY; or --report alone"));
    if (!say_report && (!basis || !*basis))
        return failure_usage("forget", "%s", T("sebutkan dasarnya: --basis", "give the basis: --basis"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (say_report) {
        code = report(cli, jemput);
        jemput_close(jemput);
        return code;
    }
    code = row_key_read(&key, jemput, "forget", argv[0], argv + 1, (unsigned)argc - 1);
    if (code < 0)
        code = forget(cli, jemput, argv[0], &key, basis);
    row_key_release(&key);
    jemput_close(jemput);
    return code;
}
