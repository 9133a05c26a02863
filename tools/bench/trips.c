/* trips.c — round trips and bytes to a hub behind an address (gateway.h): nothing new, a small batch up. */
#include <stdio.h>
#include <string.h>

#include "day.h"
#include "gateway.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

#define HUB "trips.git"
#define TABLET "trips.db"
#define SESSION 50

static void sync_counted(struct side *s, struct gateway *g)
{
    struct jemput_sync_options options = { .hub = GATEWAY_URL HUB, .http = &g->http };
    struct jemput_sync_report report;
    struct jemput_error err;

    gateway_reset(g);
    world_set(world_now() + 1000);
    must(jemput_sync(s->jemput, &options, &report, &err), &err, "sync over HTTP");
    if (!report.complete)
        trouble("a sync over HTTP did not come to its end");
}

static void applications_write(struct side *s, struct work *w, unsigned count)
{
    struct application a;

    for (unsigned i = 0; i < count; i++) {
        work_application(w, &a);
        world_set(a.now_ms);
        side_begin(s);
        side_application(s, &a);
        side_commit(s);
    }
}

/* git pushes into a repository that says so. */
static void hub_allow(const struct bench *b)
{
    char path[FOLDER_PATH_BYTES + 16];
    FILE *out;

    day_path(path, b, HUB);
    strcat(path, "/config");
    out = fopen(path, "a");
    if (!out || fputs("[http]\n\treceivepack = true\n", out) < 0 || fclose(out))
        trouble("write '%s'", path);
}

/* Seconds until it is on the hub over 40 kbit/s, 600 ms there and back, 5 % of packets lost, as a computation has it: TCP and TLS 1.3 are greeted
 * first, with a chain of two certificates; each exchange up to the push waits once; each lost packet for a retransmission of twice the way. What such
 * a link really does, tests/http/measure.py measures. */
static double weak_link_s(const struct gateway *g)
{
    const double way_s = 0.6, bytes_a_s = 5000, packet_bytes = 1400, lost = 0.05, greetings = 2, greeting_bytes = 4500;
    double bytes = greeting_bytes + (double)g->up.bytes, packets = greetings + g->up.exchanges + bytes / packet_bytes;

    return (greetings + g->up.exchanges) * way_s + bytes / bytes_a_s + packets * lost * 2 * way_s;
}

static void trips(const struct bench *b, unsigned arg, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES];
    struct gateway g;
    struct side s;
    struct work w;

    (void)arg;
    if (!gateway_open(&g, b->folder))
        return;
    hub_allow(b);
    day_path(path, b, TABLET);
    world_set(day_clock(b, DAY_AFTER));
    side_open(&s, bench_shape(b), path, world_of(b->options.seed, 1));
    sync_counted(&s, &g);
    sync_counted(&s, &g);
    work_init(&w, b->options.seed, 210, day_clock(b, DAY_AFTER) + WORLD_DAY_MS);
    for (unsigned run = 0; run < b->options.runs; run++) {
        sync_counted(&s, &g);
        probe_add(probe, "trips_idle", "jemput", g.exchanges);
        probe_add(probe, "http_idle", "jemput", (double)(g.bytes_sent + g.bytes_received));
        applications_write(&s, &w, 1);
        sync_counted(&s, &g);
        probe_add(probe, "http_one", "jemput", (double)(g.bytes_sent + g.bytes_received));
        applications_write(&s, &w, SESSION);
        sync_counted(&s, &g);
        probe_add(probe, "trips_up", "jemput", g.up.exchanges);
        probe_add(probe, "weak_link", "jemput", weak_link_s(&g));
        probe_add(probe, "trips_session", "jemput", g.exchanges);
        probe_add(probe, "http_session", "jemput", (double)(g.bytes_sent + g.bytes_received) / SESSION);
    }
    side_close(&s);
}

void bench_trips(struct bench *b)
{
    char from[FOLDER_PATH_BYTES], to[FOLDER_PATH_BYTES];

    day_path(from, b, DAY_HUB);
    day_path(to, b, HUB);
    folder_copy(from, to);
    day_path(from, b, "tablet0.db");
    day_path(to, b, TABLET);
    folder_copy(from, to);
    phase_run(b, "trips", trips, 0, NULL);
    folder_remove(to);
    day_path(to, b, HUB);
    folder_remove(to);
}
