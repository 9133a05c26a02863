/* sim/world/history.c — see history.h. */
#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

#define ROW_SLOTS 8192u
#define PIECE_BYTES ((size_t)1 << 20)

static uint32_t row_slots[ROW_SLOTS]; /* row + 1 */

static struct piece {
    struct piece *next;
    size_t used;
    _Alignas(8) uint8_t data[PIECE_BYTES];
} * pieces;

void *history_keep(const void *data, size_t len)
{
    void *at;
    size_t taken = (len + 7) & ~(size_t)7;

    if (!pieces || pieces->used + taken > PIECE_BYTES) {
        struct piece *p = malloc(sizeof *p);

        if (!p)
            abort();
        p->next = pieces;
        p->used = 0;
        pieces = p;
    }
    at = pieces->data + pieces->used;
    memcpy(at, data, len);
    pieces->used += taken;
    return at;
}

void history_clear(struct history *h, const struct schema *schema)
{
    while (pieces && pieces->next) {
        struct piece *gone = pieces;

        pieces = pieces->next;
        free(gone);
    }
    if (pieces)
        pieces->used = 0;
    h->schema = schema;
    memset(&h->refused, 0, sizeof h->refused);
    memset(&h->unshown, 0, sizeof h->unshown);
    memset(h->forgotten, 0, sizeof h->forgotten);
    h->forget_count = 0;
    h->txn_count = h->row_count = h->effect_count = h->segment_count = 0;
    memset(row_slots, 0, sizeof row_slots);
}

const val *history_values(const val *values)
{
    return history_keep(values, COLUMNS_MAX * sizeof *values);
}

uint32_t history_row(struct history *h, unsigned table, const val *key)
{
    const struct table *t = &h->schema->tables[table];
    val whole[KEY_MAX] = { 0 };
    uint32_t slot;
    uint8_t bytes[512];
    struct history_row *row;

    memcpy(whole, key, t->key_count * sizeof *key);
    slot = (whole[0] * 2654435761u ^ whole[1] * 40503u * 977u ^ table * 7919u) & (ROW_SLOTS - 1);
    for (; row_slots[slot]; slot = (slot + 1) & (ROW_SLOTS - 1)) {
        row = &h->rows[row_slots[slot] - 1];
        if (row->table == table && memcmp(row->key, whole, sizeof whole) == 0)
            return row_slots[slot] - 1;
    }
    if (h->row_count == ROWS_MAX)
        failure("more than %d rows", ROWS_MAX);
    row = &h->rows[h->row_count];
    *row = (struct history_row){ .table = table, .first = NONE, .last = NONE };
    memcpy(row->key, whole, sizeof whole);
    row->len = key_bytes(bytes, sizeof bytes - 8, whole, t->key_count);
    if (!row->len)
        failure("table %s: a key that the oracle cannot write", t->name);
    row->bytes = history_keep(bytes, row->len);
    row_slots[slot] = ++h->row_count;
    return h->row_count - 1;
}

uint32_t history_segment(const struct history *h, const uint8_t *hash)
{
    for (uint32_t i = h->segment_count; i > 0; i--)
        if (memcmp(h->segments[i - 1].hash, hash, 32) == 0)
            return i - 1;
    return NONE;
}

uint32_t history_segment_add(struct history *h, const uint8_t *hash, unsigned device)
{
    struct history_segment *s = &h->segments[h->segment_count];

    if (h->segment_count == SEGMENTS_MAX)
        failure("more than %d segments", SEGMENTS_MAX);
    *s = (struct history_segment){ .device = device };
    memcpy(s->hash, hash, 32);
    return h->segment_count++;
}

uint32_t history_txn_add(struct history *h, unsigned device, uint64_t stamp, const struct txnset *seen, const uint8_t *columns)
{
    if (h->txn_count == TXNS_MAX)
        failure("more than %d transactions", TXNS_MAX);
    h->txns[h->txn_count] = (struct txn){ .device = device, .stamp = stamp, .seen = *seen, .segment = NONE };
    memcpy(h->txns[h->txn_count].columns, columns, sizeof h->txns[0].columns);
    return h->txn_count++;
}

/* "All columns of each group in which a value differs." An insert writes all groups; one of a table without groups writes bit 31. */
static uint32_t effect_groups(const struct table *t, unsigned column_count, const val *before, const val *after)
{
    uint32_t groups = 0, all = 0;

    for (unsigned i = 0; i < column_count; i++) {
        if (t->columns[i].is_key)
            continue;
        all |= 1u << t->columns[i].group;
        if (before && before[i] != after[i])
            groups |= 1u << t->columns[i].group;
    }
    if (before)
        return groups;
    return all ? all : 1u << 31;
}

struct effect *history_effect_add(struct history *h, uint32_t txn, uint32_t row, const val *before, const val *after)
{
    struct history_row *r = &h->rows[row];
    struct effect *e = &h->effects[h->effect_count];

    if (h->effect_count == EFFECTS_MAX)
        failure("more than %d effects", EFFECTS_MAX);
    *e = (struct effect){ .txn = txn, .row = row, .before = before, .after = after, .successor = NONE, .next = NONE };
    e->op = !before ? EFFECT_INSERT : !after ? EFFECT_DELETE : EFFECT_UPDATE;
    e->groups = after ? effect_groups(&h->schema->tables[r->table], h->txns[txn].columns[r->table], before, after) : 0;
    if (r->last == NONE)
        r->first = h->effect_count;
    else
        h->effects[r->last].next = h->effect_count;
    r->last = h->effect_count++;
    return e;
}

int history_order(const struct history *h, uint32_t a, uint32_t b)
{
    const struct txn *x = &h->txns[a], *y = &h->txns[b];

    if (x->stamp != y->stamp)
        return x->stamp < y->stamp ? -1 : 1;
    if (x->segment == NONE || y->segment == NONE)
        return a < b ? -1 : a > b; /* not sealed: only ever compared with itself */
    return memcmp(h->segments[x->segment].hash, h->segments[y->segment].hash, 32);
}

const char *history_row_print(const struct history *h, uint32_t row)
{
    static char texts[8][256];
    static unsigned next;
    const struct history_row *r = &h->rows[row];
    const struct table *t = &h->schema->tables[r->table];
    char *out = texts[next++ % 8];

    snprintf(out, 256, "%s[%s%s%s]", t->name, value_print(r->key[0]), t->key_count > 1 ? "," : "", t->key_count > 1 ? value_print(r->key[1]) : "");
    return out;
}
