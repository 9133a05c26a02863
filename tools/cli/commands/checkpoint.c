/* commands/checkpoint.c — `jemput checkpoint`: sign the whole state, say that it is backed up, cut off what is older. */
#include "cmd.h"

#include <inttypes.h>

#include "failure.h"
#include "json.h"
#include "space.h"
#include "text.h"

#define DAYS_DEFAULT 30
#define DAYS_MAX 36500
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static int make(const struct cli *cli, struct jemput *jemput, int64_t min_age_ms)
{
    struct json json = { .out = stdout };
    struct jemput_checkpoint_report r;
    struct jemput_error err;

    if (jemput_checkpoint_make(jemput, min_age_ms, &r, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_text(&json, "segment", r.segment);
        json_text(&json, "state_hash", r.state_hash);
        json_count(&json, "at", r.at_number);
        json_count(&json, "number", r.number);
        json_count(&json, "chunks", r.chunks);
        json_count(&json, "bytes", r.bytes);
        json_end_object(&json);
        return EXIT_OK;
    }
    printf(T("Titik pangkal dibuat di segmen %" PRIu64 ": %u bagian, %" PRIu64 " bita sebelum dikompresi. Berangkat pada sync berikutnya.\n",
             "Checkpoint made at segment %" PRIu64 ": %u parts, %" PRIu64 " bytes before they were compressed. It leaves at the next sync.\n"),
           r.at_number, (unsigned)r.chunks, r.bytes);
    printf(T("Sidik isi: %s\n", "State hash: %s\n"), r.state_hash);
    puts(T("Belum ada yang dipotong. Salin pusat.db ke tempat aman, lalu: jemput checkpoint --backed-up",
           "Nothing has been cut off. Copy pusat.db to a safe place, then: jemput checkpoint --backed-up"));
    return EXIT_OK;
}

static int backed_up(const struct cli *cli, struct jemput *jemput)
{
    struct json json = { .out = stdout };
    struct jemput_error err;

    if (jemput_checkpoint_backed_up(jemput, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_bool(&json, "backed_up", true);
        json_end_object(&json);
    } else {
        puts(T("Dicatat dan ditandatangani: titik pangkal terbaru punya salinan di tempat aman. Sesudah sync, perangkat boleh memotong data lama.",
               "Noted and signed: the newest checkpoint has a copy in a safe place. After a sync, devices may cut off older data."));
    }
    return EXIT_OK;
}

static int cut(const struct cli *cli, struct jemput *jemput)
{
    struct json json = { .out = stdout };
    struct jemput_cut_report r;
    struct jemput_error err;

    if (jemput_checkpoint_cut(jemput, &r, &err))
        return failure_status(&err);
    if (cli->json) {
        json_object(&json, NULL);
        json_count(&json, "segments", r.segments);
        json_count(&json, "bytes", r.bytes);
        json_bool(&json, "erased", r.erased != 0);
        json_end_object(&json);
        return EXIT_OK;
    }
    printf(T("Dipotong: data %" PRIu64 " segmen, %" PRIu64 " bita. Isi tetap; riwayat mulai dari titik pangkal.\n",
             "Cut off: the data of %" PRIu64 " segments, %" PRIu64 " bytes. The contents stay; histories begin at the checkpoint.\n"),
           r.segments, r.bytes);
    if (r.erased)
        puts(T("Berkas ditulis ulang: tidak ada sisa baris yang dilupakan di dalamnya.", "The file was rewritten: nothing of forgotten rows is left in it."));
    return EXIT_OK;
}

static int cmd_checkpoint(struct cli *cli, int argc, char **argv)
{
    bool say_backed_up = false, say_cut = false;
    const char *days_text = NULL;
    const struct option_spec specs[] = {
        { .name = "days",
          .argument = T("HARI", "DAYS"),
          .value = &days_text,
          .help = T("yang lebih muda tidak ikut, supaya masih bisa dicabut; 30", "leave out newer data, so that it can still be revoked (30)") },
        { .name = "backed-up", .flag = &say_backed_up, .help = T("nyatakan: salinannya sudah di tempat aman", "sign that a copy is in a safe place") },
        { .name = "cut", .flag = &say_cut, .help = T("potong data lama di berkas ini", "cut off older data in this store") },
    };
    struct jemput *jemput;
    long days = DAYS_DEFAULT;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 0, 0, &code))
        return code;
    if (days_text && !options_number(days_text, 0, DAYS_MAX, &days))
        return failure_usage("checkpoint", "%s", T("--days: bilangan hari, 0 sampai 36500", "--days: a number of days, 0 to 36500"));
    if (say_backed_up + say_cut + (days_text != NULL) > 1)
        return failure_usage("checkpoint", "%s", T("satu pilihan saja: --days, --backed-up, atau --cut", "only one of --days, --backed-up, --cut"));
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = say_backed_up ? backed_up(cli, jemput) : say_cut ? cut(cli, jemput) : make(cli, jemput, days * DAY_MS);
    jemput_close(jemput);
    return code;
}

const struct command command_checkpoint = {
    .name = "checkpoint",
    .operands = "[--days DAYS | --backed-up | --cut]",
    .summary_id = "Tandatangani seluruh isi; potong data lama.",
    .summary_en = "Sign the whole state; cut off older data.",
    .example = "jemput -s pusat.db checkpoint",
    .run = cmd_checkpoint,
    .json = true,
    .more_id = "Tanpa pilihan, di pusat: isi dihitung ulang dari segmen bertanda tangan, sampai 30 hari yang lalu, dan ditandatangani. Perangkat baru\n"
               "mulai dari situ. Tidak ada yang dipotong sebelum pusat menyatakan salinannya aman (--backed-up). Sesudah itu --cut, di perangkat mana\n"
               "pun, membuang data lama: isi tetap, riwayat mulai dari titik itu, dan perangkat itu memeriksa dulu bahwa isinya sama.",
    .more_en = "Without an option, at central: the state is computed again from the signed segments, up to 30 days ago, and signed. New devices begin\n"
               "there. Nothing is cut off before central says that a copy is safe (--backed-up). After that --cut, on any device, drops older data:\n"
               "the contents stay, histories begin at that point, and the device first checks that it has the same state.",
};
