/* text.h — the language that the program speaks: Indonesian first, English second, as pairs beside their use. */
#ifndef JEMPUT_SHARED_TEXT_H
#define JEMPUT_SHARED_TEXT_H

#include <stdbool.h>

/* `language`: "id" or "en"; NULL = by LC_ALL, LC_MESSAGES, LANG: English where it begins with "en" or is "C" or "POSIX", else Indonesian.
 * false: neither of them; nothing was changed. */
bool text_language_set(const char *language);
/* "id" or "en". */
const char *text_language(void);

/* One of the two. Formats are allowed: the compiler checks both. */
const char *T(const char *indonesian, const char *english) __attribute__((format_arg(1), format_arg(2)));

#endif
