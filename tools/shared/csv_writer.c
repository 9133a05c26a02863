/* csv_writer.c — writing CSV. */
#include "csv_writer.h"

#include <string.h>

enum { EXACT_DIGITS_MAX = 11 }; /* spreadsheets begin to write longer ones as 1.67E+15, and lose digits above 15 */

static bool number_spoiled(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return len > EXACT_DIGITS_MAX || (len > 1 && text[0] == '0');
}

static bool among(const char *set, char c)
{
    return c != '\0' && strchr(set, c);
}

static bool is_break(char c)
{
    return among(";\t\r\n", c);
}

/* Spaces and quotes, then what begins a formula. */
static bool formula(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && among(" \"", text[i]))
        i++;
    return i < len && among("=+-@", text[i]);
}

/* The same behind any number of apostrophes: one more, or one less, does not change it. */
static bool formula_behind(const char *text, size_t len)
{
    size_t i = 0;

    while (i < len && text[i] == '\'')
        i++;
    return formula(text + i, len - i);
}

/* Is an apostrophe to stand before the whole? */
static bool guarded(const char *text, size_t len)
{
    return len > 0 && (among("\t\r\n'", text[0]) || formula(text, len) || number_spoiled(text, len));
}

size_t csv_unguard(char *out, const char *text, size_t len)
{
    size_t kept = 0;

    for (size_t i = 0; i < len; i++) {
        bool mark = text[i] == '\'' && (i == 0 ? guarded(text + 1, len - 1) : is_break(text[i - 1]) && formula_behind(text + i, len - i));

        if (!mark)
            out[kept++] = text[i];
    }
    return kept;
}

void csv_cell(FILE *out, bool first, const char *text, size_t len, bool guard)
{
    bool mark = guard && guarded(text, len);
    bool quote = mark;

    for (size_t i = 0; i < len && !quote; i++)
        quote = among(",\"\r\n;\t", text[i]) || (text[i] == ' ' && (i == 0 || i + 1 == len));
    if (!first)
        fputc(',', out);
    if (quote)
        fputc('"', out);
    if (mark)
        fputc('\'', out);
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '"')
            fputc('"', out);
        fputc(text[i], out);
        if (guard && is_break(text[i]) && formula_behind(text + i + 1, len - i - 1))
            fputc('\'', out);
    }
    if (quote)
        fputc('"', out);
}

void csv_row_end(FILE *out, bool guard)
{
    fputs(guard ? "\r\n" : "\n", out);
}
