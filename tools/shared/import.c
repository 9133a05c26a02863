/* import.c — the run of an import: rows of the file, one after the other. */
#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "terminal.h"
#include "text.h"

static uint64_t value_hash(const struct import_value *value)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a: it tells cells of one file apart, nothing depends on it */
    const char *parts[] = { value->clean, value->written };

    for (unsigned i = 0; i < 2; i++) {
        for (const char *s = parts[i]; s && *s; s++)
            hash = (hash ^ (unsigned char)*s) * 1099511628211u;
        hash = (hash ^ (parts[i] ? 0x101u : 0x102u)) * 1099511628211u;
    }
    return hash;
}

/* A household or person that the file names twice keeps what its first row said: where a later one says otherwise, it is noted. */
static void differences_note(struct import *im, enum layout_target target, struct seen_entry *entry)
{
    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        const struct layout_rule *rule = &im->layout->rules[i];

        if (rule->kind == LAYOUT_SKIP || rule->target != target || entry->cells[i] == value_hash(&im->row.values[i]))
            continue;
        import_note(&im->report.notes, IMPORT_DIFFERS, im->row.line, rule->column);
        im->report.notes.of[im->report.notes.count - 1].other_line = entry->line;
    }
}

static void cells_keep(struct import *im, struct seen_entry *entry)
{
    entry->line = im->row.line;
    entry->cells = memory_resize(entry->cells, im->layout->rule_count, sizeof *entry->cells);
    for (unsigned i = 0; i < im->layout->rule_count; i++)
        entry->cells[i] = value_hash(&im->row.values[i]);
}

static bool remark_empty(const struct import *im)
{
    int rule = layout_rule_of(im->layout, LAYOUT_CATATAN, "isi");

    return rule == LAYOUT_ABSENT || !im->row.values[rule].clean;
}

/* What is missing of the row, in order: a household before its persons. false: the store refused one. */
static bool row_write(struct import *im, struct seen_entry *entries[LAYOUT_TARGETS], const bool missing[LAYOUT_TARGETS])
{
    for (unsigned t = 0; t < LAYOUT_TARGETS; t++)
        if (entries[t] && missing[t] && !import_row_insert(im, (enum layout_target)t))
            return false;
    return true;
}

/* A mistake in the row, or the world (disk full, store busy) that would refuse every other row too? */
static bool row_at_fault(sqlite3 *db)
{
    int code = sqlite3_errcode(db) & 0xff;

    return code == SQLITE_CONSTRAINT || code == SQLITE_ERROR || code == SQLITE_AUTH || code == SQLITE_TOOBIG || code == SQLITE_MISMATCH;
}

static void row_refuse(struct import *im)
{
    struct import_findings *problems = &im->report.problems;
    const char *said = sqlite3_errmsg(im->db);

    import_note(problems, IMPORT_NOT_STORED, im->row.line, "");
    problems->of[problems->count - 1].value = memory_copy(said, strlen(said));
}

static bool rows_write(struct import *im, struct seen_entry *entries[LAYOUT_TARGETS], const bool missing[LAYOUT_TARGETS], bool any)
{
    bool ok;

    if (!any || im->report.dry_run)
        return true;
    if (!import_chunk_begin(im) || !import_sql(im, "SAVEPOINT baris"))
        return false;
    ok = row_write(im, entries, missing);
    if (!ok && !row_at_fault(im->db)) {
        im->code = failure_sql(im->db, T("impor", "import"));
        return false;
    }
    if (!ok)
        row_refuse(im);
    if (!import_sql(im, ok ? "RELEASE baris" : "ROLLBACK TO baris; RELEASE baris"))
        return false;
    im->chunk++;
    return ok;
}

static void row_count(struct import *im, struct seen_entry *entries[LAYOUT_TARGETS], const bool missing[LAYOUT_TARGETS])
{
    for (unsigned t = 0; t < LAYOUT_TARGETS; t++) {
        if (!entries[t])
            continue;
        cells_keep(im, entries[t]);
        if (missing[t])
            im->report.inserted[t]++;
        else
            im->report.existing[t]++;
    }
}

/* Entries are for what this row is the first to name; the others were handled with an earlier row. */
static bool row_take(struct import *im)
{
    struct seen_entry *entries[LAYOUT_TARGETS] = { NULL };
    bool missing[LAYOUT_TARGETS] = { false }, any = false;

    for (unsigned t = 0; t < LAYOUT_TARGETS; t++) {
        struct seen_entry *entry;

        if (!im->tables[t].used || (t == LAYOUT_CATATAN && remark_empty(im)))
            continue;
        entry = seen_get(&im->handled, &im->row.ids[t]);
        if (entry->line) {
            differences_note(im, (enum layout_target)t, entry);
            continue;
        }
        entries[t] = entry;
        missing[t] = !import_row_exists(im, (enum layout_target)t);
        any = any || missing[t];
    }
    if (!rows_write(im, entries, missing, any))
        return false;
    row_count(im, entries, missing);
    return true;
}

static void unknown_add(struct import *im)
{
    struct import_findings *list = &im->report.unknown;

    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        const char *column = im->layout->rules[i].column, *value = im->row.values[i].clean;
        size_t k = 0;

        if (!im->row.unknown[i])
            continue;
        while (k < list->count && (list->of[k].column != column || strcmp(list->of[k].value, value) != 0))
            k++;
        if (k == list->count) {
            import_note(list, IMPORT_CODE_UNKNOWN, im->row.line, column);
            list->of[k].value = memory_copy(value, strlen(value));
        }
        list->of[k].other_line++;
    }
}

static bool row_blank(const struct csv_row *row)
{
    for (unsigned i = 0; i < row->cell_count && i < CSV_CELLS_MAX; i++)
        if (row->cells[i].len > 0)
            return false;
    return !row->open;
}

static void header_keep(struct import *im, const struct csv_row *row)
{
    im->header_count = row->cell_count;
    for (unsigned i = 0; i < row->cell_count && i < CSV_CELLS_MAX; i++)
        if (!layout_takes(im->layout, (int)i) && row->cells[i].len > 0)
            buffer_add(&im->report.ignored, row->cells[i].data, strlen(row->cells[i].data) + 1);
}

static int row_handle(void *ctx, const struct csv_row *row)
{
    struct import *im = ctx;
    size_t notes = im->report.notes.count;

    progress_show(T("impor", "import"), row->offset, im->file_bytes);
    if (im->header_count == 0) {
        header_keep(im, row);
        return 0;
    }
    if (row_blank(row))
        return 0;
    if (!row->open && layout_heads(im->layout, row)) {
        import_note(&im->report.notes, IMPORT_HEAD_AGAIN, row->line, "");
        return 0;
    }
    /* OpenSID's sheet ends with this mark. */
    if (strcmp(im->layout->name, "opensid") == 0 && row->cell_count > 1 && strcmp(row->cells[1].data, "###") == 0)
        return 1;
    im->report.rows++;
    if (!import_row_read(im, row)) {
        im->report.refused++;
        import_notes_cut(&im->report.notes, notes);
        return 0;
    }
    import_identify(im);
    if (!import_row_selected(im)) {
        im->report.not_selected++;
        import_notes_cut(&im->report.notes, notes);
        return 0;
    }
    if (row_take(im)) {
        im->report.accepted++;
        unknown_add(im);
    } else if (!im->code) {
        im->report.refused++;
        import_notes_cut(&im->report.notes, notes);
    }
    if (im->chunk >= IMPORT_CHUNK_ROWS)
        import_chunk_end(im);
    return im->code != 0;
}

static void space_key(struct import *im)
{
    struct jemput_info info;
    struct jemput_error err;

    if (jemput_info_get(im->jemput, &info, &err)) {
        im->code = failure_status(&err);
        return;
    }
    for (unsigned i = 0; i < sizeof im->space_key; i++) {
        char digits[3] = { info.space[2 * i], info.space[2 * i + 1], '\0' };

        im->space_key[i] = (unsigned char)strtoul(digits, NULL, 16);
    }
}

int import_run(struct import *im, const char *data, size_t len, const char *layout_name)
{
    char separator = ',';

    im->db = jemput_app(im->jemput);
    im->file_bytes = len;
    space_key(im);
    if (im->code || !import_layout_choose(im, data, len, layout_name, &separator) || !import_tables_prepare(im))
        return im->code;
    if (im->petugas_count > 0 && layout_rule_of(im->layout, LAYOUT_PERMOHONAN, "petugas") == LAYOUT_ABSENT)
        return failure_usage("import", T("tata letak '%s' tidak punya kolom petugas", "the layout '%s' has no column petugas"), im->layout->name);
    csv_read(data, len, separator, row_handle, im);
    if (!im->code)
        import_chunk_end(im);
    else if (im->open)
        import_chunk_undo(im);
    progress_end();
    return im->code ? im->code : im->report.refused ? EXIT_PROBLEMS : EXIT_OK;
}

void import_release(struct import *im)
{
    for (unsigned i = 0; i < LAYOUT_TARGETS; i++) {
        sqlite3_finalize(im->tables[i].insert);
        sqlite3_finalize(im->tables[i].exists);
    }
    for (unsigned i = 0; i < LAYOUT_RULES_MAX; i++)
        codes_free(im->codes[i]);
    free(im->layout);
    seen_release(&im->occurrences);
    seen_release(&im->handled);
    buffer_release(&im->row.text);
    buffer_release(&im->note);
    import_report_release(&im->report);
}
