/* Revocation: what a key signed behind the cut counts nowhere, whenever it comes and whatever was known when it came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "api/judge/judge.h"
#include "api/state/state_hash.h"
#include "bad.h"
#include "folder.h"
#include "roll.h"
#include "support/fault_alloc.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static struct fault_alloc memory;

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT, catatan TEXT);\nSELECT jemput_replicate('warga');\n";

static void revoke(struct fleet *f, const char *after)
{
    roll_act(f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .after = after });
}

static void hash_of(struct fleet *f, unsigned device, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(f->devices[device].jemput, hex, &err))
        fail_msg("device %u: %s", device, err.text);
}

static unsigned void_count(struct fleet *f, unsigned device)
{
    struct jemput_refused_txn r = { .version = 0 };
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    unsigned count = 0;

    while (jemput_store_refusal_next(f->devices[device].jemput->store, r.version, &r, &arena, &err) == JEMPUT_OK) {
        assert_int_equal(r.reason, JUDGED_VOID);
        count++;
    }
    jemput_arena_release(&arena);
    return count;
}

static int64_t due(struct fleet *f, unsigned device)
{
    struct jemput_error err;
    int64_t times;

    assert_int_equal(engine_rebuild_due(f->devices[device].jemput, &times, &err), JEMPUT_OK);
    return times;
}

/* These rows, so many transactions refused, one state hash, and nothing left to compute, on devices `from` to `to`. */
static void expect(struct fleet *f, unsigned from, unsigned to, const char *rows, unsigned refused)
{
    char first[65], hex[65];

    for (unsigned i = from; i <= to; i++) {
        fleet_expect(f, i, "SELECT id, nama, catatan FROM warga ORDER BY id", rows);
        assert_int_equal(due(f, i), 0);
        assert_int_equal(void_count(f, i), refused);
        fleet_verify(f, i);
        hash_of(f, i, hex);
        if (i == from)
            memcpy(first, hex, sizeof first);
        assert_string_equal(hex, first);
    }
}

static void what_comes_after_the_revocation_is_void_and_what_came_before_stays(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 601);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('b', 'B', NULL)");
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'palsu' WHERE id = 'a'");
    revoke(&f, NULL);
    fleet_settle(&f, 0);
    expect(&f, OFFICE, OTHER, "a|A|~\n", 2); /* the tablet itself, too */
    fleet_release(&f);
}

static void what_was_merged_already_goes_when_the_revocation_comes(void **state)
{
    struct fleet f;
    char after[24];

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 602);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&f, TABLET));
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('b', 'B', NULL)");
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'palsu' WHERE id = 'a'");
    fleet_settle(&f, 0);
    fleet_sql(&f, OTHER, "UPDATE warga SET catatan = 'dari lain'"); /* having seen what goes */
    fleet_sql(&f, OTHER, "UPDATE warga SET nama = 'benar' WHERE id = 'b'");
    fleet_settle(&f, 0);
    revoke(&f, after);
    assert_true(due(&f, OFFICE) > 0);
    fleet_settle(&f, 0);
    expect(&f, OFFICE, OTHER, "a|A|dari lain\n", 2); /* b was never made: what others wrote to it waits for that */
    fleet_release(&f);
}

static unsigned join_until(struct fleet *f, int64_t expires_ms)
{
    struct jemput_error err;
    char *invitation;
    size_t len;

    assert_int_equal(jemput_invite(f->devices[OFFICE].jemput, "petugas", "", "", expires_ms, &invitation, &len, &err), JEMPUT_OK);
    fleet_device_add(f, invitation, len);
    jemput_text_free(invitation);
    return f->count - 1;
}

/* Which log a new device has first depends on its writers' names. */
static void it_holds_whatever_the_clock_of_the_one_that_had_let_the_device_in(void **state)
{
    enum { CENTRAL = 1 };
    const int64_t y2100 = 4102444800000, y2101 = 4133980800000;

    (void)state;
    for (unsigned seed = 0; seed < 12; seed++) {
        struct fleet f;
        unsigned thief, newcomer;

        fleet_init(&f, 2, CENTRAL, SCHEMA, 650 + seed);
        sim_env_set_wall(&f.devices[CENTRAL].sim, y2100);
        thief = join_until(&f, y2101);
        fleet_sync(&f, OFFICE, 0);
        fleet_sync(&f, thief, 0);
        fleet_sync(&f, CENTRAL, 0); /* lets it in */
        fleet_sync(&f, OFFICE, 0);
        roll_act(&f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen" });
        fleet_sql(&f, thief, "INSERT INTO warga VALUES('x', 'palsu', NULL)");
        fleet_sync(&f, thief, 0);
        newcomer = join_until(&f, y2101);
        fleet_settle(&f, 0);
        fleet_settle(&f, 0);
        fleet_expect(&f, OFFICE, "SELECT id FROM warga", "");
        fleet_expect(&f, CENTRAL, "SELECT id FROM warga", "");
        fleet_expect(&f, newcomer, "SELECT id FROM warga", "");
        roll_expect(&f, newcomer, 3, JEMPUT_DEVICE_REVOKED, "", "");
        fleet_release(&f);
    }
}

/* Without a central each device takes what a hub has. */
static void it_is_all_the_same_whether_the_work_or_the_revocation_comes_first(void **state)
{
    struct fleet f;
    char after[24];

    (void)state;
    fleet_init(&f, 4, -1, SCHEMA, 603);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&f, TABLET));
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('b', 'B', NULL)");
    fleet_sync(&f, TABLET, 1);
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'palsu'");
    fleet_sync(&f, TABLET, 2);
    fleet_sync(&f, OTHER, 2); /* work first, then the revocation */
    fleet_expect(&f, OTHER, "SELECT id, nama FROM warga ORDER BY id", "a|palsu\nb|palsu\n");
    revoke(&f, after);
    fleet_sync(&f, OFFICE, 0);
    fleet_sync(&f, OTHER, 0);
    assert_int_equal(due(&f, OTHER), 0);
    fleet_expect(&f, OTHER, "SELECT id, nama FROM warga ORDER BY id", "a|A\n");
    fleet_sync(&f, 3, 0); /* the revocation first, then the work, in two pieces */
    fleet_sync(&f, 3, 1);
    fleet_sync(&f, 3, 2);
    fleet_settle(&f, 2);
    expect(&f, OFFICE, 3, "a|A|~\n", 2);
    fleet_release(&f);
}

static void pending_work_of_a_revoked_device_leaves_its_own_tables_when_it_learns_of_that(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 604);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    revoke(&f, NULL);
    fleet_sync(&f, OFFICE, 0);
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'B'");
    fleet_sync(&f, TABLET, 0);
    fleet_expect(&f, TABLET, "SELECT nama FROM warga", "A\n");
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'C'"); /* a schema without a policy asks nobody at COMMIT; it counts for nothing all the same */
    fleet_settle(&f, 0);
    expect(&f, OFFICE, TABLET, "a|A|~\n", 2);
    fleet_release(&f);
}

static void a_revocation_that_touches_nothing_costs_no_rebuild(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 605);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    revoke(&f, NULL);
    assert_int_equal(due(&f, OFFICE), 0);
    fleet_settle(&f, 0);
    expect(&f, OFFICE, OTHER, "a|A|~\n", 0);
    fleet_release(&f);
}

static void a_sync_that_is_cancelled_before_the_tables_follow_leaves_that_to_the_next(void **state)
{
    struct fleet f;
    char after[24], hex[65];
    struct jemput_error err;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 606);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&f, TABLET));
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL)");
    fleet_settle(&f, 0);
    revoke(&f, after);
    fleet_reopen(&f, OFFICE); /* the note is in the store */
    assert_true(due(&f, OFFICE) > 0);
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM warga", "1\n");
    assert_int_equal(engine_state_hash(f.devices[OFFICE].jemput->store, hex, &err), JEMPUT_BUSY);
    fleet_sync(&f, OFFICE, 0);
    expect(&f, OFFICE, OFFICE, "", 1);
    fleet_release(&f);
}

/* --- what it costs --- */

#define CHANGES 20000

static double cpu_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* 100,000 changes in 2,000 segments, half of them void, on a disk: 1.0 s of CPU, where merging them had taken 0.9 s. */
static void computing_the_state_anew_after_a_revocation_takes_about_as_long_as_merging_took(void **state)
{
    struct jemput_rebuild_report report;
    double merged, rebuilt;
    struct fleet f;
    struct jemput_error err;
    char after[24];

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 641);
    for (unsigned i = 0; i < CHANGES; i += 100) {
        fleet_sql(&f, TABLET, "WITH n(i) AS (VALUES(%u) UNION ALL SELECT i + 1 FROM n WHERE i < %u) "
                              "INSERT INTO warga SELECT printf('%%06d', i), 'Nama ' || i, NULL FROM n", i, i + 99);
        assert_int_equal(jemput_seal(f.devices[TABLET].jemput, NULL, &err), JEMPUT_OK);
    }
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&f, TABLET) / 2);
    fleet_sync(&f, TABLET, 0);
    merged = cpu_s();
    fleet_sync(&f, OFFICE, 0);
    merged = cpu_s() - merged;
    revoke(&f, after);
    rebuilt = cpu_s();
    assert_int_equal(jemput_rebuild(f.devices[OFFICE].jemput, NULL, &report, &err), JEMPUT_OK);
    rebuilt = cpu_s() - rebuilt;
    assert_true(report.rows_removed > CHANGES / 3);
    print_message("%d changes: merged in %.2f s, computed anew in %.2f s\n", CHANGES, merged, rebuilt);
    assert_true(rebuilt < 6 * merged + 1);
    fleet_release(&f);
}

/* --- adoption --- */

struct told {
    char commit[41];
    unsigned count, adopted, open, cases;
    char by[16];
};

static int refused_see(void *ctx, const struct jemput_refused *r)
{
    struct told *t = ctx;

    memcpy(t->commit, r->commit, sizeof t->commit);
    t->count++;
    t->adopted += r->adopted;
    assert_string_equal(r->why_id, "dicabut");
    assert_int_equal(r->origin.device_number, 2);
    if (r->adopted)
        assert_int_equal(r->by.device_number, 1);
    return 0;
}

static int case_see(void *ctx, const struct jemput_case *told)
{
    struct told *t = ctx;

    assert_string_equal(told->kind, "revoked");
    assert_string_equal(told->label, "tablet 02");
    t->cases++;
    t->open += told->open;
    return 0;
}

static struct told look(struct fleet *f, unsigned device)
{
    struct told t = { .count = 0 };
    struct jemput_error err;

    assert_int_equal(jemput_refused_each(f->devices[device].jemput, refused_see, &t, &err), JEMPUT_OK);
    assert_int_equal(jemput_cases(f->devices[device].jemput, case_see, &t, &err), JEMPUT_OK);
    return t;
}

static enum jemput_status adopt(struct fleet *f, unsigned device, const char *segment, uint32_t place, const char *reason, uint32_t *count,
                                struct jemput_error *err)
{
    const struct jemput_adopting order = { segment, place, reason };

    return jemput_adopt(f->devices[device].jemput, &order, count, err);
}

/* The note of an adoption, by whoever may not. */
static void adopt_by_note(struct fleet *f, unsigned device)
{
    struct jemput_refused_txn r;
    struct jemput_segment segment;
    struct jemput_arena arena = { 0 };
    struct jemput_error err;
    jemput_stamp stamp;
    char hex[65];

    assert_int_equal(jemput_store_refusal_next(f->devices[device].jemput->store, 0, &r, &arena, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_version_find(f->devices[device].jemput->store, r.version, &segment, &stamp, &err), JEMPUT_OK);
    jemput_arena_release(&arena);
    jemput_hex_encode(hex, segment.hash.bytes, 32);
    fleet_sql(f, device, "BEGIN; SELECT jemput_note('adopsi %s:1 boleh'); UPDATE warga SET nama = nama || '' WHERE id = 'a'; COMMIT", hex);
    fleet_sql(f, device, "BEGIN; SELECT jemput_note('adopsi %s:1 boleh'); INSERT INTO warga VALUES('y', 'Y', NULL); COMMIT", hex);
    fleet_sql(f, device, "DELETE FROM warga WHERE id = 'y'");
}

static void an_honest_officers_last_day_is_adopted_and_listed_so_everywhere(void **state)
{
    struct jemput_error err;
    struct told t;
    struct fleet f;
    uint32_t count = 77;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 611);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL), ('z', 'Z', NULL)");
    fleet_settle(&f, 0);
    revoke(&f, NULL);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('b', 'B', 'hari terakhir')");
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'B2' WHERE id = 'b'");
    fleet_sql(&f, TABLET, "BEGIN; UPDATE warga SET nama = 'A2' WHERE id = 'a'; DELETE FROM warga WHERE id = 'z'; COMMIT");
    fleet_settle(&f, 0);
    expect(&f, OFFICE, OTHER, "a|A|~\nz|Z|~\n", 3);
    t = look(&f, OFFICE);
    assert_int_equal(t.count, 3);
    assert_int_equal(t.cases, 1);
    assert_int_equal(t.open, 1);
    assert_int_equal(adopt(&f, OTHER, t.commit, 0, "boleh", &count, &err), JEMPUT_DENIED); /* no administrator */
    adopt_by_note(&f, OTHER);
    fleet_settle(&f, 0);
    assert_int_equal(look(&f, OFFICE).adopted, 0);
    assert_int_equal(adopt(&f, OFFICE, t.commit, 2, "boleh", &count, &err), JEMPUT_NOTFOUND); /* the row is not there yet */
    assert_non_null(strstr(err.text, "adopt first what made it"));
    assert_int_equal(adopt(&f, OFFICE, t.commit, 0, "", &count, &err), JEMPUT_MISUSE);
    assert_int_equal(adopt(&f, OFFICE, "00000000", 0, "boleh", &count, &err), JEMPUT_NOTFOUND);
    assert_int_equal(count, 77);
    assert_int_equal(adopt(&f, OFFICE, t.commit, 1, "hari terakhir Siti", &count, &err), JEMPUT_OK);
    assert_int_equal(count, 1);
    assert_int_equal(adopt(&f, OFFICE, t.commit, 1, "boleh", &count, &err), JEMPUT_EXISTS);
    assert_int_equal(adopt(&f, OFFICE, t.commit, 0, "hari terakhir Siti", &count, &err), JEMPUT_OK); /* the rest */
    assert_int_equal(count, 2);
    assert_int_equal(adopt(&f, OFFICE, t.commit, 0, "boleh", &count, &err), JEMPUT_EXISTS);
    fleet_settle(&f, 0);
    for (unsigned i = OFFICE; i <= OTHER; i += 2) { /* the tablet has no key to what is written after its revocation */
        t = look(&f, i);
        assert_int_equal(t.adopted, 3);
        assert_int_equal(t.open, 0);
        fleet_expect(&f, i, "SELECT place, reason, adopted_by FROM jemput_refused WHERE kind = 'transaksi'",
                     "1|dicabut|pusat 01\n2|dicabut|pusat 01\n3|dicabut|pusat 01\n");
        fleet_expect(&f, i, "SELECT kind, label, count, open FROM jemput_case", "revoked|tablet 02|3|0\n");
    }
    expect(&f, OFFICE, OFFICE, "a|A2|~\nb|B2|hari terakhir\n", 3);
    expect(&f, OTHER, OTHER, "a|A2|~\nb|B2|hari terakhir\n", 3);
    fleet_release(&f);
}

/* Its author did not know of that; but of what was adopted before from the same log, and of what stood there. */
static void what_was_written_meanwhile_stands_beside_what_is_adopted(void **state)
{
    struct jemput_error err;
    struct fleet f;
    uint32_t count;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 613);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('a', 'A', 'dulu'), ('b', 'B', 'dulu')");
    fleet_settle(&f, 0);
    revoke(&f, NULL);
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'A1', catatan = 'satu' WHERE id = 'a'");
    fleet_sql(&f, TABLET, "UPDATE warga SET nama = 'A2' WHERE id = 'a'");
    fleet_sql(&f, OFFICE, "UPDATE warga SET catatan = 'baru' WHERE id = 'a'");
    fleet_settle(&f, 0);
    assert_int_equal(adopt(&f, OFFICE, look(&f, OFFICE).commit, 0, "hari terakhir Siti", &count, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    for (unsigned i = OFFICE; i <= OTHER; i += 2) {
        fleet_expect(&f, i, "SELECT nama, catatan FROM warga WHERE id = 'a'", "A2|satu\n");
        fleet_expect(&f, i, "SELECT key, grp, count(*), sum(value LIKE '%baru%') FROM jemput_conflict", "a|catatan|2|1\n");
    }
    fleet_release(&f);
}

static void what_a_constraint_would_keep_out_is_not_adopted(void **state)
{
    static const char UNIQUE[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT UNIQUE, catatan TEXT); SELECT jemput_replicate('warga');";
    struct jemput_error err;
    struct fleet f;
    uint32_t count = 0;

    (void)state;
    fleet_init(&f, 2, 0, UNIQUE, 612);
    revoke(&f, NULL);
    fleet_sql(&f, TABLET, "INSERT INTO warga VALUES('b', 'sama', NULL)");
    fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('c', 'sama', NULL)");
    fleet_settle(&f, 0);
    assert_int_equal(adopt(&f, OFFICE, look(&f, OFFICE).commit, 0, "boleh", &count, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "UNIQUE warga.nama"));
    expect(&f, OFFICE, OFFICE, "c|sama|~\n", 1);
    fleet_sql(&f, OFFICE, "UPDATE warga SET nama = 'lain'");
    assert_int_equal(adopt(&f, OFFICE, look(&f, OFFICE).commit, 0, "boleh", &count, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    expect(&f, OFFICE, OFFICE, "b|sama|~\nc|lain|~\n", 1);
    fleet_release(&f);
}

/* --- memory and power --- */

struct scene {
    struct fleet f;
    struct crash_snapshot *ready; /* of the other tablet, with the work merged; the hub has the revocation */
    struct folder_state *hub;
};

static void scene_restore(struct scene *s)
{
    crash_vfs_restore(s->f.devices[OTHER].vfs, s->ready);
    folder_restore(s->hub);
}

static void scene_begin(struct scene *s, uint64_t seed)
{
    char after[24];

    fleet_init(&s->f, 3, 0, SCHEMA, seed);
    snprintf(after, sizeof after, "%u", (unsigned)roll_segments(&s->f, TABLET));
    fleet_sql(&s->f, TABLET, "INSERT INTO warga VALUES('a', 'A', NULL), ('b', 'B', NULL)");
    fleet_sql(&s->f, TABLET, "UPDATE warga SET nama = 'palsu'");
    fleet_settle(&s->f, 0);
    revoke(&s->f, after);
    fleet_sync(&s->f, OFFICE, 0);
    bad_close(&s->f, OTHER);
    s->ready = crash_vfs_snapshot(s->f.devices[OTHER].vfs);
    s->hub = folder_remember(fleet_hub(&s->f, 0));
}

static void scene_end(struct scene *s)
{
    crash_snapshot_free(s->ready);
    folder_forget(s->hub);
    bad_open(&s->f, OTHER);
    fleet_release(&s->f);
}

static enum jemput_status try_sync(struct scene *s)
{
    struct jemput_error err;

    return bad_sync(&s->f, OTHER, fleet_hub(&s->f, 0), NULL, &err);
}

/* Either the tables are as they were and the note says that they are due, or they have followed; the next sync ends it. */
static void scene_check(struct scene *s)
{
    char *rows = fleet_rows(&s->f, OTHER, "SELECT id FROM warga");

    assert_string_equal(rows, due(&s->f, OTHER) || strcmp(rows, "") != 0 ? "a\nb\n" : "");
    free(rows);
    fleet_sync(&s->f, OTHER, 0);
    fleet_expect(&s->f, OTHER, "SELECT id FROM warga", "");
    assert_int_equal(due(&s->f, OTHER), 0);
    assert_int_equal(void_count(&s->f, OTHER), 2);
}

static void a_power_cut_between_verdict_and_rebuild_loses_neither(void **state)
{
    struct scene s;
    unsigned cuts = 0, noted = 0;

    (void)state;
    scene_begin(&s, 607);
    for (uint64_t at = 0;; at++) {
        struct fleet_device *d = &s.f.devices[OTHER];
        bool cut;

        scene_restore(&s);
        bad_open(&s.f, OTHER);
        crash_vfs_cut_at(d->vfs, at);
        (void)try_sync(&s);
        cut = crash_vfs_is_cut(d->vfs);
        bad_close(&s.f, OTHER);
        sim_env_power_cut(&d->sim, at + 1);
        bad_open(&s.f, OTHER);
        noted += due(&s.f, OTHER) > 0;
        scene_check(&s);
        bad_close(&s.f, OTHER);
        if (!cut)
            break;
        cuts++;
    }
    print_message("%u power cuts, %u of them with the note alone\n", cuts, noted);
    assert_true(cuts > 5 && noted > 0);
    scene_end(&s);
}

static void an_allocation_that_fails_leaves_the_tables_as_they_were_or_lets_them_follow(void **state)
{
    struct scene s;
    unsigned failed = 0;
    bool more = true;

    (void)state;
    scene_begin(&s, 608);
    for (uint64_t nth = 0; more; nth += 1 + nth / 50) {
        enum jemput_status st;

        scene_restore(&s);
        bad_open(&s.f, OTHER);
        fault_alloc_arm(&memory, nth, false);
        st = try_sync(&s);
        fault_alloc_disarm(&memory);
        more = memory.failures > 0;
        failed += st != JEMPUT_OK;
        assert_true(st == JEMPUT_OK || st == JEMPUT_NOMEM);
        scene_check(&s);
        bad_close(&s.f, OTHER);
    }
    print_message("%u failed allocations\n", failed);
    assert_true(failed > 50);
    scene_end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_after_the_revocation_is_void_and_what_came_before_stays),
        cmocka_unit_test(what_was_merged_already_goes_when_the_revocation_comes),
        cmocka_unit_test(it_holds_whatever_the_clock_of_the_one_that_had_let_the_device_in),
        cmocka_unit_test(it_is_all_the_same_whether_the_work_or_the_revocation_comes_first),
        cmocka_unit_test(pending_work_of_a_revoked_device_leaves_its_own_tables_when_it_learns_of_that),
        cmocka_unit_test(a_revocation_that_touches_nothing_costs_no_rebuild),
        cmocka_unit_test(computing_the_state_anew_after_a_revocation_takes_about_as_long_as_merging_took),
        cmocka_unit_test(a_sync_that_is_cancelled_before_the_tables_follow_leaves_that_to_the_next),
        cmocka_unit_test(an_honest_officers_last_day_is_adopted_and_listed_so_everywhere),
        cmocka_unit_test(what_was_written_meanwhile_stands_beside_what_is_adopted),
        cmocka_unit_test(what_a_constraint_would_keep_out_is_not_adopted),
        cmocka_unit_test(a_power_cut_between_verdict_and_rebuild_loses_neither),
        cmocka_unit_test(an_allocation_that_fails_leaves_the_tables_as_they_were_or_lets_them_follow),
    };

    fault_alloc_install(&memory);
    return cmocka_run_group_tests_name("void", tests, NULL, NULL);
}
