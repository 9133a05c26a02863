/* table.c — all cells are kept until the widths are known. */
#include "table.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"
#include "terminal.h"

void table_columns(struct table *t, unsigned count)
{
    *t = (struct table){ .column_count = count };
}

void table_add(struct table *t, const char *text, size_t len, bool number)
{
    if (t->cell_count == t->capacity) {
        t->capacity = t->capacity ? 2 * t->capacity : 64;
        t->cells = memory_resize(t->cells, t->capacity, sizeof *t->cells);
    }
    t->cells[t->cell_count++] =
        (struct table_cell){ .text = memory_copy(text, len), .len = len, .width = terminal_width(text, len), .number = number };
}

void table_text(struct table *t, const char *text)
{
    table_add(t, text, strlen(text), false);
}

void table_format(struct table *t, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    table_add(t, text, strlen(text), true);
}

size_t table_rows(const struct table *t)
{
    return t->cell_count == 0 ? 0 : t->cell_count / t->column_count - 1;
}

static void cell_print(const struct table_cell *cell, size_t width, bool last, FILE *out)
{
    int blanks = (int)(width - cell->width);

    if (cell->number)
        fprintf(out, "%*s", blanks, "");
    terminal_text(out, cell->text, cell->len);
    if (!last)
        fprintf(out, "%*s", cell->number ? 2 : blanks + 2, "");
}

void table_print(struct table *t, FILE *out)
{
    size_t *widths = memory_resize(NULL, t->column_count, sizeof *widths);

    memset(widths, 0, t->column_count * sizeof *widths);
    for (size_t i = 0; i < t->cell_count; i++)
        if (t->cells[i].width > widths[i % t->column_count])
            widths[i % t->column_count] = t->cells[i].width;
    for (size_t i = 0; i < t->cell_count; i++) {
        unsigned column = (unsigned)(i % t->column_count);

        if (i == 0)
            terminal_style(out, TERMINAL_BOLD);
        if (i == t->column_count)
            terminal_style(out, TERMINAL_PLAIN);
        cell_print(&t->cells[i], widths[column], column + 1 == t->column_count, out);
        if (column + 1 == t->column_count)
            fputc('\n', out);
        free(t->cells[i].text);
    }
    if (t->cell_count == t->column_count)
        terminal_style(out, TERMINAL_PLAIN);
    free(widths);
    free(t->cells);
    *t = (struct table){ 0 };
}
