/* fuzz_row.c — reading a row's merge state, as that of a table without rules and as that of one with them: anything that is read is written again as
 * the same bytes, and its values can be looked at. */
#include "merge/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GROUPS = 3, STATE_BYTES_MAX = 1 << 20 };

/* The tables of schema/formats/vectors/row-state-states.txt and row-state-rules.txt. */
static uint16_t numbers[] = { 1, 2, 3, 4, 5 };
static struct jemput_group groups_of_states[GROUPS] = { { 2, numbers }, { 2, numbers + 2 }, { 1, numbers + 4 } };
static struct jemput_group groups_of_rules[GROUPS] = { { 2, numbers }, { 1, numbers + 2 }, { 1, numbers + 3 } };
static struct jemput_column columns[] = { { .key_place = 1 }, { .group = 0 }, { .group = 0 }, { .group = 1, .rule = JEMPUT_RULE_SUM },
                                          { .group = 2, .rule = JEMPUT_RULE_ONCE } };
static const struct jemput_table states = { .id = 1, .name = "orang", .column_count = 6, .group_count = GROUPS, .groups = groups_of_states };
static const struct jemput_table rules = { .id = 1, .name = "orang", .column_count = 5, .columns = columns, .group_count = GROUPS,
                                           .groups = groups_of_rules, .merges_values = true };

/* What is in the table is what is shown. Returns a sum over all values, so that they are looked at. */
static uint64_t row_view(struct jemput_view *view, const struct jemput_row *row, const struct jemput_table *table)
{
    uint64_t sum = 0;

    for (uint32_t g = 0; g < GROUPS; g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            const struct jemput_write *write = &row->registers[g].writes[i];

            if (write->in_table)
                view->shown[g] = write;
            for (uint16_t k = 0; write->values && k < table->groups[g].column_count; k++)
                sum += write->values[k].type;
            for (uint32_t k = 0; k < write->spare_count; k++)
                sum += write->spares[k].stamp;
        }
    }
    for (uint32_t i = 0; row->successors && i < row->delete_count; i++)
        sum += row->successors[i].len ? row->successors[i].data[row->successors[i].len - 1] : 0;
    return sum;
}

static void state_round_trip(struct jemput_bytes in, const struct jemput_table *table)
{
    static volatile uint64_t looked_at;
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES_MAX);
    struct jemput_arena arena = { 0 };
    const struct jemput_write *shown[GROUPS] = { 0 };
    struct jemput_view view = { .shown = shown };
    struct jemput_error err;
    struct jemput_row row;
    enum jemput_status st = jemput_row_read(&row, in, table, &arena, &err);

    if (!st) {
        looked_at = row_view(&view, &row, table);
        (void)looked_at;
        jemput_row_write(&out, &row, table, &view, in.data[0] & 1);
        JEMPUT_ASSERT(out.failed || jemput_bytes_equal(in, jemput_buf_bytes(&out)));
    } else {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    state_round_trip(jemput_bytes_of(data, size), &states);
    state_round_trip(jemput_bytes_of(data, size), &rules);
    return 0;
}
