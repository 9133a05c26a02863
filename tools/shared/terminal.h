/* terminal.h — writing for people: colours, text that cannot steer the terminal, and a progress line. */
#ifndef JEMPUT_SHARED_TERMINAL_H
#define JEMPUT_SHARED_TERMINAL_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum terminal_style { TERMINAL_PLAIN, TERMINAL_BOLD, TERMINAL_DIM, TERMINAL_RED, TERMINAL_GREEN, TERMINAL_YELLOW };

/* Only if `out` is a terminal, and neither NO_COLOR nor TERM=dumb says otherwise. */
void terminal_style(FILE *out, enum terminal_style style);
/* Text of unknown origin: control characters, characters that turn the direction of writing, and bytes that are no UTF-8 are shown as \n, \x1b,
 * \u202e. */
void terminal_text(FILE *out, const char *text, size_t len);
/* How many columns terminal_text() fills, one a character. */
size_t terminal_width(const char *text, size_t len);

/* One line on stderr that is written over again and again; nothing where stderr is no terminal. total 0 = unknown. */
void progress_show(const char *label, uint64_t done, uint64_t total);
/* Wipe it. */
void progress_end(void);

#endif
