/* test_row_codec.c — the bytes of a row's merge state: golden vectors, one form for one state, and whatever is damaged. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "merge/row.h"
#include "../support/fault_alloc.h"
#include "vectors.h"

enum { GROUPS_MAX = 12, COLUMNS_MAX = 3 * GROUPS_MAX, STATE_BYTES = 65536 };

/* A shape of `group_count` groups after a key column; group g has column_counts[g] columns. */
struct shape {
    struct jemput_table table;
    struct jemput_group groups[GROUPS_MAX];
    uint16_t columns[GROUPS_MAX][3];
};

static void shape_init(struct shape *s, uint16_t group_count, const uint16_t *column_counts)
{
    uint16_t column = 1;

    *s = (struct shape){ .table = { .id = 1, .name = "orang", .key_count = 1, .group_count = group_count, .groups = s->groups } };
    for (uint16_t g = 0; g < group_count; g++) {
        for (uint16_t k = 0; k < column_counts[g]; k++)
            s->columns[g][k] = column++;
        s->groups[g] = (struct jemput_group){ .column_count = column_counts[g], .columns = s->columns[g] };
    }
    s->table.column_count = column;
}

static const uint16_t vector_columns[] = { 2, 2, 1 }; /* the table of the golden vectors */

/* The view that a state read from bytes comes from: what is in the table is what is shown. */
static bool view_of(struct jemput_view *view, const struct jemput_write **shown, const struct jemput_row *row)
{
    bool in_table = false;

    *view = (struct jemput_view){ .shown = shown };
    for (uint32_t g = 0; g < jemput_row_registers(row); g++) {
        shown[g] = NULL;
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            if (row->registers[g].writes[i].in_table)
                shown[g] = &row->registers[g].writes[i];
        }
        in_table = in_table || shown[g];
    }
    return in_table;
}

static void row_encode(struct jemput_buf *out, const struct jemput_row *row, const struct jemput_table *table)
{
    const struct jemput_write *shown[GROUPS_MAX + 1];
    struct jemput_view view;
    bool in_table = view_of(&view, shown, row);

    jemput_buf_clear(out);
    jemput_row_write(out, row, table, &view, in_table);
}

static void assert_rows_equal(const struct jemput_row *a, const struct jemput_row *b, const struct jemput_table *table)
{
    assert_int_equal(a->created, b->created);
    assert_int_equal(a->delete_count, b->delete_count);
    for (uint32_t i = 0; i < a->delete_count; i++)
        assert_int_equal(a->deletes[i], b->deletes[i]);
    for (uint32_t g = 0; g < table->group_count; g++) {
        assert_int_equal(a->registers[g].write_count, b->registers[g].write_count);
        for (uint32_t i = 0; i < a->registers[g].write_count; i++) {
            const struct jemput_write *x = &a->registers[g].writes[i], *y = &b->registers[g].writes[i];

            assert_true(x->version == y->version && x->in_table == y->in_table && !x->values == !y->values);
            for (uint32_t k = 0; x->values && k < table->groups[g].column_count; k++)
                assert_true(jemput_value_equal(&x->values[k], &y->values[k]));
        }
    }
}

/* --- golden vectors --- */

#define BYTES(literal) { (const uint8_t *)(literal), sizeof(literal) - 1 }
#define INTEGER(n) { .type = JEMPUT_INTEGER, .integer = (n) }
#define TEXT(literal) { .type = JEMPUT_TEXT, .bytes = BYTES(literal) }
#define ONE(v) { 1, (struct jemput_write[]){ { .version = (v), .in_table = true } } }

static struct jemput_value siti[] = { TEXT("Siti"), { .type = JEMPUT_NULL } };
static struct jemput_value sri[] = { TEXT("Sri"), INTEGER(2) };
static struct jemput_value bogor[] = { { .type = JEMPUT_REAL, .real = 1.5 }, { .type = JEMPUT_BLOB, .bytes = BYTES("\0\xff") } };
static struct jemput_value status[] = { INTEGER(-1) };

static struct jemput_register update[] = { ONE(12288), ONE(20481), ONE(12288) };
static struct jemput_register rewritten[] = { ONE(20481), ONE(20481), ONE(12288) };
static struct jemput_register conflict[] = {
    { 2, (struct jemput_write[]){ { .version = 20481, .values = sri }, { .version = 20482, .in_table = true } } }, ONE(12288), ONE(12288)
};
static struct jemput_register shadow[] = {
    { 3, (struct jemput_write[]){ { .version = 20481 }, { .version = 20482, .in_table = true }, { .version = 28672 } } }, ONE(12288), ONE(12288)
};
static struct jemput_register deleted[] = {
    { 1, (struct jemput_write[]){ { .version = 12288, .values = siti } } },
    { 1, (struct jemput_write[]){ { .version = 12288, .values = bogor } } },
    { 1, (struct jemput_write[]){ { .version = 20481, .values = status } } },
};
static struct jemput_register nothing[3];
static struct jemput_register early[] = { { 0 }, { 1, (struct jemput_write[]){ { .version = 20481, .values = bogor } } }, { 0 } };
static struct jemput_register older[] = { ONE(12288), { 0 }, ONE(12288) };

static const struct golden {
    const char *name;
    struct jemput_row row;
} goldens[] = {
    { "update", { .created = 12288, .group_count = 3, .registers = update } },
    { "rewritten", { .created = 12288, .group_count = 3, .registers = rewritten } },
    { "conflict", { .created = 12288, .group_count = 3, .registers = conflict } },
    { "shadow", { .created = 12288, .group_count = 3, .registers = shadow } },
    { "deleted", { .created = 12288, .delete_count = 2, .deletes = (uint64_t[]){ 24576, 28672 }, .group_count = 3, .registers = deleted } },
    { "late-insert", { .created = 28672, .group_count = 3, .registers = update } },
    { "before-insert", { .group_count = 3, .registers = early } },
    { "older-schema", { .created = 12288, .group_count = 3, .registers = older } },
    { "only-delete", { .delete_count = 1, .deletes = (uint64_t[]){ UINT64_MAX }, .group_count = 3, .registers = nothing } },
    { "nothing", { .group_count = 3, .registers = nothing } },
};
enum { GOLDENS = sizeof goldens / sizeof *goldens };

static void states_have_the_bytes_of_the_vectors(void **state)
{
    struct jemput_bytes file = vector_load("row-state-states.txt"), rest = file;
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    char line[512], name[64], hex[400];
    struct shape s;

    (void)state;
    shape_init(&s, 3, vector_columns);
    for (unsigned i = 0; i < GOLDENS; i++) {
        struct jemput_arena arena = { 0 };
        struct jemput_row row;
        struct jemput_error err;
        uint8_t bytes[200];
        size_t len;

        assert_true(vector_line(&rest, line, sizeof line));
        assert_int_equal(sscanf(line, "%63s %399s", name, hex), 2);
        assert_string_equal(name, goldens[i].name);
        len = vector_hex(bytes, sizeof bytes, hex);
        row_encode(&out, &goldens[i].row, &s.table);
        assert_int_equal(out.len, len);
        assert_memory_equal(out.data, bytes, len);
        assert_int_equal(jemput_row_read(&row, jemput_bytes_of(bytes, len), &s.table, &arena, &err), JEMPUT_OK);
        assert_rows_equal(&row, &goldens[i].row, &s.table);
        jemput_arena_release(&arena);
    }
    assert_false(vector_line(&rest, line, sizeof line));
    jemput_buf_release(&out);
    vector_free(file);
}

static void states_that_nothing_writes_are_refused_for_the_reason_given(void **state)
{
    struct jemput_bytes file = vector_load("row-state-refused.txt"), rest = file;
    char line[512], hex[128], reason[200];
    unsigned count = 0;
    struct shape s;

    (void)state;
    shape_init(&s, 3, vector_columns);
    for (; vector_line(&rest, line, sizeof line); count++) {
        struct jemput_arena arena = { 0 };
        struct jemput_row row = { .created = 77 };
        struct jemput_error err;
        uint8_t bytes[64];
        size_t len;

        assert_int_equal(sscanf(line, "%127s %199[^\n]", hex, reason), 2);
        len = vector_hex(bytes, sizeof bytes, hex);
        assert_int_equal(jemput_row_read(&row, jemput_bytes_of(bytes, len), &s.table, &arena, &err), JEMPUT_CORRUPT);
        if (!strstr(err.text, reason))
            fail_msg("%s: '%s' where '%s' was expected", hex, err.text, reason);
        assert_int_equal(row.created, 77);
        jemput_arena_release(&arena);
    }
    assert_true(count >= 20);
    vector_free(file);
}

/* --- random states --- */

static uint64_t random_state;

static uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state * UINT64_C(2685821657736338717);
}

static unsigned random_below(unsigned bound)
{
    return (unsigned)((random_u64() >> 33) % bound);
}

static struct jemput_value random_value(void)
{
    static const struct jemput_value some[] = { { .type = JEMPUT_NULL }, INTEGER(INT64_MIN), INTEGER(INT64_MAX), TEXT(""), TEXT("a\0b"),
                                                { .type = JEMPUT_REAL, .real = -0.0 }, { .type = JEMPUT_BLOB, .bytes = BYTES("\0\0") } };

    return some[random_below(sizeof some / sizeof *some)];
}

enum { VERSIONS_MAX = 48 };

static unsigned random_versions(uint64_t *versions)
{
    unsigned count = 1 + random_below(random_below(4) ? 4 : VERSIONS_MAX);
    uint64_t version = 0;

    for (unsigned i = 0; i < count; i++) {
        version += 1 + random_below(random_below(2) ? 3 : 1 << 20);
        versions[i] = version;
    }
    if (random_below(10) == 0)
        versions[count - 1] = UINT64_MAX;
    return count;
}

static void random_register(struct jemput_register *r, const uint64_t *versions, unsigned count, uint16_t column_count, bool in_table,
                            struct jemput_arena *arena)
{
    unsigned kind = random_below(10), chosen;

    r->writes = jemput_arena_array(arena, count, sizeof *r->writes);
    for (unsigned i = 0; i < count && kind > 0; i++) {
        if (kind < 8 ? i == (kind < 6 ? 0 : random_below(count)) && r->write_count == 0 : random_below(2) == 0)
            r->writes[r->write_count++].version = versions[i];
    }
    if (r->write_count == 0)
        return;
    chosen = random_below(r->write_count); /* the shown one, or one that keeps the group's values */
    for (unsigned i = 0; i < r->write_count; i++) {
        r->writes[i].in_table = in_table && i == chosen;
        if (in_table ? i == chosen || random_below(2) : i != chosen && random_below(2))
            continue;
        r->writes[i].values = jemput_arena_array(arena, column_count, sizeof *r->writes[i].values);
        for (uint16_t k = 0; k < column_count; k++)
            r->writes[i].values[k] = random_value();
    }
}

static void random_row(struct jemput_row *row, struct shape *s, struct jemput_arena *arena)
{
    uint64_t versions[VERSIONS_MAX];
    unsigned count = random_versions(versions);
    uint16_t counts[GROUPS_MAX];
    bool in_table = random_below(2);

    for (unsigned g = 0; g < GROUPS_MAX; g++)
        counts[g] = (uint16_t)(1 + random_below(3));
    shape_init(s, (uint16_t)(1 + random_below(GROUPS_MAX)), counts);
    *row = (struct jemput_row){ .group_count = s->table.group_count };
    row->registers = jemput_arena_array(arena, row->group_count, sizeof *row->registers);
    row->deletes = jemput_arena_array(arena, count, sizeof *row->deletes);
    if (random_below(8))
        row->created = versions[random_below(4) ? 0 : random_below(count)];
    for (unsigned i = 0; i < count; i++) {
        if (random_below(8) == 0)
            row->deletes[row->delete_count++] = versions[i];
    }
    for (uint32_t g = 0; g < row->group_count; g++)
        random_register(&row->registers[g], versions, count, counts[g], in_table, arena);
}

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

        jemput_arena_clear(&arena);
        random_row(&row, &s, &arena);
        row_encode(&out, &row, &s.table);
        if (out.len == 0)
            assert_int_equal(jemput_row_uniform(&back, &s.table, row.created, &arena, &err), JEMPUT_OK);
        else
            assert_true(row_reads(&back, jemput_buf_bytes(&out), &s.table, &arena));
        assert_rows_equal(&row, &back, &s.table);
        row_encode(&again, &back, &s.table);
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
        row_encode(&again, &row, table);
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

static void damaged_states_are_refused_or_another_state_in_its_one_form(void **state)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
    struct jemput_arena arena = { 0 };
    struct jemput_row row;
    struct shape s;

    (void)state;
    shape_init(&s, 3, vector_columns);
    for (unsigned i = 0; i < GOLDENS; i++) {
        row_encode(&out, &goldens[i].row, &s.table);
        damage_everywhere(jemput_buf_bytes(&out), &s.table);
    }
    random_state = 7;
    for (unsigned n = 0; n < 100; n++) {
        jemput_arena_clear(&arena);
        random_row(&row, &s, &arena);
        row_encode(&out, &row, &s.table);
        damage_everywhere(jemput_buf_bytes(&out), &s.table);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
}

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
    row_encode(&out, &row, &s.table);
    assert_int_equal(out.len, 0);
    row.registers[5].writes[0].version = 20900 * 4096 + 3; /* one column updated 900 segments later */
    row_encode(&out, &row, &s.table);
    assert_int_equal(out.len, 12);
    for (unsigned g = 0; g < GROUPS_MAX; g++)
        row.registers[g].writes[0].version = 20900 * 4096 + 3;
    row_encode(&out, &row, &s.table);
    assert_int_equal(out.len, 11);
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
    row_encode(&out, &row, &small.table);
    assert_true(row_reads(&back, jemput_buf_bytes(&out), &large.table, &arena));
    assert_int_equal(back.group_count, 3);
    assert_int_equal(back.registers[0].writes[0].values[0].integer, 5);
    assert_int_equal(back.registers[0].writes[0].values[1].type, JEMPUT_NULL);
    assert_int_equal(back.registers[2].write_count, 0);
    row_encode(&again, &back, &large.table);
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
    row_encode(&out, &row, &link.table);
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
        row_encode(&out, &row, &s.table);
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

static void reading_without_memory_leaves_the_output_alone(void **state)
{
    struct fault_alloc mem;
    struct shape s;

    (void)state;
    shape_init(&s, 3, vector_columns);
    for (unsigned i = 0; i < GOLDENS; i++) {
        struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES);
        size_t room = 0;
        bool through = false;

        fault_alloc_install(&mem);
        row_encode(&out, &goldens[i].row, &s.table);
        for (; !through; room += 16) { /* the arena's first block has `room` bytes left, and there is no second one */
            struct jemput_arena arena = { 0 };
            struct jemput_row row = { .created = 77 };
            struct jemput_error err;
            enum jemput_status st;

            do {
                assert_non_null(jemput_arena_alloc(&arena, 1));
            } while (arena.total_bytes - arena.used_bytes > room);
            fault_alloc_arm(&mem, 0, true);
            st = jemput_row_read(&row, jemput_buf_bytes(&out), &s.table, &arena, &err);
            fault_alloc_disarm(&mem);
            through = mem.failures == 0;
            assert_int_equal(st, through ? JEMPUT_OK : JEMPUT_NOMEM);
            assert_true(through || row.created == 77);
            jemput_arena_release(&arena);
        }
        jemput_buf_release(&out);
        assert_int_equal(mem.live_blocks, 0);
        fault_alloc_uninstall(&mem);
        assert_true(room > 64);
    }
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
        cmocka_unit_test(writing_without_memory_is_noted_in_the_buffer),
        cmocka_unit_test(reading_without_memory_leaves_the_output_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
