/* sim/world/sql.c — see sql.h. */
#include "sql.h"

#include <stdio.h>
#include <string.h>

#include "judge.h"

struct writer {
    const struct sql_source *source;
    struct rng *rng;
    sqlite3_str *out;
    unsigned table;
    struct table of;
    const struct table *t; /* as the device has it */
};

static void table_use(struct writer *w)
{
    w->of = w->source->history->schema->tables[w->table];
    w->of.column_count = w->source->columns[w->table];
    w->t = &w->of;
}

/* --- values --- */

static val text_some(struct rng *rng)
{
    static const char *const texts[] = { "a", "b", "c", "A", "ab", "AB", "abc", "" };
    char text[600];
    unsigned len;

    if (rng_below(rng, 24))
        return value_text(rng_one_in(rng, 12) ? "abcd" : texts[rng_below(rng, 8)]);
    len = 4 + rng_log(rng, (unsigned)sizeof text - 5);
    for (unsigned i = 0; i < len; i++)
        text[i] = (char)('a' + rng_below(rng, 26));
    text[len] = '\0';
    return value_text(text);
}

static val value_some(struct rng *rng, enum column_type type)
{
    static const double reals[] = { 0.5, 1.0, -2.25, 1e300, 0.0 };
    char blob[3] = { 'x', (char)rng_below(rng, 4), '\0' };

    switch (type) {
    case TYPE_INTEGER:
        return value_integer(rng_one_in(rng, 40) ? INT64_C(1) << 40 : (int)rng_below(rng, 7) - 1);
    case TYPE_TEXT:
        return text_some(rng);
    case TYPE_BLOB:
        return value_take(&(struct value){ .kind = VALUE_BLOB, .data = blob, .len = rng_below(rng, 4) });
    case TYPE_REAL:
        return value_take(&(struct value){ .kind = VALUE_REAL, .real = reals[rng_below(rng, 5)] });
    case TYPE_ANY:
        return value_some(rng, (enum column_type)rng_below(rng, 4));
    }
    return 0;
}

static val key_some(const struct writer *w, enum column_type type)
{
    unsigned n = rng_below(w->rng, w->source->keys);
    char bytes[16];

    snprintf(bytes, sizeof bytes, "k%u", n);
    if (type == TYPE_INTEGER)
        return value_integer(n);
    if (type == TYPE_BLOB)
        return value_take(&(struct value){ .kind = VALUE_BLOB, .data = bytes, .len = (uint32_t)strlen(bytes) });
    return value_text(bytes);
}

/* A row that the device shows, rather one that was deleted elsewhere; NULL = the table is empty there. */
static const val *row_some(const struct writer *w, unsigned table)
{
    const struct history *h = w->source->history;
    const val *pick = NULL;
    unsigned found = 0;

    for (uint32_t i = 0; i < h->row_count; i++) {
        unsigned weight = h->effects[h->rows[i].last].after ? 1 : 4;

        if (h->rows[i].table != table || !w->source->image[i])
            continue;
        found += weight;
        if (rng_below(w->rng, found) < weight)
            pick = w->source->image[i];
    }
    return pick;
}

/* What a row that is not shown here last held, here or elsewhere; NULL = it never held anything. */
static const val *row_absent(const struct writer *w, uint32_t row)
{
    const struct history *h = w->source->history;
    const val *held = NULL;

    for (uint32_t i = h->rows[row].first; i != NONE && !w->source->image[row]; i = h->effects[i].next)
        held = h->effects[i].after ? h->effects[i].after : held;
    return held;
}

static bool row_matters(const struct writer *w, const val *row, unsigned table, const val *other)
{
    const struct table *t = &w->source->history->schema->tables[table];
    val mine[KEY_MAX + TERMS_MAX], theirs[TERMS_MAX];

    for (unsigned i = 0; i < t->link_count; i++)
        if (t->links[i].parent == w->table && judge_names(&t->links[i], other, mine) && judge_is_named(&t->links[i], row, mine))
            return true;
    for (unsigned i = 0; i < t->unique_count && table == w->table; i++)
        if (judge_claim(t, &t->uniques[i], row, mine) && judge_claim(t, &t->uniques[i], other, theirs) && memcmp(mine, theirs, sizeof theirs) == 0)
            return true;
    return false;
}

/* A row that the device shows and that one it does not show (held, or not come yet) names, or has the claim of. */
static const val *row_at_stake(const struct writer *w)
{
    const struct history *h = w->source->history;
    const val *pick = NULL;
    unsigned found = 0;

    for (uint32_t i = 0; i < h->row_count; i++) {
        const val *other = h->effects[h->rows[i].last].after || rng_one_in(w->rng, 3) ? row_absent(w, i) : NULL;

        for (uint32_t k = 0; other && k < h->row_count; k++)
            if (h->rows[k].table == w->table && w->source->image[k] && row_matters(w, w->source->image[k], h->rows[i].table, other) &&
                rng_below(w->rng, ++found) == 0)
                pick = w->source->image[k];
    }
    return pick;
}

/* The values of a row that is not there, under the key of `row`: somebody enters it anew. */
static void row_enter_anew(const struct writer *w, val *row)
{
    const struct history *h = w->source->history;
    const val *pick = NULL;
    unsigned found = 0;

    for (uint32_t i = 0; i < h->row_count; i++) {
        const val *held = h->rows[i].table == w->table ? row_absent(w, i) : NULL;

        if (held && rng_below(w->rng, ++found) == 0)
            pick = held;
    }
    for (unsigned i = 0; pick && i < w->t->column_count; i++)
        if (!w->t->columns[i].is_key)
            row[i] = pick[i];
}

static const struct link *link_of(const struct table *t, unsigned column)
{
    for (unsigned i = 0; i < t->link_count; i++)
        for (unsigned k = 0; k < t->links[i].count; k++)
            if (t->links[i].columns[k] == column)
                return &t->links[i];
    return NULL;
}

/* A whole row of new values; columns of one FOREIGN KEY mostly name one parent that is there. */
static void row_make(const struct writer *w, val *out)
{
    for (unsigned i = 0; i < w->t->column_count; i++) {
        const struct column *c = &w->t->columns[i];

        if (c->is_key)
            out[i] = key_some(w, c->type);
        else if (c->rule == RULE_SUM)
            out[i] = value_integer(rng_below(w->rng, 4));
        else
            out[i] = !c->not_null && rng_one_in(w->rng, c->links ? 3 : 6) ? 0 : value_some(w->rng, c->type);
        if (c->not_null && rng_one_in(w->rng, 40))
            out[i] = 0;
    }
    for (unsigned i = 0; i < w->t->link_count; i++) {
        const struct link *l = &w->t->links[i];
        const val *parent = row_some(w, l->parent);
        bool stray = rng_one_in(w->rng, 12); /* a parent that is perhaps not there, or the row itself */

        for (unsigned k = 0; k < l->count && !stray; k++) {
            const struct column *c = &w->t->columns[l->columns[k]];

            if (parent && (out[l->columns[k]] || c->not_null))
                out[l->columns[k]] = parent[l->targets[k]];
            else if (!parent && !c->not_null)
                out[l->columns[k]] = 0;
        }
    }
}

/* --- pieces --- */

static void put(const struct writer *w, const char *text)
{
    sqlite3_str_appendall(w->out, text);
}

static void put_conflict(const struct writer *w, bool replaces)
{
    static const char *const clauses[] = { "OR REPLACE ", "OR IGNORE ", "OR FAIL ", "OR ROLLBACK ", "OR REPLACE " };
    unsigned pick = rng_below(w->rng, 12);

    if (pick < 5 && (replaces || (pick != 0 && pick != 4)))
        put(w, clauses[pick]);
}

static void put_values(const struct writer *w, const val *row)
{
    const struct column *key = &w->t->columns[w->t->key[0]];

    put(w, "(");
    for (unsigned i = 0; i < w->t->column_count; i++) {
        put(w, i ? ", " : "");
        if (i == w->t->key[0] && key->type == TYPE_BLOB && !key->links && rng_one_in(w->rng, 3))
            put(w, "jemput_id()");
        else
            value_sql(w->out, row[i]);
    }
    put(w, ")");
}

static void put_key(const struct writer *w, const val *row)
{
    for (unsigned i = 0; i < w->t->key_count; i++) {
        put(w, i ? " AND " : " WHERE ");
        put(w, w->t->columns[w->t->key[i]].name);
        put(w, " = ");
        value_sql(w->out, row[w->t->key[i]]);
    }
}

/* One column that is not of the key, to a new value. */
static unsigned column_pick(const struct writer *w)
{
    unsigned found = 0, pick = COLUMNS_MAX;

    for (unsigned i = 0; i < w->t->column_count; i++)
        if (!w->t->columns[i].is_key && rng_below(w->rng, ++found) == 0)
            pick = i;
    return pick;
}

static void put_assignment(const struct writer *w, unsigned c, const val *row)
{
    const struct link *l = link_of(w->t, c);
    const char *name = w->t->columns[c].name;

    if (l && l->count > 1 && !w->t->columns[l->columns[0]].is_key) {
        for (unsigned k = 0; k < l->count; k++) {
            put(w, k ? ", " : "");
            put(w, w->t->columns[l->columns[k]].name);
            put(w, " = ");
            value_sql(w->out, row[l->columns[k]]);
        }
    } else if (w->t->columns[c].type == TYPE_INTEGER && !l && rng_one_in(w->rng, w->t->columns[c].rule == RULE_SUM ? 1 : 3)) {
        sqlite3_str_appendf(w->out, "%s = %s + %d", name, name, w->t->columns[c].rule == RULE_SUM ? (int)rng_below(w->rng, 7) - 3
                                                                                                 : (int)rng_below(w->rng, 4) - 1);
    } else {
        put(w, name);
        put(w, " = ");
        value_sql(w->out, row[c]);
    }
}

/* --- statements --- */

/* INSERT OR REPLACE into a table whose FOREIGN KEYs lead back to it takes rows without a parent in SQLite 3.40.1, with or without the engine: the row
 * that is replaced takes along what the new one names. */
static bool table_may_replace(const struct writer *w)
{
    const struct schema *s = w->source->history->schema;
    unsigned reached = 0, before = ~0u;

    for (unsigned l = 0; l < w->t->link_count; l++)
        reached |= 1u << w->t->links[l].parent;
    while (reached != before) {
        before = reached;
        for (unsigned i = 0; i < s->table_count; i++)
            for (unsigned l = 0; reached & 1u << i && l < s->tables[i].link_count; l++)
                reached |= 1u << s->tables[i].links[l].parent;
    }
    return !(reached & 1u << w->table);
}

static void put_insert(const struct writer *w)
{
    val row[COLUMNS_MAX];
    unsigned rows = rng_one_in(w->rng, 6) ? 2 + rng_below(w->rng, 3) : 1;

    put(w, "INSERT ");
    put_conflict(w, table_may_replace(w));
    put(w, "INTO ");
    put(w, w->t->name);
    put(w, " VALUES");
    for (unsigned i = 0; i < rows; i++) {
        row_make(w, row);
        if (rng_one_in(w->rng, 8))
            row_enter_anew(w, row);
        put(w, i ? ", " : "");
        put_values(w, row);
    }
}

/* Where an upsert would set what the table's own FOREIGN KEY names, SQLite 3.40.1 does not look for the parent of the row that it inserts. */
static bool column_is_named(const struct writer *w, unsigned column)
{
    for (unsigned l = 0; l < w->t->link_count; l++)
        for (unsigned k = 0; k < w->t->links[l].count; k++)
            if (w->t->links[l].parent == w->table && w->t->links[l].targets[k] == column)
                return true;
    return false;
}

static void put_upsert(const struct writer *w)
{
    unsigned c = column_pick(w);
    val row[COLUMNS_MAX];

    row_make(w, row);
    sqlite3_str_appendf(w->out, "INSERT INTO %s VALUES", w->t->name);
    put_values(w, row);
    put(w, " ON CONFLICT");
    if (rng_below(w->rng, 3)) {
        put(w, "(");
        for (unsigned i = 0; i < w->t->key_count; i++)
            sqlite3_str_appendf(w->out, "%s%s", i ? ", " : "", w->t->columns[w->t->key[i]].name);
        put(w, ")");
    }
    if (c == COLUMNS_MAX || column_is_named(w, c)) {
        put(w, " DO NOTHING");
        return;
    }
    put(w, " DO UPDATE SET ");
    row_make(w, row);
    put_assignment(w, c, row);
}

static void put_update(const struct writer *w)
{
    unsigned a = column_pick(w), b = column_pick(w);
    const val *old = row_some(w, w->table);
    val row[COLUMNS_MAX];

    if (a == COLUMNS_MAX || !old) {
        put_insert(w);
        return;
    }
    row_make(w, row);
    put(w, "UPDATE ");
    put_conflict(w, w->source->replaces);
    put(w, w->t->name);
    put(w, " SET ");
    put_assignment(w, a, row);
    if (b != a && !link_of(w->t, a) && !link_of(w->t, b) && rng_one_in(w->rng, 3)) {
        put(w, ", ");
        put_assignment(w, b, row);
    }
    if (rng_one_in(w->rng, 12))
        sqlite3_str_appendf(w->out, " WHERE %s IS NOT NULL", w->t->columns[b].name);
    else
        put_key(w, old);
}

static void put_rekey(const struct writer *w)
{
    const val *old = row_some(w, w->table);
    unsigned c = w->t->key[rng_below(w->rng, w->t->key_count)];

    if (!old || w->t->columns[c].links) {
        put_insert(w);
        return;
    }
    put(w, "UPDATE ");
    put_conflict(w, w->source->replaces);
    sqlite3_str_appendf(w->out, "%s SET %s = ", w->t->name, w->t->columns[c].name);
    value_sql(w->out, key_some(w, w->t->columns[c].type));
    put_key(w, old);
}

static void put_delete(const struct writer *w)
{
    const val *stake = rng_one_in(w->rng, 2) ? row_at_stake(w) : NULL, *old = stake ? stake : row_some(w, w->table);
    unsigned c = column_pick(w);

    sqlite3_str_appendf(w->out, "DELETE FROM %s", w->t->name);
    if (rng_one_in(w->rng, 30) || !old)
        return;
    if (c != COLUMNS_MAX && old[c] && rng_one_in(w->rng, 8)) {
        sqlite3_str_appendf(w->out, " WHERE %s = ", w->t->columns[c].name);
        value_sql(w->out, old[c]);
    } else {
        put_key(w, old);
    }
}

void sql_row(const struct sql_source *s, struct rng *rng, unsigned table, val *out)
{
    struct writer w = { .source = s, .rng = rng, .table = table };

    memset(out, 0, COLUMNS_MAX * sizeof *out);
    table_use(&w);
    row_make(&w, out);
}

char *sql_statement(const struct sql_source *s, struct rng *rng)
{
    static const unsigned weights[] = { 30, 10, 36, 5, 18 };
    static void (*const puts[])(const struct writer *) = { put_insert, put_upsert, put_update, put_rekey, put_delete };
    struct writer w = { .source = s, .rng = rng, .out = sqlite3_str_new(NULL), .table = rng_below(rng, s->history->schema->table_count) };

    table_use(&w);
    puts[rng_weighted(rng, weights, 5)](&w);
    return sqlite3_str_finish(w.out);
}
