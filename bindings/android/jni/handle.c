/* handle.c — the table of handles: see handle.h. One mutex for all of it, held for a few instructions. */
#include "handle.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS_MAX (UINT32_C(1) << 24)
#define SLOTS_FIRST 64

struct slot {
    void *object; /* NULL = free */
    void (*end)(void *object);
    uint32_t generation; /* that a handle must have to be valid */
    uint32_t uses;
    uint32_t next_free; /* of a free one: the next, plus one; 0 = none */
    uint8_t kind;
    bool ended;
};

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t table_given = PTHREAD_COND_INITIALIZER; /* an ended one was given back for the last time */
static struct slot *slots;
static uint32_t slot_count, slot_cap, free_first; /* the first free one, plus one; 0 = none */
static unsigned in_use;

static uint32_t slot_of(int64_t handle)
{
    return (uint32_t)((uint64_t)handle >> 32) & (SLOTS_MAX - 1);
}

static int64_t handle_of(uint32_t slot)
{
    return (int64_t)((uint64_t)slots[slot].kind << 56 | (uint64_t)slot << 32 | slots[slot].generation);
}

/* A slot that nobody uses; slot_cap if there is no memory. */
static uint32_t slot_find(void)
{
    uint32_t slot = free_first ? free_first - 1 : slot_count;

    if (free_first) {
        free_first = slots[slot].next_free;
        return slot;
    }
    if (slot_count == slot_cap) {
        uint32_t cap = slot_cap ? 2 * slot_cap : SLOTS_FIRST;
        struct slot *more = cap <= SLOTS_MAX ? realloc(slots, cap * sizeof *slots) : NULL;

        if (!more)
            return slot_cap;
        slots = more;
        slot_cap = cap;
    }
    slots[slot_count++] = (struct slot){ .generation = 1 };
    return slot;
}

int64_t handle_new(enum handle_kind kind, void *object, void (*end)(void *object))
{
    int64_t handle = 0;
    uint32_t slot;

    pthread_mutex_lock(&table_lock);
    slot = slot_find();
    if (slot < slot_cap) {
        struct slot *s = &slots[slot];

        *s = (struct slot){ .object = object, .end = end, .generation = s->generation, .kind = (uint8_t)kind };
        handle = handle_of(slot);
        in_use++;
    }
    pthread_mutex_unlock(&table_lock);
    return handle;
}

/* The slot of a valid handle; NULL. The table is locked. */
static struct slot *valid(int64_t handle, enum handle_kind kind)
{
    uint32_t slot = slot_of(handle);

    if (slot >= slot_count || !slots[slot].object || slots[slot].ended || slots[slot].kind != kind || handle_of(slot) != handle)
        return NULL;
    return &slots[slot];
}

void *handle_take(int64_t handle, enum handle_kind kind)
{
    void *object = NULL;
    struct slot *s;

    pthread_mutex_lock(&table_lock);
    s = valid(handle, kind);
    if (s) {
        s->uses++;
        object = s->object;
    }
    pthread_mutex_unlock(&table_lock);
    return object;
}

/* Ended, and used by nobody: the slot is free again. What is to be ended, once the table is unlocked. */
static struct slot slot_free(struct slot *s)
{
    struct slot was = *s;

    *s = (struct slot){ .generation = was.generation };
    in_use--;
    if (s->generation != 0) { /* else there is no generation left: it stays unused for ever */
        s->next_free = free_first;
        free_first = (uint32_t)(s - slots) + 1;
    }
    pthread_cond_broadcast(&table_given);
    return was;
}

void handle_give(int64_t handle)
{
    struct slot *s, was = { 0 };

    pthread_mutex_lock(&table_lock);
    s = &slots[slot_of(handle)];
    s->uses--;
    if (s->ended && s->uses == 0)
        was = slot_free(s);
    pthread_mutex_unlock(&table_lock);
    if (was.end)
        was.end(was.object);
}

static bool end(int64_t handle, enum handle_kind kind, bool alone)
{
    struct slot *s, was = { 0 };
    uint32_t generation;
    bool found;

    pthread_mutex_lock(&table_lock);
    s = valid(handle, kind);
    found = s != NULL;
    if (found) {
        s->ended = true;
        generation = ++s->generation;
        if (s->uses == 0)
            was = slot_free(s);
        else /* the table may move meanwhile, and the slot be somebody else's */
            while (alone && slots[slot_of(handle)].ended && slots[slot_of(handle)].generation == generation)
                pthread_cond_wait(&table_given, &table_lock);
    }
    pthread_mutex_unlock(&table_lock);
    if (was.end)
        was.end(was.object);
    return found;
}

bool handle_end(int64_t handle, enum handle_kind kind)
{
    return end(handle, kind, false);
}

bool handle_end_alone(int64_t handle, enum handle_kind kind)
{
    return end(handle, kind, true);
}

unsigned handle_count(void)
{
    unsigned count;

    pthread_mutex_lock(&table_lock);
    count = in_use;
    pthread_mutex_unlock(&table_lock);
    return count;
}
