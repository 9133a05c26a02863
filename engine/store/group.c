/* store/group.c — cell groups and the other options of jemput_replicate().
 *
 * Groups are found by joining columns pairwise; they are numbered by their lowest column, so every replica numbers them alike. */
#include "store/group.h"

#include <string.h>

#include "base/limits.h"
#include "store/sqltext.h"

#define COLUMN_NONE UINT16_MAX

struct grouping {
    struct jemput_table *table;
    uint16_t joined[JEMPUT_COLUMNS_MAX]; /* towards the lowest column of the group */
    struct sql_scan made_from[JEMPUT_COLUMNS_MAX]; /* expression of a generated column */
};

static uint16_t grouping_lowest(const struct grouping *g, uint16_t column)
{
    while (g->joined[column] != column)
        column = g->joined[column];
    return column;
}

static void grouping_join(struct grouping *g, uint16_t a, uint16_t b)
{
    a = grouping_lowest(g, a);
    b = grouping_lowest(g, b);
    if (a < b)
        g->joined[b] = a;
    else
        g->joined[a] = b;
}

static uint16_t column_named(const struct jemput_table *table, const struct sql_token *t)
{
    for (uint16_t i = 0; i < table->column_count; i++)
        if (sql_names(t, table->columns[i].name))
            return i;
    return COLUMN_NONE;
}

/* --- columns that one CHECK names --- */

/* Join the columns that an expression names to *first (COLUMN_NONE = none yet). A generated column stands for what it is made from; `depth` ends
 * a chain of them. Names of functions are followed by a parenthesis. */
static void expression_join(struct grouping *g, struct sql_scan expression, uint16_t *first, unsigned depth)
{
    struct sql_token t = sql_next(&expression);

    for (; t.kind != SQL_END; t = sql_next(&expression)) {
        uint16_t c = t.kind == SQL_WORD || t.kind == SQL_QUOTED ? column_named(g->table, &t) : COLUMN_NONE;
        struct sql_token next = sql_peek(&expression);

        if (c == COLUMN_NONE || sql_is_sign(&next, '('))
            continue;
        if (g->table->columns[c].generated) {
            if (depth && g->made_from[c].at)
                expression_join(g, g->made_from[c], first, depth - 1);
        } else if (!g->table->columns[c].key_place) {
            if (*first != COLUMN_NONE)
                grouping_join(g, *first, c);
            *first = c;
        }
    }
}

/* A definition between two commas of CREATE TABLE: a column with its constraints, or a table constraint. */
static void definition_look(struct grouping *g, struct sql_scan piece, bool checks)
{
    struct sql_token t = sql_next(&piece);
    uint16_t column = column_named(g->table, &t);

    for (; t.kind != SQL_END; t = sql_next(&piece)) {
        struct sql_scan inside;
        struct sql_token next = sql_peek(&piece);
        uint16_t first = COLUMN_NONE;
        bool check = sql_is_word(&t, "CHECK"), as = sql_is_word(&t, "AS");

        if (sql_is_sign(&t, '(')) {
            if (!sql_skip_group(&piece, &inside))
                return;
        } else if ((check || as) && sql_is_sign(&next, '(')) {
            sql_next(&piece);
            if (!sql_skip_group(&piece, &inside))
                return;
            if (as && column != COLUMN_NONE && g->table->columns[column].generated)
                g->made_from[column] = inside;
            if (check && checks)
                expression_join(g, inside, &first, g->table->column_count);
        }
    }
}

static void checks_join(struct grouping *g, const char *create)
{
    for (int pass = 0; pass < 2; pass++) { /* what generated columns are made from is known before the CHECKs are read */
        struct sql_scan text = sql_scan_of(create), body, piece;

        if (!sql_find_group(&text) || !sql_skip_group(&text, &body))
            return;
        while (sql_next_piece(&body, &piece))
            definition_look(g, piece, pass == 1);
    }
}

/* --- options --- */

static enum jemput_status option_column(const struct jemput_table *table, struct sql_scan *list, const char *option, uint16_t *out,
                                        struct jemput_error *err)
{
    struct sql_token t = sql_next(list);
    uint16_t c = column_named(table, &t);

    if (c == COLUMN_NONE)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: the table has no column '%.*s'", option, (int)t.len, t.text);
    if (table->columns[c].key_place)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' is of the key, which never changes", option, table->columns[c].name);
    if (table->columns[c].generated)
        return jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' is generated", option, table->columns[c].name);
    *out = c;
    return JEMPUT_OK;
}

static enum jemput_status option_end(struct sql_scan *rest, const char *option, struct jemput_error *err)
{
    struct sql_token t = sql_next(rest);

    if (t.kind == SQL_END)
        return JEMPUT_OK;
    return jemput_fail(err, JEMPUT_DENIED, "option %s: '%.*s' was not expected", option, (int)t.len, t.text);
}

/* A list of columns, for group=, identity= and before=. */
static enum jemput_status option_list(struct grouping *g, struct sql_scan list, const char *option, struct jemput_error *err)
{
    uint16_t first = COLUMN_NONE;
    struct sql_token comma;

    do {
        uint16_t c = 0;
        enum jemput_status st = option_column(g->table, &list, option, &c, err);

        if (st)
            return st;
        if (strcmp(option, "identity") == 0)
            g->table->columns[c].identity = true;
        else if (strcmp(option, "before") == 0)
            g->table->columns[c].carries_before = true;
        else if (first == COLUMN_NONE)
            first = c;
        else
            grouping_join(g, first, c);
        comma = sql_peek(&list);
        if (sql_is_sign(&comma, ','))
            sql_next(&list);
    } while (sql_is_sign(&comma, ','));
    return option_end(&list, option, err);
}

/* X<Y<Z: values in rising order, at least two. */
static enum jemput_status rank_order(struct sql_scan *text, struct jemput_error *err)
{
    unsigned count = 0;
    struct sql_token t = sql_next(text);

    if (!sql_is_sign(&t, ':'))
        return jemput_fail(err, JEMPUT_DENIED, "option rank: write rank=column:LOW<MIDDLE<HIGH");
    do {
        t = sql_next(text);
        if (t.kind == SQL_END || t.kind == SQL_SIGN)
            return jemput_fail(err, JEMPUT_DENIED, "option rank: a value is missing");
        count++;
        t = sql_next(text);
    } while (sql_is_sign(&t, '<'));
    if (t.kind != SQL_END || count < 2)
        return jemput_fail(err, JEMPUT_DENIED, "option rank: write rank=column:LOW<MIDDLE<HIGH");
    return JEMPUT_OK;
}

static enum jemput_status option_rule(struct grouping *g, struct sql_scan text, const char *option, enum jemput_rule rule, struct jemput_error *err)
{
    uint16_t c = 0;
    enum jemput_status st = option_column(g->table, &text, option, &c, err);

    if (!st && g->table->columns[c].rule != JEMPUT_RULE_LATEST)
        st = jemput_fail(err, JEMPUT_DENIED, "option %s: column '%s' has a rule already", option, g->table->columns[c].name);
    if (!st)
        st = rule == JEMPUT_RULE_RANK ? rank_order(&text, err) : option_end(&text, option, err);
    if (!st)
        g->table->columns[c].rule = rule;
    return st;
}

static enum jemput_status option_read(struct grouping *g, struct sql_scan text, bool *key_app, struct jemput_error *err)
{
    static const char *const lists[] = { "group", "identity", "before" };
    static const struct {
        const char *name;
        enum jemput_rule rule;
    } rules[] = { { "rank", JEMPUT_RULE_RANK }, { "sum", JEMPUT_RULE_SUM }, { "once", JEMPUT_RULE_ONCE } };
    struct sql_token name = sql_next(&text), equals = sql_next(&text), value;

    if (name.kind == SQL_END)
        return JEMPUT_OK; /* "a;;b" */
    if (!sql_is_sign(&equals, '='))
        return jemput_fail(err, JEMPUT_DENIED, "option '%.*s': write name=value", (int)name.len, name.text);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        if (sql_is_word(&name, lists[i]))
            return option_list(g, text, lists[i], err);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (sql_is_word(&name, rules[i].name))
            return option_rule(g, text, rules[i].name, rules[i].rule, err);
    if (!sql_is_word(&name, "key"))
        return jemput_fail(err, JEMPUT_DENIED, "option '%.*s' does not exist; there are group, identity, before, key, rank, sum and once",
                           (int)name.len, name.text);
    value = sql_next(&text);
    if (!sql_is_word(&value, "app"))
        return jemput_fail(err, JEMPUT_DENIED, "option key: only key=app exists");
    *key_app = true;
    return option_end(&text, "key", err);
}

static enum jemput_status options_read(struct grouping *g, const char *options, bool *key_app, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    while (!st && *options) {
        const char *end = options + strcspn(options, ";");

        st = option_read(g, sql_scan_range(options, end), key_app, err);
        options = *end ? end + 1 : end;
    }
    return st;
}

/* --- the result --- */

static enum jemput_status groups_make(struct grouping *g, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_table *table = g->table;

    table->group_count = 0;
    for (uint16_t i = 0; i < table->column_count; i++)
        if (table->columns[i].group != JEMPUT_GROUP_NONE && g->joined[i] == i)
            table->group_count++;
    table->groups = jemput_arena_array(arena, table->group_count, sizeof *table->groups);
    if (!table->groups)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for groups");
    table->group_count = 0;
    for (uint16_t i = 0; i < table->column_count; i++) {
        uint16_t lowest = grouping_lowest(g, i);

        if (table->columns[i].group == JEMPUT_GROUP_NONE)
            continue;
        table->columns[i].group = lowest == i ? table->group_count++ : table->columns[lowest].group;
        table->groups[table->columns[i].group].column_count++;
    }
    for (uint16_t i = 0; i < table->group_count; i++) {
        table->groups[i].columns = jemput_arena_array(arena, table->groups[i].column_count, sizeof(uint16_t));
        if (!table->groups[i].columns)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for groups");
        table->groups[i].column_count = 0;
    }
    for (uint16_t i = 0; i < table->column_count; i++) {
        struct jemput_group *group = table->columns[i].group == JEMPUT_GROUP_NONE ? NULL : &table->groups[table->columns[i].group];

        if (group)
            group->columns[group->column_count++] = i;
    }
    return JEMPUT_OK;
}

enum jemput_status jemput_table_group(struct jemput_table *table, const char *create, const char *options, bool *key_app, struct jemput_arena *arena,
                                      struct jemput_error *err)
{
    struct grouping *g = jemput_alloc_zero(1, sizeof *g);
    enum jemput_status st;

    if (!g)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for groups");
    g->table = table;
    for (uint16_t i = 0; i < table->column_count; i++) {
        g->joined[i] = i;
        table->columns[i].group = table->columns[i].key_place || table->columns[i].generated ? JEMPUT_GROUP_NONE : 0;
    }
    *key_app = false;
    checks_join(g, create);
    st = options_read(g, options, key_app, err);
    if (!st)
        st = groups_make(g, arena, err);
    jemput_free(g);
    return st;
}
