/* support/crash_disk.c — see crash_disk.h.
 *
 * A power cut takes one of four moods, so that both the likely and the nasty cases are common: all unsynced changes lost, all kept, a prefix
 * of them kept with a tear at its end (journalling file systems), or each decided for itself (everything else). */
#include "crash_disk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct snapshot_file {
    char *name;
    uint8_t *data;
    size_t len;
    bool is_folder;
    int64_t modified_ms;
};

struct crash_snapshot {
    struct snapshot_file *files;
    size_t count;
};

enum cut_mood { MOOD_LOSE, MOOD_KEEP, MOOD_PREFIX, MOOD_EACH };
enum fate { FATE_LOST, FATE_KEPT, FATE_TORN };

struct cut {
    enum cut_mood mood;
    uint64_t prefix_seq;
    uint64_t rng;
};

static void *must(void *ptr)
{
    if (!ptr) {
        fprintf(stderr, "crash_disk: no memory\n");
        abort();
    }
    return ptr;
}

static char *text_copy(const char *text)
{
    size_t size = strlen(text) + 1;

    return memcpy(must(malloc(size)), text, size);
}

uint64_t crash_rng_next(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static void blob_resize(struct crash_blob *b, size_t len)
{
    if (len > b->cap) {
        b->cap = len > b->cap * 2 ? len : b->cap * 2;
        b->data = must(realloc(b->data, b->cap));
    }
    if (len > b->len)
        memset(b->data + b->len, 0, len - b->len);
    b->len = len;
}

static void blob_set(struct crash_blob *b, const void *data, size_t len)
{
    b->len = 0;
    blob_resize(b, len);
    if (len)
        memcpy(b->data, data, len);
}

static void blob_write(struct crash_blob *b, const void *data, size_t len, uint64_t offset)
{
    if (offset + len > b->len)
        blob_resize(b, (size_t)offset + len);
    if (len)
        memcpy(b->data + offset, data, len);
}

void crash_disk_init(struct crash_disk *d)
{
    *d = (struct crash_disk){ .cut_at = UINT64_MAX, .rng = 1 };
}

static void node_free(struct crash_disk *d, struct crash_node *n)
{
    for (struct crash_node **at = &d->nodes; *at; at = &(*at)->next) {
        if (*at == n) {
            *at = n->next;
            break;
        }
    }
    if (d->on_free)
        d->on_free(n);
    free(n->name);
    free(n->now.data);
    free(n->durable.data);
    free(n->log.data);
    free(n->changes);
    free(n);
}

static void node_free_if_unused(struct crash_disk *d, struct crash_node *n)
{
    if (!n->linked && !n->ghost && n->refs == 0)
        node_free(d, n);
}

void crash_disk_release(struct crash_disk *d)
{
    while (d->nodes) {
        if (d->nodes->refs) {
            fprintf(stderr, "crash_disk: '%s' is still open\n", d->nodes->name ? d->nodes->name : "(nameless)");
            abort();
        }
        node_free(d, d->nodes);
    }
}

static bool fault_strikes(struct crash_disk *d, enum crash_op op)
{
    uint64_t index;

    if (d->fault == CRASH_FAULT_NONE || (d->fault == CRASH_FAULT_FULL && op != CRASH_OP_WRITE))
        return false;
    index = d->fault_seen++;
    if (index != d->fault_at && !(d->fault_sticky && index > d->fault_at))
        return false;
    d->count.faults++;
    return true;
}

enum crash_answer crash_disk_begin(struct crash_disk *d, enum crash_op op)
{
    if (d->no_power)
        return CRASH_NO_POWER;
    d->count.ops[op]++;
    d->count.all_ops++;
    if (op <= CRASH_OP_DELETE && d->count.change_ops++ == d->cut_at) {
        d->no_power = true;
        return CRASH_NO_POWER;
    }
    if (fault_strikes(d, op))
        return d->fault == CRASH_FAULT_FULL ? CRASH_NO_SPACE : CRASH_FAILED;
    return CRASH_DONE;
}

struct crash_node *crash_disk_find(struct crash_disk *d, const char *name)
{
    for (struct crash_node *n = d->nodes; n; n = n->next)
        if (n->linked && strcmp(n->name, name) == 0)
            return n;
    return NULL;
}

struct crash_node *crash_disk_make(struct crash_disk *d, const char *name)
{
    struct crash_node *n = must(calloc(1, sizeof *n));

    n->name = name ? text_copy(name) : NULL;
    n->linked = name != NULL;
    n->made_seq = d->seq++;
    n->modified_ms = d->now_ms;
    n->next = d->nodes;
    d->nodes = n;
    return n;
}

void crash_node_ref(struct crash_node *n)
{
    n->refs++;
}

void crash_node_unref(struct crash_disk *d, struct crash_node *n)
{
    n->refs--;
    node_free_if_unused(d, n);
}

static struct crash_change *node_note(struct crash_disk *d, struct crash_node *n)
{
    struct crash_change *c;

    if (n->change_count == n->change_cap) {
        n->change_cap = n->change_cap ? n->change_cap * 2 : 16;
        n->changes = must(realloc(n->changes, n->change_cap * sizeof *n->changes));
    }
    c = &n->changes[n->change_count++];
    *c = (struct crash_change){ .seq = d->seq++ };
    n->modified_ms = d->now_ms;
    return c;
}

enum crash_answer crash_disk_write(struct crash_disk *d, struct crash_node *n, const void *data, size_t len, uint64_t offset)
{
    bool had_power = !d->no_power;
    enum crash_answer answer = crash_disk_begin(d, CRASH_OP_WRITE);
    struct crash_change *c;

    if (answer == CRASH_NO_POWER && !had_power)
        return answer;
    if (answer == CRASH_FAILED || answer == CRASH_NO_SPACE)
        len /= 2;
    d->count.written_bytes += len;
    blob_write(&n->now, data, len, offset);
    if (!n->name)
        return answer; /* a nameless file does not outlive its handle, let alone the power */
    c = node_note(d, n);
    c->offset = offset;
    c->len = len;
    c->log_at = n->log.len;
    blob_write(&n->log, data, len, n->log.len);
    return answer;
}

enum crash_answer crash_disk_truncate(struct crash_disk *d, struct crash_node *n, uint64_t size)
{
    bool had_power = !d->no_power;
    enum crash_answer answer = crash_disk_begin(d, CRASH_OP_TRUNCATE);
    struct crash_change *c;

    if (answer == CRASH_FAILED || (answer == CRASH_NO_POWER && !had_power))
        return answer;
    blob_resize(&n->now, (size_t)size);
    if (!n->name)
        return answer;
    c = node_note(d, n);
    c->offset = size;
    c->is_truncate = true;
    return answer;
}

static void change_apply(struct crash_node *n, const struct crash_change *c)
{
    if (c->is_truncate)
        blob_resize(&n->durable, (size_t)c->offset);
    else if (c->len)
        blob_write(&n->durable, n->log.data + c->log_at, c->len, c->offset);
}

static void changes_forget(struct crash_node *n)
{
    n->change_count = 0;
    n->log.len = 0;
}

static bool same_folder(const char *a, const char *b)
{
    const char *a_end = strrchr(a, '/');
    const char *b_end = strrchr(b, '/');
    size_t a_len = a_end ? (size_t)(a_end - a) : 0;
    size_t b_len = b_end ? (size_t)(b_end - b) : 0;

    return a_len == b_len && memcmp(a, b, a_len) == 0;
}

/* Creations and deletions beside `name` are safe from here. */
static void folder_sync(struct crash_disk *d, const char *name)
{
    struct crash_node *next;

    for (struct crash_node *n = d->nodes; n; n = next) {
        next = n->next;
        if (!n->name || !same_folder(n->name, name))
            continue;
        if (n->linked)
            n->name_durable = true;
        n->ghost = false;
        node_free_if_unused(d, n);
    }
}

enum crash_answer crash_disk_sync(struct crash_disk *d, struct crash_node *n, bool folder_too)
{
    enum crash_answer answer = crash_disk_begin(d, CRASH_OP_SYNC);

    if (answer != CRASH_DONE || d->lying || !n->name)
        return answer;
    for (size_t i = 0; i < n->change_count; i++)
        change_apply(n, &n->changes[i]);
    changes_forget(n);
    if (folder_too)
        folder_sync(d, n->name);
    return CRASH_DONE;
}

static void node_unlink(struct crash_disk *d, struct crash_node *n)
{
    n->linked = false;
    n->ghost = n->name_durable; /* a name that was never safe cannot come back */
    n->gone_seq = d->seq++;
}

enum crash_answer crash_disk_delete(struct crash_disk *d, struct crash_node *n, bool folder_too)
{
    bool had_power = !d->no_power;
    enum crash_answer answer = crash_disk_begin(d, CRASH_OP_DELETE);

    if (answer == CRASH_FAILED || (answer == CRASH_NO_POWER && !had_power))
        return answer;
    node_unlink(d, n);
    n->refs++;
    if (folder_too && answer == CRASH_DONE && !d->lying)
        folder_sync(d, n->name);
    crash_node_unref(d, n);
    return answer;
}

enum crash_answer crash_disk_rename(struct crash_disk *d, struct crash_node *n, const char *to)
{
    bool had_power = !d->no_power;
    enum crash_answer answer = crash_disk_begin(d, CRASH_OP_DELETE);
    struct crash_node *victim = crash_disk_find(d, to);

    if (answer == CRASH_FAILED || (answer == CRASH_NO_POWER && !had_power))
        return answer;
    if (answer == CRASH_NO_POWER && crash_rng_next(&d->rng) & 1)
        return answer; /* a rename is whole or not at all; here the power went before it */
    if (victim == n)
        return answer;
    if (victim) {
        victim->linked = false;
        node_free_if_unused(d, victim);
    }
    free(n->name);
    n->name = text_copy(to);
    folder_sync(d, to);
    return answer;
}

static enum fate cut_fate(struct cut *cut, uint64_t seq)
{
    switch (cut->mood) {
    case MOOD_LOSE:
        return FATE_LOST;
    case MOOD_KEEP:
        return FATE_KEPT;
    case MOOD_PREFIX:
        return seq < cut->prefix_seq ? FATE_KEPT : seq == cut->prefix_seq ? FATE_TORN : FATE_LOST;
    case MOOD_EACH:
        break;
    }
    return (enum fate)(crash_rng_next(&cut->rng) % 3);
}

/* Part of a write reaches the disk: up to some byte, or some of its sectors or pages, which reach it in any order. */
static void change_tear(struct crash_node *n, const struct crash_change *c, struct cut *cut)
{
    static const size_t units[] = { 1, 512, 4096 };
    size_t unit = units[crash_rng_next(&cut->rng) % 3];
    const uint8_t *data;

    if (c->len == 0)
        return;
    data = n->log.data + c->log_at;
    if (unit == 1) {
        blob_write(&n->durable, data, (size_t)(crash_rng_next(&cut->rng) % c->len), c->offset);
        return;
    }
    for (size_t at = 0; at < c->len;) {
        size_t piece = unit - (size_t)((c->offset + at) % unit);

        if (piece > c->len - at)
            piece = c->len - at;
        if (crash_rng_next(&cut->rng) & 1)
            blob_write(&n->durable, data + at, piece, c->offset + at);
        at += piece;
    }
}

static void node_cut_changes(struct crash_disk *d, struct crash_node *n, struct cut *cut)
{
    if (n->change_count == 0)
        return;
    for (size_t i = 0; i < n->change_count; i++) {
        const struct crash_change *c = &n->changes[i];
        enum fate fate = cut_fate(cut, c->seq);

        if (fate == FATE_TORN && c->is_truncate)
            fate = FATE_KEPT;
        d->count.lost += fate == FATE_LOST;
        d->count.kept += fate == FATE_KEPT;
        d->count.torn += fate == FATE_TORN;
        if (fate == FATE_KEPT)
            change_apply(n, c);
        else if (fate == FATE_TORN)
            change_tear(n, c, cut);
    }
    changes_forget(n);
    blob_set(&n->now, n->durable.data, n->durable.len);
}

/* Names: a creation that survives implies that an earlier deletion of the same name did. */
static void disk_cut_names(struct crash_disk *d, struct cut *cut)
{
    struct crash_node *next;

    for (struct crash_node *n = d->nodes; n; n = n->next) {
        if (!n->linked || n->name_durable)
            continue;
        if (cut_fate(cut, n->made_seq) == FATE_KEPT)
            n->name_durable = true;
        else
            n->linked = false;
    }
    for (struct crash_node *n = d->nodes; n; n = n->next) {
        if (!n->ghost)
            continue;
        n->ghost = false;
        if (cut_fate(cut, n->gone_seq) != FATE_KEPT && !crash_disk_find(d, n->name))
            n->linked = n->name_durable = true;
    }
    for (struct crash_node *n = d->nodes; n; n = next) {
        next = n->next;
        node_free_if_unused(d, n);
    }
}

static uint64_t unsafe_seq_min(const struct crash_disk *d)
{
    uint64_t min = d->seq;

    for (const struct crash_node *n = d->nodes; n; n = n->next) {
        if (n->change_count && n->changes[0].seq < min)
            min = n->changes[0].seq;
        if (n->linked && !n->name_durable && n->made_seq < min)
            min = n->made_seq;
        if (n->ghost && n->gone_seq < min)
            min = n->gone_seq;
    }
    return min;
}

void crash_disk_power_cut(struct crash_disk *d, uint64_t seed)
{
    struct cut cut = { .rng = seed };
    uint64_t first = unsafe_seq_min(d);
    uint64_t pick = crash_rng_next(&cut.rng) % 8;

    cut.mood = pick == 0 ? MOOD_LOSE : pick == 1 ? MOOD_KEEP : pick < 4 ? MOOD_PREFIX : MOOD_EACH;
    cut.prefix_seq = first + crash_rng_next(&cut.rng) % (d->seq - first + 1);
    for (struct crash_node *n = d->nodes; n; n = n->next) {
        node_cut_changes(d, n, &cut);
        if (d->on_power_cut)
            d->on_power_cut(n);
    }
    disk_cut_names(d, &cut);
    d->generation++;
    d->no_power = false;
    d->cut_at = UINT64_MAX;
    d->fault = CRASH_FAULT_NONE;
    d->rng = cut.rng;
}

void crash_disk_fail_at(struct crash_disk *d, uint64_t index, enum crash_fault kind, bool sticky)
{
    d->fault = kind;
    d->fault_at = index;
    d->fault_seen = 0;
    d->fault_sticky = sticky;
    d->count.faults = 0;
}

struct crash_node *crash_disk_put(struct crash_disk *d, const char *name, const void *data, size_t len)
{
    struct crash_node *n = crash_disk_find(d, name);

    if (!n)
        n = crash_disk_make(d, name);
    changes_forget(n);
    blob_set(&n->now, data, len);
    blob_set(&n->durable, data, len);
    n->name_durable = true;
    n->modified_ms = d->now_ms;
    return n;
}

struct crash_snapshot *crash_disk_snapshot(struct crash_disk *d)
{
    struct crash_snapshot *s = must(calloc(1, sizeof *s));
    size_t count = 0;

    for (struct crash_node *n = d->nodes; n; n = n->next)
        count += n->linked;
    s->files = must(calloc(count ? count : 1, sizeof *s->files));
    for (struct crash_node *n = d->nodes; n; n = n->next) {
        struct snapshot_file *f;

        if (!n->linked)
            continue;
        f = &s->files[s->count++];
        f->name = text_copy(n->name);
        f->len = n->now.len;
        f->data = must(malloc(f->len ? f->len : 1));
        if (f->len)
            memcpy(f->data, n->now.data, f->len);
        f->is_folder = n->is_folder;
        f->modified_ms = n->modified_ms;
    }
    return s;
}

static bool snapshot_has(const struct crash_snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->files[i].name, name) == 0)
            return true;
    return false;
}

void crash_disk_restore(struct crash_disk *d, const struct crash_snapshot *s)
{
    struct crash_node *next;

    for (struct crash_node *n = d->nodes; n; n = next) {
        next = n->next;
        if (d->on_power_cut)
            d->on_power_cut(n);
        n->ghost = false;
        if (n->linked && !snapshot_has(s, n->name))
            n->linked = false;
        node_free_if_unused(d, n);
    }
    for (size_t i = 0; i < s->count; i++) {
        struct crash_node *n = crash_disk_put(d, s->files[i].name, s->files[i].data, s->files[i].len);

        n->is_folder = s->files[i].is_folder;
        n->modified_ms = s->files[i].modified_ms;
    }
    d->generation++;
    d->no_power = false;
    d->cut_at = UINT64_MAX;
    d->fault = CRASH_FAULT_NONE;
}

void crash_snapshot_free(struct crash_snapshot *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++) {
        free(s->files[i].name);
        free(s->files[i].data);
    }
    free(s->files);
    free(s);
}
