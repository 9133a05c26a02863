/* sim/world/failure.c — see failure.h. */
#include "failure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf back;
static bool guarded, verbose;
static char text[8192];

void failure(const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (!guarded) {
        fprintf(stderr, "%s\n", text);
        abort();
    }
    longjmp(back, 1);
}

bool failure_guard(void (*run)(void *ctx), void *ctx)
{
    guarded = true;
    if (setjmp(back) == 0) {
        run(ctx);
        guarded = false;
        return true;
    }
    guarded = false;
    return false;
}

const char *failure_text(void)
{
    return text;
}

void failure_verbose(bool on)
{
    verbose = on;
}

void failure_note(const char *fmt, ...)
{
    va_list args;

    if (!verbose)
        return;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}
