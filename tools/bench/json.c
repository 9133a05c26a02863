/* json.c — the figures for programs: see report.h. */
#include <math.h>

#include "budget.h"
#include "report.h"

static void json_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\":\"", key);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            fputc('\\', out);
        fputc((unsigned char)*text < 0x20 ? ' ' : *text, out);
    }
    fputs("\",", out);
}

static void json_number(FILE *out, const char *key, const char *more, double value)
{
    if (isnan(value) || isinf(value))
        fprintf(out, "\"%s%s\":null,", key, more);
    else
        fprintf(out, "\"%s%s\":%.6g,", key, more, value);
}

static void json_range(FILE *out, const char *key, const struct range *r)
{
    json_number(out, key, "", r->median);
    json_number(out, key, "_min", r->least);
    json_number(out, key, "_max", r->most);
}

/* "true": the budget is met; "null": there is no verdict. */
static const char *verdict(double share)
{
    return isnan(share) ? "null" : share <= 1 ? "true" : "false";
}

static void json_size(const struct bench *b, unsigned at, const struct line *l, FILE *out)
{
    struct shown s = shown_of(b, at, l);
    double share = share_of(b, l, at, &s).median;

    fprintf(out, "{\"size\":\"%s\",", b->sizes[at].name);
    json_number(out, "scale", "", (double)b->sizes[at].applications / b->sizes[SIZE_SMALL].applications);
    json_range(out, "jemput", &s.jemput);
    json_range(out, "raw", &s.raw);
    json_range(out, "ratio", &s.ratio);
    fprintf(out, "\"samples\":%u,", s.jemput.samples ? s.jemput.samples : s.raw.samples);
    json_number(out, "budget", "", budget_of(b, l, at));
    json_number(out, "missed_by", "", share > 1 ? share - 1 : share <= 1 ? 0 : NAN);
    fprintf(out, "\"met\":%s}", verdict(share));
}

static void json_line(const struct bench *b, const struct section *section, const struct line *l, FILE *out)
{
    static const char *const kinds[] = { "none", "ratio at most", "at most", "at least" };
    bool first = true;

    fputc('{', out);
    json_text(out, "figure", l->figure);
    json_text(out, "section", section->title);
    json_text(out, "what", l->what);
    json_text(out, "unit", l->unit);
    json_text(out, "budget", kinds[l->kind]);
    json_number(out, "growth", "", growth_of(b, l));
    fprintf(out, "\"growth_met\":%s,", verdict(growth_share(b, l)));
    if (line_excuse(b, l))
        json_text(out, "excuse", line_excuse(b, l));
    fputs("\"sizes\":[", out);
    for (unsigned at = 0; at < SIZES_MAX; at++) {
        struct shown s = shown_of(b, at, l);

        if (!b->measured[at] || !shown_is_there(&s))
            continue;
        fputs(first ? "\n  " : ",\n  ", out);
        first = false;
        json_size(b, at, l, out);
    }
    fputs("]}", out);
}

/* Budgets that were not judged. */
static void json_open(const struct bench *b, FILE *out)
{
    bool first = true;

    fputs("\"open\":[", out);
    for (unsigned i = 0; i < section_count; i++)
        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++)
            for (unsigned at = 0; at < SIZES_MAX; at++)
                if (line_is_open(b, l, at)) {
                    fprintf(out, "%s{\"size\":\"%s\",\"figure\":\"%s\"}", first ? "" : ",", b->sizes[at].name, l->figure);
                    first = false;
                }
    fputs("],\n", out);
}

static void json_machine(const struct machine *m, FILE *out)
{
    fputs("\"machine\":{", out);
    json_text(out, "processor", m->processor);
    json_text(out, "system", m->system);
    json_text(out, "disk", m->disk);
    json_number(out, "load_before", "", m->load_before);
    json_number(out, "load_after", "", m->load_after);
    fprintf(out, "\"cores\":%u},\n", m->cores);
    json_text(out, "when", m->when);
    json_text(out, "version", m->jemput);
    json_text(out, "compiler", m->compiler);
    json_text(out, "sqlite", m->sqlite);
    json_text(out, "libraries", m->libraries);
    json_text(out, "missing", m->missing);
    json_text(out, "note", m->note);
}

void report_json(const struct bench *b, const struct machine *m, FILE *out)
{
    bool first = true;

    fputc('{', out);
    json_machine(m, out);
    fprintf(out, "\n\"seed\":%llu,\"runs\":%u,\"photos\":%u,\"sealed\":%s,\"growth_budget\":%g,\"sizes\":[", (unsigned long long)b->options.seed,
            b->options.runs, b->options.photos, b->options.sealed ? "true" : "false", GROWTH_MOST);
    for (unsigned at = 0; at < SIZES_MAX; at++)
        if (b->measured[at])
            fprintf(out, "%s{\"size\":\"%s\",\"work\":\"%s\",\"cells\":%u,\"tablets\":%u,\"applications\":%u}", at ? "," : "", b->sizes[at].name,
                    b->sizes[at].shape->name, shape_cells(b->sizes[at].shape), b->sizes[at].tablets, b->sizes[at].applications);
    fputs("],\n", out);
    json_open(b, out);
    fputs("\"figures\":[\n", out);
    for (unsigned i = 0; i < section_count; i++)
        for (const struct line *l = sections[i].lines; l < sections[i].lines + LINES_MAX && l->figure; l++) {
            if (!line_is_measured(b, l))
                continue;
            if (!first)
                fputs(",\n", out);
            first = false;
            json_line(b, &sections[i], l, out);
        }
    fputs("\n]}\n", out);
}
