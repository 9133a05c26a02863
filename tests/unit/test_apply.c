/* Tests of store/apply/apply.c, own.c and context.c: what the tables show after merging is a function of the set of segments, whatever the order. */
#include "merge_world.h"

/* One household, made by writer 1, which writers 2, 3 and 4 have seen. */
static int world_household(struct world *w)
{
    int base = world_segment(w, 1, -1);

    world_insert_keluarga(w, world_txn(w, base, 100), "k1", "16", "Jl. Melati");
    return base;
}

static int world_edit(struct world *w, uint8_t writer, int before, int seen, jemput_stamp stamp, const char *alamat)
{
    int at = world_segment(w, writer, before);

    if (seen >= 0)
        world_merged(w, at, seen, false);
    world_update(w, world_txn(w, at, stamp), KELUARGA, "k1", K_ALAMAT, alamat);
    return at;
}

static void three_concurrent_writes_are_three_siblings(void **state)
{
    struct world w;
    int base;

    (void)state;
    world_init(&w, 1);
    base = world_household(&w);
    world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    world_edit(&w, 4, -1, base, 220, "Jl. Dahlia");
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Mawar\n"
                        "conflict keluarga k1 alamat\n"
                        "  02 210 hidden Jl. Kenanga\n"
                        "  03 230 shown Jl. Mawar\n"
                        "  04 220 hidden Jl. Dahlia\n",
                        6);
    world_release(&w);
}

static void equal_values_are_no_conflict(void **state)
{
    struct world w;
    int base;

    (void)state;
    world_init(&w, 2);
    base = world_household(&w);
    world_edit(&w, 2, -1, base, 210, "Jl. Mawar");
    world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    world_expect_always(&w, "keluarga k1 16 Jl. Mawar\n", 4);
    world_release(&w);
}

static void a_write_that_had_seen_all_siblings_replaces_them(void **state)
{
    struct world w;
    int base, a, b, c;

    (void)state;
    world_init(&w, 3);
    base = world_household(&w);
    a = world_edit(&w, 2, -1, base, 910, "Jl. Kenanga");
    b = world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    c = world_segment(&w, 4, -1);
    world_merged(&w, c, a, false);
    world_merged(&w, c, b, false);
    world_update(&w, world_txn(&w, c, 150), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia"); /* its clock is behind, and that does not matter */
    world_expect_always(&w, "keluarga k1 16 Jl. Dahlia\n", 8);
    world_release(&w);
}

/* Writer 3 has seen 2's write and replaces it; 2's segment comes last. */
static void a_late_write_that_a_present_one_had_seen_stays_replaced(void **state)
{
    struct world w;
    int base, late;
    const int order[] = { 0, 2, 1 };
    struct world_store s;

    (void)state;
    world_init(&w, 4);
    base = world_household(&w);
    late = world_edit(&w, 2, -1, base, 990, "Jl. Kenanga");
    world_edit(&w, 3, -1, late, 230, "Jl. Mawar");
    world_open(&s, "any", world_schema);
    world_deliver(&w, &s, order, 3);
    world_expect(&s, "keluarga k1 16 Jl. Mawar\n");
    world_close(&s);
    world_expect_always(&w, "keluarga k1 16 Jl. Mawar\n", 6);
    world_release(&w);
}

/* 3 replaces 2's write; 4 had seen 2's write too, but not 3's: 3 and 4 are siblings although 2's is long superseded. */
static void a_late_write_concurrent_with_a_superseded_one_is_judged_by_what_it_saw(void **state)
{
    struct world w;
    int base, first;

    (void)state;
    world_init(&w, 5);
    base = world_household(&w);
    first = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    world_edit(&w, 3, -1, first, 230, "Jl. Mawar");
    world_edit(&w, 4, -1, base, 220, "Jl. Dahlia"); /* has not seen 2's */
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Mawar\n"
                        "conflict keluarga k1 alamat\n"
                        "  03 230 shown Jl. Mawar\n"
                        "  04 220 hidden Jl. Dahlia\n",
                        8);
    world_release(&w);
}

/* 2 has merged 3's edit, but a form opened before that is saved under the context it was opened in. */
static void an_edit_token_writes_under_the_context_it_was_taken_in(void **state)
{
    struct world w;
    int base, one, other, form;

    (void)state;
    world_init(&w, 6);
    base = world_household(&w);
    one = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    other = world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    form = world_segment(&w, 2, one);
    world_merged(&w, form, other, false);
    world_under(&w, form, base, false);
    world_update(&w, world_txn(&w, form, 300), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia");
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Dahlia\n"
                        "conflict keluarga k1 alamat\n"
                        "  02 300 shown Jl. Dahlia\n"
                        "  03 230 hidden Jl. Mawar\n",
                        8);
    world_release(&w);
}

static void an_edit_wins_over_a_concurrent_delete_and_is_listed(void **state)
{
    struct world w;
    int base, gone;

    (void)state;
    world_init(&w, 7);
    base = world_household(&w);
    gone = world_segment(&w, 2, -1);
    world_merged(&w, gone, base, false);
    world_delete(&w, world_txn(&w, gone, 500), KELUARGA, "k1");
    world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Mawar\n"
                        "conflict keluarga k1 delete\n"
                        "  02 500 hidden\n"
                        "  03 230 shown\n",
                        8);
    world_release(&w);
}

static void a_delete_that_had_seen_all_edits_takes_the_row(void **state)
{
    struct world w;
    int base, edit, gone;

    (void)state;
    world_init(&w, 8);
    base = world_household(&w);
    edit = world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    gone = world_segment(&w, 2, -1);
    world_merged(&w, gone, edit, false);
    world_merged(&w, gone, base, false);
    world_delete(&w, world_txn(&w, gone, 100), KELUARGA, "k1");
    world_expect_always(&w, "", 8);
    world_release(&w);
}

/* An update may come before the insert that it had seen. */
static void a_row_whose_insert_has_not_come_is_not_shown_yet(void **state)
{
    struct world w;
    int base;
    const int update[] = { 1 }, insert[] = { 0 };
    struct world_store s;

    (void)state;
    world_init(&w, 9);
    base = world_household(&w);
    world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    world_open(&s, "any", world_schema);
    world_deliver(&w, &s, update, 1);
    world_expect(&s, "");
    world_deliver(&w, &s, insert, 1);
    world_expect(&s, "keluarga k1 16 Jl. Kenanga\n");
    world_close(&s);
    world_release(&w);
}

/* Two second segments of writer 2: both lines are kept and merged, each covering what it grew from. */
static void both_lines_of_a_fork_are_merged(void **state)
{
    struct world w;
    int base, stem, clone;

    (void)state;
    world_init(&w, 10);
    base = world_household(&w);
    stem = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    world_edit(&w, 2, stem, -1, 220, "Jl. Mawar");
    clone = world_edit(&w, 2, stem, -1, 230, "Jl. Dahlia");
    world_edit(&w, 2, clone, -1, 240, "Jl. Anggrek");
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Anggrek\n"
                        "conflict keluarga k1 alamat\n"
                        "  02 220 hidden Jl. Mawar\n"
                        "  02 240 shown Jl. Anggrek\n",
                        8);
    world_release(&w);
}

/* A head of a fork's branch covers the stem below it, and nothing of the other branch. */
static void a_head_covers_only_the_ancestry_of_its_hash(void **state)
{
    struct world w;
    int base, stem, one, other, reader;

    (void)state;
    world_init(&w, 11);
    base = world_household(&w);
    stem = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    one = world_edit(&w, 2, stem, -1, 220, "Jl. Mawar");
    other = world_edit(&w, 2, stem, -1, 230, "Jl. Dahlia");
    reader = world_edit(&w, 3, -1, other, 300, "Jl. Anggrek");
    (void)one, (void)reader;
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Anggrek\n"
                        "conflict keluarga k1 alamat\n"
                        "  02 220 hidden Jl. Mawar\n"
                        "  03 300 shown Jl. Anggrek\n",
                        8);
    world_release(&w);
}

/* 9 (the centre) has merged 2 and 3; 4 names only 9's head, marked through. */
static void a_through_head_covers_what_its_log_had_merged(void **state)
{
    struct world w;
    int base, a, b, centre;

    (void)state;
    world_init(&w, 12);
    base = world_household(&w);
    a = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    b = world_edit(&w, 3, -1, base, 230, "Jl. Mawar");
    centre = world_segment(&w, 9, -1);
    world_merged(&w, centre, a, false);
    world_merged(&w, centre, b, false);
    world_txn(&w, centre, 240);
    world_segment(&w, 4, -1);
    world_merged(&w, 4, centre, true);
    world_update(&w, world_txn(&w, 4, 190), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia");
    world_expect_always(&w, "keluarga k1 16 Jl. Dahlia\n", 12); /* in some orders 9's segment comes after 4's */
    world_release(&w);
}

static void without_through_a_head_covers_its_own_log_only(void **state)
{
    struct world w;
    int base, a, centre;

    (void)state;
    world_init(&w, 13);
    base = world_household(&w);
    a = world_edit(&w, 2, -1, base, 210, "Jl. Kenanga");
    centre = world_segment(&w, 9, -1);
    world_merged(&w, centre, a, false);
    world_txn(&w, centre, 240);
    world_segment(&w, 4, -1);
    world_merged(&w, 3, centre, false);
    world_merged(&w, 3, base, false);
    world_update(&w, world_txn(&w, 3, 190), KELUARGA, "k1", K_ALAMAT, "Jl. Dahlia");
    world_expect_always(&w,
                        "keluarga k1 16 Jl. Kenanga\n"
                        "conflict keluarga k1 alamat\n"
                        "  02 210 shown Jl. Kenanga\n"
                        "  04 190 hidden Jl. Dahlia\n",
                        8);
    world_release(&w);
}

/* While 2's log is missing here, 3's write that names it is kept beside the others; when it comes, relations are judged anew. */
static void a_missing_head_is_resolved_when_it_comes(void **state)
{
    struct world w;
    int base, seen, later;
    const int first[] = { 0, 2, 3 }, missing[] = { 1 };
    struct world_store s;

    (void)state;
    world_init(&w, 14);
    base = world_household(&w);
    seen = world_segment(&w, 2, -1); /* has seen 1's household, and writes nothing about it */
    world_merged(&w, seen, base, false);
    world_insert_keluarga(&w, world_txn(&w, seen, 205), "k2", "17", NULL);
    later = world_segment(&w, 3, -1);
    world_merged(&w, later, seen, true); /* through 2: so it has seen 1's household */
    world_update(&w, world_txn(&w, later, 50), KELUARGA, "k1", K_ALAMAT, "Jl. Mawar");
    later = world_segment(&w, 3, later); /* its context grows along the log, so it waits as well */
    world_update(&w, world_txn(&w, later, 60), KELUARGA, "k1", K_NO, "18");
    world_open(&s, "any", world_schema);
    world_deliver(&w, &s, first, 3);
    world_expect(&s,
                 "keluarga k1 16 Jl. Melati\n"
                 "conflict keluarga k1 no_kk\n"
                 "  01 100 shown 16\n"
                 "  03 60 hidden 18\n"
                 "conflict keluarga k1 alamat\n"
                 "  01 100 shown Jl. Melati\n"
                 "  03 50 hidden Jl. Mawar\n");
    world_deliver(&w, &s, missing, 1);
    world_expect(&s, "keluarga k1 18 Jl. Mawar\nkeluarga k2 17 -\n");
    world_close(&s);
    world_expect_always(&w, "keluarga k1 18 Jl. Mawar\nkeluarga k2 17 -\n", 8);
    world_release(&w);
}

static void transactions_of_one_segment_follow_each_other(void **state)
{
    struct world w;
    int at;

    (void)state;
    world_init(&w, 15);
    at = world_segment(&w, 1, -1);
    world_insert_keluarga(&w, world_txn(&w, at, 100), "k1", "16", "a");
    world_update(&w, world_txn(&w, at, 101), KELUARGA, "k1", K_ALAMAT, "b");
    world_delete(&w, world_txn(&w, at, 102), KELUARGA, "k1");
    world_insert_keluarga(&w, world_txn(&w, at, 103), "k1", "17", "c");
    world_update(&w, world_txn(&w, at, 104), KELUARGA, "k1", K_ALAMAT, "d");
    world_expect_always(&w, "keluarga k1 17 d\n", 1);
    world_release(&w);
}

/* --- random histories --- */

static const char *world_pick(struct world *w, const char *const *of, uint32_t count)
{
    return of[world_random(w, count)];
}

static void world_random_change(struct world *w, struct jemput_txn *txn)
{
    static const char *const families[] = { "k1", "k2", "k3" }, *const numbers[] = { "16", "17", "18", NULL }, *const people[] = { "p1", "p2", "p3", "p4" },
                      *const niks[] = { "n1", "n2", "n3", NULL }, *const names[] = { "Ani", "Budi", "Citra" };
    bool family = world_random(w, 3) == 0;
    const char *key = family ? world_pick(w, families, 3) : world_pick(w, people, 4);
    struct jemput_bytes bytes = world_key(w, key);

    for (uint32_t i = 0; i < txn->change_count; i++) { /* at most one change of a row in a transaction */
        if (txn->changes[i].table == (uint32_t)(family ? KELUARGA : ORANG) && jemput_bytes_equal(txn->changes[i].key, bytes))
            return;
    }
    switch (world_random(w, 8)) {
    case 0:
        world_delete(w, txn, family ? KELUARGA : ORANG, key);
        return;
    case 1:
    case 2:
    case 3:
        if (family)
            world_insert_keluarga(w, txn, key, world_pick(w, numbers, 4), world_pick(w, names, 3));
        else
            world_insert_orang(w, txn, key, world_pick(w, niks, 4), world_random(w, 12) ? world_pick(w, names, 3) : NULL, (int64_t)world_random(w, 12) - 1,
                               world_random(w, 3) ? world_pick(w, families, 3) : NULL, world_random(w, 3) ? NULL : world_pick(w, people, 4));
        return;
    default:
        if (family)
            world_update(w, txn, KELUARGA, key, world_random(w, 2) ? K_NO : K_ALAMAT, world_pick(w, numbers, 4));
        else if (world_random(w, 3) == 0)
            world_update(w, txn, ORANG, key, O_NIK, world_pick(w, niks, 4));
        else if (world_random(w, 2))
            world_update(w, txn, ORANG, key, O_KELUARGA, world_pick(w, families, 3));
        else
            world_update(w, txn, ORANG, key, O_INDUK, world_random(w, 3) ? world_pick(w, people, 4) : NULL);
    }
}

static void world_random_history(struct world *w, int segment_count, uint8_t writer_count)
{
    int last[8];

    for (uint8_t i = 0; i < writer_count; i++)
        last[i] = -1;
    for (int i = 0; i < segment_count; i++) {
        uint8_t writer = (uint8_t)world_random(w, writer_count);
        int before = last[writer], at;

        if (before >= 0 && w->segments[before].before >= 0 && world_random(w, 12) == 0)
            before = w->segments[before].before; /* a fork */
        at = world_segment(w, (uint8_t)(writer + 1), before);
        last[writer] = at;
        for (int k = 0; k < at; k++) {
            if (world_random(w, 5) == 0 && w->segments[at].merged.count < WORLD_HEADS_MAX)
                world_merged(w, at, k, world_random(w, 3) == 0);
        }
        if (world_random(w, 5) == 0)
            world_under(w, at, at ? (int)world_random(w, (uint32_t)at) : -1, world_random(w, 2) == 0);
        for (uint32_t t = world_random(w, 3) + 1; t > 0; t--) {
            struct jemput_txn *txn = world_txn(w, at, 0);

            txn->stamp = w->segments[at].stamps[w->segments[at].meta.txn_count - 1] =
                (before >= 0 ? w->segments[before].stamps[w->segments[before].meta.txn_count - 1] : 0) + w->segments[at].meta.txn_count * 10 + world_random(w, 9);
            for (uint32_t c = world_random(w, 4) + 1; c > 0; c--)
                world_random_change(w, txn);
        }
    }
}

static void any_order_of_arrival_gives_the_same_state_one_by_one_or_together(void **state)
{
    const char *many = getenv("JEMPUT_TEST_HISTORIES");
    uint64_t seeds = many ? strtoull(many, NULL, 10) : getenv("JEMPUT_FAULT_STEP") ? 20 : 60, first = many && strchr(many, '+') ? strtoull(strchr(many, '+') + 1, NULL, 10) : 1;

    (void)state;
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        struct world w;
        int order[WORLD_SEGMENTS_MAX];
        char *expected = NULL;

        world_init(&w, seed);
        world_random_history(&w, 4 + (int)(seed % 14), 2 + (uint8_t)(seed % 4));
        for (int i = 0; i < w.count; i++)
            order[i] = i;
        for (int round = 0; round < 4; round++) {
            struct world_store s;
            struct jemput_error err;
            uint64_t problems = 0;
            char *dump;

            world_open(&s, "any", world_schema);
            if (round % 2 == 0)
                world_deliver(&w, &s, order, w.count);
            else
                world_deliver_together(&w, &s, order, w.count, 1 + (int)(seed + (uint64_t)round) % WORLD_STRETCH_MAX);
            dump = world_dump(&s);
            WORLD_OK(jemput_store_check(s.store, NULL, NULL, &problems, &err));
            if (!expected)
                expected = strdup(dump);
            if (strcmp(expected, dump) != 0 || problems)
                fail_msg("seed %llu, round %d, %llu problems:\n%s\nagainst\n%s", (unsigned long long)seed, round, (unsigned long long)problems, expected, dump);
            free(dump);
            world_close(&s);
            world_shuffle(&w, order);
        }
        free(expected);
        world_release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_concurrent_writes_are_three_siblings),
        cmocka_unit_test(equal_values_are_no_conflict),
        cmocka_unit_test(a_write_that_had_seen_all_siblings_replaces_them),
        cmocka_unit_test(a_late_write_that_a_present_one_had_seen_stays_replaced),
        cmocka_unit_test(a_late_write_concurrent_with_a_superseded_one_is_judged_by_what_it_saw),
        cmocka_unit_test(an_edit_token_writes_under_the_context_it_was_taken_in),
        cmocka_unit_test(an_edit_wins_over_a_concurrent_delete_and_is_listed),
        cmocka_unit_test(a_delete_that_had_seen_all_edits_takes_the_row),
        cmocka_unit_test(a_row_whose_insert_has_not_come_is_not_shown_yet),
        cmocka_unit_test(both_lines_of_a_fork_are_merged),
        cmocka_unit_test(a_head_covers_only_the_ancestry_of_its_hash),
        cmocka_unit_test(a_through_head_covers_what_its_log_had_merged),
        cmocka_unit_test(without_through_a_head_covers_its_own_log_only),
        cmocka_unit_test(a_missing_head_is_resolved_when_it_comes),
        cmocka_unit_test(transactions_of_one_segment_follow_each_other),
        cmocka_unit_test(any_order_of_arrival_gives_the_same_state_one_by_one_or_together),
    };

    return cmocka_run_group_tests_name("apply", tests, NULL, NULL);
}
