/* Call-backs that are told something call the engine with the same handle: what would write says that it must not, nothing is done, and the telling goes
 * on to its end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/engine.h"
#include "fleet.h"
#include "store/object/aside.h"

enum { OFFICE = 0, TABLET = 1, OTHER = 2 };

static const char SCHEMA[] = "CREATE TABLE orang(id TEXT PRIMARY KEY NOT NULL, nik TEXT UNIQUE, nama TEXT); SELECT jemput_replicate('orang', 'identity=nama')";

static struct fleet f;

/* --- what a call-back tries --- */

static const struct jemput_datum key_a = { .type = JEMPUT_TYPE_TEXT, .data = "a", .len = 1 };

static enum jemput_status try_seal(struct jemput *j, struct jemput_error *err)
{
    return jemput_seal(j, NULL, err);
}

static enum jemput_status try_sync(struct jemput *j, struct jemput_error *err)
{
    struct jemput_sync_report report;

    return jemput_sync(j, NULL, &report, err);
}

static enum jemput_status try_decide(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_choice choice = { .table = "orang", .key = &key_a, .key_count = 1, .reason = "sesuai akta" };

    return jemput_decide(j, &choice, err);
}

static enum jemput_status try_forget(struct jemput *j, struct jemput_error *err)
{
    return jemput_forget(j, "orang", &key_a, 1, "UU 27/2022", err);
}

static enum jemput_status try_device(struct jemput *j, struct jemput_error *err)
{
    const struct jemput_device_act act = { .kind = JEMPUT_ACT_REVOKE, .device = "2", .reason = "lost" };
    struct jemput_device_act_report report;

    return jemput_device_act(j, &act, &report, err);
}

static enum jemput_status try_rebuild(struct jemput *j, struct jemput_error *err)
{
    struct jemput_rebuild_report report;

    return jemput_rebuild(j, NULL, &report, err);
}

static int difference_see(void *ctx, const struct jemput_difference *difference)
{
    (void)ctx, (void)difference;
    return 0;
}

static enum jemput_status try_diff(struct jemput *j, struct jemput_error *err)
{
    return jemput_diff(j, NULL, difference_see, NULL, NULL, err);
}

static enum jemput_status try_feed(struct jemput *j, struct jemput_error *err)
{
    return jemput_feed_begin(j, err);
}

static enum jemput_status try_rotate(struct jemput *j, struct jemput_error *err)
{
    return jemput_rotate(j, err);
}

static enum jemput_status try_checkpoint(struct jemput *j, struct jemput_error *err)
{
    struct jemput_checkpoint_report report;

    return jemput_checkpoint_make(j, 0, &report, err);
}

static const struct {
    const char *what;
    enum jemput_status (*run)(struct jemput *j, struct jemput_error *err);
} tries[] = {
    { "seal", try_seal },       { "sync", try_sync }, { "decide", try_decide }, { "forget", try_forget }, { "device", try_device },
    { "rebuild", try_rebuild }, { "diff", try_diff }, { "feed", try_feed },     { "rotate", try_rotate }, { "checkpoint", try_checkpoint },
};
#define TRIES (sizeof tries / sizeof tries[0])

/* --- telling --- */

struct listening {
    const char *listing;
    unsigned told;
    bool writes;
};

static int hear(struct listening *l)
{
    l->told++;
    for (unsigned i = 0; l->writes && i < TRIES; i++) {
        struct jemput_error err = { .status = JEMPUT_OK };
        enum jemput_status st = tries[i].run(f.devices[OFFICE].jemput, &err);

        if (st != JEMPUT_MISUSE || !strstr(err.text, "call-back"))
            fail_msg("%s inside %s: %s", tries[i].what, l->listing, st ? err.text : "done");
    }
    return 0;
}

#define HEARS(name, type)                                                                                                                            \
    static int name(void *ctx, const struct type *told)                                                                                              \
    {                                                                                                                                                \
        (void)told;                                                                                                                                  \
        return hear(ctx);                                                                                                                            \
    }

HEARS(hear_conflict, jemput_conflict)
HEARS(hear_held, jemput_held_row)
HEARS(hear_edit, jemput_edit)
HEARS(hear_segment, jemput_segment_info)
HEARS(hear_aside, jemput_aside)
HEARS(hear_device, jemput_device)
HEARS(hear_refused, jemput_refused)
HEARS(hear_case, jemput_case)
HEARS(hear_row, jemput_feed_row)

static int hear_table(void *ctx, const char *name, const char *options)
{
    (void)name, (void)options;
    return hear(ctx);
}

static enum jemput_status list(struct jemput *j, const char *listing, struct listening *l, struct jemput_error *err)
{
    struct jemput_feed_reading reading;

    if (strcmp(listing, "conflicts") == 0)
        return jemput_conflicts(j, hear_conflict, l, err);
    if (strcmp(listing, "held") == 0)
        return jemput_held_rows(j, hear_held, l, err);
    if (strcmp(listing, "history") == 0)
        return jemput_history(j, "orang", &key_a, 1, hear_edit, l, err);
    if (strcmp(listing, "log") == 0)
        return jemput_log(j, hear_segment, l, err);
    if (strcmp(listing, "aside") == 0)
        return jemput_aside_each(j, hear_aside, l, err);
    if (strcmp(listing, "devices") == 0)
        return jemput_devices(j, hear_device, l, err);
    if (strcmp(listing, "refused") == 0)
        return jemput_refused_each(j, hear_refused, l, err);
    if (strcmp(listing, "cases") == 0)
        return jemput_cases(j, hear_case, l, err);
    if (strcmp(listing, "tables") == 0)
        return jemput_tables(j, hear_table, l, err);
    if (strcmp(listing, "row") == 0)
        return jemput_feed_row(j, "orang", &key_a, 1, hear_row, l, err);
    return jemput_feed_read(j, NULL, hear_row, l, &reading, err);
}

/* Something to tell in each listing. */
static void begin(void)
{
    const uint8_t commit[20] = { 1 };
    struct jemput_error err;
    struct jemput_store *store;

    fleet_init(&f, 3, OFFICE, SCHEMA, 61);
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('a'), ('b')");
    fleet_settle(&f, 0);
    fleet_sql(&f, TABLET, "UPDATE orang SET nama = 'A' WHERE id = 'a'; INSERT INTO orang(id, nik) VALUES('c', '1')");
    fleet_sql(&f, OTHER, "UPDATE orang SET nama = 'B' WHERE id = 'a'; INSERT INTO orang(id, nik) VALUES('d', '1')");
    fleet_settle(&f, 0);
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('e')"); /* which a seal would take */
    store = f.devices[OFFICE].jemput->store;
    assert_int_equal(jemput_store_begin(store, 0, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_aside_put(store, LOG_REF_PREFIX "00112233445566778899aabbccddeeff/0", commit, JEMPUT_CORRUPT, "no reason", 1, &err), JEMPUT_OK);
    assert_int_equal(jemput_store_commit(store, &err), JEMPUT_OK);
}

static void what_would_write_is_refused_and_the_telling_goes_on(void **state)
{
    static const char *const listings[] = { "conflicts", "held", "history", "log", "aside", "devices", "cases", "tables", "row", "feed" };
    struct jemput_error err;
    unsigned count;

    (void)state;
    begin();
    for (unsigned i = 0; i < sizeof listings / sizeof listings[0]; i++) {
        struct listening calm = { .listing = listings[i] }, eager = { .listing = listings[i], .writes = true };

        assert_int_equal(list(f.devices[OFFICE].jemput, listings[i], &calm, &err), JEMPUT_OK);
        if (!calm.told)
            fail_msg("%s tells nothing", listings[i]);
        assert_int_equal(list(f.devices[OFFICE].jemput, listings[i], &eager, &err), JEMPUT_OK);
        if (eager.told != calm.told)
            fail_msg("%s is told %u things, and %u without writing", listings[i], eager.told, calm.told);
    }
    assert_int_equal(jemput_seal(f.devices[OFFICE].jemput, &count, &err), JEMPUT_OK); /* nothing was done */
    assert_int_equal(count, 1);
    fleet_settle(&f, 0);
    fleet_verify(&f, OFFICE);
    fleet_release(&f);
}

/* Reading is no harm, and neither is the app's connection, nor another handle. */
static int read_inside(void *ctx, const struct jemput_conflict *conflict)
{
    struct jemput *j = f.devices[OFFICE].jemput, *beside;
    struct listening calm = { .listing = "history" };
    struct jemput_error err;

    (void)conflict;
    assert_int_equal(list(j, "history", &calm, &err), JEMPUT_OK);
    assert_int_equal(list(j, "held", &calm, &err), JEMPUT_OK);
    assert_int_equal(calm.told, 4);
    fleet_sql(&f, OFFICE, "INSERT INTO orang(id) VALUES('g')");
    assert_int_equal(jemput_beside(j, &beside, &err), JEMPUT_OK);
    assert_int_equal(jemput_seal(beside, NULL, &err), JEMPUT_OK);
    jemput_close(beside);
    ++*(unsigned *)ctx;
    return 0;
}

static void reading_and_writing_by_others_goes_on_inside(void **state)
{
    struct jemput_error err;
    unsigned told = 0;

    (void)state;
    begin();
    assert_int_equal(jemput_conflicts(f.devices[OFFICE].jemput, read_inside, &told, &err), JEMPUT_OK);
    assert_int_equal(told, 1);
    fleet_expect(&f, OFFICE, "SELECT count(*) FROM jemput_pending", "0\n");
    fleet_settle(&f, 0);
    fleet_verify(&f, OFFICE);
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_write_is_refused_and_the_telling_goes_on),
        cmocka_unit_test(reading_and_writing_by_others_goes_on_inside),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
