/* support/git_answer.c — see git_answer.h. What lasts is in memory by malloc; buffers and what unpacks are the engine's (git_link.h, serve). */
#include "git_answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "repo/commit.h"
#include "repo/pack.h"
#include "repo/pktline.h"
#include "repo/sha1.h"
#include "repo/unpack.h"

#define PACK_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define PREFIXES_MAX 64
#define SLOTS (1u << 16)
#define BAND_BYTES 1000 /* of a pack in one line */
#define ROOTS_MAX 64 /* that a push may tell of */

static void must(bool is)
{
    if (!is)
        abort();
}

/* --- what a push brings: apart, until its branch may move --- */

struct incoming {
    struct incoming *next;
    struct jemput_oid oid;
    git_object_t kind;
    struct jemput_bytes bytes; /* behind this */
};

struct push {
    struct git_storage *s;
    struct jemput_oid old, new;
    char ref[JEMPUT_REF_NAME_BYTES_MAX + 1];
    struct incoming *incoming;
    struct jemput_oid roots[ROOTS_MAX]; /* told with it */
    unsigned root_count;
};

static enum jemput_status incoming_put(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes,
                                       struct jemput_error *err)
{
    struct incoming **list = ctx, *o = malloc(sizeof *o + bytes.len);

    (void)err;
    must(o != NULL);
    if (bytes.len)
        memcpy(o + 1, bytes.data, bytes.len);
    *o = (struct incoming){ *list, *oid, kind, jemput_bytes_of(o + 1, bytes.len) };
    *list = o;
    return JEMPUT_OK;
}

static enum jemput_status incoming_find(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                        struct jemput_error *err)
{
    (void)ctx, (void)oid, (void)kind, (void)bytes;
    return jemput_fail(err, JEMPUT_NOTFOUND, "jemput sends no deltas");
}

static void incoming_release(struct incoming *list)
{
    while (list) {
        struct incoming *next = list->next;

        free(list);
        list = next;
    }
}

/* --- what reaches what --- */

struct node {
    struct jemput_oid oid;
    git_object_t kind; /* 0 = of an object that is left out, and was not read */
    struct jemput_bytes bytes;
    bool left_out;
};

struct walk {
    struct git_storage *s;
    const struct push *push; /* that is looked at; or NULL */
    struct node *nodes; /* in the order in which they were met: from the tips on */
    unsigned count, cap, expanded;
    bool broken; /* an object is not there that has to be */
};

static unsigned slots[SLOTS]; /* number of the node and one more; 0 = free. One walk at a time */

static unsigned *slot_of(const struct walk *w, const struct jemput_oid *oid)
{
    unsigned at;

    memcpy(&at, oid->id, sizeof at);
    for (at %= SLOTS; slots[at] && !jemput_oid_equal(&w->nodes[slots[at] - 1].oid, oid);)
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static void walk_begin(struct walk *w, struct git_storage *s, const struct push *push)
{
    memset(slots, 0, sizeof slots);
    *w = (struct walk){ .s = s, .push = push };
}

static bool object_find(const struct walk *w, const struct jemput_oid *oid, git_object_t *kind, struct jemput_bytes *bytes)
{
    for (const struct incoming *o = w->push ? w->push->incoming : NULL; o; o = o->next)
        if (jemput_oid_equal(&o->oid, oid)) {
            *kind = o->kind;
            *bytes = o->bytes;
            return true;
        }
    return w->s->find(w->s, oid, kind, bytes);
}

/* false = it is not there. One that was met already stays what it was. */
static bool walk_meet(struct walk *w, const struct jemput_oid *oid, bool left_out, bool read)
{
    unsigned *slot = slot_of(w, oid);
    struct node node = { .oid = *oid, .left_out = left_out };

    if (*slot)
        return true;
    if (read && !object_find(w, oid, &node.kind, &node.bytes))
        return false;
    if (w->count == w->cap) {
        w->cap = w->cap ? 2 * w->cap : 256;
        w->nodes = realloc(w->nodes, w->cap * sizeof *w->nodes);
        must(w->nodes && w->cap < SLOTS);
    }
    w->nodes[w->count++] = node;
    *slot = w->count;
    return true;
}

static bool is_root(const struct walk *w, const struct jemput_oid *commit)
{
    for (unsigned i = 0; w->push && i < w->push->root_count; i++)
        if (jemput_oid_equal(&w->push->roots[i], commit))
            return true;
    return w->s->is_root(w->s, commit);
}

/* Of what is left out, all commits and their trees; what these hold may be sent once more, as git does. */
static void commit_expand(struct walk *w, const struct node *node)
{
    struct jemput_arena arena = { 0 };
    struct jemput_commit commit;
    struct jemput_error err;
    struct jemput_oid tree;
    bool all = true;

    must(!jemput_commit_text_read(&commit, &tree, node->bytes, &arena, &err));
    for (unsigned i = 0; i < commit.parent_count && !is_root(w, &node->oid); i++) /* git knows no parent of a root, there or not */
        all = walk_meet(w, &commit.parents[i], node->left_out, true) && all;
    w->broken = w->broken || (!node->left_out && !all);
    w->broken = !walk_meet(w, &tree, node->left_out, !node->left_out) || w->broken;
    jemput_arena_release(&arena);
}

static void walk_expand(struct walk *w)
{
    for (; w->expanded < w->count; w->expanded++) {
        struct node node = w->nodes[w->expanded]; /* they move */
        struct jemput_error err;
        struct jemput_oid payload;

        if (node.kind == GIT_OBJECT_COMMIT) {
            commit_expand(w, &node);
        } else if (node.kind == GIT_OBJECT_TREE) {
            must(!jemput_tree_text_read(&payload, node.bytes, &err));
            w->broken = !walk_meet(w, &payload, false, true) || w->broken;
        }
    }
}

/* --- one request --- */

struct asked {
    struct git_storage *s;
    struct jemput_buf *answer;
    struct walk walk;
    bool fetch, done, has_names, refused;
    char prefixes[PREFIXES_MAX][JEMPUT_REF_NAME_BYTES_MAX + 1];
    unsigned prefix_count;
    const char *name; /* of a branch that is looked for */
    struct jemput_oid oid;
    bool found;
};

/* "want <40 hex>", "have <40 hex>", "shallow <40 hex>" */
static struct jemput_oid oid_read(struct jemput_bytes text, const char *word)
{
    struct jemput_oid oid;
    size_t len = strlen(word);

    must(text.len == len + 2 * JEMPUT_OID_BYTES);
    must(jemput_hex_decode(oid.id, sizeof oid.id, jemput_bytes_of(text.data + len, text.len - len)));
    return oid;
}

static enum jemput_status asked_line(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct asked *a = ctx;
    struct jemput_bytes text = jemput_pkt_text(line);

    (void)err;
    if (kind != JEMPUT_PKT_LINE)
        return JEMPUT_OK;
    a->fetch |= jemput_pkt_starts(text, "command=fetch");
    a->done |= jemput_pkt_starts(text, "done");
    if (jemput_pkt_starts(text, "ref-prefix ")) {
        must(a->prefix_count < PREFIXES_MAX && text.len - 11 <= JEMPUT_REF_NAME_BYTES_MAX);
        memcpy(a->prefixes[a->prefix_count], text.data + 11, text.len - 11);
        a->prefixes[a->prefix_count++][text.len - 11] = '\0';
    }
    if (jemput_pkt_starts(text, "have ")) {
        struct jemput_oid oid = oid_read(text, "have ");

        walk_meet(&a->walk, &oid, true, true); /* one that is not here says nothing */
    }
    return JEMPUT_OK;
}

static void name_see(void *ctx, const char *name, const struct jemput_oid *oid)
{
    struct asked *a = ctx;

    if (strcmp(name, a->name) != 0)
        return;
    a->oid = *oid;
    a->found = true;
}

static void refuse(struct asked *a, const char *fmt, const char *what)
{
    if (!a->refused)
        jemput_pkt_write(a->answer, fmt, what);
    a->refused = true;
}

/* "want-ref NAME": told before the pack. */
static struct jemput_oid wanted_ref(struct asked *a, struct jemput_bytes text)
{
    char name[JEMPUT_REF_NAME_BYTES_MAX + 1], hex[2 * JEMPUT_OID_BYTES + 1];

    snprintf(name, sizeof name, "%.*s", (int)(text.len - 9), (const char *)text.data + 9);
    a->name = name;
    a->found = false;
    a->s->each_ref(a->s, name_see, a);
    a->name = NULL;
    if (!a->found) {
        refuse(a, "ERR unknown ref %s", name);
        return a->oid;
    }
    if (!a->has_names)
        jemput_pkt_write(a->answer, "wanted-refs\n");
    a->has_names = true;
    jemput_oid_hex(hex, &a->oid);
    jemput_pkt_write(a->answer, "%s %s\n", hex, name);
    return a->oid;
}

static enum jemput_status wanted_line(void *ctx, enum jemput_pkt kind, struct jemput_bytes line, struct jemput_error *err)
{
    struct asked *a = ctx;
    struct jemput_bytes text = jemput_pkt_text(line);
    char hex[2 * JEMPUT_OID_BYTES + 1];
    struct jemput_oid oid;

    (void)err;
    if (kind != JEMPUT_PKT_LINE || a->refused)
        return JEMPUT_OK;
    if (jemput_pkt_starts(text, "want-ref "))
        oid = wanted_ref(a, text);
    else if (jemput_pkt_starts(text, "want "))
        oid = oid_read(text, "want ");
    else
        return JEMPUT_OK;
    jemput_oid_hex(hex, &oid);
    if (!a->refused && !walk_meet(&a->walk, &oid, false, true))
        refuse(a, "ERR upload-pack: not our ref %s", hex);
    return JEMPUT_OK;
}

static void lines_see(struct asked *a, struct jemput_bytes body, jemput_pkt_fn each)
{
    struct jemput_pkt_reader reader = JEMPUT_PKT_READER_INIT;
    struct jemput_error err;

    must(!jemput_pkt_feed(&reader, body, each, a, &err) && jemput_pkt_between(&reader));
    jemput_pkt_release(&reader);
}

/* --- branches and objects --- */

/* In git's order: commits, trees, payloads; of each kind the newest first. */
static void pack_make(const struct walk *w, struct jemput_buf *pack)
{
    struct jemput_error err;
    uint32_t count = 0;
    uint8_t sum[20];

    for (unsigned i = 0; i < w->count; i++)
        count += !w->nodes[i].left_out;
    jemput_buf_append_str(pack, "PACK");
    jemput_buf_u32be(pack, 2);
    jemput_buf_u32be(pack, count);
    for (int kind = GIT_OBJECT_COMMIT; kind <= GIT_OBJECT_BLOB; kind++)
        for (unsigned i = 0; i < w->count; i++)
            if (!w->nodes[i].left_out && w->nodes[i].kind == kind)
                must(!jemput_pack_object_write(pack, (git_object_t)kind, w->nodes[i].bytes, &err));
    jemput_sha1(sum, jemput_buf_bytes(pack));
    jemput_buf_append(pack, sum, sizeof sum);
    must(!pack->failed);
}

static void band_write(struct jemput_buf *answer, uint8_t band, struct jemput_bytes bytes)
{
    for (size_t at = 0; at < bytes.len;) {
        uint8_t line[1 + BAND_BYTES] = { band };
        size_t len = bytes.len - at < BAND_BYTES ? bytes.len - at : BAND_BYTES;

        memcpy(line + 1, bytes.data + at, len);
        jemput_pkt_write_bytes(answer, jemput_bytes_of(line, len + 1));
        at += len;
    }
}

static void pack_answer(struct asked *a)
{
    struct jemput_buf pack = JEMPUT_BUF_INIT(PACK_BYTES_MAX);

    walk_expand(&a->walk);
    if (a->has_names)
        jemput_pkt_mark(a->answer, JEMPUT_PKT_DELIM);
    jemput_pkt_write(a->answer, "packfile\n");
    if (a->walk.broken) {
        band_write(a->answer, 3, jemput_bytes_str("fatal: unable to read what a branch leads to"));
        return;
    }
    pack_make(&a->walk, &pack);
    band_write(a->answer, JEMPUT_PKT_BAND_DATA, jemput_buf_bytes(&pack));
    jemput_pkt_mark(a->answer, JEMPUT_PKT_FLUSH);
    jemput_buf_release(&pack);
}

static void listed_see(void *ctx, const char *name, const struct jemput_oid *oid)
{
    struct asked *a = ctx;
    char hex[2 * JEMPUT_OID_BYTES + 1];

    for (unsigned i = 0; i < a->prefix_count; i++)
        if (strncmp(name, a->prefixes[i], strlen(a->prefixes[i])) == 0) {
            jemput_oid_hex(hex, oid);
            jemput_pkt_write(a->answer, "%s %s\n", hex, name);
            return;
        }
}

void git_answer_upload(struct git_storage *s, struct jemput_bytes body, struct jemput_buf *answer)
{
    struct asked *a = calloc(1, sizeof *a);

    must(a != NULL);
    a->s = s;
    a->answer = answer;
    walk_begin(&a->walk, s, NULL);
    lines_see(a, body, asked_line);
    if (a->fetch) {
        must(a->done);
        walk_expand(&a->walk);
        lines_see(a, body, wanted_line);
        if (!a->refused)
            pack_answer(a);
    } else {
        s->each_ref(s, listed_see, a);
        jemput_pkt_mark(answer, JEMPUT_PKT_FLUSH);
    }
    free(a->walk.nodes);
    free(a);
}

/* --- a push --- */

/* One line; returns what stands behind it. A flush is a line of nothing. */
static struct jemput_bytes line_take(struct jemput_bytes body, struct jemput_bytes *line)
{
    char length[5] = { 0 };
    size_t size;

    must(body.len >= 4);
    memcpy(length, body.data, 4);
    size = strtoul(length, NULL, 16);
    must((size == 0 || size > 4) && size <= body.len);
    *line = jemput_bytes_of(body.data + 4, size ? size - 4 : 0);
    size = size ? size : 4;
    return jemput_bytes_of(body.data + size, body.len - size);
}

/* "shallow <id>" any number of times, "<old> <new> <ref>", a NUL and what the client can do, a flush; gives where the pack begins. */
static struct jemput_bytes command_read(struct push *p, struct jemput_bytes body)
{
    struct jemput_bytes line, rest;

    for (body = line_take(body, &line); jemput_pkt_starts(line, "shallow "); body = line_take(body, &line)) {
        must(p->root_count < ROOTS_MAX);
        p->roots[p->root_count++] = oid_read(jemput_pkt_text(line), "shallow ");
    }
    must(jemput_pkt_oid(line, p->old.id, &rest) && jemput_pkt_oid(rest, p->new.id, &rest) && memchr(rest.data, '\0', rest.len));
    snprintf(p->ref, sizeof p->ref, "%s", (const char *)rest.data);
    must(jemput_ref_name_valid(p->ref));
    body = line_take(body, &line);
    must(line.len == 0);
    return body;
}

static void pack_take(struct push *p, struct jemput_bytes pack)
{
    struct jemput_unpack_to to = { .ctx = &p->incoming, .put = incoming_put, .find = incoming_find };
    struct jemput_unpack *unpack;
    struct jemput_error err;

    must(!jemput_unpack_open(&unpack, &to, &err));
    must(!jemput_unpack_feed(unpack, pack, &err) && jemput_unpack_ended(unpack));
    jemput_unpack_close(unpack);
}

static void kept_see(void *ctx, const char *name, const struct jemput_oid *oid)
{
    (void)name;
    walk_meet(ctx, oid, true, true);
}

/* As git looks before a branch moves: everything that it leads to is there, or came with it. */
static bool is_connected(const struct push *p)
{
    struct walk w;
    bool whole;

    walk_begin(&w, p->s, p);
    p->s->each_ref(p->s, kept_see, &w);
    walk_expand(&w);
    whole = walk_meet(&w, &p->new, false, true);
    walk_expand(&w);
    whole = whole && !w.broken;
    free(w.nodes);
    return whole;
}

/* Back from the new tip along first parents, as logs go. */
static bool goes_on(const struct push *p)
{
    struct walk w = { .s = p->s, .push = p };
    struct jemput_oid at = p->new;
    bool on = true;

    while (on && !jemput_oid_equal(&at, &p->old)) {
        struct jemput_arena arena = { 0 };
        struct jemput_commit commit;
        struct jemput_bytes bytes;
        struct jemput_error err;
        struct jemput_oid tree;
        git_object_t kind;

        on = object_find(&w, &at, &kind, &bytes) && kind == GIT_OBJECT_COMMIT;
        must(!on || !jemput_commit_text_read(&commit, &tree, bytes, &arena, &err));
        on = on && commit.parent_count > 0;
        if (on)
            at = commit.parents[0];
        jemput_arena_release(&arena);
    }
    return on;
}

static const char *branch_move(struct push *p)
{
    static const struct jemput_oid zero;

    if (!is_connected(p))
        return "missing necessary objects";
    if (!jemput_oid_equal(&p->old, &zero) && !goes_on(p))
        return "non-fast-forward";
    for (const struct incoming *o = p->incoming; o; o = o->next)
        p->s->put(p->s, &o->oid, o->kind, o->bytes);
    for (unsigned i = 0; i < p->root_count; i++)
        p->s->note_root(p->s, &p->roots[i]);
    return p->s->move_ref(p->s, p->ref, jemput_oid_equal(&p->old, &zero) ? NULL : &p->old, &p->new) ? NULL : "failed to update ref";
}

void git_answer_receive(struct git_storage *s, struct jemput_bytes body, const struct git_refusal *refusal, struct jemput_buf *answer)
{
    struct push *p = calloc(1, sizeof *p);
    const char *why;

    must(p != NULL);
    p->s = s;
    pack_take(p, command_read(p, body));
    why = refusal->unpack || refusal->ref ? refusal->ref : branch_move(p);
    jemput_pkt_write(answer, "unpack %s\n", refusal->unpack ? refusal->unpack : "ok");
    if (refusal->unpack || why)
        jemput_pkt_write(answer, "ng %s %s\n", p->ref, why ? why : "unpacker error");
    else
        jemput_pkt_write(answer, "ok %s\n", p->ref);
    jemput_pkt_mark(answer, JEMPUT_PKT_FLUSH);
    incoming_release(p->incoming);
    free(p);
}
