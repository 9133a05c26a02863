/* terminal.c — colours, escaped text, progress. */
#include "terminal.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "utf8.h"

static bool progress_shown;

static bool terminal_is(FILE *out)
{
    return isatty(fileno(out)) == 1;
}

void terminal_style(FILE *out, enum terminal_style style)
{
    static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m", "\033[31m", "\033[32m", "\033[33m" };
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    if (terminal_is(out) && !(no_color && no_color[0]) && term && strcmp(term, "dumb") != 0)
        fputs(codes[style], out);
}

static bool steers(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
           c == 0x61c || c == 0xfeff;
}

/* Gives how one character is shown; at most 8 bytes. */
static size_t shown(char out[12], const char *text, size_t len, size_t *used)
{
    uint32_t c;

    *used = utf8_read(&c, text, len);
    if (*used == 0) {
        *used = 1;
        return (size_t)snprintf(out, 12, "\\x%02x", (unsigned char)text[0]);
    }
    if (c == '\n' || c == '\r' || c == '\t')
        return (size_t)snprintf(out, 12, "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    if (steers(c))
        return (size_t)snprintf(out, 12, c < 0x80 ? "\\x%02x" : "\\u%04x", (unsigned)c);
    memcpy(out, text, *used);
    return *used;
}

void terminal_text(FILE *out, const char *text, size_t len)
{
    char piece[12];
    size_t used;

    for (size_t i = 0; i < len; i += used)
        fwrite(piece, 1, shown(piece, text + i, len - i, &used), out);
}

size_t terminal_width(const char *text, size_t len)
{
    char piece[12];
    size_t used, width = 0;

    for (size_t i = 0; i < len; i += used) {
        size_t bytes = shown(piece, text + i, len - i, &used);

        width += bytes == used ? 1 : bytes;
    }
    return width;
}

void progress_show(const char *label, uint64_t done, uint64_t total)
{
    static struct timespec last;
    struct timespec now;
    char bar[31];
    unsigned filled = total ? (unsigned)((done < total ? done : total) * 30 / total) : 0;

    if (!terminal_is(stderr))
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (progress_shown && done < total && (now.tv_sec - last.tv_sec) * 1000 + (now.tv_nsec - last.tv_nsec) / 1000000 < 100)
        return;
    last = now;
    memset(bar, '.', 30);
    memset(bar, '#', filled);
    bar[30] = '\0';
    if (total)
        fprintf(stderr, "\r\033[K%-12s [%s] %3u%%", label, bar, (unsigned)((done < total ? done : total) * 100 / total));
    else
        fprintf(stderr, "\r\033[K%-12s ...", label);
    fflush(stderr);
    progress_shown = true;
}

void progress_end(void)
{
    if (progress_shown)
        fputs("\r\033[K", stderr);
    progress_shown = false;
}
