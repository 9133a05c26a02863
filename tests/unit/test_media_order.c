/* Tests of sync/media.c: text before attachments, own before others'; and whatever the world is, a run ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/media.h"

static enum jemput_media_step_kind next(const struct jemput_media_world *world)
{
    struct jemput_media_sync sync = { 0 };

    return jemput_media_next(&sync, world);
}

static void steps_come_in_their_order(void **state)
{
    struct jemput_media_world w = { .text_sent = true, .central = true, .unsent = 3, .wanted = 2, .open = 1, .receipt_due = true };

    (void)state;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_LOOK);
    w.looked = true;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_SEND);
    w.unsent = 0;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_LIST);
    w.listed = true;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_TAKE);
    w.open = 0;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_GET);
    w.wanted = 0;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_RECEIPT);
    w.receipt_due = false;
    assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_DONE);
}

static void where_text_finds_no_room_attachments_go_out_and_none_comes(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 32; bits++) {
        struct jemput_media_world w = { .looked = true, .text_sent = true, .fetch_stopped = true, .unsent = 1, .central = bits & 1, .wanted = bits & 2,
                                        .listed = bits & 4, .open = bits & 8, .receipt_due = bits & 16 };

        assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_SEND);
        w.unsent = 0;
        assert_int_equal(next(&w), JEMPUT_MEDIA_STEP_DONE);
    }
}

static void nothing_is_sent_while_text_is_not_out(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 256; bits++) {
        struct jemput_media_world w = { .looked = bits & 1, .central = bits & 2, .unsent = bits & 4, .send_failed_soft = bits & 8, .wanted = bits & 16,
                                        .listed = bits & 32, .open = bits & 64, .receipt_due = bits & 128 };

        assert_int_not_equal(next(&w), JEMPUT_MEDIA_STEP_SEND);
        w.text_sent = true;
        if (w.looked)
            assert_int_equal(next(&w) == JEMPUT_MEDIA_STEP_SEND, w.unsent > 0);
        w.send_stopped = true;
        assert_int_not_equal(next(&w), JEMPUT_MEDIA_STEP_SEND);
        w.central = false;
        assert_true(next(&w) != JEMPUT_MEDIA_STEP_LIST && next(&w) != JEMPUT_MEDIA_STEP_TAKE &&
                    next(&w) != JEMPUT_MEDIA_STEP_RECEIPT);
    }
}

static void a_hub_that_somebody_holds_is_asked_a_few_times_and_then_left(void **state)
{
    struct jemput_media_sync sync = { 0 };
    struct jemput_media_world w = { .looked = true, .text_sent = true, .unsent = 1 };
    unsigned sends = 0;

    (void)state;
    while (jemput_media_next(&sync, &w) == JEMPUT_MEDIA_STEP_SEND && sends < 100) {
        sends++;
        w.send_failed_soft = true;
    }
    assert_int_equal(sends, 1 + JEMPUT_MEDIA_RETRIES_MAX);
    w.send_failed_soft = false; /* it moved after all: patience begins anew */
    sends = 0;
    while (jemput_media_next(&sync, &w) == JEMPUT_MEDIA_STEP_SEND && sends < 100) {
        sends++;
        w.send_failed_soft = true;
    }
    assert_int_equal(sends, 1 + JEMPUT_MEDIA_RETRIES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(steps_come_in_their_order),
        cmocka_unit_test(where_text_finds_no_room_attachments_go_out_and_none_comes),
        cmocka_unit_test(nothing_is_sent_while_text_is_not_out),
        cmocka_unit_test(a_hub_that_somebody_holds_is_asked_a_few_times_and_then_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
