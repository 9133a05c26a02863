/* commands/import.c — `jemput import`. */
#include "cmd.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "file.h"
#include "import.h"
#include "space.h"
#include "text.h"
#include "utf8.h"

enum { NOTE_BYTES_MAX = 200 };

static void petugas_add(void *ctx, const char *value)
{
    struct import *im = ctx;

    if (im->petugas_count < IMPORT_PETUGAS_MAX)
        im->petugas[im->petugas_count++] = value;
}

/* "impor desember-2022.csv": what the history of each row will show. A name that is no UTF-8, or long, is cut off there. */
static void note_write(struct buffer *note, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t len = 0, used;
    uint32_t c;

    while ((used = utf8_read(&c, name + len, strlen(name + len))) > 0 && len + used <= NOTE_BYTES_MAX)
        len += used;
    buffer_text(note, "impor ");
    buffer_add(note, name, len);
}

static int import(struct cli *cli, struct import *im, const char *layout)
{
    struct buffer data = { 0 };
    int code;

    if (!file_read(&data, im->report.file, IMPORT_FILE_BYTES_MAX, &code))
        goto done;
    im->jemput = space_open(cli, &code);
    if (!im->jemput)
        goto done;
    note_write(&im->note, im->report.file);
    code = import_run(im, buffer_string(&data), data.len, layout);
    if (im->report.layout && code != EXIT_USAGE && cli->json)
        import_report_json(stdout, &im->report);
    else if (im->report.layout && code != EXIT_USAGE)
        import_report_text(&im->report);
    import_release(im); /* its statements end before the connection does */
    jemput_close(im->jemput);
done:
    buffer_release(&data);
    return code;
}

static int cmd_import(struct cli *cli, int argc, char **argv)
{
    struct import *im = memory_resize(NULL, 1, sizeof *im);
    const char *layout = "auto";
    const struct option_spec specs[] = {
        { .name = "layout",
          .argument = "NAME",
          .value = &layout,
          .help = T("permohonan, opensid, atau auto (bawaan): menurut kepala kolom", "permohonan, opensid, or auto (default): by the column names") },
        { .name = "dry-run", .flag = &im->report.dry_run, .help = T("periksa saja, tidak menulis apa pun", "only check, write nothing") },
        { .name = "only-petugas",
          .argument = "N",
          .each = petugas_add,
          .ctx = im,
          .help = T("hanya baris petugas ini; boleh berulang", "only rows of this officer; may be repeated") },
    };
    int code;

    *im = (struct import){ 0 };
    if (options_read(cli, OPTIONS(specs), &argc, argv, 1, 1, &code)) {
        im->report.file = argv[0];
        if (strcmp(layout, "auto") != 0 && strcmp(layout, "permohonan") != 0 && strcmp(layout, "opensid") != 0)
            code = failure_usage(
                "import", T("tata letak '%s' tidak ada: permohonan, opensid, atau auto", "there is no layout '%s': permohonan, opensid or auto"),
                layout);
        else
            code = import(cli, im, layout);
    }
    free(im);
    return code;
}

const struct command command_import = {
    .name = "import",
    .operands = "FILE [--layout permohonan|opensid|auto] [--dry-run] [--only-petugas N]",
    .summary_id = "Masukkan permohonan atau data penduduk dari CSV.",
    .summary_en = "Import applications or residents from a CSV file.",
    .example = "jemput -s tablet.db import desember-2022.csv --dry-run",
    .run = cmd_import,
    .json = true,
    .more_id = "NIK dan nomor KK tetap teks. Baris yang salah dilaporkan (baris, kolom, sebab, apa yang harus dilakukan), yang benar masuk.\n"
               "Mengimpor berkas yang sama dua kali tidak mengubah apa pun, juga bila barisnya sudah disunting petugas. Pemisah: koma, titik "
               "koma, atau tab.",
    .more_en = "NIK and KK numbers stay text. Bad rows are reported (line, column, reason, what to do), good ones go in.\n"
               "Importing a file again changes nothing, even where an officer has edited its rows since. Separator: comma, semicolon or tab.",
};
