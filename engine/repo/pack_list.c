/* repo/pack_list.c — see pack_list.h. */
#include "repo/pack_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static uint64_t beginning_of(const uint8_t oid[JEMPUT_OID_BYTES])
{
    uint64_t beginning;

    memcpy(&beginning, oid, sizeof beginning); /* in whatever order of bytes: it is compared with others of this process alone */
    return beginning;
}

enum jemput_status jemput_pack_list_add(struct jemput_pack_list *list, const uint8_t oid[JEMPUT_OID_BYTES], uint32_t pack, struct jemput_error *err)
{
    if (list->count == JEMPUT_PACK_LIST_ROOM)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u objects in small packs", JEMPUT_PACK_LIST_ROOM);
    if (list->count == list->cap) {
        uint32_t cap = list->cap ? 2 * list->cap : 256;
        struct jemput_pack_listed *grown = jemput_realloc(list->of, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u objects of packs", (unsigned)cap);
        list->of = grown;
        list->cap = cap;
    }
    list->of[list->count++] = (struct jemput_pack_listed){ beginning_of(oid), pack };
    return JEMPUT_OK;
}

void jemput_pack_list_drop(struct jemput_pack_list *list, uint32_t count)
{
    list->count = count;
}

void jemput_pack_list_renumber(struct jemput_pack_list *list, const uint32_t *numbers)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < list->count; i++)
        if (numbers[list->of[i].pack] != JEMPUT_PACK_GONE)
            list->of[kept++] = (struct jemput_pack_listed){ list->of[i].beginning, numbers[list->of[i].pack] };
    list->count = kept;
}

static int listed_order(const void *a, const void *b)
{
    const struct jemput_pack_listed *x = a, *y = b;

    if (x->beginning != y->beginning)
        return x->beginning < y->beginning ? -1 : 1;
    return x->pack < y->pack ? -1 : x->pack > y->pack;
}

void jemput_pack_list_sort(struct jemput_pack_list *list)
{
    if (list->count)
        qsort(list->of, list->count, sizeof *list->of, listed_order);
}

uint32_t jemput_pack_list_find(const struct jemput_pack_list *list, const struct jemput_oid *oid)
{
    uint64_t beginning = beginning_of(oid->id);
    uint32_t from = 0, to = list->count;

    while (from < to) {
        uint32_t middle = from + (to - from) / 2;

        if (list->of[middle].beginning < beginning)
            from = middle + 1;
        else
            to = middle;
    }
    return jemput_pack_list_is(list, from, oid) ? from : list->count;
}

bool jemput_pack_list_is(const struct jemput_pack_list *list, uint32_t place, const struct jemput_oid *oid)
{
    return place < list->count && list->of[place].beginning == beginning_of(oid->id);
}

void jemput_pack_list_release(struct jemput_pack_list *list)
{
    jemput_free(list->of);
    *list = (struct jemput_pack_list){ 0 };
}
