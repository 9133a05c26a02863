/* checkpoint/unpack.c — payloads into items of rows. See pack.h. */
#include "checkpoint/pack.h"

#include "base/limits.h"
#include "change/key.h"
#include "store/dump/dump.h"

static enum jemput_status damaged(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "rows of the checkpoint are damaged");
}

void jemput_unpacker_init(struct jemput_unpacker *u, jemput_chunk_fn each, void *ctx)
{
    *u = (struct jemput_unpacker){ .each = each, .ctx = ctx, .item = JEMPUT_BUF_INIT(2 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
}

void jemput_unpacker_release(struct jemput_unpacker *u)
{
    jemput_pack_tables_release(&u->tables);
    jemput_arena_release(&u->arena);
    jemput_buf_release(&u->item);
}

struct states { /* those of rows that are no plain ones, behind the payload */
    struct jemput_reader rest;
    bool any;      /* one is at hand */
    uint32_t wait; /* so many rows come before its own */
    uint64_t state;
    struct jemput_bytes detail;
};

static void states_next(struct states *s)
{
    uint64_t wait;

    s->any = s->rest.rest.len > 0;
    if (!s->any)
        return;
    wait = jemput_read_varint(&s->rest);
    s->state = jemput_read_varint(&s->rest);
    s->detail = jemput_read_sized(&s->rest);
    if (wait > UINT32_MAX)
        s->rest.overrun = true;
    s->wait = (uint32_t)wait;
}

/* What a packed row is: an insert with a value for each column, in their order. */
static bool change_is_row(const struct jemput_unpacker *u, const struct jemput_change *c)
{
    const struct jemput_pack_table *table = jemput_pack_table_of(&u->tables, c->table);

    if (!table || c->op != JEMPUT_OP_INSERT || c->cell_count != table->columns - table->keys || jemput_key_count(c->key) != table->keys)
        return false;
    for (uint16_t i = 0; i < c->cell_count; i++)
        if (c->cells[i].column != table->keys + i || c->cells[i].is_delta || c->cells[i].has_before)
            return false;
    return true;
}

static enum jemput_status row_give(struct jemput_unpacker *u, uint64_t txn, const struct jemput_change *c, struct states *s, struct jemput_error *err)
{
    struct jemput_buf *item = &u->item;
    bool has_state = s->any && s->wait == 0;
    enum jemput_status st;

    if (!change_is_row(u, c))
        return damaged(err);
    jemput_buf_clear(item);
    jemput_buf_u8(item, has_state ? JEMPUT_DUMP_ENTRY : JEMPUT_DUMP_PLAIN);
    jemput_buf_varint(item, c->table);
    if (has_state) {
        jemput_buf_sized(item, c->key);
        jemput_buf_varint(item, s->state);
    }
    jemput_buf_varint(item, txn);
    if (has_state) {
        jemput_buf_sized(item, s->detail);
        jemput_buf_u8(item, 1);
        states_next(s);
    }
    jemput_buf_append_bytes(item, c->key); /* a key is its values */
    for (uint16_t i = 0; i < c->cell_count; i++)
        jemput_value_write(item, &c->cells[i].value);
    if (s->any)
        s->wait--; /* of the next one it is at least 1 */
    st = jemput_buf_check(item, "row", err);
    return st ? st : u->each(u->ctx, jemput_buf_bytes(item), err);
}

static enum jemput_status rows_unpack(struct jemput_unpacker *u, struct jemput_bytes item, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = item };
    struct states states = { .any = false };
    struct jemput_txn *txns;
    uint32_t count = 0;
    enum jemput_status st;

    (void)jemput_read_u8(&r);
    jemput_arena_clear(&u->arena);
    st = jemput_payload_read(&txns, &count, jemput_read_sized(&r), &u->arena, err);
    states.rest = r;
    states_next(&states);
    for (uint32_t i = 0; !st && i < count; i++) {
        if (txns[i].boot_id || txns[i].note.len)
            return damaged(err);
        for (uint32_t k = 0; !st && k < txns[i].change_count; k++)
            st = row_give(u, txns[i].stamp, &txns[i].changes[k], &states, err);
    }
    return st || (!states.any && !states.rest.overrun) ? st : damaged(err);
}

enum jemput_status jemput_unpacker_item(struct jemput_unpacker *u, struct jemput_bytes item, struct jemput_error *err)
{
    uint8_t kind = item.len ? item.data[0] : JEMPUT_DUMP_END;
    enum jemput_status st = kind == JEMPUT_DUMP_TABLE ? jemput_pack_table_add(&u->tables, item, err) : JEMPUT_OK;

    if (st)
        return st;
    return kind == JEMPUT_DUMP_ROWS ? rows_unpack(u, item, err) : u->each(u->ctx, item, err);
}
