/* table.c — the figures for people: see report.h. */
#include <math.h>

#include "budget.h"
#include "report.h"

static void number_print(FILE *out, int width, unsigned digits, double value)
{
    if (isnan(value))
        fprintf(out, "%*s", width, "");
    else
        fprintf(out, "%*.*f", width, (int)digits, value);
}

static void verdict_print(FILE *out, double share)
{
    char text[32] = "";

    if (share <= 1)
        snprintf(text, sizeof text, "met");
    else if (!isnan(share))
        snprintf(text, sizeof text, "miss %.0f%%", share < 1.01 ? 1.0 : (share - 1) * 100);
    fprintf(out, "  %-9s", text);
}

static void shown_print(const struct bench *b, const struct line *l, unsigned at, const struct shown *s, FILE *out)
{
    number_print(out, 9, l->digits, s->jemput.median);
    number_print(out, 9, l->digits, s->raw.median);
    number_print(out, 7, 2, s->ratio.median);
    verdict_print(out, share_of(b, l, at, s).median);
}

/* How far the samples lie apart: of the ratio, where it is what the budget speaks of. */
static void spread_print(const struct line *l, const struct shown *s, FILE *out)
{
    const struct range *r = l->kind == BUDGET_RATIO_MOST ? &s->ratio : &s->jemput;
    char text[40] = "";

    if (r->samples > 1 && r->least != r->most)
        snprintf(text, sizeof text, "%.*f-%.*f", l->kind == BUDGET_RATIO_MOST ? 2 : (int)l->digits, r->least,
                 l->kind == BUDGET_RATIO_MOST ? 2 : (int)l->digits, r->most);
    fprintf(out, "  %-17s", text);
}

static void line_print(const struct bench *b, const struct line *l, unsigned from, unsigned to, FILE *out)
{
    double growth = growth_of(b, l);
    struct shown s = { .jemput = { .samples = 0 } };
    char budget[BUDGET_TEXT_BYTES];

    fprintf(out, "  %-47s %-3s", l->what, l->unit);
    for (unsigned at = from; at < to; at++) {
        s = shown_of(b, at, l);
        shown_print(b, l, at, &s, out);
    }
    spread_print(l, &s, out);
    if (to - from > 1 && !isnan(growth))
        fprintf(out, "%6.2f%-2s", growth, growth_share(b, l) > 1 ? "!" : "");
    else if (to - from > 1)
        fprintf(out, "%8s", "");
    budget_text(budget, l, b);
    fprintf(out, "  %s\n", budget);
}

/* Sizes `from` to `to` - 1 beside each other. */
static void sizes_print(const struct bench *b, unsigned from, unsigned to, FILE *out)
{
    fprintf(out, "\n%-53s", "");
    for (unsigned at = from; at < to; at++)
        fprintf(out, "%14u x %6u applications%3s", b->sizes[at].tablets, b->sizes[at].applications, "");
    fprintf(out, "\n%-53s", "");
    for (unsigned at = from; at < to; at++)
        fprintf(out, "%9s%9s%7s%11s", "jemput", "raw", "ratio", "");
    fprintf(out, "  %-17s%s  budget\n", "least-most", to - from > 1 ? "growth  " : "");
    for (unsigned i = 0; i < section_count; i++) {
        bool titled = false;

        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
            bool there = false;

            for (unsigned at = from; at < to; at++) {
                struct shown s = shown_of(b, at, l);

                there = there || shown_is_there(&s);
            }
            if (!there)
                continue;
            if (!titled)
                fprintf(out, "%s\n", sections[i].title);
            titled = true;
            line_print(b, l, from, to, out);
        }
    }
}

static void head_print(const struct bench *b, const struct machine *m, FILE *out)
{
    fprintf(out, "jemput %s, SQLite %s, %s, %s\n%s, %u cores, %s, %s; load %.1f before, %.1f behind; %s\n", m->jemput, m->sqlite, m->libraries,
            m->compiler,
            m->processor, m->cores, m->system, m->disk, m->load_before, m->load_after, m->when);
    fprintf(out, "work '%s' (%u cells an application), seed %llu, %u runs of what is done once\n", b->sizes[0].shape->name,
            shape_cells(b->sizes[0].shape),
            (unsigned long long)b->options.seed, b->options.runs);
    if (m->note[0])
        fprintf(out, "%s\n", m->note);
    if (m->missing[0])
        fprintf(out, "NOT HERE: %s. What is measured with them is missing, and the budgets that speak of it are open (below).\n", m->missing);
    if (m->load_before > 0.5)
        fputs("Other programs were running when this began: times are not to be trusted; ratios, bytes and sizes are.\n", out);
}

/* Budgets that were not judged: none may go without a word. */
static void open_print(const struct bench *b, unsigned at, FILE *out)
{
    const char *before = "";

    if (!b->measured[at])
        return;
    if (size_unjudged(b, at)) {
        fprintf(out, "No budget is judged at the %s size: %s.\n", b->sizes[at].name, size_unjudged(b, at));
        return;
    }
    for (unsigned i = 0; i < section_count; i++)
        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
            if (!line_is_open(b, l, at))
                continue;
            if (!before[0])
                fprintf(out, "Open at the %s size, not measured or for another work:", b->sizes[at].name);
            fprintf(out, "%s %s", before, l->figure);
            before = ",";
        }
    if (before[0])
        fputc('\n', out);
}

static void excuses_print(const struct bench *b, FILE *out)
{
    for (unsigned i = 0; i < section_count; i++)
        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++)
            if (line_excuse(b, l))
                fprintf(out, "Missed: %s: %s.\n", l->what, line_excuse(b, l));
}

static void foot_print(const struct bench *b, FILE *out)
{
    fputs("\nFigures are medians; least-most is of the last size, of the ratio where the budget is one.\n"
          "What each figure means: tools/bench/README.md.\n",
          out);
    if (b->measured[SIZE_LARGE])
        fprintf(out, "Growth: cost at the large size by cost at the small one, divided by raw's own where there is one; budget %.1f, ! = above it.\n",
                GROWTH_MOST);
    excuses_print(b, out);
    for (unsigned at = 0; at < SIZES_MAX; at++)
        open_print(b, at, out);
}

void report_table(const struct bench *b, const struct machine *m, FILE *out)
{
    head_print(b, m, out);
    sizes_print(b, SIZE_SMALL, b->measured[SIZE_LARGE] ? SIZE_LARGE + 1 : SIZE_SMALL + 1, out);
    if (b->measured[SIZE_PEAK]) {
        fprintf(out, "\nThe peak of a kelurahan split, work '%s'\n", b->sizes[SIZE_PEAK].shape->name);
        sizes_print(b, SIZE_PEAK, SIZE_PEAK + 1, out);
    }
    foot_print(b, out);
}
