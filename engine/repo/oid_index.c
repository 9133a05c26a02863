/* repo/oid_index.c — see oid_index.h. Open addressing by the first bytes of the ids, at most half full. */
#include "repo/oid_index.h"

#include <string.h>

#include "repo/internal.h"

#define ROOM_FIRST 128u

static const struct jemput_oid *id_of(const void *items, size_t bytes, uint32_t item)
{
    return (const struct jemput_oid *)(const void *)((const uint8_t *)items + item * bytes);
}

uint32_t jemput_oid_index_place(const struct jemput_oid_index *index, const void *items, size_t bytes, const struct jemput_oid *oid)
{
    uint32_t place;

    memcpy(&place, oid->id, sizeof place);
    place &= index->count - 1;
    while (index->places[place] && !jemput_oid_equal(id_of(items, bytes, index->places[place] - 1), oid))
        place = (place + 1) & (index->count - 1);
    return place;
}

void *jemput_oid_index_grow(struct jemput_oid_index *index, void *items, size_t bytes, uint32_t count, uint32_t *room)
{
    uint32_t more = *room ? 2 * *room : ROOM_FIRST;
    struct jemput_oid_index grown = { *room > UINT32_MAX / 8 ? NULL : jemput_alloc_zero(2 * (size_t)more, sizeof *grown.places), 2 * more };
    void *moved = grown.places ? jemput_realloc(items, more * bytes) : NULL;

    if (!moved) {
        jemput_free(grown.places);
        return NULL;
    }
    for (uint32_t i = 0; i < count; i++)
        grown.places[jemput_oid_index_place(&grown, moved, bytes, id_of(moved, bytes, i))] = i + 1;
    jemput_oid_index_release(index);
    *index = grown;
    *room = more;
    return moved;
}

void jemput_oid_index_release(struct jemput_oid_index *index)
{
    jemput_free(index->places);
    *index = (struct jemput_oid_index){ 0 };
}
