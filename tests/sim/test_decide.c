/* Decisions: what a person closes stays closed, what nobody named stays open, and every decision can be replaced by another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"

static const char SCHEMA[] =
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nama TEXT NOT NULL, nik TEXT UNIQUE, umur INTEGER CHECK(umur >= 0), hp TEXT);"
    "SELECT jemput_replicate('orang', 'identity=nama');";

enum { CENTRAL = 0, A = 1, B = 2 };

struct decision {
    const char *id, *column, *value; /* column NULL = keep */
    const char *hides;               /* of the same column, or NULL */
    const char *hides_too;
    const char *reason;
    int remove, restore;
};

static enum jemput_status try_decide(struct fleet *f, unsigned device, struct decision d, struct jemput_error *err)
{
    struct jemput_datum key = fleet_text(d.id), value = d.value ? fleet_text(d.value) : (struct jemput_datum){ 0 };
    struct jemput_hidden_value hidden[2] = { { d.column ? d.column : "nama", d.hides ? fleet_text(d.hides) : value },
                                             { d.column ? d.column : "nama", d.hides_too ? fleet_text(d.hides_too) : value } };
    struct jemput_choice choice = { .table = "orang", .key = &key, .key_count = 1, .column_count = d.column != NULL, .columns = &d.column,
                                    .values = &value, .hidden_count = (d.hides != NULL) + (d.hides_too != NULL), .hidden = hidden,
                                    .remove = d.remove, .restore = d.restore, .reason = d.reason ? d.reason : "sesuai akta" };

    sim_env_advance(&f->devices[device].sim, 50);
    return jemput_decide(f->devices[device].jemput, &choice, err);
}

static void decide(struct fleet *f, unsigned device, struct decision d)
{
    struct jemput_error err;

    if (try_decide(f, device, d, &err))
        fail_msg("decide: %s", err.text);
}

static void expect_refusal(struct fleet *f, unsigned device, struct decision d, enum jemput_status status)
{
    struct jemput_error err;
    char *before = fleet_conflicts(f, device), *after;

    assert_int_equal(try_decide(f, device, d, &err), status);
    after = fleet_conflicts(f, device);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static void expect_conflict(struct fleet *f, const char *one, const char *other)
{
    fleet_settle(f, 0);
    fleet_expect_conflicts(f, one, other);
    for (unsigned i = 0; i < f->count; i++)
        fleet_verify(f, i);
}

static void expect_held(struct fleet *f, const char *held)
{
    fleet_settle(f, 0);
    for (unsigned i = 0; i < f->count; i++) {
        char *h = fleet_held(f, i);

        assert_string_equal(h, held);
        free(h);
    }
}

/* One person, whose name two tablets have written at once. */
static void begin(struct fleet *f)
{
    fleet_init(f, 3, 0, SCHEMA, 11);
    fleet_sql(f, CENTRAL, "INSERT INTO orang VALUES('p1', 'Siti', '1674990101000001', 30, '0811')");
    fleet_settle(f, 0);
    fleet_sql(f, A, "UPDATE orang SET nama = 'Siti A' WHERE id = 'p1'");
    sim_env_advance(&f->devices[B].sim, 60000);
    fleet_sql(f, B, "UPDATE orang SET nama = 'Siti B' WHERE id = 'p1'");
    expect_conflict(f, "Siti A@", "Siti B*@");
}

static void an_ordinary_update_leaves_the_hidden_value_of_a_hard_conflict_open(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "UPDATE orang SET nama = 'Siti C' WHERE id = 'p1'");
    fleet_sql(&f, A, "UPDATE orang SET nama = 'Siti D' WHERE id = 'p1'"); /* both in one segment */
    expect_conflict(&f, "Siti A@", "Siti D*@");
    fleet_sql(&f, CENTRAL, "UPDATE orang SET nama = 'Siti E', hp = '0812' WHERE id = 'p1'");
    expect_conflict(&f, "Siti A@", "Siti E*@");
    fleet_expect_all(&f, "SELECT nama, hp FROM orang", "Siti E|0812\n");
    fleet_release(&f);
}

static void a_decision_closes_a_hard_conflict_on_every_device(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti A", .hides = "Siti A" });
    expect_conflict(&f, NULL, NULL);
    fleet_expect_all(&f, "SELECT nama, nik, umur, hp FROM orang", "Siti A|1674990101000001|30|0811\n");
    fleet_sql(&f, A, "UPDATE orang SET nama = 'Siti F' WHERE id = 'p1'");
    expect_conflict(&f, NULL, NULL);
    fleet_release(&f);
}

static void a_decision_that_does_not_name_a_hidden_value_is_refused_and_changes_nothing(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti Aminah" }, JEMPUT_DENIED);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", NULL }, JEMPUT_DENIED);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti B", .hides = "Siti X" }, JEMPUT_NOTFOUND);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p2", "nama", "Siti B" }, JEMPUT_NOTFOUND);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "nams", "Siti B" }, JEMPUT_NOTFOUND);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "id", "p9" }, JEMPUT_MISUSE);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti B", .hides = "Siti A", .reason = "" }, JEMPUT_MISUSE);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", .remove = 1 }, JEMPUT_MISUSE);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", .restore = 1 }, JEMPUT_MISUSE);
    fleet_settle(&f, 0);
    expect_conflict(&f, "Siti A@", "Siti B*@");
    fleet_release(&f);
}

static void a_decision_does_not_close_a_value_that_its_maker_has_not_met(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    fleet_sql(&f, A, "UPDATE orang SET nama = 'Siti C' WHERE id = 'p1'");
    decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti Aminah", .hides = "Siti A" });
    expect_conflict(&f, "Siti C", "Siti Aminah");
    fleet_release(&f);
}

static void a_decision_is_replaced_by_another(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f);
    decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti A", .hides = "Siti A" });
    fleet_settle(&f, 0);
    decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti B", .reason = "keliru" });
    expect_conflict(&f, NULL, NULL);
    fleet_expect_all(&f, "SELECT nama FROM orang", "Siti B\n");
    fleet_release(&f);
}

static void a_reason_may_have_1024_bytes_and_no_more(void **state)
{
    char reason[1026];
    struct fleet f;

    (void)state;
    begin(&f);
    memset(reason, 'x', 1025);
    reason[1025] = '\0';
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti A", .hides = "Siti A", .reason = reason }, JEMPUT_LIMIT);
    reason[1024] = '\0';
    decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti A", .hides = "Siti A", .reason = reason });
    expect_conflict(&f, NULL, NULL);
    fleet_expect_all(&f, "SELECT nama FROM orang", "Siti A\n");
    fleet_release(&f);
}

/* Else the log would name a row that no table has, or a value that no table can hold. */
static void a_decision_means_what_its_columns_make_of_keys_and_values(void **state)
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_INTEGER, .integer = 5 };
    char *large = calloc(1, 1024 * 1024 + 1);
    const struct jemput_datum values[] = { fleet_text("31"), { .type = JEMPUT_TYPE_INTEGER, .integer = 812 },
                                           { .type = JEMPUT_TYPE_TEXT, .data = large, .len = 1024 * 1024 + 1 } };
    const char *const columns[] = { "umur", "hp", "hp" };
    struct jemput_choice choice = { .table = "orang", .key = &key, .key_count = 1, .column_count = 2, .columns = columns, .values = values,
                                    .reason = "sesuai akta" };
    struct jemput_error err;
    struct fleet f;

    (void)state;
    assert_non_null(large);
    fleet_init(&f, 3, 0, SCHEMA, 12);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('5', 'Siti', '1674990101000001', 30, '0811')");
    fleet_settle(&f, 0);
    if (jemput_decide(f.devices[A].jemput, &choice, &err))
        fail_msg("decide: %s", err.text);
    fleet_expect_all(&f, "SELECT quote(id) || quote(umur) || quote(hp) FROM orang", "'5'31'812'\n");
    fleet_sql(&f, B, "UPDATE orang SET umur = 32");
    fleet_expect_all(&f, "SELECT quote(id) || quote(umur) || quote(hp) FROM orang", "'5'32'812'\n");
    choice.columns = &columns[2];
    choice.values = &values[2];
    choice.column_count = 1;
    assert_int_equal(jemput_decide(f.devices[A].jemput, &choice, &err), JEMPUT_LIMIT);
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    fleet_release(&f);
    free(large);
}

static void a_row_that_was_deleted_and_changed_at_once_is_closed_by_keeping_it(void **state)
{
    struct fleet f;

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 12);
    fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('p1', 'Siti', NULL, 30, '0811')");
    fleet_settle(&f, 0);
    fleet_sql(&f, A, "DELETE FROM orang");
    fleet_sql(&f, B, "UPDATE orang SET hp = '0812'");
    expect_conflict(&f, "orang", NULL);
    decide(&f, CENTRAL, (struct decision){ .id = "p1", NULL, .reason = "masih tinggal di sini" });
    expect_conflict(&f, NULL, NULL);
    fleet_expect_all(&f, "SELECT nama, hp FROM orang", "Siti|0812\n");
    fleet_release(&f);
}

static void hold_one(struct fleet *f)
{
    fleet_init(f, 3, 0, SCHEMA, 13);
    fleet_sql(f, A, "INSERT INTO orang VALUES('p1', 'Siti', '1674990101000001', 30, NULL)");
    sim_env_advance(&f->devices[B].sim, 60000);
    fleet_sql(f, B, "INSERT INTO orang VALUES('p2', 'Ani', '1674990101000001', 40, NULL)");
    expect_held(f, "orang [UNIQUE orang.nik] p2 Ani 1674990101000001 40 ~\n");
}

static void a_held_row_that_is_corrected_comes_in(void **state)
{
    struct fleet f;

    (void)state;
    hold_one(&f);
    decide(&f, CENTRAL, (struct decision){ .id = "p2", "hp", "0813" });
    expect_held(&f, "orang [UNIQUE orang.nik] p2 Ani 1674990101000001 40 0813\n");
    decide(&f, CENTRAL, (struct decision){ .id = "p2", "nik", "1674990101000002" });
    expect_held(&f, "");
    fleet_expect_all(&f, "SELECT nama, nik, hp FROM orang ORDER BY 1", "Ani|1674990101000002|0813\nSiti|1674990101000001|~\n");
    for (unsigned i = 0; i < f.count; i++)
        fleet_verify(&f, i);
    fleet_release(&f);
}

static void a_held_row_is_dropped_and_brought_back(void **state)
{
    struct fleet f;

    (void)state;
    hold_one(&f);
    decide(&f, CENTRAL, (struct decision){ .id = "p2", .remove = 1, .reason = "ganda" });
    expect_held(&f, "");
    fleet_expect_all(&f, "SELECT nama FROM orang ORDER BY 1", "Siti\n");
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p2", "hp", "0813" }, JEMPUT_NOTFOUND);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p2", NULL }, JEMPUT_NOTFOUND);
    expect_refusal(&f, CENTRAL, (struct decision){ .id = "p2", .remove = 1 }, JEMPUT_NOTFOUND);
    decide(&f, CENTRAL, (struct decision){ .id = "p2", .restore = 1, .reason = "ternyata bukan" });
    expect_held(&f, "orang [UNIQUE orang.nik] p2 Ani 1674990101000001 40 ~\n");
    fleet_sql(&f, A, "DELETE FROM orang WHERE id = 'p1'");
    expect_held(&f, "");
    fleet_expect_all(&f, "SELECT nama FROM orang ORDER BY 1", "Ani\n");
    decide(&f, B, (struct decision){ .id = "p1", .restore = 1, .reason = "kembali" }); /* made first: the number is its own again */
    expect_held(&f, "orang [UNIQUE orang.nik] p2 Ani 1674990101000001 40 ~\n");
    fleet_expect_all(&f, "SELECT nama FROM orang ORDER BY 1", "Siti\n");
    fleet_release(&f);
}

static void a_decision_under_a_failing_disk_is_done_whole_or_not_at_all(void **state)
{
    struct fleet f;
    struct crash_snapshot *ready;
    unsigned failed = 0, done = 0;

    (void)state;
    begin(&f);
    jemput_close(f.devices[CENTRAL].jemput);
    f.devices[CENTRAL].jemput = NULL;
    ready = crash_vfs_snapshot(f.devices[CENTRAL].vfs);
    for (uint64_t n = 0; !done && n < 20000; n++) {
        struct fleet_device *d = &f.devices[CENTRAL];
        struct jemput_error err;
        char *c;
        enum jemput_status st;

        crash_vfs_restore(d->vfs, ready);
        fleet_reopen(&f, CENTRAL);
        crash_vfs_fail_at(d->vfs, n, CRASH_FAULT_IO, false);
        st = try_decide(&f, CENTRAL, (struct decision){ .id = "p1", "nama", "Siti A", .hides = "Siti A" }, &err);
        done = crash_vfs_counters(d->vfs)->faults == 0;
        crash_vfs_fail_at(d->vfs, 0, CRASH_FAULT_NONE, false);
        fleet_reopen(&f, CENTRAL);
        c = fleet_conflicts(&f, CENTRAL);
        if (st == JEMPUT_OK && *c)
            fail_msg("decided, and yet there is\n%s", c);
        failed += st != JEMPUT_OK;
        if (!done)
            crash_vfs_counters_reset(d->vfs);
        free(c);
        fleet_verify(&f, CENTRAL);
        jemput_close(d->jemput);
        d->jemput = NULL;
        sim_env_use_real_files(&d->sim, NULL);
    }
    assert_true(done);
    assert_true(failed > 10);
    crash_snapshot_free(ready);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ordinary_update_leaves_the_hidden_value_of_a_hard_conflict_open),
        cmocka_unit_test(a_decision_closes_a_hard_conflict_on_every_device),
        cmocka_unit_test(a_decision_that_does_not_name_a_hidden_value_is_refused_and_changes_nothing),
        cmocka_unit_test(a_decision_does_not_close_a_value_that_its_maker_has_not_met),
        cmocka_unit_test(a_decision_is_replaced_by_another),
        cmocka_unit_test(a_reason_may_have_1024_bytes_and_no_more),
        cmocka_unit_test(a_decision_means_what_its_columns_make_of_keys_and_values),
        cmocka_unit_test(a_row_that_was_deleted_and_changed_at_once_is_closed_by_keeping_it),
        cmocka_unit_test(a_held_row_that_is_corrected_comes_in),
        cmocka_unit_test(a_held_row_is_dropped_and_brought_back),
        cmocka_unit_test(a_decision_under_a_failing_disk_is_done_whole_or_not_at_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
