/* sim/test_media_central.c — attachments when another device becomes central: what the one before had signed for waits again, goes to the new one, and
 * is let go of nowhere before that one has signed for it and is backed up. A central that only goes on under another key signs for nothing anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "bad.h"
#include "fleet.h"
#include "media_world.h"
#include "roll.h"
#include "stick.h"

#define ADMIN 0
#define DAY UINT64_C(86400000)

/* Everybody but one, until all have heard of all. */
static void settle_without(struct fleet *f, unsigned lost, unsigned hub)
{
    for (unsigned round = 0; round < 4; round++)
        for (unsigned i = f->count; i-- > 0;)
            if (i != lost)
                fleet_sync(f, i, hub);
}

/* Central is lost, with its hub perhaps; a new device is enrolled as central, and everybody knows of it. Gives its place in the fleet. */
static unsigned central_lost(struct fleet *f, unsigned hub)
{
    unsigned next;

    roll_act(f, ADMIN, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" });
    fleet_sync(f, ADMIN, hub);
    next = roll_join(f, ADMIN, "pusat");
    for (unsigned round = 0; round < 2; round++) {
        fleet_sync(f, next, hub);
        fleet_sync(f, ADMIN, hub);
    }
    fleet_sync(f, next, hub);
    return next;
}

static void back_up(struct fleet *f, unsigned central)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;

    if (jemput_checkpoint_make(f->devices[central].jemput, 0, &report, &err) || jemput_checkpoint_backed_up(f->devices[central].jemput, &err))
        fail_msg("%s", err.text);
}

static struct jemput_purge_report purge(struct fleet *f, unsigned device)
{
    struct jemput_purge_report report;
    struct jemput_error err;

    if (jemput_attachments_purge(f->devices[device].jemput, 0, &report, &err))
        fail_msg("%s", err.text);
    return report;
}

static void what_a_lost_central_had_signed_for_goes_to_the_next_one(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(150000, 41);
    unsigned next;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 4, 4);
    next = central_lost(&f, 1); /* the hub went with it */
    assert_int_equal(fleet_sync(&f, OFFICER, 1).attachment_chunks_sent, 4);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 4, 4);
    settle_without(&f, CENTRAL, 1);
    media_expect_bytes(&f, next, id, &file);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 4, 4);
    assert_int_equal(fleet_sync(&f, OFFICER, 1).attachment_chunks_sent, 0);
    fleet_verify(&f, next);
    free(file.bytes);
    fleet_release(&f);
}

static void nothing_is_let_go_on_the_word_of_a_central_that_is_lost(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(90000, 42);
    unsigned next;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    back_up(&f, CENTRAL); /* a copy of its text and photos, which burned with it */
    fleet_settle(&f, 0);
    next = central_lost(&f, 1);
    fleet_sync(&f, OFFICER, 1);
    back_up(&f, next); /* of the same receipt, and without the photo */
    fleet_sync(&f, next, 1);
    fleet_sync(&f, OFFICER, 1);
    sim_env_advance(&f.devices[OFFICER].sim, 40 * DAY);
    assert_int_equal(purge(&f, OFFICER).attachments, 0);
    media_expect_bytes(&f, OFFICER, id, &file);
    settle_without(&f, CENTRAL, 1);
    media_expect_bytes(&f, next, id, &file);
    assert_int_equal(purge(&f, OFFICER).not_backed_up, 1); /* it has signed now, and that is in no copy yet */
    back_up(&f, next);
    settle_without(&f, CENTRAL, 1);
    assert_int_equal(purge(&f, OFFICER).attachments, 1);
    free(file.bytes);
    fleet_release(&f);
}

static void what_is_at_the_hub_still_is_not_sent_anew_for_the_next_central(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(150000, 43);
    unsigned next;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    next = central_lost(&f, 0);
    media_expect_bytes(&f, next, id, &file); /* from the hub, which is as it was */
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    settle_without(&f, CENTRAL, 0);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 4, 4);
    free(file.bytes);
    fleet_release(&f);
}

static struct stick s;

/* It never was at the hub; that its chunks count as sent rests on the receipt alone. */
static void what_came_to_a_lost_central_by_stick_is_sent_to_the_hub_then(void **state)
{
    const struct jemput_bundle_make_options with_photos = { .writer = { stick_write, &s }, .attachments = 1 };
    struct fleet f;
    struct media_file file = media_file_make(20000, 44), other = media_file_make(20000, 45);
    struct jemput_bundle_made made;
    struct jemput_error err;
    unsigned next;
    uint8_t sent[16], carried[16], twin[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &other, sent);
    fleet_settle(&f, 0); /* one that the hub has */
    media_attach(&f, OFFICER, &file, carried);
    stick_empty(&s);
    assert_int_equal(jemput_bundle_make(f.devices[OFFICER].jemput, &with_photos, &made, &err), JEMPUT_OK);
    must_take(&f, CENTRAL, &s);
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, false);
    must_take(&f, OFFICER, &s);
    media_expect_state(&f, OFFICER, carried, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    media_attach(&f, OFFICER, &file, twin); /* the same photo once more: central has it */
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    next = central_lost(&f, 0); /* which did not hand it on */
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 2); /* that one, and it alone */
    settle_without(&f, CENTRAL, 0);
    media_expect_bytes(&f, next, carried, &file);
    media_expect_bytes(&f, next, twin, &file);
    media_expect_bytes(&f, next, sent, &other);
    media_expect_state(&f, OFFICER, carried, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    media_expect_state(&f, OFFICER, twin, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    free(file.bytes);
    free(other.bytes);
    fleet_release(&f);
}

/* One hub was lost while central had the photo, so it was not sent to the next hub. Then central is lost. */
static void what_a_hub_had_that_is_gone_does_not_count_as_sent_for_the_next_central(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(20000, 46), other = media_file_make(20000, 47);
    unsigned next;
    uint8_t before[16], later[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, before);
    fleet_settle(&f, 0);
    media_attach(&f, OFFICER, &other, later);
    fleet_settle(&f, 1);
    media_expect_state(&f, OFFICER, before, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    media_expect_state(&f, OFFICER, later, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    next = central_lost(&f, 1);
    assert_int_equal(fleet_sync(&f, OFFICER, 1).attachment_chunks_sent, 2);
    settle_without(&f, CENTRAL, 1);
    media_expect_bytes(&f, next, before, &file);
    media_expect_bytes(&f, next, later, &other);
    media_expect_state(&f, OFFICER, before, JEMPUT_ATTACHMENT_RECEIVED, 2, 2);
    free(file.bytes);
    free(other.bytes);
    fleet_release(&f);
}

static void a_central_that_takes_another_key_has_what_it_signed_for_still(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(90000, 48);
    struct jemput_error err;
    char *receipt;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    receipt = fleet_rows(&f, OFFICER, "SELECT received FROM berkas");
    sim_env_advance(&f.devices[CENTRAL].sim, 1000);
    assert_int_equal(jemput_rotate(f.devices[CENTRAL].jemput, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    fleet_expect(&f, OFFICER, "SELECT received FROM berkas", receipt);
    sim_env_advance(&f.devices[CENTRAL].sim, 40 * DAY);
    back_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    assert_int_equal(purge(&f, OFFICER).attachments, 1);
    free(receipt);
    free(file.bytes);
    fleet_release(&f);
}

/* A central that was put back to an older copy goes on as a new writer, under the same key. */
static void a_central_that_goes_on_as_a_new_writer_has_what_it_signed_for_still(void **state)
{
    struct crash_snapshot *before;
    struct fleet f;
    struct media_file file = media_file_make(90000, 49);
    struct jemput_info was;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    was = bad_info(&f, CENTRAL);
    bad_close(&f, CENTRAL);
    before = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    bad_open(&f, CENTRAL);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('lama', 'Lama')");
    fleet_settle(&f, 0);
    bad_close(&f, CENTRAL);
    crash_vfs_restore(f.devices[CENTRAL].vfs, before);
    crash_snapshot_free(before);
    bad_open(&f, CENTRAL);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('baru', 'Baru')");
    fleet_settle(&f, 0);
    assert_string_not_equal(bad_info(&f, CENTRAL).writer, was.writer);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    free(file.bytes);
    fleet_release(&f);
}

/* Put back to a copy from before it had the photo, whose hub is lost, too: its own receipt comes back to it from the tablets, and the photo does not. */
static void what_central_signed_for_before_it_was_put_back_and_has_nowhere_is_sent_to_it_again(void **state)
{
    struct crash_snapshot *before;
    struct fleet f;
    struct media_file file = media_file_make(90000, 50);
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    bad_close(&f, CENTRAL);
    before = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    bad_open(&f, CENTRAL);
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    bad_close(&f, CENTRAL);
    crash_vfs_restore(f.devices[CENTRAL].vfs, before);
    crash_snapshot_free(before);
    bad_open(&f, CENTRAL);
    for (unsigned round = 0; round < 2; round++)
        for (unsigned i = f.count; i-- > 0;)
            fleet_sync(&f, i, 1);
    back_up(&f, CENTRAL);
    for (unsigned i = f.count; i-- > 0;)
        fleet_sync(&f, i, 1);
    sim_env_advance(&f.devices[OFFICER].sim, 40 * DAY);
    assert_int_equal(purge(&f, OFFICER).attachments, 0); /* of what is in no copy */
    fleet_settle(&f, 1);
    media_expect_bytes(&f, CENTRAL, id, &file);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    assert_int_equal(fleet_sync(&f, OFFICER, 1).attachment_chunks_sent, 0);
    fleet_verify(&f, CENTRAL);
    free(file.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_lost_central_had_signed_for_goes_to_the_next_one),
        cmocka_unit_test(nothing_is_let_go_on_the_word_of_a_central_that_is_lost),
        cmocka_unit_test(what_is_at_the_hub_still_is_not_sent_anew_for_the_next_central),
        cmocka_unit_test(what_came_to_a_lost_central_by_stick_is_sent_to_the_hub_then),
        cmocka_unit_test(what_a_hub_had_that_is_gone_does_not_count_as_sent_for_the_next_central),
        cmocka_unit_test(a_central_that_takes_another_key_has_what_it_signed_for_still),
        cmocka_unit_test(a_central_that_goes_on_as_a_new_writer_has_what_it_signed_for_still),
        cmocka_unit_test(what_central_signed_for_before_it_was_put_back_and_has_nowhere_is_sent_to_it_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
