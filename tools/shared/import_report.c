/* import_report.c — what an import found, for people and for programs. Cells are named by line and column; what stands in them is not repeated, but
 * for words that should have been a code: those are to be listed. */
#include <stdlib.h>
#include <string.h>

#include "import.h"
#include "json.h"
#include "terminal.h"
#include "text.h"

enum { NOTES_SHOWN_MAX = 100 }; /* refused rows are shown all */

void import_note(struct import_findings *list, enum import_what what, unsigned long line, const char *column)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity ? 2 * list->capacity : 64;
        list->of = memory_resize(list->of, list->capacity, sizeof *list->of);
    }
    list->of[list->count++] = (struct import_finding){ .what = what, .line = line, .column = column };
}

void import_notes_cut(struct import_findings *list, size_t count)
{
    while (list->count > count)
        free(list->of[--list->count].value);
}

static void findings_release(struct import_findings *list)
{
    import_notes_cut(list, 0);
    free(list->of);
    *list = (struct import_findings){ 0 };
}

void import_report_release(struct import_report *r)
{
    findings_release(&r->problems);
    findings_release(&r->notes);
    findings_release(&r->unknown);
    buffer_release(&r->ignored);
}

struct words { /* Indonesian, English */
    const char *id, *en;
};

static const struct what {
    const char *name;
    struct words reason, advice; /* advice "" = nothing is to be done */
} whats[] = {
    [IMPORT_REQUIRED] = { "REQUIRED",
        { "kosong, padahal wajib", "empty, but required" },
        { "Isi sel itu, lalu impor lagi berkas yang sama.", "Fill the cell, then import the same file again." } },
    [IMPORT_CELL_COUNT] = { "CELL_COUNT",
        { "jumlah kolom tidak sama dengan baris kepala", "it does not have as many columns as the first row" },
        { "Periksa koma atau tanda kutip yang lebih atau kurang; sel berisi koma harus diapit tanda kutip (\").",
            "Look for commas or quotation marks too many or too few; a cell with a comma must be in quotation marks (\")." } },
    [IMPORT_NOT_UTF8] = { "NOT_UTF8",
        { "bukan teks UTF-8", "not UTF-8 text" },
        { "Simpan ulang berkas sebagai CSV UTF-8, lalu impor lagi.", "Save the file again as UTF-8 CSV, then import it again." } },
    [IMPORT_TOO_LONG] = { "TOO_LONG",
        { "terlalu panjang", "too long" },
        { "Pendekkan isi sel; keterangan panjang dapat ditulis di catatan.", "Shorten the cell; long words can go into a note." } },
    [IMPORT_QUOTE_OPEN] = { "QUOTE_OPEN",
        { "tanda kutip (\") tidak ditutup sampai akhir berkas", "a quotation mark (\") is not closed until the end of the file" },
        { "Tutup tanda kutip itu; baris-baris sesudahnya belum terbaca.", "Close it; the rows after it were not read." } },
    [IMPORT_NOT_STORED] = { "NOT_STORED",
        { "ditolak oleh penyimpanan", "refused by the store" },
        { "Perbaiki baris itu atau tanyakan kepada administrator, lalu impor lagi.",
            "Correct the row or ask your administrator, then import again." } },
    [IMPORT_HEAD_AGAIN] = { "HEAD_AGAIN",
        { "kepala kolom terulang; dilewati", "the column names once more; skipped" },
        { "", "" } },
    [IMPORT_INVISIBLE] = { "INVISIBLE",
        { "karakter tak terlihat dibuang", "invisible characters were taken out" },
        { "", "" } },
    [IMPORT_NUMBER_WRITTEN] = { "NUMBER_WRITTEN",
        { "bukan nomor 16 angka; disimpan seperti tertulis", "not a number of 16 digits; kept as written" },
        { "Periksa dokumen aslinya.", "Check the original document." } },
    [IMPORT_DATE_WRITTEN] = { "DATE_WRITTEN",
        { "bukan tanggal di kalender; disimpan seperti tertulis", "not a day in the calendar; kept as written" },
        { "Periksa dokumen aslinya.", "Check the original document." } },
    [IMPORT_DIFFERS] = { "DIFFERS",
        { "berbeda dari baris sebelumnya untuk keluarga atau orang yang sama; yang pertama disimpan",
            "differs from an earlier row about the same household or person; the first is kept" },
        { "Bandingkan kedua baris, dan perbaiki datanya bila perlu.", "Compare both rows, and correct the data if need be." } },
    [IMPORT_CODE_UNKNOWN] = { "CODE_UNKNOWN",
        { "tidak ada di daftar kode; disimpan seperti tertulis", "not in the code list; kept as written" },
        { "Pilih kodenya di aplikasi, atau minta administrator menambah daftar.",
            "Choose its code in the app, or have the administrator extend the list." } },
};

static void finding_text(const struct import_finding *f)
{
    const struct what *what = &whats[f->what];

    printf(T("  baris %lu", "  line %lu"), f->line);
    if (f->column[0])
        printf(T(", kolom %s", ", column %s"), f->column);
    printf(": %s", T(what->reason.id, what->reason.en));
    if (f->what == IMPORT_DIFFERS)
        printf(T(" (baris %lu)", " (line %lu)"), f->other_line);
    if (f->value) {
        fputs(" (", stdout);
        terminal_text(stdout, f->value, strlen(f->value));
        fputc(')', stdout);
    }
    printf(".%s%s\n", what->advice.id[0] ? " " : "", T(what->advice.id, what->advice.en));
}

static void unknown_text(const struct import_finding *f)
{
    printf("  %s: \"", f->column);
    terminal_text(stdout, f->value, strlen(f->value));
    printf(T("\", %lu kali, mulai baris %lu\n", "\", %lu times, from line %lu on\n"), f->other_line, f->line);
}

/* At most `max` of them. */
static void findings_text(const char *title, const struct import_findings *list, size_t max, void (*print)(const struct import_finding *),
                          enum terminal_style style)
{
    if (list->count == 0)
        return;
    terminal_style(stdout, style);
    puts(title);
    terminal_style(stdout, TERMINAL_PLAIN);
    for (size_t i = 0; i < list->count && i < max; i++)
        print(&list->of[i]);
    if (list->count > max)
        printf(T("  … dan %zu lagi; --json menyebut semuanya\n", "  … and %zu more; --json names them all\n"), list->count - max);
}

void import_report_text(const struct import_report *r)
{
    findings_text(T("Baris yang ditolak:", "Refused rows:"), &r->problems, SIZE_MAX, finding_text, TERMINAL_RED);
    findings_text(T("Perlu dilihat lagi:", "To look at again:"), &r->notes, NOTES_SHOWN_MAX, finding_text, TERMINAL_YELLOW);
    findings_text(T("Isian di luar daftar kode, disimpan seperti tertulis:", "Words outside the code lists, kept as written:"), &r->unknown,
                  NOTES_SHOWN_MAX, unknown_text, TERMINAL_YELLOW);
    if (r->ignored.len > 0) {
        fputs(T("Kolom yang tidak diambil: ", "Columns that were not taken: "), stdout);
        for (const char *name = r->ignored.data; name < r->ignored.data + r->ignored.len; name += strlen(name) + 1) {
            fputs(name == r->ignored.data ? "" : ", ", stdout);
            terminal_text(stdout, name, strlen(name));
        }
        fputc('\n', stdout);
    }
    printf(T("Tata letak %s: %lu baris, %lu diterima, %lu ditolak", "Layout %s: %lu rows, %lu taken, %lu refused"), r->layout, r->rows, r->accepted,
           r->refused);
    if (r->not_selected)
        printf(T(", %lu milik petugas lain", ", %lu of other officers"), r->not_selected);
    puts(".");
    for (unsigned t = 0; t < LAYOUT_TARGETS; t++)
        if (r->inserted[t] || r->existing[t])
            printf(T("  %-12s %lu baru, %lu sudah ada (tidak diubah)\n", "  %-12s %lu new, %lu there already (unchanged)\n"), layout_tables[t],
                   r->inserted[t], r->existing[t]);
    if (r->dry_run)
        puts(T("Hanya uji coba: tidak ada yang ditulis.", "Dry run: nothing was written."));
}

static void words_json(struct json *j, const char *key_id, const char *key_en, struct words words)
{
    json_text(j, key_id, words.id);
    json_text(j, key_en, words.en);
}

static void findings_json(struct json *j, const char *key, const struct import_findings *list)
{
    json_array(j, key);
    for (size_t i = 0; i < list->count; i++) {
        const struct import_finding *f = &list->of[i];

        json_object(j, NULL);
        json_text(j, "code", whats[f->what].name);
        json_count(j, "line", f->line);
        json_text(j, "column", f->column);
        words_json(j, "reason_id", "reason_en", whats[f->what].reason);
        words_json(j, "advice_id", "advice_en", whats[f->what].advice);
        if (f->what == IMPORT_DIFFERS)
            json_count(j, "other_line", f->other_line);
        if (f->what == IMPORT_CODE_UNKNOWN)
            json_count(j, "times", f->other_line);
        if (f->value)
            json_text(j, f->what == IMPORT_CODE_UNKNOWN ? "value" : "detail", f->value);
        json_end_object(j);
    }
    json_end_array(j);
}

static void counts_json(struct json *j, const char *key, const unsigned long counts[LAYOUT_TARGETS])
{
    json_object(j, key);
    for (unsigned t = 0; t < LAYOUT_TARGETS; t++)
        json_count(j, layout_tables[t], counts[t]);
    json_end_object(j);
}

void import_report_json(FILE *out, const struct import_report *r)
{
    struct json j = { .out = out };

    json_object(&j, NULL);
    json_text(&j, "file", r->file);
    json_text(&j, "layout", r->layout);
    json_bool(&j, "dry_run", r->dry_run);
    json_count(&j, "rows", r->rows);
    json_count(&j, "accepted", r->accepted);
    json_count(&j, "refused", r->refused);
    json_count(&j, "not_selected", r->not_selected);
    counts_json(&j, "inserted", r->inserted);
    counts_json(&j, "existing", r->existing);
    findings_json(&j, "problems", &r->problems);
    findings_json(&j, "notes", &r->notes);
    findings_json(&j, "unknown_codes", &r->unknown);
    json_array(&j, "ignored_columns");
    for (const char *name = r->ignored.data; r->ignored.len && name < r->ignored.data + r->ignored.len; name += strlen(name) + 1)
        json_text(&j, NULL, name);
    json_end_array(&j);
    json_end_object(&j);
}
