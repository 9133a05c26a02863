/* fuzz/fuzz_request.c — what a browser, or whoever says to be one, sends to the console before anybody has looked at it.
 *
 * The first byte of an input says what the rest is: 0 a body (JSON), 1 the parts of a path and a header's text (percent-encoded), 2 an address.
 * Whatever comes: texts within the bounds that were asked for and without a NUL inside, numbers within theirs, no crash. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "body.h"
#include "lockout.h"
#include "texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 64, REASON_MAX = 1024, PARTS = 24 };
static const char *const names[] = { "space", "tbl", "key", "seen", "reason", "id", "from", "to", "roles", "scope", "pin", "account", "" };

static void texts_look(const struct json_t *body)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *some = body_text(body, names[i], -REASON_MAX), *any = body_text(body, names[i], TEXT_MAX);
        char word[64];
        int64_t number;

        JEMPUT_ASSERT(!some || (some[0] && strlen(some) <= REASON_MAX));
        JEMPUT_ASSERT(!any || strlen(any) <= TEXT_MAX);
        some = body_word(body, names[i], word);
        JEMPUT_ASSERT(!some || strlen(some) < sizeof word);
        if (body_number(body, names[i], 1, INT32_MAX, &number))
            JEMPUT_ASSERT(number >= 1 && number <= INT32_MAX && some);
        (void)body_flag(body, names[i]);
    }
}

static int value_look(void *ctx, const char *name, const struct body_value *value)
{
    unsigned *count = ctx;

    JEMPUT_ASSERT(name && value->datum.type <= JEMPUT_TYPE_BLOB);
    if (value->datum.type == JEMPUT_TYPE_BLOB)
        JEMPUT_ASSERT(value->datum.data == value->bytes && value->datum.len <= sizeof value->bytes);
    if (value->datum.type == JEMPUT_TYPE_TEXT)
        JEMPUT_ASSERT(value->datum.data && ((const char *)value->datum.data)[value->datum.len] == '\0');
    return ++*count == TEXT_MAX;
}

static void body_try(const char *data, size_t size)
{
    struct json_t *body = body_read(data, size);
    size_t count;
    const struct json_t *items;
    struct body_value value;
    unsigned seen = 0;

    if (!body)
        return;
    texts_look(body);
    items = body_list(body, "items", &count);
    for (size_t i = 0; i < count; i++) {
        const struct json_t *item = body_at(items, i), *set = item ? body_object(item, "set") : NULL;

        if (item)
            texts_look(item);
        if (set)
            (void)body_each(set, value_look, &seen);
        if (item && body_value(item, "value", &value))
            (void)value_look(&seen, "value", &value);
    }
    body_release(body);
}

static void parts_try(const char *data, size_t size)
{
    struct texts t = { 0 };
    char room[TEXT_MAX + 1];
    unsigned taken = 0;

    room[TEXT_MAX] = 'x';
    if (text_decode(room, TEXT_MAX, data, size))
        JEMPUT_ASSERT(strlen(room) < TEXT_MAX && strlen(room) <= size);
    JEMPUT_ASSERT(room[TEXT_MAX] == 'x');
    for (size_t at = 0; at <= size && taken < PARTS; taken++) {
        const char *end = memchr(data + at, '/', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        const char *text = texts_take(&t, data + at, len);

        JEMPUT_ASSERT(!text || (text >= t.bytes && text + strlen(text) < t.bytes + sizeof t.bytes && strlen(text) <= len));
        JEMPUT_ASSERT(t.len <= sizeof t.bytes);
        at += len + 1;
    }
}

static void place_try(const char *address)
{
    char place[PLACE_BYTES], again[PLACE_BYTES];

    lockout_place(place, address);
    lockout_place(again, address);
    JEMPUT_ASSERT(place[0] && strlen(place) < sizeof place && strcmp(place, again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text;

    if (size == 0)
        return 0;
    text = calloc(size, 1); /* without the first byte, with a NUL behind */
    JEMPUT_ASSERT(text);
    memcpy(text, data + 1, size - 1);
    if (data[0] == 0)
        body_try(text, size - 1);
    else if (data[0] == 1)
        parts_try(text, size - 1);
    else
        place_try(text);
    free(text);
    return 0;
}
