/* unit/smart_world.h — a store with a log, a stock repository to send it to, and a place for what is fetched. */
#ifndef TESTS_UNIT_SMART_WORLD_H
#define TESTS_UNIT_SMART_WORLD_H

#include "repo_world.h"
#include "repo/pack.h"
#include "repo/smart.h"
#include "support/git_http.h"

#define REF "refs/heads/log/00112233445566778899aabbccddeeff/0"
#define OTHER_REF "refs/heads/log/ffeeddccbbaa99887766554433221100/3"

struct landed { /* an object that came */
    struct landed *next;
    struct jemput_oid oid;
    git_object_t kind;
    struct jemput_buf bytes;
};

struct smart_world {
    struct world w;
    struct git_http git;
    struct jemput_smart smart;
    struct landed *landed;
    unsigned landed_count;
};

static inline void smart_server(struct smart_world *s, const char *name)
{
    char command[512];

    snprintf(command, sizeof command,
             "git init -q --bare %s && git -C %s config uploadpack.allowRefInWant true && git -C %s config receive.fsckObjects true", name, name, name);
    world_must(&s->w, command);
}

static inline void smart_world_open(struct smart_world *s)
{
    char root[256], here[200];

    *s = (struct smart_world){ 0 };
    world_open(&s->w);
    assert_non_null(getcwd(here, sizeof here));
    snprintf(root, sizeof root, s->w.folder[0] == '/' ? "%s%s" : "%s/%s", s->w.folder[0] == '/' ? "" : here, s->w.folder);
    git_http_open(&s->git, root);
    smart_server(s, "hub");
    assert_int_equal(jemput_smart_open(&s->smart, &s->git.http, "http://hub/hub", NULL, &s->w.err), JEMPUT_OK);
}

static inline void landed_clear(struct smart_world *s)
{
    while (s->landed) {
        struct landed *next = s->landed->next;

        jemput_buf_release(&s->landed->bytes);
        free(s->landed);
        s->landed = next;
    }
    s->landed_count = 0;
}

static inline void smart_world_close(struct smart_world *s)
{
    landed_clear(s);
    jemput_smart_close(&s->smart);
    world_close(&s->w);
}

static inline struct landed *landed_find(struct smart_world *s, const struct jemput_oid *oid)
{
    for (struct landed *l = s->landed; l; l = l->next)
        if (jemput_oid_equal(&l->oid, oid))
            return l;
    return NULL;
}

static inline enum jemput_status landed_put(void *ctx, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes,
                                            struct jemput_error *err)
{
    struct smart_world *s = ctx;
    struct landed *l = landed_find(s, oid);

    (void)err;
    if (l)
        return JEMPUT_OK;
    l = calloc(1, sizeof *l);
    assert_non_null(l);
    *l = (struct landed){ .next = s->landed, .oid = *oid, .kind = kind, .bytes = JEMPUT_BUF_INIT(SIZE_MAX) };
    s->landed = l;
    s->landed_count++;
    jemput_buf_append_bytes(&l->bytes, bytes);
    return jemput_buf_check(&l->bytes, "object", err);
}

static inline enum jemput_status landed_get(void *ctx, const struct jemput_oid *oid, git_object_t *kind, struct jemput_buf *bytes,
                                            struct jemput_error *err)
{
    struct landed *l = landed_find(ctx, oid);

    if (!l)
        return jemput_fail(err, JEMPUT_NOTFOUND, "not there");
    *kind = l->kind;
    jemput_buf_clear(bytes);
    jemput_buf_append_bytes(bytes, jemput_buf_bytes(&l->bytes));
    return jemput_buf_check(bytes, "object", err);
}

static inline struct jemput_unpack_to landed_to(struct smart_world *s)
{
    return (struct jemput_unpack_to){ .ctx = s, .put = landed_put, .find = landed_get };
}

/* Everything that these commits of the own store hold is among what landed, byte for byte. */
static inline bool landed_have(struct smart_world *s, const struct jemput_oid *commits, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct jemput_commit commit;
        struct landed *payload, *text = landed_find(s, &commits[i]);
        bool same;

        assert_int_equal(jemput_source_commit(jemput_repo_source(s->w.repo), &commits[i], true, &commit, &s->w.arena, &s->w.err), JEMPUT_OK);
        payload = landed_find(s, &commit.payload_oid);
        same = text && payload && jemput_bytes_equal(jemput_buf_bytes(&payload->bytes), commit.payload);
        jemput_arena_clear(&s->w.arena);
        if (!same)
            return false;
    }
    return true;
}

static inline enum jemput_status smart_push_from(struct smart_world *s, const char *ref, const struct jemput_oid *expected,
                                                 const struct jemput_oid *commits, unsigned count, const struct jemput_oid *root)
{
    struct jemput_pack pack;
    enum jemput_status st;

    st = jemput_pack_write(&pack, jemput_repo_source(s->w.repo), commits, count, &s->w.err);
    if (!st)
        st = jemput_smart_push(&s->smart, &(struct jemput_smart_pushed){ .ref = ref, .expected = expected, .tip = &commits[count - 1],
                                                                        .pack = jemput_buf_bytes(&pack.bytes), .roots = root,
                                                                        .root_count = root ? 1 : 0 }, &s->w.err);
    jemput_pack_release(&pack);
    return st;
}

static inline enum jemput_status smart_push(struct smart_world *s, const char *ref, const struct jemput_oid *expected, const struct jemput_oid *commits,
                                            unsigned count)
{
    return smart_push_from(s, ref, expected, commits, count, NULL);
}

static inline enum jemput_status smart_fetch_ref(struct smart_world *s, const char *ref, const struct jemput_oid *have, struct jemput_oid *tip,
                                                 uint32_t *count)
{
    struct jemput_smart_want want = { .ref = ref };
    struct jemput_unpack_to to = landed_to(s);
    enum jemput_status st = jemput_smart_fetch(&s->smart, &want, 1, have, have ? 1 : 0, &to, count, &s->w.err);

    if (want.found)
        *tip = want.oid;
    return st;
}

static inline enum jemput_status smart_fetch_oid(struct smart_world *s, const struct jemput_oid *oid, const struct jemput_oid *have, uint32_t *count)
{
    struct jemput_smart_want want = { .oid = *oid };
    struct jemput_unpack_to to = landed_to(s);

    return jemput_smart_fetch(&s->smart, &want, 1, have, have ? 1 : 0, &to, count, &s->w.err);
}

/* Tip of the branch as stock git sees it; "" = there is none. */
static inline const char *smart_tip(struct smart_world *s, const char *ref)
{
    char command[256];

    snprintf(command, sizeof command, "git -C hub for-each-ref --format='%%(objectname)' %s", ref);
    return world_ask(&s->w, command);
}

#endif
