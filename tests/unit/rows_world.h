/* unit/rows_world.h — rows as a dump would tell of them, made without a store, packed and unpacked: for the tests of checkpoint/pack.c and unpack.c. */
#ifndef TESTS_UNIT_ROWS_WORLD_H
#define TESTS_UNIT_ROWS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/limits.h"
#include "change/key.h"
#include "checkpoint/pack.h"
#include "store/dump/dump.h"
#include "support/fault_alloc.h"

#define ITEMS_BYTES_MAX ((size_t)1 << 26)

struct items { /* each sized */
    struct jemput_buf bytes;
    unsigned count;
};

static inline struct items items_none(void)
{
    return (struct items){ .bytes = JEMPUT_BUF_INIT(ITEMS_BYTES_MAX) };
}

static inline enum jemput_status items_add(void *ctx, struct jemput_bytes item, struct jemput_error *err)
{
    struct items *items = ctx;

    jemput_buf_sized(&items->bytes, item);
    items->count++;
    return jemput_buf_check(&items->bytes, "items", err);
}

static inline void items_release(struct items *items)
{
    jemput_buf_release(&items->bytes);
}

/* The item of this place; none: empty. */
static inline struct jemput_bytes items_at(const struct items *items, unsigned place)
{
    struct jemput_reader r = { .rest = jemput_buf_bytes(&items->bytes) };

    for (; place && r.rest.len; place--)
        (void)jemput_read_sized(&r);
    return r.rest.len ? jemput_read_sized(&r) : (struct jemput_bytes){ 0 };
}

static inline unsigned items_of_kind(const struct items *items, uint8_t kind)
{
    struct jemput_reader r = { .rest = jemput_buf_bytes(&items->bytes) };
    unsigned found = 0;

    while (r.rest.len)
        found += jemput_read_sized(&r).data[0] == kind;
    return found;
}

static inline enum jemput_status pack_try(struct items *out, const struct items *in, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = jemput_buf_bytes(&in->bytes) };
    struct jemput_packer p;
    enum jemput_status st = JEMPUT_OK;

    *out = items_none();
    jemput_packer_init(&p, items_add, out);
    while (!st && r.rest.len)
        st = jemput_packer_item(&p, jemput_read_sized(&r), err);
    jemput_packer_release(&p);
    return st;
}

static inline enum jemput_status unpack_try(struct items *out, const struct items *in, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = jemput_buf_bytes(&in->bytes) };
    struct jemput_unpacker u;
    enum jemput_status st = JEMPUT_OK;

    *out = items_none();
    jemput_unpacker_init(&u, items_add, out);
    while (!st && r.rest.len)
        st = jemput_unpacker_item(&u, jemput_read_sized(&r), err);
    jemput_unpacker_release(&u);
    return st;
}

static inline struct items packed(const struct items *in)
{
    struct jemput_error err;
    struct items out;

    if (pack_try(&out, in, &err))
        fail_msg("pack: %s", err.text);
    return out;
}

/* Packing them loses nothing. */
static inline struct items assert_come_back(const struct items *in)
{
    struct items made = packed(in), back;
    struct jemput_error err;

    if (unpack_try(&back, &made, &err))
        fail_msg("unpack: %s", err.text);
    assert_true(jemput_bytes_equal(jemput_buf_bytes(&back.bytes), jemput_buf_bytes(&in->bytes)));
    items_release(&back);
    return made;
}

/* --- items --- */

static inline void item_end(struct items *items, struct jemput_buf *item)
{
    struct jemput_error err;

    assert_int_equal(items_add(items, jemput_buf_bytes(item), &err), JEMPUT_OK);
    jemput_buf_release(item);
}

static inline void table_add(struct items *items, uint32_t number, unsigned keys, unsigned columns)
{
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 16);

    jemput_buf_u8(&item, JEMPUT_DUMP_TABLE);
    jemput_buf_varint(&item, number);
    jemput_buf_sized(&item, jemput_bytes_str("orang"));
    jemput_buf_varint(&item, keys);
    jemput_buf_varint(&item, columns);
    for (unsigned i = 0; i < columns; i++)
        jemput_buf_sized(&item, jemput_bytes_str("kolom"));
    item_end(items, &item);
}

static inline void end_add(struct items *items)
{
    struct jemput_buf item = JEMPUT_BUF_INIT(16);

    jemput_buf_u8(&item, JEMPUT_DUMP_END);
    item_end(items, &item);
}

static inline void runs_add(struct items *items, uint64_t segment, const struct jemput_id_run *runs, uint32_t count)
{
    const struct jemput_id_runs all = { count, (struct jemput_id_run *)(uintptr_t)runs };
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 20);

    jemput_buf_u8(&item, JEMPUT_DUMP_RUNS);
    jemput_buf_varint(&item, segment);
    jemput_pack_runs_write(&item, &all);
    item_end(items, &item);
}

static inline struct jemput_value text(const char *of)
{
    return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(of) };
}

static inline struct jemput_value integer(int64_t of)
{
    return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = of };
}

static inline void plain_add(struct items *items, uint32_t table, uint64_t txn, const struct jemput_value *values, unsigned count)
{
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 22);

    jemput_buf_u8(&item, JEMPUT_DUMP_PLAIN);
    jemput_buf_varint(&item, table);
    jemput_buf_varint(&item, txn);
    for (unsigned i = 0; i < count; i++)
        jemput_value_write(&item, &values[i]);
    item_end(items, &item);
}

static inline void entry_add(struct items *items, uint32_t table, uint64_t txn, const struct jemput_value *key, uint64_t state, const char *detail,
                             const struct jemput_value *values, unsigned count)
{
    struct jemput_buf item = JEMPUT_BUF_INIT(1 << 22), bytes = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_error err;

    assert_int_equal(jemput_key_write(&bytes, key, 1, &err), JEMPUT_OK);
    jemput_buf_u8(&item, JEMPUT_DUMP_ENTRY);
    jemput_buf_varint(&item, table);
    jemput_buf_sized(&item, jemput_buf_bytes(&bytes));
    jemput_buf_varint(&item, state);
    jemput_buf_varint(&item, txn);
    jemput_buf_sized(&item, jemput_bytes_str(detail));
    jemput_buf_u8(&item, count > 0);
    for (unsigned i = 0; i < count; i++)
        jemput_value_write(&item, &values[i]);
    jemput_buf_release(&bytes);
    item_end(items, &item);
}

#endif
