/* fuzz_row.c — reading a row's merge state: anything that is read is written again as the same bytes. */
#include "merge/row.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { GROUPS = 3, STATE_BYTES_MAX = 1 << 20 };

/* The table of schema/formats/vectors/row-state-states.txt. */
static uint16_t columns[] = { 1, 2, 3, 4, 5 };
static struct jemput_group groups[GROUPS] = { { 2, columns }, { 2, columns + 2 }, { 1, columns + 4 } };
static const struct jemput_table table = { .id = 1, .name = "orang", .column_count = 6, .group_count = GROUPS, .groups = groups };

static bool row_view(struct jemput_view *view, const struct jemput_row *row)
{
    bool in_table = false;

    for (uint32_t g = 0; g < GROUPS; g++) {
        for (uint32_t i = 0; i < row->registers[g].write_count; i++) {
            if (row->registers[g].writes[i].in_table)
                view->shown[g] = &row->registers[g].writes[i];
        }
        in_table = in_table || view->shown[g];
    }
    return in_table;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_buf out = JEMPUT_BUF_INIT(STATE_BYTES_MAX);
    struct jemput_bytes in = jemput_bytes_of(data, size);
    struct jemput_arena arena = { 0 };
    const struct jemput_write *shown[GROUPS] = { 0 };
    struct jemput_view view = { .shown = shown };
    struct jemput_error err;
    struct jemput_row row;
    enum jemput_status st = jemput_row_read(&row, in, &table, &arena, &err);

    if (!st) {
        bool in_table = row_view(&view, &row);

        jemput_row_write(&out, &row, &table, &view, in_table);
        JEMPUT_ASSERT(out.failed || jemput_bytes_equal(in, jemput_buf_bytes(&out)));
    } else {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
    }
    jemput_arena_release(&arena);
    jemput_buf_release(&out);
    return 0;
}
