/* Segments whose key is not here, opens nothing, or comes late; and numbers that two keys have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "folder.h"
#include "forge.h"
#include "roll.h"
#include "store/keys/epoch.h"
#include "support/fault_alloc.h"

#define OFFICE 0
#define TABLET 1
#define OTHER 2

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";
static struct fault_alloc memory;

static struct jemput *engine(struct fleet *f, unsigned device)
{
    return f->devices[device].jemput;
}

/* --- a log that cannot be read to its end --- */

/* Segments behind one that its key does not open wait with it, on a device that came to the key later as well. Without a central, so that all read
 * all logs. */
static void noise_under_a_key_stops_its_log_also_where_the_key_comes_late(void **state)
{
    static const uint8_t noise[64] = { 0xde, 0xad };
    struct forge_segment segment;
    struct jemput_oid oid;
    struct fleet f;
    unsigned late;
    char hub[300], one[65], other[65];
    struct jemput_error err;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 910);
    bad_write(&f, OFFICE, "a");
    bad_write(&f, TABLET, "b");
    fleet_settle(&f, 0);
    late = roll_join(&f, OFFICE, "petugas");
    fleet_sync(&f, OFFICE, 0);
    snprintf(hub, sizeof hub, "%s", fleet_hub(&f, 0));
    forge_next(&segment, engine(&f, TABLET));
    segment.header.klass = JEMPUT_CLASS_DATA;
    segment.header.codec = 1;
    segment.payload = jemput_bytes_of(noise, sizeof noise);
    forge_seal(&segment, engine(&f, TABLET));
    oid = forge_sign(hub, &segment, &engine(&f, TABLET)->key, &segment.header.previous);
    segment.parent = oid; /* and one behind it that holds nothing wrong */
    segment.header.number++;
    segment.header.klass = JEMPUT_CLASS_CONTROL;
    segment.header.codec = segment.header.key_epoch = 0;
    segment.payload.len = 0;
    oid = forge_sign(hub, &segment, &engine(&f, TABLET)->key, NULL);
    forge_ref(hub, bad_ref(&f, TABLET), &oid);
    bad_write(&f, OTHER, "e");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, late, 0); /* it cannot read a word yet */
    assert_int_equal(bad_info(&f, late).logs_stopped, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_aside(&f, OFFICE, JEMPUT_CORRUPT, "waiting for its key");
    assert_int_equal(bad_info(&f, OFFICE).segments_unread, 2); /* it had the key when that came, and knows no less of the log */
    fleet_verify(&f, OFFICE);
    fleet_sync(&f, late, 0);
    bad_expect_names(&f, late, "abe");
    bad_expect_aside(&f, late, JEMPUT_CORRUPT, "waiting for its key");
    assert_int_equal(bad_info(&f, late).segments_unread, 2);
    fleet_sync(&f, late, 0); /* said as long as it is so */
    bad_expect_aside(&f, late, JEMPUT_CORRUPT, "waiting for its key");
    fleet_verify(&f, late);
    fleet_sync(&f, OFFICE, 0);
    assert_int_equal(jemput_state_hash(engine(&f, OFFICE), one, &err), JEMPUT_OK);
    assert_int_equal(jemput_state_hash(engine(&f, late), other, &err), JEMPUT_OK);
    assert_string_equal(one, other);
    fleet_release(&f);
}

/* --- a number that two keys have --- */

static unsigned keys_of(struct fleet *f, unsigned device, uint32_t number)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    struct jemput_error err;
    unsigned count = 0;

    while (jemput_store_epoch_get(engine(f, device)->store, number, NULL, count, key, &err) == JEMPUT_OK)
        count++;
    return count;
}

/* Two copies of an administrator's store revoke a device each, and so make one number: whoever comes later gets both keys, as do those who are there.
 * */
static void a_number_that_two_copies_gave_is_handed_on_with_both_keys(void **state)
{
    struct fleet f;
    unsigned copy, late;
    uint32_t number = (UINT32_C(2) << JEMPUT_EPOCH_DEVICE_BITS) + 1;

    (void)state;
    fleet_init(&f, 4, 1, SCHEMA, 912); /* central is device 1 */
    fleet_settle(&f, 0);
    copy = fleet_clone(&f, OFFICE);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "lost" });
    roll_act(&f, copy, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "lost" });
    bad_write(&f, OFFICE, "x");
    bad_write(&f, copy, "y");
    assert_int_equal(keys_of(&f, OFFICE, number), 1);
    late = roll_join(&f, OFFICE, "petugas");
    (void)fleet_sync(&f, OFFICE, 0);
    (void)fleet_sync(&f, late, 0);
    (void)fleet_sync(&f, 1, 0); /* lets it in, with the one key that is known there */
    (void)fleet_sync(&f, late, 0);
    assert_int_equal(keys_of(&f, late, number), 1);
    for (unsigned round = 0; round < 5; round++)
        for (unsigned i = 0; i < f.count; i++)
            if (i != 3)
                (void)bad_sync(&f, i, fleet_hub(&f, 0), NULL, NULL);
    for (unsigned i = 0; i < f.count; i++)
        if (i != 3)
            assert_int_equal(keys_of(&f, i, number), 2);
    assert_int_equal(keys_of(&f, late, number), 2);
    bad_expect_names(&f, late, "xy");
    bad_expect_names(&f, 2, "xy");
    assert_int_equal(bad_info(&f, late).segments_unread, 0);
    fleet_release(&f);
}

/* --- nothing is lost where memory runs out --- */

static void an_allocation_that_fails_while_old_segments_are_read_loses_nothing(void **state)
{
    struct crash_snapshot *waiting;
    struct folder_state *hub;
    struct fleet f;
    uint64_t failures = 1;
    unsigned missed = 0;

    (void)state;
    bad_begin(&f, 911);
    roll_join(&f, OFFICE, "petugas");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, 3, 0); /* has all, and reads nothing */
    fleet_sync(&f, OFFICE, 0);
    bad_close(&f, 3);
    waiting = crash_vfs_snapshot(f.devices[3].vfs);
    hub = folder_remember(fleet_hub(&f, 0));
    for (uint64_t n = 0; failures; n += 7) {
        struct jemput_error err;
        enum jemput_status st;

        crash_vfs_restore(f.devices[3].vfs, waiting);
        folder_restore(hub);
        bad_open(&f, 3);
        fault_alloc_arm(&memory, n, false);
        st = bad_sync(&f, 3, fleet_hub(&f, 0), NULL, &err);
        fault_alloc_disarm(&memory);
        failures = memory.failures;
        if (st && st != JEMPUT_NOMEM && st != JEMPUT_IO)
            fail_msg("allocation %llu: %s", (unsigned long long)n, err.text);
        missed += st != JEMPUT_OK;
        if (st || failures)
            fleet_sync(&f, 3, 0);
        bad_expect_names(&f, 3, "abc");
        assert_int_equal(bad_info(&f, 3).segments_unread, 0);
        assert_int_equal(bad_info(&f, 3).logs_stopped, 0);
        bad_close(&f, 3);
    }
    assert_true(missed > 50);
    bad_open(&f, 3);
    crash_snapshot_free(waiting);
    folder_forget(hub);
    bad_end(&f);
}

/* --- what an administrator sealed behind a cut --- */

/* The second administrator begins an epoch by a revocation, and writes; the first had taken the office from him before. Nobody seals under that epoch any
 * more; but his work, which counts or does not by his new rights, is there for all to see. */
static void what_a_former_administrator_sealed_under_an_epoch_of_his_own_is_read_by_all(void **state)
{
    struct fleet f;
    unsigned second;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 912);
    second = roll_join(&f, OFFICE, "admin,petugas");
    fleet_settle(&f, 0);
    roll_act(&f, second, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost" });
    bad_write(&f, second, "m");
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas" });
    bad_write(&f, OFFICE, "n");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, second, 0);
    bad_write(&f, second, "o");
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < f.count; i++)
            fleet_sync(&f, i, 0);
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "mno");
        assert_int_equal(bad_info(&f, i).segments_unread, 0);
    }
    fleet_release(&f);
}

/* The same where he had taken another key, and the change lies before that: the new key never had the office, and the one that it came from had. */
static void so_is_what_he_sealed_under_a_key_that_he_took_behind_the_cut(void **state)
{
    struct fleet f;
    struct jemput_segment last;
    struct jemput_error err;
    char before[41];
    unsigned second;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 913);
    second = roll_join(&f, OFFICE, "admin,petugas");
    fleet_settle(&f, 0);
    assert_int_equal(jemput_store_own_last(engine(&f, second)->store, &engine(&f, second)->writer, &last, &err), JEMPUT_OK);
    jemput_hex_encode(before, last.commit, sizeof last.commit);
    assert_int_equal(jemput_rotate(engine(&f, second), &err), JEMPUT_OK);
    fleet_sync(&f, second, 0);
    fleet_sync(&f, OFFICE, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas", .after = before });
    roll_act(&f, second, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost" });
    bad_write(&f, second, "m");
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < f.count; i++)
            fleet_sync(&f, i, 0);
    roll_expect(&f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    for (unsigned i = 0; i < f.count; i++) {
        bad_expect_names(&f, i, "m");
        assert_int_equal(bad_info(&f, i).segments_unread, 0);
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_former_administrator_sealed_under_an_epoch_of_his_own_is_read_by_all),
        cmocka_unit_test(so_is_what_he_sealed_under_a_key_that_he_took_behind_the_cut),
        cmocka_unit_test(noise_under_a_key_stops_its_log_also_where_the_key_comes_late),
        cmocka_unit_test(a_number_that_two_copies_gave_is_handed_on_with_both_keys),
        cmocka_unit_test(an_allocation_that_fails_while_old_segments_are_read_loses_nothing),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("epoch unread", tests, NULL, NULL);
}
