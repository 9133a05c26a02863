/* figures.c — see figures.h. */
#include "figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "trouble.h"

void figures_add(struct figures *f, const char *name, double value)
{
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 256;
        f->samples = realloc(f->samples, f->room * sizeof *f->samples);
        if (!f->samples)
            trouble("no memory for figures");
    }
    snprintf(f->samples[f->count].name, FIGURE_NAME_BYTES, "%s", name);
    f->samples[f->count++].value = value;
}

static int value_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

bool figures_median(const struct figures *f, const char *name, double *out)
{
    double *values = malloc((f->count ? f->count : 1) * sizeof *values);
    unsigned count = 0;

    if (!values)
        trouble("no memory for figures");
    for (unsigned i = 0; i < f->count; i++)
        if (strcmp(f->samples[i].name, name) == 0)
            values[count++] = f->samples[i].value;
    if (count) {
        qsort(values, count, sizeof *values, value_compare);
        *out = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    }
    free(values);
    return count > 0;
}

void figures_release(struct figures *f)
{
    free(f->samples);
    *f = (struct figures){ 0 };
}
