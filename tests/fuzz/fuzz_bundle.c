/* fuzz/fuzz_bundle.c — the file of a bundle: whatever it holds, each object that is found is read again as the same, and what is no commit is refused. */
#include <stdint.h>
#include <string.h>

#include "base/limits.h"
#include "repo/bundle.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum jemput_status bytes_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    const struct jemput_bytes *file = ctx;
    size_t left = offset < file->len ? file->len - (size_t)offset : 0;

    (void)err;
    *got = len < left ? len : left;
    if (*got)
        memcpy(out, file->data + offset, *got);
    return JEMPUT_OK;
}

static void commits_read(struct jemput_bundle *b)
{
    struct jemput_oid oid;
    uint32_t place = 0, count = 0;

    while (jemput_bundle_commit_next(b, &place, &oid)) {
        struct jemput_arena arena = { 0 };
        struct jemput_commit commit;
        struct jemput_bytes bytes;
        struct jemput_error err;
        git_object_t kind;
        enum jemput_status st = jemput_source_commit(jemput_bundle_source(b, NULL), &oid, true, &commit, &arena, &err);

        JEMPUT_ASSERT(jemput_bundle_has(b, &oid));
        JEMPUT_ASSERT(st == JEMPUT_OK || st == JEMPUT_CORRUPT || st == JEMPUT_NOTFOUND || st == JEMPUT_LIMIT);
        st = jemput_bundle_read(b, &oid, JEMPUT_COMMIT_BYTES_MAX, &kind, &bytes, &arena, &err);
        JEMPUT_ASSERT(st == JEMPUT_OK && kind == GIT_OBJECT_COMMIT);
        jemput_arena_release(&arena);
        count++;
    }
    JEMPUT_ASSERT(count <= jemput_bundle_count(b));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct jemput_bytes bytes = { data, size };
    const struct jemput_bundle_file file = { bytes_read, &bytes };
    struct jemput_bundle *b;
    struct jemput_error err;
    enum jemput_status st = jemput_bundle_open(&b, &file, &err);

    if (st) {
        JEMPUT_ASSERT(!b && (st == JEMPUT_CORRUPT || st == JEMPUT_UPGRADE || st == JEMPUT_LIMIT));
        return 0;
    }
    JEMPUT_ASSERT(jemput_bundle_bytes(b) <= size);
    commits_read(b);
    jemput_bundle_close(b);
    return 0;
}
