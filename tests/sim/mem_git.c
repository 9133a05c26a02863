/* sim/mem_git.c — see mem_git.h. Memory by malloc: a test that makes allocations fail means those of the client. */
#include "mem_git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repo/commit.h"
#include "repo/pack.h"
#include "repo/pktline.h"
#include "repo/sha1.h"
#include "repo/unpack.h"

#define BODY_MAX ((size_t)16 * 1024 * 1024)

struct mem_git_object {
    struct jemput_oid oid;
    git_object_t kind;
    uint8_t *data; /* never changed once it is there, so shared by what is kept */
    size_t len;
};

struct mem_git_ref {
    char name[128];
    struct jemput_oid oid;
};

static void must(bool is)
{
    if (!is)
        abort();
}

static void *copy_of(const void *data, size_t len)
{
    void *copy = malloc(len ? len : 1);

    must(copy != NULL);
    if (len)
        memcpy(copy, data, len);
    return copy;
}

/* --- objects and refs --- */

static struct mem_git_object *object_of(const struct mem_git *g, const struct jemput_oid *oid)
{
    for (unsigned i = 0; i < g->object_count; i++)
        if (jemput_oid_equal(&g->objects[i].oid, oid))
            return &g->objects[i];
    return NULL;
}

static enum jemput_status object_put(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes, struct jemput_error *err)
{
    struct mem_git *g = ctx;

    (void)err;
    if (object_of(g, oid))
        return JEMPUT_OK;
    must(g->object_count < MEM_GIT_OBJECTS);
    g->objects[g->object_count++] = (struct mem_git_object){ *oid, kind, copy_of(bytes.data, bytes.len), bytes.len };
    return JEMPUT_OK;
}

static enum jemput_status object_find(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes, struct jemput_error *err)
{
    (void)ctx, (void)oid, (void)kind, (void)bytes;
    return jemput_fail(err, JEMPUT_NOTFOUND, "jemput sends no deltas");
}

static struct mem_git_ref *ref_of(const struct mem_git *g, const char *name)
{
    for (unsigned i = 0; i < g->ref_count; i++)
        if (strcmp(g->refs[i].name, name) == 0)
            return &g->refs[i];
    return NULL;
}

/* --- what reaches what --- */

struct walk {
    struct mem_git *g;
    bool *seen, *left_out; /* by object */
};

static void walk_object(struct walk *w, const struct jemput_oid *oid, bool *marks);

static void walk_commit(struct walk *w, const struct mem_git_object *o, bool *marks)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_error err;
    struct jemput_oid tree;

    must(!jemput_commit_text_read(&commit, &tree, jemput_bytes_of(o->data, o->len), &arena, &err));
    walk_object(w, &tree, marks);
    for (unsigned i = 0; i < commit.parent_count; i++)
        walk_object(w, &commit.parents[i], marks);
    jemput_arena_release(&arena);
}

static void walk_object(struct walk *w, const struct jemput_oid *oid, bool *marks)
{
    const struct mem_git_object *o = object_of(w->g, oid);
    struct jemput_error err;
    struct jemput_oid payload;

    if (!o || marks[o - w->g->objects] || w->left_out[o - w->g->objects])
        return;
    marks[o - w->g->objects] = true;
    if (o->kind == GIT_OBJECT_COMMIT) {
        walk_commit(w, o, marks);
    } else if (o->kind == GIT_OBJECT_TREE) {
        must(!jemput_tree_text_read(&payload, jemput_bytes_of(o->data, o->len), &err));
        walk_object(w, &payload, marks);
    }
}

/* --- one request --- */

struct asked {
    struct mem_git *g;
    struct jemput_buf answer;
    bool fetch, done;
    struct walk walk;
    char wants[64][JEMPUT_REF_NAME_BYTES_MAX + 1]; /* prefixes */
    unsigned prefix_count;
};

static bool listed(const struct asked *a, const char *name)
{
    for (unsigned i = 0; i < a->prefix_count; i++)
        if (strncmp(name, a->wants[i], strlen(a->wants[i])) == 0)
            return true;
    return false;
}

/* "want <40 hex>", "have <40 hex>" */
static void oid_read(struct jemput_oid *out, struct jemput_bytes text)
{
    must(text.len == 5 + 2 * JEMPUT_OID_BYTES && jemput_hex_decode(out->id, sizeof out->id, jemput_bytes_of(text.data + 5, text.len - 5)));
}

static void asked_line(struct asked *a, struct jemput_bytes line)
{
    struct jemput_bytes text = jemput_pkt_text(line);
    struct jemput_oid oid;
    static bool none[MEM_GIT_OBJECTS];

    if (jemput_pkt_starts(text, "command=fetch"))
        a->fetch = true;
    if (jemput_pkt_starts(text, "ref-prefix ")) {
        must(a->prefix_count < 64 && text.len - 11 <= JEMPUT_REF_NAME_BYTES_MAX);
        memcpy(a->wants[a->prefix_count], text.data + 11, text.len - 11);
        a->wants[a->prefix_count++][text.len - 11] = '\0';
    }
    a->done |= jemput_pkt_starts(text, "done");
    if (jemput_pkt_starts(text, "have ")) {
        struct walk all = { a->g, NULL, none };

        oid_read(&oid, text);
        walk_object(&all, &oid, a->walk.left_out);
    }
}

/* "want-ref NAME": told before the pack. The devices ask for those alone that they were shown. */
static struct jemput_oid wanted_ref(struct asked *a, struct jemput_bytes text)
{
    char name[JEMPUT_REF_NAME_BYTES_MAX + 1], hex[2 * JEMPUT_OID_BYTES + 1];
    const struct mem_git_ref *ref;

    snprintf(name, sizeof name, "%.*s", (int)(text.len - 9), (const char *)text.data + 9);
    ref = ref_of(a->g, name);
    must(ref != NULL);
    if (a->answer.len == 0)
        jemput_pkt_write(&a->answer, "wanted-refs\n");
    jemput_oid_hex(hex, &ref->oid);
    jemput_pkt_write(&a->answer, "%s %s\n", hex, name);
    return ref->oid;
}

static void wanted_line(struct asked *a, struct jemput_bytes line)
{
    struct jemput_bytes text = jemput_pkt_text(line);
    struct jemput_oid oid;

    if (jemput_pkt_starts(text, "want-ref "))
        oid = wanted_ref(a, text);
    else if (jemput_pkt_starts(text, "want "))
        oid_read(&oid, text);
    else
        return;
    must(object_of(a->g, &oid) != NULL);
    walk_object(&a->walk, &oid, a->walk.seen);
}

static enum jemput_status first_pass(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    (void)err;
    if (kind == JEMPUT_PKT_LINE)
        asked_line(ctx, line);
    return JEMPUT_OK;
}

static enum jemput_status second_pass(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    (void)err;
    if (kind == JEMPUT_PKT_LINE)
        wanted_line(ctx, line);
    return JEMPUT_OK;
}

static void pass(struct asked *a, struct jemput_bytes body, jemput_pkt_fn each)
{
    struct jemput_pkt_reader reader = JEMPUT_PKT_READER_INIT;
    struct jemput_error err;

    must(!jemput_pkt_feed(&reader, body, each, a, &err) && jemput_pkt_between(&reader));
    jemput_pkt_release(&reader);
}

static void pack_answer(struct asked *a)
{
    struct jemput_buf pack = JEMPUT_BUF_INIT(BODY_MAX);
    struct jemput_error err;
    uint32_t count = 0;
    uint8_t sum[20];

    for (unsigned i = 0; i < a->g->object_count; i++)
        count += a->walk.seen[i];
    jemput_buf_append_str(&pack, "PACK");
    for (unsigned i = 0; i < 8; i++)
        jemput_buf_u8(&pack, (uint8_t)(i == 3 ? 2 : i < 4 ? 0 : count >> 8 * (7 - i)));
    for (int kind = GIT_OBJECT_COMMIT; kind <= GIT_OBJECT_BLOB; kind++) /* in git's order: commits, trees, payloads */
        for (unsigned i = a->g->object_count; i-- > 0;)
            if (a->walk.seen[i] && a->g->objects[i].kind == kind)
                must(!jemput_pack_object_write(&pack, (git_object_t)kind, jemput_bytes_of(a->g->objects[i].data, a->g->objects[i].len), &err));
    jemput_sha1(sum, jemput_buf_bytes(&pack));
    jemput_buf_append(&pack, sum, sizeof sum);
    jemput_pkt_write(&a->answer, "packfile\n");
    for (size_t at = 0; at < pack.len;) {
        uint8_t line[1001] = { 1 };
        size_t len = pack.len - at < 1000 ? pack.len - at : 1000;

        memcpy(line + 1, pack.data + at, len);
        jemput_pkt_write_bytes(&a->answer, jemput_bytes_of(line, len + 1));
        at += len;
    }
    jemput_pkt_mark(&a->answer, JEMPUT_PKT_FLUSH);
    jemput_buf_release(&pack);
}

static void upload_answer(struct asked *a, struct jemput_bytes body)
{
    static bool seen[MEM_GIT_OBJECTS], left_out[MEM_GIT_OBJECTS];
    char hex[2 * JEMPUT_OID_BYTES + 1];

    memset(seen, 0, sizeof seen);
    memset(left_out, 0, sizeof left_out);
    a->walk = (struct walk){ a->g, seen, left_out };
    pass(a, body, first_pass);
    if (a->fetch) {
        must(a->done);
        pass(a, body, second_pass);
        if (a->answer.len)
            jemput_pkt_mark(&a->answer, JEMPUT_PKT_DELIM);
        pack_answer(a);
        return;
    }
    for (unsigned i = 0; i < a->g->ref_count; i++)
        if (listed(a, a->g->refs[i].name)) {
            jemput_oid_hex(hex, &a->g->refs[i].oid);
            jemput_pkt_write(&a->answer, "%s %s\n", hex, a->g->refs[i].name);
        }
    jemput_pkt_mark(&a->answer, JEMPUT_PKT_FLUSH);
}

/* --- a push --- */

static void ref_move(struct mem_git *g, struct mem_git_ref *ref, const char *name, const struct jemput_oid *to)
{
    if (!ref) {
        must(g->ref_count < MEM_GIT_REFS);
        ref = &g->refs[g->ref_count++];
        snprintf(ref->name, sizeof ref->name, "%s", name);
    }
    ref->oid = *to;
}

static void push_answer(struct asked *a, struct jemput_bytes body)
{
    static const struct jemput_oid zero;
    struct mem_git *g = a->g;
    struct jemput_unpack_to to = { .ctx = g, .put = object_put, .find = object_find };
    struct jemput_unpack *unpack;
    struct jemput_error err;
    struct mem_git_ref *ref;
    struct jemput_oid old, new;
    struct jemput_bytes rest;
    char length[5] = { 0 };
    size_t line;
    bool moved;

    must(body.len > 8);
    memcpy(length, body.data, 4);
    line = strtoul(length, NULL, 16);
    must(line > 4 && line + 4 <= body.len && memcmp(body.data + line, "0000", 4) == 0);
    must(jemput_pkt_oid(jemput_bytes_of(body.data + 4, line - 4), old.id, &rest) && jemput_pkt_oid(rest, new.id, &rest));
    ref = ref_of(g, (const char *)rest.data); /* a NUL stands behind the name */
    moved = ref ? !jemput_oid_equal(&ref->oid, &old) : !jemput_oid_equal(&old, &zero);
    must(!jemput_unpack_open(&unpack, &to, &err));
    must(!jemput_unpack_feed(unpack, jemput_bytes_of(body.data + line + 4, body.len - line - 4), &err) && jemput_unpack_ended(unpack));
    jemput_unpack_close(unpack);
    jemput_pkt_write(&a->answer, g->fault == MEM_GIT_UNPACK_FAILS ? "unpack unpack-objects abnormal exit\n" : "unpack ok\n");
    if (moved || g->fault == MEM_GIT_READ_ONLY || g->fault == MEM_GIT_UNPACK_FAILS)
        jemput_pkt_write(&a->answer, "ng %s %s\n", (const char *)rest.data, moved ? "failed to update ref" : "pre-receive hook declined");
    else
        jemput_pkt_write(&a->answer, "ok %s\n", (const char *)rest.data);
    if (!moved && g->fault != MEM_GIT_READ_ONLY && g->fault != MEM_GIT_UNPACK_FAILS)
        ref_move(g, ref, (const char *)rest.data, &new);
    jemput_pkt_mark(&a->answer, JEMPUT_PKT_FLUSH);
}

/* --- the exchange --- */

static void body_gather(struct jemput_buf *body, const struct jemput_http_request *request)
{
    for (unsigned i = 0; i < request->body_count; i++)
        jemput_buf_append(body, request->body[i].data, request->body[i].len);
    must(!body->failed);
}

/* What comes of it before the server has anything to do with it. */
static enum jemput_status fault_before(struct mem_git *g, struct jemput_http_answer *answer, size_t body_len, bool *over, struct jemput_error *err)
{
    *over = true;
    if (g->body_max && body_len > g->body_max) {
        answer->status = 413;
        return JEMPUT_OK;
    }
    switch (g->fault) {
    case MEM_GIT_CUT_UP:
    case MEM_GIT_DIES:
        return jemput_fail(err, JEMPUT_OFFLINE, "Recv failure: Connection reset by peer");
    case MEM_GIT_NO_NAME:
        return jemput_fail(err, JEMPUT_OFFLINE, "Could not resolve host: hub");
    case MEM_GIT_STALLED:
        return jemput_fail(err, JEMPUT_OFFLINE, "nothing moved for 60 s");
    case MEM_GIT_UNPROVEN:
        return jemput_fail(err, JEMPUT_UNTRUSTED, "the server does not prove that it is the one: certificate has expired");
    case MEM_GIT_STATUS:
        answer->status = (unsigned)g->fault_byte;
        return JEMPUT_OK;
    default:
        *over = false;
        return JEMPUT_OK;
    }
}

static enum jemput_status answer_give(struct mem_git *g, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                      struct jemput_bytes body, struct jemput_error *err)
{
    bool cut = g->fault == MEM_GIT_CUT_DOWN && g->fault_byte < body.len;
    size_t len = cut ? g->fault_byte : body.len;
    enum jemput_status st = JEMPUT_OK;

    answer->status = 200;
    answer->bytes_received = len;
    if (g->fault == MEM_GIT_SILENT)
        return jemput_fail(err, JEMPUT_OFFLINE, "Empty reply from server");
    if (len)
        st = request->take(request->take_ctx, body.data, len, err);
    return !st && cut ? jemput_fail(err, JEMPUT_OFFLINE, "transfer closed with outstanding read data remaining") : st;
}

static enum jemput_status exchange_run(struct mem_git *g, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                       struct jemput_error *err)
{
    struct jemput_buf body = JEMPUT_BUF_INIT(BODY_MAX);
    struct asked a = { .g = g, .answer = JEMPUT_BUF_INIT(BODY_MAX) };
    bool push = strstr(request->url, "/git-receive-pack") != NULL, over, push_cut;
    enum jemput_status st;

    if (!request->post) { /* the list of version 0: this server has none */
        answer->status = 404;
        return JEMPUT_OK;
    }
    body_gather(&body, request);
    push_cut = g->fault == MEM_GIT_CUT_UP && g->fault_byte < body.len;
    if (g->exchanges < 32)
        g->up[g->exchanges] = body.len;
    if (push)
        g->pack_bytes += push_cut ? g->fault_byte : body.len;
    answer->bytes_sent = body.len;
    st = fault_before(g, answer, body.len, &over, err);
    if (!over && g->fault == MEM_GIT_PORTAL) {
        snprintf(answer->content_type, sizeof answer->content_type, "text/html");
        jemput_buf_append_str(&a.answer, "<html><body>Selamat datang di Wi-Fi kami</body></html>");
    } else if (!over) {
        snprintf(answer->content_type, sizeof answer->content_type, "application/x-git-%s-pack-result", push ? "receive" : "upload");
        if (push)
            push_answer(&a, jemput_buf_bytes(&body));
        else
            upload_answer(&a, jemput_buf_bytes(&body));
    }
    if (!over && g->exchanges < 32)
        g->down[g->exchanges] = a.answer.len;
    if (!over)
        st = answer_give(g, request, answer, jemput_buf_bytes(&a.answer), err);
    jemput_buf_release(&a.answer);
    jemput_buf_release(&body);
    return st;
}

static enum jemput_status mem_exchange(struct jemput_http *http, const struct jemput_http_request *request, struct jemput_http_answer *answer,
                                       struct jemput_error *err)
{
    struct mem_git *g = (struct mem_git *)http;
    enum mem_git_fault later = g->fault;
    bool now = g->exchanges == g->fault_at;
    enum jemput_status st;

    if (!now)
        g->fault = MEM_GIT_WELL;
    st = exchange_run(g, request, answer, err);
    g->fault = now ? MEM_GIT_WELL : later;
    g->exchanges++;
    return st;
}

static void mem_close(struct jemput_http *http)
{
    (void)http;
}

void mem_git_open(struct mem_git *g)
{
    *g = (struct mem_git){ .http = { .exchange = mem_exchange, .close = mem_close } };
    g->objects = calloc(MEM_GIT_OBJECTS, sizeof *g->objects);
    g->refs = calloc(MEM_GIT_REFS, sizeof *g->refs);
    must(g->objects && g->refs);
}

void mem_git_count(struct mem_git *g)
{
    g->exchanges = 0;
    g->pack_bytes = 0;
    memset(g->up, 0, sizeof g->up);
    memset(g->down, 0, sizeof g->down);
}

void mem_git_lose(struct mem_git *g, const char *part)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < g->ref_count; i++)
        if (!strstr(g->refs[i].name, part))
            g->refs[kept++] = g->refs[i];
    must(kept < g->ref_count);
    g->ref_count = kept;
}

void mem_git_keep(const struct mem_git *g, struct mem_git *kept)
{
    if (!kept->objects)
        mem_git_open(kept);
    memcpy(kept->objects, g->objects, g->object_count * sizeof *g->objects);
    memcpy(kept->refs, g->refs, g->ref_count * sizeof *g->refs);
    kept->object_count = g->object_count;
    kept->ref_count = g->ref_count;
}

void mem_git_restore(struct mem_git *g, const struct mem_git *kept)
{
    for (unsigned i = kept->object_count; i < g->object_count; i++)
        free(g->objects[i].data);
    memcpy(g->refs, kept->refs, kept->ref_count * sizeof *g->refs);
    g->object_count = kept->object_count; /* they only ever grow behind it */
    g->ref_count = kept->ref_count;
}

void mem_git_release(struct mem_git *g)
{
    for (unsigned i = 0; i < g->object_count; i++)
        free(g->objects[i].data);
    free(g->objects);
    free(g->refs);
}
