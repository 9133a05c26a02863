/* test_row_random.c — merging one row of any table: random histories (row_world.h) in any order, with duplicates and trips through the store, against
 * the oracle (row_oracle.h); causality that learns later; a table that grows; and the algebra of triples. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "row_play.h"

/* Without counters in any order at all; with them, a log's acts come as they were made. */
enum kind { KIND_PLAIN, KIND_FACTS, KIND_COUNTS, KINDS };

static void history_of_kind(struct history *h, enum kind kind)
{
    history_random(h, kind == KIND_PLAIN ? &plain : &ruled, kind == KIND_COUNTS);
}

static bool act_is_whole_insert(const struct world *w, unsigned index)
{
    const struct act *a = &w->h.acts[index];
    uint16_t carried = 0;

    for (uint16_t g = 0; g < w->h.table->group_count; g++)
        carried = (uint16_t)(carried + groups[g].column_count);
    return a->change.op == INSERT && a->change.cell_count == carried;
}

/* --- against the oracle --- */

/* States that must not be rare, or the properties say little. */
struct reached {
    unsigned conflicts, spared_shadows, kept_facts, many_entries, successors, revived, deleted_facts, ranked, parallel;
};

static void reached_note(struct reached *r, const struct world *w)
{
    const struct oracle *o = &w->oracle;

    r->conflicts += w->view.conflict;
    r->revived += w->view.edit_over_delete;
    r->parallel += w->h.table == &ruled && w->view.alive && !w->view.conflict && oracle_parallel(o);
    for (uint32_t i = 0; w->row.successors && i < w->row.delete_count; i++)
        r->successors += w->row.successors[i].len > 0;
    for (unsigned i = 0; i < w->h.act_count; i++) {
        r->spared_shadows += oracle_kept(o, i, NAME) && !oracle_sibling(o, i, NAME) && w->h.acts[i].change.spare_count > 0;
        r->kept_facts += oracle_lowest(o, i) && !oracle_sibling(o, i, PRINTED);
        r->deleted_facts += oracle_lowest(o, i) && oracle_deleted(o, i) && w->view.alive;
    }
    if (jemput_row_registers(&w->row) > COUNT) {
        const struct act *a = w->view.shown[STAGE] ? history_act(&w->h, w->view.shown[STAGE]->version) : NULL;

        r->many_entries += w->row.registers[COUNT].write_count > 1;
        for (unsigned i = 0; a && i < w->h.act_count; i++)
            r->ranked += oracle_sibling(o, i, STAGE) && w->h.acts[i].rank > a->rank;
    }
}

static void reached_all(const struct reached *r)
{
    assert_true(r->conflicts > 1000 && r->spared_shadows > 1000 && r->kept_facts > 1000 && r->many_entries > 1000 && r->successors > 1000);
    assert_true(r->revived > 1000 && r->deleted_facts > 1000 && r->ranked > 1000 && r->parallel > 1000);
}

/* Sanitizers are slow: with them a part must do. */
static unsigned some(unsigned all)
{
    return getenv("JEMPUT_FAULT_STEP") ? all / 5 : all;
}

static void any_order_gives_what_the_oracle_says(void **state)
{
    struct world w = { 0 };
    struct reached reached = { 0 };

    (void)state;
    random_state = UINT64_C(0x9e3779b97f4a7c15);
    for (unsigned n = 0; n < 4500; n++) {
        history_of_kind(&w.h, n % KINDS);
        for (unsigned arrangement = 0; arrangement < 6; arrangement++) {
            unsigned order[ACTS_MAX];

            world_restart(&w);
            history_random_order(&w.h, order);
            for (unsigned i = 0; i < w.h.act_count; i++) {
                if (i == 0 && act_is_whole_insert(&w, order[0]) && random_below(2))
                    world_begin_in_table(&w, order[0]);
                else
                    world_merge(&w, order[i]);
                if (random_below(4) == 0)
                    world_merge(&w, order[random_below(i + 1)]); /* again */
                if (arrangement & 1 && random_below(3) == 0)
                    world_store(&w, random_below(4) == 0);
                world_check(&w);
                reached_note(&reached, &w);
            }
        }
    }
    jemput_arena_release(&w.arena);
    assert_true(w.checks >= 150000);
    reached_all(&reached);
}

static void causality_that_learns_later_gives_the_same_after_pruning(void **state)
{
    struct world w = { 0 };

    (void)state;
    random_state = 88172645463325252u;
    for (unsigned n = 0; n < some(18000); n++) {
        unsigned order[ACTS_MAX], learns_at;

        if (n % 3 == 0)
            history_of_kind(&w.h, n / 3 % KINDS);
        world_restart(&w);
        w.h.learned = false;
        history_random_order(&w.h, order);
        learns_at = random_below(w.h.act_count + 1);
        for (unsigned i = 0; i < w.h.act_count; i++) {
            if (i == learns_at) {
                w.h.learned = true;
                world_prune(&w);
                world_check(&w);
            }
            world_merge(&w, order[i]);
            if (random_below(3) == 0)
                world_store(&w, random_below(4) == 0);
        }
        w.h.learned = true;
        world_prune(&w);
        world_check(&w);
    }
    jemput_arena_release(&w.arena);
}

/* --- a table that grows --- */

static bool act_is_plain(const struct act *a)
{
    return a->groups < 1U << PLAIN_GROUPS;
}

/* Acts of the old shape arrive first; then the columns with rules are added, and everything arrives. */
static void registers_grow_with_the_table(void **state)
{
    struct world w = { 0 };
    unsigned grown = 0;

    (void)state;
    random_state = 4711;
    for (unsigned n = 0; n < 3000; n++) {
        unsigned order[ACTS_MAX];

        history_random(&w.h, &ruled, false);
        world_restart(&w);
        random_order(order, w.h.act_count);
        w.h.table = &plain;
        for (unsigned i = 0; i < w.h.act_count; i++) {
            if (!act_is_plain(&w.h.acts[order[i]]))
                continue;
            world_merge(&w, order[i]);
            if (random_below(3) == 0)
                world_store(&w, random_below(4) == 0);
        }
        grown += w.row.group_count == PLAIN_GROUPS;
        w.h.table = &ruled;
        for (unsigned i = 0; i < w.h.act_count; i++) {
            world_check(&w);
            world_merge(&w, order[i]);
            if (random_below(3) == 0)
                world_store(&w, random_below(4) == 0);
        }
        world_check(&w);
    }
    jemput_arena_release(&w.arena);
    assert_true(grown > 1000);
}

/* --- algebra --- */

static void state_bytes(struct world *w, struct jemput_buf *out)
{
    jemput_buf_clear(out);
    world_show(w);
    world_fill(w);
    jemput_row_write(out, &w->row, w->h.table, &w->view, false);
    jemput_row_write(out, &w->row, w->h.table, &w->view, w->view.alive);
    assert_int_equal(out->failed, JEMPUT_OK);
}

static void state_again(struct world *w, struct jemput_bytes bytes)
{
    struct jemput_error err;

    assert_int_equal(jemput_row_read(&w->row, bytes, w->h.table, &w->arena, &err), JEMPUT_OK);
}

/* The row of the first `count` acts of `order`, as bytes of a row that is not in the table. */
static struct jemput_bytes prefix_make(struct world *w, const unsigned *order, unsigned count)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(65536);
    struct jemput_bytes bytes;

    world_restart(w);
    for (unsigned i = 0; i < count; i++)
        world_merge(w, order[i]);
    world_fill(w);
    jemput_row_write(&out, &w->row, w->h.table, NULL, false);
    bytes = jemput_arena_copy(&w->arena, jemput_buf_bytes(&out));
    assert_true(bytes.data && !out.failed);
    jemput_buf_release(&out);
    return bytes;
}

/* Three acts in this order, each perhaps twice, and older ones again; the state may go through bytes in between: (ab)c and a(bc) and ac(b). */
static void triple_merge(struct world *w, const unsigned *order, unsigned prefix, const unsigned *turn)
{
    for (unsigned i = 0; i < 3; i++) {
        unsigned choice = random_below(8);

        world_merge(w, order[prefix + turn[i]]);
        if (choice & 1)
            world_merge(w, order[prefix + turn[random_below(i + 1)]]);
        if (choice & 2 && prefix > 0)
            world_merge(w, order[random_below(prefix)]);
        if (choice & 4)
            world_store(w, random_below(2));
    }
}

static bool turn_happens(const struct world *w, const unsigned *order, unsigned prefix, const unsigned *turn)
{
    for (unsigned i = 0; i < 3; i++) {
        for (unsigned j = 0; j < i; j++) {
            if (w->h.counts && turn[j] > turn[i] && w->h.acts[order[prefix + turn[i]]].line == w->h.acts[order[prefix + turn[j]]].line)
                return false;
        }
    }
    return true;
}

static void triple_check(struct world *w, const unsigned *order, unsigned prefix, struct jemput_buf *first, struct jemput_buf *other)
{
    static const unsigned turns[6][3] = { { 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 } };
    struct jemput_bytes bytes = prefix_make(w, order, prefix);

    for (unsigned t = 0; t < 6; t++) {
        if (!turn_happens(w, order, prefix, turns[t]))
            continue;
        state_again(w, bytes);
        triple_merge(w, order, prefix, turns[t]);
        state_bytes(w, t == 0 ? first : other);
        if (t > 0)
            assert_true(jemput_bytes_equal(jemput_buf_bytes(first), jemput_buf_bytes(other)));
    }
    for (unsigned i = 0; i < prefix + 3; i++)
        world_merge(w, order[i]);
    state_bytes(w, other);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(first), jemput_buf_bytes(other)));
}

static void merging_is_commutative_associative_and_idempotent(void **state)
{
    struct jemput_buf first = JEMPUT_BUF_INIT(65536), other = JEMPUT_BUF_INIT(65536);
    struct world w = { 0 };
    unsigned triples = 0;

    (void)state;
    random_state = UINT64_C(0x2545f4914f6cdd1d);
    for (unsigned n = 0; triples < some(102000); n++) {
        unsigned order[ACTS_MAX];

        history_of_kind(&w.h, n % KINDS);
        for (unsigned k = 0; k < 6 && w.h.act_count >= 3; k++, triples++) {
            history_random_order(&w.h, order);
            triple_check(&w, order, random_below(w.h.act_count - 2), &first, &other);
        }
    }
    jemput_arena_release(&w.arena);
    jemput_buf_release(&first);
    jemput_buf_release(&other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_order_gives_what_the_oracle_says),
        cmocka_unit_test(causality_that_learns_later_gives_the_same_after_pruning),
        cmocka_unit_test(registers_grow_with_the_table),
        cmocka_unit_test(merging_is_commutative_associative_and_idempotent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
