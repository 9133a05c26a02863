/* compare.c — what has changed since a saved run: see report.h. Samples of one run lie apart by chance, so a figure has changed only where all of
 * one run's lie on one side of all of the other's. Ratios to raw, where there are such, hang less on what else the machine was doing. */
#include <math.h>
#include <string.h>

#include "budget.h"
#include "report.h"

#define CHANGE_LEAST 0.01  /* of figures that never vary, such as bytes, a little more is no matter */
#define VARYING_SAMPLES_LEAST 3 /* of times and memory: fewer say nothing of how far they lie apart */

struct change {
    struct range before, now;
    double by; /* part of what it was */
    bool is_ratio, worse;
};

static bool varies(const struct line *l)
{
    return l->grows || strcmp(l->unit, "us") == 0 || strcmp(l->unit, "ms") == 0 || strcmp(l->unit, "/s") == 0 || strstr(l->figure, "memory");
}

static bool change_find(const struct bench *before, const struct bench *now, const struct line *l, unsigned at, struct change *out)
{
    struct shown was = shown_of(before, at, l), is = shown_of(now, at, l);

    out->is_ratio = was.ratio.samples && is.ratio.samples;
    out->before = out->is_ratio ? was.ratio : was.jemput;
    out->now = out->is_ratio ? is.ratio : is.jemput;
    if (!out->before.samples || !out->now.samples)
        return false;
    if (varies(l) && (out->before.samples < VARYING_SAMPLES_LEAST || out->now.samples < VARYING_SAMPLES_LEAST))
        return false;
    if (out->before.median > 0)
        out->by = out->now.median / out->before.median - 1;
    else
        out->by = out->now.median > 0 ? INFINITY : 0;
    out->worse = (out->by > 0) != (strcmp(l->unit, "/s") == 0);
    return fabs(out->by) >= CHANGE_LEAST && (out->now.least > out->before.most || out->now.most < out->before.least);
}

static void change_print(const struct bench *now, const struct line *l, unsigned at, const struct change *c, FILE *out)
{
    const struct range *is = &c->now, *was = &c->before;
    int digits = c->is_ratio ? 2 : (int)l->digits;

    fprintf(out, "  %-6s %-47s %-5s %10.*f (%.*f-%.*f)", now->sizes[at].name, l->what, c->is_ratio ? "x raw" : l->unit, digits, is->median, digits,
            is->least, digits, is->most);
    fprintf(out, "  was %.*f (%.*f-%.*f)", digits, was->median, digits, was->least, digits, was->most);
    if (!isinf(c->by))
        fprintf(out, "  %+.1f%%", 100 * c->by);
    fprintf(out, "  %s\n", l->nature == LINE_NEUTRAL ? "changed" : c->worse ? "WORSE" : "better");
}

static bool size_is_same(const struct bench_size *a, const struct bench_size *b)
{
    return a->shape == b->shape && a->tablets == b->tablets && a->applications == b->applications;
}

static void machine_print(const char *when, const struct machine *m, FILE *out)
{
    fprintf(out, "  %s %s, %s, SQLite %s, %s, %s\n", when, m->processor, m->disk, m->sqlite, m->compiler, m->libraries);
}

static void machines_print(const struct machine *was, const struct machine *is, FILE *out)
{
    if (strcmp(was->processor, is->processor) == 0 && strcmp(was->disk, is->disk) == 0 && strcmp(was->sqlite, is->sqlite) == 0 &&
        strcmp(was->compiler, is->compiler) == 0 && strcmp(was->libraries, is->libraries) == 0)
        return;
    fputs("ANOTHER MACHINE, OR OTHER LIBRARIES: times are not to be compared, ratios with care.\n", out);
    machine_print("was", was, out);
    machine_print("is ", is, out);
}

unsigned report_compare(const struct bench *before, const struct machine *before_machine, const struct bench *now, const struct machine *m, FILE *out)
{
    unsigned worse = 0, better = 0;

    fprintf(out, "\nChanged since the run of %s: all samples of one run on one side of all of the other's\n", before_machine->when);
    machines_print(before_machine, m, out);
    for (unsigned at = 0; at < SIZES_MAX; at++) {
        if (!before->measured[at] || !now->measured[at])
            continue;
        if (!size_is_same(&before->sizes[at], &now->sizes[at])) {
            fprintf(out, "  the %s size was another one: not compared\n", now->sizes[at].name);
            continue;
        }
        for (unsigned i = 0; i < section_count; i++)
            for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
                struct change c;

                if (!change_find(before, now, l, at, &c))
                    continue;
                if (l->nature != LINE_NEUTRAL)
                    *(c.worse ? &worse : &better) += 1;
                change_print(now, l, at, &c, out);
            }
    }
    fprintf(out, "  %u worse, %u better\n", worse, better);
    return worse;
}
