/* csv_reader.c — libcsv is fed a line at a time, which is how the line of a row is known. */
#include "csv_reader.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

enum { PARSER_ROW_NOT_BEGUN = 0, PARSER_CELL_BEGUN = 2 }; /* csv_parser.pstate, as libcsv 3.0 has it */

struct reading {
    struct csv_row row;
    struct buffer text;               /* the row's cells, NUL after each */
    size_t starts[CSV_CELLS_MAX];
    unsigned long line;               /* being fed */
    size_t offset;
    bool begun;                       /* row.line is set */
    csv_row_fn each;
    void *ctx;
    int stopped;
};

static void reading_cell(void *data, size_t len, void *ctx)
{
    struct reading *r = ctx;

    if (r->row.cell_count < CSV_CELLS_MAX) {
        r->starts[r->row.cell_count] = r->text.len;
        r->row.cells[r->row.cell_count].len = len;
        buffer_add(&r->text, data, len);
        buffer_add(&r->text, "", 1);
    }
    r->row.cell_count++;
}

static void reading_row(int ending, void *ctx)
{
    struct reading *r = ctx;

    (void)ending;
    for (unsigned i = 0; i < r->row.cell_count && i < CSV_CELLS_MAX; i++)
        r->row.cells[i].data = r->text.data + r->starts[i]; /* only now: the text has stopped growing */
    if (!r->stopped)
        r->stopped = r->each(r->ctx, &r->row);
    r->row.cell_count = 0;
    r->text.len = 0;
    r->begun = false;
}

/* libcsv offers its own realloc hook: memory that is not there ends the program as everywhere else. */
static void *csv_realloc(void *old, size_t size)
{
    return memory_resize(old, size, 1);
}

static size_t line_length(const char *data, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (data[i] == '\n')
            return i + 1;
        if (data[i] == '\r' && !(i + 1 < len && data[i + 1] == '\n'))
            return i + 1;
    }
    return len;
}

static void reading_feed(struct reading *r, struct csv_parser *parser, const char *data, size_t len)
{
    size_t used;

    for (size_t i = 0; i < len && !r->stopped; i += used) {
        used = line_length(data + i, len - i);
        r->line++;
        r->offset = i;
        if (!r->begun) {
            r->row.line = r->line;
            r->row.offset = i;
            r->begun = true;
        }
        csv_parse(parser, data + i, used, reading_cell, reading_row, r);
        if (r->row.cell_count == 0 && parser->pstate == PARSER_ROW_NOT_BEGUN)
            r->begun = false; /* a blank line: the next row does not begin here */
    }
}

int csv_read(const char *data, size_t len, char separator, csv_row_fn each, void *ctx)
{
    struct reading *r = memory_resize(NULL, 1, sizeof *r);
    struct csv_parser parser;
    int stopped;

    *r = (struct reading){ .each = each, .ctx = ctx };
    if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0) {
        data += 3;
        len -= 3;
    }
    if (csv_init(&parser, 0) != 0)
        abort();
    csv_set_delim(&parser, (unsigned char)separator);
    csv_set_realloc_func(&parser, csv_realloc);
    reading_feed(r, &parser, data, len);
    if (!r->stopped && parser.pstate == PARSER_CELL_BEGUN && parser.quoted) {
        r->row.open = true;
        r->row.cell_count = 0;
        r->stopped = each(ctx, &r->row);
    } else if (!r->stopped) {
        csv_fini(&parser, reading_cell, reading_row, r);
    }
    csv_free(&parser);
    stopped = r->stopped;
    buffer_release(&r->text);
    free(r);
    return stopped;
}

#define LIBRARY_DIGITS(n) #n
#define LIBRARY_VERSION(major, minor, release) LIBRARY_DIGITS(major) "." LIBRARY_DIGITS(minor) "." LIBRARY_DIGITS(release)

const char *csv_reader_library(void)
{
    return LIBRARY_VERSION(CSV_MAJOR, CSV_MINOR, CSV_RELEASE);
}
