/* store/constraint/spot.c — what rows have in common: a hash table from values (or a key) to the nodes that have them. */
#include "store/constraint/pass.h"

#include <string.h>

bool jemput_nodes_reserve(struct jemput_node ***list, uint32_t count, uint32_t *room, struct jemput_arena *arena)
{
    struct jemput_node **grown;

    if (count < *room)
        return true;
    grown = jemput_arena_array(arena, *room ? (size_t)*room * 2 : 4, sizeof(struct jemput_node *));
    if (!grown)
        return false;
    if (count)
        memcpy(grown, *list, count * sizeof(struct jemput_node *));
    *list = grown;
    *room = *room ? *room * 2 : 4;
    return true;
}

static uint32_t spot_hash(const void *owner, struct jemput_bytes bytes)
{
    uint64_t hash = 0xcbf29ce484222325u ^ (uint64_t)(uintptr_t)owner;

    for (size_t i = 0; i < bytes.len; i++)
        hash = (hash ^ bytes.data[i]) * 0x100000001b3u;
    return (uint32_t)(hash ^ hash >> 32);
}

static bool table_grow(struct jemput_pass *p)
{
    uint32_t room = p->table_room ? p->table_room * 2 : 64;
    struct jemput_spot **table = jemput_arena_array(&p->arena, room, sizeof *table);

    if (!table)
        return false;
    for (uint32_t i = 0; i < p->table_room; i++) {
        for (struct jemput_spot *s = p->table[i], *next; s; s = next) {
            struct jemput_spot **place = &table[spot_hash(s->owner, s->bytes) & (room - 1)];

            next = s->next;
            s->next = *place;
            *place = s;
        }
    }
    p->table = table;
    p->table_room = room;
    return true;
}

struct jemput_spot *jemput_spot_of(struct jemput_pass *p, const void *owner, struct jemput_bytes bytes)
{
    struct jemput_spot **place, *s;

    if (p->spot_count >= p->table_room && !table_grow(p))
        return NULL;
    place = &p->table[spot_hash(owner, bytes) & (p->table_room - 1)];
    for (s = *place; s; s = s->next) {
        if (s->owner == owner && jemput_bytes_equal(s->bytes, bytes))
            return s;
    }
    s = jemput_arena_alloc(&p->arena, sizeof *s);
    if (!s)
        return NULL;
    s->owner = owner;
    s->bytes = jemput_arena_copy(&p->arena, bytes);
    if (!s->bytes.data)
        return NULL;
    s->next = *place;
    *place = s;
    p->spot_count++;
    return s;
}

bool jemput_spot_join(struct jemput_pass *p, struct jemput_spot *spot, struct jemput_node *node)
{
    if (!jemput_nodes_reserve(&spot->nodes, spot->count, &spot->room, &p->arena))
        return false;
    spot->nodes[spot->count++] = node;
    return true;
}
