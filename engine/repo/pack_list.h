/* repo/pack_list.h — in which of many packs an object may be: the beginnings of the names that their indexes hold, in order. A hub that nobody tidies
 * has a pack for each push; without this, each object would be looked for in half of them. */
#ifndef JEMPUT_REPO_PACK_LIST_H
#define JEMPUT_REPO_PACK_LIST_H

#include "repo/repo.h"

#define JEMPUT_PACK_LIST_ROOM (256u * 1024) /* objects: 4 MiB */
#define JEMPUT_PACK_GONE UINT32_MAX

struct jemput_pack_listed {
    uint64_t beginning; /* of the object's name */
    uint32_t pack;      /* the caller's number for it */
};

struct jemput_pack_list { /* zeroed = empty */
    struct jemput_pack_listed *of; /* count of them; ascending once it was sorted. Owned */
    uint32_t count, cap;
};

/* One more; sorted later. JEMPUT_NOMEM    JEMPUT_LIMIT there are JEMPUT_PACK_LIST_ROOM of them */
enum jemput_status jemput_pack_list_add(struct jemput_pack_list *list, const uint8_t oid[JEMPUT_OID_BYTES], uint32_t pack,
                                        struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_pack_list_drop(struct jemput_pack_list *list, uint32_t count); /* so many stay, of those that were added first */
/* The packs have other numbers now: numbers[old] is the new one, or JEMPUT_PACK_GONE. */
void jemput_pack_list_renumber(struct jemput_pack_list *list, const uint32_t *numbers);
void jemput_pack_list_sort(struct jemput_pack_list *list);
/* The first that may be this object; those of the same beginning follow it. `count` = there is none. */
uint32_t jemput_pack_list_find(const struct jemput_pack_list *list, const struct jemput_oid *oid);
bool jemput_pack_list_is(const struct jemput_pack_list *list, uint32_t place, const struct jemput_oid *oid); /* may that place be it? */
void jemput_pack_list_release(struct jemput_pack_list *list);

#endif
