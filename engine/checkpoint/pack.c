/* checkpoint/pack.c — items of rows into payloads. See pack.h. */
#include "checkpoint/pack.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "change/key.h"
#include "store/dump/dump.h"

#define RUNS_BYTES_MAX ((size_t)JEMPUT_RUN_BOOK_BYTES_MAX)
#define RUNS_NAMED_MAX 1024 /* for one batch */
/* At the end of a segment half is enough: then what changes in one place does not move the ends of all that follow. */
#define ROWS_ENOUGH (JEMPUT_ITEM_ROWS_MAX / 2)
#define TXNS_ENOUGH (JEMPUT_ITEM_TXNS_MAX / 2)

static enum jemput_status damaged(struct jemput_error *err, const char *what)
{
    return jemput_fail(err, JEMPUT_CORRUPT, "%s is damaged", what);
}

static enum jemput_status nomem(struct jemput_error *err)
{
    return jemput_fail(err, JEMPUT_NOMEM, "no memory to pack rows");
}

void jemput_packer_init(struct jemput_packer *p, jemput_chunk_fn each, void *ctx)
{
    *p = (struct jemput_packer){ .each = each, .ctx = ctx, .runs = JEMPUT_BUF_INIT(RUNS_BYTES_MAX), .run_ends = JEMPUT_BUF_INIT(RUNS_BYTES_MAX),
        .named = JEMPUT_BUF_INIT(RUNS_BYTES_MAX), .payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX),
        .item = JEMPUT_BUF_INIT(2 * (size_t)JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
}

void jemput_packer_release(struct jemput_packer *p)
{
    jemput_pack_tables_release(&p->tables);
    jemput_buf_release(&p->runs);
    jemput_buf_release(&p->run_ends);
    jemput_buf_release(&p->named);
    jemput_buf_release(&p->payload);
    jemput_buf_release(&p->item);
    jemput_arena_release(&p->arena);
    jemput_free(p->rows);
    jemput_free(p->changes);
    jemput_free(p->txns);
}

/* --- id runs --- */

void jemput_pack_runs_write(struct jemput_buf *out, const struct jemput_id_runs *runs)
{
    for (uint32_t i = 0; i < runs->count; i++) {
        jemput_buf_append(out, runs->of[i].seed, sizeof runs->of[i].seed);
        jemput_buf_varint(out, runs->of[i].first);
        jemput_buf_varint(out, runs->of[i].count);
    }
}

/* Those for which there is no room are not used: runs are a help, without them ids are written whole. */
static enum jemput_status runs_keep(struct jemput_packer *p, struct jemput_bytes item, struct jemput_error *err)
{
    uint64_t end = p->runs.len + item.len;

    jemput_buf_append_bytes(&p->runs, item);
    if (p->runs.failed == JEMPUT_LIMIT)
        return JEMPUT_OK;
    jemput_buf_append(&p->run_ends, &end, sizeof end);
    return p->runs.failed || p->run_ends.failed ? nomem(err) : JEMPUT_OK;
}

static uint64_t run_end(const struct jemput_packer *p, size_t at)
{
    uint64_t end;

    memcpy(&end, p->run_ends.data + at * sizeof end, sizeof end);
    return end;
}

/* The segment of the item of this place; its runs are what is left of `r`. */
static uint64_t runs_open(const struct jemput_packer *p, size_t at, struct jemput_reader *r)
{
    size_t begin = at ? (size_t)run_end(p, at - 1) : 0;

    *r = (struct jemput_reader){ .rest = { p->runs.data + begin, (size_t)run_end(p, at) - begin } };
    (void)jemput_read_u8(r);
    return jemput_read_varint(r);
}

/* Items come in the order of segments. */
static struct jemput_reader runs_find(const struct jemput_packer *p, uint64_t segment)
{
    size_t low = 0, high = p->run_ends.len / sizeof(uint64_t);
    struct jemput_reader r;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        uint64_t found = runs_open(p, middle, &r);

        if (found == segment)
            return r;
        if (found < segment)
            low = middle + 1;
        else
            high = middle;
    }
    return (struct jemput_reader){ 0 };
}

/* `run` becomes both, if they are of one seed and overlap or touch, and are not too many together: then whoever names another's seed with ids without
 * end spoils no run but its own. */
static bool run_takes(struct jemput_id_run *run, const struct jemput_id_run *other)
{
    const struct jemput_id_run *low = run->first <= other->first ? run : other, *high = low == run ? other : run;
    uint64_t first = low->first, low_last = low->first + (low->count - 1), high_last = high->first + (high->count - 1);
    uint64_t last = low_last > high_last ? low_last : high_last;

    if (memcmp(run->seed, other->seed, sizeof run->seed) != 0 || (low_last < high->first && low_last + 1 != high->first) ||
        last - first >= JEMPUT_ID_RUN_JOINED_TARGET)
        return false;
    run->first = first;
    run->count = last - first + 1;
    return true;
}

/* One opening of a store makes many segments out of one run. */
static void run_join(struct jemput_packer *p, const struct jemput_id_run *run)
{
    struct jemput_id_run *of = (struct jemput_id_run *)(void *)p->named.data, joined = *run;
    size_t count = p->named.len / sizeof *of;

    for (size_t i = 0; i < count;) {
        if (!run_takes(&joined, &of[i])) {
            i++;
            continue;
        }
        of[i] = of[--count];
        i = 0; /* it has grown: it may touch one that it did not */
    }
    p->named.len = count * sizeof *of;
    if (count < RUNS_NAMED_MAX)
        jemput_buf_append(&p->named, &joined, sizeof joined);
}

/* What is no run is left out, and what stands behind it: without runs, ids are written whole. */
static enum jemput_status runs_name(struct jemput_packer *p, uint64_t segment, struct jemput_error *err)
{
    struct jemput_reader r = runs_find(p, segment);

    while (r.rest.len) {
        struct jemput_id_run run;

        jemput_read_raw(&r, run.seed, sizeof run.seed);
        run.first = jemput_read_varint(&r);
        run.count = jemput_read_varint(&r);
        if (r.overrun || !run.count || run.first + (run.count - 1) < run.first)
            break;
        run_join(p, &run);
    }
    return jemput_buf_check(&p->named, "id runs", err);
}

/* --- a batch of rows --- */

static enum jemput_status room_make(struct jemput_packer *p, struct jemput_error *err)
{
    if (!p->rows)
        p->rows = jemput_alloc_zero(JEMPUT_ITEM_ROWS_MAX, sizeof *p->rows);
    if (!p->changes)
        p->changes = jemput_alloc_zero(JEMPUT_ITEM_ROWS_MAX, sizeof *p->changes);
    if (!p->txns)
        p->txns = jemput_alloc_zero(JEMPUT_ITEM_TXNS_MAX, sizeof *p->txns);
    return p->rows && p->changes && p->txns ? JEMPUT_OK : nomem(err);
}

static void batch_clear(struct jemput_packer *p)
{
    jemput_arena_clear(&p->arena);
    jemput_buf_clear(&p->named);
    p->count = p->txn_count = 0;
    p->bytes = 0;
}

/* The states of rows that are no plain ones: of each, how many rows it comes after the one before. */
static void states_write(struct jemput_packer *p)
{
    uint32_t before = 0;

    for (uint32_t i = 0; i < p->count; i++) {
        if (!p->rows[i].has_state)
            continue;
        jemput_buf_varint(&p->item, i - before);
        jemput_buf_varint(&p->item, p->rows[i].state);
        jemput_buf_sized(&p->item, p->rows[i].detail);
        before = i;
    }
}

/* The shortest last, for there the writer begins to look: one that says it is endless costs the others nothing. */
static int run_order(const void *a, const void *b)
{
    const struct jemput_id_run *x = a, *y = b;

    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return memcmp(x->seed, y->seed, sizeof x->seed);
}

static enum jemput_status batch_give(struct jemput_packer *p, struct jemput_error *err)
{
    struct jemput_id_run *runs = (struct jemput_id_run *)(void *)p->named.data;
    uint32_t run_count = (uint32_t)(p->named.len / sizeof *runs);
    enum jemput_status st;

    if (!p->count)
        return JEMPUT_OK;
    jemput_buf_clear(&p->payload);
    jemput_buf_clear(&p->item);
    if (run_count)
        qsort(runs, run_count, sizeof *runs, run_order);
    st = jemput_payload_write(&p->payload, p->txns, p->txn_count, runs, run_count, err);
    if (st)
        return st;
    jemput_buf_u8(&p->item, JEMPUT_DUMP_ROWS);
    jemput_buf_sized(&p->item, jemput_buf_bytes(&p->payload));
    states_write(p);
    st = jemput_buf_check(&p->item, "rows", err);
    if (!st)
        st = p->each(p->ctx, jemput_buf_bytes(&p->item), err);
    batch_clear(p);
    return st;
}

struct row { /* of an item, from which it borrows */
    uint64_t txn, table, state;
    struct jemput_bytes key, detail;
    bool has_state;
    bool packs;                 /* it is shown, it was made by an insert, and its key is what its values make it */
    struct jemput_reader cells; /* behind the key's values */
};

/* The key's values; what they take of the item is the key, if it is a canonical one. */
static enum jemput_status key_look(const struct jemput_packer *p, struct row *row, struct jemput_reader r, struct jemput_error *err)
{
    const struct jemput_pack_table *table = jemput_pack_table_of(&p->tables, row->table);
    struct jemput_value values[JEMPUT_KEY_COLUMNS_MAX];
    struct jemput_bytes rest = r.rest, key;
    struct jemput_error ignored;

    for (uint16_t i = 0; table && i < table->keys; i++)
        jemput_value_read(&r, &values[i]);
    if (!table || r.overrun)
        return damaged(err, "a row");
    key = jemput_bytes_of(rest.data, rest.len - r.rest.len);
    row->packs = row->txn && row->txn <= JEMPUT_STAMP_MAX && jemput_key_read(values, table->keys, key, &ignored) == JEMPUT_OK &&
                 (!row->has_state || jemput_bytes_equal(key, row->key));
    row->key = key;
    row->cells = r;
    return JEMPUT_OK;
}

static enum jemput_status row_read(const struct jemput_packer *p, struct row *row, struct jemput_bytes item, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = item };
    bool shown = true;

    *row = (struct row){ .has_state = jemput_read_u8(&r) == JEMPUT_DUMP_ENTRY };
    row->table = jemput_read_varint(&r);
    if (row->has_state) {
        row->key = jemput_read_sized(&r);
        row->state = jemput_read_varint(&r);
    }
    row->txn = jemput_read_varint(&r);
    if (row->has_state) {
        row->detail = jemput_read_sized(&r);
        shown = jemput_read_u8(&r) == 1;
    }
    if (r.overrun)
        return damaged(err, "a row");
    return shown ? key_look(p, row, r, err) : JEMPUT_OK;
}

static uint64_t segment_of(uint64_t txn)
{
    return txn / JEMPUT_SEGMENT_TXNS_MAX;
}

/* Is what is at hand to go before this row comes? */
static bool batch_is_full(const struct jemput_packer *p, const struct row *row, size_t bytes)
{
    const struct jemput_pack_row *last = &p->rows[p->count - 1];
    const struct jemput_change *change = &p->changes[p->count - 1];
    bool behind = row->txn != last->txn       ? row->txn > last->txn
                  : row->table != change->table ? row->table > change->table
                                                : jemput_bytes_compare(row->key, change->key) > 0;

    return !behind || p->count == JEMPUT_ITEM_ROWS_MAX || p->bytes + bytes > JEMPUT_ITEM_BYTES_MAX ||
           (row->txn != last->txn && p->txn_count == JEMPUT_ITEM_TXNS_MAX) ||
           ((p->count >= ROWS_ENOUGH || p->txn_count >= TXNS_ENOUGH) && segment_of(row->txn) != segment_of(last->txn));
}

/* Its change, the next of the batch. */
static enum jemput_status change_make(struct jemput_packer *p, struct row *row, struct jemput_error *err)
{
    const struct jemput_pack_table *table = jemput_pack_table_of(&p->tables, row->table);
    uint16_t count = (uint16_t)(table->columns - table->keys);
    struct jemput_cell *cells = jemput_arena_array(&p->arena, count, sizeof *cells);

    if (!cells)
        return nomem(err);
    for (uint16_t i = 0; i < count; i++) {
        cells[i].column = (uint16_t)(table->keys + i);
        jemput_value_read(&row->cells, &cells[i].value);
    }
    if (row->cells.overrun || row->cells.rest.len)
        return damaged(err, "a row");
    p->changes[p->count] = (struct jemput_change){ .table = (uint32_t)row->table, .op = JEMPUT_OP_INSERT, .key = row->key, .cell_count = count,
                                                   .cells = cells };
    return JEMPUT_OK;
}

static enum jemput_status row_add(struct jemput_packer *p, struct jemput_bytes item, struct jemput_error *err)
{
    uint64_t before = p->count ? p->rows[p->count - 1].txn : 0;
    struct jemput_bytes copy = jemput_arena_copy(&p->arena, item);
    struct row row;
    enum jemput_status st = copy.data ? row_read(p, &row, copy, err) : nomem(err);

    if (!st)
        st = change_make(p, &row, err);
    if (!st && (!p->count || segment_of(row.txn) != segment_of(before)))
        st = runs_name(p, segment_of(row.txn), err);
    if (st)
        return st;
    if (!p->count || row.txn != before)
        p->txns[p->txn_count++] = (struct jemput_txn){ .stamp = row.txn, .monotonic_ms = row.txn >> 16, .changes = &p->changes[p->count] };
    p->txns[p->txn_count - 1].change_count++;
    p->rows[p->count++] = (struct jemput_pack_row){ .txn = row.txn, .state = row.state, .has_state = row.has_state, .detail = row.detail };
    p->bytes += item.len;
    return JEMPUT_OK;
}

/* *packed = false: it is to go on as it is. */
static enum jemput_status row_take(struct jemput_packer *p, struct jemput_bytes item, bool *packed, struct jemput_error *err)
{
    struct row row;
    enum jemput_status st;

    *packed = false;
    if (item.len > JEMPUT_DUMP_ROW_BYTES)
        return JEMPUT_OK;
    st = room_make(p, err);
    if (!st)
        st = row_read(p, &row, item, err);
    if (st || !row.packs)
        return st;
    if (p->count && batch_is_full(p, &row, item.len))
        st = batch_give(p, err);
    if (!st)
        st = row_add(p, item, err);
    *packed = !st;
    return st;
}

enum jemput_status jemput_packer_item(struct jemput_packer *p, struct jemput_bytes item, struct jemput_error *err)
{
    uint8_t kind = item.len ? item.data[0] : JEMPUT_DUMP_END;
    bool packed = false;
    enum jemput_status st = JEMPUT_OK;

    if (kind == JEMPUT_DUMP_PLAIN || kind == JEMPUT_DUMP_ENTRY)
        st = row_take(p, item, &packed, err);
    else if (kind == JEMPUT_DUMP_TABLE)
        st = jemput_pack_table_add(&p->tables, item, err);
    else if (kind == JEMPUT_DUMP_RUNS)
        st = runs_keep(p, item, err);
    if (!st && !packed)
        st = batch_give(p, err);
    return st || packed ? st : p->each(p->ctx, item, err);
}
