/* import_layout.c — which layout and which separator a file has, by its first row. */
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "import.h"
#include "text.h"

static int header_read(void *ctx, const struct csv_row *row)
{
    layout_match(ctx, row);
    return 1; /* the first row only */
}

/* With the separator under which most of its columns are found: spreadsheets in Indonesia write semicolons. */
static char layout_separator(struct layout *l, const char *data, size_t len)
{
    static const char separators[] = { ',', ';', '\t' };
    char best = ',';
    unsigned matched = 0;

    for (unsigned i = 0; i < sizeof separators; i++) {
        csv_read(data, len, separators[i], header_read, l);
        if (l->matched > matched) {
            matched = l->matched;
            best = separators[i];
        }
    }
    csv_read(data, len, best, header_read, l);
    return best;
}

static bool layout_fits(const struct layout *l)
{
    struct buffer missing = { 0 };
    bool fits;

    layout_missing(l, &missing);
    fits = missing.len == 0;
    buffer_release(&missing);
    return fits;
}

static int layout_refused(const struct layout *l, const char *file)
{
    struct buffer missing = { 0 };
    int code;

    if (layout_fits(l))
        return failure_problem(T("%s: kolom '%s' ada dua kali di baris pertama, jadi tidak jelas mana yang benar. Tidak ada yang diimpor. "
                                 "Hapus atau ganti nama salah satunya.",
                                 "%s: the first row names the column '%s' twice, so it is not clear which one counts. Nothing was imported. "
                                 "Remove or rename one of them."),
                               file, l->doubled);
    layout_missing(l, &missing);
    code = failure_problem(T("%s: baris pertama bukan kepala kolom tata letak '%s' (kolom yang tidak ada: %s). Tidak ada yang diimpor. "
                             "Simpan sebagai CSV UTF-8 dengan nama kolom di baris pertama, atau sebutkan --layout.",
                             "%s: the first row does not name the columns of the layout '%s' (missing: %s). Nothing was imported. "
                             "Save it as UTF-8 CSV with the column names in the first row, or give --layout."),
                           file, l->name, buffer_string(&missing));
    buffer_release(&missing);
    return code;
}

/* Bytes of 16-bit text or of a spreadsheet's own file; a lone NUL further down is a matter of its row. */
static bool text_foreign(const char *data, size_t len)
{
    size_t first = 0;

    while (first < len && data[first] != '\n')
        first++;
    return memchr(data, '\0', first) || (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) ||
           (len >= 4 && (memcmp(data, "PK\x03\x04", 4) == 0 || memcmp(data, "\xd0\xcf\x11\xe0", 4) == 0));
}

bool import_layout_choose(struct import *im, const char *data, size_t len, const char *name, char *separator)
{
    static const char *const names[] = { "permohonan", "opensid" };

    if (text_foreign(data, len)) {
        im->code = failure_problem(
            T("%s: ini bukan CSV UTF-8, melainkan UTF-16 atau berkas lembar sebar. Tidak ada yang diimpor. Simpan ulang sebagai CSV UTF-8.",
              "%s: this is not UTF-8 CSV but UTF-16 or a spreadsheet file. Nothing was imported. Save it again as UTF-8 CSV."),
            im->report.file);
        return false;
    }
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct layout *l;
        char found;

        if (strcmp(name, "auto") != 0 && strcmp(name, names[i]) != 0)
            continue;
        l = layout_new(names[i]);
        found = layout_separator(l, data, len);
        if (!im->layout || l->matched > im->layout->matched || (l->matched == im->layout->matched && layout_fits(l) && !layout_fits(im->layout))) {
            free(im->layout);
            im->layout = l;
            *separator = found;
        } else {
            free(l);
        }
    }
    if (!layout_fits(im->layout) || im->layout->doubled) {
        im->code = layout_refused(im->layout, im->report.file);
        return false;
    }
    im->report.layout = im->layout->name;
    return true;
}
