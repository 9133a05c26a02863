/* sim/world/sealed.c — see sealed.h. */
#include "sealed.h"

#include <string.h>

#include "api/engine.h"
#include "api/ingest/segment.h"
#include "change/key.h"
#include "failure.h"
#include "verdict.h"

#define LATE_NOTE "baris ini sudah digabung; tulisan yang menyusul dipindahkan"

struct sealed {
    struct device *d;
    uint32_t txn;
    unsigned table;
    uint32_t row;
};

static val val_of(const struct jemput_value *v)
{
    bool sized = v->type == JEMPUT_TEXT || v->type == JEMPUT_BLOB;

    return value_take(&(struct value){ .kind = (enum value_kind)v->type, .integer = v->type == JEMPUT_INTEGER ? v->integer : 0,
        .real = v->type == JEMPUT_REAL ? v->real : 0, .data = sized ? (const char *)v->bytes.data : NULL,
        .len = sized ? (uint32_t)v->bytes.len : 0 });
}

/* --- rows --- */

static unsigned table_of(const struct sealed *s, uint32_t id)
{
    const struct jemput_table *table = jemput_store_table(s->d->jemput->store, id);

    for (unsigned i = 0; table && i < s->d->history->schema->table_count; i++)
        if (strcmp(s->d->history->schema->tables[i].name, table->name) == 0)
            return i;
    failure("device %u: sealed is a change of a table %u that is not there", s->d->number, id);
}

/* A key that no table has shown yet: numbers stand in it as integers where they can, and in the table as its column has them. */
static uint32_t row_new(const struct sealed *s, struct jemput_bytes key)
{
    const struct table *t = &s->d->history->schema->tables[s->table];
    struct jemput_value values[KEY_MAX];
    struct jemput_error err;
    val whole[KEY_MAX] = { 0 };

    if (jemput_key_read(values, t->key_count, key, &err))
        failure("device %u: sealed is a key that cannot be read: %s", s->d->number, err.text);
    for (unsigned i = 0; i < t->key_count; i++) {
        if (t->columns[t->key[i]].type == TYPE_REAL && values[i].type == JEMPUT_INTEGER)
            values[i] = (struct jemput_value){ .type = JEMPUT_REAL, .real = (double)values[i].integer };
        whole[i] = val_of(&values[i]);
    }
    return history_row(s->d->history, s->table, whole);
}

static uint32_t row_of(const struct sealed *s, struct jemput_bytes key)
{
    const struct history *h = s->d->history;

    for (uint32_t i = 0; i < h->row_count; i++)
        if (h->rows[i].table == s->table && h->rows[i].len == key.len && memcmp(h->rows[i].bytes, key.data, key.len) == 0)
            return i;
    return row_new(s, key);
}

/* --- changes --- */

/* Who made it, the name of the transaction says by its writer; the history, by the device. */
static uint32_t txn_named(const struct sealed *s, const struct jemput_txn_name *name)
{
    const struct history *h = s->d->history;
    uint32_t found = NONE;

    for (uint32_t i = 0; i < h->txn_count; i++) {
        if (h->txns[i].stamp != name->stamp || !set_has(&s->d->knows.merged, i))
            continue;
        if (memcmp(h->txns[i].writer, name->writer.id, sizeof h->txns[i].writer) == 0)
            found = i;
    }
    if (found == NONE)
        failure("device %u: sealed is a write that leaves one open that is not known there", s->d->number);
    return found;
}

static void spares_take(const struct sealed *s, struct effect *e, const struct jemput_change *c)
{
    const struct table *t = &s->d->history->schema->tables[s->table];
    struct spare spares[256];

    for (uint32_t i = 0; i < c->spare_count; i++) {
        if (i == sizeof spares / sizeof spares[0])
            failure("device %u: a write leaves %u open", s->d->number, c->spare_count);
        spares[i] = (struct spare){ 1u << t->columns[c->spares[i].column].group, txn_named(s, &c->spares[i].txn) };
    }
    e->spare_count = c->spare_count;
    if (c->spare_count)
        e->spares = history_keep(spares, c->spare_count * sizeof spares[0]);
}

static void cells_take(const struct sealed *s, struct effect *e, const struct jemput_change *c)
{
    const struct table *t = &s->d->history->schema->tables[s->table];
    val after[COLUMNS_MAX] = { 0 }, before[COLUMNS_MAX] = { 0 };
    int64_t deltas[COLUMNS_MAX] = { 0 };
    uint32_t groups = 0;

    for (unsigned i = 0; i < t->key_count; i++)
        after[t->key[i]] = before[t->key[i]] = s->d->history->rows[s->row].key[i];
    for (uint16_t i = 0; i < c->cell_count; i++) {
        const struct jemput_cell *cell = &c->cells[i];

        after[cell->column] = val_of(&cell->value);
        before[cell->column] = cell->has_before ? val_of(&cell->before) : 0;
        deltas[cell->column] = cell->is_delta ? cell->value.integer : 0;
        groups |= 1u << t->columns[cell->column].group;
    }
    e->after = history_values(after);
    if (e->op == EFFECT_UPDATE) {
        e->before = history_values(before);
        e->groups = groups;
    }
    for (unsigned i = 0; i < t->column_count; i++)
        if (t->columns[i].rule == RULE_SUM)
            e->deltas = history_keep(deltas, sizeof deltas);
}

static void change_take(struct sealed *s, const struct jemput_change *c)
{
    static const val nothing[COLUMNS_MAX];
    struct effect *e;

    s->table = table_of(s, c->table);
    s->row = row_of(s, c->key);
    e = history_effect_add(s->d->history, s->txn, s->row, c->op == JEMPUT_OP_INSERT ? NULL : nothing, c->op == JEMPUT_OP_DELETE ? NULL : nothing);
    if (c->successor.len)
        e->successor = row_of(s, c->successor);
    if (c->op == JEMPUT_OP_DELETE)
        return;
    cells_take(s, e, c);
    spares_take(s, e, c);
}

/* --- the transaction --- */

/* Of its own it has seen those before it, and those behind have seen it: the app may have committed since it was sealed. */
static uint32_t txn_add(struct device *d, uint64_t stamp)
{
    struct history *h = d->history;
    struct txnset seen = d->knows.merged;
    uint32_t txn;

    for (uint32_t i = 0; i < d->knows.unsealed_count; i++)
        set_remove(&seen, d->knows.unsealed[i]);
    txn = history_txn_add(h, d->number, stamp, &seen, d->knows.columns);
    for (uint32_t i = 0; i < d->knows.unsealed_count; i++)
        set_add(&h->txns[d->knows.unsealed[i]].seen, txn);
    set_add(&d->knows.own, txn);
    set_add(&d->knows.merged, txn);
    return txn;
}

uint32_t sealed_txn_add(struct device *d, const uint8_t *hash, uint64_t stamp)
{
    struct sealed s = { .d = d };
    struct jemput *j = d->jemput;
    struct jemput_arena arena = { 0 };
    struct jemput_segment segment;
    struct engine_segment read;
    struct jemput_txn *txns = NULL;
    struct jemput_hash name;
    struct jemput_oid oid;
    struct jemput_error err;
    uint32_t count = 0, at = 0;
    bool unread = false;

    memcpy(name.bytes, hash, sizeof name.bytes);
    if (engine_awake(j, &err) || jemput_store_segment_find(j->store, &name, &segment, &err))
        failure("device %u: read a segment: %s", d->number, err.text);
    memcpy(oid.id, segment.commit, sizeof oid.id);
    if (engine_segment_read(j, jemput_repo_source(j->repo), &oid, true, &read, &arena, &err) ||
        engine_txns_read(j, &read.header, &read.commit, &txns, &count, &unread, &arena, &err))
        failure("device %u: read a segment: %s", d->number, err.text);
    while (at < count && txns[at].stamp != stamp)
        at++;
    if (at == count)
        failure("device %u: a segment has no transaction of the stamp %llu that it names", d->number, (unsigned long long)stamp);
    s.txn = txn_add(d, stamp);
    d->history->txns[s.txn].late = jemput_bytes_equal(txns[at].note, jemput_bytes_str(LATE_NOTE));
    for (uint32_t i = 0; i < txns[at].change_count; i++)
        change_take(&s, &txns[at].changes[i]);
    if (!verdict_allows_txn(d, s.txn))
        failure("device %u: transaction %u, of the engine's own, is beyond what the device may write", d->number, s.txn);
    jemput_arena_release(&arena);
    return s.txn;
}
