/* fuzz/fuzz_apply.c — logs of members who write whatever the format allows: two stores merge the same segments in two orders, and must agree.
 *
 * An input is a program for writing segments of up to four logs, so that every byte of it matters. Each segment:
 *     a byte      writer (2 bits), whose newest segments it has merged (4 bits), marked `through` (1 bit)
 *     a byte      changes of its one transaction, less one (3 bits), how far the stamp goes on (4 bits)
 *     each change: a byte with table, operation, key and whether it has a mark; but for a delete a byte that says which columns it carries and one for
 *     each value, out of a small pool; for a mark a byte
 * What comes of it is written and read back as a record, without the changes that change/fits.h keeps out: rows without some of their columns, values
 * of other types, spares and successors that name anything. Whatever the order, the state's stream is the same, or both refuse. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "change/fits.h"
#include "change/key.h"
#include "store/state/walk.h"
#include "support/crash_vfs.h"
#include "support/sim_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WRITERS = 4, SEGMENTS_MAX = 24, CHANGES_MAX = 8, CELLS_MAX = 16, SPARES_MAX = 2, TABLES = 3 };
#define STREAM_BYTES_MAX ((size_t)8 << 20)
#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const char schema[] =
    "CREATE TABLE keluarga(id TEXT PRIMARY KEY NOT NULL, no_kk TEXT UNIQUE, alamat TEXT, jumlah INTEGER NOT NULL DEFAULT 0);"
    "CREATE TABLE orang(kode INTEGER NOT NULL, huruf TEXT NOT NULL, nik TEXT, nama TEXT NOT NULL, umur INTEGER CHECK(umur >= 0),"
    " keluarga TEXT REFERENCES keluarga(id), status TEXT, cetak TEXT, besar TEXT AS (upper(nama)), PRIMARY KEY(kode, huruf)) WITHOUT ROWID;"
    "CREATE UNIQUE INDEX orang_nik ON orang(nik) WHERE umur IS NOT 7;"
    "CREATE TABLE surat(id INTEGER PRIMARY KEY, kode INTEGER, huruf TEXT, isi BLOB, induk INTEGER REFERENCES surat(id), lihat INTEGER,"
    " FOREIGN KEY(kode, huruf) REFERENCES orang(kode, huruf));"
    "SELECT jemput_replicate('keluarga', 'sum=jumlah; before=alamat');"
    "SELECT jemput_replicate('orang', 'identity=nik; rank=status:baru<layak<''7''; once=cetak; parent=keluarga:cascade');"
    "SELECT jemput_replicate('surat', 'key=app; parent=kode,huruf:hold; parent=induk:restore; sum=lihat');";

struct written { /* a segment */
    struct jemput_segment meta;
    struct jemput_context merged;
    struct jemput_head heads[WRITERS];
    struct jemput_txn *txn; /* NULL = none that a payload may hold */
};

struct logs {
    struct written segments[SEGMENTS_MAX];
    unsigned count;
    int newest[WRITERS]; /* -1 = none */
};

static struct jemput_store *stores[2];
static struct jemput_arena arena;
static jemput_stamp *stamps; /* of the segment that is made */

/* --- two stores, for all inputs --- */

static void make_id(uint8_t out[16], const uint8_t seed[32], uint64_t counter)
{
    memcpy(out, seed, 8);
    memcpy(out + 8, &counter, 8);
}

static uint64_t weak_hash(const uint8_t key[16], struct jemput_bytes in) /* as where somebody has found rows whose hashes meet */
{
    return 1 + (key[0] & 1u) + in.len % 2;
}

static void must(enum jemput_status st, const struct jemput_error *err)
{
    if (st)
        fprintf(stderr, "%s\n", err->text);
    JEMPUT_ASSERT(st == JEMPUT_OK);
}

static void store_open(unsigned which)
{
    static struct sim_env sims[2];
    struct jemput_store_hooks hooks = { .make_id = make_id, .short_hash = which ? weak_hash : NULL };
    struct jemput_error err;

    sim_env_init(&sims[which], crash_vfs_new(which ? "other" : "one"), 1);
    must(jemput_store_open(&stores[which], &sims[which].env, "a.db", true, &hooks, &err), &err);
    must(jemput_store_begin(stores[which], 0, &err), &err);
    must(jemput_store_schema_run(stores[which], jemput_bytes_str(schema), 1, &err), &err);
    must(jemput_store_commit(stores[which], &err), &err);
}

/* --- writing changes --- */

static struct jemput_value value_of(uint8_t byte)
{
    static const int64_t integers[] = { 0, 1, 7, -1, INT64_MAX, INT64_MIN, 300, 42 };
    static const double reals[] = { 0.5, -0.0, 7.0, 1e300 };
    static const char *const texts[] = { "", "a", "A", "baru", "layak", "7", "k1", "k2", "1", "9223372036854775808", "x\xff", "7.0" };
    unsigned n = byte & 31u;

    if (n < 8)
        return (struct jemput_value){ .type = JEMPUT_INTEGER, .integer = integers[n] };
    if (n < 20)
        return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_str(texts[n - 8]) };
    if (n < 24)
        return (struct jemput_value){ .type = JEMPUT_REAL, .real = reals[n - 20] };
    if (n < 27)
        return (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = jemput_bytes_of("\0\x01" "7", n - 24) };
    if (n == 27)
        return (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = jemput_bytes_of("a\0b", 3) };
    return (struct jemput_value){ .type = JEMPUT_NULL };
}

static struct jemput_bytes key_of(const struct jemput_table *table, unsigned number)
{
    static const uint8_t first[] = { 14, 15, 0, 20, 1, 2, 21, 9 }, second[] = { 9, 10, 9, 10, 14, 24, 9, 18 };
    struct jemput_value values[2] = { value_of(first[number & 7]), value_of(second[number & 7]) };
    struct jemput_buf key = JEMPUT_BUF_INIT(JEMPUT_KEY_BYTES_MAX);
    struct jemput_bytes kept;
    struct jemput_error err;

    must(jemput_key_write(&key, values, table->key_count, &err), &err);
    kept = jemput_arena_copy(&arena, jemput_buf_bytes(&key));
    jemput_buf_release(&key);
    return kept;
}

static void cells_write(struct jemput_change *c, const struct jemput_table *table, struct jemput_reader *r)
{
    uint8_t carried = jemput_read_u8(r), bit = 0;

    c->cells = jemput_arena_array(&arena, CELLS_MAX, sizeof *c->cells);
    for (uint16_t column = 0; column < table->column_count; column++) {
        uint8_t byte;

        if (table->columns[column].group == JEMPUT_GROUP_NONE || !(carried >> (bit++ & 7) & 1))
            continue;
        byte = jemput_read_u8(r);
        c->cells[c->cell_count] = (struct jemput_cell){ .column = column, .value = value_of(byte) };
        if (byte & 32 && c->cells[c->cell_count].value.type == JEMPUT_INTEGER)
            c->cells[c->cell_count].is_delta = true;
        else if (byte & 64) {
            c->cells[c->cell_count].has_before = true;
            c->cells[c->cell_count].before = value_of(jemput_read_u8(r));
        }
        c->cell_count++;
    }
}

/* Something in the past of all logs, or nowhere. */
static struct jemput_spare spare_of(const struct logs *logs, const struct jemput_change *c, uint8_t byte)
{
    const struct written *of = &logs->segments[byte % SEGMENTS_MAX % (logs->count + 1)];

    return (struct jemput_spare){ .column = c->cells[(byte >> 5) % c->cell_count].column,
                                  .txn = { .stamp = of->meta.stamp, .writer = of->meta.writer } };
}

static struct jemput_change change_write(const struct logs *logs, struct jemput_reader *r)
{
    uint8_t head = jemput_read_u8(r);
    uint32_t id = 1 + (head & 3u) % TABLES;
    const struct jemput_table *table = jemput_store_table(stores[0], id);
    struct jemput_change c = { .table = id, .op = (enum jemput_op)(1 + (head >> 2 & 3)), .key = key_of(table, head >> 4 & 7) };

    if (c.op != JEMPUT_OP_DELETE)
        cells_write(&c, table, r);
    if (head & 128 && c.op == JEMPUT_OP_DELETE)
        c.successor = key_of(table, jemput_read_u8(r));
    if (head & 128 && c.op == JEMPUT_OP_UPDATE && c.cell_count) {
        c.spares = jemput_arena_array(&arena, SPARES_MAX, sizeof *c.spares);
        for (c.spare_count = 0; c.spare_count < SPARES_MAX; c.spare_count++)
            c.spares[c.spare_count] = spare_of(logs, &c, jemput_read_u8(r));
        c.spare_count = jemput_spares_normalise(c.spares, c.spare_count);
    }
    return c;
}

static int change_order(const void *a, const void *b)
{
    const struct jemput_change *x = a, *y = b;

    return x->table != y->table ? (x->table < y->table ? -1 : 1) : jemput_bytes_compare(x->key, y->key);
}

/* Sorted, one a row, sound, and as it reads back. */
static struct jemput_txn *txn_write(const struct logs *logs, struct jemput_reader *r, unsigned count, jemput_stamp stamp)
{
    struct jemput_change changes[CHANGES_MAX];
    struct jemput_txn *txn = jemput_arena_alloc(&arena, sizeof *txn), made = { .stamp = stamp, .changes = changes };
    struct jemput_buf record = JEMPUT_BUF_INIT(JEMPUT_TXN_BYTES_MAX);
    struct jemput_error err;

    for (unsigned i = 0; i < count && !r->overrun; i++) {
        struct jemput_change c = change_write(logs, r);

        if (jemput_change_is_sound(&c) && jemput_change_fits(&c, jemput_store_table(stores[0], c.table)))
            changes[made.change_count++] = c;
    }
    if (made.change_count)
        qsort(changes, made.change_count, sizeof *changes, change_order);
    for (uint32_t i = 1; i < made.change_count;) {
        if (change_order(&changes[i - 1], &changes[i]) != 0)
            i++;
        else
            memmove(&changes[i], &changes[i + 1], (--made.change_count - i) * sizeof *changes);
    }
    jemput_txn_write(&record, &made);
    must(jemput_txn_read(txn, jemput_arena_copy(&arena, jemput_buf_bytes(&record)), &arena, &err), &err);
    jemput_buf_release(&record);
    return txn;
}

/* --- writing logs --- */

static void segment_write(struct logs *logs, struct jemput_reader *r)
{
    struct written *s = &logs->segments[logs->count];
    uint8_t head = jemput_read_u8(r), more = jemput_read_u8(r);
    unsigned writer = head & 3;
    int before = logs->newest[writer];

    s->meta = (struct jemput_segment){ .number = 1, .stamp = 1, .txn_count = 1 };
    memset(s->meta.writer.id, (int)writer + 1, sizeof s->meta.writer.id);
    memset(s->meta.hash.bytes, 0x55, sizeof s->meta.hash.bytes);
    s->meta.hash.bytes[0] = (uint8_t)(logs->count * 37 + 11); /* hashes are in no order that means anything */
    s->meta.hash.bytes[1] = (uint8_t)logs->count;
    if (before >= 0) {
        s->meta.number = logs->segments[before].meta.number + 1;
        s->meta.previous = logs->segments[before].meta.hash;
        s->meta.stamp = logs->segments[before].meta.stamp + 1;
    }
    s->meta.stamp += more >> 3 & 15;
    s->merged = (struct jemput_context){ .heads = s->heads };
    for (unsigned w = 0; w < WRITERS; w++) {
        const struct written *seen = logs->newest[w] >= 0 ? &logs->segments[logs->newest[w]] : NULL;

        if (w != writer && seen && head >> (2 + w) & 1)
            s->heads[s->merged.count++] = (struct jemput_head){ seen->meta.writer, seen->meta.number, seen->meta.hash, head >> 6 & 1 };
    }
    jemput_context_normalise(&s->merged);
    s->txn = txn_write(logs, r, 1 + (more & 7u), s->meta.stamp);
    logs->newest[writer] = (int)logs->count++;
}

static void logs_write(struct logs *logs, struct jemput_bytes program)
{
    struct jemput_reader r = { .rest = program };

    memset(logs, 0, sizeof *logs);
    memset(logs->newest, -1, sizeof logs->newest);
    while (r.rest.len && logs->count < SEGMENTS_MAX)
        segment_write(logs, &r);
}

/* --- merging them --- */

static enum jemput_status segment_add(struct jemput_store *store, const struct written *s, int64_t *id, struct jemput_error *err)
{
    struct jemput_segment segment = s->meta;
    bool forked;
    enum jemput_status st;

    *stamps = s->meta.stamp;
    segment.stamps = stamps;
    segment.merged = &s->merged;
    st = jemput_store_segment_add(store, &segment, &forked, err);
    *id = segment.id;
    JEMPUT_ASSERT(st || !forked);
    return st;
}

/* As they were written, one by one. */
static enum jemput_status merge_as_written(struct jemput_store *store, const struct logs *logs, struct jemput_error *err)
{
    struct jemput_merge_counts counts = { 0 };
    enum jemput_status st = JEMPUT_OK;
    int64_t id;

    for (unsigned i = 0; !st && i < logs->count; i++) {
        must(segment_add(store, &logs->segments[i], &id, err), err);
        st = jemput_store_apply(store, id, logs->segments[i].txn, 1, &counts, err);
    }
    return st;
}

/* Log by log, the last one first, each as a whole. */
static enum jemput_status merge_by_log(struct jemput_store *store, const struct logs *logs, struct jemput_error *err)
{
    struct jemput_apply together[SEGMENTS_MAX];
    struct jemput_merge_counts counts = { 0 };
    enum jemput_status st = JEMPUT_OK;

    for (unsigned writer = WRITERS; !st && writer > 0; writer--) {
        uint32_t n = 0;

        for (unsigned i = 0; i < logs->count; i++) {
            if (logs->segments[i].meta.writer.id[0] != writer)
                continue;
            together[n] = (struct jemput_apply){ .txns = logs->segments[i].txn, .count = 1 };
            must(segment_add(store, &logs->segments[i], &together[n++].segment_id, err), err);
        }
        if (n)
            st = jemput_store_apply_all(store, together, n, &counts, err);
    }
    return st;
}

static void stream_add(void *ctx, struct jemput_bytes bytes)
{
    jemput_buf_append_bytes(ctx, bytes);
}

static enum jemput_status merged(struct jemput_buf *stream, unsigned which, const struct logs *logs)
{
    struct jemput_error err;
    enum jemput_status st;

    must(jemput_store_begin(stores[which], 0, &err), &err);
    st = which ? merge_by_log(stores[which], logs, &err) : merge_as_written(stores[which], logs, &err);
    JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
    if (!st)
        must(jemput_store_state_walk(stores[which], stream_add, stream, &err), &err);
    jemput_store_rollback(stores[which]);
    return st;
}

/* For whoever looks into a finding: state-hash.md says what the bytes are. */
static void streams_print(const struct jemput_buf streams[2])
{
    for (unsigned which = 0; which < 2; which++) {
        for (size_t i = 0; i < streams[which].len; i++)
            fprintf(stderr, streams[which].data[i] >= ' ' && streams[which].data[i] < 127 ? "%c" : "<%02x>", streams[which].data[i]);
        fprintf(stderr, "\n");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct logs logs;
    static jemput_stamp one_stamp;
    struct jemput_buf streams[2] = { JEMPUT_BUF_INIT(STREAM_BYTES_MAX), JEMPUT_BUF_INIT(STREAM_BYTES_MAX) };
    enum jemput_status first, second;

    if (!stores[0]) {
        store_open(0);
        store_open(1);
        stamps = &one_stamp;
    }
    logs_write(&logs, jemput_bytes_of(data, size));
    first = merged(&streams[0], 0, &logs);
    second = merged(&streams[1], 1, &logs);
    JEMPUT_ASSERT(first == second);
    if (!jemput_bytes_equal(jemput_buf_bytes(&streams[0]), jemput_buf_bytes(&streams[1])))
        streams_print(streams);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&streams[0]), jemput_buf_bytes(&streams[1])));
    jemput_buf_release(&streams[0]);
    jemput_buf_release(&streams[1]);
    jemput_arena_clear(&arena);
    return 0;
}
