/* roles.c — words with commas between. */
#include "roles.h"

#include <string.h>

static unsigned count_of(const char *roles, const char *word)
{
    size_t len = strlen(word);
    unsigned count = 0;

    for (;; roles++) {
        size_t here = strcspn(roles, ",");

        count += here == len && strncmp(roles, word, len) == 0;
        roles += here;
        if (*roles == '\0')
            return count;
    }
}

bool roles_valid(const char *roles)
{
    static const char *const words[] = { "petugas", "kelurahan", "verifikator", "admin", "pusat", "kominfo" };
    unsigned commas = 0, known = 0;

    for (const char *s = roles; *s; s++)
        commas += *s == ',';
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        unsigned count = count_of(roles, words[i]);

        if (count > 1)
            return false;
        known += count;
    }
    return known == commas + 1;
}

bool roles_have(const char *roles, const char *word)
{
    return count_of(roles, word) > 0;
}
