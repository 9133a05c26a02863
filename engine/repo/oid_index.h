/* repo/oid_index.h — finds items of an array by the object id that each begins with, in constant time. The array is the caller's. */
#ifndef JEMPUT_REPO_OID_INDEX_H
#define JEMPUT_REPO_OID_INDEX_H

#include "repo/repo.h"

struct jemput_oid_index { /* zeroed = empty */
    uint32_t *places; /* 1 + an item's index; 0 = free. Owned */
    uint32_t count;   /* of places: a power of two, and twice the room for items; 0 = no item can be there yet */
};

/* Room for more items of `bytes` each, of which `count` are there; *room is how many there may be. Gives the array where it is now; NULL: there is no
 * memory for it, and array and index are as they were. */
void *jemput_oid_index_grow(struct jemput_oid_index *index, void *items, size_t bytes, uint32_t count, uint32_t *room) JEMPUT_MUST_USE;
/* Where in `places` the item with that id stands, or where a new one's does. There must be places. */
uint32_t jemput_oid_index_place(const struct jemput_oid_index *index, const void *items, size_t bytes, const struct jemput_oid *oid);
void jemput_oid_index_release(struct jemput_oid_index *index);

#endif
