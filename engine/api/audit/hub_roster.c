/* api/audit/hub_roster.c — the roster of a hub's folder: control records are in the clear, so who is enrolled can be said without a key.
 *
 * The fold is the same as ever (identity/roster.h). What it asks of the logs, and in which order acts with doubtful clocks stand, is read from the
 * nodes here, as roster.c reads it from a store's register. */
#include "api/audit/hub.h"

#include <stdlib.h>
#include <string.h>

/* --- where a log was cut --- */

static int place_compare(const void *left, const void *right)
{
    const struct hub_node *a = *(const struct hub_node *const *)left, *b = *(const struct hub_node *const *)right;
    int order = jemput_writer_compare(&a->writer, &b->writer);

    return order ? order : (a->number > b->number) - (a->number < b->number);
}

/* The one that its header names, if it can be that: of the same log, and with the number before. */
static uint32_t node_previous(const struct hub_graph *g, const struct hub_node *n)
{
    uint32_t at = hub_node_of(g, &n->previous);
    bool is = at != HUB_NONE && g->nodes[at].number + 1 == n->number && jemput_writer_compare(&g->nodes[at].writer, &n->writer) == 0;

    return is ? at : HUB_NONE;
}

/* A generation's first segment has no parent in git: its header names the one before it. Where that one is not here, and the hub has a roster file,
 * the log's one before it in that file takes its place: of a log that was cut, the lower number is the earlier. Nothing that was pushed does: whoever
 * has given up a key, or lost it, could put a segment with a number of his choice before a cut. */
static enum jemput_status logs_join(struct hub_graph *g, struct jemput_error *err)
{
    struct hub_node **at = jemput_alloc_zero(g->count + 1, sizeof *at);
    uint32_t before = HUB_NONE;

    if (!at)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an order");
    for (uint32_t i = 0; i < g->count; i++)
        at[i] = &g->nodes[i];
    qsort(at, g->count, sizeof *at, place_compare);
    for (uint32_t i = 0; i < g->count; i++) {
        const struct hub_node *last = i ? at[i - 1] : NULL;
        bool joins = at[i]->parent == HUB_NONE && at[i]->number > 1;

        if (last && jemput_writer_compare(&last->writer, &at[i]->writer) != 0)
            before = HUB_NONE;
        else if (last && last->in_file && last->number < at[i]->number) /* else both follow the same one: a fork */
            before = (uint32_t)(last - g->nodes);
        if (joins)
            at[i]->parent = node_previous(g, at[i]);
        if (joins && at[i]->parent == HUB_NONE && g->filed)
            at[i]->parent = before;
    }
    jemput_free(at);
    return JEMPUT_OK;
}

struct acts {
    struct hub_graph *g;
    struct jemput_act *of;
    uint32_t *nodes; /* of each */
    uint32_t count, room;
};

/* --- in the order of causes --- */

struct order {
    uint32_t *of; /* nodes: what was seen comes first */
    uint32_t count;
};

/* The node, behind all that it had seen and that is not there yet. Marks: g->walk = on the way, above = in the order. */
static void order_add(struct hub_graph *g, struct order *o, uint32_t node, uint32_t *next)
{
    uint32_t depth = 0, waiting = g->walk, done = g->walk + 1;

    g->todo[depth++] = node;
    g->nodes[node].mark = waiting;
    next[node] = 0;
    while (depth) {
        struct hub_node *n = &g->nodes[g->todo[depth - 1]];
        uint32_t at = next[g->todo[depth - 1]]++;
        uint32_t to = at == 0 ? n->parent : at <= n->merged.count ? hub_node_of(g, &n->merged.heads[at - 1].hash) : HUB_NONE;

        if (at > n->merged.count) {
            n->mark = done;
            o->of[o->count++] = g->todo[--depth];
        } else if (to != HUB_NONE && g->nodes[to].mark != waiting && g->nodes[to].mark != done) {
            g->nodes[to].mark = waiting;
            next[to] = 0;
            g->todo[depth++] = to;
        }
    }
}

static enum jemput_status order_make(struct hub_graph *g, struct order *o, struct jemput_error *err)
{
    uint32_t *next = jemput_alloc_zero(g->count + 1, sizeof *next);

    o->of = jemput_alloc_zero(g->count + 1, sizeof *o->of);
    if (!next || !o->of) {
        jemput_free(next);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an order");
    }
    g->walk++;
    for (uint32_t i = 0; i < g->count; i++)
        if (g->nodes[i].mark != g->walk + 1)
            order_add(g, o, i, next);
    g->walk++;
    jemput_free(next);
    return JEMPUT_OK;
}

/* --- acts --- */

static enum jemput_status act_add(struct acts *acts, const struct jemput_act *act, uint32_t node, struct jemput_error *err)
{
    if (acts->count == acts->room) {
        uint32_t room = acts->room ? 2 * acts->room : 64;
        struct jemput_act *of = jemput_realloc(acts->of, room * sizeof *of);
        uint32_t *nodes = of ? jemput_realloc(acts->nodes, room * sizeof *nodes) : NULL;

        if (of)
            acts->of = of;
        if (nodes)
            acts->nodes = nodes;
        if (!nodes)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for the roster");
        acts->room = room;
    }
    acts->of[acts->count] = *act;
    acts->nodes[acts->count++] = node;
    return JEMPUT_OK;
}

static enum jemput_status acts_of_node(struct acts *acts, uint32_t node, struct jemput_error *err)
{
    struct hub_graph *g = acts->g;
    const struct hub_node *n = &g->nodes[node];
    struct jemput_act act = { .author = n->writer, .stamp = n->stamp, .number = n->number, .segment = n->hash };
    struct jemput_record *records;
    uint32_t count;
    enum jemput_status st = jemput_records_read(&records, &count, n->payload, &g->arena, err);

    if (st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE) {
        audit_say(g->audit, "%s: %s", hub_place(n).text, err->text);
        return JEMPUT_OK;
    }
    if (n->number == 0)
        act.stamp = 0;
    else if (!st)
        memcpy(act.author_key, n->public_key, sizeof act.author_key);
    for (uint32_t i = 0; !st && i < count; i++) {
        act.record = records[i];
        act.place = i;
        st = act_add(acts, &act, node, err);
    }
    return st;
}

/* Of what a node says that it had seen, the highest stamp. */
static jemput_stamp seen_highest(const struct hub_graph *g, const struct hub_node *n, const jemput_stamp *seen)
{
    jemput_stamp highest = n->parent != HUB_NONE ? seen[n->parent] : 0;

    for (uint32_t i = 0; i < n->merged.count; i++) {
        uint32_t head = hub_node_of(g, &n->merged.heads[i].hash);

        if (head != HUB_NONE && seen[head] > highest)
            highest = seen[head];
    }
    return highest;
}

/* No act folds before what its author had seen, as roster/act_order.c has it. Each node comes behind those that it had seen, and is looked at once:
 * whatever a stranger pushes, this takes no longer than to read it. */
static enum jemput_status acts_raise(struct acts *acts, const struct order *order, struct jemput_error *err)
{
    struct hub_graph *g = acts->g;
    jemput_stamp *seen = jemput_alloc_zero(g->count + 1, sizeof *seen); /* the highest stamp of each node's acts, and of those that it had seen */

    if (!seen)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for an order");
    for (uint32_t k = 0, at = 0; k < order->count; k++) {
        uint32_t node = order->of[k];
        jemput_stamp before = seen_highest(g, &g->nodes[node], seen);

        seen[node] = before;
        for (; at < acts->count && acts->nodes[at] == node; at++) {
            if (acts->of[at].stamp <= before)
                acts->of[at].stamp = before + 1;
            seen[node] = acts->of[at].stamp;
        }
    }
    jemput_free(seen);
    return JEMPUT_OK;
}

/* --- what the fold asks --- */

/* Along a log numbers fall: whatever strangers have pushed, this ends. */
static uint32_t node_before(const struct hub_graph *g, uint32_t node)
{
    uint32_t before = g->nodes[node].parent;

    return before != HUB_NONE && g->nodes[before].number < g->nodes[node].number ? before : HUB_NONE;
}

static bool covers(void *ctx, const struct jemput_head *head, const struct jemput_head *at)
{
    struct hub_graph *g = ctx;
    uint32_t node = hub_node_of(g, &head->hash), wanted = hub_node_of(g, &at->hash);

    if (jemput_hash_equal(&head->hash, &at->hash))
        return true;
    if (at->number >= head->number)
        return false;
    if (node == HUB_NONE && g->filed) /* it was cut off: what the file tells stood before it, and nothing else is known to */
        return wanted == HUB_NONE || g->nodes[wanted].in_file;
    if (node == HUB_NONE || wanted == HUB_NONE)
        return true;
    while (node != HUB_NONE && node != wanted && g->nodes[node].number > at->number)
        node = node_before(g, node);
    return node == wanted;
}

/* A log of somebody who is not enrolled asks to be let in, or does not count. */
static void rights_count(struct hub_graph *g, const struct jemput_roster *roster)
{
    const struct jemput_ancestry ancestry = { covers, g };

    for (uint32_t i = 0; i < g->count; i++) {
        const struct hub_node *n = &g->nodes[i];
        const struct jemput_member *m = jemput_roster_member(roster, &n->writer);
        const struct jemput_head at = { .writer = n->writer, .number = n->number, .hash = n->hash };

        g->audit->out->logs_strange += !m && n->number == 1;
        if (m && !n->control && jemput_roster_rights(roster, m, &at, &ancestry).is_void)
            g->audit->out->voided++;
    }
}

/* --- the fold --- */

static enum jemput_status acts_make(struct acts *acts, bool *genesis, struct jemput_error *err)
{
    struct hub_graph *g = acts->g;
    struct order order = { 0 };
    enum jemput_status st = order_make(g, &order, err);

    *genesis = false;
    for (uint32_t i = 0; !st && i < order.count; i++) {
        const struct hub_node *n = &g->nodes[order.of[i]];

        *genesis |= n->number == 0;
        if (n->control)
            st = acts_of_node(acts, order.of[i], err);
    }
    if (!st)
        st = acts_raise(acts, &order, err);
    jemput_free(order.of);
    return st;
}

enum jemput_status hub_roster(struct hub_graph *g, struct jemput_roster *roster, bool *found, struct jemput_error *err)
{
    const struct jemput_ancestry ancestry = { covers, g };
    struct acts acts = { .g = g };
    bool genesis = false;
    enum jemput_status st = g->count ? logs_join(g, err) : JEMPUT_OK;

    *found = false;
    if (!st && g->count)
        st = acts_make(&acts, &genesis, err);
    g->audit->part = JEMPUT_AUDIT_ROSTER;
    g->audit->out->records = acts.count;
    if (!st && g->count && !genesis && !g->partial)
        audit_find(g->audit, "the genesis segment is not in this hub: who is enrolled cannot be said");
    if (!st && genesis)
        st = jemput_roster_fold(roster, &g->audit->j->space, acts.of, acts.count, &ancestry, &g->arena, err);
    if (!st && genesis) {
        *found = true;
        audit_roster_count(g->audit->out, roster);
        rights_count(g, roster);
    } else if (st == JEMPUT_CORRUPT) {
        audit_find(g->audit, err->text);
        st = JEMPUT_OK;
    }
    jemput_free(acts.of);
    jemput_free(acts.nodes);
    return st;
}
