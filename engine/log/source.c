/* log/source.c — the reading side of the payload codec: the first mistake is kept, and what is made is bounded. */
#include "log/codec.h"

#define ROOM_BYTES 8192

void jemput_source_fail(struct jemput_source *s, enum jemput_status status, const char *why)
{
    if (s->failed)
        return;
    s->failed = status;
    s->why = why;
}

bool jemput_source_ok(struct jemput_source *s)
{
    if (s->body.overrun)
        jemput_source_fail(s, JEMPUT_CORRUPT, "body is cut or not canonical");
    if (s->codes.bad || s->codes.past > JEMPUT_RANGE_PAST_MAX)
        jemput_source_fail(s, JEMPUT_CORRUPT, "codes are cut or damaged");
    return !s->failed;
}

uint8_t *jemput_source_make(struct jemput_source *s, size_t len)
{
    static uint8_t nothing[1]; /* an empty text is not "no memory" */
    uint8_t *made;

    if (len == 0)
        return nothing;
    if (len > s->made_left) {
        jemput_source_fail(s, JEMPUT_LIMIT, "more text than so few bytes may hold");
        return NULL;
    }
    if (len > s->room_left) {
        size_t size = len > ROOM_BYTES / 4 ? len : ROOM_BYTES;

        made = jemput_arena_alloc(s->arena, size);
        if (!made) {
            jemput_source_fail(s, JEMPUT_NOMEM, "no memory for text");
            return NULL;
        }
        s->made_left -= len;
        if (size == len)
            return made; /* as large as a room: the present one goes on */
        s->room = made;
        s->room_left = size;
    } else {
        s->made_left -= len;
    }
    made = s->room;
    s->room += len;
    s->room_left -= len;
    return made;
}

void *jemput_source_scratch(struct jemput_source *s, size_t count, size_t size)
{
    void *room = jemput_arena_array(s->scratch, count, size);

    if (!room)
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory to read a column");
    return room;
}
