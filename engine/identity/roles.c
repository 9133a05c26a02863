/* identity/roles.c — the words for roles, and the form of a scope. */
#include "identity/roster.h"

#include <string.h>

static const struct {
    unsigned role;
    const char *word;
} ROLE_WORDS[] = {
    { JEMPUT_ROLE_PETUGAS, "petugas" }, { JEMPUT_ROLE_KELURAHAN, "kelurahan" }, { JEMPUT_ROLE_VERIFIKATOR, "verifikator" },
    { JEMPUT_ROLE_ADMIN, "admin" },     { JEMPUT_ROLE_PUSAT, "pusat" },         { JEMPUT_ROLE_KOMINFO, "kominfo" },
};
#define ROLE_COUNT (sizeof ROLE_WORDS / sizeof ROLE_WORDS[0])

static unsigned role_of_word(struct jemput_bytes word)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (jemput_bytes_equal(word, jemput_bytes_str(ROLE_WORDS[i].word)))
            return ROLE_WORDS[i].role;
    return 0;
}

unsigned jemput_roles_parse(struct jemput_bytes text)
{
    unsigned roles = 0;

    for (;;) {
        const uint8_t *comma = text.len ? memchr(text.data, ',', text.len) : NULL;
        size_t len = comma ? (size_t)(comma - text.data) : text.len;
        unsigned role = role_of_word(jemput_bytes_of(text.data, len));

        if (!role || (roles & role))
            return 0;
        roles |= role;
        if (!comma)
            return roles;
        text = jemput_bytes_of(comma + 1, text.len - len - 1);
    }
}

void jemput_roles_text(char out[JEMPUT_ROLES_TEXT_BYTES], unsigned roles)
{
    char *at = out;

    for (size_t i = 0; i < ROLE_COUNT; i++) {
        size_t len = strlen(ROLE_WORDS[i].word);

        if (!(roles & ROLE_WORDS[i].role))
            continue;
        if (at != out)
            *at++ = ',';
        JEMPUT_ASSERT((size_t)(at - out) + len < JEMPUT_ROLES_TEXT_BYTES);
        memcpy(at, ROLE_WORDS[i].word, len);
        at += len;
    }
    *at = '\0';
}

void jemput_roles_write(struct jemput_buf *out, unsigned roles)
{
    char text[JEMPUT_ROLES_TEXT_BYTES];

    jemput_roles_text(text, roles);
    jemput_buf_append_str(out, text);
}

bool jemput_roles_valid(unsigned roles)
{
    return roles != 0 && (roles & ~(unsigned)JEMPUT_ROLES_ALL) == 0;
}

/* No blanks or line ends, so that a scope can stand in a line; no '*', which stands for the whole space there. */
bool jemput_scope_valid(struct jemput_bytes scope)
{
    if (scope.len > JEMPUT_SCOPE_BYTES_MAX)
        return false;
    for (size_t i = 0; i < scope.len; i++) {
        uint8_t c = scope.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '-' && c != '_')
            return false;
    }
    return true;
}
