/* store/constraint/interest.c — see interest.h. */
#include "store/constraint/interest.h"

#include <string.h>

#include "store/apply/birth.h"

#define OPEN UINT32_C(0xffffffff) /* no claim has this number */

struct jemput_interests *jemput_interests_new(struct jemput_store *store)
{
    struct jemput_interests *i = jemput_alloc_zero(1, sizeof *i);
    struct jemput_error err;
    enum jemput_status st = i ? jemput_birth_key(store, i->key, &err) : JEMPUT_NOMEM;

    if (st == JEMPUT_NOTFOUND) { /* the first rows of all are held */
        store->env->random(store->env, i->key, sizeof i->key);
        st = JEMPUT_OK;
    }
    if (st) {
        jemput_free(i);
        return NULL;
    }
    i->store = store;
    return i;
}

void jemput_interests_free(struct jemput_interests *i)
{
    if (!i)
        return;
    jemput_arena_release(&i->arena);
    jemput_free(i);
}

void jemput_interests_clear(struct jemput_interests *i)
{
    struct jemput_interests empty = { .store = i->store };

    memcpy(empty.key, i->key, sizeof empty.key);
    jemput_arena_release(&i->arena);
    *i = empty;
}

static uint64_t mark_of(const struct jemput_interests *i, uint64_t owner, struct jemput_bytes bytes)
{
    uint64_t both[2] = { owner, jemput_birth_hash(i->store, i->key, bytes) }, hash; /* marks stay in memory: in whatever order its bytes are */

    hash = jemput_birth_hash(i->store, i->key, jemput_bytes_of(both, sizeof both));
    return hash == JEMPUT_MARK_ALWAYS ? 1 : hash;
}

uint64_t jemput_mark_key(const struct jemput_interests *i, uint32_t table, struct jemput_bytes key)
{
    return mark_of(i, (uint64_t)table << 32, key);
}

uint64_t jemput_mark_open(const struct jemput_interests *i, uint32_t table, struct jemput_bytes key)
{
    return mark_of(i, (uint64_t)table << 32 | OPEN, key);
}

uint64_t jemput_mark_claim(const struct jemput_interests *i, uint32_t table, uint16_t claim, struct jemput_bytes folded)
{
    return mark_of(i, (uint64_t)table << 32 | (claim + 1u), folded);
}

static void mark_link(struct jemput_interests *i, uint32_t at)
{
    uint32_t *bucket = &i->buckets[i->marks[at].hash & (i->bucket_room - 1)];

    i->marks[at].next = *bucket;
    *bucket = at + 1;
}

static bool marks_reserve(struct jemput_interests *i)
{
    uint32_t room = i->mark_room ? i->mark_room * 2 : 64;
    struct jemput_mark *marks;
    uint32_t *buckets;

    if (i->mark_count < i->mark_room)
        return true;
    marks = jemput_arena_array(&i->arena, room, sizeof *marks);
    buckets = jemput_arena_array(&i->arena, room, sizeof *buckets);
    if (!marks || !buckets)
        return false;
    if (i->mark_count)
        memcpy(marks, i->marks, i->mark_count * sizeof *marks);
    i->marks = marks;
    i->buckets = buckets;
    i->mark_room = i->bucket_room = room;
    for (uint32_t at = 0; at < i->mark_count; at++)
        mark_link(i, at);
    return true;
}

bool jemput_interests_mark(struct jemput_interests *i, uint64_t hash)
{
    if (!marks_reserve(i))
        return false;
    i->marks[i->mark_count] = (struct jemput_mark){ .hash = hash, .name = i->names.count - 1 };
    mark_link(i, i->mark_count++);
    return true;
}

static uint32_t mark_after(const struct jemput_interests *i, uint64_t hash, uint32_t at)
{
    uint32_t next = at ? i->marks[at - 1].next : i->bucket_room ? i->buckets[hash & (i->bucket_room - 1)] : 0;

    while (next && i->marks[next - 1].hash != hash)
        next = i->marks[next - 1].next;
    return next;
}

void jemput_interests_pass(struct jemput_interests *i)
{
    i->walk++;
}

bool jemput_interests_walk(struct jemput_interests *i, uint64_t hash)
{
    uint32_t first = mark_after(i, hash, 0);

    if (!first || i->marks[first - 1].walk == i->walk)
        return false;
    i->marks[first - 1].walk = i->walk;
    return true;
}

const struct jemput_row_name *jemput_interests_next(const struct jemput_interests *i, uint64_t hash, uint32_t *at)
{
    *at = mark_after(i, hash, *at);
    return *at ? &i->names.names[i->marks[*at - 1].name] : NULL;
}
