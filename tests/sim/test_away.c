/* Who was away while the space got a new key, and its history ended behind a checkpoint: nothing that the hub still has may be shut to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "api/checkpoint/checkpoint.h"
#include "cutting.h"
#include "roll.h"

enum { OFFICE, TABLET, AWAY, LOST, COUNT }; /* the office is central, too */

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');";

static void expect_same(struct fleet *f, const char *ids)
{
    char first[65], hex[65];
    struct jemput_error err;

    for (unsigned i = OFFICE; i < LOST; i++) {
        fleet_expect(f, i, "SELECT id FROM warga ORDER BY id", ids);
        if (jemput_state_hash(f->devices[i].jemput, hex, &err))
            fail_msg("device %u: %s", i, err.text);
        if (i == OFFICE)
            memcpy(first, hex, sizeof first);
        assert_string_equal(hex, first);
        fleet_verify(f, i);
    }
}

/* A tablet is lost: everybody else gets a new key, in the office's log. */
static void key_renew(struct fleet *f)
{
    roll_act(f, OFFICE, (struct jemput_device_act){ .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "stolen" });
}

static void begin(struct fleet *f, uint64_t seed)
{
    fleet_init(f, COUNT, 0, SCHEMA, seed);
    fleet_sql(f, TABLET, "INSERT INTO warga VALUES('a', 'A')");
    fleet_settle(f, 0);
    fleet_sql(f, AWAY, "INSERT INTO warga VALUES('b', 'B')"); /* and is away from here on */
}

static void sync_two(struct fleet *f)
{
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = OFFICE; i <= TABLET; i++)
            fleet_sync(f, i, 0);
}

static void come_back(struct fleet *f)
{
    for (unsigned round = 0; round < 3; round++) {
        fleet_sync(f, AWAY, 0);
        sync_two(f);
    }
}

static void a_checkpoint_hands_its_key_to_every_member_that_reads(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 1201);
    key_renew(&f);
    sync_two(&f);
    fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('c', 'C')");
    (void)cutting_make(&f, OFFICE, 0);
    cutting_backed_up(&f, OFFICE);
    sync_two(&f);
    for (unsigned i = OFFICE; i <= TABLET; i++)
        assert_true(cutting_cut(&f, i).segments > 0);
    fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('d', 'D')");
    sync_two(&f);
    assert_true(cutting_hub_drops_old_generations(&f, 0) > 0); /* with the records that handed the key out */
    come_back(&f);
    expect_same(&f, "a\nb\nc\nd\n");
    fleet_release(&f);
}

static void generations_that_began_offline_go_out_with_their_ends_the_oldest_first(void **state)
{
    struct fleet f;

    (void)state;
    begin(&f, 1202);
    key_renew(&f);
    for (const char *id = "cde"; *id; id++) {
        fleet_sql(&f, OFFICE, "INSERT INTO warga VALUES('%c', 'X')", *id);
        (void)cutting_make(&f, OFFICE, 0);
        cutting_backed_up(&f, OFFICE);
    }
    sync_two(&f);
    come_back(&f);
    expect_same(&f, "a\nb\nc\nd\ne\n");
    for (unsigned i = TABLET; i <= AWAY; i++) { /* they went the whole way */
        struct engine_checkpoint base;
        struct jemput_error err;

        assert_int_equal(engine_checkpoint_base(f.devices[i].jemput, &base, &err), JEMPUT_NOTFOUND);
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_checkpoint_hands_its_key_to_every_member_that_reads),
        cmocka_unit_test(generations_that_began_offline_go_out_with_their_ends_the_oldest_first),
    };

    return cmocka_run_group_tests_name("away", tests, NULL, NULL);
}
