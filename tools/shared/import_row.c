/* import_row.c — one row of the file, read by the layout. */
#include <string.h>

#include "cell.h"
#include "csv_writer.h"
#include "import.h"

/* A copy in row.text, whose room was made before: pointers into it stay good. */
static const char *keep(struct import_row *row, const char *text)
{
    size_t start = row->text.len;

    buffer_add(&row->text, text, strlen(text) + 1);
    return row->text.data + start;
}

static void digits_value(struct import *im, unsigned rule, const char *cell)
{
    struct import_value *value = &im->row.values[rule];
    char digits[CELL_DIGITS + 1];

    switch (cell_digits(digits, cell)) {
    case CELL_NUMBER_CLEAN:
        value->clean = keep(&im->row, digits);
        value->written = strcmp(digits, cell) == 0 ? NULL : cell;
        break;
    case CELL_NUMBER_WRITTEN:
        value->written = cell;
        import_note(&im->report.notes, IMPORT_NUMBER_WRITTEN, im->row.line, im->layout->rules[rule].column);
        break;
    case CELL_NUMBER_NONE:
        break;
    }
}

static void date_value(struct import *im, unsigned rule, const char *cell)
{
    struct import_value *value = &im->row.values[rule];
    char date[CELL_DATE + 1];

    if (cell_date(date, cell)) {
        value->clean = keep(&im->row, date);
        return;
    }
    value->written = cell;
    import_note(&im->report.notes, IMPORT_DATE_WRITTEN, im->row.line, im->layout->rules[rule].column);
}

static void code_value(struct import *im, unsigned rule, const char *cell)
{
    const char *code = codes_find(im->codes[rule], cell, im->layout->rules[rule].kind == LAYOUT_MAP);

    im->row.values[rule].clean = code ? code : cell; /* never a default: what no list knows stays as it was written */
    im->row.unknown[rule] = code == NULL;
}

/* `guarded`: an export wrote it so, and a mere - is meant. */
static void value_read(struct import *im, unsigned rule, const char *cell, bool guarded)
{
    struct import_value *value = &im->row.values[rule];

    if (cell[0] == '\0' || (strcmp(cell, "-") == 0 && !guarded))
        return;
    switch (im->layout->rules[rule].kind) {
    case LAYOUT_TEXT:
        value->clean = cell;
        break;
    case LAYOUT_DIGITS:
        digits_value(im, rule, cell);
        break;
    case LAYOUT_DATE:
        date_value(im, rule, cell);
        break;
    case LAYOUT_CODE:
    case LAYOUT_MAP:
        code_value(im, rule, cell);
        break;
    case LAYOUT_SKIP:
        break;
    }
    if (!im->beside[rule] && !value->clean)
        value->clean = value->written;
    if (!im->beside[rule])
        value->written = NULL;
}

/* One problem is noted for each cell that is wrong: all of them can be mended at once. */
static bool cell_read(struct import *im, unsigned rule, const struct csv_text *cell)
{
    const struct layout_rule *r = &im->layout->rules[rule];
    struct import_row *row = &im->row;
    char bare[IMPORT_CELL_BYTES_MAX];
    size_t start = row->text.len, len;
    bool invisible;

    if (cell->len > IMPORT_CELL_BYTES_MAX) {
        import_note(&im->report.problems, IMPORT_TOO_LONG, row->line, r->column);
        return false;
    }
    len = csv_unguard(bare, cell->data, cell->len); /* as it was written: before anything else is taken out of it */
    if (!cell_strip(&row->text, bare, len, &invisible)) {
        import_note(&im->report.problems, IMPORT_NOT_UTF8, row->line, r->column);
        return false;
    }
    buffer_add(&row->text, "", 1);
    if (r->kind == LAYOUT_SKIP)
        return true;
    if (invisible)
        import_note(&im->report.notes, IMPORT_INVISIBLE, row->line, r->column);
    value_read(im, rule, row->text.data + start, len < cell->len);
    if (r->required && !row->values[rule].clean) {
        import_note(&im->report.problems, IMPORT_REQUIRED, row->line, r->column);
        return false;
    }
    return true;
}

static void row_room(struct import_row *row, const struct csv_row *from)
{
    size_t need = 1;

    for (unsigned i = 0; i < from->cell_count && i < CSV_CELLS_MAX; i++)
        need += from->cells[i].len + CELL_DIGITS + CELL_DATE + 4;
    if (need > row->text.capacity) {
        row->text.data = memory_resize(row->text.data, need, 1);
        row->text.capacity = need;
    }
}

bool import_row_read(struct import *im, const struct csv_row *from)
{
    struct import_row *row = &im->row;
    bool ok = true;

    row->line = from->line;
    row->text.len = 0;
    memset(row->values, 0, sizeof row->values);
    memset(row->unknown, 0, sizeof row->unknown);
    if (from->open || from->cell_count != im->header_count) {
        import_note(&im->report.problems, from->open ? IMPORT_QUOTE_OPEN : IMPORT_CELL_COUNT, row->line, "");
        return false;
    }
    row_room(row, from);
    for (unsigned i = 0; i < im->layout->rule_count; i++) {
        int position = im->layout->positions[i];

        if (position != LAYOUT_ABSENT && !cell_read(im, i, &from->cells[position]))
            ok = false;
    }
    return ok;
}

bool import_row_selected(const struct import *im)
{
    int rule = layout_rule_of(im->layout, LAYOUT_PERMOHONAN, "petugas");
    const char *petugas = rule == LAYOUT_ABSENT ? NULL : im->row.values[rule].clean;

    for (unsigned i = 0; i < im->petugas_count; i++)
        if (petugas && strcmp(petugas, im->petugas[i]) == 0)
            return true;
    return im->petugas_count == 0;
}
