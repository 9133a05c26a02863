/* api/bundle/nodes.c — which segments of a bundle follow each other, and where each log ends. See bundle.h. */
#include "api/bundle/bundle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum jemput_status bundle_node_add(struct bundle_nodes *nodes, const struct jemput_commit *commit, const struct jemput_header *header,
                                   struct jemput_error *err)
{
    struct bundle_node *n;

    if (nodes->count == nodes->room) {
        uint32_t room = nodes->room ? 2 * nodes->room : 64;
        struct bundle_node *of = jemput_realloc(nodes->of, room * sizeof *of);

        if (!of)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u segments", (unsigned)room);
        nodes->of = of;
        nodes->room = room;
    }
    n = &nodes->of[nodes->count++];
    *n = (struct bundle_node){ .oid = commit->oid, .has_parent = commit->parent_count > 0, .before = BUNDLE_NONE, .writer = header->writer,
                               .generation = header->generation, .number = header->number, .space = header->space };
    if (n->has_parent)
        n->parent = commit->parents[0];
    jemput_header_hash(&n->hash, commit->message);
    return JEMPUT_OK;
}

/* --- links --- */

static int number_order(const void *a, const void *b)
{
    const struct bundle_node *x = a, *y = b;

    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return memcmp(x->oid.id, y->oid.id, sizeof x->oid.id);
}

struct by_oid {
    struct jemput_oid oid;
    uint32_t node;
};

static int oid_order(const void *a, const void *b)
{
    return memcmp(((const struct by_oid *)a)->oid.id, ((const struct by_oid *)b)->oid.id, JEMPUT_OID_BYTES);
}

uint32_t bundle_node_of(const struct bundle_nodes *nodes, const struct jemput_oid *oid)
{
    uint32_t low = 0, high = nodes->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(nodes->of[nodes->by_oid[middle]].oid.id, oid->id, sizeof oid->id);

        if (order == 0)
            return nodes->by_oid[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return BUNDLE_NONE;
}

static enum jemput_status index_make(struct bundle_nodes *nodes, struct jemput_error *err)
{
    struct by_oid *sorted = jemput_alloc((nodes->count + 1) * sizeof *sorted);
    uint32_t *by_oid = jemput_alloc((nodes->count + 1) * sizeof *by_oid);

    if (sorted && by_oid) {
        for (uint32_t i = 0; i < nodes->count; i++)
            sorted[i] = (struct by_oid){ nodes->of[i].oid, i };
        qsort(sorted, nodes->count, sizeof *sorted, oid_order);
        for (uint32_t i = 0; i < nodes->count; i++)
            by_oid[i] = sorted[i].node;
        nodes->by_oid = by_oid;
    } else {
        jemput_free(by_oid);
    }
    jemput_free(sorted);
    return nodes->by_oid ? JEMPUT_OK : jemput_fail(err, JEMPUT_NOMEM, "no memory for %u segments", (unsigned)nodes->count);
}

/* A generation goes on from the one before it without a git parent; within one, and from the genesis segment, numbers run on. */
static bool node_follows(const struct bundle_node *later, const struct bundle_node *earlier)
{
    return later->number == earlier->number + 1 &&
           (earlier->number == 0 || jemput_writer_compare(&later->writer, &earlier->writer) == 0);
}

enum jemput_status bundle_nodes_link(struct bundle_nodes *nodes, struct jemput_error *err)
{
    enum jemput_status st;

    if (nodes->count)
        qsort(nodes->of, nodes->count, sizeof *nodes->of, number_order);
    st = index_make(nodes, err);
    for (uint32_t i = 0; !st && i < nodes->count; i++) {
        struct bundle_node *n = &nodes->of[i];

        n->before = n->has_parent ? bundle_node_of(nodes, &n->parent) : BUNDLE_NONE;
        if (n->before != BUNDLE_NONE && !node_follows(n, &nodes->of[n->before]))
            n->before = BUNDLE_NONE; /* it will not pass its check */
        if (n->before != BUNDLE_NONE)
            nodes->of[n->before].goes_on = true;
    }
    return st;
}

void bundle_nodes_release(struct bundle_nodes *nodes)
{
    jemput_free(nodes->of);
    jemput_free(nodes->by_oid);
    *nodes = (struct bundle_nodes){ 0 };
}

/* --- ends --- */

static int end_order(const void *a, const void *b)
{
    const struct bundle_end *x = a, *y = b;
    int order = strcmp(x->ref, y->ref);

    return order ? order : x->node < y->node ? -1 : x->node > y->node; /* nodes ascend by number */
}

static void end_make(const struct bundle_nodes *nodes, uint32_t node, struct bundle_end *out)
{
    out->node = out->first = node;
    engine_log_ref(out->ref, &nodes->of[node].writer, nodes->of[node].generation);
    while (nodes->of[out->first].before != BUNDLE_NONE && nodes->of[nodes->of[out->first].before].number > 0)
        out->first = nodes->of[out->first].before;
}

enum jemput_status bundle_ends_find(const struct bundle_nodes *nodes, struct bundle_ends *out, struct jemput_arena *arena, struct jemput_error *err)
{
    uint32_t count = 0, same = 0;
    char hash[BRANCH_DIGITS + 1], named[LOG_REF_BYTES];

    for (uint32_t i = 0; i < nodes->count; i++)
        count += !nodes->of[i].goes_on;
    out->of = jemput_arena_array(arena, count + 1, sizeof *out->of);
    if (!out->of)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u logs", (unsigned)count);
    out->count = 0;
    for (uint32_t i = 0; i < nodes->count; i++)
        if (!nodes->of[i].goes_on)
            end_make(nodes, i, &out->of[out->count++]);
    if (out->count)
        qsort(out->of, out->count, sizeof *out->of, end_order);
    for (uint32_t i = 0; i < out->count; i++) {
        struct bundle_end *end = &out->of[i];

        same = i && strcmp(named, end->ref) == 0 ? same + 1 : 0;
        memcpy(named, end->ref, sizeof named);
        jemput_hex_encode(hash, nodes->of[end->node].hash.bytes, BRANCH_DIGITS / 2);
        if (same)
            snprintf(end->ref + strlen(end->ref), sizeof end->ref - strlen(end->ref), "-%s", hash);
    }
    return JEMPUT_OK;
}
