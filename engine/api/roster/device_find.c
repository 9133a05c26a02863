/* api/roster/device_find.c — whom an administrator means by a number, or by how a key begins; and which keys a device has had. */
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

/* --- the keys of a device --- */

static const uint8_t *key_before(const struct jemput_roster *r, const uint8_t public_key[JEMPUT_PUBLIC_KEY_BYTES])
{
    for (uint32_t i = 0; i < r->cut_count; i++)
        if (r->cuts[i].kind == JEMPUT_RECORD_ROTATE && memcmp(r->cuts[i].next_key, public_key, JEMPUT_PUBLIC_KEY_BYTES) == 0)
            return r->cuts[i].public_key;
    return NULL;
}

uint32_t device_key_turn(const struct jemput_roster *r, const uint8_t *public_key)
{
    uint32_t turn = 0;

    for (public_key = key_before(r, public_key); public_key && turn < r->cut_count; public_key = key_before(r, public_key))
        turn++;
    return turn;
}

/* The newest writer of the number's newest key. */
static const struct jemput_member *number_newest(const struct jemput_roster *r, uint32_t number)
{
    const struct jemput_member *newest = NULL;
    uint32_t highest = 0;

    for (uint32_t i = 0; number && i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        uint32_t turn = m->device_number == number ? device_key_turn(r, m->public_key) : 0;

        if (m->device_number != number || (newest && turn <= highest))
            continue;
        newest = m;
        highest = turn;
    }
    return newest ? device_newest(r, newest->public_key) : NULL;
}

enum jemput_status device_keys(const struct jemput_roster *r, const struct jemput_member *member, struct device_keys *out,
                               struct jemput_arena *arena, struct jemput_error *err)
{
    const struct jemput_member *newest = number_newest(r, member->device_number);
    bool alone = memcmp(newest->public_key, member->public_key, sizeof member->public_key) != 0;

    *out = (struct device_keys){ .of = jemput_arena_array(arena, r->member_count, sizeof *out->of) };
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a device's keys");
    for (uint32_t i = 0; i < r->member_count; i++) {
        const struct jemput_member *m = &r->members[i];
        uint32_t at = out->count;

        if (m->device_number != member->device_number || device_newest(r, m->public_key) != m)
            continue;
        if (alone && memcmp(m->public_key, member->public_key, sizeof m->public_key) != 0)
            continue;
        for (out->count++; at > 0 && device_key_turn(r, out->of[at - 1]->public_key) < device_key_turn(r, m->public_key); at--)
            out->of[at] = out->of[at - 1];
        out->of[at] = m;
    }
    return JEMPUT_OK;
}

/* --- whom a text means --- */

static bool member_named(const struct jemput_member *m, const char *text)
{
    return device_hex_begins(text, m->public_key, sizeof m->public_key) || device_hex_begins(text, m->writer.id, sizeof m->writer.id);
}

enum jemput_status device_find(struct jemput *j, const char *text, const struct jemput_member **out, struct jemput_error *err)
{
    const struct jemput_member *found = number_newest(&j->roster, number_read(text));

    for (uint32_t i = 0; i < j->roster.member_count; i++) {
        const struct jemput_member *m = &j->roster.members[i];

        if (!member_named(m, text))
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
