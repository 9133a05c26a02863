/* unit/test_bundle.c — git bundles: what stock git says of ours, and what is left of one whose bytes are flipped, cut and lost. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "smart_world.h"
#include "repo/bundle.h"
#include "support/fault_alloc.h"

#define LOG 8

static enum jemput_status buf_write(void *ctx, struct jemput_bytes bytes, struct jemput_error *err)
{
    jemput_buf_append_bytes(ctx, bytes);
    return jemput_buf_check(ctx, "bundle", err);
}

static enum jemput_status buf_read(void *ctx, uint64_t offset, void *out, size_t len, size_t *got, struct jemput_error *err)
{
    const struct jemput_bytes *file = ctx;
    size_t left = offset < file->len ? file->len - (size_t)offset : 0;

    (void)err;
    *got = len < left ? len : left;
    if (*got)
        memcpy(out, file->data + offset, *got);
    return JEMPUT_OK;
}

static struct jemput_bytes bundle_make(struct smart_world *s, struct jemput_buf *out, const struct jemput_oid *log, unsigned from, unsigned count)
{
    const struct jemput_bundle_ref ref = { REF, log[from + count - 1] };
    const struct jemput_bundle_sink sink = { buf_write, out };
    struct jemput_bundle_new b = { .source = jemput_repo_source(s->w.repo) };
    struct jemput_buf head = JEMPUT_BUF_INIT(SIZE_MAX);

    jemput_buf_clear(out);
    out->max = SIZE_MAX;
    jemput_bundle_head_write(&head, &ref, 1, from ? &log[from - 1] : NULL, from ? 1 : 0);
    for (unsigned i = 0; i < count; i++) {
        struct jemput_commit commit;

        assert_int_equal(jemput_source_commit(b.source, &log[from + i], false, &commit, &s->w.arena, &s->w.err), JEMPUT_OK);
        for (unsigned twice = 0; twice < 2; twice++)
            assert_int_equal(jemput_bundle_add(&b, &log[from + i], &commit.payload_oid, &s->w.err), JEMPUT_OK);
    }
    assert_int_equal(jemput_bundle_write(&b, jemput_buf_bytes(&head), &sink, &s->w.err), JEMPUT_OK);
    jemput_bundle_new_release(&b);
    jemput_buf_release(&head);
    return jemput_buf_bytes(out);
}

/* The commits of `log` that are whole in the file: each object of them is read, too. */
static unsigned bundle_whole(struct smart_world *s, struct jemput_bundle *b, const struct jemput_oid *log, unsigned count)
{
    unsigned whole = 0;

    for (unsigned i = 0; i < count; i++) {
        struct jemput_commit commit, own;

        jemput_arena_clear(&s->w.arena);
        if (jemput_source_commit(jemput_bundle_source(b, NULL), &log[i], true, &commit, &s->w.arena, &s->w.err))
            continue;
        assert_int_equal(jemput_source_commit(jemput_repo_source(s->w.repo), &log[i], true, &own, &s->w.arena, &s->w.err), JEMPUT_OK);
        assert_true(jemput_bytes_equal(commit.payload, own.payload));
        whole++;
    }
    return whole;
}

static enum jemput_status bundle_take(struct smart_world *s, struct jemput_bundle **b, struct jemput_bytes *bytes)
{
    const struct jemput_bundle_file file = { buf_read, bytes };

    return jemput_bundle_open(b, &file, &s->w.err);
}

static void stock_git_verifies_and_fetches_what_we_write(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    for (unsigned from = 0; from < LOG; from += 5) {
        struct jemput_bytes b = bundle_make(&s, &bytes, log, from, from ? LOG - from : 5);

        world_file(&s.w, "b.bundle", b.data, b.len);
        world_must(&s.w, "git -C hub bundle verify ../b.bundle && git -C hub fetch -q ../b.bundle '" REF ":" REF "' && git -C hub fsck --strict");
        assert_string_equal(smart_tip(&s, REF), world_hex(&log[from ? LOG - 1 : 4]));
    }
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void what_was_written_is_read_back(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle *b;
    struct jemput_bytes file;
    const struct jemput_bundle_head *head;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 3, LOG - 3);
    assert_int_equal(bundle_take(&s, &b, &file), JEMPUT_OK);
    head = jemput_bundle_head(b);
    assert_true(head->whole);
    assert_int_equal(jemput_bundle_damaged(b), 0);
    assert_int_equal(jemput_bundle_count(b), 3 * (LOG - 3));
    assert_int_equal(jemput_bundle_bytes(b), file.len);
    assert_int_equal(head->ref_count, 1);
    assert_string_equal(head->refs[0].name, REF);
    assert_true(jemput_oid_equal(&head->refs[0].oid, &log[LOG - 1]));
    assert_int_equal(head->base_count, 1);
    assert_true(jemput_oid_equal(&head->bases[0], &log[2]));
    assert_int_equal(bundle_whole(&s, b, log, 3), 0);
    assert_int_equal(bundle_whole(&s, b, log + 3, LOG - 3), LOG - 3);
    jemput_bundle_close(b);
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void a_flipped_byte_anywhere_costs_one_segment_at_most(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle *b;
    struct jemput_bytes file;
    unsigned most_lost = 0;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 0, LOG);
    for (size_t at = 0; at < bytes.len; at++) {
        unsigned whole;

        bytes.data[at] ^= (uint8_t)(1u << at % 8);
        assert_int_equal(bundle_take(&s, &b, &file), JEMPUT_OK);
        bytes.data[at] ^= (uint8_t)(1u << at % 8);
        if (at > jemput_bundle_head(b)->pack_at) /* the checksum sees what the objects do not */
            assert_true(jemput_bundle_damaged(b) > 0);
        bytes.data[at] ^= (uint8_t)(1u << at % 8);
        whole = bundle_whole(&s, b, log, LOG);
        bytes.data[at] ^= (uint8_t)(1u << at % 8);
        assert_in_range(whole, LOG - 1, LOG);
        most_lost += whole < LOG;
        jemput_bundle_close(b);
    }
    assert_in_range(most_lost, bytes.len / 2, bytes.len - 100);
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void a_bundle_cut_anywhere_gives_what_is_whole(void **state)
{
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle *b;
    struct jemput_bytes file;
    unsigned most = 0;
    uint64_t head;

    (void)state;
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 0, LOG);
    assert_int_equal(bundle_take(&s, &b, &file), JEMPUT_OK);
    head = jemput_bundle_head(b)->pack_at;
    jemput_bundle_close(b);
    for (size_t len = 0; len < file.len; len += 3) {
        struct jemput_bytes cut = { file.data, len };
        enum jemput_status st = bundle_take(&s, &b, &cut);

        assert_true(st == JEMPUT_OK || (st == JEMPUT_CORRUPT && len < head));
        if (st)
            continue;
        assert_int_equal(jemput_bundle_damaged(b), 1);
        for (unsigned i = 0; i < bundle_whole(&s, b, log, LOG); i++) /* those that come first */
            assert_true(jemput_bundle_has(b, &log[i]));
        assert_in_range(bundle_whole(&s, b, log, LOG), most, LOG);
        most = bundle_whole(&s, b, log, LOG);
        jemput_bundle_close(b);
    }
    assert_int_equal(most, LOG);
    jemput_buf_release(&bytes);
    smart_world_close(&s);
}

static void what_is_no_bundle_is_refused(void **state)
{
    static const struct {
        const char *text;
        enum jemput_status status;
    } files[] = {
        { "", JEMPUT_CORRUPT }, { "halo", JEMPUT_CORRUPT }, { "# v2 git bundle\n", JEMPUT_CORRUPT }, { "# v9 git bundle\n\n", JEMPUT_UPGRADE },
        { "# v3 git bundle\n@filter=blob:none\n\n", JEMPUT_UPGRADE }, { "# v2 git bundle\nzzz refs/heads/x\n\n", JEMPUT_CORRUPT },
        { "# v2 git bundle\n-1234\n\n", JEMPUT_CORRUPT },
    };
    struct smart_world s;
    struct jemput_bundle *b;

    (void)state;
    smart_world_open(&s);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        struct jemput_bytes file = jemput_bytes_str(files[i].text);

        assert_int_equal(bundle_take(&s, &b, &file), files[i].status);
        assert_null(b);
    }
    smart_world_close(&s);
}

static void memory_that_runs_out_is_told(void **state)
{
    struct fault_alloc mem;
    struct smart_world s;
    struct jemput_oid log[LOG];
    struct jemput_buf bytes = { 0 };
    struct jemput_bundle *b;
    struct jemput_bytes file;
    size_t live;

    (void)state;
    fault_alloc_install(&mem);
    smart_world_open(&s);
    world_log(&s.w, log, LOG, world_sign, NULL);
    file = bundle_make(&s, &bytes, log, 0, LOG);
    live = mem.live_blocks;
    for (uint64_t n = 0;; n++) {
        enum jemput_status st;

        fault_alloc_arm(&mem, n, false);
        st = bundle_take(&s, &b, &file);
        fault_alloc_disarm(&mem);
        assert_int_equal(st, mem.failures ? JEMPUT_NOMEM : JEMPUT_OK);
        jemput_bundle_close(b);
        assert_int_equal(mem.live_blocks, live);
        if (!mem.failures)
            break;
    }
    jemput_buf_release(&bytes);
    smart_world_close(&s);
    assert_int_equal(fault_alloc_uninstall(&mem), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stock_git_verifies_and_fetches_what_we_write), cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(a_flipped_byte_anywhere_costs_one_segment_at_most), cmocka_unit_test(a_bundle_cut_anywhere_gives_what_is_whole),
        cmocka_unit_test(what_is_no_bundle_is_refused), cmocka_unit_test(memory_that_runs_out_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
