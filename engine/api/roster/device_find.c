/* api/roster/device_find.c — whom an administrator means by a number, or by how a key begins. */
#include "api/roster/device.h"

#include <string.h>

#define PREFIX_DIGITS_MIN 4
#define NUMBER_DIGITS_MAX 6

const struct jemput_member *device_newest(const struct jemput_roster *r, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    const struct jemput_member *newest = NULL;

    for (uint32_t i = 0; i < r->member_count; i++)
        if (memcmp(r->members[i].public_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0 && (!newest || r->members[i].epoch > newest->epoch))
            newest = &r->members[i];
    return newest;
}

bool device_hex_begins(const char *text, const uint8_t *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    size_t count = strlen(text);

    if (count < PREFIX_DIGITS_MIN || count > 2 * len)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *digit = strchr(digits, text[i]);

        if (!digit || digit - digits != (i % 2 ? bytes[i / 2] & 15 : bytes[i / 2] >> 4))
            return false;
    }
    return true;
}

/* 0 = it is no device number. */
static uint32_t number_read(const char *text)
{
    uint32_t number = 0;
    size_t count = strlen(text);

    if (count == 0 || count > NUMBER_DIGITS_MAX || strspn(text, "0123456789") != count)
        return 0;
    for (; *text; text++)
        number = number * 10 + (uint32_t)(*text - '0');
    return number;
}

/* A key that was given up is meant by its own name alone: its number is that of the key that took over. */
static bool member_meant(const struct jemput_member *m, const char *text, uint32_t number)
{
    if (number && m->device_number == number)
        return m->standing != JEMPUT_STANDING_ROTATED;
    return device_hex_begins(text, m->public_key, sizeof m->public_key) || device_hex_begins(text, m->writer.id, sizeof m->writer.id);
}

enum jemput_status device_find(struct jemput *j, const char *text, const struct jemput_member **out, struct jemput_error *err)
{
    const struct jemput_member *found = NULL;
    uint32_t number = number_read(text);

    for (uint32_t i = 0; i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];

        if (!member_meant(m, text, number))
            continue;
        if (found && memcmp(found->public_key, m->public_key, sizeof m->public_key) != 0)
            return jemput_fail(err, JEMPUT_MISUSE, "several devices are meant by '%s': give more digits of its key", text);
        found = m;
    }
    if (!found)
        return jemput_fail(err, JEMPUT_NOTFOUND, "no device '%s' is in the roster, as far as it is known here", text);
    *out = device_newest(&j->roster, found->public_key);
    return JEMPUT_OK;
}
