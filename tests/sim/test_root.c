/* Root administrators: several of them, two signatures for what concerns administrators, and keys that are in no store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "roll.h"

#define ROOTS 2
enum { OFFICE = 0 };

static const char SCHEMA[] = "CREATE TABLE warga(nama TEXT PRIMARY KEY NOT NULL, rt TEXT) WITHOUT ROWID; SELECT jemput_replicate('warga');";

struct roots {
    struct fleet f;
    unsigned char seeds[ROOTS][32], keys[ROOTS][32];
};

/* An office and so many root keys on sticks; the office is the last in seniority. */
static void found(struct roots *r, unsigned roots, unsigned threshold)
{
    static unsigned spaces;
    struct jemput_founding founding = { .schema = SCHEMA, .root_count = roots, .root_keys = (const unsigned char (*)[32])r->keys,
        .threshold = threshold };
    struct fleet_device *d = &r->f.devices[0];
    struct jemput_error err;
    const char *tmp = getenv("TMPDIR");
    char name[32];

    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < ROOTS; i++) {
        struct jemput_keypair pair;

        memset(r->seeds[i], (int)(0x51 + i), sizeof r->seeds[i]);
        jemput_keypair_from_seed(&pair, r->seeds[i]);
        memcpy(r->keys[i], pair.public_key, sizeof r->keys[i]);
    }
    snprintf(r->f.folder, sizeof r->f.folder, "%s/jemput-root-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(r->f.folder));
    snprintf(d->path, sizeof d->path, "office.db");
    snprintf(name, sizeof name, "root-space-%u", ++spaces);
    d->vfs = crash_vfs_new(name);
    sim_env_init(&d->sim, d->vfs, 900 + spaces);
    if (jemput_found(&d->jemput, d->path, &founding, &d->sim.env, &err))
        fail_msg("%s", err.text);
    d->sql = jemput_app(d->jemput);
    sim_env_use_real_files(&d->sim, jemput_env_posix());
    r->f.count = 1;
}

static unsigned admit(struct roots *r, const char *roles)
{
    unsigned device = roll_join(&r->f, OFFICE, roles);

    for (unsigned i = 0; i < 3; i++) {
        fleet_sync(&r->f, device, 0);
        fleet_sync(&r->f, OFFICE, 0);
    }
    return device;
}

static void the_keys_on_sticks_come_first_and_the_office_after_them(void **state)
{
    struct roots r;
    char *code, key[65];

    (void)state;
    found(&r, 2, 2);
    for (uint32_t i = 1; i <= 2; i++) {
        jemput_hex_encode(key, r.keys[i - 1], sizeof r.keys[i - 1]);
        assert_string_equal(roll_device(&r.f, OFFICE, i).key, key);
        assert_int_equal(roll_device(&r.f, OFFICE, i).root, i);
    }
    assert_int_equal(roll_device(&r.f, OFFICE, 3).root, 3);
    assert_int_equal(roll_device(&r.f, OFFICE, 3).self, 1);
    code = fleet_rows(&r.f, OFFICE, "SELECT jemput_serial('warga')");
    assert_memory_equal(code, "03-", 3);
    free(code);
    fleet_verify(&r.f, OFFICE);
    fleet_release(&r.f);
}

static void a_founding_that_nobody_could_administrate_is_refused(void **state)
{
    static const struct {
        unsigned count, threshold;
    } bad[] = { { 0, 2 }, { 1, 3 }, { 5, 1 } };
    struct jemput *j;
    struct jemput_error err;
    struct crash_vfs *vfs = crash_vfs_new("root-bad");
    struct sim_env sim;
    unsigned char keys[5][32];
    size_t len;

    (void)state;
    sim_env_init(&sim, vfs, 1);
    for (unsigned i = 0; i < 5; i++)
        memset(keys[i], (int)i + 1, sizeof keys[i]);
    for (unsigned i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        struct jemput_founding founding = { .schema = SCHEMA, .root_keys = (const unsigned char (*)[32])keys };

        if (i < sizeof bad / sizeof bad[0]) {
            founding.root_count = bad[i].count;
            founding.threshold = bad[i].threshold;
        } else { /* one key twice */
            memcpy(keys[1], keys[0], sizeof keys[1]);
            founding.root_count = 2;
        }
        assert_int_equal(jemput_found(&j, "bad.db", &founding, &sim.env, &err), JEMPUT_MISUSE);
        assert_null(j);
        assert_null(crash_vfs_file(vfs, "bad.db", &len));
    }
    crash_vfs_free(vfs);
}

/* The office signs, the stick approves; what concerns no administrator needs one signature. */
static void what_concerns_administrators_waits_for_the_second_signature(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas,admin" };
    struct jemput_device_act_report report;
    char waits[65];
    uint32_t signers;
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 2, 2);
    t = admit(&r, "petugas");
    admit(&r, "petugas");
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "5", .scope = "16.99" });
    assert_int_equal(report.needed, 0);
    roll_expect(&r.f, OFFICE, 5, JEMPUT_DEVICE_ACTIVE, "petugas", "16.99");
    report = roll_act(&r.f, OFFICE, act);
    assert_int_equal(report.done, 1);
    assert_int_equal(report.signers, 1);
    assert_int_equal(report.needed, 2);
    roll_expect(&r.f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas", "");
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 1);
    assert_int_equal(signers, 1);
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = waits }); /* its own, once more */
    assert_int_equal(report.done, 0);
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = waits, .root_seed = r.seeds[1] });
    assert_int_equal(report.signers, 2);
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 0);
    roll_expect(&r.f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas,admin", "");
    fleet_sync(&r.f, OFFICE, 0);
    fleet_sync(&r.f, t, 0);
    roll_expect(&r.f, t, 4, JEMPUT_DEVICE_ACTIVE, "petugas,admin", "");
    fleet_verify(&r.f, t);
    fleet_release(&r.f);
}

/* An administrator's tablet whose thief has taken another key: two records, which wait and are approved together. */
static void an_act_on_all_keys_of_a_device_is_approved_as_one(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas,admin" };
    struct jemput_device_act_report report;
    char waits[65], since[24];
    struct jemput_error err;
    uint32_t signers, epoch;
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 2, 2);
    t = admit(&r, "petugas");
    roll_act(&r.f, OFFICE, act);
    act.root_seed = r.seeds[1];
    roll_act(&r.f, OFFICE, act);
    fleet_settle(&r.f, 0);
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&r.f, OFFICE));
    if (jemput_rotate(r.f.devices[t].jemput, &err))
        fail_msg("%s", err.text);
    fleet_settle(&r.f, 0);
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "stolen", .since = since });
    assert_int_equal(report.keys, 2);
    assert_int_equal(report.signers, 1);
    roll_expect(&r.f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas,admin", "");
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 2);
    epoch = roll_epoch(&r.f, OFFICE);
    act = (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = waits, .root_seed = r.seeds[0] };
    report = roll_act(&r.f, OFFICE, act);
    assert_true(roll_epoch(&r.f, OFFICE) > epoch); /* at once: what is sealed from here on, the thief cannot read */
    assert_int_equal(report.keys, 2);
    assert_int_equal(report.signers, 2);
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 0);
    fleet_sync(&r.f, OFFICE, 0);
    bad_sync(&r.f, t, fleet_hub(&r.f, 0), NULL, NULL);
    for (unsigned i = 0; i < r.f.count; i++)
        roll_expect(&r.f, i, 4, JEMPUT_DEVICE_REVOKED, "", "");
    fleet_release(&r.f);
}

/* Somebody had proposed one of the two records before, in the same words: it waits in that one's segment, and not beside the other. */
static void one_approval_signs_all_keys_of_a_device_also_where_another_had_proposed_one_of_them(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "4", .roles = "petugas,admin" };
    struct jemput_device_act_report report;
    char waits[65], since[24], old_key[65];
    struct jemput_error err;
    uint32_t signers;
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 2, 3);
    t = admit(&r, "petugas");
    roll_act(&r.f, OFFICE, act);
    for (unsigned i = 0; i < 2; i++) {
        act.root_seed = r.seeds[i];
        roll_act(&r.f, OFFICE, act);
    }
    fleet_settle(&r.f, 0);
    snprintf(since, sizeof since, "%u", (unsigned)roll_segments(&r.f, OFFICE));
    memcpy(old_key, roll_device(&r.f, OFFICE, 4).key, sizeof old_key);
    if (jemput_rotate(r.f.devices[t].jemput, &err))
        fail_msg("%s", err.text);
    fleet_settle(&r.f, 0);
    act = (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = old_key, .reason = "stolen", .since = since, .root_seed = r.seeds[0] };
    assert_int_equal(roll_act(&r.f, OFFICE, act).keys, 1);
    act.root_seed = NULL;
    act.device = "4";
    report = roll_act(&r.f, OFFICE, act);
    assert_int_equal(report.keys, 2);
    assert_int_equal(report.keys_wait, 2);
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 2);
    assert_int_equal(signers, 1); /* of the one that the office alone has signed */
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = waits, .root_seed = r.seeds[1] });
    assert_int_equal(report.keys, 2);
    roll_expect(&r.f, OFFICE, 4, JEMPUT_DEVICE_REVOKED, "", "");
    fleet_release(&r.f);
}

/* The older key was an administrator's once, the newer one never. */
static void it_is_told_for_how_many_keys_of_a_device_an_act_waits(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "4" };
    struct jemput_device_act_report report;
    struct jemput_error err;
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 2, 2);
    t = admit(&r, "petugas");
    for (unsigned i = 0; i < 2; i++) {
        act.roles = i ? "petugas" : "petugas,admin";
        act.root_seed = NULL;
        roll_act(&r.f, OFFICE, act);
        act.root_seed = r.seeds[1];
        roll_act(&r.f, OFFICE, act);
        fleet_settle(&r.f, 0);
    }
    if (jemput_rotate(r.f.devices[t].jemput, &err))
        fail_msg("%s", err.text);
    fleet_settle(&r.f, 0);
    report = roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "stolen", .after = "0" });
    assert_int_equal(report.keys, 2);
    assert_int_equal(report.keys_wait, 1);
    assert_int_equal(report.signers, 1);
    assert_int_equal(report.needed, 2);
    fleet_release(&r.f);
}

static void a_stick_signs_at_whatever_store_and_its_log_travels_with_that(void **state)
{
    struct roots r;
    unsigned tablet, other;
    char waits[65];
    uint32_t signers;

    (void)state;
    found(&r, 2, 2);
    tablet = admit(&r, "petugas");
    other = admit(&r, "petugas");
    fleet_sync(&r.f, tablet, 0);
    /* at the tablet, which may nothing itself */
    roll_act(&r.f, tablet, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "5", .reason = "left", .root_seed = r.seeds[0] });
    roll_act(&r.f, tablet, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "stolen", .root_seed = r.seeds[0] });
    assert_int_equal(roll_waiting(&r.f, tablet, waits, &signers), 1);
    fleet_sync(&r.f, tablet, 0);
    fleet_sync(&r.f, OFFICE, 0);
    assert_int_equal(roll_waiting(&r.f, OFFICE, waits, &signers), 1);
    roll_expect(&r.f, OFFICE, 5, JEMPUT_DEVICE_REVOKED, "", "");
    fleet_sync(&r.f, other, 0);
    roll_expect(&r.f, other, 5, JEMPUT_DEVICE_REVOKED, "", "");
    /* the second stick at the office: whose own key ends with that */
    roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_APPROVE, .device = waits, .root_seed = r.seeds[1] });
    roll_expect(&r.f, OFFICE, 3, JEMPUT_DEVICE_REVOKED, "", "");
    bad_sync(&r.f, OFFICE, fleet_hub(&r.f, 0), NULL, NULL);
    bad_sync(&r.f, tablet, fleet_hub(&r.f, 0), NULL, NULL);
    roll_expect(&r.f, tablet, 3, JEMPUT_DEVICE_REVOKED, "", "");
    /* and once more at the tablet: the log goes on from what was signed elsewhere */
    roll_act(&r.f, tablet, (struct jemput_device_act){ .kind = JEMPUT_ACT_CHANGE, .device = "4", .scope = "16.99", .root_seed = r.seeds[1] });
    bad_sync(&r.f, tablet, fleet_hub(&r.f, 0), NULL, NULL);
    bad_sync(&r.f, OFFICE, fleet_hub(&r.f, 0), NULL, NULL);
    roll_expect(&r.f, OFFICE, 4, JEMPUT_DEVICE_ACTIVE, "petugas", "16.99");
    fleet_verify(&r.f, tablet);
    fleet_release(&r.f);
}

/* A thief has the office's machine: it is a root administrator's, but the stick is more senior. */
static void with_one_signature_the_stick_wins_against_a_stolen_office(void **state)
{
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 1, 1);
    t = admit(&r, "petugas");
    roll_act(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "1", .reason = "lost" }); /* the thief */
    roll_act(&r.f, t, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "stolen", .root_seed = r.seeds[0] });
    bad_sync(&r.f, t, fleet_hub(&r.f, 0), NULL, NULL);
    bad_sync(&r.f, OFFICE, fleet_hub(&r.f, 0), NULL, NULL);
    bad_sync(&r.f, t, fleet_hub(&r.f, 0), NULL, NULL);
    for (unsigned i = 0; i < r.f.count; i++) {
        roll_expect(&r.f, i, 1, JEMPUT_DEVICE_ACTIVE, "admin", "");
        roll_expect(&r.f, i, 2, JEMPUT_DEVICE_REVOKED, "", "");
    }
    fleet_release(&r.f);
}

/* What it signed last is kept with the stick: at a store that has not heard of that, it would sign a second segment with one number. */
static void a_stick_signs_nothing_where_its_last_act_is_not_known_yet(void **state)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_CHANGE, .device = "3", .scope = "16.99" };
    struct jemput_device_act_report first;
    struct roots r;
    unsigned t;

    (void)state;
    found(&r, 1, 1);
    t = admit(&r, "petugas");
    fleet_sync(&r.f, t, 0);
    act.root_seed = r.seeds[0];
    first = roll_act(&r.f, OFFICE, act);
    assert_int_equal(strlen(first.root_segment), 64);
    act.root_segment = first.root_segment;
    act.scope = "16.98";
    roll_refused(&r.f, t, act, JEMPUT_BUSY, "signed elsewhere");
    fleet_sync(&r.f, OFFICE, 0);
    fleet_sync(&r.f, t, 0);
    roll_act(&r.f, t, act);
    fleet_sync(&r.f, t, 0);
    fleet_sync(&r.f, OFFICE, 0);
    roll_expect(&r.f, OFFICE, 3, JEMPUT_DEVICE_ACTIVE, "petugas", "16.98");
    act.root_segment = "no hash";
    roll_refused(&r.f, t, act, JEMPUT_MISUSE, "no hash");
    fleet_release(&r.f);
}

static void a_key_that_is_no_root_administrator_s_signs_nothing(void **state)
{
    unsigned char seed[32] = { 9 };
    struct roots r;
    uint64_t segments;

    (void)state;
    found(&r, 1, 1);
    admit(&r, "petugas");
    segments = roll_segments(&r.f, OFFICE);
    roll_refused(&r.f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "3", .reason = "lost", .root_seed = seed },
                 JEMPUT_DENIED, "root administrator of this space");
    assert_int_equal(roll_segments(&r.f, OFFICE), segments);
    fleet_release(&r.f);
}

/* --- the file --- */

static void a_root_key_s_file_opens_with_its_pin_and_no_other(void **state)
{
    unsigned char key[32], seed[32], public_key[32];
    struct jemput_keypair pair;
    struct jemput_error err;
    int needs_pin;
    char *text;
    size_t len;

    (void)state;
    assert_int_equal(jemput_root_new("rahasia-1", NULL, &text, &len, key, &err), JEMPUT_OK);
    assert_int_equal(jemput_root_look(text, len, public_key, &needs_pin, &err), JEMPUT_OK);
    assert_memory_equal(key, public_key, 32);
    assert_int_equal(needs_pin, 1);
    assert_int_equal(jemput_root_open(text, len, "rahasia-2", seed, &err), JEMPUT_DENIED);
    assert_non_null(strstr(err.text, "PIN"));
    assert_int_equal(jemput_root_open(text, len, "", seed, &err), JEMPUT_DENIED);
    assert_int_equal(jemput_root_open(text, len, "rahasia-1", seed, &err), JEMPUT_OK);
    jemput_keypair_from_seed(&pair, seed);
    assert_memory_equal(pair.public_key, key, 32);
    for (size_t i = 0; i < len; i++) { /* every byte: damage, or another key */
        text[i] ^= 1;
        assert_int_not_equal(jemput_root_look(text, len, public_key, &needs_pin, &err), JEMPUT_OK);
        text[i] ^= 1;
    }
    for (size_t i = 0; i < len; i++)
        assert_int_not_equal(jemput_root_look(text, i, public_key, &needs_pin, &err), JEMPUT_OK);
    jemput_text_free(text);
    assert_int_equal(jemput_root_new(NULL, NULL, &text, &len, key, &err), JEMPUT_OK);
    assert_int_equal(jemput_root_look(text, len, public_key, &needs_pin, &err), JEMPUT_OK);
    assert_int_equal(needs_pin, 0);
    assert_int_equal(jemput_root_open(text, len, NULL, seed, &err), JEMPUT_OK);
    jemput_text_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_keys_on_sticks_come_first_and_the_office_after_them),
        cmocka_unit_test(a_founding_that_nobody_could_administrate_is_refused),
        cmocka_unit_test(what_concerns_administrators_waits_for_the_second_signature),
        cmocka_unit_test(an_act_on_all_keys_of_a_device_is_approved_as_one),
        cmocka_unit_test(one_approval_signs_all_keys_of_a_device_also_where_another_had_proposed_one_of_them),
        cmocka_unit_test(it_is_told_for_how_many_keys_of_a_device_an_act_waits),
        cmocka_unit_test(a_stick_signs_at_whatever_store_and_its_log_travels_with_that),
        cmocka_unit_test(with_one_signature_the_stick_wins_against_a_stolen_office),
        cmocka_unit_test(a_stick_signs_nothing_where_its_last_act_is_not_known_yet),
        cmocka_unit_test(a_key_that_is_no_root_administrator_s_signs_nothing),
        cmocka_unit_test(a_root_key_s_file_opens_with_its_pin_and_no_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
