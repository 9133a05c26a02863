/* Key epochs: who reads what, from when on, and what a device does with what it cannot read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/ingest/segment.h"
#include "api/roster/roster.h"
#include "api/seal/seal.h"
#include "bad.h"
#include "roll.h"
#include "store/keys/epoch.h"
#include "support/sealed.h"

#define OFFICE 0
#define TABLET 1
#define OTHER 2

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";

static struct jemput *engine(struct fleet *f, unsigned device)
{
    return f->devices[device].jemput;
}

static bool has_key(struct fleet *f, unsigned device, uint32_t number)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    struct jemput_error err;

    return jemput_store_epoch_get(engine(f, device)->store, number, NULL, 0, key, &err) == JEMPUT_OK;
}

static void sync_all(struct fleet *f, unsigned device, const char *names)
{
    fleet_settle(f, 0);
    bad_expect_names(f, device, names);
}

static void expect_rebuild_finds_nothing(struct fleet *f, unsigned device)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;

    if (jemput_rebuild(engine(f, device), NULL, &report, &err))
        fail_msg("device %u: rebuild: %s", device, err.text);
    if (report.differences || report.rows_put || report.rows_removed)
        fail_msg("device %u: rebuild found %llu differences", device, (unsigned long long)report.differences);
}

static void expect_same_hash(struct fleet *f, unsigned a, unsigned b)
{
    char one[65], two[65];
    struct jemput_error err;

    assert_int_equal(jemput_state_hash(engine(f, a), one, &err), JEMPUT_OK);
    assert_int_equal(jemput_state_hash(engine(f, b), two, &err), JEMPUT_OK);
    assert_string_equal(one, two);
}

/* --- what is sealed --- */

struct seen {
    struct jemput *j;
    unsigned data, controls;
    uint32_t epochs[8];
    unsigned epoch_count;
};

static enum jemput_status segment_see(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct seen *s = ctx;
    struct jemput_arena arena = { 0 };
    struct engine_segment read;
    struct jemput_oid oid;
    unsigned i = 0;

    memcpy(oid.id, segment->commit, sizeof oid.id);
    assert_int_equal(engine_segment_read(s->j, jemput_repo_source(s->j->repo), &oid, true, &read, &arena, err), JEMPUT_OK);
    s->data += !segment->control;
    s->controls += segment->control;
    if (segment->control) {
        assert_int_equal(read.header.key_epoch, 0);
    } else {
        assert_int_not_equal(read.header.key_epoch, 0);
        while (i < s->epoch_count && s->epochs[i] != read.header.key_epoch)
            i++;
        if (i == s->epoch_count && i < 8)
            s->epochs[s->epoch_count++] = read.header.key_epoch;
    }
    jemput_arena_release(&arena);
    return JEMPUT_OK;
}

static void all_data_is_sealed_and_no_record_is(void **state)
{
    struct fleet f;
    struct seen s = { .data = 0 };
    struct jemput_error err;

    (void)state;
    bad_begin(&f, 900);
    s.j = engine(&f, OFFICE);
    assert_int_equal(jemput_store_segments_after(s.j->store, 0, segment_see, &s, &err), JEMPUT_OK);
    assert_true(s.data >= 3 && s.controls >= 3);
    assert_int_equal(s.epoch_count, 1);
    assert_int_equal(s.epochs[0], (UINT32_C(1) << JEMPUT_EPOCH_DEVICE_BITS) + 1); /* the founder is number 1 */
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(roll_epoch(&f, i), s.epochs[0]);
    bad_end(&f);
}

/* --- before and after a device is let in --- */

static void expect_granted_by_the_segment_that_let_it_in(struct fleet *f)
{
    const struct engine_acts *acts = &engine(f, OFFICE)->acts;
    const struct jemput_act *let_in = NULL, *granted = NULL;

    for (uint32_t i = 0; i < acts->count; i++) {
        const struct jemput_act *act = &acts->of[i].act;

        let_in = act->record.kind == JEMPUT_RECORD_ENROL ? act : let_in;
        granted = act->record.kind == JEMPUT_RECORD_GRANT ? act : granted;
    }
    assert_true(let_in && granted && jemput_hash_equal(&let_in->segment, &granted->segment));
}

static void what_was_collected_before_a_device_was_let_in_is_merged_after_it(void **state)
{
    struct fleet f;
    unsigned newcomer;
    uint32_t own;

    (void)state;
    bad_begin(&f, 901);
    newcomer = roll_join(&f, OFFICE, "petugas");
    bad_write(&f, newcomer, "n");
    own = roll_epoch(&f, newcomer);
    assert_true(own <= ENGINE_EPOCH_OWN_MAX);
    fleet_sync(&f, newcomer, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_names(&f, OFFICE, "abcn"); /* one sync each: the invitation has said for whom to seal */
    expect_granted_by_the_segment_that_let_it_in(&f);
    fleet_sync(&f, TABLET, 0);
    bad_expect_names(&f, TABLET, "abcn");
    bad_write(&f, newcomer, "o");
    sync_all(&f, OTHER, "abcno");
    assert_true(roll_epoch(&f, newcomer) > ENGINE_EPOCH_OWN_MAX);
    for (unsigned i = 0; i < f.count; i++) {
        assert_int_equal(bad_info(&f, i).segments_unread, 0);
        expect_same_hash(&f, OFFICE, i);
        expect_rebuild_finds_nothing(&f, i);
    }
    bad_end(&f);
}

/* The short form of an invitation names nobody: then the keys to whom to seal come with the first sync. */
static void an_invitation_that_names_no_reader_takes_one_sync_more(void **state)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_INVITATION_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    struct jemput_invitation inv;
    struct jemput_error err;
    struct fleet f;
    char *full;
    size_t len;

    (void)state;
    bad_begin(&f, 902);
    assert_int_equal(jemput_invite(engine(&f, OFFICE), "petugas", "", "", f.devices[OFFICE].sim.wall_ms + 86400000, &full, &len, &err), JEMPUT_OK);
    assert_int_equal(jemput_invitation_read(&inv, jemput_bytes_of(full, len), &arena, &err), JEMPUT_OK);
    assert_int_equal(inv.reader_count, 1);
    inv.reader_count = 0;
    jemput_invitation_write(&text, &inv);
    jemput_text_free(full);
    fleet_device_add(&f, (const char *)text.data, text.len);
    bad_write(&f, 3, "n");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, 3, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_names(&f, OFFICE, "abcn");
    sync_all(&f, TABLET, "abcn");
    assert_int_equal(bad_info(&f, TABLET).segments_unread, 0);
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
    bad_end(&f);
}

static void a_newcomer_keeps_what_it_cannot_read_and_reads_it_once_let_in(void **state)
{
    struct jemput_sync_report report;
    struct fleet f;
    unsigned newcomer;

    (void)state;
    bad_begin(&f, 903);
    newcomer = roll_join(&f, OFFICE, "petugas");
    fleet_sync(&f, OFFICE, 0);
    report = fleet_sync(&f, newcomer, 0);
    assert_true(report.segments_unread > 0);
    bad_expect_names(&f, newcomer, "");
    assert_true(bad_info(&f, newcomer).segments_unread >= 3);
    assert_int_equal(bad_info(&f, newcomer).logs_stopped, 0);
    fleet_verify(&f, newcomer);
    expect_rebuild_finds_nothing(&f, newcomer);
    fleet_sync(&f, OFFICE, 0);
    report = fleet_sync(&f, newcomer, 0);
    assert_int_equal(report.txns_merged, 3);
    bad_expect_names(&f, newcomer, "abc");
    assert_int_equal(bad_info(&f, newcomer).segments_unread, 0);
    fleet_settle(&f, 0);
    expect_same_hash(&f, OFFICE, newcomer);
    expect_rebuild_finds_nothing(&f, newcomer);
    bad_end(&f);
}

/* --- who operates and does not read --- */

static bool disk_has(struct fleet *f, unsigned device, const char *text)
{
    static const char *const tails[] = { "", "-wal" };
    bool found = false;

    for (unsigned i = 0; i < 2; i++) {
        struct fleet_device *d = &f->devices[device];
        char name[64];
        const uint8_t *bytes;
        size_t len = 0;

        snprintf(name, sizeof name, "%s%s", d->path, tails[i]);
        bytes = crash_vfs_file(d->vfs, name, &len);
        for (size_t at = 0; bytes && at + strlen(text) <= len; at++)
            found |= memcmp(bytes + at, text, strlen(text)) == 0;
    }
    return found;
}

static void kominfo_syncs_and_sees_devices_and_reads_nothing(void **state)
{
    struct fleet f;
    unsigned operator;

    (void)state;
    bad_begin(&f, 904);
    operator = roll_join(&f, OFFICE, "kominfo");
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('Sri Kenari Uji', '16740599')");
    fleet_settle(&f, 0);
    fleet_settle(&f, 0);
    fleet_expect(&f, operator, "SELECT count(*) FROM warga", "0\n");
    assert_true(bad_info(&f, operator).admitted && bad_info(&f, operator).segments_unread >= 4);
    assert_int_equal(bad_info(&f, operator).logs_stopped, 0);
    assert_false(has_key(&f, operator, roll_epoch(&f, OFFICE)));
    roll_expect(&f, operator, 2, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    assert_true(roll_device(&f, operator, 2).segments > 0);
    assert_true(disk_has(&f, TABLET, "Sri Kenari Uji") || test_secret());
    assert_false(disk_has(&f, operator, "Sri Kenari Uji"));
    assert_false(disk_has(&f, operator, "16740599"));
    fleet_verify(&f, operator);
    expect_rebuild_finds_nothing(&f, operator);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas" });
    fleet_settle(&f, 0);
    fleet_expect(&f, operator, "SELECT count(*) FROM warga", "4\n"); /* what it kept, it reads now */
    assert_int_equal(bad_info(&f, operator).segments_unread, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "kominfo" });
    bad_write(&f, OFFICE, "z");
    fleet_settle(&f, 0);
    fleet_expect(&f, operator, "SELECT count(*) FROM warga", "4\n"); /* and no more from here on */
    fleet_expect(&f, TABLET, "SELECT count(*) FROM warga", "5\n");
    bad_end(&f);
}

/* --- revocation --- */

static void a_revoked_device_cannot_open_what_is_written_after_it(void **state)
{
    struct fleet f;
    uint32_t before;

    (void)state;
    bad_begin(&f, 905);
    before = roll_epoch(&f, OFFICE);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen" });
    assert_true(roll_epoch(&f, OFFICE) > before);
    bad_write(&f, OFFICE, "x");
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, TABLET, 0);
    bad_write(&f, TABLET, "y");
    fleet_sync(&f, TABLET, 0);
    fleet_sync(&f, OFFICE, 0);
    bad_expect_names(&f, OFFICE, "abcxy");
    bad_sync(&f, OTHER, fleet_hub(&f, 0), NULL, NULL); /* whatever the thief does */
    bad_expect_names(&f, OTHER, "abc");
    assert_true(has_key(&f, OTHER, before));
    assert_false(has_key(&f, OTHER, roll_epoch(&f, OFFICE)));
    assert_true(bad_info(&f, OTHER).segments_unread > 0);
    bad_expect_names(&f, TABLET, "abcxy");
    fleet_verify(&f, OFFICE);
    fleet_verify(&f, TABLET);
    fleet_release(&f);
}

/* The administrator revokes while central lets somebody in: neither had heard of the other. */
static void what_two_did_at_once_is_put_right_by_the_first_that_knows_both(void **state)
{
    struct fleet f;
    unsigned newcomer;

    (void)state;
    fleet_init(&f, 4, 1, SCHEMA, 906);
    newcomer = roll_join(&f, OFFICE, "petugas");
    fleet_sync(&f, OFFICE, 0);
    bad_write(&f, newcomer, "n");
    fleet_sync(&f, newcomer, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "lost" });
    bad_write(&f, OFFICE, "x");
    fleet_sync(&f, 1, 0); /* central, which lets in the newcomer */
    assert_true(bad_info(&f, 1).admitted);
    fleet_settle(&f, 0);
    assert_true(roll_epoch(&f, OFFICE) >> JEMPUT_EPOCH_DEVICE_BITS == 2);
    for (unsigned i = 0; i < f.count; i++) {
        if (i == 3)
            continue;
        bad_expect_names(&f, i, "nx");
        assert_int_equal(roll_epoch(&f, i), roll_epoch(&f, OFFICE));
    }
    assert_false(has_key(&f, 3, roll_epoch(&f, OFFICE)));
    fleet_release(&f);
}

/* An epoch that was made by somebody who had not heard of the revocation hands its key to the revoked device: another one follows. */
static void an_epoch_that_a_revoked_device_can_read_is_followed_by_another(void **state)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_error err;
    struct fleet f;
    struct jemput *j;
    uint32_t leaked;

    (void)state;
    bad_begin(&f, 907);
    j = engine(&f, OFFICE);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost" });
    assert_int_equal(jemput_store_begin(j->store, 0, &err), JEMPUT_OK);
    assert_int_equal(engine_epoch_renew(j, NULL, &records, &err), JEMPUT_OK);
    for (uint32_t i = 0; i < j->keyring.epoch_count; i++) /* the boxes of the first epoch, which names all three */
        if (j->keyring.epochs[i].act->record.as.epoch.number >> JEMPUT_EPOCH_DEVICE_BITS == 1) {
            struct jemput_key_epoch *made = &records.of[0].as.epoch;
            struct jemput_member *gone = NULL;

            for (uint32_t m = 0; m < j->roster.member_count; m++)
                gone = j->roster.members[m].standing == JEMPUT_STANDING_REVOKED ? &j->roster.members[m] : gone;
            assert_non_null(gone);
            made->boxes = jemput_arena_array(&arena, 1, sizeof *made->boxes);
            memset(made->boxes, 0, sizeof *made->boxes);
            made->boxes[0].writer = gone->writer;
            made->box_count = 1;
        }
    leaked = records.of[0].as.epoch.number;
    assert_int_equal(engine_seal_control(j, records.of, records.count, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
    assert_int_equal(engine_roster_load(j, &err), JEMPUT_OK);
    assert_int_equal(roll_epoch(&f, OFFICE), leaked);
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, TABLET, 0);
    assert_true(roll_epoch(&f, OFFICE) > leaked);
    assert_int_equal(roll_epoch(&f, TABLET), roll_epoch(&f, OFFICE));
    jemput_arena_release(&arena);
    fleet_release(&f);
}

/* --- records that do not hold what they should --- */

static void record_seal(struct fleet *f, unsigned device, const struct jemput_record *record)
{
    struct jemput *j = engine(f, device);
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(j->store, 0, &err), JEMPUT_OK);
    assert_int_equal(engine_seal_control(j, record, 1, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
    assert_int_equal(engine_roster_load(j, &err), JEMPUT_OK);
}

static void problem_keep(void *ctx, const char *what)
{
    char *text = ctx;

    snprintf(text + strlen(text), 600 - strlen(text), "%s\n", what);
}

static void expect_problem(struct fleet *f, unsigned device, const char *word)
{
    char text[600] = "";
    struct jemput_error err;
    uint64_t problems;

    assert_int_equal(jemput_verify(engine(f, device), problem_keep, text, &problems, &err), JEMPUT_OK);
    if (!strstr(text, word))
        fail_msg("device %u: verify does not say '%s': %s", device, word, text);
}

/* For one reader a box that does not open, for another one that holds another key: all go on under the key that they have. */
static void boxes_that_are_no_good_disturb_nobody_and_are_told_by_verify(void **state)
{
    struct jemput_epoch_box boxes[2];
    struct jemput_record record = { .kind = JEMPUT_RECORD_EPOCH, .as.epoch = { .box_count = 2, .boxes = boxes } };
    uint8_t key[32] = { 1 }, another[32] = { 2 }, once[32] = { 3 };
    struct jemput_reading_pair pair;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    bad_begin(&f, 908);
    record.as.epoch.number = (UINT32_C(2) << JEMPUT_EPOCH_DEVICE_BITS) + 1;
    engine_epoch_check(record.as.epoch.check, &engine(&f, OFFICE)->space, record.as.epoch.number, key);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(engine_reading_pair(engine(&f, i ? OTHER : TABLET), &pair, &err), JEMPUT_OK);
        boxes[i].writer = engine(&f, i ? OTHER : TABLET)->writer;
        memcpy(boxes[i].reading_key, pair.public_key, sizeof boxes[i].reading_key);
        assert_true(jemput_box(boxes[i].box, another, pair.public_key, once));
    }
    boxes[0].box[40] ^= 1;
    if (jemput_writer_compare(&boxes[0].writer, &boxes[1].writer) > 0) {
        struct jemput_epoch_box first = boxes[0];

        boxes[0] = boxes[1];
        boxes[1] = first;
    }
    record_seal(&f, OFFICE, &record);
    fleet_settle(&f, 0);
    bad_write(&f, TABLET, "d");
    bad_write(&f, OTHER, "e");
    bad_write(&f, OFFICE, "f");
    sync_all(&f, OFFICE, "abcdef");
    bad_expect_names(&f, TABLET, "abcdef");
    bad_expect_names(&f, OTHER, "abcdef");
    expect_problem(&f, TABLET, "does not open");
    expect_problem(&f, OTHER, "is another one");
    fleet_verify(&f, OFFICE);
    fleet_release(&f);
}

/* Of a tablet that hands out a key of its own as the space's: the roster does not let it count. */
static void a_tablet_makes_no_epoch_of_the_space(void **state)
{
    struct jemput_arena arena = { 0 };
    struct engine_records records = { .arena = &arena };
    struct jemput_error err;
    struct fleet f;
    struct jemput *j;
    uint32_t before;

    (void)state;
    bad_begin(&f, 909);
    before = roll_epoch(&f, OFFICE);
    j = engine(&f, TABLET);
    assert_int_equal(jemput_store_begin(j->store, 0, &err), JEMPUT_OK);
    assert_int_equal(engine_epoch_renew(j, NULL, &records, &err), JEMPUT_OK);
    assert_int_equal(engine_seal_control(j, records.of, records.count, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
    assert_int_equal(engine_roster_load(j, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(roll_epoch(&f, i), before);
    assert_false(has_key(&f, OTHER, records.of[0].as.epoch.number));
    jemput_arena_release(&arena);
    bad_end(&f);
}

/* He has said that there are no more numbers: his key goes all the same, and with a cut before that the numbers come back. */
static void an_administrator_who_uses_up_the_epochs_is_revoked_all_the_same(void **state)
{
    struct jemput_device_act revoke = { .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen" };
    struct jemput_record last = { .kind = JEMPUT_RECORD_EPOCH };
    char before[24];

    (void)state;
    for (unsigned cut = 0; cut < 2; cut++) {
        struct fleet f;

        bad_begin(&f, 910);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "admin" });
        fleet_settle(&f, 0);
        snprintf(before, sizeof before, "%llu", (unsigned long long)roll_segments(&f, OTHER));
        last.as.epoch.number = ENGINE_EPOCH_TURN_MAX << JEMPUT_EPOCH_DEVICE_BITS | 3;
        record_seal(&f, OTHER, &last);
        fleet_settle(&f, 0);
        expect_problem(&f, OFFICE, "is the last that there can be");
        revoke.after = cut ? before : NULL;
        roll_act(&f, OFFICE, revoke);
        fleet_settle(&f, 0);
        roll_expect(&f, TABLET, 3, JEMPUT_DEVICE_REVOKED, "", "");
        bad_write(&f, OFFICE, "x");
        bad_write(&f, TABLET, "y");
        fleet_settle(&f, 0);
        bad_expect_names(&f, OFFICE, "abcxy");
        bad_expect_names(&f, TABLET, "abcxy");
        if (cut) {
            assert_true(roll_epoch(&f, TABLET) > 2 << JEMPUT_EPOCH_DEVICE_BITS && roll_epoch(&f, TABLET) < 9 << JEMPUT_EPOCH_DEVICE_BITS);
            assert_false(has_key(&f, OTHER, roll_epoch(&f, TABLET)));
            fleet_verify(&f, OFFICE);
        }
        fleet_release(&f);
    }
}

/* Who destroys the key of a segment's epoch hands out the segment's own: it opens that or nothing, whatever became of him since. */
static void the_key_of_one_segment_counts_also_behind_the_cut_of_who_gave_it(void **state)
{
    const char *const reasons[] = { NULL, jemput_act_is_void, "the segment is not signed with its author's key" };

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct engine_act act = { .segment = 7, .act = { .record.kind = JEMPUT_RECORD_SINGLE, .segment.bytes = { 1 }, .place = 2 } };
        struct engine_acts acts = { .of = &act, .count = 1 };
        struct jemput_refused_act refused = { .segment.bytes = { 1 }, .place = 2, .reason = reasons[i] };
        struct jemput_roster roster = { .refused = &refused, .refused_count = reasons[i] != NULL };
        struct jemput_arena arena = { 0 };
        struct engine_keyring keyring;
        struct jemput_error err;

        assert_int_equal(engine_keyring_fold(&keyring, &acts, &roster, &arena, &err), JEMPUT_OK);
        assert_int_equal(keyring.single_count, i < 2);
        jemput_arena_release(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_key_of_one_segment_counts_also_behind_the_cut_of_who_gave_it),
        cmocka_unit_test(all_data_is_sealed_and_no_record_is),
        cmocka_unit_test(what_was_collected_before_a_device_was_let_in_is_merged_after_it),
        cmocka_unit_test(an_invitation_that_names_no_reader_takes_one_sync_more),
        cmocka_unit_test(a_newcomer_keeps_what_it_cannot_read_and_reads_it_once_let_in),
        cmocka_unit_test(kominfo_syncs_and_sees_devices_and_reads_nothing),
        cmocka_unit_test(a_revoked_device_cannot_open_what_is_written_after_it),
        cmocka_unit_test(what_two_did_at_once_is_put_right_by_the_first_that_knows_both),
        cmocka_unit_test(an_epoch_that_a_revoked_device_can_read_is_followed_by_another),
        cmocka_unit_test(boxes_that_are_no_good_disturb_nobody_and_are_told_by_verify),
        cmocka_unit_test(a_tablet_makes_no_epoch_of_the_space),
        cmocka_unit_test(an_administrator_who_uses_up_the_epochs_is_revoked_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
