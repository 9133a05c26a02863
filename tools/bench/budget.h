/* budget.h — what each figure means, its budget (README.md here), and whether it is met. */
#ifndef JEMPUT_BENCH_BUDGET_H
#define JEMPUT_BENCH_BUDGET_H

#include "bench.h"

enum budget {
    BUDGET_NONE,       /* there to be watched */
    BUDGET_RATIO_MOST, /* jemput's figure by raw's */
    BUDGET_MOST,
    BUDGET_LEAST
};

#define GROWTH_MOST 1.1
#define LINES_MAX 28
#define PHOTOS_JUDGED 400

struct line {
    const char *figure, *what, *unit;
    unsigned digits;
    bool grows;               /* a cost per operation, whose growth with the data has a budget */
    enum budget kind;
    double budget[SIZES_MAX]; /* 0 = none there */
    enum {
        LINE_PLAIN,
        LINE_COLUMNS, /* its budget is for the 15 columns of the work 'reference' */
        LINE_PHOTOS,  /* for PHOTOS_JUDGED photos */
        LINE_NEUTRAL  /* more is neither better nor worse */
    } nature;
};

struct section {
    const char *title;
    struct line lines[LINES_MAX]; /* up to the one without a figure */
};
extern const struct section sections[];
extern const unsigned section_count;

struct shown { /* one figure at one size */
    struct range jemput, raw, ratio;
};
struct shown shown_of(const struct bench *b, unsigned at, const struct line *l);
bool shown_is_there(const struct shown *s);
bool line_is_measured(const struct bench *b, const struct line *l); /* at one of the sizes */

/* Why no budget is for the work of this size; NULL = the budgets are for it. */
const char *size_unjudged(const struct bench *b, unsigned at);

/* What the budget speaks of, so that more is worse and 1 is the budget; its range likewise. NAN = there is no budget, or nothing was measured. */
struct range share_of(const struct bench *b, const struct line *l, unsigned at, const struct shown *s);
/* There is a budget, and it was not judged: something that it takes was not measured, or it is for another work. */
bool line_is_open(const struct bench *b, const struct line *l, unsigned at);
/* Missed at one of the sizes, or in its growth, and why that stays so; NULL = it is met, or no reason is known. */
const char *line_excuse(const struct bench *b, const struct line *l);
/* Growth of the cost from the small size to the large one, against raw's own where there is such. NAN = nothing to be compared. */
double growth_of(const struct bench *b, const struct line *l);
/* What that is of GROWTH_MOST. NAN = it is not judged. */
double growth_share(const struct bench *b, const struct line *l);

/* "<= 1.35 x raw"; "" = none */
#define BUDGET_TEXT_BYTES 64
void budget_text(char out[BUDGET_TEXT_BYTES], const struct line *l, const struct bench *b);
double budget_of(const struct bench *b, const struct line *l, unsigned at); /* NAN = none */

#endif
