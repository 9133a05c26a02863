/* api/act/telling.c — telling what a merge of rows does: see telling.h. */
#include "api/act/telling.h"

#include "api/look/look.h"

void telling_release(struct telling *t)
{
    jemput_arena_release(&t->arena);
}

static enum jemput_status tell(struct telling *t, struct jemput_move *move, const struct edit *row, struct jemput_error *err)
{
    enum jemput_status st = look_key(row->table, row->key, &move->key, &t->arena, err);

    if (st)
        return st;
    move->table = row->table->name;
    move->key_count = row->table->key_count;
    return t->each(t->ctx, move) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

enum jemput_status telling_cell(struct telling *t, enum jemput_move_kind kind, const struct edit *row, uint16_t column,
                                const struct jemput_value *value, const struct jemput_value *before, struct jemput_error *err)
{
    struct jemput_datum is, was;
    struct jemput_move move = { .kind = kind, .column = row->table->columns[column].name, .value = &is, .before = before ? &was : NULL };

    if (!t->each)
        return JEMPUT_OK;
    jemput_arena_clear(&t->arena);
    look_datum(&is, value);
    if (before)
        look_datum(&was, before);
    return tell(t, &move, row, err);
}

enum jemput_status telling_count(struct telling *t, const struct edit *row, uint16_t column, int64_t delta, struct jemput_error *err)
{
    const struct jemput_value value = { .type = JEMPUT_INTEGER, .integer = delta };

    return telling_cell(t, JEMPUT_MOVE_COUNT, row, column, &value, NULL, err);
}

enum jemput_status telling_row(struct telling *t, const struct edit *row, struct jemput_bytes goes_on, struct jemput_error *err)
{
    struct jemput_move move = { .kind = JEMPUT_MOVE_ROW };
    enum jemput_status st;

    if (!t->each)
        return JEMPUT_OK;
    jemput_arena_clear(&t->arena);
    st = look_key(row->table, goes_on.len ? goes_on : row->key, &move.value, &t->arena, err);
    return st ? st : tell(t, &move, row, err);
}

enum jemput_status telling_references(struct telling *t, const struct edit *row, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint16_t c = 0; !st && c < row->table->column_count; c++)
        if (row->table->columns[c].rule != JEMPUT_RULE_SUM && !jemput_value_equal(&row->values[c], &row->before[c]))
            st = telling_cell(t, JEMPUT_MOVE_REFERENCE, row, c, &row->values[c], &row->before[c], err);
    return st;
}
