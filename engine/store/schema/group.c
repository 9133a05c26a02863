/* store/schema/group.c — cell groups: which columns of a table merge as one, and why.
 *
 * Groups are found by joining columns pairwise; they are numbered by their lowest column, so every replica numbers them alike. */
#include "store/schema/group.h"

#include <string.h>

#include "store/schema/option.h"

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for groups");
}

static uint16_t grouping_lowest(const struct jemput_grouping *g, uint16_t column)
{
    while (g->joined[column] != column)
        column = g->joined[column];
    return column;
}

static void grouping_join(struct jemput_grouping *g, uint16_t a, uint16_t b)
{
    a = grouping_lowest(g, a);
    b = grouping_lowest(g, b);
    if (a < b)
        g->joined[b] = a;
    else
        g->joined[a] = b;
}

void jemput_columns_tie(struct jemput_grouping *g, const struct jemput_column_set *set, const char *why)
{
    for (uint16_t i = 0; set->count > 1 && i < set->count; i++) {
        uint16_t c = set->columns[i];

        grouping_join(g, set->columns[0], c);
        if (g->why[c])
            continue;
        g->why[c] = why;
        g->partner[c] = set->columns[i ? 0 : 1];
    }
}

uint16_t jemput_column_named(const struct jemput_table *table, const struct sql_token *t)
{
    for (uint16_t i = 0; i < table->column_count; i++)
        if ((t->kind == SQL_WORD || t->kind == SQL_QUOTED) && sql_names(t, table->columns[i].name))
            return i;
    return JEMPUT_COLUMN_NONE;
}

/* --- what an expression names --- */

/* Names of functions are followed by a parenthesis; those of collations and types have a word before them. */
static void expression_add(const struct jemput_grouping *g, struct sql_scan expression, struct jemput_column_set *set)
{
    struct sql_token t = sql_next(&expression), previous = { .kind = SQL_END };

    for (; t.kind != SQL_END; previous = t, t = sql_next(&expression)) {
        uint16_t c = jemput_column_named(g->table, &t);
        struct sql_token next = sql_peek(&expression);

        if (c != JEMPUT_COLUMN_NONE && !sql_is_sign(&next, '(') && !sql_is_word(&previous, "COLLATE") && !sql_is_word(&previous, "AS"))
            jemput_column_add(g, c, set);
    }
}

void jemput_column_add(const struct jemput_grouping *g, uint16_t column, struct jemput_column_set *set)
{
    if (set->seen[column])
        return; /* a generated column that others are made from is gone into once */
    set->seen[column] = true;
    if (g->table->columns[column].generated) {
        if (g->made_from[column].at)
            expression_add(g, g->made_from[column], set);
    } else if (!g->table->columns[column].key_place) {
        set->columns[set->count++] = column;
    }
}

/* --- columns that one CHECK names --- */

/* "CHECK name", or the expression if it has none: as SQLite says which constraint failed. */
static enum jemput_status check_tie(struct jemput_grouping *g, struct sql_scan expression, const struct sql_token *name, struct jemput_error *err)
{
    struct jemput_column_set set = { 0 };
    struct jemput_buf why = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    char *kept;

    expression_add(g, expression, &set);
    if (set.count < 2)
        return JEMPUT_OK;
    jemput_buf_append_str(&why, "CHECK ");
    if (name->kind != SQL_END)
        jemput_buf_append_bytes(&why, sql_unquoted(name));
    else
        jemput_buf_append_bytes(&why, sql_trimmed(expression));
    kept = why.failed ? NULL : jemput_arena_str(g->arena, jemput_buf_bytes(&why));
    jemput_buf_release(&why);
    if (!kept)
        return nomem(err);
    jemput_columns_tie(g, &set, kept);
    return JEMPUT_OK;
}

/* A definition between two commas of CREATE TABLE: a column with its constraints, or a table constraint. */
static enum jemput_status definition_look(struct jemput_grouping *g, struct sql_scan piece, bool checks, struct jemput_error *err)
{
    struct sql_token t = sql_next(&piece), previous = { .kind = SQL_END }, name = previous;
    uint16_t column = jemput_column_named(g->table, &t);
    enum jemput_status st = JEMPUT_OK;

    for (; !st && t.kind != SQL_END; previous = t, t = sql_next(&piece)) {
        struct sql_scan inside;

        if (sql_is_word(&previous, "CONSTRAINT"))
            name = t;
        if (!sql_is_sign(&t, '('))
            continue;
        if (!sql_skip_group(&piece, &inside))
            break;
        if (sql_is_word(&previous, "AS") && column != JEMPUT_COLUMN_NONE && g->table->columns[column].generated)
            g->made_from[column] = inside;
        if (sql_is_word(&previous, "CHECK") && checks)
            st = check_tie(g, inside, &name, err);
    }
    return st;
}

static enum jemput_status checks_tie(struct jemput_grouping *g, const char *create, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    bool generated = false;

    for (uint16_t i = 0; i < g->table->column_count; i++)
        generated = generated || g->table->columns[i].generated;
    for (int pass = generated ? 0 : 1; pass < 2; pass++) { /* what generated columns are made from is known before anything is tied */
        struct sql_scan text = sql_scan_of(create), body, piece;

        if (!sql_find_group(&text) || !sql_skip_group(&text, &body))
            return JEMPUT_OK;
        while (!st && sql_next_part(&body, ',', &piece))
            st = definition_look(g, piece, pass == 1, err);
    }
    return st;
}

/* --- UNIQUE --- */

/* "UNIQUE t.a, t.b", or "UNIQUE index 'name'" where a term is no column: as jemput_held names them. NULL = no memory. */
static char *unique_name(const struct jemput_grouping *g, const struct jemput_declared_index *index)
{
    struct jemput_buf why = JEMPUT_BUF_INIT(JEMPUT_SCHEMA_BYTES_MAX);
    bool plain = true;
    char *kept;

    for (uint16_t i = 0; i < index->term_count; i++)
        plain = plain && index->columns[i] >= 0;
    for (uint16_t i = 0; plain && i < index->term_count; i++)
        jemput_buf_printf(&why, "%s%s.%s", i ? ", " : "UNIQUE ", g->table->name, g->table->columns[index->columns[i]].name);
    if (!plain)
        jemput_buf_printf(&why, "UNIQUE index '%s'", index->name);
    kept = why.failed ? NULL : jemput_arena_str(g->arena, jemput_buf_bytes(&why));
    jemput_buf_release(&why);
    return kept;
}

static enum jemput_status unique_tie(struct jemput_grouping *g, const struct jemput_declared_index *index, struct jemput_error *err)
{
    struct jemput_column_set set = { 0 };
    struct sql_index text = sql_index_of(index->create ? index->create : "");
    char *why;

    for (uint16_t i = 0; i < index->term_count; i++) {
        struct sql_scan term = { "", "" };

        sql_next_part(&text.terms, ',', &term);
        if (index->columns[i] < 0)
            expression_add(g, term, &set);
        else
            jemput_column_add(g, (uint16_t)index->columns[i], &set);
    }
    if (set.count < 2)
        return JEMPUT_OK;
    why = unique_name(g, index);
    if (!why)
        return nomem(err);
    jemput_columns_tie(g, &set, why);
    return JEMPUT_OK;
}

/* --- FOREIGN KEY --- */

static enum jemput_status link_tie(struct jemput_grouping *g, const struct jemput_declared_link *link, struct jemput_error *err)
{
    struct jemput_column_set set = { 0 };
    char *why;

    for (uint16_t i = 0; i < link->count; i++)
        jemput_column_add(g, link->columns[i], &set);
    if (link->count < 2 || set.count < 2)
        return JEMPUT_OK;
    why = jemput_arena_alloc(g->arena, sizeof "FOREIGN KEY " + strlen(link->parent));
    if (!why)
        return nomem(err);
    strcpy(why, "FOREIGN KEY ");
    strcat(why, link->parent);
    jemput_columns_tie(g, &set, why);
    return JEMPUT_OK;
}

/* --- the result --- */

/* A counter and a fact have no siblings: they merge by themselves, and leave nothing to decide. A rank decides for its whole group. */
static enum jemput_status rule_check(const struct jemput_grouping *g, uint16_t column, struct jemput_error *err)
{
    static const char *const names[] = { "", "rank", "sum", "once" }, *const things[] = { "", "a rank", "a counter", "a fact" };
    const struct jemput_table *t = g->table;
    const struct jemput_column *c = &t->columns[column];
    const struct jemput_group *group = &t->groups[c->group];
    bool declared = g->why[column] && strcmp(g->why[column], "declared") == 0;

    if (c->rule != JEMPUT_RULE_RANK && group->column_count > 1)
        return jemput_fail(err, JEMPUT_DENIED,
                           "option %s: column '%s' is tied to '%s' by %.128s, but %s merges by itself: leave out the option, or the tie",
                           names[c->rule], c->name, t->columns[g->partner[column]].name, declared ? "option group" : g->why[column], things[c->rule]);
    for (uint16_t i = 0; i < group->column_count; i++) {
        const struct jemput_column *other = &t->columns[group->columns[i]];

        if (other->identity && other == c)
            return jemput_fail(err, JEMPUT_DENIED,
                               "option %s: column '%s' is identity as well, but %s leaves no conflict to a person: leave out one of "
                               "the two options",
                               names[c->rule], c->name, things[c->rule]);
        if (other->identity)
            return jemput_fail(err, JEMPUT_DENIED,
                               "option %s: column '%s' is in one group with '%s', which is identity, but %s leaves no conflict to a "
                               "person: leave out one of the two options",
                               names[c->rule], c->name, other->name, things[c->rule]);
        if (other != c && other->rule == JEMPUT_RULE_RANK)
            return jemput_fail(err, JEMPUT_DENIED,
                               "option rank: columns '%s' and '%s' are in one group, which one alone can rank: leave out one of them", c->name,
                               other->name);
    }
    return JEMPUT_OK;
}

static enum jemput_status rules_check(struct jemput_grouping *g, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t i = 0; !st && i < g->table->column_count; i++) {
        enum jemput_rule rule = g->table->columns[i].rule;

        g->table->merges_values = g->table->merges_values || rule == JEMPUT_RULE_SUM || rule == JEMPUT_RULE_ONCE;
        if (rule != JEMPUT_RULE_LATEST)
            st = rule_check(g, i, err);
    }
    return st;
}

static enum jemput_status groups_make(struct jemput_grouping *g, struct jemput_error *err)
{
    struct jemput_table *table = g->table;

    for (uint16_t i = 0; i < table->column_count; i++)
        if (table->columns[i].group != JEMPUT_GROUP_NONE && g->joined[i] == i)
            table->group_count++;
    table->groups = jemput_arena_array(g->arena, table->group_count, sizeof *table->groups);
    if (!table->groups)
        return nomem(err);
    table->group_count = 0;
    for (uint16_t i = 0; i < table->column_count; i++) {
        uint16_t lowest = grouping_lowest(g, i);

        if (table->columns[i].group == JEMPUT_GROUP_NONE)
            continue;
        table->columns[i].group = lowest == i ? table->group_count++ : table->columns[lowest].group;
        table->groups[table->columns[i].group].column_count++;
    }
    for (uint16_t i = 0; i < table->group_count; i++) {
        table->groups[i].columns = jemput_arena_array(g->arena, table->groups[i].column_count, sizeof(uint16_t));
        if (!table->groups[i].columns)
            return nomem(err);
        table->groups[i].column_count = 0;
    }
    for (uint16_t i = 0; i < table->column_count; i++) {
        struct jemput_group *group = table->columns[i].group == JEMPUT_GROUP_NONE ? NULL : &table->groups[table->columns[i].group];

        if (group)
            group->columns[group->column_count++] = i;
    }
    return JEMPUT_OK;
}

/* The primary key ties nothing, as its columns are in no group. */
static enum jemput_status grouping_run(struct jemput_grouping *g, const char *options, struct jemput_error *err)
{
    const struct jemput_declared *d = g->declared;
    enum jemput_status st = checks_tie(g, d->create, err);

    for (uint32_t i = 0; !st && i < d->index_count; i++)
        st = d->indexes[i].of_key ? JEMPUT_OK : unique_tie(g, &d->indexes[i], err);
    for (uint32_t i = 0; !st && i < d->link_count; i++)
        st = link_tie(g, &d->links[i], err);
    if (!st)
        st = jemput_options_read(g, options, err);
    if (!st)
        st = groups_make(g, err);
    return st ? st : rules_check(g, err);
}

enum jemput_status jemput_table_group(struct jemput_table *table, const struct jemput_declared *declared, const char *options, bool *key_app,
                                      const char ***why, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_grouping *g = jemput_alloc_zero(1, sizeof *g);
    enum jemput_status st;

    *why = jemput_arena_array(arena, table->column_count, sizeof **why);
    if (!g || !*why) {
        jemput_free(g);
        return nomem(err);
    }
    g->table = table;
    g->declared = declared;
    g->arena = arena;
    for (uint16_t i = 0; i < table->column_count; i++) {
        g->joined[i] = i;
        table->columns[i].group = table->columns[i].key_place || table->columns[i].generated ? JEMPUT_GROUP_NONE : 0;
    }
    st = grouping_run(g, options, err);
    memcpy(*why, g->why, table->column_count * sizeof **why);
    *key_app = g->key_app;
    jemput_free(g);
    return st;
}
