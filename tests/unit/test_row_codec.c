/* test_row_codec.c — the bytes of a row's merge state: golden vectors, one form for one state, and whatever is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/limits.h"
#include "row_states.h"
#include "../support/fault_alloc.h"
#include "vectors.h"

/* --- golden vectors --- */

static void check_vectors(const char *file_name, const struct golden *goldens, unsigned count, const struct jemput_table *table)
{
    struct jemput_bytes file = vector_load(file_name), rest = file;
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    char line[1024], name[64], hex[800];

    for (unsigned i = 0; i < count; i++) {
        struct jemput_arena arena = { 0 };
        struct jemput_row row;
        struct jemput_error err;
        uint8_t bytes[400];
        size_t len;

        assert_true(vector_line(&rest, line, sizeof line));
        assert_int_equal(sscanf(line, "%63s %799s", name, hex), 2);
        assert_string_equal(name, goldens[i].name);
        len = vector_hex(bytes, sizeof bytes, hex);
        row_encode(&out, &goldens[i].row, table, goldens[i].in_table);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.data, bytes, len);
        assert_int_equal(jemput_row_read(&row, jemput_bytes_of(bytes, len), table, &arena, &err), JEMPUT_OK);
        assert_rows_equal(&row, &goldens[i].row, table);
        jemput_arena_release(&arena);
    }
    assert_false(vector_line(&rest, line, sizeof line));
    jemput_buf_release(&out);
    vector_free(file);
}

static void states_have_the_bytes_of_the_vectors(void **state)
{
    struct shape s;

    (void)state;
    shape_of_states(&s);
    check_vectors("row-state-states.txt", golden_states, GOLDEN_STATES, &s.table);
    shape_of_rules(&s);
    check_vectors("row-state-rules.txt", golden_rules, GOLDEN_RULES, &s.table);
}

static void check_refused(const char *file_name, unsigned count_min, const struct jemput_table *table)
{
    struct jemput_bytes file = vector_load(file_name), rest = file;
    char line[1024], hex[400], reason[200];
    unsigned count = 0;

    for (; vector_line(&rest, line, sizeof line); count++) {
        struct jemput_arena arena = { 0 };
        struct jemput_row row = { .created = 77 };
        struct jemput_error err;
        uint8_t bytes[200];
        size_t len;

        assert_int_equal(sscanf(line, "%399s %199[^\n]", hex, reason), 2);
        len = vector_hex(bytes, sizeof bytes, hex);
        assert_int_equal(jemput_row_read(&row, jemput_bytes_of(bytes, len), table, &arena, &err), JEMPUT_CORRUPT);
        if (!strstr(err.text, reason))
            fail_msg("%s: '%s' where '%s' was expected", hex, err.text, reason);
        assert_int_equal(row.created, 77);
        jemput_arena_release(&arena);
    }
    assert_true(count >= count_min);
    vector_free(file);
}

static void states_that_nothing_writes_are_refused_for_the_reason_given(void **state)
{
    struct shape s;

    (void)state;
    shape_of_states(&s);
    check_refused("row-state-refused.txt", 20, &s.table);
    shape_of_rules(&s);
    check_refused("row-state-rules-refused.txt", 15, &s.table);
}

/* --- any state --- */

static bool row_reads(struct jemput_row *row, struct jemput_bytes in, const struct jemput_table *table, struct jemput_arena *arena)
{
    struct jemput_error err;
    enum jemput_status st = jemput_row_read(row, in, table, arena, &err);

    assert_true(st == JEMPUT_OK || st == JEMPUT_CORRUPT);
    return st == JEMPUT_OK;
}

static void any_state_comes_back_as_it_was(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES), again = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };

    (void)state;
    random_state = 20260101;
    for (unsigned n = 0; n < 50000; n++) {
        struct jemput_row row, back;
        struct jemput_error err;
        struct shape s;
        bool in_table;

        jemput_arena_clear(&arena);
        random_shape(&s);
        in_table = random_row(&row, &s, &arena);
        row_encode(&out, &row, &s.table, in_table);
        if (out.len == 0)
            assert_int_equal(jemput_row_uniform(&back, &s.table, row.created, &arena, &err), JEMPUT_OK);
        else
            assert_true(row_reads(&back, jemput_buf_bytes(&out), &s.table, &arena));
        assert_rows_equal(&row, &back, &s.table);
        row_encode(&again, &back, &s.table, state_in_table(jemput_buf_bytes(&out)));
        assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_buf_bytes(&again)));
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
    jemput_buf_release(&again);
}

/* What is read from damaged bytes at all is another state in its one form: `in` itself. */
static void check_damaged(struct jemput_bytes in, const struct jemput_table *table)
{
    struct jemput_buf again = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct jemput_row row;

    if (row_reads(&row, in, table, &arena)) {
        row_encode(&again, &row, table, state_in_table(in));
        assert_true(jemput_bytes_equal(in, jemput_buf_bytes(&again)));
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&again);
}

/* Every truncation and bit flip of one state, in memory of exactly its size. */
static void damage_everywhere(struct jemput_bytes good, const struct jemput_table *table)
{
    for (size_t len = 0; len < good.len; len++) {
        uint8_t *cut = jemput_alloc(len);

        memcpy(cut, good.data, len);
        check_damaged(jemput_bytes_of(cut, len), table);
        jemput_free(cut);
    }
    for (size_t bit = 0; bit < good.len * 8; bit++) {
        uint8_t *flipped = jemput_alloc(good.len);

        memcpy(flipped, good.data, good.len);
        flipped[bit / 8] ^= (uint8_t)(1U << bit % 8);
        check_damaged(jemput_bytes_of(flipped, good.len), table);
        jemput_free(flipped);
    }
}

static void damage_goldens(const struct golden *goldens, unsigned count, const struct jemput_table *table)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);

    for (unsigned i = 0; i < count; i++) {
        row_encode(&out, &goldens[i].row, table, goldens[i].in_table);
        damage_everywhere(jemput_buf_bytes(&out), table);
    }
    jemput_buf_release(&out);
}

static void damaged_states_are_refused_or_another_state_in_its_one_form(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct jemput_row row;
    struct shape s;

    (void)state;
    shape_of_states(&s);
    damage_goldens(golden_states, GOLDEN_STATES, &s.table);
    shape_of_rules(&s);
    damage_goldens(golden_rules, GOLDEN_RULES, &s.table);
    random_state = 7;
    for (unsigned n = 0; n < 200; n++) {
        bool in_table;

        jemput_arena_clear(&arena);
        random_shape(&s);
        in_table = random_row(&row, &s, &arena);
        row_encode(&out, &row, &s.table, in_table);
        damage_everywhere(jemput_buf_bytes(&out), &s.table);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
}

/* --- sizes, and tables that grow --- */

static void common_states_take_few_bytes(void **state)
{
    static const uint16_t ones[GROUPS_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct jemput_row row;
    struct jemput_error err;
    struct shape s;

    (void)state;
    shape_init(&s, GROUPS_MAX, ones);
    assert_int_equal(jemput_row_uniform(&row, &s.table, 20000 * 4096 + 17, &arena, &err), JEMPUT_OK);
    row_encode(&out, &row, &s.table, true);
    assert_int_equal(out.len, 0);
    row.registers[5].writes[0] = (struct jemput_write){ .version = 20900 * 4096 + 3, .in_table = true }; /* one column updated 900 segments later */
    row_encode(&out, &row, &s.table, true);
    assert_int_equal(out.len, 12);
    for (unsigned g = 0; g < GROUPS_MAX; g++)
        row.registers[g].writes[0] = (struct jemput_write){ .version = 20900 * 4096 + 3, .in_table = true };
    row_encode(&out, &row, &s.table, true);
    assert_int_equal(out.len, 11);
    shape_rule(&s, 5, JEMPUT_RULE_SUM);
    row.registers[5].writes[0] = (struct jemput_write){ .version = 20000 * 4096 + 17, .values = status };
    for (unsigned g = 0; g < GROUPS_MAX; g++)
        row.registers[g].writes[0].version = 20000 * 4096 + 17;
    row_encode(&out, &row, &s.table, true);
    assert_int_equal(out.len, 9); /* a counter, never written since */
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
}

static void state_written_before_the_table_grew_reads_as_what_it_was(void **state)
{
    static const uint16_t before[] = { 1, 1 }, after[] = { 2, 1, 1 };
    static struct jemput_value old_value[] = { INTEGER(5) };
    struct jemput_register registers[] = { { 1, (struct jemput_write[]){ { .version = 9, .values = old_value } } }, { 0 } };
    struct jemput_row row = { .created = 9, .group_count = 2, .registers = registers }, back;
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES), again = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct shape small, large;

    (void)state;
    shape_init(&small, 2, before);
    shape_init(&large, 3, after);
    shape_rule(&large, 2, JEMPUT_RULE_SUM);
    row_encode(&out, &row, &small.table, false);
    assert_true(row_reads(&back, jemput_buf_bytes(&out), &large.table, &arena));
    assert_int_equal(back.group_count, 3);
    assert_int_equal(back.registers[0].writes[0].values[0].integer, 5);
    assert_int_equal(back.registers[0].writes[0].values[1].type, JEMPUT_NULL);
    assert_int_equal(back.registers[2].write_count, 0);
    row_encode(&again, &back, &large.table, false);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&out), jemput_buf_bytes(&again)));
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
    jemput_buf_release(&again);
}

static void row_of_a_table_without_groups_keeps_its_life(void **state)
{
    struct jemput_register life[] = { { 1, (struct jemput_write[]){ { .version = 9, .values = siti } } } };
    struct jemput_row row = { .created = 9, .delete_count = 1, .deletes = (uint64_t[]){ 12 }, .registers = life }, back;
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct shape link;

    (void)state;
    shape_init(&link, 0, NULL);
    row_encode(&out, &row, &link.table, false);
    assert_true(row_reads(&back, jemput_buf_bytes(&out), &link.table, &arena));
    assert_int_equal(jemput_row_registers(&back), 1);
    assert_int_equal(back.registers[0].writes[0].version, 9);
    assert_non_null(back.registers[0].writes[0].values);
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
}

/* --- out of memory --- */

static void writing_without_memory_is_noted_in_the_buffer(void **state)
{
    struct jemput_register many[1];
    struct jemput_write writes[40] = { { 0 } };
    struct jemput_row row = { .created = 1, .group_count = 1, .registers = many };
    static const uint16_t one[] = { 1 };
    struct fault_alloc mem;
    struct shape s;
    uint64_t n = 0;

    (void)state;
    shape_init(&s, 1, one);
    for (unsigned i = 0; i < 40; i++)
        writes[i] = (struct jemput_write){ .version = i + 1, .values = status };
    many[0] = (struct jemput_register){ 40, writes };
    fault_alloc_install(&mem);
    for (;; n++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);

        fault_alloc_arm(&mem, n, false);
        row_encode(&out, &row, &s.table, false);
        fault_alloc_disarm(&mem);
        assert_int_equal(out.failed, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        if (!mem.failures)
            break;
    }
    fault_alloc_uninstall(&mem);
    assert_true(n >= 3);
}

/* The arena's first piece has `room` bytes left, and there is no second one. */
static void check_reading_without_memory(const struct golden *golden, const struct jemput_table *table, struct fault_alloc *mem)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    size_t room = 0;
    bool through = false;

    row_encode(&out, &golden->row, table, golden->in_table);
    for (; !through; room += 16) {
        struct jemput_arena arena = { 0 };
        struct jemput_row row = { .created = 77 };
        struct jemput_error err;
        enum jemput_status st;

        do {
            assert_non_null(jemput_arena_alloc(&arena, 1));
        } while (arena.total_bytes - arena.used_bytes > room);
        fault_alloc_arm(mem, 0, true);
        st = jemput_row_read(&row, jemput_buf_bytes(&out), table, &arena, &err);
        fault_alloc_disarm(mem);
        through = mem->failures == 0;
        assert_int_equal(st, through ? JEMPUT_OK : JEMPUT_NOMEM);
        assert_true(through || row.created == 77);
        jemput_arena_release(&arena);
    }
    jemput_buf_release(&out);
    assert_int_equal(mem->live_blocks, 0);
    assert_true(room > 64);
}

static void reading_without_memory_leaves_the_output_alone(void **state)
{
    struct fault_alloc mem;
    struct shape s;

    (void)state;
    fault_alloc_install(&mem);
    shape_of_states(&s);
    for (unsigned i = 0; i < GOLDEN_STATES; i++)
        check_reading_without_memory(&golden_states[i], &s.table, &mem);
    shape_of_rules(&s);
    for (unsigned i = 0; i < GOLDEN_RULES; i++)
        check_reading_without_memory(&golden_rules[i], &s.table, &mem);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

/* As if so many writers had each set one column at once, unseen by the others, to a text as long as one may be; the last of them to one of
 * `last_len` bytes. */
static void siblings_of_full_length(struct jemput_buf *out, size_t last_len, const struct jemput_table *table, const uint8_t *text)
{
    enum { WRITERS = JEMPUT_ROW_BYTES_MAX / JEMPUT_VALUE_BYTES_MAX };
    static struct jemput_write writes[WRITERS];
    static struct jemput_value values[WRITERS];
    struct jemput_register registers[] = { { 0 }, { 0 }, { WRITERS, writes } };
    struct jemput_row row = { .created = 1, .group_count = 3, .registers = registers };

    for (uint32_t i = 0; i < WRITERS; i++) {
        values[i] = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_of(text, i + 1 < WRITERS ? JEMPUT_VALUE_BYTES_MAX : last_len) };
        writes[i] = (struct jemput_write){ .version = i + 1, .values = &values[i] };
    }
    row_encode(out, &row, table, false);
}

static void state_may_fill_its_limit_and_not_a_byte_more(void **state)
{
    uint8_t *text = malloc(JEMPUT_VALUE_BYTES_MAX);
    struct jemput_buf out = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    size_t last_len = 100000;
    struct jemput_row row;
    struct jemput_error err;
    struct shape s;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', JEMPUT_VALUE_BYTES_MAX);
    shape_of_states(&s);
    siblings_of_full_length(&out, last_len, &s.table, text);
    assert_int_equal(out.failed, JEMPUT_OK);
    last_len += JEMPUT_ROW_BYTES_MAX - out.len;
    siblings_of_full_length(&out, last_len, &s.table, text);
    assert_int_equal(out.failed, JEMPUT_OK);
    assert_int_equal(out.len, JEMPUT_ROW_BYTES_MAX);
    assert_int_equal(jemput_row_read(&row, jemput_buf_bytes(&out), &s.table, &arena, &err), JEMPUT_OK);
    assert_int_equal(row.registers[2].write_count, JEMPUT_ROW_BYTES_MAX / JEMPUT_VALUE_BYTES_MAX);
    siblings_of_full_length(&out, last_len + 1, &s.table, text);
    assert_int_equal(out.failed, JEMPUT_LIMIT);
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_have_the_bytes_of_the_vectors),
        cmocka_unit_test(states_that_nothing_writes_are_refused_for_the_reason_given),
        cmocka_unit_test(any_state_comes_back_as_it_was),
        cmocka_unit_test(damaged_states_are_refused_or_another_state_in_its_one_form),
        cmocka_unit_test(common_states_take_few_bytes),
        cmocka_unit_test(state_written_before_the_table_grew_reads_as_what_it_was),
        cmocka_unit_test(row_of_a_table_without_groups_keeps_its_life),
        cmocka_unit_test(state_may_fill_its_limit_and_not_a_byte_more),
        cmocka_unit_test(writing_without_memory_is_noted_in_the_buffer),
        cmocka_unit_test(reading_without_memory_leaves_the_output_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
