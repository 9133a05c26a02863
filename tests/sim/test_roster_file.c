/* sim/test_roster_file.c — a hub that began behind a checkpoint has the acts of before as a file (jemput/records). Of what is pushed to it nothing can be
 * put before a cut: whoever has a key that was revoked gets no act in by a number of his choice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jemput/hub.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "forge.h"
#include "identity/record.h"

enum { OFFICE = 0, TABLET = 1, THIEF = 3 };

static const char SCHEMA[] = "CREATE TABLE warga(id TEXT PRIMARY KEY NOT NULL, nama TEXT); SELECT jemput_replicate('warga');";

struct asked {
    const uint8_t *key;
    enum jemput_hub_standing standing;
};

static int entry_see(void *ctx, const struct jemput_hub_entry *entry)
{
    struct asked *a = ctx;

    if (memcmp(entry->public_key, a->key, sizeof entry->public_key) == 0)
        a->standing = entry->standing;
    return 0;
}

static enum jemput_hub_standing standing_of(struct fleet *f, unsigned device, const char *hub)
{
    struct asked a = { .key = f->devices[device].jemput->key.public_key };
    struct jemput_error err;
    char space[65];

    assert_int_equal(jemput_hub_roster(hub, &f->devices[OFFICE].sim.env, space, entry_see, &a, &err), JEMPUT_OK);
    return a.standing;
}

/* A second administrator, whose log is work for the most part. */
static void thief_join(struct fleet *f)
{
    struct jemput_error err;
    char *invitation;
    size_t len;

    assert_int_equal(jemput_invite(f->devices[OFFICE].jemput, "admin", "", "", f->devices[OFFICE].sim.wall_ms + 3600000, &invitation, &len, &err),
                     JEMPUT_OK);
    fleet_device_add(f, invitation, len);
    jemput_text_free(invitation);
    fleet_settle(f, 0);
    for (unsigned i = 0; i < 5; i++) {
        fleet_sql(f, THIEF, "INSERT INTO warga VALUES('w%u', 'Uji')", i);
        assert_int_equal(jemput_seal(f->devices[THIEF].jemput, NULL, &err), JEMPUT_OK);
    }
    fleet_settle(f, 0);
}

static void thief_revoke(struct fleet *f)
{
    struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "4", .reason = "stolen" };
    struct jemput_device_act_report report;
    struct jemput_error err;

    if (jemput_device_act(f->devices[OFFICE].jemput, &act, &report, &err))
        fail_msg("%s", err.text);
    fleet_settle(f, 0);
}

static void records_put(struct fleet *f, const char *hub)
{
    struct jemput_error err;
    char *text;
    size_t len;

    assert_int_equal(jemput_roster_file(f->devices[OFFICE].jemput, &text, &len, &err), JEMPUT_OK);
    bad_file_write(bad_path(hub, "jemput/records"), text, len);
    jemput_text_free(text);
}

static void hub_begin(struct fleet *f, char hub[300])
{
    snprintf(hub, 300, "%s", fleet_hub(f, 1));
    bad_shell("mkdir '%s/jemput'", hub);
    records_put(f, hub);
}

/* Its number is one that was work, and stands before the cut. */
static void act_forge(struct fleet *f, const char *hub, uint64_t number)
{
    struct jemput *thief = f->devices[THIEF].jemput;
    struct jemput_record record = { .kind = JEMPUT_RECORD_REVOKE, .as.revoke.reason = JEMPUT_REVOKE_LEFT };
    struct jemput_buf payload = JEMPUT_BUF_INIT(4096);
    struct forge_segment s;
    struct jemput_oid commit;
    char ref[LOG_REF_BYTES];

    memcpy(record.as.revoke.public_key, f->devices[TABLET].jemput->key.public_key, sizeof record.as.revoke.public_key);
    jemput_record_write(&payload, &record);
    forge_next(&s, thief);
    s.header.number = number;
    s.header.generation = 7;
    memset(s.header.previous.bytes, 0x5a, sizeof s.header.previous.bytes);
    s.payload = jemput_buf_bytes(&payload);
    s.parent_count = 0;
    commit = forge_sign(hub, &s, &thief->key, NULL);
    engine_log_ref(ref, &thief->writer, 7);
    forge_ref(hub, ref, &commit);
    jemput_buf_release(&payload);
}

static void act_withdraw(struct fleet *f, const char *hub)
{
    char ref[LOG_REF_BYTES];

    engine_log_ref(ref, &f->devices[THIEF].jemput->writer, 7);
    assert_int_equal(remove(bad_path(hub, "%s", ref)), 0);
}

static void a_revoked_administrator_gets_no_act_in_by_a_number_that_stands_before_the_cut(void **state)
{
    struct fleet f;
    char hub[300];

    (void)state;
    fleet_init(&f, 3, 0, SCHEMA, 91);
    thief_join(&f);
    hub_begin(&f, hub);
    act_forge(&f, hub, 50); /* before that it counts: it is an administrator's */
    assert_int_equal(standing_of(&f, TABLET, hub), JEMPUT_HUB_REVOKED);
    act_withdraw(&f, hub);
    thief_revoke(&f);
    records_put(&f, hub);
    assert_int_equal(standing_of(&f, TABLET, hub), JEMPUT_HUB_ACTIVE);
    assert_int_equal(standing_of(&f, THIEF, hub), JEMPUT_HUB_REVOKED);
    for (uint64_t number = 2; number < 8; number++) {
        act_forge(&f, hub, number);
        assert_int_equal(standing_of(&f, TABLET, hub), JEMPUT_HUB_ACTIVE);
    }
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_revoked_administrator_gets_no_act_in_by_a_number_that_stands_before_the_cut),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
