/* api/view/cell.c — cells of a view's line: plain values, and what a row or group holds as one value (schema/views.md, "Values"). */
#include "api/view/view.h"

#include <stdio.h>
#include <string.h>

#include "api/view/json.h"

struct jemput_value view_null(void)
{
    return (struct jemput_value){ .type = JEMPUT_NULL };
}

struct jemput_value view_integer(int64_t number)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = number };
}

struct jemput_value view_ms(int64_t ms)
{
    return ms ? view_integer(ms) : view_null();
}

struct jemput_value view_text(const char *text)
{
    return text ? (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(text) } : view_null();
}

enum jemput_status view_taken(struct jemput_value *out, struct jemput_buf *text, struct jemput_arena *arena, struct jemput_error *err)
{
    enum jemput_status st = jemput_buf_check(text, "a value", err);

    *out = (struct jemput_value){ .type = JEMPUT_TEXT };
    if (!st) {
        out->bytes = jemput_arena_copy(arena, jemput_buf_bytes(text));
        if (!out->bytes.data)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a value");
    }
    jemput_buf_release(text);
    return st;
}

enum jemput_status view_add(struct view *v, const struct jemput_value *cells, struct jemput_error *err)
{
    enum jemput_status st = jemput_rows_add(v->rows, cells, err);

    jemput_arena_clear(&v->row);
    return st;
}

static void member_write(struct jemput_buf *out, bool *first, const char *name, const struct jemput_value *value)
{
    struct jemput_value text = view_text(name);

    jemput_buf_u8(out, *first ? '{' : ',');
    *first = false;
    view_json_write(out, &text);
    jemput_buf_u8(out, ':');
    view_json_write(out, value);
}

static enum jemput_status object_taken(struct jemput_value *out, struct jemput_buf *text, bool empty, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    jemput_buf_append_str(text, empty ? "{}" : "}");
    return view_taken(out, text, arena, err);
}

enum jemput_status view_values(struct jemput_value *out, const struct jemput_table *table, const struct jemput_group *group,
                               const struct jemput_value *values, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_LOOK_BYTES_MAX);
    bool first = true;

    *out = view_null();
    if (!group || !values || group->column_count == 0)
        return JEMPUT_OK;
    if (group->column_count == 1)
        return jemput_value_copy(out, values, arena) ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for a value");
    for (uint16_t i = 0; i < group->column_count; i++)
        member_write(&text, &first, table->columns[group->columns[i]].name, &values[i]);
    return object_taken(out, &text, first, arena, err);
}

enum jemput_status view_row(struct jemput_value *out, const struct jemput_table *table, const struct jemput_value *by_column,
                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_LOOK_BYTES_MAX);
    bool first = true;

    for (uint16_t i = 0; i < table->column_count; i++)
        if (!table->columns[i].generated)
            member_write(&text, &first, table->columns[i].name, &by_column[i]);
    return object_taken(out, &text, first, arena, err);
}

enum jemput_status view_group(struct jemput_value *out, const struct jemput_table *table, const struct jemput_group *group,
                              struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COLUMNS_MAX * (JEMPUT_NAME_BYTES_MAX + 1));

    *out = view_null();
    if (!group || group->column_count == 0)
        return JEMPUT_OK;
    for (uint16_t i = 0; i < group->column_count; i++)
        jemput_buf_printf(&text, "%s%s", i ? "," : "", table->columns[group->columns[i]].name);
    return view_taken(out, &text, arena, err);
}
