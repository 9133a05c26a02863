/* Forgetting a row: after one sync of each store nobody has it, or a key to it, any more; and nobody's own work is lost by that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "cutting.h"
#include "forgotten.h"
#include "roll.h"

enum { B = 2, DEVICES = 3 };

/* --- tests --- */

static void nobody_keeps_a_row_or_a_key_to_it_after_one_sync_each(void **state)
{
    struct forgotten_log old = { .count = 0 };
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 41);
    forgotten_log_take(&old, &f, CENTRAL);
    assert_true(forgotten_log_readable(&old, &f, CENTRAL) > 0);
    forgotten_forget(&f, "px");
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < DEVICES; i++) /* one sync each: what central has signed lies on the hub */
        (void)fleet_sync(&f, i, 0);
    for (unsigned i = 0; i < DEVICES; i++) {
        forgotten_expect_nowhere(&f, i);
        assert_int_equal(forgotten_log_readable(&old, &f, i), 0);
    }
    (void)fleet_sync(&f, CENTRAL, 0);
    forgotten_expect_places(&f, CENTRAL, DEVICES, DEVICES);
    for (unsigned i = 0; i < DEVICES; i++)
        fleet_sql(&f, i, "INSERT INTO orang VALUES('sesudah-%u', NULL, 'Sesudah', NULL)", i);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id LIKE 'sesudah%'", "3\n");
        assert_int_equal(forgotten_log_readable(&old, &f, i), 0); /* and nobody hands a key on */
    }
    forgotten_log_release(&old);
    fleet_release(&f);
}

/* --- given up on the way --- */

static int stop_at(void *left)
{
    unsigned *n = left;

    return *n == 0 || --*n == 0;
}

/* Proving, cutting, giving room back, writing the file anew: at each look somebody says stop, and each time it goes on from there. */
static void erasing_ends_at_the_first_look_after_a_cancel_and_loses_nothing(void **state)
{
    struct jemput_cut_report report = { .erased = 0 };
    struct jemput_error err;
    struct fleet f;
    unsigned cancelled = 0;
    enum jemput_status st = JEMPUT_CANCELLED;

    (void)state;
    forgotten_begin(&f, DEVICES, 46);
    forgotten_forget(&f, "px");
    forgotten_checkpoint(&f);
    for (unsigned at = 1; st == JEMPUT_CANCELLED; at++) {
        struct jemput *j = f.devices[CENTRAL].jemput;
        unsigned left = at;

        jemput_store_heed(j->store, stop_at, &left);
        st = jemput_checkpoint_cut(j, &report, &err);
        jemput_store_heed(j->store, NULL, NULL);
        cancelled += st == JEMPUT_CANCELLED;
        assert_true(st == JEMPUT_CANCELLED || left > 0); /* who was told to stop stops */
        fleet_verify(&f, CENTRAL);
    }
    if (st)
        fail_msg("%s", err.text);
    assert_true(cancelled > 10);
    assert_int_equal(report.erased, 1);
    forgotten_expect_nowhere(&f, CENTRAL);
    forgotten_expect_one_state(&f);
    fleet_release(&f);
}

static void who_joins_afterwards_gets_all_but_that(void **state)
{
    struct forgotten_log old = { .count = 0 };
    struct fleet f;
    unsigned late;

    (void)state;
    forgotten_begin(&f, DEVICES, 42);
    forgotten_log_take(&old, &f, CENTRAL);
    forgotten_forget(&f, "px");
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        (void)fleet_sync(&f, i, 0);
    late = roll_join(&f, CENTRAL, "petugas"); /* the hub still has all that there ever was */
    fleet_sql(&f, late, "INSERT INTO orang VALUES('baru', NULL, 'Baru', NULL)");
    forgotten_expect_one_state(&f);
    fleet_expect(&f, late, "SELECT count(*) FROM orang WHERE id IN ('p1', 'baru')", "2\n");
    forgotten_expect_nowhere(&f, late);
    assert_int_equal(forgotten_log_readable(&old, &f, late), 0);
    assert_int_equal(bad_info(&f, late).segments_unread, 0);
    forgotten_log_release(&old);
    fleet_release(&f);
}

/* Some of it sealed, some not; and sent before it hears of the forgetting, as own work is. */
static void work_that_was_not_sent_before_its_key_goes_is_not_lost(void **state)
{
    struct forgotten_log old = { .count = 0 };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 43);
    forgotten_log_take(&old, &f, CENTRAL);
    fleet_sql(&f, B, "INSERT INTO orang VALUES('b1', NULL, 'Disegel', NULL)");
    assert_int_equal(jemput_seal(f.devices[B].jemput, NULL, &err), JEMPUT_OK);
    forgotten_forget(&f, "px");
    forgotten_checkpoint(&f);
    f.count = 2;
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 2; i++)
            (void)fleet_sync(&f, i, 0);
    f.count = DEVICES;
    assert_int_equal(forgotten_log_readable(&old, &f, CENTRAL), 0); /* it cannot read B's work by any epoch's key */
    fleet_sql(&f, B, "INSERT INTO orang VALUES('b2', NULL, 'Belum', NULL)");
    (void)fleet_sync(&f, B, 0);
    (void)fleet_sync(&f, CENTRAL, 0);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id IN ('b1', 'b2')", "2\n");
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id IN ('b1', 'b2')", "2\n");
        forgotten_expect_nowhere(&f, i);
        assert_int_equal(forgotten_log_readable(&old, &f, i), 0);
        assert_int_equal(bad_info(&f, i).segments_unread, 0);
    }
    forgotten_expect_places(&f, CENTRAL, DEVICES, DEVICES);
    forgotten_log_release(&old);
    fleet_release(&f);
}

/* What is to be cancelled is what runs when it is asked for, not what comes after. */
static void a_cancel_that_nothing_was_there_for_does_not_stop_a_forgetting(void **state)
{
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 48);
    jemput_cancel(f.devices[CENTRAL].jemput);
    forgotten_forget(&f, "px");
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
    fleet_release(&f);
}

/* What was cut off before holds the row: it lies in the checkpoint that stands for that. */
static void a_row_that_a_checkpoint_holds_is_forgotten_all_the_same(void **state)
{
    struct forgotten_log old = { .count = 0 };
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 44);
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    (void)cutting_cut(&f, CENTRAL);
    (void)cutting_cut(&f, B); /* and TABLET has not */
    forgotten_log_take(&old, &f, TABLET);
    forgotten_forget(&f, "px");
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        (void)fleet_sync(&f, i, 0);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++) {
        forgotten_expect_nowhere(&f, i);
        assert_int_equal(forgotten_log_readable(&old, &f, i), 0);
    }
    forgotten_log_release(&old);
    fleet_release(&f);
}

/* The window of a checkpoint may end before the forgetting: then its state has the row, and whoever cuts comes to the same. */
static void a_checkpoint_from_before_the_forgetting_is_no_lie(void **state)
{
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 45);
    (void)cutting_make(&f, CENTRAL, 0);
    forgotten_forget(&f, "px");
    cutting_backed_up(&f, CENTRAL);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        assert_true(cutting_cut(&f, i).segments > 0);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
    fleet_release(&f);
}

/* Of such a row a store knows no more than its birth; here it came with a checkpoint, and goes when what follows that is merged anew. */
static void a_row_that_nothing_had_touched_leaves_nothing_behind(void **state)
{
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 49);
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES('polos', NULL, 'Polos', NULL)");
    forgotten_expect_one_state(&f);
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    (void)cutting_cut(&f, B);
    forgotten_forget_in(&f, "orang", "polos");
    forgotten_expect_one_state(&f); /* verify would find a birth without a row */
    fleet_release(&f);
}

/* Rows that stood aside because of it come forward, rows that depended on it are held: as if it had never been, with and without a checkpoint. */
static void what_it_stood_in_the_way_of_comes_forward(void **state)
{
    struct fleet f;

    (void)state;
    for (unsigned cut = 0; cut < 2; cut++) {
        forgotten_begin(&f, DEVICES, 46 + cut);
        fleet_sql(&f, TABLET, "INSERT INTO keluarga VALUES('k9', '99', 'Jl. Satu', 0); INSERT INTO orang VALUES('anak', NULL, 'Anak', 'k9')");
        sim_env_advance(&f.devices[B].sim, 3600 * 1000);
        fleet_sql(&f, B, "INSERT INTO keluarga VALUES('k8', '99', 'Jl. Dua', 0)"); /* the same number: one of the two is held */
        forgotten_expect_one_state(&f);
        fleet_expect(&f, B, "SELECT group_concat(id) FROM keluarga WHERE no_kk = '99'", "k9\n");
        if (cut) {
            (void)cutting_make(&f, CENTRAL, 0);
            cutting_backed_up(&f, CENTRAL);
            fleet_settle(&f, 0);
            (void)cutting_cut(&f, B);
        }
        forgotten_forget_in(&f, "keluarga", "k9");
        forgotten_expect_one_state(&f);
        for (unsigned i = 0; i < DEVICES; i++) {
            fleet_expect(&f, i, "SELECT group_concat(id) FROM keluarga WHERE no_kk = '99'", "k8\n");
            fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'anak'", "0\n");
        }
        fleet_release(&f);
    }
}

static void the_record_does_not_say_whose_row_it_was(void **state)
{
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 48);
    fleet_sql(&f, TABLET, "INSERT INTO nik VALUES('9900999901019999', 'Kenari Keempat')");
    forgotten_expect_one_state(&f);
    forgotten_forget_in(&f, "nik", "9900999901019999");
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        (void)fleet_sync(&f, i, 0);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM nik", "0\n");
        assert_false(forgotten_file_has(&f, i, "9900999901019999"));
        assert_false(forgotten_file_has(&f, i, "Kenari Keempat"));
    }
    fleet_sql(&f, TABLET, "INSERT INTO nik VALUES('9900999901019999', 'lagi')"); /* it is still known not to count */
    forgotten_expect_one_state(&f);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM nik", "0\n");
    fleet_release(&f);
}

/* An administrator that still has them meets the new reading keys of those that have not: before it destroys its own, it must not hand them out. */
static void nobody_hands_out_again_what_others_have_destroyed(void **state)
{
    struct forgotten_log old = { .count = 0 };
    struct fleet f;

    (void)state;
    forgotten_begin_with_admin(&f, 54);
    forgotten_log_take(&old, &f, 1);
    forgotten_forget(&f, "px");
    fleet_settle(&f, 0);
    (void)cutting_make(&f, 1, 0);
    cutting_backed_up(&f, 1);
    for (unsigned i = 1; i < 3; i++)
        (void)fleet_sync(&f, i, 0);
    assert_int_equal(forgotten_log_readable(&old, &f, 1), 0);
    assert_true(forgotten_log_readable(&old, &f, 0) > 0);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 3; i++) {
            (void)fleet_sync(&f, i, 0);
            assert_int_equal(forgotten_log_readable(&old, &f, i), 0);
        }
    forgotten_expect_places(&f, 0, 3, 3);
    forgotten_expect_one_state(&f);
    forgotten_log_release(&old);
    fleet_release(&f);
}

/* Made by an administrator who had not heard of central's new reading key: nobody but that one can hand it to central then. */
/* Of a side of a fork what was signed stays, for it proves the fork; its data goes where it tells of a row that is forgotten, with all else in it, which
 * counted nowhere and was kept to be adopted. That it is gone must not stand in the way of the next forgetting. */
static void what_went_with_one_forgetting_does_not_stop_the_next(void **state)
{
    struct forgotten_log old = { .count = 0 };
    unsigned both[2] = { TABLET };
    struct jemput_error err;
    char before[24];
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 52);
    snprintf(before, sizeof before, "%llu", (unsigned long long)roll_segments(&f, CENTRAL)); /* a receipt */
    both[1] = fleet_clone(&f, TABLET);
    for (unsigned i = 0; i < 2; i++) {
        fleet_sql(&f, both[i], "UPDATE orang SET nama = 'Salinan %u' WHERE id = 'px'", i);
        fleet_sql(&f, both[i], "INSERT INTO orang VALUES('salinan-%u', NULL, 'Salinan', NULL)", i);
        assert_int_equal(jemput_seal(f.devices[both[i]].jemput, NULL, &err), JEMPUT_OK); /* two segments of one number */
    }
    fleet_settle(&f, 0);
    roll_act(&f, CENTRAL, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "leaked", .since = before });
    for (unsigned i = 0; i < 2; i++) {
        (void)fleet_sync(&f, CENTRAL, 0);
        forgotten_log_take(&old, &f, CENTRAL);
        assert_true(forgotten_log_readable(&old, &f, CENTRAL) > 0);
        forgotten_forget(&f, i ? "p1" : "px");
        forgotten_checkpoint(&f);
        (void)fleet_sync(&f, CENTRAL, 0);
        assert_int_equal(forgotten_log_readable(&old, &f, CENTRAL), 0);
        forgotten_log_release(&old);
        old = (struct forgotten_log){ .count = 0 };
        fleet_sql(&f, B, "INSERT INTO orang VALUES('sesudah-%u', NULL, 'Sesudah', NULL)", i);
        (void)fleet_sync(&f, B, 0);
    }
    fleet_release(&f);
}

static void an_epoch_for_the_reading_key_that_central_had_reaches_central(void **state)
{
    struct fleet f;

    (void)state;
    forgotten_begin_with_admin(&f, 55);
    forgotten_forget(&f, "px");
    fleet_settle(&f, 0);
    (void)cutting_make(&f, 1, 0);
    cutting_backed_up(&f, 1);
    (void)fleet_sync(&f, 1, 0);
    for (unsigned i = 0; i < 3; i++) /* two new epochs: the second has a higher number than central's */
        roll_act(&f, 0, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "3", .roles = i % 2 ? "petugas" : "kominfo" });
    fleet_sql(&f, 0, "INSERT INTO orang VALUES('a1', NULL, 'Kantor', NULL)");
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 2; i++)
            (void)fleet_sync(&f, i, 0);
    fleet_expect(&f, 1, "SELECT count(*) FROM orang WHERE id = 'a1'", "1\n");
    assert_int_equal(bad_info(&f, 1).segments_unread, 0);
    forgotten_expect_nowhere(&f, 0);
    fleet_release(&f);
}

/* --- what was refused, and who is out of reach --- */

static const char POLICY_SCHEMA[] = "CREATE TABLE nik(nik TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('nik');"
                                    "SELECT jemput_policy('nik', 'kelurahan,admin,pusat', 'insert; update; delete');"
                                    "SELECT jemput_policy('nik', 'petugas', 'update=nama');";
static const char REFUSED_NIK[] = "9900999901020001";

/* It signs an insert that it may not make any more, which it has not heard of. */
static void refused_insert(struct fleet *f, const char *another)
{
    roll_act(f, CENTRAL, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "kelurahan" });
    fleet_settle(f, 0);
    roll_act(f, CENTRAL, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "2", .roles = "petugas" });
    fleet_sql(f, TABLET, "INSERT INTO nik VALUES('%s', 'Kenari Ditolak')", REFUSED_NIK);
    if (another)
        fleet_sql(f, TABLET, "INSERT INTO nik VALUES('%s', 'Gelatik')", another);
    fleet_settle(f, 0);
}

struct refusals {
    unsigned count;
    bool names_it; /* says its key */
};

static int refusal_take(void *ctx, const struct jemput_refused *r)
{
    struct refusals *seen = ctx;

    seen->count++;
    for (unsigned i = 0; i < r->key_count; i++)
        seen->names_it |= r->key[i].len == strlen(REFUSED_NIK) && memcmp(r->key[i].data, REFUSED_NIK, r->key[i].len) == 0;
    return 0;
}

static struct refusals refusals(struct fleet *f, unsigned device)
{
    struct refusals seen = { 0 };
    struct jemput_error err;

    assert_int_equal(jemput_refused_each(f->devices[device].jemput, refusal_take, &seen, &err), JEMPUT_OK);
    return seen;
}

/* Nobody ever saw a row; its key stands where it is said what was refused, and in the log. Also where a checkpoint has taken that in before. */
static void a_row_that_was_refused_is_forgotten_with_what_says_so(void **state)
{
    (void)state;
    for (unsigned cut = 0; cut < 2; cut++) {
        struct fleet f;

        fleet_init(&f, DEVICES, 0, POLICY_SCHEMA, 71 + cut);
        refused_insert(&f, NULL);
        if (cut)
            cutting_all(&f, 0);
        for (unsigned i = 0; i < DEVICES; i++) {
            assert_true(refusals(&f, i).names_it);
            assert_true(forgotten_file_has(&f, i, REFUSED_NIK));
        }
        forgotten_forget_in(&f, "nik", REFUSED_NIK);
        forgotten_checkpoint(&f);
        for (unsigned i = 0; i < DEVICES; i++)
            (void)fleet_sync(&f, i, 0);
        for (unsigned i = 0; i < DEVICES; i++) {
            assert_int_equal(refusals(&f, i).count, 0);
            assert_false(forgotten_file_has(&f, i, REFUSED_NIK));
            assert_false(forgotten_file_has(&f, i, "Kenari Ditolak"));
        }
        forgotten_expect_one_state(&f);
        fleet_release(&f);
    }
}

/* Sealed together with what is erased: nobody can let it count any more, so nobody is asked to. */
static void other_refused_work_of_an_erased_segment_is_told_as_gone_and_asks_nobody(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, DEVICES, 0, POLICY_SCHEMA, 74);
    refused_insert(&f, "1674990101990098");
    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&f, i, "SELECT count(*), sum(gone) FROM jemput_refused", "2|0\n");
        fleet_expect(&f, i, "SELECT count, open FROM jemput_case WHERE kind = 'refused'", "2|1\n");
    }
    forgotten_forget_in(&f, "nik", REFUSED_NIK);
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        (void)fleet_sync(&f, i, 0);
    for (unsigned i = 0; i < DEVICES; i++) {
        fleet_expect(&f, i, "SELECT count(*), sum(gone) FROM jemput_refused", "1|1\n");
        fleet_expect(&f, i, "SELECT count, open FROM jemput_case WHERE kind = 'refused'", "1|0\n");
    }
    fleet_release(&f);
}

struct gone {
    unsigned count, read, erased, since;
    uint32_t numbers;
};

static int gone_take(void *ctx, const struct jemput_forget_place *place)
{
    struct gone *g = ctx;

    if (!place->revoked)
        return 0;
    g->count++;
    g->read += place->reads != 0;
    g->erased += place->erased != 0;
    g->since += place->sealed_since != 0;
    g->numbers += place->device_number;
    return 0;
}

static struct gone gone(struct fleet *f, unsigned device)
{
    struct gone g = { 0 };
    struct jemput_error err;

    assert_int_equal(jemput_forget_places(f->devices[device].jemput, gone_take, &g, &err), JEMPUT_OK);
    return g;
}

static void gone_expect(bool late_falls)
{
    struct jemput_error err;
    unsigned admin, late;
    char before[24];
    struct gone told;
    struct fleet f;

    forgotten_begin_with_admin(&f, 73);
    admin = roll_join(&f, 0, "admin,petugas");
    fleet_settle(&f, 0);
    late = roll_join(&f, admin, "petugas");
    fleet_settle(&f, 0);
    snprintf(before, sizeof before, "%llu", (unsigned long long)roll_segments(&f, 1)); /* a receipt */
    assert_int_equal(jemput_rotate(f.devices[2].jemput, &err), JEMPUT_OK);
    fleet_settle(&f, 0);
    assert_int_equal(gone(&f, 0).count, 0);
    forgotten_forget(&f, "px");
    roll_act(&f, 0, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen",
        .since = late_falls ? before : NULL }); /* its new key falls with the rotation */
    f.count = 2;
    fleet_settle(&f, 0);
    told = gone(&f, 0);
    assert_true(told.count == 1 && told.numbers == 3 && told.read == 1 && told.erased == 0 && told.since == 1);
    f.count = late + 1;
    if (late_falls) {
        roll_act(&f, 0, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "leaked", .after = "0" });
        fleet_settle(&f, 0);
        told = gone(&f, 0);
        assert_true(told.count == 3 && told.numbers == 3 + 4 + 5 && told.read == 3 && told.erased == 0 && told.since == 3);
    } else {
        (void)cutting_make(&f, 1, 0);
        cutting_backed_up(&f, 1);
        for (unsigned i = 0; i < 2 * f.count; i++)
            (void)fleet_sync(&f, i % f.count, 0);
        roll_act(&f, 0, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "left" });
        told = gone(&f, 0);
        assert_true(told.count == 2 && told.numbers == 3 + 4 && told.read == 2 && told.erased == 1 && told.since == 2);
    }
    fleet_release(&f);
}

/* Once each: one that had another key before; one that had erased; one that is a stranger now, because who let it in was revoked for all that he signed. */
static void who_is_out_of_reach_is_named_once_with_what_it_cannot_read(void **state)
{
    (void)state;
    gone_expect(false);
    gone_expect(true);
}

/* --- what comes later --- */

struct told {
    unsigned count;
    uint64_t edits;
    char what[200], todo[400];
};

static int case_take(void *ctx, const struct jemput_case *c)
{
    struct told *t = ctx;

    if (strcmp(c->kind, "forgotten") != 0)
        return 0;
    t->count++;
    t->edits = c->count;
    snprintf(t->what, sizeof t->what, "%s", c->what_en);
    snprintf(t->todo, sizeof t->todo, "%s", c->todo_en);
    assert_true(c->safe_id[0] && c->what_id[0] && c->todo_id[0] && c->open);
    return 0;
}

static struct told cases(struct fleet *f, unsigned device)
{
    struct told t = { 0 };
    struct jemput_error err;

    assert_int_equal(jemput_cases(f->devices[device].jemput, case_take, &t, &err), JEMPUT_OK);
    return t;
}

/* From a tablet that was away: a case, no row; and the next checkpoint lets it go. */
static void an_edit_that_comes_later_is_a_case_and_brings_nothing_back(void **state)
{
    struct forgotten_log late = { .count = 0 };
    struct fleet f;

    (void)state;
    forgotten_begin(&f, DEVICES, 53);
    forgotten_forget(&f, "px");
    forgotten_checkpoint(&f);
    f.count = 2;
    for (unsigned i = 0; i < 4; i++)
        (void)fleet_sync(&f, i % 2, 0);
    assert_int_equal(cases(&f, CENTRAL).count, 0);
    f.count = DEVICES;
    fleet_sql(&f, B, "UPDATE orang SET nama = 'Kenari Ketiga' WHERE id = 'px'; INSERT INTO orang VALUES('b1', NULL, 'Lain', NULL)");
    (void)fleet_sync(&f, B, 0);
    (void)fleet_sync(&f, B, 0);
    (void)fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(cases(&f, CENTRAL).count, 1);
    assert_int_equal(cases(&f, CENTRAL).edits, 1);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++)
        fleet_expect(&f, i, "SELECT group_concat(id) FROM (SELECT id FROM orang ORDER BY id)", "b1,p1\n");
    forgotten_expect_places(&f, CENTRAL, 2, DEVICES); /* that one still has it */
    forgotten_log_take(&late, &f, CENTRAL);
    forgotten_checkpoint(&f);
    for (unsigned i = 0; i < 2 * DEVICES; i++)
        (void)fleet_sync(&f, i % DEVICES, 0);
    (void)fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(cases(&f, CENTRAL).count, 0);
    forgotten_expect_places(&f, CENTRAL, DEVICES, DEVICES);
    forgotten_expect_one_state(&f);
    for (unsigned i = 0; i < DEVICES; i++) {
        forgotten_expect_nowhere(&f, i);
        assert_int_equal(forgotten_log_readable(&late, &f, i), 0);
    }
    forgotten_log_release(&late);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_keeps_a_row_or_a_key_to_it_after_one_sync_each),
        cmocka_unit_test(erasing_ends_at_the_first_look_after_a_cancel_and_loses_nothing),
        cmocka_unit_test(who_joins_afterwards_gets_all_but_that),
        cmocka_unit_test(work_that_was_not_sent_before_its_key_goes_is_not_lost),
        cmocka_unit_test(a_cancel_that_nothing_was_there_for_does_not_stop_a_forgetting),
        cmocka_unit_test(a_row_that_a_checkpoint_holds_is_forgotten_all_the_same),
        cmocka_unit_test(a_checkpoint_from_before_the_forgetting_is_no_lie),
        cmocka_unit_test(a_row_that_nothing_had_touched_leaves_nothing_behind),
        cmocka_unit_test(what_it_stood_in_the_way_of_comes_forward),
        cmocka_unit_test(the_record_does_not_say_whose_row_it_was),
        cmocka_unit_test(nobody_hands_out_again_what_others_have_destroyed),
        cmocka_unit_test(what_went_with_one_forgetting_does_not_stop_the_next),
        cmocka_unit_test(an_epoch_for_the_reading_key_that_central_had_reaches_central),
        cmocka_unit_test(a_row_that_was_refused_is_forgotten_with_what_says_so),
        cmocka_unit_test(other_refused_work_of_an_erased_segment_is_told_as_gone_and_asks_nobody),
        cmocka_unit_test(who_is_out_of_reach_is_named_once_with_what_it_cannot_read),
        cmocka_unit_test(an_edit_that_comes_later_is_a_case_and_brings_nothing_back),
    };

    return cmocka_run_group_tests_name("forget", tests, NULL, NULL);
}
