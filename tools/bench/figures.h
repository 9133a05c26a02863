/* figures.h — what was measured: samples by name, in the order in which they came. */
#ifndef JEMPUT_BENCH_FIGURES_H
#define JEMPUT_BENCH_FIGURES_H

#include <stdbool.h>

#define FIGURE_NAME_BYTES 40

struct sample {
    char name[FIGURE_NAME_BYTES]; /* "<figure>.<side>": jemput, raw, or the ratio of both that was taken in one breath */
    double value;
};

struct figures { /* zeroed = empty */
    struct sample *samples;
    unsigned count, room;
};

struct range { /* NAN = not measured */
    double median, least, most;
    unsigned samples;
};

void figures_add(struct figures *f, const char *name, double value);
struct range figures_range(const struct figures *f, const char *figure, const char *side);
/* jemput by raw: of its own samples, or pair by pair in the order in which both came, or of the two medians. */
struct range figures_ratio(const struct figures *f, const char *figure);
void figures_release(struct figures *f);

#endif
