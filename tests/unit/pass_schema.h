/* unit/pass_schema.h — small random schemas, kept as structure beside their SQL: what pass_naive.h judges by. Two to four tables that name each
 * other and themselves, by key or by other columns, with UNIQUE (plain, partial, over an expression), NOT NULL and CHECK. */
#ifndef TESTS_UNIT_PASS_SCHEMA_H
#define TESTS_UNIT_PASS_SCHEMA_H

#include "pass_world.h"

enum { TABLES = 4, COLUMNS = 7, TERMS = 2, UNIQUES = 3, LINKS = 3 };

struct p_column {
    char name[4];
    bool number, nocase, not_null, check; /* check: >= 0 */
};

struct p_unique {
    int count, columns[TERMS];
    int where;   /* number column that must be 1; -1 = all rows */
    bool lower;  /* over lower(column) */
    bool inside; /* UNIQUE in CREATE TABLE: may be named by a FOREIGN KEY */
};

struct p_link {
    int count, columns[TERMS], parent, targets[TERMS];
    bool to_key;
    enum jemput_orphan orphan;
    const char *action; /* ON DELETE … of the app's own writes; "" = none */
};

struct p_table {
    char name[4];
    int key_count, column_count; /* the key's columns come first */
    struct p_column columns[COLUMNS];
    int unique_count;
    struct p_unique uniques[UNIQUES];
    int link_count;
    struct p_link links[LINKS];
};

struct p_schema {
    int table_count;
    struct p_table tables[TABLES];
    char sql[8192];
};

static inline bool p_one_in(struct world *w, uint32_t n)
{
    return world_random(w, n) == 0;
}

static inline void p_columns(struct world *w, struct p_table *t)
{
    t->key_count = p_one_in(w, 4) ? 2 : 1;
    t->column_count = t->key_count + 2 + (int)world_random(w, 3);
    for (int i = 0; i < t->column_count; i++) {
        struct p_column *c = &t->columns[i];

        snprintf(c->name, sizeof c->name, "%c%d", i < t->key_count ? 'k' : 'c', i);
        c->number = i == 1 && t->key_count == 2 ? true : i > 0 && p_one_in(w, 3);
        c->nocase = i >= t->key_count && !c->number && p_one_in(w, 3);
        c->not_null = i >= t->key_count && p_one_in(w, 12);
        c->check = i >= t->key_count && c->number && p_one_in(w, 4);
    }
}

static inline void p_uniques(struct world *w, struct p_table *t)
{
    int values = t->column_count - t->key_count;

    for (int want = (int)world_random(w, 3) - p_one_in(w, 3); want > 0; want--) {
        struct p_unique *u = &t->uniques[t->unique_count++];

        *u = (struct p_unique){ .count = p_one_in(w, 3) ? 2 : 1, .where = -1 };
        u->columns[0] = t->key_count + (int)world_random(w, (uint32_t)values);
        u->columns[1] = t->key_count + (int)world_random(w, (uint32_t)values);
        if (u->columns[0] == u->columns[1])
            u->count = 1;
        u->inside = !p_one_in(w, 3);
        if (u->inside)
            continue;
        u->lower = u->count == 1 && !t->columns[u->columns[0]].number && p_one_in(w, 2);
        for (int i = t->key_count; i < t->column_count && p_one_in(w, 2); i++)
            u->where = t->columns[i].number ? i : u->where;
    }
    for (int i = 0; i < t->unique_count; i++) { /* those inside first: as SQLite sorts their names */
        for (int k = i; k > 0 && t->uniques[k].inside && !t->uniques[k - 1].inside; k--) {
            struct p_unique u = t->uniques[k];

            t->uniques[k] = t->uniques[k - 1];
            t->uniques[k - 1] = u;
        }
    }
}

/* Two FOREIGN KEYs over the same columns could not be declared apart. */
static inline bool p_link_is_new(const struct p_table *t, const struct p_link *l)
{
    bool is_new = l->count == 1 || l->columns[0] != l->columns[1];

    for (int i = 0; i < t->link_count; i++) {
        int met = 0;

        for (int k = 0; t->links[i].count == l->count && k < l->count; k++)
            for (int c = 0; c < l->count; c++)
                met += t->links[i].columns[k] == l->columns[c];
        is_new = is_new && met < l->count;
    }
    return is_new;
}

static inline void p_links(struct world *w, struct p_schema *s, struct p_table *t)
{
    for (int want = 1 + (int)world_random(w, 2); want > 0; want--) {
        struct p_link l = { .parent = (int)world_random(w, (uint32_t)s->table_count), .to_key = true };
        const struct p_table *parent = &s->tables[l.parent];
        uint32_t which = world_random(w, 6);

        l.count = parent->key_count;
        l.targets[1] = 1;
        if (l.count == 2 && p_one_in(w, 2)) { /* in another order than the key's */
            l.targets[0] = 1;
            l.targets[1] = 0;
        }
        if (which < (uint32_t)parent->unique_count && parent->uniques[which].inside) {
            l.to_key = false;
            l.count = parent->uniques[which].count;
            memcpy(l.targets, parent->uniques[which].columns, sizeof l.targets);
        }
        for (int i = 0; i < l.count; i++)
            l.columns[i] = t->key_count + (int)world_random(w, (uint32_t)(t->column_count - t->key_count));
        if (l.count == 1 && p_one_in(w, 8))
            l.columns[0] = 0; /* its own key names it */
        l.action = p_one_in(w, 3) ? "" : p_one_in(w, 4) ? " ON DELETE SET NULL" : " ON DELETE CASCADE";
        l.orphan = p_one_in(w, 2) ? JEMPUT_ORPHAN_RESTORE : (enum jemput_orphan)world_random(w, 3);
        if (p_link_is_new(t, &l))
            t->links[t->link_count++] = l;
    }
}

static inline void p_append(struct p_schema *s, const char *format, ...)
{
    size_t len = strlen(s->sql);
    va_list args;

    va_start(args, format);
    vsnprintf(s->sql + len, sizeof s->sql - len, format, args);
    va_end(args);
    assert_true(strlen(s->sql) < sizeof s->sql - 1);
}

static inline void p_names(struct p_schema *s, const struct p_table *t, const int *columns, int count)
{
    for (int i = 0; i < count; i++)
        p_append(s, "%s%s", i ? ", " : "", t->columns[columns[i]].name);
}

static inline void p_write_table(struct p_schema *s, const struct p_table *t)
{
    const int key[] = { 0, 1 };

    p_append(s, "CREATE TABLE %s(", t->name);
    for (int i = 0; i < t->column_count; i++) {
        const struct p_column *c = &t->columns[i];

        p_append(s, "%s%s %s%s%s", i ? ", " : "", c->name, c->number ? "INTEGER" : "TEXT", c->nocase ? " COLLATE NOCASE" : "",
                 c->not_null || i < t->key_count ? " NOT NULL" : "");
        if (c->check)
            p_append(s, " CHECK(%s >= 0)", c->name);
    }
    p_append(s, ", PRIMARY KEY(");
    p_names(s, t, key, t->key_count);
    p_append(s, ")");
    for (int i = 0; i < t->unique_count && t->uniques[i].inside; i++) {
        p_append(s, ", UNIQUE(");
        p_names(s, t, t->uniques[i].columns, t->uniques[i].count);
        p_append(s, ")");
    }
    for (int i = 0; i < t->link_count; i++) {
        p_append(s, ", FOREIGN KEY(");
        p_names(s, t, t->links[i].columns, t->links[i].count);
        p_append(s, ") REFERENCES %s(", s->tables[t->links[i].parent].name);
        p_names(s, &s->tables[t->links[i].parent], t->links[i].targets, t->links[i].count);
        p_append(s, ")%s", t->links[i].action);
    }
    p_append(s, ");\n");
    for (int i = 0; i < t->unique_count; i++) {
        const struct p_unique *u = &t->uniques[i];

        if (u->inside)
            continue;
        p_append(s, "CREATE UNIQUE INDEX z%d_%s ON %s(%s", i, t->name, t->name, u->lower ? "lower(" : "");
        p_names(s, t, u->columns, u->count);
        p_append(s, u->lower ? "))" : ")");
        if (u->where >= 0)
            p_append(s, " WHERE %s = 1", t->columns[u->where].name);
        p_append(s, ";\n");
    }
}

static inline void p_write_options(struct p_schema *s, const struct p_table *t)
{
    static const char *const words[] = { "restore", "cascade", "hold" };
    bool first = true;

    p_append(s, "SELECT jemput_replicate('%s', '", t->name);
    for (int i = 0; i < t->link_count; i++) {
        const struct p_link *l = &t->links[i];

        if (l->orphan == JEMPUT_ORPHAN_RESTORE)
            continue;
        p_append(s, "%sparent=", first ? "" : "; ");
        for (int k = 0; k < l->count; k++)
            p_append(s, "%s%s", k ? "," : "", t->columns[l->columns[k]].name);
        p_append(s, ":%s", words[l->orphan]);
        first = false;
    }
    p_append(s, "');\n");
}

static inline void p_schema_make(struct p_schema *s, struct world *w)
{
    memset(s, 0, sizeof *s);
    s->table_count = 2 + (int)world_random(w, TABLES - 1);
    for (int i = 0; i < s->table_count; i++) {
        snprintf(s->tables[i].name, sizeof s->tables[i].name, "t%d", i + 1);
        p_columns(w, &s->tables[i]);
        p_uniques(w, &s->tables[i]);
    }
    for (int i = 0; i < s->table_count; i++)
        p_links(w, s, &s->tables[i]);
    for (int i = 0; i < s->table_count; i++)
        p_write_table(s, &s->tables[i]);
    for (int i = 0; i < s->table_count; i++)
        p_write_options(s, &s->tables[i]);
}

#endif
