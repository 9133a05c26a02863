/* sim/test_media_stick.c — attachments by stick: behind all text in the file and never before it, taken chunk by chunk whatever becomes of the file, by
 * central all of them and by others what they asked for, each once. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#define STICK_BYTES_MAX (2u * 1024 * 1024)

#include "fleet.h"
#include "media_world.h"
#include "stick.h"

static struct stick s, whole;

static struct jemput_bundle_made photos_make(struct fleet *f, unsigned device, const struct jemput_bundle_make_options *more)
{
    struct jemput_bundle_make_options options = *more;
    struct jemput_bundle_made made = { 0 };
    struct jemput_error err;

    stick_empty(&s);
    options.writer = (struct jemput_bundle_writer){ stick_write, &s };
    options.attachments = 1;
    if (jemput_bundle_make(f->devices[device].jemput, &options, &made, &err))
        fail_msg("make: %s", err.text);
    assert_int_equal(made.bytes, s.len);
    return made;
}

static const struct jemput_bundle_make_options LACKING = { .full = 0 }, ALL = { .full = 1 };

/* There by stick, and the receipt back by stick. */
static void photos_reach_central_by_stick_and_its_receipt_comes_back_by_stick(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(200000, 1);
    struct jemput_bundle_made made;
    struct jemput_bundle_taken taken;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    made = photos_make(&f, OFFICER, &LACKING);
    assert_int_equal(made.attachments, 1);
    assert_int_equal(made.attachment_chunks, 5);
    assert_in_range(made.attachment_bytes, 200000, 210000);
    taken = must_take(&f, CENTRAL, &s);
    assert_int_equal(taken.file.attachment_chunks, 5);
    assert_int_equal(taken.file.attachment_bytes, made.attachment_bytes);
    assert_int_equal(taken.sync.attachments_fetched, 1);
    assert_int_equal(taken.sync.attachment_chunks_fetched, 5);
    media_expect_bytes(&f, CENTRAL, id, &file);
    fleet_expect(&f, CENTRAL, "SELECT length(received) FROM berkas", "64\n");
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_UNSENT, 0, 5); /* a stick may be lost: nothing is said before central says it */
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, false);
    must_take(&f, OFFICER, &s);
    media_expect_state(&f, OFFICER, id, JEMPUT_ATTACHMENT_RECEIVED, 5, 5);
    assert_int_equal(photos_make(&f, OFFICER, &LACKING).attachment_chunks, 0);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0); /* nor over a link */
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    free(file.bytes);
    fleet_release(&f);
}

/* It did not pass the hub on its way, and others look for it there: central hands it on, and whoever made it need not. */
static void what_came_to_central_by_stick_can_be_had_from_the_hub(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(150000, 15);
    struct jemput_error err;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    photos_make(&f, OFFICER, &LACKING);
    must_take(&f, CENTRAL, &s);
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).attachment_chunks_sent, 4);
    assert_int_equal(fleet_sync(&f, CENTRAL, 0).attachment_chunks_sent, 0);
    fleet_sync(&f, OTHER, 0);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, id, &err), JEMPUT_OK);
    assert_int_equal(fleet_sync(&f, OTHER, 0).attachments_fetched, 1);
    media_expect_bytes(&f, OTHER, id, &file);
    assert_int_equal(fleet_sync(&f, OTHER, 0).attachment_chunks_sent, 0);
    fleet_settle(&f, 0);
    assert_int_equal(fleet_sync(&f, OFFICER, 0).attachment_chunks_sent, 0);
    free(file.bytes);
    fleet_release(&f);
}

static void photos_whose_text_is_there_already_travel_alone(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(90000, 2);
    struct jemput_bundle_made made;
    uint8_t id[16];
    char hub[600];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    snprintf(hub, sizeof hub, "echo x > '%s/refs/heads/media'", fleet_hub(&f, 0)); /* its hub takes no attachments */
    assert_int_equal(system(hub), 0);
    fleet_settle(&f, 0);
    media_expect_absent(&f, CENTRAL, id);
    made = photos_make(&f, OFFICER, &LACKING);
    assert_int_equal(made.segments, 0);
    assert_int_equal(made.attachment_chunks, 3);
    must_take(&f, CENTRAL, &s);
    media_expect_bytes(&f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&f);
}

static void without_being_asked_for_no_attachment_is_in_a_bundle(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(90000, 3);
    struct jemput_bundle_made made;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    stick_empty(&s);
    made = stick_make(&f, OFFICER, &s, true);
    assert_int_equal(made.attachment_chunks, 0);
    assert_true(made.segments > 0 && s.len < 20000);
    assert_int_equal(must_take(&f, CENTRAL, &s).file.attachment_chunks, 0);
    media_expect_absent(&f, CENTRAL, id);
    free(file.bytes);
    fleet_release(&f);
}

/* The beginning of the file, up to many places: a chunk is in it only if all text is. What came is kept, and the whole file brings the rest alone. */
static void a_file_that_is_cut_anywhere_holds_no_chunk_before_the_last_segment_and_goes_on_chunk_by_chunk(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(400000, 4);
    struct jemput_bundle_made made;
    struct jemput_bundle_info info;
    struct jemput_error err;
    uint64_t before = 0, chunks = 0, got = 0;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    for (unsigned i = 0; i < 3; i++) {
        fleet_sql(&f, OFFICER, "INSERT INTO orang VALUES('baru-%u', 'Baru')", i);
        assert_int_equal(jemput_seal(f.devices[OFFICER].jemput, NULL, &err), JEMPUT_OK);
    }
    media_attach(&f, OFFICER, &file, id);
    made = photos_make(&f, OFFICER, &LACKING);
    whole = s;
    for (size_t cut = 200; cut < whole.len; cut += cut < 5000 ? 37 : 2003) {
        const struct jemput_bundle_reader reader = { stick_read, &s };

        s = whole;
        s.len = cut;
        if (jemput_bundle_show(NULL, &reader, NULL, NULL, NULL, &info, &err))
            continue;
        assert_true(info.attachment_chunks >= before);
        before = info.attachment_chunks;
        if (info.attachment_chunks)
            assert_int_equal(info.segments, made.segments);
    }
    for (unsigned part = 1; part < 4; part++) {
        struct jemput_bundle_taken taken;

        s = whole;
        s.len = whole.len / 4 * part;
        taken = must_take(&f, CENTRAL, &s);
        fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id LIKE 'baru-%'", "3\n");
        assert_true(taken.sync.attachment_chunks_fetched > 0);
        got += taken.sync.attachment_chunks_fetched;
        media_expect_absent(&f, CENTRAL, id);
    }
    chunks = must_take(&f, CENTRAL, &whole).sync.attachment_chunks_fetched;
    assert_int_equal(got + chunks, made.attachment_chunks); /* each once */
    media_expect_bytes(&f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&f);
}

/* A byte in each 32 KiB. The text is whole whatever chunk is hit, and of the attachment only the chunk that was hit is missing. */
static void a_flipped_byte_costs_the_chunk_that_it_hits_and_another_copy_brings_it(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(300000, 5);
    struct jemput_bundle_made made;
    unsigned hits = 0;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    made = photos_make(&f, OFFICER, &LACKING);
    whole = s;
    for (size_t at = whole.len - 10000; at > 20000; at -= 32768) {
        const struct jemput_bundle_reader reader = { stick_read, &s };
        struct jemput_bundle_info info;
        struct jemput_error err;

        s = whole;
        s.data[at] ^= 0x10;
        assert_int_equal(jemput_bundle_show(NULL, &reader, NULL, NULL, NULL, &info, &err), JEMPUT_OK);
        assert_int_equal(info.segments, made.segments);
        assert_int_equal(info.attachment_chunks + info.attachment_chunks_lost, made.attachment_chunks);
        assert_in_range(info.attachment_chunks_lost, 1, 1);
        hits++;
    }
    assert_in_range(hits, 8, 10);
    s = whole;
    s.data[whole.len / 2] ^= 0x10;
    assert_int_equal(must_take(&f, CENTRAL, &s).sync.attachment_chunks_fetched, made.attachment_chunks - 1);
    media_expect_absent(&f, CENTRAL, id);
    assert_int_equal(must_take(&f, CENTRAL, &whole).sync.attachment_chunks_fetched, 1);
    media_expect_bytes(&f, CENTRAL, id, &file);
    free(file.bytes);
    fleet_release(&f);
}

static void taking_it_again_changes_nothing_and_equal_bytes_are_in_it_once(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(150000, 6);
    struct jemput_bundle_made made;
    struct jemput_bundle_taken taken;
    uint8_t first[16], second[16];
    char *before, *after;

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, first);
    media_attach(&f, OFFICER, &file, second);
    made = photos_make(&f, OFFICER, &LACKING);
    assert_int_equal(made.attachments, 2);
    assert_int_equal(made.attachment_chunks, 4);
    must_take(&f, CENTRAL, &s);
    media_expect_bytes(&f, CENTRAL, first, &file);
    media_expect_bytes(&f, CENTRAL, second, &file);
    before = fleet_rows(&f, CENTRAL, "SELECT count(*), sum(length(received)), (SELECT count(*) FROM jemput_history('berkas', (SELECT min(id) FROM berkas)))"
                                     " FROM berkas");
    taken = must_take(&f, CENTRAL, &s);
    assert_int_equal(taken.sync.attachment_chunks_fetched, 0);
    assert_int_equal(taken.sync.attachment_status, JEMPUT_OK);
    after = fleet_rows(&f, CENTRAL, "SELECT count(*), sum(length(received)), (SELECT count(*) FROM jemput_history('berkas', (SELECT min(id) FROM berkas)))"
                                    " FROM berkas");
    assert_string_equal(before, after);
    free(before);
    free(after);
    free(file.bytes);
    fleet_release(&f);
}

static void a_tablet_takes_what_it_asked_for_and_nothing_else(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(70000, 7), more = media_file_make(70000, 8);
    struct jemput_error err;
    uint8_t id[16], other[16];

    (void)state;
    media_fleet(&f, 4, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &more, other);
    fleet_settle(&f, 0);
    photos_make(&f, CENTRAL, &ALL);
    assert_int_equal(must_take(&f, OTHER, &s).sync.attachment_chunks_fetched, 0);
    assert_int_equal(jemput_attachment_ask(f.devices[OTHER].jemput, other, &err), JEMPUT_OK);
    assert_int_equal(must_take(&f, OTHER, &s).sync.attachments_fetched, 1); /* the same file */
    media_expect_bytes(&f, OTHER, other, &more);
    media_expect_absent(&f, OTHER, id);
    assert_int_equal(fleet_sync(&f, OTHER, 0).attachment_chunks_sent, 0); /* handing it on is central's */
    free(file.bytes);
    free(more.bytes);
    fleet_release(&f);
}

static void small_and_urgent_ones_come_first_where_the_stick_has_no_room_for_all(void **state)
{
    struct fleet f;
    struct media_file large = media_file_make(300000, 9), small = media_file_make(40000, 10), urgent = media_file_make(200000, 11);
    struct jemput_bundle_made made;
    struct jemput_error err;
    uint8_t id[3][16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &large, id[0]);
    media_attach(&f, OFFICER, &small, id[1]);
    assert_int_equal(media_try(&f, OFFICER, &urgent, 1, id[2], &err), JEMPUT_OK);
    made = photos_make(&f, OFFICER, &(struct jemput_bundle_make_options){ .attachment_bytes_max = 250000 });
    assert_int_equal(made.attachments, 2);
    assert_int_equal(made.attachments_left, 1);
    must_take(&f, CENTRAL, &s);
    media_expect_bytes(&f, CENTRAL, id[2], &urgent);
    media_expect_bytes(&f, CENTRAL, id[1], &small);
    media_expect_absent(&f, CENTRAL, id[0]);
    stick_empty(&s);
    stick_make(&f, CENTRAL, &s, false);
    must_take(&f, OFFICER, &s);
    made = photos_make(&f, OFFICER, &(struct jemput_bundle_make_options){ .attachment_bytes_max = 1 }); /* at least one */
    assert_int_equal(made.attachments, 1);
    must_take(&f, CENTRAL, &s);
    media_expect_bytes(&f, CENTRAL, id[0], &large);
    free(large.bytes);
    free(small.bytes);
    free(urgent.bytes);
    fleet_release(&f);
}

static void a_photo_that_the_disk_has_damaged_keeps_neither_text_nor_other_photos_back(void **state)
{
    struct fleet f;
    struct media_file file = media_file_make(120000, 12), other = media_file_make(30000, 13);
    struct jemput_bundle_made made;
    uint8_t id[16], good[16];

    (void)state;
    media_fleet(&f, 3, "0");
    media_attach(&f, OFFICER, &file, id);
    media_attach(&f, OFFICER, &other, good);
    sqlite3_set_authorizer(f.devices[OFFICER].sql, NULL, NULL);
    fleet_sql(&f, OFFICER, "UPDATE jemput_object SET data = zeroblob(length(data)) WHERE oid = (SELECT oid FROM jemput_chunk WHERE bytes = (SELECT"
                           " max(bytes) FROM jemput_chunk))");
    made = photos_make(&f, OFFICER, &LACKING);
    assert_true(made.segments > 0);
    assert_int_equal(made.attachment_chunks, 4);
    must_take(&f, CENTRAL, &s);
    media_expect_bytes(&f, CENTRAL, good, &other);
    media_expect_absent(&f, CENTRAL, id);
    free(file.bytes);
    free(other.bytes);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_reach_central_by_stick_and_its_receipt_comes_back_by_stick),
        cmocka_unit_test(what_came_to_central_by_stick_can_be_had_from_the_hub),
        cmocka_unit_test(photos_whose_text_is_there_already_travel_alone),
        cmocka_unit_test(without_being_asked_for_no_attachment_is_in_a_bundle),
        cmocka_unit_test(a_file_that_is_cut_anywhere_holds_no_chunk_before_the_last_segment_and_goes_on_chunk_by_chunk),
        cmocka_unit_test(a_flipped_byte_costs_the_chunk_that_it_hits_and_another_copy_brings_it),
        cmocka_unit_test(taking_it_again_changes_nothing_and_equal_bytes_are_in_it_once),
        cmocka_unit_test(a_tablet_takes_what_it_asked_for_and_nothing_else),
        cmocka_unit_test(small_and_urgent_ones_come_first_where_the_stick_has_no_room_for_all),
        cmocka_unit_test(a_photo_that_the_disk_has_damaged_keeps_neither_text_nor_other_photos_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
