/* sim/test_media_receipt.c — attachments: central signs for no other bytes than it has, and nothing counts as sent that is not at the hub. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "media_world.h"
#include "stick.h"

static void central_signs_for_no_other_bytes_than_those_it_has(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(3000, 31);
    struct jemput_sync_report report;
    struct jemput_attachment a;
    uint8_t id[16];
    char *hex;

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, CENTRAL, 0);
    hex = fleet_rows(&f, OFFICER, "SELECT hex(substr(content, 1, 68)) FROM berkas");
    hex[136] = 0;
    fleet_sql(&f, OFFICER, "UPDATE berkas SET content = x'%s%040d'", hex, 7); /* now it names a list that is nowhere */
    free(hex);
    fleet_sync(&f, OFFICER, 0);
    report = fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(report.complete, 1);
    assert_int_equal(report.attachment_status, JEMPUT_NOTFOUND);
    a = media_look(&f, CENTRAL, id);
    assert_int_equal(a.here, 0);
    assert_int_not_equal(a.state, JEMPUT_ATTACHMENT_RECEIVED);
    report = fleet_sync(&f, CENTRAL, 0); /* it is looked for, and nothing else waits for it */
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    media_attach(&f, OFFICER, &file, id);
    fleet_settle(&f, 0);
    assert_int_equal(media_look(&f, OFFICER, id).state, JEMPUT_ATTACHMENT_RECEIVED);
    free(file.bytes);
    fleet_release(&f);
}

static void what_was_asked_for_and_is_nowhere_does_not_count_as_sent(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 32);
    struct jemput_error err;
    struct jemput_sync_report report;
    struct stick s;
    uint8_t theirs[16], own[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, theirs);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false); /* the row alone */
    must_take(&f, CENTRAL, &s);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, OTHER, 0);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, theirs, &err), JEMPUT_OK);
    fleet_sync(&f, OTHER, 0);
    media_expect_absent(&f, OTHER, theirs);
    media_attach(&f, OTHER, &file, own); /* the same photo; the first tablet is never seen again */
    report = fleet_sync(&f, OTHER, 0);
    assert_int_equal(report.attachment_chunks_sent, 3);
    fleet_sync(&f, CENTRAL, 0);
    media_expect_bytes(&f, CENTRAL, own, &file);
    free(file.bytes);
    fleet_release(&f);
}

/* It was sent under the key that the tablet had before; the hub went before the tablet sent anything under the new one. */
static void what_was_sent_under_another_key_does_not_count_as_sent_to_another_hub(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 35);
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 3);
    sim_env_advance(&f.devices[OFFICER].sim, 1000);
    assert_int_equal(jemput_rotate(f.devices[OFFICER].jemput, &err), JEMPUT_OK);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    fleet_settle(&f, 1); /* central has met no hub but this one */
    media_expect_bytes(&f, CENTRAL, id, &file);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 3, 3);
    free(file.bytes);
    fleet_release(&f);
}

/* The tablet has the photo of a colleague's from the hub; then another hub takes its place, which has neither. */
static void what_a_colleague_had_sent_to_a_hub_that_is_gone_does_not_count_as_sent(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 36);
    struct jemput_error err;
    struct stick s;
    uint8_t theirs[16], own[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, theirs);
    stick_empty(&s);
    stick_make(&f, OFFICER, &s, false); /* the row alone */
    must_take(&f, CENTRAL, &s);
    fleet_sync(&f, CENTRAL, 0);
    fleet_sync(&f, OFFICER, 0);
    fleet_sync(&f, OTHER, 0);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, theirs, &err), JEMPUT_OK);
    fleet_sync(&f, OTHER, 0);
    media_expect_bytes(&f, OTHER, theirs, &file);
    media_attach(&f, OTHER, &file, own); /* the same photo; the first tablet is never seen again */
    assert_int_equal(fleet_sync(&f, OTHER, 1).attachment_chunks_sent, 3);
    fleet_sync(&f, CENTRAL, 1);
    media_expect_bytes(&f, CENTRAL, own, &file);
    free(file.bytes);
    fleet_release(&f);
}

struct nested { /* a file during whose reading another one is added */
    struct fleet *f;
    struct media_file *file, *inner;
    int begun;
};

static long nested_read(void *ctx, void *out, size_t size)
{
    struct nested *n = ctx;
    uint8_t id[16];

    if (!n->begun++)
        media_attach(n->f, OFFICER, n->inner, id);
    return media_file_read(n->file, out, size);
}

static void two_that_are_added_at_once_have_one_days_room_together(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(60000, 33), inner = media_file_make(60000, 34);
    struct nested n = { .f = &f, .file = &file, .inner = &inner };
    struct jemput_datum key = fleet_text("w-2");
    const struct jemput_attaching a = { .table = "orang", .key = &key, .key_count = 1, .read = nested_read, .ctx = &n };
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "100000");
    assert_int_equal(jemput_attach(f.devices[OFFICER].jemput, &a, id, NULL, &err), JEMPUT_LIMIT);
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM berkas", "1\n");
    fleet_expect(&f, OFFICER, "SELECT count(*) FROM jemput_media", "1\n");
    free(file.bytes);
    free(inner.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(central_signs_for_no_other_bytes_than_those_it_has),
        cmocka_unit_test(what_was_asked_for_and_is_nowhere_does_not_count_as_sent),
        cmocka_unit_test(what_was_sent_under_another_key_does_not_count_as_sent_to_another_hub),
        cmocka_unit_test(what_a_colleague_had_sent_to_a_hub_that_is_gone_does_not_count_as_sent),
        cmocka_unit_test(two_that_are_added_at_once_have_one_days_room_together),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
