/* log/sort.c — heap sort: in place and without memory, so that it cannot fail, and no order of outside data makes it slow. */
#include <string.h>

#include "log/codec.h"

#define ITEM_BYTES_MAX 128

static void items_swap(uint8_t *a, uint8_t *b, size_t size)
{
    uint8_t kept[ITEM_BYTES_MAX];

    memcpy(kept, a, size);
    memcpy(a, b, size);
    memcpy(b, kept, size);
}

static void items_sift(uint8_t *items, size_t at, size_t count, size_t size, int (*compare)(const void *, const void *))
{
    for (size_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && compare(items + child * size, items + (child + 1) * size) < 0)
            child++;
        if (compare(items + at * size, items + child * size) >= 0)
            return;
        items_swap(items + at * size, items + child * size, size);
        at = child;
    }
}

void jemput_sort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
    uint8_t *first = items;

    JEMPUT_ASSERT(size <= ITEM_BYTES_MAX);
    for (size_t i = count / 2; i-- > 0;)
        items_sift(first, i, count, size, compare);
    for (size_t end = count; end > 1; end--) {
        items_swap(first, first + (end - 1) * size, size);
        items_sift(first, 0, end - 1, size, compare);
    }
}
