/* sim/world/decide.c — a person decides: of a conflict, a held row, a deleted one, or any other, by jemput_decide(). What comes of it is told here
 * from the definition: a write that closes all that it had seen of the groups that it names, refused if it does not name what it closes. */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "failure.h"
#include "sometimes.h"
#include "sql.h"
#include "told.h"
#include "verdict.h"

enum { HIDDEN_MAX = 64 };

struct deciding {
    struct world *w;
    struct device *d;
    struct rng *rng;
    const struct oracle_row *r;
    const struct table *t; /* as the device has it */
    struct table table;
    const char *columns[COLUMNS_MAX];
    struct jemput_datum values[COLUMNS_MAX], key[KEY_MAX];
    struct jemput_hidden_value hidden[HIDDEN_MAX];
    struct { unsigned column; val value; } named[HIDDEN_MAX];
    unsigned column_count, hidden_count;
    uint32_t groups;
    val after[COLUMNS_MAX];
    struct jemput_choice choice;
    struct deed deed;
    struct deed_effect effect;
    enum jemput_status expected;
    bool beyond; /* what the device may write */
};

static uint32_t group_of(const struct table *t, unsigned column)
{
    return 1u << t->columns[column].group;
}

/* --- which row --- */

enum wish { WISH_CONFLICT, WISH_HELD, WISH_DELETED, WISH_REVIVED, WISH_DECIDED, WISH_ANY, WISHES };

static const struct effect *decided_before(const struct deciding *x, uint32_t row)
{
    const struct history *h = &x->w->history;
    const struct effect *found = NULL;

    for (uint32_t i = h->rows[row].first; i != NONE; i = h->effects[i].next)
        if (h->effects[i].op == EFFECT_UPDATE && h->txns[h->effects[i].txn].decides && set_has(&x->d->knows.merged, h->effects[i].txn))
            found = &h->effects[i];
    return found;
}

static bool row_fits(const struct deciding *x, const struct oracle_row *r, enum wish wish)
{
    if (r->gone || r->created == NONE)
        return false;
    switch (wish) {
    case WISH_CONFLICT:
        return r->conflicts != 0;
    case WISH_HELD:
        return oracle_is_held(r);
    case WISH_DELETED:
        return r->deleted;
    case WISH_REVIVED:
        return r->revived;
    case WISH_DECIDED:
        return r->alive && decided_before(x, r->row);
    default:
        return r->alive;
    }
}

static const struct oracle_row *row_pick(const struct deciding *x, enum wish wish)
{
    const struct oracle *o = &x->w->oracle;
    const struct oracle_row *pick = NULL;
    unsigned found = 0;

    for (uint32_t i = 0; i < o->count; i++)
        if (row_fits(x, &o->rows[i], wish) && rng_below(x->rng, ++found) == 0)
            pick = &o->rows[i];
    return pick;
}

/* --- what is decided --- */

static void column_choose(struct deciding *x, unsigned c, val value)
{
    const struct column *column = &x->t->columns[c];

    if (column->is_key || (column->rule == RULE_ONCE && x->r->values[c]) || (column->rule == RULE_SUM && value_of(value)->kind != VALUE_INTEGER))
        return;
    for (unsigned i = 0; i < x->column_count; i++)
        if (x->columns[i] == column->name)
            return;
    x->columns[x->column_count] = column->name;
    datum_of(&x->values[x->column_count++], value);
    x->after[c] = value;
    x->groups |= group_of(x->t, c);
}

/* One of the sides, or in part. */
static void choose_side(struct deciding *x)
{
    uint32_t siblings[HIDDEN_MAX], group = 0, count;
    unsigned found = 0;
    bool whole = rng_below(x->rng, 3) != 0;
    const val *side;

    for (unsigned g = 0; g < 32; g++)
        if (x->r->conflicts & 1u << g && rng_below(x->rng, ++found) == 0)
            group = 1u << g;
    count = oracle_siblings(&x->w->history, &x->d->knows.merged, x->r->row, group, siblings, HIDDEN_MAX);
    side = x->w->history.effects[siblings[rng_below(x->rng, count)]].after;
    for (unsigned c = 0; c < x->t->column_count; c++)
        if (!x->t->columns[c].is_key && group_of(x->t, c) == group && (whole || rng_one_in(x->rng, 2)))
            column_choose(x, c, side[c]);
}

/* What an earlier decision had replaced. */
static void choose_back(struct deciding *x)
{
    const struct effect *e = decided_before(x, x->r->row);

    for (unsigned c = 0; c < x->t->column_count; c++)
        if (e->groups & group_of(x->t, c) && !x->t->columns[c].is_key && x->t->columns[c].rule == RULE_LATEST)
            column_choose(x, c, e->before[c]);
}

/* New values: unlike those of SQL, of no constraint's liking. */
static void choose_new(struct deciding *x)
{
    struct sql_source source = { &x->w->history, x->d->knows.image, x->d->knows.columns, x->w->keys, false };
    val row[COLUMNS_MAX];

    sql_row(&source, x->rng, x->w->history.rows[x->r->row].table, row);
    for (unsigned c = 0; c < x->t->column_count; c++)
        if (rng_one_in(x->rng, 3))
            column_choose(x, c, x->t->columns[c].rule != RULE_SUM && rng_one_in(x->rng, 8) ? 0 : row[c]);
}

static void choose_keep(struct deciding *x)
{
    for (unsigned c = 0; c < x->t->column_count; c++)
        if (!x->t->columns[c].is_key)
            x->groups |= group_of(x->t, c);
    for (unsigned c = 0; c < x->t->column_count; c++)
        if (!x->t->columns[c].is_key && x->t->columns[c].rule != RULE_LATEST)
            x->groups &= ~group_of(x->t, c);
}

/* --- what it must name --- */

static void hidden_add(struct deciding *x, unsigned column, val value)
{
    for (unsigned i = 0; i < x->hidden_count; i++)
        if (x->named[i].column == column && x->named[i].value == value)
            return;
    if (x->hidden_count == HIDDEN_MAX)
        failure("a decision hides more than %d values", HIDDEN_MAX);
    x->named[x->hidden_count].column = column;
    x->named[x->hidden_count++].value = value;
}

/* "All that the columns' conflicts hide must be named": what is neither shown nor decided. */
static void hidden_find(struct deciding *x)
{
    for (unsigned g = 0; g < 32; g++) {
        uint32_t siblings[HIDDEN_MAX], count;

        if (!(x->r->conflicts & x->groups & 1u << g))
            continue;
        count = oracle_siblings(&x->w->history, &x->d->knows.merged, x->r->row, 1u << g, siblings, HIDDEN_MAX);
        for (uint32_t i = 0; i < count; i++)
            for (unsigned c = 0; c < x->t->column_count; c++) {
                val v = x->w->history.effects[siblings[i]].after[c];

                if (!x->t->columns[c].is_key && x->t->columns[c].group == g && v != x->after[c] && v != x->r->values[c])
                    hidden_add(x, c, v);
            }
    }
}

/* Now and then one is left out, or one is named that stands nowhere. */
static void hidden_name(struct deciding *x)
{
    unsigned left_out = x->hidden_count && rng_one_in(x->rng, 5) ? rng_below(x->rng, x->hidden_count) : HIDDEN_MAX, count = 0;

    for (unsigned i = 0; i < x->hidden_count; i++) {
        if (i == left_out)
            continue;
        x->hidden[count].column = x->t->columns[x->named[i].column].name;
        datum_of(&x->hidden[count++].value, x->named[i].value);
    }
    if (left_out != HIDDEN_MAX)
        x->expected = JEMPUT_DENIED;
    x->hidden_count = count;
    if (count < HIDDEN_MAX && rng_one_in(x->rng, 40)) {
        x->hidden[x->hidden_count].column = x->t->columns[0].name;
        datum_of(&x->hidden[x->hidden_count++].value, value_text("nowhere"));
        x->expected = JEMPUT_NOTFOUND;
    }
}

/* --- the act --- */

static void effect_set(struct deciding *x, enum effect_op op)
{
    const val *before = history_values(x->r->values), *after = history_values(x->after);

    x->effect = (struct deed_effect){ .row = x->r->row, .op = op, .groups = op == EFFECT_UPDATE ? x->groups : 0,
                                     .before = op == EFFECT_INSERT ? NULL : before, .after = op == EFFECT_DELETE ? NULL : after };
    x->deed = (struct deed){ .txn = NONE, .count = 1, .of = &x->effect };
}

/* Whether there is something to decide. */
static bool choose(struct deciding *x, enum wish wish)
{
    if (x->r->deleted && !oracle_is_shown(x->r)) {
        x->choice.restore = 1;
        if (oracle_goes_on(&x->w->history, &x->d->knows.merged, x->r->row) != NONE)
            x->expected = JEMPUT_MISUSE;
        effect_set(x, EFFECT_INSERT);
        return true;
    }
    if (oracle_is_held(x->r) && rng_one_in(x->rng, 4)) {
        x->choice.remove = 1;
        effect_set(x, EFFECT_DELETE);
        return true;
    }
    if (wish == WISH_CONFLICT && rng_below(x->rng, 4))
        choose_side(x);
    else if (wish == WISH_DECIDED)
        choose_back(x);
    else if (wish == WISH_REVIVED || x->r->deleted || rng_one_in(x->rng, 5))
        choose_keep(x);
    else
        choose_new(x);
    if (!x->groups)
        return false;
    hidden_find(x);
    hidden_name(x);
    effect_set(x, EFFECT_UPDATE);
    return true;
}

static void choice_fill(struct deciding *x)
{
    for (unsigned i = 0; i < x->t->key_count; i++)
        datum_of(&x->key[i], x->r->values[x->t->key[i]]);
    x->choice.table = x->t->name;
    x->choice.key = x->key;
    x->choice.key_count = x->t->key_count;
    x->choice.column_count = x->column_count;
    x->choice.columns = x->columns;
    x->choice.values = x->values;
    x->choice.hidden_count = x->hidden_count;
    x->choice.hidden = x->hidden;
    x->choice.reason = "sesuai akta";
}

static void count_decision(const struct deciding *x, bool was_held, bool had_conflict, bool again)
{
    const struct oracle *o = &x->w->oracle;
    const struct oracle_row *now = &o->rows[o->of_row[x->effect.row]];

    if (x->choice.remove)
        sometimes(SOMETIMES_DECIDED_REMOVE);
    else if (x->choice.restore)
        sometimes(SOMETIMES_DECIDED_RESTORE);
    else if (had_conflict)
        sometimes(SOMETIMES_DECIDED_CONFLICT);
    if (was_held && oracle_is_shown(now))
        sometimes(SOMETIMES_DECIDED_HELD);
    if (again)
        sometimes(SOMETIMES_DECIDED_AGAIN);
}

static void decide(struct deciding *x, struct fault *fault)
{
    bool held = oracle_is_held(x->r), conflict = x->r->conflicts & x->groups, again = x->groups && decided_before(x, x->r->row), reopened;
    struct jemput_error err = { .status = JEMPUT_OK };
    enum jemput_status st;

    choice_fill(x);
    x->beyond = !verdict_allows(x->d, x->t, x->t->column_count,
                                &(struct effect){ .row = x->effect.row, .op = x->effect.op, .groups = x->effect.groups, .before = x->effect.before,
                                    .after = x->effect.after });
    if (x->beyond && x->expected == JEMPUT_OK)
        x->expected = JEMPUT_DENIED;
    failure_note("    %s: %s, %u columns, %u hidden", history_row_print(&x->w->history, x->r->row),
                 x->choice.remove    ? "is dropped"
                 : x->choice.restore ? "comes back"
                                     : "is decided",
                 x->column_count, x->hidden_count);
    x->d->deed = &x->deed;
    fault_begin(fault, x->d);
    st = jemput_decide(x->d->jemput, &x->choice, &err);
    fault_end(fault, x->d, &reopened);
    failure_note("    %s", st ? err.text : "ok");
    if (st != x->expected && !(st && fault_allows(fault, st)))
        failure("device %u: decide %s: %s (%s), expected was %s", x->d->number, history_row_print(&x->w->history, x->effect.row),
                st ? err.text : "done", jemput_status_name(st), jemput_status_name(x->expected));
    after_merge(x->w, x->d, st == x->expected && !reopened);
    x->d->deed = NULL;
    if ((st == JEMPUT_OK) > (x->deed.txn != NONE))
        failure("device %u: a decision that was made is in no segment", x->d->number);
    if (x->beyond && st == JEMPUT_DENIED)
        sometimes(SOMETIMES_RIGHTS_ACT);
    else if (x->expected == JEMPUT_DENIED && st == JEMPUT_DENIED)
        sometimes(SOMETIMES_DECIDED_BLIND);
    if (st == JEMPUT_OK && !reopened)
        count_decision(x, held, conflict, again);
}

void step_decide(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    static const unsigned weights[WISHES] = { 40, 20, 10, 15, 10, 10 };
    struct deciding x = { .w = w, .d = d, .rng = rng };
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };
    enum wish wish = (enum wish)rng_weighted(rng, weights, WISHES);

    step_seal(w, d, &none); /* so that what it decides about is known */
    if (!check_is_whole(d) || d->knows.refused_shows)
        return;
    x.r = row_pick(&x, wish);
    if (!x.r)
        x.r = row_pick(&x, wish = WISH_ANY);
    if (!x.r)
        return;
    x.table = w->history.schema->tables[w->history.rows[x.r->row].table];
    x.table.column_count = d->knows.columns[w->history.rows[x.r->row].table];
    x.t = &x.table;
    memcpy(x.after, x.r->values, sizeof x.after);
    if (choose(&x, wish))
        decide(&x, fault);
}
