/* cell.h — what a cell of a CSV file says: text without invisible characters, a number, a date. Pure.
 * schema/adminduk/README.md, "Import layouts". */
#ifndef JEMPUT_SHARED_CELL_H
#define JEMPUT_SHARED_CELL_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"

enum { CELL_DIGITS = 16, CELL_DATE = 10 };

/* Add the cell to `out` without characters that nobody sees (zero-width ones, marks of direction, soft hyphens, controls) and without white space at
 * both ends; a no-break or other wide space becomes a space.
 *   invisible   whether anything was taken out
 * false: it is no UTF-8. */
bool cell_strip(struct buffer *out, const char *text, size_t len, bool *invisible);

enum cell_number { CELL_NUMBER_NONE, CELL_NUMBER_CLEAN, CELL_NUMBER_WRITTEN };
/* NONE: nothing but zeros, so there is no number. CLEAN: `out` has it. WRITTEN: something that is no number of 16 digits. */
enum cell_number cell_digits(char out[CELL_DIGITS + 1], const char *text);

/* yyyy-mm-dd, dd/mm/yyyy or dd-mm-yyyy, if the calendar has that day: `out` is yyyy-mm-dd. */
bool cell_date(char out[CELL_DATE + 1], const char *text);

/* Could this be a number that was given to one person or family only? Not the placeholders that people type (0…, 1111111111111111, 1234567890123456),
 * nor temporary numbers of other software, which begin with 0: strangers share those. The digits 7 to 12 of a real one are a date. */
bool cell_number_plausible(const char *digits);

/* For comparing: without white space, ASCII letters small. */
void cell_squeeze(struct buffer *out, const char *text);

#endif
