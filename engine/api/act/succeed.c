/* api/act/succeed.c — rows that go on in others, and what goes along: see succeed.h. */
#include "api/act/succeed.h"

#include <string.h>

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows");
}

void succession_begin(struct succession *s, struct jemput *j)
{
    *s = (struct succession){ .count = 0 };
    edits_begin(&s->edits, j);
}

void succession_release(struct succession *s)
{
    edits_release(&s->edits);
    s->count = s->room = 0;
    s->pairs = NULL;
}

/* --- pairs --- */

static struct pair *pair_of(const struct succession *s, const struct edit *gone)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->pairs[i].gone == gone)
            return &s->pairs[i];
    return NULL;
}

static bool pairs_reserve(struct succession *s)
{
    struct pair *pairs = jemput_arena_room(&s->edits.arena, s->pairs, s->count, &s->room, sizeof *pairs);

    if (pairs)
        s->pairs = pairs;
    return pairs != NULL;
}

enum jemput_status reference_names(struct edits *e, const struct jemput_reference *r, const struct jemput_value *child, const struct edit *parent,
                                   bool *out, struct jemput_error *err)
{
    struct jemput_bytes key;
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    if (r->parent == parent->table)
        st = jemput_store_reference_names(e->j->store, r, child, parent->before, out, err);
    if (st || !*out)
        return st;
    st = jemput_store_reference_key(e->j->store, r, child, &key, &e->arena, err);
    *out = !st && (!key.len || jemput_bytes_equal(key, parent->key));
    return st;
}

/* The row that stays is made of the one that goes, but for its key; what names itself does so then, too. */
static enum jemput_status pair_insert(struct succession *s, struct pair *p, struct jemput_error *err)
{
    const struct jemput_table *t = p->gone->table;
    const struct jemput_reference *references;
    uint16_t count;
    enum jemput_status st = jemput_store_references(s->edits.j->store, t, &references, &count, &s->edits.arena, err);

    if (st)
        return st;
    for (uint16_t i = 0; i < t->column_count; i++)
        if (!t->columns[i].key_place)
            p->keep->values[i] = p->gone->values[i];
    for (uint16_t i = 0; !st && i < count; i++) {
        bool itself = false;

        st = reference_names(&s->edits, &references[i], p->gone->values, p->gone, &itself, err);
        for (uint16_t k = 0; !st && itself && k < references[i].count; k++)
            p->keep->values[references[i].columns[k]] = p->keep->values[references[i].targets[k]];
    }
    p->keep->kind = EDIT_INSERT;
    return st;
}

/* Would the row that stays name itself, or the one that goes, if it took this group over? */
static enum jemput_status group_names_either(struct succession *s, const struct pair *p, uint16_t group, const struct jemput_reference *references,
                                             uint16_t count, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint16_t i = 0; !st && !*out && i < count; i++) {
        const struct jemput_reference *r = &references[i];
        bool in_group = false;

        for (uint16_t k = 0; k < r->count; k++)
            in_group = in_group || p->gone->table->columns[r->columns[k]].group == group;
        if (in_group)
            st = reference_names(&s->edits, r, p->gone->values, p->keep, out, err);
        if (!st && in_group && !*out)
            st = reference_names(&s->edits, r, p->gone->values, p->gone, out, err);
    }
    return st;
}

/* With this group's values of the row that goes, would the row that stays put a third one out of the table? */
static enum jemput_status group_is_taken(struct succession *s, const struct pair *p, uint16_t group, bool *out, struct jemput_error *err)
{
    const struct jemput_table *t = p->gone->table;
    const struct jemput_bytes two[2] = { p->gone->key, p->keep->key };
    struct jemput_value *filled = jemput_arena_array(&s->edits.arena, t->column_count, sizeof *filled);

    *out = false;
    if (!filled)
        return nomem(err);
    for (uint16_t i = 0; i < t->column_count; i++)
        filled[i] = t->columns[i].group == group ? p->gone->values[i] : p->keep->values[i];
    return jemput_store_group_taken(s->edits.j->store, t, group, filled, two, out, &s->edits.arena, err);
}

static enum jemput_status pair_fill(struct succession *s, struct pair *p, struct jemput_error *err)
{
    const struct jemput_table *t = p->gone->table;
    const struct jemput_reference *references;
    uint16_t count;
    enum jemput_status st = jemput_store_references(s->edits.j->store, t, &references, &count, &s->edits.arena, err);

    for (uint16_t g = 0; !st && g < t->group_count; g++) {
        const struct jemput_group *group = &t->groups[g];
        bool leave = false;

        if (t->columns[group->columns[0]].rule == JEMPUT_RULE_SUM || !edit_group_is_null(t, g, p->keep->values) ||
            edit_group_is_null(t, g, p->gone->values))
            continue;
        st = group_names_either(s, p, g, references, count, &leave, err);
        if (!st && !leave)
            st = group_is_taken(s, p, g, &leave, err);
        for (uint16_t i = 0; !st && !leave && i < group->column_count; i++)
            edit_set(p->keep, group->columns[i], &p->gone->values[group->columns[i]]);
    }
    return st;
}

/* It is there on another row's account, which may be the one that goes: from now on it is there on its own. */
static void row_stays(struct edit *row)
{
    const struct jemput_table *t = row->table;
    uint16_t first = t->group_count ? t->groups[0].columns[0] : 0;

    if (t->group_count == 0)
        row->kind = EDIT_INSERT;
    else if (t->columns[first].rule == JEMPUT_RULE_SUM)
        edit_count(row, first, 0);
    else
        edit_set(row, first, &row->values[first]);
}

/* So are the rows that a row would go with, as the schema declares, if they are there on another's account. */
static enum jemput_status parents_stay(struct succession *s, const struct edit *row, const struct edit *gone, unsigned depth,
                                       struct jemput_error *err)
{
    struct jemput_store *store = s->edits.j->store;
    const struct jemput_reference *references;
    uint16_t count;
    enum jemput_status st = jemput_store_references(store, row->table, &references, &count, &s->edits.arena, err);

    for (uint16_t i = 0; !st && i < count; i++) {
        struct jemput_bytes key = { 0 };
        struct edit *parent = NULL;

        if (references[i].orphan == JEMPUT_ORPHAN_CASCADE)
            st = jemput_store_reference_key(store, &references[i], row->values, &key, &s->edits.arena, err);
        if (!st && key.len)
            st = edits_row(&s->edits, references[i].parent, key, &parent, err);
        if (st || !parent || parent == gone || !parent->restored || parent->kind != EDIT_NONE)
            continue;
        if (depth > SUCCEED_DEPTH_MAX)
            return jemput_fail(err, JEMPUT_LIMIT, "table '%s': rows that name rows that name rows, more than %d deep", row->table->name,
                               SUCCEED_DEPTH_MAX);
        row_stays(parent);
        st = parents_stay(s, parent, gone, depth + 1, err);
    }
    return st;
}

static enum jemput_status pair_stays(struct succession *s, const struct pair *p, struct jemput_error *err)
{
    if (p->keep->restored && p->keep->kind == EDIT_NONE)
        row_stays(p->keep);
    return parents_stay(s, p->keep, p->gone, p->depth, err);
}

enum jemput_status succession_pair(struct succession *s, const struct jemput_table *table, struct jemput_bytes gone, struct jemput_bytes keep,
                                   unsigned depth, struct jemput_error *err)
{
    struct pair p = { .depth = depth };
    enum jemput_status st = edits_row(&s->edits, table, gone, &p.gone, err);

    if (!st)
        st = edits_row(&s->edits, table, keep, &p.keep, err);
    if (st)
        return st;
    if (depth > SUCCEED_DEPTH_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "table '%s': rows that name rows that name rows, more than %d deep", table->name, SUCCEED_DEPTH_MAX);
    if (p.keep->kind == EDIT_DELETE)
        return jemput_fail(err, JEMPUT_MISUSE, "table '%s': a row would have to go on in one that goes itself", table->name);
    if (!pairs_reserve(s))
        return nomem(err);
    if (!p.keep->alive && p.keep->kind != EDIT_INSERT)
        st = pair_insert(s, &p, err);
    else if (s->fills)
        st = pair_fill(s, &p, err);
    if (!st)
        st = pair_stays(s, &p, err);
    p.gone->kind = EDIT_DELETE;
    p.gone->goes_on = p.keep->key;
    s->pairs[s->count++] = p;
    return st;
}

/* --- references --- */

/* As the row that stays will be: with the counts of the one that goes. */
static enum jemput_status keep_values(struct succession *s, const struct pair *p, struct jemput_value **out, struct jemput_error *err)
{
    const struct jemput_table *t = p->keep->table;
    struct jemput_value *values = *out = jemput_arena_array(&s->edits.arena, t->column_count, sizeof *values);

    if (!values)
        return nomem(err);
    memcpy(values, p->keep->values, t->column_count * sizeof *values);
    for (uint16_t c = 0; c < t->column_count; c++)
        if (t->columns[c].rule == JEMPUT_RULE_SUM && values[c].type == JEMPUT_INTEGER && p->gone->before[c].type == JEMPUT_INTEGER)
            values[c].integer = (int64_t)((uint64_t)values[c].integer + (uint64_t)p->gone->before[c].integer);
    return JEMPUT_OK;
}

/* One reference of a row is of the row that stays from now on. */
static enum jemput_status reference_move(struct succession *s, const struct jemput_reference *r, const struct pair *p, struct edit *child,
                                         struct jemput_error *err)
{
    struct jemput_store *store = s->edits.j->store;
    bool names = false;
    struct jemput_value *kept;
    enum jemput_status st = keep_values(s, p, &kept, err);

    for (uint16_t i = 0; !st && i < r->count; i++) {
        const struct jemput_value *value = &kept[r->targets[i]];
        const struct jemput_column *column = &child->table->columns[r->columns[i]];
        struct jemput_value held = *value;

        if (child == p->keep)
            return jemput_fail(err, JEMPUT_MISUSE, "the row that stays names the one that goes in '%s': it would name itself; change that first",
                               column->name);
        if (value->type == JEMPUT_NULL)
            return jemput_fail(err, JEMPUT_MISUSE, "'%s.%s' names the row that goes by '%s', and the row that stays has no value there",
                               child->table->name, column->name, p->gone->table->columns[r->targets[i]].name);
        st = jemput_store_value_held(store, &held, column->affinity, &s->edits.arena, err);
        if (!st && !jemput_value_equal(&held, &child->values[r->columns[i]]))
            edit_set(child, r->columns[i], &held);
    }
    if (!st)
        st = jemput_store_reference_names(store, r, child->values, kept, &names, err);
    if (st || names)
        return st;
    return jemput_fail(err, JEMPUT_MISUSE, "'%s.%s' names the row that goes, and its column cannot hold the name of the row that stays",
                       child->table->name, child->table->columns[r->columns[0]].name);
}

static bool key_has_moved(const struct edit *row, const struct jemput_value *from)
{
    for (uint8_t i = 0; i < row->table->key_count; i++)
        if (!jemput_value_equal(&row->values[row->table->key_columns[i]], &from[row->table->key_columns[i]]))
            return true;
    return false;
}

/* A row that goes itself, and is made anew: there its references change, too. */
static enum jemput_status child_gone(struct succession *s, struct edit *child, const struct jemput_value *before, struct jemput_error *err)
{
    struct pair *p = pair_of(s, child);

    if (key_has_moved(child, before))
        return jemput_fail(err, JEMPUT_MISUSE, "table '%s': a row names the row that goes in two ways by its key", child->table->name);
    return p && p->keep->kind == EDIT_INSERT ? pair_insert(s, p, err) : JEMPUT_OK;
}

static enum jemput_status child_follow(struct succession *s, const struct pair *p, const struct jemput_referrer *referrer, struct jemput_error *err)
{
    const struct jemput_reference *references;
    struct jemput_value *before;
    struct jemput_bytes key;
    struct edit *child;
    uint16_t count;
    enum jemput_status st = edits_row(&s->edits, referrer->table, referrer->key, &child, err);

    if (st || child == p->gone)
        return st;
    before = jemput_arena_array(&s->edits.arena, child->table->column_count, sizeof *before);
    if (!before)
        return nomem(err);
    memcpy(before, child->values, child->table->column_count * sizeof *before);
    st = jemput_store_references(s->edits.j->store, child->table, &references, &count, &s->edits.arena, err);
    for (uint16_t i = 0; !st && i < count; i++) {
        bool names = false;

        st = reference_names(&s->edits, &references[i], child->before, p->gone, &names, err);
        if (!st && names)
            st = reference_move(s, &references[i], p, child, err);
    }
    if (st || child->kind == EDIT_DELETE)
        return st ? st : child_gone(s, child, before, err);
    if (!key_has_moved(child, child->before))
        return JEMPUT_OK;
    st = edits_key(&s->edits, child->table, child->values, &key, err);
    return st ? st : succession_pair(s, child->table, child->key, key, p->depth + 1, err);
}

enum jemput_status succession_follow(struct succession *s, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < s->count; i++) { /* grows */
        struct jemput_referrers referrers = { 0 };
        struct pair p = s->pairs[i];

        st = jemput_store_referrers(s->edits.j->store, p.gone->table, p.gone->before, &referrers, &s->edits.arena, err);
        for (uint32_t k = 0; !st && k < referrers.count; k++)
            st = child_follow(s, &p, &referrers.of[k], err);
    }
    return st;
}

/* --- counters --- */

enum jemput_status succession_count(struct succession *s, struct edits *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < s->count; i++) {
        const struct pair *p = &s->pairs[i];
        const struct jemput_table *t = p->gone->table;
        struct edit *gone;

        for (uint16_t c = 0; !st && c < t->column_count; c++) {
            int64_t count = p->gone->before[c].type == JEMPUT_INTEGER ? p->gone->before[c].integer : 0;

            if (t->columns[c].rule != JEMPUT_RULE_SUM || count == 0)
                continue;
            st = edits_row(out, t, p->gone->key, &gone, err);
            if (st)
                break;
            edit_count(gone, c, (int64_t)(0 - (uint64_t)count));
            edit_count(p->keep, c, count);
        }
    }
    return st;
}

/* --- the chain --- */

bool succeed_circles(struct succeed_walk *walk, struct jemput_bytes key)
{
    if (jemput_bytes_equal(key, walk->seen))
        return true;
    if (++walk->steps == walk->room) {
        walk->seen = key;
        walk->steps = 0;
        walk->room *= 2;
    }
    return false;
}

enum jemput_status succeed_end(struct jemput *j, const struct jemput_table *table, struct jemput_bytes key, struct jemput_bytes *out,
                               struct jemput_arena *arena, struct jemput_error *err)
{
    struct succeed_walk walk = { key, 0, 1 };
    bool first = true;

    *out = (struct jemput_bytes){ 0 };
    do {
        struct jemput_row_look look;
        enum jemput_status st = jemput_store_row_look(j->store, table, key, &look, arena, err);

        if (st == JEMPUT_NOTFOUND) /* its log has not come */
            return JEMPUT_OK;
        if (st)
            return st;
        if (!look.successor.len) {
            if (!first && (look.shown || look.held))
                *out = key;
            return JEMPUT_OK;
        }
        key = look.successor;
        first = false;
    } while (!succeed_circles(&walk, key));
    return JEMPUT_OK;
}
