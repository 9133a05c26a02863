/* sim/world/shadow.c — see shadow.h. A row is kept as one line of text, so that rows are alike if their lines are. */
#include "shadow.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "sometimes.h"

enum { SLOTS = 1 << 14, LINE_BYTES = 1 << 16, MARKS_KEPT = 4 };

struct line { /* a row; name NULL = none */
    char *name, *text;
    bool shown, held;
    unsigned conflicts;
};
struct lines {
    struct line of[SLOTS];
    unsigned count;
};

static struct shadow {
    int device; /* -1 = nobody is followed */
    unsigned readings;
    struct jemput_feed_mark marks[MARKS_KEPT]; /* of the last readings, the newest first */
    struct lines rows;
} shadow = { .device = -1 };
static struct lines whole; /* of a whole reading */
static struct jemput_feed_reading reading; /* under way */

/* --- lines --- */

static struct line *line_of(struct lines *all, const char *name)
{
    uint32_t hash = 2166136261u;

    for (const char *c = name; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    while (all->of[hash % SLOTS].name && strcmp(all->of[hash % SLOTS].name, name) != 0)
        hash++;
    return &all->of[hash % SLOTS];
}

static void lines_clear(struct lines *all)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        free(all->of[i].name);
        free(all->of[i].text);
    }
    memset(all, 0, sizeof *all);
}

static char *text_keep(const char *text)
{
    char *copy = strdup(text);

    if (!copy)
        abort();
    return copy;
}

struct writer { /* of a line */
    size_t len;
    char text[LINE_BYTES];
};

__attribute__((format(printf, 2, 3))) static void say(struct writer *w, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    w->len += (size_t)vsnprintf(w->text + w->len, sizeof w->text - w->len, fmt, args);
    va_end(args);
    if (w->len >= sizeof w->text)
        failure("a row of the change feed is longer than %d bytes", LINE_BYTES);
}

static void say_value(struct writer *w, const struct jemput_datum *v)
{
    switch (v->type) {
    case JEMPUT_TYPE_NULL:
        say(w, "NULL");
        break;
    case JEMPUT_TYPE_INTEGER:
        say(w, "%lld", (long long)v->integer);
        break;
    case JEMPUT_TYPE_REAL:
        say(w, "%.17g", v->real);
        break;
    case JEMPUT_TYPE_TEXT:
    case JEMPUT_TYPE_BLOB:
        say(w, v->type == JEMPUT_TYPE_TEXT ? "'" : "x'");
        for (size_t i = 0; i < v->len; i++)
            say(w, v->type == JEMPUT_TYPE_TEXT && ((const char *)v->data)[i] > ' ' ? "%c" : "%02x", ((const uint8_t *)v->data)[i]);
        say(w, "'");
        break;
    }
}

static void say_values(struct writer *w, const struct jemput_datum *values, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        say(w, " ");
        say_value(w, &values[i]);
    }
}

/* What moves without a row's moving is left out: receipts, roles, numbers of devices. */
static void say_origin(struct writer *w, const struct jemput_origin *o)
{
    say(w, " by %s %llu at %lld", o->writer, (unsigned long long)o->segment, (long long)o->claimed_ms);
}

static void say_conflict(struct writer *w, const struct jemput_conflict *c)
{
    say(w, " conflict%s:", c->identity ? " (identity)" : "");
    for (unsigned i = 0; i < c->column_count; i++)
        say(w, " %s", c->columns[i]);
    for (unsigned s = 0; s < c->side_count; s++) {
        say(w, " side%s%s", c->sides[s].shown ? " shown" : "", c->sides[s].deleted ? " deleted" : "");
        if (!c->sides[s].deleted)
            say_values(w, c->sides[s].values, c->column_count);
        say_origin(w, &c->sides[s].origin);
    }
}

static void say_row(struct writer *w, const struct jemput_feed_row *r)
{
    say(w, "%s", r->state == JEMPUT_FEED_SHOWN ? "shown" : r->state == JEMPUT_FEED_HELD ? "held" : "gone");
    say_values(w, r->values, r->column_count);
    if (r->reason)
        say(w, " for %s", r->reason);
    if (r->against_table)
        say(w, " against %s", r->against_table);
    say_values(w, r->against, r->against_count);
    for (unsigned i = 0; i < r->write_count; i++) {
        say(w, " write %s", r->writes[i].columns ? r->writes[i].columns : "");
        say_origin(w, &r->writes[i].origin);
        say(w, " %s", r->writes[i].commit);
    }
    for (unsigned i = 0; i < r->conflict_count; i++)
        say_conflict(w, &r->conflicts[i]);
}

static int row_take(void *ctx, const struct jemput_feed_row *r)
{
    static struct writer name, text;
    struct lines *all = ctx;
    struct line *line;

    name.len = text.len = 0;
    say(&name, "%s", r->table);
    say_values(&name, r->key, r->key_count);
    say_row(&text, r);
    line = line_of(all, name.text);
    if (all == &whole && line->name)
        failure("the change feed tells %s twice: %s", name.text, text.text);
    if (r->state == JEMPUT_FEED_GONE && (all == &whole || r->conflict_count || r->write_count || r->column_count))
        failure("the change feed tells more than that a row is gone: %s: %s", name.text, text.text);
    if (!line->name) {
        line->name = text_keep(name.text);
        if (++all->count > SLOTS / 2)
            failure("the change feed tells of more than %d rows", SLOTS / 2);
    }
    free(line->text);
    line->text = r->state == JEMPUT_FEED_GONE ? NULL : text_keep(text.text);
    line->shown = r->state == JEMPUT_FEED_SHOWN;
    line->held = r->state == JEMPUT_FEED_HELD;
    line->conflicts = r->conflict_count;
    return 0;
}

/* --- comparing --- */

static void lines_compare(const struct device *d)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct line *of = &whole.of[i], *mine = of->name ? line_of(&shadow.rows, of->name) : NULL;

        if (of->name && (!mine->text || strcmp(mine->text, of->text) != 0))
            failure("device %u: %s:\n  is   %s\n  whoever follows the device has\n       %s", d->number, of->name, of->text,
                    mine->text ? mine->text : "nothing");
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        const struct line *mine = &shadow.rows.of[i];

        if (mine->text && !line_of(&whole, mine->name)->text)
            failure("device %u: whoever follows the device has %s, which is gone:\n  %s", d->number, mine->name, mine->text);
    }
}

static int conflict_count(void *ctx, const struct jemput_conflict *conflict)
{
    (void)conflict;
    ++*(unsigned *)ctx;
    return 0;
}

static int held_count(void *ctx, const struct jemput_held_row *row)
{
    (void)row;
    ++*(unsigned *)ctx;
    return 0;
}

/* Nothing is left out, and nothing is told that is not there. */
static void whole_check(const struct device *d)
{
    unsigned shown = 0, held = 0, conflicts = 0, images = 0, helds = 0, told = 0;
    struct jemput_error err;

    for (unsigned i = 0; i < SLOTS; i++) {
        shown += whole.of[i].shown;
        held += whole.of[i].held;
        conflicts += whole.of[i].conflicts;
    }
    for (uint32_t row = 0; row < d->history->row_count; row++)
        images += d->knows.image[row] != NULL;
    if (shown != images)
        failure("device %u: the change feed tells %u rows, and the tables have %u", d->number, shown, images);
    if (d->knows.unsealed_count || d->knows.refused_shows) /* what is merged knows nothing of these, and the tables show them */
        return;
    if (jemput_held_rows(d->jemput, held_count, &helds, &err) || jemput_conflicts(d->jemput, conflict_count, &told, &err))
        failure("device %u: %s", d->number, err.text);
    if (held != helds || conflicts != told)
        failure("device %u: the change feed tells %u held rows and %u conflicts; there are %u and %u", d->number, held, conflicts, helds, told);
}

/* --- following --- */

static int row_follow(void *ctx, const struct jemput_feed_row *r)
{
    bool *begun = ctx;

    if (!*begun && reading.whole) /* set before the first row is told */
        lines_clear(&shadow.rows);
    *begun = true;
    return row_take(&shadow.rows, r);
}

static void follow(struct device *d)
{
    unsigned old = shadow.readings % 5 == 4 ? MARKS_KEPT - 1 : 0; /* now and then what was read is read once more */
    bool begun = false;
    struct jemput_error err;

    if (jemput_feed_read(d->jemput, &shadow.marks[old], row_follow, &begun, &reading, &err))
        failure("device %u: read the change feed: %s", d->number, err.text);
    if (reading.whole && !begun)
        lines_clear(&shadow.rows);
    sometimes(reading.whole ? SOMETIMES_FEED_WHOLE : SOMETIMES_FEED_READ);
    memmove(&shadow.marks[1], &shadow.marks[0], (MARKS_KEPT - 1) * sizeof shadow.marks[0]);
    shadow.marks[0] = reading.till;
    if (shadow.readings % 16 == 9 && jemput_feed_done(d->jemput, &shadow.marks[MARKS_KEPT - 1], &err))
        failure("device %u: let go of the change feed: %s", d->number, err.text);
    shadow.readings++;
}

void shadow_see(struct device *d)
{
    struct jemput_feed_reading ignored;
    struct jemput_error err;

    if ((int)d->number != shadow.device || !d->jemput)
        return;
    follow(d);
    if (shadow.readings % 3) /* a row that is missed stays so until it moves again: to look now and then is enough, and cheaper */
        return;
    lines_clear(&whole);
    if (jemput_feed_read(d->jemput, NULL, row_take, &whole, &ignored, &err))
        failure("device %u: read the change feed: %s", d->number, err.text);
    whole_check(d);
    if (!d->knows.unsealed_count)
        lines_compare(d);
}

void shadow_begin(struct world *w)
{
    uint64_t seed = w->options->seed;
    bool central = seed / 4 % 2 == 0 && w->base->central >= 0;
    struct jemput_error err;

    if (seed % 4 != 1)
        return;
    shadow.device = central ? w->base->central : (int)(seed / 8 % w->base->count);
    if (jemput_feed_begin(w->devices[shadow.device].jemput, &err))
        failure("device %d: begin the change feed: %s", shadow.device, err.text);
}
