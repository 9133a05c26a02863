/* unit/test_office_texts.c — texts of a request's head never leave the room they have, whatever their lengths: each length, each cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "texts.h"

#define GUARD 64 /* bytes behind the room that nobody may touch; an address sanitizer sees them all, these are for builds without one */

struct guarded {
    struct texts texts;
    unsigned char guard[GUARD];
};

static struct guarded *guarded_new(size_t taken)
{
    struct guarded *g = calloc(1, sizeof *g);

    assert_non_null(g);
    memset(g->guard, 0xa5, GUARD);
    g->texts.len = taken;
    return g;
}

static void guard_holds(const struct guarded *g)
{
    for (size_t i = 0; i < GUARD; i++)
        assert_int_equal(g->guard[i], 0xa5);
    assert_true(g->texts.len <= TEXTS_BYTES);
}

static void no_text_of_any_length_is_written_behind_any_room(void **state)
{
    char text[40];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t room = 0; room <= 36; room++)
        for (size_t len = 0; len <= sizeof text; len++) {
            char *out = malloc(room + 1); /* one more, that is watched */

            assert_non_null(out);
            out[room] = 0x5a;
            assert_int_equal(text_decode(out, room, text, len), len + 1 <= room);
            assert_int_equal(out[room], 0x5a);
            if (len + 1 <= room)
                assert_int_equal(strlen(out), len);
            free(out);
        }
}

static void however_much_is_taken_the_next_texts_stay_in_the_room(void **state)
{
    static char text[3 * TEXTS_BYTES];

    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t taken = 0; taken <= TEXTS_BYTES; taken++) {
        static const size_t lengths[] = { 0, 1, 2, TEXTS_BYTES - 2, TEXTS_BYTES - 1, TEXTS_BYTES, 3 * TEXTS_BYTES };

        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
            struct guarded *g = guarded_new(taken);
            const char *out = texts_take(&g->texts, text, lengths[i]);

            assert_int_equal(out != NULL, taken + lengths[i] + 1 <= TEXTS_BYTES);
            assert_int_equal(g->texts.len, out ? taken + lengths[i] + 1 : taken);
            texts_take(&g->texts, "", 0); /* once it is full, even an empty one has no room */
            texts_take(&g->texts, text, sizeof text);
            guard_holds(g);
            free(g);
        }
    }
}

static void an_empty_text_in_a_full_room_is_refused(void **state)
{
    static char text[TEXTS_BYTES];
    struct guarded *g = guarded_new(0);

    (void)state;
    memset(text, 'a', sizeof text);
    assert_non_null(texts_take(&g->texts, text, TEXTS_BYTES - 1));
    assert_null(texts_take(&g->texts, "", 0));
    assert_null(texts_take(&g->texts, text, sizeof text));
    assert_int_equal(g->texts.len, TEXTS_BYTES);
    guard_holds(g);
    free(g);
}

static void an_encoded_text_cut_anywhere_is_read_no_further_than_its_end(void **state)
{
    static const char whole[] = "siti%20aminah%2F%C3%A9%zz%4";

    (void)state;
    for (size_t len = 0; len < sizeof whole; len++)
        for (size_t room = 0; room <= sizeof whole; room++) {
            char *in = malloc(len ? len : 1), *out = malloc(room ? room : 1);

            assert_non_null(in);
            assert_non_null(out);
            memcpy(in, whole, len);
            if (text_decode(out, room, in, len))
                assert_true(strlen(out) < room && strlen(out) <= len);
            free(in);
            free(out);
        }
}

static void what_is_encoded_comes_out_and_a_nul_does_not(void **state)
{
    struct texts t = { 0 };

    (void)state;
    assert_string_equal(texts_take(&t, "a%2Fb%20c", 9), "a/b c");
    assert_string_equal(texts_take(&t, "%4", 2), "%4");
    assert_string_equal(texts_take(&t, "%zz%41", 6), "%zzA");
    assert_string_equal(texts_take(&t, "", 0), "");
    assert_null(texts_take(&t, "a%00b", 5));
    assert_int_equal(t.len, 6 + 3 + 5 + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_text_of_any_length_is_written_behind_any_room),
        cmocka_unit_test(however_much_is_taken_the_next_texts_stay_in_the_room),
        cmocka_unit_test(an_empty_text_in_a_full_room_is_refused),
        cmocka_unit_test(an_encoded_text_cut_anywhere_is_read_no_further_than_its_end),
        cmocka_unit_test(what_is_encoded_comes_out_and_a_nul_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
