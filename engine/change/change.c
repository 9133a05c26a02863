/* change/change.c — changes and transactions: what they weigh, and what a change may hold. */
#include "change/change.h"

#include <stdlib.h>

#include "base/limits.h"
#include "change/key.h"

int jemput_txn_name_compare(const struct jemput_txn_name *a, const struct jemput_txn_name *b)
{
    if (a->stamp != b->stamp)
        return a->stamp < b->stamp ? -1 : 1;
    return jemput_writer_compare(&a->writer, &b->writer);
}

static uint64_t value_weight(const struct jemput_value *v)
{
    return v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB ? v->bytes.len / 64 : 0;
}

uint64_t jemput_change_weight(const struct jemput_change *c)
{
    uint64_t weight = 1 + c->key.len / 8 + c->cell_count + c->spare_count + (c->successor.len ? 1 + c->successor.len / 8 : 0);

    for (uint16_t i = 0; i < c->cell_count; i++)
        weight += value_weight(&c->cells[i].value) + (c->cells[i].has_before ? value_weight(&c->cells[i].before) : 0);
    return weight;
}

uint64_t jemput_txn_weight(const struct jemput_txn *txn)
{
    uint64_t weight = 0;

    for (uint32_t i = 0; i < txn->change_count; i++)
        weight += jemput_change_weight(&txn->changes[i]);
    return weight;
}

static int spare_compare(const void *left, const void *right)
{
    const struct jemput_spare *a = left, *b = right;

    if (a->column != b->column)
        return a->column < b->column ? -1 : 1;
    return jemput_txn_name_compare(&a->txn, &b->txn);
}

uint32_t jemput_spares_normalise(struct jemput_spare *spares, uint32_t count)
{
    uint32_t kept = 0;

    if (count)
        qsort(spares, count, sizeof *spares, spare_compare);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || spare_compare(&spares[kept - 1], &spares[i]) != 0)
            spares[kept++] = spares[i];
    return kept;
}

static bool spares_are_sound(const struct jemput_change *c)
{
    uint16_t cell = 0;

    if (c->spare_count > JEMPUT_SPARES_MAX)
        return false;
    for (uint32_t i = 0; i < c->spare_count; i++) {
        const struct jemput_spare *spare = &c->spares[i];

        if (spare->txn.stamp > JEMPUT_STAMP_MAX || (i && spare_compare(spare - 1, spare) >= 0))
            return false;
        while (cell < c->cell_count && c->cells[cell].column < spare->column)
            cell++;
        if (cell == c->cell_count || c->cells[cell].column != spare->column)
            return false;
    }
    return true;
}

static bool successor_is_sound(const struct jemput_change *c)
{
    return jemput_key_count(c->successor) == jemput_key_count(c->key) && !jemput_bytes_equal(c->successor, c->key);
}

bool jemput_change_is_sound(const struct jemput_change *c)
{
    if ((c->spare_count && c->op != JEMPUT_OP_UPDATE) || (c->successor.len && c->op != JEMPUT_OP_DELETE))
        return false;
    switch (c->op) {
    case JEMPUT_OP_INSERT:
        return true;
    case JEMPUT_OP_UPDATE:
        return spares_are_sound(c);
    case JEMPUT_OP_DELETE:
        return c->cell_count == 0 && (c->successor.len == 0 || successor_is_sound(c));
    case JEMPUT_OP_DECIDE:
        return c->cell_count > 0;
    }
    return false;
}
