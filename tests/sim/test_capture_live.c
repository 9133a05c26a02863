/* Capture while everything else goes on: two connections of one device write random SQL, and between any two of its steps, in the middle of
 * transactions too, the device seals, syncs and merges what another device writes. Whatever the interleaving,
 replaying the logs gives exactly the rows (jemput_verify), and both
 * devices come to show the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "unit/random_sql.h"
#include "support/sealed.h"

#define DEVICE 1 /* the one with two connections */

struct live {
    struct fleet f;
    struct jemput *second;
    sqlite3 *apps[3]; /* two of DEVICE, one of device 0 */
    uint64_t rng;
    struct random_tally tally;
    unsigned seals, syncs, busy, merged;
};

static const char *const shown[] = {
    "SELECT * FROM keluarga ORDER BY id",
    "SELECT * FROM orang ORDER BY id",
    "SELECT * FROM peran ORDER BY orang, n",
    "SELECT * FROM nomor ORDER BY n",
    "SELECT * FROM hitung ORDER BY id",
};

static bool in_transaction(const struct live *l, bool of_device)
{
    return of_device ? !sqlite3_get_autocommit(l->apps[0]) || !sqlite3_get_autocommit(l->apps[1]) : !sqlite3_get_autocommit(l->apps[2]);
}

/* BUSY is an answer while the app is in the middle of a write. */
static void allow(struct live *l, enum jemput_status st, bool of_device, const struct jemput_error *err, const char *what)
{
    if (st == JEMPUT_BUSY && in_transaction(l, of_device))
        l->busy++;
    else if (st)
        fail_msg("%s: %s %s", what, jemput_status_name(st), err->text);
}

static void sync_once(struct live *l, struct jemput *j, bool of_device)
{
    struct jemput_sync_options options = { .hub = fleet_hub(&l->f, 0) };
    struct jemput_sync_report report;
    struct jemput_error err;

    allow(l, jemput_sync(j, &options, &report, &err), of_device, &err, "sync");
    l->syncs++;
    l->merged += report.rows_merged != 0;
}

static void background_step(struct live *l)
{
    struct jemput *own = random_pick(&l->rng, 2) ? l->second : l->f.devices[DEVICE].jemput;
    struct jemput_error err;

    switch (random_pick(&l->rng, 8)) {
    case 0:
    case 1:
        allow(l, jemput_seal(own, NULL, &err), true, &err, "seal");
        l->seals++;
        break;
    case 2:
        sync_once(l, own, true);
        break;
    case 3:
        sync_once(l, l->f.devices[0].jemput, false);
        break;
    default: /* nothing: most steps follow each other */
        break;
    }
}

static void live_init(struct live *l, uint64_t seed)
{
    char schema[8192];
    struct jemput_error err;

    memset(l, 0, sizeof *l);
    l->rng = seed;
    snprintf(schema, sizeof schema, "%s%s", RANDOM_SCHEMA, RANDOM_APP);
    fleet_init(&l->f, 2, 0, schema, seed);
    if (jemput_open_sealed(&l->second, l->f.devices[DEVICE].path, test_secret(), &l->f.devices[DEVICE].sim.env, &err))
        fail_msg("second handle: %s", err.text);
    l->apps[0] = l->f.devices[DEVICE].sql;
    l->apps[1] = jemput_app(l->second);
    l->apps[2] = l->f.devices[0].sql;
    for (int i = 0; i < 3; i++)
        sqlite3_busy_timeout(l->apps[i], 0);
}

static void rest(struct live *l)
{
    for (int i = 0; i < 3; i++)
        if (!sqlite3_get_autocommit(l->apps[i]) && sqlite3_exec(l->apps[i], "ROLLBACK", NULL, NULL, NULL))
            fail_msg("%s", sqlite3_errmsg(l->apps[i]));
}

static void compare(struct live *l)
{
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        char *a = fleet_rows(&l->f, 0, shown[i]), *b = fleet_rows(&l->f, DEVICE, shown[i]);

        if (strcmp(a, b) != 0)
            fail_msg("%s\n  device 0:\n%s\n  device 1:\n%s", shown[i], a, b);
        free(a);
        free(b);
    }
}

static void live_run(struct live *l, uint64_t seed, unsigned steps)
{
    live_init(l, seed);
    for (unsigned step = 0; step < steps; step++) {
        unsigned which = (unsigned)random_pick(&l->rng, 5);

        sim_env_advance(&l->f.devices[DEVICE].sim, random_pick(&l->rng, 50));
        sim_env_advance(&l->f.devices[0].sim, random_pick(&l->rng, 50));
        random_sql_step(l->apps[which < 4 ? which % 2 : 2], &l->rng, &l->tally);
        background_step(l);
        if (step % 100 == 99) {
            rest(l);
            fleet_verify(&l->f, DEVICE);
        }
    }
    rest(l);
    fleet_settle(&l->f, 0);
    fleet_verify(&l->f, 0);
    fleet_verify(&l->f, DEVICE);
    compare(l);
    jemput_close(l->second);
    fleet_release(&l->f);
}

static void whatever_goes_on_the_logs_give_exactly_the_rows(void **state)
{
    unsigned seals = 0, syncs = 0, merged = 0, busy = 0;
    struct live *l = malloc(sizeof *l);

    (void)state;
    assert_non_null(l);
    for (uint64_t seed = 1; seed <= 6; seed++) {
        print_message("seed %llu\n", (unsigned long long)seed);
        live_run(l, seed, 500);
        seals += l->seals;
        syncs += l->syncs;
        merged += l->merged;
        busy += l->busy;
    }
    free(l);
    print_message("%u seals, %u syncs, %u of them merged rows; %u found the app in the middle of a write\n", seals, syncs, merged, busy);
    assert_true(seals > 100 && syncs > 100 && merged > 20 && busy > 20); /* so that the test is about something */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whatever_goes_on_the_logs_give_exactly_the_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
