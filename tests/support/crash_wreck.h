/* support/crash_wreck.h — a disk as it is when the power goes, kept, so that many fates of what was not safe can be tried after running the work once.
 *
 * Most fates leave the same bytes: who tries thousands of them looks at each outcome once. */
#ifndef TESTS_SUPPORT_CRASH_WRECK_H
#define TESTS_SUPPORT_CRASH_WRECK_H

#include "crash_disk.h"

struct crash_wreck;

struct crash_wreck *crash_wreck_new(const struct crash_disk *d); /* a copy; of a disk without nameless files */
void crash_wreck_free(struct crash_wreck *w);                    /* NULL is allowed */
/* The files that this seed's power cut leaves: end with crash_snapshot_free(). *is_new: no seed before left the same. */
struct crash_snapshot *crash_wreck_outcome(struct crash_wreck *w, uint64_t seed, bool *is_new);
/* What an outcome led to, such as a recovered database: true = no outcome of this wreck led to these bytes before. */
bool crash_wreck_first(struct crash_wreck *w, const void *data, size_t len);

#endif
