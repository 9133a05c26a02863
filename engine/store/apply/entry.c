/* store/apply/entry.c — the changes of a batch in the order of table, key and version: trees are written in their order, and what belongs to one row
 * stands together.
 *
 * Most keys are random in their first bytes. So they are spread over buckets by the highest bits in which they differ, and each bucket is a few
 * entries; one that is not (keys that somebody chose) is sorted by comparing, so no keys make this slow. */
#include <stdlib.h>
#include <string.h>

#include "store/apply/apply.h"

#define BUCKETS 2048u
#define SPREAD_MIN 256 /* fewer are not worth the buckets */
#define FEW 24         /* so many are sorted by insertion */

/* The first bytes of a key as a number that sorts alike; a shorter key comes before one that goes on. */
static uint64_t key_prefix(struct jemput_bytes key)
{
    uint64_t prefix = 0;

    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < key.len ? key.data[i] : 0);
    return prefix;
}

static int entry_compare(const void *left, const void *right)
{
    const struct jemput_entry *a = left, *b = right;
    int order;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->change->table != b->change->table)
        return a->change->table < b->change->table ? -1 : 1;
    order = jemput_bytes_compare(a->change->key, b->change->key);
    if (order)
        return order;
    return a->version < b->version ? -1 : a->version > b->version;
}

static void bucket_sort(struct jemput_entry *entries, size_t count)
{
    if (count > FEW) {
        qsort(entries, count, sizeof *entries, entry_compare);
        return;
    }
    for (size_t i = 1; i < count; i++) {
        struct jemput_entry entry = entries[i];
        size_t at = i;

        for (; at > 0 && entry_compare(&entry, &entries[at - 1]) < 0; at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
    }
}

void jemput_entries_sort(struct jemput_entry *entries, struct jemput_entry *spare, size_t count)
{
    uint32_t ends[BUCKETS] = { 0 };
    uint64_t differing = 0;
    unsigned shift = 0;
    size_t start = 0;

    JEMPUT_ASSERT(count <= UINT32_MAX);
    for (size_t i = 0; i < count; i++)
        differing |= entries[i].number ^ entries[0].number;
    if (count < SPREAD_MIN || !differing) {
        bucket_sort(entries, count);
        return;
    }
    while (differing >> shift >= BUCKETS)
        shift++;
    for (size_t i = 0; i < count; i++)
        ends[entries[i].number >> shift & (BUCKETS - 1)]++;
    for (uint32_t i = 0, at = 0; i < BUCKETS; i++) { /* where each bucket begins; filling it moves that to its end */
        uint32_t in_bucket = ends[i];

        ends[i] = at;
        at += in_bucket;
    }
    memcpy(spare, entries, count * sizeof *entries);
    for (size_t i = 0; i < count; i++)
        entries[ends[spare[i].number >> shift & (BUCKETS - 1)]++] = spare[i];
    for (uint32_t i = 0; i < BUCKETS; start = ends[i++])
        bucket_sort(entries + start, ends[i] - start);
}

/* Adds to ends[table] the changes of a segment that is what its registration says. */
static enum jemput_status segment_count_changes(const struct jemput_batch *b, const struct jemput_apply *segment, size_t *ends,
                                                struct jemput_error *err)
{
    const struct jemput_cause *s;
    enum jemput_status st = jemput_causes_segment(b->store, segment->segment_id, &s, err);

    if (st)
        return st;
    if (s->txn_count != segment->count)
        return jemput_fail(err, JEMPUT_CORRUPT, "segment %lld has %u transactions, not %u", (long long)segment->segment_id, (unsigned)s->txn_count,
                           (unsigned)segment->count);
    for (uint32_t i = 0; i < segment->count; i++)
        for (uint32_t k = 0; k < segment->txns[i].change_count; k++) {
            uint32_t table = segment->txns[i].changes[k].table;

            if (table < 1 || table > b->appliers->count)
                return jemput_fail(err, JEMPUT_CORRUPT, "there is no replicated table %u", (unsigned)table);
            ends[table]++;
        }
    return JEMPUT_OK;
}

/* Each change goes to the end of its table's part. */
static void segment_place(struct jemput_entry *entries, const struct jemput_apply *segment, size_t *ends)
{
    for (uint32_t i = 0; i < segment->count; i++)
        for (uint32_t k = 0; k < segment->txns[i].change_count; k++) {
            const struct jemput_change *change = &segment->txns[i].changes[k];

            entries[ends[change->table]++] = (struct jemput_entry){ .number = key_prefix(change->key),
                .version = (uint64_t)segment->segment_id * JEMPUT_VERSION_PLACES + i, .change = change };
        }
}

enum jemput_status jemput_entries_make(struct jemput_entry **out, size_t *entry_count, struct jemput_batch *b, const struct jemput_apply *segments,
                                       uint32_t segment_count, struct jemput_error *err)
{
    uint32_t tables = b->appliers->count;
    size_t *ends = jemput_arena_array(&b->arena, tables + 1, sizeof *ends), total = 0, start = 0;
    struct jemput_entry *entries;
    enum jemput_status st = ends ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for tables");

    for (uint32_t s = 0; !st && s < segment_count; s++)
        st = segment_count_changes(b, &segments[s], ends, err);
    if (st)
        return st;
    for (uint32_t t = 0; t <= tables; t++) { /* where each part begins; filling it moves that to its end */
        size_t of_table = ends[t];

        ends[t] = total;
        total += of_table;
    }
    entries = jemput_arena_array(&b->arena, 2 * total, sizeof *entries);
    if (!entries)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %zu changes", total);
    for (uint32_t s = 0; s < segment_count; s++)
        segment_place(entries, &segments[s], ends);
    for (uint32_t t = 0; t <= tables; start = ends[t++])
        jemput_entries_sort(entries + start, entries + total, ends[t] - start);
    *out = entries;
    *entry_count = total;
    return JEMPUT_OK;
}
