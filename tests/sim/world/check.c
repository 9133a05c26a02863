/* sim/world/check.c — see check.h. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"
#include "judge.h"
#include "sometimes.h"
#include "story.h"
#include "told.h"
#include "verdict.h"

static const struct table *table_of(const struct history *h, uint32_t row)
{
    return &h->schema->tables[h->rows[row].table];
}

/* --- constraints --- */

static void constraint_unique(const struct device *d, uint32_t row)
{
    const struct history *h = d->history;
    const struct table *t = table_of(h, row);

    for (unsigned u = 0; u < t->unique_count; u++) {
        val mine[TERMS_MAX], other[TERMS_MAX];

        if (!judge_claim(t, &t->uniques[u], d->knows.image[row], mine))
            continue;
        for (uint32_t i = row + 1; i < h->row_count; i++)
            if (h->rows[i].table == h->rows[row].table && d->knows.image[i] && judge_claim(t, &t->uniques[u], d->knows.image[i], other) &&
                memcmp(mine, other, sizeof mine) == 0)
                failure("device %u: %s and %s break UNIQUE %u", d->number, history_row_print(h, row), history_row_print(h, i), u);
    }
}

static bool names_back(const struct device *d, uint32_t row, uint32_t other)
{
    const struct table *t = table_of(d->history, row);

    for (unsigned l = 0; l < t->link_count; l++) {
        val names[KEY_MAX];

        if (t->links[l].parent == d->history->rows[other].table && judge_names(&t->links[l], d->knows.image[row], names) &&
            judge_is_named(&t->links[l], d->knows.image[other], names))
            return true;
    }
    return false;
}

static void constraint_links(const struct device *d, uint32_t row)
{
    const struct history *h = d->history;
    const struct table *t = table_of(h, row);

    for (unsigned l = 0; l < t->link_count; l++) {
        val names[KEY_MAX];
        bool found = false;

        if (!judge_names(&t->links[l], d->knows.image[row], names))
            continue;
        for (uint32_t i = 0; i < h->row_count && !found; i++) {
            found = h->rows[i].table == t->links[l].parent && d->knows.image[i] && judge_is_named(&t->links[l], d->knows.image[i], names);
            if (found && h->rows[i].table == h->rows[row].table && i != row)
                sometimes(SOMETIMES_SELF_REFERENCE);
            if (found && names_back(d, i, row))
                sometimes(SOMETIMES_CYCLE);
        }
        if (!found)
            failure("device %u: %s names a parent of table %s that is not there", d->number, history_row_print(h, row),
                    h->schema->tables[t->links[l].parent].name);
    }
}

void check_constraints(const struct device *d)
{
    for (uint32_t row = 0; row < d->history->row_count; row++) {
        struct table t = *table_of(d->history, row);
        const char *own;

        if (!d->knows.image[row])
            continue;
        t.column_count = d->knows.columns[d->history->rows[row].table]; /* as it has it */
        own = judge_own(&t, d->knows.image[row]);
        if (own[0])
            failure("device %u: %s breaks %s", d->number, history_row_print(d->history, row), own);
        constraint_unique(d, row);
        if (!d->knows.loose)
            constraint_links(d, row);
    }
}

void check_sqlite(const struct device *d)
{
    static const char *const sql[] = { "SELECT count(*), min(\"table\") FROM pragma_foreign_key_check",
                                       "SELECT count(*) - 1, min(integrity_check) FROM pragma_integrity_check" };

    for (unsigned i = d->knows.loose; i < 2; i++) {
        sqlite3_stmt *stmt;

        if (sqlite3_prepare_v2(d->sql, sql[i], -1, &stmt, NULL) || sqlite3_step(stmt) != SQLITE_ROW)
            failure("device %u: %s: %s", d->number, sql[i], sqlite3_errmsg(d->sql));
        if (sqlite3_column_int(stmt, 0) || (i == 1 && strcmp((const char *)sqlite3_column_text(stmt, 1), "ok") != 0)) {
            char found[200];

            snprintf(found, sizeof found, "%s", (const char *)sqlite3_column_text(stmt, 1));
            sqlite3_finalize(stmt);
            failure("device %u: %s finds: %s", d->number, i ? "integrity_check" : "foreign_key_check", found);
        }
        sqlite3_finalize(stmt);
    }
}

bool check_is_whole(const struct device *d)
{
    sqlite3_stmt *stmt;
    bool whole;

    if (sqlite3_prepare_v2(d->sql, "SELECT NOT EXISTS(SELECT 1 FROM jemput_segment WHERE heads IS NOT NULL)", -1, &stmt, NULL) ||
        sqlite3_step(stmt) != SQLITE_ROW)
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
    whole = sqlite3_column_int(stmt, 0) != 0;
    sqlite3_finalize(stmt);
    return whole;
}

/* --- against the oracle --- */

static void row_differs(const struct device *d, const struct oracle_row *r, const val *shown, const val *held, const char *what)
{
    const struct told_held *of = told_held_of(r->row);
    const struct history *h = d->history;
    const struct table *t = table_of(h, r->row);
    char text[4096];
    size_t at = (size_t)snprintf(text, sizeof text, "device %u: %s: %s\n  oracle: %s%s (%s)", d->number, history_row_print(h, r->row), what,
                                 oracle_is_shown(r)  ? r->alive ? "shown" : "restored"
                                 : oracle_is_held(r) ? "held "
                                 : r->gone           ? "gone"
                                 : r->unborn         ? "never made"
                                                     : "not there",
                                 oracle_is_held(r) ? r->reason : "", r->own ? r->own : "");

    for (unsigned i = 0; (r->alive || r->deleted || r->unborn) && i < t->column_count && at < 3000; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, " %s=%s", t->columns[i].name, value_print(r->values[i]));
    at += (size_t)snprintf(text + at, sizeof text - at, "\n  engine: %s%s%s",
                           shown  ? "shown"
                           : held ? "held for "
                                  : "not there",
                           held && of ? of->reason : "", held && of ? ":" : "");
    for (unsigned i = 0; (shown || held) && i < t->column_count && at < 3000; i++)
        at += (size_t)snprintf(text + at, sizeof text - at, " %s=%s", t->columns[i].name, value_print(shown ? shown[i] : held[i]));
    for (uint32_t e = h->rows[r->row].first; e != NONE && at < 3600; e = h->effects[e].next) {
        at += (size_t)snprintf(text + at, sizeof text - at, "\n  %s%u %s by device %u stamp %llx",
                               set_has(&d->knows.merged, h->effects[e].txn) ? "" : "(not merged) ", h->effects[e].txn,
                               h->effects[e].op == EFFECT_INSERT   ? "insert"
                               : h->effects[e].op == EFFECT_UPDATE ? "update"
                                                                   : "delete",
                               h->txns[h->effects[e].txn].device, (unsigned long long)h->txns[h->effects[e].txn].stamp);
        at += (size_t)snprintf(text + at, sizeof text - at, " groups %x, had seen", (unsigned)h->effects[e].groups);
        for (uint32_t o = h->rows[r->row].first; o != e && at < 3600; o = h->effects[o].next)
            if (history_saw(h, h->effects[e].txn, h->effects[o].txn))
                at += (size_t)snprintf(text + at, sizeof text - at, " %u", h->effects[o].txn);
        for (uint32_t i = 0; i < h->effects[e].spare_count && at < 3600; i++)
            at += (size_t)snprintf(text + at, sizeof text - at, "%s %u", i ? "" : "; leaves open", h->effects[e].spares[i].txn);
    }
    failure("%s", text);
}

static bool values_same(const struct device *d, uint32_t row, const val *a, const val *b)
{
    return memcmp(a, b, d->knows.columns[d->history->rows[row].table] * sizeof *a) == 0;
}

static void state_row(const struct device *d, const struct oracle *o, uint32_t row)
{
    static const struct oracle_row nothing;
    const struct oracle_row *r = o->of_row[row] == NONE ? NULL : &o->rows[o->of_row[row]];
    const val *shown = d->knows.image[row];
    const struct told_held *held = told_held_of(row);
    struct oracle_row none = nothing;

    none.row = row;
    if (!r)
        r = &none;
    if (shown && held)
        row_differs(d, r, shown, NULL, "is both shown and held");
    if (oracle_is_shown(r) != (shown != NULL))
        row_differs(d, r, shown, held ? held->values : NULL, shown ? "is shown" : "is not shown");
    if ((oracle_is_held(r) || r->unborn) != (held != NULL))
        row_differs(d, r, shown, held ? held->values : NULL, held ? "is held" : "is not held");
    if ((shown && !values_same(d, row, shown, r->values)) || (held && !values_same(d, row, held->values, r->values)))
        row_differs(d, r, shown, held ? held->values : NULL, "has other values");
    if (held && held->reason[0] != (r->unborn ? 'I' : r->reason[0]))
        row_differs(d, r, shown, held->values, "is held for another reason");
}

static int side_compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof told.conflicts[0].sides[0]);
}

static void sides_note(const struct table *t, uint32_t group, const char *whose, uint32_t count, val sides[][COLUMNS_MAX])
{
    for (uint32_t i = 0; i < count; i++)
        for (unsigned k = 0; k < t->column_count; k++)
            if (!t->columns[k].is_key && 1u << t->columns[k].group == group)
                failure_note("    %s side %u: %s=%s", whose, i, t->columns[k].name, value_print(sides[i][k]));
}

/* The sides are the siblings, each with its values. */
static void state_sides(const struct device *d, const struct oracle *o, const struct oracle_row *r, uint32_t group)
{
    static val sides[SIDES_MAX][COLUMNS_MAX], theirs[SIDES_MAX][COLUMNS_MAX];
    const struct history *h = d->history;
    const struct table *t = table_of(h, r->row);
    const struct told_conflict *c = told_conflict_of(r->row, group);
    uint32_t effects[SIDES_MAX], count = oracle_siblings(h, o->set, r->row, group, effects, SIDES_MAX);

    if (!c)
        row_differs(d, r, d->knows.image[r->row], NULL, "a conflict is not told");
    memset(sides, 0, count * sizeof sides[0]);
    for (uint32_t i = 0; i < count; i++)
        for (unsigned k = 0; k < t->column_count; k++)
            if (!t->columns[k].is_key && 1u << t->columns[k].group == group)
                sides[i][k] = h->effects[effects[i]].after[k];
    memcpy(theirs, c->sides, c->side_count * sizeof theirs[0]);
    qsort(sides, count, sizeof sides[0], side_compare);
    qsort(theirs, c->side_count, sizeof theirs[0], side_compare);
    if (count == c->side_count && memcmp(sides, theirs, count * sizeof sides[0]) == 0)
        return;
    sides_note(t, group, "the oracle's", count, sides);
    sides_note(t, group, "the engine's", c->side_count, theirs);
    row_differs(d, r, d->knows.image[r->row], NULL, "a conflict has other sides");
}

/* It was deleted, and is there: an edit won, or a row that names it was written meanwhile. */
static bool row_is_back(const struct oracle_row *r)
{
    return r->revived || (r->deleted && oracle_is_shown(r));
}

static void state_conflicts(const struct device *d, const struct oracle *o)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < o->count; i++) {
        const struct oracle_row *r = &o->rows[i];

        if (r->gone)
            continue;
        for (unsigned g = 0; g < 32; g++) {
            if (!(r->conflicts & 1u << g))
                continue;
            count++;
            state_sides(d, o, r, 1u << g);
        }
        if (row_is_back(r) && !told_conflict_of(r->row, 0))
            row_differs(d, r, d->knows.image[r->row], NULL, "an edit that won over a delete is not told");
        count += row_is_back(r);
    }
    if (count != told.conflict_count)
        failure("device %u: %u conflicts are told, and there are %u", d->number, told.conflict_count, count);
}

/* Everything in = shown + held + gone, and what the store says of itself is what it tells in full. */
static void state_counts(const struct device *d, const struct oracle *o)
{
    struct jemput_error err;
    struct jemput_info info;
    uint64_t shown = 0, held = 0, conflicts = 0;

    for (uint32_t i = 0; i < o->count; i++) {
        shown += oracle_is_shown(&o->rows[i]);
        held += oracle_is_held(&o->rows[i]) || o->rows[i].unborn;
        conflicts += !o->rows[i].gone && (o->rows[i].conflicts || row_is_back(&o->rows[i]));
    }
    if (jemput_info_get(d->jemput, &info, &err))
        failure("device %u: %s", d->number, err.text);
    if (info.rows != shown || info.held != held || info.conflicts != conflicts)
        failure("device %u: info says %llu rows, %llu held, %llu in conflict; there are %llu, %llu, %llu", d->number, (unsigned long long)info.rows,
                (unsigned long long)info.held, (unsigned long long)info.conflicts, (unsigned long long)shown, (unsigned long long)held,
                (unsigned long long)conflicts);
}

void check_state(const struct device *d, struct oracle *o)
{
    verdict_view(d);
    oracle_compute(o, d->history, &d->knows.merged);
    told_read(d);
    for (uint32_t row = 0; row < d->history->row_count; row++)
        state_row(d, o, row);
    state_conflicts(d, o);
    state_counts(d, o);
}

/* --- no loss --- */

static bool spared(const struct effect *by, const struct effect *e, uint32_t group)
{
    for (uint32_t i = 0; i < by->spare_count; i++)
        if (by->spares[i].group == group && by->spares[i].txn == e->txn)
            return true;
    return false;
}

/* A group whose rule merges values has nothing that a person must find again. */
static bool group_merges(const struct table *t, unsigned group)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && t->columns[i].group == group && t->columns[i].rule != RULE_LATEST)
            return true;
    return false;
}

static bool superseded(const struct device *d, const struct effect *e, uint32_t group)
{
    const struct history *h = d->history;

    for (uint32_t i = h->rows[e->row].first; i != NONE; i = h->effects[i].next) {
        const struct effect *by = &h->effects[i];

        if (set_has(&d->knows.merged, by->txn) && !set_has(&d->knows.refused, by->txn) && history_saw(h, by->txn, e->txn) &&
            (by->op == EFFECT_DELETE || by->groups & group) && !spared(by, e, group))
            return true;
    }
    return false;
}

static bool group_same(const struct table *t, uint32_t group, const val *a, const val *b)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && 1u << t->columns[i].group == group && a[i] != b[i])
            return false;
    return true;
}

/* Of a row that nobody has made the conflicts are told once it is made. Until then a value that is hidden by another waits in the merge state. */
static bool waits(const struct device *d, const struct oracle *o, const struct effect *e, uint32_t group)
{
    uint32_t siblings[WRITES_MAX], count = 0;

    if (o->rows[o->of_row[e->row]].unborn)
        count = oracle_siblings(d->history, o->set, e->row, group, siblings, WRITES_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (&d->history->effects[siblings[i]] == e)
            return true;
    return false;
}

/* Is the write's value of this group to be seen somewhere? */
static bool visible(const struct device *d, const struct effect *e, uint32_t group)
{
    const struct table *t = table_of(d->history, e->row);
    const struct told_held *held = told_held_of(e->row);
    const val *shown = d->knows.image[e->row];
    const struct told_conflict *c = told_conflict_of(e->row, group);

    if (shown && group_same(t, group, shown, e->after))
        return true;
    if (held && group_same(t, group, held->values, e->after))
        return true;
    for (uint32_t i = 0; c && i < c->side_count; i++)
        if (group_same(t, group, c->sides[i], e->after))
            return true;
    return false;
}

static void no_loss_effect(const struct device *d, const struct oracle *o, const struct effect *e)
{
    const struct history *h = d->history;
    const struct oracle_row *r = &o->rows[o->of_row[e->row]];

    if (r->created == NONE && !r->unborn) /* nobody has written to it whom no deletion had seen */
        return;
    if (e->op == EFFECT_DELETE && r->unborn)
        return;
    if (e->op == EFFECT_DELETE) {
        const struct told_held *held = told_held_of(e->row);

        if ((d->knows.image[e->row] || held) && !told_conflict_of(e->row, 0) && !r->deleted) { /* nor brought back for a child */
            for (uint32_t i = h->rows[e->row].first; i != NONE; i = h->effects[i].next)
                if (set_has(&d->knows.merged, h->effects[i].txn) && !set_has(&d->knows.refused, h->effects[i].txn) &&
                    history_saw(h, h->effects[i].txn, e->txn))
                    return;
            failure("device %u: %s is there although transaction %u deleted it, and nobody is told", d->number, history_row_print(h, e->row), e->txn);
        }
        return;
    }
    for (unsigned g = 0; g < 32 && !r->gone; g++) /* gone with its parent: the schema says so */
        if (e->groups & 1u << g && !group_merges(table_of(h, e->row), g) && !superseded(d, e, 1u << g) && !visible(d, e, 1u << g) &&
            !waits(d, o, e, 1u << g))
            failure("device %u: %s: what transaction %u of device %u wrote into the group of column %u is lost", d->number,
                    history_row_print(h, e->row), e->txn, h->txns[e->txn].device, g);
}

void check_no_loss(const struct device *d, const struct oracle *o)
{
    told_read(d);
    for (uint32_t i = 0; i < d->history->effect_count; i++)
        if (set_has(&d->knows.merged, d->history->effects[i].txn) && !set_has(&d->knows.refused, d->history->effects[i].txn) &&
            !d->history->forgotten[d->history->effects[i].row])
            no_loss_effect(d, o, &d->history->effects[i]);
}

/* --- history --- */

static void problem_see(void *ctx, const char *what)
{
    char *text = ctx;

    if (!text[0])
        snprintf(text, 300, "%s", what);
}

struct verified {
    char first[300];
    bool due; /* it says that the tables do not follow yet */
};

static void verified_see(void *ctx, const char *what)
{
    struct verified *v = ctx;

    v->due = v->due || strstr(what, "what counts has changed");
    problem_see(v->first, what);
}

void check_verify(const struct device *d)
{
    struct verified v = { .due = false };
    struct jemput_error err;
    uint64_t problems = 0;

    if (jemput_verify(d->jemput, verified_see, &v, &problems, &err))
        failure("device %u: verify: %s", d->number, err.text);
    if ((d->knows.refused_shows || d->knows.rights_moved) && v.due)
        return; /* what does not follow yet differs from the logs, and it says so */
    if (problems)
        failure("device %u: verify finds %llu problems: %s", d->number, (unsigned long long)problems, v.first);
}

void check_hash(const struct device *d, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(d->jemput, hex, &err))
        failure("device %u: state hash: %s", d->number, err.text);
}

void check_rebuild(const struct device *d, bool sealed)
{
    char first[300] = "", hex[65];
    struct jemput_rebuild_options options = { .each = problem_see, .ctx = first };
    struct jemput_rebuild_report report;
    struct jemput_error err;

    sealed = sealed && !d->knows.refused_shows; /* what it says then is what counts */
    if (sealed)
        check_hash(d, hex);
    if (jemput_rebuild(d->jemput, &options, &report, &err))
        failure("device %u: rebuild: %s", d->number, err.text);
    if (!d->knows.refused_shows && (report.differences || report.rows_put || report.rows_removed))
        failure("device %u: rebuild finds %llu differences, puts %llu rows and removes %llu: %s", d->number, (unsigned long long)report.differences,
                (unsigned long long)report.rows_put, (unsigned long long)report.rows_removed, first);
    if (!sealed)
        check_hash(d, hex);
    if (strcmp(hex, report.state_hash) != 0)
        failure("device %u: rebuild comes to another state hash", d->number);
}
