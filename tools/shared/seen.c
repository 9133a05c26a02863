/* seen.c — open addressing; ids are hashes already. */
#include "seen.h"

#include <stdlib.h>
#include <string.h>

#include "buffer.h"

static struct seen_entry **slot_of(struct seen_entry **slots, size_t capacity, const struct id *id)
{
    size_t i;
    uint64_t hash;

    memcpy(&hash, id->bytes, sizeof hash);
    for (i = hash & (capacity - 1); slots[i] && memcmp(slots[i]->id.bytes, id->bytes, ID_BYTES) != 0;)
        i = (i + 1) & (capacity - 1);
    return &slots[i];
}

static void seen_grow(struct seen *seen)
{
    size_t capacity = seen->capacity ? 2 * seen->capacity : 256;
    struct seen_entry **slots = memory_resize(NULL, capacity, sizeof *slots);

    for (size_t i = 0; i < capacity; i++)
        slots[i] = NULL;
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i])
            *slot_of(slots, capacity, &seen->slots[i]->id) = seen->slots[i];
    free(seen->slots);
    seen->slots = slots;
    seen->capacity = capacity;
}

struct seen_entry *seen_get(struct seen *seen, const struct id *id)
{
    struct seen_entry **slot;

    if (2 * seen->count >= seen->capacity)
        seen_grow(seen);
    slot = slot_of(seen->slots, seen->capacity, id);
    if (!*slot) {
        *slot = memory_resize(NULL, 1, sizeof **slot);
        **slot = (struct seen_entry){ .id = *id };
        seen->count++;
    }
    return *slot;
}

void seen_release(struct seen *seen)
{
    for (size_t i = 0; i < seen->capacity; i++)
        if (seen->slots[i]) {
            free(seen->slots[i]->cells);
            free(seen->slots[i]);
        }
    free(seen->slots);
    *seen = (struct seen){ 0 };
}
