/* sim/world/unite.c — a person makes two rows one, or two again: jemput_merge_rows(), jemput_part_rows(). What these write is read from their
 * segments (sealed.h); here it is held against what jemput.h promises of them, in words: by the oracle's states before and after. */
#include "state.h"

#include <string.h>

#include "check.h"
#include "failure.h"
#include "judge.h"
#include "sometimes.h"
#include "told.h"
#include "verdict.h"

struct uniting {
    struct world *w;
    struct device *d;
    unsigned table;
    const struct table *t;
    uint32_t gone, keep; /* rows */
    struct jemput_datum gone_key[KEY_MAX], keep_key[KEY_MAX];
    struct jemput_merging merging;
};

static struct oracle before; /* the state in which it was asked for */

static const struct oracle_row *row_in(const struct oracle *o, uint32_t row)
{
    return o->of_row[row] == NONE ? NULL : &o->rows[o->of_row[row]];
}

static bool is_there(const struct oracle_row *r)
{
    return r && (oracle_is_shown(r) || oracle_is_held(r));
}

static const struct table *table_of(const struct uniting *x, const struct oracle_row *r)
{
    return &x->w->history.schema->tables[x->w->history.rows[r->row].table];
}

/* --- which rows --- */

static uint32_t row_pick(const struct uniting *x, struct rng *rng, unsigned table, bool there)
{
    const struct history *h = &x->w->history;
    uint32_t pick = NONE;
    unsigned found = 0;

    for (uint32_t i = 0; i < before.count; i++) {
        const struct oracle_row *r = &before.rows[i];

        if (h->rows[r->row].table == table && is_there(r) == there && r->created != NONE && rng_below(rng, ++found) == 0)
            pick = r->row;
    }
    return pick;
}

static uint32_t united_pick(const struct uniting *x, struct rng *rng)
{
    const struct history *h = &x->w->history;
    uint32_t pick = NONE;
    unsigned found = 0;

    for (uint32_t row = 0; row < h->row_count; row++)
        if (oracle_goes_on(h, &x->d->knows.merged, row) != NONE && !is_there(row_in(&before, row)) && rng_below(rng, ++found) == 0)
            pick = row;
    return pick;
}

static void order_fill(struct uniting *x, uint32_t gone, uint32_t keep)
{
    const struct history *h = &x->w->history;

    x->gone = gone;
    x->keep = keep;
    x->table = h->rows[gone].table;
    x->t = &h->schema->tables[x->table];
    for (unsigned i = 0; i < x->t->key_count; i++) {
        datum_of(&x->gone_key[i], h->rows[gone].key[i]);
        if (keep != NONE)
            datum_of(&x->keep_key[i], h->rows[keep].key[i]);
    }
    x->merging = (struct jemput_merging){ .table = x->t->name, .key_count = x->t->key_count, .keep = x->keep_key, .gone = x->gone_key,
        .reason = "orang yang sama" };
}

/* --- what the answer may be --- */

/* A conflict in identity columns, of any row: what goes along, goes by its references. */
static bool any_is_open(const struct uniting *x)
{
    for (uint32_t i = 0; i < before.count; i++) {
        const struct oracle_row *r = &before.rows[i];
        const struct table *t = table_of(x, r);

        for (unsigned c = 0; is_there(r) && c < t->column_count; c++)
            if (t->columns[c].identity && r->conflicts & 1u << t->columns[c].group)
                return true;
    }
    return false;
}

static bool any_links(const struct uniting *x)
{
    for (unsigned i = 0; i < x->w->history.schema->table_count; i++)
        if (x->w->history.schema->tables[i].link_count)
            return true;
    return false;
}

static bool was_never_made(uint32_t row)
{
    const struct oracle_row *r = row_in(&before, row);

    return !r || r->created == NONE;
}

static void answer_check(const struct uniting *x, enum jemput_status st, const struct jemput_error *err, const struct fault *fault, bool part)
{
    bool may = st == JEMPUT_OK;

    may = may || (st == JEMPUT_DENIED && (any_is_open(x) || x->w->history.schema->has_rights || verdict_own(x->d).roles == 0));
    may = may || ((st == JEMPUT_MISUSE || st == JEMPUT_LIMIT) && any_links(x));
    may = may || (st == JEMPUT_MISUSE && (part || x->gone == x->keep)); /* its row has gone on in another itself */
    may = may || (st == JEMPUT_NOTFOUND && part && was_never_made(x->gone)); /* whoever made it has been revoked since */
    if (!may && !(st && fault_allows(fault, st)))
        failure("device %u: %s %s: %s (%s)", x->d->number, part ? "part" : "make one", history_row_print(&x->w->history, x->gone), err->text,
                jemput_status_name(st));
    if (st == JEMPUT_DENIED && any_is_open(x))
        sometimes(SOMETIMES_UNITED_OPEN);
}

/* --- what must have come of it --- */

bool group_is_null(const struct table *t, unsigned group, const val *values)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && t->columns[i].group == group && values[i])
            return false;
    return true;
}

bool group_links(const struct table *t, unsigned group)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && t->columns[i].group == group && t->columns[i].links)
            return true;
    return false;
}

/* Would the row that stays, with this group's values of the one that goes, claim what a third one shows? */
static bool group_is_taken(const struct uniting *x, unsigned group, const val *gone, const val *keep)
{
    val filled[COLUMNS_MAX], mine[TERMS_MAX];

    for (unsigned i = 0; i < x->t->column_count; i++)
        filled[i] = !x->t->columns[i].is_key && x->t->columns[i].group == group ? gone[i] : keep[i];
    for (uint32_t i = 0; i < before.count; i++) {
        const struct oracle_row *r = &before.rows[i];
        bool third = r->row != x->gone && r->row != x->keep && x->w->history.rows[r->row].table == x->table && oracle_is_shown(r);

        for (unsigned u = 0; third && u < x->t->unique_count; u++)
            if (r->claims_there[u] && judge_claim(x->t, &x->t->uniques[u], filled, mine) && memcmp(mine, r->claims[u], sizeof mine) == 0)
                return true;
    }
    return false;
}

static void column_check(const struct uniting *x, unsigned c, const val *gone, const val *keep, val now)
{
    const struct column *column = &x->t->columns[c];
    val expected = group_is_null(x->t, column->group, keep) ? gone[c] : keep[c];

    if (column->is_key || group_links(x->t, column->group) || c >= x->d->knows.columns[x->table])
        return;
    if (column->rule != RULE_SUM && now == keep[c] && now != expected && group_is_taken(x, column->group, gone, keep))
        return;
    if (column->rule == RULE_SUM) {
        expected = value_integer((int64_t)((uint64_t)value_of(gone[c])->integer + (uint64_t)value_of(keep[c])->integer));
        if (value_of(gone[c])->integer)
            sometimes(SOMETIMES_UNITED_COUNT);
    }
    if (now != expected)
        failure("device %u: %s goes on in %s, whose %s is %s, and should be %s", x->d->number, history_row_print(&x->w->history, x->gone),
                history_row_print(&x->w->history, x->keep), column->name, value_print(now), value_print(expected));
}

/* A reference by a value that several rows claim is of the one that shows it: was that another row than the one that goes? */
static bool another_showed(const struct uniting *x, const struct link *l, const val names[KEY_MAX])
{
    for (uint32_t i = 0; i < before.count; i++) {
        const struct oracle_row *r = &before.rows[i];

        if (r->row != x->gone && x->w->history.rows[r->row].table == x->table && oracle_is_shown(r) && judge_is_named(l, r->values, names))
            return true;
    }
    return false;
}

/* Nothing names it any more. */
static void references_check(const struct uniting *x, const struct oracle *now)
{
    const val *gone = row_in(&before, x->gone)->values, *keep = row_in(now, x->keep)->values;

    for (uint32_t i = 0; i < now->count; i++) {
        const struct oracle_row *r = &now->rows[i];
        const struct table *t = table_of(x, r);

        for (unsigned l = 0; is_there(r) && l < t->link_count; l++) {
            val names[KEY_MAX];

            if (t->links[l].parent != x->table || !judge_names(&t->links[l], r->values, names))
                continue;
            if (judge_is_named(&t->links[l], gone, names) && !judge_is_named(&t->links[l], keep, names) && !another_showed(x, &t->links[l], names))
                failure("device %u: %s goes on in %s, and %s still names it", x->d->number, history_row_print(&x->w->history, x->gone),
                        history_row_print(&x->w->history, x->keep), history_row_print(&x->w->history, r->row));
        }
    }
}

static void united_count(const struct uniting *x, uint32_t from)
{
    const struct history *h = &x->w->history;

    sometimes(SOMETIMES_UNITED);
    for (uint32_t i = from; i < h->effect_count; i++) {
        if (h->effects[i].successor != NONE && h->effects[i].row != x->gone)
            sometimes(SOMETIMES_UNITED_KEY);
        if (h->effects[i].op == EFFECT_UPDATE && h->effects[i].row != x->gone && h->effects[i].row != x->keep)
            sometimes(SOMETIMES_UNITED_CHILD);
    }
}

static void united_check(const struct uniting *x, uint32_t from)
{
    const struct oracle *now = &x->w->oracle;
    const struct oracle_row *gone = row_in(now, x->gone), *keep = row_in(now, x->keep);

    if (is_there(gone) || !is_there(keep))
        failure("device %u: %s is to go on in %s; now %s", x->d->number, history_row_print(&x->w->history, x->gone),
                history_row_print(&x->w->history, x->keep), is_there(gone) ? "it is there" : "that is not there");
    if (oracle_goes_on(&x->w->history, &x->d->knows.merged, x->gone) != x->keep)
        failure("device %u: %s does not say that it goes on in %s", x->d->number, history_row_print(&x->w->history, x->gone),
                history_row_print(&x->w->history, x->keep));
    for (unsigned c = 0; c < x->t->column_count; c++)
        column_check(x, c, row_in(&before, x->gone)->values, row_in(&before, x->keep)->values, keep->values[c]);
    references_check(x, now);
    united_count(x, from);
}

/* Had a row that goes been deleted before, in effects from here on? Such a row shows what that deletion had not seen; deleted, it has whatever was
 * written last; and so it comes back. */
static bool was_deleted_before(const struct history *h, uint32_t from)
{
    for (uint32_t i = from; i < h->effect_count; i++)
        for (uint32_t k = h->effects[i].op == EFFECT_DELETE ? h->rows[h->effects[i].row].first : NONE; k != NONE && k < from; k = h->effects[k].next)
            if (h->effects[k].op == EFFECT_DELETE)
                return true;
    return false;
}

/* Made one and two again at once: as if nothing had been, but for facts. */
static void again_check(const struct uniting *x, uint32_t from)
{
    if (was_deleted_before(&x->w->history, from))
        return;
    for (uint32_t i = 0; i < before.count; i++) {
        const struct oracle_row *was = &before.rows[i], *now = row_in(&x->w->oracle, was->row);
        const struct table *t = table_of(x, was);

        if (is_there(was) != is_there(now))
            failure("device %u: %s %s there before two rows were made one and two again", x->d->number, history_row_print(&x->w->history, was->row),
                    is_there(was) ? "was" : "was not");
        for (unsigned c = 0; is_there(was) && c < t->column_count; c++)
            if (t->columns[c].rule != RULE_ONCE && was->values[c] != now->values[c])
                failure("device %u: %s had %s = %s before two rows were made one and two again, and has %s", x->d->number,
                        history_row_print(&x->w->history, was->row), t->columns[c].name, value_print(was->values[c]), value_print(now->values[c]));
    }
    sometimes(SOMETIMES_PARTED_AT_ONCE);
}

/* --- the acts --- */

static bool unite(struct uniting *x, struct fault *fault, bool part)
{
    struct jemput_error err = { .status = JEMPUT_OK };
    struct history *h = &x->w->history;
    uint32_t effects = h->effect_count;
    enum jemput_status st;
    bool reopened;

    failure_note("    %s: %s %s", history_row_print(h, x->gone), part ? "comes back" : "goes on in", part ? "" : history_row_print(h, x->keep));
    x->w->united = true;
    x->d->composes = true;
    fault_begin(fault, x->d);
    st = part ? jemput_part_rows(x->d->jemput, &x->merging, NULL, NULL, &err) : jemput_merge_rows(x->d->jemput, &x->merging, NULL, NULL, &err);
    fault_end(fault, x->d, &reopened);
    failure_note("    %s", st ? err.text : "ok");
    answer_check(x, st, &err, fault, part);
    after_merge(x->w, x->d, !reopened && !(st && fault_allows(fault, st)));
    x->d->composes = false;
    if ((st || x->merging.look) && h->effect_count > effects && fault->kind == FAULT_NONE)
        failure("device %u: what was refused, or only looked at, is in a segment", x->d->number);
    if (st || reopened || x->merging.look)
        return false;
    if (part && !row_in(&x->w->oracle, x->gone)->alive) /* it may be held, or be gone with its parent */
        failure("device %u: %s does not come back", x->d->number, history_row_print(h, x->gone));
    if (part)
        sometimes(SOMETIMES_PARTED);
    else
        united_check(x, effects);
    return true;
}

static bool begin(struct uniting *x)
{
    struct fault none = { .kind = FAULT_NONE, .sim = &x->d->sim };

    step_seal(x->w, x->d, &none); /* so that what there is is known */
    if (!check_is_whole(x->d) || x->d->knows.refused_shows)
        return false;
    before = x->w->oracle;
    return true;
}

static void step_part(struct uniting *x, struct rng *rng, struct fault *fault)
{
    uint32_t row = united_pick(x, rng);

    if (row == NONE)
        return;
    order_fill(x, row, NONE);
    unite(x, fault, true);
}

void step_unite(struct world *w, struct device *d, struct rng *rng, struct fault *fault)
{
    struct uniting x = { .w = w, .d = d };
    struct fault none = { .kind = FAULT_NONE, .sim = &d->sim };
    unsigned table = rng_below(rng, w->history.schema->table_count);
    bool again = rng_one_in(rng, 4), look = rng_one_in(rng, 10);
    uint32_t gone, keep, effects;

    if (!begin(&x))
        return;
    if (rng_one_in(rng, 3)) {
        step_part(&x, rng, fault);
        return;
    }
    gone = row_pick(&x, rng, table, true);
    keep = row_pick(&x, rng, table, true);
    if (gone == NONE || (gone == keep && !rng_one_in(rng, 10)))
        return;
    order_fill(&x, gone, keep);
    x.merging.look = look;
    effects = w->history.effect_count;
    if (unite(&x, again ? &none : fault, false) && again && unite(&x, &none, true))
        again_check(&x, effects);
}
