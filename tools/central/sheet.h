/* sheet.h — a table on its way out: as CSV that a spreadsheet takes as text, or as XLSX with nothing but texts in it. */
#ifndef JEMPUT_CENTRAL_SHEET_H
#define JEMPUT_CENTRAL_SHEET_H

#include "central.h"

struct sheet {                                                   /* one of the two */
    void (*cell)(struct sheet *s, const char *text, size_t len); /* the next cell of the row; NULL text = empty */
    void (*row_end)(struct sheet *s);
    /* All of it is written. 0, or -1 and why; also if a cell had failed. */
    int (*end)(struct sheet *s, struct trouble *why);
};
/* CSV (../shared/csv_writer.h), guarded, CRLF. `out` stays the caller's. Owned: ended by ->end, which frees it. NULL: no memory. */
struct sheet *sheet_csv(FILE *out);
/* XLSX into the file `path`, which is made anew. Row by row in constant memory; temporary files in `folder`. `title`: of the sheet. */
struct sheet *sheet_xlsx(const char *path, const char *folder, const char *title);

/* A text cell, NUL-terminated; NULL = empty. */
void sheet_text(struct sheet *s, const char *text);
/* All columns of the statement's row, and the row's end. */
struct sqlite3_stmt;
void sheet_row(struct sheet *s, struct sqlite3_stmt *stmt);

#endif
