/* sim/test_media_link.c — attachments over a link: a hub behind an address, cut at any byte in both directions; text first, and no chunk sent twice but for
 * one prefix. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "media_world.h"
#include "support/git_http.h"

#define ADDRESS "http://hub/hub0.git"

struct place {
    struct fleet f;
    struct git_http git;
    struct jemput_http lent;
    unsigned busy_after; /* the so many-th exchange from now is answered with 503; 0 = none */
    long cut_big;        /* every answer ends after so many bytes, if it is as long; 0 = none does */
    size_t body_max;     /* a request with more is answered with 413; 0 = none is */
    bool photos_busy;    /* a push of attachments is answered with 429 */
    long photos_up, photos_down; /* so many bytes of such a push, or of its answer, arrive; -1 = all */
    size_t cut_above;    /* the link goes while a request with more is sent; 0 = it does not */
    size_t first_push, largest_push; /* bytes, since they were set to 0 */
    size_t largest_answer;
    unsigned exchanges_busy; /* exchanges since one was answered with 503, that one included */
};

static struct place *here;

static bool is_of_photos(const struct jemput_http_request *request)
{
    static const char mark[] = " refs/heads/media/";
    bool found = false;

    for (unsigned i = 0; i < request->body_count && !found; i++)
        for (size_t at = 0; at + sizeof mark - 1 <= request->body[i].len && at < 128 && !found; at++)
            found = memcmp((const char *)request->body[i].data + at, mark, sizeof mark - 1) == 0;
    return found;
}

static void photos_see(const struct jemput_http_request *request)
{
    if (!strstr(request->url, "/git-receive-pack") || !is_of_photos(request))
        return;
    here->git.status = here->photos_busy ? 429 : 0;
    if (here->photos_up >= 0 || here->photos_down >= 0) {
        here->git.cut_after = 0;
        here->git.cut_up = here->photos_up;
        here->git.cut_down = here->photos_down;
    }
}

static void body_see(const struct jemput_http_request *request)
{
    size_t body = 0;

    for (unsigned i = 0; i < request->body_count; i++)
        body += request->body[i].len;
    if (strstr(request->url, "/git-receive-pack")) {
        here->first_push = here->first_push ? here->first_push : body;
        here->largest_push = body > here->largest_push ? body : here->largest_push;
    }
    if (here->body_max && body > here->body_max)
        here->git.status = 413;
    if (here->cut_above && body > here->cut_above)
        here->git.cut_up = 10;
}

static enum jemput_status lent_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                        struct jemput_error *err)
{
    enum jemput_status st;

    (void)http;
    if (here->exchanges_busy)
        here->exchanges_busy++;
    if (here->busy_after && --here->busy_after == 0) {
        here->git.status = 503;
        here->exchanges_busy = 1;
    }
    body_see(request);
    photos_see(request);
    if (here->cut_big) {
        here->git.cut_after = 0;
        here->git.cut_down = here->cut_big;
    }
    st = here->git.http.exchange(&here->git.http, request, answer, err);
    answer->retry_after_s = answer->status == 429 ? 40 : 0;
    here->git.status = 0;
    here->largest_answer = here->git.answer_bytes > here->largest_answer ? here->git.answer_bytes : here->largest_answer;
    return st;
}

static void lent_close(struct jemput_http *http)
{
    (void)http;
}

static enum jemput_status lent_open(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err)
{
    (void)env, (void)err;
    *out = &here->lent;
    return JEMPUT_OK;
}

static void place_open(struct place *p, unsigned devices)
{
    here = p;
    media_fleet(&p->f, devices, "0");
    git_http_open(&p->git, p->f.folder);
    p->busy_after = p->exchanges_busy = 0;
    p->cut_big = 0;
    p->photos_busy = false;
    p->photos_up = p->photos_down = -1;
    p->body_max = p->cut_above = p->first_push = p->largest_push = p->largest_answer = 0;
    p->lent = (struct jemput_http){ .exchange = lent_exchange, .close = lent_close };
    for (unsigned i = 0; i < devices; i++)
        p->f.devices[i].sim.env.http_open = lent_open;
}

static struct jemput_sync_report sync_there(struct place *p, unsigned device)
{
    struct jemput_sync_report report;
    struct jemput_error err;

    if (jemput_sync(p->f.devices[device].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, &report, &err))
        fail_msg("device %u: %s (%s)", device, err.text, jemput_status_name(err.status));
    assert_int_equal(report.complete, 1);
    return report;
}

/* Cut in the first exchange of attachments, whichever that is, with the text out. */
static void sync_cut_in_attachments(struct place *p, unsigned device)
{
    for (unsigned n = 1; n < 9; n++) {
        struct jemput_sync_report report;
        struct jemput_error err;
        enum jemput_status st;

        p->git.cut_after = n;
        p->git.cut_up = 10;
        st = jemput_sync(p->f.devices[device].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, &report, &err);
        p->git.cut_up = -1;
        if (!st && report.attachment_status == JEMPUT_OFFLINE) {
            assert_int_equal(report.complete, 1);
            assert_int_equal(report.attachment_chunks_sent, 0);
            return;
        }
        assert_true(st == JEMPUT_OFFLINE);
    }
    fail_msg("no exchange of attachments was met");
}

static void attachments_meet_at_an_address_as_they_do_in_a_folder(void **state)
{
    struct place p;
    struct media_file file = media_file_make(200000, 1);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    place_open(&p, 4);
    media_attach(&p.f, OFFICER, &file, id);
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_int_equal(report.attachment_chunks_sent, 5);
    report = sync_there(&p, CENTRAL);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    sync_there(&p, OFFICER);
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 5, 5);
    p.git.exchanges = 0;
    sync_there(&p, OFFICER);
    assert_int_equal(p.git.exchanges, 1); /* nothing new costs what it does without attachments */
    sync_there(&p, OTHER);
    assert_int_equal(jemput_attachment_ask(p.f.devices[OTHER].jemput, id, &err), JEMPUT_OK);
    report = sync_there(&p, OTHER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    media_expect_bytes(&p.f, OTHER, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

static void what_the_hub_has_not_got_yet_is_waited_for_and_no_failure(void **state)
{
    struct place p;
    struct media_file file = media_file_make(3000, 2);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    place_open(&p, 4);
    media_attach(&p.f, OFFICER, &file, id);
    sync_cut_in_attachments(&p, OFFICER);
    sync_there(&p, CENTRAL);
    media_expect_absent(&p.f, CENTRAL, id);
    sync_there(&p, OTHER);
    assert_int_equal(jemput_attachment_ask(p.f.devices[OTHER].jemput, id, &err), JEMPUT_OK);
    report = sync_there(&p, OTHER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_int_equal(report.attachments_waiting, 1);
    p.git.cut_up = -1;
    sync_there(&p, OFFICER);
    sync_there(&p, OTHER);
    media_expect_bytes(&p.f, OTHER, id, &file);
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

static void an_upload_cut_anywhere_goes_on_chunk_by_chunk_and_the_text_is_out(void **state)
{
    struct place p;
    struct media_file file = media_file_make(700000, 3);
    uint64_t sent = 0;
    unsigned cuts = 0, rounds = 0;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    for (long at = 100; rounds < 16; at = (at * 7 + 1013) % 140000, rounds++) {
        char row[64];
        struct jemput_sync_report report;

        snprintf(row, sizeof row, "INSERT INTO orang VALUES('k-%u', 'Kata')", rounds);
        assert_int_equal(fleet_try(&p.f, OFFICER, row), 0);
        p.git.cut_after = 2 + rounds % 2; /* the log's exchanges go well */
        p.git.cut_up = rounds % 3 ? at : -1;
        p.git.cut_down = rounds % 3 ? -1 : 5;
        p.git.starts_early = rounds % 4 == 1;
        report = sync_there(&p, OFFICER);
        assert_true(report.segments_sent >= 1);
        cuts += report.attachment_status == JEMPUT_OFFLINE;
        sent += report.attachment_chunks_sent;
        if (report.attachments_waiting == 1 && report.attachment_status == JEMPUT_OK && media_look(&p.f, OFFICER, id).parts_done == 12)
            break;
    }
    assert_in_range(cuts, 2, 16);
    p.git.cut_up = p.git.cut_down = -1;
    sync_there(&p, OFFICER);
    assert_int_equal(media_look(&p.f, OFFICER, id).parts_done, 12);
    assert_true(sent <= 12);
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    fleet_verify(&p.f, CENTRAL);
    free(file.bytes);
    fleet_release(&p.f);
}

static void a_download_cut_anywhere_goes_on_with_what_is_missing(void **state)
{
    struct place p;
    struct media_file file = media_file_make(1000000, 4);
    struct jemput_sync_report report;
    unsigned cuts = 0;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    sync_there(&p, OFFICER);
    sync_there(&p, CENTRAL);
    media_attach(&p.f, OFFICER, media_file_again(&file, 5), id); /* the branch goes on from what central has */
    sync_there(&p, OFFICER);
    p.cut_big = 300000; /* more than a chunk */
    for (unsigned round = 0; round < 12; round++) {
        char row[64];

        snprintf(row, sizeof row, "INSERT INTO orang VALUES('d-%u', 'Warga')", round); /* text comes each time, and is read */
        assert_int_equal(fleet_try(&p.f, OFFICER, row), 0);
        sync_there(&p, OFFICER);
        report = sync_there(&p, CENTRAL);
        if (report.attachment_status == JEMPUT_OK)
            break;
        assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
        cuts++;
    }
    p.cut_big = 0;
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    assert_in_range(cuts, 2, 6); /* a chunk at least each time */
    free(file.bytes);
    fleet_release(&p.f);
}

static void what_is_urgent_goes_first_and_small_before_large(void **state)
{
    struct place p;
    struct media_file large = media_file_make(300000, 7), small = media_file_make(20000, 8), urgent = media_file_make(90000, 9);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t ids[3][16];

    (void)state;
    place_open(&p, 3);
    sync_there(&p, OFFICER);
    media_attach(&p.f, OFFICER, &large, ids[0]);
    media_attach(&p.f, OFFICER, &small, ids[1]);
    assert_int_equal(media_try(&p.f, OFFICER, &urgent, 1, ids[2], &err), JEMPUT_OK);
    sync_cut_in_attachments(&p, OFFICER);
    p.git.cut_after = 3; /* the list, where the branch stands, and the first prefix */
    p.git.cut_up = 10;
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
    media_expect_state(&p.f, OFFICER, ids[0], JEMPUT_ATTACHMENT_UNSENT, 0, 6);
    media_expect_state(&p.f, OFFICER, ids[1], JEMPUT_ATTACHMENT_UNSENT, 0, 2);
    assert_int_equal(media_look(&p.f, OFFICER, ids[2]).state, JEMPUT_ATTACHMENT_PARTLY);
    p.git.cut_after = 4; /* the list, where the branch stands, and two more */
    p.git.cut_up = 10;
    (void)sync_there(&p, OFFICER);
    assert_int_equal(media_look(&p.f, OFFICER, ids[1]).parts_done, 2);
    assert_in_range(media_look(&p.f, OFFICER, ids[0]).parts_done, 0, 2); /* where there was room behind the others */
    p.git.cut_up = -1;
    sync_there(&p, OFFICER);
    media_expect_state(&p.f, OFFICER, ids[0], JEMPUT_ATTACHMENT_PARTLY, 6, 6);
    free(large.bytes);
    free(small.bytes);
    free(urgent.bytes);
    fleet_release(&p.f);
}

static void a_hub_that_has_too_much_to_do_is_left_alone_and_nothing_begins_anew(void **state)
{
    struct place p;
    struct media_file file = media_file_make(3000, 10);
    struct jemput_sync_report report;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    sync_cut_in_attachments(&p, OFFICER);
    p.busy_after = 2;
    report = sync_there(&p, OFFICER);
    assert_int_equal(p.busy_after, 0);
    assert_int_equal(p.exchanges_busy, 1); /* nothing more was asked of it */
    assert_int_equal(report.attachment_status, JEMPUT_BUSY);
    assert_int_equal(report.attachment_chunks_sent, 0);
    p.exchanges_busy = 0;
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_chunks_sent, 2);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM jemput_chunk WHERE NOT sent", "0\n");
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 2, 2);
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

/* What stock web servers take in one request is never exceeded; and a hub that takes less gets less at once, until all of it is there. */
static void a_hub_gets_no_more_at_once_than_it_takes(void **state)
{
    static const size_t takes[] = { 1000 * 1000, 200 * 1000 };
    struct place p;
    struct media_file file = media_file_make(3500000, 11);
    struct jemput_sync_report report;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    for (unsigned i = 0; i < 2; i++) {
        media_attach(&p.f, OFFICER, media_file_again(&file, 11 + i), id);
        p.body_max = takes[i];
        p.largest_push = 0;
        report = sync_there(&p, OFFICER);
        if (report.attachment_status)
            fail_msg("%zu: %s", takes[i], report.attachment_text);
        assert_true(p.largest_push > 150000 && p.largest_push < 1000 * 1000);
        sync_there(&p, CENTRAL);
        media_expect_bytes(&p.f, CENTRAL, id, &file);
    }
    free(file.bytes);
    fleet_release(&p.f);
}

/* On a link that was good a large prefix was made, and then the link was bad: the next sync tries a small one. */
static void what_was_cut_off_goes_out_in_smaller_pieces(void **state)
{
    struct place p;
    struct media_file file = media_file_make(3500000, 13);
    struct jemput_sync_report report;
    uint64_t chunks;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    p.cut_above = 400000;
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
    assert_true(p.largest_push > 400000);
    chunks = report.attachment_chunks_sent;
    p.cut_above = 0;
    p.body_max = 200000;
    p.first_push = 0;
    report = sync_there(&p, OFFICER);
    assert_in_range(p.first_push, 1, 80000);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_int_equal(chunks + report.attachment_chunks_sent, media_look(&p.f, OFFICER, id).parts);
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

/* All of it arrived, and only the answer was lost: nothing of it goes once more, though it was more than a first prefix. */
static void what_arrived_before_a_cut_is_found_there(void **state)
{
    struct place p;
    struct media_file file = media_file_make(1000000, 14);
    struct jemput_sync_report report;
    uint64_t chunks;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    p.git.cut_after = 5; /* the text, and small prefixes */
    p.git.cut_down = 5;
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
    assert_true(p.largest_push > 100000);
    chunks = report.attachment_chunks_sent;
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_true(chunks + report.attachment_chunks_sent < media_look(&p.f, OFFICER, id).parts);
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 17, 17);
    sync_there(&p, CENTRAL);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

/* What waited was signed by the old key: the new one signs it anew, on a branch of its own. */
static void a_device_with_a_new_key_sends_what_waited_under_the_old_one(void **state)
{
    struct place p;
    struct media_file file = media_file_make(200000, 15);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    sync_cut_in_attachments(&p, OFFICER);
    if (jemput_rotate(p.f.devices[OFFICER].jemput, &err))
        fail_msg("%s", err.text);
    report = sync_there(&p, OFFICER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    report = sync_there(&p, CENTRAL);
    if (report.attachment_status)
        fail_msg("%s", report.attachment_text);
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

/* What has come of a branch is more than is kept of other things, and the device has little room: it is kept nevertheless, for the next time. */
static void what_came_of_attachments_is_kept_for_the_next_sync(void **state)
{
    struct place p;
    struct media_file file = media_file_make(1000000, 16);
    struct jemput_sync_report report;
    uint64_t room;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    room = p.f.devices[CENTRAL].sim.free_bytes;
    media_attach(&p.f, OFFICER, &file, id);
    sync_there(&p, OFFICER);
    p.cut_big = 700000;
    report = sync_there(&p, CENTRAL);
    assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
    p.cut_big = 0;
    p.f.devices[CENTRAL].sim.free_bytes = 1000000;
    report = sync_there(&p, CENTRAL);
    assert_int_equal(report.attachment_status, JEMPUT_FULL);
    p.f.devices[CENTRAL].sim.free_bytes = room;
    p.largest_answer = 0;
    report = sync_there(&p, CENTRAL);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_true(p.largest_answer < 500000); /* the rest of it */
    media_expect_bytes(&p.f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&p.f);
}

/* Own work goes out, attachments too, and more of it can be written, whatever a hub sends. */
static void what_a_hub_sends_leaves_room_for_the_own_work(void **state)
{
    struct place p;
    struct media_file file = media_file_make(3000, 17);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    sync_there(&p, OFFICER);
    for (unsigned i = 0; i < 3; i++)
        fleet_sql(&p.f, CENTRAL, "INSERT INTO orang SELECT 'besar-%u', hex(randomblob(400000))", i);
    sync_there(&p, CENTRAL);
    media_attach(&p.f, OFFICER, &file, id);
    p.f.devices[OFFICER].sim.free_bytes = 60 * 1000 * 1000;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, &report, &err), JEMPUT_FULL);
    assert_non_null(strstr(err.text, "57 MB are left on this device"));
    assert_true(report.segments_sent >= 1);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 2, 2);
    assert_int_equal(fleet_try(&p.f, OFFICER, "INSERT INTO orang VALUES('own-2', 'Kata')"), 0);
    p.f.devices[OFFICER].sim.free_bytes = UINT64_C(1) << 30;
    sync_there(&p, OFFICER);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang WHERE length(nama) = 800000", "3\n");
    free(file.bytes);
    fleet_release(&p.f);
}

/* What central has signed for may be purged, which makes room: so its receipts come where there is little, and where there is none they do not. */
static void a_receipt_comes_where_little_room_is_left(void **state)
{
    struct place p;
    struct media_file file = media_file_make(200000, 18);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    place_open(&p, 3);
    media_attach(&p.f, OFFICER, &file, id);
    sync_there(&p, OFFICER);
    sync_there(&p, CENTRAL);
    p.f.devices[OFFICER].sim.free_bytes = 7 * 1000 * 1000;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, &report, &err), JEMPUT_FULL);
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_PARTLY, 5, 5);
    p.f.devices[OFFICER].sim.free_bytes = 9 * 1000 * 1000;
    sync_there(&p, OFFICER);
    media_expect_state(&p.f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 5, 5);
    free(file.bytes);
    fleet_release(&p.f);
}

/* Text that was cut off goes on, also where there is no more room than what is kept free and some. */
static void a_download_of_text_goes_on_where_room_is_short(void **state)
{
    struct place p;
    struct jemput_sync_report report;
    struct jemput_error err;

    (void)state;
    place_open(&p, 3);
    sync_there(&p, OFFICER);
    for (unsigned i = 0; i < 8; i++)
        fleet_sql(&p.f, CENTRAL, "INSERT INTO orang SELECT 'besar-%u', hex(randomblob(100000))", i);
    sync_there(&p, CENTRAL);
    p.f.devices[OFFICER].sim.free_bytes = 100 * 1000 * 1000;
    p.cut_big = 700000;
    assert_int_equal(jemput_sync(p.f.devices[OFFICER].jemput, &(struct jemput_sync_options){ .hub = ADDRESS }, &report, &err), JEMPUT_OFFLINE);
    p.cut_big = 0;
    p.largest_answer = 0;
    sync_there(&p, OFFICER);
    assert_in_range(p.largest_answer, 100000, 500000);
    fleet_expect(&p.f, OFFICER, "SELECT count(*) FROM orang WHERE length(nama) = 200000", "8\n");
    fleet_release(&p.f);
}

/* A hub that takes no more photos today gives them all the same: at central what others have sent, and to whoever asked. */
static void a_hub_that_takes_no_more_photos_now_still_gives_them(void **state)
{
    struct place p;
    struct media_file theirs = media_file_make(3000, 19), own = media_file_make(3000, 20);
    struct jemput_sync_report report;
    struct jemput_error err;
    uint8_t id[16], other[16];

    (void)state;
    place_open(&p, 4);
    media_attach(&p.f, OFFICER, &theirs, id);
    sync_there(&p, OFFICER);
    sync_there(&p, CENTRAL);
    sync_there(&p, OTHER);
    media_attach(&p.f, OTHER, &own, other);
    assert_int_equal(jemput_attachment_ask(p.f.devices[OTHER].jemput, id, &err), JEMPUT_OK);
    p.photos_busy = true;
    report = sync_there(&p, OTHER);
    assert_int_equal(report.attachment_status, JEMPUT_BUSY);
    assert_int_equal(report.retry_after_s, 40);
    assert_int_equal(report.attachment_chunks_sent, 0);
    media_expect_bytes(&p.f, OTHER, id, &theirs);
    p.photos_busy = false;
    report = sync_there(&p, OTHER);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_int_equal(report.attachment_chunks_sent, 2);
    free(theirs.bytes);
    free(own.bytes);
    fleet_release(&p.f);
}

static void commit_lose(struct place *p, unsigned device)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open_v2(p->f.devices[device].path, &db, SQLITE_OPEN_READWRITE, p->f.devices[device].sim.env.sqlite_vfs), SQLITE_OK);
    if (sqlite3_exec(db, "DELETE FROM jemput_object WHERE oid = (SELECT substr(value, 1, 20) FROM jemput_fact WHERE name = 'media pending')", NULL, NULL,
                     NULL))
        fail_msg("%s", sqlite3_errmsg(db));
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_close(db);
}

/* Whether the push that it was for had come to the hub or not. */
static void a_commit_that_waited_and_is_gone_is_made_again(void **state)
{
    (void)state;
    for (unsigned arrived = 0; arrived < 2; arrived++) {
        struct place p;
        struct media_file file = media_file_make(100000, 21);
        struct jemput_sync_report report;
        uint8_t id[16];

        place_open(&p, 3);
        media_attach(&p.f, OFFICER, &file, id);
        sync_there(&p, OFFICER); /* the text, and photos as far as they go */
        media_attach(&p.f, OFFICER, media_file_again(&file, 22), id);
        p.photos_up = arrived ? -1 : 10;
        p.photos_down = arrived ? 5 : -1;
        report = sync_there(&p, OFFICER);
        assert_int_equal(report.attachment_status, JEMPUT_OFFLINE);
        p.photos_up = p.photos_down = -1;
        commit_lose(&p, OFFICER);
        report = sync_there(&p, OFFICER);
        if (report.attachment_status)
            fail_msg("%s", report.attachment_text);
        sync_there(&p, CENTRAL);
        media_expect_bytes(&p.f, CENTRAL, id, &file);
        free(file.bytes);
        fleet_release(&p.f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(attachments_meet_at_an_address_as_they_do_in_a_folder),
        cmocka_unit_test(what_the_hub_has_not_got_yet_is_waited_for_and_no_failure),
        cmocka_unit_test(an_upload_cut_anywhere_goes_on_chunk_by_chunk_and_the_text_is_out),
        cmocka_unit_test(a_download_cut_anywhere_goes_on_with_what_is_missing),
        cmocka_unit_test(what_is_urgent_goes_first_and_small_before_large),
        cmocka_unit_test(a_hub_that_has_too_much_to_do_is_left_alone_and_nothing_begins_anew),
        cmocka_unit_test(a_hub_gets_no_more_at_once_than_it_takes),
        cmocka_unit_test(what_was_cut_off_goes_out_in_smaller_pieces),
        cmocka_unit_test(what_arrived_before_a_cut_is_found_there),
        cmocka_unit_test(a_device_with_a_new_key_sends_what_waited_under_the_old_one),
        cmocka_unit_test(what_came_of_attachments_is_kept_for_the_next_sync),
        cmocka_unit_test(what_a_hub_sends_leaves_room_for_the_own_work),
        cmocka_unit_test(a_receipt_comes_where_little_room_is_left),
        cmocka_unit_test(a_download_of_text_goes_on_where_room_is_short),
        cmocka_unit_test(a_hub_that_takes_no_more_photos_now_still_gives_them),
        cmocka_unit_test(a_commit_that_waited_and_is_gone_is_made_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
