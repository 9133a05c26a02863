/* Objects as the own store keeps them: read and written without libgit2, and damage is told. */
#include <git2.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo_world.h"

/* First in this process: nobody has made libgit2 ready yet, and as distributions build it that costs more than all else that opening does. */
static void store_is_written_and_read_without_libgit2(void **state)
{
    struct world w;
    struct jemput_oid oid, named;
    struct jemput_commit c;

    (void)state;
    world_open(&w);
    oid = world_commit(&w, NULL, "first\n", "one");
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_repo_commit_known(w.repo, &oid, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(c.payload, jemput_bytes_str("one")));
    jemput_repo_blob_name(&named, c.payload);
    assert_memory_equal(named.id, c.payload_oid.id, sizeof named.id);
    assert_int_equal(git_libgit2_init(), 1); /* the first */
    assert_int_equal(git_libgit2_shutdown(), 0);
    world_close(&w);
}

/* Its name tells; who knows by stronger hashes what has to come does not ask for it. */
static void bytes_under_a_name_of_others_are_told(void **state)
{
    struct world w;
    struct jemput_oid oid;
    struct jemput_commit c;
    uint64_t bytes = 0;

    (void)state;
    world_open(&w);
    oid = world_commit(&w, NULL, "first\n", "one");
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_store_begin(w.store, 1000, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_store_object_drop(w.store, c.payload_oid.id, &bytes, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_store_object_put(w.store, c.payload_oid.id, 3, jemput_bytes_str("two"), &w.err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(w.store, &w.err), JEMPUT_OK);
    assert_int_equal(jemput_source_commit(jemput_repo_source(w.repo), &oid, true, &c, &w.arena, &w.err), JEMPUT_CORRUPT);
    assert_non_null(strstr(w.err.text, "do not match its name"));
    assert_int_equal(jemput_repo_commit_known(w.repo, &oid, &c, &w.arena, &w.err), JEMPUT_OK);
    assert_true(jemput_bytes_equal(c.payload, jemput_bytes_str("two")));
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(store_is_written_and_read_without_libgit2),
        cmocka_unit_test(bytes_under_a_name_of_others_are_told),
    };

    return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
