/* sim/test_media_memory.c — photos in bounded memory: adding them, sending them, and taking them over at central, by hub and by stick, each within 16 MiB of what the engine had
 * before, SQLite's caches included. JEMPUT_MEDIA_MB says how many (10; the figure of the design is for 100), and the peaks are printed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "media_world.h"
#include "support/fault_alloc.h"

#define PHOTO_BYTES 1000000
#define BOUND ((size_t)16 * 1024 * 1024)

static struct fault_alloc mem;
static size_t before;

static void measure_begin(void)
{
    before = mem.live_bytes;
    fault_alloc_peak_reset(&mem);
}

static void measure_end(const char *what)
{
    size_t above = mem.peak_bytes > before ? mem.peak_bytes - before : 0;

    printf("%s: %zu KiB above what was there\n", what, above / 1024);
    assert_in_range(above, 1, BOUND);
}

static unsigned photo_count(void)
{
    return getenv("JEMPUT_MEDIA_MB") ? (unsigned)atoi(getenv("JEMPUT_MEDIA_MB")) : 10;
}

static void photos_are_added_sent_and_taken_over_in_bounded_memory(void **state)
{
    unsigned count = photo_count();
    struct jemput_sync_report report;
    struct media_file file;
    struct fleet f;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    measure_begin();
    for (unsigned i = 0; i < count; i++) {
        file = media_file_make(PHOTO_BYTES, 100 + i);
        media_attach(&f, OFFICER, &file, id);
        free(file.bytes);
    }
    measure_end("adding");
    measure_begin();
    report = fleet_sync(&f, OFFICER, 0);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_true(report.attachment_chunks_sent >= count);
    measure_end("sending");
    measure_begin();
    report = fleet_sync(&f, CENTRAL, 0);
    assert_int_equal(report.attachment_status, JEMPUT_OK);
    assert_int_equal(report.attachments_fetched, count);
    measure_end("taking over at central");
    fleet_expect(&f, CENTRAL, "SELECT count(*) FROM berkas WHERE length(received) = 64", count == 10 ? "10\n" : "100\n");
    fleet_release(&f);
}

static void photos_go_onto_a_stick_and_off_it_in_bounded_memory(void **state)
{
    unsigned count = photo_count();
    char path[300];
    const struct jemput_bundle_make_options make = { .path = path, .attachments = 1 };
    const struct jemput_bundle_take_options take = { .path = path };
    struct jemput_bundle_made made;
    struct jemput_bundle_taken taken;
    struct jemput_error err;
    struct media_file file;
    struct fleet f;
    uint8_t id[16];

    (void)state;
    media_fleet(&f, 3, "0");
    for (unsigned i = 0; i < count; i++) {
        file = media_file_make(PHOTO_BYTES, 100 + i);
        media_attach(&f, OFFICER, &file, id);
        free(file.bytes);
    }
    snprintf(path, sizeof path, "%s/foto.bundle", f.folder);
    measure_begin();
    assert_int_equal(jemput_bundle_make(f.devices[OFFICER].jemput, &make, &made, &err), JEMPUT_OK);
    assert_int_equal(made.attachments, count);
    measure_end("onto a stick");
    measure_begin();
    assert_int_equal(jemput_bundle_take(f.devices[CENTRAL].jemput, &take, &taken, &err), JEMPUT_OK);
    assert_int_equal(taken.sync.attachments_fetched, count);
    measure_end("off it, at central");
    fleet_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photos_go_onto_a_stick_and_off_it_in_bounded_memory),
        cmocka_unit_test(photos_are_added_sent_and_taken_over_in_bounded_memory),
    };

    fault_alloc_install(&mem);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
