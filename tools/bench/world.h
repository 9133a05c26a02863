/* world.h — the outside world of the stores under measurement: real files and disks, but a clock and a randomness that are the same on every run.
 *
 * An officer's day is hours long; written in a second, its times would compress better than they do in life. So the clock is set by the work. */
#ifndef JEMPUT_BENCH_WORLD_H
#define JEMPUT_BENCH_WORLD_H

#include <stdint.h>

struct jemput_env;

/* The one world of this process, as the device number `device` has it. Time stands still at the last world_set(), or at the start of the work. */
struct jemput_env *world_of(uint64_t seed, unsigned device);
/* What a service pays once in its life, and no phase or path for itself: libgit2, as distributions build it, reads all the system's certificates when
 * it starts. */
void world_git_start(void);
/* Every opening of a store must draw other random numbers: a process says this before it starts another one that opens some. */
void world_branch(void);
/* What a process draws does not depend on how many stores it has opened before: as number `number` of those that do different things. */
void world_branch_to(uint64_t number);
void world_set(int64_t now_ms);
/* From here on the monotonic clock goes on as the real one does: the engine cuts what it does at once by it. world_set() stops it again. */
void world_flow(void);
/* From now on world_flow() does nothing: what is counted must not depend on how fast the machine is. */
void world_stand(void);
int64_t world_now(void);

#define WORLD_START_MS INT64_C(1772500000000)
#define WORLD_DAY_MS INT64_C(86400000)

#endif
