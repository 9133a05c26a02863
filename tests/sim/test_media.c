/* sim/test_media.c — attachments: added, sent behind the text and never before it, fetched by central, asked for by tablets, resumed chunk by chunk after
 * any cut, let go behind a receipt and never before. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fleet.h"
#include "media_world.h"

static void an_attachment_is_read_back_where_it_was_added_and_at_central(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(200000, 1);
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    media_expect_bytes(&f, OFFICER, id, &file);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_UNSENT, 0, 5);
    fleet_sync(&f, OFFICER, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 5, 5);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, id, &file);
    fleet_sync(&f, OFFICER, 0);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 5, 5);
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    free(file.bytes);
    fleet_release(&f);
}

/* --- what goes, and when --- */

static void hub_do(struct fleet *f, const char *command)
{
    char text[600];

    snprintf(text, sizeof text, "cd '%s' && %s", fleet_hub(f, 0), command);
    assert_int_equal(system(text), 0);
}

static void a_hub_that_takes_no_attachments_takes_the_text_and_gives_it_all_the_same(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(90000, 2);
    struct jemput_sync_report report;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 4, "0");
    hub_do(&f, "echo x > refs/heads/media"); /* a file where the folder should be */
    media_attach(&f, OFFICER, &file, id);
    fleet_sql(&f, OFFICER, "INSERT INTO orang VALUES('baru', 'Baru')");
    fleet_sql(&f, OTHER, "INSERT INTO orang VALUES('lain', 'Lain')");
    fleet_sync(&f, OTHER, 0);
    fleet_sync(&f, CENTRAL, 0);
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.complete, 1);
    assert_true(report.segments_sent > 0);
    assert_int_not_equal(report.attachment_status, JEMPUT_OK);
    assert_true(report.attachment_text[0] != 0);
    assert_int_equal(report.attachments_waiting, 1);
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM orang WHERE id = 'lain'", "1\n");
    fleet_sync(&f, CENTRAL, 0);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id = 'baru'", "1\n");
    media_expect_absent(&f, CENTRAL, id);
    hub_do(&f, "rm refs/heads/media");
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&f);
}

static void equal_bytes_are_kept_and_sent_once(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(150000, 3);
    struct jemput_sync_report report;
    uint8_t first[16], second[16], elsewhere[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, first);
    media_attach(&f, OFFICER, &file, second);
    assert_memory_not_equal(first, second, 16);
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_chunks_sent, 4); /* three chunks and a list */
    media_expect_state(&f, OFFICER, second, JEMPUT_ATTACHMENT_PARTLY, 4, 4);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, second, &file);
    fleet_settle(&f, 0);
    media_attach(&f, OTHER, &file, elsewhere); /* another device: central has signed for these bytes */
    report = fleet_sync(&f, OTHER, 0);
    assert_int_equal(report.attachment_chunks_sent, 0);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, elsewhere, &file);
    media_attach(&f, OFFICER, &file, second); /* whatever its link was like meanwhile, it cuts at the same places */
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_chunks_sent, 0);
    free(file.bytes);
    fleet_release(&f);
}

static void who_asks_gets_one_attachment_and_no_other(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 4), more = media_file_make(70000, 5);
    struct jemput_error err;
    struct jemput_sync_report report;
    uint8_t id[16], other[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &more, other);
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    assert_int_equal(media_look(&f, OTHER, id).here, 0);
    media_expect_absent(&f, OTHER, id);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, id, &err), JEMPUT_OK);
    assert_int_equal(media_look(&f, OTHER, id).asked, 1);
    report = fleet_sync(&f, OTHER, 0);
    assert_int_equal(report.attachments_fetched, 1);
    media_expect_bytes(&f, OTHER, id, &file);
    media_expect_absent(&f, OTHER, other);
    report = fleet_sync(&f, OTHER, 0);
    assert_int_equal(report.attachments_fetched, 0);
    memset(other, 7, sizeof other);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, other, &err), JEMPUT_NOTFOUND);
    free(file.bytes);
    free(more.bytes);
    fleet_release(&f);
}

static void what_a_device_may_add_in_a_day_is_bounded_and_comes_back_with_the_next(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(60000, 6), small = media_file_make(30000, 7);
    struct jemput_error err;
    uint8_t id[16], none[16] = { 0 };

    (void)state;
    media_fleet(&f, 3, "100000");
    media_attach(&f, OFFICER, &file, id);
    assert_int_equal(media_try(&f, OFFICER, &file, 0, none, &err), JEMPUT_LIMIT);
    assert_non_null(strstr(err.text, "40000 are left"));
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM berkas", "1\n");
    fleet_expect(&f, OFFICER, "SELECT count(*), sum(own) FROM jemput_media", "1|1\n"); /* nothing of it stayed */
    media_attach(&f, OFFICER, &small, none);
    sim_env_advance(&f.devices[OFFICER].sim, UINT64_C(25) * 3600 * 1000);
    media_attach(&f, OFFICER, &file, none);
    free(file.bytes);
    free(small.bytes);
    fleet_release(&f);
}

static void an_empty_attachment_and_one_of_whole_chunks_come_through(void **state)
{
    static const size_t sizes[] = { 0, 1, 65535, 65536, 65537, 131072 };
    struct fleet f;

    (void)state;
    media_fleet(&f, 3, "0");
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct media_file file = media_file_make(sizes[i], 20 + i);
        uint8_t id[16];

        file.step = 777;
        media_attach(&f, OFFICER, &file, id);
        fleet_sync(&f, OFFICER, 0);
        fleet_sync(&f, CENTRAL, 0);
        media_expect_bytes(&f, CENTRAL, id, &file);
        free(file.bytes);
    }
    fleet_release(&f);
}

/* --- letting go --- */

#define DAY UINT64_C(86400000)

static uint64_t purge(struct fleet *f, unsigned device, unsigned days)
{
    struct jemput_purge_report report;
    struct jemput_error err;

    if (jemput_attachments_purge(f->devices[device].jemput, days, &report, &err))
        fail_msg("%s", err.text);
    return report.attachments;
}

/* Central makes a checkpoint, and signs that it was copied to a safe place. */
static void back_up(struct fleet *f)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;

    if (jemput_checkpoint_make(f->devices[CENTRAL].jemput, 0, &report, &err) || jemput_checkpoint_backed_up(f->devices[CENTRAL].jemput, &err))
        fail_msg("%s", err.text);
    fleet_settle(f, 0);
}

static void nothing_is_let_go_before_its_receipt_whatever_the_clock_says(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(100000, 8);
    struct jemput_purge_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    back_up(&f); /* of what central had without it */
    fleet_sync(&f, OFFICER, 0); /* all of it is on the hub, and nobody has signed for it */
    sim_env_advance(&f.devices[OFFICER].sim, 400 * DAY);
    assert_int_equal(purge(&f, OFFICER, 0), 0);
    fleet_sql(&f, OFFICER, "UPDATE berkas SET received = zeroblob(64)"); /* whoever writes that is not central */
    assert_int_equal(purge(&f, OFFICER, 0), 0);
    fleet_settle(&f, 0);
    sim_env_set_wall(&f.devices[OFFICER].sim, f.devices[OFFICER].sim.wall_ms + 400 * (int64_t)DAY);
    assert_int_equal(purge(&f, OFFICER, 30), 0); /* this clock was set forward; central has signed nothing since */
    media_expect_bytes(&f, OFFICER, id, &file);
    sim_env_advance(&f.devices[CENTRAL].sim, 31 * DAY);
    fleet_sql(&f, 0, "INSERT INTO orang VALUES('kemudian', 'Kemudian')");
    fleet_settle(&f, 0);
    assert_int_equal(purge(&f, OFFICER, 32), 0);
    assert_int_equal(jemput_attachments_purge(f.devices[OFFICER].jemput, 30, &report, &err), JEMPUT_OK);
    assert_int_equal(report.attachments, 0); /* central has it, and may yet lose it */
    assert_int_equal(report.not_backed_up, 1);
    media_expect_bytes(&f, OFFICER, id, &file);
    back_up(&f);
    assert_int_equal(jemput_attachments_purge(f.devices[OFFICER].jemput, 30, &report, &err), JEMPUT_OK);
    assert_int_equal(report.attachments, 1);
    media_expect_absent(&f, OFFICER, id);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    media_expect_bytes(&f, CENTRAL, id, &file);
    assert_int_equal(jemput_attachments_purge(f.devices[CENTRAL].jemput, 0, &(struct jemput_purge_report){ 0 }, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_attachment_ask(f.devices[OFFICER].jemput, id, &err), JEMPUT_OK);
    fleet_sync(&f, OFFICER, 0);
    media_expect_bytes(&f, OFFICER, id, &file);
    free(file.bytes);
    fleet_release(&f);
}

static void a_removed_attachment_goes_from_each_store_but_for_what_another_one_has(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(100000, 9);
    struct jemput_error err;
    uint8_t id[16], twin[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &file, twin);
    fleet_settle(&f, 0);
    assert_int_equal(jemput_attachment_remove(f.devices[OFFICER].jemput, id, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    for (unsigned i = CENTRAL; i <= OFFICER; i++) {
        media_expect_bytes(&f, i, twin, &file);
        fleet_expect(&f, i, "SELECT count(*) FROM jemput_media", "1\n");
    }
    assert_int_equal(jemput_attachment_remove(f.devices[OFFICER].jemput, twin, &err), JEMPUT_OK);
    assert_int_equal(jemput_attachment_remove(f.devices[OFFICER].jemput, twin, &err), JEMPUT_NOTFOUND);
    fleet_settle(&f, 0);
    for (unsigned i = CENTRAL; i <= OFFICER; i++)
        fleet_expect(&f, i, "SELECT (SELECT count(*) FROM jemput_media), (SELECT count(*) FROM jemput_chunk)", "0|0\n");
    free(file.bytes);
    fleet_release(&f);
}

static void a_hub_that_has_lost_the_attachments_gets_them_again(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(140000, 10), more = media_file_make(5000, 11);
    struct jemput_sync_report report;
    uint8_t id[16], second[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_sync(&f, OFFICER, 0);
    hub_do(&f, "rm -rf refs/heads/media");
    report = fleet_sync(&f, OFFICER, 0); /* with nothing new to send */
    assert_int_equal(report.attachment_chunks_sent, 4);
    hub_do(&f, "rm -rf refs/heads/media");
    media_attach(&f, OFFICER, &more, second);
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_chunks_sent, 6);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, id, &file);
    media_expect_bytes(&f, CENTRAL, second, &more);
    fleet_sync(&f, OFFICER, 0);
    hub_do(&f, "rm -rf refs/heads/media"); /* central has signed for them: nothing is sent for that */
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_chunks_sent, 0);
    free(file.bytes);
    free(more.bytes);
    fleet_release(&f);
}

/* --- others who mean no good --- */

static void a_branch_that_its_writer_has_not_signed_is_told_and_stops_nobody_else(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(3000, 12), good = media_file_make(4000, 13);
    struct jemput_sync_report report;
    uint8_t id[16], second[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OTHER, &good, second);
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, OTHER, 0);
    hub_do(&f, "set -- $(ls -d refs/heads/media/*) && cp \"$1/0\" \"$1/1\" && cp \"$2/0\" \"$1/0\""); /* the second's under the first's name */
    report = fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(report.complete, 1);
    assert_int_equal(report.attachment_status, JEMPUT_DENIED);
    media_expect_bytes(&f, CENTRAL, id, &file);
    media_expect_bytes(&f, CENTRAL, second, &good);
    free(file.bytes);
    free(good.bytes);
    fleet_release(&f);
}

/* --- forgetting --- */

static void who_is_forgotten_is_forgotten_with_the_photos_and_nobody_elses_go(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(80000, 14), shared = media_file_make(70000, 15);
    struct jemput_datum key = fleet_text("w-2");
    struct jemput_error err;
    uint8_t id[16], both[16], kept[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &shared, both);
    media_attach(&f, OTHER, &shared, kept);
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    assert_int_equal(jemput_forget(f.devices[0].jemput, "orang", &key, 1, "surat 12", &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < f.count; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM berkas", "1\n");
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'w-2'", "0\n");
        media_expect_absent(&f, i, id);
        media_expect_absent(&f, i, both);
    }
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM jemput_media", "1\n");
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM jemput_media", "0\n");
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM jemput_object WHERE size > 20000", "0\n"); /* their chunks are gone */
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM jemput_object WHERE size > 65000", "1\n");
    media_expect_bytes(&f, CENTRAL, kept, &shared);
    free(file.bytes);
    free(shared.bytes);
    fleet_release(&f);
}

/* --- power --- */

/* Attaching and syncing, cut at any write: what was acknowledged is whole, and the next sync brings it to central. */
static void a_power_cut_anywhere_loses_no_attachment_that_was_acknowledged(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 16);
    unsigned cuts = 0, acked = 0, synced = 0;

    (void)state;
    media_fleet(&f, 3, "0");
    for (uint64_t n = 0; n < 300; n += 1 + n / 8) {
        struct fleet_device *d = &f.devices[OFFICER];
        struct jemput_sync_report report;
        struct jemput_error err;
        uint8_t id[16];
        enum jemput_status st;

        file.bytes[5] = (uint8_t)n;
        crash_vfs_cut_at(d->vfs, n);
        st = media_try(&f, OFFICER, &file, 0, id, &err);
        if (!st && jemput_sync(d->jemput, &(struct jemput_sync_options){ .hub = fleet_hub(&f, 0) }, &report, &err) == JEMPUT_OK)
            synced++;
        cuts += crash_vfs_is_cut(d->vfs);
        jemput_close(d->jemput);
        sim_env_power_cut(&d->sim, 77 + n);
        assert_int_equal(jemput_open(&d->jemput, d->path, &d->sim.env, &err), JEMPUT_OK);
        d->sql = jemput_app(d->jemput);
        if (st)
            continue;
        acked++;
        media_expect_bytes(&f, OFFICER, id, &file);
        fleet_sync(&f, OFFICER, 0);
        fleet_sync(&f, CENTRAL, 0);
        media_expect_bytes(&f, CENTRAL, id, &file);
    }
    assert_true(cuts > 20 && acked > synced && synced > 0);
    sim_env_advance(&f.devices[OFFICER].sim, 2 * DAY); /* what calls that were cut had left is let go */
    fleet_settle(&f, 0);
    fleet_expect(&f, OFFICER, "SELECT (SELECT count(*) FROM jemput_media) - (SELECT count(*) FROM berkas)", "0\n");
    fleet_verify(&f, OFFICER);
    fleet_verify(&f, CENTRAL);
    free(file.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_attachment_is_read_back_where_it_was_added_and_at_central),
        cmocka_unit_test(a_hub_that_takes_no_attachments_takes_the_text_and_gives_it_all_the_same),
        cmocka_unit_test(equal_bytes_are_kept_and_sent_once),
        cmocka_unit_test(who_asks_gets_one_attachment_and_no_other),
        cmocka_unit_test(what_a_device_may_add_in_a_day_is_bounded_and_comes_back_with_the_next),
        cmocka_unit_test(an_empty_attachment_and_one_of_whole_chunks_come_through),
        cmocka_unit_test(nothing_is_let_go_before_its_receipt_whatever_the_clock_says),
        cmocka_unit_test(a_removed_attachment_goes_from_each_store_but_for_what_another_one_has),
        cmocka_unit_test(a_hub_that_has_lost_the_attachments_gets_them_again),
        cmocka_unit_test(a_branch_that_its_writer_has_not_signed_is_told_and_stops_nobody_else),
        cmocka_unit_test(who_is_forgotten_is_forgotten_with_the_photos_and_nobody_elses_go),
        cmocka_unit_test(a_power_cut_anywhere_loses_no_attachment_that_was_acknowledged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
