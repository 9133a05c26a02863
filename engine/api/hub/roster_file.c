/* api/hub/roster_file.c — a space's control segments as one file: who is enrolled, for a hub whose logs begin behind a checkpoint. Format:
 * schema/formats/roster-file.md.
 *
 * A store keeps them all, whatever was cut off; what lies between them is data, and is not told: the numbers of a log say which of two is the
 * earlier. */
#include <jemput/device.h>

#include <string.h>

#include "api/audit/hub.h"
#include "api/facts.h"
#include "api/handle/moment.h"
#include "api/ingest/ingest.h"
#include "api/ingest/segment.h"
#include "identity/lines.h"
#include "repo/commit.h"

#define FILE_PATH "/jemput/records" /* in a hub's folder */
#define PATH_BYTES_MAX 4096
#define FILE_BYTES_MAX (256u * 1024 * 1024)
#define SEGMENTS_MAX (1u << 20)
static const char first_line[] = "jemput roster 1\n";

/* --- writing --- */

struct writing {
    struct jemput *j;
    struct jemput_buf segments;
    uint64_t count;
};

static enum jemput_status segment_write(void *ctx, const struct jemput_segment *segment, struct jemput_error *err)
{
    struct writing *w = ctx;
    struct jemput_arena arena = { 0 };
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct engine_segment s;
    enum jemput_status st = engine_segment_known(w->j, segment, &s, &arena, err);

    if (!st)
        st = jemput_store_object_get(w->j->store, segment->commit, NULL, NULL, &text, err);
    if (!st) {
        jemput_lines_put_block(&w->segments, "commit", jemput_buf_bytes(&text));
        jemput_lines_put_block(&w->segments, "payload", s.commit.payload);
        w->count++;
    }
    jemput_buf_release(&text);
    jemput_arena_release(&arena);
    return st;
}

static enum jemput_status genesis_write(struct jemput *j, struct jemput_buf *out, struct jemput_error *err)
{
    struct jemput_buf header = JEMPUT_BUF_INIT(JEMPUT_HEADER_BYTES_MAX), payload = JEMPUT_BUF_INIT(JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    enum jemput_status st = jemput_store_fact_get(j->store, FACT_GENESIS_HEADER, &header, err);

    if (!st)
        st = jemput_store_fact_unpack(j->store, FACT_GENESIS_PAYLOAD, &payload, err);
    if (!st) {
        jemput_lines_put_block(out, "header", jemput_buf_bytes(&header));
        jemput_lines_put_block(out, "payload", jemput_buf_bytes(&payload));
    }
    jemput_buf_release(&header);
    jemput_buf_release(&payload);
    return st;
}

static enum jemput_status file_write(struct jemput *j, struct jemput_buf *out, struct jemput_error *err)
{
    struct writing w = { .j = j, .segments = JEMPUT_BUF_INIT(FILE_BYTES_MAX) };
    enum jemput_status st = jemput_store_records_after(j->store, 0, segment_write, &w, err);

    jemput_buf_append_str(out, first_line);
    if (!st)
        st = genesis_write(j, out, err);
    jemput_lines_put_number(out, "segments", w.count);
    jemput_buf_append_bytes(out, jemput_buf_bytes(&w.segments));
    if (!st)
        st = jemput_buf_check(&w.segments, "control segments", err);
    jemput_buf_release(&w.segments);
    jemput_buf_u8(out, 0);
    return st ? st : jemput_buf_check(out, "control segments", err);
}

enum jemput_status jemput_roster_file(struct jemput *j, char **out, size_t *out_len, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(FILE_BYTES_MAX + 1);
    bool mine = false;
    enum jemput_status st = engine_awake(j, err);

    if (!st)
        st = engine_moment(j, &mine, err);
    if (!st)
        st = file_write(j, &text, err);
    engine_moment_end(j, mine);
    if (st) {
        jemput_buf_release(&text);
        return jemput_wrap(err, "list of devices");
    }
    *out = (char *)text.data;
    *out_len = text.len - 1;
    return JEMPUT_OK;
}

/* --- reading --- */

/* What it holds is looked at as what a hub holds is: each segment certifies itself, and the first one is what the space is called by. */
static enum jemput_status genesis_read(struct hub_graph *g, struct jemput_lines *l, struct jemput_error *err)
{
    struct jemput_bytes header = jemput_lines_block(l, "header", 1, JEMPUT_HEADER_BYTES_MAX);
    struct engine_segment s = { .commit.payload = jemput_lines_block(l, "payload", 1, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX) };
    uint32_t node;
    enum jemput_status st = jemput_lines_check(l, false, err);

    if (!st)
        st = jemput_header_read(&s.header, header, &g->arena, err);
    if (!st && s.header.number != 0)
        st = jemput_fail(err, JEMPUT_CORRUPT, "it does not begin with the genesis segment");
    if (!st)
        st = jemput_chain_payload(&s.header, s.commit.payload, err);
    if (st)
        return st;
    jemput_header_hash(&s.hash, header);
    memcpy(g->audit->j->space.id, s.hash.bytes, sizeof g->audit->j->space.id);
    st = hub_node_add(g, &s, &node, err);
    return st;
}

static enum jemput_status segment_read(struct hub_graph *g, struct jemput_lines *l, struct jemput_error *err)
{
    struct jemput_bytes text = jemput_lines_block(l, "commit", 1, JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_bytes payload = jemput_lines_block(l, "payload", 1, JEMPUT_SEGMENT_PAYLOAD_BYTES_MAX);
    struct engine_segment s;
    uint32_t node;
    enum jemput_status st = jemput_lines_check(l, false, err);

    if (!st)
        st = engine_segment_parse(g->audit->j, text, payload, &s, &g->arena, err);
    if (!st && (s.header.klass != JEMPUT_CLASS_CONTROL || s.header.number == 0 || hub_node_of(g, &s.hash) != HUB_NONE))
        st = jemput_fail(err, JEMPUT_CORRUPT, "it holds a segment that does not belong there, or one twice");
    if (!st)
        st = hub_node_add(g, &s, &node, err);
    if (!st)
        g->nodes[node].filed = g->nodes[node].in_file = true;
    return st;
}

static enum jemput_status file_read(struct hub_graph *g, struct jemput_bytes text, struct jemput_error *err)
{
    struct jemput_lines l = { .rest = text };
    size_t first = sizeof first_line - 1;
    uint64_t count;
    enum jemput_status st;

    if (text.len < first || memcmp(text.data, first_line, first) != 0)
        return jemput_fail(err, JEMPUT_CORRUPT, "it does not begin with '%.15s'", first_line);
    l.rest = jemput_bytes_of(text.data + first, text.len - first);
    st = genesis_read(g, &l, err);
    count = st ? 0 : jemput_lines_number(&l, "segments", 0, SEGMENTS_MAX);
    for (uint64_t i = 0; !st && i < count; i++)
        st = segment_read(g, &l, err);
    return st ? st : jemput_lines_check(&l, true, err);
}

enum jemput_status hub_roster_file_read(struct hub_graph *g, const char *path, struct jemput_error *err)
{
    struct jemput_env *env = g->audit->j->env;
    struct jemput_buf name = JEMPUT_BUF_INIT(PATH_BYTES_MAX), text = JEMPUT_BUF_INIT(FILE_BYTES_MAX);
    struct jemput_bytes kept;
    enum jemput_status st;

    jemput_buf_append_str(&name, path);
    jemput_buf_append_str(&name, FILE_PATH);
    jemput_buf_u8(&name, 0);
    st = jemput_buf_check(&name, "path", err);
    if (!st)
        st = env->read(env, (const char *)name.data, &text, err);
    g->filed = st != JEMPUT_NOTFOUND;
    if (!st) { /* nodes borrow from it */
        kept = jemput_arena_copy(&g->arena, jemput_buf_bytes(&text));
        st = kept.data ? file_read(g, kept, err) : jemput_fail(err, JEMPUT_NOMEM, "no memory for %zu bytes", text.len);
    }
    jemput_buf_release(&name);
    jemput_buf_release(&text);
    return st == JEMPUT_NOTFOUND && !g->filed ? JEMPUT_OK : st ? jemput_wrap(err, "the space's control segments") : JEMPUT_OK;
}
