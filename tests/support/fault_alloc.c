/* support/fault_alloc.c — see fault_alloc.h. A block is a header of one alignment unit or more, then the caller's bytes. */
#include "fault_alloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Where memory fails, libgit2 1.5 loses an entry of its cache of bases (cache_add() does not look whether the map took it): told to LeakSanitizer, which
 * looks for this function. What is ours is counted here. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libgit2\n";
}

#define BLOCK_LIVE UINT64_C(0x6a656d7075742121)
#define BLOCK_DEAD UINT64_C(0xdeadb10cdeadb10c)
#define FILL_NEW 0xa5
#define FILL_DEAD 0xdd

struct block {
    uint64_t mark;
    size_t size;
    _Alignas(max_align_t) unsigned char data[];
};

static struct block *block_of(void *ptr)
{
    struct block *b = (struct block *)(void *)((unsigned char *)ptr - offsetof(struct block, data));

    if (b->mark != BLOCK_LIVE) {
        fprintf(stderr, "fault_alloc: %p is %s\n", ptr, b->mark == BLOCK_DEAD ? "freed already" : "not a block of this allocator");
        abort();
    }
    return b;
}

static void block_free(struct fault_alloc *f, struct block *b)
{
    f->live_bytes -= b->size;
    f->live_blocks--;
    b->mark = BLOCK_DEAD;
    memset(b->data, FILL_DEAD, b->size);
    free(b);
}

static bool call_fails(struct fault_alloc *f)
{
    uint64_t index = f->calls++;

    if (index != f->fail_at && !(f->sticky && index > f->fail_at))
        return false;
    f->failures++;
    return true;
}

static void *fault_realloc(void *ctx, void *ptr, size_t size)
{
    struct fault_alloc *f = ctx;
    struct block *old = ptr ? block_of(ptr) : NULL;
    struct block *b;

    if (size == 0) {
        if (old)
            block_free(f, old);
        return NULL;
    }
    if (call_fails(f))
        return NULL;
    b = size < SIZE_MAX - sizeof *b ? malloc(sizeof *b + size) : NULL;
    if (!b)
        return NULL;
    b->mark = BLOCK_LIVE;
    b->size = size;
    memset(b->data, FILL_NEW, size);
    if (old) {
        memcpy(b->data, old->data, old->size < size ? old->size : size);
        block_free(f, old);
    }
    f->live_blocks++;
    f->live_bytes += size;
    f->total_bytes += size;
    if (f->live_bytes > f->peak_bytes)
        f->peak_bytes = f->live_bytes;
    return b->data;
}

void fault_alloc_install(struct fault_alloc *f)
{
    *f = (struct fault_alloc){ .fail_at = UINT64_MAX };
    jemput_allocator_set(fault_realloc, f);
}

size_t fault_alloc_uninstall(struct fault_alloc *f)
{
    if (f->live_blocks)
        fprintf(stderr, "fault_alloc: %zu blocks (%zu bytes) were never freed\n", f->live_blocks, f->live_bytes);
    jemput_allocator_set(NULL, NULL);
    return f->live_blocks;
}

void fault_alloc_arm(struct fault_alloc *f, uint64_t nth, bool sticky)
{
    f->calls = 0;
    f->failures = 0;
    f->fail_at = nth;
    f->sticky = sticky;
}

void fault_alloc_disarm(struct fault_alloc *f)
{
    f->fail_at = UINT64_MAX;
    f->sticky = false;
}

void fault_alloc_peak_reset(struct fault_alloc *f)
{
    f->peak_bytes = f->live_bytes;
}

uint64_t fault_step(void)
{
    const char *text = getenv("JEMPUT_FAULT_STEP");
    uint64_t n = text ? strtoull(text, NULL, 10) : 1;

    return n ? n : 1;
}
