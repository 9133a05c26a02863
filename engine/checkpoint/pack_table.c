/* checkpoint/pack_table.c — tables as their items tell of them. See pack_table.h. */
#include "checkpoint/pack_table.h"

#include "base/alloc.h"
#include "base/limits.h"

enum jemput_status jemput_pack_table_add(struct jemput_pack_tables *tables, struct jemput_bytes item, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = item };
    uint64_t number, keys, columns;

    (void)jemput_read_u8(&r);
    number = jemput_read_varint(&r);
    (void)jemput_read_sized(&r);
    keys = jemput_read_varint(&r);
    columns = jemput_read_varint(&r);
    if (r.overrun || number != (uint64_t)tables->count + 1 || keys < 1 || keys > JEMPUT_KEY_COLUMNS_MAX || columns < keys ||
        columns > JEMPUT_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "a table of the checkpoint is damaged");
    if (tables->count == tables->room) {
        uint32_t room = tables->room ? 2 * tables->room : 64;
        struct jemput_pack_table *grown = room < INT32_MAX / 2 ? jemput_realloc(tables->of, room * sizeof *grown) : NULL;

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for tables");
        tables->of = grown;
        tables->room = room;
    }
    tables->of[tables->count++] = (struct jemput_pack_table){ .keys = (uint16_t)keys, .columns = (uint16_t)columns };
    return JEMPUT_OK;
}

const struct jemput_pack_table *jemput_pack_table_of(const struct jemput_pack_tables *tables, uint64_t number)
{
    return number >= 1 && number <= tables->count ? &tables->of[number - 1] : NULL;
}

void jemput_pack_tables_release(struct jemput_pack_tables *tables)
{
    jemput_free(tables->of);
    *tables = (struct jemput_pack_tables){ 0 };
}
