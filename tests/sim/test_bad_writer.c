/* Writers that overstep: strangers with a log of their own, tablets that write what only an administrator may, tablets whose rows are odd but readable.
 *
 * A stranger's log waits and touches nothing; an act without right is kept, has no effect, and the writer's rows go on; odd rows are merged the same way
 * everywhere, and replaying the logs gives the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/seal/seal.h"
#include "bad.h"
#include "forge.h"

#include "change/key.h"
#include "log/payload.h"
#include "store/object/aside.h"

#define CENTRAL 0
#define TABLET 1
#define OTHER 2

static struct jemput_keypair stranger_key(uint8_t n)
{
    struct jemput_keypair key;
    uint8_t seed[32] = { n, 9 };

    jemput_keypair_from_seed(&key, seed);
    return key;
}

static const char *hub_of(struct fleet *f)
{
    static char hub[300];

    snprintf(hub, sizeof hub, "%s", fleet_hub(f, 0));
    return hub;
}

/* --- strangers --- */

/* The first segment of a stranger's log, with this payload; gives its ref. */
static const char *stranger_log(struct fleet *f, const struct jemput_keypair *key, struct jemput_bytes payload, enum jemput_class klass)
{
    static char ref[LOG_REF_BYTES];
    struct forge_segment segment;
    struct jemput_oid oid;

    forge_first(&segment, f->devices[CENTRAL].jemput, key);
    segment.payload = payload;
    segment.header.klass = klass;
    segment.header.codec = klass == JEMPUT_CLASS_DATA;
    oid = forge_sign(hub_of(f), &segment, key, NULL);
    engine_log_ref(ref, &segment.header.writer, 0);
    forge_ref(hub_of(f), ref, &oid);
    return ref;
}

static void a_log_of_an_unknown_writer_waits_and_the_others_go_on(void **state)
{
    struct jemput_keypair key = stranger_key(1);
    struct jemput_sync_report report;
    struct jemput_error err;
    struct fleet f;
    const char *ref;

    (void)state;
    bad_begin(&f, 31);
    bad_write(&f, TABLET, "d");
    fleet_sync(&f, TABLET, 0);
    ref = stranger_log(&f, &key, jemput_bytes_of("garbage", 7), JEMPUT_CLASS_DATA);
    for (unsigned i = 0; i < 2; i++) { /* the second time changes nothing */
        assert_int_equal(bad_sync(&f, CENTRAL, hub_of(&f), &report, &err), JEMPUT_OK);
        assert_int_equal(report.complete, 1);
        assert_int_equal(report.logs_stopped, 0);
        assert_int_equal(report.admitted_devices, 0);
        assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 1);
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "not enrolled");
        bad_expect_names(&f, CENTRAL, "abcd");
    }
    bad_expect_sync(&f, OTHER, hub_of(&f), JEMPUT_OK, "");
    bad_expect_names(&f, OTHER, "abcd");
    fleet_verify(&f, CENTRAL);
    assert_int_equal(remove(bad_path(hub_of(&f), "%s", ref)), 0);
    bad_end(&f);
}

static void a_join_request_that_is_not_as_its_invitation_allows_is_named_and_not_admitted(void **state)
{
    struct fleet f;
    struct jemput *central;
    struct jemput_error err;
    char *invitation;
    size_t len;

    (void)state;
    bad_begin(&f, 32);
    central = f.devices[CENTRAL].jemput;
    assert_int_equal(jemput_invite(central, "petugas", "", "", f.devices[CENTRAL].sim.wall_ms + 1000000, &invitation, &len, &err), JEMPUT_OK);
    for (unsigned what = 0; what < 4; what++) {
        struct jemput_keypair key = stranger_key((uint8_t)(10 + what)), one_time;
        struct jemput_record record = { .kind = JEMPUT_RECORD_JOIN };
        struct jemput_join *join = &record.as.join;
        struct jemput_invitation read = { 0 };
        struct jemput_buf payload = JEMPUT_BUF_INIT(4096);
        struct jemput_arena arena = { 0 };
        struct jemput_sync_report report;

        assert_int_equal(jemput_invitation_read(&read, jemput_bytes_of(invitation, len), &arena, &err), JEMPUT_OK);
        jemput_keypair_from_seed(&one_time, read.one_time_seed);
        memcpy(join->invite_key, one_time.public_key, sizeof join->invite_key);
        memcpy(join->public_key, what == 0 ? one_time.public_key : key.public_key, sizeof join->public_key); /* another's key */
        join->epoch = what == 1 ? 2 : 1;
        join->device_number = what == 2 ? 1 : read.device_number; /* the administrator's */
        jemput_join_sign(join, &central->space, &one_time);
        join->signature[5] ^= what == 3;
        jemput_record_write(&payload, &record);
        stranger_log(&f, &key, jemput_buf_bytes(&payload), JEMPUT_CLASS_CONTROL);
        assert_int_equal(bad_sync(&f, CENTRAL, hub_of(&f), &report, &err), JEMPUT_OK);
        assert_int_equal(report.admitted_devices, 0);
        bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "not as its invitation allows");
        assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, what + 1);
        jemput_arena_release(&arena);
        jemput_buf_release(&payload);
    }
    jemput_text_free(invitation);
    bad_end(&f);
}

/* --- acts without right --- */

static void act(struct fleet *f, const struct jemput_record *record)
{
    struct jemput *j = f->devices[TABLET].jemput;
    struct jemput_error err;

    assert_int_equal(jemput_store_begin(j->store, 1000, &err), JEMPUT_OK);
    assert_int_equal(engine_seal_control(j, record, 1, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
}

static void a_tablet_that_acts_as_an_administrator_has_no_effect_and_loses_no_row(void **state)
{
    struct jemput_keypair stranger = stranger_key(2);
    struct jemput_record enrol = { .kind = JEMPUT_RECORD_ENROL }, invite = { .kind = JEMPUT_RECORD_INVITE }, schema = { .kind = JEMPUT_RECORD_SCHEMA },
                         unknown = { .kind = JEMPUT_RECORD_UNKNOWN, .word = jemput_bytes_str("future"), .text = jemput_bytes_str("x\n") };
    struct fleet f;
    uint32_t roster[3];

    (void)state;
    bad_begin(&f, 33);
    for (unsigned i = 0; i < 3; i++)
        roster[i] = bad_info(&f, i).roster_version;
    memcpy(enrol.as.enrol.public_key, stranger.public_key, 32);
    enrol.as.enrol.epoch = 1;
    enrol.as.enrol.device_number = 77;
    enrol.as.enrol.roles = JEMPUT_ROLE_ADMIN;
    memcpy(invite.as.invite.public_key, stranger.public_key, 32);
    invite.as.invite.roles = JEMPUT_ROLE_ADMIN;
    invite.as.invite.device_number = 78;
    invite.as.invite.expires_ms = INT64_C(4000000000000);
    schema.as.schema.version = 2;
    schema.as.schema.sql = jemput_bytes_str("DROP TABLE warga");
    bad_write(&f, TABLET, "d");
    act(&f, &enrol);
    act(&f, &invite);
    bad_write(&f, TABLET, "e");
    act(&f, &schema);
    act(&f, &unknown);
    bad_write(&f, TABLET, "f");
    bad_expect_all_received(&f, "abcdef");
    stranger_log(&f, &stranger, jemput_bytes_of("", 0), JEMPUT_CLASS_CONTROL);
    for (unsigned i = 0; i < 3; i++) {
        bad_expect_sync(&f, i, hub_of(&f), JEMPUT_OK, "");
        assert_int_equal(bad_info(&f, i).roster_version, roster[i]);
        assert_int_equal(bad_info(&f, i).schema_version, 1);
        fleet_verify(&f, i);
    }
    bad_expect_aside(&f, CENTRAL, JEMPUT_DENIED, "not enrolled");
    assert_int_equal(jemput_invite(f.devices[TABLET].jemput, "petugas", "", "", INT64_C(4000000000000), &(char *){ NULL }, &(size_t){ 0 },
                                   &(struct jemput_error){ .status = JEMPUT_OK }),
                     JEMPUT_DENIED);
    fleet_reopen(&f, CENTRAL);
    assert_int_equal(bad_info(&f, CENTRAL).roster_version, roster[CENTRAL]);
    bad_end(&f);
}

/* What is counted is how often the roster is made of all records there are. */
static void records_that_come_together_in_many_segments_make_the_roster_once(void **state)
{
    enum { SEGMENTS = 40 };
    struct jemput_record record = { .kind = JEMPUT_RECORD_REVOKE };
    struct fleet f;
    struct jemput *central;
    uint64_t loads;
    uint32_t refused;

    (void)state;
    bad_begin(&f, 34);
    central = f.devices[CENTRAL].jemput;
    loads = central->roster_loads;
    refused = central->roster.refused_count;
    memcpy(record.as.revoke.public_key, central->key.public_key, sizeof record.as.revoke.public_key);
    record.as.revoke.reason = JEMPUT_REVOKE_STOLEN;
    for (unsigned i = 0; i < SEGMENTS; i++) {
        act(&f, &record);
        if (i == SEGMENTS / 2)
            bad_write(&f, TABLET, "d"); /* read in its turn, between them */
    }
    bad_expect_all_received(&f, "abcd");
    assert_int_equal(central->roster.refused_count, refused + SEGMENTS);
    assert_in_range(central->roster_loads - loads, 1, 8);
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    bad_end(&f);
}

static void a_tablet_that_changes_the_schema_by_sql_is_denied_and_nothing_is_done(void **state)
{
    struct fleet f;

    (void)state;
    bad_begin(&f, 34);
    assert_int_not_equal(fleet_try(&f, TABLET, "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN x')"), SQLITE_OK);
    assert_non_null(strstr(sqlite3_errmsg(f.devices[TABLET].sql), "administrator"));
    assert_int_not_equal(fleet_try(&f, TABLET, "SELECT x FROM warga"), SQLITE_OK);
    bad_expect_all_received(&f, "abc");
    bad_end(&f);
}

/* --- odd rows --- */

struct odd {
    const char *name;
    struct jemput_value key;
    enum jemput_op op;
    uint16_t cells; /* of the one that there is */
    struct jemput_value value;
    bool delta;
    jemput_stamp stamp;
};

#define TEXT(t) { .type = JEMPUT_TEXT, .bytes = { (const uint8_t *)(t), sizeof(t) - 1 } }
#define BLOB(t) { .type = JEMPUT_BLOB, .bytes = { (const uint8_t *)(t), sizeof(t) - 1 } }
#define INTEGER(i) { .type = JEMPUT_INTEGER, .integer = (i) }
#define NOW ((jemput_stamp)1750000000000 << 16)

static const struct odd odds[] = {
    { "an insert without a value", TEXT("z"), JEMPUT_OP_INSERT, 0, INTEGER(0), false, NOW },
    { "an integer in a text column", TEXT("z"), JEMPUT_OP_INSERT, 1, INTEGER(7), false, NOW },
    { "a blob in a text column", TEXT("z"), JEMPUT_OP_INSERT, 1, BLOB("\0\1"), false, NOW },
    { "text that is no UTF-8", TEXT("z"), JEMPUT_OP_INSERT, 1, TEXT("\xff\xfe\0\xc3"), false, NOW },
    { "an integer for a text key", INTEGER(5), JEMPUT_OP_INSERT, 1, TEXT("001"), false, NOW },
    { "an update of a text key by an integer", INTEGER(5), JEMPUT_OP_UPDATE, 1, TEXT("055"), false, NOW },
    { "a delete of a text key by an integer", INTEGER(5), JEMPUT_OP_DELETE, 0, INTEGER(0), false, NOW },
    { "a blob for a text key", BLOB("z"), JEMPUT_OP_INSERT, 1, TEXT("001"), false, NOW },
    { "an empty key", TEXT(""), JEMPUT_OP_INSERT, 1, TEXT("001"), false, NOW },
    { "an update of nothing", TEXT("nobody"), JEMPUT_OP_UPDATE, 1, TEXT("001"), false, NOW },
    { "an update without values", TEXT("a"), JEMPUT_OP_UPDATE, 0, INTEGER(0), false, NOW },
    { "a second insert", TEXT("a"), JEMPUT_OP_INSERT, 1, TEXT("099"), false, NOW },
    { "a delete of nothing", TEXT("nobody"), JEMPUT_OP_DELETE, 0, INTEGER(0), false, NOW },
    { "a delta where nothing is added", TEXT("a"), JEMPUT_OP_UPDATE, 1, INTEGER(3), true, NOW },
    { "the first stamp", TEXT("z"), JEMPUT_OP_INSERT, 1, TEXT("001"), false, 1 },
    { "the last stamp", TEXT("z"), JEMPUT_OP_INSERT, 1, TEXT("001"), false, JEMPUT_STAMP_MAX },
};

static struct jemput_oid odd_segment(struct fleet *f, const struct odd *odd)
{
    struct jemput *j = f->devices[TABLET].jemput;
    struct jemput_buf key = JEMPUT_BUF_INIT(1000), payload = JEMPUT_BUF_INIT(100000);
    struct jemput_cell cell = { .column = 1, .is_delta = odd->delta, .value = odd->value };
    struct jemput_change change = { .table = 1, .op = odd->op, .cell_count = odd->cells, .cells = &cell };
    struct jemput_txn txn = { .stamp = odd->stamp, .change_count = 1, .changes = &change };
    struct forge_segment segment;
    struct jemput_error err;
    struct jemput_oid oid;

    assert_int_equal(jemput_key_write(&key, &odd->key, 1, &err), JEMPUT_OK);
    change.key = jemput_buf_bytes(&key);
    if (jemput_payload_write(&payload, &txn, 1, NULL, 0, &err))
        fail_msg("%s: %s", odd->name, err.text);
    forge_next(&segment, j);
    segment.header.klass = JEMPUT_CLASS_DATA;
    segment.header.codec = 1;
    segment.payload = jemput_buf_bytes(&payload);
    forge_seal(&segment, j);
    oid = forge_sign(hub_of(f), &segment, &j->key, NULL);
    jemput_buf_release(&payload);
    jemput_buf_release(&key);
    return oid;
}

static void verify_print(void *ctx, const char *what)
{
    print_message("%s: %s\n", (const char *)ctx, what);
}

static void odd_rows_are_merged_alike_everywhere_or_their_log_stops(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof odds / sizeof odds[0]; i++) {
        struct fleet f;
        struct jemput_oid oid;
        char *rows, *others;

        bad_begin(&f, 40 + i);
        bad_write(&f, OTHER, "e");
        bad_write(&f, OTHER, "5");
        oid = odd_segment(&f, &odds[i]);
        forge_ref(hub_of(&f), bad_ref(&f, TABLET), &oid);
        for (unsigned round = 0; round < 2; round++) {
            bad_expect_sync(&f, OTHER, hub_of(&f), JEMPUT_OK, "");
            bad_expect_sync(&f, CENTRAL, hub_of(&f), JEMPUT_OK, "");
        }
        bad_expect_sync(&f, OTHER, hub_of(&f), JEMPUT_OK, "");
        rows = fleet_rows(&f, CENTRAL, "SELECT quote(nama), quote(rt) FROM warga ORDER BY nama");
        others = fleet_rows(&f, OTHER, "SELECT quote(nama), quote(rt) FROM warga ORDER BY nama");
        if (strcmp(rows, others) != 0)
            fail_msg("%s: central and a tablet differ:\n%s---\n%s", odds[i].name, rows, others);
        free(rows);
        free(others);
        fleet_expect(&f, CENTRAL, "SELECT count(*) FROM warga WHERE nama IN ('a', 'b', 'c', 'e', '5')", "5\n");
        for (unsigned d = 0; d < 3; d += 2) {
            uint64_t problems;
            struct jemput_error err;

            assert_int_equal(jemput_verify(f.devices[d].jemput, verify_print, (void *)odds[i].name, &problems, &err), JEMPUT_OK);
            if (problems)
                fail_msg("%s: device %u: %u problems", odds[i].name, d, (unsigned)problems);
        }
        fleet_sql(&f, CENTRAL, "UPDATE warga SET rt = '050' WHERE nama = 'a'"); /* the clock still works */
        bad_expect_sync(&f, CENTRAL, hub_of(&f), JEMPUT_OK, "");
        bad_expect_sync(&f, OTHER, hub_of(&f), JEMPUT_OK, "");
        fleet_expect(&f, OTHER, "SELECT rt FROM warga WHERE nama = 'a'", "050\n");
        fleet_release(&f);
    }
}

/* --- what is told --- */

/* A branch of a log that one hub showed stands stopped; what it holds has come from another hub. */
static void a_stopped_log_is_told_no_more_once_its_segment_has_come_another_way(void **state)
{
    struct jemput_segment last;
    struct jemput_error err;
    char ref[LOG_REF_BYTES];
    struct jemput *j;
    struct fleet f;

    (void)state;
    bad_begin(&f, 640);
    bad_write(&f, OTHER, "x");
    j = f.devices[CENTRAL].jemput;
    engine_log_ref(ref, &f.devices[OTHER].jemput->writer, 0);
    strcat(ref, "-7c449899c184e3d4");
    bad_expect_sync(&f, OTHER, hub_of(&f), JEMPUT_OK, "");
    assert_int_equal(jemput_store_own_last(f.devices[OTHER].jemput->store, &f.devices[OTHER].jemput->writer, &last, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_begin(j->store, 1000, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_aside_put(j->store, ref, last.commit, JEMPUT_DENIED, "the writer is not enrolled", 1, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(j->store, &err), JEMPUT_OK);
    assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 1);
    bad_expect_sync(&f, CENTRAL, hub_of(&f), JEMPUT_OK, "");
    assert_int_equal(bad_info(&f, CENTRAL).logs_stopped, 0);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_log_of_an_unknown_writer_waits_and_the_others_go_on),
        cmocka_unit_test(a_join_request_that_is_not_as_its_invitation_allows_is_named_and_not_admitted),
        cmocka_unit_test(a_tablet_that_acts_as_an_administrator_has_no_effect_and_loses_no_row),
        cmocka_unit_test(records_that_come_together_in_many_segments_make_the_roster_once),
        cmocka_unit_test(a_tablet_that_changes_the_schema_by_sql_is_denied_and_nothing_is_done),
        cmocka_unit_test(odd_rows_are_merged_alike_everywhere_or_their_log_stops),
        cmocka_unit_test(a_stopped_log_is_told_no_more_once_its_segment_has_come_another_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
