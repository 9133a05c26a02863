/* figures.h — what was measured: samples by name; a figure is the median of its samples. */
#ifndef JEMPUT_BENCH_FIGURES_H
#define JEMPUT_BENCH_FIGURES_H

#include <stdbool.h>

#define FIGURE_NAME_BYTES 40

struct sample {
    char name[FIGURE_NAME_BYTES]; /* "<figure>.<side>" */
    double value;
};

struct figures { /* zeroed = empty */
    struct sample *samples;
    unsigned count, room;
};

void figures_add(struct figures *f, const char *name, double value);
/* false = there is no sample of that name. */
bool figures_median(const struct figures *f, const char *name, double *out);
void figures_release(struct figures *f);

#endif
