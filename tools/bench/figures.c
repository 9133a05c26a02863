/* figures.c — see figures.h. */
#include "figures.h"

#include <math.h>
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

/* Values of a name in the order in which they came: free(). */
static double *values_of(const struct figures *f, const char *figure, const char *side, unsigned *count)
{
    double *values = malloc((f->count ? f->count : 1) * sizeof *values);
    char name[FIGURE_NAME_BYTES];

    if (!values)
        trouble("no memory for figures");
    snprintf(name, sizeof name, "%s.%s", figure, side);
    *count = 0;
    for (unsigned i = 0; i < f->count; i++)
        if (strcmp(f->samples[i].name, name) == 0)
            values[(*count)++] = f->samples[i].value;
    return values;
}

static struct range range_of(double *values, unsigned count)
{
    struct range r = { NAN, NAN, NAN, count };

    if (!count)
        return r;
    qsort(values, count, sizeof *values, value_compare);
    r.median = count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
    r.least = values[0];
    r.most = values[count - 1];
    return r;
}

struct range figures_range(const struct figures *f, const char *figure, const char *side)
{
    unsigned count;
    double *values = values_of(f, figure, side, &count);
    struct range r = range_of(values, count);

    free(values);
    return r;
}

struct range figures_ratio(const struct figures *f, const char *figure)
{
    struct range own = figures_range(f, figure, "ratio"), r;
    unsigned count, raw_count;
    double *values, *raw;

    if (own.samples)
        return own;
    values = values_of(f, figure, "jemput", &count);
    raw = values_of(f, figure, "raw", &raw_count);
    if (count && count == raw_count)
        for (unsigned i = 0; i < count; i++)
            values[i] /= raw[i];
    else if (count && raw_count) {
        values[0] = range_of(values, count).median / range_of(raw, raw_count).median;
        count = 1;
    }
    r = range_of(values, raw_count ? count : 0);
    free(values);
    free(raw);
    return r;
}

void figures_release(struct figures *f)
{
    free(f->samples);
    *f = (struct figures){ 0 };
}
