/* csv_writer.h — CSV (RFC 4180: commas, quotes where needed) that a spreadsheet takes as text where it is text.
 *
 * Spreadsheets run a cell that begins with = + - @ TAB or CR as a formula, and turn a long number (NIK, no. KK) or one with leading zeros (RT 003)
 * into another one. One that takes ; or TAB for the separator (Excel where the decimal sign is a comma, as in Indonesia) begins a cell behind each of
 * them, and behind each line break, inside a text too: it sees no quotes around a cell that it does not see begin.
 *
 * With `guard`, an apostrophe is put before a text that begins with one of these, or with an apostrophe, or is such a number; and inside it behind
 * each ; TAB CR LF that a formula follows: apostrophes, then spaces and quotes, then one of = + - @. csv_unguard() takes exactly those off again, so
 * that every text comes back as it was, and `jemput import` does so. Numbers (INTEGER, REAL) are not texts and stay as they are. Lines end in CRLF
 * then, as spreadsheets have it; for programs, without `guard`, in LF. */
#ifndef JEMPUT_SHARED_CSV_WRITER_H
#define JEMPUT_SHARED_CSV_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The text of a cell without its guards. `out` has room for `len` bytes and may be `text`; its length then. */
size_t csv_unguard(char *out, const char *text, size_t len);

void csv_cell(FILE *out, bool first, const char *text, size_t len, bool guard);
void csv_row_end(FILE *out, bool guard);

#endif
