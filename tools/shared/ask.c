/* ask.c — see ask.h. */
#include "ask.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static bool line_read(char *out, size_t size)
{
    size_t len;

    if (!fgets(out, (int)size, stdin))
        return false;
    len = strcspn(out, "\r\n");
    out[len] = '\0';
    return len > 0;
}

bool ask_secret(const char *prompt, char *out, size_t size)
{
    struct termios shown, hidden;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &shown) == 0, good;

    if (terminal) {
        hidden = shown;
        hidden.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* throws away what was typed: before the question, or the answer to it might go */
        fputs(prompt, stderr);
    }
    good = line_read(out, size);
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
        fputc('\n', stderr);
    }
    return good;
}
