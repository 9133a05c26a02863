/* sim/world/rights.c — see rights.h. */
#include "rights.h"

#include <stdio.h>
#include <string.h>

#include "api/engine.h"
#include "api/judge/policy.h"
#include "failure.h"
#include "verdict.h"

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

/* Administrators and central may take it to each state that officers may, from any, and to one more. */
static const char *const office_states[] = { "a", "b", "c", "ab", "A" };
enum { OFFICE_STATES = sizeof office_states / sizeof *office_states };

static void steps_append(struct schema *s, const struct table *t)
{
    const struct rights *r = &t->rights;

    schema_append(s->sql, sizeof s->sql, "steps=%s:", t->columns[r->state].name);
    for (unsigned i = 0; i < r->step_count; i++)
        schema_append(s->sql, sizeof s->sql, "%s%s>%s", i ? "," : "", r->steps[i].from, r->steps[i].to);
    schema_append(s->sql, sizeof s->sql, "; ");
}

static void office_append(struct schema *s, const struct table *t)
{
    schema_append(s->sql, sizeof s->sql, "SELECT jemput_policy('%s', 'admin,pusat', 'insert; update; delete; steps=%s:", t->name,
                  t->columns[t->rights.state].name);
    for (unsigned i = 0; i < OFFICE_STATES; i++)
        schema_append(s->sql, sizeof s->sql, "%s*>%s", i ? "," : "", office_states[i]);
    schema_append(s->sql, sizeof s->sql, "');\n");
}

static void rights_append(struct schema *s, const struct table *t)
{
    const struct rights *r = &t->rights;

    schema_append(s->sql, sizeof s->sql, "SELECT jemput_policy('%s', 'petugas', '", t->name);
    if (r->insert)
        list_append(s, t, "insert", r->insert);
    if (r->update)
        list_append(s, t, "update", r->update);
    if (r->deletes)
        schema_append(s->sql, sizeof s->sql, "delete; ");
    if (r->moves)
        steps_append(s, t);
    if (r->bound)
        schema_append(s->sql, sizeof s->sql, "scope=%s", t->columns[r->region].name);
    schema_append(s->sql, sizeof s->sql, "');\n");
    if (r->moves)
        office_append(s, t);
}

static unsigned column_plain(const struct table *t, struct rng *rng, unsigned but)
{
    unsigned found = 0, pick = COLUMNS_MAX;

    for (unsigned c = 0; c < t->column_count; c++)
        if (!t->columns[c].is_key && !t->columns[c].links && t->columns[c].type == TYPE_TEXT && t->columns[c].rule == RULE_LATEST && c != but &&
            rng_below(rng, ++found) == 0)
            pick = c;
    return pick;
}

static void table_steps(struct table *t, struct rng *rng)
{
    static const struct step some[] = { { "", "a" },  { "a", "b" },  { "*", "a" }, { "", "b" },
                                        { "b", "c" }, { "a", "ab" }, { "*", "c" }, { "ab", "a" } };
    struct rights *r = &t->rights;

    r->state = column_plain(t, rng, COLUMNS_MAX);
    r->moves = r->state != COLUMNS_MAX;
    for (unsigned i = 0; r->moves && i < 8; i++)
        if (r->step_count < STEPS_LISTED_MAX && (i == 0 || rng_one_in(rng, 2)))
            r->steps[r->step_count++] = some[i];
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
    struct rng aside = rng_of(rng->state, 2);

    if (!(s->features & FEATURE_POLICY) || !rng_one_in(rng, 2))
        return;
    for (unsigned i = 0; i < s->table_count; i++) {
        struct table *t = &s->tables[i];

        if (rng_one_in(rng, 3))
            continue;
        table_rights(t, rng);
        if (s->features & FEATURE_STEPS && rng_below(&aside, 3))
            table_steps(t, &aside);
        t->rights.region = column_plain(t, &aside, t->rights.moves ? t->rights.state : COLUMNS_MAX);
        t->rights.bound = s->features & FEATURE_REGION && t->rights.region != COLUMNS_MAX;
        rights_append(s, t);
        s->has_rights = true;
    }
    if (s->has_rights)
        schema_append(s->sql, sizeof s->sql, "SELECT jemput_policy('*', 'admin,pusat', 'insert; update; delete');\n");
}

/* --- read --- */

struct may rights_of_device(const struct history *h, unsigned device)
{
    const struct history_device *d = &h->devices[device];

    return (struct may){ d->officer ? RIGHT_OFFICER : RIGHT_OFFICE, d->scope ? d->scope : "" };
}

static bool state_is(val v, const char *state)
{
    return v == (state[0] ? value_text(state) : 0);
}

/* "a column that has steps goes no other way for anybody" */
static bool step_allowed(const struct rights *r, unsigned role, val from, val to)
{
    if (from == to)
        return true;
    for (unsigned i = 0; role == RIGHT_OFFICE && i < OFFICE_STATES; i++)
        if (to == value_text(office_states[i]))
            return true;
    for (unsigned i = 0; role == RIGHT_OFFICER && i < r->step_count; i++)
        if (to == value_text(r->steps[i].to) && (r->steps[i].from[0] == '*' || state_is(from, r->steps[i].from)))
            return true;
    return false;
}

static bool columns_allowed(const struct table *t, uint32_t allowed, unsigned columns, const struct effect *e)
{
    for (unsigned c = 0; c < columns; c++) {
        bool writes = e->op == EFFECT_INSERT ? e->after[c] != 0 : (e->groups & 1u << t->columns[c].group) != 0;

        if (!t->columns[c].is_key && writes && !(allowed & 1u << c))
            return false;
    }
    return true;
}

static bool role_allows(const struct table *t, unsigned role, const struct may *may, unsigned columns, const struct effect *e, bool within)
{
    const struct rights *r = &t->rights;
    bool writes_state = r->moves && e->after && r->state < columns && (e->op == EFFECT_INSERT || e->groups & 1u << t->columns[r->state].group);
    bool writes_region = r->bound && e->after && (e->op == EFFECT_INSERT || e->groups & 1u << t->columns[r->region].group);

    if (!r->declared)
        return true;
    if (role == RIGHT_OTHER)
        return false;
    if (writes_state && !step_allowed(r, role, e->before ? e->before[r->state] : 0, e->after[r->state]))
        return false;
    if (role == RIGHT_OFFICE)
        return true;
    if (e->op == EFFECT_DELETE ? !r->deletes : !(e->op == EFFECT_INSERT ? r->insert : r->update))
        return false;
    if (e->after && !columns_allowed(t, e->op == EFFECT_INSERT ? r->insert : r->update, columns, e))
        return false;
    return !rights_bind(t, may) || ((!writes_region || rights_within(may, e->after[r->region])) && (e->op == EFFECT_INSERT || within));
}

bool rights_allow(const struct table *t, const struct may *may, unsigned columns, const struct effect *e, bool within)
{
    for (unsigned role = RIGHT_OFFICER; role <= RIGHT_OFFICE; role <<= 1)
        if (may->roles & role && role_allows(t, role, may, columns, e, within))
            return true;
    return false;
}

bool rights_bind(const struct table *t, const struct may *may)
{
    return t->rights.bound && may->scope[0];
}

bool rights_within(const struct may *may, val region)
{
    const struct value *v = value_of(region);
    size_t len = strlen(may->scope);

    return v->kind == VALUE_TEXT && v->len >= len && memcmp(v->data, may->scope, len) == 0 && (v->len == len || v->data[len] == '.');
}

bool rights_allow_txn(const struct device *d, uint32_t txn)
{
    const struct history *h = d->history;
    struct may may = verdict_own(d);

    for (uint32_t i = 0; i < h->effect_count; i++) {
        const struct effect *e = &h->effects[i];
        unsigned table = h->rows[e->row].table;
        const struct table *t = &h->schema->tables[table];

        if (e->txn == txn && !rights_allow(t, &may, h->txns[txn].columns[table], e,
                                           e->before && t->rights.bound && rights_within(&may, e->before[t->rights.region])))
            return false;
    }
    return true;
}

/* --- forged --- */

void rights_forge(struct device *d, bool begin)
{
    const struct may may = verdict_own(d);
    const struct jemput_bytes scope = jemput_bytes_str(begin ? "" : may.scope);
    unsigned roles = (may.roles & RIGHT_OFFICER ? JEMPUT_ROLE_PETUGAS : 0u) | (may.roles & RIGHT_OTHER ? JEMPUT_ROLE_KELURAHAN : 0u);
    struct jemput_error err;

    if (jemput_store_begin(d->jemput->store, ENGINE_LOCK_WAIT_MS, &err) ||
        engine_rights_put(d->jemput, begin ? JEMPUT_ROLE_ADMIN : roles, scope, &err) || jemput_store_commit(d->jemput->store, &err))
        failure("device %u: forge: %s", d->number, err.text);
}
