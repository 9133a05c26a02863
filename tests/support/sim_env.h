/* support/sim_env.h — a jemput_env in virtual time, with repeatable randomness, and files that lose power together with SQLite's.
 *
 * Files are in memory on the crash VFS's disk, beside the databases (stat, read, rename, remove and list see those too), with the durability of
 * env/posix.c: created bytes are safe, a name is safe after rename, a removal may come back. File calls are operations of that disk, so cut_at and
 * fail_at count them. Or they go through to another env, for the parts that need real folders (libgit2); time and randomness stay simulated.
 * Several of these may share one VFS: time inside SQLite is then that of the one set last. */
#ifndef TESTS_SUPPORT_SIM_ENV_H
#define TESTS_SUPPORT_SIM_ENV_H

#include <stdbool.h>
#include <stdint.h>

#include "crash_vfs.h"
#include "env/env.h"

struct sim_env {
    struct jemput_env env; /* hand out &s.env */
    struct crash_vfs *vfs; /* may be NULL with real files */
    struct jemput_env *real_files; /* NULL = in memory */
    int64_t wall_ms;
    uint64_t free_bytes; /* of the disk, whatever is written: 8 GiB, unless a test says otherwise */
    uint64_t monotonic_ms;
    uint64_t boot_id;
    uint64_t rng;
    uint64_t file_calls;   /* since sim_env_fail_at or init */
    uint64_t failures;     /* how many of them were made to fail */
    uint64_t fail_at;      /* UINT64_MAX = none */
    enum jemput_status fail_status;
    bool fail_sticky;
};

/* Starts on 15 June 2025, one second after its boot. `vfs` is borrowed; nothing to release. */
void sim_env_init(struct sim_env *s, struct crash_vfs *vfs, uint64_t seed);
void sim_env_use_real_files(struct sim_env *s, struct jemput_env *real); /* NULL = back to memory */

void sim_env_advance(struct sim_env *s, uint64_t ms);   /* both clocks */
void sim_env_set_wall(struct sim_env *s, int64_t wall_ms); /* the wall clock alone jumps, in any direction */
void sim_env_reboot(struct sim_env *s);                 /* new boot id; the monotonic clock starts again */
void sim_env_power_cut(struct sim_env *s, uint64_t seed); /* crash_vfs_power_cut, then a reboot */

/* The nth file call from now gives `status` and does nothing; sticky: all later ones too. nth UINT64_MAX disarms. */
void sim_env_fail_at(struct sim_env *s, uint64_t nth, enum jemput_status status, bool sticky);

#endif
