/* report.c — see report.h. The budgets are those of the design; a figure without one is there to be watched. */
#include "report.h"

#include <jemput/jemput.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

enum budget { BUDGET_NONE, BUDGET_RATIO_MOST, BUDGET_MOST, BUDGET_LEAST };

#define GROWTH_MOST 1.1
#define LINES_MAX 20

struct line {
    const char *figure, *what, *unit;
    unsigned digits;
    bool grows;        /* a cost per operation, whose growth with the data has a budget */
    enum budget kind;
    double budget[2];  /* at the small and the large size; 0 = none there */
};

struct section {
    const char *title;
    struct line lines[LINES_MAX]; /* up to the one without a figure */
};

static const struct section sections[] = {
    { "Local write, one application a transaction",
      { { "write_ram", "on a RAM disk (processor time)", "us", 1, true, BUDGET_RATIO_MOST, { 1.35, 1.35 } },
        { "write_normal", "synchronous=NORMAL", "us", 1, true, BUDGET_RATIO_MOST, { 1.30, 1.30 } },
        { "write_full", "synchronous=FULL", "us", 1, true, BUDGET_RATIO_MOST, { 1.05, 1.05 } },
        { "write_bytes", "bytes written, checkpoints included", "B", 0, false, BUDGET_RATIO_MOST, { 1.3, 1.3 } } } },
    { "Sealing and sending, a tablet's day in one session",
      { { "seal", "seal, per application", "us", 1, true, BUDGET_NONE, { 0, 0 } },
        { "seal_payload", "payload, per application", "B", 1, false, BUDGET_NONE, { 0, 0 } },
        { "seal_segment", "applications in a segment", "", 0, false, BUDGET_NONE, { 0, 0 } },
        { "send", "sync, per application", "us", 1, true, BUDGET_NONE, { 0, 0 } },
        { "upload", "upload, per application (raw: CSV, xz -9)", "B", 1, false, BUDGET_MOST, { 64, 64 } },
        { "upload_folder", "the hub's folder grows by", "B", 1, false, BUDGET_NONE, { 0, 0 } },
        { "upload_edit", "upload, per edit", "B", 1, false, BUDGET_NONE, { 0, 0 } },
        { "seal_memory", "peak memory of writing and sealing", "MB", 1, false, BUDGET_MOST, { 20, 20 } },
        { "send_memory", "peak memory of sending", "MB", 1, false, BUDGET_MOST, { 20, 20 } } } },
    { "Central takes in all tablets (raw: bulk insert of the same rows)",
      { { "merge", "per application", "us", 2, true, BUDGET_RATIO_MOST, { 2.0, 1.8 } },
        { "merge_cpu", "per application, processor time", "us", 2, true, BUDGET_RATIO_MOST, { 2.0, 1.8 } },
        { "merge_rate", "applications a second", "/s", 0, false, BUDGET_LEAST, { 0, 90000 } },
        { "merge_changes", "changed rows a second", "/s", 0, false, BUDGET_NONE, { 0, 0 } },
        { "merge_lock", "the longest that a batch held the lock", "ms", 0, false, BUDGET_MOST, { 50, 50 } },
        { "merge_rows", "changed rows", "", 0, false, BUDGET_NONE, { 0, 0 } },
        { "merge_memory", "peak memory", "MB", 1, false, BUDGET_MOST, { 24, 24 } },
        { "merge_memory_many", "peak memory, with 250,000 rows and more", "MB", 1, false, BUDGET_MOST, { 24, 24 } },
        { "extension", "session extension, per application", "us", 2, true, BUDGET_NONE, { 0, 0 } },
        { "extension_cpu", "session extension, processor time", "us", 2, true, BUDGET_NONE, { 0, 0 } },
        { "extension_memory", "session extension, peak memory", "MB", 1, false, BUDGET_NONE, { 0, 0 } },
        { "followed", "with the change feed (raw: without)", "us", 2, true, BUDGET_RATIO_MOST, { 1.05, 1.05 } },
        { "followed_cpu", "the same, processor time", "us", 2, true, BUDGET_RATIO_MOST, { 1.05, 1.05 } },
        { "follow", "reading it, per row that has moved", "us", 2, true, BUDGET_NONE, { 0, 0 } },
        { "follow_whole", "reading all, per row", "us", 2, true, BUDGET_NONE, { 0, 0 } },
        { "take_over", "a tablet takes over, per application", "us", 2, true, BUDGET_NONE, { 0, 0 } },
        { "take_over_memory", "its peak memory", "MB", 1, false, BUDGET_MOST, { 20, 0 } } } },
    { "Store file (raw: the same rows)",
      { { "store_tablet", "a tablet with its log", "MB", 2, false, BUDGET_RATIO_MOST, { 1.6, 1.6 } },
        { "store_free", "of it free pages, to be used again", "MB", 2, false, BUDGET_NONE, { 0, 0 } },
        { "store_central", "central with all logs (no checkpoint yet)", "MB", 2, false, BUDGET_RATIO_MOST, { 1.25, 1.25 } },
        { "store_whole", "a tablet with all logs", "MB", 2, false, BUDGET_NONE, { 0, 0 } } } },
    { "Small things when all that is there",
      { { "idle", "sync with nothing to do, tablet", "ms", 2, true, BUDGET_NONE, { 0, 0 } },
        { "idle_bytes", "bytes of it", "B", 0, false, BUDGET_MOST, { 1024, 1024 } },
        { "idle_central", "sync with nothing to do, central", "ms", 2, true, BUDGET_NONE, { 0, 0 } },
        { "one", "sync of one new application", "ms", 2, true, BUDGET_NONE, { 0, 0 } },
        { "one_bytes", "bytes of it", "B", 0, false, BUDGET_NONE, { 0, 0 } },
        { "session", "sync of 50 applications", "ms", 2, true, BUDGET_NONE, { 0, 0 } },
        { "upload_50", "upload, per application (raw: CSV, xz -9)", "B", 1, false, BUDGET_RATIO_MOST, { 1.0, 1.0 } },
        { "segments", "segments of one application: checked, merged", "/s", 0, false, BUDGET_LEAST, { 15000, 15000 } } } },
};
#define SECTIONS (sizeof sections / sizeof sections[0])

/* --- one figure at one size --- */

struct shown { /* NAN = not measured */
    double jemput, raw, ratio;
};

static double median_of(const struct bench *b, unsigned at, const char *figure, const char *side)
{
    char name[FIGURE_NAME_BYTES];
    double value;

    snprintf(name, sizeof name, "%s.%s", figure, side);
    return figures_median(&b->figures[at], name, &value) ? value : NAN;
}

static struct shown shown_of(const struct bench *b, unsigned at, const struct line *l)
{
    struct shown s = { median_of(b, at, l->figure, "jemput"), median_of(b, at, l->figure, "raw"), median_of(b, at, l->figure, "ratio") };

    if (isnan(s.ratio))
        s.ratio = s.jemput / s.raw;
    return s;
}

/* By which part the budget is missed; 0 or less = met; NAN = there is none. */
static double missed_by(const struct line *l, unsigned at, const struct shown *s)
{
    double budget = l->budget[at];

    if (l->kind == BUDGET_NONE || budget == 0)
        return NAN;
    if (l->kind == BUDGET_LEAST)
        return budget / s->jemput - 1;
    return (l->kind == BUDGET_RATIO_MOST ? s->ratio : s->jemput) / budget - 1;
}

/* Growth of the cost from the small size to the large one, against raw's own where there is such. */
static double growth_of(const struct shown *small, const struct shown *large)
{
    double growth = large->jemput / small->jemput, raw = large->raw / small->raw;

    return isnan(raw) ? growth : growth / raw;
}

static unsigned sizes(const struct bench *b)
{
    return b->options.scale > 1 ? 2 : 1;
}

/* At one of the sizes. */
static bool is_measured(const struct bench *b, const struct line *l)
{
    return !isnan(median_of(b, 0, l->figure, "jemput")) || (sizes(b) == 2 && !isnan(median_of(b, 1, l->figure, "jemput")));
}

/* --- the table --- */

static void number_print(FILE *out, int width, unsigned digits, double value)
{
    if (isnan(value))
        fprintf(out, "%*s", width, "");
    else
        fprintf(out, "%*.*f", width, (int)digits, value);
}

static void verdict_print(FILE *out, double missed)
{
    char text[32] = "";

    if (missed <= 0)
        snprintf(text, sizeof text, "met");
    else if (!isnan(missed))
        snprintf(text, sizeof text, "miss %.0f%%", missed < 0.01 ? 1.0 : missed * 100);
    fprintf(out, "  %-9s", text);
}

static void budget_text(char out[64], const struct line *l)
{
    const char *sign = l->kind == BUDGET_LEAST ? ">=" : "<=", *unit = l->kind == BUDGET_RATIO_MOST ? "x raw" : l->unit;

    out[0] = '\0';
    if (l->kind == BUDGET_NONE)
        return;
    if (l->budget[0] == l->budget[1] || l->budget[0] == 0 || l->budget[1] == 0)
        snprintf(out, 64, "%s %g %s", sign, l->budget[1] > 0 ? l->budget[1] : l->budget[0], unit);
    else
        snprintf(out, 64, "%s %g, %g %s", sign, l->budget[0], l->budget[1], unit);
}

static void line_print(const struct bench *b, const struct line *l, FILE *out)
{
    struct shown shown[2];
    char budget[64];

    fprintf(out, "  %-43s %-3s", l->what, l->unit);
    for (unsigned at = 0; at < sizes(b); at++) {
        shown[at] = shown_of(b, at, l);
        number_print(out, 9, l->digits, shown[at].jemput);
        number_print(out, 9, l->digits, shown[at].raw);
        number_print(out, 7, 2, shown[at].ratio);
        verdict_print(out, missed_by(l, at, &shown[at]));
    }
    if (sizes(b) == 2 && l->grows)
        fprintf(out, "%6.2f%-2s", growth_of(&shown[0], &shown[1]), growth_of(&shown[0], &shown[1]) > GROWTH_MOST ? "!" : "");
    else if (sizes(b) == 2)
        fprintf(out, "%8s", "");
    budget_text(budget, l);
    fprintf(out, "  %s\n", budget);
}

static void head_print(const struct bench *b, FILE *out)
{
    const struct bench_options *o = &b->options;

    fprintf(out, "jemput %s, SQLite %s; work '%s' (%u cells an application), seed %llu; %u tablets, each with %u applications", jemput_version(),
            sqlite3_libversion(), o->shape->name, shape_cells(o->shape), (unsigned long long)o->seed, o->tablets, o->applications);
    if (sizes(b) == 2)
        fprintf(out, ", then %u", o->applications * o->scale);
    fputs("\n", out);
    if (folder_in_memory(b->folder))
        fputs("The folder is on a RAM disk: nothing is flushed, so NORMAL and FULL say little. Choose another with --folder.\n", out);
    fprintf(out, "\n%-49s", "");
    for (unsigned at = 0; at < sizes(b); at++) {
        char title[32];

        snprintf(title, sizeof title, "%u x %u applications", o->tablets, o->applications * (at ? o->scale : 1));
        fprintf(out, "%25s%11s", title, "");
    }
    fprintf(out, "\n%-49s", "");
    for (unsigned at = 0; at < sizes(b); at++)
        fprintf(out, "%9s%9s%7s%11s", "jemput", "raw", "ratio", "");
    fprintf(out, "%s  budget\n", sizes(b) == 2 ? "growth  " : "");
}

static void foot_print(const struct bench *b, FILE *out)
{
    fputs("\nFigures are medians. Bytes written are those given to write() (wchar of /proc/self/io). Upload: the packs in the hub's folder.\n"
          "Peak memory is that of a process that does nothing else, SQLite's cache included.\n"
          "The session extension stands in jemput's column: all changesets folded in a changegroup, then applied; no order, no check, no history.\n"
          "Segments a second: of processor time; the budget is for checking alone.\n",
          out);
    if (sizes(b) == 2)
        fprintf(out, "Growth: cost at the large size by cost at the small one, divided by raw's own where there is one; budget %.1f, ! = above it.\n",
                GROWTH_MOST);
}

void report_table(const struct bench *b, FILE *out)
{
    head_print(b, out);
    for (unsigned i = 0; i < SECTIONS; i++) {
        bool titled = false;

        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
            if (!is_measured(b, l))
                continue;
            if (!titled)
                fprintf(out, "%s\n", sections[i].title);
            titled = true;
            line_print(b, l, out);
        }
    }
    foot_print(b, out);
}

/* --- JSON --- */

static void json_number(FILE *out, const char *key, double value)
{
    if (isnan(value) || isinf(value))
        fprintf(out, "\"%s\":null", key);
    else
        fprintf(out, "\"%s\":%.6g", key, value);
}

static void json_line(const struct bench *b, const struct section *section, const struct line *l, FILE *out)
{
    static const char *const kinds[] = { "none", "ratio at most", "at most", "at least" };
    struct shown shown[2];

    fprintf(out, "{\"figure\":\"%s\",\"section\":\"%s\",\"what\":\"%s\",\"unit\":\"%s\",\"budget\":\"%s\",\"sizes\":[", l->figure, section->title, l->what,
            l->unit, kinds[l->kind]);
    for (unsigned at = 0; at < sizes(b); at++) {
        double missed;

        shown[at] = shown_of(b, at, l);
        missed = missed_by(l, at, &shown[at]);
        fprintf(out, "%s{\"scale\":%u,", at ? "," : "", at ? b->options.scale : 1);
        json_number(out, "jemput", shown[at].jemput);
        fputc(',', out);
        json_number(out, "raw", shown[at].raw);
        fputc(',', out);
        json_number(out, "ratio", shown[at].ratio);
        fputc(',', out);
        json_number(out, "budget", l->kind == BUDGET_NONE || l->budget[at] == 0 ? NAN : l->budget[at]);
        fputc(',', out);
        json_number(out, "missed_by", missed > 0 ? missed : missed <= 0 ? 0 : NAN);
        fprintf(out, ",\"met\":%s}", isnan(missed) ? "null" : missed <= 0 ? "true" : "false");
    }
    fputs("],", out);
    json_number(out, "growth", sizes(b) == 2 && l->grows ? growth_of(&shown[0], &shown[1]) : NAN);
    fputs("}", out);
}

void report_json(const struct bench *b, FILE *out)
{
    const struct bench_options *o = &b->options;
    bool first = true;

    fprintf(out, "{\"version\":\"%s\",\"sqlite\":\"%s\",\"work\":\"%s\",", jemput_version(), sqlite3_libversion(), o->shape->name);
    fprintf(out, "\"cells\":%u,\"seed\":%llu,\"tablets\":%u,\"applications\":%u,\"scale\":%u,", shape_cells(o->shape),
            (unsigned long long)o->seed, o->tablets, o->applications, o->scale);
    fprintf(out, "\"ram_disk\":%s,\"growth_budget\":%g,\"figures\":[\n", folder_in_memory(b->folder) ? "true" : "false", GROWTH_MOST);
    for (unsigned i = 0; i < SECTIONS; i++)
        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
            if (!is_measured(b, l))
                continue;
            if (!first)
                fputs(",\n", out);
            first = false;
            json_line(b, &sections[i], l, out);
        }
    fputs("\n]}\n", out);
}
