/* unit/test_short.c — short invitations: the golden text (made by another implementation), every cut and changed character refused, limits, and failures of
 * memory. Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/short.h"
#include "support/fault_alloc.h"
#include "vectors.h"

struct example {
    struct jemput_bytes migrations[2];
    struct jemput_invitation_reader readers[2];
    struct jemput_short s;
};

/* The administrator's writer and central's, of the device keys with the seeds 00 … 1f and 32 x 11. */
static void readers_init(struct example *e)
{
    for (unsigned i = 0; i < 2; i++) {
        uint8_t seed[32];
        struct jemput_keypair device;
        struct jemput_reading_pair pair;

        memset(seed, 0x11, sizeof seed);
        for (uint8_t b = 0; i == 0 && b < sizeof seed; b++)
            seed[b] = b;
        jemput_keypair_from_seed(&device, seed);
        memset(seed, i ? 0xee : 0xdd, sizeof seed);
        jemput_reading_pair_from_seed(&pair, seed);
        jemput_writer_derive(&e->readers[i].writer, &e->s.invitation.space, device.public_key, 1);
        memcpy(e->readers[i].reading_key, pair.public_key, sizeof pair.public_key);
    }
    if (jemput_writer_compare(&e->readers[0].writer, &e->readers[1].writer) > 0) {
        struct jemput_invitation_reader first = e->readers[0];

        e->readers[0] = e->readers[1];
        e->readers[1] = first;
    }
    e->s.invitation.reader_count = 2;
    e->s.invitation.readers = e->readers;
}

static void example_init(struct example *e)
{
    struct jemput_bytes header = vector_load("control-genesis-header.txt");
    struct jemput_invitation *v = &e->s.invitation;

    memset(e, 0, sizeof *e);
    jemput_hash256(v->space.id, header, NULL);
    vector_free(header);
    v->hub = jemput_bytes_str("/media/usb/ruang contoh.git");
    v->roles = JEMPUT_ROLE_PETUGAS;
    v->scope = jemput_bytes_str("16.74.05.1003");
    v->device_number = 7;
    v->expires_ms = 1767225600000;
    memset(v->one_time_seed, 0x33, sizeof v->one_time_seed);
    v->migration_count = 2;
    e->migrations[0] = jemput_bytes_str("ALTER TABLE warga ADD COLUMN rt TEXT");
    e->migrations[1] = jemput_bytes_str("CREATE INDEX i ON warga(nik);\n-- done\n");
    memset(e->s.genesis, 0xaa, sizeof e->s.genesis);
    memset(e->s.migrations[0], 0xb0, sizeof e->s.migrations[0]);
    memset(e->s.migrations[1], 0xb1, sizeof e->s.migrations[1]);
    jemput_short_schema(e->s.schema_hash, e->migrations, 2);
    readers_init(e);
}

static void a_short_invitation_is_written_and_read_as_in_the_vector(void **state)
{
    struct jemput_bytes golden = vector_load("invitation-short.txt");
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SHORT_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    struct jemput_short read;
    struct example e;

    (void)state;
    example_init(&e);
    jemput_short_write(&text, &e.s);
    assert_int_equal(text.failed, JEMPUT_OK);
    assert_int_equal(text.len + 1, golden.len); /* the file has a line end */
    assert_memory_equal(text.data, golden.data, text.len);
    assert_true(jemput_short_is(golden));
    assert_int_equal(jemput_short_read(&read, golden, &arena, &err), JEMPUT_OK);
    assert_memory_equal(read.invitation.space.id, e.s.invitation.space.id, 32);
    assert_memory_equal(read.invitation.one_time_seed, e.s.invitation.one_time_seed, 32);
    assert_int_equal(read.invitation.device_number, 7);
    assert_int_equal(read.invitation.roles, JEMPUT_ROLE_PETUGAS);
    assert_int_equal(read.invitation.expires_ms, 1767225600000);
    assert_true(jemput_bytes_equal(read.invitation.scope, e.s.invitation.scope));
    assert_true(jemput_bytes_equal(read.invitation.hub, e.s.invitation.hub));
    assert_int_equal(read.invitation.reader_count, 2);
    assert_memory_equal(read.invitation.readers, e.readers, sizeof e.readers);
    assert_int_equal(read.invitation.migration_count, 2);
    assert_memory_equal(read.migrations, e.s.migrations, 2 * sizeof e.s.migrations[0]);
    assert_memory_equal(read.genesis, e.s.genesis, sizeof read.genesis);
    assert_memory_equal(read.schema_hash, e.s.schema_hash, sizeof read.schema_hash);
    jemput_arena_release(&arena);
    jemput_buf_release(&text);
    vector_free(golden);
}

static void expect_refused(const char *text, size_t len, enum jemput_status status)
{
    struct jemput_short read, untouched;
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    enum jemput_status st;

    memset(&untouched, 0x55, sizeof untouched);
    read = untouched;
    st = jemput_short_read(&read, jemput_bytes_of(text, len), &arena, &err);
    if (st != status)
        fail_msg("%.*s: %d", (int)len, text, (int)st);
    assert_memory_equal(&read, &untouched, sizeof read);
    jemput_arena_release(&arena);
}

static void one_cut_or_with_any_other_character_is_refused(void **state)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abz1089=/- \n";
    struct jemput_bytes golden = vector_load("invitation-short.txt");
    size_t len = golden.len - 1;
    char text[JEMPUT_SHORT_BYTES_MAX];

    (void)state;
    memcpy(text, golden.data, len);
    vector_free(golden);
    for (size_t cut = 0; cut < len; cut++)
        expect_refused(text, cut, JEMPUT_CORRUPT);
    for (size_t at = 8; at < len; at++) {
        char was = text[at];

        for (size_t c = 0; c < sizeof characters - 1; c++) {
            text[at] = characters[c];
            if (characters[c] != was)
                expect_refused(text, len, JEMPUT_CORRUPT);
        }
        text[at] = was;
    }
    text[6] = '2';
    expect_refused(text, len, JEMPUT_UPGRADE);
    text[6] = '0';
    expect_refused(text, len, JEMPUT_CORRUPT);
}

static void blanks_around_it_do_not_matter_and_too_much_is_above_the_limit(void **state)
{
    struct jemput_bytes golden = vector_load("invitation-short.txt");
    char text[2 * JEMPUT_SHORT_BYTES_MAX];
    struct jemput_arena arena = { 0 };
    struct jemput_short read;
    struct jemput_error err;
    int len = snprintf(text, sizeof text, " \r\n\t%.*s \r\n", (int)golden.len, (const char *)golden.data);

    (void)state;
    assert_int_equal(jemput_short_read(&read, jemput_bytes_of(text, (size_t)len), &arena, &err), JEMPUT_OK);
    memset(text, 'A', sizeof text);
    memcpy(text, "JEMPUT1/", 8);
    expect_refused(text, JEMPUT_SHORT_BYTES_MAX + 1, JEMPUT_LIMIT);
    jemput_arena_release(&arena);
    vector_free(golden);
}

static void what_could_not_be_used_is_not_written(void **state)
{
    struct example e;

    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SHORT_BYTES_MAX);
        char hub[3000];

        example_init(&e);
        if (i == 0)
            e.s.invitation.hub.len = 0;
        if (i == 1)
            e.s.invitation.roles = 0;
        if (i == 2)
            e.s.invitation.migration_count = JEMPUT_SHORT_MIGRATIONS_MAX + 1;
        if (i == 3)
            e.s.invitation.device_number = 0;
        if (i == 4) {
            memset(hub, 'h', sizeof hub);
            e.s.invitation.hub = jemput_bytes_of(hub, sizeof hub);
        }
        jemput_short_write(&text, &e.s);
        assert_int_equal(text.failed, i == 4 ? JEMPUT_LIMIT : JEMPUT_MISUSE);
        assert_int_equal(text.len, 0);
        jemput_buf_release(&text);
    }
}

static void without_memory_nothing_is_given_and_nothing_leaks(void **state)
{
    struct jemput_bytes golden = vector_load("invitation-short.txt");
    struct fault_alloc memory;
    uint64_t failures;

    (void)state;
    fault_alloc_install(&memory);
    for (uint64_t nth = 0;; nth++) {
        struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_SHORT_BYTES_MAX);
        struct jemput_arena arena = { 0 };
        struct jemput_short read;
        struct jemput_error err;
        enum jemput_status st;

        fault_alloc_arm(&memory, nth, false);
        st = jemput_short_read(&read, golden, &arena, &err);
        if (!st) {
            jemput_short_write(&text, &read);
            st = jemput_buf_check(&text, "short invitation", &err);
        }
        fault_alloc_disarm(&memory);
        failures = memory.failures;
        assert_int_equal(st, failures ? JEMPUT_NOMEM : JEMPUT_OK);
        jemput_buf_release(&text);
        jemput_arena_release(&arena);
        if (!failures)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&memory), 0);
    vector_free(golden);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_invitation_is_written_and_read_as_in_the_vector),
        cmocka_unit_test(one_cut_or_with_any_other_character_is_refused),
        cmocka_unit_test(blanks_around_it_do_not_matter_and_too_much_is_above_the_limit),
        cmocka_unit_test(what_could_not_be_used_is_not_written),
        cmocka_unit_test(without_memory_nothing_is_given_and_nothing_leaks),
    };
    struct jemput_error err;

    return jemput_crypto_init(&err) ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
