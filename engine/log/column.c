/* log/column.c — one column of a shape: which cells are NULL, which equal a cell already there, and the coding of the rest
 * (schema/formats/payload.md, "Columns"). The writer tries every coding on scratch streams and keeps the smallest. */
#include "log/codec.h"

#include <string.h>

#define COLUMN_COPY 0x20  /* some cells equal one of an earlier column */
#define COLUMN_NULLS 0x40 /* some cells are NULL */
#define COPY_SAME 0
#define COPY_NIK_BIRTH 1 /* + pivot: the date of birth in a NIK */
#define COPY_PLACES_MAX 512
#define COPY_SAMPLE 12

/* Coding 0 leaves what is left NULL. Numbers are the format's: a new coding gets a new one. */
static const struct coding {
    jemput_coding_write_fn write;
    jemput_coding_read_fn read;
    unsigned variants;
} codings[] = {
    { NULL, NULL, 0 },
    { jemput_constant_write, jemput_constant_read, 1 },
    { jemput_plain_write, jemput_plain_read, 1 },
    { jemput_strings_write, jemput_strings_read, 2 },
    { jemput_choice_write, jemput_choice_read, 2 },
    { jemput_integers_write, jemput_integers_read, 2 },
    { jemput_words_write, jemput_words_read, 2 },
    { jemput_template_write, jemput_template_read, 1 },
    { jemput_moment_write, jemput_moment_read, 1 },
    { jemput_ids_write, jemput_ids_read, 1 },
};

enum { CODING_NULL = 0, CODING_CONSTANT = 1, CODING_COUNT = sizeof codings / sizeof codings[0] };

/* --- copies --- */

struct copy {
    bool on;
    uint32_t shape, place;
    unsigned transform;
};

/* The row of `from` that stands beside a row of transaction `txn`: its first of that transaction, or the last one before. UINT32_MAX = none.
 * `cursor` goes along with growing txn. */
static uint32_t row_beside(const struct jemput_shape *from, uint32_t txn, uint32_t *cursor)
{
    while (*cursor < from->count && from->txn[*cursor] < txn)
        ++*cursor;
    if (*cursor < from->count && from->txn[*cursor] == txn)
        return *cursor;
    return *cursor ? *cursor - 1 : UINT32_MAX;
}

struct copy_walk { /* candidates row by row */
    const struct jemput_shape *from;
    bool same_shape;
    struct copy copy;
    uint32_t cursor;
    uint8_t text[JEMPUT_DATE_BYTES];
};

static struct copy_walk copy_walk_of(struct jemput_shape *const *shapes, uint32_t at, const struct copy *copy)
{
    return (struct copy_walk){ .from = shapes[copy->shape], .same_shape = copy->shape == at, .copy = *copy };
}

/* The value that a cell of this row would copy; a transformed one borrows from the walk. false = none. */
static bool copy_candidate(struct copy_walk *w, uint32_t row, uint32_t txn, struct jemput_value *out)
{
    uint32_t beside = w->same_shape ? row : row_beside(w->from, txn, &w->cursor);

    if (beside == UINT32_MAX)
        return false;
    *out = *jemput_shape_value(w->from, w->copy.place, beside);
    if (w->copy.transform == COPY_SAME)
        return out->type != JEMPUT_NULL;
    if (out->type != JEMPUT_TEXT || !jemput_nik_birth(w->text, out->bytes, w->copy.transform - COPY_NIK_BIRTH))
        return false;
    *out = (struct jemput_value){ .type = JEMPUT_TEXT, .bytes = { w->text, sizeof w->text } };
    return true;
}

/* --- writing --- */

struct column_out {
    struct jemput_shape *const *shapes;
    uint32_t at, place;
    struct jemput_cells cells; /* those not NULL */
    uint32_t *rows;            /* of each cell */
    uint32_t null_count;
    struct jemput_arena *scratch;
    struct jemput_buf trial_body, trial_codes;
};

/* What the body's bytes will cost after zlib: letters that a dictionary knows, or anything. */
static uint64_t body_bits(struct jemput_bytes body)
{
    uint64_t tenths = 0;

    for (size_t i = 0; i < body.len; i++)
        tenths += body.data[i] >= ' ' && body.data[i] < 127 ? 42 : 65;
    return tenths / 10;
}

struct choice_of_coding {
    unsigned coding, variant;
    uint64_t bits;
};

/* Weigh one coding; it takes the place of the best so far if it is smaller, or as small and comes before it in the table. */
static enum jemput_status coding_try(struct column_out *o, const struct jemput_cells *cells, unsigned coding, unsigned variant,
                                     struct choice_of_coding *best, struct jemput_error *err)
{
    struct jemput_sink trial = { .body = &o->trial_body, .bits_max = best->coding == CODING_NULL ? 0 : best->bits };
    enum jemput_fit fit;
    uint64_t bits;

    jemput_buf_clear(&o->trial_body);
    jemput_buf_clear(&o->trial_codes);
    jemput_range_writer_init(&trial.codes, &o->trial_codes);
    fit = codings[coding].write(&trial, cells, variant);
    if (fit == JEMPUT_FIT_NOMEM || o->trial_body.failed || o->trial_codes.failed)
        return jemput_fail(err, JEMPUT_NOMEM, "payload: no memory to weigh a coding");
    bits = body_bits(jemput_buf_bytes(&o->trial_body)) + jemput_range_writer_bits(&trial.codes);
    if (fit == JEMPUT_FIT_YES && (best->coding == CODING_NULL || bits < best->bits || (bits == best->bits && coding < best->coding)))
        *best = (struct choice_of_coding){ coding, variant, bits };
    return JEMPUT_OK;
}

/* A constant is always best. The others from the special to the general: where a special one fits, the general ones are soon too dear. */
static enum jemput_status coding_choose(struct column_out *o, const struct jemput_cells *cells, struct choice_of_coding *best,
                                        struct jemput_error *err)
{
    enum jemput_status st;

    *best = (struct choice_of_coding){ .coding = CODING_NULL };
    if (cells->count == 0)
        return JEMPUT_OK;
    st = coding_try(o, cells, CODING_CONSTANT, 0, best, err);
    for (unsigned coding = CODING_COUNT - 1; !st && coding > CODING_CONSTANT && best->coding != CODING_CONSTANT; coding--)
        for (unsigned variant = 0; !st && variant < codings[coding].variants; variant++)
            st = coding_try(o, cells, coding, variant, best, err);
    return st;
}

static uint32_t copy_hits(const struct column_out *o, const struct copy *copy, uint32_t stride)
{
    struct copy_walk w = copy_walk_of(o->shapes, o->at, copy);
    uint32_t hits = 0;

    for (uint32_t i = 0; i < o->cells.count; i += stride) {
        struct jemput_value v;

        hits += copy_candidate(&w, o->rows[i], o->cells.txn[i], &v) && jemput_value_equal(&v, o->cells.at[i]);
    }
    return hits;
}

static void copy_consider(const struct column_out *o, const struct copy *copy, struct copy *best, uint32_t *best_hits)
{
    uint32_t stride = o->cells.count / COPY_SAMPLE + 1, sampled = (o->cells.count + stride - 1) / stride, hits;

    if (copy_hits(o, copy, stride) * 2 < sampled)
        return;
    hits = copy_hits(o, copy, 1);
    if (hits <= *best_hits || hits * 2 < o->cells.count)
        return;
    *best = *copy;
    *best_hits = hits;
}

static bool may_be_birth(const struct column_out *o, const struct jemput_value *from)
{
    const struct jemput_value *first = o->cells.at[0];

    return first->type == JEMPUT_TEXT && first->bytes.len == JEMPUT_DATE_BYTES && from->type == JEMPUT_TEXT && from->bytes.len == 16;
}

/* Up to which year a birth is of this century: that of the first transaction; or the latest such among the cells, where stamps are no times
 * (checkpoint/pack.h). */
static unsigned pivot_find(const struct column_out *o)
{
    int64_t years = jemput_stamp_ms(o->cells.txns[o->cells.txn[0]].stamp) / INT64_C(31556952000);
    unsigned latest = 0;

    if (years > 0)
        return (unsigned)(1970 + years) % 100;
    for (uint32_t i = 0; i < o->cells.count; i++) {
        const struct jemput_value *v = o->cells.at[i];
        const uint8_t *of = v->bytes.data;
        unsigned year;

        if (v->type != JEMPUT_TEXT || v->bytes.len != JEMPUT_DATE_BYTES || memcmp(of, "20", 2) != 0)
            continue;
        year = 10u * (unsigned)(of[2] - '0') + (unsigned)(of[3] - '0');
        latest = year <= 99 && year > latest ? year : latest;
    }
    return latest;
}

/* The earlier column that most cells are copies of; nearest columns first. */
static struct copy copy_find(const struct column_out *o)
{
    struct copy best = { 0 };
    uint32_t best_hits = 0, looked = 0;
    unsigned year = pivot_find(o);

    for (uint32_t s = o->at + 1; s-- > 0 && looked < COPY_PLACES_MAX;) {
        uint32_t places = s == o->at ? o->place : o->shapes[s]->place_count;

        for (uint32_t p = 0; p < places; p++, looked++) {
            struct copy copy = { .on = true, .shape = s, .place = p };

            copy_consider(o, &copy, &best, &best_hits);
            if (!may_be_birth(o, jemput_shape_value(o->shapes[s], p, 0)))
                continue;
            copy.transform = COPY_NIK_BIRTH + year;
            copy_consider(o, &copy, &best, &best_hits);
        }
    }
    return best;
}

static void copy_flags_write(struct jemput_sink *s, struct column_out *o, const struct copy *copy, struct jemput_cells *rest)
{
    struct copy_walk w = copy_walk_of(o->shapes, o->at, copy);
    struct jemput_bit_model same[2] = { 0 };
    uint32_t *rest_txn = rest->txn;
    unsigned before = 0;

    rest->count = 0;
    for (uint32_t i = 0; i < o->cells.count; i++) {
        struct jemput_value v;
        unsigned hit = copy_candidate(&w, o->rows[i], o->cells.txn[i], &v) && jemput_value_equal(&v, o->cells.at[i]);

        jemput_range_write_bit(&s->codes, &same[before], hit);
        before = hit;
        if (!hit) {
            rest->at[rest->count] = o->cells.at[i];
            rest_txn[rest->count++] = o->cells.txn[i];
        }
    }
}

static void nulls_write(struct jemput_sink *s, const struct jemput_shape *shape, uint32_t place)
{
    struct jemput_bit_model null[2] = { 0 };
    unsigned before = 0;

    for (uint32_t i = 0; i < shape->count; i++) {
        unsigned is_null = jemput_shape_value(shape, place, i)->type == JEMPUT_NULL;

        jemput_range_write_bit(&s->codes, &null[before], is_null);
        before = is_null;
    }
}

/* Copies pay if the flags and what is left cost less than all cells do. */
static enum jemput_status column_plan(struct column_out *o, struct jemput_cells *rest, struct copy *copy, struct choice_of_coding *choice,
                                      struct jemput_error *err)
{
    struct choice_of_coding with_copy;
    struct jemput_sink trial = { .body = &o->trial_body };
    uint64_t flag_bits;
    enum jemput_status st = coding_choose(o, &o->cells, choice, err);

    *copy = (struct copy){ 0 };
    if (st || choice->coding <= CODING_CONSTANT)
        return st;
    *copy = copy_find(o);
    if (!copy->on)
        return JEMPUT_OK;
    jemput_buf_clear(&o->trial_body);
    jemput_buf_clear(&o->trial_codes);
    jemput_range_writer_init(&trial.codes, &o->trial_codes);
    copy_flags_write(&trial, o, copy, rest);
    flag_bits = jemput_range_writer_bits(&trial.codes) + 16;
    st = coding_choose(o, rest, &with_copy, err);
    if (st)
        return st;
    if (flag_bits + with_copy.bits < choice->bits)
        *choice = with_copy;
    else
        copy->on = false;
    return JEMPUT_OK;
}

static enum jemput_status column_write(struct jemput_sink *s, struct column_out *o, struct jemput_cells *rest, struct jemput_error *err)
{
    struct choice_of_coding choice;
    struct copy copy;
    bool nulls = o->null_count && o->cells.count;
    enum jemput_status st = column_plan(o, rest, &copy, &choice, err);

    if (st)
        return st;
    jemput_buf_u8(s->body, (uint8_t)(choice.coding | (nulls ? COLUMN_NULLS : 0) | (copy.on ? COLUMN_COPY : 0)));
    if (nulls)
        nulls_write(s, o->shapes[o->at], o->place);
    if (copy.on) {
        jemput_buf_varint(s->body, o->at - copy.shape);
        jemput_buf_varint(s->body, copy.place);
        jemput_buf_varint(s->body, copy.transform);
        copy_flags_write(s, o, &copy, rest);
    }
    if (choice.coding != CODING_NULL && codings[choice.coding].write(s, copy.on ? rest : &o->cells, choice.variant) != JEMPUT_FIT_YES)
        return jemput_fail(err, JEMPUT_NOMEM, "payload: no memory for a column");
    return JEMPUT_OK;
}

static void column_collect(struct column_out *o)
{
    const struct jemput_shape *shape = o->shapes[o->at];
    uint32_t *txn = o->cells.txn;

    o->cells.count = o->null_count = 0;
    for (uint32_t i = 0; i < shape->count; i++) {
        struct jemput_value *v = jemput_shape_value(shape, o->place, i);

        if (v->type == JEMPUT_NULL) {
            o->null_count++;
            continue;
        }
        o->cells.at[o->cells.count] = v;
        o->rows[o->cells.count] = i;
        txn[o->cells.count++] = shape->txn[i];
    }
}

static bool cells_reserve(struct jemput_cells *c, uint32_t count, struct jemput_arena *arena)
{
    c->at = jemput_arena_array(arena, count, sizeof(*c->at));
    c->txn = jemput_arena_array(arena, count, sizeof(*c->txn));
    return c->at && c->txn;
}

enum jemput_status jemput_columns_write(struct jemput_sink *s, struct jemput_shape *const *shapes, uint32_t at, const struct jemput_txn *txns,
                                        const struct jemput_id_table *ids, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct jemput_cells rest = { .txns = txns, .ids = ids, .scratch = &scratch };
    struct column_out o = { .shapes = shapes, .at = at, .cells = rest, .scratch = &scratch, .trial_body = JEMPUT_BUF_INIT(SIZE_MAX / 2),
        .trial_codes = JEMPUT_BUF_INIT(SIZE_MAX / 2) };
    uint32_t places = shapes[at]->place_count;
    enum jemput_status st = JEMPUT_OK;

    o.rows = jemput_arena_array(arena, shapes[at]->count, sizeof *o.rows);
    if (!o.rows || !cells_reserve(&o.cells, shapes[at]->count, arena) || !cells_reserve(&rest, shapes[at]->count, arena))
        return jemput_fail(err, JEMPUT_NOMEM, "payload: no memory for %u cells", shapes[at]->count);
    for (o.place = 0; !st && o.place < places; o.place++) {
        column_collect(&o);
        st = column_write(s, &o, &rest, err);
        jemput_arena_clear(&scratch);
    }
    jemput_buf_release(&o.trial_body);
    jemput_buf_release(&o.trial_codes);
    jemput_arena_release(&scratch);
    return st;
}

/* --- reading --- */

static bool copy_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t at, uint32_t place, struct copy *out)
{
    uint64_t back = jemput_read_varint(&s->body), from = jemput_read_varint(&s->body), transform = jemput_read_varint(&s->body);

    if (!jemput_source_ok(s))
        return false;
    if (transform >= COPY_NIK_BIRTH + 100) {
        jemput_source_fail(s, JEMPUT_UPGRADE, "column: no such copy");
        return false;
    }
    if (back > at || from >= (back ? shapes[at - back]->place_count : place)) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "column: copy of a column that is not there yet");
        return false;
    }
    *out = (struct copy){ .on = true, .shape = (uint32_t)(at - back), .place = (uint32_t)from, .transform = (unsigned)transform };
    return true;
}

/* Copy what is flagged; what is left moves together in `c`. */
static void copies_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t at, const struct copy *copy, struct jemput_cells *c,
                        const uint32_t *rows)
{
    struct copy_walk w = copy_walk_of(shapes, at, copy);
    struct jemput_bit_model same[2] = { 0 };
    uint32_t *txn = c->txn, count = c->count;
    unsigned before = 0;

    c->count = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned hit = jemput_range_read_bit(&s->codes, &same[before]);
        struct jemput_value v;

        before = hit;
        if (!hit) {
            c->at[c->count] = c->at[i];
            txn[c->count++] = txn[i];
            continue;
        }
        if (!copy_candidate(&w, rows[i], txn[i], &v)) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "column: copy of a cell that is not there");
            return;
        }
        if (copy->transform != COPY_SAME) {
            uint8_t *made = jemput_source_make(s, v.bytes.len);

            if (!made)
                return;
            memcpy(made, v.bytes.data, v.bytes.len);
            v.bytes.data = made;
        }
        *c->at[i] = v;
    }
}

static void cells_read(struct jemput_source *s, const struct jemput_shape *shape, uint32_t place, bool nulls, struct jemput_cells *c, uint32_t *rows)
{
    struct jemput_bit_model null[2] = { 0 };
    uint32_t *txn = c->txn;
    unsigned before = 0;

    for (uint32_t i = 0; i < shape->count; i++) {
        if (nulls) {
            before = jemput_range_read_bit(&s->codes, &null[before]);
            if (before)
                continue;
        }
        c->at[c->count] = jemput_shape_value(shape, place, i);
        rows[c->count] = i;
        txn[c->count++] = shape->txn[i];
    }
}

static void column_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t at, uint32_t place, const struct jemput_txn *txns)
{
    const struct jemput_shape *shape = shapes[at];
    unsigned head = jemput_read_u8(&s->body), coding = head & ~(unsigned)(COLUMN_COPY | COLUMN_NULLS);
    struct jemput_cells c = { .txns = txns };
    uint32_t *rows;
    struct copy copy;

    if (!jemput_source_ok(s))
        return;
    if (coding >= CODING_COUNT) {
        jemput_source_fail(s, JEMPUT_UPGRADE, "column: no such coding");
        return;
    }
    if (head == CODING_NULL)
        return;
    rows = jemput_source_scratch(s, shape->count, sizeof *rows);
    if (!rows || !cells_reserve(&c, shape->count, s->scratch)) {
        jemput_source_fail(s, JEMPUT_NOMEM, "no memory for a column");
        return;
    }
    cells_read(s, shape, place, head & COLUMN_NULLS, &c, rows);
    if (head & COLUMN_COPY) {
        if (!copy_read(s, shapes, at, place, &copy))
            return;
        copies_read(s, shapes, at, &copy, &c, rows);
    }
    if (coding == CODING_NULL || !jemput_source_ok(s))
        return;
    if (c.count == 0)
        jemput_source_fail(s, JEMPUT_CORRUPT, "column: a coding for no cells");
    else
        codings[coding].read(s, &c);
}

void jemput_columns_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t at, const struct jemput_txn *txns)
{
    uint32_t places = shapes[at]->place_count;

    for (uint32_t place = 0; place < places && jemput_source_ok(s); place++) {
        column_read(s, shapes, at, place, txns);
        jemput_arena_clear(s->scratch);
    }
}
