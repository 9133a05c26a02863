/* What jemput_log_explain() takes for a name: how hash, commit or writer begins, or a device's number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "bad.h"

#define DIGITS 4

static int see(void *ctx, const struct jemput_explained *explained)
{
    snprintf(ctx, 65, "%s", explained->segment);
    return 0;
}

/* The hash of the segment that this name finds; static. */
static const char *found(struct fleet *f, const char *name)
{
    static char segment[65];
    struct jemput_error err;

    if (jemput_log_explain(f->devices[0].jemput, name, see, segment, &err))
        fail_msg("%s: %s", name, err.text);
    return segment;
}

/* A tenth of all writers begins so: a device's number in other places. */
static bool looks_like_a_number(const char *writer)
{
    return writer[0] != '0' && strspn(writer, "0123456789") >= DIGITS;
}

static void a_writer_whose_name_begins_like_a_device_s_number_is_found_by_it(void **state)
{
    unsigned seen = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 100 && seen < 2; seed++) {
        struct fleet f;

        bad_begin(&f, seed);
        for (unsigned device = 0; device < 3; device++) {
            struct jemput_info info = bad_info(&f, device);
            char by_writer[24], by_device[24], segment[65];

            if (!looks_like_a_number(info.writer))
                continue;
            snprintf(by_device, sizeof by_device, "%u:1", info.device_number);
            snprintf(by_writer, sizeof by_writer, "%.*s:1", DIGITS, info.writer);
            snprintf(segment, sizeof segment, "%s", found(&f, by_device));
            assert_string_equal(found(&f, by_writer), segment);
            seen++;
        }
        bad_end(&f);
    }
    assert_int_equal(seen >= 2, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_writer_whose_name_begins_like_a_device_s_number_is_found_by_it),
    };

    return cmocka_run_group_tests_name("explain", tests, NULL, NULL);
}
