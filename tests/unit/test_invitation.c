/* unit/test_invitation.c — invitation files: golden files (made by another implementation), and every cut, flipped bit or false line refused.
 * Golden vectors: see unit/vectors.h (JEMPUT_VECTORS). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "identity/invitation.h"
#include "support/fault_alloc.h"
#include "vectors.h"

static const char WARNING[] = "Rahasia: siapa pun yang memegang berkas ini dapat mendaftarkan satu perangkat. Jangan disebarkan.\n"
                              "Secret: whoever holds this file can ask to enrol one device. Do not pass it on.\n";

struct example {
    struct jemput_bytes header, payload;
    struct jemput_bytes migrations[2];
    struct jemput_invitation_reader readers[2];
    struct jemput_invitation invitation;
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
        jemput_writer_derive(&e->readers[i].writer, &e->invitation.space, device.public_key, 1);
        memcpy(e->readers[i].reading_key, pair.public_key, sizeof pair.public_key);
    }
    e->invitation.reader_count = 2;
    e->invitation.readers = e->readers;
}

static void example_init(struct example *e)
{
    struct jemput_invitation *v = &e->invitation;

    memset(e, 0, sizeof *e);
    e->header = vector_load("control-genesis-header.txt");
    e->payload = vector_load("control-genesis.txt");
    e->migrations[0] = jemput_bytes_str("ALTER TABLE warga ADD COLUMN rt TEXT");
    e->migrations[1] = jemput_bytes_str("CREATE INDEX i ON warga(nik);\n-- done\n");
    jemput_hash256(v->space.id, e->header, NULL);
    v->genesis_header = e->header;
    v->genesis_payload = e->payload;
    v->hub = jemput_bytes_str("/media/usb/ruang contoh.git");
    v->roles = JEMPUT_ROLE_PETUGAS;
    v->scope = jemput_bytes_str("16.74.05.1003");
    v->device_number = 7;
    v->expires_ms = 1767225600000;
    memset(v->one_time_seed, 0x33, sizeof v->one_time_seed);
    v->migration_count = 2;
    v->migrations = e->migrations;
    readers_init(e);
}

static void example_release(struct example *e)
{
    vector_free(e->header);
    vector_free(e->payload);
}

static enum jemput_status read_text(struct jemput_invitation *out, struct jemput_bytes text, struct jemput_arena *arena)
{
    struct jemput_error err = { JEMPUT_OK, "" };
    enum jemput_status st = jemput_invitation_read(out, text, arena, &err);

    if (st) {
        assert_int_equal(err.status, st);
        assert_memory_equal(err.text, "invitation: ", 12);
    }
    return st;
}

/* Read; if that is allowed, write again: it must be the same bytes. */
static enum jemput_status read_and_write(struct jemput_bytes text)
{
    struct jemput_arena arena = { 0 };
    struct jemput_invitation v, untouched;
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    enum jemput_status st;

    memset(&v, 0x55, sizeof v);
    memset(&untouched, 0x55, sizeof untouched);
    st = read_text(&v, text, &arena);
    if (st) {
        assert_memory_equal(&v, &untouched, sizeof v);
    } else {
        jemput_invitation_write(&again, &v);
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&again), text));
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
    return st;
}

static void invitations_are_written_as_in_the_vectors(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt"), least = vector_load("invitation-least.txt");
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    struct example e;

    (void)state;
    example_init(&e);
    jemput_invitation_write(&out, &e.invitation);
    assert_int_equal(out.len, full.len);
    assert_memory_equal(out.data, full.data, full.len);
    jemput_buf_clear(&out);
    e.invitation.hub.len = e.invitation.scope.len = e.invitation.migration_count = e.invitation.reader_count = 0;
    jemput_invitation_write(&out, &e.invitation);
    assert_int_equal(out.len, least.len);
    assert_memory_equal(out.data, least.data, least.len);
    jemput_buf_release(&out);
    example_release(&e);
    vector_free(full);
    vector_free(least);
}

static void invitations_are_read_as_in_the_vectors(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt"), least = vector_load("invitation-least.txt");
    struct jemput_arena arena = { 0 };
    struct jemput_invitation v;
    struct example e;

    (void)state;
    example_init(&e);
    assert_int_equal(read_text(&v, full, &arena), JEMPUT_OK);
    assert_memory_equal(v.space.id, e.invitation.space.id, 32);
    assert_true(jemput_bytes_equal(v.genesis_header, e.header));
    assert_true(jemput_bytes_equal(v.genesis_payload, e.payload));
    assert_true(jemput_bytes_equal(v.hub, e.invitation.hub));
    assert_true(jemput_bytes_equal(v.scope, e.invitation.scope));
    assert_int_equal(v.roles, JEMPUT_ROLE_PETUGAS);
    assert_int_equal(v.device_number, 7);
    assert_true(v.expires_ms == 1767225600000);
    assert_memory_equal(v.one_time_seed, e.invitation.one_time_seed, 32);
    assert_int_equal(v.reader_count, 2);
    assert_memory_equal(v.readers, e.readers, sizeof e.readers);
    assert_int_equal(v.migration_count, 2);
    assert_true(jemput_bytes_equal(v.migrations[0], e.migrations[0]));
    assert_true(jemput_bytes_equal(v.migrations[1], e.migrations[1]));
    assert_true(v.hub.data > full.data && v.hub.data < full.data + full.len); /* borrowed, as the header says */

    assert_int_equal(read_text(&v, least, &arena), JEMPUT_OK);
    assert_int_equal(v.hub.len, 0);
    assert_int_equal(v.scope.len, 0);
    assert_int_equal(v.migration_count, 0);
    jemput_arena_release(&arena);
    example_release(&e);
    vector_free(full);
    vector_free(least);
}

static void every_cut_is_refused(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt");

    (void)state;
    for (size_t len = 0; len < full.len; len++) {
        uint8_t *cut = malloc(len ? len : 1); /* exact, so that a read past the end is seen */

        assert_non_null(cut);
        memcpy(cut, full.data, len);
        assert_int_equal(read_and_write(jemput_bytes_of(cut, len)), JEMPUT_CORRUPT);
        memcpy(cut, full.data + full.len - len, len); /* the other end */
        assert_int_equal(read_and_write(jemput_bytes_of(cut, len)), JEMPUT_CORRUPT);
        free(cut);
    }
    assert_int_equal(read_and_write(full), JEMPUT_OK);
    vector_free(full);
}

/* Damage is never taken for something newer: the version digit flips to others, and that too must be JEMPUT_CORRUPT. */
static void every_flipped_bit_and_every_lost_or_doubled_byte_is_refused(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt");
    uint8_t *bad = malloc(full.len + 1);

    (void)state;
    assert_non_null(bad);
    for (size_t bit = 0; bit < 8 * full.len; bit++) {
        memcpy(bad, full.data, full.len);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(read_and_write(jemput_bytes_of(bad, full.len)), JEMPUT_CORRUPT);
    }
    for (size_t at = 0; at < full.len; at++) {
        memcpy(bad, full.data, at + 1);
        memcpy(bad + at + 1, full.data + at, full.len - at);
        assert_int_equal(read_and_write(jemput_bytes_of(bad, full.len + 1)), JEMPUT_CORRUPT);
        memcpy(bad + at, full.data + at + 1, full.len - at - 1);
        assert_int_equal(read_and_write(jemput_bytes_of(bad, full.len - 1)), JEMPUT_CORRUPT);
    }
    free(bad);
    vector_free(full);
}

/* --- false lines under a right checksum --- */

/* Put `with` in the place of the first `old` in a good file, and a right checksum below. */
static enum jemput_status read_replaced(struct jemput_bytes good, const char *old, const char *with)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    size_t old_len = strlen(old), at = 0, body = good.len - 74; /* the checksum's line */
    uint8_t checksum[32];
    enum jemput_status st;

    while (at + old_len <= body && memcmp(good.data + at, old, old_len) != 0)
        at++;
    assert_true(at + old_len <= body);
    jemput_buf_append(&text, good.data, at);
    jemput_buf_append_str(&text, with);
    jemput_buf_append(&text, good.data + at + old_len, body - at - old_len);
    jemput_hash256(checksum, jemput_buf_bytes(&text), NULL);
    jemput_buf_append_str(&text, "checksum ");
    jemput_buf_hex(&text, jemput_bytes_of(checksum, 32));
    jemput_buf_append_str(&text, "\n");
    st = read_and_write(jemput_buf_bytes(&text));
    jemput_buf_release(&text);
    return st;
}

static const struct {
    const char *old, *with;
    enum jemput_status want;
} LINES[] = {
    { "device 7", "device 7", JEMPUT_OK },
    { "device 7", "device 999999", JEMPUT_OK },
    { "hub /media", "hub  /media", JEMPUT_OK }, /* a blank belongs to the path */
    { "hub /media", "hub http://contoh.invalid/", JEMPUT_OK },
    { "expires 1767225600000", "expires 9223372036854775807", JEMPUT_OK },
    { "jemput invitation 1", "jemput invitation 2", JEMPUT_UPGRADE },
    { "jemput invitation 1", "jemput invitation 4294967295", JEMPUT_UPGRADE },
    { "jemput invitation 1", "jemput invitation 4294967296", JEMPUT_CORRUPT },
    { "jemput invitation 1", "jemput invitation 0", JEMPUT_CORRUPT },
    { "jemput invitation 1", "jemput invitation 01", JEMPUT_CORRUPT },
    { "jemput invitation 1", "jemput invitation", JEMPUT_CORRUPT },
    { "jemput invitation 1", "Jemput invitation 1", JEMPUT_CORRUPT },
    { "jemput invitation 1", "jemput invitation 1\r", JEMPUT_CORRUPT },
    { "Rahasia", "rahasia", JEMPUT_CORRUPT },
    { "pass it on.", "pass it on. Please.", JEMPUT_CORRUPT },
    { "device 7", "device 07", JEMPUT_CORRUPT },
    { "device 7", "device 0", JEMPUT_CORRUPT },
    { "device 7", "device 1000000", JEMPUT_CORRUPT },
    { "device 7\n", "", JEMPUT_CORRUPT },
    { "device 7\n", "device 7\ndevice 7\n", JEMPUT_CORRUPT },
    { "device 7\nroles petugas\n", "roles petugas\ndevice 7\n", JEMPUT_CORRUPT },
    { "roles petugas", "roles raja", JEMPUT_CORRUPT },
    { "roles petugas", "roles pusat,petugas", JEMPUT_CORRUPT },
    { "roles petugas", "roles", JEMPUT_CORRUPT },
    { "scope 16.74.05.1003", "scope", JEMPUT_CORRUPT },
    { "scope 16.74.05.1003", "scope 16 74", JEMPUT_CORRUPT },
    { "expires 1", "expires -1", JEMPUT_CORRUPT },
    { "expires 1767225600000", "expires 9223372036854775808", JEMPUT_CORRUPT },
    { "seed 33", "seed 3", JEMPUT_CORRUPT },
    { "seed 33", "seed 3A", JEMPUT_CORRUPT },
    { "hub /media", "hub\t/media", JEMPUT_CORRUPT },
    { "hub /media", "hub /\tmedia", JEMPUT_CORRUPT },
    { "hub /media", "hub /\177media", JEMPUT_CORRUPT },
    { "hub /media/usb/ruang contoh.git", "hub ", JEMPUT_CORRUPT },
    { "readers 2", "readers 1", JEMPUT_CORRUPT },
    { "readers 2", "readers 3", JEMPUT_CORRUPT },
    { "readers 2", "readers 17", JEMPUT_CORRUPT },
    { "readers 2\nreader 05", "readers 2\nreader 5", JEMPUT_CORRUPT },
    { "readers 2\nreader 05", "readers 2\nreader f5", JEMPUT_CORRUPT }, /* not ascending */
    { "key ", "key 00", JEMPUT_CORRUPT },
    { "header text of", "Header text of", JEMPUT_CORRUPT }, /* no longer the space's */
    { "space f", "space e", JEMPUT_CORRUPT },
    { "migrations 2", "migrations 1", JEMPUT_CORRUPT },
    { "migrations 2", "migrations 3", JEMPUT_CORRUPT },
    { "migrations 2", "migrations 4096", JEMPUT_CORRUPT },
    { "migrations 2", "migrations 4294967295", JEMPUT_CORRUPT },
    { "migration 36", "migration 35", JEMPUT_CORRUPT },
    { "migration 36", "migration 37", JEMPUT_CORRUPT },
    { "migration 36", "migration 036", JEMPUT_CORRUPT },
    { "migration 36\nALTER TABLE warga ADD COLUMN rt TEXT\n", "migration 0\n\n", JEMPUT_CORRUPT },
    { "genesis-header", "genesis-heather", JEMPUT_CORRUPT },
    { "genesis-payload 3", "genesis-payload 9", JEMPUT_CORRUPT },
    { "-- done\n", "-- done\n\n", JEMPUT_CORRUPT },
};

static void one_form_only_is_read(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt");

    (void)state;
    for (size_t i = 0; i < sizeof LINES / sizeof LINES[0]; i++) {
        enum jemput_status st = read_replaced(full, LINES[i].old, LINES[i].with);

        if (st != LINES[i].want)
            fail_msg("'%s' for '%s': %d", LINES[i].with, LINES[i].old, (int)st);
    }
    vector_free(full);
}

static void warning_stands_below_the_first_line(void **state)
{
    struct jemput_bytes least = vector_load("invitation-least.txt");

    (void)state;
    assert_memory_equal(least.data, "jemput invitation 1\n", 20);
    assert_memory_equal(least.data + 20, WARNING, sizeof WARNING - 1);
    vector_free(least);
}

static void what_could_not_be_read_is_not_written(void **state)
{
    static uint8_t long_text[JEMPUT_SCHEMA_BYTES_MAX + 1];
    struct jemput_bytes bad_migration;
    struct jemput_invitation v;
    struct example e;

    (void)state;
    memset(long_text, 'x', sizeof long_text);
    example_init(&e);
#define BROKEN(change)                                                                                                                               \
    do {                                                                                                                                             \
        struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);                                                                        \
        v = e.invitation;                                                                                                                            \
        change;                                                                                                                                      \
        jemput_invitation_write(&out, &v);                                                                                                           \
        assert_int_equal(out.failed, JEMPUT_MISUSE);                                                                                                 \
        assert_int_equal(out.len, 0);                                                                                                                \
        jemput_buf_release(&out);                                                                                                                    \
    } while (0)
    BROKEN(v.reader_count = JEMPUT_INVITATION_READERS_MAX + 1);
    BROKEN(v.hub = jemput_bytes_str("a\nspace 1"));
    BROKEN(v.hub = jemput_bytes_of("a\0b", 3));
    BROKEN(v.hub = jemput_bytes_of(long_text, JEMPUT_INVITATION_HUB_BYTES_MAX + 1));
    BROKEN(v.scope = jemput_bytes_str("1\n2"));
    BROKEN(v.roles = 0);
    BROKEN(v.device_number = 0);
    BROKEN(v.expires_ms = -1);
    BROKEN(v.genesis_header.len = 0);
    BROKEN(v.genesis_payload.len = 0);
    BROKEN((v.migration_count = 1, v.migrations = &bad_migration, bad_migration = jemput_bytes_of("a\0b", 3)));
    BROKEN((v.migration_count = 1, v.migrations = &bad_migration, bad_migration = jemput_bytes_str("")));
    BROKEN((v.migration_count = 1, v.migrations = &bad_migration, bad_migration = jemput_bytes_of(long_text, sizeof long_text)));
    BROKEN(e.readers[1] = e.readers[0]); /* the last: it stays so */
#undef BROKEN
    example_release(&e);
}

static void size_is_limited_both_ways(void **state)
{
    static uint8_t large[JEMPUT_INVITATION_BYTES_MAX + 1];
    struct jemput_bytes migrations[2] = { { large, JEMPUT_SCHEMA_BYTES_MAX }, { large, JEMPUT_SCHEMA_BYTES_MAX } };
    struct jemput_buf out = JEMPUT_BUF_INIT(2 * JEMPUT_INVITATION_BYTES_MAX);
    struct example e;

    (void)state;
    memset(large, 'x', sizeof large);
    example_init(&e);
    e.invitation.migrations = migrations;
    jemput_invitation_write(&out, &e.invitation);
    assert_int_equal(out.failed, JEMPUT_LIMIT);
    assert_int_equal(out.len, 0);
    jemput_buf_clear(&out);
    e.invitation.migration_count = 1;
    jemput_invitation_write(&out, &e.invitation);
    assert_int_equal(out.failed, JEMPUT_OK);
    assert_int_equal(read_and_write(jemput_buf_bytes(&out)), JEMPUT_OK);
    assert_int_equal(read_and_write(jemput_bytes_of(large, sizeof large)), JEMPUT_LIMIT);
    jemput_buf_release(&out);
    example_release(&e);
}

static void no_memory_is_an_error_and_no_leak(void **state)
{
    struct jemput_bytes full = vector_load("invitation-full.txt");
    struct fault_alloc mem;
    struct example e;

    (void)state;
    example_init(&e);
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        struct jemput_arena arena = { 0 };
        struct jemput_invitation v = { .roles = 77 };
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = read_text(&v, full, &arena);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(v.roles, mem.failures ? 77 : JEMPUT_ROLE_PETUGAS);
        jemput_arena_release(&arena);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    for (uint64_t n = 0;; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);

        fault_alloc_arm(&mem, n, false);
        jemput_invitation_write(&out, &e.invitation);
        fault_alloc_disarm(&mem);
        assert_int_equal(out.failed, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        assert_int_equal(out.len, mem.failures ? 0 : full.len);
        if (!mem.failures)
            assert_int_equal(mem.calls, 2); /* each buffer at its final size at once: no copy of the seed stays behind */
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    fault_alloc_uninstall(&mem);
    example_release(&e);
    vector_free(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invitations_are_written_as_in_the_vectors),
        cmocka_unit_test(invitations_are_read_as_in_the_vectors),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(every_flipped_bit_and_every_lost_or_doubled_byte_is_refused),
        cmocka_unit_test(one_form_only_is_read),
        cmocka_unit_test(warning_stands_below_the_first_line),
        cmocka_unit_test(what_could_not_be_read_is_not_written),
        cmocka_unit_test(size_is_limited_both_ways),
        cmocka_unit_test(no_memory_is_an_error_and_no_leak),
    };

    return cmocka_run_group_tests_name("invitation", tests, NULL, NULL);
}
