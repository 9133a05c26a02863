/* reasons.h — why two rows may be one, in words. */
#ifndef JEMPUT_CONSOLE_REASONS_H
#define JEMPUT_CONSOLE_REASONS_H

#include "json.h"

/* An array of objects, of the words that twin_.reasons has, comma separated: those of `jemput duplicates --json`. */
void reasons_json(struct json *j, const char *key, const char *reasons);

#endif
