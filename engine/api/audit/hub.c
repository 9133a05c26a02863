/* api/audit/hub.c — checking a hub's folder: every branch back to its root, every segment by itself and in its place.
 *
 * Branches are walked from their tips along first parents; central's segments name the heads that it had accepted as further parents, and those logs
 * are walked as well, so that what lost its branch is found all the same. Nothing is written, and no SQL of the space runs. */
#include "api/audit/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/bundle/bundle.h"
#include "api/ingest/segment.h"
#include "api/look/look.h"
#include "api/sync/run.h"

#define NODES_MAX (4u * 1024 * 1024)

struct tip { /* where a walk begins */
    struct jemput_oid oid;
    char ref[LOG_REF_BYTES];  /* "" = named by central's segment as accepted, */
    struct jemput_hash segment; /* by this hash */
};
struct tips {
    struct tip *of;
    uint32_t count, room;
};

/* --- nodes --- */

struct hub_name hub_place(const struct hub_node *node)
{
    struct hub_name name;
    char hex[2 * JEMPUT_WRITER_BYTES + 1];

    jemput_hex_encode(hex, node->writer.id, sizeof node->writer.id);
    snprintf(name.text, sizeof name.text, "segment %llu of log %.8s", (unsigned long long)node->number, hex);
    return name;
}

static uint32_t place_of(const struct hub_graph *g, const struct jemput_hash *hash)
{
    uint32_t first;

    memcpy(&first, hash->bytes, sizeof first);
    return first & (g->places - 1);
}

uint32_t hub_node_of(const struct hub_graph *g, const struct jemput_hash *hash)
{
    for (uint32_t at = g->places ? place_of(g, hash) : 0; g->places && g->by_hash[at]; at = (at + 1) & (g->places - 1))
        if (jemput_hash_equal(&g->nodes[g->by_hash[at] - 1].hash, hash))
            return g->by_hash[at] - 1;
    return HUB_NONE;
}

static void node_index(struct hub_graph *g, uint32_t node)
{
    uint32_t at = place_of(g, &g->nodes[node].hash);

    while (g->by_hash[at])
        at = (at + 1) & (g->places - 1);
    g->by_hash[at] = node + 1;
}

static enum jemput_status graph_grow(struct hub_graph *g, struct jemput_error *err)
{
    uint32_t room = g->room ? 2 * g->room : 256;
    struct hub_node *nodes = room <= NODES_MAX ? jemput_realloc(g->nodes, room * sizeof *nodes) : NULL;
    uint32_t *todo, *by_hash;

    if (nodes)
        g->nodes = nodes;
    todo = nodes ? jemput_realloc(g->todo, room * sizeof *todo) : NULL;
    if (todo)
        g->todo = todo;
    by_hash = todo ? jemput_alloc_zero(2 * (size_t)room, sizeof *by_hash) : NULL;
    if (room > NODES_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u segments", NODES_MAX);
    if (!by_hash)
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u segments", (unsigned)room);
    jemput_free(g->by_hash);
    g->by_hash = by_hash;
    g->places = 2 * room;
    g->room = room;
    for (uint32_t i = 0; i < g->count; i++)
        node_index(g, i);
    return JEMPUT_OK;
}

enum jemput_status hub_node_add(struct hub_graph *g, const struct engine_segment *s, uint32_t *out, struct jemput_error *err)
{
    const struct jemput_header *h = &s->header;
    struct hub_node node = { .writer = h->writer, .number = h->number, .generation = h->generation, .hash = s->hash, .previous = h->previous,
        .oid = s->commit.oid, .stamp = h->stamp, .merged = h->merged, .control = h->klass == JEMPUT_CLASS_CONTROL, .parent = HUB_NONE };
    enum jemput_status st = g->count == g->room ? graph_grow(g, err) : JEMPUT_OK;

    if (st)
        return st;
    memcpy(node.public_key, s->public_key, sizeof node.public_key);
    if (node.control)
        node.payload = s->commit.payload;
    g->nodes[g->count] = node;
    *out = g->count++;
    node_index(g, *out);
    g->audit->out->segments++;
    g->audit->out->control += node.control;
    g->audit->out->unread += !node.control && h->key_epoch != 0;
    return JEMPUT_OK;
}

/* --- walking --- */

static enum jemput_status tip_add(struct tips *tips, const struct tip *tip, struct jemput_error *err)
{
    if (tips->count == tips->room) {
        uint32_t room = tips->room ? 2 * tips->room : 32;
        struct tip *of = jemput_realloc(tips->of, room * sizeof *of);

        if (!of)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u branches", (unsigned)room);
        tips->of = of;
        tips->room = room;
    }
    tips->of[tips->count++] = *tip;
    return JEMPUT_OK;
}

static enum jemput_status ref_add(void *ctx, const char *name, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct tip tip = { .oid = *oid };

    snprintf(tip.ref, sizeof tip.ref, "%s", name);
    return tip_add(ctx, &tip, err);
}

static enum jemput_status segment_read(struct hub_graph *g, const struct jemput_oid *oid, struct engine_segment *s, struct jemput_arena *scratch,
                                       struct jemput_error *err)
{
    struct jemput_commit commit;
    struct jemput_header header;
    bool control;
    enum jemput_status st = jemput_source_commit(g->source, oid, false, &commit, scratch, err);

    if (!st)
        st = jemput_header_read(&header, commit.message, scratch, err);
    if (st)
        return st;
    control = header.klass == JEMPUT_CLASS_CONTROL; /* what is sealed need not be kept */
    if (!control) {
        st = engine_segment_read(g->audit->j, g->source, oid, true, s, scratch, err);
        return st ? st : jemput_header_read(&s->header, s->commit.message, &g->arena, err);
    }
    return engine_segment_read(g->audit->j, g->source, oid, true, s, &g->arena, err);
}

/* Is `s` what the node before it on this walk (its successor) names? */
static void successor_check(struct hub_graph *g, uint32_t successor, const struct engine_segment *s)
{
    const struct hub_node *n = successor == HUB_NONE ? NULL : &g->nodes[successor];
    bool genesis = s->header.number == 0;

    if (n && (!jemput_hash_equal(&n->previous, &s->hash) || n->number != s->header.number + 1 ||
              (!genesis && jemput_writer_compare(&n->writer, &s->header.writer) != 0)))
        audit_say(g->audit, "%s does not follow the segment that stands before it", hub_place(n).text);
}

/* The heads that central had accepted: its last parents, one for each head that the header names. */
static enum jemput_status accepted_add(struct hub_graph *g, struct tips *tips, const struct engine_segment *s, struct jemput_error *err)
{
    const struct jemput_context *heads = &s->header.merged;
    enum jemput_status st = JEMPUT_OK;

    if (s->commit.parent_count <= heads->count)
        return JEMPUT_OK;
    for (uint32_t i = 0; !st && i < heads->count; i++) {
        struct tip tip = { .oid = s->commit.parents[s->commit.parent_count - heads->count + i], .segment = heads->heads[i].hash };

        if (hub_node_of(g, &tip.segment) == HUB_NONE)
            st = tip_add(tips, &tip, err);
    }
    return st;
}

static void root_check(struct hub_graph *g, uint32_t node)
{
    const struct hub_node *n = &g->nodes[node];

    if (n->number > 1 && n->generation == 0)
        audit_say(g->audit, "%s begins its log: what came before it is not there", hub_place(n).text);
    if (n->number == 1 && memcmp(n->previous.bytes, g->audit->j->space.id, sizeof n->previous.bytes) != 0)
        audit_say(g->audit, "%s does not begin at the space", hub_place(n).text);
}

static void broken_say(struct hub_graph *g, uint32_t successor, const struct tip *tip, const struct jemput_oid *oid, const char *why)
{
    char hex[2 * JEMPUT_OID_BYTES + 1];

    jemput_hex_encode(hex, oid->id, sizeof oid->id);
    if (successor != HUB_NONE)
        audit_say(g->audit, "commit %.12s, before %s: %s", hex, hub_place(&g->nodes[successor]).text, why);
    else
        audit_say(g->audit, "commit %.12s, %s: %s", hex, tip->ref[0] ? tip->ref : "which central's log names as accepted", why);
}

/* *fresh: no walk was there before. */
static enum jemput_status node_take(struct hub_graph *g, const struct engine_segment *s, uint32_t *node, bool *fresh, struct jemput_error *err)
{
    *node = hub_node_of(g, &s->hash);
    *fresh = *node == HUB_NONE || g->nodes[*node].filed;
    if (*node == HUB_NONE)
        return hub_node_add(g, s, node, err);
    g->nodes[*node].filed = false;
    return JEMPUT_OK;
}

/* One walk's next commit. *node: HUB_NONE = it does not hold. *on: it goes on at *oid. */
static enum jemput_status walk_step(struct hub_graph *g, struct tips *tips, uint32_t tip, uint32_t successor, struct jemput_oid *oid, uint32_t *node,
                                    bool *on, struct jemput_error *err)
{
    struct jemput_arena scratch = { 0 };
    struct engine_segment s;
    enum jemput_status st = segment_read(g, oid, &s, &scratch, err);

    *on = false;
    *node = HUB_NONE;
    if (st == JEMPUT_NOTFOUND && hub_bundle_lacks(g, oid)) {
        st = JEMPUT_OK;
    } else if (engine_status_of_log(st)) {
        broken_say(g, successor, &tips->of[tip], oid, err->text);
        st = JEMPUT_OK;
    } else if (!st) {
        successor_check(g, successor, &s);
        st = node_take(g, &s, node, on, err);
    }
    if (!st && *node != HUB_NONE && successor != HUB_NONE)
        g->nodes[successor].parent = *node;
    if (!st && *on)
        st = accepted_add(g, tips, &s, err);
    if (!st && *on && (s.commit.parent_count == 0 || s.header.number == 0)) {
        root_check(g, *node);
        *on = false;
    }
    if (!st && *on)
        *oid = s.commit.parents[0];
    jemput_arena_release(&scratch);
    return st;
}

/* Is the branch called what its tip is? */
static void ref_check(struct hub_graph *g, const char *ref, uint32_t node)
{
    struct jemput_writer writer;
    uint32_t generation;
    const char *digits = strrchr(ref, '-');
    char hex[2 * JEMPUT_HASH_BYTES + 1];
    bool branch, found = false;

    if (!engine_ref_parse(ref, &writer, &branch, &generation)) {
        audit_say(g->audit, "%.80s is not the name of a log", ref);
        return;
    }
    if (jemput_writer_compare(&writer, &g->nodes[node].writer) != 0 || generation != g->nodes[node].generation)
        audit_say(g->audit, "%s holds %s, of another log or generation than it is called", ref, hub_place(&g->nodes[node]).text);
    for (uint32_t n = node; branch && !found && n != HUB_NONE; n = g->nodes[n].parent) {
        jemput_hex_encode(hex, g->nodes[n].hash.bytes, sizeof g->nodes[n].hash.bytes);
        found = strncmp(hex, digits + 1, BRANCH_DIGITS) == 0;
    }
    if (branch && !found)
        audit_say(g->audit, "%s holds no segment with the hash in its name", ref);
}

static enum jemput_status tip_walk(struct hub_graph *g, struct tips *tips, uint32_t tip, struct jemput_error *err)
{
    struct jemput_oid oid = tips->of[tip].oid;
    uint32_t first = HUB_NONE, successor = HUB_NONE, node;
    bool named = tips->of[tip].ref[0], on = named || hub_node_of(g, &tips->of[tip].segment) == HUB_NONE;
    enum jemput_status st = JEMPUT_OK;

    while (!st && on) {
        st = walk_step(g, tips, tip, successor, &oid, &node, &on, err);
        first = successor == HUB_NONE ? node : first;
        successor = node;
    }
    if (st || first == HUB_NONE)
        return st;
    if (named)
        ref_check(g, tips->of[tip].ref, first);
    else if (!jemput_hash_equal(&g->nodes[first].hash, &tips->of[tip].segment))
        audit_say(g->audit, "%s has replaced another one that central had accepted", hub_place(&g->nodes[first]).text);
    return JEMPUT_OK;
}

/* --- the space --- */

/* What the first segment that can be read says; each other one, and the genesis segment, is then held to that. */
static enum jemput_status space_take(struct hub_graph *g, const struct tip *tip, struct jemput_space *space, bool *known, struct jemput_error *err)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_header header;
    struct jemput_hash hash;
    enum jemput_status st = jemput_source_commit(g->source, &tip->oid, false, &commit, &arena, err);

    if (!st)
        st = jemput_header_read(&header, commit.message, &arena, err);
    *known = !st;
    if (!st && header.number == 0) {
        jemput_header_hash(&hash, commit.message);
        memcpy(space->id, hash.bytes, sizeof space->id);
    } else if (!st) {
        *space = header.space;
    }
    jemput_arena_release(&arena);
    return st == JEMPUT_NOMEM ? st : JEMPUT_OK;
}

/* --- the call --- */

static enum jemput_status hub_check(struct hub_graph *g, struct jemput_hub *hub, struct tips *tips, struct jemput_roster *roster, bool *found,
                                    struct jemput_error *err)
{
    struct audit *a = g->audit;
    unsigned skipped = 0;
    bool known = g->filed;
    enum jemput_status st = jemput_hub_refs(hub, LOG_REF_PREFIX, ref_add, tips, &skipped, err);

    a->part = JEMPUT_AUDIT_FILE;
    if (!st && skipped)
        audit_say(a, "%u files or lines among the branches are not branches", skipped);
    for (uint32_t i = 0; !st && !known && i < tips->count; i++)
        st = space_take(g, &tips->of[i], &a->j->space, &known, err);
    if (!st && !tips->count)
        audit_find(a, "this hub holds no log");
    if (known)
        jemput_hex_encode(a->out->space, a->j->space.id, sizeof a->j->space.id);
    a->part = JEMPUT_AUDIT_LOGS;
    for (uint32_t i = 0; !st && i < tips->count; i++)
        st = tip_walk(g, tips, i, err);
    if (!st)
        st = hub_contexts(g, err);
    if (!st)
        st = hub_forks(g, err);
    return st ? st : hub_roster(g, roster, found, err);
}

static enum jemput_status hub_audit(const char *path, struct audit *a, hub_roster_fn use, void *ctx, struct jemput_error *err)
{
    struct hub_graph g = { .audit = a };
    struct tips tips = { 0 };
    struct jemput_hub *hub = NULL;
    struct bundle_reading reading = { .env = NULL };
    struct jemput_hub_carried carried;
    struct jemput_roster roster;
    bool found = false;
    enum jemput_status st = jemput_crypto_init(err);

    if (!st)
        st = hub_audited_open(&g, path, &hub, &reading, &carried, err);
    if (!st) {
        g.source = jemput_hub_source(hub);
        st = g.bundle ? JEMPUT_OK : hub_roster_file_read(&g, path, err);
    }
    if (!st)
        st = hub_check(&g, hub, &tips, &roster, &found, err);
    if (!st && !use && !g.bundle) /* who only asks for the roster need not wait for photos */
        st = hub_media(&g, hub, err);
    if (!st && use)
        st = use(ctx, found ? &roster : NULL, err);
    jemput_free(g.nodes);
    jemput_free(g.by_hash);
    jemput_free(g.todo);
    jemput_free(tips.of);
    jemput_arena_release(&g.arena);
    jemput_hub_close(hub);
    bundle_reading_release(&reading);
    return st ? jemput_wrap(err, "verify '%s'", path) : JEMPUT_OK;
}

enum jemput_status jemput_audit_hub(const char *path, struct jemput_env *env, const struct jemput_audit_options *options, struct jemput_audit *out,
                                    struct jemput_error *err)
{
    static const struct jemput_audit_options none;
    struct jemput_audit done = { .central_why = "a hub's folder alone does not tell" };
    struct jemput j = { .env = env ? env : jemput_env_posix() };
    struct audit a = { .j = &j, .options = options ? options : &none, .out = &done };
    enum jemput_status st = hub_audit(path, &a, NULL, NULL, err);

    if (!st)
        *out = done;
    return st;
}

struct signers {
    char **out;
    size_t *len;
};

static enum jemput_status signers_take(void *ctx, const struct jemput_roster *roster, struct jemput_error *err)
{
    struct signers *s = ctx;

    return roster ? look_signers(roster, s->out, s->len, err) : jemput_fail(err, JEMPUT_CORRUPT, "no genesis segment says who is enrolled");
}

enum jemput_status jemput_hub_signers(const char *path, struct jemput_env *env, char **out, size_t *out_len, struct jemput_error *err)
{
    static const struct jemput_audit_options none;
    struct jemput_audit done = { .findings = 0 };
    struct jemput j = { .env = env ? env : jemput_env_posix() };
    struct audit a = { .j = &j, .options = &none, .out = &done };
    struct signers s = { out, out_len };

    return hub_audit(path, &a, signers_take, &s, err);
}

enum jemput_status hub_roster_use(const char *path, struct jemput_env *env, hub_roster_fn use, void *ctx, char space[65], struct jemput_error *err)
{
    static const struct jemput_audit_options none;
    struct jemput_audit done = { .findings = 0 };
    struct jemput j = { .env = env ? env : jemput_env_posix() };
    struct audit a = { .j = &j, .options = &none, .out = &done };
    enum jemput_status st = hub_audit(path, &a, use, ctx, err);

    memcpy(space, done.space, sizeof done.space);
    return st;
}
