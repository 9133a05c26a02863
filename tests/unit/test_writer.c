/* unit/test_writer.c — writer ids (golden vectors: see unit/vectors.h, JEMPUT_VECTORS), and the words for roles and scopes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/roster.h"
#include "vectors.h"

static void writer_ids_are_those_of_the_vectors(void **state)
{
    struct jemput_bytes file = vector_load("identity-writer.txt"), rest = file;
    char line[512], space_hex[80], key_hex[80], id_hex[40];
    unsigned count = 0;

    (void)state;
    for (; vector_line(&rest, line, sizeof line); count++) {
        struct jemput_space space;
        struct jemput_writer writer;
        uint8_t key[32], id[16];
        unsigned epoch;

        assert_int_equal(sscanf(line, "%79s %79s %u %39s", space_hex, key_hex, &epoch, id_hex), 4);
        vector_hex(space.id, 32, space_hex);
        vector_hex(key, 32, key_hex);
        vector_hex(id, 16, id_hex);
        jemput_writer_derive(&writer, &space, key, epoch);
        assert_memory_equal(writer.id, id, 16);
    }
    assert_int_equal(count, 9);
    vector_free(file);
}

static void roles_are_words_of_a_list(void **state)
{
    static const struct {
        const char *text;
        unsigned roles;
    } cases[] = { { "petugas", 1 },       { "kelurahan", 2 },      { "verifikator", 4 }, { "admin", 8 },     { "pusat", 16 },  { "kominfo", 32 },
                  { "admin,pusat", 24 },  { "pusat,admin", 24 },   { "", 0 },            { ",", 0 },         { "admin,", 0 },  { ",admin", 0 },
                  { "Admin", 0 },         { "admin, pusat", 0 },   { "admin,admin", 0 }, { "adm", 0 },       { "admins", 0 },  { "admin\n", 0 } };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (jemput_roles_parse(jemput_bytes_str(cases[i].text)) != cases[i].roles)
            fail_msg("'%s'", cases[i].text);
    for (unsigned roles = 1; roles <= JEMPUT_ROLES_ALL; roles++) {
        struct jemput_buf text = JEMPUT_BUF_INIT(64);

        jemput_roles_write(&text, roles);
        assert_int_equal(text.failed, JEMPUT_OK);
        assert_int_equal(jemput_roles_parse(jemput_buf_bytes(&text)), roles);
        assert_true(jemput_roles_valid(roles));
        jemput_buf_release(&text);
    }
    assert_false(jemput_roles_valid(0));
    assert_false(jemput_roles_valid(64));
}

static void scope_has_no_blanks_line_ends_or_stars(void **state)
{
    char longest[JEMPUT_SCOPE_BYTES_MAX + 1];

    (void)state;
    memset(longest, '1', sizeof longest);
    assert_true(jemput_scope_valid((struct jemput_bytes){ 0 }));
    assert_true(jemput_scope_valid(jemput_bytes_of(longest, JEMPUT_SCOPE_BYTES_MAX)));
    assert_false(jemput_scope_valid(jemput_bytes_of(longest, sizeof longest)));
    for (unsigned c = 0; c < 256; c++) {
        uint8_t one = (uint8_t)c;
        bool allowed = c && c < 128 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_", (int)c);

        assert_int_equal(jemput_scope_valid(jemput_bytes_of(&one, 1)), allowed);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writer_ids_are_those_of_the_vectors),
        cmocka_unit_test(roles_are_words_of_a_list),
        cmocka_unit_test(scope_has_no_blanks_line_ends_or_stars),
    };

    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
