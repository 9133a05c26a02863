/* sim/world/schema.c — see schema.h. */
#include "schema.h"

#include <stdio.h>
#include <string.h>

/* --- columns and keys --- */

static unsigned column_add(struct table *t, enum column_type type)
{
    unsigned i = t->column_count++;

    t->columns[i] = (struct column){ .type = type, .group = i };
    snprintf(t->columns[i].name, sizeof t->columns[i].name, "c%u", i);
    return i;
}

static unsigned key_add(struct table *t, enum column_type type)
{
    unsigned i = column_add(t, type);

    t->columns[i].is_key = t->columns[i].not_null = true;
    t->key[t->key_count++] = i;
    return i;
}

static void table_key(struct table *t, struct rng *rng)
{
    switch (rng_below(rng, 6)) {
    case 0:
        key_add(t, TYPE_BLOB);
        break;
    case 1: /* a key of two columns */
        key_add(t, TYPE_TEXT);
        key_add(t, TYPE_INTEGER);
        t->without_rowid = rng_one_in(rng, 2);
        break;
    case 2:
        key_add(t, TYPE_INTEGER); /* a rowid that the app gives, or none */
        t->without_rowid = rng_one_in(rng, 2);
        break;
    case 3:
        key_add(t, TYPE_TEXT);
        t->without_rowid = true;
        break;
    default:
        key_add(t, TYPE_TEXT);
        break;
    }
}

static unsigned column_some(const struct table *t, struct rng *rng, int type) /* that is not of the key, of the type or (-1) any */
{
    unsigned found = 0, pick = COLUMNS_MAX;

    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && !t->columns[i].links && (type < 0 || (int)t->columns[i].type == type) && rng_below(rng, ++found) == 0)
            pick = i;
    return pick;
}

static void table_columns(struct table *t, struct rng *rng, unsigned features)
{
    static const enum column_type types[] = { TYPE_INTEGER, TYPE_INTEGER, TYPE_TEXT, TYPE_TEXT, TYPE_BLOB, TYPE_REAL, TYPE_ANY };
    unsigned count = rng_one_in(rng, 12) ? 0 : 1 + rng_below(rng, 5);
    struct rng aside = rng_of(rng->state, 1);

    for (unsigned i = 0; i < count; i++) {
        unsigned c = column_add(t, types[rng_below(rng, 7)]);

        t->columns[c].not_null = rng_one_in(rng, 6);
        t->columns[c].nocase = t->columns[c].type == TYPE_TEXT && rng_one_in(&aside, 3) && features & FEATURE_NOCASE;
    }
}

/* --- constraints --- */

static bool test_make(struct test *out, const struct table *t, struct rng *rng, bool pair)
{
    unsigned a, b;

    *out = (struct test){ .kind = TEST_NONE };
    if (pair) {
        bool order = rng_one_in(rng, 2);

        a = column_some(t, rng, order ? TYPE_INTEGER : -1);
        b = column_some(t, rng, order ? TYPE_INTEGER : -1);
        if (a == COLUMNS_MAX || b == COLUMNS_MAX || a == b)
            return false;
        *out = (struct test){ .kind = order ? TEST_ORDER : TEST_BOTH, .a = a, .b = b };
        return true;
    }
    a = column_some(t, rng, -1);
    if (a == COLUMNS_MAX)
        return false;
    out->a = a;
    out->kind = t->columns[a].type == TYPE_INTEGER ? TEST_LEAST : t->columns[a].type == TYPE_TEXT ? TEST_LENGTH : TEST_THERE;
    out->n = out->kind == TEST_LEAST ? (int)rng_below(rng, 3) : 3;
    return true;
}

static void table_checks(struct table *t, struct rng *rng)
{
    for (unsigned i = rng_below(rng, 3); i > 0; i--) {
        struct test test;

        if (test_make(&test, t, rng, rng_one_in(rng, 2)) && test.kind != TEST_THERE)
            t->checks[t->check_count++] = test;
    }
}

static void table_uniques(struct table *t, struct rng *rng)
{
    for (unsigned i = rng_below(rng, 4); i > 0; i--) {
        struct unique *u = &t->uniques[t->unique_count];
        unsigned a = column_some(t, rng, rng_one_in(rng, 2) ? TYPE_TEXT : TYPE_INTEGER), b = column_some(t, rng, -1);

        if (a == COLUMNS_MAX)
            continue;
        *u = (struct unique){ .term_count = 1, .terms = { { a, false } } };
        if (t->columns[a].type == TYPE_TEXT && rng_one_in(rng, 3))
            u->terms[0].lower = true;
        if (b != COLUMNS_MAX && b != a && rng_one_in(rng, 3))
            u->terms[u->term_count++] = (struct term){ b, false };
        if (rng_one_in(rng, 4))
            test_make(&u->where, t, rng, false);
        t->unique_count++;
    }
}

/* The columns that a FOREIGN KEY may name in the parent: its key, or the one column of a plain UNIQUE. */
static unsigned link_targets(const struct table *parent, struct rng *rng, unsigned *targets)
{
    for (unsigned i = 0; i < parent->unique_count; i++) {
        const struct unique *u = &parent->uniques[i];

        if (rng_one_in(rng, 3) && u->term_count == 1 && !u->terms[0].lower && u->where.kind == TEST_NONE) {
            targets[0] = u->terms[0].column;
            return 1;
        }
    }
    memcpy(targets, parent->key, sizeof parent->key);
    return parent->key_count;
}

/* A child column: a new one, or the first of the child's own key if that has two and the type fits. */
static unsigned link_column(struct table *t, enum column_type type, bool key_may)
{
    unsigned c = t->key[0];

    if (!key_may || t->key_count < 2 || t->columns[c].type != type)
        c = column_add(t, type);
    t->columns[c].links = true;
    return c;
}

static void table_link(struct schema *s, unsigned child, struct rng *rng)
{
    struct table *t = &s->tables[child];
    struct link *l = &t->links[t->link_count];
    unsigned parent = rng_below(rng, s->table_count);
    bool key_may = rng_one_in(rng, 2);

    *l = (struct link){ .parent = parent };
    l->count = link_targets(&s->tables[parent], rng, l->targets);
    if (t->column_count + l->count > COLUMNS_MAX || t->link_count == LINKS_MAX)
        return;
    for (unsigned i = 0; i < l->count; i++) {
        l->columns[i] = link_column(t, s->tables[parent].columns[l->targets[i]].type, key_may && l->count == 1 && parent != child);
        l->nocase[i] = s->tables[parent].columns[l->targets[i]].nocase;
        if (!t->columns[l->columns[i]].is_key)
            t->columns[l->columns[i]].not_null = parent < child && rng_one_in(rng, 5);
    }
    l->on_delete = (enum link_action)rng_below(rng, 5);
    l->on_update = (enum link_action)rng_below(rng, 5);
    l->deferred = rng_one_in(rng, 3);
    l->orphan = s->features & FEATURE_PARENT ? (enum orphan)(rng_below(rng, 4) % 3) : ORPHAN_RESTORE;
    t->link_count++;
}

/* --- groups and options --- */

static void group_join(struct table *t, unsigned a, unsigned b)
{
    unsigned from = t->columns[a].group, to = t->columns[b].group;

    if (t->columns[a].is_key || t->columns[b].is_key)
        return;
    if (from < to) {
        unsigned swap = from;

        from = to;
        to = swap;
    }
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && t->columns[i].group == from)
            t->columns[i].group = to;
}

static void groups_tie(const struct schema *s, struct table *t)
{
    for (unsigned i = 0; i < t->check_count; i++)
        if (t->checks[i].kind == TEST_ORDER || t->checks[i].kind == TEST_BOTH)
            group_join(t, t->checks[i].a, t->checks[i].b);
    if (!(s->features & FEATURE_TIES))
        return;
    for (unsigned i = 0; i < t->unique_count; i++)
        if (t->uniques[i].term_count > 1)
            group_join(t, t->uniques[i].terms[0].column, t->uniques[i].terms[1].column);
    for (unsigned i = 0; i < t->link_count; i++)
        if (t->links[i].count > 1)
            group_join(t, t->links[i].columns[0], t->links[i].columns[1]);
}

static void option_add(struct table *t, const char *fmt, const char *a, const char *b)
{
    schema_append(t->options, sizeof t->options, t->options[0] ? ";" : "");
    schema_append(t->options, sizeof t->options, fmt, a, b);
}

static bool group_is_one(const struct table *t, unsigned column)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (i != column && !t->columns[i].is_key && t->columns[i].group == t->columns[column].group)
            return false;
    return true;
}

static bool group_has_rule(const struct table *t, unsigned column)
{
    for (unsigned i = 0; i < t->column_count; i++)
        if (!t->columns[i].is_key && t->columns[i].group == t->columns[column].group && t->columns[i].rule != RULE_LATEST)
            return true;
    return false;
}

static void option_rank(struct table *t, unsigned c, struct rng *rng)
{
    static const char *const orders[] = { "a<b<c", "ab<A<b", "c<a" };
    static const char *const values[3][4] = { { "a", "b", "c", NULL }, { "ab", "A", "b", NULL }, { "c", "a", NULL, NULL } };
    unsigned pick = rng_below(rng, 3);

    t->columns[c].rule = RULE_RANK;
    for (unsigned i = 0; values[pick][i]; i++)
        t->columns[c].ranks[t->columns[c].rank_count++] = values[pick][i];
    option_add(t, "rank=%s:%s", t->columns[c].name, orders[pick]);
}

/* A counter that a FOREIGN KEY is, or names, is refused: nobody follows its total. */
static bool may_count(const struct schema *s, const struct table *t, unsigned column)
{
    if (t->columns[column].links)
        return false;
    for (unsigned i = 0; i < s->table_count; i++)
        for (unsigned l = 0; l < s->tables[i].link_count; l++)
            for (unsigned k = 0; k < s->tables[i].links[l].count; k++)
                if (&s->tables[s->tables[i].links[l].parent] == t && s->tables[i].links[l].targets[k] == column)
                    return false;
    return true;
}

static void table_rules(const struct schema *s, struct table *t, struct rng *rng)
{
    unsigned c = column_some(t, rng, TYPE_TEXT);

    if (s->features & FEATURE_RANK && c != COLUMNS_MAX && rng_one_in(rng, 3))
        option_rank(t, c, rng);
    c = column_some(t, rng, TYPE_INTEGER);
    if (s->features & FEATURE_SUM && c != COLUMNS_MAX && group_is_one(t, c) && rng_one_in(rng, 2) && may_count(s, t, c)) {
        t->columns[c].rule = RULE_SUM;
        option_add(t, "sum=%s%s", t->columns[c].name, "");
        if (t->check_count < CHECKS_MAX && rng_one_in(rng, 2)) /* each device keeps to it, and the sum of what they add may not */
            t->checks[t->check_count++] = (struct test){ .kind = TEST_LEAST, .a = c };
    }
    c = column_some(t, rng, -1);
    if (s->features & FEATURE_ONCE && c != COLUMNS_MAX && t->columns[c].rule == RULE_LATEST && group_is_one(t, c) && !t->columns[c].not_null &&
        rng_one_in(rng, 3)) {
        t->columns[c].rule = RULE_ONCE;
        option_add(t, "once=%s%s", t->columns[c].name, "");
    }
}

static void table_options(const struct schema *s, struct table *t, struct rng *rng)
{
    unsigned a = column_some(t, rng, -1), b = column_some(t, rng, -1);

    if (a != COLUMNS_MAX && b != COLUMNS_MAX && a != b && rng_one_in(rng, 3)) {
        group_join(t, a, b);
        option_add(t, "group=%s,%s", t->columns[a].name, t->columns[b].name);
    }
    groups_tie(s, t);
    table_rules(s, t, rng);
    a = column_some(t, rng, -1);
    if (a != COLUMNS_MAX && !group_has_rule(t, a) && s->features & FEATURE_IDENTITY && rng_one_in(rng, 3)) {
        t->columns[a].identity = true;
        option_add(t, "identity=%s%s", t->columns[a].name, "");
    }
    b = column_some(t, rng, -1);
    if (b != COLUMNS_MAX && t->columns[b].rule != RULE_SUM && rng_one_in(rng, 3)) {
        t->columns[b].before = true;
        option_add(t, "before=%s%s", t->columns[b].name, "");
    }
    if (t->key_count == 1 && t->columns[t->key[0]].type == TYPE_INTEGER && !t->without_rowid)
        option_add(t, "key=app%s%s", "", "");
}

/* The first FOREIGN KEY over these columns: the option names columns, so it is one rule for all that are over the same. */
static const struct link *link_first(const struct table *t, const struct link *l)
{
    for (unsigned i = 0; i < t->link_count; i++)
        if (t->links[i].count == l->count && memcmp(t->links[i].columns, l->columns, l->count * sizeof l->columns[0]) == 0)
            return &t->links[i];
    return l;
}

/* One parent= option for all the table's FOREIGN KEYs that want another rule than the default. */
static void table_orphans(struct table *t)
{
    static const char *const names[] = { "restore", "cascade", "hold" };

    for (unsigned i = 0; i < t->link_count; i++) {
        struct link *l = &t->links[i];
        char columns[16];

        l->orphan = link_first(t, l)->orphan;
        if (l->orphan == ORPHAN_RESTORE || link_first(t, l) != l)
            continue;
        snprintf(columns, sizeof columns, "%s%s%s", t->columns[l->columns[0]].name, l->count > 1 ? "," : "",
                 l->count > 1 ? t->columns[l->columns[1]].name : "");
        option_add(t, "parent=%s:%s", columns, names[l->orphan]);
    }
}

bool schema_grow(struct schema *s, unsigned table, struct rng *rng, char *sql, size_t size)
{
    static const enum column_type types[] = { TYPE_INTEGER, TYPE_TEXT };
    static const char *const names[] = { "INTEGER", "TEXT" }, *const initials[] = { "7", "''baru''" };
    struct table *t = &s->tables[table];
    unsigned pick = rng_below(rng, 2), c;
    bool initial = rng_one_in(rng, 2);

    if (t->column_count == COLUMNS_MAX || t->key_count == t->column_count) /* one that is all key takes none */
        return false;
    c = column_add(t, types[pick]);
    t->grown = true;
    if (initial) {
        t->columns[c].initial = pick ? value_text("baru") : value_integer(7);
        t->columns[c].not_null = rng_one_in(rng, 2);
    }
    snprintf(sql, size, "SELECT jemput_migrate('ALTER TABLE %s ADD COLUMN %s %s%s%s%s')", t->name, t->columns[c].name, names[pick],
             t->columns[c].not_null ? " NOT NULL" : "", initial ? " DEFAULT " : "", initial ? initials[pick] : "");
    return true;
}

void schema_make(struct schema *s, struct rng *rng, unsigned features)
{
    static const char *const names[TABLES_MAX] = { "alfa", "beta", "gama", "delta", "omega" };

    memset(s, 0, sizeof *s);
    s->features = features;
    s->table_count = 1 + rng_below(rng, TABLES_MAX);
    for (unsigned i = 0; i < s->table_count; i++) {
        struct table *t = &s->tables[i];

        snprintf(t->name, sizeof t->name, "%s", names[i]);
        table_key(t, rng);
        table_columns(t, rng, features);
        table_checks(t, rng);
        table_uniques(t, rng);
    }
    for (unsigned i = 0; i < s->table_count; i++)
        for (unsigned k = rng_below(rng, 3); k > 0; k--)
            table_link(s, i, rng);
    for (unsigned i = 0; i < s->table_count; i++) {
        table_options(s, &s->tables[i], rng);
        if (features & FEATURE_PARENT)
            table_orphans(&s->tables[i]);
    }
    schema_sql(s);
}
