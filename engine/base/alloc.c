/* base/alloc.c — one way to memory for the whole engine, and arenas above it.
 *
 * An arena is a list of blocks; only the newest is being filled. Something larger than a quarter of the next block gets a block of
 * its own behind the newest, so that it does not waste the newest one's rest. */
#include "base/alloc.h"

#include <malloc.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BLOCK_BYTES_MIN ((size_t)4 * 1024)
#define ARENA_BLOCK_BYTES_MAX ((size_t)256 * 1024)
#define ARENA_ALIGN _Alignof(max_align_t)

struct jemput_arena_block {
    struct jemput_arena_block *next;
    size_t cap;
    _Alignas(max_align_t) uint8_t data[];
};

static atomic_uint secret_users;

void jemput_alloc_secret(bool begins)
{
    if (begins)
        atomic_fetch_add(&secret_users, 1);
    else
        atomic_fetch_sub(&secret_users, 1);
}

/* All of the block, also what was asked for by nobody. A compiler would leave out a store just before free(): it may not know what follows. */
static void block_wipe(void *ptr)
{
    memset(ptr, 0, malloc_usable_size(ptr));
    __asm__ volatile("" : : "r"(ptr) : "memory");
}

/* realloc() moves a block and leaves the old one as it is: so it is moved here. One that fits stays. */
static void *secret_realloc(void *ptr, size_t size)
{
    size_t had = malloc_usable_size(ptr);
    void *moved;

    if (size <= had && size >= had / 2)
        return ptr;
    moved = malloc(size);
    if (!moved)
        return NULL;
    memcpy(moved, ptr, size < had ? size : had);
    block_wipe(ptr);
    free(ptr);
    return moved;
}

static void *default_allocator(void *ctx, void *ptr, size_t size)
{
    bool secret = ptr && atomic_load_explicit(&secret_users, memory_order_relaxed);

    (void)ctx;
    if (size)
        return secret ? secret_realloc(ptr, size) : realloc(ptr, size);
    if (secret)
        block_wipe(ptr);
    free(ptr);
    return NULL;
}

static jemput_allocator_fn allocator = default_allocator;
static void *allocator_ctx;

void jemput_allocator_set(jemput_allocator_fn fn, void *ctx)
{
    allocator = fn ? fn : default_allocator;
    allocator_ctx = fn ? ctx : NULL;
}

void *jemput_realloc(void *ptr, size_t size)
{
    if (size > PTRDIFF_MAX || (!ptr && !size))
        return NULL;
    return allocator(allocator_ctx, ptr, size);
}

void *jemput_alloc(size_t size)
{
    return jemput_realloc(NULL, size ? size : 1); /* NULL always means out of memory */
}

void *jemput_alloc_zero(size_t count, size_t size)
{
    void *ptr;

    if (size && count > SIZE_MAX / size)
        return NULL;
    ptr = jemput_alloc(count * size);
    if (ptr)
        memset(ptr, 0, count * size);
    return ptr;
}

void jemput_free(void *ptr)
{
    if (ptr)
        allocator(allocator_ctx, ptr, 0);
}

char *jemput_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = jemput_alloc(size);

    if (copy)
        memcpy(copy, text, size);
    return copy;
}

static struct jemput_arena_block *block_new(struct jemput_arena *a, size_t cap)
{
    struct jemput_arena_block *block = NULL;

    if (cap <= PTRDIFF_MAX - sizeof *block)
        block = jemput_alloc(sizeof *block + cap);
    if (!block)
        return NULL;
    block->next = NULL;
    block->cap = cap;
    a->total_bytes += cap;
    return block;
}

/* Blocks grow with the arena, so that a large one is not made of thousands of small blocks. */
static size_t arena_next_cap(const struct jemput_arena *a)
{
    if (a->total_bytes < ARENA_BLOCK_BYTES_MIN)
        return ARENA_BLOCK_BYTES_MIN;
    return a->total_bytes < ARENA_BLOCK_BYTES_MAX ? a->total_bytes : ARENA_BLOCK_BYTES_MAX;
}

static void *arena_take(struct jemput_arena *a, size_t size)
{
    struct jemput_arena_block *block = a->blocks;
    size_t cap = arena_next_cap(a);

    if (block && size <= block->cap - a->used_bytes) {
        a->used_bytes += size;
        return block->data + a->used_bytes - size;
    }
    if (block && size > cap / 4) {
        struct jemput_arena_block *own = block_new(a, size);

        if (!own)
            return NULL;
        own->next = block->next;
        block->next = own;
        return own->data;
    }
    block = block_new(a, size > cap ? size : cap);
    if (!block)
        return NULL;
    block->next = a->blocks;
    a->blocks = block;
    a->used_bytes = size;
    return block->data;
}

void *jemput_arena_alloc(struct jemput_arena *a, size_t size)
{
    size_t rounded;
    void *ptr;

    if (size > PTRDIFF_MAX - ARENA_ALIGN)
        return NULL;
    rounded = (size + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    ptr = arena_take(a, rounded ? rounded : ARENA_ALIGN);
    if (ptr)
        memset(ptr, 0, size);
    return ptr;
}

void *jemput_arena_array(struct jemput_arena *a, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return jemput_arena_alloc(a, count * size);
}

void *jemput_arena_room(struct jemput_arena *a, void *items, uint32_t count, uint32_t *room, size_t size)
{
    uint32_t more = *room ? *room * 2 : 8;
    void *grown;

    if (count < *room)
        return items;
    grown = more > *room ? jemput_arena_array(a, more, size) : NULL;
    if (!grown)
        return NULL;
    if (count)
        memcpy(grown, items, count * size);
    *room = more;
    return grown;
}

struct jemput_bytes jemput_arena_copy(struct jemput_arena *a, struct jemput_bytes bytes)
{
    uint8_t *copy = jemput_arena_alloc(a, bytes.len);

    if (!copy)
        return (struct jemput_bytes){ 0 };
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    return jemput_bytes_of(copy, bytes.len);
}

char *jemput_arena_str(struct jemput_arena *a, struct jemput_bytes text)
{
    char *copy = text.len < PTRDIFF_MAX ? jemput_arena_alloc(a, text.len + 1) : NULL;

    if (copy && text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

static void blocks_free(struct jemput_arena_block *block)
{
    while (block) {
        struct jemput_arena_block *next = block->next;

        jemput_free(block);
        block = next;
    }
}

void jemput_arena_clear(struct jemput_arena *a)
{
    if (!a->blocks)
        return;
    blocks_free(a->blocks->next);
    a->blocks->next = NULL;
    a->total_bytes = a->blocks->cap;
    a->used_bytes = 0;
}

void jemput_arena_release(struct jemput_arena *a)
{
    blocks_free(a->blocks);
    *a = (struct jemput_arena){ 0 };
}
