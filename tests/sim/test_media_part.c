/* sim/test_media_part.c — jemput_attachment_part(): the bytes of an attachment from any place on are those of the whole, whatever was read before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fleet.h"
#include "media_world.h"
#include "support/fault_alloc.h"
#include "support/sealed.h"

static struct fault_alloc mem; /* of the whole program */

static void expect_part(struct fleet *f, unsigned device, const uint8_t id[16], const struct media_file *file, uint64_t offset, size_t size)
{
    size_t rest = offset < file->len ? file->len - (size_t)offset : 0, want = rest < size ? rest : size, got = 7;
    uint8_t *out = malloc(size + 1);
    struct jemput_error err;

    assert_non_null(out);
    memset(out, 0xee, size + 1);
    if (jemput_attachment_part(f->devices[device].jemput, id, offset, out, size, &got, &err))
        fail_msg("from %llu: %s", (unsigned long long)offset, err.text);
    assert_int_equal(got, want);
    assert_memory_equal(out, file->bytes + (want ? (size_t)offset : 0), want);
    assert_int_equal(out[want], 0xee); /* nothing is written behind it */
    free(out);
}

static void the_bytes_from_any_place_on_are_those_of_the_file(void **state)
{
    static const uint64_t places[] = { 0, 1, 65535, 65536, 65537, 131071, 131072, 199999, 200000, 200001, UINT64_MAX };
    static const size_t sizes[] = { 0, 1, 2, 65535, 65536, 65537, 200000, 300000 };
    struct media_file file = media_file_make(200000, 1), other = media_file_make(70000, 2), empty = media_file_make(0, 3);
    uint8_t id[16], id_other[16], id_empty[16];
    struct fleet f;

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &other, id_other);
    media_attach(&f, OFFICER, &empty, id_empty);
    for (size_t p = 0; p < sizeof places / sizeof places[0]; p++)
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++)
            expect_part(&f, OFFICER, id, &file, places[p], sizes[s]);
    for (uint64_t at = 0; at < 200000; at += 7001) { /* two files by turns */
        expect_part(&f, OFFICER, id, &file, at, 7001);
        expect_part(&f, OFFICER, id_other, &other, at, 7001);
    }
    expect_part(&f, OFFICER, id_empty, &empty, 0, 10);
    free(file.bytes);
    free(other.bytes);
    free(empty.bytes);
    fleet_release(&f);
}

static void expect_refused(struct jemput *j, const uint8_t id[16], enum jemput_status status)
{
    struct jemput_error err;
    uint8_t out[16] = { 0xee };
    size_t got = 7;

    assert_int_equal(jemput_attachment_part(j, id, 0, out, sizeof out, &got, &err), status);
    assert_int_equal(got, 7);
    assert_int_equal(out[0], 0xee);
}

static void what_is_not_here_or_no_longer_is_not_given_though_it_was_being_read(void **state)
{
    struct media_file file = media_file_make(200000, 4);
    struct jemput_error err;
    struct fleet f;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    expect_refused(f.devices[OTHER].jemput, id, JEMPUT_NOTFOUND);
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, OTHER, 0);
    expect_refused(f.devices[OTHER].jemput, id, JEMPUT_NOTFOUND); /* the row is here, the bytes are not */
    expect_part(&f, OFFICER, id, &file, 5, 10);
    assert_int_equal(jemput_attachment_remove(f.devices[OFFICER].jemput, id, &err), JEMPUT_OK);
    expect_refused(f.devices[OFFICER].jemput, id, JEMPUT_NOTFOUND);
    free(file.bytes);
    fleet_release(&f);
}

static void a_damaged_chunk_is_found_and_the_others_are_read(void **state)
{
    struct media_file file = media_file_make(200000, 5);
    struct jemput_error err;
    struct fleet f;
    uint8_t id[16], out[16];
    size_t got;
    sqlite3 *db;

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    expect_part(&f, OFFICER, id, &file, 70000, 10);
    assert_int_equal(sqlite3_open_v2(f.devices[OFFICER].path, &db, SQLITE_OPEN_READWRITE, f.devices[OFFICER].sim.env.sqlite_vfs), SQLITE_OK);
    if (sqlite3_exec(db, "UPDATE jemput_object SET data = zeroblob(length(data)) WHERE oid = (SELECT oid FROM jemput_chunk WHERE place = 1)", NULL, NULL,
                     NULL))
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_close(db);
    expect_refused(f.devices[OFFICER].jemput, id, JEMPUT_CORRUPT);
    assert_int_equal(jemput_attachment_part(f.devices[OFFICER].jemput, id, 65530, out, sizeof out, &got, &err), JEMPUT_CORRUPT);
    expect_part(&f, OFFICER, id, &file, 65536, 100000);
    free(file.bytes);
    fleet_release(&f);
}

static void reading_on_opens_no_chunk_twice(void **state)
{
    struct media_file file = media_file_make(65536, 6);
    struct fleet f;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    expect_part(&f, OFFICER, id, &file, 0, 10);
    mem.total_bytes = 0;
    for (uint64_t at = 10; at < 410; at += 10)
        expect_part(&f, OFFICER, id, &file, at, 10);
    assert_in_range(mem.total_bytes, 1, 40 * 4096);
    free(file.bytes);
    fleet_release(&f);
}

static void each_allocation_that_fails_fails_the_call_alone(void **state)
{
    struct media_file file = media_file_make(200000, 7);
    bool failed = true;
    size_t blocks;
    struct fleet f;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    expect_part(&f, OFFICER, id, &file, 0, 10);
    blocks = mem.live_blocks;
    for (uint64_t n = 0; failed; n += fault_step()) {
        struct jemput_error err;
        enum jemput_status st;
        uint8_t out[100];
        size_t got = 7;

        fault_alloc_arm(&mem, n, false);
        st = jemput_attachment_part(f.devices[OFFICER].jemput, id, 65500, out, sizeof out, &got, &err);
        fault_alloc_disarm(&mem);
        failed = mem.failures > 0;
        if (st ? st != JEMPUT_NOMEM || got != 7 : got != 100)
            fail_msg("allocation %llu: %s", (unsigned long long)n, st ? err.text : "good");
        assert_true(n < 3000);
        expect_part(&f, OFFICER, id, &file, n * 1000 % 200000, 10); /* the handle lives on, and what is kept is sound */
        assert_in_range(mem.live_blocks, 1, blocks + 1); /* nothing piles up */
    }
    free(file.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bytes_from_any_place_on_are_those_of_the_file),
        cmocka_unit_test(what_is_not_here_or_no_longer_is_not_given_though_it_was_being_read),
        cmocka_unit_test(a_damaged_chunk_is_found_and_the_others_are_read),
        cmocka_unit_test(reading_on_opens_no_chunk_twice),
        cmocka_unit_test(each_allocation_that_fails_fails_the_call_alone),
    };

    fault_alloc_install(&mem);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
