/* sim/test_carried_fault.c — bundles made and taken, attachments added and sent, with one allocation that fails: it is told, nothing leaks, and the
 * same call made again gets through. Points are sampled, closer at the beginning. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STICK_BYTES_MAX (256u * 1024)

#include "fleet.h"
#include "media_world.h"
#include "stick.h"
#include "support/fault_alloc.h"
#include "support/sealed.h"

#define POINTS 40 /* over one sync */

static struct fault_alloc memory;
static size_t kept; /* blocks, by libraries for the life of the process */

static uint64_t next_point(uint64_t n)
{
    return n + 1 + n / 3;
}

static int memory_begin(void **state)
{
    struct fleet f;

    (void)state;
    fault_alloc_install(&memory);
    media_fleet(&f, 3, "0");
    fleet_release(&f);
    kept = memory.live_blocks;
    return 0;
}

static void nothing_leaks(void **state)
{
    (void)state;
    assert_in_range(memory.live_blocks, 0, kept);
}

static void device_close(struct fleet *f, unsigned device)
{
    jemput_close(f->devices[device].jemput);
    f->devices[device].jemput = NULL;
    sim_env_use_real_files(&f->devices[device].sim, NULL);
}

static void device_open(struct fleet *f, unsigned device)
{
    struct fleet_device *d = &f->devices[device];
    struct jemput_error err;

    assert_int_equal(jemput_open_sealed(&d->jemput, d->path, test_secret(), &d->sim.env, &err), JEMPUT_OK);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
}

static struct crash_snapshot *device_snapshot(struct fleet *f, unsigned device)
{
    struct crash_snapshot *out;

    device_close(f, device);
    out = crash_vfs_snapshot(f->devices[device].vfs);
    device_open(f, device);
    return out;
}

static void device_restore(struct fleet *f, unsigned device, struct crash_snapshot *snapshot)
{
    device_close(f, device);
    crash_vfs_restore(f->devices[device].vfs, snapshot);
    device_open(f, device);
}

static void expect_told(enum jemput_status st, uint64_t n, const struct jemput_error *err)
{
    if (st && (st != JEMPUT_NOMEM || !memory.failures))
        fail_msg("allocation %llu: %s (%s)", (unsigned long long)n, err->text, jemput_status_name(st));
}

static void a_bundle_is_made_or_the_lack_of_memory_is_told(void **state)
{
    struct fleet f;
    struct stick s;
    const struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .full = true, .attachments = 1 };
    struct media_file file = media_file_make(70000, 43);
    struct jemput_error err;
    unsigned failed = 0;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    free(file.bytes);
    for (uint64_t n = 0;; n = next_point(n)) {
        struct jemput_bundle_made made = { .segments = 77 };
        size_t blocks = memory.live_blocks;
        enum jemput_status st;

        stick_empty(&s);
        fault_alloc_arm(&memory, n, false);
        st = jemput_bundle_make(f.devices[OFFICER].jemput, &options, &made, &err);
        fault_alloc_disarm(&memory);
        expect_told(st, n, &err);
        if (st)
            assert_int_equal(made.segments, 77);
        if (!memory.failures)
            break;
        assert_in_range(memory.live_blocks, 0, blocks + 40); /* but for what the store keeps to be quicker */
        failed += st != JEMPUT_OK;
    }
    assert_true(failed > 8);
    fleet_release(&f);
}

/* `device` takes it: central merges, a colleague carries. */
static void take_everywhere(struct fleet *f, unsigned device, struct stick *s, const char *sql, const char *whole)
{
    struct crash_snapshot *ready = device_snapshot(f, device);
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    unsigned failed = 0;
    bool met = true;

    for (uint64_t n = 0; met; n = next_point(n)) {
        enum jemput_status st;

        fault_alloc_arm(&memory, n, false);
        st = stick_take(f->devices[device].jemput, s, &taken, &err);
        fault_alloc_disarm(&memory);
        expect_told(st, n, &err);
        met = memory.failures > 0;
        failed += st != JEMPUT_OK;
        must_take(f, device, s); /* again, or for the first time */
        fleet_expect(f, device, sql, whole);
        device_restore(f, device, ready);
    }
    assert_true(failed > 8);
    must_take(f, device, s);
    fleet_verify(f, device);
    crash_snapshot_free(ready);
}

static void a_bundle_is_taken_or_can_be_taken_again(void **state)
{
    struct fleet f;
    struct stick s;
    const struct jemput_bundle_make_options options = { .writer = { stick_write, &s }, .attachments = 1 };
    struct media_file file = media_file_make(70000, 44);
    struct jemput_bundle_made made;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 4, "0");
    fleet_sql(&f, OFFICER, "INSERT INTO orang VALUES('baru', 'Baru')");
    media_attach(&f, OFFICER, &file, id);
    free(file.bytes);
    stick_empty(&s);
    assert_int_equal(jemput_bundle_make(f.devices[OFFICER].jemput, &options, &made, &err), JEMPUT_OK);
    assert_int_equal(made.attachment_chunks, 3);
    take_everywhere(&f, CENTRAL, &s, "SELECT (SELECT count(*) FROM orang WHERE id = 'baru'), (SELECT length(received) FROM berkas)", "1|64\n");
    take_everywhere(&f, OTHER, &s, "SELECT count(*) FROM jemput_parcel", "1\n");
    fleet_release(&f);
}

static void an_attachment_is_added_or_leaves_nothing_that_counts(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 41);
    struct jemput_error err;
    unsigned failed = 0;
    char text[32];
    unsigned added = 0;

    (void)state;
    media_fleet(&f, 3, "0");
    for (uint64_t n = 0;; n = next_point(n)) {
        uint8_t id[16];
        enum jemput_status st;

        file.bytes[9] = (uint8_t)n;
        fault_alloc_arm(&memory, n, false);
        st = media_try(&f, OFFICER, &file, 0, id, &err);
        fault_alloc_disarm(&memory);
        expect_told(st, n, &err);
        added += st == JEMPUT_OK;
        failed += st != JEMPUT_OK;
        if (!st)
            media_expect_bytes(&f, OFFICER, id, &file);
        if (!memory.failures)
            break;
    }
    assert_true(failed > 5);
    snprintf(text, sizeof text, "%u\n", added);
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM berkas", text);
    free(file.bytes);
    fleet_release(&f);
}

/* One sync with the nth allocation failing; then one with none. Whatever fails, text is complete or NOMEM, attachments likewise. */
static unsigned sync_disturbed(struct fleet *f, unsigned device, uint64_t n, uint64_t *calls)
{
    const struct jemput_sync_options options = { .hub = fleet_hub(f, 0) };
    struct jemput_sync_report report;
    struct jemput_error err;
    enum jemput_status st, media;

    fault_alloc_arm(&memory, n, false);
    st = jemput_sync(f->devices[device].jemput, &options, &report, &err);
    fault_alloc_disarm(&memory);
    *calls = memory.calls;
    expect_told(st, n, &err);
    media = report.attachment_status;
    if (media)
        assert_int_equal(media, JEMPUT_NOMEM);
    report = fleet_sync(f, device, 0);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    return media == JEMPUT_NOMEM;
}

static void an_attachment_leaves_whatever_allocation_fails_on_its_way(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 42);
    uint64_t calls, ignored;
    unsigned failed = 0;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    (void)sync_disturbed(&f, OFFICER, UINT64_MAX, &calls);
    for (uint64_t n = 0; n < calls; n += calls / POINTS + 1) {
        file.bytes[9] = (uint8_t)n; /* another one each time */
        file.bytes[10] = (uint8_t)(n >> 8);
        media_attach(&f, OFFICER, &file, id);
        failed += sync_disturbed(&f, OFFICER, n, &ignored);
        assert_int_equal(media_look(&f, OFFICER, id).state, JEMPUT_ATTACHMENT_PARTLY);
        assert_int_equal(media_look(&f, OFFICER, id).parts_done, media_look(&f, OFFICER, id).parts);
    }
    assert_true(failed > 3);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, id, &file);
    fleet_verify(&f, CENTRAL);
    free(file.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bundle_is_made_or_the_lack_of_memory_is_told),
        cmocka_unit_test(a_bundle_is_taken_or_can_be_taken_again),
        cmocka_unit_test(an_attachment_is_added_or_leaves_nothing_that_counts),
        cmocka_unit_test(an_attachment_leaves_whatever_allocation_fails_on_its_way),
        cmocka_unit_test(nothing_leaks), /* of all that was disturbed before */
    };

    return cmocka_run_group_tests(tests, memory_begin, NULL);
}
