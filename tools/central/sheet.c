/* sheet.c — see sheet.h: CSV, and what both share. */
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "csv_writer.h"

void sheet_text(struct sheet *s, const char *text)
{
    s->cell(s, text, text ? strlen(text) : 0);
}

void sheet_row(struct sheet *s, struct sqlite3_stmt *stmt)
{
    for (int i = 0; i < sqlite3_column_count(stmt); i++) {
        const char *text = (const char *)sqlite3_column_text(stmt, i);

        s->cell(s, text, text ? (size_t)sqlite3_column_bytes(stmt, i) : 0);
    }
    s->row_end(s);
}

struct csv_sheet {
    struct sheet sheet;
    FILE *out;
    bool begun; /* the row */
};

static void csv_cell_put(struct sheet *s, const char *text, size_t len)
{
    struct csv_sheet *c = (struct csv_sheet *)s;

    csv_cell(c->out, !c->begun, text ? text : "", len, true);
    c->begun = true;
}

static void csv_row_put(struct sheet *s)
{
    struct csv_sheet *c = (struct csv_sheet *)s;

    csv_row_end(c->out, true);
    c->begun = false;
}

static int csv_end(struct sheet *s, struct trouble *why)
{
    struct csv_sheet *c = (struct csv_sheet *)s;
    bool failed = ferror(c->out) || fflush(c->out);

    free(c);
    return failed ? trouble_set(why, TROUBLE_LATER, "the file cannot be written") : 0;
}

struct sheet *sheet_csv(FILE *out)
{
    struct csv_sheet *c = calloc(1, sizeof *c);

    if (!c)
        return NULL;
    c->sheet = (struct sheet){ csv_cell_put, csv_row_put, csv_end };
    c->out = out;
    return &c->sheet;
}
