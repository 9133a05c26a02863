/* report.h — the figures beside their budgets: a table for people, JSON for programs, a plot; and what has changed since a saved run. */
#ifndef JEMPUT_BENCH_REPORT_H
#define JEMPUT_BENCH_REPORT_H

#include <stdio.h>

#include "bench.h"
#include "machine.h"

void report_table(const struct bench *b, const struct machine *m, FILE *out);
void report_json(const struct bench *b, const struct machine *m, FILE *out);
/* Each figure with a budget as a bar of its share of it, with a whisker from the least to the most that was measured: an SVG of its own. */
void report_plot(const struct bench *b, const struct machine *m, FILE *out);

/* Read what report_json() has written. */
void report_load(struct bench *b, struct machine *m, const char *path);
/* Figures whose ranges do not overlap, `before` and `now`, at the sizes that both have. How many have become worse. */
unsigned report_compare(const struct bench *before, const struct machine *before_machine, const struct bench *now, const struct machine *m,
                        FILE *out);

#endif
