/* store/constraint/constraint.c — UNIQUE and FOREIGN KEY as merging needs them, read from the schema once. Looking up by them: lookup.c, link.c.
 *
 * What a row claims by a UNIQUE index over plain columns is read off its values. What it claims by an index over expressions or generated columns, or
 * by a partial one, SQLite says: of a row that is in no table, by putting it there inside a savepoint that is rolled back. */
#include "store/apply/applier.h"

#include <string.h>

#include "store/capture/capture.h"

#define TARGETS_OTHER 0x40000000u /* numbers of targets that are no key of a replicated table start here */

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for constraints");
}

/* "UNIQUE orang.nik, orang.tanggal", or "UNIQUE index 'name'" where a term is no column: as SQLite says it. */
static char *claim_reason(const struct jemput_applier *a, const struct jemput_unique *u, struct jemput_arena *arena)
{
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);
    bool named = true;
    char *copy;

    jemput_buf_append_str(&reason, "UNIQUE ");
    for (uint16_t i = 0; i < u->term_count; i++)
        named = named && u->columns[i] >= 0;
    for (uint16_t i = 0; named && i < u->term_count; i++)
        jemput_buf_printf(&reason, "%s%s.%s", i ? ", " : "", a->table->name, a->table->columns[u->columns[i]].name);
    if (!named)
        jemput_buf_printf(&reason, "index '%s'", u->name);
    copy = reason.failed == JEMPUT_NOMEM ? NULL : jemput_arena_str(arena, jemput_buf_bytes(&reason)); /* cut at the limit if it must be */
    jemput_buf_release(&reason);
    return copy;
}

/* The claim of one UNIQUE index. */
static enum jemput_status claim_make(struct jemput_applier *a, const struct jemput_unique *u, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_claim *claim = &a->claims[a->claim_count];
    bool plain = !u->where;

    claim->count = u->term_count;
    claim->collations = u->collations;
    claim->reason = claim_reason(a, u, arena);
    if (!claim->reason)
        return nomem(err);
    for (uint16_t i = 0; i < claim->count; i++)
        plain = plain && u->columns[i] >= 0 && !a->table->columns[u->columns[i]].generated;
    if (plain) {
        claim->columns = jemput_arena_array(arena, claim->count, sizeof *claim->columns);
        for (uint16_t i = 0; claim->columns && i < claim->count; i++) {
            claim->columns[i] = (uint16_t)u->columns[i];
            a->watched[u->columns[i]] = true;
        }
        a->claim_count++;
        return claim->columns ? JEMPUT_OK : nomem(err);
    }
    claim->terms = u->stored;
    claim->where = u->where;
    a->asks = true;
    a->claim_count++;
    return JEMPUT_OK;
}

static enum jemput_status claims_load(struct jemput_applier *a, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_capture_table look = { .shape = *a->table, .declared = *a->declared };
    enum jemput_status st = jemput_uniques_read(&look, arena, err);

    a->claims = jemput_arena_array(arena, look.unique_count, sizeof *a->claims);
    if (!st && !a->claims)
        st = nomem(err);
    for (uint16_t i = 0; !st && i < look.unique_count; i++)
        st = claim_make(a, &look.uniques[i], arena, err);
    return st;
}

/* A FOREIGN KEY that names no columns of the parent means its primary key. */
static enum jemput_status link_default_targets(struct jemput_store *store, struct jemput_link *link, const struct jemput_table *parent,
                                               struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_declared other = { .name = link->parent_name };
    const struct jemput_declared *declared = parent ? jemput_store_declared(store, parent) : &other;
    enum jemput_status st = parent ? JEMPUT_OK : jemput_declared_read(&other, 1, store->db, arena, err);
    uint16_t found = 0;

    if (st && st != JEMPUT_NOTFOUND && st != JEMPUT_DENIED)
        return st;
    for (uint32_t i = 0; !st && i < declared->column_count; i++) {
        uint16_t place = declared->columns[i].key_place;

        if (place == 0 || place > link->count)
            continue;
        link->targets[place - 1] = declared->columns[i].name;
        found++;
    }
    if (found < link->count)
        return jemput_fail(err, JEMPUT_CORRUPT, "table '%s': FOREIGN KEY to '%s', which has no such key", link->child->table->name,
                           link->parent_name);
    return JEMPUT_OK;
}

/* The columns of a replicated parent, and how SQLite compares by them. */
static enum jemput_status link_targets(struct jemput_store *store, struct jemput_link *link, const struct jemput_table *parent,
                                       struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    link->target_columns = jemput_arena_array(arena, link->count, sizeof *link->target_columns);
    link->collations = jemput_arena_array(arena, link->count, sizeof *link->collations);
    link->affinities = jemput_arena_array(arena, link->count, sizeof *link->affinities);
    if (!link->target_columns || !link->collations || !link->affinities)
        return nomem(err);
    for (uint16_t i = 0; !st && i < link->count; i++) {
        int column = jemput_declared_column_named(jemput_store_declared(store, parent), link->targets[i]);
        const char *collation;
        int rc;

        if (column < 0)
            return jemput_fail(err, JEMPUT_CORRUPT, "table '%s' has no column '%s'", parent->name, link->targets[i]);
        rc = sqlite3_table_column_metadata(store->db, "main", parent->name, link->targets[i], NULL, &collation, NULL, NULL, NULL);
        if (rc != SQLITE_OK)
            return jemput_sqlite_fail(store->db, rc, err, "read a column");
        link->target_columns[i] = (uint16_t)column;
        link->affinities[i] = parent->columns[column].affinity;
        link->collations[i] = jemput_arena_str(arena, jemput_bytes_str(collation));
        if (!link->collations[i])
            return nomem(err);
    }
    return st;
}

static void numbers_swap(uint16_t *of, uint16_t a, uint16_t b)
{
    uint16_t number = of[a];

    of[a] = of[b];
    of[b] = number;
}

static void texts_swap(const char **of, uint16_t a, uint16_t b)
{
    const char *text = of[a];

    of[a] = of[b];
    of[b] = text;
}

static void link_swap(struct jemput_link *link, uint16_t a, uint16_t b)
{
    enum jemput_affinity affinity = link->affinities[a];

    numbers_swap(link->columns, a, b);
    numbers_swap(link->target_columns, a, b);
    texts_swap(link->targets, a, b);
    texts_swap(link->collations, a, b);
    link->affinities[a] = link->affinities[b];
    link->affinities[b] = affinity;
}

/* Where the targets are the parent's key, name them in its order. */
static void link_sort_by_key(struct jemput_link *link, const struct jemput_table *parent)
{
    link->target_is_key = link->count == parent->key_count;
    for (uint16_t place = 0; link->target_is_key && place < link->count; place++) {
        uint16_t at = place;

        while (at < link->count && link->target_columns[at] != parent->key_columns[place])
            at++;
        link->target_is_key = at < link->count;
        if (link->target_is_key)
            link_swap(link, place, at);
    }
}

/* What the schema declares for the FOREIGN KEY over these columns, whatever their order. */
static enum jemput_orphan link_orphan(const struct jemput_link *link)
{
    const struct jemput_table *table = link->child->table;

    for (uint16_t i = 0; i < table->orphan_rule_count; i++) {
        const struct jemput_orphan_rule *rule = &table->orphan_rules[i];
        uint16_t met = 0;

        for (uint16_t k = 0; rule->column_count == link->count && k < link->count; k++) {
            for (uint16_t c = 0; c < link->count; c++)
                met = (uint16_t)(met + (rule->columns[k] == link->columns[c]));
        }
        if (met == link->count)
            return rule->orphan;
    }
    return JEMPUT_ORPHAN_RESTORE;
}

static enum jemput_status link_finish(struct jemput_store *store, struct jemput_appliers *as, struct jemput_link *link, uint32_t *other,
                                      struct jemput_error *err)
{
    const struct jemput_table *parent = jemput_store_table_named(store, link->parent_name);
    struct jemput_arena *arena = &as->arena;
    enum jemput_status st = link->targets[0] ? JEMPUT_OK : link_default_targets(store, link, parent, arena, err);
    struct jemput_buf reason = JEMPUT_BUF_INIT(JEMPUT_REASON_BYTES - 1);

    if (st)
        return st;
    jemput_buf_printf(&reason, "FOREIGN KEY %s", link->parent_name);
    link->reason = reason.failed == JEMPUT_NOMEM ? NULL : jemput_arena_str(arena, jemput_buf_bytes(&reason));
    jemput_buf_release(&reason);
    if (!link->reason)
        return nomem(err);
    link->orphan = link_orphan(link);
    link->target = TARGETS_OTHER + (*other)++;
    if (!parent)
        return JEMPUT_OK;
    link->parent = &as->of[parent->id - 1];
    link->next_of_parent = link->parent->as_parent;
    link->parent->as_parent = link;
    st = link_targets(store, link, parent, arena, err);
    if (st)
        return st;
    for (uint16_t i = 0; i < link->count; i++)
        link->parent->watched[link->target_columns[i]] = true;
    link_sort_by_key(link, parent);
    if (link->target_is_key)
        link->target = parent->id;
    return JEMPUT_OK;
}

static enum jemput_status links_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_applier *a, uint32_t *other,
                                     struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    a->links = jemput_arena_array(&as->arena, a->declared->link_count, sizeof *a->links);
    if (!a->links)
        return nomem(err);
    for (uint32_t i = 0; !st && i < a->declared->link_count; i++) {
        const struct jemput_declared_link *declared = &a->declared->links[i];
        struct jemput_link *link = &a->links[a->link_count++];

        *link = (struct jemput_link){ .child = a, .parent_name = declared->parent, .count = declared->count };
        link->columns = jemput_arena_array(&as->arena, link->count, sizeof *link->columns); /* in an order of its own: link_sort_by_key */
        link->targets = jemput_arena_array(&as->arena, link->count, sizeof *link->targets);
        if (!link->columns || !link->targets)
            return nomem(err);
        memcpy(link->columns, declared->columns, link->count * sizeof *link->columns);
        memcpy(link->targets, declared->targets, link->count * sizeof *link->targets);
        for (uint16_t k = 0; k < link->count; k++)
            a->watched[link->columns[k]] = true;
        st = link_finish(store, as, link, other, err);
    }
    return st;
}

enum jemput_status jemput_constraints_load(struct jemput_store *store, struct jemput_appliers *as, struct jemput_error *err)
{
    uint32_t other = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st && i < as->count; i++) {
        st = claims_load(&as->of[i], &as->arena, err);
        if (!st)
            st = links_load(store, as, &as->of[i], &other, err);
    }
    return st;
}

void jemput_constraints_finalize(struct jemput_applier *a)
{
    for (uint16_t i = 0; i < a->claim_count; i++) {
        sqlite3_finalize(a->claims[i].find);
        sqlite3_finalize(a->claims[i].read);
    }
    for (uint16_t i = 0; i < a->link_count; i++) {
        sqlite3_finalize(a->links[i].exists);
        sqlite3_finalize(a->links[i].children);
        sqlite3_finalize(a->links[i].naming);
    }
}
