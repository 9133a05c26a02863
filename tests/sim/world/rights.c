/* sim/world/rights.c — see rights.h. */
#include "rights.h"

#include <stdio.h>
#include <string.h>

#include "api/engine.h"
#include "failure.h"

/* --- declared --- */

/* Columns that merge as one are named together. */
static uint32_t columns_some(const struct table *t, struct rng *rng)
{
    uint32_t some = 0;

    for (unsigned g = 0; g < t->column_count; g++) {
        bool in = rng_one_in(rng, 2);

        for (unsigned c = 0; c < t->column_count; c++)
            if (in && !t->columns[c].is_key && t->columns[c].group == g)
                some |= 1u << c;
    }
    return some;
}

static void list_append(struct schema *s, const struct table *t, const char *rule, uint32_t columns)
{
    const char *sign = "=";

    schema_append(s->sql, sizeof s->sql, "%s", rule);
    for (unsigned c = 0; c < t->column_count && columns != RIGHTS_ALL; c++) {
        if (!(columns & 1u << c))
            continue;
        schema_append(s->sql, sizeof s->sql, "%s%s", sign, t->columns[c].name);
        sign = ",";
    }
    schema_append(s->sql, sizeof s->sql, "; ");
}

static void rights_append(struct schema *s, const struct table *t)
{
    const struct rights *r = &t->rights;

    schema_append(s->sql, sizeof s->sql, "SELECT jemput_policy('%s', 'petugas', '", t->name);
    if (r->insert)
        list_append(s, t, "insert", r->insert);
    if (r->update)
        list_append(s, t, "update", r->update);
    schema_append(s->sql, sizeof s->sql, "%s');\n", r->deletes ? "delete" : "");
}

static void table_rights(struct table *t, struct rng *rng)
{
    struct rights *r = &t->rights;

    r->declared = true;
    if (rng_below(rng, 5))
        r->insert = rng_one_in(rng, 2) ? RIGHTS_ALL : columns_some(t, rng);
    if (rng_below(rng, 5))
        r->update = rng_one_in(rng, 3) ? RIGHTS_ALL : columns_some(t, rng);
    r->deletes = rng_one_in(rng, 2) || !(r->insert | r->update); /* a call says something */
}

void rights_make(struct schema *s, struct rng *rng)
{
    if (!(s->features & FEATURE_POLICY) || !rng_one_in(rng, 3))
        return;
    for (unsigned i = 0; i < s->table_count; i++) {
        if (rng_one_in(rng, 3))
            continue;
        table_rights(&s->tables[i], rng);
        rights_append(s, &s->tables[i]);
        s->has_rights = true;
    }
    if (s->has_rights)
        schema_append(s->sql, sizeof s->sql, "SELECT jemput_policy('*', 'admin,pusat', 'insert; update; delete');\n");
}

/* --- read --- */

bool rights_allow(const struct table *t, unsigned columns, enum effect_op op, uint32_t groups, const val *after)
{
    const struct rights *r = &t->rights;

    if (!r->declared)
        return true;
    if (op == EFFECT_DELETE)
        return r->deletes;
    if (!(op == EFFECT_INSERT ? r->insert : r->update))
        return false;
    for (unsigned c = 0; c < columns; c++) {
        bool writes = op == EFFECT_INSERT ? after[c] != 0 : (groups & 1u << t->columns[c].group) != 0;

        if (!t->columns[c].is_key && writes && !((op == EFFECT_INSERT ? r->insert : r->update) & 1u << c))
            return false;
    }
    return true;
}

bool rights_allow_txn(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;

    for (uint32_t i = 0; d->officer && i < h->effect_count; i++) {
        const struct effect *e = &h->effects[i];
        unsigned table = h->rows[e->row].table;

        if (e->txn == txn && !rights_allow(&h->schema->tables[table], h->txns[txn].columns[table], e->op, e->groups, e->after))
            return false;
    }
    return true;
}

/* --- forged --- */

void rights_forge(struct device *d, bool begin)
{
    struct jemput_error err;

    if (jemput_store_begin(d->jemput->store, ENGINE_LOCK_WAIT_MS, &err) ||
        engine_rights_put(d->jemput, begin ? JEMPUT_ROLE_ADMIN : JEMPUT_ROLE_PETUGAS, (struct jemput_bytes){ 0 }, &err) ||
        jemput_store_commit(d->jemput->store, &err))
        failure("device %u: forge: %s", d->number, err.text);
}
