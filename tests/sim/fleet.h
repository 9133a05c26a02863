/* sim/fleet.h — several devices of one space in one process, with simulated time and disks, meeting at hubs in a temporary folder.
 *
 * Device 0 founded the space and is administrator; central is device 0 or, if so asked, device 1; the others joined with the role `petugas`. Stores are on a crash
 * VFS each (in memory), hubs are real bare repositories. Everything goes through the public API. A call that fails unexpectedly fails the test. */
#ifndef TESTS_SIM_FLEET_H
#define TESTS_SIM_FLEET_H

#include <jemput/jemput.h>
#include <sqlite3.h>

#include "support/crash_vfs.h"
#include "support/sim_env.h"

#define FLEET_DEVICES_MAX 9

struct fleet_device {
    struct crash_vfs *vfs;
    struct sim_env sim;
    struct jemput *jemput;
    sqlite3 *sql; /* the app's connection */
    char path[32];
};

struct fleet {
    unsigned count;
    struct fleet_device devices[FLEET_DEVICES_MAX];
    char folder[256]; /* temporary */
    enum jemput_status (*http_open)(struct jemput_env *env, struct jemput_http **out, struct jemput_error *err); /* of devices that are added; or NULL */
    unsigned hubs;
};

/* Make the space: count devices in all, central is device `central` (0 or 1; -1 = there is none). All are enrolled and know each other, and are in sync. */
void fleet_init(struct fleet *f, unsigned count, int central, const char *schema, uint64_t seed);
/* One more device, by this invitation; it has met no hub yet. */
void fleet_device_add(struct fleet *f, const char *invitation, size_t len);
void fleet_newcomer(struct fleet *f, unsigned by); /* an officer's device, invited by that one for the whole space; its clock goes with it */
/* A copy of a device, store and all, as somebody makes it who copies the files; gives its number. Both go on from here. */
unsigned fleet_clone(struct fleet *f, unsigned device);
void fleet_release(struct fleet *f);

/* The hub number `hub` as a path; made on first use. Static until the next call. */
const char *fleet_hub(struct fleet *f, unsigned hub);

void fleet_sql(struct fleet *f, unsigned device, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same, allowed to fail; gives SQLite's result code. */
int fleet_try(struct fleet *f, unsigned device, const char *sql);
/* All rows of a query, "a|b\n…"; owned by the caller: free(). BLOBs as hex, NULL as "~". */
char *fleet_rows(struct fleet *f, unsigned device, const char *query);
void fleet_expect(struct fleet *f, unsigned device, const char *query, const char *rows);
struct jemput_sync_report fleet_sync(struct fleet *f, unsigned device, unsigned hub);
/* Sync all, central first and last, until nobody fetches or sends any more (bounded). */
void fleet_settle(struct fleet *f, unsigned hub);
/* Conflicts as text, one line each: "table column: value*|value" with * behind the shown one; values ascending. Owned by the caller: free(). */
char *fleet_conflicts(struct fleet *f, unsigned device);
char *fleet_held(struct fleet *f, unsigned device);
/* Settle at hub 0; then the rows of a query are these on every device. */
void fleet_expect_all(struct fleet *f, const char *query, const char *rows);
/* On every device the conflicts name each of these; NULL, NULL = there are none at all. */
void fleet_expect_conflicts(struct fleet *f, const char *one, const char *other);
struct jemput_datum fleet_text(const char *text); /* borrows */
void fleet_verify(struct fleet *f, unsigned device); /* jemput_verify finds nothing */
/* Close and open again, as after a restart of the app. */
void fleet_reopen(struct fleet *f, unsigned device);

#endif
