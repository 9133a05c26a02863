/* csv_reader.h — reading CSV row by row, with the line each row begins on. The only place that knows libcsv. */
#ifndef JEMPUT_SHARED_CSV_READER_H
#define JEMPUT_SHARED_CSV_READER_H

#include <stdbool.h>
#include <stddef.h>

enum { CSV_CELLS_MAX = 256 };

struct csv_text {
    const char *data; /* NUL-terminated */
    size_t len;
};

struct csv_row {
    unsigned long line;  /* where it begins; the first line is 1 */
    size_t offset;       /* bytes of the input before it */
    unsigned cell_count; /* as in the file; only the first CSV_CELLS_MAX are kept */
    struct csv_text cells[CSV_CELLS_MAX];
    bool open;           /* the file ended inside a quoted cell */
};
/* Non-zero stops. Blank lines are no rows. */
typedef int (*csv_row_fn)(void *ctx, const struct csv_row *row);

/* A UTF-8 mark at the beginning is skipped; lines end in LF, CRLF or CR. Gives what the callback stopped with, or 0. */
int csv_read(const char *data, size_t len, char separator, csv_row_fn each, void *ctx);

/* "3.0.3": of the header that the program was built with. */
const char *csv_reader_library(void);

#endif
