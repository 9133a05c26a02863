/* unit/pass_expect.h — the naive result (pass_naive.h) of a world's segments, written as pass_dump writes a store's. */
#ifndef TESTS_UNIT_PASS_EXPECT_H
#define TESTS_UNIT_PASS_EXPECT_H

#include "pass_naive.h"

static const struct naive *sorting; /* qsort has no context argument */

static inline int by_creation(const void *left, const void *right)
{
    const struct n_row *a = *(struct n_row *const *)left, *b = *(struct n_row *const *)right;
    int order;

    if (!a->there || !b->there) /* such a row is no part of it, but has its place */
        order = a->there == b->there ? 0 : a->there ? -1 : 1;
    else
        order = n_order(sorting, a->created, b->created);
    if (order)
        return order;
    return a->table != b->table ? a->table - b->table : jemput_bytes_compare(a->key, b->key);
}

static inline int by_key(const void *left, const void *right)
{
    const struct n_row *a = *(struct n_row *const *)left, *b = *(struct n_row *const *)right;

    return a->table != b->table ? a->table - b->table : jemput_bytes_compare(a->key, b->key);
}

static inline void naive_compute(struct naive *n, const struct world *w, const struct p_schema *schema, struct world_store *s)
{
    *n = (struct naive){ .w = w, .schema = schema };
    for (int i = 0; i < schema->table_count; i++)
        n->shapes[i] = jemput_store_table(s->store, (uint32_t)i + 1);
    assert_true(w->count < 64);
    for (int i = 0; i < w->count; i++)
        n->past[i] = n_frontier(w, i);
    for (int i = 0; i < w->count; i++)
        for (uint32_t t = 0; t < w->segments[i].meta.txn_count; t++)
            for (uint32_t c = 0; c < w->segments[i].txns[t].change_count; c++)
                n_take(n, &w->segments[i].txns[t].changes[c], (struct n_txn){ i, (int)t });
    for (int i = 0; i < n->count; i++)
        n_show(n, n->rows[i]);
    sorting = n;
    qsort(n->rows, (size_t)n->count, sizeof n->rows[0], by_creation);
    for (int i = 0; i < n->count; i++)
        n->rows[i]->rank = i;
    n_sweep(n, true, false);
    do {
        while (n_sweep(n, true, true)) {
        }
    } while (n_sweep(n, false, true));
    n_cascade(n);
}

static inline void print_key(struct jemput_buf *out, const struct n_row *r)
{
    jemput_buf_printf(out, "%s%s%s", r->names[0], r->names[1] ? "/" : "", r->names[1] ? r->names[1] : "");
}

static inline void print_values(const struct naive *n, struct jemput_buf *out, const struct n_row *r)
{
    for (int c = 0; c < n->schema->tables[r->table].column_count; c++)
        jemput_buf_printf(out, " %s", r->values[c] ? r->values[c] : "-");
    jemput_buf_append_str(out, "\n");
}

static inline bool print_link_reason(const struct naive *n, struct jemput_buf *out, const struct n_row *r)
{
    const struct p_table *t = &n->schema->tables[r->table];

    for (int l = 0; l < t->link_count; l++) {
        const struct p_link *link = &t->links[l];
        const struct p_table *parent = &n->schema->tables[link->parent];
        const struct n_row *meant = n_meant(n, r, link);

        if (n_is_met(n, r, link))
            continue;
        jemput_buf_printf(out, "FOREIGN KEY %s: %s ", parent->name, parent->name);
        for (int place = 0; link->to_key && place < link->count; place++)
            for (int i = 0; i < link->count; i++)
                if (link->targets[i] == place)
                    jemput_buf_printf(out, "%s%s", place ? "/" : "", r->values[link->columns[i]]);
        if (!link->to_key && meant)
            print_key(out, meant);
        return true;
    }
    return false;
}

static inline void print_claim_reason(const struct naive *n, struct jemput_buf *out, const struct n_row *r)
{
    const struct p_table *t = &n->schema->tables[r->table];

    for (int u = 0; u < t->unique_count; u++) {
        for (int i = 0; i < n->count; i++) {
            if (!n->rows[i]->taken || !n_collide(n, r, n->rows[i], &t->uniques[u]))
                continue;
            jemput_buf_append_str(out, "UNIQUE ");
            if (t->uniques[u].lower)
                jemput_buf_printf(out, "index 'z%d_%s'", u, t->name);
            for (int c = 0; !t->uniques[u].lower && c < t->uniques[u].count; c++)
                jemput_buf_printf(out, "%s%s.%s", c ? ", " : "", t->name, t->columns[t->uniques[u].columns[c]].name);
            jemput_buf_printf(out, ": %s ", t->name);
            print_key(out, n->rows[i]);
            return;
        }
    }
    fail_msg("nothing stands against a row that is held");
}

static inline void print_state(const struct naive *n, struct jemput_buf *out, const char *word, bool gone)
{
    for (int i = 0; i < n->count; i++) {
        const struct n_row *r = n->rows[i];

        if (gone ? !r->gone : !(r->taken && !r->alive))
            continue;
        jemput_buf_printf(out, "%s %s ", word, n->schema->tables[r->table].name);
        print_key(out, r);
        jemput_buf_append_str(out, "\n");
    }
}

static inline char *naive_dump(struct naive *n)
{
    struct jemput_buf out = JEMPUT_BUF_INIT((size_t)1 << 20);
    char *text;

    qsort(n->rows, (size_t)n->count, sizeof n->rows[0], by_key);
    for (int i = 0; i < n->count; i++) {
        if (!n->rows[i]->taken)
            continue;
        jemput_buf_append_str(&out, n->schema->tables[n->rows[i]->table].name);
        print_values(n, &out, n->rows[i]);
    }
    for (int i = 0; i < n->count; i++) {
        struct n_row *r = n->rows[i];

        if (!r->alive || r->taken || r->gone)
            continue;
        jemput_buf_printf(&out, "held %s (", n->schema->tables[r->table].name);
        if (r->own)
            jemput_buf_append_str(&out, r->own);
        else if (!print_link_reason(n, &out, r))
            print_claim_reason(n, &out, r);
        jemput_buf_append_str(&out, ")");
        print_values(n, &out, r);
    }
    print_state(n, &out, "restored", false);
    print_state(n, &out, "gone", true);
    jemput_buf_u8(&out, 0);
    text = strdup((const char *)out.data);
    jemput_buf_release(&out);
    return text;
}

static inline void naive_release(struct naive *n)
{
    for (int i = 0; i < n->count; i++) {
        for (int g = 0; g < COLUMNS; g++)
            for (int k = 0; k < n->rows[i]->write_count[g]; k++)
                for (int c = 0; c < COLUMNS; c++)
                    free(n->rows[i]->writes[g][k].values[c]);
        free(n->rows[i]->names[0]);
        free(n->rows[i]->names[1]);
        free(n->rows[i]);
    }
}

/* Fails, and says how, unless the store is what the definition gives. */
static inline void pass_expect_naive(struct world_store *s, const struct p_schema *schema, const char *expected, const char *when)
{
    char *dump = pass_dump(s);

    if (strcmp(expected, dump) != 0) { /* each may be longer than one message */
        print_error("%s\n", schema->sql);
        print_error("expected:\n%s\n", expected);
        print_error("found:\n%s\n", dump);
        fail_msg("seed %llu, %s", (unsigned long long)pass_seed, when);
    }
    free(dump);
}

#endif
