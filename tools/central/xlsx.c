/* xlsx.c — XLSX by libxlsxwriter: strings alone, so that a cell runs as no formula and a NIK stays what it is. The only file that knows the
 * library. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <xlsxwriter.h>

#include "sheet.h"
#include "utf8.h"

#define CELL_MAX 32767u /* units of UTF-16 that a cell may have */
static const char cut[] = " [terpotong]", unwritable[] = "\xef\xbf\xbd"; /* U+FFFD */

struct xlsx_sheet {
    struct sheet sheet;
    lxw_workbook *workbook;
    lxw_worksheet *worksheet;
    lxw_format *text;
    lxw_row_t row;
    lxw_col_t column;
    lxw_error failed;
};

/* What XML can hold of it: bytes that are no UTF-8, and U+FFFE and U+FFFF, would make the whole file unreadable. (The library takes care of control
 * characters.) NULL: no memory; the caller frees it. */
static char *cell_text(const char *text, size_t len)
{
    char *out = malloc(3 * len + sizeof cut), *at = out;
    size_t units = 0, i = 0;

    while (out && i < len && units < CELL_MAX - sizeof cut) {
        uint32_t c = 0;
        size_t size = utf8_read(&c, text + i, len - i);
        bool good = size && c != 0xfffe && c != 0xffff;
        size_t more = good ? size : sizeof unwritable - 1;

        memcpy(at, good ? text + i : unwritable, more);
        at += more;
        i += size ? size : 1;
        units += c > 0xffff ? 2 : 1;
    }
    if (out)
        memcpy(at, i < len ? cut : "", i < len ? sizeof cut : 1);
    return out;
}

static void cell_put(struct sheet *s, const char *text, size_t len)
{
    struct xlsx_sheet *x = (struct xlsx_sheet *)s;
    char *copy = text && len ? cell_text(text, len) : NULL;
    lxw_error rc = LXW_NO_ERROR;

    if (copy) {
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
