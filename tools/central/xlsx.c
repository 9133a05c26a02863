/* xlsx.c — XLSX by libxlsxwriter: strings alone, so that a cell runs as no formula and a NIK stays what it is. The only file that knows the
 * library. */
#include <stdlib.h>
#include <string.h>

#include <xlsxwriter.h>

#include "sheet.h"

#define CELL_MAX 32767u /* characters that a cell may have */
static const char cut[] = " [terpotong]";

struct xlsx_sheet {
    struct sheet sheet;
    lxw_workbook *workbook;
    lxw_worksheet *worksheet;
    lxw_format *text;
    lxw_row_t row;
    lxw_col_t column;
    lxw_error failed;
};

/* Bytes of at most CELL_MAX characters, and less than the whole if it has more. */
static size_t cell_len(const char *text, size_t len)
{
    size_t characters = 0, i = 0;

    while (i < len && characters < CELL_MAX - sizeof cut) {
        i++;
        while (i < len && ((unsigned char)text[i] & 0xc0) == 0x80)
            i++;
        characters++;
    }
    return i;
}

static void cell_put(struct sheet *s, const char *text, size_t len)
{
    struct xlsx_sheet *x = (struct xlsx_sheet *)s;
    size_t most = cell_len(text ? text : "", len);
    char *copy = text && len ? malloc(most + sizeof cut) : NULL;
    lxw_error rc = LXW_NO_ERROR;

    if (copy) {
        memcpy(copy, text, most);
        memcpy(copy + most, cut, sizeof cut);
        if (most == len)
            copy[most] = '\0';
        rc = worksheet_write_string(x->worksheet, x->row, x->column, copy, x->text);
    } else if (text && len) {
        rc = LXW_ERROR_MEMORY_MALLOC_FAILED;
    }
    if (rc != LXW_NO_ERROR)
        x->failed = rc;
    free(copy);
    x->column++;
}

static void row_put(struct sheet *s)
{
    struct xlsx_sheet *x = (struct xlsx_sheet *)s;

    x->row++;
    x->column = 0;
}

static int end(struct sheet *s, struct trouble *why)
{
    struct xlsx_sheet *x = (struct xlsx_sheet *)s;
    lxw_error closed = workbook_close(x->workbook), failed = x->failed ? x->failed : closed;

    free(x);
    return failed ? trouble_set(why, TROUBLE_LATER, "XLSX: %s", lxw_strerror(failed)) : 0;
}

struct sheet *sheet_xlsx(const char *path, const char *folder, const char *title)
{
    lxw_workbook_options options = { .constant_memory = LXW_TRUE, .tmpdir = (char *)folder, .use_zip64 = LXW_FALSE };
    struct xlsx_sheet *x = calloc(1, sizeof *x);

    if (!x)
        return NULL;
    x->sheet = (struct sheet){ cell_put, row_put, end };
    x->workbook = workbook_new_opt(path, &options);
    x->worksheet = x->workbook ? workbook_add_worksheet(x->workbook, title) : NULL;
    x->text = x->worksheet ? workbook_add_format(x->workbook) : NULL;
    if (!x->text) {
        free(x);
        return NULL;
    }
    format_set_num_format(x->text, "@");
    return &x->sheet;
}
