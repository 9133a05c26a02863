/* store/capture/touch.c — the keys that a transaction has touched, and what their rows held before. */
#include "store/capture/capture.h"

#include <string.h>

#define TOUCHES_KEPT_MAX 1024 /* room above it is given back at the end of a transaction */

static uint32_t key_hash(uint32_t table, struct jemput_bytes key)
{
    uint64_t h = (table + 1) * UINT64_C(0x9e3779b97f4a7c15);

    for (; key.len >= 8; key.data += 8, key.len -= 8) {
        uint64_t part;

        memcpy(&part, key.data, 8);
        h = (h ^ part) * UINT64_C(0xff51afd7ed558ccd);
        h ^= h >> 32;
    }
    for (; key.len; key.data++, key.len--)
        h = (h ^ *key.data) * UINT64_C(0x100000001b3);
    h *= UINT64_C(0xc4ceb9fe1a85ec53);
    return (uint32_t)(h >> 32);
}

/* The slot of a key, or the free one where it belongs. */
static uint32_t *touch_slot(const struct jemput_capture *c, uint32_t table, uint32_t hash, struct jemput_bytes key)
{
    uint32_t i = hash & (c->slot_count - 1);

    for (; c->slots[i]; i = (i + 1) & (c->slot_count - 1)) {
        const struct jemput_touch *t = &c->touches[c->slots[i] - 1];

        if (t->hash == hash && t->table == table && jemput_bytes_equal(t->key, key))
            break;
    }
    return &c->slots[i];
}

/* Twice as many slots as touches at least, so that a probe ends soon. */
static enum jemput_status touches_grow(struct jemput_capture *c, struct jemput_error *err)
{
    uint32_t room = c->touch_room ? c->touch_room * 2 : 64;
    struct jemput_touch *touches = jemput_realloc(c->touches, (size_t)room * sizeof *touches);
    uint32_t *slots;

    if (touches)
        c->touches = touches;
    slots = touches ? jemput_alloc_zero((size_t)room * 2, sizeof *slots) : NULL;
    if (!slots)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u changed rows", (unsigned)room);
    jemput_free(c->slots);
    c->slots = slots;
    c->slot_count = room * 2;
    c->touch_room = room;
    for (uint32_t i = 0; i < c->touch_count; i++)
        *touch_slot(c, c->touches[i].table, c->touches[i].hash, c->touches[i].key) = i + 1;
    return JEMPUT_OK;
}

void jemput_capture_bind_key(sqlite3_stmt *stmt, const struct jemput_capture_table *t, const struct jemput_value *values)
{
    for (uint8_t i = 0; i < t->shape.key_count; i++)
        jemput_value_bind(stmt, i + 1, &values[i]);
}

enum jemput_status jemput_capture_key_check(const struct jemput_capture_table *t, const struct jemput_value *key, struct jemput_error *err)
{
    for (uint8_t i = 0; i < t->shape.key_count; i++) {
        const struct jemput_column *column = &t->shape.columns[t->shape.key_columns[i]];

        if (key[i].type == JEMPUT_REAL && column->affinity == JEMPUT_AFFINITY_NONE && jemput_key_is_integer(key[i].real))
            return jemput_fail(err, JEMPUT_DENIED, "table '%s': the key's column '%s' cannot hold %.1f: write the INTEGER %.0f", t->shape.name,
                               column->name, key[i].real, key[i].real + 0.0);
    }
    return JEMPUT_OK;
}

/* A number has none: what stands beside it in memory is nothing. */
static size_t value_len(const struct jemput_value *v)
{
    return v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB ? v->bytes.len : 0;
}

/* Copy what borrowed values point to into the transaction's arena, in one piece. */
static bool values_keep(struct jemput_capture *c, struct jemput_value *values, uint16_t count)
{
    size_t size = 0;
    uint8_t *bytes;

    for (uint16_t i = 0; i < count; i++)
        size += value_len(&values[i]);
    bytes = jemput_arena_alloc(&c->arena, size);
    for (uint16_t i = 0; bytes && i < count; i++) {
        size_t len = value_len(&values[i]);

        if (!len)
            continue;
        memcpy(bytes, values[i].bytes.data, len);
        values[i].bytes.data = bytes;
        bytes += len;
    }
    return bytes != NULL;
}

struct jemput_value *jemput_capture_row(struct jemput_capture *c, const struct jemput_capture_table *t, sqlite3_stmt *stmt)
{
    struct jemput_value *values = jemput_arena_array(&c->arena, t->carried_count, sizeof *values);

    for (uint16_t i = 0; values && i < t->carried_count; i++)
        jemput_value_from_column(&values[i], stmt, i);
    return values && values_keep(c, values, t->carried_count) ? values : NULL;
}

static enum jemput_status before_read(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_value *key,
                                      struct jemput_touch *touch, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;
    int rc;

    jemput_capture_bind_key(t->read, t, key);
    rc = sqlite3_step(t->read);
    if (rc == SQLITE_ROW) {
        touch->present = true;
        touch->value_count = t->carried_count;
        touch->before = jemput_capture_row(c, t, t->read);
        if (!touch->before)
            st = jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
    } else if (rc != SQLITE_DONE) {
        st = jemput_sqlite_fail(c->db, rc, err, "read a row about to be changed");
    }
    sqlite3_reset(t->read);
    return st;
}

/* The touch of a key, or the free slot where it belongs. c->key holds the key. */
static enum jemput_status touch_find(struct jemput_capture *c, const struct jemput_capture_table *t, const struct jemput_value *key, uint32_t **slot,
                                     uint32_t *hash, struct jemput_error *err)
{
    enum jemput_status st;

    jemput_buf_clear(&c->key);
    st = jemput_key_write(&c->key, key, t->shape.key_count, err);
    if (!st && c->touch_count == c->touch_room)
        st = touches_grow(c, err);
    if (st)
        return st;
    *hash = key_hash(t->shape.id, jemput_buf_bytes(&c->key));
    *slot = touch_slot(c, t->shape.id, *hash, jemput_buf_bytes(&c->key));
    return JEMPUT_OK;
}

enum jemput_status jemput_capture_touch(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_value *key,
                                        enum jemput_capture_op op, struct jemput_error *err)
{
    struct jemput_touch touch = { .table = t->shape.id, .inserting = op == CAPTURE_INSERT };
    uint32_t *slot;
    enum jemput_status st = touch_find(c, t, key, &slot, &touch.hash, err);

    if (st)
        return st;
    if (*slot) {
        c->touches[*slot - 1].inserting = touch.inserting;
        c->touches[*slot - 1].after = NULL;
        return JEMPUT_OK;
    }
    touch.key = jemput_arena_copy(&c->arena, jemput_buf_bytes(&c->key));
    if (!touch.key.data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for a key");
    if (op != CAPTURE_INSERTED)
        st = before_read(c, t, key, &touch, err);
    if (st)
        return st;
    c->touches[c->touch_count++] = touch;
    *slot = c->touch_count;
    return JEMPUT_OK;
}

/* Triggers of the app may have run between this and its BEFORE INSERT, and changed the row: then `inserting` is gone. */
enum jemput_status jemput_capture_inserted(struct jemput_capture *c, struct jemput_capture_table *t, const struct jemput_value *key,
                                           sqlite3_value **argv, struct jemput_error *err)
{
    struct jemput_touch *touch;
    uint32_t *slot, hash;
    bool read = true;
    enum jemput_status st = touch_find(c, t, key, &slot, &hash, err);

    if (st)
        return st;
    if (!*slot)
        return jemput_fail(err, JEMPUT_DENIED, "table '%s': the primary key was not given: give it", t->shape.name);
    touch = &c->touches[*slot - 1];
    touch->after = NULL;
    if (!touch->inserting || c->nested)
        return JEMPUT_OK;
    touch->inserting = false;
    touch->undo = c->undo_count;
    touch->after = jemput_arena_array(&c->arena, t->carried_count, sizeof *touch->after);
    for (uint16_t i = 0; touch->after && i < t->carried_count; i++)
        read = jemput_value_from_sql(&touch->after[i], argv[i]) && read;
    if (touch->after && read && values_keep(c, touch->after, t->carried_count))
        return JEMPUT_OK;
    touch->after = NULL;
    return jemput_fail(err, JEMPUT_NOMEM, "no memory for a row");
}

void jemput_touches_clear(struct jemput_capture *c)
{
    for (uint32_t i = 0; i < c->table_count; i++)
        if (c->tables[i])
            c->tables[i]->null_key = c->tables[i]->new_here = false;
    if (c->touch_room > TOUCHES_KEPT_MAX) {
        jemput_free(c->touches);
        jemput_free(c->slots);
        c->touches = NULL;
        c->slots = NULL;
        c->touch_room = c->slot_count = 0;
        jemput_buf_release(&c->record);
    } else if (c->touch_count) {
        memset(c->slots, 0, c->slot_count * sizeof *c->slots);
    }
    c->touch_count = 0;
    jemput_arena_clear(&c->arena);
}
