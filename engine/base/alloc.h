/* base/alloc.h — the one way to memory, so that tests can make any allocation fail.
 *
 * Everything of the engine allocates here; store/ and repo/ route SQLite's and libgit2's allocations here too.
 * An arena frees many small things at once: decoded transactions, row states. */
#ifndef JEMPUT_BASE_ALLOC_H
#define JEMPUT_BASE_ALLOC_H

#include <stddef.h>

#include "base/bytes.h"

/* realloc-like: ptr NULL allocates; size 0 frees and returns NULL. Never called with both. NULL = out of memory. */
typedef void *(*jemput_allocator_fn)(void *ctx, void *ptr, size_t size);

/* Replace the allocator of the whole process (NULL = realloc/free). Before anything else of the engine runs; tests only. */
void jemput_allocator_set(jemput_allocator_fn fn, void *ctx);

/* While somebody's memory holds secrets (begins, ends; counted), whatever is freed or moved is wiped first: a sealed store's pages and rows pass
 * through buffers of the engine, of SQLite and of zlib. Not with a replaced allocator. */
void jemput_alloc_secret(bool begins);

void *jemput_alloc(size_t size); /* contents undefined; NULL = out of memory */
void *jemput_alloc_zero(size_t count, size_t size); /* zeroed; NULL also on overflow */
void *jemput_realloc(void *ptr, size_t size); /* NULL = out of memory, `ptr` is kept; size 0 frees and returns NULL */
void jemput_free(void *ptr); /* accepts NULL */
char *jemput_strdup(const char *text);

/* Zeroed = valid and empty. Pointers are aligned for any type and live until clear/release. */
struct jemput_arena {
    struct jemput_arena_block *blocks;
    size_t used_bytes; /* in the newest block */
    size_t total_bytes;
};
void *jemput_arena_alloc(struct jemput_arena *a, size_t size); /* zeroed; NULL = out of memory; size 0 gives non-NULL */
void *jemput_arena_array(struct jemput_arena *a, size_t count, size_t size); /* zeroed; NULL also on overflow */
/* With room for one more: `items` itself, or a copy of twice the room, zeroed behind its `count`; the old one lives until the arena is cleared.
 * NULL = out of memory, and nothing has changed. `size` of an item; *room 0 = there is no list yet. */
void *jemput_arena_room(struct jemput_arena *a, void *items, uint32_t count, uint32_t *room, size_t size);
struct jemput_bytes jemput_arena_copy(struct jemput_arena *a, struct jemput_bytes bytes); /* data NULL = out of memory */
char *jemput_arena_str(struct jemput_arena *a, struct jemput_bytes text); /* NUL-terminated copy; NULL = out of memory */
void jemput_arena_clear(struct jemput_arena *a); /* keeps one block for reuse */
void jemput_arena_release(struct jemput_arena *a);

#endif
