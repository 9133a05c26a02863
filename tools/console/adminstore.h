/* adminstore.h — an administrator's own store, which a command is given to sign by (--by). */
#ifndef JEMPUT_CONSOLE_ADMINSTORE_H
#define JEMPUT_CONSOLE_ADMINSTORE_H

#include <jemput/jemput.h>

#include "central.h"

/* key_file: of a sealed one; NULL = it is plain. Close by jemput_close(). NULL and why. */
struct jemput *adminstore_open(const char *path, const char *key_file, struct trouble *why);

#endif
