/* log/codec.h — what the files of the payload codec share: the two streams, shapes, and columns of cells.
 *
 * A payload has two streams, written and read in step: `body`, bytes that zlib compresses (text never seen before, constants, parameters), and
 * `codes`, range-coded choices. Writers of columns are tried on scratch streams and the smallest is kept. Readers note a mistake and go on with
 * harmless values; what they make is bounded by counts that were checked before. Private to log/. */
#ifndef JEMPUT_LOG_CODEC_H
#define JEMPUT_LOG_CODEC_H

#include "base/limits.h"
#include "change/change.h"
#include "log/payload.h"
#include "log/range.h"

#define JEMPUT_ID_BYTES 16

/* --- writing --- */

struct jemput_sink {
    struct jemput_buf *body;
    struct jemput_range_writer codes;
    uint64_t bits_max; /* of a trial: what the best so far costs; 0 = none was tried yet, or this is for good */
};

/* Does a trial cost more than the best so far already? Then there is no use in going on. Never more than it will be weighed with (column.c,
 * numbers.c): what is chosen does not depend on it. */
static inline bool jemput_sink_is_dear(const struct jemput_sink *s)
{
    return s->bits_max && (uint64_t)s->codes.out->len * 8 + (uint64_t)s->body->len * 4 > s->bits_max;
}

struct jemput_id_table; /* idrun.c */

/* --- reading --- */

struct jemput_source {
    struct jemput_range_reader codes;
    struct jemput_reader body;
    struct jemput_arena *arena;  /* what is handed out */
    struct jemput_arena *scratch; /* emptied after each column */
    uint32_t run_count;
    struct jemput_id_run *runs;
    uint8_t *room;               /* text being made: a piece of the arena */
    size_t room_left;
    uint64_t made_left;          /* bytes of text that may still be made */
    enum jemput_status failed;   /* the first mistake */
    const char *why;
};

void jemput_source_fail(struct jemput_source *s, enum jemput_status status, const char *why); /* keeps the first */
bool jemput_source_ok(struct jemput_source *s); /* notes overruns as JEMPUT_CORRUPT */
uint8_t *jemput_source_make(struct jemput_source *s, size_t len); /* room for text that lives as long as the arena; NULL = failed is set */
void *jemput_source_scratch(struct jemput_source *s, size_t count, size_t size); /* zeroed; NULL = failed is set */

/* --- cells of one column: those that a coding has to carry --- */

struct jemput_cells {
    uint32_t count;
    struct jemput_value **at;        /* reading: where they go; writing: where they are (never changed) */
    uint32_t *txn;                   /* index of each one's transaction */
    const struct jemput_txn *txns;
    const struct jemput_id_table *ids; /* writing only */
    struct jemput_arena *scratch;    /* writing only */
};

/* What a writer says: it fits and was written, it does not fit, or memory ran out. */
enum jemput_fit { JEMPUT_FIT_NO = 0, JEMPUT_FIT_YES = 1, JEMPUT_FIT_NOMEM = 2 };

typedef enum jemput_fit (*jemput_coding_write_fn)(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
typedef void (*jemput_coding_read_fn)(struct jemput_source *s, const struct jemput_cells *c);

/* plain.c */
enum jemput_fit jemput_constant_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_constant_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_plain_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_plain_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_strings_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_strings_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_choice_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_choice_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_integers_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_integers_read(struct jemput_source *s, const struct jemput_cells *c);
/* words.c, template.c, moment.c, idrun.c */
enum jemput_fit jemput_words_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_words_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_template_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_template_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_moment_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_moment_read(struct jemput_source *s, const struct jemput_cells *c);
enum jemput_fit jemput_ids_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant);
void jemput_ids_read(struct jemput_source *s, const struct jemput_cells *c);

/* numbers.c: a series of integers, by the cheapest of a few ways. `base` (may be NULL) has a number for each that it may be near to. */
enum jemput_fit jemput_numbers_write(struct jemput_sink *s, const int64_t *x, uint32_t count, const int64_t *base, struct jemput_arena *scratch);
void jemput_numbers_read(struct jemput_source *s, int64_t *x, uint32_t count, const int64_t *base);

/* moment.c: the ISO date of birth inside a 16-digit NIK (day + 40 for women); years up to `pivot` are of this century. false = no NIK, no date. */
#define JEMPUT_DATE_BYTES 10
bool jemput_nik_birth(uint8_t out[JEMPUT_DATE_BYTES], struct jemput_bytes nik, unsigned pivot);

/* idrun.c */
enum jemput_status jemput_id_table_new(struct jemput_id_table **out, const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs,
                                       uint32_t run_count, struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_id_runs_write(struct jemput_sink *s, const struct jemput_id_table *t);
void jemput_id_runs_read(struct jemput_source *s);

/* --- shapes --- */

/* Of a column as it is coded: key values, then for each cell its value and its before-value, then the successor's key values. */
struct jemput_place {
    uint16_t at; /* key value or cell */
    enum { JEMPUT_PLACE_KEY, JEMPUT_PLACE_VALUE, JEMPUT_PLACE_BEFORE, JEMPUT_PLACE_SUCCESSOR } part;
};

struct jemput_shape {
    uint32_t table;
    enum jemput_op op;
    uint8_t key_count;
    bool marked;                     /* updates: some have spares; deletes: some have a successor */
    uint16_t cell_count;
    const struct jemput_cell *cells; /* column and flags of each; values unused */
    uint32_t count;                  /* changes of this shape, by (transaction, key) */
    uint32_t *txn;                   /* of each */
    struct jemput_change **changes;
    struct jemput_value *keys;       /* count rows of key_count values */
    struct jemput_value *successors; /* likewise, of marked deletes; NULLs = none */
    uint32_t place_count;
    struct jemput_place *places;
};

static inline struct jemput_value *jemput_shape_value(const struct jemput_shape *s, uint32_t place, uint32_t row)
{
    const struct jemput_place *p = &s->places[place];

    if (p->part == JEMPUT_PLACE_KEY)
        return &s->keys[(size_t)row * s->key_count + p->at];
    if (p->part == JEMPUT_PLACE_SUCCESSOR)
        return &s->successors[(size_t)row * s->key_count + p->at];
    return p->part == JEMPUT_PLACE_VALUE ? &s->changes[row]->cells[p->at].value : &s->changes[row]->cells[p->at].before;
}

int jemput_shape_compare(const struct jemput_shape *a, const struct jemput_shape *b);

/* shape.c: group the changes of all transactions; ascending shapes. */
enum jemput_status jemput_shapes_of(struct jemput_shape ***out, uint32_t *count, const struct jemput_txn *txns, uint32_t txn_count,
                                    struct jemput_arena *arena, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_shape_head_write(struct jemput_sink *s, const struct jemput_shape *shape);
/* weight_left is lowered by what the shape's changes weigh; less than that is JEMPUT_LIMIT. */
void jemput_shape_head_read(struct jemput_source *s, struct jemput_shape *shape, uint32_t txn_count, uint64_t *weight_left);

/* column.c: all columns of shape `at`, earlier shapes being there. */
enum jemput_status jemput_columns_write(struct jemput_sink *s, struct jemput_shape *const *shapes, uint32_t at, const struct jemput_txn *txns,
                                        const struct jemput_id_table *ids, struct jemput_arena *scratch, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_columns_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t at, const struct jemput_txn *txns);

/* spare.c: the spares of all marked shapes of updates; nothing without such a shape. weight_left is lowered by one for each. */
enum jemput_status jemput_spares_write(struct jemput_sink *s, struct jemput_shape *const *shapes, uint32_t shape_count, const struct jemput_txn *txns,
                                       struct jemput_arena *scratch, struct jemput_error *err) JEMPUT_MUST_USE;
void jemput_spares_read(struct jemput_source *s, struct jemput_shape *const *shapes, uint32_t shape_count, const struct jemput_txn *txns,
                        uint64_t *weight_left);

/* payload.c: both streams, unpacked. What is made borrows from `body`. `runs` may be NULL. */
enum jemput_status jemput_streams_read(struct jemput_txn **out, uint32_t *count, struct jemput_id_runs *runs, struct jemput_bytes body,
                                       struct jemput_bytes codes, uint64_t weight_max, struct jemput_arena *arena,
                                       struct jemput_error *err) JEMPUT_MUST_USE;

/* sort.c: in place, no memory, n log n whatever the order. */
void jemput_sort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b));

/* dictionary.c: preset dictionary 1 of zlib. It can never change. */
struct jemput_bytes jemput_dictionary(void);

#endif
