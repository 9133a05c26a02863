/* support/crash_lock.h — file locks and WAL shared memory between the connections of one process, with os_unix.c's rules.
 *
 * A file has crash_locks, each handle on it a crash_holder. Results are SQLite codes. The power going is a memset of crash_locks: nobody holds
 * anything any more, and a holder of before must not be lowered after it, but dropped. */
#ifndef TESTS_SUPPORT_CRASH_LOCK_H
#define TESTS_SUPPORT_CRASH_LOCK_H

#include <stdbool.h>

struct crash_holder {
    int level; /* SQLITE_LOCK_* */
    struct crash_shm *shm;
    unsigned shm_shared, shm_exclusive; /* bit masks of slots */
};

struct crash_locks {
    unsigned shared_count;
    struct crash_holder *reserved; /* holds RESERVED, PENDING or EXCLUSIVE */
    bool pending;                  /* new readers wait */
    bool exclusive;
    struct crash_shm *shm; /* borrowed from the holders that mapped it */
};

int crash_lock_raise(struct crash_locks *l, struct crash_holder *h, int level);
void crash_lock_lower(struct crash_locks *l, struct crash_holder *h, int level);
void crash_holder_drop(struct crash_holder *h);

int crash_shm_map(struct crash_locks *l, struct crash_holder *h, int region, int region_bytes, bool extend, void volatile **out);
int crash_shm_lock(struct crash_holder *h, int first, int count, int flags);
void crash_shm_unmap(struct crash_locks *l, struct crash_holder *h);

#endif
