/* change/pending.c — pending record: a transaction's row-wise bytes (schema/formats/pending.md).
 *
 * Written at every COMMIT on the officer's path, so it is small (a run of NULL cells is two bytes) and made in one pass. Reading accepts only what
 * writing makes: the record is then a function of the transaction, and the transaction of the record. */
#include "change/change.h"

#include "base/limits.h"
#include "change/key.h"

#define OP_MARKED 0x08 /* spares or a successor follow the cells */

/* A cell's head byte: bits 0-2 type of the value, bit 3 has_before, bit 4 is_delta, bits 5-7 column gap (7 = a varint with gap - 7 follows). */
#define HEAD_TYPE 0x07
#define HEAD_BEFORE 0x08
#define HEAD_DELTA 0x10
#define HEAD_GAP_SHIFT 5
#define HEAD_GAP_FAR 7

#define CHANGE_BYTES_MIN 6 /* table, op, key of 3 bytes, cell count */
#define SPARE_BYTES_MIN (1 + 8 + JEMPUT_WRITER_BYTES)

static bool cell_is_plain_null(const struct jemput_cell *c)
{
    return c->value.type == JEMPUT_NULL && !c->has_before && !c->is_delta;
}

static void cell_write_head(struct jemput_buf *out, const struct jemput_cell *c, unsigned gap)
{
    unsigned near = gap < HEAD_GAP_FAR ? gap : HEAD_GAP_FAR;

    jemput_buf_u8(out,
                  (uint8_t)((unsigned)c->value.type | (c->has_before ? HEAD_BEFORE : 0) | (c->is_delta ? HEAD_DELTA : 0) | near << HEAD_GAP_SHIFT));
    if (near == HEAD_GAP_FAR)
        jemput_buf_varint(out, gap - HEAD_GAP_FAR);
}

/* How many cells from `at` are plain NULLs of adjacent columns. */
static uint16_t null_run(const struct jemput_change *c, uint16_t at)
{
    uint16_t end = at;

    while (end < c->cell_count && cell_is_plain_null(&c->cells[end]) && c->cells[end].column == c->cells[at].column + (end - at))
        end++;
    return (uint16_t)(end - at);
}

static void cells_write(struct jemput_buf *out, const struct jemput_change *c)
{
    uint16_t next_column = 0;

    jemput_buf_varint(out, c->cell_count);
    for (uint16_t i = 0; i < c->cell_count; i++) {
        const struct jemput_cell *cell = &c->cells[i];
        uint16_t run = null_run(c, i);

        JEMPUT_ASSERT(cell->column >= next_column && cell->column < JEMPUT_COLUMNS_MAX);
        cell_write_head(out, cell, (unsigned)(cell->column - next_column));
        if (run) {
            jemput_buf_varint(out, run - 1u);
            i = (uint16_t)(i + run - 1);
        } else {
            jemput_value_write_body(out, &cell->value);
            if (cell->has_before)
                jemput_value_write(out, &cell->before);
        }
        next_column = (uint16_t)(c->cells[i].column + 1);
    }
}

static void spares_write(struct jemput_buf *out, const struct jemput_change *c)
{
    uint16_t column = 0;

    jemput_buf_varint(out, c->spare_count);
    for (uint32_t i = 0; i < c->spare_count; i++) {
        const struct jemput_spare *spare = &c->spares[i];

        jemput_buf_varint(out, (unsigned)(spare->column - column));
        jemput_buf_u64le(out, spare->txn.stamp);
        jemput_buf_append(out, spare->txn.writer.id, sizeof spare->txn.writer.id);
        column = spare->column;
    }
}

static void change_write(struct jemput_buf *out, const struct jemput_change *c)
{
    bool marked = c->spare_count || c->successor.len;

    JEMPUT_ASSERT(jemput_change_is_sound(c));
    jemput_buf_varint(out, c->table);
    jemput_buf_u8(out, (uint8_t)((unsigned)c->op | (marked ? OP_MARKED : 0)));
    jemput_buf_sized(out, c->key);
    cells_write(out, c);
    if (c->spare_count)
        spares_write(out, c);
    if (c->successor.len)
        jemput_buf_sized(out, c->successor);
}

void jemput_txn_write(struct jemput_buf *out, const struct jemput_txn *txn)
{
    jemput_buf_u64le(out, txn->stamp);
    jemput_buf_u64le(out, txn->boot_id);
    jemput_buf_varint(out, txn->monotonic_ms);
    jemput_buf_sized(out, txn->note);
    jemput_buf_varint(out, txn->change_count);
    for (uint32_t i = 0; i < txn->change_count; i++)
        change_write(out, &txn->changes[i]);
}

/* One head and what follows it: a cell, or a run of NULL cells. Returns how many cells it made; 0 = not canonical. */
static uint16_t cell_run_read(struct jemput_reader *r, struct jemput_cell *cells, uint16_t room, unsigned *next_column, bool *after_null)
{
    uint8_t head = jemput_read_u8(r);
    uint64_t gap = head >> HEAD_GAP_SHIFT;
    bool plain_null = (head & (HEAD_TYPE | HEAD_BEFORE | HEAD_DELTA)) == JEMPUT_NULL;
    uint64_t run = 1;

    if (gap == HEAD_GAP_FAR)
        gap += jemput_read_varint(r);
    if (plain_null)
        run += jemput_read_varint(r);
    if (r->overrun || gap >= JEMPUT_COLUMNS_MAX || run == 0 || run > room || *next_column + gap + run > JEMPUT_COLUMNS_MAX)
        return 0;
    if (plain_null && *after_null && gap == 0)
        return 0; /* two runs that are one */
    for (uint64_t i = 0; i < run; i++)
        cells[i].column = (uint16_t)(*next_column + gap + i);
    if (!plain_null) {
        cells->has_before = head & HEAD_BEFORE;
        cells->is_delta = head & HEAD_DELTA;
        jemput_value_read_body(r, head & HEAD_TYPE, &cells->value);
        if (cells->has_before)
            jemput_value_read(r, &cells->before);
    }
    *next_column += (unsigned)(gap + run);
    *after_null = plain_null;
    return r->overrun ? 0 : (uint16_t)run;
}

static enum jemput_status cells_read(struct jemput_change *out, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t count = jemput_read_varint(r);
    unsigned next_column = 0;
    bool after_null = false;

    if (r->overrun || count > JEMPUT_COLUMNS_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "%llu cells", (unsigned long long)count);
    out->cell_count = (uint16_t)count;
    out->cells = jemput_arena_array(arena, count, sizeof *out->cells);
    if (!out->cells)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %llu cells", (unsigned long long)count);
    for (uint16_t done = 0; done < count;) {
        uint16_t made = cell_run_read(r, out->cells + done, (uint16_t)(count - done), &next_column, &after_null);

        if (!made)
            return jemput_fail(err, JEMPUT_CORRUPT, "cell %u is cut or not canonical", done + 1u);
        done = (uint16_t)(done + made);
    }
    return JEMPUT_OK;
}

static enum jemput_status spares_read(struct jemput_change *out, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t count = jemput_read_varint(r), column = 0;

    if (r->overrun || count == 0 || count > r->rest.len / SPARE_BYTES_MIN)
        return jemput_fail(err, JEMPUT_CORRUPT, "%llu spares in %zu bytes", (unsigned long long)count, r->rest.len);
    out->spare_count = (uint32_t)count;
    out->spares = jemput_arena_array(arena, count, sizeof *out->spares);
    if (!out->spares)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %llu spares", (unsigned long long)count);
    for (uint64_t i = 0; i < count; i++) {
        struct jemput_spare *spare = &out->spares[i];
        uint64_t gap = jemput_read_varint(r);

        if (gap >= JEMPUT_COLUMNS_MAX || column + gap >= JEMPUT_COLUMNS_MAX)
            return jemput_fail(err, JEMPUT_CORRUPT, "spare %llu: no such column", (unsigned long long)i + 1);
        column += gap;
        spare->column = (uint16_t)column;
        spare->txn.stamp = jemput_read_u64le(r);
        jemput_read_raw(r, spare->txn.writer.id, sizeof spare->txn.writer.id);
    }
    return r->overrun ? jemput_fail(err, JEMPUT_CORRUPT, "spares are cut") : JEMPUT_OK;
}

static enum jemput_status marks_read(struct jemput_change *out, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    if (out->op == JEMPUT_OP_UPDATE)
        return spares_read(out, r, arena, err);
    out->successor = jemput_read_sized(r);
    if (out->op != JEMPUT_OP_DELETE || out->successor.len == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "a mark that is cut or of no such operation");
    return JEMPUT_OK;
}

static enum jemput_status change_read(struct jemput_change *out, struct jemput_reader *r, struct jemput_arena *arena, struct jemput_error *err)
{
    uint64_t table = jemput_read_varint(r);
    uint8_t head = jemput_read_u8(r);
    unsigned op = head & ~(unsigned)OP_MARKED;
    struct jemput_bytes key = jemput_read_sized(r);
    enum jemput_status st;

    if (r->overrun || table == 0 || table > UINT32_MAX || op < JEMPUT_OP_INSERT || op > JEMPUT_OP_DECIDE)
        return jemput_fail(err, JEMPUT_CORRUPT, "cut, or no such table or operation");
    if (jemput_key_count(key) == 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "key is not canonical");
    *out = (struct jemput_change){ .table = (uint32_t)table, .op = (enum jemput_op)op, .key = key };
    st = cells_read(out, r, arena, err);
    if (!st && head & OP_MARKED)
        st = marks_read(out, r, arena, err);
    if (!st && !jemput_change_is_sound(out))
        st = jemput_fail(err, JEMPUT_CORRUPT, "its operation may not have these cells, spares or successor");
    return st;
}

static bool changes_ascend(const struct jemput_change *a, const struct jemput_change *b)
{
    return a->table != b->table ? a->table < b->table : jemput_bytes_compare(a->key, b->key) < 0;
}

enum jemput_status jemput_txn_read(struct jemput_txn *out, struct jemput_bytes in, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = in };
    struct jemput_txn t = { 0 };
    uint64_t change_count, weight = 0;
    enum jemput_status st;

    t.stamp = jemput_read_u64le(&r);
    t.boot_id = jemput_read_u64le(&r);
    t.monotonic_ms = jemput_read_varint(&r);
    t.note = jemput_read_sized(&r);
    change_count = jemput_read_varint(&r);
    if (r.overrun || t.note.len > JEMPUT_NOTE_BYTES_MAX)
        return jemput_fail(err, JEMPUT_CORRUPT, "pending record: head is cut or its note too long");
    if (change_count > r.rest.len / CHANGE_BYTES_MIN)
        return jemput_fail(err, JEMPUT_CORRUPT, "pending record: %llu changes in %zu bytes", (unsigned long long)change_count, r.rest.len);
    t.change_count = (uint32_t)change_count;
    t.changes = jemput_arena_array(arena, t.change_count, sizeof *t.changes);
    if (!t.changes)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u changes", t.change_count);
    for (uint32_t i = 0; i < t.change_count; i++) {
        st = change_read(&t.changes[i], &r, arena, err);
        if (st)
            return jemput_wrap(err, "pending record: change %u", i + 1);
        if (i && !changes_ascend(&t.changes[i - 1], &t.changes[i]))
            return jemput_fail(err, JEMPUT_CORRUPT, "pending record: change %u is out of order", i + 1);
        weight += jemput_change_weight(&t.changes[i]);
        if (weight > JEMPUT_TXN_WEIGHT_MAX)
            return jemput_fail(err, JEMPUT_CORRUPT, "pending record: it weighs too much");
    }
    if (r.rest.len)
        return jemput_fail(err, JEMPUT_CORRUPT, "pending record: %zu bytes follow", r.rest.len);
    *out = t;
    return JEMPUT_OK;
}
