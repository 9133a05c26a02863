/* report.h — the figures beside their budgets: a table for people, JSON for programs. */
#ifndef JEMPUT_BENCH_REPORT_H
#define JEMPUT_BENCH_REPORT_H

#include <stdio.h>

#include "bench.h"

void report_table(const struct bench *b, FILE *out);
void report_json(const struct bench *b, FILE *out);

#endif
