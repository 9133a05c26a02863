/* csv_writer.h — CSV (RFC 4180: commas, quotes where needed) that a spreadsheet takes as text where it is text.
 *
 * Spreadsheets run a cell that begins with = + - @ TAB or CR as a formula, and turn a long number (NIK, no. KK) or one with leading zeros (RT 003)
 * into another one. With `guard`, such texts, and texts that begin with an apostrophe themselves, get an apostrophe in front. csv_unguard() takes it
 * off again, and `jemput import` does so. Numbers (INTEGER, REAL) are not texts and stay as they are. Lines end in CRLF then, as spreadsheets have
 * it; for programs, without `guard`, in LF. */
#ifndef JEMPUT_SHARED_CSV_WRITER_H
#define JEMPUT_SHARED_CSV_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Would a spreadsheet make something else of this text? */
bool csv_guarded(const char *text, size_t len);
/* How many bytes of guard stand in front: 0 or 1. */
size_t csv_unguard(const char *text, size_t len);

void csv_cell(FILE *out, bool first, const char *text, size_t len, bool guard);
void csv_row_end(FILE *out, bool guard);

#endif
