/* A store that begins from a checkpoint, where the app reads and writes all the while: rows come a few at a time, none without those that it names;
 * nothing that is saved meanwhile is lost, or takes the place of what it had not seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "cutting.h"
#include "scene.h"
#include "store/internal.h"

enum { NEWCOMER = 2, PERSONS = 1300, FAMILIES = 40 };

/* Who names comes before who is named, among the tables and among families. */
static const char SCHEMA[] = "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, induk TEXT REFERENCES keluarga(id));"
                             "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL,"
                             " keluarga TEXT REFERENCES keluarga(id));"
                             "SELECT jemput_replicate('orang', 'triggers=masuk'); SELECT jemput_replicate('keluarga');";

/* --- a hub that has nothing but the checkpoint and what came after, and a device that has been let in --- */

static void scene_of_newcomer(struct fleet *f, uint64_t seed)
{
    fleet_init(f, 2, 0, SCHEMA, seed);
    fleet_sql(f, TABLET, "BEGIN; PRAGMA defer_foreign_keys=ON; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                         "INSERT INTO keluarga SELECT printf('k%%02d', i), i, CASE WHEN i < %d THEN printf('k%%02d', i + 1) END FROM n; COMMIT",
              FAMILIES, FAMILIES);
    fleet_sql(f, TABLET, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
                         "INSERT INTO orang SELECT 'p' || i, 10000 + i, 'Nama ' || i, printf('k%%02d', 1 + i %% %d) FROM n",
              PERSONS, FAMILIES);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('pusat', '1', 'Pusat', NULL)");
    fleet_settle(f, 0);
    (void)cutting_make(f, CENTRAL, 0);
    cutting_backed_up(f, CENTRAL);
    fleet_settle(f, 0);
    for (unsigned i = 0; i < 2; i++) {
        (void)cutting_cut(f, i);
        fleet_sql(f, i, "UPDATE orang SET nama = 'Sesudahnya %u' WHERE id = 'p%u'", i, 1 + i); /* its log goes on behind the checkpoint */
    }
    fleet_settle(f, 1);
    fleet_newcomer(f, CENTRAL);
    (void)fleet_sync(f, NEWCOMER, 1); /* it asks to be let in */
    (void)fleet_sync(f, CENTRAL, 1);
}

/* --- the app, at each step of a sync --- */

struct app {
    struct fleet *f;
    unsigned steps, at;    /* at step `at`, or when nobody has the lock after that, it saves; UINT_MAX = never */
    unsigned saves;        /* or so often, whenever nobody has the lock */
    unsigned cancel_at;    /* UINT_MAX = never */
    bool cancels_partly;   /* when some persons are there, and others not */
    bool saved, edited, collided, doubled;
    unsigned partly, locked; /* steps at which some persons were there and others not; in comparing at which the lock was held */
};

static int64_t number(struct fleet *f, const char *query)
{
    char *rows = fleet_rows(f, NEWCOMER, query);
    int64_t out = strtoll(rows, NULL, 10);

    free(rows);
    return out;
}

static void save_all_kinds(struct app *a)
{
    struct fleet *f = a->f;

    fleet_sql(f, NEWCOMER, "INSERT INTO orang VALUES('baru', '77', 'Baru', NULL)");
    a->edited = number(f, "SELECT count(*) FROM orang WHERE id = 'p100'") == 1;
    fleet_sql(f, NEWCOMER, "UPDATE orang SET nama = 'Diubah' WHERE id = 'p100'");
    a->collided = fleet_try(f, NEWCOMER, "INSERT INTO orang VALUES('tabrak', '10900', 'Tabrak', NULL)") == SQLITE_OK;
    fleet_sql(f, NEWCOMER, "BEGIN; DELETE FROM orang WHERE keluarga = 'k01'; DELETE FROM keluarga WHERE id = 'k01'; COMMIT"); /* children may come */
    fleet_sql(f, NEWCOMER, "CREATE TABLE catatan(isi TEXT)"); /* the schema's number moves */
    a->doubled = fleet_try(f, NEWCOMER, "INSERT INTO orang VALUES('p1200', NULL, 'Sama', NULL)") == SQLITE_OK;
}

static int on_step(void *ctx, const struct jemput_progress *p)
{
    struct app *a = ctx;
    bool locked = jemput_store_has_lock(a->f->devices[NEWCOMER].jemput->store);
    int64_t persons = number(a->f, "SELECT count(*) FROM orang WHERE id LIKE 'p%'");

    a->partly += persons > 10 && persons < PERSONS;
    a->locked += locked && p->phase == JEMPUT_PHASE_COMPARE;
    fleet_expect(a->f, NEWCOMER, "PRAGMA foreign_key_check", "");
    if (a->steps >= a->at && !locked && !a->saved) {
        save_all_kinds(a);
        a->saved = true;
    }
    if (a->saves && !locked) {
        fleet_sql(a->f, NEWCOMER, "INSERT INTO orang VALUES('s%u', NULL, 'Lagi', NULL)", a->saves);
        a->saves--;
    }
    if (a->cancels_partly && a->partly)
        return 1;
    return a->steps++ >= a->cancel_at && a->saved;
}

static enum jemput_status sync_watched(struct app *a)
{
    const struct jemput_sync_options options = { .hub = fleet_hub(a->f, 1), .progress = on_step, .ctx = a };
    struct jemput_sync_report report;
    struct jemput_error err;
    enum jemput_status st = jemput_sync(a->f->devices[NEWCOMER].jemput, &options, &report, &err);

    if (st && st != JEMPUT_CANCELLED)
        fail_msg("step %u: %s", a->at, err.text);
    return st;
}

/* All hold one state, in which nothing is wrong and nothing differs from the logs. */
static void expect_sound(struct fleet *f, unsigned at)
{
    struct jemput_rebuild_report report;
    struct jemput_error err;
    char first[65];

    fleet_settle(f, 1);
    for (unsigned i = 0; i < f->count; i++) {
        fleet_verify(f, i);
        if (jemput_rebuild(f->devices[i].jemput, NULL, &report, &err))
            fail_msg("step %u, device %u: %s", at, i, err.text);
        if (report.differences)
            fail_msg("step %u, device %u: another state than the logs give", at, i);
        if (i && strcmp(report.state_hash, first) != 0)
            fail_msg("step %u, device %u: another state than central's", at, i);
        memcpy(first, report.state_hash, sizeof first);
    }
}

static void expect_both(struct fleet *f, unsigned at, const char *one, const char *other)
{
    char *conflicts = fleet_conflicts(f, CENTRAL);

    if (!strstr(conflicts, one) || !strstr(conflicts, other))
        fail_msg("step %u: '%s' and '%s' are not both in\n%s", at, one, other, conflicts);
    free(conflicts);
}

static void expect_kept(struct app *a)
{
    struct fleet *f = a->f;
    char *held = fleet_held(f, CENTRAL);

    fleet_expect(f, CENTRAL, "SELECT nama FROM orang WHERE id = 'baru'", "Baru\n");
    fleet_expect(f, CENTRAL, "SELECT nama FROM orang WHERE id = 'p100'", a->edited ? "Diubah\n" : "Nama 100\n");
    fleet_expect(f, CENTRAL, "SELECT count(*) FROM orang WHERE nik = '10900'", "1\n");
    if (a->collided != (strstr(held, "10900") != NULL))
        fail_msg("step %u: of two with one NIK, held are\n%s", a->at, held);
    if (a->doubled)
        expect_both(f, a->at, "Sama", "Nama 1200");
    free(held);
}

static void on_problem(void *ctx, const char *what)
{
    (void)ctx;
    if (!strstr(what, "what counts has changed, and the tables do not follow yet"))
        fail_msg("half way: %s", what);
}

/* Half way: what is to come is no damage. */
static void expect_no_damage(struct fleet *f)
{
    struct jemput_error err;
    uint64_t problems;

    if (jemput_verify(f->devices[NEWCOMER].jemput, on_problem, NULL, &problems, &err))
        fail_msg("verify: %s", err.text);
}

/* --- tests --- */

static unsigned stride(void)
{
    return getenv("JEMPUT_FAULT_STEP") ? 16 : 11; /* with sanitizers */
}

static void whatever_the_app_saves_while_rows_come_is_kept_and_hides_nothing(void **state)
{
    unsigned edited = 0, not_edited = 0, collided = 0, partly = 0, steps = 1;

    (void)state;
    for (unsigned at = 0; at < steps; at += stride()) {
        struct fleet f;
        struct app a = { .f = &f, .at = at, .cancel_at = UINT32_MAX };

        scene_of_newcomer(&f, 50);
        assert_int_equal(sync_watched(&a), JEMPUT_OK);
        steps = a.steps;
        edited += a.edited;
        not_edited += !a.edited;
        collided += a.collided;
        partly += a.partly;
        expect_sound(&f, at);
        if (a.saved)
            expect_kept(&a);
        fleet_release(&f);
    }
    assert_true(edited && not_edited && collided && partly);
}

static void cancelled_at_any_step_it_goes_on_at_the_next_sync(void **state)
{
    enum jemput_status st = JEMPUT_CANCELLED;
    unsigned cancelled = 0;

    (void)state;
    for (unsigned at = 0; st == JEMPUT_CANCELLED; at += stride()) {
        struct fleet f;
        struct app a = { .f = &f, .at = at, .cancel_at = at };

        scene_of_newcomer(&f, 51);
        st = sync_watched(&a);
        expect_no_damage(&f);
        expect_sound(&f, at);
        if (st == JEMPUT_CANCELLED)
            expect_kept(&a);
        cancelled += st == JEMPUT_CANCELLED;
        fleet_release(&f);
    }
    assert_true(cancelled > 2);
}

/* It is compared again and again while the app can write, but not for ever. */
static void an_app_that_saves_again_and_again_is_not_refused_and_the_sync_ends(void **state)
{
    struct fleet f;
    struct app a = { .f = &f, .at = UINT32_MAX, .saves = 1000, .cancel_at = UINT32_MAX };

    (void)state;
    scene_of_newcomer(&f, 52);
    assert_int_equal(sync_watched(&a), JEMPUT_OK);
    assert_true(a.locked > 0 && a.saves > 0 && a.saves < 990);
    expect_sound(&f, 0);
    fleet_release(&f);
}

static void while_nobody_writes_the_app_never_sees_the_lock_held_for_a_comparison(void **state)
{
    struct fleet f;
    struct app a = { .f = &f, .at = UINT32_MAX, .cancel_at = UINT32_MAX };

    (void)state;
    scene_of_newcomer(&f, 53);
    assert_int_equal(sync_watched(&a), JEMPUT_OK);
    assert_int_equal(a.locked, 0);
    assert_true(a.partly > 1);
    expect_sound(&f, 0);
    fleet_release(&f);
}

static int on_moved(void *ctx, const struct jemput_feed_row *row)
{
    (void)row;
    ++*(unsigned *)ctx;
    return 0;
}

/* Also of those that are there when the rest is not. */
static void whoever_follows_the_store_is_told_of_each_row_that_comes(void **state)
{
    struct jemput_feed_reading before, after;
    struct jemput_error err;
    unsigned moved = 0;
    struct fleet f;
    struct app a = { .f = &f, .at = UINT32_MAX, .cancel_at = UINT32_MAX, .cancels_partly = true };
    int64_t persons;

    (void)state;
    scene_of_newcomer(&f, 55);
    assert_int_equal(jemput_feed_begin(f.devices[NEWCOMER].jemput, &err), JEMPUT_OK);
    assert_int_equal(jemput_feed_read(f.devices[NEWCOMER].jemput, NULL, on_moved, &moved, &before, &err), JEMPUT_OK);
    assert_int_equal(sync_watched(&a), JEMPUT_CANCELLED);
    persons = number(&f, "SELECT count(*) FROM orang WHERE id LIKE 'p%'");
    assert_true(persons > 10 && persons < PERSONS);
    expect_no_damage(&f);
    moved = 0;
    assert_int_equal(jemput_feed_read(f.devices[NEWCOMER].jemput, &before.till, on_moved, &moved, &after, &err), JEMPUT_OK);
    assert_true(moved >= persons);
    a.cancels_partly = false;
    assert_int_equal(sync_watched(&a), JEMPUT_OK);
    moved = 0;
    assert_int_equal(jemput_feed_read(f.devices[NEWCOMER].jemput, &after.till, on_moved, &moved, &after, &err), JEMPUT_OK);
    assert_true(moved >= PERSONS - persons);
    fleet_release(&f);
}

static void triggers_that_are_declared_run_for_each_row_once(void **state)
{
    struct fleet f;
    struct app a = { .f = &f, .at = UINT32_MAX, .cancel_at = UINT32_MAX };

    (void)state;
    scene_of_newcomer(&f, 54);
    fleet_sql(&f, NEWCOMER, "CREATE TABLE jejak(id TEXT PRIMARY KEY);"
                            "CREATE TRIGGER masuk AFTER INSERT ON orang BEGIN INSERT INTO jejak VALUES(NEW.id); END");
    assert_int_equal(sync_watched(&a), JEMPUT_OK);
    fleet_expect(&f, NEWCOMER, "SELECT (SELECT count(*) FROM orang), (SELECT count(*) FROM orang o JOIN jejak j ON j.id = o.id)", "1301|1301\n");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_the_app_saves_while_rows_come_is_kept_and_hides_nothing),
        cmocka_unit_test(cancelled_at_any_step_it_goes_on_at_the_next_sync),
        cmocka_unit_test(an_app_that_saves_again_and_again_is_not_refused_and_the_sync_ends),
        cmocka_unit_test(whoever_follows_the_store_is_told_of_each_row_that_comes),
        cmocka_unit_test(triggers_that_are_declared_run_for_each_row_once),
        cmocka_unit_test(while_nobody_writes_the_app_never_sees_the_lock_held_for_a_comparison),
    };

    return cmocka_run_group_tests_name("beginning", tests, NULL, NULL);
}
