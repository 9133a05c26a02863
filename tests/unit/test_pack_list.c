/* unit/test_pack_list.c — the list of what is in which small pack: everything that was added is found, in each pack that has it, and nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "repo/pack_list.h"
#include "support/fault_alloc.h"

enum { PACKS = 40, OBJECTS = 3000 };

static uint64_t state = 1;

static struct jemput_oid oid_any(void)
{
    struct jemput_oid oid;

    for (unsigned i = 0; i < sizeof oid.id; i++) {
        state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
        oid.id[i] = (uint8_t)(state >> 40);
    }
    return oid;
}

static bool is_in(const struct jemput_pack_list *list, const struct jemput_oid *oid, uint32_t pack)
{
    for (uint32_t at = jemput_pack_list_find(list, oid); jemput_pack_list_is(list, at, oid); at++)
        if (list->of[at].pack == pack)
            return true;
    return false;
}

static struct jemput_oid oids[OBJECTS];

/* Each third object is in two packs. */
static void list_fill(struct jemput_pack_list *list)
{
    struct jemput_error err;

    for (uint32_t i = 0; i < OBJECTS; i++) {
        oids[i] = oid_any();
        assert_int_equal(jemput_pack_list_add(list, oids[i].id, i % PACKS, &err), JEMPUT_OK);
        if (i % 3 == 0)
            assert_int_equal(jemput_pack_list_add(list, oids[i].id, (i + 1) % PACKS, &err), JEMPUT_OK);
    }
    jemput_pack_list_sort(list);
}

static void each_object_is_found_in_each_of_its_packs_and_in_no_other(void **ctx)
{
    struct jemput_pack_list list = { 0 };

    (void)ctx;
    list_fill(&list);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        struct jemput_oid other = oid_any();

        for (uint32_t pack = 0; pack < PACKS; pack++)
            assert_int_equal(is_in(&list, &oids[i], pack), pack == i % PACKS || (i % 3 == 0 && pack == (i + 1) % PACKS));
        assert_int_equal(jemput_pack_list_find(&list, &other), list.count);
    }
    jemput_pack_list_release(&list);
}

static void packs_that_are_gone_are_forgotten_and_the_others_found_by_their_new_numbers(void **ctx)
{
    struct jemput_pack_list list = { 0 };
    uint32_t numbers[PACKS];

    (void)ctx;
    list_fill(&list);
    for (uint32_t pack = 0; pack < PACKS; pack++)
        numbers[pack] = pack % 4 == 0 ? JEMPUT_PACK_GONE : PACKS - pack;
    jemput_pack_list_renumber(&list, numbers);
    jemput_pack_list_sort(&list);
    for (uint32_t i = 0; i < OBJECTS; i++) {
        uint32_t one = i % PACKS, other = (i + 1) % PACKS;

        assert_int_equal(is_in(&list, &oids[i], PACKS - one), one % 4 != 0);
        if (i % 3 == 0)
            assert_int_equal(is_in(&list, &oids[i], PACKS - other), other % 4 != 0);
    }
    jemput_pack_list_release(&list);
}

static void a_full_list_says_so_and_what_was_added_last_can_be_taken_back(void **ctx)
{
    struct jemput_pack_list list = { 0 };
    struct jemput_error err;
    struct jemput_oid first = oid_any(), last;

    (void)ctx;
    assert_int_equal(jemput_pack_list_add(&list, first.id, 0, &err), JEMPUT_OK);
    for (uint32_t i = 1; i < JEMPUT_PACK_LIST_ROOM; i++) {
        last = oid_any();
        assert_int_equal(jemput_pack_list_add(&list, last.id, 1, &err), JEMPUT_OK);
    }
    assert_int_equal(jemput_pack_list_add(&list, last.id, 1, &err), JEMPUT_LIMIT);
    jemput_pack_list_drop(&list, 1);
    jemput_pack_list_sort(&list);
    assert_true(is_in(&list, &first, 0));
    assert_false(is_in(&list, &last, 1));
    jemput_pack_list_release(&list);
}

static void without_memory_it_is_as_it_was(void **ctx)
{
    struct jemput_pack_list list = { 0 };
    struct fault_alloc mem;
    struct jemput_error err = { .status = JEMPUT_OK };
    struct jemput_oid oid;
    uint32_t added = 0;

    (void)ctx;
    fault_alloc_install(&mem);
    fault_alloc_arm(&mem, 1, false); /* its second allocation */
    while (added < 1000 && err.status == JEMPUT_OK) {
        oid = oid_any();
        added += jemput_pack_list_add(&list, oid.id, 0, &err) == JEMPUT_OK;
    }
    fault_alloc_disarm(&mem);
    assert_int_equal(err.status, JEMPUT_NOMEM);
    assert_int_equal(list.count, added);
    assert_int_equal(jemput_pack_list_add(&list, oid.id, 0, &err), JEMPUT_OK);
    jemput_pack_list_sort(&list);
    assert_true(is_in(&list, &oid, 0));
    jemput_pack_list_release(&list);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_object_is_found_in_each_of_its_packs_and_in_no_other),
        cmocka_unit_test(packs_that_are_gone_are_forgotten_and_the_others_found_by_their_new_numbers),
        cmocka_unit_test(a_full_list_says_so_and_what_was_added_last_can_be_taken_back),
        cmocka_unit_test(without_memory_it_is_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
