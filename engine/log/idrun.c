/* log/idrun.c — id runs: ids that jemput_id() made are sent as (run, counter), for 32 bytes of seed once (schema/formats/payload.md, "Id runs").
 *
 * The writer goes the short way round: it notes the ids that the segment holds, a few thousand, and hashes through the runs it was given until each
 * is found, rather than keeping a table of everything that the runs could have made. */
#include "log/codec.h"

#include <limits.h>
#include <string.h>

#define RUN_HITS_MIN 3         /* fewer ids than this are shorter as they are */
/* How many ids of the runs are tried: a bound on the time that sealing takes when a segment holds ids from elsewhere, which no run has. */
#define TRIED_MIN 4096
#define TRIED_PER_ID 32
#define TRIED_MAX 100000

struct id_entry {
    const uint8_t *id; /* NULL = free */
    uint32_t run;      /* UINT32_MAX = of no run */
    uint64_t counter;
};

struct jemput_id_table {
    struct id_entry *entries;
    size_t mask;
    size_t used;
    uint32_t run_count; /* named in the segment */
    struct jemput_id_run runs[JEMPUT_ID_RUNS_MAX]; /* first and count narrowed to the counters in use */
};

static size_t id_hash(const uint8_t *id)
{
    uint64_t h;

    memcpy(&h, id, sizeof h); /* ids are random; literals that are not cost time only on the device that chose them */
    h ^= h >> 29;
    return (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 16);
}

static struct id_entry *table_slot(const struct jemput_id_table *t, const uint8_t *id)
{
    size_t at = id_hash(id) & t->mask;

    while (t->entries[at].id && memcmp(t->entries[at].id, id, JEMPUT_ID_BYTES) != 0)
        at = (at + 1) & t->mask;
    return &t->entries[at];
}

static bool is_id(const struct jemput_value *v)
{
    return v->type == JEMPUT_BLOB && v->bytes.len == JEMPUT_ID_BYTES;
}

static void table_note(struct jemput_id_table *t, const struct jemput_value *v)
{
    struct id_entry *e;

    if (!is_id(v))
        return;
    e = table_slot(t, v->bytes.data);
    if (e->id)
        return;
    *e = (struct id_entry){ .id = v->bytes.data, .run = UINT32_MAX };
    t->used++;
}

/* Without a table it only counts what a table would have to hold. */
static size_t key_ids(struct jemput_bytes key, struct jemput_id_table *t)
{
    struct jemput_reader r = { .rest = key };
    struct jemput_value v;
    size_t count = 0;

    while (r.rest.len && !r.overrun) {
        jemput_value_read(&r, &v);
        count += is_id(&v);
        if (t)
            table_note(t, &v);
    }
    return count;
}

static size_t change_ids(const struct jemput_change *c, struct jemput_id_table *t)
{
    size_t count = key_ids(c->key, t) + key_ids(c->successor, t);

    for (uint16_t i = 0; i < c->cell_count; i++) {
        const struct jemput_cell *cell = &c->cells[i];

        count += is_id(&cell->value) + (cell->has_before && is_id(&cell->before));
        if (t) {
            table_note(t, &cell->value);
            if (cell->has_before)
                table_note(t, &cell->before);
        }
    }
    return count;
}

static size_t all_ids(const struct jemput_txn *txns, uint32_t count, struct jemput_id_table *t)
{
    size_t ids = 0;

    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < txns[i].change_count; k++)
            ids += change_ids(&txns[i].changes[k], t);
    return ids;
}

static void table_search_run(struct jemput_id_table *t, const struct jemput_id_run *run, size_t *left, size_t *tries)
{
    struct jemput_id_run used = *run;
    struct jemput_hashing hashing;
    uint64_t low = UINT64_MAX, high = 0;
    uint32_t hits = 0;
    uint8_t id[JEMPUT_ID_BYTES];

    if (t->run_count == JEMPUT_ID_RUNS_MAX)
        return;
    jemput_hash_id_begin(&hashing, run->seed);
    for (uint64_t i = 0; i < run->count && *left && *tries; i++, --*tries) {
        uint64_t counter = run->first + run->count - 1 - i; /* newest first: that is where a segment's ids come from */
        struct id_entry *e;

        jemput_hash_id_of(id, &hashing, counter);
        e = table_slot(t, id);
        if (!e->id || e->run != UINT32_MAX)
            continue;
        e->run = t->run_count;
        e->counter = counter;
        low = counter < low ? counter : low;
        high = counter > high ? counter : high;
        hits++;
        --*left;
    }
    if (hits == 0)
        return;
    used.first = low;
    used.count = high - low + 1;
    if (hits >= RUN_HITS_MIN) {
        t->runs[t->run_count++] = used;
        return;
    }
    for (size_t i = 0; i <= t->mask; i++)
        if (t->entries[i].id && t->entries[i].run == t->run_count)
            t->entries[i].run = UINT32_MAX;
}

enum jemput_status jemput_id_table_new(struct jemput_id_table **out, const struct jemput_txn *txns, uint32_t count, const struct jemput_id_run *runs,
                                       uint32_t run_count, struct jemput_arena *arena, struct jemput_error *err)
{
    struct jemput_id_table *t = jemput_arena_alloc(arena, sizeof *t);
    size_t ids = run_count ? all_ids(txns, count, NULL) : 0, size = 16, left, tries;

    while (size < 2 * ids)
        size *= 2;
    if (t)
        t->entries = jemput_arena_array(arena, size, sizeof *t->entries);
    if (!t || !t->entries)
        return jemput_fail(err, JEMPUT_NOMEM, "id runs: no memory for %zu ids", ids);
    t->mask = size - 1;
    if (run_count)
        all_ids(txns, count, t);
    left = t->used;
    tries = TRIED_MIN + TRIED_PER_ID * t->used < TRIED_MAX ? TRIED_MIN + TRIED_PER_ID * t->used : TRIED_MAX;
    for (uint32_t i = run_count; i-- > 0 && left;) /* newest run first, likewise */
        table_search_run(t, &runs[i], &left, &tries);
    *out = t;
    return JEMPUT_OK;
}

struct id_place { /* where an id comes from */
    uint32_t run; /* index among the runs that the segment names */
    uint64_t counter;
};

static bool table_find(const struct jemput_id_table *t, struct jemput_bytes id, struct id_place *out)
{
    const struct id_entry *e = table_slot(t, id.data);

    if (!e->id || e->run == UINT32_MAX)
        return false;
    *out = (struct id_place){ .run = e->run, .counter = e->counter };
    return true;
}

void jemput_id_runs_write(struct jemput_sink *s, const struct jemput_id_table *t)
{
    jemput_buf_varint(s->body, t->run_count);
    for (uint32_t i = 0; i < t->run_count; i++) {
        jemput_range_write_raw(&s->codes, jemput_bytes_of(t->runs[i].seed, sizeof t->runs[i].seed));
        jemput_buf_varint(s->body, t->runs[i].first);
        jemput_buf_varint(s->body, t->runs[i].count);
    }
}

void jemput_id_runs_read(struct jemput_source *s)
{
    uint64_t count = jemput_read_varint(&s->body);

    if (count > JEMPUT_ID_RUNS_MAX) {
        jemput_source_fail(s, JEMPUT_CORRUPT, "id runs: too many");
        return;
    }
    s->run_count = (uint32_t)count;
    s->runs = jemput_arena_array(s->arena, count, sizeof *s->runs);
    if (!s->runs) {
        jemput_source_fail(s, JEMPUT_NOMEM, "id runs: no memory");
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        struct jemput_id_run *run = &s->runs[i];

        jemput_range_read_raw(&s->codes, run->seed, sizeof run->seed);
        run->first = jemput_read_varint(&s->body);
        run->count = jemput_read_varint(&s->body);
        if (run->count == 0 || run->first + (run->count - 1) < run->first)
            jemput_source_fail(s, JEMPUT_CORRUPT, "id runs: an empty or endless one");
    }
}

/* --- the coding: codes: literal or not, which run, difference to the run's counter before in this column; or 16 bytes --- */

struct ids_model {
    struct jemput_bit_model literal;
    struct jemput_tree_model run;
    struct jemput_number_model step;
    uint64_t counter[JEMPUT_ID_RUNS_MAX];
};

static void ids_model_init(struct ids_model *m, const struct jemput_id_run *runs, uint32_t run_count)
{
    for (uint32_t i = 0; i < run_count; i++)
        m->counter[i] = runs[i].first;
}

enum jemput_fit jemput_ids_write(struct jemput_sink *s, const struct jemput_cells *c, unsigned variant)
{
    struct ids_model *m = jemput_arena_alloc(c->scratch, sizeof *m);
    const struct jemput_id_table *t = c->ids;

    (void)variant;
    if (!m)
        return JEMPUT_FIT_NOMEM;
    ids_model_init(m, t->runs, t->run_count);
    for (uint32_t i = 0; i < c->count; i++) {
        struct id_place place;
        bool found;

        if (!is_id(c->at[i]))
            return JEMPUT_FIT_NO;
        found = t->run_count && table_find(t, c->at[i]->bytes, &place);
        if (t->run_count)
            jemput_range_write_bit(&s->codes, &m->literal, !found);
        if (!found) {
            jemput_range_write_raw(&s->codes, c->at[i]->bytes);
            continue;
        }
        if (t->run_count > 1)
            jemput_range_write_tree(&s->codes, &m->run, 8, place.run);
        jemput_range_write_number(&s->codes, &m->step, jemput_zigzag((int64_t)(place.counter - m->counter[place.run])));
        m->counter[place.run] = place.counter;
    }
    return JEMPUT_FIT_YES;
}

struct run_hashing { /* of the run that the last id was of: the next one mostly is of it, too */
    struct jemput_hashing begun;
    unsigned run; /* UINT_MAX = none yet */
};

static bool ids_read_run(struct jemput_source *s, struct ids_model *m, struct run_hashing *hashing, uint8_t *id)
{
    unsigned run = s->run_count > 1 ? jemput_range_read_tree(&s->codes, &m->run, 8) : 0;
    uint64_t counter;

    if (run >= s->run_count)
        return false;
    counter = m->counter[run] + (uint64_t)jemput_unzigzag(jemput_range_read_number(&s->codes, &m->step));
    if (counter - s->runs[run].first >= s->runs[run].count)
        return false;
    m->counter[run] = counter;
    if (run != hashing->run)
        jemput_hash_id_begin(&hashing->begun, s->runs[run].seed);
    hashing->run = run;
    jemput_hash_id_of(id, &hashing->begun, counter);
    return true;
}

void jemput_ids_read(struct jemput_source *s, const struct jemput_cells *c)
{
    struct ids_model *m = jemput_source_scratch(s, 1, sizeof *m);
    struct run_hashing hashing = { .run = UINT_MAX };

    if (!m)
        return;
    ids_model_init(m, s->runs, s->run_count);
    for (uint32_t i = 0; i < c->count; i++) {
        uint8_t *id = jemput_source_make(s, JEMPUT_ID_BYTES);

        if (!id)
            return;
        if (s->run_count == 0 || jemput_range_read_bit(&s->codes, &m->literal)) {
            jemput_range_read_raw(&s->codes, id, JEMPUT_ID_BYTES);
        } else if (!ids_read_run(s, m, &hashing, id)) {
            jemput_source_fail(s, JEMPUT_CORRUPT, "ids: outside the runs");
            return;
        }
        *c->at[i] = (struct jemput_value){ .type = JEMPUT_BLOB, .bytes = { id, JEMPUT_ID_BYTES } };
    }
}
