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

bool csv_guarded(const char *text, size_t len)
{
    return len > 0 && (memchr("=+-@\t\r'", text[0], 7) || number_spoiled(text, len));
}

size_t csv_unguard(const char *text, size_t len)
{
    return len > 1 && text[0] == '\'' && csv_guarded(text + 1, len - 1);
}

void csv_cell(FILE *out, bool first, const char *text, size_t len, bool guard)
{
    bool mark = guard && csv_guarded(text, len);
    bool quote = mark;

    for (size_t i = 0; i < len && !quote; i++)
        quote = memchr(",\"\r\n;\t", text[i], 6) || (text[i] == ' ' && (i == 0 || i + 1 == len));
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
    }
    if (quote)
        fputc('"', out);
}

void csv_row_end(FILE *out, bool guard)
{
    fputs(guard ? "\r\n" : "\n", out);
}
