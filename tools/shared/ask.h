/* ask.h — asking for something that must not be seen. */
#ifndef JEMPUT_SHARED_ASK_H
#define JEMPUT_SHARED_ASK_H

#include <stdbool.h>
#include <stddef.h>

/* A line from the terminal, without echo; from the next line of standard input if that is none. false: there is none, or it is empty. */
bool ask_secret(const char *prompt, char *out, size_t size);

#endif
