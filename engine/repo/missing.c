/* repo/missing.c — what a transfer that was cut still owes: from the tip back through what has come. Git sends commits first, newest first, then
 * trees, then payloads: of a cut pack, the newest commits are here and lack what they name. */
#include "repo/missing.h"

#include <string.h>

#include "repo/commit.h"
#include "store/object/incoming.h"

#define COMMITS_MAX 65536u /* looked at */
#define WANTS_MAX 4096u

/* Commits to look at; each once. A table of places in `oids`, which is twice as long. */
struct search {
    struct jemput_store *store;
    struct jemput_oid *oids;
    uint32_t *places; /* index + 1; 0 = free */
    uint32_t count, cap;
    struct jemput_smart_want *wants;
    unsigned want_count, want_cap;
    struct jemput_arena arena;
};

/* --- the commits to look at --- */

static uint32_t place_of(const struct search *s, const struct jemput_oid *oid)
{
    uint32_t mask = 2 * s->cap - 1, at;

    memcpy(&at, oid->id, sizeof at);
    for (at &= mask; s->places[at] && !jemput_oid_equal(&s->oids[s->places[at] - 1], oid);)
        at = (at + 1) & mask;
    return at;
}

static enum jemput_status search_grow(struct search *s, struct jemput_error *err)
{
    uint32_t cap = s->cap ? 2 * s->cap : 256;
    struct jemput_oid *oids = jemput_realloc(s->oids, cap * sizeof *oids);
    uint32_t *places = jemput_alloc_zero(2 * (size_t)cap, sizeof *places);

    if (oids)
        s->oids = oids;
    if (!oids || !places) {
        jemput_free(places);
        return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u commits", (unsigned)cap);
    }
    jemput_free(s->places);
    s->places = places;
    s->cap = cap;
    for (uint32_t i = 0; i < s->count; i++)
        s->places[place_of(s, &s->oids[i])] = i + 1;
    return JEMPUT_OK;
}

static enum jemput_status search_add(struct search *s, const struct jemput_oid *oid, struct jemput_error *err)
{
    uint32_t at;

    if (s->count == s->cap) {
        enum jemput_status st = s->count < COMMITS_MAX ? search_grow(s, err) : jemput_fail(err, JEMPUT_LIMIT, "more than %u commits", COMMITS_MAX);

        if (st)
            return st;
    }
    at = place_of(s, oid);
    if (s->places[at] == 0) {
        s->oids[s->count++] = *oid;
        s->places[at] = s->count;
    }
    return JEMPUT_OK;
}

/* --- what they lack --- */

static enum jemput_status want_add(struct search *s, const struct jemput_oid *oid, struct jemput_error *err)
{
    if (s->want_count >= WANTS_MAX)
        return jemput_fail(err, JEMPUT_LIMIT, "more than %u objects are missing", WANTS_MAX);
    if (s->want_count == s->want_cap) {
        unsigned cap = s->want_cap ? 2 * s->want_cap : 64;
        struct jemput_smart_want *grown = jemput_realloc(s->wants, cap * sizeof *grown);

        if (!grown)
            return jemput_fail(err, JEMPUT_NOMEM, "no memory for %u objects", cap);
        s->wants = grown;
        s->want_cap = cap;
    }
    s->wants[s->want_count++] = (struct jemput_smart_want){ .oid = *oid };
    return JEMPUT_OK;
}

/* What the own store has the hub leaves out, too: an empty payload, and the tree that names it, are those of a segment before. *found = false: it is
 * wanted now. `text` NULL = its contents do not matter. */
static enum jemput_status object_take(struct search *s, const struct jemput_oid *oid, int kind, struct jemput_buf *text, bool *found,
                                      struct jemput_error *err)
{
    int is = 0;
    enum jemput_status st = jemput_store_incoming_get(s->store, oid->id, &is, text, err);

    if (st == JEMPUT_NOTFOUND)
        st = jemput_store_object_get(s->store, oid->id, &is, NULL, text, err);
    *found = st == JEMPUT_OK;
    if (st == JEMPUT_NOTFOUND)
        return want_add(s, oid, err);
    return st || is == kind ? st : jemput_fail(err, JEMPUT_CORRUPT, "an object of another kind stands in a log");
}

static enum jemput_status tree_look(struct search *s, const struct jemput_oid *tree, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_oid payload;
    bool found = false;
    enum jemput_status st = object_take(s, tree, GIT_OBJECT_TREE, &text, &found, err);

    if (!st && found)
        st = jemput_tree_text_read(&payload, jemput_buf_bytes(&text), err);
    if (!st && found)
        st = object_take(s, &payload, GIT_OBJECT_BLOB, NULL, &found, err);
    jemput_buf_release(&text);
    return st;
}

static enum jemput_status commit_look(struct search *s, const struct jemput_oid *oid, struct jemput_error *err)
{
    struct jemput_buf text = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_commit commit;
    struct jemput_oid tree;
    bool found = false;
    enum jemput_status st = jemput_store_object_get(s->store, oid->id, NULL, NULL, NULL, err);

    if (st != JEMPUT_NOTFOUND) /* of the own store: nothing is missing behind it */
        return st;
    st = object_take(s, oid, GIT_OBJECT_COMMIT, &text, &found, err);
    if (!st && found) {
        jemput_arena_clear(&s->arena);
        st = jemput_commit_text_read(&commit, &tree, jemput_buf_bytes(&text), &s->arena, err);
        for (unsigned i = 0; !st && i < commit.parent_count; i++)
            st = search_add(s, &commit.parents[i], err);
        if (!st)
            st = tree_look(s, &tree, err);
    }
    jemput_buf_release(&text);
    return st;
}

enum jemput_status jemput_missing_find(struct jemput_store *store, const struct jemput_oid *tip, struct jemput_smart_want **wants, unsigned *count,
                                       struct jemput_error *err)
{
    struct search s = { .store = store, .wants = *wants, .want_count = *count, .want_cap = *count };
    enum jemput_status st = search_add(&s, tip, err);

    for (uint32_t i = 0; !st && i < s.count; i++) {
        struct jemput_oid oid = s.oids[i]; /* the list may move */

        st = commit_look(&s, &oid, err);
    }
    jemput_free(s.oids);
    jemput_free(s.places);
    jemput_arena_release(&s.arena);
    *wants = s.wants;
    if (!st)
        *count = s.want_count;
    return st;
}
