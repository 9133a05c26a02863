/* photo.c — a day with photos, in the real schema: an officer writes 10,000 changes and adds 100 MB of photos of documents, and sends; central
 * takes them in. A photo is a JPEG whose picture is random bytes: as incompressible as a real one, and no two are alike.
 *
 * Memory above SQLite's cache: the peak of a process that syncs, less the peak of one that opens the same store and reads all of its rows. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "meter.h"
#include "phase.h"
#include "trouble.h"
#include "world.h"

#define PHOTO_BYTES 250000
#define CHANGES 10000 /* with photos as many as the budget speaks of; else in proportion */
#define PHOTOS 400
#define HUB "photo.git"
#define CENTRAL "photo-central.db"
#define TABLET "photo-tablet.db"
#define AGAIN 3 /* photos that are added a second time, to another application */

struct photo {
    struct random random;
    uint64_t at;
};

static const uint8_t head[] = {
    0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, /* JFIF */
    0xff, 0xda, 0, 8, 1, 1, 0, 0, 0x3f, 0                                            /* the scan begins */
};

static void photo_begin(struct photo *p, uint64_t seed, unsigned number)
{
    *p = (struct photo){ .at = 0 };
    random_init(&p->random, seed * 100003 + number);
}

static uint8_t photo_byte(struct photo *p)
{
    uint64_t at = p->at++;

    if (at < sizeof head)
        return head[at];
    if (at >= PHOTO_BYTES - 2)
        return at == PHOTO_BYTES - 2 ? 0xff : 0xd9;
    return (uint8_t)((random_next(&p->random) >> 40) % 255); /* never 0xff: that would be a marker */
}

static long photo_read(void *ctx, void *out, size_t size)
{
    struct photo *p = ctx;
    uint8_t *bytes = out;
    size_t len = 0;

    while (len < size && p->at < PHOTO_BYTES)
        bytes[len++] = photo_byte(p);
    return (long)len;
}

/* --- who there is --- */

static void store_open(struct side *s, const struct bench *b, const char *name, unsigned device)
{
    char path[FOLDER_PATH_BYTES];

    day_path(path, b, name);
    world_set(day_clock(b, DAY_AFTER) + WORLD_DAY_MS);
    side_open(s, shape_named("adminduk"), path, world_of(b->options.seed, device));
}

static void found(const struct bench *b, unsigned arg, struct probe *probe)
{
    char path[FOLDER_PATH_BYTES], *invitation;
    struct jemput_sync_report report;
    struct side central, tablet;
    struct jemput_error err;
    struct jemput *j;
    size_t len;

    (void)arg, (void)probe;
    day_path(path, b, HUB);
    must(jemput_hub_init(path, NULL, &err), &err, "make hub");
    world_set(day_clock(b, DAY_FOUND));
    day_path(path, b, CENTRAL);
    side_found(&central, shape_named("adminduk"), path, world_of(b->options.seed, 30));
    must(jemput_invite(central.jemput, "petugas", "", "", day_clock(b, DAY_AFTER) + 30 * WORLD_DAY_MS, &invitation, &len, &err), &err, "invite");
    day_path(path, b, TABLET);
    must(jemput_join_sealed(&j, path, invitation, len, side_secret, world_of(b->options.seed, 31), &err), &err, "join");
    jemput_text_free(invitation);
    jemput_close(j);
    for (unsigned round = 0; round < 2; round++) {
        day_sync(&central, b, HUB, &report);
        store_open(&tablet, b, TABLET, 31);
        day_sync(&tablet, b, HUB, &report);
        side_close(&tablet);
    }
    day_sync(&central, b, HUB, &report);
    side_close(&central);
}

/* --- the day --- */

static void attach(struct side *s, const struct bench *b, unsigned number, const uint8_t application[SIDE_ID_BYTES])
{
    const struct jemput_datum key = { .type = JEMPUT_TYPE_BLOB, .data = application, .len = SIDE_ID_BYTES };
    struct photo photo;
    const struct jemput_attaching attaching = { .table = "permohonan", .key = &key, .key_count = 1, .kind = "kk-lama", .mime = "image/jpeg",
                                                .read = photo_read,
                                                .ctx = &photo };
    uint8_t id[JEMPUT_ATTACHMENT_ID_BYTES];
    struct jemput_error err;

    photo_begin(&photo, b->options.seed, number);
    world_set(world_now() + 1000);
    must(jemput_attach(s->jemput, &attaching, id, NULL, &err), &err, "add a photo");
}

static void collect(const struct bench *b, unsigned arg, struct probe *probe)
{
    unsigned applications = CHANGES * b->options.photos / PHOTOS / SHAPE_TABLES + 1, count;
    uint8_t (*ids)[SIDE_ID_BYTES];
    struct application a;
    struct side s;
    struct work w;

    (void)arg;
    store_open(&s, b, TABLET, 31);
    side_sql(&s, "PRAGMA synchronous=OFF");
    work_init(&w, b->options.seed, 230, world_now());
    for (unsigned i = 0; i < applications; i++) {
        work_application(&w, &a);
        world_set(a.now_ms);
        side_begin(&s);
        side_application(&s, &a);
        side_commit(&s);
    }
    ids = side_applications(&s, &count);
    for (unsigned i = 0; i < b->options.photos; i++) {
        double start = meter_wall_us();

        attach(&s, b, i, ids[i % count]);
        probe_add(probe, "photo_add", "jemput", (meter_wall_us() - start) / 1000);
    }
    free(ids);
    side_close(&s);
}

/* The floor of memory: the store open, and all of its rows read. */
static void look(const struct bench *b, unsigned central, struct probe *probe)
{
    struct side s;

    (void)probe;
    store_open(&s, b, central ? CENTRAL : TABLET, central ? 30 : 31);
    side_sql(&s, "SELECT * FROM permohonan; SELECT * FROM orang; SELECT * FROM keluarga");
    side_close(&s);
}

static void send(const struct bench *b, unsigned arg, struct probe *probe)
{
    double photos = b->options.photos;
    struct jemput_sync_report report;
    struct day_time time;
    struct side s;

    (void)arg;
    store_open(&s, b, TABLET, 31);
    time = day_sync(&s, b, HUB, &report);
    if (report.attachment_status || report.attachment_bytes_sent < PHOTO_BYTES * (uint64_t)b->options.photos)
        trouble("not all photos were sent: %s", report.attachment_text);
    probe_add(probe, "photo_send", "jemput", time.wall_us / 1000 / photos);
    probe_add(probe, "photo_bytes", "jemput", (double)report.attachment_bytes_sent / photos);
    probe_add(probe, "photo_bytes", "raw", PHOTO_BYTES);
    side_close(&s);
}

static void take(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_sync_report report;
    struct day_time time;
    struct side s;

    (void)arg;
    store_open(&s, b, CENTRAL, 30);
    time = day_sync(&s, b, HUB, &report);
    if (report.attachments_fetched != b->options.photos)
        trouble("central has %llu photos: %s", (unsigned long long)report.attachments_fetched, report.attachment_text);
    probe_add(probe, "photo_take", "jemput", time.wall_us / 1000 / b->options.photos);
    side_close(&s);
}

/* The same photos beside other applications, when the link has been found to be fast: their bytes are there already. */
static void again(const struct bench *b, unsigned arg, struct probe *probe)
{
    struct jemput_sync_report report;
    uint8_t (*ids)[SIDE_ID_BYTES];
    unsigned count;
    struct side s;

    (void)arg;
    store_open(&s, b, TABLET, 31);
    world_set(world_now() + 2 * WORLD_DAY_MS);
    ids = side_applications(&s, &count);
    for (unsigned i = 0; i < AGAIN; i++)
        attach(&s, b, i, ids[count - 1 - i]);
    day_sync(&s, b, HUB, &report);
    probe_add(probe, "photo_again", "jemput", (double)report.attachment_bytes_sent / AGAIN);
    free(ids);
    side_close(&s);
}

/* Peak of what the phase before has taken, above the floor. */
static void memory_above(struct bench *b, const char *figure, const char *peak, const char *floor)
{
    char name[FIGURE_NAME_BYTES];

    snprintf(name, sizeof name, "%s.jemput", figure);
    figures_add(&b->figures[b->at], name,
                figures_range(&b->figures[b->at], peak, "jemput").median - figures_range(&b->figures[b->at], floor, "jemput").median);
}

void bench_photos(struct bench *b)
{
    static const char *const left[] = { HUB, CENTRAL, TABLET };
    char path[FOLDER_PATH_BYTES];

    if (b->at != SIZE_SMALL)
        return;
    phase_run(b, "photo found", found, 0, NULL);
    phase_run(b, "photo collect", collect, 0, NULL);
    phase_run(b, "photo look", look, 0, "photo_send_floor");
    phase_run(b, "photo send", send, 0, "photo_send_peak");
    memory_above(b, "photo_send_memory", "photo_send_peak", "photo_send_floor");
    phase_run(b, "photo take", take, 0, "photo_take_peak");
    phase_run(b, "photo look", look, 1, "photo_take_floor");
    memory_above(b, "photo_take_memory", "photo_take_peak", "photo_take_floor");
    phase_run(b, "photo again", again, 0, NULL);
    for (unsigned i = 0; i < sizeof left / sizeof left[0]; i++) {
        day_path(path, b, left[i]);
        folder_remove(path);
    }
}
