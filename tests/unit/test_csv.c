/* unit/test_csv.c — what is written as guarded CSV comes back as it was, and no spreadsheet sees a formula in it, whichever separator it takes.
 * Tried are all texts of up to five characters out of those that matter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "csv_reader.h"
#include "csv_writer.h"

#define LETTERS "=-'\"; \t\r\nx0"
#define LETTER_COUNT (sizeof LETTERS - 1)
#define LEN_MAX 5
#define CELLS_A_ROW 3

static const char *const longer[] = { "003", "1674990101010001", "x;=cmd|' /C calc'!A0;", "x;\"=1+1;", "a\n'=1", "a\r\n ''@SUM(A1)", "'003", "''",
                                      ";;;=;+;-;@", "\xc3\xa9;+\xf0\x9f\x98\x80", "nama biasa", "Jl. Kenanga; RT 003" };
#define LONGER_COUNT (sizeof longer / sizeof longer[0])

static size_t text_count(void)
{
    size_t count = 0, of_length = 1;

    for (unsigned len = 0; len <= LEN_MAX; len++, of_length *= LETTER_COUNT)
        count += of_length;
    return count + LONGER_COUNT;
}

/* The text of that number. */
static size_t text_make(char *out, size_t number)
{
    size_t len = 0, of_length = 1;

    if (number < LONGER_COUNT)
        return strlen(strcpy(out, longer[number]));
    for (number -= LONGER_COUNT; number >= of_length; of_length *= LETTER_COUNT, len++)
        number -= of_length;
    for (size_t i = 0; i < len; i++, number /= LETTER_COUNT)
        out[i] = LETTERS[number % LETTER_COUNT];
    return len;
}

/* All of them, several a row. Owned by the caller. */
static char *written(bool guard, size_t *len)
{
    size_t count = text_count();
    char text[64], *data;
    FILE *out = open_memstream(&data, len);

    assert_non_null(out);
    for (size_t i = 0; i < count; i++) {
        csv_cell(out, i % CELLS_A_ROW == 0, text, text_make(text, i), guard);
        if (i % CELLS_A_ROW == CELLS_A_ROW - 1 || i + 1 == count)
            csv_row_end(out, guard);
    }
    assert_int_equal(fclose(out), 0);
    return data;
}

struct reading {
    size_t number;
    bool guard;
};

static int row_compare(void *ctx, const struct csv_row *row)
{
    struct reading *r = ctx;
    char text[64], bare[64];

    for (unsigned i = 0; i < row->cell_count; i++, r->number++) {
        size_t len = text_make(text, r->number), got = row->cells[i].len;

        assert_true(got < sizeof bare);
        if (r->guard)
            got = csv_unguard(bare, row->cells[i].data, got);
        else
            memcpy(bare, row->cells[i].data, got);
        assert_int_equal(got, len);
        assert_memory_equal(bare, text, len);
    }
    return 0;
}

static void every_text_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int guard = 0; guard < 2; guard++) {
        struct reading r = { .guard = guard };
        size_t len;
        char *data = written(guard, &len);

        assert_int_equal(csv_read(data, len, ',', row_compare, &r), 0);
        assert_int_equal(r.number, text_count());
        free(data);
    }
}

static void guards_are_taken_off_in_the_same_place_of_memory_too(void **state)
{
    char text[] = "'\t'=1;''+x;'y";

    (void)state;
    assert_int_equal(csv_unguard(text, text, strlen(text)), 10);
    assert_memory_equal(text, "\t=1;'+x;'y", 10);
}

/* One cell as a spreadsheet reads it: in quotes only if it begins with one; behind the closing one the rest as it stands. Where it ends. */
static size_t cell_end(const char *data, size_t len, size_t at, char separator, char *first)
{
    bool quoted = at < len && data[at] == '"';

    *first = '\0';
    for (size_t i = at + quoted; i < len; i++) {
        if (quoted && data[i] == '"') {
            quoted = i + 1 < len && data[i + 1] == '"';
            i += quoted;
            if (!quoted)
                continue;
        } else if (!quoted && (data[i] == separator || data[i] == '\n' || data[i] == '\r')) {
            return i;
        }
        if (*first == '\0' && data[i] != ' ')
            *first = data[i];
    }
    return len;
}

static void no_spreadsheet_sees_a_formula_whichever_separator_it_takes(void **state)
{
    static const char separators[] = ",;\t";
    size_t len;
    char *data = written(true, &len), first;

    (void)state;
    for (const char *s = separators; *s; s++)
        for (size_t at = 0; at < len; at++) {
            at = cell_end(data, len, at, *s, &first);
            if (first && strchr("=+-@", first))
                fail_msg("a formula under separator %d: …%.*s", *s, 40, data + (at > 40 ? at - 40 : 0));
        }
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_text_comes_back_as_it_was),
        cmocka_unit_test(guards_are_taken_off_in_the_same_place_of_memory_too),
        cmocka_unit_test(no_spreadsheet_sees_a_formula_whichever_separator_it_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
