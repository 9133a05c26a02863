/* log/payload.c — data payload: transactions as two streams, framed and bounded (schema/formats/payload.md, "Frame").
 *
 * What a payload may unfold to is bounded by its own length, so a short one cannot exhaust a tablet: the body by JEMPUT_SEGMENT_RATIO_MAX, the
 * changes by their weight. Work that is honestly so repetitive that it would break these bounds is padded by its writer until it keeps them. */
#include "log/payload.h"

#include <string.h>

#include "base/limits.h"
#include "base/zip.h"
#include "change/key.h"
#include "log/times.h"

#define RATIO_FREE_BYTES ((size_t)64 * 1024)
#define WEIGHT_FREE 65536
#define WEIGHT_PER_BYTE 16
#define MADE_PER_WEIGHT 128 /* bytes of text: what a unit of weight stands for, twice, for a key is there as a whole and as values */
#define ZIP_LEVEL 9

_Static_assert(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX <= UINT32_MAX, "payload sizes fit the header");

/* --- writing --- */

struct payload_out {
    struct jemput_arena arena;
    struct jemput_buf body, codes, sent;
    uint64_t weight;
};

static enum jemput_status payload_check(const struct jemput_txn *txns, uint32_t count, struct jemput_error *err)
{
    if (count > JEMPUT_SEGMENT_TXNS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "payload: %u transactions are more than %d", count, JEMPUT_SEGMENT_TXNS_MAX);
    for (uint32_t i = 0; i < count; i++) {
        JEMPUT_ASSERT(i == 0 || txns[i].stamp > txns[i - 1].stamp);
        if (txns[i].stamp > JEMPUT_STAMP_MAX)
            return jemput_fail(err, JEMPUT_CORRUPT, "payload: a stamp that no clock makes");
        if (txns[i].note.len > JEMPUT_NOTE_BYTES_MAX)
            return jemput_fail(err, JEMPUT_LIMIT, "payload: a note of %zu bytes", txns[i].note.len);
        for (uint32_t k = 0; k < txns[i].change_count; k++)
            if (!jemput_change_is_sound(&txns[i].changes[k]))
                return jemput_fail(err, JEMPUT_CORRUPT, "payload: a change holds what its operation may not");
    }
    return JEMPUT_OK;
}

static enum jemput_status streams_write(struct payload_out *o, const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs,
                                        uint32_t run_count, struct jemput_error *err)
{
    struct jemput_sink sink = { .body = &o->body };
    struct jemput_id_table *ids;
    struct jemput_shape **shapes;
    uint32_t shape_count;
    enum jemput_status st = jemput_id_table_new(&ids, txns, count, runs, run_count, &o->arena, err);

    if (!st)
        st = jemput_shapes_of(&shapes, &shape_count, txns, count, &o->arena, err);
    if (st)
        return st;
    jemput_range_writer_init(&sink.codes, &o->codes);
    jemput_buf_varint(&o->body, count);
    jemput_times_write(&sink, txns, count);
    jemput_id_runs_write(&sink, ids);
    jemput_buf_varint(&o->body, shape_count);
    for (uint32_t i = 0; i < shape_count; i++)
        jemput_shape_head_write(&sink, shapes[i]);
    for (uint32_t i = 0; !st && i < shape_count; i++)
        st = jemput_columns_write(&sink, shapes, i, txns, ids, &o->arena, err);
    if (!st)
        st = jemput_spares_write(&sink, shapes, shape_count, txns, &o->arena, err);
    jemput_range_writer_finish(&sink.codes);
    return st;
}

/* How long a payload must be to be allowed to unfold to this. */
static size_t payload_length_min(size_t body_len, uint64_t weight)
{
    size_t by_body = body_len > RATIO_FREE_BYTES ? (body_len + JEMPUT_SEGMENT_RATIO_MAX - 1) / JEMPUT_SEGMENT_RATIO_MAX : 0;
    size_t by_weight = weight > WEIGHT_FREE ? (size_t)((weight - WEIGHT_FREE + WEIGHT_PER_BYTE - 1) / WEIGHT_PER_BYTE) : 0;

    return by_body > by_weight ? by_body : by_weight;
}

static void frame_write(struct jemput_buf *out, const struct payload_out *o)
{
    size_t min = payload_length_min(o->body.len, o->weight), sent = o->sent.len + o->codes.len, padding = min > sent ? min - sent : 0;

    jemput_buf_varint(out, padding);
    if (jemput_buf_reserve(out, padding)) {
        if (padding)
            memset(out->data + out->len, 0, padding);
        out->len += padding;
    }
    jemput_buf_varint(out, o->sent.len);
    jemput_buf_append_bytes(out, jemput_buf_bytes(&o->sent));
    jemput_buf_append_bytes(out, jemput_buf_bytes(&o->codes));
}

enum jemput_status jemput_payload_write(struct jemput_buf *out, const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs,
                                        uint32_t run_count, struct jemput_error *err)
{
    struct payload_out o = { .body = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_BODY_BYTES_MAX), .codes = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX),
        .sent = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    size_t start = out->len;
    enum jemput_status st = payload_check(txns, count, err);

    for (uint32_t i = 0; i < count; i++)
        o.weight += jemput_txn_weight(&txns[i]);
    if (!st && o.weight > JEMPUT_PAYLOAD_WEIGHT_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "payload: weight %llu", (unsigned long long)o.weight);
    if (!st)
        st = streams_write(&o, txns, count, runs, run_count, err);
    if (!st)
        st = jemput_buf_check(&o.body, "payload body", err);
    if (!st)
        st = jemput_buf_check(&o.codes, "payload codes", err);
    if (!st)
        st = jemput_zip_deflate(&o.sent, jemput_buf_bytes(&o.body), ZIP_LEVEL, jemput_dictionary(), err);
    if (!st) {
        frame_write(out, &o);
        st = jemput_buf_check(out, "payload", err);
    }
    if (!st && out->len - start > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX)
        st = jemput_fail(err, JEMPUT_LIMIT, "payload: %zu bytes", out->len - start);
    if (st)
        out->len = start;
    jemput_buf_release(&o.sent);
    jemput_buf_release(&o.codes);
    jemput_buf_release(&o.body);
    jemput_arena_release(&o.arena);
    return st;
}

/* --- reading --- */

struct frame {
    struct jemput_bytes sent, codes;
    size_t body_bytes_max;
    uint64_t weight_max;
};

static enum jemput_status frame_read(struct frame *out, struct jemput_bytes payload, struct jemput_error *err)
{
    struct jemput_reader r = { .rest = payload };
    struct jemput_bytes padding, sent;
    uint64_t body_max = (uint64_t)payload.len * JEMPUT_SEGMENT_RATIO_MAX, weight_max = (uint64_t)payload.len * WEIGHT_PER_BYTE + WEIGHT_FREE;

    if (payload.len > JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "payload: %zu bytes are too many", payload.len);
    padding = jemput_read_sized(&r);
    sent = jemput_read_sized(&r);
    if (r.overrun)
        return jemput_fail(err, JEMPUT_CORRUPT, "payload: %zu bytes are too few", payload.len);
    for (size_t i = 0; i < padding.len; i++)
        if (padding.data[i])
            return jemput_fail(err, JEMPUT_CORRUPT, "payload: padding is not zero");
    body_max = body_max < RATIO_FREE_BYTES ? RATIO_FREE_BYTES : body_max;
    *out = (struct frame){ .sent = sent, .codes = r.rest,
        .body_bytes_max = body_max < JEMPUT_SEGMENT_BODY_BYTES_MAX ? (size_t)body_max : JEMPUT_SEGMENT_BODY_BYTES_MAX,
        .weight_max = weight_max < JEMPUT_PAYLOAD_WEIGHT_MAX ? weight_max : JEMPUT_PAYLOAD_WEIGHT_MAX };
    return JEMPUT_OK;
}

struct unfolding { /* transactions while they are read */
    struct jemput_txn *txns;
    uint32_t txn_count;
    struct jemput_shape *shapes, **shape_list;
    uint32_t shape_count;
};

/* weight_left is lowered by what the changes that the heads name weigh at least. */
static bool heads_read(struct jemput_source *s, struct unfolding *u, uint64_t *weight_left)
{
    uint64_t count = jemput_read_varint(&s->body);

    if (count > JEMPUT_SEGMENT_TXNS_MAX)
        jemput_source_fail(s, JEMPUT_LIMIT, "too many transactions");
    if (!jemput_source_ok(s))
        return false;
    u->txn_count = (uint32_t)count;
    u->txns = jemput_arena_array(s->arena, count, sizeof *u->txns);
    if (!u->txns) {
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for transactions");
        return false;
    }
    jemput_times_read(s, u->txns, u->txn_count);
    jemput_id_runs_read(s);
    count = jemput_read_varint(&s->body);
    if (count > s->body.rest.len / 5) /* table, key, cells, count, a coding */
        jemput_source_fail(s, JEMPUT_CORRUPT, "more shapes than bytes");
    if (!jemput_source_ok(s))
        return false;
    u->shapes = jemput_arena_array(s->arena, count, sizeof(*u->shapes));
    u->shape_list = jemput_arena_array(s->arena, count, sizeof(*u->shape_list));
    if (!u->shapes || !u->shape_list) {
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for shapes");
        return false;
    }
    for (; u->shape_count < count && jemput_source_ok(s); u->shape_count++) {
        struct jemput_shape *shape = u->shape_list[u->shape_count] = &u->shapes[u->shape_count];

        jemput_shape_head_read(s, shape, u->txn_count, weight_left);
        if (!s->failed && u->shape_count && jemput_shape_compare(shape - 1, shape) >= 0)
            jemput_source_fail(s, JEMPUT_CORRUPT, "shapes do not ascend");
    }
    return jemput_source_ok(s);
}

/* Give each change its place: in its transaction, in the order of shapes. Rows of a shape start as copies of its columns' numbers and flags. */
static void changes_place(struct jemput_source *s, struct unfolding *u)
{
    for (uint32_t i = 0; i < u->shape_count; i++)
        for (uint32_t k = 0; k < u->shapes[i].count; k++)
            u->txns[u->shapes[i].txn[k]].change_count++;
    for (uint32_t i = 0; i < u->txn_count; i++) {
        struct jemput_txn *t = &u->txns[i];

        t->changes = jemput_arena_array(s->arena, t->change_count, sizeof *t->changes);
        if (!t->changes) {
            jemput_source_fail(s, JEMPUT_NOMEM, "no memory for changes");
            return;
        }
        t->change_count = 0;
    }
    for (uint32_t i = 0; i < u->shape_count; i++) {
        struct jemput_shape *shape = &u->shapes[i];
        struct jemput_cell *cells = jemput_arena_array(s->arena, (size_t)shape->count * shape->cell_count, sizeof *cells);

        if (!cells) {
            jemput_source_fail(s, JEMPUT_NOMEM, "no memory for cells");
            return;
        }
        for (uint32_t k = 0; k < shape->count; k++, cells += shape->cell_count) {
            struct jemput_txn *t = &u->txns[shape->txn[k]];
            struct jemput_change *c = shape->changes[k] = &t->changes[t->change_count++];

            *c = (struct jemput_change){ .table = shape->table, .op = shape->op, .cell_count = shape->cell_count, .cells = cells };
            if (shape->cell_count)
                memcpy(cells, shape->cells, shape->cell_count * sizeof *cells);
        }
    }
}

static struct jemput_bytes key_make(struct jemput_source *s, const struct jemput_value *values, uint8_t count, struct jemput_buf *room)
{
    struct jemput_error ignored;
    uint8_t *made;

    jemput_buf_clear(room);
    if (jemput_key_write(room, values, count, &ignored)) {
        jemput_source_fail(s, room->failed == JEMPUT_NOMEM ? JEMPUT_NOMEM : JEMPUT_CORRUPT, "a key that is NULL or too long");
        return jemput_bytes_of(NULL, 0);
    }
    made = jemput_source_make(s, room->len);
    if (!made)
        return jemput_bytes_of(NULL, 0);
    memcpy(made, room->data, room->len);
    return jemput_bytes_of(made, room->len);
}

static bool values_are_null(const struct jemput_value *values, uint8_t count)
{
    uint8_t i = 0;

    while (i < count && values[i].type == JEMPUT_NULL)
        i++;
    return i == count;
}

static void keys_make(struct jemput_source *s, const struct jemput_shape *shape)
{
    struct jemput_buf room = JEMPUT_BUF_INIT(SIZE_MAX / 2); /* jemput_key_write has the limit */
    bool successors = shape->marked && shape->op == JEMPUT_OP_DELETE;

    for (uint32_t i = 0; i < shape->count && !s->failed; i++) {
        size_t row = (size_t)i * shape->key_count;
        struct jemput_change *c = shape->changes[i];

        c->key = key_make(s, shape->keys + row, shape->key_count, &room);
        if (successors && !values_are_null(shape->successors + row, shape->key_count))
            c->successor = key_make(s, shape->successors + row, shape->key_count, &room);
        if (!s->failed && !jemput_change_is_sound(c))
            jemput_source_fail(s, JEMPUT_CORRUPT, "a row that is its own successor");
    }
    jemput_buf_release(&room);
}

static int changes_compare(const void *a, const void *b)
{
    const struct jemput_change *x = a, *y = b;

    if (x->table != y->table)
        return x->table < y->table ? -1 : 1;
    return jemput_bytes_compare(x->key, y->key);
}

/* A constant or a copy stands for any number of cells, so what they hold together is weighed once all are there, as the writer weighed it. */
static void weight_check(struct jemput_source *s, const struct unfolding *u, uint64_t weight_max)
{
    uint64_t weight = 0;

    for (uint32_t i = 0; i < u->txn_count; i++)
        weight += jemput_txn_weight(&u->txns[i]);
    if (weight > weight_max)
        jemput_source_fail(s, JEMPUT_LIMIT, "more text than so few bytes may hold");
}

/* Changes of several shapes of one table stand behind each other; a transaction has them in the order of their keys. */
static void changes_order(struct jemput_source *s, struct unfolding *u)
{
    for (uint32_t i = 0; i < u->txn_count; i++) {
        struct jemput_txn *t = &u->txns[i];
        uint32_t k = 1;

        while (k < t->change_count && changes_compare(&t->changes[k - 1], &t->changes[k]) < 0)
            k++;
        if (k >= t->change_count)
            continue;
        jemput_sort(t->changes, t->change_count, sizeof *t->changes, changes_compare);
        for (k = 1; k < t->change_count; k++)
            if (changes_compare(&t->changes[k - 1], &t->changes[k]) >= 0)
                jemput_source_fail(s, JEMPUT_CORRUPT, "two changes of one row in a transaction");
    }
}

static void unfold(struct jemput_source *s, struct unfolding *u, uint64_t weight_max)
{
    uint64_t weight_left = weight_max;

    if (!heads_read(s, u, &weight_left))
        return;
    changes_place(s, u);
    for (uint32_t i = 0; i < u->shape_count && jemput_source_ok(s); i++)
        jemput_columns_read(s, u->shape_list, i, u->txns);
    for (uint32_t i = 0; i < u->shape_count && jemput_source_ok(s); i++)
        keys_make(s, &u->shapes[i]);
    if (jemput_source_ok(s))
        jemput_spares_read(s, u->shape_list, u->shape_count, u->txns, &weight_left);
    if (!jemput_source_ok(s))
        return;
    if (s->body.rest.len || s->codes.next != s->codes.end)
        jemput_source_fail(s, JEMPUT_CORRUPT, "bytes follow");
    weight_check(s, u, weight_max);
    if (!s->failed)
        changes_order(s, u);
}

enum jemput_status jemput_streams_read(struct jemput_txn **out, uint32_t *count, struct jemput_id_runs *runs, struct jemput_bytes body,
                                       struct jemput_bytes codes, uint64_t weight_max, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct jemput_source s = { .body = { .rest = body }, .arena = arena, .scratch = &scratch, .made_left = weight_max * MADE_PER_WEIGHT };
    struct unfolding u = { 0 };

    jemput_range_reader_init(&s.codes, codes);
    unfold(&s, &u, weight_max);
    jemput_arena_release(&scratch);
    if (!jemput_source_ok(&s))
        return jemput_fail(err, s.failed, "payload: %s", s.why);
    *out = u.txns;
    *count = u.txn_count;
    if (runs)
        *runs = (struct jemput_id_runs){ s.run_count, s.runs };
    return JEMPUT_OK;
}

enum jemput_status jemput_payload_read(struct jemput_txn **out, uint32_t *count, struct jemput_bytes payload, struct jemput_arena *arena,
                                       struct jemput_error *err)
{
    return jemput_payload_read_runs(out, count, NULL, payload, arena, err);
}

enum jemput_status jemput_payload_read_runs(struct jemput_txn **out, uint32_t *count, struct jemput_id_runs *runs, struct jemput_bytes payload,
                                            struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_buf body = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_BODY_BYTES_MAX);
    struct jemput_bytes kept;
    struct frame frame = { 0 };
    enum jemput_status st = frame_read(&frame, payload, err);

    if (st)
        return st;
    st = jemput_zip_inflate(&body, frame.sent, frame.body_bytes_max, 0, jemput_dictionary(), err);
    if (st) {
        st = jemput_wrap(err, "payload");
        goto done;
    }
    kept = jemput_arena_copy(arena, jemput_buf_bytes(&body));
    if (kept.data)
        st = jemput_streams_read(out, count, runs, kept, frame.codes, frame.weight_max, arena, err);
    else
        st = jemput_fail(err, JEMPUT_NOMEM, "payload: no memory for %zu bytes", body.len);
done:
    jemput_buf_release(&body);
    return st;
}
