/* fuzz/fuzz_commit.c — commit and tree texts: whatever is read is written back as the same bytes, and the signed text is it without the signature. */
#include <stdint.h>

#include "base/limits.h"
#include "repo/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void commit_read_and_write(struct jemput_bytes text)
{
    struct jemput_arena arena = { 0 };
    struct jemput_buf again = JEMPUT_BUF_INIT(JEMPUT_COMMIT_BYTES_MAX);
    struct jemput_commit commit;
    struct jemput_oid tree;
    struct jemput_error err;
    enum jemput_status st = jemput_commit_text_read(&commit, &tree, text, &arena, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT || st == JEMPUT_LIMIT);
    } else {
        JEMPUT_ASSERT(jemput_armor_valid(commit.signature) && jemput_message_valid(commit.message));
        jemput_commit_text_write(&again, &tree, &commit);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), text));
        jemput_buf_clear(&again);
        commit.signature = (struct jemput_bytes){ 0 };
        jemput_commit_text_write(&again, &tree, &commit);
        JEMPUT_ASSERT(jemput_bytes_equal(jemput_buf_bytes(&again), commit.signed_text));
    }
    jemput_buf_release(&again);
    jemput_arena_release(&arena);
}

static void tree_read_and_write(struct jemput_bytes text)
{
    uint8_t again[JEMPUT_TREE_TEXT_BYTES];
    struct jemput_oid payload;
    struct jemput_error err;
    enum jemput_status st = jemput_tree_text_read(&payload, text, &err);

    if (st) {
        JEMPUT_ASSERT(st == JEMPUT_CORRUPT);
        return;
    }
    jemput_tree_text_write(again, &payload);
    JEMPUT_ASSERT(jemput_bytes_equal(jemput_bytes_of(again, sizeof again), text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    commit_read_and_write(jemput_bytes_of(data, size));
    tree_read_and_write(jemput_bytes_of(data, size));
    return 0;
}
