/* import.c — the run of an import: which layout, which rows, in which transactions. */
#include "import.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "terminal.h"
#include "text.h"

/* --- choosing the layout --- */

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

    layout_missing(l, &missing);
    code = failure_problem(T("%s: baris pertama bukan kepala kolom tata letak '%s' (kolom yang tidak ada: %s). Tidak ada yang diimpor. "
                             "Simpan sebagai CSV UTF-8 dengan nama kolom di baris pertama, atau sebutkan --layout.",
                             "%s: the first row does not name the columns of the layout '%s' (missing: %s). Nothing was imported. "
                             "Save it as UTF-8 CSV with the column names in the first row, or give --layout."),
                           file, l->name, buffer_string(&missing));
    buffer_release(&missing);
    return code;
}

/* `name` is "auto" or a layout's: the one of which the file has most columns. */
static bool layout_choose(struct import *im, const char *data, size_t len, const char *name, char *separator)
{
    static const char *const names[] = { "permohonan", "opensid" };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct layout *l;
        char found;

        if (strcmp(name, "auto") != 0 && strcmp(name, names[i]) != 0)
            continue;
        l = layout_new(names[i]);
        found = layout_separator(l, data, len);
        if (!im->layout || (layout_fits(l) && !layout_fits(im->layout)) || (layout_fits(l) && l->matched > im->layout->matched)) {
            free(im->layout);
            im->layout = l;
            *separator = found;
        } else {
            free(l);
        }
    }
    if (!layout_fits(im->layout)) {
        im->code = layout_refused(im->layout, im->report.file);
        return false;
    }
    im->report.layout = im->layout->name;
    return true;
}

/* --- the tables --- */

static bool beside_find(struct import *im)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(im->db, "SELECT 1 FROM pragma_table_info(?) WHERE name=?||'_tertulis'", -1, &stmt, NULL) != SQLITE_OK)
        return false;
    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        const struct layout_rule *rule = &im->layout->rules[i];

        sqlite3_bind_text(stmt, 1, layout_tables[rule->target], -1, SQLITE_STATIC);
        sqlite3_bind_text(stmt, 2, rule->field, -1, SQLITE_STATIC);
        im->beside[i] = rule->kind != LAYOUT_SKIP && sqlite3_step(stmt) == SQLITE_ROW;
        sqlite3_reset(stmt);
        if (rule->kind != LAYOUT_SKIP)
            im->tables[rule->target].used = true;
    }
    sqlite3_finalize(stmt);
    return true;
}

/* Parameters: the id, the links, then each rule's value (and what is written beside it), in the layout's order. */
static void insert_text(const struct import *im, enum layout_target target, struct buffer *sql)
{
    static const char *const links[LAYOUT_TARGETS] = { "", ",keluarga_id", ",pemohon_id,keluarga_id,kode_kel", ",permohonan_id" };
    static const char *const marks[LAYOUT_TARGETS] = { "", ",?", ",?,?,?", ",?" };
    const struct layout *l = im->layout;

    buffer_format(sql, "INSERT INTO %s(id%s", layout_tables[target], links[target]);
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].kind != LAYOUT_SKIP && l->rules[i].target == target) {
            buffer_format(sql, ",%s", l->rules[i].field);
            if (im->beside[i])
                buffer_format(sql, ",%s_tertulis", l->rules[i].field);
        }
    buffer_text(sql, target == LAYOUT_PERMOHONAN ? ",kode_tanda_terima" : "");
    buffer_format(sql, ") VALUES(?%s", marks[target]);
    for (unsigned i = 0; i < l->rule_count; i++)
        if (l->rules[i].kind != LAYOUT_SKIP && l->rules[i].target == target)
            buffer_text(sql, im->beside[i] ? ",?,?" : ",?");
    buffer_text(sql, target == LAYOUT_PERMOHONAN ? ",jemput_serial('permohonan')" : "");
    buffer_text(sql, ") ON CONFLICT(id) DO NOTHING");
}

static bool table_prepare(struct import *im, enum layout_target target)
{
    struct import_table *t = &im->tables[target];
    struct buffer sql = { 0 };
    bool ok;

    if (!t->used)
        return true;
    insert_text(im, target, &sql);
    ok = sqlite3_prepare_v2(im->db, buffer_string(&sql), -1, &t->insert, NULL) == SQLITE_OK;
    sql.len = 0;
    buffer_format(&sql, "SELECT 1 FROM %s WHERE id=?", layout_tables[target]);
    ok = ok && sqlite3_prepare_v2(im->db, buffer_string(&sql), -1, &t->exists, NULL) == SQLITE_OK;
    buffer_release(&sql);
    return ok;
}

static bool tables_prepare(struct import *im)
{
    bool ok = beside_find(im);

    for (unsigned i = 0; ok && i < LAYOUT_TARGETS; i++)
        ok = table_prepare(im, (enum layout_target)i);
    for (unsigned i = 0; ok && i < im->layout->rule_count; i++)
        if (im->layout->rules[i].kind == LAYOUT_CODE || im->layout->rules[i].kind == LAYOUT_MAP) {
            im->codes[i] = codes_new(im->db, im->layout->rules[i].list);
            ok = im->codes[i] != NULL;
        }
    if (!ok)
        im->code = failure_sql(im->db, T("impor perlu skema adminduk", "import needs the adminduk schema"));
    return ok;
}

/* --- transactions --- */

static bool run_sql(struct import *im, const char *sql)
{
    if (sqlite3_exec(im->db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return true;
    im->code = failure_sql(im->db, T("impor", "import"));
    return false;
}

static bool note_set(struct import *im)
{
    sqlite3_stmt *stmt;
    bool ok = sqlite3_prepare_v2(im->db, "SELECT jemput_note(?)", -1, &stmt, NULL) == SQLITE_OK;

    if (ok) {
        sqlite3_bind_text(stmt, 1, buffer_string(&im->note), (int)im->note.len, SQLITE_STATIC);
        ok = sqlite3_step(stmt) == SQLITE_ROW;
    }
    sqlite3_finalize(stmt);
    if (!ok)
        im->code = failure_sql(im->db, T("impor", "import"));
    return ok;
}

/* Only when there is something to write: an import that finds everything there writes nothing at all. */
static bool chunk_begin(struct import *im)
{
    if (im->open)
        return true;
    if (!run_sql(im, "BEGIN IMMEDIATE"))
        return false;
    im->open = true;
    im->chunk = 0;
    return note_set(im);
}

static bool chunk_end(struct import *im)
{
    if (!im->open)
        return true;
    im->open = false;
    if (run_sql(im, "COMMIT"))
        return true;
    sqlite3_exec(im->db, "ROLLBACK", NULL, NULL, NULL); /* the failure has been reported; what earlier chunks brought is in */
    return false;
}

/* --- rows --- */

static int bind_text(sqlite3_stmt *stmt, int index, const char *text)
{
    return text ? sqlite3_bind_text(stmt, index, text, -1, SQLITE_STATIC) : sqlite3_bind_null(stmt, index);
}

static int bind_links(struct import *im, enum layout_target target, sqlite3_stmt *stmt)
{
    const struct id *ids = im->row.ids;
    int rule, index = 1;

    sqlite3_bind_blob(stmt, index++, ids[target].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_PERMOHONAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_ORANG].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_ORANG || target == LAYOUT_PERMOHONAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_KELUARGA].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_CATATAN)
        sqlite3_bind_blob(stmt, index++, ids[LAYOUT_PERMOHONAN].bytes, ID_BYTES, SQLITE_STATIC);
    if (target == LAYOUT_PERMOHONAN) {
        rule = layout_rule_of(im->layout, LAYOUT_KELUARGA, "kode_kel");
        bind_text(stmt, index++, rule == LAYOUT_ABSENT ? NULL : im->row.values[rule].clean);
    }
    return index;
}

static bool row_insert(struct import *im, enum layout_target target)
{
    sqlite3_stmt *stmt = im->tables[target].insert;
    int index = bind_links(im, target, stmt), rc;

    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        if (im->layout->rules[i].kind == LAYOUT_SKIP || im->layout->rules[i].target != target)
            continue;
        bind_text(stmt, index++, im->row.values[i].clean);
        if (im->beside[i])
            bind_text(stmt, index++, im->row.values[i].written);
    }
    rc = sqlite3_step(stmt);
    sqlite3_reset(stmt);
    sqlite3_clear_bindings(stmt);
    return rc == SQLITE_DONE;
}

static bool row_exists(struct import *im, enum layout_target target)
{
    sqlite3_stmt *stmt = im->tables[target].exists;
    bool exists;

    sqlite3_bind_blob(stmt, 1, im->row.ids[target].bytes, ID_BYTES, SQLITE_STATIC);
    exists = sqlite3_step(stmt) == SQLITE_ROW;
    sqlite3_reset(stmt);
    return exists;
}

static uint64_t value_hash(const struct import_value *value)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a: it tells cells of one file apart, nothing hangs on it */
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
        if (entries[t] && missing[t] && !row_insert(im, (enum layout_target)t))
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
    if (!chunk_begin(im) || !run_sql(im, "SAVEPOINT baris"))
        return false;
    ok = row_write(im, entries, missing);
    if (!ok && !row_at_fault(im->db)) {
        im->code = failure_sql(im->db, T("impor", "import"));
        return false;
    }
    if (!ok)
        row_refuse(im);
    if (!run_sql(im, ok ? "RELEASE baris" : "ROLLBACK TO baris; RELEASE baris"))
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
        missing[t] = !row_exists(im, (enum layout_target)t);
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
            buffer_format(&im->report.ignored, "%s%s", im->report.ignored.len ? ", " : "", row->cells[i].data);
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
        chunk_end(im);
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

    if (memchr(data, '\0', len))
        return failure_problem(T("%s: ini bukan CSV UTF-8 (mungkin UTF-16, atau berkas lembar sebar). Tidak ada yang diimpor. Simpan ulang sebagai CSV UTF-8.",
                                 "%s: this is no UTF-8 CSV (perhaps UTF-16, or a spreadsheet file). Nothing was imported. Save it again as UTF-8 CSV."),
                               im->report.file);
    im->db = jemput_app(im->jemput);
    im->file_bytes = len;
    space_key(im);
    if (im->code || !layout_choose(im, data, len, layout_name, &separator) || !tables_prepare(im))
        return im->code;
    if (im->petugas_count > 0 && layout_rule_of(im->layout, LAYOUT_PERMOHONAN, "petugas") == LAYOUT_ABSENT)
        return failure_usage("import", T("tata letak '%s' tidak punya kolom petugas", "the layout '%s' has no column petugas"), im->layout->name);
    csv_read(data, len, separator, row_handle, im);
    if (!im->code)
        chunk_end(im);
    progress_end();
    return im->code ? im->code : im->report.refused ? EXIT_PROBLEMS : EXIT_OK;
}

void import_release(struct import *im)
{
    if (im->open)
        sqlite3_exec(im->db, "ROLLBACK", NULL, NULL, NULL);
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
