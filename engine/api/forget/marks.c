/* api/forget/marks.c — which rows are forgotten: told by their marks, with the keys of marks that are here. See forget.h. */
#include "api/forget/forget.h"
#include "api/judge/judge.h"

#include <string.h>

#include "store/keys/epoch.h"

/* --- the keys --- */

static enum jemput_status keys_of_number(struct jemput *j, struct engine_marks *m, uint32_t number, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; !st; i++) {
        if (m->count == m->room) {
            uint32_t room = m->room ? 2 * m->room : 4;
            struct engine_mark_key *grown = jemput_alloc_zero(room, sizeof *grown);

            if (!grown)
                return jemput_fail(err, JEMPUT_NOMEM, "no memory for keys of marks");
            if (m->count)
                memcpy(grown, m->of, m->count * sizeof *grown);
            m->room = room;
            if (m->of)
                jemput_wipe(m->of, m->count * sizeof *m->of);
            jemput_free(m->of);
            m->of = grown;
        }
        st = jemput_store_epoch_get(j->store, number, NULL, i, m->of[m->count].key, err);
        m->of[m->count].number = number;
        m->count += !st;
    }
    return st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
}

enum jemput_status engine_marks_take(struct engine_marks *out, struct jemput *j, struct jemput_error *err)
{
    uint32_t before = 0;
    enum jemput_status st = JEMPUT_OK;

    *out = (struct engine_marks){ .j = j };
    for (uint32_t i = 0; !st && i < j->forgets.count; i++) { /* ascending by number */
        if (j->forgets.of[i]->marks != before)
            st = keys_of_number(j, out, j->forgets.of[i]->marks, err);
        before = j->forgets.of[i]->marks;
    }
    return st;
}

void engine_marks_release(struct engine_marks *m)
{
    if (m->of)
        jemput_wipe(m->of, m->room * sizeof *m->of);
    jemput_free(m->of);
    *m = (struct engine_marks){ 0 };
}

enum jemput_status engine_marks_hit(const struct engine_marks *m, uint32_t table, struct jemput_bytes key, bool *out, struct jemput_error *err)
{
    enum jemput_status st = JEMPUT_OK;

    *out = false;
    for (uint32_t i = 0; !st && !*out && i < m->count; i++) {
        uint8_t mark[JEMPUT_HASH256_BYTES];

        st = engine_mark(mark, &m->j->space, table, key, m->of[i].key, err);
        *out = !st && engine_forgets_have(&m->j->forgets, m->of[i].number, mark);
    }
    return st;
}

/* --- changes of such rows --- */

struct dropping { /* one flag a change, all transactions' in a row; NULL = none is dropped yet */
    const struct jemput_txn *txns;
    uint32_t count;
    bool *dropped;
    size_t total;
    struct jemput_arena *arena;
};

static enum jemput_status drop_note(struct dropping *d, size_t at, struct jemput_error *err)
{
    if (!d->dropped) {
        d->dropped = jemput_arena_array(d->arena, d->total, sizeof *d->dropped);
        if (!d->dropped)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for changes");
        memset(d->dropped, 0, d->total * sizeof *d->dropped);
    }
    d->dropped[at] = true;
    return JEMPUT_OK;
}

static enum jemput_status drop_look(const struct engine_marks *m, struct dropping *d, struct jemput_error *err)
{
    size_t at = 0;
    enum jemput_status st = JEMPUT_OK;

    for (uint32_t i = 0; i < d->count; i++)
        d->total += d->txns[i].change_count;
    for (uint32_t t = 0; !st && m->count && t < d->count; t++)
        for (uint32_t c = 0; !st && c < d->txns[t].change_count; c++, at++) {
            bool hit;

            st = engine_marks_hit(m, d->txns[t].changes[c].table, d->txns[t].changes[c].key, &hit, err);
            if (!st && hit)
                st = drop_note(d, at, err);
        }
    return st;
}

static enum jemput_status txn_drop(struct jemput_txn *txn, const bool *dropped, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_change *kept = jemput_arena_array(arena, txn->change_count, sizeof *kept);
    uint32_t count = 0;

    if (!kept)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for changes");
    for (uint32_t i = 0; i < txn->change_count; i++)
        if (!dropped[i])
            kept[count++] = txn->changes[i];
    txn->changes = kept;
    txn->change_count = count;
    return JEMPUT_OK;
}

/* What was decoded stays as it is: it may be merged once more. */
static enum jemput_status txns_drop(const struct dropping *d, const struct jemput_txn **out, struct jemput_error *err)
{
    struct jemput_txn *copy = jemput_arena_array(d->arena, d->count, sizeof *copy);
    size_t at = 0;
    enum jemput_status st = JEMPUT_OK;

    if (!copy)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for transactions");
    memcpy(copy, d->txns, d->count * sizeof *copy);
    for (uint32_t i = 0; !st && i < d->count; at += d->txns[i++].change_count)
        if (d->txns[i].change_count && memchr(d->dropped + at, true, d->txns[i].change_count))
            st = txn_drop(&copy[i], d->dropped + at, d->arena, err);
    *out = copy;
    return st;
}

enum jemput_status engine_forgotten_drop(struct jemput *j, const struct jemput_txn *txns, uint32_t count, const struct jemput_txn **out, bool *any,
                                         struct jemput_arena *arena, struct jemput_error *err)
{
    struct dropping d = { .txns = txns, .count = count, .arena = arena };
    struct engine_marks marks = { .count = 0 };
    enum jemput_status st = j->forgets.count ? engine_marks_take(&marks, j, err) : JEMPUT_OK;

    *out = txns;
    if (!st)
        st = drop_look(&marks, &d, err);
    engine_marks_release(&marks);
    if (st || !d.dropped)
        return st;
    *any = true;
    return txns_drop(&d, out, err);
}

/* --- a key may have come --- */

/* How many of j->forgets' records have their key here. */
static enum jemput_status known_count(struct jemput *j, int64_t *known, struct jemput_error *err)
{
    uint8_t key[JEMPUT_SEAL_KEY_BYTES];
    enum jemput_status st = JEMPUT_OK;

    *known = 0;
    for (uint32_t i = 0; !st && i < j->forgets.count; i++) {
        st = jemput_store_epoch_get(j->store, j->forgets.of[i]->marks, NULL, 0, key, err);
        *known += !st;
        st = st == JEMPUT_NOTFOUND ? JEMPUT_OK : st;
    }
    jemput_wipe(key, sizeof key);
    return st;
}

enum jemput_status engine_marks_whole(struct jemput *j, bool *out, struct jemput_error *err)
{
    int64_t known = 0;
    enum jemput_status st = known_count(j, &known, err);

    *out = !st && known == j->forgets.count;
    return st;
}

enum jemput_status engine_marks_follow(struct jemput *j, struct jemput_error *err)
{
    int64_t known = 0, before = 0;
    enum jemput_status st = j->forgets.count ? jemput_store_number_get(j->store, FACT_MARKS_KNOWN, 0, &before, err) : JEMPUT_OK;

    if (!st)
        st = known_count(j, &known, err);
    if (st || known == before)
        return st;
    st = jemput_store_number_put(j->store, FACT_MARKS_KNOWN, known, err);
    return st ? st : engine_rebuild_note(j, err);
}

/* --- rows of a state that was loaded --- */

enum jemput_status engine_forgotten_row(void *rows, uint32_t table, struct jemput_bytes key, struct jemput_error *err)
{
    struct engine_forgotten_rows *r = rows;
    bool hit;
    enum jemput_status st = engine_marks_hit(&r->marks, table, key, &hit, err);

    if (st || !hit)
        return st;
    if (r->count == r->room) {
        uint32_t room = r->room ? 2 * r->room : 16, *tables = jemput_arena_array(&r->arena, room, sizeof *tables);
        struct jemput_bytes *keys = jemput_arena_array(&r->arena, room, sizeof *keys);

        if (!tables || !keys)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
        if (r->count) {
            memcpy(tables, r->tables, r->count * sizeof *tables);
            memcpy(keys, r->keys, r->count * sizeof *keys);
        }
        r->tables = tables;
        r->keys = keys;
        r->room = room;
    }
    r->tables[r->count] = table;
    r->keys[r->count] = jemput_arena_copy(&r->arena, key);
    if (!r->keys[r->count].data)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for rows that are forgotten");
    r->count++;
    return JEMPUT_OK;
}
