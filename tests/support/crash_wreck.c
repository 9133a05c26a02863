/* support/crash_wreck.c — see crash_wreck.h. */
#include "crash_wreck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct crash_wreck {
    struct crash_disk disk;
    uint64_t *seen; /* hashes of outcomes */
    size_t count, room;
};

static void *must(void *ptr)
{
    if (!ptr) {
        fprintf(stderr, "crash_wreck: no memory\n");
        abort();
    }
    return ptr;
}

static void *copy_of(const void *data, size_t len)
{
    void *copy = must(malloc(len ? len : 1));

    if (len)
        memcpy(copy, data, len);
    return copy;
}

static struct crash_blob blob_copy(const struct crash_blob *b)
{
    return (struct crash_blob){ .data = copy_of(b->data, b->len), .len = b->len, .cap = b->len };
}

static struct crash_node *node_copy(const struct crash_node *n)
{
    struct crash_node *copy = copy_of(n, sizeof *n);

    copy->next = NULL;
    copy->name = copy_of(n->name, strlen(n->name) + 1);
    copy->now = blob_copy(&n->now);
    copy->durable = blob_copy(&n->durable);
    copy->log = blob_copy(&n->log);
    copy->changes = copy_of(n->changes, n->change_count * sizeof *n->changes);
    copy->change_cap = n->change_count;
    copy->refs = 0;
    copy->lock_state = NULL;
    return copy;
}

static void disk_copy(struct crash_disk *to, const struct crash_disk *from)
{
    struct crash_node **end = &to->nodes;

    *to = *from;
    to->nodes = NULL;
    to->on_power_cut = NULL;
    to->on_free = NULL;
    for (const struct crash_node *n = from->nodes; n; n = n->next)
        if (n->name) {
            *end = node_copy(n);
            end = &(*end)->next;
        }
}

struct crash_wreck *crash_wreck_new(const struct crash_disk *d)
{
    struct crash_wreck *w = must(calloc(1, sizeof *w));

    disk_copy(&w->disk, d);
    return w;
}

void crash_wreck_free(struct crash_wreck *w)
{
    if (!w)
        return;
    crash_disk_release(&w->disk);
    free(w->seen);
    free(w);
}

static uint64_t hash_more(uint64_t hash, const void *data, size_t len)
{
    const uint8_t *at = data;

    hash = (hash ^ len) * UINT64_C(0x9e3779b97f4a7c15);
    for (uint64_t word; len >= sizeof word; len -= sizeof word, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * UINT64_C(0xd6e8feb86659fd93);
        hash ^= hash >> 32;
    }
    while (len--)
        hash = (hash ^ *at++) * UINT64_C(0x100000001b3);
    return hash ^ hash >> 29;
}

/* In the order of the disk's list, which is the same for all outcomes of one wreck. */
static uint64_t disk_hash(const struct crash_disk *d)
{
    uint64_t hash = 1;

    for (const struct crash_node *n = d->nodes; n; n = n->next)
        if (n->linked) {
            hash = hash_more(hash, n->name, strlen(n->name));
            hash = hash_more(hash, n->now.data, n->now.len);
        }
    return hash;
}

static bool hash_note(struct crash_wreck *w, uint64_t hash)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->seen[i] == hash)
            return false;
    if (w->count == w->room) {
        w->room = w->room ? 2 * w->room : 64;
        w->seen = must(realloc(w->seen, w->room * sizeof *w->seen));
    }
    w->seen[w->count++] = hash;
    return true;
}

bool crash_wreck_first(struct crash_wreck *w, const void *data, size_t len)
{
    return hash_note(w, hash_more(2, data, len));
}

struct crash_snapshot *crash_wreck_outcome(struct crash_wreck *w, uint64_t seed, bool *is_new)
{
    struct crash_disk cut;
    struct crash_snapshot *left;

    disk_copy(&cut, &w->disk);
    crash_disk_power_cut(&cut, seed);
    *is_new = hash_note(w, disk_hash(&cut));
    left = crash_disk_snapshot(&cut);
    crash_disk_release(&cut);
    return left;
}
