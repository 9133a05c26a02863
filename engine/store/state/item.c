/* store/state/item.c — conflicts and held rows as bytes. See state/item.h. */
#include "store/state/item.h"

#include <stdlib.h>

#include "base/limits.h"
#include "store/replace/in_step.h"

enum { SIDE_SHOWN = 1, SIDE_DELETED = 2 };

void jemput_state_item_begin(struct jemput_buf *out, enum jemput_state_item item, uint32_t table, struct jemput_bytes key)
{
    jemput_buf_u8(out, (uint8_t)item);
    jemput_buf_varint(out, table);
    jemput_buf_sized(out, key);
}

static int bytes_order(const void *a, const void *b)
{
    return jemput_bytes_compare(*(const struct jemput_bytes *)a, *(const struct jemput_bytes *)b);
}

/* One side, in the arena; data NULL = no memory. Named by stamp and writer: its version is a local number. */
static struct jemput_bytes side_bytes(const struct jemput_sibling *side, uint16_t values, struct jemput_arena *arena)
{
    struct jemput_buf bytes = JEMPUT_BUF_INIT(JEMPUT_ROW_BYTES_MAX);
    struct jemput_bytes copy = { 0 };

    jemput_buf_u64le(&bytes, side->stamp);
    jemput_buf_append(&bytes, side->writer.id, sizeof side->writer.id);
    jemput_buf_u8(&bytes, (uint8_t)((side->shown ? SIDE_SHOWN : 0) | (side->deleted ? SIDE_DELETED : 0)));
    for (uint16_t i = 0; side->values && i < values; i++)
        jemput_value_write(&bytes, &side->values[i]);
    if (!bytes.failed)
        copy = jemput_arena_copy(arena, jemput_buf_bytes(&bytes));
    jemput_buf_release(&bytes);
    return copy;
}

enum jemput_status jemput_state_conflict(struct jemput_buf *out, const struct jemput_row_conflict *c, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    uint16_t columns = c->group ? c->group->column_count : 0;
    struct jemput_bytes *sides = jemput_arena_array(&arena, c->sibling_count, sizeof *sides);

    for (uint32_t i = 0; sides && i < c->sibling_count; i++) {
        sides[i] = side_bytes(&c->siblings[i], columns, &arena);
        if (!sides[i].data)
            sides = NULL;
    }
    if (!sides) {
        jemput_arena_release(&arena);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a conflict");
    }
    qsort(sides, c->sibling_count, sizeof *sides, bytes_order);
    jemput_state_item_begin(out, JEMPUT_ITEM_CONFLICT, c->table->id, c->key);
    jemput_buf_varint(out, columns);
    for (uint16_t i = 0; i < columns; i++)
        jemput_buf_sized(out, jemput_bytes_str(c->table->columns[c->group->columns[i]].name));
    jemput_buf_varint(out, c->sibling_count);
    for (uint32_t i = 0; i < c->sibling_count; i++)
        jemput_buf_sized(out, sides[i]);
    jemput_arena_release(&arena);
    return jemput_buf_check(out, "conflict", err);
}

enum jemput_status jemput_state_held(struct jemput_buf *out, const struct jemput_row_held *held, struct jemput_error *err)
{
    uint16_t columns[JEMPUT_COLUMNS_MAX], count = jemput_rows_columns(held->table, columns);

    jemput_state_item_begin(out, JEMPUT_ITEM_HELD, held->table->id, held->key);
    jemput_buf_sized(out, jemput_bytes_str(held->reason));
    for (uint16_t i = 0; i < count; i++)
        jemput_value_write(out, &held->values[columns[i]]);
    return jemput_buf_check(out, "held row", err);
}
