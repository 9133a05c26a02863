/* Objects that are no good at a hub behind an address: damaged ones, and such that no client takes. The log that has one stops, and no other. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bad.h"
#include "forge.h"
#include "place.h"

#include "base/limits.h"

#define OTHER 3

static const char *hub_of(struct place *p)
{
    return fleet_hub(&p->f, 0);
}

static const char *object_path(const char *hub, const struct jemput_oid *oid)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    jemput_hex_encode(hex, oid->id, sizeof oid->id);
    return bad_path(hub, "objects/%.2s/%s", hex, hex + 2);
}

/* Central has what the other tablet sent, and the other one knows that; of the officer's log it has what it had. */
static void expect_alone(struct place *p, const char *what, unsigned count)
{
    struct jemput_sync_report report = place_sync(p, CENTRAL);
    char rows[16];

    if (report.logs_stopped != 1)
        fail_msg("%s: %u logs are stopped", what, (unsigned)report.logs_stopped);
    snprintf(rows, sizeof rows, "%u\n", count);
    fleet_expect(&p->f, CENTRAL, "SELECT count(*) FROM orang WHERE id LIKE '3-%'", rows);
    place_sync(p, OTHER);
    assert_int_equal(bad_info(&p->f, OTHER).own.waiting, 0);
    report = place_sync(p, CENTRAL); /* there is no other log to read now */
    assert_int_equal(report.logs_stopped, 1);
}

static void a_damaged_object_behind_an_address_stops_its_log_alone(void **state)
{
    struct place p;

    (void)state;
    place_open(&p, 4);
    place_settle(&p);
    for (unsigned what = 0; what < 2; what++) { /* over a damaged commit at a branch's end git takes no push any more, and says so */
        static const char *const names[] = { "payload", "tree" };
        struct jemput_oid oid;
        unsigned char *good;
        char path[512], *asides;
        size_t len;

        place_people(&p, OFFICER, what, 1);
        place_people(&p, OTHER, what, 1);
        place_sync(&p, OFFICER);
        place_sync(&p, OTHER);
        oid = forge_tip(hub_of(&p), bad_ref(&p.f, OFFICER));
        oid = what ? forge_tree_of(hub_of(&p), &oid) : forge_payload_of(hub_of(&p), &oid);
        snprintf(path, sizeof path, "%s", object_path(hub_of(&p), &oid));
        good = bad_file_read(path, &len);
        bad_shell("chmod u+w '%s'", path);
        memset(good + 4, good[4] ^ 0xff, 8);
        bad_file_write(path, good, len);
        expect_alone(&p, names[what], what + 1);
        asides = bad_asides(&p.f, CENTRAL);
        assert_non_null(strstr(asides, "JEMPUT_CORRUPT"));
        free(asides);
        free(good);

        bad_shell("rm '%s'", path); /* whoever keeps the hub takes the damaged file away, and the tablet brings its log again */
        bad_shell("rm '%s'", bad_path(hub_of(&p), "%s", bad_ref(&p.f, OFFICER)));
        place_settle(&p);
        assert_int_equal(bad_info(&p.f, CENTRAL).logs_stopped, 0);
        place_expect_equal(&p);
    }
    place_close(&p);
}

/* Such a log gets past no `jemput hub`, and may stand at a stock one. */
static void an_object_that_no_client_takes_stops_its_log_alone(void **state)
{
    struct jemput_keypair key;
    struct forge_segment segment;
    struct jemput_oid tip, before;
    unsigned char *zeros = calloc(1, 4 * JEMPUT_OBJECT_RATIO_FREE_BYTES);
    struct place p;

    (void)state;
    place_open(&p, 4);
    place_settle(&p);
    key = p.f.devices[OFFICER].jemput->key;
    before = forge_tip(hub_of(&p), bad_ref(&p.f, OFFICER));
    forge_next(&segment, p.f.devices[OFFICER].jemput);
    segment.header.klass = JEMPUT_CLASS_DATA;
    segment.header.codec = 1;
    segment.header.key_epoch = 1;
    segment.payload = jemput_bytes_of(zeros, 4 * JEMPUT_OBJECT_RATIO_FREE_BYTES);
    tip = forge_sign(hub_of(&p), &segment, &key, NULL);
    forge_ref(hub_of(&p), bad_ref(&p.f, OFFICER), &tip);
    place_people(&p, OTHER, 0, 1);
    place_sync(&p, OTHER);
    expect_alone(&p, "zeros", 1);
    bad_expect_aside(&p.f, CENTRAL, JEMPUT_LIMIT, "unfolds");
    forge_ref(hub_of(&p), bad_ref(&p.f, OFFICER), &before);
    place_settle(&p);
    place_expect_equal(&p);
    place_close(&p);
    free(zeros);
}

/* What a hub takes (test_hub_push.c), whatever form it comes in: `zeros` first, so that its beginning swells without end, or last. */
static void an_object_at_the_limit_of_a_hub_is_taken(void **state)
{
    const size_t len = 4 * JEMPUT_OBJECT_RATIO_FREE_BYTES, random = len / JEMPUT_PUSHED_RATIO_MAX;
    unsigned char *bytes = malloc(len);
    struct forge_segment segment;
    struct jemput_oid tip;
    struct place p;

    (void)state;
    place_open(&p, 4);
    place_settle(&p);
    for (unsigned last = 0; last < 2; last++) {
        unsigned tablet = last ? OFFICER : OTHER;

        memset(bytes, 0, len);
        for (size_t i = 0, x = 1; i < random; i++) {
            x = x * 6364136223846793005u + 1442695040888963407u;
            bytes[last ? i : len - 1 - i] = (unsigned char)(x >> 33);
        }
        forge_next(&segment, p.f.devices[tablet].jemput);
        segment.header.klass = JEMPUT_CLASS_DATA;
        segment.header.codec = segment.header.key_epoch = 1;
        segment.payload = jemput_bytes_of(bytes, len);
        tip = forge_sign(hub_of(&p), &segment, &p.f.devices[tablet].jemput->key, NULL);
        forge_ref(hub_of(&p), bad_ref(&p.f, tablet), &tip);
        assert_int_equal(place_sync(&p, CENTRAL).logs_stopped, 0);
        assert_int_equal(bad_info(&p.f, CENTRAL).segments_unread, last + 1);
    }
    place_close(&p);
    free(bytes);
}

/* Of many logs one is found without asking for each. */
static void among_many_logs_the_one_is_found_in_few_exchanges(void **state)
{
    struct jemput_oid oid;
    struct place p;
    char path[512];

    (void)state;
    place_open(&p, 8);
    place_settle(&p);
    for (unsigned i = OFFICER; i < p.f.count; i++) {
        place_people(&p, i, 0, 1);
        place_sync(&p, i);
    }
    oid = forge_tip(hub_of(&p), bad_ref(&p.f, OFFICER));
    oid = forge_payload_of(hub_of(&p), &oid);
    snprintf(path, sizeof path, "%s", object_path(hub_of(&p), &oid));
    bad_shell("chmod u+w '%s' && printf garbage >'%s'", path, path);
    p.git.exchanges = 0;
    assert_int_equal(place_sync(&p, CENTRAL).logs_stopped, 1);
    assert_in_range(p.git.exchanges, 3, 12);
    fleet_expect(&p.f, CENTRAL, "SELECT count(*) FROM orang", "5\n");
    place_close(&p);
}

/* A hub that gives nothing of anything is what fails, and not each of its logs. */
static void a_hub_that_gives_nothing_is_no_fault_of_the_logs(void **state)
{
    struct jemput_sync_report report;
    struct jemput_error err;
    struct jemput_oid tip;
    struct place p;

    (void)state;
    place_open(&p, 4);
    for (unsigned i = OFFICER; i < 4; i++) {
        place_people(&p, i, 0, 1);
        place_sync(&p, i);
    }
    tip = forge_tip(hub_of(&p), bad_ref(&p.f, OFFICER));
    for (unsigned i = 0; i < 40; i++) {
        char ref[256];

        snprintf(ref, sizeof ref, "%s-%016x", bad_ref(&p.f, OFFICER), i);
        forge_ref(hub_of(&p), ref, &tip);
    }
    bad_shell("rm -f '%s'/objects/pack/*; find '%s'/objects -type f -exec chmod u+w '{}' ';' -exec truncate -s 9 '{}' ';'", hub_of(&p), hub_of(&p));
    p.git.exchanges = 0;
    assert_int_equal(place_try(&p, CENTRAL, &report, &err), JEMPUT_OFFLINE);
    assert_int_equal(report.logs_stopped, 0);
    place_close(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_damaged_object_behind_an_address_stops_its_log_alone),
        cmocka_unit_test(an_object_that_no_client_takes_stops_its_log_alone),
        cmocka_unit_test(an_object_at_the_limit_of_a_hub_is_taken),
        cmocka_unit_test(among_many_logs_the_one_is_found_in_few_exchanges),
        cmocka_unit_test(a_hub_that_gives_nothing_is_no_fault_of_the_logs),
    };

    return cmocka_run_group_tests_name("bad objects at an address", tests, NULL, NULL);
}
