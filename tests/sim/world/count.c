/* sim/world/count.c — rare states, recognised where they come up (sometimes.h). */
#include "state.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "failure.h"
#include "sometimes.h"

void count_statement(const struct device *d, const char *sql, uint32_t txn)
{
    const struct history *h = d->history;
    unsigned inserted = 0, deleted[TABLES_MAX] = { 0 }, tables = 0, count = 0;

    for (uint32_t i = 0; i < h->effect_count; i++) {
        const struct effect *e = &h->effects[i];

        if (e->txn != txn)
            continue;
        count++;
        if (e->spare_count)
            sometimes(SOMETIMES_SPARED);
        if (e->op == EFFECT_INSERT && h->txns[txn].columns[h->rows[e->row].table] < h->schema->tables[h->rows[e->row].table].column_count)
            sometimes(SOMETIMES_MIGRATED_LATE);
        inserted |= (unsigned)(e->op == EFFECT_INSERT) << h->rows[e->row].table;
        deleted[h->rows[e->row].table] += e->op == EFFECT_DELETE;
        for (uint32_t k = h->rows[e->row].first; e->op == EFFECT_INSERT && k < i; k = h->effects[k].next)
            if (h->effects[k].op == EFFECT_DELETE && history_saw(h, txn, h->effects[k].txn))
                sometimes(SOMETIMES_REINSERT);
    }
    for (unsigned i = 0; i < TABLES_MAX; i++) {
        tables += deleted[i] > 0;
        if (sql && deleted[i] && inserted & 1u << i)
            sometimes(strncmp(sql, "UPDATE", 6) == 0 ? SOMETIMES_REKEY : SOMETIMES_VICTIM);
    }
    if (sql && tables > 1)
        sometimes(SOMETIMES_CASCADE);
    if (count >= 10)
        sometimes(SOMETIMES_BIG_TXN);
    sometimes(SOMETIMES_TXN);
    sometimes_table()->txns++;
    sometimes_table()->rows += count;
}

/* A write under an edit token that had not seen all that its device had merged of the row. */
void count_late(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; i < h->effect_count; i++)
        for (uint32_t k = h->effects[i].txn == txn ? h->rows[h->effects[i].row].first : NONE; k != NONE; k = h->effects[k].next)
            if (h->effects[k].txn != txn && set_has(&d->knows.merged, h->effects[k].txn) && !history_saw(h, txn, h->effects[k].txn))
                sometimes(SOMETIMES_LATE_WRITE);
}

static void count_conflicts(const struct device *d, const struct oracle_row *r)
{
    const struct history *h = d->history;
    const struct table *t = &h->schema->tables[h->rows[r->row].table];
    unsigned columns = 0;

    sometimes(SOMETIMES_CONFLICT);
    if (r->sides > 2)
        sometimes(SOMETIMES_THREE_SIDES);
    for (unsigned i = 0; i < t->column_count; i++)
        columns += !t->columns[i].is_key && r->conflicts & 1u << t->columns[i].group && t->columns[i].group != i;
    if (columns)
        sometimes(SOMETIMES_WIDE_CONFLICT);
    if (oracle_is_held(r))
        sometimes(SOMETIMES_HELD_CONFLICT);
}

static void count_held(const struct device *d, const struct oracle_row *r)
{
    const struct history *h = d->history;
    const struct table *t = &h->schema->tables[h->rows[r->row].table];

    if (r->reason[0] == 'U') {
        sometimes(SOMETIMES_HELD_UNIQUE);
        for (unsigned i = 0; i < t->unique_count; i++) {
            if (r->claims_there[i] && t->uniques[i].terms[0].lower)
                sometimes(SOMETIMES_HELD_EXPRESSION);
            if (r->claims_there[i] && t->uniques[i].where.kind)
                sometimes(SOMETIMES_HELD_PARTIAL);
        }
    } else {
        sometimes(r->reason[0] == 'F' ? SOMETIMES_HELD_PARENT : r->reason[0] == 'C' ? SOMETIMES_HELD_CHECK : SOMETIMES_HELD_NOT_NULL);
    }
}

/* Two writes of one row that had not seen each other. */
static void count_pair(const struct history *h, const struct table *t, const struct effect *x, const struct effect *y)
{
    static const enum sometimes rules[] = { SOMETIMES_CONFLICT, SOMETIMES_RANKED, SOMETIMES_SUMMED, SOMETIMES_FACT };

    if (x->op == EFFECT_INSERT && y->op == EFFECT_INSERT)
        sometimes(SOMETIMES_SAME_KEY);
    if (x->op == EFFECT_DELETE && y->op == EFFECT_DELETE)
        sometimes(SOMETIMES_TWO_DELETES);
    if (h->txns[x->txn].decides != h->txns[y->txn].decides && x->groups & y->groups)
        sometimes(SOMETIMES_DECIDED_LATE);
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].rule != RULE_LATEST && x->groups & y->groups & 1u << t->columns[i].group && x->after[i] && y->after[i] &&
            x->after[i] != y->after[i])
            sometimes(rules[t->columns[i].rule]);
}

static void count_pairs(const struct history *h, const struct txnset *set, uint32_t row)
{
    const struct table *t = &h->schema->tables[h->rows[row].table];

    for (uint32_t a = h->rows[row].first; a != NONE; a = h->effects[a].next)
        for (uint32_t b = h->effects[a].next; b != NONE; b = h->effects[b].next) {
            const struct effect *x = &h->effects[a], *y = &h->effects[b];

            if (set_has(set, x->txn) && set_has(set, y->txn) && !history_saw(h, y->txn, x->txn) && !history_saw(h, x->txn, y->txn))
                count_pair(h, t, x, y);
        }
}

/* What the oracle saw of a state: the rare things are counted. */
void count_state(struct world *w, const struct device *d, const struct oracle *o)
{
    for (uint32_t i = 0; i < o->count; i++) {
        const struct oracle_row *r = &o->rows[i];
        bool *held = &w->was_held[d->number][r->row];

        if (r->conflicts)
            count_conflicts(d, r);
        if (r->revived)
            sometimes(SOMETIMES_REVIVED);
        if (r->unborn)
            sometimes(SOMETIMES_UNBORN);
        if (oracle_is_held(r)) {
            count_held(d, r);
            if (w->was_shown[d->number][r->row])
                sometimes(SOMETIMES_EJECTED);
            *held = true;
            w->was_orphan[d->number][r->row] = r->reason[0] == 'F';
        } else {
            if (*held && oracle_is_shown(r)) {
                sometimes(SOMETIMES_ADMITTED);
                if (w->was_orphan[d->number][r->row])
                    sometimes(SOMETIMES_ADMITTED_PARENT);
            }
            *held = false;
        }
        w->was_shown[d->number][r->row] = oracle_is_shown(r);
        if (r->deleted && r->taken)
            sometimes(SOMETIMES_RESTORED_PARENT);
        if (r->gone)
            sometimes(SOMETIMES_CASCADED);
        count_pairs(&w->history, o->set, r->row);
    }
}

void count_equal_stamps(const struct history *h)
{
    for (uint32_t i = 0; i < h->txn_count; i++)
        for (uint32_t k = i + 1; k < h->txn_count; k++)
            if (h->txns[i].stamp == h->txns[k].stamp && h->txns[i].device != h->txns[k].device)
                sometimes(SOMETIMES_EQUAL_STAMPS);
}

void count_forks(const struct device *d)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(d->sql, "SELECT 1 FROM jemput_line WHERE fork_of", -1, &stmt, NULL))
        failure("device %u: %s", d->number, sqlite3_errmsg(d->sql));
    if (sqlite3_step(stmt) == SQLITE_ROW)
        sometimes(SOMETIMES_FORK);
    sqlite3_finalize(stmt);
}
