/* Migrations that ran and are not in force: two administrators that make one at once, and one whose author's act a cut makes void. Whatever comes first,
 * all devices end with one schema, one state, and nothing is read under a schema that its writer did not have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "api/schema/schema.h"
#include "api/seal/seal.h"
#include "roll.h"

enum { OFFICE, SECOND, TABLET, OTHER, COUNT };

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT);"
                             "INSERT INTO warga VALUES('lama', 'Pak RT'); SELECT jemput_replicate('warga');";

/* OFFICE and SECOND are administrators. Everybody meets at hub 0. */
static void start(struct fleet *f, uint64_t seed)
{
    fleet_init(f, COUNT, -1, SCHEMA, seed);
    roll_act(f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" });
    fleet_settle(f, 0);
}

static void migrate(struct fleet *f, unsigned device, const char *column)
{
    fleet_sql(f, device, "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN %s TEXT')", column);
}

/* `but`: a device that has no keys any more; FLEET_DEVICES_MAX = none. */
static void expect_one_but(struct fleet *f, unsigned but, const char *schema, const char *query, const char *rows)
{
    struct jemput_rebuild_report report;
    char first[65], hex[65];
    struct jemput_error err;
    bool parted = true;
    uint32_t common;

    for (unsigned i = 0; i < f->count; i++) {
        if (i == but)
            continue;
        fleet_expect(f, i, "SELECT group_concat(name) FROM pragma_table_info('warga')", schema);
        fleet_expect(f, i, query, rows);
        assert_int_equal(engine_schema_parted(f->devices[i].jemput, &parted, &common, &err), JEMPUT_OK);
        assert_false(parted);
        if (jemput_state_hash(f->devices[i].jemput, hex, &err))
            fail_msg("device %u: %s", i, err.text);
        if (i == 0)
            memcpy(first, hex, sizeof first);
        assert_string_equal(hex, first);
        fleet_verify(f, i);
        if (jemput_rebuild(f->devices[i].jemput, NULL, &report, &err))
            fail_msg("device %u: %s", i, err.text);
        assert_int_equal(report.differences, 0);
        fleet_sql(f, i, "INSERT INTO warga(id, nama) VALUES('baru%u', 'x')", i); /* and its app goes on */
        fleet_sql(f, i, "DELETE FROM warga WHERE id = 'baru%u'", i);
    }
}

static void expect_one(struct fleet *f, const char *schema, const char *query, const char *rows)
{
    expect_one_but(f, FLEET_DEVICES_MAX, schema, query, rows);
}

static unsigned refused(struct fleet *f, unsigned device, unsigned reason)
{
    struct jemput_refused_txn r = { .version = 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    unsigned count = 0;

    while (jemput_store_refusal_next(f->devices[device].jemput->store, r.version, &r, &arena, &err) == JEMPUT_OK) {
        assert_int_equal(r.reason, reason);
        count++;
    }
    jemput_arena_release(&arena);
    return count;
}

static int commit_see(void *ctx, const struct jemput_refused *r)
{
    memcpy(ctx, r->commit, sizeof r->commit);
    return 0;
}

/* Nobody can say what the other schema's column was about. */
static void adopt_denied(struct fleet *f)
{
    struct jemput_adopting order = { .reason = "benar" };
    struct jemput_error err;
    char commit[64] = "";
    uint32_t adopted;

    assert_int_equal(jemput_refused_each(f->devices[OFFICE].jemput, commit_see, commit, &err), JEMPUT_OK);
    order.segment = commit;
    assert_int_equal(jemput_adopt(f->devices[OFFICE].jemput, &order, &adopted, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "schema that is not in force"));
}

/* In this order they meet: a digit is a device. */
static void meet(struct fleet *f, const char *order)
{
    for (; *order; order++)
        fleet_sync(f, (unsigned)(*order - '0'), 0);
    fleet_settle(f, 0);
}

static const char *const ORDERS[] = { "01230123", "10231023", "02130213", "12031203", "20312031", "0213", "1320", "00110022", "11002233", "1302", "0321" };

static void all_count(void *ctx, const struct jemput_changed *changed)
{
    *(unsigned *)ctx += changed->all != 0;
}

static void of_two_migrations_made_at_once_the_first_is_in_force_everywhere_and_the_other_s_column_goes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        struct fleet f;
        unsigned all = 0;

        start(&f, 900 + i);
        migrate(&f, OFFICE, "agama");
        sim_env_advance(&f.devices[SECOND].sim, 60000);
        migrate(&f, SECOND, "hobi");
        fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('a', 'A', 'Islam')");
        fleet_sql(&f, SECOND, "INSERT INTO warga VALUES('b', 'B', 'catur')"); /* under its own schema: would be read as a religion */
        fleet_sql(&f, SECOND, "UPDATE warga SET nama = 'Bu RT' WHERE id = 'lama'");
        fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('t', 'T')");
        jemput_observe(f.devices[SECOND].jemput, all_count, &all);
        meet(&f, ORDERS[i]);
        assert_true(all); /* what it had made itself is unmade */
        expect_one(&f, "id,nama,agama\n", "SELECT * FROM warga ORDER BY id", "a|A|Islam\nlama|Bu RT|~\nt|T|~\n");
        for (unsigned k = 0; k < COUNT; k++)
            assert_int_equal(refused(&f, k, JUDGED_SCHEMA), 1);
        adopt_denied(&f);
        fleet_release(&f);
    }
}

static void a_migration_that_a_cut_makes_void_is_unmade_and_its_number_is_not_given_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof ORDERS / sizeof *ORDERS; i++) {
        struct fleet f;
        char after[24];

        start(&f, 920 + i);
        snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&f, SECOND));
        migrate(&f, SECOND, "hobi");
        fleet_sync(&f, SECOND, 0);
        fleet_sync(&f, OTHER, 0); /* an honest officer who writes under it */
        fleet_sql(&f, OTHER, "INSERT INTO warga VALUES('h', 'H', 'catur')");
        fleet_sql(&f, OTHER, "INSERT INTO warga(id, nama) VALUES('o', 'O')");
        if (i % 2) /* or one who takes the work over before the cut comes */
            fleet_sync(&f, TABLET, 0);
        fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'Bu RT' WHERE id = 'lama'");
        if (i % 3 == 0)
            fleet_sync(&f, OFFICE, 0);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .after = after });
        meet(&f, ORDERS[i]);
        for (unsigned k = 0; k < COUNT; k++) {
            assert_int_equal(f.devices[k].jemput->roster.schema_version, 2);
            assert_null(jemput_roster_schema(&f.devices[k].jemput->roster, 2));
        }
        expect_one(&f, "id,nama\n", "SELECT * FROM warga ORDER BY id", "lama|Bu RT\no|O\n");
        migrate(&f, OFFICE, "agama");
        fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('a', 'A', 'Islam')");
        fleet_settle(&f, 0);
        expect_one_but(&f, SECOND, "id,nama,agama\n", "SELECT * FROM warga ORDER BY id", "a|A|Islam\nlama|Bu RT|~\no|O|~\n");
        assert_int_equal(f.devices[OTHER].jemput->roster.schema_version, 3);
        fleet_release(&f);
    }
}

static void who_joins_by_the_loser_s_invitation_ends_with_the_schema_in_force(void **state)
{
    struct fleet f;
    unsigned joined;

    (void)state;
    start(&f, 950);
    migrate(&f, OFFICE, "agama");
    sim_env_advance(&f.devices[SECOND].sim, 60000);
    migrate(&f, SECOND, "hobi");
    joined = roll_join(&f, SECOND, "petugas");
    fleet_sql(&f, joined, "INSERT INTO warga VALUES('j', 'J', 'catur')");
    fleet_sql(&f, joined, "INSERT INTO warga(id, nama) VALUES('k', 'K')");
    meet(&f, "01230123");
    expect_one(&f, "id,nama,agama\n", "SELECT * FROM warga ORDER BY id", "k|K|~\nlama|Pak RT|~\n");
    fleet_release(&f);
}

static void migration_forge(struct fleet *f, unsigned device, uint32_t version, const char *sql)
{
    struct jemput *j = f->devices[device].jemput;
    const struct jemput_record record = { .kind = JEMPUT_RECORD_SCHEMA, .as.schema = { version, jemput_bytes_str(sql) } };
    struct jemput_error err;

    if (jemput_store_begin(j->store, 0, &err) || engine_seal_control(j, &record, 1, &err) || jemput_store_commit(j->store, &err))
        fail_msg("%s", err.text);
}

static void a_migration_that_no_administrator_signed_runs_nowhere_whatever_it_comes_before(void **state)
{
    struct fleet f;
    unsigned joined;

    (void)state;
    start(&f, 960);
    migration_forge(&f, TABLET, 2, "CREATE TABLE jahat(x)");
    fleet_settle(&f, 0);
    migrate(&f, OFFICE, "agama");
    fleet_settle(&f, 0);
    migration_forge(&f, TABLET, 2, "CREATE TABLE jahat(x)");
    migration_forge(&f, TABLET, 3, "CREATE TABLE jahat(x)");
    fleet_settle(&f, 0);
    joined = roll_join(&f, OFFICE, "petugas");
    fleet_expect(&f, joined, "SELECT count(*) FROM sqlite_schema WHERE name = 'jahat'", "0\n");
    fleet_settle(&f, 0);
    expect_one(&f, "id,nama,agama\n", "SELECT count(*) FROM sqlite_schema WHERE name = 'jahat'", "0\n");
    fleet_release(&f);
}

/* The act that lets somebody administrate may come after what he made as an administrator. */
static void a_migration_runs_when_it_comes_into_force_by_an_act_that_comes_later(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, COUNT, -1, SCHEMA, 970);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" });
    fleet_sync(&f, OFFICE, 1);
    fleet_sync(&f, SECOND, 1);
    migrate(&f, SECOND, "hobi");
    fleet_sql(&f, SECOND, "INSERT INTO warga VALUES('b', 'B', 'catur')");
    fleet_sync(&f, SECOND, 0);
    fleet_sync(&f, TABLET, 0); /* without the office's log */
    fleet_expect(&f, TABLET, "SELECT count(*) FROM pragma_table_info('warga')", "2\n");
    fleet_sync(&f, TABLET, 1);
    fleet_expect(&f, TABLET, "SELECT count(*) FROM pragma_table_info('warga')", "3\n");
    fleet_settle(&f, 0);
    fleet_settle(&f, 1);
    fleet_settle(&f, 0);
    expect_one(&f, "id,nama,hobi\n", "SELECT * FROM warga ORDER BY id", "b|B|catur\nlama|Pak RT|~\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_migration_that_a_cut_makes_void_is_unmade_and_its_number_is_not_given_again),
        cmocka_unit_test(who_joins_by_the_loser_s_invitation_ends_with_the_schema_in_force),
        cmocka_unit_test(a_migration_that_no_administrator_signed_runs_nowhere_whatever_it_comes_before),
        cmocka_unit_test(a_migration_runs_when_it_comes_into_force_by_an_act_that_comes_later),
        cmocka_unit_test(of_two_migrations_made_at_once_the_first_is_in_force_everywhere_and_the_other_s_column_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
