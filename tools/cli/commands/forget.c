/* commands/forget.c — `jemput forget`: have a row erased everywhere. */
#include "cmd.h"

#include "failure.h"
#include "json.h"
#include "rowkey.h"
#include "space.h"
#include "text.h"

static int forget(const struct cli *cli, struct jemput *jemput, const char *table, const struct row_key *key, const char *basis)
{
    struct json json = { .out = stdout };
    struct jemput_error err;

    if (jemput_forget(jemput, table, key->values, key->count, basis, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_bool(&json, "forgotten", true);
        json_end_object(&json);
    } else {
        puts(T("Dilupakan: baris itu tidak dihitung lagi, di sini mulai sekarang, di perangkat lain sesudah sync. Suntingan sesudahnya tidak dihitung.\n"
               "Supaya data lamanya musnah, di pusat: sync, jemput checkpoint --days 0, cadangkan, --backed-up, sync. Tiap perangkat lalu menghapusnya, dengan\n"
               "kunci lamanya, pada sync berikutnya. Yang sudah: jemput forget --report. Berkas lama di hub: jemput forget --prune-hub.",
               "Forgotten: the row does not count any more, here from now on, elsewhere after a sync. Later edits of it do not count.\n"
               "To have its old data destroyed, at central: sync, jemput checkpoint --days 0, make a backup, --backed-up, sync. Each device then erases it, and\n"
               "the old keys, in its next sync. Who has: jemput forget --report. Old files at a hub: jemput forget --prune-hub."));
    }
    return EXIT_OK;
}

/* --- --report --- */

struct places {
    struct json json;
    bool for_program;
    unsigned erased, count, gone;
};

/* Out of reach: what it holds stays there as long as nobody wipes it. */
static void gone_text(const struct jemput_forget_place *place)
{
    if (place->erased)
        fputs(T("dicabut; sudah menghapus sebelum itu", "revoked; had erased before that"), stdout);
    else
        fputs(T("dicabut; mungkin masih menyimpan salinan", "revoked; may still hold a copy"), stdout);
    if (place->sealed_since)
        printf(T("; tidak dapat membaca yang ditulis sejak masa kunci %u", "; cannot read what is written since key epoch %u"), (unsigned)place->sealed_since);
    else
        fputs(T("; masih punya kunci terbaru sampai pusat sync", "; has the newest key until central syncs"), stdout);
}

static const char *place_word(const struct jemput_forget_place *place)
{
    if (!place->reads)
        return T("tidak pernah membaca", "has never read");
    return place->erased ? T("terhapus", "erased") : T("belum", "not yet");
}

static int place_tell(void *ctx, const struct jemput_forget_place *place)
{
    struct places *p = ctx;

    bool gone = place->revoked && place->reads;

    p->count += !place->revoked && place->reads;
    p->erased += !place->revoked && place->reads && place->erased;
    p->gone += gone && !place->erased;
    if (p->for_program) {
        json_object(&p->json, NULL);
        json_count(&p->json, "device_number", place->device_number);
        json_text(&p->json, "writer", place->writer);
        json_text(&p->json, "roles", place->roles);
        json_bool(&p->json, "reads", place->reads != 0);
        json_bool(&p->json, "erased", place->erased != 0);
        json_bool(&p->json, "revoked", place->revoked != 0);
        json_count(&p->json, "sealed_since", place->sealed_since);
        json_end_object(&p->json);
        return 0;
    }
    printf("%02u  %.8s  %-24s  ", (unsigned)place->device_number, place->writer, place->roles); /* a copy has the same number */
    if (gone)
        gone_text(place);
    else
        fputs(place_word(place), stdout);
    putchar('\n');
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
        printf(T("Terhapus di %u dari %u perangkat yang membaca.\n", "Erased at %u of %u devices that read.\n"), p.erased, p.count);
    if (!cli->json && p.gone)
        printf(T("Di luar jangkauan: %u perangkat yang dicabut. Tarik kembali dan kosongkan, kalau dapat.\n",
                 "Out of reach: %u devices that are revoked. Take them back and wipe them, if you can.\n"), p.gone);
    return EXIT_OK;
}

/* --- --prune-hub --- */

static int prune(const struct cli *cli, struct jemput *jemput, const char *hub)
{
    struct json json = { .out = stdout };
    struct jemput_prune_report report;
    struct jemput_error err;

    if (jemput_prune_hub(jemput, hub, &report, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_count(&json, "refs", report.refs);
        json_count(&json, "packs", report.packs);
        json_count(&json, "young", report.young);
        json_end_object(&json);
        return EXIT_OK;
    }
    printf(T("%u catatan lama dan %u berkas diambil dari hub.\n", "%u old logs and %u files were taken off the hub.\n"), report.refs, report.packs);
    if (report.young)
        printf(T("%u berkas masih baru, mungkin sedang ditulis perangkat lain: ulangi sepuluh menit lagi.\n",
                 "%u files are new, and may be another device's just now: try again in ten minutes.\n"),
               report.young);
    return EXIT_OK;
}

static int cmd_forget(struct cli *cli, int argc, char **argv)
{
    const char *basis = NULL;
    const char *hub = NULL;
    bool say_report = false, prune_hub = false;
    const struct option_spec specs[] = {
        { .name = "report", .flag = &say_report, .help = T("perangkat mana yang sudah menghapus", "which devices have erased") },
        { .name = "prune-hub",
          .flag = &prune_hub,
          .help = T("ambil catatan lama dari folder hub", "take old logs off a hub in a folder") },
        { .name = "hub",
          .argument = T("HUB", "HUB"),
          .value = &hub,
          .help = T("dengan --prune-hub: hub yang mana; bawaan: hub sync terakhir", "with --prune-hub: which one; default: the one of the last sync") },
        { .name = "basis",
          .argument = T("DASAR", "BASIS"),
          .value = &basis,
          .help = T("wajib: dasar hukumnya, satu baris, tanpa data pribadi", "required: the legal basis, one line, no personal data") },
    };
    struct row_key key = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 1 + KEY_COLUMNS_MAX, &code))
        return code;
    if (say_report || prune_hub ? argc > 0 || basis || (say_report && prune_hub) : argc < 2 || hub)
        return failure_usage("forget", "%s", T("sebutkan TABLE dan KEY; atau hanya --report; atau hanya --prune-hub",
                                               "give TABLE and KEY; or --report alone; or --prune-hub alone"));
    if (!say_report && !prune_hub && (!basis || !*basis))
        return failure_usage("forget", "%s", T("sebutkan dasarnya: --basis", "give the basis: --basis"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    if (say_report || prune_hub) {
        code = say_report ? report(cli, jemput) : prune(cli, jemput, hub);
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

const struct command command_forget = {
    .name = "forget",
    .operands = "TABLE KEY… --basis BASIS | --report | --prune-hub [--hub HUB]",
    .summary_id = "Hapus satu baris di mana-mana, untuk selamanya.",
    .summary_en = "Erase a row everywhere, for ever.",
    .example = "jemput -s kantor.db forget orang 5f0c… --basis \"UU 27/2022 pasal 8, surat 12\"",
    .run = cmd_forget,
    .json = true,
    .more_id = "Di perangkat administrator atau pusat. Tidak dapat dibatalkan. Baris yang menunjuk ke baris itu menjadi tertahan (held).\n"
               "Kunci baris tidak tertulis di catatan, hanya sidiknya. Sesudah titik pangkal baru (checkpoint) dicadangkan, tiap perangkat pada sync\n"
               "berikutnya menghapus data lama dan memusnahkan kunci lamanya, sehingga salinan di hub atau flashdisk tidak terbaca siapa pun lagi.\n"
               "Perangkat yang belum sync, atau yang dicabut, masih memegangnya: --report menyebutnya satu per satu.",
    .more_en = "On an administrator's or central's device. It cannot be undone. Rows that name it are held.\n"
               "The log does not say the row's key, only a mark of it. Once a new checkpoint is backed up, each device erases the old data in its next\n"
               "sync, and destroys the old keys, so that nobody can read copies at a hub or on a stick any more. Devices that have not synced, and\n"
               "those that are revoked, still hold it: --report names them.",
};
