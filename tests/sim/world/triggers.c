/* sim/world/triggers.c — see triggers.h. */
#include "triggers.h"

#include "sometimes.h"

static const char *const ROWS[] = { "NEW", "NEW", "OLD" };
static const char *const EVENTS[] = { "INSERT", "UPDATE", "DELETE" };

struct trigger {
    struct schema *s;
    const struct table *on, *other; /* fires for rows of one, and writes the other, which may be the same */
    unsigned event;
    struct rng *rng;
};

static unsigned column_some(const struct table *t, struct rng *rng, bool key)
{
    unsigned found = 0, pick = COLUMNS_MAX;

    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].is_key == key && rng_below(rng, ++found) == 0)
            pick = i;
    return pick;
}

/* What a column of this type may be given: often what the row has, which is not of its type always. */
static void value_append(const struct trigger *g, const struct column *c)
{
    static const char *const literals[] = { "2", "'ab'", "x'78'", "1.5", "'b'" };
    unsigned from = column_some(g->on, g->rng, false);

    if (c->type == TYPE_INTEGER && rng_one_in(g->rng, 2))
        schema_append(g->s->sql, sizeof g->s->sql, "%s + 1", c->name);
    else if (from != COLUMNS_MAX && g->on->columns[from].type == c->type)
        schema_append(g->s->sql, sizeof g->s->sql, "%s.%s", ROWS[g->event], g->on->columns[from].name);
    else if (!c->not_null && rng_one_in(g->rng, 3))
        schema_append(g->s->sql, sizeof g->s->sql, "NULL");
    else
        schema_append(g->s->sql, sizeof g->s->sql, "%s", literals[c->type]);
}

/* Of the other table, the rows that have something in common with the one that it fires for. */
static bool match_append(const struct trigger *g)
{
    unsigned mine = column_some(g->on, g->rng, rng_one_in(g->rng, 2)), theirs = column_some(g->other, g->rng, rng_one_in(g->rng, 2));

    if (mine == COLUMNS_MAX || theirs == COLUMNS_MAX)
        return false;
    schema_append(g->s->sql, sizeof g->s->sql, " WHERE %s IS %s.%s", g->other->columns[theirs].name, ROWS[g->event], g->on->columns[mine].name);
    return true;
}

static void update_append(const struct trigger *g)
{
    const struct column *c;
    unsigned pick = column_some(g->other, g->rng, false);

    if (pick == COLUMNS_MAX)
        return;
    c = &g->other->columns[pick];
    schema_append(g->s->sql, sizeof g->s->sql, " UPDATE %s SET %s = ", g->other->name, c->name);
    value_append(g, c);
    if (!match_append(g))
        schema_append(g->s->sql, sizeof g->s->sql, " WHERE %s IS NULL", c->name);
    schema_append(g->s->sql, sizeof g->s->sql, ";");
}

static void insert_append(const struct trigger *g)
{
    static const char *const keys[] = { "7", "'kt'", "jemput_id()", "1.5", "'kt'" };

    schema_append(g->s->sql, sizeof g->s->sql, " INSERT OR %s INTO %s(", rng_one_in(g->rng, 3) ? "REPLACE" : "IGNORE", g->other->name);
    for (unsigned i = 0; i < g->other->key_count; i++)
        schema_append(g->s->sql, sizeof g->s->sql, "%s%s", i ? ", " : "", g->other->columns[g->other->key[i]].name);
    schema_append(g->s->sql, sizeof g->s->sql, ") VALUES(");
    for (unsigned i = 0; i < g->other->key_count; i++)
        schema_append(g->s->sql, sizeof g->s->sql, "%s%s", i ? ", " : "", keys[g->other->columns[g->other->key[i]].type]);
    schema_append(g->s->sql, sizeof g->s->sql, ");");
}

static void delete_append(const struct trigger *g)
{
    schema_append(g->s->sql, sizeof g->s->sql, " DELETE FROM %s", g->other->name);
    if (!match_append(g))
        schema_append(g->s->sql, sizeof g->s->sql, " WHERE 0");
    schema_append(g->s->sql, sizeof g->s->sql, ";");
}

static void raise_append(const struct trigger *g)
{
    static const char *const kinds[] = { "ABORT, 'pemicu'", "FAIL, '" TRIGGERS_FAIL "'", "ROLLBACK, 'pemicu'", "IGNORE" };
    unsigned c = column_some(g->on, g->rng, false);

    schema_append(g->s->sql, sizeof g->s->sql, " SELECT RAISE(%s)", kinds[rng_below(g->rng, 4)]);
    if (c != COLUMNS_MAX)
        schema_append(g->s->sql, sizeof g->s->sql, " WHERE %s.%s IS NULL", ROWS[g->event], g->on->columns[c].name);
    schema_append(g->s->sql, sizeof g->s->sql, ";");
}

static void trigger_append(const struct trigger *g, unsigned number)
{
    unsigned of = column_some(g->on, g->rng, false);
    bool before = rng_one_in(g->rng, 3);

    schema_append(g->s->sql, sizeof g->s->sql, "CREATE TRIGGER pemicu%u %s %s", number, before ? "BEFORE" : "AFTER", EVENTS[g->event]);
    if (g->event == 1 && of != COLUMNS_MAX && rng_one_in(g->rng, 2))
        schema_append(g->s->sql, sizeof g->s->sql, " OF %s", g->on->columns[of].name);
    schema_append(g->s->sql, sizeof g->s->sql, " ON %s BEGIN SELECT sim_fired();", g->on->name);
    switch (rng_below(g->rng, 6)) {
    case 0:
        insert_append(g);
        break;
    case 1:
        delete_append(g);
        break;
    case 2:
        if (before)
            raise_append(g);
        break;
    default:
        update_append(g);
        break;
    }
    schema_append(g->s->sql, sizeof g->s->sql, " END;\n");
}

static void fired(sqlite3_context *context, int count, sqlite3_value **values)
{
    (void)count;
    (void)values;
    sometimes(SOMETIMES_TRIGGER);
    sqlite3_result_null(context);
}

int triggers_watch(sqlite3 *app)
{
    return sqlite3_create_function_v2(app, "sim_fired", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, fired, NULL, NULL, NULL);
}

void triggers_make(struct schema *s, struct rng *rng)
{
    if (!(s->features & FEATURE_TRIGGERS) || !rng_one_in(rng, 4))
        return;
    for (unsigned i = 1 + rng_below(rng, 4); i > 0; i--) {
        struct trigger g = { .s = s, .rng = rng, .event = rng_below(rng, 3) };

        g.on = &s->tables[rng_below(rng, s->table_count)];
        g.other = &s->tables[rng_below(rng, s->table_count)];
        trigger_append(&g, i);
    }
}
