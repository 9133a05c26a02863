/* unit/test_lid.c — the ways into a sealed store: PIN, platform's key, recovery code, waiting after wrong PINs, and a lid that survives what happens to
 * disks. */
#include "vault_world.h"

#include "store/vault/recovery.h"
#include "support/fault_alloc.h"
#include "support/sim_env.h"

static const uint8_t platform[JEMPUT_PLATFORM_KEY_BYTES] = { 7, 7 }, other_platform[JEMPUT_PLATFORM_KEY_BYTES] = { 7, 8 };
static const uint8_t code[JEMPUT_RECOVERY_BYTES] = { 0xca, 0xfe, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14 };
static const struct jemput_pin_cost cheap = { .passes = 1, .memory_kib = 8 };

/* A disk and a clock, and a lid with the ways that a test asks for. */
struct bench {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput_error err;
};

#define WITH_PIN 1
#define WITH_BOTH 2
#define WITH_PLATFORM 4
#define WITH_RECOVERY 8

static struct jemput_keyslots slots_make(struct bench *b, unsigned ways)
{
    struct jemput_keyslots t = { .sequence = 1 };

    if (ways & (WITH_PIN | WITH_BOTH))
        assert_int_equal(jemput_keyslot_pin(&t, jemput_bytes_str("135790"), ways & WITH_BOTH ? platform : NULL, &cheap, right_key, &b->sim.env, &b->err),
                         JEMPUT_OK);
    if (ways & WITH_PLATFORM)
        jemput_keyslot_platform(&t, platform, right_key, &b->sim.env);
    if (ways & WITH_RECOVERY)
        jemput_keyslot_recovery(&t, code, right_key, &b->sim.env);
    return t;
}

static void bench_init(struct bench *b, unsigned ways)
{
    struct jemput_keyslots t;

    assert_int_equal(jemput_crypto_init(&b->err), JEMPUT_OK);
    b->vfs = crash_vfs_new("lid");
    sim_env_init(&b->sim, b->vfs, 4);
    t = slots_make(b, ways);
    crash_vfs_put(b->vfs, "a.db", "", 0);
    assert_int_equal(jemput_lid_make(&b->sim.env, "a.db", right_key, &t, &b->err), JEMPUT_OK);
}

static void bench_release(struct bench *b)
{
    crash_vfs_free(b->vfs);
}

static struct jemput_way_in by_pin(const char *pin)
{
    return (struct jemput_way_in){ .pin = jemput_bytes_str(pin) };
}

/* JEMPUT_OK: the data key came out. */
static enum jemput_status unlock(struct bench *b, struct jemput_way_in way)
{
    uint8_t key[JEMPUT_DATA_KEY_BYTES] = { 0 };
    enum jemput_status st = jemput_lid_unlock(key, &b->sim.env, "a.db", &way, &b->err);

    if (!st)
        assert_memory_equal(key, right_key, sizeof key);
    else
        assert_int_equal(st, b->err.status);
    return st;
}

static void assert_text(const struct bench *b, const char *text)
{
    if (!strstr(b->err.text, text))
        fail_msg("'%s' is not in '%s'", text, b->err.text);
}

/* --- ways --- */

static void each_way_opens_by_its_own_secret_and_by_no_other(void **state)
{
    struct bench b;

    (void)state;
    for (unsigned ways = 1; ways < 16; ways++) {
        const uint8_t wrong_code[JEMPUT_RECOVERY_BYTES] = { 0xca, 0xff };
        bool both = ways & WITH_BOTH, pin = (ways & WITH_PIN) && !both;
        struct jemput_way_in way = by_pin("135790");

        bench_init(&b, ways);
        assert_int_equal(unlock(&b, way), pin ? JEMPUT_OK : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, by_pin("135791")), pin ? JEMPUT_DENIED : JEMPUT_LOCKED);
        way.platform = platform;
        assert_int_equal(unlock(&b, way), pin || both || (ways & WITH_PLATFORM) ? JEMPUT_OK : JEMPUT_LOCKED);
        way.platform = other_platform;
        assert_int_equal(unlock(&b, way), pin ? JEMPUT_OK : both || (ways & WITH_PLATFORM) ? JEMPUT_DENIED : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, (struct jemput_way_in){ .platform = platform }), ways & WITH_PLATFORM ? JEMPUT_OK : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, (struct jemput_way_in){ .platform = other_platform }), ways & WITH_PLATFORM ? JEMPUT_DENIED : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, (struct jemput_way_in){ .recovery = code }), ways & WITH_RECOVERY ? JEMPUT_OK : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, (struct jemput_way_in){ .recovery = wrong_code }), ways & WITH_RECOVERY ? JEMPUT_DENIED : JEMPUT_LOCKED);
        assert_int_equal(unlock(&b, (struct jemput_way_in){ .platform = NULL }), JEMPUT_LOCKED);
        assert_text(&b, pin || both ? "it needs its PIN" : ways & WITH_PLATFORM ? "it needs the platform's key" : "it needs its recovery code");
        bench_release(&b);
    }
}

/* Nothing of a slot can be turned without being noticed, least of all down to a cheaper one. */
static void every_changed_byte_of_a_slot_is_noticed(void **state)
{
    struct jemput_way_in ways[JEMPUT_KEYSLOT_COUNT] = { { .pin = jemput_bytes_str("135790"), .platform = platform }, { .platform = platform }, { .recovery = code } };
    struct jemput_keyslots good, t;
    struct bench b;

    (void)state;
    bench_init(&b, WITH_PIN);
    good = slots_make(&b, WITH_BOTH | WITH_PLATFORM | WITH_RECOVERY);
    for (int kind = 0; kind < JEMPUT_KEYSLOT_COUNT; kind++)
        for (size_t at = 0; at < JEMPUT_KEYSLOT_BYTES; at++) {
            uint8_t key[JEMPUT_DATA_KEY_BYTES] = { 0 };
            enum jemput_status st;

            t = good;
            t.slots[kind][at] ^= 1;
            st = jemput_keyslot_open(key, &t, (enum jemput_keyslot_kind)kind, &ways[kind], &b.err);
            if (at >= 100) { /* zeros behind the tag, and nothing is read there */
                assert_int_equal(st, JEMPUT_OK);
                continue;
            }
            assert_int_not_equal(st, JEMPUT_OK);
            assert_true(st == JEMPUT_DENIED || (kind == 0 && st == JEMPUT_LIMIT));
            assert_int_equal(key[0], 0);
        }
    bench_release(&b);
}

static void a_pin_too_short_or_too_long_is_refused(void **state)
{
    struct jemput_keyslots t = { 0 };
    char long_pin[JEMPUT_PIN_BYTES_MAX + 2];
    struct bench b;

    (void)state;
    bench_init(&b, WITH_PIN);
    memset(long_pin, '1', sizeof long_pin);
    long_pin[sizeof long_pin - 1] = '\0';
    assert_int_equal(jemput_keyslot_pin(&t, jemput_bytes_str("123"), NULL, &cheap, right_key, &b.sim.env, &b.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_keyslot_pin(&t, jemput_bytes_str(long_pin), NULL, &cheap, right_key, &b.sim.env, &b.err), JEMPUT_MISUSE);
    assert_int_equal(jemput_keyslot_pin(&t, jemput_bytes_str(long_pin + 1), NULL, &cheap, right_key, &b.sim.env, &b.err), JEMPUT_OK);
    assert_int_equal(jemput_keyslot_pin(&t, jemput_bytes_str("1234"), NULL, &cheap, right_key, &b.sim.env, &b.err), JEMPUT_OK);
    bench_release(&b);
}

/* --- waiting --- */

static void wrong_pins_wait_longer_and_longer_and_never_lose_anything(void **state)
{
    const uint64_t waits_s[] = { 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600 };
    struct bench b;
    char text[64];

    (void)state;
    bench_init(&b, WITH_PIN);
    for (unsigned i = 0; i < JEMPUT_PIN_TRIES_FREE; i++)
        assert_int_equal(unlock(&b, by_pin("000000")), JEMPUT_DENIED);
    for (size_t i = 0; i < sizeof waits_s / sizeof *waits_s; i++) {
        assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_LOCKED); /* not even the right one */
        snprintf(text, sizeof text, "in %u s", (unsigned)waits_s[i]);
        assert_text(&b, text);
        sim_env_advance(&b.sim, waits_s[i] * 1000 - 1);
        assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_LOCKED);
        assert_text(&b, "in 1 s");
        sim_env_advance(&b.sim, 1);
        assert_int_equal(unlock(&b, by_pin("000000")), JEMPUT_DENIED);
    }
    sim_env_advance(&b.sim, 3600 * 1000);
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_OK);
    assert_int_equal(unlock(&b, by_pin("000000")), JEMPUT_DENIED); /* and counted anew */
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_OK);
    bench_release(&b);
}

static void neither_a_restart_nor_the_wall_clock_shortens_the_wait(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, WITH_PIN | WITH_RECOVERY);
    for (unsigned i = 0; i < JEMPUT_PIN_TRIES_FREE; i++)
        assert_int_equal(unlock(&b, by_pin("000000")), JEMPUT_DENIED);
    sim_env_advance(&b.sim, 20000);
    sim_env_set_wall(&b.sim, b.sim.wall_ms + 365 * INT64_C(86400000));
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_LOCKED);
    assert_text(&b, "in 10 s");
    sim_env_reboot(&b.sim);
    sim_env_advance(&b.sim, 100000); /* nobody asked meanwhile, so nobody knows how long ago that was */
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_LOCKED);
    assert_text(&b, "in 30 s");
    sim_env_advance(&b.sim, 29000);
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_LOCKED);
    assert_text(&b, "in 1 s");
    assert_int_equal(unlock(&b, (struct jemput_way_in){ .recovery = code }), JEMPUT_OK); /* this one never waits, and ends it */
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_OK);
    bench_release(&b);
}

/* Whoever takes the power away between the try and what is written of its end has still been counted. */
static void try_is_on_the_disk_before_it_is_made(void **state)
{
    struct crash_snapshot *ready;
    unsigned counted = 0;
    struct bench b;

    (void)state;
    bench_init(&b, WITH_PIN);
    ready = crash_vfs_snapshot(b.vfs);
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct jemput_keyslots t;

        crash_vfs_restore(b.vfs, ready);
        crash_vfs_cut_at(b.vfs, 2); /* after a write and a sync; the third is that it was the right one */
        assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_IO);
        crash_vfs_power_cut(b.vfs, seed);
        assert_int_equal(jemput_lid_read(&t, &b.sim.env, "a.db", &b.err), JEMPUT_OK);
        assert_true(t.failures == 1 || (t.failures == 0 && t.sequence == 3));
        counted += t.failures;
    }
    assert_true(counted > 5);
    crash_snapshot_free(ready);
    bench_release(&b);
}

/* --- the two copies --- */

struct new_pin {
    struct bench *b;
    const char *pin;
};

static enum jemput_status change_pin(void *ctx, struct jemput_keyslots *t, struct jemput_error *err)
{
    struct new_pin *n = ctx;

    return jemput_keyslot_pin(t, jemput_bytes_str(n->pin), NULL, &cheap, right_key, &n->b->sim.env, err);
}

static bool lid_holds(struct bench *b, const uint8_t *slot)
{
    size_t len;
    const uint8_t *file = crash_vfs_file(b->vfs, "a.db", &len);

    for (size_t at = 0; at + JEMPUT_KEYSLOT_BYTES <= len; at++)
        if (memcmp(file + at, slot, JEMPUT_KEYSLOT_BYTES) == 0)
            return true;
    return false;
}

static void power_may_go_at_every_write_of_a_change(void **state)
{
    struct jemput_keyslots before, after;
    struct crash_snapshot *ready;
    struct bench b;
    struct new_pin to = { &b, "246810" };
    unsigned old = 0, fresh = 0;
    bool done = false;

    (void)state;
    bench_init(&b, WITH_PIN | WITH_RECOVERY);
    assert_int_equal(jemput_lid_read(&before, &b.sim.env, "a.db", &b.err), JEMPUT_OK);
    assert_true(lid_holds(&b, before.slots[JEMPUT_KEYSLOT_PIN]));
    ready = crash_vfs_snapshot(b.vfs);
    for (uint64_t n = 0; !done; n++)
        for (uint64_t seed = 0; seed < 200; seed++) { /* what was written and not synced is lost, kept or torn */
            enum jemput_status st;

            crash_vfs_restore(b.vfs, ready);
            crash_vfs_cut_at(b.vfs, n);
            st = jemput_lid_change(&b.sim.env, "a.db", change_pin, &to, &after, &b.err);
            done = !st;
            assert_false(done && lid_holds(&b, before.slots[JEMPUT_KEYSLOT_PIN])); /* the old PIN is nowhere any more */
            crash_vfs_power_cut(b.vfs, seed);
            assert_int_equal(unlock(&b, (struct jemput_way_in){ .recovery = code }), JEMPUT_OK);
            st = unlock(&b, by_pin("246810"));
            fresh += !st;
            old += st == JEMPUT_DENIED;
            assert_int_equal(unlock(&b, by_pin(st ? "135790" : "246810")), JEMPUT_OK); /* the old one or the new one, never none */
            if (done) {
                assert_int_equal(st, JEMPUT_OK);
                break;
            }
        }
    assert_true(old > 50 && fresh > 50);
    crash_snapshot_free(ready);
    bench_release(&b);
}

static void one_damaged_copy_is_repaired_and_two_are_told(void **state)
{
    struct bench b;
    size_t len;

    (void)state;
    for (unsigned which = 0; which < 3; which++) {
        uint8_t file[JEMPUT_LID_BYTES];

        bench_init(&b, WITH_PIN);
        memcpy(file, crash_vfs_file(b.vfs, "a.db", &len), sizeof file);
        assert_int_equal(len, JEMPUT_LID_BYTES);
        for (unsigned copy = 0; copy < 2; copy++)
            if (which == copy || which == 2)
                file[JEMPUT_LID_COPY_AT(copy) + 60] ^= 1;
        crash_vfs_put(b.vfs, "a.db", file, sizeof file);
        assert_int_equal(unlock(&b, by_pin("135790")), which == 2 ? JEMPUT_CORRUPT : JEMPUT_OK);
        if (which == 2)
            assert_text(&b, "in both copies");
        else
            assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_OK);
        bench_release(&b);
    }
}

static void lid_of_another_store_is_told_apart_from_a_wrong_pin(void **state)
{
    uint8_t file[JEMPUT_LID_BYTES], nonce[24] = { 1 };
    struct bench b;
    size_t len;

    (void)state;
    bench_init(&b, WITH_PIN);
    memcpy(file, crash_vfs_file(b.vfs, "a.db", &len), sizeof file);
    jemput_lid_head(file, nonce, wrong_key);
    crash_vfs_put(b.vfs, "a.db", file, sizeof file);
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_CORRUPT);
    assert_text(&b, "another store");
    crash_vfs_put(b.vfs, "a.db", "SQLite format 3", 16);
    assert_int_equal(unlock(&b, by_pin("135790")), JEMPUT_CORRUPT);
    assert_text(&b, "not a sealed store");
    bench_release(&b);
}

/* A copy that SQLite makes through the vault opens by what the store opens by. */
static void new_file_of_a_vault_has_the_ways_in(void **state)
{
    struct jemput_keyslots t;
    struct jemput_vault *v;
    struct bench b;
    sqlite3 *db;

    (void)state;
    bench_init(&b, WITH_PIN);
    t = slots_make(&b, WITH_PIN);
    assert_int_equal(jemput_vault_open(&v, &b.sim.env, right_key, &t, &b.err), JEMPUT_OK);
    assert_int_equal(sqlite3_open_v2("b.db", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, jemput_vault_name(v)), SQLITE_OK);
    assert_int_equal(db_exec(db, "CREATE TABLE t(x)"), SQLITE_OK);
    sqlite3_close(db);
    jemput_vault_close(v);
    assert_int_equal(jemput_lid_read(&t, &b.sim.env, "b.db", &b.err), JEMPUT_OK);
    assert_true(jemput_keyslot_there(&t, JEMPUT_KEYSLOT_PIN));
    bench_release(&b);
}

/* --- faults --- */

static void any_operation_may_fail_and_the_ways_in_are_still_there(void **state)
{
    struct jemput_keyslots after;
    struct crash_snapshot *ready;
    struct bench b;
    struct new_pin to = { &b, "246810" };

    (void)state;
    bench_init(&b, WITH_PIN);
    ready = crash_vfs_snapshot(b.vfs);
    for (uint64_t n = 0;; n++) {
        enum jemput_status tried, changed;
        bool over;

        crash_vfs_restore(b.vfs, ready);
        crash_vfs_fail_at(b.vfs, n, n % 2 ? CRASH_FAULT_IO : CRASH_FAULT_FULL, false);
        tried = unlock(&b, by_pin("135790"));
        changed = tried ? tried : jemput_lid_change(&b.sim.env, "a.db", change_pin, &to, &after, &b.err);
        over = !crash_vfs_counters(b.vfs)->faults && n > 40;
        crash_vfs_fail_at(b.vfs, 0, CRASH_FAULT_NONE, false);
        crash_vfs_counters_reset(b.vfs);
        assert_true(!tried || tried == JEMPUT_IO || tried == JEMPUT_FULL);
        assert_true(unlock(&b, by_pin("246810")) == JEMPUT_OK || (changed && unlock(&b, by_pin("135790")) == JEMPUT_OK));
        if (over)
            break;
    }
    crash_snapshot_free(ready);
    bench_release(&b);
}

static void any_allocation_may_fail(void **state)
{
    struct fault_alloc mem;
    struct bench b;

    (void)state;
    bench_init(&b, WITH_PLATFORM);
    fault_alloc_install(&mem);
    for (uint64_t n = 0;; n++) {
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = unlock(&b, (struct jemput_way_in){ .platform = platform });
        fault_alloc_disarm(&mem);
        assert_int_equal(mem.live_blocks, 0);
        assert_true(!st || st == JEMPUT_NOMEM);
        if (!st)
            break;
    }
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
    bench_release(&b);
}

/* --- recovery codes --- */

static void recovery_code_is_read_as_people_write_it(void **state)
{
    static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    struct jemput_error err;
    uint64_t rng = 11;

    (void)state;
    for (int i = 0; i < 200; i++) {
        uint8_t in[JEMPUT_RECOVERY_BYTES], out[JEMPUT_RECOVERY_BYTES];
        char text[JEMPUT_RECOVERY_TEXT_BYTES], loose[80];
        unsigned len = 0, slips = 0;

        for (size_t k = 0; k < sizeof in; k++)
            in[k] = (uint8_t)crash_rng_next(&rng);
        jemput_recovery_write(text, in);
        assert_int_equal(strlen(text), JEMPUT_RECOVERY_TEXT_BYTES - 1);
        assert_int_equal(jemput_recovery_read(out, text, &err), JEMPUT_OK);
        assert_memory_equal(in, out, sizeof in);
        for (const char *c = text; *c; c++) { /* small letters, blanks, what looks alike */
            char as = *c == '0' ? 'o' : *c == '1' ? (i % 2 ? 'l' : 'I') : *c == '-' ? ' ' : *c;

            loose[len++] = as >= 'A' && as <= 'Z' && as != 'I' ? (char)(as - 'A' + 'a') : as;
        }
        loose[len++] = '\n';
        loose[len] = '\0';
        memset(out, 0, sizeof out);
        assert_int_equal(jemput_recovery_read(out, loose, &err), JEMPUT_OK);
        assert_memory_equal(in, out, sizeof in);
        for (size_t k = 0; k < strlen(text); k++) {
            char slip[JEMPUT_RECOVERY_TEXT_BYTES];

            memcpy(slip, text, sizeof slip);
            slip[k] = text[k] == '-' ? 'U' : letters[(strchr(letters, text[k]) - letters + 1) % 32];
            slips += jemput_recovery_read(out, slip, &err) == JEMPUT_OK;
            slip[k] = '\0';
            assert_int_equal(jemput_recovery_read(out, slip, &err), JEMPUT_MISUSE);
        }
        assert_true(slips <= 1); /* 12 bits of check: one slip in 4096 */
        snprintf(loose, sizeof loose, "%s0", text);
        assert_int_equal(jemput_recovery_read(out, loose, &err), JEMPUT_MISUSE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_way_opens_by_its_own_secret_and_by_no_other),
        cmocka_unit_test(every_changed_byte_of_a_slot_is_noticed),
        cmocka_unit_test(a_pin_too_short_or_too_long_is_refused),
        cmocka_unit_test(wrong_pins_wait_longer_and_longer_and_never_lose_anything),
        cmocka_unit_test(neither_a_restart_nor_the_wall_clock_shortens_the_wait),
        cmocka_unit_test(try_is_on_the_disk_before_it_is_made),
        cmocka_unit_test(power_may_go_at_every_write_of_a_change),
        cmocka_unit_test(one_damaged_copy_is_repaired_and_two_are_told),
        cmocka_unit_test(lid_of_another_store_is_told_apart_from_a_wrong_pin),
        cmocka_unit_test(new_file_of_a_vault_has_the_ways_in),
        cmocka_unit_test(any_operation_may_fail_and_the_ways_in_are_still_there),
        cmocka_unit_test(any_allocation_may_fail),
        cmocka_unit_test(recovery_code_is_read_as_people_write_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
