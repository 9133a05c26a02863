/* support/fault_alloc.h — an allocator for jemput_allocator_set() that counts, fails the nth allocation, and finds leaks.
 *
 * Install it before anything else allocates: every block carries a header, and a block from elsewhere stops the program. New memory is
 * filled with garbage, freed memory with other garbage, and realloc always moves, so that stale pointers show. One thread.
 *
 *     struct fault_alloc mem;
 *     fault_alloc_install(&mem);
 *     for (uint64_t n = 0; ; n++) {
 *         fault_alloc_arm(&mem, n, false);
 *         st = call_under_test(&err);
 *         fault_alloc_disarm(&mem);
 *         … check the state, and that mem.live_blocks is what it was …
 *         if (!mem.failures)
 *             break;      the call got through without meeting the nth allocation
 *     }
 *     assert_int_equal(fault_alloc_uninstall(&mem), 0); */
#ifndef TESTS_SUPPORT_FAULT_ALLOC_H
#define TESTS_SUPPORT_FAULT_ALLOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fault_alloc {
    uint64_t calls;    /* allocations and reallocations since arm (or install); frees are not counted */
    uint64_t failures; /* how many of them were made to fail */
    uint64_t fail_at;  /* index of the call that fails; UINT64_MAX = none */
    bool sticky;       /* all later ones fail too */
    size_t live_bytes; /* as asked for by the callers */
    size_t live_blocks;
    size_t peak_bytes; /* highest live_bytes since install or fault_alloc_peak_reset */
    uint64_t total_bytes;
};

void fault_alloc_install(struct fault_alloc *f); /* `f` must live until uninstall */
size_t fault_alloc_uninstall(struct fault_alloc *f);  /* returns how many blocks were never freed (and says so on stderr): 0 is good */
void fault_alloc_arm(struct fault_alloc *f, uint64_t nth, bool sticky); /* counts anew from 0 */
void fault_alloc_disarm(struct fault_alloc *f); /* leaves `calls` and `failures` to be read */
void fault_alloc_peak_reset(struct fault_alloc *f);
/* $JEMPUT_FAULT_STEP, 1 without it: sanitizers are slow, and with them every so many-th moment must do. */
uint64_t fault_step(void);

#endif
