/* api/audit/hub_context.c — what the segments of a hub say of each other: each had seen others, and those should be here, and be what it says.
 *
 * What is missing was kept back, or the hub was put back, or its author had met another hub: a stick, say. */
#include "api/audit/hub.h"

#include <stdlib.h>
#include <string.h>

struct log_end { /* how far a log is here */
    struct jemput_writer writer;
    uint64_t first, last;
    uint64_t seen; /* the highest number that a context names and that is missing here */
};

static int end_compare(const void *a, const void *b)
{
    return jemput_writer_compare(&((const struct log_end *)a)->writer, &((const struct log_end *)b)->writer);
}

static struct log_end *end_of(struct log_end *ends, uint32_t count, const struct jemput_writer *writer)
{
    struct log_end key = { .writer = *writer };

    return bsearch(&key, ends, count, sizeof *ends, end_compare);
}

/* One entry a log, ascending by writer. */
static uint32_t ends_make(const struct hub_graph *g, struct log_end *ends)
{
    uint32_t count = 0, kept = 0;

    for (uint32_t i = 0; i < g->count; i++)
        if (g->nodes[i].number && !g->nodes[i].filed)
            ends[count++] = (struct log_end){ .writer = g->nodes[i].writer, .first = g->nodes[i].number, .last = g->nodes[i].number };
    qsort(ends, count, sizeof *ends, end_compare);
    for (uint32_t i = 0; i < count; i++) {
        struct log_end *e = kept ? &ends[kept - 1] : NULL;

        if (!e || end_compare(e, &ends[i]) != 0) {
            ends[kept++] = ends[i];
            continue;
        }
        e->first = ends[i].first < e->first ? ends[i].first : e->first;
        e->last = ends[i].last > e->last ? ends[i].last : e->last;
    }
    return kept;
}

static void head_check(struct hub_graph *g, struct log_end *ends, uint32_t count, const struct hub_node *by, const struct jemput_head *head)
{
    uint32_t at = hub_node_of(g, &head->hash);
    struct log_end *e = end_of(ends, count, &head->writer);
    char hex[2 * JEMPUT_WRITER_BYTES + 1];

    if (at != HUB_NONE && (g->nodes[at].number != head->number || jemput_writer_compare(&g->nodes[at].writer, &head->writer) != 0))
        audit_say(g->audit, "%s says of a segment that it had seen another number, or another writer", hub_place(by).text);
    if (at != HUB_NONE || (e && head->number < e->first)) /* that is here, or was cut off behind a checkpoint */
        return;
    if (g->partial) /* that is not in it on purpose */
        return;
    g->audit->out->seen_missing++;
    jemput_hex_encode(hex, head->writer.id, sizeof head->writer.id);
    if (!e)
        audit_say(g->audit, "%s had seen segment %llu of log %.8s, which is not in this hub at all", hub_place(by).text,
                  (unsigned long long)head->number, hex);
    else if (head->number <= e->last)
        audit_say(g->audit, "%s had seen another segment %llu of log %.8s than is here", hub_place(by).text, (unsigned long long)head->number, hex);
    else if (head->number > e->seen)
        e->seen = head->number;
}

enum jemput_status hub_contexts(struct hub_graph *g, struct jemput_error *err)
{
    struct log_end *ends = jemput_alloc_zero(g->count ? g->count : 1, sizeof *ends);
    uint32_t count;

    if (!ends)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for logs");
    count = ends_make(g, ends);
    for (uint32_t i = 0; i < g->count; i++)
        for (uint32_t h = 0; h < g->nodes[i].merged.count; h++)
            head_check(g, ends, count, &g->nodes[i], &g->nodes[i].merged.heads[h]);
    for (uint32_t i = 0; i < count; i++) {
        struct hub_node end = { .writer = ends[i].writer, .number = ends[i].last };

        if (ends[i].seen)
            audit_say(g->audit, "%s is the last one here; others had seen it up to segment %llu: the hub was put back, or keeps something back",
                      hub_place(&end).text, (unsigned long long)ends[i].seen);
    }
    g->audit->out->logs = count;
    jemput_free(ends);
    return JEMPUT_OK;
}

/* Two segments go on from one. */
enum jemput_status hub_forks(struct hub_graph *g, struct jemput_error *err)
{
    uint8_t *followed = jemput_alloc_zero(g->count ? g->count : 1, 1);
    struct jemput_writer last = { { 0 } };

    if (!followed)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for logs");
    for (uint32_t i = 0; i < g->count; i++) {
        uint32_t parent = g->nodes[i].parent;

        if (parent == HUB_NONE || g->nodes[parent].number == 0 || !followed[parent]++)
            continue;
        if (jemput_writer_compare(&last, &g->nodes[i].writer) != 0)
            g->audit->out->logs_forked++;
        last = g->nodes[i].writer;
    }
    jemput_free(followed);
    return JEMPUT_OK;
}
