/* api/act/telling.c — telling what a merge of rows does: see telling.h. */
#include "api/act/telling.h"

#include "api/look/look.h"
#include "store/file/look.h"

void telling_release(struct telling *t)
{
    jemput_buf_release(&t->held);
    jemput_arena_release(&t->arena);
}

static enum jemput_status tell_of(struct telling *t, struct jemput_move *move, const struct jemput_table *table, struct jemput_bytes key,
                                  struct jemput_error *err)
{
    enum jemput_status st = look_key(table, key, &move->key, &t->arena, err);

    if (st)
        return st;
    move->table = table->name;
    move->key_count = table->key_count;
    return t->each(t->ctx, move) ? jemput_fail(err, JEMPUT_CANCELLED, "stopped") : JEMPUT_OK;
}

static enum jemput_status tell(struct telling *t, struct jemput_move *move, const struct edit *row, struct jemput_error *err)
{
    return tell_of(t, move, row->table, row->key, err);
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

/* --- rows that come to be held --- */

struct held_telling {
    struct telling *telling;
    struct jemput *j;
};

static enum jemput_status against_name(struct held_telling *h, const struct jemput_row_held *held, struct jemput_move *move, struct jemput_error *err)
{
    struct jemput_against against;
    struct jemput_arena *arena = &h->telling->arena;
    const struct jemput_table *table;
    enum jemput_status st = jemput_store_against(h->j->store, held->table, held->key, held->reason, &against, arena, err);

    if (st || !against.table)
        return st;
    move->against_table = against.table;
    table = against.key.len ? jemput_store_table_named(h->j->store, against.table) : NULL;
    if (table) {
        st = look_key(table, against.key, &move->against, arena, err);
        move->against_count = table->key_count;
    }
    return st;
}

static enum jemput_status held_tell(void *ctx, const struct jemput_row_held *held, struct jemput_error *err)
{
    struct held_telling *h = ctx;
    const struct jemput_value reason = { .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(held->reason) };
    struct jemput_datum is;
    struct jemput_move move = { .kind = JEMPUT_MOVE_HELD, .value = &is };
    enum jemput_status st;

    jemput_arena_clear(&h->telling->arena);
    look_datum(&is, &reason);
    st = against_name(h, held, &move, err);
    return st ? st : tell_of(h->telling, &move, held->table, held->key, err);
}

enum jemput_status telling_begin(struct telling *t, struct jemput *j, struct jemput_error *err)
{
    return t->each ? jemput_store_held_note(j->store, &t->held, err) : JEMPUT_OK;
}

enum jemput_status telling_held(struct telling *t, struct jemput *j, struct jemput_error *err)
{
    struct held_telling h = { t, j };

    return t->each ? jemput_store_held_since(j->store, jemput_buf_bytes(&t->held), held_tell, &h, err) : JEMPUT_OK;
}
