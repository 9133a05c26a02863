/* sim/mem_git.c — see mem_git.h. Memory by malloc: a test that makes allocations fail means those of the client. */
#include "mem_git.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool mem_find(struct git_storage *s, const struct jemput_oid *oid, git_object_t *kind, struct jemput_bytes *bytes)
{
    const struct mem_git *g = (const struct mem_git *)s;

    for (unsigned i = 0; i < g->object_count; i++)
        if (jemput_oid_equal(&g->objects[i].oid, oid)) {
            *kind = g->objects[i].kind;
            *bytes = jemput_bytes_of(g->objects[i].data, g->objects[i].len);
            return true;
        }
    return false;
}

static void mem_put(struct git_storage *s, const struct jemput_oid *oid, git_object_t kind, struct jemput_bytes bytes)
{
    struct mem_git *g = (struct mem_git *)s;
    struct jemput_bytes there;
    git_object_t was;

    if (mem_find(s, oid, &was, &there))
        return;
    must(g->object_count < MEM_GIT_OBJECTS);
    g->objects[g->object_count++] = (struct mem_git_object){ *oid, kind, copy_of(bytes.data, bytes.len), bytes.len };
}

static void mem_each_ref(struct git_storage *s, void (*each)(void *ctx, const char *name, const struct jemput_oid *oid), void *ctx)
{
    const struct mem_git *g = (const struct mem_git *)s;

    for (unsigned i = 0; i < g->ref_count; i++)
        each(ctx, g->refs[i].name, &g->refs[i].oid);
}

static bool mem_move_ref(struct git_storage *s, const char *name, const struct jemput_oid *from, const struct jemput_oid *to)
{
    struct mem_git *g = (struct mem_git *)s;
    struct mem_git_ref *ref = g->refs;

    while (ref < g->refs + g->ref_count && strcmp(ref->name, name) != 0)
        ref++;
    if (ref == g->refs + g->ref_count ? from != NULL : !from || !jemput_oid_equal(&ref->oid, from))
        return false;
    if (!from) {
        must(g->ref_count < MEM_GIT_REFS);
        g->ref_count++;
        snprintf(ref->name, sizeof ref->name, "%s", name);
    }
    ref->oid = *to;
    return true;
}

/* Nobody lets anything go in the tests on this server. */
static bool mem_is_root(struct git_storage *s, const struct jemput_oid *commit)
{
    (void)s, (void)commit;
    return false;
}

static void mem_note_root(struct git_storage *s, const struct jemput_oid *commit)
{
    (void)s, (void)commit;
}

void mem_git_open(struct mem_git *g)
{
    *g = (struct mem_git){ .storage = { .find = mem_find, .put = mem_put, .each_ref = mem_each_ref, .move_ref = mem_move_ref, .is_root = mem_is_root,
                                        .note_root = mem_note_root } };
    git_link_open(&g->link, &g->storage);
    g->objects = calloc(MEM_GIT_OBJECTS, sizeof *g->objects);
    g->refs = calloc(MEM_GIT_REFS, sizeof *g->refs);
    must(g->objects && g->refs);
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
