/* commands/attach.c — `jemput attach`: a file beside a row. */
#include "cmd.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"
#include "json.h"
#include "rowkey.h"
#include "space.h"
#include "text.h"

static long file_part(void *ctx, void *out, size_t size)
{
    size_t len = fread(out, 1, size, ctx);

    return len == 0 && ferror((FILE *)ctx) ? -1 : (long)len;
}

/* By how it begins; the app may know better. */
static const char *mime_guess(FILE *file)
{
    static const struct {
        const char *begins;
        size_t len;
        const char *mime;
    } kinds[] = {
        { "\xff\xd8\xff", 3, "image/jpeg" }, { "\x89PNG\r\n\x1a\n", 8, "image/png" }, { "%PDF-", 5, "application/pdf" },
    };
    char head[8] = { 0 };
    size_t len = fread(head, 1, sizeof head, file);

    rewind(file);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (len >= kinds[i].len && memcmp(head, kinds[i].begins, kinds[i].len) == 0)
            return kinds[i].mime;
    return "application/octet-stream";
}

static void added_tell(const struct cli *cli, const uint8_t *id, const struct jemput_attaching *a, const struct jemput_attached *told)
{
    static const char *const locations[] = { [JEMPUT_LOCATION_LEFT_OUT] = "left out", [JEMPUT_LOCATION_NOT_LOOKED_AT] = "not looked at",
                                             [JEMPUT_LOCATION_KEPT] = "kept" };
    struct json json = { .out = stdout };
    char hex[2 * JEMPUT_ATTACHMENT_ID_BYTES + 1];

    for (unsigned i = 0; i < JEMPUT_ATTACHMENT_ID_BYTES; i++)
        snprintf(hex + 2 * i, 3, "%02x", id[i]);
    if (cli->json) {
        json_object(&json, NULL);
        json_text(&json, "id", hex);
        json_text(&json, "mime", a->mime);
        json_count(&json, "removed", told->removed);
        json_text(&json, "location", locations[told->location]);
        json_end_object(&json);
        return;
    }
    printf(T("Terlampir: %s. Berangkat pada sync berikutnya, sesudah data.\n", "Attached: %s. It is sent at the next sync, after the data.\n"), hex);
    if (told->removed)
        printf(T("Lokasi dan data kamera dibuang dari foto (%u bagian); gambarnya tidak berubah.\n",
                 "Location and camera data were left out of the photo (%u parts); the picture is as it was.\n"),
               told->removed);
    else if (told->location == JEMPUT_LOCATION_NOT_LOOKED_AT)
        puts(T("Berkas ini bukan JPEG: bila memuat lokasi (HEIC, PNG, video, PDF), lokasi itu ikut.",
               "This file is not a JPEG: if it records where it was made (HEIC, PNG, video, PDF), that is sent with it."));
}

static int attach(const struct cli *cli, struct jemput *jemput, struct jemput_attaching *a, const char *path)
{
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    struct jemput_attached told;
    struct jemput_error err;
    enum jemput_status st;
    FILE *file = fopen(path, "rb");

    if (!file)
        return failure_usage("attach", T("%s: tidak terbuka: %s", "%s: cannot be opened: %s"), path, strerror(errno));
    if (!a->mime)
        a->mime = mime_guess(file);
    a->read = file_part;
    a->ctx = file;
    st = jemput_attach(jemput, a, id, &told, &err);
    fclose(file);
    if (st)
        return failure_status(&err);
    added_tell(cli, id, a, &told);
    return EXIT_OK;
}

static int cmd_attach(struct cli *cli, int argc, char **argv)
{
    struct jemput_attaching a = { 0 };
    bool keep = false, urgent = false;
    const struct option_spec specs[] = {
        { .name = "kind", .argument = "KIND", .value = &a.kind, .help = T("misalnya kk-lama, akta-lahir", "such as kk-lama") },
        { .name = "mime",
          .argument = "TYPE",
          .value = &a.mime,
          .help = T("bawaan: ditebak dari isinya", "default: guessed from its contents") },
        { .name = "keep-location",
          .flag = &keep,
          .help = T("foto apa adanya, dengan lokasi dan data kameranya", "a photo as it is, with location and camera data") },
        { .name = "urgent", .flag = &urgent, .help = T("dikirim sebelum lampiran lain", "sent before other attachments") },
    };
    struct row_key key = { 0 };
    struct jemput *jemput;
    int code;

    if (!options_read(cli, OPTIONS(specs), &argc, argv, 3, 2 + KEY_COLUMNS_MAX, &code))
        return code;
    jemput = space_open(cli, &code);
    if (!jemput)
        return code;
    code = row_key_read(&key, jemput, "attach", argv[0], argv + 1, (unsigned)argc - 2);
    if (code < 0) {
        a.table = argv[0];
        a.key = key.values;
        a.key_count = key.count;
        a.keep_location = keep;
        a.urgent = urgent;
        code = attach(cli, jemput, &a, argv[argc - 1]);
    }
    row_key_release(&key);
    jemput_close(jemput);
    return code;
}

const struct command command_attach = {
    .name = "attach",
    .operands = "TABLE KEY… FILE [--kind KIND] [--mime TYPE] [--keep-location] [--urgent]",
    .summary_id = "Lampirkan foto atau berkas pada satu baris.",
    .summary_en = "Attach a photo or another file to a row.",
    .example = "jemput -s tablet.db attach permohonan 5f0c… kk.jpg --kind kk-lama",
    .run = cmd_attach,
    .json = true,
    .more_id = "Skema harus punya tabel lampiran: jemput_replicate('…', 'attachments=BITA'); BITA ialah batas per perangkat per hari.\n"
               "Isi disegel di sini, berangkat sesudah semua data, dan yang terputus dilanjutkan. Lokasi (EXIF), XMP, dan catatan\n"
               "pembuat kamera dibuang dari JPEG tanpa mengubah gambarnya; berkas lain (HEIC, PNG, video, PDF) tetap apa adanya.\n"
               "Keadaannya: jemput attachments.",
    .more_en = "The schema must have a table of attachments: jemput_replicate('…', 'attachments=BYTES'); BYTES is what a device may add in a day.\n"
               "Its contents are sealed here, sent after all data, and resumed where sending was cut off. Location (EXIF), XMP and the camera's\n"
               "notes are left out of a JPEG, without changing the picture; other files (HEIC, PNG, video, PDF) stay as they are.\n"
               "How far it has come: jemput attachments.",
};
