/* import.h — taking a CSV file into the adminduk tables.
 *
 * A row of the file becomes rows of keluarga, orang, permohonan and catatan, whose ids are made from what the row says (identity.h). So the same row
 * gives the same ids again, on every device of the space, and a row whose id is there already is left alone, whatever an officer has made of it
 * since. */
#ifndef JEMPUT_SHARED_IMPORT_H
#define JEMPUT_SHARED_IMPORT_H

#include <stdbool.h>
#include <stdio.h>

#include <jemput/jemput.h>

#include "codes.h"
#include "csv_reader.h"
#include "layout.h"
#include "seen.h"

enum { IMPORT_FILE_BYTES_MAX = 64 * 1024 * 1024, IMPORT_CELL_BYTES_MAX = 8 * 1024, IMPORT_CHUNK_ROWS = 500, IMPORT_PETUGAS_MAX = 32 };

enum import_what { /* of a finding; the first ones refuse the row */
    IMPORT_REQUIRED, IMPORT_CELL_COUNT, IMPORT_NOT_UTF8, IMPORT_TOO_LONG, IMPORT_QUOTE_OPEN, IMPORT_NOT_STORED,
    IMPORT_HEAD_AGAIN, IMPORT_INVISIBLE, IMPORT_NUMBER_WRITTEN, IMPORT_DATE_WRITTEN, IMPORT_DIFFERS, IMPORT_CODE_UNKNOWN
};

struct import_finding {
    enum import_what what;
    unsigned long line;
    const char *column;       /* of the file, "" = the whole row; borrowed from the layout */
    unsigned long other_line; /* IMPORT_DIFFERS: from which row; IMPORT_CODE_UNKNOWN: how often */
    char *value;              /* IMPORT_CODE_UNKNOWN: as written; IMPORT_NOT_STORED: what SQLite said; owned */
};

struct import_findings {
    size_t count, capacity;
    struct import_finding *of;
};

struct import_report {
    const char *file, *layout; /* borrowed */
    bool dry_run;
    unsigned long rows, accepted, refused, not_selected;
    unsigned long inserted[LAYOUT_TARGETS], existing[LAYOUT_TARGETS];
    struct import_findings problems; /* the row was refused */
    struct import_findings notes;    /* it was not */
    struct import_findings unknown;  /* codes, one entry a column and value */
    struct buffer ignored;           /* columns of the file that nobody takes, NUL after each */
};

struct import_value { /* one rule's cell, as it is stored */
    const char *clean, *written; /* NULL = none; `written` goes into <field>_tertulis */
};

struct import_row {
    unsigned long line;
    struct import_value values[LAYOUT_RULES_MAX];
    bool unknown[LAYOUT_RULES_MAX];
    struct id ids[LAYOUT_TARGETS];
    struct buffer text; /* what the values point to */
};

struct import_table {
    bool used;
    sqlite3_stmt *insert, *exists;
};

struct import {
    struct jemput *jemput;
    sqlite3 *db;
    struct layout *layout;
    struct codes *codes[LAYOUT_RULES_MAX];
    bool beside[LAYOUT_RULES_MAX]; /* the table has <field>_tertulis */
    struct import_table tables[LAYOUT_TARGETS];
    unsigned char space_key[32];   /* ids of one space say nothing in another */
    unsigned header_count;
    unsigned petugas_count;
    const char *petugas[IMPORT_PETUGAS_MAX];
    struct seen occurrences, handled;
    struct import_row row;
    struct buffer note;
    bool open;                     /* a transaction is */
    unsigned chunk;                /* rows in it */
    struct {
        unsigned long accepted, inserted[LAYOUT_TARGETS], existing[LAYOUT_TARGETS];
    } kept;                        /* of the report as it was when the transaction began: what a rollback leaves of it */
    size_t file_bytes;
    int code;                      /* not 0: stop with it; has been reported */
    struct import_report report;
};

/* Take `data`. The exit code; the report is filled as far as it got, and counts no row that was rolled back. im->code is not 0: not all of it was
 * taken. Release with import_release(). */
int import_run(struct import *im, const char *data, size_t len, const char *layout_name);
void import_release(struct import *im);

/* import_layout.c: find the layout. `name` is "auto" or a layout's: the one of which the file has most columns. false: refused with im->code. */
bool import_layout_choose(struct import *im, const char *data, size_t len, const char *name, char *separator);

/* import_table.c: prepare for the layout's tables. false here and below: im->code says why. */
bool import_tables_prepare(struct import *im);
/* The row that was read as a row of `target`. false: the store refused it, the error is in the connection. */
bool import_row_insert(struct import *im, enum layout_target target);
bool import_row_exists(struct import *im, enum layout_target target);
/* Open a transaction if none is. Only when there is something to write: an import that finds everything there writes nothing at all. */
bool import_chunk_begin(struct import *im);
bool import_chunk_end(struct import *im);
/* Roll back, and count what was in it no more. */
void import_chunk_undo(struct import *im);
bool import_sql(struct import *im, const char *sql);

/* import_row.c: read the row's cells by the layout. false: refused, with a problem noted. */
bool import_row_read(struct import *im, const struct csv_row *row);
/* Is it one that --only-petugas chose? */
bool import_row_selected(const struct import *im);

/* identity.c: ids for all tables of the row that was read. Called once for each row of the file, chosen or not: which of several equal rows it is
 * counts. */
void import_identify(struct import *im);

/* import_report.c */
void import_note(struct import_findings *list, enum import_what what, unsigned long line, const char *column);
/* Drop what was noted after there were `count`. */
void import_notes_cut(struct import_findings *list, size_t count);
void import_report_text(const struct import_report *r);
void import_report_json(FILE *out, const struct import_report *r);
void import_report_release(struct import_report *r);

#endif
