/* unit/test_status.c — codes, advice for people, and error texts that grow in front without ever overflowing. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/status.h"

#define STATUS_COUNT 16

static const struct {
    enum jemput_status status;
    const char *name;
    int retryable;
} codes[STATUS_COUNT] = {
    { JEMPUT_OK, "JEMPUT_OK", 0 },           { JEMPUT_MISUSE, "JEMPUT_MISUSE", 0 },       { JEMPUT_IO, "JEMPUT_IO", 1 },
    { JEMPUT_NOMEM, "JEMPUT_NOMEM", 1 },     { JEMPUT_BUSY, "JEMPUT_BUSY", 1 },           { JEMPUT_FULL, "JEMPUT_FULL", 1 },
    { JEMPUT_OFFLINE, "JEMPUT_OFFLINE", 1 }, { JEMPUT_LIMIT, "JEMPUT_LIMIT", 0 },         { JEMPUT_CORRUPT, "JEMPUT_CORRUPT", 0 },
    { JEMPUT_DENIED, "JEMPUT_DENIED", 0 },   { JEMPUT_NOTFOUND, "JEMPUT_NOTFOUND", 0 },   { JEMPUT_EXISTS, "JEMPUT_EXISTS", 0 },
    { JEMPUT_CANCELLED, "JEMPUT_CANCELLED", 0 }, { JEMPUT_UPGRADE, "JEMPUT_UPGRADE", 0 }, { JEMPUT_LOCKED, "JEMPUT_LOCKED", 0 },
    { JEMPUT_UNTRUSTED, "JEMPUT_UNTRUSTED", 1 },
};

static void every_code_has_its_stable_number_and_name(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_int_equal(codes[i].status, i);
        assert_string_equal(jemput_status_name(codes[i].status), codes[i].name);
        assert_int_equal(jemput_status_retryable(codes[i].status), codes[i].retryable);
    }
}

static void every_advice_speaks_of_the_data_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        const char *id = jemput_status_advice((enum jemput_status)i, "id");
        const char *en = jemput_status_advice((enum jemput_status)i, "en");

        assert_non_null(strstr(id, "ata ")); /* Data, data */
        assert_true(strstr(en, "data") || strstr(en, "saved") || strstr(en, "safe"));
        assert_string_not_equal(id, en);
        for (int j = 0; j < i; j++)
            assert_string_not_equal(id, jemput_status_advice((enum jemput_status)j, "id"));
    }
}

static void advice_calls_the_administrator_and_the_hub_by_one_word_each(void **state)
{
    static const char *const other_words[] = { "pengelola", "erver" };

    (void)state;
    for (int i = -1; i < STATUS_COUNT; i++) {
        for (size_t w = 0; w < sizeof other_words / sizeof other_words[0]; w++) {
            assert_null(strstr(jemput_status_advice((enum jemput_status)i, "id"), other_words[w]));
            assert_null(strstr(jemput_status_advice((enum jemput_status)i, "en"), other_words[w]));
        }
    }
    assert_non_null(strstr(jemput_status_advice(JEMPUT_DENIED, "id"), "administrator"));
    assert_non_null(strstr(jemput_status_advice(JEMPUT_OFFLINE, "id"), "Hub "));
}

static void advice_is_indonesian_unless_english_is_asked_for(void **state)
{
    const char *id = jemput_status_advice(JEMPUT_IO, "id");
    const char *en = jemput_status_advice(JEMPUT_IO, "en");

    (void)state;
    assert_string_equal(jemput_status_advice(JEMPUT_IO, NULL), id);
    assert_string_equal(jemput_status_advice(JEMPUT_IO, ""), id);
    assert_string_equal(jemput_status_advice(JEMPUT_IO, "jv"), id);
    assert_string_equal(jemput_status_advice(JEMPUT_IO, "enm"), id); /* Middle English is another language */
    assert_string_equal(jemput_status_advice(JEMPUT_IO, "en_GB"), en);
    assert_string_equal(jemput_status_advice(JEMPUT_IO, "en-US"), en);
}

static void numbers_outside_the_table_get_an_answer(void **state)
{
    static const int numbers[] = { -1, STATUS_COUNT, 1000, INT32_MAX, INT32_MIN };

    (void)state;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        assert_string_equal(jemput_status_name((enum jemput_status)numbers[i]), "JEMPUT_UNKNOWN");
        assert_int_equal(jemput_status_retryable((enum jemput_status)numbers[i]), 0);
        assert_true(strlen(jemput_status_advice((enum jemput_status)numbers[i], "id")) > 20);
    }
}

static void wrap_puts_the_outer_layer_in_front(void **state)
{
    struct jemput_error err;

    (void)state;
    assert_int_equal(jemput_fail(&err, JEMPUT_CORRUPT, "%d bytes are too few", 3), JEMPUT_CORRUPT);
    assert_int_equal(jemput_wrap(&err, "header"), JEMPUT_CORRUPT);
    assert_int_equal(jemput_wrap(&err, "open '%s'", "a"), JEMPUT_CORRUPT);
    assert_string_equal(err.text, "open 'a': header: 3 bytes are too few");
}

static void fail_may_quote_the_text_it_replaces(void **state)
{
    struct jemput_error err;

    (void)state;
    jemput_fail(&err, JEMPUT_IO, "disk");
    jemput_fail(&err, JEMPUT_BUSY, "after '%s'", err.text);
    assert_string_equal(err.text, "after 'disk'");
    jemput_wrap(&err, "again %s", err.text);
    assert_string_equal(err.text, "again after 'disk': after 'disk'");
}

/* The error sits between guards; whatever is written, they stay. */
static void texts_of_any_length_keep_the_front_and_stay_inside(void **state)
{
    struct {
        char before[16];
        struct jemput_error err;
        char after[16];
    } box;
    char inner[1200], outer[1200];

    (void)state;
    for (size_t a = 0; a < 1200; a += 37) {
        for (size_t b = 0; b < 1200; b += 41) {
            memset(&box, '#', sizeof box);
            memset(inner, 'i', sizeof inner);
            memset(outer, 'o', sizeof outer);
            inner[a] = outer[b] = '\0';
            jemput_fail(&box.err, JEMPUT_IO, "%s", inner);
            assert_int_equal(strlen(box.err.text), a < 511 ? a : 511);
            jemput_wrap(&box.err, "%s", outer);
            assert_true(strlen(box.err.text) <= 511);
            assert_memory_equal(box.err.text, outer, b < 511 ? b : 511);
            if (b + 2 < 511)
                assert_memory_equal(box.err.text + b, ": ", 2);
            assert_true(box.before[15] == '#' && box.after[0] == '#');
        }
    }
}

static bool utf8_is_whole(const char *text)
{
    while (*text) {
        unsigned char lead = (unsigned char)*text++;
        int more = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;

        if ((lead & 0xc0) == 0x80)
            return false;
        while (more--)
            if (((unsigned char)*text++ & 0xc0) != 0x80)
                return false;
    }
    return true;
}

static void a_cut_text_never_ends_inside_a_character(void **state)
{
    static const char *const characters[] = { "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    struct jemput_error err;

    (void)state;
    for (int c = 0; c < 3; c++) {
        for (size_t pad = 0; pad < 5; pad++) {
            char text[2048] = "";

            memset(text, 'x', pad);
            text[pad] = '\0';
            while (strlen(text) < 1500)
                strcat(text, characters[c]);
            jemput_fail(&err, JEMPUT_IO, "%s", text);
            assert_true(utf8_is_whole(err.text));
            assert_true(strlen(err.text) >= 508);
            jemput_wrap(&err, "y");
            assert_true(utf8_is_whole(err.text));
        }
    }
}

static void a_bug_aborts_in_every_build(void **state)
{
    pid_t child = fork();
    int how = 0;

    (void)state;
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        if (!freopen("/dev/null", "w", stderr))
            _exit(1);
        JEMPUT_ASSERT(1 + 1 == 3);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGABRT);
    JEMPUT_ASSERT(1 + 1 == 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_stable_number_and_name),
        cmocka_unit_test(every_advice_speaks_of_the_data_in_both_languages),
        cmocka_unit_test(advice_calls_the_administrator_and_the_hub_by_one_word_each),
        cmocka_unit_test(advice_is_indonesian_unless_english_is_asked_for),
        cmocka_unit_test(numbers_outside_the_table_get_an_answer),
        cmocka_unit_test(wrap_puts_the_outer_layer_in_front),
        cmocka_unit_test(fail_may_quote_the_text_it_replaces),
        cmocka_unit_test(texts_of_any_length_keep_the_front_and_stay_inside),
        cmocka_unit_test(a_cut_text_never_ends_inside_a_character),
        cmocka_unit_test(a_bug_aborts_in_every_build),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
