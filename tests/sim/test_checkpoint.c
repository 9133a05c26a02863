/* Checkpoints through the public API: whoever has cut off what one covers, and whoever has not, hold the same state and go on alike, whatever is written
 * before, beside and after it; and nothing is cut off without central's two signatures and an own look at the state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "base/alloc.h"
#include "checkpoint/pack.h"
#include "cutting.h"
#include "scene.h"
#include "store/internal.h"

enum { TABLET_B = 2, TABLET_C = 3, DEVICES = 4 };

static const char SCHEMA[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, bantuan INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT NOT NULL, keluarga TEXT REFERENCES keluarga(id) ON DELETE CASCADE);"
    "CREATE INDEX orang_keluarga ON orang(keluarga);"
    "INSERT INTO keluarga VALUES('k0', '0', 'Kantor', 0);"
    "SELECT jemput_replicate('keluarga', 'sum=bantuan'); SELECT jemput_replicate('orang');";

static uint64_t rng;

static unsigned dice(unsigned below)
{
    rng ^= rng << 13;
    rng ^= rng >> 7;
    rng ^= rng << 17;
    return (unsigned)((rng >> 11) % below);
}

/* One transaction; some are refused by SQL, which is no matter. */
static void write_any(struct fleet *f, unsigned device)
{
    char sql[512];
    unsigned k = dice(5), p = dice(6), n = dice(6);

    switch (dice(8)) {
    case 0:
        snprintf(sql, sizeof sql, "INSERT INTO keluarga VALUES('k%u', '%u', 'Jl. %u', %u)", k, n, n, n);
        break;
    case 1:
        snprintf(sql, sizeof sql, "UPDATE keluarga SET alamat = 'Jl. %u-%u' WHERE id = 'k%u'", device, n, k);
        break;
    case 2:
        snprintf(sql, sizeof sql, "UPDATE keluarga SET bantuan = bantuan + %u WHERE id = 'k%u'", n + 1, k);
        break;
    case 3:
        snprintf(sql, sizeof sql, "DELETE FROM keluarga WHERE id = 'k%u'", k);
        break;
    case 4:
    case 5:
        snprintf(sql, sizeof sql, "INSERT INTO orang VALUES('p%u', '9%u', 'Nama %u', 'k%u')", p, n, n, k);
        break;
    case 6:
        snprintf(sql, sizeof sql, "UPDATE orang SET nik = '9%u', nama = 'Nama %u%u' WHERE id = 'p%u'", n, device, n, p);
        break;
    default:
        snprintf(sql, sizeof sql, "DELETE FROM orang WHERE id = 'p%u'", p);
        break;
    }
    (void)fleet_try(f, device, sql);
}

static void write_and_sync(struct fleet *f, unsigned devices, unsigned steps)
{
    for (unsigned i = 0; i < steps; i++) {
        unsigned device = dice(devices);

        for (unsigned k = dice(4) + 1; k > 0; k--)
            write_any(f, device);
        if (dice(3) == 0)
            (void)fleet_sync(f, dice(devices), 0);
    }
}

static void hash_of(struct fleet *f, unsigned device, char hex[65])
{
    struct jemput_error err;

    if (jemput_state_hash(f->devices[device].jemput, hex, &err))
        fail_msg("device %u: %s", device, err.text);
}

static void expect_one_state(struct fleet *f, uint64_t seed)
{
    char first[65], hex[65];

    fleet_settle(f, 0);
    hash_of(f, 0, first);
    for (unsigned i = 1; i < f->count; i++) {
        hash_of(f, i, hex);
        if (strcmp(first, hex) != 0)
            fail_msg("seed %llu: device %u has another state", (unsigned long long)seed, i);
    }
}

static void tell(void *ctx, const char *what)
{
    printf("  differs: %s\n", what);
    ++*(unsigned *)ctx;
}

/* Nothing is wrong, and computing it anew changes nothing. */
static void expect_sound(struct fleet *f, unsigned device, uint64_t seed)
{
    unsigned told = 0;
    struct jemput_rebuild_options options = { .each = tell, .ctx = &told };
    struct jemput_rebuild_report report;
    struct jemput_error err;
    uint64_t problems = 0;

    if (jemput_verify(f->devices[device].jemput, tell, &told, &problems, &err))
        fail_msg("seed %llu, device %u: %s", (unsigned long long)seed, device, err.text);
    if (jemput_rebuild(f->devices[device].jemput, &options, &report, &err))
        fail_msg("seed %llu, device %u: %s", (unsigned long long)seed, device, err.text);
    if (problems || told || report.differences)
        fail_msg("seed %llu, device %u: %llu problems, %u differences", (unsigned long long)seed, device, (unsigned long long)problems, told);
}

/* --- tests --- */

static uint64_t segments_cut;

static void one_history(uint64_t seed)
{
    struct fleet f;

    rng = seed * 0x9E3779B97F4A7C15u + 1;
    fleet_init(&f, DEVICES, 0, SCHEMA, seed);
    write_and_sync(&f, DEVICES, 12 + dice(10)); /* what is not synced yet comes after the checkpoint, from devices that had not seen it */
    (void)fleet_sync(&f, CENTRAL, 0);
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    write_and_sync(&f, DEVICES, dice(6));
    expect_one_state(&f, seed);
    segments_cut += cutting_cut(&f, CENTRAL).segments + cutting_cut(&f, TABLET).segments;
    for (unsigned i = 0; i < DEVICES; i++)
        expect_sound(&f, i, seed);
    write_and_sync(&f, DEVICES, 10);
    expect_one_state(&f, seed);
    (void)cutting_make(&f, CENTRAL, 0); /* from the checkpoint before it */
    cutting_backed_up(&f, CENTRAL);
    write_and_sync(&f, DEVICES, 4);
    expect_one_state(&f, seed);
    segments_cut += cutting_cut(&f, TABLET).segments + cutting_cut(&f, TABLET_B).segments;
    for (unsigned i = 0; i < DEVICES; i++)
        expect_sound(&f, i, seed);
    fleet_reopen(&f, TABLET);
    write_and_sync(&f, DEVICES, 6);
    expect_one_state(&f, seed);
    fleet_release(&f);
}

static void who_has_cut_and_who_has_not_hold_one_state_and_go_on_alike(void **state)
{
    const char *many = getenv("JEMPUT_TEST_HISTORIES");
    uint64_t seeds = many ? strtoull(many, NULL, 10) : getenv("JEMPUT_FAULT_STEP") ? 4 : 12; /* with sanitizers */

    (void)state;
    for (uint64_t seed = 1; seed <= seeds; seed++)
        one_history(seed);
    assert_true(segments_cut > 10 * seeds);
}

static void nothing_is_cut_before_central_has_signed_that_it_is_backed_up(void **state)
{
    struct jemput_cut_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    rng = 7;
    fleet_init(&f, 2, 0, SCHEMA, 7);
    write_and_sync(&f, 2, 8);
    fleet_settle(&f, 0);
    assert_int_equal(jemput_checkpoint_cut(f.devices[TABLET].jemput, &report, &err), JEMPUT_NOTFOUND);
    (void)cutting_make(&f, CENTRAL, 0);
    fleet_settle(&f, 0);
    assert_int_equal(jemput_checkpoint_cut(f.devices[TABLET].jemput, &report, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "backed up"));
    cutting_backed_up(&f, CENTRAL);
    assert_int_equal(jemput_checkpoint_cut(f.devices[TABLET].jemput, &report, &err), JEMPUT_DENIED); /* it has not heard of it */
    fleet_settle(&f, 0);
    assert_true(cutting_cut(&f, TABLET).segments > 0);
    assert_true(cutting_cut(&f, TABLET).segments == 0); /* once is enough */
    fleet_release(&f);
}

/* Ids of jemput_id() are told by their seeds, which stand in segments: behind a cut, in the checkpoint alone. */
static void the_seeds_of_ids_outlive_the_segments_that_told_them(void **state)
{
    enum { OTHERS = 4500 }; /* bytes: more than some segments take, and less than 400 ids that are written whole */
    struct jemput_checkpoint_report first, second;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 11);
    fleet_sql(&f, TABLET, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
                          "INSERT INTO orang SELECT jemput_id(), 1000 + i, 'Siti', NULL FROM n");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES(jemput_id(), '2', 'Ani', NULL)"); /* the newest segment of a log stays */
    fleet_settle(&f, 0);
    first = cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    fleet_settle(&f, 0);
    assert_true(cutting_cut(&f, CENTRAL).segments > 0);
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES(jemput_id(), '1', 'Budi', NULL)");
    fleet_settle(&f, 0);
    second = cutting_make(&f, CENTRAL, 0);
    assert_true(second.bytes < first.bytes + OTHERS);
    expect_one_state(&f, 11);
    expect_sound(&f, CENTRAL, 11);
    fleet_release(&f);
}

struct watching {
    const struct jemput_store *store;
    unsigned packers, locked;
};

/* The allocator: who packs rows asks for just so many bytes, once. */
static void *packer_watch(void *ctx, void *ptr, size_t size)
{
    struct watching *w = ctx;

    if (size == JEMPUT_ITEM_ROWS_MAX * sizeof(struct jemput_pack_row)) {
        w->packers++;
        w->locked += w->store->in_txn;
    }
    if (size)
        return realloc(ptr, size);
    free(ptr);
    return NULL;
}

static void rows_are_packed_while_the_app_can_write(void **state)
{
    struct jemput_checkpoint_report report;
    struct watching w = { .packers = 0 };
    struct jemput_error err;
    enum jemput_status st;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 12);
    fleet_sql(&f, CENTRAL, "INSERT INTO keluarga VALUES('k1', '1', 'Jl. Melati', 0)");
    w.store = f.devices[CENTRAL].jemput->store;
    jemput_allocator_set(packer_watch, &w);
    st = jemput_checkpoint_make(f.devices[CENTRAL].jemput, 0, &report, &err);
    jemput_allocator_set(NULL, NULL);
    assert_int_equal(st, JEMPUT_OK);
    assert_int_equal(w.packers, 1);
    assert_int_equal(w.locked, 0);
    fleet_release(&f);
}

static void only_central_makes_checkpoints(void **state)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;
    struct fleet f;

    (void)state;
    fleet_init(&f, 2, 0, SCHEMA, 8);
    assert_int_equal(jemput_checkpoint_make(f.devices[TABLET].jemput, 0, &report, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_checkpoint_backed_up(f.devices[TABLET].jemput, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_checkpoint_backed_up(f.devices[CENTRAL].jemput, &err), JEMPUT_NOTFOUND);
    fleet_release(&f);
}

/* What was sealed within the window may still be revoked, and is not covered. */
static void a_checkpoint_stands_behind_its_window(void **state)
{
    struct jemput_checkpoint_report report;
    struct jemput_error err;
    char before[65];
    struct fleet f;

    (void)state;
    rng = 9;
    fleet_init(&f, 2, 0, SCHEMA, 9);
    fleet_sql(&f, TABLET, "INSERT INTO keluarga VALUES('k1', '1', 'Jl. Melati', 3)");
    fleet_settle(&f, 0);
    hash_of(&f, CENTRAL, before);
    for (unsigned i = 0; i < f.count; i++)
        sim_env_advance(&f.devices[i].sim, UINT64_C(40) * 86400 * 1000);
    fleet_sql(&f, TABLET, "UPDATE keluarga SET alamat = 'Jl. Mawar' WHERE id = 'k1'");
    fleet_settle(&f, 0);
    report = cutting_make(&f, CENTRAL, INT64_C(30) * 86400 * 1000);
    assert_string_equal(report.state_hash, before);
    report = cutting_make(&f, CENTRAL, 0);
    assert_string_not_equal(report.state_hash, before);
    assert_int_equal(jemput_checkpoint_make(f.devices[CENTRAL].jemput, INT64_C(3000) * 86400 * 1000, &report, &err), JEMPUT_NOTFOUND);
    fleet_release(&f);
}

/* --- those who begin with it --- */

static void settle_at(struct fleet *f, unsigned hub, uint64_t seed)
{
    char first[65], hex[65];

    fleet_settle(f, hub);
    hash_of(f, 0, first);
    for (unsigned i = 1; i < f->count; i++) {
        hash_of(f, i, hex);
        if (strcmp(first, hex) != 0)
            fail_msg("seed %llu: device %u has another state", (unsigned long long)seed, i);
    }
}

/* Of everything before the checkpoint, the second hub has nothing: all have moved there, with it. */
static void a_move(struct fleet *f, uint64_t seed)
{
    settle_at(f, 0, seed);
    (void)cutting_make(f, CENTRAL, 0);
    cutting_backed_up(f, CENTRAL);
    settle_at(f, 0, seed);
    for (unsigned i = 0; i < f->count; i++)
        (void)cutting_cut(f, i);
    write_and_sync(f, 1, 2); /* central moves its log on, too */
}

static void a_newcomer_begins_with_the_checkpoint_and_what_came_after(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fleet f;

        rng = seed * 77 + 5;
        fleet_init(&f, 3, 0, SCHEMA, seed);
        write_and_sync(&f, 3, 14);
        a_move(&f, seed);
        for (unsigned i = 0; i < 3; i++)
            (void)fleet_sync(&f, i, 1);
        for (unsigned i = 1; i < 3; i++)
            write_any(&f, i);
        settle_at(&f, 1, seed);
        fleet_newcomer(&f, CENTRAL);
        fleet_sql(&f, 3, "INSERT INTO orang VALUES('baru-%u', NULL, 'Baru', NULL)", (unsigned)seed); /* before it is let in */
        settle_at(&f, 1, seed);
        for (unsigned i = 0; i < 4; i++)
            expect_sound(&f, i, seed);
        for (unsigned i = 0; i < 4; i++)
            write_any(&f, i);
        settle_at(&f, 1, seed);
        fleet_release(&f);
    }
}

#define SEGMENTS 30

/* A sync that is cancelled when the clock was looked at so often: at each step, and between any two parts of a long one. */
static struct cancelling {
    struct jemput *jemput;
    uint64_t (*clock)(struct jemput_env *env);
    unsigned left;
} cancelling;

static uint64_t cancelling_clock(struct jemput_env *env)
{
    if (cancelling.left && --cancelling.left == 0)
        jemput_cancel(cancelling.jemput);
    return cancelling.clock(env);
}

static enum jemput_status sync_cancelled(struct fleet *f, unsigned device, unsigned at)
{
    const struct jemput_sync_options options = { .hub = fleet_hub(f, 1) };
    struct jemput_env *env = &f->devices[device].sim.env;
    struct jemput_sync_report report;
    struct jemput_error err;
    enum jemput_status st;

    cancelling = (struct cancelling){ .jemput = f->devices[device].jemput, .clock = env->monotonic_ms, .left = at };
    env->monotonic_ms = cancelling_clock;
    st = jemput_sync(f->devices[device].jemput, &options, &report, &err);
    env->monotonic_ms = cancelling.clock;
    if (st != JEMPUT_OK && st != JEMPUT_CANCELLED)
        fail_msg("cancelled at look %u: %s", at, err.text);
    return st;
}

/* Who begins with a checkpoint takes all of it over at once, or nothing: it is given up at the first look, and begun again. */
static void a_newcomer_gives_a_checkpoint_up_when_it_is_told_to_and_takes_it_another_time(void **state)
{
    struct jemput_error err;
    struct fleet f;
    unsigned cancelled[2] = { 0 }, sealed;
    enum jemput_status st;

    (void)state;
    rng = 982;
    fleet_init(&f, 3, 0, SCHEMA, 9);
    write_and_sync(&f, 3, 14);
    a_move(&f, 9);
    for (unsigned i = 0; i < 3; i++)
        (void)fleet_sync(&f, i, 1);
    for (unsigned i = 0; i < SEGMENTS; i++) { /* behind the checkpoint: each is looked at before that is taken over */
        fleet_sql(&f, CENTRAL, "INSERT INTO orang VALUES('isi-%u', NULL, 'Isi', NULL)", i);
        assert_int_equal(jemput_seal(f.devices[CENTRAL].jemput, &sealed, &err), JEMPUT_OK);
    }
    settle_at(&f, 1, 9);
    fleet_newcomer(&f, CENTRAL);
    for (unsigned round = 0; round < 2; round++) { /* it asks to be let in; and when it was */
        st = JEMPUT_CANCELLED;
        for (unsigned at = 1; st == JEMPUT_CANCELLED; at++) {
            st = sync_cancelled(&f, 3, at);
            cancelled[round] += st == JEMPUT_CANCELLED;
        }
        (void)fleet_sync(&f, CENTRAL, 1);
    }
    assert_true(cancelled[0] > SEGMENTS);
    settle_at(&f, 1, 9);
    for (unsigned i = 0; i < 4; i++)
        expect_sound(&f, i, 9);
    fleet_release(&f);
}

/* Away for 400 days, with work of its own that is concurrent with all that happened; what it lacks no hub has any more. */
static void who_was_away_for_long_merges_as_if_there_had_been_none(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        struct fleet f;
        unsigned count;

        rng = seed * 1001 + 3;
        fleet_init(&f, DEVICES, 0, SCHEMA, seed);
        write_and_sync(&f, DEVICES, 10);
        settle_at(&f, 0, seed);
        for (unsigned k = 0; k < 6; k++) /* TABLET_C is gone now, and writes */
            write_any(&f, TABLET_C);
        count = f.count;
        f.count = DEVICES - 1;
        write_and_sync(&f, DEVICES - 1, 12);
        a_move(&f, seed);
        write_and_sync(&f, DEVICES - 1, 6);
        a_move(&f, seed);
        settle_at(&f, 1, seed);
        f.count = count;
        sim_env_advance(&f.devices[TABLET_C].sim, UINT64_C(400) * 86400 * 1000);
        settle_at(&f, 1, seed);
        for (unsigned i = 0; i < DEVICES; i++)
            expect_sound(&f, i, seed);
        fleet_release(&f);
    }
}

/* --- forgetting --- */

static int file_has(struct fleet *f, unsigned device, const char *canary)
{
    char name[64];
    bool found = false;

    for (unsigned i = 0; i < 2; i++) {
        size_t len = 0, canary_len = strlen(canary);
        const uint8_t *data;

        snprintf(name, sizeof name, "%s%s", f->devices[device].path, i ? "-wal" : "");
        data = crash_vfs_file(f->devices[device].vfs, name, &len);
        for (size_t at = 0; data && at + canary_len <= len; at++)
            found = found || memcmp(data + at, canary, canary_len) == 0;
    }
    return found;
}

static const char *const CANARIES[] = { "Kenari Pertama", "Kenari Kedua", "Kenari Ketiga", "9900990000000001" };

static void a_forgotten_row_is_in_no_file_and_later_edits_of_it_do_not_count(void **state)
{
    const struct jemput_datum key = fleet_text("px");
    struct jemput_error err;
    struct fleet f;

    (void)state;
    rng = 21;
    fleet_init(&f, 3, 0, SCHEMA, 21);
    fleet_sql(&f, TABLET, "INSERT INTO keluarga VALUES('kx', 'x', 'Jl. X', 0)");
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES('px', '9900990000000001', 'Kenari Pertama', 'kx')");
    settle_at(&f, 0, 21);
    fleet_sql(&f, TABLET_B, "UPDATE orang SET nama = 'Kenari Kedua' WHERE id = 'px'");
    write_and_sync(&f, 3, 6);
    settle_at(&f, 0, 21);
    assert_true(file_has(&f, CENTRAL, "Kenari Pertama"));
    assert_int_equal(jemput_forget(f.devices[TABLET].jemput, "orang", &key, 1, "UU 27/2022", &err), JEMPUT_DENIED);
    fleet_sql(&f, TABLET_B, "UPDATE orang SET nama = 'Kenari Ketiga' WHERE id = 'px'"); /* has not heard of it */
    if (jemput_forget(f.devices[CENTRAL].jemput, "orang", &key, 1, "UU 27/2022 ps 8, surat 12", &err))
        fail_msg("%s", err.text);
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
    settle_at(&f, 0, 21);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
        expect_sound(&f, i, 21);
    }
    (void)cutting_make(&f, CENTRAL, 0);
    cutting_backed_up(&f, CENTRAL);
    settle_at(&f, 0, 21);
    for (unsigned i = 0; i < 3; i++)
        assert_true(cutting_cut(&f, i).erased);
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < sizeof CANARIES / sizeof *CANARIES; k++)
            if (file_has(&f, i, CANARIES[k]))
                fail_msg("device %u still has '%s'", i, CANARIES[k]);
    fleet_sql(&f, TABLET, "INSERT INTO orang VALUES('px', '1', 'lagi', NULL)"); /* erasure beats it */
    settle_at(&f, 0, 21);
    for (unsigned i = 0; i < 3; i++) {
        fleet_expect(&f, i, "SELECT count(*) FROM orang WHERE id = 'px'", "0\n");
        expect_sound(&f, i, 21);
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_has_cut_and_who_has_not_hold_one_state_and_go_on_alike),
        cmocka_unit_test(nothing_is_cut_before_central_has_signed_that_it_is_backed_up),
        cmocka_unit_test(the_seeds_of_ids_outlive_the_segments_that_told_them),
        cmocka_unit_test(rows_are_packed_while_the_app_can_write),
        cmocka_unit_test(only_central_makes_checkpoints),
        cmocka_unit_test(a_checkpoint_stands_behind_its_window),
        cmocka_unit_test(a_newcomer_begins_with_the_checkpoint_and_what_came_after),
        cmocka_unit_test(a_newcomer_gives_a_checkpoint_up_when_it_is_told_to_and_takes_it_another_time),
        cmocka_unit_test(who_was_away_for_long_merges_as_if_there_had_been_none),
        cmocka_unit_test(a_forgotten_row_is_in_no_file_and_later_edits_of_it_do_not_count),
    };

    return cmocka_run_group_tests_name("checkpoint", tests, NULL, NULL);
}
