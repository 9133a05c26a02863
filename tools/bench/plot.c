/* plot.c — the budgets as a picture: see report.h. A bar ends where the figure lies as a share of its budget, whose line is the same for all; the
 * whisker goes from the least to the most that was measured. What is above the budget is black, what is within it white or grey by its size: so it
 * can be read in black and white, and by who sees no red. */
#include <math.h>

#include "budget.h"
#include "report.h"

#define WIDTH 1108
#define LABEL_X 390 /* where labels end and bars begin */
#define BAR_WIDTH 440.0
#define SHARE_MOST 2.0 /* at the right end of the bars; what is above is cut, and says so */
#define BAR_HEIGHT 12
#define HEAD_HEIGHT 114
#define FOOT_HEIGHT 40

static const char *const fills[SIZES_MAX] = { "#ffffff", "#c4c4c4", "#8f8f8f" };

static double x_of(double share)
{
    return LABEL_X + BAR_WIDTH * (share < SHARE_MOST ? share : SHARE_MOST) / SHARE_MOST;
}

static void text_put(FILE *out, const char *text)
{
    for (; *text; text++)
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        default:
            fputc(*text, out);
        }
}

/* The figure itself, in words. */
static void value_put(const struct line *l, const struct shown *s, FILE *out)
{
    if (l->kind == BUDGET_RATIO_MOST)
        fprintf(out, "%.2f x raw (%.*f %s)", s->ratio.median, (int)l->digits, s->jemput.median, l->unit);
    else
        fprintf(out, "%.*f %s", (int)l->digits, s->jemput.median, l->unit);
}

static void bar_put(const struct bench *b, const struct line *l, unsigned at, unsigned y, FILE *out)
{
    struct shown s = shown_of(b, at, l);
    struct range share = share_of(b, l, at, &s);
    double end = x_of(share.median);
    unsigned middle = y + BAR_HEIGHT / 2;

    fprintf(out, "<rect x=\"%d\" y=\"%u\" width=\"%.1f\" height=\"%d\" fill=\"%s\" stroke=\"#000\"/>\n", LABEL_X, y, end - LABEL_X, BAR_HEIGHT,
            share.median > 1 ? "#000000" : fills[at]);
    if (share.median > SHARE_MOST) /* it goes on */
        fprintf(out, "<path d=\"M%.1f %ul6 -%dM%.1f %ul6 -%d\" stroke=\"#fff\" stroke-width=\"2\"/>\n", end - 26, y + BAR_HEIGHT, BAR_HEIGHT,
                end - 20,
                y + BAR_HEIGHT, BAR_HEIGHT);
    if (share.least < share.most) {
        fprintf(out, "<path d=\"M%.1f %uH%.1f\" stroke=\"#fff\" stroke-width=\"4\"/>\n", x_of(share.least), middle, x_of(share.most));
        fprintf(out, "<path d=\"M%.1f %uH%.1fM%.1f %uv6M%.1f %uv6\" stroke=\"#000\" stroke-width=\"1.5\"/>\n", x_of(share.least), middle,
                x_of(share.most),
                x_of(share.least), middle - 3, x_of(share.most), middle - 3);
    }
    fprintf(out, "<text x=\"%.0f\" y=\"%u\">%s", LABEL_X + BAR_WIDTH + 12, y + BAR_HEIGHT - 2,
            share.median > 1 ? "<tspan font-weight=\"bold\">" : "");
    value_put(l, &s, out);
    if (share.median > 1)
        fprintf(out, "  +%.0f %%</tspan>", 100 * (share.median - 1));
    fputs("</text>\n", out);
}

/* Is there something to draw? */
static bool is_drawn(const struct bench *b, const struct line *l, unsigned at)
{
    struct shown s = shown_of(b, at, l);

    return b->measured[at] && !isnan(share_of(b, l, at, &s).median);
}

/* Returns the height that it took. */
static unsigned line_put(const struct bench *b, const struct line *l, unsigned y, FILE *out)
{
    char budget[BUDGET_TEXT_BYTES];
    unsigned height = 0;

    for (unsigned at = 0; at < SIZES_MAX; at++) {
        if (!is_drawn(b, l, at))
            continue;
        if (height == 0) {
            budget_text(budget, l, b);
            fprintf(out, "<text x=\"%d\" y=\"%u\" text-anchor=\"end\">", LABEL_X - 8, y + BAR_HEIGHT - 2);
            text_put(out, l->what);
            fputs(" <tspan fill=\"#555\">", out);
            text_put(out, budget);
            fputs("</tspan></text>\n", out);
        }
        bar_put(b, l, at, y + height, out);
        height += BAR_HEIGHT + 3;
    }
    return height ? height + 5 : 0;
}

static unsigned section_put(const struct bench *b, const struct section *section, unsigned y, FILE *out)
{
    unsigned top = y;

    for (const struct line *l = section->lines; l < section->lines + LINES_MAX && l->figure; l++) {
        bool there = false;

        for (unsigned at = 0; at < SIZES_MAX; at++)
            there = there || is_drawn(b, l, at);
        if (there && y == top) {
            fprintf(out, "<text x=\"16\" y=\"%u\" font-weight=\"bold\">", y + 14);
            text_put(out, section->title);
            fputs("</text>\n", out);
            y += 24;
        }
        y += line_put(b, l, y, out);
    }
    return y > top ? y - top + 8 : 0;
}

/* Where the bars of all sections end. */
static unsigned sections_height(const struct bench *b)
{
    FILE *nowhere = fopen("/dev/null", "w");
    unsigned y = HEAD_HEIGHT;

    for (unsigned i = 0; nowhere && i < section_count; i++)
        y += section_put(b, &sections[i], y, nowhere);
    if (nowhere)
        fclose(nowhere);
    return y;
}

static void head_put(const struct bench *b, const struct machine *m, FILE *out)
{
    int x = 16;

    fputs("<text x=\"16\" y=\"26\" font-size=\"17\" font-weight=\"bold\">jemput beside its budgets</text>\n<text x=\"16\" y=\"46\" fill=\"#555\">",
          out);
    text_put(out, m->processor);
    fprintf(out, ", %u cores, SQLite %s, ", m->cores, m->sqlite);
    text_put(out, m->when);
    fputs("; left of the line is within the budget</text>\n<text x=\"16\" y=\"64\" fill=\"#555\">", out);
    text_put(out, m->note);
    fputs("</text>\n", out);
    for (unsigned at = 0; at < SIZES_MAX; at++) {
        if (!b->measured[at])
            continue;
        fprintf(out,
                "<rect x=\"%d\" y=\"76\" width=\"22\" height=\"%d\" fill=\"%s\" stroke=\"#000\"/>"
                 "<text x=\"%d\" y=\"86\">%u x %u applications, %s</text>\n", x,
                BAR_HEIGHT, fills[at], x + 28, b->sizes[at].tablets, b->sizes[at].applications, b->sizes[at].shape->name);
        x += 252;
    }
    fprintf(out, "<rect x=\"%d\" y=\"76\" width=\"22\" height=\"%d\"/><text x=\"%d\" y=\"86\">above the budget</text>\n", x, BAR_HEIGHT, x + 28);
}

void report_plot(const struct bench *b, const struct machine *m, FILE *out)
{
    unsigned bottom = sections_height(b), y = HEAD_HEIGHT;

    fprintf(out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%u\" viewBox=\"0 0 %d %u\" "
            "font-family=\"sans-serif\" font-size=\"12\">\n", WIDTH,
            bottom + FOOT_HEIGHT, WIDTH, bottom + FOOT_HEIGHT);
    fprintf(out, "<rect width=\"%d\" height=\"%u\" fill=\"#fff\"/>\n", WIDTH, bottom + FOOT_HEIGHT);
    head_put(b, m, out);
    for (double share = 0.5; share <= SHARE_MOST; share += 0.5) {
        fprintf(out, "<path d=\"M%.1f %dV%u\" stroke=\"%s\" stroke-width=\"%s\"/>\n", x_of(share), HEAD_HEIGHT - 8, bottom,
                share == 1 ? "#000" : "#ddd",
                share == 1 ? "2" : "1");
        fprintf(out, "<text x=\"%.1f\" y=\"%u\" text-anchor=\"middle\">%s%.1f</text>\n", x_of(share), bottom + 16,
                share == SHARE_MOST ? "&gt;= " : "", share);
    }
    fprintf(out, "<text x=\"%.1f\" y=\"%u\" text-anchor=\"middle\" font-weight=\"bold\">= budget</text>\n", x_of(1), bottom + 31);
    for (unsigned i = 0; i < section_count; i++)
        y += section_put(b, &sections[i], y, out);
    fputs("</svg>\n", out);
}
