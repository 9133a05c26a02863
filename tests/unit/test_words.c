/* unit/test_words.c — what a code says to a person, in parts: what happened, whether the data is safe, what to do. The whole: test_status.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"

enum { FIRST = -1, LAST = 17 }; /* with unknown ones at both ends */
static const char *const languages[] = { "id", "en", "en-GB", "jv", NULL };

static void the_three_parts_make_the_advice(void **state)
{
    (void)state;
    for (int code = FIRST; code <= LAST; code++) {
        for (size_t i = 0; i < sizeof languages / sizeof languages[0]; i++) {
            const struct jemput_words *w = jemput_status_words((enum jemput_status)code, languages[i]);
            char whole[1024];

            snprintf(whole, sizeof whole, "%s %s %s", w->what, w->safe, w->todo);
            assert_string_equal(whole, jemput_status_advice((enum jemput_status)code, languages[i]));
        }
    }
}

/* One or more sentences each: a capital letter at the beginning, a full stop at the end, no space around. */
static void each_part_is_a_sentence_by_itself(void **state)
{
    (void)state;
    for (int code = FIRST; code <= LAST; code++) {
        for (size_t i = 0; i < 2; i++) {
            const struct jemput_words *w = jemput_status_words((enum jemput_status)code, languages[i]);
            const char *const parts[] = { w->what, w->safe, w->todo };

            for (int p = 0; p < 3; p++) {
                size_t len = strlen(parts[p]);

                if (len < 8 || parts[p][0] < 'A' || parts[p][0] > 'Z' || parts[p][len - 1] != '.' || strstr(parts[p], "  "))
                    fail_msg("code %d, part %d: '%s'", code, p, parts[p]);
            }
        }
    }
}

static void the_part_about_the_data_speaks_of_it(void **state)
{
    static const char *const words[2][5] = { { "Data", "data", "Yang lama", NULL, NULL }, { "data", "saved", "safe", "changed", "kept" } };

    (void)state;
    for (int code = FIRST; code <= LAST; code++) {
        for (size_t i = 0; i < 2; i++) {
            const char *safe = jemput_status_words((enum jemput_status)code, languages[i])->safe;
            int found = 0;

            for (int k = 0; k < 5 && words[i][k]; k++)
                found = found || strstr(safe, words[i][k]);
            if (!found)
                fail_msg("code %d: '%s'", code, safe);
        }
    }
}

static void data_is_in_doubt_where_something_is_damaged_or_nobody_knows(void **state)
{
    (void)state;
    for (int code = FIRST; code <= LAST; code++)
        assert_int_equal(jemput_status_safe((enum jemput_status)code), code >= JEMPUT_OK && code <= JEMPUT_UNTRUSTED && code != JEMPUT_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_three_parts_make_the_advice),
        cmocka_unit_test(each_part_is_a_sentence_by_itself),
        cmocka_unit_test(the_part_about_the_data_speaks_of_it),
        cmocka_unit_test(data_is_in_doubt_where_something_is_damaged_or_nobody_knows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
