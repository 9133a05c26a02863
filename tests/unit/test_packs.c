/* unit/test_packs.c — the packs of a folder as stock git makes them, small ones and such that are too large to be listed: what is in them is found. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "repo/internal.h"
#include "repo/packs.h"
#include "repo_world.h"

/* Objects of each pack. Up to 4096 are listed; of a larger one each is looked for in the pack. */
static const unsigned sizes[] = { 1, 4096, 4097, 30, 6000 };

enum { PACKS = sizeof sizes / sizeof sizes[0] };

static struct jemput_bytes content_of(char *text, size_t room, unsigned pack, unsigned object)
{
    return jemput_bytes_of((const uint8_t *)text, (size_t)snprintf(text, room, "object %u of pack %u", object, pack));
}

static struct jemput_oid oid_of(struct jemput_bytes content)
{
    struct jemput_oid oid;
    struct jemput_error err;

    assert_int_equal(jemput_oid_of(&oid, GIT_OBJECT_BLOB, content, &err), JEMPUT_OK);
    return oid;
}

static void packs_make(struct world *w)
{
    world_must(w, "git init -q --bare hub");
    for (unsigned pack = 0; pack < PACKS; pack++) {
        FILE *file = fopen(world_path(w, "blobs"), "w");
        char text[64];

        assert_non_null(file);
        for (unsigned object = 0; object < sizes[pack]; object++) {
            struct jemput_bytes content = content_of(text, sizeof text, pack, object);

            fprintf(file, "blob\ndata %zu\n%s\n", content.len, text);
        }
        assert_int_equal(fclose(file), 0);
        world_must(w, "git -C hub -c fastimport.unpackLimit=0 fast-import --quiet <blobs");
    }
}

static struct jemput_packs *packs_open(struct world *w)
{
    struct jemput_packs *packs;

    assert_int_equal(jemput_packs_open(&packs, w->env, world_path(w, "hub/objects/pack"), &w->err), JEMPUT_OK);
    assert_int_equal(jemput_packs_look(packs, &w->err), JEMPUT_OK);
    return packs;
}

static void one_is(struct world *w, struct jemput_packs *packs, unsigned pack, unsigned object, enum jemput_status expected)
{
    char text[64];
    struct jemput_bytes content = content_of(text, sizeof text, pack, object), read = { 0 };
    struct jemput_oid oid = oid_of(content);
    git_object_t kind = GIT_OBJECT_INVALID;
    bool has;

    assert_int_equal(jemput_packs_have(packs, &oid, &has, &w->err), JEMPUT_OK);
    assert_int_equal(has, expected == JEMPUT_OK);
    assert_int_equal(jemput_packs_read(packs, &oid, 1000, &kind, &read, &w->arena, &w->err), expected);
    if (expected)
        return;
    assert_int_equal(kind, GIT_OBJECT_BLOB);
    assert_int_equal(read.len, content.len);
    assert_memory_equal(read.data, content.data, read.len);
}

static void all_are(struct world *w, struct jemput_packs *packs, unsigned gone)
{
    for (unsigned pack = 0; pack < PACKS; pack++)
        for (unsigned object = 0; object < sizes[pack]; object++)
            one_is(w, packs, pack, object, pack == gone ? JEMPUT_NOTFOUND : JEMPUT_OK);
}

static void what_is_in_a_listed_pack_and_in_one_too_large_for_it_is_found_and_nothing_else(void **state)
{
    struct world w;
    struct jemput_packs *packs;

    (void)state;
    world_open(&w);
    packs_make(&w);
    packs = packs_open(&w);
    all_are(&w, packs, PACKS);
    for (unsigned pack = 0; pack < PACKS; pack++)
        one_is(&w, packs, pack, sizes[pack], JEMPUT_NOTFOUND);
    assert_null(jemput_packs_damage(packs));
    jemput_packs_close(packs);
    world_close(&w);
}

static void after_stock_git_has_made_one_pack_of_all_the_folder_is_looked_at_anew_and_all_is_found(void **state)
{
    struct world w;
    struct jemput_packs *packs;

    (void)state;
    world_open(&w);
    packs_make(&w);
    packs = packs_open(&w);
    one_is(&w, packs, 1, 0, JEMPUT_OK);
    world_must(&w, "git -C hub repack -q -a -d -k && test $(ls hub/objects/pack/*.idx | wc -l) = 1");
    assert_int_equal(jemput_packs_look(packs, &w.err), JEMPUT_OK);
    all_are(&w, packs, PACKS);
    jemput_packs_close(packs);
    world_close(&w);
}

static void a_large_pack_with_a_damaged_index_is_named_and_hides_only_what_is_in_it(void **state)
{
    struct world w;
    struct jemput_packs *packs;

    (void)state;
    world_open(&w);
    packs_make(&w);
    world_must(&w, "cd hub/objects/pack && large=$(ls -S *.idx | head -1) && echo $large >../../../name && chmod u+w $large && truncate -s -1 $large");
    packs = packs_open(&w);
    all_are(&w, packs, 4);
    assert_non_null(jemput_packs_damage(packs));
    assert_non_null(strstr(jemput_packs_damage(packs)->text, world_ask(&w, "cat name")));
    jemput_packs_close(packs);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_a_listed_pack_and_in_one_too_large_for_it_is_found_and_nothing_else),
        cmocka_unit_test(after_stock_git_has_made_one_pack_of_all_the_folder_is_looked_at_anew_and_all_is_found),
        cmocka_unit_test(a_large_pack_with_a_damaged_index_is_named_and_hides_only_what_is_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
