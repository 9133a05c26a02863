/* sim/forgotten.h — what the tests of forgetting ask of a fleet: a row to forget, and whether anybody still has it, or a key to what held it. */
#ifndef TESTS_SIM_FORGOTTEN_H
#define TESTS_SIM_FORGOTTEN_H

#include "api/engine.h"
#include "api/ingest/segment.h"
#include "fleet.h"
#include "scene.h"

/* A space in which all have two rows of `orang`: 'p1', and 'px', which two devices have written to. Device 0 is central. */
void forgotten_begin(struct fleet *f, unsigned devices, uint64_t seed);
void forgotten_begin_with_admin(struct fleet *f, uint64_t seed); /* three devices; 0 administrates, 1 is central */
void forgotten_forget(struct fleet *f, const char *orang); /* at device 0 */
void forgotten_forget_in(struct fleet *f, const char *table, const char *key);
void forgotten_checkpoint(struct fleet *f); /* device 0 makes one, and signs that it is backed up */

bool forgotten_file_has(struct fleet *f, unsigned device, const char *text); /* its file, or the log beside it */
void forgotten_expect_nowhere(struct fleet *f, unsigned device); /* no word of 'px' */
/* `erased` of `count` devices have told the one who asks. */
void forgotten_expect_places(struct fleet *f, unsigned asks, unsigned erased, unsigned count);
/* Settle; then all show one state, and a check and a computation anew find nothing. */
void forgotten_expect_one_state(struct fleet *f);

/* The data segments that a device has now, as whoever copied a hub has them for ever. */
#define FORGOTTEN_LOG_MAX 200
struct forgotten_log {
    struct jemput_arena arena;
    struct engine_segment of[FORGOTTEN_LOG_MAX];
    unsigned count;
};
void forgotten_log_take(struct forgotten_log *log, struct fleet *f, unsigned device);
/* How many of them the device opens with whatever it has now: keys, and what the records hand to it. */
unsigned forgotten_log_readable(struct forgotten_log *log, struct fleet *f, unsigned device);
void forgotten_log_release(struct forgotten_log *log);

#endif
