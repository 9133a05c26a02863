/* text.c — choosing between two languages. */
#include "text.h"

#include <stdlib.h>
#include <string.h>

static bool english;

/* The first of the three that says anything counts, as POSIX has it. */
static bool environment_english(void)
{
    static const char *const names[] = { "LC_ALL", "LC_MESSAGES", "LANG" };

    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *value = getenv(names[i]);

        if (value && value[0])
            return strncmp(value, "en", 2) == 0 || strcmp(value, "C") == 0 || strncmp(value, "C.", 2) == 0 || strcmp(value, "POSIX") == 0;
    }
    return false;
}

bool text_language_set(const char *language)
{
    if (!language)
        english = environment_english();
    else if (strcmp(language, "en") == 0 || strcmp(language, "id") == 0)
        english = language[0] == 'e';
    else
        return false;
    return true;
}

const char *text_language(void)
{
    return english ? "en" : "id";
}

const char *T(const char *indonesian, const char *in_english)
{
    return english ? in_english : indonesian;
}
