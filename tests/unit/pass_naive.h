/* unit/pass_naive.h — what a set of segments shows, holds and brings back, by the definitions (engine/merge/row.h, engine/merge/restore.h,
 * engine/store/constraint/pass.h), carried out plainly over all rows there ever were. Nothing is shared with the engine but the shape of cell groups; nothing
 * is incremental. */
#ifndef TESTS_UNIT_PASS_NAIVE_H
#define TESTS_UNIT_PASS_NAIVE_H

#include "pass_schema.h"

enum { N_ROWS = 64, N_WRITES = 64 };

struct n_txn {
    int segment, place;
};

struct n_write {
    struct n_txn by;
    char *values[COLUMNS]; /* of the group's columns; NULL = NULL */
    bool kept;
};

struct n_row {
    int table;
    struct jemput_bytes key;
    char *names[2]; /* the key's values */
    int insert_count, delete_count, write_count[COLUMNS];
    struct n_txn inserts[N_WRITES], deletes[N_WRITES];
    struct n_write writes[COLUMNS][N_WRITES]; /* by the group's number */
    const struct n_write *showing[COLUMNS];
    struct n_txn created;
    bool alive, there; /* an insert has come */
    char *values[COLUMNS];
    const char *own; /* NOT NULL or CHECK; NULL = none */
    char own_text[32];
    int rank; /* in the order of creation */
    bool taken, in_unit, gone;
};

struct naive {
    const struct world *w;
    const struct p_schema *schema;
    const struct jemput_table *shapes[TABLES];
    uint64_t past[64]; /* of each segment: those that it had seen, its own chain included */
    int count;
    struct n_row *rows[N_ROWS]; /* in the order of creation, at last */
};

/* --- who had seen what --- */

static inline uint64_t n_chain(const struct world *w, int at)
{
    uint64_t set = 0;

    for (; at >= 0; at = w->segments[at].before)
        set |= (uint64_t)1 << at;
    return set;
}

static inline int n_segment_of(const struct world *w, const struct jemput_head *h)
{
    int at = 0;

    while (memcmp(&w->segments[at].meta.hash, &h->hash, sizeof h->hash) != 0)
        at++;
    return at;
}

static inline uint64_t n_frontier(const struct world *w, int at)
{
    uint64_t set = n_chain(w, at);

    for (; at >= 0; at = w->segments[at].before) {
        for (uint32_t i = 0; i < w->segments[at].merged.count; i++) {
            const struct jemput_head *h = &w->segments[at].merged.heads[i];
            int of = n_segment_of(w, h);

            set |= h->through ? n_frontier(w, of) : n_chain(w, of);
        }
    }
    return set;
}

static inline bool n_saw(const struct naive *n, struct n_txn later, struct n_txn earlier)
{
    if (later.segment == earlier.segment)
        return later.place > earlier.place;
    return n->past[later.segment] >> earlier.segment & 1;
}

static inline bool n_covers(const struct naive *n, struct n_txn later, struct n_txn earlier)
{
    return n_saw(n, later, earlier) && (later.segment == earlier.segment || (n->past[earlier.segment] & ~n->past[later.segment]) == 0);
}

static inline int n_order(const struct naive *n, struct n_txn a, struct n_txn b)
{
    const struct world_segment *x = &n->w->segments[a.segment], *y = &n->w->segments[b.segment];

    if (x->stamps[a.place] != y->stamps[b.place])
        return x->stamps[a.place] < y->stamps[b.place] ? -1 : 1;
    return a.segment == b.segment ? a.place - b.place : memcmp(&x->meta.hash, &y->meta.hash, sizeof x->meta.hash);
}

/* --- rows --- */

static inline char *n_text(const struct jemput_value *v)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(64);
    char *copy = NULL;

    if (v->type != JEMPUT_NULL) {
        dump_value(&text, v);
        jemput_buf_u8(&text, 0);
        copy = strdup((const char *)text.data);
    }
    jemput_buf_release(&text);
    return copy;
}

static inline struct n_row *n_row_of(struct naive *n, const struct jemput_change *c)
{
    struct jemput_value values[2];
    struct jemput_error err;
    struct n_row *r;

    for (int i = 0; i < n->count; i++)
        if (n->rows[i]->table == (int)c->table - 1 && jemput_bytes_equal(n->rows[i]->key, c->key))
            return n->rows[i];
    assert_true(n->count < N_ROWS);
    r = n->rows[n->count++] = calloc(1, sizeof *r);
    assert_non_null(r);
    r->table = (int)c->table - 1;
    r->key = c->key;
    WORLD_OK(jemput_key_read(values, (unsigned)n->schema->tables[r->table].key_count, c->key, &err));
    for (int i = 0; i < n->schema->tables[r->table].key_count; i++)
        r->names[i] = n_text(&values[i]);
    return r;
}

static inline void n_take(struct naive *n, const struct jemput_change *c, struct n_txn by)
{
    struct n_row *r = n_row_of(n, c);
    bool group[COLUMNS] = { false };

    if (c->op == JEMPUT_OP_DELETE)
        r->deletes[r->delete_count++] = by;
    if (c->op == JEMPUT_OP_INSERT)
        r->inserts[r->insert_count++] = by;
    for (uint16_t i = 0; i < c->cell_count; i++) {
        uint16_t g = n->shapes[r->table]->columns[c->cells[i].column].group;
        struct n_write *write = &r->writes[g][r->write_count[g] - group[g]];

        write->by = by;
        write->values[c->cells[i].column] = n_text(&c->cells[i].value);
        r->write_count[g] += !group[g];
        group[g] = true;
        assert_true(r->write_count[g] < N_WRITES && r->delete_count < N_WRITES && r->insert_count < N_WRITES);
    }
}

static inline bool n_delete_counts(const struct naive *n, const struct n_row *r, int d)
{
    for (int i = 0; i < r->delete_count; i++)
        if (i != d && n_covers(n, r->deletes[i], r->deletes[d]))
            return false;
    return true;
}

/* Had some delete that is kept seen it? */
static inline bool n_is_deleted(const struct naive *n, const struct n_row *r, struct n_txn what)
{
    for (int i = 0; i < r->delete_count; i++)
        if (n_delete_counts(n, r, i) && n_saw(n, r->deletes[i], what))
            return true;
    return false;
}

static inline bool n_in_force(const struct naive *n, const struct n_row *r, int d)
{
    return n_delete_counts(n, r, d) && !n_is_deleted(n, r, r->deletes[d]);
}

static inline bool n_is_insert(const struct n_row *r, struct n_txn by)
{
    for (int i = 0; i < r->insert_count; i++)
        if (r->inserts[i].segment == by.segment && r->inserts[i].place == by.place)
            return true;
    return false;
}

static inline bool n_inserts_again(const struct naive *n, const struct n_row *r, struct n_txn later, struct n_txn earlier)
{
    return n_is_insert(r, later) && n_is_insert(r, earlier) &&
           jemput_writer_compare(&n->w->segments[later.segment].meta.writer, &n->w->segments[earlier.segment].meta.writer) == 0;
}

/* Who inserts a row has seen nothing of it but what was deleted, and what he inserted himself. */
static inline bool n_replaces(const struct naive *n, const struct n_row *r, struct n_txn later, struct n_txn earlier)
{
    return n_saw(n, later, earlier) && (!n_is_insert(r, later) || n_inserts_again(n, r, later, earlier) || n_is_deleted(n, r, earlier));
}

static inline bool n_write_covers(const struct naive *n, const struct n_row *r, struct n_txn later, struct n_txn earlier)
{
    bool covers = n_covers(n, later, earlier), deleted = !n_is_insert(r, later) || n_inserts_again(n, r, later, earlier);

    for (int d = 0; d < r->delete_count; d++)
        deleted = deleted || n_covers(n, r->deletes[d], earlier);
    return covers && deleted;
}

static inline void n_show_group(struct naive *n, struct n_row *r, int g)
{
    bool lives = false;

    for (int i = 0; i < r->write_count[g]; i++) {
        r->writes[g][i].kept = true;
        for (int k = 0; k < r->write_count[g]; k++)
            r->writes[g][i].kept = r->writes[g][i].kept && !n_write_covers(n, r, r->writes[g][k].by, r->writes[g][i].by);
    }
    for (int i = 0; i < r->write_count[g]; i++) {
        const struct n_write *write = &r->writes[g][i];
        bool sibling = write->kept, deleted = n_is_deleted(n, r, write->by);

        for (int k = 0; k < r->write_count[g]; k++)
            sibling = sibling && !(r->writes[g][k].kept && n_replaces(n, r, r->writes[g][k].by, write->by));
        if (!sibling)
            continue;
        r->alive = r->alive || !deleted;
        if (!r->showing[g] || (!deleted && !lives) || (deleted == !lives && n_order(n, write->by, r->showing[g]->by) > 0))
            r->showing[g] = write;
        lives = lives || !deleted;
    }
}

static inline void n_show(struct naive *n, struct n_row *r)
{
    const struct p_table *t = &n->schema->tables[r->table];

    for (int g = 0; g < t->column_count - t->key_count; g++)
        n_show_group(n, r, g);
    r->there = r->insert_count > 0;
    r->alive = r->alive && r->there;
    for (int i = 0; i < r->insert_count; i++)
        if (i == 0 || n_order(n, r->inserts[i], r->created) < 0)
            r->created = r->inserts[i];
    for (int c = 0; c < t->column_count; c++) {
        const struct n_write *write = c < t->key_count ? NULL : r->showing[n->shapes[r->table]->columns[c].group];

        r->values[c] = c < t->key_count ? r->names[c] : write ? write->values[c] : NULL;
    }
    for (int c = t->column_count - 1; c >= 0; c--) /* the first is told: those of NOT NULL before those of CHECK */
        if (t->columns[c].check && r->values[c] && r->values[c][0] == '-')
            r->own = r->own_text, snprintf(r->own_text, sizeof r->own_text, "CHECK %s >= 0", t->columns[c].name);
    for (int c = t->column_count - 1; c >= 0; c--)
        if (t->columns[c].not_null && !r->values[c])
            r->own = r->own_text, snprintf(r->own_text, sizeof r->own_text, "NOT NULL %s.%s", t->name, t->columns[c].name);
}

/* --- constraints --- */

static inline bool n_equal(const char *a, const char *b, bool fold)
{
    return a && b && (fold ? sqlite3_stricmp(a, b) : strcmp(a, b)) == 0;
}

static inline bool n_collide(const struct naive *n, const struct n_row *a, const struct n_row *b, const struct p_unique *u)
{
    const struct p_table *t = &n->schema->tables[a->table];
    bool same = a != b && a->table == b->table;

    for (int i = 0; same && i < u->count; i++)
        same = n_equal(a->values[u->columns[i]], b->values[u->columns[i]], u->lower || t->columns[u->columns[i]].nocase);
    return same && (u->where < 0 || (n_equal(a->values[u->where], "1", false) && n_equal(b->values[u->where], "1", false)));
}

static inline bool n_names_any(const struct n_row *r, const struct p_link *l)
{
    bool names = true;

    for (int i = 0; i < l->count; i++)
        names = names && r->values[l->columns[i]];
    return names;
}

static inline bool n_names(const struct naive *n, const struct n_row *r, const struct p_link *l, const struct n_row *parent)
{
    bool names = parent->table == l->parent && parent->there;

    for (int i = 0; names && i < l->count; i++)
        names = n_equal(r->values[l->columns[i]], parent->values[l->targets[i]], n->schema->tables[l->parent].columns[l->targets[i]].nocase);
    return names;
}

static inline bool n_is_met(const struct naive *n, const struct n_row *r, const struct p_link *l)
{
    bool met = !n_names_any(r, l);

    for (int i = 0; i < n->count; i++)
        met = met || ((n->rows[i]->taken || n->rows[i]->in_unit) && n_names(n, r, l, n->rows[i]));
    return met;
}

/* --- which deleted rows come back --- */

static inline bool n_wants(const struct naive *n, const struct n_row *r, const struct n_row *deleted)
{
    for (int d = 0; d < deleted->delete_count; d++) {
        bool written = false;

        if (!n_in_force(n, deleted, d))
            continue;
        for (int g = 0; g < COLUMNS; g++)
            for (int i = 0; i < r->write_count[g]; i++)
                written = written || (r->writes[g][i].kept && !n_saw(n, deleted->deletes[d], r->writes[g][i].by) &&
                                      !n_is_deleted(n, r, r->writes[g][i].by));
        if (!written)
            return false;
    }
    return true;
}

static inline bool n_has_delete(const struct naive *n, const struct n_row *r, struct n_txn by)
{
    for (int d = 0; d < r->delete_count; d++)
        if (r->deletes[d].segment == by.segment && r->deletes[d].place == by.place)
            return n_in_force(n, r, d);
    return false;
}

static inline bool n_went_with(const struct naive *n, const struct n_row *r, const struct n_row *with)
{
    bool went = true;

    for (int d = 0; d < r->delete_count; d++)
        went = went && (!n_in_force(n, r, d) || n_has_delete(n, with, r->deletes[d]));
    return went;
}

static inline bool n_undoes(const struct naive *n, const struct n_row *r, struct n_txn delete)
{
    for (int g = 0; g < COLUMNS; g++)
        if (r->showing[g] && !n_saw(n, r->showing[g]->by, delete))
            return true;
    return false;
}

static inline bool n_goes_along(const struct naive *n, const struct n_row *r)
{
    const struct p_table *t = &n->schema->tables[r->table];

    for (int i = 0; i < n->count; i++) {
        const struct n_row *parent = n->rows[i];
        bool named = false, follows = parent->taken && n_went_with(n, r, parent);

        for (int l = 0; l < t->link_count; l++)
            named = named || n_names(n, r, &t->links[l], parent);
        for (int d = 0; follows && parent->alive && d < r->delete_count; d++)
            follows = !n_in_force(n, r, d) || n_undoes(n, parent, r->deletes[d]);
        if (named && follows)
            return true;
    }
    return false;
}

/* --- units --- */

struct n_unit {
    int count;
    struct n_row *rows[N_ROWS];
};

/* May it be tried as the parent that is meant, where there are several? */
static inline bool n_may(const struct naive *n, const struct n_row *r)
{
    const struct p_table *t = &n->schema->tables[r->table];
    bool may = r->there && !r->own;

    for (int i = 0; may && i < n->count; i++)
        for (int u = 0; u < t->unique_count; u++)
            may = may && !(n->rows[i]->taken && n_collide(n, r, n->rows[i], &t->uniques[u]));
    return may;
}

static inline bool n_may_come(const struct naive *n, const struct n_row *root, const struct n_row *r, const struct p_link *l,
                              const struct n_row *parent, bool restoring)
{
    if (parent->alive || !restoring)
        return parent->alive;
    if (!root->alive)
        return n_went_with(n, parent, root);
    return l->orphan == JEMPUT_ORPHAN_RESTORE && n_wants(n, r->alive ? r : root, parent);
}

static inline void n_join(struct naive *n, struct n_unit *unit, struct n_row *r)
{
    (void)n;
    r->in_unit = true;
    unit->rows[unit->count++] = r;
}

static inline void n_try(struct naive *n, struct n_row *root, bool restoring)
{
    struct n_unit unit = { 0 };
    bool fits = true;

    n_join(n, &unit, root);
    for (int i = 0; i < unit.count; i++) {
        const struct p_table *t = &n->schema->tables[unit.rows[i]->table];

        for (int l = 0; l < t->link_count; l++) {
            struct n_row *best = NULL;

            if (n_is_met(n, unit.rows[i], &t->links[l]))
                continue;
            for (int k = 0; k < n->count; k++) {
                struct n_row *parent = n->rows[k];

                if (n_names(n, unit.rows[i], &t->links[l], parent) && n_may(n, parent) &&
                    n_may_come(n, root, unit.rows[i], &t->links[l], parent, restoring) && (!best || (parent->alive && !best->alive)))
                    best = parent;
            }
            if (best)
                n_join(n, &unit, best);
        }
    }
    for (int i = 0; i < unit.count; i++) {
        const struct p_table *t = &n->schema->tables[unit.rows[i]->table];

        fits = fits && !unit.rows[i]->own;
        for (int l = 0; l < t->link_count; l++)
            fits = fits && n_is_met(n, unit.rows[i], &t->links[l]);
        for (int u = 0; u < t->unique_count; u++)
            for (int k = 0; k < n->count; k++)
                fits = fits && !((n->rows[k]->taken || n->rows[k]->in_unit) && n_collide(n, unit.rows[i], n->rows[k], &t->uniques[u]));
    }
    for (int i = 0; i < unit.count; i++) {
        unit.rows[i]->in_unit = false;
        unit.rows[i]->taken = fits;
    }
}

static inline bool n_sweep(struct naive *n, bool alive, bool restoring)
{
    bool took = false;

    for (int i = 0; i < n->count; i++) {
        struct n_row *r = n->rows[i];

        if (r->taken || !r->there || r->alive != alive || (!alive && !n_goes_along(n, r)))
            continue;
        n_try(n, r, restoring);
        took = took || r->taken;
    }
    return took;
}

/* Of the rows that are named, none of them taken, the one that is meant. */
static inline const struct n_row *n_meant(const struct naive *n, const struct n_row *r, const struct p_link *l)
{
    const struct n_row *best = NULL;

    for (int i = 0; i < n->count; i++)
        if (n_names(n, r, l, n->rows[i]) && (!best || (n->rows[i]->alive && !best->alive) ||
                                             (n->rows[i]->alive == best->alive && n->rows[i]->rank < best->rank)))
            best = n->rows[i];
    return best;
}

static inline void n_cascade(struct naive *n)
{
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < n->count; i++) {
            struct n_row *r = n->rows[i];

            for (int l = 0; r->alive && !r->taken && !r->gone && l < n->schema->tables[r->table].link_count; l++) {
                const struct p_link *link = &n->schema->tables[r->table].links[l];
                const struct n_row *parent = n_is_met(n, r, link) ? NULL : n_meant(n, r, link);

                if (link->orphan == JEMPUT_ORPHAN_CASCADE && parent && (!parent->alive || parent->gone))
                    more = r->gone = true;
            }
        }
    }
}

#endif
