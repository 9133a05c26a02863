/* Verdicts are a function of what is known: small sets of acts, each at a hub of its own, come to a device in every order there is, one at a time; what it
 * has in the end is always the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/judge/judge.h"
#include "folder.h"
#include "roll.h"

enum { OFFICE, SECOND, TABLET, KELURAHAN, OTHER, COUNT };
#define HUBS 5 /* 1 to HUBS; the founding is at hub 0 */

static const char SCHEMA[] =
    "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, rt TEXT); SELECT jemput_replicate('warga');"
    "SELECT jemput_policy('warga', 'petugas', 'insert; update=nama'); SELECT jemput_policy('warga', 'admin,kelurahan', 'insert; update; delete');";

struct orders {
    struct fleet f;
    struct crash_snapshot *ready; /* OTHER's disk, before anything came */
    char first[65], *rows, *verdicts;
    char order[HUBS + 1];
    unsigned count;
};

static void must_be(bool so, const struct orders *o, const char *what)
{
    if (!so)
        fail_msg("%s in order %s", what, o->order);
}

static char *verdicts_of(struct fleet *f)
{
    return fleet_rows(f, OTHER, "SELECT kind, about, count, open FROM jemput_case UNION ALL "
                                "SELECT writer, reason || coalesce(tbl || col, ''), segment, place FROM jemput_refused ORDER BY 1, 2, 3, 4");
}

static void other_begin(struct orders *o)
{
    struct fleet_device *d = &o->f.devices[OTHER];

    jemput_close(d->jemput);
    d->jemput = NULL;
    crash_vfs_restore(d->vfs, o->ready);
    fleet_reopen(&o->f, OTHER);
}

/* One order: hub by hub, and then once more, since what comes may open what waited. */
static void order_try(struct orders *o)
{
    struct jemput_error err;
    char hex[65], *rows, *verdicts;
    int64_t due;

    other_begin(o);
    for (unsigned round = 0; round < 2; round++)
        for (const char *hub = o->order; *hub; hub++)
            fleet_sync(&o->f, OTHER, (unsigned)(*hub - '0'));
    if (jemput_state_hash(o->f.devices[OTHER].jemput, hex, &err))
        fail_msg("order %s: %s", o->order, err.text);
    assert_int_equal(engine_rebuild_due(o->f.devices[OTHER].jemput, &due, &err), JEMPUT_OK);
    must_be(due == 0, o, "the state is still to be computed anew");
    rows = fleet_rows(&o->f, OTHER, "SELECT * FROM warga ORDER BY id");
    verdicts = verdicts_of(&o->f);
    if (!o->rows) {
        memcpy(o->first, hex, sizeof hex);
        o->rows = rows;
        o->verdicts = verdicts;
    } else {
        if (strcmp(rows, o->rows) != 0 || strcmp(verdicts, o->verdicts) != 0)
            fail_msg("order %s:\n%s%s\nelse:\n%s%s", o->order, rows, verdicts, o->rows, o->verdicts);
        must_be(strcmp(hex, o->first) == 0, o, "another state hash");
        free(rows);
        free(verdicts);
    }
    o->count++;
}

static void orders_each(struct orders *o, unsigned at)
{
    if (at == HUBS)
        order_try(o);
    for (unsigned i = at; i < HUBS; i++) {
        char kept = o->order[at];

        o->order[at] = o->order[i];
        o->order[i] = kept;
        orders_each(o, at + 1);
        o->order[i] = o->order[at];
        o->order[at] = kept;
    }
}

static void orders_run(struct orders *o, const char *rows)
{
    for (unsigned i = 0; i < HUBS; i++)
        o->order[i] = (char)('1' + i);
    orders_each(o, 0);
    assert_int_equal(o->count, 120);
    assert_string_equal(o->rows, rows);
    free(o->rows);
    free(o->verdicts);
    crash_snapshot_free(o->ready);
    fleet_release(&o->f);
}

static void begin(struct orders *o, uint64_t seed)
{
    *o = (struct orders){ .count = 0 };
    fleet_init(&o->f, COUNT, -1, SCHEMA, seed);
    roll_act(&o->f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "admin,petugas" });
    roll_act(&o->f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "kelurahan" });
    fleet_sql(&o->f, OFFICE, "INSERT INTO warga VALUES('a', 'A', '1')");
    fleet_settle(&o->f, 0);
    jemput_close(o->f.devices[OTHER].jemput);
    o->f.devices[OTHER].jemput = NULL;
    o->ready = crash_vfs_snapshot(o->f.devices[OTHER].vfs);
    fleet_reopen(&o->f, OTHER);
}

/* Revocation and rights that are taken, with what is written behind the cuts, and by others upon that. */
static void revocation_change_and_work_come_in_every_order(void **state)
{
    struct orders o;
    char after[24];

    (void)state;
    begin(&o, 1101);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&o.f, TABLET));
    fleet_sql(&o.f, TABLET, "UPDATE warga SET nama = 'T' WHERE id = 'a'");
    fleet_sql(&o.f, TABLET, "INSERT INTO warga VALUES('t', 'T', '9')");
    fleet_sync(&o.f, TABLET, 1);
    fleet_sync(&o.f, KELURAHAN, 1);
    fleet_sql(&o.f, KELURAHAN, "UPDATE warga SET rt = '2'");
    fleet_sync(&o.f, KELURAHAN, 2);
    fleet_sql(&o.f, SECOND, "UPDATE warga SET nama = 'S' WHERE id = 'a'");
    roll_act(&o.f, SECOND, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas" });
    fleet_sync(&o.f, SECOND, 3);
    fleet_sync(&o.f, OFFICE, 1);
    roll_act(&o.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen", .after = after });
    fleet_sync(&o.f, OFFICE, 4);
    roll_act(&o.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "none" });
    fleet_sync(&o.f, OFFICE, 5);
    orders_run(&o, "a|A|2\n"); /* what SECOND did behind the cut that took its rights has none */
}

/* An administrator whose migration, invitation and rights given become void, with work that rests on each. */
static void all_that_rests_on_a_void_administrator_comes_in_every_order(void **state)
{
    struct orders o;
    char after[24];
    unsigned joined;

    (void)state;
    begin(&o, 1102);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&o.f, SECOND));
    fleet_sql(&o.f, SECOND, "SELECT jemput_migrate('ALTER TABLE warga ADD COLUMN hobi TEXT')");
    roll_act(&o.f, SECOND, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = "kelurahan" });
    joined = roll_join(&o.f, SECOND, "kelurahan");
    fleet_sync(&o.f, SECOND, 1);
    fleet_sync(&o.f, joined, 2);
    fleet_sync(&o.f, SECOND, 2); /* lets it in */
    fleet_sync(&o.f, joined, 2);
    fleet_sql(&o.f, joined, "INSERT INTO warga(id, nama, hobi) VALUES('j', 'J', 'catur')");
    fleet_sync(&o.f, joined, 2);
    fleet_sync(&o.f, TABLET, 1);
    fleet_sql(&o.f, TABLET, "UPDATE warga SET rt = '7' WHERE id = 'a'"); /* which the change gave it */
    fleet_sql(&o.f, TABLET, "INSERT INTO warga(id, nama) VALUES('t', 'T')");
    fleet_sql(&o.f, TABLET, "INSERT INTO warga(id, nama, hobi) VALUES('h', 'H', 'catur')");
    fleet_sync(&o.f, TABLET, 3);
    fleet_sql(&o.f, KELURAHAN, "UPDATE warga SET nama = 'K' WHERE id = 'a'");
    fleet_sync(&o.f, KELURAHAN, 4);
    fleet_sync(&o.f, OFFICE, 4);
    roll_act(&o.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .after = after });
    fleet_sync(&o.f, OFFICE, 5);
    orders_run(&o, "a|K|1\nt|T|~\n");
}

/* Whoever keeps a hub may put an administrator's log back to any point: what a device knows of the roster does not fall, and what it was told once is not
 * taken back by being shown what stood before it. */
static void each_older_version_of_the_roster_shown_alone_is_refused(void **state)
{
    static const char *const roles[] = { "kelurahan", "none", "petugas", "verifikator", "none", "kelurahan" };
    struct jemput_oid tips[8];
    struct jemput_error err;
    char hex[65], first[65];
    struct fleet f;
    unsigned count = 0;

    (void)state;
    fleet_init(&f, 3, -1, SCHEMA, 1103);
    for (unsigned i = 0; i < sizeof roles / sizeof *roles; i++) {
        tips[count++] = roll_tip(&f, OFFICE, 0);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = roles[i] });
        fleet_sync(&f, OFFICE, 0);
    }
    tips[count++] = roll_tip(&f, OFFICE, 0);
    roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "left" });
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, SECOND, 0);
    roll_expect(&f, SECOND, 3, JEMPUT_DEVICE_REVOKED, "", "");
    assert_int_equal(jemput_state_hash(f.devices[SECOND].jemput, first, &err), JEMPUT_OK);
    for (unsigned i = 0; i < count; i++) {
        uint32_t version = f.devices[SECOND].jemput->roster.version;
        struct jemput_sync_report report;

        roll_tip_put(&f, OFFICE, 0, &tips[i]);
        report = fleet_sync(&f, SECOND, 0);
        assert_true(report.logs_behind > 0); /* it is noticed */
        assert_int_equal(report.segments_fetched, 0);
        assert_int_equal(f.devices[SECOND].jemput->roster.version, version);
        roll_expect(&f, SECOND, 3, JEMPUT_DEVICE_REVOKED, "", "");
        assert_int_equal(jemput_state_hash(f.devices[SECOND].jemput, hex, &err), JEMPUT_OK);
        assert_string_equal(hex, first);
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(revocation_change_and_work_come_in_every_order),
        cmocka_unit_test(all_that_rests_on_a_void_administrator_comes_in_every_order),
        cmocka_unit_test(each_older_version_of_the_roster_shown_alone_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
