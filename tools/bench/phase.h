/* phase.h — what is measured runs in a child process each, so that its peak memory is its own. */
#ifndef JEMPUT_BENCH_PHASE_H
#define JEMPUT_BENCH_PHASE_H

#include "bench.h"

struct probe { /* where a phase puts its samples */
    int out;
};
void probe_add(struct probe *p, const char *figure, const char *side, double value);

typedef void (*phase_fn)(const struct bench *b, unsigned arg, struct probe *p);

/* Run it to its end and take over its samples. `name`: what ps and perf call the process, at most 15 letters.
 * `memory` names the figure for its peak in MB ("<memory>.jemput"); NULL = of no interest. */
void phase_run(struct bench *b, const char *name, phase_fn run, unsigned arg, const char *memory);

#endif
