/* support/crash_lock.c — see crash_lock.h. */
#include "crash_lock.h"

#include <sqlite3.h>
#include <stdlib.h>

struct crash_shm {
    unsigned refs; /* holders; the memory outlives a power cut until the last of them lets go, as SQLite keeps pointers into it */
    void **regions;
    int region_count;
    unsigned shared_count[SQLITE_SHM_NLOCK];
    struct crash_holder *exclusive[SQLITE_SHM_NLOCK];
};

int crash_lock_raise(struct crash_locks *l, struct crash_holder *h, int level)
{
    if (h->level >= level)
        return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
        if (l->pending || l->exclusive)
            return SQLITE_BUSY;
        l->shared_count++;
        h->level = SQLITE_LOCK_SHARED;
        return SQLITE_OK;
    }
    if (l->reserved && l->reserved != h)
        return SQLITE_BUSY;
    l->reserved = h;
    if (level == SQLITE_LOCK_RESERVED) {
        h->level = SQLITE_LOCK_RESERVED;
        return SQLITE_OK;
    }
    l->pending = true;
    h->level = SQLITE_LOCK_PENDING;
    if (l->shared_count > 1)
        return SQLITE_BUSY;
    l->exclusive = true;
    h->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

void crash_lock_lower(struct crash_locks *l, struct crash_holder *h, int level)
{
    if (h->level <= level)
        return;
    if (l->reserved == h) {
        l->reserved = NULL;
        l->pending = l->exclusive = false;
    }
    if (level == SQLITE_LOCK_NONE)
        l->shared_count--;
    h->level = level;
}

void crash_holder_drop(struct crash_holder *h)
{
    h->level = SQLITE_LOCK_NONE;
}

static bool shm_grow(struct crash_shm *shm, int count, int region_bytes)
{
    void **regions = realloc(shm->regions, (size_t)count * sizeof *regions);

    if (!regions)
        return false;
    shm->regions = regions;
    while (shm->region_count < count) {
        regions[shm->region_count] = calloc(1, (size_t)region_bytes);
        if (!regions[shm->region_count])
            return false;
        shm->region_count++;
    }
    return true;
}

static void shm_unref(struct crash_shm *shm)
{
    if (--shm->refs)
        return;
    for (int i = 0; i < shm->region_count; i++)
        free(shm->regions[i]);
    free(shm->regions);
    free(shm);
}

int crash_shm_map(struct crash_locks *l, struct crash_holder *h, int region, int region_bytes, bool extend, void volatile **out)
{
    if (!h->shm) {
        if (!l->shm)
            l->shm = calloc(1, sizeof *l->shm);
        if (!l->shm)
            return SQLITE_NOMEM;
        h->shm = l->shm;
        h->shm->refs++;
    }
    if (region >= h->shm->region_count) {
        if (!extend)
            return SQLITE_OK;
        if (!shm_grow(h->shm, region + 1, region_bytes))
            return SQLITE_NOMEM;
    }
    *out = h->shm->regions[region];
    return SQLITE_OK;
}

static void shm_unlock(struct crash_holder *h, unsigned mask)
{
    for (int i = 0; i < SQLITE_SHM_NLOCK; i++) {
        unsigned bit = 1u << i;

        if (mask & h->shm_exclusive & bit)
            h->shm->exclusive[i] = NULL;
        if (mask & h->shm_shared & bit)
            h->shm->shared_count[i]--;
    }
    h->shm_shared &= ~mask;
    h->shm_exclusive &= ~mask;
}

int crash_shm_lock(struct crash_holder *h, int first, int count, int flags)
{
    unsigned mask = (1u << (first + count)) - (1u << first);

    if (!h->shm)
        return SQLITE_IOERR_SHMLOCK;
    if (flags & SQLITE_SHM_UNLOCK) {
        shm_unlock(h, mask);
        return SQLITE_OK;
    }
    for (int i = first; i < first + count; i++) {
        unsigned own = (h->shm_shared >> i) & 1;

        if (h->shm->exclusive[i] && h->shm->exclusive[i] != h)
            return SQLITE_BUSY;
        if ((flags & SQLITE_SHM_EXCLUSIVE) && h->shm->shared_count[i] > own)
            return SQLITE_BUSY;
    }
    for (int i = first; i < first + count; i++) {
        unsigned bit = 1u << i;

        if (flags & SQLITE_SHM_EXCLUSIVE) {
            h->shm->exclusive[i] = h;
            h->shm_exclusive |= bit;
        } else if (!(h->shm_shared & bit)) {
            h->shm->shared_count[i]++;
            h->shm_shared |= bit;
        }
    }
    return SQLITE_OK;
}

void crash_shm_unmap(struct crash_locks *l, struct crash_holder *h)
{
    struct crash_shm *shm = h->shm;

    if (!shm)
        return;
    shm_unlock(h, ~0u);
    h->shm = NULL;
    if (shm->refs == 1 && l->shm == shm)
        l->shm = NULL;
    shm_unref(shm);
}
