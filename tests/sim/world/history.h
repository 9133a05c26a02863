/* sim/world/history.h — everything that was ever written: each acknowledged transaction with its row effects as seen in the tables, and what it had
 * seen of the others. The oracle's own memory; of the engine it takes stamps and segment hashes only. */
#ifndef TESTS_SIM_WORLD_HISTORY_H
#define TESTS_SIM_WORLD_HISTORY_H

#include "schema.h"

enum { TXNS_MAX = 2048, ROWS_MAX = 8192, SEGMENTS_MAX = 4096, EFFECTS_MAX = 16384 };
#define NONE UINT32_MAX

/* A set of transactions. */
struct txnset {
    uint64_t bits[TXNS_MAX / 64];
};
static inline bool set_has(const struct txnset *s, uint32_t txn)
{
    return s->bits[txn / 64] >> (txn % 64) & 1;
}
static inline void set_add(struct txnset *s, uint32_t txn)
{
    s->bits[txn / 64] |= UINT64_C(1) << (txn % 64);
}
static inline void set_remove(struct txnset *s, uint32_t txn)
{
    s->bits[txn / 64] &= ~(UINT64_C(1) << (txn % 64));
}
static inline void set_swap(struct txnset *s, uint32_t from, uint32_t to)
{
    if (!set_has(s, from))
        return;
    set_remove(s, from);
    set_add(s, to);
}
static inline void set_join(struct txnset *s, const struct txnset *other)
{
    for (unsigned i = 0; i < TXNS_MAX / 64; i++)
        s->bits[i] |= other->bits[i];
}

struct txn {
    unsigned device;
    uint64_t stamp;
    struct txnset seen;
    struct txnset form; /* what had been merged when the form was opened that it saved */
    bool has_form;
    uint32_t segment; /* NONE = not sealed */
    bool decides;     /* an act of jemput_decide() */
    bool late;        /* carries late writes after (sealed.h) */
    uint8_t writer[16]; /* once it is sealed */
    uint8_t columns[TABLES_MAX]; /* that each table had at its device: later ones it cannot write */
};

struct spare {
    uint32_t group; /* bit */
    uint32_t txn;
};

enum effect_op { EFFECT_INSERT, EFFECT_UPDATE, EFFECT_DELETE };

struct effect {
    uint32_t txn, row;
    enum effect_op op;
    uint32_t groups;            /* that it writes: bit of each group's lowest column */
    const val *before, *after;  /* NULL = no row */
    const int64_t *deltas;      /* of columns of rule sum, by column; NULL = the table has none */
    uint32_t spare_count;       /* of an update of identity groups: writes that it had seen and leaves open */
    const struct spare *spares;
    uint32_t successor;         /* of a delete: the row that goes on in its place; NONE */
    uint32_t next;              /* of the same row; NONE = the last */
};

struct history_row {
    unsigned table;
    val key[KEY_MAX];
    const uint8_t *bytes; /* canonical key */
    size_t len;
    uint32_t first, last; /* effects */
};

struct segmentset;
struct history_segment {
    uint8_t hash[32], previous[32], writer[16], commit[20];
    uint64_t number, stamp;
    uint64_t place;          /* in the order of acts: its stamp, raised above the acts that it had seen (acts.h) */
    uint32_t schema_version, schema_seen; /* that its header names, and the newest in force that its device had; 0 = not read (acts.h) */
    unsigned device;
    bool control, has_records;
    const struct segmentset *known; /* at its device when it was sealed: it had merged these, or some of them. NULL = not told */
    uint32_t txn_count;
    uint32_t txns[64]; /* in order */
};

/* A set of segments. */
struct segmentset {
    uint64_t bits[SEGMENTS_MAX / 64];
};
static inline bool segments_has(const struct segmentset *s, uint32_t segment)
{
    return s->bits[segment / 64] >> (segment % 64) & 1;
}
static inline void segments_add(struct segmentset *s, uint32_t segment)
{
    s->bits[segment / 64] |= UINT64_C(1) << (segment % 64);
}

/* Whose device it is, whatever number a copy of it has: its role and region, until somebody changes them. */
struct history_device {
    bool officer;
    const char *scope; /* "" = everywhere */
};
enum { HISTORY_DEVICES_MAX = 16, FORGETS_MAX = 24 };

struct history {
    const struct schema *schema;
    struct txnset refused; /* of those that it has merged, what counts nowhere, as the device that is looked at knows it (verdict.h) */
    struct txnset unshown; /* likewise: as far as its tables show */
    bool forgotten[ROWS_MAX]; /* likewise: rows that are as if they had never been written */
    uint32_t forget_count;
    struct {
        uint32_t segment, row; /* the control segment that says so */
        uint32_t marks;        /* the epoch whose key tells which row it is */
    } forgets[FORGETS_MAX];
    struct history_device devices[HISTORY_DEVICES_MAX];
    bool trusts;           /* who may do what moves: control segments are read (acts.h) */
    bool backdates;        /* somebody names older schema versions than it knows */
    uint32_t stick_count;  /* writers whose keys are in no store: whatever device they signed at has their segments as others' */
    uint8_t sticks[2][16];
    bool begins;           /* the fleet is being founded: what is in its logs was sealed before the history began */
    uint32_t txn_count, row_count, effect_count, segment_count;
    struct txn txns[TXNS_MAX];
    struct history_row rows[ROWS_MAX];
    struct effect effects[EFFECTS_MAX];
    struct history_segment segments[SEGMENTS_MAX];
};

void history_clear(struct history *h, const struct schema *schema);
/* The row of a key; made known if it is new. */
uint32_t history_row(struct history *h, unsigned table, const val *key);
/* A copy of all COLUMNS_MAX that lives until history_clear. */
const val *history_values(const val *values);
/* Names the segment of this hash; NONE = not known. */
uint32_t history_segment(const struct history *h, const uint8_t *hash);
uint32_t history_segment_add(struct history *h, const uint8_t *hash, unsigned device);
uint32_t history_txn_add(struct history *h, unsigned device, uint64_t stamp, const struct txnset *seen, const uint8_t *columns);
/* Add what the transaction did to one row; returns the effect, of which deltas and spares are still to be set. */
struct effect *history_effect_add(struct history *h, uint32_t txn, uint32_t row, const val *before, const val *after);
void *history_keep(const void *data, size_t len); /* a copy that lives until history_clear */

/* Total order of transactions: stamp, then segment hash. */
int history_order(const struct history *h, uint32_t a, uint32_t b);
static inline bool history_saw(const struct history *h, uint32_t later, uint32_t earlier)
{
    return set_has(&h->txns[later].seen, earlier);
}
const char *history_row_print(const struct history *h, uint32_t row); /* static, of a few calls */

#endif
